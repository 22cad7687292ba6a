package evidence_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/evidence"
)

// sampleParts are the parts of a body with a short text, a long text and
// scalars; salts are all zero.
func sampleParts(t testing.TB) []events.Part {
	t.Helper()
	body, err := events.EncodeBody("x.y", 1, "staff-07", []byte("null"),
		[]byte(`{"a":{"text":"one two three"},"b":[],"c":7,"text":"a b c d e f g h i j"}`))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := events.Flatten(body)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// The spans that hide some leaves are the fewest, and the root is the same
// whatever is hidden.
func TestClosedSpans(t *testing.T) {
	parts := sampleParts(t)
	hashes := make([]events.Hash, len(parts))
	for i := range parts {
		hashes[i] = parts[i].Leaf()
	}
	want := events.Root(hashes)
	rapid.Check(t, func(t *rapid.T) {
		closed := rapid.SliceOfN(rapid.Bool(), len(parts), len(parts)).Draw(t, "closed")
		p := evidence.CloseParts(parts, closed)
		if got := p.Root(); got != want {
			t.Fatalf("root is %v, want %v", got, want)
		}
		open := true
		for i := range parts {
			if parts[i].Path == "/type" || parts[i].Path == "/v" {
				open = open && !closed[i]
			}
		}
		file := p.Append(nil)
		back, err := evidence.ParseParts(file)
		if open != (err == nil) {
			t.Fatalf("with /type and /v open %v: %v", open, err)
		}
		if err == nil && !bytes.Equal(back.Append(nil), file) {
			t.Fatal("what was read is written otherwise")
		}
	})
}

func TestClosedSpansAreFew(t *testing.T) {
	parts := sampleParts(t)
	closed := make([]bool, len(parts))
	for i := 3; i < 17; i++ {
		closed[i] = true
	}
	var got []uint64
	for _, c := range evidence.CloseParts(parts, closed).Closed {
		got = append(got, c.Index, c.Leaves)
	}
	want := []uint64{3, 1, 4, 4, 8, 8, 16, 1}
	if len(got) != len(want) {
		t.Fatalf("spans %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("spans %v, want %v", got, want)
		}
	}
}

// Every rule of a parts file has a file that breaks it and nothing else. The
// hashes do not matter: ParseParts does not look at the root.
func TestParseParts(t *testing.T) {
	const salt = "0000000000000000000000000000000000000000000000000000000000000000"
	open := func(i, kind, path, value string) string {
		return `{"i":` + i + `,"kind":` + kind + `,"path":"` + path + `","salt":"` + salt + `","value":"` + value + `"}`
	}
	decoy := func(i string) string { return `{"decoy":true,"i":` + i + `,"salt":"` + salt + `"}` }
	span := func(i, n string) string { return `{"hash":"` + salt + `","i":` + i + `,"span":` + n + `}` }
	file := func(closed, opened []string, size string) string {
		return `{"closed":[` + strings.Join(closed, ",") + `],"open":[` + strings.Join(opened, ",") + `],"size":` + size + "}\n"
	}
	tail := func(from string, rest ...string) []string { // /type and /v close a body
		next := map[string]string{"0": "1", "1": "2", "2": "3", "3": "4", "8": "9", "9": "10", "16": "17"}[from]
		return append(rest, open(from, "1", "/type", `\"x\"`), open(next, "1", "/v", "1"))
	}
	tests := []struct {
		name string
		file string
		rule string // "" is accepted
	}{
		{"scalars", file(nil, tail("1", open("0", "1", "/actor", `\"a\"`)), "3"), ""},
		{"words and decoys", file(nil, append([]string{open("0", "2", "/data/text/0", `\"a \"`), open("1", "2", "/data/text/1", `\"b\"`),
			decoy("2"), decoy("3"), decoy("4"), decoy("5"), decoy("6"), decoy("7")}, tail("8")...), "10"), ""},
		{"closed in front", file([]string{span("0", "1")}, tail("1"), "3"), ""},
		{"closed behind", file([]string{span("2", "1")}, tail("0"), "3"), ""},
		{"words around closed ones", file([]string{span("1", "1"), span("4", "4")},
			append([]string{open("0", "2", "/data/text/0", `\"a \"`), open("2", "2", "/data/text/2", `\"b \"`), open("3", "2", "/data/text/3", `\"c \"`)}, tail("8")...), "10"), ""},
		{"closed behind the last open word", file([]string{span("1", "1"), span("2", "2"), span("4", "4")},
			append([]string{open("0", "2", "/data/text/0", `\"a \"`)}, tail("8")...), "10"), ""},
		{"an empty object", file(nil, tail("1", open("0", "3", "/data", `{}`)), "3"), ""},
		{"nothing open", file([]string{span("0", "1")}, nil, "1"), "nothing is open"},
		{"size 0", file(nil, nil, "0"), "size is 0"},
		{"no /type", file([]string{span("0", "1")}, []string{open("1", "1", "/v", "1")}, "2"), "/type and /v"},
		{"no /v", file([]string{span("1", "1")}, []string{open("0", "1", "/type", `\"x\"`)}, "2"), "/type and /v"},
		{"a gap", file(nil, tail("1"), "3"), "cover every leaf once"},
		{"a gap at the end", file(nil, tail("0"), "3"), "cover every leaf once"},
		{"an overlap", file([]string{span("0", "2")}, tail("1"), "3"), "cover every leaf once"},
		{"not aligned", file([]string{span("1", "2")}, append([]string{open("0", "1", "/actor", `\"a\"`)}, tail("3")...), "5"), "aligned power of two"},
		{"no power of two", file([]string{span("0", "3")}, tail("3"), "5"), "aligned power of two"},
		{"an empty span", file([]string{span("0", "0")}, tail("0"), "2"), "cover every leaf once"},
		{"a span beyond the leaves", file([]string{span("2", "2")}, tail("0"), "3"), "aligned power of two"},
		{"two spans for one", file([]string{span("0", "1"), span("1", "1")}, tail("2"), "4"), "more than needed"},
		{"paths that do not rise", file(nil, tail("2", open("0", "1", "/data/b", "1"), open("1", "1", "/data/a", "1")), "4"), "flattening order"},
		{"a path twice", file(nil, tail("2", open("0", "1", "/data/a", "1"), open("1", "1", "/data/a", "1")), "4"), "flattening order"},
		{"indexes rise as numbers", file(nil, tail("2", open("0", "1", "/data/a/2", "1"), open("1", "1", "/data/a/10", "1")), "4"), ""},
		{"an index beside a name", file(nil, tail("2", open("0", "1", "/data/0", "1"), open("1", "1", "/data/a", "1")), "4"), "flattening order"},
		{"a value within a value", file(nil, tail("2", open("0", "1", "/data/a", "1"), open("1", "1", "/data/a/b", "1")), "4"), "flattening order"},
		{"words too far apart", file([]string{span("1", "1"), span("4", "4")},
			append([]string{open("0", "2", "/data/text/0", `\"a \"`), open("2", "2", "/data/text/1", `\"b \"`), open("3", "2", "/data/text/2", `\"c\"`)}, tail("8")...), "10"), "as far apart"},
		{"a word before its text", file(nil, tail("1", open("0", "2", "/data/text/1", `\"a\"`)), "3"), "before its text"},
		{"a decoy at a multiple of eight", file(nil, tail("1", decoy("0")), "3"), "multiple of eight"},
		{"a decoy behind a scalar", file(nil, tail("2", open("0", "1", "/actor", `\"a\"`), decoy("1")), "4"), "no word"},
		{"a part where a decoy must be", file(nil, tail("2", open("0", "2", "/data/text/0", `\"a\"`), decoy("1")), "4"), "decoys or another text"},
		{"no decoys behind a text", file(nil, tail("1", open("0", "2", "/data/text/0", `\"a\"`)), "3"), "decoys or another text"},
		{"a word after a decoy", file([]string{span("3", "1"), span("4", "4")},
			append([]string{open("0", "2", "/data/text/0", `\"a \"`), decoy("1"), open("2", "2", "/data/text/2", `\"a \"`)}, tail("8")...), "10"), "decoys or another text"},
		{"two words in one", file([]string{span("1", "1"), span("2", "2"), span("4", "4")}, append([]string{open("0", "2", "/data/text/0", `\"a b\"`)}, tail("8")...), "10"), "not one word"},
		{"an empty word behind another", file([]string{span("0", "1"), span("2", "2"), span("4", "4")}, append([]string{open("1", "2", "/data/text/1", `\"\"`)}, tail("8")...), "10"), "not one word"},
		{"a word that is a number", file([]string{span("1", "1"), span("2", "2"), span("4", "4")}, append([]string{open("0", "2", "/data/text/0", `1`)}, tail("8")...), "10"), "not one word"},
		{"a word of 65 bytes", file([]string{span("1", "1"), span("2", "2"), span("4", "4")}, append([]string{open("0", "2", "/data/text/0", `\"`+strings.Repeat("a", 65)+`\"`)}, tail("8")...), "10"), "not one word"},
		{"a scalar that is an array", file(nil, tail("1", open("0", "1", "/data/a", "[1]")), "3"), "object or array"},
		{"an empty thing that is not", file(nil, tail("1", open("0", "3", "/data/a", "1")), "3"), "is not"},
		{"kind 0", file(nil, tail("1", open("0", "0", "/data/a", "1")), "3"), "kind is not"},
		{"kind 4", file(nil, tail("1", open("0", "4", "/data/a", "1")), "3"), "kind is not"},
		{"a scalar named text", file(nil, tail("1", open("0", "1", "/data/text", `\"a\"`)), "3"), "not that of a part"},
		{"a word of what is no text", file(nil, tail("1", open("0", "2", "/data/note/0", `\"a\"`)), "3"), "not that of a part"},
		{"another top member", file(nil, tail("1", open("0", "1", "/more", "1")), "3"), "not that of a part"},
		{"a path without its slash", file(nil, tail("1", open("0", "1", "actor", "1")), "3"), "not that of a part"},
		{"a path that ends in a slash", file(nil, tail("1", open("0", "1", "/actor/", "1")), "3"), "not that of a part"},
		{"capitals in a path", file(nil, tail("1", open("0", "1", "/data/A", "1")), "3"), "not that of a part"},
		{"an index with a leading zero", file(nil, tail("1", open("0", "1", "/data/a/01", "1")), "3"), "not that of a part"},
		{"a value that is not canonical", file(nil, tail("1", open("0", "1", "/data/a", "1.0")), "3"), "not canonical"},
		{"a fraction", file(nil, tail("1", open("0", "1", "/data/a", "01")), "3"), "not canonical"},
		{"white space", strings.Replace(file(nil, tail("0"), "2"), ":", ": ", 1), "is not written"},
		{"no LF", strings.TrimSuffix(file(nil, tail("0"), "2"), "\n"), "is not written"},
		{"CRLF", strings.Replace(file(nil, tail("0"), "2"), "\n", "\r\n", 1), "is not written"},
		{"two LF", file(nil, tail("0"), "2") + "\n", "bytes after"},
		{"a byte order mark", "\ufeff" + file(nil, tail("0"), "2"), "is not written"},
		{"capitals in a salt", strings.Replace(file(nil, tail("0"), "2"), salt, strings.Replace(salt, "00", "AA", 1), 1), "lower-case hex"},
		{"a short salt", strings.Replace(file(nil, tail("0"), "2"), salt, salt[1:], 1), "lower-case hex"},
		{"a leading zero", file(nil, tail("0"), "02"), "decimal"},
		{"a large number", file(nil, tail("0"), "1048577"), "decimal"},
		{"an escape that is not needed", strings.Replace(file(nil, tail("0"), "2"), "/type", `\/type`, 1), "canonical"},
		{"a control character", strings.Replace(file(nil, tail("0"), "2"), "/type", "/ty\x01pe", 1), "control"},
		{"text that is not UTF-8", strings.Replace(file(nil, tail("0"), "2"), "/type", "/ty\xffpe", 1), "UTF-8"},
		{"decoy false", strings.Replace(file(nil, tail("1", decoy("0")), "3"), "true", "false", 1), "is not written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := evidence.ParseParts([]byte(tt.file))
			if tt.rule == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := string(p.Append(nil)); got != tt.file {
					t.Errorf("written as %s", got)
				}
				return
			}
			if !errors.Is(err, events.ErrSyntax) || !strings.Contains(err.Error(), tt.rule) {
				t.Errorf("got %v, want %q", err, tt.rule)
			}
		})
	}
}

func FuzzParseParts(f *testing.F) {
	parts := sampleParts(f)
	closed := make([]bool, len(parts))
	p := evidence.CloseParts(parts, closed)
	f.Add(p.Append(nil))
	f.Add([]byte(`{"closed":[{"hash":"` + strings.Repeat("0", 64) + `","i":0,"span":1}],"open":[{"i":1,"kind":1,"path":"/type","salt":"` +
		strings.Repeat("0", 64) + `","value":"\"x\""},{"i":2,"kind":1,"path":"/v","salt":"` + strings.Repeat("0", 64) + `","value":"1"}],"size":3}` + "\n"))
	closed[2], closed[3] = true, true
	p = evidence.CloseParts(parts, closed)
	f.Add(p.Append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := evidence.ParseParts(in)
		if err != nil {
			return
		}
		if got := p.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but writes %q", in, got)
		}
		p.Root()
		if p.Full() {
			if body, err := events.Unflatten(p.Open); err == nil {
				if _, err := events.ParseBody(body); err != nil {
					t.Errorf("the body of accepted parts: %v", err)
				}
			}
		}
	})
}
