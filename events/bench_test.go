package events

import (
	"strings"
	"testing"
	"time"
)

// benchBody is a contact as DESIGN 7 measures it: 1.3 KB, about 170 words of
// text in six statements.
func benchBody(tb testing.TB) []byte {
	tb.Helper()
	const word = "she said he came "
	var statements []string
	for i := range 6 {
		n := 28
		if i == 5 {
			n = 30
		}
		words := strings.Fields(strings.Repeat(word, 10))[:n]
		statements = append(statements, `{"kind":"client-words","text":"`+strings.Join(words, " ")+`"}`)
	}
	data, err := Canonicalize([]byte(`{"channel":"phone","direction":"in","statements":[` + strings.Join(statements, ",") + `],
		"made":{"from":"handwritten-notes","kept":true,"reference":"KP/2","late":null},"interpreter":null,"number":null,"safe_contact_checked":true,"with":[{"kind":"client","name":null}]}`))
	if err != nil {
		tb.Fatal(err)
	}
	body, err := EncodeBody("contact.recorded", 1, "staff-07",
		[]byte(`{"from":"2026-10-27T14:05:00+00:00","precision":"exact","to":"2026-10-27T14:31:00+00:00"}`), data)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func benchDraft(tb testing.TB) (*Draft, *Key) {
	chain := Chain{0x7c, 0x1e}
	key := Key{1, 2, 3}
	d := &Draft{
		Origin: "ledger.example.org/cases", Chain: chain, Seq: 1,
		At: time.Date(2026, 11, 22, 3, 20, 0, 123456000, time.UTC), Key: CaseKey(chain, 1),
		Nonce: [32]byte{9}, Body: benchBody(tb),
	}
	return d, &key
}

func BenchmarkSeal(b *testing.B) {
	d, key := benchDraft(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Seal(d, key); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(d.Body)), "body-B")
}

func BenchmarkOpen(b *testing.B) {
	d, key := benchDraft(b)
	r, err := Seal(d, key)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(&r, key, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.Detail.Parts), "leaves")
}

func BenchmarkUnseal(b *testing.B) {
	d, key := benchDraft(b)
	r, err := Seal(d, key)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Unseal(&r, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRecord(b *testing.B) {
	d, key := benchDraft(b)
	r, err := Seal(d, key)
	if err != nil {
		b.Fatal(err)
	}
	payload := r.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRecord(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckBody(b *testing.B) {
	body := benchBody(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := CheckBody(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFlatten(b *testing.B) {
	body := benchBody(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Flatten(body); err != nil {
			b.Fatal(err)
		}
	}
}
