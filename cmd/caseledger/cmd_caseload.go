package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) caseloadCommand() *cobra.Command {
	var adviser string
	cmd := &cobra.Command{
		Use:     "caseload [--adviser A]",
		Short:   "List cases: open ones first, the highest risk first",
		Example: "  caseledger caseload --adviser staff-07",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&adviser, "adviser", "", "only the cases of this `adviser`")
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		list, err := l.Caseload(ctx, adviser)
		if err != nil {
			return err
		}
		return a.print(list, func(w io.Writer) {
			if len(list.Cases) == 0 {
				fmt.Fprintln(w, "no cases")
				return
			}
			t := newTable(w, "Case", "Who", "Status", "Risk", "Marks", "Safe contact", "Adviser", "Last contact", "Next", "Overdue", "Events")
			for i := range list.Cases {
				c := &list.Cases[i]
				if c.Missing != "" {
					t.AppendRow([]any{c.Case, "", c.Missing})
					continue
				}
				t.AppendRow([]any{
					c.Case, c.Initials, c.Status, strings.TrimSpace(c.Risk + " " + string(c.RiskAt)[:min(10, len(c.RiskAt))]), caseMarks(c), c.SafeContact.Line, c.Adviser,
					dateTime(c.LastContact), dateTime(c.NextPlanned), c.Overdue, c.Events,
				})
			}
			t.print()
		})
	})
	return cmd
}

// caseMarks are what must be in sight wherever a case is.
func caseMarks(c *ops.Case) string {
	var m []string
	for _, mark := range []string{
		yes(c.Repeat, "REPEAT"), yes(c.HonourBased, "honour-based"), yes(c.Interpreter, "interpreter"), yes(c.Under18, "under 18"),
	} {
		if mark != "" {
			m = append(m, mark)
		}
	}
	return strings.Join(m, ", ")
}
