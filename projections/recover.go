package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"caseledger/events"
)

// Source is a log that can be read from its start: the stream, or this store's
// own archive.
type Source interface {
	// Replay yields messages from a sequence on, oldest first and without
	// gaps, to the last one at the time of the call. A gap ends it with an
	// error wrapping events.ErrBroken.
	Replay(ctx context.Context, from uint64) iter.Seq2[events.Entry, error]
	State(ctx context.Context) (events.State, error)
}

// Log is the stream that the archive is a second copy of. natslog.Log is one.
type Log interface {
	Source
	// Get returns one message. The error wraps events.ErrNotFound beyond the
	// last, events.ErrBroken when it is lost.
	Get(ctx context.Context, seq uint64) (events.Entry, error)
	// RestoreAll puts entries, contiguous, at exactly their sequences.
	RestoreAll(ctx context.Context, entries iter.Seq2[events.Entry, error], progress func(seq uint64)) error
}

// Report says what Recover or Compare found and did. Numbers are stream
// sequences or counts of messages.
type Report struct {
	Archive  uint64 `json:"archive"`  // messages in the archive when it began
	Stream   uint64 `json:"stream"`   // last message of the stream when it began
	Signed   uint64 `json:"signed"`   // size of the newest signed tree; 0 is none
	Restored uint64 `json:"restored"` // put back into the stream from the archive
	Replayed uint64 `json:"replayed"` // taken into the archive from the stream
	Compared uint64 `json:"compared"` // present in both and equal
	Rebuilt  bool   `json:"rebuilt"`  // all derived data was made anew
	Refolded uint64 `json:"refolded"` // cases whose failed views were tried again

	Position uint64      `json:"position"` // messages in both when it ended
	Root     events.Hash `json:"root"`     // of the tree over them
	Voids    uint64      `json:"voids"`    // messages that are no records; the ledger is read-only until they are accepted
}

// Range is a run of stream sequences, both ends included.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d–%d", r.From, r.To)
}

// maxRanges bounds what an error lists.
const maxRanges = 100

func addTo(list []Range, seq uint64) []Range {
	if n := len(list); n > 0 && list[n-1].To+1 == seq {
		list[n-1].To = seq
		return list
	}
	if len(list) == maxRanges {
		return list
	}
	return append(list, Range{seq, seq})
}

// DamageError says which messages are missing or damaged in which copy. At
// most 100 runs are listed for each.
type DamageError struct {
	Size    uint64  // messages there should be
	Stream  []Range // missing or unreadable in the stream
	Archive []Range // missing or unreadable in the archive
	Both    []Range // in neither: lost
	Derived string  // what else of the archive is wrong: tree or an index
}

func (e *DamageError) Error() string {
	s := fmt.Sprintf("of %d messages", e.Size)
	if len(e.Stream) > 0 {
		s += fmt.Sprintf(", the stream lacks %v", e.Stream)
	}
	if len(e.Archive) > 0 {
		s += fmt.Sprintf(", the archive lacks %v", e.Archive)
	}
	if e.Derived != "" {
		s += ", " + e.Derived
	}
	switch {
	case len(e.Both) > 0:
		return s + fmt.Sprintf("; %v are in neither: restore a backup that has them, or declare the loss", e.Both)
	case len(e.Stream) > 0 && len(e.Archive) > 0:
		return s + "; each has what the other lacks: rebuild the archive's missing messages from a backup of either, then the stream from the archive"
	case len(e.Stream) > 0:
		return s + "; the archive has them: make a new stream from the archive"
	}
	return s + "; the stream has everything: rebuild the store from the stream"
}

// Is makes every DamageError an events.ErrBroken.
func (e *DamageError) Is(target error) bool { return target == events.ErrBroken }

// ShortError says that there is less than was signed.
type ShortError struct {
	Signed          uint64 // size of the newest signed tree
	Archive, Stream uint64 // messages in each
}

func (e *ShortError) Error() string {
	have := max(e.Archive, e.Stream)
	return fmt.Sprintf("%d messages were signed, the archive has %d and the stream %d: %v are lost; restore a backup that has them, or declare the loss",
		e.Signed, e.Archive, e.Stream, Range{have + 1, e.Signed})
}

// Is makes every ShortError an events.ErrBroken.
func (e *ShortError) Is(target error) bool { return target == events.ErrBroken }

// ForkError says that two copies tell different things. Nothing was written.
type ForkError struct {
	Seq           uint64 // the message that differs; 0 when Size is set
	Size          uint64 // the tree whose root differs
	Archive       events.Hash
	Other         events.Hash // of the stream, or as signed
	OtherIsSigned bool
}

