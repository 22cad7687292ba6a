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
	"caseledger/projections/casefile"
)

func (a *app) caseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "case",
		Short: "List cases, or show one",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.caseListCommand(), a.caseShowCommand())
	return cmd
}

func (a *app) caseListCommand() *cobra.Command {
	var of viewFlags
	cmd := &cobra.Command{
		Use:   "list [--actor STAFF] [--as-known TIME] [--as-happened TIME] [--now TIME]",
		Short: "List cases as of a time: open ones first, the highest risk first",
		Long: `List cases, each with what must always be in sight of it: safe contact, risk with
its date, REPEAT and the other marks, alerts, what is overdue, the last contact
and what comes next. With --actor, those that she or he has or covers; a manager
gets all. caseload lists them as they are now, and faster.

` + viewHelp,
		Example: "  caseledger case list --actor staff-07\n  caseledger case list --as-known 2026-10-26T09:00:00Z --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			tell, done := a.progress("reading cases")
			list, err := l.Cases(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(list, func(w io.Writer) { printCases(w, &list) })
		})(cmd, args)
	})
	return cmd
}

func printCases(w io.Writer, list *views.CaseList) {
	fmt.Fprintf(w, "%s as of %s\n", plural(len(list.Cases), "case"), list.At.Say())
	if len(list.Cases) > 0 {
		t := newTable(w, "Case", "Who", "Status", "Risk", "Marks", "Safe contact", "Adviser", "Last contact", "Overdue", "Next")
		for i := range list.Cases {
			c := &list.Cases[i]
			next := ""
			if c.Next != nil {
				next = c.Next.Due.String() + " " + c.Next.Kind
			}
			last := c.LastContact.Date()
			on := ""
			if !last.IsZero() {
				on = last.String()
			}
			t.AppendRow([]any{c.Case, c.Initials, c.Stage, riskWords(&c.Strip), marks(&c.Strip), c.Safe, whose(&c.Strip), on, c.Overdue, next})
		}
		t.print()
	}
	missingWords(w, list.Missing)
}

// marks are those of a strip, in words.
func marks(s *views.Strip) string {
	var list []string
	for _, m := range []string{yes(s.Repeat, "REPEAT"), yes(s.HonourBased, "honour-based"), yes(s.Interpreter, "interpreter"), yes(s.Under18, "under 18")} {
		if m != "" {
			list = append(list, m)
		}
	}
	return strings.Join(list, ", ")
}

// riskWords is a risk with the date on which it was judged.
func riskWords(s *views.Strip) string {
	if s.Risk == "" {
		return "not reviewed"
	}
	return s.Risk + " " + s.RiskAt.Date().String()
}

// whose is who has a case and who covers it.
func whose(s *views.Strip) string {
	name := cmp.Or(s.Adviser, "NOT ALLOCATED")
	if len(s.Covering) > 0 {
		name += ", covered by " + strings.Join(s.Covering, ", ")
	}
	return name
}

func (a *app) caseShowCommand() *cobra.Command {
	var of asOfFlags
	var ask ops.CaseAsk
	var all bool
	cmd := &cobra.Command{
		Use:   "show --case ID [--actor STAFF] [--type T]… [--as-known TIME] [--as-happened TIME] [--now TIME]",
		Short: "Show a case: what must be in sight, what comes next, plan, timeline, people",
		Long: `Show a case in the order in which it is read: what must always be in sight, what
comes next, the last contact, the plan in its five areas, the timeline with the
newest first, people, children and orders. --type keeps the timeline to events
of some types: contact.recorded, or contact for all that begin with it.

People are shown by initials and number. The plan has the aims, risks and
outcomes as they were written; otherwise no words, names, addresses or numbers.
The flags of time are those of timeline, explain and plan.`,
		Example: "  caseledger case show --case 7c1e…\n  caseledger case show --case 7c1e… --type contact --type risk --as-known 2026-10-26T09:00:00Z",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringArrayVar(&ask.Types, "type", nil, "only events of this `type` in the timeline; can be given again")
	cmd.Flags().BoolVar(&all, "all", false, "print the whole timeline, not its newest 20 events")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		var err error
		if ask.AsOf, err = of.read(cmd); err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			page, err := l.Case(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(page, func(w io.Writer) { printCase(w, &page, all) })
		})(cmd, args)
	})
	return cmd
}

// newestShown is how much of a timeline is printed.
const newestShown = 20

