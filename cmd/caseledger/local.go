package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/internal/audit"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// writable refuses to record while an operator has to look first: messages of
// the stream that are no records come from somebody else, and are seen when
// the ledger is opened.
func (l *ledger) writable() error {
	if l.voids == 0 {
		return nil
	}
	return fmt.Errorf("message %d of the stream is no record (%d in all): %w", l.firstVoid, l.voids, events.ErrReadOnly)
}

// storageError gives an error of the stores the identity that it has outside.
func storageError(err error) error {
	if errors.Is(err, natslog.ErrFull) {
		return ops.As(ops.ErrFull, err)
	}
	return err
}

// Append implements ops.Ledger.
func (l *ledger) Append(ctx context.Context, a ops.Append) (ops.Appended, error) {
	if err := l.writable(); err != nil {
		return ops.Appended{}, err
	}
	c := cases.Command{Type: a.Type, V: a.V, Actor: a.Actor, Occurred: a.Occurred, Data: a.Data, Expect: a.Expect}
	if a.Case != nil {
		if c.Case = *a.Case; c.Case == (events.Chain{}) {
			return ops.Appended{}, fmt.Errorf("case %s: %w", c.Case, events.ErrNotFound)
		}
	}
	if a.ID != nil {
		if c.ID = *a.ID; c.ID == (ulid.ULID{}) {
			return ops.Appended{}, ops.Inputf("an id of zeros is no id")
		}
	}
	record := l.cases.Append
	if a.Case == nil && cases.OfService(a.Type) {
		record = l.cases.Govern
	}
	r, err := record(ctx, c)
	if err != nil {
		return ops.Appended{}, storageError(err)
	}
	l.asking(ctx, a.Type, r.Case, a.Actor, a.Data)
	return ops.Appended{Case: r.Case, Seq: r.Seq, ID: r.ID, Hash: r.Hash, Repeated: r.Repeated}, nil
}

// Import implements ops.Ledger.
func (l *ledger) Import(ctx context.Context, in io.Reader) (cases.Report, error) {
	if err := l.writable(); err != nil {
		return cases.Report{Refusals: []cases.Refusal{}}, err
	}
	report, err := l.cases.Import(ctx, in, nil)
	return report, storageError(err)
}

// Caseload implements ops.Ledger.
func (l *ledger) Caseload(ctx context.Context, adviser string) (ops.Caseload, error) {
	rows, err := l.runner.Caseload(ctx, adviser)
	if err != nil {
		return ops.Caseload{}, err
	}
	list := ops.Caseload{Cases: make([]ops.Case, len(rows))}
	if adviser != "" {
		list.Adviser = &adviser
	}
	for i := range rows {
		list.Cases[i] = caseOf(&rows[i])
	}
	return list, nil
}

// Timeline implements ops.Ledger.
func (l *ledger) Timeline(ctx context.Context, chain events.Chain, asKnown time.Time) (ops.Timeline, error) {
	rows, err := l.runner.Timeline(ctx, chain, asKnown)
	if err != nil {
		return ops.Timeline{}, err
	}
	t := ops.Timeline{Case: chain, Events: make([]ops.Line, len(rows))}
	if !asKnown.IsZero() {
		t.AsKnown = &asKnown
	}
	for i := range rows {
		t.Events[i] = lineOf(&rows[i])
	}
	return t, nil
}

// Show implements ops.Ledger.
func (l *ledger) Show(ctx context.Context, chain events.Chain, seq uint64) (ops.Event, error) {
	entry, err := l.runner.At(chain, seq)
	if err != nil {
		return ops.Event{}, err
	}
	rec := &entry.Record
	key, err := l.ring.Key(ctx, rec.Detail.Key)
	if err != nil {
		return ops.Event{}, err
	}
	body, err := events.Open(rec, &key, schemas.Default())
	if err != nil {
		return ops.Event{}, err
	}
	return ops.Event{
		Case: chain, Seq: seq, Stream: entry.Seq, ID: rec.Detail.ID, At: ops.Time(rec.Detail.At),
		Hash: rec.Link.Hash(), Prev: rec.Link.Prev, Detail: rec.Link.Detail,
		Parts: rec.Detail.Parts, Root: rec.Detail.Root, Sealed: rec.Detail.Sealed, Key: rec.Detail.Key.String(),
		Link: string(rec.Link.Append(nil)), Body: body,
	}, nil
}

