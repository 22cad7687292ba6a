package ops

import "caseledger/internal/clock"

// CountStats asks for the figures for commissioners. Staff and By are not used.
type CountStats struct {
	ViewOf
	From clock.Date `json:"from"` // none: twelve months before To
	To   clock.Date `json:"to"`   // included; none: the day of now
}

// Period is the period that is meant, both days included.
func (c *CountStats) Period(today clock.Date) (from, to clock.Date) {
	from, to = c.From, c.To
	if to.IsZero() {
		to = today
	}
	if from.IsZero() {
		from = to.AddMonths(-12) + 1
	}
	return from, to
}
