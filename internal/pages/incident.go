package pages

import (
	"slices"

	"caseledger/schemas"
)

// incidentKinds are what can have been done.
var incidentKinds = []option{
	{"physical", "Physical violence"}, {"strangulation", "Strangling, choking, drowning"}, {"sexual", "Sexual violence"}, {"threat", "Threats"}, {"weapon", "A weapon or object"},
	{"stalking", "Stalking"}, {"harassment", "Harassment"}, {"control", "Control"}, {"economic", "Money"}, {"honour-based", "Honour-based"}, {"damage", "Damage to things"},
	{"animals", "Harm to animals"}, {"digital", "Online, phones, trackers"}, {"bail-breach", "Broke bail"}, {"order-breach", "Broke an order"},
	{"child-contact", "Over contact with a child"}, {"other", "Something else"},
}

// toldIn are the entries in which an incident can have been told.
var toldIn = []string{"contact.recorded", "helpline.contact"}

var incident = short{
	path: "/incident/new", title: "New incident", press: "Record this incident", when: "When you were told",
	intro: "What somebody told you, or you saw. An incident makes a risk review due at once, also when it happened long ago.",
	asks: []question{
		happenedAt("happened", "When it happened").hint("A day is enough. About then, or not known, is an answer too."),
		prose("what", "What happened", 4).or("Write what happened.").hint("As it was told to you. The client’s own words, word for word, belong in the contact."),
		boxes("kinds", "What kind", incidentKinds),
		heldBoxes("person", "Who did it", perpetratorsOf),
		line("who", "Somebody else, or not in the case yet").hint("In a few words, such as his brother. Leave it empty when nobody knows."),
		radios("through", "Who acted", []option{{"perpetrator", "The perpetrator"}, {"relative", "A relative, for the perpetrator"}, {"other", "Somebody else, for the perpetrator"}, {"not-known", "Not known"}}).or("Say who acted."),
		radios("children-present", "Were children there?", known).or("Say whether children were there."),
		radios("reported", "Was it reported to the police?", known).or("Say whether it was reported to the police."),
		line("reference", "Police reference"),
		heldOne("disclosed-in", "Told in which contact", entriesOf(toldIn...)),
	},
	fill: func(_ *Server, r *Request, a *answers) error {
		if !a.page.First {
			return nil
		}
		a.Set("through", "not-known")
		a.Set("children-present", "not-known")
		if in := r.URL.Query().Get("in"); slices.Contains(valuesOf(a.found["disclosed-in"].Of), in) {
			a.Set("disclosed-in", in)
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.IncidentDisclosedV2{
			Made: a.page.Made, Happened: a.Occurred("happened"), What: a.words("what"), Kinds: a.some("kinds"), Perpetrators: []schemas.Doer{},
			Through: a.one("through"), ChildrenPresent: a.one("children-present"), Reported: a.one("reported"), Reference: a.Line("reference"), DisclosedIn: a.entry("disclosed-in"),
		}
		for _, person := range a.some("person") {
			d.Perpetrators = append(d.Perpetrators, schemas.Doer{Person: &person})
		}
		if who := a.Line("who"); who != nil {
			d.Perpetrators = append(d.Perpetrators, schemas.Doer{Who: who})
		}
		if d.Reference != nil && d.Reported != "yes" {
			a.Fail("reference", "There is a reference: say that it was reported, or take it out.")
		}
		a.past("happened", d.Happened)
		return d
	},
}
