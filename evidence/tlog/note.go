package tlog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"caseledger/events"
)

const (
	// MaxNote is the largest signed checkpoint that is read, in bytes.
	MaxNote = 64 << 10
	// MaxSignatures is the largest number of signature lines that is read.
	// c2sp.org/signed-note asks for at least 16; x/mod stops at 100 too.
	MaxSignatures = 100
	// MaxKey is the longest encoded key that is read, in bytes.
	MaxKey = 1 << 10
)

// The signature types of c2sp.org/signed-note that this package knows.
const (
	typeEd25519     = 0x01
	typeCosignature = 0x04
)

// signature is one signature line of a note, not verified.
type signature struct {
	name   string
	id     uint32
	bytes  []byte // what stands after the key ID
	base64 string // key ID and bytes, as in the line
}

var signaturePrefix = []byte("— ")

// parseNote takes a signed note apart and checks its form. The text keeps its
// final LF.
func parseNote(b []byte) (text []byte, sigs []signature, err error) {
	if len(b) > MaxNote {
		return nil, nil, &events.SyntaxError{What: "note", Offset: -1, Rule: "longer than 64 KiB", Kind: events.ErrTooLarge}
	}
	p := cursor{what: "note", b: b}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r < 0x20 && r != '\n' || r == utf8.RuneError && n == 1 {
			return nil, nil, p.wrong(i, "a control character or invalid UTF-8")
		}
		i += n
	}
	split := bytes.LastIndex(b, []byte("\n\n"))
	if split < 0 {
		return nil, nil, p.wrong(-1, "no empty line before the signatures")
	}
	p.at = split + 2
	if len(p.rest()) == 0 {
		return nil, nil, p.wrong(p.at, "no signature")
	}
	for len(p.rest()) > 0 {
		if len(sigs) == MaxSignatures {
			return nil, nil, &events.SyntaxError{What: "note", Offset: p.at, Rule: "more than 100 signatures", Kind: events.ErrTooLarge}
		}
		l := p.mark(p.line)
		if p.err != nil {
			return nil, nil, p.err
		}
		s, rule := parseSignature(l.b)
		if rule != "" {
			return nil, nil, p.wrong(l.at, rule)
		}
		sigs = append(sigs, s)
	}
	return b[:split+1], sigs, nil
}

// parseSignature returns the rule that a signature line breaks, or "".
func parseSignature(line []byte) (s signature, rule string) {
	rest, ok := bytes.CutPrefix(line, signaturePrefix)
	if !ok {
		return s, "a signature line does not begin with an em dash and a space"
	}
	s.name, s.base64, _ = strings.Cut(string(rest), " ")
	if !validName(s.name) {
		return s, "a signature's key name is empty or has a space or a plus"
	}
	raw, err := strict64.DecodeString(s.base64)
	if err != nil || len(raw) < 5 {
		return s, "a signature is not the base64 of a key ID and bytes"
	}
	s.id, s.bytes = binary.BigEndian.Uint32(raw), raw[4:]
	return s, ""
}

// validName is the rule of c2sp.org/signed-note for key names.
func validName(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsRune(s, '+') && strings.IndexFunc(s, unicode.IsSpace) < 0
}

// publicKey is an Ed25519 public key as a vkey names it.
type publicKey struct {
	name string
	typ  byte
	key  [ed25519.PublicKeySize]byte
}

// id returns SHA-256(name ‖ LF ‖ type ‖ key)[:4].
func (k *publicKey) id() uint32 {
	h := sha256.New()
	io.WriteString(h, k.name)
	h.Write([]byte{'\n', k.typ})
	h.Write(k.key[:])
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// String returns the vkey: name+ID+base64(type ‖ key).
func (k *publicKey) String() string {
	return encodeKey(k.name, k.id(), k.typ, k.key[:])
}

func encodeKey(name string, id uint32, typ byte, key []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, id, strict64.EncodeToString(append([]byte{typ}, key...)))
}

// parseVKey reads a vkey of the given type. The error is a rule, for a
// sentence that begins with what the key is for.
func parseVKey(s string, typ byte) (publicKey, error) {
	k := publicKey{typ: typ}
	name, id, raw, err := splitKey(s, typ)
	if err != nil {
		return k, err
	}
	k.name = name
	copy(k.key[:], raw)
	if k.id() != id {
		return k, errors.New("key ID is not that of its name and key")
	}
	return k, nil
}

