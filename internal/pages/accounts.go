package pages

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"caseledger/internal/access"
)

func (s *Server) accountRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/admin/accounts", Action: access.AccountReset, Handle: s.accountsPage},
		{Method: "POST", Pattern: "/admin/accounts/reset", Action: access.AccountReset, Handle: s.askReset},
		{Method: "POST", Pattern: "/admin/accounts/confirm", Action: access.AccountReset, Handle: s.confirmReset},
		{Method: "POST", Pattern: "/admin/accounts/add", Action: access.Admin, Handle: s.addAccount},
		{Method: "POST", Pattern: "/admin/accounts/disable", Action: access.Admin, Handle: s.disableAccount},
	}
}

// accountsView is who can sign in, and how.
type accountsView struct {
	Rows []accountRow
	May  bool // add and disable
	// Given is a set-up code that was just made: it is shown once.
	Given *given
}

type accountRow struct {
	Staff    string
	Standing string
	Asked    string // who asked for a reset that waits; "": nobody
	// Ask, Confirm: what the reader may press.
	Ask, Confirm, Disable bool
}

type given struct{ Staff, Code, Link string }

func (s *Server) accountsPage(w http.ResponseWriter, r *Request) error {
	return s.showAccounts(w, r, http.StatusOK, accountsView{}, nil)
}

func (s *Server) showAccounts(w http.ResponseWriter, r *Request, status int, v accountsView, wrong []Field) error {
	list, err := s.guard.Accounts().All(r.Context())
	if err != nil {
		if len(list) == 0 {
			return err
		}
		wrong = append(wrong, Field{"", "An account cannot be read: its file is damaged. Ask whoever runs the service to look at it."})
	}
	v.May = s.guard.Decide(r.Who, access.Admin, nil, r.Now).Allowed
	for _, a := range list {
		row := accountRow{Staff: a.Staff, Standing: a.Standing(r.Now), Disable: v.May && !a.Disabled && a.Staff != r.Who.Staff}
		waits := a.Reset != nil && r.Now.Before(a.Reset.At.Add(access.ResetFor))
		if waits {
			row.Asked = a.Reset.By
		}
		row.Ask = a.Staff != r.Who.Staff && !waits
		row.Confirm = a.Staff != r.Who.Staff && waits && a.Reset.By != r.Who.Staff
		v.Rows = append(v.Rows, row)
	}
	return s.render(w, r, status, "accounts", Page{Title: "Accounts", Wide: true, Errors: wrong, Form: v.Given != nil, Data: v})
}

// changed answers a change of an account, or says why there was none.
func (s *Server) changed(w http.ResponseWriter, r *Request, staff, code string, err error) error {
	text := ""
	switch {
	case err == nil && code == "":
		s.redirect(w, r, "/admin/accounts")
		return nil
	case err == nil:
		link := s.scheme() + "://" + r.Host + "/set-up#" + staff + "/" + code
		return s.showAccounts(w, r, http.StatusOK, accountsView{Given: &given{staff, code, link}}, nil)
	case errors.Is(err, access.ErrOwnReset):
		text = "Nobody resets their own account. Ask two colleagues"
	case errors.Is(err, access.ErrSamePair):
		text = "You asked for this reset, so somebody else must confirm it"
	case errors.Is(err, access.ErrNoReset):
		text = "Nobody asked for this reset, or longer ago than a day. Ask again"
	case errors.Is(err, access.ErrNoAccount):
		text = "There is no such account"
	case errors.Is(err, fs.ErrExist):
		text = "This member of staff has an account already. Reset it instead"
	default:
		return err
	}
	return s.showAccounts(w, r, http.StatusUnprocessableEntity, accountsView{}, []Field{{"", text}})
}

func (s *Server) scheme() string {
	if s.https {
		return "https"
	}
	return "http"
}

// about is the account that a form is about.
func about(r *Request) string { return strings.ToLower(strings.TrimSpace(r.PostForm.Get("staff"))) }

// knownAccount reports whether there is an account: of others nothing is recorded.
func (s *Server) knownAccount(r *Request) bool { return s.guard.Has(r.Context(), about(r)) }

func (s *Server) askReset(w http.ResponseWriter, r *Request) error {
	if !s.knownAccount(r) {
		return s.changed(w, r, "", "", access.ErrNoAccount)
	}
	if err := s.note(r.Context(), r, resetAsked, r.Who, about(r)); err != nil {
		return err
	}
	return s.changed(w, r, about(r), "", s.guard.Accounts().AskReset(r.Context(), about(r), r.Who.Staff, r.Now))
}

func (s *Server) confirmReset(w http.ResponseWriter, r *Request) error {
	if !s.knownAccount(r) {
		return s.changed(w, r, "", "", access.ErrNoAccount)
	}
	if err := s.note(r.Context(), r, resetConfirmed, r.Who, about(r)); err != nil {
		return err
	}
	code, err := s.guard.Accounts().ConfirmReset(r.Context(), about(r), r.Who.Staff, r.Now)
	return s.changed(w, r, about(r), code, err)
}

func (s *Server) addAccount(w http.ResponseWriter, r *Request) error {
	staff := about(r)
	if !access.ValidStaff(staff) {
		return s.showAccounts(w, r, http.StatusUnprocessableEntity, accountsView{}, []Field{{"staff", "A staff number is lower-case letters, digits and hyphens, such as staff-07"}})
	}
	if s.knownAccount(r) {
		return s.changed(w, r, staff, "", fs.ErrExist)
	}
	if err := s.note(r.Context(), r, accountAdded, r.Who, staff); err != nil {
		return err
	}
	code, err := s.guard.Accounts().Add(r.Context(), staff, r.Now)
	return s.changed(w, r, staff, code, err)
}

func (s *Server) disableAccount(w http.ResponseWriter, r *Request) error {
	if !s.knownAccount(r) {
		return s.changed(w, r, "", "", access.ErrNoAccount)
	}
	if about(r) == r.Who.Staff {
		return s.showAccounts(w, r, http.StatusUnprocessableEntity, accountsView{}, []Field{{"", "You cannot disable your own account. Ask another administrator"}})
	}
	if err := s.note(r.Context(), r, accountDisabled, r.Who, about(r)); err != nil {
		return err
	}
	return s.changed(w, r, about(r), "", s.guard.Accounts().Disable(r.Context(), about(r), r.Now))
}
