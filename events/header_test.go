package events_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
)

var hex64 = strings.Repeat("5e", 32)

const (
	chainHex = "7c1e00112233445566778899aabbccdd"
	goodID   = "01JDV3F2N5ABCDEFGHJKMNPQRS"
)

func goodLink() string {
	return "caseledger/event/v1\norigin ledger.example.org/cases\nchain " + chainHex + "\nseq 3\nprev " + hex64 + "\ndetail " + hex64 + "\n"
}

func goodDetail() string {
	return "caseledger/detail/v1\nid " + goodID + "\nat 2026-11-22T03:20:00.123456Z\nkey case/" + chainHex + "/1\nnonce " + hex64 + "\nparts 56 " + hex64 + "\nsealed " + hex64 + "\n"
}

// mutation replaces one thing in a text that parses; line is where it breaks,
// counted from 0.
type mutation struct {
	name, old, new string
	line           int
	kind           error
}

func checkMutations(t *testing.T, good string, parse func([]byte) error, tests []mutation) {
	t.Helper()
	if err := parse([]byte(good)); err != nil {
		t.Fatalf("intact: %v", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(good, tt.old) {
				t.Fatalf("nothing to replace")
			}
			bad := strings.Replace(good, tt.old, tt.new, 1)
			err := parse([]byte(bad))
			var se *events.SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			want := 0
			for range tt.line {
				want += strings.IndexByte(bad[want:], '\n') + 1
			}
			if se.Offset != want {
				t.Errorf("blames byte %d (%s), want line %d at byte %d", se.Offset, se.Rule, tt.line, want)
			}
			kind := tt.kind
			if kind == nil {
				kind = events.ErrSyntax
			}
			if !errors.Is(err, kind) {
				t.Errorf("%v is not %v", err, kind)
			}
		})
	}
}

func TestParseLinkRefuses(t *testing.T) {
	parse := func(b []byte) error { _, err := events.ParseLink(b); return err }
	checkMutations(t, goodLink(), parse, []mutation{
		{"next version", "event/v1", "event/v2", 0, events.ErrVersion},
		{"another format", "caseledger/event", "example/event", 0, events.ErrVersion},
		{"empty line first", "caseledger", "\ncaseledger", 0, events.ErrVersion},
		{"CR before LF", "v1\n", "v1\r\n", 0, events.ErrVersion},
		{"origin missing", "origin ledger.example.org/cases\n", "", 1, nil},
		{"origin empty", "ledger.example.org/cases", "", 1, nil},
		{"no space after the name", "origin ", "origin", 1, nil},
		{"two spaces", "origin ", "origin  ", 1, nil},
		{"tab for a space", "origin ", "origin\t", 1, nil},
		{"space at the end", "/cases\n", "/cases \n", 1, nil},
		{"upper-case name", "origin", "Origin", 1, nil},
		{"upper-case origin", " ledger", " Ledger", 1, nil},
		{"origin with underscore", " ledger", " led_ger", 1, nil},
		{"origin with slash first", "ledger.", "/ledger.", 1, nil},
		{"origin with slash last", "/cases", "/cases/", 1, nil},
		{"origin with two slashes", "/cases", "//cases", 1, nil},
		{"origin of 129 bytes", " ledger", " " + strings.Repeat("l", 6+129-len("ledger.example.org/cases")), 1, nil},
		{"lines swapped", "chain " + chainHex + "\nseq 3\n", "seq 3\nchain " + chainHex + "\n", 2, nil},
		{"line twice", "seq 3\n", "seq 3\nseq 3\n", 4, nil},
		{"line added", "seq 3\n", "note 3\nseq 3\n", 3, nil},
		{"chain upper case", "7c1e", "7C1E", 2, nil},
		{"chain short", "7c1e", "7c1", 2, nil},
		{"chain long", "7c1e", "7c1e0", 2, nil},
		{"chain no hex", "7c1e", "7c1g", 2, nil},
		{"seq zero", "seq 3", "seq 0", 3, nil},
		{"seq with leading zero", "seq 3", "seq 03", 3, nil},
		{"seq with sign", "seq 3", "seq +3", 3, nil},
		{"seq negative", "seq 3", "seq -3", 3, nil},
		{"seq beyond 2^53-1", "seq 3", "seq 9007199254740992", 3, nil},
		{"seq beyond 2^64", "seq 3", "seq 18446744073709551619", 3, nil},
		{"seq one with a prev", "seq 3", "seq 1", 4, nil},
		{"prev of zeros at seq 3", "prev " + hex64, "prev " + strings.Repeat("0", 64), 4, nil},
		{"prev short", "prev 5e", "prev 5", 4, nil},
		{"detail upper case", "detail 5e", "detail 5E", 5, nil},
		{"no LF at the end", "detail " + hex64 + "\n", "detail " + hex64, 5, nil},
		{"bytes after", "detail " + hex64 + "\n", "detail " + hex64 + "\n\n", 6, nil},
	})
	first := strings.NewReplacer("seq 3", "seq 1", "prev "+hex64, "prev "+strings.Repeat("0", 64)).Replace(goodLink())
	if err := parse([]byte(first)); err != nil {
		t.Errorf("seq 1: %v", err)
	}
	largest := strings.Replace(goodLink(), "seq 3", "seq 9007199254740991", 1)
	if err := parse([]byte(largest)); err != nil {
		t.Errorf("2^53-1: %v", err)
	}
}

