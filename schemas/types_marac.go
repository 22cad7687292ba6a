package schemas

// MaracReferred is a referral to a Marac.
type MaracReferred struct {
	Made         Made      `json:"made"`
	Marac        string    `json:"marac"`
	Meeting      *string   `json:"meeting"`      // a date
	Perpetrators []string  `json:"perpetrators"` // persons: the pairs
	Criteria     []string  `json:"criteria"`     // as in RiskReviewed
	Rule         Versioned `json:"rule"`
	Review       *uint64   `json:"review"` // the risk.reviewed
	Incidents    []uint64  `json:"incidents"`
	RepeatOf     *uint64   `json:"repeat_of"` // the earlier referral
	Agreed       string    `json:"agreed"`    // yes, no, not-asked, not-safe-to-ask
	LawfulReason *Prose    `json:"lawful_reason"`
	ClientViews  *Prose    `json:"client_views"`
	Reasons      Prose     `json:"reasons"`
	Reference    *string   `json:"reference"`
	By           string    `json:"by"`
}

// MaracHeard is what a Marac made of the case.
type MaracHeard struct {
	Made         Made           `json:"made"`
	Marac        string         `json:"marac"`
	Meeting      string         `json:"meeting"`      // a date
	Referral     *uint64        `json:"referral"`     // the marac.referred or referral.received
	Perpetrators []string       `json:"perpetrators"` // persons: the pairs
	Outcome      string         `json:"outcome"`      // heard, deferred, transferred, not-heard
	Adviser      *string        `json:"adviser"`
	Agencies     []Attendee     `json:"agencies"`
	ClientViews  *Prose         `json:"client_views"`
	Actions      []AgreedAction `json:"actions"`
	Reference    *string        `json:"reference"`
	Note         *Prose         `json:"note"`
}

// Attendee is one who was, or was to be, at a meeting.
type Attendee struct {
	Agency   string  `json:"agency"`
	Name     *string `json:"name"`
	Role     *string `json:"role"`
	Staff    *string `json:"staff"` // ours
	Attended bool    `json:"attended"`
	Spoke    string  `json:"spoke"` // gave what it knows: yes, no, not-known
}

// AgreedAction is an action of a Marac or another meeting.
type AgreedAction struct {
	ID     string  `json:"id"`
	Agency string  `json:"agency"`
	Owner  *string `json:"owner"`
	What   Prose   `json:"what"`
	Risk   *string `json:"risk"`
	Due    *string `json:"due"` // a date
}

// MaracActionUpdated is what became of an AgreedAction.
type MaracActionUpdated struct {
	Made    Made    `json:"made"`
	Meeting uint64  `json:"meeting"` // the marac.heard or meeting.recorded
	Action  string  `json:"action"`  // its id there
	Status  string  `json:"status"`  // open, done, not-done, impossible
	Ended   *string `json:"ended"`   // a date
	Outcome *Prose  `json:"outcome"`
	ToldBy  *string `json:"told_by"`
	Due     *string `json:"due"` // a date: the new one
}

// MeetingRecorded is a meeting of another kind.
type MeetingRecorded struct {
	Made        Made           `json:"made"`
	Kind        string         `json:"kind"` // marac, darim, child-in-need, public-protection, case-review, team, consultation, scrutiny-panel, court, other
	Title       *string        `json:"title"`
	Place       *string        `json:"place"`
	Chair       *string        `json:"chair"`
	Agencies    []Attendee     `json:"agencies"`
	Decisions   []Prose        `json:"decisions"`
	Actions     []AgreedAction `json:"actions"`
	ClientViews *Prose         `json:"client_views"`
	Next        *string        `json:"next"` // a date or time
	Reference   *string        `json:"reference"`
	Note        *Prose         `json:"note"`
}
