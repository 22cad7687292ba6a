package pages

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"

	"caseledger/internal/views"
	"caseledger/schemas"
)

// The client, children and other people of a case. What is recorded of one of
// them replaces the whole of what was: a form begins with it.

var (
	yesNo = []option{{"yes", "Yes"}, {"no", "No"}}

	emailAddress = regexp.MustCompile(`^[^ \t\n\r@]+@[^ \t\n\r@]+$`)
	wholeNumber  = regexp.MustCompile("^[0-9a-f]{32}$") // of a person, or of a case
)

// addressAsks are those of an address.
var addressAsks = []question{
	secretLines("address", "Address", 3).hint("One line of it on each, without the postcode."),
	secret("postcode", "Postcode"),
	radios("address-secret", "Must the address be kept from the perpetrator?", yesNo).or("Say whether the address must be kept from the perpetrator."),
}

// holdAddress begins with an address that is recorded; with none a new one is
// to be kept from the perpetrator unless somebody says otherwise.
func (a *answers) holdAddress(d *schemas.Address) {
	if d == nil {
		d = &schemas.Address{Secret: true}
	}
	a.page.holdLines("address", d.Lines)
	a.page.hold("postcode", d.Postcode)
	if a.page.First {
		a.Set("address-secret", yesOrNo(d.Secret))
	}
}

func (a *answers) address() *schemas.Address {
	lines, postcode := a.page.secretLines("address", 10), a.page.secret("postcode")
	if len(lines) == 0 {
		if a.Line("postcode") != nil {
			a.Fail("address", "There is a postcode: enter the address too, or take the postcode out.")
		}
		return nil
	}
	if strings.TrimSpace(a.V("address")) != "" && a.page.stays("postcode") {
		a.Fail("postcode", "The address is another one: enter its postcode too, or say that there is none any more.")
	}
	return &schemas.Address{Lines: lines, Postcode: postcode, Secret: a.one("address-secret") == "yes"}
}

func yesOrNo(yes bool) string { return map[bool]string{true: "yes", false: "no"}[yes] }

// initials are what lists show instead of a name; nil when there are none.
func (a *answers) initials() *string {
	s := a.Line("initials")
	if s != nil && len([]rune(*s)) > 8 {
		a.Fail("initials", "At most 8 characters.")
	}
	return s
}

// offerAlso adds to what is offered what stands and is not offered any more, so
// that it is not lost.
func (x *question) offerAlso(list ...option) {
	for _, o := range list {
		if !slices.Contains(valuesOf(x.Of), o.Value) {
			x.Of = append(slices.Clone(x.Of), o)
		}
	}
}

// offerLanguage offers a language by its tag, when it is not among the usual
// ones.
func (a *answers) offerLanguage(name string, tag *string) {
	if tag == nil {
		return
	}
	a.found[name].offerAlso(option{*tag, languageName(*tag)})
	if a.page.First {
		a.Set(name, *tag)
	}
}

