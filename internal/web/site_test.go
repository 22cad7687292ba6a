package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
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
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the pages") })
	web.Site(observed, metrics, web.LocalHosts(addr), pages).ServeHTTP(w, r)
	return w
}

// TestSiteHosts: health and metrics are for this machine; under every other
// name the pages are asked, which know theirs.
func TestSiteHosts(t *testing.T) {
	for host, own := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:8080": true, "LOCALHOST:8080": true, "[::1]:8080": true,
		"cases.example.org": false, "evil.example:8080": false, "127.0.0.1": false, "127.0.0.1:8081": false, "": false, "localhost.evil.example:8080": false,
	} {
		for _, path := range []string{"/healthz", "/metrics"} {
			if w := site(t, &fake{}, path, host); (w.Body.String() != "the pages") != own {
				t.Errorf("%q%s: %d %s", host, path, w.Code, w.Body)
			}
		}
		for _, path := range []string{"/", "/day", "/v1/policy", "/metrics/", "/debug/pprof/"} {
			if w := site(t, &fake{}, path, host); w.Body.String() != "the pages" {
				t.Errorf("%q%s: %d %s", host, path, w.Code, w.Body)
			}
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
