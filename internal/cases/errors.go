package cases

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"caseledger/events"
)

// RuleError says which rule a command breaks, and where. It never quotes what
// stands there: that may be a client's words.
type RuleError struct {
	Pointer string // JSON Pointer into the event; empty for the event itself
	Rule    string
	Kind    error // the sentinel; nil is events.ErrInvalid
}

func (e *RuleError) Error() string {
	if e.Pointer == "" {
		return "event: " + e.Rule
	}
	return e.Pointer + ": " + e.Rule
}

// Unwrap returns the sentinel.
func (e *RuleError) Unwrap() error {
	if e.Kind == nil {
		return events.ErrInvalid
	}
	return e.Kind
}

// Added is an event that a writer had not seen: its place and its type,
// nothing of its content. Type is empty when the event cannot be opened.
type Added struct {
	Seq  uint64 `json:"seq"`
	Type string `json:"type"`
}

// maxAdded bounds what a ConflictError lists.
const maxAdded = 20

// ConflictError says what happened to a case since the writer looked.
type ConflictError struct {
	Case  events.Chain
	Saw   uint64  // the last event the writer had seen
	Last  uint64  // the case's last event
	Added []Added // the first maxAdded events after Saw, oldest first
}

func (e *ConflictError) Error() string {
	if e.Last < e.Saw {
		return fmt.Sprintf("the case has %d events, not %d", e.Last, e.Saw)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the case changed after event %d:", e.Saw)
	for i, a := range e.Added {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %d %s", a.Seq, a.Type)
	}
	if more := e.Last - e.Saw - uint64(len(e.Added)); more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// Is makes every ConflictError an events.ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == events.ErrConflict }

// ErrClock: the clock is further back than MaxClockBack.
var ErrClock = errors.New("the clock has gone back")

// ClockError says how far the clock stands before the last recorded time.
type ClockError struct {
	Back time.Duration
}

func (e *ClockError) Error() string {
	return fmt.Sprintf("the clock stands %s before the last recorded time: put it right, nothing is recorded until then", e.Back.Round(time.Second))
}

// Is makes every ClockError an ErrClock.
func (e *ClockError) Is(target error) bool { return target == ErrClock }

// ruleError turns an error about a body into a RuleError where it says which
// rule was broken, and leaves every other error as it is.
func ruleError(prefix string, err error) error {
	var s *events.SyntaxError
	if errors.As(err, &s) {
		rule := s.Rule
		if s.Path == "" && s.Offset >= 0 {
			rule = fmt.Sprintf("%s (byte %d)", s.Rule, s.Offset)
		}
		return &RuleError{Pointer: prefix + s.Path, Rule: rule, Kind: s.Unwrap()}
	}
	return err
}
