package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"caseledger/events"
	"caseledger/projections/casefile"
)

// maxFiles bounds the case files held ready; a case of a year's work takes
// some tens of kilobytes.
const maxFiles = 512

// Opener opens a record. The zero Body is of one whose key is gone.
type Opener func(context.Context, *events.Record) (events.Body, error)

// Files folds cases from the archive into their files. It holds the newest
// files ready, and of every case it has read which staff ever had it, so that
// a second question reads only what is new. It is safe for concurrent use.
type Files struct {
	r       *Runner
	service events.Chain
	open    Opener

	mu    sync.Mutex
	ready map[events.Chain]readyFile
	had   map[events.Chain]hadBy
}

type readyFile struct {
	head uint64
	file *casefile.File
}

// hadBy are the staff to whom a case was ever given, to keep, to cover or for
// an appointment.
type hadBy struct {
	head  uint64
	staff []string
}

// Missing is a case that cannot be read: it must not vanish from a list.
type Missing struct {
	Case events.Chain `json:"case"`
	Why  string       `json:"why"` // without what it was about
}

// NewFiles reads cases from a runner's archive. The service's own chain is no
// case.
func NewFiles(r *Runner, service events.Chain, open Opener) *Files {
	return &Files{r: r, service: service, open: open, ready: map[events.Chain]readyFile{}, had: map[events.Chain]hadBy{}}
}

// Events returns the opened events of a chain, the service's among them. The
// error wraps events.ErrNotFound when there is none.
func (f *Files) Events(ctx context.Context, chain events.Chain) ([]casefile.Event, error) {
	var list []casefile.Event
	for e, err := range f.r.Chain(ctx, chain) {
		if err != nil {
			return nil, err
		}
		body, err := f.open(ctx, &e.Record)
		if err != nil {
			return nil, fmt.Errorf("case %s, event %d: %w", chain, e.Record.Link.Seq, err)
		}
		list = append(list, casefile.Event{Seq: e.Record.Link.Seq, Stream: e.Seq, ID: e.Record.Detail.ID, At: e.Record.Detail.At, Body: body})
	}
	return list, nil
}

// File returns a case with a cut. The error wraps events.ErrNotFound when
// there is no such case.
func (f *Files) File(ctx context.Context, chain events.Chain, cut casefile.Cut) (*casefile.File, error) {
	if chain == f.service {
		return nil, fmt.Errorf("case %s: %w", chain, events.ErrNotFound)
	}
	head, err := f.r.Head(chain)
	if err != nil {
		return nil, err
	}
	return f.file(ctx, chain, head.Seq, cut)
}

func (f *Files) file(ctx context.Context, chain events.Chain, head uint64, cut casefile.Cut) (*casefile.File, error) {
	whole := cut == casefile.Cut{}
	if whole {
		f.mu.Lock()
		r, ok := f.ready[chain]
		f.mu.Unlock()
		if ok && r.head == head {
			return r.file, nil
		}
	}
	list, err := f.Events(ctx, chain)
	if err != nil {
		return nil, err
	}
	file, err := casefile.Fold(list, cut)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", chain, err)
	}
	file.Chain = chain
	if whole {
		f.keep(file)
	}
	return file, nil
}

// keep holds a file ready. Of a case whose erasure has begun nothing is held:
// what was read before the key went must not outlive it.
func (f *Files) keep(file *casefile.File) {
	var staff []string
	for _, a := range file.Allocations {
		staff = append(staff, a.Data.Adviser)
	}
	for _, c := range file.Covers {
		staff = append(staff, c.Data.Adviser)
	}
	for i := range file.Appointments {
		a := &file.Appointments[i]
		staff = append(staff, a.Data.Arranged.Adviser, a.Arranged.Adviser)
	}
	slices.Sort(staff)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.had[file.Chain] = hadBy{file.Head(), slices.Compact(staff)}
	delete(f.ready, file.Chain)
	if len(file.ErasuresBegun) > 0 {
		return
	}
	for old := range f.ready {
		if len(f.ready) < maxFiles {
			break
		}
		delete(f.ready, old) // any one: the order of a map is random
	}
	f.ready[file.Chain] = readyFile{file.Head(), file}
}

// All returns the cases that a member of staff ever had, to keep, to cover or for
// an appointment, or all for "", in the order of their numbers. Which of them she or he has as
// of the cut is for the views to say. What cannot be read is missing.
func (f *Files) All(ctx context.Context, staff string, cut casefile.Cut) (list []*casefile.File, missing []Missing, err error) {
	missing = []Missing{}
	var chains []events.Chain
	var heads []uint64
	// Listed first: a case is not read while an iterator is open.
	if err := f.r.heads(ctx, func(chain events.Chain, h Head) bool {
		if chain != f.service {
			chains, heads = append(chains, chain), append(heads, h.Seq)
		}
		return true
	}); err != nil {
		return nil, nil, fmt.Errorf("case files: %w", err)
	}
	for i, chain := range chains {
		file, err := f.one(ctx, chain, heads[i], staff, cut)
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case errors.Is(err, events.ErrSealed), errors.Is(err, events.ErrBroken), errors.Is(err, events.ErrNotFound), errors.Is(err, events.ErrSyntax):
			missing = append(missing, Missing{chain, "it does not open: run caseledger audit"})
		case err != nil:
			return nil, nil, err
		case file != nil:
			list = append(list, file)
		}
	}
	return list, missing, nil
}

// one returns a case, nil when this member of staff never had it.
func (f *Files) one(ctx context.Context, chain events.Chain, head uint64, staff string, cut casefile.Cut) (*casefile.File, error) {
	if staff != "" {
		f.mu.Lock()
		had, ok := f.had[chain]
		f.mu.Unlock()
		if !ok || had.head != head {
			// Whoever ever had it: without the cut.
			file, err := f.file(ctx, chain, head, casefile.Cut{})
			if err != nil {
				return nil, err
			}
			f.mu.Lock()
			had = f.had[file.Chain]
			f.mu.Unlock()
		}
		if !slices.Contains(had.staff, staff) {
			return nil, nil
		}
	}
	return f.file(ctx, chain, head, cut)
}
