package views

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

func at(day, hour int) time.Time { return time.Date(2026, 10, day, hour, 0, 0, 0, time.UTC) }

func some(s string) *string { return &s }

func item[T any](seq uint64, on time.Time, data T) casefile.Item[T] {
	return casefile.Item[T]{Meta: casefile.Meta{Seq: seq, At: on, Actor: "staff-07"}, Data: data}
}

func TestPlanOf(t *testing.T) {
	lock := schemas.Action{ID: "a1", Area: "safety", Aim: schemas.Prose{Text: "Change the lock."}, Owner: "staff-07", Due: some("2026-10-20"), Status: "planned"}
	late := lock
	late.Due, late.Owner = some("2026-10-26"), "staff-08"
	again := schemas.Action{ID: "a2", Area: "safety", Aim: schemas.Prose{Text: " change  the LOCK"}, Owner: "staff-07", Status: "planned"}
	money := schemas.Action{ID: "a3", Area: "money", Aim: schemas.Prose{Text: "Change the lock."}, Owner: "client", Status: "done", Outcome: &schemas.Prose{Text: "Paid."}}
	f := &casefile.File{Plan: []casefile.PlanAction{
		{Action: late, History: []casefile.Item[schemas.Action]{item(3, at(1, 9), lock), item(5, at(21, 9), late)}},
		{Action: again, History: []casefile.Item[schemas.Action]{item(6, at(22, 9), again)}},
		{Action: money, Ended: true, History: []casefile.Item[schemas.Action]{item(7, at(22, 9), money)}},
	}}
	p := PlanOf(f, at(26, 12))
	names := []string{}
	for _, a := range p.Areas {
		names = append(names, fmt.Sprintf("%s %d %d %d", a.Area, len(a.Actions), a.Open, a.Overdue))
	}
	if want := []string{"money 1 0 0", "life 0 0 0", "time 0 0 0", "safety 2 2 0", "health 0 0 0"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	safety := p.Areas[3].Actions
	if h := safety[0].History; len(h) != 2 || len(h[0].Changed) != 0 || !slices.Equal(h[1].Changed, []string{"due", "owner"}) {
		t.Errorf("history %+v", h)
	}
	if len(safety[0].Repeats) != 0 || !slices.Equal(safety[1].Repeats, []string{"a1"}) {
		t.Errorf("repeats %q and %q", safety[0].Repeats, safety[1].Repeats)
	}
	// The same words in another area are another action.
	if a := p.Areas[0].Actions[0]; len(a.Repeats) != 0 || a.Overdue || *a.Outcome != "Paid." {
		t.Errorf("%+v", a)
	}
	// Due on a day is due to its end in London, where the clocks went back on the 25th.
	for _, c := range []struct {
		now  time.Time
		want bool
	}{{at(26, 23), false}, {at(27, 0), true}} {
		if got := PlanOf(f, c.now).Areas[3].Actions[0].Overdue; got != c.want {
			t.Errorf("overdue at %v: %v", c.now, got)
		}
	}
}

func TestMaracOf(t *testing.T) {
	seven := uint64(4)
	f := &casefile.File{
		MaracReferrals: []casefile.Item[schemas.MaracReferred]{
			item(4, at(1, 9), schemas.MaracReferred{Marac: "Saltby", Meeting: some("2026-10-14"), Criteria: []string{"visible-high-risk"}}),
			item(9, at(26, 9), schemas.MaracReferred{Marac: "Saltby", Meeting: some("2026-11-11"), Criteria: []string{"repeat"}, RepeatOf: &seven, ClientViews: &schemas.Prose{Text: "She is afraid."}}),
		},
		Hearings: []casefile.Hearing{{Item: item(6, at(15, 9), schemas.MaracHeard{Marac: "Saltby", Meeting: "2026-10-14", Referral: &seven, Outcome: "heard", Actions: make([]schemas.AgreedAction, 1)})}},
		MeetingActions: []casefile.MeetingAction{
			{Meeting: casefile.Meta{Seq: 6, At: at(15, 9)}, Kind: "marac", Marac: "Saltby", Status: "not-done",
				AgreedAction: schemas.AgreedAction{ID: "m1", Agency: "Police", What: schemas.Prose{Text: "A marker on the house."}, Risk: some("He comes back")},
				DueNow:       clock.OnDate(clock.On(2026, 10, 21)),
				Updates: []casefile.Item[schemas.MaracActionUpdated]{
					item(7, at(20, 9), schemas.MaracActionUpdated{Status: "open", Outcome: &schemas.Prose{Text: "Asked."}}),
					item(8, at(22, 9), schemas.MaracActionUpdated{Status: "not-done", Outcome: &schemas.Prose{Text: "Forgotten."}})}},
			{Meeting: casefile.Meta{Seq: 5, At: at(5, 9)}, Kind: "team", Status: "open", AgreedAction: schemas.AgreedAction{ID: "t1"}},
		},
	}
	a := MaracOf(f, policy.Default(), at(26, 12))
	c := a.Cases[0]
	if len(c.Actions) != 1 || c.Actions[0].Status != "not-done" || *c.Actions[0].Outcome != "Forgotten." || c.Actions[0].Overdue ||
		c.Actions[0].Meeting != clock.OnDate(clock.On(2026, 10, 14)) || !slices.Equal(c.Actions[0].Updates, []uint64{7, 8}) {
		t.Errorf("actions %+v", c.Actions)
	}
	if len(c.Listed) != 1 || c.Listed[0].Seq != 9 || !c.Listed[0].Repeat || !c.Listed[0].ClientViews || c.Listed[0].Past {
		t.Errorf("listed %+v", c.Listed)
	}
	// Two working days after Wednesday 14 October.
	if b := c.Hearings[0].Feedback; b.Due != clock.On(2026, 10, 16) || !b.Overdue || b.Seq != 0 {
		t.Errorf("feedback %+v", b)
	}
	if b := MaracOf(f, policy.Default(), at(16, 12)).Cases[0].Hearings[0].Feedback; b.Overdue {
		t.Error("overdue on the day itself")
	}
	f.Hearings[0].Feedback = casefile.Moment{When: clock.AtTime(at(15, 10)), Seq: 11}
	if b := MaracOf(f, policy.Default(), at(26, 12)).Cases[0].Hearings[0].Feedback; b.Overdue || b.Seq != 11 {
		t.Errorf("feedback %+v", b)
	}
	f.Hearings[0].Data.Outcome = "deferred"
	c = MaracOf(f, policy.Default(), at(26, 12)).Cases[0]
	if len(c.Listed) != 2 || !c.Listed[0].Past || c.Hearings[0].Feedback.Why == "" || c.Hearings[0].Feedback.Overdue {
		t.Errorf("a deferred case is to be heard still: %+v %+v", c.Listed, c.Hearings)
	}
	f.Hearings[0].Data.Outcome, f.Hearings[0].Data.Meeting, f.Hearings[0].Feedback = "heard", "2055-10-13", casefile.Moment{}
	if b := MaracOf(f, policy.Default(), at(26, 12)).Cases[0].Hearings[0].Feedback; b.Why == "" || !b.Due.IsZero() || b.Overdue {
		t.Errorf("a year without known bank holidays: %+v", b)
	}
}

func TestMaracBetween(t *testing.T) {
	listed := func(n byte, day string) *casefile.File {
		return &casefile.File{Chain: events.Chain{n}, MaracReferrals: []casefile.Item[schemas.MaracReferred]{item(2, at(1, 9), schemas.MaracReferred{Marac: "Saltby", Meeting: some(day)})}}
	}
	erased := listed(9, "2026-10-28")
	erased.Stage = casefile.StageErased
	open := &casefile.File{Chain: events.Chain{5}, MeetingActions: []casefile.MeetingAction{{Kind: "marac", Status: "open", DueNow: clock.OnDate(clock.On(2026, 10, 30))}}}
	ended := &casefile.File{Chain: events.Chain{6}, MeetingActions: []casefile.MeetingAction{{Kind: "marac", Status: "done", DueNow: clock.OnDate(clock.On(2026, 10, 30))}}}
	files := []*casefile.File{open, ended, listed(4, "2026-10-30"), listed(3, "2026-10-26"), listed(2, "2026-10-31"), listed(1, "2026-10-25"), erased}
	a := MaracBetween(slices.Values(files), policy.Default(), at(26, 9), clock.On(2026, 10, 26), clock.On(2026, 10, 30))
	got := []byte{}
	for _, c := range a.Cases {
		got = append(got, c.Case[0])
	}
	if want := []byte{3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Both parties are clients: he in case 2, where she is the perpetrator, and she
// in case 1, where he is. Case 3 is another client of his.
func parties() []*casefile.File {
	who := func(id, role, name string) casefile.Item[schemas.PersonRecorded] {
		return item(3, at(1, 9), schemas.PersonRecorded{Person: id, Role: role, Relation: "partner", Name: some(name)})
	}
	file := func(n byte, adviser, client string, people ...casefile.Item[schemas.PersonRecorded]) *casefile.File {
		return &casefile.File{Chain: events.Chain{n}, Stage: casefile.StageOpen,
			Clients:     []casefile.Item[schemas.ClientRecorded]{item(2, at(1, 9), schemas.ClientRecorded{Name: client, Initials: client[:1]})},
			Allocations: []casefile.Item[schemas.CaseAllocated]{item(4, at(1, 9), schemas.CaseAllocated{Adviser: adviser})},
			People:      people}
	}
	return []*casefile.File{
		file(1, "staff-07", "Mary", who("m", "client", "Mary"), who("j", "perpetrator", "John")),
		file(2, "staff-08", "John", who("j", "client", "John"), who("m", "perpetrator", "Mary")),
		file(3, "staff-09", "Anna", who("j", "perpetrator", "John")),
	}
}

func TestFind(t *testing.T) {
	excluded := func(f []*casefile.File) {
		f[0].Exclusions = append(f[0].Exclusions, item(5, at(2, 9), schemas.StaffExcluded{Staff: "staff-01", Excluded: true}))
	}
	for _, c := range []struct {
		name    string
		term    string
		actor   string
		manager bool
		change  func([]*casefile.File)
		want    []byte
	}{
		{"her adviser looks for her", "mary", "staff-07", false, nil, []byte{1}},
		{"his adviser looks for her: his own case, and not hers", "mary", "staff-08", false, nil, []byte{2}},
		{"her adviser looks for him: her own case, and not his", "john", "staff-07", false, nil, []byte{1}},
		{"anybody looks for her", "mary", "staff-20", false, nil, []byte{1}},
		{"anybody looks for him", "john", "staff-20", false, nil, []byte{2}},
		{"a manager looks for him", "john", "staff-01", true, nil, []byte{1, 2, 3}},
		{"a manager who is excluded from hers", "john", "staff-01", true, excluded, []byte{2, 3}},
		{"hers is erased", "john", "staff-01", true, func(f []*casefile.File) { f[0].Stage = casefile.StageErased }, []byte{2, 3}},
		{"who covers his case", "mary", "staff-30", false, func(f []*casefile.File) {
			f[1].Covers = append(f[1].Covers, item(6, at(20, 9), schemas.CaseCovered{Adviser: "staff-30", From: "2026-10-20"}))
		}, []byte{2}},
		{"nobody of that name", "peter", "staff-01", true, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := parties()
			if c.change != nil {
				c.change(files)
			}
			opposed := func(f *casefile.File) []*casefile.File {
				return slices.DeleteFunc(slices.Clone(files), func(o *casefile.File) bool { return o == f || !Opposed(f, o) })
			}
			var got []byte
			for _, found := range Find(casefile.Asked(c.term), files, opposed, c.actor, c.manager, at(26, 9)) {
				got = append(got, found.Case[0])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestPeopleOf(t *testing.T) {
	f := parties()
	p := PeopleOf(f[0], f, "staff-01", at(26, 9))
	if len(p.People) != 2 || p.People[0].Role != "perpetrator" || p.People[1].Role != "client" {
		t.Fatalf("%+v", p.People)
	}
	his := p.People[0].Links
	if len(his) != 2 || his[0].Case[0] != 2 || !his[0].BothClients || his[1].Case[0] != 3 || his[1].BothClients || his[1].Adviser != "staff-09" {
		t.Errorf("%+v", his)
	}
	f[2].Exclusions = append(f[2].Exclusions, item(5, at(2, 9), schemas.StaffExcluded{Staff: "staff-01", Excluded: true}))
	f[1].Stage = casefile.StageErased
	if l := PeopleOf(f[0], f, "staff-01", at(26, 9)).People[0].Links; len(l) != 0 {
		t.Errorf("an excluded or erased case is linked: %+v", l)
	}
}

// TestLinksOfOtherTypes: a perpetrator links cases whichever event names him or
// her, and keeps the cases of two clients apart.
func TestLinksOfOtherTypes(t *testing.T) {
	const him = "00000000000000000000000000000001"
	client := item(1, at(1, 9), schemas.PersonRecorded{Person: him, Role: "client", Relation: "self"})
	his := &casefile.File{Chain: events.Chain{9}, Stage: casefile.StageOpen, People: []casefile.Item[schemas.PersonRecorded]{client}}
	for name, f := range map[string]*casefile.File{
		"referral":    {Referrals: []casefile.Item[schemas.ReferralReceivedV2]{item(1, at(1, 9), schemas.ReferralReceivedV2{Perpetrators: []string{him}})}},
		"status":      {Perpetrators: []casefile.Item[schemas.PerpetratorStatus]{item(1, at(1, 9), schemas.PerpetratorStatus{Person: him})}},
		"order":       {Orders: []casefile.Item[schemas.OrderRecorded]{item(1, at(1, 9), schemas.OrderRecorded{Order: "o1", Against: []string{him}})}},
		"court":       {Courts: []casefile.Item[schemas.CourtRecorded]{item(1, at(1, 9), schemas.CourtRecorded{Perpetrators: []string{him}})}},
		"risk review": {RiskReviews: []casefile.Item[schemas.RiskReviewedV2]{item(1, at(1, 9), schemas.RiskReviewedV2{About: []string{him}})}},
		"incident": {Incidents: []casefile.Incident{{Item: item(1, at(1, 9), schemas.IncidentDisclosedV2{
			Perpetrators: []schemas.Doer{{Person: some(him)}, {Who: some("a man")}}})}}},
		"Marac": {MaracReferrals: []casefile.Item[schemas.MaracReferred]{item(1, at(1, 9), schemas.MaracReferred{Perpetrators: []string{him}})}},
	} {
		f.Chain, f.Stage = events.Chain{1}, casefile.StageOpen
		p := PeopleOf(f, []*casefile.File{his}, "staff-01", at(26, 9)).People
		if len(p) != 1 || p[0].Person != him || p[0].Role != "perpetrator" || len(p[0].Links) != 1 || !p[0].Links[0].BothClients {
			t.Errorf("%s: %+v", name, p)
		}
		if !Opposed(f, his) || !Opposed(his, f) {
			t.Errorf("%s: the two are not kept apart", name)
		}
	}
}
