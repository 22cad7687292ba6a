package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
)

func TestExitCode(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"cobra refused the command", errors.New("unknown flag"), 2},
		{"the command refused its flags", &failure{usageError("x")}, 2},
		{"a rule", &failure{&cases.RuleError{Rule: "x"}}, 1},
		{"a conflict", &failure{&cases.ConflictError{}}, 1},
		{"an unknown type", &failure{&cases.RuleError{Kind: events.ErrVersion}}, 4},
		{"a broken chain", &failure{fmt.Errorf("x: %w", &events.LinkError{})}, 3},
		{"a broken seal", &failure{fmt.Errorf("x: %w", events.ErrSealed)}, 3},
		{"the same over the socket", &failure{ops.NewError(events.ErrBroken)}, 3},
		{"a version over the socket", &failure{ops.NewError(events.ErrVersion)}, 4},
		{"a verdict", &failure{outcome(3)}, 3},
		{"stopped", &failure{events.ErrStopped}, 1},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestNextStream(t *testing.T) {
	for name, want := range map[string]string{
		"cases": "cases-r1", "cases-r1": "cases-r2", "cases-r9": "cases-r10", "cases-r0": "cases-r0-r1", "cases-ry": "cases-ry-r1",
	} {
		if got := nextStream(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestParseAsKnown(t *testing.T) {
	for s, want := range map[string]string{
		"2026-10-28T17:00:00Z": "2026-10-28T17:00:00Z",
		"2026-07-01":           "2026-07-01T22:59:59.999999999Z", // summer time
		"2026-10-25":           "2026-10-25T23:59:59.999999999Z", // 25 hours long
	} {
		got, err := parseAsKnown(s)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	if _, err := parseAsKnown("28/10/2026"); err == nil {
		t.Error("accepted 28/10/2026")
	}
}

// TestLongSocketPath: a directory may have a longer name than a socket can.
func TestLongSocketPath(t *testing.T) {
	dir := datadir.Dir(filepath.Join(t.TempDir(), strings.Repeat("service/", 20)))
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := dialSocket(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("nobody there: %v", err)
	}
	for range 2 { // the second replaces the first's file
		l, err := listenSocket(dir)
		if err != nil {
			t.Fatal(err)
		}
		accepted := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				err = c.Close()
			}
			accepted <- err
		}()
		c, err := dialSocket(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Close(), <-accepted); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(dir.Socket())
		if err != nil || info.Mode() != os.ModeSocket|0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		_ = l.(*socket).Listener.Close() // as if killed: the file stays
	}
	if _, err := dialSocket(t.Context(), dir); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a socket that a killed service left: %v", err)
	}
}

// TestRepair: what one copy has lost is made again from the other when the
// ledger is opened, and the copies of files by a scrub.
func TestRepair(t *testing.T) {
	tests := []struct {
		name   string
		damage func(t *testing.T, dir datadir.Dir)
	}{
		{"the stream is deleted", func(t *testing.T, dir datadir.Dir) { remove(t, dir.Nats()) }},
		{"the archive is deleted", func(t *testing.T, dir datadir.Dir) { remove(t, dir.Pebble()) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &app{stderr: os.Stderr, data: filepath.Join(t.TempDir(), "d"), secrets: filepath.Join(t.TempDir(), "s")}
			if _, err := a.makeLedger(t.Context(), "ledger.example.org/cases"); err != nil {
				t.Fatal(err)
			}
			before := audited(t, a, true)
			tt.damage(t, datadir.Dir(a.data))
			after := audited(t, a, false)
			if before.Root != after.Root || before.Events != after.Events {
				t.Errorf("%d events with root %s, before %d with %s", after.Events, after.Root, before.Events, before.Root)
			}
		})
	}
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// audited opens the ledger, loads the story first if asked to, and audits
// everything.
func audited(t *testing.T, a *app, load bool) ops.Audit {
	t.Helper()
	l, err := a.openDirectory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if load {
		if _, err := l.Demo(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	} else if _, err := l.Scrub(t.Context(), false, nil); err != nil { // the copies of files
		t.Fatal(err)
	}
	report, err := l.Audit(t.Context(), true, nil)
	if err != nil || !report.OK() {
		t.Fatalf("%+v, %v", report.Findings, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return report
}
