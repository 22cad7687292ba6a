package projections

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/projections/casefile"
)

// size is the number of events of the benchmarks at size, from
// CASELEDGER_BENCH_EVENTS; a tenth as many cases.
func size(b *testing.B) int {
	if s := os.Getenv("CASELEDGER_BENCH_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 20_000
}

func benchRunner(b *testing.B, keys Keys) (*Store, *Runner) {
	b.Helper()
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := NewRunner(s, keys, testOrigin, testOptions())
	b.Cleanup(func() {
		r.Close()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s, r
}

func BenchmarkApply(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			n := 2_000 * min(callers, 10)
			src, keys := many(b, n, n/10)
			for b.Loop() {
				b.StopTimer()
				_, r := benchRunner(b, keys)
				ctx := context.Background()
				var next atomic.Int64
				var wg sync.WaitGroup
				b.StartTimer()
				start, used := time.Now(), cpuTime(b)
				for range callers {
					wg.Go(func() {
						for {
							i := next.Add(1)
							if i > int64(n) {
								return
							}
							e := events.NewEntry(uint64(i), src.payloads[i-1])
							if err := r.Apply(ctx, &e, nil); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(n)/time.Since(start).Seconds(), "events/s")
				b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/float64(n), "cpu-us/event")
			}
		})
	}
}

// cpuTime is what this process has used of its processors: on a shared machine
// the only figure that can be compared.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRebuild(b *testing.B) {
	src, keys := onDisk(b, size(b))
	n := len(src.ends)
	for b.Loop() {
		b.StopTimer()
		_, r := benchRunner(b, keys)
		runtime.GC()
		var peak atomic.Uint64
		done := make(chan struct{})
		go func() {
			sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
			for {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
					metrics.Read(sample)
					peak.Store(max(peak.Load(), sample[0].Value.Uint64()-sample[1].Value.Uint64()))
				}
			}
		}()
		b.StartTimer()
		start, used := time.Now(), cpuTime(b)
		if err := r.Rebuild(context.Background(), src, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "events/s")
		b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/float64(n), "cpu-us/event")
		close(done)
		b.ReportMetric(float64(peak.Load())/1e6, "peak-MB")
	}
}

// diskSource is a stream in a file, so that its messages are not part of the
// memory that is measured.
type diskSource struct {
	f    *os.File
	ends []int64
}

var diskMade = map[int]*diskSource{}

// onDisk is many in a file, made once for a size.
func onDisk(b *testing.B, n int) (*diskSource, Keys) {
	b.Helper()
	if d := diskMade[n]; d != nil {
		return d, eventstest.Keys{}
	}
	src, keys := many(b, n, n/10)
	f, err := os.CreateTemp("", "stream")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Remove(f.Name()); err != nil { // it lives as long as it is open
		b.Fatal(err)
	}
	d := &diskSource{f: f}
	diskMade[n] = d
	w := bufio.NewWriterSize(f, 1<<20)
	end := int64(0)
	for i, p := range src.payloads {
		if _, err := w.Write(p); err != nil {
			b.Fatal(err)
		}
		end += int64(len(p))
		d.ends = append(d.ends, end)
		src.payloads[i] = nil
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	clear(manyMade)
	runtime.GC()
	debug.FreeOSMemory()
	return d, keys
}

func (d *diskSource) State(context.Context) (events.State, error) {
	n := uint64(len(d.ends))
	return events.State{First: 1, Last: n, Count: n}, nil
}

func (d *diskSource) Replay(_ context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		at := int64(0)
		if from > 1 {
			at = d.ends[from-2]
		}
		in := bufio.NewReaderSize(io.NewSectionReader(d.f, at, 1<<62), 1<<20)
		for seq := from; seq <= uint64(len(d.ends)); seq++ {
			p := make([]byte, d.ends[seq-1]-at)
			if _, err := io.ReadFull(in, p); err != nil {
				yield(events.Entry{}, err)
				return
			}
			at = d.ends[seq-1]
			if !yield(events.NewEntry(seq, p), nil) {
				return
			}
		}
	}
}

func (d *diskSource) Get(ctx context.Context, seq uint64) (events.Entry, error) {
	for e, err := range d.Replay(ctx, seq) {
		return e, err
	}
	return events.Entry{}, events.ErrNotFound
}

func (*diskSource) RestoreAll(context.Context, iter.Seq2[events.Entry, error], func(uint64)) error {
	return errors.New("cannot be written")
}

