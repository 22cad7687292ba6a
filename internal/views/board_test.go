package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

func entryOn(day int) func(*casefile.File) {
	return func(f *casefile.File) { f.Entries = append(f.Entries, casefile.Entry{Meta: metaOn(day)}) }
}

func referredOn(day int) func(*casefile.File) {
	return func(f *casefile.File) {
		w, _ := clock.ParseWhen(on(day, "09:00"))
		f.Times.Referral = casefile.Moment{When: w, Seq: 1}
	}
}

func allocated(adviser string) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Allocations = append(f.Allocations, casefile.Item[schemas.CaseAllocated]{Meta: metaOn(2), Data: schemas.CaseAllocated{Adviser: adviser}})
	}
}

func covered(from, to string) func(*casefile.File) {
	return func(f *casefile.File) {
		c := schemas.CaseCovered{Adviser: "staff-08", From: from, Reason: "leave"}
		if to != "" {
			c.To = &to
		}
		f.Covers = append(f.Covers, casefile.Item[schemas.CaseCovered]{Meta: metaOn(3), Data: c})
	}
}

func excludes(staff string) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Exclusions = append(f.Exclusions, casefile.Item[schemas.StaffExcluded]{Data: schemas.StaffExcluded{Staff: staff, Excluded: true}})
	}
}

func seqOn(day int, seq uint64) casefile.Meta {
	m := metaOn(day)
	m.Seq = seq
	return m
}

func requested(f *casefile.File) {
	f.Requests = append(f.Requests, casefile.Item[schemas.DisclosureRequested]{Meta: seqOn(5, 10)})
}

func decided(decision string) func(*casefile.File) {
	return atStep(schemas.DisclosureDecidedV2{Request: 10, By: "staff-01", Decision: decision, ClientTold: &schemas.ClientTold{Answer: "yes"}, Words: &schemas.Words{}})
}

// atStep is a decision at one of its steps.
func atStep(d schemas.DisclosureDecidedV2) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Decisions = append(f.Decisions, casefile.Item[schemas.DisclosureDecidedV2]{Meta: seqOn(6, 11), Data: d})
	}
}

func approved(yes bool) func(*casefile.File) {
	return func(f *casefile.File) {
		f.Approvals = append(f.Approvals, casefile.Item[schemas.DisclosureApprovedV2]{Meta: seqOn(7, 12),
			Data: schemas.DisclosureApprovedV2{Decision: 11, Approved: yes}})
	}
}

func exported(f *casefile.File) {
	request := uint64(10)
	f.Exports = append(f.Exports, casefile.Item[schemas.DisclosureExportedV2]{Meta: seqOn(8, 13), Data: schemas.DisclosureExportedV2{Request: &request}})
}

func overrode(day int, seen bool) func(*casefile.File) {
	return func(f *casefile.File) {
		o := casefile.Override{Meta: seqOn(day, 20), Kind: casefile.OverrideAppointment, By: "staff-07"}
		if seen {
			o.Review = &casefile.Item[schemas.OverrideReviewed]{}
		}
		f.Overrides = append(f.Overrides, o)
	}
}

