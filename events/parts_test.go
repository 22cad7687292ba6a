package events_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"caseledger/events"
)

func TestWords(t *testing.T) {
	x64 := strings.Repeat("x", 64)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{""}},
		{"one word", "no", []string{"no"}},
		{"white space follows its word", "I said no.", []string{"I ", "said ", "no."}},
		{"runs of white space", "a  b\n\n c ", []string{"a  ", "b\n\n ", "c "}},
		{"white space in front", " \ta b", []string{" \ta ", "b"}},
		{"white space alone", " \n\t", []string{" \n\t"}},
		{"no white space: joiners and marks", "a\u200bb\u2060c\ufeffd", []string{"a\u200bb\u2060c\ufeffd"}},
		{"all white space ends a word", "a\u0085b\u00a0c\u1680d\u2000e\u200af\u2028g\u2029h\u202fi\u205fj\u3000k\vl\fm\rn",
			[]string{"a\u0085", "b\u00a0", "c\u1680", "d\u2000", "e\u200a", "f\u2028", "g\u2029", "h\u202f", "i\u205f", "j\u3000", "k\v", "l\f", "m\r", "n"}},
		{"64 bytes", x64, []string{x64}},
		{"65 bytes", x64 + "y", []string{x64, "y"}},
		{"64 bytes and a space", x64 + " y", []string{x64, " ", "y"}},
		{"a cut keeps code points whole", "x" + strings.Repeat("é", 32), []string{"x" + strings.Repeat("é", 31), "é"}},
		{"a cut parts what joiners hold together", strings.Repeat("👩\u200d", 10), []string{strings.Repeat("👩\u200d", 9), "👩\u200d"}},
		{"long white space behind a word", "ab" + strings.Repeat(" ", 70) + "c", []string{"ab" + strings.Repeat(" ", 62), strings.Repeat(" ", 8), "c"}},
		{"long white space in front", strings.Repeat(" ", 70) + "ab c", []string{strings.Repeat(" ", 64), strings.Repeat(" ", 6) + "ab ", "c"}},
		{"exactly 64 of white space in front", strings.Repeat(" ", 64) + "ab c", []string{strings.Repeat(" ", 64), "ab ", "c"}},
		{"long white space alone", strings.Repeat("\u3000", 22), []string{strings.Repeat("\u3000", 21), "\u3000"}},
		{"escapes count as one byte", strings.Repeat(`"`, 64) + "b", []string{strings.Repeat(`"`, 64), "b"}},
		{"escaped white space", "a\nb\tc\rd", []string{"a\n", "b\t", "c\r", "d"}},
		{"Gurmukhi", "ਮੈਂ ਠੀਕ ਹਾਂ", []string{"ਮੈਂ ", "ਠੀਕ ", "ਹਾਂ"}},
		{"Arabic", "لا أستطيع", []string{"لا ", "أستطيع"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := events.Words(tt.text)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			// Flatten cuts the escaped text in the same places.
			if strings.ContainsAny(tt.text, "\v\f") {
				return
			}
			parts, err := events.Flatten(bodyWith(`{"text":` + string(events.AppendString(nil, tt.text)) + `}`))
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, p := range parts {
				if p.Kind == events.KindWord {
					values = append(values, p.Value)
				}
			}
			var want []string
			for _, w := range tt.want {
				want = append(want, string(events.AppendString(nil, w)))
			}
			if !slices.Equal(values, want) {
				t.Errorf("Flatten gives %q, want %q", values, want)
			}
		})
	}
}

// The white space rule is Unicode's White_Space property, no more and no less.
func TestWhiteSpaceIsUnicodes(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		if got, want := len(events.Words("a"+string(r)+"b")) == 2, unicode.Is(unicode.White_Space, r); got != want {
			t.Errorf("%U: white space %v, want %v", r, got, want)
		}
	}
}

func TestWordsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(genText(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		words := events.Words(text)
		if strings.Join(words, "") != text {
			t.Fatalf("%q does not join to %q", words, text)
		}
		for i, w := range words {
			if len(w) > events.MaxWord || w == "" && text != "" {
				t.Fatalf("piece %d has %d bytes", i, len(w))
			}
			if utf8.ValidString(text) && !utf8.ValidString(w) {
				t.Fatalf("piece %d cuts a code point: %q", i, w)
			}
			if i == 0 {
				continue
			}
			// A cut has a reason: white space before non-white-space, or 64 bytes.
			before, _ := utf8.DecodeLastRuneInString(words[i-1])
			after, n := utf8.DecodeRuneInString(w)
			natural := unicode.Is(unicode.White_Space, before) && !unicode.Is(unicode.White_Space, after)
			if !natural && len(words[i-1])+n <= events.MaxWord {
				t.Fatalf("cut without a reason between %q and %q", words[i-1], w)
			}
		}
	})
}

func bodyWith(data string) []byte {
	return []byte(`{"actor":"staff-07","data":` + data + `,"occurred":null,"type":"contact.recorded","v":1}`)
}

func TestFlatten(t *testing.T) {
	body := bodyWith(`{"a":{"b":[1,{}],"text":"one two"},"list":[],"text":""}`)
	got, err := events.Flatten(body)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i, p := range got {
		if p.Index != uint64(i) {
			t.Errorf("part %d has index %d", i, p.Index)
		}
		if p.Decoy {
			lines = append(lines, fmt.Sprintf("%d decoy", p.Index))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %d %s %s", p.Index, p.Kind, p.Path, p.Value))
	}
	want := []string{
		`0 1 /actor "staff-07"`,
		`1 1 /data/a/b/0 1`,
		`2 3 /data/a/b/1 {}`,
		`3 2 /data/a/text/0 "one "`,
		`4 2 /data/a/text/1 "two"`,
		`5 decoy`, `6 decoy`, `7 decoy`,
		`8 3 /data/list []`,
		`9 2 /data/text/0 ""`,
		`10 decoy`, `11 decoy`, `12 decoy`, `13 decoy`, `14 decoy`, `15 decoy`,
		`16 1 /occurred null`,
		`17 1 /type "contact.recorded"`,
		`18 1 /v 1`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	back, err := events.Unflatten(got)
	if err != nil || string(back) != string(body) {
		t.Errorf("Unflatten: %s, %v", back, err)
	}
}

func TestFlattenRefuses(t *testing.T) {
	tests := []struct {
		name, data, path string
		kind             error
	}{
		{"text is null", `{"a":[{"text":null}]}`, "/data/a/0/text", events.ErrSyntax},
		{"text is a number", `{"text":1}`, "/data/text", events.ErrSyntax},
		{"text is an object", `{"text":{}}`, "/data/text", events.ErrSyntax},
		{"text is an array", `{"text":["a"]}`, "/data/text", events.ErrSyntax},
		{"a part too many", `{"a":[` + strings.Repeat("1,", events.MaxParts-4) + `1]}`, "/v", events.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := events.Flatten(bodyWith(tt.data))
			var se *events.SyntaxError
			if !errors.As(err, &se) || se.Path != tt.path || !errors.Is(err, tt.kind) {
				t.Errorf("got %v, want %v at %s", err, tt.kind, tt.path)
			}
		})
	}
	// actor, occurred, type and v are four parts more.
	parts, err := events.Flatten(bodyWith(`{"a":[` + strings.Repeat("1,", events.MaxParts-5) + `1]}`))
	if err != nil || len(parts) != events.MaxParts {
		t.Errorf("%d parts, %v", len(parts), err)
	}
}

func TestUnflattenIsTheInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := genBody().Draw(t, "body")
		parts, err := events.Flatten(body)
		if err != nil {
			t.Fatal(err)
		}
		back, err := events.Unflatten(parts)
		if err != nil || string(back) != string(body) {
			t.Fatalf("%q comes back as %q, %v", body, back, err)
		}
		parts = slices.DeleteFunc(parts, func(p events.Part) bool { return p.Decoy })
		back, err = events.Unflatten(parts)
		if err != nil || string(back) != string(body) {
			t.Fatalf("without decoys: %q comes back as %q, %v", body, back, err)
		}
	})
}

