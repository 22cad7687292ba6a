package schemas

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"caseledger/events"
)

const notCanonical = "canonical: the bytes are not canonical JSON"

// checker runs a node over canonical bytes. Every method that returns an
// offset returns −1 when a rule is broken; rule and path then say which and
// where, except while quiet.
type checker struct {
	b     []byte
	quiet int      // above 0 while a verdict alone matters
	rule  string   // what was broken
	path  []string // tokens to it, innermost first
}

func (c *checker) fail(rule string) int {
	if c.quiet == 0 {
		c.rule, c.path = rule, c.path[:0]
	}
	return -1
}

// under adds a token to the place of the failure on the way out.
func (c *checker) under(token string) int {
	if c.quiet == 0 {
		c.path = append(c.path, token)
	}
	return -1
}

func (c *checker) err() *Error {
	slices.Reverse(c.path)
	var p strings.Builder
	for _, t := range c.path {
		p.WriteByte('/')
		p.WriteString(t) // names of the schemas and numbers: nothing to escape
	}
	return &Error{Pointer: p.String(), Rule: c.rule, kind: events.ErrInvalid}
}

func (c *checker) at(i int) byte {
	if i < len(c.b) {
		return c.b[i]
	}
	return 0
}

// value checks the value that starts at i and returns where it ends. With
// part it may stop early and return any offset: the end is known already.
func (c *checker) value(n *node, i int, part bool) int {
	if n.orNull {
		if c.at(i) == 'n' {
			return c.skip(i)
		}
		end := c.value(n.ref, i, part)
		if end < 0 && len(c.path) == 0 && c.quiet == 0 {
			c.rule += ", or null"
		}
		return end
	}
	if n.types != 0 && n.types&c.kind(i) == 0 {
		return c.fail(n.say.types)
	}
	var end int
	switch c.at(i) {
	case '{':
		end = c.object(n, i, part)
	case '[':
		end = c.array(n, i)
	case '"':
		end = c.string(n, i)
	default:
		if end = c.skip(i); end > 0 && c.kind(i) == isInt {
			end = c.number(n, i, end)
		}
	}
	if end < 0 {
		return -1
	}
	if n.konst != nil && !slices.ContainsFunc(n.konst, func(l []byte) bool { return bytes.Equal(l, c.b[i:end]) }) {
		return c.fail(n.say.konst)
	}
	if n.ref != nil && c.value(n.ref, i, true) < 0 {
		return -1
	}
	if n.not != nil && c.holds(n.not, i) {
		return c.fail(n.say.not)
	}
	for _, sub := range n.allOf {
		if c.value(sub, i, true) < 0 {
			return -1
		}
	}
	if n.cond != nil {
		next := n.other
		if c.holds(n.cond, i) {
			next = n.then
		}
		if next != nil && c.value(next, i, true) < 0 {
			return -1
		}
	}
	if n.rule != nil && c.quiet == 0 && !n.rule(c, i) {
		return -1
	}
	return end
}

// holds reports whether the value at i satisfies n, and says nothing.
func (c *checker) holds(n *node, i int) bool {
	c.quiet++
	ok := c.value(n, i, true) >= 0
	c.quiet--
	return ok
}

func (c *checker) kind(i int) kinds {
	switch b := c.at(i); b {
	case '{':
		return isObject
	case '[':
		return isArray
	case '"':
		return isString
	case 't', 'f':
		return isBool
	case 'n':
		return isNull
	default:
		if b == '-' || '0' <= b && b <= '9' {
			return isInt
		}
		return 0
	}
}

func (c *checker) object(n *node, i int, part bool) int {
	props, members := n.props, 0
	i++
	for more := c.at(i) != '}'; more; {
		name, at := c.name(i)
		if at < 0 {
			return -1
		}
		members++
		for len(props) > 0 && props[0].name < string(name) {
			if props[0].missing != "" {
				return c.fail(props[0].missing)
			}
			props = props[1:]
		}
		if len(props) > 0 && props[0].name == string(name) {
			p := &props[0]
			props = props[1:]
			if p.node == nil {
				i = c.skip(at)
			} else if i = c.value(p.node, at, false); i < 0 {
				return c.under(p.name)
			}
			if part && len(props) == 0 && !n.closed {
				return i
			}
		} else if n.closed {
			if c.quiet > 0 {
				return -1
			}
			return c.fail("additionalProperties: unknown member (number " + strconv.Itoa(members) + " of the object, in byte order)")
		} else {
			i = c.skip(at)
		}
		if i < 0 {
			return -1
		}
		if more = c.at(i) == ','; more {
			i++
		}
	}
	for _, p := range props {
		if p.missing != "" {
			return c.fail(p.missing)
		}
	}
	if c.at(i) != '}' {
		return c.fail(notCanonical)
	}
	return i + 1
}

// name reads a member's name and returns it and where its value starts.
func (c *checker) name(i int) ([]byte, int) {
	if c.at(i) == '"' {
		if n := bytes.IndexByte(c.b[i+1:], '"'); n >= 0 && c.at(i+n+2) == ':' {
			return c.b[i+1 : i+1+n], i + n + 3
		}
	}
	return nil, c.fail(notCanonical)
}

func (c *checker) array(n *node, i int) int {
	var spans [][]byte
	count := 0
	i++
	for more := c.at(i) != ']'; more; count++ {
		start := i
		if n.items == nil {
			i = c.skip(i)
		} else if i = c.value(n.items, i, false); i < 0 {
			return c.under(strconv.Itoa(count))
		}
		if i < 0 {
			return -1
		}
		if n.unique {
			spans = append(spans, c.b[start:i])
		}
		if more = c.at(i) == ','; more {
			i++
		}
	}
	if c.at(i) != ']' {
		return c.fail(notCanonical)
	}
	if count < n.minItems {
		return c.fail(n.say.minItems)
	}
	if n.maxItems >= 0 && count > n.maxItems {
		return c.fail(n.say.maxItems)
	}
	// Equal values have equal canonical bytes.
	for k, s := range spans {
		if slices.ContainsFunc(spans[:k], func(e []byte) bool { return bytes.Equal(e, s) }) {
			c.fail("uniqueItems: want every item once")
			return c.under(strconv.Itoa(k))
		}
	}
	return i + 1
}

