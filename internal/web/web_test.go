package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.uber.org/goleak"

	"caseledger/events"
	"caseledger/internal/accesslog"
	"caseledger/internal/audit"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/rules"
	"caseledger/internal/views"
	"caseledger/internal/web"
	"caseledger/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a ledger that answers what it is told to and remembers what it was
// asked.
type fake struct {
	err    error
	asked  any
	partly bool // an export that fails in the middle
}

var _ ops.Ledger = (*fake)(nil)

var (
	chain = events.Chain{0xab, 1}
	at    = time.Date(2026, 10, 27, 14, 5, 0, 123456000, time.UTC)
)

func (f *fake) Append(_ context.Context, a ops.Append) (ops.Appended, error) {
	f.asked = a
	return ops.Appended{Case: chain, Seq: 3, ID: ulid.ULID{1}, Hash: events.Hash{2}}, f.err
}

func (f *fake) Import(_ context.Context, in io.Reader) (cases.Report, error) {
	b, err := io.ReadAll(in)
	if err != nil {
		return cases.Report{}, err
	}
	f.asked = len(b)
	return cases.Report{Lines: 7, Recorded: 5, Refused: 2, Refusals: []cases.Refusal{{Line: 3, Pointer: "/data", Rule: "r"}}}, f.err
}

func (f *fake) Caseload(_ context.Context, adviser string) (ops.Caseload, error) {
	f.asked = adviser
	return ops.Caseload{Adviser: &adviser, Cases: []ops.Case{
		{Case: chain, Initials: "QX", Adviser: "staff-07", Status: "open", Risk: "high", RiskAt: "2026-10-27T14:05:00+00:00",
			Criteria: []string{"repeat"}, Repeat: true, Flags: []string{}, Overdue: 2, Events: 12,
			SafeContact: ops.SafeContact{Set: true, Allowed: []string{"text"}, Refused: []string{}, CodeWord: true, Line: "SAFE: text only, code word set"}},
		{Case: events.Chain{9}, Missing: "the key of this case is gone", Criteria: []string{}, Flags: []string{},
			SafeContact: ops.SafeContact{Allowed: []string{}, Refused: []string{}}},
	}}, f.err
}

func (f *fake) Timeline(_ context.Context, of ops.TimelineOf) (ops.Timeline, error) {
	f.asked = []any{of.Case, of.Actor, of.AsKnown.UTC()}
	return ops.Timeline{Case: of.Case, AsKnown: &of.AsKnown, Events: []ops.Line{
		{Seq: 1, Type: "contact.recorded", V: 1, Recorded: ops.Time(at), Occurred: ops.Occurred{From: "2026-10-27", Precision: "date"}, CorrectedBy: []ops.Place{{Seq: 2}}},
	}}, f.err
}

func (f *fake) Explain(_ context.Context, a ops.AsOf) (rules.Explanation, error) {
	f.asked = []any{a.Case, a.Actor, a.AsKnown.UTC(), a.AsHappened.UTC(), a.Now.UTC()}
	day := clock.On(2026, 10, 27)
	return rules.Explanation{Rule: schemas.Versioned{Code: "marac", Version: 1}, At: clock.AtTime(at), Result: rules.Met, Met: []string{"repeat"}, Level: "high",
		Assessment: &rules.Assessment{Seq: 7, On: clock.OnDate(day), Yes: 13, Judgement: "high", Reasons: true, Ticked: []string{}},
		Criteria: []rules.Criterion{{Code: "repeat", Pair: &rules.Pair{Person: "ab"}, Result: rules.Met,
			Figures: []rules.Figure{{Value: policy.Value{Code: "visible-high-risk", Values: []uint64{14}, Unit: "count", Default: true}, Basis: "default"}},
			Inputs:  []rules.Input{{Seq: 2, Type: "incident.disclosed", Last: day, Counts: true, Why: "within"}}}}}, f.err
}

func (f *fake) Review(_ context.Context, a ops.AsOf) (rules.Report, error) {
	f.asked = []any{a.Case, a.Actor, a.AsKnown.UTC(), a.AsHappened.UTC(), a.Now.UTC()}
	return rules.Report{At: clock.AtTime(at), Asked: []rules.Question{{Code: "contact-gap", Found: 1}}, Limits: []rules.Limit{},
		Findings: []rules.Finding{{Code: "contact-gap", Seqs: []uint64{2, 5}, From: clock.On(2026, 10, 1), Days: 9}}}, f.err
}

