package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
)

func (a *app) handoverCommand() *cobra.Command {
	var of viewFlags
	cmd := &cobra.Command{
		Use:   "handover [--actor STAFF] [--as-known TIME] [--as-happened TIME] [--now TIME]",
		Short: "List the handovers to the helpline, and its calls that nobody followed up",
		Long: `List the handovers that hold now or will, the highest risk first, and the calls
to the helpline that nobody has followed up, danger first. Whom to ask for, who
may ring and the paragraph stand in the event (caseledger show). A handover is
marked when safe contact was set anew after it. With --actor, without the cases
from which she or he is excluded.

` + viewHelp,
		Example: "  caseledger handover\n  caseledger handover --as-known 2026-10-25T02:00:00Z --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			tell, done := a.progress("reading cases")
			h, err := l.Handovers(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(h, func(w io.Writer) { printHandovers(w, &h) })
		})(cmd, args)
	})
	return cmd
}

func printHandovers(w io.Writer, h *views.Handovers) {
	fmt.Fprintf(w, "Handovers as of %s, %s\n", h.At.Date().Weekday(), h.At.Say())
	section(w, "GIVEN", len(h.Given), func(t sheet) {
		for i := range h.Given {
			g := &h.Given[i]
			back := "no way to call back is given"
			if g.Channel != "" {
				back = "call back by " + casefile.Code(g.Channel)
			}
			t.AppendRow([]any{
				" ", who8(&g.Subject), g.Said, yes(g.State == "later", "from "+g.From.Say()), "expires " + g.To.Say(), "to " + strings.Join(g.GivenTo, ", "), back,
				yes(g.Changed, "SAFE CONTACT CHANGED SINCE. ") + unsafe(g.Unsafe) + g.Safe, yes(g.Calls > 0, plural(g.Calls, "call")), event(g.Seq),
			})
		}
	})
	section(w, "CALLS NOBODY FOLLOWED UP", len(h.Calls), func(t sheet) {
		for i := range h.Calls {
			c := &h.Calls[i]
			t.AppendRow([]any{
				" ", who8(&c.Subject), c.Said, "caller " + casefile.Code(c.Caller), "danger now: " + casefile.Code(c.DangerNow), "999: " + casefile.Code(c.Emergency),
				"call back safe: " + casefile.Code(c.CallBack), c.Safe, c.By, event(c.Seq),
			})
		}
	})
	missingWords(w, h.Missing)
}