// BenchmarkStart opens store and runner and recovers, when both copies agree:
// after a clean end, and after a kill that left much in the write-ahead log.
func BenchmarkStart(b *testing.B) {
	src, keys := onDisk(b, size(b))
	n := uint64(len(src.ends))
	live, ctx := b.TempDir(), context.Background()
	start := func(dir string, root events.Hash) (*Store, *Runner) {
		s, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		r := NewRunner(s, keys, testOrigin, testOptions())
		if root != (events.Hash{}) {
			rep, err := r.Recover(ctx, src, func() (uint64, events.Hash, bool) { return n, root, true })
			if err != nil || rep.Position != n || rep.Rebuilt || rep.Replayed > 0 {
				b.Fatal(rep, err)
			}
		}
		return s, r
	}
	stop := func(s *Store, r *Runner) {
		r.Close()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	// Most of it by rebuild, the rest, up to 30,000 messages, event by event.
	s, r := start(live, events.Hash{})
	most := &diskSource{f: src.f, ends: src.ends[:n-min(n/2, 30_000)]}
	if err := r.Rebuild(ctx, most, nil); err != nil {
		b.Fatal(err)
	}
	if _, err := r.replay(ctx, src, uint64(len(most.ends))+1); err != nil {
		b.Fatal(err)
	}
	root, err := r.Root(n)
	if err != nil {
		b.Fatal(err)
	}
	killed := filepath.Join(b.TempDir(), "killed")
	if err := s.db.Checkpoint(killed); err != nil { // tables linked, log copied
		b.Fatal(err)
	}
	stop(s, r)
	b.Run("Clean", func(b *testing.B) {
		for b.Loop() {
			s, r := start(live, root)
			b.StopTimer()
			stop(s, r)
			b.StartTimer()
		}
	})
	b.Run("Killed", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			dir := filepath.Join(b.TempDir(), "store")
			if err := os.CopyFS(dir, os.DirFS(killed)); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			s, r := start(dir, root)
			b.StopTimer()
			stop(s, r)
			b.StartTimer()
		}
	})
}

// BenchmarkFold is one event's share of a rebuild: open, both folds, seal.
func BenchmarkFold(b *testing.B) {
	src, keys := many(b, 2_000, 200)
	f := folder{seal: newSealer(keys, testRand{}), origin: testOrigin, sp: firstSpace}
	e := events.NewEntry(2000, src.payloads[1999])
	c := &caseEntry{chain: e.Record.Link.Chain, head: Head{KeyGen: 1}}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.fold(context.Background(), c, &e.Record, nil, discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) put(_, _ []byte) error { return nil }
func (discard) remove(_ []byte) error { return nil }

type testRand struct{}

func (testRand) Read(b []byte) (int, error) { return len(b), nil }

func BenchmarkRead(b *testing.B) {
	src, keys := onDisk(b, size(b))
	n := len(src.ends)
	_, r := benchRunner(b, keys)
	ctx := context.Background()
	if err := r.Rebuild(ctx, src, nil); err != nil {
		b.Fatal(err)
	}
	var chain events.Chain
	for c := range r.Chains(ctx) {
		chain = c
		break
	}
	for _, bench := range []struct {
		name string
		f    func() error
	}{
		{"CaseloadOfAdviser", func() error { _, err := r.Caseload(ctx, "staff-3"); return err }},
		{"CaseloadOfAll", func() error { _, err := r.Caseload(ctx, ""); return err }},
		{"DueOfAdviser", func() error { _, err := r.Due(ctx, "staff-3", now); return err }},
		{"DueOfAll", func() error { _, err := r.Due(ctx, "", now); return err }},
		{"Timeline", func() error { _, err := r.Timeline(ctx, chain, time.Time{}); return err }},
		{"Case", func() error { _, err := r.Case(ctx, chain); return err }},
		{"Root", func() error { _, err := r.Root(uint64(n)); return err }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTimeline is a case of 200 events.
func BenchmarkTimeline(b *testing.B) {
	src, keys := many(b, 4_000, 20)
	_, r := benchRunner(b, keys)
	ctx := context.Background()
	if err := r.Rebuild(ctx, src, nil); err != nil {
		b.Fatal(err)
	}
	var longest events.Chain
	var most uint64
	for c := range r.Chains(ctx) {
		if h, err := r.Head(c); err == nil && h.Seq > most {
			longest, most = c, h.Seq
		}
	}
	b.ReportMetric(float64(most), "rows")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Timeline(ctx, longest, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFiles folds every case of a ledger, none of them held ready, for a
// view that keeps nothing: with all words, and without them.
func BenchmarkFiles(b *testing.B) {
	const n = 20_000
	src, keys := many(b, n, n/10)
	_, r := benchRunner(b, keys)
	ctx := context.Background()
	if err := r.Rebuild(ctx, src, nil); err != nil {
		b.Fatal(err)
	}
	for name, brief := range map[string]bool{"words": false, "brief": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start, used, rounds := time.Now(), cpuTime(b), 0
			for b.Loop() {
				var opened atomic.Int64
				files := NewFiles(r, events.Chain{}, counting(keys, &opened))
				cases, events := 0, int64(0)
				if _, err := files.Each(ctx, Which{Brief: brief}, casefile.Cut{}, nil, func(f *casefile.File) bool {
					cases, events = cases+1, events+int64(len(f.Entries))
					return true
				}); err != nil || cases < n/11 || events != n || !brief && opened.Load() != n {
					b.Fatalf("%d cases, %d events, %d records, %v", cases, events, opened.Load(), err)
				}
				rounds++
			}
			b.ReportMetric(float64(n*rounds)/time.Since(start).Seconds(), "events/s")
			b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/float64(n*rounds), "cpu-us/event")
		})
	}
}
