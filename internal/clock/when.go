package clock

import (
	"cmp"
	"errors"
	"time"
)

// When is a moment as an author gave it: none, a date, or a time with the
// offset it was written with. The zero value is none. Equal moments of the same
// form compare with ==.
type When struct {
	at     int64 // of a time: seconds since 1970; of a date: its number
	offset int16 // minutes east of UTC, of a time
	kind   whenKind
}

type whenKind uint8

const (
	whenNone whenKind = iota
	whenDate
	whenTime
)

var errWhen = errors.New("clock: neither a date nor a time with its offset")

// ParseWhen reads the forms of events: 2026-10-27 and
// 2026-10-27T14:05:00+00:00, and "" as none. What it accepts prints as the same
// text. The error quotes nothing.
func ParseWhen(s string) (When, error) {
	if s == "" {
		return When{}, nil
	}
	const form = "dddd-dd-ddTdd:dd:dd+dd:dd"
	if len(s) != len(DateForm) && len(s) != len(form) {
		return When{}, errWhen
	}
	for i := range len(s) {
		c, ok := s[i], false
		switch form[i] {
		case 'd':
			ok = '0' <= c && c <= '9'
		case '+':
			ok = c == '+' || c == '-'
		default:
			ok = c == form[i]
		}
		if !ok {
			return When{}, errWhen
		}
	}
	num := func(from, to int) (n int) {
		for i := from; i < to; i++ {
			n = n*10 + int(s[i]-'0')
		}
		return n
	}
	y, m, d := num(0, 4), num(5, 7), num(8, 10)
	if y < 1 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return When{}, errWhen
	}
	day := dayOf(y, m, d)
	if len(s) == len(DateForm) {
		return OnDate(day), nil
	}
	h, mi, sec, oh, om := num(11, 13), num(14, 16), num(17, 19), num(20, 22), num(23, 25)
	if h > 23 || mi > 59 || sec > 59 || oh > 23 || om > 59 {
		return When{}, errWhen
	}
	off := oh*60 + om
	if s[19] == '-' {
		if off == 0 {
			return When{}, errWhen // -00:00 would print as +00:00
		}
		off = -off
	}
	w, ok := AtUnix(int64(day-epoch)*86400+int64(h*3600+mi*60+sec-off*60), off)
	if !ok {
		return When{}, errWhen
	}
	return w, nil
}

// dayOf numbers a day of the Gregorian calendar. Source: Howard Hinnant,
// chrono-Compatible Low-Level Date Algorithms.
func dayOf(y, m, d int) Date {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Date(era*146097+doe-719468) + epoch
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// The days 0001-01-01 and 9999-12-31.
const (
	firstDay Date = 1
	lastDay  Date = 3652059
)

// AtUnix makes a moment of a time: seconds since 1970 and the offset that it
// was written with, in minutes east of UTC. It reports false for an offset of a
// day or more and where the instant, in UTC or as it was written, is outside of
// the years 1 to 9999: every moment prints in Form.
func AtUnix(sec int64, offset int) (When, bool) {
	const (
		day         = 24 * 60
		first, last = int64(firstDay-epoch) * 86400, int64(lastDay+1-epoch) * 86400
	)
	within := func(sec int64) bool { return first <= sec && sec < last }
	if offset <= -day || offset >= day || !within(sec) || !within(sec+int64(offset)*60) {
		return When{}, false
	}
	return When{at: sec, offset: int16(offset), kind: whenTime}, true
}

// Unix is the inverse of AtUnix, for a moment that is neither none nor a date.
func (w When) Unix() (sec int64, offset int) { return w.at, int(w.offset) }

// Valid reports whether a number is a day of the years 1 to 9999.
func (d Date) Valid() bool { return firstDay <= d && d <= lastDay }

// AtTime makes a moment of an instant, as London's clocks show it, in whole
// seconds.
func AtTime(t time.Time) When {
	if t.IsZero() {
		return When{}
	}
	_, off := London(t).Zone()
	return When{at: t.Unix(), offset: int16(off / 60), kind: whenTime}
}

// OnDate makes a moment of a day; none of none.
func OnDate(d Date) When {
	if d == 0 {
		return When{}
	}
	return When{at: int64(d), kind: whenDate}
}

// IsZero reports whether there is no moment.
func (w When) IsZero() bool { return w.kind == whenNone }

// IsDate reports whether only the day is known.
func (w When) IsDate() bool { return w.kind == whenDate }

// Date returns the day in London; none of none.
func (w When) Date() Date {
	switch w.kind {
	case whenDate:
		return Date(w.at)
	case whenTime:
		return DateOf(time.Unix(w.at, 0))
	}
	return 0
}

// Start returns the first instant that w can mean; the zero Time of none.
func (w When) Start() time.Time {
	switch w.kind {
	case whenDate:
		return Date(w.at).Start()
	case whenTime:
		return London(time.Unix(w.at, 0))
	}
	return time.Time{}
}

// End returns the instant by which w is past: the end of the day of a date,
// the instant itself of a time, the zero Time of none.
func (w When) End() time.Time {
	if w.kind == whenDate {
		return Date(w.at).End()
	}
	return w.Start()
}

// Past reports whether w lies behind now: a day when it is over, a time from
// its instant on. None is never past.
func (w When) Past(now time.Time) bool { return w.kind != whenNone && !now.Before(w.End()) }

// Compare orders moments by the latest instant they can mean: what is known
// only to the day counts as late as it can be. None comes before any.
func (w When) Compare(o When) int {
	if a, b := w.kind == whenNone, o.kind == whenNone; a || b {
		switch {
		case a && b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	if w.kind == whenTime && o.kind == whenTime {
		return cmp.Compare(w.at, o.at)
	}
	return w.last().Compare(o.last())
}

func (w When) last() time.Time {
	if w.kind == whenDate {
		return w.End().Add(-time.Second)
	}
	return w.Start()
}

// Before reports whether w comes before o in the order of Compare.
func (w When) Before(o When) bool { return w.Compare(o) < 0 }

// AddDays moves a moment by days of the calendar; a time becomes a date.
func (w When) AddDays(n int) When {
	if w.kind == whenNone {
		return w
	}
	return OnDate(w.Date() + Date(n))
}

// String returns the form of events, or "".
func (w When) String() string {
	switch w.kind {
	case whenDate:
		return Date(w.at).String()
	case whenTime:
		return time.Unix(w.at, 0).In(time.FixedZone("", int(w.offset)*60)).Format(Form)
	}
	return ""
}

// Say writes a moment for people: "27 October 2026" or "27 October 2026,
// 14:05 GMT".
func (w When) Say() string {
	switch w.kind {
	case whenDate:
		return Date(w.at).utc().Format("2 January 2006")
	case whenTime:
		return Say(time.Unix(w.at, 0))
	}
	return ""
}

// MarshalJSON writes the form of events, or null.
func (w When) MarshalJSON() ([]byte, error) {
	if w.kind == whenNone {
		return []byte("null"), nil
	}
	return []byte(`"` + w.String() + `"`), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (w *When) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*w = When{}
		return nil
	}
	if len(b) < 3 || b[0] != '"' || b[len(b)-1] != '"' {
		return errWhen
	}
	got, err := ParseWhen(string(b[1 : len(b)-1]))
	if err == nil {
		*w = got
	}
	return err
}
