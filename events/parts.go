package events

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxParts is the largest number of parts of a body, decoys not counted.
	MaxParts = 1 << 17
	// MaxWord is the longest word, in bytes of UTF-8, its white space included.
	MaxWord = 64

	// decoyStep: after a text, decoys follow until the next leaf's index is a
	// multiple of it.
	decoyStep = 8
	// maxPath bounds the path of a part: a name or index for every level, and
	// the number of a word.
	maxPath = (MaxDepth + 1) * (1 + maxName)
)

const (
	partVersion  = "\x00caseledger/part/v1\n"
	decoyVersion = "\x00caseledger/decoy/v1\n"
)

// Kind says what a part is. It is one byte of the leaf.
type Kind uint8

// The kinds of parts. A decoy has none.
const (
	KindScalar Kind = 1 // a string, number, boolean or null
	KindWord   Kind = 2 // one word of a member named text
	KindEmpty  Kind = 3 // an object or array with nothing in it
)

// Part is one leaf of an event: a value that can be shown or withheld by
// itself, or a decoy that hides how long a text is.
type Part struct {
	Index uint64 // of the leaf, from 0
	Kind  Kind   // 0 for a decoy
	Path  string // JSON Pointer; of a word, the text's pointer and /<number>
	Value string // canonical JSON
	Decoy bool
	Salt  [32]byte
}

// Leaf returns the RFC 6962 leaf hash that stands for the part in the tree.
func (p *Part) Leaf() Hash {
	if p.Decoy {
		return decoyLeaf(&p.Salt)
	}
	var buf [512]byte
	b := append(buf[:0], partVersion...)
	b = append(b, p.Salt[:]...)
	b = append(b, byte(p.Kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Path)))
	b = append(b, p.Path...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Value)))
	b = append(b, p.Value...)
	return sha256.Sum256(b)
}

func decoyLeaf(salt *[32]byte) Hash {
	var b [len(decoyVersion) + 32]byte
	copy(b[:], decoyVersion)
	copy(b[len(decoyVersion):], salt[:])
	return sha256.Sum256(b[:])
}

// Words cuts a text into the pieces that can be withheld one by one: each run
// of non-white-space with the white space behind it, white space at the front
// joining the first, cut at code points into pieces of at most MaxWord bytes.
// Joined they are the text; an empty text is one empty piece.
func Words(text string) []string {
	words := []string{}
	var c cutter[string]
	for {
		n := c.next(text, false)
		words = append(words, text[:n])
		text = text[n:]
		if text == "" {
			return words
		}
	}
}

// cutter finds the ends of words in a text, either as it is or as the content
// of a canonical JSON string.
type cutter[T string | []byte] struct {
	began bool // the word at hand has a character that is no white space
}

// next returns the length of the piece that text begins with.
func (c *cutter[T]) next(text T, escaped bool) int {
	raw, i := 0, 0 // bytes of the text, and of how it is written
	white := false // the character before is white space
	for i < len(text) {
		size, width, space := 1, 1, false
		switch b := text[i]; {
		case b == '\\' && escaped:
			e := text[i+1]
			width, space = 2, e == 't' || e == 'n' || e == 'r'
		case b < utf8.RuneSelf:
			space = b == ' ' || b >= '\t' && b <= '\r'
		default:
			var r rune
			r, size = decodeRune(text[i:])
			width, space = size, wideSpace(r)
		}
		if !space && white && c.began || raw+size > MaxWord {
			return i
		}
		c.began = c.began || !space
		white = space
		raw += size
		i += width
	}
	return i
}

func decodeRune[T string | []byte](text T) (rune, int) {
	var buf [utf8.UTFMax]byte
	return utf8.DecodeRune(buf[:copy(buf[:], text)])
}

// wideSpace reports white space beyond ASCII: the characters that Unicode
// gives the property White_Space.
func wideSpace(r rune) bool {
	switch {
	case r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a,
		r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
		return true
	}
	return false
}

