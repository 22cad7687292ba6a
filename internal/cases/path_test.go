package cases_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

const monday = `"2026-11-02T08:30:00+00:00"`

// test writes the tests of a decision, each met.
func testsMet(names ...string) string {
	var list []string
	for _, n := range names {
		list = append(list, fmt.Sprintf(`{"met":"yes","reasons":{"text":"It is."},"test":%q}`, n))
	}
	return "[" + strings.Join(list, ",") + "]"
}

var asked = testsMet("lawful-power", "reasonable-line", "relevant", "necessary", "proportionate", "less-intrusive", "notice", "client-views")

// path takes the steps of a disclosure up to and including one, and returns
// the seq of the request.
func (d *desk) path(to cases.Step) (request uint64) {
	d.t.Helper()
	when := []string{"occurred/from", monday, "occurred/to", "null"}
	add := func(typ string, changes ...string) uint64 { return d.add(typ, append(when, changes...)...).Seq }
	d.safe(channel("phone", true, ""), "[]", "null")
	set := d.n
	request = add("disclosure.requested", "data/form", "null", "data/counselling", "false", "data/kind", `"victim-information-request"`)
	if to == cases.StepRequest {
		return request
	}
	told, words, last := "null", "null", "null"
	decide := func() {
		last = fmt.Sprint(add("disclosure.decided", "data/request", fmt.Sprint(request), "data/replaces", last, "data/tests", asked, "data/client_told", told,
			"data/words", words, "data/closings", "[]", "data/decision", `"full"`))
	}
	if decide(); to == cases.StepDecision {
		return request
	}
	told = fmt.Sprintf(`{"answer":"yes","channel":"phone","on":%s,"safe_contact":%d,"views":null}`, monday, set)
	if decide(); to == cases.StepTold {
		return request
	}
	words = fmt.Sprintf(`{"proposals":[],"read_by":"staff-02","read_to":%d}`, d.n)
	if decide(); to == cases.StepWords {
		return request
	}
	add("disclosure.approved", "data/decision", last, "data/draft/read_to", fmt.Sprint(d.n))
	return request
}

