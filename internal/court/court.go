// Package court seals what is written at court, where there is no signal, to a
// key of the service, so that the device it is written on cannot read it back.
// It does no I/O and knows no forms.
//
// # A packet
//
// Before somebody goes to court the service makes a packet for one case: a
// number, and a key pair on the curve P-256. The device gets the number and the
// public key, as its 65 uncompressed bytes. The service keeps the rest, sealed
// as drafts are, as this text:
//
//	caseledger/packet/v1
//	packet 5e0c…                     24 hex, random
//	seq 57                           the case's last entry when it was made, from 1
//	made 2026-10-28T09:05:12Z
//	secret 77aa…                     64 hex, the private key
//	entry 01JB… 9f3c… 2026-10-28T15:40:02Z   ULID, SHA-256 of the sealed entry, when it came; one line each, at most MaxEntries
//
// # An entry
//
//	caseledger/court/v1
//	packet 5e0c…
//	entry 01JB…                      ULID: the id of the event to be
//	written 2026-10-28T14:05:12.345Z by the device's clock
//	key 04c1…                        130 hex, the entry's own public key, uncompressed
//	<AES-256-GCM: length of the text (4 bytes, big-endian), text, zeros to a multiple of 4096 bytes>
//
// The device makes a key pair for each entry and forgets its private half when
// the entry is sealed:
//
//	shared = ECDH(P-256), the x coordinate, 32 bytes
//	key    = HKDF-SHA256(shared, salt=entry's public key ‖ packet's public key,
//	         info="caseledger/court/v1\n"‖packet‖"\n"‖ULID, 32)
//
// The GCM nonce is zero, and the lines above are the associated data. Every
// line ends in LF. What is accepted encodes to the same bytes again.
package court

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

const (
	format       = "caseledger/court/v1"
	packetFormat = "caseledger/packet/v1"
	// Max is the longest text of an entry, in bytes: a form, escaped.
	Max = 2 << 20
	// MaxSealed is the longest sealed entry, in bytes.
	MaxSealed = Max + 2*pad
	// MaxEntries is how many entries a packet takes.
	MaxEntries = 100
	pad        = 4096
	tag        = 16

	// Writing is how long entries may be written under a packet, and Keeping how
	// long an entry may wait on the device from when it was written. The private
	// key is of no use after both.
	Writing = 24 * time.Hour
	Keeping = 24 * time.Hour

	timeLayout = "2006-01-02T15:04:05.000Z"
)

// ID is the number of a packet.
type ID [12]byte

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 24 lower-case hex digits.
func ParseID(s string) (id ID, err error) {
	if !lowerHex(id[:], s) {
		return ID{}, fmt.Errorf("number of a packet: %w", events.ErrSyntax)
	}
	return id, nil
}

// lowerHex reads exactly dst's length of lower-case hex.
func lowerHex(dst []byte, s string) bool {
	if len(s) != 2*len(dst) || strings.ToLower(s) != s {
		return false
	}
	_, err := hex.Decode(dst, []byte(s))
	return err == nil
}

// Packet is what the service keeps of a packet. The case and the member of
// staff it is for stand around it.
type Packet struct {
	ID      ID
	Seq     uint64    // the case's last entry when it was made
	Made    time.Time // UTC, whole seconds
	Entries []Came

	key *ecdh.PrivateKey
}

// Came is an entry that came back and could be opened.
type Came struct {
	Entry ulid.ULID
	Sum   [32]byte  // SHA-256 of the sealed entry
	At    time.Time // UTC, whole seconds
}

// NewPacket makes a packet for a case whose last entry is seq.
func NewPacket(random io.Reader, seq uint64, now time.Time) (*Packet, error) {
	p := &Packet{Seq: seq, Made: now.UTC().Truncate(time.Second)}
	if _, err := io.ReadFull(random, p.ID[:]); err != nil {
		return nil, fmt.Errorf("packet: %w", err)
	}
	var err error
	if p.key, err = ecdh.P256().GenerateKey(random); err != nil {
		return nil, fmt.Errorf("packet: %w", err)
	}
	return p, nil
}

