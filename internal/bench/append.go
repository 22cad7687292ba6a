//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// writerCounts are the numbers of people who append at once.
var writerCounts = []int{1, 8, 64}

// slowFsync is what the slow runs add to every fsync.
const slowFsync = time.Millisecond

// contender is one side of the append comparison and what it did, by number
// of writers, a value for each round.
type contender struct {
	name string // as the table calls it
	spec sideSpec
	most int // writers it is run with
	did  map[int][]outcome
	*worker
}

// appends measures durable appends on every side, in turn within each round,
// so that a change of the machine's mood falls on all of them. Slow is nil or
// sits behind every side's fsyncs.
func (b *bench) appends(ctx context.Context, slow *injector) (err error) {
	group := "append"
	if slow != nil {
		group = "slow"
	}
	dir := func(name string) string { return filepath.Join(b.dir, group+"-"+name) }
	pg, err := newPostgres(ctx, dir("pg"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.stop()) }()
	if err := pg.start(ctx, slow); err != nil {
		return err
	}
	settings, err := pg.settings(ctx)
	if err != nil {
		return err
	}
	b.note(fmt.Sprintf("%s: %s", pg.version, settings))

	most := writerCounts[len(writerCounts)-1]
	raw := &contender{name: "write+fdatasync", most: 1, spec: sideSpec{Kind: "raw", Dir: dir("raw")}}
	plain := &contender{name: "PostgreSQL", most: most, spec: sideSpec{Kind: "postgres", Address: pg.address()}}
	batched := &contender{name: "PostgreSQL, pipelined", most: most, spec: sideSpec{Kind: "postgres-batched", Address: pg.address()}}
	always := &contender{name: "sync always", most: most, spec: sideSpec{Kind: "ours", Sync: "always", Dir: dir("always")}}
	second := &contender{name: "sync 1s", most: most, spec: sideSpec{Kind: "ours", Sync: "1s", Dir: dir("1s")}}
	all := []*contender{raw, always, plain, second, batched}
	for _, c := range all {
		c.did = map[int][]outcome{}
		c.spec.Writers = c.most
		if c.worker, err = startWorker(ctx, c.spec, slow); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.stop()) }()
	}
	var before uint64
	syncs := map[*contender]float64{} // fsyncs of one append at most writers, last round
	for round := range b.rounds {
		for _, writers := range writerCounts {
			for i := range all {
				c := all[(i+round)%len(all)] // nobody always runs first
				if writers > c.most {
					continue
				}
				b.progress("%s: round %d of %d, %d writers, %s", group, round+1, b.rounds, writers, c.name)
				unix.Sync() // what another side left unwritten is not this one's to write
				if slow != nil {
					before = slow.calls.Load()
				}
				o, err := c.run(run{Writers: writers, Time: b.time})
				if err != nil {
					return err
				}
				if slow != nil {
					syncs[c] = float64(slow.calls.Load()-before) / float64(o.All)
				}
				c.did[writers] = append(c.did[writers], o)
			}
		}
	}
	extra := ""
	if slow != nil {
		extra = ", 1 ms a sync"
		b.note(fmt.Sprintf("syncs for one append with %d writers, counted in the last round: always %.2f, 1s %.2f, PostgreSQL %.2f, PostgreSQL pipelined %.2f",
			most, syncs[always], syncs[second], syncs[plain], syncs[batched]))
	}
	add := func(c *contender, writers int, work string) *row {
		rate, p50, p99 := c.medians(writers)
		b.report.Rows = append(b.report.Rows, row{
			Group: group, Work: work + extra, Measured: perSecond(rate), P50: p50, P99: p99, Rounds: b.rounds,
			Values: []value{{"appends", "1/s", rate}, {"p50", "ms", p50}, {"p99", "ms", p99}},
		})
		return &b.report.Rows[len(b.report.Rows)-1]
	}
	add(raw, 1, "write+fdatasync of one payload")
	for _, c := range []*contender{plain, batched} {
		for _, writers := range writerCounts {
			add(c, writers, fmt.Sprintf("%s, %s", c.name, plural(writers, "writer")))
		}
	}
	for _, c := range []*contender{always, second} {
		for _, writers := range writerCounts {
			work := fmt.Sprintf("append, %s, %s", plural(writers, "writer"), c.name)
			r := add(c, writers, work)
			r.compare(c, plain, writers, writers)
			r.profile = &profile{fmt.Sprintf("%s-%s-%d", group, c.spec.Sync, writers), func(path string) error {
				return b.profileAppend(ctx, c.spec, writers, path)
			}}
			_, _, p99 := c.medians(writers)
			switch {
			case slow != nil && writers == 64 && c == second:
				r.judge("≥ 0.6 ×", r.Ratio >= 0.6)
			case slow != nil:
			case writers == 1 && c == always:
				r.judge("≥ 0.7 ×", r.Ratio >= 0.7)
			case writers == 64 && c == always:
				r.judge("≥ 0.7 ×, p99 < 30 ms", r.Ratio >= 0.7 && p99 < 30)
			case writers == 64:
				r.judge("≥ 1.1 ×, p99 < 20 ms", r.Ratio >= 1.1 && p99 < 20)
			}
			add(c, writers, work).compare(c, batched, writers, writers)
			if writers == 1 {
				r := add(c, 1, work)
				r.compare(c, raw, 1, 1)
				if c == always && slow == nil {
					r.judge("≥ 0.15 ×", r.Ratio >= 0.15)
				}
			}
		}
	}
	return nil
}

// compare sets the ratio: the median over the rounds of the ratio within one.
func (r *row) compare(ours, theirs *contender, writers, theirWriters int) {
	var ratios []float64
	for i, o := range ours.did[writers] {
		ratios = append(ratios, o.PerSecond/theirs.did[theirWriters][i].PerSecond)
	}
	rate, _, _ := theirs.medians(theirWriters)
	r.Against, r.Ratio = theirs.name+" "+perSecond(rate), median(ratios)
}

// medians returns appends per second and two latencies in milliseconds.
func (c *contender) medians(writers int) (rate, p50, p99 float64) {
	var rates, p50s, p99s []float64
	for _, o := range c.did[writers] {
		rates = append(rates, o.PerSecond)
		p50s = append(p50s, millis(o.P50))
		p99s = append(p99s, millis(o.P99))
	}
	return median(rates), median(p50s), median(p99s)
}

// profileAppend runs one of our sides once more under the profiler, on a
// ledger of its own.
func (b *bench) profileAppend(ctx context.Context, spec sideSpec, writers int, path string) (err error) {
	spec.Dir += "-profile"
	spec.Profile = path
	w, err := startWorker(ctx, spec, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	_, err = w.run(run{Writers: writers, Time: b.time})
	return err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
