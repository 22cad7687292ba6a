//go:build linux

package main

import (
	"crypto/rand"
	"encoding/binary"
	"os"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sys/unix"

	"caseledger/events"
	"caseledger/schemas"
)

// benchOrigin names every ledger of a run.
const benchOrigin = "ledger.example.org/bench"

// A maker builds and seals contacts as the ledger's write side does: the same
// functions in the same order, with a key for each case. It is what a side
// without a ledger uses. Safe for concurrent use.
type maker struct {
	chains  []events.Chain
	keys    map[events.Chain]*events.Key
	schemas *schemas.Set
}

// newMaker makes the cases of so many writers.
func newMaker(writers int) *maker {
	m := &maker{keys: map[events.Chain]*events.Key{}, schemas: schemas.Default()}
	for range writers * casesPerWriter {
		var chain events.Chain
		var key events.Key
		rand.Read(chain[:])
		rand.Read(key[:])
		m.chains = append(m.chains, chain)
		m.keys[chain] = &key
	}
	return m
}

// chain is the case that the n-th contact of a writer belongs to.
func (m *maker) chain(writer int, n uint64) events.Chain {
	return m.chains[writer*casesPerWriter+int(n%casesPerWriter)]
}

// body builds and checks a body.
func (m *maker) body(n uint64) ([]byte, error) {
	occurred, err := events.Canonicalize(contactOccurred)
	if err != nil {
		return nil, err
	}
	data, err := events.Canonicalize(contactData(n))
	if err != nil {
		return nil, err
	}
	body, err := events.EncodeBody(contactType, 1, contactActor, occurred, data)
	if err != nil {
		return nil, err
	}
	return body, m.schemas.Validate(body)
}

// seal makes the record after tip.
func (m *maker) seal(chain events.Chain, tip events.Tip, body []byte) (events.Record, error) {
	now := time.Now()
	id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
	if err != nil {
		return events.Record{}, err
	}
	d := events.Draft{
		Origin: benchOrigin, Chain: chain, Seq: tip.Seq + 1, Prev: tip.Hash,
		ID: id, At: now, Key: events.CaseKey(chain, 1), Body: body,
	}
	rand.Read(d.Nonce[:])
	return events.Seal(&d, m.keys[chain])
}

// samplePayload is one stored contact.
func samplePayload() ([]byte, error) {
	m := newMaker(1)
	body, err := m.body(0)
	if err != nil {
		return nil, err
	}
	rec, err := m.seal(m.chains[0], events.Tip{}, body)
	if err != nil {
		return nil, err
	}
	return rec.Append(nil), nil
}

func fdatasync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}

// chainNumber makes the k-th case of a data set: the number, and nothing that
// looks like one, so that cases are spread over the key space.
func chainNumber(k uint64) events.Chain {
	var c events.Chain
	x := k + 0x9e3779b97f4a7c15 // splitmix64: a bijection, so no case twice
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	binary.BigEndian.PutUint64(c[:], x^x>>31)
	binary.BigEndian.PutUint64(c[8:], k)
	return c
}
