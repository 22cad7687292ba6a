package rules

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"caseledger/internal/policy"
	"caseledger/schemas"
)

func planned(id, aim, status, outcome string) schemas.PlanChanged {
	a := schemas.Action{ID: id, Area: "safety", Aim: schemas.Prose{Text: aim}, Risk: ptr("He has a key"), Owner: "staff-07", Status: status}
	if outcome != "" {
		a.Outcome = &schemas.Prose{Text: outcome}
	}
	return schemas.PlanChanged{Actions: []schemas.Action{a}}
}

func (b *book) received(day string) uint64 {
	return b.add(day, "referral.received", schemas.ReferralReceivedV2{Source: "police", Agency: ptr("police"), Received: day + "T09:00:00+00:00"})
}

func (b *book) contact(day string) uint64 {
	return b.add(day, "contact.recorded", schemas.ContactRecordedV2{Channel: "in-person", Direction: "met", Place: ptr("library"), With: []schemas.Party{{Kind: "client"}}})
}

func (b *book) attempt(day string) uint64 {
	return b.add(day, "contact.attempted", schemas.ContactAttempted{Channel: "phone", Outcome: "no-answer"})
}

func (b *book) asked(day string, asked ...schemas.Asked) uint64 {
	return b.add(day, "intake.checked", schemas.IntakeChecked{Known: "yes", Asked: asked})
}

func (b *book) agency(day, name, answer string, in, chase any) uint64 {
	a := schemas.AgencyInvolved{Agency: name, Kind: "health", Asked: &day, Answer: answer}
	if seq, ok := in.(uint64); ok {
		a.AskedIn = &seq
	}
	if on, ok := chase.(string); ok {
		a.Chase = &on
	}
	return b.add(day, "agency.involved", a)
}

