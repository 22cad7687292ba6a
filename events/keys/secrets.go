package keys

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"caseledger/events"
)

const (
	epochPrefix   = "epoch-"
	servicePrefix = "service-"
	keySuffix     = ".key"
	signingFile   = "signing.key"
	tempSuffix    = ".tmp"

	// AccessDir is the name, in a secrets directory, of the secrets directory of
	// the ledger's access ledger.
	AccessDir = "access"

	// maxSigningKey is the longest signing.key, in bytes: an origin of
	// events.MaxOrigin and a key of 33 bytes need 210.
	maxSigningKey = 512
)

// ErrErased: the key is not there any more, and a newer one is. Either an
// erasure destroyed it or it was lost; nothing sealed under it can be read.
var ErrErased = errors.New("key destroyed or lost")

// MissingKeyError says which key of the secrets directory is not there. It is
// ErrErased when a newer one is there, else events.ErrNotFound: then the
// directory is older than the data.
type MissingKeyError struct {
	Kind   string // "epoch" or "service"
	Number uint64
	Newest uint64 // the newest of its kind that is there
}

func (e *MissingKeyError) Error() string {
	if e.Number > e.Newest {
		return fmt.Sprintf("%s key %d is not in the secrets directory, whose newest is %d: is it an old copy?", e.Kind, e.Number, e.Newest)
	}
	return fmt.Sprintf("%s key %d is not in the secrets directory: destroyed or lost", e.Kind, e.Number)
}

// Is tells an erased key from one that was never there.
func (e *MissingKeyError) Is(target error) bool {
	if e.Number < e.Newest {
		return target == ErrErased
	}
	return target == events.ErrNotFound
}

// PermError says what in a secrets directory others could reach. Nothing is
// read from such a directory.
type PermError struct {
	Path string
	Rule string // what is wrong
	Mode fs.FileMode
}

func (e *PermError) Error() string {
	return fmt.Sprintf("secrets: %s (mode %04o): %s", e.Path, e.Mode.Perm(), e.Rule)
}

// Is makes every PermError an fs.ErrPermission.
func (e *PermError) Is(target error) bool { return target == fs.ErrPermission }

// Secrets is an open secrets directory. It does not change and is safe for
// concurrent use; a new key is seen by opening it again.
type Secrets struct {
	dir      string
	epochs   map[uint64]events.Key
	services map[uint64]events.Key
	epoch    uint64 // newest
	service  uint64 // newest
}

// Epochs are the numbers of the epoch keys, oldest first. A new key is wrapped
// under the last.
func (s *Secrets) Epochs() []uint64 { return slices.Sorted(maps.Keys(s.epochs)) }

// Format hides the keys from every verb of fmt.
func (s Secrets) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "secrets(%s)", s.dir) }

