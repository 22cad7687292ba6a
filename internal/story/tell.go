package story

import (
	"slices"
	"strings"

	"caseledger/schemas"
)

// The words in which the cases are told.

func ptr[T any](v T) *T { return &v }

// opt is nil for "".
func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func prose(text string) schemas.Prose { return schemas.Prose{Text: text} }

func some(text string) *schemas.Prose { return &schemas.Prose{Text: text} }

// local turns "2026-10-27 14:05 +00:00" into what a body holds.
func local(s string) string {
	date, rest, _ := strings.Cut(s, " ")
	clock, zone, _ := strings.Cut(rest, " ")
	return date + "T" + clock + ":00" + zone
}

// at is one exact moment.
func at(s string) schemas.Occurred {
	return schemas.Occurred{From: ptr(local(s)), Precision: "exact"}
}

// between is from a moment to a clock time of the same day and offset.
func between(from, to string) schemas.Occurred {
	date, rest, _ := strings.Cut(from, " ")
	_, zone, _ := strings.Cut(rest, " ")
	o := at(from)
	o.To = ptr(local(date + " " + to + " " + zone))
	return o
}

func onDate(from, to string) schemas.Occurred {
	return schemas.Occurred{From: &from, To: opt(to), Precision: "date"}
}

func about(from, to string) schemas.Occurred {
	return schemas.Occurred{From: &from, To: opt(to), Precision: "about"}
}

var (
	live   = schemas.Made{From: "live"}
	memory = schemas.Made{From: "memory"}
)

func notes(reference string) schemas.Made {
	return schemas.Made{From: "handwritten-notes", Kept: ptr(true), Reference: &reference}
}

func document(reference string) schemas.Made {
	return schemas.Made{From: "document", Kept: ptr(true), Reference: &reference}
}

func late(m schemas.Made, why string) schemas.Made {
	m.Late = some(why)
	return m
}

func statement(kind, speaker, text string) schemas.Statement {
	return schemas.Statement{Kind: kind, Speaker: speaker, Text: text, Language: "en"}
}

// words are the client's, exactly as said.
func words(text string) schemas.Statement { return statement("client-words", "client", text) }

// sum is the client, summarised.
func sum(text string) schemas.Statement { return statement("client-summary", "client", text) }

func saw(text string) schemas.Statement { return statement("observed", "me", text) }

func did(text string) schemas.Statement { return statement("action", "me", text) }

// think is an opinion and its grounds.
func think(text, because string) schemas.Statement {
	s := statement("opinion", "me", text)
	s.Because = some(because)
	return s
}

// said is what a third party said, and who handed it on.
func said(who, text string, by ...schemas.PassedBy) schemas.Statement {
	s := statement("third-party", who, text)
	s.PassedBy = by
	return s
}

func via(who, how string, atWork bool) schemas.PassedBy {
	return schemas.PassedBy{Who: who, How: how, AtWork: &atWork}
}

// foreign turns a statement into one in another language with its translation.
func foreign(s schemas.Statement, language, translation, by string) schemas.Statement {
	s.Language = language
	s.Translation = &schemas.Translation{Text: translation, By: by, Language: "en"}
	return s
}

var client = schemas.Party{Kind: "client"}

func professional(name, role, agency string) schemas.Party {
	return schemas.Party{Kind: "professional", Name: opt(name), Role: opt(role), Agency: opt(agency)}
}

// phone is a telephone contact with the client.
func phone(m schemas.Made, direction, number, next string, s ...schemas.Statement) schemas.ContactRecorded {
	c := schemas.ContactRecorded{Made: m, Channel: "phone", Direction: direction, Number: opt(number),
		With: []schemas.Party{client}, SafeContactChecked: true, Statements: s}
	if next != "" {
		c.NextContact = ptr(local(next))
	}
	return c
}

// met is a meeting in person with the client.
func met(m schemas.Made, place, next string, s ...schemas.Statement) schemas.ContactRecorded {
	c := phone(m, "met", "", next, s...)
	c.Channel, c.Place = "in-person", &place
	return c
}

func with(c schemas.ContactRecorded, parties ...schemas.Party) schemas.ContactRecorded {
	c.With = slices.Concat(c.With, parties)
	return c
}

func onlyWith(c schemas.ContactRecorded, parties ...schemas.Party) schemas.ContactRecorded {
	c.With = parties
	return c
}

func overheard(c schemas.ContactRecorded, who string, could bool) schemas.ContactRecorded {
	c.Present = append(c.Present, schemas.Bystander{Who: who, CouldOverhear: could})
	return c
}

