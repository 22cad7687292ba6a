package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) importCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "import --file events.jsonl",
		Short: "Record many events from a file",
		Long: `Record the events of a file, one JSON object a line with exactly "case", "id",
"type", "v", "actor", "occurred" and "data". "v" may be left out: the line is then
held to the newest version of its type. A case is made by its first line; lines
of one case keep their order.

Refused lines are reported with their number and the others are kept; the
command then ends with 1. An import that was cut short is taken up by running it
again: what is recorded already is recognised by its id.`,
		Example: "  caseledger import --file events.jsonl\n  zcat events.jsonl.gz | caseledger import --file - --stream-sync 1s",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&file, "file", "", "the `file`; - is standard input")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "file"); err != nil {
			return err
		}
		in, size := a.stdin, int64(-1)
		if file != "-" {
			f, err := os.Open(file)
			if err != nil {
				return fmt.Errorf("--file: %w", err)
			}
			defer f.Close()
			in = f
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
				size = info.Size()
			}
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			from := in
			if bar := a.bar("importing", size, progressbar.OptionShowBytes(true)); bar != nil {
				reader := progressbar.NewReader(in, bar)
				from = &reader
				defer func() { _ = bar.Finish() }()
			}
			report, err := l.Import(ctx, from)
			printed := a.print(report, func(w io.Writer) {
				fmt.Fprintf(w, "%s: %d recorded, %d already there, %d refused\n",
					plural(report.Lines, "line"), report.Recorded, report.Present, report.Refused)
				if len(report.Refusals) == 0 {
					return
				}
				t := newTable(w, "Line", "Where", "Rule")
				for _, r := range report.Refusals {
					t.AppendRow([]any{r.Line, r.Pointer, r.Rule})
				}
				t.print()
				if more := report.Refused - int64(len(report.Refusals)); more > 0 {
					fmt.Fprintf(w, "and %d more\n", more)
				}
			})
			switch {
			case err != nil || printed != nil:
				return errors.Join(err, printed)
			case report.Refused > 0:
				return outcome(exitFailed)
			}
			return nil
		})(cmd, args)
	})
	return cmd
}
