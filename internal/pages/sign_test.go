package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/lacking"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/provider/providertest"
)

// gate is a week with the real guard before it, and a browser without a
// window.
type gate struct {
	*week
	t        *testing.T
	accounts *access.Accounts
	guard    *access.Guard
	roles    map[string]access.Role
	clock    time.Time
	logs     bytes.Buffer
	server   *Server
	provider *providertest.Server // nil: there is none
	cookies  map[string]*http.Cookie
}

type oneKey struct{}

func (oneKey) Service() (events.KeyRef, events.Key) { return events.ServiceKey(1), events.Key{1} }

func (oneKey) Key(context.Context, events.KeyRef) (events.Key, error) { return events.Key{1}, nil }

// roster is who works for the service of a gate.
type roster struct{ *gate }

func (r roster) Role(_ context.Context, staff string) (access.Role, bool, error) {
	role, ok := r.roles[staff]
	return role, ok, nil
}

func (r roster) Enrol(_ context.Context, staff string) error {
	if _, ok := r.roles[staff]; !ok {
		r.roles[staff] = access.Administrator
	}
	return nil
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{week: storyAt(t, access.Who{}, morning), t: t, clock: morning, cookies: map[string]*http.Cookie{}, roles: map[string]access.Role{
		"staff-01": access.Manager, "staff-02": access.Manager, "staff-07": access.Adviser, "staff-08": access.Adviser,
		"staff-20": access.FamilyWorker, "staff-21": access.Helpline, "staff-22": access.Auditor, "staff-23": access.Administrator,
	}}
	var err error
	if g.accounts, err = access.OpenAccounts(filepath.Join(t.TempDir(), "accounts"), "ledger.example.org/cases", oneKey{}); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(&g.logs, nil))
	now := func() time.Time { return g.clock }
	g.guard = access.NewGuard(access.Options{Accounts: g.accounts, Staff: roster{g}, Logger: logger, Now: now, Cost: access.Cost{Memory: 64, Time: 1, Lanes: 1}})
	g.serveAs("ledger.example.org", true)
	return g
}

func (g *gate) serveAs(host string, https bool) *Server {
	g.t.Helper()
	origin := map[bool]string{true: "https://", false: "http://"}[https] + host
	passkeys, err := access.NewPasskeys(g.guard, origin)
	if err != nil {
		g.t.Fatal(err)
	}
	var signOn SignOn
	if g.provider != nil {
		signOn = g.vouched(origin)
	}
	g.server, err = New(Options{Ledger: g.week, Guard: g.guard, Recorder: g.week, Drafts: g.week, Passkeys: passkeys, SignOn: signOn, Logger: slog.New(slog.NewTextHandler(&g.logs, nil)),
		Hosts: []string{host}, HTTPS: https, Now: func() time.Time { return g.clock }})
	if errors.Is(err, ErrNoAssets) {
		lacking.End(g.t, "no assets: scripts/setup makes them")
	} else if err != nil {
		g.t.Fatal(err)
	}
	return g.server
}

