package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

var statsNow = time.Date(2026, time.October, 30, 17, 0, 0, 0, time.UTC)

// made is a case that was referred; day is in October 2026.
func made(n byte, source string, day int, more ...func(*casefile.File)) *casefile.File {
	f := &casefile.File{Chain: events.Chain{n}, Stage: casefile.StageOpen}
	referral(source, day, "")(f)
	for _, do := range more {
		do(f)
	}
	return f
}

func on(day int, clockTime string) string {
	return fmt.Sprintf("2026-10-%02dT%s:00+01:00", day, clockTime)
}

func metaOn(day int) casefile.Meta {
	w, _ := clock.ParseWhen(on(day, "12:00"))
	return casefile.Meta{Seq: uint64(day), At: w.Start(), Occurred: casefile.Span{From: w, Precision: "exact"}}
}

func referral(source string, day int, repeat string, flags ...string) func(*casefile.File) {
	return func(f *casefile.File) {
		r := schemas.ReferralReceivedV2{Source: source, Received: on(day, "09:00"), Flags: flags}
		if repeat != "" {
			r.Marac = &schemas.ReferralMarac{Repeat: repeat}
		}
		f.Referrals = append(f.Referrals, casefile.Item[schemas.ReferralReceivedV2]{Meta: metaOn(day), Data: r})
	}
}

func tried(day int) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Attempts = append(f.Attempts, casefile.Item[schemas.ContactAttempted]{Meta: metaOn(day)})
	}
}

func reviewed(day int, occasion, level, need string, criteria ...string) func(*casefile.File) {
	return func(f *casefile.File) {
		r := schemas.RiskReviewedV2{Occasion: &occasion, Judgement: schemas.Judgement{Level: level}, Criteria: criteria}
		if need != "" {
			r.Areas = []schemas.NeedForHelp{{Area: "safety", Need: need}}
		}
		f.RiskReviews = append(f.RiskReviews, casefile.Item[schemas.RiskReviewedV2]{Meta: metaOn(day), Data: r})
	}
}

func born(date string) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Clients = append(f.Clients, casefile.Item[schemas.ClientRecorded]{Data: schemas.ClientRecorded{Born: &date}})
	}
}

func agrees(yes bool) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Agreements = append(f.Agreements, casefile.Item[schemas.AgreementRecorded]{Meta: metaOn(1),
			Data: schemas.AgreementRecorded{Answers: []schemas.Agreement{{Purpose: "statistics", Agreed: yes}}}})
	}
}

func maracAction(due int, status string, ended int) func(*casefile.File) {
	return func(f *casefile.File) {
		a := casefile.MeetingAction{Kind: "marac", Status: status, DueNow: clock.OnDate(clock.On(2026, 10, due))}
		if ended > 0 {
			a.Ended = clock.OnDate(clock.On(2026, 10, ended))
		}
		f.MeetingActions = append(f.MeetingActions, a)
	}
}

func october(files []*casefile.File, staff ...schemas.StaffRecordedV2) Stats {
	return CountStats(slices.Values(files), staff, policy.Default(), clock.On(2026, 10, 1), clock.On(2026, 10, 31), statsNow)
}

// counts writes a table as "total: code=n …", with * where nothing is shown.
func counts(t *testing.T, s *Stats, code string) string {
	t.Helper()
	say := func(n *int) string {
		if n == nil {
			return "*"
		}
		return fmt.Sprint(*n)
	}
	var rows func(list []Row) string
	rows = func(list []Row) string {
		var b strings.Builder
		for _, r := range list {
			if r.Count != nil && *r.Count == 0 {
				continue
			}
			fmt.Fprintf(&b, " %s=%s", r.Code, say(r.Count))
			if inner := rows(r.Rows); inner != "" {
				b.WriteString("(" + inner[1:] + ")")
			}
		}
		return b.String()
	}
	for _, table := range s.Tables {
		if table.Code == code {
			return say(table.Total) + ":" + rows(table.Rows)
		}
	}
	t.Fatalf("no table %s", code)
	return ""
}

