package main

import (
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/projections"
)

// caseOf is a row of the caseload in the form in which it goes out.
func caseOf(r *projections.CaseRow) ops.Case {
	return ops.Case{
		Case: r.Case, Initials: r.Initials, Adviser: r.Adviser, Status: r.Status,
		Risk: r.Risk, RiskAt: whenOf(r.RiskAt), Criteria: r.Criteria, Repeat: r.Repeat,
		HonourBased: r.HonourBased, Interpreter: r.Interpreter, Under18: r.Under18, Flags: r.Flags,
		SafeContact: ops.SafeContact{
			Set: r.SafeContact.Set, Allowed: list(r.SafeContact.Allowed), Refused: list(r.SafeContact.Refused),
			CodeWord: r.SafeContact.CodeWord, Expires: whenOf(r.SafeContact.Expires), Expired: r.SafeContact.Expired,
			Line: r.SafeContact.Line,
		},
		Referral: whenOf(r.Referral), FirstAttempt: whenOf(r.FirstAttempt),
		LastContact: whenOf(r.LastContact), LastAttempt: whenOf(r.LastAttempt), NextPlanned: whenOf(r.NextPlanned),
		OpenIncidents: r.OpenIncidents, Overdue: r.Overdue, OpenActions: r.OpenActions,
		Events: r.Events, Contacts: r.Contacts, Attempts: r.Attempts, Incidents: r.Incidents,
		Corrections: r.Corrections, Exports: r.Exports, LateEntries: r.LateEntries, Missing: r.Missing,
	}
}

// lineOf is a row of a timeline in the form in which it goes out.
func lineOf(r *projections.TimelineRow) ops.Line {
	l := ops.Line{
		Seq: r.Seq, Type: r.Type, V: r.V, Recorded: ops.Time(r.Recorded), Actor: r.Actor, Late: r.Late, Summary: r.Summary,
		Occurred:    ops.Occurred{From: whenOf(r.Occurred.From), To: whenOf(r.Occurred.To), Precision: r.Occurred.Precision},
		CorrectedBy: make([]ops.Place, len(r.CorrectedBy)), DisputedBy: make([]ops.Mark, len(r.DisputedBy)),
		Misfiles: r.Misfiles, MisfiledBy: r.MisfiledBy,
	}
	if r.Corrects != nil {
		at := ops.Place(*r.Corrects)
		l.Corrects = &at
	}
	for i, p := range r.CorrectedBy {
		l.CorrectedBy[i] = ops.Place(p)
	}
	if r.Disputes != nil {
		at := ops.Mark(*r.Disputes)
		l.Disputes = &at
	}
	for i, m := range r.DisputedBy {
		l.DisputedBy[i] = ops.Mark(m)
	}
	return l
}

func whenOf(w clock.When) ops.When { return ops.When(w.String()) }

// list is never nil: in JSON an empty list is [].
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
