package pages

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/story"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

func (o *office) Cases(context.Context, ops.ViewOf, ops.Progress) (views.CaseList, error) {
	return views.CaseList{}, nil
}

func (o *office) Loads(context.Context, ops.ViewOf, ops.Progress) (ops.Loads, error) {
	return ops.Loads{}, nil
}

func (o *office) Search(context.Context, ops.SearchAsk) (ops.Search, error) {
	return ops.Search{}, nil
}

func (o *office) People(context.Context, ops.AsOf) (views.People, error) {
	return views.People{}, nil
}

func (o *office) AllCases(context.Context, string) ([]ops.Case, error) { return nil, nil }

func (o *office) CasesPage(context.Context, string, int, int) ([]ops.Case, int, error) {
	return nil, 0, nil
}

func (o *office) Exclusions(context.Context, string) ([]Exclusion, error) { return nil, nil }

func (w *week) Exclusions(_ context.Context, staff string) ([]Exclusion, error) {
	var list []Exclusion
	for _, f := range w.files {
		x := Exclusion{Case: f.Chain}
		if c := f.Client(); c != nil {
			x.Initials = c.Data.Initials
		}
		for _, e := range f.Excluded() {
			x.Staff = append(x.Staff, e.Data.Staff)
		}
		if len(x.Staff) > 0 && !slices.Contains(x.Staff, staff) {
			list = append(list, x)
		}
	}
	return list, nil
}

func (w *week) Cases(_ context.Context, of ops.ViewOf, _ ops.Progress) (views.CaseList, error) {
	return views.ListCases(maps.Values(w.files), policy.Default(), w.now, views.Whom{Staff: of.Staff, Role: string(w.who.Role)}), nil
}

func (w *week) Loads(_ context.Context, of ops.ViewOf, _ ops.Progress) (ops.Loads, error) {
	return ops.Loads{Loads: []views.Load{views.LoadOf(maps.Values(w.files), policy.Default(), w.now, schemas.StaffRecordedV2{Staff: of.Staff, Role: "adviser", Active: true})}}, nil
}

func (w *week) Search(_ context.Context, a ops.SearchAsk) (ops.Search, error) {
	ways := casefile.Asked(a.Term)
	if len(ways) == 0 {
		return ops.Search{}, ops.Inputf("there is nothing to look for")
	}
	alone := func(*casefile.File) []*casefile.File { return nil }
	return ops.Search{Cases: views.Find(ways, slices.Collect(maps.Values(w.files)), alone, a.Actor, w.who.Role == access.Manager, w.now)}, nil
}

func (w *week) People(_ context.Context, a ops.AsOf) (views.People, error) {
	return views.PeopleOf(w.files[a.Case], slices.Collect(maps.Values(w.files)), a.Actor, w.now), nil
}

func (w *week) CasesPage(ctx context.Context, staff string, from, n int) ([]ops.Case, int, error) {
	list, err := w.AllCases(ctx, staff)
	list = slices.DeleteFunc(list, func(c ops.Case) bool { return c.Status == "erased" })
	return list[min(from, len(list)):min(from+n, len(list))], len(list), err
}

func (w *week) AllCases(_ context.Context, staff string) ([]ops.Case, error) {
	list := []ops.Case{}
	for _, c := range views.ListCases(maps.Values(w.files), policy.Default(), w.now, views.Whom{Staff: staff, Role: "manager"}).Cases {
		late, corrected := uint64(0), uint64(0)
		if c.Case == courtCase {
			late, corrected = 1, 2
		}
		list = append(list, ops.Case{LateEntries: late, Corrections: corrected, Case: c.Case, Initials: c.Initials, Adviser: c.Adviser, Status: c.Stage, Risk: c.Risk, LastContact: ops.When(c.LastContact.String()), Overdue: c.Overdue})
	}
	return list, nil
}

