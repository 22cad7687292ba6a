package main

import (
	"encoding/json"
	"html"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// begin is a form of a case with what every one has.
func (d *desk) begin(t *testing.T, chain events.Chain, pairs ...string) url.Values {
	t.Helper()
	seq, err := d.l.Last(t.Context(), chain)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.London(time.Now())
	v := url.Values{"id": {ulid.Make().String()}, "seq": {strconv.FormatUint(seq, 10)}, "made": {"live"}, "when-date": {now.Format(time.DateOnly)}, "when-time": {now.Format("15:04")}, "when-which": {whichOf(now)}}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// whichOf is what a form asks for where the clock in London shows a time twice.
func whichOf(at time.Time) string {
	return [...]string{"", "first", "second"}[clock.Repeat(at)]
}

// newest is the data of the newest event of a case, which is of a type.
func newest[T any](t *testing.T, d *desk, chain events.Chain, typ string) T {
	t.Helper()
	var body struct {
		Type string `json:"type"`
		Data T      `json:"data"`
	}
	seq, err := d.l.Last(t.Context(), chain)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.l.Show(t.Context(), chain, seq)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Type != typ {
		t.Fatalf("the newest event is a %s, not a %s: %v", body.Type, typ, err)
	}
	return body.Data
}

func says(w *httptest.ResponseRecorder, words ...string) bool {
	page := html.UnescapeString(w.Body.String())
	for _, word := range words {
		if !strings.Contains(page, word) {
			return false
		}
	}
	return true
}

// TestUnsafePlanOnPages: on a real ledger a plan that safe contact does not
// allow is refused with its reason at the field, nothing typed is lost, an
// emergency override records it, and a manager finds it on the board.
func TestUnsafePlanOnPages(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String() + "/appointment/new"
	day := (clock.DateOf(time.Now()) + 1).String()
	const why = "Nie ma innej drogi ਹੁਣੇ 🏃"
	form := d.begin(t, chain, "purpose", "support", "channel", "email", "number", "k@example.org", "start-date", day, "start-time", "11:00", "adviser", "staff-07", "with", "client", "interpreter", "not-needed", "note", why)
	before, _ := d.l.Last(t.Context(), chain)
	w := d.adviser.send(path, form)
	if w.Code != 422 || !says(w, `<a href="#channel">Not safe: `, "is not listed as safe", why, "k@example.org") {
		t.Fatal(w.Code, w.Body)
	}
	for _, c := range []struct{ field, says, name, value string }{
		{"#start-date", "not safe at that time", "start-time", "23:00"},
		{"#place-kind", "home", "place-kind", "home"},
		{"#adviser", "exclusion list", "adviser", "staff-02"},
	} {
		form := d.begin(t, chain, "purpose", "support", "channel", "phone", "number", "07700 900587", "start-date", day, "start-time", "11:00", "adviser", "staff-07", "with", "client", "interpreter", "not-needed")
		form.Set(c.name, c.value)
		if c.field == "#place-kind" {
			form.Set("channel", "in-person")
			form.Del("number")
			form.Set("end", "12:00")
		}
		if c.field == "#adviser" { // in the case that has an exclusion
			other := story.Chain("reopened")
			form.Set("seq", strconv.FormatUint(must(d.l.Last(t.Context(), other)), 10))
			form.Set("adviser", excludedFrom(t, d, other))
			if w := d.adviser.send("/case/"+other.String()+"/appointment/new", form); w.Code != 422 || !says(w, c.field, c.says) {
				t.Errorf("%s: %d", c.field, w.Code)
			}
			continue
		}
		if w := d.adviser.send(path, form); w.Code != 422 || !says(w, `href="`+c.field+`"`, c.says) {
			t.Errorf("%s: %d, %s", c.field, w.Code, w.Body)
		}
	}
	if last, _ := d.l.Last(t.Context(), chain); last != before {
		t.Fatalf("%d events were recorded of refused plans", last-before)
	}
	form.Set("override", why)
	if w := d.adviser.send(path, form); w.Code != 303 {
		t.Fatal(w.Code, w.Body)
	}
	a := newest[schemas.AppointmentPlanned](t, d, chain, "appointment.planned")
	if a.Override == nil || *a.Override != (schemas.Override{Text: why, By: "staff-07"}) || a.Note.Text != why || *a.Arranged.Number != "k@example.org" {
		t.Errorf("recorded %+v", a)
	}
	if d.logs.Len() > 0 {
		t.Error(d.logs.String())
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// excludedFrom is somebody who may never see a case.
func excludedFrom(t *testing.T, d *desk, chain events.Chain) string {
	t.Helper()
	facts, err := d.l.Facts(t.Context(), chain)
	if err != nil || len(facts.Excluded) == 0 {
		t.Fatal("nobody is excluded", err)
	}
	return facts.Excluded[0]
}

// TestCasesOnPages: on a real ledger an adviser takes in a referral, a manager
// allocates it, over a cap of one with a reason; and a manager who is excluded
// from a case finds nothing of it, by list, search, links or address.
func TestCasesOnPages(t *testing.T) {
	d := atDesk(t)
	form := d.begin(t, story.Chain("court"), "source", "self", "reason", "Zgłosiła się sama. 🏠", "received-date", clock.DateOf(time.Now()).String(), "received-time", "00:00")
	form.Set("seq", "0")
	var started string
	for range 2 { // sent twice it is one case
		w := d.adviser.send("/cases/new", form)
		if w.Code != 303 || started != "" && started != w.Header().Get("Location") {
			t.Fatal(w.Code, w.Header().Get("Location"), w.Body)
		}
		started = w.Header().Get("Location")
	}
	chain, err := events.ParseChain(strings.TrimPrefix(started, "/cases?started="))
	if err != nil {
		t.Fatal(started)
	}
	if got := newest[schemas.ReferralReceivedV2](t, d, chain, "referral.received"); got.Reason.Text != "Zgłosiła się sama. 🏠" || got.Source != "self" {
		t.Errorf("recorded %+v", got)
	}
	path := "/case/" + chain.String()
	if w := d.adviser.send(path, nil); w.Code != 403 {
		t.Errorf("an adviser opens a case that nobody has: %d", w.Code)
	}
	staff := staffIs("staff-07", "adviser")
	staff.Data = []byte(strings.Replace(string(staff.Data), `"cap":null`, `"cap":1`, 1))
	if _, err := d.l.Append(t.Context(), staff); err != nil {
		t.Fatal(err)
	}
	form = d.begin(t, chain, "adviser", "staff-07")
	if w := d.manager.send(path+"/allocate", form); w.Code != 422 || !says(w, `<a href="#over-cap"`, "and 1 is the most") {
		t.Fatal(w.Code, w.Body)
	}
	form.Set("over-cap", "She asked for the same door.")
	if w := d.manager.send(path+"/allocate", form); w.Code != 303 {
		t.Fatal(w.Code, w.Body)
	}
	if w := d.adviser.send(path, nil); w.Code != 200 {
		t.Errorf("an adviser cannot open what is hers: %d", w.Code)
	}

	// The manager is excluded from a case that she could find before.
	court := story.Chain("court")
	find := func() string {
		return d.manager.send("/cases", url.Values{"term": {"Hazel Quill"}}).Body.String()
	}
	short := strings.ToUpper(court.String()[:8])
	if !strings.Contains(find(), short) || !strings.Contains(d.manager.send("/cases", nil).Body.String(), short) {
		t.Fatal("a manager does not find a case of the service")
	}
	form = d.begin(t, court, "staff", "staff-01", "excluded", "yes", "reason", "knows-client")
	if w := d.manager.send("/case/"+court.String()+"/exclude", form); w.Code != 303 || w.Header().Get("Location") != "/cases" {
		t.Fatal(w.Code, w.Header().Get("Location"))
	}
	if page := find(); strings.Contains(page, short) || !strings.Contains(page, "No case that you may open") {
		t.Error("a search finds a case that its author is excluded from")
	}
	if strings.Contains(d.manager.send("/cases", nil).Body.String(), short) {
		t.Error("the list has a case that its reader is excluded from")
	}
	for _, p := range []string{"", "/people", "/allocate"} {
		if w := d.manager.send("/case/"+court.String()+p, nil); w.Code != 403 || says(w, "HQ") {
			t.Errorf("%s of a case that she is excluded from: %d", p, w.Code)
		}
	}
	if d.logs.Len() > 0 {
		t.Error(d.logs.String())
	}
}
