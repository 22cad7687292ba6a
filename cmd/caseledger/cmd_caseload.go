package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) caseloadCommand() *cobra.Command {
	var adviser string
	var loads bool
	cmd := &cobra.Command{
		Use:   "caseload [--adviser A] [--loads]",
		Short: "List cases: open ones first, the highest risk first",
		Long: `List cases as they are now, open ones first, the highest risk first. With
--adviser those of one adviser, and how many they are against the cap: her or his
own or the policy's, and why it is passed. With --loads that of every adviser,
for which all cases are read.`,
		Example: "  caseledger caseload --adviser staff-07\n  caseledger caseload --loads --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&adviser, "adviser", "", "only the cases of this `adviser`")
	cmd.Flags().BoolVar(&loads, "loads", false, "every adviser's load against the cap")
	cmd.RunE = a.onServed(func(ctx context.Context, l ops.Served) error {
		list := caseload{Loads: []views.Load{}}
		var err error
		if list.Caseload, err = l.Caseload(ctx, adviser); err != nil {
			return err
		}
		if loads || adviser != "" {
			tell, done := a.progress("reading cases")
			r, err := l.Loads(ctx, ops.ViewOf{Staff: adviser}, tell)
			done()
			if err != nil {
				return err
			}
			list.Loads = r.Loads
		}
		return a.print(list, func(w io.Writer) {
			for i := range list.Loads {
				load := &list.Loads[i]
				fmt.Fprintf(w, "%s: %s, %s\n", cmp.Or(load.Adviser, "nobody"), load.Level, load.Why)
			}
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

// caseload is a list of cases and what of it counts against the cap.
type caseload struct {
	ops.Caseload
	Loads []views.Load `json:"loads"` // none unless asked for
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
