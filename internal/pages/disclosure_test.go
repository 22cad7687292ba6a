package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// disclosing is the story with a request for disclosure of its case, of which
// one entry is in scope.
type disclosing struct {
	*week
	request uint64
	seq     uint64   // of the contact in scope
	also    []uint64 // others in scope, with a proposal each
	next    string   // the step that is missing
	taken   []ops.TakeStep
	made    []ops.Export
	err     error // of a step, of an export
}

func (d *disclosing) Disclosure(_ context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	if of.Request != d.request {
		return ops.Disclosure{}, &cases.StepError{Step: cases.StepRequest, Why: "no request"}
	}
	x := ops.Disclosure{Case: of.Case, Request: of.Request, Kind: "victim-information-request", Force: "Northmoor Police", Reference: "NM 26/1", Next: d.next, Why: "nobody has done it yet",
		Tests: []string{"lawful-power", "notice"}, Firsts: []string{"staff-02", "staff-07"}}
	by := map[string]string{"request": "staff-07", "decision": "staff-02", "client-told": "staff-07", "words": "staff-07", "approval": "staff-01", "export": "staff-07"}
	for i, s := range cases.Steps() {
		o := ops.StepOf{Step: s.String()}
		if next := stepNamed(d.next); s < next {
			o.By, o.Seq = by[o.Step], d.request+uint64(i)
		}
		x.Steps = append(x.Steps, o)
	}
	if d.next != "decision" {
		x.Decisions = []ops.DecisionPlace{{Seq: d.request}}
	}
	if d.next == "hand-over" {
		x.Exports = []ops.ExportOf{{Seq: d.request + 5, Exhibit: "KP/9", By: "staff-07", Receipts: []uint64{}}}
	}
	return x, nil
}

func (d *disclosing) Proposals(_ context.Context, of ops.OfRequest) (ops.Proposals, error) {
	at := 1
	list := ops.Proposals{Case: of.Case, Request: of.Request, ReadTo: 62, Events: []uint64{d.seq}, Proposals: []ops.Proposal{
		{Seq: d.seq, Path: "/data/statements/0/text", From: &at, To: &at, Code: "A", Match: "exact", Of: "school", Words: "Tallow"}}}
	for _, seq := range d.also {
		list.Events = append(list.Events, seq)
		list.Proposals = append(list.Proposals, ops.Proposal{Seq: seq, Code: "M", Match: "agency", Of: "agency"})
	}
	return list, nil
}

// theDraft is the file of the schedule of every draft here.
const theDraft = "seq,item,type,occurred,recorded,recorder,status,codes\n1,,,,,,withheld,S\n2,,,,,,withheld,S\n3,1,contact.recorded,2026-08-20T11:00:00+01:00,2026-08-20T10:55:41.034115Z,staff-07,part,A\n4,,,,,,withheld,S\n"

func (d *disclosing) Draft(_ context.Context, of ops.OfRequest) (ops.Draft, error) {
	x := ops.Draft{Full: 0, Part: 1, Withheld: 3, Attachments: 1, Sheet: ops.DraftSheet{Case: of.Case, Request: of.Request, Decision: d.request + 1, ReadTo: 62, Pages: 14, Manifest: events.Hash{0x5e}},
		Files: []ops.DraftFile{{Name: "data/contact-sheets.html", Data: []byte("<!DOCTYPE html><title>DRAFT</title>")}, {Name: "data/schedule.csv", Data: []byte(theDraft)}},
		Left:  []ops.Left{{Seq: d.seq, Path: "/data/statements/0/text", Match: "exact", Of: "school", OfSeq: 4}}, Why: "nobody has done it yet", Next: d.next}
	if !of.Plain {
		x.Files = append(x.Files, ops.DraftFile{Name: "data/contact-sheets.pdf", Data: []byte("%PDF-1.7 DRAFT")}, ops.DraftFile{Name: "data/statements/07.pdf", Data: []byte("%PDF-1.7 DRAFT")})
	}
	x.Inspections = []ops.Inspection{{Seq: 58, Format: "MP4", Tags: []ops.Tag{{Source: "MP4", Name: "location", Value: "+51.5-000.1/", Place: true}}}}
	return x, nil
}

func (d *disclosing) TakeStep(_ context.Context, t ops.TakeStep) (ops.StepTaken, error) {
	if d.err != nil {
		return ops.StepTaken{}, d.err
	}
	d.taken = append(d.taken, t)
	return ops.StepTaken{Case: t.Case, Request: max(t.Request, d.request), Seq: 63}, nil
}

