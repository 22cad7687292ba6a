package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/schemas"
)

func TestExportVerifies(t *testing.T) {
	l, c := ledger("verifies")
	b, res := export(t, l, c, usual...)
	v := verify(b, policy(t, l))
	if v.Exit != evidence.ExitValid || v.Result != "MATCHES" {
		t.Fatalf("exit %d: %s", v.Exit, v.FirstFailure())
	}
	if v.SHA256 != res.SHA256.String() || v.Exhibit != res.Exhibit || v.CheckCode != res.CheckCode || v.Events != 9 || v.Disclosed != 5 {
		t.Errorf("verdict %+v does not fit the result %+v", v, res)
	}
	if res.Full != 4 || res.Part != 1 || res.Withheld != 3 || !slices.Equal(res.Undated, []uint64{8}) {
		t.Errorf("counts %+v", res)
	}
	if want := strings.ToUpper(c.ID().String()[:8]) + "/9"; res.Exhibit != want {
		t.Errorf("exhibit %s, want %s", res.Exhibit, want)
	}
	_, files := unzip(t, b)
	var statuses []string
	for _, r := range readSheet(t, files).Schedule {
		statuses = append(statuses, r.Status+strings.Join(r.Codes, ""))
	}
	if want := []string{"withheldS", "full", "full", "withheldS", "partAP", "full", "withheldS", "full"}; !slices.Equal(statuses, want) {
		t.Errorf("schedule %v, want %v", statuses, want)
	}
}

func TestNoPolicyIsNoVerdict(t *testing.T) {
	l, c := ledger("no policy")
	b, _ := export(t, l, c, usual...)
	v := verify(b, nil)
	if v.Exit != evidence.ExitUnknown || !v.SelfConsistent || !strings.Contains(v.Summary, "issuer unknown") {
		t.Errorf("exit %d, self-consistent %v: %s", v.Exit, v.SelfConsistent, v.Summary)
	}
}

// Two ledgers that hold the same give the same bundle.
func TestExportIsDeterministic(t *testing.T) {
	l1, c1 := ledger("same")
	l2, c2 := ledger("same")
	a, _ := export(t, l1, c1, usual...)
	b, _ := export(t, l2, c2, usual...)
	if !bytes.Equal(a, b) {
		t.Error("the same records, request and closings gave other bytes")
	}
}

