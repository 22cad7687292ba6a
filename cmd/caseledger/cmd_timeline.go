package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	_ "time/tzdata" // days are London's, on every machine

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) timelineCommand() *cobra.Command {
	var chain, actor, asKnown string
	cmd := &cobra.Command{
		Use:   "timeline --case ID [--actor STAFF] [--as-known TIME]",
		Short: "List a case's events",
		Long: `List a case's events in the order in which they were recorded: codes and
counts, no words. With --as-known, only what had been recorded by then; a date
means the end of its day in London.`,
		Example: "  caseledger timeline --case 7c1e… --as-known 2026-10-28",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&actor, "actor", "", lookingAs)
	cmd.Flags().StringVar(&asKnown, "as-known", "", "a `time` (2026-10-28T17:00:00Z) or a date")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case"); err != nil {
			return err
		}
		c, err := parseCase(chain)
		if err != nil {
			return err
		}
		var by time.Time
		if cmd.Flags().Changed("as-known") {
			if by, err = parseAsKnown(asKnown); err != nil {
				return err
			}
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			line, err := l.Timeline(ctx, ops.TimelineOf{Case: c, Actor: actor, AsKnown: by})
			if err != nil {
				return err
			}
			return a.print(line, func(w io.Writer) {
				t := newTable(w, "Event", "Happened", "Recorded (UTC)", "By", "Type", "", "")
				for i := range line.Events {
					e := &line.Events[i]
					t.AppendRow([]any{e.Seq, happened(e.Occurred), time.Time(e.Recorded).Format("2006-01-02 15:04"), e.Actor, e.Type, timelineMarks(e), e.Summary})
				}
				t.print()
			})
		})(cmd, args)
	})
	return cmd
}

func parseAsKnown(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, s, london)
	if err != nil {
		return time.Time{}, usageError("--as-known must be a time like 2026-10-28T17:00:00Z or a date like 2026-10-28")
	}
	return day.AddDate(0, 0, 1).Add(-time.Nanosecond), nil
}

// happened puts when something happened as people read it.
func happened(o ops.Occurred) string {
	from := dateTime(o.From)
	switch {
	case from == "":
		return "not known"
	case o.Precision == "about":
		return "about " + from
	case o.To == "" || o.To == o.From:
		return from
	}
	to := dateTime(o.To)
	if len(to) > 16 && len(from) > 16 && to[:10] == from[:10] && to[16:] == from[16:] {
		return from[:16] + "–" + to[11:]
	}
	return from + " to " + to
}

func timelineMarks(e *ops.Line) string {
	var m []string
	if e.Late {
		m = append(m, "late")
	}
	if e.Corrects != nil {
		m = append(m, fmt.Sprintf("corrects %d", e.Corrects.Seq))
	}
	for _, p := range e.CorrectedBy {
		m = append(m, fmt.Sprintf("corrected by %d", p.Seq))
	}
	if e.Disputes != nil {
		m = append(m, fmt.Sprintf("disputes %d", e.Disputes.Seq))
	}
	for _, d := range e.DisputedBy {
		m = append(m, fmt.Sprintf("disputed by %d", d.Seq))
	}
	if e.Misfiles != 0 {
		m = append(m, fmt.Sprintf("misfiled is %d", e.Misfiles))
	}
	if e.MisfiledBy != 0 {
		m = append(m, fmt.Sprintf("MISFILED, see %d", e.MisfiledBy))
	}
	return strings.Join(m, ", ")
}
