package projections

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
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

// examples are the schemas' own, of every type and version.
func examples(t *testing.T) map[string][]byte {
	t.Helper()
	set, bodies := schemas.Default(), map[string][]byte{}
	for _, typ := range set.Types() {
		newest, _ := set.Latest(typ)
		for v := uint64(1); v <= newest; v++ {
			name := fmt.Sprintf("%s.v%d", typ, v)
			raw := must[[]byte](t)(os.ReadFile(filepath.Join("..", "schemas", "examples", name+".json")))
			body := must[[]byte](t)(events.Canonicalize(raw))
			if err := set.Validate(body); err != nil {
				t.Fatal(name, err)
			}
			bodies[name] = body
		}
	}
	return bodies
}

// Every type and version folds, has its line, and is read at the newest.
func TestEveryTypeFolds(t *testing.T) {
	bodies := examples(t)
	if len(bodies) < 59 {
		t.Errorf("%d examples", len(bodies))
	}
	for name, body := range bodies {
		c := eventstest.NewChain(name).AddBody(body)
		l := newLedger(t, c).recover()
		if s := must[Status](t)(l.r.Status(context.Background())); len(s.Failed) > 0 {
			t.Errorf("%s: %v", name, s.Failed)
		}
		rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
		if len(rows) != 1 || rows[0].Type+".v"+fmt.Sprint(rows[0].V) != name || rows[0].Summary == "" || strings.Contains(rows[0].Summary, "does not know") {
			t.Errorf("%s: %+v", name, rows)
		}
		if row := must[CaseRow](t)(l.r.Case(context.Background(), c.ID())); row.Events != 1 || row.Missing != "" {
			t.Errorf("%s: %+v", name, row)
		}
		l.close()
	}
}

// An event of an older version and what the upcaster makes of it fold alike.
func TestVersionsFoldAlike(t *testing.T) {
	older := 0
	for name, body := range examples(t) {
		b := must[events.Body](t)(events.ParseBody(body))
		newest := must[events.Body](t)(schemas.Upcast(b))
		if newest.V == b.V {
			continue
		}
		older++
		upcast := must[[]byte](t)(events.EncodeBody(b.Type, newest.V, b.Actor, b.Occurred, newest.Data))
		c, d := eventstest.NewChain("c").AddBody(body), eventstest.NewChain("c").AddBody(upcast)
		if got, want := stateAfter(t, c).append(nil), stateAfter(t, d).append(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: state %x, of the newest %x", name, got, want)
		}
		var lines []string
		for _, x := range []*eventstest.Chain{c, d} {
			r := x.Record(1)
			e, f, err := extract(&r, x.Bodies()[0], found{})
			if err != nil {
				t.Fatal(name, err)
			}
			lines = append(lines, summary(&e, &f))
		}
		if lines[0] != lines[1] {
			t.Errorf("%s: %q", name, lines)
		}
	}
	if older < 5 {
		t.Errorf("%d older versions", older)
	}
}

