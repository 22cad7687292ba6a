package main

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
	"caseledger/internal/provider"
	"caseledger/internal/provider/providertest"
)

func TestSiteFlags(t *testing.T) {
	for _, tt := range []struct {
		siteFlags
		ok bool
	}{
		{siteFlags{addr: "127.0.0.1:8080"}, true},
		{siteFlags{addr: "localhost:0"}, true},
		{siteFlags{addr: "[::1]:80"}, true},
		{siteFlags{addr: "127.0.0.53:1", public: "https://cases.example.org"}, true},
		{siteFlags{addr: ":443", cert: "c", key: "k", public: "https://cases.example.org/"}, true},
		{siteFlags{addr: "0.0.0.0:8080"}, false},
		{siteFlags{addr: ":8080"}, false},
		{siteFlags{addr: "10.0.0.1:8080", public: "https://cases.example.org"}, false},
		{siteFlags{addr: "example.org:80"}, false},
		{siteFlags{addr: "8080"}, false},
		{siteFlags{}, false},
		{siteFlags{addr: ":443", cert: "c", public: "https://cases.example.org"}, false},
		{siteFlags{addr: ":443", key: "k", public: "https://cases.example.org"}, false},
		{siteFlags{addr: ":443", cert: "c", key: "k"}, false},
		{siteFlags{addr: "localhost:80", public: "http://cases.example.org"}, false},
		{siteFlags{addr: "localhost:80", public: "cases.example.org"}, false},
		{siteFlags{addr: "localhost:80", public: "https://cases.example.org/app"}, false},
		{siteFlags{addr: "localhost:80", public: "https://a:b@cases.example.org"}, false},
	} {
		if err := tt.check(); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt.siteFlags, err)
		}
	}
	on := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	f := siteFlags{addr: "127.0.0.1:8080"}
	if a := f.where(on); a.https || a.proxied || !a.own || a.url != "http://localhost:8080" || len(a.hosts) != 3 {
		t.Errorf("%+v", a)
	}
	f.public = "https://cases.example.org"
	if a := f.where(on); !a.https || !a.proxied || a.url != "https://cases.example.org" || a.hosts[0] != "cases.example.org" {
		t.Errorf("%+v", a)
	}
	f.cert = "c"
	if a := f.where(&net.TCPAddr{IP: net.IPv4zero, Port: 443}); !a.https || a.proxied || a.own {
		t.Errorf("%+v", a)
	}
}

