package sealing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxPDF is the longest PDF that is signed, in bytes.
const MaxPDF = 256 << 20

// ErrForm: a PDF that is not written as the sheets are (one table of objects,
// none of them compressed, not encrypted, not signed), or no PDF at all.
var ErrForm = errors.New("not a PDF of the form that is signed")

func formError(rule string) error { return fmt.Errorf("PDF: %s: %w", rule, ErrForm) }

// signPDF adds a signature to a PDF as an incremental update (ISO 32000-2, 7.5.6
// and 12.8): what was there stays byte for byte, and behind it stand the
// signature, a field for it that is seen nowhere, and new versions of the
// catalog and the first page that name the field. at is the claimed time, and
// reserve how many bytes the signature may have; cms makes it from the SHA-256
// of everything but itself.
func signPDF(file []byte, at time.Time, reserve int, cms func(digest []byte) ([]byte, error)) ([]byte, error) {
	d, err := readPDF(file)
	if err != nil {
		return nil, err
	}
	catalog, err := d.dict(d.root)
	if err != nil {
		return nil, err
	}
	if catalog.get("AcroForm") != nil || catalog.get("Perms") != nil {
		return nil, formError("it has a form or a signature already")
	}
	pageNumber, page, err := d.firstPage(catalog)
	if err != nil {
		return nil, err
	}
	signature, widget := d.size, d.size+1
	annots, err := d.array(page.get("Annots"))
	if err != nil {
		return nil, err
	}
	catalog.set("AcroForm", fmt.Sprintf("<< /Fields [%d 0 R] /SigFlags 3 >>", widget))
	page.set("Annots", "["+strings.TrimSpace(annots+fmt.Sprintf(" %d 0 R", widget))+"]")

	u := update{out: slices.Grow(slices.Clone(file), 2*reserve+len(file)/8)}
	if n := len(u.out); n > 0 && u.out[n-1] != '\n' {
		u.out = append(u.out, '\n')
	}
	u.object(d.root, catalog.String())
	u.object(pageNumber, page.String())
	u.begin(signature)
	u.out = fmt.Appendf(u.out, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%s+00'00') /ByteRange ", at.UTC().Format("20060102150405"))
	rangeAt := len(u.out)
	u.out = fmt.Appendf(u.out, "[0 %010d %010d %010d] /Contents ", 0, 0, 0)
	contentsAt := len(u.out)
	u.out = append(u.out, '<')
	u.out = append(u.out, bytes.Repeat([]byte{'0'}, 2*reserve)...)
	u.out = append(u.out, '>')
	contentsEnd := len(u.out)
	u.out = append(u.out, " >>\nendobj\n"...)
	// Printed, and locked: 4 and 128. Its rectangle is empty, so it needs no
	// appearance (ISO 19005-3, 6.3.3).
	u.object(widget, fmt.Sprintf("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /V %d 0 R /F 132 /P %d 0 R /Rect [0 0 0 0] >>", signature, pageNumber))
	u.finish(d)

	// The range is written over its own place: the numbers have ten digits.
	rest := len(u.out) - contentsEnd
	copy(u.out[rangeAt:], fmt.Appendf(nil, "[0 %010d %010d %010d]", contentsAt, contentsEnd, rest))
	h := sha256.New()
	h.Write(u.out[:contentsAt])
	h.Write(u.out[contentsEnd:])
	sig, err := cms(h.Sum(nil))
	if err != nil {
		return nil, err
	}
	if len(sig) > reserve {
		return nil, fmt.Errorf("the signature has %d bytes, room is for %d: %w", len(sig), reserve, ErrForm)
	}
	hex.Encode(u.out[contentsAt+1:], sig)
	return u.out, nil
}

// update writes objects behind a file.
type update struct {
	out     []byte
	objects []written
}

type written struct{ number, at int }

func (u *update) begin(number int) {
	u.objects = append(u.objects, written{number, len(u.out)})
	u.out = fmt.Appendf(u.out, "%d 0 obj\n", number)
}

func (u *update) object(number int, value string) {
	u.begin(number)
	u.out = append(append(u.out, value...), "\nendobj\n"...)
}

