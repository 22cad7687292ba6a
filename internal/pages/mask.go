package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"strings"
	"text/template/parse"
)

// Masking while a screen is shared. A second set of the same templates has
// every action that puts something into a page followed by veil, which puts
// marks around it; after execution mask replaces what stands between them.
// So what templates say themselves stays, all data goes, and a page cannot
// forget to take part. A template that chooses its own words by what is known
// of a person writes them {{"as data"}}; what Go code chooses and tells nothing
// of anybody, such as the label of a choice, is {{fixed .Label}}.

const (
	veilOn  = '\uE000' // of the private use area; in data they are dropped
	veilOff = '\uE001'
	masked  = "•••••" // one width for everything: its length tells nothing
)

// fixed is text that tells nothing of anybody and is never masked.
type fixed string

// veilAll adds veil to every action of a set that writes.
func veilAll(set *template.Template) {
	set.Funcs(template.FuncMap{"veil": veil})
	for _, t := range set.Templates() {
		if t.Tree != nil {
			veilNode(t.Tree.Root)
		}
	}
}

func veilNode(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				veilNode(c)
			}
		}
	case *parse.IfNode:
		veilNode(n.List)
		veilNode(n.ElseList)
	case *parse.RangeNode:
		veilNode(n.List)
		veilNode(n.ElseList)
	case *parse.WithNode:
		veilNode(n.List)
		veilNode(n.ElseList)
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return
		}
		f := parse.NewIdentifier("veil").SetPos(n.Pos)
		n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{f}})
	}
}

// veil marks a value. Addresses keep their type and are not marked: they hold
// case numbers at most.
func veil(v any) any {
	for r := reflect.ValueOf(v); r.IsValid() && r.Kind() == reflect.Pointer; r = r.Elem() {
		if r.IsNil() {
			return ""
		}
		if _, ok := r.Interface().(fmt.Stringer); ok {
			break
		}
		v = r.Elem().Interface()
	}
	switch v := v.(type) {
	case nil:
		return ""
	case fixed:
		return string(v)
	case template.URL, template.CSS, template.JS, template.HTMLAttr, template.JSStr, template.Srcset:
		return v
	case template.HTML:
		return template.HTML(wrap(string(v)))
	default:
		return wrap(fmt.Sprint(v))
	}
}

func wrap(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == veilOn || r == veilOff {
			return -1
		}
		return r
	}, s)
	return string(veilOn) + s + string(veilOff)
}

// plain are the attributes whose value is no content: what a page needs to
// look and to lead where it does. All others are masked.
var plain = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`class id for name href action method type role scope colspan rowspan headers src width height
		aria-describedby aria-labelledby aria-controls aria-expanded aria-current aria-hidden aria-live aria-level tabindex
		x y x1 x2 y1 y2 cx cy r rx ry d points transform viewbox fill stroke stroke-width text-anchor dominant-baseline
		data-module data-every data-draft data-changes data-seq data-entry data-left data-next`) {
		plain[name] = true
	}
}

// mask replaces all that is marked in a piece of a page. The piece comes from
// html/template, so that its tags and quotes are whole.
func mask(page []byte) []byte {
	page = bytes.ReplaceAll(bytes.ReplaceAll(page, []byte("%ee%80%80"), nil), []byte("%ee%80%81"), nil)
	m := masker{in: page}
	m.out.Grow(len(page))
	for m.at < len(m.in) {
		if m.in[m.at] == '<' && m.at+1 < len(m.in) && (isLetter(m.in[m.at+1]) || m.in[m.at+1] == '/' || m.in[m.at+1] == '!') {
			m.tag()
		} else {
			m.text()
		}
	}
	return m.out.Bytes()
}

type masker struct {
	in     []byte
	at     int
	out    bytes.Buffer
	veiled bool
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

var on, off = []byte(string(veilOn)), []byte(string(veilOff))

// text copies up to the next tag.
func (m *masker) text() {
	end := m.at + 1
	for end < len(m.in) && !(m.in[end] == '<' && end+1 < len(m.in) && (isLetter(m.in[end+1]) || m.in[end+1] == '/' || m.in[end+1] == '!')) {
		end++
	}
	m.cover(m.in[m.at:end], false)
	m.at = end
}

// cover copies a run of text, or an attribute's value, without what is marked
// in it.
func (m *masker) cover(run []byte, keep bool) {
	for len(run) > 0 {
		mark := on
		if m.veiled {
			mark = off
		}
		part, rest, found := bytes.Cut(run, mark)
		switch {
		case !m.veiled || keep:
			m.out.Write(part)
		case len(bytes.TrimSpace(part)) > 0:
			m.out.WriteString(masked)
		default:
			m.out.Write(part)
		}
		if found {
			m.veiled = !m.veiled
		}
		run = rest
	}
}

// tag copies a tag with its attributes.
func (m *masker) tag() {
	if bytes.HasPrefix(m.in[m.at:], []byte("<!")) {
		end := bytes.IndexByte(m.in[m.at:], '>')
		if end < 0 {
			end = len(m.in) - m.at - 1
		}
		m.cover(m.in[m.at:m.at+end+1], false)
		m.at += end + 1
		return
	}
	name := ""
	for begin := m.at; m.at < len(m.in); {
		switch c := m.in[m.at]; c {
		case '>':
			m.at++
			m.cover(m.in[begin:m.at], true)
			return
		case '"', '\'':
			m.at++
			m.cover(m.in[begin:m.at], true)
			end := bytes.IndexByte(m.in[m.at:], c)
			if end < 0 {
				end = len(m.in) - m.at
			}
			m.cover(m.in[m.at:m.at+end], plain[name])
			m.at += end
			begin, name = m.at, ""
			if m.at < len(m.in) {
				m.at++ // the closing quote goes with what follows
			}
		case '=':
			name = lastWord(m.in[begin:m.at])
			m.at++
		default:
			m.at++
		}
	}
}

// lastWord is the attribute's name before its "=".
func lastWord(b []byte) string {
	b = bytes.TrimRight(b, " \t\n")
	if i := bytes.LastIndexAny(b, " \t\n\"'"); i >= 0 {
		b = b[i+1:]
	}
	return strings.ToLower(string(b))
}