// splitKey reads name+ID+base64(type ‖ 32 bytes).
func splitKey(s string, typ byte) (name string, id uint32, raw []byte, err error) {
	if len(s) > MaxKey {
		return "", 0, nil, errors.New("key is longer than 1 KiB")
	}
	name, rest, _ := strings.Cut(s, "+")
	hex, b64, _ := strings.Cut(rest, "+")
	n, err1 := strconv.ParseUint(hex, 16, 32)
	raw, err2 := strict64.DecodeString(b64)
	switch {
	case !validName(name) || err1 != nil || err2 != nil || len(raw) == 0 || strings.ContainsAny(b64, "\r\n") || fmt.Sprintf("%08x", n) != hex:
		return "", 0, nil, errors.New("key is not <name>+<8 hex digits>+<base64>")
	case raw[0] != typ:
		return "", 0, nil, fmt.Errorf("key is of type 0x%02x, want 0x%02x", raw[0], typ)
	case len(raw) != 33:
		return "", 0, nil, errors.New("key is not 32 bytes long")
	}
	return name, uint32(n), raw[1:], nil
}

const skeyPrefix = "PRIVATE+KEY+"

// parseSKey reads PRIVATE+KEY+name+ID+base64(type ‖ seed).
func parseSKey(s string, typ byte) (publicKey, ed25519.PrivateKey, error) {
	pub := publicKey{typ: typ}
	rest, ok := strings.CutPrefix(s, skeyPrefix)
	if !ok {
		return pub, nil, fmt.Errorf("signing key: does not begin with %s: %w", skeyPrefix, events.ErrSyntax)
	}
	name, id, seed, err := splitKey(rest, typ)
	if err != nil {
		return pub, nil, fmt.Errorf("signing key: %v: %w", err, events.ErrSyntax)
	}
	priv := ed25519.NewKeyFromSeed(seed)
	pub.name = name
	copy(pub.key[:], priv[32:])
	if pub.id() != id {
		return pub, nil, fmt.Errorf("signing key: key ID is not that of its name and key: %w", events.ErrSyntax)
	}
	return pub, priv, nil
}

// generate makes a key pair of the given type from 32 bytes of rand.
func generate(rand io.Reader, name string, typ byte) (skey, vkey string, err error) {
	if !validName(name) {
		return "", "", fmt.Errorf("key name is empty or has a space or a plus: %w", events.ErrSyntax)
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", "", fmt.Errorf("generate key: %w", err)
	}
	pub := publicKey{name: name, typ: typ}
	copy(pub.key[:], ed25519.NewKeyFromSeed(seed)[32:])
	return skeyPrefix + encodeKey(name, pub.id(), typ, seed), pub.String(), nil
}

// GenerateKey makes a ledger's key pair from 32 bytes of rand: Ed25519, type
// 0x01, in the encodings of golang.org/x/mod/sumdb/note. The name is the
// ledger's origin. The skey is secret.
func GenerateKey(rand io.Reader, name string) (skey, vkey string, err error) {
	if !events.ValidOrigin(name) {
		return "", "", fmt.Errorf("generate key: the name is not a valid origin: %w", events.ErrSyntax)
	}
	return generate(rand, name, typeEd25519)
}

// Signer is a ledger's own key. It signs checkpoints of its origin and
// nothing else. It is a note.Signer, and safe for concurrent use.
type Signer struct {
	pub  publicKey
	sign func([]byte) []byte // holds the key, where no format verb reaches it
}

// NewSigner reads a signing key as GenerateKey made it.
func NewSigner(skey string) (*Signer, error) {
	pub, priv, err := parseSKey(skey, typeEd25519)
	if err != nil {
		return nil, err
	}
	if !events.ValidOrigin(pub.name) {
		return nil, fmt.Errorf("signing key: its name is not a valid origin: %w", events.ErrSyntax)
	}
	return &Signer{pub: pub, sign: func(m []byte) []byte { return ed25519.Sign(priv, m) }}, nil
}

// Name returns the key's name: the ledger's origin.
func (s *Signer) Name() string { return s.pub.name }

// KeyHash returns the key ID.
func (s *Signer) KeyHash() uint32 { return s.pub.id() }

// VerifierKey returns the vkey that a policy lists.
func (s *Signer) VerifierKey() string { return s.pub.String() }

// Sign signs the text of a checkpoint of this origin.
func (s *Signer) Sign(text []byte) ([]byte, error) {
	c, err := ParseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	if c.Origin != s.pub.name {
		return nil, fmt.Errorf("sign checkpoint of %s: the key is named %s", c.Origin, s.pub.name)
	}
	return s.sign(text), nil
}

// logVerifier is a note.Verifier for type 0x01.
type logVerifier struct{ pub publicKey }

func (v logVerifier) Name() string    { return v.pub.name }
func (v logVerifier) KeyHash() uint32 { return v.pub.id() }
func (v logVerifier) Verify(msg, sig []byte) bool {
	return ed25519.Verify(v.pub.key[:], msg, sig)
}