// sink takes the leaves of a body in order. The slices are its own only until
// it returns.
type sink interface {
	part(kind Kind, path, value []byte) bool
	decoy() bool
}

// walker flattens a canonical body into a sink.
type walker struct {
	b     []byte
	at    int
	path  []byte
	word  []byte // the word at hand, as a JSON string
	index uint64 // of the next leaf
	parts uint64 // so far, without decoys
	to    sink
}

// errStop is what a walk ends with when its sink wants no more.
var errStop = &SyntaxError{What: "body", Offset: -1, Rule: "the parts are not those of a body"}

// walk flattens the canonical body b. It stops early with an error for what
// only flattening sees: a text that is no string, and too many parts.
func (w *walker) walk(b []byte, to sink) *SyntaxError {
	w.b, w.at, w.index, w.parts, w.to = b, 0, 0, 0, to
	w.path = w.path[:0]
	err := w.value(false)
	w.b, w.to = nil, nil
	return err
}

func (w *walker) fail(rule string, kind error) *SyntaxError {
	return &SyntaxError{What: "body", Offset: w.at, Path: string(w.path), Rule: rule, Kind: kind}
}

func (w *walker) part(kind Kind, value []byte) *SyntaxError {
	if w.parts == MaxParts {
		return w.fail("more than 131072 parts", ErrTooLarge)
	}
	w.parts++
	w.index++
	if !w.to.part(kind, w.path, value) {
		return errStop
	}
	return nil
}

func (w *walker) value(text bool) *SyntaxError {
	b, start := w.b, w.at
	c := b[start]
	if text && c != '"' {
		return w.fail("a member named text is not a string", nil)
	}
	switch c {
	case '{', '[':
		if b[start+1] == c+2 { // '}' is '{'+2 and ']' is '['+2
			w.at += 2
			return w.part(KindEmpty, b[start:w.at])
		}
		w.at++
		if c == '{' {
			return w.members()
		}
		return w.elements()
	case '"':
		w.skipString()
		if text {
			return w.words(b[start+1 : w.at-1])
		}
	default:
		for w.at < len(b) && b[w.at] != ',' && b[w.at] != '}' && b[w.at] != ']' {
			w.at++
		}
	}
	return w.part(KindScalar, b[start:w.at])
}

func (w *walker) skipString() {
	b, i := w.b, w.at+1
	for b[i] != '"' {
		if b[i] == '\\' {
			i++
		}
		i++
	}
	w.at = i + 1
}

func (w *walker) members() *SyntaxError {
	n := len(w.path)
	for {
		from := w.at + 1
		w.at = from
		for w.b[w.at] != '"' {
			w.at++
		}
		name := w.b[from:w.at]
		w.at += 2
		w.path = append(append(w.path, '/'), name...)
		if err := w.value(string(name) == "text"); err != nil {
			return err
		}
		w.path = w.path[:n]
		w.at++
		if w.b[w.at-1] == '}' {
			return nil
		}
	}
}

func (w *walker) elements() *SyntaxError {
	n := len(w.path)
	for i := uint64(0); ; i++ {
		w.path = strconv.AppendUint(append(w.path, '/'), i, 10)
		if err := w.value(false); err != nil {
			return err
		}
		w.path = w.path[:n]
		w.at++
		if w.b[w.at-1] == ']' {
			return nil
		}
	}
}

// words cuts the content of a canonical string, and adds decoys.
func (w *walker) words(content []byte) *SyntaxError {
	n := len(w.path)
	w.path = append(w.path, '/')
	var c cutter[[]byte]
	for k := uint64(0); ; k++ {
		w.path = strconv.AppendUint(w.path[:n+1], k, 10)
		size := c.next(content, true)
		w.word = append(append(append(w.word[:0], '"'), content[:size]...), '"')
		if err := w.part(KindWord, w.word); err != nil {
			return err
		}
		content = content[size:]
		if len(content) == 0 {
			break
		}
	}
	w.path = w.path[:n]
	for w.index%decoyStep != 0 {
		w.index++
		if !w.to.decoy() {
			return errStop
		}
	}
	return nil
}

