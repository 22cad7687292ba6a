package main

import (
	"context"
	"errors"
	"time"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/projections/casefile"
)

// Explain implements ops.Ledger.
func (l *ledger) Explain(ctx context.Context, a ops.AsOf) (rules.Explanation, error) {
	f, figures, now, err := l.asOf(ctx, a)
	if err != nil {
		return rules.Explanation{}, err
	}
	return rules.Explain(f, figures, now), nil
}

// Review implements ops.Ledger.
func (l *ledger) Review(ctx context.Context, a ops.AsOf) (rules.Report, error) {
	f, figures, now, err := l.asOf(ctx, a)
	if err != nil {
		return rules.Report{}, err
	}
	earlier, err := l.earlierCases(ctx, f, a)
	if err != nil {
		return rules.Report{}, err
	}
	return rules.Review(f, figures, now, earlier...), nil
}

// asOf is a case, the figures in force and the now that are asked for.
func (l *ledger) asOf(ctx context.Context, a ops.AsOf) (*casefile.File, *policy.Set, time.Time, error) {
	now := a.Time(l.now()).UTC()
	f, err := l.file(ctx, a)
	if err != nil {
		return nil, nil, now, err
	}
	figures, err := l.figures(ctx, now, a.AsKnown)
	return f, figures, now, err
}

// file folds a case. What cannot be opened because its key is gone stays in it
// without content.
func (l *ledger) file(ctx context.Context, a ops.AsOf) (*casefile.File, error) {
	return l.files.File(ctx, a.Case, casefile.Cut{KnownBy: a.AsKnown, HappenedBy: a.AsHappened})
}

// body opens a record; the zero body is of one whose key is gone.
func (l *ledger) body(ctx context.Context, rec *events.Record) (events.Body, error) {
	key, err := l.ring.Key(ctx, rec.Detail.Key)
	if errors.Is(err, keys.ErrErased) {
		return events.Body{}, nil
	}
	if err != nil {
		return events.Body{}, err
	}
	b, err := events.Unseal(rec, &key)
	if err != nil {
		return events.Body{}, err
	}
	return events.ParseBody(b)
}

// earlierCases are the client's other cases of this ledger, as the intake
// checks of a case name them. One that is not here is left out.
func (l *ledger) earlierCases(ctx context.Context, f *casefile.File, a ops.AsOf) ([]*casefile.File, error) {
	var list []*casefile.File
	seen := map[events.Chain]bool{f.Chain: true}
	for _, in := range f.Intake {
		if in.Data.EarlierCase == nil {
			continue
		}
		chain, err := events.ParseChain(*in.Data.EarlierCase)
		if err != nil || seen[chain] {
			continue
		}
		seen[chain] = true
		a.Case = chain
		earlier, err := l.file(ctx, a)
		if errors.Is(err, events.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, earlier)
	}
	return list, nil
}
