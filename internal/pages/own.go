package pages

import (
	"errors"
	"net/http"

	"caseledger/internal/access"
)

func (s *Server) ownRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/account", Action: access.OwnAccount, Handle: s.ownPage},
		{Method: "POST", Pattern: "/account", Action: access.OwnAccount, Handle: s.changePassword},
	}
}

// ownView is one's own account.
type ownView struct {
	Staff string
	Min   int   // characters of a password
	Done  fixed // what was done just now
	// Passkeys are hers; Full: she can have no more. Origin is where the browser
	// can make one.
	Passkeys []passkeyRow
	Full     bool
	Origin   string
	// Bare: she has no password, because a provider says who she is.
	Bare     bool
	Provider fixed
}

// What was done just now, by what the address of the page says.
var ownDone = map[string]fixed{
	"changed=1":       "Your password was changed. Wherever else you were signed in, you are signed out.",
	"passkey=added":   "The passkey was added. You can sign in with it from now on.",
	"passkey=removed": "The passkey was removed. Wherever else you were signed in, you are signed out.",
}

func (s *Server) ownPage(w http.ResponseWriter, r *Request) error {
	return s.showOwn(w, r, http.StatusOK, ownDone[r.URL.RawQuery], nil)
}

func (s *Server) showOwn(w http.ResponseWriter, r *Request, status int, done fixed, wrong []Field) error {
	passkeys, err := s.passkeyRows(r)
	if errors.Is(err, access.ErrNotNow) {
		return errSignIn
	} else if err != nil {
		return err
	}
	v := ownView{Staff: r.Who.Staff, Min: access.MinPassword, Done: done, Passkeys: passkeys, Full: len(passkeys) >= access.MaxPasskeys, Origin: s.passkeyOrigin()}
	if s.signOn != nil {
		a, err := s.guard.Accounts().Get(r.Context(), r.Who.Staff)
		if err != nil {
			return err
		}
		v.Bare, v.Provider = a.Password == "", fixed(s.providerName())
	}
	return s.render(w, r, status, "account", Page{Title: "Your account", Form: true, Errors: wrong, Data: v})
}

func (s *Server) changePassword(w http.ResponseWriter, r *Request) error {
	again := func(status int, field, text string) error {
		return s.showOwn(w, r, status, "", []Field{{ID: field, Text: text}})
	}
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		return again(http.StatusUnprocessableEntity, "again", "The two new passwords differ")
	}
	a := access.Attempt{Password: r.PostForm.Get("old"), Code: r.PostForm.Get("code"), Address: address(r)}
	err := s.guard.ChangePassword(r.Context(), a, password, func(who access.Who) error { return s.note(r.Context(), r, accountSetUp, who, who.Staff) })
	var rule *access.PasswordError
	var wait *access.WaitError
	switch {
	case err == nil:
		s.redirect(w, r, "/account?changed=1")
		return nil
	case errors.As(err, &rule):
		return again(http.StatusUnprocessableEntity, "password", "Choose another password: "+rule.Rule)
	case errors.As(err, &wait):
		return again(http.StatusTooManyRequests, "old", "Too many attempts. Wait "+inMinutes(wait.For)+", then try again.")
	case errors.Is(err, access.ErrCredentials):
		if err := s.note(r.Context(), r, sessionRefused, access.Who{}, r.Who.Staff); err != nil {
			return err
		}
		return again(http.StatusUnprocessableEntity, "old", "Check your password and the code. A code works once: wait for the next one.")
	case errors.Is(err, access.ErrNotNow):
		return errSignIn
	}
	return err
}