// The line of a contact, read in place, is the one that package casefile makes
// of the whole of it.
func TestContactLine(t *testing.T) {
	bodies := examples(t)
	list := [][]byte{bodies["contact.recorded.v1"], bodies["contact.recorded.v2"]}
	for _, with := range []string{"client", "professional"} {
		for _, o := range []string{occurredAt("2026-10-27T14:05:00+00:00", "2026-10-27T14:06:30+00:00"), occurredAt("2026-10-27T14:05:00+00:00", ""),
			`{"from":"2026-10-27","precision":"date","to":"2026-10-28"}`, `{"from":null,"precision":"unknown","to":null}`} {
			data := strings.Replace(contactData("", with, len(o)%3), `"safe_contact_checked":true`, `"safe_contact_checked":`+fmt.Sprint(with == "client"), 1)
			list = append(list, must[[]byte](t)(events.EncodeBody("contact.recorded", 1, "staff-07", []byte(o), []byte(data))))
		}
	}
	for _, body := range list {
		r := eventstest.NewChain("l").AddBody(body).Record(1)
		e, f, err := extract(&r, body, found{})
		if err != nil {
			t.Fatal(err)
		}
		b := must[events.Body](t)(events.ParseBody(body))
		if got, want := summary(&e, &f), casefile.Line(casefile.Event{Body: b}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A rebuild of all examples in one case gives what they gave one by one.
func TestRebuildOfEveryType(t *testing.T) {
	bodies := examples(t)
	c := eventstest.NewChain("all")
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		c.AddBody(bodies[name])
	}
	l := newLedger(t, c).recover()
	ctx := context.Background()
	read := func() []byte {
		v := map[string]any{
			"case": must[CaseRow](t)(l.r.Case(ctx, c.ID())), "timeline": must[[]TimelineRow](t)(l.r.Timeline(ctx, c.ID(), time.Time{})),
			"due": must[[]DueRow](t)(l.r.Due(ctx, "", now.AddDate(9, 0, 0))), "failed": must[Status](t)(l.r.Status(ctx)).Failed,
		}
		return must[[]byte](t)(json.Marshal(v))
	}
	one := read()
	if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
		t.Fatal(err)
	}
	if again := read(); !bytes.Equal(one, again) {
		t.Errorf("one by one\n%s\nrebuilt\n%s", one, again)
	}
}

// What the folds read in place is what the schemas' own types hold.
func TestFactsAgreeWithTheSchemas(t *testing.T) {
	read := func(typ string) (event, facts) {
		t.Helper()
		e, err := parseEvent(1, now, examples(t)[typ], found{})
		if err != nil {
			t.Fatal(err)
		}
		var f facts
		if err := readFacts(&e, &f); err != nil {
			t.Fatal(err)
		}
		return e, f
	}
	e, f := read("contact.recorded.v1")
	contact, err := schemas.DecodeData[schemas.ContactRecordedV2](e.data)
	if err != nil {
		t.Fatal(err)
	}
	if f.sheet.Statements != len(contact.Statements) || f.sheet.Channel != contact.Channel ||
		f.sheet.Checked != contact.SafeContactChecked || !f.sheet.WithClient || f.next.String() != *contact.NextContact {
		t.Errorf("contact.recorded: %+v\n%+v", f, contact)
	}
	e, f = read("risk.reviewed.v1")
	risk, err := schemas.DecodeData[schemas.RiskReviewedV2](e.data)
	if err != nil {
		t.Fatal(err)
	}
	got, want := names(criteriaNames[:], uint(f.criteria)), slices.Clone(risk.Criteria)
	slices.Sort(got)
	slices.Sort(want)
	if f.level.String() != risk.Judgement.Level || !slices.Equal(got, want) {
		t.Errorf("risk.reviewed: %+v\n%+v", f, risk)
	}
}

// stateAfter folds without a store.
func stateAfter(t *testing.T, c *eventstest.Chain) *state {
	t.Helper()
	s := &state{}
	for i, body := range c.Bodies() {
		r := c.Record(uint64(i + 1))
		e, f, err := extract(&r, body, found{})
		if err != nil {
			t.Fatal(err)
		}
		s.fold(&e, &f)
	}
	return s
}

// kindsDue lists what an adviser sees: kind, date, for a policy.
func kindsDue(s *state) []string {
	list := []string{}
	s.due(policy.Default(), func(d dueItem) { list = append(list, d.kind+" "+d.when.String()) })
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

// figures is a policy of these settings, in force from 2026-10-01.
func figures(t *testing.T, settings string) *policy.Set {
	t.Helper()
	data := `{"by":"staff-01","from":"2026-10-01","reason":null,"settings":[` + settings + `],"version":1}`
	var h policy.History
	if err := h.Add(policy.Event{Seq: 1, Body: events.Body{Type: "policy.set", V: 1, Data: []byte(data)}}); err != nil {
		t.Fatal(err)
	}
	set := h.Set(now)
	if len(set.Ignored) > 0 || set.Version != 1 {
		t.Fatalf("%+v", set)
	}
	return set
}

func figure(code, unit, values, marac string) string {
	return `{"code":"` + code + `","instrument":null,"marac":` + marac + `,"unit":"` + unit + `","values":[` + values + `]}`
}

// What is due is the policy's and changes with it, without a new fold.
func TestPolicyChangesWhatIsDue(t *testing.T) {
	c := eventstest.NewChain("policy")
	c.Occurred(occurredAt("2026-10-26T09:00:00+00:00", "")).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	first := len(c.Bodies())
	for _, typ := range []string{"marac.heard.v1", "risk.reviewed.v2"} {
		c.AddBody(examples(t)[typ])
	}
	heard := must[schemas.MaracHeard](t)(schemas.DecodeData[schemas.MaracHeard](must[events.Body](t)(events.ParseBody(c.Bodies()[first])).Data))
	p := figures(t, strings.Join([]string{
		figure("first-attempt-within", "working-days", "5", "null"), figure("contact-every", "days", "14", "null"),
		figure("risk-review-every", "weeks", "1,2", "null"),
		figure("feedback-within", "working-days", "1", "null"), figure("feedback-within", "working-days", "4", `"`+heard.Marac+`"`),
	}, ","))
	s := stateAfter(t, c)
	reviewed := s.riskAt
	met := must[clock.When](t)(clock.ParseWhen(heard.Meeting))
	feedback := must[clock.Date](t)(clock.AddWorkingDays(met.Date(), 4))
	var got []string
	s.due(p, func(d dueItem) {
		switch d.kind {
		case DueFirstAttempt, DueContact, DueRiskReview, DueFeedback:
			got = append(got, d.kind+" "+d.enters().String()+" "+d.when.String()+": "+d.reason(p))
		}
	})
	from, to := reviewed.AddDays(7), reviewed.AddDays(14)
	want := []string{
		"first-attempt 2026-11-02 2026-11-02: first attempt within 5 working days of the referral of 26 October 2026",
		"contact 2026-11-09 2026-11-09: no contact yet since the referral of 26 October 2026; every 14 days",
		"risk-review " + from.String() + " " + to.String() + ": last risk review " + clock.OnDate(reviewed.Date()).Say() + "; due from " + from.Say() + ", overdue after " + to.Say(),
		"feedback " + feedback.String() + " " + feedback.String() + ": feedback to the client within 4 working days of the Marac of " + clock.OnDate(met.Date()).Say(),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// Told of that Marac, and of no other.
	s.told(uint64(first))
	if n := len(s.dates); slices.IndexFunc(s.dates, func(d dated) bool { return d.kind == dateFeedback }) < 0 {
		t.Errorf("told of event %d: of %d dates feedback is none", first, n)
	}
	s.told(uint64(first + 1))
	if slices.IndexFunc(s.dates, func(d dated) bool { return d.kind == dateFeedback }) >= 0 {
		t.Error("told, and feedback is still due")
	}
}

// The stored lists use the figures of the time for which they are asked, and
// an error in reading them is no default.
func TestFiguresOfTheDay(t *testing.T) {
	c := eventstest.NewChain("figures")
	c.Occurred(occurredAt("2026-10-26T09:00:00+00:00", "")).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	c.Occurred(occurredAt("2026-10-27T09:00:00+00:00", "")).Add("contact.recorded", contactData("", "client", 1))
	l := newLedger(t, c)
	var asked []time.Time
	set, fault := figures(t, figure("contact-every", "days", "1", "null")+","+figure("late-after", "hours", "336", "null")), error(nil)
	l.o.Figures = func(_ context.Context, at time.Time) (*policy.Set, error) {
		asked = append(asked, at)
		return set, fault
	}
	l.recover()
	due := must[[]DueRow](t)(l.r.Due(t.Context(), "", now))
	if len(due) != 2 || due[1].Kind != DueContact || due[1].Due.String() != "2026-10-28" || !due[1].Overdue {
		t.Errorf("%+v", due)
	}
	if row := must[CaseRow](t)(l.r.Case(t.Context(), c.ID())); row.Overdue != 2 {
		t.Errorf("%d overdue", row.Overdue)
	}
	if rows := must[[]CaseRow](t)(l.r.Caseload(t.Context(), "")); len(rows) != 1 || rows[0].Overdue != 2 {
		t.Errorf("%+v", rows)
	}
	earlier := now.AddDate(0, 0, -1)
	must[[]TimelineRow](t)(l.r.Timeline(t.Context(), c.ID(), earlier))
	if want := []time.Time{now, now, now, earlier}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	fault = errors.New("disk")
	if _, err := l.r.Due(t.Context(), "", now); !errors.Is(err, fault) {
		t.Errorf("due: %v", err)
	}
	if _, err := l.r.Caseload(t.Context(), ""); !errors.Is(err, fault) {
		t.Errorf("caseload: %v", err)
	}
	if _, err := l.r.Case(t.Context(), c.ID()); !errors.Is(err, fault) {
		t.Errorf("case: %v", err)
	}
	if _, err := l.r.Timeline(t.Context(), c.ID(), time.Time{}); !errors.Is(err, fault) {
		t.Errorf("timeline: %v", err)
	}
}

// Where bank holidays are not known nothing is guessed.
func TestDueBeyondTheHolidays(t *testing.T) {
	c := eventstest.NewChain("beyond").Add("referral.received", referral("2040-10-26T09:00:00+00:00", ""))
	stateAfter(t, c).due(policy.Default(), func(d dueItem) {
		if d.kind == DueFirstAttempt && (d.when.String() != "2040-10-26" || !strings.Contains(d.reason(policy.Default()), "not known")) {
			t.Errorf("%s: %s", d.when, d.reason(policy.Default()))
		}
	})
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
	if got, want := both.at(now).Line, "SAFE: phone, voicemail, email (not every address)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (&safeContact{set: true}).at(now).Line, "SAFE: no channel"; got != want {
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

// A later version of the client's details replaces the whole.
func TestInterpreterNoLongerNeeded(t *testing.T) {
	c := eventstest.NewChain("i").Add("referral.received", referral("2026-10-26T09:00:00+00:00", `"language"`))
	c.Add("client.recorded", client("A", "", "true"), client("B", "", "false"))
	row := rowOf(t, c)
	if row.Interpreter || row.Initials != "B" || len(row.Flags) != 1 {
		t.Errorf("%+v", row)
	}
}

// A case whose key has generations: views are sealed under the newest that has
// been used, older events open under theirs.
func TestGenerations(t *testing.T) {
	ctx := context.Background()
	c := eventstest.NewChain("g").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	c.Key(events.CaseKey(c.ID(), 2)).Add("contact.recorded", contactData("", "client", 1))
	c.Key(events.CaseKey(c.ID(), 1)).Add("contact.recorded", contactData("", "client", 2))
	c.Key(events.ServiceKey(3)).Add("contact.recorded", contactData("", "client", 3))
	l := newLedger(t, c).open()
	entries := entriesOf(l)
	for i := range entries {
		apply(t, l.r, entries[i:i+1])
		if h := must[Head](t)(l.r.Head(c.ID())); h.KeyGen != uint64(min(i+1, 2)) {
			t.Errorf("after event %d: generation %d", i+1, h.KeyGen)
		}
	}
	if rows := must[[]TimelineRow](t)(l.r.Timeline(ctx, c.ID(), time.Time{})); len(rows) != 4 {
		t.Errorf("%d rows", len(rows))
	}
	if row := must[CaseRow](t)(l.r.Case(ctx, c.ID())); row.Contacts != 3 {
		t.Errorf("%d contacts", row.Contacts)
	}
	sameAsRebuilt(t, l)
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
	c.Add("court.recorded", `{"secret":"the words of a client"}`).Version(9).Add("contact.recorded", `{"channel":7}`)
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

func disputed(seq int, statement string) string {
	return fmt.Sprintf(`{"by":"client","disputes":{"seq":%d,"statement":%s},%s,"says":{"text":"Once."},"told_in":null}`, seq, statement, made)
}

func misfiledData(seq int) string {
	return fmt.Sprintf(`{"belongs_to":null,"entry":%d,"found_by":"staff-02",%s,"reason":{"text":"Another client."}}`, seq, made)
}

// Corrections, disputes and misfiled marks stand at what they speak of; one
// that is misfiled itself speaks of nothing.
func TestTimelineMarks(t *testing.T) {
	c := eventstest.NewChain("marks").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	c.Add("contact.recorded", contactData("", "client", 2), contactData("", "client", 1)) // 2, 3
	c.Add("contact.corrected", correction(2, 1))                                          // 4
	c.Add("contact.disputed", disputed(2, "0"), disputed(3, "null"), disputed(2, "1"))    // 5, 6, 7
	c.Add("entry.misfiled", misfiledData(3), misfiledData(7), misfiledData(1), misfiledData(10), misfiledData(12))
	// 8: the contact; 9: the last dispute; 10: the referral, but 11 says that 10
	// is misfiled; 12 speaks of itself
	l := newLedger(t, c).recover()
	type marks struct {
		corrected, disputed int
		misfiled            uint64
		summary             string
	}
	want := map[uint64]marks{
		1: {summary: "Referral from a Marac"},
		2: {1, 1, 0, "Contact by telephone, 15 minutes, 2 statements, corrected 1, disputed 1"},
		3: {0, 1, 8, "Contact by telephone, 15 minutes, 1 statement, disputed 1, misfiled: see event 8"},
		5: {summary: "Dispute of event 2, statement 1"},
		6: {summary: "Dispute of event 3"},
		7: {0, 0, 9, "Dispute of event 2, statement 2, misfiled: see event 9"},
		8: {summary: "Misfiled: event 3 belongs to another case"},
	}
	rows := must[[]TimelineRow](t)(l.r.Timeline(context.Background(), c.ID(), time.Time{}))
	for _, r := range rows {
		if w, ok := want[r.Seq]; ok && w != (marks{len(r.CorrectedBy), len(r.DisputedBy), r.MisfiledBy, r.Summary}) {
			t.Errorf("event %d: %+v", r.Seq, r)
		}
	}
	if d := rows[4].Disputes; d == nil || d.Seq != 2 || d.Statement == nil || *d.Statement != 0 {
		t.Errorf("event 5 disputes %+v", d)
	}
	if d := rows[5].Disputes; d == nil || d.Seq != 3 || d.Statement != nil {
		t.Errorf("event 6 disputes %+v", d)
	}
	if rows[9].MisfiledBy != 11 || rows[0].MisfiledBy != 0 || rows[11].MisfiledBy != 0 {
		t.Errorf("misfiled by %d, %d, %d", rows[9].MisfiledBy, rows[0].MisfiledBy, rows[11].MisfiledBy)
	}
	sameAsRebuilt(t, l)
}

// What belongs to another case counts nowhere in this one.
func TestMisfiledCountsNowhere(t *testing.T) {
	build := func() *eventstest.Chain {
		c := eventstest.NewChain("misfiled")
		c.Occurred(occurredAt("2026-10-26T09:00:00+00:00", "")).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
		c.Add("case.allocated", allocated("staff-07"))
		c.Occurred(occurredAt("2026-10-28T10:00:00+00:00", "")).Add("contact.recorded", contactData("2026-11-02T10:00:00+00:00", "client", 1))
		return c.Add("contact.disputed", disputed(3, "null"))
	}
	ctx := context.Background()
	c := build()
	l := newLedger(t, c).recover()
	if row := must[CaseRow](t)(l.r.Case(ctx, c.ID())); row.Contacts != 1 || row.LastContact.IsZero() || row.FirstAttempt.IsZero() {
		t.Errorf("before: %+v", row)
	}
	l.close()
	c = build().Add("entry.misfiled", misfiledData(3))
	l = newLedger(t, c).recover()
	for _, row := range append(must[[]CaseRow](t)(l.r.Caseload(ctx, "staff-07")), must[CaseRow](t)(l.r.Case(ctx, c.ID()))) {
		if row.Contacts != 0 || !row.LastContact.IsZero() || !row.FirstAttempt.IsZero() || !row.NextPlanned.IsZero() || row.Events != 4 {
			t.Errorf("after: %+v", row)
		}
	}
	var kinds []string
	for _, d := range must[[]DueRow](t)(l.r.Due(ctx, "staff-07", now)) {
		kinds = append(kinds, d.Kind)
	}
	if !slices.Contains(kinds, DueFirstAttempt) || slices.Contains(kinds, DueNextContact) {
		t.Errorf("due: %v", kinds)
	}
}

// What the calendar holds comes from many types, and goes when it is over.
func TestDueDates(t *testing.T) {
	edit := func(name string, pairs ...string) string {
		b := must[events.Body](t)(events.ParseBody(examples(t)[name+".v1"]))
		data := string(b.Data)
		for i := 0; i < len(pairs); i += 2 {
			value := regexp.MustCompile(`"` + pairs[i] + `":("[^"]*"|null|true|false|\d+)`)
			if !value.MatchString(data) {
				t.Fatalf("%s has no %s", name, pairs[i])
			}
			data = value.ReplaceAllString(data, `"`+pairs[i]+`":`+pairs[i+1])
		}
		return data
	}
	on := func(day int) string { return occurredAt(fmt.Sprintf("2026-10-%02dT09:00:00+00:00", day), "") }
	feedback := strings.Replace(edit("contact.recorded"), `"direction"`, `"appointment":null,"direction"`, 1)
	feedback = strings.Replace(feedback, `"interpreter"`, `"feedback_on":2,"interpreter"`, 1)
	feedback = regexp.MustCompile(`"kind":"[a-z-]*","language":"[a-zA-Z-]*"`).ReplaceAllString(feedback, `$0,"knew":null`)
	for _, c := range []struct {
		name  string
		build func(c *eventstest.Chain)
		want  []string
	}{
		{"an order, its end moved", func(c *eventstest.Chain) {
			c.Add("order.recorded", edit("order.recorded", "order", `"o1"`, "status", `"served"`, "expires", `"2026-12-01"`),
				edit("order.recorded", "order", `"o1"`, "status", `"extended"`, "expires", `"2027-06-01"`))
		}, []string{"order 2027-06-01"}},
		{"an order that was discharged", func(c *eventstest.Chain) {
			c.Add("order.recorded", edit("order.recorded", "order", `"o1"`, "status", `"served"`, "expires", `"2026-12-01"`),
				edit("order.recorded", "order", `"o1"`, "status", `"discharged"`, "expires", `"2026-12-01"`))
		}, []string{}},
		{"a release, then released", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("perpetrator.status", edit("perpetrator.status", "release", `"2026-11-04"`, "until", "null"))
			c.Occurred(on(28)).Add("perpetrator.status", edit("perpetrator.status", "status", `"released"`, "release", "null", "until", `"2027-01-01"`))
		}, []string{"bail 2027-01-01"}},
		{"an older status entered later changes nothing", func(c *eventstest.Chain) {
			c.Occurred(on(28)).Add("perpetrator.status", edit("perpetrator.status", "release", "null", "until", "null"))
			c.Occurred(on(26)).Add("perpetrator.status", edit("perpetrator.status", "release", `"2026-11-04"`, "until", "null"))
		}, []string{}},
		{"a hearing, adjourned", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("court.recorded", edit("court.recorded", "next", `"2026-11-02"`))
			c.Occurred(on(28)).Add("court.recorded", edit("court.recorded", "next", `"2026-12-02"`))
		}, []string{"court 2026-12-02"}},
		{"a Marac, heard, its actions, the client told", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("marac.heard", edit("marac.heard", "meeting", `"2026-10-28"`)) // event 2
		}, []string{"feedback 2026-10-30", "meeting-action 2026-10-30"}},
		{"referred to the next Marac", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("marac.referred", edit("marac.referred", "marac", `"Northmoor Marac"`, "meeting", `"2026-10-28"`))
		}, []string{"marac 2026-10-28"}},
		{"and heard there", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("marac.heard", edit("marac.heard", "meeting", `"2026-10-28"`))
			c.Occurred(on(25)).Add("marac.referred", edit("marac.referred", "marac", `"Northmoor Marac"`, "meeting", `"2026-10-28"`))
			c.Add("marac.action.updated", edit("marac.action.updated", "meeting", "2", "action", `"m1"`, "status", `"done"`, "due", "null"))
			c.Occurred(on(29)).Version(2).Add("contact.recorded", feedback).Version(1)
		}, []string{}},
		{"an action put off", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("marac.heard", edit("marac.heard", "outcome", `"deferred"`))
			c.Add("marac.action.updated", edit("marac.action.updated", "meeting", "2", "action", `"m1"`, "status", `"open"`, "due", `"2026-11-20"`))
			c.Add("marac.action.updated", edit("marac.action.updated", "meeting", "2", "action", `"m1"`, "status", `"open"`, "due", "null"))
		}, []string{"meeting-action 2026-11-20"}},
		{"the next meeting of a kind", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("meeting.recorded", edit("meeting.recorded", "next", `"2026-11-24"`, "due", "null"))
		}, []string{"meeting 2026-11-24"}},
		{"a handover", func(c *eventstest.Chain) {
			c.Add("handover.given", edit("handover.given", "to", `"2026-11-02T09:00:00+00:00"`))
		}, []string{"handover 2026-11-02T09:00:00+00:00"}},
		{"nothing in a case that is closed, all of it when reopened", func(c *eventstest.Chain) {
			c.Occurred(on(26)).Add("meeting.recorded", edit("meeting.recorded", "next", `"2026-11-24"`, "due", "null"))
			c.Add("case.closed", closedData).Add("case.reopened", edit("case.reopened"))
		}, []string{"meeting 2026-11-24"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := eventstest.NewChain(c.name)
			chain.Occurred(on(1)).Add("referral.received", referral("2026-10-01T09:00:00+01:00", ""))
			c.build(chain)
			usual := []string{DueFirstAttempt, DueContact, DueRiskReview, DueNextContact}
			got := slices.DeleteFunc(kindsDue(stateAfter(t, chain)), func(d string) bool {
				kind, _, _ := strings.Cut(d, " ")
				return slices.Contains(usual, kind)
			})
			if !slices.Equal(got, c.want) {
				t.Errorf("due %v\nwant %v", got, c.want)
			}
		})
	}
}

