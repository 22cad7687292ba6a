package casefile

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/schemas"

	"github.com/oklog/ulid/v2"
	"pgregory.net/rapid"
)

// bodies reads the examples of every type and version.
func bodies(t testing.TB) []events.Body {
	t.Helper()
	files, err := filepath.Glob("../../schemas/examples/*.json")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	var list []events.Body
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := events.Canonicalize(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := events.ParseBody(canonical)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, b)
	}
	return list
}

// chain builds the events of a case, one hour apart.
type chain struct {
	t    testing.TB
	now  time.Time
	list []Event
}

func newChain(t testing.TB) *chain { return &chain{t: t, now: at("2026-10-26T09:00:00Z")} }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// types by the Go type of their newest version.
var typeOf = func() map[reflect.Type]string {
	m := map[reflect.Type]string{}
	for typ, d := range decoders {
		v, err := d.read([]byte("{}"))
		if err != nil {
			panic(err)
		}
		m[reflect.TypeOf(v).Elem()] = typ
	}
	return m
}()

// add records data at the newest version of its type and returns its seq. The
// occurred is "from", "from/to", or "" for not known; a leading ~ is about.
func (c *chain) add(occurred string, data any) uint64 {
	c.t.Helper()
	typ := typeOf[reflect.TypeOf(data)]
	v, ok := schemas.Default().Latest(typ)
	if !ok {
		c.t.Fatalf("no type for %T", data)
	}
	raw, err := schemas.EncodeData(data)
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := events.EncodeBody(typ, v, "staff-01", span(occurred), raw)
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := events.ParseBody(b)
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = c.now.Add(time.Hour)
	seq := uint64(len(c.list) + 1)
	c.list = append(c.list, Event{Seq: seq, Stream: 100 + seq, ID: ulid.ULID{byte(seq)}, At: c.now, Body: body})
	return seq
}

func span(s string) []byte {
	o := schemas.Occurred{Precision: "exact"}
	if s == "" {
		o.Precision = "unknown"
	} else {
		if rest, about := strings.CutPrefix(s, "~"); about {
			s, o.Precision = rest, "about"
		}
		from, to, both := strings.Cut(s, "/")
		o.From = &from
		if both {
			o.To = &to
		}
		if len(from) == len("2006-01-02") && o.Precision == "exact" {
			o.Precision = "date"
		}
	}
	b, err := schemas.EncodeData(o)
	if err != nil {
		panic(err)
	}
	return b
}

func (c *chain) at(when string) *chain { c.now = at(when).Add(-time.Hour); return c }

func (c *chain) fold(cut Cut) *File {
	c.t.Helper()
	f, err := Fold(c.list, cut)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func (c *chain) flags(f *File) string {
	var s []string
	for _, x := range f.Flags {
		s = append(s, x.Code)
	}
	return strings.Join(s, " ")
}

func ptr[T any](v T) *T { return &v }

func made() schemas.Made { return schemas.Made{From: "live"} }

func referral(received string) schemas.ReferralReceivedV2 {
	return schemas.ReferralReceivedV2{Made: made(), Source: "police", Received: received, Reason: schemas.Prose{Text: "x"}, Flags: []string{"language"}}
}

func contact(with string, next *string) schemas.ContactRecordedV2 {
	return schemas.ContactRecordedV2{
		Made: made(), Channel: "phone", Direction: "in", With: []schemas.Party{{Kind: with}}, SafeContactChecked: true,
		Statements: []schemas.StatementV2{{Kind: "action", Speaker: "me", Text: "Rang back.", Language: "en"}}, NextContact: next,
	}
}

func attempted(next *string) schemas.ContactAttempted {
	return schemas.ContactAttempted{Made: made(), Channel: "phone", Outcome: "no-answer", NextTry: next}
}

func risk(level string) schemas.RiskReviewedV2 {
	return schemas.RiskReviewedV2{Made: made(), Instrument: schemas.Versioned{Code: "dash", Version: 1}, Judgement: schemas.Judgement{Level: level, Text: "x"},
		Rule: schemas.Versioned{Code: "marac", Version: 1}}
}

func incident(from string) schemas.IncidentDisclosedV2 {
	d := schemas.IncidentDisclosedV2{Made: made(), What: schemas.Prose{Text: "x"}, Through: "perpetrator", ChildrenPresent: "no", Reported: "no"}
	var o schemas.Occurred
	if err := json.Unmarshal(span(from), &o); err != nil {
		panic(err)
	}
	d.Happened = o
	return d
}

// references are the members that name an entry.
var references = []string{
	"appointment", "meeting", "entry", "hold", "override", "handover", "disclosed_in", "told_in", "feedback_on", "asked_in", "referral",
	"review", "sought", "safe_contact", "saved_in", "derived_from", "begun", "request", "decision", "export", "form", "agreement", "repeat_of", "seq",
}

// refer draws other entries for every reference in a value of JSON.
func refer(t *rapid.T, v any, n int) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(keysOf(v)) {
			if _, number := v[name].(json.Number); number && slices.Contains(references, name) {
				v[name] = rapid.IntRange(1, n).Draw(t, name)
				continue
			}
			v[name] = refer(t, v[name], n)
		}
	case []any:
		for i := range v {
			v[i] = refer(t, v[i], n)
		}
	}
	return v
}

func keysOf(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// genChain draws a chain of valid bodies: examples of every type and version,
// referring to each other as it comes, told out of order, some of them closed.
func genChain(pool []events.Body, largest int) *rapid.Generator[[]Event] {
	day := at("2026-10-01T00:00:00Z")
	return rapid.Custom(func(t *rapid.T) []Event {
		n := rapid.IntRange(0, largest).Draw(t, "n")
		list := make([]Event, 0, n)
		now := day
		for i := range n {
			b := rapid.SampledFrom(pool).Draw(t, "type")
			if rapid.IntRange(0, 5).Draw(t, "mark") == 0 {
				b = pool[slices.IndexFunc(pool, func(b events.Body) bool { return b.Type == "entry.misfiled" })]
			}
			now = now.Add(time.Duration(rapid.Int64Range(-60, 48*3600).Draw(t, "pause")) * time.Second)
			ev := Event{Seq: uint64(i + 1), Stream: uint64(i + 7), ID: ulid.ULID{byte(i)}, At: now}
			if rapid.IntRange(0, 20).Draw(t, "gone") > 0 {
				ev.Body = drawn(t, b, n, now)
			}
			list = append(list, ev)
		}
		return list
	})
}

func drawn(t *rapid.T, b events.Body, n int, now time.Time) events.Body {
	d := json.NewDecoder(bytes.NewReader(b.Data))
	d.UseNumber()
	var data any
	if err := d.Decode(&data); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(refer(t, data, n))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = events.Canonicalize(raw); err != nil {
		t.Fatal(err)
	}
	occurred := []byte(`{"from":null,"precision":"unknown","to":null}`)
	from := now.Add(-time.Duration(rapid.Int64Range(-3600, 20*86400).Draw(t, "ago")) * time.Second).Format("2006-01-02T15:04:05+00:00")
	switch rapid.IntRange(0, 3).Draw(t, "precision") {
	case 0:
		occurred = span(from)
	case 1:
		occurred = span(from[:10])
	case 2:
		occurred = span("~" + from)
	}
	full, err := events.EncodeBody(b.Type, b.V, rapid.SampledFrom([]string{"staff-01", "staff-02", "staff-03"}).Draw(t, "actor"), occurred, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas.Default().Validate(full); err != nil {
		return b // a rule between two references; the example as it is
	}
	body, err := events.ParseBody(full)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
