package evidence

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/evidence/sheet"
)

// The event types that a contact sheet is made of.
const (
	typeRecorded  = "contact.recorded"
	typeAttempted = "contact.attempted"
	typeCorrected = "contact.corrected"
	typeExported  = "disclosure.exported"

	exportedVersion = 1
)

// Kinds returns the event types in scope of an export, as event m names them.
func Kinds() []string { return []string{typeAttempted, typeCorrected, typeRecorded} }

// outside is the code of what the request did not ask for.
const outside = 'S'

// planned is an event of the case and what is to become of it.
type planned struct {
	entry    events.Entry
	parts    []events.Part
	typ      string
	corrects statement // of a correction
	inScope  bool
	undated  bool // in scope by the date it was recorded
	whole    byte // code under which all of it is withheld; 0: it is disclosed
	closed   []bool
	closings []leaves
}

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

// newPlan reads what the scope needs of the events.
func newPlan(entries []events.Entry, parts [][]events.Part, r *Request) []*planned {
	plan := make([]*planned, len(entries))
	for i := range entries {
		e := &planned{entry: entries[i], parts: parts[i], closed: make([]bool, len(parts[i]))}
		e.typ, _ = unquote(e.value("/type"))
		plan[i] = e
		switch e.typ {
		case typeRecorded, typeAttempted:
			e.date(r)
		case typeCorrected:
			seq, _ := strconv.ParseUint(e.value("/data/corrects/seq"), 10, 53)
			number, _ := strconv.ParseUint(e.value("/data/corrects/statement"), 10, 53)
			e.corrects = statement{seq, number}
			if seq == 0 || seq > uint64(i) || plan[seq-1].typ != typeRecorded {
				e.date(r) // corrects nothing that a contact sheet shows
			} else {
				e.inScope = plan[seq-1].inScope
			}
		}
	}
	return plan
}

// date puts an event in scope when any of the days on which it happened is
// asked for; when they are not known, by the day on which it was recorded.
func (e *planned) date(r *Request) {
	first, ok := e.day("/occurred/from")
	if !ok {
		first = sheet.LocalDate(e.entry.Record.Detail.At)
		e.undated = true
	}
	last, ok := e.day("/occurred/to")
	if !ok {
		last = first
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
func apply(plan []*planned, closings []Closing) error {
	for i, c := range closings {
		fail := func(field, rule string) error {
			return &InputError{What: "closings", Entry: i + 1, Field: field, Rule: rule}
		}
		if c.Seq == 0 || c.Seq > uint64(len(plan)) {
			return fail("seq", "the case has no such event")
		}
		if strings.IndexByte(Codes, c.Code) < 0 {
			return fail("code", "is none of A, P, X, S, L, C, M, K")
		}
		e := plan[c.Seq-1]
		if !e.inScope {
			return fail("seq", "the event is outside the request and withheld already")
		}
		if c.Path == "" {
			if e.whole != 0 || len(e.closings) > 0 {
				return fail("seq", "the event is closed by more than one entry, one of them as a whole")
			}
			e.whole = c.Code
			continue
		}
		if e.whole != 0 {
			return fail("seq", "the event is closed by more than one entry, one of them as a whole")
		}
		at, field, rule := e.locate(&c)
		if rule != "" {
			return fail(field, rule)
		}
		at.entry, at.path, at.code = i+1, c.Path, c.Code
		for k := at.leaf; k < at.leaf+at.leaves; k++ {
			if e.closed[k] {
				return fail("path", "closes what another entry closes")
			}
			e.closed[k] = true
		}
		e.closings = append(e.closings, at)
	}
	return settle(plan)
}

// settle lets corrections follow the contact they correct, and refuses an
// event of which nothing would be left.
func settle(plan []*planned) error {
	for _, e := range plan {
		slices.SortFunc(e.closings, func(a, b leaves) int { return int(a.leaf) - int(b.leaf) })
		if e.disclosed() && e.typ == typeCorrected && e.corrects.seq > 0 && e.corrects.seq < e.seq() {
			if of := plan[e.corrects.seq-1]; of.whole != 0 {
				if len(e.closings) > 0 {
					return &InputError{What: "closings", Entry: e.closings[0].entry, Field: "seq",
						Rule: "the event corrects one that is withheld, and is withheld with it"}
				}
				e.whole = of.whole
			}
		}
		if !e.disclosed() {
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
func recordedClosings(plan []*planned) []recordedClosing {
	var out []recordedClosing
	for _, e := range plan {
		switch {
		case !e.inScope:
			out = append(out, recordedClosing{Seq: e.seq(), Code: outside})
		case e.whole != 0:
			out = append(out, recordedClosing{Seq: e.seq(), Code: e.whole})
		default:
			for _, c := range e.closings {
				out = append(out, recordedClosing{Seq: e.seq(), Leaf: c.leaf, Leaves: c.leaves, Code: c.code})
			}
		}
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
