package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

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
	passing
	figures *policy.Set
	staff   schemas.StaffRecordedV2 // for whom; only a number when it is not recorded
	now     time.Time
}

func (v *viewed) whom() views.Whom { return views.Whom{Staff: v.staff.Staff, Role: v.staff.Role} }

// view reads what a view is made of, but for the cases, which the view reads
// itself. Managers are shown things of everybody's.
func (l *ledger) view(ctx context.Context, of ops.ViewOf, which projections.Which, tell ops.Progress) (*viewed, error) {
	v := &viewed{now: of.Time(l.now()).UTC(), staff: schemas.StaffRecordedV2{Staff: of.Staff}}
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
	if v.staff.Role == "manager" {
		which.Staff = ""
	}
	v.passing = l.passing(ctx, which, casefile.Cut{KnownBy: of.AsKnown, HappenedBy: of.AsHappened}, tell)
	return v, nil
}

// passing is cases on their way into a view, which goes through them once.
type passing struct {
	cases   views.Cases
	missing *[]views.Missing
	err     *error
}

// passing reads cases as the view asks for them.
func (l *ledger) passing(ctx context.Context, which projections.Which, cut casefile.Cut, tell ops.Progress) passing {
	r := passing{missing: &[]views.Missing{}, err: new(error)}
	r.cases = func(yield func(*casefile.File) bool) {
		missing, err := l.files.Each(ctx, which, cut, tell, yield)
		for _, m := range missing {
			*r.missing = append(*r.missing, views.Missing(m))
		}
		*r.err = err
	}
	return r
}

// ended returns what could not be read, once the view is made. With an error
// the view is not whole.
func (r *passing) ended() ([]views.Missing, error) { return *r.missing, *r.err }

// Day implements ops.Ledger.
func (l *ledger) Day(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Day, error) {
	if of.Staff == "" {
		return views.Day{}, ops.Inputf("a day is somebody's: say whose")
	}
	v, err := l.view(ctx, of, projections.Which{Staff: of.Staff, Brief: true}, tell)
	if err != nil {
		return views.Day{}, err
	}
	if v.staff.Role == "" {
		return views.Day{}, ops.Inputf("nobody of that number works for the service, or did then: caseledger staff lists who does")
	}
	d := views.DayOf(v.cases, v.figures, v.now, v.staff)
	d.Missing, err = v.ended()
	return d, err
}

// Due implements ops.Ledger.
func (l *ledger) Due(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.DueList, error) {
	v, err := l.view(ctx, of, projections.Which{Staff: of.Staff, Brief: true}, tell)
	if err != nil {
		return views.DueList{}, err
	}
	if of.By.IsZero() {
		of.By = clock.DateOf(v.now)
	}
	list := views.Due(v.cases, v.figures, v.now, v.whom(), of.By)
	list.Missing, err = v.ended()
	return list, err
}

// Handovers implements ops.Ledger.
func (l *ledger) Handovers(ctx context.Context, of ops.ViewOf, tell ops.Progress) (views.Handovers, error) {
	v, err := l.view(ctx, of, projections.Which{Types: []string{"handover.given", "helpline.contact"}}, tell)
	if err != nil {
		return views.Handovers{}, err
	}
	h := views.HandoverQueue(v.cases, v.figures, v.now, v.whom())
	h.Missing, err = v.ended()
	return h, err
}
