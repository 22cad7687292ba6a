package pages

import (
	"errors"
	"net/http"
	"strconv"

	"caseledger/internal/access"
)

// ProviderBack is the path to which a provider sends browsers back.
const ProviderBack = "/sign-in/provider/back"

// signOnRoutes are those of a service that has a provider; see access.SignOn for
// why there are three steps.
func (s *Server) signOnRoutes() []Route {
	if s.signOn == nil {
		return nil
	}
	return []Route{
		{Method: "GET", Pattern: "/sign-in/provider", Open: true, Handle: s.providerAsk},
		{Method: "GET", Pattern: ProviderBack, Open: true, Handle: s.providerBack},
		{Method: "POST", Pattern: "/sign-in/provider", Open: true, Handle: s.providerFinish},
	}
}

// providerName is what people call the provider; "": there is none.
func (s *Server) providerName() string {
	if s.signOn == nil {
		return ""
	}
	return s.signOn.Name()
}

// providerAsk sends somebody to the provider. It is a link and not a form: the
// content policy lets no form end at another site.
func (s *Server) providerAsk(w http.ResponseWriter, r *Request) error {
	to := Local(r.URL.Query().Get("next"))
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		s.redirect(w, r, "/sign-in"+nextTo(to)) // another site does not begin it
		return nil
	}
	away, token, err := s.signOn.Begin(r.Context(), to, address(r))
	switch {
	case err == nil:
		http.SetCookie(w, access.NewFlowCookie(access.BackCookie, token))
		s.redirect(w, r, away)
		return nil
	case errors.Is(err, access.ErrNotNow):
		s.redirect(w, r, to)
		return nil
	}
	return s.providerFailed(w, r, err, "", to)
}

// providerBack is where the provider sends the browser: without the session's
// cookie. It shows a page that goes on from here.
func (s *Server) providerBack(w http.ResponseWriter, r *Request) error {
	token, staff, err := s.signOn.Back(r.Context(), flowToken(w, r, access.BackCookie), r.URL.Query(), address(r))
	if err != nil {
		return s.providerFailed(w, r, err, staff, "/")
	}
	http.SetCookie(w, access.NewFlowCookie(access.FlowCookie, token))
	return s.render(w, r, http.StatusOK, "provider-back", Page{Title: "Signing in", Form: true, Data: signView{Staff: staff}})
}

// providerFinish signs in, or opens the session that is locked.
func (s *Server) providerFinish(w http.ResponseWriter, r *Request) error {
	who, _ := s.guard.Peek(r.Context())
	to, err := s.signOn.Finish(r.Context(), flowToken(w, r, access.FlowCookie),
		func(who access.Who) error { return s.note(r.Context(), r, sessionBegan, who, "") },
		func(who access.Who) error { return s.note(r.Context(), r, sessionUnlocked, who, "") })
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
	return s.providerFailed(w, r, err, "", "/")
}

// providerFailed says why nobody was signed in; staff is whose account the
// provider named.
func (s *Server) providerFailed(w http.ResponseWriter, r *Request, err error, staff, to string) error {
	name := s.providerName()
	wrong := Field{ID: "provider", Text: name + " did not show that it is you, or you have no account here. Try again, or sign in with your password and a code."}
	status := http.StatusUnprocessableEntity
	var wait *access.WaitError
	switch {
	case errors.As(err, &wait):
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.For.Seconds())))
		wrong.Text = "Too many attempts. Wait " + inMinutes(wait.For) + ", then try again."
	case errors.Is(err, access.ErrFlow):
		wrong.Text = "That took too long, or was used before. Begin again."
	case errors.Is(err, access.ErrUnreachable):
		status = http.StatusBadGateway
		wrong.Text = name + " does not answer at the moment. Sign in with your password and a code, or try again later."
	case errors.Is(err, access.ErrNotProved):
		if err := s.note(r.Context(), r, sessionRefused, access.Who{}, staff); err != nil {
			return err
		}
	default:
		return err
	}
	return s.render(w, r, status, "sign-in", Page{Title: "Sign in", Form: true, Errors: []Field{wrong}, Data: s.signView(to)})
}