// TestFromProxy: the proxy's word counts, what a visitor wrote before it not,
// and nobody else's at all.
func TestFromProxy(t *testing.T) {
	for _, tt := range []struct {
		remote string
		said   []string
		want   string
	}{
		{"127.0.0.1:5000", []string{"192.0.2.7"}, "192.0.2.7:0"},
		{"127.0.0.1:5000", []string{"10.0.0.1, 192.0.2.7"}, "192.0.2.7:0"},
		{"127.0.0.1:5000", []string{"10.0.0.1", "192.0.2.7"}, "192.0.2.7:0"},
		{"[::1]:5000", []string{"2001:db8::1"}, "[2001:db8::1]:0"},
		{"127.0.0.1:5000", []string{"nonsense"}, "127.0.0.1:5000"},
		{"127.0.0.1:5000", nil, "127.0.0.1:5000"},
		{"192.0.2.9:5000", []string{"192.0.2.7"}, "192.0.2.9:5000"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		for _, s := range tt.said {
			r.Header.Add("X-Forwarded-For", s)
		}
		got := ""
		fromProxy(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != tt.want {
			t.Errorf("%s, %q: %s, want %s", tt.remote, tt.said, got, tt.want)
		}
	}
}

func opsAdd(staff string) ops.ChangeAccount {
	return ops.ChangeAccount{Do: ops.AccountAdd, Staff: staff}
}

func asking(staff string) ops.AccessAsk { return ops.AccessAsk{Actor: staff} }

// staffIs is the event that records somebody's role.
func staffIs(staff string, role access.Role) ops.Append {
	return ops.Append{Type: "staff.recorded", Actor: "staff-01", Occurred: []byte(`{"from":"2026-11-02T09:00:00+00:00","precision":"exact","to":null}`),
		Data: []byte(`{"active":true,"by":"staff-01","cap":null,"face_to_face":false,"initials":null,"languages":[],"role":"` + string(role) + `","staff":"` + staff + `"}`)}
}

// visitor is somebody at a browser without a window.
type visitor struct {
	t       *testing.T
	site    http.Handler
	cookies map[string]*http.Cookie
}

func (v *visitor) send(path string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequest("GET", "http://localhost:8080"+path, nil)
	if form != nil {
		r = httptest.NewRequest("POST", "http://localhost:8080"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookies[c.Name] = c
	}
	return w
}

// setUp sets an account up, which signs its owner in.
func (v *visitor) setUp(staff, code string) []byte {
	v.t.Helper()
	v.send("/set-up", url.Values{"staff": {staff}, "code": {code}})
	page := v.send("/set-up/account", nil).Body.String()
	m := regexp.MustCompile(`<code>([A-Z2-7-]{39})</code>`).FindStringSubmatch(page)
	if m == nil {
		v.t.Fatal("no key on the page: ", page)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(m[1], "-", ""))
	if err != nil {
		v.t.Fatal(err)
	}
	const password = "kettle by the harbour 4"
	w := v.send("/set-up/account", url.Values{"code": {access.CodeAt(secret, time.Now())}, "password": {password}, "again": {password}})
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		v.t.Fatal(w.Code, w.Body)
	}
	return secret
}

// TestHerOwnDay: on a real ledger with the story in it, from the first start
// to a signed-in adviser who sees her own day, what the access ledger has of
// it, and that the role says what she sees.
func TestHerOwnDay(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	cmd := func(stdin string, args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, flags...), strings.NewReader(stdin), &out, &errs)
		return out.String() + errs.String(), err
	}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		if out, err := cmd("", args...); err != nil {
			t.Fatal(out, err)
		}
	}
	var logs, out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	open := func() *ledger {
		l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := open()
	if _, err := l.openAccess(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := siteFlags{addr: "127.0.0.1:8080"}
	site, err := l.site(f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}), logger, &out)
	if err != nil {
		t.Fatal(err)
	}
	if w := (&visitor{t: t, site: site}).send("/", nil); w.Code == http.StatusServiceUnavailable {
		lacking.End(t, pages.ErrNoAssets)
	}
	m := regexp.MustCompile(`http://localhost:8080/set-up#/([0-9A-Z-]{24})\n`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatal(out.String())
	}

	// An adviser cannot be the first; a manager can, and gives out no accounts
	// that their role does not let them.
	manager := &visitor{t, site, map[string]*http.Cookie{}}
	manager.setUp("staff-01", m[1])
	if w := manager.send("/admin/accounts/add", url.Values{"staff": {"staff-07"}}); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	code, err := l.ChangeAccount(t.Context(), opsAdd("staff-07"))
	if err != nil {
		t.Fatal(err)
	}
	adviser := &visitor{t, site, map[string]*http.Cookie{}}
	adviser.setUp("staff-07", code.Code)
	w := adviser.send("/day", nil)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "staff-07, adviser") {
		t.Fatal(w.Code, w.Body)
	}
	list, err := l.Caseload(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	hers, others := 0, 0
	for _, c := range list.Cases {
		facts, err := l.Facts(t.Context(), c.Case)
		if err != nil {
			t.Fatal(err)
		}
		on := strings.Contains(w.Body.String(), strings.ToUpper(c.Case.String()[:8]))
		switch mine := access.Decide(access.Who{Staff: "staff-07", Role: access.Adviser}, access.CaseOpen, &facts, time.Now()); {
		case mine.Allowed && on:
			hers++
		case !mine.Allowed && on:
			t.Errorf("case %s of %s is on the day of staff-07", c.Case, facts.Adviser)
		case !mine.Allowed:
			others++
		}
	}
	if hers == 0 || others == 0 {
		t.Errorf("%d cases of hers are on the page, %d of others are not", hers, others)
	}
	t.Logf("%d cases of hers are on the page, %d of others are not", hers, others)

	told, err := l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range told.Entries {
		kinds = append(kinds, e.Type+" "+e.Staff)
	}
	if got := strings.Join(kinds, ", "); !strings.Contains(got, "account.added caseledger, account.set-up staff-07, session.began staff-07, day.seen staff-07") {
		t.Error(got)
	}

	// The role is what is recorded now.
	if _, err := l.Append(t.Context(), staffIs("staff-07", access.Auditor)); err != nil {
		t.Fatal(err)
	}
	if w := adviser.send("/day", nil); w.Code != http.StatusForbidden {
		t.Error("an auditor sees a day:", w.Code)
	}
	left := staffIs("staff-07", access.Auditor)
	left.Data = bytes.Replace(left.Data, []byte(`"active":true`), []byte(`"active":false`), 1)
	if _, err := l.Append(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if w := adviser.send("/day", nil); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Error("who left is still signed in:", w.Code)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if logs.Len() > 0 {
		t.Error(logs.String())
	}

	// A restart signs everybody out, and asks for no first account again.
	l, out = open(), bytes.Buffer{}
	defer l.Close()
	if site, err = l.site(f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}), logger, &out); err != nil || out.Len() > 0 {
		t.Error(out.String(), err)
	}
	manager.site = site
	if w := manager.send("/day", nil); w.Code != http.StatusSeeOther {
		t.Error("a session outlived the service:", w.Code)
	}
}

