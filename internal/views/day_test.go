package views

import (
	"encoding/json"
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

const me, other, boss = "staff-07", "staff-08", "staff-02"

func read(s string) clock.When {
	w, err := clock.ParseWhen(s)
	if err != nil || w.IsZero() {
		panic("no moment: " + s)
	}
	return w
}

func instant(s string) time.Time { return read(s).Start() }

func ptr[T any](v T) *T { return &v }

// meta is of an event that was recorded when it happened.
func meta(seq uint64, at, actor string) casefile.Meta {
	return casefile.Meta{Seq: seq, At: instant(at), Actor: actor, Occurred: casefile.Span{From: read(at), Precision: "exact"}}
}

func of[T any](seq uint64, at, actor string, data T) casefile.Item[T] {
	return casefile.Item[T]{Meta: meta(seq, at, actor), Data: data}
}

// file is an open case of somebody, referred at a time, with safe contact by
// phone, a review and a contact of that day; the changes make of it what a test
// is about.
func file(n byte, adviser, referred string, changes ...func(*casefile.File)) *casefile.File {
	f := &casefile.File{
		Chain: events.Chain{n}, Stage: casefile.StageOpen,
		Referrals:    []casefile.Item[schemas.ReferralReceivedV2]{of(1, referred, boss, schemas.ReferralReceivedV2{Source: "police", Received: referred})},
		Clients:      []casefile.Item[schemas.ClientRecorded]{of(2, referred, me, schemas.ClientRecorded{Initials: "A.B.", Name: "Secret Name"})},
		SafeContacts: []casefile.Item[schemas.SafeContactSetV2]{of(3, referred, me, schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{{Channel: "phone", Allowed: true, Address: ptr("07700 900123")}}, CodeWord: ptr("secretword")})},
		RiskReviews:  []casefile.Item[schemas.RiskReviewedV2]{of(5, referred, me, schemas.RiskReviewedV2{Judgement: schemas.Judgement{Level: "high"}})},
	}
	if adviser != "" {
		f.Allocations = []casefile.Item[schemas.CaseAllocated]{of(4, referred, boss, schemas.CaseAllocated{Adviser: adviser, By: boss})}
	}
	at := casefile.Moment{When: read(referred), Seq: 6}
	f.Times = casefile.Times{Referral: casefile.Moment{When: read(referred), Seq: 1}, FirstAttempt: at, LastContact: at}
	for _, change := range changes {
		change(f)
	}
	return f
}

func untried(f *casefile.File) {
	f.Times.FirstAttempt, f.Times.LastContact = casefile.Moment{}, casefile.Moment{}
}

func dueOf(t *testing.T, f *casefile.File, now, by, kind string, whom Whom) *Item {
	t.Helper()
	day, err := clock.ParseDate(by)
	if err != nil {
		t.Fatal(err)
	}
	list := Due(slices.Values([]*casefile.File{f}), policy.Default(), instant(now), whom, day)
	if i := slices.IndexFunc(list.Items, func(i Item) bool { return i.Kind == kind }); i >= 0 {
		return &list.Items[i]
	}
	return nil
}

