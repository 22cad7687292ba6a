package evidence_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/schemas"
)

// A correction of what was said to the helpline goes with it, whenever it was
// written, and is another version of the same statement.
func TestCorrectionOfHelpline(t *testing.T) {
	call := `{"advice":null,"call_back":{"how":null,"safe":"not-known"},"caller":"client","channel":"phone","danger_now":"no","emergency":"not-needed","handover":null,"interpreter":null,"made":` +
		made("live") + `,"name":null,"number":null,"present":[],"statements":[` + `{"because":null,"kind":"client-summary","knew":null,"language":"en","passed_by":[],"speaker":"client","text":` + quote(said) + `,"translation":null}` + `]}`
	c := eventstest.NewChain("helpline").
		Occurred(happened("2026-10-10T01:30:00+01:00")).Add("helpline.contact", call).
		Occurred(happened("2026-11-20T09:00:00+00:00")).Add("contact.corrected", correctionJSON(1, 0, "We moved to "+address+" in July.", "the month"))
	l := evidencetest.New(c)
	in := evidence.Request{Officer: "DC 4471 Ferris", Force: "Saltshire Police", Reference: "SP/26/1", From: "2026-10-01", To: "2026-10-31",
		Kinds: []string{"contact.corrected", "helpline.contact"}}
	list, err := evidence.ReadCase(context.Background(), l, schemas.Default(), c.ID(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if !e.InScope {
			t.Errorf("event %d is out of scope", e.Seq)
		}
	}
	from, to := 3, 4
	_, err = evidence.Export(context.Background(), l, schemas.Default(), evidence.Input{
		Chain: c.ID(), Actor: "staff-02", Now: now, Policy: l.Policy(), Request: in,
		Closings: []evidence.Closing{{Seq: 1, Path: "/data/statements/0/text", From: &from, To: &to, Code: 'A'}},
	}, io.Discard)
	if !errors.Is(err, evidence.ErrExposed) {
		t.Errorf("words closed in the call stand open in its correction: %v", err)
	}
}
