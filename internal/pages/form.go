package pages

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

// Form is what was typed, what is wrong with it, and what was recorded in the
// case meanwhile. Templates show all three; what was typed comes back byte for
// byte.
//
// A form has two hidden fields, written by the template "hidden": id, the ULID
// that the event will have, so that sending it twice records it once; and seq,
// the case's last event when the page was made, so that nobody records over
// what they have not seen.
type Form struct {
	ID     string  // of the event
	Seq    uint64  // the case's last event that its author has seen
	Errors []Field // in the order of the page
	// Added is what others recorded since Seq was last. The form that goes out
	// again has seen it.
	Added []cases.Added
	More  uint64 // further ones

	values url.Values
	twice  map[string]bool // clock times that there were twice that night
	// at is the field of a part of an event, where they do not have the same
	// name; nil: fieldOf.
	at func(pointer string) string
}

// newForm is an empty form on a case whose last event is seq; 0 for a new one.
func newForm(seq uint64) *Form {
	return &Form{ID: ulid.Make().String(), Seq: seq, values: url.Values{}, twice: map[string]bool{}}
}

// form reads what was sent. An id or seq that is none was not made by our
// pages: errForm.
func (r *Request) form() (*Form, error) { return formOf(r.PostForm) }

// formOf is a form of the values of its fields.
func formOf(values url.Values) (*Form, error) {
	f := &Form{ID: values.Get("id"), values: values, twice: map[string]bool{}}
	if _, err := ulid.ParseStrict(f.ID); err != nil {
		return nil, errForm
	}
	seq, err := strconv.ParseUint(values.Get("seq"), 10, 53)
	if err != nil {
		return nil, errForm
	}
	f.Seq = seq
	return f, nil
}

// Fail says what is wrong with a field: what to do about it, not what was done.
func (f *Form) Fail(name, text string) { f.Errors = append(f.Errors, Field{name, text}) }

// OK reports whether nothing is wrong so far.
func (f *Form) OK() bool { return len(f.Errors) == 0 }

// Set fills a field before the form is shown for the first time.
func (f *Form) Set(name string, values ...string) { f.values[name] = values }

// has reports whether a field was on the page that was sent, or was set.
func (f *Form) has(name string) bool { return f.values[name] != nil }

// V is a field as it was typed.
func (f *Form) V(name string) string { return f.values.Get(name) }

// All are the choices that were made of several.
func (f *Form) All(name string) []string { return f.values[name] }

// Is reports whether a choice was made.
func (f *Form) Is(name, value string) bool { return slices.Contains(f.values[name], value) }

// Err is what is wrong with a field, "" if nothing is.
func (f *Form) Err(name string) string {
	for _, e := range f.Errors {
		if e.ID == name {
			return e.Text
		}
	}
	return ""
}

// Twice reports whether the clock showed the time of a field twice that night,
// so that the form has to ask which is meant.
func (f *Form) Twice(name string) bool { return f.twice[name] }

// Line is a field of one line, without spaces around it; nil when there is
// nothing.
func (f *Form) Line(name string) *string {
	if s := strings.TrimSpace(f.V(name)); s != "" {
		return &s
	}
	return nil
}

// Need is a field of one line that must be filled in.
func (f *Form) Need(name, otherwise string) string {
	s := f.Line(name)
	if s == nil {
		f.Fail(name, otherwise)
		return ""
	}
	return *s
}

// Prose is a field of text, byte for byte; nil when there is nothing but space.
func (f *Form) Prose(name string) *schemas.Prose {
	text := f.V(name)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return &schemas.Prose{Text: text}
}

// NeedProse is a field of text that must be filled in.
func (f *Form) NeedProse(name, otherwise string) schemas.Prose {
	p := f.Prose(name)
	if p == nil {
		f.Fail(name, otherwise)
		return schemas.Prose{}
	}
	return *p
}

// Choice is one of the values; otherwise says what to do when none of them was
// chosen.
func (f *Form) Choice(name, otherwise string, of ...string) string {
	v := f.V(name)
	if !slices.Contains(of, v) {
		f.Fail(name, otherwise)
		return ""
	}
	return v
}

