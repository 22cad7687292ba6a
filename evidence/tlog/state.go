//go:build unix

package tlog

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"caseledger/events"
)

const (
	stateFamily  = "caseledger/signed-state/"
	stateVersion = stateFamily + "v1"

	// maxState is the largest signed-state file, in bytes.
	maxState = 1 << 10
)

// Why a checkpoint must not be signed.
var (
	// ErrRollback: it is smaller than one that was signed before.
	ErrRollback = errors.New("smaller than a tree already signed")
	// ErrFork: another root was signed for the same size.
	ErrFork = errors.New("another root was signed for this size")
	// ErrOrigin: it is of another ledger than the signed state.
	ErrOrigin = errors.New("signed state of another ledger")
)

// State is the signed state of a ledger: the largest checkpoint a signature
// may have left for. It is one small file, in the secrets directory and so
// outside both copies of the log. It is safe for concurrent use, and processes
// that share the file by mistake cannot lead each other into a fork: each
// change is made under a lock on the directory, from what the file then says.
//
// The file is docs/FORMAT.md, "Signed state". Any error that wraps
// events.ErrSyntax means that it is torn or was edited.
type State struct {
	path   string
	commit func(path string, data []byte) error // replaced in tests

	mu   sync.Mutex
	last Checkpoint
}

// CreateState makes the signed state of a new ledger, durable when it
// returns. It refuses a path where anything exists.
func CreateState(path, origin string) (*State, error) {
	c := Checkpoint{Origin: origin, Root: EmptyRoot}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("signed state: %w", err)
	}
	s := &State{path: path, commit: replaceFile, last: c}
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("signed state: %w", err)
	}
	defer unlock()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return nil, fmt.Errorf("signed state %s: %w", path, err)
	}
	if err := s.commit(path, appendState(nil, c)); err != nil {
		return nil, fmt.Errorf("signed state: %w", err)
	}
	return s, nil
}

// OpenState reads the signed state. A missing file is an error that wraps
// fs.ErrNotExist: without it nothing tells whether the ledger has lost what it
// once signed.
func OpenState(path string) (*State, error) {
	last, err := readState(path)
	if err != nil {
		return nil, fmt.Errorf("signed state %s: %w", path, err)
	}
	return &State{path: path, commit: replaceFile, last: last}, nil
}

// Origin returns the ledger's origin.
func (s *State) Origin() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.Origin
}

// Last returns the largest checkpoint that was signed; false when none was.
func (s *State) Last() (Checkpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.last.Size > 0
}

// Advance makes c the largest checkpoint signed. When it returns nil, that is
// durable and c may be signed, now and again. After any other answer no
// signature may leave; the same call may be repeated.
//
// It refuses with ErrRollback, ErrFork or ErrOrigin. That a larger tree
// contains the smaller one is for the caller to know: it compares its root at
// the signed size when it starts.
func (s *State) Advance(c Checkpoint) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("signed state: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	unlock, err := lockDir(filepath.Dir(s.path))
	if err != nil {
		return fmt.Errorf("signed state: %w", err)
	}
	defer unlock()
	stored, err := readState(s.path)
	if err != nil {
		return fmt.Errorf("signed state %s: %w", s.path, err)
	}
	if err := follows(s.last, stored); err != nil {
		return fmt.Errorf("signed state %s was replaced: %w", s.path, err)
	}
	s.last = stored
	if err := follows(stored, c); err != nil {
		return fmt.Errorf("signed state: %w", err)
	}
	// Written even when it is there already: a write that failed earlier may
	// be visible and not yet durable.
	if err := s.commit(s.path, appendState(nil, c)); err != nil {
		return fmt.Errorf("signed state: %w", err)
	}
	s.last = c
	return nil
}

// follows reports whether b may be signed after a.
func follows(a, b Checkpoint) error {
	switch {
	case a.Origin != b.Origin:
		return fmt.Errorf("it is of %s, not %s: %w", a.Origin, b.Origin, ErrOrigin)
	case b.Size < a.Size:
		return fmt.Errorf("size %d after %d: %w", b.Size, a.Size, ErrRollback)
	case b.Size == a.Size && b.Root != a.Root:
		return fmt.Errorf("size %d: %w", b.Size, ErrFork)
	}
	return nil
}

// appendState appends the file's text: four lines and their SHA-256.
func appendState(b []byte, c Checkpoint) []byte {
	at := len(b)
	b = append(b, stateVersion+"\norigin "...)
	b = append(b, c.Origin...)
	b = append(b, "\nsize "...)
	b = strconv.AppendUint(b, c.Size, 10)
	b = append(b, "\nroot "...)
	b = append(b, c.Root.String()...)
	b = append(b, '\n')
	sum := events.Hash(sha256.Sum256(b[at:]))
	b = append(b, "sum "...)
	b = append(b, sum.String()...)
	return append(b, '\n')
}

func parseState(b []byte) (Checkpoint, error) {
	var c Checkpoint
	p := cursor{what: "signed state", b: b}
	if v := p.line(); p.err == nil && string(v) != stateVersion {
		err := &events.SyntaxError{What: "signed state", Rule: "the first line is not " + stateVersion}
		if isVersion(v, stateFamily) {
			err.Kind = events.ErrVersion
		}
		return c, err
	}
	value := func(name string) string {
		at := p.at
		v, ok := bytes.CutPrefix(p.line(), []byte(name+" "))
		if p.err == nil && !ok {
			p.err = p.wrong(at, "expected the line "+name)
		}
		return string(v)
	}
	origin, size, root := value("origin"), value("size"), value("root")
	summed := b[:p.at]
	sum := value("sum")
	if p.err == nil && len(p.rest()) != 0 {
		p.fail("bytes after the last line")
	}
	if p.err != nil {
		return c, p.err
	}
	n, okSize := parseDecimal([]byte(size))
	r, errRoot := events.ParseHash(root)
	s, errSum := events.ParseHash(sum)
	c = Checkpoint{Origin: origin, Size: n, Root: r}
	switch {
	case errSum != nil || s != events.Hash(sha256.Sum256(summed)):
		return Checkpoint{}, p.wrong(-1, "the sum is not that of the lines before it: torn or edited")
	case !okSize:
		return Checkpoint{}, p.wrong(-1, "size is not a decimal from 0 to 2^53-1")
	case errRoot != nil:
		return Checkpoint{}, p.wrong(-1, "root is not 64 lower-case hex digits")
	}
	if err := c.check(); err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

func readState(path string) (Checkpoint, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Checkpoint{}, errors.Unwrap(err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return Checkpoint{}, errors.Join(err, errors.New("not a regular file"))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxState+1))
	if err != nil {
		return Checkpoint{}, err
	}
	if len(b) > maxState {
		return Checkpoint{}, &events.SyntaxError{What: "signed state", Offset: -1, Rule: "longer than 1 KiB", Kind: events.ErrTooLarge}
	}
	return parseState(b)
}

// replaceFile writes a file of mode 0600 beside path, syncs it, gives it
// path's name and syncs the directory. A reader sees the old or the new bytes.
func replaceFile(path string, data []byte) error {
	temp := path + ".tmp"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp) // the error that counts is the first
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// lockDir takes an advisory lock on a directory, for all processes.
func lockDir(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { d.Close() }, nil // closing gives the lock up
}
