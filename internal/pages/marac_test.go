package pages

import (
	"strings"
	"testing"

	"caseledger/internal/access"
)

// Earlier actions come first, a print is told to the access ledger before it
// is shown, and what became of an action can be recorded.
func TestMarac(t *testing.T) {
	o, s := atDesk(t, "staff-07", access.Adviser)
	path := "/case/" + courtCase.String() + "/marac"
	w := ask(s, "GET", path)
	if w.Code != 200 {
		t.Fatal(w.Code)
	}
	page := w.Body.String()
	wants(t, page, "Earlier actions and what came of them", "To be heard", "whether the client was told")
	if strings.Index(page, "Earlier actions") > strings.Index(page, "To be heard") {
		t.Error("earlier actions do not come first")
	}
	o.reads = nil
	if w := ask(s, "GET", path+"/print"); w.Code != 200 || len(o.reads) != 1 || o.reads[0].Type != "printed" {
		t.Errorf("printing: %d, told %+v", w.Code, o.reads)
	}

	form := ask(s, "GET", path+"/refer").Body.String()
	v := fields(t, form)
	v.Set("when-date", "2026-10-28")
	v.Set("made", "live")
	v.Set("marac", "Northmoor Marac")
	v.Set("criterion", "professional-judgement")
	v.Set("agreed", "no")
	v.Set("reasons", "He waited at the gate.")
	before := len(o.of(courtCase, "marac.referred"))
	if w := post(s, path+"/refer", v); w.Code != 422 || !strings.Contains(w.Body.String(), "lawful reason for sharing without agreement") {
		t.Errorf("without agreement or reason: %d", w.Code)
	}
	v.Set("lawful-reason", "Risk to life.")
	if w := post(s, path+"/refer", v); w.Code != 303 {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
	if n := len(o.of(courtCase, "marac.referred")); n != before+1 {
		t.Errorf("%d referrals, want %d", n, before+1)
	}
}

// Each area of the plan is there, and the same action cannot be planned again
// before somebody said what came of it.
func TestPlan(t *testing.T) {
	o, s := atDesk(t, "staff-07", access.Adviser)
	path := "/case/" + courtCase.String() + "/plan"
	page := ask(s, "GET", path).Body.String()
	for _, area := range []string{"Money", "Life", "Time", "Safety", "Health"} {
		wants(t, page, "-h\">"+area)
	}
	add := func(aim, status, outcome string) int {
		t.Helper()
		v := fields(t, ask(s, "GET", path+"/new?area=safety").Body.String())
		for name, text := range map[string]string{"when-date": "2026-10-28", "made": "live", "area": "safety", "aim": aim, "owner": "client", "status": status, "outcome": outcome} {
			v.Set(name, text)
		}
		return post(s, path+"/new", v).Code
	}
	before := len(o.of(courtCase, "plan.changed"))
	if got := add("Zmienić zamki.", "planned", ""); got != 303 {
		t.Fatal(got)
	}
	if got := add("zmienić  zamki", "planned", ""); got != 422 {
		t.Errorf("the same again: %d", got)
	}
	if got := add("Another thing", "done", ""); got != 422 {
		t.Errorf("ended without an outcome: %d", got)
	}
	if n := len(o.of(courtCase, "plan.changed")); n != before+1 {
		t.Errorf("%d recorded", n-before)
	}
	wants(t, ask(s, "GET", path).Body.String(), "Zmienić zamki.")
}
