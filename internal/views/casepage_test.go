package views

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/casetest"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

func TestCaseOf(t *testing.T) {
	order := func(seq uint64, status string) casefile.Item[schemas.OrderRecorded] {
		return item(seq, at(20, 9), schemas.OrderRecorded{Order: "o1", Kind: "non-molestation", Status: status, Expires: some("2026-10-29"), Terms: make([]schemas.Prose, 2)})
	}
	born, person := "2021-11-02", "0123456789abcdef0123456789abcdef"
	f := &casefile.File{
		Stage:       casefile.StageOpen,
		Clients:     []casefile.Item[schemas.ClientRecorded]{item(2, at(1, 9), schemas.ClientRecorded{Name: "Secret", Initials: "QX", Interpreter: schemas.Interpreter{Needed: true}})},
		Referrals:   []casefile.Item[schemas.ReferralReceivedV2]{item(1, at(1, 9), schemas.ReferralReceivedV2{Flags: []string{"honour-based"}})},
		RiskReviews: []casefile.Item[schemas.RiskReviewedV2]{item(4, at(2, 9), schemas.RiskReviewedV2{Judgement: schemas.Judgement{Level: "high"}})},
		Allocations: []casefile.Item[schemas.CaseAllocated]{item(3, at(1, 9), schemas.CaseAllocated{Adviser: "staff-07"})},
		Covers:      []casefile.Item[schemas.CaseCovered]{item(5, at(1, 9), schemas.CaseCovered{Adviser: "staff-08", From: "2026-10-26"})},
		People: []casefile.Item[schemas.PersonRecorded]{
			item(6, at(1, 9), schemas.PersonRecorded{Person: "f", Role: "family", Relation: "sibling"}),
			item(7, at(1, 9), schemas.PersonRecorded{Person: person, Role: "perpetrator", Relation: "partner", Name: some("Secret"), Initials: some("PX")}),
		},
		Perpetrators: []casefile.Item[schemas.PerpetratorStatus]{item(8, at(1, 9), schemas.PerpetratorStatus{Person: person, Status: "bailed"})},
		Children:     []casefile.Item[schemas.ChildRecorded]{item(9, at(1, 9), schemas.ChildRecorded{Child: "c", Name: "Secret", Initials: "CX", Born: &born, LivesWith: "client"})},
		Orders:       []casefile.Item[schemas.OrderRecorded]{order(10, "granted"), order(11, "served")},
		Times: casefile.Times{
			LastContact: casefile.Moment{When: clock.AtTime(at(20, 9)), Seq: 12}, LastAttempt: casefile.Moment{When: clock.AtTime(at(21, 9)), Seq: 13},
			Referral: casefile.Moment{When: clock.AtTime(at(1, 9)), Seq: 1}, FirstAttempt: casefile.Moment{When: clock.AtTime(at(1, 9)), Seq: 12},
		},
	}
	for i, typ := range []string{"referral.received", "contact.recorded", "contact.attempted", "case.allocated"} {
		f.Entries = append(f.Entries, casefile.Entry{Meta: casefile.Meta{Seq: uint64(11 + i), At: at(20+i, 9), Actor: "staff-07"}, Type: typ, Line: typ})
	}
	f.Entries[1].Corrected = []casefile.Mark{{Seq: 14}, {Seq: 14}}
	f.Entries[2].Misfiled = &casefile.Mark{Seq: 15}
	page := CaseOf(f, policy.Default(), at(26, 12), []string{"contact"})
	s := page.Strip
	if s.Initials != "QX" || s.Risk != "high" || !s.RiskAt.Start().Equal(at(2, 9)) || !s.HonourBased || !s.Interpreter || s.Under18 || s.Repeat || !slices.Equal(s.Covering, []string{"staff-08"}) {
		t.Errorf("%+v", s)
	}
	if len(s.Alerts) != 1 || s.Alerts[0].Kind != DueOrder || s.Alerts[0].Seq != 11 {
		t.Errorf("alerts %+v", s.Alerts)
	}
	if page.Next == nil || page.Next.Manager || page.Next.Due.Compare(page.Due[len(page.Due)-1].Due) > 0 || s.Overdue == 0 {
		t.Errorf("next %+v of %d, %d overdue", page.Next, len(page.Due), s.Overdue)
	}
	if page.LastContact.Seq != 12 || page.LastAttempt.Seq != 13 {
		t.Errorf("contact %+v, attempt %+v", page.LastContact, page.LastAttempt)
	}
	if n := len(page.Timeline); n != 2 || page.Left != 2 || page.Timeline[0].Seq != 13 || page.Timeline[0].Misfiled != 15 || !slices.Equal(page.Timeline[1].Corrected, []uint64{14}) {
		t.Errorf("%+v, %d left", page.Timeline, page.Left)
	}
	if p := page.People; len(p) != 2 || p[0].Initials != "PX" || p[0].Status != "bailed" || p[1].Status != "" {
		t.Errorf("%+v", p)
	}
	if c := page.Children; len(c) != 1 || *c[0].Age != 4 || c[0].OwnCase != nil {
		t.Errorf("%+v", c)
	}
	if o := page.Orders; len(o) != 1 || o[0].Status != "served" || o[0].Terms != 2 || o[0].Expired {
		t.Errorf("%+v", o)
	}
	if len(page.Plan) != 5 {
		t.Errorf("%d areas", len(page.Plan))
	}
	// A contact after the attempt: nothing was tried since.
	f.Times.LastContact.When = clock.AtTime(at(22, 9))
	if page = CaseOf(f, policy.Default(), at(26, 12), nil); page.LastAttempt != nil || len(page.Timeline) != 4 || page.Left != 0 {
		t.Errorf("attempt %+v, %d entries", page.LastAttempt, len(page.Timeline))
	}
	if b, err := json.Marshal(page); err != nil || strings.Contains(string(b), "Secret") {
		t.Errorf("a name: %v", err)
	}
}

