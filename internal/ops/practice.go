package ops

import (
	"context"

	"caseledger/internal/clock"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// Practice is what is asked of single cases and of the service itself.
type Practice interface {
	// Case is the page of a case. Its error wraps ErrInput when the actor is
	// on the case's exclusion list.
	Case(context.Context, CaseAsk) (views.CasePage, error)
	// Cases lists the cases of a member of staff, or all.
	Cases(context.Context, ViewOf, Progress) (views.CaseList, error)
	// Loads are caseloads against the cap: of one adviser, or of all.
	Loads(context.Context, ViewOf, Progress) (Loads, error)
	// Figures are those of local practice, in force at a time as they were
	// known at another.
	Figures(context.Context, ViewOf) (Figures, error)
	// Roster is who works for the service.
	Roster(context.Context, ViewOf) (Roster, error)
}

// CaseAsk asks for the page of a case.
type CaseAsk struct {
	AsOf
	Types []string `json:"types"` // of the timeline's events; none: all
}

// Loads are caseloads against the cap.
type Loads struct {
	At      clock.When      `json:"at"`
	Policy  views.Policy    `json:"policy"`
	Loads   []views.Load    `json:"loads"`
	Missing []views.Missing `json:"missing"`
}

// Figures are the figures of local practice.
type Figures struct {
	At      clock.When   `json:"at"`
	Policy  views.Policy `json:"policy"` // that is in force
	By      string       `json:"by"`     // who set it; "": nobody
	Figures []Figure     `json:"figures"`
	Sets    []PolicySet  `json:"sets"` // all that was known, oldest first
	// Newest are the settings of the one that was recorded last, which may not
	// be in force yet. The next starts from them.
	Newest []schemas.Setting `json:"newest"`
	Next   uint64            `json:"next"` // the version that the next has
}

// Figure is a figure as it holds.
type Figure struct {
	Code       string             `json:"code"`
	Title      string             `json:"title"`
	Unit       string             `json:"unit"`
	Values     []uint64           `json:"values"` // one, or from and to
	Default    []uint64           `json:"default"`
	Min        uint64             `json:"min"`
	Max        uint64             `json:"max"`
	Marac      *string            `json:"marac"`      // for which it holds; null: every one
	Instrument *schemas.Versioned `json:"instrument"` // likewise
	Version    uint64             `json:"version"`    // of the policy that sets it; 0: the default
	Since      clock.When         `json:"since"`      // from when it has had these values; null: always
}

// PolicySet is a policy that was recorded.
type PolicySet struct {
	Version  uint64     `json:"version"`
	Seq      uint64     `json:"seq"` // in the service chain
	At       clock.When `json:"at"`  // when recorded
	From     clock.When `json:"from"`
	By       string     `json:"by"`
	Reason   *string    `json:"reason"` // in their words; null: none was given
	Settings int        `json:"settings"`
	Ignored  []string   `json:"ignored"` // settings that cannot be used, and why
}

// Roster is who works for the service, those who left too.
type Roster struct {
	At    clock.When                `json:"at"`
	Staff []schemas.StaffRecordedV2 `json:"staff"`
}
