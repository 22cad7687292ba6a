package events

import (
	"strconv"
)

// Tip is the end of a chain: what the next link must follow. The zero Tip is
// that of an empty chain.
type Tip struct {
	Seq  uint64
	Hash Hash // event hash of Seq; zeros at 0
}

// Next returns the tip after l, which must be the next link of this chain at
// this origin. The error is a *LinkError that names the first field that is
// not as it must be.
func (t Tip) Next(l *Link, origin string, chain Chain) (Tip, error) {
	return t.Follow(l, l.Hash(), origin, chain)
}

// Follow is Next for a link whose hash is known.
func (t Tip) Follow(l *Link, hash Hash, origin string, chain Chain) (Tip, error) {
	want := t.Seq + 1
	switch {
	case l.Origin != origin:
		return t, &LinkError{Chain: chain, Seq: want, Field: "origin", Want: origin, Got: l.Origin}
	case l.Chain != chain:
		return t, &LinkError{Chain: chain, Seq: want, Field: "chain", Want: chain.String(), Got: l.Chain.String()}
	case l.Seq != want:
		return t, &LinkError{Chain: chain, Seq: want, Field: "seq", Want: strconv.FormatUint(want, 10), Got: strconv.FormatUint(l.Seq, 10)}
	case l.Prev != t.Hash:
		return t, &LinkError{Chain: chain, Seq: want, Field: "prev", Want: t.Hash.String(), Got: l.Prev.String()}
	}
	return Tip{Seq: want, Hash: hash}, nil
}

// CheckChain checks that the records are events 1…n of one chain, in order and
// without a gap, and that every link names its detail and every detail its
// sealed bytes. It needs no key. It cannot see that records are missing at the
// end: a checkpoint tells that. The error is a *LinkError or *SyntaxError.
func CheckChain(records []Record) error {
	var tip Tip
	for i := range records {
		r := &records[i]
		next, err := tip.Next(&r.Link, records[0].Link.Origin, records[0].Link.Chain)
		if err != nil {
			return err
		}
		if err := r.check(r.Detail.Hash()); err != nil {
			return err
		}
		tip = next
	}
	return nil
}
