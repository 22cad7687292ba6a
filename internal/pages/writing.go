package pages

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// writing is a form that records one event of one case, and is the two or
// three rows of the table that it takes: the form, the form sent, and, where it
// holds what is secret, the form with that in sight.
type writing struct {
	path     string // below the case, such as "/safe-contact/new"
	action   access.Action
	template string
	title    string // of the tab, before the case's number
	secret   bool   // it holds values that are not in sight until somebody asks
	drafts   bool   // drafts of it are kept
	// open finds what the form offers and, on a page that was not sent yet,
	// fills it.
	open func(*Server, *Request, *writingPage) error
	// data is the event's data; what is wrong with the form it says with
	// Form.Fail.
	data func(*Server, *Request, *writingPage) (any, error)
	// record does what Server.append does, of what is more than an event; nil:
	// that.
	record func(r *Request, f *Form, occurred schemas.Occurred, data any) (seq uint64, ok bool, err error)
	// meanwhile adds to a form that met what others recorded since it began; nil:
	// there is nothing to add.
	meanwhile func(*Server, *Request, *writingPage) error
	// then is where it leads once it is recorded; nil: to the case, which says so.
	then func(*writingPage) string
}

// writingPage is what the template of a writing works on.
type writingPage struct {
	F     *Form
	Case  views.CasePage
	Path  string // of the case
	Here  string // of the form
	Staff string // who writes
	First bool   // it was not sent yet
	Shown bool   // what is secret is in sight
	Made  schemas.Made
	Draft draft
	More  any // what open found

	occurred schemas.Occurred
	secrets  map[string]string // what is recorded in a secret field
}

func (s *Server) writingRoutes(list []writing) []Route {
	var routes []Route
	for _, w := range list {
		pattern := "/case/{chain}" + w.path
		routes = append(routes,
			Route{Method: "GET", Pattern: pattern, Action: w.action, Case: true, Reads: "case.opened", Handle: s.writingForm(w)},
			Route{Method: "POST", Pattern: pattern, Action: w.action, Case: true, Reads: "case.opened", Handle: s.writingSent(w)})
		if w.secret {
			routes = append(routes, Route{Method: "POST", Pattern: pattern + "/reveal", Action: access.AddressReveal, Case: true, Reads: "address.revealed", Handle: s.writingShown(w)})
		}
		if w.drafts {
			routes = append(routes, Route{Method: "POST", Pattern: pattern + "/draft", Action: w.action, Case: true, Handle: s.writingKept(w)})
		}
	}
	return routes
}

// writing is the page of a writing, with the form f or, when that is nil, one
// that begins now.
func (s *Server) writing(r *Request, w writing, f *Form) (*writingPage, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, err
	}
	here := strings.TrimSuffix(strings.TrimSuffix(r.URL.Path, "/reveal"), "/draft")
	p := &writingPage{F: f, Case: page, Path: "/case/" + r.Chain.String(), Here: here, Staff: r.Who.Staff, First: f == nil, Draft: draftAt(here), secrets: map[string]string{}}
	if f == nil {
		p.F = begun(r, &page)
	}
	p.Shown = p.F.Is("shown", "yes")
	return p, w.open(s, r, p)
}