var client = short{
	path: "/client", title: "The client’s details", press: "Record these details", when: "Since when",
	intro: "As they are from now on. Lists and titles show the initials only. How the client can be reached safely is agreed apart, under safe contact.",
	asks: slices.Concat([]question{
		beside(line("name", "Name").or("Enter the client’s name."), line("initials", "Initials").hint("What lists show. At most 8 characters.").or("Enter initials, or other letters that stand for the client.")),
		line("alias", "What to say when somebody else may be listening").hint("Such as a surgery that we ring from."),
		beside(onDay("born", "Date of birth"), line("pronouns", "Pronouns")),
		oneOf("language", "First language", languages),
		radios("interpreter", "Is an interpreter needed?", yesNo).or("Say whether an interpreter is needed."),
		beside(oneOf("interpreter-language", "Into which language", languages), line("interpreter-note", "About the interpreter").hint("Such as a woman, or nobody from the same town.")),
	}, addressAsks, []question{
		beside(secret("phone", "Telephone"), secret("email", "Email")),
		fold("As the client describes herself or himself",
			line("gender", "Gender").hint("In the client’s own words. Empty: not asked."),
			line("ethnicity", "Ethnicity").hint("In the client’s own words. Empty: not asked."),
			line("disability", "Disability").hint("In the client’s own words. Empty: not asked."),
		),
	}),
	at: map[string]string{
		"/data/interpreter": "interpreter", "/data/interpreter/language": "interpreter-language", "/data/interpreter/note": "interpreter-note", "/data/address": "address", "/data/address/postcode": "postcode",
		"/data/identity/gender": "gender", "/data/identity/ethnicity": "ethnicity", "/data/identity/disability": "disability",
	},
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := began(s, r, a, "client.recorded", func(*schemas.ClientRecorded) bool { return true })
		if errors.Is(err, errNoPage) { // nobody recorded anything of the client yet
			a.holdAddress(nil)
			return nil
		}
		if err != nil {
			return err
		}
		a.ofClient(d)
		return nil
	},
	meanwhile: func(s *Server, r *Request, a *answers) error {
		return met(s, r, a, "client.recorded", func(*schemas.ClientRecorded) bool { return true }, (*answers).ofClient)
	},
	data: func(a *answers) any {
		d := schemas.ClientRecorded{
			Made: a.page.Made, Name: a.must("name"), Initials: a.must("initials"), Alias: a.Line("alias"), Born: a.birth(), Pronouns: a.Line("pronouns"), Language: a.maybe("language"),
			Interpreter: schemas.Interpreter{Needed: a.one("interpreter") == "yes", Language: a.maybe("interpreter-language"), Note: a.Line("interpreter-note")},
			Address:     a.address(), Phone: a.page.secret("phone"), Email: a.page.secret("email"),
			Identity: schemas.Identity{Gender: a.Line("gender"), Ethnicity: a.Line("ethnicity"), Disability: a.Line("disability")},
		}
		a.initials()
		if d.Email != nil && !emailAddress.MatchString(*d.Email) {
			a.Fail("email", "Enter an address such as name@example.org.")
		}
		switch i := d.Interpreter; {
		case i.Needed && i.Language == nil && a.Err("interpreter-language") == "":
			a.Fail("interpreter-language", "Choose the language of the interpreter.")
		case !i.Needed && i.Language != nil && a.Err("interpreter") == "":
			a.Fail("interpreter-language", "No interpreter is needed: take the language out, or say that one is.")
		}
		return d
	},
}

// ofClient begins with what is recorded of the client.
func (a *answers) ofClient(d *schemas.ClientRecorded) {
	a.holdAddress(d.Address)
	a.page.hold("phone", d.Phone)
	a.page.hold("email", d.Email)
	a.offerLanguage("language", d.Language)
	a.offerLanguage("interpreter-language", d.Interpreter.Language)
	if !a.page.First {
		return
	}
	a.Set("name", d.Name)
	a.Set("initials", d.Initials)
	a.setLine("alias", d.Alias)
	a.setLine("born", d.Born)
	a.setLine("pronouns", d.Pronouns)
	a.Set("interpreter", yesOrNo(d.Interpreter.Needed))
	a.setLine("interpreter-note", d.Interpreter.Note)
	a.setLine("gender", d.Identity.Gender)
	a.setLine("ethnicity", d.Identity.Ethnicity)
	a.setLine("disability", d.Identity.Disability)
}

// birth is a day on which somebody was born.
func (a *answers) birth() *string {
	d := a.Date("born")
	if d.IsZero() {
		return nil
	}
	if d.Start().After(a.now) {
		a.Fail("born", "This is later than now. Look at the day.")
	}
	s := d.String()
	return &s
}

// somebody names somebody new in the case: with 128 random bits, the same
// however often the form is sent.
func (a *answers) somebody() error {
	if a.page.First {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		a.Set("somebody", hex.EncodeToString(b[:]))
	}
	if a.of = a.V("somebody"); !wholeNumber.MatchString(a.of) {
		return errForm
	}
	return nil
}

// knownAs asks for the number that somebody new has elsewhere.
var knownAs = fold("The same person in another case",
	line("known-as", "Number that the other case has").hint("All 32 letters and digits. The same number is what links the cases. Leave it empty otherwise."))

// who is the number of whom the form is about.
func (a *answers) who() string {
	text := a.Line("known-as")
	if text == nil || a.found["known-as"] == nil {
		return a.of
	}
	number := strings.ToLower(*text)
	if !wholeNumber.MatchString(number) {
		a.Fail("known-as", "Enter all 32 letters and digits, or leave it empty.")
	} else if a.inCase(number) {
		a.Fail("known-as", "This person is in this case already: change what is known instead.")
	}
	return number
}

// inCase reports whether somebody has a number in the case, as far as the author
// of the form has seen it: sent again, the form is not refused for what it
// recorded itself.
func (a *answers) inCase(number string) bool {
	return slices.ContainsFunc(a.page.Case.Children, func(c views.CaseChild) bool { return c.Child == number && c.Seq <= a.Seq }) ||
		slices.ContainsFunc(a.page.Case.People, func(p views.CasePerson) bool { return p.Person == number && p.Seq <= a.Seq })
}

