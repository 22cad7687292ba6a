package pdf

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"caseledger/evidence/sheet"
)

func plainDocument(text string) *sheet.Document {
	return &sheet.Document{
		Kind: "sheets", Title: "Contact sheets", Service: "ledger.example.org/cases", Exhibit: "KP/2", Case: "7C1E0A9B",
		Check: "3F9A-0C71-EE00-0000-0000", Holder: "DC 4410 Elm", Copy: 1, Prepared: time.Date(2026, 10, 30, 16, 4, 5, 0, time.UTC),
		Blocks: []sheet.Block{{Kind: "section", Style: "front", ID: "front", Blocks: []sheet.Block{{Kind: "para", Runs: []sheet.Run{{Text: text}}}}}},
	}
}

// TestDocuments holds of every document of a bundle that it can be printed,
// reads as it is written, comes out the same twice, and is whole to qpdf.
func TestDocuments(t *testing.T) {
	e := engine(t)
	for _, s := range []struct {
		name  string
		sheet *sheet.Sheet
	}{{"kinds", kinds(t)}, {"court", tale(t)}} {
		for _, p := range s.sheet.Papers() {
			t.Run(s.name+"/"+p.Name, func(t *testing.T) {
				var attached []byte
				if p.Document.Kind == "sheets" {
					attached = s.sheet.JSON()
				}
				file := render(t, e, p.Document, attached)
				if dir := os.Getenv("CASELEDGER_KEEP"); dir != "" {
					os.WriteFile(filepath.Join(dir, s.name+"-"+filepath.Base(p.Name)), file, 0o600)
				}
				if again := render(t, e, p.Document, attached); !bytes.Equal(file, again) {
					t.Error("rendered twice, and the bytes differ")
				}
				tool(t, file, "qpdf", "--check", "FILE")
				if at := differ(once(model(p.Document), p.Document), once(reading(t, file), p.Document)); at != "" {
					t.Error(at)
				}
				if got := tool(t, file, "pdftotext", "-raw", "-enc", "UTF-8", "FILE", "-"); attached != nil && !regexp.MustCompile(`(?m)^Items? 1 `).MatchString(got) {
					t.Error("no header with the number of the item")
				}
			})
		}
	}
}

// once takes away the header rows of tables, which stand on every page that a
// table goes on to.
func once(text string, doc *sheet.Document) string {
	text = strings.ReplaceAll(text, "\f", "\n")
	var walk func(list []sheet.Block)
	walk = func(list []sheet.Block) {
		for i := range list {
			for _, row := range list[i].Rows {
				if !row.Header {
					continue
				}
				var form []string
				for _, cell := range row.Cells {
					form = append(form, regexp.QuoteMeta(cell[0].Text))
				}
				text = regexp.MustCompile(`(?m)^`+strings.Join(form, `\s+`)+`$`).ReplaceAllString(text, "")
			}
			walk(list[i].Blocks)
		}
	}
	walk(doc.Blocks)
	return text
}

// TestForm holds what the file says of itself.
func TestForm(t *testing.T) {
	e := engine(t)
	s := kinds(t)
	file := render(t, e, s.Document(), s.JSON())
	info := tool(t, file, "pdfinfo", "-isodates", "FILE")
	if bytes.Contains(file, []byte("/Suspects")) {
		t.Error("the catalogue says what Poppler takes for an error")
	}
	for _, want := range []string{"Contact sheets, exhibit KP/2", "2026-10-30T16:04:00Z", "Tagged:          yes", "(A4)", "JavaScript:      no"} {
		if !strings.Contains(info, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, info)
		}
	}
	structure := tool(t, file, "pdfinfo", "-struct", "FILE")
	for _, want := range []string{"H1", "H2", "H3", "H4", "P", "L", "LI", "Table", "THead", "TH", "TD", "Link"} {
		if !regexp.MustCompile(`(?m)^\s*` + want + `\b`).MatchString(structure) {
			t.Errorf("no part of the structure is a %s", want)
		}
	}
	meta := tool(t, file, "pdfinfo", "-meta", "FILE")
	for _, want := range []string{"<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"} {
		if !strings.Contains(meta, want) {
			t.Errorf("the metadata lack %q", want)
		}
	}
	out := filepath.Join(t.TempDir(), "attached.json")
	tool(t, file, "pdfdetach", "-save", "1", "-o", out, "FILE")
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, s.JSON()) {
		t.Errorf("the attached contact-sheets.json differs: %v", err)
	}
	fonts := tool(t, file, "pdffonts", "FILE")
	for _, line := range strings.Split(strings.TrimSpace(fonts), "\n")[2:] {
		if !strings.Contains(line, "Noto") || !regexp.MustCompile(`\byes yes yes\b`).MatchString(line) {
			t.Errorf("a font is not Noto, or not embedded, or without Unicode: %s", line)
		}
	}
	every := tool(t, file, "pdftotext", "-raw", "-enc", "UTF-8", "FILE", "-")
	pages := strings.Split(strings.TrimSuffix(every, "\f"), "\f")
	for i, page := range pages {
		for _, want := range []string{"Exhibit KP/2 · Case 7C1E0A9B", "CONFIDENTIAL", "Copy 1 for DC 4410 Elm, Harrowmere Police", "Check code 3F9A-0C71-EE00-0000-0000"} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d does not say %q", i+1, want)
			}
		}
	}
}

