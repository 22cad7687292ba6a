package pages

import (
	"net/url"
	"strings"
	"testing"

	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// filledAgreed are the forms of agreements and of who was asked, filled in.
var filledAgreed = []filledIn{
	{
		"an agreement", "court", "/agreement/new",
		[]string{
			"support", "yes", "sharing", "yes", "with", "Policja\n پولیس \nਪੁਲਿਸ 😟", "sharing-limits", foreign, "statistics", "no", "by", "client", "how", "through-interpreter", "expires", "2027-10-28",
		},
		func(*casefile.File) any {
			return schemas.AgreementRecorded{
				Made: live, By: "client", How: "through-interpreter", Expires: ptr("2027-10-28"), Answers: []schemas.Agreement{
					{Purpose: "support", Agreed: true, With: []string{}}, {Purpose: "sharing", Agreed: true, With: []string{"Policja", "پولیس", "ਪੁਲਿਸ 😟"}, Limits: &schemas.Prose{Text: foreign}},
					{Purpose: "statistics", With: []string{}},
				},
			}
		},
		[]mistake{
			{[]string{"sharing", "no"}, "with"}, {[]string{"sharing", ""}, "sharing"}, {[]string{"support", "", "support-limits", "Not with her mother."}, "support"}, {[]string{"support", "", "sharing", "", "with", "", "sharing-limits", "", "statistics", ""}, "support"},
			{[]string{"by", " "}, "by"}, {[]string{"by", longName}, "by"}, {[]string{"how", ""}, "how"}, {[]string{"expires", "2026-10-27"}, "expires"}, {[]string{"expires", "next year"}, "expires"}, {[]string{"with", strings.Repeat("x\n", 51)}, "with"}, {[]string{"with", "Police\n" + longName}, "with"},
			{[]string{"support", "", "sharing-limits", strings.Repeat("x", 200_001)}, "sharing-limits"}, {[]string{"when-date", "2026-10-29"}, "when-date"}, {[]string{"made", ""}, "made"},
		},
	},
	{
		"a refusal of one thing", "court", "/agreement/new",
		[]string{"sharing", "no", "sharing-limits", "Nobody at all.", "by", "her advocate, Ms Fell", "how", "written"},
		func(*casefile.File) any {
			return schemas.AgreementRecorded{Made: live, By: "her advocate, Ms Fell", How: "written", Answers: []schemas.Agreement{{Purpose: "sharing", With: []string{}, Limits: &schemas.Prose{Text: "Nobody at all."}}}}
		},
		nil,
	},
	{
		"a withdrawal", "court", "/agreement/withdraw",
		[]string{"purposes", "sharing", "with", "Housing\n ਘਰ ", "by", "client", "how", "spoken", "reason", foreign},
		func(*casefile.File) any {
			return schemas.AgreementWithdrawn{Made: live, Purposes: []string{"sharing"}, By: "client", How: "spoken", With: []string{"Housing", "ਘਰ"}, Reason: &schemas.Prose{Text: foreign}}
		},
		[]mistake{
			{[]string{"purposes", ""}, "purposes"}, {[]string{"purposes", "support"}, "with"}, {[]string{"by", ""}, "by"}, {[]string{"how", ""}, "how"}, {[]string{"with", longName}, "with"}, {[]string{"with", strings.Repeat("x\n", 51)}, "with"},
		},
	},
	{
		"who was asked", "court", "/intake/new",
		[]string{
			"known", "yes", "earlier-case", strings.ToUpper(someNumber),
			"kind-1", "marac", "name-1", "Łódź Marac ਪਿੰਡ", "asked-1", "2026-10-20", "answer-1", "known", "answered-1", "2026-10-22", "others-1", "no", "heard-1", "2", "last-1", "2025-11-26", "reference-1", "HM 25/331", "note-1", foreign,
			"kind-3", "service", "name-3", "Tern Valley", "asked-3", "2026-10-20", "answer-3", "no-answer",
		},
		func(*casefile.File) any {
			return schemas.IntakeChecked{
				Made: live, Known: "yes", EarlierCase: ptr(someNumber), Asked: []schemas.Asked{
					{Kind: "marac", Name: "Łódź Marac ਪਿੰਡ", Asked: "2026-10-20", Answer: "known", Answered: ptr("2026-10-22"), KnewOfOthers: "no", TimesHeard: ptr(2), LastHeard: ptr("2025-11-26"), Reference: ptr("HM 25/331"), Note: &schemas.Prose{Text: foreign}},
					{Kind: "service", Name: "Tern Valley", Asked: "2026-10-20", Answer: "no-answer", KnewOfOthers: "not-known"},
				},
			}
		},
		[]mistake{
			{[]string{"known", ""}, "known"}, {[]string{"earlier-case", "7F3A21C0"}, "earlier-case"}, {[]string{"kind-1", ""}, "kind-1"}, {[]string{"name-3", " "}, "name-3"}, {[]string{"name-3", longName}, "name-3"}, {[]string{"asked-1", ""}, "asked-1"},
			{[]string{"asked-1", "Tuesday"}, "asked-1"}, {[]string{"answer-1", ""}, "answer-1"}, {[]string{"answer-1", "no-answer"}, "answered-1"}, {[]string{"answered-1", "2026-10-19"}, "answered-1"}, {[]string{"kind-1", "agency"}, "heard-1"},
			{[]string{"heard-1", "twice"}, "heard-1"}, {[]string{"heard-1", "1001"}, "heard-1"}, {[]string{"last-3", "2026-01-01"}, "heard-3"}, {[]string{"kind-3", "marac", "name-3", "Łódź Marac ਪਿੰਡ"}, "name-3"}, {[]string{"reference-1", longName}, "reference-1"},
		},
	},
}

// Who has not answered stands in the next form again, until an answer is
// recorded.
func TestIntakeBegins(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + courtCase.String() + "/intake/new"
	record := func(with url.Values) url.Values {
		t.Helper()
		page := ask(s, "GET", path)
		values := fieldsWith(page.Body.String(), with, url.Values{"made": {"live"}})
		if got := sent(s, path, values); got.Code != 303 {
			t.Fatal(got.Code, summaryOf(got))
		}
		return fieldsOf(ask(s, "GET", path).Body.String())
	}
	if fieldsOf(ask(s, "GET", path).Body.String()).Get("name-1") != "" {
		t.Fatal("the story waits for an answer here: the rows below are not the first")
	}
	next := record(url.Values{
		"known": {"yes"}, "kind-1": {"marac"}, "name-1": {"Harrowmere Marac"}, "asked-1": {"2026-10-20"}, "answer-1": {"no-answer"}, "note-1": {exact},
		"kind-2": {"service"}, "name-2": {"Tern Valley"}, "asked-2": {"2026-10-20"}, "answer-2": {"unknown"}, "answered-2": {"2026-10-21"},
	})
	if next.Get("known") != "yes" || next.Get("name-1") != "Harrowmere Marac" || next.Get("answer-1") != "no-answer" || next.Get("note-1") != exact || next.Get("name-2") != "" {
		t.Errorf("the next form begins with %q, %q, %q, %+q, %q", next.Get("known"), next.Get("name-1"), next.Get("answer-1"), next.Get("note-1"), next.Get("name-2"))
	}
	next = record(url.Values{"answer-1": {"known"}, "answered-1": {"2026-10-27"}, "heard-1": {"0"}})
	if next.Get("name-1") != "" {
		t.Error("who has answered is asked again")
	}
	if got := present[schemas.IntakeChecked](t, w, "court", "intake.checked"); len(got.Asked) != 1 || got.Asked[0].TimesHeard == nil || *got.Asked[0].TimesHeard != 0 {
		t.Errorf("recorded %+v", got.Asked)
	}
}