func (f *fake) Stats(_ context.Context, a ops.CountStats, _ ops.Progress) (views.Stats, error) {
	f.asked = a
	three, median := 3, 1.5
	return views.Stats{From: a.From, To: a.To, Under: 5, Held: 2, Notes: []string{"x"}, Staff: views.Staffing{Advisers: 2, Full: &three},
		Tables: []views.Table{{Code: "source", Median: &median, Rows: []views.Row{{Code: "police", Rows: []views.Row{{Code: "high", Count: &three}}}}}}}, f.err
}

func (f *fake) Board(_ context.Context, v ops.ViewOf, _ ops.Progress) (views.Board, error) {
	f.asked = v
	return views.Board{At: clock.AtTime(at), Unallocated: []views.Waiting{{Subject: views.Subject{Case: chain}, Days: 2}},
		Cover: []views.Turn{{By: "staff-08", To: clock.AtTime(at), Now: true}}, Approvals: []views.Approval{{Kind: "export", Not: "staff-01"}}}, f.err
}

func (f *fake) Day(_ context.Context, v ops.ViewOf, _ ops.Progress) (views.Day, error) {
	f.asked = v
	return views.Day{At: clock.AtTime(at), Whom: views.Whom{Staff: v.Staff}, Urgent: []views.Urgent{{Subject: views.Subject{Case: chain}, Kind: "helpline", Call: &views.Call{Seq: 4}}},
		Away: []views.Covered{{By: "staff-08", Entries: []views.Entry{{Seq: 2, Line: "x"}}}}}, f.err
}

func (f *fake) Due(_ context.Context, v ops.ViewOf, _ ops.Progress) (views.DueList, error) {
	f.asked = v
	return views.DueList{By: v.By, Items: []views.Item{{Kind: "court", Due: clock.OnDate(clock.On(2026, 10, 27)), Days: 2, Seq: 9}}}, f.err
}

func (f *fake) Handovers(_ context.Context, v ops.ViewOf, _ ops.Progress) (views.Handovers, error) {
	f.asked = v
	return views.Handovers{Given: []views.Handover{{Seq: 3, To: clock.AtTime(at)}}, Calls: []views.Call{{DangerNow: "yes"}}}, f.err
}

func (f *fake) Plan(_ context.Context, a ops.AsOf) (views.Plan, error) {
	f.asked = []any{a.Case, a.Actor, a.AsKnown.UTC(), a.AsHappened.UTC(), a.Now.UTC()}
	outcome := "Fitted."
	return views.Plan{Case: a.Case, At: clock.AtTime(at), Areas: []views.PlanArea{{Area: "safety", Open: 1, Actions: []views.PlannedAction{{
		ID: "a1", Aim: "Change the lock.", Due: clock.OnDate(clock.On(2026, 10, 27)), Outcome: &outcome, Repeats: []string{},
		History: []views.PlanStep{{Seq: 3, On: clock.AtTime(at), Changed: []string{"due"}}}}}}}}, f.err
}

func (f *fake) Marac(_ context.Context, a ops.MaracAsk, _ ops.Progress) (views.Agenda, error) {
	f.asked = []any{a.Case, a.From, a.To, a.Now.UTC()}
	return views.Agenda{At: clock.AtTime(at), From: a.From, Missing: []events.Chain{chain}, Cases: []views.AgendaCase{{Case: chain, Listed: []views.Listing{},
		Actions: []views.AgendaAction{{ID: "m1", Updates: []uint64{4}}}, Hearings: []views.Heard{{Seq: 2, Feedback: views.Feedback{Due: clock.On(2026, 10, 28)}}}}}}, f.err
}

func (f *fake) Search(_ context.Context, a ops.SearchAsk) (ops.Search, error) {
	f.asked = []any{a.Term, a.Actor, a.Now.UTC()}
	return ops.Search{Cases: []views.Found{{Case: chain, Initials: "A.B."}}}, f.err
}

func (f *fake) People(_ context.Context, a ops.AsOf) (views.People, error) {
	f.asked = []any{a.Case, a.Actor}
	return views.People{Case: a.Case, At: clock.AtTime(at), People: []views.PersonLinks{{Person: "ab", Links: []views.CaseLink{{Case: chain, BothClients: true}}}}}, f.err
}

