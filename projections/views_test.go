package projections

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/schemas"
)

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func rowOf(t *testing.T, c *eventstest.Chain) CaseRow {
	t.Helper()
	l := newLedger(t, c).recover()
	return must[CaseRow](t)(l.r.Case(context.Background(), c.ID()))
}

func TestCaseOfAWeek(t *testing.T) {
	row := rowOf(t, week("a"))
	got, err := json.MarshalIndent(row, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "case.json", got)
}

func TestTimelineOfAWeek(t *testing.T) {
	c := week("a")
	l := newLedger(t, c).recover()
	rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
	got, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "timeline.json", got)
}

func TestDueOfAWeek(t *testing.T) {
	c := week("a")
	l := newLedger(t, c).recover()
	rows := must[[]DueRow](t)(l.r.Due(context.Background(), "staff-07", now.AddDate(1, 0, 0)))
	got, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "due.json", got)
}

// golden compares with testdata; UPDATE=1 writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got = append(got, '\n')
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs:\n%s", path, got)
	}
}

// Every type has its fold, and none fails on the schema's own example.
func TestEveryTypeFolds(t *testing.T) {
	set := schemas.Default()
	for _, typ := range set.Types() {
		if readers[typ] == nil {
			t.Errorf("%s has no fold", typ)
			continue
		}
		example, err := os.ReadFile(filepath.Join("..", "schemas", "examples", typ+".v1.json"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := events.Canonicalize(example)
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Validate(body); err != nil {
			t.Fatal(err)
		}
		c := eventstest.NewChain(typ).AddBody(body)
		l := newLedger(t, c).recover()
		s := must[Status](t)(l.r.Status(context.Background()))
		if len(s.Failed) > 0 {
			t.Errorf("%s: %v", typ, s.Failed)
		}
		rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
		if len(rows) != 1 || rows[0].Type != typ || rows[0].Summary == "" {
			t.Errorf("%s: %+v", typ, rows)
		}
		l.close()
	}
	if len(set.Types()) != len(readers) {
		t.Errorf("%d types, %d folds", len(set.Types()), len(readers))
	}
}

// What the folds read in place is what the schemas' own types hold.
func TestFactsAgreeWithTheSchemas(t *testing.T) {
	read := func(typ string) (event, facts) {
		t.Helper()
		example := must[[]byte](t)(os.ReadFile(filepath.Join("..", "schemas", "examples", typ+".v1.json")))
		e, err := parseEvent(1, now, must[[]byte](t)(events.Canonicalize(example)))
		if err != nil {
			t.Fatal(err)
		}
		var f facts
		if err := readFacts(&e, &f); err != nil {
			t.Fatal(err)
		}
		return e, f
	}
	e, f := read("contact.recorded")
	contact, err := schemas.DecodeData[schemas.ContactRecorded](e.data)
	if err != nil {
		t.Fatal(err)
	}
	if f.statements != len(contact.Statements) || f.channel != contact.Channel || f.direction != contact.Direction ||
		f.checked != contact.SafeContactChecked || !f.withClient || f.next.String() != *contact.NextContact {
		t.Errorf("contact.recorded: %+v\n%+v", f, contact)
	}
	e, f = read("risk.reviewed")
	risk, err := schemas.DecodeData[schemas.RiskReviewed](e.data)
	if err != nil {
		t.Fatal(err)
	}
	if f.level.String() != risk.Judgement.Level || f.answers != len(risk.Answers) ||
		!slices.Equal(names(criteriaNames[:], uint(f.criteria)), slices.Sorted(slices.Values(risk.Criteria))) && len(risk.Criteria) != len(names(criteriaNames[:], uint(f.criteria))) {
		t.Errorf("risk.reviewed: %+v\n%+v", f, risk)
	}
}

// stateAfter folds without a store.
func stateAfter(t *testing.T, c *eventstest.Chain) *state {
	t.Helper()
	s := &state{}
	for i, body := range c.Bodies() {
		r := c.Record(uint64(i + 1))
		e, f, err := extract(&r, body)
		if err != nil {
			t.Fatal(err)
		}
		s.fold(&e, &f)
	}
	return s
}

// kindsDue lists what an adviser sees: kind, date, for a policy.
func kindsDue(s *state) []string {
	p := DefaultPolicy()
	list := []string{}
	s.due(&p, func(d dueItem) { list = append(list, d.kind+" "+d.when.String()) })
	slices.Sort(list)
	return list
}

func TestDueRules(t *testing.T) {
	const monday = "2026-10-26T09:00:00+00:00"
	for _, c := range []struct {
		name  string
		build func(c *eventstest.Chain)
		want  []string
	}{
		{"before any referral nothing is due", func(c *eventstest.Chain) {
			c.Add("client.recorded", client("A", "", "false"))
		}, []string{}},
		{"a referral starts three clocks", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
		}, []string{"contact 2026-11-02", "first-attempt 2026-10-28", "risk-review " + monday}},
		{"an attempt stops the first and sets the next try", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Occurred(occurredAt("2026-10-27T10:00:00+00:00", "")).Add("contact.attempted", attempt("2026-10-28T10:00:00+00:00"))
		}, []string{"contact 2026-11-02", "next-try 2026-10-28T10:00:00+00:00", "risk-review " + monday}},
		{"an attempt before the referral does not", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Occurred(occurredAt("2026-10-20T10:00:00+00:00", "")).Add("contact.attempted", attempt(""))
		}, []string{"contact 2026-11-02", "first-attempt 2026-10-28", "risk-review " + monday}},
		{"a contact clears the try and sets the next contact", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Occurred(occurredAt("2026-10-27T10:00:00+00:00", "")).Add("contact.attempted", attempt("2026-10-28T10:00:00+00:00"))
			c.Occurred(occurredAt("2026-10-28T10:00:00+00:00", "")).Add("contact.recorded", contactData("2026-11-02T10:00:00+00:00", "client", 1))
		}, []string{"contact 2026-11-04", "next-contact 2026-11-02T10:00:00+00:00", "risk-review " + monday}},
		{"a contact with a professional is none with the client", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Occurred(occurredAt("2026-10-28T10:00:00+00:00", "")).Add("contact.recorded", contactData("2026-11-02T10:00:00+00:00", "professional", 1))
		}, []string{"contact 2026-11-02", "first-attempt 2026-10-28", "risk-review " + monday}},
		{"an older contact entered later changes neither", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Occurred(occurredAt("2026-10-28T10:00:00+00:00", "")).Add("contact.recorded", contactData("2026-11-02T10:00:00+00:00", "client", 1))
			c.Occurred(occurredAt("2026-10-27T10:00:00+00:00", "")).Add("contact.recorded", contactData("2026-10-30T10:00:00+00:00", "client", 1))
		}, []string{"contact 2026-11-04", "next-contact 2026-11-02T10:00:00+00:00", "risk-review " + monday}},
		{"a review at its interval", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("risk.reviewed", review("high", ""))
			c.Add("contact.recorded", contactData("", "client", 1))
		}, []string{"contact 2026-11-02", "risk-review 2026-12-21"}},
		{"an incident makes one due at once", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("risk.reviewed", review("high", ""))
			c.Occurred(occurredAt("2026-10-29T10:00:00+00:00", "")).Add("incident.disclosed", incidentData)
		}, []string{"contact 2026-11-02", "risk-review 2026-10-29T10:00:00+00:00"}},
		{"a review after it settles it", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("incident.disclosed", incidentData)
			c.Occurred(occurredAt("2026-10-29T10:00:00+00:00", "")).Add("risk.reviewed", review("high", ""))
		}, []string{"contact 2026-11-02", "risk-review 2026-12-24"}},
		{"a review before it, entered later, does not", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1))
			c.Occurred(occurredAt("2026-10-29T10:00:00+00:00", "")).Add("incident.disclosed", incidentData)
			c.Occurred(occurredAt("2026-10-28T10:00:00+00:00", "")).Add("risk.reviewed", review("high", ""))
		}, []string{"contact 2026-11-02", "risk-review 2026-10-29T10:00:00+00:00"}},
		{"a review on the same date settles it", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1))
			c.Occurred(occurredAt("2026-10-29T10:00:00+00:00", "")).Add("incident.disclosed", incidentData)
			c.Occurred(`{"from":"2026-10-29","precision":"date","to":null}`).Add("risk.reviewed", review("high", ""))
		}, []string{"contact 2026-11-02", "risk-review 2026-12-24"}},
		{"safe contact expires, a later setting without an end does not", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("risk.reviewed", review("high", ""))
			c.Add("safe-contact.set", safeContactData("2026-11-30"))
		}, []string{"contact 2026-11-02", "risk-review 2026-12-21", "safe-contact 2026-11-30"}},
		{"the later setting", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("risk.reviewed", review("high", ""))
			c.Add("safe-contact.set", safeContactData("2026-11-30"), safeContactData(""))
		}, []string{"contact 2026-11-02", "risk-review 2026-12-21"}},
		{"plan actions until they end", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("risk.reviewed", review("high", ""))
			c.Add("plan.changed", planData("b", "2026-11-07", "planned"), planData("a", "2026-11-06", "planned"),
				planData("c", "", "doing"), planData("a", "2026-11-09", "doing"), planData("b", "2026-11-07", "done"), planData("z", "2026-11-07", "impossible"))
		}, []string{"contact 2026-11-02", "plan-action 2026-11-09", "risk-review 2026-12-21"}},
		{"nothing is due in a closed case", func(c *eventstest.Chain) {
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, "")).Add("case.closed", closedData)
		}, []string{}},
		{"a new referral runs the clocks again", func(c *eventstest.Chain) {
			c.Occurred(occurredAt("2026-06-01T09:00:00+01:00", "")).Add("referral.received", referral("2026-06-01T09:00:00+01:00", ""))
			c.Add("contact.recorded", contactData("", "client", 1)).Add("risk.reviewed", review("high", "")).Add("case.closed", closedData)
			c.Occurred(occurredAt(monday, "")).Add("referral.received", referral(monday, ""))
		}, []string{"contact 2026-11-02", "first-attempt 2026-10-28", "risk-review 2026-07-27"}},
		{"an unknown time counts as of its entry", func(c *eventstest.Chain) {
			c.Occurred(occurredAt("2026-10-23T09:00:00+01:00", "")).Add("referral.received", referral("2026-10-23T09:00:00+01:00", ""))
			c.Occurred(`{"from":null,"precision":"unknown","to":null}`).Add("risk.reviewed", review("high", ""))
			c.Add("contact.recorded", contactData("", "client", 1)) // recorded on 26 October
		}, []string{"contact 2026-11-02", "risk-review 2026-12-21"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := eventstest.NewChain(c.name)
			c.build(chain)
			got := kindsDue(stateAfter(t, chain))
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("due %v\nwant %v", got, c.want)
			}
		})
	}
}

