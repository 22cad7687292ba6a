// Package datadir is a ledger's directory as a place on disk: which ledger it
// holds, who has it open, and where its parts are. It knows nothing of what
// the parts contain.
//
//	ledger.json       which ledger this is; see Config
//	ledger.json.init  the same, while init has not finished
//	lock              held by the process that has the stores open
//	checkpoint.txt    the newest signed checkpoint
//	nats/             the embedded stream
//	pebble/           the archive, the tree and the views
//	attachments/      the sealed bytes of attachments
//	suspect           the two copies were found to differ; see SetSuspect
//	access/accounts/  the accounts, each sealed; see package access
//	access/ledger/    the access ledger: a directory like this one; see package accesslog
//	drafts/           what somebody began to write, each sealed; see package drafts
//	caseledger.sock   where a running service is spoken to
package datadir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"caseledger/events"
)

// Format is the first member of ledger.json.
const Format = "caseledger/ledger/v1"

// Where a ledger's stream is kept.
const (
	LogEmbedded = "embedded" // in the directory, by a server in the process
	LogExternal = "external" // on a NATS server or cluster
)

// Config is ledger.json.
type Config struct {
	Format     string       `json:"format"`
	Origin     string       `json:"origin"`
	Service    events.Chain `json:"service"` // the ledger's own chain
	Log        string       `json:"log"`     // LogEmbedded or LogExternal
	Stream     string       `json:"stream"`  // its name
	StreamSync string       `json:"stream_sync"`
}

// check holds what was read against what this version writes.
func (c *Config) check() error {
	switch {
	case c.Format != Format:
		return fmt.Errorf("format is not %s: %w", Format, events.ErrVersion)
	case !events.ValidOrigin(c.Origin):
		return fmt.Errorf("origin: %w", events.ErrSyntax)
	case c.Service == (events.Chain{}):
		return fmt.Errorf("service: %w", events.ErrSyntax)
	case c.Log != LogEmbedded && c.Log != LogExternal:
		return fmt.Errorf("log: %w", events.ErrSyntax)
	case c.Stream == "":
		return fmt.Errorf("stream: %w", events.ErrSyntax)
	case c.StreamSync == "":
		return fmt.Errorf("stream_sync: %w", events.ErrSyntax)
	}
	return nil
}

// ErrNoLedger: the directory holds no ledger.
var ErrNoLedger = errors.New("no ledger here")

// Dir is a ledger's directory.
type Dir string

func (d Dir) path(name string) string { return filepath.Join(string(d), name) }

// Nats is the embedded stream's directory.
func (d Dir) Nats() string { return d.path("nats") }

// Pebble is the archive's directory.
func (d Dir) Pebble() string { return d.path("pebble") }

// Attachments is the directory of the sealed bytes of attachments.
func (d Dir) Attachments() string { return d.path("attachments") }

// Accounts is the directory of the accounts, a sealed file each.
func (d Dir) Accounts() string { return d.path(filepath.Join("access", "accounts")) }

// Tokens is the directory of the tokens of the programming interface, a sealed
// file each.
func (d Dir) Tokens() string { return d.path(filepath.Join("access", "tokens")) }

// Drafts is the directory of what somebody began to write and did not record.
func (d Dir) Drafts() string { return d.path("drafts") }

// Mail is the directory of who is to be asked by email to sign in.
func (d Dir) Mail() string { return d.path("mail") }

// Access is the access ledger's own directory.
func (d Dir) Access() Dir { return Dir(d.path(filepath.Join("access", "ledger"))) }

// Checkpoint is the newest checkpoint that was signed.
func (d Dir) Checkpoint() string { return d.path("checkpoint.txt") }

// Socket is where a running service is spoken to.
func (d Dir) Socket() string { return d.path("caseledger.sock") }

const (
	configName  = "ledger.json"
	pendingName = "ledger.json.init"
)

// Config reads ledger.json. The error wraps ErrNoLedger when there is none,
// events.ErrVersion when a newer version wrote it, events.ErrSyntax when it
// was damaged.
func (d Dir) Config() (Config, error) { return d.read(configName) }

