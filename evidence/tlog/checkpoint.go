package tlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"

	"caseledger/events"
)

// Checkpoint is what a ledger states: its tree of this size has this root.
type Checkpoint struct {
	Origin string      // of the ledger, as events.ValidOrigin
	Size   uint64      // entries; at most events.MaxNumber
	Root   events.Hash // RFC 6962 tree hash; SHA-256 of nothing at size 0
}

// EmptyRoot is the root of the tree without entries: SHA-256 of nothing
// (RFC 6962, 2.1).
var EmptyRoot = events.Hash(sha256.Sum256(nil))

// strict64 is the base64 of every C2SP format: RFC 4648, 4, padded, with
// trailing bits zero.
var strict64 = base64.StdEncoding.Strict()

// Text returns the three lines of c2sp.org/tlog-checkpoint: origin, size in
// decimal, root in base64.
func (c Checkpoint) Text() []byte {
	b := make([]byte, 0, len(c.Origin)+80)
	b = append(b, c.Origin...)
	b = append(b, '\n')
	b = strconv.AppendUint(b, c.Size, 10)
	b = append(b, '\n')
	b = strict64.AppendEncode(b, c.Root[:])
	return append(b, '\n')
}

// ParseCheckpoint reads exactly what Text writes. It refuses extension lines,
// which no auditor of the tree could check.
func ParseCheckpoint(text []byte) (Checkpoint, error) {
	var c Checkpoint
	p := cursor{what: "checkpoint", b: text}
	origin := p.line()
	size := p.mark(p.line)
	root := p.mark(p.line)
	if p.err == nil && len(p.rest()) != 0 {
		p.fail("lines after the root")
	}
	if p.err != nil {
		return c, p.err
	}
	c.Origin = string(origin)
	if !events.ValidOrigin(c.Origin) {
		return Checkpoint{}, p.wrong(0, "the first line is not a valid origin")
	}
	var ok bool
	if c.Size, ok = parseDecimal(size.b); !ok {
		return Checkpoint{}, p.wrong(size.at, "the size is not a decimal from 0 to 2^53-1")
	}
	if !decodeHash(&c.Root, root.b) {
		return Checkpoint{}, p.wrong(root.at, "the root is not the base64 of 32 bytes")
	}
	if c.Size == 0 && c.Root != EmptyRoot {
		return Checkpoint{}, p.wrong(root.at, "the root of an empty tree is SHA-256 of nothing")
	}
	return c, nil
}

// check tells why c cannot be written as a checkpoint.
func (c Checkpoint) check() error {
	switch {
	case !events.ValidOrigin(c.Origin):
		return fmt.Errorf("checkpoint: origin is not valid: %w", events.ErrSyntax)
	case c.Size > events.MaxNumber:
		return fmt.Errorf("checkpoint: size is above 2^53-1: %w", events.ErrSyntax)
	case c.Size == 0 && c.Root != EmptyRoot:
		return fmt.Errorf("checkpoint: the root of an empty tree is SHA-256 of nothing: %w", events.ErrSyntax)
	}
	return nil
}

// Sign returns the signed note of c. At least one signer is a *Signer, and
// each of these has c's origin as its name; more than one is an overlap while
// the ledger changes its key. A *Cosigner may sign in the same call.
//
// Sign knows nothing of what was signed before: call State.Advance first.
func Sign(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	logs := 0
	for i, s := range signers {
		for _, t := range signers[:i] {
			if s.Name() == t.Name() && s.KeyHash() == t.KeyHash() {
				return nil, errors.New("sign checkpoint: one key given twice")
			}
		}
		if _, witness := s.(*Cosigner); witness {
			continue
		}
		if logs++; s.Name() != c.Origin {
			return nil, fmt.Errorf("sign checkpoint of %s: the key is named %s", c.Origin, s.Name())
		}
	}
	if logs == 0 {
		return nil, errors.New("sign checkpoint: no key of the ledger given")
	}
	return note.Sign(&note.Note{Text: string(c.Text())}, signers...)
}

// ParseSigned reads the checkpoint in a signed note and checks the form of
// everything. It verifies NO signature: who trusts the result must have it
// from Policy.Check.
func ParseSigned(signed []byte) (Checkpoint, error) {
	text, _, err := parseNote(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(text)
}

// parseDecimal reads a decimal from 0 to events.MaxNumber without leading
// zeros.
func parseDecimal(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 16 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, n <= events.MaxNumber
}

// decodeHash reads the 44 base64 characters of a hash.
func decodeHash(h *events.Hash, b []byte) bool {
	var buf [33]byte // what 44 characters decode to before the padding is known
	if len(b) != 44 || bytes.ContainsAny(b, "\r\n") {
		return false
	}
	n, err := strict64.Decode(buf[:], b)
	if err != nil || n != len(h) {
		return false
	}
	copy(h[:], buf[:n])
	return true
}

// isVersion reports whether a first line is another version of a format:
// family, v and a decimal of up to seven digits.
func isVersion(line []byte, family string) bool {
	number, ok := bytes.CutPrefix(line, []byte(family+"v"))
	if !ok || len(number) > 7 {
		return false
	}
	_, ok = parseDecimal(number)
	return ok
}

// cursor reads lines and keeps the first error.
type cursor struct {
	what string
	b    []byte
	at   int
	err  error
}

type place struct {
	b  []byte
	at int
}

func (p *cursor) wrong(at int, rule string) error {
	return &events.SyntaxError{What: p.what, Offset: at, Rule: rule}
}

func (p *cursor) fail(rule string) {
	if p.err == nil {
		p.err = p.wrong(p.at, rule)
	}
}

func (p *cursor) rest() []byte { return p.b[p.at:] }

// line returns the next line without its LF.
func (p *cursor) line() []byte {
	if p.err != nil {
		return nil
	}
	l, _, ok := bytes.Cut(p.rest(), []byte{'\n'})
	if !ok {
		p.fail("line without an end")
		return nil
	}
	p.at += len(l) + 1
	return l
}

// mark returns what read returns and where it began.
func (p *cursor) mark(read func() []byte) place {
	at := p.at
	return place{b: read(), at: at}
}
