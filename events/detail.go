package events

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"
)

// TimeFormat is the only form of a recorded time: UTC, exactly six decimals.
const TimeFormat = "2006-01-02T15:04:05.000000Z"

// Key is 32 secret bytes: a case key, a service key or a key derived from one.
type Key [32]byte

const hiddenKey = "key(hidden)"

// String hides the key.
func (Key) String() string { return hiddenKey }

// Format hides the key from every verb, %d and %#v among them.
func (Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenKey) }

// MarshalText hides the key from encoding/json and slog.
func (Key) MarshalText() ([]byte, error) { return []byte(hiddenKey), nil }

// KeyRef names the key that seals an event: case/<chain>/<gen> or service/<n>.
type KeyRef struct {
	Service bool
	Chain   Chain  // of a case key; zero for a service key
	Gen     uint64 // generation of a case key, number of a service key; from 1
}

// CaseKey names generation gen of a chain's case key.
func CaseKey(chain Chain, gen uint64) KeyRef { return KeyRef{Chain: chain, Gen: gen} }

// ServiceKey names service key n.
func ServiceKey(n uint64) KeyRef { return KeyRef{Service: true, Gen: n} }

// String returns the text form.
func (k KeyRef) String() string { return string(k.append(nil)) }

func (k KeyRef) append(b []byte) []byte {
	if k.Service {
		b = append(b, "service/"...)
	} else {
		b = append(b, "case/"...)
		b = appendHex(b, k.Chain[:])
		b = append(b, '/')
	}
	return strconv.AppendUint(b, k.Gen, 10)
}

// ParseKeyRef is the strict inverse of KeyRef.String.
func ParseKeyRef(s string) (KeyRef, error) {
	k, ok := parseKeyRef([]byte(s))
	if !ok {
		return KeyRef{}, &SyntaxError{What: "key", Offset: -1, Rule: "want case/<chain>/<generation> or service/<number>"}
	}
	return k, nil
}

func parseKeyRef(v []byte) (KeyRef, bool) {
	if rest, ok := bytes.CutPrefix(v, []byte("service/")); ok {
		n, ok := parseNumber(rest)
		return ServiceKey(n), ok
	}
	rest, ok := bytes.CutPrefix(v, []byte("case/"))
	if !ok || len(rest) < 34 || rest[32] != '/' {
		return KeyRef{}, false
	}
	k := KeyRef{}
	if !decodeHex(k.Chain[:], rest[:32]) {
		return KeyRef{}, false
	}
	k.Gen, ok = parseNumber(rest[33:])
	return k, ok
}

// Detail is the second block: what the event commits to without showing it.
// Its text is the seven lines of docs/FORMAT.md, "Detail".
type Detail struct {
	ID     ulid.ULID // the form's idempotency key
	At     time.Time // when recorded; UTC, whole microseconds, years 1–9999
	Key    KeyRef
	Nonce  [32]byte // fresh random at every seal attempt
	Parts  uint64   // number of leaves, decoys included
	Root   Hash     // RFC 6962 root over the leaves
	Sealed Hash     // SHA-256 of the sealed bytes
}

// Append appends the detail block to b.
func (d *Detail) Append(b []byte) []byte {
	b = d.appendContext(b)
	b = append(b, "sealed "...)
	b = appendHex(b, d.Sealed[:])
	return append(b, '\n')
}

// appendContext appends the lines through parts: what a seal is bound to.
func (d *Detail) appendContext(b []byte) []byte {
	b = append(b, detailVersion+"\nid "...)
	b = appendID(b, d.ID)
	b = append(b, "\nat "...)
	b = d.At.UTC().AppendFormat(b, TimeFormat)
	b = append(b, "\nkey "...)
	b = d.Key.append(b)
	b = append(b, "\nnonce "...)
	b = appendHex(b, d.Nonce[:])
	b = append(b, "\nparts "...)
	b = strconv.AppendUint(b, d.Parts, 10)
	b = append(b, ' ')
	b = appendHex(b, d.Root[:])
	return append(b, '\n')
}

// Hash returns SHA-256 of the detail block, as a link names it.
func (d *Detail) Hash() Hash {
	var buf [512]byte
	return sha256.Sum256(d.Append(buf[:0]))
}

// ParseDetail reads exactly one detail block. It accepts what Append writes
// and nothing else.
func ParseDetail(b []byte) (Detail, error) {
	d, n, err := parseDetail(b)
	if err == nil && n != len(b) {
		err = &SyntaxError{What: "detail", Offset: n, Rule: "bytes after the last line"}
	}
	if err != nil {
		return Detail{}, err
	}
	return d, nil
}

func parseDetail(b []byte) (Detail, int, error) {
	var d Detail
	p := lines{what: "detail", b: b}
	p.version(detailVersion)
	if v := p.value("id"); p.err == nil {
		id, ok := parseULID(v)
		if !ok {
			p.fail("id is not an upper-case ULID up to 7ZZZ…")
		}
		d.ID = id
	}
	if v := p.value("at"); p.err == nil {
		at, ok := parseAt(v)
		if !ok {
			p.fail("at is not a UTC time with six decimals")
		}
		d.At = at
	}
	if v := p.value("key"); p.err == nil {
		ref, ok := parseKeyRef(v)
		if !ok {
			p.fail("key is neither case/<chain>/<generation> nor service/<number>")
		}
		d.Key = ref
	}
	p.hex("nonce", d.Nonce[:])
	if v := p.value("parts"); p.err == nil {
		n, root, _ := bytes.Cut(v, []byte{' '})
		var ok bool
		if d.Parts, ok = parseNumber(n); !ok || !decodeHex(d.Root[:], root) {
			p.fail("parts is not a number from 1 and a root")
		}
	}
	p.hex("sealed", d.Sealed[:])
	return d, p.at, p.err
}

func appendID(b []byte, id ulid.ULID) []byte {
	var text [ulid.EncodedSize]byte
	_ = id.MarshalTextTo(text[:]) // the buffer has the one size it checks
	return append(b, text[:]...)
}

// ParseID reads an event id: 26 upper-case ULID characters, not above 7ZZZ….
func ParseID(s string) (ulid.ULID, error) {
	id, ok := parseULID([]byte(s))
	if !ok {
		return ulid.ULID{}, &SyntaxError{What: "id", Offset: -1, Rule: "want a ULID: 26 upper-case characters"}
	}
	return id, nil
}

func parseULID(v []byte) (ulid.ULID, bool) {
	var id ulid.ULID
	if len(v) != ulid.EncodedSize || id.UnmarshalText(v) != nil {
		return id, false
	}
	var back [ulid.EncodedSize]byte
	_ = id.MarshalTextTo(back[:])
	return id, bytes.Equal(back[:], v)
}

// parseAt reads TimeFormat strictly: what it accepts formats to the same bytes.
func parseAt(v []byte) (time.Time, bool) {
	const form = "dddd-dd-ddTdd:dd:dd.ddddddZ"
	if len(v) != len(form) {
		return time.Time{}, false
	}
	for i, c := range v {
		if form[i] == 'd' && (c < '0' || c > '9') || form[i] != 'd' && c != form[i] {
			return time.Time{}, false
		}
	}
	num := func(from, to int) (n int) {
		for _, c := range v[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	y, mo, d, h, mi, s, us := num(0, 4), num(5, 7), num(8, 10), num(11, 13), num(14, 16), num(17, 19), num(20, 26)
	if y < 1 || mo < 1 || mo > 12 || d < 1 || h > 23 || mi > 59 || s > 59 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, s, us*1000, time.UTC)
	return t, t.Day() == d
}
