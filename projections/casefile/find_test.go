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
		{"its last six digits", number("07700 900001"), "900 001", true},
		{"its last six digits, with noughts before", number("07700 000012"), "000012", true},
		{"fewer of its last digits", number("07700 900001"), "00001", false},
		{"more of its last digits", number("07700 900001"), "0900001", false},
		{"six digits in the middle", number("07700 900001"), "770090", false},
		{"the end of a short number", number("020 9000"), "209000", true},
		{"the end of a number that is no whole one", number("1 900001"), "900001", false},
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
	// What we issued or were given for an export stands in the request.
	not := []string{"disclosure.exported", "disclosure.receipted", "hold.placed", "attachment.added"}
	for typ, d := range decoders {
		v, err := d.read([]byte("{}"))
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

// TestNamed: whom any event names is a person of the case, and one whom nothing
// records, or an order that nothing records, is flagged; recorded at any time,
// before or after, is recorded.
func TestNamed(t *testing.T) {
	const him, another, child = "00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000003"
	live := schemas.Made{From: "live"}
	c := newChain(t)
	r := referral("2026-10-24T09:00:00+00:00")
	r.Perpetrators = []string{him}
	c.add("2026-10-24T09:00:00+00:00", r)
	c.add("2026-10-24", schemas.PerpetratorStatus{Made: live, Person: another, Status: "bailed"})
	c.add("2026-10-24", schemas.CourtRecorded{Made: live, Perpetrators: []string{him, another}, Order: ptr("o1")})
	if got := c.flags(c.fold(Cut{})); got != "not-found not-found not-found not-found not-found" {
		t.Errorf("before anybody was recorded: %s", got)
	}
	c.add("2026-10-25", schemas.PersonRecorded{Made: live, Person: him, Role: "perpetrator", Relation: "partner", Initials: ptr("PX")})
	c.add("2026-10-25", schemas.OrderRecorded{Made: live, Order: "o1", Against: []string{him}, Protects: []string{"The client"}})
	c.add("2026-10-25", schemas.ChildRecorded{Made: live, Child: child, Initials: "CX"})
	f := c.fold(Cut{})
	if got := c.flags(f); got != "not-found not-found" || f.Flags[0].Seq != 2 || f.Flags[1].Seq != 3 {
		t.Errorf("with one of them: %s, %+v", got, f.Flags)
	}
	want := []Named{{him, "PX", "perpetrator", "partner"}, {child, "CX", "child", "child"}, {another, "", "perpetrator", ""}}
	if got := f.Named(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	// As happened by an earlier day: she or he is recorded, if later.
	if got := c.flags(c.fold(Cut{HappenedBy: at("2026-10-24T23:00:00Z")})); got != "not-found not-found" {
		t.Errorf("as happened: %s", got)
	}
	// A misfiled entry records nobody.
	c.add("2026-10-25", schemas.EntryMisfiled{Made: live, Entry: 4})
	if got := c.flags(c.fold(Cut{})); got != "not-found not-found not-found not-found not-found" {
		t.Errorf("misfiled: %s", got)
	}
}
