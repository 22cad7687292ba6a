package policy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/schemas"
)

func TestRoster(t *testing.T) {
	var r Roster
	cap12 := 12
	for i, s := range []schemas.StaffRecordedV2{
		{Staff: "staff-02", Role: "adviser", Active: true, By: "staff-05"},
		{Staff: "staff-01", Role: "adviser", Active: true, By: "staff-05"},
		{Staff: "staff-01", Role: "adviser", Active: true, Cap: &cap12, By: "staff-05"},
		{Staff: "staff-02", Role: "adviser", Active: false, By: "staff-05"},
	} {
		data, err := schemas.EncodeData(s)
		if err != nil {
			t.Fatal(err)
		}
		at := day("2026-10-01T09:00:00Z").AddDate(0, 0, i)
		if err := r.Add(Event{uint64(i + 1), at, events.Body{Type: "staff.recorded", V: 1, Data: data}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Add(Event{9, time.Time{}, events.Body{Type: "policy.set", V: 1}}); err != nil {
		t.Error(err)
	}
	if err := r.Add(Event{9, time.Time{}, events.Body{Type: "staff.recorded", V: 1, Data: []byte("[]")}}); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("another shape: %v", err)
	}
	names := func(known time.Time) string {
		var s []string
		for _, x := range r.All(known) {
			s = append(s, x.Staff+map[bool]string{true: "", false: " left"}[x.Active])
		}
		return strings.Join(s, ", ")
	}
	for known, want := range map[string]string{
		"2026-09-30T09:00:00Z": "", "2026-10-01T09:00:00Z": "staff-02", "2026-10-02T09:00:00Z": "staff-01, staff-02", "2026-10-04T09:00:00Z": "staff-01, staff-02 left",
	} {
		if got := names(day(known)); got != want {
			t.Errorf("known by %s: %s", known, got)
		}
	}
	if _, ok := r.Find("staff-01", day("2026-10-01T09:00:00Z")); ok {
		t.Error("found before it was recorded")
	}
	before, _ := r.Find("staff-01", day("2026-10-02T09:00:00Z"))
	if high, most, own := Default().CapOf(before); high != 18 || most != 20 || own {
		t.Errorf("%d of %d, own %v", high, most, own)
	}
	now, ok := r.Find("staff-01", time.Time{})
	if high, most, own := Default().CapOf(now); !ok || high != 12 || most != 12 || !own {
		t.Errorf("%d of %d, own %v", high, most, own)
	}
}
