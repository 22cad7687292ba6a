package projections

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/casetest"
	"caseledger/internal/story"
)

// digest is one hash over everything in the current space: keys without the
// space, values opened.
func digest(all map[string]string) events.Hash {
	h := sha256.New()
	var n [8]byte
	for _, k := range slices.Sorted(maps.Keys(all)) {
		for _, s := range []string{k, all[k]} {
			binary.BigEndian.PutUint64(n[:], uint64(len(s)))
			h.Write(n[:])
			h.Write([]byte(s))
		}
	}
	return events.Hash(h.Sum(nil))
}

// foldedBothWays applies a stream in the groups that recovery makes of it up
// to a message, closes, opens, applies the others one by one, and holds what
// that gave against a rebuild from the stream. It returns the hash of both, or
// what differs. No view may have failed.
func foldedBothWays(l *ledger, entries []events.Entry, half int) (events.Hash, error) {
	t, ctx := l.tb, context.Background()
	for i := range entries[:half] {
		l.disk.Put(entries[i].Payload)
	}
	l.recover()
	l.close()
	l.recover()
	for i := range entries[half:] {
		e := &entries[half+i]
		l.disk.Put(e.Payload)
		if err := l.r.Apply(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
	}
	if failed := must[Status](t)(l.r.Status(ctx)).Failed; len(failed) > 0 {
		return events.Hash{}, fmt.Errorf("%d views failed, the first: %+v", len(failed), failed[0])
	}
	before := dump(t, l.r)
	if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
		t.Fatal(err)
	}
	after := dump(t, l.r)
	if digest(before) == digest(after) {
		return digest(after), nil
	}
	err := fmt.Errorf("%d keys one by one, %d rebuilt", len(before), len(after))
	for _, k := range slices.Sorted(maps.Keys(before)) {
		if v, ok := after[k]; !ok || v != before[k] {
			return events.Hash{}, fmt.Errorf("%w; key %c %x: %q, rebuilt %q", err, k[0], k[1:], before[k], v)
		}
	}
	return events.Hash{}, err
}

// TestRebuildOfTheStory: a rebuild gives the same views as folding one by one,
// over the fictional week.
func TestRebuildOfTheStory(t *testing.T) {
	var entries []events.Entry
	chains := map[string]*eventstest.Chain{}
	for _, e := range story.Events() {
		c := chains[e.Case]
		if c == nil {
			if c = eventstest.NewChain("story/" + e.Case); e.Case == story.Service {
				c.Key(events.ServiceKey(1))
			}
			chains[e.Case] = c
		}
		body, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		entries = appendLast(entries, c.At(e.At).AddBody(body))
	}
	for _, half := range []int{0, len(entries) / 2, len(entries)} {
		hash, err := foldedBothWays(newLedger(t), entries, half)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d events of %d cases, %d of them in groups and then one by one: both ways %s", len(entries), len(chains), half, hash)
	}
}

// appendLast puts the newest event of a chain behind a stream.
func appendLast(entries []events.Entry, c *eventstest.Chain) []events.Entry {
	r := c.Record(c.Tip().Seq)
	return append(entries, events.NewEntry(uint64(len(entries)+1), r.Append(nil)))
}

// TestRebuildOfRandomCases: the same over 10,000 random cases of several
// events each, in streams of up to 200 cases whose events come in any order;
// 300 with -short. What differs is shrunk to the fewest cases and events.
func TestRebuildOfRandomCases(t *testing.T) {
	source, err := casetest.Load("../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	want := 10_000
	if testing.Short() {
		want = 300
	}
	cases, total, keys := 0, 0, 0
	types := map[string]int{}
	inside := false // at the start of a check: the one before failed
	check := func(rt *rapid.T) {
		if cases >= want && !inside {
			return
		}
		inside = true
		n := rapid.IntRange(1, 200).Draw(rt, "cases")
		most := rapid.SampledFrom([]int{1, 8, 12, 16}).Draw(rt, "events of a case at most")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		left := make([][]casetest.Event, n)
		chains := make([]*eventstest.Chain, n)
		var turns []int // which case has the next event
		for i := range n {
			left[i] = source.Case(r, 1+r.IntN(most))
			chains[i] = eventstest.NewChain("random/" + strconv.Itoa(i))
			for range left[i] {
				turns = append(turns, i)
			}
		}
		r.Shuffle(len(turns), func(a, b int) { turns[a], turns[b] = turns[b], turns[a] })
		var entries []events.Entry
		gens := make([]uint64, n)
		for _, i := range turns {
			e := left[i][0]
			left[i] = left[i][1:]
			if gens[i] == 0 || r.IntN(40) == 0 {
				gens[i]++ // one entry of the case was erased, and it has another key
			}
			key := events.CaseKey(chains[i].ID(), gens[i])
			if e.Service {
				key = events.ServiceKey(1)
			}
			entries = appendLast(entries, chains[i].Key(key).At(e.At).AddBody(e.Raw))
			types[e.Body.Type+".v"+strconv.FormatUint(e.Body.V, 10)]++
		}
		l := newLedger(t)
		l.o.MaxStates, l.o.MaxRun = []int{0, 16}[r.IntN(2)], []int{0, 16 << 10}[r.IntN(2)]
		if _, err := foldedBothWays(l, entries, r.IntN(len(entries)+1)); err != nil {
			l.close()
			rt.Fatal(err)
		}
		cases, total, keys = cases+n, total+len(entries), keys+len(dump(t, l.r))
		l.close()
		inside = false
	}
	for cases < want && !t.Failed() {
		rapid.Check(t, check)
	}
	for _, name := range source.Names() {
		if types[name] == 0 && !testing.Short() { // a few cases need not have all
			t.Errorf("no %s was drawn", name)
		}
	}
	t.Logf("%d random cases, %d events of %d types and versions, %d keys and opened values: a rebuild gives what folding one by one gave", cases, total, len(types), keys)
}
