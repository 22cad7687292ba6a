package pages

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/story"
	"caseledger/schemas"
)

var deskManager = access.Who{Staff: "staff-02", Role: access.Manager}

func TestCorrections(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	seq := newestSeq(w, "court", "contact.recorded")
	of := "/entry/" + strconv.FormatUint(seq, 10)
	safe := "/entry/" + strconv.FormatUint(newestSeq(w, "court", "safe-contact.set"), 10)
	testFillings(t, deskAdviser, wednesday, []filling{
		{"corrected", "court", of + "/correct?statement=1", url.Values{"text": {exact}, "reason": {exact}}, schemas.ContactCorrected{
			Made: live, Corrects: schemas.Corrects{Seq: seq, Statement: 1}, Text: exact, Reason: schemas.Prose{Text: exact},
		}, []wrong{
			{"statement", url.Values{"statement": {}}},
			{"text", url.Values{"text": {" "}}},
			{"reason", url.Values{"reason": {""}}},
		}},
		{"disputed", "court", of + "/dispute", url.Values{"statement": {"0"}, "says": {exact}, "told-in": {strconv.FormatUint(seq, 10)}}, schemas.ContactDisputed{
			Made: live, Disputes: schemas.Disputes{Seq: seq, Statement: ptr(0)}, Says: schemas.Prose{Text: exact}, By: "client", ToldIn: &seq,
		}, []wrong{
			{"says", url.Values{"says": {""}}},
			{"by", url.Values{"by": {""}}},
		}},
		{"all of it disputed", "court", safe + "/dispute", url.Values{"says": {"Never the post."}, "by": {"her sister"}}, schemas.ContactDisputed{
			Made: live, Disputes: schemas.Disputes{Seq: newestSeq(w, "court", "safe-contact.set")}, Says: schemas.Prose{Text: "Never the post."}, By: "her sister",
		}, nil},
		{"misfiled", "court", of + "/misfiled", url.Values{"reason": {exact}, "belongs-to": {story.Chain("silence").String()}, "sure": {"yes"}}, schemas.EntryMisfiled{
			Made: live, Entry: seq, BelongsTo: ptr(story.Chain("silence").String()), FoundBy: "staff-07", Reason: schemas.Prose{Text: exact},
		}, []wrong{
			{"reason", url.Values{"reason": {""}}},
			{"sure", url.Values{"sure": {}}},
			{"belongs-to", url.Values{"belongs-to": {"A2D32BA0"}}},
			{"belongs-to", url.Values{"belongs-to": {courtCase.String()}}},
		}},
	})
}

// A correction and what the client disputes stand beside what was first
// written, which stays.
func TestBothAreShown(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	n := strconv.FormatUint(newestSeq(w, "court", "contact.recorded"), 10)
	path := "/case/" + courtCase.String() + "/entry/" + n
	c := present[schemas.ContactRecordedV2](t, w, "court", "contact.recorded")
	first := strings.Fields(c.Statements[0].Text)[0]
	for _, form := range []struct {
		page string
		with url.Values
	}{
		{path + "/correct?statement=0", url.Values{"text": {"The words put right."}, "reason": {"Misheard the day."}}},
		{path + "/dispute", url.Values{"statement": {"0"}, "says": {"She never said so."}}},
	} {
		if got := sent(s, form.page, fieldsWith(ask(s, "GET", form.page).Body.String(), form.with)); got.Code != 303 {
			t.Fatal(got.Code, summaryOf(got))
		}
	}
	wants(t, ask(s, "GET", path).Body.String(), first, "The words put right.", "Misheard the day.", "She never said so.")
	for _, no := range []string{"/entry/999/correct", "/entry/1/correct", "/entry/x/dispute", "/entry/0/misfiled"} {
		if got := ask(s, "GET", "/case/"+courtCase.String()+no); got.Code != 404 {
			t.Errorf("%s: %d", no, got.Code)
		}
	}
}