// A handover that is over is no duty left undone.
func TestHandoverIsNeverOverdue(t *testing.T) {
	body := examples(t)["handover.given.v1"]
	to := regexp.MustCompile(`"to":"2026-1[^"]*"`)
	if n := len(to.FindAll(body, -1)); n != 1 {
		t.Fatalf("the example ends %d times", n)
	}
	body = to.ReplaceAll(body, []byte(`"to":"2026-11-02T09:00:00+00:00"`))
	c := eventstest.NewChain("h").Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).AddBody(body)
	l := newLedger(t, c)
	at := now
	l.o.Now = func() time.Time { return at }
	l.recover()
	ctx := context.Background()
	has := func() bool {
		return slices.ContainsFunc(must[[]DueRow](t)(l.r.Due(ctx, "", now.AddDate(0, 1, 0))), func(d DueRow) bool { return d.Kind == DueHandover })
	}
	before := must[CaseRow](t)(l.r.Case(ctx, c.ID())).Overdue
	if !has() {
		t.Error("not in the list")
	}
	at = now.AddDate(0, 0, 3)
	if has() {
		t.Error("still in the list when it is over")
	}
	if after := must[CaseRow](t)(l.r.Case(ctx, c.ID())).Overdue; after > before+1 { // the weekly contact
		t.Errorf("%d overdue, %d before", after, before)
	}
}