// TestDueDays: what is due when, over weekends, bank holidays and the night on
// which an hour is repeated.
func TestDueDays(t *testing.T) {
	hearing := func(meeting string) func(*casefile.File) {
		return func(f *casefile.File) {
			f.Hearings = []casefile.Hearing{{Item: of(9, "2026-10-28T16:00:00+00:00", me, schemas.MaracHeard{Marac: "Harrowmere", Meeting: meeting, Outcome: "heard"})}}
		}
	}
	for _, tt := range []struct {
		name       string
		referred   string
		change     func(*casefile.File)
		now, by    string
		kind, want string
		over       bool
		days       int
		seq        uint64
	}{
		{"first attempt, Monday to Wednesday", "2026-10-26T09:30:00+00:00", untried, "2026-10-26T10:00:00+00:00", "2026-10-28", DueFirstAttempt, "2026-10-28", false, 0, 1},
		{"first attempt, on its day it is not over", "2026-10-26T09:30:00+00:00", untried, "2026-10-28T23:59:59+00:00", "2026-10-28", DueFirstAttempt, "2026-10-28", false, 0, 1},
		{"first attempt, the day after", "2026-10-26T09:30:00+00:00", untried, "2026-10-29T00:00:00+00:00", "2026-10-29", DueFirstAttempt, "2026-10-28", true, 1, 1},
		{"first attempt, over the weekend", "2026-10-23T09:30:00+01:00", untried, "2026-10-26T09:00:00+00:00", "2026-10-27", DueFirstAttempt, "2026-10-27", false, 0, 1},
		{"first attempt, referred on a Saturday", "2026-10-24T09:30:00+01:00", untried, "2026-10-26T09:00:00+00:00", "2026-10-27", DueFirstAttempt, "2026-10-27", false, 0, 1},
		{"first attempt, over Christmas 2026 with its substitute day", "2026-12-24T09:30:00+00:00", untried, "2026-12-29T09:00:00+00:00", "2026-12-30", DueFirstAttempt, "2026-12-30", false, 0, 1},
		{"first attempt, over Easter 2027", "2027-03-25T09:30:00+00:00", untried, "2027-03-30T09:00:00+01:00", "2027-03-31", DueFirstAttempt, "2027-03-31", false, 0, 1},
		{"first attempt, referred in the repeated hour, first", "2026-10-25T01:30:00+01:00", untried, "2026-10-25T01:30:00+00:00", "2026-10-27", DueFirstAttempt, "2026-10-27", false, 0, 1},
		{"first attempt, beyond the bank holidays: at once", "2040-10-26T09:30:00+00:00", untried, "2040-10-27T10:00:00+00:00", "2040-10-27", DueFirstAttempt, "2040-10-26", true, 1, 1},
		{"first attempt made", "2026-10-26T09:30:00+00:00", nil, "2026-11-26T10:00:00+00:00", "2026-12-28", DueFirstAttempt, "", false, 0, 0},
		{"feedback, from a Wednesday to Friday", "2026-10-01T09:00:00+01:00", hearing("2026-10-28"), "2026-10-29T09:00:00+00:00", "2026-10-30", DueFeedback, "2026-10-30", false, 0, 9},
		{"feedback, from Christmas Eve", "2026-10-01T09:00:00+01:00", hearing("2026-12-24"), "2026-12-31T09:00:00+00:00", "2026-12-31", DueFeedback, "2026-12-30", true, 1, 9},
		{"feedback of a Marac before the case came", "2026-11-01T09:00:00+00:00", hearing("2026-10-28"), "2026-12-31T09:00:00+00:00", "2026-12-31", DueFeedback, "", false, 0, 0},
		{"contact weekly, by the calendar over the change of clocks", "2026-10-22T14:00:00+01:00", nil, "2026-10-29T23:00:00+00:00", "2026-10-29", DueContact, "2026-10-29", false, 0, 6},
		{"contact weekly, over", "2026-10-22T14:00:00+01:00", nil, "2026-10-31T09:00:00+00:00", "2026-10-31", DueContact, "2026-10-29", true, 2, 6},
		{"review, before six weeks", "2026-09-14T10:00:00+01:00", nil, "2026-10-25T12:00:00+00:00", "2026-10-25", DueRiskReview, "", false, 0, 0},
		{"review, from six weeks", "2026-09-14T10:00:00+01:00", nil, "2026-10-26T12:00:00+00:00", "2026-10-26", DueRiskReview, "2026-11-09", false, 0, 5},
		{"review, after eight", "2026-09-14T10:00:00+01:00", nil, "2026-11-10T00:00:00+00:00", "2026-11-10", DueRiskReview, "2026-11-09", true, 1, 5},
		{"incident in the second 01:30: at once", "2026-10-01T10:00:00+01:00", func(f *casefile.File) {
			f.Incidents = []casefile.Incident{{Item: of(8, "2026-10-25T01:30:00+00:00", me, schemas.IncidentDisclosedV2{})}}
		}, "2026-10-25T01:30:00+00:00", "2026-10-25", DueRiskReview, "2026-10-25T01:30:00+00:00", true, 0, 8},
		{"incident in the second 01:30, seen from the first", "2026-10-01T10:00:00+01:00", func(f *casefile.File) {
			f.Incidents = []casefile.Incident{{Item: of(8, "2026-10-25T01:30:00+00:00", me, schemas.IncidentDisclosedV2{})}}
		}, "2026-10-25T01:30:00+01:00", "2026-10-25", DueRiskReview, "2026-10-25T01:30:00+00:00", false, 0, 8},
		{"order on its last day", "2026-10-26T09:30:00+00:00", func(f *casefile.File) {
			f.Orders = []casefile.Item[schemas.OrderRecorded]{of(9, "2026-10-26T09:30:00+00:00", me, schemas.OrderRecorded{Order: "o1", Kind: "non-molestation", Status: "served", Expires: ptr("2026-10-27")})}
		}, "2026-10-27T23:00:00+00:00", "2026-10-27", DueOrder, "2026-10-27", false, 0, 9},
		{"order discharged", "2026-10-26T09:30:00+00:00", func(f *casefile.File) {
			f.Orders = []casefile.Item[schemas.OrderRecorded]{of(9, "2026-10-26T09:30:00+00:00", me, schemas.OrderRecorded{Order: "o1", Status: "discharged", Expires: ptr("2026-10-27")})}
		}, "2026-10-27T23:00:00+00:00", "2026-10-27", DueOrder, "", false, 0, 0},
		{"handover is never over", "2026-10-23T09:30:00+01:00", func(f *casefile.File) {
			f.Handovers = []casefile.Item[schemas.HandoverGiven]{of(9, "2026-10-23T16:00:00+01:00", me, schemas.HandoverGiven{To: "2026-10-26T09:00:00+00:00"})}
		}, "2026-10-26T09:00:00+00:00", "2026-10-27", DueHandover, "", false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(1, me, tt.referred)
			if tt.change != nil {
				tt.change(f)
			}
			got := dueOf(t, f, tt.now, tt.by, tt.kind, Whom{Staff: me})
			switch {
			case got == nil && tt.want == "":
			case got == nil || tt.want == "":
				t.Fatalf("got %+v, want %q", got, tt.want)
			case got.Due.String() != tt.want || got.Overdue != tt.over || got.Days != tt.days || got.Seq != tt.seq:
				t.Errorf("due %s, over %v by %d, event %d; want %s, %v, %d, %d", got.Due, got.Overdue, got.Days, got.Seq, tt.want, tt.over, tt.days, tt.seq)
			}
		})
	}
}

