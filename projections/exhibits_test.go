package projections

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// exported is the data of an export under a reference.
func exported(exhibit string) string {
	return `{"approval":null,"closings":[],"copy":1,"decision":null,"exhibit":"` + exhibit + `","force":"F","from":"2026-10-01","kinds":[],"manifest":"` + strings.Repeat("5e8f", 16) +
		`","officer":"O","recipient":null,"reference":"R","request":null,"to":"2026-10-31"}`
}

// notedIn is an attempt that was noted in a book.
func notedIn(book string) string {
	return strings.Replace(attempt(""), made, `"made":{"from":"handwritten-notes","kept":true,"late":null,"reference":"`+book+`"}`, 1)
}

func TestExhibits(t *testing.T) {
	one, gone := eventstest.NewChain("exhibits one"), eventstest.NewChain("exhibits gone")
	one.Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).
		Add("contact.attempted", notedIn("KP/4")).
		Add("contact.attempted", notedIn("see KP/77 and others")).
		Add("disclosure.exported", exported("KP/3")).
		Add("disclosure.exported", exported("S07/1"))
	gone.Add("referral.received", referral("2026-10-26T09:00:00+00:00", "")).
		Add("disclosure.exported", exported("KP/12"))
	l := newLedger(t, one, gone)
	keys := &badKeys{Keys: l.keys}
	l.keys = keys
	l.recover()
	check := func(when, initials string, number, last uint64, used bool) {
		t.Helper()
		x, err := l.r.Exhibits(context.Background(), initials, number)
		if err != nil || x != (Exhibits{last, used}) {
			t.Errorf("%s: %s/%d: %+v, %v; want last %d, used %t", when, initials, number, x, err, last, used)
		}
	}
	check("first", "KP", 3, 12, true)
	check("first", "KP", 4, 12, false) // a notebook, no exhibit
	check("first", "KP", 12, 12, true)
	check("first", "KP", 1<<40, 12, false)
	check("first", "K", 1, 0, false)
	check("first", "S07", 1, 1, true)
	check("first", "QQ", 1, 0, false)
	sameAsRebuilt(t, l)

	// What is recorded next is in the next answer.
	add(l, one, "disclosure.exported", exported("QQ/1"))
	check("appended", "QQ", 1, 1, true)

	// An erased case keeps its reference: the next is not given out twice.
	keys.set(events.CaseKey(gone.ID(), 1), fmt.Errorf("wrap: %w", events.ErrNotFound))
	for range 2 {
		if err := l.r.Rebuild(context.Background(), l.r.Own(), nil); err != nil {
			t.Fatal(err)
		}
		check("erased and rebuilt", "KP", 12, 12, true)
	}

	// Initials do not stand in a key.
	all, err := l.store.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for all.First(); all.Valid(); all.Next() {
		if len(all.Key()) > 1 && all.Key()[1] == kindExhibit && all.Key()[0] >= byte(firstSpace) && bytes.Contains(all.Key(), []byte("KP")) {
			t.Errorf("initials stand in the key %x", all.Key())
		}
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
}
