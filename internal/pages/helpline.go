package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) helplineRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/handover", Action: access.HandoverSee, Reads: "handover.seen", Handle: s.handovers},
		{Method: "POST", Pattern: "/case/{chain}/handover/{seq}/reveal", Action: access.HandoverSee, Case: true, Reads: "address.revealed", Handle: s.wayBack},
		{Method: "GET", Pattern: "/helpline/new", Action: access.HelplineWrite, Reads: "handover.seen", Handle: s.handovers},
		{Method: "GET", Pattern: "/case/{chain}/helpline/new", Action: access.HelplineWrite, Case: true, Reads: "helpline.seen", Handle: s.helplineForm},
		{Method: "POST", Pattern: "/case/{chain}/helpline/new", Action: access.HelplineWrite, Case: true, Reads: "helpline.seen", Handle: s.helplinePost},
		{Method: "POST", Pattern: "/case/{chain}/helpline/new/draft", Action: access.HelplineWrite, Case: true, Handle: s.keepForm},
		{Method: "GET", Pattern: "/case/{chain}/handover/new", Action: access.HandoverWrite, Case: true, Reads: "case.opened", Handle: s.handoverForm},
		{Method: "POST", Pattern: "/case/{chain}/handover/new", Action: access.HandoverWrite, Case: true, Reads: "case.opened", Handle: s.handoverPost},
	}
}

// handover is one that holds, with what its event says of who may ring.
type handover struct {
	views.Handover
	Told schemas.HandoverGiven
}

type handoversPage struct {
	Given    []handover
	Calls    []views.Call
	Missing  int
	Helpline bool // the reader takes the calls
}

// mayRead reports whether a handover was given to somebody: volunteers read
// what was given to the helpline, advisers their own cases' and, of what was
// given to who covers, the cases that they cover now, managers all.
func mayRead(who access.Who, g *views.Handover, covering []string) bool {
	switch who.Role {
	case access.Manager:
		return true
	case access.Helpline:
		return g.ToHelpline()
	}
	return g.Adviser == who.Staff || slices.Contains(g.GivenTo, "covering") && slices.Contains(covering, who.Staff)
}

func (s *Server) handoversOf(r *Request) (*handoversPage, error) {
	list, err := s.ledger.Handovers(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now}, nil)
	if err != nil {
		return nil, err
	}
	p := &handoversPage{Missing: len(list.Missing), Helpline: r.Who.Role == access.Helpline}
	for i := range list.Given {
		g := &list.Given[i]
		facts, err := s.ledger.Facts(r.Context(), g.Case)
		if err != nil {
			return nil, err
		}
		if slices.Contains(facts.Excluded, r.Who.Staff) || !mayRead(r.Who, g, facts.Covering) {
			continue
		}
		h := handover{Handover: *g}
		if _, err := s.told(r, g.Case, g.Seq, &h.Told); err != nil {
			return nil, err
		}
		p.Given = append(p.Given, h)
	}
	for _, c := range list.Calls {
		if r.Who.Role == access.Manager || c.Adviser == r.Who.Staff || slices.ContainsFunc(p.Given, func(h handover) bool { return h.Case == c.Case }) {
			p.Calls = append(p.Calls, c)
		}
	}
	return p, nil
}

func (s *Server) handovers(w http.ResponseWriter, r *Request) error {
	p, err := s.handoversOf(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "handovers", Page{Title: "Handover", Data: p})
}

// wayBack is what is shown of a handover for shownFor: how to ring back.
type wayBack struct {
	schemas.SafeWay
	Case    events.Chain
	Alias   *string
	Seconds int
}

