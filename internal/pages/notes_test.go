package pages

import (
	"slices"
	"strings"
	"testing"
)

func TestParseNotes(t *testing.T) {
	for _, c := range []struct {
		name, box string
		want      []note
		wrong     string
	}{
		{"every mark", "\" a\n= b\n> c\n! d\n? e\n- f", []note{{1, "client-words", "a"}, {2, "client-summary", "b"}, {3, "third-party", "c"}, {4, "observed", "d"}, {5, "opinion", "e"}, {6, "action", "f"}}, ""},
		{"no mark is a summary, never words", "he said “no”", []note{{1, "client-summary", "he said “no”"}}, ""},
		{"a mark further in is no mark", " \" a", []note{{1, "client-summary", " \" a"}}, ""},
		{"one space belongs to the mark, the rest is kept", "\"  a  \t", []note{{1, "client-words", " a  \t"}}, ""},
		{"without a space", "\"a\"", []note{{1, "client-words", "a\""}}, ""},
		{"a typographic mark is none", "“a”", []note{{1, "client-summary", "“a”"}}, ""},
		{"empty lines are no statements", "\n- a\n\n  \n- b\n", []note{{2, "action", "a"}, {5, "action", "b"}}, ""},
		{"scripts and marks of direction", "\" ਮੈਨੂੰ ਡਰ ਹੈ 😟\n\" مجھے\u200f ڈر", []note{{1, "client-words", "ਮੈਨੂੰ ਡਰ ਹੈ 😟"}, {2, "client-words", "مجھے\u200f ڈر"}}, ""},
		{"nothing", " \n", nil, "at least one line"},
		{"a mark alone", "- a\n\" ", nil, "Line 2"},
		{"no text", "- \xff", nil, "no text"},
		{"too many", strings.Repeat("- a\n", 1001), nil, "two contacts"},
		{"too long", "- " + strings.Repeat("ą", maxNote+1), nil, "Line 1"},
	} {
		got, wrong := parseNotes(c.box)
		if !slices.Equal(got, c.want) && c.wrong == "" || (c.wrong == "") != (wrong == "") || !strings.Contains(wrong, c.wrong) {
			t.Errorf("%s: %+v, %q", c.name, got, wrong)
		}
	}
}

// What a box says is the same when its statements are written out again.
func FuzzNotes(f *testing.F) {
	f.Add("\" Zażółć\n> a\n\n? b  ")
	f.Add("ਮੈਨੂੰ\n- \u2028x")
	f.Fuzz(func(t *testing.T, box string) {
		list, wrong := parseNotes(box)
		if wrong != "" {
			t.Skip()
		}
		lines := make([]string, len(list))
		for i, n := range list {
			lines[i] = n.raw()
			if !strings.Contains(box, n.Text) {
				t.Fatalf("%q is not in the box", n.Text)
			}
		}
		again, wrong := parseNotes(strings.Join(lines, "\n"))
		if wrong != "" || len(again) != len(list) {
			t.Fatalf("%q: %s", lines, wrong)
		}
		for i := range list {
			if again[i].Kind != list[i].Kind || again[i].Text != list[i].Text {
				t.Fatalf("%+v became %+v", list[i], again[i])
			}
		}
	})
}
