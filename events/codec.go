package events

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Canonical JSON is RFC 8785 restricted to what a body needs: docs/FORMAT.md,
// "Canonical JSON". The codec is our own because encoding/json replaces
// invalid text and rounds numbers without a word.
const (
	// MaxBody is the largest canonical body, in bytes. It leaves room for
	// link, detail and padding below MaxRecord.
	MaxBody = 768 << 10
	// MaxDepth is how deep objects and arrays nest; the body itself is 1.
	MaxDepth = 16

	// maxText is the longest JSON text that Canonicalize reads: a body of
	// MaxBody in which every byte is written as a six-byte escape.
	maxText = 6 * MaxBody
	// maxName is the longest member name, in bytes.
	maxName = 64
)

// Rules of canonical JSON that more than one place checks.
const (
	ruleDepth    = "objects and arrays nest deeper than 16"
	ruleSize     = "longer than 768 KiB"
	ruleEnd      = "ends in the middle of a value"
	ruleAfter    = "bytes after the value"
	ruleUTF8     = "text is not UTF-8"
	ruleControl  = "a control character other than tab, LF and CR"
	ruleEscape   = "an escape that JSON does not know"
	ruleName     = "a member name is not [a-z][a-z0-9_]{0,63}"
	ruleTwice    = "a member stands twice"
	ruleNumber   = "a number is not an integer within 2^53-1, written without sign of zero, leading zeros, fraction or exponent"
	ruleValue    = "expected a value"
	ruleColon    = "expected a colon"
	ruleObject   = "expected a comma or the end of the object"
	ruleArray    = "expected a comma or the end of the array"
	ruleSurr     = "a surrogate stands alone"
	ruleOrder    = "members are not in byte order"
	ruleMinimal  = "a character is escaped that stands for itself"
	ruleNameText = "expected a member name"
)

// AppendString appends s as a canonical JSON string. It does not check s: what
// no body may hold is copied as it is, and CheckCanonical refuses it.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if class[c]&stringStop == 0 {
			continue
		}
		switch c {
		case '"', '\\':
		case '\t':
			c = 't'
		case '\n':
			c = 'n'
		case '\r':
			c = 'r'
		default:
			continue
		}
		b = append(b, s[from:i]...)
		b = append(b, '\\', c)
		from = i + 1
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// Classes of bytes.
const (
	stringStop = 1 << iota // ends a run of plain string bytes: controls, '"', '\\'
	nameFirst              // may begin a member name
	nameRest               // may follow in a member name
	digit
)

var class = func() (t [256]uint8) {
	for c := range 0x20 {
		t[c] |= stringStop
	}
	t['"'] |= stringStop
	t['\\'] |= stringStop
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= nameFirst | nameRest
	}
	for c := '0'; c <= '9'; c++ {
		t[c] |= nameRest | digit
	}
	t['_'] |= nameRest
	return t
}()

// CheckCanonical reports whether b is canonical JSON, that is, whether
// Canonicalize returns the same bytes. It does not allocate unless it fails;
// the error is a *SyntaxError.
func CheckCanonical(b []byte) error {
	s := scanner{b: b}
	if err := s.document(); err != nil {
		return err
	}
	return nil
}

// scanner reads canonical JSON and nothing else. Its methods advance at and
// return nil, or return the first fault.
type scanner struct {
	b  []byte
	at int
}

func (s *scanner) fail(at int, rule string) *SyntaxError {
	return &SyntaxError{What: "body", Offset: at, Rule: rule}
}

func (s *scanner) document() *SyntaxError {
	if err := s.begin(); err != nil {
		return err
	}
	if err := s.value(0); err != nil {
		return err
	}
	if s.at != len(s.b) {
		return s.fail(s.at, ruleAfter)
	}
	return nil
}

// begin checks what concerns the text as a whole.
func (s *scanner) begin() *SyntaxError {
	if len(s.b) > MaxBody {
		return &SyntaxError{What: "body", Offset: -1, Rule: ruleSize, Kind: ErrTooLarge}
	}
	return checkUTF8(s.b)
}

func checkUTF8(b []byte) *SyntaxError {
	if utf8.Valid(b) {
		return nil
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return &SyntaxError{What: "body", Offset: at, Rule: ruleUTF8}
		}
		at += n
	}
}

