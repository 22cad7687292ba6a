package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/provider/providertest"
)

const callback = "https://cases.example.org/sign-in/provider/back"

// files is a secrets directory.
type files map[string]string

func (f files) File(name string, limit int) ([]byte, error) {
	s, ok := f[name]
	switch {
	case !ok:
		return nil, fs.ErrNotExist
	case len(s) > limit:
		return nil, events.ErrTooLarge
	}
	return []byte(s), nil
}

func configured(t *testing.T, c map[string]any) files {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return files{FileConfig: string(b), FileSecret: providertest.Secret + "\n"}
}

// start is a provider that everything is right with, over TLS.
func start(t *testing.T, change func(config map[string]any)) (*providertest.Server, *Provider) {
	t.Helper()
	s := providertest.New(t, true)
	s.SignIn("staff-07")
	c := s.Config()
	if change != nil {
		change(c)
	}
	p, err := Open(configured(t, c), callback, time.Now, s.Server.Client())
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

// round goes to the provider and comes back; change alters what comes back.
func round(t *testing.T, s *providertest.Server, p *Provider, change func(url.Values)) (string, error) {
	t.Helper()
	to, answer, err := p.Ask(t.Context())
	if err != nil {
		return "", err
	}
	return answer(t.Context(), back(t, s, to, change))
}

func back(t *testing.T, s *providertest.Server, to string, change func(url.Values)) url.Values {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	u, err = url.Parse(s.Allow(u.Query()))
	if err != nil || !strings.HasPrefix(u.String(), callback+"?") {
		t.Fatal("sent back to ", u, err)
	}
	q := u.Query()
	if change != nil {
		change(q)
	}
	return q
}

func TestAsk(t *testing.T) {
	s, p := start(t, nil)
	to, _, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, s.URL+"/authorize?") {
		t.Fatal(to, err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": providertest.Client, "redirect_uri": callback, "prompt": "login", "max_age": "0", "code_challenge_method": "S256", "scope": "openid profile",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) != 43 {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if strings.Contains(to, url.QueryEscape(providertest.Secret)) {
		t.Error("the secret is in the address")
	}
	for _, alg := range []string{"RS256", "ES256"} {
		s.Alg(alg)
		if staff, err := round(t, s, p, nil); staff != "staff-07" || err != nil {
			t.Error(alg, staff, err)
		}
	}
	if p.Name() != "Example Org" {
		t.Error(p.Name())
	}
}

// TestRefused: what is wrong with an answer, one thing at a time. The reason
// quotes nothing that came from outside.
func TestRefused(t *testing.T) {
	s, p := start(t, func(c map[string]any) { c["acr"] = []string{"urn:example:gold", "urn:example:silver"} })
	lie := func(name string, v any) func() {
		return func() {
			s.Lie(func(c map[string]any) {
				if c[name] = v; v == nil {
					delete(c, name)
				}
			})
		}
	}
	var kept string // a token of an earlier round
	s.Alter(func(token string) string { kept = token; return token })
	if _, err := round(t, s, p, nil); err != nil {
		t.Fatal(err)
	}
	second := time.Now().Unix()
	for name, c := range map[string]struct {
		set  func()
		back func(url.Values)
		why  string
	}{
		"another's signature":     {set: s.Forge, why: "signature"},
		"signed with the secret":  {set: func() { s.Alg("HS256") }, why: "signature"},
		"not signed":              {set: func() { s.Alg("none") }, why: "signature"},
		"altered":                 {set: func() { s.Alter(altered) }, why: "signature"},
		"no token":                {set: func() { s.Alter(func(string) string { return "" }) }, why: "form"},
		"not a token":             {set: func() { s.Alter(func(string) string { return "a.b.c" }) }, why: "form"},
		"replayed":                {set: func() { s.Alter(func(string) string { return kept }) }, why: "nonce"},
		"expired":                 {set: lie("exp", second-1), why: "expired"},
		"not yet valid":           {set: lie("nbf", second+3600), why: "form"},
		"another issuer":          {set: lie("iss", "https://evil.example"), why: "issuer"},
		"another audience":        {set: lie("aud", "payroll"), why: "audience"},
		"two audiences, no party": {set: lie("aud", []string{"payroll", providertest.Client}), why: "another client"},
		"another party":           {set: lie("azp", "payroll"), why: "another client"},
		"another nonce":           {set: lie("nonce", "AAAA"), why: "nonce"},
		"no nonce":                {set: lie("nonce", nil), why: "nonce"},
		"another access token":    {set: lie("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), why: "access token"},
		"no second factor":        {set: lie("amr", []string{"pwd"}), why: "amr"},
		"no amr":                  {set: lie("amr", nil), why: "amr"},
		"another acr":             {set: lie("acr", "urn:example:bronze"), why: "acr"},
		"no acr":                  {set: lie("acr", nil), why: "acr"},
		"signed in an hour ago":   {set: lie("auth_time", second-3600), why: "auth_time"},
		"no time of sign-in":      {set: lie("auth_time", nil), why: "auth_time"},
		"no staff number":         {set: lie("staff_number", nil), why: "staff number"},
		"two staff numbers":       {set: lie("staff_number", []string{"staff-07", "staff-01"}), why: "staff number"},
		"amr is no list":          {set: lie("amr", "mfa"), why: "members"},
		"another state":           {back: func(q url.Values) { q.Set("state", "AAAA") }, why: "state"},
		"no state":                {back: func(q url.Values) { q.Del("state") }, why: "state"},
		"another code":            {back: func(q url.Values) { q.Set("code", "AAAA") }, why: "code"},
		"no code":                 {back: func(q url.Values) { q.Del("code") }, why: "no code"},
		"another provider's":      {back: func(q url.Values) { q.Set("iss", "https://evil.example") }, why: "another provider"},
		"nobody's":                {back: func(q url.Values) { q.Del("iss") }, why: "another provider"},
		"cancelled":               {back: func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, why: "did not let them in"},
	} {
		s.SignIn("staff-07")
		if c.set != nil {
			c.set()
		}
		staff, err := round(t, s, p, c.back)
		if staff != "" || !errors.Is(err, access.ErrNotProved) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %q, %v", name, staff, err)
			continue
		}
		for _, word := range []string{"staff-07", "evil", "payroll", "AAAA", providertest.Secret, "bronze", s.URL} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("%s: the reason quotes %q: %v", name, word, err)
			}
		}
	}
	// A code counts once, and for who asked only.
	s.SignIn("staff-07")
	to, answer, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := back(t, s, to, nil)
	if staff, err := answer(t.Context(), q); staff != "staff-07" || err != nil {
		t.Fatal(staff, err)
	}
	if _, err := answer(t.Context(), q); !errors.Is(err, access.ErrNotProved) {
		t.Error("a code counted twice:", err)
	}
	one, _, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two, answer, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q = back(t, s, one, nil)
	q.Set("state", back(t, s, two, nil).Get("state"))
	if _, err := answer(t.Context(), q); !errors.Is(err, access.ErrNotProved) || !strings.Contains(err.Error(), "code") {
		t.Error("a code that another browser was given:", err)
	}
}

