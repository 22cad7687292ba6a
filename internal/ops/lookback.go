package ops

import (
	"fmt"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
)

// AsOf asks for a case as of a time. The zero AsOf is now, with everything
// that is recorded.
type AsOf struct {
	Case       events.Chain `json:"case"`
	Actor      string       `json:"actor"`       // who looks; "": whoever may use the ledger's directory
	AsKnown    time.Time    `json:"as_known"`    // zero: whatever is recorded by now
	AsHappened time.Time    `json:"as_happened"` // zero: whenever it happened
	Now        time.Time    `json:"now"`         // zero: see Time
}

// Time is the now that is meant: Now when it is given, else the earlier of
// AsKnown and AsHappened, else the present.
func (a AsOf) Time(present time.Time) time.Time {
	switch {
	case !a.Now.IsZero():
		return a.Now
	case a.AsKnown.IsZero() && a.AsHappened.IsZero():
		return present
	case a.AsKnown.IsZero() || !a.AsHappened.IsZero() && a.AsHappened.Before(a.AsKnown):
		return a.AsHappened
	}
	return a.AsKnown
}

// ViewOf asks for a view over cases as of a time. The zero ViewOf is of all
// cases, now.
type ViewOf struct {
	Staff      string     `json:"staff"`       // for whom; "": everybody
	By         clock.Date `json:"by"`          // of a due list: the day up to which; null: that of now
	AsKnown    time.Time  `json:"as_known"`    // as in AsOf
	AsHappened time.Time  `json:"as_happened"` // likewise
	Now        time.Time  `json:"now"`         // likewise
	Recent     bool       `json:"recent"`      // a board of some minutes ago will do, or NotReady, if a new one takes long
}

// NotReady is the error of a recent board that is still being worked out: ask
// again in a while.
type NotReady struct{ Done, Total uint64 } // cases

func (e *NotReady) Error() string {
	return fmt.Sprintf("being worked out: %d of %d cases are read", e.Done, e.Total)
}

// Time is the now that is meant, as in AsOf.
func (v ViewOf) Time(present time.Time) time.Time {
	return AsOf{AsKnown: v.AsKnown, AsHappened: v.AsHappened, Now: v.Now}.Time(present)
}
