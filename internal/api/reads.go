package api

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// parseQuery is url.ParseQuery, which is strict only about what it is given.
func parseQuery(raw string) (url.Values, error) { return url.ParseQuery(raw) }

// one is a parameter of the address; "" when it is not there.
func (r *Request) one(name string) string {
	if v := r.ask[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (r *Request) has(name string) bool { return len(r.ask[name]) > 0 }

// moment reads a time, or a day as its end.
func (r *Request) moment(name string) (time.Time, error) {
	if !r.has(name) {
		return time.Time{}, nil
	}
	if d, err := clock.ParseDate(r.one(name)); err == nil {
		return d.End().Add(-time.Microsecond), nil
	}
	t, err := time.Parse(time.RFC3339, r.one(name))
	if err != nil || t.IsZero() {
		return t, parameter(name)
	}
	return t, nil
}

func (r *Request) date(name string) (clock.Date, error) {
	if !r.has(name) {
		return 0, nil
	}
	d, err := clock.ParseDate(r.one(name))
	if err != nil {
		return d, parameter(name)
	}
	return d, nil
}

// asOf is what the address says of time, about the case.
func (r *Request) asOf() (a ops.AsOf, err error) {
	a.Case = r.Chain
	if a.Actor, err = r.own("actor", false); err != nil {
		return a, err
	}
	if a.AsKnown, err = r.moment("as_known"); err != nil {
		return a, err
	}
	if a.AsHappened, err = r.moment("as_happened"); err != nil {
		return a, err
	}
	if a.Now, err = r.moment("now"); err != nil {
		return a, err
	}
	if a.AsKnown.IsZero() && a.AsHappened.IsZero() && a.Now.IsZero() {
		a.Now = r.Now
	}
	return a, nil
}

// own holds a parameter that names a member of staff to who asks. A manager may
// name anybody where managers may.
func (r *Request) own(name string, managers bool) (string, error) {
	whose := r.one(name)
	switch {
	case whose == "" && !r.has(name), whose == r.Who.Staff:
		return r.Who.Staff, nil
	case !access.ValidStaff(whose):
		return "", parameter(name)
	case managers && r.Who.Role == access.Manager:
		return whose, nil
	}
	return "", problem("forbidden")
}

func (s *Server) cases(r *Request) (any, error) {
	staff, err := r.own("staff", false)
	if err != nil {
		return nil, err
	}
	return s.ledger.Cases(r.Context(), ops.ViewOf{Staff: staff, Now: r.Now}, nil)
}

func (s *Server) caseload(r *Request) (any, error) {
	adviser, err := r.own("adviser", true)
	if err != nil {
		return nil, err
	}
	list, err := s.ledger.Caseload(r.Context(), adviser)
	if err != nil {
		return nil, err
	}
	shown := []ops.Case{}
	for _, c := range list.Cases {
		may, err := s.may(r, c.Case)
		if err != nil {
			return nil, err
		}
		if may {
			shown = append(shown, c)
		}
	}
	list.Cases = shown
	return list, nil
}

func (s *Server) loads(r *Request) (any, error) {
	adviser, err := r.own("adviser", true)
	if err != nil {
		return nil, err
	}
	return s.ledger.Loads(r.Context(), ops.ViewOf{Staff: adviser, Now: r.Now}, nil)
}

func (s *Server) agenda(r *Request) (any, error) {
	ask := ops.MaracAsk{AsOf: ops.AsOf{Now: r.Now}}
	var err error
	if ask.Actor, err = r.own("actor", false); err != nil {
		return nil, err
	}
	if ask.From, err = r.date("from"); err != nil {
		return nil, err
	}
	if ask.To, err = r.date("to"); err != nil {
		return nil, err
	}
	switch {
	case ask.From.IsZero():
		return nil, parameter("from")
	case ask.To < ask.From:
		return nil, parameter("to")
	}
	a, err := s.ledger.Marac(r.Context(), ask, nil)
	if err != nil {
		return nil, err
	}
	cases, missing := []views.AgendaCase{}, []events.Chain{}
	for _, c := range a.Cases {
		may, err := s.may(r, c.Case)
		if err != nil {
			return nil, err
		}
		if may {
			cases = append(cases, c)
		}
	}
	if r.Who.Role == access.Manager {
		missing = append(missing, a.Missing...)
	}
	a.Cases, a.Missing = cases, missing
	return a, nil
}

func (s *Server) page(r *Request) (any, error) {
	of, err := r.asOf()
	if err != nil {
		return nil, err
	}
	// What comes in between is not on the page, or is, and then the number is
	// too low: never too high.
	last, err := s.ledger.Last(r.Context(), r.Chain)
	if err != nil {
		return nil, err
	}
	page, err := s.ledger.Case(r.Context(), ops.CaseAsk{AsOf: of, Types: r.ask["type"]})
	if err != nil {
		return nil, err
	}
	p := placed{status: 200, answer: page, header: map[string]string{}}
	if of.AsKnown.IsZero() && of.AsHappened.IsZero() {
		p.header["ETag"] = strconv.Quote(strconv.FormatUint(last, 10))
	}
	return p, nil
}

func (s *Server) timeline(r *Request) (any, error) {
	if _, err := r.own("actor", false); err != nil {
		return nil, err
	}
	known, err := r.moment("as_known")
	if err != nil {
		return nil, err
	}
	return s.ledger.Timeline(r.Context(), r.Chain, known)
}

func (s *Server) event(r *Request) (any, error) {
	if _, err := r.own("actor", false); err != nil {
		return nil, err
	}
	e, err := s.find(r, r.PathValue("event"))
	if err != nil {
		return nil, err
	}
	other, err := s.misfiled(r, e.Seq)
	if err != nil {
		return nil, err
	}
	e.Body, e.Veiled, err = veil(e.Body, other)
	return e, err
}

// misfiled reports whether an event of the case belongs to another case, or
// says words of one that does.
func (s *Server) misfiled(r *Request, seq uint64) (bool, error) {
	line, err := s.ledger.Timeline(r.Context(), r.Chain, time.Time{})
	if err != nil {
		return false, err
	}
	of := map[uint64]bool{}
	for _, e := range line.Events {
		if e.MisfiledBy != 0 {
			of[e.Seq] = true
		}
	}
	for _, e := range line.Events {
		if e.Seq == seq && (e.Corrects != nil && of[e.Corrects.Seq] || e.Disputes != nil && of[e.Disputes.Seq]) {
			return true, nil
		}
	}
	return of[seq], nil
}

// find opens an event of the case by its place or its id.
func (s *Server) find(r *Request, text string) (ops.Event, error) {
	if id, err := events.ParseID(text); err == nil {
		e, err := s.ledger.ByID(r.Context(), id)
		if err == nil && e.Case != r.Chain {
			err = problem("not-found")
		}
		return e, err
	}
	seq, err := strconv.ParseUint(text, 10, 53)
	if err != nil || seq == 0 {
		return ops.Event{}, problem("not-found")
	}
	return s.ledger.Show(r.Context(), r.Chain, seq)
}

func (s *Server) plan(r *Request) (any, error) {
	of, err := r.asOf()
	if err != nil {
		return nil, err
	}
	return s.ledger.Plan(r.Context(), of)
}

func (s *Server) explain(r *Request) (any, error) {
	of, err := r.asOf()
	if err != nil {
		return nil, err
	}
	return s.ledger.Explain(r.Context(), of)
}

func (s *Server) marac(r *Request) (any, error) {
	of, err := r.asOf()
	if err != nil {
		return nil, err
	}
	return s.ledger.Marac(r.Context(), ops.MaracAsk{AsOf: of}, nil)
}

// Disclosures are the requests for disclosure of a case, the oldest first.
type Disclosures struct {
	Case        events.Chain     `json:"case"`
	Disclosures []ops.Disclosure `json:"disclosures"`
}

func (s *Server) disclosures(r *Request) (any, error) {
	if _, err := r.own("actor", false); err != nil {
		return nil, err
	}
	line, err := s.ledger.Timeline(r.Context(), r.Chain, time.Time{})
	if err != nil {
		return nil, err
	}
	list := Disclosures{Case: r.Chain, Disclosures: []ops.Disclosure{}}
	for _, e := range line.Events {
		if e.Type != "disclosure.requested" || e.MisfiledBy != 0 {
			continue
		}
		d, err := s.ledger.Disclosure(r.Context(), ops.OfRequest{Case: r.Chain, Request: e.Seq})
		if err != nil {
			return nil, err
		}
		list.Disclosures = append(list.Disclosures, d)
	}
	return list, nil
}

func (s *Server) day(r *Request) (any, error) {
	staff, err := r.own("staff", false)
	if err != nil {
		return nil, err
	}
	return s.ledger.Day(r.Context(), ops.ViewOf{Staff: staff, Now: r.Now}, nil)
}

func (s *Server) due(r *Request) (any, error) {
	staff, err := r.own("staff", false)
	if err != nil {
		return nil, err
	}
	by, err := r.date("by")
	if err != nil {
		return nil, err
	}
	return s.ledger.Due(r.Context(), ops.ViewOf{Staff: staff, By: by, Now: r.Now}, nil)
}

func (s *Server) health(r *Request) (any, error) { return s.ledger.Health(r.Context()) }

func (s *Server) audit(r *Request) (any, error) { return s.ledger.Audit(r.Context(), false, nil) }

const (
	showAccesses = 200  // how many entries are given when nobody says how many
	maxAccesses  = 1000 // the most that are given at once
)

func (s *Server) accesses(r *Request) (any, error) {
	actor, err := r.own("actor", false)
	if err != nil {
		return nil, err
	}
	which := accesslog.Which{Staff: r.one("staff"), Types: r.ask["type"], Limit: showAccesses}
	if r.has("from") {
		if d, err := clock.ParseDate(r.one("from")); err == nil {
			which.From = d.Start()
		} else if which.From, err = r.moment("from"); err != nil {
			return nil, err
		}
	}
	if which.To, err = r.moment("to"); err != nil {
		return nil, err
	}
	if r.has("case") {
		c, err := events.ParseChain(r.one("case"))
		if err != nil {
			return nil, parameter("case")
		}
		which.Case = &c
	}
	if r.has("staff") && !access.ValidStaff(which.Staff) {
		return nil, parameter("staff")
	}
	for _, t := range which.Types {
		if !slices.Contains(schemas.Access().Types(), t) {
			return nil, parameter("type")
		}
	}
	if r.has("limit") {
		n, err := strconv.ParseUint(r.one("limit"), 10, 16)
		if err != nil || n < 1 || n > maxAccesses {
			return nil, parameter("limit")
		}
		which.Limit = int(n)
	}
	return s.ledger.Accesses(r.Context(), ops.AccessAsk{Actor: actor, Which: which})
}

// Schemas are the types of events.
type Schemas struct {
	Types []SchemaType `json:"types"`
}

// SchemaType is a type and the newest of its versions, which begin at 1.
type SchemaType struct {
	Type   string `json:"type"`
	Newest uint64 `json:"newest"`
}

func (s *Server) schemaList(*Request) (any, error) {
	list := Schemas{Types: []SchemaType{}}
	for _, t := range schemas.Default().Types() {
		v, _ := schemas.Default().Latest(t)
		list.Types = append(list.Types, SchemaType{t, v})
	}
	return list, nil
}

func (s *Server) schemaFile(r *Request) (any, error) {
	b, ok := schemas.File(r.PathValue("name"))
	if !ok {
		return nil, problem("not-found")
	}
	return raw{schemaType, b}, nil
}

func (s *Server) problemPage(r *Request) (any, error) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Code == r.PathValue("code") })
	if i < 0 {
		return nil, problem("not-found")
	}
	return kinds[i], nil
}

func (s *Server) openAPI(*Request) (any, error) { return raw{jsonType, s.document}, nil }
