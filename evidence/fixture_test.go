package evidence_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// The case that most tests export. Its events, by seq:
//
//	1 referral.received   not in scope by its kind
//	2 contact.attempted   in scope
//	3 contact.recorded    in scope; many scripts
//	4 client.recorded     not in scope; holds an address
//	5 contact.recorded    in scope; the address stands in it
//	6 contact.corrected   corrects 5, statement 1
//	7 contact.recorded    before the period
//	8 contact.attempted   when is not known: in scope by when it was recorded
const (
	gurmukhi = "ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ। \n\nਕਿਰਪਾ ਕਰਕੇ ਫ਼ੋਨ ਨਾ ਕਰੋ।  "
	arabic   = "أنا خائفة جدًا.\nلا تتصلوا بي\u200c اليوم. "
	family   = "All right \U0001f469\u200d\U0001f467\u200d\U0001f466 and \U0001f44d\U0001f3fd, \u2764\ufe0f.\n\tSee \"you\"   "
	address  = "14 Aldercourt Mews, Ravensholme"
	said     = "We moved to " + address + " in June, and she said \"nobody knows\".\n"
)

func quote(s string) string { return string(events.AppendString(nil, s)) }

func made(from string) string {
	return `{"from":` + quote(from) + `,"kept":null,"late":null,"reference":null}`
}

// said1 is one statement.
func statementJSON(kind, speaker, text, language string) string {
	because, passed := "null", "[]"
	if kind == "opinion" {
		because = `{"text":"the messages have become more frequent since Monday"}`
	}
	if kind == "third-party" {
		passed = `[{"who":"client","how":"rang her","at_work":false}]`
	}
	return fmt.Sprintf(`{"because":%s,"kind":%q,"language":%q,"passed_by":%s,"speaker":%s,"text":%s,"translation":null}`,
		because, kind, language, passed, quote(speaker), quote(text))
}

func contactJSON(number, place string, statements ...string) string {
	null := func(s string) string {
		if s == "" {
			return "null"
		}
		return quote(s)
	}
	return fmt.Sprintf(`{"channel":"phone","direction":"in","interpreter":null,"made":%s,"next_contact":null,"number":%s,"place":%s,"present":[],"safe_contact_checked":true,"statements":[%s],"with":[{"agency":null,"kind":"client","name":null,"role":null}]}`,
		made("live"), null(number), null(place), strings.Join(statements, ","))
}

func attemptJSON(number string) string {
	return fmt.Sprintf(`{"channel":"phone","made":%s,"next_try":null,"note":{"text":"rang twice, let it ring"},"number":%s,"outcome":"no-answer","voicemail":false}`,
		made("live"), quote(number))
}

func correctionJSON(seq, statement int, text, reason string) string {
	return fmt.Sprintf(`{"corrects":{"seq":%d,"statement":%d},"made":%s,"reason":{"text":%s},"text":%s}`,
		seq, statement, made("live"), quote(reason), quote(text))
}

func happened(from string) string {
	return `{"from":` + quote(from) + `,"precision":"exact","to":null}`
}

