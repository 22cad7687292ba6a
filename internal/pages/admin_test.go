package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

func (o *office) Roster(context.Context, ops.ViewOf) (ops.Roster, error) { return ops.Roster{}, nil }

func (o *office) Governed(context.Context) (uint64, error) { return 0, nil }

func (o *office) Upkeep(context.Context) (Upkeep, error) { return Upkeep{}, nil }

// governed is the service's own chain.
var governed = story.Chain(story.Service)

// Upkeep is that of a ledger that is well.
func (w *week) Upkeep(context.Context) (Upkeep, error) {
	return Upkeep{
		Health: ops.Health{Status: "ok", Origin: "ledger.example.org/cases", Events: 412, Signed: 400, Version: "1.2.3"}, Stream: 412,
		Compared: &Compared{At: w.now.Add(-time.Hour), Events: 412}, Free: 52 << 30, Disk: 98 << 30, Epochs: []uint64{1}, Wraps: 14,
		Access: AccessUpkeep{Events: 90, Signed: 88, Recorded: w.now.Add(-26 * time.Hour), Size: 61},
	}, nil
}

func (w *week) Governed(context.Context) (uint64, error) {
	return uint64(len(w.upTo(governed, w.now))), nil
}

// governing are the events of the service's own chain.
func (w *week) governing() []policy.Event {
	var list []policy.Event
	for _, e := range w.upTo(governed, w.now) {
		list = append(list, policy.Event{Seq: e.Seq, At: e.At, Body: e.Body})
	}
	return list
}

func (w *week) Figures(context.Context, ops.ViewOf) (ops.Figures, error) {
	return ops.FiguresOf(w.governing(), w.now)
}

func (w *week) Roster(context.Context, ops.ViewOf) (ops.Roster, error) {
	var r policy.Roster
	for _, e := range w.governing() {
		if err := r.Add(e); err != nil {
			return ops.Roster{}, err
		}
	}
	return ops.Roster{At: clock.AtTime(w.now), Staff: r.All(time.Time{})}, nil
}

// atAdmin is the story on the Wednesday for an administrator.
func atAdmin(t *testing.T) (*week, *Server) {
	t.Helper()
	w := storyAt(t, access.Who{Staff: "staff-90", Role: access.Administrator}, wednesday)
	return w, serveLedger(t, byRole{w}, w)
}

// lastOf is the data of the last event of the service's chain.
func lastOf[T any](t *testing.T, w *week) (events.Body, T) {
	t.Helper()
	var list []casefile.Event
	if list = w.upTo(governed, w.now); len(list) == 0 {
		t.Fatal("the service has recorded nothing")
	}
	body := list[len(list)-1].Body
	var data T
	if err := json.Unmarshal(body.Data, &data); err != nil {
		t.Fatal(err)
	}
	return body, data
}

func TestAdmin(t *testing.T) {
	w, s := atAdmin(t)
	page := ask(s, "GET", "/admin").Body.String()
	wants(t, page, "Everything is recorded and can be read.", "412 entries", "of 400 entries", "52.0 GB of 98.0 GB", "the two copies agree", "Epoch in use</dt><dd>1", "Case keys wrapped</dt><dd>14", "makes no backups")
	if strings.Contains(page, "mark--alert") {
		t.Error("something is amiss on a page of a ledger that is well")
	}
	if len(w.reads) != 1 || w.reads[0].Type != "admin.seen" || w.reads[0].Action != access.Admin {
		t.Errorf("told %+v", w.reads)
	}

	ill := adminPage{Upkeep{Health: ops.Health{Status: "stopped", Events: 4}, Stream: 5, Free: 900 << 20}}
	if ill.Agree() || !ill.Low() || ill.Bytes(ill.Free) != "900 MB" || !strings.Contains(ill.Mean(), "started again") {
		t.Errorf("%+v", ill)
	}
	for _, c := range []struct {
		path string
		role access.Role
	}{{"/admin", access.Manager}, {"/admin/staff", access.Manager}, {"/admin/staff/new", access.Adviser}, {"/admin/practice", access.Auditor}, {"/admin/practice/cap-most", access.Helpline}} {
		if w.who.Role = c.role; ask(s, "GET", c.path).Code != 403 {
			t.Errorf("%s is shown to %s", c.path, c.role)
		}
	}
}

