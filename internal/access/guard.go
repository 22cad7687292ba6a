package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"caseledger/events"
)

const (
	// Rest is how long a session may go without a request until it locks.
	Rest = 15 * time.Minute
	// Longest is how long a session lasts, whatever happens in it.
	Longest = 12 * time.Hour
	// Cookie is the name of the session's cookie: the browser takes it from this
	// host alone, over TLS or from the machine itself.
	Cookie = "__Host-caseledger"

	// settingUp is how long somebody has from a set-up code to a password.
	settingUp = 30 * time.Minute
	// unlockTries is how many wrong passwords end a locked session.
	unlockTries = 5
)

// Errors of signing in. ErrCredentials is one for all causes: a wrong password,
// a wrong or used code, an unknown, disabled or inactive member of staff.
var (
	ErrCredentials = errors.New("the staff number, the password or the code is wrong")
	ErrSetUpCode   = errors.New("the set-up code is wrong, used or too old")
	ErrCode        = errors.New("the authenticator's code is wrong or was used before")
	ErrNotNow      = errors.New("this is not possible in this session")
	ErrFirst       = errors.New("the first account is an administrator's or a manager's")
)

// Staff is what the guard needs to know of who works for the service.
type Staff interface {
	// Role is what somebody is now; active is false for who left and for who was
	// never recorded.
	Role(ctx context.Context, staff string) (role Role, active bool, err error)
	// Enrol records the first administrator, when nobody of that number is
	// recorded yet. The error is ErrFirst for somebody who is, and can give
	// accounts to nobody.
	Enrol(ctx context.Context, staff string) error
}

// Options are what a Guard is made of. All are needed but Cost.
type Options struct {
	Accounts *Accounts
	Staff    Staff
	Logger   *slog.Logger
	Now      func() time.Time
	Cost     Cost // of a password's hash; zero: DefaultCost
}

// Guard knows who asks. It is safe for concurrent use.
type Guard struct {
	accounts *Accounts
	staff    Staff
	logger   *slog.Logger
	now      func() time.Time
	hasher   *hasher
	limits   *limiter
	flows    *flows
	scs      *scs.SessionManager

	mu       sync.Mutex
	sessions map[string]*session
	pending  map[string]*pending
	first    *SetUp // of the first account, while there is none
}

// session is somebody who signed in. It is kept apart from what scs keeps, so
// that requests at the same time do not write over each other.
type session struct {
	staff   string
	version uint64 // of the account
	began   time.Time
	seen    time.Time // last request
	locked  bool
	wrong   int // passwords, since it was locked
	glass   []Glass
}

// pending is somebody with a set-up code who has no password yet.
type pending struct {
	staff  string
	code   string // as typed: it is used up with the password
	first  bool
	secret Secret
	until  time.Time
}

// NewGuard returns a guard without sessions.
func NewGuard(o Options) *Guard {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost
	}
	g := &Guard{
		accounts: o.Accounts, staff: o.Staff, logger: o.Logger, now: o.Now, hasher: newHasher(o.Cost), limits: newLimiter(), flows: newFlows(),
		scs: scs.New(), sessions: map[string]*session{}, pending: map[string]*pending{},
	}
	g.scs.Store = newMemory(time.Now) // scs has the machine's clock; the sessions themselves end by ours
	g.scs.HashTokenInStore = true
	g.scs.Lifetime = Longest
	g.scs.Cookie.Name = Cookie
	g.scs.Cookie.Path = "/"
	g.scs.Cookie.Secure = true
	g.scs.Cookie.HttpOnly = true
	g.scs.Cookie.SameSite = http.SameSiteStrictMode
	g.scs.Cookie.Persist = false
	g.scs.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		g.logger.Error("a session could not be kept", "error", err)
		http.Error(w, "Something went wrong. Tell your administrator.", http.StatusInternalServerError)
	}
	return g
}

// What scs keeps of a session: the name of ours.
const (
	keySession = "session"
	keyPending = "pending"
)

// Session puts the session of a request into its context and its cookie into
// the answer.
func (g *Guard) Session(next http.Handler) http.Handler { return g.scs.LoadAndSave(next) }

// Who says who asks, from a context that went through Session, and counts the
// request as activity. When the session is locked who has the staff number all
// the same.
func (g *Guard) Who(ctx context.Context) (Who, State) { return g.who(ctx, true) }

// Peek is Who for what no person does: an open stream, a poll.
func (g *Guard) Peek(ctx context.Context) (Who, State) { return g.who(ctx, false) }

