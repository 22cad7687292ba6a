package pages

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"caseledger/internal/access"
	"caseledger/internal/clock"
)

// passkeyRoutes are those of a service that is reached under a name for which
// browsers have passkeys.
func (s *Server) passkeyRoutes() []Route {
	if s.passkeys == nil {
		return nil
	}
	return []Route{
		{Method: "POST", Pattern: "/sign-in/passkey/challenge", Open: true, Handle: s.passkeyChallenge},
		{Method: "POST", Pattern: "/sign-in/passkey", Open: true, MaxBody: maxPasskeyForm, Handle: s.passkeySignIn},
		{Method: "GET", Pattern: "/account/passkey", Action: access.OwnAccount, Handle: s.passkeyPage},
		{Method: "POST", Pattern: "/account/passkey", Action: access.OwnAccount, Handle: s.passkeyPrepare},
		{Method: "GET", Pattern: "/account/passkey/make", Action: access.OwnAccount, Handle: s.passkeyMakePage},
		{Method: "POST", Pattern: "/account/passkey/make", Action: access.OwnAccount, MaxBody: maxPasskeyForm, Handle: s.passkeyMake},
		{Method: "POST", Pattern: "/account/passkey/remove", Action: access.OwnAccount, Handle: s.passkeyRemove},
	}
}

// maxPasskeyForm is the longest form with an authenticator's answer, in bytes,
// every one of which may be escaped in three.
const maxPasskeyForm = 4 * access.MaxAnswer

// What a person is told when a passkey opens nothing.
const (
	passkeyWrong  = "That passkey does not open an account here. Use another, or sign in with your password and a code."
	passkeyCopied = "This passkey was used somewhere else since: it may have been copied, so it is not accepted any more. Sign in with your password and a code, remove it on the page of your account, and tell your administrator."
	passkeyLate   = "That took too long, or was used before. Press the button once more."
)

// passkeyOrigin is where browsers offer passkeys; "": nowhere.
func (s *Server) passkeyOrigin() string {
	if s.passkeys == nil {
		return ""
	}
	return s.passkeys.Origin()
}

