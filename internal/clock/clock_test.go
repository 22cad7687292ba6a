package clock

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func date(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLondon(t *testing.T) {
	for _, c := range []struct{ utc, want string }{
		{"2026-03-29T00:59:59Z", "2026-03-29 00:59:59 GMT"}, // last second of winter
		{"2026-03-29T01:00:00Z", "2026-03-29 02:00:00 BST"}, // first of summer
		{"2026-10-25T00:30:00Z", "2026-10-25 01:30:00 BST"}, // first 01:30
		{"2026-10-25T00:59:59Z", "2026-10-25 01:59:59 BST"},
		{"2026-10-25T01:00:00Z", "2026-10-25 01:00:00 GMT"},
		{"2026-10-25T01:30:00Z", "2026-10-25 01:30:00 GMT"}, // second 01:30
		{"2027-03-28T01:00:00Z", "2027-03-28 02:00:00 BST"},
		{"2027-10-31T01:00:00Z", "2027-10-31 01:00:00 GMT"}, // the 31st is the last Sunday
		{"2026-12-31T23:59:59Z", "2026-12-31 23:59:59 GMT"},
		{"2026-06-30T23:30:00Z", "2026-07-01 00:30:00 BST"}, // another day, another month
	} {
		if got := London(at(t, c.utc)).Format("2006-01-02 15:04:05 MST"); got != c.want {
			t.Errorf("%s: %s, want %s", c.utc, got, c.want)
		}
	}
}

// TestLondonIsTheZone holds the rule to the time zone data, when the machine
// that tests has them.
func TestLondonIsTheZone(t *testing.T) {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zone data here")
	}
	rapid.Check(t, func(t *rapid.T) {
		sec := rapid.Int64Range(820454400, 2556144000).Draw(t, "sec") // 1996 to 2050
		if rapid.Bool().Draw(t, "near a turn") {
			m := rapid.SampledFrom([]time.Month{time.March, time.October}).Draw(t, "month")
			sec = turn(rapid.IntRange(1996, 2050).Draw(t, "year"), m).Unix() + rapid.Int64Range(-7200, 7200).Draw(t, "around")
		}
		now := time.Unix(sec, 0)
		if got, want := London(now).Format(time.RFC3339+" MST"), now.In(loc).Format(time.RFC3339+" MST"); got != want {
			t.Fatalf("%s, the zone says %s", got, want)
		}
		d := DateOf(now)
		if d.Start().After(now) || !now.Before(d.End()) {
			t.Fatalf("%s is not within its day %s", now.UTC(), d)
		}
	})
}

