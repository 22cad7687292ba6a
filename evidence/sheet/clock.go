package sheet

import (
	"strconv"
	"strings"
	"time"
)

// moment is a time as people in the United Kingdom read it off a clock, or a
// date alone.
type moment struct {
	local  time.Time // the clock's digits, kept as if they were UTC
	clock  bool      // there is a time of day, not only a date
	offset int       // seconds east of UTC
	zone   string    // "GMT", "BST" or "UTC+hh:mm"
}

// since returns how long after o this is, in whole seconds and rounded down. It
// is negative before o. Only when both have a clock. A time.Duration would end
// at 292 years.
func (m moment) since(o moment) (seconds int64) {
	return m.local.Unix() - int64(m.offset) - (o.local.Unix() - int64(o.offset))
}

// recorded returns when something was recorded, by the clocks of the United
// Kingdom. Summer time is a rule, not a table: from the last Sunday of March
// to the last Sunday of October, both 01:00 UTC.
func recorded(at time.Time) moment {
	at = at.UTC()
	m := moment{clock: true, zone: "GMT"}
	if !at.Before(lastSunday(at.Year(), time.March)) && at.Before(lastSunday(at.Year(), time.October)) {
		m.offset, m.zone = 3600, "BST"
	}
	m.local = at.Add(time.Duration(m.offset) * time.Second)
	return m
}

// lastSunday returns 01:00 UTC on the last Sunday of a month of 31 days.
func lastSunday(year int, month time.Month) time.Time {
	t := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, -int(t.Weekday()))
}

// LocalDate returns the date, YYYY-MM-DD, on which a clock in the United
// Kingdom showed this instant.
func LocalDate(at time.Time) string { return recorded(at).local.Format("2006-01-02") }

// LocalTime returns an instant as events write it: the time of Europe/London
// with its offset, whole seconds.
func LocalTime(at time.Time) string {
	m := recorded(at)
	if m.offset == 0 {
		return m.local.Format("2006-01-02T15:04:05") + "+00:00"
	}
	return m.local.Format("2006-01-02T15:04:05") + "+01:00"
}

// parseMoment reads a time as events write it: a date, or a date and time
// with offset. The year is 0001 to 9999, an offset below 24 hours.
func parseMoment(s string) (moment, bool) {
	if strings.HasPrefix(s, "0000") {
		return moment{}, false
	}
	if t, err := time.Parse("2006-01-02", s); err == nil {
		return moment{local: t}, true
	}
	const form = "2006-01-02T15:04:05-07:00"
	t, err := time.Parse(form, s)
	if err != nil || len(s) != len(form) {
		return moment{}, false
	}
	zone := s[len(s)-len("-07:00"):]
	if zone[1:3] > "23" || zone[4:] > "59" {
		return moment{}, false
	}
	m := moment{clock: true}
	_, m.offset = t.Zone()
	m.local = t.UTC().Add(time.Duration(m.offset) * time.Second)
	switch zone {
	case "+00:00":
		m.zone = "GMT"
	case "+01:00":
		m.zone = "BST"
	default:
		m.zone = "UTC" + zone
	}
	return m, true
}

var weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December"}

// date is "Tuesday 27 October 2026".
func (m moment) date() string {
	y, mo, d := m.local.Date()
	return weekdays[m.local.Weekday()] + " " + strconv.Itoa(d) + " " + months[mo-1] + " " + strconv.Itoa(y)
}

// short is "27 Oct 2026, 14:05 GMT", for tables.
func (m moment) short() string {
	y, mo, d := m.local.Date()
	s := strconv.Itoa(d) + " " + months[mo-1][:3] + " " + strconv.Itoa(y)
	if m.clock {
		s += ", " + m.time() + " " + m.zone
	}
	return s
}

// time is "14:05", or "14:05:30" when the seconds say something.
func (m moment) time() string {
	if m.local.Second() != 0 {
		return m.local.Format("15:04:05")
	}
	return m.local.Format("15:04")
}

// minute is the time to the minute, as for what a machine recorded.
func (m moment) minute() moment {
	m.local = m.local.Truncate(time.Minute)
	return m
}

func (m moment) sameDay(o moment) bool {
	y, mo, d := m.local.Date()
	oy, omo, od := o.local.Date()
	return y == oy && mo == omo && d == od
}

// repeated says which of two this is when the clock showed this hour twice,
// as it does when summer time ends; else it is empty.
func (m moment) repeated() string {
	if !m.clock || m.local.Hour() != 1 || m.local.Month() != time.October {
		return ""
	}
	end := lastSunday(m.local.Year(), time.October)
	if m.local.Day() != end.Day() {
		return ""
	}
	which := ", the second "
	if m.offset != 0 {
		which = ", the first "
	}
	return which + m.time() + " that night"
}

// when is a date with its time, if there is one.
func (m moment) when(about string) string {
	if !m.clock {
		return about + m.date()
	}
	return m.date() + ", " + about + m.time() + " " + m.zone + m.repeated()
}

// happened words an event's occurred.
func happened(precision string, from, to *moment) string {
	if from == nil {
		return "not known"
	}
	about := ""
	if precision == "about" {
		about = "about "
	}
	untimed := ""
	if precision == "date" || !from.clock && precision != "about" {
		untimed = " (time of day not recorded)"
	}
	switch {
	case to == nil || *to == *from:
		return from.when(about) + untimed
	case from.clock && to.clock && from.sameDay(*to) && from.zone == to.zone:
		return from.date() + ", " + about + from.time() + "–" + to.time() + " " + from.zone + from.repeated()
	}
	return from.when(about) + " to " + to.when("") + untimed
}

// written words when an event was recorded, beside when it happened. began
// and ended may be nil.
func written(at moment, began, ended *moment) string {
	after := at // to the second; what is shown ends with the minute
	at = at.minute()
	s := at.date() + ", " + at.time() + " " + at.zone
	ref, what := ended, "it ended"
	if ref == nil {
		ref, what = began, "it began"
	}
	if ref != nil && at.sameDay(*ref) {
		s = "same day, " + at.time() + " " + at.zone
	}
	s += at.repeated()
	if ref == nil || !ref.clock {
		return s
	}
	if gap := after.since(*ref); gap >= 0 {
		return s + ", " + span(gap) + " after " + what
	}
	return s + ", before " + what
}

// span words how many seconds something took, rounded down.
func span(seconds int64) string {
	minutes := seconds / 60
	hours, days := minutes/60, minutes/(24*60)
	switch {
	case minutes < 1:
		return "less than a minute"
	case hours < 1:
		return count(minutes, "minute")
	case days < 2:
		if minutes%60 == 0 {
			return count(hours, "hour")
		}
		return count(hours, "hour") + " " + count(minutes%60, "minute")
	}
	return count(days, "day")
}

// count is "1 minute", "2 minutes".
func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.FormatInt(n, 10) + " " + what + "s"
}
