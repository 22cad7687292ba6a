package pages

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caseledger/events"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// said is a contact's notes in the scripts that clients write.
var said = []struct{ mark, text, language string }{
	{`"`, "Zażółć gęślą jaźń, powiedział: \u201ecicho bądź\u201d \u2014 i trzasnął drzwiami.  ", "pl"},
	{`"`, "مجھے ڈر لگتا ہے\u200c کہ وہ واپس آ جائے گا۔", "ur"},
	{`"`, "ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ। ੴ", "pa-Guru"},
	{"=", "She sent 😟👩🏽‍👧 and e\u0301 rather than é, then <b>&amp; \"quotes\".", "en"},
	{">", "He waited at the school gate.", "en"},
	{"?", "He is likely to come back.", "en"},
	{"!", "\tThe lock is broken.", "en"},
	{"-", "Rang the locksmith.", "en"},
}

func box() string {
	var b strings.Builder
	for _, s := range said {
		b.WriteString(s.mark + " " + s.text + "\n")
	}
	return b.String()
}

func last(o *week, label string) casefile.Event {
	list := o.lists[story.Chain(label)]
	return list[len(list)-1]
}

// What is typed in a real browser stands in the event byte for byte.
func TestContactInBrowser(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	w := open(t, o, wednesday)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/contact/new"
	w.Check("contact-new", path)
	w.Go(path)
	w.Set("#notes", box())
	pagetest.Evaluate[bool](w, `document.getElementById("notes").dispatchEvent(new Event("input", {bubbles: true}))`)
	live := w.Texts(".notes__live li b")
	if len(live) != len(said) || live[0] != "Client’s words" || live[4] != "Someone else said" {
		t.Errorf("the labels beside the lines are %q", live)
	}
	w.Shot("contact-typed")
	w.Accessible("a contact with notes")

	// The draft is kept while somebody writes, and found again.
	w.Until("document.getElementById('kept').textContent.startsWith('Draft kept')")
	w.Go(path)
	if got := pagetest.Evaluate[string](w, "document.getElementById('notes').value"); got != box() {
		t.Errorf("the draft has %+q", got)
	}

	// Ctrl+Enter checks and does not record.
	before := len(o.upTo(chain, time.Time{}))
	pagetest.Evaluate[bool](w, "document.getElementById('notes').focus(), window.beforePress = true")
	w.Do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(2)))
	w.Until("!window.beforePress && document.readyState === 'complete'")
	if w.Text("h1") != "Check the contact" || len(o.upTo(chain, time.Time{})) != before {
		t.Fatalf("Ctrl+Enter led to %q", w.Text("main"))
	}
	w.Shot("contact-review")
	w.Accessible("a contact to check")

	// The wrong case, and what has to be said about two statements.
	w.Set("#initials", "XX")
	w.Click("#made-1")
	w.Press("#record")
	if errs := w.Text(".govuk-error-summary"); !strings.Contains(errs, "right case") || !strings.Contains(errs, "who said statement 5") || !strings.Contains(errs, "opinion in statement 6") {
		t.Errorf("the page says %q", errs)
	}
	w.Set("#initials", "hq")
	w.Set("#speaker-5", "her sister")
	w.Set("#knew-5", "saw it herself")
	w.Set("#because-6", "he has a key")
	w.Set("#lang-1", "pl")
	w.Press("#record")
	if !strings.Contains(w.Path(), "recorded=") || w.Text("#recorded") == "" {
		t.Fatalf("recording led to %s, %s", w.Path(), w.Text("main"))
	}
	w.Shot("contact-recorded")

	if len(o.kept) != 0 {
		t.Error("the draft is still there")
	}

	e := last(o, "court")
	var c schemas.ContactRecordedV2
	if err := json.Unmarshal(e.Body.Data, &c); err != nil || e.Body.Type != "contact.recorded" || e.Body.V != 2 {
		t.Fatal(e.Body.Type, e.Body.V, err)
	}
	if len(c.Statements) != len(said) {
		t.Fatalf("%d statements, want %d", len(c.Statements), len(said))
	}
	for i, s := range said {
		if got := c.Statements[i]; got.Text != s.text || got.Language != s.language {
			t.Errorf("statement %d is %+q in %s, want %+q in %s", i+1, got.Text, got.Language, s.text, s.language)
		}
	}
	if c.Statements[4].Speaker != "her sister" || *c.Statements[4].Knew != "saw it herself" || c.Statements[5].Because.Text != "he has a key" {
		t.Errorf("what was asked of statements: %+v, %+v", c.Statements[4], c.Statements[5])
	}
	w.Quiet()
}

// sent is a form as a browser sends it.
func sent(s *Server, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(strings.ReplaceAll(form.Encode(), "%0A", "%0D%0A")))
	r.Host = "localhost:8080"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func contactForm(seq string) url.Values {
	return url.Values{"id": {"01JB0000000000000000000000"}, "seq": {seq}, "step": {"record"}, "how": {"phone out"}, "with": {"client"},
		"when-date": {"2026-10-28"}, "when-time": {"08:40"}, "when-end": {"08:55"}, "when-precision": {"exact"}, "notes": {"\" Nie śpię.\n= She rang her mother."},
		"made": {"live"}, "initials": {"H.Q."}, "lang-1": {"pl"}}
}

