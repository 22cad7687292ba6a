package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// sparse is a file of any length that begins with some bytes.
type sparse []byte

func (s sparse) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(s)) {
		copy(b, s[at:])
	}
	return len(b), nil
}

// What is larger than this program reads is exit 1: it may be a good bundle.
func TestLimits(t *testing.T) {
	l, c := ledger("limits")
	raw, _ := export(t, l, c)
	p := policy(t, l)
	top, files := unzip(t, raw)
	with := func(name string, size int) []byte {
		list := []evidence.File{{Name: name, Data: make([]byte, size)}}
		for n, f := range files {
			if n != name {
				list = append(list, evidence.File{Name: n, Data: f})
			}
		}
		var out bytes.Buffer
		if err := evidence.WriteZIP(&out, top, list); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	many := func() []byte {
		list := make([]evidence.File, 60_000)
		for i := range list {
			list[i].Name = fmt.Sprintf("data/%05d", i)
		}
		var out bytes.Buffer
		if err := evidence.WriteZIP(&out, top, list); err != nil {
			t.Fatal(err)
		}
		if err := evidence.WriteZIP(io.Discard, top, append(list, evidence.File{Name: "x/y"})); !errors.Is(err, events.ErrTooLarge) {
			t.Errorf("60001 files are written: %v", err)
		}
		// one more entry, put in front of the directory
		b := out.Bytes()
		dir := int(b[len(b)-6]) | int(b[len(b)-5])<<8 | int(b[len(b)-4])<<16 | int(b[len(b)-3])<<24
		first := len(top) + 1 + len("data/00000") + 30
		extra := bytes.Replace(b[:first], []byte("00000"), []byte("zzzzz"), 1)
		return slices.Concat(b[:dir], extra, b[dir:])
	}
	tests := []struct {
		name string
		r    io.ReaderAt
		size int64
	}{
		{"the bundle", sparse(raw), evidence.MaxBundle + 1},
		{"a detail", bytes.NewReader(with("proof/details/2.txt", 1<<10+1)), 0},
		{"a proof", bytes.NewReader(with("proof/events/2.tlog-proof", tlog.MaxProof+1)), 0},
		{"a manifest", bytes.NewReader(with("manifest-sha256.txt", 16<<20+1)), 0},
		{"the files", bytes.NewReader(many()), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if b, ok := tt.r.(*bytes.Reader); ok {
				tt.size = b.Size()
			}
			v := evidence.Verify(tt.r, tt.size, p, schemas.Default())
			if v.Exit != evidence.ExitUnknown || v.Result != "COULD NOT CHECK" || v.SelfConsistent {
				t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
			}
			if _, err := evidence.Read(tt.r, tt.size); !errors.Is(err, events.ErrTooLarge) {
				t.Errorf("Read: %v", err)
			}
		})
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }

// A disk that cannot be read says nothing about the bundle.
func TestUnreadable(t *testing.T) {
	v := evidence.Verify(broken{}, 1000, nil, schemas.Default())
	if v.Exit != evidence.ExitUnknown || v.SelfConsistent {
		t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
	}
}

func TestRead(t *testing.T) {
	l, c := ledger("read")
	raw, res := export(t, l, c, usual...)
	b, err := evidence.Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if b.SHA256 != res.SHA256 || b.Size != res.Size || b.Top != strings.ReplaceAll(res.Exhibit, "/", "-") {
		t.Errorf("read %s, %d bytes, %s", b.Top, b.Size, b.SHA256)
	}
	if h, ok := b.Hash("manifest-sha256.txt"); !ok || h != res.Manifest {
		t.Errorf("manifest %v, want %v", h, res.Manifest)
	}
	_, files := unzip(t, raw)
	for _, name := range b.Names() {
		// What is made again is not kept, but for the one whose form is looked at.
		kept := !strings.HasPrefix(name, "data/") || name == "data/contact-sheets.json"
		if kept && !bytes.Equal(b.File(name), files[name]) || !kept && b.File(name) != nil {
			t.Errorf("%s is not what another reader reads, or kept", name)
		}
		if h, ok := b.Hash(name); !ok || h.String() != hashOf(files[name]) {
			t.Errorf("%s has the hash %s", name, h)
		}
	}
	if len(b.Names()) != len(files) || b.File("data/none") != nil {
		t.Error("the names are others")
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"top/bagit.txt": true, "T-1.x/proof/parts/1.json": true, "top/data/A_b.c-d": true,
		"bagit.txt": false, "top/": false, "/top/a": false, "top//a": false, "top/./a": false, "top/../a": false,
		"top/a b": false, "top/a\\b": false, "top/a:b": false, "top/ä": false, "top/.a": false, "top/-a": false, "top/a.": false,
		"top/con": false, "top/Con.txt": false, "top/aux/a": false, "top/NUL": false, "top/com1.json": false, "top/lpt9": false,
		"com2/a": false, "top/com": true, "top/com10": true, "top/console": true,
		"top/" + strings.Repeat("a", 196): true, "top/" + strings.Repeat("a", 197): false,
	} {
		if rule := evidence.NameRule(name); (rule == "") != ok {
			t.Errorf("%q: %q", name, rule)
		}
	}
}

// record exports a case as the program would, but lets a test change the
// files of data/ before event m records them.
func record(t *testing.T, seed string, change func(files map[string][]byte)) ([]byte, *tlog.Policy) {
	t.Helper()
	twin, tc := ledger(seed)
	raw, res := export(t, twin, tc, usual...)
	top, files := unzip(t, raw)
	change(files)
	l, c := ledger(seed)
	var data, list []evidence.File
	for name, f := range files {
		if strings.HasPrefix(name, "data/") {
			data = append(data, evidence.File{Name: name, Data: f})
		}
	}
	var manifest []byte
	for _, f := range evidence.SealBag(slices.Clone(data), "2026-10-26", "ledger.example.org/cases", c.ID(), res.Seq) {
		if f.Name == "manifest-sha256.txt" {
			manifest = f.Data
		}
	}
	was, err := events.ParseBody(tc.Bodies()[8])
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Replace(was.Data, []byte(res.Manifest.String()), []byte(hashOf(manifest)), 1)
	if v, ok := files["event m"]; ok { // a test wants other data
		body = bytes.Replace(v, []byte("MANIFEST"), []byte(hashOf(manifest)), 1)
	}
	rec, stream, err := l.Append(context.Background(), c.ID(), was.Type, was.Actor, was.Occurred, body, 8)
	if err != nil {
		t.Fatal(err)
	}
	note, tree, err := l.Checkpoint(context.Background(), stream)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := l.Entries(context.Background(), c.ID())
	if err != nil {
		t.Fatal(err)
	}
	key := eventstest.KeyOf(rec.Detail.Key)
	parts, err := events.OpenParts(&rec, &key, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := evidence.Parts{Size: uint64(len(parts)), Open: parts}
	files["proof/parts/9.json"] = shown.Append(nil)
	files["proof/details/9.txt"] = rec.Detail.Append(nil)
	var links []byte
	for _, e := range entries {
		links = e.Record.Link.Append(links)
		name := fmt.Sprintf("proof/events/%d.tlog-proof", e.Record.Link.Seq)
		if files[name] == nil {
			continue
		}
		hashes, err := tree.Prove(context.Background(), e.Seq-1)
		if err != nil {
			t.Fatal(err)
		}
		proof := tlog.Proof{Index: e.Seq - 1, Hashes: hashes, Checkpoint: note}
		files[name] = proof.Append(nil)
	}
	files["proof/links.txt"], files["proof/checkpoint.txt"] = links, note
	list = data
	for name, f := range files {
		if strings.HasPrefix(name, "proof/") {
			list = append(list, evidence.File{Name: name, Data: f})
		}
	}
	var out bytes.Buffer
	if err := evidence.WriteZIP(&out, top, evidence.SealBag(list, "2026-10-26", "ledger.example.org/cases", c.ID(), 9)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), policy(t, l)
}

// Even what the ledger itself recorded must be what the opened parts make; a
// later form of the sheet is told from a wrong one.
func TestRecordedData(t *testing.T) {
	tests := []struct {
		name   string
		exit   int
		change func(files map[string][]byte)
	}{
		{"as the program writes it", evidence.ExitValid, func(map[string][]byte) {}},
		{"a later form of the sheet", evidence.ExitVersion, func(files map[string][]byte) {
			files["data/contact-sheets.json"] = bytes.Replace(files["data/contact-sheets.json"], []byte("sheets/v1"), []byte("sheets/v2"), 1)
		}},
		{"a sheet of no form", evidence.ExitInvalid, func(files map[string][]byte) {
			files["data/contact-sheets.json"] = bytes.Replace(files["data/contact-sheets.json"], []byte("sheets/v1"), []byte("sheets/vi"), 1)
		}},
		{"another word", evidence.ExitInvalid, func(files map[string][]byte) {
			files["data/contact-sheets.html"] = bytes.Replace(files["data/contact-sheets.html"], []byte("duty officer"), []byte("duty manager"), 1)
		}},
		{"another hand", evidence.ExitInvalid, func(files map[string][]byte) {
			files["data/continuity.csv"] = bytes.Replace(files["data/continuity.csv"], []byte("produced"), []byte("received"), 1)
		}},
		{"a PDF", evidence.ExitValid, func(files map[string][]byte) { files["data/contact-sheets.pdf"] = []byte("%PDF-1.7") }},
		{"statements, labels and receipt", evidence.ExitValid, func(files map[string][]byte) {
			files["data/statements/staff-07.pdf"], files["data/receipt.pdf"], files["data/labels.pdf"] = []byte("x"), []byte("y"), []byte("z")
		}},
		{"a file of no kind", evidence.ExitInvalid, func(files map[string][]byte) { files["data/extra.txt"] = []byte("x") }},
		{"a request that event m does not name", evidence.ExitInvalid, func(files map[string][]byte) { files["data/request.json"] = []byte("{}\n") }},
		{"an attachment that no event names", evidence.ExitInvalid, func(files map[string][]byte) { files["data/attachments/KP-1.mp4"] = []byte("x") }},
		{"a time-stamp", evidence.ExitValid, func(files map[string][]byte) { files["proof/timestamps/one.tsr"] = []byte("x") }},
		{"a policy that is none", evidence.ExitValid, func(files map[string][]byte) { files["proof/policy.txt"] = []byte("x") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, p := record(t, "recorded", tt.change)
			v := verify(b, p)
			if v.Exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", v.Exit, tt.exit, v.FirstFailure())
			}
			if strings.HasPrefix(tt.name, "a time-stamp") || strings.HasPrefix(tt.name, "a policy") {
				if len(v.Warnings) != 2 || v.Warnings[0] != noPath {
					t.Errorf("warnings %q", v.Warnings)
				}
			}
		})
	}
}

// noPath is what a verdict warns of where the export was made without a path.
const noPath = "the export names no request and no decision: no step on the way to it can be shown"

// Event m is the ledger's word; what it says must fit what is shown.
func TestRecordedClosings(t *testing.T) {
	l, c := ledger("closings of m")
	_, res := export(t, l, c, usual...)
	body, err := events.ParseBody(c.Bodies()[8])
	if err != nil {
		t.Fatal(err)
	}
	data := strings.Replace(string(body.Data), res.Manifest.String(), "MANIFEST", 1)
	const withheld = `{"code":"S","leaf":0,"leaves":0,"seq":1}`
	tests := []struct{ name, old, with string }{
		{"a withheld event without a closing", withheld + ",", ""},
		{"a withheld event closed in part", withheld, `{"code":"S","leaf":0,"leaves":3,"seq":1}`},
		{"a closing of a disclosed event as a whole", withheld, withheld + `,{"code":"S","leaf":0,"leaves":0,"seq":2}`},
		{"a closing of what is open", withheld, withheld + `,{"code":"A","leaf":3,"leaves":1,"seq":2}`},
		{"a closing of the export", withheld, withheld + `,{"code":"A","leaf":3,"leaves":1,"seq":9}`},
		{"a closing of no leaf", `"code":"A","leaf":`, `"code":"A","leaves":0,"leaf":`},
		{"closed without a closing", `"code":"P","leaf":`, `"code":"P","seq":2,"leaf":`},
		{"a request that is not there", `"request":null`, `"request":2`},
		{"a decision that is not there", `"decision":null`, `"decision":2`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(data, tt.old) {
				t.Fatalf("event m does not hold %s", tt.old)
			}
			changed := strings.Replace(data, tt.old, tt.with, 1)
			changed = dedupe(changed)
			b, p := record(t, "closings of m", func(files map[string][]byte) { files["event m"] = []byte(changed) })
			if v := verify(b, p); v.Exit != evidence.ExitInvalid {
				t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
			}
		})
	}
}

