package access

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Provider has somebody elsewhere say who a person is.
type Provider interface {
	// Name is what people call it.
	Name() string
	// Ask begins: to is where the browser is sent, answer takes what it brings
	// back and returns the staff number that it proves. Their errors are
	// ErrNotProved and ErrUnreachable; they quote nothing from outside.
	Ask(ctx context.Context) (to string, answer func(ctx context.Context, back url.Values) (staff string, err error), err error)
}

// Errors of providers.
var (
	ErrNotProved   = errors.New("the provider did not prove who it is")
	ErrUnreachable = errors.New("the provider cannot be asked")
)

// SignOn lets people sign in whom a provider vouches for.
//
// # Coming back from another site
//
// The session's cookie is SameSite=Strict: no browser sends it along when the
// provider sends it back to us, nor along redirects that begin there. So the way
// has three steps, each with a token of its own that counts once.
//
//  1. Begin, a page of ours: what is asked is kept here, under a token in
//     BackCookie. That cookie is lax, so that it comes back with a navigation
//     from the provider; it opens nothing, it only ties the answer to the
//     browser that asked.
//  2. Back, from the provider: the cookie, the state and the ID token are
//     checked. Nobody is signed in: who was proved is kept for a minute, under
//     another token in FlowCookie, which is strict.
//  3. Finish, a form that the page of Back sends: now the request comes from our
//     own page and has the strict cookies, that of a locked session too. It
//     signs in, or opens the session that Begin was asked in.
//
// Whom the provider names has to have an account that is not disabled, and to
// be recorded as working here; the role is what is recorded, never what the
// provider says.
type SignOn struct {
	guard    *Guard
	provider Provider
}

// NewSignOn lets people sign in with a provider.
func NewSignOn(g *Guard, p Provider) *SignOn { return &SignOn{g, p} }

const (
	flowAsked  = "asked"  // a provider
	flowProved = "proved" // by a provider

	// askedFor is how long somebody has at the provider.
	askedFor = 10 * time.Minute
	// provedFor is how long the last step may take.
	provedFor = time.Minute
)

// asking is what is kept while somebody is at the provider.
type asking struct {
	answer  func(context.Context, url.Values) (string, error)
	staff   string // whose session is locked; "": nobody's
	session string
	to      string // where they want to go
}

// proved is who somebody is.
type proved struct {
	staff   string
	version uint64 // of the account
	to      string
}

// Name is what people call the provider.
func (o *SignOn) Name() string { return o.provider.Name() }

func (o *SignOn) limit(address string) []try {
	return []try{{fmt.Sprintf("provider address %q", address), paceAddress}}
}

// Begin sends somebody to the provider, to sign in or, in a locked session, to
// open it; next is where they want to go afterwards. The token is for Back. The
// error is a *WaitError, ErrUnreachable, or ErrNotNow when somebody is signed in.
func (o *SignOn) Begin(ctx context.Context, next, address string) (to, token string, err error) {
	g := o.guard
	who, state := g.Peek(ctx)
	if state == SignedIn {
		return "", "", ErrNotNow
	}
	if err := g.limits.take(g.now(), o.limit(address)...); err != nil {
		return "", "", err
	}
	a := &asking{to: next}
	if state == Locked {
		a.staff, a.session = who.Staff, who.Session
	}
	if to, a.answer, err = o.provider.Ask(ctx); err != nil {
		g.logger.Warn("the provider cannot be asked", "why", err)
		return "", "", err
	}
	now := g.now()
	return to, g.flows.begin(now, &flow{what: flowAsked, until: now.Add(askedFor), data: a}), nil
}

// Back takes what a browser brings back from the provider. The token it returns
// is for Finish; staff is whose account the provider named, "" when it named
// none. The error is a *WaitError, ErrFlow, ErrUnreachable or ErrNotProved, which
// covers who is proved and may not sign in.
func (o *SignOn) Back(ctx context.Context, token string, back url.Values, address string) (next, staff string, err error) {
	g, now := o.guard, o.guard.now()
	kept, err := g.flows.take(now, token, flowAsked, "")
	if err != nil {
		return "", "", err
	}
	tries := o.limit(address)
	if err := g.limits.take(now, tries...); err != nil {
		return "", "", err
	}
	asked := kept.(*asking)
	staff, err = asked.answer(ctx, back)
	var a Account
	if err == nil {
		a, err = o.admit(ctx, staff, asked)
		staff = a.Staff
	}
	if err != nil {
		if errors.Is(err, ErrNotProved) || errors.Is(err, ErrUnreachable) {
			g.logger.Warn("a provider's answer was not taken", "why", err)
		}
		return "", staff, err
	}
	g.limits.giveBack(tries...)
	now = g.now()
	return g.flows.begin(now, &flow{what: flowProved, session: asked.session, until: now.Add(provedFor), data: &proved{staff, a.Version, asked.to}}), staff, nil
}

// admit returns the account of whom the provider named. With ErrNotProved it is
// the one that must not be used, if there is any.
func (o *SignOn) admit(ctx context.Context, staff string, asked *asking) (Account, error) {
	no := func(why string) error { return fmt.Errorf("%s: %w", why, ErrNotProved) }
	a, err := o.guard.accounts.Get(ctx, staff)
	switch {
	case errors.Is(err, ErrNoAccount):
		return Account{}, no("whom it names has no account here")
	case err != nil:
		return Account{}, err
	case a.Disabled:
		return a, no("whom it names has an account that is disabled")
	case asked.staff != "" && asked.staff != staff:
		return a, no("whom it names is not whose session is locked")
	}
	_, active, err := o.guard.staff.Role(ctx, staff)
	switch {
	case err != nil:
		return a, err
	case !active:
		return a, no("whom it names is not recorded as working here")
	}
	return a, nil
}

// Finish signs in who was proved, or opens their locked session; began and again
// are told as SignIn and Unlock tell. It returns where they wanted to go. The
// error is ErrFlow; ErrNotProved when they may not sign in any more; or ErrNotNow
// when the session has ended.
func (o *SignOn) Finish(ctx context.Context, token string, began, again func(Who) error) (to string, err error) {
	g, now := o.guard, o.guard.now()
	who, state := g.Peek(ctx)
	session := ""
	if state == Locked {
		session = who.Session
	}
	kept, err := g.flows.take(now, token, flowProved, session)
	if err != nil {
		return "", err
	}
	p := kept.(*proved)
	if state == Locked {
		return p.to, g.reopen(ctx, who, p.version, nil, now, again)
	}
	role, ok := g.stands(ctx, p.staff, p.version)
	if !ok {
		return p.to, ErrNotProved
	}
	return p.to, g.begin(ctx, p.staff, role, p.version, now, began)
}
