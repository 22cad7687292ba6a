package eventstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"caseledger/events"
)

// LogSuite tests what every log owes its users. open opens the log of origin
// Origin that lives in dir, which is empty the first time; opened again after
// Close it must hold what it held.
func LogSuite(t *testing.T, open func(t *testing.T, dir string) Log) {
	for name, test := range map[string]func(*testing.T, *harness){
		"empty":             testEmpty,
		"append":            testAppend,
		"conflict":          testConflict,
		"refused":           testRefused,
		"cancelled":         testCancelled,
		"replay":            testReplay,
		"void":              testVoid,
		"restore":           testRestore,
		"restore all":       testRestoreAll,
		"restore broken":    testRestoreBroken,
		"reopen":            testReopen,
		"wraps":             testWraps,
		"concurrent chains": testConcurrent,
		"linearizable":      testLinearizable,
		"closed":            testClosed,
		"large":             testLarge,
	} {
		t.Run(name, func(t *testing.T) {
			h := &harness{t: t, dir: t.TempDir(), open: open}
			h.log = open(t, h.dir)
			t.Cleanup(func() {
				if err := h.log.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, h)
		})
	}
}

type harness struct {
	t    *testing.T
	dir  string
	open func(*testing.T, string) Log
	log  Log
}

func (h *harness) reopen() {
	h.t.Helper()
	if err := h.log.Close(); err != nil {
		h.t.Fatalf("close: %v", err)
	}
	h.log = h.open(h.t, h.dir)
}

// writer appends to one chain and remembers what it must hold.
type writer struct {
	chain events.Chain
	seq   uint64
	prev  events.Hash
	after uint64 // stream sequence of the last record
	size  int
}

func newWriter(n uint64) *writer {
	w := &writer{size: 300}
	for i := range 8 {
		w.chain[i] = byte(n >> (8 * i))
	}
	w.chain[15] = 0xc1
	return w
}

// record returns the chain's next record.
func (w *writer) record() events.Record {
	sealed := bytes.Repeat([]byte{byte(w.seq), w.chain[0]}, w.size/2)
	return Shell(Origin, w.chain, w.seq+1, w.prev, sealed)
}

func (w *writer) moved(r *events.Record, at uint64) {
	w.seq, w.prev, w.after = r.Link.Seq, r.Link.Hash(), at
}

func (w *writer) append(ctx context.Context, l Log) (uint64, error) {
	r := w.record()
	at, err := l.Append(ctx, &r, w.after)
	if err == nil {
		w.moved(&r, at)
	}
	return at, err
}

// fill appends n records over three chains and returns the payloads in order.
func (h *harness) fill(n int) [][]byte {
	h.t.Helper()
	ws := []*writer{newWriter(1), newWriter(2), newWriter(3)}
	var want [][]byte
	for i := range n {
		w := ws[i%len(ws)]
		r := w.record()
		at, err := h.log.Append(h.t.Context(), &r, w.after)
		if err != nil || at != uint64(i+1) {
			h.t.Fatalf("append %d: at %d, %v", i+1, at, err)
		}
		w.moved(&r, at)
		want = append(want, r.Append(nil))
	}
	return want
}

// holds requires exactly these payloads, read every way.
func (h *harness) holds(want [][]byte) {
	h.t.Helper()
	ctx := h.t.Context()
	st, err := h.log.State(ctx)
	n := uint64(len(want))
	if err != nil || st.Last != n || st.Count != n || n > 0 && st.First != 1 || st.Missing() != 0 {
		h.t.Fatalf("state is %+v, %v; want %d messages", st, err, n)
	}
	last, err := h.log.Last(ctx)
	if err != nil || last.Seq != n {
		h.t.Fatalf("last is %d, %v; want %d", last.Seq, err, n)
	}
	seq := uint64(0)
	for e, err := range h.log.Replay(ctx, 1) {
		if err != nil {
			h.t.Fatalf("replay after %d: %v", seq, err)
		}
		seq++
		if e.Seq != seq || seq > n || !bytes.Equal(e.Bytes(), want[seq-1]) {
			h.t.Fatalf("replay: message %d is not the one stored at %d", e.Seq, seq)
		}
	}
	if seq != n {
		h.t.Fatalf("replay ended at %d, want %d", seq, n)
	}
	for i := range want {
		if i%7 != 0 && i != len(want)-1 {
			continue
		}
		e, err := h.log.Get(ctx, uint64(i+1))
		if err != nil || e.Seq != uint64(i+1) || !bytes.Equal(e.Bytes(), want[i]) {
			h.t.Fatalf("get %d: %v, or other bytes", i+1, err)
		}
	}
}

func testEmpty(t *testing.T, h *harness) {
	h.holds(nil)
	for _, seq := range []uint64{0, 1, 99} {
		if _, err := h.log.Get(t.Context(), seq); !errors.Is(err, events.ErrNotFound) {
			t.Errorf("get %d of an empty log: %v", seq, err)
		}
	}
	for range h.log.Replay(t.Context(), 5) {
		t.Error("replay of an empty log yields")
	}
}

func testAppend(t *testing.T, h *harness) {
	want := h.fill(50)
	h.holds(want)
	if _, err := h.log.Get(t.Context(), 51); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("get past the end: %v", err)
	}
}