// altered gives a token another staff number and leaves the signature.
func altered(token string) string {
	f := strings.Split(token, ".")
	return f[0] + "." + strings.Replace(f[1], f[1][20:24], "AAAA", 1) + "." + f[2]
}

func TestUnreachable(t *testing.T) {
	s, p := start(t, nil)
	s.Down(true)
	if _, err := round(t, s, p, nil); !errors.Is(err, access.ErrUnreachable) {
		t.Error(err)
	}
	s.Down(false)
	s.Discover(func(d map[string]any) { d["issuer"] = "https://evil.example" })
	if _, err := round(t, s, p, nil); !errors.Is(err, access.ErrUnreachable) || strings.Contains(err.Error(), "evil") {
		t.Error(err)
	}
	s.Discover(func(d map[string]any) { d["token_endpoint"] = "http://evil.example/token" })
	if _, err := round(t, s, p, nil); !errors.Is(err, access.ErrUnreachable) {
		t.Error(err)
	}
	s.Discover(func(d map[string]any) { d["padding"] = strings.Repeat("x", maxResponse) })
	if _, err := round(t, s, p, nil); !errors.Is(err, access.ErrUnreachable) {
		t.Error(err)
	}
	// It is asked again, and then no more.
	s.SignIn("staff-07")
	to, answer, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := back(t, s, to, nil)
	s.Down(true)
	if _, err := answer(t.Context(), q); !errors.Is(err, access.ErrUnreachable) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := answer(ctx, q); !errors.Is(err, access.ErrUnreachable) {
		t.Error(err)
	}
}

