package story

import (
	"slices"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

var (
	monday    = time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC)
	wednesday = time.Date(2026, 10, 28, 14, 0, 0, 0, time.UTC)
	friday    = time.Date(2026, 10, 30, 17, 0, 0, 0, time.UTC)
)

// fold is a case as it was known at a time.
func fold(t *testing.T, label string, known time.Time) *casefile.File {
	t.Helper()
	var list []casefile.Event
	for i, e := range Events() {
		if e.Case != label {
			continue
		}
		b, err := events.ParseBody(body(t, e))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, casefile.Event{Seq: e.Seq, Stream: uint64(i + 1), ID: e.ID, At: e.At, Body: b})
	}
	f, err := casefile.Fold(list, casefile.Cut{KnownBy: known})
	if err != nil {
		t.Fatal(err)
	}
	f.Chain = Chain(label)
	return f
}

// known are the cases that there were at a time, as they were known then.
func known(t *testing.T, at time.Time) []*casefile.File {
	t.Helper()
	var files []*casefile.File
	for _, b := range cases() {
		if f := fold(t, b.label, at); f.Stage != casefile.StageNone {
			files = append(files, f)
		}
	}
	return files
}

func TestDays(t *testing.T) {
	type day struct {
		now                                        time.Time
		adviser                                    string
		open                                       int
		urgent, appointments, week, covering, away []string
		overdue                                    []string // these among others
	}
	for _, want := range []day{
		{now: monday, adviser: "staff-07", open: 2, urgent: []string{"HQ helpline"}, appointments: []string{"BT support planned", "HQ support planned"}, week: []string{"BT marac"}, overdue: []string{"HQ plan-action"}},
		{now: monday, adviser: "staff-08", open: 2, appointments: []string{"WS support planned"}, overdue: []string{"RT plan-action", "RT risk-review", "RT contact"}},
		{now: monday, adviser: "staff-11", open: 2, appointments: []string{"FM support planned"}, overdue: []string{"FM marac-action", "FM plan-action"}},
		{now: monday, adviser: "staff-14", open: 1},
		{now: monday, adviser: "staff-21", open: 1},
		{now: wednesday, adviser: "staff-14", open: 1, covering: []string{"BT marac-day", "HQ marac-day"}},
		{now: wednesday, adviser: "staff-08", open: 2, covering: []string{"FM marac-day", "LC marac-day"}},
		{now: friday, adviser: "staff-07", open: 2, urgent: []string{"HQ release"}, week: []string{"BT marac-action"}, away: []string{"BT marac-day", "HQ marac-day"}},
		{now: friday, adviser: "staff-08", open: 2, urgent: []string{"RT release"}, overdue: []string{"WS meeting-action"}},
		{now: friday, adviser: "staff-11", open: 3, urgent: []string{"IL release"}, away: []string{"FM marac-day", "LC marac-day"}, overdue: []string{"FM marac-action"}},
		{now: friday, adviser: "staff-14", open: 1},
		{now: friday, adviser: "staff-21", open: 1, appointments: []string{"TT support took-place"}},
	} {
		d := views.DayOf(slices.Values(known(t, want.now)), policy.Default(), want.now, schemas.StaffRecordedV2{Staff: want.adviser, Role: "adviser", Active: true})
		check := func(what string, got, want []string) {
			t.Helper()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s of %s: %q, want %q", what, d.Whom.Staff, got, want)
			}
		}
		var urgent, appointments, week, covering, away, overdue []string
		for _, x := range d.Urgent {
			urgent = append(urgent, x.Initials+" "+x.Kind)
		}
		for _, x := range d.Appointments {
			appointments = append(appointments, x.Initials+" "+x.Purpose+" "+x.State)
			if len(x.Unsafe) > 0 {
				t.Errorf("appointment %d of %s is not safe: %v", x.Seq, x.Initials, x.Unsafe)
			}
		}
		for _, x := range d.Week {
			week = append(week, x.Initials+" "+x.Kind)
		}
		for _, x := range d.Covering {
			covering = append(covering, x.Initials+" "+x.Reason)
		}
		for _, x := range d.Away {
			away = append(away, x.Initials+" "+x.Reason)
		}
		for _, x := range d.Overdue {
			overdue = append(overdue, x.Initials+" "+x.Kind)
		}
		if !want.now.Equal(wednesday) {
			check("urgent", urgent, want.urgent)
			check("appointments", appointments, want.appointments)
			check("week", week, want.week)
			check("away", away, want.away)
		}
		check("covering", covering, want.covering)
		for _, o := range want.overdue {
			if !slices.Contains(overdue, o) {
				t.Errorf("overdue of %s lacks %s: %q", want.adviser, o, overdue)
			}
		}
		if d.Load.Open != want.open {
			t.Errorf("%s has %d open cases", want.adviser, d.Load.Open)
		}
	}
}