func testConflict(t *testing.T, h *harness) {
	want := h.fill(6) // chain 1 has messages 1 and 4
	w := newWriter(1)
	for name, c := range map[string]struct{ seq, after uint64 }{
		"first again":            {1, 0},
		"behind":                 {2, 1},
		"another chain's last":   {3, 6},
		"future":                 {3, 7},
		"first with a message":   {1, 4},
		"later without one":      {3, 0},
		"another chain's middle": {3, 2},
	} {
		r := Shell(Origin, w.chain, c.seq, events.Hash{}, []byte("x"))
		if c.seq > 1 {
			r = Shell(Origin, w.chain, c.seq, events.Hash{1}, []byte("x"))
		}
		if at, err := h.log.Append(t.Context(), &r, c.after); !errors.Is(err, events.ErrConflict) {
			t.Errorf("%s: at %d, %v; want a conflict", name, at, err)
		}
	}
	h.holds(want)
	h.reopen() // the same without a memory of what was written
	r := Shell(Origin, w.chain, 2, events.Hash{1}, []byte("x"))
	if _, err := h.log.Append(t.Context(), &r, 1); !errors.Is(err, events.ErrConflict) {
		t.Errorf("behind, after opening again: %v; want a conflict", err)
	}
	h.holds(want)
}

func testRefused(t *testing.T, h *harness) {
	r := Shell("ledger.example.org/other", newWriter(1).chain, 1, events.Hash{}, []byte("x"))
	if _, err := h.log.Append(t.Context(), &r, 0); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("another origin: %v", err)
	}
	r = Shell(Origin, newWriter(1).chain, 1, events.Hash{}, make([]byte, events.MaxRecord))
	if _, err := h.log.Append(t.Context(), &r, 0); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	h.holds(nil)
}

func testCancelled(t *testing.T, h *harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWriter(1)
	if _, err := w.append(ctx, h.log); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	h.holds(nil)
	h.fill(3)
	for _, err := range h.log.Replay(ctx, 1) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("replay: %v", err)
		}
	}
}

