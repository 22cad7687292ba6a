package projections

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// brief is an event as a row of its case: its place, its time and its body
// without the words of its texts. The rows of a case stand beside one another,
// where the events themselves are spread over the archive: a list that shows
// no words reads a case in one go.
type brief struct {
	stream   uint64
	id       ulid.ULID
	recorded int64  // microseconds since 1970
	body     []byte // canonical, every text of it ""
}

// The values of a body, each behind one byte. A string of the vocabulary is two
// bytes of which the first has its highest bit set.
const (
	briefNull byte = iota
	briefFalse
	briefTrue
	briefInt    // as appendInt has it
	briefString // its length and its canonical bytes, without the quotes
	briefText   // a text, whose words are left out
	briefArray  // its length and its elements
	briefObject // its length and its members, each a name and a value

	briefWord = 0x80
)

// rowVersion changes with the encoding of a brief; the vocabulary is part of
// the store's header.
const rowVersion = 3

// vocabulary are the names and codes of the schemas: a brief holds their
// numbers.
var vocabulary = newVocabulary(schemas.Vocabulary())

type words struct {
	list   []string
	slots  []uint16 // numbers plus one by slot, or the next free one behind it; 0: free
	value  []string // between quotes
	name   []string // and with a colon behind
	digest string
}

func newVocabulary(list []string) *words {
	// The number of a word is fifteen bits: the embedded schemas have under a
	// thousand words.
	v := &words{list: list, slots: make([]uint16, 8<<bits.Len(uint(len(list))))}
	for i, w := range list {
		at := v.slot([]byte(w))
		for v.slots[at] != 0 {
			at = (at + 1) % len(v.slots)
		}
		v.slots[at] = uint16(i + 1)
		v.value = append(v.value, `"`+w+`"`)
		v.name = append(v.name, `"`+w+`":`)
	}
	sum := sha256.Sum256([]byte(strings.Join(list, "\n")))
	v.digest = string(sum[:])
	return v
}

// find returns the number of a word. A body asks for every name and string it
// has: the table spares most of what a map costs.
func (v *words) find(w []byte) (int, bool) {
	for at := v.slot(w); v.slots[at] != 0; at = (at + 1) % len(v.slots) {
		if n := int(v.slots[at]) - 1; v.list[n] == string(w) {
			return n, true
		}
	}
	return 0, false
}

// slot is where a word is looked for first: by its length and the eight bytes
// at either end.
func (v *words) slot(w []byte) int {
	var first, last uint64
	if n := len(w); n >= 8 {
		first, last = binary.LittleEndian.Uint64(w), binary.LittleEndian.Uint64(w[n-8:])
	} else {
		for _, c := range w {
			first = first<<8 | uint64(c)
		}
	}
	h := (first ^ bits.RotateLeft64(last, 23) ^ uint64(len(w))<<56) * 0x9e3779b97f4a7c15
	return int(h >> 40 & uint64(len(v.slots)-1))
}

// briefing is a brief and what was seen while it was written.
type briefing struct {
	plain []byte
	short []byte // the body that the brief holds
	in    found  // in short
}

// write writes the brief of an entry whose opened body is given. It makes use
// of the room that the last one took.
func (f *briefing) write(stream uint64, d *events.Detail, body []byte) error {
	b := append(f.plain[:0], rowVersion)
	b = binary.AppendUvarint(b, stream)
	b = append(b, d.ID[:]...)
	b = appendInt(b, d.At.UnixMicro())
	w := briefWriter{b: b, s: body, short: f.short[:0], in: found{f.in.body[:0], f.in.data[:0]}}
	whole := w.value(asBody, 0) && w.at == len(body)
	f.plain, f.in = w.b, w.in
	f.short = append(w.short, body[w.copied:]...)
	if !whole {
		return errShape
	}
	return nil
}

// briefWriter walks over canonical JSON once. Its methods report whether it is
// what they expect.
type briefWriter struct {
	b, s []byte
	at   int

	short  []byte // s as far as copied, without the words of its texts
	copied int
	in     found
}

// role says what a value is to a brief.
type role byte

const (
	asValue role = iota
	asText       // its words are left out
	asBody       // its members are noted, if it is an object
	asData       // so are these
)

// roleOf returns the role of a member of a value.
func roleOf(parent role, name []byte) role {
	switch {
	case string(name) == "text":
		return asText
	case parent == asBody && string(name) == "data":
		return asData
	}
	return asValue
}

// place is where in short that stands which comes next.
func (w *briefWriter) place() int { return len(w.short) + w.at - w.copied }

// next takes a byte.
func (w *briefWriter) next() byte {
	if w.at == len(w.s) {
		return 0
	}
	w.at++
	return w.s[w.at-1]
}

// take takes what stands before an end.
func (w *briefWriter) take(end int) []byte {
	v := w.s[w.at:end]
	w.at = end
	return v
}

