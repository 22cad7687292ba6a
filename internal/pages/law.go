package pages

import (
	"strconv"
	"strings"

	"caseledger/internal/views"
	"caseledger/schemas"
)

// Courts, orders, and where a perpetrator stands.

var perpetratorStates = []option{
	{"arrested", "Arrested"}, {"released-no-charge", "Released without charge"}, {"under-investigation", "Released under investigation"}, {"bailed", "Bailed"},
	{"charged", "Charged"}, {"remanded", "Remanded in custody"}, {"sentenced", "Sentenced"}, {"release-due", "Release is due"}, {"released", "Released"},
	{"recalled", "Recalled to prison"}, {"wanted", "Wanted"}, {"acquitted", "Acquitted"}, {"left-the-area", "Left the area"}, {"died", "Died"}, {"not-known", "Not known"},
}

// perpetratorAsks are those of a perpetrator's status; the first asks who.
var perpetratorAsks = []question{
	oneOf("status", "Where the perpetrator stands", perpetratorStates).or("Say where the perpetrator stands."),
	prose("conditions", "Conditions of bail or licence", 3).hint("One on each line."),
	moment("until", "Bail, remand or licence ends").hint("It enters the due list. The time can stay empty."),
	moment("release", "Release is due").hint("It enters My day as urgent. The time can stay empty."),
	line("source", "Who told us").or("Say who told us."),
	moment("client-told", "The client was told").hint("Leave it empty as long as the client was not told."),
	fold("Court, sentence, where held",
		beside(line("custody", "Where held"), line("court", "Court"), line("reference", "Reference")),
		prose("sentence", "Sentence", 2),
		prose("note", "Note", 2),
	),
}

var perpetratorStatus = short{
	path: "/perpetrator/new", title: "Where the perpetrator stands", press: "Record where the perpetrator stands", when: "Since when",
	intro: "Arrested, bailed, in custody, released: as you know it now. What you record here takes the place of what was recorded of the same person before.",
	asks:  append([]question{heldOne("person", "Who", perpetratorsOf).or("Say who: record the perpetrator among the people of the case first.")}, perpetratorAsks...),
	fill: func(_ *Server, _ *Request, a *answers) error {
		if of := a.found["person"].Of; a.page.First && len(of) == 1 {
			a.Set("person", of[0].Value)
		}
		for _, p := range a.page.Case.People {
			if p.Role == "perpetrator" && p.Status != "" {
				a.already = append(a.already, navItem{Text: p.Initials + ", " + strings.ToLower(textOf(perpetratorStates, p.Status)), Href: a.page.Path + "/perpetrator/" + p.Person})
			}
		}
		return nil
	},
	data: func(a *answers) any { return a.status(a.one("person")) },
}

var perpetratorAgain = short{
	path: "/perpetrator/{person}", title: "Where the perpetrator stands now", press: "Record where the perpetrator stands", when: "Since when",
	asks: perpetratorAsks,
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := standing(s, r, a, "perpetrator.status", func(d *schemas.PerpetratorStatus) bool { return d.Person == r.PathValue("person") })
		if err != nil {
			return err
		}
		a.of = d.Person
		if !a.page.First {
			return nil
		}
		a.Set("status", d.Status)
		a.setLines("conditions", eachText(d.Conditions))
		a.setWhen("until", d.Until)
		a.setWhen("release", d.Release)
		a.setWhen("client-told", d.ClientTold)
		a.Set("source", d.Source)
		a.setLine("custody", d.Custody)
		a.setLine("court", d.Court)
		a.setLine("reference", d.Reference)
		a.setProse("sentence", d.Sentence)
		a.setProse("note", d.Note)
		return nil
	},
	data: func(a *answers) any { return a.status(a.of) },
}

func (a *answers) status(person string) schemas.PerpetratorStatus {
	return schemas.PerpetratorStatus{
		Made: a.page.Made, Person: person, Status: a.one("status"), Conditions: a.proses("conditions", 50), Until: a.moment("until"), Release: a.moment("release"),
		Custody: a.Line("custody"), Court: a.Line("court"), Sentence: a.Prose("sentence"), Reference: a.Line("reference"), Source: a.must("source"),
		ClientTold: a.moment("client-told"), Note: a.Prose("note"),
	}
}

