package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) caseRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}", Action: access.CaseOpen, Case: true, Reads: "case.opened", Handle: s.casePage},
		{Method: "GET", Pattern: "/case/{chain}/entry/{seq}", Action: access.CaseOpen, Case: true, Reads: "case.opened", Handle: s.entryPage},
		// It tells only that there is something new, to a page that was recorded.
		{Method: "GET", Pattern: "/case/{chain}/changes", Action: access.CaseOpen, Case: true, Quiet: true, Handle: s.changes},
		{Method: "POST", Pattern: "/case/{chain}/reveal", Action: access.AddressReveal, Case: true, Reads: "address.revealed", Handle: s.reveal},
	}
}

// groups are the filters of a timeline, in their order.
var groups = []struct {
	Code, Text string
	types      []string // a type, or all that begin with it and a dot
}{
	{"", "All", nil},
	{"contacts", "Contacts", []string{"contact", "appointment", "helpline", "handover"}},
	{"risk", "Risk and incidents", []string{"risk", "incident", "safeguarding", "safe-contact", "marac"}},
	{"plan", "Plan and support", []string{"plan", "accommodation", "equipment", "agency", "programme", "meeting"}},
	{"people", "People and orders", []string{"client", "child", "person", "perpetrator", "order", "court", "agreement"}},
	{"files", "Files and disclosure", []string{"attachment", "disclosure", "information", "entry"}},
	{"case", "Running the case", []string{"referral", "intake", "case", "staff", "override", "hold", "erasure"}},
}

func inGroup(types []string, typ string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return typ == t || strings.HasPrefix(typ, t+".") })
}

// newest is how many entries of a timeline are shown unless all are asked for.
const newest = 20

// caseView is the page of a case as its template has it.
type caseView struct {
	Case     views.CasePage
	Path     string
	Entries  []views.CaseEntry
	More     int // entries that are not shown
	Filters  []navItem
	Show     string // the filter's code
	Known    string // YYYY-MM-DD; "": now
	Whole    string // where all entries are
	Then     bool   // the page is as it was known on a day gone by
	Reveal   bool   // the reader may ask for the address
	Links    bool   // and for the other cases in which the case's people are
	Seq      uint64 // the last entry
	Recorded uint64 // the entry that was recorded just now; 0: none
	Asks     []navItem
}

// seen is the last event of a page of a case that was asked for without a
// filter: what its reader has seen.
func seen(p *views.CasePage) uint64 {
	if len(p.Timeline) == 0 {
		return 0
	}
	return p.Timeline[0].Seq
}

// caseNow is the page of the request's case as it is now.
func (s *Server) caseNow(r *Request) (views.CasePage, error) {
	return s.ledger.Case(r.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: r.Chain, Now: r.Now, Actor: r.Who.Staff}})
}

func (s *Server) casePage(w http.ResponseWriter, r *Request) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	// What is always in sight is as it is now, whatever is asked for below.
	now := page
	strip := page.Strip
	q := r.URL.Query()
	v := caseView{Path: "/case/" + r.Chain.String(), Show: q.Get("show")}
	var wrong []Field
	if day := q.Get("known"); day != "" {
		d, err := clock.ParseDate(day)
		switch {
		case err != nil || d >= clock.DateOf(r.Now):
			wrong = append(wrong, Field{"known", "Choose a day that is over"})
		default:
			v.Known, v.Then = day, true
			page, err = s.ledger.Case(r.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: r.Chain, AsKnown: d.End().Add(-time.Microsecond), Actor: r.Who.Staff}})
			if err != nil {
				return err
			}
		}
	}
	v.Case, v.Seq = page, seen(&now)
	var types []string
	for _, g := range groups {
		v.Filters = append(v.Filters, navItem{g.Text, v.address(g.Code, false), g.Code == v.Show})
		if g.Code == v.Show {
			types = g.types
		}
	}
	for _, e := range page.Timeline {
		if inGroup(types, e.Type) {
			v.Entries = append(v.Entries, e)
		}
	}
	if q.Get("all") == "" && len(v.Entries) > newest {
		v.More, v.Entries = len(v.Entries)-newest, v.Entries[:newest]
		v.Whole = v.address(v.Show, true)
	}
	v.Links = !v.Then && s.guard.Decide(r.Who, access.PeopleLinks, &r.Facts, r.Now).Allowed
	v.Reveal = !v.Then && s.guard.Decide(r.Who, access.AddressReveal, &r.Facts, r.Now).Allowed
	if n, err := strconv.ParseUint(q.Get("recorded"), 10, 53); err == nil && !v.Then {
		if i := slices.IndexFunc(page.Timeline, func(e views.CaseEntry) bool { return e.Seq == n }); i >= 0 {
			v.Recorded, v.Asks = n, s.asks(r, &page.Timeline[i], &strip)
		}
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.render(w, r, status, "case", Page{Title: "Case " + Short(r.Chain), Strip: &strip, Errors: wrong, Data: v})
}

