package pages

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caseledger/internal/access"
	"caseledger/internal/pages/pagetest"
)

// The pages of the desk look as they should at both widths, are accessible,
// and say the same without scripts.
func TestDeskInBrowser(t *testing.T) {
	path := "/case/" + courtCase.String()
	w := open(t, storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday), wednesday)
	w.Check("risk", path+"/risk")
	w.Check("risk-new", path+"/risk/new")
	w.Check("marac", path+"/marac")
	w.Check("marac-refer", path+"/marac/refer")
	w.Check("plan", path+"/plan")
	w.Check("plan-new", path+"/plan/new")
	w.Quiet()
}

func TestBoardInBrowser(t *testing.T) {
	w := open(t, storyAt(t, access.Who{Staff: "staff-01", Role: access.Manager}, wednesday), wednesday)
	w.Check("board", "/board")
	w.Check("figures", "/figures?from=2025-10-29&to=2026-10-28")
	w.Quiet()
}

func TestAuditInBrowser(t *testing.T) {
	w := open(t, storyAt(t, access.Who{Staff: "staff-05", Role: access.Auditor}, wednesday), wednesday)
	w.Check("audit", "/audit")
	w.Quiet()
}

// Every page of a disclosure, each at the step at which it is used.
func TestDisclosureInBrowser(t *testing.T) {
	d := discloseAt(t, "staff-07", access.Adviser, "words")
	w := open(t, byRoleOf(d), wednesday)
	w.Check("disclosures", "/case/"+courtCase.String()+"/disclosure")
	w.Check("disclosure", d.path())
	w.Check("disclosure-request", "/case/"+courtCase.String()+"/disclosure/new")
	w.Check("disclosure-told", d.path()+"/told")
	w.Check("closing-words", d.path()+"/words")
	d.also = []uint64{1, 2}
	w.Check("closing-words-several", d.path()+"/words")
	leadOn(t, w, d)
	d.also = nil
	w.Check("disclosure-draft", d.path()+"/draft")
	w.Check("disclosure-schedule", d.path()+"/schedule")
	d.next = "export"
	w.Check("disclosure-produce", d.path()+"/produce")
	d.next = "hand-over"
	w.Check("disclosure-hand-over", d.path()+"/hand-over")
	w.Quiet()

	m := discloseAt(t, "staff-01", access.Manager, "approval")
	w = open(t, byRoleOf(m), wednesday)
	w.Check("disclosure-decision", m.path()+"/decision")
	w.Check("disclosure-approval", m.path()+"/approval")
	w.Quiet()
	m.who.Staff = "staff-02" // decided
	w.Check("disclosure-not-second", m.path()+"/approval")
	w.Quiet()
}

// leadOn decides one proposal after the other by the links that lead to them,
// and back: what is left is counted as it is decided, by keyboard too.
func leadOn(t *testing.T, w *pagetest.Window, d *disclosing) {
	t.Helper()
	w.Go(d.path() + "/words")
	const at = "location.hash.slice(10)" // behind "#proposal-"
	w.Click("#entries [data-next]")
	if got := pagetest.Evaluate[string](w, at); got != "1" {
		t.Fatalf("the first is %q", got)
	}
	// The next stop of the keyboard is its answer.
	w.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" "))
	w.Until("document.getElementById('outcome-" + strconv.FormatUint(d.seq, 10) + "-0-0-A').checked")
	if got := w.Text("#entries b"); got != "3 proposals, 2 left to decide" {
		t.Errorf("after one: %q", got)
	}
	w.Click("section[data-entry='1'] [data-next]")
	if got := pagetest.Evaluate[string](w, at); got != "3" {
		t.Errorf("after entry 1 comes %q", got)
	}
	w.Click("label[for='outcome-2-0-0-M']")
	w.Click("section[data-entry='2'] [data-next]")
	if got := pagetest.Evaluate[string](w, at); got != "2" {
		t.Errorf("after the last comes %q", got)
	}
	w.Click("label[for='outcome-1-0-0-M']")
	if got := w.Text("#entries .words__ahead"); got != "3 proposals, 0 left to decide Everything is decided" {
		t.Errorf("after all: %q", got)
	}
	w.Accessible("everything is decided")
	w.Wide(320)
	if pagetest.Evaluate[bool](w, "document.documentElement.scrollWidth > innerWidth") {
		t.Error("the words are wider than 320 pixels")
	}
	w.Wide(1280)
}

// A form whose session locked or ended meanwhile is on the page that answers it
// until it can be sent.
func TestTypedInBrowser(t *testing.T) {
	const words = "„Nie mów nikomu” – powiedział. گھر 🏠"
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	w := open(t, o, wednesday)
	w.Go("/case/" + courtCase.String() + "/incident/new")
	w.Set("#what", words)
	for _, c := range []struct {
		name  string
		state access.State
		title string
	}{
		{"typed-locked", access.Locked, "Your session was locked"}, {"typed-ended", access.None, "Your session has ended"}, {"typed-claim", access.SignedIn, "Did you type this?"},
	} {
		o.state = c.state
		if c.state == access.SignedIn { // as if the session had ended when it was sent first
			pagetest.Evaluate[bool](w, "(document.querySelector('[name=typed-by]').value = '', true)")
		}
		w.Press("main form[method=post] button.govuk-button")
		if got := w.Text("h1"); got != c.title {
			t.Fatalf("%s: %q", c.name, got)
		}
		w.Shot(c.name)
		w.Accessible(c.name)
	}
	w.Press("main form[method=post] button.govuk-button")
	if got := pagetest.Evaluate[string](w, "document.getElementById('what').value"); got != words || w.Status() != 422 {
		t.Errorf("%d: the form has %q", w.Status(), got)
	}
}

// A handover and a call, as who writes them and as who reads them.
func TestHelplineInBrowser(t *testing.T) {
	saturday := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)
	w := open(t, byRole{storyAt(t, access.Who{Staff: "staff-09", Role: access.Helpline}, saturday)}, saturday)
	w.Check("handovers", "/handover")
	w.Press(".row__do .press")
	w.Shot("helpline-new")
	w.Accessible("a call")
	w.Quiet()
	a := open(t, storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday), wednesday)
	a.Check("handover-new", "/case/"+courtCase.String()+"/handover/new")
	a.Quiet()
}

// A review is written in a browser, letter for letter, and its result shown.
func TestRiskInBrowser(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	w := open(t, o, wednesday)
	w.Go("/case/" + courtCase.String() + "/risk/new")
	w.Click("#answer-D14")
	w.Click("#level-2")
	w.Set("#text", "„Zabiję cię” – powiedział. گھر ਘਰ 🏠")
	w.Press("main button[type=submit]")
	if got := w.Text(".result"); !strings.Contains(got, "„Zabiję cię” – powiedział. گھر ਘਰ 🏠") || !strings.Contains(got, "1 yes, 0 no, 0 not known, 23 not asked") {
		t.Errorf("the result says %s", got)
	}
	w.Quiet()
}
