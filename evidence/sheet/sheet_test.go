package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

var update = flag.Bool("update", false, "write testdata anew; a change is a new version of the format")

// event makes an event of a sheet from its body, with some leaves closed.
func event(t testing.TB, seq uint64, at string, body string, closed ...Closing) Event {
	t.Helper()
	canonical, err := events.Canonicalize([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := events.Flatten(canonical)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	e := Event{Seq: seq, At: when, Size: uint64(len(parts)), Hash: events.Hash{byte(seq)}}
	for _, p := range parts {
		hidden := false
		for _, c := range closed {
			hidden = hidden || p.Index >= c.Leaf && p.Index < c.Leaf+c.Leaves
		}
		if !hidden {
			e.Parts = append(e.Parts, p)
		}
	}
	return e
}

// leaf returns the index of a part.
func leaf(t testing.TB, body, path string) uint64 {
	t.Helper()
	for _, p := range event(t, 1, "2026-10-01T00:00:00Z", body).Parts {
		if p.Path == path {
			return p.Index
		}
	}
	t.Fatalf("no part %s", path)
	return 0
}

const exportBody = `{"actor":"staff-02","data":{"closings":[%s],"copy":1,"decision":null,"exhibit":"7C1E0A9B/12","force":"Saltshire Police","from":"2026-10-01","kinds":["contact.attempted","contact.corrected","contact.recorded"],"manifest":"0000000000000000000000000000000000000000000000000000000000000000","officer":"DC 4471 Ferris","recipient":null,"reference":"SP/26/10877","request":null,"to":"2026-10-31"},"occurred":{"from":"2026-10-30T16:04:00+00:00","precision":"exact","to":null},"type":"disclosure.exported","v":1}`

// input makes the input of a sheet; closings are JSON.
func input(t testing.TB, m uint64, closings string, events_ ...Event) Input {
	t.Helper()
	in := Input{Origin: "ledger.example.org/cases", Seq: m, Events: events_, Previous: events.Hash{0x3f, 0x9a, 0x0c, 0x71}}
	copy(in.Chain[:], []byte{0x7c, 0x1e, 0x0a, 0x9b})
	in.Export = event(t, m, "2026-10-30T16:04:01Z", fmt.Sprintf(exportBody, closings)).Parts
	return in
}

func closingJSON(seq uint64, c Closing) string {
	return fmt.Sprintf(`{"code":"%c","leaf":%d,"leaves":%d,"seq":%d}`, c.Code, c.Leaf, c.Leaves, seq)
}

const contactBody = `{"actor":"staff-07","data":{"channel":"phone","direction":"in","interpreter":{"agency":"Tern Language Line","language":"pa","mode":"telephone","name":"Interpreter 4471"},"made":{"from":"handwritten-notes","kept":true,"late":{"text":"the line was down"},"reference":"KP/2"},"next_contact":"2026-10-28T09:00:00+00:00","number":"07700 900123","place":null,"present":[{"could_overhear":true,"who":"her sister"},{"could_overhear":false,"who":"a child, asleep"}],"safe_contact_checked":true,"statements":[{"because":null,"kind":"client-words","language":"pa-Guru","passed_by":[],"speaker":"client","text":"ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ।  ","translation":{"by":"Interpreter 4471","language":"en","text":"I am afraid."}},{"because":null,"kind":"client-summary","language":"en","passed_by":[],"speaker":"client","text":"She lives at 14 Alder Court in Leeds\nwith <b>two</b> & \"three\".","translation":null},{"because":null,"kind":"third-party","language":"en","passed_by":[{"at_work":true,"how":"told at the door","who":"PC 2207"},{"at_work":null,"how":"by telephone","who":"client"}],"speaker":"a neighbour","text":"He was there.","translation":null},{"because":null,"kind":"observed","language":"ar","passed_by":[],"speaker":"me","text":"أنا \u202eabc\u202c","translation":null},{"because":{"text":"he came back"},"kind":"opinion","language":"en","passed_by":[],"speaker":"me","text":"In my opinion the risk has risen.","translation":null},{"because":null,"kind":"action","language":"en","passed_by":[],"speaker":"me","text":"Rang the duty officer. \uD83D\uDC69\u200D\uD83D\uDC67","translation":null}],"with":[{"agency":null,"kind":"client","name":null,"role":null},{"agency":"Harrowmere Council","kind":"professional","name":"J. Lark","role":"housing officer"}]},"occurred":{"from":"2026-10-25T01:30:00+00:00","precision":"exact","to":"2026-10-25T01:52:00+00:00"},"type":"contact.recorded","v":1}`

const correctionBody = `{"actor":"staff-07","data":{"corrects":{"seq":3,"statement":1},"made":{"from":"memory","kept":null,"late":null,"reference":null},"reason":{"text":"wrong town"},"text":"She lives in York."},"occurred":{"from":"2026-10-27","precision":"date","to":null},"type":"contact.corrected","v":1}`

const attemptBody = `{"actor":"staff-07","data":{"channel":"phone","made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":null,"note":{"text":"rang twice"},"number":"07700 900123","outcome":"no-answer","voicemail":false},"occurred":{"from":null,"precision":"unknown","to":null},"type":"contact.attempted","v":1}`

const otherBody = `{"actor":"staff-02","data":{"list":[],"name":"=cmd","note":{"text":"two words"},"yes":true},"occurred":{"from":"2026-10-26","precision":"about","to":null},"type":"some.other","v":3}`

// sample is a sheet with everything on it.
func sample(t testing.TB) *Sheet {
	t.Helper()
	address := Closing{Leaf: leaf(t, contactBody, "/data/statements/1/text/3"), Leaves: 3, Code: 'A'}
	number := Closing{Leaf: leaf(t, contactBody, "/data/number"), Leaves: 1, Code: 'P'}
	sister := Closing{Leaf: leaf(t, contactBody, "/data/present/0/could_overhear"), Leaves: 2, Code: 'P'}
	actor := Closing{Leaf: leaf(t, attemptBody, "/actor"), Leaves: 1, Code: 'K'}
	word := Closing{Leaf: leaf(t, otherBody, "/data/note/text/1"), Leaves: 8 - leaf(t, otherBody, "/data/note/text/1")%8, Code: 'M'}
	whole := Closing{Code: 'S'}
	s, err := Build(input(t, 8, strings.Join([]string{closingJSON(1, whole), closingJSON(2, whole), closingJSON(3, number), closingJSON(3, sister), closingJSON(3, address),
		closingJSON(5, actor), closingJSON(6, Closing{Code: 'L'}), closingJSON(7, word)}, ","),
		event(t, 3, "2026-10-25T02:11:30Z", contactBody, address, number, sister),
		event(t, 4, "2026-10-27T09:12:00Z", correctionBody),
		event(t, 5, "2026-10-27T12:00:00Z", attemptBody, actor),
		event(t, 7, "2026-10-29T12:00:00.123456Z", otherBody, word)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// knewBody is a contact of version 2 with three third parties: one who saw it
// and told the writer, one through somebody else, and one who was not asked.
const knewBody = `{"actor":"staff-07","data":{"appointment":2,"channel":"in-person","direction":"met","feedback_on":null,"interpreter":null,"made":{"from":"handwritten-notes","kept":true,"late":null,"reference":null},"next_contact":null,"number":null,"place":"the library","present":[],"safe_contact_checked":true,"statements":[{"because":null,"kind":"third-party","knew":"saw it <from> her kitchen \u202e","language":"en","passed_by":[],"speaker":"Mrs Okafor, a neighbour","text":"He was at the gate.","translation":null},{"because":null,"kind":"third-party","knew":"the headteacher rang him","language":"en","passed_by":[{"at_work":true,"how":"by email","who":"client"}],"speaker":"Mr Penn, a teacher","text":"He asked for her at school.","translation":null},{"because":null,"kind":"third-party","knew":null,"language":"en","passed_by":[],"speaker":"PC 2207","text":"He was seen in Mill Lane.","translation":null},{"because":null,"kind":"observed","knew":null,"language":"en","passed_by":[],"speaker":"me","text":"She looked at the door.","translation":null}],"with":[{"agency":null,"kind":"client","name":null,"role":null}]},"occurred":{"from":"2026-10-20T10:00:00+01:00","precision":"exact","to":null},"type":"contact.recorded","v":2}`

// knewSample is a sheet with that contact open, with what the third parties
// knew closed, and with hardly more open than that.
func knewSample(t testing.TB) *Sheet {
	t.Helper()
	at := func(path string) Closing { return Closing{leaf(t, knewBody, path), 1, 'P'} }
	closed := []Closing{at("/data/statements/0/knew"), at("/data/statements/2/knew")}
	part := []Closing{at("/data/statements/0/kind"), at("/data/statements/0/passed_by"), at("/data/statements/0/speaker"),
		at("/data/statements/2/kind"), at("/data/statements/2/knew")}
	list := []string{closingJSON(1, Closing{Code: 'S'}), closingJSON(2, Closing{Code: 'S'})}
	for _, c := range closed {
		list = append(list, closingJSON(4, c))
	}
	for _, c := range part {
		list = append(list, closingJSON(5, c))
	}
	s, err := Build(input(t, 6, strings.Join(list, ","),
		event(t, 3, "2026-10-20T09:40:00Z", knewBody),
		event(t, 4, "2026-10-20T09:41:00Z", knewBody, closed...),
		event(t, 5, "2026-10-20T09:42:00Z", knewBody, part...)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The bytes of a sheet are part of the format. They change with its version
// and at no other time.
func TestGolden(t *testing.T) {
	for dir, s := range map[string]*Sheet{"testdata": sample(t), "testdata/knew": knewSample(t), "testdata/kinds": kindsSample(t, false)} {
		for name, got := range map[string][]byte{
			"contact-sheets.json": s.JSON(), "contact-sheets.html": s.HTML(), "schedule.csv": s.Schedule(),
			"continuity.csv": s.Continuity(), "README.txt": s.Readme(),
		} {
			file := filepath.Join(dir, name)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what version 1 of the format has", file)
			}
		}
	}
}

func TestJSONIsCanonical(t *testing.T) {
	b := sample(t).JSON()
	if err := events.CheckCanonical(bytes.TrimSuffix(b, []byte("\n"))); err != nil {
		t.Error(err)
	}
	if !json.Valid(b) || b[len(b)-1] != '\n' {
		t.Error("not JSON and LF")
	}
}

func TestPage(t *testing.T) {
	page := string(sample(t).HTML())
	for _, want := range []string{
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
		"CONTACT 1</span> Telephone, the client rang us",
		"Sunday 25 October 2026, 01:30–01:52 GMT, the second 01:30 that night",
		"same day, 02:11 GMT, 19 minutes after it ended, by <bdi>staff-07</bdi>",
		"handwritten notes; kept (<bdi>KP/2</bdi>)",
		`written 19 minutes after the event. Reason: <bdi class="text" dir="auto">the line was down</bdi>`,
		"the client; a professional, <bdi>J. Lark</bdi>, <bdi>housing officer</bdi>, <bdi>Harrowmere Council</bdi>",
		`<span class="box" role="img" dir="ltr" aria-label="closed, code P">P</span>; <bdi>a child, asleep</bdi> (could not overhear)`,
		"spoken in Punjabi (pa); interpreted by telephone, <bdi>Interpreter 4471</bdi>, <bdi>Tern Language Line</bdi>. The English is the interpreter’s; there is no recording.",
		`<p class="said" dir="auto" lang="pa-Guru">“ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ।  ”</p>`,
		"Translation into English, by <bdi>Interpreter 4471</bdi>:",
		`She lives at <span class="box" role="img" dir="ltr" aria-label="closed, code A">A</span>in Leeds`,
		"with &lt;b&gt;two&lt;/b&gt; &amp; &#34;three&#34;.",
		"First recorded as:",
		`Corrected Tuesday 27 October 2026, 09:12 GMT by <bdi>staff-07</bdi> (item <a href="#item-2">2</a>). It should read:`,
		"She lives in York.",
		"<bdi>a neighbour</bdi>", "<bdi>PC 2207</bdi> (<bdi>told at the door</bdi>; in the course of work)",
		"the client (<bdi>by telephone</bdi>; not known whether in the course of work)",
		`[U+202E]</span>abc<span class="cp" dir="ltr">[U+202C]`,
		"\U0001f469\u200d\U0001f467",
		"CORRECTION 2", `statement <a href="#item-1">1.2</a>`, "printed there, beside the first words",
		"ATTEMPT 3</span> Telephone, no answer", "not known; it is here by the date on which it was recorded",
		"ENTRY 4</span> <bdi>some.other</bdi>", `<th scope="row">Name</th><td><bdi>=cmd</bdi>`, `<th scope="row">Yes</th><td>yes</td>`,
		`two <span class="box" role="img" dir="ltr" aria-label="closed, code M">M</span>`,
		`<tr><th scope="row">1 to 2</th>`,
		"1 contact, 1 attempt to make contact, 1 correction, 1 other entry, 1 entry withheld as a whole: 1 in full, 3 in part, 1 withheld. 2 more entries of the case are outside the request; the schedule lists each.",
		"3F9A-0C71-0000-0000-0000", "certutil -hashfile",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, never := range []string{"<script", "http:", "https:", "src=", "url(", "Alder", "her sister", "900123</bdi></td></tr>\n<tr><th scope=\"row\">Interpreter", "\u202e", "javascript"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// dataOf returns the data of the only event of a sheet, as its JSON shows it.
func dataOf(t *testing.T, body string, closings ...Closing) string {
	t.Helper()
	var list []string
	for _, c := range closings {
		list = append(list, closingJSON(1, c))
	}
	s, err := Build(input(t, 2, strings.Join(list, ","), event(t, 1, "2026-10-01T00:00:00Z", body, closings...)))
	if err != nil {
		t.Fatal(err)
	}
	return string(s.entries[0].find("/data").appendJSON(nil))
}

// Where a text is closed, and what no open part shows.
func TestBoxes(t *testing.T) {
	const body = `{"actor":"a","data":{"a":{"text":"a0 a1 a2 a3 a4 a5 a6 a7"},"b":{"text":"b0 b1 b2 b3"},"c":1,"d":[{"x":1},{"x":2},{"x":3}]},"occurred":null,"type":"x","v":1}`
	// leaves: 0 actor, 1–8 a's words, 9–15 decoys, 16–19 b's words, 20–23 decoys, 24 c, 25–27 d, 28 occurred, 29 type, 30 v
	tests := []struct {
		name     string
		closings []Closing
		want     string // of data
	}{
		{"nothing", nil, `{"a":{"text":"a0 a1 a2 a3 a4 a5 a6 a7"},"b":{"text":"b0 b1 b2 b3"},"c":1,"d":[{"x":1},{"x":2},{"x":3}]}`},
		{"first words", []Closing{{1, 2, 'A'}}, `{"a":{"text":[{"closed":["A"]},"a2 a3 a4 a5 a6 a7"]},"b":`},
		{"middle, two codes", []Closing{{2, 2, 'A'}, {4, 1, 'P'}}, `{"a":{"text":["a0 ",{"closed":["A"]},{"closed":["P"]},"a4 a5 a6 a7"]},"b":`},
		{"middle, one code twice", []Closing{{2, 2, 'A'}, {4, 1, 'A'}}, `{"a":{"text":["a0 ",{"closed":["A"]},"a4 a5 a6 a7"]},"b":`},
		{"to the end", []Closing{{3, 13, 'A'}}, `{"a":{"text":["a0 a1 ",{"closed":["A"]}]},"b":{"text":"b0 b1 b2 b3"}`},
		{"to the end from a multiple of eight", []Closing{{8, 8, 'A'}}, `{"a":{"text":["a0 a1 a2 a3 a4 a5 a6 ",{"closed":["A"]}]},"b":{"text":"b0`},
		{"to the end by two", []Closing{{5, 2, 'A'}, {7, 9, 'P'}}, `{"a":{"text":["a0 a1 a2 a3 ",{"closed":["A"]},{"closed":["P"]}]},"b":{"text":"b0`},
		{"to the end, and the next as a whole", []Closing{{5, 11, 'A'}, {16, 8, 'P'}}, `{"a":{"text":["a0 a1 a2 a3 ",{"closed":["A"]}]},"c":1`},
		{"a whole text", []Closing{{1, 15, 'A'}}, `{"b":{"text":"b0 b1 b2 b3"}`},
		{"what follows a text", []Closing{{24, 1, 'A'}}, `b1 b2 b3"},"d":[{`},
		{"an element in front", []Closing{{25, 1, 'A'}}, `"d":[{"closed":["A"]},{"x":2},{"x":3}]`},
		{"two elements in front", []Closing{{25, 1, 'P'}, {26, 1, 'A'}}, `"d":[{"closed":["A","P"]},{"closed":["A","P"]},{"x":3}]`},
		{"an element behind", []Closing{{27, 1, 'A'}}, `"d":[{"x":1},{"x":2}]}`},
	}
	const said = `{"actor":"a","data":{"s":[{"k":1,"text":"a0 a1"},{"k":2,"text":"b0 b1 b2"},{"k":3}]},"occurred":null,"type":"x","v":1}`
	// leaves: 0 actor, 1 k, 2–3 words, 4–7 decoys, 8 k, 9–11 words, 12–15 decoys, 16 k, 17 occurred, 18 type, 19 v
	long := []struct {
		name     string
		closings []Closing
		want     string
	}{
		{"elements in front of words of a text that is closed at its start", []Closing{{1, 7, 'A'}, {8, 1, 'C'}, {9, 2, 'P'}},
			`{"s":[{"closed":["A","C"]},{"text":[{"closed":["P"]},"b2"]},{"k":3}]}`},
		{"an element in front of a text that is closed at its start and nothing else", []Closing{{1, 7, 'A'}, {9, 1, 'P'}},
			`{"s":[{"closed":["A"]},{"k":2,"text":[{"closed":["P"]},"b1 b2"]},{"k":3}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dataOf(t, body, tt.closings...); !strings.Contains(got, tt.want) {
				t.Errorf("data is %s, want %s", got, tt.want)
			}
		})
	}
	for _, tt := range long {
		t.Run(tt.name, func(t *testing.T) {
			if got := dataOf(t, said, tt.closings...); got != tt.want {
				t.Errorf("data is %s, want %s", got, tt.want)
			}
		})
	}
}

// A spreadsheet must not run a cell, and must read the rest as it is.
func TestSchedule(t *testing.T) {
	const odd = `{"actor":"=1+1","data":{},"occurred":{"from":"-2,\"x\"\n"},"type":"@sum","v":1}`
	s, err := Build(input(t, 3, closingJSON(1, Closing{Code: 'S'}), event(t, 2, "2026-10-01T00:00:00Z", odd)))
	if err != nil {
		t.Fatal(err)
	}
	const want = "seq,item,type,occurred,recorded,recorder,status,codes\r\n1,,,,,,withheld,S\r\n" +
		"2,1,\"'@sum\",\"'-2,\"\"x\"\"\n\",2026-10-01T00:00:00.000000Z,\"'=1+1\",full,\r\n"
	if got := string(s.Schedule()); got != want {
		t.Errorf("schedule is %q", got)
	}
	rows, err := csv.NewReader(bytes.NewReader(s.Schedule())).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	good := event(t, 1, "2026-10-01T00:00:00Z", attemptBody)
	tests := []struct {
		name string
		in   Input
	}{
		{"events out of order", input(t, 4, "", event(t, 2, "2026-10-01T00:00:00Z", attemptBody), good)},
		{"an event at the export", input(t, 1, "", good)},
		{"a closing of the export", input(t, 2, closingJSON(2, Closing{Code: 'S'}), good)},
		{"no closings", func() Input {
			in := input(t, 2, closingJSON(1, Closing{1, 1, 'A'}), good)
			in.Export = in.Export[5:]
			return in
		}()},
		{"no officer", func() Input {
			in := input(t, 2, "", good)
			for i, p := range in.Export {
				if p.Path == "/data/officer" {
					in.Export[i].Value = "null"
				}
			}
			return in
		}()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Build(tt.in); !errors.Is(err, ErrInput) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// An index that no leaf can have must not fill the memory.
func TestForgedIndex(t *testing.T) {
	e := event(t, 1, "2026-10-01T00:00:00Z", attemptBody)
	e.Parts[1].Path = "/data/channel/9999999/x"
	if _, err := Build(input(t, 2, "", e)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// The limit of closed elements is one of all items together.
func TestClosedElementsLimit(t *testing.T) {
	hollow := func(seq, index uint64) Event {
		return Event{Seq: seq, Size: 1 << 20, Parts: []events.Part{
			{Kind: events.KindScalar, Path: "/actor", Value: `"staff-07"`},
			{Index: 30_000, Kind: events.KindScalar, Path: fmt.Sprintf("/data/list/%d", index), Value: "1"},
		}}
	}
	if _, err := Build(input(t, 3, "", hollow(1, 131_000), hollow(2, 72))); err != nil {
		t.Error(err)
	}
	if _, err := Build(input(t, 3, "", hollow(1, 131_000), hollow(2, 73))); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
}

// A forged bundle must not keep the reader busy: the work grows with its size.
func TestForgedLength(t *testing.T) {
	start := time.Now()
	long := Event{Seq: 1, Size: 1 << 20, Parts: []events.Part{{Kind: events.KindScalar, Path: "/actor", Value: `"staff-07"`}}}
	word := `"` + strings.Repeat("x", 63) + ` "`
	for k := range 100_000 {
		long.Parts = append(long.Parts, events.Part{Index: uint64(k + 8), Kind: events.KindWord, Path: fmt.Sprintf("/data/text/%d", k), Value: word})
	}
	if _, err := Build(input(t, 2, "", long)); err != nil {
		t.Error(err)
	}
	closings := make([]string, 15_000)
	for i := range closings {
		closings[i] = closingJSON(1, Closing{uint64(i + 1), 1, 'A'})
	}
	hollow := Event{Seq: 1, Size: 1 << 20, Parts: []events.Part{
		{Kind: events.KindScalar, Path: "/actor", Value: `"staff-07"`},
		{Index: 30_000, Kind: events.KindScalar, Path: "/data/list/100000", Value: "1"},
	}}
	if _, err := Build(input(t, 2, strings.Join(closings, ","), hollow)); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// pageOf returns the page of one contact with these values closed.
func pageOf(t *testing.T, body string, more []Event, paths ...string) string {
	t.Helper()
	var closed []Closing
	var closings []string
	for _, p := range event(t, 1, "2026-10-01T00:00:00Z", body).Parts {
		for _, path := range paths {
			if p.Path == path || strings.HasPrefix(p.Path, path+"/") {
				c := Closing{p.Index, 1, 'A'}
				closed = append(closed, c)
				closings = append(closings, closingJSON(3, c))
			}
		}
	}
	s, err := Build(input(t, 12, strings.Join(closings, ","),
		append([]Event{event(t, 3, "2026-10-25T02:00:00Z", body, closed...)}, more...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(s.HTML())
}

// What is closed is neither stated nor denied.
func TestClosedIsNoClaim(t *testing.T) {
	recorded := strings.Replace(contactBody, `"from":"handwritten-notes"`, `"from":"recording"`, 1)
	const none = "there is no recording"
	if page := pageOf(t, contactBody, nil); !strings.Contains(page, "<td>spoken in Punjabi (pa); ") || !strings.Contains(page, none) {
		t.Error("open: not said that there is no recording")
	}
	if page := pageOf(t, recorded, nil, "/data/made/from"); strings.Contains(page, none) {
		t.Error("what it was made from is closed: said that there is no recording")
	}
	written := strings.Replace(contactBody, `"channel":"phone"`, `"channel":"email"`, 1)
	if page := pageOf(t, written, nil, "/data/channel"); strings.Contains(page, none) || !strings.Contains(page, "<td>in Punjabi (pa); ") {
		t.Error("the channel is closed: said that it was spoken")
	}
}

// Who said something is shown, also where the kind of statement is closed.
func TestSpeakerOfClosedKind(t *testing.T) {
	const at, neighbour, officer = "/data/statements/2", "<bdi>a neighbour</bdi>", "<bdi>PC 2207</bdi>"
	for _, tt := range []struct {
		close              []string
		neighbour, officer bool
	}{
		{[]string{at + "/kind"}, true, true},
		{[]string{at + "/kind", at + "/speaker"}, false, true},
		{[]string{at + "/kind", at + "/passed_by"}, true, false},
		{[]string{at + "/kind", at + "/speaker", at + "/passed_by"}, false, false},
	} {
		page := pageOf(t, contactBody, nil, tt.close...)
		if strings.Contains(page, neighbour) != tt.neighbour || strings.Contains(page, officer) != tt.officer {
			t.Errorf("%v closed: %v, %v", tt.close, strings.Contains(page, neighbour), strings.Contains(page, officer))
		}
	}
	if page := pageOf(t, contactBody, nil, "/data/statements/5/kind"); strings.Contains(page, `<p class="aside">me `) {
		t.Error("the writer told the writer")
	}
}

// How a third party knew stands beside who they are: open, closed, or alone.
func TestKnew(t *testing.T) {
	const (
		told  = ` <span aria-hidden="true">→</span><span class="hide"> told </span> `
		box   = `<span class="box" role="img" dir="ltr" aria-label="closed, code A">A</span>`
		saw   = ` (how they knew: <bdi>saw it &lt;from&gt; her kitchen <span class="cp" dir="ltr">[U+202E]</span></bdi>)`
		line  = `<p class="aside">`
		end   = "me</p>\n"
		first = "/data/statements/0"
		third = "/data/statements/2"
	)
	for _, tt := range []struct {
		name  string
		close []string
		want  string
		knew  int // how often the page says how somebody knew
	}{
		{"told to the writer", nil, line + "<bdi>Mrs Okafor, a neighbour</bdi>" + saw + told + end, 3},
		{"handed on", nil, line + "<bdi>Mr Penn, a teacher</bdi> (how they knew: <bdi>the headteacher rang him</bdi>)" + told +
			"the client (<bdi>by email</bdi>; in the course of work)" + told + end, 3},
		{"not asked", nil, line + "<bdi>PC 2207</bdi> (how they knew: not asked)" + told + end, 3},
		{"closed", []string{first + "/knew"}, line + "<bdi>Mrs Okafor, a neighbour</bdi> (how they knew: " + box + ")" + told + end, 3},
		{"not asked, closed", []string{third + "/knew"}, line + "<bdi>PC 2207</bdi> (how they knew: " + box + ")" + told + end, 3},
		{"the speaker closed", []string{first + "/speaker"}, line + box + saw + told + end, 3},
		{"the kind closed", []string{first + "/kind"}, line + "<bdi>Mrs Okafor, a neighbour</bdi>" + saw + told + end, 3},
		{"nothing else of the chain open", []string{first + "/kind", first + "/speaker", first + "/passed_by"}, line + box + saw + told + box + told + end, 3},
		{"the kind closed of one who was not asked", []string{third + "/kind"}, line + "<bdi>PC 2207</bdi>" + told + end, 2},
		{"nothing of the chain open", []string{third + "/kind", third + "/speaker", third + "/passed_by", third + "/knew"}, `<span class="label">` + box + "</span></h4>\n<p class=\"said\"", 2},
		{"the statement closed", []string{first}, `<span class="label">CLOSED</span></h4>` + "\n<p>" + box, 2},
	} {
		page := pageOf(t, knewBody, nil, tt.close...)
		if !strings.Contains(page, tt.want) {
			_, rest, _ := strings.Cut(page, `id="contacts"`)
			t.Errorf("%s: the page lacks %s, has %s", tt.name, tt.want, rest)
		}
		if n := strings.Count(page, "how they knew"); n != tt.knew {
			t.Errorf("%s: the page says %d times how somebody knew", tt.name, n)
		}
	}
}

// Version 1 has no such member: whatever is closed, the page says nothing of it.
func TestKnewOfFirstVersion(t *testing.T) {
	for _, m := range []string{"", "/because", "/kind", "/language", "/passed_by", "/speaker", "/text", "/translation"} {
		if page := pageOf(t, contactBody, nil, "/data/statements/2"+m); strings.Contains(page, "how they knew") {
			t.Errorf("%s closed: the page says how somebody knew", m)
		}
	}
	if page := pageOf(t, contactBody, nil, "/data/statements/2/kind", "/data/statements/2/language"); strings.Contains(page, "how they knew") {
		t.Error("what stands around it is closed: the page says how somebody knew")
	}
}

// A correction is printed in its own place when nothing of what it corrects is
// on the sheet.
func TestCorrectionOfClosed(t *testing.T) {
	correction := []Event{event(t, 8, "2026-10-27T08:03:00Z", correctionBody)}
	for _, tt := range []struct {
		close string
		own   bool
	}{{"/data/statements/1/text", false}, {"/data/statements/1", true}, {"/data/statements", true}} {
		page := pageOf(t, contactBody, correction, tt.close)
		if n := strings.Count(page, "She lives in York."); n != 1 {
			t.Errorf("%s closed: the right words stand %d times on the page", tt.close, n)
		}
		if own := strings.Contains(page, "IT SHOULD READ"); own != tt.own {
			t.Errorf("%s closed: in its own place %v", tt.close, own)
		}
	}
	undated := strings.Replace(correctionBody, `"from":"2026-10-27","precision":"date"`, `"from":null,"precision":"unknown"`, 1)
	if page := pageOf(t, contactBody, []Event{event(t, 8, "2026-10-27T08:03:00Z", undated)}); strings.Contains(page, "here by the date") {
		t.Error("a correction is here by its date, not by what it corrects")
	}
}

// Parts of an event that is not wholly open are held to no schema.
func TestForgedLanguage(t *testing.T) {
	body := strings.Replace(contactBody, `"language":"pa-Guru"`, `"language":"pa-<b>\u202e"`, 1)
	page := pageOf(t, body, nil, "/data/number")
	if strings.Contains(page, "<b>") || !strings.Contains(page, `(pa-&lt;b&gt;<span class="cp" dir="ltr">[U+202E]</span>)`) {
		t.Error("a language tag is not escaped")
	}
}

// A body that is not wholly open is held to no schema. What has another shape
// than the schema's is shown as it is, or as nothing, and never as closed.
func TestOtherShapes(t *testing.T) {
	const happened = `<tr><th scope="row">Happened</th><td>`
	for _, tt := range []struct{ name, old, new, want string }{
		{"from that is no time", `"from":"2026-10-25T01:30:00+00:00"`, `"from":"yesterday"`, happened + "<bdi>yesterday</bdi> to <bdi>2026-10-25T01:52:00+00:00</bdi></td>"},
		{"to that is no time", `"to":"2026-10-25T01:52:00+00:00"`, `"to":"later"`, happened + "<bdi>2026-10-25T01:30:00+00:00</bdi> to <bdi>later</bdi></td>"},
		{"to that is a number", `"to":"2026-10-25T01:52:00+00:00"`, `"to":7`, happened + "<bdi>2026-10-25T01:30:00+00:00</bdi> to <bdi>7</bdi></td>"},
		{"to without from", `"from":"2026-10-25T01:30:00+00:00"`, `"from":null`, happened + "– to <bdi>2026-10-25T01:52:00+00:00</bdi></td>"},
		{"occurred that is a text", `"occurred":{"from":"2026-10-25T01:30:00+00:00","precision":"exact","to":"2026-10-25T01:52:00+00:00"}`, `"occurred":"then"`, happened + "not known; it is here by the date on which it was recorded</td>"},
		{"next contact that is no time", `"next_contact":"2026-10-28T09:00:00+00:00"`, `"next_contact":"soon"`, `Next contact</th><td><bdi>soon</bdi></td>`},
		{"a list that is a text", `"with":[{"agency":null,"kind":"client","name":null,"role":null},{"agency":"Harrowmere Council","kind":"professional","name":"J. Lark","role":"housing officer"}]`, `"with":"all"`, `With</th><td>nobody</td>`},
		{"a list that is an object", `"present":[{"could_overhear":true,"who":"her sister"},{"could_overhear":false,"who":"a child, asleep"}]`, `"present":{"a":1}`, `could overhear</th><td>none known</td>`},
		{"elements that are no objects", `"present":[{"could_overhear":true,"who":"her sister"},{"could_overhear":false,"who":"a child, asleep"}]`, `"present":["x",[1]]`, `could overhear</th><td>– –; – –</td>`},
		{"no statements", `"statements":[`, `"statements":[],"statementz":[`, `<p class="none">Statements: <bdi>[]</bdi></p>`},
		{"an interpreter that is a text", `"interpreter":{"agency":"Tern Language Line","language":"pa","mode":"telephone","name":"Interpreter 4471"}`, `"interpreter":"yes"`, `Interpreter</th><td>spoken in –; interpreted –. The English`},
		{"a reason that is a text", `"late":{"text":"the line was down"}`, `"late":"yes"`, `Late entry</th><td>written 8 minutes after the event. Reason: –</td>`},
		{"a value that is an object", `"place":null`, `"place":{"a":1}`, `Place</th><td>–</td>`},
		{"a value that is an empty list", `"place":null`, `"place":[]`, `Place</th><td><bdi>[]</bdi></td>`},
		{"a passage that is a text", `"passed_by":[{"at_work":true,"how":"told at the door","who":"PC 2207"},{"at_work":null,"how":"by telephone","who":"client"}]`, `"passed_by":"by hand"`, `<bdi>a neighbour</bdi> <span aria-hidden="true">→</span><span class="hide"> told </span> me</p>`},
	} {
		if strings.Count(contactBody, tt.old) != 1 {
			t.Fatalf("%s: nothing to replace", tt.name)
		}
		page := pageOf(t, strings.Replace(contactBody, tt.old, tt.new, 1), nil, "/data/number")
		if !strings.Contains(page, tt.want) {
			_, at, _ := strings.Cut(page, tt.want[:strings.IndexAny(tt.want, "<>")+1])
			t.Errorf("%s: want %s, got …%.300s", tt.name, tt.want, at)
		}
	}
	e := event(t, 1, "2026-10-01T00:00:00Z", attemptBody)
	for i := range e.Parts {
		if e.Parts[i].Path == "/type" {
			e.Parts[i].Value = "7"
		}
	}
	s, err := Build(input(t, 2, "", e))
	if err != nil {
		t.Fatal(err)
	}
	if page := string(s.HTML()); !strings.Contains(page, `ENTRY 1</span> <bdi>7</bdi></h3>`) || !strings.Contains(page, `</a></td><td><bdi>7</bdi></td>`) {
		t.Error("a type that is no text is not shown")
	}
}

func TestShow(t *testing.T) {
	span := func(s string) string { return `<span class="cp" dir="ltr">[` + s + `]</span>` }
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "a'b<c>&\"d\"", "a&#39;b&lt;c&gt;&amp;&#34;d&#34;"},
		{"line feed and tab", "a\n\tb", "a\n\tb"},
		{"carriage return", "a\r\nb", "a" + span("U+000D") + "\nb"},
		{"delete", "\u007f", span("U+007F")},
		{"next line", "\u0085", span("U+0085")},
		{"no-break space stays", "a\u00a0b", "a\u00a0b"},
		{"soft hyphen", "a\u00adb", "a" + span("U+00AD") + "b"},
		{"bidi", "\u202a\u202e\u2066\u061c\u200e", span("U+202A") + span("U+202E") + span("U+2066") + span("U+061C") + span("U+200E")},
		{"line separator", "\u2028", span("U+2028")},
		{"byte order mark", "\ufeff", span("U+FEFF")},
		{"Hangul filler", "\u3164", span("U+3164")},
		{"private use", "\ue000\U000f0000", span("U+E000") + span("U+F0000")},
		{"noncharacter", "\uffff", span("U+FFFF")},
		{"tags", "a\U000e0061", "a" + span("U+E0061")},
		{"family", "\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"},
		{"family with skin and form", "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468", "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468"},
		{"joiner at the end", "\U0001f469\u200d", "\U0001f469" + span("U+200D")},
		{"joiner between letters", "a\u200db", "a" + span("U+200D") + "b"},
		{"joiner before a picture only", "a\u200d\U0001f467", "a" + span("U+200D") + "\U0001f467"},
		{"two joiners", "\U0001f469\u200d\u200d\U0001f467", "\U0001f469" + span("U+200D") + span("U+200D") + "\U0001f467"},
		{"form of a picture", "\u2764\ufe0f", "\u2764\ufe0f"},
		{"form of a letter", "a\ufe0f", "a" + span("U+FE0F")},
		{"two forms", "\u2764\ufe0f\ufe0f", "\u2764\ufe0f" + span("U+FE0F")},
		{"keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		{"digit with a form", "1\ufe0f2", "1" + span("U+FE0F") + "2"},
		{"non-joiner in Persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"joiner in Sinhala", "ක්\u200dෂ", "ක්\u200dෂ"},
		{"two non-joiners", "می\u200c\u200cخ", "می\u200c" + span("U+200C") + "خ"},
		{"non-joiner in English", "a\u200cb", "a" + span("U+200C") + "b"},
		{"England", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"},
		{"no such flag", "\U0001f3f4\U000e0067\U000e007f", "\U0001f3f4" + span("U+E0067") + span("U+E007F")},
	} {
		if got := shown(tt.in, true); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := shown("a\nb", false); got != "a"+span("U+000A")+"b" {
		t.Errorf("a line feed in one line: %q", got)
	}
}

// shown writes a text as a page does.
func shown(s string, lines bool) string {
	var p page
	p.runs(appendShown(nil, s, lines, Run{}))
	return string(p.b)
}

func TestCSSString(t *testing.T) {
	for in, want := range map[string]string{
		"DC 4471":      `"DC 4471"`,
		`a"}</style>`:  `"a\22 \7d \3c \2f style\3e "`,
		"\\":           `"\5c "`,
		"é\u202e":      `"\e9 [U+202E]"`,
		"\n":           `"[U+000A]"`,
		"Copy 1, ABC.": `"Copy 1\2c  ABC\2e "`,
	} {
		if got := string(cssString(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	for _, tt := range []struct{ at, want string }{
		{"2026-03-29T00:59:59Z", "Sunday 29 March 2026, 00:59:59 GMT"},
		{"2026-03-29T01:00:00Z", "Sunday 29 March 2026, 02:00 BST"},
		{"2026-10-25T00:30:00Z", "Sunday 25 October 2026, 01:30 BST, the first 01:30 that night"},
		{"2026-10-25T00:59:59Z", "Sunday 25 October 2026, 01:59:59 BST, the first 01:59:59 that night"},
		{"2026-10-25T01:00:00Z", "Sunday 25 October 2026, 01:00 GMT, the second 01:00 that night"},
		{"2026-10-25T02:00:00Z", "Sunday 25 October 2026, 02:00 GMT"},
		{"2027-10-31T00:15:00Z", "Sunday 31 October 2027, 01:15 BST, the first 01:15 that night"},
		{"2026-12-31T23:30:00Z", "Thursday 31 December 2026, 23:30 GMT"},
		{"2026-06-30T23:30:00Z", "Wednesday 1 July 2026, 00:30 BST"},
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := recorded(at).when(""); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, got, tt.want)
		}
		back, ok := parseMoment(LocalTime(at))
		if !ok || back.since(recorded(at)) != 0 || back.offset != recorded(at).offset {
			t.Errorf("%s: written as %s", tt.at, LocalTime(at))
		}
	}
}

// The rule of summer time agrees with the time zone data for every hour of
// thirty years.
func TestClockAgainstZone(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zone data on this machine")
	}
	for at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; at = at.Add(30 * time.Minute) {
		want := at.In(london).Format("2006-01-02T15:04:05-07:00")
		if got := LocalTime(at); got != want {
			t.Fatalf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestHappened(t *testing.T) {
	for _, tt := range []struct{ precision, from, to, want string }{
		{"exact", "2026-10-27T14:05:00+00:00", "", "Tuesday 27 October 2026, 14:05 GMT"},
		{"exact", "2026-10-27T14:05:00+00:00", "2026-10-27T14:31:00+00:00", "Tuesday 27 October 2026, 14:05–14:31 GMT"},
		{"exact", "2026-10-24T23:50:00+01:00", "2026-10-25T00:10:00+01:00", "Saturday 24 October 2026, 23:50 BST to Sunday 25 October 2026, 00:10 BST"},
		{"exact", "2026-10-25T01:30:00+01:00", "2026-10-25T01:10:00+00:00", "Sunday 25 October 2026, 01:30 BST, the first 01:30 that night to Sunday 25 October 2026, 01:10 GMT, the second 01:10 that night"},
		{"about", "2026-10-27T14:00:00+00:00", "", "Tuesday 27 October 2026, about 14:00 GMT"},
		{"about", "2026-10-27", "", "about Tuesday 27 October 2026"},
		{"date", "2026-10-27", "", "Tuesday 27 October 2026 (time of day not recorded)"},
		{"date", "2026-10-27", "2026-10-28", "Tuesday 27 October 2026 to Wednesday 28 October 2026 (time of day not recorded)"},
		{"unknown", "", "", "not known"},
	} {
		if got := happened(tt.precision, view{open: tt.from}.moment(), view{open: tt.to}.moment()); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestParseMoment(t *testing.T) {
	for s, want := range map[string]string{
		"2026-10-27":                "Tuesday 27 October 2026",
		"0001-01-01":                "Monday 1 January 1",
		"2026-10-27T14:05:00+00:00": "Tuesday 27 October 2026, 14:05 GMT",
		"2026-07-27T14:05:09+01:00": "Monday 27 July 2026, 14:05:09 BST",
		"2026-10-27T14:05:00-00:00": "Tuesday 27 October 2026, 14:05 UTC-00:00",
		"2026-10-27T14:05:00+05:30": "Tuesday 27 October 2026, 14:05 UTC+05:30",
		"2026-10-27T23:59:59-23:59": "Tuesday 27 October 2026, 23:59:59 UTC-23:59",
		"2026-10-27T14:05:00+24:00": "", "2026-10-27T14:05:00+01:60": "", "2026-10-27T14:05:00Z": "",
		"2026-10-27T14:05+00:00": "", "2026-10-27T14:05:00.5+00:00": "", "2026-10-27T24:00:00+00:00": "",
		"2026-10-27T14:05:60+00:00": "", "2026-02-29": "", "0000-01-01": "", "0000-01-01T00:00:00+00:00": "",
		"2026-1-27": "", "yesterday": "", "": "",
	} {
		m, ok := parseMoment(s)
		if got := ""; ok {
			got = m.when("")
			if got != want {
				t.Errorf("%s: %s, want %q", s, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: none, want %s", s, want)
		}
	}
}

func ptr(m moment) *moment { return &m }

func TestWritten(t *testing.T) {
	at := func(s string) moment {
		m, ok := parseMoment(s)
		if !ok {
			t.Fatal(s)
		}
		return m
	}
	began, ended := at("2026-10-27T14:05:00+00:00"), at("2026-10-27T14:31:00+00:00")
	day := at("2026-10-27")
	for _, tt := range []struct {
		at           string
		began, ended *moment
		want         string
	}{
		{"2026-10-27T14:52:59Z", &began, &ended, "same day, 14:52 GMT, 21 minutes after it ended"},
		{"2026-10-27T14:52:00Z", &began, nil, "same day, 14:52 GMT, 47 minutes after it began"},
		{"2026-10-27T14:31:20Z", &began, &ended, "same day, 14:31 GMT, less than a minute after it ended"},
		{"2026-10-27T14:20:00Z", &began, &ended, "same day, 14:20 GMT, before it ended"},
		{"2026-10-28T15:31:00Z", &began, &ended, "Wednesday 28 October 2026, 15:31 GMT, 25 hours after it ended"},
		{"2026-10-28T15:32:00Z", &began, &ended, "Wednesday 28 October 2026, 15:32 GMT, 25 hours 1 minute after it ended"},
		{"2026-10-30T14:31:00Z", &began, &ended, "Friday 30 October 2026, 14:31 GMT, 3 days after it ended"},
		{"2026-10-27T14:52:00Z", &day, nil, "same day, 14:52 GMT"},
		{"2026-10-28T14:52:00Z", nil, nil, "Wednesday 28 October 2026, 14:52 GMT"},
		{"2026-10-27T10:00:40Z", nil, ptr(at("2026-10-27T10:00:10+00:00")), "same day, 10:00 GMT, less than a minute after it ended"},
		{"2026-10-27T10:00:40.999999Z", ptr(at("2026-10-27T10:00:41+00:00")), nil, "same day, 10:00 GMT, before it began"},
		{"2026-10-27T10:00:40Z", ptr(at("2026-10-27T10:00:40+00:00")), nil, "same day, 10:00 GMT, less than a minute after it began"},
		{"2026-10-27T10:00:40Z", ptr(at("2025-10-28T10:00:10+00:00")), nil, "Tuesday 27 October 2026, 10:00 GMT, 364 days after it began"},
		{"9999-12-31T23:59:59Z", ptr(at("0001-01-01T00:00:00+00:00")), nil, "Friday 31 December 9999, 23:59 GMT, 3652058 days after it began"},
		{"0001-01-01T00:00:00Z", ptr(at("9999-12-31T23:59:59+00:00")), nil, "Monday 1 January 1, 00:00 GMT, before it began"},
	} {
		when, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := written(recorded(when), tt.began, tt.ended); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.at, got, tt.want)
		}
	}
}

func TestCompare(t *testing.T) {
	order := []string{"/actor", "/data/a", "/data/a_b", "/data/b/0", "/data/b/2/x", "/data/b/10", "/data/text/0", "/data/text/9", "/data/text/10", "/occurred/from", "/type", "/v"}
	for i, a := range order {
		for k, b := range order {
			want := 0
			if i < k {
				want = -1
			} else if i > k {
				want = 1
			}
			if got, ok := Compare(a, b); got != want || !ok {
				t.Errorf("%s and %s: %d, %v", a, b, got, ok)
			}
		}
	}
	for _, p := range [][2]string{{"/data", "/data/a"}, {"/data/a", "/data"}, {"/data/0", "/data/a"}, {"/data/a", "/data/0/b"}} {
		if _, ok := Compare(p[0], p[1]); ok {
			t.Errorf("%s and %s stand in one body", p[0], p[1])
		}
	}
}
