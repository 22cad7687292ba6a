package views

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/projections/casefile"
)

// Agenda is what a Marac has before it: of each case the earlier actions and
// their outcomes first. No names, numbers or addresses are in it.
type Agenda struct {
	At    clock.When   `json:"at"`
	From  clock.Date   `json:"from"` // meetings, due actions and feedback of these days, both included; null: of one case
	To    clock.Date   `json:"to"`
	Cases []AgendaCase `json:"cases"` // by their next meeting, then by number
	// Missing are cases that do not open: they must not vanish from a list.
	Missing []events.Chain `json:"missing"`
}

// AgendaCase is one case before a Marac.
type AgendaCase struct {
	Case     events.Chain   `json:"case"`
	Initials string         `json:"initials"`
	Adviser  string         `json:"adviser"`
	Risk     string         `json:"risk"` // as last judged, "" before a review
	RiskAt   clock.When     `json:"risk_at"`
	Plan     []PlanArea     `json:"plan"`    // of a repeat, listed or by the rules: the areas that have actions, each with what came of it; otherwise empty
	Actions  []AgendaAction `json:"actions"` // of Maracs so far, oldest meeting first
	Listed   []Listing      `json:"listed"`  // referrals not yet heard
	Hearings []Heard        `json:"hearings"`
}

// AgendaAction is an action that a Marac agreed.
type AgendaAction struct {
	Meeting clock.When `json:"meeting"`
	Marac   string     `json:"marac"`
	Seq     uint64     `json:"seq"` // of the marac.heard
	ID      string     `json:"id"`
	Agency  string     `json:"agency"`
	What    string     `json:"what"`
	Risk    *string    `json:"risk"` // that it reduces
	Due     clock.When `json:"due"`
	Status  string     `json:"status"` // open, done, not-done, impossible
	Ended   clock.When `json:"ended"`
	Overdue bool       `json:"overdue"`
	Outcome *string    `json:"outcome"` // the newest that was told
	Updates []uint64   `json:"updates"` // the events that said what became of it
}

// Listing is a referral that no Marac has heard yet.
type Listing struct {
	Seq         uint64     `json:"seq"`
	Marac       string     `json:"marac"`
	Meeting     clock.When `json:"meeting"` // null: not yet known
	Criteria    []string   `json:"criteria"`
	Repeat      bool       `json:"repeat"`       // of an earlier referral
	ClientViews bool       `json:"client_views"` // they are recorded
	Past        bool       `json:"past"`         // the meeting has been, and nothing is recorded of it
}

// Heard is what a Marac made of a case, and whether the client was told.
type Heard struct {
	Seq      uint64     `json:"seq"`
	Marac    string     `json:"marac"`
	Meeting  clock.When `json:"meeting"`
	Outcome  string     `json:"outcome"` // heard, deferred, transferred, not-heard
	Actions  int        `json:"actions"`
	Feedback Feedback   `json:"feedback"`
}

// Feedback to the client after a Marac.
type Feedback struct {
	Due     clock.Date `json:"due"`   // null: none is, or the bank holidays of that year are not known
	Given   clock.When `json:"given"` // at this contact
	Seq     uint64     `json:"seq"`   // of the contact; 0 none
	Overdue bool       `json:"overdue"`
	Why     string     `json:"why"` // why no day is given, "" otherwise
}

// MaracOf is a case as a Marac has it before it.
func MaracOf(f *casefile.File, p *policy.Set, now time.Time) Agenda {
	return Agenda{At: clock.AtTime(now), Cases: []AgendaCase{agendaCase(f, p, now)}, Missing: []events.Chain{}}
}

// MaracBetween are the cases of which a Marac meets, or an action or feedback is
// due, in these days, both included.
func MaracBetween(cases Cases, p *policy.Set, now time.Time, from, to clock.Date) Agenda {
	a := Agenda{At: clock.AtTime(now), From: from, To: to, Cases: []AgendaCase{}, Missing: []events.Chain{}}
	for f := range cases {
		if f.Stage == casefile.StageErased {
			continue
		}
		if c := agendaCase(f, p, now); c.within(from, to) {
			a.Cases = append(a.Cases, c)
		}
	}
	slices.SortStableFunc(a.Cases, func(x, y AgendaCase) int {
		return cmp.Or(cmp.Compare(x.next(), y.next()), bytes.Compare(x.Case[:], y.Case[:]))
	})
	return a
}

func (c *AgendaCase) within(from, to clock.Date) bool {
	in := func(w clock.When) bool { return !w.IsZero() && w.Date() >= from && w.Date() <= to }
	return slices.ContainsFunc(c.Listed, func(l Listing) bool { return in(l.Meeting) }) ||
		slices.ContainsFunc(c.Hearings, func(h Heard) bool {
			return in(h.Meeting) || h.Feedback.Seq == 0 && !h.Feedback.Due.IsZero() && h.Feedback.Due >= from && h.Feedback.Due <= to
		}) ||
		slices.ContainsFunc(c.Actions, func(a AgendaAction) bool { return a.Status == "open" && in(a.Due) })
}

