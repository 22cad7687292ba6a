package natslog

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// sealedSize makes a record of about 2.5 KB, a contact of 1.3 KB body.
const sealedSize = 1600

type benchChain struct {
	id    events.Chain
	seq   uint64
	prev  events.Hash
	after uint64
}

func (c *benchChain) next(sealed []byte) events.Record {
	return eventstest.Shell(eventstest.Origin, c.id, c.seq+1, c.prev, sealed)
}

// BenchmarkAppend has a chain a writer, each waiting for its acknowledgement.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range []string{SyncAlways, Sync1s} {
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", mode, writers), func(b *testing.B) {
				l, err := Open(b.Context(), Options{Dir: b.TempDir(), Stream: "cases", Origin: eventstest.Origin, Sync: mode})
				if err != nil {
					b.Fatal(err)
				}
				defer l.Close()
				sealed := make([]byte, sealedSize)
				var left atomic.Int64
				left.Store(int64(b.N))
				took := make([][]time.Duration, writers)
				var wg sync.WaitGroup
				b.ResetTimer()
				b.ReportAllocs()
				for n := range writers {
					wg.Go(func() {
						c := benchChain{id: events.Chain{byte(n), 1}}
						for left.Add(-1) >= 0 {
							r := c.next(sealed)
							start := time.Now()
							at, err := l.Append(b.Context(), &r, c.after)
							if err != nil {
								b.Error(err)
								return
							}
							took[n] = append(took[n], time.Since(start))
							c.seq, c.prev, c.after = r.Link.Seq, r.Link.Hash(), at
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				all := slices.Concat(took...)
				slices.Sort(all)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
				b.ReportMetric(float64(all[len(all)/2].Microseconds())/1e3, "p50-ms")
				b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1e3, "p99-ms")
			})
		}
	}
}

// benchEntries yields n entries over chains of ten.
func benchEntries(n int) func(func(events.Entry, error) bool) {
	return func(yield func(events.Entry, error) bool) {
		sealed := make([]byte, sealedSize)
		chains := make([]benchChain, max(1, n/10))
		for i := range n {
			c := &chains[i%len(chains)]
			c.id = events.Chain{byte(i % len(chains) >> 16), byte(i % len(chains) >> 8), byte(i % len(chains)), 1}
			r := c.next(sealed)
			c.seq, c.prev, c.after = r.Link.Seq, r.Link.Hash(), uint64(i+1)
			if !yield(events.Entry{Seq: uint64(i + 1), Record: r}, nil) {
				return
			}
		}
	}
}

func BenchmarkRestoreAll(b *testing.B) {
	for _, mode := range []string{SyncAlways, Sync1s} {
		b.Run(mode, func(b *testing.B) {
			l, err := Open(b.Context(), Options{Dir: b.TempDir(), Stream: "cases", Origin: eventstest.Origin, Sync: mode})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			b.ResetTimer()
			if err := l.RestoreAll(b.Context(), benchEntries(b.N), nil); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkReplay reads 100,000 messages; an operation is one of them.
func BenchmarkReplay(b *testing.B) {
	const n = 100_000
	l, err := Open(b.Context(), Options{Dir: b.TempDir(), Stream: "cases", Origin: eventstest.Origin, Sync: Sync1s})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if err := l.RestoreAll(b.Context(), benchEntries(n), nil); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.ReportAllocs()
	done := 0
	for done < b.N {
		for e, err := range l.Replay(b.Context(), 1) {
			if err != nil || e.Void {
				b.Fatal(err)
			}
			if done++; done >= b.N {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
