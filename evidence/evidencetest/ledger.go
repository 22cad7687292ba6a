// Package evidencetest is a ledger in memory that bundles can be exported
// from in tests. Everything it makes follows from the chains it is given.
package evidencetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/tlog"
)

// Ledger is an evidence.Ledger over chains of eventstest. It is not safe for
// concurrent use.
type Ledger struct {
	eventstest.Keys
	// Before, when it is set, is called before an event is appended.
	Before func()
	// Version is that of the events that Append adds: what the program writes
	// today, unless a test asks for an older one.
	Version uint64

	origin  string
	chains  map[events.Chain]*eventstest.Chain
	entries []events.Entry
	stored  []xtlog.Hash
	signer  *tlog.Signer
	vkey    string
}

// New returns a ledger of these chains, an event of each in turn.
func New(chains ...*eventstest.Chain) *Ledger {
	l := &Ledger{Version: 2, chains: make(map[events.Chain]*eventstest.Chain), origin: chains[0].Record(1).Link.Origin}
	for _, c := range chains {
		l.chains[c.ID()] = c
	}
	for _, e := range eventstest.Entries(chains...) {
		l.add(e)
	}
	l.Sign(l.origin)
	return l
}

// Sign makes the ledger sign with a key that follows from seed.
func (l *Ledger) Sign(seed string) {
	sum := sha256.Sum256([]byte("evidencetest/" + seed))
	skey, vkey, err := tlog.GenerateKey(bytes.NewReader(sum[:]), l.origin)
	if err == nil {
		l.signer, err = tlog.NewSigner(skey)
	}
	if err != nil {
		panic(fmt.Sprintf("evidencetest: %v", err))
	}
	l.vkey = vkey
}

// Policy returns the policy that trusts this ledger alone.
func (l *Ledger) Policy() []byte {
	p, err := tlog.FormatPolicy(l.vkey)
	if err != nil {
		panic(fmt.Sprintf("evidencetest: %v", err))
	}
	return p
}

func (l *Ledger) add(e events.Entry) {
	hash := e.Hash()
	more, err := xtlog.StoredHashes(int64(len(l.entries)), hash[:], l.reader())
	if err != nil {
		panic(fmt.Sprintf("evidencetest: %v", err))
	}
	l.stored = append(l.stored, more...)
	l.entries = append(l.entries, e)
}

func (l *Ledger) reader() xtlog.HashReader {
	return xtlog.HashReaderFunc(func(indexes []int64) ([]xtlog.Hash, error) {
		out := make([]xtlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = l.stored[x]
		}
		return out, nil
	})
}

// Entries returns the events of a chain.
func (l *Ledger) Entries(_ context.Context, chain events.Chain) ([]events.Entry, error) {
	var out []events.Entry
	for _, e := range l.entries {
		if e.Record.Link.Chain == chain {
			out = append(out, e)
		}
	}
	return out, nil
}

// Add seals one more event of a chain and returns it.
func (l *Ledger) Add(chain events.Chain, typ, actor string, occurred, data []byte) events.Entry {
	c := l.chains[chain].Actor(actor).Occurred(string(occurred)).Add(typ, string(data))
	e := events.Entry{Seq: uint64(len(l.entries) + 1), Record: c.Record(c.Tip().Seq)}
	l.add(e)
	return e
}

// Append adds an event at exactly seq expect+1.
func (l *Ledger) Append(_ context.Context, chain events.Chain, typ, actor string, occurred, data []byte, expect uint64) (events.Record, uint64, error) {
	if l.Before != nil {
		l.Before()
	}
	if l.chains[chain].Tip().Seq != expect {
		return events.Record{}, 0, fmt.Errorf("append: %w", events.ErrConflict)
	}
	c := l.chains[chain].Version(l.Version)
	e := l.Add(chain, typ, actor, occurred, data)
	c.Version(1)
	return e.Record, e.Seq, nil
}

// Checkpoint signs the tree as it is.
func (l *Ledger) Checkpoint(context.Context, uint64) ([]byte, evidence.Tree, error) {
	size := uint64(len(l.entries))
	root, err := xtlog.TreeHash(int64(size), l.reader())
	if err != nil {
		return nil, nil, err
	}
	note, err := tlog.Sign(tlog.Checkpoint{Origin: l.origin, Size: size, Root: events.Hash(root)}, l.signer)
	return note, tree{l, size}, err
}

type tree struct {
	l    *Ledger
	size uint64
}

func (t tree) Prove(_ context.Context, index uint64) ([]events.Hash, error) {
	return tlog.Prove(t.l.reader(), t.size, index)
}
