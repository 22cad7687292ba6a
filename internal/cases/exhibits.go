package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"caseledger/schemas"
)

// ErrExhibit: the reference stands for another exhibit already.
var ErrExhibit = errors.New("the exhibit reference is taken")

// Numbers says what the ledger knows of the exhibit references under some
// initials.
type Numbers struct {
	Last uint64 // the highest number used or named; 0: none
	Used bool   // the number that was asked for is an exhibit's
}

// exhibits are the types that bear an exhibit reference, in /data/exhibit.
var exhibits = map[string]bool{"disclosure.exported": true, "attachment.added": true}

// NextExhibit returns the next free reference of a member of staff, as KP/2:
// their initials, or S and the digits of their staff number while they have
// none, and the number after the highest that stands in the ledger. It is not
// kept for anybody: when somebody else records it first, recording it fails
// with ErrExhibit, and the next is asked for.
func (s *Service) NextExhibit(ctx context.Context, staff string) (string, error) {
	initials, err := s.initials(ctx, staff)
	if err != nil {
		return "", err
	}
	n, err := s.cfg.Archive.Exhibits(ctx, initials, 0)
	if err != nil {
		return "", fmt.Errorf("next exhibit: %w", err)
	}
	return schemas.FormatExhibit(initials, n.Last+1), nil
}

// initials are those that a member of staff numbers exhibits by.
func (s *Service) initials(ctx context.Context, staff string) (string, error) {
	_, roster, err := s.governed(ctx)
	if err != nil {
		return "", err
	}
	if who, ok := roster.Find(staff, time.Time{}); ok && who.Initials != nil {
		return *who.Initials, nil
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, staff)
	if digits == "" {
		return "", &RuleError{Pointer: "/actor", Rule: "has neither initials nor a staff number to number exhibits by: record them with staff.recorded"}
	}
	return "S" + digits, nil
}

// exhibit locks the reference of an event that bears one and refuses one that
// is taken. Until unlock nobody else records under the same initials: the
// index knows of the event before its Append returns. A reference in another
// form is somebody else's and is not looked at.
func (s *Service) exhibit(ctx context.Context, typ string, data []byte) (unlock func(), err error) {
	free := func() {}
	var of struct {
		Exhibit *string `json:"exhibit"`
	}
	if !exhibits[typ] || json.Unmarshal(data, &of) != nil || of.Exhibit == nil {
		return free, nil
	}
	initials, number, ok := schemas.ParseExhibit([]byte(*of.Exhibit))
	if !ok {
		return free, nil
	}
	unlock, err = s.numbers.lock(ctx, string(initials))
	if err != nil {
		return free, err
	}
	n, err := s.cfg.Archive.Exhibits(ctx, string(initials), number)
	switch {
	case err != nil:
		err = fmt.Errorf("look up the exhibit reference: %w", err)
	case n.Used:
		err = &RuleError{Pointer: "/data/exhibit", Kind: ErrExhibit,
			Rule: "is used already, and none is used twice; the next is " + schemas.FormatExhibit(string(initials), n.Last+1)}
	}
	if err != nil {
		unlock()
		return free, err
	}
	return unlock, nil
}

// enlist holds a member of staff against the others: initials are nobody
// else's.
func (d *decision) enlist(ctx context.Context) error {
	var data struct {
		Staff    string  `json:"staff"`
		Initials *string `json:"initials"` // not there in version 1
	}
	if err := d.read(&data); err != nil || data.Initials == nil {
		return err
	}
	_, roster, err := d.s.governed(ctx)
	if err != nil {
		return err
	}
	for _, who := range roster.All(time.Time{}) {
		if who.Staff != data.Staff && who.Initials != nil && *who.Initials == *data.Initials {
			return &RuleError{Pointer: "/data/initials", Rule: "are those of " + who.Staff + ": exhibits of two people could not be told apart"}
		}
	}
	return nil
}
