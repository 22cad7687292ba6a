package events

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// forgery is a record sealed under the right key by somebody who does not keep
// to the format.
type forgery struct {
	plain func(plain []byte) []byte // alters the padded body
	parts func(d *Detail)           // alters what the detail commits to
}

func (f forgery) seal(t *testing.T, d *Draft, key *Key) *Record {
	t.Helper()
	r := Record{
		Link:   Link{Origin: d.Origin, Chain: d.Chain, Seq: d.Seq, Prev: d.Prev},
		Detail: Detail{ID: d.ID, At: d.At, Key: d.Key, Nonce: d.Nonce},
	}
	s := new(sealer)
	s.derive(&r, key)
	if err := s.walk(d.Body); err != nil {
		t.Fatal(err)
	}
	r.Detail.Parts, r.Detail.Root = s.tree.n, s.tree.root()
	if f.parts != nil {
		f.parts(&r.Detail)
	}
	plain := make([]byte, paddedLen(len(d.Body)))
	binary.BigEndian.PutUint32(plain, uint32(len(d.Body)))
	copy(plain[4:], d.Body)
	if f.plain != nil {
		plain = f.plain(plain)
	}
	r.Sealed = s.aead().Seal(nil, zeroNonce[:], plain, s.context(&r))
	return &r
}

// replaceIn swaps two texts of one length.
func replaceIn(old, new string) func([]byte) []byte {
	return func(plain []byte) []byte {
		if len(old) != len(new) || !bytes.Contains(plain, []byte(old)) {
			panic("nothing to replace")
		}
		return bytes.Replace(plain, []byte(old), []byte(new), 1)
	}
}

// validator records that it was asked.
type validator struct {
	err   error
	asked int
}

func (v *validator) Validate([]byte) error { v.asked++; return v.err }

