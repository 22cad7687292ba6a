package pages

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// office is a service with one case: who may what is by role and allocation.
type office struct {
	Signer // nobody signs in here
	who    access.Who
	state  access.State
	reads  []Read
	lost   bool // the access ledger cannot be written
	now    time.Time
	kept   map[string][]byte // drafts
	signs  *access.Accounts
}

var keeping sync.Mutex // held over what of an office changes while pages are served

var ours = events.Chain{0x7f, 0x3a, 0x21, 0xc0}

var morning = time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC)

func (o *office) Facts(_ context.Context, c events.Chain) (access.CaseFacts, error) {
	if c != ours {
		return access.CaseFacts{}, events.ErrNotFound
	}
	return access.CaseFacts{Adviser: "staff-07", Stage: "open"}, nil
}

func (o *office) Day(context.Context, ops.ViewOf, ops.Progress) (views.Day, error) {
	s := views.Subject{Case: ours, Initials: "QX", Adviser: "staff-07", Risk: "high"}
	return views.Day{
		Since: clock.On(2026, 10, 23),
		Urgent: []views.Urgent{{Subject: s, Kind: views.UrgentRelease, Why: "a perpetrator is due for release", At: clock.AtTime(morning.Add(time.Hour)),
			By: "staff-08", Safe: "SAFE: text only, code word set"}},
	}, nil
}

func (o *office) Drafts(_ context.Context, staff string) ([]Draft, error) {
	if staff != "staff-07" {
		return nil, nil
	}
	return []Draft{{Subject: views.Subject{Case: ours, Initials: "QX", Risk: "high"}, What: "New contact", Path: "/case/" + ours.String() + "/contact/new", Saved: clock.AtTime(morning.Add(-time.Hour))}}, nil
}

func (o *office) OldDrafts(_ context.Context, _ string, before time.Time) ([]OldDraft, error) {
	d := OldDraft{Subject: views.Subject{Case: ours, Initials: "QX", Risk: "high"}, By: "staff-08", What: "New contact", Saved: clock.AtTime(morning.Add(-30 * time.Hour))}
	if !d.Saved.Start().Before(before) {
		return nil, nil
	}
	return []OldDraft{d}, nil
}

func (o *office) KeepDraft(_ context.Context, staff string, c events.Chain, form string, text []byte, now time.Time) error {
	keeping.Lock()
	defer keeping.Unlock()
	if o.kept == nil {
		o.kept = map[string][]byte{}
	}
	o.kept[staff+c.String()+form] = bytes.Clone(text)
	return nil
}

func (o *office) LoadDraft(_ context.Context, staff string, c events.Chain, form string) ([]byte, time.Time, error) {
	keeping.Lock()
	defer keeping.Unlock()
	if text, ok := o.kept[staff+c.String()+form]; ok {
		return text, morning, nil
	}
	return nil, time.Time{}, fs.ErrNotExist
}

func (o *office) FindDraft(_ context.Context, staff, form string) (events.Chain, error) {
	keeping.Lock()
	defer keeping.Unlock()
	for key := range o.kept {
		if rest, ok := strings.CutPrefix(key, staff); ok && strings.HasSuffix(rest, form) {
			return events.ParseChain(strings.TrimSuffix(rest, form))
		}
	}
	return events.Chain{}, fs.ErrNotExist
}

func (o *office) WipeDraft(_ context.Context, staff string, c events.Chain, form string) error {
	keeping.Lock()
	defer keeping.Unlock()
	delete(o.kept, staff+c.String()+form)
	return nil
}

func (o *office) Case(_ context.Context, a ops.CaseAsk) (views.CasePage, error) {
	if a.Case != ours {
		return views.CasePage{}, events.ErrNotFound
	}
	s := views.Subject{Case: ours, Initials: "QX", Adviser: "staff-07", Risk: "high"}
	return views.CasePage{Strip: views.Strip{Subject: s, Stage: "open", Safe: "SAFE: text only, code word set"}}, nil
}

func (o *office) Last(context.Context, events.Chain) (uint64, error) { return 1, nil }

func (o *office) Show(context.Context, events.Chain, uint64) (ops.Event, error) {
	return ops.Event{}, events.ErrNotFound
}

func (o *office) Append(context.Context, ops.Append) (ops.Appended, error) {
	return ops.Appended{}, events.ErrReadOnly
}

func (o *office) Figures(context.Context, ops.ViewOf) (ops.Figures, error) {
	return ops.Figures{}, nil
}

func (o *office) Session(next http.Handler) http.Handler { return next }

func (o *office) Who(context.Context) (access.Who, access.State) {
	keeping.Lock()
	defer keeping.Unlock()
	return o.who, o.state
}

func (o *office) Peek(ctx context.Context) (access.Who, access.State) { return o.Who(ctx) }

func (o *office) Decide(who access.Who, a access.Action, f *access.CaseFacts, _ time.Time) access.Decision {
	if f != nil && f.Adviser != who.Staff {
		return access.Decision{Why: "This case is not yours."}
	}
	if who.Role == access.Auditor && a == "day.see" {
		return access.Decision{Why: "Auditors have no day."}
	}
	return access.Decision{Allowed: true}
}