// TestClosedWordsAreNotThere looks for closed words in everything that the
// file holds, unpacked.
func TestClosedWordsAreNotThere(t *testing.T) {
	e := engine(t)
	s := kinds(t)
	file := render(t, e, s.Document(), s.JSON())
	plain := filepath.Join(t.TempDir(), "plain.pdf")
	tool(t, file, "qpdf", "--qdf", "--object-streams=disable", "FILE", plain)
	raw, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	text := tool(t, file, "pdftotext", "-raw", "FILE", "-")
	if !strings.Contains(text, "Leeds") {
		t.Fatal("an open word is not read: the test looks at nothing")
	}
	lower := strings.ToLower(string(raw))
	for _, word := range []string{"Alder", "Court,"} {
		var wide []byte // UTF-16
		for _, c := range []byte(word) {
			wide = append(wide, 0, c)
		}
		for _, form := range []string{word, string(wide), hex.EncodeToString([]byte(word)), hex.EncodeToString(wide)} {
			if strings.Contains(lower, strings.ToLower(form)) || strings.Contains(text, form) {
				t.Errorf("closed words stand in the file in the form %q", form)
			}
		}
	}
	if !strings.Contains(lower, hex.EncodeToString([]byte{0x0a, 0x2e, 0x0a, 0x48})) {
		t.Error("the open words of Punjabi are not found in their form: the test looks at nothing")
	}
}

// TestDraft holds that a draft says so on every page, and nothing else does.
func TestDraft(t *testing.T) {
	e := engine(t)
	for _, draft := range []bool{false, true} {
		doc := kinds(t).Document()
		doc.Draft = draft
		for i, page := range strings.Split(strings.TrimSuffix(tool(t, render(t, e, doc, nil), "pdftotext", "-raw", "FILE", "-"), "\f"), "\f") {
			if strings.Contains(page, "DRAFT") != draft {
				t.Errorf("draft %v: page %d", draft, i+1)
			}
		}
	}
}

// TestHeaderOfManyScripts: the recipient's name stands in every footer.
func TestHeaderOfManyScripts(t *testing.T) {
	e := engine(t)
	doc := kinds(t).Document()
	doc.Holder = "سارہ احمد, ਪੁਲਿਸ"
	file := render(t, e, doc, nil)
	pages := strings.Split(strings.TrimSuffix(tool(t, file, "pdftotext", "-raw", "-enc", "UTF-8", "-y", "780", "-x", "0", "-W", "596", "-H", "62", "FILE", "-"), "\f"), "\f")
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		_, page, _ = strings.Cut(page, "Copy")
		if at := differ("Copy 1 for سارہ احمد, ਪੁਲਿਸ Check code 3F9A-0C71-EE00-0000-0000", "Copy"+page[:strings.Index(page, "Page")]); at != "" {
			t.Errorf("page %d: %s", i+1, at)
		}
	}
}

