package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"

	"pgregory.net/rapid"
)

// TestEveryType: every type has a Go type, a fold, a line and an example, and
// the line gives nothing away.
func TestEveryType(t *testing.T) {
	seen := map[string]bool{}
	// What these say belongs to another entry, which is not there.
	alone := []string{"appointment.missed", "marac.action.updated", "override.reviewed", "hold.lifted"}
	service := []string{"policy.set", "staff.recorded", "access.checkpointed"}
	for _, b := range bodies(t) {
		t.Run(fmt.Sprintf("%s.v%d", b.Type, b.V), func(t *testing.T) {
			seen[b.Type] = true
			ev := Event{Seq: 40, At: at("2026-11-22T09:00:00Z"), Body: b}
			f, err := Fold([]Event{ev}, Cut{})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Entries) != 1 || f.Entries[0].Unreadable {
				t.Fatalf("entries %+v", f.Entries)
			}
			line := f.Entries[0].Line
			if line != Line(ev) || line == "" || strings.Contains(line, "does not know") || strings.HasSuffix(line, ", other") || strings.Contains(line, ": other") {
				t.Errorf("line %q", line)
			}
			free(b.Data, func(name, s string) {
				if strings.Contains(line, s) {
					t.Errorf("the line %q gives %s away", line, name)
				}
			})
			empty, err := Fold(nil, Cut{})
			if err != nil {
				t.Fatal(err)
			}
			f.Entries, f.Flags = nil, nil
			if folded := !reflect.DeepEqual(f, empty); folded == slices.Contains(append(alone, service...), b.Type) {
				t.Errorf("folded: %v", folded)
			}
		})
	}
	for _, typ := range schemas.Default().Types() {
		if !seen[typ] {
			t.Errorf("%s: no example", typ)
		}
		if decoders[typ].read == nil {
			t.Errorf("%s: no fold", typ)
		}
	}
	if len(decoders) != len(schemas.Default().Types()) {
		t.Errorf("%d types have a fold, %d a schema", len(decoders), len(schemas.Default().Types()))
	}
	for _, typ := range whileClosed {
		if decoders[typ].read == nil {
			t.Errorf("no type %s", typ)
		}
	}
}

// free yields the strings of a body that a person wrote: those with a capital
// letter, a space or three digits, other than dates and times.
func free(data []byte, yield func(name, s string)) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(name+"/"+k, x)
			}
		case []any:
			for _, x := range v {
				walk(name, x)
			}
		case string:
			if _, err := clock.ParseWhen(v); err == nil {
				return
			}
			if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsUpper(r) || r == ' ' }) || len(v) > 3 && strings.Trim(v, "0123456789") == "" {
				yield(name, v)
				for _, word := range strings.Fields(v) {
					if len(word) > 4 && unicode.IsUpper(rune(word[0])) && !slices.Contains([]string{"Marac", "Safeguarding", "Order", "Court", "Agency", "September"}, word) {
						yield(name, word)
					}
				}
			}
		}
	}
	walk("", v)
}

// TestOrder: the chain's order for what is so from now on, the order of what
// happened for what happened.
func TestOrder(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	friday := c.add("2026-10-23T10:00:00+01:00/2026-10-23T10:20:00+01:00", contact("client", ptr("2026-10-30T10:00:00+00:00")))
	c.add("2026-10-21T10:00:00+01:00", contact("client", ptr("2026-10-28T10:00:00+00:00"))) // told later
	attempt := c.add("2026-10-24", attempted(ptr("2026-10-27T10:00:00+00:00")))
	c.add("2026-10-22T10:00:00+01:00", attempted(nil)) // told later
	c.add("2026-10-24T10:00:00+01:00", risk("high"))
	c.add("2026-10-23T10:00:00+01:00", risk("medium")) // told later
	c.add("2026-10-20T10:00:00+01:00", risk("standard"))
	c.add("2026-10-24T10:00:00+01:00", risk("high")) // at the moment of the first
	f := c.fold(Cut{})
	if got := f.Times.LastContact; got.Seq != friday || got.When.String() != "2026-10-23T10:20:00+01:00" {
		t.Errorf("last contact %+v", got)
	}
	if got := f.Times.NextContact.When.String(); got != "2026-10-30T10:00:00+00:00" {
		t.Errorf("next contact %s", got)
	}
	if got := f.Times; got.LastAttempt.Seq != attempt || got.NextTry.When.String() != "2026-10-27T10:00:00+00:00" {
		t.Errorf("last attempt %+v, next try %+v", got.LastAttempt, got.NextTry)
	}
	if got := f.Times.FirstAttempt; got.Seq != 3 {
		t.Errorf("first attempt %+v", got)
	}
	if got := f.Risk(); got.Data.Judgement.Level != "high" || got.Seq != 9 {
		t.Errorf("risk %+v", got)
	}
	if f.Stage != StageOpen || len(f.Contacts) != 2 || f.Contacts[1].Seq != 3 {
		t.Errorf("stage %q, contacts %+v", f.Stage, f.Contacts)
	}
}

