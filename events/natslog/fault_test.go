package natslog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"caseledger/events"
)

const damagedMessages = 12_000 // 27 MB: four blocks of 8 MiB

func streamDir(dir string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", "cases")
}

// blocks returns the stream's block files, oldest first.
func blocks(t *testing.T, dir string) []string {
	t.Helper()
	b, err := filepath.Glob(filepath.Join(streamDir(dir), "msgs", "?.blk"))
	if err != nil || len(b) != 4 {
		t.Fatalf("%d blocks, want 4: %v", len(b), err)
	}
	slices.Sort(b)
	return b
}

// flip changes one bit; at counts from the end when it is below zero.
func flip(t *testing.T, file string, at int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x10
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, file string, by int64) {
	t.Helper()
	fi, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, fi.Size()-by); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := os.RemoveAll(f); err != nil {
			t.Fatal(err)
		}
	}
}

// How damage shows itself.
const (
	whole   = "whole"   // nothing is lost
	hole    = "hole"    // the replay ends with events.ErrBroken
	counted = "counted" // the same, and State tells it without reading
	short   = "short"   // the stream just ends earlier: only the archive knows
)

// TestDamage damages a real store the ways a disk does and opens it again.
// Every message that is replayed must be the one stored at its sequence, and
// what is lost must show. The table is what nats-server 2.15.2 does, with the
// index of a clean shutdown and without one, as after a kill; the package
// comment tells it in words.
func TestDamage(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 32 damaged stores")
	}
	good := t.TempDir()
	l := openDir(t, good, sync1s)
	if err := l.RestoreAll(t.Context(), benchEntries(damagedMessages), nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	for e := range benchEntries(damagedMessages) {
		want = append(want, e.Bytes())
	}
	for _, c := range []struct {
		name          string
		damage        func(t *testing.T, dir string, blk []string)
		index, killed string // how it shows with the index and without
	}{
		{"none", func(*testing.T, string, []string) {}, whole, whole},
		{"end cut", func(t *testing.T, _ string, blk []string) { cut(t, blk[3], 100) }, counted, short},
		{"last MiB cut", func(t *testing.T, _ string, blk []string) { cut(t, blk[3], 1<<20) }, counted, short},
		{"first block cut", func(t *testing.T, _ string, blk []string) { cut(t, blk[0], 1<<20) }, hole, counted},
		{"bit flipped in the first block", func(t *testing.T, _ string, blk []string) { flip(t, blk[0], 1<<20) }, hole, counted},
		{"bit flipped in a middle block", func(t *testing.T, _ string, blk []string) { flip(t, blk[1], 1<<20) }, hole, counted},
		{"bit flipped in the last block", func(t *testing.T, _ string, blk []string) { flip(t, blk[3], 1<<20) }, hole, short},
		{"bit flipped in the last message", func(t *testing.T, _ string, blk []string) { flip(t, blk[3], -500) }, hole, short},
		{"first block removed", func(t *testing.T, _ string, blk []string) { remove(t, blk[0]) }, counted, counted},
		{"middle block removed", func(t *testing.T, _ string, blk []string) { remove(t, blk[1]) }, counted, counted},
		{"last block removed", func(t *testing.T, _ string, blk []string) { remove(t, blk[3]) }, counted, short},
		{"blocks removed", func(t *testing.T, _ string, blk []string) { remove(t, blk...) }, counted, short},
		{"stream removed", func(t *testing.T, dir string, _ []string) { remove(t, streamDir(dir)) }, short, short},
		{"configuration removed", func(t *testing.T, dir string, _ []string) { remove(t, filepath.Join(streamDir(dir), "meta.inf")) }, whole, whole},
		{"configuration changed", func(t *testing.T, dir string, _ []string) { flip(t, filepath.Join(streamDir(dir), "meta.inf"), 30) }, whole, whole},
		{"index changed", func(t *testing.T, dir string, _ []string) {
			if f := indexFile(dir); exists(f) {
				flip(t, f, 20)
			}
		}, whole, whole},
	} {
		for _, index := range []bool{true, false} {
			name, shows := c.name+", index kept", c.index
			if !index {
				name, shows = c.name+", no index", c.killed
			}
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
					t.Fatal(err)
				}
				if !index {
					remove(t, indexFile(dir))
				}
				c.damage(t, dir, blocks(t, dir))
				l := openDir(t, dir, sync1s)
				defer l.Close()
				checkDamaged(t, l, want, shows)
			})
		}
	}
}