// TestDueForWhom: what is for managers is not in an adviser's list, a cover is
// in it while it lasts, and an exclusion keeps a case from every list.
func TestDueForWhom(t *testing.T) {
	const now = "2026-10-28T12:00:00+00:00"
	f := file(1, me, "2026-10-23T09:30:00+01:00", func(f *casefile.File) {
		f.Overrides = []casefile.Override{{Meta: meta(9, "2026-10-23T17:00:00+01:00", me), Kind: casefile.OverrideAppointment, By: me}}
		f.Plan = []casefile.PlanAction{{Action: schemas.Action{ID: "a1", Area: "safety", Due: ptr("2026-10-27")}, Changed: meta(8, "2026-10-23T17:00:00+01:00", me)}}
		f.Covers = []casefile.Item[schemas.CaseCovered]{of(10, "2026-10-27T09:00:00+00:00", boss, schemas.CaseCovered{Adviser: other, By: boss, From: "2026-10-28T09:00:00+00:00", To: ptr("2026-10-28T18:00:00+00:00"), Reason: "marac-day"})}
	})
	for _, tt := range []struct {
		name     string
		whom     Whom
		now      string
		excluded string
		plan     bool
		override bool
	}{
		{"adviser", Whom{Staff: me, Role: "adviser"}, now, "", true, false},
		{"covering", Whom{Staff: other, Role: "adviser"}, now, "", true, false},
		{"covering is over", Whom{Staff: other, Role: "adviser"}, "2026-10-28T18:00:00+00:00", "", false, false},
		{"manager", Whom{Staff: boss, Role: "manager"}, now, "", false, true},
		{"everybody", Whom{}, now, "", true, true},
		{"excluded manager", Whom{Staff: boss, Role: "manager"}, now, boss, false, false},
		{"excluded adviser", Whom{Staff: me, Role: "adviser"}, now, me, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := *f
			if tt.excluded != "" {
				g.Exclusions = []casefile.Item[schemas.StaffExcluded]{of(11, now, boss, schemas.StaffExcluded{Staff: tt.excluded, Excluded: true})}
			}
			if got := dueOf(t, &g, tt.now, "2026-10-30", DuePlanAction, tt.whom); (got != nil) != tt.plan {
				t.Errorf("plan action: %+v", got)
			}
			got := dueOf(t, &g, tt.now, "2026-10-30", DueOverride, tt.whom)
			if (got != nil) != tt.override || got != nil && (got.Due.String() != "2026-10-26" || got.Days != 2 || !got.Manager) {
				t.Errorf("override: %+v", got)
			}
		})
	}
}

