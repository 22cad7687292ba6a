package projections

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
)

// CaseRow is a case as a list shows it.
type CaseRow struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	Adviser  string       `json:"adviser"` // "" is not allocated
	Status   string       `json:"status"`  // open, closed, erased, or "" before a referral

	Risk     string     `json:"risk"` // standard, medium, high, or "" before a review
	RiskAt   clock.When `json:"risk_at"`
	Criteria []string   `json:"criteria"` // as last reviewed
	Repeat   bool       `json:"repeat"`   // as last reviewed

	HonourBased bool     `json:"honour_based"`
	Interpreter bool     `json:"interpreter"`
	Under18     bool     `json:"under_18"`
	Flags       []string `json:"flags"` // of every referral

	SafeContact SafeContact `json:"safe_contact"`

	Referral      clock.When `json:"referral"` // of the newest, when it was received
	FirstAttempt  clock.When `json:"first_attempt"`
	LastContact   clock.When `json:"last_contact"` // with the client
	LastAttempt   clock.When `json:"last_attempt"`
	NextPlanned   clock.When `json:"next_planned"` // contact or try, the earlier
	OpenIncidents int        `json:"open_incidents"`
	Overdue       int        `json:"overdue"` // due items whose time is past
	OpenActions   int        `json:"open_actions"`

	Events      uint64 `json:"events"`
	Contacts    uint64 `json:"contacts"` // with anybody
	Attempts    uint64 `json:"attempts"`
	Incidents   uint64 `json:"incidents"`
	Corrections uint64 `json:"corrections"`
	Exports     uint64 `json:"exports"`
	LateEntries uint64 `json:"late_entries"` // entries made with a reason for being late

	// Excluded are the staff who may not learn of the case. Who makes a list for
	// somebody takes out the cases that it has them in.
	Excluded []string `json:"-"`

	// Missing says why there is nothing but the case's number here: the view
	// failed, or the case's key is gone.
	Missing string `json:"missing,omitempty"`
}

// SafeContact is how a client may be reached: which channels, and whether a
// code word is set. The word itself, addresses and times are in the event.
type SafeContact struct {
	Set      bool       `json:"set"`
	Allowed  []string   `json:"allowed"`
	Refused  []string   `json:"refused"`
	CodeWord bool       `json:"code_word"` // one is set
	Expires  clock.When `json:"expires"`
	Expired  bool       `json:"expired"`
	Line     string     `json:"line"` // the same in one line, for the strip of a case
}

// Caseload returns the cases of an adviser, or all cases for "": open ones
// first, then by risk, then those that have waited longest for a contact.
func (r *Runner) Caseload(ctx context.Context, adviser string) ([]CaseRow, error) {
	now := r.o.Now()
	p, err := r.figures(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("caseload: %w", err)
	}
	rows, err := eachCase(ctx, r, adviser, func(c caseValue) CaseRow { return caseRow(c, p, now) })
	if err != nil {
		return nil, fmt.Errorf("caseload: %w", err)
	}
	slices.SortFunc(rows, func(a, b CaseRow) int {
		x, y := place{chain: a.Case, status: a.Status, risk: a.Risk, contact: a.LastContact}, place{chain: b.Case, status: b.Status, risk: b.Risk, contact: b.LastContact}
		return x.compare(&y)
	})
	return rows, nil
}

func statusOrder(s string) int {
	switch s {
	case statusOpen.String():
		return 0
	case statusClosed.String():
		return 2
	case statusErased.String():
		return 3
	}
	return 1
}

// Case returns one case. The error wraps events.ErrNotFound when there is none
// or its key is gone.
func (r *Runner) Case(ctx context.Context, chain events.Chain) (CaseRow, error) {
	s, err := r.stateOf(ctx, chain)
	if err != nil {
		return CaseRow{}, fmt.Errorf("case %s: %w", chain, err)
	}
	now := r.o.Now()
	p, err := r.figures(ctx, now)
	if err != nil {
		return CaseRow{}, fmt.Errorf("case %s: %w", chain, err)
	}
	return caseRow(caseValue{chain: chain, state: s}, p, now), nil
}

// stateOf reads one state.
func (r *Runner) stateOf(ctx context.Context, chain events.Chain) (*state, error) {
	var key []byte
	value, err := r.s.find(func(sp space) []byte {
		key = sp.appendOf(nil, kindCase, chain)
		return key
	})
	if err != nil {
		return nil, err
	}
	return r.openState(ctx, chain, key, value)
}

// Standing is what decides whether anything may be recorded in a case.
type Standing struct {
	Erased   bool
	Excluded []string // staff who may not have to do with it
}

