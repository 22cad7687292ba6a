package projections

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// TestPage: after every event, and whether or not somebody has looked before,
// the pages of all cases are the caseload of all without what is not to be
// seen.
func TestPage(t *testing.T) {
	var chains []*eventstest.Chain
	for i, level := range []string{"standard", "high", "medium", "high", "standard", "medium", "high"} {
		c := eventstest.NewChain(fmt.Sprint("page ", i)).Add("referral.received", referral("2026-10-26T09:00:00+00:00", ""))
		c.Add("client.recorded", client("QX", "", "false")).Add("case.allocated", allocated("staff-07"))
		c.Add("risk.reviewed", review(level, "")).Add("contact.recorded", contactData("", "client", 1))
		switch i % 3 {
		case 0:
			c.Add("staff.excluded", `{"by":"staff-02","excluded":true,`+made+`,"note":null,"reason":"other-party","staff":"staff-09"}`)
		case 1:
			c.Add("case.closed", closedData)
		}
		chains = append(chains, c)
	}
	l := newLedger(t, chains...).open()
	ctx := context.Background()
	if _, err := l.r.Recover(ctx, eventstest.OpenMemory(eventstest.NewDisk(), testOrigin), nil); err != nil {
		t.Fatal(err)
	}
	numbers := func(rows []CaseRow) (list []events.Chain) {
		for _, row := range rows {
			list = append(list, row.Case)
		}
		return list
	}
	entries, hidden := eventstest.Entries(chains...), 0
	for i := range entries {
		if err := l.r.Apply(ctx, &entries[i], nil); err != nil {
			t.Fatal(err)
		}
		if i%4 == 3 {
			continue // several events between two looks
		}
		for _, staff := range []string{"staff-01", "staff-09"} {
			all := must[[]CaseRow](t)(l.r.Caseload(ctx, ""))
			seen := slices.DeleteFunc(slices.Clone(all), func(c CaseRow) bool { return c.Missing != "" || slices.Contains(c.Excluded, staff) })
			hidden += len(all) - len(seen)
			var got []events.Chain
			for from := 0; ; from += 3 {
				rows, count, err := l.r.Page(ctx, staff, from, 3)
				if err != nil {
					t.Fatal(err)
				}
				if count != len(seen) {
					t.Fatalf("after event %d %s sees %d cases, want %d", i+1, staff, count, len(seen))
				}
				if got = append(got, numbers(rows)...); len(rows) < 3 {
					break
				}
			}
			if want := numbers(seen); !slices.Equal(got, want) {
				t.Fatalf("after event %d %s sees %v, want %v", i+1, staff, got, want)
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing was hidden from anybody")
	}
}