func (o *office) Record(_ context.Context, r Read) error {
	if o.lost {
		return errors.New("no room for QX of 4 Elm Road")
	}
	o.reads = append(o.reads, r)
	return nil
}

func (o *office) serve(t *testing.T) *Server {
	t.Helper()
	s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Hosts: []string{"localhost:8080"}, HTTPS: true, Now: func() time.Time { return morning }})
	if errors.Is(err, ErrNoAssets) {
		lacking.End(t, "no assets: scripts/setup makes them")
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(s http.Handler, method, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "localhost:8080"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// nonceOf is an answer's nonce, "" if it has none.
func nonceOf(w *httptest.ResponseRecorder) string {
	_, nonce, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	return nonce
}

// unmarked is an answer's page without its nonce: it is random, and a few letters
// of it may be a word that is looked for.
func unmarked(w *httptest.ResponseRecorder) string {
	return strings.ReplaceAll(w.Body.String(), `"`+nonceOf(w)+`"`, `""`)
}

func adviser() *office {
	return &office{who: access.Who{Staff: "staff-07", Role: access.Adviser}, state: access.SignedIn}
}

func TestDay(t *testing.T) {
	o := adviser()
	w := ask(o.serve(t), "GET", "/day")
	page := w.Body.String()
	if w.Code != 200 {
		t.Fatal(w.Code, page)
	}
	for _, want := range []string{"<title>My day – caseledger</title>", "Monday 26 October 2026", "QX", "7F3A21C0", "A perpetrator is due for release", "today, 10:00", "SAFE: text only, code word set", "No appointments today.", "New contact, not recorded yet", "Saved today, 08:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if len(o.reads) != 1 || o.reads[0].Type != "day.seen" || o.reads[0].Who.Staff != "staff-07" {
		t.Errorf("the access ledger was told %+v", o.reads)
	}
}

// Everything that may stand between a request and a page, and that nothing of
// the page comes out then.
func TestRefused(t *testing.T) {
	cross := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	elsewhere := func(r *http.Request) { r.Host = "evil.example" }
	long := func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader("back=" + strings.Repeat("x", MaxForm)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range []struct {
		name           string
		method, target string
		change         func(*office)
		send           func(*http.Request)
		status         int
		location       string
	}{
		{"nobody is signed in", "GET", "/day", func(o *office) { o.state = access.None }, nil, 303, "/sign-in?next=%2Fday"},
		{"nobody is signed in, at the first page", "GET", "/", func(o *office) { o.state = access.None }, nil, 303, "/sign-in"},
		{"locked", "GET", "/day", func(o *office) { o.state = access.Locked }, nil, 303, "/locked?next=%2Fday"},
		{"not hers to see", "GET", "/day", func(o *office) { o.who.Role = access.Auditor }, nil, 403, ""},
		{"the access ledger cannot be written", "GET", "/day", func(o *office) { o.lost = true }, nil, 503, ""},
		{"another host", "GET", "/day", nil, elsewhere, 421, ""},
		{"another site's form", "POST", "/sharing", nil, cross, 403, ""},
		{"too long a form", "POST", "/sharing", nil, long, 413, ""},
		{"no such page", "GET", "/cases/x", nil, nil, 404, ""},
		{"another method", "POST", "/day", nil, nil, 404, ""},
		{"a path upwards", "GET", "/assets/../day/", nil, nil, 307, "/day/"},
		{"no such asset", "GET", "/assets/0/pages.css", nil, nil, 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := adviser()
			if c.change != nil {
				c.change(o)
			}
			var change []func(*http.Request)
			if c.send != nil {
				change = append(change, c.send)
			}
			w := ask(o.serve(t), c.method, c.target, change...)
			if w.Code != c.status || w.Header().Get("Location") != c.location {
				t.Errorf("%d to %q, want %d to %q", w.Code, w.Header().Get("Location"), c.status, c.location)
			}
			for _, word := range []string{"QX", "7F3A21C0", "Elm"} {
				if strings.Contains(unmarked(w), word) {
					t.Errorf("the answer has %q in it", word)
				}
			}
			if len(o.reads) != 0 {
				t.Errorf("the access ledger was told %+v", o.reads)
			}
			secured(t, w)
		})
	}
}

// secured holds an answer to the headers that every answer carries.
func secured(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Header()
	csp := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'nonce-", "require-trusted-types-for 'script'", "trusted-types 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the content policy lacks %q: %s", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") || strings.Contains(csp, "*") {
		t.Errorf("the content policy is too wide: %s", csp)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=63072000",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A case that is not there and one that may not be seen cannot be told apart.
func TestCaseRoutes(t *testing.T) {
	o := adviser()
	s := o.serve(t)
	reached := 0
	mux := http.NewServeMux()
	mux.Handle("GET /case/{chain}", s.serve(Route{Method: "GET", Pattern: "/case/{chain}", Action: "case.open", Case: true, Reads: "case.opened",
		Handle: func(w http.ResponseWriter, r *Request) error {
			reached++
			w.WriteHeader(http.StatusNoContent)
			return nil
		}}))
	get := func(path string) *httptest.ResponseRecorder { return ask(mux, "GET", path) }

	if w := get("/case/" + ours.String()); w.Code != 204 || reached != 1 || len(o.reads) != 1 || *o.reads[0].Chain != ours {
		t.Errorf("her own case: %d, reached %d, told %+v", w.Code, reached, o.reads)
	}
	o.who.Staff = "staff-08"
	other, none := get("/case/"+ours.String()), get("/case/"+events.Chain{1}.String())
	if other.Code != 403 || other.Code != none.Code || strip(other.Body.String()) != strip(none.Body.String()) {
		t.Errorf("another's case gives %d, none gives %d, or the pages differ", other.Code, none.Code)
	}
	if w := get("/case/7F3A"); w.Code != 404 {
		t.Errorf("a malformed number: %d", w.Code)
	}
	if reached != 1 || len(o.reads) != 1 {
		t.Error("the handler, or the access ledger, was reached")
	}
}

// strip takes what differs in every answer out of a page: the case's number
// and the path.
func strip(page string) string {
	for _, c := range []events.Chain{ours, {1}} {
		page = strings.ReplaceAll(page, c.String(), "")
	}
	return page
}

// What an error says of a case reaches neither the page nor the log.
func TestErrorsSayNothing(t *testing.T) {
	o := adviser()
	o.lost = true
	var log strings.Builder
	s := o.serve(t)
	s.logger = slog.New(slog.NewTextHandler(&log, nil))
	w := ask(s, "GET", "/day")
	if w.Code != 503 || !strings.Contains(w.Body.String(), "written down before it is shown") {
		t.Error(w.Code, w.Body.String())
	}
	if log.Len() == 0 || strings.Contains(log.String(), "QX") || strings.Contains(log.String(), "Elm") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestShare(t *testing.T) {
	s := adviser().serve(t)
	for _, c := range []struct{ back, want string }{
		{"/day", "/day"}, {"/case/7f?x=1", "/case/7f?x=1"}, {"", "/"}, {"//evil.example", "/"}, {"https://evil.example/", "/"}, {"/\\evil.example", "/"}, {"day", "/"}, {"/\nx", "/"},
	} {
		w := ask(s, "POST", "/sharing", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader(url.Values{"sharing": {"on"}, "back": {c.back}}.Encode()))
		})
		if got := w.Header().Get("Location"); w.Code != 303 || got != c.want {
			t.Errorf("back to %q goes to %q, want %q", c.back, got, c.want)
		}
		cookie := w.Header().Get("Set-Cookie")
		for _, want := range []string{"__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie lacks %s: %s", want, cookie)
			}
		}
	}
}

