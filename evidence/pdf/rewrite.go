package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Typst writes the glyphs of a line from left to right, and one cluster in
// several strings when its marks stand at different heights. What a reader
// copies out would have the words of Arabic in the wrong order and some of
// their letters twice. The program therefore gives every word in which this
// can happen a colour of its own that says its number; here the colours are
// taken away again, the strings of a word are put under one ActualText, and
// words that stand together are put into the order in which they are read.
// What is seen on the page does not change.

// word is what a marked colour stands for.
type word struct {
	text string
	gray string // the colour that it is to have, 0 black to 1 white
}

// errForm: the engine wrote something that this package does not know.
var errForm = errors.New("the engine wrote a form of PDF that is not expected")

// rewrite replaces the marked colours of a file that the engine wrote. Every
// word must be on some page.
func rewrite(file []byte, words []word) ([]byte, error) {
	objects, rest, err := splitObjects(file)
	if err != nil {
		return nil, err
	}
	contents := make(map[int]bool)
	for i, o := range objects {
		if bytes.Contains(o, []byte("/Type /Catalog\n")) {
			// No is what it is when it is not said; Poppler stumbles over it.
			objects[i] = bytes.Replace(o, []byte("    /Suspects false\n"), nil, 1)
		}
		if len(words) > 0 && bytes.Contains(o, []byte("/Type /Page\n")) {
			m := contentsRef.FindSubmatch(o)
			if m == nil {
				return nil, errForm
			}
			n, _ := strconv.Atoi(string(m[1]))
			contents[n] = true
		}
	}
	w := rewriter{words: words, seen: make([]bool, len(words))}
	for i, o := range objects {
		number, _, ok := bytes.Cut(o, []byte(" 0 obj\n"))
		n, err := strconv.Atoi(string(number))
		if !ok || err != nil {
			return nil, errForm
		}
		if !contents[n] {
			continue
		}
		if objects[i], err = w.content(o); err != nil {
			return nil, err
		}
	}
	for i, seen := range w.seen {
		if !seen && strings.TrimSpace(words[i].text) != "" { // white space may fall at the end of a line
			return nil, fmt.Errorf("word %d of %d is on no page: %w", i+1, len(words), errForm)
		}
	}
	return joinObjects(file, objects, rest), nil
}

var (
	contentsRef = regexp.MustCompile(`/Contents (\d+) 0 R\n`)
	lengthOf    = regexp.MustCompile(`/Length (\d+)\n`)
)

// splitObjects returns the objects of a file in the order in which they stand,
// each up to and with its endobj, and the trailer dictionary.
func splitObjects(file []byte) (objects [][]byte, trailer []byte, err error) {
	at := bytes.LastIndex(file, []byte("\nxref\n"))
	end := bytes.LastIndex(file, []byte("\nstartxref\n"))
	if at < 0 || end < at+len("\nxref\n") {
		return nil, nil, errForm
	}
	table := file[at+len("\nxref\n") : end]
	dict := bytes.Index(table, []byte("trailer\n"))
	if dict < 0 {
		return nil, nil, errForm
	}
	var offsets []int
	for i, line := range bytes.Split(bytes.TrimRight(table[:dict], "\r\n"), []byte("\n")) {
		if i == 0 {
			continue // "0 63"
		}
		if line = bytes.TrimRight(line, " \r"); len(line) != 18 {
			return nil, nil, errForm
		}
		if line[17] != 'n' {
			continue
		}
		n, err := strconv.Atoi(string(line[:10]))
		if err != nil || n >= at {
			return nil, nil, errForm
		}
		offsets = append(offsets, n)
	}
	slices.Sort(offsets)
	for i, from := range offsets {
		to := at + 1
		if i+1 < len(offsets) {
			to = offsets[i+1]
		}
		objects = append(objects, file[from:to])
	}
	if len(objects) == 0 {
		return nil, nil, errForm
	}
	return objects, table[dict:], nil
}