// address is where a filter of the timeline leads, as known on the same day.
func (v *caseView) address(show string, all bool) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", show)
	}
	if v.Known != "" {
		q.Set("known", v.Known)
	}
	if all {
		q.Set("all", "1")
	}
	if len(q) == 0 {
		return v.Path + "#timeline"
	}
	return v.Path + "?" + q.Encode() + "#timeline"
}

// entryView is one event in full.
type entryView struct {
	Entry    views.CaseEntry
	Path     string
	When     string
	Contact  *contactView
	Members  []member
	Earlier  uint64 // the entry before and after in the case; 0: none
	Later    uint64
	Recorded clock.When
	Remarks  []remark // on all of it
	Write    bool     // the reader may put it right
	Correct  bool     // and has statements that can be
	Withheld bool     // it is, or speaks of, an entry of another case: nothing of it is shown
	Anew     string   // where its reader says how the same thing is now; "": nowhere
}

// contactView is a contact as its sheet has it.
type contactView struct {
	How, With, Present, Made, Interpreter, Place, Next string
	Checked                                            bool
	Statements                                         []statementView
}

// statementView is a statement as a page shows it.
type statementView struct {
	N        int
	Kind     string
	Label    string
	From     string // who said it and how it came to the writer; "" of the writer's own and the client's
	Text     string
	Language string
	Because  string
	// The translation that stands beside it; "": none.
	Translation, TranslatedBy string
	Remarks                   []remark
	Correct                   string // where it is put right; "": nowhere
}

// labels say what a statement is, as the contact sheet does.
var labels = map[string]string{
	"client-words": "Client’s words", "client-summary": "Client, summarised", "third-party": "Someone else said",
	"observed": "I saw or heard", "opinion": "My opinion", "action": "What I did",
}

// member is a fact of an event: a path in words and what stands there.
type member struct {
	Name, Value string
	Depth       int
}

func (s *Server) entryPage(w http.ResponseWriter, r *Request) error {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 53)
	if err != nil || seq == 0 {
		return errNoPage
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(page.Timeline, func(e views.CaseEntry) bool { return e.Seq == seq })
	if at < 0 {
		return errNoPage
	}
	e, err := s.ledger.Show(r.Context(), r.Chain, seq)
	if err != nil {
		return err
	}
	b, err := events.ParseBody(e.Body)
	if err != nil {
		return err
	}
	v := entryView{Entry: page.Timeline[at], Path: "/case/" + r.Chain.String(), Recorded: clock.AtTime(time.Time(e.At))}
	if at > 0 {
		v.Later = page.Timeline[at-1].Seq
	}
	if at+1 < len(page.Timeline) {
		v.Earlier = page.Timeline[at+1].Seq
	}
	v.When = happened(b.Occurred)
	if v.Withheld = withheld(page.Timeline, &v.Entry, b.Data); v.Withheld {
		return s.showEntry(w, r, &page, &v)
	}
	remarks, err := s.corrections(r, &v.Entry)
	if err != nil {
		return err
	}
	v.Remarks = remarks[-1]
	v.Write = v.Entry.Misfiled == 0 && s.guard.Decide(r.Who, access.CaseWrite, &r.Facts, r.Now).Allowed
	v.Correct = v.Write && slices.Contains(spoken, b.Type)
	if b.Type == "contact.recorded" {
		var c schemas.ContactRecordedV2
		if err := json.Unmarshal(b.Data, &c); err != nil {
			return fmt.Errorf("event %d of the case: %w", seq, events.ErrInvalid)
		}
		v.Contact = contactOf(&c)
		if v.Contact.Place != "" {
			v.Contact.Place = "place not shown here" // as of every other entry; see views.Veiled
		}
		for i := range v.Contact.Statements {
			v.Contact.Statements[i].Remarks = remarks[i]
			if v.Correct {
				v.Contact.Statements[i].Correct = v.Path + "/entry/" + strconv.FormatUint(seq, 10) + "/correct?statement=" + strconv.Itoa(i)
			}
		}
	} else if v.Members, err = members(b.Data); err != nil {
		return err
	}
	if v.Anew, err = s.anew(r, b.Type, b.Data); err != nil {
		return err
	}
	return s.showEntry(w, r, &page, &v)
}