// value writes the value that begins here.
func (w *briefWriter) value(is role, depth int) bool {
	if depth > events.MaxDepth {
		return false
	}
	switch c := w.next(); c {
	case 'n':
		w.b = append(w.b, briefNull)
		return w.literal("ull")
	case 'f':
		w.b = append(w.b, briefFalse)
		return w.literal("alse")
	case 't':
		w.b = append(w.b, briefTrue)
		return w.literal("rue")
	case '"':
		end := skipString(w.s, w.at-1)
		if end < 0 {
			return false
		}
		val := w.take(end)
		val = val[:len(val)-1]
		if is == asText {
			w.b = append(w.b, briefText)
			w.short = append(w.short, w.s[w.copied:end-1-len(val)]...)
			w.copied = end - 1
		} else if n, ok := vocabulary.find(val); ok {
			w.b = append(w.b, briefWord|byte(n>>8), byte(n))
		} else {
			w.b = append(binary.AppendUvarint(append(w.b, briefString), uint64(len(val))), val...)
		}
		return true
	case '[':
		w.b = append(w.b, briefArray, 0)
		at, n := len(w.b)-1, 0
		if w.at < len(w.s) && w.s[w.at] == ']' {
			w.at++
			return true
		}
		for {
			if !w.value(asValue, depth+1) {
				return false
			}
			n++
			switch w.next() {
			case ',':
			case ']':
				w.b = counted(w.b, at, n)
				return true
			default:
				return false
			}
		}
	case '{':
		w.b = append(w.b, briefObject, 0)
		at, n := len(w.b)-1, 0
		var list *[]member
		switch is {
		case asBody:
			list = &w.in.body
		case asData:
			list = &w.in.data
		}
		start := w.place() - 1
		if w.at < len(w.s) && w.s[w.at] == '}' {
			w.at++
			return true
		}
		for {
			if w.next() != '"' {
				return false
			}
			end := bytes.IndexByte(w.s[w.at:], '"') // names have no escapes
			if end < 0 {
				return false
			}
			m := member{name: uint32(w.place() - start)}
			m.nameEnd = m.name + uint32(end)
			m.val = m.nameEnd + uint32(len(`":`))
			name := w.take(w.at + end)
			w.at++
			if w.next() != ':' {
				return false
			}
			if k, ok := vocabulary.find(name); ok {
				w.b = binary.AppendUvarint(w.b, uint64(k)+1)
			} else {
				w.b = append(binary.AppendUvarint(append(w.b, 0), uint64(len(name))), name...)
			}
			if !w.value(roleOf(is, name), depth+1) {
				return false
			}
			if list != nil {
				m.end = uint32(w.place() - start)
				*list = append(*list, m)
			}
			n++
			switch w.next() {
			case ',':
			case '}':
				w.b = counted(w.b, at, n)
				return true
			default:
				return false
			}
		}
	default:
		start := w.at - 1
		for w.at < len(w.s) && '0' <= w.s[w.at] && w.s[w.at] <= '9' {
			w.at++
		}
		n, err := strconv.ParseInt(string(w.s[max(start, 0):w.at]), 10, 64)
		w.b = appendInt(append(w.b, briefInt), n)
		return err == nil
	}
}

func (w *briefWriter) literal(rest string) bool {
	if !bytes.HasPrefix(w.s[w.at:], []byte(rest)) {
		return false
	}
	w.at += len(rest)
	return true
}

// counted puts the length of a list into the byte that was left for it, or
// makes more room.
func counted(b []byte, at, n int) []byte {
	if n < 0x80 {
		b[at] = byte(n)
		return b
	}
	long := binary.AppendUvarint(nil, uint64(n))
	return append(b[:at], append(long, b[at+1:]...)...)
}

// decodeBrief takes a brief apart. Its body is appended to buf, which is
// returned longer.
func decodeBrief(plain, buf []byte) (_ brief, longer []byte, err error) {
	var r brief
	d := decoder{b: plain}
	if d.byte() != rowVersion {
		return r, buf, errValue
	}
	r.stream = d.uint()
	if len(d.b) < len(r.id) {
		return r, buf, errValue
	}
	d.b = d.b[copy(r.id[:], d.b):]
	r.recorded = d.int()
	at := len(buf)
	buf = d.value(buf, 0)
	r.body = buf[at:len(buf):len(buf)]
	return r, buf, d.end()
}

