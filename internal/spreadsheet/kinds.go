package spreadsheet

import (
	"slices"
	"strings"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Column is a column of a sheet.
type Column struct {
	Name string `json:"name"`
	Must bool   `json:"must"` // no cell may be empty
	Doc  string `json:"doc"`
	// words: kept byte for byte, formula or not
	words bool
}

// Kind is a kind of sheet: its columns and what a row of it becomes.
type Kind struct {
	Name    string   `json:"kind"`
	Doc     string   `json:"doc"`
	Columns []Column `json:"columns"`

	opens bool // a row may be the first of its case
	read  func(*cells) []drafted
}

// drafted is an event of a row before it is checked.
type drafted struct {
	actor    string
	occurred schemas.Occurred
	data     any
	// columns tell which column a member of the event comes from, by the
	// longest pointer that it begins with.
	columns map[string]string
}

// common are the columns that every kind begins and ends with.
var common = []Column{
	{Name: "case", Must: true, Doc: "your own reference of the case, the same in every sheet, or its 32 hex digits in the ledger"},
	{Name: "recorded_by", Doc: "staff number of who wrote it; empty: who imports"},
}

// Kinds are the sheets that can be read.
func Kinds() []Kind { return slices.Clone(kinds) }

// FindKind returns the kind of a name.
func FindKind(name string) (Kind, bool) {
	if i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return kinds[i], true
	}
	return Kind{}, false
}

var kinds = []Kind{
	{
		Name: "referrals", opens: true, read: referral,
		Doc: "One row a referral: referral.received, with client.recorded when there is a name and case.allocated when there is an adviser.",
		Columns: with(
			Column{Name: "received", Must: true, Doc: "the date it came; the clock to the first attempt runs from here"},
			Column{Name: "received_time", Doc: "and the time, 14:05; empty: the start of the day, of which clocks in working days take no notice"},
			Column{Name: "source", Must: true, Doc: "marac, police, self, agency or helpline"},
			Column{Name: "agency", Doc: "who referred; needed for marac, police and agency"},
			Column{Name: "reason", Must: true, Doc: "in words, as they stand", words: true},
			Column{Name: "flags", Doc: "any of " + strings.Join(flags, ", ") + ", separated by semicolons"},
			Column{Name: "reference", Doc: "the referrer's"},
			Column{Name: "marac_area", Doc: "which Marac; needed when source is marac, and only then"},
			Column{Name: "marac_referred", Doc: "the date of the referral to the Marac; empty: that of received"},
			Column{Name: "marac_heard", Doc: "the date of the meeting"},
			Column{Name: "marac_repeat", Doc: "whether the Marac called it a repeat: yes, no, not-known (also when empty)"},
			Column{Name: "name", Doc: "the client's; empty: none of the columns below up to address_secret is read"},
			Column{Name: "initials", Doc: "what lists show; needed with a name"},
			Column{Name: "alias", Doc: "what to say when somebody else may be listening"},
			Column{Name: "born", Doc: "a date"},
			Column{Name: "pronouns"},
			Column{Name: "gender", Doc: "in the client's own words, as the two below; empty: not asked"},
			Column{Name: "ethnicity"},
			Column{Name: "disability"},
			Column{Name: "language", Doc: "the first one, BCP 47: en, pa, pl"},
			Column{Name: "interpreter_language", Doc: "likewise; empty: none is needed"},
			Column{Name: "phone"},
			Column{Name: "email"},
			Column{Name: "address", Doc: "a line of it on each line of the cell", words: true},
			Column{Name: "postcode"},
			Column{Name: "address_secret", Doc: "no when the perpetrator may know it; empty: yes"},
			Column{Name: "adviser", Doc: "staff number of who has the case"},
			Column{Name: "allocated_by", Doc: "staff number of who decided; empty: who imports"},
		),
	},
	{
		Name: "contacts", read: contact,
		Doc: "One row a contact, contact.recorded, or with an outcome an attempt, contact.attempted. Each column of words becomes one statement.",
		Columns: with(
			Column{Name: "date", Must: true},
			Column{Name: "start", Doc: "14:05, with GMT or BST behind it in the hour that comes twice; empty: the day alone is known"},
			Column{Name: "end"},
			Column{Name: "channel", Must: true, Doc: strings.Join(channels, ", ")},
			Column{Name: "direction", Doc: "in or out; in person it is met. Needed for a contact"},
			Column{Name: "outcome", Doc: "of an attempt: " + strings.Join(outcomes, ", ")},
			Column{Name: "voicemail", Doc: "of an attempt by phone: yes when a message was left"},
			Column{Name: "number", Doc: "the one used"},
			Column{Name: "place"},
			Column{Name: "with", Doc: "client (also when empty), professional, family or other"},
			Column{Name: "with_name"},
			Column{Name: "with_role"},
			Column{Name: "with_agency"},
			Column{Name: "could_overhear", Doc: "who else was there or could hear it"},
			Column{Name: "safe_contact_checked", Doc: "yes or no; empty: no"},
			Column{Name: "summary", Doc: "the client, in the writer's words; of an attempt the note", words: true},
			Column{Name: "words", Doc: "the client's, exactly as said: only when the writer marked them so", words: true},
			Column{Name: "said_by", Doc: "somebody else who said something"},
			Column{Name: "said", Doc: "what that was", words: true},
			Column{Name: "observed", Doc: "what the writer saw or heard", words: true},
			Column{Name: "opinion", words: true},
			Column{Name: "because", Doc: "the grounds of the opinion", words: true},
			Column{Name: "action", Doc: "what the writer did", words: true},
		),
	},
	{
		Name: "risk-reviews", read: risk,
		Doc: "One row a risk review by the Dash list: risk.reviewed.",
		Columns: with(append([]Column{
			{Name: "date", Must: true},
			{Name: "occasion", Doc: "intake, routine, incident, change, repeat or closure"},
			{Name: "level", Must: true, Doc: "the judgement: standard, medium or high"},
			{Name: "reasons", Must: true, Doc: "of the judgement, in words", words: true},
			{Name: "criteria", Doc: "those that the reviewer ticked: " + strings.Join(criteria, ", ") + ", separated by semicolons"},
			{Name: "marac", Doc: "whose threshold holds"},
		}, items()...)...),
	},
	{
		Name: "safe-contact", read: safeContact,
		Doc: "One row a setting: safe-contact.set, which takes the place of the one before. A channel without yes or no is not listed, and so not safe.",
		Columns: with(append([]Column{
			{Name: "date", Must: true, Doc: "from when it holds"},
			{Name: "time"},
			{Name: "code_word"},
			{Name: "expires", Doc: "a date"},
		}, perChannel()...)...),
	},
}