func (e *ForkError) Error() string {
	if e.Seq != 0 {
		return fmt.Sprintf("message %d is %s in the archive and %s in the stream: one of them was altered; compare both with a checkpoint that others hold, and restore the one that differs from a backup", e.Seq, e.Archive, e.Other)
	}
	what := "before the rebuild"
	if e.OtherIsSigned {
		what = "as signed"
	}
	return fmt.Sprintf("the tree over %d messages has root %s, %s it is %s: the record was altered; restore a backup that has the signed root", e.Size, e.Archive, what, e.Other)
}

// Is makes every ForkError an events.ErrBroken.
func (e *ForkError) Is(target error) bool { return target == events.ErrBroken }

// rebuildAbove is the number of messages from which an empty store is filled
// by a rebuild: below it, replaying takes no time to speak of.
const rebuildAbove = replayWindow

// Recover makes archive and stream agree before anything is appended, in the
// order of docs/DESIGN.md, section 3: the archive's position, the signed
// state, the stream's end and its hash are compared; what only the archive has
// is put back into the stream, what only the stream has is replayed; the root
// at the signed size is recomputed. signed returns the newest size and root
// that left under a signature; nil or false is none. When both agree it takes
// the same time for every size.
//
// Views that failed, or that other code wrote, are folded again.
//
// Its errors wrap events.ErrBroken and say what is missing and what to do: a
// *DamageError, *ShortError, *ForkError, or *events.LinkError for a stream that
// holds a record which does not follow; what the log itself finds broken passes
// through. Nothing but what the report counts has been written then.
func (r *Runner) Recover(ctx context.Context, log Log, signed func() (size uint64, root events.Hash, ok bool)) (Report, error) {
	r.signed = signed
	rep, err := r.recover(ctx, log)
	rep.Position = r.Position()
	if err == nil {
		rep.Root, err = r.Root(rep.Position)
	}
	if err == nil {
		var s Status
		s, err = r.Status(ctx)
		rep.Voids = s.Voids
	}
	if err != nil {
		return rep, fmt.Errorf("recover: %w", err)
	}
	return rep, nil
}

func (r *Runner) recover(ctx context.Context, log Log) (Report, error) {
	r.mu.Lock()
	err := r.stopped
	r.mu.Unlock()
	if err != nil {
		return Report{}, err
	}
	st, err := log.State(ctx)
	if err != nil {
		return Report{}, err
	}
	rep := Report{Archive: r.Position(), Stream: st.Last}
	size, root, ok := r.signedState()
	if ok {
		rep.Signed = size
		if size > max(rep.Archive, rep.Stream) {
			return rep, &ShortError{Signed: size, Archive: rep.Archive, Stream: rep.Stream}
		}
	}
	if st.Missing() > 0 {
		return rep, r.damage(ctx, log, st)
	}
	// The signed root first: nothing is copied from an archive that fails it.
	check := func() error {
		if !ok || size > r.Position() {
			return nil
		}
		have, err := r.Root(size)
		if err == nil && have != root {
			err = &ForkError{Size: size, Archive: have, Other: root, OtherIsSigned: true}
		}
		return err
	}
	if err := check(); err != nil {
		return rep, err
	}
	if err := r.agree(ctx, log, min(rep.Archive, rep.Stream)); err != nil {
		return rep, err
	}
	switch {
	case rep.Archive > rep.Stream:
		r.o.Logger.Warn("the stream is behind the archive: restoring", "stream", rep.Stream, "archive", rep.Archive)
		var lost error // by the archive, of what only it has
		entries := func(yield func(events.Entry, error) bool) {
			for e, err := range r.Archive(ctx, rep.Stream+1) {
				if errors.Is(err, events.ErrBroken) {
					lost = err
				}
				if !yield(e, err) {
					return
				}
			}
		}
		err := log.RestoreAll(ctx, entries, func(seq uint64) { rep.Restored = seq - rep.Stream })
		if lost != nil {
			st, err := log.State(ctx)
			if err != nil {
				return rep, err
			}
			return rep, r.damage(ctx, log, st)
		}
		if err != nil {
			return rep, fmt.Errorf("restore the stream: %w", err)
		}
	case rep.Archive == 0 && rep.Stream >= rebuildAbove:
		if err := r.Rebuild(ctx, log, nil); err != nil {
			return rep, err
		}
		rep.Rebuilt, rep.Replayed = true, rep.Stream
	case rep.Archive < rep.Stream:
		r.o.Logger.Warn("the archive is behind the stream: replaying", "stream", rep.Stream, "archive", rep.Archive)
		rep.Replayed, err = r.replay(ctx, log, rep.Archive+1)
		if err != nil {
			return rep, fmt.Errorf("replay the stream: %w", err)
		}
	}
	if err := check(); err != nil {
		return rep, err
	}
	return rep, r.repairViews(ctx, &rep)
}

func (r *Runner) signedState() (size uint64, root events.Hash, ok bool) {
	if r.signed == nil {
		return 0, events.Hash{}, false
	}
	return r.signed()
}

