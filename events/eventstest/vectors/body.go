package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"caseledger/events"
)

// canonicalCase: Input is a JSON text. Accepted, its canonical form is Output;
// a reader of canonical JSON accepts the input only where both are the same.
type canonicalCase struct {
	Name    string  `json:"name"`
	Input   octets  `json:"input"`
	Verdict verdict `json:"verdict"`
	Output  *octets `json:"output,omitempty"`
}

func canonicalCases() []canonicalCase {
	var cases []canonicalCase
	yes := func(name, in, out string) {
		o := octetsOf(out)
		cases = append(cases, canonicalCase{Name: name, Input: octetsOf(in), Verdict: accept, Output: &o})
	}
	same := func(name, in string) { yes(name, in, in) }
	no := func(name, in string) {
		cases = append(cases, canonicalCase{Name: name, Input: octetsOf(in), Verdict: syntax})
	}
	name64 := strings.Repeat("a", 64)

	same("canonical already", `{"a":1,"b":[true,false,null,"x"]}`)
	same("a value that is no object", `"x"`)
	yes("white space", " {\t\"a\" :\r\n [ 1 , 2 ] } \n", `{"a":[1,2]}`)
	yes("members in another order", `{"b":1,"a":{"d":2,"c":3}}`, `{"a":{"c":3,"d":2},"b":1}`)
	yes("a name that begins another", `{"ab":1,"a_":2,"a0":3,"a":4}`, `{"a":4,"a0":3,"a_":2,"ab":1}`)
	yes("escaped name", `{"\u0061":1}`, `{"a":1}`)
	same("the five escapes", `"\"\\\t\n\r"`)
	yes("the five as code points, and the solidus", `"\u0022\u005c\u0009\u000A\u000d\/\u002f"`, `"\"\\\t\n\r//"`)
	yes("escaped letter", `"\u0041\u00e9"`, `"Aé"`)
	yes("DEL stands raw", `"\u007f"`, "\"\x7f\"")
	yes("separators stand raw", `"\u2028\u2029"`, "\"\u2028\u2029\"")
	yes("byte order mark inside a string stands raw", `"\ufeff"`, "\"\ufeff\"")
	yes("surrogate pair", `"\ud83d\uDC69"`, `"👩"`)
	yes("highest code point", `"\udbff\udfff"`, "\"\U0010ffff\"")
	yes("noncharacter", `"\uffff"`, "\"\uffff\"")
	yes("replacement character", `"\ufffd"`, "\"\ufffd\"")
	yes("nothing is normalised", `"e\u0301 \u00e9 \u212b"`, "\"e\u0301 \u00e9 \u212b\"")
	same("integers at the limits", `[9007199254740991,-9007199254740991,0,-1,10]`)
	yes("empty containers", `[ { } , [ ] , "" ]`, `[{},[],""]`)
	same("depth 16", strings.Repeat("[", 16)+strings.Repeat("]", 16))
	same("name of 64 bytes", `{"`+name64+`":0}`)
	full := build(piece{`"`, 1}, piece{"a", events.MaxBody - 2}, piece{`"`, 1})
	cases = append(cases, canonicalCase{Name: "768 KiB", Input: full, Verdict: accept, Output: &full},
		canonicalCase{Name: "768 KiB once white space is gone", Verdict: accept, Output: &full,
			Input: build(piece{" ", 10}, piece{`"`, 1}, piece{"a", events.MaxBody - 2}, piece{`"`, 1})},
		canonicalCase{Name: "768 KiB and a byte", Verdict: tooLarge,
			Input: build(piece{`"`, 1}, piece{"a", events.MaxBody - 1}, piece{`"`, 1})})

	no("nothing", "")
	no("white space only", " \n")
	no("two values", "1 2")
	no("byte order mark in front", "\ufeff{}")
	no("NaN", "NaN")
	no("comment", "[1/**/]")
	no("single quotes", "{'a':1}")
	no("comma at the end of an object", `{"a":1,}`)
	no("comma at the end of an array", `[1,]`)
	no("no end", `{"a":[1`)
	no("no end of a string", `"a`)
	no("member twice", `{"a":1,"b":2,"a":1}`)
	no("member twice by an escape", `{"a":1,"\u0061":1}`)
	no("empty name", `{"":1}`)
	no("name in upper case", `{"A":1}`)
	no("name with a digit first", `{"1":1}`)
	no("name with an underscore first", `{"_a":1}`)
	no("name with a hyphen", `{"a-b":1}`)
	no("name beyond ASCII", `{"é":1}`)
	no("name of 65 bytes", `{"`+name64+`a":1}`)
	for _, n := range []string{"1.0", "1.5", "1e3", "1E3", "1e-3", "-0", "01", "-01", "+1", "-", ".5", "0x1", "9007199254740992", "-9007199254740992", "18446744073709551617"} {
		no("number "+n, "["+n+"]")
	}
	no("high surrogate alone", `"\ud83d"`)
	no("low surrogate alone", `"\udc69"`)
	no("high surrogate and a letter", `"\ud83d\u0041"`)
	no("surrogates in the wrong order", `"\udc69\ud83d"`)
	no("surrogate as UTF-8", "\"\xed\xa0\xbd\"")
	no("invalid UTF-8", "\"\xff\"")
	no("cut UTF-8", "\"\xc3\"")
	no("overlong UTF-8", "\"\xc0\xaf\"")
	no("beyond Unicode", "\"\xf4\x90\x80\x80\"")
	no("NUL", "\"\x00\"")
	no("escaped NUL", `"\u0000"`)
	no("escaped control", `"\u001f"`)
	no("backspace", `"\b"`)
	no("form feed", `"\f"`)
	no("raw tab in a string", "\"\t\"")
	no("raw LF in a string", "\"\n\"")
	no("unknown escape", `"\x41"`)
	no("short escape", `"\u41"`)
	no("vertical tab as white space", "[\v1]")
	no("no-break space as white space", "[\u00a01]")
	no("depth 17", strings.Repeat("[", 17)+strings.Repeat("]", 17))
	no("depth 17 of objects", strings.Repeat(`{"a":`, 16)+"{}"+strings.Repeat("}", 16))
	return cases
}