var childLivesWith = []option{
	{"client", "The client"}, {"perpetrator", "The perpetrator"}, {"both", "Both"}, {"relative", "A relative"}, {"care", "In care"}, {"elsewhere", "Elsewhere"}, {"not-known", "Not known"},
}

var childStates = []option{
	{"none", "None"}, {"early-help", "Early help"}, {"child-in-need", "Child in need"}, {"protection-plan", "Child protection plan"}, {"looked-after", "Looked after"}, {"not-known", "Not known"},
}

var childAsks = []question{
	beside(line("name", "Name").or("Enter the child’s name."), line("initials", "Initials").hint("What lists show. At most 8 characters.").or("Enter initials, or other letters that stand for the child."), onDay("born", "Date of birth")),
	oneOf("lives-with", "Lives with", childLivesWith).or("Say with whom the child lives."),
	radios("perpetrator-parent", "Has a perpetrator parental responsibility?", known).or("Say whether a perpetrator has parental responsibility."),
	line("contact", "What holds for contact with the perpetrator"),
	boxes("exposure", "How the abuse reaches the child", []option{{"saw", "Saw it"}, {"heard", "Heard it"}, {"experienced", "Is abused too"}}).hint("Choose nothing when it is not known."),
	secret("school", "School or nursery"),
	radios("school-secret", "Must the school be kept from the perpetrator?", yesNo).or("Say whether the school must be kept from the perpetrator."),
	beside(line("social-worker", "Social worker"), line("social-worker-agency", "Of which agency"), secret("social-worker-phone", "The social worker’s telephone")),
	oneOf("status", "How the child stands with social care", childStates).or("Say how the child stands with social care."),
	beside(onDay("status-from", "Since"), onDay("status-to", "Until").hint("Empty: it goes on, or not known.")),
	fold("The child’s own case", line("own-case", "Number of the case").hint("All 32 letters and digits, as they stand in the address of its page.")),
}

var childAt = map[string]string{
	"/data/school": "school", "/data/social_worker": "social-worker", "/data/social_worker/agency": "social-worker-agency", "/data/social_worker/phone": "social-worker-phone",
	"/data/status": "status", "/data/status/from": "status-from", "/data/status/to": "status-to",
}

var newChild = short{
	path: "/child/new", title: "New child", press: "Record this child", when: "When you were told",
	intro: "Children who see, hear or experience abuse are victims themselves.",
	asks:  append(slices.Clone(childAsks), knownAs), at: childAt,
	fill: func(_ *Server, _ *Request, a *answers) error {
		for _, c := range a.page.Case.Children {
			a.already = append(a.already, navItem{Text: c.Initials, Href: a.page.Path + "/child/" + c.Child})
		}
		if a.page.First {
			a.Set("perpetrator-parent", "not-known")
			a.Set("school-secret", "yes")
			a.Set("status", "not-known")
		}
		return a.somebody()
	},
	data: func(a *answers) any { return a.child() },
}

var childAgain = short{
	path: "/child/{child}", title: "What is known of a child", press: "Record what is known of the child", when: "Since when",
	asks: childAsks, at: childAt,
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := began(s, r, a, "child.recorded", func(d *schemas.ChildRecorded) bool { return d.Child == r.PathValue("child") })
		if err != nil {
			return err
		}
		a.ofChild(d)
		return nil
	},
	meanwhile: func(s *Server, r *Request, a *answers) error {
		return met(s, r, a, "child.recorded", func(d *schemas.ChildRecorded) bool { return d.Child == r.PathValue("child") }, (*answers).ofChild)
	},
	data: func(a *answers) any { return a.child() },
}

// ofChild begins with what is recorded of a child.
func (a *answers) ofChild(d *schemas.ChildRecorded) {
	a.of = d.Child
	school, worker := d.School, d.SocialWorker
	if school == nil {
		school = &schemas.School{Secret: true}
	} else {
		a.page.hold("school", &school.Name)
	}
	if worker != nil {
		a.worker = worker.Name
		a.page.hold("social-worker-phone", worker.Phone)
	}
	if !a.page.First {
		return
	}
	a.Set("name", d.Name)
	a.Set("initials", d.Initials)
	a.setLine("born", d.Born)
	a.Set("lives-with", d.LivesWith)
	a.Set("perpetrator-parent", d.PerpetratorParent)
	a.setLine("contact", d.Contact)
	a.Set("exposure", d.Exposure...)
	a.Set("school-secret", yesOrNo(school.Secret))
	if worker != nil {
		a.Set("social-worker", worker.Name)
		a.setLine("social-worker-agency", worker.Agency)
	}
	a.Set("status", d.Status.Kind)
	a.setLine("status-from", d.Status.From)
	a.setLine("status-to", d.Status.To)
	a.setLine("own-case", d.OwnCase)
}

