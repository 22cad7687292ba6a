package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
)

func nest(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }

func TestCanonicalizeAccepts(t *testing.T) {
	big := strings.Repeat("a", events.MaxBody-2)
	tests := []struct {
		name, in, want string
	}{
		{"canonical already", `{"a":1,"b":[true,false,null]}`, `{"a":1,"b":[true,false,null]}`},
		{"white space", " {\t\"a\" :\r\n [ 1 , 2 ] } \n", `{"a":[1,2]}`},
		{"members in another order", `{"b":1,"a":{"d":2,"c":3}}`, `{"a":{"c":3,"d":2},"b":1}`},
		{"a name that begins another", `{"ab":1,"a_":2,"a0":3,"a":4}`, `{"a":4,"a0":3,"a_":2,"ab":1}`},
		{"escaped name", `{"\u0061":1}`, `{"a":1}`},
		{"every escape", `"\"\\\/\t\n\r\u0022\u005c\u002F\u0009\u000a\u000D"`, `"\"\\/\t\n\r\"\\/\t\n\r"`},
		{"escaped ASCII", `"\u0041\u007f"`, "\"A\x7f\""},
		{"escaped Latin", `"\u00e9"`, `"é"`},
		{"separators stand raw", `"\u2028\u2029"`, "\"\u2028\u2029\""},
		{"surrogate pair", `"\ud83d\udc69"`, `"👩"`},
		{"lowest pair", `"\ud800\udc00"`, "\"\U00010000\""},
		{"around the surrogates", `"\ud7ff\ue000"`, "\"\ud7ff\ue000\""},
		{"highest code point", `"\uDBFF\uDFFF"`, "\"\U0010ffff\""},
		{"noncharacter", `"\uffff"`, "\"\uffff\""},
		{"replacement character", `"\ufffd"`, "\"\ufffd\""},
		{"combining marks are kept apart", `"e\u0301"`, "\"e\u0301\""},
		{"C1 control", `"\u0085"`, "\"\u0085\""},
		{"largest integers", `[9007199254740991,-9007199254740991,0,-1]`, `[9007199254740991,-9007199254740991,0,-1]`},
		{"empty containers", `[ { } , [ ] , "" ]`, `[{},[],""]`},
		{"depth 16", nest("[", "]", 16), nest("[", "]", 16)},
		{"longest name", `{"` + strings.Repeat("a", 64) + `":0}`, `{"` + strings.Repeat("a", 64) + `":0}`},
		{"768 KiB", `"` + big + `"`, `"` + big + `"`},
		{"768 KiB behind white space", ` "` + big + `" `, `"` + big + `"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := events.Canonicalize([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got %.200q, want %.200q", got, tt.want)
			}
			if err := events.CheckCanonical(got); err != nil {
				t.Errorf("result is not canonical: %v", err)
			}
			if err := events.CheckCanonical([]byte(tt.in)); (err == nil) != (tt.in == tt.want) {
				t.Errorf("CheckCanonical of the input: %v", err)
			}
		})
	}
}

// Every refusal names the byte and the pointer where the text leaves the
// format. check is where CheckCanonical sees it, when that is elsewhere.
func TestCanonicalizeRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		offset   int
		path     string
		rule     string
		check    int
	}{
		{"nothing", ``, 0, "", "middle of a value", 0},
		{"white space only", ` `, 1, "", "middle of a value", 0},
		{"two values", `1 2`, 2, "", "bytes after", 1},
		{"byte order mark", "\ufeff{}", 0, "", "expected a value", 0},
		{"a word", `{"a":nul}`, 5, "/a", "expected a value", 5},
		{"NaN", `{"a":NaN}`, 5, "/a", "expected a value", 5},
		{"single quotes", `{'a':1}`, 1, "", "member name", 1},
		{"comment", `{"a":1/**/}`, 6, "", "comma or the end of the object", 6},
		{"comma at the end of an object", `{"a":1,}`, 7, "", "member name", 7},
		{"comma at the end of an array", `[1,]`, 3, "/1", "expected a value", 3},
		{"nothing behind a comma", `{"a":1,`, 7, "", "middle of a value", 7},
		{"control in a name", `{"a\b":1}`, 3, "", "control", 1},
		{"no comma", `[1 2]`, 3, "", "comma or the end of the array", 2},
		{"no colon", `{"a"1}`, 4, "", "colon", 4},
		{"no end of object", `{"a":1`, 6, "", "middle of a value", 6},
		{"no end of array", `[1`, 2, "", "middle of a value", 2},
		{"no end of string", `["a`, 3, "/0", "middle of a value", 3},
		{"no end of escape", `["\`, 2, "/0", "middle of a value", 2},

		{"duplicate", `{"a":1,"a":2}`, 7, "", "stands twice", 7},
		{"duplicate apart", `{"a":1,"b":2,"a":3}`, 13, "", "stands twice", 13},
		{"duplicate by escape", `{"a":1,"\u0061":2}`, 7, "", "stands twice", 7},
		{"duplicate inside", `[{"a":{"b":1,"b":2}}]`, 13, "/0/a", "stands twice", 13},

		{"empty name", `{"":1}`, 1, "", "member name is not", 1},
		{"upper case", `{"A":1}`, 1, "", "member name is not", 1},
		{"digit first", `{"1a":1}`, 1, "", "member name is not", 1},
		{"hyphen", `{"a-b":1}`, 1, "", "member name is not", 1},
		{"letter beyond ASCII", `{"é":1}`, 1, "", "member name is not", 1},
		{"name of 65 bytes", `{"` + strings.Repeat("a", 65) + `":1}`, 1, "", "member name is not", 1},

		{"fraction", `{"a":1.0}`, 5, "/a", "not an integer", 5},
		{"exponent", `{"a":1e3}`, 5, "/a", "not an integer", 5},
		{"capital exponent", `{"a":1E3}`, 5, "/a", "not an integer", 5},
		{"minus zero", `{"a":-0}`, 5, "/a", "not an integer", 5},
		{"leading zero", `{"a":01}`, 5, "/a", "not an integer", 5},
		{"minus and leading zero", `{"a":-01}`, 5, "/a", "not an integer", 5},
		{"plus", `{"a":+1}`, 5, "/a", "expected a value", 5},
		{"minus alone", `{"a":-}`, 5, "/a", "not an integer", 5},
		{"2^53", `{"a":9007199254740992}`, 5, "/a", "not an integer", 5},
		{"-2^53", `{"a":-9007199254740992}`, 5, "/a", "not an integer", 5},
		{"2^64", `{"a":18446744073709551616}`, 5, "/a", "not an integer", 5},
		{"2^64 and more digits", `{"a":118446744073709551616}`, 5, "/a", "not an integer", 5},
		{"hexadecimal", `{"a":0x1}`, 6, "", "comma or the end of the object", 6},

		{"lone high surrogate", `{"a":"\ud83d"}`, 6, "/a", "surrogate", 6},
		{"first high surrogate", `{"a":"\ud800"}`, 6, "/a", "surrogate", 6},
		{"last high surrogate", `{"a":"\uDBFF"}`, 6, "/a", "surrogate", 6},
		{"first low surrogate", `{"a":"\udc00"}`, 6, "/a", "surrogate", 6},
		{"last low surrogate", `{"a":"\uDFFF"}`, 6, "/a", "surrogate", 6},
		{"high surrogate and U+E000", `{"a":"\ud800\ue000"}`, 6, "/a", "surrogate", 6},
		{"high surrogate at the end", `{"a":"\ud800`, 6, "/a", "surrogate", 6},
		{"lone low surrogate", `{"a":"\udc69"}`, 6, "/a", "surrogate", 6},
		{"high surrogate and a letter", `{"a":"\ud83d\u0041"}`, 6, "/a", "surrogate", 6},
		{"high surrogate twice", `{"a":"\ud83d\ud83d"}`, 6, "/a", "surrogate", 6},
		{"surrogates in the wrong order", `{"a":"\udc69\ud83d"}`, 6, "/a", "surrogate", 6},
		{"surrogate as bytes", "{\"a\":\"\xed\xa0\xbd\"}", 6, "", "UTF-8", 6},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", 6, "", "UTF-8", 6},
		{"cut UTF-8", "{\"a\":\"\xc3\"}", 6, "", "UTF-8", 6},
		{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", 6, "", "UTF-8", 6},
		{"beyond Unicode", "{\"a\":\"\xf4\x90\x80\x80\"}", 6, "", "UTF-8", 6},

		{"NUL", "{\"a\":\"\x00\"}", 6, "/a", "control", 6},
		{"escaped NUL", `{"a":"x\u0000"}`, 7, "/a", "control", 7},
		{"escaped unit separator", `{"a":"\u001f"}`, 6, "/a", "control", 6},
		{"backspace", `{"a":"\b"}`, 6, "/a", "control", 6},
		{"form feed", `{"a":"\f"}`, 6, "/a", "control", 6},
		{"raw tab", "{\"a\":\"\t\"}", 6, "/a", "control", 6},
		{"raw LF", "{\"a\":\"\n\"}", 6, "/a", "control", 6},
		{"raw CR", "{\"a\":\"\r\"}", 6, "/a", "control", 6},
		{"vertical tab as white space", "\v1", 0, "", "expected a value", 0},
		{"no-break space as white space", "\u00a01", 0, "", "expected a value", 0},
		{"unknown escape", `{"a":"\x41"}`, 6, "/a", "escape", 6},
		{"short escape", `{"a":"\u04"}`, 6, "/a", "escape", 6},
		{"escape with a sign", `{"a":"\u+041"}`, 6, "/a", "escape", 6},

		{"depth 17", nest("[", "]", 17), 16, strings.Repeat("/0", 16), "deeper than 16", 16},
		{"depth 17 of objects", strings.Repeat(`{"a":`, 16) + "{}" + strings.Repeat("}", 16), 80, strings.Repeat("/a", 16), "deeper than 16", 80},
		{"depth a million", strings.Repeat("[", 1e6), 16, strings.Repeat("/0", 16), "deeper than 16", -1},
		{"escapes of more than 768 KiB", `"` + strings.Repeat(`\u0041`, events.MaxBody) + `"`, -1, "", "768 KiB", -1},
		{"768 KiB and a byte", `"` + strings.Repeat("a", events.MaxBody-1) + `"`, -1, "", "768 KiB", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := events.Canonicalize([]byte(tt.in))
			var se *events.SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("got %.100q, error %v, want a SyntaxError", out, err)
			}
			if se.Offset != tt.offset || se.Path != tt.path || !strings.Contains(se.Rule, tt.rule) {
				t.Errorf("got %q, byte %d: %s; want %q, byte %d: %s", se.Path, se.Offset, se.Rule, tt.path, tt.offset, tt.rule)
			}
			if want := map[bool]error{true: events.ErrTooLarge, false: events.ErrSyntax}[tt.offset < 0]; !errors.Is(err, want) {
				t.Errorf("%v is not %v", err, want)
			}
			err = events.CheckCanonical([]byte(tt.in))
			if !errors.As(err, &se) {
				t.Fatalf("CheckCanonical: %v, want a SyntaxError", err)
			}
			if se.Offset != tt.check {
				t.Errorf("CheckCanonical blames byte %d (%s), want %d", se.Offset, se.Rule, tt.check)
			}
		})
	}
}

// What is accepted means the same as before, by the standard library's
// reading.
func TestCanonicalizeKeepsTheValue(t *testing.T) {
	decode := func(b []byte) (v any) {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(genValue(4).Draw(t, "value"))
		if err := events.CheckCanonical(in); err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		// encoding/json writes the same value with other escapes and white space.
		loose, err := json.MarshalIndent(decode(in), " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		got, err := events.Canonicalize(loose)
		if err != nil {
			t.Fatalf("%q: %v", loose, err)
		}
		if !bytes.Equal(got, in) {
			t.Fatalf("got %q, want %q", got, in)
		}
	})
	in := []byte(`{"z":[1,{"y":"\u00e9","x":null}],"a":"\ud83d\ude00"}`)
	got, err := events.Canonicalize(in)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(decode(in), decode(got)) {
		t.Errorf("%s became %s", in, got)
	}
}

func TestCheckCanonicalDoesNotAllocate(t *testing.T) {
	body := []byte(`{"actor":"staff-07","data":{"statements":[{"kind":"opinion","text":"a \"b\" c\n"}]},"occurred":null,"type":"t","v":1}`)
	if n := testing.AllocsPerRun(100, func() {
		if err := events.CheckBody(body); err != nil {
			t.Fatal(err)
		}
		if err := events.CheckCanonical(body); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestParseBody(t *testing.T) {
	const whole = `{"actor":"staff \"7\"\\\t\n\r","data":{"a":1},"occurred":null,"type":"contact.recorded","v":2}`
	b, err := events.ParseBody([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if b.Type != "contact.recorded" || b.V != 2 || b.Actor != "staff \"7\"\\\t\n\r" || string(b.Occurred) != "null" || string(b.Data) != `{"a":1}` || string(b.Raw) != whole {
		t.Errorf("got %+v", b)
	}
	back, err := events.EncodeBody(b.Type, b.V, b.Actor, b.Occurred, b.Data)
	if err != nil || string(back) != whole {
		t.Errorf("EncodeBody: %q, %v", back, err)
	}

	tests := []struct {
		name, in string
		offset   int
		path     string
	}{
		{"array", `[]`, 0, ""},
		{"empty", ``, 0, ""},
		{"empty object", `{}`, 1, ""},
		{"actor missing", `{"data":{},"occurred":null,"type":"t","v":1}`, 1, ""},
		{"v missing", `{"actor":"a","data":{},"occurred":null,"type":"t"}`, 49, ""},
		{"a sixth member", `{"actor":"a","data":{},"occurred":null,"type":"t","v":1,"w":1}`, 55, ""},
		{"a sixth member in front", `{"aaa":1,"actor":"a","data":{},"occurred":null,"type":"t","v":1}`, 1, ""},
		{"no end", `{"actor":"a","data":{},"occurred":null,"type":"t","v":1`, 55, ""},
		{"another order", `{"data":{},"actor":"a","occurred":null,"type":"t","v":1}`, 1, ""},
		{"actor is no string", `{"actor":null,"data":{},"occurred":null,"type":"t","v":1}`, 9, "/actor"},
		{"data is no object", `{"actor":"a","data":[],"occurred":null,"type":"t","v":1}`, 20, "/data"},
		{"type is no string", `{"actor":"a","data":{},"occurred":null,"type":1,"v":1}`, 46, "/type"},
		{"v is zero", `{"actor":"a","data":{},"occurred":null,"type":"t","v":0}`, 54, "/v"},
		{"v is negative", `{"actor":"a","data":{},"occurred":null,"type":"t","v":-1}`, 54, "/v"},
		{"v is a string", `{"actor":"a","data":{},"occurred":null,"type":"t","v":"1"}`, 54, "/v"},
		{"white space", `{"actor":"a", "data":{},"occurred":null,"type":"t","v":1}`, 13, ""},
		{"a fault deep in data", `{"actor":"a","data":{"b":[{"c":1.5}]},"occurred":null,"type":"t","v":1}`, 31, "/data/b/0/c"},
		{"bytes after", `{"actor":"a","data":{},"occurred":null,"type":"t","v":1} `, 56, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := events.ParseBody([]byte(tt.in))
			var se *events.SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if se.Offset != tt.offset || se.Path != tt.path {
				t.Errorf("got %q, byte %d (%s), want %q, byte %d", se.Path, se.Offset, se.Rule, tt.path, tt.offset)
			}
		})
	}
}

// A piece that is not one value cannot smuggle a member in.
func TestEncodeBodyTakesWholeValues(t *testing.T) {
	tests := []struct{ name, typ, actor, occurred, data string }{
		{"data closes the body", "t", "a", `null`, `{},"occurred":null,"type":"x","v":1}`},
		{"data and occurred share a string", "t", "a", `","type":"t","v":1}`, `{},"occurred":"`},
		{"empty data", "t", "a", `null`, ``},
		{"loose data", "t", "a", `null`, `{ }`},
		{"data of another kind", "t", "a", `null`, `null`},
		{"occurred closes data", "t", "a", `1},"occurred":null`, `{"a":1`},
		{"occurred goes on in data", "t", "a", `1,"b":2`, `{}`},
		{"invalid actor", "t", "\xff", `null`, `{}`},
		{"control in the type", "t\x00", "a", `null`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if b, err := events.EncodeBody(tt.typ, 1, tt.actor, []byte(tt.occurred), []byte(tt.data)); err == nil {
				t.Errorf("got %s", b)
			}
		})
	}
	if b, err := events.EncodeBody("t", 0, "a", []byte("null"), []byte("{}")); err == nil {
		t.Errorf("version 0: got %s", b)
	}
}

// An error tells where, never what.
func TestErrorsQuoteNothing(t *testing.T) {
	const secret = "Amira"
	for _, in := range []string{
		`{"a":"` + secret + `\b"}`, `{"` + secret + `":1}`, `{"a":` + secret + `}`, `["` + secret, `{"a":"\q` + secret + `"}`,
	} {
		for _, f := range []func([]byte) error{
			events.CheckCanonical,
			events.CheckBody,
			func(b []byte) error { _, err := events.Canonicalize(b); return err },
		} {
			err := f([]byte(in))
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
				t.Errorf("%s: %v", in, err)
			}
		}
	}
}
