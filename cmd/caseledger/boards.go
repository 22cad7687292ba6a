package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"caseledger/events"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

const (
	// slowBoard is how long a board may take before it is kept for a while:
	// those of most services take less, and are worked out at every look.
	slowBoard = 500 * time.Millisecond
	// keptBoard is how long a board is shown again, at most; keptTimes is the
	// share of the time that goes into working it out, one of so many.
	keptBoard = 5 * time.Minute
	keptTimes = 20
	// keptEvents is after how many new events it is worked out anew at once.
	keptEvents = 2000
	// manyEvents is how many events a ledger has whose board nobody waits for
	// longer than for a glance.
	manyEvents = 100_000
	glance     = 20 * time.Millisecond
)

// boards are those that took long, each for the manager who asked for it, and
// those that are being worked out behind.
type boards struct {
	slow time.Duration // 0: slowBoard
	wait time.Duration // how long a look waits; 0: by the size of the ledger

	turn sync.Mutex // one is worked out at a time

	mu     sync.Mutex // guards what follows
	kept   map[string]pastBoard
	coming map[string]*comingBoard
	closed bool
	behind sync.WaitGroup
}

type pastBoard struct {
	board    views.Board
	at       time.Time // as of when
	took     time.Duration
	position uint64 // of the archive before the first case was read
}

// comingBoard is one that is being worked out.
type comingBoard struct {
	read, of atomic.Uint64 // cases
	stop     context.CancelFunc
	done     chan struct{} // closed once the rest is there
	past     pastBoard
	err      error
}

// recent is a board as of now, or of some minutes ago if working it out takes
// long: Board.At says which. Nobody waits for long: the error is an
// *ops.NotReady while there is none yet. A case that has been erased since, or
// from which the reader has been excluded, is in neither.
func (b *boards) recent(ctx context.Context, l *ledger, of ops.ViewOf) (views.Board, error) {
	now := of.Time(l.now()).UTC()
	b.mu.Lock()
	k, ok := b.kept[of.Staff]
	if age := now.Sub(k.at); ok && age >= 0 && age < min(keptBoard, keptTimes*k.took) && l.runner.Position() < k.position+keptEvents {
		b.mu.Unlock()
		return l.stillSeen(ctx, &k, of.Staff)
	}
	delete(b.kept, of.Staff)
	c := b.coming[of.Staff]
	if c == nil || c.ended() && now.Sub(c.past.at) >= keptBoard { // nobody came for that one
		if b.closed {
			b.mu.Unlock()
			return views.Board{}, events.ErrStopped
		}
		c = b.begin(l, of, now)
	}
	b.mu.Unlock()

	wait := b.wait
	if wait == 0 {
		if wait = 2 * slowBoard; l.runner.Position() >= manyEvents {
			wait = glance
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-ctx.Done():
		return views.Board{}, ctx.Err()
	case <-timer.C:
		return views.Board{}, &ops.NotReady{Done: c.read.Load(), Total: c.of.Load()}
	}
	b.mu.Lock()
	if b.coming[of.Staff] == c {
		delete(b.coming, of.Staff) // whoever looks next begins anew
	}
	b.mu.Unlock()
	if c.err != nil {
		return views.Board{}, c.err
	}
	return l.stillSeen(ctx, &c.past, of.Staff)
}

// begin works a board out behind. b.mu is held.
func (b *boards) begin(l *ledger, of ops.ViewOf, now time.Time) *comingBoard {
	if b.coming == nil {
		b.kept, b.coming = map[string]pastBoard{}, map[string]*comingBoard{}
	}
	ctx, stop := context.WithCancel(context.Background()) // whoever asked first may go away
	c := &comingBoard{stop: stop, done: make(chan struct{})}
	b.coming[of.Staff] = c
	b.behind.Go(func() {
		defer stop()
		defer close(c.done)
		b.turn.Lock()
		defer b.turn.Unlock()
		c.past = pastBoard{at: now, position: l.runner.Position()}
		of.Now = now
		began := time.Now()
		c.past.board, c.err = l.board(ctx, of, func(done, total uint64) {
			c.read.Store(done)
			c.of.Store(total)
		})
		slow := b.slow
		if slow == 0 {
			slow = slowBoard
		}
		if c.past.took = time.Since(began); c.err != nil || c.past.took < slow {
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.kept[of.Staff] = c.past
		delete(b.coming, of.Staff)
	})
	return c
}

func (c *comingBoard) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// close ends what is being worked out and waits for it.
func (b *boards) close() {
	b.mu.Lock()
	b.closed = true
	for _, c := range b.coming {
		c.stop()
	}
	b.mu.Unlock()
	b.behind.Wait()
}

// stillSeen is a kept board without the cases that its reader may not see any
// more. Only cases in which something was recorded since can be among them.
func (l *ledger) stillSeen(ctx context.Context, k *pastBoard, staff string) (views.Board, error) {
	looked, hidden := map[events.Chain]bool{}, map[events.Chain]bool{}
	for e, err := range l.runner.Archive(ctx, k.position+1) {
		if err != nil {
			return views.Board{}, err
		}
		if e.Void || e.Record.Link.Chain == l.config.Service {
			continue
		}
		chain := e.Record.Link.Chain
		if looked[chain] {
			continue
		}
		looked[chain] = true
		s, err := l.runner.Standing(ctx, chain)
		if err != nil {
			return views.Board{}, err
		}
		if s.Erased || slices.Contains(s.Excluded, staff) {
			hidden[chain] = true
		}
	}
	if len(hidden) == 0 {
		return k.board, nil
	}
	return k.board.Without(func(c events.Chain) bool { return hidden[c] }), nil
}
