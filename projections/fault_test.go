package projections

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// crash returns what a disk holds after the power went: everything synced, and
// of the rest each piece or not.
func crash(fs vfs.FS, rng *rand.Rand) vfs.FS {
	return fs.(*vfs.MemFS).CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})
}

// checkAfterCrash opens what a crash left and holds it against the stream:
// nothing acknowledged is missing, nothing is there by half.
func checkAfterCrash(t *testing.T, l *ledger, fs vfs.FS, acked uint64) {
	t.Helper()
	after := &ledger{tb: t, disk: l.disk, log: l.log, fs: fs, keys: l.keys, o: l.o}
	after.open()
	defer after.close()
	p := after.r.Position()
	if p < acked {
		t.Fatalf("position %d after the crash, %d were acknowledged", p, acked)
	}
	if p > 0 {
		if _, err := after.r.Compare(context.Background(), l.log, nil); err != nil {
			t.Fatalf("at %d of %d: %v", p, acked, err)
		}
		sameAsRebuilt(t, after)
	}
	if _, err := after.r.Recover(context.Background(), l.log, nil); err != nil {
		t.Fatal(err)
	}
	st, err := l.log.State(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if p := after.r.Position(); p != st.Last {
		t.Fatalf("position %d after Recover, want %d", p, st.Last)
	}
	sameAsRebuilt(t, after)
}

// crashes is how many moments of a crash a test tries: all, a few with -short.
func crashes(all uint64) uint64 {
	if testing.Short() {
		return 4
	}
	return all
}

// The power goes at any moment while eight callers apply.
func TestCrashWhileApplying(t *testing.T) {
	src, keys := many(t, 320, 40)
	for round := range crashes(10) {
		rng := rand.New(rand.NewPCG(round, 1))
		l := newLedger(t)
		for _, p := range src.payloads {
			l.disk.Put(p)
		}
		mem := vfs.NewCrashableMem()
		l.fs, l.keys = mem, keys
		l.open()
		var acked atomic.Uint64 // every message up to it was acknowledged
		var next, done atomic.Int64
		ack := make(chan uint64, len(src.payloads))
		var wg sync.WaitGroup
		stopAt := int64(rng.IntN(len(src.payloads)))
		for range 8 {
			wg.Go(func() {
				for {
					i := next.Add(1)
					if i > int64(len(src.payloads)) {
						return
					}
					e := events.NewEntry(uint64(i), src.payloads[i-1])
					if err := l.r.Apply(context.Background(), &e, nil); err != nil {
						t.Error(err)
						return
					}
					ack <- e.Seq
					done.Add(1)
				}
			})
		}
		got := map[uint64]bool{}
		for done.Load() < stopAt {
			got[<-ack] = true
		}
		for len(ack) > 0 {
			got[<-ack] = true
		}
		for got[acked.Load()+1] {
			acked.Add(1)
		}
		after := crash(mem, rng)
		wg.Wait()
		l.close()
		checkAfterCrash(t, l, after, acked.Load())
	}
}

// The power goes at any moment of a rebuild, tables, ingestion and swap
// included: one space or the other is current, and whole.
func TestCrashWhileRebuilding(t *testing.T) {
	src, keys := many(t, 320, 40)
	writes := int64(100) // of a rebuild: found out in the first round
	for round := range crashes(12) {
		rng := rand.New(rand.NewPCG(round, 2))
		mem := vfs.NewCrashableMem()
		var n atomic.Int64
		var armed atomic.Bool
		var after atomic.Pointer[vfs.FS]
		at := rng.Int64N(writes)
		fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && armed.Load() && n.Add(1) == at {
				clone := crash(mem, rng)
				after.Store(&clone)
			}
			return nil
		}))
		l := newLedger(t)
		for _, p := range src.payloads {
			l.disk.Put(p)
		}
		l.fs, l.keys = fs, keys
		l.o.MaxStates, l.o.MaxRun = 8, 32<<10
		l.recover()
		before := dump(t, l.r)
		armed.Store(true)
		if err := l.r.Rebuild(context.Background(), l.log, nil); err != nil {
			t.Fatal(err)
		}
		armed.Store(false)
		writes = n.Load()
		if after.Load() == nil {
			clone := crash(mem, rng)
			after.Store(&clone)
		}
		l.close()
		l2 := &ledger{tb: t, disk: l.disk, log: l.log, fs: *after.Load(), keys: keys, o: l.o}
		l2.open()
		sameDump(t, dump(t, l2.r), before)
		onlyCurrentSpace(t, l2.store)
		if names, err := l2.fs.List("store/rebuild"); err == nil {
			t.Errorf("left over: %v", names)
		}
		if err := l2.r.Rebuild(context.Background(), l.log, nil); err != nil {
			t.Fatal(err)
		}
		sameDump(t, dump(t, l2.r), before)
		l2.close()
	}
	if writes < 50 {
		t.Errorf("a rebuild made %d writes: there was nothing to interrupt", writes)
	}
}

