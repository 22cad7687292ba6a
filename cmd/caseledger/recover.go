package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/sync/errgroup"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/internal/audit"
	"caseledger/projections"
)

// errReplaced: the ledger was given a new stream and is to be opened again.
var errReplaced = errors.New("the stream was replaced")

// recover makes the two copies agree, or says what is missing. What one copy
// has lost and the other has whole is made again from it, with a warning; the
// damaged stream is kept for whoever wants to know what happened to it.
func (l *ledger) recover(ctx context.Context) error {
	report, err := l.runner.Recover(ctx, l.log, l.signedState)
	suspect := false
	if err == nil {
		// Where the copies end they agree; what an earlier comparison found
		// lies before.
		if suspect, err = l.o.dir.Suspect(); err == nil && suspect {
			_, err = l.runner.Compare(ctx, l.log, nil)
		}
	}
	var damage *projections.DamageError
	var fork *projections.ForkError
	var hole *natslog.HoleError
	switch {
	case err == nil:
		if suspect {
			if err := l.o.dir.SetSuspect(false); err != nil {
				return err
			}
		}
		return l.copyWraps(ctx, report)
	case errors.As(err, &damage) && len(damage.Both) == 0 && len(damage.Archive) > 0 && len(damage.Stream) == 0:
		l.logger.Warn("THE ARCHIVE IS DAMAGED: making it anew from the stream", "damage", damage.Error())
		if err := l.runner.Rebuild(ctx, l.log, nil); err != nil {
			return err
		}
		if report, err = l.runner.Recover(ctx, l.log, l.signedState); err != nil {
			return err
		}
		return l.copyWraps(ctx, report)
	case errors.As(err, &damage) && len(damage.Archive) == 0 && damage.Derived == "",
		errors.As(err, &fork) && l.streamAltered(ctx, fork),
		// The stream says that it holds a message and cannot read it.
		errors.As(err, &hole),
		// The stream's own files take no more: its server refuses what is put
		// back. A server of somebody else may just be away.
		l.o.nats == "" && report.Archive > report.Stream && errors.Is(err, events.ErrStopped):
		l.logger.Warn("THE STREAM IS DAMAGED: making a new one from the archive", "damage", err.Error())
		if failed := l.replaceStream(ctx); failed != nil {
			return fmt.Errorf("%w; it could not be replaced: %w", err, failed)
		}
		return errReplaced
	}
	return err
}

// signedState is the newest checkpoint that left under a signature.
func (l *ledger) signedState() (uint64, events.Hash, bool) {
	c, ok := l.state.Last()
	return c.Size, c.Root, ok
}

// streamAltered reports whether it is the stream that was altered where the
// two copies differ: the archive's message is under a signature, or the
// stream's is no record at all.
func (l *ledger) streamAltered(ctx context.Context, fork *projections.ForkError) bool {
	if fork.Seq == 0 {
		return false
	}
	if size, _, ok := l.signedState(); ok && fork.Seq <= size {
		return true // its root was recomputed before anything else
	}
	theirs, err := l.log.Get(ctx, fork.Seq)
	return err == nil && theirs.Void
}

var rebuiltName = regexp.MustCompile(`^(.*)-r([1-9][0-9]*)$`)

// nextStream names the stream that takes another's place.
func nextStream(name string) string {
	n := 0
	if m := rebuiltName.FindStringSubmatch(name); m != nil {
		name = m[1]
		n, _ = strconv.Atoi(m[2])
	}
	return fmt.Sprintf("%s-r%d", name, n+1)
}

// replaceStream makes a new stream from the archive, compares it with the
// archive and puts its name into the configuration. The old stream stays. It
// ends with the log closed: the ledger must be opened again. Broken off at any
// point it is taken up by the next start.
func (l *ledger) replaceStream(ctx context.Context) error {
	// What only the damaged stream has is taken over first.
	for e, err := range l.log.Replay(ctx, l.runner.Position()+1) {
		if err != nil {
			return err
		}
		if err := l.runner.Apply(ctx, &e, nil); err != nil {
			return err
		}
	}
	in := audit.Input{Origin: l.config.Origin, Archive: l.runner}
	if size, root, ok := l.signedState(); ok {
		in.Signed = &audit.Signed{Size: size, Root: root}
	}
	whole, err := audit.Run(ctx, in)
	if err != nil {
		return err
	}
	if !whole.OK() {
		return fmt.Errorf("the archive is not whole either: %s at %d: %w", whole.Findings[0].Problem, whole.Findings[0].Stream, events.ErrBroken)
	}
	old := l.config.Stream
	err = l.log.Close()
	l.log = nil
	if err != nil {
		return err
	}
	name := nextStream(old)
	log, err := l.openLog(ctx, name)
	if err != nil {
		return err
	}
	err = log.RestoreAll(ctx, l.runner.Archive(ctx, 1), nil)
	if err == nil {
		_, err = l.runner.Compare(ctx, log, nil)
	}
	if err := errors.Join(err, log.Close()); err != nil {
		return err
	}
	config, err := l.o.dir.Config()
	if err != nil {
		return err
	}
	config.Stream = name
	if err := l.o.dir.WriteConfig(config); err != nil {
		return err
	}
	l.logger.Warn("THE STREAM WAS REPLACED: the old one is kept, run an audit", "old", old, "new", name, "events", whole.Events, "root", whole.Root)
	return nil
}

// wrapsBehind is how many messages before the end of a copy that lost something
// are looked at for new cases too: the stream's two stores are synced one
// after the other, so that the keys may have lost more than the messages. It is
// what a busy service records in the second that a sync may take.
const wrapsBehind = 8192

// copyWraps gives each store the wrapped keys that the other has, after one of
// them has lost something: those of the cases that were written to then, or all
// when it lost everything.
func (l *ledger) copyWraps(ctx context.Context, report projections.Report) error {
	both := min(report.Archive, report.Stream)
	switch {
	case report.Restored == 0 && report.Replayed == 0:
		return nil
	case report.Stream == 0:
		if err := copyAll(ctx, l.store, l.log); err != nil {
			return fmt.Errorf("put the keys back into the stream's store: %w", err)
		}
		return nil
	case report.Archive == 0:
		if err := copyAll(ctx, l.log, l.store); err != nil {
			return fmt.Errorf("put the keys back into the archive: %w", err)
		}
		return nil
	}
	refs := map[events.KeyRef]bool{}
	group, mending := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for e, err := range l.runner.Archive(ctx, both-min(both-1, wrapsBehind)) {
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		if e.Void || refs[e.Record.Detail.Key] {
			continue
		}
		ref := e.Record.Detail.Key
		// A key is made, and is in both stores, before its first event is sent.
		if e.Seq <= both && e.Record.Link.Seq > 1 && ref.Gen == 1 {
			continue
		}
		refs[ref] = true
		group.Go(func() error { return l.ring.Mend(mending, ref) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("put the keys back where they are missing: %w", err)
	}
	return nil
}

// copyAll copies every wrap, many at a time. A store that has other bytes
// under a name keeps them; an audit tells.
func copyAll(ctx context.Context, from, to keys.Store) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for name, err := range from.Wraps(ctx) {
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			wrap, err := from.GetWrap(ctx, name)
			if err != nil {
				return err
			}
			if err := to.PutWrap(ctx, name, wrap); err != nil && !errors.Is(err, events.ErrConflict) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}
