//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestMain lets the test binary stand for drill where drill starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == inNamespace {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// shared is what all drills of a test run have in common: the program, built
// once, and the ledgers to injure.
var shared struct {
	sync.Once
	dir  string
	base *base
	err  error
}

// small returns a trial of the size that fits a test.
func small(t *testing.T) (*trial, *bytes.Buffer) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs the real program")
	}
	shared.Do(func() {
		shared.err = func() (err error) {
			// Short: a socket's path holds 107 bytes.
			if shared.dir, err = os.MkdirTemp("", "drill-"); err != nil {
				return err
			}
			build := exec.Command("go", "build", "-o", filepath.Join(shared.dir, "caseledger"), "caseledger/cmd/caseledger")
			if out, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			b := &trial{binary: filepath.Join(shared.dir, "caseledger"), dir: shared.dir, events: 60}
			shared.base, err = b.newBase(context.Background(), b.events)
			return err
		}()
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	dir, err := os.MkdirTemp(shared.dir, "t")
	if err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	return &trial{binary: filepath.Join(shared.dir, "caseledger"), dir: dir, events: 60, base: shared.base, out: out}, out
}

// TestDrills runs every drill in a small size.
func TestDrills(t *testing.T) {
	for _, d := range drills {
		t.Run(d.name, func(t *testing.T) {
			trial, out := small(t)
			err := d.run(trial, t.Context())
			if errors.Is(err, errNamespace) {
				t.Skip(err)
			}
			if err != nil {
				t.Error(err)
			}
			if trial.failed > 0 || !strings.Contains(out.String(), "ok") {
				t.Errorf("%d failed", trial.failed)
			}
			t.Logf("\n%s", out)
		})
	}
}

// TestDrillsFind: a drill that could not fail would prove nothing. Each of
// these makes an acknowledged event go away, change or stand twice behind the
// program's back, and look must find it.
func TestDrillsFind(t *testing.T) {
	for _, tt := range []struct {
		name string
		hurt func(t *testing.T, l *ledger, m []message)
		want string
	}{
		{"nothing", func(*testing.T, *ledger, []message) {}, ""},
		{"an event that is in neither copy", func(_ *testing.T, l *ledger, m []message) {
			e := m[0].event
			e.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
			l.acked[e.id] = e.hash
		}, "acknowledged event 01ARZ3NDEKTSV4RRFFQ69G5FAV is not there"},
		{"another event under its id", func(_ *testing.T, l *ledger, m []message) {
			l.acked[m[len(m)-1].event.id] = m[0].event.hash
		}, "is not the one that was acknowledged"},
		{"last message cut from the stream", func(t *testing.T, _ *ledger, m []message) {
			truncate(t, m[len(m)-1].file, m[len(m)-1].at)
		}, "is not there"},
		{"half a message", func(t *testing.T, _ *ledger, m []message) {
			truncate(t, m[len(m)-1].file, m[len(m)-1].at+40)
		}, "a record longer than its block"},
		{"one bit of a payload", func(t *testing.T, _ *ledger, m []message) {
			if err := flip(m[5].file, m[5].payload+100); err != nil {
				t.Fatal(err)
			}
		}, "not an event"},
		{"last message twice", func(t *testing.T, _ *ledger, m []message) {
			last := m[len(m)-1]
			b, err := os.ReadFile(last.file)
			if err != nil {
				t.Fatal(err)
			}
			rec := bytes.Clone(b[last.at : last.at+last.length])
			binary.LittleEndian.PutUint64(rec[4:], last.seq+1)
			if err := os.WriteFile(last.file, append(b, rec...), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "stands there 2 times"},
		{"a sequence left out", func(t *testing.T, _ *ledger, m []message) {
			last := m[len(m)-1]
			b, err := os.ReadFile(last.file)
			if err != nil {
				t.Fatal(err)
			}
			binary.LittleEndian.PutUint64(b[last.at+4:], last.seq+1)
			if err := os.WriteFile(last.file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "sequence"},
		{"an archive of an earlier day", func(t *testing.T, l *ledger, _ []message) {
			if err := replaceTree(shared.base.early.place().Pebble(), l.place().Pebble()); err != nil {
				t.Fatal(err)
			}
		}, "is not there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trial, _ := small(t)
			l, err := trial.base.stopped.copy(trial.scratch())
			if err != nil {
				t.Fatal(err)
			}
			dir, err := l.stream()
			if err != nil {
				t.Fatal(err)
			}
			m, err := readStream(dir)
			if err != nil {
				t.Fatal(err)
			}
			tt.hurt(t, l, m)
			f, err := l.look(t.Context())
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want == "" && (f.acked < trial.events || f.stream != f.acked || f.archive != f.acked):
				t.Errorf("found %+v", f)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("found %v, want %q", err, tt.want)
			}
		})
	}
}

func truncate(t *testing.T, file string, at int64) {
	t.Helper()
	if err := os.Truncate(file, at); err != nil {
		t.Fatal(err)
	}
}

// TestUsage: what is not a drill is refused, not passed over.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"--binary", "x"}, {"--binary", "x", "nothing-like-it"}, {"truncate-block"}, {"--binary", "x", "--events", "1", "all"}, {"--nonsense"}} {
		var out, complaint bytes.Buffer
		if err := run(t.Context(), args, &out, &complaint); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
		if out.Len() > 0 || complaint.Len() == 0 {
			t.Errorf("%q printed %q and complained %q", args, &out, &complaint)
		}
	}
}