// Pending reads the configuration of an init that has not finished. The error
// wraps ErrNoLedger when there is none.
func (d Dir) Pending() (Config, error) { return d.read(pendingName) }

func (d Dir) read(name string) (Config, error) {
	var c Config
	b, err := os.ReadFile(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		if _, unfinished := os.Lstat(d.path(pendingName)); name == configName && unfinished == nil {
			return c, fmt.Errorf("%s: init was not finished, run it again: %w", d, ErrNoLedger)
		}
		return c, fmt.Errorf("%s: %w", d, ErrNoLedger)
	} else if err != nil {
		return c, err
	}
	var version struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(b, &version) == nil && version.Format != Format {
		return c, fmt.Errorf("%s: format is not %s: %w", d.path(name), Format, events.ErrVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", d.path(name), events.ErrSyntax)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Config{}, fmt.Errorf("%s: %w", d.path(name), events.ErrSyntax)
	}
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", d.path(name), err)
	}
	return c, nil
}

// WriteConfig replaces ledger.json, durable when it returns.
func (d Dir) WriteConfig(c Config) error { return d.write(configName, c) }

// Begin puts down what init is about to make, durable when it returns.
func (d Dir) Begin(c Config) error { return d.write(pendingName, c) }

// Finish turns what Begin put down into ledger.json, durable when it returns.
func (d Dir) Finish() error {
	if err := os.Rename(d.path(pendingName), d.path(configName)); err != nil {
		return err
	}
	return SyncDir(string(d))
}

func (d Dir) write(name string, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	f, err := CreateFile(d.path(name), true)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

// ErrInUse: another process has the directory open.
var ErrInUse = errors.New("in use")

// InUseError says that another process has the directory open.
type InUseError struct {
	Dir Dir
	PID int // 0 when not known
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("%s is in use by process %d", e.Dir, e.PID)
}

// Is makes every InUseError an ErrInUse.
func (e *InUseError) Is(target error) bool { return target == ErrInUse }

// Lock is a held directory.
type Lock struct{ f *os.File }

// Lock takes the directory for this process, until Unlock or the end of the
// process, however it ends. The error is an *InUseError when another process
// has it.
func (d Dir) Lock() (*Lock, error) {
	f, err := os.OpenFile(d.path("lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		held, _ := io.ReadAll(io.LimitReader(f, 32))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(held)))
		return nil, errors.Join(&InUseError{Dir: d, PID: pid}, f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", d, err), f.Close())
	}
	// Who holds it is for people; a failure here takes nothing away.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Lock{f}, nil
}

// Unlock gives the directory back.
func (l *Lock) Unlock() error {
	_ = l.f.Truncate(0)
	return l.f.Close()
}

// File is a file in the making: it appears under its name whole or not at
// all.
type File struct {
	*os.File
	path    string
	replace bool
}

// CreateFile begins a file beside path, mode 0600. Without replace, Commit
// fails when something stands at path by then.
func CreateFile(path string, replace bool) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return &File{f, path, replace}, nil
}

// Commit makes the file appear, durable when it returns.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Discard())
	}
	if err := f.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if !f.replace {
		// A rename overwrites, so the name is taken first: that is refused
		// where something stands, and works on a stick that has no links.
		claim, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		if err := claim.Close(); err != nil {
			return errors.Join(err, os.Remove(f.path), os.Remove(f.Name()))
		}
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		if !f.replace {
			err = errors.Join(err, os.Remove(f.path))
		}
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(f.path))
}

// Discard gives the file up.
func (f *File) Discard() error {
	err := f.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return errors.Join(err, os.Remove(f.Name()))
}

const suspectName = "suspect"

// SetSuspect notes, durable when it returns, whether the next start must
// compare the two copies from end to end before it serves.
func (d Dir) SetSuspect(suspect bool) error {
	if !suspect {
		if err := os.Remove(d.path(suspectName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return SyncDir(string(d))
	}
	f, err := CreateFile(d.path(suspectName), true)
	if err != nil {
		return err
	}
	return f.Commit()
}

// Suspect reports whether SetSuspect noted that.
func (d Dir) Suspect() (bool, error) {
	_, err := os.Lstat(d.path(suspectName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
