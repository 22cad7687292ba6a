package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/schemas"
)

func (a *app) figuresCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "figures",
		Short: "List or set the figures of local practice",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.figuresListCommand(), a.figuresSetCommand())
	return cmd
}

func (a *app) figuresListCommand() *cobra.Command {
	var of asOfFlags
	var ask ops.ViewOf
	cmd := &cobra.Command{
		Use:   "list [--as-known TIME] [--now TIME]",
		Short: "List the figures of local practice and who set them",
		Long: `List every figure of local practice as it holds, with its range and default,
and every policy that was recorded. --now asks for those in force at a time,
--as-known for what was known then. A decision of the past is explained with
the figures of its day: caseledger explain --as-known.`,
		Example: "  caseledger figures list\n  caseledger figures list --as-known 2026-03-01 --json",
		Args:    cobra.NoArgs,
	}
	of.addTimes(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := of.readTimes(cmd, &ask.AsKnown, &ask.AsHappened, &ask.Now); err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			f, err := l.Figures(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(f, func(w io.Writer) { printFigures(w, &f) })
		})(cmd, args)
	})
	return cmd
}

func printFigures(w io.Writer, f *ops.Figures) {
	if f.Policy.Version == 0 {
		fmt.Fprintf(w, "As of %s: all defaults, nothing is set\n\n", f.At.Say())
	} else {
		fmt.Fprintf(w, "As of %s: policy version %d, in force from %s, set by %s\n\n", f.At.Say(), f.Policy.Version, f.Policy.From.Say(), f.By)
	}
	t := newTable(w, "Figure", "Value", "", "Default", "Range", "What it says")
	for i := range f.Figures {
		x := &f.Figures[i]
		name := x.Code
		if x.Marac != nil {
			name += " of " + *x.Marac
		}
		if x.Instrument != nil {
			name += fmt.Sprintf(" by %s %d", x.Instrument.Code, x.Instrument.Version)
		}
		t.AppendRow([]any{name, numbers(x.Values), x.Unit, yes(x.Version == 0, "default") + yes(x.Version > 0, numbers(x.Default)), fmt.Sprintf("%d–%d", x.Min, x.Max), x.Title})
	}
	t.print()
	if len(f.Sets) == 0 {
		return
	}
	fmt.Fprintln(w, "\nRecorded:")
	t = newTable(w)
	for _, s := range f.Sets {
		t.AppendRow([]any{" ", "version " + strconv.FormatUint(s.Version, 10), "from " + s.From.Say(), "by " + s.By, plural(s.Settings, "setting"), strings.Join(s.Ignored, "; "), event(s.Seq)})
	}
	t.print()
}

func numbers(list []uint64) string {
	var s []string
	for _, n := range list {
		s = append(s, strconv.FormatUint(n, 10))
	}
	return strings.Join(s, " to ")
}