// TestBoard: Friday 30 October 2026, 17:00; one case at a time.
func TestBoard(t *testing.T) {
	closed := func(f *casefile.File) { f.Stage = casefile.StageClosed }
	for _, c := range []struct {
		name string
		do   []func(*casefile.File)
		want string // the lists that are not empty
	}{
		{"allocated, reviewed in time", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(29)}, "overdue=3"},
		{"nobody has it", []func(*casefile.File){referredOn(28), entryOn(28)}, "unallocated=1 overdue=2"},
		{"nobody has it, and it is closed", []func(*casefile.File){closed, referredOn(28), entryOn(28)}, ""},
		{"review due on Sunday", []func(*casefile.File){closed, func(f *casefile.File) { f.Stage = casefile.StageOpen }, allocated("staff-07"), referredOn(4), entryOn(29)}, "overdue=3 case-reviews=1"},
		{"review due on Monday", []func(*casefile.File){allocated("staff-07"), referredOn(5), entryOn(29)}, "overdue=3"},
		{"silent for 27 days", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(3)}, "overdue=3"},
		{"silent for 28 days", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(2)}, "overdue=3 stale=1"},
		{"silent and closed", []func(*casefile.File){closed, entryOn(2)}, ""},
		{"override not seen", []func(*casefile.File){closed, overrode(29, false)}, "overrides=1"},
		{"override seen", []func(*casefile.File){closed, overrode(29, true)}, ""},
		{"request", []func(*casefile.File){closed, requested}, "approvals=1(decision)"},
		{"refused", []func(*casefile.File){closed, requested, decided("refused")}, ""},
		{"only decided", []func(*casefile.File){closed, requested, atStep(schemas.DisclosureDecidedV2{Request: 10, Decision: "part"})}, "approvals=1(client-told)"},
		{"only told", []func(*casefile.File){closed, requested, atStep(schemas.DisclosureDecidedV2{Request: 10, Decision: "part", ClientTold: &schemas.ClientTold{Answer: "yes"}})}, "approvals=1(words)"},
		{"decided", []func(*casefile.File){closed, requested, decided("part")}, "approvals=1(approval)"},
		{"sent back", []func(*casefile.File){closed, requested, decided("part"), approved(false)}, "approvals=1(changes)"},
		{"approved", []func(*casefile.File){closed, requested, decided("part"), approved(true)}, "approvals=1(export)"},
		{"produced", []func(*casefile.File){closed, requested, decided("part"), approved(true), exported}, ""},
		{"cover on its last day", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(29), covered("2026-10-26", "2026-10-30")}, "overdue=3 cover=1(now)"},
		{"cover is over", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(29), covered("2026-10-26", "2026-10-29")}, "overdue=3"},
		{"cover to come", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(29), covered("2026-11-27", "")}, "overdue=3 cover=1(later)"},
		{"cover far ahead", []func(*casefile.File){allocated("staff-07"), referredOn(20), entryOn(29), covered("2026-11-28", "")}, "overdue=3"},
		{"excluded", []func(*casefile.File){requested, overrode(29, false), entryOn(2), excludes("staff-01")}, ""},
		{"somebody else is excluded", []func(*casefile.File){closed, overrode(29, false), excludes("staff-02")}, "overrides=1"},
		{"erased", []func(*casefile.File){func(f *casefile.File) { f.Stage = casefile.StageErased }, overrode(29, false)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &casefile.File{Chain: events.Chain{1}, Stage: casefile.StageOpen}
			for _, do := range c.do {
				do(f)
			}
			b := ForBoard(slices.Values([]*casefile.File{f}), nil, policy.Default(), statsNow, Whom{Staff: "staff-01", Role: "manager"})
			got := ""
			say := func(name string, n int, more string) {
				if n > 0 {
					got += fmt.Sprintf(" %s=%d%s", name, n, more)
				}
			}
			say("unallocated", len(b.Unallocated), "")
			say("overdue", len(b.Overdue), "")
			say("overrides", len(b.Overrides), "")
			say("case-reviews", len(b.CaseReviews), "")
			say("others", len(b.Others), "")
			for _, a := range b.Approvals {
				say("approvals", len(b.Approvals), "("+a.Kind+")")
			}
			for _, turn := range b.Cover {
				say("cover", len(b.Cover), map[bool]string{true: "(now)", false: "(later)"}[turn.Now])
			}
			say("stale", len(b.Stale), "")
			if got = strings.TrimSpace(got); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestBoardOrder: who has waited longest comes first, and where a reader is
// excluded from a case over the cap the case is not named, though it counts.
func TestBoardOrder(t *testing.T) {
	var files []*casefile.File
	for i, day := range []int{20, 6, 13} {
		files = append(files, made(byte(i+1), "self", day, referredOn(day)))
	}
	one := 1
	staff := []schemas.StaffRecordedV2{{Staff: "staff-07", Role: "adviser", Active: true, Cap: &one}}
	files = append(files, made(8, "self", 12, allocated("staff-07")), made(9, "self", 12, allocated("staff-07"), excludes("staff-01")))
	b := ForBoard(slices.Values(files), staff, policy.Default(), statsNow, Whom{Staff: "staff-01", Role: "manager"})
	var order []byte
	for _, u := range b.Unallocated {
		order = append(order, u.Case[0])
	}
	if !slices.Equal(order, []byte{2, 3, 1}) {
		t.Errorf("not allocated, in this order: %v", order)
	}
	at := slices.IndexFunc(b.Caseload, func(l Load) bool { return l.Adviser == "staff-07" })
	if at < 0 || b.Caseload[at].Open != 2 || b.Caseload[at].Level != LoadOver {
		t.Fatalf("caseload %+v", b.Caseload)
	}
	for _, a := range b.Caseload[at].Over {
		if a.Case[0] == 9 {
			t.Error("names a case from which the reader is excluded")
		}
	}
	if day := time.Date(2026, 10, 30, 17, 0, 0, 0, time.UTC); !b.At.Start().Equal(day) {
		t.Errorf("at %s", b.At)
	}
}
