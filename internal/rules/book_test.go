package rules

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Two perpetrators and somebody else.
const (
	personA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	personB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	mother  = "cccccccccccccccccccccccccccccccc"
)

// tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// book is a case in the making. Events are recorded in the order of add, each
// at noon of the day it is given, unless the day says more.
type book struct {
	t    tester
	list []casefile.Event
}

func newBook(t tester) *book { return &book{t: t} }

func ptr[T any](v T) *T { return &v }

// moment reads 2026-11-20 or 2026-11-20T10:00:00+00:00; a date is its noon.
func moment(t tester, s string) time.Time {
	t.Helper()
	w, err := clock.ParseWhen(s)
	if err != nil || w.IsZero() {
		t.Fatalf("%q is no moment", s)
	}
	if w.IsDate() {
		return w.Date().At(12, 0)
	}
	return w.Start()
}

// span reads "", "2026-11-20", "2026-11-20T10:00:00+00:00", either twice with a
// "/" between, and a leading "~" for about.
func span(s string) schemas.Occurred {
	if s == "" {
		return schemas.Occurred{Precision: "unknown"}
	}
	rest, about := strings.CutPrefix(s, "~")
	from, to, ranged := strings.Cut(rest, "/")
	o := schemas.Occurred{From: &from, Precision: "date"}
	if len(from) > len(clock.DateForm) {
		o.Precision = "exact"
	}
	if about {
		o.Precision = "about"
	}
	if ranged {
		o.To = &to
	}
	return o
}

// add records data on a day and returns its seq. It happened then, too, to the
// same precision.
func (b *book) add(on, typ string, data any) uint64 { return b.addAt(on, on, typ, data) }

func (b *book) addAt(recorded, occurred, typ string, data any) uint64 {
	b.t.Helper()
	body, err := json.Marshal(data)
	if err != nil {
		b.t.Fatal(err)
	}
	when, err := json.Marshal(span(occurred))
	if err != nil {
		b.t.Fatal(err)
	}
	v, ok := schemas.Default().Latest(typ)
	if !ok {
		b.t.Fatalf("no type %s", typ)
	}
	seq := uint64(len(b.list)) + 1
	ev := casefile.Event{Seq: seq, Stream: seq, At: moment(b.t, recorded), Body: events.Body{Type: typ, V: v, Actor: "staff-01", Occurred: when, Data: body}}
	binary.BigEndian.PutUint64(ev.ID[8:], seq)
	b.list = append(b.list, ev)
	return seq
}

