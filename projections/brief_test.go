package projections

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/casetest"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// shown is what the views without words make of cases, for somebody and for
// everybody.
func shown(t *testing.T, cases []*casefile.File, now time.Time, staff string) map[string]string {
	t.Helper()
	p := policy.Default()
	all := []schemas.StaffRecordedV2{}
	today := clock.DateOf(now)
	got := map[string]string{}
	for _, whom := range []views.Whom{{}, {Staff: staff, Role: "adviser"}, {Staff: staff, Role: "manager"}} {
		say := schemas.StaffRecordedV2{Staff: whom.Staff, Role: whom.Role, Active: true}
		for name, view := range map[string]any{
			"due":   views.Due(slices.Values(cases), p, now, whom, today+400),
			"day":   views.DayOf(slices.Values(cases), p, now, say),
			"cases": views.ListCases(slices.Values(cases), p, now, whom),
			"load":  views.LoadOf(slices.Values(cases), p, now, say),
			"loads": views.Caseload(slices.Values(cases), p, now, all),
			"board": views.ForBoard(slices.Values(cases), all, p, now, whom),
			"stats": views.CountStats(slices.Values(cases), all, p, today-400, today, now),
		} {
			b, err := json.Marshal(view)
			if err != nil {
				t.Fatal(err)
			}
			got[name+" "+whom.Role] = string(b)
		}
	}
	return got
}

// TestBriefsShowTheSame: the views that show no words are the same of the rows
// of a case as of its events, whatever the events are, as known at any time and
// as happened by any.
func TestBriefsShowTheSame(t *testing.T) {
	source, err := casetest.Load("../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	n, rounds := 600, 12
	if testing.Short() {
		n, rounds = 60, 4
	}
	r := rand.New(rand.NewPCG(11, 4))
	var entries []events.Entry
	staff := map[string]bool{}
	for i := range n {
		c := eventstest.NewChain("brief/" + strconv.Itoa(i))
		for _, e := range source.Case(r, 1+r.IntN(14)) {
			key := events.CaseKey(c.ID(), 1)
			if e.Service {
				key = events.ServiceKey(1)
			}
			c.Key(key)
			entries = appendLast(entries, c.At(e.At).AddBody(e.Raw))
			staff[e.Body.Actor] = true
		}
	}
	l := newLedger(t)
	for i := range entries {
		l.disk.Put(entries[i].Payload)
	}
	l.recover()
	people := make([]string, 0, len(staff))
	for s := range staff {
		people = append(people, s)
	}
	slices.Sort(people)
	var opened atomic.Int64
	// Two, as a file that is held ready with its words serves briefs as well.
	service := eventstest.NewChain("service").ID()
	files, briefs := NewFiles(l.r, service, counting(l.keys, new(atomic.Int64))), NewFiles(l.r, service, counting(l.keys, &opened))
	for range rounds {
		at := entries[r.IntN(len(entries))].Record.Detail.At
		cut := casefile.Cut{}
		if r.IntN(3) == 0 {
			cut.KnownBy = at
		}
		if r.IntN(3) == 0 {
			cut.HappenedBy = at
		}
		now, who := at.Add(time.Duration(r.IntN(60*24))*time.Hour), people[r.IntN(len(people))]
		whole, missing, err := each(t, files, Which{}, cut)
		if err != nil || len(missing) > 0 || len(whole) != n {
			t.Fatalf("%d files, missing %v: %v", len(whole), missing, err)
		}
		was := opened.Load()
		brief, missing, err := each(t, briefs, Which{Brief: true}, cut)
		if err != nil || len(missing) > 0 || len(brief) != n {
			t.Fatalf("%d briefs, missing %v: %v", len(brief), missing, err)
		}
		if more := opened.Load() - was; more > int64(len(entries)/20) {
			t.Errorf("%d of %d events were opened for briefs", more, len(entries))
		}
		want, got := shown(t, whole, now, who), shown(t, brief, now, who)
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s for %s at %s with cut %+v differs", name, who, now, cut)
			}
		}
	}
}

// TestBriefsAreReadAlike: a brief is read as its body would be, and the body need
// not be written but for older shapes and strings with escapes.
func TestBriefsAreReadAlike(t *testing.T) {
	source, err := casetest.Load("../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 9))
	bodies := seeds(t)
	for range 1000 {
		for _, e := range source.Case(r, 5) {
			bodies = append(bodies, e.Raw)
		}
	}
	var w briefing
	read := 0
	for _, raw := range bodies {
		body, err := events.ParseBody(raw)
		if err != nil {
			continue
		}
		if err := w.write(1, &events.Detail{}, raw); err != nil {
			t.Fatal(err)
		}
		switch usual := casefile.New(body.Type, body.V) != nil && !bytes.Contains(w.short, []byte(`\`)); {
		case readAlike(t, w.plain):
			read++
		case usual:
			t.Errorf("the body of %s version %d is written", body.Type, body.V)
		}
	}
	if read < len(bodies)/2 {
		t.Errorf("%d of %d bodies were read", read, len(bodies))
	}
}

// A case whose rows are not whole is read from the archive.
func TestBriefsOfTornRows(t *testing.T) {
	c := week("torn")
	l := newLedger(t, c)
	l.recover()
	var opened atomic.Int64
	files := func() *Files {
		return NewFiles(l.r, eventstest.NewChain("service").ID(), counting(l.keys, &opened))
	}
	read := func() int64 {
		t.Helper()
		was := opened.Load()
		list, missing, err := each(t, files(), Which{Brief: true}, casefile.Cut{})
		if err != nil || len(missing) > 0 || len(list) != 1 || uint64(len(list[0].Entries)) != c.Tip().Seq {
			t.Fatalf("%d files, missing %v: %v", len(list), missing, err)
		}
		return opened.Load() - was
	}
	if n := read(); n != 0 {
		t.Errorf("%d events were opened", n)
	}
	sp := l.store.current()
	for what, harm := range map[string]func() error{
		"a row that failed":  func() error { return l.store.db.Set(sp.appendAt(nil, kindTimeline, c.ID(), 3), []byte{unfolded}, nil) },
		"a row that is gone": func() error { return l.store.db.Delete(sp.appendAt(nil, kindTimeline, c.ID(), 3), nil) },
		"the last is gone":   func() error { return l.store.db.Delete(sp.appendAt(nil, kindTimeline, c.ID(), c.Tip().Seq), nil) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		if n := read(); n != int64(c.Tip().Seq) {
			t.Errorf("%s: %d events were opened, want all", what, n)
		}
	}
}
