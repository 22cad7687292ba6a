package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// blockCase: Block is a link or a detail block, and Hash its SHA-256 where it
// is accepted.
type blockCase struct {
	Name    string       `json:"name"`
	Block   octets       `json:"block"`
	Verdict verdict      `json:"verdict"`
	Hash    *events.Hash `json:"hash,omitempty"`
}

// blocks makes cases by replacing the first old in good with new.
type blocks struct {
	good  string
	cases []blockCase
}

func (b *blocks) yes(name, old, new string) {
	s := b.replace(old, new)
	h := events.Hash(sha256.Sum256([]byte(s)))
	b.cases = append(b.cases, blockCase{name, octetsOf(s), accept, &h})
}

func (b *blocks) no(name, old, new string) {
	b.cases = append(b.cases, blockCase{Name: name, Block: octetsOf(b.replace(old, new)), Verdict: syntax})
}

func (b *blocks) version(name, old, new string) {
	b.cases = append(b.cases, blockCase{Name: name, Block: octetsOf(b.replace(old, new)), Verdict: version})
}

func (b *blocks) replace(old, new string) string {
	if !strings.Contains(b.good, old) {
		panic("nothing to replace: " + old)
	}
	return strings.Replace(b.good, old, new, 1)
}

const (
	chainHex = "7c1e00112233445566778899aabbccdd"
	prevHex  = "5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f5e8f"
	idText   = "01JDV3F2N5ABCDEFGHJKMNPQRS"
)

func linkCases() []blockCase {
	b := blocks{good: "caseledger/event/v1\norigin ledger.example.org/cases\nchain " + chainHex + "\nseq 3\nprev " + prevHex + "\ndetail " + prevHex + "\n"}
	zeros := strings.Repeat("0", 64)
	b.yes("a link", "", "")
	b.yes("the first", "seq 3\nprev "+prevHex, "seq 1\nprev "+zeros)
	b.yes("the last number", "seq 3", "seq 9007199254740991")
	b.yes("the shortest origin", "ledger.example.org/cases", "a")
	b.yes("an origin of 128 bytes", "ledger.example.org/cases", strings.Repeat("a/", 63)+"ab")
	b.version("next version", "event/v1", "event/v2")
	b.version("another first line", "caseledger/event/v1", "caseledger/detail/v1")
	b.version("CR before LF", "v1\n", "v1\r\n")
	b.version("an empty line in front", "caseledger", "\ncaseledger")
	b.no("a line missing", "chain "+chainHex+"\n", "")
	b.no("a line twice", "seq 3\n", "seq 3\nseq 3\n")
	b.no("a line more", "seq 3\n", "seq 3\nnote 1\n")
	b.no("lines swapped", "chain "+chainHex+"\nseq 3\n", "seq 3\nchain "+chainHex+"\n")
	b.no("two spaces", "seq 3", "seq  3")
	b.no("a space at the end", "seq 3\n", "seq 3 \n")
	b.no("a tab", "seq 3", "seq\t3")
	b.no("a name in upper case", "seq", "Seq")
	b.no("no LF at the end", "detail "+prevHex+"\n", "detail "+prevHex)
	b.no("a byte behind", "detail "+prevHex+"\n", "detail "+prevHex+"\n\n")
	b.no("no origin", "ledger.example.org/cases", "")
	b.no("an origin in upper case", " ledger", " Ledger")
	b.no("an origin with a colon", ".org", ".org:80")
	b.no("an origin with a slash first", " ledger", " /ledger")
	b.no("an origin with a slash last", "/cases", "/cases/")
	b.no("an origin with two slashes", "/cases", "//cases")
	b.no("an origin of 129 bytes", "ledger.example.org/cases", strings.Repeat("a", 129))
	b.no("a chain in upper case", "7c1e", "7C1E")
	b.no("a chain too short", "7c1e", "7c")
	b.no("a chain too long", "7c1e", "7c1e00")
	for _, n := range []string{"0", "03", "+3", "-3", "3.0", "", "0x3", "9007199254740992", "18446744073709551619"} {
		b.no("seq "+n, "seq 3", "seq "+n)
	}
	b.no("seq 1 that follows something", "seq 3", "seq 1")
	b.no("seq 3 that follows nothing", "prev "+prevHex, "prev "+zeros)
	b.no("a hash in upper case", "detail 5e", "detail 5E")
	b.no("a hash too short", "detail 5e", "detail 5")
	return b.cases
}

