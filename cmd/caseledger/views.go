package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/views"
	"caseledger/projections"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// viewHelp says what the flags of a view do to it.
const viewHelp = `With --as-known, as if nothing had been recorded later; with --as-happened, as
if nothing had happened later; both with the figures in force then, and a date
means the end of its day in London. --now is the moment that the view is for: it
moves the clock and leaves out nothing. Cases are shown by initials and number:
no names, addresses, numbers or words of a client.`

// viewFlags are those of a view for a member of staff.
type viewFlags struct {
	staff string
	asOfFlags
}

func (f *viewFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.staff, "actor", "", "for this member of `staff`")
	f.addTimes(cmd)
}

// read makes of them what is asked.
func (f *viewFlags) read(cmd *cobra.Command) (ops.ViewOf, error) {
	v := ops.ViewOf{Staff: f.staff}
	err := f.readTimes(cmd, &v.AsKnown, &v.AsHappened, &v.Now)
	return v, err
}

// viewed is what a view is made of.
type viewed struct {
	files   []*casefile.File
	missing []views.Missing
	figures *policy.Set
	staff   schemas.StaffRecorded // for whom; only a number when it is not recorded
	now     time.Time
}

func (v *viewed) whom() views.Whom { return views.Whom{Staff: v.staff.Staff, Role: v.staff.Role} }

// view reads what a view is made of. Managers are shown things of every case.
func (l *ledger) view(ctx context.Context, of ops.ViewOf, all bool) (*viewed, error) {
	v := &viewed{now: of.Time(time.Now()).UTC(), staff: schemas.StaffRecorded{Staff: of.Staff}}
	var err error
	if v.figures, err = l.figures(ctx, v.now, of.AsKnown); err != nil {
		return nil, err
	}
	roster, err := l.roster(ctx)
	if err != nil {
		return nil, err
	}
	if s, ok := roster.Find(of.Staff, of.AsKnown); ok {
		v.staff = s
	}
	staff := of.Staff
	if all || v.staff.Role == "manager" {
		staff = ""
	}
	var missing []projections.Missing
	v.files, missing, err = l.files.All(ctx, staff, casefile.Cut{KnownBy: of.AsKnown, HappenedBy: of.AsHappened})
	if err != nil {
		return nil, err
	}
	v.missing = make([]views.Missing, len(missing))
	for i, m := range missing {
		v.missing[i] = views.Missing(m)
	}
	return v, nil
}

// roster is who works for the service.
func (l *ledger) roster(ctx context.Context) (*policy.Roster, error) {
	var r policy.Roster
	list, err := l.files.Events(ctx, l.config.Service)
	if errors.Is(err, events.ErrNotFound) {
		return &r, nil // the service has recorded nothing
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if err := r.Add(policy.Event{Seq: e.Seq, At: e.At, Body: e.Body}); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

// Day implements ops.Ledger.
func (l *ledger) Day(ctx context.Context, of ops.ViewOf) (views.Day, error) {
	if of.Staff == "" {
		return views.Day{}, ops.Inputf("a day is somebody's: say whose")
	}
	v, err := l.view(ctx, of, false)
	if err != nil {
		return views.Day{}, err
	}
	d := views.DayOf(v.files, v.figures, v.now, v.staff)
	d.Missing = v.missing
	return d, nil
}

// Due implements ops.Ledger.
func (l *ledger) Due(ctx context.Context, of ops.ViewOf) (views.DueList, error) {
	v, err := l.view(ctx, of, false)
	if err != nil {
		return views.DueList{}, err
	}
	if of.By.IsZero() {
		of.By = clock.DateOf(v.now)
	}
	list := views.Due(v.files, v.figures, v.now, v.whom(), of.By)
	list.Missing = v.missing
	return list, nil
}

// Handovers implements ops.Ledger.
func (l *ledger) Handovers(ctx context.Context, of ops.ViewOf) (views.Handovers, error) {
	v, err := l.view(ctx, of, true)
	if err != nil {
		return views.Handovers{}, err
	}
	h := views.HandoverQueue(v.files, v.figures, v.now, v.whom())
	h.Missing = v.missing
	return h, nil
}