// onlyCurrentSpace: a store holds one space, and wraps, and nothing else.
func onlyCurrentSpace(t *testing.T, s *Store) {
	t.Helper()
	it, err := s.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for it.First(); it.Valid(); it.Next() {
		if sp := space(it.Key()[0]); sp >= firstSpace && sp != s.space {
			t.Fatalf("a key of space %x is left, %x is current", sp, s.space)
		}
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
}

// A write fails: nothing after it is acknowledged, and what is found when the
// store is opened again is what the stream has, whether or not it was stored.
func TestWriteFails(t *testing.T) {
	for _, form := range []struct {
		name   string
		stored bool
	}{{"failed", false}, {"failed but stored", true}} {
		for at := range 6 {
			t.Run(fmt.Sprintf("%s/%d", form.name, at), func(t *testing.T) {
				l := newLedger(t, three()...)
				mem := vfs.NewMem()
				f := &walFault{after: int64(3 * at), stored: form.stored}
				l.fs = f.wrap(mem)
				l.open()
				f.armed.Store(true)
				entries := entriesOf(l)
				acked := uint64(0)
				var failed error
				for i := range entries {
					if err := l.r.Apply(context.Background(), &entries[i], nil); err != nil {
						failed = err
						break
					}
					acked = entries[i].Seq
				}
				if !errors.Is(failed, events.ErrStopped) {
					t.Fatalf("the write did not fail: %v", failed)
				}
				if p := l.r.Position(); p != acked {
					t.Errorf("position %d, %d were acknowledged", p, acked)
				}
				if err := l.r.Apply(context.Background(), &entries[len(entries)-1], nil); !errors.Is(err, events.ErrStopped) {
					t.Errorf("after the fault: %v", err)
				}
				if _, err := l.r.ByID(entries[acked].Record.Detail.ID); !errors.Is(err, events.ErrStopped) && !errors.Is(err, events.ErrNotFound) {
					t.Errorf("what is not durable was answered: %v", err)
				}
				l.r.Close()
				_ = l.store.Close() // may say that the log could not be closed
				l.r = nil
				checkAfterCrash(t, l, mem, acked)
			})
		}
	}
}

// A sync that succeeds behind one that failed acknowledges nothing: there is a
// hole in front of it.
func TestSyncBehindAFailedOne(t *testing.T) {
	l := newLedger(t, week("a")).open()
	entries := entriesOf(l)
	l.r.stop(errDisk) // as the batch of message 1 would
	b := l.store.db.NewBatch()
	if err := errors.Join(b.Set([]byte("x"), nil, nil), l.store.db.ApplyNoSyncWait(b, pebble.Sync)); err != nil {
		t.Fatal(err)
	}
	q := &request{e: &entries[1], done: make(chan struct{})}
	l.r.land(flight{b: b, group: []*request{q}, last: 2})
	if <-q.done; !errors.Is(q.err, events.ErrStopped) || l.r.Position() != 0 {
		t.Errorf("%v at %d", q.err, l.r.Position())
	}
}

// A disk that is full for tables does not keep a store from being closed, and
// nothing is lost by it.
func TestCloseOnAFullDisk(t *testing.T) {
	l := newLedger(t, week("a"))
	mem := vfs.NewMem()
	var full atomic.Bool
	l.fs = errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind == errorfs.OpCreate && strings.HasSuffix(op.Path, ".sst") {
			return errDisk
		}
		return nil
	}))
	l.recover()
	full.Store(true)
	if err := l.r.Close(); err != nil {
		t.Error(err)
	}
	if err := l.store.Close(); err != nil {
		t.Error(err)
	}
	if l.store.fault.Load() == nil {
		t.Error("nothing failed")
	}
	full.Store(false)
	l.open()
	if p := l.r.Position(); p != 11 {
		t.Errorf("position %d", p)
	}
}

