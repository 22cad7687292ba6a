package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/ops"
)

// guarding returns the guard of the ledger, the same for its pages and for
// commands, so that both count towards the same limits.
func (l *ledger) guarding() (*access.Guard, error) {
	l.guarded.Lock()
	defer l.guarded.Unlock()
	if l.guard != nil {
		return l.guard, nil
	}
	accounts, err := access.OpenAccounts(l.o.dir.Accounts(), l.config.Origin, l.ring)
	if err != nil {
		return nil, err
	}
	// Cookies end by the clock that browsers have.
	l.guard = access.NewGuard(access.Options{Accounts: accounts, Staff: &working{l: l}, Logger: l.logger, Now: time.Now})
	return l.guard, nil
}

// Accounts implements ops.Ledger.
func (l *ledger) Accounts(ctx context.Context) (ops.Accounts, error) {
	r := ops.Accounts{Accounts: []ops.Account{}}
	guard, err := l.guarding()
	if err != nil {
		return r, err
	}
	list, err := guard.Accounts().All(ctx)
	now := time.Now()
	for _, a := range list {
		row := ops.Account{Staff: a.Staff, Standing: a.Standing(now), Made: ops.Time(a.Made), Changed: ops.Time(a.Changed)}
		if a.Reset != nil && now.Before(a.Reset.At.Add(access.ResetFor)) {
			row.Asked = a.Reset.By
		}
		r.Accounts = append(r.Accounts, row)
	}
	return r, err
}

// ChangeAccount implements ops.Ledger. What is done is recorded before.
func (l *ledger) ChangeAccount(ctx context.Context, c ops.ChangeAccount) (ops.AccountChanged, error) {
	r := ops.AccountChanged{Staff: c.Staff}
	guard, err := l.guarding()
	if err != nil {
		return r, err
	}
	if !access.ValidStaff(c.Staff) {
		return r, ops.Inputf("a staff number is lower-case letters, digits and hyphens, such as staff-07")
	}
	switch has := guard.Has(ctx, c.Staff); {
	case c.Do == ops.AccountAdd && has:
		return r, ops.Inputf("%s has an account; two people can reset it", c.Staff)
	case c.Do != ops.AccountAdd && !has:
		return r, ops.As(access.ErrNoAccount, fmt.Errorf("%s has no account", c.Staff))
	}
	now := time.Now()
	switch c.Do {
	case ops.AccountAdd:
		if _, err := l.record(ctx, accesslog.Entry{Type: "account.added", Account: c.Staff}); err != nil {
			return r, err
		}
		r.Code, err = guard.Accounts().Add(ctx, c.Staff, now)
		if errors.Is(err, fs.ErrExist) {
			err = ops.As(ops.ErrInput, err)
		}
	case ops.AccountDisable:
		if _, err := l.record(ctx, accesslog.Entry{Type: "account.disabled", Account: c.Staff}); err != nil {
			return r, err
		}
		err = guard.Accounts().Disable(ctx, c.Staff, now)
	case ops.AccountReset:
		r.Code, err = l.resetAccount(ctx, guard, c, now)
	default:
		err = ops.Inputf("an account can be added, reset or disabled")
	}
	return r, err
}

// resetAccount resets an account when two people who may have shown who they
// are.
func (l *ledger) resetAccount(ctx context.Context, guard *access.Guard, c ops.ChangeAccount, now time.Time) (string, error) {
	if len(c.By) != 2 || c.By[0].Staff == c.By[1].Staff {
		return "", ops.Inputf("a reset takes two people")
	}
	var roles [2]access.Role
	for i, p := range c.By {
		if p.Staff == c.Staff {
			return "", ops.As(ops.ErrInput, access.ErrOwnReset)
		}
		role, err := guard.Prove(ctx, access.Attempt{Staff: p.Staff, Password: p.Password, Code: p.Code, Address: "command line"})
		if errors.Is(err, access.ErrCredentials) {
			if _, err := l.record(ctx, accesslog.Entry{Type: "session.refused"}); err != nil {
				return "", err
			}
		}
		if errors.Is(err, access.ErrCredentials) || errors.Is(err, access.ErrWait) {
			return "", ops.As(ops.ErrInput, err)
		} else if err != nil {
			return "", err
		}
		if d := access.Decide(access.Who{Staff: p.Staff, Role: role}, access.AccountReset, nil, now); !d.Allowed {
			return "", ops.Inputf("%s is neither a manager nor an administrator", p.Staff)
		}
		roles[i] = role
	}
	for i, kind := range []string{"account.reset-asked", "account.reset-confirmed"} {
		e := accesslog.Entry{Type: kind, Staff: c.By[i].Staff, Role: string(roles[i]), Account: c.Staff}
		if _, err := l.record(ctx, e); err != nil {
			return "", err
		}
	}
	accounts := guard.Accounts()
	if err := accounts.AskReset(ctx, c.Staff, c.By[0].Staff, now); err != nil {
		return "", err
	}
	return accounts.ConfirmReset(ctx, c.Staff, c.By[1].Staff, now)
}
