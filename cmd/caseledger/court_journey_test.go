package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/drafts"
	"caseledger/internal/ops"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// TestOldPackets: the key of a packet is destroyed when no entry can come for it
// any more, and no other draft with it.
func TestOldPackets(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	if err := run(t.Context(), append([]string{"init", "--origin", "ledger.example.org/cases"}, flags...), strings.NewReader(""), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	kept, err := drafts.Open(l.o.dir.Drafts(), l.config.Origin, l.ring)
	if err != nil {
		t.Fatal(err)
	}
	d := drafting{l, kept}
	for form, age := range map[string]time.Duration{"packet-0": 49 * time.Hour, "packet-1": 47 * time.Hour, "contact": 90 * time.Hour, "court-0": 90 * time.Hour} {
		if err := d.KeepDraft(t.Context(), "staff-07", events.Chain{1}, form, []byte("x"), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := l.sweepsCourt(ended); err != nil {
		t.Fatal(err)
	}
	for form, left := range map[string]bool{"packet-0": false, "packet-1": true, "contact": true, "court-0": true} {
		if _, err := d.FindDraft(t.Context(), "staff-07", form); (err == nil) != left {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// TestCourtWithoutSignal: an adviser takes a case to court, writes there without
// signal while a colleague records something in the same case, comes back into
// the network, checks what she wrote from My day, and records it. On a real
// ledger her bytes stand in the event, under the id that her device gave it.
// Then she signs out, and nothing is left on the device.
func TestCourtWithoutSignal(t *testing.T) {
	h := houseAt(t, time.Now())
	w := h.window("staff-07")
	chain := story.Chain("court")
	seq, err := h.l.Last(t.Context(), chain)
	if err != nil {
		t.Fatal(err)
	}
	w.Go("/case/" + chain.String())
	w.Press(`a[href$="/take"]`)
	w.Press("#take button")
	w.Until("document.getElementById('court-ready')?.textContent.startsWith('This page is on this device')")

	w.Signal(false)
	w.Go("/court")
	w.Until("document.getElementById('court-cases')?.textContent !== ''")
	w.Click("#court-begin-contact")
	const words = "Sędzia odroczył sprawę. ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ। 😟👩🏽‍👧  "
	w.Set("#notes", `" `+words+"\n! He waited at the lift.")
	w.Click("#made")
	w.Click("#review")
	w.Until("document.getElementById('court-count').textContent === '1 entry, not yet recorded.'")
	sealed := filepath.Join(string(h.l.o.dir), "drafts", "staff-07")
	if list, err := os.ReadDir(sealed); err != nil || len(list) != 1 || !strings.Contains(list[0].Name(), ".packet-") {
		t.Fatalf("before it is sent the service keeps %v, %v", list, err)
	}

	// Meanwhile, at the office.
	now := clock.Format(clock.London(time.Now()))
	occurred, err := schemas.EncodeData(schemas.Occurred{From: &now, Precision: "exact"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := schemas.EncodeData(schemas.ContactAttempted{Made: schemas.Made{From: "live"}, Channel: "phone", Outcome: "no-answer"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.l.Append(t.Context(), ops.Append{Type: "contact.attempted", Actor: "staff-02", Case: &chain, Occurred: occurred, Data: data}); err != nil {
		t.Fatal(err)
	}

	w.Signal(true)
	w.Until("!document.getElementById('court-received').hidden")
	if last, err := h.l.Last(t.Context(), chain); err != nil || last != seq+1 {
		t.Fatalf("%d events before it was checked, %v", last, err)
	}
	w.Go("/day")
	if got := w.Text("#drafts, [aria-labelledby=drafts-h]"); !strings.Contains(got, "Written at court") || strings.Contains(got, "acket") {
		t.Errorf("My day has %q", got)
	}
	w.Press(`[aria-labelledby=drafts-h] a[href*="/taken/"]`)
	id := w.Path()[strings.LastIndex(w.Path(), "/")+1:]
	if got := w.Text("main"); !strings.Contains(got, "New here since you began") || !strings.Contains(got, "contact attempted") || !strings.Contains(got, "Written at court, without signal. Not yet recorded.") {
		t.Errorf("the page says %q", got)
	}
	w.Set("#initials", "HQ")
	w.Press("#record")
	if !strings.Contains(w.Path(), "recorded=") {
		t.Fatalf("recording led to %s, %s", w.Path(), w.Text(".govuk-error-summary"))
	}
	var c schemas.ContactRecordedV2
	if b := h.last(chain, &c); b.Type != "contact.recorded" || b.Actor != "staff-07" {
		t.Fatalf("the last event is %s by %s", b.Type, b.Actor)
	}
	if len(c.Statements) != 2 || c.Statements[0].Text != words || c.Statements[0].Kind != "client-words" || c.Statements[1].Text != "He waited at the lift." || c.Made.From != "live" {
		t.Errorf("recorded %+v", c)
	}
	e, err := h.l.Show(t.Context(), chain, seq+2)
	if err != nil || e.ID.String() != id {
		t.Errorf("recorded as %s, the device called it %s, %v", e.ID, id, err)
	}
	if list, err := os.ReadDir(sealed); err != nil || len(list) != 1 {
		t.Errorf("after it was recorded the service keeps %v, %v", list, err)
	}

	w.Press("form[action='/sign-out'] button")
	w.Until("location.pathname === '/sign-in'")
	left := pagetest.Evaluate[[]string](w, `(async () => [...(await indexedDB.databases()).map((d) => d.name), ...await caches.keys(), ...(await navigator.serviceWorker.getRegistrations()).map((r) => r.scope)])()`)
	if len(left) > 0 {
		t.Errorf("after she signed out the device has %q", left)
	}
	told, err := h.l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(told.Entries, func(e accesslog.Row) bool { return e.Type == "case.opened" && e.Staff == "staff-07" }) {
		t.Error("the access ledger does not know that she opened the case")
	}
}
