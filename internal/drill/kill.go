//go:build linux

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/ops"
	"caseledger/internal/web"
)

const (
	// killWriters append side by side, so that a kill meets batches as well.
	killWriters = 8
	// killWithin is the longest that a service lives once it is healthy.
	killWithin = 300 * time.Millisecond
)

// killLoop appends to a service from several writers, kills it at a moment of
// no choosing, and starts it again, as often as asked for. What was not answered is
// sent again under the same id by the next round, as a careful client does. At
// the end every acknowledged event must stand in both copies exactly once, with
// the hash that was acknowledged, and the audit must pass.
func (t *trial) killLoop(ctx context.Context) error {
	l, err := t.newLedger(ctx, "kill")
	if err != nil {
		return err
	}
	writers := make([]*killWriter, killWriters)
	for i := range writers {
		writers[i] = &killWriter{}
	}
	resent := 0
	kills := cmp.Or(t.kills, 25)
	for range kills {
		s, err := l.serve(ctx)
		if err != nil {
			return fmt.Errorf("after %d acknowledged events: %w", len(l.acked), err)
		}
		var wg sync.WaitGroup
		for _, w := range writers {
			if w.pending != nil {
				resent++
			}
			wg.Go(func() { w.run(ctx, l) })
		}
		select {
		case <-time.After(rand.N(killWithin)):
		case <-ctx.Done():
		}
		s.kill()
		wg.Wait()
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, w := range writers {
			if w.err != nil {
				return w.err
			}
			for id, hash := range w.acked {
				l.acked[id] = hash
				delete(l.tried, id)
			}
			w.acked = nil
			if w.pending != nil {
				l.tried[w.pending.ID.String()] = true
			}
		}
	}
	f, err := l.afterKills(ctx)
	return t.result(fmt.Sprintf("%d kills, %d events sent again", kills, resent), f, err)
}

// afterKills audits the ledger and reads both copies.
func (l *ledger) afterKills(ctx context.Context) (found, error) {
	out, err := l.on(ctx, "audit", "--full")
	if err != nil {
		return found{}, fmt.Errorf("audit: %w: %s", err, out)
	}
	var report struct{ Verdict string }
	if err := json.Unmarshal(out, &report); err != nil {
		return found{}, fmt.Errorf("audit: %w", err)
	}
	if report.Verdict != "whole" {
		return found{}, fmt.Errorf("audit: %s", out)
	}
	return l.look(ctx)
}

// killWriter is one client: it has one case, and sends an event until it is
// answered.
type killWriter struct {
	chain   *events.Chain // nil: the next event makes it
	pending *ops.Append   // sent and not answered
	acked   map[string]events.Hash
	err     error // an answer that must not be
}

// run appends until the service goes away.
func (w *killWriter) run(ctx context.Context, l *ledger) {
	client, err := web.Dial(ctx, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.place().Socket())
	})
	if err != nil {
		return // killed already
	}
	defer client.Close()
	w.acked = map[string]events.Hash{}
	for {
		if w.pending == nil {
			id := ulid.Make()
			w.pending = &ops.Append{Case: w.chain, Type: drillType, Actor: drillActor, ID: &id, Occurred: []byte(drillOccurred), Data: []byte(drillData)}
		}
		got, err := client.Append(ctx, *w.pending)
		if err != nil {
			var answered *ops.Error
			if errors.As(err, &answered) {
				w.err = fmt.Errorf("refused: %w", err)
			}
			return
		}
		if got.ID != *w.pending.ID || w.chain != nil && got.Case != *w.chain {
			w.err = errors.New("the answer is about another event")
			return
		}
		w.chain = &got.Case
		w.acked[got.ID.String()] = got.Hash
		w.pending = nil
	}
}
