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
