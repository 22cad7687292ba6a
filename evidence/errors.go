package evidence

import (
	"errors"
	"fmt"

	"caseledger/events"
)

// The sentinels of this package, beside those of package events.
var (
	// ErrInput: a request or a file of closings that cannot be followed.
	ErrInput = errors.New("cannot be followed")
	// ErrBundle: bytes that are no valid bundle.
	ErrBundle = errors.New("not a valid bundle")
	// ErrExposed: words that are to be closed stand open in another version
	// of the same statement.
	ErrExposed = errors.New("closed words stand open elsewhere")
)

// InputError says what is wrong with a request or with one closing. It never
// quotes a value.
type InputError struct {
	What  string // "request" or "closings"
	Entry int    // of the closings, from 1 as people count; 0: the whole file
	Field string // "officer", "path", …; may be empty
	Rule  string
	Kind  error // nil is ErrInput
}

func (e *InputError) Error() string {
	s := e.What
	if e.Entry > 0 {
		s += fmt.Sprintf(", entry %d", e.Entry)
	}
	if e.Field != "" {
		s += ", " + e.Field
	}
	return s + ": " + e.Rule
}

// Unwrap returns the sentinel.
func (e *InputError) Unwrap() error {
	if e.Kind == nil {
		return ErrInput
	}
	return e.Kind
}

// FileError says where a bundle leaves the format. It quotes no content; File
// is a name inside the bundle, or "" for the ZIP itself.
type FileError struct {
	File string
	Rule string
	Kind error // ErrBundle, events.ErrVersion or events.ErrTooLarge; nil is ErrBundle
}

func (e *FileError) Error() string {
	if e.File == "" {
		return "bundle: " + e.Rule
	}
	return "bundle, " + e.File + ": " + e.Rule
}

// Unwrap returns the sentinel.
func (e *FileError) Unwrap() error {
	if e.Kind == nil {
		return ErrBundle
	}
	return e.Kind
}

func tooLarge(file, rule string) error {
	return &FileError{File: file, Rule: rule, Kind: events.ErrTooLarge}
}
