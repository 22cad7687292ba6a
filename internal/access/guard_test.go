package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caseledger/events"
)

// cheap is a cost that tests can pay.
var cheap = Cost{Memory: 64, Time: 1, Lanes: 1}

const goodPassword = "kettle by the harbour 4"

type fixedKeys map[uint64]events.Key

func (k fixedKeys) Service() (events.KeyRef, events.Key) {
	n := uint64(len(k))
	return events.ServiceKey(n), k[n]
}

func (k fixedKeys) Key(_ context.Context, ref events.KeyRef) (events.Key, error) {
	key, ok := k[ref.Gen]
	if !ok || !ref.Service {
		return key, events.ErrNotFound
	}
	return key, nil
}

// staffList is who works for the service in a test.
type staffList struct {
	mu    sync.Mutex
	roles map[string]Role
}

func (s *staffList) Role(_ context.Context, staff string) (Role, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.roles[staff]
	return r, ok, nil
}

func (s *staffList) Enrol(_ context.Context, staff string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.roles[staff]; !ok {
		s.roles[staff] = Administrator
	}
	return nil
}

// world is a guard with a clock that the test turns, and a browser.
type world struct {
	t        *testing.T
	guard    *Guard
	accounts *Accounts
	staff    *staffList
	now      time.Time
	logs     *bytes.Buffer
	cookie   *http.Cookie
	began    []Who
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: here, logs: new(bytes.Buffer), staff: &staffList{roles: map[string]Role{"staff-01": Manager, "staff-02": Administrator, me: Adviser}}}
	var err error
	w.accounts, err = OpenAccounts(filepath.Join(t.TempDir(), "access", "accounts"), "ledger.example.org/cases", fixedKeys{1: {1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	w.guard = NewGuard(Options{
		Accounts: w.accounts, Staff: w.staff, Logger: slog.New(slog.NewTextHandler(w.logs, nil)), Now: func() time.Time { return w.now }, Cost: cheap,
	})
	return w
}

// ask makes a request of the browser: f is what its handler does.
func (w *world) ask(f func(ctx context.Context)) *http.Response {
	w.t.Helper()
	r := httptest.NewRequest("GET", "https://ledger.example.org/", nil)
	if w.cookie != nil {
		r.AddCookie(w.cookie)
	}
	rec := httptest.NewRecorder()
	w.guard.Session(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r.Context()) })).ServeHTTP(rec, r)
	res := rec.Result()
	for _, c := range res.Cookies() {
		if c.Name == Cookie {
			w.cookie = c
		}
	}
	return res
}

func (w *world) who() (who Who, state State) {
	w.ask(func(ctx context.Context) { who, state = w.guard.Who(ctx) })
	return who, state
}

func (w *world) note(who Who) error {
	w.began = append(w.began, who)
	return nil
}

// signIn signs somebody in, in a step of its own.
func (w *world) signIn(staff, password, code string) (err error) {
	w.ask(func(ctx context.Context) {
		err = w.guard.SignIn(ctx, Attempt{Staff: staff, Password: password, Code: code, Address: "192.0.2.1"}, w.note)
	})
	return err
}

