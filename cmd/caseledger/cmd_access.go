package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

func (a *app) accessCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "access",
		Short: "Who opened what",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.accessListCommand())
	return cmd
}

func (a *app) accessListCommand() *cobra.Command {
	var actor, chain, since, until string
	var ask ops.AccessAsk
	cmd := &cobra.Command{
		Use:   "list --actor STAFF",
		Short: "Show who signed in, opened, looked for, printed or exported what",
		Long: `Show the access ledger, oldest first: who, when, in which session, and what was
asked for; no word of what was read. For auditors and managers; the list itself is recorded
in the access ledger before it is shown. Below it, cases opened in an emergency that
nobody independent has looked at.`,
		Example: "  caseledger access list --actor staff-09 --since 2026-11-01\n  caseledger access list --actor staff-09 --case 7c1e… --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&actor, "actor", "", "for this auditor or manager: a `staff` number")
	cmd.Flags().StringVar(&chain, "case", "", "only about the case of this `number`")
	cmd.Flags().StringVar(&ask.Which.Staff, "staff", "", "only what this member of `staff` did")
	cmd.Flags().StringSliceVar(&ask.Which.Types, "type", nil, "only entries of this `type`, such as case.opened; may be given again")
	cmd.Flags().StringVar(&since, "since", "", "only from this `time` (2026-10-28T17:00:00Z) or day on")
	cmd.Flags().StringVar(&until, "until", "", "only until this `time` or the end of this day")
	cmd.Flags().IntVar(&ask.Which.Limit, "limit", 200, "the newest so `many`; 0: all")
	cmd.RunE = a.does(func(cmd *cobra.Command, _ []string) (err error) {
		if err := required(cmd, "actor"); err != nil {
			return err
		}
		ask.Actor = actor
		if cmd.Flags().Changed("case") {
			c, err := parseCase(chain)
			if err != nil {
				return err
			}
			ask.Which.Case = &c
		}
		for _, typ := range ask.Which.Types {
			if !slices.Contains(schemas.Access().Types(), typ) {
				return usageError("--type must be one of " + strings.Join(schemas.Access().Types(), ", "))
			}
		}
		if ask.Which.Limit < 0 {
			return usageError("--limit must not be below 0")
		}
		if cmd.Flags().Changed("since") {
			if ask.Which.From, err = parseFrom(since); err != nil {
				return usageError("--since must be a time like 2026-10-28T17:00:00Z or a date like 2026-10-28")
			}
		}
		if cmd.Flags().Changed("until") {
			if ask.Which.To, err = parseAsKnown(until); err != nil {
				return usageError("--until must be a time like 2026-10-28T17:00:00Z or a date like 2026-10-28")
			}
		}
		l, err := a.openServed(cmd.Context())
		if err != nil {
			return err
		}
		r, err := l.Accesses(cmd.Context(), ask)
		if closed := l.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) { printAccesses(w, &r) })
	})
	return cmd
}

// parseFrom reads a time, or a day as its beginning in London.
func parseFrom(s string) (time.Time, error) {
	if d, err := clock.ParseDate(s); err == nil {
		return d.Start(), nil
	}
	return time.Parse(time.RFC3339, s)
}

func printAccesses(w io.Writer, r *ops.Accesses) {
	if len(r.Entries) == 0 {
		fmt.Fprintln(w, "Nothing of this is recorded.")
	} else {
		printAccessRows(w, r.Entries)
	}
	if n := uint64(len(r.Unreviewed)); n > 0 {
		fmt.Fprintf(w, "\n%s opened in an emergency and not yet reviewed:\n", plural(n, "case"))
		printAccessRows(w, r.Unreviewed)
	}
}

func printAccessRows(w io.Writer, rows []accesslog.Row) {
	t := newTable(w, "When", "Who", "What", "Case", "Session")
	for _, r := range rows {
		who, what, of := r.Staff, r.Type, ""
		if r.Role != "" {
			who += ", " + r.Role
		}
		if r.Account != "" {
			what += " of " + r.Account
		}
		if r.Glass {
			what += ", by broken glass"
		}
		if command := r.Command(); command != "" {
			what += ", on the command line: " + command
		}
		if r.Destroyed {
			what = "its month's key was destroyed"
		}
		if r.Case != nil {
			of = r.Case.String()
		}
		t.AppendRow([]any{clock.Format(r.At), who, what, of, fmt.Sprintf("%s %d", r.Session.String()[:8], r.Seq)})
	}
	t.print()
}
