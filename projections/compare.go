package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
)

// Compare holds every message of the stream, up to the archive's position when
// it begins, against the archive, byte for byte, and what the store derived
// against the archive: links, chain index, id index, tree. It reads while the
// ledger runs. progress, if not nil, is called now and then.
//
// The error wraps events.ErrBroken and is a *DamageError, a *ForkError for the
// first message that differs, or a *events.LinkError.
func (r *Runner) Compare(ctx context.Context, log Log, progress func(done, total uint64)) (Report, error) {
	total := r.Position()
	rep := Report{Archive: total}
	st, err := log.State(ctx)
	if err == nil {
		rep.Stream = st.Last
		err = r.compare(ctx, log, st, &rep, progress)
	}
	rep.Position = total
	if err == nil {
		rep.Root, err = r.Root(total)
	}
	if size, _, ok := r.signedState(); ok {
		rep.Signed = size
	}
	if err != nil {
		return rep, fmt.Errorf("compare: %w", err)
	}
	return rep, nil
}

// reportEvery is how many messages pass between calls of a progress function.
const reportEvery = 64

func (r *Runner) compare(ctx context.Context, log Log, st events.State, rep *Report, progress func(done, total uint64)) error {
	damage := DamageError{Size: rep.Archive}
	var edge frontier
	whole := true // every message so far is in the archive
	tips := make(map[events.Chain]events.Tip)
	err := walk(ctx, log, st, rep.Archive, func(seq uint64, theirs *events.Entry) error {
		if progress != nil && (seq%reportEvery == 0 || seq == rep.Archive) {
			progress(seq, rep.Archive)
		}
		ours, err := r.Entry(seq)
		lost := errors.Is(err, events.ErrBroken)
		if err != nil && !lost {
			return err
		}
		if theirs == nil {
			damage.Stream = addTo(damage.Stream, seq)
		}
		if lost {
			whole = false
			damage.Archive = addTo(damage.Archive, seq)
			if theirs == nil {
				damage.Both = addTo(damage.Both, seq)
			}
			return nil
		}
		if theirs != nil {
			if !bytes.Equal(ours.Payload, theirs.Bytes()) {
				return &ForkError{Seq: seq, Archive: ours.Hash(), Other: theirs.Hash()}
			}
			rep.Compared++
		}
		if ours.Void {
			rep.Voids++
		}
		if !whole {
			return nil // links and tree end at the first gap
		}
		if _, _, err := edge.add(ours.Hash()); err != nil {
			return err
		}
		if ours.Void {
			return nil
		}
		link := &ours.Record.Link
		if tips[link.Chain], err = tips[link.Chain].Next(link, r.origin, link.Chain); err != nil {
			return err
		}
		return r.compareIndexes(&ours, &damage)
	})
	if err != nil {
		return err
	}
	if whole {
		if err := r.compareDerived(&edge, tips, rep.Archive, &damage); err != nil {
			return err
		}
	}
	if len(damage.Stream)+len(damage.Archive) > 0 || damage.Derived != "" {
		return &damage
	}
	return nil
}

// compareIndexes holds the two indexes of one event against it.
func (r *Runner) compareIndexes(e *events.Entry, damage *DamageError) error {
	rec := &e.Record
	for _, index := range [...]struct {
		name string
		key  func(space) []byte
	}{
		{"id index", func(sp space) []byte { return sp.appendID(nil, rec.Detail.ID) }},
		{"chain index", func(sp space) []byte { return sp.appendAt(nil, kindChain, rec.Link.Chain, rec.Link.Seq) }},
	} {
		stream, err := r.findNumber(index.key)
		switch {
		case errors.Is(err, events.ErrNotFound), errors.Is(err, events.ErrBroken), err == nil && stream != e.Seq:
			if damage.Derived == "" {
				damage.Derived = fmt.Sprintf("the %s is wrong for message %d", index.name, e.Seq)
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// compareDerived holds tree and heads against what was read.
func (r *Runner) compareDerived(edge *frontier, tips map[events.Chain]events.Tip, size uint64, damage *DamageError) error {
	root, err := edge.root()
	if err != nil {
		return err
	}
	have, err := r.Root(size)
	if err != nil && !errors.Is(err, events.ErrBroken) {
		return err
	}
	if err != nil || have != root {
		damage.Derived = "the tree is not the one over its messages"
	}
	for chain, tip := range tips {
		h, err := r.Head(chain)
		if err != nil && !errors.Is(err, events.ErrBroken) && !errors.Is(err, events.ErrNotFound) {
			return err
		}
		// A head behind size has moved on since.
		if err != nil || h.StreamSeq <= size && (h.Seq != tip.Seq || h.Hash != tip.Hash) {
			damage.Derived = fmt.Sprintf("the head of case %s is wrong", chain)
			break
		}
	}
	return nil
}

// damage says what of the stream is missing, and whether the archive has it.
func (r *Runner) damage(ctx context.Context, log Log, st events.State) error {
	d := &DamageError{Size: max(st.Last, r.Position())}
	err := walk(ctx, log, st, d.Size, func(seq uint64, theirs *events.Entry) error {
		_, err := r.Entry(seq)
		lost := errors.Is(err, events.ErrBroken) || errors.Is(err, events.ErrNotFound)
		if err != nil && !lost {
			return err
		}
		if theirs == nil {
			d.Stream = addTo(d.Stream, seq)
		}
		// What the archive has not got yet is no damage while the stream has it.
		if lost && (theirs == nil || seq <= r.Position()) {
			d.Archive = addTo(d.Archive, seq)
			if theirs == nil {
				d.Both = addTo(d.Both, seq)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(d.Stream) == 0 && len(d.Archive) == 0 {
		return fmt.Errorf("the stream says that it lacks %d messages and has them all: its index is damaged; restart it: %w", st.Missing(), events.ErrBroken)
	}
	return d
}

// walk calls f with every message from 1 to last, nil for one that the stream
// has lost.
func walk(ctx context.Context, log Log, st events.State, last uint64, f func(seq uint64, e *events.Entry) error) error {
	next := uint64(1)
	lost := func() error {
		err := f(next, nil)
		next++
		return err
	}
	for next <= last {
		if next < st.First || next > st.Last {
			if err := errors.Join(ctx.Err(), lost()); err != nil {
				return err
			}
			continue
		}
		for e, err := range log.Replay(ctx, next) {
			if errors.Is(err, events.ErrBroken) {
				break
			}
			if err != nil {
				return err
			}
			for next < e.Seq && next <= last {
				if err := lost(); err != nil {
					return err
				}
			}
			if next > last {
				return nil
			}
			if err := f(next, &e); err != nil {
				return err
			}
			next++
		}
		// The stream ended or has a hole here: look for its other side.
		for next <= min(last, st.Last) {
			_, err := log.Get(ctx, next)
			if err == nil {
				break
			}
			if !errors.Is(err, events.ErrBroken) && !errors.Is(err, events.ErrNotFound) {
				return err
			}
			if err := lost(); err != nil {
				return err
			}
		}
	}
	return nil
}

var _ tlog.HashReader = (*frontier)(nil)
