package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) showCommand() *cobra.Command {
	var chain, actor string
	var seq uint64
	cmd := &cobra.Command{
		Use:   "show --case ID --seq N [--actor STAFF]",
		Short: "Open one event and print it with its hashes",
		Long: `Open one event: its link block, whose SHA-256 is the event hash, what its
detail commits to, and what was recorded. Everything is checked before it is
printed. This prints what the client said.`,
		Example: "  caseledger show --case 7c1e… --seq 3",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&actor, "actor", "", lookingAs)
	cmd.Flags().Uint64Var(&seq, "seq", 0, "the event's `place` in the case, from 1")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case", "seq"); err != nil {
			return err
		}
		c, err := parseCase(chain)
		if err != nil {
			return err
		}
		if seq == 0 {
			return usageError("--seq counts events from 1")
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			e, err := l.Show(ctx, ops.EventOf{Case: c, Seq: seq, Actor: actor})
			if err != nil {
				return err
			}
			return a.print(e, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n", e.Link)
				t := newTable(w)
				t.AppendRows([]table.Row{
					{"event hash", e.Hash, "SHA-256 of the six lines above"},
					{"id", e.ID}, {"recorded", e.At},
					{"stream", e.Stream}, {"sealed under", e.Key}, {"sealed", e.Sealed},
					{"parts", fmt.Sprintf("%d, root %s", e.Parts, e.Root)},
				})
				t.print()
				var body bytes.Buffer
				if json.Indent(&body, e.Body, "", "  ") == nil {
					fmt.Fprintf(w, "\n%s\n", body.Bytes())
				}
				if len(e.Veiled) > 0 {
					fmt.Fprintf(w, "\nNOT SHOWN: %s. Null stands there: where somebody is, how they are reached and\ncode words are given to no program. The pages show them.\n", strings.Join(e.Veiled, ", "))
				}
			})
		})(cmd, args)
	})
	return cmd
}