// next is the day of the first meeting that is to come; the end of time when
// none is listed.
func (c *AgendaCase) next() clock.Date {
	next := clock.On(9999, 12, 31)
	for _, l := range c.Listed {
		if !l.Meeting.IsZero() {
			next = min(next, l.Meeting.Date())
		}
	}
	return next
}

func agendaCase(f *casefile.File, p *policy.Set, now time.Time) AgendaCase {
	c := AgendaCase{
		Case: f.Chain, Initials: initialsOf(f), Adviser: f.Adviser(),
		Plan: []PlanArea{}, Actions: []AgendaAction{}, Listed: []Listing{}, Hearings: []Heard{},
	}
	if r := f.Risk(); r != nil {
		c.Risk, c.RiskAt = r.Data.Judgement.Level, r.When()
	}
	for i := range f.MeetingActions {
		if a := &f.MeetingActions[i]; a.Kind == "marac" {
			c.Actions = append(c.Actions, agendaAction(f, a, now))
		}
	}
	slices.SortStableFunc(c.Actions, func(a, b AgendaAction) int { return a.Meeting.Compare(b.Meeting) })
	for i := range f.MaracReferrals {
		r := &f.MaracReferrals[i]
		meeting := moment(r.Data.Meeting)
		if heardOf(f, r.Seq, r.Data.Marac, meeting) {
			continue
		}
		c.Listed = append(c.Listed, Listing{
			Seq: r.Seq, Marac: r.Data.Marac, Meeting: meeting, Criteria: append([]string{}, r.Data.Criteria...),
			Repeat: r.Data.RepeatOf != nil || slices.Contains(r.Data.Criteria, "repeat"), ClientViews: r.Data.ClientViews != nil, Past: meeting.Past(now),
		})
	}
	if slices.ContainsFunc(c.Listed, func(l Listing) bool { return l.Repeat }) || isRepeat(f, p, now) {
		c.Plan = slices.DeleteFunc(PlanOf(f, now).Areas, func(a PlanArea) bool { return len(a.Actions) == 0 })
	}
	for i := range f.Hearings {
		h := &f.Hearings[i]
		c.Hearings = append(c.Hearings, Heard{
			Seq: h.Seq, Marac: h.Data.Marac, Meeting: moment(&h.Data.Meeting), Outcome: h.Data.Outcome,
			Actions: len(h.Data.Actions), Feedback: feedbackOf(h, p, now),
		})
	}
	return c
}

// isRepeat reports whether a case is a repeat by the rules in force.
func isRepeat(f *casefile.File, p *policy.Set, now time.Time) bool {
	return slices.Contains(rules.Explain(f, p, now).Met, "repeat")
}

// heardOf reports whether a Marac has dealt with a referral: a hearing names
// it, or names none and is of the same Marac on its day. A deferred referral is
// still listed.
func heardOf(f *casefile.File, referral uint64, marac string, meeting clock.When) bool {
	return slices.ContainsFunc(f.Hearings, func(h casefile.Hearing) bool {
		if h.Data.Outcome == "deferred" {
			return false
		}
		if h.Data.Referral != nil {
			return *h.Data.Referral == referral
		}
		return h.Seq > referral && h.Data.Marac == marac && !meeting.IsZero() && moment(&h.Data.Meeting).Date() == meeting.Date()
	})
}

func agendaAction(f *casefile.File, a *casefile.MeetingAction, now time.Time) AgendaAction {
	out := AgendaAction{
		Meeting: a.Meeting.When(), Marac: a.Marac, Seq: a.Meeting.Seq, ID: a.ID, Agency: a.Agency, What: a.What.Text, Risk: a.Risk,
		Due: a.DueNow, Status: a.Status, Ended: a.Ended, Overdue: a.Status == "open" && a.DueNow.Past(now), Updates: []uint64{},
	}
	for i := range f.Hearings {
		if h := &f.Hearings[i]; h.Seq == a.Meeting.Seq {
			out.Meeting = moment(&h.Data.Meeting)
		}
	}
	for i := range a.Updates {
		u := &a.Updates[i]
		out.Updates = append(out.Updates, u.Seq)
		if u.Data.Outcome != nil {
			out.Outcome = prose(u.Data.Outcome)
		}
	}
	return out
}

// feedbackOf is when the client is to be told, counted in working days from the
// meeting that heard the case.
func feedbackOf(h *casefile.Hearing, p *policy.Set, now time.Time) Feedback {
	b := Feedback{Given: h.Feedback.When, Seq: h.Feedback.Seq}
	if h.Data.Outcome != "heard" {
		b.Why = "the case was not heard"
		return b
	}
	due, err := clock.AddWorkingDays(moment(&h.Data.Meeting).Date(), p.FeedbackWithin(h.Data.Marac))
	if err != nil {
		b.Why = err.Error()
		return b
	}
	b.Due = due
	b.Overdue = h.Feedback.IsZero() && clock.OnDate(due).Past(now)
	return b
}
