package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Report is a near-miss review: what to ask about a case, looking back. It
// names agencies and areas, and holds no words or names of a client.
type Report struct {
	At       clock.When        `json:"at"` // the now it was asked for
	Rule     schemas.Versioned `json:"rule"`
	Policy   Policy            `json:"policy"`
	Asked    []Question        `json:"asked"` // everything that was looked for, found or not
	Findings []Finding         `json:"findings"`
	Limits   []Limit           `json:"limits"` // what could not be looked at
}

// Limit is something that a review could not look at, and why.
type Limit struct {
	Code string `json:"code"` // of the findings that may be missing
	Seq  uint64 `json:"seq"`  // of the event that it is about
	Why  string `json:"why"`
}

// Question is what a review looks for.
type Question struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Found int    `json:"found"`
}

// Finding is one thing that was found, and the events that it rests on.
type Finding struct {
	Code string     `json:"code"`
	Why  string     `json:"why"`
	Seqs []uint64   `json:"seqs"` // of this case, in order; empty: an event is missing
	From clock.Date `json:"from"`
	To   clock.Date `json:"to"`   // null: it still is so
	Who  string     `json:"who"`  // agency, area, Marac or plan action; "": nobody
	Pair *Pair      `json:"pair"` // null: not about one
	Days int        `json:"days"` // of a gap or a wait; 0: not counted
}

// The codes of findings.
const (
	RepeatedAction = "repeated-action"
	NotReferred    = "not-referred"
	NotReviewed    = "not-reviewed"
	SilentAgency   = "silent-agency"
	OtherArea      = "other-area"
	AreasApart     = "areas-apart"
	ContactGap     = "contact-gap"
	LateAttempt    = "late-attempt"
)

var questions = []Question{
	{Code: RepeatedAction, Title: "Actions that were planned again before the earlier one's outcome was known"},
	{Code: NotReferred, Title: "Incidents that met the rule and were not referred again"},
	{Code: NotReviewed, Title: "Incidents that no risk review has followed"},
	{Code: SilentAgency, Title: "Agencies that stayed silent"},
	{Code: OtherArea, Title: "Other areas and services that knew the client"},
	{Code: AreasApart, Title: "Areas that did not know of each other"},
	{Code: ContactGap, Title: "Gaps in contact longer than the service's figure"},
	{Code: LateAttempt, Title: "First attempts later than the service's figure"},
}

// Review looks back at a case for near misses, with the figures of a policy.
// others are earlier cases of the same client that this service has. Nothing
// that happened after now is looked at. A working day in a year without data on
// bank holidays is no guess but one of Limits.
func Review(f *casefile.File, p *policy.Set, now time.Time, others ...*casefile.File) Report {
	return Marac().Review(f, p, now, others...)
}

// Review is Review by this rule.
func (r *Rule) Review(f *casefile.File, p *policy.Set, now time.Time, others ...*casefile.File) Report {
	x := &reviewer{history: r.read(f, now), f: f, p: p, today: clock.DateOf(now)}
	x.actions()
	x.incidentsMissed()
	x.agencies()
	x.areas(others)
	x.gaps()
	x.firstAttempts()
	for i := range x.found {
		slices.Sort(x.found[i].Seqs)
		x.found[i].Seqs = slices.Compact(x.found[i].Seqs)
	}
	slices.SortStableFunc(x.found, func(a, b Finding) int {
		return cmp.Or(order(a.Code)-order(b.Code), cmp.Compare(a.From, b.From), cmp.Compare(a.Who, b.Who))
	})
	report := Report{At: clock.AtTime(now), Rule: r.Name(), Policy: Policy{p.Version, p.Seq, p.From}, Asked: slices.Clone(questions), Findings: x.found, Limits: x.limits}
	if report.Findings == nil {
		report.Findings = []Finding{}
	}
	if report.Limits == nil {
		report.Limits = []Limit{}
	}
	for _, fd := range report.Findings {
		report.Asked[order(fd.Code)].Found++
	}
	return report
}