func (d *desk) pathOf(request uint64) *cases.Path {
	d.t.Helper()
	p, err := d.s.Path(d.t.Context(), d.c, request)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// wantStep holds an error to the step that it names.
func wantStep(t *testing.T, err error, step cases.Step, why string) {
	t.Helper()
	var s *cases.StepError
	switch {
	case step == 0 && err == nil:
	case !errors.As(err, &s) || !errors.Is(err, cases.ErrStep) || s.Step != step || !strings.Contains(s.Why, why):
		t.Errorf("got %v, want step %v: …%s…", err, step, why)
	}
}

// TestPath: each skipped step is refused, and the refusal names it.
func TestPath(t *testing.T) {
	const last = "data/replaces"
	tests := []struct {
		name string
		to   cases.Step
		more func(d *desk, request uint64)
		who  string
		in   cases.Scope
		step cases.Step
		why  string
	}{
		{"all of it", cases.StepApproval, nil, "", cases.Scope{}, 0, ""},
		{"only asked for", cases.StepRequest, nil, "", cases.Scope{}, cases.StepDecision, "nobody has decided"},
		{"only decided", cases.StepDecision, nil, "", cases.Scope{}, cases.StepTold, "whether the client was told"},
		{"nobody read", cases.StepTold, nil, "", cases.Scope{}, cases.StepWords, "nobody has read"},
		{"no second person", cases.StepWords, nil, "", cases.Scope{}, cases.StepApproval, "no second person"},
		{"recorded after reading", cases.StepApproval, nil, "", cases.Scope{Events: []uint64{1, 99}}, cases.StepWords, "in scope: 99;"},
		{"read what was not there yet", cases.StepTold, func(d *desk, request uint64) {
			told := `{"answer":"not-safe","channel":null,"on":null,"safe_contact":null,"views":null}`
			d.add("disclosure.decided", "data/request", fmt.Sprint(request), last, "null", "data/tests", asked, "data/client_told", told, "data/closings", "[]",
				"data/words", fmt.Sprintf(`{"proposals":[],"read_by":"staff-02","read_to":%d}`, d.n+1))
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n))
		}, "", cases.Scope{}, cases.StepWords, "which was not there yet"},
		{"undecided proposal", cases.StepApproval, nil, "", cases.Scope{Proposals: []cases.Leaves{{Seq: 1, Leaf: 8, Leaves: 2}}}, cases.StepWords, "1 proposal is undecided, of event 1"},
		{"an excluded producer", cases.StepApproval, func(d *desk, _ uint64) {
			d.add("staff.excluded", "data/staff", `"staff-09"`, "data/excluded", "true")
		}, "staff-09", cases.Scope{}, cases.StepExport, "exclusion list"},
		{"sent back", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/approved", "false")
		}, "", cases.Scope{}, cases.StepApproval, "sent decision"},
		{"decided again since", cases.StepApproval, func(d *desk, request uint64) {
			told := `{"answer":"not-safe","channel":null,"on":null,"safe_contact":null,"views":null}`
			d.add("disclosure.decided", "data/request", fmt.Sprint(request), last, "null", "data/tests", asked, "data/client_told", told, "data/closings", "[]",
				"data/words", fmt.Sprintf(`{"proposals":[],"read_by":"staff-02","read_to":%d}`, d.n))
		}, "", cases.Scope{}, cases.StepApproval, "took its place since"},
		{"refused", cases.StepApproval, func(d *desk, request uint64) {
			d.add("disclosure.decided", "data/request", fmt.Sprint(request), last, "null", "data/decision", `"refused"`, "data/client_told", "null", "data/words", "null")
		}, "", cases.Scope{}, cases.StepDecision, "refuses the request"},
		{"the same person twice", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/by", `"staff-02"`)
		}, "", cases.Scope{}, cases.StepApproval, "staff-02 decided, read or recorded"},
		{"not every page", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/pages", "13")
		}, "", cases.Scope{}, cases.StepApproval, "13 of 14 pages"},
		{"a draft of before the decision", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/draft/read_to", fmt.Sprint(d.n-1))
		}, "", cases.Scope{}, cases.StepApproval, "which is not between decision"},
		{"a draft of what was not there yet", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/draft/read_to", fmt.Sprint(d.n+1))
		}, "", cases.Scope{}, cases.StepApproval, "which is not between decision"},
		{"no draft read", cases.StepWords, func(d *desk, _ uint64) {
			d.add("disclosure.approved", "data/decision", fmt.Sprint(d.n), "data/draft", "null")
		}, "", cases.Scope{}, cases.StepApproval, "names no draft"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			request := d.path(tt.to)
			if tt.more != nil {
				tt.more(d, request)
			}
			who := tt.who
			if who == "" {
				who = "staff-02"
			}
			decision, approval, err := d.pathOf(request).Produce(who, &tt.in)
			wantStep(t, err, tt.step, tt.why)
			// The export itself is held to the same, but for what only the words say.
			if tt.in.Events == nil && tt.in.Proposals == nil {
				c := d.of("disclosure.exported", "data/request", fmt.Sprint(request), "data/decision", fmt.Sprint(max(decision, 3)), "data/approval", fmt.Sprint(max(approval, 4)))
				c.Actor = who
				if err != nil { // any that are there: the step is refused before
					c = d.of("disclosure.exported", "data/request", fmt.Sprint(request), "data/decision", "null", "data/approval", "null")
				}
				_, err := d.s.Record(t.Context(), c)
				if (err == nil) != (tt.step == 0) || err != nil && !errors.Is(err, cases.ErrStep) {
					t.Errorf("the export: %v", err)
				}
			}
		})
	}
}

// TestUnder: a bundle made under an earlier decision is none of the last.
func TestUnder(t *testing.T) {
	d := newDesk(t)
	p := d.pathOf(d.path(cases.StepApproval))
	wantStep(t, p.Before(cases.StepHandOver, nil), cases.StepExport, "no bundle was made")
	last := p.Decisions[len(p.Decisions)-1].Seq
	for decision, step := range map[uint64]cases.Step{last - 1: cases.StepExport, last: 0} {
		x := casefile.Item[schemas.DisclosureExportedV2]{}
		x.Data.Decision = &decision
		p.Exports = []casefile.Item[schemas.DisclosureExportedV2]{x}
		wantStep(t, p.Before(cases.StepHandOver, nil), step, "no bundle was made")
	}
}

