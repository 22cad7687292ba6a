package access

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
)

// Scope is one thing that the holder of a token may ask for.
type Scope string

// The scopes. A token of a member of staff has any of them but the last; an
// agency's token has the last alone.
const (
	ScopeAppend     Scope = "events:append"   // record events
	ScopeCases      Scope = "cases:read"      // read cases and lists of them
	ScopeSearch     Scope = "search"          // look for cases
	ScopeDay        Scope = "day:read"        // one's own day and what is due
	ScopeDisclosure Scope = "disclosure:read" // where requests for disclosure stand
	ScopeAudit      Scope = "audit:read"      // whether the record is whole, and who read what
	ScopeReferrals  Scope = "referrals:write" // send a referral, and read nothing
)

// StaffScopes are those of a member of staff's token.
var StaffScopes = []Scope{ScopeAppend, ScopeCases, ScopeSearch, ScopeDay, ScopeDisclosure, ScopeAudit}

const (
	// TokenFor is how long a token lasts that is made without an end.
	TokenFor = 90 * 24 * time.Hour
	// LongestToken is how long one may last.
	LongestToken = 366 * 24 * time.Hour
	// MaxTokens is how many there may be at a time that can be used.
	MaxTokens = 500

	tokenPrefix = "cl_"
	tokenFormat = "caseledger/token/v1"
	tokenSuffix = ".token"
	padToken    = 1 << 10
	maxToken    = 16 << 10
	tokenSecret = 32 // bytes
	tokenCheck  = 4  // bytes
	// agencyPrefix begins what an agency is called where a staff number stands:
	// neither passes for the other.
	agencyPrefix = "agency-"
)

// paceToken is how often one place may come with a token that is none.
var paceToken = Pace{20, 15 * time.Second}

// Errors of tokens.
var (
	ErrTokenCut  = errors.New("the token is not whole")
	ErrToken     = errors.New("the token is not known here, was revoked or has expired")
	ErrNoToken   = fmt.Errorf("there is no such token: %w", events.ErrNotFound)
	errManyOf    = fmt.Errorf("there are %d tokens that can be used: revoke some first", MaxTokens)
	errTokenName = errors.New("a token's name is 1 to 60 letters, digits, spaces, dots and hyphens: name a machine or a use, never a client")
)

var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// TokenSecret is what a token's holder has: 256 random bits, written as cl_ and
// 58 letters and digits, four bytes of which check the others.
type TokenSecret [tokenSecret]byte

// Format hides the secret from every verb of fmt.
func (TokenSecret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "token") }

// Text writes the secret out.
func (s TokenSecret) Text() string {
	check := s.check()
	return tokenPrefix + tokenText.EncodeToString(append(bytes.Clone(s[:]), check[:]...))
}

func (s TokenSecret) check() (c [tokenCheck]byte) {
	sum := sha256.Sum256(append([]byte(tokenFormat+"\n"), s[:]...))
	copy(c[:], sum[:])
	return c
}

// hash is what is kept of the secret.
func (s TokenSecret) hash() []byte {
	sum := sha256.Sum256(s[:])
	return sum[:]
}

// ParseToken reads what Text wrote. The error is ErrTokenCut for what begins as
// a token and is not whole, or was changed; ErrToken for anything else.
func ParseToken(text string) (TokenSecret, error) {
	var s TokenSecret
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok {
		return s, ErrToken
	}
	if len(rest) != tokenText.EncodedLen(tokenSecret+tokenCheck) {
		return s, ErrTokenCut
	}
	b, err := tokenText.DecodeString(rest)
	if err != nil {
		return s, ErrTokenCut
	}
	copy(s[:], b)
	// Bits behind the last byte do not count for the decoder; they do here.
	if subtle.ConstantTimeCompare([]byte(s.Text()), []byte(text)) != 1 {
		return TokenSecret{}, ErrTokenCut
	}
	return s, nil
}

// Agency is who sends referrals from outside.
type Agency struct {
	Code   string `json:"code"`   // such as northshire-police
	Name   string `json:"name"`   // as the referral names it
	Source string `json:"source"` // of its referrals: marac, police or agency
}

// AgencySources are what an agency's referrals can come from.
var AgencySources = []string{"marac", "police", "agency"}