func TestParseDetailRefuses(t *testing.T) {
	parse := func(b []byte) error { _, err := events.ParseDetail(b); return err }
	checkMutations(t, goodDetail(), parse, []mutation{
		{"next version", "detail/v1", "detail/v2", 0, events.ErrVersion},
		{"id lower case", goodID, strings.ToLower(goodID), 1, nil},
		{"id with a letter that Crockford leaves out", "MNPQRS", "MNPQRU", 1, nil},
		{"id with I for 1", "01JDV", "0IJDV", 1, nil},
		{"id with O for 0", "01JDV", "O1JDV", 1, nil},
		{"id above 7ZZZ", "01JDV", "81JDV", 1, nil},
		{"id short", "QRS", "QR", 1, nil},
		{"at without fraction", ".123456Z", "Z", 2, nil},
		{"at in milliseconds", ".123456Z", ".123Z", 2, nil},
		{"at in nanoseconds", ".123456Z", ".123456789Z", 2, nil},
		{"at with comma", ".123456Z", ",123456Z", 2, nil},
		{"at with offset", "456Z", "456+00:00", 2, nil},
		{"at lower case", "2026-11-22T", "2026-11-22t", 2, nil},
		{"at with a space", "2026-11-22T", "2026-11-22 ", 2, nil},
		{"year zero", "2026-", "0000-", 2, nil},
		{"year of five digits", "2026-", "12026-", 2, nil},
		{"month zero", "-11-", "-00-", 2, nil},
		{"month 13", "-11-", "-13-", 2, nil},
		{"day zero", "-22T", "-00T", 2, nil},
		{"31 November", "-22T", "-31T", 2, nil},
		{"29 February of no leap year", "-11-22T", "-02-29T", 2, nil},
		{"day 99", "-22T", "-99T", 2, nil},
		{"hour 24", "T03:20:00.123456", "T24:00:00.000000", 2, nil},
		{"minute 60", ":20:", ":60:", 2, nil},
		{"leap second", ":00.", ":60.", 2, nil},
		{"sign in a number", "T03:", "T+3:", 2, nil},
		{"key of an unknown kind", "key case/", "key team/", 3, nil},
		{"key without generation", "/1\n", "\n", 3, nil},
		{"key with an empty generation", "/1\n", "/\n", 3, nil},
		{"generation zero", "/1\n", "/0\n", 3, nil},
		{"generation with leading zero", "/1\n", "/01\n", 3, nil},
		{"key with more behind", "/1\n", "/1/1\n", 3, nil},
		{"key chain upper case", "/7c1e", "/7C1E", 3, nil},
		{"service key zero", "case/" + chainHex + "/1", "service/0", 3, nil},
		{"service key with a chain", "case/" + chainHex + "/1", "service/" + chainHex + "/1", 3, nil},
		{"nonce short", "nonce 5e", "nonce 5", 4, nil},
		{"parts zero", "parts 56", "parts 0", 5, nil},
		{"parts with leading zero", "parts 56", "parts 056", 5, nil},
		{"parts without number", "parts 56 ", "parts ", 5, nil},
		{"parts without root", "parts 56 " + hex64, "parts 56", 5, nil},
		{"parts with two spaces", "parts 56 ", "parts 56  ", 5, nil},
		{"root short", "56 5e", "56 5", 5, nil},
		{"sealed upper case", "sealed 5e", "sealed 5E", 6, nil},
		{"bytes after", "sealed " + hex64 + "\n", "sealed " + hex64 + "\n\n", 7, nil},
	})
	for _, ok := range [][2]string{
		{"2026-11-22", "2028-02-29"}, {"2026-11-22", "0001-01-01"}, {"2026-11-22", "9999-12-31"}, {"03:20:00.123456", "23:59:59.999999"},
		{"case/" + chainHex + "/1", "service/1"}, {goodID, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"}, {goodID, "00000000000000000000000000"},
	} {
		in := strings.Replace(goodDetail(), ok[0], ok[1], 1)
		d, err := events.ParseDetail([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", ok[1], err)
		} else if got := string(d.Append(nil)); got != in {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func TestParseLinks(t *testing.T) {
	c := eventstest.NewChain("links").Add("a", "{}", "{}", "{}")
	var all []byte
	for _, r := range c.Records() {
		all = r.Link.Append(all)
	}
	links, err := events.ParseLinks(all)
	if err != nil || len(links) != 3 || links[2] != c.Record(3).Link {
		t.Fatalf("got %d links, %v", len(links), err)
	}
	if links, err := events.ParseLinks(nil); err != nil || links != nil {
		t.Errorf("nothing: got %v, %v", links, err)
	}
	bad := strings.Replace(string(all), "seq 2", "seq 0", 1)
	_, err = events.ParseLinks([]byte(bad))
	var se *events.SyntaxError
	if !errors.As(err, &se) || se.Offset != strings.Index(bad, "seq 0") {
		t.Errorf("got %v, want byte %d", err, strings.Index(bad, "seq 0"))
	}
}

func TestKeyHidesItself(t *testing.T) {
	key := events.Key(sha256.Sum256([]byte("secret")))
	shown := []any{key, &key, []events.Key{key}, map[string]events.Key{"k": key}, struct{ K events.Key }{key}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%08d"} {
		for _, v := range shown {
			got := fmt.Sprintf(verb, v)
			for _, leak := range []string{fmt.Sprintf("%x", key[:2]), fmt.Sprintf("%X", key[:2]), fmt.Sprint(key[0]), fmt.Sprintf("%o", key[0]), fmt.Sprintf("%b", key[0]), fmt.Sprintf("%U", key[0])} {
				if strings.Contains(strings.ReplaceAll(got, fmt.Sprintf("%p", &key), ""), leak) {
					t.Errorf("%s of %T shows %s: %s", verb, v, leak, got)
				}
			}
		}
	}
	for _, v := range shown {
		if b, err := json.Marshal(v); err != nil || !strings.Contains(string(b), "hidden") {
			t.Errorf("JSON of %T: %s, %v", v, b, err)
		}
	}
}

func TestHashAndChainText(t *testing.T) {
	for _, bad := range []string{"", hex64[1:], hex64 + "0", strings.ToUpper(hex64), "g" + hex64[1:], " " + hex64[1:]} {
		if _, err := events.ParseHash(bad); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("ParseHash(%q): %v", bad, err)
		}
		if _, err := events.ParseChain(bad); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("ParseChain(%q): %v", bad, err)
		}
	}
	var in, out struct {
		H events.Hash
		C events.Chain
	}
	in.H, in.C = sha256.Sum256(nil), events.Chain{1, 2}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%s becomes %v, %v", b, out, err)
	}
}

// A detail is written in UTC whatever zone its time is in.
func TestDetailWritesUTC(t *testing.T) {
	d, err := events.ParseDetail([]byte(goodDetail()))
	if err != nil {
		t.Fatal(err)
	}
	d.At = d.At.In(time.FixedZone("", 3600))
	if got := string(d.Append(nil)); got != goodDetail() {
		t.Errorf("got %s", got)
	}
}
