package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// bundleCase is a bundle to verify: bundle.zip less its last Cut bytes, with
// Patches, under the policy in the file Policy, or without one.
type bundleCase struct {
	Name    string   `json:"name"`
	Policy  string   `json:"policy,omitempty"`
	Patches []patch  `json:"patches,omitempty"`
	Cut     int      `json:"cut,omitempty"`
	Exit    int      `json:"exit"`
	Failed  []string `json:"failed,omitempty"` // checks that find damage
}

// patch writes the bytes of Hex over those at offset At.
type patch struct {
	At  int    `json:"at"`
	Hex string `json:"hex"`
}

const bundleDir = "bundle/"

// bundleFiles returns a small bundle, three policies, and what a verifier says
// of the bundle and of others that differ from it in a few bytes.
func bundleFiles() map[string][]byte {
	ledger, whole := exported()
	other := evidencetest.New(eventstest.NewChain("vectors/other ledger").Add("contact.attempted"))
	other.Sign("another key")
	policy := ledger.Policy()
	seed := sha256.Sum256([]byte("vectors/witness"))
	_, witness, err := tlog.GenerateCosignerKey(bytes.NewReader(seed[:]), "witness.example/w1")
	if err != nil {
		panic(err)
	}
	asking := strings.Replace(string(policy), "quorum none", "witness W1 "+witness+"\nquorum W1", 1)
	return map[string][]byte{
		bundleDir + "bundle.zip":         whole,
		bundleDir + "policy.txt":         policy,
		bundleDir + "policy-other.txt":   other.Policy(),
		bundleDir + "policy-witness.txt": []byte(asking),
		bundleDir + "cases.json":         encode(bundleCases(whole)),
	}
}

// exported exports a case of five events: one is outside the request, in one
// words and a number are closed, the others are whole.
func exported() (*evidencetest.Ledger, []byte) {
	const made = `"made":{"from":"live","kept":null,"late":null,"reference":null}`
	statement := func(kind, speaker, text string) string {
		return fmt.Sprintf(`{"because":null,"kind":%q,"language":"en","passed_by":[],"speaker":%q,"text":%q,"translation":null}`, kind, speaker, text)
	}
	c := eventstest.NewChain("vectors/bundle").
		Add("referral.received", `{"agency":"Saltshire Police","flags":[],`+made+`,"reason":{"text":"afraid of her former partner"},"received":"2026-10-26T08:00:00+00:00","source":"police"}`).
		Add("contact.attempted", `{"channel":"phone",`+made+`,"next_try":null,"note":{"text":"rang twice"},"number":"07700 900111","outcome":"no-answer","voicemail":false}`).
		Add("contact.recorded", `{"channel":"phone","direction":"in","interpreter":null,`+made+`,"next_contact":null,"number":"07700 900112","place":null,"present":[],"safe_contact_checked":true,"statements":[`+
			statement("client-words", "client", "We moved to 14 Aldercourt Mews in June, and nobody knows.")+","+
			statement("observed", "me", "She spoke very quietly.")+","+
			statement("action", "me", "Rang the duty officer.")+`],"with":[{"agency":null,"kind":"client","name":null,"role":null}]}`).
		Add("contact.corrected", `{"corrects":{"seq":3,"statement":1},`+made+`,"reason":{"text":"a slip"},"text":"She spoke quietly."}`)
	l := evidencetest.New(eventstest.NewChain("vectors/bundle/other").Add("case.noted", "{}", "{}"), c)
	from, to := 3, 5
	closings := []evidence.Closing{
		{Seq: 3, Path: "/data/statements/0/text", From: &from, To: &to, Code: 'A'},
		{Seq: 3, Path: "/data/number", Code: 'P'},
	}
	var out bytes.Buffer
	_, err := evidence.Export(context.Background(), l, schemas.Default(), evidence.Input{
		Chain: c.ID(), Actor: "staff-02", Now: time.Date(2026, 10, 30, 16, 4, 0, 0, time.UTC), Closings: closings, Policy: l.Policy(),
		Request: evidence.Request{Officer: "DC 4471 Ferris", Force: "Saltshire Police", Reference: "SP/26/10877", From: "2026-10-01", To: "2026-10-31"},
	}, &out)
	if err != nil {
		panic(err)
	}
	return l, out.Bytes()
}

