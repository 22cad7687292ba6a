package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/pages/pagetest"
)

// TestPasskeyBrowser: a passkey added, signed in with, a locked session opened
// with it, copied and removed, by a real browser with an authenticator in it.
func TestPasskeyBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	g := newGate(t)
	g.clock = time.Now()
	w := pagetest.Open(t, func(host string) http.Handler { return g.serveAs(host, false) })
	device := w.Authenticator()
	code, err := g.accounts.Add(t.Context(), "staff-07", g.clock)
	if err != nil {
		t.Fatal(err)
	}
	w.Go("/set-up#staff-07/" + code)
	w.Press("main button[type=submit]")
	secret, err := access.ParseSecret(pagetest.Evaluate[string](w, "document.querySelector('.sign__key').textContent"))
	if err != nil {
		t.Fatal(err)
	}
	next := func() string {
		g.clock = g.clock.Add(time.Minute)
		return access.CodeAt(secret, g.clock)
	}
	w.Set("#code", access.CodeAt(secret, g.clock))
	w.Set("#password", password)
	w.Set("#again", password)
	w.Press("form[action='/set-up/account'] button[type=submit]")
	g.told()

	// Added: with password and code, then by the device.
	w.Go("/account")
	w.Press("a[href='/account/passkey']")
	w.Shot("passkey")
	w.Accessible("adding a passkey")
	w.Set("#name", "office laptop")
	w.Set("#old", "wrong")
	w.Set("#code", next())
	w.Press("form[action='/account/passkey'] button")
	if got := w.Text(".govuk-error-summary"); !strings.Contains(got, "Check your password") {
		t.Error(got)
	}
	w.Set("#old", password)
	w.Set("#code", next())
	w.Press("form[action='/account/passkey'] button")
	w.Shot("passkey-make")
	w.Accessible("making a passkey")
	device.Know(false)
	w.Click("#passkey")
	w.Until("document.querySelector('.passkey__say').textContent.startsWith('Nothing happened')")
	w.Accessible("no passkey was made")
	device.Know(true)
	w.Press("#passkey")
	if got := w.Text("main"); w.Path() != "/account?passkey=added" || !strings.Contains(got, "The passkey was added") || !strings.Contains(got, "office laptop") || !strings.Contains(got, "Last used: never") {
		t.Fatal(w.Path(), got)
	}
	w.Shot("account-passkey")
	w.Accessible("one's own account with a passkey")
	if n := len(device.Passkeys()); n != 1 {
		t.Fatal(n, "passkeys")
	}
	first := device.Passkeys()[0]
	if got := g.told(); got != "session.refused  staff-07, account.passkey-added staff-07 staff-07" {
		t.Error(got)
	}
	// The same device a second time: the browser knows.
	w.Go("/account/passkey")
	w.Set("#name", "the same")
	w.Set("#old", password)
	w.Set("#code", next())
	w.Press("form[action='/account/passkey'] button")
	w.Click("#passkey")
	w.Until("document.querySelector('.passkey__say').textContent.startsWith('This device has a passkey')")

	// Signed in with, without a staff number.
	w.Press("form[action='/sign-out'] button")
	w.Shot("sign-in-passkey")
	w.Accessible("sign-in with a passkey")
	w.Go("/sign-in?next=/account")
	w.Press("#passkey")
	if w.Path() != "/account" || !strings.Contains(w.Text(".top__who"), "staff-07") {
		t.Fatal(w.Path(), w.Text("main"))
	}
	if got := w.Text(".passkeys"); strings.Contains(got, "never") {
		t.Error(got)
	}
	if got := g.told(); got != "session.ended staff-07, session.began staff-07" {
		t.Error(got)
	}
	// Whom the device does not know is not let in.
	w.Press("form[action='/lock'] button")
	w.Shot("locked-passkey")
	w.Accessible("locked, with a passkey")
	device.Know(false)
	w.Click("#passkey")
	w.Until("document.querySelector('.passkey__say').textContent.startsWith('Nothing happened')")
	device.Know(true)
	w.Press("#passkey")
	if w.Path() != "/day" {
		t.Fatal(w.Path(), w.Text("main"))
	}
	if got := g.told(); got != "session.locked staff-07, session.unlocked staff-07, day.seen staff-07" {
		t.Error(got)
	}
	// A copy from the first day, with its count: refused, and so is the one that
	// it was copied from.
	w.Press("form[action='/sign-out'] button")
	latest := device.Passkeys()[0]
	if first.SignCount >= latest.SignCount {
		t.Fatal("the device does not count:", first.SignCount, latest.SignCount)
	}
	device.Put(first)
	w.Press("#passkey")
	if got := w.Text(".govuk-error-summary"); w.Path() != "/sign-in/passkey" || !strings.Contains(got, "may have been copied") {
		t.Fatal(w.Path(), got)
	}
	w.Shot("sign-in-copied")
	w.Accessible("a copied passkey")
	latest.SignCount += 10
	device.Put(latest)
	w.Press("#passkey")
	if got := w.Text(".govuk-error-summary"); !strings.Contains(got, "may have been copied") {
		t.Error(got)
	}
	if got := g.told(); got != "session.ended staff-07, session.refused  staff-07, session.refused  staff-07" {
		t.Error(got)
	}
	// Password and code are as they were; it is removed.
	w.Set("#staff", "staff-07")
	w.Set("#password", password)
	w.Set("#code", next())
	w.Press("form[action='/sign-in'] button[type=submit]")
	w.Go("/account")
	w.Shot("account-copied")
	w.Accessible("one's own account with a copied passkey")
	w.Press("form[action='/account/passkey/remove'] button")
	if got := w.Text("main"); !strings.Contains(got, "The passkey was removed") || !strings.Contains(got, "You have none") {
		t.Error(got)
	}
	if got := g.told(); got != "session.began staff-07, day.seen staff-07, account.passkey-removed staff-07 staff-07" && got != "session.began staff-07, account.passkey-removed staff-07 staff-07" {
		t.Error(got)
	}
	w.Press("form[action='/lock'] button")
	if got := w.Text("main"); strings.Contains(got, "passkey") {
		t.Error("a locked session offers a passkey that is not there:", got)
	}
	w.Press("form[action='/sign-out'] button")
	w.Press("#passkey")
	if got := w.Text(".govuk-error-summary"); !strings.Contains(got, "does not open an account here") {
		t.Error(got)
	}
	// At another address of this machine browsers have none; without scripts
	// there is no button.
	g.serveAs(strings.TrimPrefix(w.Base, "http://"), false)
	w.Scripts(false)
	w.Go("/sign-in")
	if pagetest.Evaluate[bool](w, "document.querySelector('#passkey').checkVisibility()") {
		t.Error("the button shows without scripts")
	}
	w.Scripts(true)
	w.Quiet()
	if log := g.logs.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "may have been copied") {
		t.Error(log)
	}
}

