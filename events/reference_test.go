package events_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"caseledger/events"
)

// This file is a second implementation of the record, written from
// docs/FORMAT.md alone: slow, plain, and sharing no code with the package.
// Where both give the same bytes, the format is what the document says.

type refPart struct {
	index uint64
	kind  byte
	path  string
	value string
	decoy bool
}

// refQuote is the canonical JSON string.
func refQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(s) + `"`
}

const refWhite = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// refWords first finds the whole words, then cuts the long ones.
func refWords(text string) []string {
	runes := []rune(text)
	white := func(i int) bool { return i < len(runes) && strings.ContainsRune(refWhite, runes[i]) }
	var words []string
	for i := 0; i < len(runes); {
		from := i
		if i == 0 {
			for white(i) {
				i++
			}
		}
		for i < len(runes) && !white(i) {
			i++
		}
		for white(i) {
			i++
		}
		piece := ""
		for _, r := range runes[from:i] {
			if len(piece)+utf8.RuneLen(r) > 64 {
				words = append(words, piece)
				piece = ""
			}
			piece += string(r)
		}
		words = append(words, piece)
	}
	if len(words) == 0 {
		words = []string{""}
	}
	return words
}

// refFlatten reads a body token by token with the standard library.
func refFlatten(body []byte) []refPart {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var parts []refPart
	add := func(p refPart) {
		p.index = uint64(len(parts))
		parts = append(parts, p)
	}
	next := func() json.Token {
		tok, err := dec.Token()
		if err != nil {
			panic(err)
		}
		return tok
	}
	var value func(path, name string)
	value = func(path, name string) {
		switch tok := next().(type) {
		case json.Delim:
			if !dec.More() {
				next()
				add(refPart{kind: 3, path: path, value: map[json.Delim]string{'{': "{}", '[': "[]"}[tok]})
				return
			}
			for i := 0; dec.More(); i++ {
				if tok == '{' {
					member := next().(string)
					value(path+"/"+member, member)
				} else {
					value(fmt.Sprintf("%s/%d", path, i), "")
				}
			}
			next()
		case string:
			if name != "text" {
				add(refPart{kind: 1, path: path, value: refQuote(tok)})
				return
			}
			for k, word := range refWords(tok) {
				add(refPart{kind: 2, path: fmt.Sprintf("%s/%d", path, k), value: refQuote(word)})
			}
			for len(parts)%8 != 0 {
				add(refPart{decoy: true})
			}
		case json.Number:
			add(refPart{kind: 1, path: path, value: tok.String()})
		case bool:
			add(refPart{kind: 1, path: path, value: fmt.Sprint(tok)})
		case nil:
			add(refPart{kind: 1, path: path, value: "null"})
		}
	}
	value("", "")
	if _, err := dec.Token(); err != io.EOF {
		panic("more than one value")
	}
	return parts
}

func refHKDF(secret, salt []byte, info string) []byte {
	out, err := hkdf.Key(sha256.New, secret, salt, info, 32)
	if err != nil {
		panic(err)
	}
	return out
}

// refLeaves returns the leaf hashes, made with the tree library's own leaf
// prefix.
func refLeaves(parts []refPart, saltKey []byte) []tlog.Hash {
	block, err := aes.NewCipher(saltKey)
	if err != nil {
		panic(err)
	}
	stream := make([]byte, 32*len(parts))
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(stream, stream)
	var leaves []tlog.Hash
	for i, p := range parts {
		salt := stream[32*i : 32*i+32]
		data := []byte("caseledger/decoy/v1\n" + string(salt))
		if !p.decoy {
			data = []byte("caseledger/part/v1\n" + string(salt) + string(rune(p.kind)))
			data = binary.BigEndian.AppendUint32(data, uint32(len(p.path)))
			data = append(data, p.path...)
			data = binary.BigEndian.AppendUint32(data, uint32(len(p.value)))
			data = append(data, p.value...)
		}
		leaves = append(leaves, tlog.RecordHash(data))
	}
	return leaves
}