func (b *book) file() *casefile.File {
	b.t.Helper()
	f, err := casefile.Fold(b.list, casefile.Cut{})
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// reordered is the same case recorded in another order; references between
// events follow. Only events that name no others may be reordered.
func (b *book) reordered(order []int) *book {
	n := &book{t: b.t}
	for i, at := range order {
		ev := b.list[at]
		ev.Seq, ev.Stream = uint64(i)+1, uint64(i)+1
		n.list = append(n.list, ev)
	}
	return n
}

func (b *book) referral(day string, persons ...string) uint64 {
	return b.add(day, "marac.referred", schemas.MaracReferred{Marac: "Harrowmere", Perpetrators: persons, Rule: Marac().Name(), Agreed: "yes",
		Reasons: schemas.Prose{Text: "As reviewed."}, By: "staff-02"})
}

func (b *book) heard(day string, referral *uint64, persons ...string) uint64 {
	return b.add(day, "marac.heard", schemas.MaracHeard{Marac: "Harrowmere", Meeting: day[:10], Referral: referral, Perpetrators: persons, Outcome: "heard"})
}

func (b *book) person(id, role string) uint64 {
	return b.add("2025-01-02", "person.recorded", schemas.PersonRecorded{Person: id, Role: role, Relation: "former-partner", Initials: ptr(strings.ToUpper(id[:2])),
		LivesWithClient: "no", ParentalResponsibility: "no"})
}

// incident records one, told on a day, by these persons.
func (b *book) incident(told, happened string, persons ...string) uint64 {
	return b.did(told, happened, "perpetrator", []string{"threat"}, by(persons)...)
}

func (b *book) did(told, happened, through string, kinds []string, doers ...schemas.Doer) uint64 {
	return b.add(told, "incident.disclosed", schemas.IncidentDisclosedV2{Happened: span(happened), What: schemas.Prose{Text: "It."}, Kinds: kinds,
		Perpetrators: doers, Through: through, ChildrenPresent: "no", Reported: "no"})
}

func by(persons []string) (list []schemas.Doer) {
	for _, p := range persons {
		list = append(list, schemas.Doer{Person: ptr(p)})
	}
	return list
}

// review answers the Dash list: so many yes, no and not known; the rest is not
// asked.
func (b *book) review(day string, yes, no, notKnown int, level, text string, change ...func(*schemas.RiskReviewedV2)) uint64 {
	in, _ := schemas.FindInstrument("dash", 1)
	r := schemas.RiskReviewedV2{Instrument: schemas.Versioned{Code: "dash", Version: 1}, Judgement: schemas.Judgement{Level: level, Text: text}, Rule: Marac().Name()}
	for i, answer := range slices.Concat(slices.Repeat([]string{"yes"}, yes), slices.Repeat([]string{"no"}, no), slices.Repeat([]string{"not-known"}, notKnown)) {
		r.Answers = append(r.Answers, schemas.Answer{Item: in.Items[i].Code, Answer: answer})
	}
	for _, f := range change {
		f(&r)
	}
	return b.add(day, "risk.reviewed", r)
}

func others(count int, from, to string) func(*schemas.RiskReviewedV2) {
	return func(r *schemas.RiskReviewedV2) {
		r.Events = &schemas.OtherEvents{Count: count, From: from, To: to, Source: "the police"}
	}
}

func settings(t testing.TB, list ...schemas.Setting) *policy.Set {
	t.Helper()
	data, err := json.Marshal(schemas.PolicySet{Version: 3, From: "2025-01-01T00:00:00+00:00", By: "staff-02", Settings: list})
	if err != nil {
		t.Fatal(err)
	}
	var h policy.History
	err = h.Add(policy.Event{Seq: 1, At: moment(t, "2025-01-01"), Body: events.Body{Type: "policy.set", V: 1, Actor: "staff-02", Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	set := h.Set(moment(t, "2026-01-01"))
	if len(set.Ignored) > 0 {
		t.Fatal(set.Ignored[0])
	}
	return set
}

func setting(code, unit string, value uint64, marac string) schemas.Setting {
	s := schemas.Setting{Code: code, Values: []uint64{value}, Unit: unit}
	if marac != "" {
		s.Marac = &marac
	}
	return s
}

// result finds a criterion, of a pair if it is given.
func result(t tester, e Explanation, code, pair string) Criterion {
	t.Helper()
	for _, c := range e.Criteria {
		if c.Code == code && (pair == "" || c.Pair != nil && c.Pair.Person == pair) {
			return c
		}
	}
	t.Fatalf("no %s of %q", code, pair)
	return Criterion{}
}

// outline is an explanation without what follows from the order of recording.
func outline(e Explanation) string {
	var lines []string
	for _, c := range e.Criteria {
		pair := ""
		if c.Pair != nil {
			pair = c.Pair.Person
		}
		var in []string
		for _, i := range c.Inputs {
			in = append(in, fmt.Sprintf("%s %s %s %t", i.Type, i.First, i.Last, i.Counts))
		}
		slices.Sort(in)
		lines = append(lines, fmt.Sprintf("%s %s %s %q", c.Code, pair, c.Result, in))
	}
	return fmt.Sprintf("%s %s\n%s", e.Result, e.Level, strings.Join(lines, "\n"))
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