// TestStatsCounts: what is counted where, each count made large enough to be
// shown by having it six times.
func TestStatsCounts(t *testing.T) {
	six := func(make func(n byte) *casefile.File) []*casefile.File {
		var list []*casefile.File
		for n := range byte(6) {
			list = append(list, make(n+1))
		}
		return list
	}
	for _, c := range []struct {
		name, table, want string
		do                []func(*casefile.File)
	}{
		{"source", "source", "6: police=6", nil},
		{"high by judgement", "risk", "6: high=6", []func(*casefile.File){reviewed(13, "intake", "high", "")}},
		{"high by a criterion", "risk", "6: high=6", []func(*casefile.File){reviewed(13, "intake", "medium", "", "repeat")}},
		{"as first judged", "risk", "6: standard=6", []func(*casefile.File){reviewed(14, "routine", "high", ""), reviewed(13, "intake", "standard", "")}},
		{"a review before the referral", "risk", "6: not-reviewed=6", []func(*casefile.File){reviewed(9, "routine", "high", "")}},
		{"tried on the day", "first-attempt", "6: in-time=6(0=6)", []func(*casefile.File){tried(12)}},
		{"tried before the referral", "first-attempt", "6: not-tried=6(overdue=6)", []func(*casefile.File){tried(9)}},
		{"tried on the second working day", "first-attempt", "6: in-time=6(2=6)", []func(*casefile.File){tried(14), tried(16)}},
		{"tried on the third", "first-attempt", "6: late=6(3-5=6)", []func(*casefile.File){tried(15)}},
		{"tried after a week", "first-attempt", "6: late=6(6-on=6)", []func(*casefile.File){tried(20)}},
		{"a Marac's repeat", "repeat", "12: yes=12", []func(*casefile.File){func(f *casefile.File) { f.Referrals = nil }, referral("marac", 12, "yes"), referral("self", 14, "")}},
		{"referred again", "repeat", "12: yes=6 no=6", []func(*casefile.File){referral("self", 20, "")}},
		{"a Marac does not know", "repeat", "6: not-known=6", []func(*casefile.File){func(f *casefile.File) { f.Referrals = nil }, referral("marac", 12, "not-known")}},
		{"60 on the day", "age", "6: 60-and-over=6", []func(*casefile.File){born("1966-10-12")}},
		{"60 the day after", "age", "6: 45-59=6", []func(*casefile.File){born("1966-10-13")}},
		{"age not known", "age", "6: not-known=6", nil},
		{"safety at intake", "needs-intake", "6: money=6(not-looked-at=6) life=6(not-looked-at=6) time=6(not-looked-at=6) safety=6(urgent=6) health=6(not-looked-at=6)",
			[]func(*casefile.File){reviewed(13, "intake", "high", "urgent")}},
		{"no exit", "needs-exit", "0:", []func(*casefile.File){reviewed(13, "intake", "high", "urgent")}},
		{"done on the day", "marac-actions", "6: in-time=6", []func(*casefile.File){maracAction(20, "done", 20)}},
		{"done the day after", "marac-actions", "6: late=6", []func(*casefile.File){maracAction(20, "done", 21)}},
		{"open and overdue", "marac-actions", "6: overdue=6", []func(*casefile.File){maracAction(29, "open", 0)}},
		{"open, due today", "marac-actions", "6: open=6", []func(*casefile.File){maracAction(30, "open", 0)}},
		{"due later", "marac-actions", "0:", []func(*casefile.File){maracAction(31, "open", 0)}},
		{"does not agree", "source", "0:", []func(*casefile.File){agrees(false)}},
		{"left out", "left-out", "6:", []func(*casefile.File){agrees(false)}},
		{"agrees", "left-out", "0:", []func(*casefile.File){agrees(true)}},
		{"caseload of those who do not agree", "caseload", "6: not-allocated=6", []func(*casefile.File){agrees(false)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := october(six(func(n byte) *casefile.File { return made(n, "police", 12, c.do...) }))
			if got := counts(t, &s, c.table); got != c.want {
				t.Errorf("%s: got  %s\nwant %s", c.table, got, c.want)
			}
		})
	}
}

