package projections

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
)

// DueRow is something that a case needs by a time.
type DueRow struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	Adviser  string       `json:"adviser"`
	Risk     string       `json:"risk"`
	Kind     string       `json:"kind"` // one of the Due constants
	Due      clock.When   `json:"due"`  // a date is due by its end
	Overdue  bool         `json:"overdue"`
	Reason   string       `json:"reason"`
	// Missing says why the case's due items could not be worked out; then
	// nothing but Case is filled in.
	Missing string `json:"missing,omitempty"`
}

// The kinds of due items.
const (
	DueFirstAttempt = "first-attempt"
	DueContact      = "contact"      // contacts have their interval
	DueRiskReview   = "risk-review"  // after an incident, or at its interval
	DueSafeContact  = "safe-contact" // the setting expires
	DueNextTry      = "next-try"
	DueNextContact  = "next-contact"
	DuePlanAction   = "plan-action"

	DueOrder         = "order"          // an order expires
	DueRelease       = "release"        // a perpetrator's release
	DueStatus        = "bail"           // bail, remand or licence ends
	DueCourt         = "court"          // the next hearing
	DueMarac         = "marac"          // the meeting that the case is referred to
	DueMeeting       = "meeting"        // the next one of another kind
	DueFeedback      = "feedback"       // the client is told what the Marac decided
	DueMeetingAction = "meeting-action" // of a Marac or another meeting
	DueHandover      = "handover"       // ends; never overdue
)

// Due returns what the open cases of an adviser, or all for "", need by a
// time: what is due before it or on its day, the most urgent first.
func (r *Runner) Due(ctx context.Context, adviser string, by time.Time) ([]DueRow, error) {
	now := r.o.Now()
	p, err := r.figures(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("due list: %w", err)
	}
	lists, err := eachCase(ctx, r, adviser, func(c caseValue) (rows []DueRow) {
		if c.err != nil {
			return []DueRow{{Case: c.chain, Missing: missing(c.err)}}
		}
		c.state.due(p, func(d dueItem) {
			over := d.when.Past(now)
			if d.enters().Start().After(by) || over && d.kind == DueHandover {
				return
			}
			rows = append(rows, DueRow{
				Case: c.chain, Initials: c.state.initials, Adviser: c.state.adviser, Risk: c.state.risk.String(),
				Kind: d.kind, Due: d.when, Overdue: over, Reason: d.reason(p),
			})
		})
		return rows
	})
	if err != nil {
		return nil, fmt.Errorf("due list: %w", err)
	}
	rows := slices.Concat(lists...)
	slices.SortFunc(rows, func(a, b DueRow) int {
		return cmp.Or(
			a.Due.End().Compare(b.Due.End()),
			slices.Index(levels[:], b.Risk)-slices.Index(levels[:], a.Risk),
			slices.Compare(a.Case[:], b.Case[:]),
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Reason, b.Reason),
		)
	})
	return rows, nil
}

// dueItem is what a case needs, before it is put into words.
type dueItem struct {
	kind  string
	when  clock.When
	since clock.When // what it is counted from
	n     int        // of incidents
	id    string     // of a plan action, or of a date
	area  string
	never bool // there is no earlier one to count from

	from    clock.When // it can be done from then on, where that is before when
	unknown bool       // the bank holidays between since and when are not known
}

// enters is from when on it can be done.
func (d *dueItem) enters() clock.When {
	if !d.from.IsZero() {
		return d.from
	}
	return d.when
}

// working is the day n working days after another. Where bank holidays are not
// known nothing is guessed: it is due at once, and said so.
func (d *dueItem) working(since clock.When, n int) {
	day, err := clock.AddWorkingDays(since.Date(), n)
	if err != nil {
		day, d.unknown = since.Date(), true
	}
	d.since, d.when = since, clock.OnDate(day)
}

