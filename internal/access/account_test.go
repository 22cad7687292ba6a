package access

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

// TestResetByTwo: nobody resets an account alone, nor their own.
func TestResetByTwo(t *testing.T) {
	type press struct {
		ask  bool
		by   string
		when time.Duration
		want error
	}
	for name, presses := range map[string][]press{
		"two":                   {{true, "staff-01", 0, nil}, {false, "staff-02", time.Hour, nil}},
		"one alone":             {{true, "staff-01", 0, nil}, {false, "staff-01", 0, ErrSamePair}},
		"nobody asked":          {{false, "staff-02", 0, ErrNoReset}},
		"one's own":             {{true, me, 0, ErrOwnReset}},
		"confirms one's own":    {{true, "staff-01", 0, nil}, {false, me, 0, ErrOwnReset}},
		"a day later":           {{true, "staff-01", 0, nil}, {false, "staff-02", ResetFor, ErrNoReset}},
		"asked twice, by one":   {{true, "staff-01", 0, nil}, {true, "staff-01", time.Hour, nil}, {false, "staff-01", time.Hour, ErrSamePair}},
		"the second asks too":   {{true, "staff-01", 0, nil}, {true, "staff-02", 0, nil}, {false, "staff-01", 0, ErrSamePair}, {false, "staff-02", 0, nil}},
		"asked again after all": {{true, "staff-01", 0, nil}, {true, "staff-02", ResetFor, nil}, {false, "staff-01", ResetFor, nil}},
		"confirmed twice":       {{true, "staff-01", 0, nil}, {false, "staff-02", 0, nil}, {false, "staff-02", 0, ErrNoReset}},
	} {
		w := newWorld(t)
		secret := w.enrol(me)
		start := w.now
		reset := false
		for i, p := range presses {
			w.now = start.Add(p.when)
			var err error
			code := ""
			if p.ask {
				err = w.accounts.AskReset(t.Context(), me, p.by, w.now)
			} else {
				code, err = w.accounts.ConfirmReset(t.Context(), me, p.by, w.now)
			}
			if !errors.Is(err, p.want) || (code != "") != (!p.ask && err == nil) {
				t.Errorf("%s, %d: %q %v, want %v", name, i+1, code, err, p.want)
			}
			reset = reset || code != ""
		}
		w.now = w.now.Add(time.Minute)
		if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); (err == nil) == reset {
			t.Errorf("%s: the old password: %v", name, err)
		}
	}
	w := newWorld(t)
	if err := w.accounts.AskReset(t.Context(), "staff-99", "staff-01", w.now); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
	if _, err := w.accounts.ConfirmReset(t.Context(), "staff-99", "staff-01", w.now); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
	if none, err := w.accounts.none(); !none || err != nil {
		t.Error("an account was made:", err)
	}
}

