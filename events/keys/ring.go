package keys

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"caseledger/events"
)

// Store keeps wraps by name, <chain>.<generation>. The log and the Pebble
// store each are one.
type Store interface {
	// PutWrap stores a wrap, durable when it returns nil. The same bytes again
	// are no error; other bytes under the name are refused, with an error that
	// wraps events.ErrConflict.
	PutWrap(ctx context.Context, name string, wrap []byte) error
	// GetWrap returns a wrap, or an error that wraps events.ErrNotFound.
	GetWrap(ctx context.Context, name string) ([]byte, error)
	// Wraps yields every name, in any order, and stops after an error.
	Wraps(ctx context.Context) iter.Seq2[string, error]
}

// Ring makes and finds keys. It is safe for concurrent use.
type Ring struct {
	secrets *Secrets
	origin  string
	stores  []Store
	keks    map[uint64]cipher.AEAD
	cache   *cache
	making  [64]sync.Mutex // by chain

	numbered sync.Mutex // service keys that MakeService added
	added    map[uint64]events.Key
}

// Format hides the ring from every verb of fmt.
func (r *Ring) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "ring(%s)", r.origin) }

// Open returns the ring of a ledger. Keys are read from the first store that
// has them, so the fastest comes first, and written to the stores in order.
func Open(s *Secrets, origin string, stores ...Store) *Ring {
	return newRing(s, origin, cacheKeys, stores...)
}

func newRing(s *Secrets, origin string, cached int, stores ...Store) *Ring {
	r := &Ring{
		secrets: s,
		origin:  origin,
		stores:  stores,
		keks:    make(map[uint64]cipher.AEAD, len(s.epochs)),
		cache:   newCache(cached),
	}
	for n, key := range s.epochs {
		r.keks[n] = newKEK(&key)
	}
	return r
}

// Service returns the newest service key of when the secrets directory was
// opened.
func (r *Ring) Service() (events.KeyRef, events.Key) {
	return events.ServiceKey(r.secrets.service), r.secrets.services[r.secrets.service]
}

// MakeService returns service key n, and makes it of rand when n is above every
// number that is there: it is then durable in the secrets directory. Below, a
// key that is not there was destroyed, and none is ever made in its place: the
// error is a *MissingKeyError, which is ErrErased.
func (r *Ring) MakeService(n uint64, rand io.Reader) (events.KeyRef, events.Key, error) {
	r.numbered.Lock()
	defer r.numbered.Unlock()
	ref := events.ServiceKey(n)
	if key, ok := r.service(n); ok {
		return ref, key, nil
	}
	newest := r.secrets.service
	for m := range r.added {
		newest = max(newest, m)
	}
	if n < newest {
		return ref, events.Key{}, &MissingKeyError{Kind: "service", Number: n, Newest: newest}
	}
	var key events.Key
	if _, err := io.ReadFull(rand, key[:]); err != nil {
		return ref, events.Key{}, fmt.Errorf("make %s: random bytes: %w", ref, err)
	}
	if err := createWhole(r.secrets.dir, keyFile(servicePrefix, n), append(hex.AppendEncode(nil, key[:]), '\n')); err != nil {
		return ref, events.Key{}, fmt.Errorf("make %s: %w", ref, err)
	}
	if r.added == nil {
		r.added = map[uint64]events.Key{}
	}
	r.added[n] = key
	return ref, key, nil
}

// service finds a service key. Its caller holds numbered.
func (r *Ring) service(n uint64) (events.Key, bool) {
	if key, ok := r.secrets.services[n]; ok {
		return key, true
	}
	key, ok := r.added[n]
	return key, ok
}

// Create returns generation 1 of a chain's key, and makes it when there is
// none. When it returns, the wrap is durable in every store. After an error
// the key may be in some of them; the next Create gives that key and adds it
// to the others. A wrap that is damaged, or that opens to
// another key than an earlier store's, is never written over: that is an error.
func (r *Ring) Create(ctx context.Context, chain events.Chain) (events.KeyRef, events.Key, error) {
	ref := events.CaseKey(chain, 1)
	if len(r.stores) == 0 {
		return ref, events.Key{}, errors.New("create key: no store to keep it in")
	}
	mu := r.maker(chain)
	mu.Lock()
	defer mu.Unlock()
	key, err := r.create(ctx, ref)
	if errors.Is(err, events.ErrConflict) {
		// A write that seemed to fail has arrived since the stores were
		// read: take what is there.
		key, err = r.create(ctx, ref)
	}
	if err != nil {
		return ref, events.Key{}, fmt.Errorf("create %s: %w", ref, err)
	}
	r.cache.put(cacheID{ref.Chain, ref.Gen}, key)
	return ref, key, nil
}

// maker returns the lock under which a chain's keys are made.
func (r *Ring) maker(chain events.Chain) *sync.Mutex {
	return &r.making[chain[0]%byte(len(r.making))]
}

