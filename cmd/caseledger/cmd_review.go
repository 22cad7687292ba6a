package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
	"caseledger/internal/rules"
)

func (a *app) reviewCommand() *cobra.Command {
	var of asOfFlags
	cmd := &cobra.Command{
		Use:   "review --case ID [--actor STAFF] [--as-known TIME] [--as-happened TIME]",
		Short: "Look back at a case for near misses",
		Long: `Look back at a case for near misses: actions that were planned again before
the earlier one's outcome was known, incidents that met the rule and were not
referred again or not reviewed, agencies that stayed silent, other areas that
knew the client, gaps in contact and late first attempts. Each finding names
the events that it rests on. It finds what to ask about, not who was wrong. It
names agencies and areas, and prints no words of the client.`,
		Example: "  caseledger review --case 7c1e…\n  caseledger review --case 7c1e… --as-happened 2026-10-30 --json",
		Args:    cobra.NoArgs,
	}
	of.add(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		ask, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.Review(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { printReview(w, &r) })
		})(cmd, args)
	})
	return cmd
}

func printReview(w io.Writer, r *rules.Report) {
	fmt.Fprintf(w, "Near-miss review as of %s, rule %s %d, %s\n", r.At.Say(), r.Rule.Code, r.Rule.Version, figuresOf(r.Policy))
	for _, q := range r.Asked {
		if q.Found == 0 {
			fmt.Fprintf(w, "\n%s: none found\n", q.Title)
			continue
		}
		fmt.Fprintf(w, "\n%s: %d\n", q.Title, q.Found)
		for _, f := range r.Findings {
			if f.Code == q.Code {
				fmt.Fprintf(w, "  %s%s %s\n", f.Why, pairSentence(f.Pair), eventsWords(f.Seqs))
			}
		}
	}
	for _, l := range r.Limits {
		fmt.Fprintf(w, "\nNot looked at (%s): event %d; %s\n", l.Code, l.Seq, l.Why)
	}
}

func pairSentence(p *rules.Pair) string {
	if p == nil {
		return ""
	}
	return " Pair" + strings.TrimPrefix(pairWords(p), ",") + "."
}

// eventsWords names the events that a finding rests on.
func eventsWords(seqs []uint64) string {
	if len(seqs) == 0 {
		return "[no event]"
	}
	s := make([]string, len(seqs))
	for i, n := range seqs {
		s[i] = fmt.Sprint(n)
	}
	what := "event"
	if len(seqs) > 1 {
		what = "events"
	}
	return "[" + what + " " + strings.Join(s, ", ") + "]"
}
