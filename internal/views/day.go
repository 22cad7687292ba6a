package views

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Day is "My day", in the order in which it is read.
type Day struct {
	At     clock.When `json:"at"`
	Whom   Whom       `json:"whom"`
	Policy Policy     `json:"policy"`
	Load   Load       `json:"load"`
	// Since is the day from whose start on something counts as new: the last
	// working day before today.
	Since        clock.Date    `json:"since"`
	Urgent       []Urgent      `json:"urgent"`
	Referrals    []Referral    `json:"referrals"`
	Appointments []Appointment `json:"appointments"`
	Overdue      []Item        `json:"overdue"`
	Week         []Item        `json:"week"` // court and Marac, today and the six days after
	Covering     []Covered     `json:"covering"`
	Away         []Covered     `json:"away"` // her or his own cases that others covered: while you were away
	Missing      []Missing     `json:"missing"`
}

// The kinds of what is urgent, in the order in which they are shown.
const (
	UrgentRelease     = "release"      // a release that is near or was, or a perpetrator at large
	UrgentHelpline    = "helpline"     // a call that nobody has followed up
	UrgentSafeContact = "safe-contact" // set anew by somebody else
	UrgentAddress     = "address"      // the client's address changed, by somebody else
)

var urgentKinds = []string{UrgentRelease, UrgentHelpline, UrgentSafeContact, UrgentAddress}

// Urgent is something that comes before everything else.
type Urgent struct {
	Subject
	Kind string     `json:"kind"`
	Why  string     `json:"why"`
	At   clock.When `json:"at"` // when it is or was
	By   string     `json:"by"` // who recorded it
	Safe string     `json:"safe"`
	Call *Call      `json:"call"` // of a helpline call
	Seq  uint64     `json:"seq"`
}

// Referral is a new referral with its clock.
type Referral struct {
	Subject
	Source   string     `json:"source"`
	Flags    []string   `json:"flags"`
	Received clock.When `json:"received"`
	Due      clock.When `json:"due"`     // the first attempt
	Attempt  clock.When `json:"attempt"` // when it was; null: not yet
	State    string     `json:"state"`   // running, over; done, late
	Days     int        `json:"days"`    // over, of the calendar
	Why      string     `json:"why"`
	Safe     string     `json:"safe"`
	Seq      uint64     `json:"seq"`
}

// Appointment is one of today.
type Appointment struct {
	Subject
	With        string            `json:"with"` // who of us goes or calls
	Start       clock.When        `json:"start"`
	End         clock.When        `json:"end"`
	Channel     string            `json:"channel"`
	Place       string            `json:"place"` // its kind; "": not in person
	Purpose     string            `json:"purpose"`
	Interpreter string            `json:"interpreter"`
	State       string            `json:"state"` // planned, missed, took-place
	Safe        string            `json:"safe"`
	Unsafe      []casefile.Unsafe `json:"unsafe"` // why it is not safe by the setting as it is now
	Seq         uint64            `json:"seq"`
}

// Covered is a case that somebody covers for somebody else, and what was recorded
// in it from the start of the cover on.
type Covered struct {
	Subject
	By      string     `json:"by"` // who covers
	From    clock.When `json:"from"`
	To      clock.When `json:"to"` // included; null: until further notice
	Reason  string     `json:"reason"`
	Safe    string     `json:"safe"`
	Entries []Entry    `json:"entries"` // by others than the reader, oldest first
	Seq     uint64     `json:"seq"`
}

// Entry is an event in one line, without words.
type Entry struct {
	Seq  uint64     `json:"seq"`
	At   clock.When `json:"at"` // when recorded
	By   string     `json:"by"`
	Type string     `json:"type"`
	Line string     `json:"line"`
}

// week is how far ahead a day looks for releases, court and Maracs, in days.
const week = 7

