package casefile

import (
	"reflect"
	"slices"
	"testing"

	"caseledger/schemas"

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

// TestEveryHandle: no type carries a name, number or reference that nobody
// thought of, and what an event has the file has.
func TestEveryHandle(t *testing.T) {
	// The number dialled is not always the client's; what we issued or were
	// given for an export stands in the request.
	not := []string{"contact.attempted", "contact.recorded", "disclosure.exported", "disclosure.receipted", "hold.placed", "attachment.added"}
	for typ, read := range decoders {
		v, err := read([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Reference", "References", "Phone", "Phones", "Number", "Name", "Alias", "Aliases"} {
			if _, has := reflect.TypeOf(v).Elem().FieldByName(name); has && !findable[typ] && !slices.Contains(not, typ) {
				t.Errorf("%s has a %s and is not found by it", typ, name)
			}
		}
	}
	seen := map[string]bool{}
	for _, b := range bodies(t) {
		list, err := HandlesOf(b)
		if err != nil {
			t.Fatalf("%s: %v", b.Type, err)
		}
		f, err := Fold([]Event{{Seq: 1, Stream: 1, At: at("2026-10-26T09:00:00Z"), Body: b}}, Cut{})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Handles(); !slices.Equal(got, list) {
			t.Errorf("%s: the file has %+v, the event %+v", b.Type, got, list)
		}
		seen[b.Type] = seen[b.Type] || len(list) > 0
	}
	for typ := range findable {
		if !seen[typ] {
			t.Errorf("no example of %s has a handle", typ)
		}
	}
}

// What is misfiled is about somebody else.
func TestMisfiledIsNotFound(t *testing.T) {
	c := newChain(t)
	c.add("2026-10-26T09:00:00+00:00", schemas.ClientRecorded{Made: schemas.Made{From: "live"}, Name: "Zoe Marlow", Initials: "ZM"})
	wrong := c.add("2026-10-26T09:00:00+00:00", schemas.ClientRecorded{Made: schemas.Made{From: "live"}, Name: "Anna Heron", Initials: "AH"})
	f, err := Fold(c.list, Cut{})
	if err != nil || len(f.Handles()) != 2 {
		t.Fatalf("%+v, %v", f.Handles(), err)
	}
	c.add("2026-10-27T09:00:00+00:00", schemas.EntryMisfiled{Made: schemas.Made{From: "live"}, Entry: wrong})
	if f, err = Fold(c.list, Cut{}); err != nil || len(f.Handles()) != 1 || f.Handles()[0].Text != "Zoe Marlow" {
		t.Errorf("%+v, %v", f.Handles(), err)
	}
}
