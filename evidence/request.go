package evidence

import (
	"strings"
	"time"
	"unicode/utf8"

	"caseledger/events"
)

const (
	// MaxInput is the longest file of a request or a decision, in bytes.
	MaxInput = events.MaxBody
	// MaxClosings is the most closings that one export can name, those of
	// withheld events included: what the schema of disclosure.exported holds.
	MaxClosings = 20_000
	// maxLine is the longest one-line text of a request, in code points.
	maxLine = 500

	dateFormat = "2006-01-02"
)

// Request is what an officer asked for.
type Request struct {
	Officer   string // name, rank and number as the officer gave them
	Force     string
	Reference string   // the force's own
	From, To  string   // dates YYYY-MM-DD, both included
	Kinds     []string // event types; nil is Kinds()
}

// kinds returns the event types in scope.
func (r *Request) kinds() []string {
	if r.Kinds == nil {
		return Kinds()
	}
	return r.Kinds
}

// check holds the rules of a request. The error is an *InputError.
func (r *Request) check() error {
	for _, f := range []struct{ name, value string }{
		{"officer", r.Officer}, {"force", r.Force}, {"reference", r.Reference},
	} {
		if rule := lineRule(f.value); rule != "" {
			return &InputError{What: "request", Field: f.name, Rule: rule}
		}
	}
	for _, f := range []struct{ name, value string }{{"from", r.From}, {"to", r.To}} {
		if !validDate(f.value) {
			return &InputError{What: "request", Field: f.name, Rule: "is not a date YYYY-MM-DD"}
		}
	}
	if r.To < r.From {
		return &InputError{What: "request", Field: "to", Rule: "is before from"}
	}
	return nil
}

// lineRule returns the rule that a one-line text breaks, or "".
func lineRule(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case utf8.RuneCountInString(s) > maxLine:
		return "is longer than 500 characters"
	case strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "is not one line without control characters"
	}
	return ""
}

func validDate(s string) bool {
	t, err := time.Parse(dateFormat, s)
	return err == nil && t.Format(dateFormat) == s && t.Year() > 0
}

// Closing closes one whole value, some words of a text, or a whole event.
type Closing struct {
	Seq  uint64
	Path string // JSON Pointer into the body; "" closes the whole event
	From *int   // first word of a text, from 0; nil closes the whole value
	To   *int   // last word, included
	Code byte   // one of A P X S L C M K
}

// Codes are the reasons for closing, in the order in which pages list them.
const Codes = "APXSLCMK"
