package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/internal/access"
	"caseledger/internal/datadir"
)

// A kill between the two stores of a new case's key leaves a wrap in one of
// them and no event under it: an audit does not call that damage. The same of a
// case that has events is.
func TestKeyOfACaseThatNeverBegan(t *testing.T) {
	dir := t.TempDir()
	data, secrets := filepath.Join(dir, "d"), filepath.Join(dir, "s")
	var out strings.Builder
	if err := run(t.Context(), []string{"init", "--data", data, "--secrets", secrets, "--origin", "ledger.example.org/cases"}, strings.NewReader(""), &out, &out); err != nil {
		t.Fatal(out.String(), err)
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(data), secrets: secrets, logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(t.Context(), staffIs("staff-01", access.Manager)); err != nil {
		t.Fatal(err)
	}
	verdict := func() string {
		t.Helper()
		a, err := l.Audit(t.Context(), true, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.Verdict
	}
	never := events.Chain{1}
	if _, _, err := keys.Open(l.secrets, l.config.Origin, l.store).Create(t.Context(), never); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != "whole" {
		t.Errorf("with a key that nothing is sealed under: %s", v)
	}
	for problem, want := range map[*keys.StoreError]bool{
		{Store: 2, Name: never.String() + ".1", Err: events.ErrNotFound}:            true,
		{Store: 2, Name: never.String() + ".1", Err: keys.ErrWrap}:                  false,
		{Store: 2, Name: l.config.Service.String() + ".1", Err: events.ErrNotFound}: false, // it has events
		{Store: 2, Err: events.ErrNotFound}:                                         false,
	} {
		if got := l.neverBegun(problem); got != want {
			t.Errorf("%v: %v", problem, got)
		}
	}
}