func TestRunningACase(t *testing.T) {
	outcomes := url.Values{"reason": {"plan-complete"}, "note": {exact}, "check": {"review", "back"}}
	closed := schemas.CaseClosed{Made: live, Reason: "plan-complete", Note: &schemas.Prose{Text: exact}, Outcomes: []schemas.AreaOutcome{}, Checklist: []schemas.Check{}}
	for _, area := range []string{"money", "life", "time", "safety", "health"} {
		outcomes.Set("outcome-"+area, exact+area)
		closed.Outcomes = append(closed.Outcomes, schemas.AreaOutcome{Area: area, Outcome: schemas.Prose{Text: exact + area}})
	}
	for _, c := range closingChecks {
		closed.Checklist = append(closed.Checklist, schemas.Check{Item: c.Label, Done: c.Value == "review" || c.Value == "back"})
	}
	testFillings(t, deskManager, wednesday, []filling{
		{"allocated", "court", "/allocate", url.Values{"adviser": {"staff-08"}}, schemas.CaseAllocated{Made: live, Adviser: "staff-08", By: "staff-02"}, []wrong{
			{"adviser", url.Values{"adviser": {""}}},
		}},
		{"allocated over the cap", "court", "/allocate", url.Values{"adviser": {"staff-08"}, "over-cap": {exact}}, schemas.CaseAllocated{Made: live, Adviser: "staff-08", By: "staff-02", OverCap: &schemas.Prose{Text: exact}}, nil},
		{"covered", "court", "/cover", url.Values{"adviser": {"staff-08"}, "from-date": {"2026-11-02"}, "from-time": {"09:00"}, "to-date": {"2026-11-06"}, "reason": {"leave"}, "note": {exact}}, schemas.CaseCovered{
			Made: live, Adviser: "staff-08", By: "staff-02", From: "2026-11-02T09:00:00+00:00", To: ptr("2026-11-06"), Reason: "leave", Note: &schemas.Prose{Text: exact},
		}, []wrong{
			{"adviser", url.Values{"adviser": {""}}},
			{"adviser", url.Values{"adviser": {"staff-07"}}},
			{"from-date", url.Values{"from-date": {""}, "from-time": {""}}},
			{"to-date", url.Values{"to-date": {"2026-11-01"}}},
			{"reason", url.Values{"reason": {""}}},
		}},
		{"transferred", "court", "/transfer", url.Values{
			"area": {"Tern Valley"}, "service": {"Tern Valley Refuge"}, "adviser": {"Ms Osier"}, "contact": {"01632 960266"}, "handed-over": {"Safety plan\n\n Both Marac minutes "},
			"spoke-date": {"2026-10-27"}, "spoke-time": {"11:30"}, "agreed": {"yes"}, "accepted": {"2026-10-28"}, "note": {exact},
		}, schemas.CaseTransferred{
			Made: live, Direction: "out", Area: "Tern Valley", Service: ptr("Tern Valley Refuge"), Adviser: ptr("Ms Osier"), Contact: ptr("01632 960266"), HandedOver: []string{"Safety plan", "Both Marac minutes"},
			Spoke: ptr("2026-10-27T11:30:00+00:00"), Agreed: "yes", Accepted: ptr("2026-10-28"), By: "staff-02", Note: &schemas.Prose{Text: exact},
		}, []wrong{
			{"area", url.Values{"area": {""}}},
			{"direction", url.Values{"direction": {}}},
			{"accepted", url.Values{"accepted": {"yesterday"}}},
			{"spoke-date", url.Values{"spoke-date": {""}}},
		}},
		{"excluded", "court", "/exclude", url.Values{"staff": {"staff-08"}, "reason": {"knows-client"}, "note": {exact}}, schemas.StaffExcluded{
			Made: live, Staff: "staff-08", Excluded: true, By: "staff-02", Reason: "knows-client", Note: &schemas.Prose{Text: exact},
		}, []wrong{
			{"staff", url.Values{"staff": {""}}},
			{"excluded", url.Values{"excluded": {}}},
			{"reason", url.Values{"reason": {""}}},
		}},
		{"closed", "court", "/close", outcomes, closed, []wrong{
			{"reason", url.Values{"reason": {""}}},
			{"outcome-safety", url.Values{"outcome-safety": {" "}}},
			{"note", url.Values{"reason": {"other"}, "note": {""}}},
		}},
		{"reopened", "before", "/reopen", url.Values{"reason": {"new-incident"}, "referral": {"1"}, "note": {exact}}, schemas.CaseReopened{
			Made: live, By: "staff-02", Reason: "new-incident", Referral: ptr(uint64(1)), Note: &schemas.Prose{Text: exact},
		}, []wrong{{"reason", url.Values{"reason": {""}}}}},
		{"a hold", "court", "/hold/new", url.Values{"reason": {"inquiry"}, "authority": {"The coroner"}, "reference": {"CO/4"}, "review": {"2027-01-04"}, "note": {exact}}, schemas.HoldPlaced{
			Made: live, Reason: "inquiry", Authority: ptr("The coroner"), Reference: ptr("CO/4"), By: "staff-02", Review: ptr("2027-01-04"), Note: &schemas.Prose{Text: exact},
		}, []wrong{{"reason", url.Values{"reason": {""}}}, {"review", url.Values{"review": {"soon"}}}}},
	})
	w := storyAt(t, deskManager, wednesday)
	s := serveLedger(t, byRole{w}, w)
	for _, no := range []string{story.Chain("before").String() + "/close", courtCase.String() + "/reopen", courtCase.String() + "/hold/1/lift", courtCase.String() + "/override/1"} {
		if got := ask(s, "GET", "/case/"+no); got.Code != 404 {
			t.Errorf("%s: %d", no[32:], got.Code)
		}
	}
}

