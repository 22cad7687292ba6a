package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"caseledger/internal/ops"
)

// Reader is what the site needs of a ledger.
type Reader interface {
	Health(ctx context.Context) (ops.Health, error)
}

// Site serves /healthz and /metrics to who asks under one of local, the names
// of this machine's own address, and everything else from the pages. Through
// another name neither can be read.
func Site(l Reader, metrics prometheus.Gatherer, local []string, pages http.Handler) http.Handler {
	own := http.NewServeMux()
	own.Handle("GET /healthz", Health(l))
	own.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.URL.Path == "/healthz" || r.URL.Path == "/metrics") && slices.Contains(local, strings.ToLower(r.Host)) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "no-store")
			own.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// LocalHosts are the names under which a listener on this machine's own
// address may be asked for.
func LocalHosts(addr net.Addr) []string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return nil
	}
	return []string{"127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port}
}

// Health answers 200 when the ledger records and reads, else 503, with what is
// the matter.
func Health(l Reader) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		health, err := l.Health(r.Context())
		if err != nil {
			health = ops.Health{Status: "failed", Reason: ops.Code(err)}
		}
		begin(w)
		if health.Status != "ok" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(health)
	})
}