func TestInstants(t *testing.T) {
	for _, c := range []struct {
		date         string
		hour, minute int
		want         string
	}{
		{"2026-10-25", 0, 59, "2026-10-25T00:59:00+01:00"},
		{"2026-10-25", 1, 0, "2026-10-25T01:00:00+01:00 2026-10-25T01:00:00+00:00"},
		{"2026-10-25", 1, 30, "2026-10-25T01:30:00+01:00 2026-10-25T01:30:00+00:00"},
		{"2026-10-25", 2, 0, "2026-10-25T02:00:00+00:00"},
		{"2026-03-29", 0, 59, "2026-03-29T00:59:00+00:00"},
		{"2026-03-29", 1, 30, ""},
		{"2026-03-29", 2, 0, "2026-03-29T02:00:00+01:00"},
		{"2026-07-01", 1, 30, "2026-07-01T01:30:00+01:00"},
	} {
		var got []string
		for _, i := range Instants(date(t, c.date), c.hour, c.minute, 0) {
			got = append(got, Format(i))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %02d:%02d: %q, want %q", c.date, c.hour, c.minute, s, c.want)
		}
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct{ utc, want string }{
		{"2026-10-25T00:30:00Z", "25 October 2026, 01:30 BST, the first 01:30 that night"},
		{"2026-10-25T01:30:00Z", "25 October 2026, 01:30 GMT, the second 01:30 that night"},
		{"2026-10-25T00:00:00Z", "25 October 2026, 01:00 BST, the first 01:00 that night"},
		{"2026-10-24T23:59:59Z", "25 October 2026, 00:59 BST"},
		{"2026-10-25T01:59:59Z", "25 October 2026, 01:59 GMT, the second 01:59 that night"},
		{"2026-10-25T02:00:00Z", "25 October 2026, 02:00 GMT"},
		{"2026-10-24T23:59:00Z", "25 October 2026, 00:59 BST"},
	} {
		if got := Say(at(t, c.utc)); got != c.want {
			t.Errorf("%s: %q, want %q", c.utc, got, c.want)
		}
	}
}

func TestDayLengths(t *testing.T) {
	for day, hours := range map[string]float64{"2026-03-28": 24, "2026-03-29": 23, "2026-10-24": 24, "2026-10-25": 25, "2026-10-26": 24} {
		d := date(t, day)
		if got := d.End().Sub(d.Start()).Hours(); got != hours {
			t.Errorf("%s has %v hours, want %v", day, got, hours)
		}
	}
	if got := Format(date(t, "2026-10-26").At(9, 0)); got != "2026-10-26T09:00:00+00:00" {
		t.Errorf("Monday 9:00 is %s", got)
	}
	if got := Format(date(t, "2026-10-25").At(1, 30)); got != "2026-10-25T01:30:00+01:00" {
		t.Errorf("the repeated hour is taken as %s", got)
	}
	if got := Format(date(t, "2026-03-29").At(1, 30)); got != "2026-03-29T02:30:00+01:00" {
		t.Errorf("the hour left out is taken as %s", got)
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2025-10-26", 12, "2026-10-26"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2023-02-28", 12, "2024-02-28"}, // not the 29th
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-12-15", 1, "2027-01-15"},
		{"2026-01-15", -1, "2025-12-15"},
		{"2026-10-31", 13, "2027-11-30"},
		{"2026-10-31", 0, "2026-10-31"},
	} {
		if got := date(t, c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s and %d months: %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		born, on string
		want     int
	}{
		{"2008-10-27", "2026-10-26", 17}, // the day before
		{"2008-10-27", "2026-10-27", 18}, // at its start
		{"2008-02-29", "2026-02-28", 17},
		{"2008-02-29", "2026-03-01", 18},
		{"2008-02-29", "2028-02-29", 20},
		{"2026-10-27", "2026-10-26", -1},
	} {
		if got := date(t, c.born).Age(date(t, c.on)); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.born, c.on, got, c.want)
		}
	}
}

func TestWhen(t *testing.T) {
	for _, bad := range []string{
		"2026-2-01", "2026-02-29", "0000-01-01", "26-10-2026", "2026-10-27T14:05:00Z", "2026-10-27T14:05:00-00:00",
		"2026-10-27 14:05:00+00:00", "2026-10-27T24:00:00+00:00", "2026-10-27T14:05:60+00:00", "2026-10-27T14:05:00+0000x", "x",
		"000d-01-01", "2026-13-01", "2026-10-00", "2026-10-27T14:60:00+00:00", "2026-10-27T14:05:00+24:00", "2026-10-27T14:05:00+00:60",
		"0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-12:30",
	} {
		if w, err := ParseWhen(bad); err == nil {
			t.Errorf("%q was read as %s", bad, w)
		} else if strings.Contains(err.Error(), bad) && bad != "x" {
			t.Errorf("the error quotes %q", bad)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := genWhen().Draw(t, "w")
		back, err := ParseWhen(w.String())
		if err != nil || back != w {
			t.Fatalf("%s read back as %s: %v", w, back, err)
		}
		b, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		var un When
		if err := json.Unmarshal(b, &un); err != nil || un != w {
			t.Fatalf("%s through JSON is %s: %v", w, un, err)
		}
		if w.IsZero() {
			return
		}
		if w.Start().After(w.End()) || w.Past(w.Start()) == w.IsDate() || !w.Past(w.End()) {
			t.Fatalf("%s: start %s, end %s", w, w.Start(), w.End())
		}
		if got := w.Date(); DateOf(w.Start()) != got || w.AddDays(3).Date() != got+3 {
			t.Fatalf("%s lies on %s", w, got)
		}
		o := genWhen().Draw(t, "o")
		if w.Compare(o) != -o.Compare(w) || w.Compare(w) != 0 {
			t.Fatalf("%s and %s are in no order", w, o)
		}
	})
}

