package projections

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/cockroachdb/pebble/v2"
	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// Entry returns the message at a stream sequence once it is durable. The error
// wraps events.ErrNotFound beyond the position, and events.ErrBroken when the
// archive has lost it.
func (r *Runner) Entry(stream uint64) (events.Entry, error) {
	if err := r.await(stream); err != nil {
		return events.Entry{}, fmt.Errorf("message %d: %w", stream, err)
	}
	v, err := r.s.find(func(sp space) []byte { return sp.appendArchive(nil, stream) })
	if errors.Is(err, events.ErrNotFound) {
		err = fmt.Errorf("the archive has lost it: %w", events.ErrBroken)
	}
	if err != nil {
		return events.Entry{}, fmt.Errorf("message %d: %w", stream, err)
	}
	return events.NewEntry(stream, v), nil
}

// ByID returns the event with this id once it is durable. The error wraps
// events.ErrNotFound when there is none.
func (r *Runner) ByID(id ulid.ULID) (events.Entry, error) {
	stream, err := r.findNumber(func(sp space) []byte { return sp.appendID(nil, id) })
	if err != nil {
		return events.Entry{}, fmt.Errorf("event id %s: %w", id, err)
	}
	return r.Entry(stream)
}

// At returns an event of a case by its place in the chain, once it is durable.
// The error wraps events.ErrNotFound when there is none.
func (r *Runner) At(chain events.Chain, seq uint64) (events.Entry, error) {
	stream, err := r.findNumber(func(sp space) []byte { return sp.appendAt(nil, kindChain, chain, seq) })
	if err != nil {
		return events.Entry{}, fmt.Errorf("case %s, event %d: %w", chain, seq, err)
	}
	return r.Entry(stream)
}

func (r *Runner) findNumber(key func(space) []byte) (uint64, error) {
	v, err := r.s.find(key)
	if err != nil {
		return 0, err
	}
	return readNumber(v)
}

func readNumber(v []byte) (uint64, error) {
	if len(v) != 8 {
		return 0, errValue
	}
	return binary.BigEndian.Uint64(v), nil
}

// Chain yields a case's events that are durable now, oldest first. It yields
// an error wrapping events.ErrNotFound when there is no such case, and stops
// after yielding an error; one wrapping events.ErrBroken says that the chain
// index has a gap or names another event.
func (r *Runner) Chain(ctx context.Context, chain events.Chain) iter.Seq2[events.Entry, error] {
	return r.ChainFrom(ctx, chain, 1)
}

// ChainFrom is Chain from event seq on.
func (r *Runner) ChainFrom(ctx context.Context, chain events.Chain, seq uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		if err := r.chain(ctx, chain, max(seq, 1), yield); err != nil {
			yield(events.Entry{}, fmt.Errorf("case %s: %w", chain, err))
		}
	}
}

func (r *Runner) chain(ctx context.Context, chain events.Chain, seq uint64, yield func(events.Entry, error) bool) error {
	head, err := r.Head(chain)
	if err != nil || head.Seq < seq {
		return err
	}
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		return sp.appendAt(nil, kindChain, chain, seq), sp.appendAt(nil, kindChain, chain, head.Seq+1)
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return storeError(err)
		}
		stream, err := readNumber(v)
		if err != nil {
			return err
		}
		e, err := r.Entry(stream)
		if err != nil {
			return err
		}
		if e.Void || e.Record.Link.Chain != chain || e.Record.Link.Seq != seq {
			return fmt.Errorf("event %d: the chain index names another event: %w", seq, events.ErrBroken)
		}
		if !yield(e, nil) {
			return nil
		}
		seq++
	}
	if err := it.Error(); err != nil {
		return storeError(err)
	}
	if seq != head.Seq+1 {
		return fmt.Errorf("event %d is not in the chain index: %w", seq, events.ErrBroken)
	}
	return nil
}

// Archive yields the messages from a stream sequence (0 is 1) to the last one
// durable now, oldest first and without gaps. It stops after yielding an
// error; a gap wraps events.ErrBroken.
func (r *Runner) Archive(ctx context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		if err := r.archive(ctx, max(from, 1), r.Position(), yield); err != nil {
			yield(events.Entry{}, fmt.Errorf("archive: %w", err))
		}
	}
}

func (r *Runner) archive(ctx context.Context, next, last uint64, yield func(events.Entry, error) bool) error {
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		return sp.appendArchive(nil, next), sp.appendArchive(nil, last+1)
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return storeError(err)
		}
		seq := binary.BigEndian.Uint64(it.Key()[2:])
		if seq != next {
			return &HoleError{Where: "archive", From: next, To: seq - 1}
		}
		if !yield(events.NewEntry(seq, append(make([]byte, 0, len(v)), v...)), nil) {
			return nil
		}
		next++
	}
	if err := it.Error(); err != nil {
		return storeError(err)
	}
	if next <= last {
		return &HoleError{Where: "archive", From: next, To: last}
	}
	return nil
}

// Chains yields every chain with its head, in the order of their ids: those of
// cases and the service's own.
func (r *Runner) Chains(ctx context.Context) iter.Seq2[events.Chain, error] {
	return func(yield func(events.Chain, error) bool) {
		err := r.heads(ctx, func(c events.Chain, _ Head) bool { return yield(c, nil) })
		if err != nil {
			yield(events.Chain{}, fmt.Errorf("chains: %w", err))
		}
	}
}

// Head is the last event of a chain.
type Head struct {
	Seq       uint64      `json:"seq"` // within the chain, from 1
	Hash      events.Hash `json:"hash"`
	StreamSeq uint64      `json:"stream_seq"`
	// KeyGen is the newest generation of the case key in the chain; 0 for a
	// chain sealed under service keys only.
	KeyGen uint64 `json:"key_gen"`
}

// Head returns the last event of a chain once it is durable. The error wraps
// events.ErrNotFound when there is no such chain.
func (r *Runner) Head(chain events.Chain) (Head, error) {
	v, err := r.s.find(func(sp space) []byte { return sp.appendOf(nil, kindHead, chain) })
	if err != nil {
		return Head{}, fmt.Errorf("case %s: %w", chain, err)
	}
	h, err := decodeHead(v)
	if err == nil {
		err = r.await(h.StreamSeq)
	}
	if err != nil {
		return Head{}, fmt.Errorf("head of case %s: %w", chain, err)
	}
	return h, nil
}

func (r *Runner) heads(ctx context.Context, yield func(events.Chain, Head) bool) error {
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := sp.kind(kindHead)
		return from, after(from)
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return storeError(err)
		}
		h, err := decodeHead(v)
		if err != nil {
			return err
		}
		if !yield(events.Chain(it.Key()[2:]), h) {
			return nil
		}
	}
	return storeError(it.Error())
}

const headSize = 8 + 32 + 8 + 8

func (h *Head) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, h.Seq)
	b = append(b, h.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, h.StreamSeq)
	return binary.BigEndian.AppendUint64(b, h.KeyGen)
}

func decodeHead(v []byte) (Head, error) {
	if len(v) != headSize {
		return Head{}, errValue
	}
	h := Head{Seq: binary.BigEndian.Uint64(v)}
	copy(h.Hash[:], v[8:])
	h.StreamSeq = binary.BigEndian.Uint64(v[40:])
	h.KeyGen = binary.BigEndian.Uint64(v[48:])
	return h, nil
}

func iterOver(from, to []byte) *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: from, UpperBound: to}
}
