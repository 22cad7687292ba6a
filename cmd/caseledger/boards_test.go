package main

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// TestKeptBoard: a board that took long is shown again for some minutes, but
// never a case from which its reader has been excluded since.
func TestKeptBoard(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Now().UTC()
	look := func(after time.Duration) views.Board {
		t.Helper()
		b, err := l.Board(t.Context(), ops.ViewOf{Staff: "staff-01", Now: now.Add(after), Recent: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := look(0)
	if len(first.Overdue) == 0 {
		t.Fatal("nothing is overdue")
	}
	if next := look(time.Minute); next.At == first.At {
		t.Error("a board that is quick was kept")
	}
	// One that takes long is worked out behind, and whoever asks is told.
	l.boards.wait = time.Nanosecond
	l.boards.turn.Lock()
	var wait *ops.NotReady
	if _, err := l.Board(t.Context(), ops.ViewOf{Staff: "staff-01", Now: now, Recent: true}, nil); !errors.As(err, &wait) {
		t.Errorf("while it is worked out: %v", err)
	}
	l.boards.turn.Unlock()
	l.boards.wait = time.Minute
	if late := look(time.Second); late.At != first.At {
		t.Errorf("the one that was waited for is as of %v, want %v", late.At, first.At)
	}
	l.boards.slow = time.Nanosecond
	first = look(0)
	// However quick this one was.
	k := l.boards.kept["staff-01"]
	k.took = time.Minute
	l.boards.kept["staff-01"] = k
	if next := look(time.Minute); !reflect.DeepEqual(next, first) {
		t.Error("it was not kept")
	}
	out := first.Overdue[0].Case
	has := func(b views.Board) bool {
		found := false
		b.Without(func(c events.Chain) bool { found = found || c == out; return false })
		return found
	}
	if _, err := l.Append(t.Context(), ops.Append{
		Case: &out, Type: "staff.excluded", Actor: "staff-02", Occurred: []byte(`{"from":"2026-10-30T10:00:00+00:00","precision":"exact","to":null}`),
		Data: []byte(`{"by":"staff-02","excluded":true,"made":{"from":"live","kept":null,"late":null,"reference":null},"note":null,"reason":"other-party","staff":"staff-01"}`),
	}); err != nil {
		t.Fatal(err)
	}
	next := look(time.Minute)
	if next.At != first.At || has(next) || !has(first) {
		t.Errorf("as of %v, with the case: %v", next.At, has(next))
	}
	if last := look(keptBoard); last.At == first.At || has(last) {
		t.Errorf("as of %v after %v, with the case: %v", last.At, keptBoard, has(last))
	}
}
