package access

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"caseledger/events"
)

const (
	// MaxPasskeys is how many passkeys an account can have.
	MaxPasskeys = 10
	// MaxPasskeyName is how long the name of one can be, in characters.
	MaxPasskeyName = 40
	// MaxAnswer is the longest answer of an authenticator that is read, in bytes.
	MaxAnswer = 32 << 10

	maxPasskeyID  = 1023 // bytes (WebAuthn Level 3, section 4, "credential ID")
	maxPasskeyKey = 1024 // bytes; an RSA key of 4096 bits takes 530
	handleSize    = 32
)

// Passkey is a key of an authenticator that stands for password and code.
type Passkey struct {
	ID   []byte `json:"id"`
	Name string `json:"name"` // what its owner calls it
	Key  []byte `json:"key"`  // public, COSE
	// Flags are those of the authenticator data (WebAuthn, section 6.1) as they
	// were last: user verified, can be backed up, is backed up.
	Flags byte `json:"flags"`
	// Count is the authenticator's own count of signatures; 0: it keeps none.
	Count uint32 `json:"count"`
	// Copied: its count went back once. It opens nothing any more.
	Copied bool `json:"copied"`
	// Hidden: the authenticator cannot offer it by itself. It opens a locked
	// session, and signs nobody in.
	Hidden bool      `json:"hidden"`
	Made   time.Time `json:"made"`
	Used   time.Time `json:"used"` // zero: not since it was made
}

// Errors of passkeys, for people.
var (
	ErrPasskeyName = fmt.Errorf("a passkey's name has 1 to %d characters", MaxPasskeyName)
	ErrPasskeys    = fmt.Errorf("an account has at most %d passkeys: remove one first", MaxPasskeys)
	ErrCopied      = errors.New("this passkey may have been copied and is not accepted any more")
	ErrNoPasskey   = fmt.Errorf("there is no such passkey: %w", events.ErrNotFound)
)

// What flows with passkeys are begun for.
const (
	flowPasskey  = "passkey"     // sign in
	flowUnlock   = "unlock"      // open a locked session
	flowRegister = "new passkey" // register one
)

// Passkeys are how people sign in with passkeys at one origin.
type Passkeys struct {
	guard  *Guard
	origin string
	party  *webauthn.WebAuthn
}

// NewPasskeys lets people sign in with passkeys at an origin, such as
// https://cases.example.org or http://localhost:8080. The error wraps
// events.ErrInvalid when browsers have no passkeys for it: they want https and
// a name, or this machine by the name localhost.
func NewPasskeys(g *Guard, origin string) (*Passkeys, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") || u.Scheme+"://"+u.Host != origin || protocol.ValidateRPID(u.Hostname()) != nil {
		return nil, fmt.Errorf("passkeys need https:// and a name, or http://localhost: %w", events.ErrInvalid)
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "caseledger", RPOrigins: []string{origin},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationRequired},
		Timeouts: webauthn.TimeoutsConfig{
			Login: webauthn.TimeoutConfig{Timeout: PasskeyFor}, Registration: webauthn.TimeoutConfig{Timeout: PasskeyFor},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Passkeys{guard: g, origin: origin, party: party}, nil
}

// Origin is where browsers offer them.
func (p *Passkeys) Origin() string { return p.origin }

// holder is an account as the library wants it.
type holder struct{ a *Account }

// WebAuthnID implements webauthn.User.
func (h holder) WebAuthnID() []byte { return h.a.Handle }

// WebAuthnName implements webauthn.User.
func (h holder) WebAuthnName() string { return h.a.Staff }

// WebAuthnDisplayName implements webauthn.User.
func (h holder) WebAuthnDisplayName() string { return h.a.Staff }

// WebAuthnCredentials implements webauthn.User.
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(h.a.Passkeys))
	for i, k := range h.a.Passkeys {
		list[i] = webauthn.Credential{
			ID: k.ID, PublicKey: k.Key, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
			Authenticator: webauthn.Authenticator{SignCount: k.Count},
		}
	}
	return list
}

// challenge is what is kept of one.
type challenge struct {
	session webauthn.SessionData
	// Of one that is being registered:
	name    string
	handle  []byte
	options []byte
}

