package events

import (
	"errors"
	"fmt"
)

// The sentinels every caller tests with errors.Is.
var (
	// ErrSyntax: bytes that are not in the format of docs/FORMAT.md.
	ErrSyntax = errors.New("not in the format")
	// ErrVersion: the first line names a version this code does not know.
	ErrVersion = errors.New("unknown format version")
	// ErrBroken: the records read do not form the chain they claim.
	ErrBroken = errors.New("chain broken")
	// ErrSealed: a sealed body does not open to what its detail commits to.
	ErrSealed = errors.New("seal broken")
	// ErrConflict: the chain or stream moved on since the caller looked.
	ErrConflict = errors.New("changed meanwhile")
	// ErrDuplicate: the event id is recorded already, with another body.
	ErrDuplicate = errors.New("id already used for another event")
	// ErrNotFound: no such case, event or key.
	ErrNotFound = errors.New("not found")
	// ErrTooLarge: over one of the limits in docs/FORMAT.md.
	ErrTooLarge = errors.New("too large")
	// ErrInvalid: a well-formed body that its schema or a rule refuses.
	ErrInvalid = errors.New("invalid event")
	// ErrStopped: the log or runner met a fault and takes no more writes
	// until it is opened again.
	ErrStopped = errors.New("stopped after a fault")
	// ErrReadOnly: the ledger is readable but takes no writes.
	ErrReadOnly = errors.New("ledger is read-only")
)

// LinkError says where a chain stops being one.
type LinkError struct {
	Chain     Chain
	Seq       uint64 // within the chain, from 1; what was expected there
	Field     string // "seq", "prev", "origin", "chain", "detail" or "sealed"
	Want, Got string
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("chain %s, event %d: %s is %s, want %s", e.Chain, e.Seq, e.Field, e.Got, e.Want)
}

// Is makes every LinkError an ErrBroken.
func (e *LinkError) Is(target error) bool { return target == ErrBroken }

// SyntaxError says where bytes leave the format. It never quotes the bytes:
// they may be a client's words.
type SyntaxError struct {
	What   string // "link", "detail", "record", "body", "parts", "draft", "id" or "key"
	Offset int    // bytes from the start of What; -1 when it has no place
	Path   string // JSON Pointer when What is "body", as far as it is known
	Rule   string // the rule that was broken
	Kind   error  // ErrSyntax, ErrVersion or ErrTooLarge; nil is ErrSyntax
}

func (e *SyntaxError) Error() string {
	s := e.What
	if e.Path != "" {
		s += " at " + e.Path
	}
	if e.Offset >= 0 {
		s += fmt.Sprintf(", byte %d", e.Offset)
	}
	return s + ": " + e.Rule
}

// Unwrap returns the sentinel.
func (e *SyntaxError) Unwrap() error {
	if e.Kind == nil {
		return ErrSyntax
	}
	return e.Kind
}
