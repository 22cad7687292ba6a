package policy

import (
	"time"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Scope is for which Marac and which instrument a figure is asked. The zero
// Scope is everywhere.
type Scope struct {
	Marac      string            `json:"marac,omitempty"`
	Instrument schemas.Versioned `json:"instrument,omitzero"`
}

func scopeOf(s *schemas.Setting) (c Scope) {
	if s.Marac != nil {
		c.Marac = *s.Marac
	}
	if s.Instrument != nil {
		c.Instrument = *s.Instrument
	}
	return c
}

// Value is a figure as it holds, and where it comes from.
type Value struct {
	Code   string   `json:"code"`
	Values []uint64 `json:"values"` // one, or from and to
	Unit   string   `json:"unit"`
	Scope  Scope    `json:"scope"` // the setting's, which may be wider than what was asked
	// Version of the policy that sets it; 0: the default.
	Version uint64 `json:"version"`
	Default bool   `json:"default"`
}

// Set is the policy that holds at a time. The zero Set is all defaults. It is
// not changed once made, and safe for concurrent use.
type Set struct {
	Version uint64     `json:"version"` // 0: nothing was set
	Seq     uint64     `json:"seq"`     // of its policy.set in the service chain; 0: none
	From    clock.When `json:"from"`    // in force from
	By      string     `json:"by"`
	// Ignored are settings that were recorded and cannot be used: an unknown
	// code or a value out of its range. The default holds in their place.
	Ignored []*SettingError `json:"ignored,omitempty"`

	values map[key]Value
}

type key struct {
	code  string
	scope Scope
}

// defaults returns the policy of a service that has set nothing: version 0.
func defaults() *Set { return &Set{} }

// Default returns the policy of a service that has set nothing: version 0.
func Default() *Set { return defaults() }

// with makes the set of these settings. What cannot be used is left out and
// said in Ignored.
func (s *Set) with(settings []schemas.Setting) *Set {
	n := *s
	n.Ignored, n.values = nil, make(map[key]Value, len(settings))
	for i := range settings {
		in := &settings[i]
		if e := check(in); e != nil {
			e.Index = i
			n.Ignored = append(n.Ignored, e)
			continue
		}
		scope := scopeOf(in)
		n.values[key{in.Code, scope}] = Value{Code: in.Code, Values: in.Values, Unit: in.Unit, Scope: scope, Version: n.Version}
	}
	return &n
}

// Value returns a figure for a scope: as set for this Marac and this
// instrument, else for the Marac, else for the instrument, else for all, else
// the default. It panics for a code that is none of the constants.
func (s *Set) Value(code string, scope Scope) Value {
	f := find(code)
	if f == nil {
		panic("policy: no figure " + code)
	}
	for _, c := range [...]Scope{scope, {Marac: scope.Marac}, {Instrument: scope.Instrument}, {}} {
		if v, ok := s.values[key{code, c}]; ok {
			return v
		}
	}
	return Value{Code: code, Values: f.Default, Unit: f.Unit, Default: true}
}

// All returns every figure as it holds everywhere, followed by what is set for
// single Maracs and instruments, in the same order.
func (s *Set) All() []Value {
	var list []Value
	for _, f := range figures() {
		list = append(list, s.Value(f.Code, Scope{}))
	}
	for k, v := range s.values {
		if k.scope != (Scope{}) {
			list = append(list, v)
		}
	}
	sortLocal(list[len(figures()):])
	return list
}

func (s *Set) one(code string) int { return int(s.Value(code, Scope{}).Values[0]) }

func (s *Set) pair(code string) (from, to int) {
	v := s.Value(code, Scope{}).Values
	return int(v[0]), int(v[1])
}

// ContactEvery is the number of days between contacts with a client.
func (s *Set) ContactEvery() int { return s.one(ContactEvery) }

// Cap is from how many open cases a caseload is fairly high, and how many it
// may have at most without a reason.
func (s *Set) Cap() (high, most int) { return s.one(CapHigh), s.one(CapMost) }

// CasesAYear is what an adviser is expected to take on in a year.
func (s *Set) CasesAYear() (from, to int) { return s.pair(CasesAYear) }

// CaseReviewEvery is the number of days between a manager's reviews of a case.
func (s *Set) CaseReviewEvery() int { return 7 * s.one(CaseReviewEvery) }

// HomeVisits reports whether a visit to the client's home can be safe at all.
func (s *Set) HomeVisits() bool { return s.one(HomeVisits) == 1 }

// LateAfter is how long after it ended an entry is late.
func (s *Set) LateAfter() time.Duration { return time.Duration(s.one(LateAfter)) * time.Hour }

// VisibleHighRisk is how many yes make visible high risk, by an instrument and
// at a Marac.
func (s *Set) VisibleHighRisk(scope Scope) int {
	return int(s.Value(VisibleHighRisk, scope).Values[0])
}

// Escalation is how many events within how many calendar months are potential
// escalation, at a Marac.
func (s *Set) Escalation(scope Scope) (events, months int) {
	return int(s.Value(EscalationEvents, scope).Values[0]), int(s.Value(EscalationWindow, scope).Values[0])
}

// RiskReviewEvery is after how many days a risk review is due, and after how
// many it is overdue.
func (s *Set) RiskReviewEvery() (due, overdue int) {
	from, to := s.pair(RiskReviewEvery)
	return 7 * from, 7 * to
}

// FirstAttemptWithin is in working days after the referral.
func (s *Set) FirstAttemptWithin() int { return s.one(FirstAttemptWithin) }

// FeedbackWithin is in working days after the meeting of this Marac ("" is
// any).
func (s *Set) FeedbackWithin(marac string) int {
	return int(s.Value(FeedbackWithin, Scope{Marac: marac}).Values[0])
}

// Retention is how many years after closure a case may and must be erased.
func (s *Set) Retention() (may, must int) { return s.pair(Retention) }

// RetentionChildAge is the age of the youngest child until which a case is
// kept, in years.
func (s *Set) RetentionChildAge() int { return s.one(RetentionChildAge) }

// OverrideReviewWithin is in working days after the override.
func (s *Set) OverrideReviewWithin() int { return s.one(OverrideReviewWithin) }

// SuppressUnder is the smallest count above 0 that is shown.
func (s *Set) SuppressUnder() int { return s.one(SuppressUnder) }
