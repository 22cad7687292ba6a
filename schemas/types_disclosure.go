package schemas

// AttachmentAdded is a file; its bytes lie sealed beside the ledger.
type AttachmentAdded struct {
	Made        Made     `json:"made"`
	Name        string   `json:"name"`
	MediaType   string   `json:"media_type"`
	Size        uint64   `json:"size"`   // bytes of the original
	SHA256      string   `json:"sha256"` // of the original, hex
	Stored      *string  `json:"stored"` // SHA-256 of the sealed bytes, hex; nil: not kept here
	Kind        string   `json:"kind"`   // image, video, audio, message, letter, form, report, other
	From        string   `json:"from"`
	ProducedBy  *string  `json:"produced_by"`
	Produced    Occurred `json:"produced"`
	Equipment   *string  `json:"equipment"`    // its code in this case
	DerivedFrom *uint64  `json:"derived_from"` // the attachment.added
	Description *Prose   `json:"description"`
}

// AttachmentAddedV2 is a file that may be an exhibit by itself.
type AttachmentAddedV2 struct {
	Made        Made     `json:"made"`
	Name        string   `json:"name"`
	MediaType   string   `json:"media_type"`
	Size        uint64   `json:"size"`    // bytes of the original
	SHA256      string   `json:"sha256"`  // of the original, hex
	Stored      *string  `json:"stored"`  // SHA-256 of the sealed bytes, hex; nil: not kept here
	Exhibit     *string  `json:"exhibit"` // its reference; nil: it is none
	Kind        string   `json:"kind"`    // image, video, audio, message, letter, form, report, other
	From        string   `json:"from"`
	ProducedBy  *string  `json:"produced_by"`
	Produced    Occurred `json:"produced"`
	Equipment   *string  `json:"equipment"`    // its code in this case
	DerivedFrom *uint64  `json:"derived_from"` // the attachment.added of which it is a changed copy
	Description *Prose   `json:"description"`
}

// InformationShared is what somebody outside was told.
type InformationShared struct {
	Made       Made    `json:"made"`
	To         Outside `json:"to"`
	What       Prose   `json:"what"`
	Basis      string  `json:"basis"`
	Agreement  *uint64 `json:"agreement"` // the agreement.recorded
	Reason     *Prose  `json:"reason"`    // why without agreement
	AgreedBy   *string `json:"agreed_by"` // nil: it did not wait
	How        string  `json:"how"`
	ClientTold string  `json:"client_told"` // yes, no, not-safe
	Reference  *string `json:"reference"`
}

// Outside is somebody outside the service.
type Outside struct {
	Agency string  `json:"agency"`
	Name   *string `json:"name"`
	Role   *string `json:"role"`
}

// DisclosureRequested is a request for what is recorded.
type DisclosureRequested struct {
	Made          Made    `json:"made"`
	Kind          string  `json:"kind"` // victim-information-request, court-order, witness-summons, subject-access
	Officer       string  `json:"officer"`
	Force         string  `json:"force"`
	Reference     string  `json:"reference"`
	Received      string  `json:"received"` // a time
	Due           *string `json:"due"`      // a date
	From          *string `json:"from"`     // a date
	To            *string `json:"to"`       // a date, included
	What          Prose   `json:"what"`
	LineOfEnquiry *Prose  `json:"line_of_enquiry"`
	Necessary     *Prose  `json:"necessary"`
	Notice        *Notice `json:"notice"`
	Counselling   bool    `json:"counselling"`
	Form          *uint64 `json:"form"` // the attachment.added
}

// Notice is the victim's written notice, or why there was none.
type Notice struct {
	To        *string `json:"to"` // client, parent, guardian, care-authority, other-adult
	Name      *string `json:"name"`
	Given     *string `json:"given"`     // a date
	Exception *string `json:"exception"` // not-practicable, harms-investigation, serious-harm, other
	Reasons   *Prose  `json:"reasons"`
}

// DisclosureDecided is a manager's decision on a request.
type DisclosureDecided struct {
	Made       Made        `json:"made"`
	Request    uint64      `json:"request"` // the disclosure.requested
	By         string      `json:"by"`
	Decision   string      `json:"decision"` // full, part, refused
	Tests      []Test      `json:"tests"`
	ClientTold ClientTold  `json:"client_told"`
	Advice     string      `json:"advice"` // not-needed, waiting, taken
	AdviceFrom *string     `json:"advice_from"`
	Consulted  []Consulted `json:"consulted"`
	From       string      `json:"from"` // a date
	To         string      `json:"to"`   // a date, included
	Kinds      []string    `json:"kinds"`
	Closings   []Closing   `json:"closings"`
}