// TestTimes: who was reached needs no more trying, and a new referral starts
// the clock again.
func TestTimes(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	if f := c.fold(Cut{}); !f.Times.FirstAttempt.IsZero() || f.Times.Referral.Seq != 1 {
		t.Errorf("%+v", f.Times)
	}
	c.add("2026-10-21T10:00:00+01:00", attempted(ptr("2026-10-22T10:00:00+01:00")))
	c.add("2026-10-21T11:00:00+01:00", contact("professional", ptr("2026-10-29T10:00:00+00:00")))
	f := c.fold(Cut{})
	if !f.Times.LastContact.IsZero() || !f.Times.NextContact.IsZero() || f.Times.NextTry.IsZero() {
		t.Errorf("a professional is not the client: %+v", f.Times)
	}
	c.add("2026-10-21T12:00:00+01:00", contact("client", nil))
	f = c.fold(Cut{})
	if !f.Times.NextTry.IsZero() || f.Times.NextTry.Seq != 0 || f.Times.LastContact.Seq != 4 || f.Times.FirstAttempt.Seq != 2 {
		t.Errorf("reached: %+v", f.Times)
	}
	c.add("2026-10-25T12:00:00+00:00", referral("2026-10-25T12:00:00+00:00"))
	f = c.fold(Cut{})
	if f.Times.Referral.Seq != 5 || !f.Times.FirstAttempt.IsZero() {
		t.Errorf("a new referral: %+v", f.Times)
	}
	c.add("2026-10-01T12:00:00+01:00", referral("2026-10-01T12:00:00+01:00"))
	if f = c.fold(Cut{}); f.Times.Referral.Seq != 5 {
		t.Errorf("an older referral, recorded later: %+v", f.Times)
	}
}