// collector gathers parts, with their salts when it has any.
type collector struct {
	parts []Part
	salts *salts // nil: parts without salts
	buf   []byte
}

func (c *collector) add(p Part) bool {
	p.Index = uint64(len(c.parts))
	if c.salts != nil {
		c.salts.next(&p.Salt)
	}
	c.parts = append(c.parts, p)
	return true
}

func (c *collector) part(kind Kind, path, value []byte) bool {
	c.buf = append(append(c.buf[:0], path...), value...)
	s := string(c.buf)
	return c.add(Part{Kind: kind, Path: s[:len(path)], Value: s[len(path):]})
}

func (c *collector) decoy() bool { return c.add(Part{Decoy: true}) }

// Flatten returns the parts of a canonical body in order, decoys among them,
// with zero salts. The error is a *SyntaxError.
func Flatten(body []byte) ([]Part, error) {
	if err := CheckBody(body); err != nil {
		return nil, err
	}
	var w walker
	c := collector{}
	if err := w.walk(body, &c); err != nil {
		return nil, err
	}
	return c.parts, nil
}

// Unflatten returns the body that Flatten takes to these parts. Decoys and
// salts are ignored; everything else must be exactly as Flatten gives it,
// indexes included. The parts may come from anybody: the work is bounded by
// MaxBody and MaxParts. The error is a *SyntaxError with What "parts".
func Unflatten(parts []Part) ([]byte, error) {
	var bl builder
	n := 0
	for i := range parts {
		p := &parts[i]
		if p.Decoy {
			continue
		}
		if n++; n > MaxParts {
			return nil, &SyntaxError{What: "parts", Offset: -1, Rule: "more than 131072 parts", Kind: ErrTooLarge}
		}
		if rule := bl.add(p); rule != "" {
			return nil, &SyntaxError{What: "parts", Offset: -1, Rule: rule}
		}
		if len(bl.out) > MaxBody {
			return nil, &SyntaxError{What: "parts", Offset: -1, Rule: ruleSize, Kind: ErrTooLarge}
		}
	}
	body := bl.finish()
	if err := CheckBody(body); err != nil {
		return nil, &SyntaxError{What: "parts", Offset: -1, Rule: "the parts do not make a canonical body", Kind: kindOf(err)}
	}
	var w walker
	c := comparer{want: parts}
	if err := w.walk(body, &c); err != nil || !c.end() {
		return nil, &SyntaxError{What: "parts", Offset: -1, Rule: "the parts are not those of the body they make"}
	}
	return body, nil
}

func kindOf(err error) error {
	if s, ok := err.(*SyntaxError); ok {
		return s.Kind
	}
	return nil
}

// builder writes a body from parts in order. It only keeps within bounds, of
// which maxPath is one: what it makes of parts that are none, Unflatten finds.
type builder struct {
	out  []byte
	prev string // path of the part before
	open []container
	text bool // a string is open for words
}

// container is an object or array that is still open.
type container struct {
	end   int // its path is prev[:end]
	close byte
	used  bool // something stands in it
}

func (b *builder) add(p *Part) (rule string) {
	path, value := p.Path, p.Value
	if len(path) > maxPath || len(path) < 2 || path[0] != '/' || path[len(path)-1] == '/' {
		return "a path is not one of a body"
	}
	if len(value) > MaxBody {
		return ruleSize
	}
	if p.Kind == KindWord {
		cut := strings.LastIndexByte(path, '/')
		if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return "a word is not a string"
		}
		word := value[1 : len(value)-1]
		if b.text && b.prev == path[:cut] {
			b.out = append(b.out, word...)
			return ""
		}
		path = path[:cut]
		if rule := b.place(path); rule != "" {
			return rule
		}
		b.out = append(append(b.out, '"'), word...)
		b.text = true
		return ""
	}
	if rule := b.place(path); rule != "" {
		return rule
	}
	b.out = append(b.out, value...)
	return ""
}

