package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
)

var (
	noLog       = slog.New(slog.DiscardHandler)
	nobody      = log.New(io.Discard, "", 0)
	clientToken = access.TokenSecret{1, 2, 3}
	clientChain = events.Chain{7}
)

// asks is a client of a service that answers as h does, on this machine.
func asks(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := NewClient(s.URL, clientToken)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// quiet fails when an error has the token or the case in it.
func quiet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, s := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", ops.NewError(err).Message)} {
		if strings.Contains(s, clientToken.Text()) || strings.Contains(s, clientChain.String()) || strings.Contains(s, "Jane") {
			t.Errorf("an error has what it should not: %d bytes", len(s))
		}
	}
}

// TestClientErrors: every error of the ledger is what it was when it has been
// there and back, and says it in the same words where it has a place.
func TestClientErrors(t *testing.T) {
	var answer error
	s := server()
	c := asks(t, func(w http.ResponseWriter, r *http.Request) { s.fail(w, &Request{Request: r}, answer) })
	s.logger = noLog
	saw := &cases.ConflictError{Case: clientChain, Saw: 3, Last: 30, Added: []cases.Added{{Seq: 4, Type: "contact.recorded"}, {Seq: 5, Type: "plan.changed"}}}
	for _, tt := range []struct {
		err, is error
		code    string
		says    string
	}{
		{events.ErrDuplicate, events.ErrDuplicate, "duplicate", "the id stands for another event"},
		{&cases.RuleError{Pointer: "/id", Rule: "this id is recorded for another event", Kind: events.ErrDuplicate}, events.ErrDuplicate, "duplicate", "/id: this id is recorded for another event"},
		{&cases.RuleError{Pointer: "/data/channel", Rule: "enum"}, events.ErrInvalid, "invalid", "/data/channel: enum"},
		{&cases.RuleError{Rule: "longer", Kind: events.ErrTooLarge}, events.ErrTooLarge, "too-large", "event: longer"},
		{saw, events.ErrConflict, "conflict", saw.Error()},
		{&cases.ConflictError{Saw: 9, Last: 3}, events.ErrConflict, "conflict", "the case has 3 events, not 9"},
		{events.ErrVersion, events.ErrVersion, "version", ""},
		{events.ErrSyntax, events.ErrSyntax, "syntax", ""},
		{ops.Inputf("Jane Doe"), ops.ErrInput, "input", "the request cannot be followed"},
		{cases.ErrClock, cases.ErrClock, "clock", ""},
		{ops.ErrFull, ops.ErrFull, "full", ""},
		{events.ErrReadOnly, events.ErrReadOnly, "read-only", ""},
		{events.ErrStopped, events.ErrStopped, "stopped", ""},
		{events.ErrNotFound, events.ErrNotFound, "not-found", "not found"},
		{events.ErrBroken, events.ErrBroken, "broken", ""},
		{events.ErrSealed, events.ErrSealed, "sealed", ""},
		{errors.New("Jane Doe"), nil, "failed", "something went wrong there: tell whoever runs the service the time"},
		{access.ErrToken, nil, "token", "the token is not known there, was revoked or has expired"},
		{access.ErrTokenCut, nil, "token-cut", "the token is not whole"},
		{challenge(problem("scope"), `Bearer error="insufficient_scope", scope="day:read"`), nil, "scope", "the token is not for this: it lacks the scope (day:read)"},
		{&access.WaitError{For: 9 * time.Second}, nil, "wait", "too many requests: wait and try again (10 seconds)"},
		{problem("forbidden"), nil, "forbidden", "whom the token acts as may not do this, or not in this case, if there is such a case"},
		{parameter("by"), nil, "parameter", "the service does not take a parameter that was sent (by)"},
		{errUnrecorded, nil, "unrecorded", ""},
	} {
		answer = tt.err
		_, err := c.Timeline(t.Context(), ops.TimelineOf{Case: clientChain})
		if e := ops.NewError(err); e.Code != tt.code || tt.says != "" && e.Message != tt.says || e.Message == "" {
			t.Errorf("%v: %+v", tt.err, e)
		}
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%v is no longer what it was: %v", tt.err, err)
		}
		quiet(t, err)
	}
	answer = saw
	_, err := c.Timeline(t.Context(), ops.TimelineOf{Case: clientChain})
	if e := ops.NewError(err); e.Saw != 3 || e.Last != 30 || len(e.Added) != 2 || e.Added[1] != saw.Added[1] {
		t.Errorf("%+v", e)
	}
}

