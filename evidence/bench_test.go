package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/schemas"
)

// manyContacts is a case of n contacts of six statements and about 170 words.
func manyContacts(n int) (*evidencetest.Ledger, *eventstest.Chain) {
	c := eventstest.NewChain("many")
	sentence := "She said that he had been standing at the corner of the road again when she came home from work. "
	var statements []string
	for i, kind := range []string{"client-words", "client-summary", "client-summary", "observed", "opinion", "action"} {
		speaker := "client"
		if i > 2 {
			speaker = "me"
		}
		statements = append(statements, statementJSON(kind, speaker, sentence+strings.Repeat("word ", 8), "en"))
	}
	data := contactJSON("07700 900112", "", statements...)
	for i := range n {
		c.Occurred(happened(fmt.Sprintf("2026-10-%02dT10:00:00+00:00", i%5+27))).Add("contact.recorded", data)
	}
	return evidencetest.New(c), c
}

func BenchmarkExport1000(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		l, c := manyContacts(1000)
		b.StartTimer()
		res, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c, span(500, "/data/statements/0/text", 3, 6, 'A')), io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(res.Size)
	}
}

func BenchmarkVerify1000(b *testing.B) {
	l, c := manyContacts(1000)
	raw, _ := export(b, l, c, span(500, "/data/statements/0/text", 3, 6, 'A'))
	p := policy(b, l)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if v := evidence.Verify(bytes.NewReader(raw), int64(len(raw)), p, schemas.Default()); v.Exit != 0 {
			b.Fatal(v.FirstFailure())
		}
	}
}
