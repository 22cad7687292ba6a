package ops

import "fmt"

// Account is how a member of staff signs in, without anything secret.
type Account struct {
	Staff    string `json:"staff"`
	Standing string `json:"standing"` // ready, disabled, waits to be set up, set-up code expired
	Made     Time   `json:"made"`
	Changed  Time   `json:"changed"` // the password, the authenticator, or whether it can be used
	Asked    string `json:"asked"`   // who asked for a reset that waits for a second person; "": nobody
}

// Accounts are the accounts of a ledger, by staff number.
type Accounts struct {
	Accounts []Account `json:"accounts"`
}

// What can be done to an account.
const (
	AccountAdd     = "add"
	AccountDisable = "disable"
	AccountReset   = "reset"
)

// ChangeAccount asks for one of them.
type ChangeAccount struct {
	Do    string  `json:"do"`
	Staff string  `json:"staff"`
	By    []Proof `json:"by"` // of a reset: the two people
}

// Proof is somebody showing who they are.
type Proof struct {
	Staff    string `json:"staff"`
	Password string `json:"password"`
	Code     string `json:"code"` // of the authenticator
}

// Format hides what it holds from every verb of fmt.
func (p Proof) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "proof(%s)", p.Staff) }

// AccountChanged is the answer. The set-up code is kept nowhere else.
type AccountChanged struct {
	Staff string `json:"staff"`
	Code  string `json:"code"` // "": none was made
}
