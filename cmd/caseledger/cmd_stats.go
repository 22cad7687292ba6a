package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) statsCommand() *cobra.Command {
	var of asOfFlags
	var from, to string
	cmd := &cobra.Command{
		Use:   "stats [--from DATE --to DATE] [--as-known TIME] [--as-happened TIME]",
		Short: "Print the figures for commissioners",
		Long: `Print the figures for commissioners: referrals by source, risk, time to the
first attempt, repeats, needs, ages, children, Marac actions done in time, help
needed in each area at intake, review and exit, and the caseload. Counts below
the figure suppress-under are not shown, nor any other from which one of them
could be worked out, in any of the tables: an asterisk stands for both. No line
is about one client. Both days are included; without them it is the twelve
months up to now.`,
		Example: "  caseledger stats --from 2026-07-01 --to 2026-09-30\n  caseledger stats --as-known 2026-10-26 --json",
		Args:    cobra.NoArgs,
	}
	of.addTimes(cmd)
	cmd.Flags().StringVar(&from, "from", "", "the first `day` (2026-07-01)")
	cmd.Flags().StringVar(&to, "to", "", "the last `day`")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		var ask ops.CountStats
		err := of.readTimes(cmd, &ask.AsKnown, &ask.AsHappened, &ask.Now)
		if err != nil {
			return err
		}
		for _, d := range []struct {
			name, value string
			to          *clock.Date
		}{{"from", from, &ask.From}, {"to", to, &ask.To}} {
			if !cmd.Flags().Changed(d.name) {
				continue
			}
			if *d.to, err = clock.ParseDate(d.value); err != nil {
				return usageError("--" + d.name + " must be a date like 2026-07-01")
			}
		}
		if !ask.From.IsZero() && !ask.To.IsZero() && ask.To < ask.From {
			return usageError("--to is before --from")
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			tell, done := a.progress("reading cases")
			s, err := l.Stats(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) { printStats(w, &s) })
		})(cmd, args)
	})
	return cmd
}

func printStats(w io.Writer, s *views.Stats) {
	fmt.Fprintf(w, "%s to %s, as of %s, policy version %d\n", clock.OnDate(s.From).Say(), clock.OnDate(s.To).Say(), s.At.Say(), s.Policy.Version)
	for i := range s.Tables {
		table := &s.Tables[i]
		fmt.Fprintf(w, "\n%s (%s): %s\n", table.Title, table.Unit, countWords(table.Total))
		t := newTable(w)
		addRows(t, table.Rows, "  ")
		if len(table.Rows) > 0 {
			t.print()
		}
		if table.Median != nil {
			fmt.Fprintf(w, "  Median %g working days\n", *table.Median)
		}
	}
	fmt.Fprintf(w, "\nAdvisers: %d, with %s; at the cap or over: %s, over: %s\n",
		s.Staff.Advisers, plural(s.Staff.Places, "place"), countWords(s.Staff.Full), countWords(s.Staff.Over))
	fmt.Fprintf(w, "\n* not shown: %s\n", plural(s.Held, "count"))
	for _, n := range s.Notes {
		fmt.Fprintln(w, n)
	}
}

func addRows(t sheet, rows []views.Row, indent string) {
	for _, r := range rows {
		percent := ""
		if r.Share != nil {
			percent = fmt.Sprintf("%d %%", *r.Share)
		}
		t.AppendRow([]any{indent + r.Title, countWords(r.Count), percent})
		addRows(t, r.Rows, indent+strings.Repeat(" ", 2))
	}
}

func countWords(n *int) string {
	if n == nil {
		return "*"
	}
	return fmt.Sprint(*n)
}
