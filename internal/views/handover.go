package views

import (
	"cmp"
	"slices"
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Handovers is what the helpline works from, and what it left for others.
type Handovers struct {
	At     clock.When `json:"at"`
	Whom   Whom       `json:"whom"`
	Policy Policy     `json:"policy"`
	// Given are the handovers that hold now or will, one of a case, the highest
	// risk first.
	Given []Handover `json:"given"`
	// Calls are the helpline's calls that nobody has followed up, danger first.
	Calls   []Call    `json:"calls"`
	Missing []Missing `json:"missing"`
}

// Handover is one handover. Whom to ask for, who may ring and the paragraph
// stand in its event, for those to whom it was given.
type Handover struct {
	Subject
	Seq     uint64     `json:"seq"`
	State   string     `json:"state"` // now, later
	From    clock.When `json:"from"`
	To      clock.When `json:"to"`
	GivenTo []string   `json:"given_to"` // helpline, covering, manager
	By      string     `json:"by"`
	Said    string     `json:"said"`    // the risk, as the handover says
	Channel string     `json:"channel"` // of the safe way to call back; "": none is given
	Safe    string     `json:"safe"`    // the safe-contact line as it is now
	// Changed: safe contact was set anew after the handover; what it says of
	// calling back does not hold.
	Changed bool `json:"changed"`
	// Unsafe is why its way to call back is not safe by the setting of now.
	Unsafe []casefile.Unsafe `json:"unsafe"`
	Calls  int               `json:"calls"` // since it was given
}

// ToHelpline reports whether the helpline has it now.
func (h *Handover) ToHelpline() bool {
	return h.State == "now" && slices.Contains(h.GivenTo, "helpline")
}

// Call is a call to the helpline.
type Call struct {
	Subject
	Seq       uint64        `json:"seq"`
	When      casefile.Span `json:"when"`
	Said      string        `json:"said"` // the same for people: which 01:30, in the repeated hour
	By        string        `json:"by"`
	Channel   string        `json:"channel"`
	Caller    string        `json:"caller"`     // client, professional, family, other, not-known
	DangerNow string        `json:"danger_now"` // yes, no, not-known
	Emergency string        `json:"emergency"`  // whether 999 was rung
	CallBack  string        `json:"call_back"`  // whether that is safe: yes, no, not-known
	Safe      string        `json:"safe"`       // the safe-contact line as it is now
}

// HandoverQueue is for everybody who may see a case; an exclusion list
// keeps a case from its names.
func HandoverQueue(cases Cases, p *policy.Set, now time.Time, whom Whom) Handovers {
	h := Handovers{At: clock.AtTime(now), Whom: whom, Policy: policyOf(p), Given: []Handover{}, Calls: []Call{}, Missing: []Missing{}}
	for f := range cases {
		if !whom.sees(f) {
			continue
		}
		if g := handoverOf(f, p, now); g != nil {
			h.Given = append(h.Given, *g)
		}
		h.Calls = append(h.Calls, openCalls(f, now)...)
	}
	slices.SortFunc(h.Given, func(a, b Handover) int {
		return cmp.Or(slices.Index(levels, b.Said)-slices.Index(levels, a.Said), a.Subject.compare(&b.Subject))
	})
	sortCalls(h.Calls)
	return h
}

// handoverOf is the newest handover of an open case, nil when it is over.
func handoverOf(f *casefile.File, p *policy.Set, now time.Time) *Handover {
	n := len(f.Handovers)
	if n == 0 || f.Stage == casefile.StageClosed {
		return nil
	}
	g := &f.Handovers[n-1]
	h := &Handover{
		Subject: subject(f), Seq: g.Seq, State: "now", From: when(&g.Data.From), To: when(&g.Data.To), GivenTo: g.Data.GivenTo,
		By: g.Data.By, Said: g.Data.Risk, Safe: safeLine(f, now), Unsafe: []casefile.Unsafe{},
	}
	if h.GivenTo == nil {
		h.GivenTo = []string{}
	}
	if h.To.Past(now) {
		return nil
	}
	if h.From.Start().After(now) {
		h.State = "later"
	}
	set := f.SafeContact()
	h.Changed = set != nil && set.Seq > g.Seq
	if back := g.Data.CallBack; back != nil {
		h.Channel = back.Channel
		use := casefile.Use{Channel: back.Channel, At: clock.OnDate(clock.DateOf(now))} // which hour is not said
		if back.Number != nil {
			use.Address = *back.Number
		}
		if use.Channel != "in-person" {
			h.Unsafe = append(h.Unsafe, casefile.Check(dataOf(set), use, p.HomeVisits())...)
		}
	}
	for _, c := range f.Helpline {
		if c.Seq > g.Seq {
			h.Calls++
		}
	}
	return h
}

func dataOf(set *casefile.Item[schemas.SafeContactSetV2]) *schemas.SafeContactSetV2 {
	if set == nil {
		return nil
	}
	return &set.Data
}

// safeLine is how a client can be reached, without where.
func safeLine(f *casefile.File, now time.Time) string {
	return casefile.SafeLine(dataOf(f.SafeContact()), clock.DateOf(now))
}

// openCalls are the calls to the helpline after which nobody of the service has
// been in touch: neither a contact nor an attempt was recorded that happened
// after it. Talking to others follows up a call of others, not one that may
// have been the client's.
func openCalls(f *casefile.File, now time.Time) []Call {
	var list []Call
	for _, c := range f.Helpline {
		after := func(m casefile.Meta) bool { return m.Seq > c.Seq && c.When().Before(m.When()) }
		others := c.Data.Caller != "client" && c.Data.Caller != "not-known"
		if slices.ContainsFunc(f.Contacts, func(x casefile.Contact) bool { return after(x.Meta) && (x.WithClient || others) }) ||
			slices.ContainsFunc(f.Attempts, func(x casefile.Item[schemas.ContactAttempted]) bool { return after(x.Meta) }) {
			continue
		}
		said := c.Occurred.From
		if said.IsZero() {
			said = c.When()
		}
		list = append(list, Call{
			Subject: subject(f), Seq: c.Seq, When: c.Occurred, Said: said.Say(), By: c.Actor, Channel: c.Data.Channel, Caller: c.Data.Caller,
			DangerNow: c.Data.DangerNow, Emergency: c.Data.Emergency, CallBack: c.Data.CallBack.Safe, Safe: safeLine(f, now),
		})
	}
	return list
}

func sortCalls(list []Call) {
	danger := []string{"yes", "not-known", "no"}
	slices.SortStableFunc(list, func(a, b Call) int {
		return cmp.Or(slices.Index(danger, a.DangerNow)-slices.Index(danger, b.DangerNow), a.Subject.compare(&b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
}