// agree compares one message of the archive with the stream's.
func (r *Runner) agree(ctx context.Context, log Log, seq uint64) error {
	if seq == 0 {
		return nil
	}
	theirs, err := log.Get(ctx, seq)
	if err != nil {
		return err
	}
	ours, err := r.Entry(seq)
	if errors.Is(err, events.ErrBroken) {
		return &DamageError{Size: r.Position(), Archive: []Range{{seq, seq}}}
	}
	if err != nil {
		return err
	}
	pos, err := r.position()
	if err != nil {
		return err
	}
	if pos.seq == seq && pos.hash != ours.Hash() {
		return &DamageError{Size: seq, Archive: []Range{{seq, seq}}}
	}
	if !bytes.Equal(ours.Payload, theirs.Bytes()) {
		return &ForkError{Seq: seq, Archive: ours.Hash(), Other: theirs.Hash()}
	}
	return nil
}

// replayWindow is how many entries of a replay are queued at a time.
const replayWindow = 4 * maxGroup

// replay applies the stream's messages from a sequence on.
func (r *Runner) replay(ctx context.Context, src Source, from uint64) (n uint64, err error) {
	var window []*request
	wait := func(leave int) error {
		for ; len(window) > leave; window = window[1:] {
			select {
			case <-window[0].done:
				if err := window[0].err; err != nil {
					return err
				}
				n++
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	for e, err := range src.Replay(ctx, from) {
		if err != nil {
			return n, errors.Join(err, wait(0))
		}
		q, err := r.enqueue(&e, nil)
		if err != nil {
			return n, err
		}
		if window = append(window, q); len(window) >= replayWindow {
			if err := wait(replayWindow / 2); err != nil {
				return n, err
			}
		}
	}
	return n, wait(0)
}

// repairViews folds again what failed, or everything when other code, or
// another index key, wrote the views.
func (r *Runner) repairViews(ctx context.Context, rep *Report) error {
	if r.stale {
		if rep.Archive > 0 {
			r.o.Logger.Warn("the views were written by another version: folding all again")
		}
		rep.Rebuilt = true
		return r.Rebuild(ctx, r.Own(), nil)
	}
	failed, err := r.failures(ctx, maxRefold)
	if err != nil {
		return err
	}
	for i := range failed {
		if i > 0 && failed[i].Case == failed[i-1].Case {
			continue
		}
		if err := r.refold(ctx, failed[i].Case); err != nil {
			return fmt.Errorf("fold case %s again: %w", failed[i].Case, err)
		}
		rep.Refolded++
	}
	return nil
}

// maxRefold bounds the failed views that a start tries again.
const maxRefold = 1000

// refold makes the views of one case anew from the archive.
func (r *Runner) refold(ctx context.Context, chain events.Chain) error {
	return r.inLoop(ctx, func() error {
		f := r.folder(r.w.sp)
		b := r.s.db.NewBatch()
		defer b.Close()
		to := batchSink{b}
		for _, kind := range [...]byte{kindFailed, kindTimeline} {
			from := f.sp.appendOf(nil, kind, chain)
			if err := b.DeleteRange(from, after(from), nil); err != nil {
				return err
			}
		}
		// What lists the case is not known any more: look at every listing.
		from := f.sp.kind(kindAdviser)
		it, err := r.s.db.NewIter(iterOver(from, after(from)))
		if err != nil {
			return storeError(err)
		}
		for it.First(); it.Valid(); it.Next() {
			if bytes.HasSuffix(it.Key(), chain[:]) {
				if err := to.remove(it.Key()); err != nil {
					return errors.Join(err, it.Close())
				}
			}
		}
		if err := it.Close(); err != nil {
			return storeError(err)
		}
		filed, err := f.loadTerms(r.s.db, chain)
		if err != nil {
			return err
		}
		c := &caseEntry{chain: chain, filed: filed}
		for e, err := range r.Chain(ctx, chain) {
			if err != nil {
				return err
			}
			if err := f.link(c, e.Seq, &e.Record, e.Hash()); err != nil {
				return err
			}
			if err := f.fold(ctx, c, &e.Record, nil, to); err != nil {
				return err
			}
		}
		if err := f.finish(ctx, c, to); err != nil {
			return err
		}
		delete(r.w.cases, chain)
		return r.s.write(func() error { return r.s.db.Apply(b, nil) })
	})
}

// Own is the archive as a source, to fold views again without the stream.
func (r *Runner) Own() Source { return own{r} }

type own struct{ r *Runner }

func (o own) Replay(ctx context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return o.r.Archive(ctx, from)
}

func (o own) State(context.Context) (events.State, error) {
	n := o.r.Position()
	return events.State{First: 1, Last: n, Count: n}, nil
}
