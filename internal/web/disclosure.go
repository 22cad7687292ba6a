package web

import (
	"context"
	"net/http"

	"caseledger/internal/ops"
)

// disclosures serves the path of a disclosure.
func disclosures(mux *http.ServeMux, l ops.Disclosures) {
	handle(mux, "disclosure/step", func(ctx context.Context, c ops.TakeStep, _ ops.Progress) (any, error) { return l.TakeStep(ctx, c) })
	handle(mux, "disclosure/status", func(ctx context.Context, c ops.OfRequest, _ ops.Progress) (any, error) { return l.Disclosure(ctx, c) })
	handle(mux, "disclosure/proposals", func(ctx context.Context, c ops.OfRequest, _ ops.Progress) (any, error) { return l.Proposals(ctx, c) })
	handle(mux, "disclosure/draft", func(ctx context.Context, c ops.OfRequest, _ ops.Progress) (any, error) { return l.Draft(ctx, c) })
}

// TakeStep implements ops.Ledger.
func (c *Client) TakeStep(ctx context.Context, s ops.TakeStep) (ops.StepTaken, error) {
	return call[ops.StepTaken](ctx, c, "disclosure/step", s, nil)
}

// Disclosure implements ops.Ledger.
func (c *Client) Disclosure(ctx context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	return call[ops.Disclosure](ctx, c, "disclosure/status", of, nil)
}

// Proposals implements ops.Ledger.
func (c *Client) Proposals(ctx context.Context, of ops.OfRequest) (ops.Proposals, error) {
	return call[ops.Proposals](ctx, c, "disclosure/proposals", of, nil)
}

// Draft implements ops.Ledger.
func (c *Client) Draft(ctx context.Context, of ops.OfRequest) (ops.Draft, error) {
	return call[ops.Draft](ctx, c, "disclosure/draft", of, nil)
}
