package events

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

const (
	// minPadded is the smallest padded body, in bytes.
	minPadded = 256
	// tagSize is what AES-GCM adds to the padded body.
	tagSize = 16
	// lenSize is the length in front of the body.
	lenSize = 4
)

// Draft is an event before it is sealed. Everything in it comes from outside:
// the package reads no clock and makes no randomness.
type Draft struct {
	Origin string
	Chain  Chain
	Seq    uint64
	Prev   Hash
	ID     ulid.ULID
	At     time.Time // cut to whole microseconds
	Key    KeyRef    // names the key that Seal is given
	Nonce  [32]byte  // fresh random at every attempt to seal
	Body   []byte    // canonical
}

// Validator checks a canonical body against the schema of its type.
type Validator interface {
	// Validate returns nil or an error wrapping ErrInvalid or ErrVersion.
	Validate(body []byte) error
}

// SealError says why a sealed body does not open to what its detail commits
// to. It is an ErrSealed.
type SealError struct {
	Chain Chain
	Seq   uint64
	Rule  string
}

func (e *SealError) Error() string {
	return "chain " + e.Chain.String() + ", event " + strconv.FormatUint(e.Seq, 10) + ": " + e.Rule
}

// Is makes every SealError an ErrSealed.
func (e *SealError) Is(target error) bool { return target == ErrSealed }

// Seal makes the record of a draft. The error is a *SyntaxError: a header
// field out of its range, or a body that is not canonical. It does not check
// the body against a schema.
func Seal(d *Draft, key *Key) (Record, error) {
	at := d.At.UTC().Truncate(time.Microsecond)
	if err := d.check(at); err != nil {
		return Record{}, err
	}
	if err := CheckBody(d.Body); err != nil {
		return Record{}, err
	}
	r := Record{
		Link:   Link{Origin: d.Origin, Chain: d.Chain, Seq: d.Seq, Prev: d.Prev},
		Detail: Detail{ID: d.ID, At: at, Key: d.Key, Nonce: d.Nonce},
	}
	s := getSealer()
	defer s.free()
	s.derive(&r, key)
	if err := s.walk(d.Body); err != nil {
		return Record{}, err
	}
	r.Detail.Parts, r.Detail.Root = s.tree.n, s.tree.root()

	padded := paddedLen(len(d.Body))
	r.Sealed = make([]byte, padded, padded+tagSize)
	binary.BigEndian.PutUint32(r.Sealed, uint32(len(d.Body)))
	copy(r.Sealed[lenSize:], d.Body)
	context := s.context(&r)
	r.Sealed = s.aead().Seal(r.Sealed[:0], zeroNonce[:], r.Sealed, context)
	r.Detail.Sealed = sha256.Sum256(r.Sealed)
	r.Link.Detail = r.Detail.Hash()
	return r, nil
}

func (d *Draft) check(at time.Time) error {
	rule := ""
	switch {
	case !ValidOrigin(d.Origin):
		rule = "origin is not a valid origin"
	case d.Seq < 1 || d.Seq > MaxNumber:
		rule = "seq is not a decimal from 1 to 2^53-1"
	case (d.Seq == 1) != (d.Prev == Hash{}):
		rule = "prev is zeros at seq 1 and only there"
	case at.Year() < 1 || at.Year() > 9999:
		rule = "at is not in the years 0001 to 9999"
	case d.Key.Gen < 1 || d.Key.Gen > MaxNumber:
		rule = "key is neither case/<chain>/<generation> nor service/<number>"
	case !d.Key.Service && d.Key.Chain != d.Chain:
		rule = "the case key is another chain's"
	default:
		return nil
	}
	return &SyntaxError{What: "draft", Offset: -1, Rule: rule}
}

