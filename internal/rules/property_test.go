package rules

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/schemas"
)

// day draws a day of three years around a referral.
var day = rapid.Custom(func(t *rapid.T) clock.Date {
	return clock.On(2024, 1, 1) + clock.Date(rapid.IntRange(0, 1095).Draw(t, "day"))
})

var persons = rapid.SampledFrom([][]string{nil, {personA}, {personB}, {personA, personB}, {mother}})

// happened draws when something happened: a day, a time, a period, about, or
// not known.
var happened = rapid.Custom(func(t *rapid.T) string {
	d := day.Draw(t, "happened")
	switch rapid.IntRange(0, 4).Draw(t, "precision") {
	case 0:
		return d.String()
	case 1:
		return clock.Format(d.At(rapid.IntRange(3, 23).Draw(t, "hour"), 30))
	case 2:
		return "~" + d.String()
	case 3:
		return d.String() + "/" + (d + clock.Date(rapid.IntRange(0, 60).Draw(t, "days"))).String()
	}
	return ""
})

// anyIncident adds an incident, told at some time.
func anyIncident(t *rapid.T, b *book) {
	acted := rapid.SampledFrom([]string{"perpetrator", "relative", "other", "not-known"}).Draw(t, "through")
	doers := by(persons.Draw(t, "by"))
	if rapid.IntRange(0, 5).Draw(t, "words") == 0 {
		doers = append(doers, schemas.Doer{Who: ptr("somebody")})
	}
	b.did(day.Draw(t, "told").String(), happened.Draw(t, "when"), acted, nil, doers...)
}

// anyCase draws a case whose events name no others. No two reviews are of one
// day: of such the one recorded later is the newer.
var anyCase = rapid.Custom(func(t *rapid.T) *book {
	b := newBook(t)
	reviewed := map[clock.Date]bool{}
	for range rapid.IntRange(1, 9).Draw(t, "events") {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			b.referral(day.Draw(t, "referred").String(), persons.Draw(t, "pairs")...)
		case 1:
			b.heard(day.Draw(t, "heard").String(), nil, persons.Draw(t, "pairs")...)
		case 2:
			d := day.Draw(t, "reviewed")
			if reviewed[d] {
				continue
			}
			reviewed[d] = true
			yes := rapid.IntRange(0, 24).Draw(t, "yes")
			no := rapid.IntRange(0, 24-yes).Draw(t, "no")
			b.review(d.String(), yes, no, rapid.IntRange(0, 24-yes-no).Draw(t, "not known"),
				rapid.SampledFrom([]string{"standard", "medium", "high"}).Draw(t, "level"), rapid.SampledFrom([]string{" ", "Fear."}).Draw(t, "reasons"),
				func(r *schemas.RiskReviewedV2) {
					r.About = persons.Draw(t, "about")
					if rapid.Bool().Draw(t, "others") {
						from := day.Draw(t, "from")
						others(rapid.IntRange(0, 3).Draw(t, "count"), from.String(), (from + 90).String())(r)
					}
				})
		default:
			anyIncident(t, b)
		}
	}
	return b
})

// TestOrderOfRecording: the result is the same in whatever order a case was
// recorded.
func TestOrderOfRecording(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := anyCase.Draw(rt, "case")
		b.t = rt
		now := day.Draw(rt, "now").At(18, 0)
		order := make([]int, len(b.list))
		for i := range order {
			order[i] = i
		}
		want := outline(Explain(b.file(), policy.Default(), now))
		got := outline(Explain(b.reordered(rapid.Permutation(order).Draw(rt, "order")).file(), policy.Default(), now))
		if got != want {
			rt.Errorf("recorded in another order:\n%s\nfirst:\n%s", got, want)
		}
	})
}

// lower names a criterion that is less met than before.
func lower(before, after Explanation) error {
	if after.Result.rank() < before.Result.rank() {
		return fmt.Errorf("the case was %s and is %s", before.Result, after.Result)
	}
	for _, b := range before.Criteria {
		for _, a := range after.Criteria {
			same := a.Code == b.Code && (a.Pair == nil || b.Pair.Person == a.Pair.Person)
			if same && a.Result.rank() < b.Result.rank() {
				return fmt.Errorf("%s was %s and is %s", b.Code, b.Result, a.Result)
			}
		}
	}
	return nil
}

