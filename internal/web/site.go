package web

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"caseledger/internal/ops"
)

//go:embed static/*.css
var static embed.FS

//go:embed caseload.html
var caseloadHTML string

var caseloadPage = template.Must(template.New("caseload").Funcs(template.FuncMap{
	"short": func(c fmt.Stringer) string { return c.String()[:8] },
	"when":  when,
	"marks": marks,
}).Parse(caseloadHTML))

// Reader is what the site needs of a ledger.
type Reader interface {
	Caseload(ctx context.Context, adviser string) (ops.Caseload, error)
	Health(ctx context.Context) (ops.Health, error)
}

// Site serves what may be seen without signing in, on an address of this
// machine: a read-only caseload without names, addresses or words, /healthz
// and /metrics. Requests that name another host than hosts are refused, so
// that no page elsewhere can read it through a visitor's browser.
func Site(l Reader, metrics prometheus.Gatherer, hosts []string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { caseload(w, r, l) })
	mux.Handle("GET /healthz", Health(l))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(sub)))
	return secure(mux, hosts)
}

// secure refuses other hosts and closes the page to everything but itself.
func secure(next http.Handler, hosts []string) http.Handler {
	allowed := map[string]bool{}
	for _, h := range hosts {
		allowed[strings.ToLower(h)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if !allowed[strings.ToLower(r.Host)] {
			http.Error(w, "this service answers to its own name only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
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

// caseloadView is what the page shows.
type caseloadView struct {
	Adviser                     string
	Cases                       []ops.Case
	Open, High, Overdue, Unread int
	Health                      ops.Health
}

func caseload(w http.ResponseWriter, r *http.Request, l Reader) {
	v := caseloadView{Adviser: r.URL.Query().Get("adviser")}
	list, err := l.Caseload(r.Context(), v.Adviser)
	if err == nil {
		v.Health, err = l.Health(r.Context())
	}
	if err != nil {
		http.Error(w, "the caseload cannot be shown: "+ops.Code(err), http.StatusInternalServerError)
		return
	}
	v.Cases = list.Cases
	for i := range v.Cases {
		c := &v.Cases[i]
		if c.Status == "open" {
			v.Open++
		}
		if c.Status == "open" && c.Risk == "high" {
			v.High++
		}
		if c.Missing != "" {
			v.Unread++
		}
		v.Overdue += c.Overdue
	}
	var page bytes.Buffer
	if err := caseloadPage.Execute(&page, v); err != nil {
		http.Error(w, "the caseload cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}

// when puts a date or time as people read it.
func when(w ops.When) string {
	if t, err := time.Parse(time.RFC3339, string(w)); err == nil {
		return t.Format("2 Jan 2006, 15:04")
	}
	if t, err := time.Parse(time.DateOnly, string(w)); err == nil {
		return t.Format("2 Jan 2006")
	}
	return "none"
}

// marks are what must be in sight wherever a case is, in words.
func marks(c ops.Case) []string {
	var m []string
	for _, mark := range []struct {
		on   bool
		text string
	}{
		{c.Repeat, "repeat"}, {c.HonourBased, "honour-based"}, {c.Interpreter, "interpreter"}, {c.Under18, "under 18"},
	} {
		if mark.on {
			m = append(m, mark.text)
		}
	}
	return m
}
