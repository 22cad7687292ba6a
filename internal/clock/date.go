package clock

import (
	"fmt"
	"time"
)

// DateForm is how events write a date.
const DateForm = "2006-01-02"

// Date is a day of the Gregorian calendar, in the years 1 to 9999. The zero
// value is none. Dates are ordered by their numbers: a < b.
type Date int32 // days since 31 December of the year 0

// epoch is the number of 1 January 1970.
const epoch Date = 719163

// On returns a day; a day that a month lacks counts on into the next, as in
// time.Date.
func On(year int, month time.Month, day int) Date {
	return epoch + Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400)
}

// DateOf returns the day that the clocks of London show.
func DateOf(t time.Time) Date {
	y, m, d := London(t).Date()
	return On(y, m, d)
}

// ParseDate reads 2026-10-27. The error quotes nothing.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(DateForm, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("clock: not a date of the form %s", DateForm)
	}
	return On(t.Date()), nil
}

// IsZero reports whether there is no day.
func (d Date) IsZero() bool { return d == 0 }

func (d Date) utc() time.Time { return time.Unix(int64(d-epoch)*86400, 0).UTC() }

// YMD returns year, month and day.
func (d Date) YMD() (year int, month time.Month, day int) { return d.utc().Date() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Start returns the first instant of the day in London. Midnight is never in
// an hour that is repeated or left out.
func (d Date) Start() time.Time {
	y, m, day := d.YMD()
	t := time.Date(y, m, day, 0, 0, 0, 0, bst)
	if !summer(t) {
		t = time.Date(y, m, day, 0, 0, 0, 0, gmt)
	}
	return t
}

// End returns the first instant of the next day in London: 23, 24 or 25 hours
// after Start.
func (d Date) End() time.Time { return (d + 1).Start() }

// At returns the instant at which the clocks of London show this time of the
// day: the earlier of two in the repeated hour; in the hour that is left out,
// the instant one hour later by the clock.
func (d Date) At(hour, minute int) time.Time {
	if found := Instants(d, hour, minute, 0); len(found) > 0 {
		return found[0]
	}
	y, m, day := d.YMD()
	return London(time.Date(y, m, day, hour, minute, 0, 0, gmt))
}

// AddMonths returns the anniversary of d after n months: the same day of the
// month, or the last day of a month that has not so many. 29 February and 12
// months is 28 February; 31 January and one month is 28 or 29 February. The
// anniversary of a date is counted from the date itself, so two steps of one
// month are not always one step of two.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.YMD()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return On(first.Year(), first.Month(), min(day, last))
}

// Age returns the whole years from d to on; negative before d. Somebody born
// on 29 February has the birthday on 1 March in other years: the day after the
// anniversary of AddMonths, because an age is reached and a period is ended.
// Source: Family Law Reform Act 1969, section 9 (an age is attained at the
// commencement of the anniversary of the birth).
func (d Date) Age(on Date) int {
	y, m, day := d.YMD()
	year, _, _ := on.YMD()
	age := year - y
	if on < On(y+age, m, day) {
		age--
	}
	return age
}

// String returns 2026-10-27, or "" for none.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.utc().Format(DateForm)
}

// MarshalJSON writes the form of events, or null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (d *Date) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*d = 0
		return nil
	}
	if len(b) != len(DateForm)+2 || b[0] != '"' {
		return fmt.Errorf("clock: not a date of the form %s", DateForm)
	}
	got, err := ParseDate(string(b[1 : len(b)-1]))
	if err == nil {
		*d = got
	}
	return err
}