// limit counts what visitors do with passkeys. It stands apart from the limits
// of passwords: who guesses at a password keeps nobody from their passkey.
func (p *Passkeys) limit(address string) []try {
	return []try{{fmt.Sprintf("passkey address %q", address), paceAddress}}
}

// Challenge begins signing in or, in a locked session, opening it again. It
// returns what the browser's authenticator is asked, as JSON
// (PublicKeyCredentialRequestOptions), and the token with which to come back.
// The error is a *WaitError, ErrNotNow when somebody is signed in, or
// ErrNoPasskey when the session's owner has none.
func (p *Passkeys) Challenge(ctx context.Context, address string) (options []byte, token string, err error) {
	g := p.guard
	who, state := g.Peek(ctx)
	if state == SignedIn {
		return nil, "", ErrNotNow
	}
	now := g.now()
	if err := g.limits.take(now, p.limit(address)...); err != nil {
		return nil, "", err
	}
	begun := flow{what: flowPasskey, until: now.Add(PasskeyFor)}
	var ask *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if state == Locked {
		a, err := g.accounts.Get(ctx, who.Staff)
		if err != nil {
			return nil, "", err
		}
		if len(a.Passkeys) == 0 {
			return nil, "", ErrNoPasskey
		}
		begun.what, begun.session = flowUnlock, who.Session
		ask, session, err = p.party.BeginLogin(holder{&a})
		if err != nil {
			return nil, "", fmt.Errorf("passkey: %w", err)
		}
	} else if ask, session, err = p.party.BeginDiscoverableLogin(); err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	if options, err = json.Marshal(ask.Response); err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	begun.data = &challenge{session: *session}
	return options, g.flows.begin(now, &begun), nil
}

// SignIn checks an authenticator's answer, as JSON, and begins a session as
// Guard.SignIn does. The staff number is that of the account whose passkey it
// was, also with an error; "" when it is nobody's. The error is a *WaitError,
// ErrFlow, ErrCredentials or ErrCopied.
func (p *Passkeys) SignIn(ctx context.Context, token string, answer []byte, address string, began func(Who) error) (staff string, err error) {
	g, now := p.guard, p.guard.now()
	kept, err := g.flows.take(now, token, flowPasskey, "")
	if err != nil {
		return "", err
	}
	tries := p.limit(address)
	if err := g.limits.take(now, tries...); err != nil {
		return "", err
	}
	parsed, err := parseAnswer(answer)
	if err != nil {
		return "", err
	}
	a, err := g.accounts.byHandle(ctx, parsed.Response.UserHandle)
	if err != nil {
		return "", err
	}
	staff = a.Staff
	role, active, err := g.staff.Role(ctx, staff)
	if err != nil {
		return staff, err
	}
	if !active {
		return staff, ErrCredentials
	}
	version, err := p.check(ctx, staff, now, func(h holder) (*webauthn.Credential, error) {
		_, c, err := p.party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, kept.(*challenge).session, parsed)
		return c, err
	})
	if err != nil {
		return staff, err
	}
	g.limits.giveBack(tries...)
	return staff, g.begin(ctx, staff, role, version, now, began)
}

// Unlock opens a locked session again, as Guard.Unlock does, with an
// authenticator's answer. Its errors are those of SignIn; ErrNotNow ends the
// session.
func (p *Passkeys) Unlock(ctx context.Context, token string, answer []byte, address string, again func(Who) error) error {
	g, now := p.guard, p.guard.now()
	who, state := g.Peek(ctx)
	if state != Locked {
		return ErrNotNow
	}
	kept, err := g.flows.take(now, token, flowUnlock, who.Session)
	if err != nil {
		return err
	}
	tries := p.limit(address)
	if err := g.limits.take(now, tries...); err != nil {
		return err
	}
	parsed, err := parseAnswer(answer)
	var version uint64
	if err == nil {
		version, err = p.check(ctx, who.Staff, now, func(h holder) (*webauthn.Credential, error) {
			return p.party.ValidateLogin(h, kept.(*challenge).session, parsed)
		})
	}
	if err != nil && !errors.Is(err, ErrCredentials) && !errors.Is(err, ErrCopied) {
		return err
	}
	if err == nil {
		g.limits.giveBack(tries...)
	}
	return g.reopen(ctx, who, version, err, now, again)
}

