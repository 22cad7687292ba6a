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