func bundleCases(whole []byte) []bundleCase {
	cases := []bundleCase{
		{Name: "intact", Policy: "policy.txt", Exit: evidence.ExitValid},
		{Name: "intact, without a policy", Exit: evidence.ExitUnknown},
		{Name: "intact, under a policy of another ledger", Policy: "policy-other.txt", Exit: evidence.ExitInvalid, Failed: []string{"signature"}},
		{Name: "intact, under a policy that asks for a witness", Policy: "policy-witness.txt", Exit: evidence.ExitInvalid, Failed: []string{"signature"}},
		{Name: "the last byte is missing", Policy: "policy.txt", Cut: 1, Exit: evidence.ExitInvalid, Failed: []string{"file"}},
	}
	add := func(name string, exit int, failed string, edit func(a *archive)) {
		a := openArchive(bytes.Clone(whole))
		edit(a)
		a.sum()
		c := bundleCase{Name: name, Policy: "policy.txt", Exit: exit, Patches: patches(whole, a.b)}
		if failed != "" {
			c.Failed = []string{failed}
		}
		cases = append(cases, c)
	}
	add("a flag in the header of a file", evidence.ExitInvalid, "file", func(a *archive) { a.b[6] = 8 })
	add("a word of the sheet", evidence.ExitInvalid, "bag", func(a *archive) {
		a.replace("data/contact-sheets.json", "duty officer", "duty manager")
	})
	add("a word of the sheet, and the manifests", evidence.ExitInvalid, "export", func(a *archive) {
		a.replace("data/contact-sheets.json", "duty officer", "duty manager")
		a.seal()
	})
	add("what an event follows, and the tag manifest", evidence.ExitInvalid, "chain", func(a *archive) {
		links := a.file("proof/links.txt")
		at := bytes.Index(links, []byte("seq 3\nprev ")) + len("seq 3\nprev ")
		links[at] = flip(links[at], "01")
		a.seal()
	})
	add("when an event was recorded, and the tag manifest", evidence.ExitInvalid, "details", func(a *archive) {
		a.replace("proof/details/3.txt", "at 2026-10", "at 2026-09")
		a.seal()
	})
	add("an open word, and the tag manifest", evidence.ExitInvalid, "parts", func(a *archive) {
		a.replace("proof/parts/3.json", `"value":"\"nobody \""`, `"value":"\"anyone \""`)
		a.seal()
	})
	add("the hash of closed words, and the tag manifest", evidence.ExitInvalid, "parts", func(a *archive) {
		parts := a.file("proof/parts/3.json")
		at := bytes.Index(parts, []byte(`"hash":"`)) + len(`"hash":"`)
		parts[at] = flip(parts[at], "01")
		a.seal()
	})
	add("a hash of a proof, and the tag manifest", evidence.ExitInvalid, "proofs", func(a *archive) {
		proof := a.file("proof/events/3.tlog-proof")
		at := bytes.Index(proof, []byte("\n")) + 1
		at += bytes.IndexByte(proof[at:], '\n') + 1
		proof[at] = flip(proof[at], "AB")
		a.seal()
	})
	add("the signature of the checkpoint, and the tag manifest", evidence.ExitInvalid, "signature", func(a *archive) {
		for name := range a.files {
			if f := a.file(name); name == "proof/checkpoint.txt" || strings.HasPrefix(name, "proof/events/") {
				at := bytes.LastIndexByte(f, ' ') + 40
				f[at] = flip(f[at], "AB")
			}
		}
		a.seal()
	})
	add("a later version of a link, and the tag manifest", evidence.ExitVersion, "", func(a *archive) {
		a.replace("proof/links.txt", "caseledger/event/v1", "caseledger/event/v2")
		a.seal()
	})
	add("a later version of BagIt, and the tag manifest", evidence.ExitVersion, "", func(a *archive) {
		a.replace("bagit.txt", "BagIt-Version: 1.0", "BagIt-Version: 1.1")
		a.seal()
	})
	add("a later version of a link, and a word of the sheet", evidence.ExitInvalid, "bag", func(a *archive) {
		a.replace("proof/links.txt", "caseledger/event/v1", "caseledger/event/v2")
		a.seal()
		a.replace("data/contact-sheets.json", "duty officer", "duty manager")
	})
	return cases
}

// flip returns the other of two characters, the first when c is none.
func flip(c byte, two string) byte {
	if c == two[0] {
		return two[1]
	}
	return two[0]
}

// patches returns where b differs from a. They are of one length.
func patches(a, b []byte) []patch {
	if len(a) != len(b) {
		panic("of another length")
	}
	var out []patch
	for i := 0; i < len(a); i++ {
		if a[i] == b[i] {
			continue
		}
		end := i + 1
		for end < len(a) && a[end] != b[end] {
			end++
		}
		out = append(out, patch{i, hex.EncodeToString(b[i:end])})
		i = end
	}
	return out
}

// archive is a bundle whose files are changed in place.
type archive struct {
	b     []byte
	files map[string]span // without the top directory
}

// span says where a file's content is, and where its checksum stands twice.
type span struct{ from, to, local, directory int }

// openArchive reads the ZIP of docs/FORMAT.md, which is well formed.
func openArchive(b []byte) *archive {
	a := &archive{b: b, files: make(map[string]span)}
	le := binary.LittleEndian
	at := int(le.Uint32(b[len(b)-6:]))
	for at < len(b)-22 {
		size, n, local := int(le.Uint32(b[at+24:])), int(le.Uint16(b[at+28:])), int(le.Uint32(b[at+42:]))
		_, name, _ := strings.Cut(string(b[at+46:at+46+n]), "/")
		a.files[name] = span{from: local + 30 + n, to: local + 30 + n + size, local: local + 14, directory: at + 16}
		at += 46 + n
	}
	return a
}

func (a *archive) file(name string) []byte {
	s, ok := a.files[name]
	if !ok {
		panic("no file " + name)
	}
	return a.b[s.from:s.to]
}

// replace changes the one place where old stands in a file.
func (a *archive) replace(name, old, with string) {
	f := a.file(name)
	at := bytes.Index(f, []byte(old))
	if at < 0 || len(old) != len(with) {
		panic(name + " does not hold " + old)
	}
	copy(f[at:], with)
}

// seal writes the hashes in both manifests anew.
func (a *archive) seal() {
	for _, manifest := range []string{"manifest-sha256.txt", "tagmanifest-sha256.txt"} {
		for line := range bytes.Lines(a.file(manifest)) {
			sum := sha256.Sum256(a.file(string(line[66 : len(line)-1])))
			hex.Encode(line, sum[:])
		}
	}
}

// sum writes the checksums of the ZIP anew.
func (a *archive) sum() {
	for _, s := range a.files {
		crc := crc32.ChecksumIEEE(a.b[s.from:s.to])
		binary.LittleEndian.PutUint32(a.b[s.local:], crc)
		binary.LittleEndian.PutUint32(a.b[s.directory:], crc)
	}
}