// send makes a request with the browser's cookies; form nil: GET.
func (g *gate) send(path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	g.t.Helper()
	r := httptest.NewRequest("GET", "https://ledger.example.org"+path, nil)
	if form != nil {
		r = httptest.NewRequest("POST", "https://ledger.example.org"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range g.cookies {
		r.AddCookie(c)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	g.server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		g.cookies[c.Name] = c
	}
	return w
}

const password = "kettle by the harbour 4"

// enrol sets an account up and leaves its owner signed in.
func (g *gate) enrol(staff string) access.Secret {
	g.t.Helper()
	code, err := g.accounts.Add(g.t.Context(), staff, g.clock)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.setUp(staff, code)
}

func (g *gate) setUp(staff, code string) access.Secret {
	g.t.Helper()
	if w := g.send("/set-up", url.Values{"staff": {staff}, "code": {code}}); w.Code != 303 || w.Header().Get("Location") != "/set-up/account" {
		g.t.Fatal(w.Code, w.Body)
	}
	w := g.send("/set-up/account", nil)
	secret := secretOf(g.t, w.Body.String())
	w = g.send("/set-up/account", url.Values{"code": {access.CodeAt(secret, g.clock)}, "password": {password}, "again": {password}})
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		g.t.Fatal(w.Code, w.Body)
	}
	g.clock = g.clock.Add(time.Minute)
	return secret
}

var keyText = regexp.MustCompile(`<code>([A-Z2-7-]{39})</code>`)

// secretOf is the authenticator's secret on a page.
func secretOf(t *testing.T, page string) access.Secret {
	t.Helper()
	m := keyText.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no key on the page: ", page)
	}
	secret, err := access.ParseSecret(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func (g *gate) signIn(staff, pass, code string) *httptest.ResponseRecorder {
	return g.send("/sign-in", url.Values{"staff": {staff}, "password": {pass}, "code": {code}, "next": {"/day"}})
}

// told is what the access ledger was told, and forgets it.
func (g *gate) told() string {
	var list []string
	for _, r := range g.reads {
		list = append(list, strings.TrimSpace(strings.Join([]string{r.Type, r.Who.Staff, r.About}, " ")))
	}
	g.reads = nil
	return strings.Join(list, ", ")
}

// TestFirstMorning: from the first start to her own day, and nobody else's.
func TestFirstMorning(t *testing.T) {
	g := newGate(t)
	code, err := g.guard.First()
	if err != nil {
		t.Fatal(err)
	}
	if w := g.send("/", nil); w.Code != 303 || w.Header().Get("Location") != "/sign-in" {
		t.Error(w.Code, w.Header())
	}
	g.setUp("staff-23", code)
	if got := g.told(); got != "account.set-up staff-23 staff-23, session.began staff-23" {
		t.Error(got)
	}
	if w := g.send("/", nil); w.Code != 303 || w.Header().Get("Location") != "/admin" {
		t.Error(w.Code, w.Header(), w.Body)
	}
	w := g.send("/admin/accounts/add", url.Values{"staff": {"staff-07"}})
	m := regexp.MustCompile(`https://ledger.example.org/set-up#staff-07/([0-9A-Z-]{24})<`).FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		t.Fatal(w.Code, w.Body)
	}
	if w := g.send("/admin/accounts", nil); strings.Contains(w.Body.String(), m[1]) {
		t.Error("the code is shown twice")
	}
	if w := g.send("/sign-out", url.Values{}); w.Code != 303 {
		t.Error(w.Code)
	}
	if got := g.told(); got != "account.added staff-23 staff-07, session.ended staff-23" {
		t.Error(got)
	}
	secret := g.setUp("staff-07", m[1])
	g.send("/sign-out", url.Values{})
	g.told()
	w = g.signIn("staff-07", password, access.CodeAt(secret, g.clock))
	if w.Code != 303 || w.Header().Get("Location") != "/day" {
		t.Fatal(w.Code, w.Body)
	}
	w = g.send("/day", nil)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "staff-07, adviser") {
		t.Fatal(w.Code, w.Body)
	}
	if got := g.told(); got != "session.began staff-07, day.seen staff-07" {
		t.Error(got)
	}
	if s := g.reads; len(s) != 0 || g.logs.Len() != 0 {
		t.Error(s, g.logs.String())
	}
	// There is no way to say whose day: it is hers.
	if w := g.send("/day?staff=staff-08&adviser=staff-08", nil); !strings.Contains(w.Body.String(), "staff-07, adviser") {
		t.Error("another's day")
	}
}

// TestSignInPage: what is wrong is not said, and nothing that was typed comes
// back but a staff number.
func TestSignInPage(t *testing.T) {
	g := newGate(t)
	secret := g.enrol("staff-07")
	g.send("/sign-out", url.Values{})
	g.told()
	var pages []string
	for _, a := range [][3]string{{"staff-07", "wrong password 99", "123456"}, {"staff-07", password, "000000"}, {"staff-99", password, "123456"}} {
		w := g.signIn(a[0], a[1], a[2])
		if w.Code != 422 || strings.Contains(w.Body.String(), a[1]) {
			t.Error(w.Code, w.Body)
		}
		page := unmarked(w)
		pages = append(pages, strings.ReplaceAll(page, a[0], "STAFF"))
	}
	if pages[0] != pages[1] || pages[0] != pages[2] {
		t.Error("the answers differ")
	}
	if got := g.told(); got != "session.refused  staff-07, session.refused  staff-07, session.refused" {
		t.Errorf("%q", got)
	}
	// A password in the wrong field is neither shown nor recorded.
	w := g.signIn("Kettle By The Harbour 4!", "x", "x")
	if strings.Contains(strings.ToLower(w.Body.String()), "kettle") || strings.Contains(fmt.Sprint(g.reads), "kettle") {
		t.Error("typed into the wrong field, and told")
	}
	for range 10 {
		w = g.signIn("staff-07", "wrong", "000000")
	}
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "Too many attempts. Wait 3 minutes") {
		t.Error(w.Code, w.Header(), w.Body)
	}
	g.clock = g.clock.Add(time.Hour)
	w = g.send("/sign-in", url.Values{"staff": {" STAFF-07 "}, "password": {password}, "code": {access.CodeAt(secret, g.clock)}, "next": {"https://evil.example/"}})
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Error(w.Code, w.Header())
	}
	if w := g.send("/sign-in?next=/day", nil); w.Code != 303 || w.Header().Get("Location") != "/day" {
		t.Error("signed in already:", w.Code)
	}
	if g.logs.Len() != 0 {
		t.Error(g.logs.String())
	}
}

