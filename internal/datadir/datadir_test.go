package datadir_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/internal/datadir"
)

func config() datadir.Config {
	return datadir.Config{
		Format: datadir.Format, Origin: "ledger.example.org/cases", Service: events.Chain{1},
		Log: datadir.LogEmbedded, Stream: "cases", StreamSync: "always",
	}
}

func TestConfig(t *testing.T) {
	dir := datadir.Dir(t.TempDir())
	if _, err := dir.Config(); !errors.Is(err, datadir.ErrNoLedger) {
		t.Errorf("empty: %v", err)
	}
	if err := dir.Begin(config()); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Config(); !errors.Is(err, datadir.ErrNoLedger) || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("half made: %v", err)
	}
	if got, err := dir.Pending(); err != nil || got != config() {
		t.Errorf("pending: %+v, %v", got, err)
	}
	if err := dir.Finish(); err != nil {
		t.Fatal(err)
	}
	if got, err := dir.Config(); err != nil || got != config() {
		t.Errorf("finished: %+v, %v", got, err)
	}
	good, err := os.ReadFile(filepath.Join(string(dir), "ledger.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		old, new string
		want     error
	}{
		"newer version":     {"ledger/v1", "ledger/v2", events.ErrVersion},
		"unknown member":    {`"log"`, `"more":1,"log"`, events.ErrSyntax},
		"bad origin":        {"ledger.example", "Ledger example", events.ErrSyntax},
		"bad chain":         {"0100", "01zz", events.ErrSyntax},
		"no stream":         {`"cases"`, `""`, events.ErrSyntax},
		"unknown log":       {"embedded", "elsewhere", events.ErrSyntax},
		"cut short":         {"}", "", events.ErrSyntax},
		"two objects":       {"}", "}{}", events.ErrSyntax},
		"a member left out": {`"stream_sync": "always"`, `"stream_sync": ""`, events.ErrSyntax},
	} {
		bad := strings.Replace(string(good), tt.old, tt.new, 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing replaced", name)
		}
		if err := os.WriteFile(filepath.Join(string(dir), "ledger.json"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.Config(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLock: flock belongs to the open file, so a second one in this process
// stands for another process.
func TestLock(t *testing.T) {
	dir := datadir.Dir(t.TempDir())
	l, err := dir.Lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = dir.Lock()
	var inUse *datadir.InUseError
	if !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Fatalf("second: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if l, err = dir.Lock(); err != nil {
		t.Fatal(err)
	}
	// A child does not inherit it.
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if l, err = dir.Lock(); err != nil {
		t.Fatal(err)
	}
	_ = l.Unlock()
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.zip")
	write := func(text string, replace bool) error {
		f, err := datadir.CreateFile(path, replace)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return f.Commit()
	}
	if err := write("one", false); err != nil {
		t.Fatal(err)
	}
	if err := write("two", false); !errors.Is(err, os.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "one" {
		t.Errorf("%q", b)
	}
	if err := write("two", true); err != nil {
		t.Fatal(err)
	}
	f, err := datadir.CreateFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if b, _ := os.ReadFile(path); string(b) != "two" || len(entries) != 1 {
		t.Errorf("%q, %v", b, entries)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestSuspect(t *testing.T) {
	d := datadir.Dir(t.TempDir())
	for _, want := range []bool{false, true, true, false, false} {
		if err := d.SetSuspect(want); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Suspect(); err != nil || got != want {
			t.Errorf("set %v, noted %v: %v", want, got, err)
		}
	}
	if left, err := os.ReadDir(string(d)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
