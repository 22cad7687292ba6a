package natslog

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"caseledger/events"
)

// restoreWindow is how many restored messages are on their way at a time.
const restoreWindow = 2 * batchMax

// Restore puts exactly the bytes of e at exactly sequence e.Seq, which must be
// the next one; after is as for Append and not looked at for a void entry. The
// same bytes already there are a success. Errors: events.ErrConflict when
// other bytes are there or e.Seq is not next, and those of Append.
func (l *Log) Restore(ctx context.Context, e *events.Entry, after uint64) error {
	st, err := l.State(ctx)
	if err != nil {
		return err
	}
	if e.Seq <= st.Last {
		return l.same(ctx, e)
	}
	it, err := l.restoreItem(e, after)
	if err != nil {
		return err
	}
	if err := l.app.submit(ctx, it); err != nil {
		return err
	}
	return (<-it.done).err
}

func (l *Log) restoreItem(e *events.Entry, after uint64) (*item, error) {
	it := &item{void: e.Void, payload: e.Bytes(), after: after, at: e.Seq, done: make(chan outcome, 1)}
	if !e.Void {
		link := &e.Record.Link
		if link.Origin != l.o.Origin {
			return nil, fmt.Errorf("restore message %d: the record's origin is not this log's: %w", e.Seq, events.ErrInvalid)
		}
		if (after == 0) != (link.Seq == 1) {
			return nil, fmt.Errorf("restore message %d, event %d of chain %s, after message %d: %w", e.Seq, link.Seq, link.Chain, after, events.ErrConflict)
		}
		it.chain = link.Chain
	}
	return it, nil
}

// same compares e with what is stored at its sequence.
func (l *Log) same(ctx context.Context, e *events.Entry) error {
	have, err := l.Get(ctx, e.Seq)
	if err != nil {
		return err
	}
	return sameBytes(&have, e)
}

func sameBytes(have, want *events.Entry) error {
	if have.Seq != want.Seq || !bytes.Equal(have.Payload, want.Bytes()) {
		return fmt.Errorf("message %d is stored with other bytes: %w", want.Seq, events.ErrConflict)
	}
	return nil
}

// RestoreAll restores entries, which must be contiguous, many at a time. What
// is stored already is compared and not written again, so that a broken-off
// run is taken up by calling again with the same entries. progress, if not
// nil, is told the last sequence that is done. Errors are those of Restore and
// of entries itself; everything before the sequence in the error is done.
func (l *Log) RestoreAll(ctx context.Context, entries iter.Seq2[events.Entry, error], progress func(seq uint64)) error {
	st, err := l.State(ctx)
	if err != nil {
		return err
	}
	var (
		have    func() (events.Entry, error, bool)
		window  []*item
		heads   = map[events.Chain]uint64{}
		lastSeq uint64
	)
	finish := func(leave int) error {
		var first error
		for len(window) > leave {
			it := window[0]
			window = window[1:]
			if out := <-it.done; out.err != nil && first == nil {
				first = fmt.Errorf("restore message %d: %w", it.at, out.err)
			} else if first == nil && progress != nil {
				progress(it.at)
			}
		}
		return first
	}
	for e, err := range entries {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && lastSeq != 0 && e.Seq != lastSeq+1 {
			err = fmt.Errorf("restore message %d after %d: %w", e.Seq, lastSeq, events.ErrBroken)
		}
		if err == nil && e.Seq <= st.Last {
			if have == nil {
				next, stop := iter.Pull2(l.Replay(ctx, e.Seq))
				defer stop()
				have = next
			}
			stored, rerr, ok := have()
			switch {
			case rerr != nil:
				err = rerr
			case !ok:
				err = &HoleError{Stream: l.o.Stream, From: e.Seq, To: st.Last}
			default:
				err = sameBytes(&stored, &e)
			}
			if err == nil && progress != nil {
				progress(e.Seq)
			}
		} else if err == nil {
			err = l.restoreNext(ctx, &e, heads, &window)
		}
		if err != nil {
			if ferr := finish(0); ferr != nil {
				return ferr
			}
			return err
		}
		lastSeq = e.Seq
		if !e.Void {
			heads[e.Record.Link.Chain] = e.Seq
		}
		if len(window) >= restoreWindow {
			if err := finish(restoreWindow / 2); err != nil {
				_ = finish(0) // later messages fail for the same reason
				return err
			}
		}
	}
	return finish(0)
}

func (l *Log) restoreNext(ctx context.Context, e *events.Entry, heads map[events.Chain]uint64, window *[]*item) error {
	after := uint64(0)
	if !e.Void && e.Record.Link.Seq > 1 {
		var ok bool
		if after, ok = heads[e.Record.Link.Chain]; !ok {
			var err error
			if after, err = l.lastOf(ctx, e.Record.Link.Chain); err != nil {
				return err
			}
		}
	}
	it, err := l.restoreItem(e, after)
	if err != nil {
		return err
	}
	if err := l.app.submit(ctx, it); err != nil {
		return err
	}
	*window = append(*window, it)
	return nil
}
