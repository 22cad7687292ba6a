package main

import (
	"time"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

// asOfFlags are those of a command that looks at things as of a time, at one
// case or at many.
type asOfFlags struct{ chain, actor, known, happened, now string }

// lookingAs is what --actor says to a command that opens a case.
const lookingAs = "look as this member of `staff`: refused to whoever is excluded, and put down (default: the operator)"

func (f *asOfFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&f.actor, "actor", "", lookingAs)
	f.addTimes(cmd)
}

// addTimes adds the times alone, for a command that looks at many cases.
func (f *asOfFlags) addTimes(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.known, "as-known", "", "only what was recorded by this `time` (2026-10-28T17:00:00Z) or day")
	cmd.Flags().StringVar(&f.happened, "as-happened", "", "only what had happened by this `time` or day")
	cmd.Flags().StringVar(&f.now, "now", "", "the `time` to work it out for (default: --as-known or --as-happened, the earlier, else now)")
}

// read makes of them what is asked.
func (f *asOfFlags) read(cmd *cobra.Command) (ops.AsOf, error) {
	var a ops.AsOf
	if err := required(cmd, "case"); err != nil {
		return a, err
	}
	var err error
	if a.Case, err = parseCase(f.chain); err != nil {
		return a, err
	}
	a.Actor = f.actor
	err = f.readTimes(cmd, &a.AsKnown, &a.AsHappened, &a.Now)
	return a, err
}

// readTimes reads the times alone; one that is not given stays as it is.
func (f *asOfFlags) readTimes(cmd *cobra.Command, known, happened, now *time.Time) error {
	for _, t := range []struct {
		name, value string
		to          *time.Time
	}{{"as-known", f.known, known}, {"as-happened", f.happened, happened}, {"now", f.now, now}} {
		if !cmd.Flags().Changed(t.name) {
			continue
		}
		var err error
		if *t.to, err = parseAsKnown(t.value); err != nil {
			return usageError("--" + t.name + " must be a time like 2026-10-28T17:00:00Z or a date like 2026-10-28")
		}
	}
	return nil
}