// What is due is the policy's and changes with it, without a new fold.
func TestPolicyChangesWhatIsDue(t *testing.T) {
	c := eventstest.NewChain("policy")
	c.Occurred(occurredAt("2026-10-26T09:00:00+00:00", "")).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	s := stateAfter(t, c)
	p := DefaultPolicy()
	p.FirstAttempt, p.ContactEvery = 5, 14
	var got []string
	s.due(&p, func(d dueItem) { got = append(got, d.kind+" "+d.when.String()+": "+d.reason(&p)) })
	want := []string{
		"first-attempt 2026-11-02: first attempt within 5 working days of the referral of 26 October 2026",
		"contact 2026-11-09: no contact yet since the referral of 26 October 2026; every 14 days",
		"risk-review 2026-10-26T09:00:00+00:00: no risk review yet since the referral of 26 October 2026",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestOverdueAtTheEndOfTheDay(t *testing.T) {
	loc := DefaultPolicy().Location
	date, _ := parseWhen("2026-10-28")
	moment, _ := parseWhen("2026-10-28T10:00:00+00:00")
	for _, c := range []struct {
		when When
		at   string
		want bool
	}{
		{date, "2026-10-28T23:59:59Z", false},
		{date, "2026-10-29T00:00:00Z", true},
		{moment, "2026-10-28T09:59:59Z", false},
		{moment, "2026-10-28T10:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		d := dueItem{when: c.when}
		if got := d.past(at, loc); got != c.want {
			t.Errorf("%v at %s: past %v", c.when, c.at, got)
		}
	}
}

func TestSafeContactLine(t *testing.T) {
	line := func(expires string) string {
		return rowOf(t, eventstest.NewChain("s").Add("safe-contact.set", safeContactData(expires))).SafeContact.Line
	}
	for expires, want := range map[string]string{
		"":           "SAFE: text only, code word set",
		"2026-11-30": "SAFE: text only, code word set, until 2026-11-30",
		"2026-10-30": "SAFE: text only, code word set, check today",
		"2026-10-29": "SAFE: text only, code word set, EXPIRED 2026-10-29",
	} {
		if got := line(expires); got != want {
			t.Errorf("expires %q: %q, want %q", expires, got, want)
		}
	}
	if got := rowOf(t, eventstest.NewChain("n").Add("client.recorded", client("A", "", "false"))).SafeContact.Line; got != "SAFE CONTACT NOT SET" {
		t.Errorf("never set: %q", got)
	}
	both := safeContact{set: true, allowed: 0b1011, refused: 0b1000}
	if got, want := both.at(now, time.UTC).Line, "SAFE: phone, voicemail, email, not every address: email"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (&safeContact{set: true}).at(now, time.UTC).Line, "SAFE: no channel"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUnder18(t *testing.T) {
	for _, c := range []struct {
		name, born, flags string
		want              bool
	}{
		{"born before", "2008-10-30", "", false},
		{"born a day later", "2008-10-31", "", true},
		{"flagged, birth not known", "", `"under-18"`, true},
		{"flagged, of age by now", "2000-01-01", `"under-18"`, false},
		{"nothing known", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := eventstest.NewChain(c.name).Add("referral.received", referral("2026-10-26T09:00:00+00:00", c.flags))
			chain.Add("client.recorded", client("A", c.born, "true"))
			row := rowOf(t, chain)
			if row.Under18 != c.want {
				t.Errorf("under 18: %v", row.Under18)
			}
			if !row.Interpreter {
				t.Error("the interpreter is not shown")
			}
		})
	}
}

func TestAsKnown(t *testing.T) {
	c := eventstest.NewChain("known")
	c.Add("contact.recorded", contactData("", "client", 3)) // seq 1, recorded 09:00
	c.Add("contact.corrected", correction(1, 1))            // seq 2, 09:01
	c.Add("contact.corrected", correction(1, 2))            // seq 3, 09:02
	l := newLedger(t, c).recover()
	for _, k := range []struct {
		name string
		at   time.Time
		rows int
		by   int
		line string
	}{
		{"before anything", eventstest.Start.Add(-time.Second), 0, 0, ""},
		{"at the contact", eventstest.Start, 1, 0, "Contact by telephone, 15 minutes, 3 statements"},
		{"after one correction", eventstest.Start.Add(61 * time.Second), 2, 1, "Contact by telephone, 15 minutes, 3 statements, corrected 1"},
		{"now", time.Time{}, 3, 2, "Contact by telephone, 15 minutes, 3 statements, corrected 2"},
	} {
		t.Run(k.name, func(t *testing.T) {
			rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), k.at))
			if len(rows) != k.rows {
				t.Fatalf("%d rows, want %d", len(rows), k.rows)
			}
			if k.rows > 0 && (len(rows[0].CorrectedBy) != k.by || rows[0].Summary != k.line) {
				t.Errorf("corrected by %v, %q", rows[0].CorrectedBy, rows[0].Summary)
			}
		})
	}
}