// A contact that somebody else's entry came before is not lost: what is new is
// shown, and it goes in when it is sent once more. Sent twice it stands once.
func TestContactConflict(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/contact/new"
	n := len(o.upTo(chain, time.Time{}))
	w := sent(s, path, contactForm(strconv.Itoa(n-1)))
	page := w.Body.String()
	if w.Code != 409 || len(o.upTo(chain, time.Time{})) != n {
		t.Fatalf("%d, %d events: %s", w.Code, len(o.upTo(chain, time.Time{})), inside(w))
	}
	for _, want := range []string{"New here since you began", "Nie śpię.", `name="seq" value="` + strconv.Itoa(n) + `"`, `value="01JB0000000000000000000000"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for range 2 {
		if w := sent(s, path, contactForm(strconv.Itoa(n))); w.Code != 303 || w.Header().Get("Location") != "/case/"+chain.String()+"?recorded="+strconv.Itoa(n+1) {
			t.Fatalf("%d to %s: %s", w.Code, w.Header().Get("Location"), inside(w))
		}
	}
	if got := len(o.upTo(chain, time.Time{})); got != n+1 {
		t.Errorf("%d events, want %d", got, n+1)
	}
	other := contactForm(strconv.Itoa(n + 1))
	other.Set("notes", "= Other words.")
	if w := sent(s, path, other); w.Code != 409 || !strings.Contains(w.Body.String(), "recorded before") {
		t.Errorf("other words under the same id: %d", w.Code)
	}
}

// What a contact lacks is asked for and nothing of it is lost.
func TestContactRefused(t *testing.T) {
	for _, c := range []struct{ name, field, value, want string }{
		{"no notes", "notes", " ", "at least one line"},
		{"no mark's words", "notes", "? ", "Line 1"},
		{"nobody", "with", "", "whom the contact was with"},
		{"later than now", "when-time", "23:10", "later than now"},
		{"late without a reason", "when-date", "2026-10-20", "written long after"},
		{"the wrong client", "initials", "QH", "right case"},
		{"not said what it was made from", "made", "", "what this entry is made from"},
		{"no way of contact", "how", "pigeon out", "how the contact was made"},
	} {
		o := storyAt(t, caseAdviser, wednesday)
		s := handlers(t, o)
		chain := story.Chain("court")
		n := len(o.upTo(chain, time.Time{}))
		f := contactForm(strconv.Itoa(n))
		f.Set(c.field, c.value)
		if c.name == "later than now" {
			f.Del("when-end")
		}
		w := sent(s, "/case/"+chain.String()+"/contact/new", f)
		if w.Code != 422 || !strings.Contains(w.Body.String(), c.want) || c.field != "notes" && !strings.Contains(w.Body.String(), "Nie śpię.") {
			t.Errorf("%s: %d, %s", c.name, w.Code, inside(w))
		}
		if len(o.upTo(chain, time.Time{})) != n {
			t.Errorf("%s: recorded", c.name)
		}
	}
}

// No answer: two presses from My day.
func TestAttemptInBrowser(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	w := open(t, o, wednesday)
	w.Check("attempt-new", "/case/"+story.Chain("court").String()+"/attempt/new")
	w.Go("/day")
	w.Press(`.press[href$="/attempt/new"]`)
	where := strings.TrimSuffix(strings.TrimPrefix(w.Path(), "/case/"), "/attempt/new")
	w.Press("#record")
	if !strings.Contains(w.Path(), "recorded=") {
		t.Fatalf("%s: %s", w.Path(), w.Text("main"))
	}
	c, err := events.ParseChain(where)
	if err != nil {
		t.Fatal(err)
	}
	list := o.upTo(c, time.Time{})
	e := list[len(list)-1]
	var a schemas.ContactAttempted
	if err := json.Unmarshal(e.Body.Data, &a); err != nil || e.Body.Type != "contact.attempted" || a.Channel != "phone" || a.Outcome != "no-answer" || a.NextTry == nil || *a.NextTry != "2026-10-29T09:00:00+00:00" {
		t.Errorf("recorded %s %+v, %v", e.Body.Type, a, err)
	}
	w.Quiet()
}

// inside is what an answer has between its frame.
func inside(w *httptest.ResponseRecorder) string {
	_, main, _ := strings.Cut(w.Body.String(), "<main")
	main, _, _ = strings.Cut(main, "</main>")
	return main
}

// handlers are the pages over the story, on Wednesday, without a browser.
func handlers(t *testing.T, o *week) *Server {
	t.Helper()
	s := o.serve(t)
	s.ledger, s.guard, s.recorder, s.now = o, o, o, func() time.Time { return wednesday }
	return s
}

// A draft is its author's, of one case, and gone when it is thrown away.
func TestDraft(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	path := "/case/" + story.Chain("court").String() + "/contact/"
	if w := sent(s, path+"draft", contactForm("3")); w.Code != 204 || len(o.kept) != 1 {
		t.Fatalf("%d, %d kept", w.Code, len(o.kept))
	}
	for _, kept := range o.kept {
		if strings.Contains(string(kept), "initials") {
			t.Error("the draft answers the check for the wrong case by itself")
		}
	}
	if page := ask(s, "GET", path+"new").Body.String(); !strings.Contains(page, "Nie śpię.") || !strings.Contains(page, "This is your draft") {
		t.Error("the draft is not in the page")
	}
	form := contactForm("3")
	form.Set("step", "discard")
	if w := sent(s, path+"new", form); w.Code != 303 || len(o.kept) != 0 {
		t.Errorf("%d, %d kept", w.Code, len(o.kept))
	}
	if w := sent(s, path+"draft", url.Values{"notes": {"x"}}); w.Code != 422 || len(o.kept) != 0 {
		t.Errorf("no form of ours: %d, %d kept", w.Code, len(o.kept))
	}
	o.who.Staff = "staff-14"
	if w := sent(s, path+"draft", contactForm("3")); w.Code != 403 || len(o.kept) != 0 {
		t.Errorf("another adviser: %d, %d kept", w.Code, len(o.kept))
	}
}
