package pagetest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"caseledger/internal/lacking"
)

// patience is how long a page may take to do what is asked of it.
const patience = time.Minute

// Window is a page in headless Chromium.
type Window struct {
	t    testing.TB
	ctx  context.Context
	Base string // "http://localhost:port", which browsers treat as they treat https
	// Profile is the directory in which a browser of its own keeps what it keeps.
	Profile string

	cut atomic.Bool // nothing answers

	mu       sync.Mutex
	requests []string
	problems []string // of the console
	bytes    float64  // received since the last Go
	status   int      // of the last document
}

// Chromium is where the browser is, or "".
func Chromium() string {
	for _, name := range []string{"/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	return ""
}

// Open serves a handler on this machine and opens a window for it that shares
// nothing with other windows but the browser's process. make is given the host,
// with its port, under which the handler is asked for. Who opens windows calls
// Close when all tests are done.
func Open(t testing.TB, make func(host string) http.Handler) *Window {
	t.Helper()
	return open(t, "", make)
}

// OpenOnDisk is Open with a browser of its own, which writes what it keeps to
// the window's Profile.
func OpenOnDisk(t testing.TB, make func(host string) http.Handler) *Window {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "profile"), make)
}

func open(t testing.TB, profile string, make func(host string) http.Handler) *Window {
	t.Helper()
	chromium := Chromium()
	if chromium == "" {
		lacking.End(t, "no Chromium: scripts/setup installs one")
	}
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	host := "localhost:" + port
	w := &Window{t: t, Base: "http://" + host, Profile: profile}
	site := make(host)
	server.Config.Handler = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.cut.Load() {
			panic(http.ErrAbortHandler) // the connection breaks off
		}
		site.ServeHTTP(out, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	parent, opts := context.Context(nil), []chromedp.ContextOption{chromedp.WithListener(w.hear)}
	if profile == "" {
		b, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		parent, opts = b, append(opts, chromedp.WithNewBrowserContext())
	} else {
		allocated, cancel := start(chromium, profile)
		t.Cleanup(cancel)
		parent = allocated
	}
	ctx, cancel := chromedp.NewContext(parent, opts...)
	t.Cleanup(cancel)
	w.ctx = ctx
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	// Every window is in front for whoever works in it.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	w.Do(chromedp.EmulateViewport(1280, 900))
	return w
}

// start says how a browser is started, which the first window does.
func start(chromium, profile string) (context.Context, context.CancelFunc) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	return chromedp.NewExecAllocator(context.Background(), opts...)
}

// closeShared ends the browser that windows share, once it was started.
var closeShared = func() {}

var shared = sync.OnceValues(func() (context.Context, error) {
	dir, err := os.MkdirTemp("", "caseledger-browser")
	if err != nil {
		return nil, err
	}
	allocated, stop := start(Chromium(), dir)
	ctx, cancel := chromedp.NewContext(allocated)
	closeShared = func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
		_ = os.RemoveAll(dir)
	}
	return ctx, chromedp.Do(ctx)
})

// Close ends the browser.
func Close() { closeShared() }

func (w *Window) hear(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		w.requests = append(w.requests, ev.Request.URL)
	case *network.EventResponseReceived:
		if ev.Type == "Document" {
			w.status = int(ev.Response.Status)
		} else if ev.Response.Status >= 400 {
			w.problems = append(w.problems, fmt.Sprintf("%d for %s", ev.Response.Status, ev.Response.URL))
		}
	case *log.EventEntryAdded:
		// What the network refused stands above.
		if ev.Entry.Level == "error" && ev.Entry.Source != "network" {
			w.problems = append(w.problems, ev.Entry.Text)
		}
	case *network.EventLoadingFinished:
		w.bytes += ev.EncodedDataLength
	case *cdruntime.EventExceptionThrown:
		w.problems = append(w.problems, ev.ExceptionDetails.Text)
	case *cdruntime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "warning" {
			w.problems = append(w.problems, string(ev.Type))
		}
	}
}

// Do does steps, within a minute.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// Go opens a path and returns the status of the page that came in the end.
func (w *Window) Go(path string) int {
	w.t.Helper()
	w.mu.Lock()
	w.bytes = 0
	w.mu.Unlock()
	w.Do(chromedp.Navigate(w.Base + path))
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// Status is that of the document that came last.
func (w *Window) Status() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// Path is where the window is, without the host.
func (w *Window) Path() string {
	w.t.Helper()
	return Evaluate[string](w, "location.pathname + location.search")
}

// Set puts a value into a field, in any script of the world.
func (w *Window) Set(sel, value string) {
	w.t.Helper()
	w.Do(chromedp.SetValue(sel, value))
}

// Press clicks something and waits for the page that it leads to.
func (w *Window) Press(sel string) {
	w.t.Helper()
	Evaluate[bool](w, "window.beforePress = true")
	w.Do(chromedp.Click(sel))
	w.Until("!window.beforePress && document.readyState === 'complete'")
}

// Click clicks something that leads nowhere.
func (w *Window) Click(sel string) {
	w.t.Helper()
	w.Do(chromedp.Click(sel))
}

// Until waits until an expression in the page is true.
func (w *Window) Until(js string) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js))
		cancel()
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("never: %s", js)
		}
	}
}

// Text is what an element says, "" if there is none.
func (w *Window) Text(sel string) string {
	w.t.Helper()
	return strings.Join(strings.Fields(Evaluate[string](w, "document.querySelector("+quote(sel)+")?.innerText ?? ''")), " ")
}