func (d *disclosing) Export(_ context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	if d.err != nil {
		return ops.Exported{}, d.err
	}
	d.made = append(d.made, e)
	_, err := io.WriteString(out, "PK\x03\x04 a bundle")
	return ops.Exported{Case: e.Case, Seq: d.request + 5, SHA256: events.Hash{0xab}}, err
}

// discloseAt is the story with a request of its case, before a step of it.
func discloseAt(t testing.TB, staff string, role access.Role, next string) *disclosing {
	t.Helper()
	d := &disclosing{week: storyAt(t, access.Who{Staff: staff, Role: role}, wednesday), next: next}
	for _, e := range d.of(courtCase, "contact.recorded") {
		d.seq = e.Seq
	}
	file := map[string]json.RawMessage{}
	if err := json.Unmarshal(story.Path()[0].Data, &file); err != nil {
		t.Fatal(err)
	}
	occurred := file["occurred"]
	delete(file, "occurred")
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	id := ulid.Make()
	done, err := d.Append(t.Context(), ops.Append{Case: &courtCase, Type: "disclosure.requested", Actor: "staff-07", ID: &id, Occurred: occurred, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	d.request = done.Seq
	return d
}

// deciding is a disclosure in which everybody may what their role may.
type deciding struct{ *disclosing }

func byRoleOf(d *disclosing) deciding { return deciding{d} }

func (deciding) Decide(who access.Who, a access.Action, f *access.CaseFacts, now time.Time) access.Decision {
	return access.Decide(who, a, f, now)
}

func (d *disclosing) path() string {
	return "/case/" + courtCase.String() + "/disclosure/" + strconv.FormatUint(d.request, 10)
}

func disclose(t *testing.T) (*disclosing, *Server) {
	t.Helper()
	d := discloseAt(t, "staff-07", access.Adviser, "words")
	return d, serveLedger(t, d, d.week)
}

// A proposal has to be decided, what is ticked is closed in runs of words, and
// nothing is closed without a code.
func TestCloseWords(t *testing.T) {
	d, s := disclose(t)
	path := d.path()
	wants(t, ask(s, "GET", path).Body.String(), "Northmoor Police", "Read and close words", "Next", "Done by staff-02", "Cannot start yet")
	form := ask(s, "GET", path+"/words")
	if form.Code != 200 {
		t.Fatal(form.Code)
	}
	page := form.Body.String()
	wants(t, page, "word--proposed", "Tallow", "A whereabouts", "Close all of this entry")
	// The first text of more than four words.
	var text string
	for _, part := range strings.Split(page, `name="w-`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if strings.HasSuffix(name, "-4") && strings.Count(name, "-") == 2 {
			text = strings.TrimSuffix(name, "-4")
			break
		}
	}
	v := fields(t, page)
	v.Set("read-to", "62")
	for _, word := range []string{"0", "1", "4"} {
		v.Set("w-"+text+"-"+word, "1")
	}
	w := post(s, path+"/words", v)
	if w.Code != 422 || len(d.taken) != 0 {
		t.Fatal(w.Code, d.taken)
	}
	wants(t, w.Body.String(), "Decide on proposal 1", "Choose the code", "Confirm that you have read everything")

	proposal := strconv.FormatUint(d.seq, 10) + "-0-0-A"
	v.Set("outcome-"+proposal, "open")
	v.Set("code-"+text, "A")
	v.Set("read", "1")
	if w := post(s, path+"/words", v); w.Code != 422 || !strings.Contains(w.Body.String(), "why proposal 1 stays open") {
		t.Errorf("left open without a reason: %d", w.Code)
	}
	v.Set("reason-"+proposal, "The school is known to him.")
	if w := post(s, path+"/words", v); w.Code != 303 || w.Header().Get("Location") != path {
		t.Fatal(w.Code, w.Body.String())
	}
	var file struct {
		ReadTo   uint64 `json:"read_to"`
		Closings []struct {
			Seq      uint64
			From, To *int
			Code     string
		}
		Proposals []struct {
			Outcome string
			Reason  struct{ Text string }
		}
	}
	if err := json.Unmarshal(d.taken[0].File, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Closings) != 2 || *file.Closings[0].From != 0 || *file.Closings[0].To != 1 || *file.Closings[1].From != 4 || *file.Closings[1].To != 4 || file.Closings[0].Code != "A" || file.Closings[0].Seq != d.seq {
		t.Errorf("closings %s", d.taken[0].File)
	}
	if file.ReadTo != 62 || len(file.Proposals) != 1 || file.Proposals[0].Outcome != "open" || file.Proposals[0].Reason.Text != "The school is known to him." {
		t.Errorf("%s", d.taken[0].File)
	}
	// A statement as one, whatever is ticked in it.
	whole := "whole-" + strconv.FormatUint(d.seq, 10) + "-0"
	wants(t, page, "Close all of statement 1", `name="`+whole+`"`)
	v.Set(whole, "1")
	if w := post(s, path+"/words", v); w.Code != 422 || len(d.taken) != 1 {
		t.Errorf("a statement without a code: %d", w.Code)
	}
	v.Set("code-"+whole, "L")
	if w := post(s, path+"/words", v); w.Code != 303 || !strings.Contains(string(d.taken[1].File), fmt.Sprintf(`{"seq":%d,"path":"/data/statements/0","from":null,"to":null,"code":"L"}`, d.seq)) {
		t.Errorf("a statement: %d", w.Code)
	}
	d.taken = d.taken[:1]
	// Read before something new was recorded.
	v.Set("read-to", "61")
	if w := post(s, path+"/words", v); w.Code != 422 || len(d.taken) != 1 {
		t.Errorf("an old reading: %d, %d taken", w.Code, len(d.taken))
	}
}

// The page begins with a list of what is in scope and how much is undecided in
// each, and from every entry leads on to the next proposal that nobody decided
// on. Without scripts a button counts again: nothing is recorded, and nothing
// that was typed is lost.
func TestWordsLeadOn(t *testing.T) {
	d, s := disclose(t)
	d.also = []uint64{1, 2}
	first, second, third := fmt.Sprintf("%d-0-0-A", d.seq), "1-0-0-M", "2-0-0-M"
	leads := func(page string, left, top int, next ...int) {
		t.Helper()
		wants(t, page, fmt.Sprintf(`3 proposals, <span data-left="all">%d</span> left to decide`, left), fmt.Sprintf(`data-next="0" href="#proposal-%d"`, top),
			fmt.Sprintf(`<a class="govuk-link" href="#entry-%d">Entry %d: `, d.seq, d.seq), `href="#entry-1"`, `href="#entry-2"`)
		for i, seq := range []uint64{d.seq, 1, 2} {
			wants(t, page, fmt.Sprintf(`data-next="%d" href="#proposal-%d"`, seq, next[i]))
		}
	}
	page := ask(s, "GET", d.path()+"/words").Body.String()
	leads(page, 3, 1, 2, 3, 1)
	for i, name := range []string{first, second, third} {
		wants(t, page, fmt.Sprintf(`id="proposal-%d"`, i+1), `name="outcome-`+name+`"`)
	}
	v := fields(t, page)
	v.Set("outcome-"+first, "open")
	v.Set("reason-"+first, "Sie weiß es, ਮਾਂ.")
	v.Set("outcome-"+third, "closed")
	v.Set("read-to", "62")
	v.Set("count", "yes")
	w := post(s, d.path()+"/words", v)
	if w.Code != 200 || len(d.taken) != 0 {
		t.Fatalf("counted: %d, %d taken", w.Code, len(d.taken))
	}
	page = w.Body.String()
	leads(page, 1, 2, 2, 2, 2)
	wants(t, page, "Sie weiß es, ਮਾਂ.", `<span data-left="1">1</span> undecided`, `<span data-left="2">0</span> undecided`)
	v.Set("outcome-"+second, "closed")
	page = post(s, d.path()+"/words", v).Body.String()
	leads(page, 0, 0, 0, 0, 0)
	if n := strings.Count(page, `<span>Everything is decided</span>`); n != 4 {
		t.Errorf("said %d times that everything is decided", n)
	}
}

// A bundle is sent as a file, once the access ledger knows of it and not
// before; what breaks off after its first byte is broken off for the browser
// too, and a refusal before that is a page that says which step is missing.
func TestProduce(t *testing.T) {
	d := discloseAt(t, "staff-07", access.Adviser, "export")
	s := serveLedger(t, deciding{d}, d.week)
	page := ask(s, "GET", d.path()+"/produce").Body.String()
	v := fields(t, page)
	d.err = &cases.StepError{Step: cases.StepApproval, Why: "shown otherwise than in the draft that was approved: events 25"}
	if w := post(s, d.path()+"/produce", v); w.Code != 422 || !strings.Contains(w.Body.String(), "step approval is missing: shown otherwise") || w.Header().Get("Content-Disposition") != "" {
		t.Error(w.Code, w.Header())
	}
	d.err = nil
	d.lost = true
	if w := post(s, d.path()+"/produce", v); w.Code != 503 || len(d.made) != 0 {
		t.Errorf("without the access ledger: %d, %d made", w.Code, len(d.made))
	}
	d.lost, d.reads = false, nil
	w := post(s, d.path()+"/produce", v)
	if w.Code != 200 || w.Body.String() != "PK\x03\x04 a bundle" || w.Header().Get("Content-Type") != "application/zip" ||
		w.Header().Get("Content-Disposition") != "attachment; filename=disclosure-"+Short(courtCase)+"-"+strconv.FormatUint(d.request, 10)+".zip" {
		t.Error(w.Code, w.Header(), w.Body)
	}
	if len(d.reads) != 1 || d.reads[0].Type != "exported" || d.made[0].ID.String() != v.Get("id") || d.made[0].Actor != "staff-07" {
		t.Errorf("%+v, %+v", d.reads, d.made)
	}
	d.next = "hand-over"
	code := inEights(events.Hash{0xab}.String())
	wants(t, ask(s, "GET", d.path()+"/hand-over").Body.String(), "<code>"+code+"</code>")

	// Sealed to a key, and one that is none.
	v.Set("keys", "age1nonsense")
	if w := post(s, d.path()+"/produce", v); w.Code != 422 || !strings.Contains(w.Body.String(), "is no age public key") {
		t.Error(w.Code)
	}
	v.Set("keys", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
	if w := post(s, d.path()+"/produce", v); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "age-encryption.org/v1") || !strings.Contains(w.Header().Get("Content-Disposition"), ".zip.age") {
		t.Error(w.Code, w.Header())
	}
	v.Del("keys")

	broken := &breaking{deciding{d}}
	s = serveLedger(t, broken, d.week)
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("a bundle that is not whole ends like one that is")
			}
		}()
		post(s, d.path()+"/produce", v)
	}()
}