// TestReview: what is found and what is not, with the events that it rests on.
// A row lists the findings of one code as "seq seq: who".
func TestReview(t *testing.T) {
	for _, row := range []struct {
		name  string
		code  string
		build func(b *book)
		now   string // "": 2026-12-31
		want  []string
		why   string
	}{
		{name: "the same action planned again, never checked", code: RepeatedAction, want: []string{"1 2: a2"}, why: "the outcome of the one of 1 December 2025 is not entered",
			build: func(b *book) {
				b.add("2025-12-01", "plan.changed", planned("a1", "Locks changed", "planned", ""))
				b.add("2026-03-10", "plan.changed", planned("a2", "locks  changed.", "planned", ""))
			}},
		{name: "its outcome entered afterwards", code: RepeatedAction, want: []string{"1 2 3: a2"}, why: "was entered only on 26 October 2026",
			build: func(b *book) {
				b.add("2025-12-01", "plan.changed", planned("a1", "Locks changed", "planned", ""))
				b.add("2026-03-10", "plan.changed", planned("a2", "Locks changed", "planned", ""))
				b.add("2026-10-26", "plan.changed", planned("a1", "Locks changed", "not-done", "Never ordered."))
			}},
		{name: "its outcome entered before", code: RepeatedAction,
			build: func(b *book) {
				b.add("2025-12-01", "plan.changed", planned("a1", "Locks changed", "planned", ""))
				b.add("2026-02-26", "plan.changed", planned("a1", "Locks changed", "not-done", "Never ordered."))
				b.add("2026-03-10", "plan.changed", planned("a2", "Locks changed", "planned", ""))
			}},
		{name: "planned three times, checked before the third", code: RepeatedAction, want: []string{"1 2: a2"},
			build: func(b *book) {
				b.add("2025-12-01", "plan.changed", planned("a1", "Locks changed", "planned", ""))
				b.add("2026-03-10", "plan.changed", planned("a2", "Locks changed", "planned", ""))
				b.add("2026-04-10", "plan.changed", planned("a2", "Locks changed", "not-done", "No locksmith."))
				b.add("2026-05-10", "plan.changed", planned("a3", "Locks changed", "planned", ""))
			}},
		{name: "another action", code: RepeatedAction,
			build: func(b *book) {
				b.add("2025-12-01", "plan.changed", planned("a1", "Locks changed", "planned", ""))
				b.add("2026-03-10", "plan.changed", planned("a2", "A doorbell", "planned", ""))
			}},
		{name: "the same action of two Maracs", code: RepeatedAction, want: []string{"1 2: Health"},
			build: func(b *book) {
				for i, day := range []string{"2026-02-11", "2026-05-13"} {
					b.add(day, "marac.heard", schemas.MaracHeard{Marac: "Eastmoor", Meeting: day, Outcome: "heard",
						Actions: []schemas.AgreedAction{{ID: fmt.Sprint("m", i), Agency: "Health", What: schemas.Prose{Text: "Ask the surgery."}}}})
				}
			}},

		{name: "a repeat that was not referred again", code: NotReferred, want: []string{"1 2: "}, why: "a repeat within 12 months of the referral of 27 November 2025",
			build: func(b *book) { b.referral("2025-11-27", personA); b.incident("2026-10-26", "2026-10-11", personA) }},
		{name: "a repeat that was referred again", code: NotReferred,
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
				b.referral("2026-10-27", personA)
			}},
		{name: "referred again before it was told", code: NotReferred, want: []string{"1 3: "},
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.referral("2026-10-20", personA)
				b.incident("2026-10-26", "2026-10-11", personA)
			}},
		{name: "fourteen months after", code: NotReferred,
			build: func(b *book) { b.referral("2025-08-20", personA); b.incident("2026-10-26", "2026-10-21", personA) }},
		{name: "the third in a year, never referred", code: NotReferred, want: []string{"1 2 3: "}, why: "potential escalation, 3 of 3 in 12 months",
			build: func(b *book) {
				b.incident("2026-02-02", "2026-02-01", personA)
				b.incident("2026-06-02", "2026-06-01", personA)
				b.incident("2026-10-02", "2026-10-01", personA)
			}},
		{name: "an incident without a review", code: NotReviewed, want: []string{"1: "},
			build: func(b *book) { b.incident("2026-02-02", "2026-02-01", personA) }},
		{name: "an incident with a review", code: NotReviewed,
			build: func(b *book) {
				b.incident("2026-02-02", "2026-02-01", personA)
				b.review("2026-02-03", 3, 21, 0, "high", "Fear.")
			}},

		{name: "no answer", code: SilentAgency, want: []string{"1 2: Surgery"}, why: "nor when asked again (1)",
			build: func(b *book) {
				seq := b.agency("2026-03-02", "Surgery", "waiting", nil, nil)
				b.agency("2026-04-02", "Surgery", "no-answer", seq, nil)
			}},
		{name: "an answer in the end", code: SilentAgency,
			build: func(b *book) {
				seq := b.agency("2026-03-02", "Surgery", "no-answer", nil, nil)
				b.agency("2026-04-02", "Surgery", "answered", seq, nil)
			}},
		{name: "waiting, to be asked again later", code: SilentAgency,
			build: func(b *book) { b.agency("2026-12-20", "Surgery", "waiting", nil, "2027-01-10") }},
		{name: "waiting, past the day to ask again", code: SilentAgency, want: []string{"1: Surgery"},
			build: func(b *book) { b.agency("2026-12-01", "Surgery", "waiting", nil, "2026-12-10") }},
		{name: "no answer at intake, answered later", code: SilentAgency,
			build: func(b *book) {
				b.asked("2026-03-02", schemas.Asked{Kind: "marac", Name: "Eastmoor", Asked: "2026-03-01", Answer: "no-answer", KnewOfOthers: "not-known"})
				b.asked("2026-04-02", schemas.Asked{Kind: "marac", Name: "Eastmoor", Asked: "2026-03-01", Answer: "unknown", KnewOfOthers: "not-known"})
			}},
		{name: "at a Marac: not there, silent, spoke, ours", code: SilentAgency, want: []string{"1: Mental health", "1: Probation"},
			build: func(b *book) {
				b.add("2026-02-11", "marac.heard", schemas.MaracHeard{Marac: "Eastmoor", Meeting: "2026-02-11", Outcome: "heard", Agencies: []schemas.Attendee{
					{Agency: "Probation", Attended: false, Spoke: "not-known"}, {Agency: "Mental health", Attended: true, Spoke: "no"},
					{Agency: "Police", Attended: true, Spoke: "yes"}, {Agency: "Us", Staff: ptr("staff-07")}}})
			}},
		{name: "an action of a Marac that nobody reported on", code: SilentAgency, want: []string{"1: Health"}, why: "was due on 1 March 2026",
			build: func(b *book) {
				b.add("2026-02-11", "marac.heard", schemas.MaracHeard{Marac: "Eastmoor", Meeting: "2026-02-11", Outcome: "heard",
					Actions: []schemas.AgreedAction{{ID: "m1", Agency: "Health", What: schemas.Prose{Text: "Ask."}, Due: ptr("2026-03-01")}}})
			}},

		{name: "another area knew, and did not know of us", code: AreasApart, want: []string{"2: "}, why: "2 areas and services",
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.asked("2026-03-02", schemas.Asked{Kind: "marac", Name: "Eastmoor", Asked: "2026-03-01", Answer: "known", KnewOfOthers: "no", TimesHeard: ptr(2)})
			}},
		{name: "another area knew of us", code: AreasApart,
			build: func(b *book) {
				b.referral("2025-11-27", personA)
				b.asked("2026-03-02", schemas.Asked{Kind: "marac", Name: "Eastmoor", Asked: "2026-03-01", Answer: "known", KnewOfOthers: "yes"})
			}},
		{name: "who else knew", code: OtherArea, want: []string{"2: Eastmoor", "2: Surgery"}, why: "heard there 2 times",
			build: func(b *book) {
				b.received("2026-03-01")
				b.asked("2026-03-02", schemas.Asked{Kind: "marac", Name: "Eastmoor", Asked: "2026-03-01", Answer: "known", KnewOfOthers: "no", TimesHeard: ptr(2)},
					schemas.Asked{Kind: "agency", Name: "Surgery", Asked: "2026-03-01", Answer: "known", KnewOfOthers: "not-known"},
					schemas.Asked{Kind: "service", Name: "Westmoor", Asked: "2026-03-01", Answer: "unknown", KnewOfOthers: "not-known"})
			}},
		{name: "transferred in without a word", code: OtherArea, want: []string{"2: Eastmoor"}, why: "not recorded as having spoken",
			build: func(b *book) {
				b.asked("2026-03-02")
				b.add("2026-03-03", "case.transferred", schemas.CaseTransferred{Direction: "in", Area: "Eastmoor", Agreed: "yes"})
			}},
		{name: "nobody was asked", code: OtherArea, want: []string{"1: "}, why: "Nobody is recorded as having been asked",
			build: func(b *book) { b.received("2026-03-02") }},

		{name: "seven days are no gap", code: ContactGap, now: "2026-03-16",
			build: func(b *book) { b.received("2026-03-02"); b.contact("2026-03-09") }},
		{name: "eight days are one, with the attempts in it", code: ContactGap, now: "2026-03-17", want: []string{"1 2 3: "}, why: "8 days without a contact with the client, 2 March 2026 to 10 March 2026; the figure is 7. 1 attempt",
			build: func(b *book) { b.received("2026-03-02"); b.attempt("2026-03-04"); b.contact("2026-03-10") }},
		{name: "a gap that goes on", code: ContactGap, now: "2026-03-30", want: []string{"2: "}, why: "It goes on.",
			build: func(b *book) { b.received("2026-03-02"); b.contact("2026-03-05") }},
		{name: "none while the case was closed", code: ContactGap, now: "2026-06-05",
			build: func(b *book) {
				b.received("2026-03-02")
				b.contact("2026-03-05")
				b.add("2026-03-06", "case.closed", schemas.CaseClosed{Reason: "finished"})
				b.received("2026-06-01")
			}},

		{name: "a contact after closing ends no gap", code: ContactGap, now: "2026-06-05",
			build: func(b *book) {
				b.received("2026-03-02")
				b.contact("2026-03-05")
				b.add("2026-03-06", "case.closed", schemas.CaseClosed{Reason: "finished"})
				b.contact("2026-04-20")
			}},

		{name: "the second working day is in time, over a weekend", code: LateAttempt,
			build: func(b *book) { b.received("2026-03-06"); b.attempt("2026-03-10") }},
		{name: "the third is late", code: LateAttempt, want: []string{"1 2: "}, why: "due by 10 March 2026",
			build: func(b *book) { b.received("2026-03-06"); b.attempt("2026-03-11") }},
		{name: "never tried", code: LateAttempt, want: []string{"1: "}, why: "is not recorded",
			build: func(b *book) { b.received("2026-03-06") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBook(t)
			row.build(b)
			now := "2026-12-31"
			if row.now != "" {
				now = row.now
			}
			r := Review(b.file(), policy.Default(), moment(t, now))
			var got []string
			said := ""
			for _, f := range r.Findings {
				if f.Code == row.code {
					got = append(got, strings.Trim(fmt.Sprint(f.Seqs), "[]")+": "+f.Who)
					said += f.Why + "\n"
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, row.want) {
				t.Errorf("found %q, want %q:\n%s", got, row.want, said)
			}
			if !strings.Contains(said, row.why) {
				t.Errorf("%q is not said in:\n%s", row.why, said)
			}
			if n := r.Asked[order(row.code)].Found; n != len(got) {
				t.Errorf("%d counted, %d found", n, len(got))
			}
		})
	}
}

