package whereabouts_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"caseledger/evidence/whereabouts"
)

// TestSlipsAreFound: a street's name with a slip for every four letters or so,
// in any case and spacing, is proposed, and the proposal holds all of it.
func TestSlipsAreFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		letter := rapid.RuneFrom([]rune("abcdefghijklmnopqrstuvwxyzéłü"))
		name := []rune("q" + rapid.StringOfN(letter, 3, 12, -1).Draw(rt, "name") + "x")
		slips := 1
		if len(name) >= 8 {
			slips = rapid.IntRange(0, 2).Draw(rt, "slips")
		}
		written := append([]rune(nil), name...)
		for range slips {
			at := rapid.IntRange(1, len(written)-2).Draw(rt, "at")
			kinds := 3 // two slips in one place, one of them an exchange, count three
			if slips > 1 {
				kinds = 2
			}
			switch rapid.IntRange(0, kinds).Draw(rt, "slip") {
			case 0:
				written = append(written[:at], written[at+1:]...)
			case 1:
				written = append(written[:at], append([]rune{'z'}, written[at:]...)...)
			case 2:
				written[at] = 'z'
			case 3:
				written[at], written[at+1] = written[at+1], written[at]
			}
		}
		house := rapid.SampledFrom([]string{"", "12 ", "Flat 3, 12 "}).Draw(rt, "house")
		gap := rapid.SampledFrom([]string{" ", "-", "_", "  ", "\n", "\u00a0"}).Draw(rt, "gap")
		place := house + string(written) + gap + rapid.SampledFrom([]string{"Street", "street", "STREET", "St"}).Draw(rt, "street")
		if rapid.Bool().Draw(rt, "upper") {
			place = strings.ToUpper(place)
		}
		all := []whereabouts.Event{
			event(t, 1, "client.recorded", `{"address":{"lines":["Flat 3","12 `+string(name)+` Street"],"postcode":null,"secret":true}}`),
			contact(t, 2, "We are at "+place+" and nobody knows."),
		}
		got := propose(t, all, all[1:], nil)
		if len(got) == 0 {
			rt.Fatalf("%q is not proposed for %q", place, string(name))
		}
		held := ""
		for _, p := range got {
			held += words(&all[1], p.Leaf, p.Leaves) + " "
		}
		if !strings.Contains(strings.Join(strings.Fields(held), " "), strings.Join(strings.Fields(place), " ")) {
			rt.Fatalf("%q is proposed as %q", place, held)
		}
	})
}

// check holds what must be true of every answer.
func check(t testing.TB, all, scope []whereabouts.Event, earlier []whereabouts.Decision) {
	t.Helper()
	l, err := whereabouts.New(all)
	if err != nil {
		return // too large a list
	}
	got, err := l.Propose(context.Background(), scope, earlier)
	if err != nil {
		t.Fatal(err)
	}
	var closings []whereabouts.Closing
	var last whereabouts.Proposal
	for _, p := range got {
		if p.Seq < last.Seq || p.Seq == last.Seq && p.Leaf < last.Leaf+last.Leaves {
			t.Fatalf("%+v does not follow %+v", p, last)
		}
		last = p
		e := &scope[p.Seq-2]
		if p.Leaves == 0 {
			if p.Path != "" || p.Leaf != 0 || p.Match != whereabouts.MatchCarried {
				t.Fatalf("a whole event: %+v", p)
			}
		} else {
			if p.Leaf+p.Leaves > uint64(len(e.Parts)) {
				t.Fatalf("%+v ends behind the event", p)
			}
			path := p.Path
			if p.From != nil {
				path = fmt.Sprintf("%s/%d", p.Path, *p.From)
			}
			if e.Parts[p.Leaf].Path != path {
				t.Fatalf("%+v begins at %s", p, e.Parts[p.Leaf].Path)
			}
		}
		closings = append(closings, whereabouts.Closing{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves, Code: p.Code})
	}
	again, err := l.Propose(context.Background(), scope, earlier)
	if err != nil || !reflect.DeepEqual(got, again) {
		t.Fatalf("proposed another time: %v", err)
	}
	left, err := l.Left(context.Background(), scope, closings)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		for _, c := range closings {
			if c.Seq == f.Seq && (c.Leaves == 0 || f.Leaf < c.Leaf+c.Leaves && c.Leaf < f.Leaf+f.Leaves) {
				t.Fatalf("%+v is left, and closed", f)
			}
		}
	}
	// Decided once, nothing is new the next time.
	d := whereabouts.Decision{Seq: 9, Closings: closings}
	for _, c := range closings {
		d.Outcomes = append(d.Outcomes, whereabouts.Decided{Closing: c, Outcome: whereabouts.OutcomeClosed})
	}
	carried, err := l.Propose(context.Background(), scope, append(earlier, d))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range closings {
		found := false
		for _, p := range carried {
			found = found || p.Seq == c.Seq && p.Leaf <= c.Leaf && p.Leaf+p.Leaves >= c.Leaf+c.Leaves
		}
		if !found {
			t.Fatalf("%+v is not carried over", c)
		}
	}
}