// enrol makes an account that is ready, and returns its secret. The clock goes
// on to the next code.
func (w *world) enrol(staff string) Secret {
	w.t.Helper()
	code, err := w.accounts.Add(w.t.Context(), staff, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	secret := w.setUp(staff, code)
	w.ask(func(ctx context.Context) { err = w.guard.SignOut(ctx) })
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(time.Minute)
	return secret
}

func (w *world) setUp(staff, code string) (secret Secret) {
	w.t.Helper()
	var err error
	w.ask(func(ctx context.Context) { err = w.guard.BeginSetUp(ctx, staff, code, "192.0.2.1") })
	if err != nil {
		w.t.Fatal("begin:", err)
	}
	w.ask(func(ctx context.Context) {
		_, secret, _ = w.guard.SettingUp(ctx)
		err = w.guard.FinishSetUp(ctx, goodPassword, CodeAt(secret, w.now), "192.0.2.1", w.note)
	})
	if err != nil {
		w.t.Fatal("finish:", err)
	}
	return secret
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	if who, state := w.who(); state != None || who.Staff != "" {
		t.Fatal("before signing in:", who, state)
	}
	code := CodeAt(secret, w.now)
	if err := w.signIn(me, goodPassword, code); err != nil {
		t.Fatal(err)
	}
	who, state := w.who()
	if state != SignedIn || who.Staff != me || who.Role != Adviser || len(who.Session) != 32 {
		t.Fatal(who, state)
	}
	if last := w.began[len(w.began)-1]; last.Session != who.Session {
		t.Errorf("told of session %s, is %s", last.Session, who.Session)
	}
	c := w.cookie
	if c.Name != "__Host-caseledger" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || !c.Expires.IsZero() || c.MaxAge != 0 {
		t.Errorf("cookie %v", c)
	}

	// A code opens once, also for somebody with the password.
	thief := *w
	thief.cookie = nil
	if err := thief.signIn(me, goodPassword, code); !errors.Is(err, ErrCredentials) {
		t.Error("a code was taken twice:", err)
	}
	// A new sign-in has a new token; the old one is worth nothing.
	old := w.cookie
	w.now = w.now.Add(time.Minute)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	if w.cookie.Value == old.Value {
		t.Error("the token was not changed")
	}
	thief.cookie = old
	if who, state := thief.who(); state != None {
		t.Error("the old token still opens:", who, state)
	}
	// Signed out, the cookie opens nothing either.
	old = w.cookie
	w.ask(func(ctx context.Context) { _ = w.guard.SignOut(ctx) })
	thief.cookie = old
	if who, state := thief.who(); state != None {
		t.Error("after signing out:", who, state)
	}
}

// TestNoOracle: whatever is wrong, the answer is the same, and so is the
// number of attempts until somebody has to wait.
func TestNoOracle(t *testing.T) {
	w := newWorld(t)
	secrets := map[string]Secret{}
	for _, s := range []string{me, "staff-01", "staff-02"} {
		secrets[s] = w.enrol(s)
	}
	w.staff.roles["staff-03"] = Adviser
	if _, err := w.accounts.Add(t.Context(), "staff-03", w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.Disable(t.Context(), "staff-01", w.now); err != nil {
		t.Fatal(err)
	}
	delete(w.staff.roles, "staff-02") // left
	for name, a := range map[string]Attempt{
		"wrong password":  {Staff: me, Password: goodPassword + "!", Code: CodeAt(secrets[me], w.now)},
		"wrong code":      {Staff: me, Password: goodPassword, Code: "000000"},
		"no code":         {Staff: me, Password: goodPassword},
		"no password":     {Staff: me, Code: CodeAt(secrets[me], w.now)},
		"long password":   {Staff: me, Password: strings.Repeat("a", 1<<20), Code: CodeAt(secrets[me], w.now)},
		"an early code":   {Staff: me, Password: goodPassword, Code: CodeAt(secrets[me], w.now.Add(2*time.Minute))},
		"disabled":        {Staff: "staff-01", Password: goodPassword, Code: CodeAt(secrets["staff-01"], w.now)},
		"left":            {Staff: "staff-02", Password: goodPassword, Code: CodeAt(secrets["staff-02"], w.now)},
		"never set up":    {Staff: "staff-03", Password: "", Code: CodeAt(make([]byte, secretSize), w.now)},
		"no account":      {Staff: "staff-99", Password: goodPassword, Code: "123456"},
		"no staff number": {Staff: "../../etc/passwd", Password: goodPassword, Code: "123456"},
		"nothing":         {},
	} {
		w.guard.limits = newLimiter()
		for n := 1; n <= 7; n++ {
			err := w.signIn(a.Staff, a.Password, a.Code)
			var wait *WaitError
			switch {
			case n <= pacePair.Burst && err != ErrCredentials:
				t.Errorf("%s, attempt %d: %v", name, n, err)
			case n > pacePair.Burst && (!errors.As(err, &wait) || wait.For != pacePair.Every+time.Second):
				t.Errorf("%s, attempt %d: %v", name, n, err)
			}
		}
		if _, state := w.who(); state != None {
			t.Errorf("%s: signed in", name)
		}
	}
	if w.logs.Len() > 0 {
		t.Errorf("logged: %s", w.logs.String())
	}
}

// TestLimits: the right password has to wait too; right ones are not counted.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	for range 20 {
		w.now = w.now.Add(time.Minute)
		if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
			t.Fatal("many right ones:", err)
		}
	}
	for range pacePair.Burst {
		_ = w.signIn(me, "no", "000000")
	}
	w.now = w.now.Add(time.Minute)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); !errors.Is(err, ErrWait) {
		t.Fatal("after five wrong ones:", err)
	}
	w.now = w.now.Add(time.Minute + 2*time.Second)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal("after the wait:", err)
	}

	// Many places try one account, one place tries many accounts.
	l := newLimiter()
	allowed := func(n int, staff, address func(int) string) (ok int) {
		for i := range n {
			if l.take(here, attempts("sign-in", staff(i), address(i))...) == nil {
				ok++
			}
		}
		return ok
	}
	same := func(s string) func(int) string { return func(int) string { return s } }
	each := func(s string) func(int) string { return func(i int) string { return fmt.Sprint(s, i) } }
	if ok := allowed(500, same(me), each("address")); ok != paceAccount.Burst {
		t.Errorf("%d attempts at one account", ok)
	}
	if ok := allowed(500, each("staff-"), same("192.0.2.9")); ok != paceAddress.Burst {
		t.Errorf("%d attempts from one address", ok)
	}
	for i := range 2 * maxBuckets {
		_ = l.take(here.Add(time.Duration(i)*time.Hour), try{fmt.Sprint(i), pacePair})
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
}

