package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/evidence"
	sheets "caseledger/evidence/sheet"
	"caseledger/evidence/whereabouts"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// said is what every file of a step may say beside the step itself.
type said struct {
	occurred schemas.Occurred // as said, else now
	made     schemas.Made     // as said, else live
}

// The files of the steps. What they do not name is null or empty.
type (
	decideFile struct {
		Decision   string              `json:"decision"`
		Tests      []schemas.Test      `json:"tests"`
		Advice     string              `json:"advice"`
		AdviceFrom *string             `json:"advice_from"`
		Consulted  []schemas.Consulted `json:"consulted"`
		From       string              `json:"from"`
		To         string              `json:"to"`
		Kinds      []string            `json:"kinds"`
	}
	// closeFile is what ops.Proposals becomes once a person has decided: its
	// other members may stay where they are.
	closeFile struct {
		ReadTo    uint64          `json:"read_to"`
		Closings  []closingLine   `json:"closings"`
		Proposals []decidedLine   `json:"proposals"`
		Case      json.RawMessage `json:"case"`
		Request   json.RawMessage `json:"request"`
		Events    json.RawMessage `json:"events"`
	}
	closingLine struct {
		Seq  uint64 `json:"seq"`
		Path string `json:"path"`
		From *int   `json:"from"`
		To   *int   `json:"to"`
		Code string `json:"code"`
	}
	decidedLine struct {
		ops.Proposal
		Reason *schemas.Prose `json:"reason"`
	}
	approveFile struct {
		Approved bool           `json:"approved"`
		Pages    int            `json:"pages"`
		Reasons  *schemas.Prose `json:"reasons"`
	}
	handOverFile struct {
		Copy      uint64         `json:"copy"` // 0: that of the export
		Recipient string         `json:"recipient"`
		Received  string         `json:"received"`
		How       string         `json:"how"`
		CodeGiven *string        `json:"code_given"`
		Hands     []schemas.Hand `json:"hands"`
		Reference *string        `json:"reference"`
	}
)

// readStep reads the file of a step. Its errors quote nothing of it.
func readStep[T any](file []byte) (v T, what said, err error) {
	canonical, err := events.Canonicalize(file)
	if err != nil {
		return v, what, ops.As(ops.ErrInput, fmt.Errorf("--file: %w", err))
	}
	var members map[string]json.RawMessage
	bad := ops.Inputf("--file: not what the file of this step holds; docs/CLI-JSON.md says what that is")
	if json.Unmarshal(canonical, &members) != nil {
		return v, what, bad
	}
	now := sheets.LocalTime(time.Now())
	what = said{schemas.Occurred{From: &now, Precision: "exact"}, schemas.Made{From: "live"}}
	for name, into := range map[string]any{"occurred": &what.occurred, "made": &what.made} {
		if raw, ok := members[name]; ok && strict(raw, into) != nil {
			return v, what, ops.Inputf("--file: %s is of another shape", name)
		}
		delete(members, name)
	}
	rest, err := json.Marshal(members)
	if err != nil || strict(rest, &v) != nil {
		return v, what, bad
	}
	return v, what, nil
}

