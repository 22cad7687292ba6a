package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/story"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// A handover that an adviser writes on Friday is what a volunteer reads and
// writes a call beside, until it ends.
func TestHandoverAndCall(t *testing.T) {
	friday := time.Date(2026, 10, 30, 16, 0, 0, 0, time.UTC)
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, friday)
	s := serveWeek(t, o)
	path := "/case/" + courtCase.String() + "/handover/new"
	page := ask(s, "GET", path).Body.String()
	wants(t, page, `name="to-date" type="date" value="2026-11-02"`, `name="to-time" type="time" value="09:00"`)
	v := fields(t, page)
	for name, text := range map[string]string{"when-date": "2026-10-30", "made": "live", "alias": "Dr Vale's surgery", "who-may-ring": "The client\nHer sister", "risk": "high", "channel": "phone", "number": "07700 900177", "code-word": "marigold",
		"about": "Dzwoni po dziesiątej.", "given-to": "helpline", "from-date": "2026-10-30", "from-time": "16:00", "to-date": "2026-11-02", "to-time": "09:00"} {
		v.Set(name, text)
	}
	if w := post(s, path, v); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	f, err := o.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	o.files[courtCase] = f

	o.who, o.now = access.Who{Staff: "staff-09", Role: access.Helpline}, friday.Add(30*time.Hour)
	s = serveLedger(t, byRole{o}, o)
	list := ask(s, "GET", "/handover").Body.String()
	wants(t, list, "Dr Vale&#39;s surgery", "Dzwoni po dziesiątej.", "Her sister", "A call", "High risk", "Show number and code word for 30 seconds")
	if strings.Contains(list, "marigold") || strings.Contains(list, "07700 900177") {
		t.Error("the number or the code word is in the list")
	}

	// The way back, for a moment, and told before.
	given := f.Handovers[len(f.Handovers)-1].Seq
	way := "/case/" + courtCase.String() + "/handover/" + strconv.FormatUint(given, 10) + "/reveal"
	o.reads = nil
	shown := post(s, way, url.Values{})
	if shown.Code != 200 || shown.Header().Get("Refresh") != "30; url=/handover" {
		t.Fatal(shown.Code, shown.Header())
	}
	wants(t, shown.Body.String(), "marigold", "07700 900177", "Dr Vale&#39;s surgery")
	if len(o.reads) != 1 || o.reads[0].Type != "address.revealed" || *o.reads[0].Chain != courtCase || o.reads[0].Who.Staff != "staff-09" {
		t.Errorf("told %+v", o.reads)
	}
	o.lost = true
	if w := post(s, way, url.Values{}); w.Code != 503 || strings.Contains(w.Body.String(), "marigold") {
		t.Error("shown though it could not be recorded:", w.Code)
	}
	o.lost = false
	for name, c := range map[string]struct {
		who  access.Who
		path string
		want int
	}{
		"an adviser whose case it is not": {access.Who{Staff: "staff-08", Role: access.Adviser}, way, 404},
		"an auditor":                      {access.Who{Staff: "staff-41", Role: access.Auditor}, way, 403},
		"an entry that is no handover":    {o.who, "/case/" + courtCase.String() + "/handover/1/reveal", 404},
		"the adviser who handed it over":  {access.Who{Staff: "staff-07", Role: access.Adviser}, way, 200},
		"no number of an entry":           {o.who, "/case/" + courtCase.String() + "/handover/x/reveal", 404},
	} {
		o.who = c.who
		if w := post(s, c.path, url.Values{}); w.Code != c.want || w.Code != 200 && strings.Contains(w.Body.String(), "marigold") {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
		o.who = access.Who{Staff: "staff-09", Role: access.Helpline}
	}
	if w := ask(s, "GET", way); w.Code != 404 {
		t.Errorf("a reveal that is asked for by a link: %d", w.Code)
	}
	o.now = friday.Add(80 * time.Hour) // Monday night
	if w := post(s, way, url.Values{}); w.Code != 404 {
		t.Errorf("after its end: %d", w.Code)
	}
}

