package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Stats are the figures for commissioners. They hold no names, no numbers of
// cases and no count from which a single client could be told.
type Stats struct {
	From   clock.Date `json:"from"`
	To     clock.Date `json:"to"` // included
	At     clock.When `json:"at"`
	Policy Policy     `json:"policy"`
	Under  int        `json:"suppress_under"` // counts above 0 and below it are not shown
	Tables []Table    `json:"tables"`
	Staff  Staffing   `json:"staff"`
	Held   int        `json:"held_back"` // how many of the tables' counts are not shown
	Notes  []string   `json:"notes"`

	groups []*cell // whole, for the tests
}

// Table is a count and how it is broken down.
type Table struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Unit  string `json:"unit"`  // what is counted
	Total *int   `json:"total"` // null: not shown
	Rows  []Row  `json:"rows"`
	// Median is in working days, of the time to the first attempt; null where
	// a count that it rests on is not shown.
	Median *float64 `json:"median,omitempty"`
}

// Row is one count of a table.
type Row struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Count *int   `json:"count"`          // null: not shown
	Share *int   `json:"share"`          // of what it is part of, in per cent; null where one of the two is not shown or nothing
	Rows  []Row  `json:"rows,omitempty"` // it broken down in turn
}

// Staffing is about advisers, not clients.
type Staffing struct {
	Advisers int  `json:"advisers"` // who work here
	Places   int  `json:"places"`   // their caps together
	Full     *int `json:"full"`     // advisers at their cap or over; null where a count of clients it tells of is not shown
	Over     *int `json:"over"`
}

// repeatMonths is the window in which a client who is referred again is a
// repeat, in calendar months, the anniversary included. Source: SafeLives'
// definition of a repeat case, as in the rules for a Marac.
const repeatMonths = 12

// tally makes the cells of a table, in the order in which they are first said.
type tally struct{ cells []*cell }

// codes begins a tally with codes and titles in turn, so that what there is
// none of shows as 0.
func codes(pairs ...string) *tally {
	t := &tally{}
	for i := 0; i < len(pairs); i += 2 {
		t.cells = append(t.cells, &cell{code: pairs[i], title: pairs[i+1]})
	}
	return t
}

// add counts one. A code that is not known yet is its own title.
func (t *tally) add(code string) *cell {
	i := slices.IndexFunc(t.cells, func(c *cell) bool { return c.code == code })
	if i < 0 {
		i = len(t.cells)
		t.cells = append(t.cells, &cell{code: code, title: code})
	}
	t.cells[i].n++
	return t.cells[i]
}

// counted are referrals in the period and what is counted of each.
type counted struct {
	file     *casefile.File
	at       int // in Referrals
	received clock.When
}

// CountStats works out the figures of a period, both days included, from all
// case files of the service. Cases whose client does not agree to be counted
// are left out of all but the caseload. What is counted of a referral is as it
// is known now, not as it was in the period.
func CountStats(cases Cases, staff []schemas.StaffRecordedV2, p *policy.Set, from, to clock.Date, now time.Time) Stats {
	s := Stats{From: from, To: to, At: clock.AtTime(now), Policy: policyOf(p), Under: p.SuppressUnder()}
	in := func(w clock.When) bool {
		return !w.IsZero() && from <= w.Date() && w.Date() <= to && !w.Start().After(now)
	}
	leftOut := &cell{}
	refs, kids, acts, open := newReferred(p, now, from, to), newChildren(to), newActions(in, now), newOpened()
	helps := newHelps(in)
	for f := range cases {
		open.add(f)
		refs.know(f)
		own := []counted{}
		for i := range f.Referrals {
			if w := received(f, i); in(w) {
				own = append(own, counted{f, i, w})
			}
		}
		if refused(f, now) {
			if len(own) > 0 {
				leftOut.n++
			}
			continue
		}
		for i := range own {
			refs.add(&own[i])
		}
		if len(own) > 0 {
			kids.add(f)
		}
		acts.add(f)
		for i := range helps {
			helps[i].add(f)
		}
	}
	refs.show(&s)
	kids.show(&s)
	acts.show(&s)
	for i := range helps {
		helps[i].show(&s)
	}
	open.show(&s, staff, p)
	s.hold(leftOut)
	s.table("left-out", "Clients referred who do not agree to be counted", "cases", leftOut, nil)
	for _, t := range s.Tables {
		if t.Total == nil {
			s.Held++
		}
		s.Held += heldBack(t.Rows)
	}
	s.Notes = []string{
		fmt.Sprintf("Counts from 1 to %d are not shown, nor others from which they could be worked out; 0 is shown.", s.Under-1),
		"A client who was referred twice in the period is counted twice among referrals, and once among cases.",
		"Do not publish figures of periods that overlap: the difference of two counts that are shown is not held back.",
	}
	return s
}