func (s *Server) showEntry(w http.ResponseWriter, r *Request, page *views.CasePage, v *entryView) error {
	return s.render(w, r, http.StatusOK, "entry", Page{Title: "Entry " + strconv.FormatUint(v.Entry.Seq, 10) + ", case " + Short(r.Chain), Strip: &page.Strip, Data: *v})
}

// withheld reports whether an entry belongs to another case, or says words of
// one that does.
func withheld(timeline []views.CaseEntry, e *views.CaseEntry, data []byte) bool {
	if e.Misfiled != 0 {
		return true
	}
	var d struct {
		Corrects schemas.Corrects `json:"corrects"`
		Disputes schemas.Disputes `json:"disputes"`
	}
	switch e.Type {
	case "contact.corrected", "contact.disputed":
	default:
		return false
	}
	if json.Unmarshal(data, &d) != nil {
		return true
	}
	return slices.ContainsFunc(timeline, func(x views.CaseEntry) bool {
		return x.Misfiled != 0 && (x.Seq == d.Corrects.Seq || x.Seq == d.Disputes.Seq)
	})
}

// happened says when something happened.
func happened(occurred []byte) string {
	var o schemas.Occurred
	if json.Unmarshal(occurred, &o) != nil {
		return "Not known"
	}
	return happenedIn(o)
}

func happenedIn(o schemas.Occurred) string {
	if o.From == nil {
		return "Not known"
	}
	from, err := clock.ParseWhen(*o.From)
	if err != nil {
		return "Not known"
	}
	text := Say(from)
	if o.To != nil {
		if to, err := clock.ParseWhen(*o.To); err == nil && to.Date() == from.Date() && !to.IsDate() {
			text += " to " + timeOfDay(to)
		} else if err == nil {
			text += " to " + Say(to)
		}
	}
	if o.Precision == "about" {
		text = "About " + text
	}
	return text
}

// ways are how a contact was made, by channel and direction.
var ways = map[string]string{
	"phone in": "Telephone, client rang us", "phone out": "Telephone, we rang", "video in": "Video call, they called", "video out": "Video call, we called",
	"text in": "Text message to us", "text out": "Text message from us", "email in": "Email to us", "email out": "Email from us",
	"post in": "Letter to us", "post out": "Letter from us", "in-person met": "Met in person",
}

// madeFrom is what an entry can be made from.
var madeFrom = []option{
	{"live", "During the contact, as it was said"},
	{"handwritten-notes", "From notes by hand"},
	{"memory", "From memory, afterwards"},
	{"recording", "From a recording"},
	{"document", "From a letter, email or message that we have"},
}

func textOf(list []option, value string) string {
	for _, c := range list {
		if c.Value == value {
			return c.Label
		}
	}
	return sentence(strings.ReplaceAll(value, "-", " "))
}

func contactOf(c *schemas.ContactRecordedV2) *contactView {
	v := &contactView{How: ways[c.Channel+" "+c.Direction], Made: textOf(madeFrom, c.Made.From), Checked: c.SafeContactChecked}
	if c.Made.Kept != nil {
		v.Made += map[bool]string{true: "; kept", false: "; not kept"}[*c.Made.Kept]
	}
	if c.Made.Reference != nil {
		v.Made += ", " + *c.Made.Reference
	}
	if c.Made.Late != nil {
		v.Made += ". Late: " + c.Made.Late.Text
	}
	var with []string
	for _, p := range c.With {
		who := []string{map[string]string{"client": "the client", "professional": "a professional", "family": "family", "other": "somebody else"}[p.Kind]}
		for _, part := range []*string{p.Name, p.Role, p.Agency} {
			if part != nil {
				who = append(who, *part)
			}
		}
		with = append(with, strings.Join(who, ", "))
	}
	v.With = sentence(strings.Join(with, "; "))
	var there []string
	for _, p := range c.Present {
		if p.CouldOverhear {
			there = append(there, p.Who+" (could overhear)")
		} else {
			there = append(there, p.Who)
		}
	}
	if v.Present = strings.Join(there, "; "); v.Present == "" {
		v.Present = "Nobody known"
	}
	if c.Place != nil {
		v.Place = *c.Place
	}
	if i := c.Interpreter; i != nil {
		parts := []string{languageName(i.Language), strings.ReplaceAll(i.Mode, "-", " ")}
		for _, p := range []*string{i.Name, i.Agency} {
			if p != nil {
				parts = append(parts, *p)
			}
		}
		v.Interpreter = strings.Join(parts, ", ")
	}
	if c.NextContact != nil {
		if at, err := clock.ParseWhen(*c.NextContact); err == nil {
			v.Next = Say(at)
		}
	}
	for i := range c.Statements {
		st := &c.Statements[i]
		x := statementView{N: i + 1, Kind: st.Kind, Label: labels[st.Kind], Text: st.Text}
		if st.Language != "en" {
			x.Language = st.Language
		}
		if st.Because != nil {
			x.Because = st.Because.Text
		}
		if st.Kind == "third-party" {
			x.From = st.Speaker
			if st.Knew != nil {
				x.From += " (" + *st.Knew + ")"
			}
			for _, p := range st.PassedBy {
				x.From += " → " + p.Who + " (" + p.How + ")"
			}
			x.From += " → me"
		}
		if t := st.Translation; t != nil {
			x.Translation, x.TranslatedBy = t.Text, t.By
		}
		v.Statements = append(v.Statements, x)
	}
	return v
}