// TestLockAndEnd: fifteen minutes without a request lock, twelve hours end;
// what asks by itself keeps nothing awake.
func TestLockAndEnd(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.now = w.now.Add(Rest - time.Second)
		if _, state := w.who(); state != SignedIn {
			t.Fatal("with requests:", state)
		}
	}
	w.now = w.now.Add(Rest - time.Second)
	w.ask(func(ctx context.Context) {
		if _, state := w.guard.Peek(ctx); state != SignedIn {
			t.Error("peeking:", state)
		}
	})
	w.now = w.now.Add(time.Second)
	if who, state := w.who(); state != Locked || who.Staff != me {
		t.Fatal("after fifteen minutes:", who, state)
	}
	if _, state := w.who(); state != Locked {
		t.Fatal("a request opened the lock:", state)
	}
	unlock := func(password string) (err error) {
		w.ask(func(ctx context.Context) { err = w.guard.Unlock(ctx, password, "192.0.2.1", w.note) })
		return err
	}
	if err := unlock("wrong"); err != ErrCredentials {
		t.Fatal(err)
	}
	old := w.cookie
	if err := unlock(goodPassword); err != nil {
		t.Fatal(err)
	}
	if who, state := w.who(); state != SignedIn || who.Staff != me || w.cookie.Value == old.Value {
		t.Fatal("unlocked:", who, state)
	}
	if err := unlock(goodPassword); err != ErrNotNow {
		t.Error("an open session was unlocked:", err)
	}

	// Five wrong passwords end it, however slowly.
	w.ask(func(ctx context.Context) { w.guard.Lock(ctx) })
	for n := 1; n <= unlockTries; n++ {
		w.now = w.now.Add(10 * time.Minute)
		if err := unlock("wrong"); (n < unlockTries) != errors.Is(err, ErrCredentials) {
			t.Errorf("wrong password %d: %v", n, err)
		}
	}
	if _, state := w.who(); state != None {
		t.Error("after five wrong passwords:", state)
	}

	w.now = w.now.Add(time.Hour)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	began := w.now
	for ; w.now.Before(began.Add(Longest - time.Minute)); w.now = w.now.Add(10 * time.Minute) {
		if _, state := w.who(); state != SignedIn {
			t.Fatal(w.now, state)
		}
	}
	w.now = began.Add(Longest)
	if _, state := w.who(); state != None {
		t.Error("after twelve hours:", state)
	}
}

