//go:build !js

package main

import (
	"bytes"
	"errors"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"caseledger/evidence/evidencetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"caseledger-verify": main})
}

// TestScripts runs testdata/*.txtar. Every script finds bundle.zip, a copy
// with one byte changed, the ledger's policy and another ledger's.
func TestScripts(t *testing.T) {
	ours, bundle := evidencetest.Bundle("ours")
	theirs, _ := evidencetest.Bundle("theirs")
	changed := bytes.Replace(bundle, []byte("nobody answered"), []byte("nobody answeres"), 1)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			for name, b := range map[string][]byte{
				"bundle.zip": bundle, "changed.zip": changed, "policy.txt": ours, "other.txt": theirs,
			} {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), b, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// A window of Windows stays until somebody has read the answer.
func TestWaitForEnter(t *testing.T) {
	in := strings.NewReader("\nmore")
	var out bytes.Buffer
	waitForEnter(in, &out)
	if !strings.Contains(out.String(), "Press Enter") {
		t.Errorf("printed %q", out.String())
	}
	waitForEnter(strings.NewReader(""), &out) // nobody there: no waiting
}

// exits runs a command that must end with this exit code: exits 3 command….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command arguments...")
	}
	code := "0"
	err := ts.Exec(args[1], args[2:]...)
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		code = strconv.Itoa(e.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// The verifier is for people who do not trust the service: it reaches no
// network, no store and none of the service's own code.
func TestImportFence(t *testing.T) {
	for _, target := range [][2]string{{"linux", "amd64"}, {"windows", "amd64"}, {"darwin", "arm64"}, {"js", "wasm"}} {
		t.Run(target[0], func(t *testing.T) { fence(t, target[0], target[1]) })
	}
}

func fence(t *testing.T, goos, goarch string) {
	target := build.Default
	target.GOOS, target.GOARCH, target.CgoEnabled = goos, goarch, false
	allowed := map[string]bool{
		"caseledger/evidence": true, "caseledger/evidence/sheet": true, "caseledger/evidence/tlog": true,
		"caseledger/events": true, "caseledger/schemas": true,
	}
	seen := map[string]bool{}
	var walk func(path, dir string)
	walk = func(path, dir string) {
		p, err := target.Import(path, dir, 0)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, i := range p.Imports {
			switch {
			case seen[i] || i == "C" || i == "unsafe":
				continue
			case strings.HasPrefix(i, "caseledger/"):
				if !allowed[i] {
					t.Errorf("%s imports %s", path, i)
				}
			case i == "net", strings.HasPrefix(i, "net/http"), i == "net/rpc", i == "net/smtp", i == "os/exec", i == "plugin",
				i == "crypto/tls", strings.Contains(i, "nats"), strings.Contains(i, "pebble"):
				t.Errorf("%s imports %s", path, i)
			}
			seen[i] = true
			walk(i, p.Dir)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	walk(".", dir)
	if !seen["caseledger/evidence"] || !seen["golang.org/x/mod/sumdb/note"] {
		t.Error("the walk did not reach what it has to")
	}
}
