package pages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

var runningWritings = []writing{
	{path: "/allocate", action: access.CaseAllocate, template: "allocate", title: "Allocate", open: (*Server).openAllocate, data: (*Server).readAllocate},
	{path: "/cover", action: access.CaseAllocate, template: "cover", title: "Cover", open: (*Server).openCover, data: (*Server).readCover},
	{path: "/transfer", action: access.CaseAllocate, template: "transfer", title: "Transfer", open: (*Server).openTransfer, data: (*Server).readTransfer},
	{path: "/exclude", action: access.CaseExclude, template: "exclude", title: "Exclude", open: (*Server).openExclude, data: (*Server).readExclude, then: func(p *writingPage) string {
		if p.F.V("staff") == p.Staff { // they may not see it any more
			return "/cases"
		}
		return p.Path
	}},
	{path: "/close", action: access.CaseWrite, template: "close", title: "Close", open: (*Server).openClose, data: (*Server).readClose},
	{path: "/reopen", action: access.CaseWrite, template: "reopen", title: "Reopen", open: (*Server).openReopen, data: (*Server).readReopen},
	{path: "/hold/new", action: access.CaseAllocate, template: "hold-new", title: "Hold", open: (*Server).openHold, data: (*Server).readHold},
	{path: "/hold/{seq}/lift", action: access.CaseAllocate, template: "hold-lift", title: "Lift a hold", open: (*Server).openLift, data: (*Server).readLift},
	{path: "/override/{seq}", action: access.OverrideReview, template: "override-review", title: "Review an override", open: (*Server).openOverride, data: (*Server).readOverride},
}

// carrier is somebody who can be given a case.
type carrier struct {
	option
	Load views.Load
}

// carriers are those who can be given a case: advisers and family workers who
// work here and are not excluded from it, with what they have.
func (s *Server) carriers(r *Request) ([]carrier, error) {
	roster, err := s.ledger.Roster(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return nil, err
	}
	var list []carrier
	for _, m := range roster.Staff {
		if !m.Active || m.Role != "adviser" && m.Role != "family-worker" || slices.Contains(r.Facts.Excluded, m.Staff) {
			continue
		}
		loads, err := s.ledger.Loads(r.Context(), ops.ViewOf{Staff: m.Staff, Now: r.Now}, nil)
		if err != nil {
			return nil, err
		}
		c := carrier{option: option{m.Staff, m.Staff + ", " + strings.ReplaceAll(m.Role, "-", " ")}}
		if len(loads.Loads) == 1 {
			c.Load = loads.Loads[0]
			c.Label += ": " + count(c.Load.Open, "open case", "open cases") + " of at most " + strconv.Itoa(c.Load.Most)
		}
		list = append(list, c)
	}
	return list, nil
}

// optionsOf are carriers as a form offers them.
func optionsOf(list []carrier) []option {
	offers := make([]option, len(list))
	for i, c := range list {
		offers[i] = c.option
	}
	return offers
}

func (s *Server) openAllocate(r *Request, p *writingPage) error {
	list, err := s.carriers(r)
	p.More = list
	return err
}

func (s *Server) readAllocate(r *Request, p *writingPage) (any, error) {
	f, list := p.F, p.More.([]carrier)
	d := schemas.CaseAllocated{Made: p.Made, Adviser: f.Choice("adviser", "Choose who gets the case.", valuesOf(optionsOf(list))...), By: p.Staff, OverCap: f.Prose("over-cap")}
	for _, c := range list {
		// A case that is theirs already is counted already.
		more := c.Load.Open + 1
		if r.Facts.Adviser == c.Value && r.Facts.Stage == "open" {
			more--
		}
		if c.Value == d.Adviser && more > c.Load.Most && c.Load.Most > 0 && d.OverCap == nil {
			f.Fail("over-cap", fmt.Sprintf("%s has %s, and %d is the most. Say why this one too.", c.Value, count(c.Load.Open, "open case", "open cases"), c.Load.Most))
		}
	}
	return d, nil
}

// coverReasons are why somebody is covered.
var coverReasons = []option{{"leave", "Leave"}, {"sickness", "Sickness"}, {"training", "Training"}, {"marac-day", "Marac day"}, {"court-day", "Court day"}, {"other", "Something else"}}

func (s *Server) openCover(r *Request, p *writingPage) error {
	if p.First {
		p.F.Set("from-date", clock.DateOf(r.Now).String())
	}
	return s.openAllocate(r, p)
}

// moment is a day, or a day and a clock time, as events have it; nil for none.
func (f *Form) moment(name string) *string {
	if strings.TrimSpace(f.V(name+"-time")) == "" {
		return f.Day(name + "-date")
	}
	return f.Time(name)
}

