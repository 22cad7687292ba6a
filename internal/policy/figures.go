package policy

import (
	"fmt"
	"slices"
	"sync"

	"caseledger/schemas"
)

// The codes of the figures.
const (
	ContactEvery         = "contact-every"
	CapHigh              = "cap-high"
	CapMost              = "cap-most"
	CasesAYear           = "cases-a-year"
	CaseReviewEvery      = "case-review-every"
	HomeVisits           = "home-visits"
	LateAfter            = "late-after"
	VisibleHighRisk      = "visible-high-risk"
	EscalationEvents     = "escalation-events"
	EscalationWindow     = "escalation-window"
	RiskReviewEvery      = "risk-review-every"
	FirstAttemptWithin   = "first-attempt-within"
	FeedbackWithin       = "feedback-within"
	Retention            = "retention"
	RetentionChildAge    = "retention-child-age"
	OverrideReviewWithin = "override-review-within"
	SuppressUnder        = "suppress-under"
)

// Figure is one figure of local practice.
type Figure struct {
	Code    string   `json:"code"`
	Title   string   `json:"title"`
	Unit    string   `json:"unit"`    // count, hours, days, weeks, months, years, working-days, flag (0 no, 1 yes)
	Default []uint64 `json:"default"` // one value, or from and to
	Min     uint64   `json:"min"`     // the range of each value, ends included
	Max     uint64   `json:"max"`
	Local   bool     `json:"local"` // may differ by Marac and by instrument
	Doc     string   `json:"doc"`   // what hangs on it, and where the default comes from
}

// limits are what this package knows beyond the schemas.
var limits = map[string]struct {
	min, max uint64
	doc      string
}{
	ContactEvery: {1, 28,
		"A contact with the client is due this long after the last, and overdue the day after. Common practice: weekly, more often after a disturbing event."},
	CapHigh: {1, 60,
		"From this many open cases an adviser's caseload is shown as fairly high. Common practice: 18. Not above cap-most."},
	CapMost: {1, 60,
		"More open cases than this ask for a reason when another is allocated. It never refuses one. Common practice: 20 at most if all are face to face; staff.recorded can set a person's own."},
	CasesAYear: {1, 300,
		"What one adviser is expected to take on in a year, from and to; for the manager's figures. Common practice: 60 to 80."},
	CaseReviewEvery: {1, 26,
		"A manager reviews every open case this often. Common practice: every four weeks."},
	HomeVisits: {0, 1,
		"0: a visit to the client's home is not safe, whatever the safe-contact setting says, except while the perpetrator is away until a time. 1: the setting decides. Common practice: off."},
	LateAfter: {1, 336,
		"An entry recorded longer than this after the end of what it tells is late and asks for a reason. Common practice: 24 hours."},
	VisibleHighRisk: {1, 100,
		"This many yes, or more, are visible high risk. Usually 14 of the Dash list's 24; each Marac and each instrument may have its own. Never compare across instruments."},
	EscalationEvents: {1, 50,
		"This many events within escalation-window, or more, are potential escalation. Common practice: 3."},
	EscalationWindow: {1, 36,
		"The window in which events count towards potential escalation, in calendar months, both ends included. Common practice: 12."},
	RiskReviewEvery: {1, 26,
		"Without an incident the next risk review is due from the first and overdue after the second figure, counted from the last. Common practice: 6 to 8 weeks, 42 to 56 days."},
	FirstAttemptWithin: {1, 10,
		"The client is tried for the first time within this many working days after the referral was received; the day itself does not count. Common practice: 2."},
	FeedbackWithin: {1, 20,
		"The client is told what the Marac decided within this many working days after the meeting. Common practice: 2."},
	Retention: {1, 100,
		"After closure a case may be erased from the first and must be by the second figure, unless it is on hold. No statute sets it. Common practice: 6 to 7 years."},
	RetentionChildAge: {18, 100,
		"A case with a child is kept until the youngest has this age, if that is later than retention. Common practice: 25."},
	OverrideReviewWithin: {1, 10,
		"A manager reviews an emergency override within this many working days. Common practice: the next working day."},
	SuppressUnder: {2, 50,
		"Counts above 0 and below this are not shown in figures for commissioners, nor any other from which one could be worked out. Common practice: 5."},
}

var figures = sync.OnceValue(func() []Figure {
	var list []Figure
	for _, f := range schemas.Figures() {
		l, ok := limits[f.Code]
		if !ok {
			panic("policy: no range for " + f.Code) // embedded: only a build can be wrong
		}
		list = append(list, Figure{f.Code, f.Title, f.Unit, f.Values, l.min, l.max, f.Local, l.doc})
	}
	return list
})

// Figures returns every figure, in the order in which they are shown.
func Figures() []Figure {
	list := slices.Clone(figures())
	for i := range list {
		list[i].Default = slices.Clone(list[i].Default)
	}
	return list
}

// Find returns the figure of a code.
func Find(code string) (Figure, bool) {
	f := find(code)
	if f == nil {
		return Figure{}, false
	}
	found := *f
	found.Default = slices.Clone(f.Default)
	return found, true
}

func find(code string) *Figure {
	list := figures()
	if i := slices.IndexFunc(list, func(f Figure) bool { return f.Code == code }); i >= 0 {
		return &list[i]
	}
	return nil
}

// SettingError says which setting of a policy cannot be, and why.
type SettingError struct {
	Index int    // in the list
	Code  string // "" when it is not one of ours
	Rule  string
}

func (e *SettingError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("setting %d: %s", e.Index+1, e.Rule)
	}
	return fmt.Sprintf("setting %d, %s: %s", e.Index+1, e.Code, e.Rule)
}

// Check says whether settings can be a policy: known codes with their unit and
// number of values, within range, from not above to, nothing twice, and
// cap-high not above cap-most. A *SettingError says what is wrong first.
func Check(settings []schemas.Setting) error {
	for i, s := range settings {
		if e := check(&s); e != nil {
			e.Index = i
			return e
		}
		for _, other := range settings[:i] {
			if other.Code == s.Code && scopeOf(&other) == scopeOf(&s) {
				return &SettingError{i, s.Code, "is set twice for the same Marac and instrument"}
			}
		}
	}
	set := defaults().with(settings)
	if high, most := set.Cap(); high > most {
		return &SettingError{slices.IndexFunc(settings, func(s schemas.Setting) bool { return s.Code == CapHigh || s.Code == CapMost }), CapHigh, "is above " + CapMost}
	}
	return nil
}

func check(s *schemas.Setting) *SettingError {
	f := find(s.Code)
	switch {
	case f == nil:
		return &SettingError{Rule: "no figure of this code"}
	case s.Unit != f.Unit:
		return &SettingError{Code: f.Code, Rule: "is in " + f.Unit}
	case len(s.Values) != len(f.Default):
		return &SettingError{Code: f.Code, Rule: fmt.Sprintf("has %d values", len(f.Default))}
	case !f.Local && (s.Marac != nil || s.Instrument != nil):
		return &SettingError{Code: f.Code, Rule: "is the same for every Marac and instrument"}
	case !slices.IsSorted(s.Values):
		return &SettingError{Code: f.Code, Rule: "from is above to"}
	}
	for _, v := range s.Values {
		if v < f.Min || v > f.Max {
			return &SettingError{Code: f.Code, Rule: fmt.Sprintf("is from %d to %d %s", f.Min, f.Max, f.Unit)}
		}
	}
	return nil
}