func received(f *casefile.File, i int) clock.When {
	w, _ := clock.ParseWhen(f.Referrals[i].Data.Received) // the schema has checked it
	return w
}

// refused reports whether the client does not agree to be counted. Who was not
// asked is counted.
func refused(f *casefile.File, now time.Time) bool {
	answer, asked := f.Agreed("statistics", now)
	return asked && (answer == nil || !answer.Agreed)
}

// hold suppresses a group of tables that share counts.
func (s *Stats) hold(root *cell) {
	suppress(root, s.Under)
	s.groups = append(s.groups, root)
}

// heldBack counts what rows do not show.
func heldBack(rows []Row) (held int) {
	for _, r := range rows {
		if r.Count == nil {
			held++
		}
		held += heldBack(r.Rows)
	}
	return held
}

// table shows one breakdown of a group that was suppressed.
func (s *Stats) table(code, title, unit string, total *cell, rows []*cell) *Table {
	s.Tables = append(s.Tables, Table{Code: code, Title: title, Unit: unit, Total: total.shown(), Rows: rowsOf(total, rows)})
	return &s.Tables[len(s.Tables)-1]
}

func rowsOf(total *cell, list []*cell) []Row {
	rows := make([]Row, len(list))
	for i, c := range list {
		rows[i] = Row{Code: c.code, Title: c.title, Count: c.shown(), Share: share(c, total)}
		if len(c.splits) > 0 {
			rows[i].Rows = rowsOf(c, c.splits[0].parts)
		}
	}
	return rows
}

// share is in per cent, rounded; nil where it would tell of a count that is not
// shown.
func share(part, whole *cell) *int {
	if part.hidden || whole.hidden || whole.n == 0 {
		return nil
	}
	n := (200*part.n + whole.n) / (2 * whole.n)
	return &n
}

// flagTitles are the needs that a referral tells of, which age does not.
var flagTitles = []string{
	"honour-based", "Honour-based abuse", "language", "Language", "mental-health", "Mental health",
	"substance-use", "Substance use", "self-harm", "Self-harm",
}

// referred counts referrals.
type referred struct {
	now      time.Time
	from, to clock.Date

	root                           *cell
	source, risk, repeat, age, who *tally // who needs an interpreter
	cross                          [][]*cell
	times                          *times
	needs                          []*tally

	// known are the referrals of every case that can make another a repeat;
	// later are those of which that is not settled without the others.
	known map[events.Chain][]clock.When
	later []unsettled
}

// unsettled is a referral that is a repeat if one of these cases makes it so.
type unsettled struct {
	received  clock.When
	earlier   []events.Chain
	otherwise string
}

