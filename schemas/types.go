package schemas

// The Go types of data, one for each event type and version (the second ends in
// V2, and so on), and what they share. A pointer is nil where the member is
// null; dates and times stay the strings that were recorded (ParseTime reads
// them); a plain uint64 names an event by its seq in the same case. The schemas
// say what each member means, docs/EVENTS.md in words.

// Occurred is when something happened.
type Occurred struct {
	From      *string `json:"from"`
	To        *string `json:"to"`
	Precision string  `json:"precision"` // exact, about, date, unknown
}

// Made is what an entry was made from. Late is the reason for a late entry.
type Made struct {
	From      string  `json:"from"` // live, handwritten-notes, memory, recording, document
	Kept      *bool   `json:"kept"`
	Reference *string `json:"reference"`
	Late      *Prose  `json:"late"`
}

// Prose is free text, split into words by the record.
type Prose struct {
	Text string `json:"text"`
}

// ReferralReceived opens a case.
type ReferralReceived struct {
	Made     Made     `json:"made"`
	Source   string   `json:"source"` // marac, police, self, agency, helpline
	Agency   *string  `json:"agency"`
	Received string   `json:"received"` // a time
	Reason   Prose    `json:"reason"`
	Flags    []string `json:"flags"`
}

// ClientRecorded is the client's details from now on.
type ClientRecorded struct {
	Made        Made        `json:"made"`
	Name        string      `json:"name"`
	Alias       *string     `json:"alias"`
	Initials    string      `json:"initials"`
	Born        *string     `json:"born"` // a date
	Pronouns    *string     `json:"pronouns"`
	Language    *string     `json:"language"` // BCP 47
	Interpreter Interpreter `json:"interpreter"`
	Address     *Address    `json:"address"`
	Phone       *string     `json:"phone"`
	Email       *string     `json:"email"`
	Identity    Identity    `json:"identity"`
}

// Interpreter says whether the client needs one.
type Interpreter struct {
	Needed   bool    `json:"needed"`
	Language *string `json:"language"`
	Note     *string `json:"note"`
}

// Address is where the client lives. Secret: it must not reach the perpetrator.
type Address struct {
	Lines    []string `json:"lines"`
	Postcode *string  `json:"postcode"`
	Secret   bool     `json:"secret"`
}

// Identity is self-described; nil: not asked.
type Identity struct {
	Gender     *string `json:"gender"`
	Ethnicity  *string `json:"ethnicity"`
	Disability *string `json:"disability"`
}

// SafeContactSet is how the client can be reached from now on.
type SafeContactSet struct {
	Made     Made          `json:"made"`
	Channels []SafeChannel `json:"channels"`
	CodeWord *string       `json:"code_word"`
	Places   []string      `json:"places"`
	Expires  *string       `json:"expires"` // a date
}

// SafeChannel is one channel; a channel that is not listed is not safe.
type SafeChannel struct {
	Channel string  `json:"channel"` // phone, voicemail, text, email, post, visit
	Allowed bool    `json:"allowed"`
	Times   *string `json:"times"`
	Reason  *string `json:"reason"`
	Address *string `json:"address"` // nil: any
}

// CaseAllocated gives a case to an adviser.
type CaseAllocated struct {
	Made    Made   `json:"made"`
	Adviser string `json:"adviser"`
	By      string `json:"by"`
	OverCap *Prose `json:"over_cap"`
}

// ContactAttempted is an attempt, which is not a contact.
type ContactAttempted struct {
	Made      Made    `json:"made"`
	Channel   string  `json:"channel"`
	Number    *string `json:"number"`
	Outcome   string  `json:"outcome"`
	Voicemail bool    `json:"voicemail"` // a message was left
	NextTry   *string `json:"next_try"`  // a time
	Note      *Prose  `json:"note"`
}

// ContactRecorded is a contact sheet.
type ContactRecorded struct {
	Made               Made             `json:"made"`
	Channel            string           `json:"channel"`   // phone, video, text, email, post, in-person
	Direction          string           `json:"direction"` // in, out, met
	Number             *string          `json:"number"`
	Place              *string          `json:"place"`
	With               []Party          `json:"with"`
	Present            []Bystander      `json:"present"`
	Interpreter        *ContactLanguage `json:"interpreter"`
	SafeContactChecked bool             `json:"safe_contact_checked"`
	Statements         []Statement      `json:"statements"`
	NextContact        *string          `json:"next_contact"` // a time
}

// Party is who the contact was with.
type Party struct {
	Kind   string  `json:"kind"` // client, professional, family, other
	Name   *string `json:"name"`
	Role   *string `json:"role"`
	Agency *string `json:"agency"`
}

// Bystander is who else was there or could overhear.
type Bystander struct {
	Who           string `json:"who"`
	CouldOverhear bool   `json:"could_overhear"`
}

// ContactLanguage is the interpreter of one contact.
type ContactLanguage struct {
	Name     *string `json:"name"`
	Agency   *string `json:"agency"`
	Language string  `json:"language"`
	Mode     string  `json:"mode"` // telephone, video, in-person
}

