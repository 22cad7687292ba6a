package pages

import (
	"net/url"
	"strings"
	"testing"
)

// Where somebody's mail goes is said by themselves and by an administrator, is
// recorded without the address, and ends no session.
func TestEmail(t *testing.T) {
	g := newGate(t)
	g.enrol("staff-07")
	page := g.send("/account/email", nil)
	v := fields(t, page.Body.String())
	v.Set("email", " seven@example.org ")
	if w := g.send("/account/email", v); w.Code != 303 || w.Header().Get("Location") != "/account/email?done" {
		t.Fatal(w.Code, w.Body)
	}
	wants(t, g.send("/account/email?done", nil).Body.String(), `value="seven@example.org"`, "It is kept.")
	if a, err := g.accounts.Get(t.Context(), "staff-07"); err != nil || a.Email != "seven@example.org" {
		t.Error(a.Email, err)
	}
	if w := g.send("/day", nil); w.Code != 200 {
		t.Error("the session ended:", w.Code)
	}
	if told := g.told(); !strings.Contains(told, "account.email-set") || strings.Contains(told, "example.org") {
		t.Error(told)
	}
	for _, bad := range []string{"seven", "seven@example.org\r\nBcc: x@example.org", "a@example.org, b@example.org", "Seven <seven@example.org>"} {
		v.Set("email", bad)
		if w := g.send("/account/email", v); w.Code != 422 || !strings.Contains(w.Body.String(), `id="email-error"`) {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
	if w := g.send("/admin/accounts/staff-07/email", nil); w.Code != 403 {
		t.Error("an adviser sees another's page:", w.Code)
	}

	clear(g.cookies)
	g.enrol("staff-23")
	wants(t, g.send("/admin/accounts", nil).Body.String(), `href="/admin/accounts/staff-07/email"`)
	page = g.send("/admin/accounts/staff-07/email", nil)
	wants(t, page.Body.String(), "The email address of staff-07", `value="seven@example.org"`)
	v = fields(t, page.Body.String())
	v.Set("email", "")
	if w := g.send("/admin/accounts/staff-07/email", v); w.Code != 303 || w.Header().Get("Location") != "/admin/accounts" {
		t.Fatal(w.Code, w.Body)
	}
	if a, err := g.accounts.Get(t.Context(), "staff-07"); err != nil || a.Email != "" {
		t.Error(a.Email, err)
	}
	for _, nobody := range []string{"staff-99", "STAFF-07", "no%20number", "..%2f..%2fkeys"} {
		if w := g.send("/admin/accounts/"+nobody+"/email", nil); w.Code != 404 {
			t.Error(nobody, w.Code)
		}
	}
	if w := g.send("/admin/accounts/staff-99/email", url.Values{"id": v["id"], "seq": v["seq"], "email": {"x@example.org"}}); w.Code != 404 || g.guard.Has(t.Context(), "staff-99") {
		t.Error("an account was made:", w.Code)
	}
	// While it cannot be recorded it is not changed.
	v.Set("email", "other@example.org")
	g.lost = true
	if w := g.send("/admin/accounts/staff-07/email", v); w.Code != 503 {
		t.Error(w.Code)
	}
	if a, _ := g.accounts.Get(t.Context(), "staff-07"); a.Email != "" {
		t.Error(a.Email)
	}
	if strings.Contains(g.logs.String(), "example.org") {
		t.Error("an address is in the log")
	}
}
