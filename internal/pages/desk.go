package pages

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"caseledger/events"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// Desk is what the pages of risk, Marac, plan, board, figures, handover,
// disclosure and audit need of a ledger; see ops.Ledger.
type Desk interface {
	Explain(context.Context, ops.AsOf) (rules.Explanation, error)
	Marac(context.Context, ops.MaracAsk, ops.Progress) (views.Agenda, error)
	Plan(context.Context, ops.AsOf) (views.Plan, error)
	Board(context.Context, ops.ViewOf, ops.Progress) (views.Board, error)
	Stats(context.Context, ops.CountStats, ops.Progress) (views.Stats, error)
	Handovers(context.Context, ops.ViewOf, ops.Progress) (views.Handovers, error)
	Audit(ctx context.Context, full bool, progress ops.Progress) (ops.Audit, error)
	Accesses(context.Context, ops.AccessAsk) (ops.Accesses, error)
	ops.Disclosures
	Export(context.Context, ops.Export, io.Writer) (ops.Exported, error)
}

// deskRoutes are the pages of what an adviser and a manager do at a desk.
func (s *Server) deskRoutes() []Route {
	return slices.Concat(s.riskRoutes(), s.maracRoutes(), s.planRoutes(), s.boardRoutes(), s.auditRoutes(), s.disclosureRoutes(), s.helplineRoutes())
}

// caseOf is a case as whoever asks may see it now.
func (s *Server) caseOf(r *Request) (views.CasePage, error) {
	return s.ledger.Case(r.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: r.Chain, Now: r.Now, Actor: r.Who.Staff}})
}

// headOf is the last event of a case as its page shows it.
func headOf(page *views.CasePage) uint64 {
	if len(page.Timeline) == 0 {
		return 0
	}
	return page.Timeline[0].Seq
}

// begun is an empty form of something that happens now.
func begun(r *Request, page *views.CasePage) *Form {
	f := newForm(headOf(page))
	f.SetMoment("when", r.Now)
	f.Set("made", "live")
	return f
}

// formStatus is that of a page with a form: wrong ones are shown again.
func formStatus(f *Form) int {
	if !f.OK() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// told reads the data of an event, in the newest version of its type.
func (s *Server) told(r *Request, chain events.Chain, seq uint64, data any) (events.Body, error) {
	e, err := s.ledger.Show(r.Context(), chain, seq)
	if err != nil {
		return events.Body{}, err
	}
	body, err := events.ParseBody(e.Body)
	if err != nil {
		return events.Body{}, err
	}
	newest, err := schemas.Upcast(body)
	if err != nil {
		return events.Body{}, err
	}
	return body, json.Unmarshal(newest.Data, data)
}
