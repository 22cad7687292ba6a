package whereabouts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"caseledger/events"
)

// Proposal is words, or a value, that a person must decide on.
type Proposal struct {
	Seq uint64 `json:"seq"`
	// Path is the JSON Pointer of the text or value; "", with Leaf and Leaves
	// 0, is the whole event, which an earlier decision closed.
	Path string `json:"path"`
	// From and To are words of the text, from 0, both included; nil is the
	// whole value.
	From *int `json:"from"`
	To   *int `json:"to"`
	// Leaf and Leaves are what event m would record: with the last word of a
	// text go the decoys behind it.
	Leaf    uint64   `json:"leaf"`
	Leaves  uint64   `json:"leaves"`
	Code    string   `json:"code"` // proposed
	Match   Match    `json:"match"`
	Of      Of       `json:"of"`
	Earlier *Earlier `json:"earlier"` // nil: nobody decided on it before
}

// Outcome is what a person decided on a proposal.
type Outcome string

// The outcomes.
const (
	OutcomeClosed Outcome = "closed"
	OutcomeOpen   Outcome = "open"
)

// Earlier is how a proposal like this one was decided before.
type Earlier struct {
	Decision uint64  `json:"decision"` // the disclosure.decided
	Outcome  Outcome `json:"outcome"`
	Code     string  `json:"code"`
	Same     string  `json:"same"` // what they share: SamePlace, SameStatement, SameText
}

// What a proposal shares with one that was decided earlier.
const (
	SamePlace     = "place"     // the very leaves
	SameStatement = "statement" // the words, in another version of the statement
	SameText      = "text"      // the words, elsewhere in the case
)

// Decision is what an earlier decision on the case said.
type Decision struct {
	Seq uint64
	// Replaces is the decision that this one took the place of, 0 for none:
	// what that one closed is not carried over.
	Replaces uint64
	Closings []Closing
	Outcomes []Decided
}

// Closing is leaves of an event that are closed; Leaf and Leaves 0 close the
// whole event.
type Closing struct {
	Seq, Leaf, Leaves uint64
	Code              string
}

// Decided is what became of a proposal.
type Decided struct {
	Closing
	Outcome Outcome
}

// Propose looks through events, every one of which must be among those that
// the list was read from. The proposals stand in the order of the events and
// never overlap, so that each can be a closing. Earlier decisions, oldest
// first, are carried over: what they closed is proposed again, and what they
// say of the same words comes with the proposal. The same list, events and
// decisions give the same proposals.
//
// Errors: the context's; events.ErrTooLarge for more than MaxText, or more
// proposals than an export can have closings.
func (l *List) Propose(ctx context.Context, scope []Event, earlier []Decision) ([]Proposal, error) {
	if err := checkText(scope); err != nil {
		return nil, err
	}
	s := l.search(false)
	past := l.remember(earlier, s.reader)
	var out []Proposal
	for i := range scope {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := &scope[i]
		if code, ok := past.whole[e.Seq]; ok {
			p := Proposal{Seq: e.Seq, Code: code, Match: MatchCarried, Of: Of{KindClosing, e.Seq}}
			p.Earlier = past.of(&p, "", statement{})
			out = append(out, p)
			continue
		}
		spans := s.event(e, func(t *text, r *reading) []span { return past.again(e.Seq, t, r) })
		spans = append(spans, past.spans(e)...)
		for _, sp := range merge(spans) {
			p := sp.proposal(e)
			t := textOf(e, p.Leaf, p.Leaves)
			p.Earlier = past.of(&p, t.folded(s.reader), l.statementOf(e.Seq, p.Path))
			out = append(out, p)
		}
		if len(out) > maxProposals {
			return nil, fmt.Errorf("whereabouts: proposals: %w", events.ErrTooLarge)
		}
	}
	return out, nil
}

// checkText refuses more than MaxText.
func checkText(scope []Event) error {
	size := 0
	for i := range scope {
		for k := range scope[i].Parts {
			size += len(scope[i].Parts[k].Value)
		}
	}
	if size > MaxText {
		return fmt.Errorf("whereabouts: more than %d MiB of text: %w", MaxText>>20, events.ErrTooLarge)
	}
	return nil
}

