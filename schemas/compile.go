package schemas

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	base   = "https://caseledger.example/schemas/"
	common = "common.json"

	accessDir    = "access" // of the types of the access ledger
	accessCommon = "access.json"
)

// node is one schema, made ready for the checker.
type node struct {
	types  kinds    // zero: any
	konst  [][]byte // const or enum, canonical; nil: any
	not    *node
	ref    *node
	orNull bool // anyOf this ref or null
	allOf  []*node
	cond   *node // if
	then   *node
	other  *node // else

	minLen, maxLen int // code points; −1: none
	match          func([]byte) bool
	format         func([]byte) bool

	min, max int64

	props  []prop // in byte order of their names
	closed bool   // additionalProperties: false

	items              *node
	minItems, maxItems int // −1: no maximum
	unique             bool

	rule rule // beyond JSON Schema; runs when the rest holds

	say sayings
}

type prop struct {
	name    string
	node    *node  // nil: any value
	missing string // what to say; empty when it may be absent
}

// sayings are the rules in words, made once.
type sayings struct {
	types, konst, not, minLen, maxLen, match, format, min, max, minItems, maxItems string
}

// kinds is a set of JSON types.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBool
	isInt
	isString
	isArray
	isObject
)

var kindOf = map[string]kinds{"null": isNull, "boolean": isBool, "integer": isInt, "string": isString, "array": isArray, "object": isObject}

// newCompiler returns the library's compiler over the embedded files of a
// directory and what all share, and the names of those files. It can load
// nothing else.
func newCompiler(dir string) (*jsonschema.Compiler, []string, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for name, valid := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok && !valid([]byte(s)) {
				return errors.New("not in this format")
			}
			return nil
		}})
	}
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	add := names
	if dir != "." {
		add = append(slices.Clone(names), common)
	}
	for _, name := range add {
		f, err := files.Open(name)
		if err != nil {
			return nil, nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		_ = f.Close() // embedded
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := c.AddResource(base+name, doc); err != nil {
			return nil, nil, err
		}
	}
	return c, names, nil
}

func compile(dir string) (*Set, error) {
	c, names, err := newCompiler(dir)
	if err != nil {
		return nil, err
	}
	s := &Set{roots: map[string][]*node{}}
	b := builder{nodes: map[*jsonschema.Schema]*node{}}
	for _, name := range names {
		if name == common || name == accessDir+"/"+accessCommon {
			continue
		}
		typ, v, err := splitName(path.Base(name))
		if err != nil {
			return nil, err
		}
		sch, err := c.Compile(base + name)
		if err != nil {
			return nil, err
		}
		root := b.node(sch)
		for len(s.roots[typ]) < v {
			s.roots[typ] = append(s.roots[typ], nil)
		}
		s.roots[typ][v-1] = root
	}
	for typ, versions := range s.roots {
		if slices.Contains(versions, nil) {
			return nil, fmt.Errorf("%s: a version is missing", typ)
		}
		s.types = append(s.types, typ)
	}
	slices.Sort(s.types)
	if dir != "." {
		return s, b.err // its schemas use few of the rules
	}
	for loc := range rules {
		if !slices.Contains(b.ruled, loc) {
			return nil, fmt.Errorf("a rule is for %s, which no schema uses", loc)
		}
	}
	return s, b.err
}

// builder turns the library's compiled schemas into nodes. It accepts only
// the keywords that the checker knows.
type builder struct {
	nodes map[*jsonschema.Schema]*node
	ruled []string
	err   error
}

func (b *builder) refuse(s *jsonschema.Schema, what string) {
	if b.err == nil {
		b.err = fmt.Errorf("%s: the checker does not know %s", s.Location, what)
	}
}

func (b *builder) node(s *jsonschema.Schema) *node {
	if s == nil {
		return nil
	}
	if n, ok := b.nodes[s]; ok {
		return n
	}
	n := &node{minLen: -1, maxLen: -1, maxItems: -1, min: -1 << 63, max: 1<<63 - 1}
	b.nodes[s] = n
	b.supported(s)

	if s.Types != nil {
		for _, t := range s.Types.ToStrings() {
			k, ok := kindOf[t]
			if !ok {
				b.refuse(s, "type "+t)
			}
			n.types |= k
		}
		n.say.types = "type: want " + strings.Join(s.Types.ToStrings(), " or ")
	}
	if s.Const != nil {
		n.konst = [][]byte{b.literal(s, *s.Const)}
		n.say.konst = "const: want " + string(n.konst[0])
	}
	if s.Enum != nil {
		for _, v := range s.Enum.Values {
			n.konst = append(n.konst, b.literal(s, v))
		}
		n.say.konst = "enum: want one of " + joined(n.konst)
	}
	if n.not = b.node(s.Not); n.not != nil {
		n.say.not = "not: want anything but " + joined(n.not.konst)
	}
	n.ref = b.node(s.Ref)
	for _, sub := range s.AllOf {
		n.allOf = append(n.allOf, b.node(sub))
	}
	if s.AnyOf != nil {
		// The one form in use: a value or null.
		if len(s.AnyOf) != 2 || s.Ref != nil || s.AnyOf[1].Types == nil || s.AnyOf[1].Types.String() != "[null]" {
			b.refuse(s, "anyOf other than a value or null")
		}
		n.ref, n.orNull = b.node(s.AnyOf[0]), true
	}
	n.cond, n.then, n.other = b.node(s.If), b.node(s.Then), b.node(s.Else)
	b.string(s, n)
	b.number(s, n)
	b.object(s, n)
	b.array(s, n)
	loc := strings.TrimPrefix(s.Location, base)
	if r, ok := rules[loc]; ok {
		n.rule = r
		b.ruled = append(b.ruled, loc)
	}
	return n
}

