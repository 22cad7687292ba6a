package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/evidence/sheet"
)

// The event types that this package knows apart from the others.
const (
	typeRecorded  = "contact.recorded"
	typeHelpline  = "helpline.contact"
	typeAttempted = "contact.attempted"
	typeCorrected = "contact.corrected"
	typeDisputed  = "contact.disputed"
	typeMisfiled  = "entry.misfiled"
	typeAttached  = "attachment.added"
	typeRequested = "disclosure.requested"
	typeDecided   = "disclosure.decided"
	typeApproved  = "disclosure.approved"
	typeExported  = "disclosure.exported"

	exportedVersion = 2
)

// Kinds returns the event types in scope of a request that names none.
func Kinds() []string { return []string{typeAttempted, typeCorrected, typeRecorded} }

// outside is the code of what the request did not ask for.
const outside = 'S'

// misfiled is the code of what belongs to another case.
const misfiled = 'X'

// planned is an event of the case and what is to become of it.
type planned struct {
	entry    events.Entry
	parts    []events.Part
	typ      string
	corrects statement // of a correction
	follows  uint64    // the event that it goes with, in scope and closed as a whole; 0: none
	document bool      // the request or the decision: wholly open
	misfiled bool      // it belongs to another case
	inScope  bool
	undated  bool // in scope by the date it was recorded
	whole    byte // code under which all of it is withheld; 0: it is disclosed
	closed   []bool
	closings []leaves
}

// planOf is a case: the event of seq n is at n−1.
type planOf []*planned

// leaves is a closing of some leaves of an event.
type leaves struct {
	leaf, leaves uint64
	code         byte
	entry        int    // of the file of closings, from 1
	path         string // of the value
}

func (e *planned) seq() uint64     { return e.entry.Record.Link.Seq }
func (e *planned) disclosed() bool { return e.inScope && e.whole == 0 }

// value returns the canonical JSON of a scalar, or "".
func (e *planned) value(path string) string {
	for i := range e.parts {
		if e.parts[i].Path == path {
			return e.parts[i].Value
		}
	}
	return ""
}

// newPlan reads of every event what belongs to which other.
func newPlan(entries []events.Entry, parts [][]events.Part) planOf {
	plan := make(planOf, len(entries))
	for i := range entries {
		e := &planned{entry: entries[i], parts: parts[i], closed: make([]bool, len(parts[i]))}
		e.typ, _ = unquote(e.value("/type"))
		plan[i] = e
		switch e.typ {
		case typeCorrected:
			e.corrects = statement{e.number("/data/corrects/seq"), e.number("/data/corrects/statement")}
			e.follows = plan.before(e, e.corrects.seq, typeRecorded, typeHelpline)
		case typeDisputed:
			e.follows = plan.before(e, e.number("/data/disputes/seq"))
		case typeMisfiled:
			if of := plan.before(e, e.number("/data/entry")); of > 0 {
				plan[of-1].misfiled = true
			}
		}
	}
	return plan
}

// scope decides which events are in scope of a request.
func (p planOf) scope(r *Request) {
	kinds := r.kinds()
	for _, e := range p {
		e.inScope, e.undated = false, false
		switch {
		case !slices.Contains(kinds, e.typ):
		case e.follows > 0 && slices.Contains(kinds, p[e.follows-1].typ):
			e.inScope = p[e.follows-1].inScope
		case e.typ == typeAttached:
			e.date(r, "/data/produced", "/occurred")
		default:
			e.date(r, "/occurred")
		}
	}
}

// before returns seq when it is that of an event before e, of one of these
// types if any is named, else 0.
func (p planOf) before(e *planned, seq uint64, types ...string) uint64 {
	if seq == 0 || seq >= e.seq() || len(types) > 0 && !slices.Contains(types, p[seq-1].typ) {
		return 0
	}
	return seq
}

// number returns a scalar that is a number from 0, else 0.
func (e *planned) number(path string) uint64 {
	n, _ := strconv.ParseUint(e.value(path), 10, 53)
	return n
}

// date puts an event in scope when any of the days on which it happened is
// asked for; when they are not known, by the day on which it was recorded. The
// first of the places that has a date says when it happened.
func (e *planned) date(r *Request, places ...string) {
	var first, last string
	for _, at := range places {
		var ok bool
		if first, ok = e.day(at + "/from"); !ok {
			continue
		}
		if last, ok = e.day(at + "/to"); !ok {
			last = first
		}
		break
	}
	if first == "" {
		first = sheet.LocalDate(e.entry.Record.Detail.At)
		last = first
		e.undated = true
	}
	e.inScope = r.From <= last && first <= r.To
}