func TestLateEntries(t *testing.T) {
	c := eventstest.NewChain("late").At(eventstest.Start) // 26 October, 09:00
	c.Occurred(occurredAt("2026-10-25T08:59:00+00:00", "2026-10-25T09:00:00+00:00"))
	c.Add("contact.recorded", contactData("", "client", 1)) // 24 hours: not late
	c.At(eventstest.Start)
	c.Occurred(occurredAt("2026-10-25T08:00:00+00:00", "2026-10-25T08:59:59+00:00"))
	c.Add("contact.recorded", contactData("", "client", 1)) // a second more
	c.At(eventstest.Start.Add(time.Minute))
	c.Occurred(occurredAt("2026-10-26T09:00:00+00:00", ""))
	c.Add("contact.recorded", strings.Replace(contactData("", "client", 1), made, madeLate, 1)) // says so itself
	c.Occurred(`{"from":"2026-10-24","precision":"date","to":null}`)
	c.Add("contact.recorded", contactData("", "client", 1)) // the 24th ended 33 hours before
	c.Occurred(`{"from":"2026-10-25","precision":"date","to":null}`)
	c.Add("contact.recorded", contactData("", "client", 1)) // the 25th did not
	c.Occurred(`{"from":null,"precision":"unknown","to":null}`)
	c.Add("contact.recorded", contactData("", "client", 1))
	l := newLedger(t, c).recover()
	rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
	want := []bool{false, true, true, true, false, false}
	for i, row := range rows {
		if row.Late != want[i] {
			t.Errorf("entry %d: late %v", i+1, row.Late)
		}
	}
	if row := must[CaseRow](t)(l.r.Case(context.Background(), c.ID())); row.LateEntries != 1 {
		t.Errorf("%d entries with a reason for being late, want 1", row.LateEntries)
	}
}