// value reads one value that stands inside depth objects and arrays.
func (s *scanner) value(depth int) *SyntaxError {
	if s.at == len(s.b) {
		return s.fail(s.at, ruleEnd)
	}
	switch c := s.b[s.at]; c {
	case '"':
		return s.string()
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.array(depth + 1)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		if c == '-' || class[c]&digit != 0 {
			return s.number()
		}
		return s.fail(s.at, ruleValue)
	}
}

func (s *scanner) literal(want string) *SyntaxError {
	if len(s.b)-s.at < len(want) || string(s.b[s.at:s.at+len(want)]) != want {
		return s.fail(s.at, ruleValue)
	}
	s.at += len(want)
	return nil
}

func (s *scanner) object(depth int) *SyntaxError {
	if depth > MaxDepth {
		return s.fail(s.at, ruleDepth)
	}
	s.at++
	if s.at < len(s.b) && s.b[s.at] == '}' {
		s.at++
		return nil
	}
	var last []byte
	for {
		start := s.at
		name, err := s.name()
		if err != nil {
			return err
		}
		if c := bytes.Compare(last, name); c >= 0 {
			if c == 0 {
				return s.fail(start, ruleTwice)
			}
			return s.fail(start, ruleOrder)
		}
		last = name
		if err := s.value(depth); err != nil {
			err.Path = "/" + string(name) + err.Path
			return err
		}
		if s.at == len(s.b) {
			return s.fail(s.at, ruleEnd)
		}
		switch s.b[s.at] {
		case ',':
			s.at++
		case '}':
			s.at++
			return nil
		default:
			return s.fail(s.at, ruleObject)
		}
	}
}

// name reads a member name and the colon behind it.
func (s *scanner) name() ([]byte, *SyntaxError) {
	b, at := s.b, s.at
	if at >= len(b) {
		return nil, s.fail(at, ruleEnd)
	}
	if b[at] != '"' {
		return nil, s.fail(at, ruleNameText)
	}
	i := at + 1
	if i == len(b) || class[b[i]]&nameFirst == 0 {
		return nil, s.fail(at, ruleName)
	}
	for i++; i < len(b) && class[b[i]]&nameRest != 0; i++ {
	}
	if i == len(b) || b[i] != '"' || i-at-1 > maxName {
		return nil, s.fail(at, ruleName)
	}
	if i+1 == len(b) || b[i+1] != ':' {
		return nil, s.fail(i+1, ruleColon)
	}
	s.at = i + 2
	return b[at+1 : i], nil
}

func (s *scanner) array(depth int) *SyntaxError {
	if depth > MaxDepth {
		return s.fail(s.at, ruleDepth)
	}
	s.at++
	if s.at < len(s.b) && s.b[s.at] == ']' {
		s.at++
		return nil
	}
	for n := 0; ; n++ {
		if err := s.value(depth); err != nil {
			err.Path = "/" + strconv.Itoa(n) + err.Path
			return err
		}
		if s.at == len(s.b) {
			return s.fail(s.at, ruleEnd)
		}
		switch s.b[s.at] {
		case ',':
			s.at++
		case ']':
			s.at++
			return nil
		default:
			return s.fail(s.at, ruleArray)
		}
	}
}

func (s *scanner) string() *SyntaxError {
	b, i := s.b, s.at+1
	for {
		for i < len(b) && class[b[i]]&stringStop == 0 {
			i++
		}
		if i == len(b) {
			return s.fail(i, ruleEnd)
		}
		switch b[i] {
		case '"':
			s.at = i + 1
			return nil
		case '\\':
			if i+1 == len(b) {
				return s.fail(i, ruleEnd)
			}
			switch b[i+1] {
			case '"', '\\', 't', 'n', 'r':
				i += 2
			default:
				return s.fail(i, ruleMinimal)
			}
		default:
			return s.fail(i, ruleControl)
		}
	}
}

func (s *scanner) number() *SyntaxError {
	n, ok := integer(s.b[s.at:])
	if !ok {
		return s.fail(s.at, ruleNumber)
	}
	s.at += n
	return nil
}