// Who is excluded, and that a case is gone, is known without reading the case.
func TestStanding(t *testing.T) {
	excluded := func(staff string, on bool) string {
		return fmt.Sprintf(`{"by":"staff-01","excluded":%v,%s,"note":null,"reason":"safety","staff":"%s"}`, on, made, staff)
	}
	erased := func(scope string) string {
		return `{"basis":"retention","begun":3,"by":"staff-01","epoch":2,"recipients":[],"scope":"` + scope + `"}`
	}
	for _, c := range []struct {
		name  string
		build func(*eventstest.Chain)
		want  Standing
	}{
		{"nobody", func(c *eventstest.Chain) {}, Standing{}},
		{"two, one of them no longer", func(c *eventstest.Chain) {
			c.Add("staff.excluded", excluded("staff-09", true), excluded("staff-04", true), excluded("staff-04", true), excluded("staff-09", false))
		}, Standing{Excluded: []string{"staff-04"}}},
		{"a misfiled exclusion", func(c *eventstest.Chain) {
			c.Add("staff.excluded", excluded("staff-09", true)).Add("entry.misfiled", misfiledData(2))
		}, Standing{}},
		{"an entry erased", func(c *eventstest.Chain) { c.Add("case.erased", erased("entry")) }, Standing{}},
		{"all of it erased", func(c *eventstest.Chain) { c.Add("case.erased", erased("case")) }, Standing{Erased: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := eventstest.NewChain(c.name).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
			c.build(chain)
			l := newLedger(t, chain).recover()
			got := must[Standing](t)(l.r.Standing(context.Background(), chain.ID()))
			if got.Erased != c.want.Erased || !slices.Equal(got.Excluded, c.want.Excluded) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			sameAsRebuilt(t, l)
		})
	}
	l := newLedger(t, eventstest.NewChain("x").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))).recover()
	if _, err := l.r.Standing(context.Background(), events.Chain{1}); !errors.Is(err, events.ErrNotFound) {
		t.Error(err)
	}
}