// walFault fails a write or sync of the write-ahead log, from the n-th on.
type walFault struct {
	armed  atomic.Bool
	after  int64
	stored bool // do it, and then say that it failed
	n      atomic.Int64
}

var errDisk = errors.New("no space left on the disk")

func (f *walFault) fail(path string) bool {
	return f.armed.Load() && strings.HasSuffix(path, ".log") && f.n.Add(1) > f.after
}

func (f *walFault) wrap(fs vfs.FS) vfs.FS {
	if f.stored {
		return lateFS{fs, f}
	}
	return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			if f.fail(op.Path) {
				return errDisk
			}
		}
		return nil
	}))
}

// lateFS does what it is asked and then says that it failed, which errorfs
// cannot.
type lateFS struct {
	vfs.FS
	f *walFault
}

func (fs lateFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return lateFile{f, name, fs.f}, err
}

func (fs lateFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(old, name, c)
	return lateFile{f, name, fs.f}, err
}

type lateFile struct {
	vfs.File
	name string
	f    *walFault
}

func (f lateFile) late(err error) error {
	if err == nil && f.f.fail(f.name) {
		return errDisk
	}
	return err
}

func (f lateFile) Sync() error     { return f.late(f.File.Sync()) }
func (f lateFile) SyncData() error { return f.late(f.File.SyncData()) }
func (f lateFile) SyncTo(n int64) (bool, error) {
	full, err := f.File.SyncTo(n)
	return full, f.late(err)
}

// A fold that fails takes down one view of one case.
func TestQuarantine(t *testing.T) {
	ctx := context.Background()
	bad := eventstest.NewChain("bad").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	bad.Add("case.allocated", allocated("staff-07"))
	bad.Add("contact.recorded", `{"channel":"phone","statements":"the words of a client","with":[]}`)
	bad.Add("contact.recorded", contactData("", "client", 1))
	first := eventstest.NewChain("first").Add("risk.reviewed", `{"judgement":{"level":"words"}}`)
	good := week("a")
	l := newLedger(t, bad, first, good).recover()
	s := must[Status](t)(l.r.Status(ctx))
	want := map[string]uint64{bad.ID().String(): 3, first.ID().String(): 1}
	if len(s.Failed) != 4 {
		t.Fatalf("%+v", s.Failed)
	}
	for _, f := range s.Failed {
		if f.Seq != want[f.Case.String()] || strings.Contains(f.Rule, "words") || !strings.Contains(f.Rule, "/data") {
			t.Errorf("%+v", f)
		}
	}
	for _, c := range []*eventstest.Chain{bad, first} {
		if _, err := l.r.Case(ctx, c.ID()); !errors.Is(err, errUnfolded) {
			t.Errorf("case: %v", err)
		}
		if _, err := l.r.Timeline(ctx, c.ID(), time.Time{}); !errors.Is(err, errUnfolded) {
			t.Errorf("timeline: %v", err)
		}
		if h := must[Head](t)(l.r.Head(c.ID())); h.Seq != c.Tip().Seq {
			t.Errorf("head %+v", h)
		}
	}
	must[CaseRow](t)(l.r.Case(ctx, good.ID()))
	must[[]TimelineRow](t)(l.r.Timeline(ctx, good.ID(), time.Time{}))
	missing := 0
	for _, row := range must[[]CaseRow](t)(l.r.Caseload(ctx, "staff-07")) {
		if row.Missing != "" {
			missing++
		}
	}
	if missing != 1 {
		t.Errorf("%d of the adviser's cases are shown as missing, want 1", missing)
	}
	if rows := must[[]CaseRow](t)(l.r.Caseload(ctx, "")); len(rows) != 3 {
		t.Errorf("%d cases, want 3", len(rows))
	}
	due := must[[]DueRow](t)(l.r.Due(ctx, "staff-07", now))
	if len(due) == 0 || due[0].Missing == "" {
		t.Errorf("%+v", due)
	}
	if _, err := l.r.Compare(ctx, l.log, nil); err != nil {
		t.Error(err)
	}
	sameAsRebuilt(t, l)
	l.close()
	l.recover() // tries again, and fails again
	if s := must[Status](t)(l.r.Status(ctx)); len(s.Failed) != 4 {
		t.Errorf("%+v", s.Failed)
	}
}

