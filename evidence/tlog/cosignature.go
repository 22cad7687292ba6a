package tlog

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"caseledger/events"
)

// maxCosignatureTime is 9999-12-31T23:59:59Z in seconds since the epoch.
// c2sp.org/tlog-cosignature allows up to 2^63-1 and lets verifiers refuse the
// future; this keeps every time printable.
const maxCosignatureTime = 253402300799

// Cosigner is a witness's key: Ed25519 cosignatures of c2sp.org/tlog-cosignature,
// type 0x04. It signs checkpoints and nothing else. It is a note.Signer, and
// safe for concurrent use.
//
// A cosignature states that the checkpoint is the largest the witness has seen
// of its origin, and consistent with all before: the caller has checked that.
type Cosigner struct {
	pub  publicKey
	now  func() time.Time
	sign func([]byte) []byte
}

// GenerateCosignerKey makes a witness's key pair from 32 bytes of rand. The
// skey is as GenerateKey's, with type 0x04, so that neither can be taken for
// the other. It is secret.
func GenerateCosignerKey(rand io.Reader, name string) (skey, vkey string, err error) {
	return generate(rand, name, typeCosignature)
}

// NewCosigner reads a witness's signing key; now gives the time to state.
func NewCosigner(skey string, now func() time.Time) (*Cosigner, error) {
	pub, priv, err := parseSKey(skey, typeCosignature)
	if err != nil {
		return nil, err
	}
	return &Cosigner{pub: pub, now: now, sign: func(m []byte) []byte { return ed25519.Sign(priv, m) }}, nil
}

// Name returns the key's name.
func (c *Cosigner) Name() string { return c.pub.name }

// KeyHash returns the key ID.
func (c *Cosigner) KeyHash() uint32 { return c.pub.id() }

// VerifierKey returns the vkey that a policy lists.
func (c *Cosigner) VerifierKey() string { return c.pub.String() }

// Sign returns the timestamped signature of a checkpoint's text: the time as
// 8 bytes, then 64 bytes of Ed25519.
func (c *Cosigner) Sign(text []byte) ([]byte, error) {
	if _, err := ParseCheckpoint(text); err != nil {
		return nil, err
	}
	t := c.now().Unix()
	if t < 0 || t > maxCosignatureTime {
		return nil, errors.New("cosign: the clock is before 1970 or after 9999")
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(t))
	return append(b, c.sign(cosignedMessage(uint64(t), text))...), nil
}

// Cosign adds cosignatures to a signed checkpoint, after the signatures it
// has; one by the same key is replaced. It checks the form of the note and no
// signature in it.
func Cosign(signed []byte, cosigners ...*Cosigner) ([]byte, error) {
	text, sigs, err := parseNote(signed)
	if err != nil {
		return nil, err
	}
	n := &note.Note{Text: string(text)}
	for _, s := range sigs {
		n.UnverifiedSigs = append(n.UnverifiedSigs, note.Signature{Name: s.name, Hash: s.id, Base64: s.base64})
	}
	signers := make([]note.Signer, len(cosigners))
	for i, c := range cosigners {
		signers[i] = c
	}
	out, err := note.Sign(n, signers...)
	if err != nil {
		return nil, err
	}
	if _, _, err := parseNote(out); err != nil {
		return nil, fmt.Errorf("cosigned checkpoint: %w", err)
	}
	return out, nil
}

// NewCosignatureVerifier reads a witness's vkey, type 0x04.
func NewCosignatureVerifier(vkey string) (note.Verifier, error) {
	pub, err := parseVKey(vkey, typeCosignature)
	if err != nil {
		return nil, fmt.Errorf("witness %v: %w", err, events.ErrSyntax)
	}
	return witnessVerifier{pub}, nil
}

// witnessVerifier is a note.Verifier for type 0x04.
type witnessVerifier struct{ pub publicKey }

func (v witnessVerifier) Name() string    { return v.pub.name }
func (v witnessVerifier) KeyHash() uint32 { return v.pub.id() }
func (v witnessVerifier) Verify(msg, sig []byte) bool {
	t, ed, ok := splitCosignature(sig)
	return ok && ed25519.Verify(v.pub.key[:], cosignedMessage(t, msg), ed)
}

func splitCosignature(sig []byte) (seconds uint64, ed []byte, ok bool) {
	if len(sig) != 8+ed25519.SignatureSize {
		return 0, nil, false
	}
	t := binary.BigEndian.Uint64(sig)
	return t, sig[8:], t <= maxCosignatureTime
}

func cosignedMessage(seconds uint64, text []byte) []byte {
	b := append(make([]byte, 0, 48+len(text)), "cosignature/v1\ntime "...)
	b = strconv.AppendUint(b, seconds, 10)
	b = append(b, '\n')
	return append(b, text...)
}
