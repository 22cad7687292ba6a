package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/pages"
)

// TestEmergency: on a real ledger, an adviser opens a case that is not hers, the
// manager is told on every page and looks at why, the access ledger has all of
// it; and when it cannot be written any more, no page is shown.
func TestEmergency(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), &out, &out); err != nil {
			t.Fatal(out.String(), err)
		}
	}
	var logs, out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if err := l.Close(); err != nil && !closed {
			t.Error(err)
		}
	}()
	f := siteFlags{addr: "127.0.0.1:8080"}
	site, err := l.site(f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}), logger, &out)
	if err != nil {
		t.Fatal(err)
	}
	if w := (&visitor{t: t, site: site}).send("/", nil); w.Code == http.StatusServiceUnavailable {
		lacking.End(t, pages.ErrNoAssets)
	}
	manager, adviser := &visitor{t, site, map[string]*http.Cookie{}}, &visitor{t, site, map[string]*http.Cookie{}}
	manager.setUp("staff-01", regexp.MustCompile(`/set-up#/([0-9A-Z-]{24})\n`).FindStringSubmatch(out.String())[1])
	code, err := l.ChangeAccount(t.Context(), opsAdd("staff-07"))
	if err != nil {
		t.Fatal(err)
	}
	adviser.setUp("staff-07", code.Code)

	list, err := l.Caseload(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	who := access.Who{Staff: "staff-07", Role: access.Adviser}
	var chain events.Chain
	for _, c := range list.Cases {
		facts, err := l.Facts(t.Context(), c.Case)
		if err != nil {
			t.Fatal(err)
		}
		if d := access.Decide(who, access.CaseOpen, &facts, time.Now()); !d.Allowed && d.Glass && access.Decide(access.Who{Staff: "staff-01", Role: access.Manager}, access.GlassReview, &facts, time.Now()).Allowed {
			chain = c.Case
			break
		}
	}
	if chain == (events.Chain{}) {
		t.Fatal("the story has no case of somebody else")
	}
	path := "/case/" + chain.String()
	if w := adviser.send(path, nil); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), path+"/glass") {
		t.Fatalf("somebody else's case: %d", w.Code)
	}
	reason := "She rang from the court and nobody else is there."
	if w := adviser.send(path+"/glass", url.Values{"id": {ulid.Make().String()}, "seq": {"0"}, "reason": {reason}}); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if w := adviser.send(path, nil); w.Code != http.StatusOK {
		t.Errorf("by broken glass: %d", w.Code)
	}
	// A file that leaves is an export, whatever its entry is.
	if w := adviser.send(path+"/attachment/1", nil); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "no file, no paper, no export") {
		t.Errorf("a file by broken glass: %d", w.Code)
	}
	if w := manager.send("/day", nil); !strings.Contains(w.Body.String(), "1 case was opened in an emergency") {
		t.Error("the manager is not told")
	}
	page := manager.send("/emergencies", nil).Body.String()
	if !strings.Contains(page, "She rang from the court") {
		t.Error(page)
	}
	field := func(name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatal("no field ", name)
		}
		return m[1]
	}
	review := url.Values{"id": {ulid.Make().String()}, "seq": {field("seq")}, "session": {field("session")}, "found": {"yes"}}
	if w := manager.send(path+"/glass/review", review); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if w := manager.send("/day", nil); strings.Contains(w.Body.String(), "in an emergency") {
		t.Error("the manager is told of what was looked at")
	}
	told, err := l.accesses(t.Context(), accesslog.Which{Case: &chain})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range told.Entries {
		kind := e.Type + " " + e.Staff
		if e.Glass {
			kind += " by glass"
		}
		kinds = append(kinds, kind)
	}
	if want := []string{"glass.broken staff-07", "case.opened staff-07 by glass", "audit.seen staff-01", "glass.reviewed staff-01"}; !slices.Equal(kinds, want) {
		t.Errorf("recorded %q, want %q", kinds, want)
	}
	if len(told.Unreviewed) != 0 {
		t.Errorf("still to review: %+v", told.Unreviewed)
	}
	if err := l.checkpointAccess(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if a, err := l.Audit(t.Context(), true, nil); err != nil || a.Access == nil || !a.OK() || a.Access.Events < 8 {
		t.Errorf("%+v, %v", a, err)
	}

	closed = true
	if err := l.access.runner.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/day", path} {
		w := adviser.send(path, nil)
		if w.Code < 500 || strings.Contains(w.Body.String(), "Overdue") {
			t.Errorf("%s while the access ledger cannot be written: %d", path, w.Code)
		}
	}
	if h, err := l.Health(t.Context()); err != nil || h.Status == "ok" {
		t.Errorf("it is %+v, %v", h, err)
	}
}
