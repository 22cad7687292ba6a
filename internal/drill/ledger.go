//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/web"
	"caseledger/projections"
)

const (
	origin = "ledger.example.org/drill"
	// patience is how long the service may take to start, to stop, or to
	// answer a command. A drill that waits longer has failed.
	patience = 2 * time.Minute
)

// A ledger is a data directory, its secrets, and everything that the real
// program has acknowledged about it.
type ledger struct {
	binary, dir string
	desk        string // where the drill's own files lie
	cases       []events.Chain

	acked map[string]events.Hash // event id → hash; zero when the answer did not name it
	sent  []string               // ids of the last import
	tried map[string]bool        // sent, no answer or a refusal: may be there or not
}

// newLedger makes an empty ledger under dir.
func newLedger(ctx context.Context, binary, dir string) (*ledger, error) {
	l := &ledger{binary: binary, dir: dir, desk: dir, acked: map[string]events.Hash{}, tried: map[string]bool{}}
	_, err := l.command(ctx, "init", "--data", l.data(), "--secrets", l.secrets(), "--origin", origin)
	return l, err
}

func (l *ledger) place() datadir.Dir { return datadir.Dir(l.data()) }
func (l *ledger) data() string       { return filepath.Join(l.dir, "data") }
func (l *ledger) secrets() string    { return filepath.Join(l.dir, "secrets") }

// copy returns a ledger with the same past in another directory.
func (l *ledger) copy(dir string) (*ledger, error) {
	c := &ledger{binary: l.binary, dir: dir, desk: dir, cases: slices.Clone(l.cases), acked: maps.Clone(l.acked), tried: maps.Clone(l.tried)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return c, errors.Join(copyTree(l.data(), c.data()), copyTree(l.secrets(), c.secrets()))
}

// Exit codes of the program.
const (
	exitFailed  = 1
	exitInvalid = 3 // the record is damaged
)

// failure is a command of the program that did not end with 0.
type failure struct {
	command string
	code    int
	stderr  string
}

func (f *failure) Error() string {
	return fmt.Sprintf("caseledger %s: exit %d: %s", f.command, f.code, strings.TrimSpace(f.stderr))
}

// command runs the program to its end and returns what it printed.
func (l *ledger) command(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, l.binary, args...)
	cmd.Dir = l.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = &failure{args[0], exit.ExitCode(), stderr.String()}
	}
	return stdout.Bytes(), err
}

// on is command with the directories of this ledger and JSON on stdout.
func (l *ledger) on(ctx context.Context, name string, args ...string) ([]byte, error) {
	return l.command(ctx, append([]string{name, "--data", l.data(), "--secrets", l.secrets(), "--json"}, args...)...)
}

// A service is the program serving a ledger.
type service struct {
	l      *ledger
	cmd    *exec.Cmd
	stderr *tail
	ended  chan struct{}
	err    error // after ended
}

// serve starts the service and waits until it answers: that it is well, or
// what it has found meanwhile. When it ends before that, the error is a
// *failure with what it complained about.
func (l *ledger) serve(ctx context.Context) (*service, error) {
	s := &service{l: l, stderr: &tail{}, ended: make(chan struct{})}
	s.cmd = exec.Command(l.binary, "serve", "--data", l.data(), "--secrets", l.secrets(), "--addr", "127.0.0.1:0")
	s.cmd.Dir = l.dir
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, s.stderr
	// A terminal's interrupt is for the drill; without a drill, no service.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.err = s.cmd.Wait(); close(s.ended) }()
	for deadline := time.Now().Add(patience); ; {
		if _, err := l.health(ctx); err == nil {
			return s, nil
		}
		select {
		case <-s.ended:
			return nil, &failure{"serve", s.cmd.ProcessState.ExitCode(), s.stderr.String()}
		case <-ctx.Done():
			s.kill()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.kill()
			return nil, fmt.Errorf("serve: no answer within %v: %s", patience, s.stderr.String())
		}
	}
}

// health asks the service over its socket.
func (l *ledger) health(ctx context.Context) (ops.Health, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := web.Dial(ctx, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", l.place().Socket())
	})
	if err != nil {
		return ops.Health{}, err
	}
	defer client.Close()
	return client.Health(ctx)
}