// The texts arrive to the byte: scripts, joiners, trailing spaces, line feeds.
func TestTextsAreExact(t *testing.T) {
	l, c := ledger("exact")
	b, _ := export(t, l, c)
	_, files := unzip(t, b)
	var got []string
	for _, e := range readSheet(t, files).Entries {
		if e.Seq == 3 {
			for _, s := range e.Body.Data["statements"].([]any) {
				got = append(got, s.(map[string]any)["text"].(string))
			}
		}
	}
	if want := []string{gurmukhi, arabic, family}; !slices.Equal(got[:3], want) {
		t.Errorf("texts are %q, want %q", got, want)
	}
	html := string(files["data/contact-sheets.html"])
	for _, want := range []string{
		"ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ। \n\nਕਿਰਪਾ", // line feeds and spaces stay
		"بي\u200c اليوم",                             // a non-joiner after an Arabic letter stays
		"\U0001f469\u200d\U0001f467\u200d\U0001f466", // an emoji stays one
		`hidden <span class="cp" dir="ltr">[U+202E]</span>letters<span class="cp" dir="ltr">[U+202C]</span>`,
		`zero<span class="cp" dir="ltr">[U+200B]</span>width`,
		`01:30 GMT, the second 01:30 that night`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Closed words are in no file in any spelling, and neither is the rest of the
// case.
func TestClosedWordsAreAbsent(t *testing.T) {
	l, c := ledger("absent")
	b, _ := export(t, l, c, usual...)
	if v := verify(b, policy(t, l)); v.Exit != 0 {
		t.Fatalf("exit %d: %s", v.Exit, v.FirstFailure())
	}
	all := strings.ToLower(string(b))
	for _, secret := range []string{"Aldercourt", "Ravensholme", "Mews", "Hazel", "Quill", "ZZ1 1ZZ", "afraid of her", "Before the period"} {
		if strings.Contains(all, strings.ToLower(secret)) {
			t.Errorf("%q is in the bundle", secret)
		}
	}
	_, files := unzip(t, b)
	if !bytes.Contains(files["data/contact-sheets.json"], []byte(`["We moved to ",{"closed":["A"]},"in June, and`)) {
		t.Error("the sheet does not show the closing in its place")
	}
}

// Whole values, whole texts, the ends of texts and whole events can be closed.
func TestClosings(t *testing.T) {
	tests := []struct {
		name     string
		closings []evidence.Closing
		shows    string // in contact-sheets.json
		absent   string
		status   string // of event 5
	}{
		{"first words", []evidence.Closing{span(5, "/data/statements/1/text", 0, 1, 'A')}, `[{"closed":["A"]},"to 14`, "we moved to", "part"},
		{"last words", []evidence.Closing{span(5, "/data/statements/1/text", 12, 13, 'P')}, `and she said ",{"closed":["P"]}]`, "nobody knows", "part"},
		{"two codes side by side", []evidence.Closing{span(5, "/data/statements/1/text", 3, 4, 'A'), span(5, "/data/statements/1/text", 5, 6, 'P')},
			`"We moved to ",{"closed":["A"]},{"closed":["P"]},"in `, "aldercourt", "part"},
		{"one code side by side", []evidence.Closing{span(5, "/data/statements/1/text", 3, 4, 'A'), span(5, "/data/statements/1/text", 5, 6, 'A')},
			`"We moved to ",{"closed":["A"]},"in `, "aldercourt", "part"},
		{"whole text", []evidence.Closing{whole(5, "/data/statements/1/text", 'A')}, `"speaker":"client","translation"`, "moved to", "part"},
		{"a scalar", []evidence.Closing{whole(5, "/data/place", 'A')}, `"number":"07700 900112","present"`, "library", "part"},
		{"an empty array", []evidence.Closing{whole(5, "/data/present", 'P')}, `"safe_contact_checked"`, "", "part"},
		{"who recorded it", []evidence.Closing{whole(5, "/actor", 'K')}, `{"body":{"data":`, "", "part"},
		{"when it happened", []evidence.Closing{whole(5, "/occurred/from", 'A')}, `"occurred":{"precision"`, "2026-10-26t14:05", "part"},
		{"the event", []evidence.Closing{whole(5, "", 'L')}, `{"codes":["L"],"item":null,"seq":5,"status":"withheld"}`, "the library", "withheld"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, c := ledger("closings")
			b, _ := export(t, l, c, tt.closings...)
			if v := verify(b, policy(t, l)); v.Exit != 0 {
				t.Fatalf("exit %d: %s", v.Exit, v.FirstFailure())
			}
			_, files := unzip(t, b)
			if s := string(files["data/contact-sheets.json"]); !strings.Contains(s, tt.shows) {
				t.Errorf("the sheet does not show %s", tt.shows)
			}
			if tt.absent != "" && strings.Contains(strings.ToLower(string(b)), tt.absent) {
				t.Errorf("%q is in the bundle", tt.absent)
			}
			if s := readSheet(t, files).Schedule[4].Status; s != tt.status {
				t.Errorf("event 5 is %s, want %s", s, tt.status)
			}
		})
	}
}

// A correction of a withheld contact is withheld with it.
func TestCorrectionFollows(t *testing.T) {
	l, c := ledger("follows")
	b, _ := export(t, l, c, whole(5, "", 'L'))
	_, files := unzip(t, b)
	if r := readSheet(t, files).Schedule[5]; r.Status != "withheld" || r.Codes[0] != "L" {
		t.Errorf("the correction of a withheld contact is %+v", r)
	}
}

func TestClosingsRefused(t *testing.T) {
	tests := []struct {
		name     string
		closings []evidence.Closing
		want     string
	}{
		{"unknown event", []evidence.Closing{whole(9, "/data/number", 'A')}, "closings, entry 1, seq: the case has no such event"},
		{"event 0", []evidence.Closing{whole(0, "/data/number", 'A')}, "closings, entry 1, seq: the case has no such event"},
		{"out of scope", []evidence.Closing{usual[0], whole(7, "/data/number", 'A')}, "closings, entry 2, seq: the event is outside the request and withheld already"},
		{"/type", []evidence.Closing{whole(5, "/type", 'A')}, "closings, entry 1, path: names what always stays open"},
		{"/v", []evidence.Closing{whole(5, "/v", 'A')}, "closings, entry 1, path: names what always stays open"},
		{"no such path", []evidence.Closing{whole(5, "/data/phone", 'A')}, "closings, entry 1, path: names nothing in this event"},
		{"an object", []evidence.Closing{whole(5, "/data/statements/1", 'A')}, "closings, entry 1, path: names no single value; close what stands in it"},
		{"one word by its path", []evidence.Closing{whole(5, "/data/statements/1/text/3", 'A')}, "closings, entry 1, path: names one word; name the text, and the word by from and to"},
		{"words of a scalar", []evidence.Closing{span(5, "/data/number", 0, 0, 'A')}, "closings, entry 1, from: words can be named of a text only"},
		{"from behind the text", []evidence.Closing{span(5, "/data/statements/0/text", 3, 3, 'A')}, "closings, entry 1, from: the text has the words 0 to 2"},
		{"to behind the text", []evidence.Closing{span(5, "/data/statements/0/text", 2, 3, 'A')}, "closings, entry 1, to: the text has the words 0 to 2"},
		{"overlap", []evidence.Closing{usual[0], span(5, "/data/statements/1/text", 6, 8, 'A')}, "closings, entry 2, path: closes what another entry closes"},
		{"twice whole", []evidence.Closing{whole(5, "", 'L'), whole(5, "", 'L')}, "closings, entry 2, seq: the event is closed by more than one entry, one of them as a whole"},
		{"whole and part", []evidence.Closing{whole(5, "", 'L'), usual[0]}, "closings, entry 2, seq: the event is closed by more than one entry, one of them as a whole"},
		{"part and whole", []evidence.Closing{usual[0], whole(5, "", 'L')}, "closings, entry 2, seq: the event is closed by more than one entry, one of them as a whole"},
		{"correction of a withheld contact", []evidence.Closing{whole(5, "", 'L'), span(6, "/data/text", 0, 0, 'A')},
			"closings, entry 2, seq: the event corrects one that is withheld, and is withheld with it"},
		{"unknown code", []evidence.Closing{whole(5, "/data/number", 'Z')}, "closings, entry 1, code: is none of A, P, X, S, L, C, M, K"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, c := ledger("refused")
			var out bytes.Buffer
			_, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c, tt.closings...), &out)
			if !errors.Is(err, evidence.ErrInput) || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if out.Len() > 0 || c.Tip().Seq != 8 {
				t.Error("something was written or recorded")
			}
		})
	}
}