func genWhen() *rapid.Generator[When] {
	return rapid.Custom(func(t *rapid.T) When {
		sec := rapid.Int64Range(-2208988800, 7258118400).Draw(t, "sec") // 1900 to 2200
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return When{}
		case 1:
			return OnDate(DateOf(time.Unix(sec, 0)))
		}
		return AtTime(time.Unix(sec, 0))
	})
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"", "2026-10-27", "2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00-05:30", "9999-12-31T23:59:59-23:59", "000d-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := ParseWhen(s); err == nil && w.String() != s {
			t.Errorf("accepted %q but prints %q", s, w)
		}
	})
}

// TestDays: the days are numbered as package time has them, and the form is read
// as it reads it.
func TestDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(int32(firstDay), int32(lastDay)).Draw(t, "day"))
		y, m, day := d.YMD()
		if got := dayOf(y, int(m), day); got != d || !d.Valid() {
			t.Fatalf("%s is day %d, want %d", d, got, d)
		}
		sec := rapid.Int64Range(0, 86399).Draw(t, "sec")
		offset := rapid.IntRange(-1439, 1439).Draw(t, "offset")
		written := sec + int64(offset)*60 // of the day, as the clock there shows it
		in := (d != firstDay || written >= 0) && (d != lastDay || written < 86400)
		w, ok := AtUnix(int64(d-epoch)*86400+sec, offset)
		if ok != in {
			t.Fatalf("a time of that day: %v, want %v", ok, in)
		}
		if !ok {
			return
		}
		if back, ok := AtUnix(w.Unix()); !ok || back != w {
			t.Fatalf("%s came back as %s", w, back)
		}
		if want, err := time.Parse(Form, w.String()); err != nil || !want.Equal(w.Start()) {
			t.Fatalf("%s is %s, want %s (%v)", w, w.Start(), want, err)
		}
	})
	for _, bad := range []func() (When, bool){
		func() (When, bool) { return AtUnix(0, 1440) },
		func() (When, bool) { return AtUnix(0, -1440) },
		func() (When, bool) { return AtUnix(1<<60, 0) },
		func() (When, bool) { return AtUnix(-1<<60, 0) },
		func() (When, bool) { return AtUnix(int64(lastDay-epoch)*86400+13080, 1222) }, // 10000-01-01 where it was written
		func() (When, bool) { return AtUnix(int64(firstDay-epoch)*86400, -1) },
	} {
		if w, ok := bad(); ok {
			t.Errorf("%s", w)
		}
	}
	if (lastDay + 1).Valid() || Date(0).Valid() || lastDay.String() != "9999-12-31" || firstDay.String() != "0001-01-01" {
		t.Error("the ends of the calendar are elsewhere")
	}
}

// TestHolidaysAsProclaimed holds the data to the days as proclaimed and printed for
// England and Wales.
func TestHolidaysAsProclaimed(t *testing.T) {
	want := map[int]string{
		2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
		2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
		2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
		2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
	}
	for year, days := range want {
		var got []string
		for d := On(year, 1, 1); d <= On(year, 12, 31); d++ {
			if name, err := BankHoliday(d); err != nil {
				t.Fatal(err)
			} else if name != "" {
				got = append(got, d.String()[5:])
			}
		}
		if s := strings.Join(got, " "); s != days {
			t.Errorf("%d: %s\nwant %s", year, s, days)
		}
	}
}

// TestHolidaysByRule holds every year of the data to the standing rules,
// worked out another way: Easter by Gauss.
func TestHolidaysByRule(t *testing.T) {
	first, last := Years()
	if first != 2024 || last != 2032 {
		t.Errorf("years %d to %d", first, last)
	}
	weekend := func(d Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }
	monday := func(d Date) Date {
		for d.Weekday() != time.Monday {
			d++
		}
		return d
	}
	for y := first; y <= last; y++ {
		want := map[Date]bool{}
		free := func(d Date) { // the next day that is free
			for weekend(d) || want[d] {
				d++
			}
			want[d] = true
		}
		// Gauss, for 1900 to 2099.
		d := (19*(y%19) + 24) % 30
		e := (2*(y%4) + 4*(y%7) + 6*d + 5) % 7
		easter := On(y, time.March, 22+d+e)
		if d == 29 && e == 6 {
			easter -= 7
		}
		want[easter-2], want[easter+1] = true, true
		free(On(y, time.January, 1))
		want[monday(On(y, time.May, 1))] = true
		want[monday(On(y, time.May, 25))] = true
		want[monday(On(y, time.August, 25))] = true
		christmas, boxing := On(y, time.December, 25), On(y, time.December, 26)
		for _, d := range []Date{christmas, boxing} { // a day that is one keeps its place
			if !weekend(d) {
				want[d] = true
			}
		}
		for _, d := range []Date{christmas, boxing} {
			if weekend(d) {
				free(d)
			}
		}
		n := 0
		for d := On(y, 1, 1); d <= On(y, 12, 31); d++ {
			name, err := BankHoliday(d)
			if err != nil {
				t.Fatal(err)
			}
			if (name != "") != want[d] {
				t.Errorf("%s: %q, by the rules %v", d, name, want[d])
			}
			if name != "" {
				n++
			}
		}
		if n != 8 {
			t.Errorf("%d has %d bank holidays", y, n)
		}
	}
}

