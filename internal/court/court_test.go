package court

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

var (
	then  = time.Date(2026, 10, 28, 14, 5, 12, 345_000_000, time.UTC)
	entry = ulid.MustParse("01JB0000000000000000000000")
)

func packet(t testing.TB) *Packet {
	t.Helper()
	p, err := NewPacket(rand.Reader, 57, then.Add(-5*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func seal(t testing.TB, p *Packet, text string) []byte {
	t.Helper()
	b, err := Seal(rand.Reader, p.Public(), p.ID, entry, then, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeal(t *testing.T) {
	p := packet(t)
	for _, text := range []string{"", "notes=Zażółć ਡਰ 😟", strings.Repeat("x", pad-4), strings.Repeat("x", pad-3), strings.Repeat("ż", Max/2)} {
		b := seal(t, p, text)
		h, got, err := p.Open(b)
		if err != nil || string(got) != text || h.Entry != entry || h.Packet != p.ID || !h.Written.Equal(then) {
			t.Fatalf("%d bytes: opened %d, %+v, %v", len(text), len(got), h, err)
		}
		if len(b) > MaxSealed {
			t.Errorf("%d bytes sealed are %d, more than MaxSealed", len(text), len(b))
		}
		if text != "" && bytes.Contains(b, []byte(text[:min(8, len(text))])) {
			t.Error("the text stands in it")
		}
	}
	if a, b := seal(t, p, "same"), seal(t, p, "same"); bytes.Equal(a[len(a)-pad:], b[len(b)-pad:]) {
		t.Error("two entries were sealed under one key")
	}
	if _, err := Seal(rand.Reader, p.Public(), p.ID, entry, then, make([]byte, Max+1)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
}

// Every byte of a sealed entry counts, and it opens under no other packet.
func TestOpenRefuses(t *testing.T) {
	p := packet(t)
	good := seal(t, p, "= She was calm.")
	for i := range good {
		if i > 400 && i%61 != 0 && i < len(good)-20 {
			continue
		}
		b := bytes.Clone(good)
		b[i] ^= 1
		if _, text, err := p.Open(b); err == nil || text != nil {
			t.Fatalf("byte %d changed: %q", i, text)
		} else if !errors.Is(err, events.ErrSealed) && !errors.Is(err, events.ErrSyntax) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	head, _, _ := bytes.Cut(good, []byte("key "))
	for name, b := range map[string][]byte{
		"nothing": nil, "the first line": good[:20], "no text": good[:len(head)+4+131], "cut short": good[:len(good)-1], "a byte more": append(bytes.Clone(good), 0),
		"CRLF":            bytes.Replace(good, []byte("\n"), []byte("\r\n"), 1),
		"lower-case id":   bytes.Replace(good, []byte("01JB"), []byte("01jb"), 1),
		"upper-case key":  append(append(bytes.Clone(head), []byte("key "+strings.ToUpper(string(good[len(head)+4:len(head)+134])))...), good[len(head)+134:]...),
		"a point off it":  append(append(bytes.Clone(head), []byte("key 04"+strings.Repeat("0", 128))...), good[len(head)+134:]...),
		"another version": bytes.Replace(good, []byte("/v1"), []byte("/v2"), 1),
	} {
		if _, _, err := p.Open(b); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := p.Open(make([]byte, MaxSealed+1)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
	other := packet(t)
	if _, _, err := other.Open(good); !errors.Is(err, events.ErrSealed) {
		t.Errorf("another packet: %v", err)
	}
	other.ID = p.ID
	if _, _, err := other.Open(good); !errors.Is(err, events.ErrSealed) {
		t.Errorf("another key under the same number: %v", err)
	}
}

func TestPacket(t *testing.T) {
	p := packet(t)
	sealed := seal(t, p, "x")
	if err := p.Take(entry, sealed, then); err != nil {
		t.Fatal(err)
	}
	text := p.Append(nil)
	q, err := ParsePacket(text)
	if err != nil || q.ID != p.ID || q.Seq != 57 || !q.Made.Equal(p.Made) || !bytes.Equal(q.Public(), p.Public()) {
		t.Fatalf("%+v %v", q, err)
	}
	if c, ok := q.Find(entry); !ok || c.Sum != p.Entries[0].Sum || !c.At.Equal(then.Truncate(time.Second)) {
		t.Errorf("%+v %v", c, ok)
	}
	if _, ok := q.Find(ulid.MustParse("01JB0000000000000000000001")); ok {
		t.Error("an entry that never came")
	}
	if _, got, err := q.Open(sealed); err != nil || string(got) != "x" {
		t.Errorf("%q %v", got, err)
	}
	if p.Until() != p.Made.Add(24*time.Hour) || p.Gone() != p.Made.Add(48*time.Hour) {
		t.Error(p.Until(), p.Gone())
	}
	for name, bad := range map[string]string{
		"nothing": "", "no end": strings.TrimSuffix(string(text), "\n"), "another format": strings.Replace(string(text), "packet/v1", "packet/v2", 1),
		"no key": strings.Replace(string(text), "secret ", "secret 0", 1), "zero key": string(text[:strings.Index(string(text), "secret ")]) + "secret " + strings.Repeat("0", 64) + "\n",
		"seq": strings.Replace(string(text), "seq 57", "seq 057", 1), "made": strings.Replace(string(text), "Z\nsecret", "+00:00\nsecret", 1), "an entry": string(text) + "entry\n",
	} {
		if _, err := ParsePacket([]byte(bad)); !errors.Is(err, events.ErrSyntax) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for len(p.Entries) < MaxEntries {
		if err := p.Take(entry, sealed, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Take(entry, sealed, then); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("one too many: %v", err)
	}
	if q, err := ParsePacket(p.Append(nil)); err != nil || len(q.Entries) != MaxEntries {
		t.Errorf("a full packet: %v", err)
	}
}

func FuzzParseHead(f *testing.F) {
	p := packet(f)
	f.Add(seal(f, p, "notes"))
	f.Add([]byte(format + "\npacket 0\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, sealed, err := ParseHead(in)
		if err != nil {
			t.Skip()
		}
		if got := append(h.Append(nil), sealed...); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}

func FuzzParsePacket(f *testing.F) {
	p := packet(f)
	f.Add(p.Append(nil))
	if err := p.Take(entry, []byte("x"), then); err != nil {
		f.Fatal(err)
	}
	f.Add(p.Append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := ParsePacket(in)
		if err != nil {
			t.Skip()
		}
		if got := p.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}