// TestWeekend: the handover of Friday ends on Monday at nine; the call that it
// was for waits for the adviser, and at the end of the week there are new ones.
func TestWeekend(t *testing.T) {
	queue := func(now time.Time) (given, calls []string) {
		q := views.HandoverQueue(slices.Values(known(t, now)), policy.Default(), now, views.Whom{})
		for _, g := range q.Given {
			given = append(given, g.Initials)
		}
		for _, c := range q.Calls {
			calls = append(calls, c.Initials)
		}
		slices.Sort(given)
		return given, calls
	}
	if given, calls := queue(monday.Add(-time.Hour)); !slices.Equal(given, []string{"BT", "HQ"}) || !slices.Equal(calls, []string{"HQ"}) {
		t.Errorf("before nine on Monday: %v, %v", given, calls)
	}
	if given, calls := queue(monday); len(given) > 0 || !slices.Equal(calls, []string{"HQ"}) {
		t.Errorf("on Monday: %v, %v", given, calls)
	}
	if given, calls := queue(friday); !slices.Equal(given, []string{"HQ", "IL"}) || len(calls) > 0 {
		t.Errorf("on Friday: %v, %v", given, calls)
	}
	board := views.ForBoard(slices.Values(known(t, friday)), nil, policy.Default(), friday, views.Whom{})
	if len(board.Overrides) != 1 || board.Overrides[0].Initials != "HQ" {
		t.Errorf("overrides to review: %v", board.Overrides)
	}
}

// repeat is what the rule says of the pairs of a case, the strongest.
func repeat(t *testing.T, label string, now time.Time) rules.Result {
	t.Helper()
	result := rules.NotMet
	for _, c := range rules.Explain(fold(t, label, now), policy.Default(), now).Criteria {
		if c.Code == rules.Repeat && c.Result != rules.NotMet {
			result = c.Result
		}
	}
	return result
}

func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		label string
		now   time.Time
		want  rules.Result
	}{
		{"silence", monday, rules.NotMet}, // nobody knew
		{"silence", monday.Add(8 * time.Hour), rules.Met},
		{"silence", friday, rules.Met},
		{"court", monday, rules.NotMet},
		{"court", friday, rules.Met},
		{"reopened", monday, rules.NotMet}, // fourteen months
		{"reopened", time.Date(2026, 10, 21, 12, 0, 0, 0, time.UTC), rules.NotMet},
		{"reopened", friday, rules.NotMet},
	} {
		if got := repeat(t, c.label, c.now); got != c.want {
			t.Errorf("%s at %v: %s", c.label, c.now, got)
		}
	}
}

func TestSixteen(t *testing.T) {
	f := fold(t, "sixteen", friday)
	if age, ok := f.Age(clock.DateOf(friday)); !ok || age != 16 {
		t.Errorf("%d years", age)
	}
	if s := f.Safeguarding[0].Data; s.Concern != "under-18" || s.Decision != "referred" {
		t.Errorf("%s: %s", s.Concern, s.Decision)
	}
}

func TestAreas(t *testing.T) {
	f := fold(t, "areas", friday)
	maracs := map[string]int{}
	for _, h := range f.Hearings {
		maracs[h.Data.Marac]++
	}
	if len(f.Hearings) != 4 || len(maracs) != 2 || len(f.Transfers) != 1 || f.Transfers[0].Data.Direction != "in" {
		t.Errorf("heard %v, %d transfers", maracs, len(f.Transfers))
	}
	found := map[string]int{}
	for _, x := range rules.Review(f, policy.Default(), friday).Findings {
		found[x.Code]++
	}
	for _, code := range []string{rules.RepeatedAction, rules.SilentAgency, rules.OtherArea, rules.AreasApart, rules.ContactGap} {
		if found[code] == 0 {
			t.Errorf("the review finds no %s", code)
		}
	}
}

func TestReopened(t *testing.T) {
	f := fold(t, "reopened", friday)
	if len(f.Closings) != 1 || len(f.Closings[0].Data.Outcomes) != 5 || len(f.Reopenings) != 1 || f.Stage != casefile.StageOpen {
		t.Errorf("%d closings, %d reopenings, %q", len(f.Closings), len(f.Reopenings), f.Stage)
	}
	if was := fold(t, "before", friday); was.Stage != casefile.StageClosed || !f.IsExcluded(was.Adviser()) {
		t.Errorf("the other case is %q", was.Stage)
	}
	// The manager sees that one man is in three cases.
	var links int
	for _, p := range views.PeopleOf(f, known(t, friday), "staff-02", friday).People {
		if p.Person == person(gannet) {
			links = len(p.Links)
		}
	}
	if links != 2 {
		t.Errorf("%d links", links)
	}
}

func TestChild(t *testing.T) {
	f := fold(t, "child", friday)
	if age, _ := f.Age(clock.DateOf(friday)); age != 5 || f.Adviser() != "staff-21" || len(f.Programmes) != 3 {
		t.Errorf("%d years, %s, %d sessions", age, f.Adviser(), len(f.Programmes))
	}
	children := fold(t, "reopened", friday).CurrentChildren()
	if len(children) != 1 || children[0].Data.OwnCase == nil || *children[0].Data.OwnCase != f.Chain.String() {
		t.Error("the mother's case does not name the child's")
	}
}

// TestRecordIsSound: what the fold has to say against the story is what the
// story means: early contacts before anything was agreed, and one call too
// early in the morning. One client disputes, one entry is misfiled.
func TestRecordIsSound(t *testing.T) {
	disputed, misfiled := 0, 0
	for _, b := range cases() {
		f := fold(t, b.label, friday)
		for _, x := range f.Flags {
			if x.Code != casefile.FlagUnsafe || len(f.SafeContacts) > 0 && x.Seq > f.SafeContacts[0].Seq && b.label != "court" {
				t.Errorf("%s %d: %s, %s", b.label, x.Seq, x.Code, x.Why)
			}
		}
		disputed += len(f.Disputes)
		misfiled += len(f.Misfiled)
	}
	if disputed != 1 || misfiled != 1 {
		t.Errorf("%d disputed, %d misfiled", disputed, misfiled)
	}
}