// integer returns the length of the integer that b begins with. It fails when
// b begins with anything else that JSON would call a number.
func integer(b []byte) (int, bool) {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	var n uint64
	for i < len(b) && class[b[i]]&digit != 0 && i-first < 17 {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	switch {
	case i == first, n > MaxNumber, i-first == 17: // 16 digits reach 2^53−1
		return 0, false
	case b[first] == '0' && i > 1: // -0 and leading zeros
		return 0, false
	case i < len(b) && (b[i] == '.' || b[i] == 'e' || b[i] == 'E'):
		return 0, false
	}
	return i, true
}

// Canonicalize reads any JSON text, with white space, escapes and members in
// any order, and returns its canonical form. It changes no value: what has
// no canonical form is refused with a *SyntaxError whose offset is into text.
func Canonicalize(text []byte) ([]byte, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{What: "body", Offset: -1, Rule: ruleSize, Kind: ErrTooLarge}
	}
	if err := checkUTF8(text); err != nil {
		return nil, err
	}
	r := reader{b: text, out: make([]byte, 0, min(len(text), MaxBody))}
	r.space()
	if err := r.value(0); err != nil {
		return nil, err
	}
	r.space()
	if r.at != len(text) {
		return nil, r.fail(r.at, ruleAfter)
	}
	return r.out, nil
}

// reader reads JSON text and writes its canonical form, which is never longer
// than the text.
type reader struct {
	b    []byte
	at   int
	out  []byte
	swap []byte // to reorder members
}

func (r *reader) fail(at int, rule string) *SyntaxError {
	return &SyntaxError{What: "body", Offset: at, Rule: rule}
}

func (r *reader) space() {
	for r.at < len(r.b) {
		switch r.b[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) value(depth int) *SyntaxError {
	if err := r.any(depth); err != nil {
		return err
	}
	if len(r.out) > MaxBody {
		return &SyntaxError{What: "body", Offset: -1, Rule: ruleSize, Kind: ErrTooLarge}
	}
	return nil
}

func (r *reader) any(depth int) *SyntaxError {
	if r.at == len(r.b) {
		return r.fail(r.at, ruleEnd)
	}
	rest := r.b[r.at:]
	switch c := rest[0]; {
	case c == '"':
		return r.string()
	case c == '{':
		return r.object(depth + 1)
	case c == '[':
		return r.array(depth + 1)
	case c == '-' || class[c]&digit != 0:
		n, ok := integer(rest)
		if !ok {
			return r.fail(r.at, ruleNumber)
		}
		r.copy(n)
	case bytes.HasPrefix(rest, []byte("true")), bytes.HasPrefix(rest, []byte("null")):
		r.copy(4)
	case bytes.HasPrefix(rest, []byte("false")):
		r.copy(5)
	default:
		return r.fail(r.at, ruleValue)
	}
	return nil
}

func (r *reader) copy(n int) {
	r.out = append(r.out, r.b[r.at:r.at+n]...)
	r.at += n
}

// next skips white space and returns the byte there, 0 at the end.
func (r *reader) next() byte {
	r.space()
	if r.at == len(r.b) {
		return 0
	}
	return r.b[r.at]
}

// member is one member of an object as it stands in reader.out.
type member struct {
	name     string
	from, to int // of "name":value in out
	at       int // of the name in the text
}

func (r *reader) object(depth int) *SyntaxError {
	if depth > MaxDepth {
		return r.fail(r.at, ruleDepth)
	}
	r.at++
	r.out = append(r.out, '{')
	if r.next() == '}' {
		r.at++
		r.out = append(r.out, '}')
		return nil
	}
	var members []member
	for {
		m := member{at: r.at, from: len(r.out)}
		if r.at == len(r.b) {
			return r.fail(r.at, ruleEnd)
		}
		if r.b[r.at] != '"' {
			return r.fail(r.at, ruleNameText)
		}
		if err := r.string(); err != nil {
			return err
		}
		name := r.out[m.from+1 : len(r.out)-1]
		if !validName(name) {
			return r.fail(m.at, ruleName)
		}
		m.name = string(name)
		if r.next() != ':' {
			return r.fail(r.at, ruleColon)
		}
		r.at++
		r.out = append(r.out, ':')
		r.space()
		if err := r.value(depth); err != nil {
			err.Path = "/" + m.name + err.Path
			return err
		}
		m.to = len(r.out)
		members = append(members, m)
		switch r.next() {
		case ',':
			r.at++
			r.space()
			r.out = append(r.out, ',')
		case '}':
			r.at++
			if err := r.order(members); err != nil {
				return err
			}
			r.out = append(r.out, '}')
			return nil
		default:
			if r.at == len(r.b) {
				return r.fail(r.at, ruleEnd)
			}
			return r.fail(r.at, ruleObject)
		}
	}
}

// order puts the members of an object in byte order.
func (r *reader) order(members []member) *SyntaxError {
	sorted := true
	for i := 1; i < len(members); i++ {
		sorted = sorted && members[i-1].name < members[i].name
	}
	if sorted {
		return nil
	}
	from := members[0].from
	slices.SortStableFunc(members, func(a, b member) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	r.swap = r.swap[:0]
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				return r.fail(m.at, ruleTwice)
			}
			r.swap = append(r.swap, ',')
		}
		r.swap = append(r.swap, r.out[m.from:m.to]...)
	}
	r.out = append(r.out[:from], r.swap...)
	return nil
}