func TestCaseloadOrderAndAdvisers(t *testing.T) {
	build := func(seed, adviser, lvl string, more ...string) *eventstest.Chain {
		c := eventstest.NewChain(seed).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
		c.Add("client.recorded", client(seed, "", "false"))
		if adviser != "" {
			c.Add("case.allocated", allocated(adviser))
		}
		c.Add("risk.reviewed", review(lvl, ""))
		for _, a := range more {
			c.Add("case.allocated", allocated(a))
		}
		return c
	}
	closed := build("E", "staff-07", "high").Add("case.closed", closedData)
	l := newLedger(t,
		build("A", "staff-07", "medium"), build("B", "staff-07", "high"), build("C", "staff-08", "high"),
		build("D", "staff-07", "high", "staff-08"), closed, build("F", "", "standard"),
	).recover()
	for adviser, want := range map[string]string{"": "BCDAFE", "staff-07": "BAE", "staff-08": "CD", "staff-09": ""} {
		got := ""
		for _, row := range must[[]CaseRow](t)(l.r.Caseload(context.Background(), adviser)) {
			got += row.Initials
		}
		// Equal cases stand in the order of their random ids.
		key := func(s string) string { r := []rune(s); slices.Sort(r); return string(r) }
		if adviser == "" {
			if key(got[:3]) != "BCD" || got[3:] != "AFE" {
				t.Errorf("all: %s", got)
			}
		} else if key(got) != key(want) || len(got) > 0 && got[len(got)-1] != want[len(want)-1] && adviser == "staff-07" {
			t.Errorf("%s: %s, want %s", adviser, got, want)
		}
	}
}

