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
	"caseledger/projections/casefile"
)

func (a *app) dayCommand() *cobra.Command {
	var of viewFlags
	cmd := &cobra.Command{
		Use:   "day --actor STAFF [--as-known TIME] [--as-happened TIME] [--now TIME]",
		Short: "Show the day of a member of staff",
		Long: `Show the day of a member of staff, in the order in which it is read: what is
urgent (releases, calls to the helpline that nobody followed up, safe contact
that somebody else changed), new referrals with their clock, today's
appointments each with its safe-contact line, what is overdue, court and Marac
this week, the cases covered for others, and what happened in one's own cases
while others covered them. A manager also gets the referrals that nobody has and
what managers have to do, of all cases.

` + viewHelp,
		Example: "  caseledger day --actor staff-07\n  caseledger day --actor staff-07 --as-known 2026-10-26T09:00:00Z --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "actor"); err != nil {
			return err
		}
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			tell, done := a.progress("reading cases")
			d, err := l.Day(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(d, func(w io.Writer) { printDay(w, &d) })
		})(cmd, args)
	})
	return cmd
}

func printDay(w io.Writer, d *views.Day) {
	who := d.Whom.Staff
	if d.Whom.Role != "" {
		who += " (" + d.Whom.Role + ")"
	}
	fmt.Fprintf(w, "The day of %s: %s, %s\n", who, d.At.Date().Weekday(), d.At.Say())
	fmt.Fprintf(w, "%s%s\n", d.Load.Why, yes(d.Load.Covering > 0, fmt.Sprintf("; %d more covered for others", d.Load.Covering)))

	section(w, "URGENT", len(d.Urgent), func(t sheet) {
		for i := range d.Urgent {
			u := &d.Urgent[i]
			t.AppendRow([]any{" ", who8(&u.Subject), u.Kind, u.Why, u.At.Say(), u.Safe, event(u.Seq)})
		}
	})
	section(w, "NEW REFERRALS", len(d.Referrals), func(t sheet) {
		for i := range d.Referrals {
			r := &d.Referrals[i]
			state := r.State
			switch r.State {
			case "running":
				state = "by " + r.Due.Say()
			case "over", "late":
				state = fmt.Sprintf("%s, %s", strings.ToUpper(r.State), plural(r.Days, "day"))
			}
			t.AppendRow([]any{" ", who8(&r.Subject), cmp.Or(r.Adviser, "NOT ALLOCATED"), casefile.Code(r.Source), strings.Join(r.Flags, ", "), r.Why, state, r.Safe, event(r.Seq)})
		}
	})
	section(w, "APPOINTMENTS", len(d.Appointments), func(t sheet) {
		for i := range d.Appointments {
			p := &d.Appointments[i]
			at := clockTime(p.Start)
			if !p.End.IsZero() {
				at += "–" + clockTime(p.End)
			}
			t.AppendRow([]any{" ", at, who8(&p.Subject), p.Channel + yes(p.Place != "", ", "+p.Place), p.Purpose, p.With, yes(p.State != "planned", p.State), unsafe(p.Unsafe) + p.Safe, event(p.Seq)})
		}
	})
	section(w, "OVERDUE", len(d.Overdue), func(t sheet) { itemRows(t, d.Overdue) })
	section(w, "COURT AND MARAC THIS WEEK", len(d.Week), func(t sheet) { itemRows(t, d.Week) })
	covers(w, "COVERING", d.Covering)
	covers(w, "WHILE YOU WERE AWAY", d.Away)
	missingWords(w, d.Missing)
}

// covers prints cases that are or were covered, with what was recorded in them.
func covers(w io.Writer, title string, list []views.Covered) {
	section(w, title, len(list), func(t sheet) {
		for i := range list {
			c := &list[i]
			until := "until further notice"
			if !c.To.IsZero() {
				until = "to " + c.To.Say()
			}
			t.AppendRow([]any{" ", who8(&c.Subject), fmt.Sprintf("%s for %s, %s %s (%s)", c.By, cmp.Or(c.Adviser, "nobody"), c.From.Say(), until, casefile.Code(c.Reason)), c.Safe, event(c.Seq)})
			for _, e := range c.Entries {
				t.AppendRow([]any{" ", "", e.At.Say() + "  " + e.Line, e.By, event(e.Seq)})
			}
		}
	})
}

// section prints a heading and a table, or that there is nothing.
func section(w io.Writer, title string, n int, rows func(sheet)) {
	if n == 0 {
		fmt.Fprintf(w, "\n%s: none\n", title)
		return
	}
	fmt.Fprintf(w, "\n%s: %d\n", title, n)
	t := newTable(w)
	rows(t)
	t.print()
}

// who8 is a case as a line names it: initials and the start of its number.
func who8(s *views.Subject) string {
	return strings.TrimSpace(s.Initials + " " + s.Case.String()[:8] + " " + strings.ToUpper(yes(s.Risk == "high", s.Risk)))
}

func event(seq uint64) string { return fmt.Sprintf("[event %d]", seq) }

// clockTime is the time of the day, and which of the two in the repeated hour.
func clockTime(w clock.When) string {
	t := w.Start()
	if clock.Repeat(t) > 0 {
		return t.Format("15:04 MST")
	}
	return t.Format("15:04")
}

func unsafe(list []casefile.Unsafe) string {
	if len(list) == 0 {
		return ""
	}
	why := make([]string, len(list))
	for i, u := range list {
		why[i] = u.Why
	}
	return "NOT SAFE: " + strings.Join(why, "; ") + ". "
}

func itemRows(t sheet, list []views.Item) {
	for i := range list {
		d := &list[i]
		over := ""
		switch {
		case d.Overdue && d.Days > 0:
			over = plural(d.Days, "day") + " over"
		case d.Overdue:
			over = "over"
		}
		t.AppendRow([]any{" ", d.Due.Say(), over, who8(&d.Subject), d.Adviser, d.Kind, d.Reason + yes(d.Manager, " (manager)"), event(d.Seq)})
	}
}

func missingWords(w io.Writer, list []views.Missing) {
	for _, m := range list {
		fmt.Fprintf(w, "\nNOT SHOWN: case %s: %s\n", m.Case, m.Why)
	}
}
