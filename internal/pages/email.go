package pages

import (
	"net/http"
	"strings"

	"caseledger/internal/access"
	"caseledger/internal/mail"
)

// emailRoutes are where it is said to which address "please sign in" goes: by
// its owner, and by administrators for others.
func (s *Server) emailRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/account/email", Action: access.OwnAccount, Handle: s.ownEmail},
		{Method: "POST", Pattern: "/account/email", Action: access.OwnAccount, Handle: s.ownEmailPost},
		{Method: "GET", Pattern: "/admin/accounts/{staff}/email", Action: access.Admin, Reads: "admin.seen", Handle: s.theirEmail},
		{Method: "POST", Pattern: "/admin/accounts/{staff}/email", Action: access.Admin, Reads: "admin.seen", Handle: s.theirEmailPost},
	}
}

// emailPage is where somebody's mail goes.
type emailPage struct {
	F    *Form
	Who  string
	Own  bool
	Done bool
}

func (s *Server) showEmail(w http.ResponseWriter, r *Request, p *emailPage) error {
	return s.render(w, r, formStatus(p.F), "email", Page{Title: "Email", Errors: p.F.Errors, Form: true, Data: p})
}

// emailOf is the page for an account; the error is access.ErrNoAccount when
// there is none.
func (s *Server) emailOf(r *Request, staff string) (*emailPage, error) {
	a, err := s.guard.Accounts().Get(r.Context(), staff)
	if err != nil {
		return nil, err
	}
	p := &emailPage{F: newForm(0), Who: staff, Own: staff == r.Who.Staff, Done: r.URL.RawQuery == "done"}
	p.F.Set("email", a.Email)
	return p, nil
}

func (s *Server) ownEmail(w http.ResponseWriter, r *Request) error {
	p, err := s.emailOf(r, r.Who.Staff)
	if err != nil {
		return err
	}
	return s.showEmail(w, r, p)
}

func (s *Server) theirEmail(w http.ResponseWriter, r *Request) error {
	p, err := s.emailOf(r, r.PathValue("staff"))
	if err != nil {
		return err
	}
	return s.showEmail(w, r, p)
}

func (s *Server) ownEmailPost(w http.ResponseWriter, r *Request) error {
	return s.setEmail(w, r, r.Who.Staff, "/account/email?done")
}

func (s *Server) theirEmailPost(w http.ResponseWriter, r *Request) error {
	return s.setEmail(w, r, r.PathValue("staff"), "/admin/accounts")
}

func (s *Server) setEmail(w http.ResponseWriter, r *Request, staff, to string) error {
	p, err := s.emailOf(r, staff)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	p.Done = false
	address := strings.TrimSpace(p.F.V("email"))
	if address != "" && !mail.ValidAddress(address) {
		p.F.Fail("email", "Enter one address, such as name@example.org, or leave it empty.")
		return s.showEmail(w, r, p)
	}
	if err := s.note(r.Context(), r, emailSet, r.Who, staff); err != nil {
		return err
	}
	if err := s.guard.Accounts().SetEmail(r.Context(), staff, address); err != nil {
		return err
	}
	s.redirect(w, r, to)
	return nil
}