func (g *Guard) who(ctx context.Context, active bool) (Who, State) {
	id := g.scs.GetString(ctx, keySession)
	if id == "" {
		return Who{}, None
	}
	now := g.now()
	g.mu.Lock()
	s, ok := g.sessions[id]
	if ok && !now.Before(s.began.Add(Longest)) {
		delete(g.sessions, id)
		ok = false
	}
	if !ok {
		g.mu.Unlock()
		return Who{}, None
	}
	staff, version := s.staff, s.version
	g.mu.Unlock()

	role, ok := g.stands(ctx, staff, version)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !ok {
		delete(g.sessions, id)
		return Who{}, None
	}
	if now.Sub(s.seen) >= Rest {
		s.locked = true
	}
	who := Who{Staff: staff, Role: role, Session: id, Glass: slices.Clone(s.glass)}
	if s.locked {
		return who, Locked
	}
	if active && now.After(s.seen) {
		s.seen = now
	}
	return who, SignedIn
}

// stands reports whether an account is still what it was when its session
// began. What cannot be read does not stand.
func (g *Guard) stands(ctx context.Context, staff string, version uint64) (Role, bool) {
	a, err := g.accounts.Get(ctx, staff)
	if err != nil || a.Disabled || a.Version != version {
		if err != nil && !errors.Is(err, ErrNoAccount) {
			g.logger.Error("an account could not be read", "error", err)
		}
		return "", false
	}
	role, active, err := g.staff.Role(ctx, staff)
	if err != nil {
		g.logger.Error("who works for the service could not be read", "error", err)
	}
	return role, err == nil && active
}

// Decide is the package's Decide.
func (g *Guard) Decide(who Who, a Action, c *CaseFacts, now time.Time) Decision {
	return Decide(who, a, c, now)
}

// Attempt is what somebody signs in with.
type Attempt struct {
	Staff, Password, Code string
	Address               string // where from
}

// SignIn checks an attempt and begins a session. Before it does, began is told
// who it is; when that fails, nobody is signed in. The error is a *WaitError
// when it was tried too often, ErrCredentials when it is wrong; both are the
// same for staff who have no account.
func (g *Guard) SignIn(ctx context.Context, a Attempt, began func(Who) error) error {
	now := g.now()
	tries := attempts("sign-in", a.Staff, a.Address)
	if err := g.limits.take(now, tries...); err != nil {
		return err
	}
	role, version, err := g.check(ctx, a.Staff, a.Password, a.Code, now)
	if err != nil {
		return err
	}
	g.limits.giveBack(tries...)
	return g.begin(ctx, a.Staff, role, version, now, began)
}

// check checks who somebody is. It works as long for who does not exist.
func (g *Guard) check(ctx context.Context, staff, password, code string, now time.Time) (Role, uint64, error) {
	acc, err := g.accounts.Get(ctx, staff)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return "", 0, err
	}
	secret := acc.Secret
	if !acc.Ready() {
		acc.Password, secret = "", make([]byte, secretSize)
	}
	right, stale, err := g.hasher.verify(ctx, password, acc.Password)
	if err != nil {
		return "", 0, err
	}
	_, fresh := matchCode(secret, code, acc.Step, now)
	if !right || !fresh {
		return "", 0, ErrCredentials
	}
	role, active, err := g.staff.Role(ctx, staff)
	if err != nil {
		return "", 0, err
	}
	if !active {
		return "", 0, ErrCredentials
	}
	anew := ""
	if stale {
		if anew, err = g.hasher.hash(ctx, password); err != nil {
			return "", 0, err
		}
	}
	// The code is used up, on the disk, before it opens anything.
	err = g.accounts.change(ctx, staff, func(now2 *Account) error {
		used, fresh := matchCode(now2.Secret, code, now2.Step, now)
		if !fresh || now2.Version != acc.Version || !now2.Ready() {
			return ErrCredentials // another request was quicker
		}
		now2.Step = used
		if anew != "" {
			now2.Password = anew
		}
		return nil
	})
	return role, acc.Version, err
}

// begin begins a session under a new token.
func (g *Guard) begin(ctx context.Context, staff string, role Role, version uint64, now time.Time, began func(Who) error) error {
	id := newID()
	if err := began(Who{Staff: staff, Role: role, Session: id}); err != nil {
		return err
	}
	g.drop(ctx)
	if err := g.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	g.scs.Put(ctx, keySession, id)
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, s := range g.sessions {
		if !now.Before(s.began.Add(Longest)) {
			delete(g.sessions, id)
		}
	}
	g.sessions[id] = &session{staff: staff, version: version, began: now, seen: now}
	return nil
}

// newID is the name of a session: the number of its chain in the record of who
// looked at what.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// drop forgets the session of a context, and what was being set up in it.
func (g *Guard) drop(ctx context.Context) {
	id, p := g.scs.PopString(ctx, keySession), g.scs.PopString(ctx, keyPending)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sessions, id)
	delete(g.pending, p)
}

// live is the session of a context that has not ended. Its caller holds mu.
func (g *Guard) live(ctx context.Context) *session {
	return g.sessions[g.scs.GetString(ctx, keySession)]
}