// TestReviewBeyondHolidays: of a year without bank holidays it is said what was
// not looked at, and what does not need them is found all the same.
func TestReviewBeyondHolidays(t *testing.T) {
	for _, year := range []string{"2044", "2019"} {
		b := newBook(t)
		b.received(year + "-03-07")
		r := Review(b.file(), policy.Default(), moment(t, year+"-06-01"))
		if len(r.Limits) != 1 || r.Limits[0].Code != LateAttempt || r.Limits[0].Seq != 1 || !strings.Contains(r.Limits[0].Why, "2032") {
			t.Errorf("%s: limits %+v", year, r.Limits)
		}
		if r.Asked[order(ContactGap)].Found != 1 || r.Asked[order(LateAttempt)].Found != 0 {
			t.Errorf("%s: %+v", year, r.Findings)
		}
	}
}

// TestEarlierCase: an earlier case of this service is named.
func TestEarlierCase(t *testing.T) {
	b := newBook(t)
	b.add("2026-03-02", "intake.checked", schemas.IntakeChecked{Known: "yes", EarlierCase: ptr(strings.Repeat("ab", 16))})
	old := newBook(t)
	old.received("2024-03-04")
	f := old.file()
	f.Chain[0] = 0xab
	r := Review(b.file(), policy.Default(), moment(t, "2026-03-03"), f)
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == OtherArea })
	if i < 0 || !slices.Equal(r.Findings[i].Seqs, []uint64{1}) || !strings.HasPrefix(r.Findings[i].Who, "ab00") {
		t.Errorf("%+v", r.Findings)
	}
}

