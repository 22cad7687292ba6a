package cases

import (
	"context"
	"fmt"
	"time"

	"caseledger/events"
)

// Check holds a command against the form of its type, as Append would before
// it looks at the case, and records nothing: for whoever has much to do before
// he can record it. The error is a *RuleError.
func (s *Service) Check(c Command) error {
	if own[c.Type] {
		return errOwn
	}
	body, newest, err := s.caseBody(&c)
	if err != nil {
		return err
	}
	if err := s.cfg.Schemas.Validate(body); err != nil {
		if newest {
			err = judgedBy(err, &c)
		}
		return err
	}
	_, err = s.newDecision(&c, body, s.cfg.Clock)
	return err
}

// Ahead refuses a line of an import whose times lie ahead of now, as Import
// would: for a dry run, also where there is no ledger. The line has passed its
// schema. The error is a *RuleError.
func Ahead(line []byte, now time.Time) error {
	c, err := ParseLine(line)
	if err != nil {
		return err
	}
	d := &decision{c: &c, body: events.Body{Type: c.Type, V: c.V, Actor: c.Actor, Occurred: c.Occurred, Data: c.Data}, now: now}
	return d.future()
}

// kept refuses an attachment whose bytes are said to be kept and are not: the
// event could never be put right, and no audit would ever find the ledger whole
// again. Bytes that are kept elsewhere, or nowhere, are recorded as null.
func (d *decision) kept(ctx context.Context) error {
	var data struct {
		Stored *string `json:"stored"`
	}
	if err := d.read(&data); err != nil || data.Stored == nil {
		return err
	}
	name, err := events.ParseHash(*data.Stored)
	if err != nil {
		return &RuleError{Pointer: "/data/stored", Rule: "is no hash"}
	}
	there := false
	if d.s.cfg.Kept != nil {
		if there, err = d.s.cfg.Kept(ctx, name); err != nil {
			return fmt.Errorf("look for the attachment: %w", err)
		}
	}
	if !there {
		return &RuleError{Pointer: "/data/stored", Rule: "no such file is kept here: add it with its bytes (caseledger attachment add), or record null"}
	}
	return nil
}
