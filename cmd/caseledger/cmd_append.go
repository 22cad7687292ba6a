package main

import (
	"context"
	"fmt"
	"io"

	"github.com/oklog/ulid/v2"
	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
)

func (a *app) appendCommand() *cobra.Command {
	var chain, typ, actor, file, id string
	var expect, v uint64
	cmd := &cobra.Command{
		Use:   "append --case ID|new|service --type T --actor A --file body.json",
		Short: "Record one event",
		Long: `Record one event. The file is a JSON object with "occurred" and "data"; it may
repeat "type", "v" and "actor". Without a version, there or as --v, it is held to
the newest. The command returns when the event is durable in both copies of the
ledger.

With --case service the event is one of the service itself: policy.set, which
sets figures of local practice from a day on, or staff.recorded.

With --id the command may be sent again until it succeeds: the same event under
the same id is recorded once and gets the same answer. With --expect the event
is refused when the case has moved on since the writer looked.`,
		Example: `  caseledger append --case new --type referral.received --actor staff-07 --file referral.json
  caseledger append --case 7c1e… --type contact.recorded --actor staff-07 --file - --expect 12 --json < contact.json
  caseledger append --case service --type policy.set --actor staff-01 --file policy.json`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`, new, or service")
	cmd.Flags().Uint64Var(&v, "v", 0, "the `version` of the type (default: as the file says, else the newest)")
	cmd.Flags().StringVar(&typ, "type", "", "the event's `type`, such as contact.recorded")
	cmd.Flags().StringVar(&actor, "actor", "", "`who` records it: a staff number")
	cmd.Flags().StringVar(&file, "file", "", "the `file` with occurred and data; - is standard input")
	cmd.Flags().StringVar(&id, "id", "", "the event's `ULID` (default: a fresh one)")
	cmd.Flags().Uint64Var(&expect, "expect", 0, "the case's last event that was `seen`")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case", "type", "actor", "file"); err != nil {
			return err
		}
		call := ops.Append{Type: typ, Actor: actor, Expect: expect}
		switch {
		case cases.OfService(typ) != (chain == "service"):
			return usageError("--case service is for policy.set and staff.recorded, and these are for no case")
		case chain != "new" && chain != "service":
			c, err := parseCase(chain)
			if err != nil {
				return usageError("--case must be new, service or the case's 32 lower-case hex digits")
			}
			call.Case = &c
		}
		if cmd.Flags().Changed("id") {
			i, err := events.ParseID(id)
			if err != nil || i == (ulid.ULID{}) {
				return usageError("--id must be a ULID: 26 upper-case characters, not all zero")
			}
			call.ID = &i
		}
		if cmd.Flags().Changed("expect") && expect == 0 {
			return usageError("--expect counts events from 1")
		}
		if cmd.Flags().Changed("v") && v == 0 {
			return usageError("--v counts versions from 1")
		}
		object, err := a.readFile(file, cases.MaxLine)
		if err != nil {
			return fmt.Errorf("--file: %w", err)
		}
		c := cases.Command{Type: typ, V: v, Actor: actor}
		if err := cases.ParseFile(object, &c); err != nil {
			return err
		}
		call.V, call.Occurred, call.Data = c.V, c.Occurred, c.Data
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			r, err := l.Append(ctx, call)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "recorded event %d of case %s\nid    %s\nhash  %s\n", r.Seq, r.Case, r.ID, r.Hash)
			})
		})(cmd, args)
	})
	return cmd
}