func TestListCases(t *testing.T) {
	of := func(chain byte, stage, level, adviser string) *casefile.File {
		return &casefile.File{
			Chain: events.Chain{chain}, Stage: stage, Entries: []casefile.Entry{{Meta: casefile.Meta{Seq: 1}}},
			RiskReviews: []casefile.Item[schemas.RiskReviewedV2]{item(2, at(1, 9), schemas.RiskReviewedV2{Judgement: schemas.Judgement{Level: level}})},
			Allocations: []casefile.Item[schemas.CaseAllocated]{item(3, at(1, 9), schemas.CaseAllocated{Adviser: adviser})},
		}
	}
	excluded := of(5, casefile.StageOpen, "high", "staff-08")
	excluded.Exclusions = []casefile.Item[schemas.StaffExcluded]{item(4, at(1, 9), schemas.StaffExcluded{Staff: "staff-01", Excluded: true})}
	files := []*casefile.File{
		of(1, casefile.StageClosed, "high", "staff-07"), of(2, casefile.StageOpen, "medium", "staff-07"), of(3, casefile.StageOpen, "high", "staff-08"),
		excluded, of(4, casefile.StageErased, "", ""), {Chain: events.Chain{9}},
	}
	for _, tt := range []struct {
		whom Whom
		want string
	}{
		{Whom{}, "3 5 2 1 4"},
		{Whom{"staff-07", "adviser"}, "2 1"},
		{Whom{"staff-01", "manager"}, "3 2 1"},
		{Whom{"staff-09", ""}, ""},
	} {
		var got []string
		for _, c := range ListCases(slices.Values(files), policy.Default(), at(26, 9), tt.whom).Cases {
			got = append(got, string('0'+rune(c.Case[0])))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: %v, want %s", tt.whom, got, tt.want)
		}
	}
}

// TestViewsOfRandomCases: every view takes whatever a case can hold, as known
// and as happened on any day, and the same twice; what is erased has no
// content.
func TestViewsOfRandomCases(t *testing.T) {
	source, err := casetest.Load("../../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(2000)
	if testing.Short() {
		n = 200
	}
	var files []*casefile.File
	total := 0
	for i := range n {
		r := rand.New(rand.NewPCG(i, 7))
		var list []casefile.Event
		for k, e := range source.Case(r, 1+r.IntN(25)) {
			list = append(list, casefile.Event{Seq: uint64(k + 1), Stream: uint64(k + 1), At: e.At, Body: e.Body})
		}
		total += len(list)
		now := list[len(list)-1].At.AddDate(0, 0, r.IntN(60))
		for _, cut := range []casefile.Cut{{}, {KnownBy: list[r.IntN(len(list))].At}, {HappenedBy: now.AddDate(0, 0, -r.IntN(400))}} {
			f, err := casefile.Fold(list, cut)
			if err != nil {
				t.Fatal(err)
			}
			f.Chain = events.Chain{byte(i), byte(i >> 8)}
			if cut == (casefile.Cut{}) {
				files = append(files, f)
			}
			once, again := asJSON(t, f, now), asJSON(t, f, now)
			if once != again {
				t.Fatalf("case %d: two views of one file differ", i)
			}
		}
	}
	now := time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC)
	staff := []schemas.StaffRecordedV2{{Staff: "staff-01", Role: "manager", Active: true}, {Staff: "staff-02", Role: "adviser", Active: true}}
	all := slices.Values(files)
	for name, view := range map[string]func() any{
		"board": func() any { return ForBoard(all, staff, policy.Default(), now, Whom{}) }, "loads": func() any { return Caseload(all, policy.Default(), now, staff) },
		"stats": func() any {
			return CountStats(all, staff, policy.Default(), clock.On(2025, 1, 1), clock.On(2026, 10, 26), now)
		},
		"list": func() any { return ListCases(all, policy.Default(), now, Whom{}) }, "handover": func() any { return HandoverQueue(all, policy.Default(), now, Whom{}) },
	} {
		a, err := json.Marshal(view())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b, _ := json.Marshal(view()); string(a) != string(b) {
			t.Errorf("%s: two views of the same cases differ", name)
		}
	}
	t.Logf("%d random cases, %d events, each as it is, as known and as happened", n, total)
}

// asJSON is every view of one case.
func asJSON(t *testing.T, f *casefile.File, now time.Time) string {
	t.Helper()
	p := policy.Default()
	one := func(yield func(*casefile.File) bool) { yield(f) }
	b, err := json.Marshal([]any{
		CaseOf(f, p, now, nil), PlanOf(f, now), MaracOf(f, p, now), PeopleOf(f, nil, "", now),
		Due(one, p, now, Whom{}, clock.DateOf(now)+30), DayOf(one, p, now, schemas.StaffRecordedV2{Staff: "staff-03", Role: "adviser"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
