package sheet

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
)

// Format is the format member of contact-sheets.json.
const Format = "caseledger/contact-sheets/v1"

// maxHoles is the most elements of arrays that a sheet shows as closed. It
// keeps a forged index from filling the memory.
const maxHoles = 1 << 17

// ErrInput: opened parts of which no sheet can be made.
var ErrInput = errors.New("no sheet can be made of these parts")

// Input is all that a sheet is made from.
type Input struct {
	Origin   string
	Chain    events.Chain
	Seq      uint64        // of the export: m
	Previous events.Hash   // event hash of m−1
	Export   []events.Part // all parts of event m, in order; /data/manifest may be missing
	Events   []Event       // events below m with anything open, ascending
	Draft    bool          // nothing is recorded yet: everything that is made says so
}

// Event is a disclosed event: its place, and its opened parts.
type Event struct {
	Seq   uint64
	Hash  events.Hash
	At    time.Time     // when recorded
	Size  uint64        // leaves, decoys included
	Parts []events.Part // the opened ones, decoys included, ascending index
}

// Status says how much of an event is disclosed.
type Status uint8

// The statuses.
const (
	Withheld Status = iota // nothing, or /type and /v alone
	Part
	Full // every part and decoy
)

// String returns the word that the schedule uses.
func (s Status) String() string { return [...]string{"withheld", "part", "full"}[s] }

// Sheet is everything that the sheets, the schedule and the README say.
type Sheet struct {
	in       Input
	facts    facts
	export   *node // the body of event m less closings and manifest
	entries  []*entry
	schedule []row
	numbers  map[uint64]*entry  // by seq
	fixes    map[fixed][]*entry // corrections, by the statement that they correct
	disputes map[fixed][]*entry // by the statement that is disputed, or wholeEntry
}

// facts are what event m says.
type facts struct {
	officer, force, reference, from, to, exhibit string
	recipient                                    string // "" when there is none
	copy                                         int
	request, decision                            uint64 // their seq; 0: none
	prepared                                     moment
	preparedAt                                   string // as it is recorded
	actor                                        string
}

type row struct {
	seq    uint64
	status Status
	codes  string
	entry  *entry // nil when withheld
}

// fixed names a statement that a correction corrects or a dispute disputes.
type fixed struct{ seq, statement uint64 }

// wholeEntry stands for every statement of an entry.
const wholeEntry = ^uint64(0)

// Build makes the sheet. It fails, with an error wrapping ErrInput, when
// event m lacks a fact or names a closing of an event that is not there.
func Build(in Input) (*Sheet, error) {
	s := &Sheet{in: in, numbers: make(map[uint64]*entry), fixes: make(map[fixed][]*entry), disputes: make(map[fixed][]*entry)}
	closings, err := s.readExport()
	if err != nil {
		return nil, err
	}
	if err := s.addEvents(closings); err != nil {
		return nil, err
	}
	for seq := uint64(1); seq < in.Seq; seq++ {
		r := row{seq: seq, entry: s.numbers[seq], codes: distinct(closings[seq])}
		switch {
		case r.entry == nil:
		case r.entry.full:
			r.status = Full
		default:
			r.status = Part
		}
		s.schedule = append(s.schedule, r)
	}
	return s, nil
}

// addEvents numbers and reads the disclosed events.
func (s *Sheet) addEvents(closings map[uint64][]Closing) error {
	holes := 0
	for i, ev := range s.in.Events {
		if ev.Seq == 0 || ev.Seq >= s.in.Seq || i > 0 && ev.Seq <= s.in.Events[i-1].Seq {
			return fmt.Errorf("event %d is out of order: %w", ev.Seq, ErrInput)
		}
		if Bare(ev.Parts) {
			continue
		}
		e := &entry{Event: ev, item: len(s.entries) + 1, full: uint64(len(ev.Parts)) == ev.Size}
		for _, c := range closings[ev.Seq] {
			e.closings = append(e.closings, closing{Closing: c})
		}
		e.grow()
		if holes += e.holes; holes > maxHoles {
			return fmt.Errorf("event %d has too many closed elements: %w", ev.Seq, events.ErrTooLarge)
		}
		e.typ = e.view("/type").open
		s.entries = append(s.entries, e)
		s.numbers[ev.Seq] = e
	}
	for _, e := range s.entries {
		if to, ok := e.corrects(); ok && s.corrected(to) {
			s.fixes[to] = append(s.fixes[to], e)
		}
		if to, ok := e.disputed(); ok && s.shows(to) {
			s.disputes[to] = append(s.disputes[to], e)
		}
		if e.typ == "entry.misfiled" {
			if of := e.seqAt("/data/entry"); of < e.Seq && s.numbers[of] != nil {
				return fmt.Errorf("event %d belongs to another case, as event %d says, and something of it is open: %w", of, e.Seq, ErrInput)
			}
		}
	}
	return nil
}

// Bare reports whether nothing but /type and /v is open, so that the event
// counts as withheld.
func Bare(open []events.Part) bool {
	for i := range open {
		if p := &open[i]; p.Decoy || p.Path != "/type" && p.Path != "/v" {
			return false
		}
	}
	return true
}