// refRoot is the definition in RFC 6962, section 2.1, word for word.
func refRoot(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(refRoot(leaves[:k]), refRoot(leaves[k:]))
}

// refSeal returns the payload of a sealed draft.
func refSeal(d *events.Draft, key events.Key) string {
	prev := hex.EncodeToString(d.Prev[:])
	chain := hex.EncodeToString(d.Chain[:])
	ref := fmt.Sprintf("case/%s/%d", chain, d.Key.Gen)
	if d.Key.Service {
		ref = fmt.Sprintf("service/%d", d.Key.Gen)
	}
	info := fmt.Sprintf("caseledger/event/v1\n%s\n%s\n%d\n%s", d.Origin, chain, d.Seq, d.ID)
	eventKey := refHKDF(key[:], d.Nonce[:], info)
	saltKey := refHKDF(eventKey, nil, "caseledger/salt/v1")
	sealKey := refHKDF(eventKey, nil, "caseledger/seal/v1")

	parts := refFlatten(d.Body)
	root := refRoot(refLeaves(parts, saltKey))

	link := fmt.Sprintf("caseledger/event/v1\norigin %s\nchain %s\nseq %d\nprev %s\n", d.Origin, chain, d.Seq, prev)
	detail := fmt.Sprintf("caseledger/detail/v1\nid %s\nat %s\nkey %s\nnonce %x\nparts %d %x\n",
		d.ID, d.At.UTC().Format("2006-01-02T15:04:05.000000Z"), ref, d.Nonce, len(parts), root[:])

	padded := binary.BigEndian.AppendUint32(nil, uint32(len(d.Body)))
	padded = append(padded, d.Body...)
	for len(padded) < refPadme(4+len(d.Body)) {
		padded = append(padded, 0)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	sealed := gcm.Seal(nil, make([]byte, 12), padded, []byte(link+detail))

	detail += fmt.Sprintf("sealed %x\n", sha256.Sum256(sealed))
	link += fmt.Sprintf("detail %x\n", sha256.Sum256([]byte(detail)))
	return link + detail + "\n" + string(sealed)
}

// refPadme looks for the next length that Padmé allows: one whose significand
// behind the first bit has no more bits than its exponent, 256 at least.
func refPadme(n int) int {
	for n = max(n, 256); ; n++ {
		exponent := len(fmt.Sprintf("%b", n)) - 1
		significand := strings.TrimRight(fmt.Sprintf("%b", n), "0")[1:]
		if len(significand) <= len(fmt.Sprintf("%b", exponent)) {
			return n
		}
	}
}

// Seal and the reference agree on every byte of random records.
func TestSealAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, key := genDraft().Draw(t, "draft"), genKey().Draw(t, "key")
		r, err := events.Seal(d, &key)
		if err != nil {
			t.Fatalf("Seal: %v", err)
		}
		if got, want := string(r.Append(nil)), refSeal(d, key); got != want {
			t.Fatalf("Seal gives\n%q\nreference\n%q", got, want)
		}
	})
}

func TestWordsAgreeWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genText().Draw(t, "text")
		got, want := events.Words(text), refWords(text)
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("Words(%q) = %q, reference %q", text, got, want)
		}
	})
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func genKey() *rapid.Generator[events.Key] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), func(b []byte) events.Key { return events.Key(b) })
}

// genText draws texts with everything that cutting and escaping care about.
func genText() *rapid.Generator[string] {
	pieces := []string{
		"", " ", "  ", "\t", "\n", "\r\n", "a", "she said", "no.", `"`, `\`, `\"`, "\u007f", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u2029",
		"\u202f", "\u205f", "\u3000", "\u200b", "\u200d", "\ufeff", "\ufffd", "\ufffe", "ਮੈਂ ਠੀਕ ਹਾਂ", "لا أستطيع", "👩‍👩‍👧", "żółć", "\U0010ffff",
		strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("é", 40), strings.Repeat(" ", 70), strings.Repeat("👩", 17), strings.Repeat(`"`, 65),
	}
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.StringOf(genRune())), 0, 12),
		func(s []string) string { return strings.Join(s, "") })
}