// Statement is one statement of a contact.
type Statement struct {
	Kind        string       `json:"kind"`    // client-words, client-summary, third-party, observed, opinion, action
	Speaker     string       `json:"speaker"` // client, me, or who
	Text        string       `json:"text"`
	Language    string       `json:"language"`
	Because     *Prose       `json:"because"` // of an opinion
	PassedBy    []PassedBy   `json:"passed_by"`
	Translation *Translation `json:"translation"`
}

// PassedBy is one who handed a third party's words on, in order to the writer.
type PassedBy struct {
	Who    string `json:"who"`
	How    string `json:"how"`
	AtWork *bool  `json:"at_work"` // nil: not known
}

// Translation stands beside words in another language.
type Translation struct {
	Text     string `json:"text"`
	By       string `json:"by"`
	Language string `json:"language"`
}

// ContactCorrected gives the right words of one statement.
type ContactCorrected struct {
	Made     Made     `json:"made"`
	Corrects Corrects `json:"corrects"`
	Text     string   `json:"text"`
	Reason   Prose    `json:"reason"`
}

// Corrects names a statement.
type Corrects struct {
	Seq       uint64 `json:"seq"`       // of the contact, in the same case
	Statement int    `json:"statement"` // from 0
}

// IncidentDisclosed is an incident that came to be known.
type IncidentDisclosed struct {
	Made        Made     `json:"made"`
	Happened    Occurred `json:"happened"`
	What        Prose    `json:"what"`
	Perpetrator *string  `json:"perpetrator"`
	Reported    string   `json:"reported"` // to the police: yes, no, not-known
	Reference   *string  `json:"reference"`
	DisclosedIn *uint64  `json:"disclosed_in"` // seq of the contact
}

// RiskReviewed is a risk review.
type RiskReviewed struct {
	Made       Made      `json:"made"`
	Instrument Versioned `json:"instrument"`
	Answers    []Answer  `json:"answers"`
	Judgement  Judgement `json:"judgement"`
	Criteria   []string  `json:"criteria"` // visible-high-risk, professional-judgement, potential-escalation, repeat
	Rule       Versioned `json:"rule"`
}

// Versioned names an instrument or a rule.
type Versioned struct {
	Code    string `json:"code"`
	Version uint64 `json:"version"`
}

// Answer answers one item. Source nil: the client.
type Answer struct {
	Item   string  `json:"item"`
	Answer string  `json:"answer"` // yes, no, not-known, not-asked
	Source *string `json:"source"`
}

// Judgement is the adviser's, with its reasons.
type Judgement struct {
	Level string `json:"level"` // standard, medium, high
	Text  string `json:"text"`
}

// PlanChanged holds the actions that changed.
type PlanChanged struct {
	Made    Made     `json:"made"`
	Actions []Action `json:"actions"`
}

// Action is one action of the safety plan.
type Action struct {
	ID      string  `json:"id"`
	Area    string  `json:"area"` // money, life, time, safety, health
	Aim     Prose   `json:"aim"`
	Risk    *string `json:"risk"`
	Owner   string  `json:"owner"`
	Due     *string `json:"due"`    // a date
	Status  string  `json:"status"` // planned, doing, done, not-done, impossible
	Funding *string `json:"funding"`
	Outcome *Prose  `json:"outcome"`
}

// CaseClosed closes a case.
type CaseClosed struct {
	Made      Made          `json:"made"`
	Reason    string        `json:"reason"`
	Note      *Prose        `json:"note"`
	Outcomes  []AreaOutcome `json:"outcomes"`
	Checklist []Check       `json:"checklist"`
}

// AreaOutcome is what was reached in one area of the plan.
type AreaOutcome struct {
	Area    string `json:"area"`
	Outcome Prose  `json:"outcome"`
}

// Check is one line of the closing checklist.
type Check struct {
	Item string `json:"item"`
	Done bool   `json:"done"`
}

// DisclosureExported says what a bundle holds and for whom.
type DisclosureExported struct {
	Officer   string    `json:"officer"`
	Force     string    `json:"force"`
	Reference string    `json:"reference"`
	From      string    `json:"from"` // a date
	To        string    `json:"to"`   // a date, included
	Kinds     []string  `json:"kinds"`
	Exhibit   string    `json:"exhibit"`
	Copy      uint64    `json:"copy"`
	Recipient *string   `json:"recipient"`
	Closings  []Closing `json:"closings"`
	Manifest  string    `json:"manifest"` // SHA-256, hex
	Request   *uint64   `json:"request"`
	Decision  *uint64   `json:"decision"`
}

// Closing closes leaves of an event; leaf 0 and leaves 0 the whole of it.
type Closing struct {
	Seq    uint64 `json:"seq"`
	Leaf   uint64 `json:"leaf"`
	Leaves uint64 `json:"leaves"`
	Code   string `json:"code"` // A, P, X, S, L, C, M, K
}