// TestCuts: as known on one day, and as happened by another.
func TestCuts(t *testing.T) {
	c := newChain(t)
	c.at("2026-10-20T10:00:00Z").add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00")) // 1
	c.at("2026-10-21T10:00:00Z").add("2026-10-21T10:30:00+01:00", contact("client", nil))                // 2
	c.at("2026-10-22T10:00:00Z").add("2026-10-22", contact("client", nil))                               // 3: some time that day
	c.at("2026-10-22T10:05:00Z").add("~2026-10-22T15:00:00+01:00", attempted(nil))                       // 4: about
	c.at("2026-10-22T10:06:00Z").add("", attempted(nil))                                                 // 5: not known
	c.at("2026-10-23T10:00:00Z").add("2026-10-23T10:00:00+01:00", incident("2026-10-20T23:00:00+01:00")) // 6: disclosed late
	c.at("2026-10-24T10:00:00Z").add("2026-10-24T10:00:00+01:00", schemas.EntryMisfiled{Made: made(), Entry: 2, FoundBy: "client", Reason: schemas.Prose{Text: "x"}})
	seqs := func(f *File) string {
		var s []string
		for _, e := range f.Entries {
			mark := ""
			if e.Misfiled != nil {
				mark = "*"
			}
			s = append(s, fmt.Sprint(e.Seq)+mark)
		}
		return strings.Join(s, " ")
	}
	for _, x := range []struct{ name, known, happened, want string }{
		{"all", "", "", "1 2* 3 4 5 6 7"},
		{"known before anything", "2026-10-20T09:59:59Z", "", ""},
		{"known at that very time", "2026-10-20T10:00:00Z", "", "1"},
		{"known before the mark", "2026-10-24T09:59:59Z", "", "1 2 3 4 5 6"},
		{"happened before anything: what is not known, and the mark", "", "2026-10-19T00:00:00Z", "5 7"},
		{"happened at that very time", "", "2026-10-21T09:30:00Z", "1 2* 5 6 7"},
		{"happened a second before", "", "2026-10-21T09:29:59Z", "1 5 6 7"},
		{"an incident by when it happened", "", "2026-10-20T22:00:00Z", "1 5 6 7"},
		{"a second before it", "", "2026-10-20T21:59:59Z", "1 5 7"},
		{"a date from its first instant", "", "2026-10-21T23:00:00Z", "1 2* 3 4 5 6 7"},
		{"a second before it", "", "2026-10-21T22:59:59Z", "1 2* 5 6 7"},
		{"both", "2026-10-22T10:00:00Z", "2026-10-21T12:00:00Z", "1 2"},
	} {
		var cut Cut
		if x.known != "" {
			cut.KnownBy = at(x.known)
		}
		if x.happened != "" {
			cut.HappenedBy = at(x.happened)
		}
		if got := seqs(c.fold(cut)); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

// TestMisfiled: it stays on the timeline, marked, and is left out of everything
// else; a mark can be misfiled itself.
func TestMisfiled(t *testing.T) {
	c := newChain(t)
	mark := func(seq uint64) schemas.EntryMisfiled {
		return schemas.EntryMisfiled{Made: made(), Entry: seq, FoundBy: "me", Reason: schemas.Prose{Text: "x"}}
	}
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	c.add("2026-10-21T10:00:00+01:00", contact("client", nil))
	c.add("2026-10-21T11:00:00+01:00", schemas.ContactCorrected{Made: made(), Corrects: schemas.Corrects{Seq: 2}, Text: "y", Reason: schemas.Prose{Text: "x"}})
	c.add("2026-10-22T10:00:00+01:00", mark(2))
	f := c.fold(Cut{})
	if len(f.Contacts) != 0 || !f.Times.LastContact.IsZero() || len(f.Entries) != 4 || len(f.Misfiled) != 1 {
		t.Errorf("contacts %d, entries %d, marks %d", len(f.Contacts), len(f.Entries), len(f.Misfiled))
	}
	if e := f.Entry(2); e.Misfiled == nil || e.Misfiled.Seq != 4 || len(e.Corrected) != 1 || e.Corrected[0].Seq != 3 {
		t.Errorf("entry %+v", e)
	}
	c.add("2026-10-22T11:00:00+01:00", mark(4)) // the mark belongs elsewhere
	f = c.fold(Cut{})
	if len(f.Contacts) != 1 || f.Entry(2).Misfiled != nil || f.Entry(4).Misfiled == nil || len(f.Misfiled) != 1 {
		t.Errorf("the mark still holds: %+v", f.Misfiled)
	}
	c.add("2026-10-22T12:00:00+01:00", mark(5)) // and that one too
	f = c.fold(Cut{})
	if len(f.Contacts) != 0 || f.Entry(2).Misfiled == nil {
		t.Error("the first mark holds again")
	}
	c.add("2026-10-22T13:00:00+01:00", mark(3))
	f = c.fold(Cut{})
	if len(f.Entry(2).Corrected) != 0 || len(f.Corrections) != 0 {
		t.Error("a misfiled correction corrects nothing")
	}
	c.add("2026-10-22T14:00:00+01:00", mark(99))
	c.add("2026-10-22T14:00:00+01:00", mark(9)) // itself
	if got := c.flags(c.fold(Cut{})); got != "not-found not-found" {
		t.Errorf("flags %q", got)
	}
}

func TestDispute(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	c.add("2026-10-21T10:00:00+01:00", contact("client", nil))
	c.add("2026-10-23T10:00:00+01:00", contact("client", nil))
	c.add("2026-10-23T11:00:00+01:00", schemas.ContactDisputed{Made: made(), Disputes: schemas.Disputes{Seq: 2, Statement: ptr(0)}, Says: schemas.Prose{Text: "x"}, By: "client", ToldIn: ptr(uint64(3))})
	c.add("2026-10-23T12:00:00+01:00", schemas.ContactDisputed{Made: made(), Disputes: schemas.Disputes{Seq: 3}, Says: schemas.Prose{Text: "x"}, By: "client", ToldIn: ptr(uint64(9))})
	f := c.fold(Cut{})
	if m := f.Entry(2).Disputed; len(m) != 1 || m[0].Seq != 4 || *m[0].Statement != 0 {
		t.Errorf("marks %+v", m)
	}
	if a := f.Entry(4).About; a == nil || a.Seq != 2 || !a.At.Equal(c.list[1].At) {
		t.Errorf("about %+v", a)
	}
	if m := f.Entry(3).Disputed; len(m) != 1 || m[0].Statement != nil {
		t.Errorf("marks %+v", m)
	}
	if len(f.Contacts) != 2 || len(f.Disputes) != 2 {
		t.Error("what is disputed still counts")
	}
	if len(f.Flags) != 1 || f.Flags[0] != (Flag{Seq: 5, Code: FlagNotFound, Ref: 9, Why: "names entry 9, which is no earlier contact.recorded"}) {
		t.Errorf("flags %+v", f.Flags)
	}
}

func TestLate(t *testing.T) {
	for _, x := range []struct {
		name, occurred, recorded string
		reason                   bool
		by                       time.Duration
		late                     bool // by 24 hours
	}{
		{"at once", "2026-10-26T10:00:00+00:00/2026-10-26T10:30:00+00:00", "2026-10-26T10:45:00Z", false, 15 * time.Minute, false},
		{"exactly 24 hours", "2026-10-26T10:00:00+00:00", "2026-10-27T10:00:00Z", false, 24 * time.Hour, false},
		{"a second more", "2026-10-26T10:00:00+00:00", "2026-10-27T10:00:01Z", false, 24*time.Hour + time.Second, true},
		{"a date ends with the day", "2026-10-26", "2026-10-28T00:00:00Z", false, 24 * time.Hour, false},
		{"the day of 25 hours", "2026-10-25T00:30:00+01:00", "2026-10-26T00:30:00Z", false, 25 * time.Hour, true},
		{"not known", "", "2026-10-28T00:00:00Z", false, 0, false},
		{"says so itself", "2026-10-26T10:00:00+00:00", "2026-10-26T11:00:00Z", true, time.Hour, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newChain(t)
			d := attempted(nil)
			if x.reason {
				d.Made.Late = &schemas.Prose{Text: "x"}
			}
			c.at(x.recorded).add(x.occurred, d)
			e := c.fold(Cut{}).Entry(1)
			if e.Reason != x.reason || e.LateBy != x.by || e.Late(24*time.Hour) != x.late {
				t.Errorf("reason %v, late by %s, late %v", e.Reason, e.LateBy, e.Late(24*time.Hour))
			}
		})
	}
}

// TestIncidents: a review answers what was disclosed before it, and was
// recorded before it.
func TestIncidents(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	c.add("2026-10-21T09:00:00+01:00", incident("2026-10-01"))
	c.add("2026-10-20T12:00:00+01:00", risk("medium")) // recorded after it, held before
	if n := len(c.fold(Cut{}).OpenIncidents()); n != 1 {
		t.Errorf("%d open", n)
	}
	c.add("2026-10-21T09:00:00+01:00", risk("medium")) // at that very time
	c.add("2026-10-22T09:00:00+01:00", risk("high"))
	f := c.fold(Cut{})
	if f.Incidents[0].Reviewed != 4 {
		t.Errorf("reviewed in %d", f.Incidents[0].Reviewed)
	}
	c.add("2026-10-21T08:00:00+01:00", incident("2026-10-02")) // recorded after all of them
	if open := c.fold(Cut{}).OpenIncidents(); len(open) != 1 || open[0].Seq != 6 {
		t.Errorf("open %+v", open)
	}
}

func TestPlan(t *testing.T) {
	c := newChain(t)
	act := func(id, area, status string) schemas.PlanChanged {
		a := schemas.Action{ID: id, Area: area, Aim: schemas.Prose{Text: "x"}, Owner: "staff-01", Status: status}
		return schemas.PlanChanged{Made: made(), Actions: []schemas.Action{a}}
	}
	c.add("2026-10-20T09:00:00+01:00", act("a1", "safety", "planned"))
	c.add("2026-10-20T10:00:00+01:00", act("b1", "money", "planned"))
	c.add("2026-10-20T11:00:00+01:00", act("a1", "safety", "done"))
	c.add("2026-10-20T11:30:00+01:00", act("a1", "safety", "done")) // says more of the outcome
	if f := c.fold(Cut{}); len(f.Flags) != 0 || !f.Action("a1").Ended {
		t.Errorf("flags %+v", f.Flags)
	}
	c.add("2026-10-20T12:00:00+01:00", act("a1", "safety", "planned"))
	f := c.fold(Cut{})
	a := f.Action("a1")
	if a == nil || len(a.History) != 4 || a.History[1].Seq != 3 || a.Status != "planned" || a.Ended || a.Changed.Seq != 5 {
		t.Fatalf("%+v", a)
	}
	if got := f.Area("safety"); len(got) != 1 || got[0] != a || f.Action("c") != nil {
		t.Errorf("area %+v", got)
	}
	if got := c.flags(f); got != FlagEnded {
		t.Errorf("flags %q", got)
	}
}

func TestAppointments(t *testing.T) {
	c := newChain(t)
	when := func(start string) schemas.Arranged {
		return schemas.Arranged{Adviser: "staff-01", Channel: "phone", Start: start}
	}
	plan := schemas.AppointmentPlanned{Made: made(), Arranged: when("2026-10-27T10:00:00+00:00"), Purpose: "support", Interpreter: "not-needed",
		Override: &schemas.Override{Text: "x", By: "staff-05"}}
	c.add("2026-10-26T10:00:00+00:00", plan)
	state := func() *Appointment { return &c.fold(Cut{}).Appointments[0] }
	c.add("2026-10-26T11:00:00+00:00", schemas.AppointmentMoved{Made: made(), Appointment: 1, Arranged: ptr(when("2026-10-28T10:00:00+00:00")), AskedBy: "client"})
	if a := state(); a.State != AppointmentPlanned || a.Start().String() != "2026-10-28T10:00:00+00:00" || a.Data.Arranged.Start != "2026-10-27T10:00:00+00:00" {
		t.Errorf("moved: %+v", a)
	}
	c.add("2026-10-28T11:00:00+00:00", schemas.AppointmentMissed{Made: made(), Appointment: 1, By: "client", Reason: "ill"})
	if a := state(); a.State != AppointmentMissed || len(a.Missed) != 1 {
		t.Errorf("missed: %+v", a)
	}
	c.add("2026-10-28T12:00:00+00:00", schemas.AppointmentMoved{Made: made(), Appointment: 1, AskedBy: "us"})
	if a := state(); a.State != AppointmentCalledOff {
		t.Errorf("called off: %+v", a)
	}
	done := contact("client", nil)
	done.Appointment = ptr(uint64(1))
	c.add("2026-10-28T13:00:00+00:00", done)
	if a := state(); a.State != AppointmentTookPlace || a.Contact != 5 {
		t.Errorf("took place: %+v", a)
	}
	c.add("2026-10-29T13:00:00+00:00", schemas.OverrideReviewed{Made: made(), Override: 1, By: "staff-06", Finding: "justified", Reasons: schemas.Prose{Text: "x"}})
	c.add("2026-10-29T14:00:00+00:00", schemas.OverrideReviewed{Made: made(), Override: 2, By: "staff-06", Finding: "justified", Reasons: schemas.Prose{Text: "x"}})
	f := c.fold(Cut{})
	if len(f.Overrides) != 1 || f.Overrides[0].By != "staff-05" || f.Overrides[0].Review == nil || f.Overrides[0].Review.Seq != 6 {
		t.Errorf("overrides %+v", f.Overrides)
	}
	if len(f.Flags) == 0 || f.Flags[len(f.Flags)-1].Seq != 7 {
		t.Errorf("flags %+v", f.Flags)
	}
	if f := c.fold(Cut{KnownBy: c.list[3].At}); f.Appointments[0].State != AppointmentCalledOff || f.Overrides[0].Review != nil {
		t.Error("as known before the contact")
	}
}

// TestSharing: what did not wait for anybody's agreement is to be reviewed.
func TestSharing(t *testing.T) {
	c := newChain(t)
	share := func(basis string, by *string) schemas.InformationShared {
		return schemas.InformationShared{Made: made(), To: schemas.Outside{Agency: "x"}, What: schemas.Prose{Text: "x"}, Basis: basis, AgreedBy: by, How: "phone", ClientTold: "no"}
	}
	c.add("2026-10-26T10:00:00+00:00", share("agreement", nil))
	c.add("2026-10-26T10:00:00+00:00", share("crime", ptr("staff-05")))
	c.add("2026-10-26T10:00:00+00:00", share("threat-to-life", nil))
	f := c.fold(Cut{})
	if len(f.Shared) != 3 || len(f.Overrides) != 1 || f.Overrides[0].Seq != 3 || f.Overrides[0].Kind != OverrideSharing || f.Overrides[0].By != "staff-01" {
		t.Errorf("%+v", f.Overrides)
	}
}

func TestMarac(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	heard := schemas.MaracHeard{Made: made(), Marac: "North", Meeting: "2026-10-21", Outcome: "heard", Actions: []schemas.AgreedAction{
		{ID: "m1", Agency: "Police", What: schemas.Prose{Text: "x"}, Due: ptr("2026-10-28")}, {ID: "m2", Agency: "Housing", What: schemas.Prose{Text: "x"}},
	}}
	c.add("2026-10-21T15:00:00+01:00", heard)
	told := contact("client", nil)
	told.FeedbackOn = ptr(uint64(2))
	other := contact("professional", nil)
	other.FeedbackOn = told.FeedbackOn
	c.add("2026-10-23T15:00:00+01:00", told)
	c.add("2026-10-22T15:00:00+01:00", told) // told of later, but it was the first
	update := func(action, status string, due, ended *string) schemas.MaracActionUpdated {
		return schemas.MaracActionUpdated{Made: made(), Meeting: 2, Action: action, Status: status, Due: due, Ended: ended}
	}
	c.add("2026-10-24T15:00:00+01:00", update("m1", "open", ptr("2026-11-04"), nil))
	c.add("2026-10-25T15:00:00+00:00", update("m1", "done", nil, ptr("2026-10-24")))
	c.add("2026-10-25T15:00:00+00:00", update("m2", "impossible", nil, nil))
	c.add("2026-10-25T15:00:00+00:00", update("m3", "done", nil, nil))
	c.add("2026-10-21T16:00:00+01:00", other) // nobody told the client then
	f := c.fold(Cut{})
	if h := f.Hearings[0]; h.Feedback.Seq != 4 || h.Feedback.When.String() != "2026-10-22T15:00:00+01:00" {
		t.Errorf("feedback %+v", h.Feedback)
	}
	a := f.MeetingActions
	if len(a) != 2 || a[0].Status != "done" || a[0].DueNow.String() != "2026-11-04" || a[0].Ended.String() != "2026-10-24" || len(a[0].Updates) != 2 || a[0].Marac != "North" || a[0].Meeting.Seq != 2 {
		t.Errorf("%+v", a[0])
	}
	if a[1].Status != "impossible" || a[1].Ended.String() != "2026-10-25T15:00:00+00:00" {
		t.Errorf("%+v", a[1])
	}
	if len(f.Flags) != 1 || f.Flags[0].Seq != 8 {
		t.Errorf("flags %+v", f.Flags)
	}
}

func TestPeople(t *testing.T) {
	c := newChain(t)
	him, her := strings.Repeat("a", 32), strings.Repeat("b", 32)
	status := func(person, s string) schemas.PerpetratorStatus {
		return schemas.PerpetratorStatus{Made: made(), Person: person, Status: s, Source: "Police"}
	}
	c.add("2026-10-20T09:00:00+01:00", schemas.PersonRecorded{Made: made(), Person: him, Role: "other", Relation: "partner"})
	c.add("2026-10-20T09:00:00+01:00", schemas.PersonRecorded{Made: made(), Person: her, Role: "person-at-risk", Relation: "other"})
	c.add("2026-10-20T09:00:00+01:00", schemas.PersonRecorded{Made: made(), Person: him, Role: "perpetrator", Relation: "partner"})
	c.add("2026-10-22T09:00:00+01:00", status(him, "released"))
	c.add("2026-10-21T09:00:00+01:00", status(him, "arrested")) // told later
	f := c.fold(Cut{})
	if p := f.CurrentPeople(); len(p) != 2 || p[0].Seq != 3 || p[1].Seq != 2 {
		t.Errorf("people %+v", p)
	}
	if p := f.CurrentPerpetrators(); len(p) != 1 || p[0].Data.Person != him {
		t.Errorf("perpetrators %+v", p)
	}
	if s := f.CurrentStatus(); len(s) != 1 || s[0].Data.Status != "released" {
		t.Errorf("status %+v", s)
	}
}

func TestAgencies(t *testing.T) {
	c := newChain(t)
	asked := func(answer string, in *uint64) schemas.AgencyInvolved {
		return schemas.AgencyInvolved{Made: made(), Agency: "x", Kind: "housing", Answer: answer, AskedIn: in}
	}
	c.add("2026-10-20", asked("no-answer", nil))
	c.add("2026-10-21", asked("no-answer", ptr(uint64(1))))
	c.add("2026-10-22", asked("answered", ptr(uint64(2))))
	c.add("2026-10-22", asked("answered", ptr(uint64(9))))
	f := c.fold(Cut{})
	if len(f.Agencies) != 2 || f.Agencies[0].Last().Data.Answer != "answered" || len(f.Agencies[0].Later) != 2 || f.Agencies[1].Last().Seq != 4 {
		t.Errorf("%+v", f.Agencies)
	}
	if got := c.flags(f); got != FlagNotFound {
		t.Errorf("flags %q", got)
	}
}

func TestStages(t *testing.T) {
	c := newChain(t)
	c.at("2026-10-20T10:00:00Z").add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	c.at("2026-10-22T10:00:00Z").add("2026-10-22T10:00:00+01:00", schemas.CaseClosed{Made: made(), Reason: "x"})
	if f := c.fold(Cut{}); f.Stage != StageClosed {
		t.Errorf("stage %q", f.Stage)
	}
	c.at("2026-10-23T10:00:00Z").add("2026-10-21T10:00:00+01:00", contact("client", nil)) // before it was closed
	c.at("2026-10-23T11:00:00Z").add("2026-10-23T10:00:00+01:00", contact("client", nil))
	c.at("2026-10-23T12:00:00Z").add("2026-10-23T10:00:00+01:00", schemas.HoldPlaced{Made: made(), Reason: "police", By: "staff-05"})
	f := c.fold(Cut{})
	if len(f.Flags) != 1 || f.Flags[0].Seq != 4 || f.Flags[0].Code != FlagAfterClosing || f.Flags[0].Ref != 2 {
		t.Errorf("flags %+v", f.Flags)
	}
	if len(f.Held()) != 1 {
		t.Error("not held")
	}
	c.at("2026-10-24T12:00:00Z").add("2026-10-24", schemas.HoldLifted{Made: made(), Hold: 5, By: "staff-05", Reason: schemas.Prose{Text: "x"}})
	c.at("2026-10-24T13:00:00Z").add("2026-10-24T10:00:00+01:00", schemas.CaseReopened{Made: made(), By: "staff-05", Reason: "x"})
	f = c.fold(Cut{})
	if f.Stage != StageOpen || len(f.Held()) != 0 || f.Holds[0].Lifted.Seq != 6 {
		t.Errorf("stage %q, holds %+v", f.Stage, f.Holds)
	}
	c.at("2026-10-25T13:00:00Z").add("2026-10-25T10:00:00+00:00", schemas.ErasureBegun{Scope: "case", Basis: "retention", By: "staff-09"})
	c.at("2026-10-25T14:00:00Z").add("2026-10-25T10:00:00+00:00", schemas.CaseErased{Begun: 8, Scope: "case", Basis: "retention", By: "staff-09"})
	for i := range 7 { // the key is gone
		c.list[i].Body = events.Body{}
	}
	f = c.fold(Cut{})
	if f.Stage != StageErased || len(f.Entries) != 9 || !f.Entries[0].Unreadable || f.Entries[0].Line != "An event that cannot be opened" {
		t.Errorf("erased: %q, %+v", f.Stage, f.Entries[0])
	}
	if len(f.Flags) != 0 || f.Entries[6].Erased != 9 || f.Entries[7].Erased != 0 {
		t.Errorf("flags %+v", f.Flags)
	}
	if f := c.fold(Cut{KnownBy: c.list[7].At}); len(f.Flags) != 7 || f.Flags[0].Code != FlagUnreadable {
		t.Errorf("before the erasure was done: %+v", f.Flags)
	}
}

// TestErasedEntry: of one entry only that one is gone; another that cannot be
// opened is still flagged.
func TestErasedEntry(t *testing.T) {
	c := newChain(t)
	for range 3 {
		c.add("2026-10-20", attempted(nil))
	}
	c.add("2026-10-21", schemas.ErasureBegun{Scope: "entry", Entry: ptr(uint64(2)), Basis: "misfiled", By: "staff-09"})
	c.add("2026-10-21", schemas.CaseErased{Begun: 4, Scope: "entry", Basis: "misfiled", By: "staff-09"})
	c.list[1].Body, c.list[2].Body = events.Body{}, events.Body{}
	f := c.fold(Cut{})
	unreadable := slices.DeleteFunc(slices.Clone(f.Flags), func(x Flag) bool { return x.Code != FlagUnreadable })
	if f.Entry(2).Erased != 5 || f.Entry(3).Erased != 0 || len(unreadable) != 1 || unreadable[0].Seq != 3 || f.Stage != StageNone || len(f.Attempts) != 1 {
		t.Errorf("%+v", f.Flags)
	}
}

func TestClient(t *testing.T) {
	c := newChain(t)
	f := c.fold(Cut{})
	if _, ok := f.Age(clock.On(2026, 10, 26)); ok || f.Client() != nil || f.Under18(clock.On(2026, 10, 26)) || f.Risk() != nil || f.SafeContact() != nil || f.Head() != 0 {
		t.Error("something is known of nothing")
	}
	young := referral("2026-10-20T09:00:00+01:00")
	young.Flags = []string{"under-18", "language"}
	c.add("2026-10-20T09:00:00+01:00", young)
	f = c.fold(Cut{})
	if !f.Under18(clock.On(2026, 10, 26)) || strings.Join(f.Marks(), " ") != "under-18 language" {
		t.Errorf("marks %v", f.Marks())
	}
	c.add("2026-10-21T09:00:00+01:00", schemas.ClientRecorded{Made: made(), Name: "x", Initials: "X", Born: ptr("2008-10-27")})
	f = c.fold(Cut{})
	if years, ok := f.Age(clock.On(2026, 10, 26)); !ok || years != 17 || f.Under18(clock.On(2026, 10, 27)) {
		t.Errorf("%d years", years)
	}
	// a new address does not make the old details vanish
	c.add("2026-10-22T09:00:00+01:00", schemas.ClientRecorded{Made: made(), Name: "y", Initials: "Y"})
	f = c.fold(Cut{})
	if len(f.Clients) != 2 || f.Client().Data.Initials != "Y" || f.Head() != 3 {
		t.Errorf("%+v", f.Clients)
	}
}

func TestSafeContactAt(t *testing.T) {
	c := newChain(t)
	set := func(word string) schemas.SafeContactSetV2 {
		return schemas.SafeContactSetV2{Made: made(), CodeWord: &word}
	}
	c.at("2026-10-20T12:00:00Z").add("2026-10-20T09:00:00+01:00", set("one"))
	c.at("2026-10-24T12:00:00Z").add("2026-10-22T09:00:00+01:00", set("two")) // so since Thursday, told on Saturday
	c.at("2026-10-25T12:00:00Z").add("", set("three"))                        // since it was recorded
	for _, x := range []struct{ known, when, want string }{
		{"", "2026-10-20T07:59:59Z", ""},
		{"", "2026-10-20T08:00:00Z", "one"},
		{"", "2026-10-23T08:00:00Z", "two"},
		{"2026-10-23T08:00:00Z", "2026-10-23T08:00:00Z", "one"}, // as it was known then
		{"", "2026-10-25T11:59:59Z", "two"},
		{"", "2026-10-25T12:00:00Z", "three"},
	} {
		var cut Cut
		if x.known != "" {
			cut.KnownBy = at(x.known)
		}
		got := ""
		if s := c.fold(cut).SafeContactAt(at(x.when)); s != nil {
			got = *s.Data.CodeWord
		}
		if got != x.want {
			t.Errorf("known by %q, at %s: %q, want %q", x.known, x.when, got, x.want)
		}
	}
}

func TestExcludedAndGiven(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20", schemas.CaseAllocated{Made: made(), Adviser: "staff-01", By: "staff-05"})
	c.add("2026-10-21", schemas.StaffExcluded{Made: made(), Staff: "staff-02", Excluded: true, By: "staff-05", Reason: "safety"})
	c.add("2026-10-22", schemas.CaseAllocated{Made: made(), Adviser: "staff-02", By: "staff-05"})
	c.add("2026-10-22", attempted(nil))
	c.list[3].Body.Actor = "staff-02"
	c.add("2026-10-23", schemas.StaffExcluded{Made: made(), Staff: "staff-02", Excluded: false, By: "staff-05", Reason: "safety"})
	c.add("2026-10-24", schemas.CaseCovered{Made: made(), Adviser: "staff-02", By: "staff-05", From: "2026-10-26", To: ptr("2026-10-28"), Reason: "leave"})
	f := c.fold(Cut{})
	var got []string
	for _, x := range f.Flags {
		if x.Code == FlagExcluded {
			got = append(got, fmt.Sprint(x.Seq))
		}
	}
	if strings.Join(got, " ") != "3 4" || f.IsExcluded("staff-02") || f.Adviser() != "staff-02" || f.AdviserAt(at("2026-10-21T12:00:00Z")) != "staff-01" {
		t.Errorf("flags at %v, adviser %s", got, f.Adviser())
	}
	for when, n := range map[string]int{"2026-10-25T23:59:59Z": 0, "2026-10-26T00:00:00Z": 1, "2026-10-28T23:59:59Z": 1, "2026-10-29T00:00:00Z": 0} {
		if got := len(f.Covering(at(when))); got != n {
			t.Errorf("%s: %d cover", when, got)
		}
	}
}

func TestAgreed(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20T09:00:00+01:00", schemas.AgreementRecorded{Made: made(), By: "client", How: "spoken", Expires: ptr("2026-12-31"), Answers: []schemas.Agreement{
		{Purpose: "support", Agreed: true}, {Purpose: "sharing", Agreed: true, With: []string{"Housing"}}, {Purpose: "statistics", Agreed: false},
	}})
	c.add("2026-10-23T09:00:00+01:00", schemas.AgreementWithdrawn{Made: made(), Purposes: []string{"sharing"}, By: "client", How: "spoken", With: []string{"Health"}})
	c.add("2026-10-25T09:00:00+00:00", schemas.AgreementWithdrawn{Made: made(), Purposes: []string{"sharing"}, By: "client", How: "spoken"})
	c.add("2026-10-28T09:00:00+00:00", schemas.AgreementRecorded{Made: made(), By: "client", How: "spoken", Answers: []schemas.Agreement{{Purpose: "sharing", Agreed: true}}})
	f := c.fold(Cut{})
	for _, x := range []struct {
		purpose, when string
		want          string
	}{
		{"support", "2026-10-20T07:00:00Z", "not asked"},
		{"support", "2026-10-26T08:00:00Z", "yes"},
		{"statistics", "2026-10-26T08:00:00Z", "no"},
		{"sharing", "2026-10-24T08:00:00Z", "yes"},
		{"sharing", "2026-10-26T08:00:00Z", "ended"},
		{"sharing", "2026-10-28T09:00:00Z", "yes"}, // agreed again
		{"support", "2027-01-01T00:00:00Z", "ended"},
	} {
		answer, asked := f.Agreed(x.purpose, at(x.when))
		got := "not asked"
		switch {
		case answer != nil && answer.Agreed:
			got = "yes"
		case answer != nil:
			got = "no"
		case asked:
			got = "ended"
		}
		if got != x.want {
			t.Errorf("%s on %s: %s, want %s", x.purpose, x.when, got, x.want)
		}
	}
}