// TestChangesActAtOnce: whoever is disabled, reset, recorded as gone or in
// another role is that with the next request.
func TestChangesActAtOnce(t *testing.T) {
	for name, change := range map[string]func(w *world) error{
		"disabled": func(w *world) error { return w.accounts.Disable(t.Context(), me, w.now) },
		"reset": func(w *world) error {
			if err := w.accounts.AskReset(t.Context(), me, "staff-01", w.now); err != nil {
				return err
			}
			_, err := w.accounts.ConfirmReset(t.Context(), me, "staff-02", w.now)
			return err
		},
		"left":         func(w *world) error { delete(w.staff.roles, me); return nil },
		"file is gone": func(w *world) error { return os.Remove(w.accounts.path(me)) },
		"file is damaged": func(w *world) error {
			return os.WriteFile(w.accounts.path(me), []byte(accountFormat+"\n"), 0o600)
		},
		"by another process": func(w *world) error {
			other, err := OpenAccounts(w.accounts.dir, w.accounts.origin, w.accounts.keys)
			if err != nil {
				return err
			}
			return other.Disable(t.Context(), me, w.now)
		},
	} {
		w := newWorld(t)
		secret := w.enrol(me)
		if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
			t.Fatal(err)
		}
		if err := change(w); err != nil {
			t.Fatal(name, err)
		}
		if who, state := w.who(); state != None {
			t.Errorf("%s: %v %v", name, who, state)
		}
	}
	w := newWorld(t)
	secret := w.enrol(me)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	w.staff.roles[me] = Helpline
	if who, state := w.who(); state != SignedIn || who.Role != Helpline {
		t.Errorf("another role: %v %v", who, state)
	}
}

// TestNotRecorded: when the beginning of a session cannot be recorded, nobody
// is signed in, and the code is used up all the same.
func TestNotRecorded(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	full := errors.New("disk full")
	var err error
	w.ask(func(ctx context.Context) {
		err = w.guard.SignIn(ctx, Attempt{me, goodPassword, CodeAt(secret, w.now), "192.0.2.1"}, func(Who) error { return full })
	})
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	if _, state := w.who(); state != None {
		t.Fatal("signed in without a record")
	}
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); !errors.Is(err, ErrCredentials) {
		t.Error("the code was taken twice:", err)
	}
}

func TestForgedCookies(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	good := w.cookie.Value
	sum := sha256.Sum256([]byte(good))
	for _, v := range []string{"", "x", good + "x", good[1:], strings.ToLower(good), fmt.Sprintf("%x", sum), w.began[0].Session, w.began[len(w.began)-1].Session} {
		w.cookie = &http.Cookie{Name: Cookie, Value: v}
		if who, state := w.who(); state != None {
			t.Errorf("%q opens: %v %v", v, who, state)
		}
	}
	w.cookie = &http.Cookie{Name: "caseledger", Value: good}
	if _, state := w.who(); state != None {
		t.Error("another cookie opens")
	}
}

