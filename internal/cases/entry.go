package cases

import "caseledger/events"

// ParseEntry reads an event that another program sends: a JSON object with
// exactly "type", "occurred" and "data", and, if it likes, "v" and "actor". An
// actor other than the one who sends it is refused.
func ParseEntry(object []byte, actor string) (Command, error) {
	if len(object) > MaxLine {
		return Command{}, &RuleError{Rule: "longer than 5 MiB", Kind: events.ErrTooLarge}
	}
	c := Command{Actor: actor}
	var said string
	err := fill(object, map[string]func([]byte) error{
		"type":     text("type", &c.Type),
		"v":        number("v", &c.V),
		"actor":    text("actor", &said),
		"occurred": raw(&c.Occurred),
		"data":     raw(&c.Data),
	}, "type", "occurred", "data")
	if err == nil && said != "" && said != actor {
		err = &RuleError{Pointer: "/actor", Rule: "is not who sends it"}
	}
	return c, err
}

// ParseReferral reads a referral that another agency sends: a JSON object with
// exactly "reason", "flags", "reference" and "marac", and, if it likes,
// "client". What it leaves open of the client is null.
func ParseReferral(object []byte) (r Referral, err error) {
	if len(object) > MaxLine {
		return r, &RuleError{Rule: "longer than 5 MiB", Kind: events.ErrTooLarge}
	}
	return r, fill(object, map[string]func([]byte) error{
		"reason":    raw(&r.Reason),
		"flags":     raw(&r.Flags),
		"reference": raw(&r.Reference),
		"marac":     raw(&r.Marac),
		"client":    raw(&r.Client),
	}, "reason", "flags", "reference", "marac")
}

// Referral is what another agency says, each member JSON as it came.
type Referral struct {
	Reason, Flags, Reference, Marac []byte
	Client                          []byte // nil: nothing of the client
}
