package projections

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"caseledger/events"
)

// TimelineRow is one event of a case in one line.
type TimelineRow struct {
	Seq      uint64    `json:"seq"` // within the case, from 1
	Type     string    `json:"type"`
	V        uint64    `json:"v"`
	Occurred Occurred  `json:"occurred"`
	Recorded time.Time `json:"recorded"`
	Actor    string    `json:"actor"`
	// Late: the author gave a reason for a late entry, or it was recorded
	// longer after it happened than the policy allows.
	Late        bool    `json:"late"`
	Corrects    *Place  `json:"corrects"`     // what this event corrects
	CorrectedBy []Place `json:"corrected_by"` // this event's statements and what corrects each
	Summary     string  `json:"summary"`      // codes and counts; no words, names, numbers or addresses
}

// Place is a statement of an event.
type Place struct {
	Seq       uint64 `json:"seq"`
	Statement uint64 `json:"statement"` // from 0
}

// Timeline returns a case's events in the order of their chain: what was
// recorded by asKnown, or all of it for the zero Time. A correction that was
// recorded later marks nothing. The error wraps events.ErrNotFound when there
// is no such case or its key is gone.
func (r *Runner) Timeline(ctx context.Context, chain events.Chain, asKnown time.Time) ([]TimelineRow, error) {
	rows, err := r.timeline(ctx, chain, asKnown)
	if err != nil {
		return nil, fmt.Errorf("timeline of case %s: %w", chain, err)
	}
	return rows, nil
}

func (r *Runner) timeline(ctx context.Context, chain events.Chain, asKnown time.Time) ([]TimelineRow, error) {
	if _, err := r.Head(chain); err != nil {
		return nil, err
	}
	state, err := r.s.find(func(sp space) []byte { return sp.appendOf(nil, kindCase, chain) })
	switch {
	case errors.Is(err, events.ErrNotFound): // the service's own chain has no views
	case err != nil:
		return nil, err
	case len(state) == 1 && state[0] == gone:
		return nil, errGone
	}
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := sp.appendOf(nil, kindTimeline, chain)
		return from, after(from)
	})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	rows := []TimelineRow{}
	sealed := opener{s: r.seal, chain: chain}
	place := make(map[uint64]int) // of a seq in rows
	for it.First(); it.Valid(); it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, storeError(err)
		}
		plain, err := sealed.open(ctx, it.Key(), value)
		if err != nil {
			return nil, err
		}
		stored, err := decodeRow(plain)
		if err != nil {
			return nil, err
		}
		recorded := time.UnixMicro(stored.recorded).UTC()
		if !asKnown.IsZero() && recorded.After(asKnown) {
			continue
		}
		row := TimelineRow{
			Seq:  binary.BigEndian.Uint64(it.Key()[len(it.Key())-8:]),
			Type: stored.typ, V: stored.v, Occurred: stored.occurred, Recorded: recorded, Actor: stored.actor,
			Late:        stored.late || r.o.Policy.late(stored.occurred, recorded),
			CorrectedBy: []Place{}, Summary: stored.summary,
		}
		if stored.corrects != 0 {
			row.Corrects = &Place{stored.corrects, stored.statement}
			if i, ok := place[stored.corrects]; ok {
				rows[i].CorrectedBy = append(rows[i].CorrectedBy, Place{row.Seq, stored.statement})
			}
		}
		place[row.Seq] = len(rows)
		rows = append(rows, row)
	}
	if err := it.Error(); err != nil {
		return nil, storeError(err)
	}
	for i := range rows {
		if n := len(rows[i].CorrectedBy); n > 0 {
			rows[i].Summary += fmt.Sprintf(", corrected %d", n)
		}
	}
	return rows, nil
}

// late reports whether an entry was made too long after what it tells.
func (p *Policy) late(o Occurred, recorded time.Time) bool {
	end := o.end()
	return !end.IsZero() && recorded.Sub(end.End(p.Location)) > p.LateAfter
}