func order(code string) int {
	return slices.IndexFunc(questions, func(q Question) bool { return q.Code == code })
}

type reviewer struct {
	*history
	f     *casefile.File
	p     *policy.Set
	today clock.Date
	found []Finding

	limits []Limit
}

func (x *reviewer) find(f Finding) { x.found = append(x.found, f) }

// ahead reports whether an entry lies after now.
func (x *reviewer) ahead(m *casefile.Meta) bool { return m.Since().After(x.now) }

// plan is an action, of the safety plan or of a meeting, for comparison.
type plan struct {
	key     string
	who     string
	planned casefile.Meta
	ended   casefile.Meta // with its outcome; zero: none
	has     bool
}

// same makes texts alike that differ in case, punctuation at the end and white
// space only.
func same(s string) string {
	return strings.Trim(strings.Join(strings.Fields(strings.ToLower(s)), " "), " .;,")
}

// actions finds those that were planned again before the outcome of the
// earlier one was entered, in the safety plan and at meetings.
func (x *reviewer) actions() {
	var all []plan
	for i := range x.f.Plan {
		a := &x.f.Plan[i]
		if x.ahead(&a.History[0].Meta) {
			continue
		}
		pl := plan{key: "plan\x00" + a.Area + "\x00" + same(a.Aim.Text), who: a.ID, planned: a.History[0].Meta}
		for _, h := range a.History {
			if !pl.has && h.Data.Outcome != nil && !x.ahead(&h.Meta) {
				pl.ended, pl.has = h.Meta, true
			}
		}
		all = append(all, pl)
	}
	for i := range x.f.MeetingActions {
		a := &x.f.MeetingActions[i]
		if x.ahead(&a.Meeting) {
			continue
		}
		pl := plan{key: "meeting\x00" + same(a.Agency) + "\x00" + same(a.What.Text), who: a.Agency, planned: a.Meeting}
		for _, u := range a.Updates {
			if !pl.has && u.Data.Status != "open" && !x.ahead(&u.Meta) {
				pl.ended, pl.has = u.Meta, true
			}
		}
		all = append(all, pl)
	}
	slices.SortStableFunc(all, func(a, b plan) int { return a.planned.When().Compare(b.planned.When()) })
	for i, b := range all {
		for _, a := range slices.Backward(all[:i]) {
			if a.key != b.key || a.planned.Seq == b.planned.Seq {
				continue
			}
			if a.has && !b.planned.When().Before(a.ended.When()) {
				break // the last one's outcome was known
			}
			fd := Finding{Code: RepeatedAction, Who: b.who, Seqs: []uint64{a.planned.Seq, b.planned.Seq}, From: a.planned.When().Date(), To: b.planned.When().Date()}
			what := fmt.Sprintf("plan action %s, the same as %s,", b.who, a.who)
			if strings.HasPrefix(b.key, "meeting") {
				what = "the same action of " + b.who
			}
			fd.Why = fmt.Sprintf("On %s %s was planned again; the outcome of the one of %s ", say(fd.To), what, say(fd.From))
			if a.has {
				fd.Why += "was entered only on " + say(a.ended.When().Date()) + "."
				fd.Seqs = append(fd.Seqs, a.ended.Seq)
			} else {
				fd.Why += "is not entered."
			}
			x.find(fd)
			break
		}
	}
}