// strict decodes JSON into a value that has every member of it.
func strict(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// reading is a case as a disclosure sees it: the path, and what is in scope of
// the decision that counts.
type reading struct {
	path      *cases.Path
	decision  *casefile.Item[schemas.DisclosureDecidedV2]
	head      uint64
	all       []evidence.CaseEvent
	scope     cases.Scope
	events    []whereabouts.Event // in scope
	list      *whereabouts.List
	proposals []whereabouts.Proposal
}

// readCase reads a case for a disclosure on which somebody has decided.
func (l *ledger) readCase(ctx context.Context, of ops.OfRequest) (*reading, error) {
	path, err := l.cases.Path(ctx, of.Case, of.Request)
	if err != nil {
		return nil, err
	}
	r := &reading{path: path}
	if r.decision, err = path.Decision(); err != nil {
		return nil, err
	}
	d := &r.decision.Data
	r.all, err = evidence.ReadCase(ctx, exporting{l: l}, schemas.Default(), of.Case, evidence.Request{From: d.From, To: d.To, Kinds: d.Kinds})
	if err != nil {
		return nil, err
	}
	r.head = uint64(len(r.all))
	everything := make([]whereabouts.Event, len(r.all))
	for i, e := range r.all {
		everything[i] = whereabouts.Event{Seq: e.Seq, Parts: e.Parts}
		if e.InScope && !e.Misfiled {
			r.events = append(r.events, everything[i])
			r.scope.Events = append(r.scope.Events, e.Seq)
		}
	}
	if r.list, err = whereabouts.New(everything); err != nil {
		return nil, err
	}
	// What was decided before the words were read for this decision; without
	// words, before now.
	before := r.head + 1
	if d.Words != nil {
		before = r.decision.Seq
	}
	return r, r.propose(ctx, before)
}

// propose looks through what is in scope, with what was decided before an
// event.
func (r *reading) propose(ctx context.Context, before uint64) (err error) {
	if r.proposals, err = r.list.Propose(ctx, r.events, r.earlier(before)); err != nil {
		return err
	}
	r.proposals = append(r.proposals, r.others()...)
	slices.SortStableFunc(r.proposals, func(a, b whereabouts.Proposal) int { return cmp.Compare(a.Seq, b.Seq) })
	r.scope.Proposals = nil
	for _, p := range r.proposals {
		r.scope.Proposals = append(r.scope.Proposals, cases.Leaves{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves})
	}
	return nil
}

// matchAgency is the match of a proposal to close an entry because it is
// another agency's, or a Marac's. Source: DOMAIN, Disclosure to police: closed
// unless somebody decides otherwise, and the agency is asked.
const matchAgency whereabouts.Match = "agency"

// others proposes to close what is not the service's own to give.
func (r *reading) others() []whereabouts.Proposal {
	var list []whereabouts.Proposal
	for _, seq := range r.scope.Events {
		switch r.all[seq-1].Type {
		case "marac.heard", "marac.action.updated", "meeting.recorded":
		default:
			continue
		}
		if !slices.ContainsFunc(r.proposals, func(p whereabouts.Proposal) bool { return p.Seq == seq && p.Leaves == 0 }) {
			list = append(list, whereabouts.Proposal{Seq: seq, Code: "M", Match: matchAgency, Of: whereabouts.Of{Kind: whereabouts.Kind(matchAgency), Seq: seq}})
		}
	}
	return list
}

// earlier are the decisions of the case before an event, on whichever request.
func (r *reading) earlier(before uint64) []whereabouts.Decision {
	var list []whereabouts.Decision
	for _, e := range r.all[:min(before-1, r.head)] {
		if e.Type != "disclosure.decided" || e.Misfiled {
			continue
		}
		d, err := decidedOf(e.Parts)
		if err != nil {
			continue // of a form that nobody recorded with this program
		}
		x := whereabouts.Decision{Seq: e.Seq}
		if d.Replaces != nil {
			x.Replaces = *d.Replaces
		}
		for _, c := range d.Closings {
			x.Closings = append(x.Closings, whereabouts.Closing{Seq: c.Seq, Leaf: c.Leaf, Leaves: c.Leaves, Code: c.Code})
		}
		if d.Words != nil {
			for _, p := range d.Words.Proposals {
				x.Outcomes = append(x.Outcomes, whereabouts.Decided{
					Closing: whereabouts.Closing{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves, Code: p.Code}, Outcome: whereabouts.Outcome(p.Outcome)})
			}
		}
		list = append(list, x)
	}
	return list
}

// decidedOf returns the data of a decision.
func decidedOf(parts []events.Part) (d schemas.DisclosureDecidedV2, err error) {
	raw, err := events.Unflatten(parts)
	if err != nil {
		return d, err
	}
	b, err := events.ParseBody(raw)
	if err != nil {
		return d, err
	}
	if b, err = schemas.Upcast(b); err != nil {
		return d, err
	}
	return schemas.DecodeData[schemas.DisclosureDecidedV2](b.Data)
}

// left is what resembles a whereabouts entry and stays open: in scope, and in
// the request and the decision, which the recipient gets as they are.
func (r *reading) left(ctx context.Context, decision whereabouts.Event, closings []schemas.Closing) ([]ops.Left, error) {
	closed := make([]whereabouts.Closing, len(closings))
	for i, c := range closings {
		closed[i] = whereabouts.Closing{Seq: c.Seq, Leaf: c.Leaf, Leaves: c.Leaves, Code: c.Code}
	}
	request := r.path.Request.Seq
	open := append(slices.Clone(r.events), whereabouts.Event{Seq: request, Parts: r.all[request-1].Parts}, decision)
	found, err := r.list.Left(ctx, open, closed)
	list := make([]ops.Left, len(found))
	for i, f := range found {
		list[i] = ops.Left{Seq: f.Seq, Path: f.Path, From: f.From, To: f.To, Match: string(f.Match), Of: string(f.Of.Kind), OfSeq: f.Of.Seq}
	}
	return list, err
}

// decided is the decision that counts, as it was recorded.
func (r *reading) decided() whereabouts.Event {
	return whereabouts.Event{Seq: r.decision.Seq, Parts: r.all[r.decision.Seq-1].Parts}
}

// deciding is a decision that is about to be recorded.
func (r *reading) deciding(d *schemas.DisclosureDecidedV2) (whereabouts.Event, error) {
	typ, v, _ := schemas.TypeOf(*d)
	data, err := schemas.EncodeData(d)
	if err != nil {
		return whereabouts.Event{}, err
	}
	body, err := events.EncodeBody(typ, v, d.By, []byte("null"), data)
	if err != nil {
		return whereabouts.Event{}, err
	}
	parts, err := events.Flatten(body)
	return whereabouts.Event{Seq: r.head + 1, Parts: parts}, err
}

// silent refuses a decision that says in its own words where somebody can be
// found: the recipient gets it as it is, and nothing in it can be closed. Places
// that are known to many, as a court, are only listed (left).
func (r *reading) silent(ctx context.Context, step cases.Step, decision whereabouts.Event) error {
	found, err := r.list.Left(ctx, []whereabouts.Event{decision}, nil)
	if err != nil {
		return err
	}
	for _, f := range found {
		switch f.Of.Kind {
		case whereabouts.KindPlace, whereabouts.KindEquipment, whereabouts.KindUnlisted:
			continue
		}
		if f.Match != whereabouts.MatchPlace {
			return &cases.StepError{Step: step, Why: fmt.Sprintf("the decision itself holds, at %s, what resembles an entry of the whereabouts (%s, event %d); the recipient reads it as it is, so say it in other words", f.Path, f.Of.Kind, f.Of.Seq)}
		}
	}
	return nil
}

// TakeStep implements ops.Ledger.
func (l *ledger) TakeStep(ctx context.Context, s ops.TakeStep) (ops.StepTaken, error) {
	taken := ops.StepTaken{Case: s.Case, Request: s.Request, Warnings: []string{}, Left: []ops.Left{}}
	if err := l.writable(); err != nil {
		return taken, err
	}
	take := map[string]func(context.Context, *ops.TakeStep, *ops.StepTaken) (any, said, uint64, error){
		ops.TakeRequest: l.takeRequest, ops.TakeDecide: l.takeDecide, ops.TakeTell: l.takeTell,
		ops.TakeClose: l.takeClose, ops.TakeApprove: l.takeApprove, ops.TakeHandOver: l.takeHandOver,
	}[s.Step]
	if take == nil {
		return taken, ops.Inputf("no such step")
	}
	data, what, expect, err := take(ctx, &s, &taken)
	if err != nil {
		return taken, err
	}
	c := cases.Command{Case: s.Case, Actor: s.Actor, Expect: cmp.Or(s.Expect, expect)}
	if s.ID != nil {
		c.ID = *s.ID
	}
	c.Type, c.V, _ = schemas.TypeOf(data)
	if c.Occurred, err = schemas.EncodeData(what.occurred); err == nil {
		c.Data, err = schemas.EncodeData(data)
	}
	if err != nil {
		return taken, ops.As(ops.ErrInput, fmt.Errorf("--file: %w", err))
	}
	r, err := l.cases.Append(ctx, c)
	if err != nil {
		return taken, storageError(err)
	}
	l.asking(ctx, c.Type, s.Case, s.Actor, c.Data)
	taken.Seq, taken.Type = r.Seq, c.Type
	if s.Step == ops.TakeRequest {
		taken.Request = r.Seq
	}
	path, err := l.cases.Path(ctx, s.Case, taken.Request)
	if err != nil {
		return taken, err
	}
	taken.Next, taken.Why = next(path, nil)
	return taken, nil
}

// next is the first step of a path that is missing, and why.
func next(path *cases.Path, scope *cases.Scope) (step, why string) {
	var missing *cases.StepError
	err := path.Before(cases.StepHandOver, scope)
	if err == nil {
		made := path.Under(path.Decisions[len(path.Decisions)-1].Seq)
		if !slices.ContainsFunc(path.Receipts, func(r casefile.Item[schemas.DisclosureReceipted]) bool { return slices.Contains(made, r.Data.Export) }) {
			return cases.StepHandOver.String(), "the bundle was made, and no receipt says who has it"
		}
	}
	if errors.As(err, &missing) {
		return missing.Step.String(), missing.Why
	}
	return "", ""
}

func (l *ledger) takeRequest(_ context.Context, s *ops.TakeStep, _ *ops.StepTaken) (any, said, uint64, error) {
	q, what, err := readStep[schemas.DisclosureRequested](s.File)
	q.Made = what.made
	return q, what, 0, err
}

func (l *ledger) takeDecide(ctx context.Context, s *ops.TakeStep, taken *ops.StepTaken) (any, said, uint64, error) {
	f, what, err := readStep[decideFile](s.File)
	if err != nil {
		return nil, what, 0, err
	}
	path, err := l.cases.Path(ctx, s.Case, s.Request)
	if err == nil {
		err = l.cases.Manager(ctx, s.Actor)
	}
	if err != nil {
		return nil, what, 0, err
	}
	d := schemas.DisclosureDecidedV2{
		Made: what.made, Request: s.Request, By: s.Actor, Decision: f.Decision, Tests: f.Tests, Advice: cmp.Or(f.Advice, "not-needed"),
		AdviceFrom: f.AdviceFrom, Consulted: f.Consulted, From: f.From, To: f.To, Kinds: f.Kinds,
	}
	if d.Kinds == nil {
		d.Kinds = evidence.Kinds()
	}
	// That the client was told stays true whatever is decided anew. Words are
	// read again; what was closed comes back as proposals.
	if n := len(path.Decisions); n > 0 {
		last := &path.Decisions[n-1]
		d.Replaces, d.ClientTold = &last.Seq, last.Data.ClientTold
		if last.Data.Words != nil {
			taken.Warnings = append(taken.Warnings, fmt.Sprintf("decision %d was read and closed; read again for this one", last.Seq))
		}
	}
	if err := path.Decided(&d); err != nil {
		return nil, what, 0, err
	}
	return d, what, path.Head, nil
}

func (l *ledger) takeTell(ctx context.Context, s *ops.TakeStep, taken *ops.StepTaken) (any, said, uint64, error) {
	told, what, err := readStep[schemas.ClientTold](s.File)
	if err != nil {
		return nil, what, 0, err
	}
	path, err := l.cases.Path(ctx, s.Case, s.Request)
	if err == nil {
		err = path.Before(cases.StepTold, nil)
	}
	if err != nil {
		return nil, what, 0, err
	}
	last, err := path.Decision()
	if err != nil {
		return nil, what, 0, err
	}
	d := last.Data
	d.Made, d.Replaces, d.ClientTold = what.made, &last.Seq, &told
	if err := path.Told(&d); err != nil {
		return nil, what, 0, err
	}
	if told.Answer == "yes" {
		why, err := l.cases.Unsafe(ctx, s.Case, *told.SafeContact, *told.Channel, *told.On)
		if err != nil {
			return nil, what, 0, err
		}
		for _, w := range why {
			taken.Warnings = append(taken.Warnings, "the way in which the client was told was not safe: "+w)
		}
	}
	return d, what, path.Head, nil
}

func (l *ledger) takeApprove(ctx context.Context, s *ops.TakeStep, _ *ops.StepTaken) (any, said, uint64, error) {
	f, what, err := readStep[approveFile](s.File)
	if err != nil {
		return nil, what, 0, err
	}
	r, err := l.readCase(ctx, ops.OfRequest{Case: s.Case, Request: s.Request})
	if err == nil {
		err = r.path.Before(cases.StepApproval, &r.scope)
	}
	if err == nil {
		err = r.path.Second(s.Actor)
	}
	if err == nil {
		err = l.cases.Manager(ctx, r.decision.Data.By)
	}
	if err == nil {
		err = l.cases.Approver(ctx, s.Actor)
	}
	if err != nil {
		return nil, what, 0, err
	}
	a := schemas.DisclosureApprovedV2{
		Made: what.made, Decision: r.decision.Seq, By: s.Actor, Approved: f.Approved, Pages: f.Pages, Reasons: f.Reasons,
	}
	if s.Draft != nil {
		if s.Draft.Case != s.Case || s.Draft.Request != s.Request || s.Draft.Decision != r.decision.Seq {
			return nil, what, 0, &cases.StepError{Step: cases.StepApproval, Why: fmt.Sprintf("the draft is not of decision %d; make one of it and read that", r.decision.Seq)}
		}
		a.Draft = &schemas.Draft{SHA256: s.Draft.Manifest.String(), Pages: s.Draft.Pages, ReadTo: s.Draft.ReadTo}
	}
	if a.Approved {
		if err := r.path.Pages(&a); err != nil {
			return nil, what, 0, err
		}
	}
	return a, what, r.head, nil
}

func (l *ledger) takeHandOver(ctx context.Context, s *ops.TakeStep, _ *ops.StepTaken) (any, said, uint64, error) {
	f, what, err := readStep[handOverFile](s.File)
	if err != nil {
		return nil, what, 0, err
	}
	path, err := l.cases.Path(ctx, s.Case, s.Request)
	if err != nil {
		return nil, what, 0, err
	}
	if len(path.Exports) == 0 {
		if err := path.Before(cases.StepHandOver, nil); err != nil {
			return nil, what, 0, err
		}
	}
	i := slices.IndexFunc(path.Exports, func(x casefile.Item[schemas.DisclosureExportedV2]) bool { return x.Seq == s.Export })
	if i < 0 || s.SHA256 == nil {
		return nil, what, 0, &cases.StepError{Step: cases.StepExport, Why: fmt.Sprintf("event %d of the case is no export under request %d", s.Export, s.Request)}
	}
	return schemas.DisclosureReceipted{
		Made: what.made, Export: s.Export, SHA256: s.SHA256.String(), Copy: cmp.Or(f.Copy, path.Exports[i].Data.Copy), Recipient: f.Recipient,
		Received: f.Received, How: f.How, CodeGiven: f.CodeGiven, Hands: f.Hands, Reference: f.Reference,
	}, what, 0, nil
}

func (l *ledger) takeClose(ctx context.Context, s *ops.TakeStep, taken *ops.StepTaken) (any, said, uint64, error) {
	f, what, err := readStep[closeFile](s.File)
	if err != nil {
		return nil, what, 0, err
	}
	r, err := l.readCase(ctx, ops.OfRequest{Case: s.Case, Request: s.Request})
	if err == nil {
		err = r.path.Before(cases.StepWords, nil)
	}
	if err != nil {
		return nil, what, 0, err
	}
	if f.ReadTo == 0 || f.ReadTo > r.head {
		return nil, what, 0, ops.Inputf("--file: read_to is the last event of the case that was read, which has %d", r.head)
	}
	// The words are read anew: what was decided before comes back as proposals.
	if r.decision.Data.Words != nil {
		if err := r.propose(ctx, r.head+1); err != nil {
			return nil, what, 0, err
		}
	}
	d := r.decision.Data
	d.Made, d.Replaces = what.made, &r.decision.Seq
	words := schemas.Words{ReadBy: s.Actor, ReadTo: f.ReadTo, Proposals: []schemas.Proposed{}}
	closed := closer{r: r}
	for i, c := range f.Closings {
		if err := closed.close(c); err != nil {
			return nil, what, 0, ops.As(ops.ErrInput, fmt.Errorf("--file, closing %d: %w", i+1, err))
		}
	}
	for i, p := range f.Proposals {
		k := slices.IndexFunc(r.proposals, func(q whereabouts.Proposal) bool { return same(&p.Proposal, &q) })
		if k < 0 {
			return nil, what, 0, ops.Inputf("--file, proposal %d: is not proposed; what else is closed stands under closings", i+1)
		}
		p.Leaf, p.Leaves, p.Code = r.proposals[k].Leaf, r.proposals[k].Leaves, cmp.Or(p.Code, r.proposals[k].Code)
		switch p.Outcome {
		case "": // undecided: Read says so
			continue
		case "closed":
			closed.accept(&p.Proposal)
			p.Reason = nil
		case "open":
			if p.Reason == nil || strings.TrimSpace(p.Reason.Text) == "" {
				return nil, what, 0, ops.Inputf("--file, proposal %d: stays open without a reason", i+1)
			}
		default:
			return nil, what, 0, ops.Inputf("--file, proposal %d: outcome is closed or open", i+1)
		}
		words.Proposals = append(words.Proposals, schemas.Proposed{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves, Code: p.Code, Outcome: p.Outcome, Reason: p.Reason})
	}
	closed.follow()
	d.Closings, d.Words = closed.sorted(), &words
	if d.Decision == "full" && len(d.Closings) > 0 {
		d.Decision = "part"
	}
	deciding, err := r.deciding(&d)
	if err == nil {
		err = r.silent(ctx, cases.StepWords, deciding)
	}
	if err == nil {
		err = r.path.Read(&d, r.scope)
	}
	if err != nil {
		return nil, what, 0, err
	}
	if taken.Left, err = r.left(ctx, deciding, d.Closings); err != nil {
		return nil, what, 0, err
	}
	return d, what, r.head, nil
}

// same reports whether a line of the file is about a proposal: by its leaves,
// or, where it names none, by path and words.
func same(p *ops.Proposal, q *whereabouts.Proposal) bool {
	if p.Seq != q.Seq {
		return false
	}
	if p.Leaves != 0 || p.Path == "" {
		return p.Leaf == q.Leaf && p.Leaves == q.Leaves
	}
	word := func(p, q *int) bool { return p == q || p != nil && q != nil && *p == *q }
	return p.Path == q.Path && word(p.From, q.From) && word(p.To, q.To)
}

// closer collects closings.
type closer struct {
	r    *reading
	list []schemas.Closing
}

// close adds what a person closed: a whole event, a value, words of a text, or
// everything in an object or array, value by value.
func (x *closer) close(c closingLine) error {
	if c.Seq < 1 || c.Seq > x.r.head || !slices.Contains(x.r.scope.Events, c.Seq) {
		return ops.Inputf("event %d is not in scope", c.Seq)
	}
	if c.Code == "" || len(c.Code) != 1 || !strings.Contains(evidence.Codes, c.Code) {
		return ops.Inputf("code is none of A, P, X, S, L, C, M, K")
	}
	parts := x.r.all[c.Seq-1].Parts
	for _, path := range below(parts, c.Path) {
		leaf, n, err := evidence.Leaves(parts, evidence.Closing{Seq: c.Seq, Path: path, From: c.From, To: c.To, Code: c.Code[0]})
		if err != nil {
			return err
		}
		x.add(schemas.Closing{Seq: c.Seq, Leaf: leaf, Leaves: n, Code: c.Code})
	}
	return nil
}

// below returns the values that stand in an object or array at a path, a text
// once; the path itself when it is none.
func below(parts []events.Part, path string) []string {
	if path == "" {
		return []string{""}
	}
	var list []string
	for i := range parts {
		p := &parts[i]
		rest, in := strings.CutPrefix(p.Path, path+"/")
		if p.Decoy || !in {
			continue
		}
		if p.Kind != events.KindWord {
			list = append(list, p.Path)
			continue
		}
		at := strings.LastIndexByte(p.Path, '/')
		if !strings.Contains(rest, "/") {
			return []string{path} // the text itself
		}
		if text := p.Path[:at]; len(list) == 0 || list[len(list)-1] != text {
			list = append(list, text)
		}
	}
	if list == nil {
		return []string{path}
	}
	return list
}

// accept adds what a proposal names and nothing closes yet.
func (x *closer) accept(p *ops.Proposal) {
	x.add(schemas.Closing{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves, Code: p.Code})
}

// add closes those of the leaves that stand open.
func (x *closer) add(c schemas.Closing) {
	if c.Leaves == 0 { // the whole event: its other closings go
		x.list = slices.DeleteFunc(x.list, func(o schemas.Closing) bool { return o.Seq == c.Seq && o.Leaves > 0 })
		if !slices.ContainsFunc(x.list, func(o schemas.Closing) bool { return o.Seq == c.Seq }) {
			x.list = append(x.list, c)
		}
		return
	}
	for at, end := c.Leaf, c.Leaf+c.Leaves; at < end; {
		i := slices.IndexFunc(x.list, func(o schemas.Closing) bool {
			return o.Seq == c.Seq && (o.Leaves == 0 || o.Leaf <= at && at < o.Leaf+o.Leaves)
		})
		if i >= 0 {
			if x.list[i].Leaves == 0 {
				return
			}
			at = x.list[i].Leaf + x.list[i].Leaves
			continue
		}
		stop := end
		for _, o := range x.list {
			if o.Seq == c.Seq && o.Leaf > at {
				stop = min(stop, o.Leaf)
			}
		}
		x.list = append(x.list, schemas.Closing{Seq: c.Seq, Leaf: at, Leaves: stop - at, Code: c.Code})
		at = stop
	}
}

// follow closes what is about an event that is closed as a whole, under its
// code: a correction of it, a dispute.
func (x *closer) follow() {
	for _, e := range x.r.all {
		path := map[string]string{"contact.corrected": "/data/corrects/seq", "contact.disputed": "/data/disputes/seq"}[e.Type]
		if path == "" || !slices.Contains(x.r.scope.Events, e.Seq) {
			continue
		}
		i := slices.IndexFunc(e.Parts, func(p events.Part) bool { return p.Path == path })
		if i < 0 {
			continue
		}
		about, _ := strconv.ParseUint(e.Parts[i].Value, 10, 53)
		if k := slices.IndexFunc(x.list, func(c schemas.Closing) bool { return c.Seq == about && c.Leaves == 0 }); k >= 0 {
			x.add(schemas.Closing{Seq: e.Seq, Code: x.list[k].Code})
		}
	}
}

func (x *closer) sorted() []schemas.Closing {
	slices.SortFunc(x.list, func(a, b schemas.Closing) int { return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Leaf, b.Leaf)) })
	return x.list
}