func detailCases() []blockCase {
	b := blocks{good: "caseledger/detail/v1\nid " + idText + "\nat 2026-11-22T03:20:00.123456Z\nkey case/" + chainHex + "/1\nnonce " + prevHex + "\nparts 56 " + prevHex + "\nsealed " + prevHex + "\n"}
	b.yes("a detail", "", "")
	b.yes("the lowest id", idText, strings.Repeat("0", 26))
	b.yes("the highest id", idText, "7"+strings.Repeat("Z", 25))
	b.yes("the first time", "2026-11-22T03:20:00.123456", "0001-01-01T00:00:00.000000")
	b.yes("the last time", "2026-11-22T03:20:00.123456", "9999-12-31T23:59:59.999999")
	b.yes("29 February of a leap year", "2026-11-22", "2028-02-29")
	b.yes("a service key", "case/"+chainHex+"/1", "service/12")
	b.yes("one part", "parts 56", "parts 1")
	b.version("next version", "detail/v1", "detail/v2")
	b.version("a link", "caseledger/detail/v1", "caseledger/event/v1")
	b.no("an id in lower case", idText, strings.ToLower(idText))
	b.no("an id with U", "QRS", "QRU")
	b.no("an id with I for 1", "01J", "0IJ")
	b.no("an id above the highest", "01J", "81J")
	b.no("an id too short", "QRS", "QR")
	for _, at := range []string{"2026-11-22T03:20:00Z", "2026-11-22T03:20:00.123Z", "2026-11-22T03:20:00.1234567Z", "2026-11-22T03:20:00,123456Z", "2026-11-22T03:20:00.123456z",
		"2026-11-22t03:20:00.123456Z", "2026-11-22 03:20:00.123456Z", "2026-11-22T03:20:00.123456+00:00", "2026-11-31T03:20:00.123456Z", "2026-02-29T03:20:00.123456Z", "1900-02-29T03:20:00.123456Z",
		"2026-13-22T03:20:00.123456Z", "2026-00-22T03:20:00.123456Z", "2026-11-00T03:20:00.123456Z", "2026-11-22T24:00:00.000000Z", "2026-11-22T03:60:00.123456Z", "2016-12-31T23:59:60.000000Z",
		"0000-11-22T03:20:00.123456Z", "12026-11-22T03:20:00.123456Z", "2026-11-22T+3:20:00.123456Z"} {
		b.no("at "+at, "2026-11-22T03:20:00.123456Z", at)
	}
	for _, key := range []string{"case/" + chainHex, "case/" + chainHex + "/", "case/" + chainHex + "/0", "case/" + chainHex + "/01", "case/" + chainHex + "/1/1", "case/" + strings.ToUpper(chainHex) + "/1",
		"case/1", "service/0", "service/", "service/" + chainHex + "/1", "team/1", "case/" + chainHex + "/9007199254740992"} {
		b.no("key "+key, "case/"+chainHex+"/1", key)
	}
	b.no("a nonce too short", "nonce 5e", "nonce ")
	b.no("no parts", "parts 56", "parts 0")
	b.no("parts with a zero in front", "parts 56", "parts 056")
	b.no("parts without a root", "parts 56 "+prevHex, "parts 56")
	b.no("parts with two spaces", "parts 56 ", "parts 56  ")
	b.no("a byte behind", "sealed "+prevHex+"\n", "sealed "+prevHex+"\n ")
	return b.cases
}

// recordCase: Payload is a stored message and Key the 32 bytes that seal it.
// Parse is the verdict without the key; Open the one with it, without a
// schema. What is accepted has Hash, Body and the steps between; what does not
// parse stands in the tree as Void.
type recordCase struct {
	Name    string       `json:"name"`
	Payload octets       `json:"payload"`
	Parse   verdict      `json:"parse"`
	Void    *events.Hash `json:"void,omitempty"`
	Key     string       `json:"key,omitempty"`
	Hash    *events.Hash `json:"hash,omitempty"`
	Open    verdict      `json:"open,omitempty"`
	Body    *octets      `json:"body,omitempty"`
	Steps   *steps       `json:"steps,omitempty"`
}

