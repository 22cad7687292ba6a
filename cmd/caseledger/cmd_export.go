package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) exportCommand() *cobra.Command {
	var of requestFlags
	var out, whom string
	var recipients []string
	var force, plain bool
	cmd := &cobra.Command{
		Use:   "export --case ID --request SEQ --actor A --out bundle.zip",
		Short: "Produce the evidence bundle of a disclosure",
		Long: `Produce what was asked for, decided, closed and approved, as a bundle that can
be checked without this program's help. The export is an event of the case and
an exhibit: it bears the actor's initials and the next number that nobody has
used. Every step of the disclosure must have been taken before; see "caseledger
disclosure status".

With --recipient the bundle is sealed to an age key of the recipient's, and its
name ends in .age: the ZIP itself is then never written to a disk here. Where the
ledger has a time-stamping authority, a time-stamp over the bundle stands beside
it, in a file whose name ends in .tsr.

Give the SHA-256 that is printed, which is that of the ZIP, to the recipient by
another way than the file.`,
		Example: `  caseledger export --case 7c1e… --request 64 --actor staff-07 --out bundle.zip
  caseledger export --case 7c1e… --request 64 --actor staff-07 --recipient age1… --out bundle.zip`,
		Args: cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&of.actor, "actor", "", "`who` produces it: a staff number")
	cmd.Flags().StringVar(&whom, "for", "", "`whom` this copy is for (default: the officer)")
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write")
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil, "seal the bundle to this age `key` (age1…); more than once for several people")
	cmd.Flags().BoolVar(&plain, "no-pdf", false, "leave the PDF files out")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file when it exists")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd, "actor", "out")
		if err != nil {
			return err
		}
		call := ops.Export{Case: r.Case, Actor: of.actor, Request: r.Request, For: whom, Plain: plain}
		s, err := newSealed(out, recipients)
		if err != nil {
			return err
		}
		// Looked at before anything is recorded; Commit looks again.
		for _, name := range []string{s.bundle, s.token} {
			if _, err := os.Lstat(name); err == nil && !force {
				return fmt.Errorf("%s: %w (--force replaces it)", name, fs.ErrExist)
			}
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := s.write(force, func(w io.Writer) (ops.Exported, error) { return l.Export(ctx, call, w) })
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { printExported(w, &r) })
		})(cmd, args)
	})
	return cmd
}

func printExported(w io.Writer, r *ops.Exported) {
	t := newTable(w)
	t.AppendRows([]table.Row{
		{"bundle", r.Out}, {"exhibit", r.Exhibit}, {"case", r.Case},
		{"recorded as", fmt.Sprintf("event %d, under request %d, decision %d, approval %d", r.Seq, r.Request, r.Decision, r.Approval)},
		{"events", fmt.Sprintf("%d in full, %d in part, %d withheld", r.Full, r.Part, r.Withheld)}, {"attachments", r.Attachments},
		{"check code", r.CheckCode}, {"bytes", r.Bytes}, {"SHA-256", r.SHA256},
	})
	for _, row := range sealingRows(&r.Sealing) {
		t.AppendRow(row)
	}
	t.print()
	if r.Sealing.Missed != "" {
		fmt.Fprintf(w, "\nWARNING: a time-stamp is missing: %s\n", r.Sealing.Missed)
	}
	printLooks(w, r.Undated, r.UndatedOut, r.Warnings)
	printLeft(w, r.Left)
	fmt.Fprintln(w, "\nGive the SHA-256 to the recipient by another way than the file.")
}

// printLooks says what a person must look at before a bundle goes out.
func printLooks(w io.Writer, undated, undatedOut []uint64, warnings []ops.Warning) {
	if len(undated) > 0 {
		fmt.Fprintf(w, "\nIn scope by the date they were recorded, because when they happened is not known: %s.\n", seqList(undated))
	}
	if len(undatedOut) > 0 {
		fmt.Fprintf(w, "\nWARNING: withheld because they were recorded outside the period, though when they happened is not known: %s.\nRead them: what happened in the period belongs in this export.\n", seqList(undatedOut))
	}
	if len(warnings) > 0 {
		fmt.Fprintf(w, "\nWARNING: words that are closed elsewhere stand open here. Read these again:\n")
		for _, x := range warnings {
			fmt.Fprintf(w, "  event %d %s\n", x.Seq, x.Path)
		}
	}
}

// seqList writes the places of events with commas.
func seqList(seqs []uint64) string {
	words := make([]string, len(seqs))
	for i, s := range seqs {
		words[i] = fmt.Sprint(s)
	}
	return strings.Join(words, ", ")
}