// TestClientGarbage: what is no good answer is an error that says so, whatever
// it is.
func TestClientGarbage(t *testing.T) {
	event := func(chain events.Chain, seq uint64, link string, hash events.Hash) string {
		b, err := json.Marshal(ops.Event{Case: chain, Seq: seq, Link: link, Hash: hash, Body: json.RawMessage("{}")})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	good := events.Hash(sha256.Sum256([]byte("link")))
	for _, tt := range []struct {
		name, media string
		status      int
		body        string
		is          error // nil: a good answer
	}{
		{"good", jsonType, 200, event(clientChain, 3, "link", good), nil},
		{"good, with a member that is new", jsonType, 200, `{"later":1,` + event(clientChain, 3, "link", good)[1:], nil},
		{"good, with a charset", jsonType + "; charset=utf-8", 200, event(clientChain, 3, "link", good), nil},
		{"another case", jsonType, 200, event(events.Chain{8}, 3, "link", good), errForeign},
		{"another event", jsonType, 200, event(clientChain, 4, "link", good), errForeign},
		{"another link", jsonType, 200, event(clientChain, 3, "Link", good), events.ErrBroken},
		{"empty", jsonType, 200, "", errForeign},
		{"null", jsonType, 200, "null", errForeign},
		{"a list", jsonType, 200, "[]", errForeign},
		{"a page", "text/html", 200, "<p>Jane Doe", errForeign},
		{"a page as JSON", jsonType, 200, "<p>Jane Doe", errForeign},
		{"nothing in it", jsonType, 200, "{}", events.ErrVersion},
		{"a member missing", jsonType, 200, strings.Replace(event(clientChain, 3, "link", good), `"stream"`, `"Jane"`, 1), events.ErrVersion},
		{"a member of another kind", jsonType, 200, strings.Replace(event(clientChain, 3, "link", good), `"seq":3`, `"seq":"Jane"`, 1), events.ErrVersion},
		{"two answers", jsonType, 200, event(clientChain, 3, "link", good) + "{}", errForeign},
		{"cut off", jsonType, 200, event(clientChain, 3, "link", good)[:100], errForeign},
		{"no content", jsonType, 204, "", errForeign},
		{"a proxy's error", "text/html", 502, "Jane Doe", errForeign},
		{"an error that is no problem", jsonType, 400, `{"error":"Jane Doe"}`, errForeign},
		{"a problem that is none", problemType, 400, `Jane Doe`, errForeign},
		{"a problem without a code", problemType, 400, `{"title":"Jane Doe"}`, errForeign},
		{"a problem with a good status", problemType, 200, `{"code":"invalid"}`, errForeign},
		{"a problem too long", problemType, 400, `{"code":"` + strings.Repeat("x", maxProblem) + `"}`, errLong},
	} {
		c := asks(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.media)
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		})
		_, err := c.Show(t.Context(), ops.EventOf{Case: clientChain, Seq: 3})
		if !errors.Is(err, tt.is) {
			t.Errorf("%s: %v", tt.name, err)
		}
		quiet(t, err)
	}
}

// TestClientWords: what a service says reaches a terminal as words and no more.
func TestClientWords(t *testing.T) {
	c := asks(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, 422, problemType, map[string]any{"code": "invalid", "pointer": "/a\x1b[2J", "rule": "b\nc\u202e" + strings.Repeat("é", maxWords)})
	})
	_, err := c.Plan(t.Context(), ops.AsOf{Case: clientChain})
	if want := "/a?[2J: b?c?" + strings.Repeat("é", (maxWords-4)/2) + "…"; err == nil || err.Error() != want || !errors.Is(err, events.ErrInvalid) {
		t.Errorf("%v\n%s", err, want)
	}
	c = asks(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, 418, problemType, map[string]any{"code": "tea\x1b", "detail": "Jane"})
	})
	_, err = c.Plan(t.Context(), ops.AsOf{Case: clientChain})
	if e := ops.NewError(err); e.Code != "failed" || !strings.Contains(e.Message, "418") {
		t.Errorf("%+v", e)
	}
	quiet(t, err)
}