// TestPasskeyForms: what is no answer signs nobody in and is told as a
// refusal; a challenge is for the browser that asked for it.
func TestPasskeyForms(t *testing.T) {
	g := newGate(t)
	secret := g.enrol("staff-07")
	g.told()
	if w := g.send("/sign-in/passkey/challenge", url.Values{}); w.Code != 200 || !strings.Contains(w.Body.String(), "signed in already") {
		t.Error(w.Code, w.Body)
	}
	g.send("/lock", url.Values{})
	if w := g.send("/sign-in/passkey/challenge", url.Values{}); w.Code != 200 || !strings.Contains(w.Body.String(), "You have no passkey") {
		t.Error(w.Code, w.Body)
	}
	g.send("/sign-out", url.Values{})
	g.told()
	w := g.send("/sign-in/passkey/challenge", url.Values{})
	if c := g.cookies[access.FlowCookie]; w.Code != 200 || c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || !strings.Contains(w.Body.String(), `"userVerification":"required"`) {
		t.Error(w.Code, w.Body, c)
	}
	if _, ok := g.cookies[access.Cookie]; ok && g.cookies[access.Cookie].Value != "" {
		t.Error("a session was made for a visitor")
	}
	w = g.send("/sign-in/passkey", url.Values{"answer": {"{}"}, "next": {"/day"}})
	if w.Code != 422 || !strings.Contains(w.Body.String(), "does not open an account here") || g.cookies[access.FlowCookie].Value != "" {
		t.Error(w.Code, w.Body)
	}
	if got := g.told(); got != "session.refused" {
		t.Errorf("%q", got)
	}
	for range 2 { // without a challenge, and nothing is told: nothing was tried
		if w := g.send("/sign-in/passkey", url.Values{"answer": {"{}"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "took too long") {
			t.Error(w.Code, w.Body)
		}
	}
	if w := g.send("/sign-in/passkey", url.Values{"answer": {strings.Repeat("x", maxPasskeyForm)}}); w.Code != 413 {
		t.Error(w.Code)
	}
	if got := g.told(); got != "" {
		t.Errorf("%q", got)
	}
	for range 70 {
		w = g.send("/sign-in/passkey/challenge", url.Values{})
	}
	if !strings.Contains(w.Body.String(), "Too many attempts. Wait 1 minute") {
		t.Error(w.Body)
	}
	g.clock = g.clock.Add(time.Hour)
	g.signIn("staff-07", password, access.CodeAt(secret, g.clock))
	g.told()
	g.clock = g.clock.Add(time.Minute)
	if w := g.send("/account/passkey/make", nil); w.Code != 303 || w.Header().Get("Location") != "/account/passkey" {
		t.Error(w.Code, w.Header())
	}
	form := url.Values{"name": {strings.Repeat("x", access.MaxPasskeyName+1)}, "old": {password}, "code": {access.CodeAt(secret, g.clock)}}
	if w := g.send("/account/passkey", form); w.Code != 422 || !strings.Contains(w.Body.String(), "up to 40 characters") {
		t.Error(w.Code, w.Body)
	}
	form.Set("name", "blue key")
	if w := g.send("/account/passkey", form); w.Code != 303 || w.Header().Get("Location") != "/account/passkey/make" {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account/passkey/make", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "“blue key” is not made yet") {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account/passkey/make", url.Values{"answer": {"{}"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "no passkey was added") {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account/passkey/make", url.Values{"answer": {"{}"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "Begin again") {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account/passkey/remove", url.Values{"passkey": {"AAAA"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "no such passkey") {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account/passkey/remove", url.Values{"passkey": {"!"}}); w.Code != 422 {
		t.Error(w.Code, w.Body)
	}
	if got := g.told(); got != "session.refused  staff-07" {
		t.Errorf("%q", got)
	}
	if g.logs.Len() > 0 {
		t.Error(g.logs.String())
	}
}
