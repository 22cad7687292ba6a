package natslog

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// setting is what a bucket's stream must have.
type setting struct {
	field string
	got   func(*jetstream.StreamConfig) any
	want  any
}

// checkBucket holds the stream of a bucket to what every bucket of the log
// has, and to more. Its name is the bucket's behind a prefix.
func (l *Log) checkBucket(ctx context.Context, prefix, bucket string, replicas int, more ...setting) error {
	s, err := l.js.Stream(ctx, prefix+bucket)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", bucket, err)
	}
	c := &s.CachedInfo().Config
	for _, k := range append([]setting{
		{"storage", func(c *jetstream.StreamConfig) any { return c.Storage }, jetstream.FileStorage},
		{"max_age", func(c *jetstream.StreamConfig) any { return c.MaxAge }, "0s"},
		{"max_msgs", func(c *jetstream.StreamConfig) any { return c.MaxMsgs }, -1},
		{"max_bytes", func(c *jetstream.StreamConfig) any { return c.MaxBytes }, -1},
		{"discard", func(c *jetstream.StreamConfig) any { return c.Discard }, jetstream.DiscardNew},
	}, more...) {
		if g, w := fmt.Sprint(k.got(c)), fmt.Sprint(k.want); g != w {
			return &ConfigError{What: "bucket " + bucket, Field: k.field, Got: g, Want: w}
		}
	}
	if !l.o.AllowLess && c.Replicas < replicas {
		return &ConfigError{What: "bucket " + bucket, Field: "num_replicas", Got: fmt.Sprint(c.Replicas), Want: fmt.Sprint(replicas)}
	}
	return nil
}
