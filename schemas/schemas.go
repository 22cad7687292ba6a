// Package schemas defines what the body of every event type may hold: one
// JSON Schema (2020-12) for each type and version, the Go types of the data and
// the steps from one version to the next, the instruments that risk reviews
// refer to, and the figures of local practice that a service sets for itself.
//
// A schema describes the whole body: actor, data, occurred, type and v. Every
// member is required, no other is accepted, and what is not known is null.
// The few rules that JSON Schema cannot say (an end before its start, the same
// thing named twice) are in rules.go; the descriptions of the schemas name
// them as "checked by the program".
//
// The schemas are compiled by the library and then run by a checker of our
// own, straight over the canonical bytes: it allocates nothing for a valid
// body, and what it says about an invalid one is written from the schema
// alone, so that no error can quote a client. Tests hold it to the library's
// verdict.
package schemas

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"caseledger/events"
)

//go:embed *.json access/*.json
var files embed.FS

// Error says which rule of which schema a body breaks. It holds names and
// numbers out of the schema and places out of the body, never a value and
// never the name of a member that the schema does not know.
type Error struct {
	Pointer string // JSON Pointer into the body; for a missing or unknown member, of its parent
	Rule    string // the keyword and what it asks for
	kind    error
}

func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.kind.Error() + ": " + e.Rule
	}
	return e.kind.Error() + " at " + e.Pointer + ": " + e.Rule
}

// Unwrap returns events.ErrInvalid, or events.ErrVersion for a type or a
// version that has no schema.
func (e *Error) Unwrap() error { return e.kind }

// Set is the compiled schemas of every type. It is safe for concurrent use.
type Set struct {
	roots map[string][]*node // by type; version v at v−1
	types []string
}

var (
	load       = sync.OnceValue(func() *Set { return mustCompile(".") })
	loadAccess = sync.OnceValue(func() *Set { return mustCompile(accessDir) })
)

func mustCompile(dir string) *Set {
	s, err := compile(dir)
	if err != nil {
		panic("schemas: " + err.Error()) // the files are embedded: only a build can be wrong
	}
	return s
}

// Default returns the schemas in this build. They are compiled at the first
// call.
func Default() *Set { return load() }

// Access returns the schemas of the types of an access ledger in this build,
// which are no types of a ledger of cases: who signed in, opened, looked for,
// printed or exported what. They are compiled at the first call.
func Access() *Set { return loadAccess() }

// Types returns every type that has a schema, in byte order.
func (s *Set) Types() []string { return slices.Clone(s.types) }

// Latest returns the newest version of a type, from 1.
func (s *Set) Latest(typ string) (v uint64, ok bool) {
	n := len(s.roots[typ])
	return uint64(n), n > 0
}

// Validate checks a body against the schema of its type and version and
// against the rules beyond it. The body must be canonical JSON, as
// events.CheckCanonical says; other bytes are refused or judged as they stand,
// and never cause a panic. The error is an *Error.
func (s *Set) Validate(body []byte) error {
	c := checker{b: body}
	typ, v := c.head()
	if typ == nil || v == nil {
		return &Error{Rule: "required: an object whose last members are type, a string, and v, an integer", kind: events.ErrInvalid}
	}
	versions := s.roots[string(typ)]
	n, ok := parseInt(v)
	if !ok || n < 0 {
		n = 0 // no version
	}
	if err := known(versions, uint64(n)); err != nil {
		return err
	}
	end := c.value(versions[n-1], 0, false)
	if end >= 0 && end != len(body) {
		end = c.fail(notCanonical)
	}
	if end < 0 {
		return c.err()
	}
	return nil
}

// known says that a type has no schema, or none of version v.
func known(versions []*node, v uint64) error {
	switch {
	case versions == nil:
		return &Error{Pointer: "/type", Rule: "no schema for this type", kind: events.ErrVersion}
	case v < 1 || v > uint64(len(versions)):
		return &Error{Pointer: "/v", Rule: "no schema for this version; the newest is " + strconv.Itoa(len(versions)), kind: events.ErrVersion}
	}
	return nil
}

// splitName reads <type>.v<n>.json.
func splitName(file string) (typ string, v int, err error) {
	base, _ := strings.CutSuffix(file, ".json")
	i := strings.LastIndex(base, ".v")
	if i > 0 {
		v, err = strconv.Atoi(base[i+2:])
	}
	if i <= 0 || err != nil || v < 1 {
		return "", 0, fmt.Errorf("file %s is not named <type>.v<n>.json", file)
	}
	return base[:i], v, nil
}

// File returns the file of a schema of Default, such as contact.recorded.v2.json
// or common.json, which they share.
func File(name string) ([]byte, bool) {
	if strings.ContainsAny(name, `/\`) || !strings.HasSuffix(name, ".json") {
		return nil, false
	}
	b, err := files.ReadFile(name)
	return b, err == nil
}