// A member of staff is recorded, changed and leaves; each time the whole is
// said anew.
func TestStaff(t *testing.T) {
	w, s := atAdmin(t)
	form := ask(s, "GET", "/admin/staff/new")
	v := fields(t, form.Body.String())
	for name, value := range map[string]string{"staff": "Staff-61", "role": "adviser", "active": "yes", "cap": "12", "initials": "zq", "languages": "en, pa en"} {
		v.Set(name, value)
	}
	if got := post(s, "/admin/staff/new", v); got.Code != 303 || got.Header().Get("Location") != "/admin/staff" {
		t.Fatal(got.Code, got.Body)
	}
	body, m := lastOf[schemas.StaffRecordedV2](t, w)
	if body.Type != "staff.recorded" || body.Actor != "staff-90" || m.Staff != "staff-61" || m.Role != "adviser" || !m.Active || *m.Cap != 12 || *m.Initials != "ZQ" || len(m.Languages) != 2 || m.By != "staff-90" {
		t.Errorf("recorded %s %+v", body.Type, m)
	}
	before := len(w.governing())
	if got := post(s, "/admin/staff/new", v); got.Code != 422 || len(w.governing()) != before {
		t.Errorf("a number that is taken: %d", got.Code)
	}

	form = ask(s, "GET", "/admin/staff/staff-61")
	wants(t, form.Body.String(), `value="12"`, `value="ZQ"`, `value="en, pa"`)
	v = fields(t, form.Body.String())
	v.Set("role", "family-worker")
	v.Set("active", "no")
	if got := post(s, "/admin/staff/staff-61", v); got.Code != 303 {
		t.Fatal(got.Code, got.Body)
	}
	if _, m = lastOf[schemas.StaffRecordedV2](t, w); m.Role != "family-worker" || m.Active || m.Cap != nil || m.Initials != nil || len(m.Languages) != 0 {
		t.Errorf("recorded %+v", m)
	}
	wants(t, ask(s, "GET", "/admin/staff").Body.String(), "staff-61", "Family worker", "Left")

	// The same page, sent by somebody who did not see that change.
	v.Set("id", "01JDV3F2N5YYYYYYYYYYYYYYYY")
	v.Set("role", "adviser")
	got := post(s, "/admin/staff/staff-61", v)
	if got.Code != 422 {
		t.Fatal(got.Code)
	}
	wants(t, got.Body.String(), "New here since you began", "staff recorded")

	for name, c := range map[string]struct {
		path   string
		change url.Values
		field  string
	}{
		"no number":           {"/admin/staff/new", url.Values{"role": {"adviser"}, "active": {"yes"}}, "staff"},
		"a name":              {"/admin/staff/new", url.Values{"staff": {"Asha Rao"}, "role": {"adviser"}, "active": {"yes"}}, "staff"},
		"no role":             {"/admin/staff/new", url.Values{"staff": {"staff-62"}, "active": {"yes"}}, "role"},
		"a role of their own": {"/admin/staff/new", url.Values{"staff": {"staff-62"}, "role": {"root"}, "active": {"yes"}}, "role"},
		"half a case":         {"/admin/staff/new", url.Values{"staff": {"staff-62"}, "role": {"adviser"}, "active": {"yes"}, "cap": {"12.5"}}, "cap"},
		"one letter":          {"/admin/staff/new", url.Values{"staff": {"staff-62"}, "role": {"adviser"}, "active": {"yes"}, "initials": {"Q"}}, "initials"},
		"no language":         {"/admin/staff/new", url.Values{"staff": {"staff-62"}, "role": {"adviser"}, "active": {"yes"}, "languages": {"english!"}}, "languages"},
		"themselves":          {"/admin/staff/new", url.Values{"staff": {"staff-90"}, "role": {"adviser"}, "active": {"yes"}}, "role"},
	} {
		v := fields(t, ask(s, "GET", c.path).Body.String())
		for name, value := range c.change {
			v[name] = value
		}
		before := len(w.governing())
		got := post(s, c.path, v)
		if got.Code != 422 || !strings.Contains(got.Body.String(), `id="`+c.field+`-error"`) || len(w.governing()) != before {
			t.Errorf("%s: %d, recorded %d", name, got.Code, len(w.governing())-before)
		}
	}
	if got := ask(s, "GET", "/admin/staff/staff-99"); got.Code != 404 {
		t.Errorf("nobody of that number: %d", got.Code)
	}
}

