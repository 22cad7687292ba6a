package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"caseledger/events"
	"caseledger/evidence/sheet"
)

const (
	// MaxPartsFile is the longest parts file, in bytes.
	MaxPartsFile = 128 << 20
	// maxLeaves is the most leaves an event can have: every part a text of one
	// word with seven decoys behind it.
	maxLeaves = 8 * events.MaxParts

	decoyStep = 8 // decoys fill up to a multiple of it
)

// Parts is what a bundle shows of one event's leaves: the opened ones, and
// the hashes of closed subtrees in place of the rest. Its text is
// proof/parts/<seq>.json.
type Parts struct {
	Size   uint64        // leaves, decoys included
	Open   []events.Part // ascending index
	Closed []Span        // ascending index, as few as possible
}

// Span is a closed subtree: a power of two of leaves, aligned to its length.
type Span struct {
	Index  uint64 // of its first leaf
	Leaves uint64
	Hash   events.Hash
}

// closeParts shows the parts whose index is not in closed and hides the rest.
// The parts are all of an event's, in order.
func closeParts(parts []events.Part, closed []bool) Parts {
	p := Parts{Size: uint64(len(parts))}
	for i := uint64(0); i < p.Size; {
		if !closed[i] {
			p.Open = append(p.Open, parts[i])
			i++
			continue
		}
		n := uint64(1)
		for i%(2*n) == 0 && i+2*n <= p.Size && all(closed[i+n:i+2*n]) {
			n *= 2
		}
		leaves := make([]events.Hash, n)
		for k := range leaves {
			leaves[k] = parts[i+uint64(k)].Leaf()
		}
		p.Closed = append(p.Closed, Span{Index: i, Leaves: n, Hash: events.Root(leaves)})
		i += n
	}
	return p
}

func all(closed []bool) bool {
	for _, c := range closed {
		if !c {
			return false
		}
	}
	return true
}

// Full reports whether every part and every decoy is open.
func (p *Parts) Full() bool { return uint64(len(p.Open)) == p.Size }

// Root returns the RFC 6962 root that the opened parts and closed spans make.
// They must cover the leaves without gap or overlap, as ParseParts holds.
func (p *Parts) Root() events.Hash {
	type subtree struct {
		leaves uint64
		hash   events.Hash
	}
	var stack []subtree
	at, open, closed := uint64(0), p.Open, p.Closed
	for at < p.Size {
		var next subtree
		if len(open) > 0 && open[0].Index == at {
			next = subtree{1, open[0].Leaf()}
			open = open[1:]
		} else {
			next = subtree{closed[0].Leaves, closed[0].Hash}
			closed = closed[1:]
		}
		at += next.leaves
		// Two neighbours of one size are siblings when the right one ends at a
		// multiple of both: everything before it is complete already.
		for n := len(stack); n > 0 && stack[n-1].leaves == next.leaves && at%(2*next.leaves) == 0; n-- {
			next = subtree{2 * next.leaves, nodeHash(stack[n-1].hash, next.hash)}
			stack = stack[:n-1]
		}
		stack = append(stack, next)
	}
	root := stack[len(stack)-1].hash
	for i := len(stack) - 2; i >= 0; i-- {
		root = nodeHash(stack[i].hash, root)
	}
	return root
}

func nodeHash(left, right events.Hash) events.Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// length is at least the length of the parts file, in bytes.
func (p *Parts) length() int64 {
	const each = 160 // more than a part takes beside its path and value
	n := int64(each * (1 + len(p.Closed) + len(p.Open)))
	for i := range p.Open {
		n += 2 * int64(len(p.Open[i].Path)+len(p.Open[i].Value)) // escaped: twice at most
	}
	return n
}

