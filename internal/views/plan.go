package views

import (
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Plan is a case's safety plan in the five areas.
type Plan struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	At       clock.When   `json:"at"`
	Areas    []PlanArea   `json:"areas"` // money, life, time, safety, health; each is there
}

// PlanArea is one area of the plan, the actions in the order in which they were
// first planned.
type PlanArea struct {
	Area    string          `json:"area"`
	Open    int             `json:"open"`
	Overdue int             `json:"overdue"`
	Actions []PlannedAction `json:"actions"`
}

// PlannedAction is an action as it stands, and how it came to.
type PlannedAction struct {
	ID      string     `json:"id"`
	Aim     string     `json:"aim"`
	Risk    *string    `json:"risk"` // that it reduces
	Owner   string     `json:"owner"`
	Due     clock.When `json:"due"`
	Status  string     `json:"status"` // planned, doing, done, not-done, impossible
	Funding *string    `json:"funding"`
	Outcome *string    `json:"outcome"`
	Overdue bool       `json:"overdue"` // not ended, and its day has passed
	// Repeats are the earlier actions of the area with the same aim: what came
	// of them is to be known before this one is begun.
	Repeats []string   `json:"repeats"`
	History []PlanStep `json:"history"` // oldest first; the first planned it
}

// PlanStep is what one event made of an action.
type PlanStep struct {
	Seq      uint64     `json:"seq"`
	On       clock.When `json:"on"`       // when it happened
	Recorded clock.When `json:"recorded"` // when it was recorded
	By       string     `json:"by"`
	Owner    string     `json:"owner"`
	Due      clock.When `json:"due"`
	Status   string     `json:"status"`
	Outcome  *string    `json:"outcome"`
	Changed  []string   `json:"changed"` // the members that differ from the step before: none of the first
}

// Areas are the areas of a plan, in the order in which they are shown.
var Areas = []string{"money", "life", "time", "safety", "health"}

// PlanOf is the plan of a case at a time.
func PlanOf(f *casefile.File, now time.Time) Plan {
	p := Plan{Case: f.Chain, Initials: initialsOf(f), At: clock.AtTime(now), Areas: make([]PlanArea, len(Areas))}
	for i, name := range Areas {
		a := PlanArea{Area: name, Actions: []PlannedAction{}}
		actions := f.Area(name)
		for k, x := range actions {
			action := plannedAction(x, now)
			for _, earlier := range actions[:k] {
				if sameAim(earlier.Aim.Text, x.Aim.Text) {
					action.Repeats = append(action.Repeats, earlier.ID)
				}
			}
			if !x.Ended {
				a.Open++
			}
			if action.Overdue {
				a.Overdue++
			}
			a.Actions = append(a.Actions, action)
		}
		p.Areas[i] = a
	}
	return p
}

func plannedAction(a *casefile.PlanAction, now time.Time) PlannedAction {
	due := moment(a.Due)
	out := PlannedAction{
		ID: a.ID, Aim: a.Aim.Text, Risk: a.Risk, Owner: a.Owner, Due: due, Status: a.Status, Funding: a.Funding, Outcome: prose(a.Outcome),
		Overdue: !a.Ended && due.Past(now), Repeats: []string{}, History: make([]PlanStep, len(a.History)),
	}
	for i := range a.History {
		h := &a.History[i]
		out.History[i] = PlanStep{
			Seq: h.Seq, On: h.When(), Recorded: clock.AtTime(h.At), By: h.Actor, Owner: h.Data.Owner,
			Due: moment(h.Data.Due), Status: h.Data.Status, Outcome: prose(h.Data.Outcome), Changed: []string{},
		}
		if i > 0 {
			out.History[i].Changed = changed(&a.History[i-1].Data, &h.Data)
		}
	}
	return out
}

// changed lists the members in which two forms of an action differ.
func changed(was, is *schemas.Action) []string {
	list := []string{}
	for _, m := range []struct {
		name string
		same bool
	}{
		{"aim", was.Aim.Text == is.Aim.Text},
		{"area", was.Area == is.Area},
		{"due", equal(was.Due, is.Due)},
		{"funding", equal(was.Funding, is.Funding)},
		{"outcome", equal(prose(was.Outcome), prose(is.Outcome))},
		{"owner", was.Owner == is.Owner},
		{"risk", equal(was.Risk, is.Risk)},
		{"status", was.Status == is.Status},
	} {
		if !m.same {
			list = append(list, m.name)
		}
	}
	return list
}

// sameAim reports whether two aims say the same, as the near-miss review has
// it.
func sameAim(a, b string) bool {
	plain := func(s string) string {
		return strings.Trim(strings.Join(strings.Fields(strings.ToLower(s)), " "), " .;,")
	}
	return plain(a) == plain(b)
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// prose are the words of a text that may not be there.
func prose(p *schemas.Prose) *string {
	if p == nil {
		return nil
	}
	return &p.Text
}

// moment reads a date or time of a body; none for null.
func moment(s *string) clock.When {
	if s == nil {
		return clock.When{}
	}
	w, _ := clock.ParseWhen(*s) // the schema has checked it
	return w
}

// initialsOf are what lists show instead of a name, "" before the client's
// details are recorded.
func initialsOf(f *casefile.File) string {
	if c := f.Client(); c != nil {
		return c.Data.Initials
	}
	return ""
}

// has reports whether a case is, or was covered by, somebody's at a time.
func has(f *casefile.File, staff string, now time.Time) bool {
	return f.Adviser() == staff || slices.ContainsFunc(f.Covering(now), func(c *casefile.Item[schemas.CaseCovered]) bool { return c.Data.Adviser == staff })
}