// A figure is changed for all or for one Marac, from a day on, with a reason.
func TestPractice(t *testing.T) {
	w, s := atAdmin(t)
	page := ask(s, "GET", "/admin/practice").Body.String()
	for _, f := range policy.Figures() {
		wants(t, page, `href="/admin/practice/`+f.Code+`"`)
	}
	was, err := w.Figures(t.Context(), ops.ViewOf{})
	if err != nil {
		t.Fatal(err)
	}
	change := func(figure string, values url.Values) (int, string, schemas.PolicySet) {
		t.Helper()
		v := fields(t, ask(s, "GET", "/admin/practice/"+figure).Body.String())
		for name, value := range values {
			v[name] = value
		}
		got := post(s, "/admin/practice/"+figure, v)
		_, set := lastOf[schemas.PolicySet](t, w)
		return got.Code, got.Body.String(), set
	}
	code, text, set := change("risk-review-every", url.Values{"value": {"4"}, "value-to": {"6"}, "from": {"2026-11-09"}, "reason": {"The Marac asks for it."}})
	if code != 303 || set.Version != was.Next || set.By != "staff-90" || set.Reason.Text != "The Marac asks for it." || set.From != "2026-11-09T00:00:00+00:00" {
		t.Fatal(code, text, set)
	}
	if len(set.Settings) < len(was.Newest) {
		t.Errorf("%d settings, there were %d: something was lost", len(set.Settings), len(was.Newest))
	}
	wants(t, ask(s, "GET", "/admin/practice").Body.String(), "The Marac asks for it.", "Mon 9 Nov 2026")

	code, text, set = change("visible-high-risk", url.Values{"value": {"12"}, "marac": {"Saltby Marac"}, "instrument": {"dash/1"}, "reason": {"As agreed."}})
	last := set.Settings[len(set.Settings)-1]
	if code != 303 || last.Code != "visible-high-risk" || *last.Marac != "Saltby Marac" || last.Instrument.Code != "dash" || last.Values[0] != 12 || !strings.HasPrefix(set.From, "2026-10-28T09:05") {
		t.Fatal(code, text, set)
	}
	wants(t, ask(s, "GET", "/admin/practice/visible-high-risk").Body.String(), "Saltby Marac, dash/1", "since Wed 28 Oct 2026, 09:05")
	before := len(set.Settings)
	if code, text, set = change("visible-high-risk", url.Values{"default": {"yes"}, "marac": {"Saltby Marac"}, "instrument": {"dash/1"}, "reason": {"No more."}}); code != 303 || len(set.Settings) != before-1 {
		t.Error(code, text, set)
	}

	for name, c := range map[string]struct {
		figure string
		values url.Values
		field  string
	}{
		"no reason":        {"cap-most", url.Values{"value": {"21"}}, "reason"},
		"out of range":     {"cap-most", url.Values{"value": {"61"}, "reason": {"x"}}, "value"},
		"no number":        {"cap-most", url.Values{"value": {"twenty"}, "reason": {"x"}}, "value"},
		"the wrong way":    {"risk-review-every", url.Values{"value": {"9"}, "value-to": {"6"}, "reason": {"x"}}, "value"},
		"high above most":  {"cap-high", url.Values{"value": {"59"}, "reason": {"x"}}, "value"},
		"a day that was":   {"cap-most", url.Values{"value": {"21"}, "from": {"2026-10-27"}, "reason": {"x"}}, "from"},
		"no day":           {"cap-most", url.Values{"value": {"21"}, "from": {"30 Feb"}, "reason": {"x"}}, "from"},
		"half of a figure": {"risk-review-every", url.Values{"value": {"6"}, "value-to": {""}, "reason": {"x"}}, "value-to"},
	} {
		before := len(w.governing())
		code, text, _ := change(c.figure, c.values)
		if code != 422 || !strings.Contains(text, `id="`+c.field+`-error"`) || len(w.governing()) != before {
			t.Errorf("%s: %d, recorded %d", name, code, len(w.governing())-before)
		}
	}
	if got := ask(s, "GET", "/admin/practice/no-such"); got.Code != 404 {
		t.Errorf("a figure that is none: %d", got.Code)
	}
}

