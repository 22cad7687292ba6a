package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// ErrStep: a step of a disclosure is missing, or may not be taken by this
// person.
var ErrStep = errors.New("a step of the disclosure is missing")

// Step is one step of a disclosure, in the order in which they are taken.
type Step int

// The steps. Nothing leaves the service before all up to StepApproval.
const (
	StepRequest Step = iota + 1
	StepDecision
	StepTold
	StepWords
	StepApproval
	StepExport
	StepHandOver
)

var stepNames = [...]string{"", "request", "decision", "client-told", "words", "approval", "export", "hand-over"}

func (s Step) String() string { return stepNames[s] }

// Steps returns all of them in order.
func Steps() []Step {
	return []Step{StepRequest, StepDecision, StepTold, StepWords, StepApproval, StepExport, StepHandOver}
}

// StepError names the step that is missing, and why. It quotes nothing of the
// case: numbers of events and of staff, names of tests.
type StepError struct {
	Step Step
	Why  string
}

func (e *StepError) Error() string {
	return "step " + e.Step.String() + " is missing: " + e.Why
}

// Is makes every StepError an ErrStep.
func (e *StepError) Is(target error) bool { return target == ErrStep }

func missing(s Step, format string, args ...any) error {
	return &StepError{s, fmt.Sprintf(format, args...)}
}

// Leaves are parts of an event that may be closed; 0 and 0 are the whole of it.
type Leaves struct{ Seq, Leaf, Leaves uint64 }

// Scope is what only the events' words can say of a request, as they stand
// today.
type Scope struct {
	Events    []uint64 // in scope, ascending
	Proposals []Leaves // whatever is proposed for closing
}

// Path is a request for disclosure and what became of it. A later decision
// takes the place of an earlier one: it is the last that counts.
type Path struct {
	Request   *casefile.Item[schemas.DisclosureRequested]
	Decisions []casefile.Item[schemas.DisclosureDecidedV2]  // on the request, oldest first
	Approvals []casefile.Item[schemas.DisclosureApprovedV2] // of any of them
	Exports   []casefile.Item[schemas.DisclosureExportedV2]
	Receipts  []casefile.Item[schemas.DisclosureReceipted] // of these exports

	Head     uint64   // the case's last event
	excluded []string // staff who may not have to do with the case
}

// PathOf reads the path of the request that is event seq of a case. The error
// is a *StepError when there is none.
func PathOf(f *casefile.File, seq uint64) (*Path, error) {
	p := &Path{Head: f.Head()}
	for _, x := range f.Excluded() {
		p.excluded = append(p.excluded, x.Data.Staff)
	}
	if i := slices.IndexFunc(f.Requests, func(r casefile.Item[schemas.DisclosureRequested]) bool { return r.Seq == seq }); i >= 0 {
		p.Request = &f.Requests[i]
	} else {
		return nil, missing(StepRequest, "event %d of the case is no disclosure.requested, or is misfiled; record what was asked for first", seq)
	}
	mine := map[uint64]bool{}
	for _, d := range f.Decisions {
		if d.Data.Request == seq {
			p.Decisions = append(p.Decisions, d)
			mine[d.Seq] = true
		}
	}
	for _, a := range f.Approvals {
		if mine[a.Data.Decision] {
			p.Approvals = append(p.Approvals, a)
		}
	}
	exported := map[uint64]bool{}
	for _, x := range f.Exports {
		if x.Data.Request != nil && *x.Data.Request == seq {
			p.Exports = append(p.Exports, x)
			exported[x.Seq] = true
		}
	}
	for _, r := range f.Receipts {
		if exported[r.Data.Export] {
			p.Receipts = append(p.Receipts, r)
		}
	}
	return p, nil
}

// Path reads the path of a request as the case stands.
func (s *Service) Path(ctx context.Context, chain events.Chain, request uint64) (*Path, error) {
	f, err := s.caseFile(ctx, chain)
	if err != nil {
		return nil, err
	}
	return PathOf(f, request)
}

// caseFile is the case as its events tell it now.
func (s *Service) caseFile(ctx context.Context, chain events.Chain) (*casefile.File, error) {
	head, err := s.cfg.Archive.Head(chain)
	switch {
	case chain == s.cfg.Service, errors.Is(err, events.ErrNotFound):
		return nil, errNoCase
	case err != nil:
		return nil, fmt.Errorf("case %s: %w", chain, err)
	}
	f, err := (&decision{s: s, c: &Command{Case: chain}}).file(ctx, head)
	if err != nil {
		return nil, err
	}
	if f.Stage == casefile.StageErased {
		return nil, errErased
	}
	return f, nil
}

