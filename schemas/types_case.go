package schemas

// IntakeChecked is what was asked before the work began, and of whom.
type IntakeChecked struct {
	Made        Made    `json:"made"`
	Known       string  `json:"known"`        // before, here or elsewhere: yes, no, not-known
	EarlierCase *string `json:"earlier_case"` // a chain
	Asked       []Asked `json:"asked"`
}

// Asked is one Marac or service that was asked about the client.
type Asked struct {
	Kind         string  `json:"kind"` // marac, service, agency
	Name         string  `json:"name"`
	Asked        string  `json:"asked"`    // a date
	Answer       string  `json:"answer"`   // known, unknown, no-answer, refused
	Answered     *string `json:"answered"` // a date
	KnewOfOthers string  `json:"knew_of_others"`
	TimesHeard   *int    `json:"times_heard"` // at a Marac
	LastHeard    *string `json:"last_heard"`  // a date
	Reference    *string `json:"reference"`
	Note         *Prose  `json:"note"`
}

// CaseCovered has another adviser cover the case for a time.
type CaseCovered struct {
	Made    Made    `json:"made"`
	Adviser string  `json:"adviser"`
	By      string  `json:"by"`
	From    string  `json:"from"`   // a date or time
	To      *string `json:"to"`     // likewise, included
	Reason  string  `json:"reason"` // leave, sickness, training, marac-day, court-day, other
	Note    *Prose  `json:"note"`
}

// CaseTransferred is a transfer to or from another area.
type CaseTransferred struct {
	Made       Made     `json:"made"`
	Direction  string   `json:"direction"` // in, out
	Area       string   `json:"area"`
	Service    *string  `json:"service"`
	Adviser    *string  `json:"adviser"` // the other Idva
	Contact    *string  `json:"contact"`
	HandedOver []string `json:"handed_over"`
	Spoke      *string  `json:"spoke"` // a date or time
	Marac      *string  `json:"marac"`
	Agreed     string   `json:"agreed"`   // yes, no, not-known
	Accepted   *string  `json:"accepted"` // a date
	By         string   `json:"by"`
	Note       *Prose   `json:"note"`
}

// StaffExcluded keeps somebody from the case, or ends that.
type StaffExcluded struct {
	Made     Made   `json:"made"`
	Staff    string `json:"staff"`
	Excluded bool   `json:"excluded"`
	By       string `json:"by"`
	Reason   string `json:"reason"` // knows-client, knows-perpetrator, other-party, client-asked, safety, other
	Note     *Prose `json:"note"`
}

// CaseReopened opens a closed case again.
type CaseReopened struct {
	Made     Made    `json:"made"`
	By       string  `json:"by"`
	Reason   string  `json:"reason"` // a code of the service
	Referral *uint64 `json:"referral"`
	Note     *Prose  `json:"note"`
}

// ContactDisputed: the client says that it is not what she or he said.
type ContactDisputed struct {
	Made     Made     `json:"made"`
	Disputes Disputes `json:"disputes"`
	Says     Prose    `json:"says"`
	By       string   `json:"by"` // client, or who
	ToldIn   *uint64  `json:"told_in"`
}

// Disputes names an event, or one statement of it.
type Disputes struct {
	Seq       uint64 `json:"seq"`
	Statement *int   `json:"statement"` // from 0; nil: all of it
}

// EntryMisfiled withholds an event that belongs to another case.
type EntryMisfiled struct {
	Made      Made    `json:"made"`
	Entry     uint64  `json:"entry"`
	BelongsTo *string `json:"belongs_to"` // a chain
	FoundBy   string  `json:"found_by"`
	Reason    Prose   `json:"reason"`
}

// OverrideReviewed is a manager's look at an override.
type OverrideReviewed struct {
	Made     Made   `json:"made"`
	Override uint64 `json:"override"` // the event that overrode
	By       string `json:"by"`
	Finding  string `json:"finding"` // justified, not-justified, lesson
	Reasons  Prose  `json:"reasons"`
	Action   *Prose `json:"action"`
}

// HoldPlaced keeps the case whatever the policy says.
type HoldPlaced struct {
	Made      Made    `json:"made"`
	Reason    string  `json:"reason"` // police, court, inquiry, death-review, complaint, claim, safeguarding, other
	Authority *string `json:"authority"`
	Reference *string `json:"reference"`
	By        string  `json:"by"`
	Review    *string `json:"review"` // a date
	Note      *Prose  `json:"note"`
}

// HoldLifted ends one hold.
type HoldLifted struct {
	Made   Made   `json:"made"`
	Hold   uint64 `json:"hold"` // the hold.placed
	By     string `json:"by"`
	Reason Prose  `json:"reason"`
}

// ErasureBegun is written by the ledger.
type ErasureBegun struct {
	Scope      string  `json:"scope"` // case, entry
	Entry      *uint64 `json:"entry"`
	Basis      string  `json:"basis"` // retention, client-request, court-order, misfiled
	By         string  `json:"by"`
	Policy     *uint64 `json:"policy"`     // version
	Generation uint64  `json:"generation"` // of the case's key
	Epoch      uint64  `json:"epoch"`
}

// CaseErased is written by the ledger, without names.
type CaseErased struct {
	Begun      uint64      `json:"begun"`
	Scope      string      `json:"scope"` // case, entry
	Basis      string      `json:"basis"`
	By         string      `json:"by"`
	Epoch      uint64      `json:"epoch"`
	Recipients []Recipient `json:"recipients"`
}

// Recipient is an earlier recipient, without a name.
type Recipient struct {
	Export uint64 `json:"export"` // the disclosure.exported
	Copy   uint64 `json:"copy"`
	Kind   string `json:"kind"` // police, court, subject, other
}
