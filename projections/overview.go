package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"caseledger/events"
	"caseledger/internal/clock"
)

// overview is where every case stands in the list of all, held in memory once
// somebody has asked for it: what is shown of them is read for one page. It
// holds no words, and nothing of a case that cannot be read.
type overview struct {
	mu       sync.Mutex
	made     bool
	space    space
	position uint64 // of the archive: later events may not be in it
	places   []place
	unread   map[events.Chain]bool // cases that could not be read: looked at again each time
}

// place is what a case is listed by.
type place struct {
	chain    events.Chain
	status   string
	risk     string
	contact  clock.When
	excluded []string
}

func (a *place) compare(b *place) int {
	return cmp.Or(
		statusOrder(a.status)-statusOrder(b.status),
		slices.Index(levels[:], b.risk)-slices.Index(levels[:], a.risk),
		a.contact.Compare(b.contact),
		slices.Compare(a.chain[:], b.chain[:]),
	)
}

// mostChanged is how many events may have come since the last look for their
// cases to be put into their places one by one.
const mostChanged = 10_000

// Page returns the cases from one place on (from 0), at most n, of the list of
// all in the order of Caseload, and how many it has. Left out are erased cases,
// those that a member of staff is excluded from, and those that cannot be read:
// nobody could say who is excluded from them.
func (r *Runner) Page(ctx context.Context, staff string, from, n int) (rows []CaseRow, count int, err error) {
	chains, count, err := r.overview.page(ctx, r, staff, from, n)
	if err != nil {
		return nil, 0, fmt.Errorf("cases: %w", err)
	}
	for _, chain := range chains {
		row, err := r.Case(ctx, chain)
		switch {
		case ctx.Err() != nil:
			return nil, 0, ctx.Err()
		case err != nil || row.Status == statusErased.String() || slices.Contains(row.Excluded, staff):
			continue // since it was placed
		}
		rows = append(rows, row)
	}
	return rows, count, nil
}

func (o *overview) page(ctx context.Context, r *Runner, staff string, from, n int) (chains []events.Chain, count int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.follow(ctx, r); err != nil {
		return nil, 0, err
	}
	for i := range o.places {
		if p := &o.places[i]; p.status != statusErased.String() && !slices.Contains(p.excluded, staff) {
			if count >= from && len(chains) < n {
				chains = append(chains, p.chain)
			}
			count++
		}
	}
	return chains, count, nil
}

// follow takes in what was recorded since the last look.
func (o *overview) follow(ctx context.Context, r *Runner) error {
	position := r.Position()
	var current space
	if err := r.s.inSpace(func(sp space) error { current = sp; return nil }); err != nil {
		return err
	}
	if !o.made || o.space != current || position > o.position+mostChanged {
		type read struct {
			place
			err error
		}
		all, err := eachCase(ctx, r, "", func(c caseValue) read {
			if c.err != nil {
				return read{place: place{chain: c.chain}, err: c.err}
			}
			return read{place: placeOf(c.chain, c.state)}
		})
		if err != nil {
			return err
		}
		o.places, o.unread = make([]place, 0, len(all)), map[events.Chain]bool{}
		for i := range all {
			switch {
			case all[i].err == nil:
				o.places = append(o.places, all[i].place)
			case !errors.Is(all[i].err, events.ErrNotFound): // else its key is gone
				o.unread[all[i].chain] = true
			}
		}
		slices.SortFunc(o.places, func(a, b place) int { return a.compare(&b) })
		o.made, o.space, o.position = true, current, position
		return nil
	}
	changed := map[events.Chain]bool{}
	for chain := range o.unread {
		changed[chain] = true
	}
	for e, err := range r.Archive(ctx, o.position+1) {
		if err != nil {
			return err
		}
		if e.Seq > position {
			break
		}
		if !e.Void {
			changed[e.Record.Link.Chain] = true
		}
	}
	var moved []place
	unread := map[events.Chain]bool{}
	for chain := range changed {
		s, err := r.stateOf(ctx, chain)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, events.ErrNotFound): // the service's own chain, or its key is gone
		case err != nil:
			unread[chain] = true
		default:
			moved = append(moved, placeOf(chain, s))
		}
	}
	slices.SortFunc(moved, func(a, b place) int { return a.compare(&b) })
	if len(changed) > 0 {
		o.places = merge(slices.DeleteFunc(o.places, func(p place) bool { return changed[p.chain] }), moved)
	}
	o.unread, o.position = unread, position
	return nil
}

// merge puts two sorted lists into one.
func merge(a, b []place) []place {
	if len(b) == 0 {
		return a
	}
	out := make([]place, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].compare(&b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func placeOf(chain events.Chain, s *state) place {
	return place{chain: chain, status: s.status.String(), risk: s.risk.String(), contact: s.lastContact, excluded: s.excluded}
}