// What the ledger says of a way back stands at its field.
func TestHandoverField(t *testing.T) {
	for pointer, want := range map[string]string{"/data/call_back/channel": "channel", "/data/call_back/number": "number", "/data/who_may_ring": "who-may-ring", "/occurred/from": "when-date"} {
		if got := handoverField(pointer); got != want {
			t.Errorf("%s is %q, want %q", pointer, got, want)
		}
	}
}

// Who may read a handover.
func TestMayRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		who   access.Who
		given []string
		state string
		want  bool
	}{
		{"a manager", access.Who{Role: access.Manager}, nil, "later", true},
		{"the helpline", access.Who{Role: access.Helpline}, []string{"helpline"}, "now", true},
		{"the helpline, before it begins", access.Who{Role: access.Helpline}, []string{"helpline"}, "later", false},
		{"the helpline, of what was given to others", access.Who{Role: access.Helpline}, []string{"covering", "manager"}, "now", false},
		{"her own", access.Who{Staff: "staff-07", Role: access.Adviser}, []string{"helpline"}, "later", true},
		{"another's", access.Who{Staff: "staff-08", Role: access.Adviser}, []string{"helpline", "covering"}, "now", false},
		{"who covers", access.Who{Staff: "staff-11", Role: access.Adviser}, []string{"covering"}, "now", true},
		{"who covers, of what was given to the helpline alone", access.Who{Staff: "staff-11", Role: access.Adviser}, []string{"helpline"}, "now", false},
	} {
		g := handoverFor("staff-07", c.given, c.state)
		if got := mayRead(c.who, &g, []string{"staff-11"}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestUntil(t *testing.T) {
	for _, c := range []struct{ now, want string }{
		{"2026-10-30T16:00:00Z", "2026-11-02T09:00:00+00:00"},
		{"2026-11-02T10:00:00Z", "2026-11-09T09:00:00+00:00"},
		{"2026-04-03T10:00:00Z", "2026-04-07T09:00:00+01:00"}, // Easter Monday is a holiday
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock.Format(until(now)); got != c.want {
			t.Errorf("from %s until %s, want %s", c.now, got, c.want)
		}
	}
}

// A call is written in the case of whoever rang, as what it is, and by a
// volunteer only where a handover holds.
func TestHelplineCall(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-09", Role: access.Helpline}, time.Date(2026, 10, 25, 2, 0, 0, 0, time.UTC))
	s := serveLedger(t, byRole{o}, o)
	var chain events.Chain
	found := false
	for c, f := range o.files {
		if n := len(f.Handovers); n > 0 {
			chain, found = c, true
		}
	}
	if !found {
		t.Fatal("the story has no handover")
	}
	path := "/case/" + chain.String() + "/helpline/new"
	form := ask(s, "GET", path)
	if form.Code != 200 {
		t.Fatal(form.Code)
	}
	v := fields(t, form.Body.String())
	for name, text := range map[string]string{"when-date": "2026-10-25", "when-time": "00:30", "made": "live", "channel": "phone", "caller": "family", "name": "her sister", "danger-now": "yes", "emergency": "by-us", "call-back": "no", "words": "Er ist auf der Treppe"} {
		v.Set(name, text)
	}
	before := len(o.of(chain, "helpline.contact"))
	if w := post(s, path, v); w.Code != 303 {
		t.Fatal(w.Code, w.Body.String())
	}
	list := o.of(chain, "helpline.contact")
	var got schemas.HelplineContact
	if err := json.Unmarshal(list[before].Body.Data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Statements) != 1 || got.Statements[0].Kind != "third-party" || got.Statements[0].Speaker != "her sister" || got.Handover == nil {
		t.Errorf("%+v", got)
	}
	if other := story.Chain("before"); other != chain {
		if w := ask(s, "GET", "/case/"+other.String()+"/helpline/new"); w.Code == 200 {
			t.Error("a volunteer opens a case that nobody handed over")
		}
	}
}

func handoverFor(adviser string, given []string, state string) views.Handover {
	return views.Handover{Subject: views.Subject{Adviser: adviser}, GivenTo: given, State: state}
}
