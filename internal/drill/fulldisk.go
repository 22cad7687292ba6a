//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespace is the first argument of the process that fullDisk starts.
const inNamespace = "full-disk-in-namespace"

const (
	// diskSize is the small disk's, in bytes: room for the stores and for
	// what the service wants to keep free (64 MiB).
	diskSize = 1 << 30
	// hardEvents is the size of an import that the disk runs full under.
	hardEvents = 5000
)

// errNamespace: this machine lets no process mount a file system of its own.
var errNamespace = errors.New("needs a mount namespace: run it as root, or where user namespaces are allowed")

// fullDisk runs the drill in a process with mounts of its own, on a small file
// system in memory that goes away with it.
func (t *trial) fullDisk(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir := t.scratch()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, inNamespace, t.binary, dir, strconv.Itoa(t.events))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var complaint strings.Builder
	cmd.Stdout, cmd.Stderr = t.out, &complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%w (%v)", errNamespace, err)
	case errors.As(err, &exit) && exit.ExitCode() == exitNoMount:
		return fmt.Errorf("%w: %s", errNamespace, strings.TrimSpace(complaint.String()))
	case err != nil:
		t.failed++
		if s := strings.TrimSpace(complaint.String()); s != "" {
			return errors.New(s)
		}
		return fmt.Errorf("full-disk: %w", err)
	}
	return nil
}

// exitNoMount is the exit code of a process that could not mount.
const exitNoMount = 9

func fullDiskInNamespace(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 3 {
		return errUsage
	}
	events, err := strconv.Atoi(args[2])
	if err != nil {
		return errUsage
	}
	t := &trial{binary: args[0], dir: filepath.Join(args[1], "disk"), events: events, out: out}
	if err := os.Mkdir(t.dir, 0o700); err != nil {
		return err
	}
	if err := mountSmall(t.dir, diskSize); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitNoMount)
	}
	l, err := t.newLedger(ctx, "ledger")
	if err != nil {
		return err
	}
	l.desk = args[1] // the drill itself does not run out of space
	if err := t.fullDiskSoft(ctx, l); err != nil {
		return err
	}
	for round := range min(5, max(2, t.events/80)) {
		if err := t.fullDiskHard(ctx, l, round+1); err != nil {
			return err
		}
	}
	if t.failed > 0 {
		return fmt.Errorf("%d failed", t.failed)
	}
	return nil
}

func mountSmall(dir string, size int64) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("drill", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size)); err != nil {
		return fmt.Errorf("mount a small disk: %w", err)
	}
	return nil
}