// Proposals implements ops.Ledger.
func (l *ledger) Proposals(ctx context.Context, of ops.OfRequest) (ops.Proposals, error) {
	r, err := l.readCase(ctx, of)
	if err == nil {
		err = r.path.Before(cases.StepWords, nil)
	}
	if err != nil {
		return ops.Proposals{}, err
	}
	decided := map[cases.Leaves]string{}
	if w := r.decision.Data.Words; w != nil {
		for _, p := range w.Proposals {
			decided[cases.Leaves{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves}] = p.Outcome
		}
		// What is proposed to who reads again.
		if err := r.propose(ctx, r.head+1); err != nil {
			return ops.Proposals{}, err
		}
	}
	out := ops.Proposals{Case: of.Case, Request: of.Request, ReadTo: r.head, Events: append([]uint64{}, r.scope.Events...), Proposals: []ops.Proposal{}}
	for _, p := range r.proposals {
		x := ops.Proposal{
			Seq: p.Seq, Path: p.Path, From: p.From, To: p.To, Leaf: p.Leaf, Leaves: p.Leaves, Code: p.Code,
			Match: string(p.Match), Of: string(p.Of.Kind), OfSeq: p.Of.Seq, Words: words(r.all[p.Seq-1].Parts, p.Leaf, p.Leaves),
			Outcome: decided[cases.Leaves{Seq: p.Seq, Leaf: p.Leaf, Leaves: p.Leaves}],
		}
		if p.Earlier != nil {
			x.Suggested = string(p.Earlier.Outcome)
		}
		out.Proposals = append(out.Proposals, x)
	}
	return out, nil
}

