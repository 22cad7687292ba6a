package natslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
)

func (l *Log) openKeys(ctx context.Context, replicas int) error {
	bucket := l.o.base() + "_keys"
	kv, err := l.js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = l.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket:      bucket,
			Description: "caseledger key wraps of " + l.o.Origin,
			History:     1,
			Storage:     jetstream.FileStorage,
			Replicas:    replicas,
		})
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, full(err))
	}
	if err := l.checkBucket(ctx, "KV_", bucket, replicas, setting{"max_msgs_per_subject", func(c *jetstream.StreamConfig) any { return c.MaxMsgsPerSubject }, 1}); err != nil {
		return err
	}
	l.keys = kv
	return nil
}

// PutWrap stores a wrapped key under its name, "<chain>.<generation>". The
// same bytes already there are a success, other bytes events.ErrConflict: a
// wrap is never written over.
func (l *Log) PutWrap(ctx context.Context, name string, wrap []byte) error {
	_, err := l.keys.Create(ctx, name, wrap)
	if !errors.Is(err, jetstream.ErrKeyExists) {
		if err != nil {
			return fmt.Errorf("store wrap %s: %w", name, full(err))
		}
		return nil
	}
	have, err := l.GetWrap(ctx, name)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, wrap) {
		return fmt.Errorf("wrap %s is stored with other bytes: %w", name, events.ErrConflict)
	}
	return nil
}

// GetWrap returns the wrap of that name, or events.ErrNotFound.
func (l *Log) GetWrap(ctx context.Context, name string) ([]byte, error) {
	e, err := l.keys.Get(ctx, name)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
		return nil, fmt.Errorf("wrap %s: %w", name, events.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("wrap %s: %w", name, err)
	}
	return e.Value(), nil
}

// Wraps yields the name of every wrap, in no order.
func (l *Log) Wraps(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys, err := l.keys.ListKeys(ctx)
		if err != nil {
			yield("", fmt.Errorf("list wraps: %w", err))
			return
		}
		defer keys.Stop()
		for name := range keys.Keys() {
			if !yield(name, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield("", err)
		}
	}
}