var orderKinds = []option{
	{"non-molestation", "Non-molestation order"}, {"occupation", "Occupation order"}, {"restraining", "Restraining order"}, {"protection-notice", "Domestic abuse protection notice"},
	{"protection-order", "Domestic abuse protection order"}, {"stalking-protection", "Stalking protection order"}, {"child-arrangements", "Child arrangements order"},
	{"prohibited-steps", "Prohibited steps order"}, {"forced-marriage", "Forced marriage protection order"}, {"undertaking", "Undertaking"}, {"other", "Another"},
}

var orderStates = []option{
	{"applied", "Applied for"}, {"granted", "Granted"}, {"served", "Served"}, {"varied", "Varied"}, {"extended", "Extended"}, {"refused", "Refused"}, {"discharged", "Discharged"}, {"expired", "Expired"},
}

var orderAsks = []question{
	beside(
		oneOf("kind", "What kind of order", orderKinds).or("Say what kind of order it is."),
		oneOf("status", "How it stands", orderStates).or("Say how the order stands."),
		line("name", "What it is called, if it is another"),
	),
	heldBoxes("against", "Whom it binds", perpetratorsOf),
	prose("protects", "Whom it protects", 2).hint("One on each line, such as the client, or the children."),
	prose("terms", "Its terms", 4).hint("One on each line, as the order has them."),
	beside(onDay("granted", "Made on"), onDay("expires", "Ends on").hint("Empty: until further order, or not known.")),
	moment("served", "Served").hint("The time can stay empty. Leave both empty as long as it was not served."),
	radios("power-of-arrest", "Is there a power of arrest?", known).or("Say whether there is a power of arrest."),
	radios("police-told", "Do the police have it?", known).or("Say whether the police have it."),
	beside(line("court", "Court"), line("reference", "Reference")),
}

var order = short{
	path: "/order/new", title: "New order", press: "Record this order", when: "When this was so",
	intro: "Its end enters the due list, and the top of the case a week before.",
	asks:  orderAsks,
	fill: func(_ *Server, _ *Request, a *answers) error {
		a.code("order")
		for _, o := range ordersOf(&a.page.Case) {
			a.already = append(a.already, navItem{Text: o.Label, Href: a.page.Path + "/order/" + o.Value})
		}
		if a.page.First {
			a.Set("power-of-arrest", "not-known")
			a.Set("police-told", "not-known")
		}
		return nil
	},
	data: func(a *answers) any { return a.order() },
}

var orderAgain = short{
	path: "/order/{order}", title: "Change an order", press: "Record how the order stands", when: "When this was so",
	asks: orderAsks,
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := standing(s, r, a, "order.recorded", func(d *schemas.OrderRecorded) bool { return d.Order == r.PathValue("order") })
		if err != nil {
			return err
		}
		a.of = d.Order
		if !a.page.First {
			return nil
		}
		a.Set("kind", d.Kind)
		a.Set("status", d.Status)
		a.setLine("name", d.Name)
		a.Set("against", d.Against...)
		a.setLines("protects", d.Protects)
		a.setLines("terms", eachText(d.Terms))
		a.setLine("granted", d.Granted)
		a.setLine("expires", d.Expires)
		a.setWhen("served", d.Served)
		a.Set("power-of-arrest", d.PowerOfArrest)
		a.Set("police-told", d.PoliceTold)
		a.setLine("court", d.Court)
		a.setLine("reference", d.Reference)
		return nil
	},
	data: func(a *answers) any { return a.order() },
}

func (a *answers) order() schemas.OrderRecorded {
	d := schemas.OrderRecorded{
		Made: a.page.Made, Order: a.of, Kind: a.one("kind"), Name: a.Line("name"), Against: a.some("against"), Protects: a.lines("protects", 20), Status: a.one("status"),
		Court: a.Line("court"), Reference: a.Line("reference"), Terms: a.proses("terms", 50), Granted: a.Day("granted"), Served: a.moment("served"), Expires: a.Day("expires"),
		PowerOfArrest: a.one("power-of-arrest"), PoliceTold: a.one("police-told"),
	}
	if d.Granted != nil && d.Expires != nil && *d.Expires < *d.Granted {
		a.Fail("expires", "It ends before it was made. Look at both days.")
	}
	return d
}