type steps struct {
	EventKey string        `json:"event_key"`
	SaltKey  string        `json:"salt_key"`
	SealKey  string        `json:"seal_key"`
	Padded   int           `json:"padded"`
	Leaves   []events.Hash `json:"leaves"`
}

// keysOf derives an event's keys with the standard library.
func keysOf(r *events.Record, key events.Key) (event, salt, seal []byte) {
	derive := func(secret, salt []byte, info string) []byte {
		out, err := hkdf.Key(sha256.New, secret, salt, info, 32)
		if err != nil {
			panic(err)
		}
		return out
	}
	info := fmt.Sprintf("caseledger/event/v1\n%s\n%s\n%d\n%s", r.Link.Origin, r.Link.Chain, r.Link.Seq, r.Detail.ID)
	event = derive(key[:], r.Detail.Nonce[:], info)
	return event, derive(event, nil, "caseledger/salt/v1"), derive(event, nil, "caseledger/seal/v1")
}

// reseal replaces what is sealed and what the detail commits to, under the
// right key.
func reseal(r events.Record, edit func(plain []byte, d *events.Detail) []byte) events.Record {
	key := eventstest.KeyOf(r.Detail.Key)
	_, _, sealKey := keysOf(&r, key)
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	plain, err := gcm.Open(nil, make([]byte, 12), r.Sealed, contextOf(&r))
	if err != nil {
		panic(err)
	}
	plain = edit(plain, &r.Detail)
	r.Sealed = gcm.Seal(nil, make([]byte, 12), plain, contextOf(&r))
	return rehash(r)
}

// contextOf returns the additional data of a seal: the link without its last
// line and the detail without its last line.
func contextOf(r *events.Record) []byte {
	cut := func(block []byte) []byte { return block[:bytes.LastIndexByte(block[:len(block)-1], '\n')+1] }
	return append(cut(r.Link.Append(nil)), cut(r.Detail.Append(nil))...)
}

// rehash makes the hashes of an edited record right again.
func rehash(r events.Record) events.Record {
	r.Detail.Sealed = sha256.Sum256(r.Sealed)
	r.Link.Detail = r.Detail.Hash()
	return r
}

func replace(old, new string) func([]byte, *events.Detail) []byte {
	return func(plain []byte, _ *events.Detail) []byte {
		if len(old) != len(new) || !bytes.Contains(plain, []byte(old)) {
			panic("nothing to replace: " + old)
		}
		return bytes.Replace(plain, []byte(old), []byte(new), 1)
	}
}

