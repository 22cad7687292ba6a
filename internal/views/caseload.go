package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Load is the caseload of an adviser against the cap.
type Load struct {
	Adviser  string `json:"adviser"` // "": not allocated to anybody
	Open     int    `json:"open"`
	HighRisk int    `json:"high_risk"` // of them
	Covering int    `json:"covering"`  // cases of others; they do not count against the cap
	High     int    `json:"high"`      // from this many on it is fairly high
	Most     int    `json:"most"`      // at most, without a reason
	Own      bool   `json:"own"`       // Most is this person's own, not the policy's
	Level    string `json:"level"`     // within, high, over
	Why      string `json:"why"`
	// Over are the allocations that need a reason, the newest first: those by
	// which the cap was passed.
	Over []Allocation `json:"over"`
}

// Allocation is an allocation over the cap.
type Allocation struct {
	Subject
	On     clock.When `json:"on"`
	By     string     `json:"by"`
	Reason bool       `json:"reason"` // one was given; it stands in the event
	Seq    uint64     `json:"seq"`
}

// The levels of a caseload.
const (
	LoadWithin = "within"
	LoadHigh   = "high"
	LoadOver   = "over"
)

// Caseload is every adviser's load, by their numbers; first, if there are any,
// the cases that nobody has. Staff is who works here; one who left or is not
// listed is there if cases are.
func Caseload(files []*casefile.File, p *policy.Set, now time.Time, staff []schemas.StaffRecorded) []Load {
	names := []string{}
	for _, s := range staff {
		if s.Active && s.Role == "adviser" {
			names = append(names, s.Staff)
		}
	}
	for _, f := range files {
		if f.Stage == casefile.StageOpen {
			names = append(names, f.Adviser())
		}
	}
	slices.Sort(names)
	list := []Load{}
	for _, name := range slices.Compact(names) {
		list = append(list, LoadOf(files, p, now, find(staff, name)))
	}
	return list
}

func find(staff []schemas.StaffRecorded, name string) schemas.StaffRecorded {
	if i := slices.IndexFunc(staff, func(s schemas.StaffRecorded) bool { return s.Staff == name }); i >= 0 {
		return staff[i]
	}
	return schemas.StaffRecorded{Staff: name}
}

// LoadOf is the load of one adviser: open cases that are allocated to her or
// him.
func LoadOf(files []*casefile.File, p *policy.Set, now time.Time, adviser schemas.StaffRecorded) Load {
	l := Load{Adviser: adviser.Staff, Over: []Allocation{}}
	l.High, l.Most, l.Own = p.CapOf(adviser)
	var given []Allocation
	for _, f := range files {
		if f.Stage != casefile.StageOpen {
			continue
		}
		if f.Adviser() != adviser.Staff {
			if (Whom{Staff: adviser.Staff}).covers(f, now) != nil {
				l.Covering++
			}
			continue
		}
		l.Open++
		s := subject(f)
		if s.Risk == "high" {
			l.HighRisk++
		}
		if n := len(f.Allocations); n > 0 {
			a := &f.Allocations[n-1]
			given = append(given, Allocation{Subject: s, On: a.When(), By: a.Data.By, Reason: a.Data.OverCap != nil, Seq: a.Seq})
		}
	}
	if adviser.Staff == "" {
		l.High, l.Most, l.Own, l.Level = 0, 0, false, LoadWithin
		l.Why = plural(l.Open, "open case") + ", not allocated"
		return l
	}
	slices.SortFunc(given, func(a, b Allocation) int {
		if c := b.On.Compare(a.On); c != 0 {
			return c
		}
		return slices.Compare(a.Case[:], b.Case[:])
	})
	whose := "by policy"
	if l.Own {
		whose = "a cap of their own"
	}
	l.Why = fmt.Sprintf("%s; fairly high from %d, at most %d (%s)", plural(l.Open, "open case"), l.High, l.Most, whose)
	switch {
	case l.Open > l.Most:
		l.Level = LoadOver
		l.Over = append(l.Over, given[:min(l.Open-l.Most, len(given))]...)
		var without []string
		for _, a := range l.Over {
			if !a.Reason {
				without = append(without, a.Case.String()[:8])
			}
		}
		l.Why += fmt.Sprintf("; %d over", l.Open-l.Most)
		if len(without) > 0 {
			l.Why += ", without a reason: " + strings.Join(without, ", ")
		} else {
			l.Why += ", each with a reason"
		}
	case l.Open >= l.High:
		l.Level = LoadHigh
	default:
		l.Level = LoadWithin
	}
	return l
}