// TestClientCut: answers that end too early, never, or nowhere.
func TestClientCut(t *testing.T) {
	c := asks(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"case":`))
	})
	if _, err := c.Show(t.Context(), ops.EventOf{Case: clientChain, Seq: 3}); !errors.Is(err, errCut) {
		t.Error(err)
	}
	c = asks(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := c.Show(t.Context(), ops.EventOf{Case: clientChain, Seq: 3}); !errors.Is(err, errCut) {
		t.Error(err)
	}
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	c = asks(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		for {
			if _, err := w.Write(spaces); err != nil {
				return // nobody reads on
			}
		}
	})
	if _, err := c.Show(t.Context(), ops.EventOf{Case: clientChain, Seq: 3}); !errors.Is(err, errLong) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c = asks(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err := c.Show(ctx, ops.EventOf{Case: clientChain, Seq: 3}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestClientElsewhere: the token goes to the service that was named and to
// nobody else.
func TestClientElsewhere(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := asks(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+clientToken.Text() {
				t.Error("no token")
			}
			http.Redirect(w, r, other.URL, status)
		})
		if _, err := c.Audit(t.Context(), false, nil); err == nil || !strings.Contains(err.Error(), "sends elsewhere") {
			t.Error(status, err)
		}
	}
	if reached {
		t.Error("a redirect was followed")
	}
	for _, address := range []string{
		"", "ledger.example.org", "ftp://ledger.example.org", "https://", "https://:443", "https:ledger.example.org", "https://ledger.example.org/api/v1", "https://ledger.example.org/?",
		"https://ledger.example.org#x", "https://a:b@ledger.example.org", "https://a@ledger.example.org", "https://ledger.example.org:x", "http://ledger.example.org", "http://localhost.example.org",
		"http://127.0.0.1.example.org", "http://192.0.2.1", "http://[2001:db8::1]:8080", "HTTP://ledger.example.org", "https://ledger example.org",
	} {
		if _, err := NewClient(address, clientToken); !errors.Is(err, ErrAddress) || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, address := range []string{"https://ledger.example.org", "https://ledger.example.org/", "https://ledger.example.org:8443", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080/", "http://LOCALHOST"} {
		if _, err := NewClient(address, clientToken); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
	for address, good := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "192.0.2.1:80": false, "[2001:db8::1]:80": false} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != good {
			t.Error(address, err)
		}
	}
}

// TestClientTLS: a certificate that nobody vouches for, one for another name,
// and a good one.
func TestClientTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, 200, jsonType, ops.Search{}) }))
	s.Config.ErrorLog = nobody
	s.StartTLS()
	defer s.Close()
	search := func(address string, roots *x509.CertPool) error {
		t.Helper()
		c, err := NewClient(address, clientToken)
		if err != nil {
			t.Fatal(err)
		}
		c.http.Transport.(*http.Transport).TLSClientConfig.RootCAs = roots
		_, err = c.Search(t.Context(), ops.SearchAsk{Term: "Jane"})
		quiet(t, err)
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	if err := search(s.URL, roots); err != nil {
		t.Error(err)
	}
	var trust *tls.CertificateVerificationError
	if err := search(s.URL, nil); !errors.As(err, &trust) || !strings.Contains(err.Error(), "cannot be trusted") {
		t.Error(err)
	}
	if err := search(strings.Replace(s.URL, "127.0.0.1", "localhost", 1), roots); !errors.As(err, &trust) {
		t.Error(err)
	}
	if err := search(strings.Replace(s.URL, "https", "http", 1), roots); !errors.Is(err, errForeign) {
		t.Error(err)
	}
}

// TestClientAppend: what is sent, and what is said when it is not known whether
// it was recorded.
func TestClientAppend(t *testing.T) {
	var path, match, sent string
	answer := func(w http.ResponseWriter, r *http.Request) { write(w, 500, problemType, problem("failed").Problem) }
	c := asks(t, func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		path, match, sent = r.URL.Path, r.Header.Get("If-Match"), b.String()
		answer(w, r)
	})
	a := ops.Append{Case: &clientChain, Type: "contact.attempted", Actor: "staff-07", Expect: 12, Occurred: []byte(`{"from":1}`), Data: []byte(`{"text":"a < b & \u00e9"}`)}
	_, err := c.Append(t.Context(), a)
	id := path[strings.LastIndex(path, "/")+1:]
	if _, bad := events.ParseID(id); bad != nil || path != Root+"/cases/"+clientChain.String()+"/events/"+id {
		t.Error(path)
	}
	if want := `{"type":"contact.attempted","actor":"staff-07","occurred":{"from":1},"data":{"text":"a < b & \u00e9"}}` + "\n"; sent != want || match != `"12"` {
		t.Errorf("%s %s", match, sent)
	}
	if e := ops.NewError(err); e.Code != "failed" || !strings.Contains(e.Message, "send it again with --id "+id) {
		t.Errorf("%+v", e)
	}
	for name, h := range map[string]http.HandlerFunc{
		"a gateway's error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(504) },
		"nothing":           func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"another event": func(w http.ResponseWriter, _ *http.Request) {
			write(w, 201, jsonType, ops.Appended{Case: clientChain, Seq: 3})
		},
		"a stop": func(w http.ResponseWriter, _ *http.Request) { write(w, 503, problemType, problem("stopped").Problem) },
	} {
		answer = h
		if _, err := c.Append(t.Context(), a); err == nil || !strings.Contains(err.Error(), "--id") {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer = func(w http.ResponseWriter, _ *http.Request) { write(w, 422, problemType, problem("invalid").Problem) }
	if _, err := c.Append(t.Context(), a); !errors.Is(err, events.ErrInvalid) || strings.Contains(err.Error(), "--id") {
		t.Error(err)
	}
	a.Case = nil
	for name, change := range map[string]func(*ops.Append){
		"the service's own": func(a *ops.Append) { a.Type = "policy.set"; a.Expect = 0 },
		"a new case's past": func(*ops.Append) {},
	} {
		other := a
		change(&other)
		path = ""
		var unserved *UnservedError
		if _, err := c.Append(t.Context(), other); !errors.As(err, &unserved) || path != "" {
			t.Errorf("%s: %v, asked %q", name, err, path)
		}
	}
}
