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

// ErrShown: an export would show another thing than the draft that was approved.
var ErrShown = errors.New("not what was approved")

// ShownError says which events a draft shows otherwise than the export would.
// It is an ErrShown.
type ShownError struct{ Events []uint64 }

func (e *ShownError) Error() string {
	return "shown otherwise than in the draft that was approved: events " + list(e.Events)
}

// Is makes every ShownError an ErrShown.
func (e *ShownError) Is(target error) bool { return target == ErrShown }

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

// SizeError says that what is to be exported is longer than any bundle, and
// which attachments take the room. It is an events.ErrTooLarge.
type SizeError struct {
	Size        int64      // of the bundle as it would be, in bytes, at most some MiB too high
	Attachments []LongFile // the longest first
}

// LongFile is a file of a bundle and its length in bytes.
type LongFile struct {
	Name string
	Size int64
}

func (e *SizeError) Error() string {
	const most = 5
	var b strings.Builder
	fmt.Fprintf(&b, "the bundle would be %s long, more than the 4 GiB that a ZIP of the plain form holds", mib(e.Size))
	if len(e.Attachments) == 0 {
		return b.String() + "; split it: decide on a shorter period"
	}
	b.WriteString("; split it: decide on a shorter period, or withhold attachments here (close /data/sha256 of their events) and export them under a decision of their own; the longest are ")
	for i, f := range e.Attachments[:min(len(e.Attachments), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", strings.TrimPrefix(f.Name, dirAttachments), mib(f.Size))
	}
	return b.String()
}

// Is makes every SizeError an events.ErrTooLarge.
func (e *SizeError) Is(target error) bool { return target == events.ErrTooLarge }

// mib writes a length for people.
func mib(n int64) string { return strconv.FormatInt((n+1<<20-1)>>20, 10) + " MiB" }

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
