package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/api"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// bureau is a real ledger with the story, served as a service serves it, with
// a clock that a test turns forward.
type bureau struct {
	t    *testing.T
	l    *ledger
	site http.Handler
	api  *api.Server
	logs *bytes.Buffer
	doc  *jsonschema.Compiler
	seen map[string]bool // route and status of every answer
	mu   sync.Mutex
	late time.Duration
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), &out, &out); err != nil {
			t.Fatal(out.String(), err)
		}
	}
	b := &bureau{t: t, logs: new(bytes.Buffer), seen: map[string]bool{}}
	logger := slog.New(slog.NewTextHandler(b.logs, nil))
	var err error
	b.l, err = openLedger(t.Context(), openOptions{
		dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: logger, now: func() time.Time { return time.Now().Add(b.late) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.l.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.l.openAccess(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := siteFlags{addr: "127.0.0.1:8080"}
	where := f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080})
	if b.site, err = b.l.site(where, logger, io.Discard); err != nil {
		t.Fatal(err)
	}
	programs, err := b.l.programs(where, logger)
	if err != nil {
		t.Fatal(err)
	}
	b.api = programs.(*api.Server)
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost:8080/api/v1/openapi.json", nil))
	doc, err := jsonschema.UnmarshalJSON(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b.doc = jsonschema.NewCompiler()
	b.doc.AssertFormat()
	if err := b.doc.AddResource("https://caseledger.example/openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return b
}

// token makes one and returns it with its number.
func (b *bureau) token(m ops.MakeToken) (text, id string) {
	b.t.Helper()
	m.Name = "Test"
	made, err := b.l.MakeToken(b.t.Context(), m)
	if err != nil {
		b.t.Fatal(err)
	}
	return made.Text, made.ID
}

var allScopes = []string{"events:append", "cases:read", "search", "day:read", "disclosure:read", "audit:read"}

func (b *bureau) staff(number string, scopes ...string) string {
	b.t.Helper()
	if scopes == nil {
		scopes = allScopes
	}
	text, _ := b.token(ops.MakeToken{Staff: number, Scopes: scopes})
	return text
}

func (b *bureau) agency() string {
	b.t.Helper()
	text, _ := b.token(ops.MakeToken{Agency: "northshire-police", Called: "Northshire Police", Source: "police", Scopes: []string{"referrals:write"}})
	return text
}

// send makes a request and holds the answer to the document and to what every
// answer must be.
func (b *bureau) send(token, method, target, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, "http://localhost:8080/api/v1"+target, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	b.hold(r, w)
	return w
}

func (b *bureau) hold(r *http.Request, w *httptest.ResponseRecorder) {
	b.t.Helper()
	h := w.Header()
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Set-Cookie": "", "Access-Control-Allow-Origin": ""} {
		if got := h.Get(name); got != want {
			b.t.Errorf("%s %s: %s: %q, want %q", r.Method, r.URL.Path, name, got, want)
		}
	}
	mux := http.NewServeMux()
	for _, route := range b.api.Routes() {
		mux.Handle(route.Method+" "+api.Root+route.Pattern, http.NotFoundHandler())
	}
	_, pattern := mux.Handler(r)
	if pattern == "" {
		return
	}
	method, path, _ := strings.Cut(pattern, " ")
	media := h.Get("Content-Type")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[fmt.Sprintf("%s %d", pattern, w.Code)] = true
	point := strings.NewReplacer("~", "~0", "/", "~1")
	at := fmt.Sprintf("https://caseledger.example/openapi.json#/paths/%s/%s/responses/%d/content/%s/schema", point.Replace(path), strings.ToLower(method), w.Code, point.Replace(media))
	s, err := b.doc.Compile(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(at))
	if err != nil {
		b.t.Errorf("%s answered %d, %s, which the document does not have: %v\n%s", pattern, w.Code, media, err, w.Body)
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		b.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	if err := s.Validate(v); err != nil {
		b.t.Errorf("%s: the answer is not what the document says: %v", pattern, err)
	}
}

func code(w *httptest.ResponseRecorder) string {
	var p api.Problem
	_ = json.Unmarshal(w.Body.Bytes(), &p)
	return p.Code
}

// bodies are good bodies of the routes that take one, by name.
var apiBodies = map[string]string{
	"putEvent": `{"type":"contact.attempted",` + attempt(`"rang twice"`)[1:],
	"putCase": `{"type":"referral.received","occurred":{"from":"2026-11-20T09:30:00+00:00","precision":"exact","to":null},"data":{"agency":null,"flags":[],` +
		`"made":{"from":"live","kept":null,"late":null,"reference":null},"marac":null,"perpetrators":[],"reason":{"text":"She rang us herself."},"received":"2026-11-20T09:30:00+00:00","reference":null,"source":"self"}}`,
	"putReferral": `{"flags":["under-18"],"marac":null,"reason":{"text":"Officers were called to the address on Sunday night."},"reference":"NP/1"}`,
	"search":      `{"term":"Tolliver"}`,
}

var apiIDs struct {
	sync.Mutex
	n int
}

// freshID is an id that no test has used.
func freshID() string {
	apiIDs.Lock()
	defer apiIDs.Unlock()
	apiIDs.n++
	return fmt.Sprintf("01KB0000000000000000%06d", apiIDs.n)
}

// fill puts something that is there into the wild parts of a pattern.
func fillPattern(r api.Route, chain events.Chain) string {
	event := "1"
	if r.Method == "PUT" {
		event = freshID()
	}
	path := strings.NewReplacer("{chain}", chain.String(), "{event}", event, "{id}", freshID(), "{code}", "conflict", "{name}", "contact.recorded.v2.json").Replace(r.Pattern)
	if r.Name == "getAgenda" {
		path += "?from=2026-10-26&to=2026-10-30"
	}
	return path
}

// privateWords are the names, addresses, numbers and code words of the story.
func privateWords(t *testing.T) []string {
	var words []string
	for _, e := range story.Events() {
		var data struct {
			Name     *string `json:"name"`
			Phone    *string `json:"phone"`
			Email    *string `json:"email"`
			CodeWord *string `json:"code_word"`
			Address  *struct {
				Lines    []string `json:"lines"`
				Postcode *string  `json:"postcode"`
			} `json:"address"`
		}
		if e.Type != "client.recorded" && e.Type != "safe-contact.set" && e.Type != "person.recorded" && e.Type != "child.recorded" {
			continue
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(e.Type, err)
		}
		for _, s := range []*string{data.Name, data.Phone, data.Email, data.CodeWord} {
			if s != nil && len(*s) > 3 {
				words = append(words, *s)
			}
		}
		if data.Address != nil {
			words = append(words, data.Address.Lines...)
			if data.Address.Postcode != nil {
				words = append(words, *data.Address.Postcode)
			}
		}
	}
	if len(words) < 30 {
		t.Fatalf("only %d private words in the story", len(words))
	}
	return words
}

func leaks(t *testing.T, where, text string, words []string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(text, word) {
			t.Errorf("%s has a private word of the story in it (%d bytes)", where, len(word))
		}
	}
}

// TestProgramsMatrix: every route, every way in which a token or a case can
// stand in the way, on a real ledger; and that the document says all of it.
func TestProgramsMatrix(t *testing.T) {
	b := newBureau(t)
	words := privateWords(t)
	hers, others := story.Chain("court"), story.Chain("silence")
	closed := story.Chain("reopened")
	facts := func(c events.Chain) access.CaseFacts {
		f, err := b.l.Facts(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	her := facts(hers).Adviser
	if other := facts(others).Adviser; other == her || slices.Contains(facts(others).Covering, her) {
		others = story.Chain("released")
	}
	exclude := func(staff string, c events.Chain) {
		w := b.send(b.staff("staff-02"), "PUT", "/cases/"+c.String()+"/events/"+freshID(), `{"type":"staff.excluded","occurred":{"from":"2026-11-20","precision":"date","to":null},"data":`+
			string(mustExample(t, "staff.excluded", map[string]any{"staff": staff}))+`}`)
		if w.Code != 201 {
			t.Fatal(w.Code, w.Body)
		}
	}
	erased := story.Chain("child")
	exclude("staff-01", story.Chain("work"))
	for _, typ := range []string{"erasure.begun", "case.erased"} {
		data := mustExample(t, typ, map[string]any{"scope": "case", "entry": nil})
		if typ == "case.erased" {
			data = mustExample(t, typ, map[string]any{"scope": "case", "recipients": []any{}, "begun": 19})
		}
		if _, err := b.l.cases.Record(t.Context(), cases.Command{Case: erased, Type: typ, Actor: "staff-01", Occurred: []byte(`{"from":"2026-11-20","precision":"date","to":null}`), Data: data}); err != nil {
			t.Fatal(typ, err)
		}
	}
	if f := facts(erased); f.Stage != "erased" {
		t.Fatalf("the case is not erased: %+v", f)
	}

	revoked, id := b.token(ops.MakeToken{Staff: her, Scopes: allScopes})
	if _, err := b.l.RevokeToken(t.Context(), ops.RevokeToken{ID: id}); err != nil {
		t.Fatal(err)
	}
	adviser, manager, agency := b.staff(her), b.staff("staff-01"), b.agency()
	scopes := map[string]string{}
	for _, s := range allScopes {
		scopes[s] = b.staff("staff-02", s)
	}
	scopes["referrals:write"] = agency
	expired, _ := b.token(ops.MakeToken{Staff: her, Scopes: allScopes, Expires: b.l.now().Add(time.Millisecond)})
	b.late = time.Second
	unknown := nobodys()

	for _, r := range b.api.Routes() {
		send := func(token string, c events.Chain, change ...func(*http.Request)) *httptest.ResponseRecorder {
			t.Helper()
			return b.send(token, r.Method, fillPattern(r, c), apiBodies[r.Name], change...)
		}
		expect := func(what string, w *httptest.ResponseRecorder, status int, problem string) {
			t.Helper()
			if w.Code != status || code(w) != problem {
				t.Errorf("%s, %s: %d %q, want %d %q\n%s", r.Name, what, w.Code, code(w), status, problem, w.Body)
			}
			if status >= 400 {
				leaks(t, r.Name+", "+what, w.Body.String()+fmt.Sprint(w.Header()), words)
			}
		}
		good := 200
		if r.Method == "PUT" {
			good = 201
		}
		if r.Open {
			if w := send("", hers); w.Code != good {
				t.Errorf("%s: %d %s", r.Name, w.Code, w.Body)
			}
			expect("under another name", send("", hers, func(r *http.Request) { r.Host = "evil.example" }), 421, "host")
			continue
		}
		expect("without a token", send("", hers), 401, "token")
		expect("a cookie", send("", hers, func(r *http.Request) { r.Header.Set("Cookie", access.Cookie+"=abc") }), 401, "token")
		expect("another scheme", send("", hers, func(r *http.Request) { r.Header.Set("Authorization", "Basic "+adviser) }), 401, "token")
		expect("two tokens", send(adviser, hers, func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+adviser) }), 401, "token")
		from := func(n int) func(*http.Request) { // the limit is for one place
			return func(q *http.Request) { q.RemoteAddr = fmt.Sprintf("198.51.100.%d:1000", n) }
		}
		expect("garbage", send("garbage", hers, from(1)), 401, "token")
		expect("cut off", send(adviser[:len(adviser)-1], hers, from(2)), 401, "token-cut")
		expect("nobody's", send(unknown, hers, from(3)), 401, "token")
		expect("revoked", send(revoked, hers, from(4)), 401, "token")
		expect("expired", send(expired, hers, from(5)), 401, "token")
		expect("under another name", send(adviser, hers, func(r *http.Request) { r.Host = "evil.example" }), 421, "host")
		for s, token := range scopes {
			if s != string(r.Scope) {
				expect("scope "+s, send(token, hers), 403, "scope")
			}
		}
		if r.Scope == access.ScopeReferrals {
			expect("an agency's", send(agency, hers), good, "")
			continue
		}
		who := adviser
		if r.Scope == access.ScopeAudit {
			expect("an adviser", send(adviser, hers), 403, "forbidden")
			who = manager
		}
		if w := send(who, hers); w.Code != good {
			t.Errorf("%s, as it must be: %d %s", r.Name, w.Code, w.Body)
		} else if r.Name != "search" {
			leaks(t, r.Name+", as it must be", w.Body.String(), storyAddresses(t))
		}
		if !r.Case {
			continue
		}
		expect("not her case", send(adviser, others), 403, "forbidden")
		expect("no case", send(adviser, events.Chain{9}), 403, "forbidden")
		expect("no case, a manager", send(manager, events.Chain{9}), 404, "not-found")
		expect("excluded", send(manager, story.Chain("work")), 403, "forbidden")
		expect("erased", send(manager, erased), 403, "forbidden")
		expect("no number", b.send(manager, r.Method, strings.Replace(fillPattern(r, hers), hers.String(), "7F3A", 1), apiBodies[r.Name]), 404, "not-found")
		expect("the service's own chain", send(manager, b.l.config.Service), 404, "not-found")
		// Who covers a case covers it no longer once it is closed; whose it is reads on.
		f := facts(closed)
		if w := send(b.staff(f.Adviser), closed); w.Code != good {
			t.Errorf("%s, her own case, closed before: %d %s", r.Name, w.Code, w.Body)
		}
	}
	leaks(t, "the log", b.logs.String(), words)
	for _, word := range []string{adviser, manager, agency, revoked, expired} {
		if strings.Contains(b.logs.String(), word) || strings.Contains(b.logs.String(), word[3:20]) {
			t.Error("a token is in the log")
		}
	}
}

// mustExample is the data of a type's example, changed.
func mustExample(t *testing.T, typ string, change map[string]any) []byte {
	t.Helper()
	b, err := os.ReadFile("../../schemas/examples/" + typ + ".v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	for k, v := range change {
		e.Data[k] = v
	}
	if b, err = json.Marshal(e.Data); err != nil {
		t.Fatal(err)
	}
	return b
}

// nobodys is a whole token that nobody made.
func nobodys() string { return access.TokenSecret{1, 2, 3}.Text() }

// storyAddresses are what no answer may have, whoever asks.
func storyAddresses(t *testing.T) []string {
	var words []string
	for _, e := range story.Events() {
		if e.Type != "client.recorded" && e.Type != "safe-contact.set" {
			continue
		}
		var data struct {
			Phone    *string `json:"phone"`
			Email    *string `json:"email"`
			CodeWord *string `json:"code_word"`
			Address  *struct {
				Postcode *string `json:"postcode"`
			} `json:"address"`
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*string{data.Phone, data.Email, data.CodeWord} {
			if s != nil && *s != "overdue" { // one of the code words is a word of the answers too
				words = append(words, *s)
			}
		}
		if data.Address != nil && data.Address.Postcode != nil {
			words = append(words, *data.Address.Postcode)
		}
	}
	return words
}

// TestProgramsEvents: an event sent twice, at once, with other words, over an
// old look at the case, too long, too deep, not JSON.
func TestProgramsEvents(t *testing.T) {
	b := newBureau(t)
	words := privateWords(t)
	c := story.Chain("court")
	facts, err := b.l.Facts(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	token := b.staff(facts.Adviser)
	path := "/cases/" + c.String()
	good := apiBodies["putEvent"]

	// Twenty at once: recorded once, the same answer for all.
	id := freshID()
	var wg sync.WaitGroup
	var mu sync.Mutex
	created, answers := 0, map[string]bool{}
	for range 20 {
		wg.Go(func() {
			w := b.send(token, "PUT", path+"/events/"+id, good)
			mu.Lock()
			defer mu.Unlock()
			if w.Code == 201 {
				created++
			} else if w.Code != 200 {
				t.Error(w.Code, w.Body)
			}
			answers[w.Body.String()] = true
		})
	}
	wg.Wait()
	if created != 1 || len(answers) != 1 {
		t.Fatalf("created %d times, %d answers", created, len(answers))
	}
	spaced := strings.ReplaceAll(good, `":`, "\" :\n ")
	if w := b.send(token, "PUT", path+"/events/"+id, spaced); w.Code != 200 {
		t.Error("the same in other white space:", w.Code, w.Body)
	}
	if w := b.send(token, "PUT", path+"/events/"+id, strings.Replace(good, "twice", "once", 1)); w.Code != 409 || code(w) != "duplicate" {
		t.Error("other words:", w.Code, w.Body)
	}
	if w := b.send(token, "PUT", "/cases/"+story.Chain("released").String()+"/events/"+id, good); w.Code != 403 {
		t.Error("in a case of others:", w.Code, w.Body)
	}
	var done ops.Appended
	for a := range answers {
		if err := json.Unmarshal([]byte(a), &done); err != nil {
			t.Fatal(err)
		}
	}
	// It is there, by its place and by its id, and in no other case.
	byPlace, byID := b.send(token, "GET", fmt.Sprintf("%s/events/%d", path, done.Seq), ""), b.send(token, "GET", path+"/events/"+id, "")
	if byPlace.Code != 200 || byPlace.Body.String() != byID.Body.String() || !strings.Contains(byID.Body.String(), "rang twice") || !strings.Contains(byID.Body.String(), `"actor":"`+facts.Adviser+`"`) {
		t.Error(byPlace.Code, byPlace.Body, byID.Code, byID.Body)
	}
	if w := b.send(b.staff("staff-01"), "GET", "/cases/"+story.Chain("released").String()+"/events/"+id, ""); w.Code != 404 {
		t.Error("by id in another case:", w.Code)
	}

	match := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("If-Match", text) }
	}
	page := b.send(token, "GET", path, "")
	seen := page.Header().Get("ETag")
	if seen != fmt.Sprintf("%q", fmt.Sprint(done.Seq)) {
		t.Errorf("ETag %s, the last event is %d", seen, done.Seq)
	}
	if w := b.send(token, "PUT", path+"/events/"+freshID(), good, match(seen)); w.Code != 201 {
		t.Error("as seen:", w.Code, w.Body)
	}
	w := b.send(token, "PUT", path+"/events/"+freshID(), good, match(seen))
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 412 || p.Code != "conflict" || p.Saw != done.Seq || p.Last != done.Seq+1 || len(p.Added) != 1 || p.Added[0].Type != "contact.attempted" {
		t.Errorf("over an old look: %d %s", w.Code, w.Body)
	}
	for _, text := range []string{"*", "12", `W/"12"`, `"0"`, `"012"`, `"12", "13"`, `"x"`} {
		if w := b.send(token, "PUT", path+"/events/"+freshID(), good, match(text)); w.Code != 400 || code(w) != "if-match" {
			t.Errorf("If-Match %s: %d %s", text, w.Code, w.Body)
		}
	}

	before, err := b.l.Last(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	whole := func(file string) string { return `{"type":"contact.attempted",` + file[1:] }
	for _, tt := range []struct {
		name, body    string
		status        int
		code, pointer string
	}{
		{"nothing", " ", 400, "syntax", ""},
		{"not JSON", "{", 400, "syntax", ""},
		{"a list", "[]", 400, "syntax", ""},
		{"two values", good + "{}", 400, "syntax", ""},
		{"no type", attempt(`"a"`), 400, "syntax", "/type"},
		{"a member too many", strings.Replace(good, `"type"`, `"Wolverhampton":1,"type"`, 1), 400, "syntax", ""},
		{"a member twice", strings.Replace(good, `"type"`, `"type":"contact.recorded","type"`, 1), 400, "syntax", "/type"},
		{"somebody else", strings.Replace(good, `"type"`, `"actor":"staff-02","type"`, 1), 422, "invalid", "/actor"},
		{"an unknown member of data", whole(files["unknown"]()), 422, "invalid", "/data"},
		{"a member of data twice", whole(files["duplicate"]()), 400, "syntax", "/data"},
		{"half of a pair", whole(files["surrogate"]()), 400, "syntax", "/data/note/text"},
		{"not UTF-8", whole(files["utf8"]()), 400, "syntax", "/data"},
		{"a fraction", whole(files["fraction"]()), 400, "syntax", "/data/voicemail"},
		{"deep", whole(files["deep"]()), 400, "syntax", ""},
		{"very deep", strings.Replace(good, `false`, strings.Repeat("[", 20000)+strings.Repeat("]", 20000), 1), 400, "syntax", ""},
		{"a little too long", whole(files["too-large"]()), 413, "too-large", ""},
		{"much too long", strings.Replace(good, "twice", strings.Repeat("x", cases.MaxLine), 1), 413, "too-large", ""},
		{"a version that is none", strings.Replace(good, `"type"`, `"v":9,"type"`, 1), 422, "version", "/v"},
		{"a type that is none", strings.Replace(good, "contact.attempted", "contact.imagined", 1), 422, "version", "/type"},
		{"a type of elsewhere", strings.Replace(good, "contact.attempted", "staff.recorded", 1), 422, "invalid", "/type"},
		{"the ledger's own", strings.Replace(good, "contact.attempted", "disclosure.exported", 1), 422, "invalid", "/type"},
		{"a manager's", `{"type":"case.allocated","occurred":{},"data":{}}`, 403, "forbidden", ""},
	} {
		w := b.send(token, "PUT", path+"/events/"+freshID(), tt.body)
		var p api.Problem
		_ = json.Unmarshal(w.Body.Bytes(), &p)
		at := ""
		if p.Pointer != nil {
			at = *p.Pointer
		}
		if w.Code != tt.status || p.Code != tt.code || tt.pointer != "" && at != tt.pointer {
			t.Errorf("%s: %d %s at %q, want %d %s at %q\n%.300s", tt.name, w.Code, p.Code, at, tt.status, tt.code, tt.pointer, w.Body)
		}
		for _, word := range []string{"Wolverhampton", "codename", "rang", "staff-02"} {
			if strings.Contains(w.Body.String(), word) {
				t.Errorf("%s: %q is repeated", tt.name, word)
			}
		}
	}
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/jsonx", "multipart/form-data; boundary=x"} {
		if w := b.send(token, "PUT", path+"/events/"+freshID(), good, func(r *http.Request) { r.Header.Set("Content-Type", media) }); w.Code != 415 {
			t.Errorf("content type %q: %d", media, w.Code)
		}
	}
	if w := b.send(token, "PUT", path+"/events/"+freshID(), good, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }); w.Code != 415 {
		t.Error("compressed:", w.Code)
	}
	for _, id := range []string{"1", strings.ToLower(freshID()), strings.Repeat("0", 26), "01KB000000000000000000000U"} {
		if w := b.send(token, "PUT", path+"/events/"+id, good); w.Code != 400 || code(w) != "parameter" {
			t.Errorf("id %s: %d %s", id, w.Code, w.Body)
		}
	}
	if after, err := b.l.Last(t.Context(), c); err != nil || after != before {
		t.Errorf("%d events were %d: %v", after, before, err)
	}
	leaks(t, "the log", b.logs.String(), words)
}

// TestProgramsReferral: another agency's system sends a referral. Who refers is
// the agency of the token, and nothing comes back but a reference.
func TestProgramsReferral(t *testing.T) {
	b := newBureau(t)
	agency := b.agency()
	body := apiBodies["putReferral"]
	client := `{"address":null,"alias":null,"born":"1991-04-02","email":null,"identity":{"disability":null,"ethnicity":null,"gender":null},"initials":"JQ",` +
		`"interpreter":{"language":null,"needed":false,"note":null},"language":"en","name":"Juno Quill","phone":"01632 960077","pronouns":null}`
	withClient := body[:len(body)-1] + `,"client":` + client + `}`

	count := func() uint64 { return b.l.runner.Position() }
	id := freshID()
	before := count()
	var wg sync.WaitGroup
	var mu sync.Mutex
	created, answers := 0, map[string]bool{}
	for range 10 {
		wg.Go(func() {
			w := b.send(agency, "PUT", "/referrals/"+id, withClient)
			mu.Lock()
			defer mu.Unlock()
			if w.Code == 201 {
				created++
			} else if w.Code != 200 {
				t.Error(w.Code, w.Body)
			}
			answers[w.Body.String()] = true
		})
	}
	wg.Wait()
	if created != 1 || len(answers) != 1 || count() != before+2 {
		t.Fatalf("created %d times, %d answers, %d events", created, len(answers), count()-before)
	}
	var got api.Received
	for a := range answers {
		if err := json.Unmarshal([]byte(a), &got); err != nil {
			t.Fatal(err)
		}
	}
	e, err := b.l.Show(t.Context(), got.Reference, 1)
	if err != nil {
		t.Fatal(err)
	}
	ev, err := events.ParseBody(e.Body)
	if err != nil {
		t.Fatal(err)
	}
	data, err := schemas.DecodeData[schemas.ReferralReceivedV2](ev.Data)
	if err != nil || ev.Actor != "agency-northshire-police" || data.Source != "police" || data.Agency == nil || *data.Agency != "Northshire Police" || data.Reference == nil || *data.Reference != "NP/1" {
		t.Errorf("%+v %+v %v", ev.Actor, data, err)
	}
	if e, err := b.l.Show(t.Context(), got.Reference, 2); err != nil || !strings.Contains(string(e.Body), "Juno Quill") {
		t.Error("no client:", err)
	}
	// Sent again a day later it is the same one; with anything else it is refused.
	b.late = 24 * time.Hour
	if w := b.send(agency, "PUT", "/referrals/"+id, withClient); w.Code != 200 || !answers[w.Body.String()] {
		t.Error(w.Code, w.Body)
	}
	for name, other := range map[string]string{
		"without the client": body,
		"another client":     strings.Replace(withClient, "Juno", "Jane", 1),
		"another reason":     strings.Replace(withClient, "Sunday", "Monday", 1),
	} {
		if w := b.send(agency, "PUT", "/referrals/"+id, other); w.Code != 409 || code(w) != "duplicate" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	// Another agency that guesses the id learns nothing and changes nothing.
	text, _ := b.token(ops.MakeToken{Agency: "southshire-marac", Called: "Southshire Marac", Source: "marac", Scopes: []string{"referrals:write"}})
	if w := b.send(text, "PUT", "/referrals/"+id, strings.Replace(withClient, `"marac":null`, `"marac":{"area":"Southshire","heard":null,"referred":null,"repeat":"no"}`, 1)); w.Code != 409 {
		t.Error("another agency, the same id:", w.Code, w.Body)
	}
	if w := b.send(text, "PUT", "/referrals/"+freshID(), withClient); w.Code != 422 || !strings.Contains(w.Body.String(), `"pointer":"/marac"`) {
		t.Error("a Marac's without a Marac:", w.Code, w.Body)
	}

	before = count()
	for _, tt := range []struct{ name, body, pointer string }{
		{"who refers is not theirs to say", body[:len(body)-1] + `,"source":"self"}`, ""},
		{"nor who", body[:len(body)-1] + `,"agency":"Others"}`, ""},
		{"nor when it came", body[:len(body)-1] + `,"received":"2020-01-01T00:00:00+00:00"}`, ""},
		{"no such flag", strings.Replace(body, "under-18", "over-80", 1), "/flags/0"},
		{"no reason", strings.Replace(body, `{"text":"Officers were called to the address on Sunday night."}`, "null", 1), "/reason"},
		{"something slipped in", strings.Replace(body, `"marac":null`, `"marac":null,"source":"self","marac":null`, 1), ""},
		{"a client without a name", body[:len(body)-1] + `,"client":` + strings.Replace(client, `"name":"Juno Quill",`, "", 1) + `}`, "/client"},
		{"a client who is a list", body[:len(body)-1] + `,"client":[]}`, "/client"},
		{"a client who is nothing", body[:len(body)-1] + `,"client":{}}`, "/client"},
		{"a client with made", body[:len(body)-1] + `,"client":` + strings.Replace(client, `{`, `{"made":null,`, 1) + `}`, "/client"},
	} {
		w := b.send(agency, "PUT", "/referrals/"+freshID(), tt.body)
		var p api.Problem
		_ = json.Unmarshal(w.Body.Bytes(), &p)
		if w.Code != 400 && w.Code != 422 || tt.pointer != "" && (p.Pointer == nil || *p.Pointer != tt.pointer) {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
		leaks(t, tt.name, w.Body.String(), []string{"Juno", "960077", "Sunday", "over-80", "Others"})
	}
	if count() != before {
		t.Errorf("%d events came of refused referrals", count()-before)
	}
	// Nothing can be read with the token, not even what was sent.
	for _, r := range b.api.Routes() {
		if r.Open || r.Scope == access.ScopeReferrals {
			continue
		}
		if w := b.send(agency, r.Method, fillPattern(r, got.Reference), apiBodies[r.Name]); w.Code != 403 || code(w) != "scope" {
			t.Errorf("%s: %d", r.Name, w.Code)
		}
	}
	leaks(t, "the log", b.logs.String(), []string{"Juno", "Quill", "Sunday", agency})
}

// TestProgramsAccess: every use is in the access ledger before it is answered,
// and where it cannot be written nothing is.
func TestProgramsAccess(t *testing.T) {
	b := newBureau(t)
	c := story.Chain("court")
	facts, err := b.l.Facts(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	text, id := b.token(ops.MakeToken{Staff: facts.Adviser, Scopes: allScopes})
	b.send(text, "GET", "/cases/"+c.String(), "")
	b.send(text, "GET", "/day", "")
	b.send(text, "PUT", "/cases/"+c.String()+"/events/"+freshID(), apiBodies["putEvent"])
	b.send(text, "POST", "/search", apiBodies["search"])
	b.send(text, "GET", "/cases/"+story.Chain("released").String(), "")
	if _, err := b.l.RevokeToken(t.Context(), ops.RevokeToken{ID: id}); err != nil {
		t.Fatal(err)
	}
	b.send(text, "GET", "/day", "")
	b.send(nobodys(), "GET", "/day", "")
	told, err := b.l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range told.Entries {
		if e.Session.String() != id {
			if e.Type == "token.refused" {
				got = append(got, e.Type+" by nobody known")
			}
			continue
		}
		line := e.Type + " " + e.Action
		if e.Case != nil {
			line += " in the case"
		}
		got = append(got, line)
	}
	want := []string{"token.made ", "case.opened case.open in the case", "day.seen day.see", "entry.sent case.write in the case", "case.searched case.search", "token.revoked ", "token.refused ", "token.refused by nobody known"}
	if !slices.Equal(got, want) {
		t.Errorf("the access ledger has\n%q, want\n%q", got, want)
	}
	list, err := b.l.Tokens(t.Context())
	if err != nil || len(list.Tokens) != 1 || list.Tokens[0].Standing != "revoked" || list.Tokens[0].Used == "" {
		t.Errorf("%+v %v", list, err)
	}

	// Without the access ledger nothing is answered and nothing recorded.
	again := b.staff(facts.Adviser)
	last, err := b.l.Last(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	b.l.access.voids, b.l.access.firstVoid = 1, 1 // an operator has to look first
	for _, r := range b.api.Routes() {
		if r.Open || r.Scope == access.ScopeReferrals || r.Scope == access.ScopeAudit {
			continue
		}
		if w := b.send(again, r.Method, fillPattern(r, c), apiBodies[r.Name]); w.Code != 503 || code(w) != "unrecorded" {
			t.Errorf("%s: %d %s", r.Name, w.Code, w.Body)
		}
	}
	b.l.access.voids = 0
	if now, err := b.l.Last(t.Context(), c); err != nil || now != last {
		t.Error("recorded though the access ledger was not:", last, now, err)
	}
}

// TestProgramsAndPages: a session is no token and a token no session; other
// sites gain nothing.
func TestProgramsAndPages(t *testing.T) {
	b := newBureau(t)
	c := story.Chain("court")
	facts, err := b.l.Facts(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	made, err := b.l.ChangeAccount(t.Context(), opsAdd(facts.Adviser))
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, b.site, map[string]*http.Cookie{}}
	if w := v.send("/sign-in", nil); w.Code == http.StatusServiceUnavailable {
		lacking.End(t, "no pages: scripts/setup makes their style sheet")
	}
	v.setUp(facts.Adviser, made.Code)
	if w := v.send("/case/"+c.String(), nil); w.Code != 200 {
		t.Fatal(w.Code)
	}
	signedIn := func(r *http.Request) {
		for _, cookie := range v.cookies {
			r.AddCookie(cookie)
		}
	}
	if w := b.send("", "GET", "/cases/"+c.String(), "", signedIn); w.Code != 401 {
		t.Error("a session opens a case:", w.Code)
	}
	if w := b.send("", "PUT", "/cases/"+c.String()+"/events/"+freshID(), apiBodies["putEvent"], signedIn); w.Code != 401 {
		t.Error("a session records:", w.Code)
	}
	token := b.staff(facts.Adviser)
	r := httptest.NewRequest("GET", "http://localhost:8080/case/"+c.String(), nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Error("a token opens a page:", w.Code)
	}
	// A bearer's token is never sent by a browser of itself: there is nothing to
	// protect from other sites, and no site is told that it may read.
	cross := func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	if w := b.send(token, "PUT", "/cases/"+c.String()+"/events/"+freshID(), apiBodies["putEvent"], cross); w.Code != 201 {
		t.Error(w.Code, w.Body)
	}
	if w := b.send("", "OPTIONS", "/cases/"+c.String(), "", cross); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Error("preflight:", w.Code, w.Header())
	}
	// Whose account is disabled, or who left, is let in no more.
	if _, err := b.l.ChangeAccount(t.Context(), ops.ChangeAccount{Do: ops.AccountDisable, Staff: facts.Adviser}); err != nil {
		t.Fatal(err)
	}
	if w := b.send(token, "GET", "/day", ""); w.Code != 401 {
		t.Error("a disabled account:", w.Code)
	}
	other := b.staff("staff-14")
	if w := b.send(other, "GET", "/day", ""); w.Code != 200 {
		t.Error(w.Code)
	}
	if _, err := b.l.Append(t.Context(), staffIs("staff-14", access.Auditor)); err != nil {
		t.Fatal(err)
	}
	if w := b.send(other, "GET", "/day", ""); w.Code != 403 {
		t.Error("the role is what is recorded now:", w.Code)
	}
	left := staffIs("staff-14", access.Auditor)
	left.Data = bytes.Replace(left.Data, []byte(`"active":true`), []byte(`"active":false`), 1)
	if _, err := b.l.Append(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if w := b.send(other, "GET", "/day", ""); w.Code != 401 {
		t.Error("who left:", w.Code)
	}
	if _, err := b.l.MakeToken(t.Context(), ops.MakeToken{Name: "Test", Staff: "staff-14", Scopes: allScopes}); !errors.Is(err, ops.ErrInput) {
		t.Error("a token for who left:", err)
	}
	// Wrong tokens from one place are heard less and less; a good one always is.
	waited := false
	for range 30 {
		w := b.send("garbage", "GET", "/day", "")
		if waited = w.Code == 429 && w.Header().Get("Retry-After") != ""; waited {
			break
		}
	}
	if !waited {
		t.Error("thirty wrong tokens, and no wait")
	}
	if w := b.send(b.staff("staff-08"), "GET", "/day", ""); w.Code != 200 {
		t.Error("a good token after wrong ones of others at the same place:", w.Code)
	}
}

// TestHelplineToken: a volunteer's token records a call in a case that the
// helpline has now, and in no other; of those it learns nothing.
func TestHelplineToken(t *testing.T) {
	b := newBureau(t)
	chain := story.Chain("court")
	hers := b.staff("staff-31", "events:append")
	now := time.Now()
	at := func(d time.Duration) string { return clock.Format(clock.London(now.Add(d))) }
	record := func(what string, on events.Chain, status int) {
		t.Helper()
		data, err := schemas.EncodeData(schemas.HelplineContact{
			Made: schemas.Made{From: "live"}, Channel: "phone", Caller: "not-known", CallBack: schemas.CallBack{Safe: "not-known"}, Present: []schemas.Bystander{},
			DangerNow: "no", Emergency: "not-needed", Statements: []schemas.StatementV2{{Kind: "observed", Speaker: "me", Text: "Nobody spoke.", Language: "en", PassedBy: []schemas.PassedBy{}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		body := `{"type":"helpline.contact","occurred":{"from":"` + at(-time.Minute) + `","precision":"exact","to":null},"data":` + string(data) + `}`
		w := b.send(hers, "PUT", "/cases/"+on.String()+"/events/"+ulid.Make().String(), body)
		if w.Code != status {
			t.Errorf("%s: %d %s, want %d", what, w.Code, w.Body, status)
		}
	}
	handOver := func(to ...string) {
		t.Helper()
		occurred, err := schemas.EncodeData(schemas.Occurred{From: new(at(-time.Minute)), Precision: "exact"})
		if err != nil {
			t.Fatal(err)
		}
		data, err := schemas.EncodeData(schemas.HandoverGiven{Made: schemas.Made{From: "live"}, From: at(-time.Hour), To: at(24 * time.Hour), GivenTo: to, WhoMayRing: []string{}, Risk: "high", About: schemas.Prose{Text: "Court on Tuesday."}, By: "staff-07"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.l.Append(t.Context(), ops.Append{Case: &chain, Type: "handover.given", Actor: "staff-07", Occurred: occurred, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	record("a case that was not handed over", chain, 404)
	record("a case that is not there", events.Chain{7}, 404)
	handOver("covering")
	record("a case that was handed over to others", chain, 404)
	handOver("helpline")
	record("a case that the helpline has", chain, 201)
	b.late = 48 * time.Hour
	record("a handover that has ended", chain, 404)
}
