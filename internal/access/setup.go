package access

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// First returns a set-up code for the first account, "" when there are
// accounts. Each call gives another; the last one counts. It is not kept on the
// disk: a restart gives a new one.
func (g *Guard) First() (code string, err error) {
	none, err := g.accounts.none()
	if err != nil || !none {
		return "", err
	}
	code, hash := newSetUpCode()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.first = &SetUp{hash, g.now().Add(SetUpFor)}
	return code, nil
}

// BeginSetUp takes a set-up code. The session then remembers, for half an
// hour, whose account is being set up. The error is a *WaitError or
// ErrSetUpCode; both are the same for staff who have no account.
func (g *Guard) BeginSetUp(ctx context.Context, staff, code, address string) error {
	now := g.now()
	tries := attempts("set-up", staff, address)
	if err := g.limits.take(now, tries...); err != nil {
		return err
	}
	p := &pending{staff: staff, code: code, secret: newSecret(), until: now.Add(settingUp)}
	a, err := g.accounts.Get(ctx, staff)
	switch {
	case err == nil && a.holds(code, now):
	case err != nil && !errors.Is(err, ErrNoAccount):
		return err
	case ValidStaff(staff) && g.holdsFirst(code, now):
		p.first = true
	default:
		return ErrSetUpCode
	}
	g.limits.giveBack(tries...)
	g.drop(ctx)
	if err := g.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	id := newID()
	g.scs.Put(ctx, keyPending, id)
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, p := range g.pending {
		if !now.Before(p.until) {
			delete(g.pending, id)
		}
	}
	g.pending[id] = p
	return nil
}

// holdsFirst reports whether code is that of the first account, and there is
// still none.
func (g *Guard) holdsFirst(code string, now time.Time) bool {
	g.mu.Lock()
	first := Account{SetUp: g.first}
	g.mu.Unlock()
	none, err := g.accounts.none()
	return first.holds(code, now) && none && err == nil
}

// SettingUp says whose account is being set up in the session, and the secret
// for the authenticator.
func (g *Guard) SettingUp(ctx context.Context) (staff string, secret Secret, ok bool) {
	p := g.setting(ctx)
	if p == nil {
		return "", nil, false
	}
	return p.staff, p.secret, true
}

func (g *Guard) setting(ctx context.Context) *pending {
	id := g.scs.GetString(ctx, keyPending)
	g.mu.Lock()
	defer g.mu.Unlock()
	p, ok := g.pending[id]
	if !ok || !g.now().Before(p.until) {
		return nil
	}
	return p
}

// FinishSetUp gives the account that is being set up its password and
// authenticator, uses the set-up code up and signs its owner in, as SignIn
// does. The error is a *PasswordError, ErrCode when the authenticator shows
// something else, ErrSetUpCode when the code was used or replaced meanwhile,
// ErrNotNow when nothing is being set up.
func (g *Guard) FinishSetUp(ctx context.Context, password, code, address string, began func(Who) error) error {
	p, now := g.setting(ctx), g.now()
	if p == nil {
		return ErrNotNow
	}
	if err := CheckPassword(p.staff, password); err != nil {
		return err
	}
	if err := g.limits.take(now, attempts("authenticator", p.staff, address)...); err != nil {
		return err
	}
	used, fresh := matchCode(p.secret, code, 0, now)
	if !fresh {
		return ErrCode
	}
	hash, err := g.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if p.first {
		if !g.holdsFirst(p.code, now) {
			return ErrSetUpCode
		}
		if err := g.staff.Enrol(ctx, p.staff); err != nil {
			return err
		}
	}
	role, active, err := g.staff.Role(ctx, p.staff)
	if err != nil {
		return err
	}
	if !active {
		return ErrCredentials
	}
	var version uint64
	err = g.accounts.change(ctx, p.staff, func(a *Account) error {
		switch {
		case p.first && a.Version > 0, !p.first && !a.holds(p.code, now):
			return ErrSetUpCode
		case p.first:
			// Once more, now that nobody else makes an account.
			if !g.holdsFirst(p.code, now) {
				return ErrSetUpCode
			}
			a.Made = now
		}
		a.Version++
		a.Password, a.Secret, a.Step, a.SetUp, a.Reset, a.Changed = hash, p.secret, used, nil, nil, now
		version = a.Version
		return nil
	})
	if err != nil {
		return err
	}
	g.mu.Lock()
	if p.first {
		g.first = nil
	}
	g.mu.Unlock()
	return g.begin(ctx, p.staff, role, version, now, began)
}

// Accounts are the accounts whose sessions the guard holds.
func (g *Guard) Accounts() *Accounts { return g.accounts }

// Prove checks who somebody is, without a session: the limits and the errors
// are SignIn's, and the code is used up.
func (g *Guard) Prove(ctx context.Context, a Attempt) (Role, error) {
	now := g.now()
	tries := attempts("sign-in", a.Staff, a.Address)
	if err := g.limits.take(now, tries...); err != nil {
		return "", err
	}
	role, _, err := g.check(ctx, a.Staff, a.Password, a.Code, now)
	if err != nil {
		return "", err
	}
	g.limits.giveBack(tries...)
	return role, nil
}
