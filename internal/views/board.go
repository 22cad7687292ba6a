package views

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Board is what a manager looks at: each list the most urgent first.
type Board struct {
	At          clock.When `json:"at"`
	Whom        Whom       `json:"whom"` // cases from which she or he is excluded are not there
	Policy      Policy     `json:"policy"`
	Unallocated []Waiting  `json:"unallocated"`
	Caseload    []Load     `json:"caseload"`     // by adviser against the cap: the numbers of the chart
	Overdue     []Item     `json:"overdue"`      // what advisers should have done
	Overrides   []Item     `json:"overrides"`    // to be reviewed
	CaseReviews []Item     `json:"case_reviews"` // due by the end of the week, or overdue
	Others      []Item     `json:"others"`       // holds and requests for disclosure, the same
	Approvals   []Approval `json:"approvals"`
	Cover       []Turn     `json:"cover"` // now, and what begins within four weeks
	Stale       []Stale    `json:"stale"`
	Missing     []Missing  `json:"missing"`
}

// Waiting is an open case that nobody has.
type Waiting struct {
	Subject
	Since clock.When `json:"since"` // the newest referral
	Days  int        `json:"days"`  // of the calendar
	Seq   uint64     `json:"seq"`
}

// Approval is a disclosure that waits for somebody.
type Approval struct {
	Subject
	Kind  string     `json:"kind"`  // decision, approval, changes, export
	For   string     `json:"for"`   // what is waited for, in words
	Not   string     `json:"not"`   // who may not give it: who decided; "" anybody
	Since clock.When `json:"since"` // recorded
	Seq   uint64     `json:"seq"`
}

// What a disclosure waits for.
const (
	WaitsForDecision = "decision"    // a request without one
	WaitsForTold     = "client-told" // a decision of which the client does not know
	WaitsForWords    = "words"       // nobody has read and closed the words
	WaitsForApproval = "approval"    // a decision without a second person
	WaitsForChanges  = "changes"     // was sent back
	WaitsForExport   = "export"      // was approved and not produced
)

// Turn is somebody's turn to stand in for an adviser.
type Turn struct {
	Subject
	By     string     `json:"by"` // who covers
	From   clock.When `json:"from"`
	To     clock.When `json:"to"` // included; null: until further notice
	Reason string     `json:"reason"`
	Now    bool       `json:"now"` // it has begun
	Seq    uint64     `json:"seq"`
}

// Stale is an open case in which nothing was recorded for as long as a manager
// may go without a review of it.
type Stale struct {
	Subject
	Last clock.When `json:"last"` // recorded
	Days int        `json:"days"`
	Seq  uint64     `json:"seq"`
}

// coverAhead is how far the rota looks ahead, in days.
const coverAhead = 28

// ForBoard works out the board for a manager, or with the zero Whom for all
// cases. Lists of staff and figures are as of now.
func ForBoard(cases Cases, staff []schemas.StaffRecordedV2, p *policy.Set, now time.Time, whom Whom) Board {
	b := Board{
		At: clock.AtTime(now), Whom: whom, Policy: policyOf(p),
		Unallocated: []Waiting{}, Overdue: []Item{}, Overrides: []Item{}, CaseReviews: []Item{}, Others: []Item{},
		Approvals: []Approval{}, Cover: []Turn{}, Stale: []Stale{}, Missing: []Missing{},
	}
	today := clock.DateOf(now)
	week := today + clock.Date((7-int(today.Weekday()))%7) // to Sunday
	// A caseload counts every case, also those that the reader may not see: it
	// names none but those over a cap.
	carried := newLoads(p, now)
	hidden := map[events.Chain]bool{}
	for f := range cases {
		carried.add(f)
		if !whom.sees(f) {
			hidden[f.Chain] = true
			continue
		}
		for _, i := range items(f, p, now) {
			switch {
			case i.Kind == DueOverride:
				b.Overrides = append(b.Overrides, i)
			case i.Manager && i.enters() > week:
			case i.Kind == DueCaseReview:
				b.CaseReviews = append(b.CaseReviews, i)
			case i.Manager:
				b.Others = append(b.Others, i)
			case i.Overdue:
				b.Overdue = append(b.Overdue, i)
			}
		}
		b.Approvals = append(b.Approvals, approvals(f)...)
		if f.Stage == casefile.StageOpen {
			b.open(f, p, now)
		}
	}
	b.Caseload = carried.all(staff)
	for i := range b.Caseload {
		l := &b.Caseload[i]
		if n := len(l.Over); n > 0 {
			l.Over = slices.DeleteFunc(l.Over, func(a Allocation) bool { return hidden[a.Case] })
			if len(l.Over) < n {
				l.Why = fmt.Sprintf("%s; %d over", plural(l.Open, "open case"), l.Open-l.Most)
			}
		}
	}
	for _, list := range [][]Item{b.Overdue, b.Overrides, b.CaseReviews, b.Others} {
		sortItems(list)
	}
	slices.SortStableFunc(b.Unallocated, func(x, y Waiting) int { return cmp.Or(x.Since.Compare(y.Since), x.Subject.compare(&y.Subject)) })
	slices.SortStableFunc(b.Approvals, func(x, y Approval) int { return cmp.Or(x.Since.Compare(y.Since), x.Subject.compare(&y.Subject)) })
	slices.SortStableFunc(b.Cover, func(x, y Turn) int { return cmp.Or(x.From.Compare(y.From), x.Subject.compare(&y.Subject)) })
	slices.SortStableFunc(b.Stale, func(x, y Stale) int { return cmp.Or(x.Last.Compare(y.Last), x.Subject.compare(&y.Subject)) })
	return b
}