// maxProposals is the most proposals: as many closings as an export can have.
const maxProposals = 20_000

// Finding is what is left of the whereabouts after closing.
type Finding struct {
	Seq    uint64 `json:"seq"`
	Path   string `json:"path"`
	From   *int   `json:"from"`
	To     *int   `json:"to"`
	Leaf   uint64 `json:"leaf"`
	Leaves uint64 `json:"leaves"`
	Match  Match  `json:"match"`
	Of     Of     `json:"of"`
	Part   bool   `json:"part"` // stands beside what is closed
}

// Left looks through what stays open after the closings. It finds what Propose
// does, and the bare names of places that are no secret too, so that a person
// can look once more; it refuses nothing. Errors are those of Propose.
func (l *List) Left(ctx context.Context, scope []Event, closings []Closing) ([]Finding, error) {
	closed := make(map[uint64][]Closing)
	for _, c := range closings {
		closed[c.Seq] = append(closed[c.Seq], c)
	}
	if err := checkText(scope); err != nil {
		return nil, err
	}
	s := l.search(true)
	var out []Finding
	for i := range scope {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, whole := without(&scope[i], closed[scope[i].Seq])
		if whole {
			continue
		}
		for _, sp := range merge(s.event(e, nil)) {
			p := sp.proposal(e)
			out = append(out, Finding{p.Seq, p.Path, p.From, p.To, p.Leaf, p.Leaves, p.Match, p.Of, beside(&scope[i], p.Leaf, p.Leaves, closed[e.Seq])})
		}
		if len(out) > maxProposals {
			return nil, fmt.Errorf("whereabouts: what is left: %w", events.ErrTooLarge)
		}
	}
	return out, nil
}

// without returns an event without its closed parts.
func without(e *Event, closings []Closing) (*Event, bool) {
	if len(closings) == 0 {
		return e, false
	}
	open := Event{Seq: e.Seq}
	sorted := slices.SortedFunc(slices.Values(closings), func(a, b Closing) int { return int(a.Leaf) - int(b.Leaf) })
	k := 0
	for i := range e.Parts {
		at := e.Parts[i].Index
		for k < len(sorted) && sorted[k].Leaf+sorted[k].Leaves <= at && sorted[k].Leaves > 0 {
			k++
		}
		if k < len(sorted) && sorted[k].Leaves == 0 {
			return nil, true
		}
		if k == len(sorted) || at < sorted[k].Leaf {
			open.Parts = append(open.Parts, e.Parts[i])
		}
	}
	return &open, false
}

// beside reports whether a word right before or behind some leaves of a text is
// closed.
func beside(e *Event, leaf, leaves uint64, closings []Closing) bool {
	text := pathAt(e, leaf)
	for _, c := range closings {
		if c.Leaf == leaf+leaves && pathAt(e, c.Leaf) == text || c.Leaf+c.Leaves == leaf && pathAt(e, leaf-1) == text {
			return true
		}
	}
	return false
}

// partAt returns the place of the part with an index.
func partAt(e *Event, index uint64) (int, bool) {
	return slices.BinarySearchFunc(e.Parts, index, func(p events.Part, at uint64) int {
		switch {
		case p.Index < at:
			return -1
		case p.Index > at:
			return 1
		}
		return 0
	})
}

// text is the words of a text that stand side by side, or a value.
type text struct {
	path  string // of the text or value
	words []string
	first int  // number of the first word
	prose bool // words of a text
	at    int  // of its first part
}

// texts returns what an event says: the stretches of its texts, and its
// strings.
func texts(e *Event) []text {
	var list []text
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Decoy || p.Kind == events.KindEmpty {
			continue
		}
		value, ok := unquote(p.Value)
		if p.Kind == events.KindWord {
			path, word, _ := cutWord(p.Path)
			if n := len(list); n > 0 && list[n-1].prose && list[n-1].path == path && list[n-1].first+len(list[n-1].words) == word {
				list[n-1].words = append(list[n-1].words, value)
				continue
			}
			list = append(list, text{path, []string{value}, word, true, i})
			continue
		}
		if ok && !fixed(p.Path, value) {
			list = append(list, text{path: p.Path, words: []string{value}, at: i})
		}
	}
	return list
}

