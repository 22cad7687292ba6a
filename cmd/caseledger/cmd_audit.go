package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

// checkWords says what each check of an audit holds.
var checkWords = map[string]string{
	"links":   "every entry parses and its blocks name each other",
	"chains":  "every case is 1…n without a gap, no place twice",
	"tree":    "the stored tree is the one over these entries",
	"signed":  "the newest signed checkpoint is a state of this tree",
	"stream":  "the stream ends where the archive ends, without a hole",
	"content": "every event opens and its parts have the recorded root",
	"keys":    "every wrapped key opens, the same in every store",
	"copy":    "the stream holds the same messages as the archive",

	"access": "the access ledger has all that the service chain says of it",

	"attachments": "both copies of every attachment are there and are what was recorded",
}

func (a *app) auditCommand() *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "audit [--full]",
		Short: "Check that the ledger is whole",
		Long: `Check every link, every chain, the tree and the newest signed checkpoint
against the records, and where the two copies end. With --full, also open every
part of every event and every wrapped key, compare every message of the two
copies, and read both copies of every attachment. The access ledger, which says
who opened what, is audited in the same way and held against what the service
chain says of it. Ends with 3 when the record is damaged.`,
		Example: "  caseledger audit --full",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&full, "full", false, "open every event and every key, compare every message")
	cmd.RunE = a.onServed(func(ctx context.Context, l ops.Served) error {
		tell, done := a.progress("auditing")
		r, err := l.Audit(ctx, full, tell)
		done()
		if err != nil {
			return err
		}
		if err := a.print(r, func(w io.Writer) { printAudit(w, &r) }); err != nil {
			return err
		}
		if !r.OK() {
			return outcome(exitInvalid)
		}
		return nil
	})
	return cmd
}

func printAudit(w io.Writer, r *ops.Audit) {
	printChecks(w, r, "case")
	if r.Access != nil {
		fmt.Fprintf(w, "\nThe access ledger, %s: who opened what.\n", r.Access.Origin)
		printChecks(w, r.Access, "chain")
	}
	if r.OK() {
		fmt.Fprintln(w, "The record is WHOLE.")
	} else {
		fmt.Fprintln(w, "The record is DAMAGED.")
	}
}

// printChecks prints a report; of is what its chains are called.
func printChecks(w io.Writer, r *ops.Audit, of string) {
	t := newTable(w, "Check", "Result", "Checked", "")
	for _, c := range r.Checks {
		result := "ok"
		if !c.OK {
			result = "DAMAGED"
		}
		t.AppendRow([]any{c.Name, result, c.Checked, checkWords[c.Name]})
	}
	t.print()
	if len(r.Findings) > 0 {
		fmt.Fprintln(w)
		t := newTable(w, "Check", "Entry", "Case", "Event", "Problem")
		for _, f := range r.Findings {
			row := []any{f.Check, f.Stream, "", "", f.Problem}
			if f.Stream == 0 {
				row[1] = ""
			}
			if f.Case != nil {
				row[2], row[3] = f.Case, f.Seq
			}
			t.AppendRow(row)
		}
		t.print()
	}
	fmt.Fprintf(w, "\n%s in %s. Root at %d: %s\n", plural(r.Events, "event"), plural(r.Cases, of), r.Events, r.Root)
	if r.Checkpoint != nil {
		fmt.Fprintf(w, "Newest signed checkpoint: size %d.\n", r.Checkpoint.Size)
	} else {
		fmt.Fprintln(w, "No checkpoint is signed yet.")
	}
	if r.Backwards > 0 {
		fmt.Fprintf(w, "Worth a look: %s recorded before the one before it in its case.\n", plural(r.Backwards, "event"))
	}
	if r.Orphans > 0 {
		fmt.Fprintf(w, "Worth a look: %s of attachments that no event names; caseledger attachment scrub lists and removes them.\n", plural(r.Orphans, "file"))
	}
	if r.Destroyed > 0 {
		fmt.Fprintf(w, "Worth a look: %s cannot be read any more, because the key of its month was destroyed.\n", plural(r.Destroyed, "event"))
	}
}