// TestNotRecordedNotSignedIn: where the access ledger cannot be written nobody
// signs in.
func TestNotRecordedNotSignedIn(t *testing.T) {
	g := newGate(t)
	secret := g.enrol("staff-07")
	g.lost = true
	if w := g.send("/sign-out", url.Values{}); w.Code != 503 {
		t.Error(w.Code)
	}
	if w := g.send("/day", nil); w.Code != 303 {
		t.Error("signing out must work all the same:", w.Code)
	}
	if w := g.signIn("staff-07", password, access.CodeAt(secret, g.clock)); w.Code != 503 {
		t.Error(w.Code)
	}
	if w := g.signIn("staff-07", "wrong", "000000"); w.Code != 503 {
		t.Error(w.Code)
	}
	g.lost = false
	if w := g.send("/day", nil); w.Code != 303 {
		t.Error("signed in without a record:", w.Code)
	}
}

func TestLocked(t *testing.T) {
	g := newGate(t)
	secret := g.enrol("staff-07")
	g.told()
	if w := g.send("/lock", url.Values{}); w.Header().Get("Location") != "/locked" {
		t.Error(w.Code, w.Header())
	}
	if w := g.send("/day", nil); w.Code != 303 || w.Header().Get("Location") != "/locked?next=%2Fday" {
		t.Error(w.Code, w.Header())
	}
	if w := g.send("/locked?next=/day", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "staff-07 is signed in here") || strings.Contains(w.Body.String(), "My day") {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/locked", url.Values{"password": {"wrong"}}); w.Code != 422 {
		t.Error(w.Code)
	}
	if w := g.send("/locked", url.Values{"password": {password}, "next": {"/day"}}); w.Code != 303 || w.Header().Get("Location") != "/day" {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/day", nil); w.Code != 200 {
		t.Error(w.Code)
	}
	if got := g.told(); got != "session.locked staff-07, session.refused  staff-07, session.unlocked staff-07, day.seen staff-07" {
		t.Error(got)
	}
	// By itself after fifteen minutes; five wrong passwords end it.
	g.clock = g.clock.Add(15 * time.Minute)
	if w := g.send("/day", nil); w.Header().Get("Location") != "/locked?next=%2Fday" {
		t.Error(w.Code, w.Header())
	}
	for n := range 5 {
		g.clock = g.clock.Add(10 * time.Minute)
		w := g.send("/locked", url.Values{"password": {"wrong"}, "next": {"/day"}})
		if n < 4 && w.Code != 422 || n == 4 && w.Header().Get("Location") != "/sign-in?next=%2Fday" {
			t.Error(n, w.Code, w.Header())
		}
	}
	if w := g.signIn("staff-07", password, access.CodeAt(secret, g.clock)); w.Code != 303 {
		t.Error(w.Code)
	}
}