// due works out what an open case needs. Source of the rules: DOMAIN.md,
// Marac rules 3 and 4; the figures are the policy's.
func (s *state) due(p *policy.Set, add func(dueItem)) {
	if s.status != statusOpen {
		return
	}
	if s.firstAttempt.IsZero() && !s.referral.IsZero() {
		d := dueItem{kind: DueFirstAttempt}
		d.working(s.referral, p.FirstAttemptWithin())
		add(d)
	}
	if base := latest(s.lastContact, s.referral); !base.IsZero() {
		add(dueItem{
			kind: DueContact, when: base.AddDays(p.ContactEvery()), since: base,
			never: s.lastContact.IsZero() || s.lastContact.Before(s.referral),
		})
	}
	switch {
	case len(s.open) > 0:
		first := s.open[0]
		for _, w := range s.open {
			first = earliest(first, w)
		}
		add(dueItem{kind: DueRiskReview, when: first, since: first, n: len(s.open)})
	case !s.riskAt.IsZero():
		from, to := p.RiskReviewEvery()
		add(dueItem{kind: DueRiskReview, from: s.riskAt.AddDays(from), when: s.riskAt.AddDays(to), since: s.riskAt})
	case !s.referral.IsZero():
		// Nothing has been reviewed yet: that is due from the referral on.
		add(dueItem{kind: DueRiskReview, when: s.referral, since: s.referral, never: true})
	}
	if s.safe.set && !s.safe.expires.IsZero() {
		add(dueItem{kind: DueSafeContact, when: s.safe.expires, since: s.safe.expires})
	}
	if !s.nextTry.IsZero() {
		add(dueItem{kind: DueNextTry, when: s.nextTry, since: s.lastAttempt})
	}
	if !s.nextContact.IsZero() {
		add(dueItem{kind: DueNextContact, when: s.nextContact, since: s.lastContact})
	}
	for i := range s.actions {
		if a := &s.actions[i]; !a.due.IsZero() {
			add(dueItem{kind: DuePlanAction, when: a.due, id: a.id, area: a.area})
		}
	}
	for i := range s.dates {
		d := &s.dates[i]
		if d.when.IsZero() {
			continue
		}
		due := dueItem{kind: dateKinds[d.kind], when: d.when, since: d.when, id: d.id}
		if d.kind == dateFeedback {
			due.working(d.when, p.FeedbackWithin(d.marac()))
		}
		add(due)
	}
}

// dateKinds are the kinds of due items by those of dates.
var dateKinds = [...]string{DueOrder, DueRelease, DueStatus, DueCourt, DueMarac, DueMeeting, DueFeedback, DueMeetingAction, DueHandover}

// reason says why something is due.
func (d *dueItem) reason(p *policy.Set) string {
	since, unknown := clock.OnDate(d.since.Date()).Say(), ""
	if d.unknown {
		unknown = "; the bank holidays of that time are not known, so it counts as due at once"
	}
	switch d.kind {
	case DueFirstAttempt:
		return fmt.Sprintf("first attempt within %s of the referral of %s%s", count(p.FirstAttemptWithin(), "working day"), since, unknown)
	case DueContact:
		if d.never {
			return fmt.Sprintf("no contact yet since the referral of %s; every %s", since, count(p.ContactEvery(), "day"))
		}
		return fmt.Sprintf("last contact %s; every %s", since, count(p.ContactEvery(), "day"))
	case DueRiskReview:
		switch {
		case d.n == 1:
			return "incident disclosed " + since + ": risk review at once"
		case d.n > 1:
			return fmt.Sprintf("%d incidents disclosed since %s: risk review at once", d.n, since)
		case d.never:
			return "no risk review yet since the referral of " + since
		}
		return fmt.Sprintf("last risk review %s; due from %s, overdue after %s", since, d.from.Say(), d.when.Say())
	case DueSafeContact:
		return "the safe-contact setting expires " + since
	case DueNextTry:
		return "next try, agreed after the attempt of " + since
	case DueNextContact:
		return "next contact, agreed at the contact of " + since
	case DuePlanAction:
		return "plan action " + casefile.Code(d.id) + " (" + casefile.Code(d.area) + ")"
	case DueOrder:
		return "order " + casefile.Code(d.id) + " expires"
	case DueRelease:
		return "a perpetrator is due for release"
	case DueStatus:
		return "a perpetrator's bail, remand or licence ends"
	case DueCourt:
		kind, _, _ := strings.Cut(d.id, "/")
		return "court hearing (" + casefile.Code(kind) + ")"
	case DueMarac:
		return "Marac meeting"
	case DueMeeting:
		return "meeting (" + casefile.Code(d.id) + ")"
	case DueFeedback:
		marac := (&dated{id: d.id}).marac()
		return fmt.Sprintf("feedback to the client within %s of the Marac of %s%s", count(p.FeedbackWithin(marac), "working day"), since, unknown)
	case DueMeetingAction:
		meeting, action, _ := strings.Cut(d.id, "/")
		return "action " + casefile.Code(action) + " of the meeting of event " + casefile.Code(meeting)
	case DueHandover:
		return "the handover to the helpline ends"
	}
	return ""
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}
