package evidence

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

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

// errUnread marks every UnreadError.
var errUnread = errors.New("recorded since")

// UnreadError says that the case has events in scope that were recorded after
// the closings were decided. It is an events.ErrConflict.
type UnreadError struct {
	Expect uint64   // the last event that was read
	Last   uint64   // the case's last event
	Unread []uint64 // events in scope after Expect; none when Expect is not there
}

func (e *UnreadError) Error() string {
	if len(e.Unread) == 0 {
		return fmt.Sprintf("event %d was expected, the case ends at %d", e.Expect, e.Last)
	}
	return fmt.Sprintf("recorded since event %d and in scope: %s; read them, decide what is closed in them, and export again", e.Expect, list(e.Unread))
}

// Is makes every UnreadError an events.ErrConflict.
func (e *UnreadError) Is(target error) bool {
	return target == events.ErrConflict || target == errUnread
}

// list writes numbers with commas, at most ten of them.
func list(seqs []uint64) string {
	const most = 10
	var b strings.Builder
	for i, s := range seqs[:min(len(seqs), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatUint(s, 10))
	}
	if len(seqs) > most {
		b.WriteString(", …")
	}
	return b.String()
}

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
