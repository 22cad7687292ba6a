package schemas

// PolicySet is the figures of the service from now on, in the service chain.
type PolicySet struct {
	Version  uint64    `json:"version"`
	From     string    `json:"from"` // a time
	By       string    `json:"by"`
	Settings []Setting `json:"settings"`
	Reason   *Prose    `json:"reason"`
}

// Setting is one figure, or a list of them.
type Setting struct {
	Code       string     `json:"code"`
	Values     []uint64   `json:"values"`
	Unit       string     `json:"unit"`
	Marac      *string    `json:"marac"`      // nil: every Marac
	Instrument *Versioned `json:"instrument"` // nil: every instrument
}

// StaffRecorded is a member of staff from now on, in the service chain.
type StaffRecorded struct {
	Staff      string   `json:"staff"`
	Role       string   `json:"role"` // adviser, manager, family-worker, helpline, auditor, administrator
	Active     bool     `json:"active"`
	Cap        *int     `json:"cap"` // open cases; nil: as the policy says
	FaceToFace bool     `json:"face_to_face"`
	Languages  []string `json:"languages"` // BCP 47
	By         string   `json:"by"`
}

// StaffRecordedV2 is a member of staff from now on, in the service chain.
type StaffRecordedV2 struct {
	Staff      string   `json:"staff"`
	Initials   *string  `json:"initials"` // by which exhibits are numbered; nil: by the staff number
	Role       string   `json:"role"`     // adviser, manager, family-worker, helpline, auditor, administrator
	Active     bool     `json:"active"`
	Cap        *int     `json:"cap"` // open cases; nil: as the policy says
	FaceToFace bool     `json:"face_to_face"`
	Languages  []string `json:"languages"` // BCP 47
	By         string   `json:"by"`
}
