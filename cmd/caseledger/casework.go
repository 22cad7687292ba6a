package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/projections"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Plan implements ops.Ledger.
func (l *ledger) Plan(ctx context.Context, a ops.AsOf) (views.Plan, error) {
	f, _, now, err := l.asOf(ctx, a)
	if err != nil {
		return views.Plan{}, err
	}
	return views.PlanOf(f, now), nil
}

// Marac implements ops.Ledger.
func (l *ledger) Marac(ctx context.Context, a ops.MaracAsk, tell ops.Progress) (views.Agenda, error) {
	if a.From.IsZero() {
		f, figures, now, err := l.asOf(ctx, a.AsOf)
		if err != nil {
			return views.Agenda{}, err
		}
		return views.MaracOf(f, figures, now), nil
	}
	now := a.Time(l.now()).UTC()
	figures, err := l.figures(ctx, now, a.AsKnown)
	if err != nil {
		return views.Agenda{}, err
	}
	r := l.passing(ctx, projections.Which{Types: []string{"marac.heard", "marac.referred"}}, casefile.Cut{KnownBy: a.AsKnown, HappenedBy: a.AsHappened}, tell)
	all := r.cases
	r.cases = func(yield func(*casefile.File) bool) {
		all(func(f *casefile.File) bool { return a.Actor != "" && f.IsExcluded(a.Actor) || yield(f) })
	}
	agenda := views.MaracBetween(r.cases, figures, now, a.From, a.To)
	missing, err := r.ended()
	for _, m := range missing {
		agenda.Missing = append(agenda.Missing, m.Case)
	}
	return agenda, err
}

// Search implements ops.Ledger.
func (l *ledger) Search(ctx context.Context, a ops.SearchAsk) (ops.Search, error) {
	now := a.Now
	if now.IsZero() {
		now = l.now().UTC()
	}
	staff, known, err := l.staff(ctx, a.Actor)
	if err != nil {
		return ops.Search{}, err
	}
	if known && (!staff.Active || staff.Role == "auditor") {
		return ops.Search{}, ops.Inputf("%s may not look for cases: recorded as an auditor, or as no longer here", a.Actor)
	}
	ways := casefile.Asked(a.Term)
	if len(ways) == 0 {
		return ops.Search{}, ops.Inputf("there is nothing to look for: give a name, a phone number or a reference")
	}
	files, err := l.under(ctx, ways)
	if err != nil {
		return ops.Search{}, err
	}
	var failed error
	found := views.Find(ways, files, func(f *casefile.File) []*casefile.File {
		linked, err := l.linked(ctx, f)
		failed = errors.Join(failed, err)
		return slices.DeleteFunc(linked, func(o *casefile.File) bool { return !views.Opposed(f, o) })
	}, a.Actor, known && staff.Role == "manager", now)
	if failed != nil {
		return ops.Search{}, failed
	}
	return ops.Search{Cases: found}, nil
}

// People implements ops.Ledger.
func (l *ledger) People(ctx context.Context, a ops.AsOf) (views.People, error) {
	staff, known, err := l.staff(ctx, a.Actor)
	if err != nil {
		return views.People{}, err
	}
	if !known || !staff.Active || staff.Role != "manager" {
		return views.People{}, ops.Inputf("links between cases are for managers: %s is not recorded as one", a.Actor)
	}
	if err := l.notExcluded(ctx, a.Case, a.Actor); err != nil {
		return views.People{}, err
	}
	f, _, now, err := l.asOf(ctx, a)
	if err != nil {
		return views.People{}, err
	}
	linked, err := l.linked(ctx, f)
	if err != nil {
		return views.People{}, err
	}
	cut := casefile.Cut{KnownBy: a.AsKnown, HappenedBy: a.AsHappened}
	others := []*casefile.File{}
	for _, o := range linked {
		if o.IsExcluded(a.Actor) {
			continue
		}
		if o, err = l.files.File(ctx, o.Chain, cut); err != nil {
			return views.People{}, err
		}
		others = append(others, o)
	}
	return views.PeopleOf(f, others, a.Actor, now), nil
}

// staff is somebody as last recorded; known is false for one who is not.
func (l *ledger) staff(ctx context.Context, number string) (staff schemas.StaffRecordedV2, known bool, err error) {
	r, err := l.roster(ctx)
	if err != nil {
		return staff, false, err
	}
	staff, known = r.Find(number, time.Time{})
	return staff, known, nil
}

// linked are the other cases in which the people of a case are, as everything
// that is recorded has them.
func (l *ledger) linked(ctx context.Context, f *casefile.File) ([]*casefile.File, error) {
	var ways [][]casefile.Term
	for _, p := range f.Named() {
		ways = append(ways, casefile.Handle{Kind: casefile.HandlePerson, Text: p.Person}.Terms())
	}
	files, err := l.under(ctx, ways)
	return slices.DeleteFunc(files, func(o *casefile.File) bool { return o.Chain == f.Chain }), err
}

// under are the cases that the search index has under any of these ways, once
// each.
func (l *ledger) under(ctx context.Context, ways [][]casefile.Term) ([]*casefile.File, error) {
	var chains []events.Chain
	for _, way := range ways {
		list, err := l.runner.Find(ctx, way)
		if err != nil {
			return nil, err
		}
		chains = append(chains, list...)
	}
	slices.SortFunc(chains, func(a, b events.Chain) int { return bytes.Compare(a[:], b[:]) })
	var files []*casefile.File
	for _, chain := range slices.Compact(chains) {
		f, err := l.files.File(ctx, chain, casefile.Cut{})
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}
