package pages

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/provider"
	"caseledger/internal/provider/providertest"
)

// secretFiles is a secrets directory.
type secretFiles map[string][]byte

func (f secretFiles) File(name string, _ int) ([]byte, error) {
	if b, ok := f[name]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

// vouched is the provider of a gate at an origin.
func (g *gate) vouched(origin string) *access.SignOn {
	g.t.Helper()
	config, err := json.Marshal(g.provider.Config())
	if err != nil {
		g.t.Fatal(err)
	}
	g.provider.Now = func() time.Time { return g.clock }
	p, err := provider.Open(secretFiles{provider.FileConfig: config, provider.FileSecret: []byte(providertest.Secret)}, origin+ProviderBack, g.provider.Now, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return access.NewSignOn(g.guard, p)
}

// newVouched is a gate with a provider, and somebody with an account of which
// nothing was set up.
func newVouched(t *testing.T) *gate {
	g := newGate(t)
	g.provider = providertest.New(t, false)
	g.provider.SignIn("staff-07")
	g.serveAs("ledger.example.org", true)
	if _, err := g.accounts.Add(t.Context(), "staff-07", g.clock); err != nil {
		t.Fatal(err)
	}
	return g
}

// away begins at the provider and returns where it sends the browser back to.
func (g *gate) away(next string) (back string) {
	g.t.Helper()
	w := g.send("/sign-in/provider?next="+url.QueryEscape(next), nil)
	u, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != 303 || !strings.HasPrefix(u.String(), g.provider.URL+"/authorize?") {
		g.t.Fatal(w.Code, w.Header())
	}
	back, ok := strings.CutPrefix(g.provider.Allow(u.Query()), "https://ledger.example.org")
	if !ok {
		g.t.Fatal(back)
	}
	return back
}

// fromAway makes a request as browsers do when another site sends them: with
// lax cookies only.
func fromAway(r *http.Request) {
	list := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range list {
		if c.Name == access.BackCookie {
			r.AddCookie(c)
		}
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
}

func (g *gate) comeBack(back string) *httptest.ResponseRecorder { return g.send(back, nil, fromAway) }

func TestSignOn(t *testing.T) {
	g := newVouched(t)
	if w := g.send("/sign-in?next=/account", nil); !strings.Contains(w.Body.String(), `href="/sign-in/provider?next=%2faccount"`) || !strings.Contains(w.Body.String(), "Sign in with Example Org") {
		t.Error(w.Body)
	}
	back := g.away("/account")
	if c := g.cookies[access.BackCookie]; c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Error(c)
	}
	w := g.comeBack(back)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "You are recognised as staff-07") || g.cookies[access.BackCookie].Value != "" {
		t.Fatal(w.Code, w.Body)
	}
	if c := g.cookies[access.FlowCookie]; c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Error(c)
	}
	if w := g.send("/account", nil); w.Code != 303 {
		t.Error("signed in by coming back:", w.Code)
	}
	// Another site cannot take the last step.
	stolen := g.cookies[access.FlowCookie]
	if w := g.send("/sign-in/provider", url.Values{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 403 {
		t.Error(w.Code)
	}
	w = g.send("/sign-in/provider", url.Values{})
	if w.Code != 303 || w.Header().Get("Location") != "/account" {
		t.Fatal(w.Code, w.Body)
	}
	if w := g.send("/account", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "staff-07, adviser") {
		t.Error("the role is what is recorded:", w.Code, w.Body)
	}
	if got := g.told(); got != "session.began staff-07" {
		t.Error(got)
	}
	// Nothing of it counts twice.
	g.cookies = map[string]*http.Cookie{access.FlowCookie: stolen}
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 422 || !strings.Contains(w.Body.String(), "took too long, or was used before") {
		t.Error(w.Code, w.Body)
	}
	if w := g.comeBack(back); w.Code != 422 || !strings.Contains(w.Body.String(), "took too long, or was used before") {
		t.Error(w.Code, w.Body)
	}
	if got := g.told(); got != "" || g.logs.Len() > 0 {
		t.Error(got, g.logs.String())
	}
	// Another site does not begin it, and neither does who is signed in.
	if w := g.send("/sign-in/provider?next=/day", nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Header().Get("Location") != "/sign-in?next=%2Fday" {
		t.Error(w.Code, w.Header())
	}
}

// TestSignOnRefused: what the provider says is right, and somebody is not let
// in all the same; or it is wrong. All get one answer.
func TestSignOnRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*gate)
		told string
		why  string
	}{
		"nobody's number":      {func(g *gate) { g.provider.SignIn("staff-99") }, "session.refused", "has no account"},
		"no staff number":      {func(g *gate) { g.provider.SignIn("Ann Example <ann@example.org>") }, "session.refused", "has no account"},
		"a path":               {func(g *gate) { g.provider.SignIn("../accounts/staff-07") }, "session.refused", "has no account"},
		"recorded, no account": {func(g *gate) { g.provider.SignIn("staff-01") }, "session.refused", "has no account"},
		"an account, left":     {func(g *gate) { delete(g.roles, "staff-07") }, "session.refused  staff-07", "not recorded as working"},
		"disabled":             {func(g *gate) { _ = g.accounts.Disable(g.t.Context(), "staff-07", g.clock) }, "session.refused  staff-07", "disabled"},
		"no second factor":     {func(g *gate) { g.provider.Lie(func(c map[string]any) { c["amr"] = []string{"pwd"} }) }, "session.refused", "amr"},
		"a role of its own":    {func(g *gate) { g.provider.Lie(func(c map[string]any) { c["role"] = "manager"; c["amr"] = nil }) }, "session.refused", "amr"},
		"forged":               {func(g *gate) { g.provider.Forge() }, "session.refused", "signature"},
		"expired":              {func(g *gate) { g.provider.Lie(func(c map[string]any) { c["exp"] = g.clock.Unix() - 1 }) }, "session.refused", "expired"},
		"another's token":      {func(g *gate) { g.provider.Lie(func(c map[string]any) { c["aud"] = "payroll" }) }, "session.refused", "audience"},
		"another's nonce":      {func(g *gate) { g.provider.Lie(func(c map[string]any) { c["nonce"] = "AAAA" }) }, "session.refused", "nonce"},
		"signed in this morning": {func(g *gate) {
			g.provider.Lie(func(c map[string]any) { c["auth_time"] = g.clock.Add(-time.Hour).Unix() })
		}, "session.refused", "auth_time"},
	} {
		g := newVouched(t)
		c.set(g)
		w := g.comeBack(g.away("/day"))
		if w.Code != 422 || !strings.Contains(w.Body.String(), "Example Org did not show that it is you") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if got := g.told(); got != c.told {
			t.Errorf("%s: told %q", name, got)
		}
		if log := g.logs.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, c.why) || strings.Contains(log, "Ann") || strings.Contains(log, "staff-") || strings.Contains(log, "payroll") {
			t.Errorf("%s: logged %s", name, log)
		}
		if w := g.send("/sign-in/provider", url.Values{}); w.Code != 422 {
			t.Errorf("%s: goes on: %d", name, w.Code)
		}
		if w := g.send("/day", nil); w.Code != 303 {
			t.Errorf("%s: signed in", name)
		}
	}
}

