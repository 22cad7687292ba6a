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
func Caseload(cases Cases, p *policy.Set, now time.Time, staff []schemas.StaffRecordedV2) []Load {
	l := newLoads(p, now)
	for f := range cases {
		l.add(f)
	}
	return l.all(staff)
}

// LoadOf is the load of one adviser: open cases that are allocated to her or
// him.
func LoadOf(cases Cases, p *policy.Set, now time.Time, adviser schemas.StaffRecordedV2) Load {
	l := newLoads(p, now)
	for f := range cases {
		l.add(f)
	}
	return l.of(adviser)
}

// loads counts what every adviser has, a case at a time.
type loads struct {
	p   *policy.Set
	now time.Time
	by  map[string]*carried // by the adviser's number
}

// carried is what one adviser has.
type carried struct {
	open, high, covering int
	given                []Allocation // one of an open case
}

func newLoads(p *policy.Set, now time.Time) *loads {
	return &loads{p: p, now: now, by: map[string]*carried{}}
}

func (l *loads) whose(adviser string) *carried {
	c := l.by[adviser]
	if c == nil {
		c = &carried{}
		l.by[adviser] = c
	}
	return c
}

func (l *loads) add(f *casefile.File) {
	if f.Stage != casefile.StageOpen {
		return
	}
	adviser, s := f.Adviser(), subject(f)
	c := l.whose(adviser)
	c.open++
	if s.Risk == "high" {
		c.high++
	}
	if n := len(f.Allocations); n > 0 {
		a := &f.Allocations[n-1]
		c.given = append(c.given, Allocation{Subject: s, On: a.When(), By: a.Data.By, Reason: a.Data.OverCap != nil, Seq: a.Seq})
	}
	covers := []string{adviser}
	for _, c := range f.Covering(l.now) {
		if by := c.Data.Adviser; !slices.Contains(covers, by) {
			covers = append(covers, by)
			l.whose(by).covering++
		}
	}
}

func (l *loads) all(staff []schemas.StaffRecordedV2) []Load {
	names := []string{}
	for _, s := range staff {
		if s.Active && s.Role == "adviser" {
			names = append(names, s.Staff)
		}
	}
	for name, c := range l.by {
		if c.open > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	list := []Load{}
	for _, name := range slices.Compact(names) {
		list = append(list, l.of(find(staff, name)))
	}
	return list
}

func find(staff []schemas.StaffRecordedV2, name string) schemas.StaffRecordedV2 {
	if i := slices.IndexFunc(staff, func(s schemas.StaffRecordedV2) bool { return s.Staff == name }); i >= 0 {
		return staff[i]
	}
	return schemas.StaffRecordedV2{Staff: name}
}

func (l *loads) of(adviser schemas.StaffRecordedV2) Load {
	c := l.whose(adviser.Staff)
	load := Load{Adviser: adviser.Staff, Open: c.open, HighRisk: c.high, Covering: c.covering, Over: []Allocation{}}
	load.High, load.Most, load.Own = l.p.CapOf(adviser)
	if adviser.Staff == "" {
		load.High, load.Most, load.Own, load.Level = 0, 0, false, LoadWithin
		load.Why = plural(load.Open, "open case") + ", not allocated"
		return load
	}
	given := c.given
	slices.SortFunc(given, func(a, b Allocation) int {
		if c := b.On.Compare(a.On); c != 0 {
			return c
		}
		return slices.Compare(a.Case[:], b.Case[:])
	})
	whose := "by policy"
	if load.Own {
		whose = "a cap of their own"
	}
	load.Why = fmt.Sprintf("%s; fairly high from %d, at most %d (%s)", plural(load.Open, "open case"), load.High, load.Most, whose)
	switch {
	case load.Open > load.Most:
		load.Level = LoadOver
		load.Over = append(load.Over, given[:min(load.Open-load.Most, len(given))]...)
		var without []string
		for _, a := range load.Over {
			if !a.Reason {
				without = append(without, a.Case.String()[:8])
			}
		}
		load.Why += fmt.Sprintf("; %d over", load.Open-load.Most)
		if len(without) > 0 {
			load.Why += ", without a reason: " + strings.Join(without, ", ")
		} else {
			load.Why += ", each with a reason"
		}
	case load.Open >= load.High:
		load.Level = LoadHigh
	default:
		load.Level = LoadWithin
	}
	return load
}