// CreateSecrets makes a secrets directory, mode 0700, with epoch key 1 and
// service key 1, each 32 bytes of rand in a file of mode 0600. Everything is
// durable when it returns, and an error leaves nothing behind. The parent
// directory must exist; an existing directory must be empty and closed to
// others.
func CreateSecrets(dir string, rand io.Reader) (s *Secrets, err error) {
	dir = filepath.Clean(dir)
	var made []string
	defer func() {
		if err != nil {
			for _, path := range slices.Backward(made) {
				os.Remove(path) // the error that counts is the first
			}
			s, err = nil, fmt.Errorf("create secrets: %w", err)
		}
	}()
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		made = append(made, dir)
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	if err := checkEmpty(dir); err != nil {
		return nil, err
	}
	for _, f := range []string{keyFile(epochPrefix, 1), keyFile(servicePrefix, 1)} {
		var key events.Key
		if _, err := io.ReadFull(rand, key[:]); err != nil {
			return nil, fmt.Errorf("random bytes: %w", err)
		}
		if err := createFile(dir, f, append(hex.AppendEncode(nil, key[:]), '\n')); err != nil {
			return nil, err
		}
		made = append(made, filepath.Join(dir, f))
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	return OpenSecrets(dir)
}

func checkEmpty(dir string) error {
	if err := checkDir(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: %w", dir, fs.ErrExist)
	}
	return nil
}

// OpenSecrets reads a secrets directory. It refuses, with a *PermError, a
// directory or any file in it that group or others may touch, that another
// user owns, or that is a symbolic link; a missing directory is an error that
// wraps fs.ErrNotExist. One epoch key and one service key must be there. The
// directory AccessDir in it is another's, and only looked at from outside.
func OpenSecrets(dir string) (*Secrets, error) {
	s := &Secrets{
		dir:      filepath.Clean(dir),
		epochs:   make(map[uint64]events.Key),
		services: make(map[uint64]events.Key),
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Secrets) load() error {
	if err := checkDir(s.dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	// Everything is checked before anything is read.
	for _, e := range entries {
		st, err := os.Lstat(filepath.Join(s.dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(e.Name(), tempSuffix) {
			continue // the signed state is being replaced
		}
		if err != nil {
			return fmt.Errorf("secrets: %w", err)
		}
		check := checkFile
		if e.Name() == AccessDir {
			check = checkInner
		}
		if err := check(filepath.Join(s.dir, e.Name()), st); err != nil {
			return err
		}
	}
	for _, e := range entries {
		for _, kind := range []struct {
			prefix string
			keys   map[uint64]events.Key
			newest *uint64
		}{{epochPrefix, s.epochs, &s.epoch}, {servicePrefix, s.services, &s.service}} {
			number, ok := strings.CutPrefix(e.Name(), kind.prefix)
			if !ok {
				continue
			}
			if number, ok = strings.CutSuffix(number, keySuffix); !ok {
				continue
			}
			path := filepath.Join(s.dir, e.Name())
			n, ok := parseNumber(number)
			if !ok {
				return fmt.Errorf("secrets: %s: the number is not a decimal from 1: %w", path, events.ErrSyntax)
			}
			key, err := readKey(path)
			if err != nil {
				return err
			}
			kind.keys[n] = key
			*kind.newest = max(*kind.newest, n)
		}
	}
	if s.epoch == 0 {
		return fmt.Errorf("secrets: %s has no %sN%s: %w", s.dir, epochPrefix, keySuffix, fs.ErrNotExist)
	}
	if s.service == 0 {
		return fmt.Errorf("secrets: %s has no %sN%s: %w", s.dir, servicePrefix, keySuffix, fs.ErrNotExist)
	}
	return nil
}

// Dir returns the directory.
func (s *Secrets) Dir() string { return s.dir }

// SigningKey reads signing.key: one line, a note signing key. The error wraps
// fs.ErrNotExist when WriteSigningKey was never called.
func (s *Secrets) SigningKey() (string, error) {
	path := filepath.Join(s.dir, signingFile)
	b, err := readFile(path, maxSigningKey)
	if err != nil {
		return "", err
	}
	line, ok := strings.CutSuffix(string(b), "\n")
	if !ok || !validSigningKey(line) {
		return "", fmt.Errorf("secrets: %s: not one line PRIVATE+KEY+<name>+<id>+<base64>: %w", path, events.ErrSyntax)
	}
	return line, nil
}

// WriteSigningKey makes signing.key, durable when it returns. It never
// replaces one; writing the same again is no error.
func (s *Secrets) WriteSigningKey(skey string) error {
	if !validSigningKey(skey) {
		return fmt.Errorf("secrets: signing key is not PRIVATE+KEY+<name>+<id>+<base64>: %w", events.ErrSyntax)
	}
	switch have, err := s.SigningKey(); {
	case err == nil && have == skey:
		return syncDir(s.dir)
	case err == nil:
		return fmt.Errorf("secrets: %s holds another key: %w", filepath.Join(s.dir, signingFile), fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := createFile(s.dir, signingFile, append([]byte(skey), '\n')); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	return nil
}

func validSigningKey(s string) bool {
	if len(s) >= maxSigningKey || !strings.HasPrefix(s, "PRIVATE+KEY+") || strings.Count(s, "+") < 4 {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

func keyFile(prefix string, n uint64) string {
	return prefix + strconv.FormatUint(n, 10) + keySuffix
}

// readKey reads a file of exactly 64 lower-case hex digits and an LF.
func readKey(path string) (events.Key, error) {
	var key events.Key
	b, err := readFile(path, 2*len(key)+1)
	if err != nil {
		return key, err
	}
	if len(b) != 2*len(key)+1 || b[2*len(key)] != '\n' || !decodeHex(key[:], b[:2*len(key)]) {
		return events.Key{}, fmt.Errorf("secrets: %s: not 64 lower-case hex digits and a line end: %w", path, events.ErrSyntax)
	}
	if key == (events.Key{}) {
		return key, fmt.Errorf("secrets: %s: a key of zeros: %w", path, events.ErrSyntax)
	}
	return key, nil
}

// readFile reads a file of at most limit bytes that nobody else can reach,
// checking the file it opened and not the name.
func readFile(path string, limit int) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	if err := checkFile(path, st); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	if len(b) > limit {
		return nil, fmt.Errorf("secrets: %s: longer than %d bytes: %w", path, limit, events.ErrTooLarge)
	}
	return b, nil
}

func checkDir(dir string) error {
	st, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	return checkInner(dir, st)
}

func checkInner(path string, st fs.FileInfo) error {
	switch {
	case st.Mode()&fs.ModeSymlink != 0:
		return &PermError{Path: path, Mode: st.Mode(), Rule: "is a symbolic link; name the directory itself"}
	case !st.IsDir():
		return &PermError{Path: path, Mode: st.Mode(), Rule: "is not a directory"}
	}
	return checkOwner(path, st, "0700")
}

func checkFile(path string, st fs.FileInfo) error {
	switch {
	case st.Mode()&fs.ModeSymlink != 0:
		return &PermError{Path: path, Mode: st.Mode(), Rule: "is a symbolic link"}
	case !st.Mode().IsRegular():
		return &PermError{Path: path, Mode: st.Mode(), Rule: "is not a regular file"}
	}
	return checkOwner(path, st, "0600")
}

func checkOwner(path string, st fs.FileInfo, want string) error {
	if st.Mode().Perm()&0o077 != 0 {
		return &PermError{Path: path, Mode: st.Mode(), Rule: "open to others; set it to " + want}
	}
	if u, ok := st.Sys().(*syscall.Stat_t); ok && int(u.Uid) != os.Geteuid() {
		return &PermError{Path: path, Mode: st.Mode(), Rule: "owned by another user than the one running this"}
	}
	return nil
}

// createFile makes a new file of mode 0600, durable when it returns, and
// leaves nothing behind when it fails. Killed in between it may leave a short
// file, which readKey and SigningKey refuse.
func createFile(dir, file string, data []byte) error {
	path := filepath.Join(dir, file)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
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
		err = syncDir(dir)
	}
	if err != nil {
		os.Remove(path) // the error that counts is the first
	}
	return err
}

// createWhole is createFile for a running service: killed in between it leaves
// no short file under the name.
func createWhole(dir, file string, data []byte) error {
	temp := filepath.Join(dir, file+tempSuffix)
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createFile(dir, file+tempSuffix, data); err != nil {
		return err
	}
	// A link replaces nothing.
	if err := errors.Join(os.Link(temp, filepath.Join(dir, file)), os.Remove(temp)); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
