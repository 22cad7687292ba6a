package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/pages"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// desk is a real ledger with the story in it, its pages, and two people who are
// signed in.
type desk struct {
	dir     string
	l       *ledger
	logs    bytes.Buffer
	manager *visitor // staff-01
	adviser *visitor // staff-07
}

func atDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir()}
	flags := []string{"--data", filepath.Join(d.dir, "d"), "--secrets", filepath.Join(d.dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), &out, &out); err != nil {
			t.Fatal(out.String(), err)
		}
	}
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&d.logs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(d.dir, "d")), secrets: filepath.Join(d.dir, "s"), logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	d.l = l
	f := siteFlags{addr: "127.0.0.1:8080"}
	site, err := l.site(f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}), logger, &out)
	if err != nil {
		t.Fatal(err)
	}
	if w := (&visitor{t: t, site: site}).send("/", nil); w.Code == http.StatusServiceUnavailable {
		lacking.End(t, pages.ErrNoAssets)
	}
	m := regexp.MustCompile(`http://localhost:8080/set-up#/([0-9A-Z-]{24})\n`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatal(out.String())
	}
	d.manager, d.adviser = &visitor{t, site, map[string]*http.Cookie{}}, &visitor{t, site, map[string]*http.Cookie{}}
	d.manager.setUp("staff-01", m[1])
	code, err := l.ChangeAccount(t.Context(), opsAdd("staff-07"))
	if err != nil {
		t.Fatal(err)
	}
	d.adviser.setUp("staff-07", code.Code)
	return d
}

// TestContactOnPages: on a real ledger with the story in it an adviser begins a
// contact, comes back to her draft, and records it: the event has her bytes, the
// draft is gone, and the access ledger knows of the address she looked at.
func TestContactOnPages(t *testing.T) {
	d := atDesk(t)
	dir, l, adviser := d.dir, d.l, d.adviser
	chain := story.Chain("court")
	path := "/case/" + chain.String()
	seq, err := l.Last(t.Context(), chain)
	if err != nil {
		t.Fatal(err)
	}
	if w := adviser.send(path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "New contact") {
		t.Fatal(w.Code, w.Body)
	}
	const words = "Nie śpię. ਮੈਨੂੰ ਡਰ ਹੈ، مجھے ڈر ہے 😟  "
	then := clock.London(time.Now().Add(-time.Hour))
	form := url.Values{
		"id": {ulid.Make().String()}, "seq": {strconv.FormatUint(seq, 10)}, "how": {"phone in"}, "with": {"client"}, "notes": {"\" " + words},
		"when-date": {then.Format(time.DateOnly)}, "when-time": {then.Format("15:04")}, "when-which": {whichOf(then)}, "when-precision": {"exact"}, "made": {"live"}, "initials": {"HQ"}, "lang-1": {"pl"},
	}
	if w := adviser.send(path+"/contact/draft", form); w.Code != http.StatusNoContent {
		t.Fatal(w.Code, w.Body)
	}
	file := filepath.Join(dir, "d", "drafts", "staff-07", chain.String()+".contact")
	if sealed, err := os.ReadFile(file); err != nil || bytes.Contains(sealed, []byte("notes")) {
		t.Errorf("the draft's file: %v", err)
	}
	if page := adviser.send("/day", nil).Body.String(); !strings.Contains(page, path+"/contact/new") || !strings.Contains(page, "Drafts") {
		t.Error("the draft is not in My day")
	}
	if page := adviser.send(path+"/contact/new", nil).Body.String(); !strings.Contains(page, "ਮੈਨੂੰ ਡਰ ਹੈ") {
		t.Error("the draft is not on its page")
	}
	form.Set("step", "record")
	want := path + "?recorded=" + strconv.FormatUint(seq+1, 10)
	for range 2 { // sent twice it stands once
		if w := adviser.send(path+"/contact/new", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Fatal(w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	e, err := l.Show(t.Context(), chain, seq+1)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		Actor string                    `json:"actor"`
		Data  schemas.ContactRecordedV2 `json:"data"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Actor != "staff-07" || len(body.Data.Statements) != 1 || body.Data.Statements[0].Text != words {
		t.Errorf("recorded %+v, %v", body, err)
	}
	if last, err := l.Last(t.Context(), chain); err != nil || last != seq+1 {
		t.Errorf("%d events, want %d, %v", last, seq+1, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the draft is still there: %v", err)
	}
	if w := adviser.send(path+"/reveal", url.Values{}); w.Code != 200 || w.Header().Get("Refresh") != "30; url="+path {
		t.Error(w.Code, w.Header().Get("Refresh"))
	}
	told, err := l.Accesses(t.Context(), asking("staff-41"))
	if err != nil {
		t.Fatal(err)
	}
	revealed := 0
	for _, e := range told.Entries {
		if e.Type == "address.revealed" && e.Staff == "staff-07" {
			revealed++
		}
	}
	if revealed != 1 {
		t.Errorf("the access ledger has %d times that the address was looked at", revealed)
	}
	if d.logs.Len() > 0 {
		t.Error(d.logs.String())
	}
}
