// Package story is the fictional week that every demonstration, walk-through
// and end-to-end test uses: the cases of a service that does not exist, in
// the months before and the week of 26–30 October 2026. Every person, place
// and order in it is made up; telephone numbers are from the ranges that Ofcom
// keeps for drama, mail addresses are at example.org.
//
// It is the same at every call: identifiers follow from the labels of the
// cases, and nothing reads a clock.
package story

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/schemas"
)

// Event is one event of the story, ready to be recorded.
type Event struct {
	Case     string       // the label of the case, such as "court", or Service
	Chain    events.Chain // of Service: not the chain that it is recorded in
	Seq      uint64       // its place in the case, from 1
	ID       ulid.ULID
	At       time.Time // when it was recorded; UTC, whole microseconds
	Type     string
	V        uint64
	Actor    string
	Occurred []byte // canonical JSON
	Data     []byte // canonical JSON
	// File is the original bytes of an attachment. Data then says their length
	// and hash, and leaves open where they are kept and under which reference.
	File []byte
}

// Events returns the story in the order in which it was recorded.
func Events() []Event {
	var all []Event
	for _, b := range append(cases(), service()) {
		all = append(all, b.events...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Case, b.Case)) })
	return all
}

// Chain returns the case of a label.
func Chain(label string) events.Chain {
	d := digest("chain", label, 0)
	return events.Chain(d[:16])
}

func cases() []*book {
	return []*book{court(), released(), silence(), interpreter(), work(), sixteen(), areas(), before(), reopened(), child()}
}

// person is the number of somebody in every case of the story.
func person(name string) string {
	d := digest("person", name, 0)
	return hex.EncodeToString(d[:16])
}

// sumHex is the SHA-256 of a file.
func sumHex(file []byte) string {
	d := sha256.Sum256(file)
	return hex.EncodeToString(d[:])
}

func digest(what, label string, n uint64) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "caseledger story\n%s\n%s\n%d", what, label, n))
}

// book is a case while it is being told.
type book struct {
	label  string
	events []Event
}

// file records an attachment and the bytes that it is of.
func (b *book) file(bytes []byte, at, actor string, when schemas.Occurred, data schemas.AttachmentAddedV2) uint64 {
	seq := b.add(at, actor, when, data)
	b.events[seq-1].File = bytes
	return seq
}

// add records an event and returns its seq. at is the local time of recording
// with its offset, to the minute; the seconds follow from the place in the
// story. What is wrong here is a mistake in the story, so it panics.
func (b *book) add(at, actor string, when schemas.Occurred, data any) uint64 {
	seq := uint64(len(b.events)) + 1
	d := digest("event", b.label, seq)
	t, err := time.Parse("2006-01-02 15:04 -07:00", at)
	if err != nil {
		panic("story: " + err.Error())
	}
	micros := binary.BigEndian.Uint64(d[:8]) % 60_000_000
	t = t.Add(time.Duration(micros) * time.Microsecond).UTC()
	e := Event{Case: b.label, Chain: Chain(b.label), Seq: seq, At: t, Actor: actor}
	var known bool
	if e.Type, e.V, known = schemas.TypeOf(data); !known {
		panic(fmt.Sprintf("story: no type for %T", data))
	}
	if seq > 1 && !t.After(b.events[seq-2].At) {
		panic(fmt.Sprintf("story: %s %d is not after the one before", b.label, seq))
	}
	if err := e.ID.SetTime(ulid.Timestamp(t)); err != nil {
		panic("story: " + err.Error())
	}
	copy(e.ID[6:], d[8:])
	e.Occurred, e.Data = encode(when), encode(data)
	b.events = append(b.events, e)
	return seq
}

func encode(v any) []byte {
	b, err := schemas.EncodeData(v)
	if err != nil {
		panic("story: " + err.Error())
	}
	return b
}
