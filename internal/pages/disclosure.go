package pages

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) disclosureRoutes() []Route {
	const base, one = "/case/{chain}/disclosure", "/case/{chain}/disclosure/{seq}"
	seen := func(pattern string, action access.Action, handle func(http.ResponseWriter, *Request) error) Route {
		return Route{Method: "GET", Pattern: pattern, Action: action, Case: true, Reads: "disclosure.seen", Handle: handle}
	}
	sent := func(pattern string, action access.Action, handle func(http.ResponseWriter, *Request) error) Route {
		return Route{Method: "POST", Pattern: pattern, Action: action, Case: true, Reads: "disclosure.seen", Handle: handle}
	}
	return []Route{
		seen(base, access.DisclosureSee, s.disclosures),
		seen(base+"/new", access.DisclosureMake, s.requestForm),
		sent(base+"/new", access.DisclosureMake, s.requestPost),
		seen(one, access.DisclosureSee, s.disclosure),
		seen(one+"/decision", access.DisclosureDecide, s.decisionForm),
		sent(one+"/decision", access.DisclosureDecide, s.decisionPost),
		seen(one+"/told", access.DisclosureMake, s.toldForm),
		sent(one+"/told", access.DisclosureMake, s.toldPost),
		seen(one+"/words", access.DisclosureMake, s.words),
		sent(one+"/words", access.DisclosureMake, s.closeWords),
		seen(one+"/schedule", access.DisclosureSee, s.schedule),
		seen(one+"/draft", access.DisclosureSee, s.draft),
		{Method: "GET", Pattern: one + "/draft/{file}", Action: access.Print, Case: true, Reads: "printed", Handle: s.draftPaper},
		seen(one+"/approval", access.DisclosureSecond, s.approvalForm),
		sent(one+"/approval", access.DisclosureSecond, s.approvalPost),
		seen(one+"/produce", access.ExportMake, s.productForm),
		{Method: "POST", Pattern: one + "/produce", Action: access.ExportMake, Case: true, Reads: "exported", Handle: s.productPost},
		{Method: "GET", Pattern: one + "/stamp/{export}", Action: access.ExportMake, Case: true, Reads: "exported", Handle: s.stamp},
		seen(one+"/hand-over", access.ExportMake, s.handOverForm),
		{Method: "POST", Pattern: one + "/hand-over", Action: access.ExportMake, Case: true, Reads: "exported", Handle: s.handOverPost},
	}
}

// stepPages are the pages on which steps are taken, and who may take them.
var stepPages = map[string]struct {
	path   string
	action access.Action
}{
	"decision": {"/decision", access.DisclosureDecide}, "client-told": {"/told", access.DisclosureMake}, "words": {"/words", access.DisclosureMake},
	"approval": {"/approval", access.DisclosureSecond}, "export": {"/produce", access.ExportMake}, "hand-over": {"/hand-over", access.ExportMake},
}

// disclosuresPage are the requests of a case.
type disclosuresPage struct {
	Case     views.CasePage
	Requests []views.CaseEntry
	New      string // path of the form for another; "": not for who asks
}

func (s *Server) disclosures(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	p := disclosuresPage{Case: page}
	if s.may(r, access.DisclosureMake) {
		p.New = r.URL.Path + "/new"
	}
	for _, e := range page.Timeline {
		if e.Type == "disclosure.requested" && e.Misfiled == 0 {
			p.Requests = append(p.Requests, e)
		}
	}
	return s.render(w, r, http.StatusOK, "disclosures", Page{Title: "Disclosure " + Short(r.Chain), Strip: &page.Strip, Data: p})
}

// task is a step of a disclosure as the list has it.
type task struct {
	Title, Hint string
	Step        ops.StepOf
	Next        bool
	Path        string // of the page on which it is taken; "": not now, or not by who asks
	Look        bool   // it is no step: something to look at on the way
}

// tasks are the steps in words.
var tasks = map[string][2]string{
	"request": {"Request", "What is asked for, by whom, under which power and why"}, "decision": {"Legal tests and scope", "A manager decides on each test, with reasons, and says what is in scope"},
	"client-told": {"Client told safely", "The way is agreed with safe contact first"},
	"words":       {"Read and close words", "Everything in scope is read; what must not go out is closed, word by word"}, "approval": {"Second person", "Somebody who neither decided nor closed the words reads the draft, page by page"},
	"export": {"Produce", "The schedule, the sheets and the bundle"}, "hand-over": {"Hand over, receipt", "Every hand that it passes through, and the code told another way"},
}

type disclosurePage struct {
	Case       views.CasePage
	Disclosure ops.Disclosure
	Path       string
	Tasks      []task
	Before     uint64 // the entry as which what was sent just now was recorded before; 0: it was not
}