func (a *app) figuresSetCommand() *cobra.Command {
	var actor, from, marac, instrument, reason string
	var defaults []string
	cmd := &cobra.Command{
		Use:   "set --actor STAFF --reason WORDS CODE=VALUE[,VALUE]…",
		Short: "Set figures of local practice from a time on",
		Long: `Record a new policy: the newest one with these figures changed. It holds from
--from, and every view, rule and refusal uses it from then on; what was decided
before keeps the figures of its day. A policy names everything that differs
from the defaults, so that it takes the place of all before it, announced ones
among them. --default takes a figure back to its default. With --marac or
--instrument the figures are set for these alone.`,
		Example: `  caseledger figures set --actor staff-02 --reason "Two new advisers" cap-most=18
  caseledger figures set --actor staff-02 --reason "As the Marac asks" --from 2026-11-01 --marac "Saltby Marac" visible-high-risk=12`,
	}
	flags := cmd.Flags()
	flags.StringVar(&actor, "actor", "", "`who` decides: a staff number")
	flags.StringVar(&from, "from", "", "from when it holds, a `time` or the start of a date (default: now)")
	flags.StringVar(&marac, "marac", "", "for this `Marac` alone")
	flags.StringVar(&instrument, "instrument", "", "for this `instrument` alone, such as dash/1")
	flags.StringVar(&reason, "reason", "", "why, in `words`")
	flags.StringArrayVar(&defaults, "default", nil, "take this `figure` back to its default; can be given again")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "actor", "reason"); err != nil {
			return err
		}
		if len(args)+len(defaults) == 0 {
			return usageError("which figures? CODE=VALUE, as caseledger figures list has them")
		}
		now := clock.London(time.Now())
		starts := now
		if from != "" {
			if d, err := clock.ParseDate(from); err == nil {
				starts = d.Start()
			} else if starts, err = time.Parse(time.RFC3339, from); err != nil {
				return usageError("--from must be a time like 2026-11-01T09:00:00Z or a date like 2026-11-01")
			}
		}
		var scope schemas.Setting
		if marac != "" {
			scope.Marac = &marac
		}
		if instrument != "" {
			code, version, _ := strings.Cut(instrument, "/")
			v, err := strconv.ParseUint(version, 10, 32)
			if err != nil || v == 0 {
				return usageError("--instrument is a code and a version, such as dash/1")
			}
			scope.Instrument = &schemas.Versioned{Code: code, Version: v}
		}
		changes, err := changesOf(args, scope)
		if err != nil {
			return err
		}
		var back []schemas.Setting
		for _, code := range defaults {
			back = append(back, schemas.Setting{Code: code, Marac: scope.Marac, Instrument: scope.Instrument})
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			was, err := l.Figures(ctx, ops.ViewOf{})
			if err != nil {
				return err
			}
			set := schemas.PolicySet{
				Version: was.Next, From: clock.Format(starts), By: actor, Reason: &schemas.Prose{Text: reason},
				Settings: policy.Merge(was.Newest, changes, back),
			}
			return a.govern(ctx, l, "policy.set", actor, now, set, func(w io.Writer) {
				fmt.Fprintf(w, "policy version %d holds from %s\n", set.Version, clock.Say(starts))
			})
		})(cmd, args)
	})
	return cmd
}

// changesOf reads CODE=VALUE[,VALUE].
func changesOf(args []string, scope schemas.Setting) ([]schemas.Setting, error) {
	var list []schemas.Setting
	for _, arg := range args {
		code, values, ok := strings.Cut(arg, "=")
		f, known := policy.Find(code)
		if !ok || !known {
			return nil, usageError("figures are set as CODE=VALUE[,VALUE], with the codes of caseledger figures list")
		}
		s := schemas.Setting{Code: code, Unit: f.Unit, Marac: scope.Marac, Instrument: scope.Instrument}
		for v := range strings.SplitSeq(values, ",") {
			n, err := strconv.ParseUint(v, 10, 53)
			if err != nil {
				return nil, usageError(code + " takes whole numbers")
			}
			s.Values = append(s.Values, n)
		}
		list = append(list, s)
	}
	if err := policy.Check(list); err != nil {
		return nil, ops.As(ops.ErrInput, err)
	}
	return list, nil
}

// govern records an event of the service itself.
func (a *app) govern(ctx context.Context, l ops.Ledger, typ, actor string, now time.Time, data any, say func(io.Writer)) error {
	from := clock.Format(now)
	occurred, err := schemas.EncodeData(schemas.Occurred{From: &from, Precision: "exact"})
	if err != nil {
		return err
	}
	encoded, err := schemas.EncodeData(data)
	if err != nil {
		return ops.Inputf("the words have a character that no record can hold")
	}
	r, err := l.Append(ctx, ops.Append{Type: typ, Actor: actor, Occurred: occurred, Data: encoded})
	if err != nil {
		return err
	}
	return a.print(r, say)
}