// words are those of some leaves.
func words(parts []events.Part, leaf, n uint64) string {
	var b strings.Builder
	for i := leaf; i < leaf+n && i < uint64(len(parts)); i++ {
		if parts[i].Decoy {
			continue
		}
		var s string
		if json.Unmarshal([]byte(parts[i].Value), &s) != nil {
			s = parts[i].Value
		}
		b.WriteString(s)
	}
	return strings.TrimSpace(b.String())
}

// Disclosure implements ops.Ledger.
func (l *ledger) Disclosure(ctx context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	path, err := l.cases.Path(ctx, of.Case, of.Request)
	if err != nil {
		return ops.Disclosure{}, err
	}
	q := &path.Request.Data
	out := ops.Disclosure{
		Case: of.Case, Request: of.Request, Kind: q.Kind, Force: q.Force, Reference: q.Reference,
		Steps: []ops.StepOf{}, Alerts: []string{}, Exports: []ops.ExportOf{}, Decisions: []ops.DecisionPlace{},
		Tests: path.Needed(), Firsts: []string{},
	}
	if q.Due != nil {
		out.Due = ops.When(*q.Due)
	}
	out.Firsts = append(out.Firsts, path.Firsts()...)
	slices.Sort(out.Firsts)
	out.Firsts = slices.Compact(out.Firsts)
	taken := map[cases.Step]ops.StepOf{cases.StepRequest: stepOf(&path.Request.Meta, path.Request.Actor)}
	for i := range path.Decisions {
		d := &path.Decisions[i]
		out.Decisions = append(out.Decisions, ops.DecisionPlace{Seq: d.Seq, Replaces: d.Data.Replaces})
		if taken[cases.StepDecision].Seq == 0 || d.Data.ClientTold == nil {
			taken[cases.StepDecision] = stepOf(&d.Meta, d.Data.By)
		}
		if d.Data.ClientTold != nil && (taken[cases.StepTold].Seq == 0 || d.Data.Words == nil) {
			taken[cases.StepTold] = stepOf(&d.Meta, d.Actor)
		}
		delete(taken, cases.StepWords)
		if d.Data.Words != nil {
			taken[cases.StepWords] = stepOf(&d.Meta, d.Data.Words.ReadBy)
		}
	}
	if a := path.Approval(); a != nil && a.Data.Approved {
		taken[cases.StepApproval] = stepOf(&a.Meta, a.Data.By)
	}
	for i := range path.Exports {
		x := &path.Exports[i]
		e := ops.ExportOf{Seq: x.Seq, Exhibit: x.Data.Exhibit, By: x.Actor, At: ops.Time(x.At), Receipts: []uint64{}}
		for _, r := range path.Receipts {
			if r.Data.Export == x.Seq {
				e.Receipts = append(e.Receipts, r.Seq)
			}
		}
		out.Exports = append(out.Exports, e)
		taken[cases.StepExport] = stepOf(&x.Meta, x.Actor)
	}
	if n := len(path.Receipts); n > 0 {
		taken[cases.StepHandOver] = stepOf(&path.Receipts[n-1].Meta, path.Receipts[n-1].Actor)
	}
	for _, s := range cases.Steps() {
		x := taken[s]
		x.Step = s.String()
		out.Steps = append(out.Steps, x)
	}
	if n := q.Notice; n != nil && n.To != nil && *n.To != "client" && *n.To != "care-authority" {
		out.Alerts = append(out.Alerts, "the notice did not go to the client: make sure that who got it is not the abuser")
	}
	if q.Counselling {
		out.Alerts = append(out.Alerts, "counselling records are among what is asked for: take advice")
	}
	var scope *cases.Scope
	if _, err := path.Decision(); err == nil {
		r, err := l.readCase(ctx, of)
		if err != nil {
			return out, err
		}
		scope = &r.scope
	}
	out.Next, out.Why = next(path, scope)
	return out, nil
}

