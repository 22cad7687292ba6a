package clock

import (
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
	switch len(s) {
	case 0:
		return When{}, nil
	case len(DateForm):
		d, err := ParseDate(s)
		if err != nil {
			return When{}, errWhen
		}
		return OnDate(d), nil
	case len(Form):
		t, err := time.Parse(Form, s)
		if err != nil || t.Format(Form) != s || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
			return When{}, errWhen
		}
		_, off := t.Zone()
		return When{at: t.Unix(), offset: int16(off / 60), kind: whenTime}, nil
	}
	return When{}, errWhen
}

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
