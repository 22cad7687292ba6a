package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"caseledger/events"
	"caseledger/internal/datadir"
)

// The first line of an account's file. The first version had no passkeys; it is
// read, and written no more.
const (
	accountFormat   = "caseledger/account/v2"
	accountFormatV1 = "caseledger/account/v1"
)

const (
	maxAccount = 64 << 10 // bytes of a file
	padAccount = 1 << 10
)

// Account is how a member of staff proves who they are.
type Account struct {
	Staff string `json:"staff"`
	// Version rises with everything that ends the sessions begun before.
	Version  uint64    `json:"version"`
	Disabled bool      `json:"disabled"`
	Password string    `json:"password"` // argon2id, PHC string; "": not set up
	Secret   []byte    `json:"secret"`   // of the authenticator
	Step     uint64    `json:"step"`     // of the last code that was used
	SetUp    *SetUp    `json:"set_up"`   // null: no code is out
	Reset    *Reset    `json:"reset"`    // null: nobody asked for one
	Made     time.Time `json:"made"`
	Changed  time.Time `json:"changed"` // credentials
	Email    string    `json:"email"`   // where "please sign in" goes; "": nowhere
	// Handle is what authenticators call the account by: random, and another
	// after a reset. Empty as long as there was no passkey.
	Handle   []byte    `json:"handle"`
	Passkeys []Passkey `json:"passkeys"`
}

// SetUp is a set-up code that is out.
type SetUp struct {
	Hash  []byte    `json:"hash"` // SHA-256
	Until time.Time `json:"until"`
}

// Reset is a reset that one person asked for.
type Reset struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// ResetFor is how long a reset waits for the second person.
const ResetFor = 24 * time.Hour

// Ready reports whether somebody can sign in with the account.
func (a *Account) Ready() bool { return a.Password != "" && !a.Disabled }

// Standing says in a few words how the account is.
func (a *Account) Standing(now time.Time) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.Password != "":
		return "ready"
	case a.SetUp != nil && now.Before(a.SetUp.Until):
		return "waits to be set up"
	}
	return "set-up code expired"
}

// newCode takes the credentials away and gives a set-up code out.
func (a *Account) newCode(now time.Time) string {
	code, hash := newSetUpCode()
	a.Version++
	a.Password, a.Secret, a.Reset, a.Disabled = "", nil, nil, false
	a.Handle, a.Passkeys = nil, nil
	a.SetUp, a.Changed = &SetUp{hash, now.Add(SetUpFor)}, now
	return code
}

// holds reports whether code is the set-up code that is out.
func (a *Account) holds(code string, now time.Time) bool {
	hash, until := make([]byte, sha256.Size), time.Time{}
	if a.SetUp != nil && !a.Disabled {
		hash, until = a.SetUp.Hash, a.SetUp.Until
	}
	return subtle.ConstantTimeCompare(hash, hashSetUpCode(code)) == 1 && now.Before(until)
}

// Errors of resets, for people: they say what to do.
var (
	ErrOwnReset  = errors.New("nobody resets their own account: ask two others")
	ErrSamePair  = errors.New("whoever asked for a reset cannot confirm it: somebody else must")
	ErrNoReset   = errors.New("nobody asked for this reset, or longer ago than a day: ask again")
	ErrNoAccount = fmt.Errorf("this member of staff has no account: %w", events.ErrNotFound)
)

// askReset is the first half of a reset.
func (a *Account) askReset(by string, now time.Time) error {
	if by == a.Staff {
		return ErrOwnReset
	}
	if a.Reset == nil || a.Reset.By == by || !now.Before(a.Reset.At.Add(ResetFor)) {
		a.Reset = &Reset{by, now}
	}
	return nil
}

// confirmReset is the second half: the old credentials are gone, and a set-up
// code is out.
func (a *Account) confirmReset(by string, now time.Time) (code string, err error) {
	switch {
	case by == a.Staff:
		return "", ErrOwnReset
	case a.Reset == nil, !now.Before(a.Reset.At.Add(ResetFor)):
		return "", ErrNoReset
	case a.Reset.By == by:
		return "", ErrSamePair
	}
	return a.newCode(now), nil
}

// Keys are the service's keys, under which accounts are sealed.
type Keys interface {
	// Service is the newest.
	Service() (events.KeyRef, events.Key)
	// Key is one of them.
	Key(context.Context, events.KeyRef) (events.Key, error)
}

// Accounts are the accounts of a ledger, a sealed file each, in one directory.
// Several processes may use it at a time.
type Accounts struct {
	dir    string
	origin string
	keys   Keys

	mu    sync.Mutex
	known known[Account]
}

// OpenAccounts opens the accounts in a directory, and makes it when it is not
// there, for its owner alone.
func OpenAccounts(dir, origin string, keys Keys) (*Accounts, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return &Accounts{dir: dir, origin: origin, keys: keys, known: known[Account]{}}, nil
}

// staffNumber is what events name their actor by; see schemas/common.json.
var staffNumber = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// ValidStaff reports whether s can be a staff number.
func ValidStaff(s string) bool { return staffNumber.MatchString(s) }

const accountSuffix = ".account"

func (s *Accounts) path(staff string) string { return filepath.Join(s.dir, staff+accountSuffix) }

// Get returns an account. The error is ErrNoAccount when there is none.
func (s *Accounts) Get(ctx context.Context, staff string) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(ctx, staff)
}