// An adviser's list has the cases of theirs and those they cover, a manager's
// everybody's; neither has a name or an address.
func TestCases(t *testing.T) {
	for _, who := range []access.Who{{Staff: "staff-07", Role: access.Adviser}, {Staff: "staff-02", Role: access.Manager}} {
		w := storyAt(t, who, wednesday)
		s := serveLedger(t, byRole{w}, w)
		page := unmarked(ask(s, "GET", "/cases"))
		// One client's code word is the heading of a column.
		words := slices.DeleteFunc(private(w.files), func(word string) bool { return strings.EqualFold(word, "overdue") })
		if word := found(page, words); word != "" {
			t.Errorf("%s: the list has %q", who.Role, word)
		}
		listed := 0
		for chain, f := range w.files {
			d := byRole{w}
			facts := access.CaseFacts{Chain: chain, Adviser: f.Adviser(), Stage: f.Stage}
			for _, c := range f.Covering(wednesday) {
				facts.Covering = append(facts.Covering, c.Data.Adviser)
			}
			may := d.Decide(who, access.CaseOpen, &facts, wednesday).Allowed && !f.IsExcluded(who.Staff)
			if on := strings.Contains(page, Short(chain)); on != may {
				t.Errorf("%s: case %s is on the list: %v, may be opened: %v", who.Role, Short(chain), on, may)
			} else if on {
				listed++
			}
		}
		if listed < 2 {
			t.Errorf("%s: %d cases", who.Role, listed)
		}
		t.Logf("%s: %d of %d cases", who.Role, listed, len(w.files))
		if last := w.reads[len(w.reads)-1]; last.Type != "cases.seen" || last.Chain != nil {
			t.Errorf("the access ledger was told %+v", last)
		}
	}
}

// A search finds what its author may open and says nothing of anything else:
// the page for a case that may not be opened is the page for no case.
func TestSearch(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	s := serveLedger(t, byRole{w}, w)
	look := func(term string) (string, []string) {
		t.Helper()
		w.reads = nil
		got := sent(s, "/cases", url.Values{"term": {term}})
		if got.Code != 200 || len(w.reads) != 1 || w.reads[0].Type != "case.searched" || w.reads[0].Chain != nil {
			t.Fatalf("%d, the access ledger was told %+v", got.Code, w.reads)
		}
		_, rest, _ := strings.Cut(got.Body.String(), `id="found"`)
		rest, _, _ = strings.Cut(rest, "</section>")
		var cases []string
		for chain := range w.files {
			if strings.Contains(rest, Short(chain)) {
				cases = append(cases, Short(chain))
			}
		}
		return rest, cases
	}
	name := func(label string) string { return w.files[story.Chain(label)].Client().Data.Name }
	if _, got := look(name("court")); !slices.Equal(got, []string{Short(story.Chain("court"))}) {
		t.Errorf("her own client's name finds %q", got)
	}
	if _, got := look(*w.files[story.Chain("court")].Client().Data.Phone); len(got) != 1 {
		t.Errorf("her own client's number finds %q", got)
	}
	nothing, _ := look("Nobody Ofthisname")
	for _, label := range []string{"interpreter", "silence", "sixteen"} {
		if others, _ := look(name(label)); others != nothing {
			t.Errorf("the search for the client of %s, another adviser's, differs from one for nobody", label)
		}
	}
	for term, field := range map[string]string{"": "term", " ": "term", "?": "term"} {
		if got := sent(s, "/cases", url.Values{"term": {term}}); got.Code != 422 || !strings.Contains(got.Body.String(), `href="#`+field+`"`) {
			t.Errorf("%q: %d", term, got.Code)
		}
	}
}

// Links between cases are for managers, and lead from no case to one that its
// reader is excluded from.
func TestPeopleLinks(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-02", Role: access.Manager}, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + story.Chain("reopened").String()
	wants(t, ask(s, "GET", path+"/people").Body.String(), Short(story.Chain("before")), "perpetrator there")
	wants(t, ask(s, "GET", path).Body.String(), path+"/people")
	w.who = access.Who{Staff: "staff-07", Role: access.Adviser}
	if got := ask(s, "GET", path+"/people"); got.Code != 403 || strings.Contains(got.Body.String(), Short(story.Chain("before"))) {
		t.Errorf("an adviser: %d", got.Code)
	}
	if page := ask(s, "GET", path).Body.String(); strings.Contains(page, path+"/people") {
		t.Error("an adviser is offered links between cases")
	}
}

func TestCasesInBrowser(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	w := open(t, byRole{o}, wednesday)
	w.Check("cases", "/cases")
	w.Scripts(false)
	w.Set("#term", o.files[courtCase].Client().Data.Name)
	w.Press(".seek button")
	w.Scripts(true)
	if w.Path() != "/cases" || !strings.Contains(w.Text("#found"), Short(courtCase)) {
		t.Errorf("the search led to %s, %s", w.Path(), w.Text("main"))
	}
	w.Shot("cases-found")
	w.Accessible("cases that were found")
	m := storyAt(t, access.Who{Staff: "staff-02", Role: access.Manager}, wednesday)
	a := open(t, byRole{m}, wednesday)
	a.Check("cases-all", "/cases")
	a.Check("people", "/case/"+story.Chain("reopened").String()+"/people")
	a.Quiet()
	w.Quiet()
}
