package projections

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/projections/casefile"
)

func named(name, phone string) string {
	return strings.NewReplacer("Fictional Person", name, "07700 900001", phone).Replace(client("F.P.", "", "false"))
}

// find asks in every way that the words can be meant.
func find(t *testing.T, r *Runner, text string) []events.Chain {
	t.Helper()
	var all []events.Chain
	for _, way := range casefile.Asked(text) {
		all = append(all, must[[]events.Chain](t)(r.Find(context.Background(), way))...)
	}
	slices.SortFunc(all, func(a, b events.Chain) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

func TestSearch(t *testing.T) {
	one, two, gone := eventstest.NewChain("search one"), eventstest.NewChain("search two"), eventstest.NewChain("search gone")
	one.Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	one.Add("client.recorded", named("Zoé Núñez", "07700 900001"))
	one.Add("client.recorded", named("Zoé Marlow", "+44 7700 900002"))
	two.Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	two.Add("client.recorded", named("Zoe O'Brien", "07700 900002"))
	gone.Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
	gone.Add("client.recorded", named("Zoe Gone", "07700 900003"))
	l := newLedger(t, one, two, gone)
	l.o.Rand = testRand{} // three letters stand in random bytes by chance
	l.recover()
	for _, c := range []struct {
		text string
		want []events.Chain
	}{
		{"zoe", []events.Chain{one.ID(), two.ID(), gone.ID()}},
		{"NUNEZ", []events.Chain{one.ID()}}, // the name that she had
		{"zoe marlow", []events.Chain{one.ID()}},
		{"obrien", []events.Chain{two.ID()}},
		{"0044 (0)7700 900 002", []events.Chain{one.ID(), two.ID()}},
		{"07700 900001", []events.Chain{one.ID()}},
		{"gone", []events.Chain{gone.ID()}},
		{"nobody", nil},
	} {
		want := slices.Clone(c.want)
		slices.SortFunc(want, func(a, b events.Chain) int { return bytes.Compare(a[:], b[:]) })
		if got := find(t, l.r, c.text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", c.text, got, want)
		}
	}
	goneID := gone.ID()
	// An erased case is found by nothing, whichever way the store came to know.
	add(l, gone, "case.erased", `{"basis":"retention","begun":3,"by":"staff-01","epoch":2,"recipients":[],"scope":"case"}`)
	if got := find(t, l.r, "gone"); len(got) != 0 {
		t.Errorf("an erased case is found: %v", got)
	}
	if got := find(t, l.r, "zoe"); len(got) != 2 {
		t.Errorf("found %v", got)
	}
	// Neither the words nor the digits stand in a key or an unsealed value.
	all, err := l.store.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for all.First(); all.Valid(); all.Next() {
		for _, plain := range []string{"zoe", "marlow", "obrien", "brien", "7700900002"} {
			if bytes.Contains(bytes.ToLower(all.Key()), []byte(plain)) || bytes.Contains(bytes.ToLower(all.Value()), []byte(plain)) {
				t.Errorf("%q stands in the clear at key %x", plain, all.Key())
			}
		}
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range dump(t, l.r) {
		if i[0] == kindTerms && i[1:] == string(goneID[:]) {
			t.Error("the terms of an erased case are still listed")
		}
	}
	sameAsRebuilt(t, l)
}

// A case whose key went without a word is taken out at its next event.
func TestSearchKeyIsGone(t *testing.T) {
	c := eventstest.NewChain("search").Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).
		Add("client.recorded", named("Zoe Marlow", "07700 900001"))
	l := newLedger(t, c)
	keys := &badKeys{Keys: l.keys}
	l.keys = keys
	l.recover()
	keys.set(events.CaseKey(c.ID(), 1), fmt.Errorf("wrap: %w", events.ErrNotFound))
	l.close()
	c.Add("contact.attempted", attempt(""))
	l.disk.Put(c.Payloads()[2])
	l.recover()
	if got := find(t, l.r, "zoe"); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	if err := l.r.Rebuild(context.Background(), l.r.Own(), nil); err != nil {
		t.Fatal(err)
	}
	if got := find(t, l.r, "zoe"); len(got) != 0 {
		t.Errorf("found %v after a rebuild", got)
	}
	sameAsRebuilt(t, l)
}

// A case whose views failed is found all the same once they are folded again,
// and no more by what it did not have.
func TestSearchRefolded(t *testing.T) {
	c := eventstest.NewChain("search").Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).
		Add("client.recorded", named("Zoe Marlow", "07700 900001"))
	l := newLedger(t, c).recover()
	tag := tagTerm(&l.o.IndexKey, casefile.Term{Class: casefile.TermWord, Token: "stale"})
	chain, sp := c.ID(), l.store.space
	l.set1(append(sp.appendTerm(nil, tag), chain[:]...), nil)
	l.set1(sp.appendOf(nil, kindTerms, chain), tag[:])
	l.set1(append(sp.appendOf(nil, kindFailed, chain), byte(viewCase), 0, 0, 0, 0, 0, 0, 0, 2), []byte("a rule"))
	l.close()
	l.recover()
	if got := find(t, l.r, "stale"); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	if got := find(t, l.r, "zoe"); len(got) != 1 {
		t.Errorf("found %v", got)
	}
	sameAsRebuilt(t, l)
}

// A rebuild that spills finds the same.
func TestSearchSpilled(t *testing.T) {
	var chains []*eventstest.Chain
	for i := range 40 {
		c := eventstest.NewChain(fmt.Sprint("spilled ", i)).Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).
			Add("client.recorded", named(fmt.Sprint("Zoe Marlow", i), "07700 900001")).
			Add("client.recorded", named(fmt.Sprint("Zoe Heron", i), "07700 900002"))
		if i%4 == 0 {
			c.Add("case.erased", `{"basis":"retention","begun":3,"by":"staff-01","epoch":2,"recipients":[],"scope":"case"}`)
		}
		chains = append(chains, c)
	}
	l := newLedger(t, chains...)
	l.o.MaxStates = 4
	l.recover()
	if got := find(t, l.r, "zoe"); len(got) != 30 {
		t.Errorf("%d found", len(got))
	}
	sameAsRebuilt(t, l)
}

// add records one more event in a chain.
func add(l *ledger, c *eventstest.Chain, typ, data string) {
	l.tb.Helper()
	c.Add(typ, data)
	payloads := c.Payloads()
	seq := l.disk.Put(payloads[len(payloads)-1])
	e := events.NewEntry(seq, payloads[len(payloads)-1])
	if err := l.r.Apply(context.Background(), &e, nil); err != nil {
		l.tb.Fatal(err)
	}
}
