package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) maracCommand() *cobra.Command {
	var of asOfFlags
	var from, to string
	cmd := &cobra.Command{
		Use:   "marac (--case ID | --from DATE --to DATE) [--actor STAFF]",
		Short: "Show what a Marac has before it",
		Long: `Show what a Marac has before it: of each case the earlier actions and what
came of them first, each with its agency, the risk it reduces, its day and
where it stands, before them, of a repeat, the plan so far and the outcome of
each of its actions; then the referrals not yet heard, and whether the client
was told what was decided. With --from and --to the cases of which a Marac meets,
an action is due or the client is to be told in these days, both included.
Without names, numbers or addresses.`,
		Example: "  caseledger marac --case 7c1e…\n  caseledger marac --from 2026-10-26 --to 2026-10-30 --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&from, "from", "", "the first `day`")
	cmd.Flags().StringVar(&to, "to", "", "the last `day`")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		var ask ops.MaracAsk
		var err error
		days := cmd.Flags().Changed("from") || cmd.Flags().Changed("to")
		switch {
		case days && cmd.Flags().Changed("case"):
			return usageError("give --case, or --from and --to")
		case days:
			if err := required(cmd, "from", "to"); err != nil {
				return err
			}
			if ask.From, err = clock.ParseDate(from); err != nil {
				return usageError("--from must be a date like 2026-10-28")
			}
			if ask.To, err = clock.ParseDate(to); err != nil {
				return usageError("--to must be a date like 2026-10-28")
			}
			if ask.To < ask.From {
				return usageError("--to is before --from")
			}
			ask.Actor = of.actor
			err = of.readTimes(cmd, &ask.AsKnown, &ask.AsHappened, &ask.Now)
		default:
			ask.AsOf, err = of.read(cmd)
		}
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			tell, done := a.progress("reading cases")
			agenda, err := l.Marac(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(agenda, func(w io.Writer) { printAgenda(w, &agenda) })
		})(cmd, args)
	})
	return cmd
}

func printAgenda(w io.Writer, a *views.Agenda) {
	fmt.Fprintf(w, "Marac as of %s: %s\n", a.At.Say(), plural(len(a.Cases), "case"))
	for i := range a.Cases {
		c := &a.Cases[i]
		risk := "no risk review yet"
		if c.Risk != "" {
			risk = c.Risk + " risk, " + c.RiskAt.Say()
		}
		fmt.Fprintf(w, "\nCase %s (%s), adviser %s, %s\n", c.Case, c.Initials, cmp.Or(c.Adviser, "none"), risk)
		if len(c.Plan) > 0 {
			fmt.Fprintln(w, "  A repeat. The plan so far:")
		}
		for k := range c.Plan {
			for j := range c.Plan[k].Actions {
				x := &c.Plan[k].Actions[j]
				outcome := "no outcome is entered"
				if x.Outcome != nil {
					outcome = "outcome: " + *x.Outcome
				}
				fmt.Fprintf(w, "    %s, %s: %s%s: %s; %s\n", c.Plan[k].Area, x.ID, strings.ToUpper(x.Status), yes(x.Overdue, " OVERDUE"), x.Aim, outcome)
			}
		}
		fmt.Fprintln(w, "  Earlier actions:"+yes(len(c.Actions) == 0, " none"))
		for k := range c.Actions {
			x := &c.Actions[k]
			fmt.Fprintf(w, "    %s, %s: %s %s: %s\n", x.Meeting.Say(), x.ID, x.Agency, strings.ToUpper(x.Status), x.What)
			detail := []string{}
			if x.Risk != nil {
				detail = append(detail, "against: "+*x.Risk)
			}
			if !x.Due.IsZero() {
				detail = append(detail, "due "+x.Due.Say()+yes(x.Overdue, " OVERDUE"))
			}
			if !x.Ended.IsZero() {
				detail = append(detail, "ended "+x.Ended.Say())
			}
			if x.Outcome != nil {
				detail = append(detail, "outcome: "+*x.Outcome)
			}
			if len(detail) > 0 {
				fmt.Fprintf(w, "      %s\n", strings.Join(detail, "; "))
			}
		}
		for _, l := range c.Listed {
			fmt.Fprintf(w, "  To be heard: %s, %s, %s%s%s (event %d)\n", l.Marac, cmp.Or(l.Meeting.Say(), "no day yet"),
				strings.Join(l.Criteria, ", "), yes(l.Repeat, "; REPEAT"), yes(l.Past, "; the day has passed and nothing is recorded of it"), l.Seq)
		}
		for _, h := range c.Hearings {
			fmt.Fprintf(w, "  %s, %s: %s, %s (event %d); %s\n", h.Marac, h.Meeting.Say(), h.Outcome, plural(h.Actions, "action"), h.Seq, feedbackWords(&h.Feedback))
		}
	}
	for _, m := range a.Missing {
		fmt.Fprintf(w, "\nCase %s does not open: run caseledger audit\n", m)
	}
}

func feedbackWords(f *views.Feedback) string {
	switch {
	case f.Seq != 0:
		return fmt.Sprintf("the client was told on %s (event %d)", f.Given.Say(), f.Seq)
	case f.Due.IsZero():
		return "no feedback is due: " + f.Why
	}
	return "feedback to the client is due by " + f.Due.String() + yes(f.Overdue, " OVERDUE")
}