func stepOf(m *casefile.Meta, by string) ops.StepOf {
	return ops.StepOf{Seq: m.Seq, By: by, At: ops.Time(m.At)}
}

// Draft implements ops.Ledger.
func (l *ledger) Draft(ctx context.Context, of ops.OfRequest) (ops.Draft, error) {
	out := ops.Draft{Inspections: []ops.Inspection{}, Undated: []uint64{}, UndatedOut: []uint64{}, Warnings: []ops.Warning{}, Left: []ops.Left{}}
	r, err := l.readCase(ctx, of)
	if err == nil {
		err = r.path.Before(cases.StepTold, nil)
	}
	if err != nil {
		return out, err
	}
	files, result, err := l.draftAt(ctx, of.Case, r, r.head, of.Plain)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		out.Files = append(out.Files, ops.DraftFile(f))
	}
	out.Full, out.Part, out.Withheld, out.Attachments = result.Full, result.Part, result.Withheld, result.Attachments
	out.Undated, out.UndatedOut = append(out.Undated, result.Undated...), append(out.UndatedOut, result.UndatedOut...)
	for _, w := range result.Warnings {
		out.Warnings = append(out.Warnings, ops.Warning(w))
	}
	if out.Left, err = r.left(ctx, r.decided(), r.decision.Data.Closings); err != nil {
		return out, err
	}
	out.Sheet = ops.DraftSheet{Case: of.Case, Request: of.Request, Decision: r.decision.Seq, ReadTo: r.head, Manifest: result.Manifest}
	if out.Sheet.Pages, err = pagesOf(files, result.Full+result.Part); err != nil {
		return out, err
	}
	for _, seq := range r.attachments() {
		i, err := l.Inspect(ctx, ops.AttachmentOf{Case: of.Case, Seq: seq})
		if err != nil {
			return out, err
		}
		out.Inspections = append(out.Inspections, i)
	}
	out.Next, out.Why = next(r.path, &r.scope)
	return out, nil
}

