package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"caseledger/internal/accesslog"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// TestMisfiledIsWithheld: once somebody says that an entry belongs to another
// case, nobody reads its words in this one, nor its file, nor what was said of
// it, by any page.
func TestMisfiledIsWithheld(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String()
	const words, right, file = "Zamek jest na piasku", "Klucz jest pod miotłą", "the other client’s clip"
	send := func(to string, form url.Values) uint64 {
		t.Helper()
		if w := d.adviser.send(path+to, form); w.Code != 303 {
			t.Fatal(to, w.Code, wrongs(w))
		}
		return must(d.l.Last(t.Context(), chain))
	}
	entry := func(seq uint64) string { return "/entry/" + strconv.FormatUint(seq, 10) }
	call := send("/helpline/new", d.begin(t, chain, "channel", "phone", "caller", "client", "call-back", "yes", "danger-now", "no", "emergency", "not-needed", "words", words))
	corrected := send(entry(call)+"/correct", d.begin(t, chain, "statement", "0", "text", right, "reason", "Misheard."))
	if w := d.adviser.upload(path+"/attachment/new", d.begin(t, chain, "kind", "video", "from", "the client"), "clip.mp4", []byte(file), true); w.Code != 303 {
		t.Fatal(w.Code, wrongs(w))
	}
	clip := must(d.l.Last(t.Context(), chain))
	attached := path + "/attachment/" + strconv.FormatUint(clip, 10)
	for of, want := range map[string]string{path + entry(call): words, path + entry(corrected): right, path + entry(clip): "clip.mp4", attached: file} {
		if w := d.adviser.send(of, nil); w.Code != 200 || !says(w, want) {
			t.Fatalf("%s before: %d", of, w.Code)
		}
	}
	for _, seq := range []uint64{call, clip} {
		send(entry(seq)+"/misfiled", d.begin(t, chain, "reason", "It was somebody else.", "sure", "yes"))
	}
	for _, of := range []string{entry(call), entry(corrected), entry(clip)} {
		w := d.adviser.send(path+of, nil)
		if w.Code != 200 || !says(w, "withheld") || says(w, words) || says(w, right) || says(w, "clip.mp4") {
			t.Errorf("%s: %d, withheld: %v", of, w.Code, says(w, "withheld"))
		}
	}
	if w := d.adviser.send(attached, nil); w.Code != 404 || says(w, file) {
		t.Error("the file:", w.Code)
	}
	// A form that is sent about it does not show it either.
	for _, of := range []string{"/correct", "/dispute"} {
		if w := d.adviser.send(path+entry(call)+of, d.begin(t, chain)); w.Code != 422 || says(w, words) {
			t.Errorf("%s: %d", of, w.Code)
		}
	}
}

// TestPlanTwice: two advisers begin an action of the plan at the same time.
// Whoever comes second is told, sends it again, and both actions stand.
func TestPlanTwice(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/plan/new"
	hidden := func(page, name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatal("no field ", name)
		}
		return html.UnescapeString(m[1])
	}
	form := func(aim string) url.Values {
		return d.begin(t, chain, "action", hidden(d.adviser.send(path, nil).Body.String(), "action"), "area", "safety", "aim", aim, "owner", "client", "status", "planned", "risk", "He has a key")
	}
	one, two := form("Zmienić zamki"), form("Zadzwonić do szkoły")
	if one.Get("action") != two.Get("action") {
		t.Fatal("they do not begin alike")
	}
	if w := d.manager.send(path, one); w.Code != 303 {
		t.Fatal(w.Code, wrongs(w))
	}
	w := d.adviser.send(path, two)
	if w.Code != 422 || !says(w, "Zadzwonić do szkoły") {
		t.Fatal(w.Code, wrongs(w))
	}
	two.Set("action", hidden(w.Body.String(), "action"))
	two.Set("seq", hidden(w.Body.String(), "seq"))
	for range 2 { // sent twice it stands once
		if w := d.adviser.send(path, two); w.Code != 303 {
			t.Fatal(w.Code, wrongs(w))
		}
	}
	got := newest[schemas.PlanChanged](t, d, chain, "plan.changed")
	if len(got.Actions) != 1 || got.Actions[0].ID == one.Get("action") {
		t.Errorf("recorded %+v over the other's %s", got.Actions, one.Get("action"))
	}
	if w := d.adviser.send(strings.TrimSuffix(path, "/new"), nil); !says(w, "Zmienić zamki", "Zadzwonić do szkoły") {
		t.Error("the plan has not both")
	}
}