// fullDisk takes some bytes and no more.
type fullDisk struct{ room int }

func (w *fullDisk) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, syscall.ENOSPC
	}
	return len(b), nil
}

// TestNowhereToWrite: an export that was recorded and could not be written says
// so, and is made again as another.
func TestNowhereToWrite(t *testing.T) {
	l, c := ledger("nowhere")
	_, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c), &fullDisk{4096})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "recorded as event 9, but the bundle could not be written: export it again") {
		t.Errorf("got %v", err)
	}
	res, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c), &bytes.Buffer{})
	if err != nil || res.Seq != 10 {
		t.Errorf("again: event %d, %v", res.Seq, err)
	}
}

// Closing everything but /type and /v is closing the event.
func TestNothingLeft(t *testing.T) {
	l, c := ledger("nothing")
	var closings []evidence.Closing
	parts, err := events.Flatten(c.Bodies()[1])
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"/type": true, "/v": true}
	for _, p := range parts {
		path := p.Path
		if p.Kind == events.KindWord {
			path = path[:strings.LastIndexByte(path, '/')]
		}
		if !p.Decoy && !seen[path] {
			seen[path] = true
			closings = append(closings, whole(2, path, 'C'))
		}
	}
	_, err = evidence.Export(context.Background(), l, schemas.Default(), input(l, c, closings...), &bytes.Buffer{})
	if !errors.Is(err, evidence.ErrInput) || !strings.Contains(err.Error(), "nothing of event 2 would be left") {
		t.Errorf("got %v", err)
	}
}