func newReferred(p *policy.Set, now time.Time, from, to clock.Date) *referred {
	r := &referred{now: now, from: from, to: to, root: &cell{}, known: map[events.Chain][]clock.When{}}
	r.source = codes("marac", "Marac", "police", "Police", "self", "Client herself or himself", "agency", "Agency", "helpline", "Helpline")
	r.risk = codes("high", "High", "medium", "Medium", "standard", "Standard", "not-reviewed", "Not reviewed yet")
	r.cross = make([][]*cell, len(r.source.cells))
	for i, a := range r.source.cells {
		for _, b := range r.risk.cells {
			r.cross[i] = append(r.cross[i], &cell{code: a.code + " " + b.code, title: b.title})
		}
	}
	r.repeat = codes("yes", "Referred before within 12 months", "no", "Not", "not-known", "Not known")
	r.age = codes("under-16", "Under 16", "16-17", "16 to 17", "18-24", "18 to 24", "25-34", "25 to 34", "35-44", "35 to 44",
		"45-59", "45 to 59", "60-and-over", "60 and over", "not-known", "Not known")
	r.times = newTimes(p.FirstAttemptWithin())
	for range len(flagTitles) / 2 {
		r.needs = append(r.needs, codes("yes", "Yes", "no", "No"))
	}
	r.who = codes("yes", "Yes", "no", "No or not known")
	return r
}

// know notes the referrals of a case, counted or not, of which a referral of the
// period can be a repeat.
func (r *referred) know(f *casefile.File) {
	for i := range f.Referrals {
		if w := received(f, i); w.Date() <= r.to && r.from <= w.Date().AddMonths(repeatMonths) {
			r.known[f.Chain] = append(r.known[f.Chain], w)
		}
	}
}

func (r *referred) add(c *counted) {
	r.root.n++
	data := &c.file.Referrals[c.at].Data
	a, b := r.source.add(data.Source), r.risk.add(riskOf(c))
	r.cross[slices.Index(r.source.cells, a)][slices.Index(r.risk.cells, b)].n++
	r.age.add(ageBand(c))
	r.times.add(c, r.now)
	for i, t := range r.needs {
		t.add(yesNo(slices.Contains(data.Flags, flagTitles[2*i])))
	}
	client := c.file.Client()
	r.who.add(yesNo(client != nil && client.Data.Interpreter.Needed))

	otherwise := "no"
	switch {
	case earlierOwn(c) || data.Marac != nil && data.Marac.Repeat == "yes":
		r.repeat.add("yes")
		return
	case data.Marac != nil && data.Marac.Repeat == "not-known":
		otherwise = "not-known"
	}
	u := unsettled{c.received, nil, otherwise}
	for i := range c.file.Intake {
		if e := c.file.Intake[i].Data.EarlierCase; e != nil {
			if chain, err := events.ParseChain(*e); err == nil {
				u.earlier = append(u.earlier, chain)
			}
		}
	}
	if len(u.earlier) == 0 {
		r.repeat.add(otherwise)
		return
	}
	r.later = append(r.later, u)
}

// settle says of every referral whether it is a repeat, once all cases are known.
func (r *referred) settle() {
	for _, u := range r.later {
		makes := func(w clock.When) bool { return repeats(w, u.received) }
		if slices.ContainsFunc(u.earlier, func(c events.Chain) bool { return slices.ContainsFunc(r.known[c], makes) }) {
			r.repeat.add("yes")
		} else {
			r.repeat.add(u.otherwise)
		}
	}
}