// draftAt makes the draft of the decision that counts as the case stood at an
// event. It depends on nothing else, least of all on who asks and when, so that
// it can be made again and compared.
func (l *ledger) draftAt(ctx context.Context, chain events.Chain, r *reading, at uint64, plain bool) ([]evidence.File, evidence.Result, error) {
	in, err := l.bundleOf(ctx, chain, r, plain)
	if err != nil {
		return nil, evidence.Result{}, err
	}
	in.Actor, in.At, in.Now = r.decision.Actor, at, r.all[at-1].At
	files, result, err := evidence.Draft(ctx, exporting{l: l}, schemas.Default(), in)
	return files, result, storageError(inputError(err))
}

// approved makes the draft that was approved again and returns what it shows.
// An approval may have been recorded as an event like any other, and then names
// whatever its author wrote.
func (l *ledger) approved(ctx context.Context, chain events.Chain, r *reading) (evidence.Shown, error) {
	a := r.path.Approval()
	draft := a.Data.Draft
	for _, plain := range []bool{true, false} { // which it was, its hash says
		files, result, err := l.draftAt(ctx, chain, r, draft.ReadTo, plain)
		if err != nil && !plain {
			return nil, fmt.Errorf("approval %d is not of a draft without PDF files, and one with them cannot be made: %w", a.Seq, err)
		} else if err != nil {
			return nil, fmt.Errorf("the draft that was approved cannot be made again: %w", err)
		}
		if result.Manifest.String() != draft.SHA256 {
			continue
		}
		pages, err := pagesOf(files, result.Full+result.Part)
		if err == nil && pages != draft.Pages {
			err = &cases.StepError{Step: cases.StepApproval, Why: fmt.Sprintf("the draft has %d pages, and approval %d says %d; make a draft and approve that", pages, a.Seq, draft.Pages)}
		}
		return result.Shown, err
	}
	return nil, &cases.StepError{Step: cases.StepApproval, Why: fmt.Sprintf("approval %d is of a draft that is not the one of decision %d with the case up to event %d, as this program makes it; make a draft and approve that", a.Seq, r.decision.Seq, draft.ReadTo)}
}

