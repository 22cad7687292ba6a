package main

import (
	"context"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/court"
	"caseledger/internal/drafts"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
)

// drafting keeps the drafts of the pages; it implements pages.Drafts.
type drafting struct {
	l    *ledger
	kept *drafts.Store
}

// OldDrafts implements pages.Drafts.
func (d drafting) OldDrafts(ctx context.Context, reader string, before time.Time) ([]pages.OldDraft, error) {
	roster, err := d.l.roster(ctx)
	if err != nil {
		return nil, err
	}
	var list []pages.OldDraft
	for _, m := range roster.All(time.Time{}) {
		kept, err := d.kept.List(ctx, m.Staff)
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			what, _, ok := pages.DraftOf(k.Form)
			if !ok || !k.Saved.Before(before) {
				continue
			}
			page, err := d.l.Case(ctx, ops.CaseAsk{AsOf: ops.AsOf{Case: k.Chain, Actor: reader}})
			if err != nil {
				continue // the reader is excluded, or the case erased
			}
			list = append(list, pages.OldDraft{Subject: page.Strip.Subject, By: m.Staff, What: what, Saved: clock.AtTime(k.Saved)})
		}
	}
	slices.SortStableFunc(list, func(a, b pages.OldDraft) int { return a.Saved.Compare(b.Saved) })
	return list, nil
}

// Drafts implements pages.Drafts. A draft in a case that its author may not
// see any more is not in the list.
func (d drafting) Drafts(ctx context.Context, staff string) ([]pages.Draft, error) {
	kept, err := d.kept.List(ctx, staff)
	if err != nil {
		return nil, err
	}
	var list []pages.Draft
	for _, k := range kept {
		what, path, ok := pages.DraftOf(k.Form)
		if !ok {
			continue
		}
		page, err := d.l.Case(ctx, ops.CaseAsk{AsOf: ops.AsOf{Case: k.Chain, Actor: staff}})
		if err != nil {
			continue // excluded since, or erased
		}
		list = append(list, pages.Draft{
			Subject: page.Strip.Subject, What: what, Path: "/case/" + k.Chain.String() + path, Saved: clock.AtTime(k.Saved),
		})
	}
	return list, nil
}

// KeepDraft implements pages.Drafts.
func (d drafting) KeepDraft(ctx context.Context, staff string, chain events.Chain, form string, text []byte, now time.Time) error {
	return d.kept.Keep(ctx, drafts.ID{Chain: chain, Staff: staff, Form: form}, text, now)
}

// LoadDraft implements pages.Drafts.
func (d drafting) LoadDraft(ctx context.Context, staff string, chain events.Chain, form string) ([]byte, time.Time, error) {
	return d.kept.Load(ctx, drafts.ID{Chain: chain, Staff: staff, Form: form})
}

// FindDraft implements pages.Drafts.
func (d drafting) FindDraft(ctx context.Context, staff, form string) (events.Chain, error) {
	return d.kept.Find(ctx, staff, form)
}

// sweepEvery is how much longer than promised the key of a packet for court is
// there at most.
const sweepEvery = time.Hour

// sweepsCourt destroys, at once and every hour until ctx ends, the keys of
// packets for court that no entry can come for any more.
func (l *ledger) sweepsCourt(ctx context.Context) error {
	kept, err := drafts.Open(l.o.dir.Drafts(), l.config.Origin, l.ring)
	if err != nil {
		return err
	}
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		if _, err := kept.Sweep(ctx, pages.PacketDraft, time.Now().Add(-court.Writing-court.Keeping)); err != nil {
			l.logger.Error("old packets for court could not be taken away", "error", ops.Code(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// WipeDraft implements pages.Drafts.
func (d drafting) WipeDraft(ctx context.Context, staff string, chain events.Chain, form string) error {
	return d.kept.Wipe(ctx, drafts.ID{Chain: chain, Staff: staff, Form: form})
}

// Last implements pages.Ledger.
func (l *ledger) Last(_ context.Context, chain events.Chain) (uint64, error) {
	head, err := l.runner.Head(chain)
	return head.Seq, err
}
