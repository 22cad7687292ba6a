package cases_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/internal/cases"
)

// TestBadInput imports one file with every kind of bad input among good lines:
// each is refused at the field that is wrong, in words that quote nothing, and
// the good ones are kept.
func TestBadInput(t *testing.T) {
	d := newDesk(t)
	open := d.c
	another := func(prepare func()) events.Chain {
		d.t.Helper()
		d.c = events.Chain{}
		d.c = d.add("referral.received").Case
		prepare()
		chain := d.c
		d.c = open
		return chain
	}
	closed := another(func() {
		d.add("case.closed", "occurred/from", `"2026-11-01T09:00:00+00:00"`, "occurred/to", "null")
	})
	excluded := another(func() {
		d.add("staff.excluded", "actor", `"staff-02"`, "data/staff", `"staff-07"`, "data/excluded", "true")
	})
	erased := another(func() {
		for _, typ := range []string{"erasure.begun", "case.erased"} {
			c := d.of(typ)
			if typ == "case.erased" {
				c = d.of(typ, "data/begun", "2", "data/recipients", "[]")
			}
			if _, err := d.s.Record(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	})
	const now = `"2026-11-02T08:30:00+00:00"`
	quiet := func(more ...string) []string {
		return append([]string{"actor", `"staff-07"`, "data/feedback_on", "null", "data/appointment", "null", "occurred/from", now, "occurred/to", "null"}, more...)
	}
	tried := []string{"actor", `"staff-07"`, "occurred/from", now, "occurred/to", "null"}
	incident := func(happened string) []string {
		return []string{"data/disclosed_in", "null", "data/happened", happened}
	}
	tests := []struct {
		name    string
		chain   events.Chain
		typ     string
		changes []string
		pointer string // "" is good
		rule    string
	}{
		{"a good contact", open, "contact.recorded", quiet(), "", ""},
		{"an unknown code", open, "contact.attempted", append(tried[:6:6], "data/channel", `"pigeon-post"`), "/data/channel", "one of"},
		{"an unknown code in a list", open, "referral.received", []string{"data/flags", `["language","left-handed"]`}, "/data/flags/1", "one of"},
		{"an unknown type", open, "contact.attempted", nil, "/type", "no schema"},
		{"a contradictory range: not known, and a date", open, "incident.disclosed", incident(`{"from":"2026-10-01","precision":"unknown","to":null}`), "/data/happened/from", ""},
		{"a contradictory range: exact, and a date", open, "contact.attempted", []string{"occurred", `{"from":"2026-10-26","precision":"exact","to":null}`}, "/occurred/from", ""},
		{"a contradictory range: a date to a time", open, "contact.attempted", []string{"occurred", `{"from":"2026-10-26","precision":"about","to":"2026-10-26T10:00:00+00:00"}`}, "/occurred/to", "both"},
		{"an end before the start", open, "contact.recorded", quiet("occurred/to", `"2026-11-02T08:29:59+00:00"`), "/occurred/to", "not before the start"},
		{"a cover that ends before it starts", open, "case.covered", []string{"data/adviser", `"staff-08"`, "data/from", `"2026-11-05"`, "data/to", `"2026-11-04"`}, "/data/to", "not before the start"},
		{"a future happened", open, "incident.disclosed", incident(`{"from":"2026-11-03","precision":"date","to":null}`), "/data/happened/from", "lies ahead"},
		{"a contact tomorrow", open, "contact.recorded", quiet("occurred/from", `"2026-11-03T08:30:00+00:00"`), "/occurred/from", "lies ahead"},
		{"another good contact", open, "contact.attempted", tried, "", ""},
		{"a plan action without the risk it reduces", open, "plan.changed", []string{"data/actions", "[" + plan("a1", "Change the lock.", "", "planned") + "]"}, "/data/actions/0/risk", "which risk"},
		{"a statement without a speaker", open, "contact.recorded", quiet("data/statements/0/speaker", `""`), "/data/statements/0/speaker", ""},
		{"a statement with no speaker at all", open, "contact.recorded", quiet("data/statements/0", `{"because":null,"kind":"client-words","knew":null,"language":"en","passed_by":[],"text":"secret words","translation":null}`), "/data/statements/0", "speaker"},
		{"an answer to an item that the instrument lacks", open, "risk.reviewed", []string{"data/incidents", "[]", "data/answers", `[{"answer":"yes","item":"D01","source":null},{"answer":"yes","item":"D99","source":null}]`}, "/data/answers/1/item", "instrument"},
		{"a plan in a case that is closed", closed, "plan.changed", []string{"occurred/from", now, "occurred/to", "null", "data/actions", "[" + plan("a1", "Change the lock.", "he has a key", "planned") + "]"}, "/case", "closed"},
		{"what happened, in a case that is closed", closed, "contact.recorded", quiet(), "", ""},
		{"a case that is erased", erased, "contact.recorded", quiet(), "/case", "erased"},
		{"somebody on the exclusion list", excluded, "contact.recorded", quiet(), "/actor", "exclusion list"},
		{"a case given to somebody on the exclusion list", excluded, "case.allocated", []string{"actor", `"staff-02"`, "data/adviser", `"staff-07"`}, "/data/adviser", "exclusion list"},
		{"a last good contact", open, "contact.attempted", append(tried[:6:6], "data/note", "null"), "", ""},
	}
	var file strings.Builder
	good := int64(0)
	for i, tt := range tests {
		c := d.of(tt.typ, tt.changes...)
		if tt.name == "an unknown type" {
			c.Type = "contact.imagined"
		}
		line, err := json.Marshal(map[string]any{
			"case": tt.chain.String(), "id": fmt.Sprintf("%026d", i+1), "type": c.Type, "v": c.V, "actor": c.Actor,
			"occurred": json.RawMessage(c.Occurred), "data": json.RawMessage(c.Data),
		})
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
		if tt.pointer == "" {
			good++
		}
	}
	stored := len(d.m.records())
	report, err := d.s.Import(t.Context(), strings.NewReader(file.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	refusals := map[int64]cases.Refusal{}
	for _, r := range report.Refusals {
		refusals[r.Line] = r
	}
	for i, tt := range tests {
		r, refused := refusals[int64(i+1)]
		switch {
		case refused != (tt.pointer != ""):
			t.Errorf("%s: refused %v: %+v", tt.name, refused, r)
		case refused && (r.Pointer != tt.pointer || !strings.Contains(r.Rule, tt.rule)):
			t.Errorf("%s: at %s: %s; want %s: %q", tt.name, r.Pointer, r.Rule, tt.pointer, tt.rule)
		case refused:
			t.Logf("%-52s %-28s %s", tt.name, r.Pointer, r.Rule)
		}
		for _, word := range []string{"pigeon", "left-handed", "imagined", "secret", "D99", "2026-"} {
			if strings.Contains(r.Rule, word) {
				t.Errorf("%s: the rule quotes what stands there: %s", tt.name, r.Rule)
			}
		}
	}
	if report.Recorded != good || len(d.m.records()) != stored+int(good) {
		t.Errorf("%d recorded, want %d", report.Recorded, good)
	}
}