func testReplay(t *testing.T, h *harness) {
	want := h.fill(30)
	for _, from := range []uint64{0, 1, 2, 17, 30, 31, 1000} {
		next := max(from, 1)
		for e, err := range h.log.Replay(t.Context(), from) {
			if err != nil || e.Seq != next || !bytes.Equal(e.Bytes(), want[next-1]) {
				t.Fatalf("from %d: message %d, %v; want %d", from, e.Seq, err, next)
			}
			next++
		}
		if next != max(31, from) {
			t.Errorf("from %d: ended before %d", from, next)
		}
	}
	t.Run("left early", func(t *testing.T) {
		for i := range 20 {
			n := 0
			for range h.log.Replay(t.Context(), 1) {
				if n++; n > i {
					break
				}
			}
		}
	})
	t.Run("ends at the last at call time", func(t *testing.T) {
		w := newWriter(9)
		n := 0
		for range h.log.Replay(t.Context(), 1) {
			n++
			if _, err := w.append(t.Context(), h.log); err != nil {
				t.Fatal(err)
			}
		}
		if n != 30 {
			t.Errorf("yielded %d messages, want 30", n)
		}
	})
	t.Run("two at once", func(t *testing.T) {
		next, stop := iter.Pull2(h.log.Replay(t.Context(), 1))
		defer stop()
		for e, err := range h.log.Replay(t.Context(), 1) {
			other, oerr, ok := next()
			if err != nil || oerr != nil || !ok || other.Seq != e.Seq {
				t.Fatalf("at %d: %v; other at %d: %v", e.Seq, err, other.Seq, oerr)
			}
		}
	})
}

func testVoid(t *testing.T, h *harness) {
	want := h.fill(3)
	garbage := [][]byte{[]byte("no record"), {}, want[0][:len(want[0])-1]}
	for i, g := range garbage {
		e := events.NewEntry(uint64(4+i), g)
		if !e.Void {
			t.Fatal("parses")
		}
		if err := h.log.Restore(t.Context(), &e, 0); err != nil {
			t.Fatalf("restore void %d: %v", i, err)
		}
		want = append(want, g)
	}
	for e, err := range h.log.Replay(t.Context(), 4) {
		if err != nil || !e.Void || e.Hash() != events.VoidHash(garbage[e.Seq-4]) {
			t.Errorf("message %d: void %t, %v", e.Seq, e.Void, err)
		}
	}
	h.holds(want)
	w := newWriter(1)
	w.seq, w.prev, w.after = 1, events.Hash{1}, 1
	if at, err := w.append(t.Context(), h.log); err != nil || at != 7 {
		t.Errorf("append after void entries: at %d, %v", at, err)
	}
}

func testRestore(t *testing.T, h *harness) {
	want := h.fill(5)
	w := newWriter(7)
	r := w.record()
	e := events.Entry{Seq: 6, Record: r}
	for range 2 { // again is a success
		if err := h.log.Restore(t.Context(), &e, 0); err != nil {
			t.Fatal(err)
		}
	}
	want = append(want, r.Append(nil))
	h.holds(want)
	w.moved(&r, 6)
	next := w.record()
	for name, c := range map[string]struct {
		e     events.Entry
		after uint64
	}{
		"other bytes there":   {events.Entry{Seq: 6, Record: next}, 6},
		"not the next":        {events.Entry{Seq: 8, Record: next}, 6},
		"not after its chain": {events.Entry{Seq: 7, Record: next}, 5},
		"first with an after": {events.Entry{Seq: 7, Record: r}, 6},
		"later without one":   {events.Entry{Seq: 7, Record: next}, 0},
	} {
		if err := h.log.Restore(t.Context(), &c.e, c.after); !errors.Is(err, events.ErrConflict) {
			t.Errorf("%s: %v; want a conflict", name, err)
		}
	}
	h.holds(want)
	if at, err := w.append(t.Context(), h.log); err != nil || at != 7 {
		t.Errorf("append after restore: at %d, %v", at, err)
	}
}

// entries returns n entries over the chains, and their payloads.
func entries(n, chains int) ([]events.Entry, [][]byte) {
	ws := make([]*writer, chains)
	var es []events.Entry
	var want [][]byte
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		k := rnd.IntN(chains)
		if ws[k] == nil {
			ws[k] = newWriter(uint64(k))
		}
		r := ws[k].record()
		ws[k].moved(&r, uint64(i+1))
		p := r.Append(nil)
		es = append(es, events.NewEntry(uint64(i+1), p))
		want = append(want, p)
	}
	return es, want
}