// fixed reports values that are no one's words: what cannot be closed, staff
// numbers, times and digests.
func fixed(path, value string) bool {
	switch path {
	case "/type", "/v", "/actor":
		return true
	}
	if len(value) >= 10 && value[4] == '-' && value[7] == '-' && strings.Trim(value, "0123456789-+:TZ.") == "" {
		return true
	}
	return len(value) >= 32 && strings.Trim(value, "0123456789abcdef") == ""
}

func (t *text) folded(rd *reader) string {
	r := rd.read(t.words, t.first)
	return r.string(0, len(r.tokens)-1)
}

// textOf returns the words or value in some leaves.
func textOf(e *Event, leaf, leaves uint64) *text {
	var t text
	at, _ := partAt(e, leaf)
	for i := at; i < len(e.Parts) && e.Parts[i].Index < leaf+leaves; i++ {
		if p := &e.Parts[i]; !p.Decoy {
			value, _ := unquote(p.Value)
			t.words = append(t.words, value)
		}
	}
	return &t
}

// span is a find in an event.
type span struct {
	at       int // of the text's first part
	path     string
	from, to int // words, counted from the first of the stretch
	first    int // its number
	prose    bool
	code     byte
	match    Match
	of       Of
	src      *source
}

// event returns the finds in an event, and what more finds in each text of it.
func (s *search) event(e *Event, more func(*text, *reading) []span) []span {
	var spans []span
	for _, t := range texts(e) {
		r := s.reader.read(t.words, 0)
		for _, h := range s.find(r) {
			spans = append(spans, t.span(r.tokens[h.from].first, r.tokens[h.to].last, h.src.code, h.match, h.src.of, h.src))
		}
		joined, starts := strings.Join(t.words, ""), []int(nil)
		for _, at := range postcodesAt(joined) {
			if starts == nil {
				starts = offsets(t.words)
			}
			spans = append(spans, t.span(wordAt(starts, at[0]), wordAt(starts, at[1]-1), codeWhereabouts, MatchPostcode, unlisted.of, unlisted))
		}
		if more != nil {
			spans = append(spans, more(&t, r)...)
		}
	}
	return spans
}

func (t *text) span(from, to int, code byte, m Match, of Of, src *source) span {
	if !t.prose {
		from, to = 0, 0
	}
	return span{t.at, t.path, from, to, t.first, t.prose, code, m, of, src}
}

// offsets returns where each word begins.
func offsets(words []string) []int {
	starts, at := make([]int, len(words)), 0
	for i, w := range words {
		starts[i] = at
		at += len(w)
	}
	return starts
}

func wordAt(starts []int, at int) int {
	i, found := slices.BinarySearch(starts, at)
	if !found {
		i--
	}
	return i
}

