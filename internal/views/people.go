package views

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/projections/casefile"
)

// People are the people of a case and the other cases in which they are. It is
// for managers: an adviser does not learn of it who else has a case.
type People struct {
	Case     events.Chain  `json:"case"`
	Initials string        `json:"initials"`
	At       clock.When    `json:"at"`
	People   []PersonLinks `json:"people"`
}

// PersonLinks is one person of a case and the other cases in which she or he
// is, by the number that is the same in every case.
type PersonLinks struct {
	Person   string     `json:"person"`
	Initials string     `json:"initials"`
	Role     string     `json:"role"` // perpetrator, person-at-risk, family, client, child, other
	Relation string     `json:"relation"`
	Links    []CaseLink `json:"links"`
}

// CaseLink is another case in which a person is.
type CaseLink struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"` // of its client
	Adviser  string       `json:"adviser"`
	Stage    string       `json:"stage"`
	Role     string       `json:"role"` // of the person there
	Relation string       `json:"relation"`
	// BothClients: the client of one case is the perpetrator of the other.
	BothClients bool `json:"both_clients"`
}

// PeopleOf are the people of a case with their links to others. A case that the
// one who asks is excluded from is left out, and so is one that is erased.
func PeopleOf(f *casefile.File, others []*casefile.File, actor string, now time.Time) People {
	out := People{Case: f.Chain, Initials: initialsOf(f), At: clock.AtTime(now), People: []PersonLinks{}}
	for _, p := range f.Named() {
		l := PersonLinks{Person: p.Person, Initials: p.Initials, Role: p.Role, Relation: p.Relation, Links: []CaseLink{}}
		for _, o := range others {
			if o.Chain == f.Chain || o.Stage == casefile.StageErased || o.IsExcluded(actor) {
				continue
			}
			for _, q := range o.Named() {
				if q.Person == p.Person {
					l.Links = append(l.Links, CaseLink{
						Case: o.Chain, Initials: initialsOf(o), Adviser: o.Adviser(), Stage: o.Stage,
						Role: q.Role, Relation: q.Relation, BothClients: opposite(p, q) || opposite(q, p),
					})
				}
			}
		}
		slices.SortFunc(l.Links, func(a, b CaseLink) int { return bytes.Compare(a.Case[:], b.Case[:]) })
		out.People = append(out.People, l)
	}
	slices.SortStableFunc(out.People, func(a, b PersonLinks) int {
		return cmp.Compare(slices.Index(roleOrder, a.Role), slices.Index(roleOrder, b.Role))
	})
	return out
}

var roleOrder = []string{"perpetrator", "person-at-risk", "client", "child", "family", "other"}

// opposite reports whether somebody is the perpetrator of one case and the
// client of the other.
func opposite(p, q casefile.Named) bool {
	return p.Person == q.Person && p.Role == "perpetrator" && q.Role == "client"
}

// Opposed reports whether the client of one of two cases is the perpetrator of
// the other: they have separate advisers and separate search.
func Opposed(a, b *casefile.File) bool {
	theirs := b.Named()
	for _, p := range a.Named() {
		for _, q := range theirs {
			if opposite(p, q) || opposite(q, p) {
				return true
			}
		}
	}
	return false
}

// Found is a case that was looked for: by its number and initials, and nothing
// else of it.
type Found struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
}

// Find are those of the cases that somebody who asks may find, in the order of
// their numbers. Each way is a list of terms, all of which one handle of the
// case must have; see casefile.Asked. Nothing bypasses a case's exclusion list.
//
// Where both parties are clients, each case keeps to itself for all but
// managers: it is found by what is recorded of its own client or children, or
// by who has it, and never by who has the other one. opposed gives the cases
// opposed to one of files.
func Find(ways [][]casefile.Term, files []*casefile.File, opposed func(*casefile.File) []*casefile.File, actor string, manager bool, now time.Time) []Found {
	found := []Found{}
	for _, f := range files {
		if f.Stage == casefile.StageErased || f.IsExcluded(actor) {
			continue
		}
		own, any := false, false
		for _, h := range f.Handles() {
			if slices.ContainsFunc(ways, h.Has) {
				any = true
				own = own || h.Role == "client" || h.Role == "child"
			}
		}
		if !any {
			continue
		}
		if !manager && !has(f, actor, now) {
			others := opposed(f)
			theirs := slices.ContainsFunc(others, func(o *casefile.File) bool { return has(o, actor, now) })
			if theirs || len(others) > 0 && !own {
				continue
			}
		}
		found = append(found, Found{f.Chain, initialsOf(f)})
	}
	slices.SortFunc(found, func(a, b Found) int { return bytes.Compare(a.Case[:], b.Case[:]) })
	return found
}
