package schemas

// Second versions. Upcast makes them of the first.

// ReferralReceivedV2 opens a case.
type ReferralReceivedV2 struct {
	Made         Made           `json:"made"`
	Source       string         `json:"source"` // marac, police, self, agency, helpline
	Agency       *string        `json:"agency"`
	Received     string         `json:"received"` // a time
	Reason       Prose          `json:"reason"`
	Flags        []string       `json:"flags"`
	Perpetrators []string       `json:"perpetrators"` // persons: the pairs
	Marac        *ReferralMarac `json:"marac"`
	Reference    *string        `json:"reference"` // the referrer's
}

// ReferralMarac is where and when a Marac had the case.
type ReferralMarac struct {
	Area     string  `json:"area"`
	Referred *string `json:"referred"` // a date; nil: that of Received
	Heard    *string `json:"heard"`    // a date
	Repeat   string  `json:"repeat"`   // as the Marac called it: yes, no, not-known
}

// SafeContactSetV2 is how the client can be reached from now on.
type SafeContactSetV2 struct {
	Made     Made            `json:"made"`
	Channels []SafeChannelV2 `json:"channels"`
	CodeWord *string         `json:"code_word"`
	Places   []SafePlace     `json:"places"`
	Expires  *string         `json:"expires"` // a date
}

// SafeChannelV2 is one channel; a channel that is not listed is not safe.
type SafeChannelV2 struct {
	Channel string  `json:"channel"` // phone, voicemail, text, email, post, visit, video
	Allowed bool    `json:"allowed"`
	Times   *string `json:"times"` // in words
	Hours   []Hours `json:"hours"` // empty: any, unless Times says otherwise
	Reason  *string `json:"reason"`
	Address *string `json:"address"` // nil: any
}

// Hours are times of some days of the week, by the clock in London.
type Hours struct {
	Days []string `json:"days"` // mon … sun
	From string   `json:"from"` // 10:00
	To   string   `json:"to"`
}

// SafePlace is where the client can be met.
type SafePlace struct {
	Kind      string  `json:"kind"` // refuge, workplace, court, agency, accommodation, public, home, other
	Place     *string `json:"place"`
	AwayUntil *string `json:"away_until"` // a time: of the home, while the perpetrator is away
	Hours     []Hours `json:"hours"`
}

// ContactRecordedV2 is a contact sheet.
type ContactRecordedV2 struct {
	Made               Made             `json:"made"`
	Channel            string           `json:"channel"`   // phone, video, text, email, post, in-person
	Direction          string           `json:"direction"` // in, out, met
	Number             *string          `json:"number"`
	Place              *string          `json:"place"`
	With               []Party          `json:"with"`
	Present            []Bystander      `json:"present"`
	Interpreter        *ContactLanguage `json:"interpreter"`
	SafeContactChecked bool             `json:"safe_contact_checked"`
	Statements         []StatementV2    `json:"statements"`
	NextContact        *string          `json:"next_contact"` // a time
	Appointment        *uint64          `json:"appointment"`  // the appointment.planned that took place
	FeedbackOn         *uint64          `json:"feedback_on"`  // the marac.heard that the client was told of
}

// StatementV2 is one statement of a contact.
type StatementV2 struct {
	Kind        string       `json:"kind"`    // client-words, client-summary, third-party, observed, opinion, action
	Speaker     string       `json:"speaker"` // client, me, or who
	Text        string       `json:"text"`
	Language    string       `json:"language"`
	Knew        *string      `json:"knew"`    // how a third party knew; nil: not asked
	Because     *Prose       `json:"because"` // of an opinion
	PassedBy    []PassedBy   `json:"passed_by"`
	Translation *Translation `json:"translation"`
}

// IncidentDisclosedV2 is an incident that came to be known.
type IncidentDisclosedV2 struct {
	Made            Made     `json:"made"`
	Happened        Occurred `json:"happened"`
	What            Prose    `json:"what"`
	Kinds           []string `json:"kinds"`
	Perpetrators    []Doer   `json:"perpetrators"`     // empty: not known
	Through         string   `json:"through"`          // perpetrator, relative, other, not-known
	ChildrenPresent string   `json:"children_present"` // yes, no, not-known
	Reported        string   `json:"reported"`         // to the police: yes, no, not-known
	Reference       *string  `json:"reference"`
	DisclosedIn     *uint64  `json:"disclosed_in"` // seq of the contact
}

// Doer is a perpetrator of an incident, by number, in words or both.
type Doer struct {
	Person *string `json:"person"`
	Who    *string `json:"who"`
}

// RiskReviewedV2 is a risk review.
type RiskReviewedV2 struct {
	Made       Made          `json:"made"`
	Instrument Versioned     `json:"instrument"`
	Answers    []Answer      `json:"answers"`
	Judgement  Judgement     `json:"judgement"`
	Criteria   []string      `json:"criteria"` // visible-high-risk, professional-judgement, potential-escalation, repeat
	Rule       Versioned     `json:"rule"`
	Occasion   *string       `json:"occasion"` // intake, routine, incident, change, repeat, closure
	About      []string      `json:"about"`    // persons: the pairs
	Incidents  []uint64      `json:"incidents"`
	Events     *OtherEvents  `json:"events"`
	Marac      *string       `json:"marac"` // whose threshold holds
	Areas      []NeedForHelp `json:"areas"`
}

// OtherEvents are incidents that others count and the ledger does not hold.
type OtherEvents struct {
	Count  int    `json:"count"`
	From   string `json:"from"` // a date
	To     string `json:"to"`   // a date, included
	Source string `json:"source"`
}

// NeedForHelp is how much help is needed in one area of the plan.
type NeedForHelp struct {
	Area string `json:"area"` // money, life, time, safety, health
	Need string `json:"need"` // none, some, much, urgent
}
