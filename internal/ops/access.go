package ops

import (
	"caseledger/internal/accesslog"
)

// AccessAsk asks who opened what.
type AccessAsk struct {
	Actor string          `json:"actor"` // who asks: an auditor or a manager
	Which accesslog.Which `json:"which"`
}

// Accesses are entries of the access ledger, oldest first.
type Accesses struct {
	Origin  string          `json:"origin"` // of the access ledger
	Entries []accesslog.Row `json:"entries"`
	// Unreviewed are the cases opened in an emergency, among all there ever
	// were, that nobody independent has looked at.
	Unreviewed []accesslog.Row `json:"unreviewed"`
}
