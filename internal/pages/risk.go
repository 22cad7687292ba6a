package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) riskRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/risk", Action: "case.open", Case: true, Reads: "case.opened", Handle: s.risk},
		{Method: "GET", Pattern: "/case/{chain}/risk/new", Action: "case.write", Case: true, Reads: "case.opened", Handle: s.riskForm},
		{Method: "POST", Pattern: "/case/{chain}/risk/new", Action: "case.write", Case: true, Reads: "case.opened", Handle: s.riskPost},
		{Method: "POST", Pattern: "/case/{chain}/risk/new/draft", Action: "case.write", Case: true, Handle: s.keepForm},
	}
}

// riskPage is the result of the newest review, with its rule.
type riskPage struct {
	Case   views.CasePage
	Result rules.Explanation
	Review *schemas.RiskReviewedV2 // null: none yet
	Topics []riskItem
	By     string
}

// riskItem is a question with what was answered the last time and what is
// answered now.
type riskItem struct {
	Code, Topic        string
	Before             string // yes, no, not-known, not-asked; "": there is no earlier review
	BeforeFrom         string // who said so, when it was not the client
	Answer, AnswerFrom string
}

// Changed reports whether a new answer differs from the one before.
func (i riskItem) Changed() bool { return i.Answer != "" && i.Before != "" && i.Answer != i.Before }

// instrumentOf are the questions of a review, those of the newest list where
// there was no review.
func instrumentOf(last *schemas.RiskReviewedV2) schemas.Instrument {
	if last != nil {
		if in, ok := schemas.FindInstrument(last.Instrument.Code, last.Instrument.Version); ok {
			return in
		}
	}
	in, _ := schemas.FindInstrument("dash", 1)
	return in
}

// lastReview is the newest review, nil when there is none.
func (s *Server) lastReview(r *Request, e *rules.Explanation) (*schemas.RiskReviewedV2, events.Body, error) {
	if e.Assessment == nil {
		return nil, events.Body{}, nil
	}
	review := new(schemas.RiskReviewedV2)
	body, err := s.told(r, r.Chain, e.Assessment.Seq, review)
	return review, body, err
}

func answersBefore(in schemas.Instrument, last *schemas.RiskReviewedV2) []riskItem {
	items := make([]riskItem, len(in.Items))
	for i, it := range in.Items {
		items[i] = riskItem{Code: it.Code, Topic: it.Topic}
		if last == nil {
			continue
		}
		items[i].Before = "not-asked"
		for _, a := range last.Answers {
			if a.Item == it.Code {
				items[i].Before = a.Answer
				if a.Source != nil {
					items[i].BeforeFrom = *a.Source
				}
			}
		}
	}
	return items
}

func (s *Server) risk(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	p := riskPage{Case: page}
	if p.Result, err = s.ledger.Explain(r.Context(), ops.AsOf{Case: r.Chain, Now: r.Now}); err != nil {
		return err
	}
	review, event, err := s.lastReview(r, &p.Result)
	if err != nil {
		return err
	}
	if review != nil {
		p.Review, p.Topics, p.By = review, answersBefore(instrumentOf(review), review), event.Actor
	}
	return s.render(w, r, http.StatusOK, "risk-result", Page{Title: "Risk " + Short(r.Chain), Strip: &page.Strip, Data: p})
}

// riskForm is a review as it is being written.
type riskForm struct {
	F            *Form
	Case         views.CasePage
	Instrument   schemas.Instrument
	Items        []riskItem
	Last         *schemas.RiskReviewedV2 // null: none yet
	LastOn       clock.When
	LastSays     string
	Perpetrators []option
	Incidents    []option
	Needs        []areaNeed
	Draft        draft
}

// areaNeed is how much help was needed in an area, "" when it was not looked at.
type areaNeed struct{ Area, Before string }

