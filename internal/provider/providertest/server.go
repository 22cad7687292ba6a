// Package providertest is an OpenID Connect provider for tests: it speaks the
// real protocol over a real connection, signs real tokens, and can be told to
// lie.
package providertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// What the client is called at the provider, and its secret.
const (
	Client = "caseledger"
	Secret = "four green bottles"
)

// Server is a provider.
type Server struct {
	*httptest.Server
	Now func() time.Time

	mu    sync.Mutex
	who   string                        // signs in next
	alg   string                        // of the signature
	lie   func(claims map[string]any)   // about an ID token
	forge bool                          // sign with a key that is not published
	whole func(token string) string     // alters an ID token after it is signed
	meta  func(document map[string]any) // alters the discovery document
	down  bool
	asked map[string]url.Values // by code: what was asked
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	other *rsa.PrivateKey
}

// New starts a provider, over TLS or not.
func New(t testing.TB, tls bool) *Server {
	t.Helper()
	s := &Server{Now: time.Now, alg: "RS256", asked: map[string]url.Values{}}
	var err error
	if s.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if s.other, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if s.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discover)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("GET /authorize", s.form)
	mux.HandleFunc("POST /authorize", s.authorize)
	mux.HandleFunc("POST /token", s.token)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		down := s.down
		s.mu.Unlock()
		if down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// Config is oidc.json for this provider.
func (s *Server) Config() map[string]any {
	return map[string]any{"format": "caseledger/oidc/v1", "name": "Example Org", "issuer": s.URL, "client": Client, "claim": "staff_number", "amr": []string{"mfa"}}
}

// SignIn says who signs in from now on, and alters nothing.
func (s *Server) SignIn(who string) {
	s.Set(func(s *Server) {
		s.who, s.alg, s.lie, s.forge, s.whole, s.meta, s.down = who, "RS256", nil, false, nil, nil, false
	})
}

// Set changes how the provider behaves.
func (s *Server) Set(f func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// Lie alters the members of ID tokens before they are signed.
func (s *Server) Lie(f func(claims map[string]any)) { s.Set(func(s *Server) { s.lie = f }) }

// Alter alters ID tokens after they are signed.
func (s *Server) Alter(f func(token string) string) { s.Set(func(s *Server) { s.whole = f }) }

// Discover alters the discovery document.
func (s *Server) Discover(f func(document map[string]any)) { s.Set(func(s *Server) { s.meta = f }) }

// Alg says how ID tokens are signed: RS256, ES256, HS256 with the client's
// secret, or none.
func (s *Server) Alg(alg string) { s.Set(func(s *Server) { s.alg = alg }) }

// Forge signs with a key that is not the provider's, under the name of one.
func (s *Server) Forge() { s.Set(func(s *Server) { s.forge = true }) }

// Down lets the provider answer nothing.
func (s *Server) Down(down bool) { s.Set(func(s *Server) { s.down = down }) }

func (s *Server) discover(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := map[string]any{
		"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}, "response_types_supported": []string{"code"},
		"authorization_response_iss_parameter_supported": true,
	}
	if s.meta != nil {
		s.meta(doc)
	}
	write(w, doc)
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

var b64 = base64.RawURLEncoding

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	point, _ := s.ec.PublicKey.Bytes()
	write(w, map[string]any{"keys": []map[string]any{
		{"kty": "RSA", "use": "sig", "kid": "RS256", "alg": "RS256", "n": b64.EncodeToString(s.rsa.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(s.rsa.E)).Bytes())},
		{"kty": "EC", "use": "sig", "kid": "ES256", "alg": "ES256", "crv": "P-256", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:])},
	}})
}

// form is the provider's own sign-in page, with one button.
func (s *Server) form(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><title>Example Org</title><form method="post" action="/authorize?%s"><button id="allow">Sign in at Example Org</button></form>`, html.EscapeString(r.URL.RawQuery))
}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.Allow(r.URL.Query()), http.StatusSeeOther)
}

// Allow signs in who is to sign in, for what an authorization request asks, and
// returns where the browser is sent back to.
func (s *Server) Allow(asked url.Values) (back string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := rand.Text()
	s.asked[code] = maps.Clone(asked)
	q := url.Values{"code": {code}, "state": asked["state"], "iss": {s.URL}}
	return asked.Get("redirect_uri") + "?" + q.Encode()
}

// token exchanges a code: once, for the client, its redirect address and the
// verifier of its challenge.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	if client == "" {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	asked, ok := s.asked[r.PostFormValue("code")]
	delete(s.asked, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || client != Client || secret != Secret || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") ||
		asked.Get("code_challenge_method") != "S256" || b64.EncodeToString(sum[:]) != asked.Get("code_challenge") || asked.Get("client_id") != Client {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	hash := sha256.Sum256([]byte(access))
	now := s.Now().Unix()
	claims := map[string]any{
		"iss": s.URL, "sub": "8a1f", "aud": Client, "iat": now, "exp": now + 300, "auth_time": now, "nonce": asked.Get("nonce"),
		"at_hash": b64.EncodeToString(hash[:16]), "staff_number": s.who, "amr": []string{"pwd", "mfa"}, "acr": "urn:example:silver",
	}
	if s.lie != nil {
		s.lie(claims)
	}
	token := s.sign(claims)
	if s.whole != nil {
		token = s.whole(token)
	}
	write(w, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})
}

func (s *Server) sign(claims map[string]any) string {
	head, _ := json.Marshal(map[string]any{"alg": s.alg, "kid": s.alg, "typ": "JWT"})
	body, _ := json.Marshal(claims)
	text := b64.EncodeToString(head) + "." + b64.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	switch s.alg {
	case "RS256":
		key := s.rsa
		if s.forge {
			key = s.other
		}
		sig, _ = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case "ES256":
		if x, y, err := ecdsa.Sign(rand.Reader, s.ec, sum[:]); err == nil {
			sig = append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...)
		}
	case "HS256":
		mac := hmac.New(sha256.New, []byte(Secret))
		mac.Write([]byte(text))
		sig = mac.Sum(nil)
	}
	return text + "." + b64.EncodeToString(sig)
}