func printCase(w io.Writer, p *views.CasePage, all bool) {
	s := &p.Strip
	fmt.Fprintf(w, "%s  case %s  %s\n", cmp.Or(s.Initials, "(no initials)"), s.Case, cmp.Or(s.Stage, "no referral yet"))
	fmt.Fprintf(w, "%s\n", s.Safe)
	line := "Risk: " + riskWords(s)
	if m := marks(s); m != "" {
		line += "; " + m
	}
	fmt.Fprintf(w, "%s\nAdviser: %s; %d overdue; as of %s, policy version %d\n", line, whose(s), s.Overdue, p.At.Say(), p.Policy.Version)
	for i := range s.Alerts {
		fmt.Fprintf(w, "ALERT: %s, %s [event %d]\n", s.Alerts[i].Reason, s.Alerts[i].Due.Say(), s.Alerts[i].Seq)
	}

	fmt.Fprint(w, "\nNEXT: ")
	if p.Next == nil {
		fmt.Fprintln(w, "nothing is due")
	} else {
		fmt.Fprintf(w, "%s by %s: %s %s\n", p.Next.Kind, p.Next.Due.Say(), p.Next.Reason, event(p.Next.Seq))
	}
	for _, t := range []struct {
		title string
		touch *views.Touch
	}{{"LAST CONTACT", p.LastContact}, {"TRIED SINCE", p.LastAttempt}} {
		switch {
		case t.touch != nil:
			fmt.Fprintf(w, "%s: %s, by %s: %s %s\n", t.title, t.touch.On.Say(), t.touch.By, t.touch.Line, event(t.touch.Seq))
		case t.title == "LAST CONTACT":
			fmt.Fprintln(w, "LAST CONTACT: none")
		}
	}

	fmt.Fprintln(w, "\nPLAN")
	for i := range p.Plan {
		area := &p.Plan[i]
		if len(area.Actions) == 0 {
			fmt.Fprintf(w, "  %s: no actions\n", area.Area)
			continue
		}
		fmt.Fprintf(w, "  %s: %d open, %d overdue\n", area.Area, area.Open, area.Overdue)
		for k := range area.Actions {
			x := &area.Actions[k]
			due := ""
			if !x.Due.IsZero() {
				due = ", due " + x.Due.Say()
			}
			fmt.Fprintf(w, "    %s %s%s: %s (%s%s)\n", x.ID, x.Status, yes(x.Overdue, " OVERDUE"), x.Aim, x.Owner, due)
		}
	}

	shown := len(p.Timeline)
	if !all {
		shown = min(shown, newestShown)
	}
	section(w, "TIMELINE", len(p.Timeline), func(t sheet) {
		for i := range p.Timeline[:shown] {
			e := &p.Timeline[i]
			t.AppendRow([]any{" ", e.Seq, e.On.Say(), e.By, e.Line + entryMarks(e)})
		}
	})
	if more := len(p.Timeline) - shown; more > 0 {
		fmt.Fprintf(w, "  and %d earlier: --all\n", more)
	}
	if p.Left > 0 {
		fmt.Fprintf(w, "  and %d of other types\n", p.Left)
	}
	section(w, "PEOPLE", len(p.People), func(t sheet) {
		for _, x := range p.People {
			t.AppendRow([]any{" ", cmp.Or(x.Initials, "?"), x.Role, x.Relation, x.Status, x.Person, event(x.Seq)})
		}
	})
	section(w, "CHILDREN", len(p.Children), func(t sheet) {
		for _, x := range p.Children {
			age := "age not known"
			if x.Age != nil {
				age = fmt.Sprint(*x.Age)
			}
			own := ""
			if x.OwnCase != nil {
				own = "own case " + x.OwnCase.String()
			}
			t.AppendRow([]any{" ", x.Initials, age, "lives with " + casefile.Code(x.LivesWith), x.Status, own, event(x.Seq)})
		}
	})
	section(w, "ORDERS", len(p.Orders), func(t sheet) {
		for _, x := range p.Orders {
			dates := []string{}
			if !x.Granted.IsZero() {
				dates = append(dates, "granted "+x.Granted.Say())
			}
			if !x.Served.IsZero() {
				dates = append(dates, "served "+x.Served.Say())
			}
			if !x.Expires.IsZero() {
				dates = append(dates, yes(x.Expired, "EXPIRED ")+yes(!x.Expired, "expires ")+x.Expires.Say())
			}
			t.AppendRow([]any{" ", x.Order, x.Kind, x.Status, strings.Join(dates, ", "), plural(x.Terms, "term"), event(x.Seq)})
		}
	})
}

// entryMarks says what was said of an entry later.
func entryMarks(e *views.CaseEntry) string {
	var list []string
	if e.Misfiled > 0 {
		list = append(list, fmt.Sprintf("misfiled, event %d", e.Misfiled))
	}
	for _, m := range []struct {
		what string
		by   []uint64
	}{{"corrected", e.Corrected}, {"disputed", e.Disputed}} {
		for _, seq := range m.by {
			list = append(list, fmt.Sprintf("%s by event %d", m.what, seq))
		}
	}
	if e.Late {
		list = append(list, "late")
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, "; ") + ")"
}