// Decision is the decision that counts: the last on the request. The error is
// a *StepError when there is none, or when it refuses the request.
func (p *Path) Decision() (*casefile.Item[schemas.DisclosureDecidedV2], error) {
	if len(p.Decisions) == 0 {
		return nil, missing(StepDecision, "nobody has decided on request %d yet", p.Request.Seq)
	}
	d := &p.Decisions[len(p.Decisions)-1]
	if d.Data.Decision == "refused" {
		return nil, missing(StepDecision, "decision %d refuses the request", d.Seq)
	}
	return d, nil
}

// Approval is the second person's, of the decision that counts, when it was
// given; else nil.
func (p *Path) Approval() *casefile.Item[schemas.DisclosureApprovedV2] {
	if len(p.Decisions) == 0 {
		return nil
	}
	last := p.Decisions[len(p.Decisions)-1].Seq
	for _, a := range slices.Backward(p.Approvals) {
		if a.Data.Decision == last {
			return &a
		}
	}
	return nil
}

// needed are the tests that a decision on a kind of request answers. Source:
// Police, Crime, Sentencing and Courts Act 2022, Part 2, Chapter 3A and its
// code of practice; Criminal Procedure Rules, Part 17; Data Protection Act 2018.
var needed = map[string][]string{
	"victim-information-request": {"lawful-power", "reasonable-line", "relevant", "necessary", "proportionate", "less-intrusive", "notice", "client-views"},
	"court-order":                {"lawful-power", "relevant", "third-parties"},
	"witness-summons":            {"lawful-power", "relevant", "third-parties"},
	"subject-access":             {"lawful-power", "third-parties"},
}

// Needed returns the tests that a decision on this request answers, each with
// its reasons.
func (p *Path) Needed() []string {
	list := slices.Clone(needed[p.Request.Data.Kind])
	if p.Request.Data.Counselling {
		list = append(list, "substantial-probative-value")
	}
	return list
}

// Decided holds a decision against the request: every test is answered, a full
// disclosure fails none of them, and counselling records wait for advice.
func (p *Path) Decided(d *schemas.DisclosureDecidedV2) error {
	if d.Decision == "refused" {
		return nil
	}
	var open []string
	for _, name := range p.Needed() {
		i := slices.IndexFunc(d.Tests, func(t schemas.Test) bool { return t.Test == name })
		switch {
		case i < 0:
			open = append(open, name)
		case d.Tests[i].Met == "no" && d.Decision == "full":
			return missing(StepDecision, "test %s is not met, so the disclosure is not a full one", name)
		}
	}
	if len(open) > 0 {
		return missing(StepDecision, "these tests have no answer: %s", strings.Join(open, ", "))
	}
	if d.Advice == "waiting" {
		return missing(StepDecision, "the advice that was asked for is not there yet")
	}
	if p.Request.Data.Counselling && d.Advice != "taken" {
		return missing(StepDecision, "counselling records are among what is asked for: take advice first")
	}
	return nil
}

// Told holds how the client was told against the rule that the way is agreed
// with safe contact first.
func (p *Path) Told(d *schemas.DisclosureDecidedV2) error {
	switch t := d.ClientTold; {
	case t == nil:
		return missing(StepTold, "nothing says whether the client was told, and how safely")
	case t.Answer == "no":
		return missing(StepTold, "the client was not told; where it is not safe to, say not-safe")
	case t.Answer == "yes" && (t.SafeContact == nil || t.On == nil || t.Channel == nil):
		return missing(StepTold, "it does not say when the client was told, by which channel, and under which safe-contact setting that was agreed")
	case t.Answer == "not-safe" && !slices.ContainsFunc(d.Tests, func(t schemas.Test) bool { return t.Test == "notice" }):
		return missing(StepTold, "the decision does not say under test notice why it is not safe to tell the client")
	}
	return nil
}

// Read holds the reading of the words against what is in scope today.
func (p *Path) Read(d *schemas.DisclosureDecidedV2, scope Scope) error {
	w := d.Words
	if w == nil {
		return missing(StepWords, "nobody has read what is in scope and closed words")
	}
	var unread []uint64
	for _, seq := range scope.Events {
		if seq > w.ReadTo {
			unread = append(unread, seq)
		}
	}
	if len(unread) > 0 {
		return missing(StepWords, "recorded since event %d and in scope: %s; read them, decide what is closed in them", w.ReadTo, seqs(unread))
	}
	decided := map[Leaves]bool{}
	for _, x := range w.Proposals {
		at := Leaves{x.Seq, x.Leaf, x.Leaves}
		decided[at] = true
		if x.Outcome == "closed" && !covered(d.Closings, at) {
			return missing(StepWords, "a proposal for event %d was accepted, but nothing closes it", x.Seq)
		}
	}
	var open []uint64
	n := 0
	for _, x := range scope.Proposals {
		if !decided[x] && !covered(d.Closings, x) {
			open = append(open, x.Seq)
			n++
		}
	}
	if n > 0 {
		return missing(StepWords, "%s undecided, of %s; somebody closes each, or says why it stays open", plural(n, "proposal is", "proposals are"), eventList(slices.Compact(open)))
	}
	return nil
}