// breaking is a ledger whose bundle breaks off.
type breaking struct{ deciding }

func (b *breaking) Export(_ context.Context, _ ops.Export, out io.Writer) (ops.Exported, error) {
	_, _ = io.WriteString(out, "PK\x03\x04 half")
	return ops.Exported{}, io.ErrShortWrite
}

// A file of a draft is taken by who may put the case on paper, and that is
// recorded; while a screen is shared it stays here.
func TestDraftPapers(t *testing.T) {
	d := discloseAt(t, "staff-07", access.Adviser, "approval")
	s := serveLedger(t, deciding{d}, d.week)
	d.reads = nil
	w := ask(s, "GET", d.path()+"/draft/contact-sheets.html")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "DRAFT") || w.Header().Get("Content-Security-Policy") != sheetPolicy || len(d.reads) != 1 || d.reads[0].Type != "printed" {
		t.Error(w.Code, w.Header(), d.reads)
	}
	if w := ask(s, "GET", d.path()+"/draft/contact-sheets.pdf"); w.Code != 200 || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment; filename=DRAFT-") {
		t.Error(w.Code, w.Header())
	}
	wants(t, ask(s, "GET", d.path()+"/draft").Body.String(), "/draft/statement-07.pdf")
	if w := ask(s, "GET", d.path()+"/draft/statement-07.pdf"); w.Code != 200 || w.Body.String() != "%PDF-1.7 DRAFT" {
		t.Errorf("a statement: %d", w.Code)
	}
	for _, name := range []string{"decision.json", "..%2fdraft.json", "contact-sheets.exe"} {
		if w := ask(s, "GET", d.path()+"/draft/"+name); w.Code != 404 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	shared := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sharingCookie, Value: "on"}) }
	if w := ask(s, "GET", d.path()+"/draft/contact-sheets.html", shared); w.Code != 409 || strings.Contains(w.Body.String(), "DRAFT") {
		t.Errorf("while a screen is shared: %d", w.Code)
	}
	d.who = access.Who{Staff: "staff-08", Role: access.Adviser}
	if w := ask(s, "GET", d.path()+"/draft/contact-sheets.html"); w.Code != 403 {
		t.Errorf("somebody else's case: %d", w.Code)
	}
}

