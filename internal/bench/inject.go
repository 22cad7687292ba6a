//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// injectedCalls are the calls that a slow disk would make slow. Writes to a
// file opened with O_SYNC or O_DSYNC are not among them: neither side appends
// through such a file (nats-server writes its index so, off the append path;
// PostgreSQL only with another wal_sync_method).
var injectedCalls = []uint32{
	unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNCFS, unix.SYS_SYNC, unix.SYS_MSYNC,
}

// An injector makes every fsync of a tree of processes slower by the same
// time, whoever calls it and through whatever library: Go programs and
// PostgreSQL alike. Each process starts behind a seccomp filter that hands the
// calls of injectedCalls to this process; here a thread sleeps and then tells
// the kernel to go on with the call. Source: seccomp_unotify(2).
//
// The thread that asked waits in the kernel as it would for a slow disk, other
// threads run on, and calls that overlap wait at the same time. Nothing else
// is traced. The cost beyond the delay is one wake-up each way, a few tens of
// microseconds, the same for everyone.
type injector struct {
	delay time.Duration
	calls atomic.Uint64 // so far
}

// notification is struct seccomp_notif; the kernel's may be longer.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// answer is struct seccomp_notif_resp.
type answer struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

func newInjector(delay time.Duration) (*injector, error) {
	in := &injector{delay: delay}
	var sizes [3]uint16 // struct seccomp_notif_sizes
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&sizes))); errno != 0 {
		return nil, fmt.Errorf("slow fsync needs seccomp notifications (Linux 5.19): %w", errno)
	}
	if int(sizes[0]) != int(unsafe.Sizeof(notification{})) || int(sizes[1]) != int(unsafe.Sizeof(answer{})) {
		return nil, fmt.Errorf("slow fsync: the kernel's notification is %d and %d bytes, want %d and %d",
			sizes[0], sizes[1], unsafe.Sizeof(notification{}), unsafe.Sizeof(answer{}))
	}
	return in, nil
}

// start runs cmd, and every process it starts, behind the filter.
func (in *injector) start(cmd *exec.Cmd) error {
	// Not by its name: whoever cmd runs as may not get to its directory.
	const self = "/proc/self/exe"
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("slow fsync: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "injector"), os.NewFile(uintptr(pair[1]), "injected")
	defer ours.Close()
	defer theirs.Close()
	if cmd.Err != nil {
		return cmd.Err
	}
	cmd.Args = append([]string{self, "slow-exec", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = self
	cmd.ExtraFiles = []*os.File{theirs} // becomes descriptor 3
	if err := cmd.Start(); err != nil {
		return err
	}
	theirs.Close()
	listener, err := receiveListener(ours)
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return fmt.Errorf("slow fsync: %w", err)
	}
	go in.serve(listener)
	return nil
}

// slowExec is the other half of start: it runs in the child, puts itself
// behind the filter, sends the listener to its parent and becomes argv.
func slowExec(argv []string) error {
	if len(argv) == 0 {
		return errors.New("slow-exec: no command")
	}
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("slow-exec: not known on %s", runtime.GOARCH)
	}
	const nrOffset, archOffset = 0, 4 // struct seccomp_data
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	jump := func(k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: yes, Jf: no, K: k}
	}
	give := func(k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
	}
	n := uint8(len(injectedCalls))
	prog := []unix.SockFilter{load(archOffset), jump(arch, 0, n+1), load(nrOffset)}
	for i, nr := range injectedCalls {
		prog = append(prog, jump(nr, n-uint8(i), 0))
	}
	prog = append(prog, give(unix.SECCOMP_RET_ALLOW), give(unix.SECCOMP_RET_USER_NOTIF))
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}

	runtime.LockOSThread() // the filter is this thread's, and exec keeps it
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return fmt.Errorf("slow-exec: seccomp: %w", errno)
	}
	if err := unix.Sendmsg(3, []byte{0}, unix.UnixRights(int(fd)), nil, 0); err != nil {
		return fmt.Errorf("slow-exec: hand over the listener: %w", err)
	}
	unix.Close(int(fd))
	unix.Close(3)
	return syscall.Exec(argv[0], argv, os.Environ())
}

func receiveListener(f *os.File) (int, error) {
	raw, err := net.FileConn(f)
	if err != nil {
		return 0, err
	}
	defer raw.Close()
	conn := raw.(*net.UnixConn)
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, err
	}
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		return 0, err
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(msgs) != 1 {
		return 0, errors.New("the child sent no listener: it did not get behind the filter")
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		return 0, errors.New("the child sent no listener")
	}
	return fds[0], nil
}

// serve answers one listener until the last process behind it is gone.
func (in *injector) serve(listener int) {
	type due struct {
		id uint64
		at unix.Timespec
	}
	// As many sleepers as PostgreSQL has backends: none waits for another.
	queue := make(chan due, 256)
	var sleepers sync.WaitGroup
	for range 80 {
		sleepers.Go(func() {
			runtime.LockOSThread() // the slack is the thread's
			defer runtime.UnlockOSThread()
			unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
			for d := range queue {
				for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &d.at, nil) == unix.EINTR {
				}
				a := answer{id: d.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
				ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&a)) // fails when the caller was killed
			}
		})
	}
	for {
		poll := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err == unix.EINTR {
			continue
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			break // the last process is gone
		}
		var n notification
		if ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)) != 0 {
			continue // the caller was killed meanwhile
		}
		in.calls.Add(1)
		var now unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
		queue <- due{n.id, unix.NsecToTimespec(now.Nano() + in.delay.Nanoseconds())}
	}
	close(queue)
	sleepers.Wait()
	unix.Close(listener)
}

func ioctl(fd int, req uint, arg unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(req), uintptr(arg))
	return errno
}