func TestUnknownTypesAndVersions(t *testing.T) {
	c := eventstest.NewChain("unknown").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	c.Add("court.recorded", `{"secret":"the words of a client"}`).Version(2).Add("contact.recorded", `{"channel":7}`)
	l := newLedger(t, c).recover()
	rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
	for _, row := range rows[1:] {
		if row.Summary != "An event of a kind that this version does not know" {
			t.Errorf("%s v%d: %q", row.Type, row.V, row.Summary)
		}
	}
	if row := must[CaseRow](t)(l.r.Case(context.Background(), c.ID())); row.Events != 3 || row.Contacts != 0 {
		t.Errorf("%d events, %d contacts", row.Events, row.Contacts)
	}
}

func TestNoSuchCase(t *testing.T) {
	l := newLedger(t, week("a")).recover()
	ctx := context.Background()
	_, err := l.r.Case(ctx, events.Chain{1})
	if !errors.Is(err, events.ErrNotFound) {
		t.Errorf("case: %v", err)
	}
	if _, err = l.r.Timeline(ctx, events.Chain{1}, time.Time{}); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("timeline: %v", err)
	}
	if _, err = l.r.Head(events.Chain{1}); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("head: %v", err)
	}
	for _, err = range l.r.Chain(ctx, events.Chain{1}) {
	}
	if !errors.Is(err, events.ErrNotFound) {
		t.Errorf("chain: %v", err)
	}
}