// FuzzPropose: whatever list and text, and whatever was decided, the proposals
// are words of the text, apart from each other, and the same each time.
func FuzzPropose(f *testing.F) {
	f.Add("31 Tallow Street", "ZZ8 2HT", "07700 900412", "at 31 tallow st, zz82ht, ring 0 7700 900-412", uint64(4), uint64(3))
	f.Add("灯塔路31号", "", "۰۷۷۰۰", "我们住在灯塔路31号没有人知道", uint64(0), uint64(0))
	f.Add("The Old Toll House, Bridge Lane", "SE1 2AB", "oh double", "double double seven Bridge Lane\u202e\u0301", uint64(9), uint64(99))
	f.Add("ਨਾਨਕ ਗਲੀ", "ZZ8", "+44", "ਨਾਨਕ ਗਲੀ ", uint64(1<<63), uint64(1<<63))
	f.Fuzz(func(t *testing.T, line, postcode, phone, text string, leaf, leaves uint64) {
		for _, s := range []string{line, postcode, phone, text} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' }) {
				t.Skip()
			}
		}
		all := []whereabouts.Event{
			event(t, 1, "client.recorded", `{"address":{"lines":[`+quote(line)+`],"postcode":`+quote(postcode)+`,"secret":true},"phone":`+quote(phone)+`}`),
			contact(t, 2, text, line),
			event(t, 3, "contact.corrected", `{"corrects":{"seq":2,"statement":0},"text":`+quote(text)+`}`),
		}
		check(t, all, all[1:], nil)
		check(t, all, all[1:], []whereabouts.Decision{{Seq: 7, Closings: []whereabouts.Closing{{Seq: 2, Leaf: leaf, Leaves: leaves, Code: "P"}}}})
	})
}

func BenchmarkPropose(b *testing.B) {
	all := []whereabouts.Event{event(b, 1, "client.recorded", address)}
	for i := range uint64(20) {
		all = append(all, event(b, 2+i, "client.recorded", fmt.Sprintf(`{"address":{"lines":["%d %c%cmere Terrace","Larch%ctown"],"postcode":"ZZ%d 2HT","secret":true},"phone":"07700 9004%d"}`, i, 'a'+rune(i), 'b'+rune(i), 'a'+rune(i), i%9+1, 10+i)))
	}
	text := "He rang at half past two from the station and said that he would wait for her there; she did not answer, and took the other way home with Robin. "
	first := uint64(len(all)) + 1
	for i := range uint64(1000) {
		all = append(all, contact(b, first+i, text, text, text, text, text, text))
	}
	l, err := whereabouts.New(all)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(1000 * 6 * len(text)))
	for b.Loop() {
		if _, err := l.Propose(context.Background(), all[first-1:], nil); err != nil {
			b.Fatal(err)
		}
	}
}