func fixtureChain(seed string) *eventstest.Chain {
	c := eventstest.NewChain(seed)
	c.Actor("staff-02").Add("referral.received", `{"agency":"Saltshire Police","flags":[],"made":`+made("live")+`,"reason":{"text":"afraid of her former partner"},"received":"2026-10-05T09:00:00+01:00","source":"police"}`)
	c.Actor("staff-07").Occurred(happened("2026-10-06T10:00:00+01:00")).Add("contact.attempted", attemptJSON("07700 900111"))
	c.Occurred(happened("2026-10-25T01:30:00+00:00")).Add("contact.recorded", contactJSON("07700 900112", "",
		statementJSON("client-words", "client", gurmukhi, "pa-Guru"),
		statementJSON("client-words", "client", arabic, "ar"),
		statementJSON("client-words", "client", family, "en"),
		statementJSON("observed", "me", "hidden \u202eletters\u202c and a zero\u200bwidth", "en")))
	c.Occurred(happened("2026-10-26T09:00:00+00:00")).Add("client.recorded", `{"address":{"lines":["`+address+`"],"postcode":"ZZ1 1ZZ","secret":true},"alias":null,"born":null,"email":null,"identity":{"disability":null,"ethnicity":null,"gender":null},"initials":"HQ","interpreter":{"language":"pa","needed":true,"note":null},"language":"pa","made":`+made("live")+`,"name":"Hazel Quill","phone":null,"pronouns":null}`)
	c.Occurred(happened("2026-10-26T14:05:00+00:00")).Add("contact.recorded", contactJSON("07700 900112", "the library at Saltby",
		statementJSON("client-summary", "client", "She is well. ", "en"),
		statementJSON("client-words", "client", said, "en"),
		statementJSON("third-party", "her sister", "he asked at the school gate", "en"),
		statementJSON("opinion", "me", "In my opinion the risk has risen.", "en"),
		statementJSON("action", "me", "Rang the duty officer.", "en")))
	c.Occurred(happened("2026-11-02T09:00:00+00:00")).Add("contact.corrected", correctionJSON(5, 1, "It was July then.", "she rang back"))
	c.Occurred(happened("2026-09-30T23:59:59+01:00")).Add("contact.recorded", contactJSON("", "", statementJSON("action", "me", "Before the period.", "en")))
	c.Occurred(`{"from":null,"precision":"unknown","to":null}`).Add("contact.attempted", attemptJSON("07700 900113"))
	return c
}

var request = evidence.Request{Officer: "DC 4471 Ferris", Force: "Saltshire Police", Reference: "SP/26/10877", From: "2026-10-01", To: "2026-10-31"}

var now = time.Date(2026, 10, 30, 16, 4, 0, 0, time.UTC)

func span(seq uint64, path string, from, to int, code byte) evidence.Closing {
	return evidence.Closing{Seq: seq, Path: path, From: &from, To: &to, Code: code}
}

func whole(seq uint64, path string, code byte) evidence.Closing {
	return evidence.Closing{Seq: seq, Path: path, Code: code}
}

// usual closes the address in mid-sentence and a number.
var usual = []evidence.Closing{
	span(5, "/data/statements/1/text", 3, 6, 'A'),
	whole(5, "/data/number", 'P'),
}

func input(l *evidencetest.Ledger, c *eventstest.Chain, closings ...evidence.Closing) evidence.Input {
	return evidence.Input{Chain: c.ID(), Actor: "staff-02", Now: now, Request: request, Closings: closings, Policy: l.Policy()}
}

// export exports the fixture and returns the ZIP.
func export(t testing.TB, l *evidencetest.Ledger, c *eventstest.Chain, closings ...evidence.Closing) ([]byte, evidence.Result) {
	t.Helper()
	var out bytes.Buffer
	res, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c, closings...), &out)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	return out.Bytes(), res
}

func ledger(seed string) (*evidencetest.Ledger, *eventstest.Chain) {
	c := fixtureChain(seed)
	return evidencetest.New(fixtureChain(seed+"/other"), c), c
}

func policy(t testing.TB, l *evidencetest.Ledger) *tlog.Policy {
	t.Helper()
	p, err := tlog.ParsePolicy(l.Policy())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func verify(b []byte, p *tlog.Policy) evidence.Verdict {
	return evidence.Verify(bytes.NewReader(b), int64(len(b)), p, schemas.Default())
}

// unzip reads a bundle with the library's reader and returns its files
// without the top directory.
func unzip(t testing.TB, b []byte) (top string, files map[string][]byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files = make(map[string][]byte)
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		top, name, _ = strings.Cut(f.Name, "/")
		files[name] = data
	}
	return top, files
}

// sheetJSON is what tests read of contact-sheets.json.
type sheetJSON struct {
	Format  string `json:"format"`
	Check   string `json:"check"`
	Entries []struct {
		Seq  uint64 `json:"seq"`
		Item int    `json:"item"`
		Body struct {
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		} `json:"body"`
	} `json:"entries"`
	Schedule []struct {
		Seq    uint64   `json:"seq"`
		Status string   `json:"status"`
		Codes  []string `json:"codes"`
	} `json:"schedule"`
}

func readSheet(t testing.TB, files map[string][]byte) sheetJSON {
	t.Helper()
	var s sheetJSON
	if err := json.Unmarshal(files["data/contact-sheets.json"], &s); err != nil {
		t.Fatal(err)
	}
	return s
}
