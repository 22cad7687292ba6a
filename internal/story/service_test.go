package story

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// told is what the service recorded of itself.
func told(t *testing.T) (*policy.History, *policy.Roster) {
	t.Helper()
	var h policy.History
	var r policy.Roster
	for _, e := range service().events {
		b, err := events.ParseBody(body(t, e))
		if err != nil {
			t.Fatal(err)
		}
		for _, add := range []func(policy.Event) error{h.Add, r.Add} {
			if err := add(policy.Event{Seq: e.Seq, At: e.At, Body: b}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &h, &r
}

// TestPolicyOfItsDay: what was decided in November 2025 is explained by the
// thirteen of that day, and not by today's fourteen.
func TestPolicyOfItsDay(t *testing.T) {
	h, _ := told(t)
	then := time.Date(2025, 11, 29, 9, 0, 0, 0, time.UTC)
	f := fold(t, "silence", then)
	visible := func(p *policy.Set) (c rules.Criterion) {
		e := rules.Explain(f, p, then)
		i := slices.IndexFunc(e.Criteria, func(c rules.Criterion) bool { return c.Code == rules.VisibleHighRisk })
		if i < 0 || e.Policy.Version != p.Version || e.Assessment.Yes != 13 {
			t.Fatalf("%+v", e)
		}
		return e.Criteria[i]
	}
	if p := h.Known(then, then); p.Version != 1 || visible(p).Result != rules.Met || !visible(p).Ticked {
		t.Errorf("by the policy of its day, version %d: %s", p.Version, visible(p).Result)
	}
	if p := h.Set(friday); p.Version != 2 || visible(p).Result == rules.Met {
		t.Errorf("by version %d: %s", p.Version, visible(p).Result)
	}
	// Announced on 26 January for February: known, and not yet in force.
	for _, c := range []struct {
		at, known string
		want      uint64
	}{
		{"2024-01-08T09:00:00Z", "2024-01-08T09:00:00Z", 0}, {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59Z", 1},
		{"2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", 2}, {"2026-02-01T00:00:00Z", "2026-01-26T00:00:00Z", 1},
	} {
		at, _ := time.Parse(time.RFC3339, c.at)
		known, _ := time.Parse(time.RFC3339, c.known)
		if got := h.Known(at, known).Version; got != c.want {
			t.Errorf("at %s as known on %s: version %d, want %d", c.at, c.known, got, c.want)
		}
	}
}

// TestLoads: everybody's caseload against the cap, on Monday and on Friday.
func TestLoads(t *testing.T) {
	h, r := told(t)
	for _, tt := range []struct {
		now  time.Time
		want string
	}{
		{monday, "staff-07 2 of 18, staff-08 2 of 18, staff-11 2 of 18, staff-14 1 of 12 own, staff-21 1 of 18"},
		{friday, "staff-07 2 of 18, staff-08 2 of 18, staff-11 3 of 18, staff-14 1 of 12 own, staff-21 1 of 18"},
	} {
		var got []string
		for _, l := range views.Caseload(slices.Values(known(t, tt.now)), h.Set(tt.now), tt.now, r.All(tt.now)) {
			own := ""
			if l.Own {
				own = " own"
			}
			got = append(got, fmt.Sprintf("%s %d of %d%s", l.Adviser, l.Open, l.Most, own))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("at %v: %s", tt.now, s)
		}
	}
}

// TestPages: the page of every case on Monday and on Friday.
func TestPages(t *testing.T) {
	h, _ := told(t)
	for _, want := range pages {
		for _, at := range []struct {
			now  time.Time
			want string
		}{{monday, want.monday}, {friday, want.friday}} {
			got := "not there"
			if f := fold(t, want.label, at.now); f.Head() > 0 {
				p := views.CaseOf(f, h.Set(at.now), at.now, nil)
				next, last := "nothing", "no contact"
				if p.Next != nil {
					next = fmt.Sprintf("%s by %s", p.Next.Kind, p.Next.Due.Date())
				}
				if p.LastContact != nil {
					last = "contact " + p.LastContact.On.Date().String()
				}
				if p.LastAttempt != nil {
					last += ", tried " + p.LastAttempt.On.Date().String()
				}
				marks := ""
				for _, m := range []struct {
					is   bool
					mark string
				}{{p.Strip.Repeat, " REPEAT"}, {p.Strip.HonourBased, " honour-based"}, {p.Strip.Interpreter, " interpreter"}, {p.Strip.Under18, " under 18"}} {
					if m.is {
						marks += m.mark
					}
				}
				got = fmt.Sprintf("%s %s%s; %s; %d overdue, %d alerts; next %s; %s; %d entries, %d people, %d children, %d orders", p.Strip.Stage, p.Strip.Risk, marks,
					p.Strip.Safe, p.Strip.Overdue, len(p.Strip.Alerts), next, last, len(p.Timeline), len(p.People), len(p.Children), len(p.Orders))
			}
			if got != at.want {
				t.Errorf("%s at %v:\n%s\nwant\n%s", want.label, at.now, got, at.want)
			}
		}
	}
	if len(pages) != len(cases()) {
		t.Errorf("%d pages of %d cases", len(pages), len(cases()))
	}
}

var pages = []struct{ label, monday, friday string }{
	{"court",
		"open high; SAFE: phone (not every number), text, code word set; 2 overdue, 1 alerts; next plan-action by 2026-09-10; contact 2026-10-22; 41 entries, 1 people, 1 children, 0 orders",
		"open high REPEAT; SAFE: phone (not every number), text, code word set; 1 overdue, 1 alerts; next accommodation by 2026-10-30; contact 2026-10-30; 63 entries, 1 people, 1 children, 0 orders"},
	{"released",
		"not there",
		"open high; SAFE: phone, text, code word set, until 2026-11-12; 0 overdue, 0 alerts; next plan-action by 2026-10-31; contact 2026-10-30; 26 entries, 1 people, 0 children, 0 orders"},
	{"silence",
		"open high; SAFE: phone only; 8 overdue, 0 alerts; next plan-action by 2025-12-12; contact 2026-07-07, tried 2026-10-23; 17 entries, 1 people, 0 children, 0 orders",
		"open high REPEAT; SAFE: phone only, code word set, until 2026-11-27; 1 overdue, 0 alerts; next next-contact by 2026-11-03; contact 2026-10-30; 34 entries, 1 people, 0 children, 0 orders"},
	{"interpreter",
		"open high honour-based interpreter; SAFE: phone (not every number) only, code word set; 0 overdue, 0 alerts; next next-contact by 2026-10-26; contact 2026-10-23; 8 entries, 1 people, 0 children, 0 orders",
		"open high honour-based interpreter; SAFE: phone (not every number), text, code word set, until 2026-11-30; 0 overdue, 0 alerts; next next-contact by 2026-11-02; contact 2026-10-30; 29 entries, 1 people, 0 children, 1 orders"},
	{"work",
		"open medium; SAFE: email (not every address) only; 3 overdue, 0 alerts; next plan-action by 2026-10-16; contact 2026-10-20, tried 2026-10-23; 16 entries, 1 people, 0 children, 1 orders",
		"open medium; SAFE: email (not every address) only; 2 overdue, 0 alerts; next plan-action by 2026-10-16; contact 2026-10-30; 25 entries, 1 people, 0 children, 1 orders"},
	{"sixteen",
		"open high under 18; SAFE: phone, text, code word set; 0 overdue, 0 alerts; next next-contact by 2026-10-26; contact 2026-10-19; 22 entries, 1 people, 0 children, 0 orders",
		"open high under 18; SAFE: phone, text, code word set; 1 overdue, 0 alerts; next meeting-action by 2026-10-26; contact 2026-10-30; 35 entries, 1 people, 0 children, 0 orders"},
	{"areas",
		"open high; SAFE: phone, text, code word set; 6 overdue, 0 alerts; next marac-action by 2025-07-23; contact 2026-10-14, tried 2026-10-21; 30 entries, 2 people, 0 children, 0 orders",
		"open high; SAFE: phone, text, code word set; 3 overdue, 0 alerts; next marac-action by 2025-07-23; contact 2026-10-28; 36 entries, 2 people, 0 children, 0 orders"},
	{"before",
		"closed standard; SAFE: phone, post; 0 overdue, 0 alerts; next nothing; contact 2024-02-20; 10 entries, 1 people, 0 children, 0 orders",
		"closed standard; SAFE: phone, post; 0 overdue, 0 alerts; next nothing; contact 2024-02-20; 10 entries, 1 people, 0 children, 0 orders"},
	{"reopened",
		"open high; SAFE: phone, text, code word set; 2 overdue, 1 alerts; next plan-action by 2026-10-22; contact 2026-10-21; 28 entries, 1 people, 1 children, 0 orders",
		"open high; SAFE: phone, text, code word set; 1 overdue, 0 alerts; next plan-action by 2026-10-22; contact 2026-10-29; 36 entries, 1 people, 1 children, 0 orders"},
	{"child",
		"open  under 18; SAFE: no channel; 1 overdue, 0 alerts; next risk-review by 2026-10-22; contact 2026-10-22; 13 entries, 2 people, 0 children, 0 orders",
		"open  under 18; SAFE: no channel; 1 overdue, 0 alerts; next risk-review by 2026-10-22; contact 2026-10-30; 18 entries, 2 people, 0 children, 0 orders"},
}
