package main

import (
	"context"
	"errors"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// errUncounted: a figure that leaves out cases unsaid is a wrong one.
var errUncounted = errors.New("not every case can be read, so that the figures would be wrong: caseledger board names them, caseledger audit says why")

// Stats implements ops.Ledger.
func (l *ledger) Stats(ctx context.Context, of ops.CountStats) (views.Stats, error) {
	v, err := l.view(ctx, of.ViewOf, true)
	if err != nil {
		return views.Stats{}, err
	}
	if len(v.missing) > 0 {
		return views.Stats{}, errUncounted
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return views.Stats{}, err
	}
	from, to := of.Period(clock.DateOf(v.now))
	if to < from {
		return views.Stats{}, ops.Inputf("the period ends before it begins")
	}
	return views.CountStats(v.files, roster.All(of.AsKnown), v.figures, from, to, v.now), nil
}

// Board implements ops.Ledger.
func (l *ledger) Board(ctx context.Context, of ops.ViewOf) (views.Board, error) {
	v, err := l.view(ctx, of, true)
	if err != nil {
		return views.Board{}, err
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return views.Board{}, err
	}
	b := views.ForBoard(v.files, roster.All(of.AsKnown), v.figures, v.now, v.whom())
	b.Missing = append(b.Missing, v.missing...)
	return b, nil
}
