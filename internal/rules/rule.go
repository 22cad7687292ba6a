package rules

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"caseledger/internal/policy"
	"caseledger/schemas"
)

//go:embed *.v*.json
var files embed.FS

// Rule is one version of the criteria for a Marac.
type Rule struct {
	Code    string `json:"code"`
	Version uint64 `json:"version"`
	Title   string `json:"title"`
	// AboutDays is how far off, either way, a date that is only about right is
	// taken to be. It is our reading of "on the safe side".
	AboutDays int    `json:"about_days"`
	Criteria  []Test `json:"criteria"`
}

// Test is one criterion. Members that a criterion does not use are empty.
type Test struct {
	Code    string   `json:"code"` // as in risk.reviewed
	Title   string   `json:"title"`
	Says    string   `json:"says"`    // the rule, for people
	Source  string   `json:"source"`  // where it comes from
	Figures []string `json:"figures"` // of policy
	Levels  []string `json:"levels,omitempty"`
	Months  int      `json:"months,omitempty"` // for which a referral holds, the anniversary included
	Through []string `json:"through,omitempty"`
	Kinds   []string `json:"kinds,omitempty"` // an incident that names no kind counts
}

// The codes of the criteria.
const (
	VisibleHighRisk       = "visible-high-risk"
	ProfessionalJudgement = "professional-judgement"
	PotentialEscalation   = "potential-escalation"
	Repeat                = "repeat"
)

// Name is how events name the rule.
func (r *Rule) Name() schemas.Versioned { return schemas.Versioned{Code: r.Code, Version: r.Version} }

func (r *Rule) test(code string) *Test {
	i := slices.IndexFunc(r.Criteria, func(t Test) bool { return t.Code == code })
	return &r.Criteria[i] // parse has seen to it
}

// Find returns a rule of this build. It is shared: it must not be changed.
func Find(name schemas.Versioned) (*Rule, bool) {
	list := library()
	i := slices.IndexFunc(list, func(r *Rule) bool { return r.Name() == name })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// Marac returns the newest version of the rule for a Marac. It is shared: it
// must not be changed.
func Marac() *Rule {
	var newest *Rule
	for _, r := range library() {
		if r.Code == "marac" && (newest == nil || r.Version > newest.Version) {
			newest = r
		}
	}
	return newest
}

var library = sync.OnceValue(func() []*Rule {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("rules: " + err.Error()) // embedded: only a build can be wrong
	}
	var list []*Rule
	for _, e := range entries {
		b, err := files.ReadFile(e.Name())
		if err != nil {
			panic("rules: " + err.Error())
		}
		r, err := parse(b)
		if err != nil {
			panic("rules: " + e.Name() + ": " + err.Error())
		}
		if e.Name() != fmt.Sprintf("%s.v%d.json", r.Code, r.Version) {
			panic("rules: " + e.Name() + " holds another rule")
		}
		list = append(list, r)
	}
	return list
})

// parse reads a rule and holds it to what the evaluation takes for granted.
func parse(file []byte) (*Rule, error) {
	r := new(Rule)
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		return nil, err
	}
	if r.Code == "" || r.Version == 0 || r.Title == "" || r.AboutDays < 0 {
		return nil, fmt.Errorf("no code, version or title, or days below 0")
	}
	if len(r.Criteria) != len(figuresOf) {
		return nil, fmt.Errorf("%d criteria, not %d", len(r.Criteria), len(figuresOf))
	}
	seen := map[string]bool{}
	for _, t := range r.Criteria {
		figures, ok := figuresOf[t.Code]
		switch {
		case !ok || seen[t.Code]:
			return nil, fmt.Errorf("a criterion without a test, or twice")
		case t.Title == "" || t.Says == "" || t.Source == "":
			return nil, fmt.Errorf("%s is not explained", t.Code)
		case !slices.Equal(t.Figures, figures):
			return nil, fmt.Errorf("%s goes by other figures", t.Code)
		case (t.Code == ProfessionalJudgement) != (len(t.Levels) > 0):
			return nil, fmt.Errorf("%s: levels belong to judgement", t.Code)
		case (t.Code == Repeat) != (t.Months > 0 && len(t.Through) > 0 && len(t.Kinds) > 0):
			return nil, fmt.Errorf("%s: months, through and kinds belong to repeat", t.Code)
		}
		seen[t.Code] = true
	}
	return r, nil
}

// figuresOf are the criteria that can be tested, and the figures of policy that
// each test reads.
var figuresOf = map[string][]string{
	VisibleHighRisk:       {policy.VisibleHighRisk},
	ProfessionalJudgement: {},
	PotentialEscalation:   {policy.EscalationEvents, policy.EscalationWindow},
	Repeat:                {},
}
