package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/evidence/tlog"
)

// bag is a bundle taken apart, for a test to change.
type bag struct {
	t     *testing.T
	top   string
	files map[string][]byte
	// sealed: the manifests and bag-info.txt are written anew, as a forger
	// with this program would.
	sealed bool
	date   string
	origin string
	chain  events.Chain
	seq    uint64
}

// replace changes the one place where old stands in a file.
func (b *bag) replace(name, old, with string) {
	b.t.Helper()
	if n := strings.Count(string(b.files[name]), old); n < 1 {
		b.t.Fatalf("%s does not hold %q", name, old)
	}
	b.files[name] = []byte(strings.Replace(string(b.files[name]), old, with, 1))
}

// everywhere changes a word in every file of data/ and in the parts.
func (b *bag) everywhere(old, with string) {
	for name, f := range b.files {
		if strings.HasPrefix(name, "data/") || strings.HasPrefix(name, "proof/parts/") {
			b.files[name] = bytes.ReplaceAll(f, []byte(old), []byte(with))
		}
	}
}

// parts changes a parts file and writes it as the format asks.
func (b *bag) parts(seq uint64, change func(p *evidence.Parts)) {
	b.t.Helper()
	name := fmt.Sprintf("proof/parts/%d.json", seq)
	p, err := evidence.ParseParts(b.files[name])
	if err != nil {
		b.t.Fatal(err)
	}
	change(&p)
	b.files[name] = p.Append(nil)
}

// links changes the links and writes them anew.
func (b *bag) links(change func(l []events.Link) []events.Link) {
	b.t.Helper()
	l, err := events.ParseLinks(b.files["proof/links.txt"])
	if err != nil {
		b.t.Fatal(err)
	}
	var out []byte
	for _, l := range change(l) {
		out = l.Append(out)
	}
	b.files["proof/links.txt"] = out
}

// proof changes a proof and writes it anew.
func (b *bag) proof(seq uint64, change func(p *tlog.Proof)) {
	b.t.Helper()
	name := fmt.Sprintf("proof/events/%d.tlog-proof", seq)
	p, err := tlog.ParseProof(b.files[name])
	if err != nil {
		b.t.Fatal(err)
	}
	change(&p)
	b.files[name] = p.Append(nil)
}

// forget takes an event's files out of proof/.
func (b *bag) forget(seq uint64) {
	delete(b.files, fmt.Sprintf("proof/details/%d.txt", seq))
	delete(b.files, fmt.Sprintf("proof/parts/%d.json", seq))
	delete(b.files, fmt.Sprintf("proof/events/%d.tlog-proof", seq))
}

// index returns where in the opened parts a path stands.
func index(t *testing.T, p *evidence.Parts, path string) int {
	t.Helper()
	i := slices.IndexFunc(p.Open, func(p events.Part) bool { return p.Path == path })
	if i < 0 {
		t.Fatalf("%s is not open", path)
	}
	return i
}

