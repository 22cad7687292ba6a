package projections

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
)

// event is a body taken apart, with what its record says of it.
type event struct {
	seq      uint64
	recorded time.Time
	typ      string
	v        uint64
	actor    string
	occurred Occurred
	data     []byte // aliases the body
}

// parseEvent takes a canonical body apart.
func parseEvent(seq uint64, recorded time.Time, body []byte) (event, error) {
	e := event{seq: seq, recorded: recorded}
	err := members(body, func(name, val []byte) (err error) {
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
	late bool

	source   string
	flags    marks
	received When

	initials    string
	born        When
	interpreter bool

	safe safeContact

	adviser string

	channel, direction, outcome string
	withClient, checked         bool
	statements                  int
	next                        When // next contact, or next try

	corrects  uint64 // seq of the contact that is corrected
	statement uint64

	reported string

	level    level
	criteria criteria
	answers  int

	actions []planned

	reason string

	from, to When
	copy     uint64
}

type planned struct {
	action
	ended bool
}

// readFacts reads the data of an event. A type or version that it does not
// know has no facts: the event still counts and stands in the timeline.
func readFacts(e *event, f *facts) error {
	if e.v != 1 {
		return nil
	}
	read := readers[e.typ]
	if read == nil {
		return nil
	}
	err := members(e.data, func(name, val []byte) error {
		if string(name) == "made" {
			return members(val, func(name, val []byte) error {
				f.late = f.late || string(name) == "late" && !isNull(val)
				return nil
			})
		}
		return read(f, name, val)
	})
	if err != nil {
		return at("data", err)
	}
	return nil
}

// readers know the data of each type, member by member.
var readers = map[string]func(f *facts, name, val []byte) error{
	"referral.received":   (*facts).referral,
	"client.recorded":     (*facts).client,
	"safe-contact.set":    (*facts).safeContact,
	"case.allocated":      (*facts).allocated,
	"contact.attempted":   (*facts).attempted,
	"contact.recorded":    (*facts).contact,
	"contact.corrected":   (*facts).corrected,
	"incident.disclosed":  (*facts).incident,
	"risk.reviewed":       (*facts).reviewed,
	"plan.changed":        (*facts).plan,
	"case.closed":         (*facts).closed,
	"disclosure.exported": (*facts).exported,
}

func (f *facts) referral(name, val []byte) (err error) {
	switch string(name) {
	case "source":
		f.source, err = text(val)
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
	}
	return err
}

func (f *facts) attempted(name, val []byte) (err error) {
	switch string(name) {
	case "channel":
		f.channel, err = text(val)
	case "outcome":
		f.outcome, err = text(val)
	case "next_try":
		f.next, err = readWhen(val)
	}
	return err
}

func (f *facts) contact(name, val []byte) (err error) {
	switch string(name) {
	case "channel":
		f.channel, err = text(val)
	case "direction":
		f.direction, err = text(val)
	case "with":
		err = elements(val, func(val []byte) error {
			return members(val, func(name, val []byte) error {
				f.withClient = f.withClient || string(name) == "kind" && string(val) == `"client"`
				return nil
			})
		})
	case "safe_contact_checked":
		f.checked, err = boolean(val)
	case "statements":
		err = elements(val, func([]byte) error { f.statements++; return nil })
	case "next_contact":
		f.next, err = readWhen(val)
	}
	return err
}

func (f *facts) corrected(name, val []byte) error {
	if string(name) != "corrects" {
		return nil
	}
	return members(val, func(name, val []byte) (err error) {
		switch string(name) {
		case "seq":
			f.corrects, err = number(val)
		case "statement":
			f.statement, err = number(val)
		}
		return err
	})
}

func (f *facts) incident(name, val []byte) (err error) {
	if string(name) == "reported" {
		f.reported, err = text(val)
	}
	return err
}

func (f *facts) reviewed(name, val []byte) error {
	switch string(name) {
	case "answers":
		return elements(val, func([]byte) error { f.answers++; return nil })
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

func (f *facts) closed(name, val []byte) (err error) {
	if string(name) == "reason" {
		f.reason, err = text(val)
	}
	return err
}

func (f *facts) exported(name, val []byte) (err error) {
	switch string(name) {
	case "from":
		f.from, err = readWhen(val)
	case "to":
		f.to, err = readWhen(val)
	case "copy":
		f.copy, err = number(val)
	}
	return err
}

// fold makes s the state after an event.
func (s *state) fold(e *event, f *facts) {
	s.events++
	if f.late {
		s.lateEntries++
	}
	if e.v != 1 {
		return
	}
	// When it happened; an event that says nothing counts as of its entry.
	when := e.occurred.end()
	if when.IsZero() {
		when = timeAt(e.recorded, time.UTC)
	}
	switch e.typ {
	case "referral.received":
		// The newest referral runs the clock, whichever was written first.
		if s.referral.IsZero() || !f.received.before(s.referral) {
			if !s.firstAttempt.IsZero() && s.firstAttempt.before(f.received) {
				s.firstAttempt = When{}
				if tried := latest(s.lastAttempt, s.lastContact); !tried.before(f.received) {
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
		if !when.before(s.lastAttempt) {
			s.lastAttempt, s.nextTry = when, f.next
		}
	case "contact.recorded":
		s.contacts++
		if !f.withClient {
			break
		}
		s.tried(when)
		if !when.before(s.lastContact) {
			s.lastContact, s.nextContact = when, f.next
		}
		if !when.before(s.lastAttempt) {
			s.nextTry = When{} // reached: nothing left to try
		}
	case "contact.corrected":
		s.corrections++
	case "incident.disclosed":
		s.incidents++
		s.open = append(s.open, when)
	case "risk.reviewed":
		if !when.before(s.riskAt) {
			s.risk, s.riskAt, s.criteria = f.level, when, f.criteria
		}
		s.open = slices.DeleteFunc(s.open, func(disclosed When) bool { return !when.before(disclosed) })
	case "plan.changed":
		for i := range f.actions {
			s.setAction(f.actions[i].action, f.actions[i].ended)
		}
	case "case.closed":
		s.status = statusClosed
	case "disclosure.exported":
		s.exports++
	}
}

// tried notes an attempt or contact after the referral that runs the clock.
func (s *state) tried(when When) {
	if !s.referral.IsZero() && when.before(s.referral) {
		return
	}
	if s.firstAttempt.IsZero() || when.before(s.firstAttempt) {
		s.firstAttempt = when
	}
}

// row is a timeline entry as it is stored; its seq stands in its key.
type row struct {
	recorded  int64 // microseconds since 1970
	typ       string
	v         uint64
	actor     string
	occurred  Occurred
	late      bool // the author gave a reason for a late entry
	corrects  uint64
	statement uint64
	summary   string
}

func makeRow(e *event, f *facts) row {
	return row{
		recorded: e.recorded.UnixMicro(), typ: e.typ, v: e.v, actor: e.actor, occurred: e.occurred,
		late: f.late, corrects: f.corrects, statement: f.statement, summary: summary(e, f),
	}
}

var channelWords = map[string]string{
	"phone": "telephone", "video": "video call", "text": "text message",
	"email": "email", "post": "letter",
}

var sourceWords = map[string]string{
	"marac": "a Marac", "police": "the police", "self": "the client",
	"agency": "an agency", "helpline": "the helpline",
}

// summary says in one line what an event is. It is made of codes and counts:
// never a client's words, a name, a number or an address.
func summary(e *event, f *facts) string {
	if e.v != 1 || readers[e.typ] == nil {
		return "An event of a kind that this version does not know"
	}
	b := make([]byte, 0, 96)
	switch e.typ {
	case "referral.received":
		b = append(b, "Referral from "...)
		b = append(b, sourceWords[f.source]...)
	case "client.recorded":
		b = append(b, "Client's details"...)
		if f.interpreter {
			b = append(b, ", interpreter needed"...)
		}
	case "safe-contact.set":
		b = append(b, "Safe contact set: "...)
		b = f.safe.append(b)
	case "case.allocated":
		b = append(b, "Allocated to "...)
		b = append(b, code(f.adviser)...)
	case "contact.attempted":
		b = append(b, "Attempt"...)
		b = appendChannel(b, f.channel)
		b = append(b, ", "...)
		b = append(b, spaced(f.outcome)...)
	case "contact.recorded":
		b = append(b, "Contact"...)
		b = appendChannel(b, f.channel)
		if !f.withClient {
			b = append(b, ", not with the client"...)
		}
		b = appendDuration(b, e.occurred)
		b = append(b, ", "...)
		b = appendCount(b, f.statements, "statement")
		if !f.checked {
			b = append(b, ", safe contact not checked"...)
		}
	case "contact.corrected":
		b = append(b, "Correction of event "...)
		b = strconv.AppendUint(b, f.corrects, 10)
		b = append(b, ", statement "...)
		b = strconv.AppendUint(b, f.statement+1, 10)
	case "incident.disclosed":
		b = append(b, "Incident disclosed, reported to the police: "...)
		b = append(b, spaced(f.reported)...)
	case "risk.reviewed":
		b = append(b, "Risk review, judged "...)
		b = append(b, f.level.String()...)
		for i, name := range criteriaNames {
			if f.criteria>>i&1 == 1 {
				b = append(b, ", "...)
				b = append(b, spaced(name)...)
			}
		}
	case "plan.changed":
		b = append(b, "Plan changed, "...)
		b = appendCount(b, len(f.actions), "action")
	case "case.closed":
		b = append(b, "Case closed, reason: "...)
		b = append(b, spaced(f.reason)...)
	case "disclosure.exported":
		b = append(b, "Exported for disclosure, "...)
		b = f.from.append(b)
		b = append(b, " to "...)
		b = f.to.append(b)
		b = append(b, ", copy "...)
		b = strconv.AppendUint(b, f.copy, 10)
	}
	return string(b)
}

// code passes on a code of a schema, and nothing that could be anything else.
func code(s string) string {
	if len(s) > 32 {
		return "other"
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return "other"
		}
	}
	return s
}

// spaced is a code as words.
func spaced(s string) string { return strings.ReplaceAll(code(s), "-", " ") }

func appendChannel(b []byte, channel string) []byte {
	if channel == "in-person" {
		return append(b, " in person"...)
	}
	b = append(b, " by "...)
	if word := channelWords[channel]; word != "" {
		return append(b, word...)
	}
	return append(b, code(channel)...)
}

// appendDuration writes how long something took, when it was timed.
func appendDuration(b []byte, o Occurred) []byte {
	if o.Precision != "exact" || o.From.kind != whenTime || o.To.kind != whenTime || o.To.sec < o.From.sec {
		return b
	}
	b = append(b, ", "...)
	return appendCount(b, int(o.To.sec-o.From.sec)/60, "minute")
}

func appendCount(b []byte, n int, what string) []byte {
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(append(b, ' '), what...)
	if n != 1 {
		b = append(b, 's')
	}
	return b
}

// append writes a safe-contact setting in words: which channels, whether a
// code word is set, never the word.
func (s *safeContact) append(b []byte) []byte {
	list := func(set channels) {
		first := true
		for i, name := range channelNames {
			if set>>i&1 == 1 {
				if !first {
					b = append(b, ", "...)
				}
				b, first = append(b, name...), false
			}
		}
	}
	switch {
	case s.allowed == 0:
		b = append(b, "no channel"...)
	case s.allowed&(s.allowed-1) == 0:
		list(s.allowed)
		b = append(b, " only"...)
	default:
		list(s.allowed)
	}
	if some := s.allowed & s.refused; some != 0 {
		b = append(b, ", not every address: "...)
		list(some)
	}
	if s.codeWord {
		b = append(b, ", code word set"...)
	}
	return b
}

func (r *row) append(b []byte) []byte {
	b = append(b, rowVersion)
	b = appendInt(b, r.recorded)
	b = appendText(b, r.typ)
	b = binary.AppendUvarint(b, r.v)
	b = appendText(b, r.actor)
	b = appendWhen(appendWhen(b, r.occurred.From), r.occurred.To)
	b = appendText(b, r.occurred.Precision)
	b = appendBool(b, r.late)
	b = binary.AppendUvarint(binary.AppendUvarint(b, r.corrects), r.statement)
	return appendText(b, r.summary)
}

const rowVersion = 1

// decodeRow is the strict inverse of append.
func decodeRow(b []byte) (row, error) {
	var r row
	d := decoder{b: b}
	if d.byte() != rowVersion {
		return r, errValue
	}
	r.recorded = d.int()
	r.typ = d.string()
	r.v = d.uint()
	r.actor = d.string()
	r.occurred = Occurred{From: d.when(), To: d.when(), Precision: d.string()}
	r.late = d.bool()
	r.corrects, r.statement = d.uint(), d.uint()
	r.summary = d.string()
	return r, d.end()
}

// extract reads a body for both folds. Like the folds themselves it turns a
// panic into an error: a body that this code did not foresee takes down the
// views of its case and nothing else.
func extract(r *events.Record, body []byte) (e event, f facts, err error) {
	defer recovered(&err)
	if e, err = parseEvent(r.Link.Seq, r.Detail.At, body); err == nil {
		err = readFacts(&e, &f)
	}
	return e, f, err
}

func (s *state) tryFold(e *event, f *facts) (err error) {
	defer recovered(&err)
	s.fold(e, f)
	return nil
}

func tryRow(e *event, f *facts) (r row, err error) {
	defer recovered(&err)
	return makeRow(e, f), nil
}

var errPanic = errors.New("the fold panicked")

func recovered(err *error) {
	if recover() != nil {
		*err = errPanic // what panicked may quote the body
	}
}
