package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) maracRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/marac", Action: access.CaseOpen, Case: true, Reads: "case.opened", Handle: s.marac},
		{Method: "POST", Pattern: "/case/{chain}/marac", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.maracOutcome},
		{Method: "GET", Pattern: "/case/{chain}/marac/print", Action: access.Print, Case: true, Reads: "printed", Handle: s.maracPrint},
		{Method: "GET", Pattern: "/case/{chain}/marac/refer", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.referForm},
		{Method: "POST", Pattern: "/case/{chain}/marac/refer", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.referPost},
	}
}

// maracPage is a case before a Marac, with the form that says what became of
// an action.
type maracPage struct {
	F      *Form
	Case   views.CasePage
	Agenda views.AgendaCase
	Views  []clientViews // what the client wants the meetings that are to come to know
	Open   []option      // actions without an outcome
	Print  bool
}

// clientViews are what the client wants a meeting to know.
type clientViews struct {
	Seq   uint64
	Words string
}

func (s *Server) maracOf(r *Request) (*maracPage, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, err
	}
	a, err := s.ledger.Marac(r.Context(), ops.MaracAsk{AsOf: ops.AsOf{Case: r.Chain, Now: r.Now}}, nil)
	if err != nil {
		return nil, err
	}
	if len(a.Cases) != 1 {
		return nil, events.ErrNotFound
	}
	p := &maracPage{F: begun(r, &page), Case: page, Agenda: a.Cases[0]}
	for _, l := range p.Agenda.Listed {
		var ref struct {
			ClientViews *schemas.Prose `json:"client_views"`
		}
		if _, err := s.told(r, r.Chain, l.Seq, &ref); err != nil {
			return nil, err
		}
		if ref.ClientViews != nil {
			p.Views = append(p.Views, clientViews{l.Seq, ref.ClientViews.Text})
		}
	}
	for _, x := range p.Agenda.Actions {
		if x.Status == "open" {
			p.Open = append(p.Open, option{strconv.FormatUint(x.Seq, 10) + "/" + x.ID, x.Agency + ": " + x.What})
		}
	}
	return p, nil
}

func (s *Server) showMarac(w http.ResponseWriter, r *Request, p *maracPage) error {
	return s.render(w, r, formStatus(p.F), "marac", Page{Title: "Marac " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: len(p.F.Errors) > 0, Data: p})
}

func (s *Server) marac(w http.ResponseWriter, r *Request) error {
	p, err := s.maracOf(r)
	if err != nil {
		return err
	}
	return s.showMarac(w, r, p)
}

func (s *Server) maracPrint(w http.ResponseWriter, r *Request) error {
	p, err := s.maracOf(r)
	if err != nil {
		return err
	}
	p.Print = true
	return s.showMarac(w, r, p)
}

