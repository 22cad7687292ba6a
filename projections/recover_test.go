package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// signedAt is a signed state.
func signedAt(size uint64, root events.Hash) func() (uint64, events.Hash, bool) {
	return func() (uint64, events.Hash, bool) { return size, root, true }
}

// Every pairing of what archive, stream and signed state may hold.
func TestRecover(t *testing.T) {
	const n = 22 // of two weeks
	type outcome struct {
		restored, replayed uint64
		err                any // a pointer to the type of error
		says               string
	}
	for _, c := range []struct {
		name    string
		archive uint64 // messages applied before
		damage  func(l *ledger)
		signed  uint64 // size of the true tree that was signed
		forged  bool   // another root was signed
		want    outcome
	}{
		{"both empty", 0, func(l *ledger) { l.disk.Cut(0) }, 0, false, outcome{}},
		{"agree", n, nil, 0, false, outcome{}},
		{"agree, signed", n, nil, n, false, outcome{}},
		{"agree, signed earlier", n, nil, 7, false, outcome{}},
		{"no archive", 0, nil, n, false, outcome{replayed: n}},
		{"stream ahead by one", n - 1, nil, 0, false, outcome{replayed: 1}},
		{"stream ahead", 5, nil, 5, false, outcome{replayed: n - 5}},
		{"stream ahead, signed between", 5, nil, 15, false, outcome{replayed: n - 5}},
		{"archive ahead by one", n, func(l *ledger) { l.disk.Cut(n - 1) }, n, false, outcome{restored: 1}},
		{"archive ahead", n, func(l *ledger) { l.disk.Cut(5) }, n, false, outcome{restored: n - 5}},
		{"no stream", n, func(l *ledger) { l.disk.Cut(0) }, 9, false, outcome{restored: n}},
		{"less than signed", 10, func(l *ledger) { l.disk.Cut(9) }, 12, false, outcome{err: new(*ShortError), says: "11–12 are lost"}},
		{"one less than signed", n, nil, n + 1, false, outcome{err: new(*ShortError), says: "23 are lost"}},
		{"another root was signed", n, nil, n, true, outcome{err: new(*ForkError), says: "the tree over 22 messages"}},
		{"another root was signed, archive ahead", n, func(l *ledger) { l.disk.Cut(5) }, 10, true, outcome{err: new(*ForkError), says: "over 10 messages"}},
		{"another root was signed, stream ahead", 5, nil, 15, true, outcome{err: new(*ForkError), says: "over 15 messages"}},
		{"the same size, another last", n, func(l *ledger) {
			l.disk.Cut(n - 1)
			l.disk.Put([]byte("other"))
		}, 0, false, outcome{err: new(*ForkError), says: "message 22"}},
		{"the archive's last differs, stream ahead", 5, func(l *ledger) { l.disk.Set(5, []byte("other")) }, 0, false, outcome{err: new(*ForkError), says: "message 5"}},
		{"the stream's last differs, archive ahead", n, func(l *ledger) {
			l.disk.Cut(9)
			l.disk.Put([]byte("other"))
		}, 0, false, outcome{err: new(*ForkError), says: "message 10"}},
		{"a hole in the stream", n, func(l *ledger) { l.disk.Delete(7); l.disk.Delete(8); l.disk.Delete(12) }, 0, false,
			outcome{err: new(*DamageError), says: "the stream lacks [7–8 12]; the archive has them: make a new stream"}},
		{"the start of the stream is gone", n, func(l *ledger) { l.disk.Delete(1); l.disk.Delete(2) }, 0, false,
			outcome{err: new(*DamageError), says: "the stream lacks [1–2]; the archive has them"}},
		{"a hole that the archive has not got", 5, func(l *ledger) { l.disk.Delete(7) }, 0, false,
			outcome{err: new(*DamageError), says: "[7] are in neither"}},
		{"damage in both", n, func(l *ledger) { l.disk.Delete(7); l.lose(7); l.lose(8) }, 0, false,
			outcome{err: new(*DamageError), says: "the stream lacks [7], the archive lacks [7–8]; [7] are in neither"}},
		{"damage in both, apart", n, func(l *ledger) { l.disk.Delete(7); l.lose(8) }, 0, false,
			outcome{err: new(*DamageError), says: "each has what the other lacks"}},
		{"the archive's last is lost", n, func(l *ledger) { l.lose(n) }, 0, false, outcome{err: new(*DamageError), says: "the archive lacks [22]; the stream has everything: rebuild"}},
		{"the archive's last was altered", n, func(l *ledger) { l.set(n, []byte("other")) }, 0, false,
			outcome{err: new(*DamageError), says: "the archive lacks [22]; the stream has everything: rebuild"}},
		{"what is to be restored is lost", n, func(l *ledger) { l.disk.Cut(5); l.lose(9) }, 0, false, // what stands before it is put back
			outcome{restored: 3, err: new(*DamageError), says: "the stream lacks [9–22], the archive lacks [9]; [9] are in neither"}},
		{"the tree is damaged", n, func(l *ledger) {
			l.set1(l.store.space.appendTree(nil, 0), make([]byte, 32))
			l.set1(l.store.space.appendTree(nil, 30), make([]byte, 32))
		}, n, false, outcome{err: new(*ForkError), says: "as signed"}},
		{"a record that does not follow", 5, func(l *ledger) {
			e := entriesOf(l)[3]
			l.disk.Put(e.Payload)
		}, 0, false, outcome{err: new(*events.LinkError), says: "seq is 2, want 12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			l := newLedger(t, week("a"), week("b"))
			truth := newLedger(t, week("a"), week("b")).recover()
			l.open()
			apply(t, l.r, entriesOf(l)[:c.archive])
			if c.damage != nil {
				c.damage(l)
			}
			l.close()
			l.open()
			root := must[events.Hash](t)(truth.r.Root(min(c.signed, n)))
			if c.forged {
				root[0] ^= 1
			}
			var signed func() (uint64, events.Hash, bool)
			if c.signed > 0 {
				signed = signedAt(c.signed, root)
			}
			before, _ := l.log.State(ctx)
			rep, err := l.r.Recover(ctx, l.log, signed)
			if rep.Restored != c.want.restored || c.want.err == nil && rep.Replayed != c.want.replayed {
				t.Errorf("%+v", rep)
			}
			if c.want.err == nil {
				if err != nil {
					t.Fatal(err)
				}
				if st, _ := l.log.State(ctx); st.Last != l.r.Position() || rep.Position != st.Last {
					t.Errorf("stream %d, archive %d, %+v", st.Last, l.r.Position(), rep)
				}
				if rep.Root != must[events.Hash](t)(truth.r.Root(rep.Position)) {
					t.Error("the root is another")
				}
				if rep.Position > 0 {
					must[Report](t)(l.r.Compare(ctx, l.log, nil))
				}
				return
			}
			if !errors.As(err, c.want.err) || !errors.Is(err, events.ErrBroken) || !strings.Contains(err.Error(), c.want.says) {
				t.Errorf("got %v\nwant %T, %q", err, c.want.err, c.want.says)
			}
			if after, _ := l.log.State(ctx); after.Last != before.Last && !strings.Contains(c.name, "restored") {
				t.Errorf("the stream went from %d to %d", before.Last, after.Last)
			}
		})
	}
}

