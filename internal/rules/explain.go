package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Result says whether a criterion is met. NotKnown: what is not known could
// still make it so.
type Result string

// The results, the weakest first.
const (
	NotMet   Result = "not-met"
	NotKnown Result = "not-known"
	Met      Result = "met"
)

// rank orders results: not met, not known, met.
func (r Result) rank() int { return slices.Index([]Result{NotMet, NotKnown, Met}, r) }

// Explanation is what a rule makes of a case, and why. It holds no words of a
// client, no names and no addresses.
type Explanation struct {
	Rule   schemas.Versioned `json:"rule"`
	Title  string            `json:"title"`
	At     clock.When        `json:"at"` // the now it was asked for
	Policy Policy            `json:"policy"`
	Result Result            `json:"result"` // the strongest of Criteria: any one suffices
	Met    []string          `json:"met"`    // codes of the criteria that are met, each once
	// Level is high when a criterion is met, else as judged; "" before a
	// review. Judgement raises it and never lowers it.
	Level      string      `json:"level"`
	Assessment *Assessment `json:"assessment"` // the newest risk review; null: none yet
	Criteria   []Criterion `json:"criteria"`
}

// Policy names the set of figures that was used.
type Policy struct {
	Version uint64     `json:"version"` // 0: all defaults
	Seq     uint64     `json:"seq"`     // of its policy.set in the service chain
	From    clock.When `json:"from"`    // in force from
}

// Assessment is a risk review's score together with its judgement: neither is
// shown without the other.
type Assessment struct {
	Seq        uint64            `json:"seq"`
	On         clock.When        `json:"on"`
	Instrument schemas.Versioned `json:"instrument"`
	Items      int               `json:"items"`
	Yes        int               `json:"yes"`
	No         int               `json:"no"`
	NotKnown   int               `json:"not_known"`
	NotAsked   int               `json:"not_asked"`
	Judgement  string            `json:"judgement"` // standard, medium, high
	Reasons    bool              `json:"reasons"`   // are written
	Marac      string            `json:"marac"`     // whose threshold holds; "": none named
	Rule       schemas.Versioned `json:"rule"`      // by which the review found its criteria
	Ticked     []string          `json:"ticked"`    // the criteria that the review names
}

// String is "16 yes, 5 no, 3 not known, 0 not asked of 24 (dash 1); judgement
// high, with reasons".
func (a *Assessment) String() string {
	reasons := "with reasons"
	if !a.Reasons {
		reasons = "no reasons are written"
	}
	return fmt.Sprintf("%d yes, %d no, %d not known, %d not asked of %d (%s %d); judgement %s, %s",
		a.Yes, a.No, a.NotKnown, a.NotAsked, a.Items, a.Instrument.Code, a.Instrument.Version, a.Judgement, reasons)
}

// Criterion is the result of one test, for the case or for a pair.
type Criterion struct {
	Code    string            `json:"criterion"`
	Rule    schemas.Versioned `json:"rule"`
	Title   string            `json:"title"`
	Says    string            `json:"says"`
	Source  string            `json:"source"`
	Pair    *Pair             `json:"pair"` // null: the case as a whole
	Result  Result            `json:"result"`
	Why     string            `json:"why"`
	Figures []Figure          `json:"figures"`
	Inputs  []Input           `json:"inputs"`
	// Ticked: the newest risk review names the criterion. It may differ from
	// Result: the review is a record, the result is worked out anew.
	Ticked bool `json:"ticked"`
}

// Figure is a figure of local practice as the test used it.
type Figure struct {
	policy.Value
	Basis string `json:"basis"` // where it comes from, in words
}

// Input is an event that a result rests on, and one that was looked at and
// does not count.
type Input struct {
	Seq    uint64     `json:"seq"`
	Type   string     `json:"type"`
	First  clock.Date `json:"first"` // the first day that it can mean; null: any
	Last   clock.Date `json:"last"`
	Counts bool       `json:"counts"`
	Why    string     `json:"why"`
}

// Explain is Marac().Explain.
func Explain(f *casefile.File, p *policy.Set, now time.Time) Explanation {
	return Marac().Explain(f, p, now)
}

