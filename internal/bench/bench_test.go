//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"caseledger/events"
	"caseledger/schemas"
)

// TestMain lets the test binary stand for bench where bench starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "slow-exec", "side":
			if err := start(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		case "sync-three-times":
			f, err := os.CreateTemp("", "bench-test-")
			if err != nil {
				os.Exit(1)
			}
			defer os.Remove(f.Name())
			if errors.Join(f.Sync(), fdatasync(f), f.Sync()) != nil {
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// TestContact: the benchmark measures a contact that the ledger takes, of the
// size that it says.
func TestContact(t *testing.T) {
	for n := range uint64(5) {
		body, err := contactBody(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas.Default().Validate(body); err != nil {
			t.Errorf("contact %d: %v", n, err)
		}
	}
	one, two := contactData(1), contactData(1<<10+2)
	if bytes.Equal(one, two) {
		t.Error("every contact is the same")
	}
	if s, w := contactWords(); s != 6 || w < 160 || w > 180 {
		t.Errorf("%d statements, %d words; want 6 and about 170", s, w)
	}
}

// TestSamplePayload: what the bare disk is given is a record that opens.
func TestSamplePayload(t *testing.T) {
	b, err := samplePayload()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.ParseRecord(b); err != nil {
		t.Error(err)
	}
}

// TestInjectorCatchesEverySync: through libc or not, fsync and fdatasync, in
// a process started by a process.
func TestInjectorCatchesEverySync(t *testing.T) {
	in, err := newInjector(time.Millisecond)
	if err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `"$0" sync-three-times`, self)
	cmd.Stderr = os.Stderr
	if err := in.start(cmd); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := in.calls.Load(); got != 3 {
		t.Errorf("caught %d syncs, want 3", got)
	}
}

func TestMeasure(t *testing.T) {
	const each = 2 * time.Millisecond
	s := sideFunc(func(context.Context, int, uint64) error { time.Sleep(each); return nil })
	next := make([]uint64, 4)
	o, err := measure(t.Context(), s, 4, next, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if o.P50 < each || o.P99 < o.P50 || o.Appends == 0 {
		t.Errorf("p50 %v, p99 %v of %d appends that take %v", o.P50, o.P99, o.Appends, each)
	}
	// Four writers that each wait cannot do more than this.
	if most := 4 / each.Seconds(); o.PerSecond > most {
		t.Errorf("%.0f appends a second, the most possible is %.0f", o.PerSecond, most)
	}
	for w, n := range next {
		if n == 0 {
			t.Errorf("writer %d did nothing", w)
		}
	}
	refused := errors.New("refused")
	s = func(_ context.Context, w int, _ uint64) error {
		if w == 1 {
			return refused
		}
		time.Sleep(each)
		return nil
	}
	if _, err := measure(t.Context(), s, 2, next, 20*time.Millisecond); !errors.Is(err, refused) {
		t.Errorf("a failing append: %v", err)
	}
}

type sideFunc func(ctx context.Context, writer int, n uint64) error

func (f sideFunc) append(ctx context.Context, writer int, n uint64) error { return f(ctx, writer, n) }
func (f sideFunc) close() error                                           { return nil }

func TestRawSide(t *testing.T) {
	s, err := newRawSide(filepath.Join(t.TempDir(), "raw"), 2)
	if err != nil {
		t.Fatal(err)
	}
	for w := range 2 {
		if err := s.append(t.Context(), w, 0); err != nil {
			t.Error(err)
		}
	}
	for _, f := range s.files {
		if info, err := f.Stat(); err != nil || info.Size() != int64(len(s.payload)) {
			t.Errorf("%s: %v, want one payload", info.Name(), info.Size())
		}
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// TestCompare: the ratio is the median of the ratios within a round, not the
// ratio of the medians.
func TestCompare(t *testing.T) {
	c := func(rates ...float64) *contender {
		c := &contender{name: "theirs", did: map[int][]outcome{}}
		for _, r := range rates {
			c.did[1] = append(c.did[1], outcome{PerSecond: r})
		}
		return c
	}
	var r row
	r.compare(c(100, 400, 90), c(50, 100, 90), 1, 1)
	if r.Ratio != 2 || r.Against != "theirs 90.0/s" {
		t.Errorf("ratio %v against %q", r.Ratio, r.Against)
	}
}

func TestStatistics(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{
		{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 2, 9}, 3},
	} {
		if got := median(tt.in); got != tt.want {
			t.Errorf("median %v = %v, want %v", tt.in, got, tt.want)
		}
	}
	sorted := make([]time.Duration, 100)
	for i := range sorted {
		sorted[i] = time.Duration(i + 1)
	}
	if got := quantile(sorted, 0.99); got != 100 {
		t.Errorf("p99 of 1 to 100 is %d", got)
	}
	for v, want := range map[float64]string{1234567.4: "1,234,567", 999.6: "1000", 12.34: "12.3", 0.123: "0.12", 54321: "54,321"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

// TestUsage: a part that does not exist is a usage error, not an empty table.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"--only", "everything"}, {"--rounds", "0"}, {"--only", "seal", "extra"}, {"--events", "10"}, {"--nonsense"}} {
		var out, errs bytes.Buffer
		if err := benchmark(t.Context(), args, &out, &errs); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", args, err)
		}
		if out.Len() > 0 || errs.Len() == 0 {
			t.Errorf("%v: printed %q, complained %q", args, out.String(), errs.String())
		}
	}
}

// TestSealTable: a real run of the smallest part prints its rows.
func TestSealTable(t *testing.T) {
	var out, errs bytes.Buffer
	if err := benchmark(t.Context(), []string{"--only", "seal", "--quick", "--dir", onDisk(t)}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seal an event", "75 µs, 10 allocations", "words in 6 statements"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &out)
		}
	}
}

// onDisk returns a directory that is not in memory and that PostgreSQL's user
// gets through to, or skips.
func onDisk(t *testing.T) string {
	for _, base := range []string{os.TempDir(), "/var/tmp"} {
		if kind, err := fileSystem(base); err == nil && kind != "tmpfs" {
			dir, err := os.MkdirTemp(base, "bench-test-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o711); err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	t.Skip("no disk here: only file systems in memory")
	return ""
}

// TestAppendTable: a real run of the comparison, in miniature, has every side
// in it. It needs PostgreSQL.
func TestAppendTable(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL and four processes")
	}
	if _, err := findPostgres(); err != nil {
		t.Skip(err)
	}
	if _, err := serverAttr(); err != nil {
		t.Skip(err)
	}
	var out, errs bytes.Buffer
	if err := benchmark(t.Context(), []string{"--only", "append,slow", "--quick", "--time", "500ms", "--dir", onDisk(t)}, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	for _, want := range []string{
		"write+fdatasync of one payload", "PostgreSQL, 64 writers", "append, 64 writers, sync always", "append, 1 writer, sync 1s, 1 ms a sync",
		"≥ 0.7 ×, p99 < 30 ms", "≥ 0.6 ×", "fsync=on synchronous_commit=on full_page_writes=on",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &out)
		}
	}
}

// TestLargeTable: the parts that need the real program, on a ledger that is
// not large.
func TestLargeTable(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the real program")
	}
	dir := onDisk(t)
	binary := filepath.Join(dir, "caseledger")
	if out, err := exec.Command("go", "build", "-o", binary, "caseledger/cmd/caseledger").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var out, errs bytes.Buffer
	t.Setenv("CASELEDGER_PDF", filepath.Join("..", "..", "evidence", "pdf", "sidecar"))
	args := []string{"--only", "import,rebuild,audit,start,views,pages,bundle", "--quick", "--events", "1000", "--time", "100ms", "--dir", dir, "--binary", binary}
	if err := benchmark(t.Context(), args, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	for _, want := range []string{
		"rebuild archive, tree and all views", "audit --full", "start after a stop", "start after a SIGKILL",
		"caseload of one adviser, served", "timeline of 200 events, served", "new contact", "the board of a manager, the first time", "due list of one adviser", "bundle of 1,000 contacts, PDF files included", "its verification", "the budgets of the large ledger are for 1,000,000 events",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &out)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "caseledger-bench-*")); err != nil || len(left) > 0 {
		t.Errorf("scratch left behind: %v %v", left, err)
	}
}

// TestJSON: what a program reads says the same as the table.
func TestJSON(t *testing.T) {
	r := report{Machine: "m"}
	r.Rows = append(r.Rows, row{Group: "append", Work: "w", Measured: "10.0/s", Ratio: 0.5, Values: []value{{"appends", "1/s", 10}}, Rounds: 3})
	r.Rows[0].judge("≥ 0.7 ×", false)
	var out, text bytes.Buffer
	if err := r.writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Rows[0]; got.Ratio != 0.5 || got.Holds == nil || *got.Holds || got.Values[0].Is != 10 {
		t.Errorf("came back as %+v", got)
	}
	r.write(&text)
	for _, want := range []string{"0.50 ×", "NO", "≥ 0.7 ×"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &text)
		}
	}
}
