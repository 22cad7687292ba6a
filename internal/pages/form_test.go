package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/cases"
)

func filled(pairs ...string) *Form {
	f := newForm(7)
	for i := 0; i < len(pairs); i += 2 {
		f.values.Add(pairs[i], pairs[i+1])
	}
	return f
}

func say(p *string) string {
	if p == nil {
		return "-"
	}
	return *p
}

func TestOccurred(t *testing.T) {
	for _, c := range []struct {
		name           string
		typed          []string
		from, to, kind string
		wrong          string // the field
	}{
		{"a call", []string{"when-date", "2026-10-27", "when-time", "14:05", "when-end", "14:31", "when-precision", "exact"}, "2026-10-27T14:05:00+00:00", "2026-10-27T14:31:00+00:00", "exact", ""},
		{"in summer", []string{"when-date", "2026-07-01", "when-time", "14:05"}, "2026-07-01T14:05:00+01:00", "-", "exact", ""},
		{"over midnight", []string{"when-date", "2026-10-27", "when-time", "23:50", "when-end", "00:10"}, "2026-10-27T23:50:00+00:00", "2026-10-28T00:10:00+00:00", "exact", ""},
		{"a day", []string{"when-date", "2026-10-27", "when-precision", "exact"}, "2026-10-27", "-", "date", ""},
		{"about a day", []string{"when-date", "2026-10-27", "when-precision", "about"}, "2026-10-27", "-", "about", ""},
		{"unknown", []string{"when-precision", "unknown"}, "-", "-", "unknown", ""},
		{"unknown, with a day", []string{"when-date", "2026-10-27", "when-precision", "unknown"}, "-", "-", "unknown", "when-date"},
		{"the repeated hour", []string{"when-date", "2026-10-25", "when-time", "01:30"}, "-", "-", "unknown", "when-which"},
		{"the first of it", []string{"when-date", "2026-10-25", "when-time", "01:30", "when-which", "first"}, "2026-10-25T01:30:00+01:00", "-", "exact", ""},
		{"the second of it", []string{"when-date", "2026-10-25", "when-time", "01:30", "when-which", "second"}, "2026-10-25T01:30:00+00:00", "-", "exact", ""},
		{"from the second to a time that was twice", []string{"when-date", "2026-10-25", "when-time", "01:30", "when-end", "01:52", "when-which", "second"}, "2026-10-25T01:30:00+00:00", "2026-10-25T01:52:00+00:00", "exact", ""},
		{"an hour that was not", []string{"when-date", "2026-03-29", "when-time", "01:30"}, "-", "-", "unknown", "when-time"},
		{"no day", []string{"when-time", "14:05"}, "-", "-", "unknown", "when-date"},
		{"no such day", []string{"when-date", "2026-02-30"}, "-", "-", "unknown", "when-date"},
		{"an end alone", []string{"when-date", "2026-10-27", "when-end", "14:05"}, "-", "-", "unknown", "when-time"},
		{"no clock", []string{"when-date", "2026-10-27", "when-time", "25:00"}, "-", "-", "unknown", "when-time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := filled(c.typed...)
			o := f.Occurred("when")
			wrong := ""
			if len(f.Errors) > 0 {
				wrong = f.Errors[0].ID
			}
			if len(f.Errors) > 1 || wrong != c.wrong || say(o.From) != c.from || say(o.To) != c.to || o.Precision != c.kind {
				t.Errorf("%s to %s, %s, wrong %+v", say(o.From), say(o.To), o.Precision, f.Errors)
			}
		})
	}
}

func TestMoment(t *testing.T) {
	night := time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
	f := newForm(1)
	f.SetMoment("next", night)
	if f.V("next-time") != "01:30" || f.V("next-which") != "second" || !f.Twice("next") {
		t.Errorf("filled with %q", f.values)
	}
	if got, ok := f.Moment("next"); !ok || !got.Equal(night) {
		t.Errorf("read as %v", got)
	}
	if s := filled().Time("next"); s != nil {
		t.Errorf("nothing is read as %q", *s)
	}
	f = filled("next-date", "2026-10-27")
	if s := f.Time("next"); s != nil || f.OK() {
		t.Error("a day without a time is taken for a moment")
	}
}

