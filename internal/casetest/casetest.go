// Package casetest draws cases for tests: chains of valid events of every type
// and version, as unlike each other as the schemas allow. Times stand out of
// order, entries are corrected, disputed and misfiled, cases are closed,
// reopened, erased, and people and staff recur from case to case.
//
// An event is an example of its type with members changed at random. A change
// after which the body no longer passes its schema is taken back, and a member
// that names another event names one of the case of a type that it can speak
// of. What a case service would refuse to plan is drawn all the same: an event
// that was recorded once has to be read for ever.
//
// It draws from the generator that it is given and from nothing else.
package casetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Event is an event of a drawn case.
type Event struct {
	At      time.Time   // when recorded
	Service bool        // sealed under the service's key, not the case's
	Body    events.Body // the same as Raw
	Raw     []byte      // canonical
}

// Source holds what cases are drawn from. It is not changed once made.
type Source struct {
	examples map[string][]byte // of a type and version, canonical
	names    []string          // of them, in order
	pool     map[string][]any  // what a member of a name was ever seen to hold
}

// ofService are not events of a case.
var ofService = []string{"policy.set", "staff.recorded", "access.checkpointed"}

// Load reads the examples of every type, schemas/examples, and what the
// schemas beside them allow where they allow a few words only.
func Load(dir string) (*Source, error) {
	s := &Source{examples: map[string][]byte{}, pool: map[string][]any{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		body, err := canonical(file)
		if err != nil {
			return nil, err
		}
		b, err := events.ParseBody(body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		var data any
		if err := json.Unmarshal(b.Data, &data); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.see(data)
		if !slices.Contains(ofService, b.Type) {
			s.examples[strings.TrimSuffix(filepath.Base(file), ".json")] = body
		}
	}
	if len(s.examples) == 0 {
		return nil, fmt.Errorf("%s: no examples", dir)
	}
	s.names = slices.Sorted(maps.Keys(s.examples))
	shapes, err := filepath.Glob(filepath.Join(dir, "..", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range shapes {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var shape any
		if err := json.Unmarshal(raw, &shape); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.allowed("", shape)
	}
	return s, nil
}

func canonical(file string) ([]byte, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b, err := events.Canonicalize(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

// see puts the members of a value into the pool.
func (s *Source) see(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			s.pool[name] = append(s.pool[name], v[name])
			s.see(v[name])
		}
	case []any:
		for _, x := range v {
			s.see(x)
		}
	}
}

// allowed puts the words that a schema lists for a member into the pool.
func (s *Source) allowed(member string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list, ok := v[name].([]any)
			if name == "enum" && ok && member != "" {
				s.pool[member] = append(s.pool[member], list...)
			}
			switch name {
			case "properties":
				if of, ok := v[name].(map[string]any); ok {
					for _, m := range slices.Sorted(maps.Keys(of)) {
						s.allowed(m, of[m])
					}
				}
			case "items", "anyOf", "then", "else", "allOf":
				s.allowed(member, v[name])
			}
		}
	case []any:
		for _, x := range v {
			s.allowed(member, x)
		}
	}
}

// Names are the types and versions that a case can have, such as
// contact.recorded.v2, in order.
func (s *Source) Names() []string { return slices.Clone(s.names) }

// Case draws a case of n events, at least one.
func (s *Source) Case(r *rand.Rand, n int) []Event {
	c := &drawn{s: s, r: r, at: time.Date(2024+r.IntN(3), time.Month(1+r.IntN(12)), 1+r.IntN(28), 8, 0, 0, 0, time.UTC)}
	for len(c.events) < n {
		name := s.names[r.IntN(len(s.names))]
		switch {
		case len(c.events) == 0 && r.IntN(10) > 0:
			name = "referral.received.v2"
		case r.IntN(4) == 0:
			// What tells of other entries is rare among so many types.
			name = often[r.IntN(len(often))]
		}
		c.add(name)
	}
	return c.events[:n]
}

var often = []string{
	"contact.recorded.v2", "contact.corrected.v1", "contact.disputed.v1", "entry.misfiled.v1", "incident.disclosed.v2", "risk.reviewed.v2",
	"plan.changed.v1", "case.allocated.v1", "case.closed.v1", "case.reopened.v1", "safe-contact.set.v2", "marac.heard.v1",
}

// drawn is a case being drawn.
type drawn struct {
	s      *Source
	r      *rand.Rand
	at     time.Time
	events []Event
}

// add draws one more event of a type, and before it what it has to speak of
// and the case has not got.
func (c *drawn) add(name string) {
	b, err := events.ParseBody(c.s.examples[name])
	if err != nil {
		panic("casetest: " + err.Error()) // Load read it
	}
	var data map[string]any
	if err := json.Unmarshal(b.Data, &data); err != nil {
		panic("casetest: " + err.Error())
	}
	c.need(b.Type, data)
	c.at = c.at.Add(time.Duration(1+c.r.IntN(40*24*60)) * time.Minute)
	if c.r.IntN(3) == 0 {
		c.at = c.at.Add(time.Duration(c.r.IntN(1_000_000)) * time.Microsecond)
	}
	e := Event{At: c.at, Service: b.Type == "erasure.begun" || b.Type == "case.erased"}
	actor := b.Actor
	if c.r.IntN(2) == 0 {
		actor = c.staff()
	}
	c.name(b.Type, "", data)
	var ok bool
	if e.Raw, ok = c.encode(&b, actor, c.occurred(), data); !ok {
		return
	}
	for range c.r.IntN(6) {
		undo := c.change(data)
		raw, ok := c.encode(&b, actor, c.occurred(), data)
		if !ok {
			undo()
			continue
		}
		e.Raw = raw
	}
	if e.Body, err = events.ParseBody(e.Raw); err != nil {
		panic("casetest: " + err.Error()) // it was encoded as one
	}
	c.events = append(c.events, e)
}

// need draws what an event of a type names and the case has not got.
func (c *drawn) need(typ string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, m := range slices.Sorted(maps.Keys(v)) {
			if _, one := v[m].(float64); !one {
				c.need(typ, v[m])
				continue
			}
			if types := speaksOf[m]; len(types) > 0 && !slices.Contains(types, typ) && c.of(types) == 0 {
				first := types[c.r.IntN(len(types))]
				newest, _ := schemas.Default().Latest(first)
				c.add(fmt.Sprintf("%s.v%d", first, newest))
			}
		}
	case []any:
		for _, x := range v {
			c.need(typ, x)
		}
	}
}

// encode reports whether the body passes its schema.
func (c *drawn) encode(b *events.Body, actor string, occurred []byte, data any) ([]byte, bool) {
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, false
	}
	if raw, err = events.Canonicalize(raw); err != nil {
		return nil, false
	}
	body, err := events.EncodeBody(b.Type, b.V, actor, occurred, raw)
	if err != nil || schemas.Default().Validate(body) != nil {
		return nil, false
	}
	return body, true
}