// TestRefused: what cannot be printed is an error that names a place and no
// word of the document.
func TestRefused(t *testing.T) {
	e := engine(t)
	const secret = "Tallow"
	with := func(change func(d *sheet.Document)) *sheet.Document {
		d := plainDocument(secret)
		change(d)
		return d
	}
	para := func(d *sheet.Document) *sheet.Block { return &d.Blocks[0].Blocks[0] }
	for name, c := range map[string]struct {
		doc  *sheet.Document
		want error
	}{
		"no glyph":      {with(func(d *sheet.Document) { para(d).Runs[0].Text += " \U00013000" }), ErrGlyph},
		"no header":     {with(func(d *sheet.Document) { d.Holder += "\U00013000" }), ErrGlyph},
		"not UTF-8":     {with(func(d *sheet.Document) { para(d).Runs[0].Text += "\xff" }), ErrInput},
		"unknown kind":  {with(func(d *sheet.Document) { para(d).Kind = secret }), ErrInput},
		"unknown style": {with(func(d *sheet.Document) { para(d).Runs[0].Style = secret }), ErrInput},
		"link to none":  {with(func(d *sheet.Document) { para(d).Runs[0].Style, para(d).Runs[0].Ref = "link", "none" }), ErrInput},
		"the same ID":   {with(func(d *sheet.Document) { para(d).ID = "front" }), ErrInput},
		"uneven rows": {with(func(d *sheet.Document) {
			*para(d) = sheet.Block{Kind: "table", Rows: []sheet.Row{{Cells: make([][]sheet.Run, 2)}, {}}}
		}), ErrInput},
		"before year 1": {with(func(d *sheet.Document) { d.Prepared = d.Prepared.AddDate(-3000, 0, 0) }), ErrInput},
	} {
		_, err := e.Render(context.Background(), c.doc, nil)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds words of the document: %v", name, err)
		}
	}
	_, err := e.Render(context.Background(), with(func(d *sheet.Document) { para(d).Runs[0].Text = "\U00013000" }), nil)
	var glyph *GlyphError
	if !errors.As(err, &glyph) || glyph.Rune != 0x13000 || glyph.Item != "front" {
		t.Errorf("%v", err)
	}
}

// TestMarkupIsText: nothing in a document is taken for the engine's language.
func TestMarkupIsText(t *testing.T) {
	e := engine(t)
	doc := plainDocument("#read(\"/etc/passwd\") $x$ *b* _i_ `c` <l> @r \\u{1} // c /* c */ = h -- ... \"q\" 'q' ~ [x] {y}")
	if at := differ(model(doc), reading(t, render(t, e, doc, nil))); at != "" {
		t.Error(at)
	}
}

// TestMissing: every way in which the engine is not there ends in ErrEngine,
// with what to do.
func TestMissing(t *testing.T) {
	whole, err := filepath.Abs("sidecar")
	if err != nil {
		t.Fatal(err)
	}
	partly := t.TempDir()
	if err := os.WriteFile(filepath.Join(partly, "render.mjs"), renderer, 0o600); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "render.mjs"), []byte("// another"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"no directory":  {Dir: filepath.Join(t.TempDir(), "none")},
		"no modules":    {Dir: partly},
		"other version": {Dir: other},
		"no node":       {Dir: whole, Node: "no-such-node"},
		"not node":      {Dir: whole, Node: "true"},
	} {
		_, err := Open(o)
		if !errors.Is(err, ErrEngine) || !strings.Contains(err.Error(), "scripts/setup") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLimits: a rendering that takes too long or too much ends.
func TestLimits(t *testing.T) {
	doc := plainDocument("x")
	for range 20000 {
		doc.Blocks = append(doc.Blocks, sheet.Block{Kind: "para", Runs: []sheet.Run{{Text: strings.Repeat("words to be set ", 20)}}})
	}
	slow, err := Open(Options{Dir: "sidecar", Timeout: 150 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slow.Render(context.Background(), doc, nil); !errors.Is(err, ErrLimit) {
		t.Errorf("time: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := slow.Render(ctx, doc, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	small, err := Open(Options{Dir: "sidecar", Memory: 160 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := small.Render(context.Background(), doc, nil); !errors.Is(err, ErrLimit) {
		t.Errorf("memory: %v", err)
	}
}

// TestThousand prints a case of 1,000 contacts.
func TestThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	e := engine(t)
	s := many(t, 1000)
	doc, attached := s.Document(), s.JSON()
	start := time.Now()
	file := render(t, e, doc, attached)
	t.Logf("%d bytes in %v", len(file), time.Since(start))
	if at := differ(once(model(doc), doc), once(reading(t, file), doc)); at != "" {
		t.Error(at)
	}
}

func BenchmarkThousand(b *testing.B) {
	e := engine(b)
	s := many(b, 1000)
	doc, attached := s.Document(), s.JSON()
	for b.Loop() {
		render(b, e, doc, attached)
	}
}
