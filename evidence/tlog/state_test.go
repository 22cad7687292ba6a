//go:build unix

package tlog_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

func newState(t testing.TB) (*tlog.State, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signed-state")
	s, err := tlog.CreateState(path, origin)
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func openState(t testing.TB, path string) *tlog.State {
	t.Helper()
	s, err := tlog.OpenState(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestState(t *testing.T) {
	s, path := newState(t)
	if c, ok := s.Last(); ok {
		t.Errorf("a new state has signed %v", c)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	seven := checkpoint(7)
	other := seven
	other.Root = entry(1)
	foreign := seven
	foreign.Origin, foreign.Size = "other.example.org", 9
	for _, tt := range []struct {
		name string
		c    tlog.Checkpoint
		want error
		last uint64
	}{
		{"the empty tree", tlog.Checkpoint{Origin: origin, Root: tlog.EmptyRoot}, nil, 0},
		{"the first", checkpoint(3), nil, 3},
		{"a larger one", seven, nil, 7},
		{"again", seven, nil, 7},
		{"another root", other, tlog.ErrFork, 7},
		{"a smaller one", checkpoint(6), tlog.ErrRollback, 7},
		{"the empty tree now", tlog.Checkpoint{Origin: origin, Root: tlog.EmptyRoot}, tlog.ErrRollback, 7},
		{"another ledger", foreign, tlog.ErrOrigin, 7},
		{"no checkpoint", tlog.Checkpoint{}, events.ErrSyntax, 7},
		{"the largest", checkpoint(events.MaxNumber), nil, events.MaxNumber},
	} {
		if err := s.Advance(tt.c); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		for who, s := range map[string]*tlog.State{"kept": s, "reopened": openState(t, path)} {
			if c, ok := s.Last(); c.Size != tt.last || ok != (tt.last > 0) || s.Origin() != origin {
				t.Errorf("%s: %s: last %d, %t", tt.name, who, c.Size, ok)
			}
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestCreateStateRefuses(t *testing.T) {
	_, path := newState(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.CreateState(path, origin); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
		t.Error("the other was changed")
	}
	link := path + "-link"
	if err := os.Symlink("/nowhere", link); err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.CreateState(link, origin); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a dangling link: %v", err)
	}
	if _, err := tlog.CreateState(path+"2", "not an origin"); !errors.Is(err, events.ErrSyntax) {
		t.Errorf("bad origin: %v", err)
	}
	if _, err := tlog.CreateState(filepath.Join(path, "x"), origin); err == nil {
		t.Error("below a file")
	}
}

// Every change to the file is found when it is opened and before the next
// signature.
func TestStateRefusesDamage(t *testing.T) {
	_, path := newState(t)
	if err := openState(t, path).Advance(checkpoint(7)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := openState(t, path)
	try := func(name string, b []byte, want error) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tlog.OpenState(path); !errors.Is(err, want) {
			t.Errorf("%s: open: %v, want %v", name, err, want)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
		if err := s.Advance(checkpoint(9)); !errors.Is(err, want) {
			t.Errorf("%s: advance: %v, want %v", name, err, want)
		}
	}
	for n := range text {
		try("torn", text[:n], events.ErrSyntax)
	}
	for i := range text {
		b := bytes.Clone(text)
		b[i] ^= 1
		want := events.ErrSyntax
		if i == len("caseledger/signed-state/v1")-1 { // v0
			want = events.ErrVersion
		}
		try("bit", b, want)
	}
	try("a line more", append(bytes.Clone(text), '\n'), events.ErrSyntax)
	try("zeros", make([]byte, len(text)), events.ErrSyntax)
	try("large", bytes.Repeat([]byte("a"), 4096), events.ErrTooLarge)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.OpenState(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if err := s.Advance(checkpoint(9)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: advance: %v", err)
	}
	if err := os.Symlink(path+".real", path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".real", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tlog.OpenState(path); err == nil {
		t.Error("a symbolic link was followed")
	}
	if c, _ := s.Last(); c.Size != 7 {
		t.Errorf("last is %d", c.Size)
	}
}

// An older file put in the place of the newer, and another ledger's, are
// found by who has seen the newer.
func TestStateRefusesReplacement(t *testing.T) {
	s, path := newState(t)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(checkpoint(7)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		file []byte
		want error
	}{
		{"older", old, tlog.ErrRollback},
		{"forked", tlog.AppendState(nil, tlog.Checkpoint{Origin: origin, Size: 7, Root: entry(3)}), tlog.ErrFork},
		{"another ledger's", tlog.AppendState(nil, tlog.Checkpoint{Origin: "other.example.org", Size: 8, Root: entry(3)}), tlog.ErrOrigin},
	} {
		if err := os.WriteFile(path, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Advance(checkpoint(9)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// Both forms of a write that fails: after either the same call succeeds, and
// nothing else may be signed in between that the file forbids.
func TestStateFaults(t *testing.T) {
	fault := errors.New("fault made by the test")
	for _, tt := range []struct {
		name   string
		commit func(string, []byte) error
		stored uint64
	}{
		{"it failed", func(string, []byte) error { return fault }, 3},
		{"it failed but was stored", func(p string, b []byte) error { return errors.Join(tlog.ReplaceFile(p, b), fault) }, 7},
	} {
		s, path := newState(t)
		if err := s.Advance(checkpoint(3)); err != nil {
			t.Fatal(err)
		}
		s.SetCommit(tt.commit)
		if err := s.Advance(checkpoint(7)); !errors.Is(err, fault) {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if c, _ := openState(t, path).Last(); c.Size != tt.stored {
			t.Errorf("%s: %d is stored", tt.name, c.Size)
		}
		s.SetCommit(tlog.ReplaceFile)
		forked := checkpoint(7)
		forked.Root = entry(1)
		if err := s.Advance(forked); (err == nil) != (tt.stored == 3) {
			t.Errorf("%s: another root: %v", tt.name, err)
		}
		if tt.stored == 3 {
			continue // nothing was promised for 7, so either root may be
		}
		if err := s.Advance(checkpoint(7)); err != nil {
			t.Errorf("%s: again: %v", tt.name, err)
		}
	}
}

// Two holders of one file, as two processes: of two roots for one size only
// one is ever allowed.
func TestStateShared(t *testing.T) {
	_, path := newState(t)
	for size := uint64(1); size <= 20; size++ {
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			s := openState(t, path)
			wg.Go(func() {
				errs[i] = s.Advance(tlog.Checkpoint{Origin: origin, Size: size, Root: entry(uint64(i))})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, tlog.ErrFork) {
				t.Errorf("size %d: %v", size, err)
			}
		}
		if won != 1 {
			t.Fatalf("size %d: %d roots were allowed", size, won)
		}
	}
}

// A temporary file that a kill left behind does not matter.
func TestStateLeftover(t *testing.T) {
	s, path := newState(t)
	if err := os.WriteFile(path+".tmp", []byte("half a fi"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(checkpoint(7)); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func FuzzParseState(f *testing.F) {
	f.Add(tlog.AppendState(nil, checkpoint(7)))
	f.Add(tlog.AppendState(nil, tlog.Checkpoint{Origin: "a", Root: tlog.EmptyRoot}))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := tlog.ParseState(in)
		if err != nil {
			t.Skip()
		}
		if got := tlog.AppendState(nil, c); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}