func TestExposed(t *testing.T) {
	contact := func(statements ...string) string { return contactJSON("", "", statements...) }
	tests := []struct {
		name     string
		add      func(add func(typ, data string))
		closing  evidence.Closing
		refused  string
		warnings []evidence.Warning
	}{
		{"in a correction", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "We moved to 14 ALDERCOURT, Mews (Ravensholme) in July.", "wrong month"))
		}, usual[0], "its words stand open in event 9 at /data/text, another version of the same statement", nil},
		{"in the reason of a correction", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "We moved in July.", "14 Aldercourt Mews, Ravensholme was right"))
		}, usual[0], "its words stand open in event 9 at /data/reason/text, another version of the same statement", nil},
		{"in what the correction corrects", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "It was 14 Aldercourt Mews, Ravensholme.", "x"))
		}, span(9, "/data/text", 2, 5, 'A'), "its words stand open in event 5 at /data/statements/1/text, another version of the same statement", nil},
		{"in another contact", func(add func(typ, data string)) {
			add("contact.recorded", contact(statementJSON("observed", "me", "I went to 14, Aldercourt-Mews; Ravensholme.", "en")))
		}, usual[0], "", []evidence.Warning{{Seq: 9, Path: "/data/statements/0/text"}}},
		{"in a place", func(add func(typ, data string)) {
			add("contact.recorded", contactJSON("", "14 aldercourt mews ravensholme", statementJSON("observed", "me", "x", "en")))
		}, usual[0], "", []evidence.Warning{{Seq: 9, Path: "/data/place"}}},
		{"a number written otherwise", func(add func(typ, data string)) {
			add("contact.recorded", contact(statementJSON("observed", "me", "ring 07700-900112", "en")))
		}, whole(5, "/data/number", 'P'), "", []evidence.Warning{{Seq: 3, Path: "/data/number"}, {Seq: 9, Path: "/data/statements/0/text"}}},
		{"only part of the words", func(add func(typ, data string)) {
			add("contact.recorded", contact(statementJSON("observed", "me", "I went to Aldercourt Mews.", "en")))
		}, usual[0], "", nil},
		{"only part of the words, in a correction", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "We moved to 41 Aldercourt Mews in July.", "not 14"))
			add("contact.corrected", correctionJSON(5, 0, "We moved to Aldercourt.", "another statement"))
		}, usual[0], "", []evidence.Warning{{Seq: 9, Path: "/data/text"}}},
		{"only part of the words, in what the correction corrects", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "It was 41 Aldercourt Mews.", "x"))
		}, span(9, "/data/text", 2, 4, 'A'), "", []evidence.Warning{{Seq: 5, Path: "/data/statements/1/text"}}},
		{"a value that two corrections share", func(add func(typ, data string)) {
			add("contact.corrected", correctionJSON(5, 1, "It was the autumn.", "x"))
			add("contact.corrected", correctionJSON(5, 1, "It was the winter.", "y"))
		}, whole(9, "/occurred/precision", 'A'), "", []evidence.Warning{{Seq: 2, Path: "/occurred/precision"}, {Seq: 3, Path: "/occurred/precision"},
			{Seq: 5, Path: "/occurred/precision"}, {Seq: 6, Path: "/occurred/precision"}, {Seq: 10, Path: "/occurred/precision"}}},
		{"within another word", func(add func(typ, data string)) {
			add("contact.recorded", contact(statementJSON("observed", "me", "the Junebug", "en")))
		}, span(5, "/data/statements/1/text", 8, 8, 'A'), "", nil},
		{"too short to tell", func(add func(typ, data string)) {
			add("contact.recorded", contact(statementJSON("observed", "me", "14 of them", "en")))
		}, span(5, "/data/statements/1/text", 3, 3, 'A'), "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, c := ledger("exposed")
			tt.add(func(typ, data string) {
				l.Add(c.ID(), typ, "staff-07", []byte(happened("2026-10-27T10:00:00+00:00")), []byte(data))
			})
			var out bytes.Buffer
			res, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c, tt.closing), &out)
			if tt.refused != "" {
				if !errors.Is(err, evidence.ErrExposed) || !strings.HasSuffix(err.Error(), tt.refused) {
					t.Errorf("got %v, want %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(res.Warnings, tt.warnings) {
				t.Errorf("warnings %v, want %v", res.Warnings, tt.warnings)
			}
		})
	}
}

