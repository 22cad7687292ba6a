package casefile

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestFound(t *testing.T) {
	name := func(s string) Handle { return Handle{HandleName, "client", s} }
	number := func(s string) Handle { return Handle{HandlePhone, "client", s} }
	ref := func(s string) Handle { return Handle{HandleReference, "", s} }
	for _, c := range []struct {
		why   string
		h     Handle
		asked string
		want  bool
	}{
		{"as written", name("Amira Khan"), "Amira Khan", true},
		{"in another order and case", name("Amira Khan"), "KHAN, amira", true},
		{"one word of it", name("Amira Khan"), "khan", true},
		{"a part of a word", name("Amira Khan"), "kha", false},
		{"a word too many", name("Amira Khan"), "Amira Jane Khan", false},
		{"accents composed and apart", name("Zoé Núñez"), "zoe\u0301 nun\u0303ez", true},
		{"accents left out", name("Zoé Núñez"), "Zoe Nunez", true},
		{"a stroke that does not decompose", name("Łucja Søndergård"), "lucja sondergard", true},
		{"sharp s", name("Anna Groß"), "anna gross", true},
		{"full width", name("Ｍａｒｉｅ"), "marie", true},
		{"an apostrophe of either kind", name("O’Brien"), "o'brien", true},
		{"an apostrophe left out", name("O'Brien"), "OBrien", true},
		{"half of a double name", name("Smith-Jones"), "jones", true},
		{"Arabic with and without marks", name("مُحَمَّد"), "محمد", true},
		{"nothing at all", name("Amira"), " - ", false},
		{"other spaces", number("07700 900001"), "077 00 90 00 01", true},
		{"with the country", number("07700 900001"), "+44 7700 900001", true},
		{"with the country and a nought", number("+44 (0)7700 900001"), "0044 7700-900001", true},
		{"another script", number("07700 900001"), "٠٧٧٠٠ ٩٠٠٠٠١", true},
		{"another number", number("07700 900001"), "07700 900002", false},
		{"the end of it", number("07700 900001"), "900001", false},
		{"an emergency number", number("999"), "999", false},
		{"a reference", ref("14/20345/26"), "14-20345 26", true},
		{"letters of a reference", ref("CR/26 77"), "cr2677", true},
		{"the start of it", ref("CR/26 77"), "CR26", false},
		{"a person's id is not typed", Handle{HandlePerson, "perpetrator", "00000000000000000000000000000001"}, "00000000000000000000000000000001", false},
	} {
		got := slices.ContainsFunc(Asked(c.asked), c.h.Has)
		if got != c.want {
			t.Errorf("%s: %q asked %q: %v", c.why, c.h.Text, c.asked, got)
		}
	}
}

// TestFoundAsWritten: whatever a handle says finds it, if it finds anything.
func TestFoundAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Handle{rapid.SampledFrom([]string{HandleName, HandleAlias, HandleReference}).Draw(t, "kind"), "client", rapid.String().Draw(t, "text")}
		if len(h.Terms()) > 0 && !slices.ContainsFunc(Asked(h.Text), h.Has) {
			t.Errorf("%q has %q and is not found by it", h.Text, h.Terms())
		}
	})
}
