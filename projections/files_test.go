package projections

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/projections/casefile"
)

// counting opens records with the keys of a ledger under test.
func counting(k Keys, opened *int) Opener {
	return func(ctx context.Context, rec *events.Record) (events.Body, error) {
		*opened++
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

func TestFiles(t *testing.T) {
	first, second, service := week("first"), eventstest.NewChain("second"), eventstest.NewChain("service")
	second.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	second.Add("case.allocated", allocated("staff-08"))
	second.Add("case.covered", covered("staff-09"))
	service.Add("referral.received", referral("2026-10-27T09:30:00+00:00", ""))
	l := newLedger(t, first, second, service)
	bad := &badKeys{Keys: l.keys}
	l.keys = bad
	l.recover()
	opened := 0
	files := NewFiles(l.r, service.ID(), counting(bad, &opened))

	for _, tt := range []struct {
		staff string
		want  []events.Chain
	}{
		{"", []events.Chain{first.ID(), second.ID()}},
		{"staff-07", []events.Chain{first.ID()}},
		{"staff-08", []events.Chain{second.ID()}},
		{"staff-09", []events.Chain{second.ID()}}, // who covers
		{"staff-10", nil},
	} {
		list, missing, err := files.All(t.Context(), tt.staff, casefile.Cut{})
		if err != nil || len(missing) != 0 {
			t.Fatalf("%q: %v, missing %v", tt.staff, err, missing)
		}
		var got []events.Chain
		for _, f := range list {
			got = append(got, f.Chain)
		}
		slices.SortFunc(got, func(a, b events.Chain) int { return slices.Compare(a[:], b[:]) })
		slices.SortFunc(tt.want, func(a, b events.Chain) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.staff, got, tt.want)
		}
	}
	if opened != len(first.Records())+len(second.Records()) {
		t.Errorf("%d records were opened for five questions: held files are not used", opened)
	}
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
	list, missing, err := fresh.All(t.Context(), "", casefile.Cut{})
	if err != nil || len(list) != 1 || len(missing) != 1 || missing[0].Case != second.ID() {
		t.Errorf("%d cases, missing %v, %v", len(list), missing, err)
	}
	bad.set(second.Record(2).Detail.Key, errors.New("disk"))
	if _, _, err := fresh.All(t.Context(), "", casefile.Cut{}); err == nil {
		t.Error("a fault of the disk is no missing case")
	}
}