// A key that cannot be read for a while takes down the views of its case until
// the next start.
func TestViewsComeBack(t *testing.T) {
	ctx := context.Background()
	a, b := week("a"), week("b")
	l := newLedger(t, a, b)
	keys := &badKeys{Keys: l.keys}
	l.keys = keys
	l.open()
	entries := entriesOf(l)
	apply(t, l.r, entries[:6])
	keys.set(events.CaseKey(a.ID(), 1), errors.New("the key store is away"))
	l.r.seal = newSealer(keys, testRand{})
	l.close()
	l.open()
	apply(t, l.r, entries[6:])
	s := must[Status](t)(l.r.Status(ctx))
	if len(s.Failed) == 0 {
		t.Fatal("nothing failed")
	}
	if _, err := l.r.Case(ctx, b.ID()); err != nil {
		t.Error(err)
	}
	keys.set(events.CaseKey(a.ID(), 1), nil)
	l.close()
	l.open()
	rep := must[Report](t)(l.r.Recover(ctx, l.log, nil))
	if rep.Refolded != 1 {
		t.Errorf("%+v", rep)
	}
	if s := must[Status](t)(l.r.Status(ctx)); len(s.Failed) != 0 {
		t.Errorf("%+v", s.Failed)
	}
	sameAsRebuilt(t, l)
	if rows := must[[]CaseRow](t)(l.r.Caseload(ctx, "staff-07")); len(rows) != 2 {
		t.Errorf("%d cases", len(rows))
	}
}

// A case that changed its adviser while its views had failed is listed under
// the new one when they are back, and goes on from there.
func TestViewsComeBackUnderAnotherAdviser(t *testing.T) {
	ctx := context.Background()
	c := eventstest.NewChain("moved").Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	c.Add("case.allocated", allocated("staff-07"), allocated("staff-08"), allocated("staff-09"))
	l := newLedger(t, c)
	keys := &badKeys{Keys: l.keys}
	l.keys = keys
	l.open()
	entries := entriesOf(l)
	apply(t, l.r, entries[:2])
	l.close()
	keys.set(events.CaseKey(c.ID(), 1), errors.New("the key store is away"))
	l.open()
	apply(t, l.r, entries[2:3])
	keys.set(events.CaseKey(c.ID(), 1), nil)
	if err := l.r.refold(ctx, c.ID()); err != nil {
		t.Fatal(err)
	}
	advisers := func(want string) {
		t.Helper()
		for _, a := range []string{"staff-07", "staff-08", "staff-09"} {
			rows := must[[]CaseRow](t)(l.r.Caseload(ctx, a))
			if (len(rows) == 1) != (a == want) || len(rows) > 1 {
				t.Errorf("%s has %d cases", a, len(rows))
			}
		}
	}
	advisers("staff-08")
	apply(t, l.r, entries[3:])
	advisers("staff-09")
	sameAsRebuilt(t, l)
}

