package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"caseledger/evidence"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
)

func (a *app) exportCommand() *cobra.Command {
	var chain, actor, request, closings, out, recipient string
	var force bool
	cmd := &cobra.Command{
		Use:   "export --case ID --request request.json [--close closings.json] --out bundle.zip",
		Short: "Write the evidence bundle of a case",
		Long: `Write what an officer asked for as a bundle that can be checked without this
program's help. The export is an event of the case. request.json is an object
with "officer", "force", "reference", "from" and "to" (dates, both included);
closings.json is an array of
  {"seq":5,"path":"/data/statements/0/text","from":3,"to":7,"code":"A"}
with words counted from 0, both ends included; without "from" and "to" a whole
value is closed, without "path" the whole event. Codes: A whereabouts, P third
party, X another client, S outside the request, L legal privilege, C
counselling, M another agency's, K staff safety.

Give the SHA-256 that is printed to the recipient by another way than the file.`,
		Example: "  caseledger export --case 7c1e… --request request.json --close closings.json --out bundle.zip",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&actor, "actor", "system", "`who` exports")
	cmd.Flags().StringVar(&request, "request", "", "the `file` that says what was asked for")
	cmd.Flags().StringVar(&closings, "close", "", "the `file` that says what is closed")
	cmd.Flags().StringVar(&recipient, "recipient", "", "`whom` this copy is for (default: the officer)")
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file when it exists")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case", "request", "out"); err != nil {
			return err
		}
		c, err := parseCase(chain)
		if err != nil {
			return err
		}
		call := ops.Export{Case: c, Actor: actor, Recipient: recipient}
		if call.Request, err = a.readFile(request, evidence.MaxInput); err != nil {
			return fmt.Errorf("--request: %w", err)
		}
		if closings != "" {
			if call.Closings, err = a.readFile(closings, evidence.MaxInput); err != nil {
				return fmt.Errorf("--close: %w", err)
			}
			if len(call.Closings) == 0 {
				return ops.Inputf("--close: the file is empty")
			}
		}
		// Looked at before anything is recorded; Commit looks again.
		if _, err := os.Lstat(out); err == nil && !force {
			return fmt.Errorf("%s: %w (--force replaces it)", out, fs.ErrExist)
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			file, err := datadir.CreateFile(out, force)
			if err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			r, err := l.Export(ctx, call, file)
			if err != nil {
				return errors.Join(err, file.Discard())
			}
			if err := file.Commit(); err != nil {
				return fmt.Errorf("the export is recorded as event %d, but its file could not be written: export it again: %w", r.Seq, err)
			}
			r.Out = out
			return a.print(r, func(w io.Writer) { printExported(w, &r) })
		})(cmd, args)
	})
	return cmd
}

func printExported(w io.Writer, r *ops.Exported) {
	t := newTable(w)
	t.AppendRows([]table.Row{
		{"bundle", r.Out}, {"exhibit", r.Exhibit}, {"case", r.Case}, {"recorded as", fmt.Sprintf("event %d", r.Seq)},
		{"events", fmt.Sprintf("%d in full, %d in part, %d withheld", r.Full, r.Part, r.Withheld)},
		{"check code", r.CheckCode}, {"bytes", r.Bytes}, {"SHA-256", r.SHA256},
	})
	t.print()
	if len(r.Undated) > 0 {
		var seqs []string
		for _, s := range r.Undated {
			seqs = append(seqs, fmt.Sprint(s))
		}
		fmt.Fprintf(w, "\nIn scope by the date they were recorded, because when they happened is not known: %s.\n", strings.Join(seqs, ", "))
	}
	if len(r.Warnings) > 0 {
		fmt.Fprintf(w, "\nWARNING: words that are closed elsewhere stand open here. Read these again:\n")
		for _, x := range r.Warnings {
			fmt.Fprintf(w, "  event %d %s\n", x.Seq, x.Path)
		}
	}
	fmt.Fprintln(w, "\nGive the SHA-256 to the recipient by another way than the file.")
}
