package cases

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// member is one member of a JSON object, its value as written.
type member struct {
	name  string
	value []byte
}

// split takes a JSON object apart without touching the values: no number is
// rounded and no string altered before events.Canonicalize has seen it.
func split(object []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, &RuleError{Rule: "not a JSON object", Kind: events.ErrSyntax}
	}
	var members []member
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, &RuleError{Rule: "not a JSON object", Kind: events.ErrSyntax}
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, &RuleError{Rule: "not a JSON object", Kind: events.ErrSyntax}
		}
		members = append(members, member{name, value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, &RuleError{Rule: "not a JSON object", Kind: events.ErrSyntax}
	}
	if rest := bytes.TrimLeft(object[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, &RuleError{Rule: "more after the JSON object", Kind: events.ErrSyntax}
	}
	return members, nil
}

// fill reads the object's members through the readers of the same names. A
// member without a reader, given twice, or required and absent is refused.
func fill(object []byte, readers map[string]func([]byte) error, required ...string) error {
	members, err := split(object)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range members {
		read, ok := readers[m.name]
		if !ok {
			// The name is the writer's own word: it is not repeated.
			return &RuleError{Rule: "a member that does not belong here", Kind: events.ErrSyntax}
		}
		if seen[m.name] {
			return &RuleError{Pointer: "/" + m.name, Rule: "given twice", Kind: events.ErrSyntax}
		}
		seen[m.name] = true
		if err := read(m.value); err != nil {
			return err
		}
	}
	for _, name := range required {
		if !seen[name] {
			return &RuleError{Pointer: "/" + name, Rule: "is missing", Kind: events.ErrSyntax}
		}
	}
	return nil
}

// text reads a string member.
func text(name string, to *string) func([]byte) error {
	return func(v []byte) error {
		if len(v) == 0 || v[0] != '"' {
			return &RuleError{Pointer: "/" + name, Rule: "must be a string", Kind: events.ErrSyntax}
		}
		if _, err := events.Canonicalize(v); err != nil {
			return ruleError("/"+name, err)
		}
		return json.Unmarshal(v, to)
	}
}

// number reads a whole number from 1.
func number(name string, to *uint64) func([]byte) error {
	return func(v []byte) error {
		n, err := strconv.ParseUint(string(v), 10, 53)
		if err != nil || n == 0 {
			return &RuleError{Pointer: "/" + name, Rule: "must be a whole number from 1", Kind: events.ErrSyntax}
		}
		*to = n
		return nil
	}
}

// raw keeps a member's JSON.
func raw(to *[]byte) func([]byte) error {
	return func(v []byte) error {
		*to = v
		return nil
	}
}

// ParseFile reads the file of an append into c: a JSON object with "occurred"
// and "data". It may repeat "type", "v" and "actor"; what it says must be what
// c says already, and a version that c leaves open is taken from it.
func ParseFile(object []byte, c *Command) error {
	if len(object) > MaxLine {
		return &RuleError{Rule: "longer than 5 MiB", Kind: events.ErrTooLarge}
	}
	var typ, actor string
	var v uint64
	err := fill(object, map[string]func([]byte) error{
		"type":     text("type", &typ),
		"v":        number("v", &v),
		"actor":    text("actor", &actor),
		"occurred": raw(&c.Occurred),
		"data":     raw(&c.Data),
	}, "occurred", "data")
	switch {
	case err != nil:
		return err
	case typ != "" && typ != c.Type:
		return &RuleError{Pointer: "/type", Rule: "is not the type asked for"}
	case actor != "" && actor != c.Actor:
		return &RuleError{Pointer: "/actor", Rule: "is not the actor asked for"}
	case v != 0 && c.V != 0 && v != c.V:
		return &RuleError{Pointer: "/v", Rule: "is not the version asked for"}
	}
	if v != 0 {
		c.V = v
	}
	return nil
}

// ParseLine reads one line of an import: a JSON object with exactly "case",
// "id", "type", "v", "actor", "occurred" and "data". "v" may be left out: the
// line is then held to the newest version of its type. The case is made by its
// first line.
func ParseLine(object []byte) (Command, error) {
	c := Command{Open: true}
	var chain, id string
	err := fill(object, map[string]func([]byte) error{
		"case":     text("case", &chain),
		"id":       text("id", &id),
		"type":     text("type", &c.Type),
		"v":        number("v", &c.V),
		"actor":    text("actor", &c.Actor),
		"occurred": raw(&c.Occurred),
		"data":     raw(&c.Data),
	}, "case", "id", "type", "actor", "occurred", "data")
	if err != nil {
		return Command{}, err
	}
	if c.Case, err = events.ParseChain(chain); err != nil || c.Case == (events.Chain{}) {
		return Command{}, &RuleError{Pointer: "/case", Rule: "must be 32 lower-case hex digits, not all zero", Kind: events.ErrSyntax}
	}
	if c.ID, err = events.ParseID(id); err != nil || c.ID == (ulid.ULID{}) {
		return Command{}, &RuleError{Pointer: "/id", Rule: "must be a ULID: 26 upper-case characters, not all zero", Kind: events.ErrSyntax}
	}
	return c, nil
}
