package pages

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// Directory is what the list of cases, search and allocation need of a ledger;
// see ops.Ledger.
type Directory interface {
	Cases(context.Context, ops.ViewOf, ops.Progress) (views.CaseList, error)
	Loads(context.Context, ops.ViewOf, ops.Progress) (ops.Loads, error)
	Search(context.Context, ops.SearchAsk) (ops.Search, error)
	People(context.Context, ops.AsOf) (views.People, error)
	Roster(context.Context, ops.ViewOf) (ops.Roster, error)
	// AllCases are the cases of everybody, in the order of a caseload, without
	// those that a member of staff is excluded from.
	AllCases(ctx context.Context, staff string) ([]ops.Case, error)
	// CasesPage are at most n of them from one on, without the erased ones, and
	// how many there are.
	CasesPage(ctx context.Context, staff string, from, n int) ([]ops.Case, int, error)
	// Exclusions are the cases with somebody on their exclusion list, without
	// those that a member of staff is excluded from.
	Exclusions(ctx context.Context, staff string) ([]Exclusion, error)
}

// Exclusion is who may not open a case.
type Exclusion struct {
	Case     events.Chain
	Initials string
	Staff    []string // numbers, in order
}

func (s *Server) directoryRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/cases", Action: access.CaseSearch, Reads: "cases.seen", Handle: s.cases},
		{Method: "POST", Pattern: "/cases", Action: access.CaseSearch, Reads: "case.searched", Handle: s.search},
		{Method: "GET", Pattern: "/case/{chain}/people", Action: access.PeopleLinks, Case: true, Reads: "people.seen", Handle: s.people},
	}
}

// caseRow is a case of the list: no name, no address.
type caseRow struct {
	views.Subject
	Stage       string
	LastContact clock.When
	Overdue     int
	Covered     bool // by the reader, for somebody else
}

// casesPerPage is how many cases a page of the list has.
const casesPerPage = 50

// mostPages is more than any list has.
const mostPages = 1_000_000

// casesPage is the list of cases with what was found by a search.
type casesPage struct {
	F        *Form
	Rows     []caseRow
	All      bool // of everybody
	Count    int  // on all pages
	Page     int  // from 1
	Earlier  int  // the page before, 0: none
	Later    int
	Load     *views.Load // of the reader
	Searched bool
	Found    []caseRow
	Start    bool // the reader may take in a referral
	Started  string
}

// rowsFor are the cases on one page, from 1, of those that the reader of a
// request may see in a list, and how many there are on all pages.
func (s *Server) rowsFor(r *Request, page int) (rows []caseRow, count int, err error) {
	from := (page - 1) * casesPerPage
	if r.Who.Role == access.Manager {
		list, count, err := s.ledger.CasesPage(r.Context(), r.Who.Staff, from, casesPerPage)
		if err != nil {
			return nil, 0, err
		}
		for i := range list {
			c := &list[i]
			last, err := clock.ParseWhen(string(c.LastContact))
			if err != nil {
				return nil, 0, err
			}
			rows = append(rows, caseRow{Subject: views.Subject{Case: c.Case, Initials: c.Initials, Adviser: c.Adviser, Risk: c.Risk}, Stage: c.Status, LastContact: last, Overdue: c.Overdue})
		}
		return rows, count, nil
	}
	list, err := s.ledger.Cases(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now}, nil)
	if err != nil {
		return nil, 0, err
	}
	count = len(list.Cases)
	for _, c := range list.Cases[min(from, count):min(from+casesPerPage, count)] {
		rows = append(rows, caseRow{Subject: c.Subject, Stage: c.Stage, LastContact: c.LastContact, Overdue: c.Overdue, Covered: c.Adviser != r.Who.Staff})
	}
	return rows, count, nil
}

// casesOf is the list of a request.
func (s *Server) casesOf(r *Request) (*casesPage, error) {
	page := 1
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 1 && n <= mostPages {
		page = n
	}
	rows, count, err := s.rowsFor(r, page)
	if err == nil && page > 1 && len(rows) == 0 { // there are not that many
		page = 1
		rows, count, err = s.rowsFor(r, page)
	}
	if err != nil {
		return nil, err
	}
	p := &casesPage{F: &Form{values: r.PostForm, twice: map[string]bool{}}, Rows: rows, All: r.Who.Role == access.Manager, Count: count, Page: page, Earlier: page - 1, Start: s.has("GET /cases/new") && s.guard.Decide(r.Who, access.CaseStart, nil, r.Now).Allowed}
	if page*casesPerPage < count {
		p.Later = page + 1
	}
	if chain, err := events.ParseChain(r.URL.Query().Get("started")); err == nil {
		p.Started = Short(chain)
	}
	if r.Who.Role == access.Adviser {
		loads, err := s.ledger.Loads(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now}, nil)
		if err != nil {
			return nil, err
		}
		if len(loads.Loads) == 1 {
			p.Load = &loads.Loads[0]
		}
	}
	return p, nil
}

func (s *Server) showCases(w http.ResponseWriter, r *Request, p *casesPage) error {
	return s.render(w, r, formStatus(p.F), "cases", Page{Title: "Cases", Errors: p.F.Errors, Data: p})
}

func (s *Server) cases(w http.ResponseWriter, r *Request) error {
	p, err := s.casesOf(r)
	if err != nil {
		return err
	}
	return s.showCases(w, r, p)
}

// searchTakes is how long a search takes at least: how many cases were read and
// left out because the reader may not learn of them must not show in the time.
const searchTakes = 400 * time.Millisecond

// search looks for cases by what is sent: a name, an alias, a telephone number
// or a reference, never part of an address. Only cases that the reader may open
// are found; of others nothing is said, not even how many there are.
func (s *Server) search(w http.ResponseWriter, r *Request) error {
	timer := time.NewTimer(searchTakes)
	defer timer.Stop()
	p, err := s.casesOf(r)
	if err != nil {
		return err
	}
	term := strings.TrimSpace(p.F.V("term"))
	if term == "" {
		p.F.Fail("term", "Enter a name, a telephone number or a reference.")
		return s.showCases(w, r, p)
	}
	found, err := s.ledger.Search(r.Context(), ops.SearchAsk{Term: term, Actor: r.Who.Staff, Now: r.Now})
	if errors.Is(err, ops.ErrInput) {
		p.F.Fail("term", "There is nothing to look for in this. Enter a name, the last six digits of a telephone number, or a reference.")
		return s.showCases(w, r, p)
	} else if err != nil {
		return err
	}
	p.Searched = true
	for _, c := range found.Cases {
		facts, err := s.ledger.Facts(r.Context(), c.Case)
		if err != nil {
			return err
		}
		facts.Chain = c.Case
		if d := s.guard.Decide(r.Who, access.CaseOpen, &facts, r.Now); d.Allowed && !d.Glass {
			p.Found = append(p.Found, caseRow{Subject: views.Subject{Case: c.Case, Initials: c.Initials, Adviser: facts.Adviser}, Stage: facts.Stage})
		}
	}
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	return s.showCases(w, r, p)
}

// people are the people of a case and the other cases in which they are.
func (s *Server) people(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	p, err := s.ledger.People(r.Context(), ops.AsOf{Case: r.Chain, Now: r.Now, Actor: r.Who.Staff})
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "people", Page{Title: "People, case " + Short(r.Chain), Strip: &page.Strip, Data: p})
}