// Explain works out every criterion for a case at a time, with the figures of
// a policy: that of now, or that of an earlier day to explain what was decided
// then. What happened after now is left out; a File that was folded with a Cut
// answers as it was known. The order in which events were recorded does not
// matter beyond what it does in the File.
func (r *Rule) Explain(f *casefile.File, p *policy.Set, now time.Time) Explanation {
	e := Explanation{Rule: r.Name(), Title: r.Title, At: clock.AtTime(now), Policy: Policy{p.Version, p.Seq, p.From}, Result: NotMet, Met: []string{}}
	h := r.read(f, now)
	review := newestReview(f, now)
	e.Assessment = assess(review, h)
	for _, t := range r.Criteria {
		x := &explainer{h, &t, p, e.Assessment, review}
		switch t.Code {
		case VisibleHighRisk:
			e.Criteria = append(e.Criteria, x.visible())
		case ProfessionalJudgement:
			e.Criteria = append(e.Criteria, x.judgement())
		case PotentialEscalation:
			for _, pair := range h.pairs {
				e.Criteria = append(e.Criteria, x.escalation(pair))
			}
		case Repeat:
			for _, pair := range h.pairs {
				e.Criteria = append(e.Criteria, x.repeat(pair))
			}
		}
	}
	if e.Assessment != nil {
		e.Level = e.Assessment.Judgement
	}
	for _, c := range e.Criteria {
		if c.Result.rank() > e.Result.rank() {
			e.Result = c.Result
		}
		if c.Result == Met {
			e.Level = "high"
			if !slices.Contains(e.Met, c.Code) {
				e.Met = append(e.Met, c.Code)
			}
		}
	}
	return e
}

type review = casefile.Item[schemas.RiskReviewedV2]

// newestReview is the review that was held last, up to now.
func newestReview(f *casefile.File, now time.Time) *review {
	var last *review
	for i := range f.RiskReviews {
		if r := &f.RiskReviews[i]; !r.Since().After(now) && (last == nil || !r.When().Before(last.When())) {
			last = r
		}
	}
	return last
}

func assess(r *review, h *history) *Assessment {
	if r == nil {
		return nil
	}
	a := &Assessment{Seq: r.Seq, On: r.When(), Instrument: r.Data.Instrument, Judgement: r.Data.Judgement.Level,
		Reasons: written(r.Data.Judgement.Text), Marac: deref(r.Data.Marac), Rule: r.Data.Rule, Ticked: slices.Clone(r.Data.Criteria)}
	if a.Ticked == nil {
		a.Ticked = []string{}
	}
	if a.Marac == "" && len(h.referrals) > 0 {
		a.Marac = h.referrals[len(h.referrals)-1].marac
	}
	in, _ := schemas.FindInstrument(a.Instrument.Code, a.Instrument.Version)
	n := in.Count(r.Data.Answers)
	a.Items, a.Yes, a.No, a.NotKnown, a.NotAsked = len(in.Items), n.Yes, n.No, n.NotKnown, n.NotAsked
	return a
}

// written reports whether a text says anything.
func written(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) })
}

type explainer struct {
	*history
	t      *Test
	p      *policy.Set
	a      *Assessment // nil before the first review
	review *review
}

// begin makes a criterion that is not met yet.
func (x *explainer) begin(pair *Pair) Criterion {
	return Criterion{Code: x.t.Code, Rule: x.rule.Name(), Title: x.t.Title, Says: x.t.Says, Source: x.t.Source, Pair: pair,
		Result: NotMet, Figures: []Figure{}, Inputs: []Input{}, Ticked: x.a != nil && slices.Contains(x.a.Ticked, x.t.Code)}
}

// figure reads a figure for the Marac and the instrument of the newest review.
func (x *explainer) figure(code string) Figure {
	var scope policy.Scope
	switch {
	case x.a != nil:
		scope = policy.Scope{Marac: x.a.Marac, Instrument: x.a.Instrument}
	case len(x.referrals) > 0:
		scope.Marac = x.referrals[len(x.referrals)-1].marac
	}
	f := Figure{Value: x.p.Value(code, scope)}
	switch {
	case f.Default && code == policy.VisibleHighRisk && x.a != nil:
		// What the instrument usually asks for stands in front of a default
		// that knows no instrument.
		if in, ok := schemas.FindInstrument(x.a.Instrument.Code, x.a.Instrument.Version); ok {
			f.Values, f.Scope.Instrument = []uint64{uint64(in.Threshold)}, x.a.Instrument
			f.Basis = "usual for this instrument"
			break
		}
		fallthrough
	case f.Default:
		f.Basis = "default"
	default:
		f.Basis = fmt.Sprintf("policy version %d", f.Version)
		if f.Scope.Marac != "" {
			f.Basis += ", this Marac's"
		}
		if f.Scope.Instrument.Code != "" {
			f.Basis += ", this instrument's"
		}
	}
	return f
}