// wayBack shows the number and the code word of a handover for a moment, to
// whom it was given. The access ledger was told before: see Route.Reads. A way
// that a newer setting of safe contact took away is not shown.
func (s *Server) wayBack(w http.ResponseWriter, r *Request) error {
	p, err := s.handoversOf(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(p.Given, func(h handover) bool { return h.Case == r.Chain && strconv.FormatUint(h.Seq, 10) == r.PathValue("seq") })
	if i < 0 || p.Given[i].Changed || p.Given[i].Told.CallBack == nil {
		return errNoPage
	}
	h := &p.Given[i]
	v := wayBack{SafeWay: *h.Told.CallBack, Case: r.Chain, Alias: h.Told.Alias, Seconds: int(shownFor.Seconds())}
	w.Header().Set("Refresh", strconv.Itoa(v.Seconds)+"; url=/handover")
	return s.render(w, r, http.StatusOK, "way-back", Page{Title: "Handover " + Short(r.Chain), Form: true, Data: v})
}

// helplinePage is a call that is being written down.
type helplinePage struct {
	F     *Form
	Case  events.Chain
	Given *handover // null: none holds
	Draft draft
}

func (s *Server) newHelpline(r *Request) (*helplinePage, error) {
	all, err := s.handoversOf(r)
	if err != nil {
		return nil, err
	}
	p := &helplinePage{F: newForm(0), Case: r.Chain, Draft: draftAt(r.URL.Path)}
	for i := range all.Given {
		if all.Given[i].Case == r.Chain {
			p.Given = &all.Given[i]
		}
	}
	if p.Given == nil && r.Who.Role == access.Helpline {
		return nil, errNoPage // not handed over to the helpline
	}
	p.F.SetMoment("when", r.Now)
	p.F.Set("made", "live")
	return p, nil
}

func (s *Server) showHelpline(w http.ResponseWriter, r *Request, p *helplinePage) error {
	return s.render(w, r, formStatus(p.F), "helpline-new", Page{Title: "Helpline call " + Short(r.Chain), Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) helplineForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newHelpline(r)
	if err != nil {
		return err
	}
	left, since, err := s.left(r, draftName(r.URL.Path))
	if err != nil {
		return err
	}
	if left != nil {
		p.F, p.Draft.Since = left, since
	}
	return s.showHelpline(w, r, p)
}

func (s *Server) helplinePost(w http.ResponseWriter, r *Request) error {
	if done, err := s.startOver(w, r); done || err != nil {
		return err
	}
	p, err := s.newHelpline(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	f := p.F
	occurred := f.Occurred("when")
	d := schemas.HelplineContact{
		Made: f.Made(), Channel: f.Choice("channel", "Say how the caller reached you.", "phone", "text", "email", "chat"),
		Caller: f.Choice("caller", "Say who rang.", "client", "professional", "family", "other", "not-known"), Name: f.Line("name"), Number: f.Line("number"),
		CallBack: schemas.CallBack{Safe: f.Choice("call-back", "Say whether it is safe to ring back.", "yes", "no", "not-known"), How: f.Line("call-back-how")},
		Present:  []schemas.Bystander{}, Statements: []schemas.StatementV2{},
		DangerNow: f.Choice("danger-now", "Say whether there is danger now.", "yes", "no", "not-known"),
		Emergency: f.Choice("emergency", "Say whether 999 was rung.", "by-us", "by-caller", "already-there", "not-needed", "refused"), Advice: f.Prose("advice"),
	}
	for _, x := range []struct{ name, kind, speaker string }{{"words", "client-words", "client"}, {"summary", "client-summary", "client"}, {"heard", "observed", "me"}} {
		text := f.Prose(x.name)
		if text == nil {
			continue
		}
		kind, speaker := x.kind, x.speaker
		if speaker == "client" && d.Caller != "client" {
			// What somebody else said is a third party's.
			kind, speaker = "third-party", strings.ReplaceAll(d.Caller, "-", " ")
			if d.Name != nil {
				speaker = *d.Name
			}
		}
		d.Statements = append(d.Statements, schemas.StatementV2{Kind: kind, Speaker: speaker, Text: text.Text, Language: "en", PassedBy: []schemas.PassedBy{}})
	}
	if len(d.Statements) == 0 {
		f.Fail("words", "Write what was said, word for word or in your own words.")
	}
	if p.Given != nil {
		d.Handover = &p.Given.Seq
	}
	_, ok, err := s.append(r, f, occurred, d)
	if err != nil {
		return err
	}
	if err := s.settle(r, f, ok); err != nil {
		return err
	}
	if !ok {
		return s.showHelpline(w, r, p)
	}
	s.redirect(w, r, "/handover")
	return nil
}

// handoverPage is a handover that is being written.
type handoverPage struct {
	F    *Form
	Case views.CasePage
	Last *schemas.HandoverGiven // null: none holds
}

// until is when a handover of now ends: at nine on the next Monday that is a
// working day, or the working day after it.
func until(now time.Time) time.Time {
	d := clock.DateOf(now) + 1
	for d.Weekday() != time.Monday {
		d++
	}
	for {
		if working, err := clock.WorkingDay(d); working || err != nil {
			break
		}
		d++
	}
	return clock.Instants(d, 9, 0, 0)[0]
}

func (s *Server) newHandover(r *Request) (*handoverPage, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, err
	}
	p := &handoverPage{F: begun(r, &page), Case: page}
	p.F.SetMoment("from", r.Now)
	p.F.SetMoment("to", until(r.Now))
	p.F.Set("given-to", "helpline", "covering")
	p.F.Set("risk", page.Strip.Risk)
	for _, e := range page.Timeline {
		if e.Type != "handover.given" || e.Misfiled != 0 {
			continue
		}
		// Who may ring seldom changes from one week to the next; the paragraph is
		// written anew.
		p.Last = new(schemas.HandoverGiven)
		if _, err := s.told(r, r.Chain, e.Seq, p.Last); err != nil {
			return nil, err
		}
		if p.Last.Alias != nil {
			p.F.Set("alias", *p.Last.Alias)
		}
		p.F.Set("who-may-ring", strings.Join(p.Last.WhoMayRing, "\n"))
		break
	}
	return p, nil
}

func (s *Server) showHandover(w http.ResponseWriter, r *Request, p *handoverPage) error {
	return s.render(w, r, formStatus(p.F), "handover-new", Page{Title: "Handover " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) handoverForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newHandover(r)
	if err != nil {
		return err
	}
	return s.showHandover(w, r, p)
}

func (s *Server) handoverPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newHandover(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	f := p.F
	occurred := f.Occurred("when")
	d := schemas.HandoverGiven{
		Made: f.Made(), GivenTo: chosen(f, "given-to", []option{{"helpline", ""}, {"covering", ""}, {"manager", ""}}), Alias: f.Line("alias"), WhoMayRing: []string{},
		Risk: f.Choice("risk", "Say how high the risk is.", "standard", "medium", "high"), About: f.NeedProse("about", "Write the one paragraph that whoever takes the call needs."), By: r.Who.Staff,
	}
	if len(d.GivenTo) == 0 {
		f.Fail("given-to", "Say who may read this.")
	}
	from, ok1 := f.Moment("from")
	to, ok2 := f.Moment("to")
	switch {
	case !ok1 && f.Err("from-date") == "":
		f.Fail("from-date", "Say from when it holds.")
	case !ok2 && f.Err("to-date") == "":
		f.Fail("to-date", "Say when it ends.")
	case ok1 && ok2 && !from.Before(to):
		f.Fail("to-date", "It ends before it begins.")
	}
	d.From, d.To = clock.Format(from), clock.Format(to)
	for _, line := range strings.Split(f.V("who-may-ring"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			d.WhoMayRing = append(d.WhoMayRing, line)
		}
	}
	if channel := f.Line("channel"); channel != nil {
		d.CallBack = &schemas.SafeWay{Channel: *channel, Number: f.Line("number"), Times: f.Line("times"), CodeWord: f.Line("code-word")}
	}
	f.at = handoverField
	_, ok, err := s.append(r, f, occurred, d)
	if err != nil {
		return err
	}
	if !ok {
		return s.showHandover(w, r, p)
	}
	s.redirect(w, r, "/case/"+r.Chain.String())
	return nil
}

// handoverField is where a part of a handover stands on its form.
func handoverField(pointer string) string {
	switch pointer {
	case "/data/call_back/channel":
		return "channel"
	case "/data/call_back/number":
		return "number"
	}
	return fieldOf(pointer)
}