func (b *builder) supported(s *jsonschema.Schema) {
	for what, used := range map[string]bool{
		"boolean schemas":       s.Bool != nil,
		"dynamic references":    s.RecursiveRef != nil || s.DynamicRef != nil,
		"oneOf":                 s.OneOf != nil,
		"property counts":       s.MinProperties != nil || s.MaxProperties != nil,
		"propertyNames":         s.PropertyNames != nil || s.PatternProperties != nil,
		"dependencies":          s.Dependencies != nil || s.DependentRequired != nil || s.DependentSchemas != nil,
		"unevaluated":           s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil,
		"contains":              s.Contains != nil || s.MinContains != nil || s.MaxContains != nil,
		"prefixItems":           s.PrefixItems != nil || s.Items != nil || s.AdditionalItems != nil,
		"content":               s.ContentEncoding != nil || s.ContentMediaType != nil || s.ContentSchema != nil,
		"multipleOf, exclusive": s.MultipleOf != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil,
		"extensions":            s.Extensions != nil,
		"const with enum":       s.Const != nil && s.Enum != nil,
	} {
		if used {
			b.refuse(s, what)
		}
	}
	if s.Not != nil && s.Not.Const == nil && s.Not.Enum == nil {
		b.refuse(s, "not of anything but const and enum")
	}
}

func (b *builder) string(s *jsonschema.Schema, n *node) {
	if s.MinLength != nil {
		n.minLen = *s.MinLength
		n.say.minLen = "minLength: want at least " + strconv.Itoa(n.minLen) + " characters"
	}
	if s.MaxLength != nil {
		n.maxLen = *s.MaxLength
		n.say.maxLen = "maxLength: want at most " + strconv.Itoa(n.maxLen) + " characters"
	}
	if s.Pattern != nil {
		if n.match = patterns[s.Pattern.String()]; n.match == nil {
			b.refuse(s, "the pattern "+s.Pattern.String())
		}
		n.say.match = "pattern: want " + s.Pattern.String()
	}
	if s.Format != nil {
		if n.format = formats[s.Format.Name]; n.format == nil {
			b.refuse(s, "the format "+s.Format.Name)
		}
		n.say.format = "format: want a real " + s.Format.Name
	}
}

func (b *builder) number(s *jsonschema.Schema, n *node) {
	bound := func(r *big.Rat) int64 {
		if !r.IsInt() || !r.Num().IsInt64() {
			b.refuse(s, "a bound that is no integer")
			return 0
		}
		return r.Num().Int64()
	}
	if s.Minimum != nil {
		n.min = bound(s.Minimum)
		n.say.min = "minimum: want at least " + strconv.FormatInt(n.min, 10)
	}
	if s.Maximum != nil {
		n.max = bound(s.Maximum)
		n.say.max = "maximum: want at most " + strconv.FormatInt(n.max, 10)
	}
}

func (b *builder) object(s *jsonschema.Schema, n *node) {
	for name, sub := range s.Properties {
		n.props = append(n.props, prop{name: name, node: b.node(sub)})
	}
	for _, name := range s.Required {
		i := slices.IndexFunc(n.props, func(p prop) bool { return p.name == name })
		if i < 0 {
			n.props = append(n.props, prop{name: name})
			i = len(n.props) - 1
			if s.AdditionalProperties != nil {
				b.refuse(s, "a required member that is not described")
			}
		}
		n.props[i].missing = "required: the member " + name + " is missing"
	}
	slices.SortFunc(n.props, func(a, b prop) int { return cmp.Compare(a.name, b.name) })
	if s.AdditionalProperties != nil {
		if s.AdditionalProperties != false {
			b.refuse(s, "additionalProperties other than false")
		}
		n.closed = true
	}
}

func (b *builder) array(s *jsonschema.Schema, n *node) {
	n.items = b.node(s.Items2020)
	if s.MinItems != nil {
		n.minItems = *s.MinItems
		n.say.minItems = "minItems: want at least " + strconv.Itoa(n.minItems)
	}
	if s.MaxItems != nil {
		n.maxItems = *s.MaxItems
		n.say.maxItems = "maxItems: want at most " + strconv.Itoa(n.maxItems)
	}
	n.unique = s.UniqueItems
}

// literal returns the canonical JSON of a value of const or enum.
func (b *builder) literal(s *jsonschema.Schema, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(nil, v)
	case string:
		if patterns[plain]([]byte(v)) {
			return []byte(`"` + v + `"`)
		}
	case fmt.Stringer: // json.Number
		if _, ok := parseInt([]byte(v.String())); ok {
			return []byte(v.String())
		}
	}
	b.refuse(s, "const and enum of anything but true, false, integers and plain words")
	return nil
}

func joined(literals [][]byte) string {
	var words []string
	for _, l := range literals {
		words = append(words, string(l))
	}
	return strings.Join(words, ", ")
}
