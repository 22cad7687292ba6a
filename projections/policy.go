package projections

import (
	"time"
	_ "time/tzdata" // the ledger's days are London's, on every machine
)

// Policy holds what a service decides for itself. Nothing of it is folded
// into a view, so that a change counts at once and for the past as well.
type Policy struct {
	// FirstAttempt is how many working days after a referral the client must
	// first have been tried. Common local practice: 2.
	FirstAttempt int
	// Feedback is how many working days after a Marac the client must have been
	// told what it decided. Common local practice: 2.
	Feedback int
	// ContactEvery is the number of days between contacts with the client.
	// Common local practice: 7.
	ContactEvery int
	// ReviewEvery is the number of days after which a risk review is repeated
	// when no incident has made one due. Common local practice: six to eight
	// weeks; 56.
	ReviewEvery int
	// LateAfter is how long after it happened an entry counts as late. Common
	// local practice: 24 hours.
	LateAfter time.Duration
	// Adult is the age from which a client no longer counts as a child: 18.
	// Source: Children Act 1989, section 105.
	Adult int
	// Location is where days begin and end: Europe/London.
	Location *time.Location
	// Holidays are days off beyond BankHoliday, or, with false, bank holidays
	// on which the service works, by date (2026-12-25).
	Holidays map[string]bool
}

// DefaultPolicy returns the values named at the fields.
func DefaultPolicy() Policy {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("projections: the time zone data linked into the program is missing: " + err.Error())
	}
	return Policy{
		FirstAttempt: 2,
		Feedback:     2,
		ContactEvery: 7,
		ReviewEvery:  56,
		LateAfter:    24 * time.Hour,
		Adult:        18,
		Location:     loc,
	}
}

// WorkingDay reports whether the date of day is one.
func (p *Policy) WorkingDay(day When) bool {
	y, m, d := time.Unix(day.sec, 0).UTC().Date()
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if off, ok := p.Holidays[day.String()]; ok {
		return !off
	}
	return date.Weekday() != time.Saturday && date.Weekday() != time.Sunday && !BankHoliday(y, m, d)
}

// AfterWorkingDays returns the date n working days after the day of w. The
// day itself does not count, whether or not it is one.
func (p *Policy) AfterWorkingDays(w When, n int) When {
	if w.IsZero() {
		return w
	}
	day := w.plusDays(0, p.Location)
	// A year of nothing but holidays would be a mistake in Holidays.
	for limit := 366 + 7*n; n > 0 && limit > 0; limit-- {
		if day.sec += 86400; p.WorkingDay(day) {
			n--
		}
	}
	return day
}

// BankHoliday reports whether a date is a bank holiday in England and Wales
// by the standing rules: Banking and Financial Dealings Act 1971, schedule 1,
// with New Year's Day and the early May day as proclaimed every year, and the
// substitute days usual when one falls on a weekend. Days moved or added by a
// single proclamation are for Policy.Holidays.
func BankHoliday(year int, month time.Month, day int) bool {
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	weekday := date.Weekday()
	if weekday == time.Saturday || weekday == time.Sunday {
		return false // it is not a working day anyhow
	}
	easter := easterSunday(year)
	switch {
	case date.Equal(easter.AddDate(0, 0, -2)), date.Equal(easter.AddDate(0, 0, 1)):
		return true
	case month == time.January:
		return day == 1 || weekday == time.Monday && day <= 3
	case month == time.May:
		return weekday == time.Monday && (day <= 7 || day > 24)
	case month == time.August:
		return weekday == time.Monday && day > 24
	case month == time.December:
		// 25 and 26; what of them falls on a weekend moves to 27 and 28.
		return day == 25 || day == 26 ||
			(day == 27 || day == 28) && (weekday == time.Monday || weekday == time.Tuesday)
	}
	return false
}

// easterSunday follows the Gregorian computus as printed in Nature, 20 April
// 1876 ("Anonymous", also Meeus, Astronomical Algorithms, chapter 8).
func easterSunday(y int) time.Time {
	a, b, c := y%19, y/100, y%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(y, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
