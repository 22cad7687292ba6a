package projections

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
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
	Disputes    *Mark   `json:"disputes"`     // what this event says that the client disputes
	DisputedBy  []Mark  `json:"disputed_by"`  // this event's statements and what disputes each
	Misfiles    uint64  `json:"misfiles"`     // the event that this one says belongs to another case; 0 none
	MisfiledBy  uint64  `json:"misfiled_by"`  // the event that says so of this one; 0 none
	Summary     string  `json:"summary"`      // codes and counts; no words, names, numbers or addresses
}

// Mark is an event, or a statement of it.
type Mark struct {
	Seq       uint64  `json:"seq"`
	Statement *uint64 `json:"statement"` // from 0; nil: all of it
}

// Place is a statement of an event.
type Place struct {
	Seq       uint64 `json:"seq"`
	Statement uint64 `json:"statement"` // from 0
}

// Timeline returns a case's events in the order of their chain: what was
// recorded by asKnown, or all of it for the zero Time. A correction, dispute or
// misfiled mark that was recorded later marks nothing, and neither does one
// that is itself misfiled. The error wraps events.ErrNotFound when there is no
// such case or its key is gone.
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
	at := asKnown
	if at.IsZero() {
		at = r.o.Now()
	}
	p, err := r.figures(ctx, at)
	if err != nil {
		return nil, err
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
	var abouts []about
	var body []byte
	for it.First(); it.Valid(); it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, storeError(err)
		}
		var b brief
		b, body, err = sealed.brief(ctx, it.Key(), value, body[:0]) // no row holds on to it
		if err != nil {
			return nil, err
		}
		recorded := time.UnixMicro(b.recorded).UTC()
		if !asKnown.IsZero() && recorded.After(asKnown) {
			continue
		}
		seq := binary.BigEndian.Uint64(it.Key()[len(it.Key())-8:])
		stored, err := b.row(seq)
		if err != nil {
			return nil, errUnfolded // what it says may quote the body
		}
		row := TimelineRow{
			Seq:  seq,
			Type: stored.typ, V: stored.v, Occurred: stored.occurred, Recorded: recorded, Actor: stored.actor,
			Late:        stored.late || stored.occurred.late(recorded, p.LateAfter()),
			CorrectedBy: []Place{}, DisputedBy: []Mark{}, Summary: stored.summary,
		}
		rows, abouts = append(rows, row), append(abouts, stored.about)
	}
	if err := it.Error(); err != nil {
		return nil, storeError(err)
	}
	tell(rows, abouts)
	return rows, nil
}

// tell tells rows of one another; abouts says what each is about.
func tell(rows []TimelineRow, abouts []about) {
	place := make(map[uint64]*TimelineRow)
	for i := range rows {
		place[rows[i].Seq] = &rows[i]
	}
	out := misfiled(func(yield func(uint64, about) bool) {
		for i := range slices.Backward(rows) {
			if !yield(rows[i].Seq, abouts[i]) {
				return
			}
		}
	})
	for i, a := range abouts {
		row, to := &rows[i], place[a.seq]
		var statement *uint64
		if a.statement > 0 {
			n := a.statement - 1
			statement = &n
		}
		row.MisfiledBy = out[row.Seq]
		counts := row.MisfiledBy == 0 && to != nil && a.seq < row.Seq
		switch a.how {
		case aboutCorrects:
			row.Corrects = &Place{a.seq, max(a.statement, 1) - 1}
			if counts {
				to.CorrectedBy = append(to.CorrectedBy, Place{row.Seq, row.Corrects.Statement})
			}
		case aboutDisputes:
			row.Disputes = &Mark{a.seq, statement}
			if counts {
				to.DisputedBy = append(to.DisputedBy, Mark{row.Seq, statement})
			}
		case aboutMisfiled:
			row.Misfiles = a.seq
		}
	}
	for i := range rows {
		row := &rows[i]
		if n := len(row.CorrectedBy); n > 0 {
			row.Summary += fmt.Sprintf(", corrected %d", n)
		}
		if n := len(row.DisputedBy); n > 0 {
			row.Summary += fmt.Sprintf(", disputed %d", n)
		}
		if row.MisfiledBy > 0 {
			row.Summary += fmt.Sprintf(", misfiled: see event %d", row.MisfiledBy)
		}
	}
}

// late reports whether an entry was made too long after what it tells.
func (o Occurred) late(recorded time.Time, after time.Duration) bool {
	end := o.end()
	return !end.IsZero() && recorded.Sub(end.End()) > after
}