// TestSignOnAlone: what ties the way to one browser and to a time.
func TestSignOnAlone(t *testing.T) {
	g := newVouched(t)
	late := "took too long, or was used before"
	// The answer of one browser in another.
	back := g.away("/day")
	hers := g.cookies
	g.cookies = map[string]*http.Cookie{}
	g.away("/day")
	if w := g.comeBack(back); w.Code != 422 || !strings.Contains(w.Body.String(), "did not show that it is you") {
		t.Error("another browser's answer:", w.Code, w.Body)
	}
	g.cookies = map[string]*http.Cookie{}
	if w := g.comeBack(back); w.Code != 422 || !strings.Contains(w.Body.String(), late) {
		t.Error("no cookie:", w.Code, w.Body)
	}
	g.cookies = hers
	g.clock = g.clock.Add(10 * time.Minute)
	if w := g.comeBack(back); w.Code != 422 || !strings.Contains(w.Body.String(), late) {
		t.Error("too late:", w.Code, w.Body)
	}
	if w := g.comeBack(g.away("/day")); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	g.clock = g.clock.Add(time.Minute)
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 422 || !strings.Contains(w.Body.String(), late) {
		t.Error("went on too late:", w.Code, w.Body)
	}
	// Disabled between the two last steps.
	g.told()
	if w := g.comeBack(g.away("/day")); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	if err := g.accounts.Disable(t.Context(), "staff-07", g.clock); err != nil {
		t.Fatal(err)
	}
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 422 {
		t.Error(w.Code, w.Body)
	}
	if got := g.told(); got != "session.refused" {
		t.Error(got)
	}
	// Nothing to ask; too often.
	g.provider.Down(true)
	g.serveAs("ledger.example.org", true)
	if w := g.send("/sign-in/provider", nil); w.Code != 502 || !strings.Contains(w.Body.String(), "Example Org does not answer") {
		t.Error(w.Code, w.Body)
	}
	var w *httptest.ResponseRecorder
	for range 70 {
		w = g.send("/sign-in/provider", nil)
	}
	if w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Error(w.Code)
	}
	// Where the access ledger cannot be written nobody is let in.
	g = newVouched(t)
	if w := g.comeBack(g.away("/day")); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	g.lost = true
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 503 {
		t.Error(w.Code)
	}
	g.lost = false
	if w := g.send("/day", nil); w.Code != 303 {
		t.Error("signed in without a record:", w.Code)
	}
}

