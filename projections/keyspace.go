package projections

import (
	"encoding/binary"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// space is the first byte of every derived key.
type space byte

const (
	spaceMeta  space = 0x00
	spaceWraps space = 0x01
	firstSpace space = 0x10
	lastSpace  space = 0xef
)

// next is the space a rebuild fills. All take their turn, so that the tables
// of a rebuild do not fall on those of the one before, which may not have been
// compacted away.
func (s space) next() space {
	if s >= lastSpace {
		return firstSpace
	}
	return s + 1
}

// Kinds of derived keys, in the order of doc.go.
const (
	kindArchive  = 'a'
	kindChain    = 'c'
	kindExhibit  = 'e'
	kindFailed   = 'f'
	kindHead     = 'h'
	kindID       = 'i'
	kindTimeline = 'l'
	kindTerms    = 'n'
	kindPosition = 'p'
	kindTerm     = 's'
	kindTree     = 't'
	kindCase     = 'v'
	kindAdviser  = 'w'
	kindHeader   = 'x'
)

// keyCurrent names the space that is current.
var keyCurrent = []byte{byte(spaceMeta), 's'}

func (s space) kind(k byte) []byte { return []byte{byte(s), k} }

func (s space) appendArchive(b []byte, stream uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, byte(s), kindArchive), stream)
}

func (s space) appendTree(b []byte, index uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, byte(s), kindTree), index)
}

func (s space) appendID(b []byte, id ulid.ULID) []byte {
	return append(append(b, byte(s), kindID), id[:]...)
}

// appendOf is the key of a kind that has one value a chain.
func (s space) appendOf(b []byte, kind byte, chain events.Chain) []byte {
	return append(append(b, byte(s), kind), chain[:]...)
}

// appendAt is the key of a kind that has one value an event of a chain.
func (s space) appendAt(b []byte, kind byte, chain events.Chain, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(s.appendOf(b, kind, chain), seq)
}

// adviserTag stands for an adviser in keys.
type adviserTag [16]byte

func (s space) appendAdviser(b []byte, tag adviserTag) []byte {
	return append(append(b, byte(s), kindAdviser), tag[:]...)
}

// after returns the first key behind every key that starts with prefix, whose
// last byte must not be ff.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