// incidentsMissed finds incidents that no review followed, and those that met
// the rule with no referral to a Marac since they were told.
func (x *reviewer) incidentsMissed() {
	test := x.rule.test(Repeat)
	for i := range x.incidents {
		inc := &x.incidents[i]
		if inc.Reviewed == 0 {
			x.find(Finding{Code: NotReviewed, Seqs: []uint64{inc.Seq}, From: inc.told, Days: int(x.today - inc.told),
				Why: fmt.Sprintf("The incident %s makes a risk review due at once; none has followed.", inc.words())})
		}
		for _, pair := range x.pairs {
			if !inc.of(pair) {
				continue
			}
			refs := referred(x.referrals, pair)
			if slices.ContainsFunc(refs, func(r referral) bool { return slices.Contains(r.takes, inc.Seq) || !r.start.Before(inc.When().Start()) }) {
				continue // referred since
			}
			fd := Finding{Code: NotReferred, Seqs: []uint64{inc.Seq}, From: inc.told, Days: int(x.today - inc.told)}
			if pair.Person != "" {
				fd.Pair = &pair
			}
			var met []string
			for _, ref := range slices.Backward(refs) {
				if inc.place(&ref, test.Months) == inside {
					fd.Seqs = append(fd.Seqs, ref.seq)
					met = append(met, fmt.Sprintf("a repeat within %d months of the referral of %s", test.Months, say(ref.day)))
					break
				}
			}
			if seqs, of, months := x.escalated(inc, pair); seqs != nil {
				fd.Seqs = append(fd.Seqs, seqs...)
				met = append(met, fmt.Sprintf("potential escalation, %d of %d in %d months", len(seqs), of, months))
			}
			if len(met) == 0 {
				continue
			}
			fd.Why = fmt.Sprintf("The incident %s met the rule (%s); no referral to a Marac has followed.", inc.words(), strings.Join(met, "; "))
			x.find(fd)
		}
	}
}

// words are "of 11 October 2026, told on 26 October 2026 (event 20),".
func (x *incident) words() string {
	var of string
	switch from, to := x.Happened.From.Date(), x.Happened.End().Date(); {
	case from.IsZero():
		of = "of a day not known"
	case from == to:
		of = "of " + say(from)
	default:
		of = "of " + say(from) + " to " + say(to)
	}
	if x.Happened.Precision == "about" {
		of = strings.Replace(of, "of ", "of about ", 1)
	}
	return fmt.Sprintf("%s, told on %s (event %d),", of, say(x.told), x.Seq)
}

// escalated returns the incidents that made potential escalation on the day on
// which one of them was told, nil if they did not.
func (x *reviewer) escalated(inc *incident, pair Pair) (list []uint64, of, months int) {
	scope := policy.Scope{}
	if n := len(x.referrals); n > 0 {
		scope.Marac = x.referrals[n-1].marac
	}
	of, months = x.p.Escalation(scope)
	from := window(inc.told, months)
	if inc.lastDay() < from {
		return nil, of, months
	}
	for i := range x.incidents {
		if o := &x.incidents[i]; o.of(pair) && o.told <= inc.told && o.lastDay() >= from {
			list = append(list, o.Seq)
		}
	}
	if len(list) < of {
		return nil, of, months
	}
	return list, of, months
}

