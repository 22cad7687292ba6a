package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/schemas"
)

// endless is a file of n bytes that lies nowhere. It notes the most memory that
// was in use while it was read.
type endless struct {
	left, seen int64
	peak       *uint64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	clear(p[:n])
	e.left -= n
	if e.seen += n; e.seen >= 32<<20 {
		e.seen = 0
		note(e.peak)
	}
	return int(n), nil
}

func (e *endless) Close() error { return nil }

func note(peak *uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	*peak = max(*peak, m.HeapInuse)
}

// A bundle with attachments of any length is made, checked and written in the
// same memory. CASELEDGER_BUNDLE_MIB sets how many MiB the attachment has.
func TestConstantMemory(t *testing.T) {
	mib := 96
	if s := os.Getenv("CASELEDGER_BUNDLE_MIB"); s != "" {
		var err error
		if mib, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	size := int64(mib) << 20
	var peak uint64
	sum := sha256.New()
	if _, err := io.Copy(sum, &endless{left: size, peak: &peak}); err != nil {
		t.Fatal(err)
	}
	c := fixtureChain("large")
	c.Version(2).Occurred(happened("2026-10-30T09:00:00+00:00")).Add("attachment.added", exampleData(t, "attachment.added.v2", map[string]any{
		"name": "long.mp4", "exhibit": "KP/2", "size": size, "sha256": hex.EncodeToString(sum.Sum(nil)), "stored": strings.Repeat("41", 32), "derived_from": nil}))
	c.Version(1)
	l := evidencetest.New(c)
	in := input(l, c)
	in.Request.Kinds = append(evidence.Kinds(), "attachment.added")
	in.Attachments = func(context.Context, uint64) (io.ReadCloser, error) { return &endless{left: size, peak: &peak}, nil }
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(64 << 20))
	debug.FreeOSMemory()
	peak = 0
	note(&peak)
	before := peak
	out, err := os.CreateTemp(t.TempDir(), "bundle")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	r, err := evidence.Export(t.Context(), l, schemas.Default(), in, out)
	if err != nil {
		t.Fatal(err)
	}
	v := evidence.Verify(&noting{out, &peak}, r.Size, policy(t, l), schemas.Default())
	if v.Exit != evidence.ExitValid || v.SHA256 != r.SHA256.String() {
		t.Errorf("verdict %d: %s", v.Exit, v.FirstFailure())
	}
	t.Logf("a bundle of %d MiB: %d MiB of heap in use at most, %d MiB before", r.Size>>20, peak>>20, before>>20)
	if peak > before+32<<20 {
		t.Errorf("%d MiB of heap in use, %d MiB before", peak>>20, before>>20)
	}
}

// noting reads a file and notes the memory in use now and then.
type noting struct {
	f    *os.File
	peak *uint64
}

func (n *noting) ReadAt(p []byte, at int64) (int, error) {
	if at>>20%32 == 0 {
		note(n.peak)
	}
	return n.f.ReadAt(p, at)
}

// What no bundle can hold is refused before it is recorded, with what takes
// the room.
func TestTooLargeToExport(t *testing.T) {
	err := evidence.Fits(1<<31, 1<<30, 1<<30)
	var size *evidence.SizeError
	if !errors.As(err, &size) || !errors.Is(err, events.ErrTooLarge) || len(size.Attachments) != 3 || size.Attachments[0].Size != 1<<31 {
		t.Fatalf("4 GiB fit: %v", err)
	}
	for _, want := range []string{"split it", "a shorter period", "/data/sha256", "KP-0.mp4 (2048 MiB)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if err := evidence.Fits(1<<31, 1<<30, 1<<30-32<<20); err != nil {
		t.Errorf("less than 4 GiB do not fit: %v", err)
	}
	if err := evidence.Fits(); err != nil {
		t.Errorf("nothing does not fit: %v", err)
	}
}

// A draft of what no bundle can hold is refused too, by what the events say.
func TestTooLargeToDraft(t *testing.T) {
	c := fixtureChain("too large")
	c.Version(2).Occurred(happened("2026-10-30T09:00:00+00:00"))
	for range 2 {
		c.Add("attachment.added", exampleData(t, "attachment.added.v2", map[string]any{
			"size": 1<<31 - 1<<20, "stored": strings.Repeat("41", 32), "derived_from": nil}))
	}
	c.Version(1)
	l := evidencetest.New(c)
	in := input(l, c)
	in.Request.Kinds = []string{"attachment.added"}
	_, _, err := evidence.Draft(t.Context(), l, schemas.Default(), in)
	var size *evidence.SizeError
	if !errors.As(err, &size) || len(size.Attachments) != 2 {
		t.Errorf("error %v", err)
	}
}

// A ZIP of 4 GiB is over the limit before a byte of it is read.
func TestZIPTooLarge(t *testing.T) {
	if _, err := evidence.Read(bytes.NewReader(nil), evidence.MaxBundle+1); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}
