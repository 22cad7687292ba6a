package pages

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/ops"
)

// What the access ledger is told about sessions and accounts.
const (
	sessionBegan    = "session.began"
	sessionRefused  = "session.refused"
	sessionLocked   = "session.locked"
	sessionUnlocked = "session.unlocked"
	sessionEnded    = "session.ended"
	accountSetUp    = "account.set-up"
	accountAdded    = "account.added"
	passkeyAdded    = "account.passkey-added"
	passkeyRemoved  = "account.passkey-removed"
	accountDisabled = "account.disabled"
	emailSet        = "account.email-set"
	resetAsked      = "account.reset-asked"
	resetConfirmed  = "account.reset-confirmed"
)

func (s *Server) signRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/sign-in", Open: true, Handle: s.signInPage},
		{Method: "POST", Pattern: "/sign-in", Open: true, Handle: s.signIn},
		{Method: "GET", Pattern: "/locked", Open: true, Handle: s.lockedPage},
		{Method: "POST", Pattern: "/locked", Open: true, Handle: s.unlock},
		{Method: "POST", Pattern: "/lock", Open: true, Handle: s.lock},
		{Method: "POST", Pattern: "/sign-out", Open: true, Handle: s.signOut},
		{Method: "GET", Pattern: "/set-up", Open: true, Handle: s.setUpPage},
		{Method: "POST", Pattern: "/set-up", Open: true, Handle: s.setUp},
		{Method: "GET", Pattern: "/set-up/account", Open: true, Handle: s.setUpAccountPage},
		{Method: "POST", Pattern: "/set-up/account", Open: true, Handle: s.setUpAccount},
	}
}

// signView is what the pages for signing in show. Nothing secret that was
// typed comes back.
type signView struct {
	Staff string
	Next  string
	Ended bool // somebody signed out just now
	// Origin is where the browser can be asked for a passkey; "": nowhere.
	Origin string
	// Provider is what people call the provider; "": there is none.
	Provider string
}

func (s *Server) signView(to string) signView {
	return signView{Next: to, Origin: s.passkeyOrigin(), Provider: s.providerName()}
}

// address is where a request comes from, as far as the limits need it.
func address(r *Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// note tells the access ledger of a session or an account.
func (s *Server) note(ctx context.Context, r *Request, kind string, who access.Who, about string) error {
	if err := s.recorder.Record(ctx, Read{Type: kind, Who: who, Action: r.Route.Action, About: about, At: r.Now}); err != nil {
		return ops.As(errUnrecorded, err)
	}
	return nil
}

func (s *Server) signInPage(w http.ResponseWriter, r *Request) error {
	to := Local(r.URL.Query().Get("next"))
	switch _, state := s.guard.Peek(r.Context()); state {
	case access.SignedIn:
		s.redirect(w, r, to)
		return nil
	case access.Locked:
		s.redirect(w, r, "/locked"+nextTo(to))
		return nil
	}
	v := s.signView(to)
	v.Ended = r.URL.Query().Get("ended") == "1"
	return s.render(w, r, http.StatusOK, "sign-in", Page{Title: "Sign in", Form: true, Data: v})
}

func (s *Server) signIn(w http.ResponseWriter, r *Request) error {
	a := access.Attempt{
		Staff: strings.ToLower(strings.TrimSpace(r.PostForm.Get("staff"))), Password: r.PostForm.Get("password"), Code: r.PostForm.Get("code"),
		Address: address(r),
	}
	to := Local(r.PostForm.Get("next"))
	err := s.guard.SignIn(r.Context(), a, func(who access.Who) error { return s.note(r.Context(), r, sessionBegan, who, "") })
	if err == nil {
		s.redirect(w, r, to)
		return nil
	}
	v := s.signView(to)
	if access.ValidStaff(a.Staff) {
		v.Staff = a.Staff
	}
	return s.signFailed(w, r, err, "sign-in", "Sign in", Field{"staff", "Check the staff number, the password and the code. A code works once: wait for the next one."}, a.Staff, v)
}

// signFailed answers an attempt that was wrong or came too soon, and tells the
// access ledger of the wrong ones: whose account it was, when there is one.
func (s *Server) signFailed(w http.ResponseWriter, r *Request, err error, name, title string, wrong Field, staff string, v any) error {
	status := http.StatusUnprocessableEntity
	var wait *access.WaitError
	switch {
	case errors.As(err, &wait):
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.For.Seconds())))
		wrong.Text = "Too many attempts. Wait " + inMinutes(wait.For) + ", then try again. If you cannot get in, ask two colleagues for a reset."
	case errors.Is(err, access.ErrFlow):
		// Nothing was tried: it was begun elsewhere, or too long ago.
	case errors.Is(err, access.ErrCredentials), errors.Is(err, access.ErrCopied), errors.Is(err, access.ErrSetUpCode):
		if !s.guard.Has(r.Context(), staff) {
			staff = ""
		}
		if err := s.note(r.Context(), r, sessionRefused, access.Who{}, staff); err != nil {
			return err
		}
	default:
		return err
	}
	return s.render(w, r, status, name, Page{Title: title, Form: true, Errors: []Field{wrong}, Data: v})
}