func (b *bag) zip() []byte {
	var files []evidence.File
	for name, f := range b.files {
		if b.sealed && !strings.Contains(name, "/") {
			continue
		}
		files = append(files, evidence.File{Name: name, Data: f})
	}
	if b.sealed {
		files = evidence.SealBag(files, b.date, b.origin, b.chain, b.seq)
	}
	var out bytes.Buffer
	if err := evidence.WriteZIP(&out, b.top, files); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

// Every mutation ends in exit 3 under the policy, and none that 3 must beat
// hides it. The second column says whether the forger wrote the manifests
// anew, which only event m gives away.
var tampering = []struct {
	name   string
	sealed bool
	change func(b *bag)
}{
	// Files of data/.
	{"sheet: a word replaced", false, func(b *bag) { b.replace("data/contact-sheets.json", "duty officer", "duty manager") }},
	{"sheet: a word replaced, manifests rewritten", true, func(b *bag) { b.replace("data/contact-sheets.json", "duty officer", "duty manager") }},
	{"page: a word replaced", false, func(b *bag) { b.replace("data/contact-sheets.html", "duty officer", "duty manager") }},
	{"page: a word replaced, manifests rewritten", true, func(b *bag) { b.replace("data/contact-sheets.html", "duty officer", "duty manager") }},
	{"page: a script added", true, func(b *bag) { b.replace("data/contact-sheets.html", "</body>", "<script></script></body>") }},
	{"page: the security policy taken out", true, func(b *bag) { b.replace("data/contact-sheets.html", "default-src 'none'; ", "") }},
	{"page: a kind changed", true, func(b *bag) {
		b.replace("data/contact-sheets.html", "CLIENT, SUMMARISED</span></h4>", "CLIENT’S WORDS</span></h4>")
	}},
	{"sheet and page rewritten alike", true, func(b *bag) {
		b.replace("data/contact-sheets.json", "duty officer", "duty manager")
		b.replace("data/contact-sheets.html", "duty officer", "duty manager")
	}},
	{"sheet, page and parts rewritten alike", true, func(b *bag) { b.everywhere("school ", "church ") }},
	{"schedule: a status changed", true, func(b *bag) { b.replace("data/schedule.csv", "withheld,S", "full,S") }},
	{"schedule: a code changed", true, func(b *bag) { b.replace("data/schedule.csv", "withheld,S", "withheld,L") }},
	{"schedule: a line dropped", true, func(b *bag) { b.replace("data/schedule.csv", "1,,,,,,withheld,S\r\n", "") }},
	{"schedule: LF for CRLF", true, func(b *bag) { b.replace("data/schedule.csv", "\r\n", "\n") }},
	{"schedule: a byte order mark", true, func(b *bag) { b.replace("data/schedule.csv", "seq,", "\ufeffseq,") }},
	{"README: a line changed", true, func(b *bag) { b.replace("data/README.txt", "CONTACT SHEETS", "contact sheets") }},
	{"README: gone", true, func(b *bag) { delete(b.files, "data/README.txt") }},
	{"a file added to data/", true, func(b *bag) { b.files["data/notes.txt"] = []byte("x") }},
	{"a PDF added to data/", true, func(b *bag) { b.files["data/contact-sheets.pdf"] = []byte("%PDF") }},
	{"a request added that no event names", true, func(b *bag) { b.files["data/request.json"] = []byte("{}\n") }},
	{"an attachment added that no event names", true, func(b *bag) { b.files["data/attachments/KP-1.mp4"] = []byte("x") }},

	// BagIt.
	{"manifest: a hash changed", false, func(b *bag) {
		f := b.files["manifest-sha256.txt"]
		f[0] = map[bool]byte{true: '1', false: '0'}[f[0] == '0']
	}},
	{"manifest: CRLF", false, func(b *bag) {
		b.files["manifest-sha256.txt"] = bytes.ReplaceAll(b.files["manifest-sha256.txt"], []byte("\n"), []byte("\r\n"))
	}},
	{"manifest: a byte order mark", false, func(b *bag) {
		b.files["manifest-sha256.txt"] = append([]byte("\ufeff"), b.files["manifest-sha256.txt"]...)
	}},
	{"manifest: one space for two", false, func(b *bag) { b.replace("manifest-sha256.txt", "  data/README", " data/README") }},
	{"manifest: lines in another order", false, func(b *bag) {
		l := strings.SplitAfter(string(b.files["manifest-sha256.txt"]), "\n")
		l[0], l[1] = l[1], l[0]
		b.files["manifest-sha256.txt"] = []byte(strings.Join(l, ""))
	}},
	{"manifest: a line doubled", false, func(b *bag) {
		l := strings.SplitAfter(string(b.files["manifest-sha256.txt"]), "\n")
		b.files["manifest-sha256.txt"] = []byte(l[0] + strings.Join(l, ""))
	}},
	{"tag manifest: a line dropped", false, func(b *bag) {
		_, rest, _ := strings.Cut(string(b.files["tagmanifest-sha256.txt"]), "\n")
		b.files["tagmanifest-sha256.txt"] = []byte(rest)
	}},
	{"tag manifest: gone", false, func(b *bag) { delete(b.files, "tagmanifest-sha256.txt") }},
	{"fetch.txt added", true, func(b *bag) { b.files["proof/fetch.txt"] = []byte("http://x - data/x\n") }},
	{"bag-info: another date", true, func(b *bag) { b.date = "2026-11-01" }},
	{"bag-info: another export", true, func(b *bag) { b.seq++ }},
	{"bag-info: another ledger", true, func(b *bag) { b.origin = "ledger.example.org/others" }},
	{"bag-info: another case", true, func(b *bag) { b.chain[3] ^= 1 }},
	{"bag-info: a line added", false, func(b *bag) {
		b.files["bag-info.txt"] = append(b.files["bag-info.txt"], "Contact-Name: x\n"...)
	}},
	{"bagit.txt: another encoding", false, func(b *bag) { b.replace("bagit.txt", "UTF-8", "UTF-16") }},

	// The chain.
	{"an event of the chain dropped", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { return slices.Delete(l, 0, 1) })
	}},
	{"an event of the chain dropped, the rest renumbered", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link {
			l = slices.Delete(l, 3, 4)
			for i := 3; i < len(l); i++ {
				l[i].Seq, l[i].Prev = uint64(i+1), l[i-1].Hash()
			}
			return l
		})
	}},
	{"two events of the chain swapped", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { l[0], l[1] = l[1], l[0]; return l })
	}},
	{"an event inserted into the chain", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { return slices.Insert(l, 4, l[3]) })
	}},
	{"the last event dropped", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { return l[:len(l)-1] })
		b.forget(9)
		b.seq--
	}},
	{"an event added after the export", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link {
			n := l[len(l)-1]
			n.Seq, n.Prev = n.Seq+1, l[len(l)-1].Hash()
			return append(l, n)
		})
	}},
	{"the prev of an event changed", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { l[5].Prev[0] ^= 1; return l })
	}},
	{"the detail hash of a withheld event changed", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link { l[3].Detail[0] ^= 1; return l })
	}},
	{"the detail hash of a withheld event changed, the chain relinked", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link {
			l[3].Detail[0] ^= 1
			for i := 4; i < len(l); i++ {
				l[i].Prev = l[i-1].Hash()
			}
			return l
		})
	}},
	{"the case's name changed in every link", true, func(b *bag) {
		b.links(func(l []events.Link) []events.Link {
			for i := range l {
				l[i].Chain[0] ^= 1
				if i > 0 {
					l[i].Prev = l[i-1].Hash()
				}
			}
			return l
		})
	}},

	// Details.
	{"detail: recorded earlier", true, func(b *bag) { b.replace("proof/details/5.txt", "at 2026", "at 2025") }},
	{"detail: of another event", true, func(b *bag) { b.files["proof/details/5.txt"] = b.files["proof/details/3.txt"] }},
	{"detail: gone", true, func(b *bag) { delete(b.files, "proof/details/5.txt") }},
	{"detail: CRLF", true, func(b *bag) {
		b.files["proof/details/5.txt"] = bytes.ReplaceAll(b.files["proof/details/5.txt"], []byte("\n"), []byte("\r\n"))
	}},
	{"detail: number with a leading zero", true, func(b *bag) {
		b.files["proof/details/05.txt"] = b.files["proof/details/5.txt"]
		delete(b.files, "proof/details/5.txt")
	}},

	// Parts.
	{"parts: a word replaced", true, func(b *bag) {
		b.parts(5, func(p *evidence.Parts) { p.Open[index(b.t, p, "/data/statements/4/text/0")].Value = `"Saw "` })
	}},
	{"parts: two words swapped", true, func(b *bag) {
		b.parts(5, func(p *evidence.Parts) {
			i := index(b.t, p, "/data/statements/4/text/1")
			p.Open[i].Value, p.Open[i+1].Value = p.Open[i+1].Value, p.Open[i].Value
		})
	}},
	{"parts: a salt changed", true, func(b *bag) { b.parts(5, func(p *evidence.Parts) { p.Open[0].Salt[0] ^= 1 }) }},
	{"parts: a decoy shown as a word", true, func(b *bag) {
		b.parts(5, func(p *evidence.Parts) {
			i := slices.IndexFunc(p.Open, func(p events.Part) bool { return p.Decoy })
			before := p.Open[i-1]
			p.Open[i].Decoy, p.Open[i].Kind = false, events.KindWord
			slash := strings.LastIndexByte(before.Path, '/')
			var k int
			fmt.Sscan(before.Path[slash+1:], &k)
			p.Open[i].Path, p.Open[i].Value = fmt.Sprintf("%s/%d", before.Path[:slash], k+1), `"not "`
		})
	}},
	{"parts: a word shown as a decoy", true, func(b *bag) {
		b.parts(5, func(p *evidence.Parts) {
			i := slices.IndexFunc(p.Open, func(p events.Part) bool { return p.Decoy })
			p.Open[i-1] = events.Part{Index: p.Open[i-1].Index, Decoy: true, Salt: p.Open[i-1].Salt}
		})
	}},
	{"parts: closed words claimed open", true, func(b *bag) {
		b.parts(5, func(p *evidence.Parts) {
			c := p.Closed[1]
			i := index(b.t, p, "/data/statements/1/text/2") + 1
			var open []events.Part
			for k := range c.Leaves {
				open = append(open, events.Part{Index: c.Index + k, Kind: events.KindWord, Value: `"home "`,
					Path: fmt.Sprintf("/data/statements/1/text/%d", 3+k)})
			}
			p.Open = slices.Insert(p.Open, i, open...)
			p.Closed = slices.Delete(p.Closed, 1, 2)
		})
	}},
	{"parts: one more word closed", true, func(b *bag) {
		b.parts(2, func(p *evidence.Parts) {
			i := index(b.t, p, "/data/note/text/1")
			p.Closed = []evidence.Span{{Index: p.Open[i].Index, Leaves: 1, Hash: p.Open[i].Leaf()}}
			p.Open = slices.Delete(p.Open, i, i+1)
		})
	}},
	{"parts: the hash of closed words changed", true, func(b *bag) { b.parts(5, func(p *evidence.Parts) { p.Closed[1].Hash[0] ^= 1 }) }},
	{"parts: of another event", true, func(b *bag) { b.files["proof/parts/3.json"] = b.files["proof/parts/5.json"] }},
	{"parts: a space added", true, func(b *bag) { b.replace("proof/parts/5.json", `"open":[`, `"open": [`) }},
	{"parts: without the last LF", true, func(b *bag) {
		b.files["proof/parts/5.json"] = bytes.TrimSuffix(b.files["proof/parts/5.json"], []byte("\n"))
	}},
	{"parts: a member added", true, func(b *bag) { b.replace("proof/parts/5.json", `"size":`, `"note":1,"size":`) }},
	{"an event withheld afterwards", true, func(b *bag) { b.forget(2) }},
	{"an event disclosed that is recorded as withheld", true, func(b *bag) {
		for _, s := range []string{"proof/details/%d.txt", "proof/parts/%d.json", "proof/events/%d.tlog-proof"} {
			b.files[fmt.Sprintf(s, 1)] = b.files[fmt.Sprintf(s, 2)]
		}
	}},

	// Proofs and checkpoint.
	{"proof: index shifted", true, func(b *bag) { b.proof(5, func(p *tlog.Proof) { p.Index++ }) }},
	{"proof: a hash changed", true, func(b *bag) { b.proof(5, func(p *tlog.Proof) { p.Hashes[0][0] ^= 1 }) }},
	{"proof: a hash dropped", true, func(b *bag) { b.proof(5, func(p *tlog.Proof) { p.Hashes = p.Hashes[1:] }) }},
	{"proof: of another event", true, func(b *bag) { b.files["proof/events/5.tlog-proof"] = b.files["proof/events/3.tlog-proof"] }},
	{"proof: an extra line", true, func(b *bag) { b.replace("proof/events/5.tlog-proof", "index ", "extra AA==\nindex ") }},
	{"checkpoint: another size", true, func(b *bag) { b.replace("proof/checkpoint.txt", "\n", "\n1") }},
	{"checkpoint: a signature changed", true, func(b *bag) {
		f := b.files["proof/checkpoint.txt"]
		at := bytes.LastIndexByte(f, ' ') + 20
		was := f[at]
		f[at] = 'A'
		if was == 'A' {
			f[at] = 'B'
		}
		for _, seq := range []uint64{2, 3, 5, 6, 8, 9} {
			b.proof(seq, func(p *tlog.Proof) { p.Checkpoint = f })
		}
	}},
	{"checkpoint: gone", true, func(b *bag) { delete(b.files, "proof/checkpoint.txt") }},
	{"links: gone", true, func(b *bag) { delete(b.files, "proof/links.txt") }},
	{"links: bytes behind the last", true, func(b *bag) {
		b.files["proof/links.txt"] = append(b.files["proof/links.txt"], '\n')
	}},

	// The export event.
	{"export: the manifest it names changed", true, func(b *bag) {
		b.parts(9, func(p *evidence.Parts) {
			p.Open[index(b.t, p, "/data/manifest")].Value = `"` + hashOf([]byte("another")) + `"`
		})
	}},
	{"export: a closing's code changed", true, func(b *bag) {
		b.parts(9, func(p *evidence.Parts) { p.Open[index(b.t, p, "/data/closings/0/code")].Value = `"L"` })
	}},
	{"export: a closing removed", true, func(b *bag) {
		b.parts(9, func(p *evidence.Parts) {
			i := index(b.t, p, "/data/closings/0/code")
			p.Open = slices.Delete(p.Open, i, i+4)
			for k := range p.Open[i:] {
				p.Open[i+k].Index -= 4
			}
			p.Size -= 4
		})
	}},
	{"export: the officer changed", true, func(b *bag) { b.everywhere("Ferris", "Harris") }},
	{"export: partly closed", true, func(b *bag) {
		b.parts(9, func(p *evidence.Parts) {
			i := index(b.t, p, "/data/recipient")
			p.Closed = []evidence.Span{{Index: p.Open[i].Index, Leaves: 1, Hash: p.Open[i].Leaf()}}
			p.Open = slices.Delete(p.Open, i, i+1)
		})
	}},
	{"export: its files gone", true, func(b *bag) { b.forget(9) }},

	// Files that version 1 does not have.
	{"a file added to proof/", true, func(b *bag) { b.files["proof/notes.txt"] = []byte("x") }},
	{"a file added at the top", false, func(b *bag) { b.files["notes.txt"] = []byte("x") }},
	{"a file in a directory of its own", true, func(b *bag) { b.files["extra/notes.txt"] = []byte("x") }},
}