var (
	flags    = []string{"honour-based", "language", "under-18", "later-life", "mental-health", "substance-use", "self-harm"}
	channels = []string{"phone", "video", "text", "email", "post", "in-person"}
	outcomes = []string{"no-answer", "voicemail", "engaged", "unobtainable", "someone-else-answered", "not-safe-to-talk", "message-sent"}
	criteria = []string{"visible-high-risk", "professional-judgement", "potential-escalation", "repeat"}
	settable = []string{"phone", "voicemail", "text", "email", "post", "visit", "video"}
)

func with(columns ...Column) []Column {
	return append(append([]Column{common[0]}, columns...), common[1])
}

const (
	dash        = "dash"
	dashVersion = 1
)

// items are the columns of the instrument's questions.
func items() []Column {
	in, _ := schemas.FindInstrument(dash, dashVersion)
	var list []Column
	for _, it := range in.Items {
		list = append(list, Column{Name: strings.ToLower(it.Code), Doc: it.Topic + ": yes, no, not-known; empty: not-asked"})
	}
	return list
}

func perChannel() []Column {
	var list []Column
	for _, c := range settable {
		list = append(list,
			Column{Name: c, Doc: "yes: allowed; no: not allowed"},
			Column{Name: c + "_address", Doc: "the one number or address for which that holds; empty: any. An e-mail is safe only to a listed address"},
			Column{Name: c + "_times", Doc: "when, in the client's words"},
			Column{Name: c + "_reason", Doc: "why, or why not"},
		)
	}
	return list
}

// made says of every event that it comes from a sheet, and why it is late.
func (c *cells) made() schemas.Made {
	return schemas.Made{
		From: "document", Kept: c.o.Kept, Reference: &c.o.Title,
		Late: &schemas.Prose{Text: "Entered from the records that the service kept before this ledger: " + c.o.Title},
	}
}

