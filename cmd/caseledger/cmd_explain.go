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
	"caseledger/internal/rules"
)

func (a *app) explainCommand() *cobra.Command {
	var of asOfFlags
	cmd := &cobra.Command{
		Use:   "explain --case ID [--actor STAFF] [--as-known TIME] [--as-happened TIME]",
		Short: "Say which criteria for a Marac a case meets, and why",
		Long: `Say which criteria for a Marac a case meets: each with the rule and its
version, the figures of local practice that were used, the events and dates it
rests on, for each perpetrator where it is counted by pair, and the result. Any
one that is met suffices. Not known is not no. With --as-known or --as-happened
it is worked out as of then, with the figures in force then; a date means the
end of its day in London. No words of the client are printed.`,
		Example: "  caseledger explain --case 7c1e…\n  caseledger explain --case 7c1e… --as-known 2026-10-28 --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			e, err := l.Explain(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(e, func(w io.Writer) { printExplanation(w, &e) })
		})(cmd, args)
	})
	return cmd
}

// resultWords are the results as people read them.
var resultWords = map[rules.Result]string{rules.Met: "MET", rules.NotMet: "not met", rules.NotKnown: "not known"}

func printExplanation(w io.Writer, e *rules.Explanation) {
	fmt.Fprintf(w, "%s (rule %s %d)\n", e.Title, e.Rule.Code, e.Rule.Version)
	fmt.Fprintf(w, "As of %s, %s\n", e.At.Say(), figuresOf(e.Policy))
	met := ""
	if len(e.Met) > 0 {
		met = " (" + strings.Join(e.Met, ", ") + ")"
	}
	fmt.Fprintf(w, "Result: %s%s; level: %s\n", resultWords[e.Result], met, cmp.Or(e.Level, "no review yet"))
	if e.Assessment != nil {
		fmt.Fprintf(w, "Newest review: event %d, %s: %s\n", e.Assessment.Seq, e.Assessment.On.Say(), e.Assessment)
	}
	for i := range e.Criteria {
		c := &e.Criteria[i]
		fmt.Fprintf(w, "\n%s%s: %s\n", c.Title, pairWords(c.Pair), resultWords[c.Result])
		fmt.Fprintf(w, "  %s\n", c.Why)
		if c.Ticked != (c.Result == rules.Met) && e.Assessment != nil {
			said := "does not name it"
			if c.Ticked {
				said = "names it"
			}
			fmt.Fprintf(w, "  The newest review %s.\n", said)
		}
		fmt.Fprintf(w, "  Rule %s %d: %s %s\n", c.Rule.Code, c.Rule.Version, c.Says, c.Source)
		for _, f := range c.Figures {
			fmt.Fprintf(w, "  Figure %s: %d %s (%s)\n", f.Code, f.Values[0], f.Unit, f.Basis)
		}
		t := newTable(w)
		for _, in := range c.Inputs {
			t.AppendRow([]any{" ", yes(in.Counts, "*"), fmt.Sprintf("event %d", in.Seq), in.Type, daysWords(in.First, in.Last), in.Why})
		}
		if len(c.Inputs) > 0 {
			t.print()
		}
	}
	fmt.Fprintln(w, "\n* counts towards the result")
}

func figuresOf(p rules.Policy) string {
	if p.Version == 0 {
		return "with the default figures"
	}
	return fmt.Sprintf("with policy version %d, in force from %s", p.Version, p.From.Say())
}

// pairWords says for which pair, by initials when they are known.
func pairWords(p *rules.Pair) string {
	switch {
	case p == nil:
		return ""
	case p.Person == "":
		return ", perpetrator not known by number"
	}
	words := ", perpetrator " + p.Person[:8]
	if more := strings.TrimSpace(p.Initials + " " + p.Relation); more != "" {
		words += " (" + more + ")"
	}
	return words
}

// daysWords are the days that something can mean.
func daysWords(first, last clock.Date) string {
	switch {
	case first.IsZero() && last.IsZero():
		return "not known"
	case first.IsZero():
		return "up to " + last.String()
	case last.IsZero():
		return first.String() + " on"
	case first == last:
		return last.String()
	}
	return first.String() + " to " + last.String()
}