// lose removes a message from the archive.
func (l *ledger) lose(seq uint64) {
	if err := l.store.db.Delete(l.store.space.appendArchive(nil, seq), nil); err != nil {
		l.tb.Fatal(err)
	}
}

// set replaces a message of the archive.
func (l *ledger) set(seq uint64, payload []byte) {
	l.set1(l.store.space.appendArchive(nil, seq), payload)
}

func (l *ledger) set1(key, value []byte) {
	if err := l.store.db.Set(key, value, nil); err != nil {
		l.tb.Fatal(err)
	}
}

// A stream that says that it lacks a message and has them all.
func TestRecoverWithADamagedCount(t *testing.T) {
	l := newLedger(t, week("a")).recover()
	_, err := l.r.Recover(context.Background(), miscount{l.log}, nil)
	if !errors.Is(err, events.ErrBroken) || !strings.Contains(err.Error(), "its index is damaged") {
		t.Error(err)
	}
}

type miscount struct{ Log }

func (m miscount) State(ctx context.Context) (events.State, error) {
	st, err := m.Log.State(ctx)
	st.Count--
	return st, err
}

func TestRecoverByRebuild(t *testing.T) {
	src, keys := many(t, rebuildAbove, 500)
	l := newLedger(t)
	l.keys = keys
	l.open()
	rep := must[Report](t)(l.r.Recover(context.Background(), sourceLog{src}, nil))
	if !rep.Rebuilt || rep.Replayed != rebuildAbove || rep.Position != rebuildAbove {
		t.Errorf("%+v", rep)
	}
	if l.store.space == firstSpace {
		t.Error("nothing was rebuilt")
	}
	must[Report](t)(l.r.Compare(context.Background(), sourceLog{src}, nil))
}

