package pdf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// jail is what the system lets us put around a rendering.
type jail struct {
	namespaces bool     // of its own: without a network
	landlock   uintptr  // version of the kernel's interface; 0: it has none
	read       []string // what may be read and run, where the kernel holds to it
}

// openJail finds out what the system allows. Some do not let ordinary users
// make name spaces; Landlock is in kernels from 5.13.
func openJail(dir, node string) jail {
	j := jail{read: []string{dir, "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/proc", "/dev/null", "/dev/urandom"}}
	if real, err := filepath.EvalSymlinks(node); err == nil {
		j.read = append(j.read, real)
	}
	if version, _, err := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); err == 0 {
		j.landlock = version
	}
	j.namespaces = true
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	probe := func() bool {
		cmd := exec.CommandContext(ctx, node, "--version")
		cmd.Env = []string{}
		return j.run(cmd, DefaultMemory) == nil
	}
	if probe() {
		return j
	}
	if j.namespaces = false; probe() {
		return j
	}
	j.landlock, j.namespaces = 0, true
	j.namespaces = probe()
	return j
}

// String says what holds.
func (j jail) String() string {
	holds := []string{"no environment", "empty directory", "no files written", "memory and time limits"}
	if j.landlock > 0 {
		holds = append(holds, "reads the engine and the system's libraries only (kernel)")
	} else {
		holds = append(holds, "reads the engine's directory only (Node)")
	}
	if j.namespaces {
		holds = append(holds, "no network (kernel)")
	}
	return strings.Join(holds, ", ")
}

func (j jail) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if j.namespaces {
		a.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65534, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65534, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// run runs a command under the limits. When its time is over, its whole
// process group ends.
func (j jail) run(cmd *exec.Cmd, memory int64) error {
	cmd.SysProcAttr = j.attributes()
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if cmd.Cancel != nil {
		cmd.Cancel = kill
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here, with what it may not do any more
		if j.landlock > 0 {
			if err := j.restrict(); err != nil {
				started <- fmt.Errorf("landlock: %w", err)
				return
			}
		}
		started <- cmd.Start()
	}()
	if err := <-started; err != nil {
		return err
	}
	// Node has not read the document yet, or little of it.
	for _, l := range []struct {
		resource int
		most     uint64
	}{{unix.RLIMIT_DATA, uint64(memory)}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_CORE, 0}} {
		limit := unix.Rlimit{Cur: l.most, Max: l.most}
		if err := unix.Prlimit(cmd.Process.Pid, l.resource, &limit, nil); err != nil && !errors.Is(err, unix.ESRCH) {
			kill()
			cmd.Wait()
			return fmt.Errorf("limits: %w", err)
		}
	}
	return cmd.Wait()
}

// restrict takes from the calling thread, and from every process that it
// starts, all files but those of j.read, and TCP where the kernel can. Source:
// the kernel's userspace-api/landlock.
func (j jail) restrict() error {
	const read = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	handled := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1}
	size := unsafe.Sizeof(handled.Handled_access_fs)
	if j.landlock >= 2 {
		handled.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if j.landlock >= 3 {
		handled.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if j.landlock >= 4 {
		handled.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size += unsafe.Sizeof(handled.Handled_access_net)
	}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&handled)), size, 0)
	if errno != 0 {
		return errno
	}
	defer unix.Close(int(rules))
	for _, path := range j.read {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOENT) {
			continue
		} else if err != nil {
			return err
		}
		var of unix.Stat_t
		if err := unix.Fstat(fd, &of); err != nil {
			unix.Close(fd)
			return err
		}
		rule := unix.LandlockPathBeneathAttr{Parent_fd: int32(fd), Allowed_access: read}
		if of.Mode&unix.S_IFMT != unix.S_IFDIR {
			rule.Allowed_access &^= unix.LANDLOCK_ACCESS_FS_READ_DIR
		}
		if path == "/dev/null" || path == "/proc" { // where a name space is told who is who in it
			rule.Allowed_access |= unix.LANDLOCK_ACCESS_FS_WRITE_FILE | handled.Handled_access_fs&unix.LANDLOCK_ACCESS_FS_TRUNCATE
		}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		unix.Close(fd)
		if errno != 0 {
			return errno
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
