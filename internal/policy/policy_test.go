package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/schemas"
)

// TestFiguresAreTheSchemas holds codes, ranges and documents to the list that
// policy.set is checked against.
func TestFiguresAreTheSchemas(t *testing.T) {
	list := Figures()
	if len(list) != len(limits) {
		t.Errorf("%d figures in the schemas, %d ranges here", len(list), len(limits))
	}
	for _, f := range list {
		for _, v := range f.Default {
			if v < f.Min || v > f.Max {
				t.Errorf("%s: the default %d is not from %d to %d", f.Code, v, f.Min, f.Max)
			}
		}
		if len(f.Doc) < 40 || !strings.HasSuffix(f.Doc, ".") || f.Title == "" || f.Unit == "" {
			t.Errorf("%s is not documented", f.Code)
		}
		if f.Unit == "flag" && (f.Min != 0 || f.Max != 1) {
			t.Errorf("%s is a flag from %d to %d", f.Code, f.Min, f.Max)
		}
	}
	f, ok := Find(CapMost)
	if !ok {
		t.Fatal("no cap")
	}
	f.Default[0] = 99 // the caller's own
	if _, most := Default().Cap(); most != 20 {
		t.Errorf("a default was changed from outside: %d", most)
	}
}

// TestDefaults are the figures of common local practice.
func TestDefaults(t *testing.T) {
	s := Default()
	high, most := s.Cap()
	due, overdue := s.RiskReviewEvery()
	n, months := s.Escalation(Scope{})
	may, must := s.Retention()
	from, to := s.CasesAYear()
	got := []int{
		s.ContactEvery(), high, most, from, to, s.CaseReviewEvery(), s.VisibleHighRisk(Scope{}), n, months, due, overdue,
		s.FirstAttemptWithin(), s.FeedbackWithin(""), may, must, s.RetentionChildAge(), s.OverrideReviewWithin(), s.SuppressUnder(),
	}
	if want := []int{7, 18, 20, 60, 80, 28, 14, 3, 12, 42, 56, 2, 2, 6, 7, 25, 1, 5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s.HomeVisits() || s.LateAfter() != 24*time.Hour || s.Version != 0 {
		t.Errorf("visits %v, late after %s, version %d", s.HomeVisits(), s.LateAfter(), s.Version)
	}
	if v := s.Value(CapMost, Scope{}); !v.Default || v.Version != 0 || v.Unit != "count" {
		t.Errorf("%+v", v)
	}
}

func setting(code, unit string, values ...uint64) schemas.Setting {
	return schemas.Setting{Code: code, Unit: unit, Values: values}
}

func TestCheck(t *testing.T) {
	north := "North"
	dash := &schemas.Versioned{Code: "dash", Version: 1}
	local := func(s schemas.Setting, marac *string, in *schemas.Versioned) schemas.Setting {
		s.Marac, s.Instrument = marac, in
		return s
	}
	for _, c := range []struct {
		name string
		in   []schemas.Setting
		rule string // "" is accepted
	}{
		{"nothing", nil, ""},
		{"one", []schemas.Setting{setting(CapMost, "count", 22)}, ""},
		{"by Marac and instrument", []schemas.Setting{
			setting(VisibleHighRisk, "count", 14), local(setting(VisibleHighRisk, "count", 12), &north, nil), local(setting(VisibleHighRisk, "count", 10), &north, dash),
		}, ""},
		{"unknown", []schemas.Setting{setting("cap", "count", 20)}, "setting 1: no figure"},
		{"unit", []schemas.Setting{setting(LateAfter, "days", 1)}, "late-after: is in hours"},
		{"too few", []schemas.Setting{setting(Retention, "years", 7)}, "has 2 values"},
		{"below", []schemas.Setting{setting(SuppressUnder, "count", 1)}, "is from 2 to 50 count"},
		{"above", []schemas.Setting{setting(HomeVisits, "flag", 2)}, "is from 0 to 1 flag"},
		{"from above to", []schemas.Setting{setting(RiskReviewEvery, "weeks", 8, 6)}, "from is above to"},
		{"not local", []schemas.Setting{local(setting(CapMost, "count", 20), &north, nil)}, "the same for every Marac"},
		{"twice", []schemas.Setting{setting(CapMost, "count", 20), setting(CapMost, "count", 21)}, "setting 2, cap-most: is set twice"},
		{"twice for one", []schemas.Setting{local(setting(FeedbackWithin, "working-days", 2), &north, nil), local(setting(FeedbackWithin, "working-days", 3), &north, nil)}, "setting 2"},
		{"high above most", []schemas.Setting{setting(CapMost, "count", 10)}, "is above cap-most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check(c.in)
			var e *SettingError
			switch {
			case c.rule == "" && err != nil:
				t.Error(err)
			case c.rule != "" && (!errors.As(err, &e) || !strings.Contains(err.Error(), c.rule)):
				t.Errorf("%v, want %q", err, c.rule)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	north, dash := "North", schemas.Versioned{Code: "dash", Version: 1}
	young := schemas.Versioned{Code: "young", Version: 1}
	s := (&Set{Version: 3}).with([]schemas.Setting{
		{Code: VisibleHighRisk, Unit: "count", Values: []uint64{15}},
		{Code: VisibleHighRisk, Unit: "count", Values: []uint64{12}, Marac: &north},
		{Code: VisibleHighRisk, Unit: "count", Values: []uint64{9}, Instrument: &young},
		{Code: VisibleHighRisk, Unit: "count", Values: []uint64{8}, Marac: &north, Instrument: &young},
		{Code: EscalationEvents, Unit: "count", Values: []uint64{4}, Marac: &north},
		{Code: EscalationEvents, Unit: "count", Values: []uint64{5}, Instrument: &young},
	})
	for _, c := range []struct {
		scope Scope
		want  int
	}{
		{Scope{}, 15},
		{Scope{Marac: "South"}, 15},
		{Scope{Marac: "South", Instrument: dash}, 15},
		{Scope{Marac: north}, 12},
		{Scope{Marac: north, Instrument: dash}, 12},
		{Scope{Instrument: young}, 9},
		{Scope{Marac: "South", Instrument: young}, 9},
		{Scope{Marac: north, Instrument: young}, 8},
	} {
		if got := s.VisibleHighRisk(c.scope); got != c.want {
			t.Errorf("%+v: %d, want %d", c.scope, got, c.want)
		}
	}
	if n, months := s.Escalation(Scope{Marac: north}); n != 4 || months != 12 {
		t.Errorf("escalation %d in %d", n, months)
	}
	if n, _ := s.Escalation(Scope{Marac: north, Instrument: young}); n != 4 {
		t.Errorf("the Marac decides before the instrument: %d", n)
	}
	all := s.All()
	if len(all) != len(Figures())+5 {
		t.Fatalf("%d values", len(all))
	}
	if last := all[len(all)-1]; last.Code != EscalationEvents || last.Scope.Marac != north || last.Version != 3 {
		t.Errorf("last is %+v", last)
	}
}

func body(t *testing.T, p schemas.PolicySet) events.Body {
	t.Helper()
	data, err := schemas.EncodeData(p)
	if err != nil {
		t.Fatal(err)
	}
	return events.Body{Type: "policy.set", V: 1, Actor: "staff-05", Occurred: []byte(`{"from":null,"precision":"unknown","to":null}`), Data: data}
}

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestHistory: the policy of the day, as it was known on another.
func TestHistory(t *testing.T) {
	var h History
	most := func(at, known string) int {
		var by time.Time
		if known != "" {
			by = day(known)
		}
		_, most := h.Known(day(at), by).Cap()
		return most
	}
	if h.Next() != 1 || most("2026-10-26T09:00:00Z", "") != 20 {
		t.Error("a service that has set nothing has the defaults")
	}
	add := func(seq uint64, at string, p schemas.PolicySet) {
		t.Helper()
		p.By = "staff-05"
		if err := h.Add(Event{seq, day(at), body(t, p)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Add(Event{1, day("2026-01-01T00:00:00Z"), events.Body{Type: "staff.recorded", V: 1, Data: []byte("{}")}}); err != nil {
		t.Error(err)
	}
	add(2, "2026-01-05T10:00:00Z", schemas.PolicySet{Version: 1, From: "2026-01-05T10:00:00+00:00", Settings: []schemas.Setting{setting(CapMost, "count", 25)}})
	// announced in May for June, in summer time
	add(3, "2026-05-01T10:00:00Z", schemas.PolicySet{Version: 2, From: "2026-06-01T00:00:00+01:00", Settings: []schemas.Setting{setting(CapMost, "count", 22)}})
	for _, c := range []struct {
		at, known string
		want      int
	}{
		{"2026-01-05T09:59:59Z", "", 20},
		{"2026-01-05T10:00:00Z", "", 25},
		{"2026-05-31T22:59:59Z", "", 25},
		{"2026-05-31T23:00:00Z", "", 22},                     // midnight in London
		{"2026-10-26T09:00:00Z", "2026-04-30T00:00:00Z", 25}, // nobody knew yet
		{"2026-10-26T09:00:00Z", "2026-05-01T10:00:00Z", 22}, // known at its very time
		{"2026-10-26T09:00:00Z", "2025-12-31T00:00:00Z", 20},
	} {
		if got := most(c.at, c.known); got != c.want {
			t.Errorf("at %s, known by %q: %d, want %d", c.at, c.known, got, c.want)
		}
	}
	// One more, recorded in July and from the first of January on: it takes the
	// place of all, but not of what was known in June.
	add(4, "2026-07-01T10:00:00Z", schemas.PolicySet{Version: 3, From: "2026-01-01T00:00:00+00:00", Settings: []schemas.Setting{setting(ContactEvery, "days", 5)}})
	if got := most("2026-10-26T09:00:00Z", ""); got != 20 {
		t.Errorf("a set that does not name the cap leaves it at %d", got)
	}
	if got := most("2026-06-10T09:00:00Z", "2026-06-10T09:00:00Z"); got != 22 {
		t.Errorf("in June it was %d", got)
	}
	if s, ok := h.Version(1); !ok || s.Seq != 2 {
		t.Errorf("version 1 is at %d", s.Seq)
	}
	if s, ok := h.Version(0); !ok || s.Version != 0 {
		t.Error("version 0 is the defaults")
	}
	if _, ok := h.Version(9); ok {
		t.Error("there is no version 9")
	}
	if h.Next() != 4 || len(h.All()) != 3 {
		t.Errorf("next is %d of %d", h.Next(), len(h.All()))
	}
}

// TestIgnored: a recorded setting that cannot be used is said, and the default
// holds.
func TestIgnored(t *testing.T) {
	var h History
	p := schemas.PolicySet{Version: 1, From: "2026-01-05T10:00:00+00:00", By: "staff-05", Settings: []schemas.Setting{
		setting(ContactEvery, "days", 0), setting(CapMost, "count", 22), setting("gone", "days", 1),
	}}
	if err := h.Add(Event{1, day("2026-01-05T10:00:00Z"), body(t, p)}); err != nil {
		t.Fatal(err)
	}
	s := h.Set(day("2026-02-01T00:00:00Z"))
	if s.ContactEvery() != 7 {
		t.Errorf("contact every %d days", s.ContactEvery())
	}
	if _, most := s.Cap(); most != 22 {
		t.Errorf("cap %d", most)
	}
	if len(s.Ignored) != 2 || s.Ignored[0].Code != ContactEvery || s.Ignored[1].Index != 2 {
		t.Errorf("ignored %v", s.Ignored)
	}
}

func TestAddRefuses(t *testing.T) {
	var h History
	for name, b := range map[string]events.Body{
		"version": {Type: "policy.set", V: 99, Data: []byte("{}")},
		"shape":   {Type: "policy.set", V: 1, Data: []byte(`{"cap":1}`)},
		"time":    {Type: "policy.set", V: 1, Data: []byte(`{"from":"soon"}`)},
	} {
		if err := h.Add(Event{1, time.Time{}, b}); !errors.Is(err, events.ErrInvalid) && !errors.Is(err, events.ErrVersion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(h.All()) != 0 {
		t.Error("something was added")
	}
}