// Actor is what events and the access ledger call the agency.
func (a *Agency) Actor() string { return agencyPrefix + a.Code }

var agencyCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,24}$`)

// Token is what is kept of a token.
type Token struct {
	// ID is the number of the token's chain in the access ledger: 32 hex digits.
	ID      string    `json:"id"`
	Version uint64    `json:"version"` // rises with every change
	Name    string    `json:"name"`
	Hash    []byte    `json:"hash"` // SHA-256 of the secret
	Scopes  []Scope   `json:"scopes"`
	Staff   string    `json:"staff"`  // as whom it acts; "": an agency
	Agency  *Agency   `json:"agency"` // likewise; null: a member of staff
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	Revoked time.Time `json:"revoked"` // zero: it was not
	// Used is the day in London on which it was last used; zero: never.
	Used clock.Date `json:"used"`
}

// Actor is who the token acts as: a staff number, or what the agency is called.
func (t *Token) Actor() string {
	if t.Agency != nil {
		return t.Agency.Actor()
	}
	return t.Staff
}

// Standing says in a word how the token is.
func (t *Token) Standing(now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked"
	case !now.Before(t.Expires):
		return "expired"
	}
	return "ready"
}

// Has reports whether the token may be used for something.
func (t *Token) Has(s Scope) bool { return slices.Contains(t.Scopes, s) }

func (t Token) clone() Token {
	t.Hash, t.Scopes = bytes.Clone(t.Hash), slices.Clone(t.Scopes)
	if t.Agency != nil {
		a := *t.Agency
		t.Agency = &a
	}
	return t
}

var tokenName = regexp.MustCompile(`^[\pL\pN][\pL\pN .-]{0,59}$`)

// check refuses a token that must not be made. Its error is for whoever asked.
func (t *Token) check(now time.Time) error {
	switch {
	case !tokenName.MatchString(t.Name):
		return errTokenName
	case len(t.Scopes) == 0:
		return errors.New("a token without a scope is good for nothing: give at least one")
	case (t.Staff == "") == (t.Agency == nil):
		return errors.New("a token acts as a member of staff or as an agency")
	case !t.Expires.After(now):
		return errors.New("the token would have expired already")
	case t.Expires.After(now.Add(LongestToken)):
		return fmt.Errorf("a token lasts at most %d days", LongestToken/(24*time.Hour))
	}
	for i, s := range t.Scopes {
		switch {
		case slices.Contains(t.Scopes[:i], s):
			return errors.New("the same scope twice")
		case t.Agency != nil && s != ScopeReferrals:
			return fmt.Errorf("an agency's token has the scope %s and no other", ScopeReferrals)
		case t.Agency == nil && !slices.Contains(StaffScopes, s):
			return fmt.Errorf("a member of staff's token has scopes among %s", join(StaffScopes))
		}
	}
	if t.Agency == nil {
		if !ValidStaff(t.Staff) || strings.HasPrefix(t.Staff, agencyPrefix) {
			return errors.New("a staff number is lower-case letters, digits and hyphens, such as staff-07")
		}
		return nil
	}
	switch {
	case !agencyCode.MatchString(t.Agency.Code):
		return errors.New("an agency's code is up to 25 lower-case letters, digits and hyphens, such as northshire-police")
	case t.Agency.Name == "", len([]rune(t.Agency.Name)) > 200, strings.ContainsAny(t.Agency.Name, "\t\r\n"):
		return errors.New("an agency's name is one line")
	case !slices.Contains(AgencySources, t.Agency.Source):
		return fmt.Errorf("an agency's referrals come from one of %s", strings.Join(AgencySources, ", "))
	}
	return nil
}

func join(list []Scope) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// Tokens are the tokens of a ledger, a sealed file each, in one directory.
// Several processes may use it at a time.
type Tokens struct {
	dir   string
	files *sealer

	mu    sync.Mutex
	known known[Token]
}

// OpenTokens opens the tokens in a directory, and makes it when it is not
// there, for its owner alone.
func OpenTokens(dir, origin string, keys Keys) (*Tokens, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	files := &sealer{format: tokenFormat, member: "token", origin: origin, keys: keys, pad: padToken, most: maxToken}
	return &Tokens{dir: dir, files: files, known: known[Token]{}}, nil
}

func (s *Tokens) path(id string) string { return filepath.Join(s.dir, id+tokenSuffix) }

func validID(id string) bool {
	_, err := events.ParseChain(id)
	return err == nil
}

// Get returns a token. The error is ErrNoToken when there is none.
func (s *Tokens) Get(ctx context.Context, id string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(ctx, id)
}

func (s *Tokens) get(ctx context.Context, id string) (Token, error) {
	if !validID(id) {
		return Token{}, ErrNoToken
	}
	t, there, err := s.known.read(s.path(id), id, maxToken, func(b []byte) (t Token, err error) {
		if err = s.files.open(ctx, id, b, &t); err == nil && t.ID != id {
			err = errSealedFile
		}
		return t, err
	})
	if !there {
		return Token{}, ErrNoToken
	} else if err != nil {
		return Token{}, fmt.Errorf("token %s: %w", id, err)
	}
	return t.clone(), nil
}

// All returns every token, the oldest first. One that cannot be read is an
// error that comes after the others.
func (s *Tokens) All(ctx context.Context) ([]Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all(ctx)
}

func (s *Tokens) all(ctx context.Context) ([]Token, error) {
	list, err := listed(s.dir, tokenSuffix, "tokens", validID, func(id string) (Token, error) { return s.get(ctx, id) })
	slices.SortStableFunc(list, func(a, b Token) int { return a.Made.Compare(b.Made) })
	return list, err
}

// locked does something while no other process changes tokens.
func (s *Tokens) locked(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer lock.Close() // gives it back
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	return f()
}

// write makes a token's file durable.
func (s *Tokens) write(t *Token) error {
	delete(s.known, t.ID)
	sealed, err := s.files.seal(t.ID, t)
	if err != nil {
		return fmt.Errorf("token %s: %w", t.ID, err)
	}
	file, err := datadir.CreateFile(s.path(t.ID), true)
	if err != nil {
		return fmt.Errorf("token %s: %w", t.ID, err)
	}
	if _, err := file.Write(sealed); err != nil {
		return errors.Join(fmt.Errorf("token %s: %w", t.ID, err), file.Discard())
	}
	if err := file.Commit(); err != nil {
		return fmt.Errorf("token %s: %w", t.ID, err)
	}
	return nil
}

// Add makes a token of t, of which ID, Version, Hash, Made, Revoked and Used are
// not looked at, and returns it with its secret, which is kept nowhere. A zero
// Expires is TokenFor from now. Before it is made, made is told of it. An error
// that wraps events.ErrInvalid is for whoever asked.
func (s *Tokens) Add(ctx context.Context, t Token, now time.Time, made func(Token) error) (Token, TokenSecret, error) {
	var secret TokenSecret
	_, _ = rand.Read(secret[:]) // never fails
	var id [16]byte
	_, _ = rand.Read(id[:])
	t.ID, t.Version, t.Hash, t.Made, t.Revoked, t.Used = hex.EncodeToString(id[:]), 1, secret.hash(), now, time.Time{}, 0
	if t.Expires.IsZero() {
		t.Expires = now.Add(TokenFor)
	}
	if err := t.check(now); err != nil {
		return Token{}, TokenSecret{}, fmt.Errorf("%w: %w", events.ErrInvalid, err)
	}
	err := s.locked(func() error {
		list, err := s.all(ctx)
		if err != nil {
			return err
		}
		ready := 0
		for i := range list {
			if list[i].Standing(now) == "ready" {
				ready++
			}
		}
		if ready >= MaxTokens {
			return fmt.Errorf("%w: %w", events.ErrInvalid, errManyOf)
		}
		if err := made(t); err != nil {
			return err
		}
		return s.write(&t)
	})
	if err != nil {
		return Token{}, TokenSecret{}, err
	}
	return t, secret, nil
}

// Revoke ends a token at once, after revoked was told of it. One that was
// revoked stays as it is.
func (s *Tokens) Revoke(ctx context.Context, id string, now time.Time, revoked func(Token) error) (Token, error) {
	var t Token
	err := s.locked(func() (err error) {
		delete(s.known, id) // what counts is on the disk
		if t, err = s.get(ctx, id); err != nil {
			return err
		}
		if !t.Revoked.IsZero() {
			return nil
		}
		if err := revoked(t); err != nil {
			return err
		}
		t.Version++
		t.Revoked = now
		return s.write(&t)
	})
	return t, err
}

// used notes the day of a token's use, once a day.
func (s *Tokens) used(ctx context.Context, id string, day clock.Date) error {
	return s.locked(func() error {
		delete(s.known, id)
		t, err := s.get(ctx, id)
		if err != nil || t.Used >= day {
			return err
		}
		t.Version++
		t.Used = day
		return s.write(&t)
	})
}

// find returns the token of a secret. Every token is compared, whichever is the
// right one.
func (s *Tokens) find(ctx context.Context, secret TokenSecret) (found Token, ok bool, err error) {
	list, err := s.All(ctx)
	hash := secret.hash()
	for i := range list {
		if subtle.ConstantTimeCompare(list[i].Hash, hash) == 1 {
			found, ok = list[i], true
		}
	}
	return found, ok, err
}

// Bearers know whose a token is. They are safe for concurrent use.
type Bearers struct {
	tokens   *Tokens
	accounts *Accounts
	staff    Staff
	logger   *slog.Logger
	now      func() time.Time
	limits   *limiter
}

// NewBearers returns the bearers of tokens. Somebody whose account is disabled,
// or who is recorded as inactive, cannot use a token either.
func NewBearers(t *Tokens, o Options) *Bearers {
	return &Bearers{tokens: t, accounts: o.Accounts, staff: o.Staff, logger: o.Logger, now: o.Now, limits: newLimiter()}
}

// Tokens are what the bearers hold.
func (b *Bearers) Tokens() *Tokens { return b.tokens }

// Bearer says who holds a token, from what was sent and where from. Who's
// Session is the token's own number; an agency has no role, so that Decide
// allows it nothing. The error is a *WaitError when the place came with wrong
// ones too often, ErrTokenCut or ErrToken; the token that is returned beside
// ErrToken is one that may be used no more, and has no ID for one that never
// was.
func (b *Bearers) Bearer(ctx context.Context, text, address string) (Token, Who, error) {
	now := b.now()
	fail := func(t Token, err error) (Token, Who, error) {
		if wait := b.limits.take(now, try{fmt.Sprintf("token address %q", address), paceToken}); wait != nil {
			return Token{}, Who{}, wait
		}
		return t, Who{}, err
	}
	secret, err := ParseToken(text)
	if err != nil {
		return fail(Token{}, err)
	}
	t, ok, err := b.tokens.find(ctx, secret)
	switch {
	case err != nil && !ok:
		return Token{}, Who{}, err
	case !ok:
		return fail(Token{}, ErrToken)
	case t.Standing(now) != "ready":
		return fail(t, ErrToken)
	}
	who := Who{Staff: t.Actor(), Session: t.ID}
	if t.Agency == nil {
		if who.Role, ok, err = b.works(ctx, t.Staff); err != nil {
			return Token{}, Who{}, err
		} else if !ok {
			return fail(t, ErrToken)
		}
	}
	if day := clock.DateOf(now); t.Used < day {
		if err := b.tokens.used(ctx, t.ID, day); err != nil {
			// The token is good all the same; its use is in the access ledger.
			b.logger.Warn("the day of a token's use could not be noted", "error", err)
		}
	}
	return t, who, nil
}

// works reports whether somebody works here and may sign in.
func (b *Bearers) works(ctx context.Context, staff string) (Role, bool, error) {
	a, err := b.accounts.Get(ctx, staff)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return "", false, err
	}
	if err == nil && a.Disabled {
		return "", false, nil
	}
	return b.staff.Role(ctx, staff)
}

// How often a token may be used. An agency's makes cases: it sends a few a day.
var (
	paceUse      = Pace{600, 50 * time.Millisecond}
	paceReferral = Pace{60, time.Minute}
)

// Spend counts a use of a token. The error is a *WaitError when there were too
// many.
func (b *Bearers) Spend(t Token) error {
	pace := paceUse
	if t.Agency != nil {
		pace = paceReferral
	}
	return b.limits.take(b.now(), try{fmt.Sprintf("token %s", t.ID), pace})
}