// attachments are the events whose files go out: in scope, and neither the
// event, its /data/sha256 nor its /data/stored closed.
func (r *reading) attachments() []uint64 {
	var list []uint64
	for _, seq := range r.scope.Events {
		e := &r.all[seq-1]
		if e.Type != "attachment.added" {
			continue
		}
		kept := false
		open := !covered(r.decision.Data.Closings, seq, 0)
		for i := range e.Parts {
			p := &e.Parts[i]
			switch p.Path {
			case "/data/stored":
				kept = p.Value != "null"
				fallthrough
			case "/data/sha256":
				open = open && !covered(r.decision.Data.Closings, seq, uint64(i))
			}
		}
		if open && kept {
			list = append(list, seq)
		}
	}
	return list
}

// covered reports whether a leaf of an event is closed, or all of the event.
func covered(closings []schemas.Closing, seq, leaf uint64) bool {
	return slices.ContainsFunc(closings, func(c schemas.Closing) bool {
		return c.Seq == seq && (c.Leaves == 0 || c.Leaf <= leaf && leaf < c.Leaf+c.Leaves)
	})
}

// bundleOf is what a bundle and its draft are made from alike. A plain one has
// no PDF files.
func (l *ledger) bundleOf(ctx context.Context, chain events.Chain, r *reading, plain bool) (evidence.Input, error) {
	policy, err := l.Policy(ctx)
	if err != nil {
		return evidence.Input{}, err
	}
	in := evidence.Input{
		Chain: chain, Now: l.now(), Policy: []byte(policy.Policy), Opened: r.all,
		Path: evidence.Path{Request: r.path.Request.Seq, Decision: r.decision.Seq},
		Attachments: func(ctx context.Context, seq uint64) (io.ReadCloser, error) {
			in, _, err := l.openAttachment(ctx, ops.AttachmentOf{Case: chain, Seq: seq})
			return in, err
		},
	}
	if !plain {
		in.Render = l.printer.papers
	}
	if w := r.decision.Data.Words; w != nil {
		in.Expect = w.ReadTo
	}
	return in, nil
}