func referral(c *cells) []drafted {
	made, actor := c.made(), c.staff("recorded_by")
	occurred := c.occurred("received", "received_time", "")
	day := c.day("received")
	received := clock.Format(day.Start())
	if occurred.Precision == "exact" {
		received = *occurred.From
	}
	r := schemas.ReferralReceivedV2{
		Made: made, Source: c.code("source", "marac", "police", "self", "agency", "helpline"), Agency: c.line1("agency"),
		Received: received, Reason: schemas.Prose{Text: c.text("reason")}, Flags: c.list("flags", flags...), Reference: c.line1("reference"),
	}
	if area := c.line1("marac_area"); area != nil {
		m := schemas.ReferralMarac{Area: *area, Referred: c.date("marac_referred"), Heard: c.date("marac_heard"), Repeat: c.code("marac_repeat", "yes", "no", "not-known")}
		if m.Repeat == "" {
			m.Repeat = "not-known"
		}
		if r.Marac = &m; r.Source != "marac" {
			c.wrong("marac_area", "is only for a referral by a Marac")
		}
	} else if r.Source == "marac" {
		c.wrong("marac_area", "is missing, and the source is a Marac")
	}
	list := []drafted{{actor, occurred, r, map[string]string{
		"/data/agency": "agency", "/data/flags": "flags", "/data/marac": "marac_area", "/data/reason": "reason", "/data/received": "received",
		"/data/reference": "reference", "/data/source": "source", "/occurred": "received",
	}}}
	if c.has("name") {
		client := schemas.ClientRecorded{
			Made: made, Name: *c.line1("name"), Initials: c.must("initials"), Alias: c.line1("alias"), Born: c.date("born"), Pronouns: c.line1("pronouns"),
			Language: c.line1("language"), Phone: c.number("phone"), Email: c.line1("email"),
			Identity: schemas.Identity{Gender: c.line1("gender"), Ethnicity: c.line1("ethnicity"), Disability: c.line1("disability")},
		}
		if l := c.line1("interpreter_language"); l != nil {
			client.Interpreter = schemas.Interpreter{Needed: true, Language: l}
		}
		if secret := c.yes("address_secret", true); c.has("address") {
			a := schemas.Address{Postcode: c.line1("postcode"), Secret: secret}
			for line := range strings.Lines(c.text("address")) {
				if line = strings.TrimRight(line, "\r\n"); line != "" {
					a.Lines = append(a.Lines, line)
				}
			}
			client.Address = &a
		} else if c.has("postcode") {
			c.wrong("postcode", "stands without an address")
		}
		list = append(list, drafted{actor, occurred, client, map[string]string{
			"/data/address": "address", "/data/address/postcode": "postcode", "/data/alias": "alias", "/data/born": "born", "/data/email": "email",
			"/data/identity/disability": "disability", "/data/identity/ethnicity": "ethnicity", "/data/identity/gender": "gender",
			"/data/initials": "initials", "/data/interpreter": "interpreter_language", "/data/language": "language", "/data/name": "name",
			"/data/phone": "phone", "/data/pronouns": "pronouns", "/occurred": "received",
		}})
	}
	if c.has("adviser") {
		list = append(list, drafted{actor, occurred, schemas.CaseAllocated{Made: made, Adviser: c.staff("adviser"), By: c.staff("allocated_by")},
			map[string]string{"/data/adviser": "adviser", "/data/by": "allocated_by", "/occurred": "received"}})
	}
	return list
}