// TestDecided: what a decision has to answer, and how the client is told.
func TestDecided(t *testing.T) {
	d := newDesk(t)
	request := d.path(cases.StepTold)
	base := d.pathOf(request)
	good := base.Decisions[1].Data
	tests := []struct {
		name   string
		change func(p *cases.Path)
		step   cases.Step
		why    string
	}{
		{"as it is", func(*cases.Path) {}, 0, ""},
		{"a test without an answer", func(p *cases.Path) { p.Decisions[0].Data.Tests = good.Tests[:6] }, cases.StepDecision, "no answer: notice, client-views"},
		{"full, and a test not met", func(p *cases.Path) { p.Decisions[0].Data.Tests[2].Met = "no" }, cases.StepDecision, "test relevant is not met"},
		{"counselling without advice", func(p *cases.Path) {
			p.Request.Data.Counselling = true
			p.Decisions[0].Data.Tests = append(p.Decisions[0].Data.Tests, good.Tests[0])
			p.Decisions[0].Data.Tests[8].Test = "substantial-probative-value"
			p.Decisions[0].Data.Advice = "not-needed"
		}, cases.StepDecision, "counselling"},
		{"waiting for advice", func(p *cases.Path) { p.Decisions[0].Data.Advice = "waiting" }, cases.StepDecision, "not there yet"},
		{"not told", func(p *cases.Path) { p.Decisions[0].Data.ClientTold.Answer = "no" }, cases.StepTold, "was not told"},
		{"told under no setting", func(p *cases.Path) { p.Decisions[0].Data.ClientTold.SafeContact = nil }, cases.StepTold, "safe-contact setting"},
		{"another power", func(p *cases.Path) {
			p.Request.Data.Kind = "court-order"
		}, cases.StepDecision, "no answer: third-parties"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := *base
			r, told := *base.Request, *good.ClientTold
			p.Request = &r
			p.Decisions = append(p.Decisions[:0:0], base.Decisions[1])
			p.Decisions[0].Data.Tests = append(good.Tests[:0:0], good.Tests...)
			p.Decisions[0].Data.ClientTold = &told
			tt.change(&p)
			wantStep(t, p.Before(cases.StepWords, nil), tt.step, tt.why)
		})
	}
	_, err := d.s.Path(t.Context(), d.c, 1)
	wantStep(t, err, cases.StepRequest, "event 1 of the case is no disclosure.requested")
}

// TestManager: a manager decides, as the service's own chain says who is one.
func TestManager(t *testing.T) {
	d := newDesk(t)
	d.govern("staff.recorded", "data/staff", `"staff-02"`, "data/role", `"manager"`, "data/initials", `"MO"`)
	d.govern("staff.recorded", "data/staff", `"staff-07"`, "data/role", `"adviser"`, "data/initials", `"KP"`)
	for who, step := range map[string]cases.Step{"staff-02": 0, "staff-07": cases.StepDecision, "staff-77": cases.StepDecision} {
		wantStep(t, d.s.Manager(t.Context(), who), step, "a manager decides")
	}
	for who, step := range map[string]cases.Step{"staff-02": 0, "staff-2": cases.StepApproval, "staff-07": cases.StepApproval, "system": cases.StepApproval} {
		wantStep(t, d.s.Approver(t.Context(), "staff-02", who), step, "the second person is a manager, and "+who+" is not recorded as one")
	}
	_, err := d.s.Govern(t.Context(), d.of("staff.recorded", "data/staff", `"staff-09"`, "data/initials", `"KP"`))
	var rule *cases.RuleError
	if !errors.As(err, &rule) || rule.Pointer != "/data/initials" {
		t.Errorf("the same initials for two: %v", err)
	}
}

func (d *desk) govern(typ string, changes ...string) {
	d.t.Helper()
	if _, err := d.s.Govern(d.t.Context(), d.of(typ, changes...)); err != nil {
		d.t.Fatal(err)
	}
}

// TestExhibits: no reference is given to two exhibits, however many ask at once.
func TestExhibits(t *testing.T) {
	d := newDesk(t)
	d.govern("staff.recorded", "data/staff", `"staff-07"`, "data/initials", `"KP"`)
	next := func(staff string) string {
		t.Helper()
		ref, err := d.s.NextExhibit(t.Context(), staff)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	if got := next("staff-07"); got != "KP/1" {
		t.Errorf("first: %s", got)
	}
	if got := next("staff-99"); got != "S99/1" {
		t.Errorf("without initials: %s", got)
	}
	if _, err := d.s.NextExhibit(t.Context(), "system"); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("with neither: %v", err)
	}

	request := d.path(cases.StepApproval)
	p := d.pathOf(request)
	export := func(exhibit string) error {
		c := d.of("disclosure.exported", "data/exhibit", fmt.Sprintf("%q", exhibit), "data/request", fmt.Sprint(request),
			"data/decision", fmt.Sprint(p.Decisions[len(p.Decisions)-1].Seq), "data/approval", fmt.Sprint(p.Approval().Seq))
		_, err := d.s.Record(t.Context(), c)
		return err
	}
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() { errs[i] = export("KP/1") })
	}
	wait.Wait()
	taken := 0
	for _, err := range errs {
		if errors.Is(err, cases.ErrExhibit) {
			taken++
		} else if err != nil {
			t.Error(err)
		}
	}
	if taken != len(errs)-1 {
		t.Errorf("%d of %d were refused", taken, len(errs))
	}
	if got := next("staff-07"); got != "KP/2" {
		t.Errorf("then: %s", got)
	}
	if err := export("KP/2"); err != nil {
		t.Error(err)
	}
	if err := export("EXT/2026/7"); err != nil {
		t.Errorf("somebody else's reference: %v", err)
	}
}
