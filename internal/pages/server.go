package pages

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
)

// Options are what a Server is made of. All are needed but HTTPS, Glass,
// Passkeys and SignOn.
type Options struct {
	Ledger   Ledger
	Guard    Guard
	Recorder Recorder
	Drafts   Drafts
	Glass    Glass    // nil: no case can be opened in an emergency
	Passkeys Passkeys // nil: browsers have none for where the pages are
	SignOn   SignOn   // nil: no provider vouches for anybody
	Logger   *slog.Logger
	// Hosts are the names, with the port unless it is the scheme's own, under
	// which the pages may be asked for.
	Hosts []string
	HTTPS bool // the pages are reached over TLS
	Now   func() time.Time
}

// Server serves the pages.
type Server struct {
	ledger   Ledger
	guard    Guard
	recorder Recorder
	drafts   Drafts
	glass    Glass
	passkeys Passkeys
	signOn   SignOn
	logger   *slog.Logger
	hosts    map[string]bool
	https    bool
	now      func() time.Time

	assets  *assets
	open    *templates               // as they are
	masked  *templates               // with all data masked
	known   map[string]access.Action // what every route of the table is
	handler http.Handler

	packets sync.Mutex // held while an entry from court is taken into its packet
}

// New returns the pages. It returns ErrNoAssets when the program was built
// without them.
func New(o Options) (*Server, error) {
	s := &Server{
		ledger: o.Ledger, guard: o.Guard, recorder: o.Recorder, drafts: o.Drafts, glass: o.Glass, passkeys: o.Passkeys, signOn: o.SignOn, logger: o.Logger, hosts: map[string]bool{},
		https: o.HTTPS, now: o.Now, known: map[string]access.Action{},
	}
	for _, h := range o.Hosts {
		s.hosts[strings.ToLower(h)] = true
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.open, err = s.parse(false); err != nil {
		return nil, err
	}
	if s.masked, err = s.parse(true); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, route := range s.Routes() {
		s.known[route.Method+" "+route.Pattern] = route.Action
		mux.Handle(route.Method+" "+route.Pattern, s.serve(route))
	}
	mux.Handle("/", s.serve(Route{Open: true, Handle: func(http.ResponseWriter, *Request) error { return errNoPage }}))
	outer := http.NewServeMux()
	outer.Handle("GET /assets/", s.assets)
	outer.Handle("/", s.sameOrigin(s.guard.Session(mux)))
	s.handler = s.headers(s.host(outer))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Request is a request that its handler may answer.
type Request struct {
	*http.Request
	Who      access.Who // zero on open routes when nobody is signed in
	Route    Route
	Chain    events.Chain     // of a route about a case
	Facts    access.CaseFacts // likewise
	Decision access.Decision
	Now      time.Time
	Sharing  bool // the screen is shared: all data is masked
	nonce    string
	upload   *upload // the file of a form that has one; null: none was chosen
}

type nonceKey struct{}

// headers sets what every answer carries, refusals too.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := nonce()
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy(nonce, "'none'"))
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Origin-Agent-Cluster", "?1")
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Cache-Control", "no-store")
		if s.https {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
	})
}

// contentPolicy lets a page use its own style sheet, typeface and images, run the
// scripts that carry the nonce, and speak to nobody but this service. types are
// the trusted types that its scripts may make: none, but on the page for court
// one of which nothing can be made but the address of its worker.
func contentPolicy(nonce, types string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types " + types
}

// permissions is every power of a browser that the pages have no use for.
const permissions = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), " +
	"gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), " +
	"serial=(), usb=(), web-share=(), xr-spatial-tracking=()"

// nonce is fresh for every answer: 128 bits, which crypto/rand never fails to give.
func nonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// host refuses requests that name another host: no page elsewhere can read
// these through a visitor's browser by giving its own name this address.
func (s *Server) host(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hosts[strings.ToLower(r.Host)] {
			http.Error(w, "this service answers to its own name only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site has a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, s.request(r, Route{Open: true}), errCrossOrigin)
	}))
	return c.Handler(next)
}

func (s *Server) request(r *http.Request, route Route) *Request {
	nonce, _ := r.Context().Value(nonceKey{}).(string)
	return &Request{Request: r, Route: route, Now: s.now(), Sharing: sharing(r), nonce: nonce}
}

// serve is what stands between the session and a handler.
func (s *Server) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, plain *http.Request) {
		r := s.request(plain, route)
		// What a panic says may quote a page: the log gets where it was, and no
		// word of it.
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.logger.Error("a page failed", "route", route.Method+" "+route.Pattern, "kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
				s.fail(w, r, errBroken)
			}
		}()
		if err := s.admit(w, r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := route.Handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// admit returns nil when the handler of a request may be called.
func (s *Server) admit(w http.ResponseWriter, r *Request) error {
	ask := s.guard.Who
	if r.Route.Quiet {
		ask = s.guard.Peek
	}
	who, state := ask(r.Context())
	if state == access.SignedIn {
		r.Who = who
	}
	limit := r.Route.MaxBody
	if limit == 0 {
		limit = MaxForm
		if r.Route.Case && state != access.None {
			limit = maxTyped
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if !r.Route.Open {
		switch state {
		case access.SignedIn:
		case access.Locked:
			return errLocked
		default:
			return errSignIn
		}
		if err := s.decide(r); err != nil {
			return err
		}
		if r.Sharing && r.Method != http.MethodGet {
			return errSharing
		}
		if r.Route.Reads != "" {
			read := Read{Type: r.Route.Reads, Who: r.Who, Action: r.Route.Action, Glass: r.Decision.Glass, At: r.Now}
			if r.Route.Case {
				read.Chain = &r.Chain
			}
			if err := s.recorder.Record(r.Context(), read); err != nil {
				return ops.As(errUnrecorded, err)
			}
		}
	}
	if err := r.readForm(); err != nil {
		return err
	}
	if r.Route.Open {
		return nil
	}
	return r.typedByWho()
}

// typedByWho holds who sends a page of keepTyped to who typed what is on it.
func (r *Request) typedByWho() error {
	by, ok := r.PostForm[typedBy]
	switch {
	case !ok:
		return nil
	case len(by) == 1 && by[0] == "":
		return errUnclaimed
	case len(by) != 1 || by[0] != r.Who.Staff:
		return errOthers
	}
	delete(r.PostForm, typedBy)
	return nil
}

// decide asks whether r's author may do what it says.
func (s *Server) decide(r *Request) error {
	var facts *access.CaseFacts
	missing := false
	if r.Route.Case {
		chain, err := events.ParseChain(r.PathValue("chain"))
		if err != nil {
			return errNoPage
		}
		r.Chain = chain
		r.Facts, err = s.ledger.Facts(r.Context(), chain)
		if missing = errors.Is(err, events.ErrNotFound); err != nil && !missing {
			return err
		}
		r.Facts.Chain = chain
		facts = &r.Facts
	}
	r.Decision = s.guard.Decide(r.Who, r.Route.Action, facts, r.Now)
	if !r.Decision.Allowed {
		return &refusal{r.Decision}
	}
	if missing {
		return errNoPage
	}
	return nil
}

// readForm reads the fields of a form that is not a file's. The CRLF that
// browsers make of a line's end becomes LF again; nothing else is changed.
func (r *Request) readForm() error {
	if r.Method != http.MethodPost || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return ops.As(events.ErrTooLarge, err)
		}
		return errForm
	}
	for _, values := range r.PostForm {
		for i, v := range values {
			values[i] = strings.ReplaceAll(v, "\r\n", "\n")
		}
	}
	return nil
}
