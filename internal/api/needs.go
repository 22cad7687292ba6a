package api

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Ledger is what the programming interface needs of a ledger; see ops.Ledger.
type Ledger interface {
	// Facts are what a decision about a case rests on. The error wraps
	// events.ErrNotFound when there is no such case.
	Facts(ctx context.Context, chain events.Chain) (access.CaseFacts, error)
	// Last is a case's last event, without reading the case.
	Last(ctx context.Context, chain events.Chain) (uint64, error)
	// ByID opens the event of an id. The error wraps events.ErrNotFound when
	// there is none.
	ByID(ctx context.Context, id ulid.ULID) (ops.Event, error)
	Append(context.Context, ops.Append) (ops.Appended, error)
	Case(context.Context, ops.CaseAsk) (views.CasePage, error)
	Cases(context.Context, ops.ViewOf, ops.Progress) (views.CaseList, error)
	Caseload(ctx context.Context, adviser string) (ops.Caseload, error)
	Loads(context.Context, ops.ViewOf, ops.Progress) (ops.Loads, error)
	Timeline(ctx context.Context, chain events.Chain, asKnown time.Time) (ops.Timeline, error)
	Show(ctx context.Context, chain events.Chain, seq uint64) (ops.Event, error)
	Explain(context.Context, ops.AsOf) (rules.Explanation, error)
	Plan(context.Context, ops.AsOf) (views.Plan, error)
	Marac(context.Context, ops.MaracAsk, ops.Progress) (views.Agenda, error)
	Day(context.Context, ops.ViewOf, ops.Progress) (views.Day, error)
	Handovers(context.Context, ops.ViewOf, ops.Progress) (views.Handovers, error)
	Due(context.Context, ops.ViewOf, ops.Progress) (views.DueList, error)
	Search(context.Context, ops.SearchAsk) (ops.Search, error)
	Disclosure(context.Context, ops.OfRequest) (ops.Disclosure, error)
	Audit(ctx context.Context, full bool, progress ops.Progress) (ops.Audit, error)
	Accesses(context.Context, ops.AccessAsk) (ops.Accesses, error)
	Health(context.Context) (ops.Health, error)
}

// Guard knows whose a token is; access.Bearers is one.
type Guard interface {
	// Bearer says who holds a token; see access.Bearers.
	Bearer(ctx context.Context, text, address string) (access.Token, access.Who, error)
	// Spend counts a use of a token; the error is an *access.WaitError when there
	// were too many.
	Spend(t access.Token) error
}

// Use is what the access ledger is told before something is answered or done.
type Use struct {
	Type   string // such as case.opened
	Who    access.Who
	Action access.Action
	Chain  *events.Chain // nil: about no case
}

// Recorder is the access ledger.
type Recorder interface {
	// RecordUse returns when the entry is durable. When it fails nothing may be
	// answered or done.
	RecordUse(ctx context.Context, u Use) error
}
