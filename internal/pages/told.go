package pages

import (
	"strings"

	"caseledger/internal/views"
	"caseledger/schemas"
)

// What is told to others, and what is decided to keep somebody safe.

var informationShared = short{
	path: "/information/new", title: "Information shared", press: "Record what was told", when: "When it was told",
	intro: "What was told to somebody outside the service, by agreement, or with the lawful reason without it. When a life is in danger, tell first and record it afterwards: it waits for nobody, and a manager looks at it later.",
	asks: []question{
		beside(line("agency", "To which agency").or("Say to which agency it was told."), line("name", "To whom"), line("role", "Role")),
		prose("what", "What was told", 3).or("Write what was told."),
		radios("basis", "On what basis", []option{
			{"agreement", "The client agreed"}, {"threat-to-life", "A threat to life"}, {"safeguarding-child", "To keep a child safe"}, {"safeguarding-adult", "To keep an adult at risk safe"},
			{"crime", "To prevent or solve a crime"}, {"court-order", "A court ordered it"}, {"legal-duty", "Another legal duty"}, {"other", "Another lawful reason"},
		}).or("Say on what basis it was told."),
		heldOne("agreement", "Which agreement", entriesOf("agreement.recorded")),
		prose("reason", "Without agreement: the lawful reason", 3),
		line("agreed-by", "Who in the service agreed").hint("A staff number. Leave it empty when it did not wait for anybody: a manager then looks at it within the time that your service has set."),
		radios("how", "How", []option{{"phone", "Telephone"}, {"email", "Email"}, {"portal", "Portal"}, {"post", "Post"}, {"in-person", "In person"}, {"meeting", "At a meeting"}}).or("Say how it was told."),
		radios("client-told", "Does the client know that it was told?", []option{{"yes", "Yes"}, {"no", "No"}, {"not-safe", "It is not safe to tell"}}).or("Say whether the client knows."),
		line("reference", "Reference"),
	},
	data: func(a *answers) any {
		d := schemas.InformationShared{
			Made: a.page.Made, To: schemas.Outside{Agency: a.must("agency"), Name: a.Line("name"), Role: a.Line("role")}, What: a.words("what"), Basis: a.one("basis"), Agreement: a.entry("agreement"),
			Reason: a.Prose("reason"), AgreedBy: a.staff("agreed-by"), How: a.one("how"), ClientTold: a.one("client-told"), Reference: a.Line("reference"),
		}
		if d.Basis != "agreement" && d.Basis != "" {
			if d.Reason == nil {
				a.Fail("reason", "Write the lawful reason for telling it without agreement.")
			}
			if d.Agreement != nil {
				a.Fail("agreement", "It was told without agreement: take the agreement out, or say that the client agreed.")
			}
		}
		return d
	},
}

// othersOf offers everybody in a case who is not the client.
func othersOf(page *views.CasePage) []option {
	list := childrenOf(page)
	for i := range list {
		list[i].Label = "Child " + list[i].Label
	}
	for _, p := range page.People {
		if p.Role != "client" {
			list = append(list, option{p.Person, sentence(strings.ReplaceAll(p.Role, "-", " ")) + " " + p.Initials})
		}
	}
	return list
}

var safeguardingDecided = short{
	path: "/safeguarding/new", title: "Safeguarding decision", press: "Record this decision", when: "When it was decided",
	intro: "Of a client under 18, an adult at risk, or a child: separate from the support, and beside it. Deciding not to refer is a decision too.",
	asks: []question{
		radios("concern", "What the concern is", []option{{"under-18", "The client is under 18"}, {"adult-at-risk", "An adult at risk"}, {"child", "A child"}}).or("Say what the concern is."),
		radios("about", "Who it is about", []option{{"client", "The client"}, {"child", "A child"}, {"other", "Somebody else"}}).or("Say who it is about."),
		heldOne("person", "Who, if not the client", othersOf),
		radios("decision", "What was decided", []option{
			{"referred", "Referred"}, {"already-open", "Open with them already"}, {"advice-sought", "Advice asked for"}, {"emergency-services", "Emergency services called"}, {"not-referred", "Not referred"},
		}).or("Say what was decided."),
		prose("reasons", "Why", 3).or("Write why it was decided so."),
		beside(line("agency", "To which agency"), line("reference", "Reference"), line("consulted", "Talked over with")),
		radios("agreed", "Did the person agree?", []option{{"yes", "Yes"}, {"no", "No"}, {"not-asked", "Not asked"}, {"not-safe-to-ask", "Not safe to ask"}}).or("Say whether the person agreed."),
		line("by", "Who decided").or("Enter the staff number of whoever decided."),
		onDay("review", "Look at it again on").hint("It enters the due list."),
	},
	fill: func(_ *Server, r *Request, a *answers) error {
		if a.page.First {
			a.Set("by", r.Who.Staff)
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.SafeguardingDecided{
			Made: a.page.Made, About: a.one("about"), Person: a.maybe("person"), Concern: a.one("concern"), Decision: a.one("decision"), Agency: a.Line("agency"), Reference: a.Line("reference"),
			Consulted: a.Line("consulted"), Agreed: a.one("agreed"), By: a.must("by"), Reasons: a.words("reasons"), Review: a.Day("review"),
		}
		a.staff("by")
		if d.About == "client" && d.Person != nil {
			a.Fail("person", "It is about the client: take the other person out, or say who it is about.")
		}
		if d.Concern == "under-18" && d.About != "client" && d.About != "" {
			a.Fail("about", "The client is the one under 18: say that it is about the client, or that the concern is a child.")
		}
		return d
	},
}

// telling are the short forms of this file.
var telling = []*short{&informationShared, &safeguardingDecided}
