package whereabouts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/evidence/whereabouts"
	"caseledger/internal/story"
)

// event makes an event of some data, in any JSON.
func event(t testing.TB, seq uint64, typ, data string) whereabouts.Event {
	t.Helper()
	canonical, err := events.Canonicalize([]byte(data))
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	body, err := events.EncodeBody(typ, 1, "staff-07", []byte("null"), canonical)
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	parts, err := events.Flatten(body)
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return whereabouts.Event{Seq: seq, Parts: parts}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// contact is a contact with statements.
func contact(t testing.TB, seq uint64, texts ...string) whereabouts.Event {
	t.Helper()
	var list []string
	for _, text := range texts {
		list = append(list, `{"kind":"client-words","speaker":"client","text":`+quote(text)+`}`)
	}
	return event(t, seq, "contact.recorded", `{"channel":"phone","number":null,"place":null,"statements":[`+strings.Join(list, ",")+`]}`)
}

// words returns what a proposal would close.
func words(e *whereabouts.Event, leaf, leaves uint64) string {
	var b strings.Builder
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Index >= leaf && p.Index < leaf+leaves && !p.Decoy {
			var s string
			_ = json.Unmarshal([]byte(p.Value), &s)
			b.WriteString(s)
		}
	}
	return strings.TrimSpace(b.String())
}

