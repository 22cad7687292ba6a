package schemas

// ChildRecorded is a child's details from now on.
type ChildRecorded struct {
	Made              Made          `json:"made"`
	Child             string        `json:"child"` // a person
	Name              string        `json:"name"`
	Initials          string        `json:"initials"`
	Born              *string       `json:"born"` // a date
	LivesWith         string        `json:"lives_with"`
	PerpetratorParent string        `json:"perpetrator_parent"` // yes, no, not-known
	Contact           *string       `json:"contact"`
	Exposure          []string      `json:"exposure"` // saw, heard, experienced
	School            *School       `json:"school"`
	SocialWorker      *SocialWorker `json:"social_worker"`
	Status            ChildStatus   `json:"status"`
	OwnCase           *string       `json:"own_case"` // a chain
}

// School is where a child goes to school. Secret: it must not reach the
// perpetrator.
type School struct {
	Name   string `json:"name"`
	Secret bool   `json:"secret"`
}

// SocialWorker is a child's.
type SocialWorker struct {
	Name   string  `json:"name"`
	Agency *string `json:"agency"`
	Phone  *string `json:"phone"`
}

// ChildStatus is a child's standing with social care.
type ChildStatus struct {
	Kind string  `json:"kind"` // none, early-help, child-in-need, protection-plan, looked-after, not-known
	From *string `json:"from"` // a date
	To   *string `json:"to"`   // a date
}

// PersonRecorded is a person of the case from now on.
type PersonRecorded struct {
	Made                   Made     `json:"made"`
	Person                 string   `json:"person"` // 32 hex digits, the same in every case
	Role                   string   `json:"role"`   // perpetrator, person-at-risk, family, client, other
	Relation               string   `json:"relation"`
	Name                   *string  `json:"name"`
	Aliases                []string `json:"aliases"`
	Initials               *string  `json:"initials"`
	Born                   *string  `json:"born"` // a date
	Gender                 *string  `json:"gender"`
	Phones                 []string `json:"phones"`
	Emails                 []string `json:"emails"`
	Address                *Address `json:"address"`
	References             []string `json:"references"`
	LivesWithClient        string   `json:"lives_with_client"` // yes, no, not-known
	AtRiskFrom             []string `json:"at_risk_from"`      // persons
	ParentalResponsibility string   `json:"parental_responsibility"`
	Note                   *Prose   `json:"note"`
}

// AgreementRecorded is what the client agreed to, or did not.
type AgreementRecorded struct {
	Made    Made        `json:"made"`
	Answers []Agreement `json:"answers"`
	By      string      `json:"by"`      // client, or who
	How     string      `json:"how"`     // spoken, written, through-interpreter
	Expires *string     `json:"expires"` // a date
}

// Agreement is the answer for one purpose.
type Agreement struct {
	Purpose string   `json:"purpose"` // support, sharing, statistics
	Agreed  bool     `json:"agreed"`
	With    []string `json:"with"` // of sharing
	Limits  *Prose   `json:"limits"`
}

// AgreementWithdrawn ends agreements.
type AgreementWithdrawn struct {
	Made     Made     `json:"made"`
	Purposes []string `json:"purposes"`
	By       string   `json:"by"`
	How      string   `json:"how"`
	With     []string `json:"with"` // of sharing; empty: everybody
	Reason   *Prose   `json:"reason"`
}

// SafeguardingDecided is a safeguarding decision.
type SafeguardingDecided struct {
	Made      Made    `json:"made"`
	About     string  `json:"about"`    // client, child, other
	Person    *string `json:"person"`   // who, when it is not the client
	Concern   string  `json:"concern"`  // under-18, adult-at-risk, child
	Decision  string  `json:"decision"` // referred, already-open, advice-sought, emergency-services, not-referred
	Agency    *string `json:"agency"`
	Reference *string `json:"reference"`
	Consulted *string `json:"consulted"`
	Agreed    string  `json:"agreed"` // yes, no, not-asked, not-safe-to-ask
	By        string  `json:"by"`
	Reasons   Prose   `json:"reasons"`
	Review    *string `json:"review"` // a date
}

// PerpetratorStatus is where a perpetrator stands from now on.
type PerpetratorStatus struct {
	Made       Made    `json:"made"`
	Person     string  `json:"person"`
	Status     string  `json:"status"`
	Conditions []Prose `json:"conditions"`
	Until      *string `json:"until"`   // a date or time
	Release    *string `json:"release"` // a date or time
	Custody    *string `json:"custody"`
	Court      *string `json:"court"`
	Sentence   *Prose  `json:"sentence"`
	Reference  *string `json:"reference"`
	Source     string  `json:"source"`
	ClientTold *string `json:"client_told"` // a date or time
	Note       *Prose  `json:"note"`
}

// OrderRecorded is an order as it stands from now on.
type OrderRecorded struct {
	Made          Made     `json:"made"`
	Order         string   `json:"order"` // its code in this case
	Kind          string   `json:"kind"`
	Name          *string  `json:"name"`
	Against       []string `json:"against"` // persons
	Protects      []string `json:"protects"`
	Status        string   `json:"status"` // applied, granted, served, varied, extended, refused, discharged, expired
	Court         *string  `json:"court"`
	Reference     *string  `json:"reference"`
	Terms         []Prose  `json:"terms"`
	Granted       *string  `json:"granted"` // a date
	Served        *string  `json:"served"`  // a date or time
	Expires       *string  `json:"expires"` // a date
	PowerOfArrest string   `json:"power_of_arrest"`
	PoliceTold    string   `json:"police_told"`
}

// CourtRecorded is a hearing.
type CourtRecorded struct {
	Made            Made     `json:"made"`
	Court           string   `json:"court"`
	Kind            string   `json:"kind"` // criminal, family, civil, tribunal, inquest
	Hearing         string   `json:"hearing"`
	Outcome         string   `json:"outcome"`
	Perpetrators    []string `json:"perpetrators"` // persons
	Order           *string  `json:"order"`        // its code in this case
	Represented     string   `json:"represented"`  // lawyer, self, not-a-party, not-known
	Attended        bool     `json:"attended"`
	Adviser         *string  `json:"adviser"`
	SpecialMeasures []string `json:"special_measures"`
	Next            *string  `json:"next"` // a date or time
	Told            *Prose   `json:"told"`
	Reference       *string  `json:"reference"`
	Note            *Prose   `json:"note"`
}
