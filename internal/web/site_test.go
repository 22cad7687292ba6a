package web_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/internal/ops"
	"caseledger/internal/web"
)

func site(t *testing.T, f *fake, target, host string) *httptest.ResponseRecorder {
	t.Helper()
	observed, metrics := web.Observe(f)
	// Something to count, with an error of each kind of word in it.
	_, _ = observed.Append(context.Background(), ops.Append{Actor: "staff-07"})
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	r := httptest.NewRequest("GET", target, nil)
	r.Host = host
	w := httptest.NewRecorder()
	web.Site(observed, metrics, web.LocalHosts(addr)).ServeHTTP(w, r)
	return w
}

func TestSitePage(t *testing.T) {
	w := site(t, &fake{}, "/?adviser=staff-07", "localhost:8080")
	page := w.Body.String()
	if w.Code != 200 {
		t.Fatal(w.Code, page)
	}
	for _, want := range []string{
		"<title>Caseload – caseledger</title>", "<caption", `scope="col"`, `scope="row"`, "ab010000", "SAFE: text only, code word set",
		">high</span>", "27 Oct 2026, 14:05", ">repeat</span>", "<td>QX</td>", "the key of this case is gone", `lang="en-GB"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// Nothing runs in the page, and nothing comes from elsewhere.
	for _, never := range []string{"<script", "style=", "http://", "https://"} {
		if strings.Contains(page, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	for header, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
}

// TestSiteEscapes: what comes from outside is text.
func TestSiteEscapes(t *testing.T) {
	w := site(t, &fake{}, "/?adviser=%3Cscript%3Ealert(1)%3C/script%3E", "127.0.0.1:8080")
	if strings.Contains(w.Body.String(), "<script") {
		t.Error("not escaped")
	}
}

// TestSiteHosts: a page elsewhere that has its name point here gets nothing.
func TestSiteHosts(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:8080": 200, "LOCALHOST:8080": 200, "[::1]:8080": 200,
		"evil.example": 421, "evil.example:8080": 421, "127.0.0.1": 421, "127.0.0.1:8081": 421, "": 421, "localhost.evil.example:8080": 421,
	} {
		for _, path := range []string{"/", "/healthz", "/metrics", "/static/site.css"} {
			if w := site(t, &fake{}, path, host); w.Code != want {
				t.Errorf("%q%s: %d, want %d", host, path, w.Code, want)
			}
		}
	}
}

func TestSitePaths(t *testing.T) {
	for path, want := range map[string]int{
		"/": 200, "/healthz": 200, "/metrics": 200, "/static/site.css": 200, "/static/": 200,
		"/v1/policy": 404, "/static/../web.go": 404, "/debug/pprof/": 404,
	} {
		if w := site(t, &fake{}, path, "localhost:8080"); w.Code != want && !(w.Code == 301 || w.Code == 307) {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestHealth(t *testing.T) {
	w := site(t, &fake{}, "/healthz", "localhost:8080")
	var h ops.Health
	if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil || w.Code != 200 || h.Status != "ok" {
		t.Errorf("%d, %+v, %v", w.Code, h, err)
	}
	w = site(t, &fake{err: events.ErrStopped}, "/healthz", "localhost:8080")
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"reason":"stopped"`) {
		t.Errorf("%d, %s", w.Code, w.Body)
	}
}

// TestMetrics count operations and outcomes, and name nobody.
func TestMetrics(t *testing.T) {
	text := site(t, &fake{}, "/metrics", "localhost:8080").Body.String()
	for _, want := range []string{
		"caseledger_events 9", "caseledger_signed_events 7", "caseledger_ok 1",
		`caseledger_calls_total{operation="append",outcome="ok"} 1`, "caseledger_call_seconds_bucket", "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(text, "staff-07") || strings.Contains(text, "ab01") {
		t.Error("metrics name somebody")
	}
	if text := site(t, &fake{err: events.ErrConflict}, "/metrics", "localhost:8080").Body.String(); !strings.Contains(text, `outcome="conflict"`) || !strings.Contains(text, "caseledger_ok 0") {
		t.Error("errors are not counted by kind")
	}
}