// finish writes the table of what was written, and the trailer.
func (u *update) finish(d *document) {
	slices.SortFunc(u.objects, func(a, b written) int { return a.number - b.number })
	at := len(u.out)
	u.out = append(u.out, "xref\n"...)
	size := d.size
	for _, o := range u.objects {
		u.out = fmt.Appendf(u.out, "%d 1\n%010d 00000 n\r\n", o.number, o.at)
		size = max(size, o.number+1)
	}
	d.trailer.set("Size", strconv.Itoa(size))
	d.trailer.set("Prev", strconv.Itoa(d.xref))
	u.out = fmt.Appendf(u.out, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", d.trailer.String(), at)
}

// document is a PDF with one table of objects.
type document struct {
	file    []byte
	xref    int // where the table begins
	at      map[int]int
	trailer *dict
	root    int
	size    int // one more than the highest object number
}

// Limits of what is read of a PDF.
const (
	maxObjects   = 1 << 22
	maxPageDepth = 32
	maxNesting   = 64
)

// readPDF reads table and trailer of a PDF.
func readPDF(file []byte) (*document, error) {
	if len(file) > MaxPDF || !bytes.HasPrefix(file, []byte("%PDF-1.")) && !bytes.HasPrefix(file, []byte("%PDF-2.")) {
		return nil, formError("it does not begin as a PDF, or is too long")
	}
	mark := bytes.LastIndex(file, []byte("startxref"))
	if mark < 0 {
		return nil, formError("it has no startxref")
	}
	s := scanner{b: file, at: mark + len("startxref")}
	d := &document{file: file, at: make(map[int]int)}
	d.xref = s.number()
	if s.failed || d.xref <= 0 || d.xref >= mark || strings.TrimSpace(string(file[s.at:])) != "%%EOF" {
		return nil, formError("its end is not startxref, a number and %%EOF")
	}
	s = scanner{b: file[:mark], at: d.xref}
	if !s.keyword("xref") {
		return nil, formError("it has no plain table of objects")
	}
	for !s.keyword("trailer") {
		first, count := s.number(), s.number()
		if s.failed || first < 0 || count < 0 || first > maxObjects || count > maxObjects {
			return nil, formError("its table of objects cannot be read")
		}
		for i := range count {
			offset, generation := s.number(), s.number()
			kind := s.word()
			switch {
			case s.failed || kind != "n" && kind != "f" || offset < 0 || offset >= len(file):
				return nil, formError("its table of objects cannot be read")
			case kind == "n" && generation != 0:
				return nil, formError("it has objects of a later generation")
			case kind == "n":
				d.at[first+i] = offset
			}
		}
	}
	d.trailer = s.dict(0)
	if s.failed || d.trailer == nil {
		return nil, formError("its trailer cannot be read")
	}
	for _, name := range []string{"Prev", "XRefStm", "Encrypt"} {
		if d.trailer.get(name) != nil {
			return nil, formError("its trailer has /" + name)
		}
	}
	var ok bool
	if d.root, ok = reference(d.trailer.get("Root")); !ok {
		return nil, formError("its trailer names no catalog")
	}
	size, err := strconv.Atoi(string(d.trailer.get("Size")))
	if err != nil || size <= 0 || size > maxObjects {
		return nil, formError("its trailer has no size")
	}
	d.size = size
	for n := range d.at {
		d.size = max(d.size, n+1)
	}
	return d, nil
}

// object returns a scanner at the value of an object.
func (d *document) object(number int) (*scanner, error) {
	at, ok := d.at[number]
	if !ok {
		return nil, formError("an object is missing")
	}
	s := &scanner{b: d.file, at: at}
	if n, g := s.number(), s.number(); s.failed || n != number || g != 0 || !s.keyword("obj") {
		return nil, formError("an object does not stand where its table says")
	}
	return s, nil
}

func (d *document) dict(number int) (*dict, error) {
	s, err := d.object(number)
	if err != nil {
		return nil, err
	}
	v := s.dict(0)
	if s.failed || v == nil || !s.keyword("endobj") {
		return nil, formError("an object is no dictionary")
	}
	return v, nil
}

// firstPage follows the page tree to its first page.
func (d *document) firstPage(catalog *dict) (int, *dict, error) {
	number, ok := reference(catalog.get("Pages"))
	for range maxPageDepth {
		if !ok {
			break
		}
		node, err := d.dict(number)
		if err != nil {
			return 0, nil, err
		}
		if string(node.get("Type")) == "/Page" {
			return number, node, nil
		}
		kids, err := d.array(node.get("Kids"))
		if err != nil {
			return 0, nil, err
		}
		s := scanner{b: []byte(kids)}
		number = s.number()
		ok = !s.failed && s.number() == 0 && s.keyword("R")
	}
	return 0, nil, formError("its pages cannot be followed")
}

// array returns the inside of an array, given directly or as a reference; ""
// for none.
func (d *document) array(value []byte) (string, error) {
	if value == nil {
		return "", nil
	}
	if number, ok := reference(value); ok {
		s, err := d.object(number)
		if err != nil {
			return "", err
		}
		value = s.value(0)
		if s.failed {
			return "", formError("an array cannot be read")
		}
	}
	if len(value) < 2 || value[0] != '[' {
		return "", formError("an array is none")
	}
	return string(value[1 : len(value)-1]), nil
}

// reference reads "12 0 R".
func reference(value []byte) (int, bool) {
	s := scanner{b: value}
	n, g := s.number(), s.number()
	return n, !s.failed && n > 0 && g == 0 && s.keyword("R") && s.end()
}

// dict is a dictionary: names and the bytes of their values, in their order.
type dict struct {
	names  []string
	values [][]byte
}

func (d *dict) get(name string) []byte {
	if i := slices.Index(d.names, name); i >= 0 {
		return d.values[i]
	}
	return nil
}

func (d *dict) set(name, value string) {
	if i := slices.Index(d.names, name); i >= 0 {
		d.values[i] = []byte(value)
		return
	}
	d.names, d.values = append(d.names, name), append(d.values, []byte(value))
}

func (d *dict) String() string {
	var b strings.Builder
	b.WriteString("<<")
	for i, name := range d.names {
		b.WriteString("\n/" + name + " ")
		b.Write(d.values[i])
	}
	b.WriteString("\n>>")
	return b.String()
}

// scanner reads the syntax of PDF objects (ISO 32000-2, 7.2 and 7.3). After a
// failure its results mean nothing.
type scanner struct {
	b      []byte
	at     int
	failed bool
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

// space skips white space and comments.
func (s *scanner) space() {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case isSpace(c):
			s.at++
		case c == '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

func (s *scanner) end() bool {
	s.space()
	return s.at >= len(s.b)
}

// word reads regular characters.
func (s *scanner) word() string {
	s.space()
	from := s.at
	for s.at < len(s.b) && !isSpace(s.b[s.at]) && !isDelimiter(s.b[s.at]) {
		s.at++
	}
	if from == s.at {
		s.failed = true
	}
	return string(s.b[from:s.at])
}

// number reads a decimal from 0.
func (s *scanner) number() int {
	word := s.word()
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || strings.Trim(word, "0123456789") != "" {
		s.failed = true
	}
	return n
}

// keyword reads a word if it is next.
func (s *scanner) keyword(want string) bool {
	if s.failed {
		return false
	}
	before := s.at
	if s.word() == want && !s.failed {
		return true
	}
	s.at, s.failed = before, false
	return false
}

// has reads a delimiter if it is next.
func (s *scanner) has(want string) bool {
	s.space()
	if bytes.HasPrefix(s.b[min(s.at, len(s.b)):], []byte(want)) {
		s.at += len(want)
		return true
	}
	return false
}

// dict reads a dictionary; nil if none is next.
func (s *scanner) dict(depth int) *dict {
	if depth > maxNesting || !s.has("<<") {
		s.failed = true
		return nil
	}
	d := &dict{}
	seen := make(map[string]bool)
	for !s.has(">>") {
		if !s.has("/") {
			s.failed = true
			return nil
		}
		name := s.word()
		if s.failed || seen[name] {
			s.failed = true
			return nil
		}
		seen[name] = true
		d.names, d.values = append(d.names, name), append(d.values, s.value(depth+1))
		if s.failed {
			return nil
		}
	}
	return d
}

// value reads any value and returns its bytes.
func (s *scanner) value(depth int) []byte {
	s.space()
	from := s.at
	if depth > maxNesting || from >= len(s.b) {
		s.failed = true
		return nil
	}
	switch c := s.b[from]; {
	case bytes.HasPrefix(s.b[from:], []byte("<<")):
		s.dict(depth)
	case c == '<':
		i := bytes.IndexByte(s.b[from:], '>')
		if i < 0 {
			s.failed = true
			return nil
		}
		s.at += i + 1
	case c == '(':
		s.literal()
	case c == '[':
		s.at++
		for !s.has("]") {
			if s.value(depth + 1); s.failed {
				return nil
			}
		}
	case c == '/':
		s.at++
		if s.at < len(s.b) && !isSpace(s.b[s.at]) && !isDelimiter(s.b[s.at]) {
			s.word()
		}
	default:
		s.scalar()
	}
	if s.failed {
		return nil
	}
	return s.b[from:s.at]
}

// scalar reads a number, true, false, null, or a reference.
func (s *scanner) scalar() {
	word := s.word()
	if s.failed || strings.Trim(word, "0123456789") != "" {
		return
	}
	before := s.at
	if s.number(); !s.failed && s.keyword("R") {
		return
	}
	s.at, s.failed = before, false
}

// literal reads a string in brackets.
func (s *scanner) literal() {
	depth := 0
	for s.at < len(s.b) {
		c := s.b[s.at]
		s.at++
		switch c {
		case '\\':
			s.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return
			}
		}
	}
	s.failed = true
}
