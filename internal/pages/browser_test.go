package pages

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caseledger/internal/access"
	"caseledger/internal/lacking"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/policy"
	"caseledger/internal/story"
	"caseledger/internal/views"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pagetest.Close()
	os.Exit(code)
}

// open shows an office's pages in a browser.
func open(t *testing.T, o interface {
	Ledger
	Guard
	Recorder
	Drafts
}, now time.Time) *pagetest.Window {
	t.Helper()
	return pagetest.Open(t, func(host string) http.Handler {
		s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Hosts: []string{host}, Now: func() time.Time { return now }})
		if err != nil {
			lacking.End(t, err)
		}
		return s
	})
}

var wednesday = time.Date(2026, 10, 28, 9, 5, 0, 0, time.UTC)

func TestDayInBrowser(t *testing.T) {
	w := open(t, storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, morning), morning)
	if status := w.Go("/day"); status != http.StatusOK {
		t.Fatal(status)
	}
	if n := w.Weight(); n > 150_000 {
		t.Errorf("the first page weighs %d bytes, more than 150,000", n)
	} else {
		t.Logf("the first page weighs %d bytes", n)
	}
	w.Check("day-monday", "/day")

	// By keyboard: the first stop leads past the top.
	w.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	w.Until("document.activeElement.id === 'main'")

	w.Scripts(false)
	w.Press(".switch")
	w.Scripts(true)
	if got := pagetest.Evaluate[string](w, "document.querySelector('.switch').getAttribute('aria-checked')"); got != "true" {
		t.Errorf("screen sharing is %s", got)
	}
	w.Shot("day-shared")
	w.Accessible("a shared day")
	w.Quiet()
}

func TestErrorInBrowser(t *testing.T) {
	w := open(t, storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, morning), morning)
	if status := w.Go("/nowhere"); status != http.StatusNotFound {
		t.Error(status)
	}
	w.Shot("not-found")
	w.Accessible("a page that is not there")
	w.Quiet()
}

// What is always in sight of a case, over a page of one.
func TestStripInBrowser(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	w := pagetest.Open(t, func(host string) http.Handler {
		s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Hosts: []string{host}, Now: func() time.Time { return wednesday }})
		if err != nil {
			lacking.End(t, err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /assets/", s.assets)
		mux.Handle("GET /strip/{label}", s.serve(Route{Open: true, Handle: func(w http.ResponseWriter, r *Request) error {
			chain := story.Chain(r.PathValue("label"))
			page := views.CaseOf(o.files[chain], policy.Default(), wednesday, nil)
			return s.render(w, r, http.StatusOK, "error", Page{Title: "Case " + Short(chain), Strip: &page.Strip, Data: problem{Title: "A page about a case"}})
		}}))
		return s.headers(mux)
	})
	for _, label := range []string{"court", "interpreter", "sixteen", "silence", "before"} {
		w.Go("/strip/" + label)
		w.Shot("strip-" + label)
		w.Accessible("the strip of " + label)
	}
	w.Quiet()
}

// Every page of the table that a person opens, over the story: axe-core, both
// widths, without scripts, and pictures.
func TestEveryPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens every page")
	}
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Manager}, wednesday)
	var routes []Route
	w := pagetest.Open(t, func(host string) http.Handler {
		s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Hosts: []string{host}, Now: func() time.Time { return wednesday }})
		if err != nil {
			lacking.End(t, err)
		}
		routes = s.Routes()
		return s
	})
	opened := 0
	for _, r := range routes {
		// Accounts are tested with the real guard; what is no page is no page.
		if r.Method != http.MethodGet || r.Open || strings.HasPrefix(r.Pattern, "/admin/accounts") || r.Pattern == "/account/email" || r.Pattern == "/{$}" || strings.HasSuffix(r.Pattern, "/changes") || strings.HasSuffix(r.Pattern, "/reopen") {
			continue
		}
		path := strings.ReplaceAll(r.Pattern, "{chain}", story.Chain("court").String())
		if wild.MatchString(path) {
			continue // of one entry, one action: their own tests open them
		}
		w.Check("page"+strings.NewReplacer("/", "-", "{chain}", "of").Replace(r.Pattern), path)
		opened++
	}
	if opened < 5 {
		t.Errorf("only %d pages", opened)
	}
	t.Logf("%d pages", opened)
	w.Quiet()

	// Only a closed case is reopened.
	closed := story.Chain("before")
	who := access.Who{Staff: o.files[closed].Adviser(), Role: access.Adviser}
	c := open(t, storyAt(t, who, wednesday), wednesday)
	c.Check("page-case-of-reopen", "/case/"+closed.String()+"/reopen")
	c.Quiet()
}
