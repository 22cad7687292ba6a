package rules

import (
	"strings"
	"testing"

	"caseledger/internal/policy"
	"caseledger/schemas"
)

// TestBoundary: every boundary of the rules, by name. A row that has no pair
// looks at the first; why must stand in the reason of the result or of one of
// its inputs.
func TestBoundary(t *testing.T) {
	rows := []struct {
		name  string
		build func(b *book)
		now   string // "": 2026-12-31
		set   func(t testing.TB) *policy.Set
		code  string
		pair  string
		want  Result
		why   string
	}{
		// Repeat: the day.
		{name: "the day before the anniversary", code: Repeat, want: Met, why: "20 November 2025 to 20 November 2026, both included",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-11-22", "2026-11-19", personA) }},
		{name: "the anniversary itself", code: Repeat, want: Met, why: "within 12 months of the last referral",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-11-22", "2026-11-20", personA) }},
		{name: "the last minute of the anniversary", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-11-22", "2026-11-20T23:59:00+00:00", personA)
			}},
		{name: "the day after the anniversary", code: Repeat, want: NotMet, why: "a new referral, not a repeat",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-11-22", "2026-11-21", personA) }},
		{name: "the first minute after the anniversary", code: Repeat, want: NotMet, why: "after the anniversary",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-11-22", "2026-11-21T00:00:00+00:00", personA)
			}},
		{name: "midnight of the anniversary in summer is London's", code: Repeat, want: NotMet, why: "after the anniversary",
			build: func(b *book) {
				b.referral("2025-07-01", personA)
				b.incident("2026-07-03", "2026-07-01T23:30:00+00:00", personA) // 00:30 on the 2nd in London
			}},
		{name: "fourteen months after", code: Repeat, want: NotMet, why: "later than 12 months",
			build: func(b *book) { b.referral("2025-08-20", personA); b.incident("2026-10-22", "2026-10-20", personA) }},
		{name: "eleven months after", code: Repeat, want: Met,
			build: func(b *book) { b.referral("2025-11-27", personA); b.incident("2026-10-26", "2026-10-11", personA) }},

		// Repeat: 29 February.
		{name: "referred on 29 February, 28 February a year on", now: "2025-06-01", code: Repeat, want: Met, why: "29 February 2024 to 28 February 2025",
			build: func(b *book) { b.referral("2024-02-29", personA); b.incident("2025-03-03", "2025-02-28", personA) }},
		{name: "referred on 29 February, 1 March a year on", now: "2025-06-01", code: Repeat, want: NotMet, why: "after the anniversary",
			build: func(b *book) { b.referral("2024-02-29", personA); b.incident("2025-03-03", "2025-03-01", personA) }},
		{name: "referred on 28 February, 28 February of a leap year", now: "2028-06-01", code: Repeat, want: Met,
			build: func(b *book) { b.referral("2027-02-28", personA); b.incident("2028-03-03", "2028-02-28", personA) }},
		{name: "referred on 28 February, 29 February of a leap year", now: "2028-06-01", code: Repeat, want: NotMet,
			build: func(b *book) { b.referral("2027-02-28", personA); b.incident("2028-03-03", "2028-02-29", personA) }},

		// Repeat: uncertain dates, each precision.
		{name: "an exact time is certain", code: Repeat, want: NotMet, why: "after the anniversary: a new referral",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-11-25", "2026-11-21T09:00:00+00:00", personA)
			}},
		{name: "from one evening to the next morning, over the anniversary", code: Repeat, want: Met, why: "within 12 months of the last referral",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-12-22", "2026-11-20T23:00:00+00:00/2026-11-21T02:00:00+00:00", personA)
			}},
		{name: "about the day after the anniversary", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-12-22", "~2026-11-21", personA) }},
		{name: "about, by as many days as the rule allows", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) { b.referral("2025-10-20", personA); b.incident("2026-12-22", "~2026-11-20", personA) }},
		{name: "about, by one day more", code: Repeat, want: NotMet,
			build: func(b *book) { b.referral("2025-10-20", personA); b.incident("2026-12-22", "~2026-11-21", personA) }},
		{name: "about a time of the day after", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-12-22", "~2026-11-21T09:00:00+00:00", personA)
			}},
		{name: "a period that begins on the anniversary", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-12-22", "2026-11-20/2026-12-20", personA)
			}},
		{name: "a period that begins the day after", code: Repeat, want: NotMet,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-12-22", "2026-11-21/2026-12-20", personA)
			}},
		{name: "a period that ends on the day of the referral", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) {
				b.referral("2025-11-20T09:00:00+00:00", personA)
				b.incident("2026-12-22", "2025-11-01/2025-11-20", personA)
			}},
		{name: "a period that ends the day before", code: Repeat, want: NotMet, why: "reviewed, no repeat",
			build: func(b *book) {
				b.referral("2025-11-20T09:00:00+00:00", personA)
				b.incident("2026-12-22", "2025-11-01/2025-11-19", personA)
			}},
		{name: "an uncertain date that can only be within", code: Repeat, want: Met, why: "but can only be within",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-10-26", "~2026-08-01/2026-08-31", personA)
			}},
		{name: "a date not known, told within", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-03-02", "", personA) }},
		{name: "a date not known, told after the anniversary", code: Repeat, want: Met, why: "counts on the safe side",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-12-22", "", personA) }},
		{name: "a date not known, told before the referral", code: Repeat, want: NotMet, why: "before the last referral",
			build: func(b *book) { b.incident("2025-11-19", "", personA); b.referral("2025-11-20", personA) }},

		// Repeat: late disclosures, and before the referral.
		{name: "told three months after the anniversary, happened within", now: "2027-03-01", code: Repeat, want: Met, why: "told late, it counts by when it happened",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2027-02-20", "2026-11-01", personA) }},
		{name: "told within, happened before the referral", code: Repeat, want: NotMet, why: "before the last referral: reviewed, no repeat",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-02-20", "2025-11-19", personA) }},
		{name: "earlier on the day of the referral, times known", code: Repeat, want: NotMet,
			build: func(b *book) {
				b.incident("2025-11-20T08:00:00+00:00", "2025-11-20T07:00:00+00:00", personA)
				b.referral("2025-11-20T10:00:00+00:00", personA)
			}},
		{name: "later on the day of the referral, times known", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20T10:00:00+00:00", personA)
				b.incident("2025-11-20T23:00:00+00:00", "2025-11-20T22:00:00+00:00", personA)
			}},
		{name: "on the day of the referral, which names it", code: Repeat, want: NotMet,
			build: func(b *book) {
				seq := b.incident("2025-11-20", "2025-11-20", personA)
				b.add("2025-11-20", "marac.referred", schemas.MaracReferred{Marac: "Harrowmere", Perpetrators: []string{personA}, Incidents: []uint64{seq}})
			}},
		{name: "an incident that is still to come", now: "2026-06-01", code: Repeat, want: NotMet,
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-06-02", "2026-06-02", personA) }},

		{name: "about a day after the referral, told before it", code: Repeat, want: NotMet, why: "before the last referral",
			build: func(b *book) { b.incident("2026-11-22", "~2026-11-15", personA); b.referral("2026-12-01", personA) }},
		{name: "at the very minute of the referral", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20T10:00:00+00:00", personA)
				b.incident("2025-12-01", "2025-11-20T10:00:00+00:00", personA)
			}},

		// Repeat: which referral.
		{name: "a referral that is still to come", now: "2026-06-01", code: Repeat, want: Met, why: "20 November 2025 to 20 November 2026",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-05-02", "2026-05-01", personA)
				b.referral("2026-07-01", personA)
			}},
		{name: "a Marac's referral that is still to come", now: "2026-06-01", code: Repeat, want: Met, why: "20 November 2025 to 20 November 2026",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.incident("2026-05-02", "2026-05-01", personA)
				b.add("2026-07-01", "referral.received", schemas.ReferralReceivedV2{Source: "marac", Agency: ptr("Eastmoor"), Received: "2026-07-01T09:00:00+00:00",
					Marac: &schemas.ReferralMarac{Area: "Eastmoor", Heard: ptr("2026-06-30"), Repeat: "yes"}})
			}},
		{name: "referred again, and the Marac met before that", code: Repeat, want: Met, why: "answered by referral 4",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.heard("2026-10-07", nil, personA)
				b.incident("2026-10-26", "2026-10-01", personA)
				b.referral("2026-10-27", personA)
			}},
		{name: "referred again and deferred", code: Repeat, want: Met, why: "is not heard yet",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				b.referral("2026-10-27", personA)
				b.add("2026-11-04", "marac.heard", schemas.MaracHeard{Marac: "Harrowmere", Meeting: "2026-11-04", Perpetrators: []string{personA}, Outcome: "deferred"})
			}},
		{name: "referred again by a Marac that has heard it", code: Repeat, want: NotMet, why: "before the last referral",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				b.add("2026-11-05", "referral.received", schemas.ReferralReceivedV2{Source: "marac", Agency: ptr("Eastmoor"), Received: "2026-11-05T09:00:00+00:00",
					Marac: &schemas.ReferralMarac{Area: "Eastmoor", Referred: ptr("2026-10-27"), Heard: ptr("2026-11-04"), Repeat: "yes"}})
			}},
		{name: "no referral at all", code: Repeat, want: NotMet, why: "nothing to repeat",
			build: func(b *book) { b.incident("2026-11-22", "2026-11-19", personA) }},
		{name: "a referral to the service only", code: Repeat, want: NotMet, why: "to the service, not to a Marac",
			build: func(b *book) {
				b.add("2025-11-20", "referral.received", schemas.ReferralReceivedV2{Source: "police", Agency: ptr("police"), Received: "2025-11-20T09:00:00+00:00"})
				b.incident("2026-11-22", "2026-11-19", personA)
			}},
		{name: "a Marac's referral to the service runs from the Marac's date", code: Repeat, want: NotMet, why: "10 November 2025 to 10 November 2026",
			build: func(b *book) {
				b.add("2025-11-20", "referral.received", schemas.ReferralReceivedV2{Source: "marac", Agency: ptr("Harrowmere"), Received: "2025-11-20T09:00:00+00:00",
					Marac: &schemas.ReferralMarac{Area: "Harrowmere", Referred: ptr("2025-11-10"), Repeat: "no"}})
				b.incident("2026-11-22", "2026-11-15", personA)
			}},
		{name: "a Marac's referral without a date runs from when it came", code: Repeat, want: Met, why: "20 November 2025 to 20 November 2026",
			build: func(b *book) {
				b.add("2025-11-20", "referral.received", schemas.ReferralReceivedV2{Source: "marac", Agency: ptr("Harrowmere"), Received: "2025-11-20T09:00:00+00:00",
					Marac: &schemas.ReferralMarac{Area: "Harrowmere", Repeat: "not-known"}})
				b.incident("2026-11-22", "2026-11-20", personA)
			}},
		{name: "the last of two referrals", code: Repeat, want: Met, why: "1 March 2026 to 1 March 2027",
			build: func(b *book) {
				b.referral("2025-01-10", personA)
				b.referral("2026-03-01", personA)
				b.incident("2026-11-22", "2026-11-20", personA)
			}},
		{name: "the referral and not the hearing three weeks later", code: Repeat, want: NotMet, why: "1 November 2025 to 1 November 2026",
			build: func(b *book) {
				seq := b.referral("2025-11-01", personA)
				b.heard("2025-11-22", &seq, personA)
				b.incident("2026-11-22", "2026-11-20", personA)
			}},
		{name: "referred again and not heard yet", code: Repeat, want: Met, why: "answered by referral 3",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				b.referral("2026-10-27", personA)
			}},
		{name: "referred again by a Marac that is still to meet", now: "2026-10-30", code: Repeat, want: Met, why: "is not heard yet",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				b.add("2026-10-27", "referral.received", schemas.ReferralReceivedV2{Source: "marac", Agency: ptr("Harrowmere"), Received: "2026-10-27T09:00:00+00:00",
					Perpetrators: []string{personA}, Marac: &schemas.ReferralMarac{Area: "Harrowmere", Heard: ptr("2026-11-11"), Repeat: "not-known"}})
			}},
		{name: "referred again and heard", code: Repeat, want: NotMet, why: "before the last referral",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				seq := b.referral("2026-10-27", personA)
				b.heard("2026-11-04", &seq, personA)
			}},
		{name: "a referral not heard yet does not revive one that had ended", code: Repeat, want: NotMet,
			build: func(b *book) {
				b.referral("2025-08-20", personA)
				b.incident("2026-10-22", "2026-10-20", personA)
				b.referral("2026-10-23", personA)
			}},
		{name: "heard elsewhere, the referral is not recorded", code: Repeat, want: NotKnown, why: "ask when it was referred",
			build: func(b *book) {
				b.add("2026-10-01", "intake.checked", schemas.IntakeChecked{Known: "yes", Asked: []schemas.Asked{
					{Kind: "marac", Name: "Eastmoor", Asked: "2026-09-28", Answer: "known", KnewOfOthers: "no", TimesHeard: ptr(2), LastHeard: ptr("2026-02-11")}}})
				b.incident("2026-11-22", "2026-11-20", personA)
			}},

		// Repeat: pairs.
		{name: "the other perpetrator's incident", code: Repeat, pair: personA, want: NotMet, why: "of another pair",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-11-22", "2026-11-01", personB) }},
		{name: "the other perpetrator was never referred", code: Repeat, pair: personB, want: NotMet, why: "nothing to repeat",
			build: func(b *book) { b.referral("2025-11-20", personA); b.incident("2026-11-22", "2026-11-01", personB) }},
		{name: "two perpetrators in one referral, the second comes back", code: Repeat, pair: personB, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA, personB)
				b.incident("2026-11-22", "2026-11-01", personB)
			}},
		{name: "two perpetrators, each by the referral of the pair", code: Repeat, pair: personA, want: NotMet, why: "10 January 2025 to 10 January 2026",
			build: func(b *book) {
				b.referral("2025-01-10", personA)
				b.referral("2026-03-01", personB)
				b.incident("2026-11-22", "2026-11-01", personA, personB)
			}},
		{name: "two perpetrators in one incident", code: Repeat, pair: personB, want: Met,
			build: func(b *book) {
				b.referral("2025-01-10", personA)
				b.referral("2026-03-01", personB)
				b.incident("2026-11-22", "2026-11-01", personA, personB)
			}},
		{name: "a perpetrator who is not known counts for every pair", code: Repeat, pair: personB, want: Met, why: "the perpetrator is not known, so it counts for every pair",
			build: func(b *book) {
				b.referral("2025-11-20", personA, personB)
				b.incident("2026-11-22", "2026-11-01")
			}},
		{name: "a perpetrator in words only counts for every pair", code: Repeat, pair: personA, want: Met, why: "in words only",
			build: func(b *book) {
				b.referral("2025-11-20", personA, personB)
				b.did("2026-11-22", "2026-11-01", "perpetrator", nil, schemas.Doer{Who: ptr("her former partner")})
			}},
		{name: "a referral that names nobody holds for every pair", code: Repeat, pair: personB, want: Met,
			build: func(b *book) {
				b.person(personB, "perpetrator")
				b.referral("2025-11-20")
				b.incident("2026-11-22", "2026-11-01", personB)
			}},

		// Repeat: what counts.
		{name: "a relative for the perpetrator", code: Repeat, pair: personA, want: Met, why: "through a relative or another, which counts",
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.did("2026-11-22", "2026-11-01", "relative", []string{"harassment"}, schemas.Doer{Person: ptr(personA)})
			}},
		{name: "a relative by number, it is not said for whom", code: Repeat, pair: personA, want: Met, why: "not said for whom",
			build: func(b *book) {
				b.person(mother, "family")
				b.referral("2025-11-20", personA)
				b.did("2026-11-22", "2026-11-01", "relative", []string{"harassment"}, schemas.Doer{Person: ptr(mother)})
			}},
		{name: "a breach of bail", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.did("2026-11-22", "2026-11-01", "perpetrator", []string{"bail-breach"}, schemas.Doer{Person: ptr(personA)})
			}},
		{name: "a dispute over child contact", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.did("2026-11-22", "2026-11-01", "perpetrator", []string{"child-contact"}, schemas.Doer{Person: ptr(personA)})
			}},
		{name: "an incident that names no kind", code: Repeat, want: Met,
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.did("2026-11-22", "2026-11-01", "not-known", nil, schemas.Doer{Person: ptr(personA)})
			}},

		// Visible high risk.
		{name: "14 yes", code: VisibleHighRisk, want: Met, why: "14 yes, 14 are enough. 14 yes, 10 no, 0 not known, 0 not asked of 24 (dash 1); judgement standard",
			build: func(b *book) { b.review("2026-10-01", 14, 10, 0, "standard", "Calm.") }},
		{name: "13 yes and 11 no", code: VisibleHighRisk, want: NotMet, why: "13 yes of 14 that it takes; 0 answers are not known",
			build: func(b *book) { b.review("2026-10-01", 13, 11, 0, "standard", "Calm.") }},
		{name: "13 yes and one not known", code: VisibleHighRisk, want: NotKnown, why: "1 answer is not known or not asked, and 1 more yes would meet it",
			build: func(b *book) { b.review("2026-10-01", 13, 10, 1, "standard", "Calm.") }},
		{name: "13 yes and one not asked", code: VisibleHighRisk, want: NotKnown, why: "1 answer is not known or not asked",
			build: func(b *book) { b.review("2026-10-01", 13, 10, 0, "standard", "Calm.") }},
		{name: "10 yes, too few are open", code: VisibleHighRisk, want: NotMet, why: "3 answers are not known or not asked, which is too few",
			build: func(b *book) { b.review("2026-10-01", 10, 11, 2, "standard", "Calm.") }},
		{name: "no yes and nothing asked", code: VisibleHighRisk, want: NotKnown, why: "24 answers are not known or not asked, and 14 more",
			build: func(b *book) { b.review("2026-10-01", 0, 0, 0, "standard", "Calm.") }},
		{name: "a review that is still to come", now: "2026-06-01", code: VisibleHighRisk, want: NotKnown, why: "no risk review is recorded",
			build: func(b *book) { b.review("2026-10-01", 14, 10, 0, "standard", "Calm.") }},
		{name: "no review", code: VisibleHighRisk, want: NotKnown, why: "no risk review is recorded",
			build: func(b *book) { b.referral("2025-11-20", personA) }},
		{name: "12 yes where the Marac asks for 12", code: VisibleHighRisk, want: Met, why: "12 are enough",
			set: func(t testing.TB) *policy.Set {
				return settings(t, setting(policy.VisibleHighRisk, "count", 12, "Harrowmere"))
			},
			build: func(b *book) {
				b.review("2026-10-01", 12, 12, 0, "standard", "Calm.", func(r *schemas.RiskReviewedV2) { r.Marac = ptr("Harrowmere") })
			}},
		{name: "12 yes where another Marac asks for 12", code: VisibleHighRisk, want: NotMet, why: "12 yes of 14",
			set: func(t testing.TB) *policy.Set {
				return settings(t, setting(policy.VisibleHighRisk, "count", 12, "Eastmoor"))
			},
			build: func(b *book) {
				b.review("2026-10-01", 12, 12, 0, "standard", "Calm.", func(r *schemas.RiskReviewedV2) { r.Marac = ptr("Harrowmere") })
			}},
		{name: "the Marac of the last referral, when the review names none", code: VisibleHighRisk, want: Met, why: "12 are enough",
			set: func(t testing.TB) *policy.Set {
				return settings(t, setting(policy.VisibleHighRisk, "count", 12, "Harrowmere"))
			},
			build: func(b *book) {
				b.referral("2025-11-20", personA)
				b.review("2026-10-01", 12, 12, 0, "standard", "Calm.")
			}},
		{name: "the newest of two reviews", code: VisibleHighRisk, want: NotMet, why: "9 yes of 14",
			build: func(b *book) {
				b.review("2026-10-01", 9, 15, 0, "high", "Fear.")
				b.addAt("2026-10-05", "2026-09-01", "risk.reviewed", schemas.RiskReviewedV2{Instrument: schemas.Versioned{Code: "dash", Version: 1}, Judgement: schemas.Judgement{Level: "high", Text: "x"}})
			}},

		// Professional judgement.
		{name: "judged high with reasons, 3 yes", code: ProfessionalJudgement, want: Met, why: "with written reasons",
			build: func(b *book) { b.review("2026-10-01", 3, 21, 0, "high", "He has found her twice.") }},
		{name: "judged high without reasons", code: ProfessionalJudgement, want: NotMet, why: "no reasons are written: it counts once they are",
			build: func(b *book) { b.review("2026-10-01", 3, 21, 0, "high", " ") }},
		{name: "judged high, the reasons are a dash", code: ProfessionalJudgement, want: NotMet, why: "no reasons are written",
			build: func(b *book) { b.review("2026-10-01", 3, 21, 0, "high", " - ") }},
		{name: "judged medium with reasons", code: ProfessionalJudgement, want: NotMet, why: "lowers no other criterion",
			build: func(b *book) { b.review("2026-10-01", 3, 21, 0, "medium", "Calmer.") }},
		{name: "judged standard with 14 yes", code: VisibleHighRisk, want: Met,
			build: func(b *book) { b.review("2026-10-01", 14, 10, 0, "standard", "Calmer.") }},

		// Potential escalation.
		{name: "three incidents in twelve months", code: PotentialEscalation, want: Met, why: "3 incidents of 3 from 31 December 2025 to 31 December 2026",
			build: func(b *book) {
				b.incident("2026-11-22", "2026-02-01", personA)
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "two incidents, others not asked", code: PotentialEscalation, want: NotKnown, why: "what the police and others count is not entered",
			build: func(b *book) {
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "two incidents, the police count none", code: PotentialEscalation, want: NotMet,
			build: func(b *book) {
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
				b.review("2026-11-23", 3, 21, 0, "high", "Fear.", others(0, "2026-01-01", "2026-11-20"))
			}},
		{name: "two incidents, the police count one more", code: PotentialEscalation, want: Met, why: "1 that others count",
			build: func(b *book) {
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
				b.review("2026-11-23", 3, 21, 0, "high", "Fear.", others(1, "2026-01-01", "2026-11-20"))
			}},
		{name: "the police count three over a longer time", code: PotentialEscalation, want: Met, why: "reaches beyond the window: all count, on the safe side",
			build: func(b *book) {
				b.incident("2026-01-02", "2026-01-01", personA)
				b.review("2026-11-23", 3, 21, 0, "high", "Fear.", others(3, "2025-06-01", "2026-11-20"))
			}},
		{name: "the police count three before the window", code: PotentialEscalation, want: NotMet, why: "outside the window",
			build: func(b *book) {
				b.review("2026-11-23", 3, 21, 0, "high", "Fear.", others(3, "2025-06-01", "2025-12-30"))
			}},
		{name: "the police count three of the other pair", code: PotentialEscalation, pair: personA, want: NotKnown, why: "0 incidents of 3",
			build: func(b *book) {
				b.person(personA, "perpetrator")
				b.review("2026-11-23", 3, 21, 0, "high", "Fear.", others(3, "2026-06-01", "2026-11-20"), func(r *schemas.RiskReviewedV2) { r.About = []string{personB} })
			}},
		{name: "the first day of the window", code: PotentialEscalation, want: Met,
			build: func(b *book) {
				b.incident("2026-11-22", "2025-12-31", personA)
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "the day before the window", code: PotentialEscalation, want: NotKnown, why: "before the window",
			build: func(b *book) {
				b.incident("2026-11-22", "2025-12-30", personA)
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "about the day before the window", code: PotentialEscalation, want: Met, why: "1 of them may not belong",
			build: func(b *book) {
				b.incident("2026-11-22", "~2025-12-30", personA)
				b.incident("2026-11-22", "2026-06-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "29 February lies in a window that ends on 28 February", now: "2025-02-28", code: PotentialEscalation, want: Met, why: "from 28 February 2024 to 28 February 2025",
			build: func(b *book) {
				b.incident("2024-03-22", "2024-02-29", personA)
				b.incident("2024-07-22", "2024-06-01", personA)
				b.incident("2024-11-22", "2024-11-01", personA)
			}},
		{name: "three incidents by two perpetrators", code: PotentialEscalation, pair: personA, want: NotKnown, why: "2 incidents of 3",
			build: func(b *book) {
				b.incident("2026-11-22", "2026-02-01", personA)
				b.incident("2026-11-22", "2026-06-01", personB)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
		{name: "the service counts 2 in 6 months", code: PotentialEscalation, want: Met, why: "2 incidents of 2 from 1 July 2026",
			set: func(t testing.TB) *policy.Set {
				return settings(t, setting(policy.EscalationEvents, "count", 2, ""), setting(policy.EscalationWindow, "months", 6, ""))
			},
			build: func(b *book) {
				b.incident("2026-11-22", "2026-01-01", personA)
				b.incident("2026-11-22", "2026-08-01", personA)
				b.incident("2026-11-22", "2026-11-01", personA)
			}},
	}
	names := map[string]bool{}
	for _, row := range rows {
		if names[row.name] {
			t.Errorf("%q twice", row.name)
		}
		names[row.name] = true
		t.Run(row.name, func(t *testing.T) {
			b := newBook(t)
			row.build(b)
			now, set := "2026-12-31", policy.Default()
			if row.now != "" {
				now = row.now
			}
			if row.set != nil {
				set = row.set(t)
			}
			e := Explain(b.file(), set, moment(t, now))
			c := result(t, e, row.code, row.pair)
			if c.Result != row.want {
				t.Errorf("%s, want %s: %s %+v", c.Result, row.want, c.Why, c.Inputs)
			}
			said := c.Why
			for _, in := range c.Inputs {
				said += "\n" + in.Why
			}
			if !strings.Contains(strings.ToLower(said), strings.ToLower(row.why)) {
				t.Errorf("%q is not said in:\n%s", row.why, said)
			}
			if e.Result.rank() < c.Result.rank() || c.Result == Met && e.Level != "high" {
				t.Errorf("the case is %s, level %q, the criterion %s", e.Result, e.Level, c.Result)
			}
			// Every result names its rule, and no input stands for nothing.
			for _, c := range e.Criteria {
				if c.Rule != Marac().Name() || c.Why == "" || c.Says == "" || c.Source == "" {
					t.Errorf("%s is not explained: %+v", c.Code, c)
				}
				for _, in := range c.Inputs {
					if in.Seq == 0 || in.Seq > uint64(len(b.list)) || b.list[in.Seq-1].Body.Type != in.Type || in.Why == "" {
						t.Errorf("%s rests on %+v", c.Code, in)
					}
				}
			}
		})
	}
	t.Logf("%d boundaries", len(rows))
	if len(rows) < 40 {
		t.Errorf("only %d boundaries", len(rows))
	}
}
