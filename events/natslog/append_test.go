package natslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// hasty makes the log look after a moment instead of seconds. It must be
// called before the first append.
func hasty(l *Log) {
	l.app.ackWait = 600 * time.Millisecond
	l.app.lookWait = 3 * time.Second
}

// appendNew appends one record to a new chain and returns its payload.
func appendNew(t *testing.T, l *Log, n int) ([]byte, uint64, error) {
	t.Helper()
	r := eventstest.Shell(eventstest.Origin, events.Chain{byte(n >> 8), byte(n), 1}, 1, events.Hash{}, make([]byte, 600))
	at, err := l.Append(t.Context(), &r, 0)
	return r.Append(nil), at, err
}

// holds requires exactly these payloads in the log.
func holds(t *testing.T, l *Log, want [][]byte) {
	t.Helper()
	n := 0
	for e, err := range l.Replay(t.Context(), 1) {
		if err != nil {
			t.Fatalf("replay after %d: %v", n, err)
		}
		if n >= len(want) || !bytes.Equal(e.Payload, want[n]) {
			t.Fatalf("message %d of %d is not the one that was acknowledged", e.Seq, len(want))
		}
		n++
	}
	if n != len(want) {
		t.Fatalf("%d messages, want %d", n, len(want))
	}
}

// TestSendFaults loses, doubles, delays and answers wrongly what a writer
// sends: every form of "it failed" and "it failed but was stored".
func TestSendFaults(t *testing.T) {
	fault := errors.New("not sent")
	for name, c := range map[string]struct {
		// send replaces the third message's way out; n counts the times it
		// was sent.
		send    func(l *Log, m *nats.Msg, n int) error
		want    error // of the third append; nil: it succeeds, stored once
		stopped bool  // the log takes nothing more
		foreign int   // messages stored that nobody appended
	}{
		"lost once": {send: func(l *Log, m *nats.Msg, n int) error {
			if n == 1 {
				return nil
			}
			return l.nc.PublishMsg(m)
		}},
		"lost always": {want: events.ErrStopped, stopped: true, send: func(l *Log, m *nats.Msg, n int) error { return nil }},
		"send fails once": {send: func(l *Log, m *nats.Msg, n int) error {
			if n == 1 {
				return fault
			}
			return l.nc.PublishMsg(m)
		}},
		"send fails always": {want: events.ErrStopped, stopped: true, send: func(l *Log, m *nats.Msg, n int) error { return fault }},
		"stored, answer lost": {send: func(l *Log, m *nats.Msg, n int) error {
			m.Reply = "nowhere"
			return l.nc.PublishMsg(m)
		}},
		"stored, send reports a failure": {send: func(l *Log, m *nats.Msg, n int) error {
			return errors.Join(l.nc.PublishMsg(m), l.nc.Flush(), fault)
		}},
		"sent twice": {send: func(l *Log, m *nats.Msg, n int) error {
			again := *m
			again.Reply = "nowhere"
			return errors.Join(l.nc.PublishMsg(m), l.nc.PublishMsg(&again))
		}},
		"second copy is answered": {send: func(l *Log, m *nats.Msg, n int) error {
			first := *m
			first.Reply = "nowhere"
			return errors.Join(l.nc.PublishMsg(&first), l.nc.PublishMsg(m))
		}},
		"delayed": {send: func(l *Log, m *nats.Msg, n int) error {
			time.AfterFunc(l.app.ackWait*3/2, func() { _ = l.nc.PublishMsg(m) })
			return nil
		}},
		"another writer before it": {want: events.ErrStopped, stopped: true, foreign: 1, send: func(l *Log, m *nats.Msg, n int) error {
			if err := l.nc.Publish("cases.other", []byte("foreign")); err != nil {
				return err
			}
			return l.nc.PublishMsg(m)
		}},
		"another writer in its chain": {want: events.ErrConflict, stopped: true, foreign: 1, send: func(l *Log, m *nats.Msg, n int) error {
			if err := l.nc.Publish(m.Subject, []byte("foreign")); err != nil {
				return err
			}
			return l.nc.PublishMsg(m)
		}},
		"acknowledged elsewhere": {want: events.ErrStopped, stopped: true, foreign: 2, send: func(l *Log, m *nats.Msg, n int) error {
			if err := l.nc.Publish("cases.other", []byte("foreign")); err != nil {
				return err
			}
			m.Header = nil
			return l.nc.PublishMsg(m)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := openDir(t, t.TempDir(), sync1s)
			defer l.Close()
			hasty(l)
			count, sent := 0, 0
			third := ""
			l.app.send = func(m *nats.Msg) error {
				if count++; count == 3 {
					third = m.Subject
				}
				if m.Subject == third {
					sent++
					return c.send(l, m, sent)
				}
				return l.nc.PublishMsg(m)
			}
			var want [][]byte
			for n := range 6 {
				p, at, err := appendNew(t, l, n)
				switch {
				case n < 2, c.want == nil:
					if err != nil || at != uint64(n+1) {
						t.Fatalf("append %d: at %d, %v", n, at, err)
					}
					want = append(want, p)
				case n == 2:
					if !errors.Is(err, c.want) {
						t.Fatalf("the faulty append: %v, want %v", err, c.want)
					}
				case c.stopped && !errors.Is(err, events.ErrStopped):
					t.Errorf("append %d after the fault: %v, want %v", n, err, events.ErrStopped)
				}
			}
			if c.want == nil {
				holds(t, l, want)
				return
			}
			st, err := l.State(t.Context())
			if err != nil || st.Last != uint64(2+c.foreign) {
				t.Errorf("state %+v, %v; want %d messages", st, err, 2+c.foreign)
			}
		})
	}
}

