package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
)

// Problem is an error as it is answered: RFC 9457, with the members of
// ops.Error that the error has.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	// Pointer is the place in what was sent, a JSON Pointer; "" is all of it.
	Pointer   *string       `json:"pointer,omitempty"`
	Parameter string        `json:"parameter,omitempty"` // of the address, that is wrong
	Rule      string        `json:"rule,omitempty"`      // that was broken
	Saw       uint64        `json:"saw,omitempty"`       // of a conflict: the last event that was seen
	Last      uint64        `json:"last,omitempty"`      // the last that there is
	Added     []cases.Added `json:"added,omitempty"`     // the first of those between
}

const (
	problemType = "application/problem+json"
	problemPath = "/api/v1/problems/"
)

// Kind is what a problem's type names.
type Kind struct {
	Code   string `json:"code"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"` // what to do
}

// kinds are all that there are.
var kinds = []Kind{
	{"token", 401, "No token that is good here", "Send an Authorization header with Bearer and a token that is known here, was not revoked and has not expired, of somebody who works here."},
	{"token-cut", 401, "The token is not whole", "It begins as a token does and is not one: copy it again, from cl_ to its end."},
	{"wait", 429, "Too many requests", "Wait as many seconds as Retry-After says."},
	{"scope", 403, "The token is not for this", "Ask whoever runs the service for a token with the scope that WWW-Authenticate names."},
	{"forbidden", 403, "You may not do this", "The member of staff that the token acts as may not do this, or not in this case. A case that does not exist gives the same answer."},
	{"not-found", 404, "There is nothing here", "Check the address."},
	{"method", 405, "Not with this method", "The Allow header has the methods that there are."},
	{"media-type", 415, "Not this kind of content", "Send application/json in UTF-8, not compressed."},
	{"host", 421, "This service answers to its own name only", "Use the name that the service was given as its public address."},
	{"parameter", 400, "A parameter is wrong", "parameter names it; the OpenAPI document says what it may be. One that does not belong there is refused too."},
	{"if-match", 400, "If-Match is wrong", "It is the number of the case's last event that was seen, in quotation marks, such as \"12\"."},
	{"syntax", 400, "The body is not JSON as it must be", "pointer says where, rule says why."},
	{"invalid", 422, "The body breaks a rule", "pointer says where, rule says which. Nothing was recorded."},
	{"input", 422, "The request cannot be followed", "Check what was sent. Nothing was recorded."},
	{"step", 422, "A step is missing", "A disclosure takes its steps in order, on the pages or with the command line."},
	{"version", 422, "This type or version is not known here", "The list of schemas has the types and versions that there are."},
	{"too-large", 413, "Too long", "An event holds at most 768 KiB. Record it as two. Nothing was recorded."},
	{"duplicate", 409, "The id stands for another event", "Nothing was recorded. The same id with the same body would have got the first answer again: use a new id for a new event."},
	{"exhibit", 409, "The exhibit reference stands for another exhibit", "rule names the next that is free."},
	{"conflict", 412, "The case has moved on", "Nothing was recorded. saw is the last event that was seen, last the one that is there, added the first between them: read them, then send it again with the new number."},
	{"unrecorded", 503, "Nothing can be answered now", "Who reads what is written down before it is answered, and that record cannot be written. Tell whoever runs the service."},
	{"read-only", 503, "Nothing can be recorded now", "An operator has to look first. Nothing was recorded; send it again later under the same id."},
	{"stopped", 503, "Nothing can be recorded now", "An operator has to look first. Whether it was recorded is found out when the service starts again; send it again later under the same id."},
	{"clock", 503, "The service's clock is wrong", "Nothing was recorded; send it again later under the same id."},
	{"full", 507, "There is no room", "Nothing was recorded; send it again later under the same id."},
	{"broken", 500, "The record is damaged", "What was asked for does not check out. Tell whoever runs the service, who can run a full audit."},
	{"sealed", 500, "The record does not open", "What was asked for does not open under its key. Tell whoever runs the service, who can run a full audit."},
	{"failed", 500, "Something went wrong", "Whether it was done is not known. Send it again under the same id; tell whoever runs the service the time."},
}

func kindOf(code string) Kind {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return kindOf("failed")
	}
	return kinds[i]
}

// refused is a problem on its way out.
type refused struct {
	Problem
	header http.Header
}

func (r *refused) Error() string { return "refused: " + r.Code }

// problem makes one of a kind.
func problem(code string) *refused {
	k := kindOf(code)
	return &refused{Problem{Type: problemPath + k.Code, Title: k.Title, Status: k.Status, Detail: k.Detail, Code: k.Code}, http.Header{}}
}

// at says where, and which rule was broken, if any.
func (r *refused) at(pointer, rule string) *refused {
	r.Pointer, r.Rule = &pointer, rule
	return r
}

// parameter refuses a parameter.
func parameter(name string) *refused {
	p := problem("parameter")
	p.Parameter = name
	return p
}

// errUnrecorded: the access ledger cannot be written.
var errUnrecorded = errors.New("the access ledger could not be written")

// problemOf puts an error into words of the interface's own: those of the error
// may quote what was sent.
func problemOf(err error) *refused {
	var r *refused
	var wait *access.WaitError
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &wait):
		p := problem("wait")
		p.header.Set("Retry-After", strconv.Itoa(int(wait.For/time.Second)+1))
		return p
	case errors.Is(err, errUnrecorded):
		return problem("unrecorded")
	case errors.Is(err, access.ErrTokenCut):
		return challenge(problem("token-cut"), `Bearer error="invalid_token"`)
	case errors.Is(err, access.ErrToken):
		return challenge(problem("token"), `Bearer error="invalid_token"`)
	}
	e := ops.NewError(err)
	p := problem(e.Code)
	p.Pointer, p.Rule, p.Saw, p.Last, p.Added = e.Pointer, e.Rule, e.Saw, e.Last, e.Added
	return p
}

func challenge(p *refused, how string) *refused {
	p.header.Set("WWW-Authenticate", how)
	return p
}

// fail answers a request that gets nothing else.
func (s *Server) fail(w http.ResponseWriter, r *Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody listens any more
	}
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		// The code says what kind of error it was: its text may hold words.
		s.logger.Error("a request could not be answered", "route", r.Route.Method+" "+r.Route.Pattern, "error", ops.Code(err), "status", p.Status)
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	write(w, p.Status, problemType, p.Problem)
}

// write is a whole answer.
func write(w http.ResponseWriter, status int, media string, v any) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // an event's body stays as it is
	_ = enc.Encode(v)
}
