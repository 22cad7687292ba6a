package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"caseledger/internal/mail"
)

// mailing tells how mail goes out when it is asked.
type mailing struct{ status func() mail.Status }

var (
	mailWaitingDesc = prometheus.NewDesc("caseledger_mail_waiting", "People who are to be asked by email to sign in.", nil, nil)
	mailSentDesc    = prometheus.NewDesc("caseledger_mail_sent_total", "Messages that the mail server took.", nil, nil)
	mailGivenUpDesc = prometheus.NewDesc("caseledger_mail_given_up_total", "Messages that were refused for good, or tried for a day.", nil, nil)
	mailOKDesc      = prometheus.NewDesc("caseledger_mail_ok", "1 when the last message that was tried went out, else 0.", nil, nil)
)

// ObserveMail adds how mail goes out to a registry of Observe.
func ObserveMail(r *prometheus.Registry, status func() mail.Status) { r.MustRegister(mailing{status}) }

// Describe implements prometheus.Collector.
func (m mailing) Describe(out chan<- *prometheus.Desc) {
	out <- mailWaitingDesc
	out <- mailSentDesc
	out <- mailGivenUpDesc
	out <- mailOKDesc
}

// Collect implements prometheus.Collector.
func (m mailing) Collect(out chan<- prometheus.Metric) {
	s, ok := m.status(), 1.0
	if s.Problem != "" {
		ok = 0
	}
	out <- prometheus.MustNewConstMetric(mailWaitingDesc, prometheus.GaugeValue, float64(s.Waiting))
	out <- prometheus.MustNewConstMetric(mailSentDesc, prometheus.CounterValue, float64(s.Sent))
	out <- prometheus.MustNewConstMetric(mailGivenUpDesc, prometheus.CounterValue, float64(s.GivenUp))
	out <- prometheus.MustNewConstMetric(mailOKDesc, prometheus.GaugeValue, ok)
}