// TestServerGone stops the server under the log.
func TestServerGone(t *testing.T) {
	dir := t.TempDir()
	l := openDir(t, dir)
	hasty(l)
	p, _, err := appendNew(t, l, 1)
	if err != nil {
		t.Fatal(err)
	}
	l.emb.srv.Shutdown()
	if _, _, err := appendNew(t, l, 2); !errors.Is(err, events.ErrStopped) {
		t.Errorf("append without a server: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openDir(t, dir)
	defer l.Close()
	holds(t, l, [][]byte{p})
}

// together runs n appends to new chains at once and returns the payloads that
// were acknowledged, by sequence, and the errors.
func together(t *testing.T, l *Log, from, n int) (map[uint64][]byte, []error) {
	var (
		mu    sync.Mutex
		acked = map[uint64][]byte{}
		errs  []error
		wg    sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			p, at, err := appendNew(t, l, from+i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			acked[at] = p
		})
	}
	wg.Wait()
	return acked, errs
}

func inOrder(t *testing.T, acked map[uint64][]byte) [][]byte {
	t.Helper()
	var want [][]byte
	for seq := uint64(1); seq <= uint64(len(acked)); seq++ {
		if acked[seq] == nil {
			t.Fatalf("nobody was acknowledged sequence %d of %d", seq, len(acked))
		}
		want = append(want, acked[seq])
	}
	return want
}

// TestBatchFaults does to batches what TestSendFaults does to single messages.
func TestBatchFaults(t *testing.T) {
	for name, lose := range map[string]func(m *nats.Msg) bool{
		"first message lost":  func(m *nats.Msg) bool { return m.Header.Get(hdrBatchSeq) == "1" },
		"middle message lost": func(m *nats.Msg) bool { return m.Header.Get(hdrBatchSeq) == "7" },
		"commit lost":         func(m *nats.Msg) bool { return m.Header.Get(hdrBatchCommit) != "" },
		"answer lost": func(m *nats.Msg) bool {
			if m.Header.Get(hdrBatchCommit) != "" {
				m.Reply = "nowhere"
			}
			return false
		},
		"refused": func(m *nats.Msg) bool {
			if m.Header.Get(hdrBatchSeq) == "1" {
				m.Header.Set(hdrLastSeq, "99999")
			}
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := openDir(t, t.TempDir())
			defer l.Close()
			hasty(l)
			var batches, lost atomic.Int32
			slow := make(chan struct{})
			l.app.send = func(m *nats.Msg) error {
				if m.Header.Get(hdrBatch) == "" {
					<-slow // until all are waiting, so that a batch is made
				} else if m.Header.Get(hdrBatchSeq) == "1" {
					batches.Add(1)
				}
				if lost.Load() < 1 && lose(m) {
					lost.Add(1)
					return nil
				}
				return l.nc.PublishMsg(m)
			}
			time.AfterFunc(100*time.Millisecond, func() { close(slow) })
			acked, errs := together(t, l, 0, 100)
			if len(errs) > 0 {
				t.Fatalf("%d appends failed: %v", len(errs), errs[0])
			}
			if batches.Load() == 0 {
				t.Error("no batch was made")
			}
			holds(t, l, inOrder(t, acked))
		})
	}
}

