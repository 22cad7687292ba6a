package pdf

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"caseledger/evidence/sheet"
)

// ErrInput: a document that cannot be printed: a kind that is not known, a
// link to nothing, text that is not UTF-8.
var ErrInput = errors.New("not a document that can be printed")

// ErrGlyph: a character for which no font has a glyph.
var ErrGlyph = errors.New("no font has the character")

// GlyphError names a character for which no font has a glyph, and where it
// stands; it never holds the text around it.
type GlyphError struct {
	Rune rune
	Item string // the ID of the innermost block with one, or "header"
}

// Error implements error.
func (e *GlyphError) Error() string {
	return fmt.Sprintf("no font has the character U+%04X, in %s", e.Rune, e.Item)
}

// Is reports whether target is ErrGlyph.
func (e *GlyphError) Is(target error) bool { return target == ErrGlyph }

// program is the document as sheet.typ reads it.
type program struct {
	Title   string `json:"title"`
	Author  string `json:"author"`
	Kind    string `json:"kind"`
	Date    [6]int `json:"date"` // UTC
	Draft   bool   `json:"draft"`
	Attach  bool   `json:"attach"`
	Service []any  `json:"service"`
	Exhibit []any  `json:"exhibit"`
	Case    []any  `json:"case"`
	Holder  []any  `json:"holder"`
	Check   string `json:"check"`
	Copy    int    `json:"copy"`
	Items   int    `json:"items"`
	Blocks  []node `json:"blocks"`
}

// node is a block.
type node struct {
	Kind   string    `json:"k"`
	Level  int       `json:"l,omitempty"`
	Style  string    `json:"s,omitempty"`
	Label  []any     `json:"a,omitempty"`
	Runs   []any     `json:"r,omitempty"`
	Dir    string    `json:"d,omitempty"` // "rtl"
	Lang   string    `json:"g,omitempty"`
	Rows   [][][]any `json:"t,omitempty"`
	Head   [][][]any `json:"h,omitempty"`
	Blocks []node    `json:"b,omitempty"`
	ID     string    `json:"id,omitempty"`
	One    int       `json:"o,omitempty"` // 1: short enough to stand on one page
	Page   int       `json:"p,omitempty"` // 1: begins one
}

// run is a piece of a line that is more than a string.
type run struct {
	Style string      `json:"s,omitempty"`
	Body  []any       `json:"b,omitempty"`
	Words [][2]string `json:"w,omitempty"` // colour, text
	Font  string      `json:"f,omitempty"`
	Ref   string      `json:"ref,omitempty"`
	Break int         `json:"n,omitempty"` // 1: a line ends
}

// compiler makes the program of a document.
type compiler struct {
	fonts *fonts
	words []word
	ids   map[string]bool
	refs  []string
	item  string
	err   error
}

// The greys of marked words, as a page's colour operator takes them. They are
// those of sheet.typ.
const (
	ink   = "0.101960786" // 10 %
	quiet = "0.34901962"  // 35 %
	paper = "1"
)

// maxWords is how many words can be marked in one document.
const maxWords = 1<<24 - 1

// compile makes the program, and the words that its colours stand for.
func compile(doc *sheet.Document, fonts *fonts, attach bool) ([]byte, []word, error) {
	c := &compiler{fonts: fonts, ids: make(map[string]bool), item: "header"}
	at := doc.Prepared.UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return nil, nil, fmt.Errorf("prepared in the year %d: %w", at.Year(), ErrInput)
	}
	header := func(s string) []any { return c.line([]sheet.Run{{Text: shown(s)}}, quiet) }
	p := program{
		Title: shown(doc.Title), Author: shown(doc.Service), Kind: doc.Kind, Draft: doc.Draft, Attach: attach,
		Date:    [6]int{at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), at.Second()},
		Service: header(doc.Service), Exhibit: header(doc.Exhibit), Case: header(doc.Case), Holder: header(doc.Holder),
		Check: shown(doc.Check), Copy: doc.Copy,
	}
	c.glyphs(p.Title)
	p.Blocks = c.blocks(doc.Blocks, ink, &p.Items)
	for _, ref := range c.refs {
		if !c.ids[ref] && c.err == nil {
			c.err = fmt.Errorf("a link to a block that is not there: %w", ErrInput)
		}
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	out, err := json.Marshal(&p)
	return out, c.words, err
}

// shown is a line of a header: what would not be seen is shown by its number.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && !invisible(r) || r == 0x2028 || r == 0x2029 {
			fmt.Fprintf(&b, "[U+%04X]", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// styles are the kinds of block, and the styles of each.
var styles = map[string]string{
	"section": " front ", "heading": "  ", "para": "*", "note": " warning limits ", "facts": "  ", "table": "*",
	"list": "  ", "steps": "  ", "legend": "  ", "item": "  ",
	"statement": " client-words client-summary third-party observed opinion action closed corrected ",
	"quote":     "  ", "aside": "  ", "beside": " translation corrected disputed ", "signature": "  ", "label": "  ", "pagebreak": "  ",
}

var idForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *compiler) blocks(in []sheet.Block, gray string, items *int) []node {
	out := make([]node, 0, len(in))
	for i := range in {
		out = append(out, c.block(&in[i], gray, items))
	}
	return out
}

