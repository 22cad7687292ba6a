package pages

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) contactRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/contact/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.newContact},
		{Method: "POST", Pattern: "/case/{chain}/contact/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.recordContact},
		{Method: "POST", Pattern: "/case/{chain}/contact/draft", Action: access.CaseWrite, Case: true, Handle: s.keepContact},
		{Method: "GET", Pattern: "/case/{chain}/attempt/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.newAttempt},
		{Method: "POST", Pattern: "/case/{chain}/attempt/new", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.recordAttempt},
	}
}

// hows are how a contact can be made; the value is channel and direction.
var hows = []option{
	{"phone out", "We rang"}, {"phone in", "They rang us"}, {"text out", "Text from us"}, {"text in", "Text to us"}, {"in-person met", "Met in person"},
	{"video out", "Video call, we called"}, {"video in", "Video call, they called"}, {"email out", "Email from us"}, {"email in", "Email to us"},
	{"post out", "Letter from us"}, {"post in", "Letter to us"},
}

// withs are whom a contact can be with.
var withs = []option{{"client", "The client"}, {"professional", "A professional"}, {"family", "Family"}, {"other", "Somebody else"}}

// contactPage is what both pages of a new contact work on.
type contactPage struct {
	F           *Form
	Path        string
	Initials    string
	Interpreter bool
	Hows, Withs []option
	Languages   []option
	Modes       []option
	Marks       []mark
	Notes       int // lines of the box
	Appointment *views.Item
	Feedback    *views.Item
	Draft       string // since when what is in the form was kept; "": it is no draft
	KeepAt      string // where the script sends the form while somebody writes
	Away        *awayView
	Carried     []carried
	Statements  []statementForm
	Contact     *contactView // as it will stand
	When        string
}

// carried is a field that another page of the form shows.
type carried struct{ Name, Value string }

// statementForm is a statement on the review page, with what is asked of it.
type statementForm struct {
	note
	N         string // as in the names of its fields
	View      statementView
	Raw       string
	Ask       bool // it has more to be filled in
	Translate bool // it is in another language than English
}

// details are the fields of one statement, by the part of their names before
// the number.
var details = []string{"lang", "speaker", "knew", "by", "how", "work", "by2", "how2", "work2", "because", "translation", "translator"}

