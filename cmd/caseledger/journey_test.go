package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/pages"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// house is a real ledger that holds the story up to a moment, which is where its
// clock stands, and a browser for everybody who works there.
type house struct {
	t *testing.T
	l *ledger
}

func houseAt(t *testing.T, now time.Time) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	dir := t.TempDir()
	data, secrets := filepath.Join(dir, "d"), filepath.Join(dir, "s")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"init", "--data", data, "--secrets", secrets, "--origin", "ledger.example.org/cases"}, strings.NewReader(""), &out, &out); err != nil {
		t.Fatal(out.String(), err)
	}
	began, logs := time.Now(), new(bytes.Buffer)
	l, err := openLedger(t.Context(), openOptions{
		dir: datadir.Dir(data), secrets: secrets, logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelWarn})),
		now: func() time.Time { return now.Add(time.Since(began)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if logs.Len() > 0 {
			t.Error(logs)
		}
	})
	for _, e := range story.Events() {
		if e.At.After(now) {
			continue
		}
		if _, err := l.tell(t.Context(), &e); err != nil {
			t.Fatalf("%s: %v", e.Case, err)
		}
	}
	return &house{t, l}
}

// window is a browser in which somebody has just set up their account.
func (h *house) window(staff string) *pagetest.Window {
	h.t.Helper()
	w := pagetest.Open(h.t, func(host string) http.Handler {
		site, err := h.l.site(at{url: "http://" + host, hosts: []string{host}, own: true}, h.l.logger, io.Discard)
		if err != nil {
			h.t.Fatal(err)
		}
		return site
	})
	if w.Go("/sign-in") == http.StatusServiceUnavailable {
		lacking.End(h.t, pages.ErrNoAssets)
	}
	account, err := h.l.ChangeAccount(h.t.Context(), opsAdd(staff))
	if err != nil {
		h.t.Fatal(err)
	}
	w.Go("/set-up")
	w.Set("#staff", staff)
	w.Set("#code", account.Code)
	w.Press("main button[type=submit]")
	secret, err := access.ParseSecret(pagetest.Evaluate[string](w, "document.querySelector('.sign__key').textContent"))
	if err != nil {
		h.t.Fatal(err)
	}
	const password = "kettle by the harbour 4"
	w.Set("#code", access.CodeAt(secret, time.Now()))
	w.Set("#password", password)
	w.Set("#again", password)
	w.Press("form[action='/set-up/account'] button[type=submit]")
	if who := w.Text(".top__who"); !strings.Contains(who, staff) {
		h.t.Fatalf("signed in as %q", who)
	}
	return w
}

// last is the newest event of a case, its data read into data.
func (h *house) last(chain events.Chain, data any) events.Body {
	h.t.Helper()
	seq, err := h.l.Last(h.t.Context(), chain)
	if err != nil {
		h.t.Fatal(err)
	}
	e, err := h.l.Show(h.t.Context(), chain, seq)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := events.ParseBody(e.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if data != nil {
		if err := json.Unmarshal(b.Data, data); err != nil {
			h.t.Fatal(err)
		}
	}
	return b
}

// TestMondayMorning: an adviser signs in at nine, rings back who rang on Sunday
// night, writes the call down, and finds nobody in at the next.
func TestMondayMorning(t *testing.T) {
	h := houseAt(t, time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC))
	w := h.window("staff-07")
	if w.Path() != "/day" {
		t.Fatalf("signed in, at %s", w.Path())
	}
	w.Shot("journey-monday")
	urgent := w.Texts("#urgent .row")
	if len(urgent) != 1 || !strings.Contains(urgent[0], "HQ") || !strings.Contains(urgent[0], "SAFE:") {
		t.Fatalf("urgent: %q", urgent)
	}
	if got := w.Texts("#appointments .row"); len(got) != 2 {
		t.Errorf("appointments: %q", got)
	}

	// The call, from My day to the event, as fast as the pages allow: how long
	// is said, the adviser's typing comes on top.
	court := story.Chain("court")
	began := time.Now()
	w.Press("#urgent .row a[href^='/case/']")
	if w.Path() != "/case/"+court.String() {
		t.Fatalf("the urgent row leads to %s", w.Path())
	}
	w.Press("#new-contact")
	w.Click("label[for=how]")
	w.Set("#when-time", "08:40")
	w.Set("#when-end", "08:55")
	w.Click("label[for=checked]")
	const said = "He rang from a number I don’t know. I didn’t sleep."
	w.Set("#notes", "\" "+said+"\n! Her voice was shaking.\n- I told her whom to ring tonight.")
	w.Press("#review")
	if w.Text("h1") != "Check the contact" {
		t.Fatal(w.Text("main"))
	}
	w.Set("#initials", "HQ")
	w.Click("label[for=made]")
	w.Press("#record")
	t.Logf("a call recorded in %.1f scripted seconds from My day", time.Since(began).Seconds())
	var c schemas.ContactRecordedV2
	if b := h.last(court, &c); b.Type != "contact.recorded" || b.Actor != "staff-07" || len(c.Statements) != 3 || c.Statements[0].Kind != "client-words" || c.Statements[0].Text != said {
		t.Fatalf("recorded %s %+v", b.Type, c)
	}
	w.Go("/day")
	if got := w.Texts("#urgent .row"); len(got) != 0 {
		t.Errorf("still urgent: %q", got)
	}

	// Nobody in: two presses from My day.
	reopened := story.Chain("reopened")
	w.Press("#appointments .press[href='/case/" + reopened.String() + "/attempt/new']")
	w.Press("#record")
	if b := h.last(reopened, nil); b.Type != "contact.attempted" {
		t.Errorf("recorded %s", b.Type)
	}
	w.Quiet()
}

