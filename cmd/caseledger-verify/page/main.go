// Command page writes the verifier page: one HTML file that checks an evidence
// bundle in a browser, from a disk and without a network. It holds
// caseledger-verify built for WebAssembly, Go's own glue for that from GOROOT,
// and nothing from anywhere else.
//
//	go run ./cmd/caseledger-verify/page [--release NAME] caseledger-verify.html
//
// The same sources and the same release of Go give the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed page.html
var document string

//go:embed page.css
var style string

//go:embed page.js
var script string

//go:embed worker.js
var workerScript string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("page", flag.ContinueOnError)
	release := flags.String("release", "", "the `name` of the release that the page shows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name the file to write")
	}
	page, program, err := build(ctx, *release)
	if err != nil {
		return err
	}
	if err := os.WriteFile(flags.Arg(0), page, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes; the program in it %d bytes\n", flags.Arg(0), len(page), program)
	return nil
}

// releaseName is what a page can show without being told how.
var releaseName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$`)

// build compiles the program and returns the page around it, and the size of
// the program before it was compressed.
func build(ctx context.Context, release string) (page []byte, program int, err error) {
	if release != "" && !releaseName.MatchString(release) {
		return nil, 0, errors.New("a release is named by up to 64 letters, digits, dots, plus signs and hyphens")
	}
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "verify.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X main.release="+release, "-o", out, "caseledger/cmd/caseledger-verify")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "GOEXPERIMENT=", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("go build: %w\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return nil, 0, err
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, 0, fmt.Errorf("go env: %w", err)
	}
	glue, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, 0, err
	}
	if release == "" {
		release = "devel"
	}
	page, err = assemble(release, wasm, string(glue))
	return page, len(wasm), err
}

// assemble puts the page together. Its content security policy names the one
// style and the one script by their hashes and forbids every connection.
func assemble(release string, wasm []byte, glue string) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(wasm); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	worker := glue + "\n" + workerScript
	for _, s := range []string{worker, script} {
		// In an element of HTML these would end it, or hide its end.
		if low := strings.ToLower(s); strings.Contains(low, "</script") || strings.Contains(low, "<script") || strings.Contains(low, "<!--") {
			return nil, errors.New("a script that cannot stand in a page")
		}
	}
	t, err := template.New("page").Parse(document)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = t.Execute(&page, map[string]string{
		"Version": release,
		"Policy": "default-src 'none'; script-src " + hashOf(script) + " 'wasm-unsafe-eval'; style-src " + hashOf(style) +
			"; worker-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'; " +
			"require-trusted-types-for 'script'; trusted-types verifier",
		"Style": style, "Script": script, "Worker": worker,
		"Program": base64.StdEncoding.EncodeToString(packed.Bytes()),
	})
	return page.Bytes(), err
}

// hashOf is how a content security policy names an element by its text.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