// TestDayInOrder: Monday 9:00 after the weekend of the repeated hour.
func TestDayInOrder(t *testing.T) {
	now := instant("2026-10-26T09:00:00+00:00")
	helpline := func(at string) func(*casefile.File) {
		return func(f *casefile.File) {
			h := of(8, at, "staff-20", schemas.HelplineContact{Channel: "phone", Caller: "client", DangerNow: "no", Emergency: "not-needed", Number: ptr("07700 900999"), CallBack: schemas.CallBack{Safe: "yes"}})
			f.Helpline = append(f.Helpline, h)
			f.Entries = append(f.Entries, casefile.Entry{Meta: h.Meta, Type: "helpline.contact"})
		}
	}
	call := file(1, me, "2026-10-01T09:30:00+01:00", helpline("2026-10-25T01:30:00+00:00"), func(f *casefile.File) {
		f.Perpetrators = []casefile.Item[schemas.PerpetratorStatus]{of(9, "2026-10-20T10:00:00+01:00", me, schemas.PerpetratorStatus{Person: "p", Status: "remanded", Release: ptr("2026-10-28")})}
		f.Courts = []casefile.Item[schemas.CourtRecorded]{of(10, "2026-10-20T10:00:00+01:00", me, schemas.CourtRecorded{Court: "Secret Court", Kind: "criminal", Next: ptr("2026-10-27")})}
		f.Appointments = []casefile.Appointment{{
			Item: of(11, "2026-10-20T10:00:00+01:00", me, schemas.AppointmentPlanned{Purpose: "support", With: []schemas.Party{{Kind: "client"}}}), State: casefile.AppointmentPlanned,
			Arranged: schemas.Arranged{Adviser: me, Channel: "phone", Start: "2026-10-26T14:00:00+00:00", Number: ptr("07700 900999")},
		}}
	})
	answered := file(2, me, "2026-10-01T09:30:00+01:00", helpline("2026-10-25T01:30:00+01:00"), func(f *casefile.File) {
		f.Attempts = []casefile.Item[schemas.ContactAttempted]{of(9, "2026-10-25T01:30:00+00:00", me, schemas.ContactAttempted{})} // an hour later
	})
	// The social worker was rung since, and nobody rang the client.
	talkedOf := file(8, other, "2026-10-01T09:30:00+01:00", helpline("2026-10-25T01:30:00+01:00"), func(f *casefile.File) {
		f.Contacts = []casefile.Contact{{Item: of(9, "2026-10-25T10:00:00+00:00", other, schemas.ContactRecordedV2{})}}
	})
	if calls := openCalls(talkedOf, now); len(calls) != 1 {
		t.Errorf("after a contact with others than the client, open calls %+v", calls)
	}
	talkedOf.Helpline[0].Data.Caller = "professional"
	if calls := openCalls(talkedOf, now); len(calls) != 0 {
		t.Errorf("a professional's call is followed up with others, open calls %+v", calls)
	}
	changed := file(3, me, "2026-10-01T09:30:00+01:00", func(f *casefile.File) {
		f.SafeContacts = append(f.SafeContacts, of(8, "2026-10-24T10:00:00+01:00", other, schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{{Channel: "text", Allowed: true}}}))
	})
	fresh := file(4, me, "2026-10-24T09:30:00+01:00", untried)
	away := file(5, me, "2026-10-01T09:30:00+01:00", func(f *casefile.File) {
		f.Covers = []casefile.Item[schemas.CaseCovered]{of(8, "2026-10-22T09:00:00+01:00", boss, schemas.CaseCovered{Adviser: other, From: "2026-10-23", To: ptr("2026-10-23"), Reason: "leave"})}
		f.Entries = []casefile.Entry{
			{Meta: meta(9, "2026-10-22T23:59:00+01:00", other), Line: "before"}, {Meta: meta(10, "2026-10-23T10:00:00+01:00", other), Line: "during"},
			{Meta: meta(11, "2026-10-23T11:00:00+01:00", me), Line: "mine"}, {Meta: meta(12, "2026-10-24T00:00:00+01:00", other), Line: "after"},
		}
	})
	covering := file(6, other, "2026-10-01T09:30:00+01:00", func(f *casefile.File) {
		f.Covers = []casefile.Item[schemas.CaseCovered]{of(8, "2026-10-22T09:00:00+01:00", boss, schemas.CaseCovered{Adviser: me, From: "2026-10-24", To: ptr("2026-10-26"), Reason: "leave"})}
	})
	notMine := file(7, other, "2026-10-24T09:30:00+01:00", untried, helpline("2026-10-25T01:30:00+00:00"))

	d := DayOf(slices.Values([]*casefile.File{notMine, covering, away, fresh, changed, answered, call}), policy.Default(), now, schemas.StaffRecordedV2{Staff: me, Role: "adviser"})
	var urgent []string
	for _, u := range d.Urgent {
		urgent = append(urgent, u.Kind+" "+u.Case.String()[:2])
	}
	if want := []string{"release 01", "helpline 01", "safe-contact 03"}; !slices.Equal(urgent, want) {
		t.Errorf("urgent %q, want %q", urgent, want)
	}
	if len(d.Urgent) > 1 && !strings.Contains(d.Urgent[1].Why, "the second 01:30 that night") {
		t.Errorf("the call says %q: not which 01:30", d.Urgent[1].Why)
	}
	if d.Since != clock.On(2026, 10, 23) {
		t.Errorf("new since %s", d.Since)
	}
	if len(d.Referrals) != 1 || d.Referrals[0].Case != fresh.Chain || d.Referrals[0].State != "running" || d.Referrals[0].Due.String() != "2026-10-27" {
		t.Errorf("referrals %+v", d.Referrals)
	}
	if len(d.Appointments) != 1 || d.Appointments[0].Safe == "" || len(d.Appointments[0].Unsafe) != 1 || d.Appointments[0].Unsafe[0].Rule != casefile.UnsafeAddress {
		t.Errorf("appointments %+v", d.Appointments)
	}
	if len(d.Week) != 1 || d.Week[0].Kind != DueCourt {
		t.Errorf("week %+v", d.Week)
	}
	if len(d.Covering) != 1 || d.Covering[0].Case != covering.Chain || d.Load.Covering != 1 || d.Load.Open != 5 {
		t.Errorf("covering %+v, load %+v", d.Covering, d.Load)
	}
	if len(d.Away) != 1 || len(d.Away[0].Entries) != 1 || d.Away[0].Entries[0].Line != "during" {
		t.Errorf("away %+v", d.Away)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Secret", "secretword", "07700"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the day gives away %q: %s", secret, raw)
		}
	}
	// The day ends at a working hour on Friday: the week before is not new.
	later := DayOf(slices.Values([]*casefile.File{call, answered}), policy.Default(), instant("2026-10-30T17:00:00+00:00"), schemas.StaffRecordedV2{Staff: me})
	if len(later.Urgent) == 0 || !strings.Contains(later.Urgent[0].Why, "nothing says whether") {
		t.Errorf("a release that is past and not heard of: %+v", later.Urgent)
	}
}