// value appends one value of a brief as canonical JSON.
func (d *decoder) value(b []byte, depth int) []byte {
	if depth > events.MaxDepth {
		d.fail()
		return b
	}
	switch c := d.byte(); {
	case d.bad:
	case c >= briefWord:
		n := int(c&^briefWord)<<8 | int(d.byte())
		if d.bad || n >= len(vocabulary.value) {
			d.fail()
			return b
		}
		return append(b, vocabulary.value[n]...)
	case c == briefNull:
		return append(b, "null"...)
	case c == briefFalse:
		return append(b, "false"...)
	case c == briefTrue:
		return append(b, "true"...)
	case c == briefInt:
		return strconv.AppendInt(b, d.int(), 10)
	case c == briefString:
		return append(append(append(b, '"'), d.bytes()...), '"')
	case c == briefText:
		return append(b, `""`...)
	case c == briefArray:
		b = append(b, '[')
		for i := range d.count() {
			if i > 0 {
				b = append(b, ',')
			}
			b = d.value(b, depth+1)
		}
		return append(b, ']')
	case c == briefObject:
		b = append(b, '{')
		for i := range d.count() {
			if i > 0 {
				b = append(b, ',')
			}
			if n := d.uint(); n == 0 {
				b = append(append(append(b, '"'), d.bytes()...), `":`...)
			} else if n > uint64(len(vocabulary.name)) {
				d.fail()
			} else {
				b = append(b, vocabulary.name[n-1]...)
			}
			b = d.value(b, depth+1)
		}
		return append(b, '}')
	default:
		d.fail()
	}
	return b
}

// splitBody takes a canonical body apart.
func splitBody(body []byte) (b events.Body, err error) {
	err = members(body, func(name, val []byte) (err error) {
		switch string(name) {
		case "actor":
			b.Actor, err = text(val)
		case "data":
			b.Data = val
		case "occurred":
			b.Occurred = val
		case "type":
			b.Type, err = text(val)
		case "v":
			b.V, err = number(val)
		}
		return err
	})
	return b, err
}

// errNoBrief says that a case cannot be read from its rows alone: one of them
// is missing or failed, or the case is being erased. The archive has the
// answer.
var errNoBrief = errors.New("the rows of this case are not whole")

// briefs calls f with the opened rows of a case, in their order, up to its event
// head. A row stands until f returns. The error is errNoBrief unless all are there;
// f may have been called then.
func (r *Runner) briefs(ctx context.Context, chain events.Chain, head uint64, f func(seq uint64, plain []byte) error) error {
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		return sp.appendAt(nil, kindTimeline, chain, 1), sp.appendAt(nil, kindTimeline, chain, head+1)
	})
	if err != nil {
		return err
	}
	defer it.Close()
	sealed := opener{s: r.seal, chain: chain, plain: make([]byte, 0, rowSize)}
	next := uint64(1)
	for it.First(); it.Valid(); it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return storeError(err)
		}
		plain, err := sealed.open(ctx, it.Key(), value)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errNoBrief
		}
		if binary.BigEndian.Uint64(it.Key()[len(it.Key())-8:]) != next {
			return errNoBrief
		}
		if err := f(next, plain); err != nil {
			return err
		}
		next++
	}
	if err := it.Error(); err != nil {
		return storeError(err)
	}
	if next != head+1 {
		return errNoBrief
	}
	return nil
}

// rowSize is as long as most rows, in bytes.
const rowSize = 512

// bodyLen is how many times longer than its row a body is, words left out,
// seldom more.
const bodyLen = 4

// brief opens a row. Its body is appended to buf, which is returned longer.
func (o *opener) brief(ctx context.Context, key, value, buf []byte) (b brief, longer []byte, err error) {
	plain, err := o.open(ctx, key, value)
	if err != nil {
		return brief{}, buf, err
	}
	return decodeBrief(plain, buf)
}

// briefEvent is a brief as an event of its case.
func briefEvent(seq uint64, plain []byte) (casefile.Event, error) {
	b, _, err := decodeBrief(plain, make([]byte, 0, bodyLen*len(plain)))
	if err != nil {
		return casefile.Event{}, err
	}
	body, err := splitBody(b.body)
	return casefile.Event{Seq: seq, Stream: b.stream, ID: b.id, At: time.UnixMicro(b.recorded).UTC(), Body: body}, err
}

// row is the brief as an entry of the timeline.
func (b *brief) row(seq uint64) (r row, err error) {
	defer recovered(&err)
	e, err := parseEvent(seq, time.UnixMicro(b.recorded).UTC(), b.body, found{})
	if err != nil {
		return r, err
	}
	var f facts
	if err := readFacts(&e, &f); err != nil {
		return r, err
	}
	return makeRow(&e, &f), nil
}

// readBriefs returns the events of a case, up to its event head, without the words
// of their texts: from the rows of the case, or from the archive when they are not
// whole. They stand in list, which is empty, if it has room for them.
func (f *Files) readBriefs(ctx context.Context, chain events.Chain, head uint64, list []casefile.Event) ([]casefile.Event, error) {
	var fast briefReader
	err := f.r.briefs(ctx, chain, head, func(seq uint64, plain []byte) error {
		e, ok := fast.read(seq, plain)
		if !ok {
			var err error
			if e, err = briefEvent(seq, plain); err != nil {
				return err
			}
		}
		list = append(list, e)
		return nil
	})
	switch {
	case err == nil:
		return list, nil
	case ctx.Err() != nil, errors.Is(err, events.ErrNotFound):
		return nil, err
	}
	return f.Events(ctx, chain)
}