// The dates of a request are days in the United Kingdom, both included.
func TestScope(t *testing.T) {
	tests := []struct {
		occurred string
		in       bool
	}{
		{happened("2026-09-30T23:59:59+01:00"), false},
		{happened("2026-10-01T00:00:00+01:00"), true},
		{happened("2026-10-31T23:59:59+00:00"), true},
		{happened("2026-11-01T00:00:00+00:00"), false},
		{`{"from":"2026-10-31","precision":"date","to":null}`, true},
		{`{"from":"2026-11-01","precision":"about","to":null}`, false},
		{`{"from":null,"precision":"unknown","to":null}`, true}, // recorded on 26 October
		// The clocks showed 00:30 on 1 October: the offset is written as UTC's.
		{happened("2026-09-30T23:30:00+00:00"), true},
		// Over midnight, and on one day of several.
		{`{"from":"2026-09-30T23:40:00+01:00","precision":"exact","to":"2026-10-01T00:20:00+01:00"}`, true},
		{`{"from":"2026-09-28","precision":"about","to":"2026-11-03"}`, true},
		{`{"from":"2026-09-28","precision":"date","to":"2026-09-30"}`, false},
		{`{"from":"2026-10-31T23:40:00+00:00","precision":"exact","to":"2026-11-01T00:20:00+00:00"}`, true},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			l, c := ledger("scope")
			l.Add(c.ID(), "contact.attempted", "staff-07", []byte(tt.occurred), []byte(attemptJSON("07700 900114")))
			b, _ := export(t, l, c)
			_, files := unzip(t, b)
			if got := readSheet(t, files).Schedule[8].Status == "full"; got != tt.in {
				t.Errorf("%s: in scope %v, want %v", tt.occurred, got, tt.in)
			}
		})
	}
}

// Of what happened nobody knows when, the export says which way it went.
func TestExportUndated(t *testing.T) {
	const unknown = `{"from":null,"precision":"unknown","to":null}`
	l, c := ledger("undated")
	l.Add(c.ID(), "contact.attempted", "staff-07", []byte(unknown), []byte(attemptJSON("07700 900114")))
	_, res := export(t, l, c, usual...)
	in := input(l, c, usual...)
	in.Request.From, in.Request.To = "2020-01-01", "2020-01-31"
	in.Closings = nil
	out, err := evidence.Export(context.Background(), l, schemas.Default(), in, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	all := append(slices.Clone(res.Undated), res.UndatedOut...)
	slices.Sort(all)
	if len(all) != 2 || len(out.Undated) != 0 || !slices.Equal(out.UndatedOut, all) {
		t.Errorf("in %v out %v of the period; in %v out %v of another", res.Undated, res.UndatedOut, out.Undated, out.UndatedOut)
	}
}

// Somebody else records an event while the export is prepared: one outside the
// request changes nothing but the place of the export.
func TestExportStartsOver(t *testing.T) {
	l, c := ledger("over")
	left := 3
	l.Before = func() {
		if left--; left >= 0 {
			l.Add(c.ID(), "contact.attempted", "staff-07", []byte(happened("2026-11-28T10:00:00+00:00")), []byte(attemptJSON("07700 900115")))
		}
	}
	b, res := export(t, l, c, usual...)
	if res.Seq != 12 {
		t.Errorf("the export is event %d, want 12", res.Seq)
	}
	if v := verify(b, policy(t, l)); v.Exit != 0 {
		t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
	}
}

// What is in scope and was recorded after the closings were decided would go
// out unread.
func TestExportUnread(t *testing.T) {
	late := func(l *evidencetest.Ledger, c *eventstest.Chain, day string) {
		l.Add(c.ID(), "contact.attempted", "staff-07", []byte(happened(day+"T10:00:00+00:00")), []byte(attemptJSON("07700 900115")))
	}
	tests := []struct {
		name   string
		expect uint64
		before func(*evidencetest.Ledger, *eventstest.Chain) // before the export
		during func(*evidencetest.Ledger, *eventstest.Chain) // while it runs
		want   []uint64
		broken bool
	}{
		{"nothing new", 8, nil, nil, nil, false},
		{"in scope, before", 8, func(l *evidencetest.Ledger, c *eventstest.Chain) { late(l, c, "2026-10-28") }, nil, []uint64{9}, true},
		{"in scope, before, but read", 9, func(l *evidencetest.Ledger, c *eventstest.Chain) { late(l, c, "2026-10-28") }, nil, nil, false},
		{"out of scope, before", 8, func(l *evidencetest.Ledger, c *eventstest.Chain) { late(l, c, "2026-11-28") }, nil, nil, false},
		{"in scope, during, nothing said", 0, nil, func(l *evidencetest.Ledger, c *eventstest.Chain) { late(l, c, "2026-10-28") }, []uint64{9}, true},
		{"an event that is not there", 9, nil, nil, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, c := ledger("unread")
			if tt.before != nil {
				tt.before(l, c)
			}
			l.Before = func() {
				if tt.during != nil {
					tt.during(l, c)
					tt.during = nil
				}
			}
			in := input(l, c)
			in.Expect = tt.expect
			var out bytes.Buffer
			_, err := evidence.Export(context.Background(), l, schemas.Default(), in, &out)
			var unread *evidence.UnreadError
			switch {
			case !tt.broken && err != nil:
				t.Error(err)
			case tt.broken && (!errors.As(err, &unread) || !errors.Is(err, events.ErrConflict) || out.Len() > 0):
				t.Errorf("got %v and %d bytes", err, out.Len())
			case tt.broken && !slices.Equal(unread.Unread, tt.want):
				t.Errorf("unread %v, want %v", unread.Unread, tt.want)
			}
		})
	}
}