func propose(t testing.TB, all, scope []whereabouts.Event, earlier []whereabouts.Decision) []whereabouts.Proposal {
	t.Helper()
	l, err := whereabouts.New(all)
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.Propose(context.Background(), scope, earlier)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// said proposes over one text and returns what each proposal holds and how it
// matches.
func said(t testing.TB, all []whereabouts.Event, text string) []string {
	t.Helper()
	e := contact(t, uint64(len(all)+1), text)
	var out []string
	for _, p := range propose(t, append(slices.Clone(all), e), []whereabouts.Event{e}, nil) {
		out = append(out, fmt.Sprintf("%s %s %s: %s", p.Code, p.Match, p.Of.Kind, words(&e, p.Leaf, p.Leaves)))
	}
	return out
}

const address = `{"address":{"lines":["Flat 2","31 Tallow Street","Saltby Quay"],"postcode":"ZZ8 2HT","secret":true},"email":"wren@example.org","phone":"07700 900412"}`

// TestKinds: every kind of entry is found, by what it is found by.
func TestKinds(t *testing.T) {
	client := event(t, 1, "client.recorded", address)
	for _, c := range []struct {
		name string
		list []whereabouts.Event
		text string
		want []string
	}{
		{"address", []whereabouts.Event{client}, "We live at Flat 2, 31 Tallow Street, Saltby Quay, and nobody knows.", []string{"A exact address: Flat 2, 31 Tallow Street, Saltby Quay,"}},
		{"street alone", []whereabouts.Event{client}, "It is in tallow street, you know.", []string{"A exact address: tallow street,"}},
		{"another number", []whereabouts.Event{client}, "He rang at 33 Tallow Street by mistake", []string{"A exact address: 33 Tallow Street"}},
		{"letter beside the number", []whereabouts.Event{client}, "at 31A Tallow St. today", []string{"A exact address: 31A Tallow St."}},
		{"number in words", []whereabouts.Event{client}, "it is thirty-one Tallow Street", []string{"A exact address: thirty-one Tallow Street"}},
		{"number and name", []whereabouts.Event{client}, "the one at 31 tallow", []string{"A exact address: 31 tallow"}},
		{"bare name", []whereabouts.Event{client}, "He asked her about Tallow again.", []string{"A place address: Tallow"}},
		{"bare town", []whereabouts.Event{client}, "She took the bus to Saltby.", []string{"A place address: Saltby."}},
		{"town of two words", []whereabouts.Event{client}, "they went to saltby quay", []string{"A exact address: saltby quay"}},
		{"text without capitals", []whereabouts.Event{client}, "i am in saltby now", []string{"A place address: saltby"}},
		{"hyphens", []whereabouts.Event{client}, "31-Tallow-Street", []string{"A exact address: 31-Tallow-Street"}},
		{"one word", []whereabouts.Event{client}, "near Tallowstreet.", []string{"A exact address: Tallowstreet."}},
		{"two words of one", []whereabouts.Event{client}, "in Tal low Street", []string{"A exact address: Tal low Street"}},
		{"over two lines", []whereabouts.Event{client}, "in Tallow\nStreet", []string{"A exact address: Tallow\nStreet"}},
		{"letter left out", []whereabouts.Event{client}, "in Talow Street", []string{"A near address: Talow Street"}},
		{"letter too many", []whereabouts.Event{client}, "in Talllow Street", []string{"A near address: Talllow Street"}},
		{"other letter", []whereabouts.Event{client}, "in Tullow Street", []string{"A near address: Tullow Street"}},
		{"two exchanged", []whereabouts.Event{client}, "in Tlalow Street", []string{"A near address: Tlalow Street"}},
		{"slip in the kind of street", []whereabouts.Event{client}, "in Tallow Sreet", []string{"A near address: Tallow Sreet"}},
		{"two slips in the kind of street", []whereabouts.Event{client}, "in tallow strt", []string{"A near address: tallow strt"}},
		{"one word behind its number", []whereabouts.Event{client}, "It is 31Tallowstreet.", []string{"A exact address: 31Tallowstreet."}},
		{"one word, abbreviated", []whereabouts.Event{client}, "it is in tallowst now", []string{"A exact address: tallowst"}},
		{"one word with a slip, abbreviated", []whereabouts.Event{client}, "at 31talowst", []string{"A near address: 31talowst"}},
		{"one word, its abbreviation another", []whereabouts.Event{client}, "the tallowsh", nil},
		{"invisible characters", []whereabouts.Event{client}, "in Tal\u00adlow\u200b St\u200dreet", []string{"A exact address: Tal\u00adlow\u200b St\u200dreet"}},
		{"full width", []whereabouts.Event{client}, "Ｔａｌｌｏｗ Ｓｔｒｅｅｔ", []string{"A exact address: Ｔａｌｌｏｗ Ｓｔｒｅｅｔ"}},
		{"postcode", []whereabouts.Event{client}, "It is ZZ8 2HT.", []string{"A postcode address: ZZ8 2HT."}},
		{"postcode, no space", []whereabouts.Event{client}, "it is zz82ht", []string{"A postcode address: zz82ht"}},
		{"postcode, spelled", []whereabouts.Event{client}, "it is Z Z 8, 2 H T, yes", []string{"A postcode address: Z Z 8, 2 H T,"}},
		{"postcode, hyphen", []whereabouts.Event{client}, "ZZ8-2HT", []string{"A postcode address: ZZ8-2HT"}},
		{"postcode, a neighbour's", []whereabouts.Event{client}, "it is ZZ8 2HJ", []string{"A near address: ZZ8 2HJ"}},
		{"half a postcode", []whereabouts.Event{client}, "somewhere in ZZ8", []string{"A place address: ZZ8"}},
		{"postcode on no list", []whereabouts.Event{client}, "it is ZY1 7QD there", []string{"A postcode unlisted: ZY1 7QD"}},
		{"phone", []whereabouts.Event{client}, "Ring 07700 900412.", []string{"A phone phone: 07700 900412."}},
		{"phone, other groups", []whereabouts.Event{client}, "ring 0 7700-900-412", []string{"A phone phone: 0 7700-900-412"}},
		{"phone, one group", []whereabouts.Event{client}, "ring 07700900412", []string{"A phone phone: 07700900412"}},
		{"phone, abroad", []whereabouts.Event{client}, "ring +44 7700 900412", []string{"A phone phone: +44 7700 900412"}},
		{"phone, abroad, brackets", []whereabouts.Event{client}, "ring +44 (0)7700 900 412", []string{"A phone phone: +44 (0)7700 900 412"}},
		{"phone, abroad, noughts", []whereabouts.Event{client}, "ring 00447700900412", []string{"A phone phone: 00447700900412"}},
		{"phone, dots", []whereabouts.Event{client}, "ring 07700.900.412", []string{"A phone phone: 07700.900.412"}},
		{"phone, Urdu digits", []whereabouts.Event{client}, "نمبر ۰۷۷۰۰ ۹۰۰۴۱۲ ہے", []string{"A phone phone: ۰۷۷۰۰ ۹۰۰۴۱۲"}},
		{"phone, read out", []whereabouts.Event{client}, "oh double seven double oh, nine double oh, four one two", []string{"A phone phone: oh double seven double oh, nine double oh, four one two"}},
		{"phone, last six", []whereabouts.Event{client}, "it ends in 900412", []string{"A phone phone: 900412"}},
		{"phone, a slip", []whereabouts.Event{client}, "ring 07700 900421", []string{"A near phone: 07700 900421"}},
		{"phone, a digit short", []whereabouts.Event{client}, "ring 07700 90042", []string{"A near phone: 07700 90042"}},
		{"phone on no list", []whereabouts.Event{client}, "ring 01632 960555", []string{"A phone unlisted: 01632 960555"}},
		{"email", []whereabouts.Event{client}, "write to Wren@Example.org", []string{"A exact email: Wren@Example.org"}},
		{"email, a slip", []whereabouts.Event{client}, "write to wern@example.org", []string{"A near email: wern@example.org"}},
		{"file name", []whereabouts.Event{client}, "IMG_2026_TallowStreet31_zz82ht.jpg", []string{"A exact address: IMG_2026_TallowStreet31_zz82ht.jpg"}},
		{"file name with escapes", []whereabouts.Event{client}, "31%20tallow%20street.pdf", []string{"A near address: 31%20tallow%20street.pdf"}},

		{"past address", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["9 Cooper's Yard","Harrowmere"],"postcode":"ZZ3 7QD","secret":false}}`), event(t, 2, "client.recorded", address)},
			"from coopers yard to Tallow Street", []string{"A exact address: coopers yard", "A exact address: Tallow Street"}},
		{"town of an address that is no secret", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["9 Cooper's Yard","Harrowmere"],"postcode":"ZZ3 7QD","secret":false}}`)},
			"at Harrowmere Crown Court", nil},
		{"school", []whereabouts.Event{event(t, 1, "child.recorded", `{"school":{"name":"Kestrel Lane primary school","secret":true},"social_worker":{"phone":"01632 960288"}}`)},
			"He was outside Kestrel Lane school; her number is 01632-960288", []string{"A exact school: Kestrel Lane school;", "P phone phone: 01632-960288"}},
		{"school, shorter", []whereabouts.Event{event(t, 1, "child.recorded", `{"school":{"name":"Kestrel Lane primary school","secret":false}}`)},
			"at kestrel school, kestrel primary, kestral school", []string{"A exact school: kestrel school, kestrel primary, kestral school"}},
		{"school, called one", []whereabouts.Event{event(t, 1, "child.recorded", `{"school":{"name":"Lighthouse Primary","secret":false}}`)}, "the lighthouse school", []string{"A exact school: lighthouse school"}},
		{"school that nobody recorded", nil, "Robin has only been at Lighthouse Primary since September", []string{"A place unlisted: Lighthouse Primary"}},
		{"street that nobody recorded", nil, "in Old Mill Lane", []string{"A place unlisted: Old Mill Lane"}},
		{"somebody else's address", []whereabouts.Event{event(t, 1, "person.recorded", `{"role":"family","lives_with_client":"no","phones":["07700 900377"],"emails":["sorrel@example.org"],"address":{"lines":["5 Weir Terrace"],"postcode":null,"secret":false}}`)},
			"she is at 5 Weir Terrace, 07700900377, sorrel@example.org", []string{"P exact address: 5 Weir Terrace,", "P phone phone: 07700900377,", "P exact email: sorrel@example.org"}},
		{"perpetrator's own", []whereabouts.Event{event(t, 1, "person.recorded", `{"role":"perpetrator","lives_with_client":"no","phones":[],"emails":[],"address":{"lines":["5 Weir Wynd"],"postcode":null,"secret":false}}`)},
			"he is at 5 Weir Wynd", nil},
		{"perpetrator's who lives with her", []whereabouts.Event{event(t, 1, "person.recorded", `{"role":"perpetrator","lives_with_client":"yes","phones":[],"emails":[],"address":{"lines":["5 Weir Terrace"],"postcode":null,"secret":false}}`)},
			"at 5 Weir Terrace", []string{"A exact address: 5 Weir Terrace"}},
		{"safe places of old", []whereabouts.Event{event(t, 1, "safe-contact.set", `{"channels":[{"channel":"phone","address":"07700 900587"},{"channel":"email","address":"w@example.org"},{"channel":"visit","address":"the boathouse at Fennel Weir"}],"places":["The back room of the wool shop"]}`)},
			"the owner of the wool shop has 07700 900 587 and w@example.org; not the Fennel Weir boathouse", []string{"A exact place: wool shop", "A phone phone: 07700 900 587", "A exact email: w@example.org;", "A exact address: Fennel Weir boathouse"}},
		{"safe places", []whereabouts.Event{event(t, 1, "safe-contact.set", `{"channels":[],"places":[{"kind":"workplace","place":"Ostler and Marl"},{"kind":"court","place":"Larchmere Assize"},{"kind":"refuge","place":"Fennel House"}]}`)},
			"from Ostler & Marl to Larchmere Assize, then Fennel", []string{"A exact workplace: Ostler & Marl", "A place accommodation: Fennel"}},
		{"appointment", []whereabouts.Event{event(t, 1, "appointment.moved", `{"arranged":{"channel":"in-person","number":null,"place_kind":"agency","place":"Tern Valley surgery"}}`)},
			"at the tern valley surgery", []string{"A exact place: tern valley surgery"}},
		{"contact with a professional", []whereabouts.Event{event(t, 1, "contact.recorded", `{"channel":"phone","number":"01632 960288","with":[{"kind":"professional"}]}`)},
			"01632 960288", []string{"P phone phone: 01632 960288"}},
		{"attempt", []whereabouts.Event{event(t, 1, "contact.attempted", `{"channel":"text","number":"07700 900587"}`)}, "7700900587", []string{"A phone phone: 7700900587"}},
		{"code word", []whereabouts.Event{event(t, 1, "safe-contact.set", `{"channels":[],"code_word":"Marigold","places":[]}`)}, "I said marigold, and hung up", []string{"A exact code-word: marigold,"}},
		{"helpline", []whereabouts.Event{event(t, 1, "helpline.contact", `{"channel":"phone","caller":"family","number":"07700 900587"}`)}, "07700900587", []string{"P phone phone: 07700900587"}},
		{"handover", []whereabouts.Event{event(t, 1, "handover.given", `{"call_back":{"channel":"phone","number":"07700 900587","code_word":"two kettles"}}`)}, "07700900587; two kettles", []string{"A phone phone: 07700900587;", "A exact code-word: two kettles"}},
		{"refuge that was asked", []whereabouts.Event{event(t, 1, "accommodation.sought", `{"provider":"Tern House"}`)}, "They said that Tern House is full", []string{"A exact accommodation: Tern House"}},
		{"accommodation", []whereabouts.Event{event(t, 1, "accommodation.placed", `{"provider":"Northmoor housing department","address":{"lines":["Room 12","Harbour Lodge","Northmoor"],"postcode":"ZZ9 7HL","secret":false}}`)},
			"Room 12 at Harbour Lodge, in Northmoor.", []string{"A exact accommodation: Harbour Lodge,", "A place accommodation: Northmoor."}},
		{"meeting", []whereabouts.Event{event(t, 1, "meeting.recorded", `{"place":"Kestrel Lane primary school"}`)}, "at kestrel lane", []string{"A exact place: kestrel lane"}},
		{"agency", []whereabouts.Event{event(t, 1, "agency.involved", `{"phone":"01632 960555","email":"duty@example.org"}`)}, "960555 or duty@example.org", []string{"P phone phone: 960555", "P exact email: duty@example.org"}},
		{"transfer", []whereabouts.Event{event(t, 1, "case.transferred", `{"direction":"out","area":"Larchmere","contact":"01632 960417"}`)}, "to Larchmere, 01632 960417", []string{"A place place: Larchmere,", "P phone phone: 01632 960417"}},
		{"equipment", []whereabouts.Event{event(t, 1, "equipment.provided", `{"serial":"VD-00417-B"}`)}, "serial number vd00417b", []string{"A exact equipment: vd00417b"}},
		{"misfiled: another client's", []whereabouts.Event{event(t, 1, "client.recorded", address), event(t, 2, "entry.misfiled", `{"entry":1}`)}, "in Tallow Street", []string{"X exact address: Tallow Street"}},

		{"Polish", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["ul. Żeglarska 7","Łódź"],"postcode":"00-950","secret":true}}`)},
			"To jest ul. Zeglarska! 00 950, Lodz", []string{"A exact address: ul. Zeglarska! 00 950, Lodz"}},
		{"words for places alone, not a road", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["4 Park View"],"postcode":null,"secret":false}}`)},
			"She lives in Park View, with its view; at 4 park view", []string{"A exact address: Park View,", "A exact address: 4 park view"}},
		{"one word for a place", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["4 The Green"],"postcode":null,"secret":true}}`)},
			"at 4 the green, by the green", []string{"A exact address: 4 the green,"}},
		{"a slip in words for places alone", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["4 Station Road"],"postcode":null,"secret":true}}`)},
			"at Staton Road, 4 statoin road, stationrd; by a staton road, on the nation road", []string{"A exact address: Staton Road, 4 statoin road, stationrd;"}},
		{"short words for places alone", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["4 Park Road"],"postcode":null,"secret":true}}`)},
			"in a dark road, at 4 dark road", nil},
		{"words for places alone", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["4 Station Road"],"postcode":null,"secret":true}}`)},
			"The road to the station is long. At Station Road, no, 4 station road; by a station road", []string{"A exact address: Station Road, no, 4 station road;"}},
		{"Welsh", []whereabouts.Event{event(t, 1, "child.recorded", `{"school":{"name":"Ysgol Tŷ Gwyn","secret":true}}`)}, "yn ysgol Ty Gwyn", []string{"A exact school: ysgol Ty Gwyn"}},
		{"Gurmukhi", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["੩੧ ਨਾਨਕ ਗਲੀ","ਅੰਮ੍ਰਿਤਸਰ"],"postcode":null,"secret":true}}`)},
			"ਅਸੀਂ ਨਾਨਕ ਗਲੀ ਵਿੱਚ ਰਹਿੰਦੇ ਹਾਂ। ਅੰਮ੍ਰਿਤਸਰ ਵਿੱਚ", []string{"A exact address: ਨਾਨਕ ਗਲੀ", "A place address: ਅੰਮ੍ਰਿਤਸਰ"}},
		{"Gurmukhi, a slip", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["ਅੰਮ੍ਰਿਤਸਰ"],"postcode":null,"secret":true}}`)}, "ਅਮ੍ਰਿਤਸਰ ਵਿੱਚ", []string{"A place address: ਅਮ੍ਰਿਤਸਰ"}},
		{"Arabic", []whereabouts.Event{event(t, 1, "child.recorded", `{"school":{"name":"مدرسة الأمل","secret":true}}`)}, "هي في مَدرسه الامل كل يوم", []string{"A exact school: مَدرسه الامل"}},
		{"Urdu", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["۳۱ نانک گلی"],"postcode":null,"secret":true}}`)}, "ہم نانك گلي میں رہتے ہیں", []string{"A exact address: نانك گلي"}},
		{"Chinese", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["灯塔路31号","盐镇"],"postcode":null,"secret":true}}`)}, "我们住在灯塔路31号没有人知道", []string{"A exact address: 我们住在灯塔路31号没有人知道"}},
		{"Chinese, long", []whereabouts.Event{event(t, 1, "client.recorded", `{"address":{"lines":["灯塔路31号","盐镇"],"postcode":null,"secret":true}}`)},
			strings.Repeat("他不知道我们现在的地方", 3) + "灯塔路" + strings.Repeat("他不知道我们现在的地方", 3), []string{"A exact address: 方他不知道我们现在的地方灯塔路他不知道我们"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(t, c.list, c.text); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestSilence: what resembles nothing is left alone.
func TestSilence(t *testing.T) {
	all := []whereabouts.Event{
		event(t, 1, "client.recorded", `{"address":{"lines":["Flat 2","31 Lock Street","Bath"],"postcode":"ZZ8 2HT","secret":true},"email":"wren@example.org","phone":"07700 900412"}`),
		event(t, 2, "safe-contact.set", `{"channels":[],"places":["Her workplace, first-aid room; ask for her manager","Our office",{"kind":"home","place":"Her home, while he is at work until two"}]}`),
		event(t, 3, "equipment.provided", `{"serial":"12"}`),
		event(t, 5, "person.recorded", `{"role":"family","phones":[],"emails":[],"address":{"lines":["5 Weir Terrace"],"postcode":null,"secret":true}}`),
		event(t, 4, "client.recorded", `{"address":{"lines":[],"postcode":null},"phone":"999"}`),
	}
	for _, text := range []string{
		"The lock on the street door is broken; the flat has 2 rooms, both of them cold.",
		"She took a bath at 8. He stood in the street at half past two and asked for her manager.",
		"Ring 999 first and us second. It was 2 October 2026, 14:05 to 14:31, 01/10/2026 11:30.",
		"while he is at work until two, at home, our office, her workplace",
		"Reference 1288 of 1 October; T2026 0417; 4 00 12 000; order NF26 01182; at5 1st floor",
		"on their terrace, with the other terrace; in the terraced street",
		"one two three four five six seven eight nine",
		"", " ", "…!?",
		"5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f",
	} {
		if got := said(t, all, text); len(got) > 0 {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestFields: a value is proposed as a whole; what cannot be closed never is.
func TestFields(t *testing.T) {
	all := []whereabouts.Event{
		event(t, 1, "client.recorded", address),
		event(t, 2, "attachment.added", `{"name":"tallow-street-door.mp4","sha256":"5e8f","from":"the client","number":"31","description":{"text":"The door in Tallow Street by night."}}`),
	}
	got := propose(t, all, all[1:], nil)
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct {
		path  string
		whole bool
	}{{"/data/description/text", false}, {"/data/name", true}} {
		if got[i].Path != want.path || (got[i].From == nil) != want.whole || want.whole && got[i].Leaves != 1 {
			t.Errorf("%+v, want %s", got[i], want.path)
		}
	}
}

// TestLeaves: the leaves of a proposal are those that evidence closes for its
// words, decoys behind the last word included.
func TestLeaves(t *testing.T) {
	all := []whereabouts.Event{event(t, 1, "client.recorded", address), contact(t, 2, "It is Tallow Street", "Tallow Street it is")}
	got := propose(t, all, all[1:], nil)
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct{ from, to int }{{2, 3}, {0, 1}} {
		p, e := got[i], &all[1]
		if *p.From != want.from || *p.To != want.to {
			t.Errorf("words %d to %d, want %d to %d", *p.From, *p.To, want.from, want.to)
		}
		if first := e.Parts[p.Leaf].Path; first != fmt.Sprintf("%s/%d", p.Path, want.from) {
			t.Errorf("leaf %d is %s", p.Leaf, first)
		}
		next := p.Leaf + p.Leaves
		switch {
		case i == 0 && (next%8 != 0 || !e.Parts[next-1].Decoy):
			t.Errorf("the decoys behind the last word stay open: %d leaves from %d", p.Leaves, p.Leaf)
		case i == 1 && p.Leaves != 2:
			t.Errorf("%d leaves for two words", p.Leaves)
		}
	}
}

// TestStory: the proposals over everything that the story would show are few,
// and hold every phone number, the address and the school.
func TestStory(t *testing.T) {
	cases := make(map[string][]whereabouts.Event)
	for _, e := range story.Events() {
		body, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := events.Flatten(body)
		if err != nil {
			t.Fatal(err)
		}
		cases[e.Case] = append(cases[e.Case], whereabouts.Event{Seq: e.Seq, Parts: parts})
	}
	events, values, found := 0, 0, make(map[whereabouts.Match]int)
	var court strings.Builder
	for name, all := range cases {
		var scope []whereabouts.Event
		for _, e := range all {
			for _, p := range e.Parts {
				if p.Path == "/type" && (strings.HasPrefix(p.Value, `"contact.`) || strings.HasPrefix(p.Value, `"attachment.`)) {
					scope = append(scope, e)
				}
				if !p.Decoy {
					values++
				}
			}
		}
		events += len(scope)
		for _, p := range propose(t, all, scope, nil) {
			found[p.Match]++
			if name == "court" {
				i := slices.IndexFunc(scope, func(e whereabouts.Event) bool { return e.Seq == p.Seq })
				court.WriteString(words(&scope[i], p.Leaf, p.Leaves) + "\n")
			}
		}
	}
	t.Logf("%d events in scope of %d cases: %v", events, len(cases), found)
	for _, want := range []string{"Flat 2, 31 Tallow Street, Saltby Quay,", "Lighthouse Primary", "07700 900412", "07700 900587", "wool shop."} {
		if !strings.Contains(court.String(), want+"\n") {
			t.Errorf("the story's court case: not proposed: a %d-character text of the test", len(want))
		}
	}
	if n := found[whereabouts.MatchNear]; n > 0 {
		t.Errorf("%d near finds in a story that is spelled right", n)
	}
	if n := found[whereabouts.MatchExact] + found[whereabouts.MatchPlace]; n > events {
		t.Errorf("%d names and places proposed in %d events", n, events)
	}
}

// TestCarried: what was decided comes back, with its outcome.
func TestCarried(t *testing.T) {
	all := []whereabouts.Event{
		event(t, 1, "client.recorded", address),
		contact(t, 2, "Mrs Finch upstairs took him in. We live in Tallow Street.", "Nothing here."),
		event(t, 3, "contact.corrected", `{"corrects":{"seq":2,"statement":0},"text":"Mrs Finch, upstairs, took Robin in. We live in Tallow Street."}`),
		contact(t, 4, "It is in Tallow Street. Mrs Finch upstairs waves."),
		contact(t, 5, "All of it is another client's."),
	}
	scope := all[1:]
	before := propose(t, all, scope, nil)
	if len(before) != 3 {
		t.Fatalf("%+v", before)
	}
	// Somebody closed the neighbour by hand, the street in 2, and all of 5.
	finch := whereabouts.Closing{Seq: 2, Leaf: leafOf(t, &all[1], "/data/statements/0/text/0"), Leaves: 3, Code: "P"}
	street := whereabouts.Closing{Seq: 2, Leaf: before[0].Leaf, Leaves: before[0].Leaves, Code: "A"}
	whole := whereabouts.Closing{Seq: 5, Code: "X"}
	outside := whereabouts.Closing{Seq: 4, Code: "S"}
	d := whereabouts.Decision{Seq: 6, Closings: []whereabouts.Closing{finch, street, outside, whole},
		Outcomes: []whereabouts.Decided{
			{Closing: street, Outcome: whereabouts.OutcomeClosed},
			{Closing: whereabouts.Closing{Seq: before[2].Seq, Leaf: before[2].Leaf, Leaves: before[2].Leaves, Code: "A"}, Outcome: whereabouts.OutcomeOpen},
		}}
	describe := func(list []whereabouts.Proposal) (out []string) {
		for _, p := range list {
			s := fmt.Sprintf("%d %s %s %s", p.Seq, p.Code, p.Match, words(&all[p.Seq-1], p.Leaf, p.Leaves))
			if p.Earlier != nil {
				s += fmt.Sprintf(" [%d %s %s %s]", p.Earlier.Decision, p.Earlier.Outcome, p.Earlier.Code, p.Earlier.Same)
			}
			out = append(out, s)
		}
		return out
	}
	got := describe(propose(t, all, scope, []whereabouts.Decision{d}))
	want := []string{
		"2 P carried Mrs Finch upstairs [6 closed P place]",
		"2 A exact Tallow Street. [6 closed A place]",
		"3 P carried Mrs Finch, upstairs, [6 closed P statement]",
		"3 A exact Tallow Street. [6 closed A statement]",
		"4 A exact Tallow Street. [6 open A place]",
		"5 X carried  [6 closed X place]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}

	// A decision that took its place and opened the neighbour's name.
	after := whereabouts.Decision{Seq: 7, Replaces: 6, Closings: []whereabouts.Closing{street}}
	got = describe(propose(t, all, all[1:3], []whereabouts.Decision{d, after}))
	want = []string{"2 A exact Tallow Street. [7 closed A place]", "3 A exact Tallow Street. [7 closed A statement]"}
	if !slices.Equal(got, want) {
		t.Errorf("replaced: got  %q\nwant %q", got, want)
	}
	// One of another request that opened it.
	after.Replaces = 0
	after.Outcomes = []whereabouts.Decided{{Closing: finch, Outcome: whereabouts.OutcomeOpen}}
	if got := describe(propose(t, all, all[1:3], []whereabouts.Decision{d, after})); len(got) != 2 {
		t.Errorf("opened since: %q", got)
	}
}

func leafOf(t *testing.T, e *whereabouts.Event, path string) uint64 {
	t.Helper()
	for i := range e.Parts {
		if e.Parts[i].Path == path {
			return e.Parts[i].Index
		}
	}
	t.Fatalf("no part %s", path)
	return 0
}

// TestSentence: closed by hand, a sentence takes the street in it along.
func TestSentence(t *testing.T) {
	all := []whereabouts.Event{event(t, 1, "client.recorded", address), contact(t, 2, "Before. We live in Tallow Street. After.")}
	c := whereabouts.Closing{Seq: 2, Leaf: leafOf(t, &all[1], "/data/statements/0/text/1"), Leaves: 5, Code: "A"}
	got := propose(t, all, all[1:], []whereabouts.Decision{{Seq: 3, Closings: []whereabouts.Closing{c}}})
	if len(got) != 1 || got[0].Leaf != c.Leaf || got[0].Leaves != 5 || got[0].Match != whereabouts.MatchExact || got[0].Earlier == nil || got[0].Earlier.Same != whereabouts.SamePlace {
		t.Errorf("%+v", got)
	}
}

// TestLeft: what stays open is reported, what is closed is not.
func TestLeft(t *testing.T) {
	all := []whereabouts.Event{
		event(t, 1, "client.recorded", address),
		event(t, 2, "client.recorded", `{"address":{"lines":["9 Cooper's Yard","Harrowmere"],"postcode":null,"secret":false}}`),
		contact(t, 3, "We live at 31 Tallow Street, Saltby Quay. It is Tallow. In Harrowmere we had a yard.", "07700 900412"),
		contact(t, 4, "Tallow Street"),
	}
	l, err := whereabouts.New(all)
	if err != nil {
		t.Fatal(err)
	}
	left := func(closings ...whereabouts.Closing) (out []string) {
		list, err := l.Left(context.Background(), all[2:], closings)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			s := fmt.Sprintf("%d %s %s", f.Seq, f.Match, words(&all[f.Seq-1], f.Leaf, f.Leaves))
			if f.Part {
				s += " (part)"
			}
			out = append(out, s)
		}
		return out
	}
	text := leafOf(t, &all[2], "/data/statements/0/text/0")
	eight := contact(t, 5, "one two three Tallow Street", "closed as well")
	all, l = append(all, eight), nil
	if l, err = whereabouts.New(all); err != nil {
		t.Fatal(err)
	}
	list, err := l.Left(context.Background(), []whereabouts.Event{eight}, []whereabouts.Closing{{Seq: 5, Leaf: leafOf(t, &eight, "/data/statements/1/kind"), Leaves: 1, Code: "P"}})
	if err != nil || len(list) != 1 || list[0].Part {
		t.Errorf("beside another value: %+v, %v", list, err)
	}
	all = all[:4]
	got := left()
	want := []string{"3 exact 31 Tallow Street, Saltby Quay.", "3 place Tallow.", "3 place Harrowmere", "3 phone 07700 900412", "4 exact Tallow Street"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	got = left(whereabouts.Closing{Seq: 3, Leaf: text + 5, Leaves: 1, Code: "A"}, whereabouts.Closing{Seq: 3, Leaf: text + 10, Leaves: 1, Code: "A"}, whereabouts.Closing{Seq: 4, Code: "A"})
	want = []string{"3 exact 31 Tallow (part)", "3 exact Saltby Quay. (part)", "3 place Harrowmere", "3 phone 07700 900412"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestLimits: what is too much is refused, and says so.
func TestLimits(t *testing.T) {
	var lines []string
	for i := range whereabouts.MaxPatterns + 2 {
		lines = append(lines, quote(fmt.Sprintf("%c%c%c%c Court", 'b'+i%20, 'b'+i/20%20, 'b'+i/400%20, 'b'+i/8000%20)))
	}
	e := event(t, 1, "client.recorded", `{"address":{"lines":[`+strings.Join(lines, ",")+`],"postcode":null,"secret":true}}`)
	if _, err := whereabouts.New([]whereabouts.Event{e}); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("%d names: %v", len(lines), err)
	}
	l, err := whereabouts.New([]whereabouts.Event{event(t, 1, "client.recorded", address)})
	if err != nil {
		t.Fatal(err)
	}
	big := contact(t, 2, strings.Repeat("word ", 100_000))
	scope := slices.Repeat([]whereabouts.Event{big}, whereabouts.MaxText/500_000+1)
	if _, err := l.Propose(context.Background(), scope, nil); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("%d MiB of text: %v", whereabouts.MaxText>>20, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Propose(ctx, scope[:1], nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := l.Left(ctx, scope[:1], nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
