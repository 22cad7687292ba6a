package main

import (
	"bytes"
	"context"
	"errors"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/schemas"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"caseledger-verify": main})
}

// TestScripts runs testdata/*.txtar. Every script finds bundle.zip, a copy
// with one byte changed, the ledger's policy and another ledger's.
func TestScripts(t *testing.T) {
	ours, bundle := makeBundle(t, "ours")
	theirs, _ := makeBundle(t, "theirs")
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

func makeBundle(t *testing.T, seed string) (policy, bundle []byte) {
	t.Helper()
	c := eventstest.NewChain(seed).Actor("staff-07").
		Occurred(`{"from":"2026-10-06T10:00:00+01:00","precision":"exact","to":null}`).
		Add("contact.attempted", `{"channel":"phone","made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":null,"note":{"text":"nobody answered"},"number":null,"outcome":"no-answer","voicemail":false}`)
	l := evidencetest.New(c)
	l.Sign(seed)
	var out bytes.Buffer
	_, err := evidence.Export(context.Background(), l, schemas.Default(), evidence.Input{
		Chain: c.ID(), Actor: "staff-02", Now: time.Date(2026, 10, 30, 16, 4, 0, 0, time.UTC), Policy: l.Policy(),
		Request: evidence.Request{Officer: "DC 4471 Ferris", Force: "Saltshire Police", Reference: "SP/26/1", From: "2026-10-01", To: "2026-10-31"},
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	return l.Policy(), out.Bytes()
}

// The verifier is for people who do not trust the service: it reaches no
// network, no store and none of the service's own code.
func TestImportFence(t *testing.T) {
	allowed := map[string]bool{
		"caseledger/evidence": true, "caseledger/evidence/sheet": true, "caseledger/evidence/tlog": true,
		"caseledger/events": true, "caseledger/schemas": true,
	}
	seen := map[string]bool{}
	var walk func(path, dir string)
	walk = func(path, dir string) {
		p, err := build.Import(path, dir, 0)
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
