package metadata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// maxTime is how long a file may take, by the clock; a clip of 2 GiB is read
	// and decrypted in some seconds.
	maxTime = 3 * time.Minute
	maxCPU  = 60      // seconds
	maxData = 1 << 30 // bytes of memory
	// maxReport is the longest report, in bytes.
	maxReport = 4 << 20
)

// ErrGaveUp: the process that reads a file ended without a report: it took too
// much time or memory, or the file broke it.
var ErrGaveUp = errors.New("the file could not be looked into: it took too much time or memory, or broke the program that reads it")

// Confine takes from this process, for good, the right to open anything, be it
// a file or a connection, to write a file, and to take much memory or time. It
// is for the process that Run starts, before it reads.
func Confine() error {
	for _, l := range []struct {
		what  int
		limit uint64
	}{
		{syscall.RLIMIT_NOFILE, 0}, // what is open stays open
		{syscall.RLIMIT_FSIZE, 0},
		{syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_CPU, maxCPU},
		{syscall.RLIMIT_DATA, maxData},
	} {
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: l.limit, Max: l.limit}); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
	}
	return nil
}

// Run has another process read a file: name with args is this program, told to
// Confine itself and to write what Read returns as JSON to standard output.
func Run(ctx context.Context, file io.Reader, name string, args ...string) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name)
	cmd.Args = args
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	in := &source{r: file}
	cmd.Stdin = in
	out := &bounded{left: maxReport}
	cmd.Stdout = out
	err := cmd.Run()
	if failed := in.failed(); failed != nil {
		return Report{}, failed
	}
	if ctx.Err() == context.Canceled {
		return Report{}, ctx.Err()
	}
	if err != nil || out.over {
		return Report{}, ErrGaveUp
	}
	var r Report
	d := json.NewDecoder(&out.b)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || len(r.Tags) > maxTags {
		return Report{}, ErrGaveUp
	}
	return r, nil
}

// source remembers why a file could not be read.
type source struct {
	mu  sync.Mutex
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	return n, err
}

func (s *source) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// bounded keeps what fits and remembers that more came.
type bounded struct {
	b    bytes.Buffer
	left int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		b.over = true
		return 0, ErrGaveUp
	}
	b.left -= len(p)
	return b.b.Write(p)
}