func TestOpenRefuses(t *testing.T) {
	invalid := errors.New("schema says no")
	tests := []struct {
		name    string
		forgery forgery
		edit    func(r *Record, key *Key)
		schema  error
		rule    string // of the SealError; "" with schema
		unseals bool   // Unseal cannot see it
	}{
		{name: "another key", edit: func(_ *Record, key *Key) { key[31] ^= 1 }, rule: "tag"},
		{name: "sealed byte", edit: func(r *Record, _ *Key) { r.Sealed[0] ^= 1 }, rule: "tag"},
		{name: "tag byte", edit: func(r *Record, _ *Key) { r.Sealed[len(r.Sealed)-1] ^= 1 }, rule: "tag"},
		{name: "origin", edit: func(r *Record, _ *Key) { r.Link.Origin = "ledger.example.net/cases" }, rule: "tag"},
		{name: "chain", edit: func(r *Record, _ *Key) { r.Link.Chain[0] ^= 1 }, rule: "tag"},
		{name: "seq", edit: func(r *Record, _ *Key) { r.Link.Seq++ }, rule: "tag"},
		{name: "prev", edit: func(r *Record, _ *Key) { r.Link.Prev[0] ^= 1 }, rule: "tag"},
		{name: "id", edit: func(r *Record, _ *Key) { r.Detail.ID[15] ^= 1 }, rule: "tag"},
		{name: "at", edit: func(r *Record, _ *Key) { r.Detail.At = r.Detail.At.Add(1000) }, rule: "tag"},
		{name: "key reference", edit: func(r *Record, _ *Key) { r.Detail.Key.Gen++ }, rule: "tag"},
		{name: "nonce", edit: func(r *Record, _ *Key) { r.Detail.Nonce[0] ^= 1 }, rule: "tag"},
		{name: "number of parts", edit: func(r *Record, _ *Key) { r.Detail.Parts++ }, rule: "tag"},
		{name: "root", edit: func(r *Record, _ *Key) { r.Detail.Root[0] ^= 1 }, rule: "tag"},
		{name: "no sealed bytes", edit: func(r *Record, _ *Key) { r.Sealed = nil }, rule: "length that no seal has"},
		{name: "tag only", edit: func(r *Record, _ *Key) { r.Sealed = r.Sealed[:16] }, rule: "length that no seal has"},
		{name: "more than a record holds", edit: func(r *Record, _ *Key) { r.Sealed = make([]byte, MaxRecord+1) }, rule: "length that no seal has"},

		{name: "longer padding", forgery: forgery{plain: func(p []byte) []byte { return append(p, make([]byte, 32)...) }}, rule: "padding has another length"},
		{name: "shorter padding", forgery: forgery{plain: func(p []byte) []byte { return p[:len(p)-1] }}, rule: "length that no seal has"},
		{name: "length beyond the end", forgery: forgery{plain: func(p []byte) []byte { binary.BigEndian.PutUint32(p, uint32(len(p))); return p }}, rule: "padding has another length"},
		{name: "length of 4 GiB", forgery: forgery{plain: func(p []byte) []byte { binary.BigEndian.PutUint32(p, 1<<32-1); return p }}, rule: "padding has another length"},
		{name: "first byte of padding", forgery: forgery{plain: func(p []byte) []byte { p[bytes.LastIndexByte(p, '}')+1] = 1; return p }}, rule: "padding is not zero"},
		{name: "last byte of padding", forgery: forgery{plain: func(p []byte) []byte { p[len(p)-1] = 1; return p }}, rule: "padding is not zero"},
		{name: "length one less", forgery: forgery{plain: func(p []byte) []byte { p[3]--; return p }}, rule: "padding is not zero"},
		{name: "length one more", forgery: forgery{plain: func(p []byte) []byte { p[3]++; return p }}, rule: "not canonical"},
		{name: "white space in the body", forgery: forgery{plain: replaceIn(`"v":10`, `"v": 1`)}, rule: "not canonical"},
		{name: "members out of order", forgery: forgery{plain: replaceIn(`{"a":1,"b":2}`, `{"b":2,"a":1}`)}, rule: "not canonical"},
		{name: "member missing", forgery: forgery{plain: replaceIn(`"type"`, `"tipe"`)}, rule: "not canonical"},
		{name: "empty body", forgery: forgery{plain: func([]byte) []byte { return make([]byte, 256) }}, rule: "not canonical"},

		{name: "schema", schema: invalid},
		{name: "schema before root", forgery: forgery{parts: func(d *Detail) { d.Root[0] ^= 1 }}, schema: invalid, unseals: true},
		{name: "root of another body", forgery: forgery{plain: replaceIn(`said no`, `said ye`)}, rule: "not those the detail commits to", unseals: true},
		{name: "root of nothing", forgery: forgery{parts: func(d *Detail) { d.Root = Hash{} }}, rule: "not those the detail commits to", unseals: true},
		{name: "number of parts with the right root", forgery: forgery{parts: func(d *Detail) { d.Parts-- }}, rule: "not those the detail commits to", unseals: true},
		{name: "text is no string", forgery: forgery{plain: replaceIn(`"text":"she said no"`, `"text":1234567890123`)}, rule: "does not come apart", unseals: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chain := Chain{0x7c}
			d := &Draft{Origin: "ledger.example.org/cases", Chain: chain, Seq: 2, Prev: Hash{1}, Key: CaseKey(chain, 1),
				Body: []byte(`{"actor":"staff-07","data":{"n":{"a":1,"b":2},"text":"she said no"},"occurred":null,"type":"t","v":10}`)}
			d.At = d.At.AddDate(2025, 0, 0)
			key := Key{7}
			r := tt.forgery.seal(t, d, &key)
			if tt.edit != nil {
				tt.edit(r, &key)
			}
			v := &validator{err: tt.schema}
			body, err := Open(r, &key, v)
			if body != nil {
				t.Errorf("returned %d bytes with the error", len(body))
			}
			if tt.schema != nil {
				if !errors.Is(err, tt.schema) {
					t.Errorf("got %v, want the validator's error", err)
				}
				return
			}
			var se *SealError
			if !errors.As(err, &se) || !errors.Is(err, ErrSealed) || !strings.Contains(se.Rule, tt.rule) {
				t.Fatalf("got %v, want %q", err, tt.rule)
			}
			if se.Chain != r.Link.Chain || se.Seq != r.Link.Seq {
				t.Errorf("blames %v, event %d", se.Chain, se.Seq)
			}
			if wantAsked := map[bool]int{true: 1}[tt.unseals]; v.asked != wantAsked {
				t.Errorf("the schema was asked %d times, want %d", v.asked, wantAsked)
			}
			if parts, err := OpenParts(r, &key, nil); parts != nil || !errors.Is(err, ErrSealed) {
				t.Errorf("OpenParts: %d parts, %v", len(parts), err)
			}
			if _, err := Unseal(r, &key); (err == nil) != tt.unseals {
				t.Errorf("Unseal: %v", err)
			}
		})
	}
}