// Append appends the parts file to b: canonical JSON and LF.
func (p *Parts) Append(b []byte) []byte {
	b = append(b, `{"closed":[`...)
	for i, c := range p.Closed {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"hash":"`...)
		b = hex.AppendEncode(b, c.Hash[:])
		b = append(b, `","i":`...)
		b = strconv.AppendUint(b, c.Index, 10)
		b = append(b, `,"span":`...)
		b = strconv.AppendUint(b, c.Leaves, 10)
		b = append(b, '}')
	}
	b = append(b, `],"open":[`...)
	for i := range p.Open {
		o := &p.Open[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if o.Decoy {
			b = append(b, `"decoy":true,`...)
		}
		b = append(b, `"i":`...)
		b = strconv.AppendUint(b, o.Index, 10)
		if !o.Decoy {
			b = append(b, `,"kind":`...)
			b = strconv.AppendUint(b, uint64(o.Kind), 10)
			b = append(b, `,"path":`...)
			b = events.AppendString(b, o.Path)
		}
		b = append(b, `,"salt":"`...)
		b = hex.AppendEncode(b, o.Salt[:])
		b = append(b, '"')
		if !o.Decoy {
			b = append(b, `,"value":`...)
			b = events.AppendString(b, o.Value)
		}
		b = append(b, '}')
	}
	b = append(b, `],"size":`...)
	b = strconv.AppendUint(b, p.Size, 10)
	return append(b, "}\n"...)
}

// ParseParts reads a parts file. It accepts what Append writes of parts that
// keep every rule of docs/FORMAT.md, "Parts files", and nothing else. The
// error is an *events.SyntaxError with What "parts".
func ParseParts(file []byte) (Parts, error) {
	if len(file) > MaxPartsFile {
		return Parts{}, &events.SyntaxError{What: "parts", Offset: -1, Rule: "longer than 128 MiB", Kind: events.ErrTooLarge}
	}
	if !utf8.Valid(file) {
		return Parts{}, &events.SyntaxError{What: "parts", Offset: -1, Rule: "text is not UTF-8"}
	}
	s := partsScanner{s: string(file)}
	p := s.parts()
	if s.rule == "" {
		s.rule = p.check()
		s.at = -1
	}
	p.compact()
	if s.rule != "" {
		return Parts{}, &events.SyntaxError{What: "parts", Offset: s.at, Rule: s.rule}
	}
	return p, nil
}

// compact lets go of the text of the file, most of which is salts: paths and
// values move into a text of their own.
func (p *Parts) compact() {
	n := 0
	for i := range p.Open {
		n += len(p.Open[i].Path) + len(p.Open[i].Value)
	}
	var b strings.Builder
	b.Grow(n)
	for i := range p.Open {
		o := &p.Open[i]
		o.Path, o.Value = place(&b, o.Path), place(&b, o.Value)
	}
}

// place appends a text and returns it where it stands now. The builder has
// room for it, so that nothing moves.
func place(b *strings.Builder, s string) string {
	at := b.Len()
	b.WriteString(s)
	return b.String()[at:]
}

// partsScanner reads the one way in which a parts file can be written. It
// keeps the first broken rule; after one its results mean nothing.
type partsScanner struct {
	s    string
	at   int
	rule string
}

func (s *partsScanner) fail(rule string) {
	if s.rule == "" {
		s.rule = rule
	}
}

// has reads want if it is next.
func (s *partsScanner) has(want string) bool {
	if s.rule == "" && strings.HasPrefix(s.s[s.at:], want) {
		s.at += len(want)
		return true
	}
	return false
}

func (s *partsScanner) expect(want string) {
	if !s.has(want) {
		s.fail("is not written as canonical JSON of closed, open and size")
	}
}

func (s *partsScanner) parts() (p Parts) {
	s.expect(`{"closed":[`)
	if !s.has(`]`) {
		for s.rule == "" {
			var c Span
			s.expect(`{"hash":"`)
			s.hex(c.Hash[:])
			s.expect(`","i":`)
			c.Index = s.number()
			s.expect(`,"span":`)
			c.Leaves = s.number()
			s.expect(`}`)
			p.Closed = append(p.Closed, c)
			if !s.has(`,`) {
				s.expect(`]`)
				break
			}
		}
	}
	s.expect(`,"open":[`)
	const shortest = 120 // bytes of an opened part, nearly
	p.Open = make([]events.Part, 0, (len(s.s)-s.at)/shortest)
	if !s.has(`]`) {
		for s.rule == "" {
			var o events.Part
			s.expect(`{`)
			o.Decoy = s.has(`"decoy":true,`)
			s.expect(`"i":`)
			o.Index = s.number()
			if !o.Decoy {
				s.expect(`,"kind":`)
				k := s.number()
				if k < uint64(events.KindScalar) || k > uint64(events.KindEmpty) {
					s.fail("kind is not 1, 2 or 3")
				}
				o.Kind = events.Kind(k)
				s.expect(`,"path":`)
				o.Path = s.string()
			}
			s.expect(`,"salt":"`)
			s.hex(o.Salt[:])
			s.expect(`"`)
			if !o.Decoy {
				s.expect(`,"value":`)
				o.Value = s.string()
			}
			s.expect(`}`)
			p.Open = append(p.Open, o)
			if !s.has(`,`) {
				s.expect(`]`)
				break
			}
		}
	}
	s.expect(`,"size":`)
	p.Size = s.number()
	s.expect("}\n")
	if s.at != len(s.s) {
		s.fail("bytes after the end")
	}
	return p
}

// number reads a decimal from 0 to maxLeaves without leading zeros.
func (s *partsScanner) number() uint64 {
	var n uint64
	start := s.at
	for s.at < len(s.s) && s.s[s.at] >= '0' && s.s[s.at] <= '9' && s.at-start < 8 {
		n = n*10 + uint64(s.s[s.at]-'0')
		s.at++
	}
	if s.at == start || s.s[start] == '0' && s.at > start+1 || n > maxLeaves {
		s.fail("a number is not a decimal up to 1048576")
	}
	return n
}

func (s *partsScanner) hex(dst []byte) {
	n := 2 * len(dst)
	if s.rule != "" || len(s.s)-s.at < n || strings.ContainsAny(s.s[s.at:s.at+n], "ABCDEF") {
		s.fail("a hash or salt is not 64 lower-case hex digits")
		return
	}
	if _, err := hex.Decode(dst, []byte(s.s[s.at:s.at+n])); err != nil {
		s.fail("a hash or salt is not 64 lower-case hex digits")
	}
	s.at += n
}

func (s *partsScanner) string() string {
	s.expect(`"`)
	if s.rule != "" {
		return ""
	}
	start := s.at
	for s.at < len(s.s) && s.s[s.at] != '"' {
		switch c := s.s[s.at]; {
		case c < 0x20:
			s.fail("a control character stands in a string")
			return ""
		case c == '\\':
			s.at++
		}
		s.at++
	}
	if s.at >= len(s.s) {
		s.fail("a string does not end")
		return ""
	}
	text, ok := unescape(s.s[start:s.at])
	if !ok {
		s.fail("a string is not canonical")
	}
	s.at++
	return text
}

// unescape returns the text of the content of a canonical JSON string.
func unescape(content string) (string, bool) {
	if !strings.Contains(content, `\`) {
		return content, true
	}
	b := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c == '\\' {
			i++
			if i == len(content) {
				return "", false
			}
			switch content[i] {
			case '"', '\\':
				c = content[i]
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			default:
				return "", false
			}
		}
		b = append(b, c)
	}
	return string(b), true
}

// unquote returns the text of a canonical JSON string.
func unquote(value string) (string, bool) {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return "", false
	}
	return unescape(value[1 : len(value)-1])
}

// check returns the first rule that the parts break, or "".
func (p *Parts) check() string {
	if p.Size == 0 {
		return "size is 0"
	}
	if rule := p.checkCover(); rule != "" {
		return rule
	}
	if len(p.Open) == 0 {
		return "nothing is open"
	}
	if rule := p.checkOrder(); rule != "" {
		return rule
	}
	var typ, v bool
	for i := range p.Open {
		typ = typ || p.Open[i].Path == "/type"
		v = v || p.Open[i].Path == "/v"
	}
	if !typ || !v {
		return "parts are open, but not /type and /v"
	}
	return ""
}

// checkCover: opened leaves and closed spans cover 0…size−1 once, and the
// spans are aligned powers of two, as few as possible.
func (p *Parts) checkCover() string {
	at, open, closed := uint64(0), p.Open, p.Closed
	for len(open) > 0 || len(closed) > 0 {
		switch {
		case len(open) > 0 && open[0].Index == at:
			open = open[1:]
			at++
		case len(closed) > 0 && closed[0].Index == at:
			n := closed[0].Leaves
			if n == 0 || n&(n-1) != 0 || at%n != 0 || at+n > p.Size {
				return "a closed span is not an aligned power of two within the leaves"
			}
			if len(closed) > 1 && closed[1].Index == at+n && closed[1].Leaves == n && at%(2*n) == 0 {
				return "closed spans are more than needed"
			}
			closed = closed[1:]
			at += n
		default:
			return ruleCover
		}
	}
	if at != p.Size {
		return ruleCover
	}
	return ""
}

const ruleCover = "opened leaves and closed spans do not cover every leaf once, in order"

// checkOrder: opened paths rise in flattening order, their values are what
// their kind says, and words and decoys stand where texts can have them.
func (p *Parts) checkOrder() string {
	var last *events.Part // the last opened part that is no decoy
	free := uint64(0)     // the first leaf at which another member can begin
	for i := range p.Open {
		o := &p.Open[i]
		if o.Decoy {
			if o.Index%decoyStep == 0 {
				return "a decoy stands at a multiple of eight"
			}
			// Who closes the last word of a text closes all its decoys.
			next := o.Index + 1
			switch {
			case i == 0 || p.Open[i-1].Index != o.Index-1:
				return "a decoy follows what is closed"
			case !p.Open[i-1].Decoy && p.Open[i-1].Kind != events.KindWord:
				return "a decoy follows what is no word"
			case next%decoyStep != 0 && (i+1 == len(p.Open) || p.Open[i+1].Index != next):
				return "only some decoys of a text are open"
			}
			free = roundUp(next)
			continue
		}
		word, rule := checkPart(o)
		if rule != "" {
			return rule
		}
		if word > o.Index {
			return "a word stands before its text can begin"
		}
		start := o.Index - word // of its text
		if last != nil {
			order, ok := sheet.Compare(last.Path, o.Path)
			if !ok || order >= 0 {
				return "paths do not rise in flattening order"
			}
			if last.Kind == events.KindWord && o.Kind == events.KindWord && textOf(last.Path) == textOf(o.Path) {
				if wordOf(o.Path)-wordOf(last.Path) != o.Index-last.Index {
					return "words of one text do not stand as far apart as their numbers"
				}
				start = last.Index + 1
			} else if last.Kind == events.KindWord {
				free = max(free, roundUp(last.Index+1))
			}
		}
		if start < free {
			return "a part stands where decoys or another text must be"
		}
		free = o.Index + 1
		last = o
	}
	return ""
}

func roundUp(n uint64) uint64 { return (n + decoyStep - 1) / decoyStep * decoyStep }

// checkPart checks one opened part by itself and returns its number when it
// is a word, else 0.
func checkPart(o *events.Part) (word uint64, rule string) {
	const rulePath = "a path is not that of a part"
	if events.CheckCanonical([]byte(o.Value)) != nil {
		return 0, "a value is not canonical JSON"
	}
	path, tail := o.Path, ""
	if o.Kind == events.KindWord {
		path, tail, _ = cutLast(path)
		if !validIndex(tail) {
			return 0, rulePath
		}
		word = wordOf(o.Path)
	}
	if len(o.Path) > maxPath || !validPath(path, o.Kind == events.KindWord) {
		return 0, rulePath
	}
	switch o.Kind {
	case events.KindScalar:
		if o.Value[0] == '{' || o.Value[0] == '[' {
			return 0, "a scalar is an object or array"
		}
	case events.KindEmpty:
		if o.Value != "{}" && o.Value != "[]" {
			return 0, "what is said to be empty is not"
		}
	case events.KindWord:
		text, ok := unquote(o.Value)
		if !ok || len(text) > events.MaxWord || !oneWord(text) || text == "" && word > 0 {
			return 0, "a value is not one word"
		}
	}
	return word, ""
}

// oneWord reports whether a text of at most MaxWord bytes is not cut. Most are
// plain letters and a space behind them, which need no closer look.
func oneWord(text string) bool {
	plain := strings.TrimRight(text, " \n")
	for i := 0; i < len(plain); i++ {
		if c := plain[i]; c <= ' ' || c >= 0x7f {
			return len(events.Words(text)) == 1
		}
	}
	return true
}

// maxPath is longer than any path of a body: MaxDepth names of 64 bytes and
// the number of a word.
const maxPath = (events.MaxDepth + 1) * 65

// validPath reports whether path can be that of a value in a body: of a text
// when text is true, else of anything but a text.
func validPath(path string, text bool) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for first := true; path != ""; first = false {
		var seg string
		if path = path[1:]; path == "" {
			return false // ends in a slash
		}
		i := strings.IndexByte(path, '/')
		if i < 0 {
			i = len(path)
		}
		seg, path = path[:i], path[i:]
		switch {
		case first && seg != "actor" && seg != "data" && seg != "occurred" && seg != "type" && seg != "v":
			return false
		case seg == "text":
			if !text || path != "" {
				return false
			}
			text = false
		case !validName(seg) && !validIndex(seg):
			return false
		}
	}
	return !text
}

func validName(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// validIndex reports a decimal below 10^7 without leading zeros.
func validIndex(s string) bool {
	if s == "" || len(s) > 7 || len(s) > 1 && s[0] == '0' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// cutLast cuts a path before its last segment.
func cutLast(path string) (before, last string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// textOf returns the pointer of the text that a word's path names.
func textOf(path string) string {
	text, _, _ := cutLast(path)
	return text
}

// wordOf returns the number of the word that a word's path names, its last
// segment being valid.
func wordOf(path string) uint64 {
	_, last, _ := cutLast(path)
	n, _ := strconv.ParseUint(last, 10, 32) // checkPart has seen the digits
	return n
}
