package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) planCommand() *cobra.Command {
	var of asOfFlags
	cmd := &cobra.Command{
		Use:   "plan --case ID [--actor STAFF] [--as-known TIME] [--as-happened TIME]",
		Short: "Show the safety plan of a case, each action with its history",
		Long: `Show the safety plan of a case in its five areas, money, life, time, safety
and health: each action with the risk it reduces, who does it, by when, where
it stands and what came of it, and below it every event that made or changed
it. An action with the aim of an earlier one names that.`,
		Example: "  caseledger plan --case 7c1e…\n  caseledger plan --case 7c1e… --as-known 2026-10-28 --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			p, err := l.Plan(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(p, func(w io.Writer) { printPlan(w, &p) })
		})(cmd, args)
	})
	return cmd
}

func printPlan(w io.Writer, p *views.Plan) {
	fmt.Fprintf(w, "Plan of case %s (%s) as of %s\n", p.Case, p.Initials, p.At.Say())
	for i := range p.Areas {
		area := &p.Areas[i]
		if len(area.Actions) == 0 {
			fmt.Fprintf(w, "\n%s: no actions\n", area.Area)
			continue
		}
		fmt.Fprintf(w, "\n%s: %d open, %d overdue\n", area.Area, area.Open, area.Overdue)
		for k := range area.Actions {
			x := &area.Actions[k]
			fmt.Fprintf(w, "  %s %s%s: %s\n", x.ID, x.Status, yes(x.Overdue, " OVERDUE"), x.Aim)
			detail := []string{"owner " + x.Owner}
			if !x.Due.IsZero() {
				detail = append(detail, "due "+x.Due.Say())
			}
			for _, d := range []struct {
				name  string
				value *string
			}{{"against", x.Risk}, {"funding", x.Funding}, {"outcome", x.Outcome}} {
				if d.value != nil {
					detail = append(detail, d.name+": "+*d.value)
				}
			}
			fmt.Fprintf(w, "    %s\n", strings.Join(detail, "; "))
			if len(x.Repeats) > 0 {
				fmt.Fprintf(w, "    the same aim as %s: look at what came of it first\n", strings.Join(x.Repeats, ", "))
			}
			for _, h := range x.History {
				what := "planned"
				if len(h.Changed) > 0 {
					what = strings.Join(h.Changed, ", ") + " changed"
				}
				fmt.Fprintf(w, "    event %d, %s, %s: %s, now %s\n", h.Seq, h.On.Say(), h.By, what, h.Status)
			}
		}
	}
}
