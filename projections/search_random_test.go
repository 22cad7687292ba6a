package projections

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/casetest"
	"caseledger/projections/casefile"
)

// TestTermsAreTheHandles: a case stands under the terms of every handle of its
// events, those read in place among them, under what lists of cases go by, and
// under nothing else.
func TestTermsAreTheHandles(t *testing.T) {
	source, err := casetest.Load("../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	want := map[events.Chain][]termTag{}
	var entries []events.Entry
	numbers := 0
	for i := range 300 {
		c := eventstest.NewChain("terms/" + strconv.Itoa(i))
		list := source.Case(r, 1+r.IntN(12))
		if slices.ContainsFunc(list, func(e casetest.Event) bool { return e.Service }) {
			continue // an erased case stands under nothing
		}
		var tags []termTag
		for _, e := range list {
			entries = appendLast(entries, c.At(e.At).AddBody(e.Raw))
			handles, err := casefile.HandlesOf(e.Body)
			if err != nil {
				t.Fatal(err)
			}
			index := testOptions().IndexKey
			ev, err := parseEvent(1, e.At, e.Raw, found{})
			if err != nil {
				t.Fatal(err)
			}
			var fs facts
			if err := readFacts(&ev, &fs); err != nil {
				t.Fatal(err)
			}
			for _, term := range lists(&ev, &fs) {
				tags = append(tags, tagTerm(&index, term))
			}
			for _, h := range handles {
				if h.Role == casefile.RoleDialled {
					numbers++
				}
				for _, term := range h.Terms() {
					tags = append(tags, tagTerm(&index, term))
				}
			}
		}
		slices.SortFunc(tags, compareTags)
		want[c.ID()] = slices.Compact(tags)
	}
	l := newLedger(t)
	for i := range entries {
		l.disk.Put(entries[i].Payload)
	}
	l.recover()
	f := l.r.folder(l.store.current())
	for chain, tags := range want {
		got, err := f.loadTerms(l.store.db, chain)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, tags) {
			t.Errorf("case %s stands under %d terms, want %d", chain, len(got), len(tags))
		}
	}
	if numbers < 50 {
		t.Errorf("%d numbers were dialled", numbers)
	}
}