// parseAnswer reads the answer of an authenticator to a challenge.
func parseAnswer(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > MaxAnswer {
		return nil, ErrCredentials
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, ErrCredentials // the reason may quote what was sent
	}
	return parsed, nil
}

// check lets right check an answer against an account, and keeps what the
// authenticator counted. A count that went back closes the passkey: what was
// signed with it is right, but somebody else may have a copy.
func (p *Passkeys) check(ctx context.Context, staff string, now time.Time, right func(holder) (*webauthn.Credential, error)) (version uint64, err error) {
	copied := false
	err = p.guard.accounts.change(ctx, staff, func(a *Account) error {
		if !a.Ready() {
			return ErrCredentials
		}
		c, err := right(holder{a})
		if err != nil {
			return ErrCredentials
		}
		k := a.passkey(c.ID)
		if k == nil {
			return ErrCredentials
		}
		if k.Copied {
			return ErrCopied
		}
		if c.Authenticator.CloneWarning {
			k.Copied, copied = true, true
			return nil
		}
		k.Count, k.Flags, k.Used = c.Authenticator.SignCount, byte(c.Flags.ProtocolValue()), now
		version = a.Version
		return nil
	})
	if err == nil && copied {
		p.guard.logger.Warn("the count of a passkey went back: it may have been copied, and is not accepted any more", "staff", staff)
		err = ErrCopied
	}
	return version, err
}

// Own are the passkeys of who is signed in.
func (p *Passkeys) Own(ctx context.Context) ([]Passkey, error) {
	who, state := p.guard.Peek(ctx)
	if state != SignedIn {
		return nil, ErrNotNow
	}
	a, err := p.guard.accounts.Get(ctx, who.Staff)
	return a.Passkeys, err
}

// Prepare begins registering a passkey for who is signed in, when they prove
// once more who they are: a passkey is as good as password and code. The token
// is for Prepared and Register. The error is ErrPasskeyName, ErrPasskeys,
// ErrNotNow when nobody is signed in, otherwise as Guard.SignIn's.
func (p *Passkeys) Prepare(ctx context.Context, a Attempt, name string) (token string, err error) {
	g := p.guard
	who, state := g.Peek(ctx)
	if state != SignedIn {
		return "", ErrNotNow
	}
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > MaxPasskeyName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrPasskeyName
	}
	acc, err := g.accounts.Get(ctx, who.Staff)
	if err != nil {
		return "", err
	}
	if len(acc.Passkeys) >= MaxPasskeys {
		return "", ErrPasskeys
	}
	a.Staff = who.Staff
	if _, err := g.Prove(ctx, a); err != nil {
		return "", err
	}
	now := g.now()
	if len(acc.Handle) == 0 {
		acc.Handle = make([]byte, handleSize)
		_, _ = rand.Read(acc.Handle) // never fails
	}
	have := make([]protocol.CredentialDescriptor, 0, len(acc.Passkeys))
	for _, c := range (holder{&acc}).WebAuthnCredentials() {
		have = append(have, c.Descriptor())
	}
	ask, session, err := p.party.BeginRegistration(holder{&acc}, webauthn.WithExclusions(have),
		webauthn.WithCredentialParameters(algorithms), webauthn.WithExtensions(webauthn.WithExtensionCredProps()))
	if err != nil {
		return "", fmt.Errorf("passkey: %w", err)
	}
	options, err := json.Marshal(ask.Response)
	if err != nil {
		return "", fmt.Errorf("passkey: %w", err)
	}
	return g.flows.begin(now, &flow{what: flowRegister, session: who.Session, until: now.Add(PasskeyFor),
		data: &challenge{session: *session, name: name, handle: acc.Handle, options: options}}), nil
}