// joinObjects writes the file with other objects in place of its own.
func joinObjects(file []byte, objects [][]byte, trailer []byte) []byte {
	head := bytes.Index(file, objects[0][:bytes.IndexByte(objects[0], '\n')+1])
	out := append(make([]byte, 0, len(file)+len(file)/8), file[:head]...)
	offsets := make(map[int]int)
	for _, o := range objects {
		number, _, _ := bytes.Cut(o, []byte(" "))
		n, _ := strconv.Atoi(string(number))
		offsets[n] = len(out)
		out = append(out, o...)
	}
	table := len(out)
	size := len(objects) + 1
	out = fmt.Appendf(out, "xref\n0 %d\n0000000000 65535 f\r\n", size)
	for n := 1; n < size; n++ {
		out = fmt.Appendf(out, "%010d 00000 n\r\n", offsets[n])
	}
	out = append(out, trailer...)
	return fmt.Appendf(out, "\nstartxref\n%d\n%%%%EOF", table)
}

// rewriter rewrites the pages of one file.
type rewriter struct {
	words []word
	seen  []bool // by word: it stands on a page, outside headers and footers
	gray  string // the name of the grey colour space on this page
	in    []byte // the page's content
	lines [][]byte
}

// content rewrites the stream of a page.
func (w *rewriter) content(object []byte) ([]byte, error) {
	head, body, ok := bytes.Cut(object, []byte("\nstream\n"))
	m := lengthOf.FindSubmatchIndex(head)
	if !ok || m == nil || !bytes.Contains(head, []byte("/Filter /FlateDecode\n")) {
		return nil, errForm
	}
	length, err := strconv.Atoi(string(head[m[2]:m[3]]))
	if err != nil || length > len(body) {
		return nil, errForm
	}
	z, err := zlib.NewReader(bytes.NewReader(body[:length]))
	if err != nil {
		return nil, errForm
	}
	if w.in, err = io.ReadAll(io.LimitReader(z, maxPage+1)); err != nil || len(w.in) > maxPage {
		return nil, errForm
	}
	page, changed, err := w.page()
	if err != nil || !changed {
		return object, err
	}
	var packed bytes.Buffer
	zw := zlib.NewWriter(&packed)
	zw.Write(page)
	if err := zw.Close(); err != nil {
		return nil, err
	}
	out := append([]byte(nil), head[:m[2]]...)
	out = strconv.AppendInt(out, int64(packed.Len()), 10)
	out = append(append(out, head[m[3]:]...), "\nstream\n"...)
	out = append(out, packed.Bytes()...)
	return append(out, body[length:]...), nil
}

// maxPage is the longest content of one page, in bytes.
const maxPage = 64 << 20

// unit is a stretch of a page that is drawn by itself: one string of glyphs,
// or a shape.
type unit struct {
	from, to int // lines
	tag      int // the line with its MCID, or -1
	save     int // the line with its q
	id       int // of the word, from 1; 0 of a string that is none; -1 of a shape
}

var (
	tagLine   = []byte("  /MCID ")
	dictEnd   = []byte(">> BDC")
	beginText = []byte("BT")
	endText   = []byte("ET")
	endMark   = []byte("EMC")
	save      = []byte("q")
	restore   = []byte("Q")
	fill      = []byte(" scn")
	artifact  = []byte("/Artifact")
)

// page rewrites the content of a page.
func (w *rewriter) page() (out []byte, changed bool, err error) {
	w.lines = bytes.Split(w.in, []byte("\n"))
	if err := w.findGray(); err != nil {
		return nil, false, err
	}
	out = make([]byte, 0, len(w.in)+len(w.in)/2)
	onPage := make(map[int]bool) // words of headers and footers
	inArtifact := false
	for i := 0; i < len(w.lines); {
		u, ok := w.unit(i)
		if !ok || u.id == 0 || u.id < 0 {
			to := i + 1
			if ok {
				to = u.to
			} else if bytes.HasPrefix(w.lines[i], artifact) {
				inArtifact = true
			} else if bytes.Equal(w.lines[i], endMark) {
				inArtifact = false
			}
			out = w.copy(out, i, to)
			i = to
			continue
		}
		stretch := []unit{u}
		last := u.to
		for { // marked words and the shapes between them
			next := last
			var between []unit
			more, ok := w.unit(next)
			for ok && more.id < 0 {
				between = append(between, more)
				next = more.to
				more, ok = w.unit(next)
			}
			if !ok || more.id == 0 {
				break
			}
			stretch = append(append(stretch, between...), more)
			last = more.to
		}
		seen := func(id int) bool { was := w.seen[id-1]; w.seen[id-1] = true; return was }
		if inArtifact {
			seen = func(id int) bool { was := onPage[id]; onPage[id], w.seen[id-1] = true, true; return was }
		}
		if out, err = w.stretch(out, stretch, seen); err != nil {
			return nil, false, err
		}
		changed = true
		i = last
	}
	if !changed {
		return nil, false, nil
	}
	return out[:len(out)-1], true, nil // the last line had no line feed
}