// onFirst says which are the fields of the first page.
func onFirst(name string) bool {
	for _, p := range []string{"when-", "with", "professional-", "family-", "other-", "interpreter-"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return slices.Contains([]string{"how", "number", "place", "overhear", "checked", "notes", "language", "appointment", "feedback"}, name)
}

func (f *Form) carry(keep func(string) bool) []carried {
	var list []carried
	for name, values := range f.values {
		if name == "id" || name == "seq" || name == "step" || name == "initials" || !keep(name) {
			continue
		}
		for _, v := range values {
			list = append(list, carried{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b carried) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (s *Server) contactPage(r *Request, page *views.CasePage, f *Form) *contactPage {
	p := &contactPage{
		F: f, Path: "/case/" + r.Chain.String(), Initials: page.Strip.Initials, Interpreter: page.Strip.Interpreter,
		Hows: hows, Withs: withs, Languages: languages, Marks: marks,
		Modes: []option{{"telephone", "By telephone"}, {"video", "By video"}, {"in-person", "In the room"}},
	}
	for i := range page.Due {
		switch d := &page.Due[i]; {
		case d.Kind == views.DueAppointment && p.Appointment == nil:
			p.Appointment = d
		case d.Kind == views.DueFeedback && p.Feedback == nil:
			p.Feedback = d
		}
	}
	if seq := f.seqOf("appointment"); seq != nil && (p.Appointment == nil || p.Appointment.Seq != *seq) {
		if a, err := s.appointmentOf(r, page, strconv.FormatUint(*seq, 10)); err == nil && a.Arranged != nil {
			p.Appointment = &views.Item{Kind: views.DueAppointment, Due: a.On, Seq: a.Seq}
		}
	}
	p.Notes = max(12, strings.Count(f.V("notes"), "\n")+3)
	p.KeepAt = p.Path + "/contact/draft"
	return p
}

func (s *Server) newContact(w http.ResponseWriter, r *Request) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	f := newForm(seen(&page))
	f.SetMoment("when", r.Now)
	f.Set("when-end", clock.London(r.Now).Format("15:04"))
	f.Set("when-precision", "exact")
	f.Set("how", "phone out")
	f.Set("with", "client")
	f.Set("language", "en")
	left, since, err := s.left(r, contactDraft)
	if err != nil {
		return err
	}
	if left != nil {
		p := s.contactPage(r, &page, left)
		p.Draft = since
		return s.showContact(w, r, &page, p)
	}
	f.Set("appointment", r.URL.Query().Get("appointment"))
	p := s.contactPage(r, &page, f)
	if a := p.Appointment; a != nil && (f.seqOf("appointment") != nil || clock.DateOf(r.Now)-a.Due.Date() <= 1) {
		// It was asked for, or it is over and nothing says what became of it: most
		// often this.
		if of, err := s.appointmentOf(r, &page, strconv.FormatUint(a.Seq, 10)); err == nil && of.Arranged != nil {
			f.SetMoment("when", of.On.Start())
		}
		f.Set("appointment", strconv.FormatUint(a.Seq, 10))
	}
	return s.showContact(w, r, &page, p)
}

// pad is where a form lies until it is recorded.
type pad struct {
	form string // its name among somebody's drafts
	away *away  // of an entry that was written at court
}

// keepContact keeps what is in the form, for the script that sends it while
// somebody writes.
func (s *Server) keepContact(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	return s.kept(w, r, f, func() error { return s.keepOn(r, f, pad{form: contactDraft}) })
}

// showContact is the first page.
func (s *Server) showContact(w http.ResponseWriter, r *Request, page *views.CasePage, p *contactPage) error {
	p.Carried = p.F.carry(func(name string) bool { return !onFirst(name) })
	return s.render(w, r, p.F.status(), "contact-new", Page{Title: "New contact, case " + Short(r.Chain), Strip: &page.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

// status is that of a page with a form.
func (f *Form) status() int {
	switch {
	case f.OK():
		return http.StatusOK
	case f.Added != nil:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// showReview is the second page: what will stand in the case, and what is
// still to be said about it.
func (s *Server) showReview(w http.ResponseWriter, r *Request, page *views.CasePage, p *contactPage, notes []note, occurred schemas.Occurred, c *schemas.ContactRecordedV2) error {
	p.Contact, p.When = contactOf(c), happenedIn(occurred)
	for i, n := range notes {
		x := statementForm{note: n, N: strconv.Itoa(i + 1), Raw: n.raw(), View: p.Contact.Statements[i]}
		if n.Kind == "third-party" && c.Statements[i].Speaker == "me" {
			x.View.From = "" // it is asked for below
		}
		x.Translate = c.Statements[i].Language != "en"
		x.Ask = n.Kind == "third-party" || n.Kind == "opinion" || x.Translate
		p.Statements = append(p.Statements, x)
	}
	p.Carried = p.F.carry(onFirst)
	return s.render(w, r, p.F.status(), "contact-review", Page{Title: "Check a contact, case " + Short(r.Chain), Strip: &page.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) recordContact(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	return s.contactSent(w, r, &page, s.contactPage(r, &page, f), pad{form: contactDraft})
}

// contactSent is what follows when either page of a contact was sent.
func (s *Server) contactSent(w http.ResponseWriter, r *Request, page *views.CasePage, p *contactPage, on pad) error {
	f := p.F
	step := f.V("step")
	if step == "discard" {
		if err := s.drafts.WipeDraft(r.Context(), r.Who.Staff, r.Chain, on.form); err != nil {
			return err
		}
		s.redirect(w, r, p.Path)
		return nil
	}
	notes, wrong := parseNotes(f.V("notes"))
	f.rekey(notes)
	switch err := s.keepOn(r, f, on); {
	case errors.Is(err, events.ErrTooLarge):
		f.Fail("notes", overlong)
	case err != nil:
		return err
	}
	if step == "edit" {
		return s.showContact(w, r, page, p)
	}
	occurred, end, c := f.said(r, notes, wrong)
	if !f.OK() {
		return s.showContact(w, r, page, p)
	}
	if step != "record" {
		return s.showReview(w, r, page, p, notes, occurred, c)
	}

	c.Made = f.Made()
	late, err := s.late(r, end)
	if err != nil {
		return err
	}
	if late && c.Made.Late == nil {
		f.Fail("late", "This is written long after the contact. Say why.")
	}
	c.NextContact = f.Time("next")
	f.complete(notes, c)
	f.rightCase(page.Strip.Initials)
	done, ok, err := s.append(r, f, occurred, *c)
	if err != nil {
		return err
	}
	if !ok {
		return s.showReview(w, r, page, p, notes, occurred, c)
	}
	s.recorded(r, on.form)
	s.redirect(w, r, p.Path+"?recorded="+strconv.FormatUint(done.Seq, 10))
	return nil
}

// rightCase holds the initials that were typed to those of the case's client,
// so that nothing is recorded in the wrong case.
func (f *Form) rightCase(initials string) {
	given := strings.Join(strings.Fields(strings.ReplaceAll(f.V("initials"), ".", "")), "")
	if initials != "" && !strings.EqualFold(given, initials) {
		f.Fail("initials", "These are not the initials of this case’s client. Look at the top of the page: is this the right case?")
	}
}

// said is what the first page says of a contact, and when it was over.
func (f *Form) said(r *Request, notes []note, wrong string) (occurred schemas.Occurred, end time.Time, c *schemas.ContactRecordedV2) {
	occurred = f.Occurred("when")
	c = f.contact(notes)
	if wrong != "" {
		f.Fail("notes", wrong)
	}
	if end = endOf(occurred); end.After(r.Now.Add(time.Minute)) {
		f.Fail("when-date", "This is later than now. Enter when the contact was.")
	}
	return occurred, end, c
}

// endOf is when something was over; the zero time if that is not known.
func endOf(o schemas.Occurred) time.Time {
	for _, text := range []*string{o.To, o.From} {
		if text == nil {
			continue
		}
		if w, err := clock.ParseWhen(*text); err == nil && !w.IsDate() {
			return w.Start()
		} else if err == nil {
			return w.Date().Start()
		}
	}
	return time.Time{}
}

// late reports whether what was over at end is recorded late, by the figure
// that is in force.
func (s *Server) late(r *Request, end time.Time) (bool, error) {
	if end.IsZero() {
		return false, nil
	}
	figures, err := s.ledger.Figures(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return false, err
	}
	for _, f := range figures.Figures {
		if f.Code == policy.LateAfter && f.Marac == nil && len(f.Values) > 0 {
			return r.Now.Sub(end) > time.Duration(f.Values[0])*time.Hour, nil
		}
	}
	return false, nil
}

// rekey lets what was said about a statement follow it when lines were put in
// or taken out before it.
func (f *Form) rekey(notes []note) {
	was := map[string][]string{} // the numbers that a line had, in order
	for i := 1; i <= maxNotes; i++ {
		n := strconv.Itoa(i)
		if line := f.V("line-" + n); line != "" {
			was[line] = append(was[line], n)
		}
	}
	moved := map[string][]string{}
	for i, n := range notes {
		is, raw := strconv.Itoa(i+1), n.raw()
		moved["line-"+is] = []string{raw}
		if len(was[raw]) == 0 {
			continue
		}
		for _, d := range details {
			if v, ok := f.values[d+"-"+was[raw][0]]; ok {
				moved[d+"-"+is] = v
			}
		}
		was[raw] = was[raw][1:]
	}
	for name := range f.values {
		if part, number, ok := strings.Cut(name, "-"); ok && (part == "line" || slices.Contains(details, part)) {
			if _, err := strconv.Atoi(number); err == nil {
				delete(f.values, name)
			}
		}
	}
	for name, v := range moved {
		f.values[name] = v
	}
}

// contact is what the first page says, with the languages of the statements.
func (f *Form) contact(notes []note) *schemas.ContactRecordedV2 {
	channel, direction, _ := strings.Cut(f.Choice("how", "Say how the contact was made.", valuesOf(hows)...), " ")
	c := &schemas.ContactRecordedV2{
		Channel: channel, Direction: direction, Number: f.Line("number"), Place: f.Line("place"), With: f.parties(), Present: []schemas.Bystander{},
		SafeContactChecked: f.Is("checked", "yes"), Statements: []schemas.StatementV2{},
	}
	if channel == "in-person" {
		if c.Number != nil {
			f.Fail("number", "You met in person: take the number out, or say that you rang.")
		}
	}
	if len(c.With) == 0 {
		f.Fail("with", "Say whom the contact was with.")
	}
	for _, line := range strings.Split(f.V("overhear"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			c.Present = append(c.Present, schemas.Bystander{Who: line, CouldOverhear: true})
		}
	}
	if len(c.Present) > 20 {
		f.Fail("overhear", "Name at most 20; put the rest on the last line.")
	}
	if f.Is("interpreter-used", "yes") {
		i := &schemas.ContactLanguage{Name: f.Line("interpreter-name"), Agency: f.Line("interpreter-agency")}
		i.Language = f.Choice("interpreter-language", "Choose the language that was interpreted.", valuesOf(languages)...)
		i.Mode = f.Choice("interpreter-mode", "Say how the interpreter took part.", "telephone", "video", "in-person")
		c.Interpreter = i
	}
	c.Appointment, c.FeedbackOn = f.seqOf("appointment"), f.seqOf("feedback")
	for i, n := range notes {
		key := strconv.Itoa(i + 1)
		if f.V("lang-"+key) == "" {
			f.Set("lang-"+key, guess(n.Text, "en"))
		}
		st := schemas.StatementV2{Kind: n.Kind, Speaker: "me", Text: n.Text, PassedBy: []schemas.PassedBy{}}
		if strings.HasPrefix(n.Kind, "client-") {
			st.Speaker = "client"
		}
		st.Language = f.Choice("lang-"+key, "Choose the language of statement "+key+".", valuesOf(languages)...)
		c.Statements = append(c.Statements, st)
	}
	return c
}

// seqOf is a field that names an event; nil when there is none.
func (f *Form) seqOf(name string) *uint64 {
	n, err := strconv.ParseUint(f.V(name), 10, 53)
	if err != nil || n == 0 {
		return nil
	}
	return &n
}

// complete adds what the review page asks of each statement.
func (f *Form) complete(notes []note, c *schemas.ContactRecordedV2) {
	for i, n := range notes {
		key, st := strconv.Itoa(i+1), &c.Statements[i]
		switch n.Kind {
		case "third-party":
			st.Speaker = f.Need("speaker-"+key, "Say who said statement "+key+".")
			if st.Speaker == "client" || st.Speaker == "me" {
				f.Fail("speaker-"+key, "What the client said, or you saw, has a mark of its own. Name who else said it, or go back and change the mark.")
			}
			st.Knew = f.Line("knew-" + key)
			for _, hop := range []string{"", "2"} {
				who := f.Line("by" + hop + "-" + key)
				if who == nil {
					continue
				}
				p := schemas.PassedBy{Who: *who, How: f.Need("how"+hop+"-"+key, "Say how it reached the person who passed statement "+key+" on.")}
				if work := f.V("work" + hop + "-" + key); work == "yes" || work == "no" {
					yes := work == "yes"
					p.AtWork = &yes
				}
				st.PassedBy = append(st.PassedBy, p)
			}
		case "opinion":
			because := f.NeedProse("because-"+key, "Say what your opinion in statement "+key+" rests on.")
			st.Because = &because
		}
		if text := f.Prose("translation-" + key); text != nil && st.Language != "en" {
			st.Translation = &schemas.Translation{Text: text.Text, By: f.Need("translator-"+key, "Say who translated statement "+key+"."), Language: "en"}
		}
	}
}