// TestResetGivesAccess: a disabled or forgotten account is set up again.
func TestResetGivesAccess(t *testing.T) {
	w := newWorld(t)
	old := w.enrol(me)
	if err := w.accounts.Disable(t.Context(), me, w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.AskReset(t.Context(), me, "staff-01", w.now); err != nil {
		t.Fatal(err)
	}
	code, err := w.accounts.ConfirmReset(t.Context(), me, "staff-02", w.now)
	if err != nil {
		t.Fatal(err)
	}
	secret := w.setUp(me, code)
	if bytes.Equal(old, secret) {
		t.Error("the authenticator is the old one")
	}
	if who, state := w.who(); state != SignedIn || who.Staff != me {
		t.Error(who, state)
	}
}

// TestAccountFile: a file tells nothing but whose it is, and passes for no
// other.
func TestAccountFile(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	w.enrol("staff-01")
	path := w.accounts.path(me)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if !strings.HasPrefix(string(b), "caseledger/account/v2\nstaff staff-07\nkey service/1\nnonce ") {
		t.Errorf("%q", b[:60])
	}
	a, err := w.accounts.Get(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][]byte{secret, []byte(secret.String()), []byte("argon2"), []byte("password"), []byte(a.Password)} {
		if bytes.Contains(b, s) {
			t.Errorf("the file has %q in it", s)
		}
	}
	again := append([]byte{}, b...)
	if err := w.accounts.change(t.Context(), me, func(*Account) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if c, _ := os.ReadFile(path); bytes.Equal(c[100:], again[100:]) {
		t.Error("sealed twice with the same nonce")
	}

	for i := range b {
		flipped := bytes.Clone(b)
		flipped[i] ^= 1
		if _, err := w.accounts.open(t.Context(), me, flipped); err == nil {
			t.Fatalf("byte %d flipped: opens", i)
		}
	}
	if _, err := w.accounts.open(t.Context(), "staff-01", b); !errors.Is(err, events.ErrSealed) {
		t.Error("as another's:", err)
	}
	for what, f := range map[string]func() (*Accounts, error){
		"of another ledger": func() (*Accounts, error) {
			return OpenAccounts(w.accounts.dir, "ledger.example.org/other", w.accounts.keys)
		},
		"under another key": func() (*Accounts, error) {
			return OpenAccounts(w.accounts.dir, w.accounts.origin, fixedKeys{1: {9}})
		},
	} {
		other, err := f()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Get(t.Context(), me); !errors.Is(err, events.ErrSealed) {
			t.Error(what, err)
		}
	}
	for _, bad := range []string{"", "caseledger/account/v2\n", "caseledger/account/v1\nstaff staff-07\nkey case/x\nnonce 00\n\n"} {
		if _, err := w.accounts.open(t.Context(), me, []byte(bad)); err == nil {
			t.Errorf("%q opens", bad)
		}
	}
	if _, err := w.accounts.open(t.Context(), me, []byte("caseledger/account/v3\n")); !errors.Is(err, events.ErrVersion) {
		t.Error(err)
	}
	// A link in its place is not followed.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.accounts.path("staff-01"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := w.accounts.Get(t.Context(), me); err == nil {
		t.Error("a link was followed")
	}
}

// TestNewKey: accounts move to a new service key with the next write.
func TestNewKey(t *testing.T) {
	w := newWorld(t)
	w.enrol(me)
	keys := fixedKeys{1: {1, 2, 3}, 2: {4}}
	s, err := OpenAccounts(w.accounts.dir, w.accounts.origin, keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.change(t.Context(), me, func(*Account) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(s.path(me)); !bytes.Contains(b, []byte("\nkey service/2\n")) {
		t.Errorf("%q", b[:60])
	}
	if a, err := s.Get(t.Context(), me); err != nil || !a.Ready() {
		t.Error(err)
	}
}

func TestAccounts(t *testing.T) {
	w := newWorld(t)
	w.enrol(me)
	if _, err := w.accounts.Add(t.Context(), me, w.now); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	for _, bad := range []string{"", "../x", "Staff-07", "staff 07", "a/b", "staff-07.account", strings.Repeat("a", 33)} {
		if _, err := w.accounts.Add(t.Context(), bad, w.now); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := w.accounts.Add(t.Context(), "staff-01", w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.Disable(t.Context(), "staff-99", w.now); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
	standing := func() (s string) {
		list, err := w.accounts.All(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, a := range list {
			s += a.Staff + " " + a.Standing(w.now) + "; "
		}
		return s
	}
	if got := standing(); got != "staff-01 waits to be set up; staff-07 ready; " {
		t.Error(got)
	}
	w.now = w.now.Add(SetUpFor)
	if err := w.accounts.Disable(t.Context(), me, w.now); err != nil {
		t.Fatal(err)
	}
	if got := standing(); got != "staff-01 set-up code expired; staff-07 disabled; " {
		t.Error(got)
	}
	if err := os.WriteFile(w.accounts.path("staff-02"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := w.accounts.All(t.Context()); len(list) != 2 || err == nil {
		t.Error(list, err)
	}
}

// TestWriteFails: what cannot be written is not in force.
func TestWriteFails(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	lock := filepath.Join(w.accounts.dir, "lock")
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err == nil {
		t.Error("signed in although the code could not be used up")
	}
	if _, state := w.who(); state != None {
		t.Error(state)
	}
}