// copy appends lines.
func (w *rewriter) copy(out []byte, from, to int) []byte {
	for _, line := range w.lines[from:to] {
		out = append(append(out, line...), '\n')
	}
	return out
}

// findGray finds how the page calls the grey colour space.
func (w *rewriter) findGray() error {
	w.gray = ""
	for i, line := range w.lines {
		if i > 0 && bytes.HasSuffix(line, fill) && bytes.Count(line, []byte(" ")) == 1 && bytes.HasSuffix(w.lines[i-1], []byte(" cs")) {
			w.gray = string(w.lines[i-1])
			return nil
		}
	}
	if bytes.Contains(w.in, fill) {
		return errForm
	}
	return nil
}

// unit reads the unit that begins at line i.
func (w *rewriter) unit(i int) (unit, bool) {
	u := unit{from: i, tag: -1, id: -1}
	k := i
	if k >= len(w.lines) {
		return unit{}, false
	}
	if bytes.HasPrefix(w.lines[k], []byte("/")) && bytes.HasSuffix(w.lines[k], []byte(" <<")) {
		for k++; k < len(w.lines) && !bytes.Equal(w.lines[k], dictEnd); k++ {
			if bytes.HasPrefix(w.lines[k], tagLine) {
				u.tag = k
			}
		}
		if k++; u.tag < 0 {
			return unit{}, false
		}
	}
	if k >= len(w.lines) || !bytes.Equal(w.lines[k], save) {
		return unit{}, false
	}
	u.save = k
	depth := 0
	texts := 0
	for ; k < len(w.lines); k++ {
		switch line := w.lines[k]; {
		case bytes.Equal(line, save):
			depth++
		case bytes.Equal(line, restore):
			depth--
		case bytes.Equal(line, beginText):
			texts++
			u.id = max(u.id, 0)
		case bytes.HasSuffix(line, fill):
			if id := marked(line); id > 0 && id <= len(w.words) {
				u.id = id
			}
		}
		if depth == 0 {
			break
		}
	}
	if k++; u.tag >= 0 {
		if k >= len(w.lines) || !bytes.Equal(w.lines[k], endMark) {
			return unit{}, false
		}
		k++
	}
	u.to = k
	if texts > 1 {
		return unit{}, false // not one string: looked at line by line
	}
	return u, k <= len(w.lines)
}

// marked returns the number that a colour stands for, or 0.
func marked(line []byte) int {
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 4 {
		return 0
	}
	id := 0
	for _, p := range parts[:3] {
		f, err := strconv.ParseFloat(string(p), 64)
		if err != nil || f < 0 || f > 1 {
			return 0
		}
		id = id<<8 | int(f*255+.5)
	}
	return id
}

// stretch writes units that stand together: the shapes first, then the words
// in their order, each under its text. The tags keep their order too, so that
// the structure of the page has the words in the same one.
func (w *rewriter) stretch(out []byte, units []unit, seen func(id int) bool) ([]byte, error) {
	var texts []unit
	var tags []int
	for _, u := range units {
		if u.id < 0 {
			out = w.copy(out, u.from, u.to)
			continue
		}
		texts = append(texts, u)
		if u.tag >= 0 {
			n, err := strconv.Atoi(string(w.lines[u.tag][len(tagLine):]))
			if err != nil {
				return nil, errForm
			}
			tags = append(tags, n)
		}
	}
	if len(tags) != 0 && len(tags) != len(texts) {
		return nil, errForm
	}
	slices.Sort(tags)
	slices.SortStableFunc(texts, func(a, b unit) int { return a.id - b.id })
	for i := 0; i < len(texts); {
		id := texts[i].id
		k := i + 1
		for k < len(texts) && texts[k].id == id {
			k++
		}
		var word []int
		if len(tags) > 0 {
			word = tags[i:k]
		}
		text := w.words[id-1].text
		if seen(id) {
			text = ""
		}
		var err error
		if out, err = w.word(out, texts[i:k], word, text); err != nil {
			return nil, err
		}
		i = k
	}
	return out, nil
}