func (a *answers) child() schemas.ChildRecorded {
	d := schemas.ChildRecorded{
		Made: a.page.Made, Child: a.who(), Name: a.must("name"), Initials: a.must("initials"), Born: a.birth(), LivesWith: a.one("lives-with"), PerpetratorParent: a.one("perpetrator-parent"),
		Contact: a.Line("contact"), Exposure: a.some("exposure"), SocialWorker: a.socialWorker(),
		Status: schemas.ChildStatus{Kind: a.one("status"), From: a.Day("status-from"), To: a.Day("status-to")}, OwnCase: a.caseNumber("own-case"),
	}
	a.initials()
	if name := a.page.secret("school"); name != nil {
		d.School = &schemas.School{Name: *name, Secret: a.one("school-secret") == "yes"}
	}
	switch st := d.Status; {
	case (st.Kind == "none" || st.Kind == "not-known") && (st.From != nil || st.To != nil):
		a.Fail("status", "There are days: say how the child stood between them, or take them out.")
	case st.From != nil && st.To != nil && *st.To < *st.From:
		a.Fail("status-to", "It ends before it began. Look at both days.")
	}
	return d
}

// caseNumber is the number of another case; nil when there is none.
func (a *answers) caseNumber(name string) *string {
	text := a.Line(name)
	if text == nil {
		return nil
	}
	number := strings.ToLower(*text)
	switch {
	case !wholeNumber.MatchString(number):
		a.Fail(name, "Enter all 32 letters and digits, or leave it empty.")
	case number == a.page.Case.Strip.Case.String():
		a.Fail(name, "This is the number of the case that you are in. Enter the other one, or leave it empty.")
	}
	return &number
}

func (a *answers) socialWorker() *schemas.SocialWorker {
	name, agency, phone := a.Line("social-worker"), a.Line("social-worker-agency"), a.page.secret("social-worker-phone")
	if name == nil {
		if agency != nil || a.Line("social-worker-phone") != nil {
			a.Fail("social-worker", "Name the social worker, or take agency and telephone out.")
		}
		return nil
	}
	if *name != a.worker && a.page.stays("social-worker-phone") {
		a.Fail("social-worker-phone", "It is another social worker: enter the number, or say that there is none any more.")
	}
	return &schemas.SocialWorker{Name: *name, Agency: agency, Phone: phone}
}

var personRoles = []option{
	{"perpetrator", "A perpetrator"}, {"person-at-risk", "A person at risk from a perpetrator"}, {"family", "Family"}, {"other", "Somebody else"},
	{"client", "The client, under the number that other cases have"},
}

var personRelations = []option{
	{"partner", "Partner"}, {"former-partner", "Former partner"}, {"parent", "Parent"}, {"child", "Grown-up child"}, {"sibling", "Brother or sister"}, {"in-law", "In-law"},
	{"other-family", "Other family"}, {"carer", "Carer"}, {"acquaintance", "Acquaintance"}, {"stranger", "Stranger"}, {"other", "Something else"}, {"not-known", "Not known"},
	{"self", "Herself or himself"},
}

var personAsks = slices.Concat([]question{
	oneOf("role", "Who it is in this case", personRoles).or("Say who it is in this case."),
	oneOf("relation", "To the client", personRelations).or("Say what the person is to the client."),
	heldBoxes("at-risk-from", "At risk from whom", perpetratorsOf).hint("Of a person at risk only, such as a new partner."),
	beside(line("name", "Name"), line("initials", "Initials").hint("What lists show. At most 8 characters."), onDay("born", "Date of birth"), line("gender", "Gender").hint("As the person describes it. Empty: not known.")),
	prose("aliases", "Other names", 2).hint("One on each line: nicknames, earlier names, other spellings."),
	radios("lives-with-client", "Lives with the client?", known).or("Say whether the person lives with the client."),
	radios("parental-responsibility", "Parental responsibility for a child of the client?", known).or("Say whether the person has parental responsibility."),
}, addressAsks, []question{
	secretLines("phones", "Telephone numbers", 2).hint("One on each line."),
	secretLines("emails", "Email addresses", 2).hint("One on each line."),
	prose("references", "Numbers under which agencies know the person", 2).hint("One on each line, such as Log 388 of 24 May."),
	prose("note", "Note", 3),
})

var personAt = map[string]string{"/data/address": "address", "/data/address/postcode": "postcode"}