func (f *fake) Show(_ context.Context, of ops.EventOf) (ops.Event, error) {
	f.asked = of
	return ops.Event{Case: of.Case, Seq: of.Seq, At: ops.Time(at), Link: "a\nb\n", Body: []byte(`{"text":"she said \"no\" <twice>"}`)}, f.err
}

func (f *fake) Export(_ context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	f.asked = e
	if f.err == nil || f.partly {
		if _, err := out.Write(bytes.Repeat([]byte("PK"), 100_000)); err != nil {
			return ops.Exported{}, err
		}
	}
	return ops.Exported{Case: e.Case, Exhibit: "AB/3 – ü", Seq: 3, Undated: []uint64{2}, Warnings: []ops.Warning{{Seq: 1, Path: "/data"}}}, f.err
}

func (f *fake) Accesses(_ context.Context, a ops.AccessAsk) (ops.Accesses, error) {
	return ops.Accesses{Origin: "ledger.example.org/cases/access", Entries: []accesslog.Row{{Type: "case.opened", Staff: a.Actor, Case: a.Which.Case}}, Unreviewed: []accesslog.Row{}}, f.err
}

func (f *fake) Accounts(context.Context) (ops.Accounts, error) {
	return ops.Accounts{Accounts: []ops.Account{{Staff: "staff-07", Standing: "ready", Made: ops.Time(at), Changed: ops.Time(at), Asked: "staff-01"}}}, f.err
}

func (f *fake) Tokens(context.Context) (ops.Tokens, error) {
	return ops.Tokens{Tokens: []ops.Token{{ID: chain.String(), Name: "Reports", Acts: "staff-07", Scopes: []string{"search"}, Standing: "ready"}}}, f.err
}

func (f *fake) MakeToken(_ context.Context, m ops.MakeToken) (ops.TokenMade, error) {
	return ops.TokenMade{Token: ops.Token{ID: chain.String(), Acts: m.Staff, Scopes: m.Scopes}, Text: "cl_aaaa"}, f.err
}

func (f *fake) RevokeToken(_ context.Context, r ops.RevokeToken) (ops.Token, error) {
	return ops.Token{ID: r.ID, Scopes: []string{}, Standing: "revoked"}, f.err
}

func (f *fake) ChangeAccount(_ context.Context, c ops.ChangeAccount) (ops.AccountChanged, error) {
	return ops.AccountChanged{Staff: c.Staff, Code: c.Do + c.By[1].Password}, f.err
}

func (f *fake) Audit(_ context.Context, full bool, p ops.Progress) (ops.Audit, error) {
	f.asked = full
	for i := range uint64(3) {
		p(i, 3)
	}
	time.Sleep(150 * time.Millisecond) // longer than a tick
	p(3, 3)
	return ops.Audit{Report: audit.Report{Events: 9, Checks: []audit.Check{{Name: "links", OK: true}}, Findings: []audit.Finding{}}, Full: full, Verdict: "whole"}, f.err
}

func (f *fake) Policy(context.Context) (ops.Policy, error) {
	return ops.Policy{Policy: "log x\nquorum none\n"}, f.err
}

func (f *fake) Rebuild(_ context.Context, p ops.Progress) (ops.Rebuilt, error) {
	p(1, 2)
	return ops.Rebuilt{Events: 9, Cases: 2}, f.err
}

func (f *fake) Demo(context.Context, ops.Progress) (ops.Demo, error) {
	return ops.Demo{Events: 9, Cases: []ops.DemoCase{{Case: chain, Title: "court", Events: 9}}}, f.err
}

func (f *fake) Health(context.Context) (ops.Health, error) {
	return ops.Health{Status: "ok", Origin: "ledger.example.org/cases", Events: 9, Signed: 7}, f.err
}

func (f *fake) Close() error { return nil }

func (f *fake) Case(_ context.Context, a ops.CaseAsk) (views.CasePage, error) {
	f.asked = a
	age := 7
	return views.CasePage{
		At: clock.AtTime(at.Truncate(time.Second)), Strip: views.Strip{Subject: views.Subject{Case: chain, Initials: "QX"}, Repeat: true, Alerts: []views.Item{}, Covering: []string{"staff-08"}},
		Due: []views.Item{}, Plan: []views.PlanArea{}, Timeline: []views.CaseEntry{{Seq: 3, Corrected: []uint64{4}, Disputed: []uint64{}}},
		People: []views.CasePerson{}, Children: []views.CaseChild{{Initials: "Q", Age: &age}}, Orders: []views.CaseOrder{},
	}, f.err
}

