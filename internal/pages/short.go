package pages

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// short is a short form: what it asks, in order, and what it makes of the
// answers. All short forms have one template.
type short struct {
	path  string // below the case, such as "/court/new"
	title string // of the page
	intro string // below it; "": nothing
	// before is what stands above what the case has of this kind; "": that one of
	// it can be chosen, to say how it is now.
	before string
	when   string // what is asked of the time at which it happened
	asks   []question
	press  string // what the button says
	// fill finds what of the case only this form needs, and fills it in before
	// it is shown for the first time. nil: there is nothing.
	fill func(*Server, *Request, *answers) error
	// data is the event's data.
	data func(*answers) any
	// meanwhile is that of its writing.
	meanwhile func(*Server, *Request, *answers) error
	// at are the fields of those parts of an event that do not have their name.
	at map[string]string
}

// question is one thing that a short form asks, or several that stand together. As
// is the piece of the page that asks it.
type question struct {
	As    string // line, day, moment, happened, text, secret, radios, boxes, select; of several: beside, fold, each
	Name  string
	Label string
	Hint  string
	Or    string   // what to do when nothing is answered; "": it may be left empty
	Of    []option // of which one or several are chosen
	// from is the same, found in the case. It is data and masked as such.
	from  func(*views.CasePage) []option
	Held  bool   // Of was found in the case
	Rows  int    // of a text, or of what is secret and has several lines
	Width string // of a line, as a class
	Mode  string // of the keyboard of a telephone
	Asks  []question
}

func line(name, label string) question {
	return question{As: "line", Name: name, Label: label, Width: "govuk-input--width-20"}
}
func onDay(name, label string) question  { return question{As: "day", Name: name, Label: label} }
func moment(name, label string) question { return question{As: "moment", Name: name, Label: label} }
func happenedAt(name, label string) question {
	return question{As: "happened", Name: name, Label: label}
}
func prose(name, label string, rows int) question {
	return question{As: "text", Name: name, Label: label, Rows: rows}
}

// secret is a line, and secretLines are lines, of which what is recorded is not
// in sight until somebody asks.
func secret(name, label string) question {
	return question{As: "secret", Name: name, Label: label, Width: "govuk-input--width-20"}
}
func secretLines(name, label string, rows int) question {
	return question{As: "secret", Name: name, Label: label, Rows: rows}
}
func radios(name, label string, of []option) question {
	return question{As: "radios", Name: name, Label: label, Of: of}
}
func boxes(name, label string, of []option) question {
	return question{As: "boxes", Name: name, Label: label, Of: of}
}
func oneOf(name, label string, of []option) question {
	return question{As: "select", Name: name, Label: label, Of: of}
}

// heldOne and heldBoxes choose among what the case holds.
func heldOne(name, label string, from func(*views.CasePage) []option) question {
	return question{As: "select", Name: name, Label: label, from: from, Held: true}
}
func heldBoxes(name, label string, from func(*views.CasePage) []option) question {
	return question{As: "boxes", Name: name, Label: label, from: from, Held: true}
}

// beside are small fields in one row; fold is what is seldom needed; each is
// asked as often as there is something to say.
func beside(asks ...question) question { return question{As: "beside", Asks: asks} }
func fold(label string, asks ...question) question {
	return question{As: "fold", Label: label, Asks: asks}
}
func each(name, label string, asks ...question) question {
	return question{As: "each", Name: name, Label: label, Asks: asks}
}

// hint says more below the label.
func (a question) hint(text string) question {
	a.Hint = text
	return a
}

// or makes it needed: what to do when it is not there.
func (a question) or(text string) question {
	a.Or = text
	return a
}

// Open reports whether something below it was filled in, or is wrong.
func (a question) Open(f *Form) bool {
	if len(a.Asks) > 0 {
		return slices.ContainsFunc(a.Asks, func(x question) bool { return x.Open(f) })
	}
	return slices.ContainsFunc(a.fields(), func(name string) bool { return f.V(name) != "" || f.Err(name) != "" })
}

// fields are the names of the fields of one question.
func (a question) fields() []string {
	switch a.As {
	case "moment":
		return []string{a.Name + "-date", a.Name + "-time"}
	case "happened":
		return []string{a.Name + "-date", a.Name + "-time", a.Name + "-end", a.Name + "-precision"}
	}
	return []string{a.Name}
}

// Least and most are how many times an question of several is shown at least, and
// can be at most.
const (
	leastEach = 2
	mostEach  = 30
)