func (s *Server) readCover(_ *Request, p *writingPage) (any, error) {
	f := p.F
	d := schemas.CaseCovered{
		Made: p.Made, Adviser: f.Choice("adviser", "Choose who covers.", valuesOf(optionsOf(p.More.([]carrier)))...), By: p.Staff,
		To: f.moment("to"), Reason: f.Choice("reason", "Say why.", valuesOf(coverReasons)...), Note: f.Prose("note"),
	}
	from := f.moment("from")
	switch {
	case from != nil:
		d.From = *from
	case f.Err("from-date") == "":
		f.Fail("from-date", "Enter the day from which it is covered.")
	}
	if d.Adviser != "" && d.Adviser == p.Case.Strip.Adviser {
		f.Fail("adviser", "The case is theirs already. Choose somebody else.")
	}
	if from != nil && d.To != nil {
		a, errA := clock.ParseWhen(d.From)
		b, errB := clock.ParseWhen(*d.To)
		if errA == nil && errB == nil && b.End().Before(a.Start()) {
			f.Fail("to-date", "This is before it begins. Enter a later day.")
		}
	}
	return d, nil
}

func (s *Server) openTransfer(_ *Request, p *writingPage) error {
	if p.First {
		p.F.Set("direction", "out")
		p.F.Set("agreed", "not-known")
	}
	return nil
}

func (s *Server) readTransfer(_ *Request, p *writingPage) (any, error) {
	f := p.F
	return schemas.CaseTransferred{
		Made: p.Made, Direction: f.Choice("direction", "Say whether it goes to another area or comes from one.", "out", "in"), Area: f.Need("area", "Name the other area."),
		Service: f.Line("service"), Adviser: f.Line("adviser"), Contact: f.Line("contact"), HandedOver: f.lines("handed-over", 50), Spoke: f.moment("spoke"),
		Marac: f.Line("marac"), Agreed: f.Choice("agreed", "Say whether the client agreed.", "yes", "no", "not-known"), Accepted: f.Day("accepted"), By: p.Staff, Note: f.Prose("note"),
	}, nil
}

// exclusions are why somebody may never see a case.
var exclusions = []option{
	{"knows-client", "Knows the client"}, {"knows-perpetrator", "Knows a perpetrator"}, {"other-party", "Works with the other party"}, {"client-asked", "The client asked for it"}, {"safety", "Safety"}, {"other", "Something else"},
}

func (s *Server) openExclude(r *Request, p *writingPage) error {
	roster, err := s.ledger.Roster(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return err
	}
	var list []option
	for _, m := range roster.Staff {
		text := m.Staff + ", " + strings.ReplaceAll(m.Role, "-", " ")
		if slices.Contains(r.Facts.Excluded, m.Staff) {
			text += " (excluded now)"
		}
		list = append(list, option{m.Staff, text})
	}
	p.More = list
	if p.First {
		p.F.Set("excluded", "yes")
	}
	return nil
}

func (s *Server) readExclude(_ *Request, p *writingPage) (any, error) {
	f := p.F
	return schemas.StaffExcluded{
		Made: p.Made, Staff: f.Choice("staff", "Choose whom.", valuesOf(p.More.([]option))...), Excluded: f.Choice("excluded", "Say whether they are excluded or that ends.", "yes", "no") == "yes",
		By: p.Staff, Reason: f.Choice("reason", "Say why.", valuesOf(exclusions)...), Note: f.Prose("note"),
	}, nil
}

// closings are why a case is closed.
var closings = []option{
	{"plan-complete", "The plan is complete"}, {"client-asked", "The client asked for it"}, {"lost-touch", "Out of touch, all safe ways tried"}, {"moved", "Moved to another area"}, {"transferred", "Transferred"},
	{"other-service", "Another service takes it on"}, {"never-engaged", "Never wanted support"}, {"died", "The client died"}, {"other", "Something else"},
}

// closingChecks are what is gone through before a case is closed.
var closingChecks = []option{
	{"review", "Exit review"}, {"told", "Client told, safely, that the case closes"}, {"back", "Told how to come back"}, {"agencies", "Other agencies told"},
	{"actions", "Every action of the plan has its outcome"}, {"equipment", "Equipment given back, or left by agreement"},
}

// closeMore is what the page of closing shows beside its form.
type closeMore struct {
	Reasons []option
	Checks  []option
	Areas   []views.PlanArea
	RiskAge int // days since the risk was reviewed; -1: it never was
	Due     []views.Item
}

func (s *Server) openClose(r *Request, p *writingPage) error {
	if p.First && p.Case.Strip.Stage == "closed" {
		return errNoPage
	}
	m := closeMore{Reasons: closings, Checks: closingChecks, Areas: p.Case.Plan, RiskAge: -1, Due: p.Case.Due}
	if at := p.Case.Strip.RiskAt; !at.IsZero() {
		m.RiskAge = int(clock.DateOf(r.Now) - at.Date())
	}
	p.More = m
	return nil
}

