package rules

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"caseledger/internal/clock"
	"caseledger/projections/casefile"
)

// Pair is the client and one perpetrator. The zero Pair is the client and
// whoever it was.
type Pair struct {
	Person   string `json:"person"`   // "": not known by number
	Initials string `json:"initials"` // what lists show instead of the name; "": not known
	Relation string `json:"relation"` // to the client; "": not known
}

// history is a case as the repeat and escalation tests read it.
type history struct {
	rule *Rule
	now  time.Time

	pairs     []Pair // by person, so that the order of recording is no matter
	known     map[string]bool
	incidents []incident // by when they can have ended, then by id
	referrals []referral // to a Marac, by when
	others    []referral // to the service only, likewise
	hearings  []hearing  // of which no referral is recorded
}

// incident is one as far as a rule is concerned.
type incident struct {
	*casefile.Incident
	// first is the first instant at which it can have begun, zero if any. last
	// is the first instant at which it was certainly over.
	first, last time.Time
	told        clock.Date
	persons     []string // of the pairs for which it counts; empty: every pair
	every       string   // why it counts for every pair
}

// referral to a Marac.
type referral struct {
	seq   uint64
	id    string
	typ   string
	start time.Time  // the first instant that it can mean
	day   clock.Date // from which the 12 months run
	pairs []string   // empty: not known, so every pair
	marac string
	takes []uint64 // incidents that it names
	heard bool
	of    uint64 // the earlier referral that it repeats, 0 none
}

// hearing at a Marac whose referral the ledger does not hold.
type hearing struct {
	seq   uint64
	typ   string
	day   clock.Date
	pairs []string
	marac string
}

func (r *Rule) read(f *casefile.File, now time.Time) *history {
	h := &history{rule: r, now: now, known: map[string]bool{}}
	h.readReferrals(f)
	for _, p := range f.CurrentPerpetrators() {
		h.known[p.Data.Person] = true
	}
	for _, list := range [][]referral{h.referrals, h.others} {
		for _, ref := range list {
			h.know(ref.pairs)
		}
	}
	for _, x := range f.Hearings {
		h.know(x.Data.Perpetrators)
	}
	for _, x := range f.RiskReviews {
		h.know(x.Data.About)
	}
	h.readIncidents(f)
	h.readPairs(f)
	return h
}

func (h *history) know(persons []string) {
	for _, p := range persons {
		h.known[p] = true
	}
}

func (h *history) readReferrals(f *casefile.File) {
	for i := range f.Referrals {
		r := &f.Referrals[i]
		received := parse1(r.Data.Received)
		ref := referral{seq: r.Seq, id: r.ID.String(), typ: "referral.received", pairs: r.Data.Perpetrators, start: received.Start(), day: received.Date()}
		if received.IsZero() {
			ref.start, ref.day = r.Since(), r.When().Date()
		}
		if m := r.Data.Marac; m != nil {
			heard := parse1(deref(m.Heard))
			ref.marac, ref.heard = m.Area, !heard.IsZero() && !heard.Start().After(h.now)
			if d := parse1(deref(m.Referred)); !d.IsZero() {
				ref.start, ref.day = d.Start(), d.Date()
			}
		}
		if ref.start.After(h.now) {
			continue
		}
		if r.Data.Marac == nil && r.Data.Source != "marac" {
			h.others = append(h.others, ref)
			continue
		}
		h.referrals = append(h.referrals, ref)
	}
	for i := range f.MaracReferrals {
		r := &f.MaracReferrals[i]
		ref := referral{seq: r.Seq, id: r.ID.String(), typ: "marac.referred", pairs: r.Data.Perpetrators, start: r.Since(), day: r.When().Date(),
			marac: r.Data.Marac, takes: r.Data.Incidents}
		if r.Data.RepeatOf != nil {
			ref.of = *r.Data.RepeatOf
		}
		if !ref.start.After(h.now) {
			h.referrals = append(h.referrals, ref)
		}
	}
	for _, list := range [][]referral{h.referrals, h.others} {
		slices.SortFunc(list, func(a, b referral) int {
			return cmp.Or(cmp.Compare(a.day, b.day), a.start.Compare(b.start), cmp.Compare(a.id, b.id))
		})
	}
	h.readHearings(f)
}

// readHearings marks the referrals that a Marac has heard, and keeps hearings
// without a referral: somebody referred, on a day that we do not know.
func (h *history) readHearings(f *casefile.File) {
	for i := range f.Hearings {
		x := &f.Hearings[i]
		day := parse1(x.Data.Meeting).Date()
		if x.Data.Outcome != "heard" || day.Start().After(h.now) {
			continue
		}
		found := false
		for j := range slices.Backward(h.referrals) {
			ref := &h.referrals[j]
			named := x.Data.Referral != nil && *x.Data.Referral == ref.seq
			fits := x.Data.Referral == nil && !found && ref.day <= day && meet(ref.pairs, x.Data.Perpetrators)
			if named || fits {
				ref.heard, found = true, true
			}
		}
		if !found {
			h.hearings = append(h.hearings, hearing{x.Seq, "marac.heard", day, x.Data.Perpetrators, x.Data.Marac})
		}
	}
	for i := range f.Intake {
		x := &f.Intake[i]
		for _, a := range x.Data.Asked {
			if day := parse1(deref(a.LastHeard)).Date(); a.Kind == "marac" && !day.IsZero() && !day.Start().After(h.now) {
				h.hearings = append(h.hearings, hearing{x.Seq, "intake.checked", day, nil, a.Name})
			}
		}
	}
	slices.SortStableFunc(h.hearings, func(a, b hearing) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.marac, b.marac)) })
}

