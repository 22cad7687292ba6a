package api

import (
	"encoding"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
)

// schema is a JSON Schema (2020-12).
type schema = map[string]any

const components = "#/components/schemas/"

// nameOf is what the document calls a type.
func nameOf(t reflect.Type) string { return path.Base(t.PkgPath()) + "." + t.Name() }

func refTo(t reflect.Type) schema { return schema{"$ref": components + nameOf(t)} }

// plain are the types whose JSON is not that of their fields.
var plain = map[reflect.Type]schema{
	reflect.TypeFor[events.Chain]():    {"type": "string", "pattern": "^[0-9a-f]{32}$"},
	reflect.TypeFor[events.Hash]():     {"type": "string", "pattern": "^[0-9a-f]{64}$"},
	reflect.TypeFor[ulid.ULID]():       {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
	reflect.TypeFor[time.Time]():       {"type": "string", "format": "date-time"},
	reflect.TypeFor[ops.Time]():        {"type": "string", "format": "date-time", "description": "When recorded: UTC, six decimals."},
	reflect.TypeFor[ops.When]():        {"type": []string{"string", "null"}, "description": "A date or a time, as its author gave it; null: none."},
	reflect.TypeFor[clock.When]():      {"type": []string{"string", "null"}, "description": "A date, or a time of London with its offset; null: not known."},
	reflect.TypeFor[clock.Date]():      {"type": []string{"string", "null"}, "format": "date"},
	reflect.TypeFor[json.RawMessage](): {},
}

// shapes gathers the schemas of types.
type shapes map[string]schema

// add puts a named type's schema among the others, with those it refers to.
func (s shapes) add(t reflect.Type) {
	name := nameOf(t)
	if _, done := s[name]; done {
		return
	}
	s[name] = nil // it may refer to itself
	s[name] = s.object(t)
}

// object is the schema of a struct: every member is there, and no other.
func (s shapes) object(t reflect.Type) schema {
	properties, required := schema{}, []string{}
	s.members(t, properties, &required)
	return schema{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (s shapes) members(t reflect.Type, properties schema, required *[]string) {
	for f := range fields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "":
			s.members(f.Type, properties, required)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		properties[name] = s.of(f.Type)
		if options == "" {
			*required = append(*required, name)
		}
	}
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// of is the schema of a type. It panics for one whose JSON it cannot know: only
// a build can be wrong.
func (s shapes) of(t reflect.Type) schema {
	if p, ok := plain[t]; ok {
		return p
	}
	if t.Kind() == reflect.Pointer {
		return schema{"anyOf": []any{s.of(t.Elem()), schema{"type": "null"}}}
	}
	if t.Implements(marshaler) || t.Implements(textMarshaler) {
		panic(fmt.Sprintf("api: what %s looks like in JSON is not known", t))
	}
	switch t.Kind() {
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Slice, reflect.Array:
		return schema{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		if t.Name() == "" {
			return s.object(t)
		}
		s.add(t)
		return refTo(t)
	}
	panic(fmt.Sprintf("api: what %s looks like in JSON is not known", t))
}
