package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// stepPage is what the form of every step of a disclosure works on.
type stepPage struct {
	F          *Form
	Case       views.CasePage
	Disclosure ops.Disclosure
	Path       string // of the list of steps
	Asked      *schemas.DisclosureRequested

	Files    []option // attachments that may be the request itself
	Parents  bool     // a perpetrator is recorded as a parent
	Tests    []legalTest
	Further  []legalTest // that may be answered as well
	Kinds    []option
	Settings []option // of safe contact
	Exports  []option // that nobody signed for yet
	Draft    *draftView
	Second   string // why the reader cannot be the second person; "": they can
}

// legalTest is one that a decision answers.
type legalTest struct{ Name, Label string }

// legalTests are all of them, in the order in which they are asked.
var legalTests = []legalTest{
	{"lawful-power", "There is a lawful power to ask for it"},
	{"reasonable-line", "It follows a reasonable line of enquiry"},
	{"relevant", "What is asked for is relevant to that"},
	{"necessary", "It is necessary"},
	{"proportionate", "It is proportionate"},
	{"less-intrusive", "There is no way that intrudes less"},
	{"notice", "Written notice was given, or an exception holds"},
	{"client-views", "The client’s views were asked for and weighed"},
	{"substantial-probative-value", "Counselling records: they are likely to prove something of substance"},
	{"third-parties", "Others who appear in it were thought of"},
	{"child-interests", "The interests of children were thought of"},
	{"privilege", "Nothing in it is legally privileged"},
}

// takenPage is a step that was recorded, with what a person has to look at.
type takenPage struct {
	Path  string
	Taken ops.StepTaken
}

// form is the page of a step on which nothing is typed yet.
func (s *Server) stepOf(r *Request) (*stepPage, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, err
	}
	p := &stepPage{F: begun(r, &page), Case: page, Path: "/case/" + r.Chain.String() + "/disclosure"}
	if r.PathValue("seq") == "" {
		return p, nil
	}
	if p.Disclosure, err = s.requestOf(r); err != nil {
		return nil, err
	}
	p.Path += "/" + r.PathValue("seq")
	p.Asked = new(schemas.DisclosureRequested)
	_, err = s.told(r, r.Chain, p.Disclosure.Request, p.Asked)
	return p, err
}

// typed puts what was sent into the page of a step. done: it was recorded
// before, and the answer is given.
func (p *stepPage) typed(s *Server, w http.ResponseWriter, r *Request) (done bool, err error) {
	if p.F, err = r.form(); err != nil {
		return false, err
	}
	return s.sentBefore(w, r, p)
}

// sentBefore looks whether a form was recorded when it was sent the first time,
// and if so leads to the step that it is.
func (s *Server) sentBefore(w http.ResponseWriter, r *Request, p *stepPage) (bool, error) {
	seq, err := s.recordedAs(r, p.F)
	if err != nil || seq == 0 {
		return false, err
	}
	path := p.Path
	if r.PathValue("seq") == "" {
		path += "/" + strconv.FormatUint(seq, 10)
	}
	s.redirect(w, r, path+"?before="+strconv.FormatUint(seq, 10))
	return true, nil
}

// maxBehind is how many entries behind what a form has seen are looked at for
// one that was recorded with it.
const maxBehind = 200

// recordedAs is the entry that was recorded with a form, 0 if none was.
func (s *Server) recordedAs(r *Request, f *Form) (uint64, error) {
	last, err := s.ledger.Last(r.Context(), r.Chain)
	if err != nil {
		return 0, err
	}
	for seq := f.Seq + 1; seq <= min(last, f.Seq+maxBehind); seq++ {
		e, err := s.ledger.Show(r.Context(), r.Chain, seq)
		if err != nil {
			return 0, err
		}
		if e.ID.String() == f.ID {
			return seq, nil
		}
	}
	return 0, nil
}

// takeStep records a step with what a person said; when it does not and err is nil,
// the form says why.
func (s *Server) takeStep(w http.ResponseWriter, r *Request, p *stepPage, call ops.TakeStep, occurred schemas.Occurred, made schemas.Made, file any) (done bool, err error) {
	if !p.F.OK() {
		return false, nil
	}
	id, err := ulid.ParseStrict(p.F.ID)
	if err != nil {
		return false, errForm
	}
	call.Case, call.Request, call.Actor, call.ID, call.Expect = r.Chain, p.Disclosure.Request, r.Who.Staff, &id, p.F.Seq
	if call.File, err = stepFile(occurred, made, file); err != nil {
		return false, err
	}
	taken, err := s.ledger.TakeStep(r.Context(), call)
	switch {
	case errors.Is(err, events.ErrDuplicate):
		// Two of the same at once: the other one was first.
		if done, err := s.sentBefore(w, r, p); done || err != nil {
			return done, err
		}
		return false, errTwice
	case err != nil:
		return false, p.F.refused(err)
	}
	path := "/case/" + r.Chain.String() + "/disclosure/" + strconv.FormatUint(taken.Request, 10)
	if len(taken.Warnings)+len(taken.Left) == 0 {
		s.redirect(w, r, path)
		return true, nil
	}
	return true, s.render(w, r, http.StatusOK, "disclosure-taken", Page{Title: "Disclosure " + Short(r.Chain), Strip: &p.Case.Strip, Data: takenPage{path, taken}})
}

