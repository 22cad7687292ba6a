package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"caseledger/evidence"
	"caseledger/evidence/pdf"
	"caseledger/evidence/tlog"
	"caseledger/internal/clock"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// TestDisclosureInBrowser: from the request of the police to the receipt, each
// step by whom it falls to, on a real ledger; what is missing, whoever is the
// same person twice, and what was recorded after the reading, is refused on the
// page. The bundle that the browser gets is the one that the verifier accepts.
func TestDisclosureInBrowser(t *testing.T) {
	sidecar, err := filepath.Abs("../../evidence/pdf/sidecar")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pdf.Open(pdf.Options{Dir: sidecar}); err != nil {
		lacking.End(t, err)
	}
	t.Setenv("CASELEDGER_PDF", sidecar)
	monday := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	h := houseAt(t, monday)
	reader, decider, approver := h.window(story.Reader), h.window(story.Decider), h.window(story.Approver)
	chain := story.Chain("court")
	base := "/case/" + chain.String() + "/disclosure"
	submit := func(w *pagetest.Window) { w.Press("main form[method=post] button[type=submit]") }
	refused := func(w *pagetest.Window, words string) {
		t.Helper()
		if got := w.Text(".govuk-error-summary"); w.Status() != http.StatusUnprocessableEntity || !strings.Contains(got, words) {
			t.Fatalf("%d, %q, want …%s…", w.Status(), got, words)
		}
	}

	// The request.
	reader.Go(base)
	reader.Press("a[href='" + base + "/new']")
	for field, text := range map[string]string{"officer": "DC 4410 Elm", "force": "Harrowmere Police", "reference": "VIR/2026/118", "due": "2026-11-06",
		"from": "2026-08-17", "to": "2026-10-30", "what": "Contact sheets from the move to today.", "line": "How he found her.", "necessary": "Her words of the same day stand nowhere else.", "notice-given": "2026-10-30"} {
		reader.Set("#"+field, text)
	}
	reader.Click("label[for=notice-1]") // to a parent
	submit(reader)
	refused(reader, "If who got it is the abuser")
	refused(reader, "Say whether counselling records are among it.")
	choose(reader, "counselling", "no")
	reader.Click("label[for=notice]") // to the client
	submit(reader)
	request, err := strconv.ParseUint(strings.TrimPrefix(reader.Path(), base+"/"), 10, 53)
	if err != nil {
		t.Fatalf("%s: %s", reader.Path(), reader.Text("main"))
	}
	path := base + "/" + strconv.FormatUint(request, 10)
	if got := reader.Texts(".govuk-task-list__item"); len(got) != 7 || !strings.Contains(got[0], "Done by staff-07") || !strings.Contains(got[1], "Next") {
		t.Fatalf("steps %q", got)
	}
	if status := reader.Go(path + "/decision"); status != http.StatusForbidden {
		t.Errorf("an adviser decides: %d", status)
	}
	for _, step := range []string{"/told", "/words", "/draft", "/produce", "/hand-over"} {
		reader.Go(path + step)
		if step == "/told" {
			reader.Click("label[for=answer]")
			reader.Set("#channel", "phone")
			submit(reader)
			refused(reader, "step decision is missing")
		} else if reader.Status() != http.StatusConflict || !strings.Contains(reader.Text("main"), "Missing: Legal tests and scope.") {
			t.Errorf("%s before the decision: %d, %s", step, reader.Status(), reader.Text("main"))
		}
	}

	// The decision: each test, and the scope.
	decider.Go(path + "/decision")
	submit(decider)
	refused(decider, "Answer this test: There is a lawful power to ask for it.")
	for _, test := range pagetest.Evaluate[[]string](decider, `[...document.querySelectorAll("main > form > .test textarea")].map((e) => e.id.slice(4))`) {
		decider.Click("label[for=met-" + test + "]")
		decider.Set("#why-"+test, "Looked at, and so: "+test+".")
	}
	for _, kind := range []string{"attachment.added", "helpline.contact"} {
		decider.Click("input[name=kinds][value='" + kind + "'] + label")
	}
	decider.Click("label[for=decision-1]")
	submit(decider)
	if decider.Path() != path {
		t.Fatal(decider.Text(".govuk-error-summary"))
	}

	// The client is told, in a way that was agreed.
	reader.Go(path + "/told")
	reader.Click("label[for=answer]")
	reader.Set("#channel", "phone")
	reader.Set("#views", "Yes to all of it, if the two sentences are closed.")
	submit(reader)
	if reader.Path() != path {
		t.Fatal(reader.Text(".govuk-error-summary"))
	}

	// The words: every proposal is decided, and a word is closed by keyboard, all
	// of it without scripts.
	reader.Scripts(false)
	reader.Go(path + "/words")
	reader.Shot("journey-words")
	submit(reader)
	refused(reader, "Decide on proposal 1")
	const notes = `[...document.querySelectorAll(".words__text")].find((e) => [...e.querySelectorAll(".word label")].some((l) => l.textContent === "arrived"))`
	word := pagetest.Evaluate[string](reader, notes+`.querySelector(".word input").id`)
	reader.Click("label[for='" + word + "']")
	code := pagetest.Evaluate[string](reader, notes+`.querySelector("select").id`)
	reader.Set("[id='"+code+"']", "P")
	pagetest.Evaluate[bool](reader, `document.querySelectorAll("input[type=radio][value=closed]").forEach((e) => { e.checked = true; }), true`)
	reader.Click("label[for=read]")
	// Meanwhile somebody records something that is in scope.
	attempt := func(at time.Time) {
		t.Helper()
		from := clock.Format(at)
		occurred, err := schemas.EncodeData(schemas.Occurred{From: &from, Precision: "exact"})
		if err != nil {
			t.Fatal(err)
		}
		late := &schemas.Prose{Text: "Written down after the week."}
		data, err := schemas.EncodeData(schemas.ContactAttempted{Made: schemas.Made{From: "memory", Late: late}, Channel: "phone", Outcome: "no-answer"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.l.Append(t.Context(), ops.Append{Case: &chain, Type: "contact.attempted", Actor: story.Reader, Occurred: occurred, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	attempt(time.Date(2026, 10, 30, 16, 0, 0, 0, time.UTC))
	submit(reader)
	refused(reader, "Something was recorded in this case since you began to read")
	if !pagetest.Evaluate[bool](reader, "document.getElementById("+strconv.Quote(word)+").checked") {
		t.Error("what was ticked is lost")
	}
	submit(reader)
	if got := reader.Text("h1"); !strings.HasPrefix(got, "Recorded as entry") && reader.Path() != path {
		t.Fatal(got, reader.Text(".govuk-error-summary"))
	}
	reader.Scripts(true)
	var decided schemas.DisclosureDecidedV2
	if b := h.last(chain, &decided); b.Type != "disclosure.decided" || decided.Words == nil || decided.Words.ReadBy != story.Reader ||
		!slices.ContainsFunc(decided.Closings, func(c schemas.Closing) bool { return c.Code == "P" && c.Leaves == 1 }) {
		t.Fatalf("recorded %s, %d closings", b.Type, len(decided.Closings))
	}

	// The draft says so.
	reader.Go(path + "/draft")
	reader.Shot("journey-draft")
	if got := reader.Text("main"); !strings.Contains(got, "contact-sheets.pdf") || !strings.Contains(got, "statement-") {
		t.Error(got)
	}
	if reader.Go(path+"/draft/contact-sheets.html") != http.StatusOK || !strings.Contains(reader.Text("body"), "DRAFT") || strings.Contains(reader.Text("body"), "Tallow Street") {
		t.Error("the draft in the browser")
	}
	reader.Shot("journey-draft-sheets")
	reader.Go(path + "/schedule")
	reader.Shot("journey-schedule")

	// The second person is another, and reads every page.
	decider.Go(path + "/approval")
	if got := decider.Text("main"); !strings.Contains(got, "You decided, read or recorded the decision") || strings.Contains(got, "How many pages") {
		t.Errorf("the same person twice: %s", got)
	}
	if status := reader.Go(path + "/produce"); status != http.StatusConflict || !strings.Contains(reader.Text("main"), "Missing: Second person.") {
		t.Errorf("unapproved: %d, %s", status, reader.Text("main"))
	}
	approver.Go(path + "/approval")
	approver.Shot("journey-approval")
	var count int
	if _, err := fmt.Sscanf(approver.Text(".govuk-summary-list__row:nth-child(3) dd"), "%d pages", &count); err != nil || count < 10 {
		t.Fatal(count, err)
	}
	approver.Click("label[for=answer]")
	approver.Set("#pages", strconv.Itoa(count-1))
	submit(approver)
	refused(approver, fmt.Sprintf("The draft has %d pages.", count))
	approver.Set("#pages", strconv.Itoa(count))
	submit(approver)
	if approver.Path() != path {
		t.Fatal(approver.Text(".govuk-error-summary"))
	}

	// The bundle, as the browser gets it.
	reader.Go(path + "/produce")
	sent := `new FormData(document.querySelector("main form"))`
	file, err := base64.StdEncoding.DecodeString(pagetest.Evaluate[string](reader, `(async () => {
		const body = new URLSearchParams(`+sent+`);
		const r = await fetch(location.pathname, {method: "POST", body});
		if (r.status !== 200 || !r.headers.get("content-disposition").startsWith("attachment")) return "";
		const bytes = new Uint8Array(await r.arrayBuffer());
		let s = "";
		for (let i = 0; i < bytes.length; i += 8192) s += String.fromCharCode(...bytes.subarray(i, i + 8192));
		return btoa(s);
	})()`))
	if err != nil || len(file) == 0 {
		t.Fatal(len(file), err)
	}
	published, err := h.l.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := tlog.ParsePolicy([]byte(published.Policy))
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(bundle, file, 0o600); err != nil {
		t.Fatal(err)
	}
	verdict, err := evidence.VerifyFile(bundle, policy, schemas.Default())
	if err != nil || verdict.Exit != evidence.ExitValid || verdict.Case != chain.String() {
		t.Fatalf("the bundle: %+v, %v", verdict, err)
	}
	t.Logf("a bundle of %d bytes, %s: %d", len(file), verdict.SHA256, verdict.Exit)
	// The same form once more makes no second exhibit.
	submit(reader)
	refused(reader, "This was produced already")

	// The hand-over: the code stands there, and another is refused.
	reader.Go(path)
	reader.Shot("journey-disclosure")
	reader.Press(".govuk-task-list a[href$='/hand-over']")
	reader.Shot("journey-hand-over")
	if got := strings.ReplaceAll(reader.Text(".code-line"), " ", ""); got != verdict.SHA256 {
		t.Errorf("the page says %s", got)
	}
	reader.Click("label[for=how]")
	reader.Click("label[for=code-given]")
	reader.Set("#sha256", strings.Repeat("5e8f", 16))
	submit(reader)
	refused(reader, "That is not the code of this bundle")
	reader.Set("#sha256", strings.ToUpper(verdict.SHA256))
	submit(reader)
	if reader.Path() != path {
		t.Fatal(reader.Text(".govuk-error-summary"))
	}
	var receipt schemas.DisclosureReceipted
	if b := h.last(chain, &receipt); b.Type != "disclosure.receipted" || receipt.SHA256 != verdict.SHA256 || len(receipt.Hands) != 1 {
		t.Errorf("recorded %s", b.Type)
	}
	d, err := h.l.Disclosure(t.Context(), ops.OfRequest{Case: chain, Request: request})
	if err != nil || d.Next != "" {
		t.Errorf("missing: %s, %s, %v", d.Next, d.Why, err)
	}

	// What is recorded after the reading, and in scope, ends it: nothing more is
	// produced before it is read.
	attempt(time.Date(2026, 10, 30, 16, 30, 0, 0, time.UTC))
	if status := reader.Go(path + "/produce"); status != http.StatusConflict || !strings.Contains(reader.Text("main"), "Missing: Read and close words.") || !strings.Contains(reader.Text("main"), "and in scope") {
		t.Errorf("recorded after reading: %d, %s", status, reader.Text("main"))
	}
	told, err := h.l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range told.Entries {
		if e.Case != nil && *e.Case == chain {
			seen[e.Type+" "+e.Staff] = true
		}
	}
	for _, want := range []string{"disclosure.seen " + story.Approver, "printed " + story.Reader, "exported " + story.Reader} {
		if !seen[want] {
			t.Errorf("the access ledger does not know of %s", want)
		}
	}
	for _, w := range []*pagetest.Window{reader, decider, approver} {
		w.Quiet()
	}
}