// TestAuditHidesExcluded: whoever is excluded from a case learns nothing of who
// read it, nor that it is there.
func TestAuditHidesExcluded(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	if w := d.adviser.send("/case/"+chain.String(), nil); w.Code != 200 {
		t.Fatal(w.Code)
	}
	about := func(staff string) int {
		t.Helper()
		list, err := d.l.Accesses(t.Context(), asking(staff))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range slices.Concat(list.Entries, list.Unreviewed) {
			if r.Case != nil && *r.Case == chain {
				n++
			}
		}
		if !slices.ContainsFunc(list.Entries, func(r accesslog.Row) bool { return r.Case == nil }) {
			t.Error(staff, "sees nothing at all")
		}
		return n
	}
	if about("staff-01") == 0 {
		t.Fatal("nothing was told of the case")
	}
	if w := d.manager.send("/case/"+chain.String()+"/exclude", d.begin(t, chain, "staff", "staff-01", "excluded", "yes", "reason", "safety")); w.Code != 303 {
		t.Fatal(w.Code, wrongs(w))
	}
	if n := about("staff-01"); n != 0 {
		t.Errorf("%d entries about a case that may not be seen", n)
	}
	if about("staff-41") == 0 {
		t.Error("the auditor lost them too")
	}
	if w := d.manager.send("/audit", nil); w.Code != 200 || says(w, strings.ToUpper(chain.String()[:8])) {
		t.Error("the page names it:", w.Code)
	}
}

// TestLockedWhileWriting: a form that took longer than a session rests is not
// lost. It is sent again by who wrote it, and by nobody else.
func TestLockedWhileWriting(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/incident/new"
	const what = "Stał przy bramie\n \"i patrzył\" <ਘਰ> 🏠"
	form := d.begin(t, chain, "happened-precision", "unknown", "what", what, "through", "not-known", "children-present", "no", "reported", "no")
	d.adviser.send("/lock", url.Values{})
	before := must(d.l.Last(t.Context(), chain))
	w := d.adviser.send(path, form)
	page := w.Body.String()
	if w.Code != 401 || says(w, "SAFE:") || !says(w, "still on this page") {
		t.Fatal(w.Code, page)
	}
	again := carriedBy(page, path)
	if again.Get("what") != what || again.Get("typed-by") != "staff-07" || again.Get("id") != form.Get("id") {
		t.Fatalf("%q", again)
	}
	if w := d.manager.send(path, again); w.Code != 409 || !says(w, "Somebody else wrote this") {
		t.Error("another's:", w.Code)
	}
	if w := d.adviser.send("/locked", url.Values{"password": {"kettle by the harbour 4"}}); w.Code != 303 {
		t.Fatal(w.Code)
	}
	if now := must(d.l.Last(t.Context(), chain)); now != before {
		t.Fatal("recorded while locked")
	}
	if w := d.adviser.send(path, again); w.Code != 303 {
		t.Fatal(w.Code, wrongs(w))
	}
	if got := newest[schemas.IncidentDisclosedV2](t, d, chain, "incident.disclosed"); got.What.Text != what {
		t.Errorf("%q", got.What.Text)
	}
}

