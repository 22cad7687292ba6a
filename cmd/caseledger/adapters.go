package main

import (
	"context"
	"errors"
	"iter"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/projections"
	"caseledger/schemas"
)

// archive is the read side as internal/cases wants it.
type archive struct{ r *projections.Runner }

func (a archive) Head(chain events.Chain) (cases.Head, error) {
	h, err := a.r.Head(chain)
	return cases.Head{Seq: h.Seq, Hash: h.Hash, Stream: h.StreamSeq, KeyGen: h.KeyGen}, err
}

func (a archive) ByID(id ulid.ULID) (events.Entry, error) { return a.r.ByID(id) }

func (a archive) Chain(ctx context.Context, chain events.Chain, from uint64) iter.Seq2[events.Entry, error] {
	return a.r.ChainFrom(ctx, chain, from)
}

func (a archive) Standing(ctx context.Context, chain events.Chain) (cases.Standing, error) {
	s, err := a.r.Standing(ctx, chain)
	return cases.Standing(s), err
}

func (a archive) Exhibits(ctx context.Context, initials string, number uint64) (cases.Numbers, error) {
	x, err := a.r.Exhibits(ctx, initials, number)
	return cases.Numbers(x), err
}

// appending is the log as internal/cases wants it. This process is the log's
// one writer: when the log's end is not where the archive has it, the log was
// damaged, and the next start must look for where.
type appending struct{ l *ledger }

// Append implements cases.Log.
func (a appending) Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error) {
	seq, err := a.l.log.Append(ctx, rec, after)
	if errors.Is(err, events.ErrConflict) {
		text := err.Error()
		a.l.mismatch.Store(&text)
		a.l.logger.Error("THE TWO COPIES DIFFER: stop the service and start it again to repair what can be repaired, then run an audit", "damage", text)
		if noted := a.l.o.dir.SetSuspect(true); noted != nil {
			a.l.logger.Error("the damage could not be noted for the next start", "error", noted)
		}
	}
	return seq, err
}

// bodies is the schemas as internal/cases wants them.
type bodies struct{ *schemas.Set }

// Validate implements cases.Schemas.
func (b bodies) Validate(body []byte) error {
	err := b.Set.Validate(body)
	var s *schemas.Error
	if errors.As(err, &s) {
		return &cases.RuleError{Pointer: s.Pointer, Rule: s.Rule, Kind: s.Unwrap()}
	}
	return err
}