// TestSignOnUnlocks: a locked session opens for its owner, and for nobody else.
func TestSignOnUnlocks(t *testing.T) {
	g := newVouched(t)
	if w := g.comeBack(g.away("/day")); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	g.send("/sign-in/provider", url.Values{})
	g.send("/lock", url.Values{})
	g.told()
	locked := g.cookies[access.Cookie]
	if w := g.send("/locked?next=/account", nil); !strings.Contains(w.Body.String(), "Go on with Example Org") {
		t.Error(w.Body)
	}
	if _, err := g.accounts.Add(t.Context(), "staff-08", g.clock); err != nil {
		t.Fatal(err)
	}
	g.provider.SignIn("staff-08")
	if w := g.comeBack(g.away("/account")); w.Code != 422 {
		t.Error("a colleague's word:", w.Code, w.Body)
	}
	if got := g.told(); got != "session.refused  staff-08" {
		t.Error(got)
	}
	g.provider.SignIn("staff-07")
	if w := g.comeBack(g.away("/account")); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	if w := g.send("/account", nil); w.Header().Get("Location") != "/locked?next=%2Faccount" {
		t.Error("open by coming back:", w.Code, w.Header())
	}
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 303 || w.Header().Get("Location") != "/account" {
		t.Fatal(w.Code, w.Body)
	}
	if g.cookies[access.Cookie].Value == locked.Value {
		t.Error("the token was not changed")
	}
	if w := g.send("/account", nil); w.Code != 200 {
		t.Error(w.Code)
	}
	if got := g.told(); got != "session.unlocked staff-07" {
		t.Error(got)
	}
	// Asked in one session, proved for no other, nor for none.
	g.send("/lock", url.Values{})
	if w := g.comeBack(g.away("/account")); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	delete(g.cookies, access.Cookie)
	if w := g.send("/sign-in/provider", url.Values{}); w.Code != 422 {
		t.Error(w.Code, w.Body)
	}
}

// TestSignOnBrowser: in a browser, where the provider is another site: the
// strict cookies stay at home until the last step.
func TestSignOnBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	g := newVouched(t)
	g.clock = time.Now()
	w := pagetest.Open(t, func(host string) http.Handler { return g.serveAs(host, false) })
	w.Go("/sign-in?next=/account")
	w.Shot("sign-in-provider")
	w.Accessible("sign-in with a provider")
	w.Press("#provider")
	if got := pagetest.Evaluate[string](w, "location.origin"); got != g.provider.URL {
		t.Fatal(got)
	}
	w.Click("#allow")
	w.Until("location.pathname === '/account' && document.readyState === 'complete'")
	if got := w.Text(".top__who"); !strings.Contains(got, "staff-07, adviser") {
		t.Error(got)
	}
	if got := w.Text("main"); !strings.Contains(got, "Example Org says who you are") || strings.Contains(got, "Change your password") {
		t.Error(got)
	}
	w.Shot("account-provider")
	w.Accessible("one's own account, with a provider")
	w.Press("form[action='/lock'] button")
	w.Shot("locked-provider")
	w.Accessible("locked, with a provider")
	w.Press("#provider")
	w.Click("#allow")
	w.Until("location.pathname === '/day' && document.readyState === 'complete'")
	if got := g.told(); !strings.HasPrefix(got, "session.began staff-07, session.locked staff-07, session.unlocked staff-07, day.seen staff-07") {
		t.Error(got)
	}
	// Without scripts there is a button.
	w.Press("form[action='/sign-out'] button")
	w.Scripts(false)
	w.Go("/sign-in?next=/account")
	w.Press("#provider")
	w.Press("#allow")
	if got := w.Text("main"); !strings.Contains(got, "You are recognised as staff-07") {
		t.Fatal(got)
	}
	w.Scripts(true)
	w.Shot("provider-back")
	w.Accessible("back from a provider")
	w.Scripts(false)
	w.Press("form[action='/sign-in/provider'] button")
	if w.Status() != 200 || !strings.HasPrefix(w.Path(), "/account") {
		t.Error(w.Status(), w.Path())
	}
	w.Scripts(true)
	// Somebody whom the provider knows and this service does not.
	w.Press("form[action='/sign-out'] button")
	g.provider.SignIn("staff-99")
	w.Press("#provider")
	w.Press("#allow")
	if got := w.Text(".govuk-error-summary"); !strings.Contains(got, "did not show that it is you") {
		t.Error(got)
	}
	w.Shot("provider-refused")
	w.Accessible("refused after a provider")
	for _, r := range w.Requests() {
		if u, err := url.Parse(r); err != nil || u.Host != strings.TrimPrefix(w.Base, "http://") && u.Host != strings.TrimPrefix(g.provider.URL, "http://") {
			t.Error("asked for", r)
		}
	}
}