// TestMoreYes: turning an answer into yes never lowers anything.
func TestMoreYes(t *testing.T) {
	now := clock.On(2027, 1, 1).Start()
	rapid.Check(t, func(rt *rapid.T) {
		yes := rapid.IntRange(0, 23).Draw(rt, "yes")
		no := rapid.IntRange(0, 24-yes).Draw(rt, "no")
		open := rapid.IntRange(0, 24-yes-no).Draw(rt, "not known")
		explain := func(change func(*schemas.RiskReviewedV2)) Explanation {
			b := newBook(rt)
			b.review("2026-10-01", yes, no, open, "medium", "Fear.", change)
			return Explain(b.file(), policy.Default(), now)
		}
		at := rapid.IntRange(yes, 23).Draw(rt, "item")
		in, _ := schemas.FindInstrument("dash", 1)
		before := explain(func(*schemas.RiskReviewedV2) {})
		after := explain(func(r *schemas.RiskReviewedV2) {
			r.Answers = slices.DeleteFunc(r.Answers, func(a schemas.Answer) bool { return a.Item == in.Items[at].Code })
			r.Answers = append(r.Answers, schemas.Answer{Item: in.Items[at].Code, Answer: "yes"})
		})
		if err := lower(before, after); err != nil {
			rt.Error(err)
		}
		if after.Assessment.Yes != yes+1 {
			rt.Errorf("%d yes after %d and one more", after.Assessment.Yes, yes)
		}
	})
}

// TestJudgementNeverLowers: whatever the judgement, no other criterion moves,
// and with a high one and reasons nothing is lower than without.
func TestJudgementNeverLowers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := anyCase.Draw(rt, "case")
		b.t = rt
		yes := rapid.IntRange(0, 24).Draw(rt, "yes")
		now := clock.On(2027, 1, 1).Start()
		explain := func(level, text string) Explanation {
			c := &book{t: rt, list: slices.Clone(b.list)}
			c.review("2026-12-31", yes, 0, 0, level, text)
			return Explain(c.file(), policy.Default(), now)
		}
		standard := explain("standard", "Calm.")
		for _, level := range []string{"standard", "medium", "high"} {
			for _, text := range []string{" ", "Fear."} {
				got := explain(level, text)
				if err := lower(standard, got); err != nil {
					rt.Errorf("judged %s, reasons %q: %v", level, text, err)
				}
				for i, c := range got.Criteria {
					if c.Code != ProfessionalJudgement && c.Result != standard.Criteria[i].Result {
						rt.Errorf("judged %s: %s went from %s to %s", level, c.Code, standard.Criteria[i].Result, c.Result)
					}
				}
				if raised := level == "high" && text != " "; raised != (result(rt, got, ProfessionalJudgement, "").Result == Met) {
					rt.Errorf("judged %s, reasons %q: %+v", level, text, got.Criteria)
				}
			}
		}
	})
}

// TestMoreIncidents: an incident that comes to be known never lowers anything.
func TestMoreIncidents(t *testing.T) {
	now := clock.On(2027, 2, 1).Start()
	rapid.Check(t, func(rt *rapid.T) {
		b := anyCase.Draw(rt, "case")
		b.t = rt
		before := Explain(b.file(), policy.Default(), now)
		anyIncident(rt, b)
		if len(before.Criteria) > 0 && before.Criteria[len(before.Criteria)-1].Pair.Person == "" {
			return // the pair of whoever it was gives way to known ones
		}
		if err := lower(before, Explain(b.file(), policy.Default(), now)); err != nil {
			rt.Error(err)
		}
	})
}

// TestScoreWithJudgement: wherever a score is, its judgement is.
func TestScoreWithJudgement(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := anyCase.Draw(rt, "case")
		b.t = rt
		e := Explain(b.file(), policy.Default(), clock.On(2027, 1, 1).Start())
		if e.Assessment == nil {
			return
		}
		c := result(rt, e, VisibleHighRisk, "")
		if want := "judgement " + e.Assessment.Judgement; !containsFold(c.Why, want) || !containsFold(c.Inputs[0].Why, want) {
			rt.Errorf("a score without its judgement: %q, %q", c.Why, c.Inputs[0].Why)
		}
	})
}
