package pages

import (
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// purposes are what an appointment is for.
var purposes = []option{
	{"first-contact", "First contact"}, {"support", "Support"}, {"risk-review", "Risk review"}, {"safety-plan", "Safety plan"}, {"feedback", "Feedback from a Marac"}, {"court", "Court"},
	{"marac", "Marac"}, {"accommodation", "Accommodation"}, {"joint-visit", "Joint visit"}, {"handover", "Handover"}, {"closure", "Closing the case"}, {"other", "Something else"},
}

// missedFor is why an appointment did not take place.
var missedFor = []option{
	{"not-known", "Not known"}, {"forgot", "Forgot"}, {"ill", "Ill"}, {"unsafe", "It was not safe"}, {"prevented", "Was kept from coming"}, {"transport", "Transport"},
	{"work", "Work"}, {"child-care", "Child care"}, {"us", "We could not"}, {"other", "Something else"},
}

// sides are who asked for a move, or did not come.
var sides = []option{{"client", "The client"}, {"us", "We"}, {"other", "Somebody else"}}

var appointmentWritings = []writing{
	{path: "/appointment/new", action: access.CaseWrite, template: "appointment-new", title: "Appointment", open: (*Server).openAppointment, data: (*Server).readAppointment},
	{path: "/appointment/{seq}/move", action: access.CaseWrite, template: "appointment-move", title: "Move an appointment", secret: true, open: (*Server).openMove, data: (*Server).readMove},
	{path: "/appointment/{seq}/missed", action: access.CaseWrite, template: "appointment-missed", title: "Missed appointment", open: (*Server).openMissed, data: (*Server).readMissed},
}

// appointment is an appointment as it was last arranged.
type appointment struct {
	Seq      uint64
	Planned  schemas.AppointmentPlanned
	Arranged *schemas.Arranged // nil: called off
	Line     string
	On       clock.When
	Purposes []option
	Channels []option
	Places   []option
	Withs    []option
	Sides    []option
	Reasons  []option
}

// appointmentOffers is what the pages of appointments offer.
func appointmentOffers() *appointment {
	return &appointment{Purposes: purposes, Channels: channels, Places: placeKinds, Withs: withs, Sides: sides, Reasons: missedFor}
}

// appointmentOf is the appointment that an entry planned, with what became of
// it since. There is no page when the entry is none.
func (s *Server) appointmentOf(r *Request, page *views.CasePage, number string) (*appointment, error) {
	seq, err := strconv.ParseUint(number, 10, 53)
	if err != nil {
		return nil, errNoPage
	}
	at := slices.IndexFunc(page.Timeline, func(e views.CaseEntry) bool {
		return e.Seq == seq && e.Type == "appointment.planned" && e.Misfiled == 0
	})
	if at < 0 {
		return nil, errNoPage
	}
	a := appointmentOffers()
	a.Seq, a.Line = seq, page.Timeline[at].Line
	if _, err := s.told(r, r.Chain, seq, &a.Planned); err != nil {
		return nil, err
	}
	a.Arranged = &a.Planned.Arranged
	for _, e := range slices.Backward(page.Timeline[:at]) {
		if e.Type != "appointment.moved" || e.Misfiled != 0 {
			continue
		}
		var m schemas.AppointmentMoved
		if _, err := s.told(r, r.Chain, e.Seq, &m); err != nil {
			return nil, err
		}
		if m.Appointment == seq {
			a.Arranged = m.Arranged
		}
	}
	if a.Arranged != nil {
		if a.On, err = clock.ParseWhen(a.Arranged.Start); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (s *Server) openAppointment(_ *Request, p *writingPage) error {
	p.F.at = arrangedField
	p.More = appointmentOffers()
	if p.First {
		p.F.Set("channel", "phone")
		p.F.Set("with", "client")
		p.F.Set("adviser", p.Staff)
		p.F.Set("interpreter", map[bool]string{true: "to-book", false: "not-needed"}[p.Case.Strip.Interpreter])
	}
	return nil
}

// arrangedField is the field of a part of an appointment.
func arrangedField(pointer string) string {
	part, ok := strings.CutPrefix(pointer, "/data/arranged/")
	if !ok {
		return fieldOf(pointer)
	}
	switch part {
	case "start", "away_until":
		return strings.ReplaceAll(part, "_", "-") + "-date"
	}
	return strings.ReplaceAll(part, "_", "-")
}

// arranged reads channel, time and place of an appointment.
func (p *writingPage) arranged() schemas.Arranged {
	f := p.F
	a := schemas.Arranged{
		Adviser: f.Need("adviser", "Say who of us goes or calls: a staff number."), Channel: f.Choice("channel", "Say how.", valuesOf(channels)...),
		PlaceKind: f.Line("place-kind"), AwayUntil: f.Time("away-until"),
	}
	// What is recorded goes with the way: in person there is no number.
	if a.Channel != "in-person" || f.Line("number") != nil {
		a.Number = p.secret("number")
	}
	if a.Channel == "in-person" || f.Line("place") != nil {
		a.Place = p.secret("place")
	}
	if seq := newestOf(&p.Case, "safe-contact.set"); seq != 0 {
		a.SafeContact = &seq
	}
	if start, ok := f.Moment("start"); ok {
		a.Start = clock.Format(start)
		if text := strings.TrimSpace(f.V("end")); text != "" {
			if end, ok := f.ends("end", clock.DateOf(start), start, text); ok {
				text := clock.Format(end)
				a.End = &text
			}
		}
	} else if f.Err("start-date") == "" && f.Err("start-time") == "" && f.Err("start-which") == "" {
		f.Fail("start-date", "Enter the day and the time.")
	}
	switch inPerson := a.Channel == "in-person"; {
	case inPerson && a.PlaceKind == nil:
		f.Fail("place-kind", "Choose what kind of place you meet at.")
	case inPerson && a.Number != nil:
		f.Fail("number", "You meet in person: take the number out, or choose another way.")
	case !inPerson && (a.PlaceKind != nil || a.Place != nil):
		f.Fail("place-kind", "You do not meet in person: take the place out, or choose in person.")
	case a.AwayUntil != nil && stringOf(a.PlaceKind) != "home":
		f.Fail("away-until-date", "Only a visit to the home needs this. Leave it empty, or choose the home.")
	}
	return a
}

// override is why an unsafe plan is made nevertheless; nil when nothing is.
func (p *writingPage) override() *schemas.Override {
	if why := p.F.Prose("override"); why != nil {
		return &schemas.Override{Text: why.Text, By: p.Staff}
	}
	return nil
}

// parties are those whom something is with.
func (f *Form) parties() []schemas.Party {
	list := []schemas.Party{}
	for _, kind := range withs {
		if !f.Is("with", kind.Value) {
			continue
		}
		party := schemas.Party{Kind: kind.Value}
		if kind.Value != "client" {
			party.Name, party.Role, party.Agency = f.Line(kind.Value+"-name"), f.Line(kind.Value+"-role"), f.Line(kind.Value+"-agency")
		}
		list = append(list, party)
	}
	return list
}

func (s *Server) readAppointment(_ *Request, p *writingPage) (any, error) {
	f := p.F
	d := schemas.AppointmentPlanned{
		Made: p.Made, Arranged: p.arranged(), With: f.parties(), Purpose: f.Choice("purpose", "Say what it is for.", valuesOf(purposes)...),
		Interpreter: f.Choice("interpreter", "Say whether an interpreter is needed.", "not-needed", "to-book", "booked"), Override: p.override(), Note: f.Prose("note"),
	}
	if len(d.With) == 0 {
		f.Fail("with", "Say whom it is with.")
	}
	return d, nil
}

func (s *Server) openMove(r *Request, p *writingPage) error {
	p.F.at = arrangedField
	a, err := s.appointmentOf(r, &p.Case, r.PathValue("seq"))
	if err != nil {
		return err
	}
	p.More = a
	if a.Arranged == nil {
		return nil
	}
	p.hold("number", a.Arranged.Number)
	p.hold("place", a.Arranged.Place)
	if p.First {
		p.F.Set("adviser", a.Arranged.Adviser)
		p.F.Set("channel", a.Arranged.Channel)
		p.F.setWhen("start", &a.Arranged.Start)
		if a.Arranged.End != nil {
			if end, err := clock.ParseWhen(*a.Arranged.End); err == nil {
				p.F.Set("end", clock.London(end.Start()).Format("15:04"))
			}
		}
		p.F.setLine("place-kind", a.Arranged.PlaceKind)
		p.F.setWhen("away-until", a.Arranged.AwayUntil)
	}
	return nil
}

func (s *Server) readMove(_ *Request, p *writingPage) (any, error) {
	f, a := p.F, p.More.(*appointment)
	d := schemas.AppointmentMoved{
		Made: p.Made, Appointment: a.Seq, AskedBy: f.Choice("asked-by", "Say who asked for it.", valuesOf(sides)...), Reason: f.Prose("reason"),
	}
	switch f.Choice("what", "Say whether it moves or is called off.", "moved", "called-off") {
	case "moved":
		arranged := p.arranged()
		d.Arranged, d.Override = &arranged, p.override()
	case "called-off":
		if f.Prose("override") != nil {
			f.Fail("override", "It is called off: nothing is left to override. Take this out, or say that it moves.")
		}
	}
	return d, nil
}

func (s *Server) openMissed(r *Request, p *writingPage) error {
	a, err := s.appointmentOf(r, &p.Case, r.PathValue("seq"))
	if err != nil {
		return err
	}
	p.More = a
	if p.First {
		if !a.On.IsZero() && a.On.Start().Before(r.Now) {
			p.F.SetMoment("when", a.On.Start())
		}
		p.F.Set("by", "client")
		p.F.Set("reason", "not-known")
	}
	return nil
}

func (s *Server) readMissed(_ *Request, p *writingPage) (any, error) {
	f, a := p.F, p.More.(*appointment)
	return schemas.AppointmentMissed{
		Made: p.Made, Appointment: a.Seq, By: f.Choice("by", "Say who did not come.", valuesOf(sides)...), Reason: f.Choice("reason", "Say why, as far as you know.", valuesOf(missedFor)...),
		FollowedUp: f.Prose("followed-up"), NextTry: f.Time("next"),
	}, nil
}
