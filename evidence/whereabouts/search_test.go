package whereabouts

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slipsBetween is the edit distance with exchanges, the plain way.
func slipsBetween(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for k := range d[0] {
		d[0][k] = k
	}
	for i := 1; i <= len(a); i++ {
		for k := 1; k <= len(b); k++ {
			cost := 1
			if a[i-1] == b[k-1] {
				cost = 0
			}
			d[i][k] = min(d[i-1][k-1]+cost, d[i-1][k]+1, d[i][k-1]+1)
			if i > 1 && k > 1 && a[i-1] == b[k-2] && a[i-2] == b[k-1] {
				d[i][k] = min(d[i][k], d[i-2][k-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// TestScanFindsAll holds the bit vectors against the plain way: of all runs of
// whole tokens that are within the slips, each ends in a find, or overlaps one
// that is as close.
func TestScanFindsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abcde")), 1, 7, -1)
		text := strings.Join(rapid.SliceOfN(word, 1, 12).Draw(t, "text"), " ")
		name := rapid.StringOfN(rapid.RuneFrom([]rune("abcde")), 1, 14, -1).Draw(t, "name")
		// As slipsOf has it. With more, a find could be hidden by a closer one
		// that it shares a token with.
		slips := rapid.IntRange(0, min(3, (len(name)-1)/3)).Draw(t, "slips")

		l := &List{byKey: map[string]int{}}
		l.add(pattern{src: &source{code: codeWhereabouts}, chars: []rune(name), slips: slips, match: MatchExact})
		l.index()
		s := l.search(false)
		r := s.reader.read([]string{text}, 0)
		s.prepare(r)
		hits := s.scan(nil, r, &l.list[0])
		for _, h := range hits {
			span := r.chars[r.tokens[h.from].at:r.tokens[h.to].end]
			if got := slipsBetween([]rune(name), span); got != h.slips || got > slips {
				t.Fatalf("%q in %q: %q has %d slips, said to have %d of %d", name, text, string(span), got, h.slips, slips)
			}
		}
		for from := range r.tokens {
			for to := from; to < len(r.tokens); to++ {
				got := slipsBetween([]rune(name), r.chars[r.tokens[from].at:r.tokens[to].end])
				if got > slips {
					continue
				}
				covered := false
				for _, h := range hits {
					covered = covered || h.from <= to && from <= h.to && h.slips <= got
				}
				if !covered {
					t.Fatalf("%q in %q: tokens %d to %d have %d slips of %d and are not found", name, text, from, to, got, slips)
				}
			}
		}
		if missing := !s.possible(&l.list[0]); missing && len(hits) > 0 {
			t.Fatalf("%q in %q is found, and said to be impossible", name, text)
		}
	})
}

func TestOneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123")), 4, 8, -1)
		a, b := digits.Draw(t, "a"), digits.Draw(t, "b")
		if got, want := oneSlip(a, b), slipsBetween([]rune(a), []rune(b)) == 1; got != want {
			t.Fatalf("%s, %s: %v", a, b, got)
		}
	})
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		name, span string
		want       int
	}{
		{"vale", "harrowmerevale", 0}, {"vale", "harrowmereall", 2}, {"tallow", "31tlalowstreet", 1}, {"tallow", "", 6},
	} {
		if got := within([]rune(c.name), []rune(c.span)); got != c.want {
			t.Errorf("%s in %s: %d, want %d", c.name, c.span, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	rd := newReader()
	for _, c := range []struct{ in, want string }{
		{"Coopers’ Yard", "coopers yard"},
		{"TALLOW-street", "tallow street"},
		{"31A Tallow St.", "31 a tallow street"},
		{"TallowStreet31.jpg", "tallow street 31 jpg"},
		{"Żółta Łódź", "zolta lodz"},
		{"Tŷ Gwyn, Llŷn", "ty gwyn llyn"},
		{"ﬁeld ７Ａ", "field 7 a"},
		{"Straße", "strasse"},
		{"Tal\u00adlow\u200b Str\u200deet", "tallow street"},
		{"Quai de l'E\u0301toile", "quai de l etoile"},
		{"مَدْرَسَة الأمل", "مدرسه الامل"},
		{"گلی ۳۱", "گلي 31"},
		{"ਨਾਨਕ ਗਲੀ ੩੧", "ਨਾਨਕ ਗਲੀ 31"},
		{"ਸ਼ਹਿਰ ਸ਼ਹਿਰ", "ਸਹਿਰ ਸਹਿਰ"},
		{"北京路31号", "北 京 路 31 号"},
		{"Κάστρο", "καστρο"},
	} {
		r := rd.read([]string{c.in}, 0)
		var got []string
		for i := range r.tokens {
			got = append(got, r.text(i))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %q, want %q", c.in, s, c.want)
		}
	}
}