func recordCases() []recordCase {
	c := eventstest.NewChain("vectors").
		Add("referral.received", `{"source":"police","reason":{"text":"Called at 02:10."}}`).
		Add("contact.recorded", `{"channel":"phone","statements":[{"kind":"client-words","text":"I said no.\nHe laughed. \"Nobody will believe you.\"  "},{"kind":"observed","text":""}]}`).
		Add("contact.recorded", `{"text":"ਮੈਂ ਠੀਕ ਹਾਂ 👩‍👧 لا أستطيع"}`).
		Key(events.ServiceKey(3)).
		Add("erasure.begun").
		Key(events.CaseKey(eventstest.NewChain("vectors").ID(), 2)).
		Add("case.reopened", `{"text":"`+strings.Repeat("again and ", 40)+`"}`)
	var cases []recordCase
	yes := func(name string, r events.Record) {
		key := eventstest.KeyOf(r.Detail.Key)
		parts, err := events.OpenParts(&r, &key, nil)
		if err != nil {
			panic(err)
		}
		text, err := events.Unflatten(parts)
		if err != nil {
			panic(err)
		}
		event, salt, seal := keysOf(&r, key)
		s := steps{hex.EncodeToString(event), hex.EncodeToString(salt), hex.EncodeToString(seal), len(r.Sealed) - 16, nil}
		for i := range parts {
			s.Leaves = append(s.Leaves, parts[i].Leaf())
		}
		h, b := r.Link.Hash(), octetsOf(string(text))
		cases = append(cases, recordCase{Name: name, Payload: hexOf(r.Append(nil)), Parse: accept,
			Key: hex.EncodeToString(key[:]), Hash: &h, Open: accept, Body: &b, Steps: &s})
	}
	unopened := func(name string, r events.Record) {
		key := eventstest.KeyOf(r.Detail.Key)
		h := r.Link.Hash()
		cases = append(cases, recordCase{Name: name, Payload: hexOf(r.Append(nil)), Parse: accept, Key: hex.EncodeToString(key[:]), Hash: &h, Open: sealed})
	}
	no := func(name string, payload []byte, v verdict) {
		h := events.VoidHash(payload)
		cases = append(cases, recordCase{Name: name, Payload: hexOf(payload), Parse: v, Void: &h})
	}

	yes("first of a chain", c.Record(1))
	yes("with texts", c.Record(2))
	yes("other scripts", c.Record(3))
	yes("service key", c.Record(4))
	yes("second generation", c.Record(5))

	edited := func(edit func(r *events.Record)) events.Record {
		r := c.Record(2)
		edit(&r)
		return rehash(r)
	}
	unopened("another origin", edited(func(r *events.Record) { r.Link.Origin = "ledger.example.net/cases" }))
	unopened("another seq", edited(func(r *events.Record) { r.Link.Seq = 3 }))
	unopened("another prev", edited(func(r *events.Record) { r.Link.Prev[0] ^= 1 }))
	unopened("another id", edited(func(r *events.Record) { r.Detail.ID[15] ^= 1 }))
	unopened("another time", edited(func(r *events.Record) { r.Detail.At = r.Detail.At.AddDate(0, 0, -1) }))
	unopened("another key", edited(func(r *events.Record) { r.Detail.Key.Gen = 7 }))
	unopened("another nonce", edited(func(r *events.Record) { r.Detail.Nonce[0] ^= 1 }))
	unopened("another number of parts", edited(func(r *events.Record) { r.Detail.Parts++ }))
	unopened("another root", edited(func(r *events.Record) { r.Detail.Root[0] ^= 1 }))
	unopened("a sealed bit flipped", edited(func(r *events.Record) { r.Sealed[40] ^= 1 }))
	unopened("sealed bytes cut", edited(func(r *events.Record) { r.Sealed = r.Sealed[:len(r.Sealed)-1] }))
	unopened("no sealed bytes", edited(func(r *events.Record) { r.Sealed = nil }))

	forged := func(name string, edit func(plain []byte, d *events.Detail) []byte) {
		unopened("sealed under the right key: "+name, reseal(c.Record(2), edit))
	}
	forged("padding longer than Padmé", func(p []byte, _ *events.Detail) []byte { return append(p, make([]byte, 64)...) })
	forged("padding not zero", func(p []byte, _ *events.Detail) []byte { p[len(p)-1] = 1; return p })
	forged("length too small", func(p []byte, _ *events.Detail) []byte { p[3]--; return p })
	forged("length too large", func(p []byte, _ *events.Detail) []byte { binary.BigEndian.PutUint32(p, 1<<31); return p })
	forged("body not canonical", replace(`"v":1}`, `"v": 1`))
	forged("members out of order", replace(`"type":"contact.recorded","v":1`, `"v":1,"type":"contact.recorded"`))
	forged("member missing", replace(`"actor"`, `"actar"`))
	forged("another word than the root holds", replace("laughed", "shouted"))
	forged("root of something else", func(p []byte, d *events.Detail) []byte { d.Root[31] ^= 1; return p })
	forged("number of parts one less", func(p []byte, d *events.Detail) []byte { d.Parts--; return p })
	forged("text that is no string", replace(`"text":""`, `"text":12`))

	payload := c.Payloads()[1]
	detail := bytes.Index(payload, []byte("caseledger/detail"))
	empty := bytes.Index(payload, []byte("\n\n")) + 1
	other := c.Payloads()[0]
	otherDetail := bytes.Index(other, []byte("caseledger/detail"))
	no("nothing", nil, syntax)
	no("no record", []byte("hello\n"), version)
	no("link alone", payload[:detail], syntax)
	no("no empty line", slices.Concat(payload[:empty], payload[empty+1:]), syntax)
	no("empty line between the blocks", slices.Concat(payload[:detail], []byte("\n"), payload[detail:]), version)
	no("last byte missing", payload[:len(payload)-1], broken)
	no("a byte more", append(slices.Clone(payload), 0), broken)
	no("another event's detail", slices.Concat(payload[:detail], other[otherDetail:]), broken)
	no("next link version", bytes.Replace(payload, []byte("event/v1"), []byte("event/v2"), 1), version)
	no("detail edited", bytes.Replace(payload, []byte("\nat 2026"), []byte("\nat 2025"), 1), broken)
	wrongChain := c.Record(2)
	wrongChain.Detail.Key.Chain[0] ^= 1
	wrongChain = rehash(wrongChain)
	no("another chain's key", wrongChain.Append(nil), syntax)
	wrongChain.Sealed[0] ^= 1
	no("another chain's key and another hash of the sealed bytes", wrongChain.Append(nil), broken)
	wrongChain = c.Record(2)
	wrongChain.Detail.Key.Chain[0] ^= 1
	no("another chain's key and another hash of the detail", wrongChain.Append(nil), broken)

	large := func(name string, size int) recordCase {
		r := c.Record(2)
		r.Sealed = nil
		r.Sealed = bytes.Repeat([]byte{'s'}, size-len(r.Append(nil)))
		r = rehash(r)
		head := r.Append(nil)[:size-len(r.Sealed)]
		return recordCase{Name: name, Payload: build(piece{string(head), 1}, piece{"s", len(r.Sealed)})}
	}
	whole, key := large("1 MiB", events.MaxRecord), eventstest.KeyOf(c.Record(2).Detail.Key)
	payload, err := whole.Payload.bytes()
	if err != nil {
		panic(err)
	}
	entry := events.NewEntry(1, payload)
	hash := entry.Hash()
	whole.Parse, whole.Hash, whole.Open, whole.Key = accept, &hash, sealed, hex.EncodeToString(key[:])
	over := large("1 MiB and a byte", events.MaxRecord+1)
	if payload, err = over.Payload.bytes(); err != nil {
		panic(err)
	}
	void := events.VoidHash(payload)
	over.Parse, over.Void = tooLarge, &void
	return append(cases, whole, over)
}