// algorithms are what a passkey may sign with.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// Prepared is what the authenticator is asked for a passkey that Prepare began,
// as JSON (PublicKeyCredentialCreationOptions), and what it will be called.
func (p *Passkeys) Prepared(ctx context.Context, token string) (options []byte, name string, err error) {
	who, state := p.guard.Peek(ctx)
	if state != SignedIn {
		return nil, "", ErrNotNow
	}
	kept, err := p.guard.flows.peek(p.guard.now(), token, flowRegister, who.Session)
	if err != nil {
		return nil, "", err
	}
	c := kept.(*challenge)
	return c.options, c.name, nil
}

// Register keeps the passkey that an authenticator made, after made was told
// whose it is. The error is ErrFlow, ErrCredentials when the answer is none to
// the challenge, ErrPasskeys, or ErrNotNow.
func (p *Passkeys) Register(ctx context.Context, token string, answer []byte, made func(Who) error) error {
	g, now := p.guard, p.guard.now()
	who, state := g.Peek(ctx)
	if state != SignedIn {
		return ErrNotNow
	}
	kept, err := g.flows.take(now, token, flowRegister, who.Session)
	if err != nil {
		return err
	}
	begun := kept.(*challenge)
	if len(answer) > MaxAnswer {
		return ErrCredentials
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return ErrCredentials
	}
	c, err := p.party.CreateCredential(holder{&Account{Staff: who.Staff, Handle: begun.handle}}, begun.session, parsed)
	if err != nil || len(c.ID) > maxPasskeyID || len(c.PublicKey) > maxPasskeyKey {
		return ErrCredentials
	}
	list, err := g.accounts.All(ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.passkey(c.ID) != nil {
			return ErrCredentials // WebAuthn, 7.1, step 26: it is registered already
		}
	}
	if err := made(who); err != nil {
		return err
	}
	return g.accounts.change(ctx, who.Staff, func(a *Account) error {
		switch {
		case !a.Ready():
			return ErrNotNow
		case len(a.Passkeys) >= MaxPasskeys:
			return ErrPasskeys
		case len(a.Handle) == 0:
			a.Handle = begun.handle
		case !bytes.Equal(a.Handle, begun.handle):
			return ErrFlow // another was registered meanwhile
		}
		rk := c.Extensions.RK
		a.Passkeys = append(a.Passkeys, Passkey{
			ID: c.ID, Name: begun.name, Key: c.PublicKey, Flags: byte(c.Flags.ProtocolValue()), Count: c.Authenticator.SignCount,
			Hidden: rk != nil && !*rk, Made: now,
		})
		return nil
	})
}

// Remove takes a passkey of who is signed in away, after removed was told whose
// it was. It may have been lost: their other sessions end, this one goes on
// under a new token. The error is ErrNoPasskey or ErrNotNow.
func (p *Passkeys) Remove(ctx context.Context, id []byte, removed func(Who) error) error {
	g := p.guard
	who, state := g.Peek(ctx)
	if state != SignedIn {
		return ErrNotNow
	}
	a, err := g.accounts.Get(ctx, who.Staff)
	if err != nil {
		return err
	}
	if a.passkey(id) == nil {
		return ErrNoPasskey
	}
	if err := removed(who); err != nil {
		return err
	}
	return g.renew(ctx, who.Staff, a.Version, func(a *Account) error {
		if a.passkey(id) == nil {
			return ErrNoPasskey
		}
		a.Passkeys = slices.DeleteFunc(a.Passkeys, func(k Passkey) bool { return bytes.Equal(k.ID, id) })
		return nil
	})
}

// passkey is one of an account, nil if it has none of that number.
func (a *Account) passkey(id []byte) *Passkey {
	i := slices.IndexFunc(a.Passkeys, func(k Passkey) bool { return bytes.Equal(k.ID, id) })
	if i < 0 {
		return nil
	}
	return &a.Passkeys[i]
}

// byHandle finds the account that authenticators know by a handle. The error is
// ErrCredentials when there is none.
func (s *Accounts) byHandle(ctx context.Context, handle []byte) (Account, error) {
	if len(handle) != handleSize {
		return Account{}, ErrCredentials
	}
	list, err := s.All(ctx)
	for _, a := range list {
		if bytes.Equal(a.Handle, handle) {
			return a, nil
		}
	}
	if err != nil {
		return Account{}, err // it may be the one that cannot be read
	}
	return Account{}, ErrCredentials
}