// readExport reads event m. It returns the closings by seq, ascending leaf.
func (s *Sheet) readExport() (map[uint64][]Closing, error) {
	e := &entry{Event: Event{Parts: s.in.Export, Size: uint64(len(s.in.Export))}}
	e.grow()
	whole := true
	str := func(path string) string {
		open := e.view(path).open
		whole = whole && open != ""
		return open
	}
	f := &s.facts
	f.officer, f.force, f.reference = str("/data/officer"), str("/data/force"), str("/data/reference")
	f.from, f.to, f.exhibit, f.actor = str("/data/from"), str("/data/to"), str("/data/exhibit"), str("/actor")
	f.recipient = e.view("/data/recipient").open
	number, err := strconv.ParseUint(e.scalar("/data/copy"), 10, 31)
	f.copy = int(number)
	var ok bool
	f.preparedAt = str("/occurred/from")
	f.prepared, ok = parseMoment(f.preparedAt)
	closings, known := readClosings(e.find("/data/closings"), s.in.Seq)
	if !whole || !ok || !known || err != nil {
		return nil, fmt.Errorf("event %d lacks facts of the export: %w", s.in.Seq, ErrInput)
	}
	f.request, f.decision = e.seqAt("/data/request"), e.seqAt("/data/decision")
	s.export = e.root
	if data := e.find("/data"); data != nil {
		data.kids = slices.DeleteFunc(data.kids, func(n *node) bool { return n.name == "closings" || n.name == "manifest" })
	}
	return closings, nil
}

func readClosings(n *node, m uint64) (map[uint64][]Closing, bool) {
	closings := make(map[uint64][]Closing)
	if n == nil {
		return nil, false
	}
	if n.kind == scalarNode && n.value == "[]" {
		return closings, true
	}
	if n.kind != arrayNode {
		return nil, false
	}
	for _, k := range n.kids {
		var c Closing
		var seq uint64
		for _, member := range k.kids {
			number, err := strconv.ParseUint(member.value, 10, 53)
			code, isText := text(member.value)
			switch {
			case member.name == "code" && isText && len(code) == 1:
				c.Code = code[0]
			case err != nil:
				return nil, false
			case member.name == "leaf":
				c.Leaf = number
			case member.name == "leaves":
				c.Leaves = number
			case member.name == "seq":
				seq = number
			}
		}
		if len(k.kids) != 4 || c.Code == 0 || seq == 0 || seq >= m {
			return nil, false
		}
		closings[seq] = append(closings[seq], c)
	}
	for _, of := range closings {
		slices.SortStableFunc(of, func(a, b Closing) int { return cmp.Compare(a.Leaf, b.Leaf) })
	}
	return closings, true
}

// distinct returns the codes of the closings, each once, in byte order.
func distinct(closings []Closing) string {
	var codes []byte
	for _, c := range closings {
		codes = append(codes, c.Code)
	}
	slices.Sort(codes)
	return string(slices.Compact(codes))
}

// CheckCode returns the code that stands in every footer: the first 20 hex
// digits of the hash of event m−1, capitals, in groups of four.
func CheckCode(previous events.Hash) string {
	digits := strings.ToUpper(hex.EncodeToString(previous[:10]))
	groups := make([]string, 0, 5)
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, "-")
}

// CaseNumber returns the number by which pages call a case: the first eight
// hex digits of its chain, in capitals.
func CaseNumber(chain events.Chain) string { return strings.ToUpper(chain.String()[:8]) }

// view is a value of an entry as a page needs it.
type view struct {
	node  *node  // nil when nothing of it is open
	open  string // a scalar's text; "" when it is null, closed or no string
	codes string // why nothing of it is open; "" when it is, or never was there
}

// view returns what is known of the value at path.
func (e *entry) view(path string) view {
	n, never := e.seek(path)
	if never {
		return view{}
	}
	if n != nil {
		v := view{node: n}
		if n.kind == holeNode {
			return view{codes: n.codes}
		}
		if n.kind == scalarNode {
			v.open, _ = text(n.value)
		}
		return v
	}
	return view{codes: e.codes(e.around(path))}
}

// scalar returns the canonical JSON of an open scalar, else "".
func (e *entry) scalar(path string) string {
	if n := e.find(path); n != nil && n.kind == scalarNode {
		return n.value
	}
	return ""
}

// corrects returns the statement that a correction corrects.
func (e *entry) corrects() (fixed, bool) {
	if e.typ != "contact.corrected" {
		return fixed{}, false
	}
	seq, err1 := strconv.ParseUint(e.scalar("/data/corrects/seq"), 10, 53)
	statement, err2 := strconv.ParseUint(e.scalar("/data/corrects/statement"), 10, 53)
	return fixed{seq, statement}, err1 == nil && err2 == nil
}