func inMinutes(d time.Duration) string {
	n := int((d + time.Minute - 1) / time.Minute)
	return strconv.Itoa(n) + " " + plural(n, "minute")
}

// nextTo is the query that remembers a path of ours.
func nextTo(to string) string {
	if to == "/" {
		return ""
	}
	return "?next=" + url.QueryEscape(to)
}

func (s *Server) lockedPage(w http.ResponseWriter, r *Request) error {
	to := Local(r.URL.Query().Get("next"))
	switch who, state := s.guard.Peek(r.Context()); state {
	case access.SignedIn:
		s.redirect(w, r, to)
	case access.Locked:
		return s.render(w, r, http.StatusOK, "sign-locked", Page{Title: "Locked", Form: true, Data: s.lockedView(r, who, to)})
	default:
		s.redirect(w, r, "/sign-in"+nextTo(to))
	}
	return nil
}

// lockedView is what a locked session shows: passkeys only to who has some.
func (s *Server) lockedView(r *Request, who access.Who, to string) signView {
	v := s.signView(to)
	v.Staff = who.Staff
	if a, err := s.guard.Accounts().Get(r.Context(), who.Staff); err != nil || len(a.Passkeys) == 0 {
		v.Origin = ""
	}
	return v
}

func (s *Server) unlock(w http.ResponseWriter, r *Request) error {
	to := Local(r.PostForm.Get("next"))
	who, state := s.guard.Peek(r.Context())
	if state != access.Locked {
		s.redirect(w, r, to) // or, from there, to where one signs in
		return nil
	}
	err := s.guard.Unlock(r.Context(), r.PostForm.Get("password"), address(r), func(who access.Who) error { return s.note(r.Context(), r, sessionUnlocked, who, "") })
	return s.unlocked(w, r, err, who, to, Field{"password", "The password is wrong"})
}

// unlocked answers an attempt to open the locked session of who.
func (s *Server) unlocked(w http.ResponseWriter, r *Request, err error, who access.Who, to string, wrong Field) error {
	switch {
	case err == nil:
		s.redirect(w, r, to)
		return nil
	case errors.Is(err, access.ErrNotNow):
		if err := s.note(r.Context(), r, sessionEnded, who, ""); err != nil {
			return err
		}
		s.redirect(w, r, "/sign-in"+nextTo(to))
		return nil
	}
	return s.signFailed(w, r, err, "sign-locked", "Locked", wrong, who.Staff, s.lockedView(r, who, to))
}

// lock works for who is signed in; for everybody else it leads to sign-in.
func (s *Server) lock(w http.ResponseWriter, r *Request) error {
	if who, state := s.guard.Peek(r.Context()); state == access.SignedIn {
		s.guard.Lock(r.Context()) // first: it must not depend on the record
		if err := s.note(r.Context(), r, sessionLocked, who, ""); err != nil {
			return err
		}
	}
	s.redirect(w, r, "/locked")
	return nil
}

func (s *Server) signOut(w http.ResponseWriter, r *Request) error {
	who, state := s.guard.Peek(r.Context())
	if err := s.guard.SignOut(r.Context()); err != nil { // first, as with lock
		return err
	}
	r.Who = access.Who{}
	if state != access.None {
		if err := s.note(r.Context(), r, sessionEnded, who, ""); err != nil {
			return err
		}
	}
	// What a browser of this service kept goes too.
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	s.redirect(w, r, "/sign-in?ended=1")
	return nil
}

