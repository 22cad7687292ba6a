package evidence

import (
	"context"
	"encoding/json"
	"time"

	"caseledger/events"
)

// requested is what is read of a disclosure.requested.
type requested struct {
	Officer   string `json:"officer"`
	Force     string `json:"force"`
	Reference string `json:"reference"`
}

// decided is what is read of a disclosure.decided.
type decided struct {
	Request  uint64   `json:"request"`
	Decision string   `json:"decision"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Kinds    []string `json:"kinds"`
	Closings []closed `json:"closings"`
}

// closed is a closing as events of the case hold it.
type closed struct {
	Seq    uint64 `json:"seq"`
	Leaf   uint64 `json:"leaf"`
	Leaves uint64 `json:"leaves"`
	Code   string `json:"code"`
}

// recorded returns the closings, and false when one has no code.
func recordedOf(list []closed) ([]recordedClosing, bool) {
	out := make([]recordedClosing, len(list))
	for i, c := range list {
		if len(c.Code) != 1 {
			return nil, false
		}
		out[i] = recordedClosing{c.Seq, c.Leaf, c.Leaves, c.Code[0]}
	}
	return out, true
}

// approved is what is read of a disclosure.approved.
type approved struct {
	Decision uint64 `json:"decision"`
	Approved bool   `json:"approved"`
}

// steps is what a path says.
type steps struct {
	request  Request
	closings []recordedClosing
}

// steps reads the events of a path. They must be of their types and belong
// together; a decision must not be a refusal, nor an approval one.
func (p planOf) steps(path Path) (steps, error) {
	var (
		s steps
		r requested
		d decided
		a approved
	)
	fail := func(what, rule string) (steps, error) { return s, &InputError{What: what, Rule: rule} }
	if !p.read(path.Request, typeRequested, &r) {
		return fail("request", "the case has no disclosure.requested there")
	}
	if !p.read(path.Decision, typeDecided, &d) || d.Request != path.Request {
		return fail("decision", "the case has no disclosure.decided on this request there")
	}
	if d.Decision == "refused" {
		return fail("decision", "it refuses the request")
	}
	if path.Approval != 0 && (!p.read(path.Approval, typeApproved, &a) || a.Decision != path.Decision || !a.Approved) {
		return fail("approval", "the case has no disclosure.approved of this decision there")
	}
	if d.Kinds == nil {
		d.Kinds = []string{}
	}
	s.request = Request{Officer: r.Officer, Force: r.Force, Reference: r.Reference, From: d.From, To: d.To, Kinds: d.Kinds}
	if err := s.request.check(); err != nil {
		return s, err
	}
	var ok bool
	if s.closings, ok = recordedOf(d.Closings); !ok {
		return fail("decision", "it holds a closing without a code")
	}
	return s, nil
}

// read decodes the data of the event at seq and reports whether it is of this
// type.
func (p planOf) read(seq uint64, typ string, into any) bool {
	if seq == 0 || seq > uint64(len(p)) || p[seq-1].typ != typ {
		return false
	}
	data, err := p[seq-1].data()
	return err == nil && json.Unmarshal(data, into) == nil
}

// data returns the canonical data of the event's body.
func (e *planned) data() ([]byte, error) {
	raw, err := events.Unflatten(e.parts)
	if err != nil {
		return nil, err
	}
	b, err := events.ParseBody(raw)
	return b.Data, err
}

// CaseEvent is an event of a case with all its parts open, and whether a
// request asks for it.
type CaseEvent struct {
	Seq      uint64
	Type     string
	At       time.Time     // when recorded
	Hash     events.Hash   // of the event
	Parts    []events.Part // all of them, decoys included, in order
	InScope  bool
	Undated  bool // judged by the date on which it was recorded
	Misfiled bool // it belongs to another case and is withheld
}

// ReadCase opens every event of a case and says which of them the request asks
// for. Only the dates and the kinds of the request are looked at. What it
// returns is the case's plain text: for whoever reads and closes it, and for
// nothing that leaves the service. Errors are those of Export.
func ReadCase(ctx context.Context, l Ledger, v events.Validator, chain events.Chain, r Request) ([]CaseEvent, error) {
	x := exporter{ctx: ctx, l: l, v: v, in: Input{Chain: chain}}
	if err := x.load(); err != nil {
		return nil, err
	}
	x.plan.scope(&r)
	list := make([]CaseEvent, len(x.plan))
	for i, e := range x.plan {
		list[i] = CaseEvent{Seq: e.seq(), Type: e.typ, At: e.entry.Record.Detail.At, Hash: e.entry.Record.Link.Hash(),
			Parts: e.parts, InScope: e.inScope, Undated: e.undated, Misfiled: e.misfiled}
	}
	return list, nil
}

// Leaves returns the leaves that a closing closes in an event of these parts:
// the first and how many; 0 and 0 for the whole event. The error is an
// *InputError.
func Leaves(parts []events.Part, c Closing) (leaf, leaves uint64, err error) {
	if c.Path == "" {
		return 0, 0, nil
	}
	e := planned{parts: parts}
	at, field, rule := e.locate(&c)
	if rule != "" {
		return 0, 0, &InputError{What: "closings", Field: field, Rule: rule}
	}
	return at.leaf, at.leaves, nil
}