// ordersOf offers the orders of a case.
func ordersOf(page *views.CasePage) []option {
	var list []option
	for _, o := range page.Orders {
		label := textOf(orderKinds, o.Kind) + ", " + strings.ToLower(textOf(orderStates, o.Status))
		if !o.Expires.IsZero() {
			label += ", until " + Say(o.Expires)
		}
		list = append(list, option{o.Order, label})
	}
	return list
}

var courtRecorded = short{
	path: "/court/new", title: "Court", press: "Record this hearing", when: "When it was",
	intro: "The day on which it goes on enters the due list and My day.",
	asks: []question{
		line("court", "Which court").or("Say which court."),
		beside(
			oneOf("kind", "What kind of court", []option{{"criminal", "Criminal"}, {"family", "Family"}, {"civil", "Civil"}, {"tribunal", "Tribunal"}, {"inquest", "Inquest"}}).or("Say what kind of court it is."),
			oneOf("hearing", "What for", []option{
				{"first-hearing", "First hearing"}, {"bail", "Bail"}, {"plea", "Plea"}, {"trial", "Trial"}, {"sentence", "Sentence"}, {"appeal", "Appeal"}, {"injunction", "Injunction"},
				{"return", "Return hearing"}, {"directions", "Directions"}, {"fact-finding", "Fact-finding"}, {"final", "Final hearing"}, {"other", "Something else"},
			}).or("Say what the hearing was for."),
			oneOf("outcome", "What came of it", []option{
				{"heard", "Heard"}, {"adjourned", "Adjourned"}, {"order-granted", "Order granted"}, {"order-refused", "Order refused"}, {"convicted", "Convicted"}, {"acquitted", "Acquitted"},
				{"sentenced", "Sentenced"}, {"discontinued", "Discontinued"}, {"vacated", "Vacated: it did not take place"},
			}).or("Say what came of it."),
		),
		moment("next", "It goes on").hint("The time can stay empty. Leave both empty when no day is fixed."),
		heldBoxes("perpetrators", "Against whom, or whose case", perpetratorsOf),
		heldOne("order", "The order it was about", ordersOf),
		radios("attended", "Was the client there?", []option{{"yes", "Yes"}, {"no", "No"}}).or("Say whether the client was there."),
		radios("represented", "Who spoke for the client?", []option{{"lawyer", "A lawyer"}, {"self", "The client herself or himself"}, {"not-a-party", "Nobody: a witness, or not a party"}, {"not-known", "Not known"}}).or("Say who spoke for the client."),
		line("adviser", "Who of us went along").hint("A staff number. Leave it empty when nobody did."),
		boxes("special-measures", "Special measures", []option{{"screen", "Screen"}, {"video-link", "Video link"}, {"separate-entrance", "Separate entrance"}, {"intermediary", "Intermediary"}, {"other", "Others"}}),
		prose("told", "What the client was told of it", 3),
		line("reference", "Reference"),
		prose("note", "Note", 2),
	},
	data: func(a *answers) any {
		return schemas.CourtRecorded{
			Made: a.page.Made, Court: a.must("court"), Kind: a.one("kind"), Hearing: a.one("hearing"), Outcome: a.one("outcome"), Perpetrators: a.some("perpetrators"), Order: a.maybe("order"),
			Represented: a.one("represented"), Attended: a.one("attended") == "yes", Adviser: a.staff("adviser"), SpecialMeasures: a.some("special-measures"), Next: a.moment("next"),
			Told: a.Prose("told"), Reference: a.Line("reference"), Note: a.Prose("note"),
		}
	},
}

// code names something new of a case: by what it is and the entry that it will
// be, so that no two things get the same.
func (a *answers) code(word string) { a.of = word + "-" + strconv.FormatUint(a.Seq+1, 10) }

func eachText(list []schemas.Prose) []string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.Text)
	}
	return texts
}

// setLines and setProse fill a field with what an event has.
func (f *Form) setLines(name string, lines []string) { f.Set(name, strings.Join(lines, "\n")) }

func (f *Form) setProse(name string, p *schemas.Prose) {
	if p != nil {
		f.Set(name, p.Text)
	}
}

// law are the short forms of this file.
var law = []*short{&courtRecorded, &order, &orderAgain, &perpetratorStatus, &perpetratorAgain}