func indexFile(dir string) string { return filepath.Join(streamDir(dir), "msgs", "index.db") }

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func checkDamaged(t *testing.T, l *Log, want [][]byte, shows string) {
	t.Helper()
	st, err := l.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var broken error
	for e, err := range l.Replay(t.Context(), 1) {
		if err != nil {
			broken = err
			break
		}
		if e.Seq != uint64(n+1) || n >= len(want) || !bytes.Equal(e.Payload, want[n]) {
			t.Fatalf("message %d replayed as %d is not the one stored there", n+1, e.Seq)
		}
		n++
	}
	if broken != nil && !errors.Is(broken, events.ErrBroken) {
		t.Fatalf("replay: %v", broken)
	}
	got := ""
	switch {
	case broken != nil && st.Missing() > 0:
		got = counted
	case broken != nil:
		got = hole
	case n < len(want) && st.Last == uint64(n) && st.Count == uint64(n):
		got = short
	case n == len(want) && st.Last == uint64(n) && st.Missing() == 0:
		got = whole
	}
	t.Logf("replayed %d of %d, state %+v, %v", n, len(want), st, broken)
	if got != shows {
		t.Errorf("shows as %q, want %q", got, shows)
	}
	last, err := l.Last(t.Context())
	if err == nil && last.Seq != st.Last {
		t.Errorf("last is %d of %d", last.Seq, st.Last)
	}
	if err == nil && last.Seq > 0 && !bytes.Equal(last.Payload, want[last.Seq-1]) {
		t.Error("last is not the message stored there")
	}
	if err != nil && !errors.Is(err, events.ErrBroken) {
		t.Errorf("last: %v", err)
	}
	// Behind a hole each message is still read by itself, or told to be lost.
	for seq := uint64(n + 1); seq <= st.Last; seq += 97 {
		e, err := l.Get(t.Context(), seq)
		if err == nil && !bytes.Equal(e.Payload, want[seq-1]) {
			t.Fatalf("get %d: not the message stored there", seq)
		}
		if err != nil && !errors.Is(err, events.ErrBroken) {
			t.Fatalf("get %d: %v", seq, err)
		}
	}
	if got != short {
		return
	}
	// The lost end's sequences are given out again.
	if _, at, err := appendNew(t, l, 60_000); err != nil || at != uint64(n+1) {
		t.Errorf("append: at %d, %v", at, err)
	}
}

// TestRebuild makes a new stream of the archive's copy after damage.
func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	l := openDir(t, dir, sync1s)
	if err := l.RestoreAll(t.Context(), benchEntries(damagedMessages), nil); err != nil {
		t.Fatal(err)
	}
	if err := l.PutWrap(t.Context(), "00.1", []byte("wrap")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, blocks(t, dir)[1], 1<<20)
	l = openDir(t, dir, func(o *Options) { o.Stream = "cases-r1" })
	defer l.Close()
	if err := l.RestoreAll(t.Context(), benchEntries(damagedMessages), nil); err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	for e := range benchEntries(damagedMessages) {
		want = append(want, e.Bytes())
	}
	holds(t, l, want)
	if b, err := l.GetWrap(t.Context(), "00.1"); err != nil || string(b) != "wrap" {
		t.Errorf("the rebuilt stream does not share the keys: %q, %v", b, err)
	}
	if !exists(streamDir(dir)) {
		t.Error("the old stream is gone")
	}
	if _, at, err := appendNew(t, l, 60_000); err != nil || at != damagedMessages+1 {
		t.Errorf("append: at %d, %v", at, err)
	}
}