func TestFlagsOfTime(t *testing.T) {
	c := newChain(t)
	c.at("2026-10-26T10:00:00Z").add("2026-10-26T10:00:01+00:00", attempted(nil)) // in the future
	c.at("2026-10-26T09:59:59Z").add("2026-10-26", attempted(nil))                // the clock went back
	f := c.fold(Cut{})
	var codes []string
	for _, x := range f.Flags {
		if x.Code != FlagUnsafe {
			codes = append(codes, fmt.Sprint(x.Seq, x.Code))
		}
	}
	if got := strings.Join(codes, " "); got != "1future 2clock-back" && got != "1 future 2 clock-back" {
		t.Errorf("%s", got)
	}
}

// TestWrongKind: a reference to an entry of another kind is flagged, and has no
// effect.
func TestWrongKind(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20", schemas.HoldPlaced{Made: made(), Reason: "police", By: "staff-05"})
	c.add("2026-10-20", attempted(nil))
	c.add("2026-10-21", schemas.HoldLifted{Made: made(), Hold: 2, By: "staff-05", Reason: schemas.Prose{Text: "x"}})
	f := c.fold(Cut{})
	if last := f.Flags[len(f.Flags)-1]; len(f.Held()) != 1 || last.Seq != 3 || last.Code != FlagNotFound || last.Ref != 2 {
		t.Errorf("flags %+v", f.Flags)
	}
}

