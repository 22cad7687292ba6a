package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Event is an event of the service chain.
type Event struct {
	Seq  uint64    // within the chain, from 1
	At   time.Time // when recorded
	Body events.Body
}

// History is every policy that a service has recorded, oldest first. The zero
// History has none. It is safe for concurrent use while nobody adds to it.
type History struct{ sets []recorded }

type recorded struct {
	at  time.Time
	set *Set
}

// Add takes an event of the service chain, in the order of the chain. It
// passes over types other than policy.set. The error wraps events.ErrVersion or
// events.ErrInvalid for a body that no schema of this build accepts; then
// nothing is added.
func (h *History) Add(e Event) error {
	if e.Body.Type != "policy.set" {
		return nil
	}
	body, err := schemas.Upcast(e.Body)
	if err != nil {
		return fmt.Errorf("policy at seq %d of the service chain: %w", e.Seq, err)
	}
	in, err := schemas.DecodeData[schemas.PolicySet](body.Data)
	if err != nil {
		return fmt.Errorf("policy at seq %d of the service chain: %w", e.Seq, err)
	}
	from, err := clock.ParseWhen(in.From)
	if err != nil {
		return fmt.Errorf("policy at seq %d of the service chain, /data/from: %w: %w", e.Seq, events.ErrInvalid, err)
	}
	base := &Set{Version: in.Version, Seq: e.Seq, From: from, By: in.By}
	h.sets = append(h.sets, recorded{e.At, base.with(in.Settings)})
	return nil
}

// Set returns the policy that is in force at a time: of those in force by
// then, the one recorded last, because a set names everything and takes the
// place of all before it, announced ones among them. Nothing in force: the
// defaults.
func (h *History) Set(at time.Time) *Set { return h.Known(at, time.Time{}) }

// Known returns the policy in force at a time as it was known at another: as
// if nothing had been recorded after knownBy. The zero knownBy knows all.
func (h *History) Known(at, knownBy time.Time) *Set {
	for _, r := range slices.Backward(h.sets) {
		if !r.set.From.Start().After(at) && (knownBy.IsZero() || !r.at.After(knownBy)) {
			return r.set
		}
	}
	return defaults()
}

// Since is from when a figure has had the values that it has at a time; the
// zero When: always.
func (h *History) Since(code string, scope Scope, at time.Time) clock.When {
	// Values change only where a policy begins to hold.
	sets := slices.DeleteFunc(h.All(), func(s *Set) bool { return s.From.Start().After(at) })
	slices.SortStableFunc(sets, func(a, b *Set) int { return b.From.Start().Compare(a.From.Start()) })
	now := h.Set(at).Value(code, scope).Values
	for _, s := range sets {
		if before := h.Set(s.From.Start().Add(-1)).Value(code, scope).Values; !slices.Equal(before, now) {
			return s.From
		}
	}
	return clock.When{}
}

// Merge is what a new policy names that changes some settings of the newest
// one and takes others back to their defaults, each for its Marac and
// instrument alone.
func Merge(newest, changes, defaults []schemas.Setting) []schemas.Setting {
	gone := slices.Concat(changes, defaults)
	list := slices.DeleteFunc(slices.Clone(newest), func(s schemas.Setting) bool {
		return slices.ContainsFunc(gone, func(g schemas.Setting) bool { return g.Code == s.Code && scopeOf(&g) == scopeOf(&s) })
	})
	return append(list, changes...)
}

// Version returns the policy of a version, so that what was decided under it
// can be explained again. Version 0 is the defaults. If two were recorded under
// one number, it is the later.
func (h *History) Version(v uint64) (*Set, bool) {
	for _, r := range slices.Backward(h.sets) {
		if r.set.Version == v {
			return r.set, true
		}
	}
	return defaults(), v == 0
}

// Next is the version that the next policy.set makes.
func (h *History) Next() uint64 {
	newest := uint64(0)
	for _, r := range h.sets {
		newest = max(newest, r.set.Version)
	}
	return newest + 1
}

// All returns every policy that was recorded, oldest first.
func (h *History) All() []*Set {
	list := make([]*Set, len(h.sets))
	for i, r := range h.sets {
		list[i] = r.set
	}
	return list
}

func sortLocal(list []Value) {
	order := func(code string) int {
		return slices.IndexFunc(figures(), func(f Figure) bool { return f.Code == code })
	}
	slices.SortFunc(list, func(a, b Value) int {
		return cmp.Or(
			order(a.Code)-order(b.Code),
			cmp.Compare(a.Scope.Marac, b.Scope.Marac),
			cmp.Compare(a.Scope.Instrument.Code, b.Scope.Instrument.Code),
			cmp.Compare(a.Scope.Instrument.Version, b.Scope.Instrument.Version),
		)
	})
}
