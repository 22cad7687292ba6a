package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
)

// bearing returns what knows whose a token is, the same for the programming
// interface and for commands.
func (l *ledger) bearing() (*access.Bearers, error) {
	guard, err := l.guarding()
	if err != nil {
		return nil, err
	}
	l.guarded.Lock()
	defer l.guarded.Unlock()
	if l.bearers != nil {
		return l.bearers, nil
	}
	tokens, err := access.OpenTokens(l.o.dir.Tokens(), l.config.Origin, l.ring)
	if err != nil {
		return nil, err
	}
	l.bearers = access.NewBearers(tokens, access.Options{Accounts: guard.Accounts(), Staff: &working{l: l}, Logger: l.logger, Now: l.now})
	return l.bearers, nil
}

// tokenOf is a token as lists show it.
func tokenOf(t *access.Token, now time.Time) ops.Token {
	row := ops.Token{ID: t.ID, Name: t.Name, Acts: t.Actor(), Standing: t.Standing(now), Made: ops.Time(t.Made), Expires: ops.Time(t.Expires), Scopes: []string{}}
	for _, s := range t.Scopes {
		row.Scopes = append(row.Scopes, string(s))
	}
	if t.Agency != nil {
		row.Agency, row.Source = t.Agency.Name, t.Agency.Source
	}
	if !t.Revoked.IsZero() {
		at := ops.Time(t.Revoked)
		row.Revoked = &at
	}
	if !t.Used.IsZero() {
		row.Used = ops.When(t.Used.String())
	}
	return row
}

// Tokens implements ops.Ledger.
func (l *ledger) Tokens(ctx context.Context) (ops.Tokens, error) {
	r := ops.Tokens{Tokens: []ops.Token{}}
	bearers, err := l.bearing()
	if err != nil {
		return r, err
	}
	list, err := bearers.Tokens().All(ctx)
	now := l.now()
	for i := range list {
		r.Tokens = append(r.Tokens, tokenOf(&list[i], now))
	}
	return r, err
}

// MakeToken implements ops.Ledger. It is recorded before.
func (l *ledger) MakeToken(ctx context.Context, m ops.MakeToken) (ops.TokenMade, error) {
	bearers, err := l.bearing()
	if err != nil {
		return ops.TokenMade{}, err
	}
	t := access.Token{Name: m.Name, Staff: m.Staff, Expires: m.Expires}
	for _, s := range m.Scopes {
		t.Scopes = append(t.Scopes, access.Scope(s))
	}
	if m.Agency != "" {
		t.Agency = &access.Agency{Code: m.Agency, Name: m.Called, Source: m.Source}
	}
	if m.Staff != "" {
		staff, known, err := l.staff(ctx, m.Staff)
		if err != nil {
			return ops.TokenMade{}, err
		}
		if !known || !staff.Active {
			return ops.TokenMade{}, ops.Inputf("%s is not recorded as a member of staff who works here: a token cannot act as somebody else", m.Staff)
		}
	}
	now := l.now()
	made, secret, err := bearers.Tokens().Add(ctx, t, now, func(t access.Token) error { return l.recordToken(ctx, "token.made", &t) })
	if errors.Is(err, events.ErrInvalid) {
		err = ops.As(ops.ErrInput, errors.New(strings.TrimPrefix(err.Error(), events.ErrInvalid.Error()+": ")))
	}
	if err != nil {
		return ops.TokenMade{}, err
	}
	return ops.TokenMade{Token: tokenOf(&made, now), Text: secret.Text()}, nil
}

// RevokeToken implements ops.Ledger. It is recorded before.
func (l *ledger) RevokeToken(ctx context.Context, r ops.RevokeToken) (ops.Token, error) {
	bearers, err := l.bearing()
	if err != nil {
		return ops.Token{}, err
	}
	now := l.now()
	t, err := bearers.Tokens().Revoke(ctx, r.ID, now, func(t access.Token) error { return l.recordToken(ctx, "token.revoked", &t) })
	if err != nil {
		return ops.Token{}, err
	}
	return tokenOf(&t, now), nil
}

// recordToken puts into a token's chain of the access ledger what becomes of it.
func (l *ledger) recordToken(ctx context.Context, typ string, t *access.Token) error {
	session, err := events.ParseChain(t.ID)
	if err != nil {
		return err
	}
	of := accesslog.Token{Staff: t.Staff, Expires: clock.London(t.Expires)}
	if t.Agency != nil {
		of.Agency = t.Agency.Actor()
	}
	for _, s := range t.Scopes {
		of.Scopes = append(of.Scopes, strings.ReplaceAll(string(s), ":", "-"))
	}
	_, err = l.record(ctx, accesslog.Entry{Type: typ, Session: session, Token: &of})
	return err
}
