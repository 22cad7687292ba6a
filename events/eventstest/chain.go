// Package eventstest builds chains of sealed events for tests. Everything it
// makes follows from a seed: the same calls give the same bytes.
package eventstest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// Origin is the origin of every chain that does not ask for another.
const Origin = "ledger.example.org/cases"

// Start is the recorded time of a chain's first event. Each event after it is
// recorded a minute later.
var Start = time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC)

// Occurred is the time of what an event tells, unless At is called.
const Occurred = `{"from":"2026-10-26T08:30:00+00:00","precision":"exact","to":"2026-10-26T08:45:00+00:00"}`

// Chain is a chain under construction. Its methods that build return it, so
// that calls can be strung together; a mistake in a test's data panics.
type Chain struct {
	seed     string
	origin   string
	id       events.Chain
	key      events.KeyRef
	actor    string
	version  uint64
	occurred string
	at       time.Time
	tip      events.Tip
	records  []events.Record
	bodies   [][]byte
}

// NewChain begins a chain whose id, key, nonces, event ids and times follow
// from the seed.
func NewChain(seed string) *Chain {
	c := &Chain{
		seed: seed, origin: Origin,
		actor: "staff-07", version: 1, occurred: Occurred, at: Start,
	}
	digest := c.digest("chain", 0)
	copy(c.id[:], digest[:])
	c.key = events.CaseKey(c.id, 1)
	return c
}

func (c *Chain) digest(what string, n uint64) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "eventstest/%s/%s/%d", c.seed, what, n))
}

// Origin makes another ledger's chain of it. Call it before Add.
func (c *Chain) Origin(origin string) *Chain { c.origin = origin; return c }

// Actor sets who records the events added from here on.
func (c *Chain) Actor(actor string) *Chain { c.actor = actor; return c }

// Version sets the version of the types added from here on.
func (c *Chain) Version(v uint64) *Chain { c.version = v; return c }

// Occurred sets the member occurred, a JSON text, of the events added from
// here on.
func (c *Chain) Occurred(json string) *Chain { c.occurred = json; return c }

// At sets when the next event is recorded.
func (c *Chain) At(at time.Time) *Chain { c.at = at; return c }

// Key sets what seals the events added from here on.
func (c *Chain) Key(ref events.KeyRef) *Chain { c.key = ref; return c }

// Add seals one event of this type for each data, a JSON text in any form, and
// one with empty data when there is none.
func (c *Chain) Add(typ string, data ...string) *Chain {
	if len(data) == 0 {
		data = []string{"{}"}
	}
	for _, d := range data {
		body, err := events.EncodeBody(typ, c.version, c.actor, canonical(c.occurred), canonical(d))
		if err != nil {
			panic(fmt.Sprintf("eventstest: %s: %v", typ, err))
		}
		c.AddBody(body)
	}
	return c
}

// AddBody seals one event with this canonical body.
func (c *Chain) AddBody(body []byte) *Chain {
	d := c.Draft(body)
	key := KeyOf(d.Key)
	r, err := events.Seal(d, &key)
	if err != nil {
		panic(fmt.Sprintf("eventstest: %v", err))
	}
	return c.append(r, body)
}

// Draft returns what AddBody would seal next, for tests that alter it.
func (c *Chain) Draft(body []byte) *events.Draft {
	seq := c.tip.Seq + 1
	id := ulid.ULID{}
	digest := c.digest("id", seq)
	copy(id[:], digest[:])
	if err := id.SetTime(ulid.Timestamp(c.at)); err != nil {
		panic(fmt.Sprintf("eventstest: %v", err))
	}
	return &events.Draft{
		Origin: c.origin, Chain: c.id, Seq: seq, Prev: c.tip.Hash, ID: id, At: c.at,
		Key: c.key, Nonce: c.digest("nonce", seq), Body: body,
	}
}

func (c *Chain) append(r events.Record, body []byte) *Chain {
	tip, err := c.tip.Next(&r.Link, c.origin, c.id)
	if err != nil {
		panic(fmt.Sprintf("eventstest: %v", err))
	}
	c.tip = tip
	c.records = append(c.records, r)
	c.bodies = append(c.bodies, body)
	c.at = c.at.Add(time.Minute)
	return c
}

func canonical(json string) []byte {
	b, err := events.Canonicalize([]byte(json))
	if err != nil {
		panic(fmt.Sprintf("eventstest: %v", err))
	}
	return b
}

// ID returns the chain's id.
func (c *Chain) ID() events.Chain { return c.id }

// Tip returns the end of the chain.
func (c *Chain) Tip() events.Tip { return c.tip }

// Records returns a copy of the records that shares no bytes with the chain or
// with another copy, so that a test may damage it.
func (c *Chain) Records() []events.Record {
	records := make([]events.Record, len(c.records))
	for i, r := range c.records {
		r.Sealed = append([]byte(nil), r.Sealed...)
		records[i] = r
	}
	return records
}

// Record returns a copy of event seq.
func (c *Chain) Record(seq uint64) events.Record {
	r := c.records[seq-1]
	r.Sealed = append([]byte(nil), r.Sealed...)
	return r
}

// Bodies returns the canonical bodies of the events, in order.
func (c *Chain) Bodies() [][]byte { return c.bodies }

// Payloads returns the records as they are stored.
func (c *Chain) Payloads() [][]byte {
	payloads := make([][]byte, len(c.records))
	for i := range c.records {
		payloads[i] = c.records[i].Append(nil)
	}
	return payloads
}

// Entries puts chains into one stream, taking an event of each in turn, with
// stream sequences from 1.
func Entries(chains ...*Chain) []events.Entry {
	var entries []events.Entry
	for i, more := 0, true; more; i++ {
		more = false
		for _, c := range chains {
			if i < len(c.records) {
				r := c.Record(uint64(i + 1))
				entries = append(entries, events.Entry{Seq: uint64(len(entries) + 1), Record: r, Payload: r.Append(nil)})
				more = true
			}
		}
	}
	return entries
}

// Keys holds every key there is: each follows from its reference alone, so
// that all chains of all tests share one Keys.
type Keys struct{}

// Key returns the key, as keys.Ring does. It never fails.
func (Keys) Key(_ context.Context, ref events.KeyRef) (events.Key, error) { return KeyOf(ref), nil }

// KeyOf returns the key that tests use under this reference.
func KeyOf(ref events.KeyRef) events.Key {
	return sha256.Sum256([]byte("eventstest/key/" + ref.String()))
}