// requestOf reads which request of a case is meant, and how far it has come.
func (s *Server) requestOf(r *Request) (ops.Disclosure, error) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 53)
	if err != nil {
		return ops.Disclosure{}, errNoPage
	}
	d, err := s.ledger.Disclosure(r.Context(), ops.OfRequest{Case: r.Chain, Request: seq})
	if errors.Is(err, cases.ErrStep) {
		return d, errNoPage // that entry is no request
	}
	return d, err
}

func (s *Server) disclosure(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	d, err := s.requestOf(r)
	if err != nil {
		return err
	}
	p := disclosurePage{Case: page, Disclosure: d, Path: r.URL.Path, Tasks: s.tasksOf(r, &d)}
	if n, err := strconv.ParseUint(r.URL.Query().Get("before"), 10, 53); err == nil {
		p.Before = n
	}
	return s.render(w, r, http.StatusOK, "disclosure", Page{Title: "Disclosure " + Short(r.Chain), Strip: &page.Strip, Data: p})
}

// wordsPage is everything in scope of a disclosure, to be read and closed.
type wordsPage struct {
	*stepPage
	ReadTo  uint64
	Entries []closable
	Codes   []option
	Decide  int // how many proposals there are
	Left    int // how many of them nobody decided on yet
	Next    int // the first of those; 0: none is left
}

// proposal is one that somebody must decide on.
type proposal struct {
	ops.Proposal
	N    int    // from 1, in the order of the page
	Name string // for the fields of the form: what it is about, so that it stays the same when others are added
}

// closable is an entry in scope.
type closable struct {
	Seq       uint64
	Line      views.CaseEntry
	Texts     []closableText
	Proposals []proposal
	Left      int // how many of them nobody decided on yet
	Next      int // the first of those in the entries that follow, and after the last in the first ones; 0: none is left
}

// closableText is a text of an entry, word by word, or a single value.
type closableText struct {
	Name  string // for the fields of the form: the entry and the place in it
	Path  string
	Label string
	Words []closableWord
	// Whole closes the statement that this is the first part of; null: it is not
	// the first of any.
	Whole *closableWhole
}

// closableGroup is a run of texts of an entry: those of one statement, or those
// that stand between statements.
type closableGroup struct {
	Whole *closableWhole // the statement; null: none
	Texts []closableText // in sight
	Codes []closableText // single words of a form, said in one line
	Open  bool           // some of these are closed, or were to be
}

// Groups are the texts of an entry as a page shows them, with what was chosen in a
// form.
func (c *closable) Groups(f *Form) []closableGroup {
	var list []closableGroup
	within := func(g *closableGroup, t *closableText) bool {
		if g.Whole == nil {
			return statementOf(c.Seq, t.Path) == nil
		}
		return strings.HasPrefix(t.Path, g.Whole.Path+"/")
	}
	for _, t := range c.Texts {
		if n := len(list); n == 0 || !within(&list[n-1], &t) {
			list = append(list, closableGroup{Whole: t.Whole})
		}
		g := &list[len(list)-1]
		if !t.coded() {
			g.Texts = append(g.Texts, t)
			continue
		}
		g.Codes = append(g.Codes, t)
		g.Open = g.Open || f.V("w-"+t.Name) != "" || f.V("code-"+t.Name) != "" || f.Err("code-"+t.Name) != ""
	}
	return list
}

// coded reports whether a text is a word that the form offered, and nobody proposed
// to close it.
func (t *closableText) coded() bool {
	if len(t.Words) != 1 || t.Words[0].Proposed {
		return false
	}
	_, known := slices.BinarySearch(schemas.Vocabulary(), t.Words[0].Text)
	return known || strings.HasSuffix(t.Path, "/language")
}

// closableWhole is a statement that can be closed as one.
type closableWhole struct{ Name, Path, Label string }

// statementOf is the statement that something of an entry stands in; nil: in
// none.
func statementOf(seq uint64, path string) *closableWhole {
	rest, ok := strings.CutPrefix(path, "/data/statements/")
	n, _, inside := strings.Cut(rest, "/")
	k, err := strconv.Atoi(n)
	if !ok || !inside || err != nil {
		return nil
	}
	return &closableWhole{"whole-" + strconv.FormatUint(seq, 10) + "-" + n, "/data/statements/" + n, "Close all of statement " + strconv.Itoa(k+1)}
}

type closableWord struct {
	Name     string // of its field: Text's, and the word's number
	Text     string
	Proposed bool
}

// closingCodes are why words are closed.
var closingCodes = []option{
	{"A", "A whereabouts"}, {"P", "P third party"}, {"X", "X another client"}, {"S", "S outside the request"},
	{"L", "L legal privilege"}, {"C", "C counselling"}, {"M", "M another agency’s or Marac material"}, {"K", "K staff safety"},
}