func (c *compiler) block(b *sheet.Block, gray string, items *int) node {
	known, ok := styles[b.Kind]
	if !ok || known != "*" && b.Style != "" && !strings.Contains(known, " "+b.Style+" ") {
		c.fail(fmt.Errorf("a block of a kind or style that is not known: %w", ErrInput))
	}
	was := c.item
	if b.ID != "" {
		if !idForm.MatchString(b.ID) || c.ids[b.ID] {
			c.fail(fmt.Errorf("a block's ID is wrong, or there twice: %w", ErrInput))
		}
		c.ids[b.ID] = true
		c.item = b.ID
	}
	n := node{Kind: b.Kind, Level: b.Level, Style: b.Style, ID: b.ID}
	switch b.Kind {
	case "aside", "legend":
		gray = quiet
	case "item":
		*items++
	}
	if b.Kind == "quote" {
		if n.Dir = direction(joined(b.Runs)); n.Dir == "ltr" {
			n.Dir = ""
		}
		for _, r := range b.Runs {
			if r.Lang != "" && n.Lang == "" {
				n.Lang, _ = tag(r.Lang)
			}
		}
	}
	if b.Kind != "item" { // its label is for the header, and is counted there
		n.Label = c.line(b.Label, ink)
	}
	n.Runs = c.line(b.Runs, gray)
	for _, row := range b.Rows {
		cells := make([][]any, 0, len(row.Cells))
		for i, cell := range row.Cells {
			g := gray
			if b.Kind == "facts" && i == 0 {
				g = quiet
			}
			cells = append(cells, c.line(cell, g))
		}
		if len(b.Rows[0].Cells) != len(row.Cells) || row.Header && len(n.Rows) > 0 {
			c.fail(fmt.Errorf("a table's rows differ: %w", ErrInput))
		}
		if row.Header {
			n.Head = append(n.Head, cells)
		} else {
			n.Rows = append(n.Rows, cells)
		}
	}
	n.Blocks = c.blocks(b.Blocks, gray, items)
	if b.Kind == "section" {
		for i := range b.Blocks {
			if i > 0 && b.Blocks[i-1].Kind == "item" && slices.ContainsFunc(b.Blocks[i-1].Blocks, isStatement) {
				n.Blocks[i].Page = 1 // no two contacts share a page, so that each can be given by itself
			}
		}
	}
	if (b.Kind == "facts" || b.Kind == "statement" || b.Kind == "table") && length(b) < shortest {
		n.One = 1
	}
	c.item = was
	return n
}

func joined(runs []sheet.Run) string {
	var b strings.Builder
	for i := range runs {
		if runs[i].Style != "box" && runs[i].Style != "cp" {
			b.WriteString(runs[i].Text)
		}
	}
	return b.String()
}

func isStatement(b sheet.Block) bool { return b.Kind == "statement" }

// shortest is the length, in bytes, of a block that is kept on one page. It is
// about a third of a page.
const shortest = 1500

// length returns how much text a block holds; a line feed counts as a line.
func length(b *sheet.Block) int {
	n := 0
	count := func(runs []sheet.Run) {
		for i := range runs {
			n += len(runs[i].Text) + 80*strings.Count(runs[i].Text, "\n")
		}
		n += 20
	}
	count(b.Runs)
	for _, r := range b.Rows {
		for _, c := range r.Cells {
			count(c)
		}
	}
	for i := range b.Blocks {
		n += 40 + length(&b.Blocks[i])
	}
	return n
}

// line makes the pieces of a line of runs.
func (c *compiler) line(runs []sheet.Run, gray string) []any {
	if len(runs) == 0 {
		return nil
	}
	whole := false // every word is marked, because some run from right to left
	for i := range runs {
		whole = whole || strings.ContainsFunc(runs[i].Text, rightToLeft)
	}
	var out []any
	for i := 0; i < len(runs); {
		if !whole || !runs[i].Isolate {
			out = c.run(out, &runs[i], gray, whole)
			i++
			continue
		}
		k := i
		for k < len(runs) && runs[k].Isolate {
			k++
		}
		begin := leftBegin
		if direction(joined(runs[i:k])) == "rtl" {
			begin = rightBegin
		}
		out = append(out, run{Words: [][2]string{c.mark(begin, "", gray)}})
		for ; i < k; i++ {
			out = c.run(out, &runs[i], gray, whole)
		}
		out = append(out, run{Words: [][2]string{c.mark(isolateEnd, "", gray)}})
	}
	return out
}