// onPage is what an entry is made from that is nothing but what was done on its
// page, and justNow is when.
var onPage = schemas.Made{From: "live"}

func justNow(r *Request) schemas.Occurred {
	now := clock.Format(r.Now)
	return schemas.Occurred{From: &now, Precision: "exact"}
}

// refused puts why a step was not recorded into the form, and returns every
// other error. Steps and what is wrong with a file name entries, steps and
// staff, and quote nothing.
func (f *Form) refused(err error) error {
	if errors.Is(err, cases.ErrStep) || errors.Is(err, ops.ErrInput) {
		f.Fail("", "Not recorded: "+ops.NewError(err).Message+".")
		return nil
	}
	return f.take(err)
}

// stepFile is the file of a step: what it says, when that was, and what it was
// made from.
func stepFile(occurred schemas.Occurred, made schemas.Made, file any) ([]byte, error) {
	raw, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	for name, v := range map[string]any{"occurred": occurred, "made": made} {
		if members[name], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(members)
	return b.Bytes(), err
}

func (s *Server) showStep(w http.ResponseWriter, r *Request, p *stepPage, name, title string) error {
	return s.render(w, r, p.F.status(), name, Page{Title: title + " " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

// pick are the entries of one type of a case, the newest first, as a form
// offers them.
func pick(page *views.CasePage, typ string) []option {
	var list []option
	for _, line := range page.Timeline {
		if line.Type == typ && line.Misfiled == 0 {
			list = append(list, option{strconv.FormatUint(line.Seq, 10), Say(line.On) + ": " + sentence(line.Line)})
		}
	}
	return list
}

// The request.

func (s *Server) newRequest(r *Request) (*stepPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	p.Files = pick(&p.Case, "attachment.added")
	for _, x := range p.Case.People {
		p.Parents = p.Parents || x.Role == "perpetrator" && slices.Contains([]string{"parent", "step-parent", "mother", "father"}, x.Relation)
	}
	return p, nil
}

func (s *Server) requestForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newRequest(r)
	if err != nil {
		return err
	}
	p.F.Set("kind", "victim-information-request")
	p.F.Set("made", "document")
	p.F.SetMoment("received", r.Now)
	return s.showStep(w, r, p, "disclosure-request", "Request")
}

func (s *Server) requestPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newRequest(r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	f := p.F
	made := f.Made()
	file := p.asked(r.Now)
	at := f.Occurred("received")
	done, err := s.takeStep(w, r, p, ops.TakeStep{Step: ops.TakeRequest}, at, made, file)
	if done || err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-request", "Request")
}

// asked reads the form of a request.
func (p *stepPage) asked(now time.Time) map[string]any {
	f := p.F
	file := map[string]any{
		"kind":    f.Choice("kind", "Say what kind of request it is.", "victim-information-request", "court-order", "witness-summons", "subject-access"),
		"officer": f.Need("officer", "Enter who asks: name, rank and number."), "force": f.Need("force", "Enter for whom: a force, a court, or the person."),
		"reference": f.Need("reference", "Enter their reference, so that an answer finds them."),
		"due":       f.Day("due"), "from": f.Day("from"), "to": f.Day("to"),
		"what": f.NeedProse("what", "Write what is asked for, in their words."), "line_of_enquiry": f.Prose("line"), "necessary": f.Prose("necessary"),
		"counselling": f.Choice("counselling", "Say whether counselling records are among it.", "yes", "no") == "yes",
		"form":        nil, "notice": p.notice(),
	}
	if from, to := f.V("from"), f.V("to"); from != "" && to != "" && to < from {
		f.Fail("to", "The period ends before it begins.")
	}
	if at, ok := f.Moment("received"); ok {
		file["received"] = clock.Format(at)
		if at.After(now.Add(time.Minute)) {
			f.Fail("received-date", "This is later than now. Enter when it came.")
		}
	} else if f.Err("received-date") == "" && f.Err("received-time") == "" && f.Err("received-which") == "" {
		f.Fail("received-date", "Enter when it came.")
	}
	for _, o := range p.Files {
		if f.V("form") == o.Value {
			file["form"], _ = strconv.ParseUint(o.Value, 10, 53) // ours
		}
	}
	return file
}

// notice reads to whom written notice was given, or why to nobody. Nil: this
// kind of request asks for none.
func (p *stepPage) notice() *schemas.Notice {
	f := p.F
	n := &schemas.Notice{Name: f.Line("notice-name"), Given: f.Day("notice-given"), Reasons: f.Prose("notice-reasons")}
	switch how := f.V("notice"); how {
	case "none":
		if f.V("kind") == "victim-information-request" {
			f.Fail("notice", "A victim information request asks for written notice: say to whom it was given, or which exception holds.")
		}
		return nil
	case "client", "parent", "guardian", "care-authority", "other-adult":
		n.To = &how
		if n.Given == nil && f.Err("notice-given") == "" {
			f.Fail("notice-given", "Enter the day on which the notice was given.")
		}
		if how == "client" || how == "care-authority" {
			break
		}
		if n.Name == nil {
			f.Fail("notice-name", "Enter who got the notice.")
		}
		if f.V("notice-warned") == "" {
			f.Fail("notice-warned", "The notice did not go to the client. If who got it is the abuser, or speaks with the abuser, the client may be in danger: act on that first, then tick that you have read this.")
		}
	case "not-practicable", "harms-investigation", "serious-harm", "other":
		n.Exception = &how
		if n.Reasons == nil {
			f.Fail("notice-reasons", "Write why there was no notice.")
		}
	default:
		f.Fail("notice", "Say to whom written notice was given, or why to nobody.")
	}
	return n
}

// The decision.

func (s *Server) newDecision(r *Request) (*stepPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	for _, t := range legalTests {
		if slices.Contains(p.Disclosure.Tests, t.Name) {
			p.Tests = append(p.Tests, t)
		} else {
			p.Further = append(p.Further, t)
		}
	}
	for _, usual := range usualKinds {
		p.Kinds = append(p.Kinds, option{usual, sentence(named(usual))})
	}
	for _, line := range p.Case.Timeline {
		if o := (option{line.Type, sentence(named(line.Type))}); !strings.HasPrefix(line.Type, "disclosure.") && !slices.Contains(p.Kinds, o) {
			p.Kinds = append(p.Kinds, o)
		}
	}
	slices.SortFunc(p.Kinds, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return p, nil
}

// usualKinds are in scope unless somebody decides otherwise. The case need not
// have any yet.
var usualKinds = []string{"contact.attempted", "contact.corrected", "contact.recorded"}

func (s *Server) decisionForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newDecision(r)
	if err != nil {
		return err
	}
	f := p.F
	f.Set("when-precision", "exact")
	f.Set("advice", "not-needed")
	f.Set("kinds", usualKinds...)
	for name, day := range map[string]*string{"from": p.Asked.From, "to": p.Asked.To} {
		if day != nil {
			f.Set(name, *day)
		}
	}
	// A decision anew begins with what was decided the last time.
	if n := len(p.Disclosure.Decisions); n > 0 {
		var d schemas.DisclosureDecidedV2
		if _, err := s.told(r, r.Chain, p.Disclosure.Decisions[n-1].Seq, &d); err != nil {
			return err
		}
		p.fill(&d)
	}
	return s.showStep(w, r, p, "disclosure-decision", "Legal tests and scope")
}

// fill puts a decision into the form.
func (p *stepPage) fill(d *schemas.DisclosureDecidedV2) {
	f := p.F
	f.Set("decision", d.Decision)
	for _, t := range d.Tests {
		f.Set("met-"+t.Test, t.Met)
		f.Set("why-"+t.Test, t.Reasons.Text)
	}
	f.Set("advice", d.Advice)
	if d.AdviceFrom != nil {
		f.Set("advice-from", *d.AdviceFrom)
	}
	f.Set("from", d.From)
	f.Set("to", d.To)
	f.Set("kinds", d.Kinds...)
	for i, c := range d.Consulted[:min(len(d.Consulted), consulted)] {
		n := strconv.Itoa(i)
		f.Set("agency-"+n, c.Agency)
		f.Set("answer-"+n, c.Answer)
		if c.Reasons != nil {
			f.Set("agency-why-"+n, c.Reasons.Text)
		}
	}
}

// consulted is how many agencies the form has room for.
const consulted = 4

// Rows are the places of the form for agencies, or for hands.
func (p *stepPage) Rows() []int { return []int{0, 1, 2, 3} }

func (s *Server) decisionPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newDecision(r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	at, made := p.F.Occurred("when"), p.F.Made()
	done, err := s.takeStep(w, r, p, ops.TakeStep{Step: ops.TakeDecide}, at, made, p.decided())
	if done || err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-decision", "Legal tests and scope")
}

// decided reads the form of a decision.
func (p *stepPage) decided() map[string]any {
	f := p.F
	decision := f.Choice("decision", "Decide: all of it, part of it, or none.", "full", "part", "refused")
	tests := []schemas.Test{}
	for _, t := range slices.Concat(p.Tests, p.Further) {
		met, why := f.V("met-"+t.Name), f.Prose("why-"+t.Name)
		needed := slices.Contains(p.Disclosure.Tests, t.Name)
		switch {
		case met == "" && why == nil && (!needed || decision == "refused"):
			continue
		case met == "":
			f.Fail("met-"+t.Name, "Answer this test: "+t.Label+".")
			continue
		case why == nil:
			f.Fail("why-"+t.Name, "Write the reasons of your answer to this test: "+t.Label+".")
			continue
		}
		tests = append(tests, schemas.Test{Test: t.Name, Met: f.Choice("met-"+t.Name, "Answer this test: "+t.Label+".", "yes", "no", "not-applicable"), Reasons: *why})
	}
	if len(tests) == 0 && f.OK() {
		f.Fail("met-"+p.Tests[0].Name, "Answer at least the test on which the request fails.")
	}
	from, to := f.Date("from"), f.Date("to")
	switch {
	case f.Err("from") != "" || f.Err("to") != "":
	case from.IsZero():
		f.Fail("from", "Enter the first day in scope.")
	case to.IsZero():
		f.Fail("to", "Enter the last day in scope.")
	case to < from:
		f.Fail("to", "The scope ends before it begins.")
	}
	kinds := chosen(f, "kinds", p.Kinds)
	if len(kinds) == 0 {
		f.Fail("kinds", "Choose what kinds of entries are in scope.")
	}
	asked := []schemas.Consulted{}
	for i := range consulted {
		n := strconv.Itoa(i)
		if agency := f.Line("agency-" + n); agency != nil {
			asked = append(asked, schemas.Consulted{Agency: *agency, Answer: f.Choice("answer-"+n, "Say what this agency answered.", "agreed", "objected", "no-answer"), Reasons: f.Prose("agency-why-" + n)})
		} else if f.V("answer-"+n) != "" || f.Prose("agency-why-"+n) != nil {
			f.Fail("agency-"+n, "Enter which agency this is.")
		}
	}
	return map[string]any{
		"decision": decision, "tests": tests, "consulted": asked, "kinds": kinds, "from": from.String(), "to": to.String(),
		"advice": f.Choice("advice", "Say whether advice was taken.", "not-needed", "waiting", "taken"), "advice_from": f.Line("advice-from"),
	}
}

// The client is told.

func (s *Server) newTold(r *Request) (*stepPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	p.Settings = pick(&p.Case, "safe-contact.set")
	return p, nil
}

func (s *Server) toldForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newTold(r)
	if err != nil {
		return err
	}
	p.F.SetMoment("on", r.Now)
	if len(p.Settings) > 0 {
		p.F.Set("safe-contact", p.Settings[0].Value)
	}
	return s.showStep(w, r, p, "disclosure-told", "Client told")
}

func (s *Server) toldPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newTold(r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	f := p.F
	made := f.Made()
	t := schemas.ClientTold{Answer: f.Choice("answer", "Say whether the client was told.", "yes", "not-safe"), Views: f.Prose("views")}
	at, ok := f.Moment("on")
	occurred := schemas.Occurred{Precision: "exact"}
	if ok {
		from := clock.Format(at)
		occurred.From = &from
		if at.After(r.Now.Add(time.Minute)) {
			f.Fail("on-date", "This is later than now. Enter when it was.")
		}
	} else if f.Err("on-date") == "" && f.Err("on-time") == "" && f.Err("on-which") == "" {
		f.Fail("on-date", "Enter when the client was told, or when it was decided that it is not safe.")
	}
	if t.Answer == "yes" {
		t.On = occurred.From
		channel := f.Choice("channel", "Say how the client was told.", valuesOf(channels)...)
		t.Channel = &channel
		if len(p.Settings) == 0 {
			f.Fail("answer", "No safe-contact setting is recorded in this case. Agree one with the client and record it first: how they are told rests on it.")
		} else if seq, err := strconv.ParseUint(f.Choice("safe-contact", "Say under which safe-contact setting this way was agreed.", valuesOf(p.Settings)...), 10, 53); err == nil {
			t.SafeContact = &seq
		}
	}
	done, err := s.takeStep(w, r, p, ops.TakeStep{Step: ops.TakeTell}, occurred, made, t)
	if done || err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-told", "Client told")
}

// may says whether whoever asks may take an action in the case.
func (s *Server) may(r *Request, a access.Action) bool {
	return s.guard.Decide(r.Who, a, &r.Facts, r.Now).Allowed
}
