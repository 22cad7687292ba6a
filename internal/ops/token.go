package ops

import (
	"fmt"
	"time"
)

// Token is a token of the programming interface, without anything secret.
type Token struct {
	ID       string   `json:"id"` // its chain in the access ledger
	Name     string   `json:"name"`
	Acts     string   `json:"acts"`   // as whom: a staff number, or what the agency is called
	Agency   string   `json:"agency"` // its name; "": a member of staff's
	Source   string   `json:"source"` // of an agency's referrals
	Scopes   []string `json:"scopes"`
	Standing string   `json:"standing"` // ready, revoked, expired
	Made     Time     `json:"made"`
	Expires  Time     `json:"expires"`
	Revoked  *Time    `json:"revoked"` // null: it was not
	Used     When     `json:"used"`    // the day of the last use; null: never
}

// Tokens are the tokens of a ledger, the oldest first.
type Tokens struct {
	Tokens []Token `json:"tokens"`
}

// MakeToken asks for a token that acts as Staff or as an agency.
type MakeToken struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Staff   string    `json:"staff"`  // "": an agency's
	Agency  string    `json:"agency"` // its code
	Called  string    `json:"called"` // its name, as its referrals have it
	Source  string    `json:"source"` // of its referrals
	Expires time.Time `json:"expires"`
}

// TokenMade is the answer. The token itself is kept nowhere else.
type TokenMade struct {
	Token
	Text string `json:"token"`
}

// Format hides the token from every verb of fmt.
func (t TokenMade) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "token(%s)", t.ID) }

// RevokeToken says which.
type RevokeToken struct {
	ID string `json:"id"`
}