func TestBreakGlass(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	chain := events.Chain{9}
	var glass Glass
	var err error
	press := func() { w.ask(func(ctx context.Context) { glass, err = w.guard.BreakGlass(ctx, chain) }) }
	if press(); !errors.Is(err, ErrNotNow) {
		t.Fatal("without a session:", err)
	}
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	old := w.cookie.Value
	press()
	if err != nil || glass != (Glass{chain, w.now.Add(GlassFor)}) || w.cookie.Value == old {
		t.Fatal(glass, err)
	}
	other := &CaseFacts{Chain: chain, Adviser: "staff-08", Stage: "open"}
	who, _ := w.who()
	if d := Decide(who, CaseOpen, other, w.now); !d.Allowed || !d.Glass {
		t.Errorf("%+v", d)
	}
	for range 6 {
		w.now = w.now.Add(10 * time.Minute)
		who, _ = w.who()
	}
	if d := Decide(who, CaseOpen, other, w.now); d.Allowed {
		t.Errorf("after an hour: %+v", d)
	}
	press()
	if who, _ = w.who(); len(who.Glass) != 1 {
		t.Errorf("broken again: %+v", who.Glass)
	}
	w.ask(func(ctx context.Context) { w.guard.Lock(ctx) })
	if press(); !errors.Is(err, ErrNotNow) {
		t.Error("in a locked session:", err)
	}
}

// TestFirst: one code makes one account, the first; then it is worth nothing.
func TestFirst(t *testing.T) {
	w := newWorld(t)
	code, err := w.guard.First()
	if err != nil || len(code) != 24 {
		t.Fatal(code, err)
	}
	begin := func(staff, code string) (err error) {
		w.ask(func(ctx context.Context) { err = w.guard.BeginSetUp(ctx, staff, code, "192.0.2.1") })
		return err
	}
	for _, wrong := range []string{"", "0000-0000-0000-0000-0000", code[:23]} {
		if err := begin("staff-50", wrong); !errors.Is(err, ErrSetUpCode) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	w.guard.limits = newLimiter()
	if err := begin("Staff 50", code); !errors.Is(err, ErrSetUpCode) {
		t.Error("not a staff number:", err)
	}
	// As people type it.
	w.setUp("staff-50", strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(code, "-", " "), "1", "l")))
	if who, state := w.who(); state != SignedIn || who.Role != Administrator {
		t.Error(who, state)
	}
	if err := begin("staff-51", code); !errors.Is(err, ErrSetUpCode) {
		t.Error("used twice:", err)
	}
	if code, err := w.guard.First(); code != "" || err != nil {
		t.Error("a second first account:", code, err)
	}
}

// TestFirstRace: of two who set up the first account at once, one has it.
func TestFirstRace(t *testing.T) {
	w := newWorld(t)
	code, err := w.guard.First()
	if err != nil {
		t.Fatal(err)
	}
	rival := *w
	rival.setUp("staff-51", code)
	var finish error
	w.ask(func(ctx context.Context) { finish = w.guard.BeginSetUp(ctx, "staff-52", code, "192.0.2.1") })
	if !errors.Is(finish, ErrSetUpCode) {
		t.Error(finish)
	}

	w = newWorld(t)
	if code, err = w.guard.First(); err != nil {
		t.Fatal(err)
	}
	w.ask(func(ctx context.Context) { err = w.guard.BeginSetUp(ctx, "staff-52", code, "192.0.2.1") })
	if err != nil {
		t.Fatal(err)
	}
	rival = *w
	rival.cookie = nil
	rival.setUp("staff-51", code)
	w.ask(func(ctx context.Context) {
		_, secret, _ := w.guard.SettingUp(ctx)
		finish = w.guard.FinishSetUp(ctx, goodPassword, CodeAt(secret, w.now), "192.0.2.1", w.note)
	})
	if !errors.Is(finish, ErrSetUpCode) {
		t.Error("both have it:", finish)
	}
	if _, err := w.accounts.Get(t.Context(), "staff-52"); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
}