// sourceLog makes a log of a source that is only read.
type sourceLog struct{ *memorySource }

func (s sourceLog) Get(_ context.Context, seq uint64) (events.Entry, error) {
	if seq == 0 || seq > uint64(len(s.payloads)) {
		return events.Entry{}, events.ErrNotFound
	}
	return events.NewEntry(seq, s.payloads[seq-1]), nil
}

func (sourceLog) RestoreAll(context.Context, iter.Seq2[events.Entry, error], func(uint64)) error {
	return errors.New("cannot be written")
}

func TestStoreOfAnotherLedger(t *testing.T) {
	l := newLedger(t, week("a")).recover()
	l.r.Close()
	l.r = NewRunner(l.store, l.keys, "ledger.example.org/other", l.o)
	_, err := l.r.Recover(context.Background(), l.log, nil)
	if !errors.Is(err, events.ErrInvalid) || !errors.Is(err, events.ErrStopped) {
		t.Error(err)
	}
	e := entriesOf(l)[0]
	if err := l.r.Apply(context.Background(), &e, nil); !errors.Is(err, events.ErrStopped) {
		t.Error(err)
	}
}

// Views that other code or another index key wrote are folded again.
func TestStaleViews(t *testing.T) {
	for name, change := range map[string]func(l *ledger){
		"another index key": func(l *ledger) { l.o.IndexKey[0] ^= 1 },
		"another version": func(l *ledger) {
			h := l.r.header()
			h.version++
			l.set1(l.store.space.kind(kindHeader), h.append(nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t, week("a"), week("b")).recover()
			change(l)
			l.close()
			l.open()
			rep := must[Report](t)(l.r.Recover(context.Background(), l.log, nil))
			if !rep.Rebuilt {
				t.Errorf("%+v", rep)
			}
			if rows := must[[]CaseRow](t)(l.r.Caseload(context.Background(), "staff-07")); len(rows) != 2 {
				t.Errorf("%d cases", len(rows))
			}
			l.close()
			l.open()
			if rep := must[Report](t)(l.r.Recover(context.Background(), l.log, nil)); rep.Rebuilt {
				t.Error("again")
			}
		})
	}
}

// A store whose position cannot be read does not start, and a rebuild makes it
// whole.
func TestUnstartableStoreIsRebuilt(t *testing.T) {
	for name, key := range map[string]func(sp space) []byte{
		"position": func(sp space) []byte { return sp.kind(kindPosition) },
		"edge":     func(sp space) []byte { return sp.appendTree(nil, 18) },
		"header":   func(sp space) []byte { return sp.kind(kindHeader) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			l := newLedger(t, week("a")).recover()
			want := dump(t, l.r)
			l.set1(key(l.store.space), []byte("?"))
			l.close()
			l.open()
			if _, err := l.r.Recover(ctx, l.log, nil); !errors.Is(err, events.ErrStopped) {
				t.Fatalf("it started: %v", err)
			}
			if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
				t.Fatal(err)
			}
			must[Report](t)(l.r.Recover(ctx, l.log, nil))
			sameDump(t, dump(t, l.r), want)
		})
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(l *ledger)
		err    any
		says   string
	}{
		{"whole", func(*ledger) {}, nil, ""},
		{"the stream lacks two", func(l *ledger) { l.disk.Delete(3); l.disk.Delete(9) }, new(*DamageError), "the stream lacks [3 9]; the archive has them"},
		{"the stream lacks the start", func(l *ledger) { l.disk.Delete(1) }, new(*DamageError), "the stream lacks [1]"},
		{"the stream lacks the end", func(l *ledger) { l.disk.Cut(20) }, new(*DamageError), "the stream lacks [21–22]"},
		{"the stream lacks all", func(l *ledger) { l.disk.Cut(0) }, new(*DamageError), "the stream lacks [1–22]"},
		{"the archive lacks two", func(l *ledger) { l.lose(3); l.lose(22) }, new(*DamageError), "the archive lacks [3 22]; the stream has everything"},
		{"both lack one", func(l *ledger) { l.lose(3); l.disk.Delete(3) }, new(*DamageError), "[3] are in neither"},
		{"a message of the stream was altered", func(l *ledger) { l.disk.Set(4, []byte("other")) }, new(*ForkError), "message 4"},
		{"a message of the archive was altered", func(l *ledger) { l.set(4, []byte("other")) }, new(*ForkError), "message 4"},
		{"a message was altered in both", func(l *ledger) {
			p := bytes.Replace(entriesOf(l)[3].Payload, []byte("seq 2"), []byte("seq 3"), 1)
			l.set(4, p)
			l.disk.Set(4, p)
		}, new(*events.LinkError), "event 2: seq is 3"},
		{"a tree hash", func(l *ledger) { l.set1(l.store.space.appendTree(nil, 30), make([]byte, 32)) }, new(*DamageError), "the tree is not"},
		{"an id", func(l *ledger) {
			l.set1(l.store.space.appendID(nil, entriesOf(l)[4].Record.Detail.ID), make([]byte, 8))
		}, new(*DamageError), "the id index is wrong for message 5"},
		{"a place in a chain", func(l *ledger) {
			link := entriesOf(l)[4].Record.Link
			if err := l.store.db.Delete(l.store.space.appendAt(nil, kindChain, link.Chain, link.Seq), nil); err != nil {
				l.tb.Fatal(err)
			}
		}, new(*DamageError), "the chain index is wrong for message 5"},
		{"a head", func(l *ledger) {
			h := Head{Seq: 1, StreamSeq: 1}
			l.set1(l.store.space.appendOf(nil, kindHead, entriesOf(l)[4].Record.Link.Chain), h.append(nil))
		}, new(*DamageError), "the head of case"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(t, week("a"), week("b")).recover()
			c.damage(l)
			var last, total uint64
			rep, err := l.r.Compare(context.Background(), l.log, func(d, n uint64) { last, total = d, n })
			if c.err == nil {
				if err != nil || rep.Compared != 22 || rep.Root != must[events.Hash](t)(l.r.Root(22)) {
					t.Errorf("%+v, %v", rep, err)
				}
				if last != 22 || total != 22 {
					t.Errorf("progress ended at %d of %d", last, total)
				}
				return
			}
			if !errors.As(err, c.err) || !errors.Is(err, events.ErrBroken) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v\nwant %T, %q", err, c.err, c.says)
			}
		})
	}
}