// TestAway: what others covered shows from when it begins until a week after,
// whatever hour it ended at, and as last said.
func TestAway(t *testing.T) {
	cover := func(seq uint64, from string, to *string) casefile.Item[schemas.CaseCovered] {
		return of(seq, "2026-10-27T09:00:00+00:00", boss, schemas.CaseCovered{Adviser: other, From: from, To: to, Reason: "marac-day"})
	}
	const from = "2026-10-28T09:00:00+00:00"
	day := cover(8, from, ptr("2026-10-28T18:00:00+00:00"))
	for _, tt := range []struct {
		name   string
		covers []casefile.Item[schemas.CaseCovered]
		now    string
		seqs   []uint64
	}{
		{"before it begins", []casefile.Item[schemas.CaseCovered]{day}, "2026-10-28T08:59:59+00:00", nil},
		{"while it lasts", []casefile.Item[schemas.CaseCovered]{day}, "2026-10-28T12:00:00+00:00", []uint64{8}},
		{"the morning after", []casefile.Item[schemas.CaseCovered]{day}, "2026-10-29T09:00:00+00:00", []uint64{8}},
		{"six days after", []casefile.Item[schemas.CaseCovered]{day}, "2026-11-03T09:00:00+00:00", []uint64{8}},
		{"a week after", []casefile.Item[schemas.CaseCovered]{day}, "2026-11-04T09:00:00+00:00", nil},
		{"until further notice", []casefile.Item[schemas.CaseCovered]{cover(8, from, nil)}, "2026-12-01T09:00:00+00:00", []uint64{8}},
		{"said anew", []casefile.Item[schemas.CaseCovered]{day, cover(9, from, ptr("2026-10-28T20:00:00+00:00"))}, "2026-10-29T09:00:00+00:00", []uint64{9}},
	} {
		f := file(1, me, "2026-10-01T09:30:00+01:00", func(f *casefile.File) { f.Covers = tt.covers })
		var got []uint64
		for _, c := range DayOf(slices.Values([]*casefile.File{f}), policy.Default(), instant(tt.now), schemas.StaffRecordedV2{Staff: me}).Away {
			got = append(got, c.Seq)
		}
		if !slices.Equal(got, tt.seqs) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.seqs)
		}
	}
}

