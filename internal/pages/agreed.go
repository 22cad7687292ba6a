package pages

import (
	"strconv"
	"strings"

	"caseledger/schemas"
)

// What a client agreed to, and what was asked before the work began.

var agreementPurposes = []option{{"support", "Support"}, {"sharing", "Sharing with others"}, {"statistics", "Statistics"}}

var (
	agreementBy  = line("by", "Who said so").hint("The client, or who said it for her or him: a name and role.").or("Enter who said so: client, or a name and role.")
	agreementHow = radios("how", "How", []option{{"spoken", "Spoken"}, {"written", "Written"}, {"through-interpreter", "Through an interpreter"}}).or("Say how it was said.")
)

// answerOf is what a client answers for one purpose.
func answerOf(purpose, label string) question {
	return radios(purpose, label, []option{{"yes", "Agreed"}, {"no", "Did not agree"}, {"", "Not asked now"}})
}

func limitsOf(purpose string) question {
	return prose(purpose+"-limits", "What that does not cover", 2)
}

var agreement = short{
	path: "/agreement/new", title: "What the client agreed to", press: "Record these answers", when: "When it was said",
	intro: "Support, sharing and statistics are asked apart, and a no is recorded too. What is not asked now stays as it stands.", before: "Said before:",
	asks: []question{
		answerOf("support", "To our support"), limitsOf("support"),
		answerOf("sharing", "To sharing with others"),
		prose("with", "With whom", 3).hint("One on each line, such as Police, Housing. Empty: as the limits say."), limitsOf("sharing"),
		answerOf("statistics", "To being counted in statistics"), limitsOf("statistics"),
		agreementBy, agreementHow,
		onDay("expires", "Ask again by").hint("After this day it does not hold any more. It enters the due list."),
	},
	fill: func(_ *Server, _ *Request, a *answers) error {
		a.already = saidBefore(a.page, "agreement.recorded", "agreement.withdrawn")
		a.at = a.agreementField
		if a.page.First {
			for _, o := range agreementPurposes {
				a.Set(o.Value, "")
			}
			a.Set("by", "client")
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.AgreementRecorded{Made: a.page.Made, Answers: []schemas.Agreement{}, By: a.must("by"), How: a.one("how"), Expires: a.Day("expires")}
		for _, o := range agreementPurposes {
			x := schemas.Agreement{Purpose: o.Value, With: []string{}, Limits: a.Prose(o.Value + "-limits")}
			if o.Value == "sharing" {
				x.With = a.lines("with", 50)
			}
			switch a.Choice(o.Value, "Choose one of these.", "yes", "no", "") {
			case "yes":
				x.Agreed = true
			case "no":
				if len(x.With) > 0 {
					a.Fail("with", "The client did not agree to sharing: take these out, or say that she or he did.")
				}
			default:
				if a.Err(o.Value) == "" && (x.Limits != nil || len(x.With) > 0) {
					a.Fail(o.Value, "Something is written below: say whether the client agreed.")
				}
				continue
			}
			d.Answers = append(d.Answers, x)
		}
		if len(d.Answers) == 0 && a.OK() {
			a.Fail("support", "Enter at least one answer.")
		}
		if said := a.page.occurred.From; said != nil && d.Expires != nil && *d.Expires < (*said)[:len("2006-01-02")] {
			a.Fail("expires", "It ends before it was said. Look at both days.")
		}
		return d
	},
}

// agreementField is the field of a part of an agreement: answers are counted
// from 0, in the order of the purposes that were asked.
func (a *answers) agreementField(pointer string) string {
	at, part, ok := strings.Cut(strings.TrimPrefix(pointer, "/data/answers/"), "/")
	if at == "" || !ok {
		return fieldOf(pointer)
	}
	n := 0
	for _, o := range agreementPurposes {
		if a.V(o.Value) == "" {
			continue
		}
		if strconv.Itoa(n) == at {
			switch {
			case strings.HasPrefix(part, "with"):
				return "with"
			case strings.HasPrefix(part, "limits"):
				return o.Value + "-limits"
			}
			return o.Value
		}
		n++
	}
	return fieldOf(pointer)
}

// saidBefore leads to the entries of some types, the newest first.
func saidBefore(p *writingPage, types ...string) []navItem {
	var list []navItem
	for _, o := range entriesOf(types...)(&p.Case) {
		list = append(list, navItem{Text: o.Label, Href: p.Path + "/entry/" + o.Value})
	}
	return list
}

var withdrawal = short{
	path: "/agreement/withdraw", title: "An agreement is withdrawn", press: "Record that it is withdrawn", when: "When it was said",
	intro: "It holds from then on. What was shared before stays shared.", before: "Said before:",
	asks: []question{
		boxes("purposes", "What is withdrawn", agreementPurposes).or("Choose what is withdrawn."),
		prose("with", "With whom sharing ends", 2).hint("One on each line. Empty: with everybody."),
		agreementBy, agreementHow,
		prose("reason", "Why, as far as it was said", 2),
	},
	fill: func(_ *Server, _ *Request, a *answers) error {
		a.already = saidBefore(a.page, "agreement.recorded", "agreement.withdrawn")
		if a.page.First {
			a.Set("by", "client")
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.AgreementWithdrawn{Made: a.page.Made, Purposes: a.some("purposes"), By: a.must("by"), How: a.one("how"), With: a.lines("with", 50), Reason: a.Prose("reason")}
		if len(d.Purposes) == 0 && a.Err("purposes") == "" {
			a.Fail("purposes", a.found["purposes"].Or)
		}
		if len(d.With) > 0 && len(d.Purposes) > 0 && !a.Is("purposes", "sharing") {
			a.Fail("with", "Sharing is not withdrawn: take these out, or choose sharing.")
		}
		return d
	},
}

var askedKinds = []option{{"marac", "A Marac"}, {"service", "A service like ours"}, {"agency", "Another agency"}}

var askedAnswers = []option{{"known", "They knew the client"}, {"unknown", "They did not"}, {"no-answer", "No answer yet"}, {"refused", "They would not say"}}

var intakeChecked = short{
	path: "/intake/new", title: "Known before, or elsewhere", press: "Record who was asked", when: "When this was done",
	intro: "Which Maracs and services were asked about the client, and what each answered. Who has not answered yet stands below again: of the same name the newest counts.", before: "Recorded before:",
	asks: []question{
		radios("known", "Is the client known from before, here or elsewhere?", known).or("Say whether the client is known from before."),
		line("earlier-case", "An earlier case here").hint("All 32 letters and digits, as they stand in the address of its page."),
		each("asked", "Who was asked",
			beside(oneOf("kind", "What it is", askedKinds), line("name", "Name"), onDay("asked", "Asked on")),
			beside(oneOf("answer", "What they answered", askedAnswers), onDay("answered", "Answered on"), oneOf("others", "Did they know that another area knew the client?", known)),
			beside(number("heard", "How often a Marac heard it"), onDay("last", "The last time"), line("reference", "Their reference")),
			prose("note", "Note", 2),
		),
	},
	fill: func(s *Server, r *Request, a *answers) error {
		a.at = a.askedField
		a.already = saidBefore(a.page, "intake.checked")
		if !a.page.First {
			return nil
		}
		a.Set("known", "not-known")
		newest := newestOf(&a.page.Case, "intake.checked")
		waiting, seen := []schemas.Asked{}, map[string]bool{}
		for _, e := range a.page.Case.Timeline {
			if e.Type != "intake.checked" || e.Misfiled != 0 {
				continue
			}
			var d schemas.IntakeChecked
			if _, err := s.told(r, r.Chain, e.Seq, &d); err != nil {
				return err
			}
			if e.Seq == newest {
				a.Set("known", d.Known)
				a.setLine("earlier-case", d.EarlierCase)
			}
			for _, x := range d.Asked {
				who := x.Kind + " " + x.Name
				if !seen[who] && x.Answer == "no-answer" && len(waiting) < mostEach {
					waiting = append(waiting, x)
				}
				seen[who] = true
			}
		}
		for i, x := range waiting {
			n := "-" + strconv.Itoa(i+1)
			a.Set("kind"+n, x.Kind)
			a.Set("name"+n, x.Name)
			a.Set("asked"+n, x.Asked)
			a.Set("answer"+n, x.Answer)
			a.Set("others"+n, x.KnewOfOthers)
			a.setLine("last"+n, x.LastHeard)
			a.setLine("reference"+n, x.Reference)
			a.setProse("note"+n, x.Note)
			if x.TimesHeard != nil {
				a.Set("heard"+n, strconv.Itoa(*x.TimesHeard))
			}
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.IntakeChecked{Made: a.page.Made, Known: a.one("known"), EarlierCase: a.caseNumber("earlier-case"), Asked: []schemas.Asked{}}
		a.each("asked", func(n string) {
			x := a.asked(n)
			for _, y := range d.Asked {
				if y.Kind == x.Kind && y.Name == x.Name && x.Name != "" {
					a.Fail("name"+n, "This stands here twice. Put both into one.")
					break
				}
			}
			d.Asked = append(d.Asked, x)
		})
		return d
	},
}

// asked is one who was asked, of the fields that end in n.
func (a *answers) asked(n string) schemas.Asked {
	x := schemas.Asked{
		Kind: a.Choice("kind"+n, "Say what it is.", valuesOf(askedKinds)...), Name: a.Need("name"+n, "Name who was asked."), Answer: a.Choice("answer"+n, "Say what they answered.", valuesOf(askedAnswers)...),
		Answered: a.Day("answered" + n), KnewOfOthers: "not-known", LastHeard: a.Day("last" + n), Reference: a.Line("reference" + n), Note: a.Prose("note" + n),
	}
	if a.V("others"+n) != "" {
		x.KnewOfOthers = a.Choice("others"+n, "Choose one of these.", valuesOf(known)...)
	}
	if on := a.Day("asked" + n); on != nil {
		x.Asked = *on
	} else if a.Err("asked"+n) == "" {
		a.Fail("asked"+n, "Enter the day on which they were asked.")
	}
	if a.Line("heard"+n) != nil {
		times := a.count("heard"+n, 1000)
		x.TimesHeard = &times
	}
	switch {
	case x.Answer == "no-answer" && x.Answered != nil:
		a.Fail("answered"+n, "They have not answered: take the day out, or say what they answered.")
	case x.Answered != nil && x.Asked != "" && *x.Answered < x.Asked:
		a.Fail("answered"+n, "They answered before they were asked. Look at both days.")
	}
	if x.Kind != "marac" && x.Kind != "" && (x.TimesHeard != nil || x.LastHeard != nil) {
		a.Fail("heard"+n, "Only a Marac hears cases: take times and day out, or say that it is a Marac.")
	}
	return x
}

// askedField is the field of a part of an intake: parts are counted from 0, in
// the order of the rows that are filled in.
func (a *answers) askedField(pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/data/asked/"), "/")
	if parts[0] == pointer || len(parts) < 2 {
		return fieldOf(pointer)
	}
	field := map[string]string{"knew_of_others": "others", "times_heard": "heard", "last_heard": "last"}[parts[1]]
	if field == "" {
		field = parts[1]
	}
	at := 0
	a.each("asked", func(n string) {
		if strconv.Itoa(at) == parts[0] {
			field += n
		}
		at++
	})
	return field
}

// agreed are the short forms of this file.
var agreed = []*short{&agreement, &withdrawal, &intakeChecked}
