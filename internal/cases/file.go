package cases

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
)

// maxFiles bounds the case files that a Service keeps: each holds all that is
// recorded of its case, which for a case of 1,000 contacts is some 5 MB.
const maxFiles = 32

// files are the newest case files. A file is of use as long as its case stands
// where it stood.
type files struct {
	mu   sync.Mutex
	held map[events.Chain]*casefile.File
}

func (f *files) get(chain events.Chain, seq uint64) *casefile.File {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.held[chain]; file != nil && file.Head() == seq {
		return file
	}
	return nil
}

// drop forgets a case: of one that is erased nothing stays.
func (f *files) drop(chain events.Chain) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.held, chain)
}

func (f *files) put(chain events.Chain, file *casefile.File) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held == nil {
		f.held = map[events.Chain]*casefile.File{}
	}
	if _, ok := f.held[chain]; !ok && len(f.held) >= maxFiles {
		for other := range f.held {
			delete(f.held, other)
			break
		}
	}
	f.held[chain] = file
}

// file is the case as its events tell it. The case is locked.
func (d *decision) file(ctx context.Context, head Head) (*casefile.File, error) {
	chain := d.c.Case
	if f := d.s.files.get(chain, head.Seq); f != nil {
		return f, nil
	}
	var list []casefile.Event
	if head.Seq > 0 {
		for entry, err := range d.s.cfg.Archive.Chain(ctx, chain, 1) {
			if err != nil {
				return nil, fmt.Errorf("read the case: %w", err)
			}
			rec := &entry.Record
			body, err := d.s.open(ctx, rec)
			if errors.Is(err, events.ErrNotFound) {
				body = events.Body{} // erased
			} else if err != nil {
				return nil, fmt.Errorf("read event %d of the case: %w", rec.Link.Seq, err)
			}
			list = append(list, casefile.Event{Seq: rec.Link.Seq, Stream: entry.Seq, ID: rec.Detail.ID, At: rec.Detail.At, Body: body})
		}
	}
	f, err := casefile.Fold(list, casefile.Cut{})
	if err != nil {
		return nil, fmt.Errorf("read the case: %w", err)
	}
	d.s.files.put(chain, f)
	return f, nil
}

// policyCache is what the ledger's own chain says, as far as it was read.
type policyCache struct {
	mu      sync.Mutex
	seq     uint64
	history *policy.History
	roster  *policy.Roster
}

// policies returns every policy that the ledger's own chain holds.
func (s *Service) policies(ctx context.Context) (*policy.History, error) {
	h, _, err := s.governed(ctx)
	return h, err
}

// governed returns what the ledger's own chain holds: policies and staff.
func (s *Service) governed(ctx context.Context) (*policy.History, *policy.Roster, error) {
	s.policy.mu.Lock()
	defer s.policy.mu.Unlock()
	head, err := s.cfg.Archive.Head(s.cfg.Service)
	if err != nil && !errors.Is(err, events.ErrNotFound) {
		return nil, nil, fmt.Errorf("the service's own chain: %w", err)
	}
	if s.policy.history != nil && s.policy.seq == head.Seq {
		return s.policy.history, s.policy.roster, nil
	}
	h, roster := &policy.History{}, &policy.Roster{}
	if head.Seq > 0 {
		for entry, err := range s.cfg.Archive.Chain(ctx, s.cfg.Service, 1) {
			if err != nil {
				return nil, nil, fmt.Errorf("the service's own chain: %w", err)
			}
			rec := &entry.Record
			body, err := s.open(ctx, rec)
			if err == nil {
				e := policy.Event{Seq: rec.Link.Seq, At: rec.Detail.At, Body: body}
				err = errors.Join(h.Add(e), roster.Add(e))
			}
			if err != nil {
				return nil, nil, fmt.Errorf("the service's own chain: %w", err)
			}
		}
	}
	s.policy.history, s.policy.roster, s.policy.seq = h, roster, head.Seq
	return h, roster, nil
}

// policyAt returns the policy in force at a time.
func (s *Service) policyAt(ctx context.Context, at time.Time) (*policy.Set, error) {
	h, err := s.policies(ctx)
	if err != nil {
		return nil, err
	}
	return h.Set(at), nil
}
