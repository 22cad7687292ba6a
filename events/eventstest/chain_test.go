package eventstest_test

import (
	"bytes"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// A seed gives the same chain every time, and another one to every other seed.
func TestChainFollowsFromItsSeed(t *testing.T) {
	build := func(seed string) *eventstest.Chain {
		return eventstest.NewChain(seed).Actor("staff-02").Version(2).Occurred("null").At(eventstest.Start.Add(time.Hour)).
			Add("a", `{"text": "one two"}`).Key(events.ServiceKey(4)).Add("b")
	}
	one, again, other := build("one"), build("one"), build("other")
	for i, p := range one.Payloads() {
		if !bytes.Equal(p, again.Payloads()[i]) {
			t.Errorf("event %d differs", i+1)
		}
	}
	if one.ID() == other.ID() || one.Record(1).Detail.ID == other.Record(1).Detail.ID || one.Record(1).Detail.Nonce == other.Record(1).Detail.Nonce {
		t.Error("another seed gives the same values")
	}
	if err := events.CheckChain(one.Records()); err != nil {
		t.Error(err)
	}
	want := []string{
		`{"actor":"staff-02","data":{"text":"one two"},"occurred":null,"type":"a","v":2}`,
		`{"actor":"staff-02","data":{},"occurred":null,"type":"b","v":2}`,
	}
	for i, r := range one.Records() {
		key, err := eventstest.Keys{}.Key(t.Context(), r.Detail.Key)
		if err != nil {
			t.Fatal(err)
		}
		body, err := events.Open(&r, &key, nil)
		if err != nil || string(body) != want[i] || string(one.Bodies()[i]) != want[i] {
			t.Errorf("event %d: %s, %v", i+1, body, err)
		}
		if at := eventstest.Start.Add(time.Hour + time.Duration(i)*time.Minute); !r.Detail.At.Equal(at) {
			t.Errorf("event %d recorded at %v, want %v", i+1, r.Detail.At, at)
		}
	}
}

// A test that damages what it was given leaves the chain whole.
func TestRecordsAreCopies(t *testing.T) {
	c := eventstest.NewChain("copies").Add("a", "{}", "{}")
	c.Records()[0].Sealed[0] ^= 1
	first := c.Record(1)
	first.Sealed[0] ^= 1
	if err := events.CheckChain(c.Records()); err != nil {
		t.Error(err)
	}
}

func TestEntriesTakeTurns(t *testing.T) {
	a, b := eventstest.NewChain("a").Add("a", "{}", "{}"), eventstest.NewChain("b").Add("b")
	want := []events.Tip{{Seq: 1}, {Seq: 1}, {Seq: 2}}
	entries := eventstest.Entries(a, b)
	if len(entries) != len(want) {
		t.Fatalf("got %d entries", len(entries))
	}
	for i, e := range entries {
		if e.Seq != uint64(i+1) || e.Record.Link.Seq != want[i].Seq || (e.Record.Link.Chain == b.ID()) != (i == 1) {
			t.Errorf("entry %d: stream %d, chain %s, seq %d", i, e.Seq, e.Record.Link.Chain, e.Record.Link.Seq)
		}
		if parsed := events.NewEntry(e.Seq, e.Payload); parsed.Void || parsed.Hash() != e.Hash() {
			t.Errorf("entry %d does not parse", i)
		}
	}
}

func TestMistakesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"data":     func() { eventstest.NewChain("x").Add("a", `{"a":1.5}`) },
		"no text":  func() { eventstest.NewChain("x").Add("a", `{"text":1}`) },
		"data [ ]": func() { eventstest.NewChain("x").Add("a", `[]`) },
		"occurred": func() { eventstest.NewChain("x").Occurred("?").Add("a") },
		"origin":   func() { eventstest.NewChain("x").Origin("X").Add("a") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