func TestCaseload(t *testing.T) {
	p := policy.Default()
	now := instant("2026-10-26T09:00:00+00:00")
	var files []*casefile.File
	for i := range 21 {
		files = append(files, file(byte(i+1), me, "2026-10-01T09:30:00+01:00"))
	}
	files[20].Allocations[0] = of(4, "2026-10-20T09:30:00+01:00", boss, schemas.CaseAllocated{Adviser: me, By: boss})
	for _, tt := range []struct {
		name  string
		n     int
		cap   *int
		level string
		over  int
	}{
		{"17", 17, nil, LoadWithin, 0}, {"18", 18, nil, LoadHigh, 0}, {"20", 20, nil, LoadHigh, 0}, {"21", 21, nil, LoadOver, 1},
		{"a cap of one's own", 12, ptr(10), LoadOver, 2}, {"at it", 10, ptr(10), LoadHigh, 0}, {"below it", 9, ptr(10), LoadWithin, 0},
	} {
		l := LoadOf(slices.Values(files[:tt.n]), p, now, schemas.StaffRecordedV2{Staff: me, Cap: tt.cap})
		if l.Open != tt.n || l.Level != tt.level || len(l.Over) != tt.over {
			t.Errorf("%s: %+v", tt.name, l)
		}
	}
	l := LoadOf(slices.Values(files), p, now, schemas.StaffRecordedV2{Staff: me})
	if l.Over[0].Case != files[20].Chain || l.Over[0].Reason || !strings.Contains(l.Why, "without a reason: 15000000") {
		t.Errorf("over: %+v, %s", l.Over, l.Why)
	}
	files[20].Allocations[0].Data.OverCap = &schemas.Prose{Text: "secret"}
	if l = LoadOf(slices.Values(files), p, now, schemas.StaffRecordedV2{Staff: me}); !l.Over[0].Reason || !strings.HasSuffix(l.Why, "each with a reason") {
		t.Errorf("over with a reason: %+v, %s", l.Over, l.Why)
	}
	all := Caseload(slices.Values(append(files, file(99, "", "2026-10-01T09:30:00+01:00"))), p, now, []schemas.StaffRecordedV2{{Staff: other, Role: "adviser", Active: true}, {Staff: boss, Role: "manager", Active: true}})
	if len(all) != 3 || all[0].Adviser != "" || all[0].Open != 1 || all[1].Adviser != me || all[2].Adviser != other || all[2].Open != 0 {
		t.Errorf("all: %+v", all)
	}
}

