package pdf

import (
	"strings"
	"testing"
	"unicode"

	"caseledger/evidence/sheet"
)

// TestEveryCharacter prints every character that some font has, a word each,
// and reads them all again.
func TestEveryCharacter(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	e := engine(t)
	var b strings.Builder
	doc := plainDocument("")
	n := 0
	for r := rune(0x21); r < 0x110000; r++ {
		if !e.fonts.has(r) || unicode.IsSpace(r) || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		if unicode.In(r, unicode.M) {
			b.WriteString("o") // a mark needs something to stand on
		}
		b.WriteRune(r)
		b.WriteByte(' ')
		if n++; n%200 == 0 {
			doc.Blocks = append(doc.Blocks, sheet.Block{Kind: "para", Runs: []sheet.Run{{Text: b.String()}}})
			b.Reset()
		}
	}
	doc.Blocks = append(doc.Blocks, sheet.Block{Kind: "para", Runs: []sheet.Run{{Text: b.String()}}})
	t.Log(n, "characters")
	read := reading(t, render(t, e, doc, nil))
	if at := differ(model(doc), read); at != "" {
		t.Error(at)
	}
}