// TestBatchStale has one stale record among a batch's: only its writer is told.
func TestBatchStale(t *testing.T) {
	dir := t.TempDir()
	l := openDir(t, dir)
	p, _, err := appendNew(t, l, 40)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil { // so that the log does not remember chain 40
		t.Fatal(err)
	}
	l = openDir(t, dir)
	defer l.Close()
	slow := make(chan struct{})
	l.app.send = func(m *nats.Msg) error {
		<-slow
		return l.nc.PublishMsg(m)
	}
	time.AfterFunc(100*time.Millisecond, func() { close(slow) })
	acked, errs := together(t, l, 0, 80)
	if len(errs) != 1 || !errors.Is(errs[0], events.ErrConflict) {
		t.Fatalf("errors %v, want one conflict", errs)
	}
	acked[1] = p
	holds(t, l, inOrder(t, acked))
}

func TestStoreCap(t *testing.T) {
	for _, mode := range []string{SyncAlways, Sync1s} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			small := func(o *Options) { o.Sync, o.MaxStore = mode, 1<<20 }
			l := openDir(t, dir, small)
			acked, errs := together(t, l, 0, 1500)
			if len(errs) == 0 {
				t.Fatal("nothing was refused")
			}
			for _, err := range errs {
				if !errors.Is(err, ErrFull) || errors.Is(err, events.ErrStopped) {
					t.Fatalf("refused with %v, want %v", err, ErrFull)
				}
			}
			if _, _, err := appendNew(t, l, 5000); !errors.Is(err, ErrFull) {
				t.Errorf("one more: %v", err)
			}
			want := inOrder(t, acked)
			holds(t, l, want)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openDir(t, dir, small)
			holds(t, l, want)
			if _, _, err := appendNew(t, l, 5000); !errors.Is(err, ErrFull) {
				t.Errorf("opened again with the same cap: %v", err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openDir(t, dir, func(o *Options) { o.Sync = mode })
			defer l.Close()
			p, _, err := appendNew(t, l, 5000)
			if err != nil {
				t.Fatalf("with room again: %v", err)
			}
			holds(t, l, append(want, p))
		})
	}
}

func TestDiskNearlyFull(t *testing.T) {
	l := openDir(t, t.TempDir())
	defer l.Close()
	var free atomic.Uint64
	l.app.free = func() (uint64, error) { return free.Load(), nil }
	free.Store(diskReserve)
	if _, _, err := appendNew(t, l, 1); !errors.Is(err, ErrFull) {
		t.Errorf("append: %v, want %v", err, ErrFull)
	}
	free.Store(diskReserve + 1<<20)
	p, at, err := appendNew(t, l, 1)
	if err != nil || at != 1 {
		t.Fatalf("with room again: at %d, %v", at, err)
	}
	holds(t, l, [][]byte{p})
}