func each(es []events.Entry) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		for _, e := range es {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func testRestoreAll(t *testing.T, h *harness) {
	es, want := entries(1500, 40)
	es[777] = events.NewEntry(778, []byte("void"))
	want[777] = []byte("void")
	// What refers to the record that is no more must go on elsewhere.
	es, want = es[:778], want[:778]
	fault := errors.New("source fails")
	err := h.log.RestoreAll(t.Context(), func(yield func(events.Entry, error) bool) {
		for _, e := range es[:600] {
			if !yield(e, nil) {
				return
			}
		}
		yield(events.Entry{}, fault)
	}, nil)
	if !errors.Is(err, fault) {
		t.Fatalf("broken off: %v", err)
	}
	h.holds(want[:600])
	h.reopen()
	var done uint64
	if err := h.log.RestoreAll(t.Context(), each(es), func(seq uint64) {
		if seq != done+1 {
			t.Fatalf("progress from %d to %d", done, seq)
		}
		done = seq
	}); err != nil {
		t.Fatal(err)
	}
	if done != 778 {
		t.Errorf("progress ended at %d", done)
	}
	h.holds(want)
}

func testRestoreBroken(t *testing.T, h *harness) {
	es, want := entries(100, 5)
	changed := slices.Clone(es)
	changed[20].Payload = slices.Clone(changed[20].Payload)
	changed[20].Payload[len(changed[20].Payload)-1] ^= 1
	gap := append(slices.Clone(es[:50]), es[51:]...)
	if err := h.log.RestoreAll(t.Context(), each(gap), nil); !errors.Is(err, events.ErrBroken) {
		t.Errorf("gap: %v", err)
	}
	h.holds(want[:50])
	if err := h.log.RestoreAll(t.Context(), each(changed), nil); !errors.Is(err, events.ErrConflict) {
		t.Errorf("other bytes at 21: %v", err)
	}
	h.holds(want[:50])
	if err := h.log.RestoreAll(t.Context(), each(es[60:]), nil); !errors.Is(err, events.ErrConflict) {
		t.Errorf("starts past the end: %v", err)
	}
	h.holds(want[:50])
	if err := h.log.RestoreAll(t.Context(), each(es[45:]), nil); err != nil {
		t.Errorf("from the middle: %v", err)
	}
	h.holds(want)
}

func testReopen(t *testing.T, h *harness) {
	want := h.fill(40)
	if err := h.log.PutWrap(t.Context(), "00.1", []byte("wrap")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h.reopen()
		h.holds(want)
		if b, err := h.log.GetWrap(t.Context(), "00.1"); err != nil || string(b) != "wrap" {
			t.Fatalf("wrap: %q, %v", b, err)
		}
	}
	w := newWriter(4)
	if at, err := w.append(t.Context(), h.log); err != nil || at != 41 {
		t.Errorf("append: at %d, %v", at, err)
	}
}

func testWraps(t *testing.T, h *harness) {
	ctx := t.Context()
	want := map[string]bool{}
	for i := range 20 {
		name := fmt.Sprintf("%032x.%d", i, 1+i%3)
		want[name] = true
		for range 2 {
			if err := h.log.PutWrap(ctx, name, []byte(name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.log.PutWrap(ctx, name, []byte("other")); !errors.Is(err, events.ErrConflict) {
			t.Errorf("other bytes: %v; want a conflict", err)
		}
		if b, err := h.log.GetWrap(ctx, name); err != nil || string(b) != name {
			t.Errorf("%s is %q, %v", name, b, err)
		}
	}
	if _, err := h.log.GetWrap(ctx, "absent.1"); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
	got := map[string]bool{}
	for name, err := range h.log.Wraps(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got[name] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("listed %d wraps, want %d", len(got), len(want))
	}
	for range h.log.Wraps(ctx) {
		break
	}
}

// testConcurrent has 64 writers on 20 chains that take turns on a chain only
// by conflict: every acknowledged sequence is unique, all together have no
// gap, and the replay is what was acknowledged.
func testConcurrent(t *testing.T, h *harness) {
	const writers, chains, each = 64, 20, 12
	type head struct {
		sync.Mutex
		writer
	}
	heads := make([]*head, chains)
	for i := range heads {
		heads[i] = &head{writer: *newWriter(uint64(i))}
	}
	var mu sync.Mutex
	acked := map[uint64][]byte{}
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			hd := heads[n%chains]
			for done := 0; done < each; {
				hd.Lock()
				w := hd.writer
				hd.Unlock()
				r := w.record()
				at, err := h.log.Append(t.Context(), &r, w.after)
				if errors.Is(err, events.ErrConflict) {
					continue
				}
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				hd.Lock()
				hd.moved(&r, at)
				hd.Unlock()
				done++
				mu.Lock()
				if acked[at] != nil {
					t.Errorf("sequence %d was acknowledged twice", at)
				}
				acked[at] = r.Append(nil)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	want := make([][]byte, writers*each)
	for i := range want {
		if want[i] = acked[uint64(i+1)]; want[i] == nil {
			t.Fatalf("nobody was acknowledged sequence %d of %d", i+1, len(want))
		}
	}
	h.holds(want)
	tips := map[events.Chain]events.Tip{}
	for e, err := range h.log.Replay(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		l := &e.Record.Link
		tip, err := tips[l.Chain].Next(l, Origin, l.Chain)
		if err != nil {
			t.Fatal(err)
		}
		tips[l.Chain] = tip
	}
	h.reopen()
	h.holds(want)
}

// testLinearizable checks concurrent appends to one chain against a register
// that holds the chain's last sequence.
func testLinearizable(t *testing.T, h *harness) {
	type input struct{ after uint64 }
	type output struct {
		seq      uint64
		conflict bool
	}
	model := porcupine.Model{
		Init: func() any { return uint64(0) },
		Step: func(state, in, out any) (bool, any) {
			last, i, o := state.(uint64), in.(input), out.(output)
			if o.conflict {
				return i.after != last, last
			}
			return i.after == last && o.seq > last, o.seq
		},
	}
	var (
		mu    sync.Mutex
		ops   []porcupine.Operation
		cur   = *newWriter(1)
		start = time.Now()
		wg    sync.WaitGroup
	)
	for n := range 8 {
		wg.Go(func() {
			noise := newWriter(uint64(100 + n))
			for i := range 25 {
				mu.Lock()
				w := cur
				mu.Unlock()
				r := w.record()
				call := time.Since(start)
				at, err := h.log.Append(t.Context(), &r, w.after)
				back := time.Since(start)
				if err != nil && !errors.Is(err, events.ErrConflict) {
					t.Errorf("append: %v", err)
					return
				}
				mu.Lock()
				ops = append(ops, porcupine.Operation{
					ClientId: n, Input: input{w.after}, Output: output{at, err != nil},
					Call: call.Nanoseconds(), Return: back.Nanoseconds(),
				})
				if err == nil {
					cur.moved(&r, at)
				}
				mu.Unlock()
				if i%3 == 0 {
					if _, err := noise.append(t.Context(), h.log); err != nil {
						t.Errorf("append: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	if res := porcupine.CheckOperationsTimeout(model, ops, time.Minute); res != porcupine.Ok {
		t.Errorf("%d appends to one chain: %s", len(ops), res)
	}
}

func testClosed(t *testing.T, h *harness) {
	want := h.fill(3)
	if err := h.log.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWriter(8)
	if _, err := w.append(context.Background(), h.log); !errors.Is(err, events.ErrStopped) {
		t.Errorf("append to a closed log: %v", err)
	}
	if err := h.log.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
	h.log = h.open(t, h.dir)
	h.holds(want)
}

// testLarge appends the largest bodies: padded they stay below the limit.
func testLarge(t *testing.T, h *harness) {
	w := newWriter(1)
	w.size = events.MaxBody + events.MaxBody/20
	var want [][]byte
	for range 8 {
		r := w.record()
		at, err := h.log.Append(t.Context(), &r, w.after)
		if err != nil {
			t.Fatal(err)
		}
		w.moved(&r, at)
		want = append(want, r.Append(nil))
	}
	h.holds(want)
}
