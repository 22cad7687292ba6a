package projections

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"caseledger/events"
)

// DueRow is something that a case needs by a time.
type DueRow struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	Adviser  string       `json:"adviser"`
	Risk     string       `json:"risk"`
	Kind     string       `json:"kind"` // one of the Due constants
	Due      When         `json:"due"`  // a date is due by its end
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
)

// Due returns what the open cases of an adviser, or all for "", need by a
// time: what is due before it or on its day, the most urgent first.
func (r *Runner) Due(ctx context.Context, adviser string, by time.Time) ([]DueRow, error) {
	now, p := r.o.Now(), &r.o.Policy
	lists, err := eachCase(ctx, r, adviser, func(c caseValue) (rows []DueRow) {
		if c.err != nil {
			return []DueRow{{Case: c.chain, Missing: missing(c.err)}}
		}
		c.state.due(p, func(d dueItem) {
			if d.when.Start(p.Location).After(by) {
				return
			}
			rows = append(rows, DueRow{
				Case: c.chain, Initials: c.state.initials, Adviser: c.state.adviser, Risk: c.state.risk.String(),
				Kind: d.kind, Due: d.when, Overdue: d.past(now, p.Location), Reason: d.reason(p),
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
			a.Due.End(p.Location).Compare(b.Due.End(p.Location)),
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
	when  When
	since When   // what it is counted from
	n     int    // of incidents
	id    string // of a plan action
	area  string
	never bool // there is no earlier one to count from
}

func (d *dueItem) past(now time.Time, loc *time.Location) bool {
	return !now.Before(d.when.End(loc))
}

// due works out what an open case needs. Source of the rules: DOMAIN.md,
// Marac rules 3 and 4; the figures are the policy's.
func (s *state) due(p *Policy, add func(dueItem)) {
	if s.status != statusOpen {
		return
	}
	if s.firstAttempt.IsZero() && !s.referral.IsZero() {
		add(dueItem{kind: DueFirstAttempt, when: p.AfterWorkingDays(s.referral, p.FirstAttempt), since: s.referral})
	}
	if base := latest(s.lastContact, s.referral); !base.IsZero() {
		add(dueItem{
			kind: DueContact, when: base.plusDays(p.ContactEvery, p.Location), since: base,
			never: s.lastContact.IsZero() || s.lastContact.before(s.referral),
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
		add(dueItem{kind: DueRiskReview, when: s.riskAt.plusDays(p.ReviewEvery, p.Location), since: s.riskAt})
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
}

// reason says why something is due.
func (d *dueItem) reason(p *Policy) string {
	since := d.since.Start(p.Location).Format("2 January 2006")
	switch d.kind {
	case DueFirstAttempt:
		return fmt.Sprintf("first attempt within %s of the referral of %s", count(p.FirstAttempt, "working day"), since)
	case DueContact:
		if d.never {
			return fmt.Sprintf("no contact yet since the referral of %s; every %s", since, count(p.ContactEvery, "day"))
		}
		return fmt.Sprintf("last contact %s; every %s", since, count(p.ContactEvery, "day"))
	case DueRiskReview:
		switch {
		case d.n == 1:
			return "incident disclosed " + since + ": risk review at once"
		case d.n > 1:
			return fmt.Sprintf("%d incidents disclosed since %s: risk review at once", d.n, since)
		case d.never:
			return "no risk review yet since the referral of " + since
		}
		return fmt.Sprintf("last risk review %s; every %s", since, count(p.ReviewEvery, "day"))
	case DueSafeContact:
		return "the safe-contact setting expires " + since
	case DueNextTry:
		return "next try, agreed after the attempt of " + since
	case DueNextContact:
		return "next contact, agreed at the contact of " + since
	case DuePlanAction:
		return "plan action " + code(d.id) + " (" + code(d.area) + ")"
	}
	return ""
}

func count(n int, what string) string { return string(appendCount(nil, n, what)) }