// carriedBy are the hidden fields of the form of a page that leads to path.
func carriedBy(page, path string) url.Values {
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(page[strings.Index(page, `action="`+path):], -1) {
		v.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return v
}

// TestEndedWhileWriting: a form that was sent after its session had ended is
// not lost either. Nobody knows whose it was, so who signs in and sends it is
// asked before anything is recorded as theirs.
func TestEndedWhileWriting(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/incident/new"
	const what = "Stał przy bramie\n \"i patrzył\" <ਘਰ> 🏠"
	form := d.begin(t, chain, "happened-precision", "unknown", "what", what, "through", "not-known", "children-present", "no", "reported", "no")
	before := must(d.l.Last(t.Context(), chain))
	nobody := &visitor{t, d.adviser.site, map[string]*http.Cookie{}}
	w := nobody.send(path, form)
	if w.Code != 401 || !says(w, "Your session has ended") || says(w, "SAFE:") || says(w, "staff-") {
		t.Fatal(w.Code, w.Body)
	}
	again := carriedBy(w.Body.String(), path)
	if again.Get("what") != what || again.Get("typed-by") != "" || !again.Has("typed-by") || again.Get("id") != form.Get("id") {
		t.Fatalf("%q", again)
	}
	if w := nobody.send(path, again); w.Code != 401 || carriedBy(w.Body.String(), path).Encode() != again.Encode() {
		t.Error("sent again too early:", w.Code)
	}
	// Somebody is signed in again: nothing is recorded before they said it is
	// theirs.
	w = d.adviser.send(path, again)
	if w.Code != 409 || !says(w, "Did you type this?") || must(d.l.Last(t.Context(), chain)) != before {
		t.Fatal(w.Code, wrongs(w))
	}
	mine := carriedBy(w.Body.String(), path)
	if mine.Get("typed-by") != "staff-07" || mine.Get("what") != what {
		t.Fatalf("%q", mine)
	}
	if w := d.manager.send(path, mine); w.Code != 409 || !says(w, "Somebody else wrote this") {
		t.Error("another's:", w.Code)
	}
	// It locked meanwhile: still theirs.
	d.adviser.send("/lock", url.Values{})
	if w := d.adviser.send(path, mine); w.Code != 401 || carriedBy(w.Body.String(), path).Encode() != mine.Encode() {
		t.Error("locked:", w.Code)
	}
	// And what nobody said is theirs stays so while it is locked.
	if w := d.adviser.send(path, again); w.Code != 401 || carriedBy(w.Body.String(), path).Encode() != again.Encode() {
		t.Error("locked, of nobody:", w.Code)
	}
	if w := d.adviser.send("/locked", url.Values{"password": {"kettle by the harbour 4"}}); w.Code != 303 {
		t.Fatal(w.Code)
	}
	if w := d.adviser.send(path, mine); w.Code != 303 {
		t.Fatal(w.Code, wrongs(w))
	}
	if got := newest[schemas.IncidentDisclosedV2](t, d, chain, "incident.disclosed"); got.What.Text != what {
		t.Errorf("%q", got.What.Text)
	}
}

// TestTooLongToRecord: what is longer than an entry can hold is refused with
// the limit, and comes back to the last letter, also when it is longer than a
// draft can be.
func TestTooLongToRecord(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/"
	initials := must(d.l.Case(t.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: chain, Actor: "staff-07"}})).Strip.Initials
	before := must(d.l.Last(t.Context(), chain))
	line := strings.Repeat("zażółć gęślą ", 10_000)
	for _, lines := range []int{4, 30} {
		notes := strings.Repeat(line+"\n", lines) + "The last letter."
		form := d.begin(t, chain, "how", "phone in", "with", "client", "language", "en", "when-precision", "exact", "notes", notes, "step", "record", "initials", initials)
		w := d.adviser.send(path+"contact/new", form)
		if w.Code != 422 || !says(w, "at most 768 KiB", html.EscapeString(notes)) {
			t.Errorf("%d lines of notes, %d bytes sent: %d, %d bytes back", lines, len(form.Encode()), w.Code, w.Body.Len())
		}
		form = d.begin(t, chain, "happened-precision", "unknown", "what", notes, "through", "not-known", "children-present", "no", "reported", "no")
		if w := d.adviser.send(path+"incident/new", form); w.Code != 422 || !says(w, "at most 768 KiB", html.EscapeString(notes)) {
			t.Errorf("%d lines of an incident: %d, %d bytes back", lines, w.Code, w.Body.Len())
		}
	}
	if now := must(d.l.Last(t.Context(), chain)); now != before {
		t.Error("recorded")
	}
}

// wrongs are the errors that a page lists.
func wrongs(w *httptest.ResponseRecorder) []string {
	return regexp.MustCompile(`<a href="#[^"]*">[^<]*`).FindAllString(w.Body.String(), -1)
}

// TestDraftAfterwards: what a script sent while the form was on its way is no
// draft of the next contact.
func TestDraftAfterwards(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/contact/"
	const words = "Zadzwoni jutro o dziewiątej"
	initials := must(d.l.Case(t.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: chain, Actor: "staff-07"}})).Strip.Initials
	form := d.begin(t, chain, "how", "phone in", "with", "client", "language", "en", "when-precision", "exact", "notes", "= "+words, "step", "record", "initials", initials, "lang-1", "pl")
	kept := func() bool { return says(d.adviser.send(path+"new", nil), words) }
	if w := d.adviser.send(path+"draft", form); w.Code != 204 || !kept() {
		t.Fatal("no draft:", w.Code)
	}
	if w := d.adviser.send(path+"new", form); w.Code != 303 || kept() {
		t.Fatal(w.Code, wrongs(w))
	}
	if w := d.adviser.send(path+"draft", form); w.Code != 204 || kept() {
		t.Error("what is recorded came back as a draft:", w.Code)
	}
}
