package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/policy"
)

// practice is what the service's own chain tells, as last read: every view
// asks for it, and the chain rarely grows.
type practice struct {
	mu      sync.Mutex
	head    uint64 // seq up to which it was read
	history *policy.History
	roster  *policy.Roster
}

// figures are those in force at a time, as they were known at another (zero:
// now).
func (l *ledger) figures(ctx context.Context, at, knownBy time.Time) (*policy.Set, error) {
	h, _, err := l.told(ctx)
	if err != nil {
		return nil, err
	}
	return h.Known(at, knownBy), nil
}

// roster is who works for the service.
func (l *ledger) roster(ctx context.Context) (*policy.Roster, error) {
	_, r, err := l.told(ctx)
	return r, err
}

// told reads the service's chain, if it has grown. What it returns is not
// changed any more.
func (l *ledger) told(ctx context.Context) (*policy.History, *policy.Roster, error) {
	p := &l.practice
	p.mu.Lock()
	defer p.mu.Unlock()
	head, err := l.runner.Head(l.config.Service)
	switch {
	case errors.Is(err, events.ErrNotFound): // the service has recorded nothing
		return &policy.History{}, &policy.Roster{}, nil
	case err != nil:
		return nil, nil, err
	case head.Seq == p.head:
		return p.history, p.roster, nil
	}
	list, err := l.files.Events(ctx, l.config.Service)
	if err != nil {
		return nil, nil, err
	}
	h, r := &policy.History{}, &policy.Roster{}
	for _, e := range list {
		told := policy.Event{Seq: e.Seq, At: e.At, Body: e.Body}
		if err := errors.Join(h.Add(told), r.Add(told)); err != nil {
			return nil, nil, err
		}
	}
	p.head, p.history, p.roster = list[len(list)-1].Seq, h, r
	return h, r, nil
}
