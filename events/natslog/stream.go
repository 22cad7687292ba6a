package natslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
)

// voidToken stands for the chain in the subject of a payload that is no
// record; no chain is spelled like that.
const voidToken = "void"

// config is the stream as the ledger makes it: nothing is ever discarded,
// deleted or purged, and there is one message an event. Batches are allowed
// where they save syncs (see appender).
func (l *Log) config(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               l.o.Stream,
		Description:        "caseledger " + l.o.Origin,
		Subjects:           []string{l.o.Stream + ".*"},
		Storage:            jetstream.FileStorage,
		Retention:          jetstream.LimitsPolicy,
		Discard:            jetstream.DiscardNew,
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgsPerSubject:  -1,
		MaxMsgSize:         -1,
		MaxConsumers:       -1,
		Replicas:           replicas,
		Duplicates:         100 * time.Millisecond, // the least there is: no ids are sent, and a start reads the whole window
		DenyDelete:         true,
		DenyPurge:          true,
		AllowDirect:        true,
		AllowAtomicPublish: l.emb != nil,
	}
}

// openStream creates the stream or checks the one that is there.
func (l *Log) openStream(ctx context.Context, replicas int) error {
	s, err := l.js.Stream(ctx, l.o.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, l.config(replicas))
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", l.o.Stream, full(err))
	}
	return checkStream(&s.CachedInfo().Config, l.config(replicas), l.o.AllowLess)
}

// checkStream refuses a stream that could lose, change or hide a message.
func checkStream(got *jetstream.StreamConfig, want jetstream.StreamConfig, allowLess bool) error {
	type check struct {
		field     string
		got, want any
	}
	checks := []check{
		{"description", got.Description, want.Description},
		{"subjects", got.Subjects, want.Subjects},
		{"storage", got.Storage, want.Storage},
		{"retention", got.Retention, want.Retention},
		{"discard", got.Discard, want.Discard},
		{"max_msgs", got.MaxMsgs, want.MaxMsgs},
		{"max_bytes", got.MaxBytes, want.MaxBytes},
		{"max_age", got.MaxAge, want.MaxAge},
		{"max_msgs_per_subject", got.MaxMsgsPerSubject, want.MaxMsgsPerSubject},
		{"max_msg_size", got.MaxMsgSize, want.MaxMsgSize},
		{"deny_delete", got.DenyDelete, true},
		{"deny_purge", got.DenyPurge, true},
		{"allow_rollup_hdrs", got.AllowRollup, false},
		{"allow_msg_ttl", got.AllowMsgTTL, false},
		{"allow_msg_counter", got.AllowMsgCounter, false},
		{"allow_msg_schedules", got.AllowMsgSchedules, false},
		{"allow_direct", got.AllowDirect, true},
		{"no_ack", got.NoAck, false},
		{"sealed", got.Sealed, false},
		{"mirror", got.Mirror != nil, false},
		{"sources", len(got.Sources), 0},
		{"subject_transform", got.SubjectTransform != nil, false},
		{"republish", got.RePublish != nil, false},
		{"persist_mode", got.PersistMode, jetstream.DefaultPersistMode},
		{"first_seq", max(got.FirstSeq, 1), uint64(1)},
	}
	if want.AllowAtomicPublish {
		checks = append(checks, check{"allow_atomic", got.AllowAtomicPublish, true})
	}
	if !allowLess && got.Replicas < want.Replicas {
		checks = append(checks, check{"num_replicas", got.Replicas, want.Replicas})
	}
	for _, c := range checks {
		if g, w := fmt.Sprint(c.got), fmt.Sprint(c.want); g != w {
			return &ConfigError{What: "stream " + want.Name, Field: c.field, Got: g, Want: w}
		}
	}
	return nil
}

// State asks the server for the first, the last and the number of messages:
// it tells a hole without reading. It cannot tell a stream whose end was lost
// and whose sequences were used again; only a comparison with the archive can.
func (l *Log) State(ctx context.Context) (events.State, error) {
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+l.o.Stream, nil)
	if err != nil {
		return events.State{}, fmt.Errorf("state of stream %s: %w", l.o.Stream, err)
	}
	var info struct {
		Error *jetstream.APIError `json:"error"`
		State struct {
			Msgs     uint64 `json:"messages"`
			FirstSeq uint64 `json:"first_seq"`
			LastSeq  uint64 `json:"last_seq"`
		} `json:"state"`
	}
	if err := json.Unmarshal(m.Data, &info); err != nil {
		return events.State{}, fmt.Errorf("state of stream %s: %w", l.o.Stream, err)
	}
	if info.Error != nil {
		return events.State{}, fmt.Errorf("state of stream %s: %w", l.o.Stream, info.Error)
	}
	return events.State{First: info.State.FirstSeq, Last: info.State.LastSeq, Count: info.State.Msgs}, nil
}