// closedAs is what a code of the schedule says: "A whereabouts". More than one
// stand as they are.
func closedAs(codes string) string {
	for _, c := range closingCodes {
		if c.Value == codes {
			return c.Label
		}
	}
	return codes
}

func (s *Server) wordsOf(r *Request) (*wordsPage, *ops.Proposals, error) {
	step, err := s.stepOf(r)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.ledger.Proposals(r.Context(), ops.OfRequest{Case: r.Chain, Request: step.Disclosure.Request})
	if err != nil {
		return nil, nil, err
	}
	p := &wordsPage{stepPage: step, ReadTo: list.ReadTo, Codes: closingCodes}
	for _, seq := range list.Events {
		e, err := s.ledger.Show(r.Context(), r.Chain, seq)
		if err != nil {
			return nil, nil, err
		}
		c := closable{Seq: seq}
		for _, line := range p.Case.Timeline {
			if line.Seq == seq {
				c.Line = line
			}
		}
		if c.Texts, err = textsOf(seq, e.Body, list.Proposals); err != nil {
			return nil, nil, err
		}
		for _, x := range list.Proposals {
			if x.Seq != seq {
				continue
			}
			p.Decide++
			of := proposal{x, p.Decide, fmt.Sprintf("%d-%d-%d-%s", x.Seq, x.Leaf, x.Leaves, x.Code)}
			if x.Outcome != "" {
				p.F.Set("outcome-"+of.Name, x.Outcome)
			}
			c.Proposals = append(c.Proposals, of)
		}
		p.Entries = append(p.Entries, c)
	}
	return p, &list, nil
}

// textsOf are the words and values of an entry that can be closed, in the order
// of its parts. Members that say nothing are left out.
func textsOf(seq uint64, body []byte, proposals []ops.Proposal) ([]closableText, error) {
	parts, err := events.Flatten(body)
	if err != nil {
		return nil, err
	}
	var list []closableText
	for _, part := range parts {
		if part.Decoy || part.Kind == events.KindEmpty || !strings.HasPrefix(part.Path, "/data/") {
			continue
		}
		path, word := part.Path, -1
		if part.Kind == events.KindWord {
			at := strings.LastIndexByte(path, '/')
			if word, err = strconv.Atoi(path[at+1:]); err != nil {
				return nil, err
			}
			path = path[:at]
		}
		var text string
		if json.Unmarshal([]byte(part.Value), &text) != nil {
			if text = part.Value; text == "null" || text == "true" || text == "false" {
				continue
			}
		}
		if text = strings.TrimSpace(text); text == "" {
			if word < 0 {
				continue
			}
			text = "(space)"
		}
		if n := len(list); n == 0 || list[n-1].Path != path {
			t := closableText{Name: strconv.FormatUint(seq, 10) + "-" + strconv.Itoa(n), Path: path, Label: memberName(path)}
			if whole := statementOf(seq, path); whole != nil && (n == 0 || !strings.HasPrefix(list[n-1].Path, whole.Path+"/")) {
				t.Whole = whole
			}
			list = append(list, t)
		}
		t := &list[len(list)-1]
		name := t.Name
		if word >= 0 {
			name += "-" + strconv.Itoa(word)
		}
		t.Words = append(t.Words, closableWord{Name: name, Text: text, Proposed: proposed(seq, path, word, proposals)})
	}
	return list, nil
}

// proposed reports whether a proposal is about a word, or with -1 about a
// value.
func proposed(seq uint64, path string, word int, list []ops.Proposal) bool {
	return slices.ContainsFunc(list, func(p ops.Proposal) bool {
		return p.Seq == seq && p.Path == path && (word < 0 || p.From == nil || p.To == nil || *p.From <= word && word <= *p.To)
	})
}

// memberName says where in an entry something stands.
func memberName(path string) string {
	var words []string
	for _, part := range strings.Split(strings.TrimPrefix(path, "/data/"), "/") {
		if n, err := strconv.Atoi(part); err == nil {
			words = append(words, strconv.Itoa(n+1))
			continue
		}
		if part != "text" || len(words) == 0 {
			words = append(words, strings.ReplaceAll(part, "_", " "))
		}
	}
	return sentence(strings.Join(words, " "))
}

func (s *Server) words(w http.ResponseWriter, r *Request) error {
	p, _, err := s.wordsOf(r)
	if err != nil {
		return err
	}
	return s.showWords(w, r, p)
}