func (h *history) readIncidents(f *casefile.File) {
	test := h.rule.test(Repeat)
	// Who acts for a perpetrator is for one who is known already: another
	// incident must not take that one away from the others' pairs.
	before := maps.Clone(h.known)
	for i := range f.Incidents {
		if d := &f.Incidents[i].Data; !through(d.Through) {
			for _, p := range d.Perpetrators {
				if p.Person != nil {
					h.known[*p.Person] = true
				}
			}
		}
	}
	for i := range f.Incidents {
		inc := &f.Incidents[i]
		if !slices.Contains(test.Through, inc.Data.Through) ||
			len(inc.Data.Kinds) > 0 && !slices.ContainsFunc(inc.Data.Kinds, func(k string) bool { return slices.Contains(test.Kinds, k) }) {
			continue
		}
		x := incident{Incident: inc}
		x.first, x.last, x.told = h.rule.possible(inc)
		if x.first.After(h.now) {
			continue
		}
		x.persons, x.every = doers(inc, before)
		h.incidents = append(h.incidents, x)
	}
	slices.SortFunc(h.incidents, func(a, b incident) int {
		return cmp.Or(a.last.Compare(b.last), a.first.Compare(b.first), a.ID.Compare(b.ID))
	})
}

// through reports whether somebody else than the perpetrator acted.
func through(code string) bool { return code == "relative" || code == "other" }

// doers are the persons for whose pairs an incident counts, or why it counts
// for every pair.
func doers(inc *casefile.Incident, known map[string]bool) (persons []string, every string) {
	if len(inc.Data.Perpetrators) == 0 {
		return nil, "the perpetrator is not known"
	}
	for _, d := range inc.Data.Perpetrators {
		switch {
		case d.Person == nil:
			return nil, "a perpetrator is known in words only"
		case !through(inc.Data.Through) || known[*d.Person]:
			persons = append(persons, *d.Person)
		}
	}
	if len(persons) == 0 {
		return nil, "a relative or another acted, and it is not said for whom"
	}
	return persons, ""
}

func (h *history) readPairs(f *casefile.File) {
	for person := range h.known {
		p := Pair{Person: person}
		for _, x := range f.CurrentPeople() {
			if x.Data.Person == person {
				p.Initials, p.Relation = deref(x.Data.Initials), x.Data.Relation
			}
		}
		h.pairs = append(h.pairs, p)
	}
	if len(h.pairs) == 0 {
		h.pairs = []Pair{{}}
	}
	slices.SortFunc(h.pairs, func(a, b Pair) int { return cmp.Compare(a.Person, b.Person) })
}

// of reports whether an incident counts for a pair.
func (x *incident) of(p Pair) bool {
	return p.Person == "" || len(x.persons) == 0 || slices.Contains(x.persons, p.Person)
}

// referred are the referrals of a pair, oldest first.
func referred(list []referral, p Pair) []referral {
	var out []referral
	for _, r := range list {
		if p.Person == "" || len(r.pairs) == 0 || slices.Contains(r.pairs, p.Person) {
			out = append(out, r)
		}
	}
	return out
}

// meet reports whether two lists of perpetrators can mean the same; empty is
// not known.
func meet(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(p string) bool { return slices.Contains(b, p) })
}

// possible is when an incident can have happened: from first (zero: any time
// before) until before last. told is the day on which it came to be known.
func (r *Rule) possible(inc *casefile.Incident) (first, last time.Time, told clock.Date) {
	by := inc.Occurred.Latest()
	if by.IsZero() || by.After(inc.At) {
		by = inc.At
	}
	told = inc.When().Date()
	by = by.Add(time.Nanosecond)
	h := inc.Happened
	switch {
	case h.From.IsZero() || h.Precision == "unknown":
		return time.Time{}, by, told
	case h.Precision == "about":
		first = (h.From.Date() - clock.Date(r.AboutDays)).Start()
		last = (h.End().Date() + clock.Date(r.AboutDays)).End()
	default:
		first, last = h.From.Start(), h.End().End()
		if !h.End().IsDate() {
			last = last.Add(time.Nanosecond) // the moment itself is part of it
		}
	}
	// Nobody can tell what has not happened yet; an entry that says so all the
	// same is taken as it is.
	if last.After(by) && !first.After(by) {
		last = by
	}
	return first, last, told
}

// lastDay is the last day on which an incident can have happened.
func (x *incident) lastDay() clock.Date { return clock.DateOf(x.last.Add(-time.Nanosecond)) }

// firstDay is the first one, none if it can be any.
func (x *incident) firstDay() clock.Date {
	if x.first.IsZero() {
		return 0
	}
	return clock.DateOf(x.first)
}

// uncertain reports whether the day is not known for certain. From one evening
// to the next morning by the clock is.
func (x *incident) uncertain() bool {
	days := x.lastDay() - x.firstDay()
	switch x.Happened.Precision {
	case "exact":
		return days > 1
	case "date":
		return days > 0
	}
	return true
}

// parse1 reads a moment that the schema has checked; none otherwise.
func parse1(s string) clock.When {
	w, err := clock.ParseWhen(s)
	if err != nil {
		return clock.When{}
	}
	return w
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
