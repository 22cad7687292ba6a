package ops

import (
	"time"

	"caseledger/events"
)

// AsOf asks for a case as of a time. The zero AsOf is now, with everything
// that is recorded.
type AsOf struct {
	Case       events.Chain `json:"case"`
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