// chainCase: Records are payloads that all parse. Where they are no chain from
// seq 1, Seq is the place and Field the line that breaks.
type chainCase struct {
	Name    string   `json:"name"`
	Records []octets `json:"records"`
	Verdict verdict  `json:"verdict"`
	Seq     uint64   `json:"seq,omitempty"`
	Field   string   `json:"field,omitempty"`
}

func chainCases() []chainCase {
	whole := func() []events.Record { return eventstest.NewChain("chain").Add("a", "{}", "{}", "{}").Records() }
	other := eventstest.NewChain("other").Add("a", "{}", "{}", "{}").Records()
	elsewhere := eventstest.NewChain("chain").Origin("ledger.example.net/cases").Add("a", "{}", "{}", "{}").Records()
	rewritten := eventstest.NewChain("chain").Add("a", "{}", `{"n":1}`, "{}").Records()
	cases := []chainCase{}
	add := func(name string, seq uint64, field string, records ...events.Record) {
		c := chainCase{Name: name, Verdict: accept, Seq: seq, Field: field, Records: []octets{}}
		if seq > 0 {
			c.Verdict = broken
		}
		for i := range records {
			c.Records = append(c.Records, hexOf(records[i].Append(nil)))
		}
		cases = append(cases, c)
	}
	r := whole()
	add("whole", 0, "", r...)
	add("empty", 0, "")
	add("end missing", 0, "", r[:2]...)
	add("rewritten all through", 0, "", rewritten...)
	add("first missing", 1, "seq", r[1:]...)
	add("one missing", 2, "seq", r[0], r[2])
	add("swapped", 2, "seq", r[0], r[2], r[1])
	add("one twice", 3, "seq", r[0], r[1], r[1], r[2])
	add("another chain's inserted", 2, "chain", r[0], other[1], r[1], r[2])
	add("another ledger's", 3, "origin", r[0], r[1], elsewhere[2])
	add("one rewritten", 3, "prev", r[0], rewritten[1], r[2])
	edited := whole()
	edited[1].Detail.At = edited[1].Detail.At.AddDate(0, 0, -1)
	add("one dated back, its hashes right", 3, "prev", edited[0], rehash(edited[1]), edited[2])
	return cases
}