// DayOf is the day of a member of staff: of the cases that she or he has or
// covers. A manager also gets the referrals that nobody has, and what is
// overdue for managers, of all cases.
func DayOf(cases Cases, p *policy.Set, now time.Time, staff schemas.StaffRecordedV2) Day {
	whom := Whom{staff.Staff, staff.Role}
	d := Day{
		At: clock.AtTime(now), Whom: whom, Policy: policyOf(p), Since: lastWorking(clock.DateOf(now)),
		Urgent: []Urgent{}, Referrals: []Referral{}, Appointments: []Appointment{}, Overdue: []Item{}, Week: []Item{},
		Covering: []Covered{}, Away: []Covered{}, Missing: []Missing{},
	}
	carried := newLoads(p, now)
	for f := range cases {
		carried.add(f)
		if !whom.sees(f) {
			continue
		}
		d.appointments(f, p, now)
		mine := whom.has(f, now)
		if mine {
			d.urgent(f, now)
			d.covers(f, now)
		}
		if mine || whom.manages() && f.Adviser() == "" {
			d.referral(f, p, now)
		}
		for _, i := range itemsFor(f, p, now, whom) {
			switch {
			case i.Overdue && i.Kind != DueFirstAttempt && i.Kind != DueRelease: // those stand above
				d.Overdue = append(d.Overdue, i)
			case !i.Overdue && i.Due.Date() < clock.DateOf(now)+week && slices.Contains([]string{DueCourt, DueMarac, DueMaracAction, DueFeedback}, i.Kind):
				d.Week = append(d.Week, i)
			}
		}
	}
	d.Load = carried.of(staff)
	slices.SortStableFunc(d.Urgent, func(a, b Urgent) int {
		return cmp.Or(slices.Index(urgentKinds, a.Kind)-slices.Index(urgentKinds, b.Kind), a.At.Compare(b.At), a.Subject.compare(&b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
	slices.SortStableFunc(d.Referrals, func(a, b Referral) int { return cmp.Or(a.Due.Compare(b.Due), a.Subject.compare(&b.Subject)) })
	slices.SortStableFunc(d.Appointments, func(a, b Appointment) int {
		return cmp.Or(a.Start.Compare(b.Start), a.Subject.compare(&b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
	sortItems(d.Overdue)
	sortItems(d.Week)
	for _, list := range [][]Covered{d.Covering, d.Away} {
		slices.SortStableFunc(list, func(a, b Covered) int { return a.Subject.compare(&b.Subject) })
	}
	return d
}

// lastWorking is the last working day before a day; where bank holidays are not
// known, four days before, which no weekend with its bank holidays but
// Christmas and Easter is longer than.
func lastWorking(d clock.Date) clock.Date {
	for day := d - 1; day >= d-14; day-- {
		working, err := clock.WorkingDay(day)
		if err != nil {
			return d - 4
		}
		if working {
			return day
		}
	}
	return d - 14
}

func (d *Day) urgent(f *casefile.File, now time.Time) {
	line, safe := subject(f), safeLine(f, now)
	add := func(kind, why string, at clock.When, m *casefile.Meta, call *Call) {
		d.Urgent = append(d.Urgent, Urgent{Subject: line, Kind: kind, Why: why, At: at, By: m.Actor, Safe: safe, Call: call, Seq: m.Seq})
	}
	if f.Stage != casefile.StageClosed {
		for _, s := range f.CurrentStatus() {
			release := when(s.Data.Release)
			switch {
			case !release.IsZero() && release.Past(now):
				add(UrgentRelease, "a perpetrator was due for release; nothing says whether it happened"+toldWords(&s.Data), release, &s.Meta, nil)
			case !release.IsZero() && release.Date() < clock.DateOf(now)+week:
				add(UrgentRelease, "a perpetrator is due for release"+toldWords(&s.Data), release, &s.Meta, nil)
			case d.fresh(&s.Meta) && slices.Contains([]string{"released", "released-no-charge", "bailed", "release-due", "wanted"}, s.Data.Status):
				add(UrgentRelease, "a perpetrator: "+casefile.Code(s.Data.Status)+toldWords(&s.Data), s.When(), &s.Meta, nil)
			}
		}
	}
	for _, c := range openCalls(f, now) {
		e := f.Entry(c.Seq)
		add(UrgentHelpline, fmt.Sprintf("helpline, %s: caller %s, danger now: %s, 999: %s", c.Said, casefile.Code(c.Caller), casefile.Code(c.DangerNow), casefile.Code(c.Emergency)),
			e.When(), &e.Meta, &c)
	}
	if set := f.SafeContact(); set != nil && d.fresh(&set.Meta) && set.Actor != d.Whom.Staff {
		add(UrgentSafeContact, "safe contact was set by "+set.Actor, clock.AtTime(set.At), &set.Meta, nil)
	}
	if n := len(f.Clients); n > 1 {
		if c := &f.Clients[n-1]; d.fresh(&c.Meta) && c.Actor != d.Whom.Staff && !sameAddress(c.Data.Address, f.Clients[n-2].Data.Address) {
			add(UrgentAddress, "the client's address was changed by "+c.Actor, clock.AtTime(c.At), &c.Meta, nil)
		}
	}
}

// toldWords says when the client has not been told.
func toldWords(s *schemas.PerpetratorStatus) string {
	if s.ClientTold == nil {
		return "; the client has not been told"
	}
	return ""
}

// fresh reports whether something was recorded since the start of the last
// working day.
func (d *Day) fresh(m *casefile.Meta) bool { return !m.At.Before(d.Since.Start()) }

func sameAddress(a, b *schemas.Address) bool {
	if a == nil || b == nil {
		return a == b
	}
	post := func(a *schemas.Address) string {
		if a.Postcode == nil {
			return ""
		}
		return *a.Postcode
	}
	return slices.Equal(a.Lines, b.Lines) && post(a) == post(b)
}

// referral: one that nobody has tried yet, or that came since the last working
// day.
func (d *Day) referral(f *casefile.File, p *policy.Set, now time.Time) {
	t := &f.Times
	i := slices.IndexFunc(f.Referrals, func(r casefile.Item[schemas.ReferralReceivedV2]) bool { return r.Seq == t.Referral.Seq })
	if i < 0 || f.Stage != casefile.StageOpen {
		return
	}
	if !t.FirstAttempt.IsZero() && t.Referral.When.Start().Before(d.Since.Start()) {
		return
	}
	n := p.FirstAttemptWithin()
	due, why := working(t.Referral.When, n)
	r := Referral{
		Subject: subject(f), Source: f.Referrals[i].Data.Source, Flags: f.Referrals[i].Data.Flags, Received: t.Referral.When, Due: due,
		Attempt: t.FirstAttempt.When, Safe: safeLine(f, now), Seq: t.Referral.Seq,
		Why: fmt.Sprintf("first attempt within %s of %s%s", plural(n, "working day"), t.Referral.When.Say(), why),
	}
	if r.Flags == nil {
		r.Flags = []string{}
	}
	switch {
	case !r.Attempt.IsZero() && r.Attempt.Start().Before(due.End()):
		r.State = "done"
	case !r.Attempt.IsZero():
		r.State, r.Days = "late", int(r.Attempt.Date()-due.Date())
	case due.Past(now):
		r.State, r.Days = "over", int(clock.DateOf(now)-due.Date())
	default:
		r.State = "running"
	}
	d.Referrals = append(d.Referrals, r)
}

// appointments of today: those she or he goes to, in any case, and those of
// her or his cases to which somebody else goes.
func (d *Day) appointments(f *casefile.File, p *policy.Set, now time.Time) {
	for i := range f.Appointments {
		a := &f.Appointments[i]
		if a.State == casefile.AppointmentCalledOff || a.Start().Date() != clock.DateOf(now) ||
			a.Arranged.Adviser != d.Whom.Staff && !d.Whom.has(f, now) {
			continue
		}
		use := casefile.Use{Channel: a.Arranged.Channel, At: a.Start(), Until: a.End()}
		for _, s := range []struct {
			from *string
			to   *string
		}{{a.Arranged.Number, &use.Address}, {a.Arranged.PlaceKind, &use.PlaceKind}, {a.Arranged.Place, &use.Place}} {
			if s.from != nil {
				*s.to = *s.from
			}
		}
		row := Appointment{
			Subject: subject(f), With: a.Arranged.Adviser, Start: a.Start(), End: a.End(), Channel: a.Arranged.Channel, Place: use.PlaceKind,
			Purpose: a.Data.Purpose, Interpreter: a.Data.Interpreter, State: a.State, Safe: safeLine(f, now), Unsafe: []casefile.Unsafe{}, Seq: a.Seq,
		}
		// With others than the client there is nothing to check.
		if slices.ContainsFunc(a.Data.With, func(x schemas.Party) bool { return x.Kind == "client" }) || len(a.Data.With) == 0 {
			row.Unsafe = append(row.Unsafe, casefile.Check(dataOf(f.SafeContact()), use, p.HomeVisits())...)
		}
		d.Appointments = append(d.Appointments, row)
	}
}

// covers: what she or he covers now, and what others cover or covered of her
// or his own cases until less than a week ago.
func (d *Day) covers(f *casefile.File, now time.Time) {
	row := func(c *casefile.Item[schemas.CaseCovered]) Covered {
		v := Covered{
			Subject: subject(f), By: c.Data.Adviser, From: when(&c.Data.From), To: when(c.Data.To), Reason: c.Data.Reason,
			Safe: safeLine(f, now), Entries: []Entry{}, Seq: c.Seq,
		}
		for i := range f.Entries {
			e := &f.Entries[i]
			over := !v.To.IsZero() && !e.At.Before(v.To.End())
			if e.Seq != c.Seq && e.Misfiled == nil && e.Actor != d.Whom.Staff && !e.At.Before(v.From.Start()) && !over && !e.At.After(now) {
				v.Entries = append(v.Entries, Entry{e.Seq, clock.AtTime(e.At), e.Actor, e.Type, e.Line})
			}
		}
		return v
	}
	if c := d.Whom.covers(f, now); c != nil && f.Adviser() != d.Whom.Staff {
		d.Covering = append(d.Covering, row(c))
	}
	if f.Adviser() != d.Whom.Staff {
		return
	}
	begins := clock.DateOf(now) - week
	for i := range f.Covers {
		c := &f.Covers[i]
		from, to := when(&c.Data.From), when(c.Data.To)
		again := slices.ContainsFunc(f.Covers[i+1:], func(n casefile.Item[schemas.CaseCovered]) bool {
			return n.Data.Adviser == c.Data.Adviser && n.Data.From == c.Data.From
		})
		if c.Data.Adviser != d.Whom.Staff && !again && !from.Start().After(now) && (to.IsZero() || to.Date() > begins) {
			d.Away = append(d.Away, row(c))
		}
	}
}
