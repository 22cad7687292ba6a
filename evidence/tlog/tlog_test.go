package tlog_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	xtlog "golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

const origin = "ledger.example.org/cases"

var noon = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

func clock(t time.Time) func() time.Time { return func() time.Time { return t } }

func newSigner(t testing.TB, name string) *tlog.Signer {
	t.Helper()
	skey, vkey, err := tlog.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tlog.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if s.VerifierKey() != vkey {
		t.Fatalf("VerifierKey = %s, generated with %s", s.VerifierKey(), vkey)
	}
	return s
}

func newCosigner(t testing.TB, name string, at time.Time) *tlog.Cosigner {
	t.Helper()
	skey, vkey, err := tlog.GenerateCosignerKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tlog.NewCosigner(skey, clock(at))
	if err != nil {
		t.Fatal(err)
	}
	if c.VerifierKey() != vkey {
		t.Fatalf("VerifierKey = %s, generated with %s", c.VerifierKey(), vkey)
	}
	return c
}

func sign(t testing.TB, c tlog.Checkpoint, signers ...note.Signer) []byte {
	t.Helper()
	b, err := tlog.Sign(c, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func policy(t testing.TB, lines ...string) *tlog.Policy {
	t.Helper()
	p, err := tlog.ParsePolicy([]byte(strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checkpoint(size uint64) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: origin, Size: size, Root: sha256.Sum256(fmt.Append(nil, size))}
}

// entry is what stands in the tree at an index.
func entry(i uint64) events.Hash { return sha256.Sum256(fmt.Append(nil, "entry ", i)) }

// tree is the x/mod tree over the first n entries.
type tree []xtlog.Hash

func (t tree) ReadHashes(indexes []int64) ([]xtlog.Hash, error) {
	out := make([]xtlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t[x]
	}
	return out, nil
}

func newTree(t testing.TB, n uint64) tree {
	t.Helper()
	var tr tree
	for i := range n {
		e := entry(i)
		hashes, err := xtlog.StoredHashes(int64(i), e[:], tr)
		if err != nil {
			t.Fatal(err)
		}
		tr = append(tr, hashes...)
	}
	return tr
}

// root is RFC 6962, 2.1, written from its text.
func root(entries []events.Hash) events.Hash {
	switch len(entries) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0][:]...))
	}
	k := 1 << (bits.Len(uint(len(entries)-1)) - 1)
	left, right := root(entries[:k]), root(entries[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func TestCheckpointText(t *testing.T) {
	c := tlog.Checkpoint{Origin: "example.com/behind-the-sofa", Size: 20852163}
	for i := range c.Root {
		c.Root[i] = byte(i)
	}
	const want = "example.com/behind-the-sofa\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
	if got := string(c.Text()); got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
	empty := tlog.Checkpoint{Origin: origin, Root: tlog.EmptyRoot}
	for _, c := range []tlog.Checkpoint{c, empty, {Origin: origin, Size: events.MaxNumber, Root: c.Root}} {
		if got, err := tlog.ParseCheckpoint(c.Text()); err != nil || got != c {
			t.Errorf("ParseCheckpoint = %v, %v, want %v", got, err, c)
		}
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	const b64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	for _, tt := range []struct{ name, text string }{
		{"nothing", ""},
		{"no origin", "\n7\n" + b64 + "\n"},
		{"space in the origin", "a b\n7\n" + b64 + "\n"},
		{"upper case origin", "Example.com\n7\n" + b64 + "\n"},
		{"scheme", "https://example.com\n7\n" + b64 + "\n"},
		{"leading zero", "a\n07\n" + b64 + "\n"},
		{"no size", "a\n\n" + b64 + "\n"},
		{"negative", "a\n-7\n" + b64 + "\n"},
		{"plus", "a\n+7\n" + b64 + "\n"},
		{"hexadecimal", "a\n0x7\n" + b64 + "\n"},
		{"2^53", "a\n9007199254740992\n" + b64 + "\n"},
		{"2^64+1", "a\n18446744073709551617\n" + b64 + "\n"},
		{"root of 31 bytes", "a\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n"},
		{"root of 33 bytes", "a\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n"},
		{"no padding", "a\n7\n" + b64[:43] + "\n"},
		{"trailing bits", "a\n7\n" + b64[:42] + "9=\n"},
		{"URL alphabet", "a\n7\n-_ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"},
		{"hex root", "a\n7\n" + strings.Repeat("00", 32) + "\n"},
		{"no last line end", "a\n7\n" + b64},
		{"CR", "a\n7\r\n" + b64 + "\n"},
		{"CR in the root", "a\n7\n" + b64[:43] + "\r\n"},
		{"extension line", "a\n7\n" + b64 + "\nextension\n"},
		{"empty line", "a\n7\n" + b64 + "\n\n"},
		{"empty tree with a root", "a\n0\n" + b64 + "\n"},
	} {
		if _, err := tlog.ParseCheckpoint([]byte(tt.text)); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// x/mod reads our keys and opens our notes; we read x/mod's.
func TestNoteInterop(t *testing.T) {
	skey, vkey, err := tlog.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := tlog.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	c := checkpoint(7)
	signed := sign(t, c, ours)
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil || n.Text != string(c.Text()) {
		t.Fatalf("note.Open: %v", err)
	}
	if again := sign(t, c, theirs); !bytes.Equal(again, signed) {
		t.Errorf("x/mod signs %q, we sign %q", again, signed)
	}
	skey, vkey, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	ours, err = tlog.NewSigner(skey)
	if err != nil || ours.VerifierKey() != vkey {
		t.Errorf("a key made by x/mod: %v", err)
	}
	// A cosignature is one more line, which x/mod ignores without its key.
	w := newCosigner(t, "witness.example/w1", noon)
	signed = sign(t, c, ours, w)
	v, err = note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	cv, err := tlog.NewCosignatureVerifier(w.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		list note.Verifiers
		sigs int
	}{{note.VerifierList(v), 1}, {note.VerifierList(v, cv), 2}, {note.VerifierList(cv), 1}} {
		if n, err := note.Open(signed, tt.list); err != nil || len(n.Sigs) != tt.sigs {
			t.Errorf("note.Open with a cosignature: %v", err)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	s, other, w := newSigner(t, origin), newSigner(t, "other.example.org"), newCosigner(t, "witness.example/w1", noon)
	for _, tt := range []struct {
		name    string
		c       tlog.Checkpoint
		signers []note.Signer
		ok      bool
	}{
		{"intact", checkpoint(7), []note.Signer{s}, true},
		{"cosigned", checkpoint(7), []note.Signer{s, w}, true},
		{"two keys while one replaces the other", checkpoint(7), []note.Signer{s, newSigner(t, origin)}, true},
		{"empty tree", tlog.Checkpoint{Origin: origin, Root: tlog.EmptyRoot}, []note.Signer{s}, true},
		{"no key", checkpoint(7), nil, false},
		{"only a witness", checkpoint(7), []note.Signer{w}, false},
		{"a witness under the origin", checkpoint(7), []note.Signer{newCosigner(t, origin, noon)}, false},
		{"another ledger's key", checkpoint(7), []note.Signer{other}, false},
		{"another ledger's key beside it", checkpoint(7), []note.Signer{s, other}, false},
		{"one key twice", checkpoint(7), []note.Signer{s, s}, false},
		{"size above 2^53-1", tlog.Checkpoint{Origin: origin, Size: events.MaxNumber + 1}, []note.Signer{s}, false},
		{"bad origin", tlog.Checkpoint{Origin: "a\nb", Size: 1}, []note.Signer{s}, false},
		{"empty tree with a root", tlog.Checkpoint{Origin: origin}, []note.Signer{s}, false},
	} {
		if _, err := tlog.Sign(tt.c, tt.signers...); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, text := range []string{"", "anything\n", string(checkpoint(7).Text()) + "extension\n"} {
		if _, err := s.Sign([]byte(text)); err == nil {
			t.Errorf("a ledger's key signed %q", text)
		}
		if _, err := w.Sign([]byte(text)); err == nil {
			t.Errorf("a witness signed %q", text)
		}
	}
	if _, err := other.Sign(checkpoint(7).Text()); err == nil {
		t.Error("a key signed another ledger's checkpoint")
	}
}

func TestKeysRefuse(t *testing.T) {
	skey, _, err := tlog.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	wkey, wvkey, err := tlog.GenerateCosignerKey(rand.Reader, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	b64 := skey[len("PRIVATE+KEY+"+origin+"+01234567+"):]
	for _, tt := range []struct{ name, skey string }{
		{"nothing", ""},
		{"a public key", wvkey},
		{"a witness's key", wkey},
		{"another name", strings.Replace(skey, origin, "other.example.org", 1)},
		{"upper case ID", "PRIVATE+KEY+" + origin + "+ABCDEF01+" + b64},
		{"cut", skey[:len(skey)-4]},
		{"line end", skey + "\n"},
		{"very long", skey + strings.Repeat("A", 1<<20)},
	} {
		_, err := tlog.NewSigner(tt.skey)
		if !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && strings.Contains(err.Error(), skey[len(skey)-20:len(skey)-8]) {
			t.Errorf("%s: the error quotes the key", tt.name)
		}
	}
	if _, err := tlog.NewCosigner(skey, clock(noon)); !errors.Is(err, events.ErrSyntax) {
		t.Errorf("a ledger's key as a witness's: %v", err)
	}
	s, err := tlog.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.NewCosignatureVerifier(s.VerifierKey()); !errors.Is(err, events.ErrSyntax) {
		t.Errorf("a ledger's vkey as a witness's: %v", err)
	}
	for _, name := range []string{"", "a b", "a+b", "a\u00a0b", "\xff"} {
		if _, _, err := tlog.GenerateKey(rand.Reader, name); err == nil {
			t.Errorf("GenerateKey took the name %q", name)
		}
		if _, _, err := tlog.GenerateCosignerKey(rand.Reader, name); err == nil {
			t.Errorf("GenerateCosignerKey took the name %q", name)
		}
	}
	if _, _, err := tlog.GenerateKey(bytes.NewReader(make([]byte, 31)), origin); err == nil {
		t.Error("31 random bytes were enough")
	}
	seed, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{s, *s} {
		text := fmt.Sprintf("%v %+v %#v %x %d %s", v, v, v, v, v, v)
		for _, bad := range []string{b64, fmt.Sprintf("%x", seed[1:5]), strings.Trim(fmt.Sprint(seed[1:5]), "[]")} {
			if strings.Contains(text, bad) {
				t.Errorf("%T prints its key", v)
			}
		}
	}
}

func TestCosignature(t *testing.T) {
	w := newCosigner(t, "witness.example/w1", noon)
	v, err := tlog.NewCosignatureVerifier(w.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	text := checkpoint(7).Text()
	sig, err := w.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	// The message and the key ID as c2sp.org/tlog-cosignature spells them.
	_, b64, _ := strings.Cut(strings.TrimPrefix(w.VerifierKey(), "witness.example/w1+"), "+")
	key, err := base64.StdEncoding.DecodeString(b64)
	if err != nil || key[0] != 4 {
		t.Fatalf("vkey %s: %v", w.VerifierKey(), err)
	}
	if !bytes.Equal(sig[:8], []byte{0, 0, 0, 0, 0x6a, 0xe4, 0x86, 0xc0}) {
		t.Errorf("time is % x", sig[:8])
	}
	message := "cosignature/v1\ntime 1793361600\n" + string(text)
	if !ed25519.Verify(key[1:], []byte(message), sig[8:]) {
		t.Error("the signature is not of the message in the specification")
	}
	id := sha256.Sum256(append([]byte("witness.example/w1\n"), key...))
	if w.KeyHash() != binary.BigEndian.Uint32(id[:]) {
		t.Errorf("key ID is %08x", w.KeyHash())
	}
	if !v.Verify(text, sig) {
		t.Fatal("does not verify")
	}
	for _, tt := range []struct {
		name   string
		mutate func(text, sig []byte) ([]byte, []byte)
	}{
		{"text", func(x, s []byte) ([]byte, []byte) { x[0] ^= 1; return x, s }},
		{"time", func(x, s []byte) ([]byte, []byte) { s[7] ^= 1; return x, s }},
		{"signature", func(x, s []byte) ([]byte, []byte) { s[8] ^= 1; return x, s }},
		{"time above 9999", func(x, s []byte) ([]byte, []byte) { s[0] = 0x7f; return x, s }},
		{"time above 2^63-1", func(x, s []byte) ([]byte, []byte) { s[0] = 0x80; return x, s }},
		{"short", func(x, s []byte) ([]byte, []byte) { return x, s[:71] }},
		{"long", func(x, s []byte) ([]byte, []byte) { return x, append(s, 0) }},
		{"no time", func(x, s []byte) ([]byte, []byte) { return x, s[8:] }},
		{"empty", func(x, s []byte) ([]byte, []byte) { return x, nil }},
	} {
		x, s := tt.mutate(bytes.Clone(text), bytes.Clone(sig))
		if v.Verify(x, s) {
			t.Errorf("%s: verifies", tt.name)
		}
	}
	for _, at := range []time.Time{time.Unix(-1, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := newCosigner(t, "w", at).Sign(text); err == nil {
			t.Errorf("cosigned at %v", at)
		}
	}
}

func TestCosignReplacesItsOwn(t *testing.T) {
	s := newSigner(t, origin)
	skey, vkey, err := tlog.GenerateCosignerKey(rand.Reader, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	at := noon
	w, err := tlog.NewCosigner(skey, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	p := policy(t, "log "+s.VerifierKey(), "witness W "+vkey, "quorum W")
	signed := sign(t, checkpoint(7), s)
	for _, later := range []time.Duration{0, time.Hour, 30 * time.Minute} {
		at = noon.Add(later)
		if signed, err = tlog.Cosign(signed, w); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(signed, []byte("— ")); n != 2 {
			t.Fatalf("%d signatures, want 2", n)
		}
		if _, a, err := p.Check(signed); err != nil || !a.Newest.Equal(at) {
			t.Errorf("newest %v, %v, want %v", a.Newest, err, at)
		}
	}
	if _, err := tlog.Cosign([]byte("not a note\n"), w); !errors.Is(err, events.ErrSyntax) {
		t.Errorf("Cosign of no note: %v", err)
	}
}

// Our proof of every entry of every small tree verifies with x/mod and with
// us, against a root computed from the RFC's text.
func TestProofs(t *testing.T) {
	const most = 70
	tr := newTree(t, most)
	s := newSigner(t, origin)
	var entries []events.Hash
	for size := uint64(1); size <= most; size++ {
		entries = append(entries, entry(size-1))
		th := root(entries)
		if x, err := xtlog.TreeHash(int64(size), tr); err != nil || events.Hash(x) != th {
			t.Fatalf("size %d: x/mod's root differs", size)
		}
		signed := sign(t, tlog.Checkpoint{Origin: origin, Size: size, Root: th}, s)
		for i := range size {
			hashes, err := tlog.Prove(tr, size, i)
			if err != nil {
				t.Fatal(err)
			}
			p := tlog.Proof{Index: i, Hashes: hashes, Checkpoint: signed}
			text := p.Append(nil)
			got, err := tlog.ParseProof(text)
			if err != nil || !bytes.Equal(got.Append(nil), text) {
				t.Fatalf("size %d, entry %d: %v", size, i, err)
			}
			if err := got.Verify(entry(i), size, th); err != nil {
				t.Fatal(err)
			}
			x := make(xtlog.RecordProof, len(hashes))
			for i, h := range hashes {
				x[i] = xtlog.Hash(h)
			}
			leaf := entry(i)
			if err := xtlog.CheckRecord(x, int64(size), xtlog.Hash(th), int64(i), xtlog.RecordHash(leaf[:])); err != nil {
				t.Fatalf("size %d, entry %d: x/mod: %v", size, i, err)
			}
			for _, tt := range []struct {
				name string
				err  error
			}{
				{"next entry", got.Verify(entry(i+1), size, th)},
				{"other root", got.Verify(entry(i), size, entry(0))},
				{"size too small", got.Verify(entry(i), i, th)},
				{"size above 2^53-1", got.Verify(entry(i), events.MaxNumber+1, th)},
				{"other index", (&tlog.Proof{Index: i ^ 1, Hashes: hashes}).Verify(entry(i), size, th)},
				{"a hash more", (&tlog.Proof{Index: i, Hashes: append(hashes[:len(hashes):len(hashes)], th)}).Verify(entry(i), size, th)},
			} {
				if !errors.Is(tt.err, tlog.ErrProof) {
					t.Errorf("size %d, entry %d, %s: %v", size, i, tt.name, tt.err)
				}
			}
			for k := range hashes {
				bad := tlog.Proof{Index: i, Hashes: append([]events.Hash(nil), hashes...)}
				bad.Hashes[k][31] ^= 1
				if err := bad.Verify(entry(i), size, th); !errors.Is(err, tlog.ErrProof) {
					t.Errorf("size %d, entry %d: hash %d may change", size, i, k)
				}
				bad.Hashes = bad.Hashes[:k]
				if err := bad.Verify(entry(i), size, th); !errors.Is(err, tlog.ErrProof) {
					t.Errorf("size %d, entry %d: %d hashes suffice", size, i, k)
				}
			}
		}
	}
	for _, tt := range []struct{ size, index uint64 }{{0, 0}, {7, 7}, {7, 8}, {events.MaxNumber + 1, 0}} {
		if _, err := tlog.Prove(tr, tt.size, tt.index); err == nil {
			t.Errorf("proved entry %d of %d", tt.index, tt.size)
		}
	}
	broken := xtlog.HashReaderFunc(func([]int64) ([]xtlog.Hash, error) { return nil, errors.New("disk") })
	if _, err := tlog.Prove(broken, 7, 3); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("a reader that fails: %v", err)
	}
}

// A proof is for one size: with another size the path has another length or
// other sides, unless the entry's path is the same in both trees.
func TestProofOfOtherSize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.Uint64Range(1, 200).Draw(rt, "size")
		b := rapid.Uint64Range(1, 200).Draw(rt, "other size")
		i := rapid.Uint64Range(0, min(a, b)-1).Draw(rt, "index")
		tr := newTree(t, max(a, b))
		hashes, err := tlog.Prove(tr, a, i)
		if err != nil {
			rt.Fatal(err)
		}
		thB, err := xtlog.TreeHash(int64(b), tr)
		if err != nil {
			rt.Fatal(err)
		}
		err = (&tlog.Proof{Index: i, Hashes: hashes}).Verify(entry(i), b, events.Hash(thB))
		if (err == nil) != (a == b) {
			rt.Fatalf("a proof for size %d in a tree of %d: %v", a, b, err)
		}
	})
}

func TestParseProofRefuses(t *testing.T) {
	s := newSigner(t, origin)
	signed := sign(t, checkpoint(7), s)
	text := string((&tlog.Proof{Index: 3, Hashes: []events.Hash{entry(1), entry(2)}, Checkpoint: signed}).Append(nil))
	replace := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	line := strings.Split(text, "\n")[2] + "\n"
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"intact", text, nil},
		{"no hashes", "c2sp.org/tlog-proof@v1\nindex 0\n\n" + string(signed), nil},
		{"nothing", "", events.ErrSyntax},
		{"another version", replace("@v1", "@v2"), events.ErrVersion},
		{"version 0", replace("@v1", "@v0"), events.ErrVersion},
		{"a version of seven digits", replace("@v1", "@v1234567"), events.ErrVersion},
		{"a version of eight digits", replace("@v1", "@v12345678"), events.ErrSyntax},
		{"a version with a zero in front", replace("@v1", "@v02"), events.ErrSyntax},
		{"another first line", replace("c2sp.org/tlog", "c2sp.org/glog"), events.ErrSyntax},
		{"extra line", replace("index", "extra QQ==\nindex"), events.ErrSyntax},
		{"empty extra line", replace("index", "extra \nindex"), events.ErrSyntax},
		{"leading zero", replace("index 3", "index 03"), events.ErrSyntax},
		{"no index", replace("index 3\n", ""), events.ErrSyntax},
		{"index too large", replace("index 3", "index 9007199254740992"), events.ErrSyntax},
		{"two spaces", replace("index 3", "index  3"), events.ErrSyntax},
		{"short hash", replace(line, line[4:]), events.ErrSyntax},
		{"hash with a space", replace(line, line[:43]+" \n"), events.ErrSyntax},
		{"54 hashes", replace(line, strings.Repeat(line, 53)), events.ErrSyntax},
		{"no empty line", replace("\n\n", "\n"), events.ErrSyntax},
		{"no checkpoint", text[:strings.Index(text, "\n\n")+2], events.ErrSyntax},
		{"extension line", replace("\n\n— ", "\nextension\n\n— "), events.ErrSyntax},
		{"no signature", text[:strings.Index(text, "— ")], events.ErrSyntax},
		{"bytes behind", text + "x", events.ErrSyntax},
		{"CR", replace("\n", "\r\n"), events.ErrSyntax},
		{"70 KiB", text + strings.Repeat("— a AAAAAAA=\n", 6000), events.ErrTooLarge},
	} {
		_, err := tlog.ParseProof([]byte(tt.text))
		if tt.want == nil && err != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestParseSignedRefuses(t *testing.T) {
	s := newSigner(t, origin)
	text := string(sign(t, checkpoint(7), s))
	sig := text[strings.Index(text, "— "):]
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"intact", text, nil},
		{"an unknown signature", text + "— someone.example AAAAAAA=\n", nil},
		{"100 signatures", text + strings.Repeat("— a AAAAAAA=\n", 99), nil},
		{"101 signatures", text + strings.Repeat("— a AAAAAAA=\n", 100), events.ErrTooLarge},
		{"65 KiB", text + "— a " + strings.Repeat("AAAA", 1<<14) + "\n", events.ErrTooLarge},
		{"no signature", strings.TrimSuffix(text, sig), events.ErrSyntax},
		{"no empty line", strings.Replace(text, "\n\n", "\n", 1), events.ErrSyntax},
		{"hyphen for a dash", strings.Replace(text, "— ", "- ", 1), events.ErrSyntax},
		{"name with a plus", text + "— a+b AAAAAAA=\n", events.ErrSyntax},
		{"no name", text + "—  AAAAAAA=\n", events.ErrSyntax},
		{"no-break space in a name", text + "— a\u00a0b AAAAAAA=\n", events.ErrSyntax},
		{"only a key ID", text + "— a AAAAAA==\n", events.ErrSyntax},
		{"trailing bits", text + "— a AAAAAAB=\n", events.ErrSyntax},
		{"a word behind", text + "— a AAAAAAA= b\n", events.ErrSyntax},
		{"no line end", strings.TrimSuffix(text, "\n"), events.ErrSyntax},
		{"CR", strings.ReplaceAll(text, "\n", "\r\n"), events.ErrSyntax},
		{"NUL", text + "\x00", events.ErrSyntax},
		{"tab", strings.Replace(text, "— ", "—\t", 1), events.ErrSyntax},
		{"invalid UTF-8", text + "— a\xff AAAAAAA=\n", events.ErrSyntax},
		{"an empty line behind", text + "\n", events.ErrSyntax},
		{"a second block", text + "\n" + sig, events.ErrSyntax},
	} {
		c, err := tlog.ParseSigned([]byte(tt.text))
		if tt.want == nil && (err != nil || c != checkpoint(7)) || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(checkpoint(7).Text())
	f.Add([]byte("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := tlog.ParseCheckpoint(in)
		if err != nil {
			t.Skip()
		}
		if got := c.Text(); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}

// What we take for a signed checkpoint, x/mod takes for a note.
func FuzzParseSigned(f *testing.F) {
	s := newSigner(f, origin)
	signed := sign(f, checkpoint(7), s)
	f.Add(signed)
	f.Add(sign(f, checkpoint(9), s, newCosigner(f, "witness.example/w1", noon)))
	f.Add([]byte("a\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— é AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := tlog.ParseSigned(in)
		if err != nil {
			t.Skip()
		}
		var none *note.UnverifiedNoteError
		if _, err := note.Open(in, nil); !errors.As(err, &none) {
			t.Fatalf("accepted %q, x/mod: %v", in, err)
		}
		if none.Note.Text != string(c.Text()) {
			t.Errorf("text is %q, x/mod: %q", c.Text(), none.Note.Text)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	s := newSigner(f, origin)
	f.Add((&tlog.Proof{Index: 3, Hashes: []events.Hash{entry(1), entry(2)}, Checkpoint: sign(f, checkpoint(7), s)}).Append(nil))
	f.Add((&tlog.Proof{Checkpoint: sign(f, checkpoint(1), s)}).Append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := tlog.ParseProof(in)
		if err != nil {
			t.Skip()
		}
		if got := p.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
		_ = p.Verify(entry(p.Index), events.MaxNumber, entry(0)) // must not panic
	})
}

func BenchmarkVerifyProof(b *testing.B) {
	const size = 1000
	tr := newTree(b, size)
	th, err := xtlog.TreeHash(size, tr)
	if err != nil {
		b.Fatal(err)
	}
	hashes, err := tlog.Prove(tr, size, 700)
	if err != nil {
		b.Fatal(err)
	}
	text := (&tlog.Proof{Index: 700, Hashes: hashes, Checkpoint: sign(b, checkpoint(size), newSigner(b, origin))}).Append(nil)
	e := entry(700)
	b.ReportAllocs()
	for b.Loop() {
		p, err := tlog.ParseProof(text)
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Verify(e, size, events.Hash(th)); err != nil {
			b.Fatal(err)
		}
	}
}