func hashOf(b []byte) string { sum := sha256.Sum256(b); return events.Hash(sum).String() }

func TestTampering(t *testing.T) {
	l, c := ledger("tamper")
	raw, _ := export(t, l, c, usual...)
	p := policy(t, l)
	for _, tt := range tampering {
		t.Run(tt.name, func(t *testing.T) {
			top, files := unzip(t, raw)
			b := bag{t: t, top: top, files: files, sealed: tt.sealed, date: "2026-10-26", origin: "ledger.example.org/cases", chain: c.ID(), seq: 9}
			if tt.sealed && !bytes.Equal(b.zip(), raw) {
				t.Fatal("the bundle is not written anew as it was")
			}
			tt.change(&b)
			out := b.zip()
			if bytes.Equal(out, raw) {
				t.Fatal("nothing was changed")
			}
			v := verify(out, p)
			if v.Exit != evidence.ExitInvalid || v.Result != "DOES NOT MATCH" {
				t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
			}
			if v := verify(out, nil); v.Exit != evidence.ExitInvalid && tt.name != "checkpoint: a signature changed" {
				t.Errorf("without a policy: exit %d: %s", v.Exit, v.FirstFailure())
			}
		})
	}
}

// Bundles that hold together but are another ledger's, or signed by another
// key: without a policy nobody can tell, with one it is exit 3.
func TestAnotherIssuer(t *testing.T) {
	l, _ := ledger("issuer")
	p := policy(t, l)
	tests := []struct {
		name string
		make func() []byte
	}{
		{"another ledger's bundle", func() []byte {
			o, chain := ledger("stranger")
			o.Sign("stranger")
			b, _ := export(t, o, chain, usual...)
			return b
		}},
		{"signed with another key", func() []byte {
			l, c := ledger("issuer")
			l.Sign("another key")
			b, _ := export(t, l, c, usual...)
			return b
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.make()
			if v := verify(b, p); v.Exit != evidence.ExitInvalid || !v.SelfConsistent {
				t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
			}
			if v := verify(b, nil); v.Exit != evidence.ExitUnknown || !v.SelfConsistent {
				t.Errorf("without a policy: exit %d: %s", v.Exit, v.FirstFailure())
			}
		})
	}
}