// agencies finds those that were asked and did not answer, that were missing
// from a meeting or said nothing there, and whose actions nobody reported on.
func (x *reviewer) agencies() {
	for i := range x.f.Agencies {
		a := &x.f.Agencies[i]
		last := a.Last()
		if x.ahead(&a.Meta) || a.Data.Asked == nil {
			continue
		}
		chase, asked := parse1(deref(last.Data.Chase)), parse1(deref(a.Data.Asked)).Date()
		switch {
		case last.Data.Answer == "no-answer":
		case last.Data.Answer == "waiting" && (chase.IsZero() || chase.Past(x.now)):
		default:
			continue
		}
		fd := Finding{Code: SilentAgency, Who: a.Data.Agency, Seqs: []uint64{a.Seq}, From: asked, Days: int(x.today - asked)}
		fd.Why = fmt.Sprintf("%s was asked on %s and has not answered", a.Data.Agency, say(asked))
		if n := len(a.Later); n > 0 {
			fd.Why += fmt.Sprintf(", nor when asked again (%d)", n)
		}
		fd.Why += "."
		for _, l := range a.Later {
			fd.Seqs = append(fd.Seqs, l.Seq)
		}
		x.find(fd)
	}
	for _, a := range x.asked() {
		if a.Answer == "no-answer" {
			day := parse1(a.Asked.Asked).Date()
			x.find(Finding{Code: SilentAgency, Who: a.Name, Seqs: []uint64{a.seq}, From: day, Days: int(x.today - day),
				Why: fmt.Sprintf("%s was asked at intake on %s whether it knew the client, and has not answered.", a.Name, say(day))})
		}
	}
	at := func(m *casefile.Meta, day clock.Date, what string, list []schemas.Attendee) {
		for _, a := range list {
			why := ""
			switch {
			case a.Staff != nil:
			case !a.Attended:
				why = "was not at"
			case a.Spoke == "no":
				why = "was at, and did not say what it knew at,"
			}
			if why != "" {
				x.find(Finding{Code: SilentAgency, Who: a.Agency, Seqs: []uint64{m.Seq}, From: day, To: day,
					Why: fmt.Sprintf("%s %s the %s of %s.", a.Agency, why, what, say(day))})
			}
		}
	}
	for i := range x.f.Hearings {
		if h := &x.f.Hearings[i]; !x.ahead(&h.Meta) {
			at(&h.Meta, parse1(h.Data.Meeting).Date(), "Marac", h.Data.Agencies)
		}
	}
	for i := range x.f.Meetings {
		if m := &x.f.Meetings[i]; !x.ahead(&m.Meta) {
			at(&m.Meta, m.When().Date(), "meeting", m.Data.Agencies)
		}
	}
	for i := range x.f.MeetingActions {
		a := &x.f.MeetingActions[i]
		if a.Status != "open" || a.DueNow.IsZero() || !a.DueNow.Past(x.now) || x.ahead(&a.Meeting) {
			continue
		}
		list := []uint64{a.Meeting.Seq}
		for _, u := range a.Updates {
			list = append(list, u.Seq)
		}
		due := a.DueNow.Date()
		x.find(Finding{Code: SilentAgency, Who: a.Agency, Seqs: list, From: due, Days: int(x.today - due),
			Why: fmt.Sprintf("An action of %s was due on %s; nobody has said what became of it.", a.Agency, say(due))})
	}
}

// asked is one who was asked at intake, by the newest answer of each name.
type asked struct {
	seq uint64
	schemas.Asked
}

func (x *reviewer) asked() []asked {
	var list []asked
	for i := range x.f.Intake {
		in := &x.f.Intake[i]
		if x.ahead(&in.Meta) {
			continue
		}
		for _, a := range in.Data.Asked {
			at := slices.IndexFunc(list, func(o asked) bool { return o.Kind == a.Kind && same(o.Name) == same(a.Name) })
			if at < 0 {
				list = append(list, asked{in.Seq, a})
				continue
			}
			list[at] = asked{in.Seq, a}
		}
	}
	return list
}

