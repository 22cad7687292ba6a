package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/projections/casefile"
)

// counting opens records with the keys of a ledger under test.
func counting(k Keys, opened *atomic.Int64) Opener {
	return func(ctx context.Context, rec *events.Record) (events.Body, error) {
		opened.Add(1)
		key, err := k.Key(ctx, rec.Detail.Key)
		if err != nil {
			return events.Body{}, err
		}
		b, err := events.Unseal(rec, &key)
		if err != nil {
			return events.Body{}, err
		}
		return events.ParseBody(b)
	}
}

func covered(adviser string) string {
	return `{"adviser":"` + adviser + `","by":"staff-02","from":"2026-10-28","made":{"from":"live","kept":null,"late":null,"reference":null},"note":null,"reason":"leave","to":"2026-10-30"}`
}

// each lists what Each yields.
func each(t *testing.T, f *Files, which Which, cut casefile.Cut) ([]*casefile.File, []Missing, error) {
	t.Helper()
	var list []*casefile.File
	missing, err := f.Each(t.Context(), which, cut, nil, func(c *casefile.File) bool {
		list = append(list, c)
		return true
	})
	return list, missing, err
}

func chainsOf(list []*casefile.File) (chains []events.Chain) {
	for _, f := range list {
		chains = append(chains, f.Chain)
	}
	return chains
}

func plannedWith(adviser string) string {
	return `{"arranged":` + arrangedData(adviser) + `,"interpreter":"not-needed",` + made + `,"note":null,"override":null,"purpose":"support","with":[]}`
}

func arrangedData(adviser string) string {
	return `{"adviser":"` + adviser + `","away_until":null,"channel":"phone","end":null,"number":null,"place":null,"place_kind":null,"safe_contact":null,"start":"2026-11-03T10:00:00+00:00"}`
}

func movedTo(appointment int, adviser string) string {
	arranged := "null"
	if adviser != "" {
		arranged = arrangedData(adviser)
	}
	return fmt.Sprintf(`{"appointment":%d,"arranged":%s,"asked_by":"us",%s,"override":null,"reason":null}`, appointment, arranged, made)
}

func TestFiles(t *testing.T) {
	first, second, third, service := week("first"), eventstest.NewChain("second"), eventstest.NewChain("third"), eventstest.NewChain("service")
	second.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	second.Add("case.allocated", allocated("staff-08"))
	second.Add("case.covered", covered("staff-09"))
	third.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	third.Add("appointment.planned", plannedWith("staff-11"))
	third.Add("appointment.moved", movedTo(2, "staff-12"))
	third.Add("appointment.moved", movedTo(2, "staff-13"))
	third.Add("appointment.moved", movedTo(2, ""))
	third.Add("case.allocated", allocated("staff-09"))
	third.Add("case.allocated", allocated("staff-08"))
	service.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	l := newLedger(t, first, second, third, service)
	bad := &badKeys{Keys: l.keys}
	l.keys = bad
	l.recover()
	var opened atomic.Int64
	files := NewFiles(l.r, service.ID(), counting(bad, &opened))

	// Who had a case and has it no more is among those who ever did.
	questions := []struct {
		staff string
		want  []events.Chain
	}{
		{"staff-07", []events.Chain{first.ID()}},
		{"staff-08", []events.Chain{second.ID(), third.ID()}},
		{"staff-09", []events.Chain{second.ID(), third.ID()}}, // who covers, and had
		{"staff-10", nil},
		{"staff-11", []events.Chain{third.ID()}},
		{"staff-12", []events.Chain{third.ID()}},
		{"staff-13", []events.Chain{third.ID()}},
		{"", []events.Chain{first.ID(), second.ID(), third.ID()}},
	}
	for _, tt := range questions {
		cold := NewFiles(l.r, service.ID(), counting(bad, &opened))
		for _, f := range []*Files{cold, files} {
			before := opened.Load()
			list, missing, err := each(t, f, Which{Staff: tt.staff}, casefile.Cut{})
			if err != nil || len(missing) != 0 {
				t.Fatalf("%q: %v, missing %v", tt.staff, err, missing)
			}
			if got := chainsOf(list); !slices.Equal(got, inOrder(slices.Clone(tt.want))) {
				t.Errorf("%q: %v, want %v", tt.staff, got, tt.want)
			}
			theirs := 0
			for _, c := range list {
				theirs += len(c.Entries)
			}
			if n := int(opened.Load() - before); f == cold && n != theirs {
				t.Errorf("%q: %d records were opened for cases of %d", tt.staff, n, theirs)
			}
		}
	}
	opened.Store(0)
	for _, tt := range questions {
		if _, _, err := each(t, files, Which{Staff: tt.staff}, casefile.Cut{}); err != nil || opened.Load() != 0 {
			t.Errorf("%q: %v; %d records were opened a second time: held files are not used", tt.staff, err, opened.Load())
		}
	}
	sameAsRebuilt(t, l)

	if _, err := files.File(t.Context(), service.ID(), casefile.Cut{}); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("the service's chain: %v", err)
	}
	cut, err := files.File(t.Context(), first.ID(), casefile.Cut{HappenedBy: time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC)})
	if err != nil || len(cut.Contacts) != 0 || len(cut.Referrals) != 1 {
		t.Errorf("as happened by Monday noon: %v, %+v", err, cut)
	}

	// A case that no longer opens is missing, and the others are there.
	fresh := NewFiles(l.r, service.ID(), counting(bad, &opened))
	bad.set(second.Record(2).Detail.Key, events.ErrNotFound)
	for _, staff := range []string{"", "staff-08"} {
		list, missing, err := each(t, fresh, Which{Staff: staff}, casefile.Cut{})
		if err != nil || len(list) == 0 || len(missing) != 1 || missing[0].Case != second.ID() {
			t.Errorf("%q: %d cases, missing %v, %v", staff, len(list), missing, err)
		}
	}
	bad.set(second.Record(2).Detail.Key, errors.New("disk"))
	if _, _, err := each(t, fresh, Which{}, casefile.Cut{}); err == nil {
		t.Error("a fault of the disk is no missing case")
	}
}

