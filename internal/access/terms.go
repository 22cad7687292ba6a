package access

import (
	"time"

	"caseledger/events"
)

// Role is what somebody is in the service, as staff.recorded says it.
type Role string

// The roles.
const (
	Adviser       Role = "adviser"
	Manager       Role = "manager"
	FamilyWorker  Role = "family-worker"
	Helpline      Role = "helpline"
	Auditor       Role = "auditor"
	Administrator Role = "administrator"
)

// Action is something that a page does, such as "case.open".
type Action string

// State is how far a session is.
type State string

// The states.
const (
	None     State = "" // nobody is signed in
	Locked   State = "locked"
	SignedIn State = "signed-in"
)

// Who is a member of staff who is signed in.
type Who struct {
	Staff   string // number, such as staff-07
	Role    Role
	Session string // the chain of the session in the access ledger, never its secret
	Glass   []Glass
}

// Glass is a case that was opened without being one's own.
type Glass struct {
	Chain events.Chain
	Until time.Time
}

// CaseFacts are what a decision about a case rests on.
type CaseFacts struct {
	Chain    events.Chain
	Adviser  string   // "": not allocated
	Covering []string // now
	Excluded []string
	Stage    string // open, closed, erased, "": no referral yet
}

// Decision is whether somebody may do something.
type Decision struct {
	Allowed bool
	Why     string // in plain English
	Glass   bool   // only because of broken glass; when not allowed: breaking it would allow it
}