// disputed returns the statement that a dispute is about.
func (e *entry) disputed() (fixed, bool) {
	if e.typ != "contact.disputed" {
		return fixed{}, false
	}
	seq, err := strconv.ParseUint(e.scalar("/data/disputes/seq"), 10, 53)
	if e.scalar("/data/disputes/statement") == "null" {
		return fixed{seq, wholeEntry}, err == nil
	}
	statement, err2 := strconv.ParseUint(e.scalar("/data/disputes/statement"), 10, 53)
	return fixed{seq, statement}, err == nil && err2 == nil
}

// seqAt returns the number at path, or 0 when there is none.
func (e *entry) seqAt(path string) uint64 {
	seq, err := strconv.ParseUint(e.scalar(path), 10, 53)
	if err != nil {
		return 0
	}
	return seq
}

// spoken reports whether an entry holds statements that the sheet shows as
// such.
func (e *entry) spoken() bool { return e.typ == "contact.recorded" || e.typ == "helpline.contact" }

// corrected reports whether anything of the statement is on the sheet, so that
// its corrections can be printed beside it.
func (s *Sheet) corrected(to fixed) bool {
	e := s.numbers[to.seq]
	if e == nil || !e.spoken() {
		return false
	}
	n := e.find("/data/statements")
	return n != nil && n.kind == arrayNode && to.statement < uint64(len(n.kids)) && n.kids[to.statement].kind != holeNode
}

// shows reports whether a dispute can be printed beside what it is about.
func (s *Sheet) shows(to fixed) bool {
	if to.statement == wholeEntry {
		return s.numbers[to.seq] != nil
	}
	return s.corrected(to)
}

// steps reports whether an item is the request or the decision that led to
// the export. It is shown apart from the others, and not counted with them.
func (s *Sheet) steps(e *entry) bool {
	return e.Seq == s.facts.request && e.typ == "disclosure.requested" || e.Seq == s.facts.decision && e.typ == "disclosure.decided"
}

// JSON returns contact-sheets.json.
func (s *Sheet) JSON() []byte {
	b := []byte(`{"case":"` + s.in.Chain.String() + `","check":"` + CheckCode(s.in.Previous) + `",`)
	if s.in.Draft {
		b = append(b, `"draft":true,`...)
	}
	b = append(b, `"entries":[`...)
	for i, e := range s.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"body":`...)
		b = e.root.appendJSON(b)
		b = append(b, `,"closed":[`...)
		for k, c := range e.closings {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"code":"`...)
			b = append(b, c.Code)
			b = append(b, `","leaf":`...)
			b = strconv.AppendUint(b, c.Leaf, 10)
			b = append(b, `,"leaves":`...)
			b = strconv.AppendUint(b, c.Leaves, 10)
			b = append(b, '}')
		}
		b = append(b, `],"hash":"`...)
		b = hex.AppendEncode(b, e.Hash[:])
		b = append(b, `","item":`...)
		b = strconv.AppendInt(b, int64(e.item), 10)
		b = append(b, `,"recorded":"`...)
		b = e.At.UTC().AppendFormat(b, events.TimeFormat)
		b = append(b, `","seq":`...)
		b = strconv.AppendUint(b, e.Seq, 10)
		b = append(b, '}')
	}
	b = append(b, `],"export":`...)
	b = s.export.appendJSON(b)
	b = append(b, `,"format":"`+Format+`","origin":`...)
	b = events.AppendString(b, s.in.Origin)
	b = append(b, `,"schedule":[`...)
	for i, r := range s.schedule {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"codes":[`...)
		for k := range len(r.codes) {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(b, '"', r.codes[k], '"')
		}
		b = append(b, `],"item":`...)
		if r.entry == nil {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendInt(b, int64(r.entry.item), 10)
		}
		b = append(b, `,"seq":`...)
		b = strconv.AppendUint(b, r.seq, 10)
		b = append(b, `,"status":"`+r.status.String()+`"}`...)
	}
	b = append(b, `],"seq":`...)
	b = strconv.AppendUint(b, s.in.Seq, 10)
	return append(b, "}\n"...)
}

// Schedule returns schedule.csv: RFC 4180 with CRLF, a header line, and one
// line for every event before the export.
func (s *Sheet) Schedule() []byte {
	b := []byte("seq,item,type,occurred,recorded,recorder,status,codes\r\n")
	for _, r := range s.schedule {
		cells := [8]string{strconv.FormatUint(r.seq, 10), 6: r.status.String(), 7: strings.Join(strings.Split(r.codes, ""), " ")}
		if e := r.entry; e != nil {
			cells[1] = strconv.Itoa(e.item)
			cells[2] = e.typ
			cells[3] = e.view("/occurred/from").open
			cells[4] = e.At.UTC().Format(events.TimeFormat)
			cells[5] = e.view("/actor").open
		}
		b = appendCells(b, cells[:])
	}
	return b
}

// appendCell appends a CSV cell. What a spreadsheet would run as a formula is
// quoted behind an apostrophe.
func appendCell(b []byte, s string) []byte {
	formula := s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
	if !formula && !strings.ContainsAny(s, "\",\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	if formula {
		b = append(b, '\'')
	}
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