func (s *Server) showWriting(w http.ResponseWriter, r *Request, of writing, p *writingPage) error {
	return s.render(w, r, p.F.status(), of.template, Page{Title: of.title + ", case " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) writingForm(of writing) func(http.ResponseWriter, *Request) error {
	return func(w http.ResponseWriter, r *Request) error {
		p, err := s.opened(r, of)
		if err != nil {
			return err
		}
		return s.showWriting(w, r, of, p)
	}
}

// opened is the page of a writing with the form as its author left it, or with
// one that begins now.
func (s *Server) opened(r *Request, of writing) (*writingPage, error) {
	if of.drafts {
		f, since, err := s.left(r, draftName(r.URL.Path))
		if err != nil {
			return nil, err
		}
		if f != nil {
			p, err := s.writing(r, of, f)
			if err == nil {
				p.Draft.Since = since
				return p, nil
			}
			if !errors.Is(err, errNoPage) && !errors.Is(err, errForm) {
				return nil, err
			}
			// What it was about is not there any more.
		}
	}
	return s.writing(r, of, nil)
}

// writingKept keeps what is in a writing, for the script that sends it.
func (s *Server) writingKept(of writing) func(http.ResponseWriter, *Request) error {
	return func(w http.ResponseWriter, r *Request) error {
		f, err := r.form()
		if err != nil {
			return err
		}
		if f.Is("shown", "yes") {
			p, err := s.writing(r, of, f)
			if err != nil {
				return err
			}
			f = p.veiled()
		}
		return s.kept(w, r, f, func() error { return s.keepAt(r, f, strings.TrimSuffix(r.URL.Path, "/draft")) })
	}
}

// veiled is the form with what is recorded in its secret fields taken out of
// sight again: what is as it is recorded stays so, and what was emptied is none
// any more.
func (p *writingPage) veiled() *Form {
	f := *p.F
	f.values = maps.Clone(p.F.values)
	if !p.Shown {
		return &f
	}
	delete(f.values, "shown")
	for name, recorded := range p.secrets {
		switch typed := strings.Join(trimmed(f.V(name)), "\n"); typed {
		case strings.Join(trimmed(recorded), "\n"):
			delete(f.values, name)
		case "":
			f.Set(name+"-none", "yes")
		}
	}
	return &f
}

// writingShown is the form as it was filled in, with what is secret in sight:
// the access ledger was told before.
func (s *Server) writingShown(of writing) func(http.ResponseWriter, *Request) error {
	return func(w http.ResponseWriter, r *Request) error {
		f, err := r.form()
		if err != nil {
			return err
		}
		p, err := s.writing(r, of, f)
		if err != nil {
			return err
		}
		for name, value := range p.secrets {
			if p.F.V(name) == "" && !p.F.Is(name+"-none", "yes") {
				p.F.Set(name, value)
			}
		}
		p.Shown = true
		return s.showWriting(w, r, of, p)
	}
}

func (s *Server) writingSent(of writing) func(http.ResponseWriter, *Request) error {
	return func(w http.ResponseWriter, r *Request) error {
		if of.drafts {
			if done, err := s.startOver(w, r); done || err != nil {
				return err
			}
		}
		f, err := r.form()
		if err != nil {
			return err
		}
		p, err := s.writing(r, of, f)
		if err != nil {
			return err
		}
		if f.V("more") != "" { // a form that grows was asked for more room
			if of.drafts {
				if err := s.settle(r, p.veiled(), false); err != nil {
					return err
				}
			}
			return s.showWriting(w, r, of, p)
		}
		p.occurred, p.Made = f.Occurred("when"), f.Made()
		end := endOf(p.occurred)
		late, err := s.late(r, end)
		if err != nil {
			return err
		}
		if late && p.Made.Late == nil {
			f.Fail("late", "This is written long after it happened. Say why.")
		}
		if end.After(r.Now.Add(time.Minute)) {
			f.Fail("when-date", "This is later than now. Enter when it was.")
		}
		data, err := of.data(s, r, p)
		if err != nil {
			return err
		}
		record := of.record
		if record == nil {
			record = s.appended
		}
		seq, ok, err := record(r, f, p.occurred, data)
		if err != nil {
			return err
		}
		if !ok && len(f.Added) > 0 && of.meanwhile != nil {
			if err := of.meanwhile(s, r, p); err != nil {
				return err
			}
		}
		if of.drafts {
			if err := s.settle(r, p.veiled(), ok); err != nil {
				return err
			}
		}
		if !ok {
			return s.showWriting(w, r, of, p)
		}
		if of.then != nil {
			s.redirect(w, r, of.then(p))
			return nil
		}
		s.redirect(w, r, p.Path+"?recorded="+strconv.FormatUint(seq, 10))
		return nil
	}
}

// appended is append, for which event it became.
func (s *Server) appended(r *Request, f *Form, occurred schemas.Occurred, data any) (uint64, bool, error) {
	done, ok, err := s.append(r, f, occurred, data)
	return done.Seq, ok, err
}

// hold says that a field is secret, and what is recorded in it.
func (p *writingPage) hold(name string, recorded *string) {
	if recorded != nil {
		p.secrets[name] = *recorded
	}
}

// Holds reports whether something is recorded in a secret field that is not in
// sight.
func (p *writingPage) Holds(name string) bool {
	_, ok := p.secrets[name]
	return ok && !p.Shown
}

// secret is a secret field: what was typed; what is recorded when nothing was;
// nil when that is to go.
func (p *writingPage) secret(name string) *string { return p.kept(name, p.F.Line(name)) }

func (p *writingPage) kept(name string, typed *string) *string {
	none := p.F.Is(name+"-none", "yes")
	recorded, holds := p.secrets[name]
	switch {
	case typed != nil && none:
		p.F.Fail(name, "Either enter something, or say that there is none any more.")
	case typed == nil && !none && holds && !p.Shown:
		return &recorded
	}
	return typed
}

// holdLines and secretLines are the same of a field with one thing on each
// line.
func (p *writingPage) holdLines(name string, recorded []string) {
	if len(recorded) > 0 {
		p.secrets[name] = strings.Join(recorded, "\n")
	}
}

func (p *writingPage) secretLines(name string, most int) []string {
	list := p.F.lines(name, most)
	var typed *string
	if len(list) > 0 {
		typed = &list[0]
	}
	if kept := p.kept(name, typed); typed == nil && kept != nil {
		return strings.Split(*kept, "\n")
	}
	return list
}

// Veils reports whether anything is recorded that is not in sight.
func (p *writingPage) Veils() bool { return len(p.secrets) > 0 && !p.Shown }

// stays reports whether what is recorded in a secret field goes on to hold
// without having been in sight.
func (p *writingPage) stays(name string) bool {
	return p.Holds(name) && strings.TrimSpace(p.F.V(name)) == "" && !p.F.Is(name+"-none", "yes")
}

// setLine fills a field with what an event has.
func (f *Form) setLine(name string, value *string) {
	if value != nil {
		f.Set(name, *value)
	}
}

// lines are the lines of a field that has one thing on each, without spaces
// around them.
func (f *Form) lines(name string, most int) []string {
	list := trimmed(f.V(name))
	if len(list) > most {
		f.Fail(name, "At most "+count(most, "line", "lines")+".")
	}
	return list
}

// trimmed are the lines of a text that are not empty, without spaces around them.
func trimmed(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// setWhen fills the fields of a moment that an event has as text.
func (f *Form) setWhen(name string, value *string) {
	if value == nil {
		return
	}
	if w, err := clock.ParseWhen(*value); err == nil && !w.IsDate() {
		f.SetMoment(name, w.Start())
	} else if err == nil {
		f.Set(name+"-date", w.Date().String())
	}
}

// newestOf is the newest entry of a type that is not misfiled; 0 for none.
func newestOf(page *views.CasePage, typ string) uint64 {
	for _, e := range page.Timeline {
		if e.Type == typ && e.Misfiled == 0 {
			return e.Seq
		}
	}
	return 0
}

// from is the entry that a form of present values starts from: the newest of a
// type when it is opened, and the same one when it is sent, so that what stays
// as it is recorded is what its author saw. 0: there is none.
func (p *writingPage) from(typ string) uint64 {
	if p.First {
		if seq := newestOf(&p.Case, typ); seq != 0 {
			p.F.Set("from", strconv.FormatUint(seq, 10))
			return seq
		}
		return 0
	}
	seq := p.F.seqOf("from")
	if seq == nil {
		return 0
	}
	for _, e := range p.Case.Timeline {
		if e.Seq == *seq && e.Type == typ {
			return e.Seq
		}
	}
	return 0
}