// day returns the date, in the United Kingdom, of a date or time of the event.
func (e *planned) day(path string) (string, bool) {
	s, ok := unquote(e.value(path))
	if !ok || len(s) < len(dateFormat) {
		return "", false
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return sheet.LocalDate(t), true
	}
	return s[:len(dateFormat)], true
}

// apply closes what the file of closings names.
func apply(plan planOf, closings []Closing) error {
	for i, c := range closings {
		fail := func(field, rule string) error {
			return &InputError{What: "closings", Entry: i + 1, Field: field, Rule: rule}
		}
		e, field, rule := plan.closable(c.Seq, c.Code)
		if rule != "" {
			return fail(field, rule)
		}
		var at leaves
		if c.Path != "" {
			if at, field, rule = e.locate(&c); rule != "" {
				return fail(field, rule)
			}
		}
		at.entry, at.path, at.code = i+1, c.Path, c.Code
		if field, rule = e.close(at); rule != "" {
			return fail(field, rule)
		}
	}
	return settle(plan)
}

// applyRecorded closes what a decision names.
func applyRecorded(plan planOf, closings []recordedClosing) error {
	for i, c := range closings {
		fail := func(field, rule string) error {
			return &InputError{What: "closings", Entry: i + 1, Field: field, Rule: rule}
		}
		e, field, rule := plan.closable(c.Seq, c.Code)
		if rule != "" {
			return fail(field, rule)
		}
		at := leaves{leaf: c.Leaf, leaves: c.Leaves, entry: i + 1, code: c.Code}
		if at.leaves > 0 {
			if at.path, rule = e.path(c.Leaf, c.Leaves); rule != "" {
				return fail("leaf", rule)
			}
		}
		if field, rule = e.close(at); rule != "" {
			return fail(field, rule)
		}
	}
	return settle(plan)
}

// closable returns the event of a closing, or the field and the rule that it
// breaks.
func (p planOf) closable(seq uint64, code byte) (e *planned, field, rule string) {
	switch {
	case seq == 0 || seq > uint64(len(p)):
		return nil, "seq", "the case has no such event"
	case strings.IndexByte(Codes, code) < 0:
		return nil, "code", "is none of A, P, X, S, L, C, M, K"
	case p[seq-1].document:
		return nil, "seq", "the event is the request or the decision, which are shown as they are"
	case !p[seq-1].inScope:
		return nil, "seq", "the event is outside the request and withheld already"
	}
	return p[seq-1], "", ""
}

// close closes leaves of the event, or, where there are none, all of it.
func (e *planned) close(at leaves) (field, rule string) {
	if e.whole != 0 || at.leaves == 0 && len(e.closings) > 0 {
		return "seq", "the event is closed by more than one entry, one of them as a whole"
	}
	if at.leaves == 0 {
		e.whole = at.code
		return "", ""
	}
	for k := at.leaf; k < at.leaf+at.leaves; k++ {
		if e.closed[k] {
			return "path", "closes what another entry closes"
		}
		e.closed[k] = true
	}
	e.closings = append(e.closings, at)
	return "", ""
}

// settle withholds what was misfiled, lets corrections and disputes follow the
// event they are about, and refuses an event of which nothing would be left.
func settle(plan planOf) error {
	for _, e := range plan {
		slices.SortFunc(e.closings, func(a, b leaves) int { return cmp.Compare(a.leaf, b.leaf) })
		if e.document || !e.disclosed() {
			continue
		}
		if e.misfiled {
			if len(e.closings) > 0 {
				return &InputError{What: "closings", Entry: e.closings[0].entry, Field: "seq",
					Rule: "the event belongs to another case, and is withheld as a whole"}
			}
			e.whole = misfiled
			continue
		}
		if e.follows > 0 && plan[e.follows-1].whole != 0 {
			if len(e.closings) > 0 {
				return &InputError{What: "closings", Entry: e.closings[0].entry, Field: "seq",
					Rule: "the event corrects one that is withheld, and is withheld with it"}
			}
			e.whole = plan[e.follows-1].whole
			continue
		}
		left := false
		for i := range e.parts {
			p := &e.parts[i]
			left = left || !e.closed[i] && !p.Decoy && p.Path != "/type" && p.Path != "/v"
		}
		if !left {
			return &InputError{What: "closings", Entry: e.closings[0].entry, Field: "path",
				Rule: fmt.Sprintf("nothing of event %d would be left; close it as a whole, with no path", e.seq())}
		}
	}
	return nil
}