// TestDiskRefuses lets the file system refuse a write under the server, which
// takes that as final: the log stops, and nothing acknowledged is lost. The
// file size limit is the process's, so it is another process.
func TestDiskRefuses(t *testing.T) {
	if dir := os.Getenv("NATSLOG_TEST_DIR"); dir != "" {
		diskRefuses(t, dir)
		return
	}
	for _, mode := range []string{SyncAlways, Sync1s} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0], "-test.run=^TestDiskRefuses$", "-test.v")
			cmd.Env = append(os.Environ(), "NATSLOG_TEST_DIR="+dir, "NATSLOG_TEST_SYNC="+mode)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			_, s, _ := strings.Cut(string(out), "acknowledged ")
			s, _, _ = strings.Cut(s, "\n")
			acked, err := strconv.Atoi(s)
			if err != nil || acked == 0 {
				t.Fatalf("acknowledged %q\n%s", s, out)
			}
			l := openDir(t, dir, func(o *Options) { o.Sync = mode })
			defer l.Close()
			st, err := l.State(t.Context())
			if err != nil || st.Last < uint64(acked) || st.Missing() != 0 {
				t.Fatalf("%d acknowledged, state after is %+v, %v", acked, st, err)
			}
			var want [][]byte
			for e, err := range l.Replay(t.Context(), 1) {
				if err != nil || e.Void {
					t.Fatalf("message %d: void %t, %v", e.Seq, e.Void, err)
				}
				want = append(want, e.Payload)
			}
			p, _, err := appendNew(t, l, 60_000)
			if err != nil {
				t.Fatalf("append after opening again: %v", err)
			}
			holds(t, l, append(want, p))
		})
	}
}

func diskRefuses(t *testing.T, dir string) {
	l := openDir(t, dir, func(o *Options) { o.Sync = os.Getenv("NATSLOG_TEST_SYNC") })
	hasty(l)
	const limit = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		t.Fatal(err)
	}
	acked := 0
	for {
		acks, errs := together(t, l, acked, 50)
		acked += len(acks)
		for _, err := range errs {
			if !errors.Is(err, events.ErrStopped) {
				t.Fatalf("%v, want %v", err, events.ErrStopped)
			}
		}
		if len(errs) > 0 {
			break
		}
	}
	if _, _, err := appendNew(t, l, 50_000); !errors.Is(err, events.ErrStopped) {
		t.Errorf("append to a stopped log: %v", err)
	}
	fmt.Printf("acknowledged %d\n", acked)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	l := openDir(t, dir)
	defer l.Close()
	if _, err := Open(t.Context(), Options{Dir: dir, Stream: "cases", Origin: eventstest.Origin}); !errors.Is(err, ErrInUse) {
		t.Fatalf("second open: %v, want %v", err, ErrInUse)
	}
	if _, _, err := appendNew(t, l, 1); err != nil {
		t.Errorf("append after a refused open: %v", err)
	}
}

func TestOptions(t *testing.T) {
	good := Options{Dir: filepath.Join(t.TempDir(), "x"), Stream: "cases", Origin: eventstest.Origin}
	for name, change := range map[string]func(*Options){
		"no directory, no server": func(o *Options) { o.Dir = "" },
		"both":                    func(o *Options) { o.URL = "nats://127.0.0.1:1" },
		"stream name":             func(o *Options) { o.Stream = "a.b" },
		"origin":                  func(o *Options) { o.Origin = "A" },
		"sync":                    func(o *Options) { o.Sync = "2s" },
		"cap":                     func(o *Options) { o.MaxStore = -1 },
	} {
		o := good
		change(&o)
		if l, err := Open(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
			l.Close()
		}
	}
	if _, err := os.Stat(good.Dir); !os.IsNotExist(err) {
		t.Errorf("a refused open made the directory: %v", err)
	}
}

// TestCloseFlushes closes the log under 64 writers: what was acknowledged is
// there, what was not is not.
func TestCloseFlushes(t *testing.T) {
	dir := t.TempDir()
	l := openDir(t, dir)
	done := make(chan map[uint64][]byte)
	go func() {
		acked, errs := together(t, l, 0, 2000)
		for _, err := range errs {
			if !errors.Is(err, events.ErrStopped) {
				t.Errorf("append: %v", err)
			}
		}
		done <- acked
	}()
	for {
		if st, err := l.State(context.Background()); err != nil || st.Last >= 20 {
			break
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	acked := <-done
	l = openDir(t, dir)
	defer l.Close()
	holds(t, l, inOrder(t, acked))
}
