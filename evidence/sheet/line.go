package sheet

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// line collects the runs of a line of a document.
type line struct{ runs []Run }

// put adds words of our own.
func (l *line) put(s string) {
	if s == "" {
		return
	}
	if k := len(l.runs) - 1; k >= 0 && l.runs[k] == (Run{Text: l.runs[k].Text}) {
		l.runs[k].Text += s
		return
	}
	l.runs = append(l.runs, Run{Text: s})
}

func (l *line) strong(s string) { l.runs = append(l.runs, Run{Text: s, Style: "strong"}) }
func (l *line) code(s string)   { l.runs = append(l.runs, Run{Text: s, Style: "code"}) }
func (l *line) number(s string) { l.runs = append(l.runs, Run{Text: s, Style: "number"}) }
func (l *line) link(s, id string) {
	l.runs = append(l.runs, Run{Text: s, Style: "link", Ref: id})
}

// arrow stands between two of whom the first told the second.
func (l *line) arrow() {
	l.put(" ")
	l.runs = append(l.runs, Run{Text: "→", Style: "arrow"})
	l.put(" ")
}

// value adds one line of text that came from an event.
func (l *line) value(s string) { l.runs = appendShown(l.runs, s, false, Run{Isolate: true}) }

// box adds the box that stands for closed words, one for each code.
func (l *line) box(codes string) {
	for i := range len(codes) {
		l.runs = append(l.runs, Run{Text: codes[i : i+1], Style: "box"})
	}
}

// text adds a text, and reports whether it is one: else it adds its scalar,
// its boxes or a dash. isolate is not set for a text that stands by itself.
func (l *line) text(v view, lang string, isolate bool) bool {
	if v.node == nil || v.node.kind != textNode {
		l.one(v)
		return false
	}
	form := Run{Lang: language(lang), Isolate: isolate, Pre: true}
	for _, r := range v.node.runs {
		if r.code != 0 {
			box := form
			box.Text, box.Style = string(r.code), "box"
			l.runs = append(l.runs, box)
		} else {
			l.runs = appendShown(l.runs, r.text, true, form)
		}
	}
	return true
}

// language returns the tag when it can be one, else "".
func language(tag string) string {
	if len(tag) > 35 {
		return ""
	}
	for i := 0; i < len(tag); i++ {
		if c := tag[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return ""
		}
	}
	return tag
}

// one adds a scalar: its text, its boxes, or a dash.
func (l *line) one(v view) {
	switch {
	case v.node == nil && v.codes != "":
		l.box(v.codes)
	case v.open != "":
		l.value(v.open)
	case v.node != nil && v.node.kind == scalarNode && v.node.value != "null" && v.node.value != `""`:
		l.value(v.node.value)
	default:
		l.put("–")
	}
}

// word adds a coded scalar in words.
func (l *line) word(v view, words map[string]string) {
	if w, ok := words[v.open]; ok {
		l.put(w)
		return
	}
	l.one(v)
}

// appendShown appends a text in the given form, with what would not be seen
// shown by its number. Line feeds stay where lines is set. A text without a
// character is a run without one.
func appendShown(runs []Run, s string, lines bool, form Run) []Run {
	from := 0
	cut := func(to int) {
		if to > from {
			form.Text = s[from:to]
			runs = append(runs, form)
		}
	}
	var before rune // the character before, 0 when it was shown by its number
	picture := false
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f { // what is neither hidden nor part of a picture
			k := i + 1
			for k < len(s) && s[k] >= ' ' && s[k] < 0x7f {
				k++
			}
			i, before, picture = k, rune(s[k-1]), false
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		after, _ := utf8.DecodeRuneInString(s[i+n:])
		if r == blackFlag {
			i += n
			for _, f := range flags {
				if strings.HasPrefix(s[i:], f) {
					i += len(f)
				}
			}
			before, picture = r, true
			continue
		}
		stays := !hidden.has(r) && (r != '\n' || lines)
		switch r {
		case nonJoiner:
			stays = joining.has(before)
		case joiner:
			stays = joining.has(before) || picture && pictures.has(after)
		case textForm, emojiForm:
			stays = pictures.has(before) ||
				after == keycap && (before >= '0' && before <= '9' || before == '#' || before == '*')
		}
		if stays {
			picture = pictures.has(r) || picture && r == emojiForm
			before = r
		} else {
			cut(i)
			shown := form
			shown.Text, shown.Style = fmt.Sprintf("[U+%04X]", r), "cp"
			runs = append(runs, shown)
			from = i + n
			before, picture = 0, false
		}
		i += n
	}
	if s == "" {
		return append(runs, form)
	}
	cut(len(s))
	return runs
}