// Texts is what all elements say that a selector finds.
func (w *Window) Texts(sel string) []string {
	w.t.Helper()
	list := Evaluate[[]string](w, "[...document.querySelectorAll("+quote(sel)+")].map((e) => e.innerText)")
	for i, s := range list {
		list[i] = strings.Join(strings.Fields(s), " ")
	}
	return list
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// Evaluate is the value of an expression in the page, awaited if it is a
// promise.
func Evaluate[T any](w *Window, js string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%.80s: %v", js, err)
	}
	return v
}

// Scripts turns the scripts of pages on or off.
func (w *Window) Scripts(on bool) {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		w.t.Fatal(err)
	}
}

// Signal takes the network away and gives it back, from pages and workers
// alike: every connection breaks off, and pages are told that there is none.
func (w *Window) Signal(on bool) {
	w.t.Helper()
	w.cut.Store(!on)
	if _, err := chromedp.Call(w.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		w.t.Fatal(err)
	}
}

// Wide sets the width of the window, in CSS pixels.
func (w *Window) Wide(px int64) {
	w.t.Helper()
	w.Do(chromedp.EmulateViewport(px, 900))
}

// Shot writes pictures of the whole page where PICTURES says.
func (w *Window) Shot(name string) {
	w.t.Helper()
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	for _, width := range []int64{1280, 375} {
		w.Wide(width)
		b, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), b, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.Wide(1280)
}

// axe is where axe-core lies, or "".
func axe() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "design", "node_modules", "axe-core", "axe.min.js")
}

// Accessible runs axe-core over the page as it is now, at 1280 and 320 px, and
// looks for anything wider than the window.
func (w *Window) Accessible(state string) {
	w.t.Helper()
	// axe-core cannot tell what lies behind text in a drawing, behind cells that
	// are scrolled out of sight, or behind a single digit; people look at these.
	source, err := os.ReadFile(axe())
	if err != nil {
		lacking.End(w.t, "no axe-core: scripts/setup installs it")
	}
	Evaluate[bool](w, string(source)+"\n;true")
	for _, width := range []int64{1280, 320} {
		w.Wide(width)
		Evaluate[bool](w, "new Promise((done) => { scrollTo(0, 0); requestAnimationFrame(() => requestAnimationFrame(() => done(true))); })")
		if found := Evaluate[string](w, `axe.run(document, {resultTypes: ["violations", "incomplete"]}).then((r) => {
			for (const v of r.incomplete) if (v.id === "color-contrast") v.nodes = v.nodes.filter((n) => !document.querySelector(n.target[0])?.closest("svg, .scroll") && !n.any.some((c) => c.message.includes("too short")));
			return JSON.stringify([...r.violations, ...r.incomplete.filter((v) => v.nodes.length)].map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160) + " (" + [...n.any, ...n.all, ...n.none].map((c) => c.message).join("; ") + ")")])); })`); found != "[]" {
			w.t.Errorf("%s, %d px: axe-core found %s", state, width, found)
		}
		if over := Evaluate[int](w, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			w.t.Errorf("%s, %d px: the page is %d px too wide, because of %s", state, width, over, Evaluate[string](w,
				`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)).slice(0, 3).join(" … ")`))
		}
	}
	w.Wide(1280)
}

// Weight is how many bytes were received since the last Go, headers included.
// A fresh window has kept nothing of an earlier page.
func (w *Window) Weight() int {
	w.t.Helper()
	Evaluate[bool](w, "document.fonts.ready.then(() => true)")
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.bytes)
}

// Print is the page as a PDF file.
func (w *Window) Print() []byte {
	w.t.Helper()
	r, err := chromedp.Call(w.ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(r.Data)
}

// Quiet fails when a page asked anybody but its own service for something, or
// the console complained. Complaints that contain one of except are let pass.
func (w *Window) Quiet(except ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.requests {
		if p, err := url.Parse(u); err != nil || p.Scheme != "data" && p.Scheme+"://"+p.Host != w.Base {
			w.t.Errorf("a page asked for %.80s", u)
		}
	}
	for _, p := range w.problems {
		if !slices.ContainsFunc(except, func(e string) bool { return strings.Contains(p, e) }) {
			w.t.Errorf("the console says %q", p)
		}
	}
}

// Requests are the addresses that were asked for so far.
func (w *Window) Requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// Check opens a page and holds it to everything that every page must be; name
// is what its pictures are called.
func (w *Window) Check(name, path string) {
	w.t.Helper()
	if status := w.Go(path); status != http.StatusOK {
		w.t.Errorf("%s: %d", name, status)
	}
	w.Shot(name)
	w.Accessible(name)
	if n := Evaluate[int](w, "document.querySelectorAll('h1').length"); n != 1 {
		w.t.Errorf("%s: %d first headings", name, n)
	}
	title, heading := Evaluate[string](w, "document.title"), w.Text("h1")
	if !strings.HasSuffix(title, " – caseledger") || heading == "" {
		w.t.Errorf("%s: the title is %q, the heading %q", name, title, heading)
	}
	w.Scripts(false)
	defer w.Scripts(true)
	if status := w.Go(path); status != http.StatusOK || w.Text("h1") != heading {
		w.t.Errorf("%s without scripts: %d, %q", name, status, w.Text("h1"))
	}
	// Whatever can be used with scripts is in the page without them, in sight,
	// but for what scripts bring along.
	if lost := Evaluate[[]string](w, `[...document.querySelectorAll("main :is(input:not([type=hidden]), textarea, select, button)")]
		.filter((e) => !e.hidden && !e.checkVisibility() && !e.closest("details:not([open])")).map((e) => e.outerHTML.slice(0, 80))`); len(lost) > 0 {
		w.t.Errorf("%s without scripts hides %q", name, lost)
	}
}