// place closes and opens what lies between the part before and path, and
// writes what precedes the value at path.
func (b *builder) place(path string) (rule string) {
	if b.text {
		b.out = append(b.out, '"')
		b.text = false
	}
	if len(b.open) == 0 {
		if b.out != nil {
			return "a path is not one of a body"
		}
		b.out = append(b.out, '{')
		b.open = append(b.open, container{close: '}'})
	}
	for {
		top := b.open[len(b.open)-1]
		if len(path) > top.end && path[:top.end] == b.prev[:top.end] && path[top.end] == '/' {
			break
		}
		b.out = append(b.out, top.close)
		if b.open = b.open[:len(b.open)-1]; len(b.open) == 0 {
			return "a path is not one of a body"
		}
	}
	b.prev = path
	for {
		top := &b.open[len(b.open)-1]
		if top.used {
			b.out = append(b.out, ',')
		}
		top.used = true
		from := top.end + 1
		n := strings.IndexByte(path[from:], '/')
		last := n < 0
		end := len(path)
		if !last {
			end = from + n
		}
		if top.close == '}' {
			b.out = append(append(append(b.out, '"'), path[from:end]...), '"', ':')
		}
		if last {
			return ""
		}
		c := container{end: end, close: '}'}
		if end+1 < len(path) && class[path[end+1]]&digit != 0 {
			c.close = ']'
		}
		b.out = append(b.out, c.close-2)
		b.open = append(b.open, c)
	}
}

func (b *builder) finish() []byte {
	if b.text {
		b.out = append(b.out, '"')
	}
	for i := len(b.open) - 1; i >= 0; i-- {
		b.out = append(b.out, b.open[i].close)
	}
	return b.out
}

// comparer checks that the parts of a body are the ones it holds.
type comparer struct {
	want  []Part
	index uint64
}

func (c *comparer) part(kind Kind, path, value []byte) bool {
	for len(c.want) > 0 && c.want[0].Decoy {
		c.want = c.want[1:]
	}
	if len(c.want) == 0 {
		return false
	}
	p := &c.want[0]
	ok := p.Index == c.index && p.Kind == kind && p.Path == string(path) && p.Value == string(value)
	c.want = c.want[1:]
	c.index++
	return ok
}

func (c *comparer) decoy() bool {
	c.index++
	return true
}

// end reports whether nothing but decoys is left.
func (c *comparer) end() bool {
	for i := range c.want {
		if !c.want[i].Decoy {
			return false
		}
	}
	return true
}

// Root returns the RFC 6962 tree hash over leaf hashes.
func Root(leaves []Hash) Hash {
	var t tree
	for i := range leaves {
		t.add(leaves[i])
	}
	return t.root()
}

// tree computes an RFC 6962 root leaf by leaf. It keeps the roots of the full
// subtrees that the leaves so far make, one for each bit of their number. Each
// stands as the left child in the input of its parent's hash.
type tree struct {
	n    uint64
	full [64]nodeInput // full[i] is valid where bit i of n is set
}

// nodeInput is 0x01, the left child and the right child.
type nodeInput [1 + 2*sha256.Size]byte

func (in *nodeInput) setLeft(h *Hash) {
	in[0] = 1
	*(*Hash)(in[1:]) = *h
}

// parent returns the hash of the node whose right child is right.
func (in *nodeInput) parent(right *Hash) Hash {
	*(*Hash)(in[1+sha256.Size:]) = *right
	return sha256.Sum256(in[:])
}

func (t *tree) add(h Hash) {
	i := 0
	for ; t.n>>i&1 == 1; i++ {
		h = t.full[i].parent(&h)
	}
	t.full[i].setLeft(&h)
	t.n++
}

func (t *tree) root() Hash {
	if t.n == 0 {
		return sha256.Sum256(nil)
	}
	i := bits.TrailingZeros64(t.n)
	h := Hash(t.full[i][1 : 1+sha256.Size])
	for i++; t.n>>i != 0; i++ {
		if t.n>>i&1 == 1 {
			h = t.full[i].parent(&h)
		}
	}
	return h
}
