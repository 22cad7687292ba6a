package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// three are three cases and the service's own chain, forty events.
func three() []*eventstest.Chain {
	chains := []*eventstest.Chain{week("a"), week("b"), eventstest.NewChain("service").Key(events.ServiceKey(1)).Add("ledger.created")}
	c := eventstest.NewChain("c").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	for range 17 {
		c.Add("contact.recorded", contactData("", "client", 2))
	}
	return append(chains, c)
}

func entriesOf(l *ledger) []events.Entry {
	var list []events.Entry
	for e, err := range l.log.Replay(context.Background(), 1) {
		if err != nil {
			l.tb.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// apply applies entries one after the other.
func apply(t testing.TB, r *Runner, entries []events.Entry) {
	t.Helper()
	for i := range entries {
		if err := r.Apply(context.Background(), &entries[i], nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestApplyFromManyCallersInAnyOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	l := newLedger(t, three()...).open()
	entries := entriesOf(l)
	order := rand.New(rand.NewPCG(3, 4)).Perm(len(entries))
	var wg sync.WaitGroup
	for _, i := range order {
		wg.Go(func() {
			if err := l.r.Apply(context.Background(), &entries[i], nil); err != nil {
				t.Error(err)
			}
			if p := l.r.Position(); p < entries[i].Seq {
				t.Errorf("message %d was acknowledged at position %d", entries[i].Seq, p)
			}
			if _, err := l.r.ByID(entries[i].Record.Detail.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := l.r.Compare(context.Background(), l.log, nil); err != nil {
		t.Error(err)
	}
	sameAsRebuilt(t, l)
	l.close()
}

// 64 callers, each with its own events in order, as a service has them.
func TestApplySixtyFourCallers(t *testing.T) {
	src, keys := many(t, 640, 40)
	l := newLedger(t)
	l.keys = keys
	l.open()
	var wg sync.WaitGroup
	for c := range 64 {
		wg.Go(func() {
			for i := c; i < len(src.payloads); i += 64 {
				e := events.NewEntry(uint64(i+1), src.payloads[i])
				if err := l.r.Apply(context.Background(), &e, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if p := l.r.Position(); p != 640 {
		t.Errorf("position %d", p)
	}
	sameAsRebuilt(t, l)
}

func TestReads(t *testing.T) {
	ctx := context.Background()
	chains := three()
	l := newLedger(t, chains...).recover()
	entries := entriesOf(l)
	for i := range entries {
		for what, got := range map[string]events.Entry{
			"by sequence": must[events.Entry](t)(l.r.Entry(uint64(i + 1))),
			"by id":       must[events.Entry](t)(l.r.ByID(entries[i].Record.Detail.ID)),
			"by place":    must[events.Entry](t)(l.r.At(entries[i].Record.Link.Chain, entries[i].Record.Link.Seq)),
		} {
			if !bytes.Equal(got.Payload, entries[i].Payload) || got.Seq != entries[i].Seq {
				t.Errorf("message %d %s is another", i+1, what)
			}
		}
	}
	for _, c := range chains {
		for _, from := range []uint64{0, 1, 5, c.Tip().Seq, c.Tip().Seq + 1} {
			next := max(from, 1)
			for e, err := range l.r.ChainFrom(ctx, c.ID(), from) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Record.Link.Seq != next {
					t.Fatalf("event %d, want %d", e.Record.Link.Seq, next)
				}
				next++
			}
			if next != max(from, c.Tip().Seq+1) {
				t.Errorf("from %d: ended before %d of %d", from, next, c.Tip().Seq)
			}
		}
		head := must[Head](t)(l.r.Head(c.ID()))
		if head.Seq != c.Tip().Seq || head.Hash != c.Tip().Hash {
			t.Errorf("head %+v, want %+v", head, c.Tip())
		}
		if e := must[events.Entry](t)(l.r.Entry(head.StreamSeq)); e.Record.Link.Hash() != head.Hash {
			t.Error("the head's stream sequence is another message's")
		}
	}
	n := 0
	for chain, err := range l.r.Chains(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if chain == chains[2].ID() && must[Head](t)(l.r.Head(chain)).KeyGen != 0 {
			t.Error("the service's chain has a case key")
		}
		n++
	}
	if n != len(chains) {
		t.Errorf("%d chains, want %d", n, len(chains))
	}
	if rows := must[[]CaseRow](t)(l.r.Caseload(ctx, "")); len(rows) != 3 {
		t.Errorf("%d cases, want 3: the service's chain is none", len(rows))
	}
	next := uint64(7)
	for e, err := range l.r.Archive(ctx, 7) {
		if err != nil || e.Seq != next {
			t.Fatalf("%d, %v; want %d", e.Seq, err, next)
		}
		next++
	}
	if next != uint64(len(entries))+1 {
		t.Errorf("the archive ended before %d", next)
	}
	if _, err := l.r.Entry(uint64(len(entries)) + 1); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err := l.r.At(chains[0].ID(), 1000); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("beyond the head: %v", err)
	}
	if _, err := l.r.Root(uint64(len(entries)) + 1); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("root beyond the end: %v", err)
	}
}

// Every root is the one that a tree over the plain hashes has, and every entry
// has its proof.
func TestTree(t *testing.T) {
	l := newLedger(t, three()...).recover()
	entries := entriesOf(l)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for i := range entries {
		h := entries[i].Hash()
		hashes, err := tlog.StoredHashes(int64(i), h[:], reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
	}
	for size := range uint64(len(entries) + 1) {
		want, err := tlog.TreeHash(int64(size), reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := must[events.Hash](t)(l.r.Root(size)); got != events.Hash(want) {
			t.Errorf("root of %d: %v, want %v", size, got, want)
		}
		edge, err := loadFrontier(l.store.db, l.store.space, size)
		if err != nil {
			t.Fatal(err)
		}
		if got := must[events.Hash](t)(edge.root()); got != events.Hash(want) {
			t.Errorf("root of %d from its edge: %v, want %v", size, got, want)
		}
	}
	n := int64(len(entries))
	root := must[events.Hash](t)(l.r.Root(uint64(n)))
	for i := range n {
		p, err := tlog.ProveRecord(n, i, l.r.TreeReader())
		if err != nil {
			t.Fatal(err)
		}
		h := entries[i].Hash()
		if err := tlog.CheckRecord(p, n, tlog.Hash(root), i, tlog.RecordHash(h[:])); err != nil {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
}

func TestApplyAgain(t *testing.T) {
	l := newLedger(t, week("a")).recover()
	entries := entriesOf(l)
	apply(t, l.r, entries) // all of it is there
	other := events.NewEntry(3, entries[3].Payload)
	if err := l.r.Apply(context.Background(), &other, nil); !errors.Is(err, events.ErrBroken) {
		t.Errorf("another message at 3: %v", err)
	}
	if err := l.r.Apply(context.Background(), &events.Entry{}, nil); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("sequence 0: %v", err)
	}
	if s := must[Status](t)(l.r.Status(context.Background())); s.Stopped != "" {
		t.Errorf("stopped: %s", s.Stopped)
	}
}

// Two callers with the same entry, or another at its sequence, while it waits
// for the one before it.
func TestApplyWaits(t *testing.T) {
	l := newLedger(t, week("a")).open()
	entries := entriesOf(l)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := l.r.Apply(ctx, &entries[1], nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the second without the first: %v", err)
	}
	if s := must[Status](t)(l.r.Status(context.Background())); s.Queued != 1 || s.Position != 0 {
		t.Errorf("%+v", s)
	}
	other := events.NewEntry(2, entries[3].Payload)
	if err := l.r.Apply(context.Background(), &other, nil); !errors.Is(err, events.ErrBroken) {
		t.Errorf("another one at 2: %v", err)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := l.r.Apply(context.Background(), &entries[1], nil); err != nil {
				t.Error(err)
			}
		})
	}
	apply(t, l.r, entries[:1])
	wg.Wait()
	if p := l.r.Position(); p != 2 {
		t.Errorf("position %d", p)
	}
}

func TestApplyTakesTheBody(t *testing.T) {
	c := week("a")
	l := newLedger(t, c)
	l.keys = &countKeys{Keys: l.keys}
	l.open()
	entries := entriesOf(l)
	for i := range entries {
		if err := l.r.Apply(context.Background(), &entries[i], c.Bodies()[i]); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.keys.(*countKeys).n; n != 1 {
		t.Errorf("the keys were asked %d times, want once for the views", n)
	}
	sameAsRebuilt(t, l)
}

type countKeys struct {
	Keys
	n int
}

func (k *countKeys) Key(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	k.n++
	return k.Keys.Key(ctx, ref)
}

func TestApplyRefusesWhatDoesNotFollow(t *testing.T) {
	a, b := week("a"), week("b")
	alter := func(e events.Entry, f func(*events.Record)) events.Entry {
		rec, err := events.ParseRecord(bytes.Clone(e.Payload))
		if err != nil {
			t.Fatal(err)
		}
		f(&rec)
		return events.NewEntry(e.Seq, rec.Append(nil))
	}
	for _, c := range []struct {
		name string
		bad  func(e []events.Entry) events.Entry // at sequence 5, after two of each
	}{
		{"another origin", func(e []events.Entry) events.Entry {
			return alter(e[4], func(r *events.Record) { r.Link.Origin = "ledger.example.org/other" })
		}},
		{"a place left out", func(e []events.Entry) events.Entry { return events.NewEntry(5, e[6].Payload) }},
		{"a place again", func(e []events.Entry) events.Entry { return events.NewEntry(5, e[2].Payload) }},
		{"another past", func(e []events.Entry) events.Entry {
			return alter(e[4], func(r *events.Record) { r.Link.Prev[0] ^= 1 })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(t, a, b).open()
			entries := entriesOf(l)
			bad := c.bad(entries)
			var wg sync.WaitGroup
			for i := range 4 { // queued behind each other, in one group or more
				wg.Go(func() {
					if err := l.r.Apply(context.Background(), &entries[3-i], nil); err != nil {
						t.Error(err)
					}
				})
			}
			err := l.r.Apply(context.Background(), &bad, nil)
			wg.Wait()
			var link *events.LinkError
			if !errors.As(err, &link) || !errors.Is(err, events.ErrStopped) {
				t.Errorf("%v", err)
			}
			if err := l.r.Apply(context.Background(), &entries[4], nil); !errors.Is(err, events.ErrStopped) {
				t.Errorf("after it: %v", err)
			}
			if p := l.r.Position(); p != 4 {
				t.Errorf("position %d, want 4: what stands before it is sound", p)
			}
			l.close()
			l.open()
			if p := l.r.Position(); p != 4 {
				t.Errorf("position %d after opening again", p)
			}
			apply(t, l.r, entries[4:])
		})
	}
}

func TestVoids(t *testing.T) {
	l := newLedger(t, week("a"))
	l.disk.Put([]byte("no record"))
	l.disk.Put(nil)
	l.open()
	rep := must[Report](t)(l.r.Recover(context.Background(), l.log, nil))
	if rep.Voids != 2 || rep.Position != 13 {
		t.Errorf("%+v", rep)
	}
	s := must[Status](t)(l.r.Status(context.Background()))
	if s.Voids != 2 || s.FirstVoid != 12 {
		t.Errorf("%+v", s)
	}
	if e := must[events.Entry](t)(l.r.Entry(12)); !e.Void || string(e.Payload) != "no record" {
		t.Errorf("%+v", e)
	}
	if rep := must[Report](t)(l.r.Compare(context.Background(), l.log, nil)); rep.Voids != 2 || rep.Compared != 13 {
		t.Errorf("%+v", rep)
	}
	sameAsRebuilt(t, l)
}

func TestClosed(t *testing.T) {
	l := newLedger(t, week("a")).open()
	entries := entriesOf(l)
	queued := make(chan error)
	go func() { queued <- l.r.Apply(context.Background(), &entries[1], nil) }()
	for must[Status](t)(l.r.Status(context.Background())).Queued == 0 {
		time.Sleep(time.Millisecond)
	}
	l.r.Close()
	if err := <-queued; !errors.Is(err, events.ErrStopped) {
		t.Errorf("queued: %v", err)
	}
	if err := l.r.Apply(context.Background(), &entries[0], nil); !errors.Is(err, events.ErrStopped) {
		t.Errorf("after Close: %v", err)
	}
	if err := l.r.Close(); err != nil {
		t.Error(err)
	}
	if err := l.r.Rebuild(context.Background(), l.log, nil); !errors.Is(err, events.ErrStopped) {
		t.Errorf("rebuild after Close: %v", err)
	}
}

// An entry without its payload, as the append path has it, is archived whole.
func TestApplyWithoutPayload(t *testing.T) {
	l := newLedger(t, week("a")).open()
	entries := entriesOf(l)
	for i := range entries {
		e := events.Entry{Seq: entries[i].Seq, Record: entries[i].Record}
		if err := l.r.Apply(context.Background(), &e, nil); err != nil {
			t.Fatal(err)
		}
		if got := must[events.Entry](t)(l.r.Entry(e.Seq)); !bytes.Equal(got.Payload, entries[i].Payload) {
			t.Fatalf("message %d is archived differently", e.Seq)
		}
	}
}

// dump is everything in the current space: keys without the space, values
// opened. Sealed values are random; what they hold is not.
func dump(t testing.TB, r *Runner) map[string]string {
	t.Helper()
	it, err := r.s.scan(func(sp space) ([]byte, []byte) { return []byte{byte(sp)}, []byte{byte(sp + 1)} })
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	all := map[string]string{}
	for it.First(); it.Valid(); it.Next() {
		k, v := it.Key(), it.Value()
		if kind := k[1]; (kind == kindCase || kind == kindTimeline) && len(v) > 1 {
			plain, err := r.seal.open(context.Background(), events.Chain(k[2:18]), k, v)
			if err != nil {
				t.Fatal(err)
			}
			v = plain
		}
		all[string(k[1:])] = string(v)
	}
	if err := it.Error(); err != nil {
		t.Fatal(err)
	}
	return all
}

// sameAsRebuilt holds what was applied event by event against a rebuild.
func sameAsRebuilt(t testing.TB, l *ledger) {
	t.Helper()
	before := dump(t, l.r)
	if err := l.r.Rebuild(context.Background(), l.r.Own(), nil); err != nil {
		t.Fatal(err)
	}
	sameDump(t, dump(t, l.r), before)
}

func sameDump(t testing.TB, got, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			t.Errorf("key %c %x: %q, want %q", k[0], k[1:], g, v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("key %c %x should not be there", k[0], k[1:])
		}
	}
	if len(want) == 0 {
		t.Error("nothing to compare")
	}
	if t.Failed() {
		t.Fatal(fmt.Sprint(len(got), " keys, want ", len(want)))
	}
}
