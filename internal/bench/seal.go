//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"time"

	"caseledger/events"
)

// sealTimes is what sealing and opening one contact cost.
type sealTimes struct {
	Seal, Open, Check      time.Duration // Check: the schema, which Open includes
	SealAllocs, OpenAllocs float64
	Body, Record, Parts    uint64 // bytes, bytes, leaves with decoys
	Build, Whole           time.Duration
}

// sealOnce is the number of operations of one measurement: some tens of
// milliseconds, far over the clock's grain.
const sealOnce = 500

// measureSeal takes rounds measurements of each, in turn, and returns the
// medians. It works on one processor's worth of data: the same contact, a
// fresh nonce each time, as an append does.
func measureSeal(ctx context.Context, rounds int) (sealTimes, error) {
	m := newMaker(1)
	chain := m.chains[0]
	body, err := m.body(0)
	if err != nil {
		return sealTimes{}, err
	}
	rec, err := m.seal(chain, events.Tip{}, body)
	if err != nil {
		return sealTimes{}, err
	}
	t := sealTimes{Body: uint64(len(body)), Record: uint64(len(rec.Append(nil))), Parts: rec.Detail.Parts}
	draft := events.Draft{Origin: benchOrigin, Chain: chain, Seq: 1, ID: rec.Detail.ID, At: rec.Detail.At, Key: rec.Detail.Key, Body: body}
	key := m.keys[chain]

	var seals, opens, checks, builds, wholes, sealAllocs, openAllocs []float64
	for range rounds {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		for _, job := range []struct {
			f      func(i int) error
			took   *[]float64
			allocs *[]float64
		}{
			{func(int) error {
				rand.Read(draft.Nonce[:])
				_, err := events.Seal(&draft, key)
				return err
			}, &seals, &sealAllocs},
			{func(int) error {
				_, err := events.Open(&rec, key, m.schemas)
				return err
			}, &opens, &openAllocs},
			{func(int) error { return m.schemas.Validate(body) }, &checks, nil},
			{func(i int) error {
				_, err := m.body(uint64(i))
				return err
			}, &builds, nil},
			{func(i int) error {
				b, err := m.body(uint64(i))
				if err == nil {
					_, err = m.seal(chain, events.Tip{}, b)
				}
				return err
			}, &wholes, nil},
		} {
			took, allocs, err := each(sealOnce, job.f)
			if err != nil {
				return t, fmt.Errorf("seal: %w", err)
			}
			*job.took = append(*job.took, took.Seconds())
			if job.allocs != nil {
				*job.allocs = append(*job.allocs, allocs)
			}
		}
	}
	d := func(s []float64) time.Duration { return time.Duration(median(s) * float64(time.Second)) }
	t.Seal, t.Open, t.Check = d(seals), d(opens), d(checks)
	t.Build, t.Whole = d(builds), d(wholes)
	t.SealAllocs, t.OpenAllocs = median(sealAllocs), median(openAllocs)
	return t, nil
}

// each runs f n times and returns time and allocations of one, on average.
func each(n int, f func(i int) error) (time.Duration, float64, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for i := range n {
		if err := f(i); err != nil {
			return 0, 0, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return took / time.Duration(n), float64(after.Mallocs-before.Mallocs) / float64(n), nil
}