// A hold that was placed is lifted, and an override is reviewed by somebody
// else than who took it.
func TestLiftAndReview(t *testing.T) {
	w := storyAt(t, deskManager, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + courtCase.String()
	send := func(page string, with url.Values, want int) string {
		t.Helper()
		got := sent(s, page, fieldsWith(ask(s, "GET", page).Body.String(), with))
		if got.Code != want {
			t.Fatalf("%s: %d, %q", page, got.Code, summaryOf(got))
		}
		return got.Body.String()
	}
	send(path+"/hold/new", url.Values{"reason": {"police"}}, 303)
	hold := newestSeq(w, "court", "hold.placed")
	lift := path + "/hold/" + strconv.FormatUint(hold, 10) + "/lift"
	send(lift, url.Values{"reason": {""}}, 422)
	send(lift, url.Values{"reason": {exact}}, 303)
	if got := present[schemas.HoldLifted](t, w, "court", "hold.lifted"); got.Hold != hold || got.Reason.Text != exact || got.By != "staff-02" {
		t.Errorf("recorded %+v", got)
	}
	send(path+"/appointment/new", url.Values{"purpose": {"support"}, "start-date": {"2026-11-02"}, "start-time": {"12:30"}, "override": {exact}}, 303)
	n := newestSeq(w, "court", "appointment.planned")
	review := path + "/override/" + strconv.FormatUint(n, 10)
	found := url.Values{"finding": {"lesson"}, "reasons": {exact}, "action": {exact}}
	wants(t, send(review, found, 422), "Somebody else looks at it")
	w.who.Staff = "staff-01"
	wants(t, ask(s, "GET", review).Body.String(), "staff-02", "Why it could not wait")
	send(review, url.Values{"finding": {"lesson"}}, 422)
	send(review, found, 303)
	if got := present[schemas.OverrideReviewed](t, w, "court", "override.reviewed"); got.Override != n || got.By != "staff-01" || got.Finding != "lesson" || got.Reasons.Text != exact || got.Action.Text != exact {
		t.Errorf("recorded %+v", got)
	}
}

// What no page of ours offers is not taken.
func TestForged(t *testing.T) {
	w := storyAt(t, deskManager, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + courtCase.String()
	entry := "/entry/" + strconv.FormatUint(newestSeq(w, "court", "contact.recorded"), 10)
	for _, c := range []struct{ page, field, value string }{
		{entry + "/correct", "statement", "99"}, {entry + "/dispute", "statement", "99"}, {entry + "/dispute", "statement", "x"},
		{"/allocate", "adviser", "staff-02"}, {"/cover", "adviser", "nobody"}, {"/exclude", "staff", "nobody"}, {"/close", "reason", "because"},
	} {
		form := fieldsWith(ask(s, "GET", path+c.page).Body.String(), url.Values{c.field: {c.value}})
		if got := sent(s, path+c.page, form); got.Code != 422 || !strings.Contains(got.Body.String(), `<a href="#`+c.field+`"`) {
			t.Errorf("%s, %s %s: %d, %q", c.page, c.field, c.value, got.Code, summaryOf(got))
		}
	}
}
