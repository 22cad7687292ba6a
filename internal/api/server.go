package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// Root is where the routes are.
const Root = "/api/v1"

const jsonType = "application/json"

// Options are what a Server is made of. All are needed but HTTPS.
type Options struct {
	Ledger   Ledger
	Guard    Guard
	Recorder Recorder
	Logger   *slog.Logger
	// Hosts are the names, with the port unless it is the scheme's own, under
	// which the interface may be asked.
	Hosts   []string
	HTTPS   bool // it is reached over TLS
	Version string
	Now     func() time.Time
}

// Server serves the routes.
type Server struct {
	ledger   Ledger
	guard    Guard
	recorder Recorder
	logger   *slog.Logger
	hosts    map[string]bool
	https    bool
	now      func() time.Time

	routes   []Route
	mux      *http.ServeMux
	document []byte
	handler  http.Handler
}

// New returns the programming interface.
func New(o Options) *Server {
	s := &Server{ledger: o.Ledger, guard: o.Guard, recorder: o.Recorder, logger: o.Logger, hosts: map[string]bool{}, https: o.HTTPS, now: o.Now, mux: http.NewServeMux()}
	for _, h := range o.Hosts {
		s.hosts[strings.ToLower(h)] = true
	}
	s.routes = s.table()
	for _, route := range s.routes {
		s.mux.Handle(route.Method+" "+Root+route.Pattern, s.serve(route))
	}
	s.mux.Handle("/", s.serve(Route{Open: true, do: s.nothing}))
	s.document = Document(s.routes, o.Version)
	s.handler = s.headers(s.host(s.mux))
	return s
}

// Routes is the table.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Request is a request that its handler may answer.
type Request struct {
	*http.Request
	Route  Route
	Token  access.Token
	Who    access.Who
	Action access.Action
	Reads  string
	Chain  events.Chain // of a route about a case
	Now    time.Time

	body  []byte
	id    ulid.ULID // of what is sent
	entry ops.Append
	term  string              // to look for
	ask   map[string][]string // parameters behind the question mark
}

// headers sets what every answer carries, refusals too.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Cache-Control", "no-store")
		if s.https {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		next.ServeHTTP(w, r)
	})
}

// host refuses requests that name another host, as the pages do.
func (s *Server) host(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hosts[strings.ToLower(r.Host)] {
			s.fail(w, &Request{Request: r}, problem("host"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// nothing answers what is no route.
func (s *Server) nothing(r *Request) (any, error) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut} {
		other := r.Request.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "/" && pattern != "" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		return nil, problem("not-found")
	}
	p := problem("method")
	p.header.Set("Allow", strings.Join(allow, ", "))
	return nil, p
}

// serve is what stands before a handler.
func (s *Server) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, plain *http.Request) {
		r := &Request{Request: plain, Route: route, Action: route.Action, Reads: route.Reads, Now: s.now()}
		// What a panic says may quote an answer: the log gets where it was, and no
		// word of it.
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.logger.Error("a route failed", "route", route.Method+" "+route.Pattern, "kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
				s.fail(w, r, problem("failed"))
			}
		}()
		err := s.admit(r)
		var answer any
		if err == nil {
			answer, err = route.do(r)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		status, media := http.StatusOK, jsonType
		switch a := answer.(type) {
		case raw:
			w.Header().Set("Content-Type", a.media)
			_, _ = w.Write(a.bytes)
			return
		case placed:
			for name, value := range a.header {
				w.Header().Set(name, value)
			}
			status, answer = a.status, a.answer
		}
		write(w, status, media, answer)
	})
}

// raw is an answer whose bytes are there already.
type raw struct {
	media string
	bytes []byte
}

// placed is an answer with a status and headers of its own.
type placed struct {
	status int
	header map[string]string
	answer any
}

// admit returns nil when the handler of a request may be called.
func (s *Server) admit(r *Request) error {
	if !r.Route.Open {
		if err := s.bear(r); err != nil {
			return err
		}
	}
	if err := r.parameters(); err != nil {
		return err
	}
	if err := r.read(); err != nil {
		return err
	}
	if r.Route.Open {
		return nil
	}
	if err := s.decide(r); err != nil {
		return err
	}
	use := Use{Type: r.Reads, Who: r.Who, Action: r.Action}
	if r.Route.Case {
		use.Chain = &r.Chain
	}
	if err := s.recorder.RecordUse(r.Context(), use); err != nil {
		return ops.As(errUnrecorded, err)
	}
	return nil
}

