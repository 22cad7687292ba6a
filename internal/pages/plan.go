package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) planRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/plan", Action: access.CaseOpen, Case: true, Reads: "case.opened", Handle: s.plan},
		{Method: "GET", Pattern: "/case/{chain}/plan/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.planForm},
		{Method: "POST", Pattern: "/case/{chain}/plan/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.planPost},
		{Method: "GET", Pattern: "/case/{chain}/plan/{action}", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.planForm},
		{Method: "POST", Pattern: "/case/{chain}/plan/{action}", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.planPost},
		{Method: "POST", Pattern: "/case/{chain}/plan/new/draft", Action: access.CaseWrite, Case: true, Handle: s.keepForm},
		{Method: "POST", Pattern: "/case/{chain}/plan/{action}/draft", Action: access.CaseWrite, Case: true, Handle: s.keepForm},
	}
}

// planPage is the plan, and the action that is being written.
type planPage struct {
	F      *Form
	Case   views.CasePage
	Plan   views.Plan
	Action *views.PlannedAction // that is changed; null: a new one
	ID     string               // of the action
	Same   []string             // earlier actions of the same aim without an outcome
	Draft  draft
}

func (s *Server) planOf(r *Request) (*planPage, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, err
	}
	p := &planPage{F: begun(r, &page), Case: page, Draft: draftAt(r.URL.Path)}
	p.Plan, err = s.ledger.Plan(r.Context(), ops.AsOf{Case: r.Chain, Now: r.Now})
	return p, err
}

func (s *Server) plan(w http.ResponseWriter, r *Request) error {
	p, err := s.planOf(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "plan", Page{Title: "Plan " + Short(r.Chain), Strip: &p.Case.Strip, Data: p})
}

// planAction finds the action of a request, or the number of a new one.
func (s *Server) planAction(r *Request) (*planPage, error) {
	p, err := s.planOf(r)
	if err != nil {
		return nil, err
	}
	p.ID = r.PathValue("action")
	used := map[string]bool{}
	for i := range p.Plan.Areas {
		area := &p.Plan.Areas[i]
		for k := range area.Actions {
			x := &area.Actions[k]
			if used[x.ID] = true; x.ID != p.ID {
				continue
			}
			p.Action = x
			p.F.Set("area", area.Area)
			p.F.Set("aim", x.Aim)
			p.F.Set("owner", x.Owner)
			p.F.Set("status", x.Status)
			for name, text := range map[string]*string{"risk": x.Risk, "funding": x.Funding, "outcome": x.Outcome} {
				if text != nil {
					p.F.Set(name, *text)
				}
			}
			if !x.Due.IsZero() {
				p.F.Set("due", x.Due.Date().String())
			}
		}
	}
	switch {
	case p.ID != "" && p.Action == nil:
		return nil, errNoPage
	case p.ID == "":
		for n := 1; p.ID == "" || used[p.ID]; n++ {
			p.ID = fmt.Sprintf("a%d", n)
		}
		p.F.Set("status", "planned")
		p.F.Set("owner", r.Who.Staff)
		if area := r.URL.Query().Get("area"); slices.Contains(views.Areas, area) {
			p.F.Set("area", area)
		}
	}
	return p, nil
}

func (s *Server) showPlanForm(w http.ResponseWriter, r *Request, p *planPage) error {
	return s.render(w, r, formStatus(p.F), "plan-new", Page{Title: "Plan " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) planForm(w http.ResponseWriter, r *Request) error {
	p, err := s.planAction(r)
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
	return s.showPlanForm(w, r, p)
}

func (s *Server) planPost(w http.ResponseWriter, r *Request) error {
	if done, err := s.startOver(w, r); done || err != nil {
		return err
	}
	p, err := s.planAction(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	// A new action keeps the number that it was first sent with: sent again it is
	// the same one.
	if id := p.F.Line("action"); p.Action == nil && id != nil {
		p.ID = *id
	}
	occurred := p.F.Occurred("when")
	a := schemas.Action{
		ID: p.ID, Area: p.F.Choice("area", "Say which area of the plan it belongs to.", views.Areas...), Aim: p.F.NeedProse("aim", "Write what is to be reached."),
		Risk: p.F.Line("risk"), Owner: p.F.Need("owner", "Say who does it."), Due: p.F.Day("due"),
		Status:  p.F.Choice("status", "Say where it stands.", "planned", "doing", "done", "not-done", "impossible"),
		Funding: p.F.Line("funding"), Outcome: p.F.Prose("outcome"),
	}
	if ended := a.Status == "done" || a.Status == "not-done" || a.Status == "impossible"; ended && a.Outcome == nil {
		p.F.Fail("outcome", "Say what came of it.")
	}
	if p.Action == nil && p.repeats(a.Area, a.Aim.Text) {
		p.F.Fail("aim", "The plan has this already, and nobody has said what came of it. Say that first.")
	}
	_, ok, err := s.append(r, p.F, occurred, schemas.PlanChanged{Made: p.F.Made(), Actions: []schemas.Action{a}})
	if err != nil {
		return err
	}
	if err := s.settle(r, p.F, ok); err != nil {
		return err
	}
	if !ok {
		// It was not recorded: by now its number may be somebody else's.
		if p.Action == nil {
			now, err := s.planAction(r)
			if err != nil {
				return err
			}
			p.ID = now.ID
		}
		return s.showPlanForm(w, r, p)
	}
	s.redirect(w, r, "/case/"+r.Chain.String()+"/plan")
	return nil
}

// repeats reports whether an action of the same aim stands in an area without
// an outcome, other than the one that is being written.
func (p *planPage) repeats(area, aim string) bool {
	plain := func(s string) string {
		return strings.Trim(strings.Join(strings.Fields(strings.ToLower(s)), " "), " .;,")
	}
	for _, a := range p.Plan.Areas {
		for _, x := range a.Actions {
			if a.Area == area && x.ID != p.ID && x.Outcome == nil && plain(x.Aim) == plain(aim) {
				p.Same = append(p.Same, x.ID)
			}
		}
	}
	return len(p.Same) > 0
}
