package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Strip is what is always in sight of a case: never a name, an address, a
// number or a code word.
type Strip struct {
	Subject
	Stage       string     `json:"stage"` // open, closed, erased, "": no referral yet
	Safe        string     `json:"safe"`  // the safe-contact line
	RiskAt      clock.When `json:"risk_at"`
	Repeat      bool       `json:"repeat"` // by the rules in force, as explain says it
	HonourBased bool       `json:"honour_based"`
	Interpreter bool       `json:"interpreter"`
	Under18     bool       `json:"under_18"`
	Alerts      []Item     `json:"alerts"`  // releases, bail and orders that end: over, or within a week
	Overdue     int        `json:"overdue"` // of everything that is due
	Covering    []string   `json:"covering"`
}

// CasePage is a case in the order in which it is read.
type CasePage struct {
	At     clock.When `json:"at"`
	Policy Policy     `json:"policy"`
	Strip  Strip      `json:"strip"`

	Next        *Item        `json:"next"` // the first thing that is due, and not a manager's; null: nothing is
	Due         []Item       `json:"due"`  // everything, the most urgent first
	LastContact *Touch       `json:"last_contact"`
	LastAttempt *Touch       `json:"last_attempt"` // null when a contact came after it
	Plan        []PlanArea   `json:"plan"`
	Timeline    []CaseEntry  `json:"timeline"` // the newest first
	Left        int          `json:"left"`     // entries of other types than were asked for
	People      []CasePerson `json:"people"`
	Children    []CaseChild  `json:"children"`
	Orders      []CaseOrder  `json:"orders"`
}

// Touch is a contact with the client or an attempt at one.
type Touch struct {
	Seq  uint64     `json:"seq"`
	On   clock.When `json:"on"`
	By   string     `json:"by"`
	Line string     `json:"line"`
}

// CaseEntry is an event of the timeline in one line, without words.
type CaseEntry struct {
	Seq       uint64     `json:"seq"`
	Type      string     `json:"type"`
	On        clock.When `json:"on"`       // when it happened; null: not known
	Recorded  clock.When `json:"recorded"` // when it was recorded
	By        string     `json:"by"`
	Line      string     `json:"line"`
	Late      bool       `json:"late"`
	Corrected []uint64   `json:"corrected"` // by which events
	Disputed  []uint64   `json:"disputed"`
	Misfiled  uint64     `json:"misfiled"` // by which event; 0: it is of this case
}

// CasePerson is somebody of the case, by initials and number.
type CasePerson struct {
	Person   string `json:"person"`
	Initials string `json:"initials"`
	Role     string `json:"role"`
	Relation string `json:"relation"`
	Status   string `json:"status"` // of a perpetrator: arrested, bailed, …; "": nothing is recorded
	Seq      uint64 `json:"seq"`
}

// CaseChild is a child of the case.
type CaseChild struct {
	Child     string        `json:"child"`
	Initials  string        `json:"initials"`
	Age       *int          `json:"age"` // in years; null: the date of birth is not known
	LivesWith string        `json:"lives_with"`
	Status    string        `json:"status"` // with social care
	OwnCase   *events.Chain `json:"own_case"`
	Seq       uint64        `json:"seq"`
}

// CaseOrder is an order as it stands.
type CaseOrder struct {
	Order   string     `json:"order"`
	Kind    string     `json:"kind"`
	Status  string     `json:"status"`
	Granted clock.When `json:"granted"`
	Served  clock.When `json:"served"`
	Expires clock.When `json:"expires"`
	Expired bool       `json:"expired"`
	Terms   int        `json:"terms"`
	Seq     uint64     `json:"seq"`
}

// stripOf is the strip of a case, with everything that is due in it.
func stripOf(f *casefile.File, p *policy.Set, now time.Time) (Strip, []Item) {
	today := clock.DateOf(now)
	s := Strip{Subject: subject(f), Stage: f.Stage, Safe: safeLine(f, now), Under18: f.Under18(today), Alerts: []Item{}, Covering: []string{}}
	if r := f.Risk(); r != nil {
		s.RiskAt = r.When()
	}
	s.Repeat = isRepeat(f, p, now)
	marks := f.Marks()
	s.HonourBased = slices.Contains(marks, "honour-based")
	s.Interpreter = slices.Contains(marks, "language")
	if c := f.Client(); c != nil {
		s.Interpreter = c.Data.Interpreter.Needed
	}
	list := items(f, p, now)
	sortItems(list)
	for _, i := range list {
		if i.Overdue {
			s.Overdue++
		}
		if slices.Contains([]string{DueRelease, DueStatus, DueOrder}, i.Kind) && i.Due.Date() < today+week {
			s.Alerts = append(s.Alerts, i)
		}
	}
	for _, c := range f.Covering(now) {
		if by := c.Data.Adviser; !slices.Contains(s.Covering, by) {
			s.Covering = append(s.Covering, by)
		}
	}
	return s, list
}

