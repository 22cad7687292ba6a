package web

import (
	"context"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"caseledger/internal/cases"
	"caseledger/internal/ops"
)

// observed counts and times what is asked of a ledger. Its labels are names of
// operations and codes of errors: never a case, an adviser or a word.
type observed struct {
	ops.Ledger
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	imported *prometheus.CounterVec
}

// Observe returns l with its calls counted in a registry of their own, which
// also tells the ledger's size and health and the process's use of the
// machine.
func Observe(l ops.Ledger) (ops.Ledger, *prometheus.Registry) {
	o := &observed{
		Ledger: l,
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "caseledger_calls_total", Help: "Operations by name and outcome: ok or the code of the error.",
		}, []string{"operation", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "caseledger_call_seconds", Help: "How long operations took.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .03, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"operation"}),
		imported: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "caseledger_import_lines_total", Help: "Lines of imports: recorded, present or refused.",
		}, []string{"outcome"}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(o.calls, o.duration, o.imported, &state{l},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o, r
}

// state tells the ledger's own figures when it is asked.
type state struct{ l ops.Ledger }

var (
	eventsDesc = prometheus.NewDesc("caseledger_events", "Events in the archive.", nil, nil)
	signedDesc = prometheus.NewDesc("caseledger_signed_events", "Events under the newest signed checkpoint.", nil, nil)
	okDesc     = prometheus.NewDesc("caseledger_ok", "1 when the ledger records and reads, else 0.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *state) Describe(out chan<- *prometheus.Desc) {
	out <- eventsDesc
	out <- signedDesc
	out <- okDesc
}

// Collect implements prometheus.Collector.
func (s *state) Collect(out chan<- prometheus.Metric) {
	ok := 0.0
	if h, err := s.l.Health(context.Background()); err == nil {
		if h.Status == "ok" {
			ok = 1
		}
		out <- prometheus.MustNewConstMetric(eventsDesc, prometheus.GaugeValue, float64(h.Events))
		out <- prometheus.MustNewConstMetric(signedDesc, prometheus.GaugeValue, float64(h.Signed))
	}
	out <- prometheus.MustNewConstMetric(okDesc, prometheus.GaugeValue, ok)
}

// observe does an operation and puts it down.
func observe[R any](o *observed, operation string, do func() (R, error)) (R, error) {
	began := time.Now()
	r, err := do()
	outcome := "ok"
	if err != nil {
		outcome = ops.Code(err)
	}
	o.calls.WithLabelValues(operation, outcome).Inc()
	o.duration.WithLabelValues(operation).Observe(time.Since(began).Seconds())
	return r, err
}

func (o *observed) Append(ctx context.Context, a ops.Append) (ops.Appended, error) {
	return observe(o, "append", func() (ops.Appended, error) { return o.Ledger.Append(ctx, a) })
}

func (o *observed) Import(ctx context.Context, in io.Reader) (cases.Report, error) {
	report, err := observe(o, "import", func() (cases.Report, error) { return o.Ledger.Import(ctx, in) })
	o.imported.WithLabelValues("recorded").Add(float64(report.Recorded))
	o.imported.WithLabelValues("present").Add(float64(report.Present))
	o.imported.WithLabelValues("refused").Add(float64(report.Refused))
	return report, err
}

func (o *observed) Caseload(ctx context.Context, adviser string) (ops.Caseload, error) {
	return observe(o, "caseload", func() (ops.Caseload, error) { return o.Ledger.Caseload(ctx, adviser) })
}

func (o *observed) Timeline(ctx context.Context, of ops.TimelineOf) (ops.Timeline, error) {
	return observe(o, "timeline", func() (ops.Timeline, error) { return o.Ledger.Timeline(ctx, of) })
}

func (o *observed) Show(ctx context.Context, of ops.EventOf) (ops.Event, error) {
	return observe(o, "show", func() (ops.Event, error) { return o.Ledger.Show(ctx, of) })
}

func (o *observed) Export(ctx context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	return observe(o, "export", func() (ops.Exported, error) { return o.Ledger.Export(ctx, e, out) })
}

func (o *observed) Accesses(ctx context.Context, a ops.AccessAsk) (ops.Accesses, error) {
	return observe(o, "accesses", func() (ops.Accesses, error) { return o.Ledger.Accesses(ctx, a) })
}

func (o *observed) Accounts(ctx context.Context) (ops.Accounts, error) {
	return observe(o, "accounts", func() (ops.Accounts, error) { return o.Ledger.Accounts(ctx) })
}

func (o *observed) ChangeAccount(ctx context.Context, c ops.ChangeAccount) (ops.AccountChanged, error) {
	return observe(o, "change-account", func() (ops.AccountChanged, error) { return o.Ledger.ChangeAccount(ctx, c) })
}

func (o *observed) Tokens(ctx context.Context) (ops.Tokens, error) {
	return observe(o, "tokens", func() (ops.Tokens, error) { return o.Ledger.Tokens(ctx) })
}

func (o *observed) MakeToken(ctx context.Context, m ops.MakeToken) (ops.TokenMade, error) {
	return observe(o, "make-token", func() (ops.TokenMade, error) { return o.Ledger.MakeToken(ctx, m) })
}

func (o *observed) RevokeToken(ctx context.Context, r ops.RevokeToken) (ops.Token, error) {
	return observe(o, "revoke-token", func() (ops.Token, error) { return o.Ledger.RevokeToken(ctx, r) })
}

func (o *observed) Audit(ctx context.Context, full bool, p ops.Progress) (ops.Audit, error) {
	return observe(o, "audit", func() (ops.Audit, error) { return o.Ledger.Audit(ctx, full, p) })
}

func (o *observed) Rebuild(ctx context.Context, p ops.Progress) (ops.Rebuilt, error) {
	return observe(o, "rebuild", func() (ops.Rebuilt, error) { return o.Ledger.Rebuild(ctx, p) })
}