func (f *fake) Cases(_ context.Context, v ops.ViewOf, _ ops.Progress) (views.CaseList, error) {
	f.asked = v
	return views.CaseList{Cases: []views.CaseLine{}, Missing: []views.Missing{{Case: chain, Why: "it does not open"}}}, f.err
}

func (f *fake) Loads(_ context.Context, v ops.ViewOf, _ ops.Progress) (ops.Loads, error) {
	f.asked = v
	return ops.Loads{Loads: []views.Load{{Adviser: "staff-07", Open: 3, Most: 20, Over: []views.Allocation{}}}, Missing: []views.Missing{}}, f.err
}

func (f *fake) Figures(_ context.Context, v ops.ViewOf) (ops.Figures, error) {
	f.asked = v
	marac := "Saltby Marac"
	return ops.Figures{
		Policy: views.Policy{Version: 2, Seq: 9}, By: "staff-02", Sets: []ops.PolicySet{}, Next: 3,
		Figures: []ops.Figure{{Code: "visible-high-risk", Values: []uint64{12}, Default: []uint64{14}, Marac: &marac, Version: 2}}, Newest: []schemas.Setting{},
	}, f.err
}

func (f *fake) Roster(_ context.Context, v ops.ViewOf) (ops.Roster, error) {
	f.asked = v
	return ops.Roster{Staff: []schemas.StaffRecordedV2{{Staff: "staff-07", Role: "adviser", Active: true, Languages: []string{"en"}}}}, f.err
}

// over returns f as it looks through the socket.
func over(t *testing.T, f ops.Ledger) *web.Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: web.API(f), ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	c, err := web.Dial(t.Context(), func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = server.Close(); <-done })
	return c
}

