package pages

import (
	"net/http"
	"strconv"
	"time"

	"caseledger/internal/views"
	"caseledger/schemas"
)

// hearingKind is an entry from court of what the court did.
const hearingKind = "hearing"

// hearingPage is a hearing, written at court and to be checked.
type hearingPage struct {
	F        *Form
	Path     string
	KeepAt   string
	Initials string
	Away     *awayView
}

func (s *Server) showHearing(w http.ResponseWriter, r *Request, page *views.CasePage, f *Form, on pad) error {
	p := &hearingPage{F: f, Path: "/case/" + r.Chain.String(), KeepAt: r.URL.Path + "/draft", Initials: page.Strip.Initials, Away: on.away.view(r.Now)}
	return s.render(w, r, f.status(), "court-hearing", Page{Title: "Check a hearing, case " + Short(r.Chain), Strip: &page.Strip, Errors: f.Errors, Form: true, Data: p})
}

func (s *Server) recordHearing(w http.ResponseWriter, r *Request, page *views.CasePage, f *Form, on pad) error {
	if f.V("step") == "discard" {
		if err := s.drafts.WipeDraft(r.Context(), r.Who.Staff, r.Chain, on.form); err != nil {
			return err
		}
		s.redirect(w, r, "/case/"+r.Chain.String())
		return nil
	}
	if err := s.keepOn(r, f, on); err != nil {
		return err
	}
	occurred := f.Occurred("hearing-when")
	h := f.hearing(r)
	end := endOf(occurred)
	if end.After(r.Now.Add(time.Minute)) {
		f.Fail("hearing-when-date", "This is later than now. Enter when the hearing was; the next one has a place of its own.")
	}
	late, err := s.late(r, end)
	if err != nil {
		return err
	}
	if late && h.Made.Late == nil {
		f.Fail("late", "This is written long after the hearing. Say why.")
	}
	f.rightCase(page.Strip.Initials)
	done, ok, err := s.append(r, f, occurred, *h)
	if err != nil {
		return err
	}
	if !ok {
		return s.showHearing(w, r, page, f, on)
	}
	s.recorded(r, on.form)
	s.redirect(w, r, "/case/"+r.Chain.String()+"?recorded="+strconv.FormatUint(done.Seq, 10))
	return nil
}

// hearing is what the form says.
func (f *Form) hearing(r *Request) *schemas.CourtRecorded {
	h := &schemas.CourtRecorded{
		Made: f.Made(), Court: f.Need("hearing-court", "Say which court it was."), Attended: f.Is("hearing-attended", "yes"), Perpetrators: []string{}, SpecialMeasures: []string{},
		Told: f.Prose("hearing-told"), Note: f.Prose("hearing-note"), Reference: f.Line("hearing-reference"),
	}
	h.Kind = f.Choice("hearing-kind", "Say what kind of court it was.", "criminal", "family", "civil", "tribunal", "inquest")
	h.Hearing = f.Choice("hearing-stage", "Say what the hearing was for.", "first-hearing", "bail", "plea", "trial", "sentence", "appeal", "injunction", "return", "directions", "fact-finding", "final", "other")
	h.Outcome = f.Choice("hearing-outcome", "Say how it ended.", "heard", "adjourned", "order-granted", "order-refused", "convicted", "acquitted", "sentenced", "discontinued", "vacated")
	h.Represented = f.Choice("hearing-represented", "Say how the client was represented.", "lawyer", "self", "not-a-party", "not-known")
	if f.Is("hearing-with", "yes") {
		h.Adviser = &r.Who.Staff
	}
	h.SpecialMeasures = append(h.SpecialMeasures, f.All("hearing-measures")...)
	if f.Line("hearing-next-time") != nil {
		h.Next = f.Time("hearing-next")
	} else {
		h.Next = f.Day("hearing-next-date")
	}
	return h
}
