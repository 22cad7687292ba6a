package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/internal/accesslog"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
)

// Operations of the command line that show nothing of a case: who uses them is
// in what they record, or they are about the ledger and the service alone.
var showsNothing = []string{
	"Accesses", "Accounts", "Append", "Attach", "Audit", "ChangeAccount", "Close", "Demo", "Figures", "Health", "Import", "Loads", "MakeToken", "Policy", "Rebuild", "RevokeToken",
	"Roster", "Scrub", "Stats", "Tokens",
}

// shows is every other operation, with what the access ledger is told of it.
// They are asked of a case by an actor; those that are about no one case come
// with the actor alone.
var shows = map[string]struct {
	typ string
	one bool // about one case, and refused to who is excluded from it
	do  func(ctx context.Context, l ops.Ledger, chain events.Chain, actor string) error
}{
	"Attachments": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Attachments(ctx, ops.AttachmentsOf{Case: c, Actor: actor})
		return err
	}},
	"Board": {"board.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Board(ctx, ops.ViewOf{Staff: actor}, nil)
		return err
	}},
	"Case": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Case(ctx, ops.CaseAsk{AsOf: ops.AsOf{Case: c, Actor: actor}})
		return err
	}},
	"Caseload": {"cases.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, _ string) error {
		_, err := l.Caseload(ctx, "staff-07")
		return err
	}},
	"Cases": {"cases.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Cases(ctx, ops.ViewOf{Staff: actor}, nil)
		return err
	}},
	"Day": {"day.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Day(ctx, ops.ViewOf{Staff: actor}, nil)
		return err
	}},
	"Disclosure": {"disclosure.seen", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Disclosure(ctx, ops.OfRequest{Case: c, Request: 1, Actor: actor})
		return err
	}},
	"Draft": {"disclosure.seen", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Draft(ctx, ops.OfRequest{Case: c, Request: 1, Actor: actor, Plain: true})
		return err
	}},
	"Due": {"day.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Due(ctx, ops.ViewOf{Staff: actor}, nil)
		return err
	}},
	"Explain": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Explain(ctx, ops.AsOf{Case: c, Actor: actor})
		return err
	}},
	"Export": {"exported", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Export(ctx, ops.Export{Case: c, Request: 1, Actor: actor, Plain: true}, io.Discard)
		return err
	}},
	"Fetch": {"attachment.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Fetch(ctx, ops.AttachmentOf{Case: c, Seq: 1, Actor: actor}, io.Discard)
		return err
	}},
	"Handovers": {"handover.seen", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Handovers(ctx, ops.ViewOf{Staff: actor}, nil)
		return err
	}},
	"Inspect": {"attachment.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Inspect(ctx, ops.AttachmentOf{Case: c, Seq: 1, Actor: actor})
		return err
	}},
	"Marac": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Marac(ctx, ops.MaracAsk{AsOf: ops.AsOf{Case: c, Actor: actor}}, nil)
		return err
	}},
	"People": {"people.seen", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.People(ctx, ops.AsOf{Case: c, Actor: actor})
		return err
	}},
	"Plan": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Plan(ctx, ops.AsOf{Case: c, Actor: actor})
		return err
	}},
	"Proposals": {"disclosure.seen", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Proposals(ctx, ops.OfRequest{Case: c, Request: 1, Actor: actor})
		return err
	}},
	"Review": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Review(ctx, ops.AsOf{Case: c, Actor: actor})
		return err
	}},
	"Search": {"case.searched", false, func(ctx context.Context, l ops.Ledger, _ events.Chain, actor string) error {
		_, err := l.Search(ctx, ops.SearchAsk{Term: "Núñez", Actor: actor})
		return err
	}},
	"Show": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Show(ctx, ops.EventOf{Case: c, Seq: 1, Actor: actor})
		return err
	}},
	"TakeStep": {"disclosure.seen", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.TakeStep(ctx, ops.TakeStep{Case: c, Request: 1, Step: ops.TakeDecide, Actor: actor, File: []byte("{}")})
		return err
	}},
	"Timeline": {"case.opened", true, func(ctx context.Context, l ops.Ledger, c events.Chain, actor string) error {
		_, err := l.Timeline(ctx, ops.TimelineOf{Case: c, Actor: actor})
		return err
	}},
}