// Open returns the body of a record after checking, in this order: the tag,
// the exact padded length, that the padding is zero, canonical form, the
// schema, and the recomputed number and root of the parts, which commit to
// the key. Only then does a byte leave it. It trusts that r came from
// ParseRecord or Seal. A nil v checks no schema. The error is an ErrSealed or
// what v returns.
func Open(r *Record, key *Key, v Validator) ([]byte, error) {
	s := getSealer()
	defer s.free()
	s.derive(r, key)
	body, _, err := s.open(r, nil)
	if err != nil {
		return nil, err
	}
	if err := s.verify(r, body, v); err != nil {
		return nil, err
	}
	return body, nil
}

// Unseal returns the body of a record after checking tag, padding and
// canonical form only. It is for folds over records that this ledger has
// opened before: without the root, a body does not commit to its key.
func Unseal(r *Record, key *Key) ([]byte, error) {
	body, _, err := UnsealInto(nil, r, key)
	return body, err
}

// UnsealInto is Unseal into buf, as far as it has room, whatever it held. The
// body stands in room, which is for the next call.
func UnsealInto(buf []byte, r *Record, key *Key) (body, room []byte, err error) {
	s := getSealer()
	defer s.free()
	s.derive(r, key)
	return s.open(r, buf)
}

// OpenParts opens a record as Open does and returns its parts in order, decoys
// among them, each with its salt.
func OpenParts(r *Record, key *Key, v Validator) ([]Part, error) {
	s := getSealer()
	defer s.free()
	s.derive(r, key)
	body, _, err := s.open(r, nil)
	if err != nil {
		return nil, err
	}
	if err := s.verify(r, body, v); err != nil {
		return nil, err
	}
	s.startSalts()
	c := collector{parts: make([]Part, 0, r.Detail.Parts), salts: &s.salts}
	if err := s.walker.walk(body, &c); err != nil {
		return nil, err
	}
	return c.parts, nil
}

// sealer holds the keys and buffers of one seal. They are reused: hashing the
// parts is most of the work and needs no memory of its own.
type sealer struct {
	prk, sealKey [32]byte
	salts        salts
	tree         tree
	walker       walker
	leaf         []byte
	lines        []byte
}

var sealers = sync.Pool{New: func() any { return new(sealer) }}

func getSealer() *sealer { return sealers.Get().(*sealer) }

// free wipes the keys and returns the sealer to the pool.
func (s *sealer) free() {
	s.prk, s.sealKey = [32]byte{}, [32]byte{}
	s.salts.stop()
	sealers.Put(s)
}

var (
	zeroNonce [12]byte
	zeroBlock [aes.BlockSize]byte
	saltInfo  = []byte("caseledger/salt/v1")
	sealInfo  = []byte("caseledger/seal/v1")
)

// derive makes the event's keys from the case key.
func (s *sealer) derive(r *Record, key *Key) {
	b := append(s.lines[:0], linkVersion+"\n"...)
	b = append(b, r.Link.Origin...)
	b = append(b, '\n')
	b = appendHex(b, r.Link.Chain[:])
	b = append(b, '\n')
	b = strconv.AppendUint(b, r.Link.Seq, 10)
	b = append(b, '\n')
	b = appendID(b, r.Detail.ID)
	s.lines = b
	prk := hkdfExtract(r.Detail.Nonce[:], key[:])
	eventKey := hkdfExpand(&prk, b)
	s.prk = hkdfExtract(nil, eventKey[:])
	s.sealKey = hkdfExpand(&s.prk, sealInfo)
}

// startSalts goes to the first salt.
func (s *sealer) startSalts() {
	saltKey := hkdfExpand(&s.prk, saltInfo)
	s.salts.start(&saltKey)
}

// context returns what the seal is bound to, until the next use of s.
func (s *sealer) context(r *Record) []byte {
	s.lines = r.Detail.appendContext(r.Link.appendContext(s.lines[:0]))
	return s.lines
}