// ByID implements api.Ledger.
func (l *ledger) ByID(ctx context.Context, id ulid.ULID) (ops.Event, error) {
	entry, err := l.runner.ByID(id)
	if err != nil {
		return ops.Event{}, err
	}
	return l.Show(ctx, entry.Record.Link.Chain, entry.Record.Link.Seq)
}

// inputError gives an error of package evidence the identity that it has
// outside.
func inputError(err error) error {
	if errors.Is(err, evidence.ErrInput) || errors.Is(err, evidence.ErrExposed) {
		return ops.As(ops.ErrInput, err)
	}
	return err
}

// exporting is what an export needs of the ledger.
type exporting struct {
	l *ledger
	// head is the case's last event when its path and its proposals were looked
	// at. After any other the export is not recorded, and all is looked at anew.
	head uint64
	id   *ulid.ULID // of the event; nil: a fresh one
}

// errMoved: the case moved on between the look at its path and the export.
var errMoved = errors.New("the case moved on")

// Entries implements evidence.Ledger.
func (x exporting) Entries(ctx context.Context, chain events.Chain) ([]events.Entry, error) {
	var entries []events.Entry
	for e, err := range x.l.runner.Chain(ctx, chain) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Key implements evidence.Ledger.
func (x exporting) Key(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	return x.l.ring.Key(ctx, ref)
}

// Append implements evidence.Ledger.
func (x exporting) Append(ctx context.Context, chain events.Chain, typ, actor string, occurred, data []byte, expect uint64) (events.Record, uint64, error) {
	if expect != x.head {
		return events.Record{}, 0, errMoved
	}
	c := cases.Command{Case: chain, Type: typ, Actor: actor, Occurred: occurred, Data: data, Expect: expect}
	if x.id != nil {
		c.ID = *x.id
	}
	r, err := x.l.cases.Record(ctx, c)
	if err != nil {
		return events.Record{}, 0, err
	}
	entry, err := x.l.runner.Entry(r.Stream)
	return entry.Record, r.Stream, err
}

// Checkpoint implements evidence.Ledger.
func (x exporting) Checkpoint(ctx context.Context, cover uint64) ([]byte, evidence.Tree, error) {
	size := x.l.runner.Position()
	if x.l.config.StreamSync == natslog.Sync1s {
		select {
		case <-time.After(streamSettles):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	c, signed, err := x.l.sign(size)
	if err != nil {
		return nil, nil, err
	}
	if c.Size < cover {
		return nil, nil, fmt.Errorf("the archive has %d entries, not %d: %w", c.Size, cover, events.ErrNotFound)
	}
	return signed, treeOf{x.l, c.Size}, nil
}

// treeOf is the tree of a size.
type treeOf struct {
	l    *ledger
	size uint64
}

// Prove implements evidence.Tree.
func (t treeOf) Prove(_ context.Context, index uint64) ([]events.Hash, error) {
	return tlog.Prove(t.l.runner.TreeReader(), t.size, index)
}

// The checks that only the open ledger can make, beside those of package
// audit.
const (
	checkKeys = "keys"        // every wrap of every store opens, to the same key
	checkCopy = "copy"        // the stream holds the same messages as the archive
	checkFile = "attachments" // both copies of every attachment are there and what was recorded
)

// Audit implements ops.Ledger.
func (l *ledger) Audit(ctx context.Context, full bool, progress ops.Progress) (ops.Audit, error) {
	result := ops.Audit{Origin: l.config.Origin, Full: full, Verdict: "damaged"}
	in := audit.Input{Origin: l.config.Origin, Archive: l.runner, Progress: progress,
		Last: func(ctx context.Context) (events.Entry, events.State, error) {
			state, err := l.log.State(ctx)
			if err != nil {
				return events.Entry{}, state, err
			}
			last, err := l.log.Last(ctx)
			return last, state, err
		},
	}
	if c, ok := l.state.Last(); ok {
		in.Signed = &audit.Signed{Size: c.Size, Root: c.Root}
		result.Checkpoint = &ops.Checkpoint{Size: c.Size, Root: c.Root}
	}
	var files attachmentAudit
	if full {
		in.Keys, in.Validator, in.Opened = l.ring, schemas.Default(), files.opened
		if l.o.access {
			in.Validator, in.Opened = schemas.Access(), nil
			in.Gone = func(err error) bool { return errors.Is(err, keys.ErrErased) }
		}
	}
	var err error
	if result.Report, err = audit.Run(ctx, in); err != nil {
		return result, err
	}
	if full {
		if err := l.auditKeys(ctx, &result); err != nil {
			return result, err
		}
		if err := l.auditCopy(ctx, &result, progress); err != nil {
			return result, err
		}
		if !l.o.access {
			if err := l.auditAttachments(ctx, &result, &files); err != nil {
				return result, err
			}
		}
	}
	if !l.o.access {
		if err := l.auditAccess(ctx, &result, full, progress); err != nil {
			return result, err
		}
	}
	if result.OK() {
		result.Verdict = "whole"
	}
	return result, nil
}

// auditKeys opens every wrap of every store.
func (l *ledger) auditKeys(ctx context.Context, a *ops.Audit) error {
	n, err := l.ring.Check(ctx)
	check := audit.Check{Name: checkKeys, OK: err == nil, Checked: uint64(n)}
	var damaged *keys.CheckError
	switch {
	case errors.As(err, &damaged):
		check.Findings = uint64(damaged.Total)
		for _, d := range damaged.Damage {
			if l.neverBegun(d) {
				check.Findings--
				continue
			}
			a.Findings = append(a.Findings, audit.Finding{Check: checkKeys, Problem: d.Error()})
		}
		check.OK = check.Findings == 0
	case err != nil:
		return fmt.Errorf("check the keys: %w", err)
	}
	a.Checks = append(a.Checks, check)
	return nil
}

// neverBegun reports whether a store lacks the wrap of a case that has no event:
// the process was stopped after one store had it, and nothing is sealed under
// that key.
func (l *ledger) neverBegun(e *keys.StoreError) bool {
	chain, _, _ := strings.Cut(e.Name, ".")
	c, err := events.ParseChain(chain)
	if err != nil || !errors.Is(e.Err, events.ErrNotFound) {
		return false
	}
	_, err = l.runner.Head(c)
	return errors.Is(err, events.ErrNotFound)
}

// auditCopy compares every message of the stream with the archive.
func (l *ledger) auditCopy(ctx context.Context, a *ops.Audit, progress ops.Progress) error {
	report, err := l.runner.Compare(ctx, l.log, progress)
	check := audit.Check{Name: checkCopy, OK: err == nil, Checked: report.Compared}
	if err != nil {
		if !errors.Is(err, events.ErrBroken) {
			return fmt.Errorf("compare stream and archive: %w", err)
		}
		check.Findings = 1
		a.Findings = append(a.Findings, audit.Finding{Check: checkCopy, Problem: err.Error()})
	}
	a.Checks = append(a.Checks, check)
	return nil
}

// Policy implements ops.Ledger.
func (l *ledger) Policy(context.Context) (ops.Policy, error) {
	b, err := tlog.FormatPolicy(l.signer.VerifierKey())
	return ops.Policy{Policy: string(b)}, err
}

// A rebuild collects garbage half as often as usual, up to rebuildMemory bytes
// in all, from where on more often: what a million events need lies below, and
// what the archive holds beside it makes less than a gigabyte of it. A limit
// that whoever runs the program has set, if it is lower, holds.
const (
	rebuildGarbage = 200 // percent of what is in use
	rebuildMemory  = 700 << 20
)

// Rebuild implements ops.Ledger.
func (l *ledger) Rebuild(ctx context.Context, progress ops.Progress) (ops.Rebuilt, error) {
	l.rebuilding.Lock() // one at a time; the limit is the process's
	defer l.rebuilding.Unlock()
	before := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(before, rebuildMemory))
	defer debug.SetMemoryLimit(before)
	defer debug.SetGCPercent(debug.SetGCPercent(rebuildGarbage))
	if err := l.runner.Rebuild(ctx, l.log, progress); err != nil {
		return ops.Rebuilt{}, err
	}
	r := ops.Rebuilt{Events: l.runner.Position()}
	for _, err := range l.runner.Chains(ctx) {
		if err != nil {
			return r, err
		}
		r.Cases++
	}
	var err error
	r.Root, err = l.runner.Root(r.Events)
	return r, err
}

// Demo implements ops.Ledger.
func (l *ledger) Demo(ctx context.Context, progress ops.Progress) (ops.Demo, error) {
	if err := l.writable(); err != nil {
		return ops.Demo{}, err
	}
	l.demo.Lock()
	defer l.demo.Unlock()
	told := story.Events()
	present := uint64(0)
	for _, e := range told {
		switch _, err := l.runner.ByID(e.ID); {
		case err == nil:
			present++
		case !errors.Is(err, events.ErrNotFound):
			return ops.Demo{}, err
		}
	}
	if present < uint64(len(told)) && present != l.runner.Position() {
		return ops.Demo{}, ops.As(ops.ErrNotEmpty, errors.New("the story is for a ledger of its own: this one holds something else"))
	}
	result := ops.Demo{Events: len(told), Cases: []ops.DemoCase{}}
	for i, e := range told {
		r, err := l.tell(ctx, &e)
		if err != nil {
			return result, fmt.Errorf("event %d of the story: %w", i+1, storageError(err))
		}
		if !r.Repeated {
			result.Recorded++
		}
		if e.Case == story.Service {
			continue // in no case
		}
		at := slices.IndexFunc(result.Cases, func(c ops.DemoCase) bool { return c.Case == e.Chain })
		if at < 0 {
			at = len(result.Cases)
			result.Cases = append(result.Cases, ops.DemoCase{Case: e.Chain, Title: e.Case})
		}
		result.Cases[at].Events++
		if progress != nil {
			progress(uint64(i+1), uint64(len(told)))
		}
	}
	return result, nil
}

// tell records an event of the story, with its file when it has one.
func (l *ledger) tell(ctx context.Context, e *story.Event) (cases.Result, error) {
	c := cases.Command{Case: e.Chain, Open: true, ID: e.ID, Type: e.Type, V: e.V, Actor: e.Actor, Occurred: e.Occurred, Data: e.Data}
	switch {
	case cases.OfService(e.Type):
		return l.cases.GovernAt(ctx, c, e.At)
	case e.File == nil:
		return l.cases.RecordAt(ctx, c, e.At)
	}
	var err error
	if c.Data, err = withoutSums(c.Data); err != nil {
		return cases.Result{}, err
	}
	var r cases.Result
	_, err = l.attach(ctx, c, bytes.NewReader(e.File), true, func(ctx context.Context, c cases.Command) (_ cases.Result, err error) {
		r, err = l.cases.RecordAt(ctx, c, e.At)
		return r, err
	})
	return r, err
}

// Health implements ops.Ledger.
func (l *ledger) Health(ctx context.Context) (ops.Health, error) {
	h := ops.Health{Status: "ok", Origin: l.config.Origin, Events: l.runner.Position(), Version: version()}
	if c, ok := l.state.Last(); ok {
		h.Signed = c.Size
	}
	status, err := l.runner.Status(ctx)
	if err != nil {
		return h, err
	}
	switch mismatch := l.mismatch.Load(); {
	case status.Stopped != "":
		h.Status, h.Reason = "stopped", status.Stopped
	case l.fault() != nil:
		h.Status, h.Reason = "stopped", l.fault().Error()
	case mismatch != nil:
		h.Status, h.Reason = "damaged", *mismatch
	case status.Voids > 0:
		h.Status, h.Reason = "read-only", fmt.Sprintf("%d messages are no records", status.Voids)
	case len(status.Failed) > 0:
		h.Status, h.Reason = "degraded", fmt.Sprintf("%d views are not served; see caseledger audit and rebuild", len(status.Failed))
	case status.StoreFault != "":
		h.Status, h.Reason = "degraded", status.StoreFault
	default:
		// Without the access ledger nothing is shown.
		if problem := l.accessHealth(ctx); problem != "" {
			h.Status, h.Reason = "degraded", problem
		}
	}
	return h, nil
}
