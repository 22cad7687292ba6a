package projections

import "time"

// When is a moment as an author gave it: none, a date, or a time with the
// offset it was written with. The zero value is none.
type When struct {
	sec    int64 // of a time: since 1970 UTC; of a date: of its midnight, UTC
	offset int16 // minutes east of UTC, of a time
	kind   whenKind
}

type whenKind uint8

const (
	whenNone whenKind = iota
	whenDate
	whenTime
)

// parseWhen reads the forms of a body: 2026-10-27 and
// 2026-10-27T14:05:00+00:00. What it accepts prints as the same text.
func parseWhen(s string) (When, bool) {
	const form = "dddd-dd-ddTdd:dd:dd+dd:dd"
	if len(s) != 10 && len(s) != len(form) {
		return When{}, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case form[i] == 'd' && '0' <= c && c <= '9', form[i] == c, form[i] == '+' && c == '-':
		default:
			return When{}, false
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
		return When{}, false
	}
	w := When{sec: days(y, m, d) * 86400, kind: whenDate}
	if len(s) == 10 {
		return w, true
	}
	h, mi, sec, oh, om := num(11, 13), num(14, 16), num(17, 19), num(20, 22), num(23, 25)
	if h > 23 || mi > 59 || sec > 59 || oh > 23 || om > 59 {
		return When{}, false
	}
	off := oh*60 + om
	if s[19] == '-' {
		if off == 0 {
			return When{}, false // −00:00 would print as +00:00
		}
		off = -off
	}
	w.sec += int64(h*3600 + mi*60 + sec - off*60)
	w.offset, w.kind = int16(off), whenTime
	return w, true
}

// days counts the days from 1970-01-01 to a date of the Gregorian calendar.
// Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
func days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
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

// timeAt makes a When of an instant, as it reads in this place.
func timeAt(t time.Time, loc *time.Location) When {
	t = t.In(loc)
	_, off := t.Zone()
	return When{sec: t.Unix(), offset: int16(off / 60), kind: whenTime}
}

// dateAt makes a When of the date that an instant has in this place.
func dateAt(t time.Time, loc *time.Location) When {
	y, m, d := t.In(loc).Date()
	return When{sec: days(y, int(m), d) * 86400, kind: whenDate}
}

// IsZero reports whether there is no moment.
func (w When) IsZero() bool { return w.kind == whenNone }

// IsDate reports whether only the date is known.
func (w When) IsDate() bool { return w.kind == whenDate }

// Start returns the first instant that w can mean: a date begins at midnight
// in this place. It is the zero Time when there is no moment.
func (w When) Start(loc *time.Location) time.Time {
	switch w.kind {
	case whenDate:
		y, m, d := time.Unix(w.sec, 0).UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc)
	case whenTime:
		return time.Unix(w.sec, 0).In(loc)
	}
	return time.Time{}
}

// End returns the instant by which w is past: the end of the day of a date.
func (w When) End(loc *time.Location) time.Time {
	if w.kind == whenDate {
		y, m, d := time.Unix(w.sec, 0).UTC().Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, loc)
	}
	return w.Start(loc)
}

// plusDays moves w by days of the calendar. A time becomes a date.
func (w When) plusDays(n int, loc *time.Location) When {
	if w.kind == whenTime {
		w = dateAt(w.Start(loc), loc)
	}
	if w.kind == whenDate {
		w.sec += int64(n) * 86400
	}
	return w
}

// before orders moments for the folds, where a date stands for its last
// second: what is known only to the day counts as late as it can be.
func (w When) before(o When) bool { return w.last() < o.last() }

func (w When) last() int64 {
	if w.kind == whenDate {
		return w.sec + 86399
	}
	return w.sec
}

// latest returns the later of two moments, none being earlier than any.
func latest(a, b When) When {
	if a.IsZero() || !b.IsZero() && a.before(b) {
		return b
	}
	return a
}

// String returns the form of a body, or "".
func (w When) String() string { return string(w.append(nil)) }

func (w When) append(b []byte) []byte {
	switch w.kind {
	case whenDate:
		return time.Unix(w.sec, 0).UTC().AppendFormat(b, time.DateOnly)
	case whenTime:
		t := time.Unix(w.sec+int64(w.offset)*60, 0).UTC()
		b = t.AppendFormat(b, "2006-01-02T15:04:05")
		off, sign := int(w.offset), byte('+')
		if off < 0 {
			off, sign = -off, '-'
		}
		return append(b, sign, byte('0'+off/600), byte('0'+off/60%10), ':', byte('0'+off%60/10), byte('0'+off%10))
	}
	return b
}

// MarshalJSON writes the form of a body, or null.
func (w When) MarshalJSON() ([]byte, error) {
	if w.IsZero() {
		return []byte("null"), nil
	}
	return append(w.append([]byte{'"'}), '"'), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (w *When) UnmarshalJSON(b []byte) error {
	got, err := readWhen(b)
	if err != nil {
		return err
	}
	*w = got
	return nil
}

// readWhen reads a member of a body: a moment or null.
func readWhen(val []byte) (When, error) {
	if isNull(val) {
		return When{}, nil
	}
	if len(val) < 2 || val[0] != '"' {
		return When{}, errShape
	}
	w, ok := parseWhen(shared(val[1 : len(val)-1]))
	if !ok {
		return When{}, errShape
	}
	return w, nil
}

// Occurred is when something happened, as its author gave it.
type Occurred struct {
	From      When   `json:"from"`
	To        When   `json:"to"`
	Precision string `json:"precision"` // exact, about, date or unknown
}

// end is the latest moment given.
func (o Occurred) end() When { return latest(o.From, o.To) }

func readOccurred(val []byte) (o Occurred, err error) {
	err = members(val, func(name, val []byte) (err error) {
		switch string(name) {
		case "from":
			o.From, err = readWhen(val)
		case "to":
			o.To, err = readWhen(val)
		case "precision":
			o.Precision, err = text(val)
		}
		return err
	})
	return o, err
}
