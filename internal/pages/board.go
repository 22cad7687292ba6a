package pages

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (s *Server) boardRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/board", Action: access.BoardSee, Reads: "board.seen", Handle: s.board},
		{Method: "GET", Pattern: "/figures", Action: access.StatsSee, Reads: "figures.seen", Handle: s.figures},
	}
}

// boardPage is the manager's board with the chart of caseloads.
type boardPage struct {
	Board views.Board
	Left  []OldDraft // drafts that nobody has gone on with for a day
	Chart chart
	Tally []tally
	Kept  bool           // it was worked out some minutes ago
	More  map[string]int // lines of a list that are not on the page, by its id
}

// boardAgain is after how many seconds a page that waits for its board asks
// again.
const boardAgain = "3"

// boardLines is how many lines of a list the board shows, the first of them in
// its order. A page of thousands helps nobody.
const boardLines = 100

// first cuts a list to what the board shows of it.
func first[T any](p *boardPage, id string, list *[]T) {
	if n := len(*list) - boardLines; n > 0 {
		p.More[id] = n
		*list = (*list)[:boardLines]
	}
}

// chart is a bar chart whose numbers also stand in a table beside it.
type chart struct{ Bars []bar }

// bar is one row of a chart, its lengths in user units of an SVG of
// chartWidth.
type bar struct {
	Label  string
	Text   string // what stands behind the bar
	W      int
	Marks  []rule
	Strong bool
	Quiet  bool // the number is not shown
}

// rule is a line across a row, such as a cap.
type rule struct {
	X      int
	Strong bool
}

// leftAfter is how long nobody may go on with a draft until a manager sees that
// it is there.
const leftAfter = 24 * time.Hour

// chartWidth is the length of the longest bar.
const chartWidth = 400

// scale is the length of a bar of n when most fills the row.
func scale(n, most int) int { return n * chartWidth / max(most, 1) }

// loadChart draws caseloads against the cap: a thin line where a load is
// fairly high, a strong one where it is full.
func loadChart(loads []views.Load) chart {
	var c chart
	most := 1
	for _, l := range loads {
		most = max(most, l.Open, l.Most)
	}
	for _, l := range loads {
		b := bar{Label: l.Adviser, Text: strconv.Itoa(l.Open), W: scale(l.Open, most), Strong: l.Level == views.LoadOver}
		if l.Adviser == "" {
			b.Label = "Nobody"
		} else {
			b.Text += " of " + strconv.Itoa(l.Most)
			b.Marks = []rule{{scale(l.High, most), false}, {scale(l.Most, most), true}}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

func (s *Server) board(w http.ResponseWriter, r *Request) error {
	b, err := s.ledger.Board(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now, Recent: true}, nil)
	if wait := (*ops.NotReady)(nil); errors.As(err, &wait) {
		w.Header().Set("Refresh", boardAgain)
		return s.render(w, r, http.StatusOK, "board-wait", Page{Title: "Board", Data: wait})
	}
	if err != nil {
		return err
	}
	left, err := s.drafts.OldDrafts(r.Context(), r.Who.Staff, r.Now.Add(-leftAfter))
	if err != nil {
		return err
	}
	p := boardPage{Board: b, Left: left, Kept: b.At.Before(clock.AtTime(r.Now)), More: map[string]int{}, Tally: []tally{
		{"unallocated", "not allocated", len(b.Unallocated), len(b.Unallocated) > 0},
		{"overdue", "overdue", len(b.Overdue), len(b.Overdue) > 0},
		{"overrides", plural(len(b.Overrides), "override") + " to review", len(b.Overrides), len(b.Overrides) > 0},
		{"reviews", "case " + plural(len(b.CaseReviews), "review"), len(b.CaseReviews), false},
		{"approvals", plural(len(b.Approvals), "approval"), len(b.Approvals), false},
		{"stale", "with nothing new", len(b.Stale), false},
		{"drafts", plural(len(left), "draft") + " left lying", len(left), false},
	}}
	first(&p, "unallocated", &p.Board.Unallocated)
	first(&p, "caseload", &p.Board.Caseload)
	first(&p, "overdue", &p.Board.Overdue)
	first(&p, "overrides", &p.Board.Overrides)
	first(&p, "reviews", &p.Board.CaseReviews)
	first(&p, "others", &p.Board.Others)
	first(&p, "approvals", &p.Board.Approvals)
	first(&p, "cover", &p.Board.Cover)
	first(&p, "stale", &p.Board.Stale)
	first(&p, "drafts", &p.Left)
	p.Chart = loadChart(p.Board.Caseload)
	return s.render(w, r, http.StatusOK, "board", Page{Title: "Board", Data: p})
}

// figuresPage are the figures for commissioners.
type figuresPage struct {
	Stats  views.Stats
	F      *Form
	Charts []tableChart
}

// tableChart is a table of figures with its chart, which has a bar for every
// row whose count is shown.
type tableChart struct {
	views.Table
	Chart chart
}

func figuresChart(t views.Table) tableChart {
	var c chart
	most := 1
	for _, row := range t.Rows {
		if row.Count != nil {
			most = max(most, *row.Count)
		}
	}
	for _, row := range t.Rows {
		b := bar{Label: row.Title, Text: "not shown", Quiet: true}
		if row.Count != nil {
			b.W, b.Text, b.Quiet = scale(*row.Count, most), strconv.Itoa(*row.Count), false
			if row.Share != nil {
				b.Text += " (" + strconv.Itoa(*row.Share) + " %)"
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return tableChart{t, c}
}

func (s *Server) figures(w http.ResponseWriter, r *Request) error {
	f := &Form{values: r.URL.Query(), twice: map[string]bool{}}
	ask := ops.CountStats{ViewOf: ops.ViewOf{Now: r.Now}, From: f.Date("from"), To: f.Date("to")}
	from, to := ask.Period(clock.DateOf(r.Now))
	if f.OK() && to < from {
		f.Fail("to", "The last day is before the first.")
	}
	p := figuresPage{F: f}
	if f.OK() {
		var err error
		if p.Stats, err = s.ledger.Stats(r.Context(), ask, nil); err != nil {
			return err
		}
		f.Set("from", from.String())
		f.Set("to", to.String())
	}
	for _, t := range p.Stats.Tables {
		p.Charts = append(p.Charts, figuresChart(t))
	}
	return s.render(w, r, formStatus(f), "figures", Page{Title: "Figures", Errors: f.Errors, Data: p})
}