// newRiskForm is an empty review beside the one before.
func (s *Server) newRiskForm(r *Request) (*riskForm, rules.Explanation, error) {
	page, err := s.caseOf(r)
	if err != nil {
		return nil, rules.Explanation{}, err
	}
	e, err := s.ledger.Explain(r.Context(), ops.AsOf{Case: r.Chain, Now: r.Now})
	if err != nil {
		return nil, e, err
	}
	last, _, err := s.lastReview(r, &e)
	if err != nil {
		return nil, e, err
	}
	f := &riskForm{F: begun(r, &page), Case: page, Instrument: instrumentOf(last), Last: last, Draft: draftAt(r.URL.Path)}
	f.Items = answersBefore(f.Instrument, last)
	if last != nil {
		f.F.Set("about", last.About...)
		f.LastOn, f.LastSays = e.Assessment.On, e.Assessment.String()
		f.F.Set("marac", e.Assessment.Marac)
	}
	f.Perpetrators, f.Incidents = perpetratorsOf(&page), incidentsOf(&page)
	var fresh []string // incidents that no review has taken in
	for _, line := range page.Timeline {
		if line.Type == "incident.disclosed" && line.Misfiled == 0 && (e.Assessment == nil || line.Seq > e.Assessment.Seq) {
			fresh = append(fresh, strconv.FormatUint(line.Seq, 10))
		}
	}
	f.F.Set("incident", fresh...)
	if len(fresh) > 0 {
		f.F.Set("occasion", "incident")
	}
	for _, area := range views.Areas {
		n := areaNeed{Area: area}
		if last != nil {
			for _, a := range last.Areas {
				if a.Area == area {
					n.Before = a.Need
				}
			}
		}
		f.Needs = append(f.Needs, n)
	}
	return f, e, nil
}

func (s *Server) riskForm(w http.ResponseWriter, r *Request) error {
	f, _, err := s.newRiskForm(r)
	if err != nil {
		return err
	}
	left, since, err := s.left(r, draftName(r.URL.Path))
	if err != nil {
		return err
	}
	if left != nil {
		f.F, f.Draft.Since = left, since
		f.answered()
	}
	return s.showRiskForm(w, r, f)
}

func (s *Server) showRiskForm(w http.ResponseWriter, r *Request, f *riskForm) error {
	return s.render(w, r, formStatus(f.F), "risk-new", Page{Title: "Risk review " + Short(r.Chain), Strip: &f.Case.Strip, Errors: f.F.Errors, Form: true, Data: f})
}

func (s *Server) riskPost(w http.ResponseWriter, r *Request) error {
	if done, err := s.startOver(w, r); done || err != nil {
		return err
	}
	f, e, err := s.newRiskForm(r)
	if err != nil {
		return err
	}
	if f.F, err = r.form(); err != nil {
		return err
	}
	occurred := f.F.Occurred("when")
	data := f.read()
	data.Rule = e.Rule
	data.Criteria = criteriaOf(&e, data, clock.DateOf(r.Now))
	_, ok, err := s.append(r, f.F, occurred, *data)
	if err != nil {
		return err
	}
	if err := s.settle(r, f.F, ok); err != nil {
		return err
	}
	if !ok {
		return s.showRiskForm(w, r, f)
	}
	s.redirect(w, r, "/case/"+r.Chain.String()+"/risk")
	return nil
}

// answered puts what was answered beside what was before.
func (f *riskForm) answered() {
	for i := range f.Items {
		it := &f.Items[i]
		it.Answer, it.AnswerFrom = f.F.V("answer-"+it.Code), f.F.V("from-"+it.Code)
	}
}