func TestUnflattenRefuses(t *testing.T) {
	whole := func() []events.Part {
		parts, err := events.Flatten(bodyWith(`{"a":{"b":[1,{}],"text":"one two"},"list":[],"z":"s"}`))
		if err != nil {
			t.Fatal(err)
		}
		return parts
	}
	tests := []struct {
		name string
		edit func(p []events.Part) []events.Part
	}{
		{"nothing", func([]events.Part) []events.Part { return nil }},
		{"decoys only", func(p []events.Part) []events.Part { return p[5:8] }},
		{"first dropped", func(p []events.Part) []events.Part { return p[1:] }},
		{"last dropped", func(p []events.Part) []events.Part { return p[:len(p)-1] }},
		{"one dropped in the middle", func(p []events.Part) []events.Part { return slices.Delete(p, 2, 3) }},
		{"word dropped", func(p []events.Part) []events.Part { return slices.Delete(p, 3, 4) }},
		{"swapped", func(p []events.Part) []events.Part { p[8], p[9] = p[9], p[8]; return p }},
		{"twice", func(p []events.Part) []events.Part { return slices.Insert(p, 1, p[0]) }},
		{"one more behind", func(p []events.Part) []events.Part { return append(p, p[len(p)-1]) }},
		{"word for a scalar", func(p []events.Part) []events.Part { p[9].Kind = events.KindWord; return p }},
		{"scalar for a word", func(p []events.Part) []events.Part { p[3].Kind = events.KindScalar; return p }},
		{"scalar for an empty array", func(p []events.Part) []events.Part { p[8].Kind = events.KindScalar; return p }},
		{"no kind", func(p []events.Part) []events.Part { p[0].Kind = 0; return p }},
		{"unknown kind", func(p []events.Part) []events.Part { p[0].Kind = 4; return p }},
		{"another index", func(p []events.Part) []events.Part { p[9].Index++; return p }},
		{"empty path", func(p []events.Part) []events.Part { p[0].Path = ""; return p }},
		{"root path", func(p []events.Part) []events.Part { p[0].Path = "/"; return p }},
		{"path without slash", func(p []events.Part) []events.Part { p[0].Path = "actor"; return p }},
		{"path with slash last", func(p []events.Part) []events.Part { p[0].Path = "/actor/"; return p }},
		{"path with two slashes", func(p []events.Part) []events.Part { p[1].Path = "/data//b/0"; return p }},
		{"path with an escape", func(p []events.Part) []events.Part { p[0].Path = "/~0ctor"; return p }},
		{"path with a quote", func(p []events.Part) []events.Part { p[0].Path = `/actor":1,"b`; return p }},
		{"array index out of turn", func(p []events.Part) []events.Part { p[2].Path = "/data/a/b/2"; return p }},
		{"array index with zero", func(p []events.Part) []events.Part { p[2].Path = "/data/a/b/01"; return p }},
		{"member in an array", func(p []events.Part) []events.Part { p[2].Path = "/data/a/b/c"; return p }},
		{"index in an object", func(p []events.Part) []events.Part { p[8].Path = "/data/1"; return p }},
		{"word number out of turn", func(p []events.Part) []events.Part { p[4].Path = "/data/a/text/2"; return p }},
		{"word of a member not named text", func(p []events.Part) []events.Part {
			p[3].Path, p[4].Path = "/data/a/texu/0", "/data/a/texu/1"
			return p
		}},
		{"words cut elsewhere", func(p []events.Part) []events.Part { p[3].Value, p[4].Value = `"one"`, `" two"`; return p }},
		{"word too long", func(p []events.Part) []events.Part {
			p[4].Value = `"` + strings.Repeat("x", 65) + `"`
			return p
		}},
		{"word without quotes", func(p []events.Part) []events.Part { p[4].Value = `two`; return p }},
		{"word of one quote", func(p []events.Part) []events.Part { p[4].Value = `"`; return p }},
		{"word that ends the string", func(p []events.Part) []events.Part { p[4].Value = `"two","zz":"a"`; return p }},
		{"value with white space", func(p []events.Part) []events.Part { p[1].Value = " 1"; return p }},
		{"value of two values", func(p []events.Part) []events.Part { p[1].Value = "1,2"; return p }},
		{"value that adds a member", func(p []events.Part) []events.Part { p[9].Value = `"s","zz":1`; return p }},
		{"value that is an object", func(p []events.Part) []events.Part { p[9].Value = `{"a":1}`; return p }},
		{"empty value", func(p []events.Part) []events.Part { p[9].Value = ""; return p }},
		{"fraction", func(p []events.Part) []events.Part { p[1].Value = "1.5"; return p }},
		{"invalid UTF-8", func(p []events.Part) []events.Part { p[9].Value = "\"\xff\""; return p }},
		{"depth 17", func(p []events.Part) []events.Part { p[9].Path = strings.Repeat("/z", 17); return p }},
		{"endless path", func(p []events.Part) []events.Part { p[9].Path = strings.Repeat("/z", 1<<20); return p }},
		{"endless value", func(p []events.Part) []events.Part {
			p[9].Value = `"` + strings.Repeat("x", events.MaxBody) + `"`
			return p
		}},
		{"values of 768 KiB together", func(p []events.Part) []events.Part {
			half := `"` + strings.Repeat("x", events.MaxBody/2) + `"`
			p[0].Value, p[9].Value = half, half
			return p
		}},
		{"end in a word", func(p []events.Part) []events.Part { return p[:5] }},
		{"end in decoys", func(p []events.Part) []events.Part { return p[:8] }},
		{"path that opens no container", func(p []events.Part) []events.Part { p[9].Path = "zdata/z"; return p }},
		{"endless parts", func(p []events.Part) []events.Part {
			word := events.Part{Kind: events.KindScalar, Path: "/a", Value: "1"}
			return slices.Repeat([]events.Part{word}, events.MaxParts+1)
		}},
	}
	if _, err := events.Unflatten(whole()); err != nil {
		t.Fatalf("intact: %v", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, err := events.Unflatten(tt.edit(whole()))
			if !errors.Is(err, events.ErrSyntax) && !errors.Is(err, events.ErrTooLarge) {
				t.Errorf("got %.200s, %v", body, err)
			}
		})
	}
}

