package ops

import (
	"context"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/views"
)

// Casework is what advisers and managers ask of the cases together.
type Casework interface {
	// Plan is the safety plan of a case, each action with its history.
	Plan(context.Context, AsOf) (views.Plan, error)
	// Marac is what a Marac has before it.
	Marac(context.Context, MaracAsk, Progress) (views.Agenda, error)
	// Search finds cases by a name, an alias, a phone number or a reference.
	// Its error wraps ErrInput when there is nothing to look for or the actor
	// may not look.
	Search(context.Context, SearchAsk) (Search, error)
	// People links a case to others by the people in them. Its error wraps
	// ErrInput when the actor is no manager.
	People(context.Context, AsOf) (views.People, error)
}

// MaracAsk asks for one case, or for the cases of some days.
type MaracAsk struct {
	AsOf
	From clock.Date `json:"from"` // zero: of the case alone
	To   clock.Date `json:"to"`
}

// SearchAsk asks for the cases that somebody may find by a term.
type SearchAsk struct {
	Term  string    `json:"term"`
	Actor string    `json:"actor"`
	Now   time.Time `json:"now"` // zero: the present
}

// Search is what was found. The term is not repeated.
type Search struct {
	Cases []views.Found `json:"cases"`
}

// Refused says that somebody may not ask for it.
func Refused(chain events.Chain) error {
	return Inputf("case %s is not for this member of staff: they are on its exclusion list", chain)
}