func (s *Accounts) get(ctx context.Context, staff string) (Account, error) {
	if !ValidStaff(staff) {
		return Account{}, ErrNoAccount
	}
	a, there, err := s.known.read(s.path(staff), staff, maxAccount, func(b []byte) (Account, error) { return s.open(ctx, staff, b) })
	if !there {
		return Account{}, ErrNoAccount
	} else if err != nil {
		return Account{}, fmt.Errorf("account of %s: %w", staff, err)
	}
	return a.clone(), nil
}

func (a Account) clone() Account {
	a.Secret = bytes.Clone(a.Secret)
	a.Passkeys = slices.Clone(a.Passkeys) // nobody writes into what they hold
	if a.SetUp != nil {
		s := *a.SetUp
		a.SetUp = &s
	}
	if a.Reset != nil {
		r := *a.Reset
		a.Reset = &r
	}
	return a
}

// All returns every account by staff number. One that cannot be read is an
// error that comes after the others.
func (s *Accounts) All(ctx context.Context) ([]Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return listed(s.dir, accountSuffix, "accounts", ValidStaff, func(staff string) (Account, error) { return s.get(ctx, staff) })
}

// none reports whether there is not a single account, readable or not.
func (s *Accounts) none() (bool, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return false, fmt.Errorf("accounts: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), accountSuffix) {
			return false, nil
		}
	}
	return true, nil
}

// change lets f alter an account, one change at a time among all processes,
// and writes it when f returns nil; it is durable then. An account that is not
// there has Version 0. f must be quick.
func (s *Accounts) change(ctx context.Context, staff string, f func(*Account) error) error {
	if !ValidStaff(staff) {
		return fmt.Errorf("a staff number is lower-case letters, digits and hyphens, such as staff-07: %w", events.ErrSyntax)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	defer lock.Close() // gives it back
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	delete(s.known, staff) // what counts is on the disk
	a, err := s.get(ctx, staff)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return err
	}
	a.Staff = staff
	if err := f(&a); err != nil {
		return err
	}
	delete(s.known, staff)
	sealed, err := s.seal(&a)
	if err != nil {
		return fmt.Errorf("account of %s: %w", staff, err)
	}
	file, err := datadir.CreateFile(s.path(staff), true)
	if err != nil {
		return fmt.Errorf("account of %s: %w", staff, err)
	}
	if _, err := file.Write(sealed); err != nil {
		return errors.Join(fmt.Errorf("account of %s: %w", staff, err), file.Discard())
	}
	if err := file.Commit(); err != nil {
		return fmt.Errorf("account of %s: %w", staff, err)
	}
	return nil
}

// Add makes an account and returns its set-up code, which is not kept. The
// error wraps fs.ErrExist when there is one.
func (s *Accounts) Add(ctx context.Context, staff string, now time.Time) (code string, err error) {
	err = s.change(ctx, staff, func(a *Account) error {
		if a.Version > 0 {
			return fmt.Errorf("%s has an account; two people can reset it: %w", staff, fs.ErrExist)
		}
		a.Made = now
		code = a.newCode(now)
		return nil
	})
	return code, err
}

// Disable ends an account's sessions and lets nobody sign in with it until two
// people reset it.
func (s *Accounts) Disable(ctx context.Context, staff string, now time.Time) error {
	return s.change(ctx, staff, func(a *Account) error {
		if a.Version == 0 {
			return ErrNoAccount
		}
		a.Version++
		a.Disabled, a.SetUp, a.Reset, a.Changed = true, nil, nil, now
		return nil
	})
}

// SetEmail puts down where an account's owner is asked to sign in; "": nowhere.
// Sessions go on. The caller knows that it is an address.
func (s *Accounts) SetEmail(ctx context.Context, staff, address string) error {
	return s.change(ctx, staff, func(a *Account) error {
		if a.Version == 0 {
			return ErrNoAccount
		}
		a.Email = address
		return nil
	})
}

// AskReset is the first half of a reset, by one person.
func (s *Accounts) AskReset(ctx context.Context, staff, by string, now time.Time) error {
	return s.change(ctx, staff, func(a *Account) error {
		if a.Version == 0 {
			return ErrNoAccount
		}
		return a.askReset(by, now)
	})
}

// ConfirmReset is the second half, by another: the old password, authenticator
// and passkeys are worth nothing any more, and the code that is returned, which
// is not kept, sets up new ones.
func (s *Accounts) ConfirmReset(ctx context.Context, staff, by string, now time.Time) (code string, err error) {
	err = s.change(ctx, staff, func(a *Account) (err error) {
		if a.Version == 0 {
			return ErrNoAccount
		}
		code, err = a.confirmReset(by, now)
		return err
	})
	return code, err
}

func (s *Accounts) files() *sealer {
	return &sealer{format: accountFormat, older: []string{accountFormatV1}, member: "staff", origin: s.origin, keys: s.keys, pad: padAccount, most: maxAccount}
}

func (s *Accounts) seal(a *Account) ([]byte, error) { return s.files().seal(a.Staff, a) }

// open opens the file of a member of staff. The error wraps events.ErrVersion
// or events.ErrSealed.
func (s *Accounts) open(ctx context.Context, staff string, b []byte) (Account, error) {
	var a Account
	if err := s.files().open(ctx, staff, b, &a); err != nil {
		return Account{}, err
	}
	if a.Staff != staff || len(a.Passkeys) > MaxPasskeys {
		return Account{}, errSealedFile
	}
	return a, nil
}
