package pages

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/story"
)

var caseAdviser = access.Who{Staff: "staff-07", Role: access.Adviser}

func TestCaseInBrowser(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	w := open(t, o, wednesday)
	path := "/case/" + story.Chain("court").String()
	w.Check("case", path)
	headings := w.Texts("main h2")
	want := []string{"Next", "Last contact", "Plan", "Timeline", "People, children and orders"}
	if headings = slices.DeleteFunc(headings, func(h string) bool { return !slices.Contains(want, h) }); !slices.Equal(headings, want) {
		t.Errorf("the page has %q, want %q in this order", headings, want)
	}
	if first := w.Text(".case__presses a"); first != "New contact" {
		t.Errorf("the first of the buttons is %q", first)
	}
	everything := w.Text("body")
	for _, never := range []string{"Quill", "Cooper", "Tallow", "07700", "supplier", "Lighthouse"} {
		if strings.Contains(everything, never) {
			t.Errorf("the page has %q in it", never)
		}
	}
	w.Go(path + "?known=2026-08-01")
	if n := len(w.Texts(".entry")); n == 0 || !strings.Contains(w.Text("main"), "As it was known") || strings.Contains(w.Text(".timeline"), "Oct 2026") {
		t.Errorf("as known in August: %d entries, %s", n, w.Text(".timeline"))
	}
	w.Go(path + "?show=contacts")
	w.Press(".entry--contact .govuk-link")
	w.Check("entry", w.Path())
	if len(w.Texts(".statement")) == 0 {
		t.Error("the contact has no statements")
	}

	before := len(o.reads)
	w.Go(path)
	w.Press("form[action$=reveal] button")
	if text := w.Text("main"); !strings.Contains(text, "supplier") || !strings.Contains(text, "Shown for 30 seconds") {
		t.Errorf("shown for a moment: %s", text)
	}
	w.Accessible("an address")
	if !slices.ContainsFunc(o.reads[before:], func(r Read) bool { return r.Type == "address.revealed" && *r.Chain == story.Chain("court") }) {
		t.Error("the access ledger was not told of the address")
	}
	w.Quiet()
}

// An address is not shown when the access ledger cannot be written.
func TestRevealFailsClosed(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	o.lost = true
	w := ask(handlers(t, o), "POST", "/case/"+story.Chain("court").String()+"/reveal")
	if w.Code != 503 || strings.Contains(w.Body.String(), "supplier") {
		t.Errorf("%d", w.Code)
	}
}

// Every entry of the story can be read, and none gives an address away.
func TestEntries(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-02", Role: access.Manager}, wednesday)
	for chain := range o.files {
		o.who.Staff = o.files[chain].Adviser()
		s := handlers(t, o)
		for _, e := range o.upTo(chain, wednesday) {
			path := "/case/" + chain.String() + "/entry/" + strconv.FormatUint(e.Seq, 10)
			w := ask(s, "GET", path)
			if w.Code != 200 {
				t.Errorf("%s, %s: %d", path, e.Body.Type, w.Code)
			}
			if body := w.Body.String(); e.Body.Type == "client.recorded" && (strings.Contains(body, "07700") || strings.Contains(body, "Cooper")) {
				t.Errorf("%s gives an address away", path)
			}
		}
	}
}
