package main

import (
	"context"

	"caseledger/evidence"
	"caseledger/internal/ops"
	"caseledger/internal/sealing"
)

// seal has an export signed and stamped as the secrets directory says now: a
// certificate is renewed without a restart. What it returns asks for the
// time-stamp beside the bundle, once there is one, and says what was done.
func (l *ledger) seal(in *evidence.Input) (func(context.Context, *evidence.Result) ops.Sealing, error) {
	s, err := sealing.Open(l.secrets, l.now(), nil)
	if err != nil {
		return nil, err
	}
	done := s.Prepare(in)
	return func(ctx context.Context, x *evidence.Result) ops.Sealing {
		token, err := s.Stamp(ctx, x.TagManifest)
		if err == nil {
			err = done.Missed
		}
		r := ops.Sealing{Signed: done.Signed, Stamped: done.Stamped, Token: token}
		if err != nil { // the export is recorded; it is said, and not undone
			r.Missed = err.Error()
		}
		return r
	}, nil
}