// A case that never stands still ends the export with the conflict.
func TestExportGivesUp(t *testing.T) {
	l, c := ledger("up")
	l.Before = func() {
		l.Add(c.ID(), "contact.attempted", "staff-07", []byte(happened("2026-11-28T10:00:00+00:00")), []byte(attemptJSON("07700 900115")))
	}
	var out bytes.Buffer
	_, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c), &out)
	if !errors.Is(err, events.ErrConflict) || out.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, out.Len())
	}
}

// An export is itself an event, and two exports of a case differ in reference.
func TestExportTwice(t *testing.T) {
	l, c := ledger("twice")
	_, one := export(t, l, c)
	b, two := export(t, l, c)
	if one.Exhibit == two.Exhibit || one.CheckCode == two.CheckCode {
		t.Errorf("exports share %s or %s", two.Exhibit, two.CheckCode)
	}
	if v := verify(b, policy(t, l)); v.Exit != 0 {
		t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
	}
}

func TestExportErrors(t *testing.T) {
	l, c := ledger("errors")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		in   func(*evidence.Input)
		want error
	}{
		{"no such case", context.Background(), func(in *evidence.Input) { in.Chain[0] ^= 1 }, events.ErrNotFound},
		{"no officer", context.Background(), func(in *evidence.Input) { in.Request.Officer = " " }, evidence.ErrInput},
		{"dates the wrong way", context.Background(), func(in *evidence.Input) { in.Request.To = "2026-09-01" }, evidence.ErrInput},
		{"recipient of two lines", context.Background(), func(in *evidence.Input) { in.Recipient = "a\nb" }, evidence.ErrInput},
		{"no policy", context.Background(), func(in *evidence.Input) { in.Policy = nil }, events.ErrSyntax},
		{"actor with capitals", context.Background(), func(in *evidence.Input) { in.Actor = "Staff" }, events.ErrInvalid},
		{"cancelled", ctx, func(*evidence.Input) {}, context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := input(l, c)
			tt.in(&in)
			var out bytes.Buffer
			if _, err := evidence.Export(tt.ctx, l, schemas.Default(), in, &out); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if out.Len() > 0 || c.Tip().Seq != 8 {
				t.Error("something was written or recorded")
			}
		})
	}
}

type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestExportCannotWrite(t *testing.T) {
	l, c := ledger("write")
	if _, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c), full{}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

// A clock that went back is told, and is no reason to refuse.
func TestClockWentBack(t *testing.T) {
	c := fixtureChain("clock")
	c.At(eventstest.Start.Add(-time.Hour)).Occurred(happened("2026-10-26T07:00:00+00:00")).Add("contact.attempted", attemptJSON("07700 900116"))
	l := evidencetest.New(c)
	b, _ := export(t, l, c)
	v := verify(b, policy(t, l))
	if v.Exit != 0 || !slices.Equal(v.Warnings, []string{"event 9 says that it was recorded before the event above it", noPath}) {
		t.Errorf("exit %d, warnings %q", v.Exit, v.Warnings)
	}
}