func (c *checker) string(n *node, i int) int {
	end, escaped := c.stringEnd(i)
	if end < 0 {
		return c.fail(notCanonical)
	}
	if n.minLen < 0 && n.maxLen < 0 && n.match == nil && n.format == nil {
		return end
	}
	s := c.b[i+1 : end-1]
	if n.match == nil && n.format == nil && len(s)/2 >= 4*n.minLen && len(s) <= n.maxLen {
		return end // whatever its escapes and code points are
	}
	if escaped {
		s = unescape(s)
	}
	// A code point takes one to four bytes: count only when it matters.
	if n.minLen >= 0 && len(s) < 4*n.minLen && utf8.RuneCount(s) < n.minLen {
		return c.fail(n.say.minLen)
	}
	if n.maxLen >= 0 && len(s) > n.maxLen && utf8.RuneCount(s) > n.maxLen {
		return c.fail(n.say.maxLen)
	}
	if n.match != nil && !n.match(s) {
		return c.fail(n.say.match)
	}
	if n.format != nil && !n.format(s) {
		return c.fail(n.say.format)
	}
	return end
}

func (c *checker) number(n *node, i, end int) int {
	v, ok := parseInt(c.b[i:end])
	if !ok {
		return c.fail(notCanonical)
	}
	if v < n.min {
		return c.fail(n.say.min)
	}
	if v > n.max {
		return c.fail(n.say.max)
	}
	return end
}

// skip returns the end of the value that starts at i.
func (c *checker) skip(i int) int {
	depth := 0
	for i < len(c.b) {
		switch b := c.b[i]; b {
		case '"':
			if i, _ = c.stringEnd(i); i < 0 {
				return c.fail(notCanonical)
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':':
			if depth == 0 {
				return c.fail(notCanonical)
			}
			i++
			continue
		default:
			start := i
			for i < len(c.b) && (c.b[i] == '-' || '0' <= c.b[i] && c.b[i] <= '9' || 'a' <= c.b[i] && c.b[i] <= 'z') {
				i++
			}
			if i == start || !literal(c.b[start:i]) {
				return c.fail(notCanonical)
			}
		}
		if depth <= 0 {
			break
		}
	}
	if depth != 0 {
		return c.fail(notCanonical)
	}
	return i
}

// literal reports whether b is null, true, false or an integer.
func literal(b []byte) bool {
	switch string(b) {
	case "null", "true", "false":
		return true
	}
	_, ok := parseInt(b)
	return ok
}

// stringEnd returns the offset after the string that starts at i, and whether
// it has escapes; −1 when it does not end.
func (c *checker) stringEnd(i int) (end int, escaped bool) {
	for i++; ; {
		n := bytes.IndexByte(c.b[i:], '"')
		if n < 0 {
			return -1, false
		}
		e := bytes.IndexByte(c.b[i:i+n], '\\')
		if e < 0 {
			return i + n + 1, escaped
		}
		escaped = true
		if i += e + 2; i > len(c.b) {
			return -1, false
		}
	}
}

// unescape undoes the five escapes of canonical strings.
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			switch s[i] {
			case 't':
				out = append(out, '\t')
				continue
			case 'n':
				out = append(out, '\n')
				continue
			case 'r':
				out = append(out, '\r')
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

// parseInt reads a canonical integer within ±(2^53−1).
func parseInt(b []byte) (int64, bool) {
	digits := bytes.TrimPrefix(b, []byte{'-'})
	if len(digits) == 0 || len(digits) > 16 || digits[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var n int64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	if n > events.MaxNumber {
		return 0, false
	}
	if len(digits) < len(b) {
		n = -n
	}
	return n, true
}

// head finds the values of type (without its quotes) and v; nil when they are
// not there or not a string and a number. They are the last members of a
// canonical body, so it looks from the end: to read past the data takes as
// long as a fifth of all the rest.
func (c *checker) head() (typ, v []byte) {
	rest, ok := bytes.CutSuffix(c.b, []byte{'}'})
	if i := bytes.LastIndexByte(rest, ':'); ok && i >= 0 {
		v = rest[i+1:]
		if _, number := parseInt(v); number {
			if rest, ok = bytes.CutSuffix(rest[:i], []byte(`","v"`)); ok {
				if i = bytes.LastIndexByte(rest, '"'); bytes.HasSuffix(rest[:max(i, 0)], []byte(`,"type":`)) {
					return rest[i+1:], v
				}
			}
		}
	}
	return nil, nil
}

// member returns where a member's value starts in the object at i, or −1.
func (c *checker) member(i int, name string) int {
	if c.at(i) != '{' {
		return -1
	}
	for i++; c.at(i) == '"'; {
		got, at := c.name(i)
		if at < 0 {
			return -1
		}
		if string(got) == name {
			return at
		}
		if i = c.skip(at); i < 0 || c.at(i) != ',' {
			return -1
		}
		i++
	}
	return -1
}

// raw returns the canonical bytes of a member's value in the object at i; nil
// when it has none.
func (c *checker) raw(i int, name string) []byte {
	if at := c.member(i, name); at >= 0 {
		if end := c.skip(at); end >= 0 {
			return c.b[at:end]
		}
	}
	return nil
}
