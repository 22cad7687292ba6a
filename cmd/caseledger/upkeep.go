package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"caseledger/events"
	"caseledger/internal/pages"
)

// Governed implements pages.Keeping.
func (l *ledger) Governed(ctx context.Context) (uint64, error) {
	seq, err := l.Last(ctx, l.config.Service)
	if errors.Is(err, events.ErrNotFound) {
		return 0, nil
	}
	return seq, err
}

// Upkeep implements pages.Keeping.
func (l *ledger) Upkeep(ctx context.Context) (pages.Upkeep, error) {
	u := pages.Upkeep{Compared: l.compared.Load(), Epochs: l.secrets.Epochs()}
	var err error
	if u.Health, err = l.Health(ctx); err != nil {
		return u, err
	}
	state, err := l.log.State(ctx)
	if err != nil {
		return u, err
	}
	u.Stream = state.Last
	var disk syscall.Statfs_t
	if err := syscall.Statfs(string(l.o.dir), &disk); err != nil {
		return u, fmt.Errorf("free space of %s: %w", l.o.dir, err)
	}
	u.Free, u.Disk = disk.Bavail*uint64(disk.Bsize), disk.Blocks*uint64(disk.Bsize)
	for _, err := range l.store.Wraps(ctx) {
		if err != nil {
			return u, err
		}
		u.Wraps++
	}
	if l.mail != nil {
		status := l.mail.Status()
		u.Mail = &status
	}
	access, err := l.openAccess(ctx)
	if err != nil {
		return u, err
	}
	h, err := access.Health(ctx)
	if err != nil {
		return u, err
	}
	u.Access = pages.AccessUpkeep{Events: h.Events, Signed: h.Signed, Problem: h.Reason, Compared: access.compared.Load()}
	recorded, err := l.accessRecorded(ctx)
	if recorded != nil {
		u.Access.Recorded, u.Access.Size = recorded.at, recorded.data.Size
	}
	return u, err
}
