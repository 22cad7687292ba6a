package pages

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (s *Server) auditRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/audit", Action: access.AuditSee, Reads: "audit.seen", Handle: s.audit},
		{Method: "POST", Pattern: "/audit", Action: access.AuditSee, Reads: "audit.seen", Handle: s.audit},
	}
}

// auditPage is what an auditor sees: numbers of cases, places and counts, and
// nothing of what anybody said.
type auditPage struct {
	Audit     ops.Audit
	Took      string
	Marks     []ops.Case // with late entries or corrections, the most first
	Late      uint64     // of all cases
	Corrected uint64
	Overrides []views.Item
	Waits     bool // for the overrides: they are being worked out
	Accesses  ops.Accesses
	Day       clock.Date // whose readings are shown
	F         *Form
}

// checks are the parts of an audit in words.
var checks = map[string]string{
	"links": "Every entry is what its hash says", "chains": "No entry of a case is missing, none stands out of its place", "tree": "The tree over all entries comes out the same",
	"signed": "The newest signed checkpoint agrees", "stream": "Nothing is in the stream that is not archived", "content": "Every entry opens, and each part is what was sealed",
}

// Check says what a check looks at.
func (auditPage) Check(code string) string {
	if text, ok := checks[code]; ok {
		return text
	}
	return sentence(code)
}

// Moment is a recorded time as people say it.
func (auditPage) Moment(t time.Time) string { return Say(clock.AtTime(t)) }

// Int is a count as templates count things.
func (auditPage) Int(n uint64) int { return int(n) }

// showAccesses is how many readings the page has of a day, the newest.
const showAccesses = 200

// audit answers "Is it whole?". Sent as a form it opens every part of every
// entry, which takes longer the more there are.
func (s *Server) audit(w http.ResponseWriter, r *Request) error {
	full := r.Method == http.MethodPost
	began := time.Now()
	a, err := s.ledger.Audit(r.Context(), full, nil)
	if err != nil {
		return err
	}
	p := auditPage{Audit: a, Took: time.Since(began).Round(10 * time.Millisecond).String(), F: &Form{values: r.URL.Query(), twice: map[string]bool{}}}
	if p.Day = p.F.Date("day"); p.Day.IsZero() {
		p.Day = clock.DateOf(r.Now)
	}
	if p.F.OK() {
		p.F.Set("day", p.Day.String())
	}
	load, err := s.ledger.AllCases(r.Context(), r.Who.Staff)
	if err != nil {
		return err
	}
	for _, c := range load {
		if p.Late, p.Corrected = p.Late+c.LateEntries, p.Corrected+c.Corrections; c.LateEntries+c.Corrections > 0 {
			p.Marks = append(p.Marks, c)
		}
	}
	slices.SortStableFunc(p.Marks, func(x, y ops.Case) int { return int(y.LateEntries+y.Corrections) - int(x.LateEntries+x.Corrections) })
	b, err := s.ledger.Board(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now, Recent: true}, nil)
	if wait := (*ops.NotReady)(nil); errors.As(err, &wait) {
		p.Waits = true
	} else if err != nil {
		return err
	}
	p.Overrides = b.Overrides
	which := accesslog.Which{From: clock.OnDate(p.Day).Start(), To: clock.OnDate(p.Day + 1).Start(), Limit: showAccesses}
	if p.Accesses, err = s.ledger.Accesses(r.Context(), ops.AccessAsk{Actor: r.Who.Staff, Which: which}); err != nil {
		return err
	}
	slices.Reverse(p.Accesses.Entries)
	return s.render(w, r, http.StatusOK, "audit", Page{Title: "Is it whole?", Errors: p.F.Errors, Data: p})
}