const noReview = "no risk review is recorded: nothing has been asked"

// visible is rule 1, the score.
func (x *explainer) visible() Criterion {
	c := x.begin(nil)
	f := x.figure(policy.VisibleHighRisk)
	c.Figures = append(c.Figures, f)
	if x.a == nil {
		c.Result, c.Why = NotKnown, noReview
		return c
	}
	need, open := int(f.Values[0]), x.a.NotKnown+x.a.NotAsked
	switch {
	case x.a.Yes >= need:
		c.Result = Met
		c.Why = fmt.Sprintf("%d yes, %d are enough.", x.a.Yes, need)
	case x.a.Yes+open >= need:
		c.Result = NotKnown
		c.Why = fmt.Sprintf("%d yes of %d that it takes; %s not known or not asked, and %d more yes would meet it.", x.a.Yes, need, are(open, "answer"), need-x.a.Yes)
	default:
		c.Why = fmt.Sprintf("%d yes of %d that it takes; %s not known or not asked, which is too few to meet it.", x.a.Yes, need, are(open, "answer"))
	}
	c.Why += " " + sentence(x.a.String())
	c.Inputs = append(c.Inputs, x.reviewed(true, ""))
	return c
}

// judgement is rule 1, the judgement.
func (x *explainer) judgement() Criterion {
	c := x.begin(nil)
	if x.a == nil {
		c.Result, c.Why = NotKnown, noReview
		return c
	}
	switch high := slices.Contains(x.t.Levels, x.a.Judgement); {
	case high && x.a.Reasons:
		c.Result, c.Why = Met, "The risk is judged "+x.a.Judgement+", with written reasons."
	case high:
		c.Why = "The risk is judged " + x.a.Judgement + ", but no reasons are written: it counts once they are."
	default:
		c.Why = "The risk is judged " + x.a.Judgement + ". That lowers no other criterion."
	}
	c.Inputs = append(c.Inputs, x.reviewed(c.Result == Met, ""))
	return c
}

func (x *explainer) reviewed(counts bool, why string) Input {
	if why == "" {
		why = x.a.String()
	}
	day := x.a.On.Date()
	return Input{Seq: x.a.Seq, Type: "risk.reviewed", First: day, Last: day, Counts: counts, Why: why}
}

// window is the first day that lies within some months up to a day, as the
// anniversary counts months: the day itself is the last.
func window(day clock.Date, months int) clock.Date {
	first := day.AddMonths(-months)
	for first.AddMonths(months) < day { // 29 February has no anniversary but the 28th
		first++
	}
	return first
}

// escalation is rule 1, how often.
func (x *explainer) escalation(pair Pair) Criterion {
	c := x.begin(&pair)
	count, span := x.figure(policy.EscalationEvents), x.figure(policy.EscalationWindow)
	c.Figures = append(c.Figures, count, span)
	need, today := int(count.Values[0]), clock.DateOf(x.now)
	from := window(today, int(span.Values[0]))
	n, unsure := 0, 0
	for i := range x.incidents {
		inc := &x.incidents[i]
		in := inc.input()
		switch {
		case !inc.of(pair):
			in.Why = "of another pair"
		case inc.lastDay() < from:
			in.Why = "before the window"
		default:
			in.Counts, in.Why = true, "within the window"
			n++
			if inc.firstDay() < from || inc.every != "" && pair.Person != "" {
				unsure++
			}
		}
		in.Why += inc.notes(pair, in.Counts, from, today)
		c.Inputs = append(c.Inputs, in)
	}
	told := false
	if r := x.counted(pair); r != nil {
		told = true
		ev := r.Data.Events
		in := Input{Seq: r.Seq, Type: "risk.reviewed", First: parse1(ev.From).Date(), Last: parse1(ev.To).Date()}
		switch {
		case in.Last < from || in.First > today:
			in.Why = fmt.Sprintf("%d that others count, outside the window", ev.Count)
		default:
			in.Counts = ev.Count > 0
			in.Why = fmt.Sprintf("%d that others count and the ledger does not hold", ev.Count)
			if in.First < from || in.Last > today {
				in.Why += "; their period reaches beyond the window: all count, on the safe side"
				unsure += ev.Count
			}
			n += ev.Count
		}
		c.Inputs = append(c.Inputs, in)
	}
	c.Why = fmt.Sprintf("%s of %d from %s to %s, both included.", plural(n, "incident"), need, say(from), say(today))
	if unsure > 0 && n >= need && n-unsure < need {
		c.Why += fmt.Sprintf(" %d of them may not belong: counted on the safe side.", unsure)
	}
	switch {
	case n >= need:
		c.Result = Met
	case !told:
		c.Result = NotKnown
		c.Why += fmt.Sprintf(" What the police and others count is not entered; %d more would meet it.", need-n)
	}
	return c
}