func (r *referred) show(s *Stats) {
	r.settle()
	root, source, risk, cross, times := r.root, r.source, r.risk, r.cross, r.times
	repeat, ages, needs, interpreter := r.repeat, r.age, r.needs, r.who
	root.splits = []split{{parts: source.cells, columns: risk.cells, cross: cross}, {parts: repeat.cells}, {parts: ages.cells}, {parts: times.cells()}}
	for _, t := range append(needs, interpreter) {
		root.splits = append(root.splits, split{parts: t.cells})
	}
	s.hold(root)

	const unit = "referrals"
	s.table("source", "Referrals by source", unit, root, source.cells)
	t := s.table("source-risk", "Referrals by source and risk", unit, root, source.cells)
	for i, row := range source.cells {
		t.Rows[i].Rows = rowsOf(row, cross[i])
	}
	s.table("risk", "Risk: as first judged, or high by a criterion that was met", unit, root, risk.cells)
	t = s.table("first-attempt", "Time to the first attempt, in working days", unit, root, times.cells())
	if (&split{parts: times.cells()}).open() {
		t.Median = times.median(s.Under)
	}
	s.table("repeat", "Repeat referrals", unit, root, repeat.cells)
	var yes []*cell
	for i, n := range needs {
		c := *n.cells[0]
		c.code, c.title = flagTitles[2*i], flagTitles[2*i+1]
		yes = append(yes, &c)
	}
	c := *interpreter.cells[0]
	c.code, c.title = "interpreter", "Interpreter needed"
	s.table("needs", "Needs, any number of them", unit, root, append(yes, &c))
	s.table("age", "Age at the referral", unit, root, ages.cells)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// riskOf is the risk of a referral as reviewed first after it, before the next
// one. A criterion that the review names makes it high.
func riskOf(c *counted) string {
	var first *casefile.Item[schemas.RiskReviewedV2]
	for i := range c.file.RiskReviews {
		r := &c.file.RiskReviews[i]
		if w := r.When(); !w.Before(c.received) && (c.at+1 == len(c.file.Referrals) || w.Before(received(c.file, c.at+1))) &&
			(first == nil || w.Before(first.When())) {
			first = r
		}
	}
	switch {
	case first == nil:
		return "not-reviewed"
	case len(first.Data.Criteria) > 0:
		return "high"
	}
	return first.Data.Judgement.Level
}

// repeats reports whether the client was referred before, within twelve
// calendar months.
func repeats(before, received clock.When) bool {
	return before.Before(received) && received.Date() <= before.Date().AddMonths(repeatMonths)
}

// earlierOwn reports whether another referral of the same case makes this one a
// repeat.
func earlierOwn(c *counted) bool {
	for i := range c.file.Referrals {
		if i != c.at && repeats(received(c.file, i), c.received) {
			return true
		}
	}
	return false
}

func ageBand(c *counted) string {
	years, ok := c.file.Age(c.received.Date())
	switch {
	case !ok:
		return "not-known"
	case years < 16:
		return "under-16"
	case years < 18:
		return "16-17"
	case years < 25:
		return "18-24"
	case years < 35:
		return "25-34"
	case years < 45:
		return "35-44"
	case years < 60:
		return "45-59"
	}
	return "60-and-over"
}

// times are the working days from referrals to first attempts.
type times struct {
	within                  int
	inTime, late, none, odd *cell
	days                    []int // of those that were attempted
}

func newTimes(within int) *times {
	t := &times{within: within}
	t.inTime = &cell{code: "in-time", title: fmt.Sprintf("In time: within %d", within), splits: []split{{}}}
	for d := range within + 1 {
		title := fmt.Sprintf("On working day %d", d)
		if d == 0 {
			title = "On the day, or before the next working day"
		}
		t.inTime.splits[0].parts = append(t.inTime.splits[0].parts, &cell{code: fmt.Sprint(d), title: title})
	}
	t.late = &cell{code: "late", title: "Later", splits: []split{{parts: codes(
		fmt.Sprintf("%d-%d", within+1, within+3), fmt.Sprintf("On working day %d to %d", within+1, within+3),
		fmt.Sprintf("%d-on", within+4), fmt.Sprintf("On working day %d or later", within+4)).cells}}}
	t.none = &cell{code: "not-tried", title: "Not tried", splits: []split{{parts: codes("still-in-time", "Still in time", "overdue", "Overdue").cells}}}
	t.odd = &cell{code: "not-counted", title: "In a year whose bank holidays are not known"}
	return t
}

func (t *times) cells() []*cell { return []*cell{t.inTime, t.late, t.none, t.odd} }

func (t *times) add(c *counted, now time.Time) {
	first := clock.When{}
	see := func(w clock.When) {
		if !w.Before(c.received) && (first.IsZero() || w.Before(first)) {
			first = w
		}
	}
	for i := range c.file.Attempts {
		see(c.file.Attempts[i].When())
	}
	for i := range c.file.Contacts {
		if c.file.Contacts[i].WithClient {
			see(c.file.Contacts[i].When())
		}
	}
	end := first
	if first.IsZero() {
		end = clock.AtTime(now)
	}
	days, err := clock.WorkingDaysBetween(c.received.Date(), end.Date())
	switch {
	case err != nil:
		t.odd.n++
	case first.IsZero():
		t.none.n++
		i := 0
		if days > t.within {
			i = 1
		}
		t.none.splits[0].parts[i].n++
	case days <= t.within:
		t.days = append(t.days, days)
		t.inTime.n++
		t.inTime.splits[0].parts[max(0, days)].n++
	default:
		t.days = append(t.days, days)
		t.late.n++
		i := 0
		if days > t.within+3 {
			i = 1
		}
		t.late.splits[0].parts[i].n++
	}
}

// median is of those that were attempted; nil of too few.
func (t *times) median(under int) *float64 {
	n := len(t.days)
	if n < under {
		return nil
	}
	slices.Sort(t.days)
	m := float64(t.days[(n-1)/2]+t.days[n/2]) / 2
	return &m
}

// children counts those of clients who were referred.
type children struct {
	on         clock.Date
	root       *cell
	ages, care *tally
}

func newChildren(on clock.Date) *children {
	return &children{
		on: on, root: &cell{},
		ages: codes("0-4", "Under 5", "5-10", "5 to 10", "11-15", "11 to 15", "16-17", "16 to 17", "18-and-over", "18 and over", "not-known", "Not known"),
		care: codes("none", "None", "early-help", "Early help", "child-in-need", "Child in need", "protection-plan", "Protection plan",
			"looked-after", "Looked after", "not-known", "Not known"),
	}
}

func (k *children) add(f *casefile.File) {
	for _, c := range f.CurrentChildren() {
		k.root.n++
		k.care.add(c.Data.Status.Kind)
		band := "not-known"
		if c.Data.Born != nil {
			if born, err := clock.ParseDate(*c.Data.Born); err == nil {
				switch years := born.Age(k.on); {
				case years < 5:
					band = "0-4"
				case years < 11:
					band = "5-10"
				case years < 16:
					band = "11-15"
				case years < 18:
					band = "16-17"
				default:
					band = "18-and-over"
				}
			}
		}
		k.ages.add(band)
	}
}

func (k *children) show(s *Stats) {
	k.root.splits = []split{{parts: k.ages.cells}, {parts: k.care.cells}}
	s.hold(k.root)
	s.table("children", "Children of clients referred, by age at the end of the period", "children", k.root, k.ages.cells)
	s.table("children-care", "Children of clients referred, by standing with social care", "children", k.root, k.care.cells)
}

// actions counts what a Marac agreed, by when it was due.
type actions struct {
	in   func(clock.When) bool
	now  time.Time
	root *cell
	list *tally
}

func newActions(in func(clock.When) bool, now time.Time) *actions {
	return &actions{in: in, now: now, root: &cell{}, list: codes("in-time", "Done in time", "late", "Done late", "not-done", "Not done",
		"impossible", "Impossible: circumstances changed", "overdue", "Open and overdue", "open", "Open, due today")}
}

func (t *actions) add(f *casefile.File) {
	for i := range f.MeetingActions {
		a := &f.MeetingActions[i]
		if a.Kind != "marac" || !t.in(a.DueNow) {
			continue
		}
		t.root.n++
		switch a.Status {
		case "done":
			if a.Ended.Date() <= a.DueNow.Date() {
				t.list.add("in-time")
			} else {
				t.list.add("late")
			}
		case "not-done", "impossible":
			t.list.add(a.Status)
		default:
			if a.DueNow.Past(t.now) {
				t.list.add("overdue")
			} else {
				t.list.add("open")
			}
		}
	}
}

func (t *actions) show(s *Stats) {
	t.root.splits = []split{{parts: t.list.cells}}
	s.hold(t.root)
	s.table("marac-actions", "Marac actions due in the period", "actions", t.root, t.list.cells)
}

// helps counts how much help is needed in each area of the plan: at intake, at
// the newest review, at the exit.
type helps struct {
	code, title string
	occasions   []string
	in          func(clock.When) bool
	root        *cell
	tallies     []*tally // by area
}

var areas = []string{"money", "life", "time", "safety", "health"}

func newHelps(in func(clock.When) bool) []*helps {
	list := []*helps{
		{code: "intake", title: "Help needed at intake, by area", occasions: []string{"intake"}},
		{code: "review", title: "Help needed at the newest review, by area", occasions: []string{"routine", "incident", "change", "repeat"}},
		{code: "exit", title: "Help needed at the exit, by area", occasions: []string{"closure"}},
	}
	for _, h := range list {
		h.in, h.root = in, &cell{}
		for range areas {
			h.tallies = append(h.tallies, codes("none", "None", "some", "Some", "much", "Much", "urgent", "Urgent", "not-looked-at", "Not looked at"))
		}
	}
	return list
}

func (h *helps) add(f *casefile.File) {
	var newest *casefile.Item[schemas.RiskReviewedV2]
	for i := range f.RiskReviews {
		r := &f.RiskReviews[i]
		if r.Data.Occasion != nil && slices.Contains(h.occasions, *r.Data.Occasion) && h.in(r.When()) && (newest == nil || !r.When().Before(newest.When())) {
			newest = r
		}
	}
	if newest == nil {
		return
	}
	h.root.n++
	for i, area := range areas {
		need := "not-looked-at"
		for _, a := range newest.Data.Areas {
			if a.Area == area {
				need = a.Need
			}
		}
		h.tallies[i].add(need)
	}
}

func (h *helps) show(s *Stats) {
	for _, t := range h.tallies {
		h.root.splits = append(h.root.splits, split{parts: t.cells})
	}
	s.hold(h.root)
	t := s.table("needs-"+h.code, h.title, "cases", h.root, nil)
	for i, area := range areas {
		t.Rows = append(t.Rows, Row{
			Code: area, Title: strings.ToUpper(area[:1]) + area[1:], Count: h.root.shown(), Rows: rowsOf(h.root, h.tallies[i].cells),
		})
	}
}

// opened counts what is open now, against what advisers can carry.
type opened struct {
	root *cell
	list *tally
	by   map[string]int // by the adviser's number
}

func newOpened() *opened {
	return &opened{&cell{}, codes("allocated", "Allocated", "not-allocated", "Not allocated yet"), map[string]int{}}
}

func (o *opened) add(f *casefile.File) {
	if f.Stage != casefile.StageOpen {
		return
	}
	o.root.n++
	if a := f.Adviser(); a != "" {
		o.by[a]++
		o.list.add("allocated")
	} else {
		o.list.add("not-allocated")
	}
}

func (o *opened) show(s *Stats, staff []schemas.StaffRecordedV2, p *policy.Set) {
	o.root.splits = []split{{parts: o.list.cells}}
	s.hold(o.root)
	full, over := 0, 0
	for _, member := range staff {
		if member.Role != "adviser" || !member.Active {
			continue
		}
		_, most, _ := p.CapOf(member)
		s.Staff.Advisers++
		s.Staff.Places += most
		if o.by[member.Staff] >= most {
			full++
		}
		if o.by[member.Staff] > most {
			over++
		}
	}
	if o.root.splits[0].open() && !o.root.hidden {
		s.Staff.Full, s.Staff.Over = &full, &over
	}
	s.table("caseload", "Open cases", "cases", o.root, o.list.cells)
}