var newPerson = short{
	path: "/person/new", title: "New person", press: "Record this person", when: "When you were told",
	intro: "A perpetrator, a person at risk, family. What is not known stays empty.",
	asks:  append(slices.Clone(personAsks), knownAs), at: personAt,
	fill: func(_ *Server, _ *Request, a *answers) error {
		for _, p := range othersInCase(&a.page.Case) {
			a.already = append(a.already, navItem{Text: p.Label, Href: a.page.Path + "/person/" + p.Value})
		}
		a.holdAddress(nil)
		if a.page.First {
			a.Set("lives-with-client", "not-known")
			a.Set("parental-responsibility", "not-known")
		}
		return a.somebody()
	},
	data: func(a *answers) any { return a.person() },
}

// othersInCase are the people of a case who are no children, in words.
func othersInCase(page *views.CasePage) []option {
	var list []option
	for _, p := range page.People {
		name := p.Initials
		if name == "" {
			name = p.Person[:8]
		}
		list = append(list, option{p.Person, name + ", " + strings.ReplaceAll(p.Role, "-", " ")})
	}
	return list
}

var personAgain = short{
	path: "/person/{person}", title: "What is known of a person", press: "Record what is known of the person", when: "Since when",
	asks: personAsks, at: personAt,
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := began(s, r, a, "person.recorded", func(d *schemas.PersonRecorded) bool { return d.Person == r.PathValue("person") })
		if err != nil {
			return err
		}
		a.ofPerson(d)
		return nil
	},
	meanwhile: func(s *Server, r *Request, a *answers) error {
		return met(s, r, a, "person.recorded", func(d *schemas.PersonRecorded) bool { return d.Person == r.PathValue("person") }, (*answers).ofPerson)
	},
	data: func(a *answers) any { return a.person() },
}

// ofPerson begins with what is recorded of somebody.
func (a *answers) ofPerson(d *schemas.PersonRecorded) {
	a.of = d.Person
	a.holdAddress(d.Address)
	a.page.holdLines("phones", d.Phones)
	a.page.holdLines("emails", d.Emails)
	for _, o := range othersInCase(&a.page.Case) {
		if slices.Contains(d.AtRiskFrom, o.Value) { // also who is no perpetrator any more
			a.found["at-risk-from"].offerAlso(o)
		}
	}
	if !a.page.First {
		return
	}
	a.Set("role", d.Role)
	a.Set("relation", d.Relation)
	a.Set("at-risk-from", d.AtRiskFrom...)
	a.setLine("name", d.Name)
	a.setLine("initials", d.Initials)
	a.setLine("born", d.Born)
	a.setLine("gender", d.Gender)
	a.setLines("aliases", d.Aliases)
	a.Set("lives-with-client", d.LivesWithClient)
	a.Set("parental-responsibility", d.ParentalResponsibility)
	a.setLines("references", d.References)
	a.setProse("note", d.Note)
}

func (a *answers) person() schemas.PersonRecorded {
	d := schemas.PersonRecorded{
		Made: a.page.Made, Person: a.who(), Role: a.one("role"), Relation: a.one("relation"), Name: a.Line("name"), Aliases: a.lines("aliases", 20), Initials: a.initials(), Born: a.birth(),
		Gender: a.Line("gender"), Phones: a.page.secretLines("phones", 20), Emails: a.page.secretLines("emails", 20), Address: a.address(), References: a.lines("references", 20),
		LivesWithClient: a.one("lives-with-client"), AtRiskFrom: a.some("at-risk-from"), ParentalResponsibility: a.one("parental-responsibility"), Note: a.Prose("note"),
	}
	if slices.ContainsFunc(d.Emails, func(e string) bool { return !emailAddress.MatchString(e) }) {
		a.Fail("emails", "Enter addresses such as name@example.org, one on each line.")
	}
	if len(d.AtRiskFrom) > 0 && d.Role != "person-at-risk" && d.Role != "" {
		a.Fail("at-risk-from", "This is asked of a person at risk only: choose nobody, or say that the person is at risk.")
	}
	if slices.Contains(d.AtRiskFrom, d.Person) {
		a.Fail("at-risk-from", "Nobody is at risk from herself or himself here. Choose somebody else.")
	}
	if d.Role != "" && d.Relation != "" && (d.Role == "client") != (d.Relation == "self") {
		a.Fail("relation", "The client, and nobody else, is the client herself or himself. Choose the one that fits.")
	}
	return d
}

// people are the short forms of this file.
var people = []*short{&client, &newChild, &childAgain, &newPerson, &personAgain}