func TestResetPages(t *testing.T) {
	g := newGate(t)
	g.enrol("staff-07")
	jars := map[string]map[string]*http.Cookie{}
	for _, s := range []string{"staff-01", "staff-02", "staff-23"} {
		g.cookies = map[string]*http.Cookie{}
		g.enrol(s)
		jars[s] = g.cookies
	}
	g.told()
	as := func(staff, path, about string) *httptest.ResponseRecorder {
		g.cookies = jars[staff]
		return g.send(path, url.Values{"staff": {about}})
	}
	if w := as("staff-01", "/admin/accounts/confirm", "staff-07"); w.Code != 422 || !strings.Contains(w.Body.String(), "Nobody asked for this reset") {
		t.Error(w.Code)
	}
	if w := as("staff-01", "/admin/accounts/reset", "staff-01"); w.Code != 422 || !strings.Contains(w.Body.String(), "Nobody resets their own account") {
		t.Error(w.Code)
	}
	if w := as("staff-01", "/admin/accounts/reset", "staff-07"); w.Code != 303 {
		t.Error(w.Code, w.Body)
	}
	if w := as("staff-01", "/admin/accounts/confirm", "staff-07"); w.Code != 422 || !strings.Contains(w.Body.String(), "somebody else must confirm") {
		t.Error(w.Code)
	}
	if w := g.send("/admin/accounts", nil); strings.Contains(w.Body.String(), "/admin/accounts/confirm") || !strings.Contains(w.Body.String(), "staff-01 asked for one") {
		t.Error("who asked is offered to confirm")
	}
	if w := as("staff-02", "/admin/accounts/confirm", "staff-07"); w.Code != 200 || !strings.Contains(w.Body.String(), "/set-up#staff-07/") {
		t.Error(w.Code, w.Body)
	}
	// Managers neither add nor disable.
	if w := as("staff-02", "/admin/accounts/disable", "staff-07"); w.Code != 403 {
		t.Error(w.Code)
	}
	if w := as("staff-02", "/admin/accounts/add", "staff-30"); w.Code != 403 {
		t.Error(w.Code)
	}
	if w := as("staff-23", "/admin/accounts/disable", "staff-23"); w.Code != 422 {
		t.Error(w.Code)
	}
	if w := as("staff-23", "/admin/accounts/disable", "staff-01"); w.Code != 303 {
		t.Error(w.Code)
	}
	g.cookies = jars["staff-01"]
	if w := g.send("/day", nil); w.Code != 303 {
		t.Error("disabled, and still signed in:", w.Code)
	}
	for _, what := range []string{"reset", "confirm", "disable"} {
		if w := as("staff-23", "/admin/accounts/"+what, "staff-99"); w.Code != 422 || !strings.Contains(w.Body.String(), "There is no such account") {
			t.Error(what, w.Code)
		}
	}
	if w := as("staff-23", "/admin/accounts/add", "staff-07"); w.Code != 422 {
		t.Error(w.Code)
	}
	if w := as("staff-23", "/admin/accounts/add", "Nobody At All"); w.Code != 422 {
		t.Error(w.Code)
	}
}

func TestOwnAccount(t *testing.T) {
	g := newGate(t)
	secret := g.enrol("staff-07")
	g.told()
	const fresh = "seven brown envelopes"
	form := func(old, code, password, again string) url.Values {
		return url.Values{"old": {old}, "code": {code}, "password": {password}, "again": {again}}
	}
	if w := g.send("/account", nil); w.Code != 200 {
		t.Error(w.Code)
	}
	for _, f := range []url.Values{
		form(password, access.CodeAt(secret, g.clock), fresh, "another"), form(password, access.CodeAt(secret, g.clock), "short", "short"),
		form("wrong", access.CodeAt(secret, g.clock), fresh, fresh), form(password, "000000", fresh, fresh),
	} {
		if w := g.send("/account", f); w.Code != 422 || strings.Contains(w.Body.String(), fresh) || strings.Contains(w.Body.String(), "harbour") {
			t.Error(w.Code, w.Body)
		}
	}
	if got := g.told(); got != "session.refused  staff-07, session.refused  staff-07" {
		t.Errorf("%q", got)
	}
	if w := g.send("/account", form(password, access.CodeAt(secret, g.clock), fresh, fresh)); w.Header().Get("Location") != "/account?changed=1" {
		t.Error(w.Code, w.Body)
	}
	if w := g.send("/account?changed=1", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "Your password was changed") {
		t.Error(w.Code)
	}
	if got := g.told(); got != "account.set-up staff-07 staff-07" {
		t.Errorf("%q", got)
	}
}