// passkeyChallenge tells a script what to ask the authenticator, or why not.
func (s *Server) passkeyChallenge(w http.ResponseWriter, r *Request) error {
	options, token, err := s.passkeys.Challenge(r.Context(), address(r))
	var answer struct {
		Options json.RawMessage `json:"options,omitempty"`
		Text    string          `json:"text,omitempty"` // instead: what to do
	}
	var wait *access.WaitError
	switch {
	case err == nil:
		answer.Options = options
		http.SetCookie(w, access.NewFlowCookie(access.FlowCookie, token))
	case errors.As(err, &wait):
		answer.Text = "Too many attempts. Wait " + inMinutes(wait.For) + ", then try again."
	case errors.Is(err, access.ErrNotNow):
		answer.Text = "You are signed in already. Reload the page."
	case errors.Is(err, access.ErrNoPasskey):
		answer.Text = "You have no passkey. Use your password."
	default:
		return err
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
	return nil
}

// flowToken is the token of what the browser has begun, and gives its cookie
// back: it is of use once.
func flowToken(w http.ResponseWriter, r *Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	http.SetCookie(w, access.NewFlowCookie(name, ""))
	return c.Value
}

// passkeySignIn takes an authenticator's answer: it signs in or, in a session
// that is locked, opens it again.
func (s *Server) passkeySignIn(w http.ResponseWriter, r *Request) error {
	to := Local(r.PostForm.Get("next"))
	token, answer := flowToken(w, r, access.FlowCookie), []byte(r.PostForm.Get("answer"))
	if who, state := s.guard.Peek(r.Context()); state == access.Locked {
		err := s.passkeys.Unlock(r.Context(), token, answer, address(r), func(who access.Who) error { return s.note(r.Context(), r, sessionUnlocked, who, "") })
		return s.unlocked(w, r, err, who, to, Field{ID: "passkey", Text: passkeyText(err)})
	}
	staff, err := s.passkeys.SignIn(r.Context(), token, answer, address(r), func(who access.Who) error { return s.note(r.Context(), r, sessionBegan, who, "") })
	if err == nil {
		s.redirect(w, r, to)
		return nil
	}
	return s.signFailed(w, r, err, "sign-in", "Sign in", Field{ID: "passkey", Text: passkeyText(err)}, staff, s.signView(to))
}

func passkeyText(err error) string {
	switch {
	case errors.Is(err, access.ErrCopied):
		return passkeyCopied
	case errors.Is(err, access.ErrFlow):
		return passkeyLate
	}
	return passkeyWrong
}

// passkeyRow is a passkey as its owner sees it.
type passkeyRow struct {
	access.Passkey
	Number     string // of the form
	Made, Used string
}

func (s *Server) passkeyRows(r *Request) ([]passkeyRow, error) {
	if s.passkeys == nil {
		return nil, nil
	}
	list, err := s.passkeys.Own(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []passkeyRow
	for _, k := range list {
		row := passkeyRow{Passkey: k, Number: base64.RawURLEncoding.EncodeToString(k.ID), Made: Say(clock.AtTime(k.Made)), Used: "never"}
		if !k.Used.IsZero() {
			row.Used = Say(clock.AtTime(k.Used))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// passkeyView is the page that adds a passkey, in both of its steps.
type passkeyView struct {
	Staff   string
	Name    string
	MaxName int
	// Of the second step: what the authenticator is asked, and where.
	Options string
	Origin  string
}

func (s *Server) passkeyPage(w http.ResponseWriter, r *Request) error {
	return s.showPasskey(w, r, http.StatusOK, "", nil)
}

func (s *Server) showPasskey(w http.ResponseWriter, r *Request, status int, name string, wrong []Field) error {
	return s.render(w, r, status, "passkey", Page{Title: "Add a passkey", Form: true, Errors: wrong, Data: passkeyView{Staff: r.Who.Staff, Name: name, MaxName: access.MaxPasskeyName}})
}

func (s *Server) passkeyPrepare(w http.ResponseWriter, r *Request) error {
	name := r.PostForm.Get("name")
	again := func(status int, field, text string) error {
		return s.showPasskey(w, r, status, name, []Field{{ID: field, Text: text}})
	}
	a := access.Attempt{Password: r.PostForm.Get("old"), Code: r.PostForm.Get("code"), Address: address(r)}
	token, err := s.passkeys.Prepare(r.Context(), a, name)
	var wait *access.WaitError
	switch {
	case err == nil:
		http.SetCookie(w, access.NewFlowCookie(access.FlowCookie, token))
		s.redirect(w, r, "/account/passkey/make")
		return nil
	case errors.Is(err, access.ErrPasskeyName):
		return again(http.StatusUnprocessableEntity, "name", "Give the passkey a name of up to "+strconv.Itoa(access.MaxPasskeyName)+" characters, such as the name of the device")
	case errors.Is(err, access.ErrPasskeys):
		return again(http.StatusUnprocessableEntity, "name", "You have "+strconv.Itoa(access.MaxPasskeys)+" passkeys, which is as many as an account can have. Remove one first")
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

func (s *Server) passkeyMakePage(w http.ResponseWriter, r *Request) error {
	var token string
	if c, err := r.Cookie(access.FlowCookie); err == nil {
		token = c.Value
	}
	options, name, err := s.passkeys.Prepared(r.Context(), token)
	switch {
	case errors.Is(err, access.ErrFlow):
		s.redirect(w, r, "/account/passkey")
		return nil
	case errors.Is(err, access.ErrNotNow):
		return errSignIn
	case err != nil:
		return err
	}
	return s.render(w, r, http.StatusOK, "passkey-make", Page{Title: "Add a passkey", Form: true,
		Data: passkeyView{Staff: r.Who.Staff, Name: name, Options: string(options), Origin: s.passkeyOrigin()}})
}

func (s *Server) passkeyMake(w http.ResponseWriter, r *Request) error {
	token := flowToken(w, r, access.FlowCookie)
	err := s.passkeys.Register(r.Context(), token, []byte(r.PostForm.Get("answer")), func(who access.Who) error {
		return s.note(r.Context(), r, passkeyAdded, who, who.Staff)
	})
	text := ""
	switch {
	case err == nil:
		s.redirect(w, r, "/account?passkey=added")
		return nil
	case errors.Is(err, access.ErrFlow):
		text = "That took too long, or was used before. Begin again"
	case errors.Is(err, access.ErrPasskeys):
		text = "You have as many passkeys as an account can have. Remove one first"
	case errors.Is(err, access.ErrCredentials):
		if err := s.note(r.Context(), r, sessionRefused, access.Who{}, r.Who.Staff); err != nil {
			return err
		}
		text = "What your device sent could not be used: no passkey was added. Begin again, or try another device"
	case errors.Is(err, access.ErrNotNow):
		return errSignIn
	default:
		return err
	}
	return s.showPasskey(w, r, http.StatusUnprocessableEntity, "", []Field{{Text: text}})
}

func (s *Server) passkeyRemove(w http.ResponseWriter, r *Request) error {
	id, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get("passkey"))
	if err != nil {
		return errForm
	}
	err = s.passkeys.Remove(r.Context(), id, func(who access.Who) error { return s.note(r.Context(), r, passkeyRemoved, who, who.Staff) })
	switch {
	case err == nil:
		s.redirect(w, r, "/account?passkey=removed")
		return nil
	case errors.Is(err, access.ErrNoPasskey):
		return s.showOwn(w, r, http.StatusUnprocessableEntity, "", []Field{{Text: "There is no such passkey any more"}})
	case errors.Is(err, access.ErrNotNow):
		return errSignIn
	}
	return err
}