func (s *Server) showWords(w http.ResponseWriter, r *Request, p *wordsPage) error {
	p.countLeft()
	return s.render(w, r, p.F.status(), "closing-words", Page{Title: "Close words " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

// countLeft counts what the form leaves undecided, and finds the way from each
// entry to what comes next of it.
func (p *wordsPage) countLeft() {
	firsts := make([]int, len(p.Entries)) // of each entry
	for i := range p.Entries {
		e := &p.Entries[i]
		for _, x := range e.Proposals {
			if p.F.V("outcome-"+x.Name) != "" {
				continue
			}
			if e.Left++; e.Left == 1 {
				firsts[i] = x.N
			}
		}
		p.Left += e.Left
	}
	for i := range p.Entries {
		p.Entries[i].Next = cmp.Or(cmp.Or(firsts[i+1:]...), cmp.Or(firsts[:i+1]...))
	}
	p.Next = cmp.Or(firsts...)
}

// A closing as ops.TakeStep reads it.
type closingLine struct {
	Seq  uint64 `json:"seq"`
	Path string `json:"path"`
	From *int   `json:"from"`
	To   *int   `json:"to"`
	Code string `json:"code"`
}

// A proposal on which somebody decided, likewise.
type decidedLine struct {
	ops.Proposal
	Reason *schemas.Prose `json:"reason"`
}

// closeWords records what was closed, as the decision anew.
func (s *Server) closeWords(w http.ResponseWriter, r *Request) error {
	p, list, err := s.wordsOf(r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	if p.F.V("read-to") != strconv.FormatUint(list.ReadTo, 10) {
		p.F.Seq = list.ReadTo // the page that comes back shows it
		p.F.Fail("read", "Something was recorded in this case since you began to read. It is on this page now: read it, then send yours again.")
	}
	if p.F.V("count") != "" {
		return s.showWords(w, r, p)
	}
	file := struct {
		ReadTo    uint64        `json:"read_to"`
		Closings  []closingLine `json:"closings"`
		Proposals []decidedLine `json:"proposals"`
		Case      events.Chain  `json:"case"`
		Request   uint64        `json:"request"`
		Events    []uint64      `json:"events"`
	}{list.ReadTo, []closingLine{}, []decidedLine{}, list.Case, list.Request, list.Events}
	for _, e := range p.Entries {
		for _, x := range e.Proposals {
			n := strconv.Itoa(x.N)
			x.Outcome = p.F.Choice("outcome-"+x.Name, "Decide on proposal "+n+": close it or leave it open.", "closed", "open")
			line := decidedLine{x.Proposal, nil}
			if x.Outcome == "open" {
				reason := p.F.NeedProse("reason-"+x.Name, "Write why proposal "+n+" stays open.")
				line.Reason = &reason
			}
			file.Proposals = append(file.Proposals, line)
		}
		if p.F.V("all-"+strconv.FormatUint(e.Seq, 10)) != "" {
			code := p.codeOf("code-all-" + strconv.FormatUint(e.Seq, 10))
			file.Closings = append(file.Closings, closingLine{Seq: e.Seq, Code: code})
			continue
		}
		closed := "" // the statement that is closed as one
		for _, t := range e.Texts {
			if t.Whole != nil && p.F.V(t.Whole.Name) != "" {
				closed = t.Whole.Path + "/"
				file.Closings = append(file.Closings, closingLine{Seq: e.Seq, Path: t.Whole.Path, Code: p.codeOf("code-" + t.Whole.Name)})
			}
			if closed != "" && strings.HasPrefix(t.Path, closed) {
				continue
			}
			if lines := p.closings(e.Seq, t); len(lines) > 0 {
				code := p.codeOf("code-" + t.Name)
				for i := range lines {
					lines[i].Code = code
				}
				file.Closings = append(file.Closings, lines...)
			}
		}
	}
	if p.F.V("read") == "" {
		p.F.Fail("read", "Confirm that you have read everything on this page.")
	}
	done, err := s.takeStep(w, r, p.stepPage, ops.TakeStep{Step: ops.TakeClose}, justNow(r), onPage, file)
	if done || err != nil {
		return err
	}
	return s.showWords(w, r, p)
}

// codeOf is the code that was chosen for what is closed.
func (p *wordsPage) codeOf(field string) string {
	var of []string
	for _, c := range p.Codes {
		of = append(of, c.Value)
	}
	return p.F.Choice(field, "Choose the code under which this is closed.", of...)
}

// closings are the words of a text that were ticked, in runs, without a code.
func (p *wordsPage) closings(seq uint64, t closableText) []closingLine {
	var list []closingLine
	last := -2
	for i, word := range t.Words {
		if p.F.V("w-"+word.Name) == "" {
			continue
		}
		if word.Name == t.Name { // a value
			return []closingLine{{Seq: seq, Path: t.Path}}
		}
		at := i
		if i == last+1 {
			list[len(list)-1].To = &at
		} else {
			from := i
			list = append(list, closingLine{Seq: seq, Path: t.Path, From: &from, To: &at})
		}
		last = i
	}
	return list
}
