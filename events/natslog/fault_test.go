package natslog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"caseledger/events"
)

const faultMessages = 12_000 // 31 MB: four blocks of 8 MiB

func streamDir(dir string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", "cases")
}

// blocks returns the stream's block files, oldest first.
func blocks(t *testing.T, dir string) []string {
	t.Helper()
	b, err := filepath.Glob(filepath.Join(streamDir(dir), "msgs", "*.blk"))
	if err != nil || len(b) == 0 {
		t.Fatalf("no blocks: %v", err)
	}
	slices.SortFunc(b, func(a, b string) int { return len(a) - len(b) })
	return b
}

func flip(t *testing.T, file string, at int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if at < 0 {
		fi, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		at += fi.Size()
	}
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b[:], at); err != nil {
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

func TestDamage(t *testing.T) {
	good := t.TempDir()
	l := openDir(t, good, sync1s)
	if err := l.RestoreAll(t.Context(), benchEntries(faultMessages), nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(t *testing.T, dir string, blk []string){
		"none":            func(t *testing.T, dir string, blk []string) {},
		"last cut mid":    func(t *testing.T, dir string, blk []string) { cut(t, blk[len(blk)-1], 100) },
		"last cut big":    func(t *testing.T, dir string, blk []string) { cut(t, blk[len(blk)-1], 1<<20) },
		"first cut":       func(t *testing.T, dir string, blk []string) { cut(t, blk[0], 1<<20) },
		"flip first mid":  func(t *testing.T, dir string, blk []string) { flip(t, blk[0], 1<<20) },
		"flip last end":   func(t *testing.T, dir string, blk []string) { flip(t, blk[len(blk)-1], -500) },
		"flip last mid":   func(t *testing.T, dir string, blk []string) { flip(t, blk[len(blk)-1], 1<<20) },
		"flip middle mid": func(t *testing.T, dir string, blk []string) { flip(t, blk[1], 1<<20) },
		"first removed":   func(t *testing.T, dir string, blk []string) { os.Remove(blk[0]) },
		"middle removed":  func(t *testing.T, dir string, blk []string) { os.Remove(blk[1]) },
		"last removed":    func(t *testing.T, dir string, blk []string) { os.Remove(blk[len(blk)-1]) },
		"all blocks removed": func(t *testing.T, dir string, blk []string) {
			for _, b := range blk {
				os.Remove(b)
			}
		},
		"stream removed": func(t *testing.T, dir string, blk []string) { os.RemoveAll(streamDir(dir)) },
		"meta removed":   func(t *testing.T, dir string, blk []string) { os.Remove(filepath.Join(streamDir(dir), "meta.inf")) },
		"meta flipped":   func(t *testing.T, dir string, blk []string) { flip(t, filepath.Join(streamDir(dir), "meta.inf"), 30) },
	} {
		for _, index := range []string{"kept", "removed"} {
			t.Run(name+", index "+index, func(t *testing.T) {
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
					t.Fatal(err)
				}
				damage(t, dir, blocks(t, dir))
				if index == "removed" {
					os.Remove(filepath.Join(streamDir(dir), "msgs", "index.db"))
				}
				l, err := Open(t.Context(), Options{Dir: dir, Stream: "cases", Origin: "ledger.example.org/cases", Sync: Sync1s})
				if err != nil {
					fmt.Println("RES", t.Name(), "OPEN", err)
					return
				}
				defer l.Close()
				st, err := l.State(t.Context())
				last, lerr := l.Last(t.Context())
				n, wrong := 0, 0
				var rerr error
				next := benchPayload()
				for e, err := range l.Replay(t.Context(), 1) {
					if err != nil {
						rerr = err
						break
					}
					n++
					if !bytes.Equal(next(), e.Payload) {
						wrong++
					}
				}
				fmt.Println("RES", t.Name(), st, err, "last", last.Seq, lerr, "replayed", n, "wrong", wrong, rerr)
				_ = errors.Is
				_ = events.ErrBroken
			})
		}
	}
}

func benchPayload() func() []byte {
	var all [][]byte
	for e := range benchEntries(faultMessages) {
		all = append(all, e.Bytes())
	}
	i := -1
	return func() []byte { i++; return all[i] }
}
