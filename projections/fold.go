package projections

import (
	"errors"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// event is a body taken apart, with what its record says of it.
type event struct {
	seq      uint64
	recorded time.Time
	typ      string
	v        uint64 // as recorded
	actor    string
	occurred Occurred
	data     []byte   // aliases the body; at the newest version once newest has run
	members  []member // of data, when they were found before
}

// newest brings the data to the newest version of its type. It reports false
// for a type or version that this build does not know.
func (e *event) newest() (uint64, bool, error) {
	b, err := schemas.Upcast(events.Body{Type: e.typ, V: e.v, Data: e.data})
	switch {
	case errors.Is(err, events.ErrVersion):
		return 0, false, nil
	case err != nil:
		return 0, false, &foldError{"/data"}
	}
	if b.V != e.v {
		e.data, e.members = b.Data, nil
	}
	return b.V, true, nil
}

// found are the members of a body and of its data, found before; none were
// when they are empty.
type found struct{ body, data []member }

// parseEvent takes a canonical body apart.
func parseEvent(seq uint64, recorded time.Time, body []byte, in found) (event, error) {
	e := event{seq: seq, recorded: recorded, members: in.data}
	err := membersAt(body, in.body, func(name, val []byte) (err error) {
		switch string(name) {
		case "actor":
			e.actor, err = text(val)
		case "data":
			e.data = val
		case "occurred":
			e.occurred, err = readOccurred(val)
		case "type":
			e.typ, err = text(val)
		case "v":
			e.v, err = number(val)
		}
		return err
	})
	return e, err
}

// foldError says where a body is not what its type says. It names the member,
// never the value.
type foldError struct{ pointer string }

func (e *foldError) Error() string { return "not what was expected at " + e.pointer }

// at puts a member's name in front of an error.
func at(name string, err error) error {
	if f, ok := err.(*foldError); ok {
		return &foldError{"/" + name + f.pointer}
	}
	return &foldError{"/" + name}
}

// facts are what an event's data says, as far as the views want to know. One
// pass over the data serves all of them.
type facts struct {
	v    uint64 // the newest version of the type, at which it was read; 0: not known here
	late bool

	flags    marks
	received clock.When

	initials    string
	born        clock.When
	interpreter bool

	safe safeContact

	adviser string

	given string // to whom the case is: to keep, to cover or for an appointment

	staff    string // on or off the exclusion list
	excluded bool
	erased   bool // the whole case

	sheet casefile.Sheet // of a contact
	next  clock.When     // next contact, or next try

	channel, dialled string // of a contact or an attempt, and the number used; "": none

	about about

	level    level
	criteria criteria

	actions []planned
	dates   []dated

	exhibit []byte // the event's own reference, as JSON; nil: none
	named   []byte // the reference of what it was made from
}

// about is the entry that another one speaks of.
type about struct {
	how       aboutHow
	seq       uint64
	statement uint64 // from 1; 0: all of it
}

type aboutHow uint8

const (
	aboutNothing aboutHow = iota
	aboutCorrects
	aboutDisputes
	aboutMisfiled
)

type planned struct {
	action
	ended bool
}

// readFacts reads the data of an event. A type or version that it does not
// know has no facts: the event still counts and stands in the timeline.
func readFacts(e *event, f *facts) error {
	if e.typ == "contact.recorded" {
		// Half of all events: what contact reads of them stands in every version
		// alike, and nothing else asks for their data.
		newest, _ := schemas.Default().Latest(e.typ)
		if e.v < 1 || e.v > newest {
			return nil
		}
		f.v = newest
	} else {
		v, known, err := e.newest()
		if err != nil || !known {
			return err
		}
		f.v = v
	}
	read := readers[e.typ]
	if read == nil {
		read = readNothing
	}
	err := membersAt(e.data, e.members, func(name, val []byte) error {
		if string(name) == "made" {
			return members(val, func(name, val []byte) error {
				f.late = f.late || string(name) == "late" && !isNull(val)
				if string(name) == "reference" {
					f.named = val
				}
				return nil
			})
		}
		return read(f, name, val)
	})
	if err != nil {
		return at("data", err)
	}
	f.dates = datesOf(e)
	return nil
}

func readNothing(*facts, []byte, []byte) error { return nil }

// readers know the data of the types that lists of cases are made of, member
// by member, at the newest version. The others have a line in the timeline and
// nothing but dates; see datesOf.
var readers = map[string]func(f *facts, name, val []byte) error{
	"referral.received":   (*facts).referral,
	"client.recorded":     (*facts).client,
	"safe-contact.set":    (*facts).safeContact,
	"case.allocated":      (*facts).allocated,
	"case.covered":        (*facts).covered,
	"appointment.planned": (*facts).arranged,
	"appointment.moved":   (*facts).arranged,
	"contact.attempted":   (*facts).attempted,
	"contact.recorded":    (*facts).contact,
	"contact.corrected":   (*facts).corrected,
	"contact.disputed":    (*facts).disputed,
	"entry.misfiled":      (*facts).misfiled,
	"risk.reviewed":       (*facts).reviewed,
	"plan.changed":        (*facts).plan,
	"staff.excluded":      (*facts).exclusion,
	"case.erased":         (*facts).erasure,
	"attachment.added":    (*facts).produced,
	"disclosure.exported": (*facts).produced,
}

func (f *facts) referral(name, val []byte) (err error) {
	switch string(name) {
	case "received":
		f.received, err = readWhen(val)
	case "flags":
		err = elements(val, func(val []byte) error {
			s, err := text(val)
			f.flags |= referralFlags[s]
			return err
		})
	}
	return err
}

func (f *facts) client(name, val []byte) (err error) {
	switch string(name) {
	case "initials":
		f.initials, err = text(val)
	case "born":
		f.born, err = readWhen(val)
	case "interpreter":
		err = members(val, func(name, val []byte) (err error) {
			if string(name) == "needed" {
				f.interpreter, err = boolean(val)
			}
			return err
		})
	}
	return err
}

func (f *facts) safeContact(name, val []byte) (err error) {
	f.safe.set = true
	switch string(name) {
	case "channels":
		err = elements(val, f.safeChannel)
	case "code_word":
		f.safe.codeWord = !isNull(val)
	case "expires":
		f.safe.expires, err = readWhen(val)
	}
	return err
}

// safeChannel reads one channel of a safe-contact setting. A channel that is
// allowed at one address and refused at another is both.
func (f *facts) safeChannel(val []byte) error {
	var bit channels
	var allowed bool
	err := members(val, func(name, val []byte) (err error) {
		switch string(name) {
		case "allowed":
			allowed, err = boolean(val)
		case "channel":
			var s string
			if s, err = text(val); err == nil {
				if i := slices.Index(channelNames[:], s); i >= 0 {
					bit = 1 << i
				}
			}
		}
		return err
	})
	if allowed {
		f.safe.allowed |= bit
	} else {
		f.safe.refused |= bit
	}
	return err
}

func (f *facts) allocated(name, val []byte) (err error) {
	if string(name) == "adviser" {
		f.adviser, err = text(val)
		f.given = f.adviser
	}
	return err
}

func (f *facts) covered(name, val []byte) (err error) {
	if string(name) == "adviser" {
		f.given, err = text(val)
	}
	return err
}

// arranged reads an appointment as it was planned, or as it is after a move;
// one that was called off has no arrangement.
func (f *facts) arranged(name, val []byte) error {
	if string(name) != "arranged" || isNull(val) {
		return nil
	}
	return members(val, f.covered)
}

func (f *facts) attempted(name, val []byte) (err error) {
	switch string(name) {
	case "channel":
		f.channel, err = text(val)
	case "next_try":
		f.next, err = readWhen(val)
	case "number":
		f.dialled, err = optional(val)
	}
	return err
}

// optional reads a string, "" for null.
func optional(val []byte) (string, error) {
	if isNull(val) {
		return "", nil
	}
	return text(val)
}

func (f *facts) contact(name, val []byte) (err error) {
	switch string(name) {
	case "channel":
		f.sheet.Channel, err = text(val)
		f.channel = f.sheet.Channel
	case "number":
		f.dialled, err = optional(val)
	case "feedback_on":
		if !isNull(val) {
			f.sheet.FeedbackOn, err = number(val)
		}
	case "with":
		err = elements(val, func(val []byte) error {
			return members(val, func(name, val []byte) error {
				f.sheet.WithClient = f.sheet.WithClient || string(name) == "kind" && string(val) == `"client"`
				return nil
			})
		})
	case "safe_contact_checked":
		f.sheet.Checked, err = boolean(val)
	case "statements":
		err = elements(val, func([]byte) error { f.sheet.Statements++; return nil })
	case "next_contact":
		f.next, err = readWhen(val)
	}
	return err
}

func (f *facts) corrected(name, val []byte) error {
	if string(name) != "corrects" {
		return nil
	}
	return f.place(aboutCorrects, val)
}

func (f *facts) disputed(name, val []byte) error {
	if string(name) != "disputes" {
		return nil
	}
	return f.place(aboutDisputes, val)
}

// place reads an event and a statement of it; null is all of it.
func (f *facts) place(how aboutHow, val []byte) error {
	f.about.how = how
	return members(val, func(name, val []byte) (err error) {
		switch string(name) {
		case "seq":
			f.about.seq, err = number(val)
		case "statement":
			if !isNull(val) {
				f.about.statement, err = number(val)
				f.about.statement++
			}
		}
		return err
	})
}

func (f *facts) misfiled(name, val []byte) (err error) {
	if string(name) == "entry" {
		f.about.how = aboutMisfiled
		f.about.seq, err = number(val)
	}
	return err
}

func (f *facts) exclusion(name, val []byte) (err error) {
	switch string(name) {
	case "staff":
		f.staff, err = text(val)
	case "excluded":
		f.excluded, err = boolean(val)
	}
	return err
}

func (f *facts) produced(name, val []byte) error {
	if string(name) == "exhibit" {
		f.exhibit = val
	}
	return nil
}

func (f *facts) erasure(name, val []byte) error {
	f.erased = f.erased || string(name) == "scope" && string(val) == `"case"`
	return nil
}

func (f *facts) reviewed(name, val []byte) error {
	switch string(name) {
	case "criteria":
		return elements(val, func(val []byte) error {
			s, err := text(val)
			if i := slices.Index(criteriaNames[:], s); i >= 0 {
				f.criteria |= 1 << i
			}
			return err
		})
	case "judgement":
		return members(val, func(name, val []byte) error {
			if string(name) != "level" {
				return nil
			}
			s, err := text(val)
			i := slices.Index(levels[:], s)
			if err == nil && i <= 0 {
				err = errShape
			}
			if err == nil {
				f.level = level(i)
			}
			return err
		})
	}
	return nil
}

func (f *facts) plan(name, val []byte) error {
	if string(name) != "actions" {
		return nil
	}
	return elements(val, func(val []byte) error {
		var p planned
		err := members(val, func(name, val []byte) (err error) {
			switch string(name) {
			case "id":
				p.id, err = text(val)
			case "area":
				p.area, err = text(val)
			case "due":
				p.due, err = readWhen(val)
			case "status":
				var s string
				s, err = text(val)
				p.ended = s != "planned" && s != "doing"
			}
			return err
		})
		f.actions = append(f.actions, p)
		return err
	})
}

// fold makes s the state after an event.
func (s *state) fold(e *event, f *facts) {
	s.events++
	if f.late {
		s.lateEntries++
	}
	if f.v == 0 {
		return
	}
	// When it happened; an event that says nothing counts as of its entry.
	when := e.occurred.end()
	if when.IsZero() {
		when = clock.AtTime(e.recorded)
	}
	for i := range f.dates {
		s.setDate(f.dates[i])
	}
	switch e.typ {
	case "referral.received":
		// The newest referral runs the clock, whichever was written first.
		if s.referral.IsZero() || !f.received.Before(s.referral) {
			if !s.firstAttempt.IsZero() && s.firstAttempt.Before(f.received) {
				s.firstAttempt = clock.When{}
				if tried := latest(s.lastAttempt, s.lastContact); !tried.Before(f.received) {
					s.firstAttempt = tried
				}
			}
			s.referral = f.received
		}
		s.status = statusOpen
		s.marks |= f.flags
	case "client.recorded":
		s.initials, s.born = f.initials, f.born
		s.marks &^= markInterpreter
		if f.interpreter {
			s.marks |= markInterpreter
		}
	case "safe-contact.set":
		s.safe = f.safe
	case "case.allocated":
		s.adviser = f.adviser
	case "contact.attempted":
		s.attempts++
		s.tried(when)
		if !when.Before(s.lastAttempt) {
			s.lastAttempt, s.nextTry = when, f.next
		}
	case "contact.recorded":
		s.contacts++
		if !f.sheet.WithClient {
			break
		}
		s.tried(when)
		if !when.Before(s.lastContact) {
			s.lastContact, s.nextContact = when, f.next
		}
		if !when.Before(s.lastAttempt) {
			s.nextTry = clock.When{} // reached: nothing left to try
		}
		if f.sheet.FeedbackOn != 0 {
			s.told(f.sheet.FeedbackOn)
		}
	case "contact.corrected":
		s.corrections++
	case "entry.misfiled":
		s.misfiled++
	case "incident.disclosed":
		s.incidents++
		s.open = append(s.open, when)
	case "risk.reviewed":
		if !when.Before(s.riskAt) {
			s.risk, s.riskAt, s.criteria = f.level, when, f.criteria
		}
		s.open = slices.DeleteFunc(s.open, func(disclosed clock.When) bool { return !when.Before(disclosed) })
	case "plan.changed":
		for i := range f.actions {
			s.setAction(f.actions[i].action, f.actions[i].ended)
		}
	case "case.closed":
		s.status = statusClosed
	case "case.reopened":
		s.status = statusOpen
	case "staff.excluded":
		s.exclude(f.staff, f.excluded)
	case "case.erased":
		if f.erased {
			s.status = statusErased
		}
	case "disclosure.exported":
		s.exports++
	}
}

// tried notes an attempt or contact after the referral that runs the clock.
func (s *state) tried(when clock.When) {
	if !s.referral.IsZero() && when.Before(s.referral) {
		return
	}
	if s.firstAttempt.IsZero() || when.Before(s.firstAttempt) {
		s.firstAttempt = when
	}
}

// row is a timeline entry, as it is told by the event and nothing else.
type row struct {
	recorded int64 // microseconds since 1970
	typ      string
	v        uint64
	actor    string
	occurred Occurred
	late     bool // the author gave a reason for a late entry
	about    about
	summary  string
}

func makeRow(e *event, f *facts) row {
	return row{
		recorded: e.recorded.UnixMicro(), typ: e.typ, v: e.v, actor: e.actor, occurred: e.occurred,
		late: f.late, about: f.about, summary: summary(e, f),
	}
}

// summary says in one line what an event is. The words are those of package
// casefile, for every list of events.
func summary(e *event, f *facts) string {
	if f.v != 0 && e.typ == "contact.recorded" {
		f.sheet.Minutes = e.occurred.minutes()
		return f.sheet.Line()
	}
	return casefile.Line(casefile.Event{Body: events.Body{Type: e.typ, V: max(f.v, 1), Data: e.data}})
}

// minutes is how long something took, when it was timed; -1 when it was not.
func (o Occurred) minutes() int {
	if o.Precision != "exact" || o.From.IsZero() || o.From.IsDate() || o.To.IsZero() || o.To.IsDate() || o.To.Before(o.From) {
		return -1
	}
	from, _ := o.From.Unix()
	to, _ := o.To.Unix()
	return int(to-from) / 60
}

// extract reads a body for both folds. Like the folds themselves it turns a
// panic into an error: a body that this code did not foresee takes down the
// views of its case and nothing else.
func extract(r *events.Record, body []byte, in found) (e event, f facts, err error) {
	defer recovered(&err)
	if e, err = parseEvent(r.Link.Seq, r.Detail.At, body, in); err == nil {
		err = readFacts(&e, &f)
	}
	return e, f, err
}

func (s *state) tryFold(e *event, f *facts) (err error) {
	defer recovered(&err)
	s.fold(e, f)
	return nil
}

var errPanic = errors.New("the fold panicked")

func recovered(err *error) {
	if recover() != nil {
		*err = errPanic // what panicked may quote the body
	}
}