// Standing returns where a case stands after its newest event, from one stored
// value. The error wraps events.ErrNotFound when there is no such case; any
// other means that the view failed or is being folded again.
func (r *Runner) Standing(ctx context.Context, chain events.Chain) (Standing, error) {
	s, err := r.stateOf(ctx, chain)
	switch {
	case errors.Is(err, errGone):
		return Standing{Erased: true}, nil
	case err != nil:
		return Standing{}, fmt.Errorf("standing of case %s: %w", chain, err)
	}
	return Standing{Erased: s.status == statusErased, Excluded: s.excluded}, nil
}

// caseValue is a case's state, or why there is none.
type caseValue struct {
	chain events.Chain
	state *state
	err   error
}

func (r *Runner) openState(ctx context.Context, chain events.Chain, key, value []byte) (*state, error) {
	plain, err := r.seal.open(ctx, chain, key, value)
	if err != nil {
		return nil, err
	}
	s, err := decodeState(plain)
	if err == nil && s.misfiled > 0 {
		return r.withoutMisfiled(ctx, chain)
	}
	return s, err
}

// withoutMisfiled folds a case of which entries are misfiled without them. A stored
// state cannot take back what it has taken in; such cases are few.
func (r *Runner) withoutMisfiled(ctx context.Context, chain events.Chain) (*state, error) {
	type read struct {
		event event
		facts facts
	}
	var list []read
	for entry, err := range r.Chain(ctx, chain) {
		if err != nil {
			return nil, err
		}
		rec := &entry.Record
		key, err := r.seal.keys.Key(ctx, rec.Detail.Key)
		if errors.Is(err, events.ErrNotFound) {
			continue // this one event was erased
		}
		if err != nil {
			return nil, err
		}
		body, err := events.Unseal(rec, &key)
		if err != nil {
			return nil, err
		}
		e, f, err := extract(rec, body, found{})
		if err != nil {
			return nil, errUnfolded
		}
		list = append(list, read{e, f})
	}
	out := misfiled(func(yield func(uint64, about) bool) {
		for i := range slices.Backward(list) {
			if !yield(list[i].event.seq, list[i].facts.about) {
				return
			}
		}
	})
	s := &state{}
	for i := range list {
		if l := &list[i]; out[l.event.seq] == 0 {
			if err := s.tryFold(&l.event, &l.facts); err != nil {
				return nil, errUnfolded
			}
		}
	}
	return s, nil
}

// misfiled finds the entries that belong to another case, and which says so of
// each first. The entries come newest first: one that is itself misfiled says
// nothing, and none speaks of what comes after it.
func misfiled(entries iter.Seq2[uint64, about]) map[uint64]uint64 {
	by := map[uint64]uint64{}
	for seq, a := range entries {
		if a.how == aboutMisfiled && by[seq] == 0 && a.seq < seq {
			by[a.seq] = seq
		}
	}
	return by
}

// eachCase calls f for every case of an adviser, or of all for "". A case that
// cannot be shown is passed on as such: it must not vanish from a list.
func eachCase[T any](ctx context.Context, r *Runner, adviser string, f func(caseValue) T) ([]T, error) {
	keys, values, err := r.caseValues(ctx, adviser)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(keys))
	work := func(from, to int) {
		for i := from; i < to; i++ {
			c := caseValue{chain: events.Chain(keys[i][2:])}
			c.state, c.err = r.openState(ctx, c.chain, keys[i], values[i])
			out[i] = f(c)
		}
	}
	const fewest = 256 // cases that are worth a goroutine
	n := min(runtime.GOMAXPROCS(0), len(keys)/fewest)
	if n < 2 {
		work(0, len(keys))
		return out, ctx.Err()
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { work(i*len(keys)/n, (i+1)*len(keys)/n) })
	}
	wg.Wait()
	return out, ctx.Err()
}

// caseValues reads the sealed states.
func (r *Runner) caseValues(ctx context.Context, adviser string) (keys, values [][]byte, err error) {
	if adviser != "" {
		return r.adviserValues(ctx, adviser)
	}
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := sp.kind(kindCase)
		return from, after(from)
	})
	if err != nil {
		return nil, nil, err
	}
	defer it.Close()
	var arena []byte
	keep := func(b []byte) []byte {
		if len(arena)+len(b) > cap(arena) {
			arena = make([]byte, 0, max(1<<16, len(b)))
		}
		arena = append(arena, b...)
		return arena[len(arena)-len(b) : len(arena) : len(arena)]
	}
	for it.First(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, nil, storeError(err)
		}
		keys, values = append(keys, keep(it.Key())), append(values, keep(v))
	}
	return keys, values, storeError(it.Error())
}

