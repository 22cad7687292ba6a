package projections

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"caseledger/events"
)

// Keys gives the keys that events are sealed under. keys.Ring is one.
type Keys interface {
	// Key returns the key, or an error wrapping events.ErrNotFound when it no
	// longer exists: its case was erased.
	Key(ctx context.Context, ref events.KeyRef) (events.Key, error)
}

const (
	sealVersion = 1
	// gone stands for the state of a case whose key no longer exists.
	gone      = 0
	viewInfo  = "caseledger/view/v1"
	nonceSize = 12
	tagSize   = 16

	// maxSubkeys bounds the view keys held ready, about 100 bytes each.
	maxSubkeys = 1 << 17
)

// errGone is returned for the values of a case whose key no longer exists.
var errGone = fmt.Errorf("the key of this case is gone: it was erased, or every copy of its key is lost: %w", events.ErrNotFound)

// sealer seals and opens view values. It is safe for concurrent use.
type sealer struct {
	keys Keys
	rand *randomness

	mu      sync.RWMutex
	subkeys map[events.KeyRef]subkey
}

// subkey seals the views of a case. The cipher made of it takes thirty times
// its memory and half a microsecond to make, so that it is the key that is
// kept.
type subkey [32]byte

func (k *subkey) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func newSealer(keys Keys, rand io.Reader) *sealer {
	return &sealer{keys: keys, rand: &randomness{src: rand}, subkeys: make(map[events.KeyRef]subkey)}
}

// subkey returns what seals the views of a case under one generation of its
// key.
func (s *sealer) subkey(ctx context.Context, ref events.KeyRef) (subkey, error) {
	s.mu.RLock()
	sub, ok := s.subkeys[ref]
	s.mu.RUnlock()
	if ok {
		return sub, nil
	}
	_, sub, err := s.derive(ctx, ref)
	if err != nil {
		return subkey{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.subkeys) >= maxSubkeys {
		for old := range s.subkeys { // any one: the order of a map is random
			delete(s.subkeys, old)
			break
		}
	}
	s.subkeys[ref] = sub
	return sub, nil
}

// derive returns a case key and what seals views under it. The error is
// errGone when the key no longer exists.
func (s *sealer) derive(ctx context.Context, ref events.KeyRef) (events.Key, subkey, error) {
	key, err := s.keys.Key(ctx, ref)
	if err != nil {
		if errors.Is(err, events.ErrNotFound) {
			err = errGone
		}
		return events.Key{}, subkey{}, err
	}
	sub, err := hkdf.Key(sha256.New, key[:], nil, viewInfo, len(subkey{}))
	if err != nil {
		return events.Key{}, subkey{}, err
	}
	return key, subkey(sub), nil
}

// seal appends the sealed form of plain, as doc.go has it, to b.
func (s *sealer) seal(b []byte, sub *subkey, gen uint64, key, plain []byte) ([]byte, error) {
	c, err := sub.cipher()
	if err != nil {
		return nil, err
	}
	b = append(b, sealVersion)
	b = binary.AppendUvarint(b, gen)
	at := len(b)
	b = append(b, make([]byte, nonceSize)...)
	if err := s.rand.read(b[at:]); err != nil {
		return nil, err
	}
	return c.Seal(b, b[at:at+nonceSize], plain, key), nil
}

// open returns the plain text of the value that stands at key.
func (s *sealer) open(ctx context.Context, chain events.Chain, key, value []byte) ([]byte, error) {
	o := opener{s: s, chain: chain}
	return o.open(ctx, key, value)
}

// opener opens values of one case: many of them with one cipher.
type opener struct {
	s     *sealer
	chain events.Chain
	gen   uint64      // of aead
	aead  cipher.AEAD // nil until needed
	plain []byte      // room for the next plain text
}

// open returns a plain text that stands until the next one is opened.
func (o *opener) open(ctx context.Context, key, value []byte) ([]byte, error) {
	gen, body, err := splitSealed(value)
	if err != nil {
		return nil, err
	}
	if o.gen != gen {
		sub, err := o.s.subkey(ctx, events.CaseKey(o.chain, gen))
		if err != nil {
			return nil, err
		}
		if o.aead, err = sub.cipher(); err != nil {
			return nil, err
		}
		o.gen = gen
	}
	plain, err := o.aead.Open(o.plain[:0], body[:nonceSize], body[nonceSize:], key)
	if err != nil {
		return nil, fmt.Errorf("view value of case %s does not open: %w", o.chain, events.ErrSealed)
	}
	o.plain = plain
	return plain, nil
}

// splitSealed takes the frame of a sealed value apart.
func splitSealed(value []byte) (gen uint64, body []byte, err error) {
	if len(value) == 1 {
		switch value[0] {
		case gone:
			return 0, nil, errGone
		case unfolded:
			return 0, nil, errUnfolded
		}
	}
	d := decoder{b: value}
	if d.byte() != sealVersion {
		return 0, nil, fmt.Errorf("view value: %w", events.ErrVersion)
	}
	gen = d.uint()
	if d.bad || gen == 0 || len(d.b) < nonceSize+tagSize {
		return 0, nil, errValue
	}
	return gen, d.b, nil
}

// tag stands for an adviser in keys.
func tag(index *events.Key, adviser string) adviserTag {
	m := hmac.New(sha256.New, index[:])
	m.Write([]byte("caseledger/adviser/v1\n" + adviser))
	return adviserTag(m.Sum(nil)[:16])
}

// randomness hands out nonces from larger reads: a system call for every
// twelve bytes would be a tenth of a rebuild.
type randomness struct {
	src io.Reader

	mu  sync.Mutex
	buf [4096]byte
	n   int // bytes of buf not handed out yet, at its end
}

func (r *randomness) read(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n < len(b) {
		if _, err := io.ReadFull(r.src, r.buf[:]); err != nil {
			r.n = 0
			return fmt.Errorf("read randomness: %w", err)
		}
		r.n = len(r.buf)
	}
	at := len(r.buf) - r.n
	copy(b, r.buf[at:])
	clear(r.buf[at : at+len(b)])
	r.n -= len(b)
	return nil
}
