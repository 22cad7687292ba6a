package projections

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"caseledger/events"
	"caseledger/events/keys/keystest"
)

func TestWraps(t *testing.T) {
	s, err := Open(t.TempDir(), smallStore)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	keystest.TestStore(t, s)
}

// Wraps are not derived: a rebuild leaves them as they are.
func TestWrapsOutliveARebuild(t *testing.T) {
	ctx := context.Background()
	l := newLedger(t, week("a")).recover()
	if err := l.store.PutWrap(ctx, "chain.1", []byte("wrap")); err != nil {
		t.Fatal(err)
	}
	if err := l.r.Rebuild(ctx, l.log, nil); err != nil {
		t.Fatal(err)
	}
	l.close()
	l.open()
	if v, err := l.store.GetWrap(ctx, "chain.1"); err != nil || string(v) != "wrap" {
		t.Errorf("%q, %v", v, err)
	}
}

func TestSecondOpenerIsToldWhy(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, smallStore)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, smallStore)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the second: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(dir, smallStore)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, smallStore); err == nil || errors.Is(err, ErrInUse) {
		t.Errorf("a file: %v", err)
	}
	dir := t.TempDir()
	s, err := Open(dir, smallStore)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Set(keyCurrent, []byte{0xff}, nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(dir, smallStore); !errors.Is(err, events.ErrBroken) {
		t.Errorf("a damaged name of the space: %v", err)
	}
}

func TestStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "archive")
	s, err := Open(dir, smallStore)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := s.db.FormatMajorVersion(); got != Format {
		t.Errorf("format %v, want %v", got, Format)
	}
}

func TestAfter(t *testing.T) {
	for in, want := range map[string]string{"a": "b", "a\xff": "b", "a\xff\xff": "b", "\xfe\xff": "\xff", "\xff": ""} {
		if got := string(after([]byte(in))); got != want {
			t.Errorf("after %q is %q, want %q", in, got, want)
		}
	}
}

func TestSpacesTakeTurns(t *testing.T) {
	seen := map[space]bool{}
	for s := firstSpace; !seen[s]; s = s.next() {
		if s < firstSpace || s > lastSpace {
			t.Fatalf("space %x", s)
		}
		seen[s] = true
	}
	if len(seen) != int(lastSpace-firstSpace)+1 {
		t.Errorf("%d spaces", len(seen))
	}
}

// A store whose write-ahead log was long is opened once more, so that nothing
// of the log stays in memory, and has all of it.
func TestLongLogLeavesNothingInMemory(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s, err := Open("store", Options{FS: fs, MemTable: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	value := bytes.Repeat([]byte("x"), 1<<20)
	const n = 2 * maxReplayed >> 20
	for i := range n {
		if err := s.db.Set([]byte{byte(firstSpace), kindArchive, byte(i)}, value, pebble.Sync); err != nil {
			t.Fatal(err)
		}
	}
	killed := fs.CrashClone(vfs.CrashCloneCfg{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open("store", Options{FS: killed, MemTable: 64 << 20}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if b := s.flushed(); b != 0 {
		t.Errorf("%d bytes of the log were flushed since the store was opened", b)
	}
	for i := range n {
		if v, err := s.get([]byte{byte(firstSpace), kindArchive, byte(i)}); err != nil || !bytes.Equal(v, value) {
			t.Fatalf("value %d: %d bytes, %v", i, len(v), err)
		}
	}
}
