package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

func (a *app) boardCommand() *cobra.Command {
	var of asOfFlags
	var ask ops.ViewOf
	cmd := &cobra.Command{
		Use:   "board [--actor A] [--as-known TIME] [--as-happened TIME]",
		Short: "Show a manager what waits",
		Long: `Show a manager what waits: cases that nobody has, the cap by adviser, what is
overdue, overrides to review, case reviews due, disclosures that wait for
somebody, who covers, and cases in which nothing is recorded any more. With
--actor, cases from which she or he is excluded are left out. No names, no
addresses and no words of a client are printed.`,
		Example: "  caseledger board --actor staff-01\n  caseledger board --as-known 2026-10-26 --json",
		Args:    cobra.NoArgs,
	}
	of.addTimes(cmd)
	cmd.Flags().StringVar(&ask.Staff, "actor", "", "`who` looks")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := of.readTimes(cmd, &ask.AsKnown, &ask.AsHappened, &ask.Now); err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			tell, done := a.progress("reading cases")
			b, err := l.Board(ctx, ask, tell)
			done()
			if err != nil {
				return err
			}
			return a.print(b, func(w io.Writer) { printBoard(w, &b) })
		})(cmd, args)
	})
	return cmd
}

func printBoard(w io.Writer, b *views.Board) {
	fmt.Fprintf(w, "As of %s, policy version %d\n", b.At.Say(), b.Policy.Version)
	section := func(title string, n int) sheet {
		fmt.Fprintf(w, "\n%s: %d\n", title, n)
		return newTable(w)
	}
	who := func(s *views.Subject) []any {
		return []any{" ", s.Case.String()[:8], s.Initials, s.Risk, s.Adviser}
	}

	t := section("Not allocated", len(b.Unallocated))
	for i := range b.Unallocated {
		u := &b.Unallocated[i]
		t.AppendRow(append(who(&u.Subject), "referred "+u.Since.Say(), plural(u.Days, "day")))
	}
	t.print()

	t = section("Caseload", len(b.Caseload))
	for i := range b.Caseload {
		l := &b.Caseload[i]
		name, bar := l.Adviser, strings.Repeat("#", l.Open)+strings.Repeat(".", max(0, l.Most-l.Open))
		if name == "" {
			name = "nobody"
		}
		t.AppendRow([]any{" ", name, bar, l.Level, l.Why})
	}
	t.print()

	for _, list := range []struct {
		title string
		items []views.Item
	}{{"Overdue", b.Overdue}, {"Overrides to review", b.Overrides}, {"Case reviews due", b.CaseReviews}, {"Holds and requests due", b.Others}} {
		t = section(list.title, len(list.items))
		for i := range list.items {
			item := &list.items[i]
			t.AppendRow(append(who(&item.Subject), clock.OnDate(item.Due.Date()).Say(), yes(item.Overdue, plural(item.Days, "day")+" over"), item.Reason))
		}
		t.print()
	}

	t = section("Approvals waiting", len(b.Approvals))
	for i := range b.Approvals {
		p := &b.Approvals[i]
		t.AppendRow(append(who(&p.Subject), "waits for "+p.For, yes(p.Not != "", "not "+p.Not), "since "+p.Since.Say()))
	}
	t.print()

	t = section("Cover", len(b.Cover))
	for i := range b.Cover {
		c := &b.Cover[i]
		until := "until further notice"
		if !c.To.IsZero() {
			until = "to " + c.To.Say()
		}
		t.AppendRow(append(who(&c.Subject), "covered by "+c.By, c.From.Say()+" "+until, c.Reason, yes(c.Now, "now")))
	}
	t.print()

	t = section("Nothing recorded", len(b.Stale))
	for i := range b.Stale {
		s := &b.Stale[i]
		t.AppendRow(append(who(&s.Subject), "since "+s.Last.Say(), plural(s.Days, "day")))
	}
	t.print()

	for _, m := range b.Missing {
		fmt.Fprintf(w, "\nCannot be read: %s; %s\n", m.Case.String()[:8], m.Why)
	}
}
