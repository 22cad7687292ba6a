package natslog

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

// objects lists the log's objects.
func objects(t *testing.T, l *Log) (names []string) {
	t.Helper()
	err := l.Objects(t.Context(), func(name string, size int64) error {
		if size <= 0 {
			t.Errorf("%s has %d bytes", name, size)
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// Objects come back as they were put, also after a restart; one that was put
// again is the later one; what was broken off in the middle is listed and can be
// taken away.
func TestObjects(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	l := openDir(t, dir)
	if got := objects(t, l); len(got) != 0 || !l.NoObjects() {
		t.Errorf("at first there are %v", got)
	}
	if _, err := l.GetObject(ctx, "a.0"); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("get what is not there: %v", err)
	}
	if err := l.DeleteObject(ctx, "a.0"); err != nil {
		t.Errorf("delete what is not there: %v", err)
	}
	long := bytes.Repeat([]byte("chunk"), 4<<20/5)
	for name, data := range map[string][]byte{"a.0": long, "a.1": {1}, "b.0": []byte("first")} {
		if err := l.PutObject(ctx, name, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.PutObject(ctx, "b.0", []byte("second")); err != nil {
		t.Fatal(err)
	}
	// As a kill leaves it: messages and no name.
	if _, err := l.js.Publish(ctx, l.chunks()+"brokenoff", []byte("half")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openDir(t, dir)
	defer l.Close()
	if l.NoObjects() {
		t.Error("the bucket was not there")
	}
	if got, want := objects(t, l), []string{"a.0", "a.1", "b.0", "unfinished/brokenoff"}; !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	if got, err := l.GetObject(ctx, "a.0"); err != nil || !bytes.Equal(got, long) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := l.GetObject(ctx, "b.0"); err != nil || string(got) != "second" {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{"a.0", "unfinished/brokenoff"} {
		if err := l.DeleteObject(ctx, name); err != nil {
			t.Error(err)
		}
	}
	if got := objects(t, l); strings.Join(got, " ") != "a.1 b.0" {
		t.Errorf("left are %v", got)
	}
	if _, err := l.GetObject(ctx, "a.0"); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("get what was deleted: %v", err)
	}
	stop := errors.New("enough")
	if err := l.Objects(ctx, func(string, int64) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("list: %v", err)
	}
}