// speaksOf are the types of which a member can name an event, nil any.
var speaksOf = map[string][]string{
	"agreement": {"agreement.recorded"}, "appointment": {"appointment.planned"}, "begun": {"erasure.begun"}, "decision": {"disclosure.decided"},
	"derived_from": {"attachment.added"}, "disclosed_in": {"contact.recorded", "helpline.contact"}, "entry": nil, "export": {"disclosure.exported"},
	"feedback_on": {"marac.heard"}, "form": {"attachment.added"}, "handover": {"handover.given"}, "hold": {"hold.placed"},
	"incidents": {"incident.disclosed"}, "meeting": {"marac.heard", "meeting.recorded"}, "override": {"appointment.planned", "appointment.moved", "information.shared"},
	"referral": {"marac.referred", "referral.received"}, "repeat_of": {"marac.referred", "referral.received"}, "request": {"disclosure.requested"},
	"review": {"risk.reviewed"}, "safe_contact": {"safe-contact.set"}, "saved_in": {"attachment.added"}, "seq": nil, "sought": {"accommodation.sought"},
	"told_in": {"contact.recorded", "helpline.contact"}, "asked_in": nil, "corrects": {"contact.recorded", "helpline.contact"},
}

// name makes every member that names another event name one of this case, null
// when there is none that it can name.
func (c *drawn) name(typ, within string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, m := range slices.Sorted(maps.Keys(v)) {
			of := m
			if m == "seq" && within == "corrects" {
				of = "corrects"
			}
			types, speaks := speaksOf[of]
			switch of {
			case "asked_in":
				types = []string{typ}
			case "referral":
				if typ == "case.reopened" {
					types = types[1:]
				}
			}
			switch x := v[m].(type) {
			case float64:
				if !speaks {
					continue
				}
				v[m] = nil
				if seq := c.of(types); seq > 0 {
					v[m] = seq
				}
			case []any:
				if !speaks || len(x) == 0 {
					c.name(typ, m, x)
					continue
				}
				if _, numbers := x[0].(float64); !numbers {
					c.name(typ, m, x)
					continue
				}
				list := []any{}
				if seq := c.of(types); seq > 0 {
					list = append(list, seq)
				}
				v[m] = list
			default:
				c.name(typ, m, x)
			}
		}
		if seq, ok := v["seq"].(int); ok && v["statement"] != nil {
			v["statement"] = c.r.IntN(max(1, c.statements(seq)))
		}
	case []any:
		for _, x := range v {
			c.name(typ, within, x)
		}
	}
}

// of is the place of an earlier event of one of these types, 0 when there is
// none.
func (c *drawn) of(types []string) int {
	var list []int
	for i, e := range c.events {
		if types == nil || slices.Contains(types, e.Body.Type) {
			list = append(list, i+1)
		}
	}
	if len(list) == 0 {
		return 0
	}
	return list[c.r.IntN(len(list))]
}