// areas finds who else knew the client, and whether they knew of each other.
func (x *reviewer) areas(others []*casefile.File) {
	known := map[string]bool{} // areas and Maracs
	note := func(name string) { known[same(name)] = true }
	apart := []asked{}
	for _, a := range x.asked() {
		if a.Answer != "known" {
			continue
		}
		day := parse1(a.Asked.Asked).Date()
		fd := Finding{Code: OtherArea, Who: a.Name, Seqs: []uint64{a.seq}, From: day}
		fd.Why = a.Name + " knew the client"
		if a.TimesHeard != nil {
			fd.Why += fmt.Sprintf("; heard there %s", plural(*a.TimesHeard, "time"))
		}
		if d := parse1(deref(a.LastHeard)).Date(); !d.IsZero() {
			fd.Why += ", last on " + say(d)
		}
		switch a.KnewOfOthers {
		case "no":
			fd.Why += "; it did not know of any other"
		case "not-known":
			fd.Why += "; whether it knew of others was not asked"
		}
		fd.Why += "."
		x.find(fd)
		if a.Kind != "agency" {
			note(a.Name)
			if a.KnewOfOthers != "yes" {
				apart = append(apart, a)
			}
		}
	}
	for i := range x.f.Transfers {
		t := &x.f.Transfers[i]
		if x.ahead(&t.Meta) {
			continue
		}
		fd := Finding{Code: OtherArea, Who: t.Data.Area, Seqs: []uint64{t.Seq}, From: t.When().Date()}
		switch {
		case t.Data.Direction == "in":
			fd.Why = fmt.Sprintf("The case came from %s on %s.", t.Data.Area, say(fd.From))
			note(t.Data.Area)
		default:
			fd.Why = fmt.Sprintf("The case went to %s on %s.", t.Data.Area, say(fd.From))
		}
		if t.Data.Spoke == nil {
			fd.Why += " The two advisers are not recorded as having spoken."
		}
		x.find(fd)
	}
	maracs := map[string][]uint64{}
	for _, r := range x.referrals {
		if r.marac != "" {
			maracs[same(r.marac)] = append(maracs[same(r.marac)], r.seq)
			note(r.marac)
		}
	}
	for i := range x.f.Hearings {
		if h := &x.f.Hearings[i]; !x.ahead(&h.Meta) {
			maracs[same(h.Data.Marac)] = append(maracs[same(h.Data.Marac)], h.Seq)
			note(h.Data.Marac)
		}
	}
	if len(maracs) > 1 {
		fd := Finding{Code: OtherArea, Why: fmt.Sprintf("%d Maracs have had the case.", len(maracs))}
		for _, list := range maracs {
			fd.Seqs = append(fd.Seqs, list...)
		}
		x.find(fd)
	}
	for _, o := range others {
		r := o.Times.Referral.When.Date()
		x.find(Finding{Code: OtherArea, Who: o.Chain.String(), From: r,
			Seqs: x.intake(), Why: fmt.Sprintf("This service has an earlier case of the client (%s, %s).", o.Chain, cmp.Or(o.Stage, "no referral"))})
	}
	if len(apart) > 0 && len(known) > 1 {
		fd := Finding{Code: AreasApart, From: parse1(apart[0].Asked.Asked).Date()}
		var names []string
		for _, a := range apart {
			names = append(names, a.Name)
			fd.Seqs = append(fd.Seqs, a.seq)
		}
		fd.Why = fmt.Sprintf("%d areas and services knew the client; not known to have known of the others: %s.", len(known), strings.Join(names, ", "))
		x.find(fd)
	}
	if len(x.f.Referrals) > 0 && len(x.f.Intake) == 0 {
		first := &x.f.Referrals[0]
		x.find(Finding{Code: OtherArea, Seqs: []uint64{first.Seq}, From: first.When().Date(),
			Why: "Nobody is recorded as having been asked whether another Marac or service knew the client."})
	}
}

// intake are the checks that name an earlier case.
func (x *reviewer) intake() []uint64 {
	list := []uint64{}
	for _, in := range x.f.Intake {
		if in.Data.EarlierCase != nil {
			list = append(list, in.Seq)
		}
	}
	return list
}

// open is a time during which the case was open, with the events that bound it.
type open struct {
	from, to     clock.Date // to zero: still open
	first, ended uint64
}

// spells are the times during which the case was open.
func (x *reviewer) spells() []open {
	type edge struct {
		at   clock.When
		seq  uint64
		open bool
	}
	var edges []edge
	for i := range x.f.Referrals {
		r := &x.f.Referrals[i]
		edges = append(edges, edge{parse1(r.Data.Received), r.Seq, true})
	}
	for _, r := range x.f.Reopenings {
		edges = append(edges, edge{r.When(), r.Seq, true})
	}
	for _, c := range x.f.Closings {
		edges = append(edges, edge{c.When(), c.Seq, false})
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq)) })
	var list []open
	for _, e := range edges {
		running := len(list) > 0 && list[len(list)-1].ended == 0
		switch {
		case e.at.Start().After(x.now):
		case e.open && !running:
			list = append(list, open{from: e.at.Date(), first: e.seq})
		case !e.open && running:
			list[len(list)-1].to, list[len(list)-1].ended = e.at.Date(), e.seq
		}
	}
	return list
}