// At is an question of several as it is asked for the nth time, from 1.
func (a question) At(n int) question {
	b := a
	b.Asks = slices.Clone(a.Asks)
	for i := range b.Asks {
		if len(b.Asks[i].Asks) > 0 {
			b.Asks[i] = b.Asks[i].At(n)
			continue
		}
		b.Asks[i].Name = a.Asks[i].Name + "-" + strconv.Itoa(n)
	}
	return b
}

// filled is the last time that something was said of an question of several; 0 for
// never.
func (a question) filled(f *Form) int {
	for n := mostEach; n > 0; n-- {
		if a.At(n).Open(f) {
			return n
		}
	}
	return 0
}

// Times are the numbers of an question of several that a page shows: all that are
// filled in, and room for one more, or two when more was asked for.
func (a question) Times(f *Form) []int {
	n := max(a.filled(f), leastEach)
	if f.V("more") == a.Name {
		n = min(max(a.filled(f), leastEach)+leastEach, mostEach)
	}
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// answers are what was typed into a short form, with what it asked.
type answers struct {
	*Form
	page  *writingPage
	asks  []question
	found map[string]*question // every question of one thing, by its name
	// stands is the entry of what the form says anew.
	stands *views.CaseEntry
	// worker is the social worker whose number is recorded; "": none is.
	worker string
	of     string // what it is about: a person's number or a code of the case
	// already leads to what the case has of this kind.
	already []navItem
	now     time.Time
	upload  *upload // the file of a form that has one; null: none was chosen
}

// shortPage is what the template of a short form works on beside the writing.
type shortPage struct {
	Title, Intro, Before, When, Press string
	Asks                              []question
	// Now is the entry of what the form says anew; null: it is about something new.
	Now     *views.CaseEntry
	Already []navItem // what the case has of this kind
	File    bool      // a file is sent along
	answers *answers
}

// shorts are the short forms. Their routes are rows of the table.
func shorts() []writing {
	var list []writing
	for _, of := range [][]*short{{&incident}, law, meetings, helping, telling, people, agreed} {
		for _, sf := range of {
			list = append(list, sf.writing())
		}
	}
	return list
}

// writing is a short form as a writing.
func (sf *short) writing() writing {
	w := writing{
		path: sf.path, action: access.CaseWrite, template: "short", title: sf.title, secret: slices.ContainsFunc(sf.asks, question.isSecret),
		drafts: !slices.ContainsFunc(sf.asks, func(a question) bool { return a.As == "file" }),
		open: func(s *Server, r *Request, p *writingPage) error {
			a := &answers{Form: p.F, page: p, asks: offered(sf.asks, &p.Case), found: map[string]*question{}, now: r.Now}
			a.index(a.asks)
			if sf.at != nil {
				p.F.at = sf.field
			}
			if sf.fill != nil {
				if err := sf.fill(s, r, a); err != nil {
					return err
				}
			}
			p.More = &shortPage{Title: sf.title, Intro: sf.intro, Before: sf.before, When: sf.when, Press: sf.press, Asks: a.asks, Now: a.stands, Already: a.already, File: a.found["file"] != nil, answers: a}
			return nil
		},
		data: func(_ *Server, _ *Request, p *writingPage) (any, error) {
			return sf.data(p.More.(*shortPage).answers), nil
		},
	}
	if sf.meanwhile != nil {
		w.meanwhile = func(s *Server, r *Request, p *writingPage) error {
			return sf.meanwhile(s, r, p.More.(*shortPage).answers)
		}
	}
	return w
}

// field is the field of a part of an event.
func (sf *short) field(pointer string) string {
	for part := pointer; part != ""; part = part[:strings.LastIndexByte(part, '/')] {
		if name, ok := sf.at[part]; ok {
			return name
		}
	}
	return fieldOf(pointer)
}

// isSecret reports whether it, or something below it, is secret.
func (a question) isSecret() bool {
	return a.As == "secret" || slices.ContainsFunc(a.Asks, question.isSecret)
}

// offered is asks with what they offer of a case.
func offered(asks []question, page *views.CasePage) []question {
	list := slices.Clone(asks)
	for i := range list {
		a := &list[i]
		if a.from != nil {
			a.Of = a.from(page)
		}
		a.Asks = offered(a.Asks, page)
	}
	return list
}

func (a *answers) index(asks []question) {
	for i := range asks {
		switch x := &asks[i]; x.As {
		case "beside", "fold":
			a.index(x.Asks)
		case "each":
			a.found[x.Name] = x
			for n := range mostEach {
				a.index(x.At(n + 1).Asks)
			}
		default:
			a.found[x.Name] = x
		}
	}
}

// must is a line that is needed.
func (a *answers) must(name string) string { return a.Need(name, a.found[name].Or) }

// words is a text that is needed.
func (a *answers) words(name string) schemas.Prose { return a.NeedProse(name, a.found[name].Or) }

// one is what was chosen of several.
func (a *answers) one(name string) string {
	x := a.found[name]
	if x.Or == "" && a.V(name) == "" {
		return ""
	}
	return a.Choice(name, cmp.Or(x.Or, "Choose one of these."), valuesOf(x.Of)...)
}

// maybe is the same where nothing has to be chosen.
func (a *answers) maybe(name string) *string {
	if v := a.one(name); v != "" {
		return &v
	}
	return nil
}

// some are all that were chosen of several, in the order of the page.
func (a *answers) some(name string) []string {
	list := chosen(a.Form, name, a.found[name].Of)
	if len(list) < len(a.All(name)) {
		a.Fail(name, "Choose among these.")
	}
	return list
}

// entry is an entry that was chosen.
func (a *answers) entry(name string) *uint64 {
	a.one(name)
	return a.seqOf(name)
}

// moment is a day, or a day and a time; nil when there is none.
func (a *answers) moment(name string) *string {
	if strings.TrimSpace(a.V(name+"-time")) == "" {
		return a.Day(name + "-date")
	}
	return a.Time(name)
}

// mustMoment is the same where there must be one.
func (a *answers) mustMoment(name string) string {
	wrong := len(a.Errors)
	m := a.moment(name)
	if m == nil {
		if len(a.Errors) == wrong {
			a.Fail(name+"-date", a.found[name].Or)
		}
		return ""
	}
	return *m
}

// proses are the lines of a text, each by itself and byte for byte.
func (a *answers) proses(name string, most int) []schemas.Prose {
	list := []schemas.Prose{}
	for line := range strings.SplitSeq(a.V(name), "\n") {
		if strings.TrimSpace(line) != "" {
			list = append(list, schemas.Prose{Text: line})
		}
	}
	if len(list) > most {
		a.Fail(name, "At most "+count(most, "line", "lines")+".")
	}
	return list
}

// past says that what an event tells of cannot be later than now.
func (a *answers) past(name string, o schemas.Occurred) {
	if endOf(o).After(a.now.Add(time.Minute)) {
		a.Fail(name+"-date", "This is later than now. Enter when it happened.")
	}
}

var staffNumber = regexp.MustCompile("^[a-z][a-z0-9-]{0,31}$")

// staff is somebody of the service, by number; nil when nobody is named.
func (a *answers) staff(name string) *string {
	n := a.Line(name)
	if n != nil && !staffNumber.MatchString(*n) {
		a.Fail(name, "Enter a staff number, such as staff-07.")
	}
	return n
}

// each calls yield for every time that something was said of an question of several,
// with what the names of its fields end in.
func (a *answers) each(name string, yield func(n string)) {
	x := a.found[name]
	for n := range mostEach {
		if x.At(n + 1).Open(a.Form) {
			yield("-" + strconv.Itoa(n+1))
		}
	}
}

// known is the answer yes, no or not known.
var known = []option{{"yes", "Yes"}, {"no", "No"}, {"not-known", "Not known"}}

// entriesOf offers entries of some types, the newest first.
func entriesOf(types ...string) func(*views.CasePage) []option {
	return func(page *views.CasePage) []option {
		var list []option
		for _, line := range page.Timeline {
			if line.Misfiled == 0 && slices.Contains(types, line.Type) {
				list = append(list, option{strconv.FormatUint(line.Seq, 10), Say(line.On) + ": " + sentence(line.Line) + ", entry " + strconv.FormatUint(line.Seq, 10)})
			}
		}
		return list
	}
}

// standing is the newest entry of a type that is about what the form says anew;
// errNoPage when nothing is.
func standing[T any](s *Server, r *Request, a *answers, typ string, about func(*T) bool) (*T, error) {
	for i := range a.page.Case.Timeline {
		e := &a.page.Case.Timeline[i]
		if e.Type != typ || e.Misfiled != 0 {
			continue
		}
		d := new(T)
		if _, err := s.told(r, r.Chain, e.Seq, d); err != nil {
			return nil, err
		}
		if about(d) {
			a.stands = e
			return d, nil
		}
	}
	return nil, errNoPage
}

// began is what the form says anew: as it stands when the form is opened, and
// as it stood then when it is sent, so that what stays as it is recorded is what
// its author saw.
func began[T any](s *Server, r *Request, a *answers, typ string, about func(*T) bool) (*T, error) {
	if a.page.First {
		d, err := standing(s, r, a, typ, about)
		if err == nil {
			a.Set("from", strconv.FormatUint(a.stands.Seq, 10))
		}
		return d, err
	}
	seq := a.page.from(typ)
	at := slices.IndexFunc(a.page.Case.Timeline, func(e views.CaseEntry) bool { return seq != 0 && e.Seq == seq })
	if at < 0 {
		return nil, errNoPage
	}
	d := new(T)
	if _, err := s.told(r, r.Chain, seq, d); err != nil {
		return nil, err
	}
	if !about(d) {
		return nil, errNoPage
	}
	a.stands = &a.page.Case.Timeline[at]
	return d, nil
}

// met puts beside what was typed what somebody else recorded of the same since
// the form began: sent again, it says that anew, so that nothing secret is lost
// that its author never saw. Begin fills a form with an entry.
func met[T any](s *Server, r *Request, a *answers, typ string, about func(*T) bool, begin func(*answers, *T)) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	for i := range page.Timeline {
		e := &page.Timeline[i]
		if e.Type != typ || e.Misfiled != 0 {
			continue
		}
		d := new(T)
		if _, err := s.told(r, r.Chain, e.Seq, d); err != nil {
			return err
		}
		if !about(d) {
			continue
		}
		if from := a.seqOf("from"); from != nil && *from == e.Seq {
			return nil
		}
		f := newForm(e.Seq)
		theirs := &answers{Form: f, page: &writingPage{F: f, Case: page, First: true, secrets: map[string]string{}}, found: a.found}
		begin(theirs, d)
		before := a.page.secrets
		a.page.F.values = a.page.veiled().values
		a.page.Shown, a.page.secrets = false, theirs.page.secrets
		a.Set("from", strconv.FormatUint(e.Seq, 10))
		a.page.More.(*shortPage).Now = e
		a.against(a.asks, theirs, before)
		return nil
	}
	return nil
}

