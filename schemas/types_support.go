package schemas

// AppointmentPlanned is a plan, not a contact.
type AppointmentPlanned struct {
	Made        Made      `json:"made"`
	Arranged    Arranged  `json:"arranged"`
	With        []Party   `json:"with"`
	Purpose     string    `json:"purpose"`
	Interpreter string    `json:"interpreter"` // not-needed, to-book, booked
	Override    *Override `json:"override"`
	Note        *Prose    `json:"note"`
}

// Arranged is channel, time and place of an appointment.
type Arranged struct {
	Adviser     string  `json:"adviser"`
	Channel     string  `json:"channel"` // as in ContactRecorded
	Start       string  `json:"start"`   // a time
	End         *string `json:"end"`     // a time
	Number      *string `json:"number"`
	PlaceKind   *string `json:"place_kind"` // refuge, workplace, court, agency, accommodation, public, home, other
	Place       *string `json:"place"`
	AwayUntil   *string `json:"away_until"`   // a time; of the home
	SafeContact *uint64 `json:"safe_contact"` // the safe-contact.set it was checked against
}

// Override is why an unsafe plan was made nevertheless, and by whom.
type Override struct {
	Text string `json:"text"`
	By   string `json:"by"`
}

// AppointmentMoved is the arrangement from now on; nil: called off.
type AppointmentMoved struct {
	Made        Made      `json:"made"`
	Appointment uint64    `json:"appointment"` // the appointment.planned
	Arranged    *Arranged `json:"arranged"`
	AskedBy     string    `json:"asked_by"` // client, us, other
	Override    *Override `json:"override"`
	Reason      *Prose    `json:"reason"`
}

// AppointmentMissed: it did not take place.
type AppointmentMissed struct {
	Made        Made    `json:"made"`
	Appointment uint64  `json:"appointment"` // the appointment.planned
	By          string  `json:"by"`          // client, us, other
	Reason      string  `json:"reason"`
	FollowedUp  *Prose  `json:"followed_up"`
	NextTry     *string `json:"next_try"` // a time
}

// AccommodationSought is a place that was asked for.
type AccommodationSought struct {
	Made      Made    `json:"made"`
	Kind      string  `json:"kind"` // refuge, emergency, hotel, supported, housing-authority, private, family, other
	Provider  string  `json:"provider"`
	Asked     string  `json:"asked"`    // a date or time
	Answer    string  `json:"answer"`   // offered, full, refused, not-suitable, no-answer, waiting
	Answered  *string `json:"answered"` // a date or time
	AskedIn   *uint64 `json:"asked_in"` // the earlier accommodation.sought
	Until     *string `json:"until"`    // a date or time
	Reason    *Prose  `json:"reason"`
	Reference *string `json:"reference"`
}

// AccommodationPlaced is a place that the client has.
type AccommodationPlaced struct {
	Made      Made     `json:"made"`
	Kind      string   `json:"kind"` // as in AccommodationSought
	Provider  string   `json:"provider"`
	Address   *Address `json:"address"`
	From      string   `json:"from"`   // a date or time
	To        *string  `json:"to"`     // likewise
	Sought    *uint64  `json:"sought"` // the accommodation.sought
	With      []string `json:"with"`
	Funding   *string  `json:"funding"`
	Reference *string  `json:"reference"`
	Note      *Prose   `json:"note"`
}

// AgencyInvolved is an agency that was asked, and its answer or silence.
type AgencyInvolved struct {
	Made      Made    `json:"made"`
	Agency    string  `json:"agency"`
	Kind      string  `json:"kind"`
	Worker    *string `json:"worker"`
	Phone     *string `json:"phone"`
	Email     *string `json:"email"`
	Asked     *string `json:"asked"` // a date or time; nil: they came to us
	About     *Prose  `json:"about"`
	Answer    string  `json:"answer"`   // answered, refused, no-answer, waiting
	Answered  *string `json:"answered"` // a date or time
	AskedIn   *uint64 `json:"asked_in"` // the earlier agency.involved
	Said      *Prose  `json:"said"`
	Chase     *string `json:"chase"` // a date
	Reference *string `json:"reference"`
}

// ProgrammeAttended is a session of a programme or group.
type ProgrammeAttended struct {
	Made      Made    `json:"made"`
	Programme string  `json:"programme"`
	Kind      string  `json:"kind"`   // group, one-to-one
	Group     *string `json:"group"`  // a code of the service
	Who       *string `json:"who"`    // a person; nil: the client
	Status    string  `json:"status"` // invited, started, attended, missed, completed, left
	Session   *int    `json:"session"`
	Next      *string `json:"next"` // a date or time
	Note      *Prose  `json:"note"`
}

// EquipmentProvided is one piece of equipment from now on.
type EquipmentProvided struct {
	Made        Made         `json:"made"`
	Equipment   string       `json:"equipment"` // its code in this case
	Kind        string       `json:"kind"`
	Description *string      `json:"description"`
	Status      string       `json:"status"` // asked, ordered, fitted, given, failed, removed, returned
	Fitted      *string      `json:"fitted"` // a date or time
	FittedBy    *string      `json:"fitted_by"`
	Serial      *string      `json:"serial"`
	Funding     *Funding     `json:"funding"`
	SaveBy      *string      `json:"save_by"`  // a date or time: the clip is overwritten then
	SavedIn     *uint64      `json:"saved_in"` // the attachment.added
	Clock       *DeviceClock `json:"clock"`
	Note        *Prose       `json:"note"`
}

// Funding is who pays, and how much in pence.
type Funding struct {
	From  string `json:"from"`
	Pence *int   `json:"pence"`
}

// DeviceClock is how far a device's clock stood from the right time.
type DeviceClock struct {
	OffsetSeconds int    `json:"offset_seconds"` // above 0: ahead
	Checked       string `json:"checked"`        // a time
}

// HelplineContact is a call to the helpline.
type HelplineContact struct {
	Made        Made             `json:"made"`
	Channel     string           `json:"channel"` // phone, text, email, chat
	Caller      string           `json:"caller"`  // client, professional, family, other, not-known
	Name        *string          `json:"name"`
	Number      *string          `json:"number"`
	CallBack    CallBack         `json:"call_back"`
	Present     []Bystander      `json:"present"`
	Interpreter *ContactLanguage `json:"interpreter"`
	Statements  []StatementV2    `json:"statements"`
	DangerNow   string           `json:"danger_now"` // yes, no, not-known
	Emergency   string           `json:"emergency"`  // 999: by-us, by-caller, already-there, not-needed, refused
	Advice      *Prose           `json:"advice"`
	Handover    *uint64          `json:"handover"` // the handover.given
}

// CallBack says whether and how the caller can be rung back.
type CallBack struct {
	Safe string  `json:"safe"` // yes, no, not-known
	How  *string `json:"how"`
}

// HandoverGiven tells the helpline who may ring. It expires at To.
type HandoverGiven struct {
	Made       Made     `json:"made"`
	From       string   `json:"from"` // a time
	To         string   `json:"to"`   // a time
	GivenTo    []string `json:"given_to"`
	Alias      *string  `json:"alias"`
	WhoMayRing []string `json:"who_may_ring"`
	Risk       string   `json:"risk"` // standard, medium, high
	CallBack   *SafeWay `json:"call_back"`
	About      Prose    `json:"about"`
	By         string   `json:"by"`
}

// SafeWay is one safe way to call back.
type SafeWay struct {
	Channel  string  `json:"channel"` // as in ContactRecorded
	Number   *string `json:"number"`
	Times    *string `json:"times"`
	CodeWord *string `json:"code_word"`
}
