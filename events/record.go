package events

import (
	"bytes"
	"crypto/sha256"
)

// MaxRecord is the largest payload, in bytes: the NATS default max_payload.
const MaxRecord = 1 << 20

// Record is one event as it is stored: link ‖ detail ‖ LF ‖ sealed bytes.
type Record struct {
	Link   Link
	Detail Detail
	Sealed []byte
}

// Append appends the stored payload to b.
func (r *Record) Append(b []byte) []byte {
	b = r.Link.Append(b)
	b = r.Detail.Append(b)
	b = append(b, '\n')
	return append(b, r.Sealed...)
}

// ParseRecord reads a stored payload and checks everything that needs no key:
// both blocks, that the link names the detail, that the detail names the
// sealed bytes, and that a case key belongs to this chain. Sealed aliases b.
func ParseRecord(b []byte) (Record, error) {
	var r Record
	if len(b) > MaxRecord {
		return r, &SyntaxError{What: "record", Offset: -1, Rule: "longer than 1 MiB", Kind: ErrTooLarge}
	}
	l, n, err := parseLink(b)
	if err != nil {
		return r, err
	}
	d, m, err := parseDetail(b[n:])
	if err != nil {
		return r, err
	}
	sealed, ok := bytes.CutPrefix(b[n+m:], []byte{'\n'})
	if !ok {
		return r, &SyntaxError{What: "record", Offset: n + m, Rule: "no empty line before the sealed bytes"}
	}
	r = Record{Link: l, Detail: d, Sealed: sealed}
	if err := r.check(sha256.Sum256(b[n : n+m])); err != nil {
		return Record{}, err
	}
	return r, nil
}

// check checks what binds the three pieces of a record to each other. detail
// is the hash of the detail block.
func (r *Record) check(detail Hash) error {
	l, d := &r.Link, &r.Detail
	if detail != l.Detail {
		return &LinkError{Chain: l.Chain, Seq: l.Seq, Field: "detail", Want: l.Detail.String(), Got: detail.String()}
	}
	if got := Hash(sha256.Sum256(r.Sealed)); got != d.Sealed {
		return &LinkError{Chain: l.Chain, Seq: l.Seq, Field: "sealed", Want: d.Sealed.String(), Got: got.String()}
	}
	if !d.Key.Service && d.Key.Chain != l.Chain {
		return &SyntaxError{What: "detail", Offset: -1, Rule: "the case key is another chain's"}
	}
	return nil
}

// Entry is one message of the stream: a record, or a payload that is none.
type Entry struct {
	Seq     uint64 // stream sequence, from 1, contiguous; tree index is Seq−1
	Record  Record // zero when Void
	Void    bool   // the payload does not parse
	Payload []byte // as stored; may be nil when the record is known
}

const voidVersion = "caseledger/void/v1\n"

// VoidHash returns what stands in the tree for a payload that is no record.
func VoidHash(payload []byte) Hash {
	h := sha256.New()
	h.Write([]byte(voidVersion))
	h.Write(payload)
	return Hash(h.Sum(nil))
}

// NewEntry parses a stream message. It cannot fail: what is no record is void.
func NewEntry(seq uint64, payload []byte) Entry {
	rec, err := ParseRecord(payload)
	return Entry{Seq: seq, Record: rec, Void: err != nil, Payload: payload}
}

// Hash returns the 32 bytes that stand in the tree at index Seq−1.
func (e *Entry) Hash() Hash {
	if e.Void {
		return VoidHash(e.Payload)
	}
	return e.Record.Link.Hash()
}

// Bytes returns the payload, encoding it when it is not at hand.
func (e *Entry) Bytes() []byte {
	if e.Payload != nil || e.Void {
		return e.Payload
	}
	return e.Record.Append(nil)
}