// TestMethods: the secret goes where the provider wants it.
func TestMethods(t *testing.T) {
	s, _ := start(t, nil)
	for _, methods := range [][]string{nil, {"client_secret_basic"}, {"client_secret_post"}, {"client_secret_post", "client_secret_basic"}} {
		s.Discover(func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = methods })
		p, err := Open(configured(t, s.Config()), callback, time.Now, s.Server.Client())
		if err != nil {
			t.Fatal(err)
		}
		if staff, err := round(t, s, p, nil); staff != "staff-07" || err != nil {
			t.Error(methods, staff, err)
		}
	}
	f := configured(t, s.Config())
	f[FileSecret] = "another"
	p, err := Open(f, callback, time.Now, s.Server.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := round(t, s, p, nil); !errors.Is(err, access.ErrNotProved) {
		t.Error(err)
	}
}

var goodConfig = map[string]any{"format": Format, "name": "Example Org", "issuer": "https://login.example.org/tenant", "client": "caseledger", "claim": "staff_number", "acr": []string{}, "amr": []string{"mfa"}}

func TestOpen(t *testing.T) {
	if p, err := Open(files{}, callback, time.Now, nil); p != nil || err != nil {
		t.Error("without a configuration:", p, err)
	}
	if _, err := Open(configured(t, goodConfig), callback, time.Now, nil); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(f files, c map[string]any){
		"no secret":           func(f files, _ map[string]any) { delete(f, FileSecret) },
		"an empty secret":     func(f files, _ map[string]any) { f[FileSecret] = "\n" },
		"two lines of secret": func(f files, _ map[string]any) { f[FileSecret] = "a\nb\n" },
		"too long a secret":   func(f files, _ map[string]any) { f[FileSecret] = strings.Repeat("x", maxSecret+1) },
		"no JSON":             func(f files, _ map[string]any) { f[FileConfig] = "issuer" },
		"two objects":         func(f files, _ map[string]any) { f[FileConfig] += f[FileConfig] },
		"another member":      func(_ files, c map[string]any) { c["secret"] = "four green bottles" },
		"another format":      func(_ files, c map[string]any) { c["format"] = "caseledger/oidc/v2" },
		"no format":           func(_ files, c map[string]any) { delete(c, "format") },
		"no name":             func(_ files, c map[string]any) { c["name"] = "" },
		"a long name":         func(_ files, c map[string]any) { c["name"] = strings.Repeat("ż", maxName+1) },
		"http":                func(_ files, c map[string]any) { c["issuer"] = "http://login.example.org" },
		"a query":             func(_ files, c map[string]any) { c["issuer"] = "https://login.example.org/?a" },
		"a fragment":          func(_ files, c map[string]any) { c["issuer"] = "https://login.example.org/#" },
		"a user":              func(_ files, c map[string]any) { c["issuer"] = "https://a@login.example.org" },
		"no client":           func(_ files, c map[string]any) { c["client"] = "" },
		"no claim":            func(_ files, c map[string]any) { c["claim"] = "" },
		"an odd claim":        func(_ files, c map[string]any) { c["claim"] = "staff number" },
		"two values in one":   func(_ files, c map[string]any) { c["amr"] = []string{"pwd mfa"} },
		"too many values":     func(_ files, c map[string]any) { c["acr"] = make([]string, maxValues+1) },
	} {
		c := map[string]any{}
		for k, v := range goodConfig {
			c[k] = v
		}
		f := configured(t, goodConfig)
		change(f, c)
		if b, err := json.Marshal(c); err == nil && fmt.Sprint(c) != fmt.Sprint(goodConfig) {
			f[FileConfig] = string(b)
		}
		p, err := Open(f, callback, time.Now, nil)
		if p != nil || !errors.Is(err, ErrConfig) && !errors.Is(err, events.ErrVersion) && !errors.Is(err, events.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "bottles") {
			t.Errorf("%s: the secret is in the error: %v", name, err)
		}
	}
}

// FuzzConfig: what is taken keeps the rules, and is taken again as it is
// written.
func FuzzConfig(f *testing.F) {
	b, err := json.Marshal(goodConfig)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format":"caseledger/oidc/v1","name":"a","issuer":"http://[::1]:8","client":"c","claim":"sub","acr":null,"amr":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseConfig(b)
		if err != nil {
			t.Skip()
		}
		u, err := url.Parse(c.Issuer)
		if err != nil || u.Scheme != "https" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && !strings.Contains(u.Hostname(), ":") {
			t.Errorf("issuer %q", c.Issuer)
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if c2, err := parseConfig(again); err != nil || fmt.Sprint(c2) != fmt.Sprint(c) {
			t.Errorf("%q is taken, %q not: %v", b, again, err)
		}
	})
}