// TestNobodyFirst: the first account is not an adviser's.
func TestNobodyFirst(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	if err := run(t.Context(), append([]string{"init", "--origin", "ledger.example.org/cases"}, flags...), strings.NewReader(""), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := &working{l: l}
	ctx := context.Background()
	if err := w.Enrol(ctx, "staff-50"); err != nil {
		t.Fatal(err)
	}
	if role, active, err := w.Role(ctx, "staff-50"); role != access.Administrator || !active || err != nil {
		t.Error(role, active, err)
	}
	for role, want := range map[access.Role]error{access.Adviser: access.ErrFirst, access.Auditor: access.ErrFirst, access.Manager: nil} {
		if _, err := l.Append(ctx, staffIs("staff-51", role)); err != nil {
			t.Fatal(err)
		}
		if err := w.Enrol(ctx, "staff-51"); err != want {
			t.Errorf("%s: %v", role, err)
		}
		if got, _, _ := w.Role(ctx, "staff-51"); got != role {
			t.Errorf("%s, not %s", got, role)
		}
	}
}

// TestVouched: a service whose secrets say who its provider is lets people in
// whom it vouches for, as what they are recorded; with a configuration that
// cannot be used it does not start.
func TestVouched(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	if err := run(t.Context(), append([]string{"init", "--origin", "ledger.example.org/cases"}, flags...), strings.NewReader(""), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	there := providertest.New(t, false)
	there.SignIn("staff-07")
	config, err := json.Marshal(there.Config())
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, "s", name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(provider.FileConfig, config)
	var logs bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, role := range []struct {
		staff string
		access.Role
	}{{"staff-41", access.Auditor}, {"staff-07", access.Adviser}} {
		if _, err := l.Append(t.Context(), staffIs(role.staff, role.Role)); err != nil {
			t.Fatal(err)
		}
	}
	f := siteFlags{addr: "127.0.0.1:8080"}
	where := f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080})
	if _, err := l.site(where, logger, io.Discard); !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), provider.FileSecret) {
		t.Error("without the secret:", err)
	}
	write(provider.FileSecret, []byte(providertest.Secret+"\n"))
	site, err := l.site(where, logger, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, site, map[string]*http.Cookie{}}
	if w := v.send("/", nil); w.Code == http.StatusServiceUnavailable {
		lacking.End(t, pages.ErrNoAssets)
	}
	round := func() *httptest.ResponseRecorder {
		to, err := url.Parse(v.send("/sign-in/provider?next=/day", nil).Header().Get("Location"))
		if err != nil || to.Query().Get("redirect_uri") != "http://localhost:8080/sign-in/provider/back" {
			t.Fatal(to, err)
		}
		return v.send(strings.TrimPrefix(there.Allow(to.Query()), "http://localhost:8080"), nil)
	}
	if w := round(); w.Code != http.StatusUnprocessableEntity {
		t.Error("without an account:", w.Code)
	}
	if _, err := l.ChangeAccount(t.Context(), opsAdd("staff-07")); err != nil {
		t.Fatal(err)
	}
	if w := round(); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	if w := v.send("/sign-in/provider", url.Values{}); w.Code != 303 || w.Header().Get("Location") != "/day" {
		t.Fatal(w.Code, w.Body)
	}
	if w := v.send("/day", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "staff-07, adviser") {
		t.Error(w.Code, w.Body)
	}
	told, err := l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range told.Entries {
		kinds = append(kinds, e.Type+" "+e.Staff)
	}
	if got := strings.Join(kinds, ", "); !strings.HasPrefix(got, "session.refused caseledger, account.added caseledger, session.began staff-07, day.seen staff-07") {
		t.Error(got)
	}
	if _, err := l.ChangeAccount(t.Context(), ops.ChangeAccount{Do: ops.AccountDisable, Staff: "staff-07"}); err != nil {
		t.Fatal(err)
	}
	if w := v.send("/day", nil); w.Code != 303 {
		t.Error("disabled, and still signed in:", w.Code)
	}
	if log := logs.String(); strings.Count(log, "\n") != 1 || strings.Contains(log, "staff-07") || strings.Contains(log, providertest.Secret) {
		t.Error(log)
	}
}