// Cases are listed by the types of their events, and one whose views failed is
// looked at whatever is asked.
func TestFilesWhich(t *testing.T) {
	marac, plain, failed := eventstest.NewChain("marac"), eventstest.NewChain("plain"), eventstest.NewChain("failed")
	bodies := examples(t)
	marac.AddBody(bodies["marac.referred.v1"])
	plain.Add("case.allocated", allocated("staff-08"))
	failed.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	failed.Add("case.allocated", allocated("staff-07"))
	l := newLedger(t, marac, plain, failed)
	bad := &badKeys{Keys: l.keys}
	bad.set(events.CaseKey(failed.ID(), 1), errors.New("disk"))
	l.keys = bad
	l.recover()
	bad.set(events.CaseKey(failed.ID(), 1), nil)
	if s := must[Status](t)(l.r.Status(t.Context())); len(s.Failed) == 0 {
		t.Fatal("no view failed")
	}
	var opened atomic.Int64
	files := NewFiles(l.r, events.Chain{}, counting(bad, &opened))
	for _, tt := range []struct {
		which Which
		want  []events.Chain
	}{
		{Which{Types: []string{"marac.referred", "marac.heard"}}, []events.Chain{marac.ID(), failed.ID()}},
		{Which{Types: []string{"helpline.contact"}}, []events.Chain{failed.ID()}},
		{Which{Staff: "staff-08"}, []events.Chain{plain.ID()}},
		{Which{Staff: "staff-07"}, []events.Chain{failed.ID()}},
		{Which{}, []events.Chain{marac.ID(), plain.ID(), failed.ID()}},
	} {
		list, missing, err := each(t, files, tt.which, casefile.Cut{})
		if err != nil || len(missing) != 0 {
			t.Fatalf("%+v: %v, missing %v", tt.which, err, missing)
		}
		if got := chainsOf(list); !slices.Equal(got, inOrder(tt.want)) {
			t.Errorf("%+v: %v, want %v", tt.which, got, tt.want)
		}
	}
	if _, _, err := each(t, files, Which{Types: []string{"contact.recorded"}}, casefile.Cut{}); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("by a type that is not listed: %v", err)
	}
}

// Whoever stops, or is stopped, leaves nothing running.
func TestFilesEachStops(t *testing.T) {
	var chains []*eventstest.Chain
	for i := range 100 {
		chains = append(chains, eventstest.NewChain(fmt.Sprint("stops ", i)).Add("referral.received", referral("2026-10-27T09:30:00+00:00", "")))
	}
	l := newLedger(t, chains...).recover()
	var opened atomic.Int64
	files := NewFiles(l.r, events.Chain{}, counting(l.keys, &opened))
	n := 0
	if _, err := files.Each(t.Context(), Which{}, casefile.Cut{}, nil, func(*casefile.File) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d cases, %v", n, err)
	}
	if opened.Load() > 50 {
		t.Errorf("%d of 100 cases were read for three", opened.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	if _, err := files.Each(ctx, Which{}, casefile.Cut{}, nil, func(*casefile.File) bool { n++; cancel(); return true }); !errors.Is(err, context.Canceled) || n > 90 {
		t.Errorf("%d cases after it was cancelled, %v", n, err)
	}
}