// Public is the key that entries are sealed to: 65 bytes.
func (p *Packet) Public() []byte { return p.key.PublicKey().Bytes() }

// Until is when nothing more may be written under the packet, Gone when nothing
// of it can be opened any more.
func (p *Packet) Until() time.Time { return p.Made.Add(Writing) }

// Gone: see Until.
func (p *Packet) Gone() time.Time { return p.Made.Add(Writing + Keeping) }

// Find returns what came under an id.
func (p *Packet) Find(entry ulid.ULID) (Came, bool) {
	for _, c := range p.Entries {
		if c.Entry == entry {
			return c, true
		}
	}
	return Came{}, false
}

// Take adds an entry that came.
func (p *Packet) Take(entry ulid.ULID, sealed []byte, now time.Time) error {
	if len(p.Entries) >= MaxEntries {
		return fmt.Errorf("a packet of %d entries: %w", MaxEntries, events.ErrTooLarge)
	}
	p.Entries = append(p.Entries, Came{entry, sha256.Sum256(sealed), now.UTC().Truncate(time.Second)})
	return nil
}

// Append appends the packet's text, private key and all.
func (p *Packet) Append(b []byte) []byte {
	b = fmt.Appendf(b, "%s\npacket %s\nseq %d\nmade %s\nsecret %x\n", packetFormat, p.ID, p.Seq, p.Made.Format(time.RFC3339), p.key.Bytes())
	for _, c := range p.Entries {
		b = fmt.Appendf(b, "entry %s %x %s\n", c.Entry, c.Sum, c.At.Format(time.RFC3339))
	}
	return b
}

// ParsePacket reads what Append wrote. The error wraps events.ErrSyntax and
// quotes nothing.
func ParsePacket(b []byte) (*Packet, error) {
	wrong := func(what string) (*Packet, error) { return nil, fmt.Errorf("packet: %s: %w", what, events.ErrSyntax) }
	text, whole := strings.CutSuffix(string(b), "\n")
	lines := strings.Split(text, "\n")
	if !whole || len(lines) < 5 || len(lines) > 5+MaxEntries || lines[0] != packetFormat {
		return wrong("its lines")
	}
	p := &Packet{}
	var err error
	if p.ID, err = ParseID(after(lines[1], "packet ")); err != nil {
		return wrong("its number")
	}
	if p.Seq, err = strconv.ParseUint(after(lines[2], "seq "), 10, 53); err != nil {
		return wrong("seq")
	}
	if p.Made, err = time.Parse(time.RFC3339, after(lines[3], "made ")); err != nil {
		return wrong("made")
	}
	var secret [32]byte
	if !lowerHex(secret[:], after(lines[4], "secret ")) {
		return wrong("the key")
	}
	if p.key, err = ecdh.P256().NewPrivateKey(secret[:]); err != nil {
		return wrong("the key")
	}
	for _, line := range lines[5:] {
		f := strings.Split(line, " ")
		var c Came
		if len(f) != 4 || f[0] != "entry" || !lowerHex(c.Sum[:], f[2]) {
			return wrong("an entry")
		}
		if c.Entry, err = events.ParseID(f[1]); err != nil {
			return wrong("an entry")
		}
		if c.At, err = time.Parse(time.RFC3339, f[3]); err != nil {
			return wrong("an entry")
		}
		p.Entries = append(p.Entries, c)
	}
	if !bytes.Equal(p.Append(nil), b) {
		return wrong("its form")
	}
	return p, nil
}

// after is what stands behind the name of a line; "" when it has another name.
func after(line, name string) string {
	v, ok := strings.CutPrefix(line, name)
	if !ok {
		return ""
	}
	return v
}

// Head is the readable part of a sealed entry.
type Head struct {
	Packet  ID
	Entry   ulid.ULID
	Written time.Time // by the device's clock; UTC, whole milliseconds
	key     *ecdh.PublicKey
}

// Append appends the lines.
func (h *Head) Append(b []byte) []byte {
	return fmt.Appendf(b, "%s\npacket %s\nentry %s\nwritten %s\nkey %x\n", format, h.Packet, h.Entry, h.Written.UTC().Format(timeLayout), h.key.Bytes())
}

