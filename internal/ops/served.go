package ops

import (
	"context"

	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Served is the part of a Ledger that can also be asked over the programming
// interface of a service, from any machine. There whoever asks is the member of
// staff that a token acts as: "" means her or him, lists and days are as they
// are now, and an event is shown without its veiled members.
type Served interface {
	Append(context.Context, Append) (Appended, error)
	Caseload(ctx context.Context, adviser string) (Caseload, error)
	Timeline(context.Context, TimelineOf) (Timeline, error)
	Explain(context.Context, AsOf) (rules.Explanation, error)
	Plan(context.Context, AsOf) (views.Plan, error)
	Marac(context.Context, MaracAsk, Progress) (views.Agenda, error)
	Search(context.Context, SearchAsk) (Search, error)
	Case(context.Context, CaseAsk) (views.CasePage, error)
	Cases(context.Context, ViewOf, Progress) (views.CaseList, error)
	Loads(context.Context, ViewOf, Progress) (Loads, error)
	Day(context.Context, ViewOf, Progress) (views.Day, error)
	Due(context.Context, ViewOf, Progress) (views.DueList, error)
	Show(context.Context, EventOf) (Event, error)
	Disclosure(context.Context, OfRequest) (Disclosure, error)
	Audit(ctx context.Context, full bool, progress Progress) (Audit, error)
	Accesses(context.Context, AccessAsk) (Accesses, error)
	Close() error
}