// calls are all operations, each with its arguments.
var calls = map[string]func(context.Context, ops.Ledger) (any, error){
	"append": func(ctx context.Context, l ops.Ledger) (any, error) {
		id := ulid.ULID{3}
		return l.Append(ctx, ops.Append{Case: &chain, ID: &id, Type: "t", V: 2, Actor: "a", Expect: 4, Occurred: []byte("{\xff}"), Data: []byte(" {} ")})
	},
	"append to a new case": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Append(ctx, ops.Append{Type: "t", Occurred: []byte{}, Data: []byte{}})
	},
	"import": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Import(ctx, strings.NewReader(strings.Repeat("line\n", 300_000)))
	},
	"caseload": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Caseload(ctx, "staff-07") },
	"timeline": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Timeline(ctx, ops.TimelineOf{Case: chain, AsKnown: at, Actor: "staff-07"})
	},
	"explain": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Explain(ctx, ops.AsOf{Case: chain, Actor: "staff-07", AsKnown: at, AsHappened: at.Add(1), Now: at.Add(2)})
	},
	"plan": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Plan(ctx, ops.AsOf{Case: chain, AsKnown: at})
	},
	"marac": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Marac(ctx, ops.MaracAsk{From: clock.On(2026, 10, 26), To: clock.On(2026, 10, 30)}, nil)
	},
	"search": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Search(ctx, ops.SearchAsk{Term: "Zoé", Actor: "staff-07"})
	},
	"people": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.People(ctx, ops.AsOf{Case: chain, Actor: "staff-01"})
	},
	"review": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Review(ctx, ops.AsOf{Case: chain}) },
	"stats": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Stats(ctx, ops.CountStats{ViewOf: ops.ViewOf{AsKnown: at}, From: clock.On(2026, 7, 1), To: clock.On(2026, 9, 30)}, nil)
	},
	"board": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Board(ctx, ops.ViewOf{Staff: "staff-01", Now: at}, nil)
	},
	"day": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Day(ctx, ops.ViewOf{Staff: "staff-07", AsKnown: at, AsHappened: at.Add(1), Now: at.Add(2)}, nil)
	},
	"due": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Due(ctx, ops.ViewOf{By: clock.On(2026, 10, 30)}, nil)
	},
	"handover": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Handovers(ctx, ops.ViewOf{}, nil) },
	"case": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Case(ctx, ops.CaseAsk{AsOf: ops.AsOf{Case: chain, AsKnown: at, Actor: "staff-07"}, Types: []string{"contact"}})
	},
	"cases": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Cases(ctx, ops.ViewOf{Staff: "staff-07", AsHappened: at}, nil)
	},
	"loads":   func(ctx context.Context, l ops.Ledger) (any, error) { return l.Loads(ctx, ops.ViewOf{Now: at}, nil) },
	"figures": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Figures(ctx, ops.ViewOf{AsKnown: at}) },
	"roster":  func(ctx context.Context, l ops.Ledger) (any, error) { return l.Roster(ctx, ops.ViewOf{AsKnown: at}) },
	"show": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Show(ctx, ops.EventOf{Case: chain, Seq: 5, Actor: "staff-07"})
	},
	"export": func(ctx context.Context, l ops.Ledger) (any, error) {
		var out bytes.Buffer
		r, err := l.Export(ctx, ops.Export{Case: chain, Actor: "staff-07", Request: 6, For: "x", Plain: true}, &out)
		if err == nil && out.Len() != 200_000 {
			return nil, fmt.Errorf("%d bytes", out.Len())
		}
		return r, err
	},
	"audit": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Audit(ctx, true, func(uint64, uint64) {})
	},
	"accesses": func(ctx context.Context, l ops.Ledger) (any, error) {
		c := chain
		return l.Accesses(ctx, ops.AccessAsk{Actor: "staff-09", Which: accesslog.Which{Case: &c, From: at}})
	},
	"accounts": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Accounts(ctx) },
	"tokens":   func(ctx context.Context, l ops.Ledger) (any, error) { return l.Tokens(ctx) },
	"make-token": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.MakeToken(ctx, ops.MakeToken{Name: "Reports", Staff: "staff-07", Scopes: []string{"search"}})
	},
	"revoke-token": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.RevokeToken(ctx, ops.RevokeToken{ID: chain.String()})
	},
	"change-account": func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.ChangeAccount(ctx, ops.ChangeAccount{Do: "reset", Staff: "staff-07", By: []ops.Proof{{Staff: "staff-01"}, {Staff: "staff-02", Password: "q", Code: "123456"}}})
	},
	"policy":  func(ctx context.Context, l ops.Ledger) (any, error) { return l.Policy(ctx) },
	"rebuild": func(ctx context.Context, l ops.Ledger) (any, error) { return l.Rebuild(ctx, func(uint64, uint64) {}) },
	"demo":    func(ctx context.Context, l ops.Ledger) (any, error) { return l.Demo(ctx, nil) },
	"health":  func(ctx context.Context, l ops.Ledger) (any, error) { return l.Health(ctx) },
}

// TestSame: whoever asks over the socket asks the same and gets the same
// answer.
func TestSame(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			here, there := &fake{}, &fake{}
			want, err := call(t.Context(), here)
			if err != nil {
				t.Fatal(err)
			}
			got, err := call(t.Context(), over(t, there))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("over the socket\n%+v, here\n%+v", got, want)
			}
			if !reflect.DeepEqual(there.asked, here.asked) {
				t.Errorf("asked\n%+v, here\n%+v", there.asked, here.asked)
			}
		})
	}
}