// path returns the path of what some leaves are: one value, or words of one
// text, with all decoys behind it when its last word is among them.
func (e *planned) path(leaf, n uint64) (path, rule string) {
	end := leaf + n
	if leaf >= uint64(len(e.parts)) || end < leaf || end > uint64(len(e.parts)) {
		return "", "the event has no such leaves"
	}
	first := &e.parts[leaf]
	switch {
	case first.Decoy:
		return "", "a closing begins behind the end of a text"
	case first.Path == "/type" || first.Path == "/v":
		return "", "names what always stays open"
	case first.Kind != events.KindWord:
		if n != 1 {
			return "", "closes more than one value; close each by itself"
		}
		return first.Path, ""
	}
	path = textOf(first.Path)
	for i := leaf; i < end; i++ {
		if p := &e.parts[i]; !p.Decoy && (p.Kind != events.KindWord || textOf(p.Path) != path) {
			return "", "closes more than one text; close each by itself"
		}
	}
	if end < uint64(len(e.parts)) && e.parts[end].Decoy {
		return "", "closes the last word of a text, but not what fills it up"
	}
	return path, ""
}

// locate finds the leaves that a closing names.
func (e *planned) locate(c *Closing) (at leaves, field, rule string) {
	if c.Path == "/type" || c.Path == "/v" {
		return at, "path", "names what always stays open"
	}
	i := slices.IndexFunc(e.parts, func(p events.Part) bool {
		return p.Path == c.Path || p.Kind == events.KindWord && p.Path == c.Path+"/0"
	})
	if i < 0 {
		if slices.ContainsFunc(e.parts, func(p events.Part) bool { return strings.HasPrefix(p.Path, c.Path+"/") }) {
			return at, "path", "names no single value; close what stands in it"
		}
		return at, "path", "names nothing in this event"
	}
	p := &e.parts[i]
	if p.Kind != events.KindWord {
		if c.From != nil || c.To != nil {
			return at, "from", "words can be named of a text only"
		}
		return leaves{leaf: p.Index, leaves: 1}, "", ""
	}
	if p.Path == c.Path {
		return at, "path", "names one word; name the text, and the word by from and to"
	}
	words := 0
	for i+words < len(e.parts) && e.parts[i+words].Kind == events.KindWord && textOf(e.parts[i+words].Path) == c.Path {
		words++
	}
	from, to := 0, words-1
	if c.From != nil && c.To != nil {
		from, to = *c.From, *c.To
	}
	switch {
	case from < 0 || from >= words:
		return at, "from", fmt.Sprintf("the text has the words 0 to %d", words-1)
	case to < from:
		return at, "to", "is before from"
	case to >= words:
		return at, "to", fmt.Sprintf("the text has the words 0 to %d", words-1)
	}
	end := i + to + 1
	if to == words-1 {
		for end < len(e.parts) && e.parts[end].Decoy {
			end++
		}
	}
	return leaves{leaf: uint64(i + from), leaves: uint64(end - i - from)}, "", ""
}

// recordedClosings returns what event m records: the closings of every event
// below m, in order.
func recordedClosings(plan planOf) []recordedClosing {
	var out []recordedClosing
	for _, e := range plan {
		out = append(out, e.recorded()...)
	}
	return out
}

// recorded returns what event m records of this event.
func (e *planned) recorded() []recordedClosing {
	switch {
	case !e.inScope:
		return []recordedClosing{{Seq: e.seq(), Code: outside}}
	case e.whole != 0:
		return []recordedClosing{{Seq: e.seq(), Code: e.whole}}
	}
	var out []recordedClosing
	for _, c := range e.closings {
		out = append(out, recordedClosing{Seq: e.seq(), Leaf: c.leaf, Leaves: c.leaves, Code: c.code})
	}
	return out
}

// recordedClosing is a closing as event m records it; Leaf and Leaves 0 close
// the whole event.
type recordedClosing struct {
	Seq, Leaf, Leaves uint64
	Code              byte
}

// openParts returns the opened parts of a disclosed event.
func (e *planned) openParts() Parts { return closeParts(e.parts, e.closed) }