// covered reports whether every leaf of at is closed.
func covered(closings []schemas.Closing, at Leaves) bool {
	for next, end := at.Leaf, at.Leaf+at.Leaves; ; {
		i := slices.IndexFunc(closings, func(c schemas.Closing) bool {
			return c.Seq == at.Seq && (c.Leaves == 0 || at.Leaves > 0 && c.Leaf <= next && next < c.Leaf+c.Leaves)
		})
		if i < 0 {
			return false
		}
		c := &closings[i]
		if next = c.Leaf + c.Leaves; c.Leaves == 0 || next >= end {
			return true
		}
	}
}

// Firsts are the people of the first pair of eyes: who decided, read and
// closed, and whoever recorded any of it. Somebody may be in it more than once.
func (p *Path) Firsts() []string {
	var list []string
	for _, d := range p.Decisions {
		list = append(list, d.Actor, d.Data.By)
		if d.Data.Words != nil {
			list = append(list, d.Data.Words.ReadBy)
		}
	}
	return list
}

// Second holds somebody against the rule that nobody is both first and second.
func (p *Path) Second(who ...string) error {
	for _, w := range who {
		if slices.Contains(p.Firsts(), w) {
			return missing(StepApproval, "%s decided, read or recorded the decision; the second person is somebody else", w)
		}
	}
	return p.may(StepApproval, who...)
}

// may refuses somebody who is on the case's exclusion list.
func (p *Path) may(s Step, who ...string) error {
	for _, w := range who {
		if slices.Contains(p.excluded, w) {
			return missing(s, "%s is on the exclusion list of this case", w)
		}
	}
	return nil
}

// Approved holds the approval against the decision.
func (p *Path) Approved() error {
	d, err := p.Decision()
	if err != nil {
		return err
	}
	a := p.Approval()
	if a == nil {
		if len(p.Approvals) > 0 {
			return missing(StepApproval, "an earlier decision was approved, and decision %d took its place since; the second person looks again", d.Seq)
		}
		return missing(StepApproval, "no second person has approved decision %d", d.Seq)
	}
	if !a.Data.Approved {
		return missing(StepApproval, "the second person sent decision %d back", d.Seq)
	}
	if err := p.Second(a.Actor, a.Data.By); err != nil {
		return err
	}
	if err := p.Pages(&a.Data); err != nil {
		return err
	}
	if to := a.Data.Draft.ReadTo; to < d.Seq || to >= a.Seq {
		return missing(StepApproval, "approval %d says that its draft was made at event %d, which is not between decision %d and itself; make a draft and approve that", a.Seq, to, d.Seq)
	}
	return nil
}

// Pages holds an approval to the draft that was read: the second person signs
// off page by page.
func (p *Path) Pages(a *schemas.DisclosureApprovedV2) error {
	switch {
	case a.Draft == nil:
		return missing(StepApproval, "the approval names no draft that was read")
	case a.Pages < a.Draft.Pages:
		return missing(StepApproval, "%d of %s of the draft were read", a.Pages, plural(a.Draft.Pages, "page", "pages"))
	}
	return nil
}

// Before returns the first step before s that is missing, as a *StepError, or
// nil. Without a scope, what only the words can say is left out.
func (p *Path) Before(s Step, scope *Scope) error {
	if s <= StepDecision {
		return nil
	}
	d, err := p.Decision()
	if err == nil {
		err = p.Decided(&d.Data)
	}
	if err == nil && s > StepTold {
		err = p.Told(&d.Data)
	}
	if err == nil && s > StepWords {
		if w := d.Data.Words; w != nil && w.ReadTo >= d.Seq {
			return missing(StepWords, "decision %d says that event %d was read, which was not there yet; read again", d.Seq, w.ReadTo)
		}
		if scope != nil {
			err = p.Read(&d.Data, *scope)
		} else if d.Data.Words == nil {
			err = p.Read(&d.Data, Scope{})
		}
	}
	if err == nil && s > StepApproval {
		err = p.Approved()
	}
	if err == nil && s > StepExport && len(p.Under(d.Seq)) == 0 {
		err = missing(StepExport, "decision %d was approved, but no bundle was made", d.Seq)
	}
	return err
}