func TestSealRefuses(t *testing.T) {
	chain := Chain{0x7c}
	tests := []struct {
		name string
		edit func(d *Draft)
		what string
	}{
		{"origin", func(d *Draft) { d.Origin = "Ledger" }, "draft"},
		{"no origin", func(d *Draft) { d.Origin = "" }, "draft"},
		{"seq 0", func(d *Draft) { d.Seq = 0 }, "draft"},
		{"seq 2^53", func(d *Draft) { d.Seq, d.Prev = 1<<53, Hash{1} }, "draft"},
		{"prev at seq 1", func(d *Draft) { d.Prev = Hash{1} }, "draft"},
		{"no prev at seq 2", func(d *Draft) { d.Seq = 2 }, "draft"},
		{"year 0", func(d *Draft) { d.At = d.At.AddDate(-2026, 0, 0) }, "draft"},
		{"year 10000", func(d *Draft) { d.At = d.At.AddDate(8000, 0, 0) }, "draft"},
		{"generation 0", func(d *Draft) { d.Key.Gen = 0 }, "draft"},
		{"another chain's key", func(d *Draft) { d.Key.Chain[0] ^= 1 }, "draft"},
		{"body with white space", func(d *Draft) { d.Body = append(d.Body, ' ') }, "body"},
		{"body that is no string", func(d *Draft) { d.Body = []byte(`{"actor":"a","data":{"text":1},"occurred":null,"type":"t","v":1}`) }, "body"},
		{"no body", func(d *Draft) { d.Body = nil }, "body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &Draft{Origin: "o", Chain: chain, Seq: 1, Key: CaseKey(chain, 1), Body: []byte(`{"actor":"a","data":{},"occurred":null,"type":"t","v":1}`)}
			d.At = d.At.AddDate(2025, 0, 0)
			if _, err := Seal(d, &Key{}); err != nil {
				t.Fatalf("intact: %v", err)
			}
			tt.edit(d)
			_, err := Seal(d, &Key{})
			var se *SyntaxError
			if !errors.As(err, &se) || se.What != tt.what {
				t.Errorf("got %v, want a SyntaxError of the %s", err, tt.what)
			}
		})
	}
}

// The pool keeps no key and no salt.
func TestSealerForgets(t *testing.T) {
	d, key := benchDraft(t)
	s := new(sealer)
	r, err := Seal(d, key)
	if err != nil {
		t.Fatal(err)
	}
	s.derive(&r, key)
	if err := s.walk(d.Body); err != nil {
		t.Fatal(err)
	}
	s.free()
	if s.sealKey != [32]byte{} || s.prk != [32]byte{} || s.salts.stream != nil || s.salts.buf != [64 * 32]byte{} {
		t.Error("keys or salts stay in the pool")
	}
}

func TestSealAndOpenAllocateLittle(t *testing.T) {
	d, key := benchDraft(t)
	r, err := Seal(d, key)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(200, func() { _, _ = Seal(d, key) }); n > 10 {
		t.Errorf("Seal: %v allocations", n)
	}
	if n := testing.AllocsPerRun(200, func() { _, _ = Open(&r, key, nil) }); n > 10 {
		t.Errorf("Open: %v allocations", n)
	}
}