// dedupe drops the second of two members that a replacement doubled.
func dedupe(s string) string {
	for _, name := range []string{`"leaves":`, `"seq":`} {
		for _, object := range strings.SplitAfter(s, "}") {
			if strings.Count(object, name) == 2 {
				at := strings.LastIndex(object, name)
				end := at + strings.IndexAny(object[at:], ",}")
				short := strings.TrimSuffix(object[:at], ",") + object[end:]
				s = strings.Replace(s, object, short, 1)
			}
		}
	}
	return s
}

func FuzzRead(f *testing.F) {
	c := eventstest.NewChain("fuzz").Occurred(happened("2026-10-06T10:00:00+01:00")).Add("contact.attempted", attemptJSON("07700 900111"))
	l := evidencetest.New(c)
	raw, _ := export(f, l, c)
	p := policy(f, l)
	f.Add(raw)
	f.Add(raw[len(raw)-22:])
	f.Fuzz(func(t *testing.T, in []byte) {
		if v := verify(in, p); v.Exit == evidence.ExitValid && !bytes.Equal(in, raw) {
			// Only the name of the top directory is nobody's business.
			top, files := unzip(t, in)
			_, want := unzip(t, raw)
			for name, f := range files {
				if !bytes.Equal(f, want[name]) {
					t.Errorf("matches with another %s under %s", name, top)
				}
			}
		}
	})
}
