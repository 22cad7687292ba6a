package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
)

func (a *app) dueCommand() *cobra.Command {
	var of viewFlags
	var by string
	cmd := &cobra.Command{
		Use:   "due [--actor STAFF] [--by DATE] [--as-known TIME] [--as-happened TIME] [--now TIME]",
		Short: "List what is due",
		Long: `List what is due by the end of a day, the most urgent first: first attempts and
contacts, risk reviews, feedback after a Marac, Maracs and their actions, plan
actions, orders that expire, releases, court, handovers that end, safe contact
that expires, agencies to chase, overrides to review and the rest, each with the
reason, by how many days it is over, and the event that it rests on. With
--actor, of the cases that she or he has or covers; what is for managers is
listed for managers, and without --actor.

` + viewHelp,
		Example: "  caseledger due --actor staff-07 --by 2026-10-30\n  caseledger due --as-known 2026-10-26T09:00:00Z --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&by, "by", "", "list what is due by the end of this `date` (default: today)")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("by") {
			if ask.By, err = clock.ParseDate(by); err != nil {
				return usageError("--by must be a date like 2026-10-30")
			}
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			tell, done := a.progress("reading cases")
			list, err := l.Due(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(list, func(w io.Writer) {
				fmt.Fprintf(w, "Due by %s, as of %s\n", clock.OnDate(list.By).Say(), list.At.Say())
				section(w, "DUE", len(list.Items), func(t sheet) { itemRows(t, list.Items) })
				missingWords(w, list.Missing)
			})
		})(cmd, args)
	})
	return cmd
}
