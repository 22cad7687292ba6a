package pages

import (
	"net/http"
	"net/url"
	"strings"
)

// sharingCookie is set while a screen is shared.
const sharingCookie = "__Host-caseledger-sharing"

func sharing(r *http.Request) bool {
	c, err := r.Cookie(sharingCookie)
	return err == nil && c.Value == "on"
}

// share turns the masking on or off and goes back to where it was asked for.
func (s *Server) share(w http.ResponseWriter, r *Request) error {
	c := &http.Cookie{Name: sharingCookie, Value: "on", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if r.PostForm.Get("sharing") != "on" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	s.redirect(w, r, Local(r.PostForm.Get("back")))
	return nil
}

// Local is the path of this service that a form or a query names, "/" when it
// names none: nobody is sent to another site.
func Local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(to, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
