package pages

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/schemas"
)

// A review that is recorded holds what was answered and nothing else, with the
// judgement beside the score, and its result is shown with its rule.
func TestRiskReview(t *testing.T) {
	o, s := atDesk(t, "staff-07", access.Adviser)
	path := "/case/" + courtCase.String() + "/risk"
	form := ask(s, "GET", path+"/new")
	if form.Code != 200 {
		t.Fatal(form.Code, form.Body.String())
	}
	page := form.Body.String()
	wants(t, page, "Last time: ", "Not asked", "Your judgement", "D15")
	if strings.Contains(page, `value="yes" checked`) {
		t.Error("an answer of the last review stands in the new one")
	}
	before := len(o.of(courtCase, "risk.reviewed"))

	v := fields(t, page)
	v.Set("when-date", "2026-10-28")
	v.Set("when-time", "09:00")
	v.Set("made", "live")
	v.Set("answer-D01", "yes")
	v.Set("from-D01", "the school")
	v.Set("answer-D15", "not-known")
	v.Set("text", "He waited at the gate – dwa dni.")
	again := post(s, path+"/new", v)
	if again.Code != 422 || len(o.of(courtCase, "risk.reviewed")) != before {
		t.Fatalf("without a judgement: %d, %d recorded", again.Code, len(o.of(courtCase, "risk.reviewed"))-before)
	}
	wants(t, again.Body.String(), "a score alone is no judgement", "the school", "dwa dni")

	v.Set("level", "high")
	for range 2 { // sent twice, recorded once
		if done := post(s, path+"/new", v); done.Code != 303 || done.Header().Get("Location") != path {
			t.Fatal(done.Code, done.Body.String())
		}
	}
	list := o.of(courtCase, "risk.reviewed")
	if len(list) != before+1 {
		t.Fatalf("%d recorded", len(list)-before)
	}
	var got schemas.RiskReviewedV2
	if err := json.Unmarshal(list[before].Body.Data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Answers) != 2 || got.Answers[0].Item != "D01" || *got.Answers[0].Source != "the school" || got.Answers[1].Answer != "not-known" {
		t.Errorf("answers %+v", got.Answers)
	}
	if got.Judgement.Text != "He waited at the gate – dwa dni." || !slices.Contains(got.Criteria, "professional-judgement") || slices.Contains(got.Criteria, "visible-high-risk") {
		t.Errorf("judgement %+v, criteria %v", got.Judgement, got.Criteria)
	}

	result := ask(s, "GET", path)
	wants(t, result.Body.String(), "High risk", "Rule marac, version 1", "Professional judgement", "dwa dni", "1 yes, 0 no, 1 not known, 22 not asked")
}
