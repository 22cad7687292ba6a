package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/api"
	"caseledger/internal/audit"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
	"caseledger/projections"
	"caseledger/schemas"
)

// accessSuffix makes a ledger's name that of its access ledger.
const accessSuffix = "/access"

// What the access ledger's archive holds in memory, in bytes: its entries are
// small, and few read them.
const (
	accessMemTable = 16 << 20
	accessCache    = 8 << 20
)

// accessOptions say where the access ledger is: with the same code, in
// directories of its own within the ledger's.
func (o openOptions) accessOptions() openOptions {
	o.dir, o.secrets, o.access = o.dir.Access(), filepath.Join(o.secrets, keys.AccessDir), true
	o.logger = o.logger.With("ledger", "access") // what it logs would pass for the ledger's own
	return o
}

// openAccess opens the access ledger, and makes it when the ledger never had
// one. One that is missing though entries of it were recorded is never made
// anew: its loss would pass unseen.
func (l *ledger) openAccess(ctx context.Context) (*ledger, error) { return l.accessLedger(ctx, true) }

// accessLedger returns the access ledger; nil without an error when there never
// was one and it is not to be made.
func (l *ledger) accessLedger(ctx context.Context, anew bool) (*ledger, error) {
	l.accessing.Lock()
	defer l.accessing.Unlock()
	if l.access != nil {
		return l.access, nil
	}
	o := l.o.accessOptions()
	if _, err := o.dir.Config(); errors.Is(err, datadir.ErrNoLedger) {
		switch last, err := l.accessRecorded(ctx); {
		case err != nil:
			return nil, err
		case last != nil:
			return nil, fmt.Errorf("the access ledger is missing from %s; its size was %d when it was last recorded: restore it from its backup: %w", o.dir, last.data.Size, events.ErrBroken)
		case !anew:
			return nil, nil
		}
		maker := &app{data: string(o.dir), secrets: o.secrets, nats: o.nats, monitor: o.monitor, allowLess: o.allowLess, streamSync: l.config.StreamSync, stderr: os.Stderr}
		if _, err := maker.makeLedger(ctx, l.config.Origin+accessSuffix); err != nil {
			return nil, fmt.Errorf("make the access ledger: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("access ledger: %w", err)
	}
	access, err := openLedger(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("access ledger: %w", err)
	}
	if want := l.config.Origin + accessSuffix; access.config.Origin != want {
		return nil, errors.Join(ops.Inputf("%s holds %s, not %s", o.dir, access.config.Origin, want), access.Close())
	}
	l.access = access
	return access, nil
}

// closeAccess closes the access ledger, if it is open.
func (l *ledger) closeAccess() error {
	l.accessing.Lock()
	defer l.accessing.Unlock()
	if l.access == nil {
		return nil
	}
	err := l.access.Close()
	l.access = nil
	return err
}

// accessArchive is the read side as internal/accesslog wants it.
type accessArchive struct{ *projections.Runner }

// Head implements accesslog.Archive.
func (a accessArchive) Head(chain events.Chain) (accesslog.Head, error) {
	h, err := a.Runner.Head(chain)
	return accesslog.Head{Seq: h.Seq, Hash: h.Hash, Stream: h.StreamSeq}, err
}

// recorder is the access ledger as the pages want it.
type recorder struct{ l *ledger }

// Record implements pages.Recorder.
func (r recorder) Record(ctx context.Context, read pages.Read) error {
	e := accesslog.Entry{
		Type: read.Type, Staff: read.Who.Staff, Role: string(read.Who.Role), Action: string(read.Action),
		Case: read.Chain, Glass: read.Glass, Account: read.About,
	}
	if read.Who.Session != "" {
		var err error
		if e.Session, err = events.ParseChain(read.Who.Session); err != nil {
			return fmt.Errorf("session: %w", err)
		}
	}
	_, err := r.l.record(ctx, e)
	return err
}

// RecordUse implements api.Recorder.
func (r recorder) RecordUse(ctx context.Context, u api.Use) error {
	e := accesslog.Entry{Type: u.Type, Staff: u.Who.Staff, Role: string(u.Who.Role), Action: string(u.Action), Case: u.Chain}
	if u.Who.Session != "" {
		var err error
		if e.Session, err = events.ParseChain(u.Who.Session); err != nil {
			return fmt.Errorf("token: %w", err)
		}
	}
	_, err := r.l.record(ctx, e)
	return err
}

// record puts an entry into the access ledger, durable when it returns.
func (l *ledger) record(ctx context.Context, e accesslog.Entry) (accesslog.Place, error) {
	access, err := l.openAccess(ctx)
	if err != nil {
		return accesslog.Place{}, err
	}
	if err := access.writable(); err != nil {
		return accesslog.Place{}, err
	}
	p, err := access.entries.Record(ctx, e)
	if err == nil {
		l.askingOf(ctx, &e)
	}
	return p, storageError(err)
}

// accessHealth says what is wrong with the access ledger, when it is open; "":
// nothing.
func (l *ledger) accessHealth(ctx context.Context) string {
	l.accessing.Lock()
	access := l.access
	l.accessing.Unlock()
	if access == nil {
		return ""
	}
	h, err := access.Health(ctx)
	switch {
	case err != nil:
		return "access ledger: " + err.Error()
	case h.Status != "ok":
		return "the access ledger is " + h.Status + ": " + h.Reason
	}
	return ""
}

// recordedAccess is an access.checkpointed.
type recordedAccess struct {
	seq  uint64 // in the service chain
	at   time.Time
	data schemas.AccessCheckpointed
}

// accessHistory is every access.checkpointed of the service chain, oldest first.
func (l *ledger) accessHistory(ctx context.Context) ([]recordedAccess, error) {
	list, err := l.files.Events(ctx, l.config.Service)
	if errors.Is(err, events.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var all []recordedAccess
	for _, e := range list {
		if e.Body.Type != "access.checkpointed" {
			continue
		}
		data, err := schemas.DecodeData[schemas.AccessCheckpointed](e.Body.Data)
		if err != nil {
			return nil, fmt.Errorf("event %d of the service: %w", e.Seq, err)
		}
		all = append(all, recordedAccess{e.Seq, e.At, data})
	}
	return all, nil
}

// accessRecorded is the newest access.checkpointed; nil: none.
func (l *ledger) accessRecorded(ctx context.Context) (*recordedAccess, error) {
	all, err := l.accessHistory(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[len(all)-1], nil
}

// checkpointAccess records in the service chain how far the access ledger goes,
// once on every day of London on which it has grown.
func (l *ledger) checkpointAccess(ctx context.Context, now time.Time) error {
	access, err := l.accessLedger(ctx, false)
	if err != nil || access == nil {
		return err
	}
	size := access.runner.Position()
	last, err := l.accessRecorded(ctx)
	switch {
	case err != nil:
		return err
	case size == 0,
		last != nil && (last.data.Size >= size || clock.DateOf(last.at) == clock.DateOf(now)):
		return nil
	}
	if access.config.StreamSync == natslog.Sync1s {
		select {
		case <-time.After(streamSettles):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c, _, err := access.sign(size)
	if err != nil {
		return err
	}
	data, err := schemas.EncodeData(schemas.AccessCheckpointed{Origin: c.Origin, Size: c.Size, Root: c.Root.String()})
	if err != nil {
		return err
	}
	when := clock.Format(now)
	occurred, err := schemas.EncodeData(schemas.Occurred{From: &when, Precision: "exact"})
	if err != nil {
		return err
	}
	if err := l.writable(); err != nil {
		return err
	}
	_, err = l.cases.Record(ctx, cases.Command{Type: "access.checkpointed", Actor: accesslog.Service, Occurred: occurred, Data: data})
	return storageError(err)
}

// accessLook is how often a service looks whether a day's checkpoint of the
// access ledger is due.
const accessLook = 10 * time.Minute

// checkpointsAccess records the checkpoints of the access ledger until ctx ends.
func (l *ledger) checkpointsAccess(ctx context.Context) {
	tick := time.NewTicker(accessLook)
	defer tick.Stop()
	for {
		if err := l.checkpointAccess(ctx, l.now()); err != nil && ctx.Err() == nil {
			l.logger.Error("how far the access ledger goes could not be recorded", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// checkAccess: the access ledger has all that the service chain says of it.
const checkAccess = "access"

// auditAccess audits the access ledger and holds it against what the service
// chain says of it.
func (l *ledger) auditAccess(ctx context.Context, a *ops.Audit, full bool, progress ops.Progress) error {
	recorded, err := l.accessHistory(ctx)
	if err != nil {
		return fmt.Errorf("access ledger: %w", err)
	}
	check := audit.Check{Name: checkAccess, Checked: uint64(len(recorded))}
	find := func(problem string) {
		check.Findings++
		a.Findings = append(a.Findings, audit.Finding{Check: checkAccess, Problem: problem})
	}
	access, err := l.accessLedger(ctx, false)
	switch {
	case errors.Is(err, events.ErrBroken):
		find(err.Error())
	case err != nil:
		return err
	case access == nil:
		return nil // there never was one
	default:
		report, err := access.Audit(ctx, full, progress)
		if err != nil {
			return fmt.Errorf("access ledger: %w", err)
		}
		a.Access = &report
		for _, r := range recorded {
			if problem := access.differs(&r.data); problem != "" {
				find(fmt.Sprintf("event %d of the service: %s", r.seq, problem))
			}
		}
	}
	check.OK = check.Findings == 0
	a.Checks = append(a.Checks, check)
	return nil
}

// differs says in what an access ledger is not what a checkpoint says of it.
func (l *ledger) differs(c *schemas.AccessCheckpointed) string {
	if c.Origin != l.config.Origin {
		return fmt.Sprintf("it is about %s, the access ledger is %s", c.Origin, l.config.Origin)
	}
	if have := l.runner.Position(); c.Size > have {
		return fmt.Sprintf("the size of the access ledger was %d and is %d", c.Size, have)
	}
	root, err := l.runner.Root(c.Size)
	if err != nil {
		return fmt.Sprintf("the access ledger's tree of %d entries cannot be had: %v", c.Size, err)
	}
	if root.String() != c.Root {
		return fmt.Sprintf("the access ledger's root at %d was %s and is %s", c.Size, c.Root, root)
	}
	return ""
}

// accessReaders are the roles that may see who read what.
var accessReaders = []string{"auditor", "manager"}

// Accesses implements ops.Ledger.
func (l *ledger) Accesses(ctx context.Context, ask ops.AccessAsk) (ops.Accesses, error) {
	staff, known, err := l.staff(ctx, ask.Actor)
	if err != nil {
		return ops.Accesses{}, err
	}
	if !known || !staff.Active || !slices.Contains(accessReaders, staff.Role) {
		return ops.Accesses{}, ops.Inputf("who read what is for auditors and managers: %s is not recorded as one", ask.Actor)
	}
	// Whoever looks is seen looking.
	if _, err := l.record(ctx, accesslog.Entry{Type: "audit.seen", Staff: ask.Actor, Role: staff.Role, Action: "audit.see", Case: ask.Which.Case}); err != nil {
		return ops.Accesses{}, err
	}
	all, err := l.accesses(ctx, ask.Which)
	if err != nil {
		return all, err
	}
	// Whoever is excluded from a case is not told that it is there.
	hidden := map[events.Chain]bool{}
	hides := func(row accesslog.Row) bool {
		if row.Case == nil || err != nil {
			return false
		}
		hide, known := hidden[*row.Case]
		if !known {
			facts, wrong := l.Facts(ctx, *row.Case)
			if wrong != nil && !errors.Is(wrong, events.ErrNotFound) {
				err = wrong
				return false
			}
			hide = slices.Contains(facts.Excluded, ask.Actor)
			hidden[*row.Case] = hide
		}
		return hide
	}
	all.Entries, all.Unreviewed = slices.DeleteFunc(all.Entries, hides), slices.DeleteFunc(all.Unreviewed, hides)
	if err != nil {
		return ops.Accesses{}, err
	}
	return all, nil
}

// accesses reads the access ledger.
func (l *ledger) accesses(ctx context.Context, which accesslog.Which) (ops.Accesses, error) {
	access, err := l.openAccess(ctx)
	if err != nil {
		return ops.Accesses{}, err
	}
	r := ops.Accesses{Origin: access.config.Origin}
	if r.Entries, err = access.entries.List(ctx, which); err != nil {
		return r, err
	}
	r.Unreviewed, err = access.entries.Unreviewed(ctx)
	if r.Unreviewed == nil {
		r.Unreviewed = []accesslog.Row{}
	}
	return r, err
}

// glass is broken glass as the pages want it.
type glass struct {
	l     *ledger
	guard *access.Guard
}

// BreakGlass implements pages.Glass.
func (g glass) BreakGlass(ctx context.Context, who access.Who, chain events.Chain, reason string) error {
	session, err := events.ParseChain(who.Session)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if _, err := g.l.record(ctx, accesslog.Entry{
		Type: "glass.broken", Session: session, Staff: who.Staff, Role: string(who.Role), Case: &chain,
		Reason: reason, Until: g.l.now().Add(access.GlassFor),
	}); err != nil {
		return err
	}
	_, err = g.guard.BreakGlass(ctx, chain)
	return err
}

// Broken implements pages.Glass.
func (g glass) Broken(ctx context.Context) ([]pages.Broken, error) {
	a, err := g.l.openAccess(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := a.entries.Unreviewed(ctx)
	if err != nil {
		return nil, err
	}
	var broken []pages.Broken
	for _, r := range rows {
		if r.Case != nil {
			broken = append(broken, pages.Broken{Session: r.Session, Seq: r.Seq, At: r.At, Staff: r.Staff, Chain: *r.Case, Reason: r.Reason})
		}
	}
	return broken, nil
}

// Review implements pages.Glass.
func (g glass) Review(ctx context.Context, who access.Who, b pages.Broken, justified bool, note string) error {
	session, err := events.ParseChain(who.Session)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	_, err = g.l.record(ctx, accesslog.Entry{
		Type: "glass.reviewed", Session: session, Staff: who.Staff, Role: string(who.Role), Case: &b.Chain,
		Review: &accesslog.Review{Session: b.Session, Seq: b.Seq, Justified: justified, Note: note},
	})
	return err
}
