package keystest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"caseledger/events"
	"caseledger/events/keys"
)

// TestStore holds a store to what keys.Store asks. It is given an empty one.
func TestStore(t *testing.T, s keys.Store) {
	ctx := t.Context()
	const name, other = "7c1e0000000000000000000000000001.1", "7c1e0000000000000000000000000001.2"
	one, two := []byte("caseledger/wrap/v1\none\n"), []byte("caseledger/wrap/v1\ntwo\n")

	if _, err := s.GetWrap(ctx, name); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("GetWrap of nothing: %v, want ErrNotFound", err)
	}
	if got := names(t, ctx, s); len(got) != 0 {
		t.Errorf("an empty store has wraps %q", got)
	}
	given := bytes.Clone(one)
	if err := s.PutWrap(ctx, name, given); err != nil {
		t.Fatalf("PutWrap: %v", err)
	}
	given[0] ^= 1 // the store must not keep the caller's slice
	want := func(name string, wrap []byte) {
		t.Helper()
		if got, err := s.GetWrap(ctx, name); err != nil || !bytes.Equal(got, wrap) {
			t.Errorf("GetWrap(%s) = %q, %v, want %q", name, got, err, wrap)
		}
	}
	want(name, one)
	if got, err := s.GetWrap(ctx, name); err == nil {
		got[0] ^= 1 // nor may it give its own away
	}
	want(name, one)
	if err := s.PutWrap(ctx, name, one); err != nil {
		t.Errorf("the same bytes again: %v", err)
	}
	if err := s.PutWrap(ctx, name, two); !errors.Is(err, events.ErrConflict) {
		t.Errorf("other bytes: %v, want ErrConflict", err)
	}
	want(name, one)
	if err := s.PutWrap(ctx, other, two); err != nil {
		t.Errorf("another generation: %v", err)
	}
	want(name, one)
	want(other, two)
	if got := names(t, ctx, s); !slices.Equal(got, []string{name, other}) {
		t.Errorf("Wraps = %q", got)
	}
	for range s.Wraps(ctx) {
		break // a consumer may stop
	}

	// Of writers that meet, one wins and the others learn of it.
	const met = "7c1e0000000000000000000000000002.1"
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = s.PutWrap(ctx, met, fmt.Appendf(nil, "wrap %d\n", i)) })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Errorf("writers %d and %d both won", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, events.ErrConflict):
			t.Errorf("writer %d: %v, want ErrConflict", i, err)
		}
	}
	if won < 0 {
		t.Fatal("no writer won")
	}
	want(met, fmt.Appendf(nil, "wrap %d\n", won))
}

func names(t *testing.T, ctx context.Context, s keys.Store) []string {
	t.Helper()
	var out []string
	for name, err := range s.Wraps(ctx) {
		if err != nil {
			t.Fatalf("Wraps: %v", err)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
