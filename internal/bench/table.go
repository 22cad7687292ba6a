//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A row is one line of the result. Every figure in it was measured in this
// run; the budget is DESIGN's, section 7.
type row struct {
	Group    string   `json:"group"` // as in --only
	Work     string   `json:"work"`
	Measured string   `json:"measured"`
	P50      float64  `json:"p50_ms,omitempty"`
	P99      float64  `json:"p99_ms,omitempty"`
	Against  string   `json:"against,omitempty"` // what it is compared with, and what that did
	Ratio    float64  `json:"ratio,omitempty"`   // ours over theirs; more is better
	Budget   string   `json:"budget,omitempty"`
	Holds    *bool    `json:"holds,omitempty"`
	Rounds   int      `json:"rounds"`
	Values   []value  `json:"values"`
	profile  *profile // how to profile it again
}

// value is a figure of a row for a program to read.
type value struct {
	Name string  `json:"name"`
	Unit string  `json:"unit"`
	Is   float64 `json:"is"`
}

// profile says how a row's work is done once more under the profiler.
type profile struct {
	name string // file name without extension
	run  func(path string) error
}

// report is the result of a run.
type report struct {
	Machine string   `json:"machine"`
	Notes   []string `json:"notes"`
	Rows    []row    `json:"rows"`
}

// judge sets the budget and whether it holds.
func (r *row) judge(budget string, holds bool) *row {
	r.Budget, r.Holds = budget, &holds
	return r
}

func (r *report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) write(w io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"work", "measured", "p50 ms", "p99 ms", "compared with", "ratio", "budget", "holds", "runs"})
	last := row{}
	for _, row := range r.Rows {
		if row.Group != last.Group && last.Group != "" {
			t.AppendSeparator()
		}
		if row.Group == last.Group && row.Work == last.Work {
			// The same figures, compared with something else.
			t.AppendRow(table.Row{"", "", "", "", row.Against, figure(row.Ratio, " ×"), row.Budget, holds(row.Holds), ""})
			continue
		}
		last = row
		t.AppendRow(table.Row{row.Work, row.Measured, figure(row.P50, ""), figure(row.P99, ""), row.Against, figure(row.Ratio, " ×"), row.Budget, holds(row.Holds), row.Rounds})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}})
	fmt.Fprintln(w, r.Machine)
	t.Render()
	for _, n := range r.Notes {
		fmt.Fprintln(w, "-", n)
	}
}

func holds(h *bool) string {
	switch {
	case h == nil:
		return ""
	case *h:
		return "yes"
	}
	return "NO"
}

// figure writes three significant figures, and nothing for nothing.
func figure(v float64, unit string) string {
	if v == 0 {
		return ""
	}
	return number(v) + unit
}

// number writes v with about three significant figures and groups of three.
func number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 10_000:
		return thousands(math.Round(v))
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func perSecond(v float64) string { return number(v) + "/s" }

func micros(d time.Duration) string {
	return number(float64(d.Nanoseconds())/1e3) + " µs"
}

func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func mebibytes(b uint64) string { return number(float64(b)/(1<<20)) + " MiB" }