// filler takes the disk's space but for what is left. Somebody else may be
// taking some of it meanwhile.
func (t *trial) filler(left int64) error {
	f, err := os.OpenFile(filepath.Join(t.dir, "filler"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		var s unix.Statfs_t
		if err := unix.Statfs(t.dir, &s); err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		more := int64(s.Bavail)*s.Bsize - left
		if more <= 0 {
			return nil
		}
		err = unix.Fallocate(int(f.Fd()), 0, info.Size(), more)
		if err != nil && err != unix.ENOSPC && err != unix.EINTR {
			return err
		}
	}
}

func (t *trial) unfill() error {
	err := os.Remove(filepath.Join(t.dir, "filler"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// fullDiskSoft fills the disk slowly: the service sees it coming.
func (t *trial) fullDiskSoft(ctx context.Context, l *ledger) error {
	s, err := l.serve(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	if err := l.fill(ctx, t.events, t.events/5); err != nil {
		return err
	}
	for _, left := range []int64{65 << 20, 1 << 20, 0} {
		if err := t.filler(left); err != nil {
			return err
		}
		n, err := l.append(ctx, 2000)
		if t.says(fmt.Sprintf("%d MiB left: %d more appended, then", left>>20, n), err) != nil {
			return nil
		}
	}
	if err := t.unfill(); err != nil {
		return err
	}
	return t.afterwards(ctx, l, s, "space is back")
}

// says checks that a command failed, and in words that help.
func (t *trial) says(when string, err error) error {
	var f *failure
	if !errors.As(err, &f) || f.code != exitFailed {
		err = fmt.Errorf("want a refusal with exit 1, not: %v", err)
		t.fail(when, err)
		return err
	}
	text := strings.ToLower(f.stderr)
	if strings.Contains(text, "goroutine ") || !strings.Contains(text, "full") && !strings.Contains(text, "space") {
		err = fmt.Errorf("does not say that the disk is full: %w", f)
		t.fail(when, err)
		return err
	}
	fmt.Fprintf(t.out, "  ok    %s: %s\n", when, strings.TrimSpace(f.stderr))
	return nil
}

// fullDiskHard takes all space at once under a running import: writes that
// were under way fail. The service may end; it must say why.
func (t *trial) fullDiskHard(ctx context.Context, l *ledger, round int) error {
	name := fmt.Sprintf("filled under an import, round %d", round)
	s, err := l.serve(ctx)
	if err != nil {
		return t.result(name, found{}, err)
	}
	defer s.kill()
	full, err := t.fillUnderImport(ctx, l, uint64(round)*hardEvents/10)
	if err != nil {
		return errors.Join(err, t.unfill())
	}
	if t.says(name, full) != nil {
		return t.unfill()
	}
	// What starts now must not hang or claim to work.
	s.kill()
	if s, err = l.serve(ctx); err == nil {
		_, err = l.append(ctx, 1)
		s.kill()
	}
	if t.says(name+", started on the full disk", err) != nil {
		return t.unfill()
	}
	if err := t.unfill(); err != nil {
		return err
	}
	if s, err = l.serve(ctx); err != nil {
		return t.result(name+", space is back", found{}, err)
	}
	defer s.kill()
	// The same file again: what was recorded is found, the rest is taken.
	n, err := l.resume(ctx)
	if err != nil {
		return t.result(name+", space is back", found{}, err)
	}
	return t.afterwards(ctx, l, s, fmt.Sprintf("%s, space is back; %d were recorded before", name, n))
}

// fillUnderImport takes the space when an import has come some way, and
// returns how the import ended. One that was over before is followed by
// another.
func (t *trial) fillUnderImport(ctx context.Context, l *ledger, after uint64) (ended, err error) {
	for range 5 {
		before, err := l.health(ctx)
		if err != nil {
			return nil, err
		}
		done := make(chan error, 1)
		go func() { done <- l.importEvents(ctx, hardEvents) }()
		for under := uint64(0); under < after; {
			now, err := l.health(ctx)
			if err != nil {
				return nil, err
			}
			under = now.Events - before.Events
		}
		if err := t.filler(0); err != nil {
			return nil, err
		}
		if ended := <-done; ended != nil {
			return ended, nil
		}
		if err := t.unfill(); err != nil {
			return nil, err
		}
		after /= 2
	}
	return nil, errors.New("every import was over before the disk was full")
}

// resume imports the last file again and returns how many of its events were
// there already.
func (l *ledger) resume(ctx context.Context) (present int, err error) {
	out, err := l.on(ctx, "import", "--file", l.file())
	if err != nil {
		return 0, err
	}
	var report struct{ Present, Refused int }
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, fmt.Errorf("import: %w", err)
	}
	if report.Refused > 0 {
		return 0, fmt.Errorf("import: refused %d", report.Refused)
	}
	return report.Present, l.acknowledge()
}

// afterwards appends, stops and looks.
func (t *trial) afterwards(ctx context.Context, l *ledger, s *service, name string) error {
	_, err := l.append(ctx, 3)
	var f *failure
	if errors.As(err, &f) {
		s.kill()
		if s, err = l.serve(ctx); err == nil {
			defer s.kill()
			name += ", service started again"
			_, err = l.append(ctx, 3)
		}
	}
	if err == nil {
		err = s.stop()
	}
	if err != nil {
		return t.result(name, found{}, err)
	}
	r, err := l.look(ctx)
	if err == nil {
		err = l.audit(ctx)
	}
	return t.result(name, r, err)
}
