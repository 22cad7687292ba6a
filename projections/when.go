package projections

import (
	"caseledger/internal/clock"
)

// readWhen reads a member of a body: a moment or null.
func readWhen(val []byte) (clock.When, error) {
	if isNull(val) {
		return clock.When{}, nil
	}
	if len(val) <= 2 || val[0] != '"' {
		return clock.When{}, errShape
	}
	w, err := clock.ParseWhen(shared(val[1 : len(val)-1]))
	if err != nil {
		return clock.When{}, errShape
	}
	return w, nil
}

// latest returns the later of two moments, none being earlier than any.
func latest(a, b clock.When) clock.When {
	if a.Before(b) {
		return b
	}
	return a
}

// earliest returns the earlier of two moments; none of one is the other.
func earliest(a, b clock.When) clock.When {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Occurred is when something happened, as its author gave it.
type Occurred struct {
	From      clock.When `json:"from"`
	To        clock.When `json:"to"`
	Precision string     `json:"precision"` // exact, about, date or unknown
}

// end is the latest moment given.
func (o Occurred) end() clock.When { return latest(o.From, o.To) }

func readOccurred(val []byte) (o Occurred, err error) {
	err = members(val, func(name, val []byte) (err error) {
		switch string(name) {
		case "from":
			o.From, err = readWhen(val)
		case "to":
			o.To, err = readWhen(val)
		case "precision":
			o.Precision, err = text(val)
		}
		return err
	})
	return o, err
}
