package pages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/lacking"
	"caseledger/internal/pages/pagetest"
)

// pane is glass in memory.
type pane struct {
	broken   []Broken
	reviewed []string
	lost     bool
}

func (p *pane) BreakGlass(_ context.Context, who access.Who, chain events.Chain, reason string) error {
	if p.lost {
		return errors.New("no room")
	}
	p.broken = append(p.broken, Broken{Seq: uint64(len(p.broken)) + 1, At: morning, Staff: who.Staff, Chain: chain, Reason: reason})
	return nil
}

func (p *pane) Broken(context.Context) ([]Broken, error) { return p.broken, nil }

func (p *pane) Review(_ context.Context, who access.Who, b Broken, justified bool, note string) error {
	p.reviewed = append(p.reviewed, fmt.Sprintf("%s %d %t %s", who.Staff, b.Seq, justified, note))
	p.broken = nil
	return nil
}

// nobodys is a ledger of cases that are nobody's of those who ask.
type nobodys struct{ *office }

func (nobodys) Facts(_ context.Context, chain events.Chain) (access.CaseFacts, error) {
	f := access.CaseFacts{Chain: chain, Adviser: "staff-07", Stage: "open"}
	if chain[0] == 0xee {
		f.Excluded = []string{"staff-01"}
	}
	return f, nil
}

// ruled decides by the rules themselves.
type ruled struct{ *office }

func (ruled) Decide(who access.Who, a access.Action, f *access.CaseFacts, now time.Time) access.Decision {
	return access.Decide(who, a, f, now)
}

// TestGlass: who may break glass says why, a manager is told on every page and
// looks at it, and nobody who is excluded learns of it.
func TestGlass(t *testing.T) {
	o, p := &office{state: access.SignedIn}, &pane{}
	s, err := New(Options{Ledger: nobodys{o}, Guard: ruled{o}, Recorder: o, Drafts: o, Glass: p, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Hosts: []string{"localhost:8080"}, HTTPS: true, Now: func() time.Time { return morning }})
	if err != nil {
		t.Fatal(err)
	}
	as := func(staff string, role access.Role) { o.who = access.Who{Staff: staff, Role: role, Session: "aa"} }
	path := "/case/" + events.Chain{7}.String() + "/glass"
	post := func(path string, form url.Values) *httptest.ResponseRecorder {
		form.Set("id", newForm(0).ID)
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Host = "localhost:8080"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	as("staff-03", access.Adviser)
	if w := ask(s, "GET", path); w.Code != 200 || !strings.Contains(w.Body.String(), "60 minutes") {
		t.Errorf("%d\n%s", w.Code, w.Body)
	}
	if n := len(o.reads); n != 1 || o.reads[0].Type != "glass.asked" {
		t.Errorf("recorded: %+v", o.reads)
	}
	if w := post(path, url.Values{"seq": {"0"}, "reason": {"  "}}); w.Code != 422 || len(p.broken) != 0 {
		t.Errorf("without a reason: %d, %+v", w.Code, p.broken)
	}
	p.lost = true
	if w := post(path, url.Values{"seq": {"0"}, "reason": {"She rang."}}); w.Code < 500 {
		t.Errorf("what could not be recorded: %d", w.Code)
	}
	p.lost = false
	if w := post(path, url.Values{"seq": {"0"}, "reason": {"She rang from the court."}}); w.Code != 303 || len(p.broken) != 1 {
		t.Fatalf("%d, %+v", w.Code, p.broken)
	}
	if w := ask(s, "GET", "/emergencies"); w.Code != 403 {
		t.Errorf("an adviser sees the emergencies: %d", w.Code)
	}
	as("staff-07", access.Adviser)
	if w := ask(s, "GET", path); w.Code != 403 {
		t.Errorf("one's own case: %d", w.Code)
	}
	as("staff-01", access.Manager)
	p.broken = append(p.broken, Broken{Seq: 2, At: morning, Staff: "staff-03", Chain: events.Chain{0xee}, Reason: "Of somebody the manager knows."})
	w := ask(s, "GET", "/emergencies")
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "She rang from the court.") || !strings.Contains(body, "1 case was opened in an emergency") || strings.Contains(body, "the manager knows") {
		t.Errorf("%d\n%s", w.Code, body)
	}
	review := url.Values{"seq": {"1"}, "session": {events.Chain{}.String()}, "found": {"no"}}
	if w := post(path+"/review", review); w.Code != 422 || len(p.reviewed) != 0 {
		t.Errorf("not justified, without a word: %d", w.Code)
	}
	typed := url.Values{"seq": {"1"}, "session": {events.Chain{}.String()}, "note": {"Żadna praca"}}
	if w := post(path+"/review", typed); w.Code != 422 || !strings.Contains(w.Body.String(), "Żadna praca</textarea>") {
		t.Errorf("what was typed is gone: %d\n%s", w.Code, w.Body)
	}
	review.Set("note", "Its adviser sat beside her.")
	if w := post(path+"/review", review); w.Code != 303 || len(p.reviewed) != 1 || p.reviewed[0] != "staff-01 1 false Its adviser sat beside her." {
		t.Errorf("%d, %q", w.Code, p.reviewed)
	}
}

// TestGlassInBrowser: both pages stand the checks that every page stands.
func TestGlassInBrowser(t *testing.T) {
	o, p := &office{state: access.SignedIn, who: access.Who{Staff: "staff-03", Role: access.Adviser, Session: "aa"}}, &pane{}
	w := pagetest.Open(t, func(host string) http.Handler {
		s, err := New(Options{Ledger: nobodys{o}, Guard: ruled{o}, Recorder: o, Drafts: o, Glass: p, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Hosts: []string{host}, Now: func() time.Time { return morning }})
		if err != nil {
			lacking.End(t, err)
		}
		return s
	})
	w.Check("glass", "/case/"+events.Chain{7}.String()+"/glass")
	p.broken = []Broken{{Seq: 1, At: morning.Add(-time.Hour), Staff: "staff-03", Chain: events.Chain{7}, Reason: "She rang from the court."}, {Seq: 2, At: morning, Staff: "staff-04", Chain: events.Chain{8}, Reason: "Zażółć: a neighbour heard shouting."}}
	o.who = access.Who{Staff: "staff-01", Role: access.Manager, Session: "bb"}
	w.Check("emergencies", "/emergencies")
}
