package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) searchCommand() *cobra.Command {
	ask := ops.SearchAsk{}
	cmd := &cobra.Command{
		Use:   "search TERM --actor STAFF",
		Short: "Find cases by name, alias, phone number or reference",
		Long: `Find cases by a name or alias (whole words, in any case, with or without
accents), a phone number (with any spaces, with 0 or +44) or exactly the last six
digits of one, or a reference (with any signs between). Numbers that a contact
or an attempt used are found too. Fewer digits than six find nothing: whoever
tried them all would be shown every case. Prints the case's number and initials, and nothing else of
it. A case from which the actor is excluded is not found; where both parties
are clients, neither is found by who has the other.`,
		Example: "  caseledger search 'Núñez' --actor staff-07\n  caseledger search '+44 7700 900001' --actor staff-07 --json",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&ask.Actor, "actor", "", "the `number` of the member of staff who asks")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "actor"); err != nil {
			return err
		}
		ask.Term = args[0]
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			s, err := l.Search(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(s, func(w io.Writer) {
				if len(s.Cases) == 0 {
					fmt.Fprintln(w, "No case found.")
				}
				for _, c := range s.Cases {
					fmt.Fprintf(w, "%s  %s\n", c.Case, c.Initials)
				}
			})
		})(cmd, args)
	})
	return cmd
}