// CaseOf is the page of a case. With types, its timeline has events of these
// alone: whole ones such as contact.recorded, or all that begin with contact.
// An erased case has its number, its stage and the timeline that is left.
func CaseOf(f *casefile.File, p *policy.Set, now time.Time, types []string) CasePage {
	page := CasePage{
		At: clock.AtTime(now), Policy: policyOf(p), Due: []Item{}, Plan: PlanOf(f, now).Areas, Timeline: []CaseEntry{},
		People: []CasePerson{}, Children: []CaseChild{}, Orders: []CaseOrder{},
	}
	var due []Item
	page.Strip, due = stripOf(f, p, now)
	page.Due = append(page.Due, due...)
	page.Next = nextOf(due)
	page.LastContact = touch(f, f.Times.LastContact)
	if t := f.Times; !t.LastAttempt.When.Before(t.LastContact.When) || t.LastContact.IsZero() {
		page.LastAttempt = touch(f, t.LastAttempt)
	}
	for _, e := range slices.Backward(f.Entries) {
		if len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return e.Type == t || strings.HasPrefix(e.Type, t+".") }) {
			page.Left++
			continue
		}
		line := CaseEntry{
			Seq: e.Seq, Type: e.Type, On: e.Occurred.From, Recorded: clock.AtTime(e.At), By: e.Actor, Line: e.Line,
			Late: e.Late(p.LateAfter()), Corrected: seqs(e.Corrected), Disputed: seqs(e.Disputed),
		}
		if e.Misfiled != nil {
			line.Misfiled = e.Misfiled.Seq
		}
		page.Timeline = append(page.Timeline, line)
	}
	if f.Stage == casefile.StageErased {
		return page
	}
	page.people(f)
	for _, c := range f.CurrentChildren() {
		page.Children = append(page.Children, childOf(c, now))
	}
	for _, o := range f.CurrentOrders() {
		expires := when(o.Data.Expires)
		page.Orders = append(page.Orders, CaseOrder{
			Order: o.Data.Order, Kind: o.Data.Kind, Status: o.Data.Status, Granted: when(o.Data.Granted), Served: when(o.Data.Served),
			Expires: expires, Expired: expires.Past(now), Terms: len(o.Data.Terms), Seq: o.Seq,
		})
	}
	return page
}

// nextOf is the first thing that is due and not for a manager to do.
func nextOf(due []Item) *Item {
	if i := slices.IndexFunc(due, func(i Item) bool { return !i.Manager }); i >= 0 {
		return &due[i]
	}
	return nil
}

func seqs(marks []casefile.Mark) []uint64 {
	list := []uint64{}
	for _, m := range marks {
		if !slices.Contains(list, m.Seq) {
			list = append(list, m.Seq)
		}
	}
	return list
}

func touch(f *casefile.File, m casefile.Moment) *Touch {
	e := f.Entry(m.Seq)
	if m.IsZero() || e == nil {
		return nil
	}
	return &Touch{Seq: m.Seq, On: m.When, By: e.Actor, Line: e.Line}
}

func (page *CasePage) people(f *casefile.File) {
	status := f.CurrentStatus()
	for _, p := range f.CurrentPeople() {
		person := CasePerson{Person: p.Data.Person, Role: p.Data.Role, Relation: p.Data.Relation, Seq: p.Seq}
		if p.Data.Initials != nil {
			person.Initials = *p.Data.Initials
		}
		if i := slices.IndexFunc(status, func(s *casefile.Item[schemas.PerpetratorStatus]) bool { return s.Data.Person == p.Data.Person }); i >= 0 {
			person.Status = status[i].Data.Status
		}
		page.People = append(page.People, person)
	}
	slices.SortStableFunc(page.People, func(a, b CasePerson) int {
		return cmp.Compare(slices.Index(roleOrder, a.Role), slices.Index(roleOrder, b.Role))
	})
}

func childOf(c *casefile.Item[schemas.ChildRecorded], now time.Time) CaseChild {
	child := CaseChild{Child: c.Data.Child, Initials: c.Data.Initials, LivesWith: c.Data.LivesWith, Status: c.Data.Status.Kind, Seq: c.Seq}
	if born := when(c.Data.Born); !born.IsZero() {
		age := born.Date().Age(clock.DateOf(now))
		child.Age = &age
	}
	if c.Data.OwnCase != nil {
		if own, err := events.ParseChain(*c.Data.OwnCase); err == nil {
			child.OwnCase = &own
		}
	}
	return child
}

// CaseLine is a case in a list.
type CaseLine struct {
	Strip
	LastContact clock.When `json:"last_contact"`
	Next        *Item      `json:"next"` // as on the page
}

// CaseList is cases as of a time, open ones first, the highest risk first.
type CaseList struct {
	At      clock.When `json:"at"`
	Whom    Whom       `json:"whom"`
	Policy  Policy     `json:"policy"`
	Cases   []CaseLine `json:"cases"`
	Missing []Missing  `json:"missing"`
}

// stages are those of a list, in its order.
var stages = []string{casefile.StageOpen, casefile.StageNone, casefile.StageClosed, casefile.StageErased}

// ListCases are the cases that somebody has or covers, all that may be shown
// to a manager or to the zero Whom.
func ListCases(cases Cases, p *policy.Set, now time.Time, whom Whom) CaseList {
	list := CaseList{At: clock.AtTime(now), Whom: whom, Policy: policyOf(p), Cases: []CaseLine{}, Missing: []Missing{}}
	for f := range cases {
		switch {
		case f.Head() == 0: // not yet, as of the cut
			continue
		case f.Stage == casefile.StageErased && whom.Staff == "":
		case !whom.sees(f), !whom.has(f, now) && !whom.manages():
			continue
		}
		strip, due := stripOf(f, p, now)
		line := CaseLine{Strip: strip, LastContact: f.Times.LastContact.When}
		line.Next = nextOf(due)
		list.Cases = append(list.Cases, line)
	}
	slices.SortStableFunc(list.Cases, func(a, b CaseLine) int {
		return cmp.Or(slices.Index(stages, a.Stage)-slices.Index(stages, b.Stage), a.Subject.compare(&b.Subject))
	})
	return list
}
