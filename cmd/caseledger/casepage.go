package main

import (
	"context"
	"errors"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/views"
	"caseledger/projections"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Case implements ops.Ledger.
func (l *ledger) Case(ctx context.Context, a ops.CaseAsk) (views.CasePage, error) {
	if a.Actor != "" {
		if err := l.notExcluded(ctx, a.Case, a.Actor); err != nil {
			return views.CasePage{}, err
		}
	}
	f, figures, now, err := l.asOf(ctx, a.AsOf)
	if err != nil {
		return views.CasePage{}, err
	}
	return views.CaseOf(f, figures, now, a.Types), nil
}

// notExcluded refuses whoever is excluded from a case now, also what was known
// before.
func (l *ledger) notExcluded(ctx context.Context, chain events.Chain, actor string) error {
	whole, err := l.file(ctx, ops.AsOf{Case: chain})
	if err != nil {
		return err
	}
	if whole.IsExcluded(actor) {
		return ops.Refused(chain)
	}
	return nil
}

// Cases implements ops.Ledger.
func (l *ledger) Cases(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.CaseList, error) {
	v, err := l.view(ctx, of, projections.Which{Staff: of.Staff, Brief: true}, tell)
	if err != nil {
		return views.CaseList{}, err
	}
	list := views.ListCases(v.cases, v.figures, v.now, v.whom())
	list.Missing, err = v.ended()
	return list, err
}

// Loads implements ops.Ledger.
func (l *ledger) Loads(ctx context.Context, of ops.ViewOf, tell ops.Progress) (ops.Loads, error) {
	r := ops.Loads{}
	now := of.Time(l.now()).UTC()
	figures, err := l.figures(ctx, now, of.AsKnown)
	if err != nil {
		return r, err
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return r, err
	}
	cases := l.passing(ctx, projections.Which{Staff: of.Staff, Brief: true}, casefile.Cut{KnownBy: of.AsKnown, HappenedBy: of.AsHappened}, tell)
	r.At, r.Policy = clock.AtTime(now), views.Policy{Version: figures.Version, Seq: figures.Seq, From: figures.From}
	if of.Staff == "" {
		r.Loads = views.Caseload(cases.cases, figures, now, roster.All(of.AsKnown))
	} else {
		staff, ok := roster.Find(of.Staff, of.AsKnown)
		if !ok {
			staff = schemas.StaffRecordedV2{Staff: of.Staff}
		}
		r.Loads = []views.Load{views.LoadOf(cases.cases, figures, now, staff)}
	}
	r.Missing, err = cases.ended()
	return r, err
}

// Figures implements ops.Ledger.
func (l *ledger) Figures(ctx context.Context, of ops.ViewOf) (ops.Figures, error) {
	list, err := l.files.Events(ctx, l.config.Service)
	if err != nil && !errors.Is(err, events.ErrNotFound) { // not found: nothing is recorded
		return ops.Figures{}, err
	}
	var told []policy.Event
	for _, e := range list {
		if !of.AsKnown.IsZero() && e.At.After(of.AsKnown) {
			break
		}
		told = append(told, policy.Event{Seq: e.Seq, At: e.At, Body: e.Body})
	}
	return ops.FiguresOf(told, of.Time(l.now()).UTC())
}

// Roster implements ops.Ledger.
func (l *ledger) Roster(ctx context.Context, of ops.ViewOf) (ops.Roster, error) {
	r := ops.Roster{At: clock.AtTime(of.Time(l.now()).UTC()), Staff: []schemas.StaffRecordedV2{}}
	roster, err := l.roster(ctx)
	if err != nil {
		return r, err
	}
	r.Staff = append(r.Staff, roster.All(of.AsKnown)...)
	return r, nil
}