// Unknown versions are exit 4, unless something is wrong besides.
func TestUnknownVersions(t *testing.T) {
	l, c := ledger("versions")
	raw, _ := export(t, l, c, usual...)
	p := policy(t, l)
	tests := []struct {
		name   string
		sealed bool
		exit   int
		change func(b *bag)
	}{
		{"bagit.txt", false, evidence.ExitVersion, func(b *bag) {
			b.replace("bagit.txt", "1.0", "2.0")
			b.resealTags()
		}},
		{"link", true, evidence.ExitVersion, func(b *bag) { b.replace("proof/links.txt", "event/v1", "event/v2") }},
		{"link, in the middle", true, evidence.ExitVersion, func(b *bag) {
			b.replace("proof/links.txt", "\ncaseledger/event/v1", "\ncaseledger/event/v2")
		}},
		{"link, but no version", true, evidence.ExitInvalid, func(b *bag) { b.replace("proof/links.txt", "event/v1", "event/vx") }},
		{"proof, but no version", true, evidence.ExitInvalid, func(b *bag) {
			b.replace("proof/events/5.tlog-proof", "tlog-proof@v1", "tlog-proof@v1.0")
		}},
		{"bagit.txt, but no version", false, evidence.ExitInvalid, func(b *bag) {
			b.replace("bagit.txt", "1.0", "one")
			b.resealTags()
		}},
		{"detail, which the link does not name", true, evidence.ExitInvalid, func(b *bag) {
			b.replace("proof/details/5.txt", "detail/v1", "detail/v2")
		}},
		{"proof", true, evidence.ExitVersion, func(b *bag) { b.replace("proof/events/5.tlog-proof", "tlog-proof@v1", "tlog-proof@v2") }},
		{"sheet, which event m did not record", true, evidence.ExitInvalid, func(b *bag) {
			b.replace("data/contact-sheets.json", "contact-sheets/v1", "contact-sheets/v2")
		}},
		{"link, and a manifest that does not fit", false, evidence.ExitInvalid, func(b *bag) {
			b.replace("proof/links.txt", "event/v1", "event/v2")
		}},
		{"proof, and a chain with a gap", true, evidence.ExitInvalid, func(b *bag) {
			b.replace("proof/events/5.tlog-proof", "tlog-proof@v1", "tlog-proof@v2")
			b.links(func(l []events.Link) []events.Link { return slices.Delete(l, 3, 4) })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			top, files := unzip(t, raw)
			b := bag{t: t, top: top, files: files, sealed: tt.sealed, date: "2026-10-26", origin: "ledger.example.org/cases", chain: c.ID(), seq: 9}
			tt.change(&b)
			if v := verify(b.zip(), p); v.Exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", v.Exit, tt.exit, v.FirstFailure())
			}
		})
	}
}

