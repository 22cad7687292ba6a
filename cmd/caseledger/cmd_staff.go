package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

func (a *app) staffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "staff",
		Short: "List or record who works for the service, by number",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.staffListCommand(), a.staffSetCommand())
	return cmd
}

func (a *app) staffListCommand() *cobra.Command {
	var of asOfFlags
	var ask ops.ViewOf
	cmd := &cobra.Command{
		Use:     "list [--as-known TIME]",
		Short:   "List who works for the service and who left",
		Example: "  caseledger staff list",
		Args:    cobra.NoArgs,
	}
	of.addTimes(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := of.readTimes(cmd, &ask.AsKnown, &ask.AsHappened, &ask.Now); err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.Roster(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if len(r.Staff) == 0 {
					fmt.Fprintln(w, "nobody is recorded")
					return
				}
				t := newTable(w, "Staff", "Initials", "Role", "", "Cap", "", "Languages")
				for _, s := range r.Staff {
					cap, initials := "", ""
					if s.Initials != nil {
						initials = *s.Initials
					}
					if s.Cap != nil {
						cap = fmt.Sprint(*s.Cap)
					}
					t.AppendRow([]any{s.Staff, initials, s.Role, yes(!s.Active, "left"), cap, yes(s.FaceToFace, "all face to face"), strings.Join(s.Languages, ", ")})
				}
				t.print()
			})
		})(cmd, args)
	})
	return cmd
}

func (a *app) staffSetCommand() *cobra.Command {
	var actor, initials string
	var own int
	var left bool
	staff := schemas.StaffRecordedV2{}
	cmd := &cobra.Command{
		Use:   "set --staff S --role R --actor STAFF [--cap N] [--left]",
		Short: "Record a member of staff as they are from now on",
		Long: `Record a member of staff by number: the role, which says what is shown to them,
and a cap of their own on open cases where it is not the policy's. Everything is
said anew each time. --left records that they no longer work here.`,
		Example: "  caseledger staff set --staff staff-07 --role adviser --initials KP --cap 18 --languages en,pa --actor staff-02",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&staff.Staff, "staff", "", "the `number`")
	flags.StringVar(&initials, "initials", "", "two to four `capitals` that nobody else has, by which exhibits are numbered (default: by the staff number)")
	flags.StringVar(&staff.Role, "role", "", "`adviser`, manager, family-worker, helpline, auditor or administrator")
	flags.IntVar(&own, "cap", 0, "at most this `many` open cases (default: as the policy says)")
	flags.BoolVar(&staff.FaceToFace, "face-to-face", false, "all work is")
	flags.StringSliceVar(&staff.Languages, "languages", nil, "`tags` such as en,pa")
	flags.BoolVar(&left, "left", false, "no longer works here")
	flags.StringVar(&actor, "actor", "", "`who` records it")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "staff", "role", "actor"); err != nil {
			return err
		}
		staff.Active, staff.By = !left, actor
		staff.Languages = slices.Compact(staff.Languages)
		if cmd.Flags().Changed("cap") {
			staff.Cap = &own
		}
		if initials != "" {
			staff.Initials = &initials
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			return a.govern(ctx, l, "staff.recorded", actor, clock.London(time.Now()), staff, func(w io.Writer) {
				fmt.Fprintf(w, "%s is recorded as %s%s\n", staff.Staff, staff.Role, yes(left, ", no longer here"))
			})
		})(cmd, args)
	})
	return cmd
}
