package ops

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
)

var (
	// ErrInput: a request, a file of closings or another argument that cannot
	// be followed.
	ErrInput = errors.New("cannot be followed")
	// ErrFull: no room on the disk or in the store.
	ErrFull = errors.New("no room")
	// ErrNotEmpty: the ledger holds something else than the story.
	ErrNotEmpty = errors.New("the ledger is not empty")
)

// sentinels are the errors that keep their identity over the socket, by the
// code that docs/CLI-JSON.md gives them. The first that matches wins.
var sentinels = []struct {
	code string
	err  error
}{
	{"conflict", events.ErrConflict},
	{"duplicate", events.ErrDuplicate},
	{"too-large", events.ErrTooLarge},
	{"version", events.ErrVersion},
	{"syntax", events.ErrSyntax},
	{"invalid", events.ErrInvalid},
	{"input", ErrInput},
	{"step", cases.ErrStep},
	{"exhibit", cases.ErrExhibit},
	{"clock", cases.ErrClock},
	{"in-use", datadir.ErrInUse},
	{"full", ErrFull},
	{"full", syscall.ENOSPC},
	{"not-empty", ErrNotEmpty},
	{"broken", events.ErrBroken},
	{"sealed", events.ErrSealed},
	{"read-only", events.ErrReadOnly},
	{"stopped", events.ErrStopped},
	{"not-found", events.ErrNotFound},
	{"exists", fs.ErrExist},
	{"cancelled", context.Canceled},
	{"cancelled", context.DeadlineExceeded},
}

// Code names the kind of an error: one of docs/CLI-JSON.md, "failed" for any
// other.
func Code(err error) string {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.code
		}
	}
	return "failed"
}

// Error is an error in JSON. Pointer, Rule, Step, Saw, Last and Added are filled
// in when the error has them.
type Error struct {
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Pointer *string       `json:"pointer,omitempty"`
	Rule    string        `json:"rule,omitempty"`
	Step    string        `json:"step,omitempty"` // that is missing
	Saw     uint64        `json:"saw,omitempty"`
	Last    uint64        `json:"last,omitempty"`
	Added   []cases.Added `json:"added,omitempty"`
}

// NewError puts an error into the form in which it travels.
func NewError(err error) *Error {
	var done *Error
	if errors.As(err, &done) {
		return done
	}
	e := &Error{Code: Code(err), Message: err.Error()}
	var rule *cases.RuleError
	if errors.As(err, &rule) {
		e.Pointer, e.Rule = &rule.Pointer, rule.Rule
	}
	var step *cases.StepError
	if errors.As(err, &step) {
		e.Step, e.Rule = step.Step.String(), step.Why
	}
	var conflict *cases.ConflictError
	if errors.As(err, &conflict) {
		e.Saw, e.Last, e.Added = conflict.Saw, conflict.Last, conflict.Added
	}
	return e
}

func (e *Error) Error() string { return e.Message }

// Is makes an error that has travelled what it was.
func (e *Error) Is(target error) bool {
	for _, s := range sentinels {
		if s.code == e.Code && s.err == target {
			return true
		}
	}
	return false
}

// As gives an error one of the identities above and keeps its words.
func As(kind, err error) error { return &identified{kind, err} }

type identified struct{ kind, err error }

func (e *identified) Error() string   { return e.err.Error() }
func (e *identified) Unwrap() []error { return []error{e.err, e.kind} }

// Inputf is an ErrInput.
func Inputf(format string, args ...any) error { return As(ErrInput, fmt.Errorf(format, args...)) }
