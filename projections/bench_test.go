package projections

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caseledger/events"
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
				start := time.Now()
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
			}
		})
	}
}

func BenchmarkRebuild(b *testing.B) {
	n := size(b)
	src, keys := many(b, n, n/10)
	for b.Loop() {
		b.StopTimer()
		_, r := benchRunner(b, keys)
		runtime.GC()
		var peak atomic.Uint64
		done := make(chan struct{})
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		go func() {
			var m runtime.MemStats
			for {
				select {
				case <-done:
					return
				case <-time.After(50 * time.Millisecond):
					runtime.ReadMemStats(&m)
					if used := m.HeapAlloc - min(m.HeapAlloc, before.HeapAlloc); used > peak.Load() {
						peak.Store(used)
					}
				}
			}
		}()
		b.StartTimer()
		start := time.Now()
		if err := r.Rebuild(context.Background(), src, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "events/s")
		close(done)
		b.ReportMetric(float64(peak.Load())/1e6, "peak-MB")
	}
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
	n := size(b)
	src, keys := many(b, n, n/10)
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
