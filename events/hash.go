package events

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is a SHA-256 value. Its text is 64 lower-case hex digits.
type Hash [sha256.Size]byte

// String returns the 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText makes a Hash its hex digits in JSON.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText is the strict inverse of MarshalText.
func (h *Hash) UnmarshalText(b []byte) error {
	got, err := ParseHash(string(b))
	if err != nil {
		return err
	}
	*h = got
	return nil
}

// ParseHash reads exactly 64 lower-case hex digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if !decodeHex(h[:], s) {
		return Hash{}, fmt.Errorf("hash: want 64 lower-case hex digits: %w", ErrSyntax)
	}
	return h, nil
}

// Chain names a case: 128 random bits, 32 lower-case hex digits. It carries
// no time and no meaning.
type Chain [16]byte

// String returns the 32 lower-case hex digits.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// MarshalText makes a Chain its hex digits in JSON.
func (c Chain) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, c[:]), nil }

// UnmarshalText is the strict inverse of MarshalText.
func (c *Chain) UnmarshalText(b []byte) error {
	got, err := ParseChain(string(b))
	if err != nil {
		return err
	}
	*c = got
	return nil
}

// ParseChain reads exactly 32 lower-case hex digits.
func ParseChain(s string) (Chain, error) {
	var c Chain
	if !decodeHex(c[:], s) {
		return Chain{}, fmt.Errorf("chain: want 32 lower-case hex digits: %w", ErrSyntax)
	}
	return c, nil
}

// decodeHex fills dst from exactly 2·len(dst) lower-case hex digits.
func decodeHex[S string | []byte](dst []byte, s S) bool {
	if len(s) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := hexDigit[s[2*i]], hexDigit[s[2*i+1]]
		if hi|lo == 0xff {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

// hexDigit maps a lower-case hex digit to its value and anything else to 0xff.
var hexDigit = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i] = byte(10 + i)
	}
	return t
}()
