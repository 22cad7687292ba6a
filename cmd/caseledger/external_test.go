package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestExternal keeps the stream on a NATS server outside the process: the same
// commands, the server named to each, and refused when it promises too little.
func TestExternal(t *testing.T) {
	start := func(always bool) (url, monitor string) {
		s, err := server.NewServer(&server.Options{
			Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: always, NoLog: true, NoSigs: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("the server does not start")
		}
		return s.ClientURL(), "http://" + s.MonitorAddr().String()
	}
	dir := t.TempDir()
	caseledger := func(args ...string) (stdout, stderr string, code int) {
		var out, errs bytes.Buffer
		args = append(args, "--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s"))
		err := run(t.Context(), args, strings.NewReader(""), &out, &errs)
		return out.String(), errs.String(), exitCode(err)
	}
	must := func(want int, has string, args ...string) {
		t.Helper()
		stdout, stderr, code := caseledger(args...)
		if code != want || !strings.Contains(stdout+stderr, has) {
			t.Fatalf("%s: exit %d, want %d and %q\n%s%s", fmt.Sprint(args), code, want, has, stdout, stderr)
		}
	}

	loose, looseMonitor := start(false)
	must(1, "must be", "init", "--origin", "ledger.example.org/cases", "--nats", loose, "--nats-monitor", looseMonitor)

	url, monitor := start(true)
	at := []string{"--nats", url, "--nats-monitor", monitor}
	must(0, "made the ledger", append([]string{"init", "--origin", "ledger.example.org/cases"}, at...)...) // takes up the one that was refused
	must(0, "recorded ", append([]string{"demo"}, at...)...)
	must(0, "The record is WHOLE", append([]string{"audit", "--full"}, at...)...)
	must(1, "this ledger's stream is on a NATS server", "caseload")
	must(0, "court", append([]string{"demo"}, at...)...)
}