// members puts the data of an event into lines, as it was written.
func members(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the entry: %w", events.ErrInvalid)
	}
	var list []member
	listMembers(&list, "", v, 0)
	return list, nil
}

func listMembers(list *[]member, name string, v any, depth int) {
	words := sentence(strings.NewReplacer("_", " ", "-", " ").Replace(name))
	add := func(value string) { *list = append(*list, member{words, value, depth}) }
	switch v := v.(type) {
	case nil:
		return
	case map[string]any:
		if text, ok := v["text"].(string); ok && len(v) == 1 {
			add(text)
			return
		}
		if name != "" {
			add("")
			depth++
		}
		names := make([]string, 0, len(v))
		for n := range v {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			if several, ok := v[n].([]any); views.Veiled(n) && v[n] != nil && (!ok || len(several) > 0) {
				*list = append(*list, member{sentence(strings.ReplaceAll(n, "_", " ")), "Not shown here", depth})
				continue
			}
			listMembers(list, n, v[n], depth)
		}
	case []any:
		if len(v) == 0 {
			return
		}
		var simple []string
		for _, x := range v {
			if t, ok := x.(string); ok {
				simple = append(simple, t)
			}
		}
		if len(simple) == len(v) {
			add(strings.Join(simple, ", "))
			return
		}
		for i, x := range v {
			listMembers(list, name+" "+strconv.Itoa(i+1), x, depth)
		}
	case bool:
		add(map[bool]string{true: "Yes", false: "No"}[v])
	case json.Number:
		add(v.String())
	case string:
		if w, err := clock.ParseWhen(v); err == nil && !w.IsZero() {
			v = Say(w)
		}
		add(v)
	}
}

// shownFor is how long an address stays in sight.
const shownFor = 30 * time.Second

// revealView is what is shown for shownFor.
type revealView struct {
	Path      string
	Name      string
	Lines     []string
	Postcode  string
	Secret    bool
	Phone     string
	Email     string
	CodeWord  string
	Seconds   int
	NoAddress bool
}

// reveal shows an address and the code word for a moment. The access ledger
// was told before: see Route.Reads.
func (s *Server) reveal(w http.ResponseWriter, r *Request) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	v := revealView{Path: "/case/" + r.Chain.String(), Seconds: int(shownFor.Seconds()), NoAddress: true}
	client := schemas.ClientRecorded{}
	safe := schemas.SafeContactSetV2{}
	for typ, into := range map[string]any{"client.recorded": &client, "safe-contact.set": &safe} {
		i := slices.IndexFunc(page.Timeline, func(e views.CaseEntry) bool { return e.Type == typ && e.Misfiled == 0 })
		if i < 0 {
			continue
		}
		e, err := s.ledger.Show(r.Context(), r.Chain, page.Timeline[i].Seq)
		if err != nil {
			return err
		}
		b, err := events.ParseBody(e.Body)
		if err != nil {
			return err
		}
		// Both versions of a safe-contact setting have the code word in the same
		// place; the rest of it is not read here.
		if b.Type == "safe-contact.set" {
			into = &struct {
				CodeWord **string `json:"code_word"`
			}{&safe.CodeWord}
		}
		if err := json.Unmarshal(b.Data, into); err != nil {
			return fmt.Errorf("event %d of the case: %w", e.Seq, events.ErrInvalid)
		}
	}
	v.Name = client.Name
	if a := client.Address; a != nil {
		v.Lines, v.Secret, v.NoAddress = a.Lines, a.Secret, false
		v.Postcode = stringOf(a.Postcode)
	}
	v.Phone, v.Email, v.CodeWord = stringOf(client.Phone), stringOf(client.Email), stringOf(safe.CodeWord)
	w.Header().Set("Refresh", strconv.Itoa(v.Seconds)+"; url="+v.Path)
	return s.render(w, r, http.StatusOK, "reveal", Page{Title: "Case " + Short(r.Chain), Strip: &page.Strip, Form: true, Data: v})
}

func stringOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