// attempt is an attempt by telephone that nobody answered.
func attempt(number, outcome, next, note string) schemas.ContactAttempted {
	a := schemas.ContactAttempted{Made: live, Channel: "phone", Number: opt(number), Outcome: outcome}
	if next != "" {
		a.NextTry = ptr(local(next))
	}
	if note != "" {
		a.Note = some(note)
	}
	return a
}

// dash is a review by the Dash list. answers holds one letter for each item:
// y yes, n no, u not known, - not asked.
func dash(m schemas.Made, answers, level, judgement string, criteria ...string) schemas.RiskReviewed {
	list, _ := schemas.FindInstrument("dash", 1)
	answers = strings.ReplaceAll(answers, " ", "")
	if len(answers) != len(list.Items) {
		panic("story: a review does not answer every item")
	}
	r := schemas.RiskReviewed{Made: m, Instrument: schemas.Versioned{Code: "dash", Version: 1}, Criteria: criteria,
		Judgement: schemas.Judgement{Level: level, Text: judgement}, Rule: schemas.Versioned{Code: "marac", Version: 1}}
	for i, it := range list.Items {
		word := map[byte]string{'y': "yes", 'n': "no", 'u': "not-known", '-': "not-asked"}[answers[i]]
		r.Answers = append(r.Answers, schemas.Answer{Item: it.Code, Answer: word})
	}
	return r
}

// from names the source of some answers, which are otherwise the client's.
func from(r schemas.RiskReviewed, source string, items ...string) schemas.RiskReviewed {
	for i := range r.Answers {
		for _, it := range items {
			if r.Answers[i].Item == it {
				r.Answers[i].Source = &source
			}
		}
	}
	return r
}

func plan(actions ...schemas.Action) schemas.PlanChanged {
	return schemas.PlanChanged{Made: live, Actions: actions}
}

// step is a planned action.
func step(id, area, aim, risk, owner, due string) schemas.Action {
	return schemas.Action{ID: id, Area: area, Aim: prose(aim), Risk: opt(risk), Owner: owner, Due: opt(due), Status: "planned"}
}

func ended(a schemas.Action, status, outcome string) schemas.Action {
	a.Status, a.Outcome = status, some(outcome)
	return a
}

func funded(a schemas.Action, by string) schemas.Action {
	a.Funding = &by
	return a
}

func safe(channel, address, times string) schemas.SafeChannel {
	return schemas.SafeChannel{Channel: channel, Allowed: true, Address: opt(address), Times: opt(times)}
}

func barred(channel, address, reason string) schemas.SafeChannel {
	return schemas.SafeChannel{Channel: channel, Address: opt(address), Reason: opt(reason)}
}

// now is the contact in today's form: every third party with how it knew, when
// it was asked.
func now(c schemas.ContactRecorded) schemas.ContactRecordedV2 {
	v := schemas.ContactRecordedV2{Made: c.Made, Channel: c.Channel, Direction: c.Direction, Number: c.Number, Place: c.Place, With: c.With,
		Present: c.Present, Interpreter: c.Interpreter, SafeContactChecked: c.SafeContactChecked, NextContact: c.NextContact}
	for _, s := range c.Statements {
		v.Statements = append(v.Statements, schemas.StatementV2{Kind: s.Kind, Speaker: s.Speaker, Text: s.Text, Language: s.Language,
			Because: s.Because, PassedBy: s.PassedBy, Translation: s.Translation})
	}
	return v
}

// kept is the contact that an appointment became.
func kept(appointment uint64, c schemas.ContactRecorded) schemas.ContactRecordedV2 {
	v := now(c)
	v.Appointment = &appointment
	return v
}

// feedback is the contact in which the client was told what a Marac decided.
func feedback(heard uint64, c schemas.ContactRecorded) schemas.ContactRecordedV2 {
	v := now(c)
	v.FeedbackOn = &heard
	return v
}

// knew says how the third party of a statement came to know, from 0.
func knew(c schemas.ContactRecordedV2, statement int, how string) schemas.ContactRecordedV2 {
	c.Statements[statement].Knew = &how
	return c
}

// planned is a call to the client that is arranged.
func planned(adviser, number, start, end, purpose string, set uint64) schemas.AppointmentPlanned {
	a := schemas.AppointmentPlanned{Made: live, With: []schemas.Party{client}, Purpose: purpose, Interpreter: "not-needed",
		Arranged: schemas.Arranged{Adviser: adviser, Channel: "phone", Start: local(start), Number: opt(number), SafeContact: &set}}
	if end != "" {
		date, zone := start[:len("2026-10-27")], start[len(start)-len("+00:00"):]
		a.Arranged.End = ptr(local(date + " " + end + " " + zone))
	}
	return a
}

