package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) peopleCommand() *cobra.Command {
	var of asOfFlags
	cmd := &cobra.Command{
		Use:   "people --case ID --actor STAFF",
		Short: "Show a manager in which other cases the people of a case are",
		Long: `Show in which other cases the people of a case are, by the number that is
the same in every case: a perpetrator of several clients, a person at risk, and
cases of which both parties are clients. For managers, as staff.recorded says
who is one. A case from which the actor is excluded is left out. By initials
and numbers; no names.`,
		Example: "  caseledger people --case 7c1e… --actor staff-01\n  caseledger people --case 7c1e… --actor staff-01 --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		asOf, err := of.read(cmd)
		if err == nil {
			err = required(cmd, "actor")
		}
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			p, err := l.People(ctx, asOf)
			if err != nil {
				return err
			}
			return a.print(p, func(w io.Writer) { printPeople(w, &p) })
		})(cmd, args)
	})
	return cmd
}

func printPeople(w io.Writer, p *views.People) {
	fmt.Fprintf(w, "People of case %s (%s) as of %s\n", p.Case, p.Initials, p.At.Say())
	for i := range p.People {
		x := &p.People[i]
		fmt.Fprintf(w, "\n%s %s (%s, %s)%s\n", x.Person[:8], cmp.Or(x.Initials, "?"), x.Role, cmp.Or(x.Relation, "not recorded"), yes(len(x.Links) == 0, ": in no other case"))
		for _, l := range x.Links {
			fmt.Fprintf(w, "  case %s (%s), %s, adviser %s: %s, %s%s\n", l.Case, l.Initials, l.Stage, cmp.Or(l.Adviser, "none"), l.Role, cmp.Or(l.Relation, "not recorded"),
				yes(l.BothClients, "; BOTH PARTIES ARE CLIENTS"))
		}
	}
}