// TestKeyboard: whatever the command line shows of cases stands in the access
// ledger, under the name that was given or as the operator's, in one session;
// nobody who is excluded is shown the case; and nothing is shown any more once
// the access ledger cannot be written. No operation is left out.
func TestKeyboard(t *testing.T) {
	for m := range reflect.TypeFor[ops.Ledger]().Methods() {
		_, known := shows[m.Name]
		if known == slices.Contains(showsNothing, m.Name) {
			t.Errorf("%s: does it show a case?", m.Name)
		}
	}

	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	list, err := l.Caseload(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	chain := list.Cases[0].Case
	const out = "staff-11"
	if _, err := l.cases.Append(t.Context(), cases.Command{Case: chain, Type: "staff.excluded", Actor: "staff-01",
		Occurred: []byte(`{"from":"` + clock.Format(l.now()) + `","precision":"exact","to":null}`),
		Data:     []byte(`{"by":"staff-01","excluded":true,"made":{"from":"live","kept":null,"late":null,"reference":null},"note":null,"reason":"knows-client","staff":"` + out + `"}`)}); err != nil {
		t.Fatal(err)
	}
	k := attended(l)
	entries := func() []accesslog.Row {
		t.Helper()
		all, err := l.accesses(t.Context(), accesslog.Which{})
		if err != nil {
			t.Fatal(err)
		}
		return all.Entries
	}
	before := len(entries())
	look := func(name, actor string) {
		t.Helper()
		// What a page says of a step that was not taken is no matter here.
		_ = shows[name].do(t.Context(), k, chain, actor)
		got := entries()
		if len(got) != before+1 {
			t.Fatalf("%s by %q: %d entries", name, actor, len(got)-before)
		}
		before++
		e := got[len(got)-1]
		want, role := actor, "manager"
		if actor == "" || name == "Caseload" {
			want, role = accesslog.Service, ""
		}
		if e.Type != shows[name].typ || e.Staff != want || e.Role != role || e.Session != k.session || e.Command() == "" ||
			shows[name].one != (e.Case != nil && *e.Case == chain) {
			t.Errorf("%s by %q: %+v", name, actor, e)
		}
	}
	for name, op := range shows {
		look(name, "staff-01")
		look(name, "")
		if !op.one {
			continue
		}
		if err := op.do(t.Context(), k, chain, out); !errors.Is(err, ops.ErrInput) || !strings.Contains(err.Error(), "exclusion list") {
			t.Errorf("%s for who is excluded: %v", name, err)
		}
		if err := op.do(t.Context(), k, chain, "No Number"); !errors.Is(err, ops.ErrInput) {
			t.Errorf("%s for no staff number: %v", name, err)
		}
		if n := len(entries()); n != before {
			t.Fatalf("%s: %d entries of what was refused", name, n-before)
		}
	}

	// Administrators see the exclusion, unless it is theirs.
	has := func(reader string) bool {
		t.Helper()
		all, err := l.Exclusions(t.Context(), reader)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(all, func(x pages.Exclusion) bool { return x.Case == chain && slices.Contains(x.Staff, out) })
	}
	if !has("staff-01") || has(out) {
		t.Error("the exclusion is not shown, or shown to who is excluded")
	}

	// Days of Maracs leave the case out.
	days := ops.MaracAsk{From: clock.DateOf(l.now().AddDate(-2, 0, 0)), To: clock.DateOf(l.now().AddDate(1, 0, 0))}
	all, err := k.Marac(t.Context(), days, nil)
	if err != nil || len(all.Cases) == 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	hers := all.Cases[0].Case
	if _, err := l.cases.Append(t.Context(), cases.Command{Case: hers, Type: "staff.excluded", Actor: "staff-01",
		Occurred: []byte(`{"from":"` + clock.Format(l.now()) + `","precision":"exact","to":null}`),
		Data:     []byte(`{"by":"staff-01","excluded":true,"made":{"from":"live","kept":null,"late":null,"reference":null},"note":null,"reason":"knows-client","staff":"staff-07"}`)}); err != nil {
		t.Fatal(err)
	}
	days.Actor = "staff-07"
	less, err := k.Marac(t.Context(), days, nil)
	if err != nil || len(less.Cases) != len(all.Cases)-1 {
		t.Errorf("%d cases of %d, %v", len(less.Cases), len(all.Cases), err)
	}

	l.access.voids, l.access.firstVoid = 1, 1 // an operator has to look first
	defer func() { l.access.voids = 0 }()
	for name, op := range shows {
		if err := op.do(t.Context(), k, chain, "staff-01"); err == nil {
			t.Errorf("%s is shown without an entry", name)
		}
	}
}
