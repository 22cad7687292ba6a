package pages

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// The board has its lists in their order, and the numbers of its chart in a
// table.
func TestBoard(t *testing.T) {
	o, s := atDesk(t, "staff-01", access.Manager)
	w := ask(s, "GET", "/board")
	if w.Code != 200 {
		t.Fatal(w.Code)
	}
	page, at := w.Body.String(), 0
	for _, h := range []string{"Not allocated", "Cap by adviser", "Overdue", "Overrides to review", "Case reviews", "Approvals", "Cover", "Nothing new", "Drafts left lying", "Figures for commissioners"} {
		next := strings.LastIndex(page, ">"+h)
		if next < at {
			t.Errorf("%q stands at %d, before what comes ahead of it", h, next)
		}
		at = next
	}
	wants(t, page, "<svg", "The numbers of the chart", "staff-07", "New contact, begun by staff-08 and not recorded")
	if len(o.reads) != 1 || o.reads[0].Type != "board.seen" {
		t.Errorf("told %+v", o.reads)
	}
}

// unready is the desk of a service whose board takes long.
type unready struct{ *week }

func (unready) Board(context.Context, ops.ViewOf, ops.Progress) (views.Board, error) {
	return views.Board{}, &ops.NotReady{Done: 23_000, Total: 98_000}
}

// While a board is worked out its page says how far that is and asks again, and
// the audit does not say that there is nothing to review.
func TestBoardNotReady(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-01", Role: access.Manager}, wednesday)
	s := serveLedger(t, unready{w}, w)
	got := ask(s, "GET", "/board")
	if got.Code != 200 || got.Header().Get("Refresh") != boardAgain {
		t.Errorf("answered %d, to be asked again after %q", got.Code, got.Header().Get("Refresh"))
	}
	wants(t, got.Body.String(), "23000 of 98000 cases are read")
	page := ask(s, "GET", "/audit").Body.String()
	wants(t, page, "The overrides are being worked out")
	if strings.Contains(page, "No override waits") {
		t.Error("the audit says that nothing waits")
	}
}

// crowded is the desk of a service with more of everything than a page holds.
type crowded struct{ *week }

func (c crowded) Board(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Board, error) {
	b, err := c.week.Board(ctx, of, tell)
	for range 3 * boardLines {
		b.Overdue = append(b.Overdue, views.Item{Kind: views.DueContact, Overdue: true, Reason: "crowd"})
		b.Caseload = append(b.Caseload, views.Load{Adviser: "staff-99", Most: 20})
	}
	return b, err
}

// A board of thousands of lines counts them all and shows the first.
func TestBoardOfManyLines(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-01", Role: access.Manager}, wednesday)
	whole, err := crowded{w}.Board(t.Context(), ops.ViewOf{Staff: "staff-01"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := ask(serveLedger(t, crowded{w}, w), "GET", "/board").Body.String()
	n := len(whole.Overdue)
	wants(t, page, `<span class="tally__n">`+strconv.Itoa(n)+`</span> overdue`, strconv.Itoa(n-boardLines)+" more, which are not on this page")
	if shown := strings.Count(page, "Crowd"); shown == 0 || shown > boardLines {
		t.Errorf("%d lines of the crowd are on the page", shown)
	}
	if rows := strings.Count(page, `<tr>`); rows > boardLines+1 {
		t.Errorf("%d rows in the table of caseloads", rows)
	}
}

func TestLoadChart(t *testing.T) {
	c := loadChart([]views.Load{{Adviser: "", Open: 2}, {Adviser: "staff-07", Open: 24, High: 18, Most: 20, Level: views.LoadOver}, {Adviser: "staff-08", Most: 20, High: 18}})
	if len(c.Bars) != 3 || !c.Bars[1].Strong || c.Bars[2].W != 0 {
		t.Fatalf("%+v", c.Bars)
	}
	if c.Bars[1].W != chartWidth || c.Bars[0].W != chartWidth*2/24 || len(c.Bars[0].Marks) != 0 {
		t.Errorf("the longest bar is %d, the first %d", c.Bars[1].W, c.Bars[0].W)
	}
	for _, m := range c.Bars[2].Marks {
		if m.X < chartWidth/2 || m.X > chartWidth {
			t.Errorf("a mark stands at %d", m.X)
		}
	}
	if none := loadChart(nil); len(none.Bars) != 0 {
		t.Errorf("%+v", none)
	}
}

// What is held back in a table is held back in its chart.
func TestFigures(t *testing.T) {
	_, s := atDesk(t, "staff-01", access.Manager)
	w := ask(s, "GET", "/figures?from=2026-01-01&to=2026-10-28")
	if w.Code != 200 {
		t.Fatal(w.Code)
	}
	wants(t, w.Body.String(), "Counts under 5 are not shown", "not shown", "<svg", "The numbers")
	if w := ask(s, "GET", "/figures?from=2026-02-01&to=2026-01-01"); w.Code != 422 {
		t.Errorf("a period that ends before it begins: %d", w.Code)
	}
	n := 7
	c := figuresChart(views.Table{Rows: []views.Row{{Title: "Few"}, {Title: "Many", Count: &n}}})
	if c.Chart.Bars[0].W != 0 || c.Chart.Bars[0].Text != "not shown" || c.Chart.Bars[1].Text != "7" {
		t.Errorf("%+v", c.Chart.Bars)
	}
}