// Date is a day; the zero Date when there is none, or when it is no day.
func (f *Form) Date(name string) clock.Date {
	v := strings.TrimSpace(f.V(name))
	if v == "" {
		return 0
	}
	d, err := clock.ParseDate(v)
	if err != nil {
		f.Fail(name, "Enter a day as the calendar has it, such as 2026-10-27.")
		return 0
	}
	return d
}

// Day is the same as events have it; nil when there is none.
func (f *Form) Day(name string) *string {
	d := f.Date(name)
	if d.IsZero() {
		return nil
	}
	s := d.String()
	return &s
}

// Moment is a day and a clock time in London: the fields name-date and
// name-time, and name-which where the clock showed that time twice. ok is false
// when there is none, or when something is wrong with it.
func (f *Form) Moment(name string) (t time.Time, ok bool) {
	day := f.Date(name + "-date")
	clockTime := strings.TrimSpace(f.V(name + "-time"))
	if day.IsZero() || clockTime == "" {
		if day.IsZero() != (clockTime == "") && f.Err(name+"-date") == "" {
			f.Fail(name+"-date", "Enter both, the day and the time.")
		}
		return time.Time{}, false
	}
	return f.instant(name, day, clockTime, name+"-time")
}

// instant finds the moment at which the clock in London showed a time.
func (f *Form) instant(name string, day clock.Date, clockTime, field string) (time.Time, bool) {
	c, err := time.Parse("15:04", clockTime)
	if err != nil {
		f.Fail(field, "Enter the time as 14:05.")
		return time.Time{}, false
	}
	switch found := clock.Instants(day, c.Hour(), c.Minute(), 0); len(found) {
	case 1:
		return found[0], true
	case 2:
		f.twice[name] = true
		switch f.V(name + "-which") {
		case "first":
			return found[0], true
		case "second":
			return found[1], true
		}
		f.Fail(name+"-which", "The clocks went back that night. Say which "+clockTime+" it was.")
	default:
		f.Fail(field, "There was no "+clockTime+" that night: the clocks went forward. Enter another time.")
	}
	return time.Time{}, false
}

// Time is a moment as events have it; nil when there is none.
func (f *Form) Time(name string) *string {
	t, ok := f.Moment(name)
	if !ok {
		return nil
	}
	s := clock.Format(t)
	return &s
}

// SetMoment fills the fields of a moment.
func (f *Form) SetMoment(name string, t time.Time) {
	local := clock.London(t)
	f.Set(name+"-date", local.Format(time.DateOnly))
	f.Set(name+"-time", local.Format("15:04"))
	switch clock.Repeat(t) {
	case 1:
		f.twice[name] = true
		f.Set(name+"-which", "first")
	case 2:
		f.twice[name] = true
		f.Set(name+"-which", "second")
	}
}

// Occurred is when something happened: name-date, name-time, name-end (a clock
// time of the same day, or of the next when it is before the start) and
// name-precision: exact, about, or unknown. A day without a time is a date.
func (f *Form) Occurred(name string) schemas.Occurred {
	precision := f.V(name + "-precision")
	day := f.Date(name + "-date")
	start, end := strings.TrimSpace(f.V(name+"-time")), strings.TrimSpace(f.V(name+"-end"))
	switch {
	case f.Err(name+"-date") != "":
	case precision == "unknown":
		if !day.IsZero() {
			f.Fail(name+"-date", "Leave the day empty, or say that it is known.")
		}
		return schemas.Occurred{Precision: "unknown"}
	case day.IsZero():
		f.Fail(name+"-date", "Enter the day on which it happened.")
	case start == "":
		if end != "" {
			f.Fail(name+"-time", "Enter the time at which it began.")
			break
		}
		d := day.String()
		if precision != "about" {
			precision = "date"
		}
		return schemas.Occurred{From: &d, Precision: precision}
	default:
		from, ok := f.instant(name, day, start, name+"-time")
		if !ok {
			break
		}
		if precision != "about" {
			precision = "exact"
		}
		text := clock.Format(from)
		o := schemas.Occurred{From: &text, Precision: precision}
		if end != "" {
			to, ok := f.ends(name+"-end", day, from, end)
			if !ok {
				break
			}
			text := clock.Format(to)
			o.To = &text
		}
		return o
	}
	return schemas.Occurred{Precision: "unknown"}
}