// Under are the exports that were made under a decision, by seq.
func (p *Path) Under(decision uint64) []uint64 {
	var list []uint64
	for _, x := range p.Exports {
		if x.Data.Decision != nil && *x.Data.Decision == decision {
			list = append(list, x.Seq)
		}
	}
	return list
}

// Produce refuses an export by somebody unless every step before it was taken,
// and returns the decision and the approval that it is made under.
func (p *Path) Produce(who string, scope *Scope) (decision, approval uint64, err error) {
	if err := p.Before(StepExport, scope); err != nil {
		return 0, 0, err
	}
	if err := p.may(StepExport, who); err != nil {
		return 0, 0, err
	}
	return p.Decisions[len(p.Decisions)-1].Seq, p.Approval().Seq, nil
}

// Unsafe says why a way in which the client was told was not safe under the
// safe-contact setting that it was agreed under, as far as that can be told;
// in words without names, numbers or addresses.
func (s *Service) Unsafe(ctx context.Context, chain events.Chain, set uint64, channel, on string) ([]string, error) {
	f, err := s.caseFile(ctx, chain)
	if err != nil {
		return nil, err
	}
	var why []string
	i := slices.IndexFunc(f.SafeContacts, func(c casefile.Item[schemas.SafeContactSetV2]) bool { return c.Seq == set })
	if i < 0 {
		return nil, &RuleError{Pointer: "/data/client_told/safe_contact", Rule: "that event is no safe-contact.set"}
	}
	if i < len(f.SafeContacts)-1 {
		why = append(why, "another setting took the place of the one that it was agreed under")
	}
	if channel == "in-person" {
		return why, nil // where, it does not say
	}
	at, err := clock.ParseWhen(on)
	if err != nil {
		return nil, &RuleError{Pointer: "/data/client_told/on", Rule: "must be a date or a time"}
	}
	p, err := s.policyAt(ctx, s.cfg.Clock())
	if err != nil {
		return nil, err
	}
	for _, u := range casefile.Check(&f.SafeContacts[i].Data, casefile.Use{Channel: channel, At: at}, p.HomeVisits()) {
		if u.Rule != casefile.UnsafeAddress { // which number it was, it does not say
			why = append(why, u.Why)
		}
	}
	return why, nil
}

// Manager refuses somebody to decide who is not recorded as a manager.
func (s *Service) Manager(ctx context.Context, staff string) error {
	return s.managers(ctx, StepDecision, "a manager decides", staff)
}

// Approver refuses a second person who is not recorded as a manager. A number
// that nobody has may be a slip of the finger, or the first person's other name.
func (s *Service) Approver(ctx context.Context, staff ...string) error {
	return s.managers(ctx, StepApproval, "the second person is a manager", staff...)
}

func (s *Service) managers(ctx context.Context, step Step, rule string, staff ...string) error {
	_, roster, err := s.governed(ctx)
	if err != nil {
		return err
	}
	for _, name := range staff {
		if who, ok := roster.Find(name, time.Time{}); !ok || !who.Active || who.Role != "manager" {
			return missing(step, "%s, and %s is not recorded as one", rule, name)
		}
	}
	return nil
}

// produced holds an export against the path, at the moment at which it is
// recorded: nothing may have moved since it was prepared.
func (d *decision) produced(ctx context.Context, head Head) error {
	var data struct {
		Request  *uint64 `json:"request"`
		Decision *uint64 `json:"decision"`
		Approval *uint64 `json:"approval"`
	}
	if err := d.read(&data); err != nil {
		return err
	}
	if data.Request == nil || data.Decision == nil || data.Approval == nil {
		return missing(StepRequest, "an export names the request, the decision and the approval that it is made under")
	}
	f, err := d.file(ctx, head)
	if err != nil {
		return err
	}
	p, err := PathOf(f, *data.Request)
	if err != nil {
		return err
	}
	decision, approval, err := p.Produce(d.body.Actor, nil)
	if err != nil {
		return err
	}
	if decision != *data.Decision || approval != *data.Approval {
		return missing(StepApproval, "decision %d or its approval took the place of what the export was prepared under", decision)
	}
	return nil
}

// seqs writes numbers of events with commas, at most ten of them.
func seqs(list []uint64) string {
	const most = 10
	var words []string
	for _, s := range list[:min(len(list), most)] {
		words = append(words, fmt.Sprint(s))
	}
	if len(list) > most {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// eventList is "event 4", "events 4, 5".
func eventList(list []uint64) string {
	if len(list) == 1 {
		return "event " + seqs(list)
	}
	return "events " + seqs(list)
}