// maxMoves is how often an export looks at a case anew because it moved on, or
// because its exhibit reference was taken.
const maxMoves = 8

// Export implements ops.Ledger.
func (l *ledger) Export(ctx context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	result := ops.Exported{Case: e.Case, Request: e.Request, Undated: []uint64{}, UndatedOut: []uint64{}, Warnings: []ops.Warning{}, Left: []ops.Left{}}
	if err := l.writable(); err != nil {
		return result, err
	}
	// Sent twice, it is made once.
	if e.ID != nil {
		switch _, err := l.runner.ByID(*e.ID); {
		case err == nil:
			return result, fmt.Errorf("export: this id is recorded already: %w", events.ErrDuplicate)
		case !errors.Is(err, events.ErrNotFound):
			return result, err
		}
	}
	for move := 1; ; move++ {
		err := l.produce(ctx, &e, &result, out)
		if moved := errors.Is(err, errMoved); (moved || errors.Is(err, cases.ErrExhibit)) && move < maxMoves && ctx.Err() == nil {
			continue
		} else if moved {
			err = fmt.Errorf("export: %w: %w", err, events.ErrConflict)
		}
		return result, err
	}
}

// produce is one attempt at an export.
func (l *ledger) produce(ctx context.Context, e *ops.Export, result *ops.Exported, out io.Writer) error {
	r, err := l.readCase(ctx, ops.OfRequest{Case: e.Case, Request: e.Request})
	if err != nil {
		return err
	}
	decision, approval, err := r.path.Produce(e.Actor, &r.scope)
	// A decision and an approval may have been recorded as events like any other.
	if err == nil {
		err = l.cases.Manager(ctx, r.decision.Data.By)
	}
	if err == nil {
		a := r.path.Approval()
		err = l.cases.Approver(ctx, a.Actor, a.Data.By)
	}
	if err == nil {
		err = r.silent(ctx, cases.StepWords, r.decided())
	}
	if err != nil {
		return err
	}
	in, err := l.bundleOf(ctx, e.Case, r, e.Plain)
	if err != nil {
		return err
	}
	// The draft and the list of what is left are made while the PDFs are set.
	approved := sync.OnceValues(func() (evidence.Shown, error) { return l.approved(ctx, e.Case, r) })
	left := sync.OnceValues(func() ([]ops.Left, error) { return r.left(ctx, r.decided(), r.decision.Data.Closings) })
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { approved() })
	beside.Go(func() { left() })
	in.Shown = func() (shown evidence.Shown, err error) {
		if result.Left, err = left(); err == nil {
			shown, err = approved()
		}
		return shown, err
	}
	in.Actor, in.Recipient, in.Path.Approval = e.Actor, e.For, approval
	if in.Exhibit, err = l.cases.NextExhibit(ctx, e.Actor); err != nil {
		return err
	}
	sealed, err := l.seal(&in)
	if err != nil {
		return err
	}
	x, err := evidence.Export(ctx, exporting{l: l, head: r.head, id: e.ID}, schemas.Default(), in, out)
	var other *evidence.ShownError
	if errors.As(err, &other) {
		return &cases.StepError{Step: cases.StepApproval, Why: fmt.Sprintf("%s; something was recorded since that changes it: make another draft and approve that", other)}
	}
	if err != nil {
		return storageError(inputError(err))
	}
	result.Sealing = sealed(ctx, &x)
	result.Seq, result.Stream, result.Exhibit, result.CheckCode = x.Seq, x.StreamSeq, x.Exhibit, x.CheckCode
	result.Decision, result.Approval = decision, approval
	result.Manifest, result.SHA256, result.Bytes, result.Attachments = x.Manifest, x.SHA256, x.Size, x.Attachments
	result.Full, result.Part, result.Withheld = x.Full, x.Part, x.Withheld
	result.Undated = append(result.Undated, x.Undated...)
	result.UndatedOut = append(result.UndatedOut, x.UndatedOut...)
	for _, w := range x.Warnings {
		result.Warnings = append(result.Warnings, ops.Warning(w))
	}
	return nil
}