// word writes the strings of one word in its right colour and under its text,
// all within the tag of the first. They are drawn in one coordinate system:
// Poppler takes the place of an ActualText from the one in which it ends.
func (w *rewriter) word(out []byte, units []unit, tags []int, text string) ([]byte, error) {
	inner := inPoppler(text)
	var x0, y0 float64
	for i, u := range units {
		k := u.save
		// q, matrix, colour space, colour, BT … ET, Q
		end := slices.IndexFunc(w.lines[k:u.to], func(l []byte) bool { return bytes.Equal(l, endText) })
		if end < 5 || !bytes.Equal(w.lines[k+4], beginText) || !bytes.Equal(w.lines[k+end+1], restore) {
			return nil, errForm
		}
		m, ok := matrix(w.lines[k+1], "cm")
		if !ok || m[0] != 1 || m[1] != 0 || m[2] != 0 || m[3] != -1 || w.gray == "" {
			return nil, errForm
		}
		if i == 0 {
			if tags != nil {
				out = w.tag(out, u, tags[0])
			}
			x0, y0 = m[4], m[5]
			out = append(append(out, "q\n"...), w.lines[k+1]...)
			out = append(append(out, '\n'), w.gray...)
			out = append(append(out, '\n'), w.words[u.id-1].gray...)
			out = append(out, " scn\n"...)
			out = appendActual(out, text)
			if inner != text {
				out = appendActual(out, inner)
			}
		}
		var err error
		if out, err = appendString(out, w.lines[k+4:k+end+1], m[4]-x0, y0-m[5]); err != nil {
			return nil, err
		}
	}
	if inner != text {
		out = append(out, "EMC\n"...)
	}
	out = append(out, "EMC\nQ\n"...)
	if tags != nil {
		out = append(out, "EMC\n"...)
		for i, tag := range tags[1:] { // the structure names them: they stay, with nothing in them
			out = append(w.tag(out, units[i+1], tag), "EMC\n"...)
		}
	}
	return out, nil
}

// tag begins the tagged content of a unit, under another number.
func (w *rewriter) tag(out []byte, u unit, tag int) []byte {
	out = w.copy(out, u.from, u.tag)
	out = fmt.Appendf(out, "  /MCID %d\n", tag)
	return w.copy(out, u.tag+1, u.save)
}

// appendString writes a text object moved by dx and dy, without what the
// engine says of its text.
func appendString(out []byte, lines [][]byte, dx, dy float64) ([]byte, error) {
	for k := 0; k < len(lines); k++ {
		line := lines[k]
		switch {
		case bytes.HasSuffix(line, []byte(" BMC")), bytes.Equal(line, endMark):
		case bytes.HasSuffix(line, []byte(" <<")):
			for k < len(lines) && !bytes.Equal(lines[k], dictEnd) {
				k++
			}
		case bytes.HasSuffix(line, []byte(" Tm")):
			m, ok := matrix(line, "Tm")
			if !ok {
				return nil, errForm
			}
			m[4], m[5] = m[4]+dx, m[5]+dy
			for _, f := range m {
				out = append(strconv.AppendFloat(out, f, 'f', -1, 32), ' ')
			}
			out = append(out, "Tm\n"...)
		default:
			out = append(append(out, line...), '\n')
		}
	}
	return out, nil
}

// matrix reads a line that sets a matrix.
func matrix(line []byte, operator string) (m [6]float64, ok bool) {
	parts := bytes.Split(line, []byte(" "))
	if len(parts) != 7 || string(parts[6]) != operator {
		return m, false
	}
	for i := range m {
		f, err := strconv.ParseFloat(string(parts[i]), 64)
		if err != nil {
			return m, false
		}
		m[i] = f
	}
	return m, true
}

// appendActual begins content that stands for a text.
func appendActual(out []byte, text string) []byte {
	out = append(out, "/Span <</ActualText <FEFF"...)
	for _, c := range utf16.Encode([]rune(text)) {
		out = fmt.Appendf(out, "%04X", c)
	}
	return append(out, ">>> BDC\n"...)
}
