package access

import (
	"slices"
	"time"
)

// What pages do. A route names one of them; Rules says who may.
const (
	OwnAccount       Action = "account.own"        // one's own password and authenticator
	DaySee           Action = "day.see"            // one's own day
	CaseOpen         Action = "case.open"          // read a case
	CaseWrite        Action = "case.write"         // record in a case
	CaseStart        Action = "case.start"         // record a referral: a new case
	CaseSearch       Action = "case.search"        // the list of cases and search
	CaseAllocate     Action = "case.allocate"      // allocate, cover, transfer
	CaseExclude      Action = "case.exclude"       // who may never see a case
	FileGet          Action = "file.get"           // take away the bytes of a file: an export of it
	AddressReveal    Action = "address.reveal"     // show an address or a code word for a moment
	Print            Action = "print"              // put a case on paper
	PeopleLinks      Action = "people.links"       // in which other cases its people are
	DisclosureSee    Action = "disclosure.see"     // where a request stands
	DisclosureMake   Action = "disclosure.prepare" // take in a request, tell the client, close words
	DisclosureDecide Action = "disclosure.decide"
	DisclosureSecond Action = "disclosure.approve"
	ExportMake       Action = "export.make" // produce a bundle and hand it over
	OverrideReview   Action = "override.review"
	BoardSee         Action = "board.see"
	StatsSee         Action = "stats.see"
	AuditSee         Action = "audit.see"
	Admin            Action = "admin"
	AccountReset     Action = "account.reset" // ask for, or confirm, a new set-up code for somebody else
	HandoverSee      Action = "handover.see"
	HandoverWrite    Action = "handover.write"
	HelplineWrite    Action = "helpline.write" // an entry of the helpline, into the case of whoever rang
	GlassBreak       Action = "glass.break"
	GlassReview      Action = "glass.review"
)

// GlassFor is how long broken glass lets somebody see one case.
const GlassFor = 60 * time.Minute

// Rule is who may take an action.
type Rule struct {
	Action Action
	// Any may take it whatever the case, as long as they are not excluded from it.
	Any []Role
	// Own may take it in cases that are theirs: allocated to them, or covered by
	// them while the case is open. About no case they may take it always.
	Own []Role
	// Glass: those of Own may also take it in a case whose glass they broke.
	Glass bool
}

// Rules is who may do what. What is not in it, nobody may.
var Rules = []Rule{
	{OwnAccount, []Role{Adviser, Manager, FamilyWorker, Helpline, Auditor, Administrator}, nil, false},
	{DaySee, []Role{Adviser, Manager, FamilyWorker}, nil, false},
	{CaseOpen, []Role{Manager}, []Role{Adviser, FamilyWorker}, true},
	{CaseWrite, []Role{Manager}, []Role{Adviser, FamilyWorker}, true},
	{CaseStart, []Role{Adviser, Manager}, nil, false},
	{CaseSearch, []Role{Adviser, Manager, FamilyWorker}, nil, false},
	{CaseAllocate, []Role{Manager}, nil, false},
	{CaseExclude, []Role{Manager}, nil, false},
	{FileGet, []Role{Manager}, []Role{Adviser, FamilyWorker}, false},
	{AddressReveal, []Role{Manager}, []Role{Adviser, FamilyWorker}, true},
	{Print, []Role{Manager}, []Role{Adviser, FamilyWorker}, false},
	{PeopleLinks, []Role{Manager}, nil, false},
	{DisclosureSee, []Role{Manager}, []Role{Adviser, FamilyWorker}, false},
	{DisclosureMake, []Role{Manager}, []Role{Adviser}, false},
	{DisclosureDecide, []Role{Manager}, nil, false},
	{DisclosureSecond, []Role{Manager}, nil, false},
	{ExportMake, []Role{Manager}, []Role{Adviser}, false},
	{OverrideReview, []Role{Manager}, nil, false},
	{BoardSee, []Role{Manager}, nil, false},
	{StatsSee, []Role{Manager, Auditor}, nil, false},
	{AuditSee, []Role{Auditor, Manager}, nil, false},
	{Admin, []Role{Administrator}, nil, false},
	{AccountReset, []Role{Administrator, Manager}, nil, false},
	{HandoverSee, []Role{Adviser, Manager, Helpline}, nil, false},
	{HandoverWrite, []Role{Manager}, []Role{Adviser}, false},
	{HelplineWrite, []Role{Adviser, Manager, Helpline}, nil, false},
	{GlassBreak, nil, []Role{Adviser, FamilyWorker}, false},
	{GlassReview, []Role{Manager, Auditor}, nil, false},
}

// RuleOf returns the rule of an action.
func RuleOf(a Action) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Action == a })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// Stages of a case as CaseFacts has them.
const (
	stageClosed = "closed"
	stageErased = "erased"
)

// theirs reports whether a case is allocated to a member of staff, or covered
// by them. Cover ends with the case.
func (c *CaseFacts) theirs(staff string) bool {
	return staff != "" && (c.Adviser == staff || c.Stage != stageClosed && slices.Contains(c.Covering, staff))
}

// broke reports whether w broke the glass of a case, not too long ago.
func (w *Who) broke(c *CaseFacts, now time.Time) bool {
	return slices.ContainsFunc(w.Glass, func(g Glass) bool { return g.Chain == c.Chain && now.Before(g.Until) })
}

// Why somebody may not. None says more of a case than that it is not theirs.
const (
	whyNobody   = "Nobody is signed in."
	whyRole     = "Your role does not include this."
	whyExcluded = "You cannot open this case."
	whyErased   = "This case was erased. Nothing of it can be read any more."
	whyNotYours = "This is not one of your cases."
	whyYours    = "This is one of your cases: you can open it as it is."
	whyGlass    = "You opened this case in an emergency, to read it and record in it. Taking something away is not included: no file, no paper, no export. Whoever has the case can, and a manager."
)

// Decide says whether who may take an action, in the case of c; c is nil for
// what is about no case. It is pure: c must hold at now.
//
// An exclusion beats everything. Broken glass opens one case for reading and
// recording until its time is up: no search, no list, no export, no file, no
// paper.
func Decide(who Who, a Action, c *CaseFacts, now time.Time) Decision {
	no := func(why string) Decision { return Decision{Why: why} }
	rule, known := RuleOf(a)
	any, own := slices.Contains(rule.Any, who.Role), slices.Contains(rule.Own, who.Role)
	switch {
	case who.Staff == "":
		return no(whyNobody)
	case !known, !any && !own:
		return no(whyRole)
	case c == nil && a == GlassBreak:
		return no(whyRole) // always about a case
	case c == nil:
		return Decision{Allowed: true}
	case slices.Contains(c.Excluded, who.Staff):
		return no(whyExcluded)
	case c.Stage == stageErased && a != GlassReview:
		return no(whyErased)
	case a == GlassBreak && c.theirs(who.Staff):
		return no(whyYours)
	case a == GlassBreak, any, c.theirs(who.Staff):
		return Decision{Allowed: true}
	case who.broke(c, now) && rule.Glass:
		return Decision{Allowed: true, Glass: true}
	case who.broke(c, now):
		return no(whyGlass)
	}
	return Decision{Why: whyNotYours, Glass: rule.Glass}
}