func TestNotAChain(t *testing.T) {
	for name, list := range map[string][]Event{"twice": {{Seq: 1}, {Seq: 1}}, "backwards": {{Seq: 2}, {Seq: 1}}} {
		if _, err := Fold(list, Cut{}); !errors.Is(err, events.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnknown: an event of a later build is counted, flagged and passed over.
func TestUnknown(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-20", attempted(nil))
	c.list[0].Body.V = 99
	c.add("2026-10-20", attempted(nil))
	c.list[1].Body.Type = "moon.seen"
	c.add("2026-10-20", attempted(nil))
	c.list[2].Body.Data = []byte(`{"made":1}`)
	f := c.fold(Cut{})
	if got := c.flags(f); got != "unreadable unreadable unreadable" || len(f.Attempts) != 0 || len(f.Entries) != 3 {
		t.Errorf("flags %q", got)
	}
}

// TestFoldProperties: over any valid chain the fold does not panic, gives the
// same twice, is what a fold of the part that was known gives, and leaves
// misfiled entries out of everything.
func TestFoldProperties(t *testing.T) {
	pool := bodies(t)
	rapid.Check(t, func(t *rapid.T) {
		list := genChain(pool, 25).Draw(t, "chain")
		cut := Cut{}
		if n := len(list); n > 0 && rapid.Bool().Draw(t, "known") {
			cut.KnownBy = list[rapid.IntRange(0, n-1).Draw(t, "by")].At
		}
		if rapid.Bool().Draw(t, "happened") {
			cut.HappenedBy = at("2026-10-01T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hour")) * time.Hour)
		}
		f, err := Fold(list, cut)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Fold(list, cut)
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Fatalf("another file of the same events: %v", err)
		}
		if !cut.KnownBy.IsZero() {
			known := slices.DeleteFunc(slices.Clone(list), func(e Event) bool { return e.At.After(cut.KnownBy) })
			part, err := Fold(known, Cut{HappenedBy: cut.HappenedBy})
			if err != nil {
				t.Fatal(err)
			}
			part.Cut = cut
			if !reflect.DeepEqual(f, part) {
				t.Fatal("what was recorded later shows")
			}
		}
		if !cut.HappenedBy.IsZero() {
			// Whatever has happened by a time has happened by any later one, and
			// everything has in the end.
			later, err := Fold(list, Cut{cut.KnownBy, cut.HappenedBy.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range f.Entries {
				if later.Entry(e.Seq) == nil {
					t.Fatalf("entry %d has not happened any more an hour later", e.Seq)
				}
			}
			whole, err := Fold(list, Cut{KnownBy: cut.KnownBy})
			if err != nil {
				t.Fatal(err)
			}
			end, err := Fold(list, Cut{cut.KnownBy, at("9999-01-01T00:00:00Z")})
			if err != nil {
				t.Fatal(err)
			}
			end.Cut = whole.Cut
			if !reflect.DeepEqual(whole, end) {
				t.Fatal("not everything has happened in the end")
			}
		}
		for i := 1; i < len(f.Flags); i++ {
			if f.Flags[i].Seq < f.Flags[i-1].Seq {
				t.Fatal("flags are out of order")
			}
		}
		for _, e := range f.Entries {
			if e.LateBy < 0 || e.Line == "" {
				t.Fatalf("entry %+v", e)
			}
		}
		// without the misfiled ones
		clean := slices.DeleteFunc(slices.Clone(list), func(e Event) bool {
			row := f.Entry(e.Seq)
			return row != nil && row.Misfiled != nil
		})
		g, err := Fold(clean, cut)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []*File{f, g} {
			x.Entries, x.Flags, x.Misfiled = nil, nil, nil
		}
		if !reflect.DeepEqual(f, g) {
			t.Fatal("a misfiled entry shows")
		}
		if _, err := json.Marshal(f); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	c := newChain(b)
	c.add("2026-10-20T09:00:00+01:00", referral("2026-10-20T09:00:00+01:00"))
	for range 9 {
		c.add("2026-10-21T10:00:00+01:00", contact("client", nil))
	}
	for b.Loop() {
		c.fold(Cut{})
	}
}