func (r *Ring) create(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	var key events.Key
	found := false
	wraps := make([][]byte, len(r.stores))
	for i, s := range r.stores {
		got, err := s.GetWrap(ctx, name(ref))
		if errors.Is(err, events.ErrNotFound) {
			continue
		}
		var k events.Key
		if err == nil {
			k, err = r.unwrap(ref, got)
		}
		if err == nil && found && k != key {
			err = errOtherKey
		}
		if err != nil {
			return events.Key{}, &StoreError{Store: i + 1, Name: name(ref), Err: err}
		}
		key, found, wraps[i] = k, true, got
	}
	wrap := first(wraps)
	if !found {
		var nonce [nonceSize]byte
		rand.Read(key[:]) // crypto/rand: never fails
		rand.Read(nonce[:])
		w := seal(r.keks[r.secrets.epoch], nonce, r.origin, ref, r.secrets.epoch, &key)
		wrap = w.Append(nil)
	}
	// Also where it is already: an earlier write may have failed between being
	// visible and being durable. One after another, so that the first store
	// decides when two writers meet.
	for i, s := range r.stores {
		if wraps[i] == nil {
			wraps[i] = wrap
		}
		if err := s.PutWrap(ctx, name(ref), wraps[i]); err != nil {
			return events.Key{}, &StoreError{Store: i + 1, Name: name(ref), Err: err}
		}
	}
	return key, nil
}

func first(wraps [][]byte) []byte {
	for _, w := range wraps {
		if w != nil {
			return w
		}
	}
	return nil
}

// Mend gives the wrap of a case key to every store that lacks it: after one of
// them lost its end. A wrap that stands in a store is never written over, nor
// read further than that: Check tells what is wrong with it. It is no error
// when no store has one, or when ref is a service key, which is in none.
func (r *Ring) Mend(ctx context.Context, ref events.KeyRef) error {
	if ref.Service {
		return nil
	}
	wraps := make([][]byte, len(r.stores))
	for i, s := range r.stores {
		wrap, err := s.GetWrap(ctx, name(ref))
		if err != nil && !errors.Is(err, events.ErrNotFound) {
			return &StoreError{Store: i + 1, Name: name(ref), Err: err}
		}
		wraps[i] = wrap
	}
	wrap := first(wraps)
	if wrap == nil {
		return nil
	}
	for i, s := range r.stores {
		if wraps[i] != nil {
			continue
		}
		if err := s.PutWrap(ctx, name(ref), wrap); err != nil && !errors.Is(err, events.ErrConflict) {
			return &StoreError{Store: i + 1, Name: name(ref), Err: err}
		}
	}
	return nil
}

// unwrap opens a stored wrap.
func (r *Ring) unwrap(ref events.KeyRef, wrap []byte) (events.Key, error) {
	w, err := ParseWrap(wrap)
	if err != nil {
		return events.Key{}, err
	}
	kek, ok := r.keks[w.Epoch]
	if !ok {
		return events.Key{}, &MissingKeyError{Kind: "epoch", Number: w.Epoch, Newest: r.secrets.epoch}
	}
	return open(kek, r.origin, ref, &w)
}

// Key returns a key. A case key is cached; a wrap that one store lacks or that
// does not open is read from the next. The error wraps events.ErrNotFound when
// no store has it, and is a *MissingKeyError, ErrErased among them, when the
// secrets directory lacks what opens it.
func (r *Ring) Key(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	if ref.Service {
		r.numbered.Lock()
		key, ok := r.service(ref.Gen)
		r.numbered.Unlock()
		if !ok {
			return key, &MissingKeyError{Kind: "service", Number: ref.Gen, Newest: r.secrets.service}
		}
		return key, nil
	}
	id := cacheID{ref.Chain, ref.Gen}
	if key, ok := r.cache.get(id); ok {
		return key, nil
	}
	key, err := r.read(ctx, ref)
	if err != nil {
		return key, err
	}
	r.cache.put(id, key)
	return key, nil
}

// read finds a case key in the stores.
func (r *Ring) read(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	var failed []error
	erased := true
	for i, s := range r.stores {
		wrap, err := s.GetWrap(ctx, name(ref))
		if errors.Is(err, events.ErrNotFound) {
			continue
		}
		if err == nil {
			var key events.Key
			if key, err = r.unwrap(ref, wrap); err == nil {
				return key, nil
			}
		}
		erased = erased && errors.Is(err, ErrErased)
		failed = append(failed, &StoreError{Store: i + 1, Name: name(ref), Err: err})
	}
	switch {
	case failed == nil:
		return events.Key{}, fmt.Errorf("%s: %w", ref, events.ErrNotFound)
	case !erased:
		// One store's damage is no erasure, whatever another one says.
		for i, err := range failed {
			if errors.Is(err, ErrErased) {
				failed[i] = errors.New(err.Error())
			}
		}
	}
	return events.Key{}, errors.Join(failed...)
}