// Without is the board without the lines of some cases; caseloads still count
// them.
func (b Board) Without(hidden func(events.Chain) bool) Board {
	b.Unallocated = without(b.Unallocated, hidden, func(w *Waiting) events.Chain { return w.Case })
	for _, list := range []*[]Item{&b.Overdue, &b.Overrides, &b.CaseReviews, &b.Others} {
		*list = without(*list, hidden, func(i *Item) events.Chain { return i.Case })
	}
	b.Approvals = without(b.Approvals, hidden, func(a *Approval) events.Chain { return a.Case })
	b.Cover = without(b.Cover, hidden, func(t *Turn) events.Chain { return t.Case })
	b.Stale = without(b.Stale, hidden, func(s *Stale) events.Chain { return s.Case })
	b.Caseload = slices.Clone(b.Caseload)
	for i := range b.Caseload {
		l := &b.Caseload[i]
		if over := without(l.Over, hidden, func(a *Allocation) events.Chain { return a.Case }); len(over) < len(l.Over) {
			l.Over = over
			l.Why = fmt.Sprintf("%s; %d over", plural(l.Open, "open case"), l.Open-l.Most)
		}
	}
	return b
}

// without copies a list only when something is left out of it.
func without[T any](list []T, hidden func(events.Chain) bool, of func(*T) events.Chain) []T {
	if !slices.ContainsFunc(list, func(x T) bool { return hidden(of(&x)) }) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return hidden(of(&x)) })
}

// open puts an open case where it belongs.
func (b *Board) open(f *casefile.File, p *policy.Set, now time.Time) {
	s, today := subject(f), clock.DateOf(now)
	if s.Adviser == "" {
		r := f.Times.Referral
		b.Unallocated = append(b.Unallocated, Waiting{Subject: s, Since: r.When, Days: days(r.When, today), Seq: r.Seq})
	}
	for i := range f.Covers {
		c := &f.Covers[i]
		from, to := when(&c.Data.From), when(c.Data.To)
		replaced := slices.ContainsFunc(f.Covers[i+1:], func(n casefile.Item[schemas.CaseCovered]) bool {
			return n.Data.Adviser == c.Data.Adviser && n.Data.From == c.Data.From
		})
		if replaced || to.Past(now) || from.Date() > today+coverAhead {
			continue
		}
		b.Cover = append(b.Cover, Turn{Subject: s, By: c.Data.Adviser, From: from, To: to, Reason: c.Data.Reason, Now: !from.Start().After(now), Seq: c.Seq})
	}
	if n := len(f.Entries); n > 0 {
		e := &f.Entries[n-1]
		last := clock.AtTime(e.At)
		if d := days(last, today); d >= p.CaseReviewEvery() {
			b.Stale = append(b.Stale, Stale{Subject: s, Last: last, Days: d, Seq: e.Seq})
		}
	}
}

func days(from clock.When, to clock.Date) int { return max(0, int(to-from.Date())) }

// approvals are the disclosures of a case that wait for somebody.
func approvals(f *casefile.File) []Approval {
	var list []Approval
	s := subject(f)
	for i := range f.Requests {
		r := &f.Requests[i]
		wait := func(kind, words, not string, m casefile.Meta) {
			list = append(list, Approval{Subject: s, Kind: kind, For: words, Not: not, Since: clock.AtTime(m.At), Seq: m.Seq})
		}
		decided := last(f.Decisions, func(d *casefile.Item[schemas.DisclosureDecidedV2]) bool { return d.Data.Request == r.Seq })
		if decided == nil {
			wait(WaitsForDecision, "a decision on the request", "", r.Meta)
			continue
		}
		if decided.Data.Decision == "refused" {
			continue
		}
		looked := last(f.Approvals, func(a *casefile.Item[schemas.DisclosureApprovedV2]) bool { return a.Data.Decision == decided.Seq })
		produced := last(f.Exports, func(e *casefile.Item[schemas.DisclosureExportedV2]) bool {
			return e.Seq > decided.Seq && (e.Data.Decision != nil && *e.Data.Decision == decided.Seq || e.Data.Request != nil && *e.Data.Request == r.Seq)
		})
		switch {
		case produced == nil && decided.Data.ClientTold == nil:
			wait(WaitsForTold, "the client to be told in the way that is safe", "", decided.Meta)
		case produced == nil && decided.Data.Words == nil:
			wait(WaitsForWords, "the words to be read and closed", "", decided.Meta)
		case looked == nil:
			wait(WaitsForApproval, "a second person's approval", decided.Data.By, decided.Meta)
		case !looked.Data.Approved:
			wait(WaitsForChanges, "another decision: it was sent back", "", looked.Meta)
		case produced == nil:
			wait(WaitsForExport, "its production", "", looked.Meta)
		}
	}
	return list
}

// last is the last item of which something is so, nil of none.
func last[T any](list []casefile.Item[T], is func(*casefile.Item[T]) bool) *casefile.Item[T] {
	for i := range slices.Backward(list) {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}
