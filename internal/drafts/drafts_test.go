package drafts

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

type ring struct{}

func (ring) Service() (events.KeyRef, events.Key) {
	ref, _ := events.ParseKeyRef("service/1")
	return ref, events.Key{7}
}

func (ring) Key(context.Context, events.KeyRef) (events.Key, error) { return events.Key{7}, nil }

func TestDrafts(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s, err := Open(dir, "test.example/ledger", ring{})
	if err != nil {
		t.Fatal(err)
	}
	id := ID{events.Chain{1}, "staff-07", "contact"}
	at := time.Date(2026, 10, 28, 9, 5, 12, 0, time.UTC)
	words := []byte("notes=Zażółć+ਡਰ\x00")
	if _, _, err := s.Load(ctx, id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no draft: %v", err)
	}
	for i, text := range [][]byte{nil, bytes.Repeat(words, 1000), words} {
		if err := s.Keep(ctx, id, text, at.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
		got, saved, err := s.Load(ctx, id)
		if err != nil || !bytes.Equal(got, text) || !saved.Equal(at.Add(time.Duration(i)*time.Second)) {
			t.Errorf("kept %d bytes, loaded %d at %s, %v", len(text), len(got), saved, err)
		}
	}
	path := s.path(id)
	sealed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, words[:8]) || strings.Contains(path, "Zaż") {
		t.Error("the file or its name has words in it")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}

	// Every byte counts, and a file passes for no other case, author or form.
	for i := range sealed {
		if i > 400 && i%97 != 0 {
			continue
		}
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if text, _, err := s.Load(ctx, id); err == nil {
			t.Fatalf("byte %d changed: %q", i, text)
		}
	}
	for _, other := range []ID{{events.Chain{2}, id.Staff, id.Form}, {id.Chain, "staff-08", id.Form}, {id.Chain, id.Staff, "other"}} {
		if err := os.MkdirAll(filepath.Dir(s.path(other)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(other), sealed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Load(ctx, other); !errors.Is(err, events.ErrSealed) {
			t.Errorf("%v: %v", other, err)
		}
		if err := s.Wipe(ctx, other); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		t.Fatal(err)
	}

	older := ID{events.Chain{3}, id.Staff, "contact"}
	if err := s.Keep(ctx, older, words, at.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(ctx, id.Staff)
	if err != nil || len(list) != 2 || list[0].ID != id || list[1].ID != older || !list[1].Saved.Equal(at.Add(-time.Hour)) {
		t.Errorf("%+v %v", list, err)
	}
	if list, err := s.List(ctx, "staff-09"); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}

	// What has a name of its own is found by it, and swept when it is old.
	packet := ID{events.Chain{4}, "staff-08", "packet-5e0c"}
	if err := s.Keep(ctx, packet, words, at); err != nil {
		t.Fatal(err)
	}
	if chain, err := s.Find(ctx, "staff-08", packet.Form); err != nil || chain != packet.Chain {
		t.Errorf("%s %v", chain, err)
	}
	if _, err := s.Find(ctx, id.Staff, packet.Form); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another's: %v", err)
	}
	for _, c := range []struct {
		before time.Time
		want   int
	}{{at, 0}, {at.Add(time.Second), 1}, {at.Add(time.Hour), 0}} {
		if n, err := s.Sweep(ctx, "packet-", c.before); err != nil || n != c.want {
			t.Errorf("swept %d before %s, want %d, %v", n, c.before, c.want, err)
		}
	}
	if list, err := s.List(ctx, id.Staff); err != nil || len(list) != 2 {
		t.Errorf("the sweep took others along: %+v %v", list, err)
	}
	for range 2 {
		if err := s.Wipe(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := s.Load(ctx, id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("wiped: %v", err)
	}
	for _, bad := range []ID{{Staff: "../x", Form: "contact"}, {Staff: "staff-07", Form: "a/b"}, {Staff: "", Form: "contact"}} {
		if err := s.Keep(ctx, bad, nil, at); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := s.Keep(ctx, id, make([]byte, Max+1), at); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
}
