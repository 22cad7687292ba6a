package sheet

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
)

// A node is a value of a body as far as its parts are open.
type node struct {
	kind  nodeKind
	name  string  // in an object
	kids  []*node // of an object or array; all of an array, holes included
	value string  // canonical JSON of a scalar, {} or []
	runs  []run   // of a text
	last  []byte  // of a text that is being read: open words for the last run
	codes string  // of a hole
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	objectNode
	arrayNode
	textNode
	holeNode // an element of an array of which nothing is open
)

// A run is a stretch of a text: open words, or a box with a code.
type run struct {
	text string
	code byte // 0 for open words
}

// Closing is a closing of an event's leaves, as event m records it.
type Closing struct {
	Leaf, Leaves uint64 // both 0: the whole event
	Code         byte
}

// entry is a disclosed event with what is open of it.
type entry struct {
	Event
	item     int // its number on the sheet, from 1
	typ      string
	full     bool
	closings []closing      // ascending leaf
	opened   []*events.Part // Parts without decoys
	root     *node
	holes    int
}

type closing struct {
	Closing
	text bool // it stands in a text that is partly open
}

// text reads a canonical JSON string of an opened part.
func text(value string) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	value = value[1 : len(value)-1]
	if !strings.Contains(value, `\`) {
		return value, true
	}
	b := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' && i+1 < len(value) {
			i++
			switch c = value[i]; c {
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			}
		}
		b = append(b, c)
	}
	return string(b), true
}

// grow builds the tree of an event from its opened parts, which are in order.
func (e *entry) grow() {
	e.root = &node{kind: objectNode}
	var current *node // the text that is being read
	var last uint64   // its last open leaf
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Decoy {
			continue
		}
		e.opened = append(e.opened, p)
		if p.Kind != events.KindWord {
			*e.place(i, p.Path) = node{kind: scalarNode, name: lastSegment(p.Path), value: p.Value}
			current = nil
			continue
		}
		cut := strings.LastIndexByte(p.Path, '/')
		n := e.place(i, p.Path[:cut])
		if n != current {
			k, _ := strconv.ParseUint(p.Path[cut+1:], 10, 32)
			*n = node{kind: textNode, name: "text"}
			current, last = n, p.Index-k-1 // wraps to the largest number at leaf 0, and back
		}
		e.box(n, last+1, p.Index)
		word, _ := text(p.Value)
		n.words(word)
		last = p.Index
		next := e.Size
		if i+1 < len(e.Parts) {
			next = e.Parts[i+1].Index
		}
		if i+1 == len(e.Parts) || e.Parts[i+1].Decoy || e.Parts[i+1].Kind != events.KindWord ||
			!strings.HasPrefix(e.Parts[i+1].Path, p.Path[:cut+1]) {
			n.flush()
			e.tail(n, last+1, next)
			current = nil
		}
	}
}

// words adds open words to a text.
func (n *node) words(s string) {
	if k := len(n.runs); k == 0 || n.runs[k-1].code != 0 {
		n.runs = append(n.runs, run{})
	}
	n.last = append(n.last, s...)
}

// flush ends a run of open words.
func (n *node) flush() {
	if len(n.last) > 0 {
		n.runs[len(n.runs)-1].text = string(n.last)
		n.last = nil
	}
}

// within returns the closings that begin in leaves from…to−1.
func (e *entry) within(from, to uint64) []closing {
	at := func(leaf uint64) int {
		i, _ := slices.BinarySearchFunc(e.closings, leaf, func(c closing, leaf uint64) int { return cmp.Compare(c.Leaf, leaf) })
		return i
	}
	if from >= to {
		return nil
	}
	return e.closings[at(from):at(to)]
}

// box adds a box for every closing that begins in leaves from…to−1; boxes of
// one code side by side are one.
func (e *entry) box(n *node, from, to uint64) {
	within := e.within(from, to)
	for i := range within {
		within[i].text = true
		n.box(within[i].Code)
	}
}

func (n *node) box(code byte) {
	n.flush()
	if k := len(n.runs); k == 0 || n.runs[k-1].code != code {
		n.runs = append(n.runs, run{code: code})
	}
}

// tail adds boxes for closed words at the end of a text whose last open word
// stands right before leaf from; next is the next open leaf. Words that close
// to the end of a text take the decoys along, so what is closed of the text
// ends at a multiple of eight. At such a multiple the text may have ended
// already: then eight closed leaves decide that it did not.
func (e *entry) tail(n *node, from, next uint64) {
	if next == from || from%8 == 0 && next-from < 8 {
		return
	}
	within := e.within(from, next)
	for i := range within {
		c := &within[i]
		c.text = true
		n.box(c.Code)
		if (c.Leaf+c.Leaves)%8 == 0 {
			return
		}
	}
}

// place returns the node at a path, making it and what it stands in. Parts
// come in order, so it is always the last of its parent.
func (e *entry) place(part int, path string) *node {
	n := e.root
	for path != "" {
		var seg string
		seg, path = cutSegment(path)
		if isIndex(seg) {
			k, _ := strconv.Atoi(seg)
			n.kind = arrayNode
			if len(n.kids) < k {
				hole := &node{kind: holeNode, codes: e.gap(part)}
				for len(n.kids) < k {
					if e.holes++; e.holes > maxHoles {
						return new(node)
					}
					n.kids = append(n.kids, hole)
				}
			}
			if len(n.kids) == k {
				n.kids = append(n.kids, &node{kind: objectNode})
			}
			n = n.kids[k]
			continue
		}
		n.kind = objectNode
		if k := len(n.kids); k == 0 || n.kids[k-1].name != seg {
			n.kids = append(n.kids, &node{kind: objectNode, name: seg})
		}
		n = n.kids[len(n.kids)-1]
	}
	return n
}

// gap returns the codes of what is closed right before an opened part.
func (e *entry) gap(part int) string {
	from := uint64(0)
	if part > 0 {
		from = e.Parts[part-1].Index + 1
	}
	return e.codes(from, e.Parts[part].Index)
}

// codes returns the codes of the closings that begin in leaves from…to−1 and
// stand in no text that is partly open; if there are none, of all that do.
func (e *entry) codes(from, to uint64) string {
	var own, every []byte
	for _, c := range e.within(from, to) {
		every = append(every, c.Code)
		if !c.text {
			own = append(own, c.Code)
		}
	}
	if len(own) == 0 {
		own = every
	}
	slices.Sort(own)
	return string(slices.Compact(own))
}

// around returns the leaves between the opened parts before and after a path
// of which nothing is open: from…to−1.
func (e *entry) around(path string) (from, to uint64) {
	i, _ := slices.BinarySearchFunc(e.opened, path, func(p *events.Part, path string) int {
		order, _ := Compare(p.Path, path)
		return order
	})
	to = e.Size
	if i > 0 {
		from = e.opened[i-1].Index + 1
	}
	if i < len(e.opened) {
		to = e.opened[i].Index
	}
	return from, to
}

// find returns the node at a path, or nil when nothing of it is open.
func (e *entry) find(path string) *node {
	n := e.root
	for path != "" {
		var seg string
		seg, path = cutSegment(path)
		if isIndex(seg) {
			k, err := strconv.Atoi(seg)
			if err != nil || n.kind != arrayNode || k >= len(n.kids) {
				return nil
			}
			n = n.kids[k]
			continue
		}
		i, ok := slices.BinarySearchFunc(n.kids, seg, func(n *node, s string) int { return cmp.Compare(n.name, s) })
		if n.kind != objectNode || !ok {
			return nil
		}
		n = n.kids[i]
	}
	return n
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// appendJSON appends the node as canonical JSON. A text that is open in full
// is a string; else it is an array of strings and boxes.
func (n *node) appendJSON(b []byte) []byte {
	switch n.kind {
	case scalarNode:
		return append(b, n.value...)
	case holeNode:
		return appendClosed(b, n.codes)
	case textNode:
		if len(n.runs) == 1 && n.runs[0].code == 0 {
			return events.AppendString(b, n.runs[0].text)
		}
		b = append(b, '[')
		for i, r := range n.runs {
			if i > 0 {
				b = append(b, ',')
			}
			if r.code != 0 {
				b = appendClosed(b, string(r.code))
			} else {
				b = events.AppendString(b, r.text)
			}
		}
		return append(b, ']')
	case arrayNode:
		b = append(b, '[')
		for i, k := range n.kids {
			if i > 0 {
				b = append(b, ',')
			}
			b = k.appendJSON(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, k := range n.kids {
		if i > 0 {
			b = append(b, ',')
		}
		b = events.AppendString(b, k.name)
		b = append(b, ':')
		b = k.appendJSON(b)
	}
	return append(b, '}')
}

// appendClosed appends {"closed":["A"]}.
func appendClosed(b []byte, codes string) []byte {
	b = append(b, `{"closed":[`...)
	for i := range len(codes) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"', codes[i], '"')
	}
	return append(b, "]}"...)
}