// against says of each question what somebody else recorded, where that is not
// what was typed; before is what was recorded in secret fields until then.
func (a *answers) against(asks []question, theirs *answers, before map[string]string) {
	for _, x := range asks {
		if len(x.Asks) > 0 {
			a.against(x.Asks, theirs, before)
			continue
		}
		if x.As == "secret" {
			a.againstSecret(x.Name, before[x.Name])
			continue
		}
		for _, name := range x.fields() {
			recorded := entered(theirs.All(name))
			switch {
			case slices.Equal(entered(a.All(name)), recorded):
			case len(recorded) == 0:
				a.Fail(name, "Somebody else recorded nothing here. What you wrote stays.")
			default:
				for i, v := range recorded {
					if at := slices.IndexFunc(a.found[x.Name].Of, func(o option) bool { return o.Value == v }); at >= 0 {
						recorded[i] = a.found[x.Name].Of[at].Label
					}
				}
				a.Fail(name, "Somebody else recorded: "+strings.Join(recorded, ", ")+". What you wrote stays unless you change it.")
			}
		}
	}
}

// againstSecret is the same of a secret field, without what is recorded. Who
// said that there is none any more said it of what was there before.
func (a *answers) againstSecret(name, before string) {
	now := a.page.secrets[name]
	if now == before {
		return
	}
	delete(a.page.F.values, name+"-none")
	switch {
	case now == "" && a.Line(name) == nil:
		a.Fail(name, "Somebody else recorded that there is none any more.")
	case now == "":
		a.Fail(name, "Somebody else recorded that there is none any more. What you wrote stays unless you change it.")
	case a.Line(name) == nil:
		a.Fail(name, "Somebody else recorded one. Leave this empty and it stays.")
	default:
		a.Fail(name, "Somebody else recorded one. Make this empty and it stays; what you wrote takes its place.")
	}
}

// entered are the values of a field without space around them, as far as there
// are any.
func entered(values []string) []string {
	var list []string
	for _, v := range values {
		if v = strings.Join(trimmed(v), "\n"); v != "" {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}