func TestSetUp(t *testing.T) {
	w := newWorld(t)
	code, err := w.accounts.Add(t.Context(), me, w.now)
	if err != nil {
		t.Fatal(err)
	}
	begin := func(staff string) (err error) {
		w.ask(func(ctx context.Context) { err = w.guard.BeginSetUp(ctx, staff, code, "192.0.2.1") })
		return err
	}
	finish := func(password string, off time.Duration) (err error) {
		w.ask(func(ctx context.Context) {
			_, secret, _ := w.guard.SettingUp(ctx)
			err = w.guard.FinishSetUp(ctx, password, CodeAt(secret, w.now.Add(off)), "192.0.2.1", w.note)
		})
		return err
	}
	if err := begin("staff-01"); !errors.Is(err, ErrSetUpCode) {
		t.Error("another's code:", err)
	}
	if err := finish(goodPassword, 0); !errors.Is(err, ErrNotNow) {
		t.Error("without a code:", err)
	}
	if err := begin(me); err != nil {
		t.Fatal(err)
	}
	if err := finish("short", 0); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
	if err := finish(goodPassword, time.Hour); !errors.Is(err, ErrCode) {
		t.Error(err)
	}
	// Somebody who left cannot begin.
	delete(w.staff.roles, me)
	if err := finish(goodPassword, 0); !errors.Is(err, ErrCredentials) {
		t.Error(err)
	}
	w.staff.roles[me] = Adviser
	// The half hour is over: the code still works.
	w.now = w.now.Add(settingUp)
	if err := finish(goodPassword, 0); !errors.Is(err, ErrNotNow) {
		t.Error(err)
	}
	if err := begin(me); err != nil {
		t.Fatal(err)
	}
	if err := finish(goodPassword, 0); err != nil {
		t.Fatal(err)
	}
	if err := begin(me); !errors.Is(err, ErrSetUpCode) {
		t.Error("used twice:", err)
	}
	code, err = w.accounts.Add(t.Context(), "staff-01", w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(SetUpFor)
	if err := begin("staff-01"); !errors.Is(err, ErrSetUpCode) {
		t.Error("a day old:", err)
	}
}

// TestChangePassword: only with the old password and a code; other sessions
// end, this one goes on.
func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	const fresh = "seven brown envelopes"
	change := func(w *world, old, code, password string) (err error) {
		w.ask(func(ctx context.Context) {
			err = w.guard.ChangePassword(ctx, Attempt{Staff: "staff-01", Password: old, Code: code, Address: "192.0.2.1"}, password, w.note)
		})
		return err
	}
	if err := change(w, goodPassword, CodeAt(secret, w.now), fresh); !errors.Is(err, ErrNotNow) {
		t.Error("without a session:", err)
	}
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	other := *w
	other.cookie = nil
	other.now = w.now.Add(time.Minute)
	w.now = other.now
	if err := other.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Minute)
	for _, c := range [][3]string{{"wrong", CodeAt(secret, w.now), fresh}, {goodPassword, "000000", fresh}, {goodPassword, CodeAt(secret, w.now), "short"}} {
		if err := change(w, c[0], c[1], c[2]); !errors.Is(err, ErrCredentials) && !errors.Is(err, ErrPassword) {
			t.Error(c, err)
		}
	}
	if _, state := other.who(); state != SignedIn {
		t.Error("a failed change ended a session:", state)
	}
	old := w.cookie.Value
	if err := change(w, goodPassword, CodeAt(secret, w.now), fresh); err != nil {
		t.Fatal(err)
	}
	if who, state := w.who(); state != SignedIn || who.Staff != me || w.cookie.Value == old {
		t.Error(who, state)
	}
	if _, state := other.who(); state != None {
		t.Error("another session goes on:", state)
	}
	w.now = w.now.Add(time.Minute)
	if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); !errors.Is(err, ErrCredentials) {
		t.Error("the old password:", err)
	}
	if err := w.signIn(me, fresh, CodeAt(secret, w.now)); err != nil {
		t.Error("the new one:", err)
	}
}
