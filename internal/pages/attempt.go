package pages

import (
	"net/http"
	"strconv"
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// channels are how somebody can be tried.
var channels = []option{{"phone", "Telephone"}, {"text", "Text"}, {"video", "Video call"}, {"email", "Email"}, {"post", "Letter"}, {"in-person", "In person"}}

// outcomes are what can come of an attempt.
var outcomes = []option{
	{"no-answer", "No answer"}, {"voicemail", "Voicemail"}, {"engaged", "Engaged"}, {"unobtainable", "Number does not work"},
	{"someone-else-answered", "Somebody else answered"}, {"not-safe-to-talk", "Not safe to talk"}, {"message-sent", "Message sent"},
}

// attemptPage is what the page of an attempt works on.
type attemptPage struct {
	F                  *Form
	Path               string
	Channels, Outcomes []option
}

// nextTry is when a client is tried again unless the adviser says otherwise:
// the next working day at the same time of day.
func nextTry(now time.Time) time.Time {
	local := clock.London(now)
	day, err := clock.AddWorkingDays(clock.DateOf(now), 1)
	if err != nil {
		day = clock.DateOf(now) + 1 // beyond the table of bank holidays
	}
	return day.At(local.Hour(), local.Minute()/15*15)
}

func (s *Server) newAttempt(w http.ResponseWriter, r *Request) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	f := newForm(seen(&page))
	f.SetMoment("when", r.Now)
	f.Set("channel", "phone")
	f.Set("outcome", "no-answer")
	f.SetMoment("next", nextTry(r.Now))
	return s.showAttempt(w, r, &page, f)
}

func (s *Server) showAttempt(w http.ResponseWriter, r *Request, page *views.CasePage, f *Form) error {
	p := attemptPage{F: f, Path: "/case/" + r.Chain.String(), Channels: channels, Outcomes: outcomes}
	return s.render(w, r, f.status(), "attempt-new", Page{Title: "No answer, case " + Short(r.Chain), Strip: &page.Strip, Errors: f.Errors, Form: true, Data: p})
}

func (s *Server) recordAttempt(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	a := schemas.ContactAttempted{
		Made: schemas.Made{From: "live"}, Number: f.Line("number"), Note: f.Prose("note"), NextTry: f.Time("next"),
		Channel: f.Choice("channel", "Say how you tried.", valuesOf(channels)...), Outcome: f.Choice("outcome", "Say what came of it.", valuesOf(outcomes)...),
		Voicemail: f.Is("voicemail", "yes"),
	}
	if a.Outcome == "voicemail" && a.Channel == "phone" {
		a.Voicemail = true
	} else if a.Voicemail && a.Channel != "phone" {
		f.Fail("voicemail", "Only a telephone call can leave a voicemail message.")
	}
	at, ok := f.Moment("when")
	if !ok && f.OK() {
		f.Fail("when-date", "Enter when you tried.")
	}
	if at.After(r.Now.Add(time.Minute)) {
		f.Fail("when-date", "This is later than now. Enter when you tried.")
	}
	from := clock.Format(at)
	late, err := s.late(r, at)
	if err != nil {
		return err
	}
	if late {
		a.Made = schemas.Made{From: "memory", Late: f.Prose("late")}
		if a.Made.Late == nil {
			f.Fail("late", "This is written long after you tried. Say why.")
		}
	}
	done, ok, err := s.append(r, f, schemas.Occurred{From: &from, Precision: "exact"}, a)
	if err != nil {
		return err
	}
	if !ok {
		return s.showAttempt(w, r, &page, f)
	}
	s.redirect(w, r, "/case/"+r.Chain.String()+"?recorded="+strconv.FormatUint(done.Seq, 10))
	return nil
}

// valuesOf are the values of what a form offers.
func valuesOf(list []option) []string {
	values := make([]string, len(list))
	for i, o := range list {
		values[i] = o.Value
	}
	return values
}