// counted is the newest review that says how many incidents others count.
func (x *explainer) counted(pair Pair) *review {
	if x.review == nil || x.review.Data.Events == nil {
		return nil
	}
	if about := x.review.Data.About; pair.Person != "" && len(about) > 0 && !slices.Contains(about, pair.Person) {
		return nil
	}
	return x.review
}

// repeat is rule 2.
func (x *explainer) repeat(pair Pair) Criterion {
	c := x.begin(&pair)
	for _, ref := range referred(x.others, pair) {
		c.Inputs = append(c.Inputs, ref.input(false, "a referral to the service, not to a Marac"))
	}
	refs := referred(x.referrals, pair)
	if len(refs) == 0 {
		x.unreferred(&c, pair)
		return c
	}
	last := &refs[len(refs)-1]
	until := last.day.AddMonths(x.t.Months)
	// A referral that no Marac has heard yet answers what came before it: the
	// case waits to be heard as a repeat.
	var before *referral
	if !last.heard && len(refs) > 1 {
		before = &refs[len(refs)-2]
	}
	for i := range refs {
		ref := &refs[i]
		why := "an earlier referral"
		counts := ref == last || ref == before
		if counts {
			why = fmt.Sprintf("a referral: holds until %s, included", say(ref.day.AddMonths(x.t.Months)))
		}
		if ref == last && before != nil {
			why += "; not heard yet, so what it answers still counts"
		}
		c.Inputs = append(c.Inputs, ref.input(counts, why))
	}
	var within, answered []uint64
	later := false
	for i := range x.incidents {
		inc := &x.incidents[i]
		in := inc.input()
		switch at := inc.place(last, x.t.Months); {
		case !inc.of(pair):
			in.Why = "of another pair"
		case at == inside:
			in.Counts, in.Why = true, "within 12 months of the last referral"
			within = append(within, inc.Seq)
		case before != nil && inc.place(before, x.t.Months) == inside:
			in.Counts, in.Why = true, fmt.Sprintf("within 12 months of referral %d, answered by referral %d", before.seq, last.seq)
			answered = append(answered, inc.Seq)
		case at == earlier:
			in.Why = "before the last referral: reviewed, no repeat"
		case at == after:
			in.Why, later = "after the anniversary: a new referral, no repeat", true
		}
		if x.t.Months != 12 {
			in.Why = strings.ReplaceAll(in.Why, "12 months", fmt.Sprintf("%d months", x.t.Months))
		}
		if in.Why != "of another pair" {
			in.Why += inc.notes(pair, in.Counts, last.day, until)
			if in.Counts && inc.told > until {
				in.Why += "; told late, it counts by when it happened"
			}
		}
		c.Inputs = append(c.Inputs, in)
	}
	period := fmt.Sprintf("%s to %s, both included", say(last.day), say(until))
	switch {
	case len(within) > 0:
		c.Result = Met
		c.Why = fmt.Sprintf("Abuse (%s) within %d months of the last referral (event %d): %s.", seqs(within), x.t.Months, last.seq, period)
	case len(answered) > 0:
		c.Result = Met
		c.Why = fmt.Sprintf("Abuse (%s) within %d months of the referral before (event %d). It was referred again (event %d) and is not heard yet.", seqs(answered), x.t.Months, before.seq, last.seq)
	case later:
		c.Why = fmt.Sprintf("The abuse is later than %d months after the last referral (event %d): %s. It is a new referral, not a repeat.", x.t.Months, last.seq, period)
	default:
		c.Why = fmt.Sprintf("No abuse is recorded within %d months of the last referral (event %d): %s.", x.t.Months, last.seq, period)
	}
	return c
}

