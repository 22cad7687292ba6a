package evidence

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"caseledger/events"
)

const (
	// MaxInput is the longest request or file of closings, in bytes.
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

// ParseRequest reads a request: a JSON object of exactly the five members
// officer, force, reference, from and to, all of them non-empty strings. The
// error is an *InputError or wraps events.ErrSyntax.
func ParseRequest(b []byte) (Request, error) {
	canonical, err := canonicalInput("request", b)
	if err != nil {
		return Request{}, err
	}
	var in struct {
		Officer, Force, Reference, From, To *string
	}
	if err := decodeInput("request", 0, canonical, &in); err != nil {
		return Request{}, err
	}
	var r Request
	for _, f := range []struct {
		name string
		from *string
		to   *string
	}{
		{"officer", in.Officer, &r.Officer}, {"force", in.Force, &r.Force}, {"reference", in.Reference, &r.Reference},
		{"from", in.From, &r.From}, {"to", in.To, &r.To},
	} {
		if f.from == nil {
			return Request{}, &InputError{What: "request", Field: f.name, Rule: "is missing"}
		}
		*f.to = *f.from
	}
	return r, r.check()
}

// check holds the rules that ParseRequest and Export share.
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

// ParseClosings reads a file of closings: a JSON array of objects
//
//	{"seq":5,"path":"/data/statements/0/text","from":3,"to":7,"code":"A"}
//	{"seq":6,"path":"/data/number","code":"P"}
//	{"seq":7,"code":"L"}
//
// of which the third withholds a whole event. Words are counted from 0, both
// ends included. The error is an *InputError or wraps events.ErrSyntax.
func ParseClosings(b []byte) ([]Closing, error) {
	canonical, err := canonicalInput("closings", b)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if len(canonical) == 0 || canonical[0] != '[' || json.Unmarshal(canonical, &entries) != nil {
		return nil, &InputError{What: "closings", Rule: "is not a JSON array"}
	}
	if len(entries) > MaxClosings {
		return nil, &InputError{What: "closings", Rule: "names more than 20000 closings", Kind: events.ErrTooLarge}
	}
	closings := make([]Closing, 0, len(entries))
	for i, raw := range entries {
		c, err := parseClosing(i+1, raw)
		if err != nil {
			return nil, err
		}
		closings = append(closings, c)
	}
	return closings, nil
}

func parseClosing(entry int, raw []byte) (Closing, error) {
	fail := func(field, rule string) (Closing, error) {
		return Closing{}, &InputError{What: "closings", Entry: entry, Field: field, Rule: rule}
	}
	var in struct {
		Seq      *uint64
		Path     *string
		From, To *int
		Code     *string
	}
	var members map[string]json.RawMessage
	if raw[0] != '{' || json.Unmarshal(raw, &members) != nil {
		return fail("", "is not a JSON object")
	}
	for _, name := range []string{"seq", "path", "from", "to", "code"} {
		if string(members[name]) == "null" {
			return fail(name, "is null; leave it out instead")
		}
	}
	if err := decodeInput("closings", entry, raw, &in); err != nil {
		return Closing{}, err
	}
	switch {
	case in.Seq == nil:
		return fail("seq", "is missing")
	case *in.Seq == 0:
		return fail("seq", "is not a number from 1")
	case in.Code == nil:
		return fail("code", "is missing")
	case len(*in.Code) != 1 || !strings.Contains(Codes, *in.Code):
		return fail("code", "is none of A, P, X, S, L, C, M, K")
	case in.Path != nil && !strings.HasPrefix(*in.Path, "/"):
		return fail("path", "is no JSON Pointer; leave it out to withhold the whole event")
	case in.Path == nil && (in.From != nil || in.To != nil):
		return fail("path", "is missing where words are named")
	case (in.From == nil) != (in.To == nil):
		return fail("from", "and to are given together or not at all")
	case in.From != nil && *in.From < 0:
		return fail("from", "is below 0")
	case in.From != nil && *in.To < *in.From:
		return fail("to", "is before from")
	}
	c := Closing{Seq: *in.Seq, From: in.From, To: in.To, Code: (*in.Code)[0]}
	if in.Path != nil {
		c.Path = *in.Path
	}
	return c, nil
}

// canonicalInput refuses what encoding/json would let through: doubled
// members, broken text, numbers that are no integers.
func canonicalInput(what string, b []byte) ([]byte, error) {
	canonical, err := events.Canonicalize(b)
	if s := (*events.SyntaxError)(nil); errors.As(err, &s) {
		s.What = what
	}
	return canonical, err
}

// decodeInput decodes canonical JSON into a struct and refuses members that
// it does not have. Names are lower case already, so that encoding/json's
// blindness for case does no harm.
func decodeInput(what string, entry int, canonical []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(canonical)))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if t := (*json.UnmarshalTypeError)(nil); errors.As(err, &t) {
		return &InputError{What: what, Entry: entry, Field: strings.ToLower(t.Field), Rule: "has the wrong type"}
	}
	if err != nil { // the text is canonical, so only an unknown member is left
		return &InputError{What: what, Entry: entry, Rule: "has a member that is not known"}
	}
	return nil
}
