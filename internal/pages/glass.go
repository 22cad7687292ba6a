package pages

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
)

// Glass is how a case is opened in an emergency by somebody whose case it is
// not, and how somebody else looks at why.
type Glass interface {
	// BreakGlass records who breaks the glass of a case and why, durable, and
	// then lets the session of ctx see that case for access.GlassFor. Whether
	// they may was decided before.
	BreakGlass(ctx context.Context, who access.Who, chain events.Chain, reason string) error
	// Broken is what nobody independent has looked at yet, oldest first.
	Broken(ctx context.Context) ([]Broken, error)
	// Review records what somebody found. The error wraps events.ErrInvalid when
	// it is who broke the glass.
	Review(ctx context.Context, who access.Who, b Broken, justified bool, note string) error
}

// Broken is a case that was opened in an emergency.
type Broken struct {
	Session events.Chain // of the access ledger
	Seq     uint64       // in it
	At      time.Time
	Staff   string
	Chain   events.Chain
	Reason  string
}

// glassRoutes are there when glass can be broken.
func (s *Server) glassRoutes() []Route {
	if s.glass == nil {
		return nil
	}
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/glass", Action: access.GlassBreak, Case: true, Reads: "glass.asked", Handle: s.glassPage},
		{Method: "POST", Pattern: "/case/{chain}/glass", Action: access.GlassBreak, Case: true, Handle: s.breakGlass},
		{Method: "GET", Pattern: "/emergencies", Action: access.GlassReview, Reads: "audit.seen", Handle: s.emergencies},
		{Method: "POST", Pattern: "/case/{chain}/glass/review", Action: access.GlassReview, Case: true, Reads: "audit.seen", Handle: s.reviewGlass},
	}
}

func (s *Server) glassPage(w http.ResponseWriter, r *Request) error {
	return s.showGlass(w, r, newForm(0))
}

func (s *Server) showGlass(w http.ResponseWriter, r *Request, f *Form) error {
	return s.render(w, r, f.status(), "glass", Page{Title: "Open case " + Short(r.Chain) + " in an emergency", Errors: f.Errors, Form: true, Data: f})
}

func (s *Server) breakGlass(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	reason := f.NeedProse("reason", "Say why you need to see this case now.")
	if !f.OK() {
		return s.showGlass(w, r, f)
	}
	if err := s.glass.BreakGlass(r.Context(), r.Who, r.Chain, reason.Text); err != nil {
		return err
	}
	s.redirect(w, r, "/case/"+r.Chain.String())
	return nil
}

// emergency is a row of the list of emergencies.
type emergency struct {
	Broken
	When clock.When
	Own  bool // the reader broke it
	// What was typed about it, when the form comes back.
	Note      string
	Justified bool
}

func (s *Server) emergencies(w http.ResponseWriter, r *Request) error {
	return s.showEmergencies(w, r, newForm(0))
}

func (s *Server) showEmergencies(w http.ResponseWriter, r *Request, f *Form) error {
	rows, err := s.unreviewed(r)
	if err != nil {
		return err
	}
	for i := range rows {
		if e := &rows[i]; f.V("session") == e.Session.String() && f.Seq == e.Seq {
			e.Note, e.Justified = f.V("note"), f.Is("found", "yes")
		}
	}
	return s.render(w, r, f.status(), "emergencies", Page{Title: "Emergencies", Errors: f.Errors, Form: true, Data: struct {
		F    *Form
		Rows []emergency
	}{f, rows}})
}

func (s *Server) reviewGlass(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	session, err := events.ParseChain(r.PostForm.Get("session"))
	if err != nil {
		return errForm
	}
	place := session.String() + "-" + strconv.FormatUint(f.Seq, 10)
	justified, note := f.V("found"), strings.TrimSpace(f.V("note"))
	switch {
	case justified != "yes" && justified != "no":
		f.Fail("yes-"+place, "Say whether it was justified.")
	case justified == "no" && note == "":
		f.Fail("note-"+place, "Say what was wrong with it.")
	}
	if !f.OK() {
		return s.showEmergencies(w, r, f)
	}
	if err := s.glass.Review(r.Context(), r.Who, Broken{Session: session, Seq: f.Seq, Chain: r.Chain}, justified == "yes", note); err != nil {
		return err
	}
	s.redirect(w, r, "/emergencies")
	return nil
}

// unreviewed are the emergencies that the reader may know of.
func (s *Server) unreviewed(r *Request) ([]emergency, error) {
	list, err := s.glass.Broken(r.Context())
	if err != nil {
		return nil, err
	}
	rows := []emergency{}
	for _, b := range list {
		// Whoever may not see a case is not told that it is there.
		facts, err := s.ledger.Facts(r.Context(), b.Chain)
		if err != nil {
			return nil, err
		}
		if s.guard.Decide(r.Who, access.GlassReview, &facts, r.Now).Allowed {
			rows = append(rows, emergency{Broken: b, When: clock.AtTime(b.At), Own: b.Staff == r.Who.Staff})
		}
	}
	return rows, nil
}

// alarms is how many emergencies wait for the reader: every page says so at
// once.
func (s *Server) alarms(r *Request) (int, error) {
	if s.glass == nil || r.Who.Staff == "" || !s.guard.Decide(r.Who, access.GlassReview, nil, r.Now).Allowed {
		return 0, nil
	}
	rows, err := s.unreviewed(r)
	n := 0
	for _, e := range rows {
		if !e.Own {
			n++
		}
	}
	return n, err
}