func (s *Server) setUpPage(w http.ResponseWriter, r *Request) error {
	return s.render(w, r, http.StatusOK, "sign-set-up", Page{Title: "Set up your account", Form: true, Data: signView{}})
}

func (s *Server) setUp(w http.ResponseWriter, r *Request) error {
	staff := strings.ToLower(strings.TrimSpace(r.PostForm.Get("staff")))
	err := s.guard.BeginSetUp(r.Context(), staff, r.PostForm.Get("code"), address(r))
	if err == nil {
		s.redirect(w, r, "/set-up/account")
		return nil
	}
	v := signView{}
	if access.ValidStaff(staff) {
		v.Staff = staff
	}
	return s.signFailed(w, r, err, "sign-set-up", "Set up your account", Field{"code", "Check the staff number and the set-up code. A code works once and for one day; whoever gave it to you can ask for another."}, staff, v)
}

// setUpView is the second step: the authenticator and the password.
type setUpView struct {
	Staff  string
	Secret access.Secret
	// Dark are the dark runs of the picture for the authenticator's camera, Size
	// its width with the quiet zone, in modules.
	Dark []run
	Size int
	Min  int // characters of a password
}

// run is a row of dark modules: where it begins, and how long it is.
type run struct{ X, Y, N int }

// quiet is the light edge of a QR code, in modules (ISO/IEC 18004).
const quiet = 4

func newSetUpView(staff string, secret access.Secret) (setUpView, error) {
	v := setUpView{Staff: staff, Secret: secret, Min: access.MinPassword}
	rows, err := secret.QR("caseledger", staff)
	if err != nil {
		return v, err
	}
	v.Size = len(rows) + 2*quiet
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				v.Dark = append(v.Dark, run{x + quiet, y + quiet, n})
				x += n
			}
		}
	}
	return v, nil
}

func (s *Server) setUpAccountPage(w http.ResponseWriter, r *Request) error {
	return s.setUpAccountShow(w, r, http.StatusOK, nil)
}

func (s *Server) setUpAccountShow(w http.ResponseWriter, r *Request, status int, wrong []Field) error {
	staff, secret, ok := s.guard.SettingUp(r.Context())
	if !ok {
		s.redirect(w, r, "/set-up")
		return nil
	}
	v, err := newSetUpView(staff, secret)
	if err != nil {
		return err
	}
	return s.render(w, r, status, "sign-set-up-account", Page{Title: "Choose a password", Form: true, Errors: wrong, Data: v})
}

func (s *Server) setUpAccount(w http.ResponseWriter, r *Request) error {
	again := func(field, text string) error {
		return s.setUpAccountShow(w, r, http.StatusUnprocessableEntity, []Field{{field, text}})
	}
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		return again("again", "The two passwords differ")
	}
	err := s.guard.FinishSetUp(r.Context(), password, r.PostForm.Get("code"), address(r), func(who access.Who) error {
		if err := s.note(r.Context(), r, accountSetUp, who, who.Staff); err != nil {
			return err
		}
		return s.note(r.Context(), r, sessionBegan, who, "")
	})
	var rule *access.PasswordError
	var wait *access.WaitError
	switch {
	case err == nil:
		s.redirect(w, r, "/")
		return nil
	case errors.As(err, &rule):
		return again("password", "Choose another password: "+rule.Rule)
	case errors.Is(err, access.ErrCode):
		return again("code", "That is not what the authenticator shows now. Check that your telephone's clock is right.")
	case errors.As(err, &wait):
		return again("code", "Too many attempts. Wait "+inMinutes(wait.For)+", then try again.")
	case errors.Is(err, access.ErrCredentials):
		return again("password", "Nobody with this staff number is recorded as working here. Ask your administrator.")
	case errors.Is(err, access.ErrFirst):
		return again("password", "The first account must be an administrator's or a manager's. Begin again with another staff number.")
	case errors.Is(err, access.ErrNotNow), errors.Is(err, access.ErrSetUpCode):
		s.redirect(w, r, "/set-up")
		return nil
	}
	return err
}
