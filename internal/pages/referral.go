package pages

import (
	"net/http"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

func (s *Server) referralRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/cases/new", Action: access.CaseStart, Reads: "cases.seen", Handle: s.referralForm},
		{Method: "POST", Pattern: "/cases/new", Action: access.CaseStart, Reads: "cases.seen", Handle: s.referralSent},
	}
}

// referrers are where a referral can come from.
var referrers = []option{{"marac", "A Marac"}, {"police", "The police"}, {"self", "The client"}, {"agency", "Another agency"}, {"helpline", "The helpline"}}

// flags are what a referral says of a client that has to be known from the start.
var flags = []option{
	{"honour-based", "Honour-based abuse"}, {"language", "Another first language"}, {"under-18", "Under 18"}, {"later-life", "Later life"},
	{"mental-health", "Mental health"}, {"substance-use", "Substance use"}, {"self-harm", "Self-harm"},
}

func (s *Server) showReferral(w http.ResponseWriter, r *Request, f *Form) error {
	return s.render(w, r, f.status(), "referral", Page{Title: "New referral", Errors: f.Errors, Form: true, Data: f})
}

// referralForm is the referral that opens a case. Who it is about is recorded
// in the case, not here.
func (s *Server) referralForm(w http.ResponseWriter, r *Request) error {
	f := newForm(0)
	f.SetMoment("received", r.Now)
	f.Set("made", "document")
	return s.showReferral(w, r, f)
}

func (s *Server) referralSent(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	d := schemas.ReferralReceivedV2{
		Made: f.Made(), Source: f.Choice("source", "Say where it comes from.", valuesOf(referrers)...), Agency: f.Line("agency"), Reason: f.NeedProse("reason", "Write why the client is referred."),
		Flags: chosen(f, "flag", flags), Perpetrators: []string{}, Reference: f.Line("reference"),
	}
	received, ok := f.Moment("received")
	switch {
	case ok && received.After(r.Now):
		f.Fail("received-date", "This is later than now. Enter when it came.")
	case ok:
		d.Received = clock.Format(received)
	case f.Err("received-date") == "" && f.Err("received-time") == "" && f.Err("received-which") == "":
		f.Fail("received-date", "Enter when it came: the clock to the first attempt starts then.")
	}
	if (d.Source == "marac" || d.Source == "police" || d.Source == "agency") && d.Agency == nil {
		f.Fail("agency", "Name who refers.")
	}
	if area := f.Line("area"); area != nil {
		d.Marac = &schemas.ReferralMarac{Area: *area, Referred: f.Day("referred"), Heard: f.Day("heard"), Repeat: f.Choice("repeat", "Say whether the Marac called it a repeat.", "yes", "no", "not-known")}
	} else if d.Source == "marac" {
		f.Fail("area", "Name the area of the Marac.")
	} else if f.Day("referred") != nil || f.Day("heard") != nil {
		f.Fail("area", "Name the area of the Marac, or take its days out.")
	}
	late, err := s.late(r, received)
	if err != nil {
		return err
	}
	if late && d.Made.Late == nil {
		f.Fail("late", "This is written long after it came. Say why.")
	}
	from := d.Received
	done, ok, err := s.append(r, f, schemas.Occurred{From: &from, Precision: "exact"}, d)
	if err != nil {
		return err
	}
	if !ok {
		return s.showReferral(w, r, f)
	}
	facts, err := s.ledger.Facts(r.Context(), done.Case)
	if err != nil {
		return err
	}
	facts.Chain = done.Case
	if s.guard.Decide(r.Who, access.CaseOpen, &facts, r.Now).Allowed {
		s.redirect(w, r, "/case/"+done.Case.String()+"?recorded=1")
		return nil
	}
	s.redirect(w, r, "/cases?started="+done.Case.String())
	return nil
}
