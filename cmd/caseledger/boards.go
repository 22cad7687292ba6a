package main

import (
	"context"
	"slices"
	"sync"
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
)

// boards are those that took long, each for the manager who asked for it.
type boards struct {
	slow time.Duration // 0: slowBoard

	mu   sync.Mutex // one is worked out at a time
	kept map[string]pastBoard
}

type pastBoard struct {
	board    views.Board
	at       time.Time // as of when
	took     time.Duration
	position uint64 // of the archive before the first case was read
}

// recent is a board as of now, or of some minutes ago if working it out takes
// long: Board.At says which. A case that has been erased since, or from which
// the reader has been excluded, is in neither.
func (b *boards) recent(ctx context.Context, l *ledger, of ops.ViewOf, tell ops.Progress) (views.Board, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := of.Time(l.now()).UTC()
	if k, ok := b.kept[of.Staff]; ok {
		age := now.Sub(k.at)
		if age >= 0 && age < min(keptBoard, keptTimes*k.took) && l.runner.Position() < k.position+keptEvents {
			return l.stillSeen(ctx, &k, of.Staff)
		}
		delete(b.kept, of.Staff)
	}
	k := pastBoard{at: now, position: l.runner.Position()}
	began := time.Now()
	var err error
	if k.board, err = l.board(ctx, of, tell); err != nil {
		return views.Board{}, err
	}
	slow := b.slow
	if slow == 0 {
		slow = slowBoard
	}
	if k.took = time.Since(began); k.took >= slow {
		if b.kept == nil {
			b.kept = map[string]pastBoard{}
		}
		b.kept[of.Staff] = k
	}
	return k.board, nil
}

// stillSeen is a kept board without the cases that its reader may not see any
// more. Only cases in which something was recorded since can be among them.
func (l *ledger) stillSeen(ctx context.Context, k *pastBoard, staff string) (views.Board, error) {
	hidden := map[events.Chain]bool{}
	for e, err := range l.runner.Archive(ctx, k.position+1) {
		if err != nil {
			return views.Board{}, err
		}
		if e.Void || e.Record.Link.Chain == l.config.Service {
			continue
		}
		chain := e.Record.Link.Chain
		if _, looked := hidden[chain]; looked {
			continue
		}
		s, err := l.runner.Standing(ctx, chain)
		if err != nil {
			return views.Board{}, err
		}
		hidden[chain] = s.Erased || slices.Contains(s.Excluded, staff)
	}
	return k.board.Without(func(c events.Chain) bool { return hidden[c] }), nil
}
