// Package provider has an OpenID Connect provider say who somebody is. It knows
// no accounts, no roles and no sessions: of the provider's word it takes a staff
// number and nothing else.
//
// # What is asked, and what is believed
//
// The authorization code flow with PKCE (RFC 7636), state and nonce, the secret
// of a confidential client, and one exact redirect address. Each time the
// provider is asked to have the person sign in anew (prompt=login, max_age=0),
// and its word is believed only if it says when that was (auth_time): otherwise
// whoever finds a browser open could walk past a lock by signing out and in
// again.
//
// An ID token is taken from the provider's token endpoint only, and held to its
// signature (an asymmetric one), issuer, audience, authorised party, expiry,
// nonce, access token hash, time of sign-in, and to the acr and amr that are
// required. Any error is access.ErrNotProved with a reason for the log, which
// quotes nothing that came from outside, or access.ErrUnreachable.
package provider

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"caseledger/internal/access"
)

const (
	askTimeout = 10 * time.Second
	// maxResponse is the longest answer of a provider that is read, in bytes.
	maxResponse = 1 << 20
	// drift is how far the provider's clock may be off.
	drift = time.Minute
)

// Provider is a provider that a service trusts. It is safe for concurrent use.
type Provider struct {
	config   *config
	secret   string
	callback string
	now      func() time.Time
	client   *http.Client

	mu    sync.Mutex
	found *found
}

// found is what a provider says of itself.
type found struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	says     bool // who it is, in every answer (RFC 9207)
}

func newProvider(c *config, secret, callback string, now func() time.Time, client *http.Client) *Provider {
	if client == nil {
		client = &http.Client{}
	}
	own := *client
	if own.Timeout == 0 {
		own.Timeout = askTimeout
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Transport = bounded{own.Transport}
	return &Provider{config: c, secret: secret, callback: callback, now: now, client: &own}
}

// bounded cuts what a provider answers off where it gets too long.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.RoundTripper
	if next == nil {
		next = http.DefaultTransport
	}
	res, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxResponse), res.Body}
	return res, nil
}

// Name implements access.Provider.
func (p *Provider) Name() string { return p.config.Name }

// find asks the provider what it is, once.
func (p *Provider) find(ctx context.Context) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	o, err := oidc.NewProvider(ctx, p.config.Issuer)
	var other *oidc.IssuerMismatchError
	if errors.As(err, &other) {
		return nil, unreachable("it calls itself by another name than issuer in " + FileConfig)
	} else if err != nil {
		return nil, unreachable("its discovery document cannot be had")
	}
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Issuer  bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := o.Claims(&says); err != nil {
		return nil, unreachable("its discovery document cannot be read")
	}
	end := o.Endpoint()
	for _, u := range []string{end.AuthURL, end.TokenURL} {
		if !isIssuer(u) {
			return nil, unreachable("one of its addresses is not https")
		}
	}
	// A code counts once: the way of proof is not found out by trying.
	end.AuthStyle = oauth2.AuthStyleInHeader
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	p.found = &found{
		oauth:    oauth2.Config{ClientID: p.config.Client, ClientSecret: p.secret, Endpoint: end, RedirectURL: p.callback, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile}},
		verifier: o.Verifier(&oidc.Config{ClientID: p.config.Client, Now: p.now}),
		says:     says.Issuer,
	}
	return p.found, nil
}

// asked is what the provider was asked, to hold its answer against.
type asked struct {
	at                     time.Time
	state, nonce, verifier string
}

// Ask implements access.Provider.
func (p *Provider) Ask(ctx context.Context) (to string, answer func(context.Context, url.Values) (string, error), err error) {
	ctx = oidc.ClientContext(ctx, p.client)
	f, err := p.find(ctx)
	if err != nil {
		return "", nil, err
	}
	a := &asked{at: p.now(), state: random(), nonce: random(), verifier: oauth2.GenerateVerifier()}
	to = f.oauth.AuthCodeURL(a.state, oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier),
		oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	return to, func(ctx context.Context, back url.Values) (string, error) {
		return p.answer(oidc.ClientContext(ctx, p.client), f, a, back)
	}, nil
}

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// answer takes what a browser brought back from the provider, exchanges it for
// an ID token and returns the staff number in it.
func (p *Provider) answer(ctx context.Context, f *found, a *asked, back url.Values) (string, error) {
	switch issuer := back.Get("iss"); {
	case !same(back.Get("state"), a.state):
		return "", refused("the state is not the one that was sent")
	case issuer != "" && issuer != p.config.Issuer, issuer == "" && f.says:
		return "", refused("the answer is another provider's")
	case back.Get("error") != "":
		return "", refused("the provider did not let them in")
	case back.Get("code") == "":
		return "", refused("the answer has no code")
	}
	tokens, err := f.oauth.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(a.verifier))
	var no *oauth2.RetrieveError
	switch {
	case errors.As(err, &no) && no.Response != nil && no.Response.StatusCode < http.StatusInternalServerError:
		return "", refused("the provider does not take the code, or not this client's secret")
	case err != nil:
		return "", unreachable("its token endpoint does not answer")
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", refused("the provider gave no ID token")
	}
	token, err := f.verifier.Verify(ctx, raw)
	var old *oidc.TokenExpiredError
	switch {
	case errors.As(err, &old):
		return "", refused("the ID token has expired")
	case err != nil:
		return "", refused("the ID token's form, signature, issuer or audience is wrong")
	case !same(token.Nonce, a.nonce):
		return "", refused("the ID token's nonce is not the one that was sent")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(tokens.AccessToken) != nil:
		return "", refused("the ID token is not that of the access token")
	}
	return p.claims(token, a)
}

// claims are what a token that is the provider's says of who signed in.
func (p *Provider) claims(token *oidc.IDToken, a *asked) (string, error) {
	var c struct {
		Party string   `json:"azp"`
		At    *int64   `json:"auth_time"`
		ACR   string   `json:"acr"`
		AMR   []string `json:"amr"`
	}
	all := map[string]json.RawMessage{}
	if token.Claims(&c) != nil || token.Claims(&all) != nil {
		return "", refused("the ID token's members cannot be read")
	}
	var staff string
	switch {
	case c.Party != "" && c.Party != p.config.Client, c.Party == "" && len(token.Audience) > 1:
		return "", refused("the ID token was given to another client")
	case c.At == nil:
		return "", refused("the ID token does not say when they signed in (auth_time)")
	case time.Unix(*c.At, 0).Before(a.at.Add(-drift)):
		return "", refused("they signed in earlier, and were not asked again (auth_time)")
	case len(p.config.ACR) > 0 && !slices.Contains(p.config.ACR, c.ACR):
		return "", refused("the ID token has none of the required acr")
	case slices.ContainsFunc(p.config.AMR, func(m string) bool { return !slices.Contains(c.AMR, m) }):
		return "", refused("the ID token lacks a required amr")
	case json.Unmarshal(all[p.config.Claim], &staff) != nil || staff == "":
		return "", refused("the ID token has no staff number where claim says")
	}
	return staff, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func refused(why string) error { return fmt.Errorf("%s: %w", why, access.ErrNotProved) }

func unreachable(why string) error { return fmt.Errorf("%s: %w", why, access.ErrUnreachable) }
