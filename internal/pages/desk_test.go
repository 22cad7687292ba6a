package pages

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/internal/story"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// Of an empty office a desk sees nothing.

func (o *office) Explain(context.Context, ops.AsOf) (rules.Explanation, error) {
	return rules.Explanation{}, events.ErrNotFound
}

func (o *office) Marac(context.Context, ops.MaracAsk, ops.Progress) (views.Agenda, error) {
	return views.Agenda{}, events.ErrNotFound
}

func (o *office) Plan(context.Context, ops.AsOf) (views.Plan, error) {
	return views.Plan{}, events.ErrNotFound
}

func (o *office) Board(context.Context, ops.ViewOf, ops.Progress) (views.Board, error) {
	return views.Board{}, nil
}

func (o *office) Stats(context.Context, ops.CountStats, ops.Progress) (views.Stats, error) {
	return views.Stats{}, nil
}

func (o *office) Handovers(context.Context, ops.ViewOf, ops.Progress) (views.Handovers, error) {
	return views.Handovers{}, nil
}

func (o *office) Audit(context.Context, bool, ops.Progress) (ops.Audit, error) {
	return ops.Audit{}, nil
}

func (o *office) Accesses(context.Context, ops.AccessAsk) (ops.Accesses, error) {
	return ops.Accesses{}, nil
}

func (o *office) TakeStep(context.Context, ops.TakeStep) (ops.StepTaken, error) {
	return ops.StepTaken{}, events.ErrNotFound
}

func (o *office) Disclosure(context.Context, ops.OfRequest) (ops.Disclosure, error) {
	return ops.Disclosure{}, events.ErrNotFound
}

func (o *office) Proposals(context.Context, ops.OfRequest) (ops.Proposals, error) {
	return ops.Proposals{}, events.ErrNotFound
}

func (o *office) Draft(context.Context, ops.OfRequest) (ops.Draft, error) {
	return ops.Draft{}, events.ErrNotFound
}

func (o *office) Export(context.Context, ops.Export, io.Writer) (ops.Exported, error) {
	return ops.Exported{}, events.ErrNotFound
}

// fold is a case of the story with what was recorded in the test.
func (w *week) fold(c events.Chain) (*casefile.File, error) {
	list := w.upTo(c, w.now)
	if len(list) == 0 {
		return nil, events.ErrNotFound
	}
	f, err := casefile.Fold(list, casefile.Cut{KnownBy: w.now})
	if err != nil {
		return nil, err
	}
	f.Chain = c
	return f, nil
}

func (w *week) Explain(_ context.Context, a ops.AsOf) (rules.Explanation, error) {
	f, err := w.fold(a.Case)
	if err != nil {
		return rules.Explanation{}, err
	}
	return rules.Explain(f, policy.Default(), w.now), nil
}

func (w *week) Marac(_ context.Context, a ops.MaracAsk, _ ops.Progress) (views.Agenda, error) {
	f, err := w.fold(a.Case)
	if err != nil {
		return views.Agenda{}, err
	}
	return views.MaracOf(f, policy.Default(), w.now), nil
}

func (w *week) Plan(_ context.Context, a ops.AsOf) (views.Plan, error) {
	f, err := w.fold(a.Case)
	if err != nil {
		return views.Plan{}, err
	}
	return views.PlanOf(f, w.now), nil
}

// team is who works in the story.
var team = []schemas.StaffRecordedV2{
	{Staff: "staff-01", Role: "manager", Active: true}, {Staff: "staff-07", Role: "adviser", Active: true}, {Staff: "staff-08", Role: "adviser", Active: true},
}

func (w *week) Board(_ context.Context, of ops.ViewOf, _ ops.Progress) (views.Board, error) {
	return views.ForBoard(maps.Values(w.files), team, policy.Default(), w.now, views.Whom{Staff: of.Staff, Role: string(w.who.Role)}), nil
}

func (w *week) Stats(_ context.Context, c ops.CountStats, _ ops.Progress) (views.Stats, error) {
	from, to := c.Period(views.DayOf(maps.Values(w.files), policy.Default(), w.now, team[0]).At.Date())
	return views.CountStats(maps.Values(w.files), team, policy.Default(), from, to, w.now), nil
}

func (w *week) Handovers(_ context.Context, of ops.ViewOf, _ ops.Progress) (views.Handovers, error) {
	return views.HandoverQueue(maps.Values(w.files), policy.Default(), w.now, views.Whom{Staff: of.Staff, Role: string(w.who.Role)}), nil
}

// post sends a form.
func post(s http.Handler, target string, values url.Values) *httptest.ResponseRecorder {
	return ask(s, "POST", target, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader(values.Encode()))
	})
}

// fields are the hidden fields of the form of a page.
func fields(t *testing.T, page string) url.Values {
	t.Helper()
	v := url.Values{}
	for _, name := range []string{"id", "seq"} {
		_, rest, ok := strings.Cut(page, `name="`+name+`" value="`)
		text, _, _ := strings.Cut(rest, `"`)
		if !ok || text == "" {
			t.Fatalf("the form has no %s", name)
		}
		v.Set(name, text)
	}
	return v
}

// of are the events of a type of a case, as they are recorded now.
func (w *week) of(c events.Chain, typ string) []casefile.Event {
	var list []casefile.Event
	for _, e := range w.upTo(c, w.now) {
		if e.Body.Type == typ {
			list = append(list, e)
		}
	}
	return list
}

func wants(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, want := range words {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// atDesk is the story on the Wednesday for a role.
func atDesk(t *testing.T, staff string, role access.Role) (*week, *Server) {
	t.Helper()
	w := storyAt(t, access.Who{Staff: staff, Role: role}, wednesday)
	return w, serveWeek(t, w)
}

func serveWeek(t *testing.T, w *week) *Server {
	t.Helper()
	return serveLedger(t, w, w)
}

// serveLedger serves a ledger to who is signed in at an office.
func serveLedger(t *testing.T, l interface {
	Ledger
	Guard
}, w *week) *Server {
	t.Helper()
	s, err := New(Options{Ledger: l, Guard: l, Recorder: w, Drafts: w, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Hosts: []string{"localhost:8080"}, HTTPS: true, Now: func() time.Time { return w.now }})
	if errors.Is(err, ErrNoAssets) {
		lacking.End(t, "no assets: scripts/setup makes them")
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var courtCase = story.Chain("court")

// byRole is the story in which everybody may what their role may.
type byRole struct{ *week }

func (byRole) Decide(who access.Who, a access.Action, f *access.CaseFacts, now time.Time) access.Decision {
	return access.Decide(who, a, f, now)
}
