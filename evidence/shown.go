package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"caseledger/events"
)

// Shown says of each event that is disclosed, by seq, what stands open of it: a
// hash over the event's own and what is closed in it. Two are alike when the
// same words of the same events stand open.
type Shown map[uint64]events.Hash

// shown is what a plan shows.
func (p planOf) shown() Shown {
	s := make(Shown)
	for _, e := range p {
		if !e.disclosed() {
			continue
		}
		hash := e.entry.Record.Link.Hash()
		b := slices.Clone(hash[:])
		for _, c := range e.recorded() {
			b = binary.BigEndian.AppendUint64(b, c.Leaf)
			b = binary.BigEndian.AppendUint64(b, c.Leaves)
			b = append(b, c.Code)
		}
		s[e.seq()] = sha256.Sum256(b)
	}
	return s
}

// holds returns a *ShownError for the events that now are shown otherwise, or
// are only shown in one of the two.
func (s Shown) holds(now Shown) error {
	var e ShownError
	for seq, hash := range s {
		if now[seq] != hash {
			e.Events = append(e.Events, seq)
		}
	}
	for seq := range now {
		if _, ok := s[seq]; !ok {
			e.Events = append(e.Events, seq)
		}
	}
	if len(e.Events) == 0 {
		return nil
	}
	slices.Sort(e.Events)
	return &e
}
