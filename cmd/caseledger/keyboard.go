package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// keyboard is the ledger as the command line has it: whatever shows a case is
// in the access ledger before it is answered, in a session of its own, and is
// refused to a member of staff who is named and excluded from the case. Who is
// at the keyboard nobody proves: the entry has the name that was given, or none
// but the service's, which means its operator.
type keyboard struct {
	*ledger
	session events.Chain
}

var _ ops.Ledger = (*keyboard)(nil)

func attended(l *ledger) *keyboard {
	k := &keyboard{ledger: l}
	_, _ = rand.Read(k.session[:]) // never fails
	return k
}

// open is asked before a case is shown. Of one that is not there nothing is
// put down: what is asked next says that it is not.
func (k *keyboard) open(ctx context.Context, typ, command, actor string, chain events.Chain) error {
	if _, err := k.runner.Head(chain); errors.Is(err, events.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if actor != "" {
		if err := k.notExcluded(ctx, chain, actor); err != nil {
			return err
		}
	}
	return k.enter(ctx, typ, command, actor, &chain)
}

// enter puts down what somebody is about to see; chain is nil for what is about
// no one case.
func (k *keyboard) enter(ctx context.Context, typ, command, actor string, chain *events.Chain) error {
	if actor != "" && !access.ValidStaff(actor) {
		return ops.Inputf("--actor is no staff number")
	}
	staff, _, err := k.staff(ctx, actor)
	if err != nil {
		return err
	}
	_, err = k.record(ctx, accesslog.Entry{Type: typ, Session: k.session, Staff: actor, Role: staff.Role, Action: accesslog.CommandLine + command, Case: chain})
	return err
}

// Timeline implements ops.Ledger.
func (k *keyboard) Timeline(ctx context.Context, of ops.TimelineOf) (ops.Timeline, error) {
	if err := k.open(ctx, "case.opened", "timeline", of.Actor, of.Case); err != nil {
		return ops.Timeline{}, err
	}
	return k.ledger.Timeline(ctx, of.Case, of.AsKnown)
}

// Show implements ops.Ledger.
func (k *keyboard) Show(ctx context.Context, of ops.EventOf) (ops.Event, error) {
	if err := k.open(ctx, "case.opened", "show", of.Actor, of.Case); err != nil {
		return ops.Event{}, err
	}
	return k.ledger.Show(ctx, of.Case, of.Seq)
}

// Explain implements ops.Ledger.
func (k *keyboard) Explain(ctx context.Context, a ops.AsOf) (rules.Explanation, error) {
	if err := k.open(ctx, "case.opened", "explain", a.Actor, a.Case); err != nil {
		return rules.Explanation{}, err
	}
	return k.ledger.Explain(ctx, a)
}

// Review implements ops.Ledger.
func (k *keyboard) Review(ctx context.Context, a ops.AsOf) (rules.Report, error) {
	if err := k.open(ctx, "case.opened", "review", a.Actor, a.Case); err != nil {
		return rules.Report{}, err
	}
	return k.ledger.Review(ctx, a)
}

// Plan implements ops.Ledger.
func (k *keyboard) Plan(ctx context.Context, a ops.AsOf) (views.Plan, error) {
	if err := k.open(ctx, "case.opened", "plan", a.Actor, a.Case); err != nil {
		return views.Plan{}, err
	}
	return k.ledger.Plan(ctx, a)
}

// Marac implements ops.Ledger.
func (k *keyboard) Marac(ctx context.Context, a ops.MaracAsk, tell ops.Progress) (views.Agenda, error) {
	var err error
	if a.From.IsZero() {
		err = k.open(ctx, "case.opened", "marac", a.Actor, a.Case)
	} else {
		err = k.enter(ctx, "cases.seen", "marac", a.Actor, nil)
	}
	if err != nil {
		return views.Agenda{}, err
	}
	return k.ledger.Marac(ctx, a, tell)
}

// Case implements ops.Ledger.
func (k *keyboard) Case(ctx context.Context, a ops.CaseAsk) (views.CasePage, error) {
	if err := k.open(ctx, "case.opened", "case", a.Actor, a.Case); err != nil {
		return views.CasePage{}, err
	}
	return k.ledger.Case(ctx, a)
}

// Search implements ops.Ledger.
func (k *keyboard) Search(ctx context.Context, a ops.SearchAsk) (ops.Search, error) {
	if err := k.enter(ctx, "case.searched", "search", a.Actor, nil); err != nil {
		return ops.Search{}, err
	}
	return k.ledger.Search(ctx, a)
}

// People implements ops.Ledger.
func (k *keyboard) People(ctx context.Context, a ops.AsOf) (views.People, error) {
	if err := k.open(ctx, "people.seen", "people", a.Actor, a.Case); err != nil {
		return views.People{}, err
	}
	return k.ledger.People(ctx, a)
}

// Caseload implements ops.Ledger.
func (k *keyboard) Caseload(ctx context.Context, adviser string) (ops.Caseload, error) {
	if err := k.enter(ctx, "cases.seen", "caseload", "", nil); err != nil {
		return ops.Caseload{}, err
	}
	return k.ledger.Caseload(ctx, adviser)
}

// Cases implements ops.Ledger.
func (k *keyboard) Cases(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.CaseList, error) {
	if err := k.enter(ctx, "cases.seen", "cases", of.Staff, nil); err != nil {
		return views.CaseList{}, err
	}
	return k.ledger.Cases(ctx, of, tell)
}

// Board implements ops.Ledger.
func (k *keyboard) Board(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Board, error) {
	if err := k.enter(ctx, "board.seen", "board", of.Staff, nil); err != nil {
		return views.Board{}, err
	}
	return k.ledger.Board(ctx, of, tell)
}

// Day implements ops.Ledger.
func (k *keyboard) Day(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Day, error) {
	if err := k.enter(ctx, "day.seen", "day", of.Staff, nil); err != nil {
		return views.Day{}, err
	}
	return k.ledger.Day(ctx, of, tell)
}

// Due implements ops.Ledger.
func (k *keyboard) Due(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.DueList, error) {
	if err := k.enter(ctx, "day.seen", "due", of.Staff, nil); err != nil {
		return views.DueList{}, err
	}
	return k.ledger.Due(ctx, of, tell)
}

// Handovers implements ops.Ledger.
func (k *keyboard) Handovers(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Handovers, error) {
	if err := k.enter(ctx, "handover.seen", "handover", of.Staff, nil); err != nil {
		return views.Handovers{}, err
	}
	return k.ledger.Handovers(ctx, of, tell)
}

// Attachments implements ops.Ledger.
func (k *keyboard) Attachments(ctx context.Context, of ops.AttachmentsOf) (ops.AttachmentList, error) {
	if err := k.open(ctx, "case.opened", "attachments", of.Actor, of.Case); err != nil {
		return ops.AttachmentList{}, err
	}
	return k.ledger.Attachments(ctx, of.Case)
}

// Fetch implements ops.Ledger.
func (k *keyboard) Fetch(ctx context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	if err := k.open(ctx, "attachment.opened", "fetch", of.Actor, of.Case); err != nil {
		return ops.Attachment{}, err
	}
	return k.ledger.Fetch(ctx, of, out)
}

// Inspect implements ops.Ledger.
func (k *keyboard) Inspect(ctx context.Context, of ops.AttachmentOf) (ops.Inspection, error) {
	if err := k.open(ctx, "attachment.opened", "inspect", of.Actor, of.Case); err != nil {
		return ops.Inspection{}, err
	}
	return k.ledger.Inspect(ctx, of)
}

// TakeStep implements ops.Ledger. What a step answers names what it closes.
func (k *keyboard) TakeStep(ctx context.Context, s ops.TakeStep) (ops.StepTaken, error) {
	if err := k.open(ctx, "disclosure.seen", "step", s.Actor, s.Case); err != nil {
		return ops.StepTaken{}, err
	}
	return k.ledger.TakeStep(ctx, s)
}

// Disclosure implements ops.Ledger.
func (k *keyboard) Disclosure(ctx context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	if err := k.open(ctx, "disclosure.seen", "disclosure", of.Actor, of.Case); err != nil {
		return ops.Disclosure{}, err
	}
	return k.ledger.Disclosure(ctx, of)
}

// Proposals implements ops.Ledger.
func (k *keyboard) Proposals(ctx context.Context, of ops.OfRequest) (ops.Proposals, error) {
	if err := k.open(ctx, "disclosure.seen", "propose", of.Actor, of.Case); err != nil {
		return ops.Proposals{}, err
	}
	return k.ledger.Proposals(ctx, of)
}

// Draft implements ops.Ledger.
func (k *keyboard) Draft(ctx context.Context, of ops.OfRequest) (ops.Draft, error) {
	if err := k.open(ctx, "disclosure.seen", "draft", of.Actor, of.Case); err != nil {
		return ops.Draft{}, err
	}
	return k.ledger.Draft(ctx, of)
}

// Export implements ops.Ledger.
func (k *keyboard) Export(ctx context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	if err := k.open(ctx, "exported", "export", e.Actor, e.Case); err != nil {
		return ops.Exported{}, err
	}
	return k.ledger.Export(ctx, e, out)
}