// No page of an administrator has a word of a case in it, and only the list of
// exclusions names cases.
func TestAdminSeesNoContent(t *testing.T) {
	w, s := atAdmin(t)
	words := private(w.files)
	for _, path := range []string{"/admin", "/admin/staff", "/admin/staff/new", "/admin/staff/staff-07", "/admin/exclusions", "/admin/practice", "/admin/practice/cap-most"} {
		got := ask(s, "GET", path)
		if got.Code != 200 {
			t.Errorf("%s: %d", path, got.Code)
		}
		page := unmarked(got)
		for _, f := range policy.Figures() { // our own words
			page = strings.ReplaceAll(strings.ReplaceAll(page, f.Title, ""), f.Doc, "")
		}
		if word := found(page, words); word != "" {
			t.Errorf("%s has %q in it", path, word)
		}
		for chain := range w.files {
			if path != "/admin/exclusions" && bytes.Contains(got.Body.Bytes(), []byte(Short(chain))) {
				t.Errorf("%s names case %s", path, Short(chain))
			}
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		values []uint64
		unit   string
		want   string
	}{{[]uint64{6, 8}, "weeks", "6 to 8 weeks"}, {[]uint64{1}, "working-days", "1 working day"}, {[]uint64{0}, "flag", "no"}, {[]uint64{1}, "flag", "yes"}, {[]uint64{14}, "count", "14"}, {[]uint64{24}, "hours", "24 hours"}} {
		if got := amount(c.values, c.unit); got != c.want {
			t.Errorf("%v %s is %q, want %q", c.values, c.unit, got, c.want)
		}
	}
}

// The pages of one member of staff and of one figure, and a wrong form, in a
// browser.
func TestAdminInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	w := open(t, storyAt(t, access.Who{Staff: "staff-90", Role: access.Administrator}, wednesday), wednesday)
	w.Check("admin-staff-one", "/admin/staff/staff-14")
	w.Check("admin-exclusions", "/admin/exclusions")
	w.Check("admin-figure", "/admin/practice/risk-review-every")
	w.Go("/admin/practice/home-visits")
	w.Scripts(false)
	w.Press("main button[type=submit]")
	w.Scripts(true)
	if w.Status() != 422 {
		t.Errorf("a figure without a reason: %d", w.Status())
	}
	w.Shot("admin-figure-wrong")
	w.Accessible("a figure without a reason")
	w.Quiet()
}

// TestExclusions: an administrator sees who may not open which case, by number
// and initials; of a case from which they are excluded themselves, nothing.
func TestExclusions(t *testing.T) {
	w, s := atAdmin(t)
	page := unmarked(ask(s, "GET", "/admin/exclusions"))
	list, err := w.Exclusions(t.Context(), "staff-90")
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	for _, x := range list {
		wants(t, page, Short(x.Case), x.Initials, x.Staff[0])
	}
	if word := found(page, private(w.files)); word != "" {
		t.Errorf("%q is on the page", word)
	}
	w.who.Staff = list[0].Staff[0]
	if page := ask(s, "GET", "/admin/exclusions").Body.String(); strings.Contains(page, Short(list[0].Case)) {
		t.Error("who is excluded is told of the case")
	}
}