// wordCase: Text is cut into Words.
type wordCase struct {
	Name  string   `json:"name"`
	Text  string   `json:"text"`
	Words []string `json:"words"`
}

func wordCases() []wordCase {
	x64 := strings.Repeat("x", 64)
	var white []string
	for _, r := range "\t\n\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" {
		white = append(white, "a"+string(r))
	}
	return []wordCase{
		{"empty", "", []string{""}},
		{"white space follows its word", "I said no.", []string{"I ", "said ", "no."}},
		{"runs of white space, and some at the end", "a  b\n\n c \n", []string{"a  ", "b\n\n ", "c \n"}},
		{"white space in front joins the first word", " \ta b", []string{" \ta ", "b"}},
		{"white space alone", " \n\t", []string{" \n\t"}},
		{"every white space", strings.Join(white, ""), white},
		{"joiners, marks and invisible characters are none", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u180eg", []string{"a\u200bb\u200cc\u200dd\u2060e\ufefff\u180eg"}},
		{"separators of files, groups, records and units are none", "a\x1cb\x1dc\x1ed\x1fe", []string{"a\x1cb\x1dc\x1ed\x1fe"}},
		{"64 bytes", x64, []string{x64}},
		{"65 bytes", x64 + "y", []string{x64, "y"}},
		{"64 bytes and a space", x64 + " y", []string{x64, " ", "y"}},
		{"64 bytes with the space", x64[1:] + " y", []string{x64[1:] + " ", "y"}},
		{"200 bytes", strings.Repeat("x", 200), []string{x64, x64, x64, "xxxxxxxx"}},
		{"a cut keeps code points whole", "x" + strings.Repeat("é", 40), []string{"x" + strings.Repeat("é", 31), strings.Repeat("é", 9)}},
		{"a cut may part a family", strings.Repeat("👩\u200d", 10), []string{strings.Repeat("👩\u200d", 9), "👩\u200d"}},
		{"long white space behind a word", "ab" + strings.Repeat(" ", 70) + "c", []string{"ab" + strings.Repeat(" ", 62), strings.Repeat(" ", 8), "c"}},
		{"long white space in front", strings.Repeat(" ", 70) + "ab c", []string{strings.Repeat(" ", 64), strings.Repeat(" ", 6) + "ab ", "c"}},
		{"64 bytes of white space in front", strings.Repeat(" ", 64) + "ab c", []string{strings.Repeat(" ", 64), "ab ", "c"}},
		{"long white space alone", strings.Repeat("\u3000", 22), []string{strings.Repeat("\u3000", 21), "\u3000"}},
		{"escaped characters count as one byte", strings.Repeat(`"`, 64) + `\`, []string{strings.Repeat(`"`, 64), `\`}},
		{"Gurmukhi", "ਮੈਂ ਠੀਕ ਹਾਂ", []string{"ਮੈਂ ", "ਠੀਕ ", "ਹਾਂ"}},
		{"Arabic", "لا أستطيع الكلام", []string{"لا ", "أستطيع ", "الكلام"}},
	}
}

// leaf is a part as a vector shows it.
type leaf struct {
	Index uint64      `json:"i"`
	Decoy bool        `json:"decoy,omitempty"`
	Kind  events.Kind `json:"kind,omitempty"`
	Path  string      `json:"path,omitempty"`
	Value string      `json:"value,omitempty"`
	Salt  string      `json:"salt,omitempty"`
	Hash  string      `json:"leaf,omitempty"`
}

func leavesOf(parts []events.Part) (leaves []leaf, root events.Hash) {
	var hashes []events.Hash
	for i := range parts {
		p := &parts[i]
		h := p.Leaf()
		hashes = append(hashes, h)
		leaves = append(leaves, leaf{p.Index, p.Decoy, p.Kind, p.Path, p.Value, hex.EncodeToString(p.Salt[:]), h.String()})
	}
	return leaves, events.Root(hashes)
}

// flattenCase: Body comes apart into Leaves, with the salts of SaltKey; into
// Size of them where they are too many to list.
type flattenCase struct {
	Name    string       `json:"name"`
	Body    octets       `json:"body"`
	SaltKey string       `json:"salt_key,omitempty"`
	Verdict verdict      `json:"verdict"`
	Leaves  []leaf       `json:"leaves,omitempty"`
	Size    int          `json:"size,omitempty"`
	Root    *events.Hash `json:"root,omitempty"`
}

func body(data string) string {
	return `{"actor":"staff-07","data":` + data + `,"occurred":null,"type":"contact.recorded","v":1}`
}

func flattenCases() []flattenCase {
	var cases []flattenCase
	yes := func(name, data string) {
		b := body(data)
		key := sha256.Sum256([]byte("vectors/salt/" + name))
		parts, err := events.Flatten([]byte(b))
		if err != nil {
			panic(err)
		}
		addSalts(parts, key[:])
		leaves, root := leavesOf(parts)
		cases = append(cases, flattenCase{Name: name, Body: octetsOf(b), SaltKey: hex.EncodeToString(key[:]), Verdict: accept, Leaves: leaves, Root: &root})
	}
	no := func(name string, b octets, v verdict) {
		cases = append(cases, flattenCase{Name: name, Body: b, Verdict: v})
	}
	yes("empty data", `{}`)
	yes("nested", `{"a":{"b":[1,{},[]],"c":{"d":"x"}},"list":[true,null,-5]}`)
	yes("a text", `{"text":"she said no"}`)
	yes("an empty text", `{"text":""}`)
	yes("texts one after another", `{"a":[{"text":"one two"},{"text":"three"}],"because":{"text":"\"four\"\n"},"text":" five"}`)
	yes("a text that ends on a multiple of eight", `{"text":"1 2 3 4 5 6 7"}`)
	yes("a string that is no text", `{"texts":"not cut at all","title":"text"}`)
	yes("other scripts", `{"text":"ਮੈਂ ਠੀਕ ਹਾਂ 👩‍👧 لا"}`)

	no("text is null", octetsOf(body(`{"text":null}`)), syntax)
	no("text is a number", octetsOf(body(`{"text":1}`)), syntax)
	no("text is an object", octetsOf(body(`{"text":{}}`)), syntax)
	no("text is an array", octetsOf(body(`{"text":["a"]}`)), syntax)
	no("white space", octetsOf(body(`{ }`)), syntax)
	no("text under occurred is a number", octetsOf(`{"actor":"a","data":{},"occurred":{"text":1},"type":"t","v":1}`), syntax)
	no("text deep under occurred is null", octetsOf(`{"actor":"a","data":{},"occurred":{"a":[{"text":null}]},"type":"t","v":1}`), syntax)
	no("data is an array", octetsOf(body(`[]`)), syntax)
	no("data is null", octetsOf(body(`null`)), syntax)
	no("actor is null", octetsOf(`{"actor":null,"data":{},"occurred":null,"type":"t","v":1}`), syntax)
	no("type is a number", octetsOf(`{"actor":"a","data":{},"occurred":null,"type":1,"v":1}`), syntax)
	no("v is 0", octetsOf(`{"actor":"a","data":{},"occurred":null,"type":"t","v":0}`), syntax)
	no("v is a string", octetsOf(`{"actor":"a","data":{},"occurred":null,"type":"t","v":"1"}`), syntax)
	no("occurred is missing", octetsOf(`{"actor":"a","data":{},"type":"t","v":1}`), syntax)
	no("a sixth member", octetsOf(`{"actor":"a","data":{},"occurred":null,"place":null,"type":"t","v":1}`), syntax)
	no("an array", octetsOf(`[]`), syntax)
	head, tail, _ := strings.Cut(body(`{"a":[|1]}`), "|")
	cases = append(cases, flattenCase{Name: "131072 parts and one", Verdict: tooLarge,
		Body: build(piece{head, 1}, piece{"1,", events.MaxParts - 4}, piece{tail, 1})})
	largest := flattenCase{Name: "131072 parts", Verdict: accept, Size: events.MaxParts,
		Body: build(piece{head, 1}, piece{"1,", events.MaxParts - 5}, piece{tail, 1})}
	key := sha256.Sum256([]byte("vectors/salt/" + largest.Name))
	b, err := largest.Body.bytes()
	if err != nil {
		panic(err)
	}
	parts, err := events.Flatten(b)
	if err != nil {
		panic(err)
	}
	addSalts(parts, key[:])
	_, root := leavesOf(parts)
	largest.SaltKey, largest.Root = hex.EncodeToString(key[:]), &root
	return append(cases, largest)
}

func addSalts(parts []events.Part, key []byte) {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	stream := cipher.NewCTR(block, make([]byte, aes.BlockSize))
	for i := range parts {
		stream.XORKeyStream(parts[i].Salt[:], parts[i].Salt[:])
	}
}

// unflattenCase: Parts, without salts, make Body or none.
type unflattenCase struct {
	Name    string  `json:"name"`
	Parts   []leaf  `json:"parts"`
	Verdict verdict `json:"verdict"`
	Body    *octets `json:"body,omitempty"`
}

func unflattenCases() []unflattenCase {
	whole := body(`{"a":{"b":[1,{}],"text":"one two"},"list":[],"z":"s"}`)
	parts := func() []leaf {
		flat, err := events.Flatten([]byte(whole))
		if err != nil {
			panic(err)
		}
		var leaves []leaf
		for _, p := range flat {
			leaves = append(leaves, leaf{Index: p.Index, Decoy: p.Decoy, Kind: p.Kind, Path: p.Path, Value: p.Value})
		}
		return leaves
	}
	out := octetsOf(whole)
	cases := []unflattenCase{{"whole", parts(), accept, &out},
		{"without decoys", slices.DeleteFunc(parts(), func(p leaf) bool { return p.Decoy }), accept, &out}}
	no := func(name string, edit func(p []leaf) []leaf) {
		cases = append(cases, unflattenCase{Name: name, Parts: edit(parts()), Verdict: syntax})
	}
	set := func(name string, i int, edit func(p *leaf)) {
		no(name, func(p []leaf) []leaf { edit(&p[i]); return p })
	}
	no("nothing", func([]leaf) []leaf { return []leaf{} })
	no("first missing", func(p []leaf) []leaf { return p[1:] })
	no("one missing", func(p []leaf) []leaf { return append(p[:2], p[3:]...) })
	no("last missing", func(p []leaf) []leaf { return p[:len(p)-1] })
	no("first word missing", func(p []leaf) []leaf { return append(p[:3], p[4:]...) })
	no("swapped", func(p []leaf) []leaf { p[8], p[9] = p[9], p[8]; return p })
	no("one twice", func(p []leaf) []leaf { return append(p, p[len(p)-1]) })
	set("another index", 9, func(p *leaf) { p.Index++ })
	set("a word as a scalar", 3, func(p *leaf) { p.Kind = events.KindScalar })
	set("a scalar as a word", 9, func(p *leaf) { p.Kind = events.KindWord })
	set("an unknown kind", 0, func(p *leaf) { p.Kind = 4 })
	set("a path without its slash", 0, func(p *leaf) { p.Path = "actor" })
	set("an array index out of turn", 2, func(p *leaf) { p.Path = "/data/a/b/2" })
	set("an array index with a zero in front", 2, func(p *leaf) { p.Path = "/data/a/b/01" })
	set("a member in an array", 2, func(p *leaf) { p.Path = "/data/a/b/c" })
	set("a word number out of turn", 4, func(p *leaf) { p.Path = "/data/a/text/2" })
	set("a name that is none", 0, func(p *leaf) { p.Path = `/actor":1,"b` })
	no("words cut elsewhere", func(p []leaf) []leaf { p[3].Value, p[4].Value = `"one"`, `" two"`; return p })
	set("a word that ends its string", 4, func(p *leaf) { p.Value = `"two","zz":"a"` })
	set("a word of 65 bytes", 4, func(p *leaf) { p.Value = `"` + strings.Repeat("x", 65) + `"` })
	set("two values in one", 1, func(p *leaf) { p.Value = "1,2" })
	set("a value that adds a member", 9, func(p *leaf) { p.Value = `"s","zz":1` })
	set("a value that is an object", 9, func(p *leaf) { p.Value = `{"a":1}` })
	set("a value that is no integer", 1, func(p *leaf) { p.Value = "1.5" })
	return cases
}