// merge makes spans disjoint: what overlaps is one, under the stricter code,
// as what resembles the list the most; so is what stands side by side and is
// of one entry.
func merge(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int {
		if a.at != b.at {
			return a.at - b.at
		}
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].at == s.at {
			last := &out[n-1]
			if s.from <= last.to || s.from == last.to+1 && s.src != nil && s.src == last.src {
				last.to = max(last.to, s.to)
				if s.prevails(last) {
					last.code, last.match, last.of, last.src = s.code, s.match, s.of, s.src
				}
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// prevails reports whether a find is what two together are: what is on the
// list before what is not, then the stricter code, then the surer match.
func (s *span) prevails(over *span) bool {
	if a, b := s.of.Kind == KindUnlisted, over.of.Kind == KindUnlisted; a != b {
		return b
	}
	if a, b := strings.IndexByte(codes, s.code), strings.IndexByte(codes, over.code); a != b {
		return a < b
	}
	return s.match.rank() < over.match.rank()
}

// proposal returns a span as it would be closed.
func (s *span) proposal(e *Event) Proposal {
	p := Proposal{Seq: e.Seq, Path: s.path, Leaf: e.Parts[s.at].Index, Leaves: 1, Code: string(s.code), Match: s.match, Of: s.of}
	if !s.prose {
		return p
	}
	from, to := s.first+s.from, s.first+s.to
	p.From, p.To = &from, &to
	p.Leaf += uint64(s.from)
	p.Leaves = uint64(s.to - s.from + 1)
	// With the last word of a text go its decoys.
	for i := s.at + s.to + 1; i < len(e.Parts) && e.Parts[i].Decoy && e.Parts[i].Index == p.Leaf+p.Leaves; i++ {
		p.Leaves++
	}
	return p
}

// statement names a statement whose versions belong together: the contact it
// stands in, and its number there. Zero: none.
type statement struct {
	seq    uint64
	number int
}

func (l *List) statementOf(seq uint64, path string) statement {
	o := l.events[seq]
	if o == nil {
		return statement{}
	}
	switch o.typ {
	case "contact.corrected":
		return o.statement("/data/corrects")
	case "contact.disputed":
		return o.statement("/data/disputes")
	}
	rest, ok := strings.CutPrefix(path, "/data/statements/")
	if !ok {
		return statement{}
	}
	number, _, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		return statement{}
	}
	return statement{seq, n}
}

func (o *opened) statement(path string) statement {
	seq, err := strconv.ParseUint(o.raw[path+"/seq"], 10, 53)
	number, err2 := strconv.Atoi(o.raw[path+"/statement"])
	if err != nil || err2 != nil {
		return statement{}
	}
	return statement{seq, number}
}

// past is what earlier decisions said.
type past struct {
	l      *List
	whole  map[uint64]string // events that were closed as a whole, their code
	closed map[uint64][]Closing
	// words that were closed in a statement, to be found in its other versions
	repeats  map[statement][]repeat
	byPlace  map[Closing]Earlier // with no code
	bySaid   map[said]Earlier
	byWords  map[string]Earlier
	anything bool
}

type repeat struct {
	seq   uint64 // in which they were closed
	words string // folded
	code  string
}

type said struct {
	statement
	words string
}

// minRepeated is the fewest letters and digits for which closed words are
// looked for in another version of their statement.
const minRepeated = 4

// remember reads earlier decisions.
func (l *List) remember(decisions []Decision, rd *reader) *past {
	p := &past{
		l: l, whole: make(map[uint64]string), closed: make(map[uint64][]Closing), repeats: make(map[statement][]repeat),
		byPlace: make(map[Closing]Earlier), bySaid: make(map[said]Earlier), byWords: make(map[string]Earlier), anything: len(decisions) > 0,
	}
	replaced := make(map[uint64]bool)
	for _, d := range decisions {
		replaced[d.Replaces] = true
	}
	opened := make(map[Closing]bool)
	for _, d := range decisions {
		for _, c := range d.Closings {
			p.note(rd, c, Earlier{Decision: d.Seq, Outcome: OutcomeClosed, Code: c.Code})
			delete(opened, c.place())
		}
		for _, o := range d.Outcomes {
			p.note(rd, o.Closing, Earlier{Decision: d.Seq, Outcome: o.Outcome, Code: o.Code})
			if o.Outcome == OutcomeOpen {
				opened[o.place()] = true
			}
		}
	}
	for _, d := range decisions {
		if replaced[d.Seq] {
			continue
		}
		for _, c := range d.Closings {
			if c.Code != codeOutside && len(c.Code) == 1 && strings.Contains(codes, c.Code) && !opened[c.place()] {
				p.carry(rd, c)
			}
		}
	}
	return p
}

// place is a closing whatever its code.
func (c Closing) place() Closing { return Closing{Seq: c.Seq, Leaf: c.Leaf, Leaves: c.Leaves} }

// note remembers how words were decided; what is said last holds.
func (p *past) note(rd *reader, c Closing, e Earlier) {
	p.byPlace[c.place()] = e
	o := p.l.events[c.Seq]
	if o == nil || c.Leaves == 0 {
		return
	}
	event := &Event{Seq: c.Seq, Parts: o.parts}
	words := textOf(event, c.Leaf, c.Leaves).folded(rd)
	if words == "" {
		return
	}
	p.byWords[words] = e
	if of := p.l.statementOf(c.Seq, pathAt(event, c.Leaf)); of != (statement{}) {
		p.bySaid[said{of, words}] = e
	}
}

// carry has a closing proposed again.
func (p *past) carry(rd *reader, c Closing) {
	if c.Leaves == 0 {
		p.whole[c.Seq] = c.Code
		return
	}
	p.closed[c.Seq] = append(p.closed[c.Seq], c)
	o := p.l.events[c.Seq]
	if o == nil {
		return
	}
	event := &Event{Seq: c.Seq, Parts: o.parts}
	of := p.l.statementOf(c.Seq, pathAt(event, c.Leaf))
	words := textOf(event, c.Leaf, c.Leaves).folded(rd)
	if of == (statement{}) || utf8.RuneCountInString(strings.ReplaceAll(words, " ", "")) < minRepeated {
		return
	}
	p.repeats[of] = append(p.repeats[of], repeat{c.Seq, words, c.Code})
}

// pathAt is the path of the text or value that a leaf belongs to.
func pathAt(e *Event, leaf uint64) string {
	i, ok := partAt(e, leaf)
	if !ok || e.Parts[i].Decoy {
		return ""
	}
	if e.Parts[i].Kind == events.KindWord {
		path, _, _ := cutWord(e.Parts[i].Path)
		return path
	}
	return e.Parts[i].Path
}

// spans returns what was closed before in an event.
func (p *past) spans(e *Event) []span {
	var out []span
	for _, c := range p.closed[e.Seq] {
		i, ok := partAt(e, c.Leaf)
		for ok && i < len(e.Parts) && e.Parts[i].Index < c.Leaf+c.Leaves {
			if e.Parts[i].Decoy {
				i++
				continue
			}
			s := span{at: i, path: e.Parts[i].Path, code: c.Code[0], match: MatchCarried, of: Of{KindClosing, c.Seq}}
			if e.Parts[i].Kind == events.KindWord {
				path, word, _ := cutWord(e.Parts[i].Path)
				if word > i {
					break
				}
				s.at, s.path, s.prose, s.from = i-word, path, true, word
				for i+1 < len(e.Parts) && e.Parts[i+1].Kind == events.KindWord && e.Parts[i+1].Index < c.Leaf+c.Leaves && sameText(e.Parts[i+1].Path, path) {
					i++
				}
				s.to = i - s.at
			}
			out = append(out, s)
			i++
		}
	}
	return out
}

// sameText reports whether a word's path is one of a text.
func sameText(word, text string) bool {
	path, _, _ := cutWord(word)
	return path == text
}

// again returns words of a text that were closed in another version of it.
func (p *past) again(seq uint64, t *text, r *reading) []span {
	if len(p.repeats) == 0 || !t.prose || len(r.tokens) == 0 {
		return nil
	}
	repeats := p.repeats[p.l.statementOf(seq, t.path)]
	if len(repeats) == 0 {
		return nil
	}
	all := " " + r.string(0, len(r.tokens)-1)
	starts := make([]int, 0, len(r.tokens))
	for at := 0; at < len(all)-1; {
		starts = append(starts, at)
		at += 1 + strings.IndexByte(all[at+1:], ' ')
	}
	var out []span
	for _, w := range repeats {
		if w.seq == seq {
			continue
		}
		needle := " " + w.words
		for at := 0; ; {
			i := strings.Index(all[at:], needle)
			if i < 0 {
				break
			}
			from := wordAt(starts, at+i)
			to := wordAt(starts, at+i+len(needle)-2)
			out = append(out, t.span(r.tokens[from].first, r.tokens[to].last, w.code[0], MatchCarried, Of{KindClosing, w.seq}, nil))
			at += i + len(needle) - 1
		}
	}
	return out
}

// of returns how a proposal was decided before, in the same place, the same
// statement or the same words.
func (p *past) of(prop *Proposal, words string, of statement) *Earlier {
	if !p.anything {
		return nil
	}
	if e, ok := p.byPlace[Closing{Seq: prop.Seq, Leaf: prop.Leaf, Leaves: prop.Leaves}]; ok {
		e.Same = SamePlace
		return &e
	}
	if words == "" {
		return nil
	}
	if e, ok := p.bySaid[said{of, words}]; ok && of != (statement{}) {
		e.Same = SameStatement
		return &e
	}
	if e, ok := p.byWords[words]; ok {
		e.Same = SameText
		return &e
	}
	return nil
}