func validName(b []byte) bool {
	if len(b) == 0 || len(b) > maxName || class[b[0]]&nameFirst == 0 {
		return false
	}
	for _, c := range b[1:] {
		if class[c]&nameRest == 0 {
			return false
		}
	}
	return true
}

func (r *reader) array(depth int) *SyntaxError {
	if depth > MaxDepth {
		return r.fail(r.at, ruleDepth)
	}
	r.at++
	r.out = append(r.out, '[')
	if r.next() == ']' {
		r.at++
		r.out = append(r.out, ']')
		return nil
	}
	for n := 0; ; n++ {
		if err := r.value(depth); err != nil {
			err.Path = "/" + strconv.Itoa(n) + err.Path
			return err
		}
		switch r.next() {
		case ',':
			r.at++
			r.space()
			r.out = append(r.out, ',')
		case ']':
			r.at++
			r.out = append(r.out, ']')
			return nil
		default:
			if r.at == len(r.b) {
				return r.fail(r.at, ruleEnd)
			}
			return r.fail(r.at, ruleArray)
		}
	}
}

func (r *reader) string() *SyntaxError {
	b, i := r.b, r.at+1
	r.out = append(r.out, '"')
	for {
		from := i
		for i < len(b) && class[b[i]]&stringStop == 0 {
			i++
		}
		r.out = append(r.out, b[from:i]...)
		if i == len(b) {
			return r.fail(i, ruleEnd)
		}
		switch b[i] {
		case '"':
			r.out = append(r.out, '"')
			r.at = i + 1
			return nil
		case '\\':
			n, err := r.escape(i)
			if err != nil {
				return err
			}
			i += n
		default:
			return r.fail(i, ruleControl)
		}
	}
}

// escape reads the escape at b[i] and returns its length.
func (r *reader) escape(i int) (int, *SyntaxError) {
	if i+1 == len(r.b) {
		return 0, r.fail(i, ruleEnd)
	}
	switch c := r.b[i+1]; c {
	case '"', '\\', 't', 'n', 'r':
		r.out = append(r.out, '\\', c)
		return 2, nil
	case '/':
		r.out = append(r.out, '/')
		return 2, nil
	case 'b', 'f':
		return 0, r.fail(i, ruleControl)
	case 'u':
		c, ok := unit(r.b[i:])
		if !ok {
			return 0, r.fail(i, ruleEscape)
		}
		switch {
		case c == '"', c == '\\':
			r.out = append(r.out, '\\', byte(c))
		case c == '\t':
			r.out = append(r.out, '\\', 't')
		case c == '\n':
			r.out = append(r.out, '\\', 'n')
		case c == '\r':
			r.out = append(r.out, '\\', 'r')
		case c < 0x20:
			return 0, r.fail(i, ruleControl)
		case c >= 0xdc00 && c < 0xe000:
			return 0, r.fail(i, ruleSurr)
		case c >= 0xd800 && c < 0xdc00:
			low, ok := unit(r.b[i+6:])
			if !ok || low < 0xdc00 || low >= 0xe000 {
				return 0, r.fail(i, ruleSurr)
			}
			r.out = utf8.AppendRune(r.out, (c-0xd800)<<10|(low-0xdc00)+0x10000)
			return 12, nil
		default:
			r.out = utf8.AppendRune(r.out, c)
		}
		return 6, nil
	}
	return 0, r.fail(i, ruleEscape)
}

// unit reads the UTF-16 code unit \uXXXX at the start of b.
func unit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var u rune
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
}