func TestAddWorkingDays(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-10-26", 0, "2026-10-26"},
		{"2026-10-26", 2, "2026-10-28"},
		{"2026-10-23", 1, "2026-10-26"}, // Friday to Monday
		{"2026-10-24", 2, "2026-10-27"}, // from a Saturday
		{"2026-10-25", 2, "2026-10-27"}, // from a Sunday
		{"2026-12-24", 1, "2026-12-29"}, // Christmas, a weekend, Boxing Day's substitute
		{"2026-12-23", 2, "2026-12-29"},
		{"2026-12-31", 1, "2027-01-04"}, // over the year's end
		{"2026-04-02", 2, "2026-04-08"}, // over Easter
		{"2027-12-24", 1, "2027-12-29"}, // both substitute days
	} {
		got, err := AddWorkingDays(date(t, c.from), c.n)
		if err != nil || got.String() != c.want {
			t.Errorf("%s and %d working days: %s, want %s (%v)", c.from, c.n, got, c.want, err)
		}
	}
}

func TestWorkingDaysRange(t *testing.T) {
	for name, err := range map[string]error{
		"before":       second(AddWorkingDays(On(2023, 12, 29), 1)),
		"over the end": second(AddWorkingDays(On(2032, 12, 30), 2)),
		"between":      second(WorkingDaysBetween(On(2026, 1, 1), On(2033, 1, 1))),
		"none":         second(WorkingDay(0)),
		"holiday":      second(BankHoliday(On(2033, 1, 1))),
		"far":          second(WorkingDaysBetween(On(1, 1, 1), On(9999, 1, 1))),
	} {
		var e *RangeError
		if !errors.As(err, &e) || e.First != 2024 || e.Last != 2032 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := AddWorkingDays(On(2032, 12, 30), 1); err != nil || d != On(2032, 12, 31) {
		t.Errorf("the last day of the data: %s, %v", d, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestWorkingDaysBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := On(2024, 1, 1) + Date(rapid.IntRange(0, 3000).Draw(t, "from"))
		n := rapid.IntRange(0, 100).Draw(t, "n")
		to, err := AddWorkingDays(from, n)
		if err != nil {
			t.Fatal(err)
		}
		got, err := WorkingDaysBetween(from, to)
		if err != nil || got != n {
			t.Fatalf("%s and %d working days is %s, which is %d after (%v)", from, n, to, got, err)
		}
		if back, err := WorkingDaysBetween(to, from); err != nil || back != -n {
			t.Fatalf("backwards %d (%v)", back, err)
		}
		if ok, err := WorkingDay(to); n > 0 && !ok || err != nil {
			t.Fatalf("%s is no working day (%v)", to, err)
		}
	})
}

func TestHolidayFileIsChecked(t *testing.T) {
	for name, file := range map[string]string{
		"not JSON":     `{`,
		"unsorted":     `{"first":2024,"last":2024,"days":[{"date":"2024-12-25","name":"a"},{"date":"2024-01-01","name":"b"}]}`,
		"twice":        `{"first":2024,"last":2024,"days":[{"date":"2024-01-01","name":"a"},{"date":"2024-01-01","name":"b"}]}`,
		"beyond":       `{"first":2024,"last":2024,"days":[{"date":"2025-01-01","name":"a"}]}`,
		"without name": `{"first":2024,"last":2024,"days":[{"date":"2024-01-01","name":""}]}`,
		"no date":      `{"first":2024,"last":2024,"days":[{"date":"2024-02-30","name":"a"}]}`,
	} {
		if _, err := readHolidays([]byte(file)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func ExampleDate_AddMonths() {
	fmt.Println(On(2024, time.February, 29).AddMonths(12))
	// Output: 2025-02-28
}
