package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"time"
)

// A flow is something that a browser has begun and has to come back with: a
// passkey's answer, a provider's word. The browser holds a random token in a
// cookie of its own; what the token stands for is here, once.
const (
	// FlowCookie holds the token where the browser stays with this service.
	FlowCookie = "__Host-caseledger-flow"
	// BackCookie holds it where the browser comes back from a provider. That is
	// a navigation from another site, with which no strict cookie is sent. It
	// is lax, of no other use, and given back at once.
	BackCookie = "__Host-caseledger-back"

	// PasskeyFor is how long a passkey's challenge holds.
	PasskeyFor = 5 * time.Minute

	// maxFlows bounds the memory that visitors who are not signed in can take:
	// beyond it the oldest is forgotten. How many one address begins is limited
	// too.
	maxFlows = 1 << 12
)

// ErrFlow: what somebody came back with was not begun in this browser, was
// used, or is too old.
var ErrFlow = errors.New("that took too long, or was used before: begin again")

// flow is what a token stands for.
type flow struct {
	what    string // what it was begun for
	session string // the session it was begun in; "": none
	until   time.Time
	data    any
}

// flows are those that are under way.
type flows struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]*flow
}

func newFlows() *flows { return &flows{kept: map[[sha256.Size]byte]*flow{}} }

// begin keeps a flow and returns its token.
func (f *flows) begin(now time.Time, begun *flow) (token string) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(b[:])
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= maxFlows {
		f.forget(now)
	}
	f.kept[sha256.Sum256([]byte(token))] = begun
	return token
}

// forget drops what is too old and, when that is not enough, the oldest.
func (f *flows) forget(now time.Time) {
	var oldest [sha256.Size]byte
	var first *flow
	for name, kept := range f.kept {
		switch {
		case !now.Before(kept.until):
			delete(f.kept, name)
		case first == nil || kept.until.Before(first.until):
			oldest, first = name, kept
		}
	}
	if len(f.kept) >= maxFlows {
		delete(f.kept, oldest)
	}
}

// take returns what a token stands for, once: right or wrong, the token is
// worth nothing afterwards.
func (f *flows) take(now time.Time, token, what, session string) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := sha256.Sum256([]byte(token))
	begun := f.kept[name]
	delete(f.kept, name)
	return begun.open(now, what, session)
}

// peek returns what a token stands for and leaves it.
func (f *flows) peek(now time.Time, token, what, session string) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[sha256.Sum256([]byte(token))].open(now, what, session)
}

func (f *flow) open(now time.Time, what, session string) (any, error) {
	if f == nil || f.what != what || f.session != session || !now.Before(f.until) {
		return nil, ErrFlow
	}
	return f.data, nil
}

// NewFlowCookie is the cookie that holds a token: FlowCookie, or BackCookie when
// the browser comes back from another site. Without a token it takes the
// cookie back.
func NewFlowCookie(name, token string) *http.Cookie {
	c := &http.Cookie{Name: name, Value: token, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if name == BackCookie {
		c.SameSite = http.SameSiteLaxMode
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}