// unreferred explains a pair without a referral to a Marac. One that heard the
// case was asked to by somebody, no later than it met.
func (x *explainer) unreferred(c *Criterion, pair Pair) {
	c.Why = "No referral of this pair to a Marac is recorded: there is nothing to repeat."
	for i := range x.hearings {
		hr := &x.hearings[i]
		if pair.Person != "" && !meet(hr.pairs, []string{pair.Person}) {
			continue
		}
		// Referred on a day not known, up to that of the hearing.
		ref := referral{start: time.Time{}, day: hr.day}
		for j := range x.incidents {
			if inc := &x.incidents[j]; inc.of(pair) && inc.place(&ref, x.t.Months) == inside {
				c.Result = NotKnown
				in := inc.input()
				in.Why = "can lie within the months of a referral whose day is not known" + inc.notes(pair, true, hr.day, hr.day)
				c.Inputs = append(c.Inputs, in)
			}
		}
		c.Inputs = append(c.Inputs, Input{Seq: hr.seq, Type: hr.typ, First: hr.day, Last: hr.day, Why: "a Marac heard the case; the referral is not recorded"})
	}
	if c.Result == NotKnown {
		c.Why = "A Marac heard the case, but its referral is not recorded: ask when it was referred."
	}
	slices.SortStableFunc(c.Inputs, func(a, b Input) int { return int(a.Last) - int(b.Last) })
	c.Inputs = slices.CompactFunc(c.Inputs, func(a, b Input) bool { return a.Seq == b.Seq && a.Type == b.Type && a.Last == b.Last })
}

// Where an incident can lie by a referral.
type place int

const (
	earlier place = iota // before it for certain
	inside               // it can be within its months, first and last day included
	after                // after its anniversary for certain
)

// place tells where an incident lies by a referral. One that the referral
// itself names was there before it.
func (x *incident) place(ref *referral, months int) place {
	switch {
	case !x.last.After(ref.start) || slices.Contains(ref.takes, x.Seq):
		return earlier
	case x.firstDay() > ref.day.AddMonths(months):
		return after
	}
	return inside
}

func (x *incident) input() Input {
	return Input{Seq: x.Seq, Type: "incident.disclosed", First: x.firstDay(), Last: x.lastDay()}
}

// notes say what is uncertain about an incident, and why it counts all the
// same within a period, both ends included.
func (x *incident) notes(pair Pair, counts bool, from, to clock.Date) string {
	var s string
	if x.uncertain() {
		s = "; the date is uncertain"
		switch {
		case !counts:
		case x.firstDay() >= from && x.lastDay() <= to:
			s += ", but can only be within"
		default:
			s += " and counts on the safe side"
		}
	}
	if x.every != "" {
		s += "; " + x.every
		if counts && pair.Person != "" {
			s += ", so it counts for every pair"
		}
	}
	if counts && through(x.Data.Through) {
		s += "; through a relative or another, which counts"
	}
	return s
}

func (r *referral) input(counts bool, why string) Input {
	return Input{Seq: r.seq, Type: r.typ, First: clock.DateOf(r.start), Last: r.day, Counts: counts, Why: why}
}

func say(d clock.Date) string { return clock.OnDate(d).Say() }

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// seqs is "event 4", "events 4, 7".
func seqs(list []uint64) string {
	words := make([]string, len(list))
	for i, n := range slices.Sorted(slices.Values(list)) {
		words[i] = fmt.Sprint(n)
	}
	if len(list) == 1 {
		return "event " + words[0]
	}
	return "events " + strings.Join(words, ", ")
}

// plural is "1 incident", "2 incidents".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// are is "1 answer is", "2 answers are".
func are(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return fmt.Sprintf("%d %ss are", n, what)
}