// TestParse: a rule that the evaluation could not follow is refused.
func TestParse(t *testing.T) {
	good, err := files.ReadFile("marac.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, old, new string }{
		{"an unknown member", `"about_days"`, `"about"`},
		{"no version", `"version": 1`, `"version": 0`},
		{"a criterion twice", `"code": "repeat"`, `"code": "visible-high-risk"`},
		{"a criterion that nobody can test", `"code": "repeat"`, `"code": "height"`},
		{"a repeat without months", `"months": 12`, `"months": 0`},
		{"a judgement without levels", `"levels": ["high"]`, `"levels": []`},
		{"other figures", `["escalation-events", "escalation-window"]`, `["escalation-events"]`},
		{"no source", `"source": "Published."`, `"source": ""`},
	} {
		text := strings.Replace(string(good), row.old, row.new, 1)
		if text == string(good) {
			t.Errorf("%s: nothing was changed", row.name)
		}
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: accepted", row.name)
		}
	}
	if r, ok := Find(schemas.Versioned{Code: "marac", Version: 1}); !ok || r.Code != "marac" {
		t.Error("marac 1 is not found")
	}
	if _, ok := Find(schemas.Versioned{Code: "marac", Version: 99}); ok {
		t.Error("a version that is not there is found")
	}
}

// TestAgainstSchemas: every kind of incident counts, whoever acted, as the
// schema has them.
func TestAgainstSchemas(t *testing.T) {
	b, err := os.ReadFile("../../schemas/incident.disclosed.v2.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Data struct {
				Properties struct {
					Kinds   struct{ Items struct{ Enum []string } }
					Through struct{ Enum []string }
				}
			}
		}
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	in, rule := schema.Properties.Data.Properties, Marac().test(Repeat)
	if !slices.Equal(in.Kinds.Items.Enum, rule.Kinds) || !slices.Equal(in.Through.Enum, rule.Through) {
		t.Errorf("the schema has %q, %q; the rule %q, %q", in.Kinds.Items.Enum, in.Through.Enum, rule.Kinds, rule.Through)
	}
}
