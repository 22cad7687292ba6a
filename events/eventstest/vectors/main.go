// Command vectors writes the test vectors of docs/FORMAT.md: inputs for another
// implementation of the record and of the verifier, each with the verdict it
// must come to. The
// same source gives the same files.
//
//	go run ./events/eventstest/vectors -out schemas/vectors
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

func main() {
	out := flag.String("out", filepath.Join("schemas", "vectors"), "directory to write to")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for name, content := range files() {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files returns the content of every file.
func files() map[string][]byte {
	files := map[string][]byte{
		"canonical.json": encode(canonicalCases()),
		"words.json":     encode(wordCases()),
		"flatten.json":   encode(flattenCases()),
		"unflatten.json": encode(unflattenCases()),
		"links.json":     encode(linkCases()),
		"details.json":   encode(detailCases()),
		"records.json":   encode(recordCases()),
		"chains.json":    encode(chainCases()),
	}
	maps.Copy(files, bundleFiles())
	return files
}

func encode(cases any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(cases); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// A verdict is what an implementation must say of an input.
type verdict string

const (
	accept   verdict = "accept"
	syntax   verdict = "syntax"    // not in the format
	version  verdict = "version"   // a version nobody knows yet
	tooLarge verdict = "too-large" // over a limit
	broken   verdict = "broken"    // the pieces do not belong together
	sealed   verdict = "sealed"    // does not open to what it commits to
)

// octets are bytes in the plainest of three forms: as text, as hex, or built
// from pieces that repeat.
type octets struct {
	Text  *string `json:"text,omitempty"`
	Hex   *string `json:"hex,omitempty"`
	Build []piece `json:"build,omitempty"`
}

type piece struct {
	Text  string `json:"text"`
	Times int    `json:"times"`
}

// octetsOf takes text where a reader can see what it is, else hex.
func octetsOf(s string) octets {
	plain := utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != ' ' && !unicode.IsGraphic(r) || r == utf8.RuneError
	})
	if plain {
		return octets{Text: &s}
	}
	return hexOf([]byte(s))
}

func hexOf(b []byte) octets {
	s := hex.EncodeToString(b)
	return octets{Hex: &s}
}

func build(pieces ...piece) octets { return octets{Build: pieces} }

// bytes returns the bytes, or an error when the form is none of the three.
func (o octets) bytes() ([]byte, error) {
	switch {
	case o.Text != nil:
		return []byte(*o.Text), nil
	case o.Hex != nil:
		return hex.DecodeString(*o.Hex)
	case o.Build != nil:
		var b strings.Builder
		for _, p := range o.Build {
			b.WriteString(strings.Repeat(p.Text, p.Times))
		}
		return []byte(b.String()), nil
	}
	return nil, fmt.Errorf("neither text nor hex nor build")
}
