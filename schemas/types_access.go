package schemas

// AccessCheckpointed is how far the access ledger goes, in the service chain.
type AccessCheckpointed struct {
	Origin string `json:"origin"` // of the access ledger
	Size   uint64 `json:"size"`   // entries, from 1
	Root   string `json:"root"`   // 64 hex digits
}

// AccessRead is the data of every type of the access ledger that says what
// somebody asked to see.
type AccessRead struct {
	Action string  `json:"action"`
	Case   *string `json:"case"`  // 32 hex digits; nil: about no one case
	Glass  bool    `json:"glass"` // only allowed because glass was broken
	Role   *string `json:"role"`
}

// AccessSession is the data of the types session.…
type AccessSession struct {
	Role *string `json:"role"` // nil: nobody was signed in
}

// AccessAccount is the data of the types account.…
type AccessAccount struct {
	Account *string `json:"account"` // nil: one's own
	Role    *string `json:"role"`
}

// AccessToken is the data of token.made and token.revoked.
type AccessToken struct {
	Agency  *string  `json:"agency"`
	Expires string   `json:"expires"` // a time
	Role    *string  `json:"role"`
	Scopes  []string `json:"scopes"`
	Staff   *string  `json:"staff"` // nil: an agency
}

// AccessGlassBroken is the data of glass.broken.
type AccessGlassBroken struct {
	Case   string  `json:"case"`
	Reason Prose   `json:"reason"`
	Role   *string `json:"role"`
	Until  string  `json:"until"` // a time
}

// AccessGlassReviewed is the data of glass.reviewed.
type AccessGlassReviewed struct {
	Case      string  `json:"case"`
	Justified bool    `json:"justified"`
	Note      *Prose  `json:"note"`
	Role      *string `json:"role"`
	Session   string  `json:"session"` // the chain in which the glass was broken
	Seq       uint64  `json:"seq"`     // of the event there
}
