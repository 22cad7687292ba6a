package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/mail"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/schemas"
)

// addresses is where the mail of the service's staff goes; it implements
// mail.Addresses.
type addresses struct{ l *ledger }

// Address implements mail.Addresses. Whoever cannot sign in is not asked to.
func (a addresses) Address(ctx context.Context, staff string) (string, error) {
	guard, err := a.l.guarding()
	if err != nil {
		return "", err
	}
	account, err := guard.Accounts().Get(ctx, staff)
	if errors.Is(err, access.ErrNoAccount) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	m, known, err := a.l.staff(ctx, staff)
	if err != nil || !account.Ready() || !known || !m.Active {
		return "", err
	}
	return account.Email, nil
}

// openMail opens the queue of mail; nil without an error when none is sent.
func (l *ledger) openMail(url string, logger *slog.Logger) (*mail.Queue, error) {
	server, err := mail.Open(l.secrets)
	if server == nil {
		return nil, err
	}
	return mail.OpenQueue(mail.Options{Dir: l.o.dir.Mail(), Server: server, URL: url, Addresses: addresses{l}, Logger: logger, Now: l.now})
}

// asking asks whom an event concerns to sign in. It never fails: what was
// recorded stands.
func (l *ledger) asking(ctx context.Context, typ string, chain events.Chain, actor string, data []byte) {
	if l.mail == nil {
		return
	}
	switch typ {
	case "helpline.contact", "safe-contact.set":
		l.ask(ctx, &chain, actor, func(m *schemas.StaffRecordedV2, c *access.CaseFacts) bool {
			return m.Staff == c.Adviser || slices.Contains(c.Covering, m.Staff)
		})
	case "disclosure.requested":
		l.ask(ctx, &chain, actor, func(m *schemas.StaffRecordedV2, _ *access.CaseFacts) bool { return m.Role == string(access.Manager) })
	case "disclosure.decided":
		// A second person is needed once the words are closed.
		if d, err := schemas.DecodeData[schemas.DisclosureDecidedV2](data); err == nil && d.Words != nil {
			l.ask(ctx, &chain, actor, func(m *schemas.StaffRecordedV2, _ *access.CaseFacts) bool {
				return m.Role == string(access.Manager) && m.Staff != d.By
			})
		}
	}
}

// askingOf does the same for an entry of the access ledger.
func (l *ledger) askingOf(ctx context.Context, e *accesslog.Entry) {
	if l.mail == nil {
		return
	}
	switch e.Type {
	case "glass.broken":
		l.ask(ctx, e.Case, e.Staff, func(m *schemas.StaffRecordedV2, _ *access.CaseFacts) bool { return m.Role == string(access.Manager) })
	case "account.reset-asked":
		l.ask(ctx, nil, e.Staff, func(m *schemas.StaffRecordedV2, _ *access.CaseFacts) bool {
			rule, _ := access.RuleOf(access.AccountReset)
			return m.Staff != e.Account && slices.Contains(rule.Any, access.Role(m.Role))
		})
	}
}

// ask puts those who are meant into the queue of mail, without who did it and
// who may not know of the case.
func (l *ledger) ask(ctx context.Context, chain *events.Chain, actor string, meant func(*schemas.StaffRecordedV2, *access.CaseFacts) bool) {
	var facts access.CaseFacts
	var roster *policy.Roster
	var err error
	if chain != nil {
		facts, err = l.Facts(ctx, *chain)
	}
	if err == nil {
		roster, err = l.roster(ctx)
	}
	if err != nil {
		l.logger.Error("nobody was asked by email to sign in", "error", ops.Code(err))
		return
	}
	for _, m := range roster.All(time.Time{}) {
		if m.Active && m.Staff != actor && !slices.Contains(facts.Excluded, m.Staff) && meant(&m, &facts) {
			l.mail.Notify(m.Staff)
		}
	}
}
