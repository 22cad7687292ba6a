package web_test

import (
	"context"

	"caseledger/events"
	"caseledger/internal/ops"
)

func (f *fake) TakeStep(_ context.Context, s ops.TakeStep) (ops.StepTaken, error) {
	f.asked = s
	return ops.StepTaken{Case: s.Case, Request: s.Request, Seq: 7, Type: "disclosure.decided", Next: "words", Why: "nobody has read", Warnings: []string{"w"}, Left: []ops.Left{{Seq: 3, Path: "/data/place"}}}, f.err
}

func (f *fake) Disclosure(_ context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	f.asked = of
	return ops.Disclosure{Case: of.Case, Request: of.Request, Steps: []ops.StepOf{{Step: "request", Seq: 6, By: "staff-02", At: ops.Time(at)}}, Next: "decision"}, f.err
}

func (f *fake) Proposals(_ context.Context, of ops.OfRequest) (ops.Proposals, error) {
	f.asked = of
	from, to := 3, 7
	return ops.Proposals{Case: of.Case, ReadTo: 9, Events: []uint64{2, 5}, Proposals: []ops.Proposal{{Seq: 5, Path: "/data/statements/0/text", From: &from, To: &to, Leaf: 40, Leaves: 5, Code: "A", Match: "exact", Words: "<Tallow Street>"}}}, f.err
}

func (f *fake) Draft(_ context.Context, of ops.OfRequest) (ops.Draft, error) {
	f.asked = of
	return ops.Draft{Sheet: ops.DraftSheet{Case: of.Case, Decision: 8, Pages: 3, Manifest: events.Hash{4}}, Files: []ops.DraftFile{{Name: "data/README.txt", Data: []byte{0, 1, 0xff}}}}, f.err
}

func init() {
	calls["step"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.TakeStep(ctx, ops.TakeStep{Case: chain, Request: 6, Step: ops.TakeApprove, File: []byte(`{"approved":true}`), Draft: &ops.DraftSheet{Pages: 3}, SHA256: &events.Hash{1}})
	}
	calls["status"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Disclosure(ctx, ops.OfRequest{Case: chain, Request: 6})
	}
	calls["proposals"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Proposals(ctx, ops.OfRequest{Case: chain, Request: 6})
	}
	calls["draft"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Draft(ctx, ops.OfRequest{Case: chain, Request: 6, Plain: true})
	}
}