func TestAssets(t *testing.T) {
	s := adviser().serve(t)
	plain := ask(s, "GET", s.assets.prefix+"pages.css")
	zipped := ask(s, "GET", s.assets.prefix+"pages.css", func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip;q=0.5") })
	refused := ask(s, "GET", s.assets.prefix+"pages.css", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=0") })
	if plain.Header().Get("Content-Encoding") != "" || refused.Header().Get("Content-Encoding") != "" || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Error("compressed for who does not accept it, or not for who does")
	}
	if zipped.Body.Len() > plain.Body.Len()/4 {
		t.Errorf("%d bytes compressed of %d", zipped.Body.Len(), plain.Body.Len())
	}
	for _, want := range []string{"font/woff2", "text/css; charset=utf-8", "image/svg+xml", "text/javascript; charset=utf-8"} {
		name := map[string]string{"font/woff2": "fonts/latin.woff2", "text/css; charset=utf-8": "pages.css", "image/svg+xml": "mark.svg", "text/javascript; charset=utf-8": "frame.js"}[want]
		if w := ask(s, "GET", s.assets.prefix+name); w.Code != 200 || w.Header().Get("Content-Type") != want || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	css := plain.Body.String()
	for _, word := range []string{"GDS Transport", "url(http", "url(//", "url(data:", "crest"} {
		if strings.Contains(css, word) {
			t.Errorf("the style sheet has %q in it", word)
		}
	}
}

// The table says of every page what it is.
func TestRoutesAreWhole(t *testing.T) {
	s := newVouched(t).server // it has them all
	seen := map[string]bool{}
	for _, r := range s.Routes() {
		name := r.Method + " " + r.Pattern
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if r.Open != (r.Action == "") {
			t.Errorf("%s: either it is open or it is an action", name)
		}
		if r.Case != strings.Contains(r.Pattern, "{chain}") {
			t.Errorf("%s: about a case, or not?", name)
		}
		if r.Open && (r.Case || r.Reads != "") {
			t.Errorf("%s is open and shows something", name)
		}
		if r.Case && r.Method == "GET" && r.Reads == "" && !strings.HasSuffix(r.Pattern, "/changes") {
			t.Errorf("%s shows a case and the access ledger is not told", name)
		}
		if r.Handle == nil || r.Method != "GET" && r.Method != "POST" {
			t.Errorf("%s: no handler, or a method that forms do not have", name)
		}
	}
}