// ParseHead reads the lines of a sealed entry and returns what is sealed. The
// error wraps events.ErrSyntax or events.ErrTooLarge and quotes nothing.
func ParseHead(b []byte) (*Head, []byte, error) {
	wrong := func(what string) (*Head, []byte, error) {
		return nil, nil, fmt.Errorf("sealed entry: %s: %w", what, events.ErrSyntax)
	}
	if len(b) > MaxSealed {
		return nil, nil, fmt.Errorf("sealed entry of %d bytes: %w", len(b), events.ErrTooLarge)
	}
	lines := bytes.SplitAfterN(b, []byte("\n"), 6)
	if len(lines) != 6 {
		return wrong("its lines")
	}
	sealed := lines[5]
	if len(sealed)%pad != tag || len(sealed) < pad {
		return wrong("its length")
	}
	field := func(i int, name string) string {
		return after(strings.TrimSuffix(string(lines[i]), "\n"), name)
	}
	h := &Head{}
	var err error
	if h.Packet, err = ParseID(field(1, "packet ")); err != nil {
		return wrong("its packet")
	}
	if h.Entry, err = events.ParseID(field(2, "entry ")); err != nil {
		return wrong("its id")
	}
	if h.Written, err = time.Parse(timeLayout, field(3, "written ")); err != nil {
		return wrong("when it was written")
	}
	var key [65]byte
	if !lowerHex(key[:], field(4, "key ")) {
		return wrong("its key")
	}
	if h.key, err = ecdh.P256().NewPublicKey(key[:]); err != nil {
		return wrong("its key")
	}
	if head := h.Append(nil); !bytes.Equal(head, b[:len(b)-len(sealed)]) {
		return wrong("its form")
	}
	return h, sealed, nil
}

// Seal is what a device does: it is here so that the two can be held together.
func Seal(random io.Reader, public []byte, packet ID, entry ulid.ULID, written time.Time, text []byte) ([]byte, error) {
	if len(text) > Max {
		return nil, fmt.Errorf("entry of %d bytes: %w", len(text), events.ErrTooLarge)
	}
	to, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("the packet's key: %w", events.ErrSyntax)
	}
	own, err := ecdh.P256().GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	shared, err := own.ECDH(to)
	if err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	h := &Head{Packet: packet, Entry: entry, Written: written.UTC().Truncate(time.Millisecond), key: own.PublicKey()}
	aead, err := aeadOf(shared, h, public)
	if err != nil {
		return nil, err
	}
	plain := binary.BigEndian.AppendUint32(make([]byte, 0, len(text)+pad), uint32(len(text)))
	plain = append(plain, text...)
	plain = append(plain, make([]byte, (pad-len(plain)%pad)%pad)...)
	head := h.Append(nil)
	return aead.Seal(bytes.Clone(head), make([]byte, aead.NonceSize()), plain, head), nil
}

// Open returns the text of a sealed entry of this packet. The error wraps
// events.ErrSyntax or events.ErrTooLarge for what is no sealed entry, and
// events.ErrSealed for what was sealed to another packet or changed since.
func (p *Packet) Open(b []byte) (*Head, []byte, error) {
	h, sealed, err := ParseHead(b)
	if err != nil {
		return nil, nil, err
	}
	damaged := fmt.Errorf("the entry is damaged, or another packet's: %w", events.ErrSealed)
	shared, err := p.key.ECDH(h.key)
	if err != nil || h.Packet != p.ID {
		return nil, nil, damaged
	}
	aead, err := aeadOf(shared, h, p.Public())
	if err != nil {
		return nil, nil, err
	}
	plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), sealed, b[:len(b)-len(sealed)])
	if err != nil {
		return nil, nil, damaged
	}
	n := int(binary.BigEndian.Uint32(plain))
	if n > Max || n > len(plain)-4 || len(plain)-4-n >= pad || len(bytes.Trim(plain[4+n:], "\x00")) > 0 {
		return nil, nil, damaged
	}
	return h, plain[4 : 4+n], nil
}

func aeadOf(shared []byte, h *Head, public []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, shared, append(h.key.Bytes(), public...), format+"\n"+h.Packet.String()+"\n"+h.Entry.String(), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