// Steps are taken under the id and with the entries that the form has seen, and
// sent twice they are recorded once.
func TestStepsOnce(t *testing.T) {
	d := discloseAt(t, "staff-07", access.Adviser, "client-told")
	s := serveLedger(t, deciding{d}, d.week)
	page := ask(s, "GET", d.path()+"/told").Body.String()
	v := fields(t, page)
	for name, value := range map[string]string{"answer": "not-safe", "on-date": "2026-10-28", "on-time": "09:00", "made": "live", "views": ""} {
		v.Set(name, value)
	}
	if w := post(s, d.path()+"/told", v); w.Code != 303 || w.Header().Get("Location") != d.path() {
		t.Fatal(w.Code, w.Body)
	}
	if k := d.taken[0]; k.ID.String() != v.Get("id") || strconv.FormatUint(k.Expect, 10) != v.Get("seq") || k.Step != ops.TakeTell || k.Actor != "staff-07" || k.Request != d.request {
		t.Errorf("%+v", k)
	}
	// As the ledger records it; the same form comes once more.
	id, err := ulid.ParseStrict(v.Get("id"))
	if err != nil {
		t.Fatal(err)
	}
	occurred := []byte(`{"from":"2026-10-28T09:00:00+00:00","precision":"exact","to":null}`)
	data, err := schemas.EncodeData(schemas.ContactAttempted{Made: schemas.Made{From: "live"}, Channel: "phone", Outcome: "no-answer"})
	if err != nil {
		t.Fatal(err)
	}
	done, err := d.Append(t.Context(), ops.Append{Case: &courtCase, Type: "contact.attempted", Actor: "staff-07", ID: &id, Occurred: occurred, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	w := post(s, d.path()+"/told", v)
	if want := d.path() + "?before=" + strconv.FormatUint(done.Seq, 10); w.Code != 303 || w.Header().Get("Location") != want || len(d.taken) != 1 {
		t.Errorf("twice: %d, %s, %d taken", w.Code, w.Header().Get("Location"), len(d.taken))
	}
	wants(t, ask(s, "GET", w.Header().Get("Location")).Body.String(), "This form was recorded before")
}

// TestClosableGroups: every text of an entry is shown once, with its statement; a
// word that the form offered stands in one line with others unless somebody
// proposed to close it, and the line is open when something in it is closed.
func TestClosableGroups(t *testing.T) {
	word := func(text string) []closableWord { return []closableWord{{Text: text}} }
	c := closable{Seq: 5, Texts: []closableText{
		{Name: "5-0", Path: "/data/channel", Words: word("phone")},
		{Name: "5-1", Path: "/data/number", Words: word("07700 900123")},
		{Name: "5-2", Path: "/data/statements/0/kind", Words: word("client-words"), Whole: statementOf(5, "/data/statements/0/kind")},
		{Name: "5-3", Path: "/data/statements/0/language", Words: word("pa-Guru")},
		{Name: "5-4", Path: "/data/statements/0/text", Words: append(word("Stay"), word("away")...)},
		{Name: "5-5", Path: "/data/statements/1/speaker", Words: []closableWord{{Text: "client", Proposed: true}}, Whole: statementOf(5, "/data/statements/1/speaker")},
		{Name: "5-6", Path: "/data/with/0/kind", Words: word("client")},
	}}
	show := func(f *Form) string {
		var b strings.Builder
		for _, g := range c.Groups(f) {
			if g.Whole != nil {
				b.WriteString("[" + g.Whole.Name + "]")
			}
			for _, x := range g.Texts {
				b.WriteString(" " + x.Name)
			}
			for _, x := range g.Codes {
				b.WriteString(" (" + x.Name + ")")
			}
			if g.Open {
				b.WriteString(" open")
			}
			b.WriteString(";")
		}
		return b.String()
	}
	f := newForm(5)
	if got, want := show(f), " 5-1 (5-0);[whole-5-0] 5-4 (5-2) (5-3);[whole-5-1] 5-5; (5-6);"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	f.Set("w-5-3", "1")
	if got, want := show(f), " 5-1 (5-0);[whole-5-0] 5-4 (5-2) (5-3) open;[whole-5-1] 5-5; (5-6);"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