// TestThreeIsSuppressed: of twenty-three referrals three came from the police.
// Neither they nor what would tell of them is shown, in any table.
func TestThreeIsSuppressed(t *testing.T) {
	var files []*casefile.File
	for n := range byte(23) {
		source := "agency"
		switch {
		case n < 3:
			source = "police"
		case n < 11:
			source = "self"
		}
		files = append(files, made(n+1, source, 12, tried(12+int(n%3))))
	}
	s := october(files)
	if got, want := counts(t, &s, "source"), "23: police=* self=* agency=12"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, table := range s.Tables {
		for _, r := range table.Rows {
			if r.Count == nil && r.Share != nil {
				t.Errorf("%s, %s: a share of a count that is not shown", table.Code, r.Code)
			}
		}
	}
	for _, table := range s.Tables {
		if table.Code == "first-attempt" && (table.Median == nil || *table.Median != 1) {
			t.Error("no median of counts that are all shown")
		}
	}
}

// TestStatsNameNobody: no number of a case, no initials, no date of birth.
func TestStatsNameNobody(t *testing.T) {
	f := made(0xab, "police", 12, born("1990-01-02"))
	f.Clients[0].Data.Initials, f.Clients[0].Data.Name = "QXZ", "Quillon"
	s := october([]*casefile.File{f})
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"abab", f.Chain.String(), "QXZ", "Quillon", "1990"} {
		if strings.Contains(string(b), word) {
			t.Errorf("the figures contain %q", word)
		}
	}
	if got := counts(t, &s, "source"); got != "*: police=*" {
		t.Errorf("a single referral shows: %s", got)
	}
}

// TestStaffing: advisers over the cap are told of only where the counts of
// clients are.
func TestStaffing(t *testing.T) {
	one := 1
	staff := []schemas.StaffRecordedV2{{Staff: "staff-07", Role: "adviser", Active: true, Cap: &one}, {Staff: "staff-01", Role: "manager", Active: true}, {Staff: "staff-05", Role: "adviser"}}
	given := func(f *casefile.File) {
		f.Allocations = append(f.Allocations, casefile.Item[schemas.CaseAllocated]{Data: schemas.CaseAllocated{Adviser: "staff-07"}})
	}
	var files []*casefile.File
	for n := range byte(5) {
		files = append(files, made(n+1, "self", 12, given))
	}
	s := october(files, staff...)
	if s.Staff.Advisers != 1 || s.Staff.Places != 1 || s.Staff.Over == nil || *s.Staff.Over != 1 {
		t.Errorf("staff %+v", s.Staff)
	}
	if s = october(files[:3], staff...); s.Staff.Over != nil || s.Staff.Full != nil {
		t.Error("three open cases, and how many advisers are over their cap is told")
	}
}

// TestStatsShowNoSmallCount: whatever the cases, no shown count is below the
// figure, and no share is of one that is not shown.
func TestStatsShowNoSmallCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var files []*casefile.File
		for n := range rapid.IntRange(0, 40).Draw(t, "cases") {
			f := made(byte(n+1), rapid.SampledFrom([]string{"marac", "police", "self", "agency", "helpline"}).Draw(t, "source"), 12)
			if rapid.Bool().Draw(t, "tried") {
				tried(rapid.IntRange(12, 29).Draw(t, "day"))(f)
			}
			if rapid.Bool().Draw(t, "reviewed") {
				reviewed(13, "intake", rapid.SampledFrom([]string{"standard", "medium", "high"}).Draw(t, "level"), "some")(f)
			}
			files = append(files, f)
		}
		s := october(files)
		var look func(total *int, rows []Row)
		look = func(total *int, rows []Row) {
			for _, r := range rows {
				if r.Count != nil && *r.Count > 0 && *r.Count < 5 {
					t.Fatalf("%s: %d is shown", r.Code, *r.Count)
				}
				if r.Share != nil && (r.Count == nil || total == nil) {
					t.Fatalf("%s: a share of what is not shown", r.Code)
				}
				look(r.Count, r.Rows)
			}
		}
		for _, table := range s.Tables {
			look(table.Total, table.Rows)
		}
		// The whole report, with the ranges that TestIntervalIsExact holds.
		for _, root := range s.groups {
			n := &network{nodes: 1}
			n.span(root, 0, 0)
			for i := range n.edges {
				if below, above := n.interval(i, 5); n.edges[i].hidden && below+above < 5 {
					t.Fatalf("%s: from %d below to %d above what it is", n.edges[i].code, below, above)
				}
			}
		}
	})
}
