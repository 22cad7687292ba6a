package natslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
)

// objectChunk is the length of an object's messages, in bytes: below what
// every server takes.
const objectChunk = 512 << 10

// openObjects opens or makes the bucket of attachments.
func (l *Log) openObjects(ctx context.Context, replicas int) error {
	bucket := l.bucket()
	store, err := l.js.ObjectStore(ctx, bucket)
	if l.noObjects = errors.Is(err, jetstream.ErrBucketNotFound); l.noObjects {
		store, err = l.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket:      bucket,
			Description: "caseledger attachments of " + l.o.Origin,
			Storage:     jetstream.FileStorage,
			Replicas:    replicas,
		})
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, full(err))
	}
	if err := l.checkBucket(ctx, "OBJ_", bucket, replicas); err != nil {
		return err
	}
	l.objects = store
	return nil
}

// NoObjects reports whether the log had no bucket of objects when it was
// opened: it is new, or somebody lost it.
func (l *Log) NoObjects() bool { return l.noObjects }

// PutObject stores an object of an attachment, in the place of one of the same
// name, and returns when the server has acknowledged all of it.
func (l *Log) PutObject(ctx context.Context, name string, data []byte) error {
	if l.emb != nil {
		// The server takes a failed write as final until it is started again.
		free, err := freeSpace(l.o.Dir)
		if err != nil {
			return err
		}
		if free < diskReserve+uint64(len(data)) {
			return fmt.Errorf("object %s: %d MiB are free on its disk: %w", name, free>>20, ErrFull)
		}
	}
	meta := jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: objectChunk}}
	if _, err := l.objects.Put(ctx, meta, bytes.NewReader(data)); err != nil {
		return fmt.Errorf("object %s: %w", name, full(err))
	}
	return nil
}

// GetObject returns an object whose bytes match its digest. The error wraps
// events.ErrNotFound when there is none and events.ErrBroken when its bytes are
// others.
func (l *Log) GetObject(ctx context.Context, name string) ([]byte, error) {
	b, err := l.objects.GetBytes(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, fmt.Errorf("object %s: %w", name, events.ErrNotFound)
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, fmt.Errorf("object %s: %w", name, events.ErrBroken)
	case err != nil:
		return nil, fmt.Errorf("object %s: %w", name, err)
	}
	return b, nil
}

// unfinished begins the name under which Objects lists the messages of an
// object that was broken off before the server had all of it.
const unfinished = "unfinished/"

// DeleteObject takes an object away; one that is not there is no error.
func (l *Log) DeleteObject(ctx context.Context, name string) error {
	if id, ok := strings.CutPrefix(name, unfinished); ok {
		s, err := l.js.Stream(ctx, "OBJ_"+l.bucket())
		if err == nil {
			err = s.Purge(ctx, jetstream.WithPurgeSubject(l.chunks()+id))
		}
		if err != nil {
			return fmt.Errorf("object %s: %w", name, err)
		}
		return nil
	}
	err := l.objects.Delete(ctx, name)
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("object %s: %w", name, err)
	}
	return nil
}

// bucket is the name of the object store.
func (l *Log) bucket() string { return l.o.base() + "_attachments" }

// chunks begins the subjects of its objects' messages. Source: NATS ADR-20.
func (l *Log) chunks() string { return "$O." + l.bucket() + ".C." }

// Objects calls with every object's name and its length in bytes, until that
// ends with an error. Of what was broken off in the middle the length is that
// of its messages at most.
func (l *Log) Objects(ctx context.Context, with func(name string, size int64) error) error {
	list, err := l.objects.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return fmt.Errorf("list objects: %w", err)
	}
	whole := make(map[string]bool, len(list))
	for _, o := range list {
		whole[o.NUID] = true
		if err := with(o.Name, int64(o.Size)); err != nil {
			return err
		}
	}
	s, err := l.js.Stream(ctx, "OBJ_"+l.bucket())
	if err != nil {
		return fmt.Errorf("list objects: %w", err)
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(l.chunks()+">"))
	if err != nil {
		return fmt.Errorf("list objects: %w", err)
	}
	for subject, n := range info.State.Subjects {
		if id := strings.TrimPrefix(subject, l.chunks()); !whole[id] {
			if err := with(unfinished+id, int64(n)*objectChunk); err != nil {
				return err
			}
		}
	}
	return nil
}
