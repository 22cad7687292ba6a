package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/story"
)

func (a *app) demoCommand() *cobra.Command {
	var files string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Load a fictional service's week into an empty ledger",
		Long: `Load a fictional service's week, recorded at the times of the story, into a
ledger that is empty or holds the story already. Nothing in it is real. With
--files, also write what people say at each step of the story's disclosure to
the police: request.json, decide.json, tell.json and close.json, for
"caseledger disclosure".`,
		Example: "  caseledger init --origin demo.example.org/cases && caseledger demo --files .",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&files, "files", "", "the `directory` for the files of the disclosure")
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		tell, done := a.progress("loading")
		r, err := l.Demo(ctx, tell)
		done()
		if err != nil {
			return err
		}
		if files != "" {
			for _, f := range story.Path() {
				if err := replaceFile(filepath.Join(files, f.Name), f.Data); err != nil {
					return fmt.Errorf("--files: %w", err)
				}
			}
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
			t.print()
		})
	})
	return cmd
}

// replaceFile writes a file whole.
func replaceFile(path string, b []byte) error {
	f, err := datadir.CreateFile(path, true)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}