// Leaf hashes each field where it stands: moving a byte from one to the next
// gives another leaf.
func TestLeafSeparatesItsFields(t *testing.T) {
	parts := []events.Part{
		{Kind: events.KindScalar, Path: "/a", Value: `1`},
		{Kind: events.KindWord, Path: "/a", Value: `1`},
		{Kind: events.KindScalar, Path: "/a1", Value: ``},
		{Kind: events.KindScalar, Path: "/", Value: `a1`},
		{Kind: events.KindScalar, Path: "/a", Value: `1`, Salt: [32]byte{31: 1}},
		{Decoy: true},
		{Decoy: true, Salt: [32]byte{1}},
	}
	seen := map[events.Hash]int{}
	for i := range parts {
		h := parts[i].Leaf()
		if j, ok := seen[h]; ok {
			t.Errorf("parts %d and %d have one leaf", i, j)
		}
		seen[h] = i
	}
	a, b := events.Part{Decoy: true}, events.Part{Decoy: true, Kind: 1, Path: "/a", Value: "1"}
	if a.Leaf() != b.Leaf() {
		t.Error("a decoy's leaf depends on more than its salt")
	}
	long := events.Part{Kind: events.KindScalar, Path: "/a", Value: `"` + strings.Repeat("x", 1000) + `"`}
	if want := refLeaves([]refPart{{kind: 1, path: long.Path, value: long.Value}}, make([]byte, 32)); long.Leaf() == events.Hash(want[0]) {
		t.Error("a leaf does not depend on its salt")
	}
}

// Root is the tree hash of the library that reads our logs, for every size up
// to more than two levels of its tiles.
func TestRootAgreesWithTlog(t *testing.T) {
	var leaves []events.Hash
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for n := int64(0); n < 600; n++ {
		want, err := tlog.TreeHash(n, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := events.Root(leaves); got != events.Hash(want) && n > 0 {
			t.Fatalf("%d leaves: got %v, want %v", n, got, want)
		}
		data := fmt.Appendf(nil, "leaf %d", n)
		more, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		leaves = append(leaves, events.Hash(tlog.RecordHash(data)))
	}
	if got := events.Root(nil).String(); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("empty tree: %s", got)
	}
}