// A case whose key is gone is shown as such; everything else goes on.
func TestKeyIsGone(t *testing.T) {
	ctx := context.Background()
	a, b := week("a"), week("b")
	l := newLedger(t, a, b)
	keys := &badKeys{Keys: l.keys}
	l.keys = keys
	l.recover()
	l.disk.Put(nil) // something more to replay
	keys.set(events.CaseKey(a.ID(), 1), fmt.Errorf("wrap: %w", events.ErrNotFound))
	if err := l.r.Rebuild(ctx, l.r.Own(), nil); err != nil {
		t.Fatal(err)
	}
	l.close()
	l.recover()
	if _, err := l.r.Case(ctx, a.ID()); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := l.r.Case(ctx, b.ID()); err != nil {
		t.Error(err)
	}
	if rows := must[[]CaseRow](t)(l.r.Caseload(ctx, "staff-07")); len(rows) != 1 {
		t.Errorf("%d cases of the adviser, want 1", len(rows))
	}
	rows := must[[]CaseRow](t)(l.r.Caseload(ctx, ""))
	if len(rows) != 2 || rows[0].Missing == "" && rows[1].Missing == "" {
		t.Errorf("%+v", rows)
	}
	if s := must[Status](t)(l.r.Status(ctx)); len(s.Failed) != 0 {
		t.Errorf("an erased case failed: %+v", s.Failed)
	}
	if _, err := l.r.Timeline(ctx, a.ID(), time.Time{}); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("timeline: %v", err)
	}
	sameAsRebuilt(t, l)
}

// A value that was changed on the disk does not open.
func TestChangedValues(t *testing.T) {
	ctx := context.Background()
	a, b := week("a"), week("b")
	l := newLedger(t, a, b).recover()
	sp := l.store.space
	key := sp.appendOf(nil, kindCase, a.ID())
	other := must[[]byte](t)(l.store.get(sp.appendOf(nil, kindCase, b.ID())))
	own := must[[]byte](t)(l.store.get(key))
	for name, v := range map[string][]byte{
		"another case's":   other,
		"a bit":            append(append([]byte{}, own[:len(own)-1]...), own[len(own)-1]^1),
		"cut short":        own[:len(own)-1],
		"empty":            {},
		"another version":  append([]byte{9}, own[1:]...),
		"another key":      append([]byte{1, 2}, own[2:]...),
		"of another place": must[[]byte](t)(l.store.get(sp.appendAt(nil, kindTimeline, a.ID(), 1))),
	} {
		if err := l.store.db.Set(key, v, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := l.r.Case(ctx, a.ID()); err == nil {
			t.Errorf("%s: served", name)
		}
		rows := must[[]CaseRow](t)(l.r.Caseload(ctx, ""))
		if len(rows) != 2 || rows[0].Missing == "" && rows[1].Missing == "" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

// A sealed value belongs to its key: a row of the same case elsewhere does not
// open.
func TestMovedValues(t *testing.T) {
	a := week("a")
	l := newLedger(t, a).recover()
	sp := l.store.space
	at := func(seq uint64) []byte { return sp.appendAt(nil, kindTimeline, a.ID(), seq) }
	l.set1(at(3), must[[]byte](t)(l.store.get(at(2))))
	if _, err := l.r.Timeline(context.Background(), a.ID(), time.Time{}); !errors.Is(err, events.ErrSealed) {
		t.Errorf("served: %v", err)
	}
}

// The same value in two places is sealed differently, and no byte of what a
// client is known by stands in a file.
func TestNothingIsReadableOnTheDisk(t *testing.T) {
	l := newLedger(t, week("a"), week("b"))
	l.o.Rand = testRand{} // four letters stand in random bytes by chance
	mem := vfs.NewMem()
	l.fs = mem
	l.recover()
	if err := l.r.Rebuild(context.Background(), l.log, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.store.db.Flush(); err != nil {
		t.Fatal(err)
	}
	files := must[[]string](t)(mem.List("store"))
	seen := 0
	for _, name := range files {
		b, err := mem.UnsafeGetFileDataBuffer("store/" + name)
		if err != nil {
			continue
		}
		seen += len(b)
		for _, secret := range []string{"staff-07", "A.B.", "heron", "Hidden", "07700", "telephone", "contact.recorded", "He rang"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	if seen == 0 {
		t.Error("no file was looked at")
	}
}