// gaps finds times without a contact with the client that are longer than the
// service's figure, while the case was open.
func (x *reviewer) gaps() {
	every := x.p.ContactEvery()
	type met struct {
		day clock.Date
		seq uint64
	}
	var contacts, tries []met
	for i := range x.f.Contacts {
		if c := &x.f.Contacts[i]; c.WithClient && !x.ahead(&c.Meta) {
			contacts = append(contacts, met{c.When().Date(), c.Seq})
		}
	}
	for i := range x.f.Attempts {
		if a := &x.f.Attempts[i]; !x.ahead(&a.Meta) {
			tries = append(tries, met{a.When().Date(), a.Seq})
		}
	}
	slices.SortStableFunc(contacts, func(a, b met) int { return cmp.Compare(a.day, b.day) })
	for _, s := range x.spells() {
		end := s.to
		if end.IsZero() {
			end = x.today
		}
		at := met{s.from, s.first}
		gap := func(to met, still bool) {
			days := int(to.day - at.day)
			if days <= every {
				return
			}
			fd := Finding{Code: ContactGap, Seqs: []uint64{at.seq}, From: at.day, To: to.day, Days: days}
			if to.seq != 0 {
				fd.Seqs = append(fd.Seqs, to.seq)
			}
			n := 0
			for _, t := range tries {
				if t.day >= at.day && t.day <= to.day {
					fd.Seqs = append(fd.Seqs, t.seq)
					n++
				}
			}
			fd.Why = fmt.Sprintf("%d days without a contact with the client, %s to %s; the figure is %d. %s in that time.", days, say(at.day), say(to.day), every, plural(n, "attempt"))
			if still {
				fd.To = 0
				fd.Why += " It goes on."
			}
			x.find(fd)
		}
		for _, c := range contacts {
			if c.day < s.from || c.day > end {
				continue
			}
			gap(c, false)
			at = c
		}
		gap(met{end, s.ended}, s.ended == 0)
	}
}

// firstAttempts finds referrals after which the client was not tried in time.
func (x *reviewer) firstAttempts() {
	within := x.p.FirstAttemptWithin()
	for i := range x.f.Referrals {
		r := &x.f.Referrals[i]
		received := parse1(r.Data.Received)
		if received.IsZero() || received.Start().After(x.now) {
			continue
		}
		day := received.Date()
		due, err := clock.AddWorkingDays(day, within)
		if err != nil {
			var beyond *clock.RangeError
			errors.As(err, &beyond) // there is no other
			x.limits = append(x.limits, Limit{LateAttempt, r.Seq, fmt.Sprintf("bank holidays are known from %d to %d only", beyond.First, beyond.Last)})
			continue
		}
		var first clock.When
		seq := uint64(0)
		tried := func(m *casefile.Meta) {
			if w := m.When(); !x.ahead(m) && !w.Before(received) && (first.IsZero() || w.Before(first)) {
				first, seq = w, m.Seq
			}
		}
		for j := range x.f.Attempts {
			tried(&x.f.Attempts[j].Meta)
		}
		for j := range x.f.Contacts {
			if x.f.Contacts[j].WithClient {
				tried(&x.f.Contacts[j].Meta)
			}
		}
		fd := Finding{Code: LateAttempt, Seqs: []uint64{r.Seq}, From: day, To: first.Date()}
		switch {
		case first.IsZero() && x.today > due:
			fd.Days = int(x.today - day)
			fd.Why = fmt.Sprintf("The referral came on %s; the first attempt was due by %s and is not recorded.", say(day), say(due))
		case !first.IsZero() && first.Date() > due:
			fd.Days, fd.Seqs = int(first.Date()-day), append(fd.Seqs, seq)
			fd.Why = fmt.Sprintf("The referral came on %s; the first attempt was due by %s and made on %s.", say(day), say(due), say(first.Date()))
		default:
			continue
		}
		x.find(fd)
	}
}
