package sheet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The specification holds the page's own words: the style sheet whole, and
// every line of the templates that has nothing to fill in.
func TestFormatDocument(t *testing.T) {
	var doc string
	files, err := filepath.Glob("../../docs/FORMAT*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		doc += string(b)
	}
	if !strings.Contains(doc, "```css\n"+style+"```\n") {
		t.Error("docs/FORMAT.md does not hold the style sheet of the page")
	}
	s := sample(t)
	made := string(s.HTML()) + string(s.Readme())
	lines := 0
	for _, block := range []string{"html head", "html front", "html item", "html schedule", "html continuity", "html changed", "text readme"} {
		_, rest, ok := strings.Cut(doc, "```"+block+"\n")
		if !ok {
			t.Errorf("docs/FORMAT.md has no block %s", block)
			continue
		}
		template, _, _ := strings.Cut(rest, "```\n")
		for line := range strings.Lines(template) {
			if line == "\n" || strings.ContainsAny(line, "{}") {
				continue
			}
			lines++
			if !strings.Contains(made, line) {
				t.Errorf("block %s has a line that the sheet does not: %s", block, line)
			}
		}
	}
	if lines < 60 {
		t.Errorf("only %d lines were compared", lines)
	}
	for code, meaning := range codeMeaning {
		if !strings.Contains(doc, "| `"+string(code)+"` | "+meaning+" |\n") {
			t.Errorf("docs/FORMAT.md lacks the meaning of %c", code)
		}
	}
	for _, words := range []map[string]string{
		kindLabel, channelWords, outcomeWords, madeWords, withWords, modeWords, typeWords, fileWords, callerWords, knownWords, emergencyWords,
		requestWords, decisionWords, testWords, metWords, toldWords, stepWords,
	} {
		for code, word := range words {
			if !strings.Contains(doc, "| `"+code+"` | "+word+" |") {
				t.Errorf("docs/FORMAT.md lacks the words of %s", code)
			}
		}
	}
	for tag, name := range languages {
		if !strings.Contains(doc, "`"+tag+"` "+name) {
			t.Errorf("docs/FORMAT.md lacks the language %s", tag)
		}
	}
}