// maracOutcome records what became of an action.
func (s *Server) maracOutcome(w http.ResponseWriter, r *Request) error {
	p, err := s.maracOf(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	occurred := p.F.Occurred("when")
	var of []string
	for _, o := range p.Open {
		of = append(of, o.Value)
	}
	chosen := p.F.Choice("action", "Say which action this is about.", of...)
	meeting, id, _ := strings.Cut(chosen, "/")
	seq, _ := strconv.ParseUint(meeting, 10, 64) // ours, or nothing was chosen
	d := schemas.MaracActionUpdated{
		Made: p.F.Made(), Meeting: seq, Action: id, Status: p.F.Choice("status", "Say where the action stands.", "open", "done", "not-done", "impossible"),
		Ended: p.F.Day("ended"), Outcome: p.F.Prose("outcome"), ToldBy: p.F.Line("told-by"), Due: p.F.Day("due"),
	}
	switch {
	case d.Status == "open":
		d.Ended = nil
	case d.Outcome == nil:
		p.F.Fail("outcome", "Say what came of it.")
	case d.Ended == nil && p.F.Err("ended") == "" && occurred.From != nil:
		day := (*occurred.From)[:len("2006-01-02")]
		d.Ended = &day
	}
	_, ok, err := s.append(r, p.F, occurred, d)
	if err != nil {
		return err
	}
	if !ok {
		return s.showMarac(w, r, p)
	}
	s.redirect(w, r, "/case/"+r.Chain.String()+"/marac")
	return nil
}

// referPage is a referral to a Marac as it is being written.
type referPage struct {
	F            *Form
	Case         views.CasePage
	Result       rules.Explanation
	Plan         []views.PlanArea     // of a repeat
	Actions      []views.AgendaAction // of earlier Maracs
	Perpetrators []option
	Incidents    []option
	Earlier      []option // referrals that this may repeat
}

func (s *Server) newRefer(r *Request) (*referPage, error) {
	m, err := s.maracOf(r)
	if err != nil {
		return nil, err
	}
	e, err := s.ledger.Explain(r.Context(), ops.AsOf{Case: r.Chain, Now: r.Now})
	if err != nil {
		return nil, err
	}
	p := &referPage{F: m.F, Case: m.Case, Result: e, Plan: m.Agenda.Plan, Actions: m.Agenda.Actions, Perpetrators: perpetratorsOf(&m.Case), Incidents: incidentsOf(&m.Case)}
	p.F.Set("criterion", e.Met...)
	var counts []string
	for _, c := range e.Criteria {
		for _, in := range c.Inputs {
			if seq := strconv.FormatUint(in.Seq, 10); in.Type == "incident.disclosed" && in.Counts && c.Result == rules.Met && !slices.Contains(counts, seq) {
				counts = append(counts, seq)
			}
		}
		if c.Result == rules.Met && c.Pair != nil && c.Pair.Person != "" && !p.F.Is("about", c.Pair.Person) {
			p.F.Set("about", append(p.F.All("about"), c.Pair.Person)...)
		}
	}
	p.F.Set("incident", counts...)
	for _, line := range m.Case.Timeline {
		if line.Misfiled == 0 && (line.Type == "marac.referred" || line.Type == "referral.received") {
			p.Earlier = append(p.Earlier, option{strconv.FormatUint(line.Seq, 10), Say(line.On) + ": " + sentence(line.Line)})
		}
	}
	if n := len(m.Agenda.Hearings); n > 0 {
		p.F.Set("marac", m.Agenda.Hearings[n-1].Marac)
	} else if e.Assessment != nil {
		p.F.Set("marac", e.Assessment.Marac)
	}
	return p, nil
}

// perpetratorsOf are the perpetrators of a case, as a form offers them.
func perpetratorsOf(page *views.CasePage) []option {
	var list []option
	for _, p := range page.People {
		if p.Role == "perpetrator" {
			name := p.Initials
			if name == "" {
				name = p.Person[:8]
			}
			list = append(list, option{p.Person, name + ", " + strings.ReplaceAll(p.Relation, "-", " ")})
		}
	}
	return list
}

// incidentsOf are the incidents of a case, as a form offers them.
func incidentsOf(page *views.CasePage) []option {
	var list []option
	for _, line := range page.Timeline {
		if line.Type == "incident.disclosed" && line.Misfiled == 0 {
			list = append(list, option{strconv.FormatUint(line.Seq, 10), Say(line.On) + ": " + sentence(line.Line)})
		}
	}
	return list
}

func (s *Server) showRefer(w http.ResponseWriter, r *Request, p *referPage) error {
	return s.render(w, r, formStatus(p.F), "marac-refer", Page{Title: "Referral to a Marac " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) referForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newRefer(r)
	if err != nil {
		return err
	}
	return s.showRefer(w, r, p)
}

func (s *Server) referPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newRefer(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	occurred := p.F.Occurred("when")
	d := schemas.MaracReferred{
		Made: p.F.Made(), Marac: p.F.Need("marac", "Say which Marac."), Meeting: p.F.Day("meeting"), Perpetrators: chosen(p.F, "about", p.Perpetrators),
		Criteria: append([]string{}, p.F.All("criterion")...), Rule: p.Result.Rule, Incidents: seqsOf(chosen(p.F, "incident", p.Incidents)),
		Agreed:       p.F.Choice("agreed", "Say whether the client agreed.", "yes", "no", "not-asked", "not-safe-to-ask"),
		LawfulReason: p.F.Prose("lawful-reason"), ClientViews: p.F.Prose("client-views"), Reasons: p.F.NeedProse("reasons", "Write why the case goes to the Marac."),
		Reference: p.F.Line("reference"), By: r.Who.Staff,
	}
	if len(d.Criteria) == 0 {
		p.F.Fail("criterion", "Say which criterion is met: any one is enough.")
	}
	if d.Agreed != "yes" && d.Agreed != "" && d.LawfulReason == nil {
		p.F.Fail("lawful-reason", "Write the lawful reason for sharing without agreement.")
	}
	if p.Result.Assessment != nil {
		d.Review = &p.Result.Assessment.Seq
	}
	if list := seqsOf(chosen(p.F, "repeat-of", p.Earlier)); len(list) == 1 {
		d.RepeatOf = &list[0]
	}
	_, ok, err := s.append(r, p.F, occurred, d)
	if err != nil {
		return err
	}
	if !ok {
		return s.showRefer(w, r, p)
	}
	s.redirect(w, r, "/case/"+r.Chain.String()+"/marac")
	return nil
}

// chosen are those of a form's offers that were chosen, in their order.
func chosen(f *Form, name string, of []option) []string {
	list := []string{}
	for _, o := range of {
		if f.Is(name, o.Value) {
			list = append(list, o.Value)
		}
	}
	return list
}

// seqsOf are numbers of entries that a form offered, in the order of the case.
func seqsOf(list []string) []uint64 {
	seqs := []uint64{}
	for _, s := range list {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			seqs = append(seqs, n)
		}
	}
	slices.Sort(seqs)
	return seqs
}