// adviserValues reads the sealed states that the adviser's index names, both
// in the same space.
func (r *Runner) adviserValues(ctx context.Context, adviser string) (keys, values [][]byte, err error) {
	err = r.s.inSpace(func(sp space) error {
		snap := r.s.db.NewSnapshot()
		defer snap.Close()
		from := sp.appendAdviser(nil, tag(&r.o.IndexKey, adviser))
		it, err := snap.NewIterWithContext(ctx, iterOver(from, after(from)))
		if err != nil {
			return storeError(err)
		}
		defer it.Close()
		for it.First(); it.Valid(); it.Next() {
			key := sp.appendOf(nil, kindCase, events.Chain(it.Key()[len(from):]))
			v, err := read(snap, key)
			if err != nil {
				if errors.Is(err, events.ErrNotFound) {
					err = fmt.Errorf("the index of advisers names a case without a state: %w", events.ErrBroken)
				}
				return err
			}
			keys, values = append(keys, key), append(values, v)
		}
		return storeError(it.Error())
	})
	return keys, values, err
}

// caseRow works out what a list shows of a case at this moment.
func caseRow(c caseValue, p *policy.Set, now time.Time) CaseRow {
	if c.err != nil {
		return CaseRow{Case: c.chain, Criteria: []string{}, Flags: []string{}, Missing: missing(c.err)}
	}
	s := c.state
	row := CaseRow{
		Case: c.chain, Initials: s.initials, Adviser: s.adviser, Status: s.status.String(),
		Risk: s.risk.String(), RiskAt: s.riskAt, Criteria: names(criteriaNames[:], uint(s.criteria)),
		Repeat:      s.criteria&criterionRepeat != 0,
		HonourBased: s.marks&markHonour != 0,
		Interpreter: s.marks&markInterpreter != 0,
		Under18:     s.under(adult, now),
		Flags:       names(flagNames[:], uint(s.marks&^markInterpreter)),
		SafeContact: s.safe.at(now),
		Referral:    s.referral, FirstAttempt: s.firstAttempt,
		LastContact: s.lastContact, LastAttempt: s.lastAttempt, NextPlanned: earliest(s.nextContact, s.nextTry),
		OpenIncidents: len(s.open), OpenActions: len(s.actions),
		Events: s.events, Contacts: s.contacts, Attempts: s.attempts, Incidents: s.incidents,
		Corrections: s.corrections, Exports: s.exports, LateEntries: s.lateEntries,
		Excluded: s.excluded,
	}
	s.due(p, func(d dueItem) {
		if d.kind != DueHandover && d.when.Past(now) {
			row.Overdue++
		}
	})
	return row
}

// missing says why a case cannot be shown, without what it was about.
func missing(err error) string {
	switch {
	case errors.Is(err, errGone):
		return "the key of this case is gone"
	case errors.Is(err, errUnfolded):
		return "this view failed; rebuild it"
	}
	return "this view does not open; rebuild it"
}

// flagNames are the referral flags in the order of their bits.
var flagNames = [...]string{"honour-based", "language", "under-18", "later-life", "mental-health", "substance-use", "self-harm"}

// names lists what the bits of a set stand for; never nil.
func names(all []string, set uint) []string {
	list := []string{}
	for i, name := range all {
		if set>>i&1 == 1 {
			list = append(list, name)
		}
	}
	return list
}

// adult is the age from which a client no longer counts as a child. Source:
// Children Act 1989, section 105.
const adult = 18

// under reports whether the client is younger than age: by the date of birth
// when it is known, else as the referral flagged.
func (s *state) under(age int, now time.Time) bool {
	if s.born.IsZero() {
		return s.marks&markUnder18 != 0
	}
	return s.born.Date().Age(clock.DateOf(now)) < age
}

// at works out what the strip of a case says about safe contact.
func (s *safeContact) at(now time.Time) SafeContact {
	c := SafeContact{
		Set: s.set, CodeWord: s.codeWord, Expires: s.expires,
		Allowed: names(channelNames[:], uint(s.allowed)), Refused: names(channelNames[:], uint(s.refused)),
	}
	if !s.set {
		c.Line = casefile.SafeLine(nil, 0)
		return c
	}
	c.Expired = s.expires.Past(now)
	c.Line = casefile.SafeWords(c.Allowed, c.Refused, s.codeWord, s.expires.Date(), clock.DateOf(now))
	return c
}