func (c *drawn) statements(seq int) int {
	var data struct {
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal(c.events[seq-1].Body.Data, &data); err != nil {
		return 0
	}
	return len(data.Statements)
}

// change alters one member somewhere in the data and returns what takes it
// back.
func (c *drawn) change(data map[string]any) (undo func()) {
	at := data
	for {
		names := slices.Sorted(maps.Keys(at))
		if len(names) == 0 {
			return func() {}
		}
		m := names[c.r.IntN(len(names))]
		was := at[m]
		deeper, isObject := was.(map[string]any)
		list, isList := was.([]any)
		if isList && len(list) > 0 && c.r.IntN(3) > 0 {
			if deeper, isObject = list[c.r.IntN(len(list))].(map[string]any); !isObject {
				deeper = nil
			}
		}
		if isObject && c.r.IntN(4) > 0 {
			at = deeper
			continue
		}
		if _, speaks := speaksOf[m]; speaks {
			return func() {} // what it names was settled
		}
		place := at
		place[m] = c.value(m, was)
		return func() { place[m] = was }
	}
}

var (
	aDate   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	aTime   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT`)
	aPerson = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// value is another value for a member.
func (c *drawn) value(name string, was any) any {
	switch name {
	case "adviser", "by", "staff", "owner", "found_by":
		if c.r.IntN(4) > 0 {
			return c.staff()
		}
	case "id":
		return fmt.Sprintf("a%d", 1+c.r.IntN(4))
	}
	switch v := was.(type) {
	case string:
		switch {
		case aPerson.MatchString(v):
			return fmt.Sprintf("%032x", 1+c.r.IntN(40))
		case aDate.MatchString(v):
			return c.day().String()
		case aTime.MatchString(v):
			return c.time()
		case name == "text" || name == "name" || name == "reference" || name == "phone" || name == "number":
			if c.r.IntN(3) > 0 {
				return c.words(name)
			}
		}
	case float64:
		if c.r.IntN(2) == 0 {
			return c.r.IntN(30)
		}
	case bool:
		return !v
	case []any:
		switch k := c.r.IntN(4); {
		case k == 0:
			return []any{}
		case k == 1 && len(v) > 1:
			i := c.r.IntN(len(v))
			return slices.Delete(slices.Clone(v), i, i+1)
		case k == 2 && len(v) > 1:
			v = slices.Clone(v)
			slices.Reverse(v)
			return v
		}
	}
	if c.r.IntN(6) == 0 {
		return nil
	}
	pool := c.s.pool[name]
	if len(pool) == 0 {
		return was
	}
	return clone(pool[c.r.IntN(len(pool))])
}

// clone copies a value of JSON, so that none is changed in two places.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = clone(x)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = clone(x)
		}
		return list
	}
	return v
}

func (c *drawn) staff() string { return fmt.Sprintf("staff-%02d", 1+c.r.IntN(12)) }

// day is one of the two years before or the half year after now.
func (c *drawn) day() clock.Date {
	return clock.DateOf(c.at.AddDate(0, 0, c.r.IntN(900)-720))
}

func (c *drawn) time() string {
	return clock.Format(c.at.Add(time.Duration(c.r.IntN(900*24*3600)-720*24*3600) * time.Second))
}

// occurred is when something happened: not after it was recorded.
func (c *drawn) occurred() []byte {
	from := c.at.Add(-time.Duration(c.r.IntN(3*3600)) * time.Second)
	if c.r.IntN(4) == 0 {
		from = from.AddDate(0, 0, -c.r.IntN(700))
	}
	o := schemas.Occurred{Precision: "exact"}
	form := clock.Format
	switch c.r.IntN(8) {
	case 0:
		o.Precision = "unknown"
	case 1:
		o.Precision = "date"
		form = func(t time.Time) string { return clock.DateOf(t).String() }
	case 2:
		o.Precision = "about"
		form = func(t time.Time) string { return clock.DateOf(t).String() }
	case 3:
		o.Precision = "about"
	}
	if o.Precision != "unknown" {
		start := form(from)
		o.From = &start
		if c.r.IntN(2) == 0 {
			end := form(from.Add(c.at.Sub(from) / 2))
			o.To = &end
		}
	}
	b, err := schemas.EncodeData(o)
	if err != nil {
		panic("casetest: " + err.Error())
	}
	return b
}

// words are what people write, some of it hard to handle.
func (c *drawn) words(name string) string {
	switch name {
	case "phone", "number":
		return fmt.Sprintf("07700 9%05d", c.r.IntN(300))
	case "reference":
		return fmt.Sprintf("REF/%d-%c", c.r.IntN(300), 'A'+rune(c.r.IntN(26)))
	}
	list := []string{"Zoë", "Łucja", "ਮੈਨੂੰ", "he", "said", "\u202e", "👩‍👧", "nothing", "O’Brien", "\"no\"", "ﬁle", "twice", "لا", "Å"}
	if name == "text" {
		list = append(list, "\n", "\t", "  ")
	}
	var s strings.Builder
	for range 1 + c.r.IntN(12) {
		s.WriteString(list[c.r.IntN(len(list))])
		s.WriteByte(' ')
	}
	return s.String()
}
