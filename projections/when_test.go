package projections

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhenForms(t *testing.T) {
	for _, s := range []string{
		"2026-10-27", "2024-02-29", "0001-01-01", "9999-12-31",
		"2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00", "2026-03-29T00:59:59+00:00",
		"0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:30",
	} {
		w, ok := parseWhen(s)
		if !ok || w.String() != s {
			t.Errorf("%q reads as %q, %v", s, w, ok)
		}
		want, err := time.Parse(time.RFC3339, s)
		if err == nil && w.Start(time.UTC) != want.UTC() {
			t.Errorf("%q is %v, want %v", s, w.Start(time.UTC), want)
		}
	}
	for _, s := range []string{
		"", "2026", "2026-1-27", "2026-02-29", "2026-13-01", "2026-00-01", "2026-10-00", "0000-01-01",
		"2026-10-27T14:05:00Z", "2026-10-27T14:05:00", "2026-10-27 14:05:00+00:00", "2026-10-27T24:00:00+00:00",
		"2026-10-27T14:60:00+00:00", "2026-10-27T14:05:60+00:00", "2026-10-27T14:05:00.5+00:00",
		"2026-10-27T14:05:00-00:00", "2026-10-27T14:05:00+24:00", "2026-10-27T14:05:00+00:60", "2026-10-27-",
	} {
		if w, ok := parseWhen(s); ok {
			t.Errorf("%q was read as %q", s, w)
		}
	}
}

// The repeated hour of 25 October 2026 is two different hours.
func TestWhenRepeatedHour(t *testing.T) {
	first, _ := parseWhen("2026-10-25T01:30:00+01:00")
	second, _ := parseWhen("2026-10-25T01:30:00+00:00")
	loc := DefaultPolicy().Location
	if d := second.Start(loc).Sub(first.Start(loc)); d != time.Hour {
		t.Errorf("the second 01:30 is %v after the first", d)
	}
	if !first.before(second) || second.before(first) {
		t.Error("they are not in order")
	}
	if got := timeAt(first.Start(loc), loc); got != first {
		t.Errorf("%v became %v in London", first, got)
	}
	if got := timeAt(second.Start(loc), loc); got != second {
		t.Errorf("%v became %v in London", second, got)
	}
}

// The day on which the clocks go forward has 23 hours, the other 25.
func TestWhenDayLengths(t *testing.T) {
	loc := DefaultPolicy().Location
	for s, hours := range map[string]int{"2026-03-29": 23, "2026-10-25": 25, "2026-06-01": 24} {
		w, _ := parseWhen(s)
		if d := w.End(loc).Sub(w.Start(loc)); d != time.Duration(hours)*time.Hour {
			t.Errorf("%s has %v", s, d)
		}
	}
}

func TestDaysAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(minDay, maxDay).Draw(t, "day")
		y, m, d := time.Unix(n*86400, 0).UTC().Date()
		if got := days(y, int(m), d); got != n {
			t.Fatalf("%d-%d-%d is day %d, want %d", y, m, d, got, n)
		}
	})
}

func TestWhenJSON(t *testing.T) {
	for _, s := range []string{`null`, `"2026-10-27"`, `"2026-10-27T14:05:00+00:00"`} {
		var w When
		if err := json.Unmarshal([]byte(s), &w); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(w)
		if err != nil || string(b) != s {
			t.Errorf("%s became %s, %v", s, b, err)
		}
	}
	for _, s := range []string{`"27 October"`, `5`, `"`} {
		var w When
		if w.UnmarshalJSON([]byte(s)) == nil {
			t.Errorf("%s was read as %v", s, w)
		}
	}
}

// Source of the dates: gov.uk/bank-holidays, England and Wales, without the
// ones of a single proclamation.
func TestBankHolidays(t *testing.T) {
	want := map[int][]string{
		2021: {"01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"},
		2022: {"01-03", "04-15", "04-18", "05-02", "05-30", "08-29", "12-26", "12-27"},
		2023: {"01-02", "04-07", "04-10", "05-01", "05-29", "08-28", "12-25", "12-26"},
		2024: {"01-01", "03-29", "04-01", "05-06", "05-27", "08-26", "12-25", "12-26"},
		2025: {"01-01", "04-18", "04-21", "05-05", "05-26", "08-25", "12-25", "12-26"},
		2026: {"01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"},
		2027: {"01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"},
		2028: {"01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"},
	}
	for year, dates := range want {
		var got []string
		for d := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == year; d = d.AddDate(0, 0, 1) {
			if BankHoliday(d.Date()) {
				got = append(got, d.Format("01-02"))
			}
		}
		if len(got) != len(dates) {
			t.Errorf("%d: %v, want %v", year, got, dates)
			continue
		}
		for i := range got {
			if got[i] != dates[i] {
				t.Errorf("%d: %v, want %v", year, got, dates)
				break
			}
		}
	}
}

func TestAfterWorkingDays(t *testing.T) {
	p := DefaultPolicy()
	p.Holidays = map[string]bool{"2026-07-01": true, "2026-08-31": false}
	for _, c := range []struct {
		name, from string
		n          int
		want       string
	}{
		{"Monday", "2026-10-26T09:00:00+00:00", 2, "2026-10-28"},
		{"Thursday, over the weekend", "2026-10-29T09:00:00+00:00", 2, "2026-11-02"},
		{"Friday evening", "2026-10-30T23:59:00+00:00", 2, "2026-11-03"},
		{"Saturday", "2026-10-31", 2, "2026-11-03"},
		{"Sunday", "2026-11-01", 1, "2026-11-02"},
		{"Maundy Thursday, over Easter", "2026-04-02T09:00:00+01:00", 2, "2026-04-08"},
		{"Christmas Eve, substitute on Monday", "2026-12-24T09:00:00+00:00", 2, "2026-12-30"},
		{"New Year's Eve", "2026-12-31T09:00:00+00:00", 2, "2027-01-05"},
		{"the service's own day off", "2026-06-30", 1, "2026-07-02"},
		{"a bank holiday on which the service works", "2026-08-28", 1, "2026-08-31"},
		{"after midnight in London, before it in UTC", "2026-07-05T00:30:00+01:00", 1, "2026-07-06"},
		{"no days", "2026-10-31", 0, "2026-10-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, ok := parseWhen(c.from)
			if !ok {
				t.Fatal("bad date")
			}
			if got := p.AfterWorkingDays(w, c.n).String(); got != c.want {
				t.Errorf("%d working days after %s: %s, want %s", c.n, c.from, got, c.want)
			}
		})
	}
	if got := p.AfterWorkingDays(When{}, 2); !got.IsZero() {
		t.Errorf("after no day: %v", got)
	}
	never := Policy{Location: p.Location, Holidays: map[string]bool{}}
	for d := range 3000 {
		never.Holidays[time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)] = true
	}
	w, _ := parseWhen("2026-01-01")
	never.AfterWorkingDays(w, 2) // must end
}