// TestEmergencyInBrowser: somebody else's case is opened in an emergency, for
// one case and without search or paper; the manager is told and looks at why.
func TestEmergencyInBrowser(t *testing.T) {
	h := houseAt(t, time.Date(2026, 10, 28, 9, 5, 0, 0, time.UTC))
	manager, w := h.window("staff-01"), h.window("staff-08")
	path := "/case/" + story.Chain("court").String()
	if status := w.Go(path); status != http.StatusForbidden {
		t.Fatalf("somebody else's case: %d", status)
	}
	w.Press("a[href='" + path + "/glass']")
	w.Set("#reason", "She rang from the court, and staff-07 cannot be reached.")
	w.Shot("journey-emergency")
	w.Press("main button[type=submit]")
	if w.Path() != path || !strings.HasPrefix(w.Text("h1"), "Case ") {
		t.Fatalf("broken glass leads to %s, %s", w.Path(), w.Text("main"))
	}
	if status := w.Go(path + "/marac/print"); status != http.StatusForbidden {
		t.Errorf("on paper: %d", status)
	}
	if status := w.Go("/case/" + story.Chain("released").String()); status != http.StatusForbidden {
		t.Errorf("another case: %d", status)
	}
	manager.Go("/day")
	manager.Press("a[href='/emergencies']")
	if got := manager.Text(".emergency"); !strings.Contains(got, "staff-08") || !strings.Contains(got, "She rang from the court") {
		t.Fatalf("the manager reads %q", got)
	}
	manager.Shot("journey-emergencies")
	manager.Click(".emergency .govuk-radios__item:first-child label")
	manager.Press(".emergency button")
	if got := manager.Text("main"); strings.Contains(got, "staff-08") {
		t.Errorf("looked at, and still %q", got)
	}
	w.Quiet()
	manager.Quiet()
}

// choose presses a radio button or a box.
func choose(w *pagetest.Window, name, value string) {
	pagetest.Evaluate[bool](w, `document.querySelector('main [name="`+name+`"][value="`+value+`"]').click(), true`)
}

