package pages

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The note box. Each line of it is one statement; its first character says
// what it is, and one space behind it belongs to the mark. The rest is kept
// byte for byte. A line without a mark is a summary: only its author makes
// words the client's exact ones. Lines of nothing but space are skipped.

// mark is a character that a line of notes can begin with.
type mark struct {
	Sign  string
	Kind  string // of the statement
	Label string
	Hint  string
}

// marks are in the order of their buttons.
var marks = []mark{
	{`"`, "client-words", labels["client-words"], "exactly as said"},
	{"=", "client-summary", labels["client-summary"], "your summary"},
	{">", "third-party", labels["third-party"], "you are asked who, to whom and how they knew"},
	{"!", "observed", labels["observed"], "what you saw or heard yourself"},
	{"?", "opinion", labels["opinion"], "you are asked why"},
	{"-", "action", labels["action"], "what you did or will do"},
}

// note is a line of the note box.
type note struct {
	Line int // of the box, from 1
	Kind string
	Text string
}

// raw is the line as it could have been typed.
func (n note) raw() string {
	for _, m := range marks {
		if m.Kind == n.Kind {
			return m.Sign + " " + n.Text
		}
	}
	return n.Text
}

// maxNotes is the most statements that a contact can hold, and maxNote the
// longest one in characters: contact.recorded.
const (
	maxNotes = 1000
	maxNote  = 200_000
)

// parseNotes reads a note box. wrong says what to do about it, "" if nothing
// is wrong.
func parseNotes(box string) (list []note, wrong string) {
	if !utf8.ValidString(box) {
		return nil, "The notes hold something that is no text. Type that part again."
	}
	for i, line := range strings.Split(box, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		n := note{Line: i + 1, Kind: "client-summary", Text: line}
		for _, m := range marks {
			if rest, ok := strings.CutPrefix(line, m.Sign); ok {
				n.Kind, n.Text = m.Kind, strings.TrimPrefix(rest, " ")
				break
			}
		}
		switch {
		case strings.TrimSpace(n.Text) == "":
			return nil, "Line " + strconv.Itoa(n.Line) + " has a mark and no words. Write them, or take the line out."
		case utf8.RuneCountInString(n.Text) > maxNote:
			return nil, "Line " + strconv.Itoa(n.Line) + " is too long for one statement. Make two of it."
		}
		list = append(list, n)
	}
	switch {
	case len(list) == 0:
		return nil, "Write at least one line of notes."
	case len(list) > maxNotes:
		return nil, "That is more than " + strconv.Itoa(maxNotes) + " statements. Record it as two contacts."
	}
	return list, ""
}

// languages are what a statement can be written in, those of the service's
// clients first.
var languages = []option{
	{"en", "English"}, {"pl", "Polish"}, {"pa-Guru", "Punjabi, Gurmukhi"}, {"pa-Arab", "Punjabi, Shahmukhi"}, {"ur", "Urdu"}, {"bn", "Bengali"}, {"gu", "Gujarati"},
	{"hi", "Hindi"}, {"ar", "Arabic"}, {"fa", "Persian"}, {"ku", "Kurdish"}, {"ro", "Romanian"}, {"so", "Somali"}, {"ti", "Tigrinya"}, {"tr", "Turkish"},
	{"uk", "Ukrainian"}, {"ru", "Russian"}, {"zh", "Chinese"}, {"vi", "Vietnamese"}, {"pt", "Portuguese"}, {"es", "Spanish"}, {"fr", "French"}, {"it", "Italian"},
	{"lt", "Lithuanian"}, {"sk", "Slovak"}, {"hu", "Hungarian"}, {"sq", "Albanian"}, {"cy", "Welsh"}, {"und", "Another language"},
}

func languageName(tag string) string {
	for _, l := range languages {
		if l.Value == tag {
			return l.Label
		}
	}
	return tag
}

// scripts tell a language by its letters, as far as they can; the author says
// which it is.
var scripts = []struct {
	table    *unicode.RangeTable
	language string
}{
	{unicode.Gurmukhi, "pa-Guru"}, {unicode.Arabic, "ur"}, {unicode.Bengali, "bn"}, {unicode.Gujarati, "gu"}, {unicode.Devanagari, "hi"},
	{unicode.Ethiopic, "ti"}, {unicode.Cyrillic, "uk"}, {unicode.Han, "zh"},
}

// guess proposes the language of a text by its first letter.
func guess(text, otherwise string) string {
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				return s.language
			}
		}
		break
	}
	return otherwise
}