// ends finds the end of what began at from, which the field name says: the
// first moment after it at which the clock showed a time.
func (f *Form) ends(name string, day clock.Date, from time.Time, end string) (time.Time, bool) {
	c, err := time.Parse("15:04", end)
	if err != nil {
		f.Fail(name, "Enter the time as 14:05.")
		return time.Time{}, false
	}
	for _, d := range []clock.Date{day, day + 1} {
		for _, t := range clock.Instants(d, c.Hour(), c.Minute(), 0) {
			if !t.Before(from) {
				return t, true
			}
		}
	}
	f.Fail(name, "Enter a time after the start.")
	return time.Time{}, false
}

// Made is what the entry was made from: made, made-kept, made-reference and
// late, the reason for an entry that comes late.
func (f *Form) Made() schemas.Made {
	m := schemas.Made{From: f.Choice("made", "Say what this entry is made from.", "live", "handwritten-notes", "memory", "recording", "document"), Late: f.Prose("late")}
	if m.From == "live" || m.From == "memory" {
		return m
	}
	switch f.V("made-kept") {
	case "yes", "no":
		kept := f.V("made-kept") == "yes"
		m.Kept = &kept
	}
	m.Reference = f.Line("made-reference")
	return m
}

// append records an event in the case of a request and answers whether it
// stands there now. When it does not and err is nil, f says why and the page is
// to be shown again with what was typed.
func (s *Server) append(r *Request, f *Form, occurred schemas.Occurred, data any) (done ops.Appended, ok bool, err error) {
	if !f.OK() {
		return done, false, nil
	}
	typ, v, known := schemas.TypeOf(data)
	if !known {
		return done, false, fmt.Errorf("no type for %T", data)
	}
	id, err := ulid.ParseStrict(f.ID)
	if err != nil {
		return done, false, errForm
	}
	call := ops.Append{Type: typ, V: v, Actor: r.Who.Staff, ID: &id, Expect: f.Seq}
	if r.Route.Case {
		call.Case = &r.Chain
	}
	if call.Occurred, err = schemas.EncodeData(occurred); err != nil {
		return done, false, err
	}
	call.Data, err = schemas.EncodeData(data)
	if errors.Is(err, events.ErrTooLarge) {
		f.Fail("", overlong)
		return done, false, nil
	}
	if err != nil {
		return done, false, err
	}
	if done, err = s.ledger.Append(r.Context(), call); err == nil {
		return done, true, nil
	}
	return done, false, f.take(err)
}

// take puts what a person can do something about into the form and returns
// every other error.
func (f *Form) take(err error) error {
	e := ops.NewError(err)
	switch {
	case errors.Is(err, events.ErrConflict) && e.Last > f.Seq:
		f.Added, f.More = e.Added, e.Last-e.Saw-uint64(len(e.Added))
		f.Seq = e.Last
		f.Fail("new", "Somebody recorded something here while you were writing. Read what is new, then send yours again: it is still here.")
	case errors.Is(err, events.ErrDuplicate):
		return errTwice
	case errors.Is(err, events.ErrTooLarge):
		f.Fail("", overlong)
	case e.Pointer != nil:
		// The rule is the program's own words, never what was typed.
		field, name := fieldOf(*e.Pointer), strings.TrimPrefix(*e.Pointer, "/data/")
		if f.at != nil {
			field, name = f.at(*e.Pointer), ""
		}
		if name != "" {
			name = sentence(name) + ": "
		}
		f.Fail(field, sentence(name+e.Rule)+".")
	default:
		return err
	}
	return nil
}

// overlong says what an entry can hold: events.MaxBody, and events.MaxParts, of
// which every word is one.
const overlong = "Not recorded: this is longer than one entry can hold, which is about 130,000 words and at most 768 KiB. Record it as two entries: what you typed is still here."

// fieldOf is the field that a part of an event comes from, as far as they have
// the same name.
func fieldOf(pointer string) string {
	switch parts := strings.Split(pointer, "/"); {
	case len(parts) >= 3 && parts[1] == "data" && parts[2] == "made":
		return "made"
	case len(parts) >= 3 && parts[1] == "data":
		return strings.ReplaceAll(parts[2], "_", "-")
	case len(parts) >= 2 && parts[1] == "occurred":
		return "when-date"
	}
	return ""
}