// TestRepeatInBrowser: an incident is told after a silence; the pages lead to a
// review of the risk, which finds a repeat, and on to the Marac, with the plan
// of last time and what came of it in sight.
func TestRepeatInBrowser(t *testing.T) {
	h := houseAt(t, time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC))
	w := h.window("staff-08")
	silence := story.Chain("silence")
	path := "/case/" + silence.String()
	w.Go(path)
	if strings.Contains(w.Text(".strip"), "Repeat") {
		t.Fatal("a repeat before anything was told")
	}
	w.Press("main a[href='" + path + "/incident/new']")
	const what = "Pushed her down the cellar steps; „nigdzie nie pójdziesz”, he said."
	w.Set("#what", what)
	w.Set("#happened-date", "2026-10-11")
	choose(w, "kinds", "physical")
	pagetest.Evaluate[bool](w, `document.querySelector('main [name="person"]').click(), true`)
	choose(w, "through", "perpetrator")
	choose(w, "children-present", "no")
	choose(w, "reported", "no")
	choose(w, "made", "live")
	w.Shot("journey-incident")
	w.Press("form.short > button.govuk-button")
	var told schemas.IncidentDisclosedV2
	if b := h.last(silence, &told); b.Type != "incident.disclosed" || told.What.Text != what || len(told.Perpetrators) != 1 {
		t.Fatalf("recorded %s %+v; %s", b.Type, told, w.Text("main"))
	}
	if got := w.Text("#recorded"); !strings.Contains(got, "By the rules this is a repeat") {
		t.Errorf("after the incident the page asks %q", got)
	}
	if !strings.Contains(w.Text(".strip"), "Repeat") {
		t.Error("a repeat is not in sight on the case")
	}
	w.Shot("journey-repeat")

	w.Press("#recorded a[href='" + path + "/risk/new']")
	choose(w, "answer-D01", "yes")
	choose(w, "level", "high")
	w.Set("#text", "He has begun to lock her in, and she did not dare to answer for two weeks.")
	w.Press("main button[type=submit]")
	if got := w.Text("main"); !strings.Contains(got, "repeat") {
		t.Errorf("the review says %s", got)
	}
	w.Shot("journey-repeat-risk")

	w.Go(path + "/marac/refer")
	if !pagetest.Evaluate[bool](w, `document.querySelector('[name="criterion"][value="repeat"]').checked`) {
		t.Error("the criterion is not ticked")
	}
	w.Set("#marac", "Harrowmere Marac")
	w.Set("#meeting", "2026-11-11")
	w.Set("#reasons", "Eleven months since the last referral, three incidents that nobody was told of.")
	w.Set("#client-views", "She wants the locks changed before anything else.")
	choose(w, "agreed", "yes")
	choose(w, "made", "live")
	w.Press("main form button.govuk-button[type=submit]")
	var referred schemas.MaracReferred
	if b := h.last(silence, &referred); b.Type != "marac.referred" {
		t.Fatalf("recorded %s; %s", b.Type, w.Text("main"))
	}
	w.Go(path + "/marac")
	if got := w.Text("main section"); !strings.Contains(got, "the plan so far") || !strings.Contains(got, "Locks changed, front and back") {
		t.Errorf("the Marac page does not show the plan of last time: %s", got)
	}
	w.Shot("journey-repeat-marac")
	w.Quiet()
}

// TestCorrectionInBrowser: half past ten should have been ten o'clock. Both
// stay, side by side, and the first is as it was.
func TestCorrectionInBrowser(t *testing.T) {
	h := houseAt(t, time.Date(2026, 10, 27, 17, 0, 0, 0, time.UTC))
	w := h.window("staff-07")
	court := story.Chain("court")
	path := "/case/" + court.String()
	w.Go(path)
	w.Press(".entry--contact a[href^='" + path + "/entry/']")
	entry := w.Path()
	before := w.Texts(".statements > li")
	if len(before) != 8 || !strings.Contains(before[1], "half past ten") {
		t.Fatalf("the entry says %q", before)
	}
	w.Press("a[href='" + entry + "/correct']")
	const right, why = "The defence has asked for the telephone records. It is adjourned to Tuesday 2 March, ten o’clock. ਠੀਕ ✓", "I had written half past ten."
	pagetest.Evaluate[bool](w, `document.querySelectorAll('main [name="statement"]')[1].click(), true`)
	w.Set("#text", right)
	w.Press("main form > button.govuk-button")
	if got := w.Text(".govuk-error-summary"); w.Status() != http.StatusUnprocessableEntity || !strings.Contains(got, "right") || pagetest.Evaluate[string](w, "document.getElementById('text').value") != right {
		t.Fatalf("without a reason: %d, %q", w.Status(), got)
	}
	w.Set("#reason", why)
	choose(w, "made", "memory")
	w.Press("main form > button.govuk-button")
	var c schemas.ContactCorrected
	if b := h.last(court, &c); b.Type != "contact.corrected" || c.Text != right || c.Reason.Text != why {
		t.Fatalf("recorded %s %+v; %s", b.Type, c, w.Text("main"))
	}
	w.Go(entry)
	after := w.Texts(".statements > li")
	if len(after) != 8 || !strings.Contains(after[1], "half past ten") || !strings.Contains(after[1], right) {
		t.Errorf("the entry says %q", after)
	}
	w.Shot("journey-correction")
	w.Quiet()
}