// genRune draws every character that a body may hold.
func genRune() *rapid.Generator[rune] {
	return rapid.Rune().Filter(func(r rune) bool {
		return utf8.ValidRune(r) && (r >= 0x20 || r == '\t' || r == '\n' || r == '\r')
	})
}

// genValue draws canonical JSON of at most this many levels.
func genValue(levels int) *rapid.Generator[string] {
	kinds := []*rapid.Generator[string]{
		rapid.Map(genText(), refQuote),
		rapid.Map(rapid.Int64Range(-events.MaxNumber, events.MaxNumber), func(n int64) string { return fmt.Sprint(n) }),
		rapid.SampledFrom([]string{"null", "true", "false", "0", "-1", "9007199254740991", "-9007199254740991", "[]", "{}", `""`}),
	}
	if levels > 0 {
		kinds = append(kinds, genObject(levels), rapid.Custom(func(t *rapid.T) string {
			return "[" + strings.Join(rapid.SliceOfN(genValue(levels-1), 0, 12).Draw(t, "elements"), ",") + "]"
		}))
	}
	return rapid.OneOf(kinds...)
}

func genObject(levels int) *rapid.Generator[string] {
	names := rapid.OneOf(rapid.SampledFrom([]string{"text", "texts", "tex", "text_", "a", "z9", "statements"}), rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`))
	return rapid.Custom(func(t *rapid.T) string {
		members := map[string]string{}
		for _, name := range rapid.SliceOfN(names, 0, 5).Draw(t, "names") {
			if name == "text" {
				members[name] = refQuote(genText().Draw(t, "text"))
			} else {
				members[name] = genValue(levels-1).Draw(t, "member")
			}
		}
		return refObject(members)
	})
}

// refObject writes members that are canonical JSON in byte order.
func refObject(members map[string]string) string {
	var lines []string
	for _, name := range sortedKeys(members) {
		lines = append(lines, `"`+name+`":`+members[name])
	}
	return "{" + strings.Join(lines, ",") + "}"
}

func genBody() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		return []byte(refObject(map[string]string{
			"actor":    refQuote(genText().Draw(t, "actor")),
			"data":     genObject(4).Draw(t, "data"),
			"occurred": genValue(2).Draw(t, "occurred"),
			"type":     refQuote(rapid.SampledFrom([]string{"contact.recorded", "case.closed"}).Draw(t, "type")),
			"v":        fmt.Sprint(rapid.Uint64Range(1, events.MaxNumber).Draw(t, "v")),
		}))
	})
}

func genDraft() *rapid.Generator[*events.Draft] {
	hash := rapid.SliceOfN(rapid.Byte(), 32, 32).Filter(func(b []byte) bool { return events.Hash(b) != events.Hash{} })
	return rapid.Custom(func(t *rapid.T) *events.Draft {
		d := &events.Draft{
			Origin: rapid.StringMatching(`[a-z0-9.-]{1,20}(/[a-z0-9.-]{1,10}){0,3}`).Draw(t, "origin"),
			Seq:    rapid.OneOf(rapid.Uint64Range(1, 3), rapid.Uint64Range(1, events.MaxNumber)).Draw(t, "seq"),
			At: time.UnixMicro(rapid.Int64Range(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
				time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC).UnixMicro()).Draw(t, "at")),
			Body: genBody().Draw(t, "body"),
		}
		copy(d.Chain[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "chain"))
		copy(d.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		copy(d.Nonce[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "nonce"))
		if d.Seq > 1 {
			d.Prev = events.Hash(hash.Draw(t, "prev"))
		}
		n := rapid.Uint64Range(1, events.MaxNumber).Draw(t, "generation")
		d.Key = events.CaseKey(d.Chain, n)
		if rapid.Bool().Draw(t, "service") {
			d.Key = events.ServiceKey(n)
		}
		return d
	})
}
