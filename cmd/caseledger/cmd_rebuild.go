package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) rebuildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the archive, its tree and all views anew from the stream",
		Long: `Make the archive, its indexes, the tree and all views anew from the stream,
beside the present ones, and swap them in when they are complete. A rebuild that
is cut short leaves everything as it was.`,
		Example: "  caseledger rebuild",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		tell, done := a.progress("rebuilding")
		r, err := l.Rebuild(ctx, tell)
		done()
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) {
			fmt.Fprintf(w, "rebuilt %s in %s\nroot  %s\n", plural(r.Events, "event"), plural(r.Cases, "case"), r.Root)
		})
	})
	return cmd
}
