package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"caseledger/internal/ops"
)

// program is this program as a command in dir.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = append([]string{"caseledger"}, args...)
	cmd.Dir = dir
	return cmd
}

// answer runs a command and reads its JSON.
func answer(t *testing.T, dir string, into any, args ...string) {
	t.Helper()
	cmd := program(t, dir, append(args, "--json")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.Bytes())
	}
	if err := json.Unmarshal(stdout.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

const attachmentFactsJSON = `{"occurred":{"from":"2026-11-20T10:00:00+00:00","precision":"exact","to":null},"data":{"made":{"from":"document","kept":true,"late":null,"reference":null},"name":"clip.mp4","media_type":"video/mp4","kind":"video","from":"the client","produced_by":null,"produced":{"from":"2026-11-19","to":null,"precision":"date"},"equipment":null,"derived_from":null,"description":null}}`

// An addition that is killed while its bytes come, between file and objects,
// between objects and event, or behind the event loses nothing: the record is
// whole, every attachment that stands in it can be read, what was left behind
// is an orphan that a scrub takes away, and the same command then succeeds.
func TestAttachmentKilled(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	facts, first := write("facts.json", attachmentFactsJSON), write("attempt.json", attempt(`"rang twice"`))
	var made struct{ Origin string }
	answer(t, dir, &made, "init", "--origin", "ledger.example.org/cases")
	var opened ops.Appended
	answer(t, dir, &opened, "append", "--case", "new", "--type", "contact.attempted", "--actor", "staff-07", "--file", first)
	clip := bytes.Repeat([]byte("a frame of the clip\n"), 1<<20)
	kept := filepath.Join(dir, "caseledger-data", "attachments")
	count := func(pattern string) int {
		list, err := filepath.Glob(filepath.Join(kept, pattern))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	const begun, sealed = ".new-*", "??/*" // files in the making, and finished
	tests := []struct {
		name  string
		until string        // one more of these is there
		more  time.Duration // behind that
		sends int           // bytes of the file that come at all
	}{
		{"while the bytes come", begun, 0, len(clip) / 2},
		{"while the file is sealed", begun, 5 * time.Millisecond, len(clip)},
		{"between file and objects", sealed, 0, len(clip)},
		{"between two objects", sealed, 40 * time.Millisecond, len(clip)},
		{"between the last objects", sealed, 120 * time.Millisecond, len(clip)},
		{"about the event", sealed, 180 * time.Millisecond, len(clip)},
	}
	orphans, events := 0, uint64(1)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := "01JDV3F2N5A9QK7M0C4W8Z6XH" + string(rune('A'+i))
			add := []string{"attachment", "add", "--case", opened.Case.String(), "--actor", "staff-07", "--facts", facts, "--file", "-", "--exhibit", "--id", id}
			cmd := program(t, dir, add...)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			before := count(tt.until)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				_, err := in.Write(clip[:tt.sends])
				if err == nil && tt.sends == len(clip) {
					_ = in.Close()
				}
			}()
			for deadline := time.Now().Add(20 * time.Second); count(tt.until) == before && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			}
			time.Sleep(tt.more)
			_ = cmd.Process.Kill()
			var exit *exec.ExitError
			if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
				t.Fatalf("it ended by itself: %v", err)
			}
			<-sent
			_ = in.Close()
			var audit ops.Audit
			answer(t, dir, &audit, "audit", "--full")
			if !audit.OK() {
				t.Errorf("the record is not whole: %+v", audit.Findings)
			}
			t.Logf("%d events, %d files without an event", audit.Events, audit.Orphans)
			orphans += audit.Orphans
			var scrubbed ops.Scrubbed
			answer(t, dir, &scrubbed, "attachment", "scrub", "--remove")
			if scrubbed.Removed != audit.Orphans || len(scrubbed.Lost)+len(scrubbed.Restored) > 0 || uint64(scrubbed.Attachments) != audit.Events-1 {
				t.Errorf("scrub: %+v after %+v", scrubbed, audit.Checks)
			}
			cmd = program(t, dir, append(add, "--json")...)
			cmd.Stdin = bytes.NewReader(clip)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			var r ops.Attached
			if err != nil || json.Unmarshal(out, &r) != nil || r.Size != int64(len(clip)) {
				t.Fatalf("once more: %v\n%s%s", err, out, stderr.String())
			}
			if events++; r.Seq != events {
				t.Errorf("recorded as event %d, want %d", r.Seq, events)
			}
			var list ops.AttachmentList
			answer(t, dir, &list, "attachment", "list", "--case", opened.Case.String())
			if len(list.Attachments) != i+1 {
				t.Errorf("%d attachments, want %d", len(list.Attachments), i+1)
			}
			answer(t, dir, &scrubbed, "attachment", "scrub")
			if len(scrubbed.Orphans) > 0 || scrubbed.Attachments != i+1 {
				t.Errorf("left behind: %+v", scrubbed)
			}
			os.RemoveAll(filepath.Join(dir, "out"))
			export := program(t, dir, "attachment", "export", "--case", opened.Case.String(), "--seq", "2", "--out", "out")
			if b, err := export.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, b)
			}
			got, err := os.Open(filepath.Join(dir, "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer got.Close()
			if b, err := io.ReadAll(got); err != nil || !bytes.Equal(b, clip) {
				t.Errorf("%d bytes come back: %v", len(b), err)
			}
			if n := count(sealed); n != i+1 {
				t.Errorf("%d files, want %d", n, i+1)
			}
		})
	}
	if orphans == 0 {
		t.Error("no kill left anything behind: nothing was tested")
	}
}
