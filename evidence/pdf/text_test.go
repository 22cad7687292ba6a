package pdf

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"caseledger/evidence/sheet"
)

// engine opens the engine that scripts/setup has installed.
func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := Open(Options{Dir: "sidecar"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func render(t testing.TB, e *Engine, doc *sheet.Document, attached []byte) []byte {
	t.Helper()
	file, err := e.Render(context.Background(), doc, attached)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// tool runs a program of poppler-utils or qpdf on a file.
func tool(t testing.TB, file []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		if args[i] == "FILE" {
			args[i] = path
		}
	}
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, stderr.Bytes())
	}
	return string(out)
}

// reading is what pdftotext reads of the pages without header and footer.
func reading(t testing.TB, file []byte) string {
	t.Helper()
	return tool(t, file, "pdftotext", "-raw", "-enc", "UTF-8", "-x", "0", "-y", "60", "-W", "596", "-H", "722", "FILE", "-")
}

// free stands in a model where white space may be or not: around boxes and
// around characters shown by their number.
const free = '\x01'

// model is the text of a document as it is to be read.
func model(doc *sheet.Document) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	runs := func(list []sheet.Run) {
		for _, r := range list {
			switch r.Style {
			case "box", "cp":
				fmt.Fprintf(&b, "%c%s%c", free, r.Text, free)
			case "number":
				fmt.Fprintf(&b, "%s%c", r.Text, free)
			default:
				b.WriteString(r.Text)
			}
		}
	}
	var blocks func(list []sheet.Block)
	blocks = func(list []sheet.Block) {
		for _, x := range list {
			if x.Kind != "item" && x.Kind != "facts" && x.Kind != "table" && x.Kind != "label" {
				runs(x.Label)
				b.WriteByte('\n')
			}
			runs(x.Runs)
			b.WriteByte('\n')
			for _, row := range x.Rows {
				for _, cell := range row.Cells {
					runs(cell)
					b.WriteByte('\n')
				}
			}
			for i, y := range x.Blocks {
				switch x.Kind {
				case "steps":
					fmt.Fprintf(&b, "%d.\n", i+1)
				case "list":
					b.WriteString("•\n")
				}
				blocks([]sheet.Block{y})
			}
		}
	}
	line(doc.Service)
	line(doc.Title)
	line(fmt.Sprintf("Case %s · Copy %d · Confidential", doc.Case, doc.Copy))
	blocks(doc.Blocks)
	return b.String()
}

// differ compares a reading with a model by the rules of the package comment.
// It returns where they part, or "".
func differ(model, read string) string {
	want := []rune(model)
	have := slices.DeleteFunc([]rune(read), func(r rune) bool {
		return r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e
	})
	skip := func(list []rune, i int) (next int, lines bool) {
		for i < len(list) && (unicode.IsSpace(list[i]) || list[i] == free) {
			lines = lines || list[i] == '\n' || list[i] == '\f' || list[i] == free
			i++
		}
		return i, lines
	}
	i, j := 0, 0
	for {
		a, freely := i, false
		for a < len(want) && (unicode.IsSpace(want[a]) || want[a] == free) {
			freely = freely || want[a] == free
			a++
		}
		b, lines := skip(have, j)
		at := func() string {
			return fmt.Sprintf("want …%q, read …%q", string(want[max(0, a-20):min(len(want), a+20)]), string(have[max(0, b-20):min(len(have), b+20)]))
		}
		switch {
		case a == len(want) && b == len(have):
			return ""
		case a == len(want) || b == len(have):
			return "one ends: " + at()
		case a > i && !freely && b == j && i > 0:
			return "white space is missing: " + at()
		case a == i && b > j && !lines && j > 0 && rightToLeft(want[a]) == rightToLeft(want[a-1]):
			return "white space is too much: " + at()
		case want[a] != have[b]:
			return "another character: " + at()
		}
		i, j = a+1, b+1
	}
}

// TestTextOfEveryScript holds that what pdftotext reads is what the document
// says, for every writing.
func TestTextOfEveryScript(t *testing.T) {
	e := engine(t)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range scripts {
			if !yield(name) {
				return
			}
		}
	}) {
		t.Run(name, func(t *testing.T) {
			b := newBook(t)
			text := scripts[name]
			b.add("2026-10-25T02:11:30Z", contact("2026-10-25T01:30:00+00:00", "",
				statement{kind: "client-words", speaker: text, text: text, language: languages[name], translation: text},
				statement{kind: "third-party", speaker: text, text: strings.Repeat(text+" ", 12), because: text}))
			doc := b.sheet(`"DC 4410 Elm"`).Document()
			file := render(t, e, doc, nil)
			if at := differ(model(doc), reading(t, file)); at != "" {
				t.Error(at)
				if dir := os.Getenv("CASELEDGER_KEEP"); dir != "" {
					os.WriteFile(filepath.Join(dir, name+".pdf"), file, 0o600)
				}
			}
		})
	}
}