// Has reports whether somebody has an account, to record whose was tried. It
// is never shown.
func (g *Guard) Has(ctx context.Context, staff string) bool {
	_, err := g.accounts.Get(ctx, staff)
	return err == nil
}

// Lock locks the session: it opens with the password.
func (g *Guard) Lock(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.live(ctx); s != nil {
		s.locked = true
	}
}

// Unlock opens a locked session again, under a new token, after again was told
// who it is. Five wrong passwords end it: the error is then ErrNotNow.
// Otherwise it is as SignIn's.
func (g *Guard) Unlock(ctx context.Context, password, address string, again func(Who) error) error {
	who, state := g.Peek(ctx)
	if state != Locked {
		return ErrNotNow
	}
	now := g.now()
	tries := attempts("sign-in", who.Staff, address)
	if err := g.limits.take(now, tries...); err != nil {
		return err
	}
	a, err := g.accounts.Get(ctx, who.Staff)
	if err != nil {
		return err
	}
	right, _, err := g.hasher.verify(ctx, password, a.Password)
	if err != nil {
		return err
	}
	var wrong error
	if right {
		g.limits.giveBack(tries...)
	} else {
		wrong = ErrCredentials
	}
	return g.reopen(ctx, who, a.Version, wrong, now, again)
}

// reopen opens the locked session of who under a new token, after again was
// told, unless what they tried was wrong: that is counted, and too much of it
// ends the session.
func (g *Guard) reopen(ctx context.Context, who Who, version uint64, wrong error, now time.Time, again func(Who) error) error {
	if wrong == nil {
		if err := again(who); err != nil {
			return err
		}
		if err := g.scs.RenewToken(ctx); err != nil {
			return fmt.Errorf("session: %w", err)
		}
	}
	err := wrong
	g.mu.Lock()
	s := g.live(ctx)
	switch {
	case s == nil || wrong == nil && (s.version != version || s.wrong >= unlockTries):
		err = ErrNotNow
	case wrong == nil:
		s.locked, s.wrong, s.seen = false, 0, now
	default:
		s.wrong++
		if s.wrong >= unlockTries {
			err = ErrNotNow
		}
	}
	g.mu.Unlock()
	if errors.Is(err, ErrNotNow) {
		return errors.Join(err, g.SignOut(ctx))
	}
	return err
}

// ChangePassword gives who is signed in another password, when they prove once
// more who they are, after changed was told who it is. Their other sessions
// end; this one goes on under a new token. The error is a *PasswordError,
// otherwise as SignIn's; ErrNotNow when nobody is signed in.
func (g *Guard) ChangePassword(ctx context.Context, a Attempt, password string, changed func(Who) error) error {
	who, state := g.Who(ctx)
	if state != SignedIn {
		return ErrNotNow
	}
	a.Staff = who.Staff
	if err := CheckPassword(a.Staff, password); err != nil {
		return err
	}
	now := g.now()
	tries := attempts("sign-in", a.Staff, a.Address)
	if err := g.limits.take(now, tries...); err != nil {
		return err
	}
	_, version, err := g.check(ctx, a.Staff, a.Password, a.Code, now)
	if err != nil {
		return err
	}
	g.limits.giveBack(tries...)
	hash, err := g.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := changed(who); err != nil {
		return err
	}
	return g.renew(ctx, a.Staff, version, func(acc *Account) error {
		acc.Password, acc.Changed = hash, now
		return nil
	})
}

// renew changes the credentials of who is signed in, as long as they are those
// of a version. Their other sessions end; this one goes on under a new token.
func (g *Guard) renew(ctx context.Context, staff string, version uint64, f func(*Account) error) error {
	if err := g.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	err := g.accounts.change(ctx, staff, func(a *Account) error {
		if a.Version != version || a.Disabled {
			return ErrNotNow // reset or disabled meanwhile
		}
		a.Version++
		return f(a)
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.live(ctx); s != nil {
		s.version = version + 1
	}
	return nil
}

// SignOut ends the session and takes its cookie back.
func (g *Guard) SignOut(ctx context.Context) error {
	g.drop(ctx)
	if err := g.scs.Destroy(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// BreakGlass lets the session see one case for GlassFor, under a new token. It
// does not decide whether that is allowed, and records nothing: do both before.
func (g *Guard) BreakGlass(ctx context.Context, chain events.Chain) (Glass, error) {
	if _, state := g.Who(ctx); state != SignedIn {
		return Glass{}, ErrNotNow
	}
	if err := g.scs.RenewToken(ctx); err != nil {
		return Glass{}, fmt.Errorf("session: %w", err)
	}
	now := g.now()
	glass := Glass{Chain: chain, Until: now.Add(GlassFor)}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.live(ctx)
	if s == nil {
		return Glass{}, ErrNotNow
	}
	s.glass = append(slices.DeleteFunc(s.glass, func(g Glass) bool { return g.Chain == chain || !now.Before(g.Until) }), glass)
	return glass, nil
}