func (s *Server) readClose(_ *Request, p *writingPage) (any, error) {
	f, m := p.F, p.More.(closeMore)
	d := schemas.CaseClosed{Made: p.Made, Reason: f.Choice("reason", "Say why the case closes.", valuesOf(closings)...), Note: f.Prose("note"), Outcomes: []schemas.AreaOutcome{}, Checklist: []schemas.Check{}}
	for _, a := range m.Areas {
		switch outcome := f.Prose("outcome-" + a.Area); {
		case outcome != nil:
			d.Outcomes = append(d.Outcomes, schemas.AreaOutcome{Area: a.Area, Outcome: *outcome})
		case len(a.Actions) > 0:
			f.Fail("outcome-"+a.Area, "Say what came of it: the plan has actions in "+a.Area+".")
		}
	}
	for _, c := range closingChecks {
		d.Checklist = append(d.Checklist, schemas.Check{Item: c.Label, Done: f.Is("check", c.Value)})
	}
	if d.Reason == "other" && d.Note == nil {
		f.Fail("note", "Say why the case closes.")
	}
	return d, nil
}

// reopenings are why a case is opened again.
var reopenings = []option{{"new-incident", "A new incident"}, {"client-asked", "The client came back"}, {"new-referral", "A new referral"}, {"risk-rose", "The risk rose"}, {"closed-early", "It was closed too early"}, {"other", "Something else"}}

func (s *Server) openReopen(_ *Request, p *writingPage) error {
	if p.First && p.Case.Strip.Stage != "closed" {
		return errNoPage
	}
	p.More = referralsOf(&p.Case)
	return nil
}

// referralsOf are the referrals of a case, as a form offers them.
func referralsOf(page *views.CasePage) []option {
	var list []option
	for _, e := range page.Timeline {
		if e.Type == "referral.received" && e.Misfiled == 0 {
			list = append(list, option{strconv.FormatUint(e.Seq, 10), Say(e.On) + ": " + sentence(e.Line)})
		}
	}
	return list
}

func (s *Server) readReopen(_ *Request, p *writingPage) (any, error) {
	f := p.F
	d := schemas.CaseReopened{Made: p.Made, By: p.Staff, Reason: f.Choice("reason", "Say why the case opens again.", valuesOf(reopenings)...), Note: f.Prose("note")}
	if list := seqsOf(chosen(f, "referral", p.More.([]option))); len(list) > 0 {
		d.Referral = &list[0]
	}
	return d, nil
}

// holds are why a case is kept whatever the policy says.
var holds = []option{
	{"police", "Police"}, {"court", "Court"}, {"inquiry", "An inquiry"}, {"death-review", "A death review"}, {"complaint", "A complaint"}, {"claim", "A claim"}, {"safeguarding", "Safeguarding"}, {"other", "Something else"},
}

func (s *Server) openHold(*Request, *writingPage) error { return nil }

func (s *Server) readHold(_ *Request, p *writingPage) (any, error) {
	f := p.F
	return schemas.HoldPlaced{
		Made: p.Made, Reason: f.Choice("reason", "Say why the case is kept.", valuesOf(holds)...), Authority: f.Line("authority"), Reference: f.Line("reference"), By: p.Staff, Review: f.Day("review"), Note: f.Prose("note"),
	}, nil
}

// earlierEntry is the entry of a type that a path names.
func (s *Server) earlierEntry(r *Request, p *writingPage, types ...string) (views.CaseEntry, error) {
	a, err := s.aboutOf(r, p, types...)
	if err != nil {
		return views.CaseEntry{}, err
	}
	p.More = a.Entry
	return a.Entry, nil
}

func (s *Server) openLift(r *Request, p *writingPage) error {
	_, err := s.earlierEntry(r, p, "hold.placed")
	return err
}

func (s *Server) readLift(_ *Request, p *writingPage) (any, error) {
	return schemas.HoldLifted{Made: p.Made, Hold: p.More.(views.CaseEntry).Seq, By: p.Staff, Reason: p.F.NeedProse("reason", "Say why the hold ends.")}, nil
}

// overrideMore is an override as its review shows it.
type overrideMore struct {
	Entry views.CaseEntry
	Why   string
	By    string
}

func (s *Server) openOverride(r *Request, p *writingPage) error {
	e, err := s.earlierEntry(r, p, "appointment.planned", "appointment.moved", "information.shared")
	if err != nil {
		return err
	}
	m := overrideMore{Entry: e, By: e.By}
	var d struct {
		Override *schemas.Override `json:"override"`
	}
	if e.Type != "information.shared" {
		if _, err := s.told(r, r.Chain, e.Seq, &d); err != nil {
			return err
		}
		if d.Override == nil {
			return errNoPage
		}
		m.Why, m.By = d.Override.Text, d.Override.By
	}
	p.More = m
	return nil
}

func (s *Server) readOverride(_ *Request, p *writingPage) (any, error) {
	f, m := p.F, p.More.(overrideMore)
	if m.By == p.Staff {
		f.Fail("finding", "You took this upon yourself. Somebody else looks at it.")
	}
	return schemas.OverrideReviewed{
		Made: p.Made, Override: m.Entry.Seq, By: p.Staff, Finding: f.Choice("finding", "Say what you found.", "justified", "not-justified", "lesson"), Reasons: f.NeedProse("reasons", "Write your reasons."), Action: f.Prose("action"),
	}, nil
}