// compared waits until the service has held its two copies against each other
// from end to end, which it does behind its start, and returns whether they
// agree. What it logs is the only sign of it.
func (s *service) compared(ctx context.Context) (agree bool, err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		for line := range strings.Lines(s.stderr.String()) {
			switch {
			case strings.Contains(line, "ledger=access"): // the other ledger's copies
			case strings.Contains(line, "the two copies agree"):
				return true, nil
			case strings.Contains(line, "THE TWO COPIES DIFFER"):
				return false, nil
			}
		}
		select {
		case <-s.ended:
			return false, &failure{"serve", s.cmd.ProcessState.ExitCode(), s.stderr.String()}
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false, fmt.Errorf("serve: the copies were not compared within %v: %s", patience, s.stderr.String())
}

// stop ends the service as an operator does and waits.
func (s *service) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
		if s.err != nil {
			return &failure{"serve", s.cmd.ProcessState.ExitCode(), s.stderr.String()}
		}
		return nil
	case <-time.After(patience):
		s.kill()
		return fmt.Errorf("serve: did not stop within %v", patience)
	}
}

// kill ends it as a power cut does to a process.
func (s *service) kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

// tail keeps the last output of a process.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - 64<<10; n > 0 {
		t.b = t.b[n:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// A drill's event is small: an attempt to reach somebody.
const (
	drillType     = "contact.attempted"
	drillActor    = "staff-07"
	drillOccurred = `{"from":"2026-11-22T09:30:00+00:00","precision":"exact","to":null}`
	drillData     = `{"channel":"phone","made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":"2026-11-23T09:30:00+00:00",` +
		`"note":{"text":"Rang at half past nine, nobody picked up and no message was left."},"number":null,"outcome":"no-answer","voicemail":false}`
)

func newChain() events.Chain {
	var c events.Chain
	rand.Read(c[:])
	return c
}

// fill imports n events over some cases. Each must be acknowledged.
func (l *ledger) fill(ctx context.Context, n, cases int) error {
	for range cases {
		l.cases = append(l.cases, newChain())
	}
	return l.importEvents(ctx, n)
}

// importEvents imports n more events, one case after another in turn. When it
// fails, any of them may be there; resume finds out.
func (l *ledger) importEvents(ctx context.Context, n int) error {
	f, err := os.OpenFile(l.file(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	l.sent = nil
	for i := range n {
		id := ulid.Make().String()
		l.sent = append(l.sent, id)
		fmt.Fprintf(w, `{"case":"%s","id":"%s","type":"%s","v":1,"actor":"%s","occurred":%s,"data":%s}`+"\n",
			l.cases[i%len(l.cases)], id, drillType, drillActor, drillOccurred, drillData)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	out, err := l.on(ctx, "import", "--file", l.file())
	if err != nil {
		return err
	}
	var report struct{ Recorded, Refused int }
	if err := json.Unmarshal(out, &report); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if report.Recorded != n || report.Refused != 0 {
		return fmt.Errorf("import: recorded %d and refused %d of %d", report.Recorded, report.Refused, n)
	}
	return l.acknowledge()
}

// file is the file of the last import.
func (l *ledger) file() string { return filepath.Join(l.desk, "events.jsonl") }

// acknowledge notes that the whole of the last file is recorded.
func (l *ledger) acknowledge() error {
	for _, id := range l.sent {
		l.acked[id] = events.Hash{}
	}
	l.sent = nil
	return os.Remove(l.file())
}

// append asks for n events, one command each, and keeps what is acknowledged.
// It stops at the first refusal.
func (l *ledger) append(ctx context.Context, n int) (int, error) {
	body := filepath.Join(l.desk, "body.json")
	if err := os.WriteFile(body, []byte(`{"occurred":`+drillOccurred+`,"data":`+drillData+`}`), 0o600); err != nil {
		return 0, err
	}
	for i := range n {
		id := ulid.Make().String()
		l.tried[id] = true
		out, err := l.on(ctx, "append", "--case", l.cases[i%len(l.cases)].String(), "--type", drillType,
			"--actor", drillActor, "--file", body, "--id", id)
		if err != nil {
			return i, err
		}
		var answer struct {
			ID   string
			Hash events.Hash
		}
		if err := json.Unmarshal(out, &answer); err != nil {
			return i, fmt.Errorf("append: %w", err)
		}
		if answer.ID != id {
			return i, errors.New("append: the answer names another event")
		}
		delete(l.tried, id)
		l.acked[id] = answer.Hash
	}
	return n, nil
}

// streams is where the embedded server keeps the streams of its one account.
func (l *ledger) streams() string {
	return filepath.Join(l.place().Nats(), "jetstream", "$G", "streams")
}

// stream returns the directory of the stream that the ledger uses.
func (l *ledger) stream() (string, error) {
	c, err := l.place().Config()
	return filepath.Join(l.streams(), c.Stream), err
}

// found counts what the two copies hold of what was acknowledged.
type found struct {
	acked, stream, archive int // acknowledged; found exactly once with the right hash
	unanswered             int // stored, never acknowledged
	starts                 int // that it took until the copies agreed
}

// look reads both copies from the disk, which no process may hold.
func (l *ledger) look(ctx context.Context) (found, error) {
	f := found{acked: len(l.acked)}
	dir, err := l.stream()
	if err != nil {
		return f, err
	}
	messages, err := readStream(dir)
	if err != nil {
		return f, fmt.Errorf("stream: %w", err)
	}
	inStream := make([]event, len(messages))
	for i, m := range messages {
		if m.seq != uint64(i)+1 {
			return f, fmt.Errorf("stream: sequence %d where %d belongs", m.seq, i+1)
		}
		inStream[i] = m.event
	}
	inArchive, err := l.readArchive(ctx)
	if err != nil {
		return f, fmt.Errorf("archive: %w", err)
	}
	var wrong []error
	count := func(copy string, es []event) (n int) {
		times := map[string]int{}
		for _, e := range es {
			times[e.id]++
			want, ok := l.acked[e.id]
			switch {
			case ok && want == (events.Hash{}):
				l.acked[e.id] = e.hash // the import's report does not name it: this copy does, the other must agree
			case ok && want != e.hash:
				wrong = append(wrong, fmt.Errorf("%s: event %s is not the one that was acknowledged", copy, e.id))
			case times[e.id] > 1:
				wrong = append(wrong, fmt.Errorf("%s: event %s stands there %d times", copy, e.id, times[e.id]))
			}
		}
		for id := range l.acked {
			if times[id] == 1 {
				n++
			} else if times[id] == 0 {
				wrong = append(wrong, fmt.Errorf("%s: acknowledged event %s is not there", copy, id))
			}
		}
		return n
	}
	f.stream, f.archive = count("stream", inStream), count("archive", inArchive)
	for _, e := range inArchive {
		if l.tried[e.id] {
			f.unanswered++
		}
	}
	if len(inStream) != len(inArchive) {
		wrong = append(wrong, fmt.Errorf("the stream holds %d events, the archive %d", len(inStream), len(inArchive)))
	}
	if len(wrong) > 10 {
		wrong = append(wrong[:10], fmt.Errorf("and %d more", len(wrong)-10))
	}
	return f, errors.Join(wrong...)
}

// readArchive reads every event of the archive.
func (l *ledger) readArchive(ctx context.Context) (es []event, err error) {
	store, err := projections.Open(l.place().Pebble(), projections.Options{MemTable: 4 << 20, Cache: 4 << 20})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	r := projections.NewRunner(store, noKeys{}, origin, projections.RunnerOptions{})
	defer func() { err = errors.Join(err, r.Close()) }()
	for e, err := range r.Archive(ctx, 1) {
		if err != nil {
			return nil, err
		}
		if e.Void {
			return nil, fmt.Errorf("position %d holds no event", e.Seq)
		}
		es = append(es, event{e.Record.Detail.ID.String(), e.Hash()})
	}
	return es, nil
}

// noKeys: the archive's events are compared sealed.
type noKeys struct{}

func (noKeys) Key(context.Context, events.KeyRef) (events.Key, error) {
	return events.Key{}, events.ErrNotFound
}