func (s *sealer) aead() cipher.AEAD {
	block, err := aes.NewCipher(s.sealKey[:])
	if err != nil {
		panic(err) // the key has one of AES's three sizes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // the block has GCM's one size
	}
	return gcm
}

// walk computes tree over the leaves of a canonical body.
func (s *sealer) walk(body []byte) *SyntaxError {
	s.tree.n = 0
	s.startSalts()
	return s.walker.walk(body, s)
}

func (s *sealer) part(kind Kind, path, value []byte) bool {
	b := append(s.leaf[:0], partVersion...)
	b = append(b, s.salts.peek()...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(path)))
	b = append(b, path...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	b = append(b, value...)
	s.leaf = b
	s.tree.add(sha256.Sum256(b))
	return true
}

func (s *sealer) decoy() bool {
	b := append(s.leaf[:0], decoyVersion...)
	b = append(b, s.salts.peek()...)
	s.leaf = b
	s.tree.add(sha256.Sum256(b))
	return true
}

// open checks everything up to canonical form.
func (s *sealer) open(r *Record, buf []byte) (body, room []byte, err error) {
	if n := len(r.Sealed); n < minPadded+tagSize || n > MaxRecord {
		return nil, buf, sealError(r, "sealed bytes have a length that no seal has")
	}
	plain, err := s.aead().Open(buf[:0], zeroNonce[:], r.Sealed, s.context(r))
	if err != nil {
		return nil, buf, sealError(r, "the seal's tag does not match: changed, or another key")
	}
	n := binary.BigEndian.Uint32(plain)
	if n > MaxBody || paddedLen(int(n)) != len(plain) {
		return nil, buf, sealError(r, "the padding has another length than its body asks for")
	}
	body = plain[lenSize : lenSize+n : lenSize+n]
	for _, c := range plain[lenSize+n:] {
		if c != 0 {
			return nil, buf, sealError(r, "the padding is not zero")
		}
	}
	if err := CheckBody(body); err != nil {
		return nil, buf, sealError(r, "the body is not canonical")
	}
	return body, plain, nil
}

// verify checks the schema and the parts.
func (s *sealer) verify(r *Record, body []byte, v Validator) error {
	if v != nil {
		if err := v.Validate(body); err != nil {
			return err
		}
	}
	if err := s.walk(body); err != nil {
		return sealError(r, "the body does not come apart")
	}
	if s.tree.n != r.Detail.Parts || s.tree.root() != r.Detail.Root {
		return sealError(r, "the parts are not those the detail commits to")
	}
	return nil
}

func sealError(r *Record, rule string) error {
	return &SealError{Chain: r.Link.Chain, Seq: r.Link.Seq, Rule: rule}
}

// paddedLen returns the Padmé length of the length field and a body of n
// bytes: at most 12 % more, and only the order of magnitude shows. Source:
// Nikitin et al., Reducing Metadata Leakage from Encrypted Files, 2019.
func paddedLen(n int) int {
	n += lenSize
	if n <= minPadded {
		return minPadded
	}
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}

// salts is the AES-256-CTR key stream, cut into salts.
type salts struct {
	stream cipher.Stream
	buf    [64 * 32]byte
	left   int // bytes of buf not used yet
}

func (s *salts) start(key *[32]byte) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has one of AES's three sizes
	}
	s.stream = cipher.NewCTR(block, zeroBlock[:])
	s.left = 0
}

// stop forgets the stream and the salts made of it.
func (s *salts) stop() {
	*s = salts{}
}

// peek returns the next salt, until the next call.
func (s *salts) peek() []byte {
	if s.left == 0 {
		clear(s.buf[:])
		s.stream.XORKeyStream(s.buf[:], s.buf[:])
		s.left = len(s.buf)
	}
	salt := s.buf[len(s.buf)-s.left:][:32]
	s.left -= 32
	return salt
}

// next copies the next salt.
func (s *salts) next(salt *[32]byte) { copy(salt[:], s.peek()) }