// meet is a meeting with the client that is arranged.
func meet(adviser, kind, place, start, end, purpose string, set uint64) schemas.AppointmentPlanned {
	a := planned(adviser, "", start, end, purpose, set)
	a.Arranged.Channel, a.Arranged.PlaceKind, a.Arranged.Place = "in-person", &kind, &place
	return a
}

// review is a risk review in today's form, with its occasion and whom it is
// about.
func review(r schemas.RiskReviewed, occasion string, about []string, incidents ...uint64) schemas.RiskReviewedV2 {
	return schemas.RiskReviewedV2{Made: r.Made, Instrument: r.Instrument, Answers: r.Answers, Judgement: r.Judgement, Criteria: r.Criteria,
		Rule: r.Rule, Occasion: &occasion, About: about, Incidents: incidents}
}

// needs says how much help is needed in money, life, time, safety and health:
// one letter for each, n none, s some, m much, u urgent.
func needs(r schemas.RiskReviewedV2, letters string) schemas.RiskReviewedV2 {
	for i, area := range []string{"money", "life", "time", "safety", "health"} {
		need := map[byte]string{'n': "none", 's': "some", 'm': "much", 'u': "urgent"}[letters[i]]
		r.Areas = append(r.Areas, schemas.NeedForHelp{Area: area, Need: need})
	}
	return r
}

// perpetrator is a perpetrator as known at first. What is not known is "".
func perpetrator(m schemas.Made, id, relation, name, initials, born string) schemas.PersonRecorded {
	return schemas.PersonRecorded{Made: m, Person: person(id), Role: "perpetrator", Relation: relation, Name: opt(name), Initials: opt(initials),
		Born: opt(born), LivesWithClient: "no", ParentalResponsibility: "not-known"}
}

// incident is one in today's form, disclosed in a contact.
func incident(m schemas.Made, happened schemas.Occurred, what string, kinds []string, by, who, reported, reference string, in uint64) schemas.IncidentDisclosedV2 {
	return schemas.IncidentDisclosedV2{Made: m, Happened: happened, What: prose(what), Kinds: kinds,
		Perpetrators: []schemas.Doer{{Person: ptr(person(by)), Who: opt(who)}}, Through: "perpetrator", ChildrenPresent: "no",
		Reported: reported, Reference: opt(reference), DisclosedIn: &in}
}

// channel is a line of a safe-contact setting; days such as "mon wed" and
// hours such as "10:00-14:30" when it is allowed only then.
func channel(c schemas.SafeChannel, hours ...schemas.Hours) schemas.SafeChannelV2 {
	return schemas.SafeChannelV2{Channel: c.Channel, Allowed: c.Allowed, Times: c.Times, Hours: hours, Reason: c.Reason, Address: c.Address}
}

func hours(days, from, to string) schemas.Hours {
	return schemas.Hours{Days: strings.Fields(days), From: from, To: to}
}

const weekdays = "mon tue wed thu fri"

func place(kind, name string, hours ...schemas.Hours) schemas.SafePlace {
	return schemas.SafePlace{Kind: kind, Place: opt(name), Hours: hours}
}

// attended is an agency that came to a meeting and said what it knew; silent
// one that was invited and neither came nor wrote.
func attended(agency, role string) schemas.Attendee {
	return schemas.Attendee{Agency: agency, Role: opt(role), Attended: true, Spoke: "yes"}
}

func silent(agency string) schemas.Attendee {
	return schemas.Attendee{Agency: agency, Spoke: "no"}
}

func ours(staff string) schemas.Attendee {
	return schemas.Attendee{Agency: "Our service", Role: opt("adviser"), Staff: &staff, Attended: true, Spoke: "yes"}
}

func agreed(id, agency, what, risk, due string) schemas.AgreedAction {
	return schemas.AgreedAction{ID: id, Agency: agency, What: prose(what), Risk: opt(risk), Due: opt(due)}
}

// consent is the client's answer on support, sharing and statistics.
func consent(m schemas.Made, how, limits string, sharing, statistics bool, with ...string) schemas.AgreementRecorded {
	a := schemas.AgreementRecorded{Made: m, By: "client", How: how, Answers: []schemas.Agreement{
		{Purpose: "support", Agreed: true}, {Purpose: "sharing", Agreed: sharing, With: with}, {Purpose: "statistics", Agreed: statistics}}}
	if limits != "" {
		a.Answers[1].Limits = some(limits)
	}
	return a
}

// covered has another adviser cover on one day.
func covered(adviser, from, to, reason, note string) schemas.CaseCovered {
	return schemas.CaseCovered{Made: live, Adviser: adviser, By: "staff-02", From: local(from), To: ptr(local(to)), Reason: reason, Note: some(note)}
}