// TestMatrix: every row of the table × every role × own, covered, other,
// excluded and closed cases, and without a session, locked, with a forged one
// and from another site. The answer is as access.Decide says; where it says
// no, nothing is recorded as read.
func TestMatrix(t *testing.T) {
	g := newGate(t)
	g.provider = providertest.New(t, false)
	g.serveAs("ledger.example.org", true)
	relations := map[events.Chain]access.CaseFacts{
		{1}: {Adviser: "me", Stage: "open"},
		{2}: {Adviser: "staff-99", Covering: []string{"me"}, Stage: "open"},
		{3}: {Adviser: "staff-99", Stage: "open"},
		{4}: {Adviser: "me", Excluded: []string{"me"}, Stage: "open"},
		{5}: {Adviser: "staff-99", Stage: "closed"},
		{6}: {Adviser: "me", Stage: "closed"},
	}
	checked, refused := 0, 0
	jars := map[string]map[string]*http.Cookie{}
	for staff := range g.roles {
		g.cookies = map[string]*http.Cookie{}
		g.enrol(staff)
		jars[staff] = g.cookies
	}
	facts := factsOf{week: g.week, facts: map[events.Chain]access.CaseFacts{}}
	server, err := New(Options{Ledger: &facts, Guard: g.guard, Recorder: g.week, Drafts: g.week, Passkeys: g.server.passkeys, SignOn: g.server.signOn, Logger: slog.New(slog.NewTextHandler(&g.logs, nil)),
		Hosts: []string{"ledger.example.org"}, HTTPS: true, Now: func() time.Time { return g.clock }})
	if err != nil {
		t.Fatal(err)
	}
	// What stands before the handlers is tested, not what they show.
	mux := http.NewServeMux()
	for _, route := range server.Routes() {
		route.Handle = func(w http.ResponseWriter, _ *Request) error {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		mux.Handle(route.Method+" "+route.Pattern, server.serve(route))
	}
	server.handler = server.headers(server.host(server.sameOrigin(g.guard.Session(mux))))
	g.server = server
	for _, route := range server.Routes() {
		if route.Open {
			continue
		}
		chains := []events.Chain{{}}
		if route.Case {
			chains = nil
			for c := range relations {
				chains = append(chains, c)
			}
		}
		if rule, ok := access.RuleOf(route.Action); !ok || len(rule.Any)+len(rule.Own) == 0 {
			t.Errorf("%s %s: nobody may %q", route.Method, route.Pattern, route.Action)
		}
		for staff, role := range g.roles {
			for _, chain := range chains {
				for c, f := range relations {
					f.Chain = c
					facts.facts[c] = as(f, staff)
				}
				var about *access.CaseFacts
				if route.Case {
					f := facts.facts[chain]
					about = &f
				}
				want := access.Decide(access.Who{Staff: staff, Role: role}, route.Action, about, g.clock)
				path := pathOf(route, chain)
				var form url.Values
				if route.Method == "POST" {
					form = url.Values{}
				}
				g.cookies, g.reads = jars[staff], nil
				w := g.send(path, form)
				checked++
				if w.Code != map[bool]int{true: http.StatusNoContent, false: http.StatusForbidden}[want.Allowed] {
					t.Errorf("%s %s, %s (%s), case %x: %d, decided %+v", route.Method, route.Pattern, staff, role, chain[:1], w.Code, want)
				}
				if !want.Allowed {
					refused++
					if len(g.reads) > 0 {
						t.Errorf("%s %s, %s: refused, and recorded as read", route.Method, route.Pattern, role)
					}
				}
				for name, change := range map[string]func(*http.Request){
					"no session": func(r *http.Request) { r.Header.Del("Cookie") },
					"forged": func(r *http.Request) {
						r.Header.Set("Cookie", access.Cookie+"=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
					},
					"another site": func(r *http.Request) {
						r.Header.Set("Sec-Fetch-Site", "cross-site")
						r.Header.Set("Origin", "https://evil.example")
					},
				} {
					if name == "another site" && route.Method == "GET" {
						continue // SameSite=Strict: the browser sends no cookie along
					}
					g.reads = nil
					w := g.send(path, form, change)
					checked++
					if w.Code != 303 && w.Code != 401 && w.Code != 403 || len(g.reads) > 0 || strings.Contains(w.Body.String(), staff) {
						t.Errorf("%s %s, %s: %d, told %v", route.Method, route.Pattern, name, w.Code, g.reads)
					}
				}
			}
		}
	}
	t.Logf("%d requests, %d refused to somebody who is signed in", checked, refused)
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// factsOf is a week whose cases stand to people as a test says.
type factsOf struct {
	*week
	facts map[events.Chain]access.CaseFacts
}

func (f *factsOf) Facts(_ context.Context, c events.Chain) (access.CaseFacts, error) {
	facts, ok := f.facts[c]
	if !ok {
		return facts, events.ErrNotFound
	}
	return facts, nil
}

// as puts a member of staff where facts say "me".
func as(f access.CaseFacts, staff string) access.CaseFacts {
	put := func(list []string) (out []string) {
		for _, s := range list {
			out = append(out, strings.ReplaceAll(s, "me", staff))
		}
		return out
	}
	if f.Adviser == "me" {
		f.Adviser = staff
	}
	f.Covering, f.Excluded = put(f.Covering), put(f.Excluded)
	return f
}

// pathOf is an address of a route.
func pathOf(r Route, chain events.Chain) string {
	path := strings.ReplaceAll(strings.ReplaceAll(r.Pattern, "{$}", ""), "{chain}", chain.String())
	return regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`).ReplaceAllString(path, "1")
}

// TestSignInBrowser: in a browser, with and without scripts, held to axe.
func TestSignInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	g := newGate(t)
	g.clock = time.Now() // the browser's cookies have its clock
	code, err := g.guard.First()
	if err != nil {
		t.Fatal(err)
	}
	w := pagetest.Open(t, func(host string) http.Handler { return g.serveAs(host, false) })
	if status := w.Go("/set-up#staff-07/" + code); status != http.StatusOK {
		t.Fatal(status)
	}
	if got := pagetest.Evaluate[string](w, "document.getElementById('code').value + ' ' + location.href"); got != code+" "+w.Base+"/set-up" {
		t.Errorf("the link's code: %s", got)
	}
	w.Shot("set-up")
	w.Accessible("set-up")
	w.Press("main button[type=submit]")
	secret, err := access.ParseSecret(pagetest.Evaluate[string](w, "document.querySelector('.sign__key').textContent"))
	if err != nil {
		t.Fatal(err)
	}
	w.Shot("set-up-account")
	w.Accessible("choosing a password")
	w.Set("#code", access.CodeAt(secret, g.clock))
	w.Set("#password", "żółta łódka o świcie")
	w.Set("#again", "żółta łódka o świcie")
	w.Press("form[action='/set-up/account'] button[type=submit]")
	if got := pagetest.Evaluate[string](w, "location.pathname + ' ' + document.querySelector('.top__who').textContent"); !strings.HasPrefix(got, "/day ") || !strings.Contains(got, "staff-07") {
		t.Errorf("after setting up: %s", got)
	}
	w.Press("form[action='/lock'] button")
	w.Shot("locked")
	w.Accessible("locked")
	w.Press("form[action='/sign-out'] button")
	w.Shot("sign-in")
	w.Accessible("sign-in")
	w.Set("#staff", "staff-07")
	w.Set("#password", "wrong")
	w.Set("#code", "123456")
	w.Press("form[action='/sign-in'] button[type=submit]")
	w.Shot("sign-in-wrong")
	w.Accessible("a wrong sign-in")
	g.clock = g.clock.Add(time.Minute)
	w.Set("#password", "żółta łódka o świcie")
	w.Set("#code", access.CodeAt(secret, g.clock))
	w.Press("form[action='/sign-in'] button[type=submit]")
	if got := pagetest.Evaluate[string](w, "location.pathname"); got != "/day" {
		t.Errorf("signed in, at %s", got)
	}
	// Without scripts, on a narrow screen.
	w.Press("form[action='/sign-out'] button")
	w.Scripts(false)
	w.Wide(320)
	g.clock = g.clock.Add(time.Minute)
	w.Go("/sign-in?next=/account")
	w.Set("#staff", "staff-07")
	w.Set("#password", "żółta łódka o świcie")
	w.Set("#code", access.CodeAt(secret, g.clock))
	w.Press("form[action='/sign-in'] button[type=submit]")
	if got := pagetest.Evaluate[string](w, "location.pathname"); got != "/account" {
		t.Errorf("signed in without scripts, at %s", got)
	}
	w.Scripts(true)
	w.Go("/account")
	w.Shot("account")
	w.Accessible("one's own account")
	w.Quiet()
}
