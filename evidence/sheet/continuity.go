package sheet

import (
	"strconv"
	"time"

	"caseledger/events"
)

// hand is a step on the way of an exhibit, as far as opened parts tell.
type hand struct {
	exhibit     view
	item        *entry // nil: the contact sheets themselves
	step        string
	when, until view
	stamped     bool // they are times of recording, not of an event
	from, to    view
	sum         view
}

// fact is a value that the sheet itself knows.
func fact(s string) view {
	return view{node: &node{kind: scalarNode, value: string(events.AppendString(nil, s))}, open: s}
}

// The steps, in the order in which they come.
const (
	stepMade     = "made"
	stepReceived = "received"
	stepRecorded = "recorded"
	stepDecided  = "decided"
	stepProduced = "produced"
)

// stepWords say of each step what happened.
var stepWords = map[string]string{
	stepMade:     "The file was made",
	stepReceived: "It came to the service",
	stepRecorded: "Recorded in the ledger",
	stepDecided:  "What leaves was decided",
	stepProduced: "Produced from the ledger",
}

// hands are the known steps: of the contact sheets, then of every file.
func (s *Sheet) hands() []hand {
	f := &s.facts
	ledger := fact(s.in.Origin)
	sheets := fact(f.exhibit)
	var hands []hand
	var first, last *entry
	for _, e := range s.entries {
		switch {
		case s.steps(e):
		case first == nil:
			first, last = e, e
		default:
			last = e
		}
	}
	stamp := func(e *entry) view { return fact(e.At.UTC().Format(events.TimeFormat)) }
	if first != nil {
		hands = append(hands, hand{exhibit: sheets, step: stepRecorded, when: stamp(first), until: stamp(last), stamped: true, to: ledger})
	}
	if e := s.numbers[f.decision]; e != nil && s.steps(e) {
		hands = append(hands, hand{exhibit: sheets, step: stepDecided, when: stamp(e), stamped: true, to: e.view("/data/by")})
	}
	produced := hand{exhibit: sheets, step: stepProduced, when: fact(f.preparedAt), from: ledger, to: fact(f.actor)}
	hands = append(hands, produced)
	for _, e := range s.entries {
		if e.typ != "attachment.added" {
			continue
		}
		of := hand{item: e, sum: e.view("/data/sha256")}
		if !e.first() {
			of.exhibit = e.view("/data/exhibit")
		}
		made, received, recorded := of, of, of
		made.step, made.when, made.until, made.to = stepMade, e.view("/data/produced/from"), e.view("/data/produced/to"), e.view("/data/produced_by")
		received.step, received.when, received.until = stepReceived, e.view("/occurred/from"), e.view("/occurred/to")
		received.from, received.to = e.view("/data/from"), e.view("/actor")
		recorded.step, recorded.when, recorded.stamped, recorded.from, recorded.to = stepRecorded, stamp(e), true, e.view("/actor"), ledger
		hands = append(hands, made, received, recorded)
		if e.held().in {
			out := of
			out.step, out.when, out.from, out.to = stepProduced, produced.when, produced.from, produced.to
			hands = append(hands, out)
		}
	}
	return hands
}

// Continuity returns continuity.csv: RFC 4180 with CRLF, a header line, and
// one line for every known step of an exhibit on its way.
func (s *Sheet) Continuity() []byte {
	b := []byte("exhibit,item,step,when,until,from,to,sha256\r\n")
	for _, h := range s.hands() {
		cells := [8]string{h.exhibit.open, "", h.step, h.when.open, h.until.open, h.from.open, h.to.open, h.sum.open}
		if h.item != nil {
			cells[1] = strconv.Itoa(h.item.item)
		}
		b = appendCells(b, cells[:])
	}
	return b
}

// byHand is how many empty rows the table has for what comes later.
const byHand = 6

// continuitySection is the same as a table, with room to go on by hand.
func (s *Sheet) continuitySection() Block {
	table := tableOf("continuity", "Every hand that the exhibits passed through", "Exhibit", "What happened", "When", "From", "To")
	for _, h := range s.hands() {
		table.Rows = append(table.Rows, Row{Cells: [][]Run{
			runs(func(l *line) {
				switch {
				case h.exhibit.given():
					l.one(h.exhibit)
				case h.item != nil:
					l.put("item ")
					h.item.link(l)
				}
			}),
			words(stepWords[h.step]),
			runs(func(l *line) {
				l.short(h.when, h.stamped)
				if h.until.given() && h.until.open != h.when.open {
					l.put(" to ")
					l.short(h.until, h.stamped)
				}
			}),
			runs(func(l *line) { l.one(h.from) }),
			runs(func(l *line) { l.one(h.to) }),
		}})
	}
	for range byHand {
		table.Rows = append(table.Rows, Row{Cells: make([][]Run, 5)})
	}
	return Block{Kind: "section", ID: "continuity", Label: words("Continuity"), Blocks: []Block{
		para("Every hand that the exhibits passed through until this copy was made, as the ledger knows it. From here on, whoever hands over an exhibit and whoever takes it write it into the empty rows, with name, date and time. The service records its own handing over in the ledger, with the code of the file."),
		table,
	}}
}

// short adds a time for a table; stamped, it is one of recording.
func (l *line) short(v view, stamped bool) {
	if at, err := time.Parse(events.TimeFormat, v.open); stamped && err == nil {
		l.put(recorded(at).minute().short())
		return
	}
	if m := v.moment(); m != nil {
		l.put(m.short())
		return
	}
	l.one(v)
}

// appendCells appends a line of a CSV file.
func appendCells(b []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, c)
	}
	return append(b, '\r', '\n')
}
