package evidence_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"caseledger/evidence"
	"caseledger/schemas"
)

// A request that breaks a rule is refused by the name of its field, without what
// stands in it.
func TestRequest(t *testing.T) {
	l, c := ledger("request")
	for _, tt := range []struct {
		name   string
		change func(*evidence.Request)
		want   string
	}{
		{"empty", func(r *evidence.Request) { r.Officer = "" }, "request, officer: is empty"},
		{"blank", func(r *evidence.Request) { r.Force = " \t" }, "request, force: is empty"},
		{"two lines", func(r *evidence.Request) { r.Officer = "DC\n4471" }, "request, officer: is not one line"},
		{"a delete", func(r *evidence.Request) { r.Officer = "DC\x7f" }, "request, officer: is not one line"},
		{"not UTF-8", func(r *evidence.Request) { r.Reference = "\xff" }, "request, reference: is not UTF-8"},
		{"too long", func(r *evidence.Request) { r.Reference = strings.Repeat("ä", 501) }, "request, reference: is longer"},
		{"no such day", func(r *evidence.Request) { r.From = "2026-02-29" }, "request, from: is not a date"},
		{"a time", func(r *evidence.Request) { r.From = "2026-10-01T00:00:00+01:00" }, "request, from: is not a date"},
		{"year 0", func(r *evidence.Request) { r.From = "0000-10-01" }, "request, from: is not a date"},
		{"to before from", func(r *evidence.Request) { r.To = "2026-09-30" }, "request, to: is before from"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := input(l, c)
			tt.change(&in.Request)
			_, err := evidence.Export(t.Context(), l, schemas.Default(), in, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, evidence.ErrInput) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "Ferris") || strings.Contains(err.Error(), "SP/26")) {
				t.Errorf("%v quotes a value", err)
			}
		})
	}
}
