package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Load a fictional service's week into an empty ledger",
		Long: `Load a fictional service's week, recorded at the times of the story, into a
ledger that is empty or holds the story already. Nothing in it is real.`,
		Example: "  caseledger init --origin demo.example.org/cases && caseledger demo",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		tell, done := a.progress("loading")
		r, err := l.Demo(ctx, tell)
		done()
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) {
			if r.Recorded == 0 {
				fmt.Fprintf(w, "the story is there already: %s\n", plural(r.Events, "event"))
			} else {
				fmt.Fprintf(w, "recorded %s\n", plural(r.Recorded, "event"))
			}
			t := newTable(w, "Case", "Story", "Events")
			for _, c := range r.Cases {
				t.AppendRow([]any{c.Case, c.Title, c.Events})
			}
			t.Render()
		})
	})
	return cmd
}