func TestMade(t *testing.T) {
	m := filled("made", "live", "made-kept", "yes", "made-reference", "KP/2").Made()
	if m.Kept != nil || m.Reference != nil {
		t.Errorf("live leaves nothing to keep: %+v", m)
	}
	m = filled("made", "handwritten-notes", "made-kept", "yes", "made-reference", " KP/2 ", "late", " The train. ").Made()
	if m.Kept == nil || !*m.Kept || *m.Reference != "KP/2" || m.Late.Text != " The train. " {
		t.Errorf("%+v", m)
	}
	f := filled()
	if f.Made(); f.Err("made") == "" {
		t.Error("what it is made from need not be said")
	}
}

// What was typed comes back byte for byte, beside what is new.
func TestTake(t *testing.T) {
	f := filled("notes", "zażółć\n\n gęślą\u200d ")
	err := f.take(&cases.ConflictError{Case: ours, Saw: 7, Last: 9, Added: []cases.Added{{Seq: 8, Type: "safe-contact.set"}, {Seq: 9, Type: "contact.recorded"}}})
	if err != nil || f.Seq != 9 || len(f.Added) != 2 || f.OK() || f.V("notes") != "zażółć\n\n gęślą\u200d " {
		t.Errorf("%v %+v", err, f)
	}
	f = filled()
	if err := f.take(&cases.RuleError{Pointer: "/data/next_try", Rule: "is not after now"}); err != nil || f.Err("next-try") == "" {
		t.Errorf("%v %+v", err, f.Errors)
	}
	if err := f.take(events.ErrDuplicate); !errors.Is(err, errTwice) {
		t.Error(err)
	}
	if err := f.take(events.ErrStopped); !errors.Is(err, events.ErrStopped) {
		t.Error(err)
	}
}

// Nobody else makes forms: a form without our hidden fields is refused.
func TestFormIsOurs(t *testing.T) {
	for _, c := range []struct {
		id, seq string
		ok      bool
	}{{"01JDV3F2N5ZZZZZZZZZZZZZZZZ", "7", true}, {"", "7", false}, {"01JDV3F2N5ZZZZZZZZZZZZZZZZ", "", false}, {"01JDV3F2N5ZZZZZZZZZZZZZZZZ", "-1", false}, {"x", "7", false}} {
		r := &Request{}
		r.Request = &http.Request{PostForm: url.Values{"id": {c.id}, "seq": {c.seq}}}
		if _, err := r.form(); (err == nil) != c.ok {
			t.Errorf("id %q, seq %q: %v", c.id, c.seq, err)
		}
	}
}

// The pieces of forms put back what was typed, say what is wrong, and are
// masked while a screen is shared.
func TestFormPieces(t *testing.T) {
	s := adviser().serve(t)
	f := filled("place", `4 "Elm" <Road>`, "notes", "\nfirst", "made", "memory", "when-date", "2026-10-25", "when-time", "01:30")
	f.Occurred("when")
	f.Fail("place", "Say where.")
	f.Added = []cases.Added{{Seq: 8, Type: "safe-contact.set"}}
	pieces := map[string]any{
		"hidden": f, "made": f,
		"input":    map[string]any{"F": f, "Name": "place", "Label": "Where", "Hint": "A town is enough.", "Type": "", "Class": "", "Mode": ""},
		"text":     map[string]any{"F": f, "Name": "notes", "Label": "Notes", "Hint": "", "Rows": 3},
		"occurred": map[string]any{"F": f, "Name": "when", "Label": "When", "Hint": ""},
	}
	var all strings.Builder
	for name, data := range pieces {
		if err := s.open.set.ExecuteTemplate(&all, name, data); err != nil {
			t.Fatal(name, err)
		}
	}
	for _, want := range []string{
		`name="id" value="` + f.ID + `"`, `name="seq" value="7"`, "Entry 8: safe contact set", `value="4 &#34;Elm&#34; &lt;Road&gt;"`, "Say where.", `aria-describedby="place-hint place-error"`,
		"\n\nfirst</textarea>", `value="memory" checked`, "The clock showed that time twice", `id="when-which"`,
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the pieces lack %q", want)
		}
	}
	var shared strings.Builder
	if err := s.masked.set.ExecuteTemplate(&shared, "input", pieces["input"]); err != nil {
		t.Fatal(err)
	}
	if got := string(mask([]byte(shared.String()))); strings.Contains(got, "Elm") || !strings.Contains(got, "A town is enough.") || !strings.Contains(got, `name="place"`) {
		t.Errorf("shared: %s", got)
	}
}