func TestRangesAreBounded(t *testing.T) {
	var list []Range
	for i := range uint64(1000) {
		list = addTo(list, 3*i)
	}
	if len(list) != maxRanges {
		t.Errorf("%d ranges", len(list))
	}
	list = nil
	for _, seq := range []uint64{1, 2, 3, 5, 9, 10} {
		list = addTo(list, seq)
	}
	if got := fmt.Sprint(list); got != "[1–3 5 9–10]" {
		t.Error(got)
	}
}

func TestRebuildRefuses(t *testing.T) {
	ctx := context.Background()
	l := newLedger(t, week("a"), week("b")).recover()
	want := dump(t, l.r)
	root := must[events.Hash](t)(l.r.Root(22))
	other := newLedger(t, week("a"), week("b"))
	other.disk.Set(22, entriesOf(other)[20].Payload)
	forged := newLedger(t, week("a"), week("b"))
	forged.disk.Set(1, []byte("other"))
	short := newLedger(t, week("a"))
	hole := newLedger(t, week("a"), week("b"))
	hole.disk.Delete(12)
	void := newLedger(t, week("a"), week("b"))
	void.disk.Cut(21)
	void.disk.Put([]byte("other"))
	for _, c := range []struct {
		name   string
		src    Source
		signed func() (uint64, events.Hash, bool)
		err    any
	}{
		{"less than there is", short.log, nil, new(*ShortError)},
		{"a hole", hole.log, nil, new(error)},
		{"a record that does not follow", other.log, nil, new(*events.LinkError)},
		{"a first message that is none", forged.log, nil, new(*events.LinkError)},
		{"another last message", void.log, nil, new(*ForkError)},
		{"less than signed", l.log, signedAt(23, root), new(*ShortError)},
		{"another root than signed", l.log, signedAt(21, root), new(*ForkError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.r.signed = c.signed
			err := l.r.Rebuild(ctx, c.src, nil)
			if !errors.As(err, c.err) || !errors.Is(err, events.ErrBroken) {
				t.Errorf("%v", err)
			}
			sameDump(t, dump(t, l.r), want)
			it, err := l.store.db.NewIter(iterOver([]byte{byte(l.store.space) + 1}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if it.First() {
				t.Error("something is left of it")
			}
			it.Close()
		})
	}
	l.r.signed = nil
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := l.r.Rebuild(cancelled, l.log, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
		t.Fatal(err)
	}
	sameDump(t, dump(t, l.r), want)
}

// A rebuild spills and writes many runs, and gives what event by event gives.
func TestRebuildSpills(t *testing.T) {
	src, keys := many(t, 640, 40)
	l := newLedger(t)
	for _, p := range src.payloads {
		l.disk.Put(p)
	}
	l.keys = keys
	l.o.MaxStates, l.o.MaxRun = 6, 4<<10
	l.recover()
	sameAsRebuilt(t, l)
	for range 3 { // each into the next space
		before := dump(t, l.r)
		if err := l.r.Rebuild(context.Background(), l.log, nil); err != nil {
			t.Fatal(err)
		}
		sameDump(t, dump(t, l.r), before)
		onlyCurrentSpace(t, l.store)
	}
	must[Report](t)(l.r.Compare(context.Background(), l.log, nil))
}

// The ledger goes on while a rebuild runs, and nothing of it is missing then.
func TestRebuildWhileApplying(t *testing.T) {
	src, keys := many(t, 640, 40)
	l := newLedger(t)
	l.keys = keys
	l.open()
	ctx := context.Background()
	at := func(i int) *events.Entry { e := events.NewEntry(uint64(i+1), src.payloads[i]); return &e }
	for i := range 200 {
		if err := l.r.Apply(ctx, at(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() { done <- l.r.Rebuild(ctx, l.r.Own(), nil) }()
	i, rebuilds := 200, 0
	for ; i < 640; i++ {
		if err := l.r.Apply(ctx, at(i), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := l.r.Entry(uint64(i + 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.r.Caseload(ctx, "staff-0"); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			rebuilds++
			go func() { done <- l.r.Rebuild(ctx, l.r.Own(), nil) }()
		default:
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if p := l.r.Position(); p != 640 {
		t.Errorf("position %d", p)
	}
	must[Report](t)(l.r.Compare(ctx, sourceLog{src}, nil))
	sameAsRebuilt(t, l)
}

// Close ends a rebuild and waits for it.
func TestCloseEndsARebuild(t *testing.T) {
	src, keys := many(t, 640, 40)
	l := newLedger(t)
	l.keys = keys
	l.open()
	started, done := make(chan struct{}), make(chan error)
	go func() {
		done <- l.r.Rebuild(context.Background(), slow{src, started}, nil)
	}()
	<-started
	l.close()
	if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, events.ErrStopped) {
		t.Error(err)
	}
}

// slow gives one message and then waits for the end.
type slow struct {
	*memorySource
	started chan struct{}
}

func (s slow) Replay(ctx context.Context, _ uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		yield(events.NewEntry(1, s.payloads[0]), nil)
		close(s.started)
		<-ctx.Done()
		yield(events.Entry{}, ctx.Err())
	}
}

func TestRebuildOfNothing(t *testing.T) {
	l := newLedger(t).recover()
	if err := l.r.Rebuild(context.Background(), l.log, nil); err != nil {
		t.Fatal(err)
	}
	if root := must[events.Hash](t)(l.r.Root(0)); root.String()[:8] != "e3b0c442" {
		t.Errorf("root of nothing: %v", root)
	}
}

// The source of a rebuild may be ahead of the runner: an append is in the
// stream before it is applied.
func TestRebuildAheadOfTheQueue(t *testing.T) {
	ctx := context.Background()
	l := newLedger(t, week("a")).open()
	entries := entriesOf(l)
	apply(t, l.r, entries[:3])
	waiting := make(chan error)
	go func() { waiting <- l.r.Apply(ctx, &entries[5], nil) }()
	for must[Status](t)(l.r.Status(ctx)).Queued == 0 {
	}
	if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if p := l.r.Position(); p != 11 {
		t.Errorf("position %d", p)
	}
	apply(t, l.r, entries)
	sameAsRebuilt(t, l)
}

// The write side never lets it happen; if it did, the newer event would stand
// for the id, whether it was applied or rebuilt.
func TestTheSameIDTwice(t *testing.T) {
	l := newLedger(t)
	a, b := eventstest.NewChain("a"), eventstest.NewChain("b")
	body := week("a").Bodies()[0]
	first, second := a.Draft(body), b.Draft(body)
	second.ID = first.ID
	for _, d := range []*events.Draft{first, second} {
		key := eventstest.KeyOf(d.Key)
		rec, err := events.Seal(d, &key)
		if err != nil {
			t.Fatal(err)
		}
		l.disk.Put(rec.Append(nil))
	}
	l.recover()
	if e := must[events.Entry](t)(l.r.ByID(first.ID)); e.Seq != 2 {
		t.Errorf("the id stands for message %d", e.Seq)
	}
	sameAsRebuilt(t, l)
}