// run appends the pieces of a run.
func (c *compiler) run(out []any, r *sheet.Run, gray string, whole bool) []any {
	if !utf8.ValidString(r.Text) {
		c.fail(fmt.Errorf("text that is not UTF-8: %w", ErrInput))
		return out
	}
	c.glyphs(r.Text)
	if r.Style == "box" {
		gray = paper
	}
	body := c.text(nil, r.Text, gray, whole)
	font := ""
	if r.Lang != "" {
		_, font = tag(r.Lang)
	}
	switch r.Style {
	case "":
		if font == "" {
			return append(out, body...)
		}
	case "strong", "code", "number", "box", "cp", "arrow":
	case "link":
		c.refs = append(c.refs, r.Ref)
		return append(out, run{Style: r.Style, Body: body, Ref: r.Ref})
	default:
		c.fail(fmt.Errorf("a run of a style that is not known: %w", ErrInput))
	}
	return append(out, run{Style: r.Style, Body: body, Font: font})
}

// glyphs checks that every character has a glyph.
func (c *compiler) glyphs(s string) {
	for _, r := range s {
		if r < 0x7f && r >= ' ' || r == '\n' || r == '\t' || invisible(r) || c.fonts.has(r) {
			continue
		}
		c.fail(&GlyphError{Rune: r, Item: c.item})
		return
	}
}

// text appends the pieces of a text.
func (c *compiler) text(out []any, s, gray string, whole bool) []any {
	s = strings.ReplaceAll(s, "\t", "    ")
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			out = append(out, run{Break: 1})
		}
		plainFrom := 0 // the words since here are not marked
		for from := 0; from < len(line); {
			to := from + wordLength(line[from:])
			w := line[from:to]
			marked := whole || strings.ContainsFunc(w, func(r rune) bool { return !plain(r) })
			if !marked && len(w) <= longest {
				from = to
				continue
			}
			if plainFrom < from {
				out = append(out, line[plainFrom:from])
			}
			if marked {
				out = c.marked(out, w, gray)
			} else {
				out = c.long(out, w)
			}
			from, plainFrom = to, to
		}
		if plainFrom < len(line) {
			out = append(out, line[plainFrom:])
		}
	}
	return out
}

// wordLength returns the length of a word with the white space behind it.
func wordLength(s string) int {
	in := true
	for i, r := range s {
		if unicode.IsSpace(r) {
			in = false
		} else if !in {
			return i
		}
	}
	return len(s)
}

// long appends a plain word in which a line may end.
func (c *compiler) long(out []any, w string) []any {
	from, n := 0, 0
	for i, r := range w {
		if n++; n > longest {
			out = append(out, w[from:i], c.mayEnd())
			from, n = i, 1
		}
		if r == ' ' || r == '-' || r == '/' || apart(r) {
			n = 0
		}
	}
	return append(out, w[from:])
}

// marked appends a word whose text is said in the file, in as many pieces as
// lines may need.
func (c *compiler) marked(out []any, w, gray string) []any {
	var r run
	from, n := 0, 0
	at := 0
	end := func(i int) {
		if i > from {
			r.Words = append(r.Words, c.mark(w[from:i], w[from:i], gray))
			from, n = i, 0
		}
	}
	var turn, strong bool // Poppler turns the piece round; that is known
	for _, cluster := range clusters(w) {
		first, _ := utf8.DecodeRuneInString(cluster)
		if rightToLeft(first) || stays(first) {
			if t := rightToLeft(first); !strong || t != turn {
				if strong {
					end(at)
				}
				turn, strong = t, true
			}
		}
		if n++; n > longest {
			end(at)
			out = append(out, r, c.mayEnd())
			r = run{}
			n = 1
		}
		at += len(cluster)
		if apart(first) || first == '-' || first == '/' {
			end(at)
		}
	}
	end(at)
	return append(out, r)
}

// mayEnd is a place at which a line may end.
func (c *compiler) mayEnd() run { return run{Words: [][2]string{c.mark("\u200b", "", ink)}} }

// mark gives a word its number. text is what it is to be read as.
func (c *compiler) mark(as, text, gray string) [2]string {
	if len(c.words) == maxWords {
		c.fail(fmt.Errorf("more than %d words: %w", maxWords, ErrLimit))
		return [2]string{"#000000", as}
	}
	c.words = append(c.words, word{text, gray})
	return [2]string{fmt.Sprintf("#%06x", len(c.words)), as}
}

// tag returns the language of a BCP 47 tag, and the font it asks for.
func tag(s string) (lang, font string) {
	lang, rest, _ := strings.Cut(strings.ToLower(s), "-")
	if len(lang) < 2 || len(lang) > 3 {
		return "", ""
	}
	switch {
	case lang == "ja", lang == "ko":
		font = lang
	case lang == "zh" && (strings.Contains(rest, "hant") || strings.Contains(rest, "tw") || strings.Contains(rest, "hk")):
		font = "tc"
	}
	return lang, font
}
