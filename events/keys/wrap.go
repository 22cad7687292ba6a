package keys

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"caseledger/events"
)

const (
	wrapFamily  = "caseledger/wrap/"
	wrapVersion = wrapFamily + "v1"

	nonceSize  = 12
	sealedSize = 32 + 16 // the key and GCM's tag

	// MaxWrap is the longest wrap, in bytes.
	MaxWrap = len(wrapVersion) + len("\nepoch \nnonce \nsealed \n") + 16 + 2*nonceSize + 2*sealedSize
)

// ErrWrap: a wrap that is in the format and does not open under its epoch's
// key for the chain and generation it is stored for.
var ErrWrap = errors.New("wrap does not open")

// Wrap is a case key as it is stored: AES-256-GCM under the key-encryption key
// of an epoch, with the origin, chain, generation and epoch as additional
// data.
type Wrap struct {
	Epoch  uint64 // from 1
	Nonce  [nonceSize]byte
	Sealed [sealedSize]byte
}

// Append appends the four lines of the wrap to b.
func (w *Wrap) Append(b []byte) []byte {
	b = append(b, wrapVersion+"\nepoch "...)
	b = strconv.AppendUint(b, w.Epoch, 10)
	b = append(b, "\nnonce "...)
	b = hex.AppendEncode(b, w.Nonce[:])
	b = append(b, "\nsealed "...)
	b = hex.AppendEncode(b, w.Sealed[:])
	return append(b, '\n')
}

// ParseWrap reads exactly what Append writes. Another version is
// events.ErrVersion.
func ParseWrap(b []byte) (Wrap, error) {
	var w Wrap
	fail := func(rule string) (Wrap, error) {
		return Wrap{}, &events.SyntaxError{What: "wrap", Offset: -1, Rule: rule}
	}
	if len(b) > MaxWrap {
		return fail("longer than any wrap")
	}
	rest, ok := bytes.CutPrefix(b, []byte(wrapVersion+"\n"))
	if !ok {
		err := &events.SyntaxError{What: "wrap", Rule: "the first line is not " + wrapVersion}
		line, _, _ := bytes.Cut(b, []byte{'\n'})
		if v, ok := bytes.CutPrefix(line, []byte(wrapFamily+"v")); ok && string(line) != wrapVersion && len(v) <= 7 {
			if _, ok := parseNumber(v); ok || string(v) == "0" {
				err.Kind = events.ErrVersion
			}
		}
		return Wrap{}, err
	}
	rest, ok = bytes.CutPrefix(rest, []byte("epoch "))
	number, rest, ok2 := bytes.Cut(rest, []byte{'\n'})
	if !ok || !ok2 {
		return fail("expected the line epoch")
	}
	if w.Epoch, ok = parseNumber(number); !ok {
		return fail("epoch is not a decimal from 1 to 2^53-1")
	}
	if rest, ok = cutHex(w.Nonce[:], rest, "nonce "); !ok {
		return fail("expected the line nonce, 24 lower-case hex digits")
	}
	if rest, ok = cutHex(w.Sealed[:], rest, "sealed "); !ok {
		return fail("expected the line sealed, 96 lower-case hex digits")
	}
	if len(rest) != 0 {
		return fail("bytes after the last line")
	}
	return w, nil
}

// cutHex reads a line of name and lower-case hex digits that fill dst.
func cutHex(dst, b []byte, name string) (rest []byte, ok bool) {
	n := len(name) + 2*len(dst)
	if len(b) <= n || string(b[:len(name)]) != name || b[n] != '\n' || !decodeHex(dst, b[len(name):n]) {
		return nil, false
	}
	return b[n+1:], true
}

// decodeHex fills dst from 2·len(dst) lower-case hex digits.
func decodeHex(dst, b []byte) bool {
	for _, c := range b {
		if 'A' <= c && c <= 'F' {
			return false
		}
	}
	n, err := hex.Decode(dst, b)
	return err == nil && n == len(dst)
}

// parseNumber reads a decimal from 1 to events.MaxNumber without leading
// zeros.
func parseNumber[S string | []byte](b S) (uint64, bool) {
	if len(b) == 0 || len(b) > 16 || b[0] == '0' {
		return 0, false
	}
	var n uint64
	for i := range len(b) {
		c := b[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, n <= events.MaxNumber
}

// appendContext appends what a wrap is bound to: five lines, each with its LF.
func appendContext(b []byte, origin string, ref events.KeyRef, epoch uint64) []byte {
	b = append(b, wrapVersion+"\norigin "...)
	b = append(b, origin...)
	b = append(b, "\nchain "...)
	b = hex.AppendEncode(b, ref.Chain[:])
	b = append(b, "\ngen "...)
	b = strconv.AppendUint(b, ref.Gen, 10)
	b = append(b, "\nepoch "...)
	b = strconv.AppendUint(b, epoch, 10)
	return append(b, '\n')
}

func seal(kek cipher.AEAD, nonce [nonceSize]byte, origin string, ref events.KeyRef, epoch uint64, key *events.Key) Wrap {
	w := Wrap{Epoch: epoch, Nonce: nonce}
	var aad [320]byte
	kek.Seal(w.Sealed[:0], nonce[:], key[:], appendContext(aad[:0], origin, ref, epoch))
	return w
}

func open(kek cipher.AEAD, origin string, ref events.KeyRef, w *Wrap) (events.Key, error) {
	var key events.Key
	var aad [320]byte
	if _, err := kek.Open(key[:0], w.Nonce[:], w.Sealed[:], appendContext(aad[:0], origin, ref, w.Epoch)); err != nil {
		return events.Key{}, ErrWrap
	}
	return key, nil
}

// newKEK expands a key-encryption key once, for every wrap of its epoch.
func newKEK(key *events.Key) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err == nil {
		var a cipher.AEAD
		if a, err = cipher.NewGCM(block); err == nil {
			return a
		}
	}
	panic("keys: AES-256-GCM refuses a 32-byte key: " + err.Error())
}

// name returns what the wrap of a case key is stored as: <chain>.<gen>.
func name(ref events.KeyRef) string {
	var buf [56]byte
	b := hex.AppendEncode(buf[:0], ref.Chain[:])
	b = append(b, '.')
	return string(strconv.AppendUint(b, ref.Gen, 10))
}

// parseName is the inverse of name.
func parseName(s string) (events.KeyRef, error) {
	chain, gen, ok := strings.Cut(s, ".")
	c, err := events.ParseChain(chain)
	n, okN := parseNumber(gen)
	if !ok || err != nil || !okN {
		return events.KeyRef{}, fmt.Errorf("name of a wrap: want <chain>.<generation>: %w", events.ErrSyntax)
	}
	return events.CaseKey(c, n), nil
}
