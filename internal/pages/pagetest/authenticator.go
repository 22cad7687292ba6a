package pagetest

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a device in the window that keeps passkeys and takes
// whoever is at it for its owner, until it is told otherwise.
type Authenticator struct {
	w  *Window
	id webauthn.AuthenticatorID
}

// Authenticator puts one into the window.
func (w *Window) Authenticator() *Authenticator {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		w.t.Fatal(err)
	}
	r, err := chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	return &Authenticator{w, r.AuthenticatorID}
}

// Know says whether it takes whoever is at it for its owner.
func (a *Authenticator) Know(owner bool) {
	a.w.t.Helper()
	if _, err := chromedp.Call(a.w.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: owner}); err != nil {
		a.w.t.Fatal(err)
	}
}

// Passkeys are those that it keeps.
func (a *Authenticator) Passkeys() []*webauthn.Credential {
	a.w.t.Helper()
	r, err := chromedp.Call(a.w.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
	if err != nil {
		a.w.t.Fatal(err)
	}
	return r.Credentials
}

// Put puts a passkey back in the place of what it keeps under its number: a copy
// of an earlier day.
func (a *Authenticator) Put(c *webauthn.Credential) {
	a.w.t.Helper()
	if _, err := chromedp.Call(a.w.ctx, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: a.id, CredentialID: c.CredentialID}); err != nil {
		a.w.t.Fatal(err)
	}
	if _, err := chromedp.Call(a.w.ctx, addCredential, addCredentialParams{a.id, passkey{c.CredentialID, c.IsResidentCredential, c.RpID, c.PrivateKey, c.UserHandle, c.SignCount}}); err != nil {
		a.w.t.Fatal(err)
	}
}

// addCredential is webauthn.AddCredential without members of which a browser
// that does not know them says so.
var addCredential = cdp.Command[addCredentialParams, cdp.Empty]{Method: webauthn.AddCredential.Method}

type addCredentialParams struct {
	AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential      passkey                  `json:"credential"`
}

type passkey struct {
	CredentialID []byte  `json:"credentialId"`
	Resident     bool    `json:"isResidentCredential"`
	RpID         string  `json:"rpId"`
	PrivateKey   []byte  `json:"privateKey"`
	UserHandle   []byte  `json:"userHandle"`
	SignCount    float64 `json:"signCount"`
}