// refusedToken is what the access ledger is told of a token that
// is good for nothing.
const refusedToken = "token.refused"

// bear finds out who asks. Cookies are not looked at.
func (s *Server) bear(r *Request) error {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return challenge(problem("token"), "Bearer")
	}
	scheme, text, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return challenge(problem("token"), "Bearer")
	}
	token, who, err := s.guard.Bearer(r.Context(), strings.TrimSpace(text), address(r.Request))
	if errors.Is(err, access.ErrToken) {
		use := Use{Type: refusedToken}
		if token.ID != "" {
			use.Who = access.Who{Staff: token.Actor(), Session: token.ID}
		}
		if err := s.recorder.RecordUse(r.Context(), use); err != nil {
			return ops.As(errUnrecorded, err)
		}
	}
	if err != nil {
		return err
	}
	r.Token, r.Who = token, who
	if !token.Has(r.Route.Scope) {
		return challenge(problem("scope"), `Bearer error="insufficient_scope", scope="`+string(r.Route.Scope)+`"`)
	}
	return s.guard.Spend(token)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// parameters reads what stands behind the question mark: nothing twice but
// what may be, nothing that does not belong there.
func (r *Request) parameters() error {
	// The names are the asker's own words: none is repeated.
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return parameter("")
	}
	for name, list := range values {
		i := slices.IndexFunc(r.Route.Params, func(p Param) bool { return p.In == inQuery && p.Name == name })
		if i < 0 {
			return parameter("")
		}
		if len(list) > 1 && !r.Route.Params[i].Many {
			return parameter(name)
		}
	}
	r.ask = values
	return nil
}

// read reads the body, if the route takes one, and what in it the decision
// needs.
func (r *Request) read() error {
	if r.Route.Takes == nil {
		return nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != jsonType || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return problem("media-type")
	}
	if r.body, err = io.ReadAll(http.MaxBytesReader(nil, r.Request.Body, cases.MaxLine)); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return problem("too-large")
		}
		return ops.As(context.Canceled, err)
	}
	if len(bytes.TrimSpace(r.body)) == 0 {
		return problem("syntax").at("", "is empty")
	}
	if r.Route.prepare != nil {
		return r.Route.prepare(r)
	}
	return nil
}

// decide asks whether the token's owner may do what the request says. An agency
// has no role: what its scope is for is all it may do.
func (s *Server) decide(r *Request) error {
	if r.Route.Scope == access.ScopeReferrals {
		return nil
	}
	var facts *access.CaseFacts
	missing := false
	if r.Route.Case {
		chain, err := events.ParseChain(r.PathValue("chain"))
		if err != nil {
			return problem("not-found")
		}
		r.Chain = chain
		f, err := s.ledger.Facts(r.Context(), chain)
		if missing = errors.Is(err, events.ErrNotFound); err != nil && !missing {
			return err
		}
		f.Chain = chain
		facts = &f
	}
	if !access.Decide(r.Who, r.Action, facts, r.Now).Allowed {
		return problem("forbidden")
	}
	if missing {
		return problem("not-found")
	}
	if r.Action == access.HelplineWrite && r.Who.Role == access.Helpline {
		return s.handedOver(r)
	}
	return nil
}

// handedOver holds a volunteer to the cases that the helpline has now: of every
// other they learn no more than of one that is not there.
func (s *Server) handedOver(r *Request) error {
	list, err := s.ledger.Handovers(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now}, nil)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list.Given, func(g views.Handover) bool { return g.Case == r.Chain && g.ToHelpline() }) {
		return problem("not-found")
	}
	return nil
}

// may reports whether the token's owner may open a case. One that cannot be
// read is one that may not.
func (s *Server) may(r *Request, chain events.Chain) (bool, error) {
	f, err := s.ledger.Facts(r.Context(), chain)
	if errors.Is(err, events.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	f.Chain = chain
	return access.Decide(r.Who, access.CaseOpen, &f, r.Now).Allowed, nil
}