// read makes a review of what was typed. What was not answered is not among
// the answers: it stays not asked.
func (f *riskForm) read() *schemas.RiskReviewedV2 {
	d := &schemas.RiskReviewedV2{Instrument: schemas.Versioned{Code: f.Instrument.Code, Version: f.Instrument.Version},
		Answers: []schemas.Answer{}, Areas: []schemas.NeedForHelp{}, Made: f.F.Made()}
	f.answered()
	for i := range f.Items {
		it := &f.Items[i]
		from := f.F.Line("from-" + it.Code)
		switch it.Answer {
		case "yes", "no", "not-known":
			d.Answers = append(d.Answers, schemas.Answer{Item: it.Code, Answer: it.Answer, Source: from})
		default:
			if it.Answer = ""; from != nil {
				f.F.Fail("answer-"+it.Code, "Say what the answer to "+it.Code+" is, or take away who gave it.")
			}
		}
	}
	d.Judgement = schemas.Judgement{
		Level: f.F.Choice("level", "Say how high you judge the risk: a score alone is no judgement.", "standard", "medium", "high"),
		Text:  f.F.NeedProse("text", "Write why you judge it so.").Text,
	}
	d.Occasion = f.F.Line("occasion")
	d.About, d.Incidents = chosen(f.F, "about", f.Perpetrators), seqsOf(chosen(f.F, "incident", f.Incidents))
	if count := f.F.Line("count"); count != nil {
		n, err := strconv.Atoi(*count)
		if err != nil || n < 0 {
			f.F.Fail("count", "Say how many incidents others count, 0 for none.")
		}
		from, to := f.F.Date("count-from"), f.F.Date("count-to")
		if from.IsZero() || to.IsZero() || to < from {
			f.F.Fail("count-from", "Say from which day to which day they count.")
		}
		d.Events = &schemas.OtherEvents{Count: n, From: from.String(), To: to.String(), Source: f.F.Need("count-source", "Say who counts them.")}
	}
	d.Marac = f.F.Line("marac")
	for _, area := range views.Areas {
		if need := f.F.Line("need-" + area); need != nil {
			d.Areas = append(d.Areas, schemas.NeedForHelp{Area: area, Need: *need})
		}
	}
	return d
}

// criteriaOf are the criteria that a review meets: the score and the judgement
// by its own answers, repeat by the case as it is, and escalation by the case
// together with what the review says others count. The figures are those that
// e used.
func criteriaOf(e *rules.Explanation, d *schemas.RiskReviewedV2, today clock.Date) []string {
	in, _ := schemas.FindInstrument(d.Instrument.Code, d.Instrument.Version)
	yes := in.Count(d.Answers).Yes
	list := []string{}
	for _, c := range e.Criteria {
		met := c.Result == rules.Met
		switch c.Code {
		case rules.VisibleHighRisk:
			met = len(c.Figures) > 0 && yes >= int(c.Figures[0].Values[0])
		case rules.ProfessionalJudgement:
			met = d.Judgement.Level == "high" && strings.TrimSpace(d.Judgement.Text) != ""
		case rules.PotentialEscalation:
			if d.Events != nil && len(c.Figures) == 2 {
				met = escalates(&c, d.Events, today)
			}
		}
		if met && !slices.Contains(list, c.Code) {
			list = append(list, c.Code)
		}
	}
	return list
}

// escalates adds what others count now to the incidents that the case holds.
func escalates(c *rules.Criterion, others *schemas.OtherEvents, today clock.Date) bool {
	n := 0
	for _, in := range c.Inputs {
		if in.Type == "incident.disclosed" && in.Counts {
			n++
		}
	}
	if to, err := clock.ParseDate(others.To); err == nil && to >= today.AddMonths(-int(c.Figures[1].Values[0])) {
		n += others.Count
	}
	return n >= int(c.Figures[0].Values[0])
}

// days are the days that an event can mean, as people say them.
func days(first, last clock.Date) string {
	say := func(d clock.Date) string { return Say(clock.OnDate(d)) }
	switch {
	case first.IsZero() && last.IsZero():
		return "not known"
	case first.IsZero():
		return "up to " + say(last)
	case last.IsZero():
		return "from " + say(first) + " on"
	case first == last:
		return say(first)
	}
	return say(first) + " to " + say(last)
}

// pairOf says for which pair a criterion is counted, by initials.
func pairOf(p *rules.Pair) string {
	switch {
	case p == nil:
		return ""
	case p.Person == "":
		return "perpetrator not known by number"
	case p.Initials != "":
		return strings.TrimSpace(p.Initials + " " + p.Relation)
	}
	return fmt.Sprintf("perpetrator %s", p.Person[:8])
}
