package pages

import (
	"slices"
	"strconv"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/views"
	"caseledger/schemas"
)

var correctWritings = []writing{
	{path: "/entry/{seq}/correct", action: access.CaseWrite, template: "correct", title: "Correct an entry", open: (*Server).openCorrect, data: (*Server).readCorrect},
	{path: "/entry/{seq}/dispute", action: access.CaseWrite, template: "dispute", title: "The client disputes an entry", open: (*Server).openDispute, data: (*Server).readDispute},
	{path: "/entry/{seq}/misfiled", action: access.CaseWrite, template: "misfiled", title: "An entry of another case", open: (*Server).openMisfiled, data: (*Server).readMisfiled},
}

// aboutEntry is an entry that another entry speaks of.
type aboutEntry struct {
	Entry      views.CaseEntry
	Statements []option // of it; the value is the number from 0
	Contacts   []option // of the case, in which it may have been said
}

// spoken are the types of entries that hold statements.
var spoken = []string{"contact.recorded", "helpline.contact"}

// aboutOf is the entry that a path names. There is no page when there is no
// such entry, when it belongs to another case, or when its type is none of
// these; none: any. A form that is sent twice still finds its entry.
func (s *Server) aboutOf(r *Request, p *writingPage, types ...string) (*aboutEntry, error) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 53)
	if err != nil {
		return nil, errNoPage
	}
	at := slices.IndexFunc(p.Case.Timeline, func(e views.CaseEntry) bool { return e.Seq == seq })
	if at < 0 || p.First && p.Case.Timeline[at].Misfiled != 0 || len(types) > 0 && !slices.Contains(types, p.Case.Timeline[at].Type) {
		return nil, errNoPage
	}
	a := &aboutEntry{Entry: p.Case.Timeline[at]}
	if slices.Contains(spoken, a.Entry.Type) && a.Entry.Misfiled == 0 {
		var d struct {
			Statements []schemas.StatementV2 `json:"statements"`
		}
		if _, err := s.told(r, r.Chain, seq, &d); err != nil {
			return nil, err
		}
		for i, st := range d.Statements {
			a.Statements = append(a.Statements, option{strconv.Itoa(i), st.Text})
		}
	}
	for _, e := range p.Case.Timeline {
		if slices.Contains(spoken, e.Type) && e.Misfiled == 0 {
			a.Contacts = append(a.Contacts, option{strconv.FormatUint(e.Seq, 10), Say(e.On) + ": " + sentence(e.Line)})
		}
	}
	p.More = a
	return a, nil
}

func (s *Server) openCorrect(r *Request, p *writingPage) error {
	a, err := s.aboutOf(r, p, spoken...)
	if err != nil || !p.First {
		return err
	}
	// The entry's page leads here from each statement: its words are there to be
	// put right.
	if i, err := strconv.Atoi(r.URL.Query().Get("statement")); err == nil && i >= 0 && i < len(a.Statements) {
		p.F.Set("statement", a.Statements[i].Value)
		p.F.Set("text", a.Statements[i].Label)
	}
	return nil
}

func (s *Server) readCorrect(_ *Request, p *writingPage) (any, error) {
	f, a := p.F, p.More.(*aboutEntry)
	d := schemas.ContactCorrected{Made: p.Made, Corrects: schemas.Corrects{Seq: a.Entry.Seq}, Text: f.NeedProse("text", "Write the right words.").Text, Reason: f.NeedProse("reason", "Say why it has to be put right.")}
	which := f.Choice("statement", "Choose the statement that is put right.", valuesOf(a.Statements)...)
	if which == "" {
		return d, nil
	}
	i, err := strconv.Atoi(which)
	if err != nil {
		return nil, err
	}
	if d.Corrects.Statement = i; a.Statements[i].Label == d.Text {
		f.Fail("text", "These are the words that stand there. Write the right ones.")
	}
	return d, nil
}

func (s *Server) openDispute(r *Request, p *writingPage) error {
	_, err := s.aboutOf(r, p)
	if err == nil && p.First {
		p.F.Set("statement", r.URL.Query().Get("statement"))
		p.F.Set("by", "client")
	}
	return err
}

func (s *Server) readDispute(_ *Request, p *writingPage) (any, error) {
	f, a := p.F, p.More.(*aboutEntry)
	d := schemas.ContactDisputed{
		Made: p.Made, Disputes: schemas.Disputes{Seq: a.Entry.Seq}, Says: f.NeedProse("says", "Write what the client says instead, or that it was not so."),
		By: f.Need("by", "Say who disputes it: client, or who says so for her or him."),
	}
	if which := f.V("statement"); which != "" {
		if i, err := strconv.Atoi(f.Choice("statement", "Choose a statement of this entry.", valuesOf(a.Statements)...)); err == nil {
			d.Disputes.Statement = &i
		}
	}
	if list := seqsOf(chosen(f, "told-in", a.Contacts)); len(list) > 0 {
		d.ToldIn = &list[0]
	}
	return d, nil
}

func (s *Server) openMisfiled(r *Request, p *writingPage) error {
	_, err := s.aboutOf(r, p)
	return err
}

func (s *Server) readMisfiled(r *Request, p *writingPage) (any, error) {
	f, a := p.F, p.More.(*aboutEntry)
	d := schemas.EntryMisfiled{Made: p.Made, Entry: a.Entry.Seq, FoundBy: p.Staff, Reason: f.NeedProse("reason", "Say how you know that it belongs to another case."), BelongsTo: f.Line("belongs-to")}
	if d.BelongsTo != nil {
		switch chain, err := events.ParseChain(*d.BelongsTo); {
		case err != nil:
			f.Fail("belongs-to", "Enter all 32 digits of the other case’s number, as they stand in the address of its page, or nothing.")
		case chain == r.Chain:
			f.Fail("belongs-to", "This is the case that you are in. Enter the number of the other one, or nothing.")
		}
	}
	if !f.Is("sure", "yes") {
		f.Fail("sure", "Say that you have looked: from then on nobody reads this entry in this case.")
	}
	return d, nil
}

// corrections are the right words of the statements of an entry, and what the
// client says of them, by the number of the statement from 0; -1: of all of it.
func (s *Server) corrections(r *Request, e *views.CaseEntry) (map[int][]remark, error) {
	by := map[int][]remark{}
	for _, seq := range e.Corrected {
		var c schemas.ContactCorrected
		body, err := s.told(r, r.Chain, seq, &c)
		if err != nil {
			return nil, err
		}
		by[c.Corrects.Statement] = append(by[c.Corrects.Statement], remark{Seq: seq, By: body.Actor, When: happened(body.Occurred), Text: c.Text, Why: c.Reason.Text})
	}
	for _, seq := range e.Disputed {
		var d schemas.ContactDisputed
		body, err := s.told(r, r.Chain, seq, &d)
		if err != nil {
			return nil, err
		}
		at := -1
		if d.Disputes.Statement != nil {
			at = *d.Disputes.Statement
		}
		by[at] = append(by[at], remark{Seq: seq, By: d.By, When: happened(body.Occurred), Text: d.Says.Text, Disputes: true})
	}
	return by, nil
}

// remark is a correction or a dispute as it stands beside what it is about.
type remark struct {
	Seq      uint64
	By, When string
	Text     string
	Why      string // of a correction
	Disputes bool
}
