package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"caseledger/events"
)

// minExposed is the fewest letters and digits for which closed words are
// looked for elsewhere. Fewer stand open by chance all the time.
const minExposed = 4

// Warning says where words stand open that are closed elsewhere. It never
// holds the words.
type Warning struct {
	Seq  uint64 `json:"seq"`
	Path string `json:"path"`
}

// tokens cuts a text into its runs of letters, marks and digits, in lower
// case.
func tokens(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// stretch is a run of open words, or a scalar.
type stretch struct {
	seq       uint64
	path      string
	statement statement
	tokens    []string
}

// statement names a statement whose versions belong together: the contact or
// the helpline call it stands in and its number there. Zero: none.
type statement struct{ seq, number uint64 }

// statementOf returns the statement that a value of an event belongs to: the
// one it stands in, or the one that the event corrects.
func (e *planned) statementOf(path string) statement {
	if e.typ == typeCorrected {
		return e.corrects
	}
	rest, ok := strings.CutPrefix(path, "/data/statements/")
	if !ok || e.typ != typeRecorded && e.typ != typeHelpline {
		return statement{}
	}
	number, _, _ := strings.Cut(rest, "/")
	return statement{e.seq(), wordOf("/" + number)}
}

// stretches returns everything that stands open in an event.
func (e *planned) stretches() []stretch {
	var out []stretch
	var words strings.Builder
	text := ""
	flush := func() {
		if t := tokens(words.String()); len(t) > 0 {
			out = append(out, stretch{e.seq(), text, e.statementOf(text), t})
		}
		words.Reset()
	}
	for i := range e.parts {
		p := &e.parts[i]
		if p.Kind == events.KindWord && !e.closed[i] {
			if of := textOf(p.Path); of != text {
				flush()
				text = of
			}
			word, _ := unquote(p.Value)
			words.WriteString(word)
			continue
		}
		flush()
		text = ""
		if value, ok := unquote(p.Value); ok && p.Kind == events.KindScalar && !e.closed[i] {
			if t := tokens(value); len(t) > 0 {
				out = append(out, stretch{e.seq(), p.Path, e.statementOf(p.Path), t})
			}
		}
	}
	flush()
	return out
}

// hiddenText returns the text of the closed leaves, as one.
func (e *planned) hiddenText(c leaves) string {
	var b strings.Builder
	for i := c.leaf; i < c.leaf+c.leaves; i++ {
		value, _ := unquote(e.parts[i].Value)
		b.WriteString(value)
	}
	return b.String()
}

// exposed looks for closed words that stand open elsewhere. It refuses when
// all words closed in a text do in another version of the same statement, and else
// returns where: all words anywhere, or one in another version, which is
// likely to say the same in a few other words.
func exposed(plan planOf, facts []stretch) ([]Warning, error) {
	open := facts
	for _, e := range plan {
		if e.disclosed() {
			open = append(open, e.stretches()...)
		}
	}
	type place struct{ stretch, token int }
	type word struct {
		statement
		token string
	}
	places := make(map[string][]place) // where a word stands
	in := make(map[word][]int)         // stretches in which a word of a statement stands
	for i, s := range open {
		for k, t := range s.tokens {
			places[t] = append(places[t], place{i, k})
			if w := (word{s.statement, t}); s.statement != (statement{}) {
				if n := len(in[w]); n == 0 || in[w][n-1] != i {
					in[w] = append(in[w], i)
				}
			}
		}
	}
	var warnings []Warning
	seen := make(map[Warning]bool)
	warn := func(s *stretch) {
		if w := (Warning{s.seq, s.path}); !seen[w] {
			seen[w] = true
			warnings = append(warnings, w)
		}
	}
	for _, e := range plan {
		if !e.disclosed() {
			continue
		}
		for _, c := range e.closings {
			hidden, of := tokens(e.hiddenText(c)), e.statementOf(c.path)
			needle := strings.Join(hidden, "")
			if utf8.RuneCountInString(needle) < minExposed {
				continue
			}
			var begun []place // where a word stands with which the closed ones begin
			for i := range needle {
				begun = append(begun, places[needle[:i]]...)
			}
			begun = append(begun, places[needle]...)
			slices.SortFunc(begun, func(a, b place) int { return cmp.Or(cmp.Compare(a.stretch, b.stretch), cmp.Compare(a.token, b.token)) })
			for _, at := range begun {
				s := &open[at.stretch]
				if !begins(s.tokens[at.token:], needle) {
					continue
				}
				prose := e.parts[c.leaf].Kind == events.KindWord
				if prose && of != (statement{}) && of == s.statement && s.seq != e.seq() {
					return nil, &InputError{What: "closings", Entry: c.entry, Field: "path", Kind: ErrExposed,
						Rule: fmt.Sprintf("its words stand open in event %d at %s, another version of the same statement", s.seq, s.path)}
				}
				warn(s)
			}
			for _, t := range hidden {
				if utf8.RuneCountInString(t) < minExposed {
					continue
				}
				for _, i := range in[word{of, t}] {
					if open[i].seq != e.seq() {
						warn(&open[i])
					}
				}
			}
		}
	}
	return warnings, nil
}

// begins reports whether some of the first tokens, joined, are needle.
func begins(tokens []string, needle string) bool {
	for _, t := range tokens {
		rest, ok := strings.CutPrefix(needle, t)
		if !ok {
			return false
		}
		if rest == "" {
			return true
		}
		needle = rest
	}
	return false
}
