package access

import (
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

var roles = []Role{Adviser, Manager, FamilyWorker, Helpline, Auditor, Administrator}

// matrix is who may do what, a column for each of roles:
//
//   - in every case but those they are excluded from
//     =  in their own cases and those they cover
//   - in those, and in one whose glass they broke
//     x  in those of others only
//   - never
var matrix = `
account.own         * * * * * *
day.see             * * * - - -
case.open           + * + - - -
case.write          + * + - - -
case.start          * * - - - -
case.search         * * * - - -
case.allocate       - * - - - -
case.exclude        - * - - - -
file.get            = * = - - -
address.reveal      + * + - - -
print               = * = - - -
people.links        - * - - - -
disclosure.see      = * = - - -
disclosure.prepare  = * - - - -
disclosure.decide   - * - - - -
disclosure.approve  - * - - - -
export.make         = * - - - -
override.review     - * - - - -
board.see           - * - - - -
stats.see           - * - - * -
audit.see           - * - - * -
admin               - - - - - *
account.reset       - * - - - *
handover.see        * * - * - -
handover.write      = * - - - -
helpline.write      * * - * - -
glass.break         x - x - - -
glass.review        - * - - * -
`

const me = "staff-07"

var here = time.Date(2026, 10, 27, 9, 0, 0, 0, time.UTC)

// relations are how a case can stand to me, and which of the signs let me in.
var relations = []struct {
	name  string
	facts *CaseFacts
	glass time.Duration // how long ago I broke it; 0: never
	in    string
}{
	{"no case", nil, 0, "*=+"},
	{"own", &CaseFacts{Adviser: me, Stage: "open"}, 0, "*=+"},
	{"covered", &CaseFacts{Adviser: "staff-08", Covering: []string{"staff-09", me}, Stage: "open"}, 0, "*=+"},
	{"other", &CaseFacts{Adviser: "staff-08", Covering: []string{"staff-09"}, Stage: "open"}, 0, "*x"},
	{"unallocated", &CaseFacts{Stage: "open"}, 0, "*x"},
	{"no referral yet", &CaseFacts{}, 0, "*x"},
	{"own, closed", &CaseFacts{Adviser: me, Stage: "closed"}, 0, "*=+"},
	{"covered, closed", &CaseFacts{Adviser: "staff-08", Covering: []string{me}, Stage: "closed"}, 0, "*x"},
	{"other, closed", &CaseFacts{Adviser: "staff-08", Stage: "closed"}, 0, "*x"},
	{"glass", &CaseFacts{Adviser: "staff-08", Stage: "open"}, 59 * time.Minute, "*+x"},
	{"glass, its time up", &CaseFacts{Adviser: "staff-08", Stage: "open"}, 60 * time.Minute, "*x"},
	{"glass, closed", &CaseFacts{Adviser: "staff-08", Stage: "closed"}, time.Minute, "*+x"},
	{"excluded, own", &CaseFacts{Adviser: me, Excluded: []string{me}, Stage: "open"}, 0, ""},
	{"excluded, covered", &CaseFacts{Adviser: "staff-08", Covering: []string{me}, Excluded: []string{me, "staff-03"}, Stage: "open"}, 0, ""},
	{"excluded, other", &CaseFacts{Adviser: "staff-08", Excluded: []string{me}, Stage: "closed"}, 0, ""},
	{"excluded, glass", &CaseFacts{Adviser: "staff-08", Excluded: []string{me}, Stage: "open"}, time.Minute, ""},
	{"erased, own", &CaseFacts{Adviser: me, Stage: "erased"}, 0, ""},
	{"erased, glass", &CaseFacts{Adviser: "staff-08", Stage: "erased"}, time.Minute, ""},
}

// TestMatrix is every role × every action × every way a case can stand to
// somebody, against the table above, which says again by hand what Rules says.
func TestMatrix(t *testing.T) {
	cases := 0
	seen := map[Action]bool{}
	for line := range strings.Lines(strings.TrimSpace(matrix)) {
		f := strings.Fields(line)
		a := Action(f[0])
		seen[a] = true
		for i, role := range roles {
			for _, r := range relations {
				cases++
				who := Who{Staff: me, Role: role, Session: "s"}
				chain := events.Chain{1}
				var facts *CaseFacts
				if r.facts != nil {
					c := *r.facts
					c.Chain, facts = chain, &c
				}
				if r.glass > 0 {
					who.Glass = []Glass{{Chain: chain, Until: here.Add(GlassFor - r.glass)}}
				}
				want := strings.Contains(r.in, f[i+1])
				if a == GlassReview && strings.HasPrefix(r.name, "erased") {
					want = f[i+1] == "*" // what was done is reviewed all the same
				}
				got := Decide(who, a, facts, here)
				if got.Allowed != want {
					t.Errorf("%s %s, %s: allowed %t (%s), want %t", role, a, r.name, got.Allowed, got.Why, want)
				}
				if got.Allowed == (got.Why != "") {
					t.Errorf("%s %s, %s: allowed %t because of %q", role, a, r.name, got.Allowed, got.Why)
				}
				throughGlass := want && f[i+1] == "+" && strings.HasPrefix(r.name, "glass")
				offered := !want && f[i+1] == "+" && facts != nil && !slices.Contains(facts.Excluded, me) && facts.Stage != "erased"
				if got.Glass != (throughGlass || offered) {
					t.Errorf("%s %s, %s: glass %t", role, a, r.name, got.Glass)
				}
			}
		}
	}
	for _, r := range Rules {
		if !seen[r.Action] {
			t.Errorf("%s is not in the matrix", r.Action)
		}
	}
	t.Logf("%d decisions", cases)
}

// TestNobodyAndNothing: without a staff number, a role or a known action there
// is nothing at all.
func TestNobodyAndNothing(t *testing.T) {
	mine := &CaseFacts{Adviser: me, Stage: "open"}
	unallocated := &CaseFacts{Covering: []string{""}, Stage: "open"}
	for _, r := range Rules {
		for _, role := range append(slices.Clone(roles), "", "Manager", "root") {
			for _, c := range []*CaseFacts{nil, mine, unallocated} {
				if Decide(Who{Role: role}, r.Action, c, here).Allowed {
					t.Errorf("%s: nobody may, as %q", r.Action, role)
				}
				if !slices.Contains(roles, role) && Decide(Who{Staff: me, Role: role}, r.Action, c, here).Allowed {
					t.Errorf("%s: somebody without a role may, as %q", r.Action, role)
				}
			}
		}
	}
	for _, role := range roles {
		for _, a := range []Action{"", "case", "case.open ", "CASE.OPEN", "everything"} {
			if Decide(Who{Staff: me, Role: role}, a, mine, here).Allowed {
				t.Errorf("%s may %q", role, a)
			}
		}
	}
}

// TestGlassIsOneCase: broken glass opens the case it was broken for.
func TestGlassIsOneCase(t *testing.T) {
	who := Who{Staff: me, Role: Adviser, Glass: []Glass{{events.Chain{1}, here.Add(time.Hour)}}}
	for chain, want := range map[events.Chain]bool{{1}: true, {2}: false, {}: false} {
		if got := Decide(who, CaseOpen, &CaseFacts{Chain: chain, Adviser: "staff-08", Stage: "open"}, here); got.Allowed != want {
			t.Errorf("case %s: %+v", chain, got)
		}
	}
}

// TestRefusalsSayNothing: nobody learns from a refusal whose case it is, who
// covers it or who is excluded from it.
func TestRefusalsSayNothing(t *testing.T) {
	c := &CaseFacts{Adviser: "staff-08", Covering: []string{"staff-09"}, Excluded: []string{"staff-10"}, Stage: "open"}
	other := Decide(Who{Staff: me, Role: Adviser}, CaseOpen, c, here)
	unknown := Decide(Who{Staff: me, Role: Adviser}, CaseOpen, &CaseFacts{}, here)
	if other != unknown {
		t.Errorf("somebody else's case is refused with %+v, one that does not exist with %+v", other, unknown)
	}
	for _, r := range Rules {
		for _, role := range roles {
			if why := Decide(Who{Staff: "staff-10", Role: role}, r.Action, c, here).Why; strings.Contains(why, "staff-") || strings.Contains(why, "exclu") {
				t.Errorf("%s %s: %s", role, r.Action, why)
			}
		}
	}
}