// TestErrors: every kind of error keeps its identity, its words and its
// particulars.
func TestErrors(t *testing.T) {
	pointer := "/data/text"
	kinds := []error{
		&cases.RuleError{Pointer: pointer, Rule: "is too long", Kind: events.ErrTooLarge},
		&cases.RuleError{Pointer: pointer, Rule: "no such member"},
		&cases.ConflictError{Case: chain, Saw: 2, Last: 4, Added: []cases.Added{{Seq: 3, Type: "case.closed"}}},
		fmt.Errorf("x: %w", events.ErrDuplicate), fmt.Errorf("x: %w", events.ErrNotFound), fmt.Errorf("x: %w", events.ErrVersion),
		fmt.Errorf("x: %w", events.ErrSyntax), fmt.Errorf("x: %w", events.ErrBroken), fmt.Errorf("x: %w", events.ErrSealed),
		fmt.Errorf("x: %w", events.ErrStopped), fmt.Errorf("x: %w", events.ErrReadOnly), fmt.Errorf("x: %w", fs.ErrExist),
		&cases.StepError{Step: cases.StepApproval, Why: "no second person"}, &cases.RuleError{Pointer: pointer, Rule: "is used", Kind: cases.ErrExhibit},
		ops.Inputf("the request is not JSON"), ops.As(ops.ErrFull, errors.New("disk full")), &cases.ClockError{Back: time.Hour},
	}
	sentinels := []error{
		events.ErrTooLarge, events.ErrInvalid, events.ErrConflict, events.ErrDuplicate, events.ErrNotFound, events.ErrVersion, events.ErrSyntax,
		events.ErrBroken, events.ErrSealed, events.ErrStopped, events.ErrReadOnly, fs.ErrExist, ops.ErrInput, ops.ErrFull, cases.ErrClock,
		cases.ErrStep, cases.ErrExhibit,
	}
	for _, kind := range kinds {
		for name, call := range calls {
			_, err := call(t.Context(), over(t, &fake{err: kind}))
			if err == nil || err.Error() != kind.Error() {
				t.Fatalf("%s: got %v, want %v", name, err, kind)
			}
			for _, s := range sentinels {
				if errors.Is(err, s) != errors.Is(kind, s) {
					t.Errorf("%s: %v: is %v: %t over the socket", name, kind, s, errors.Is(err, s))
				}
			}
			if got, want := ops.NewError(err), ops.NewError(kind); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", name, got, want)
			}
		}
	}
}

// TestImportBoth: a report comes through beside its error.
func TestImportBoth(t *testing.T) {
	report, err := over(t, &fake{err: events.ErrStopped}).Import(t.Context(), strings.NewReader("x"))
	if !errors.Is(err, events.ErrStopped) || report.Recorded != 5 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestExportBroken: a bundle that fails in the middle is not taken for one.
func TestExportBroken(t *testing.T) {
	_, err := over(t, &fake{err: events.ErrBroken, partly: true}).Export(t.Context(), ops.Export{Case: chain}, io.Discard)
	if !errors.Is(err, events.ErrBroken) {
		t.Error(err)
	}
	// The service goes away.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		_, _ = w.Write(make([]byte, 1<<20))
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	c, err := web.Dial(t.Context(), func(context.Context) (net.Conn, error) { return net.Dial("tcp", server.Listener.Addr().String()) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Export(t.Context(), ops.Export{Case: chain}, io.Discard); err == nil || !strings.Contains(err.Error(), "went away") {
		t.Error(err)
	}
}

// TestCutOff: an answer without its end is no answer.
func TestCutOff(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "progress only": `{"progress":{"done":1,"total":2}}`, "half": `{"result":{"case":`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		c, err := web.Dial(t.Context(), func(context.Context) (net.Conn, error) { return net.Dial("tcp", server.Listener.Addr().String()) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Append(t.Context(), ops.Append{}); err == nil || !strings.Contains(err.Error(), "went away") {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
		server.Close()
	}
}

// TestCalls: calls that this version does not understand are refused.
func TestCalls(t *testing.T) {
	h := web.API(&fake{})
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"unknown member", "POST", "/v1/show", `{"case":"ab010000000000000000000000000000","seq":1,"word":"x"}`, 422},
		{"no JSON", "POST", "/v1/show", `{`, 422},
		{"not a case", "POST", "/v1/show", `{"case":"AB","seq":1}`, 422},
		{"too long", "POST", "/v1/append", `{"type":"` + strings.Repeat("x", 17<<20) + `"}`, 413},
		{"unknown operation", "POST", "/v1/erase", `{}`, 404},
		{"not a post", "GET", "/v1/policy", ``, 405},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		if w.Code != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.name, w.Code, tt.status, w.Body)
		}
	}
}

// TestProgress comes through while an operation runs.
func TestProgress(t *testing.T) {
	var seen []uint64
	_, err := over(t, &fake{}).Audit(t.Context(), false, func(done, total uint64) { seen = append(seen, done) })
	if err != nil || len(seen) == 0 || seen[len(seen)-1] != 3 {
		t.Errorf("%v, %v", seen, err)
	}
	// An error after progress has gone out.
	if _, err := over(t, &fake{err: events.ErrBroken}).Audit(t.Context(), false, nil); !errors.Is(err, events.ErrBroken) {
		t.Error(err)
	}
}