// resealTags writes the tag manifest anew and nothing else.
func (b *bag) resealTags() {
	var names []string
	for name := range b.files {
		if !strings.HasPrefix(name, "data/") && name != "tagmanifest-sha256.txt" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		fmt.Fprintf(&out, "%s  %s\n", hashOf(b.files[name]), name)
	}
	b.files["tagmanifest-sha256.txt"] = []byte(out.String())
}

// What a ZIP can be made to do is refused before anything in it is read.
func TestZIPTampering(t *testing.T) {
	l, c := ledger("zip")
	raw, _ := export(t, l, c, usual...)
	p := policy(t, l)
	top, files := unzip(t, raw)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	le := binary.LittleEndian
	dirAt := int(le.Uint32(raw[len(raw)-6:]))
	// library writes the bundle with Go's writer, as a repacking tool would.
	library := func(names []string, header func(h *zip.FileHeader), end func(w *zip.Writer)) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, name := range names {
			h := &zip.FileHeader{Name: top + "/" + name, Method: zip.Store, CreatorVersion: 20, ReaderVersion: 20}
			h.CRC32, h.UncompressedSize64 = crc32.ChecksumIEEE(files[name]), uint64(len(files[name]))
			h.CompressedSize64 = h.UncompressedSize64
			//lint:ignore SA1019 CreateRaw writes these fields; Modified would add an extra field
			h.ModifiedDate = 0x21
			if header != nil {
				header(h)
			}
			var err error
			if h.Method == zip.Store && h.Flags&8 == 0 {
				f, e := w.CreateRaw(h)
				if e == nil {
					_, err = f.Write(files[name])
				} else {
					err = e
				}
			} else {
				f, e := w.CreateHeader(h)
				if e == nil {
					_, err = f.Write(files[name])
				} else {
					err = e
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if end != nil {
			end(w)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	patch := func(at int, b ...byte) []byte {
		out := slices.Clone(raw)
		copy(out[at:], b)
		return out
	}
	rename := func(old, with string) []byte {
		var list []evidence.File
		for name, f := range files {
			if name == old {
				name = with
			}
			list = append(list, evidence.File{Name: name, Data: f})
		}
		// names that the writer refuses are patched in afterwards, at the same length
		for i := range list {
			if list[i].Name == with {
				list[i].Name = strings.Repeat("y", len(with))
			}
		}
		var out bytes.Buffer
		if err := evidence.WriteZIP(&out, top, list); err != nil {
			t.Fatal(err)
		}
		return bytes.ReplaceAll(out.Bytes(), []byte(strings.Repeat("y", len(with))), []byte(with))
	}
	if !bytes.Equal(library(names, nil, nil), raw) {
		t.Fatal("Go's own writer does not write the same ZIP when told how")
	}
	reversed := slices.Clone(names)
	slices.Reverse(reversed)
	tests := []struct {
		name string
		b    []byte
	}{
		{"entries in another order", library(reversed, nil, nil)},
		{"a file twice", library(append([]string{names[0]}, names...), nil, nil)},
		{"compressed", library(names, func(h *zip.FileHeader) { h.Method = zip.Deflate }, nil)},
		{"a time", patch(10, 1)},
		{"another date", patch(12, 0x6a, 0x5d)},
		{"another date, in the directory too", func() []byte {
			out := patch(12, 0x6a, 0x5d)
			copy(out[dirAt+14:], out[12:14])
			return out
		}()},
		{"an extra field", library(names, func(h *zip.FileHeader) { h.Extra = []byte{0x55, 0x54, 1, 0, 0} }, nil)},
		{"a file comment", library(names, func(h *zip.FileHeader) { h.Comment = "x" }, nil)},
		{"a comment", library(names, nil, func(w *zip.Writer) { w.SetComment("x") })},
		{"made on Unix, with a mode", library(names, func(h *zip.FileHeader) { h.SetMode(0o755) }, nil)},
		{"made by a newer version", library(names, func(h *zip.FileHeader) { h.CreatorVersion = 45 }, nil)},
		{"needs a newer version", library(names, func(h *zip.FileHeader) { h.ReaderVersion = 45 }, nil)},
		{"a flag", library(names, func(h *zip.FileHeader) { h.Flags = 0x800 }, nil)},
		{"a data descriptor", library(names, func(h *zip.FileHeader) { h.Flags = 8; h.Method = zip.Deflate }, nil)},
		{"a directory entry", library(names, nil, func(w *zip.Writer) {
			if _, err := w.Create(top + "/zzz/"); err != nil {
				t.Fatal(err)
			}
		})},
		{"bytes before", append([]byte("MZ"), raw...)},
		{"bytes after", append(slices.Clone(raw), 0)},
		{"a line feed after", append(slices.Clone(raw), '\n')},
		{"cut in the end record", raw[:len(raw)-1]},
		{"cut in the directory", raw[:dirAt+10]},
		{"cut in a file", raw[:1000]},
		{"cut in the first header", raw[:20]},
		{"the directory dropped", slices.Concat(raw[:dirAt], raw[len(raw)-22:])},
		{"a CRC changed in both headers", func() []byte {
			out := patch(14, raw[14]^1)
			out[dirAt+16] ^= 1
			return out
		}()},
		{"a size changed", patch(18, raw[18]^1)},
		{"a size beyond the file", patch(18, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f)},
		{"an offset changed in the directory", patch(dirAt+42, 1)},
		{"attributes in the directory", patch(dirAt+38, 0x20)},
		{"one entry more in the end record", patch(len(raw)-14, byte(len(names)+1), 0, byte(len(names)+1), 0)},
		{"another top directory for one file", patch(30, 'x')},
		{"a name that leads out", rename("proof/policy.txt", "../policy.txt")},
		{"a name with a backslash", rename("proof/policy.txt", `proof\policy.txt`)},
		{"an absolute name", rename("proof/policy.txt", "/proof/policy.tx")},
		{"a name with a dot part", rename("proof/policy.txt", "proof/./policy.t")},
		{"a name that Windows reserves", rename("proof/policy.txt", "proof/aux.txt")},
		{"a name that Windows cuts", rename("proof/policy.txt", "proof/policy.tx.")},
		{"a name that is not ASCII", rename("proof/policy.txt", "proof/pölicy.tx")},
		{"a name with a NUL", rename("proof/policy.txt", "proof/policy.t\x00t")},
		{"no ZIP", []byte("not a bundle")},
		{"nothing", nil},
		{"an empty ZIP", raw[len(raw)-22:]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if bytes.Equal(tt.b, raw) {
				t.Fatal("nothing was changed")
			}
			v := verify(tt.b, p)
			if v.Exit != evidence.ExitInvalid {
				t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
			}
			if _, err := evidence.Read(bytes.NewReader(tt.b), int64(len(tt.b))); err == nil {
				t.Error("Read accepts it")
			}
		})
	}
	t.Run("two names that differ in capitals", func(t *testing.T) {
		var list []evidence.File
		for name, f := range files {
			list = append(list, evidence.File{Name: name, Data: f})
		}
		list = append(list, evidence.File{Name: "data/readme.TXT", Data: []byte("x")})
		var out bytes.Buffer
		if err := evidence.WriteZIP(&out, top, list); err != nil {
			t.Fatal(err)
		}
		if v := verify(out.Bytes(), p); v.Exit != evidence.ExitInvalid || !strings.Contains(v.FirstFailure(), "capitals") {
			t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
		}
	})
}