func contact(c *cells) []drafted {
	actor := c.staff("recorded_by")
	occurred := c.occurred("date", "start", "end")
	channel := c.code("channel", channels...)
	columns := map[string]string{"/data/channel": "channel", "/data/number": "number", "/occurred": "date", "/occurred/to": "end"}
	if outcome := c.code("outcome", outcomes...); outcome != "" {
		for _, column := range []string{"words", "said", "observed", "opinion", "action", "direction"} {
			if c.has(column) {
				c.wrong(column, "is of a contact, and the outcome is of an attempt: make two rows of it")
			}
		}
		a := schemas.ContactAttempted{Made: c.made(), Channel: channel, Number: c.number("number"), Outcome: outcome, Voicemail: c.yes("voicemail", false)}
		if c.has("summary") {
			a.Note = &schemas.Prose{Text: c.text("summary")}
		}
		columns["/data/outcome"], columns["/data/voicemail"], columns["/data/note"] = "outcome", "voicemail", "summary"
		return []drafted{{actor, occurred, a, columns}}
	}
	d := schemas.ContactRecordedV2{
		Made: c.made(), Channel: channel, Direction: c.code("direction", "in", "out", "met"), Number: c.number("number"), Place: c.line1("place"),
		SafeContactChecked: c.yes("safe_contact_checked", false),
	}
	switch {
	case channel == "in-person" && d.Direction == "":
		d.Direction = "met"
	case d.Direction == "":
		c.wrong("direction", "is missing: in or out, or an outcome for an attempt")
	}
	party := schemas.Party{Kind: c.code("with", "client", "professional", "family", "other"), Name: c.line1("with_name"), Role: c.line1("with_role"), Agency: c.line1("with_agency")}
	if party.Kind == "" {
		party.Kind = "client"
	}
	d.With = []schemas.Party{party}
	if who := c.line1("could_overhear"); who != nil {
		d.Present = []schemas.Bystander{{Who: *who, CouldOverhear: true}}
	}
	for _, s := range []struct{ column, kind, speaker string }{
		{"summary", "client-summary", "client"}, {"words", "client-words", "client"}, {"said", "third-party", ""},
		{"observed", "observed", "me"}, {"opinion", "opinion", "me"}, {"action", "action", "me"},
	} {
		if !c.has(s.column) {
			continue
		}
		statement := schemas.StatementV2{Kind: s.kind, Speaker: s.speaker, Text: c.text(s.column), Language: "en"}
		switch s.column {
		case "said":
			if c.must("said_by"); c.has("said_by") {
				statement.Speaker = *c.line1("said_by")
			}
		case "opinion":
			statement.Because = &schemas.Prose{Text: c.must("because")}
		case "summary":
			if party.Kind != "client" {
				// What somebody else said is not the client's.
				c.wrong("summary", "is the client's, and the contact is not with the client: use said and said_by")
			}
		}
		columns["/data/statements/"+string(rune('0'+len(d.Statements)))] = s.column
		d.Statements = append(d.Statements, statement)
	}
	if len(d.Statements) == 0 {
		c.wrong("summary", "is missing, and so is every other column of words")
	}
	for _, pair := range [][2]string{{"said_by", "said"}, {"because", "opinion"}} {
		if c.has(pair[0]) && !c.has(pair[1]) {
			c.wrong(pair[0], "stands without "+pair[1])
		}
	}
	columns["/data/direction"], columns["/data/place"], columns["/data/with"] = "direction", "place", "with"
	columns["/data/with/0/name"], columns["/data/with/0/role"], columns["/data/with/0/agency"] = "with_name", "with_role", "with_agency"
	columns["/data/present"] = "could_overhear"
	return []drafted{{actor, occurred, d, columns}}
}

func risk(c *cells) []drafted {
	in, _ := schemas.FindInstrument(dash, dashVersion)
	d := schemas.RiskReviewedV2{
		Made: c.made(), Instrument: schemas.Versioned{Code: dash, Version: dashVersion}, Rule: schemas.Versioned{Code: "marac", Version: 1},
		Judgement: schemas.Judgement{Level: c.code("level", "standard", "medium", "high"), Text: c.text("reasons")},
		Criteria:  c.list("criteria", criteria...), Marac: c.line1("marac"),
	}
	if o := c.code("occasion", "intake", "routine", "incident", "change", "repeat", "closure"); o != "" {
		d.Occasion = &o
	}
	for _, it := range in.Items {
		answer := c.code(strings.ToLower(it.Code), "yes", "no", "not-known", "not-asked")
		if answer == "" {
			answer = "not-asked"
		}
		d.Answers = append(d.Answers, schemas.Answer{Item: it.Code, Answer: answer})
	}
	return []drafted{{c.staff("recorded_by"), c.occurred("date", "", ""), d, map[string]string{
		"/data/criteria": "criteria", "/data/judgement/level": "level", "/data/judgement/text": "reasons", "/data/marac": "marac",
		"/data/occasion": "occasion", "/occurred": "date",
	}}}
}

func safeContact(c *cells) []drafted {
	d := schemas.SafeContactSetV2{Made: c.made(), CodeWord: c.line1("code_word"), Expires: c.date("expires")}
	columns := map[string]string{"/data/code_word": "code_word", "/data/expires": "expires", "/occurred": "date"}
	for _, channel := range settable {
		allowed := c.code(channel, "yes", "no")
		address := c.line1(channel + "_address")
		if channel != "email" && channel != "post" && channel != "visit" {
			address = c.number(channel + "_address")
		}
		s := schemas.SafeChannelV2{Channel: channel, Allowed: allowed == "yes", Address: address, Times: c.line1(channel + "_times"), Reason: c.line1(channel + "_reason")}
		if allowed == "" {
			if s.Address != nil || s.Times != nil || s.Reason != nil {
				c.wrong(channel, "is missing, and something is said of it")
			}
			continue
		}
		if channel == "email" && s.Allowed && s.Address == nil {
			c.wrong("email_address", "is missing: an e-mail is safe only to a listed address")
		}
		columns["/data/channels/"+string(rune('0'+len(d.Channels)))] = channel
		d.Channels = append(d.Channels, s)
	}
	if len(d.Channels) == 0 {
		c.wrong("", "says yes or no of no channel")
	}
	return []drafted{{c.staff("recorded_by"), c.occurred("date", "time", ""), d, columns}}
}
