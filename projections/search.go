package projections

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"caseledger/events"
	"caseledger/projections/casefile"
)

// termTag stands for a term in keys: 16 bytes of an HMAC under the index key.
// Who has the files and not the key learns how many terms a case has and which
// cases share one, and not what they are.
type termTag [16]byte

func tagTerm(index *events.Key, t casefile.Term) termTag {
	m := hmac.New(sha256.New, index[:])
	m.Write([]byte("caseledger/search/v1\n" + t.Class + "\n" + t.Token))
	return termTag(m.Sum(nil)[:16])
}

func (s space) appendTerm(b []byte, t termTag) []byte {
	return append(append(b, byte(s), kindTerm), t[:]...)
}

// termsVersion changes with what a case is found by, how it is normalised, and
// which exhibit references are noted.
const termsVersion = 3

// learn adds what an event says the case is found by. An erased case is found
// by nothing.
func (f *folder) learn(c *caseEntry, e *event, fs *facts) {
	if fs.erased {
		c.terms = nil
		return
	}
	if fs.v == 0 || c.mode == modeLive && c.state.status == statusErased {
		return
	}
	for _, t := range lists(e, fs) {
		f.stand(c, t)
	}
	var list []casefile.Handle
	switch e.typ {
	case "contact.recorded", "contact.attempted":
		// Most events are of these types: what they are found by was read with
		// the rest, and is the same number again and again.
		if fs.dialled == "" || fs.dialled == c.dialled {
			return
		}
		if list = casefile.Dialled(fs.channel, fs.dialled); len(list) > 0 {
			c.dialled = fs.dialled
		}
	default:
		var err error
		if list, err = tryHandles(e, fs); err != nil {
			return // the case file flags it, and has no handles of it either
		}
	}
	for _, h := range list {
		for _, t := range h.Terms() {
			f.stand(c, t)
		}
	}
}

// stand puts a case under a term.
func (f *folder) stand(c *caseEntry, t casefile.Term) {
	tag := tagTerm(&f.index, t)
	if at, found := slices.BinarySearchFunc(c.terms, tag, compareTags); !found {
		c.terms = slices.Insert(c.terms, at, tag)
	}
}

func tryHandles(e *event, fs *facts) (list []casefile.Handle, err error) {
	defer recovered(&err)
	return casefile.HandlesOf(events.Body{Type: e.typ, V: fs.v, Data: e.data})
}

func compareTags(a, b termTag) int { return bytes.Compare(a[:], b[:]) }

// file makes the store's terms of a case those that were learned, and keeps
// the list of them beside it: a case whose key is gone cannot say any more
// under what it stands.
func (f *folder) file(c *caseEntry, to sink) error {
	if c.mode == modeGone {
		c.terms = nil
	}
	if slices.Equal(c.terms, c.filed) {
		return nil
	}
	for _, t := range c.filed {
		if _, still := slices.BinarySearchFunc(c.terms, t, compareTags); !still {
			if err := to.remove(f.filing(c, t)); err != nil {
				return err
			}
		}
	}
	f.plain = f.plain[:0]
	for _, t := range c.terms {
		if _, was := slices.BinarySearchFunc(c.filed, t, compareTags); !was {
			if err := to.put(f.filing(c, t), nil); err != nil {
				return err
			}
		}
		f.plain = append(f.plain, t[:]...)
	}
	c.filed = slices.Clone(c.terms)
	f.key = f.sp.appendOf(f.key[:0], kindTerms, c.chain)
	if len(c.terms) == 0 {
		return to.remove(f.key)
	}
	return to.put(f.key, f.plain)
}

func (f *folder) filing(c *caseEntry, t termTag) []byte {
	f.key = append(f.sp.appendTerm(f.key[:0], t), c.chain[:]...)
	return f.key
}

// loadTerms reads under what a case stands.
func (f *folder) loadTerms(db pebble.Reader, chain events.Chain) ([]termTag, error) {
	v, err := read(db, f.sp.appendOf(nil, kindTerms, chain))
	if errors.Is(err, events.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(v)%len(termTag{}) != 0 {
		return nil, errValue
	}
	var list []termTag
	for t := range slices.Chunk(v, len(termTag{})) {
		list = append(list, termTag(t))
	}
	return list, nil
}

// Find returns the cases that stand under all of these terms, in the order of
// their numbers: none for no terms. It is where to look, not what is there: an
// entry may since have been found to be misfiled, and the terms may be those of
// different people. Whoever asks reads the case.
func (r *Runner) Find(ctx context.Context, terms []casefile.Term) ([]events.Chain, error) {
	var found []events.Chain
	for i, t := range terms {
		list, err := r.under(ctx, tagTerm(&r.o.IndexKey, t))
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		if i == 0 {
			found = list
			continue
		}
		found = slices.DeleteFunc(found, func(c events.Chain) bool {
			_, both := slices.BinarySearchFunc(list, c, func(a, b events.Chain) int { return bytes.Compare(a[:], b[:]) })
			return !both
		})
	}
	return found, nil
}

func (r *Runner) under(ctx context.Context, t termTag) ([]events.Chain, error) {
	prefix := 2 + len(t)
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := sp.appendTerm(nil, t)
		return from, after(from)
	})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var list []events.Chain
	for it.First(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(it.Key()) != prefix+len(events.Chain{}) {
			return nil, errValue
		}
		list = append(list, events.Chain(it.Key()[prefix:]))
	}
	return list, storeError(it.Error())
}