func TestHandoverQueue(t *testing.T) {
	given := func(change func(*casefile.File)) *casefile.File {
		return file(1, me, "2026-10-01T09:30:00+01:00", func(f *casefile.File) {
			f.Handovers = []casefile.Item[schemas.HandoverGiven]{of(8, "2026-10-23T16:30:00+01:00", me, schemas.HandoverGiven{
				From: "2026-10-23T17:00:00+01:00", To: "2026-10-26T09:00:00+00:00", Risk: "high", Alias: ptr("Secret Alias"), WhoMayRing: []string{"Secret Sister"},
				CallBack: &schemas.SafeWay{Channel: "phone", Number: ptr("07700 900123"), CodeWord: ptr("secretword")}, About: schemas.Prose{Text: "Secret paragraph"}, By: me,
			})}
		}, change)
	}
	same := func(*casefile.File) {}
	for _, tt := range []struct {
		name    string
		file    *casefile.File
		now     string
		state   string // "": it is not there
		changed bool
		unsafe  int
	}{
		{"before it begins", given(same), "2026-10-23T16:59:59+01:00", "later", false, 0},
		{"in the first 01:30", given(same), "2026-10-25T01:30:00+01:00", "now", false, 0},
		{"in the second 01:30", given(same), "2026-10-25T01:30:00+00:00", "now", false, 0},
		{"until Monday 9", given(same), "2026-10-26T08:59:59+00:00", "now", false, 0},
		{"on Monday at 9", given(same), "2026-10-26T09:00:00+00:00", "", false, 0},
		{"of a closed case", given(func(f *casefile.File) { f.Stage = casefile.StageClosed }), "2026-10-24T09:00:00+01:00", "", false, 0},
		{"safe contact set anew", given(func(f *casefile.File) {
			f.SafeContacts = append(f.SafeContacts, of(9, "2026-10-24T10:00:00+01:00", other, schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{{Channel: "phone"}}}))
		}), "2026-10-24T12:00:00+01:00", "now", true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := HandoverQueue(slices.Values([]*casefile.File{tt.file}), policy.Default(), instant(tt.now), Whom{})
			if tt.state == "" {
				if len(h.Given) != 0 {
					t.Errorf("given %+v", h.Given)
				}
				return
			}
			if len(h.Given) != 1 || h.Given[0].State != tt.state || h.Given[0].Changed != tt.changed || len(h.Given[0].Unsafe) != tt.unsafe {
				t.Fatalf("given %+v", h.Given)
			}
			raw, err := json.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"Secret", "secretword", "07700"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("gives away %q", secret)
				}
			}
			if h := HandoverQueue(slices.Values([]*casefile.File{tt.file}), policy.Default(), instant(tt.now), Whom{Staff: me}); len(h.Given) != 1 {
				t.Errorf("for somebody: %+v", h.Given)
			}
		})
	}
}
