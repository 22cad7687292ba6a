package main

import (
	"context"
	"errors"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/projections"
)

// errUncounted: a figure that leaves out cases unsaid is a wrong one.
var errUncounted = errors.New("not every case can be read, so that the figures would be wrong: caseledger board names them, caseledger audit says why")

// Stats implements ops.Ledger.
func (l *ledger) Stats(ctx context.Context, of ops.CountStats, tell ops.Progress) (views.Stats, error) {
	v, err := l.view(ctx, of.ViewOf, projections.Which{Brief: true}, tell)
	if err != nil {
		return views.Stats{}, err
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return views.Stats{}, err
	}
	from, to := of.Period(clock.DateOf(v.now))
	if to < from {
		return views.Stats{}, ops.Inputf("the period ends before it begins")
	}
	s := views.CountStats(v.cases, roster.All(of.AsKnown), v.figures, from, to, v.now)
	missing, err := v.ended()
	switch {
	case err != nil:
		return views.Stats{}, err
	case len(missing) > 0:
		return views.Stats{}, errUncounted
	}
	return s, nil
}

// Board implements ops.Ledger.
func (l *ledger) Board(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Board, error) {
	if of.Recent && of.Staff != "" && of.AsKnown.IsZero() && of.AsHappened.IsZero() {
		return l.boards.recent(ctx, l, of)
	}
	return l.board(ctx, of, tell)
}

func (l *ledger) board(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Board, error) {
	v, err := l.view(ctx, of, projections.Which{Brief: true}, tell)
	if err != nil {
		return views.Board{}, err
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return views.Board{}, err
	}
	b := views.ForBoard(v.cases, roster.All(of.AsKnown), v.figures, v.now, v.whom())
	b.Missing, err = v.ended()
	return b, err
}
