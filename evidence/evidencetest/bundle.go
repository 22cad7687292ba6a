package evidencetest

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/schemas"
)

// Bundle returns a small bundle, one attempt to reach a client, of a ledger
// that signs with a key that follows from seed, and the policy that trusts
// that ledger. The words "nobody answered" stand open in it.
func Bundle(seed string) (policy, bundle []byte) {
	c := eventstest.NewChain(seed).Actor("staff-07").
		Occurred(`{"from":"2026-10-06T10:00:00+01:00","precision":"exact","to":null}`).
		Add("contact.attempted", `{"channel":"phone","made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":null,"note":{"text":"nobody answered"},"number":null,"outcome":"no-answer","voicemail":false}`)
	l := New(c)
	l.Sign(seed)
	var out bytes.Buffer
	_, err := evidence.Export(context.Background(), l, schemas.Default(), evidence.Input{
		Chain: c.ID(), Actor: "staff-02", Now: time.Date(2026, 10, 30, 16, 4, 0, 0, time.UTC), Policy: l.Policy(),
		Request: evidence.Request{Officer: "DC 4471 Ferris", Force: "Saltshire Police", Reference: "SP/26/1", From: "2026-10-01", To: "2026-10-31"},
	}, &out)
	if err != nil {
		panic(fmt.Sprintf("evidencetest: %v", err))
	}
	return l.Policy(), out.Bytes()
}
