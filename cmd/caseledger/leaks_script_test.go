package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"caseledger/events"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/pdf"
	"caseledger/internal/lacking"
	"caseledger/internal/story"
)

// printing puts into $PLAIN whether bundles go without PDF here: "false" where
// the engine is installed.
func printing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: printing")
	}
	sidecar, err := filepath.Abs("../../evidence/pdf/sidecar")
	ts.Check(err)
	ts.Setenv("CASELEDGER_PDF", sidecar)
	_, err = pdf.Open(pdf.Options{Dir: sidecar})
	if err != nil && lacking.Nothing() {
		ts.Fatalf("without PDF: %v", err)
	} else if err != nil {
		ts.Logf("without PDF: %v", err)
	}
	ts.Setenv("PLAIN", strconv.FormatBool(err != nil))
}

// withheld checks that no word of the story's case "court" that a bundle does
// not open is in any byte of the bundle, in any encoding, nor on a page of its
// PDF files. MORE… are files that belong to it.
func withheld(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: withheld BUNDLE [MORE…]")
	}
	file := []byte(ts.ReadFile(args[0]))
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	ts.Check(err)
	open, pages := make(map[string]bool), make(map[string][]byte)
	for _, f := range z.File {
		r, err := f.Open()
		ts.Check(err)
		b, err := io.ReadAll(r)
		ts.Check(err)
		if strings.Contains(f.Name, "/proof/parts/") {
			for _, t := range openTokens(ts, b) {
				open[t] = true
			}
		}
		if path.Ext(f.Name) == ".pdf" {
			pages[f.Name] = b
		}
	}
	words, all := closedWords(ts, open, fixedWords(ts))
	for _, w := range []string{"tallow", "saltby", "lighthouse", "07700 900412", "07700900587", "31 Tallow Street", "supplier"} {
		if !slices.Contains(words, w) {
			ts.Fatalf("one of the words that must be closed is not: this checks too little")
		}
	}
	ts.Logf("%d words and values that are not open, %d bytes, %d PDF files", len(words), len(file), len(pages))
	// Six letters stand somewhere in the hashes and signatures of the proofs by chance.
	random := regexp.MustCompile(`(?m)^(— \S+ )?[0-9A-Za-z+/]{43,}=*$`)
	for _, name := range args {
		for _, l := range evidencetest.Leaks(random.ReplaceAll([]byte(ts.ReadFile(name)), nil), words) {
			ts.Logf("%s: %s", name, l)
			ts.Logf("  %q", words[l.Word])
			neg = true
		}
	}
	for name, b := range pages {
		cmd := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
		cmd.Stdin = bytes.NewReader(b)
		text, err := cmd.Output()
		ts.Check(err)
		for _, t := range tokens(string(text)) {
			if all[t] {
				ts.Logf("%s: %q is on a page", name, t)
				neg = true
			}
		}
	}
	if neg {
		ts.Fatalf("%s shows what is closed", args[0])
	}
}

// fixedWords is all that a bundle of any case can say: the format, the program
// that writes it, and the months.
func fixedWords(ts *testscript.TestScript) string {
	files, err := filepath.Glob("../../evidence/sheet/*.go")
	ts.Check(err)
	var all strings.Builder
	for _, name := range append(files, "../../docs/FORMAT.md") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		ts.Check(err)
		all.Write(b)
	}
	for m := time.January; m <= time.December; m++ {
		all.WriteString(m.String())
	}
	return strings.ToLower(all.String())
}

// openTokens are those of the opened values of a parts file.
func openTokens(ts *testscript.TestScript, b []byte) []string {
	var parts struct {
		Open []struct{ Value string }
	}
	ts.Check(json.Unmarshal(b, &parts))
	var list []string
	for _, p := range parts.Open {
		list = append(list, tokens(p.Value)...)
	}
	return list
}

// tokens are the runs of letters and digits of a text, in lower case.
func tokens(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// closedWords are the words of the case that stand open nowhere: those long
// enough not to turn up by chance in some megabytes, values with digits as
// they were recorded and without their spaces; and all of them. Left out is
// what bundles say anyway, if only as a part of a word.
func closedWords(ts *testscript.TestScript, open map[string]bool, fixed string) (words []string, all map[string]bool) {
	all = make(map[string]bool)
	for _, e := range story.Events() {
		if e.Case != "court" {
			continue
		}
		body, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
		ts.Check(err)
		parts, err := events.Flatten(body)
		ts.Check(err)
		for _, p := range parts {
			var value string
			if p.Decoy || json.Unmarshal([]byte(p.Value), &value) != nil {
				continue
			}
			closed := false
			for _, t := range tokens(value) {
				if !open[t] {
					closed, all[t] = true, true
				}
			}
			if p.Kind == events.KindScalar && closed && strings.ContainsAny(value, "0123456789") && len(value) >= 6 {
				words = append(words, value, strings.ReplaceAll(value, " ", ""))
			}
		}
	}
	for t := range all {
		if strings.Contains(fixed, t) {
			delete(all, t)
			continue
		}
		// Six hex digits stand somewhere in a megabyte of hashes by chance; a
		// number stands in the list whole as well.
		if len(t) >= 10 || len(t) >= 6 && strings.Trim(t, "0123456789abcdef") != "" {
			words = append(words, t)
		}
		if len(t) < 4 || strings.Trim(t, "0123456789") == "" {
			delete(all, t) // page numbers, times
		}
	}
	slices.Sort(words)
	return slices.Compact(words), all
}