// Test is one legal test and its reasons.
type Test struct {
	Test    string `json:"test"`
	Met     string `json:"met"` // yes, no, not-applicable
	Reasons Prose  `json:"reasons"`
}

// ClientTold is whether the client was told of the request, and how safely.
type ClientTold struct {
	Answer      string  `json:"answer"` // yes, no, not-safe
	On          *string `json:"on"`     // a date or time
	Channel     *string `json:"channel"`
	SafeContact *uint64 `json:"safe_contact"` // the safe-contact.set
	Views       *Prose  `json:"views"`
}

// Consulted is another agency whose material is in scope.
type Consulted struct {
	Agency  string `json:"agency"`
	Answer  string `json:"answer"` // agreed, objected, no-answer
	Reasons *Prose `json:"reasons"`
}

// DisclosureApproved is the second person's.
type DisclosureApproved struct {
	Made     Made   `json:"made"`
	Decision uint64 `json:"decision"` // the disclosure.decided
	By       string `json:"by"`
	Approved bool   `json:"approved"`
	Pages    int    `json:"pages"`
	Reasons  *Prose `json:"reasons"`
}

// DisclosureReceipted is the handing over.
type DisclosureReceipted struct {
	Made      Made    `json:"made"`
	Export    uint64  `json:"export"` // the disclosure.exported
	SHA256    string  `json:"sha256"` // of the bundle, hex
	Copy      uint64  `json:"copy"`
	Recipient string  `json:"recipient"`
	Received  string  `json:"received"` // a time
	How       string  `json:"how"`
	CodeGiven *string `json:"code_given"` // phone, post, in-person, text
	Hands     []Hand  `json:"hands"`
	Reference *string `json:"reference"`
}

// Hand is one that the bundle passed through.
type Hand struct {
	Who string  `json:"who"`
	At  string  `json:"at"` // a time
	How *string `json:"how"`
}

// DisclosureDecidedV2 is a manager's decision on a request, recorded anew at
// each step: the tests, then how the client was told, then the words.
type DisclosureDecidedV2 struct {
	Made       Made        `json:"made"`
	Request    uint64      `json:"request"`  // the disclosure.requested
	Replaces   *uint64     `json:"replaces"` // the disclosure.decided before it; nil: the first
	By         string      `json:"by"`
	Decision   string      `json:"decision"` // full, part, refused
	Tests      []Test      `json:"tests"`
	ClientTold *ClientTold `json:"client_told"` // nil: not yet
	Advice     string      `json:"advice"`      // not-needed, waiting, taken
	AdviceFrom *string     `json:"advice_from"`
	Consulted  []Consulted `json:"consulted"`
	From       string      `json:"from"` // a date
	To         string      `json:"to"`   // a date, included
	Kinds      []string    `json:"kinds"`
	Closings   []Closing   `json:"closings"` // what a person closed
	Words      *Words      `json:"words"`    // nil: not read yet
}

// Words is the reading of everything in scope.
type Words struct {
	ReadBy    string     `json:"read_by"`
	ReadTo    uint64     `json:"read_to"` // the case's last event that was read
	Proposals []Proposed `json:"proposals"`
}

// Proposed is what was proposed for closing and what a person decided.
type Proposed struct {
	Seq     uint64 `json:"seq"`
	Leaf    uint64 `json:"leaf"`
	Leaves  uint64 `json:"leaves"`
	Code    string `json:"code"`
	Outcome string `json:"outcome"` // closed, open
	Reason  *Prose `json:"reason"`  // why it stays open
}

// DisclosureApprovedV2 is the second person's.
type DisclosureApprovedV2 struct {
	Made     Made   `json:"made"`
	Decision uint64 `json:"decision"` // the disclosure.decided
	By       string `json:"by"`
	Approved bool   `json:"approved"`
	Draft    *Draft `json:"draft"` // what was read
	Pages    int    `json:"pages"`
	Reasons  *Prose `json:"reasons"`
}

// Draft is a draft of an export.
type Draft struct {
	SHA256 string `json:"sha256"`  // of its manifest, hex
	Pages  int    `json:"pages"`   // of all of it
	ReadTo uint64 `json:"read_to"` // the case's last event when it was made
}

// DisclosureExportedV2 says what a bundle holds and for whom.
type DisclosureExportedV2 struct {
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
	Approval  *uint64   `json:"approval"`
}
