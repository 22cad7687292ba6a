package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"caseledger/evidence/evidencetest"
	"caseledger/internal/lacking"
)

// window is a page in headless Chromium, opened from a disk.
type window struct {
	t   *testing.T
	ctx context.Context
	dir string // bundles and policies

	mu       sync.Mutex
	requests []string
	problems []string // of the console
}

// open builds the page and opens it. Where there is no Chromium the test ends;
// scripts/setup installs one.
func open(t *testing.T) *window {
	t.Helper()
	chromium := ""
	for _, name := range []string{"/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/google-chrome"} {
		if _, err := os.Stat(name); err == nil {
			chromium = name
			break
		}
	}
	if chromium == "" {
		lacking.End(t, "no Chromium: scripts/setup installs one")
	}
	w := &window{t: t, dir: t.TempDir()}
	html, program, err := build(t.Context(), "test-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("page %d bytes, program in it %d bytes", len(html), program)
	if len(html) > 4<<20 {
		t.Errorf("the page has %d bytes; it must stay small enough to be sent by mail", len(html))
	}
	ours, bundle := evidencetest.Bundle("ours")
	theirs, _ := evidencetest.Bundle("theirs")
	for name, b := range map[string][]byte{
		"caseledger-verify.html": html, "bundle.zip": bundle, "policy.txt": ours, "other.txt": theirs,
		"changed.zip": bytes.Replace(bundle, []byte("nobody answered"), []byte("nobody answeres"), 1),
		"letter.zip":  []byte("This is no ZIP.\n"), "notes.txt": []byte("call back\n"), "empty.zip": nil,
	} {
		if err := os.WriteFile(w.file(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(w.file("huge.zip"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(w.file("huge.zip"), 5<<30); err != nil { // takes no space
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(filepath.Join(w.dir, "profile")),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated, chromedp.WithListener(w.hear))
	t.Cleanup(cancel)
	w.ctx = ctx
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	w.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+w.file("caseledger-verify.html")))
	return w
}

func (w *window) file(name string) string { return filepath.Join(w.dir, name) }

func (w *window) hear(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		w.requests = append(w.requests, ev.Request.URL)
	case *runtime.EventExceptionThrown:
		w.problems = append(w.problems, ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "warning" {
			w.problems = append(w.problems, string(ev.Type))
		}
	}
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *window) text(sel string) string {
	w.t.Helper()
	s, err := chromedp.Run(w.ctx, chromedp.TextContent(sel))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(s)
}

func evaluate[T any](w *window, js string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// shown waits until an element of the page is not hidden any more.
func (w *window) shown(id string) {
	w.t.Helper()
	evaluate[bool](w, `new Promise((done) => {
		const look = () => document.getElementById("`+id+`").hidden ? setTimeout(look, 10) : done(true);
		look();
	})`)
}

// choose chooses files as a person does with the two fields; "" is none.
func (w *window) choose(bundle, policy string) {
	w.t.Helper()
	w.do(chromedp.Navigate("file://" + w.file("caseledger-verify.html")))
	for sel, name := range map[string]string{"#bundle": bundle, "#policy": policy} {
		if name != "" {
			w.do(chromedp.SetUploadFiles(sel, []string{w.file(name)}))
		}
	}
}

// shot writes a picture of the whole page where PICTURES says, for people.
func (w *window) shot(name string) {
	w.t.Helper()
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	for _, width := range []int64{1280, 375} {
		w.do(chromedp.EmulateViewport(width, 900))
		b, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+map[int64]string{1280: "-1280", 375: "-375"}[width]+".png"), b, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.do(chromedp.EmulateViewport(1280, 900))
}

// accessible runs axe-core over the page as it is now, at two widths and in
// both colour schemes, and looks for anything wider than the window.
func (w *window) accessible(state string) {
	w.t.Helper()
	axe, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		lacking.End(w.t, "no axe-core: scripts/setup installs it")
	}
	evaluate[any](w, string(axe)+"\n;true")
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			w.t.Fatal(err)
		}
		for _, width := range []int64{1280, 320} {
			w.do(chromedp.EmulateViewport(width, 900))
			if found := evaluate[string](w, `axe.run(document, {resultTypes: ["violations", "incomplete"]}).then((r) =>
				// axe-core cannot tell what lies behind cells that are scrolled out of sight.
				JSON.stringify([...r.violations, ...r.incomplete.filter((v) => v.id !== "color-contrast" || v.nodes.some((n) => !n.html.startsWith("<td")))].map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))])))`); found != "[]" {
				w.t.Errorf("%s, %s, %d px: axe-core found %s", state, scheme, width, found)
			}
			if over := evaluate[int](w, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				w.t.Errorf("%s, %d px: the page is %d px too wide", state, width, over)
			}
		}
	}
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		w.t.Fatal(err)
	}
	w.do(chromedp.EmulateViewport(1280, 900))
}

// quiet: nothing was asked for but the page itself and the worker inside it,
// and the console has no complaint.
func (w *window) quiet() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, url := range w.requests {
		if !strings.HasPrefix(url, "file://"+w.file("caseledger-verify.html")) && !strings.HasPrefix(url, "blob:null/") {
			w.t.Errorf("the page asked for %.80s", url)
		}
	}
	if len(w.requests) == 0 {
		w.t.Error("not even the page was seen to be asked for")
	}
	if len(w.problems) > 0 {
		w.t.Errorf("the console says %q", w.problems)
	}
}

func TestVerdicts(t *testing.T) {
	w := open(t)
	w.accessible("before")
	w.shot("before")
	for _, c := range []struct {
		name, bundle, policy string
		result, class        string
		says                 string // in the panel or the checks
	}{
		{"good", "bundle.zip", "policy.txt", "MATCHES", "matches", "the service alone vouches"},
		{"tampered", "changed.zip", "policy.txt", "DOES NOT MATCH", "differs", "its checksum is another"},
		{"tampered, no policy", "changed.zip", "", "DOES NOT MATCH", "differs", "do not rely on it"},
		{"no policy", "bundle.zip", "", "COULD NOT CHECK", "unknown", "self-consistent, issuer unknown"},
		{"other policy", "bundle.zip", "other.txt", "DOES NOT MATCH", "differs", "it is not signed as the policy asks"},
		{"no policy at all", "bundle.zip", "notes.txt", "COULD NOT CHECK", "unknown", "what was given as the policy is none"},
		{"not a ZIP", "letter.zip", "policy.txt", "DOES NOT MATCH", "differs", "is not an evidence bundle as it left the service"},
		{"empty", "empty.zip", "policy.txt", "DOES NOT MATCH", "differs", "is not an evidence bundle as it left the service"},
		{"too large", "huge.zip", "policy.txt", "COULD NOT CHECK", "unknown", "larger than this program reads"},
	} {
		w.choose(c.bundle, c.policy)
		w.do(chromedp.Click("#check"))
		w.shown("answer")
		if got := w.text("#verdict"); got != c.result {
			t.Errorf("%s: %s, want %s: %s", c.name, got, c.result, w.text("#checks"))
		}
		if got := evaluate[string](w, "document.getElementById('answer').className"); got != c.class {
			t.Errorf("%s: class %s, want %s", c.name, got, c.class)
		}
		if all := w.text("#panel") + w.text("#checks"); !strings.Contains(all, c.says) {
			t.Errorf("%s: %q is not said in %s", c.name, c.says, all)
		}
		if got := evaluate[string](w, "document.activeElement.id"); got != "verdict" {
			t.Errorf("%s: the focus is on %q, not on the verdict", c.name, got)
		}
		if slices.Contains([]string{"good", "tampered", "no policy"}, c.name) {
			w.shot(strings.ReplaceAll(c.name, " ", "-"))
			w.accessible(c.name)
		}
	}
	w.quiet()
}

// Both files dropped at once, then everything by keyboard alone.
func TestDropAndKeyboard(t *testing.T) {
	w := open(t)
	data := &input.DragData{Files: []string{w.file("policy.txt"), w.file("bundle.zip")}, Items: []*input.DragDataItem{}, DragOperationsMask: 1}
	for _, typ := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		if _, err := chromedp.Call(w.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{Type: typ, X: 200, Y: 300, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.text("#status"); got != "Taken: policy.txt, bundle.zip." {
		t.Errorf("after the drop the page says %q", got)
	}
	if got := evaluate[string](w, "document.activeElement.id"); got != "check" {
		t.Errorf("after the drop the focus is on %q", got)
	}
	w.do(chromedp.KeyEvent(kb.Enter))
	w.shown("answer")
	if got := w.text("#verdict"); got != "MATCHES" {
		t.Errorf("%s: %s", got, w.text("#checks"))
	}
	var order []string
	for range 4 {
		w.do(chromedp.KeyEvent(kb.Tab))
		order = append(order, evaluate[string](w, "document.activeElement.id || document.activeElement.className"))
	}
	if want := []string{"save", "print", "wide"}; !slices.Equal(order[:3], want) {
		t.Errorf("Tab goes from the verdict to %q, want %q", order, want)
	}

	// Two bundles at once are a mistake, and said to be one.
	data.Files = []string{w.file("bundle.zip"), w.file("changed.zip")}
	for _, typ := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		if _, err := chromedp.Call(w.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{Type: typ, X: 200, Y: 300, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.text("#bundle-error"); !strings.Contains(got, "one bundle and one policy") {
		t.Errorf("two bundles: %q", got)
	}

	// Nothing chosen: the mistake is said, and the focus is where it is.
	w.choose("", "")
	w.do(chromedp.Click("#check"))
	w.shown("bundle-error")
	if got := evaluate[string](w, "document.activeElement.id"); got != "bundle" {
		t.Errorf("with nothing chosen the focus is on %q", got)
	}
	w.accessible("mistake")
	w.quiet()
}

// A check can be stopped, and choosing another file stops it: no answer of
// one file is shown for another.
func TestStop(t *testing.T) {
	w := open(t)
	for act, says := range map[string]string{
		"$('stop').click()": "Stopped. Nothing was found out.",
		"$('bundle').dispatchEvent(new Event('change'))": "Stopped, because another file was chosen.",
	} {
		w.choose("bundle.zip", "policy.txt")
		if got := evaluate[string](w, "$('check').click(); "+act+"; [worker === null, $('working').hidden, $('check').hidden, $('answer').hidden, $('status').textContent].join()"); got != "true,true,false,true,"+says {
			t.Errorf("%s: %s", act, got)
		}
		w.do(chromedp.Click("#check"))
		w.shown("answer")
		if got := w.text("#verdict"); got != "MATCHES" {
			t.Errorf("after %s: %s", act, got)
		}
	}
	w.quiet()
}

// The answer can be kept: the same text as the command prints, and the file's
// name.
func TestSave(t *testing.T) {
	w := open(t)
	if _, err := chromedp.CallBrowser(w.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: w.dir,
	}); err != nil {
		t.Fatal(err)
	}
	w.choose("bundle.zip", "policy.txt")
	w.do(chromedp.Click("#check"))
	w.shown("answer")
	w.do(chromedp.Click("#save"))
	var saved []byte
	for range 600 {
		if b, err := os.ReadFile(w.file("verifier-answer.txt")); err == nil && len(b) > 0 {
			saved = b
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, want := range []string{"File bundle.zip, with the policy policy.txt\n", "\nMATCHES\n", "\nChecks\n", "Checked by the verifier page test-1.\n"} {
		if !strings.Contains(string(saved), want) {
			t.Errorf("the saved answer has no %q:\n%s", want, saved)
		}
	}
}

// The page cannot speak to anybody, not even if its own scripts wanted to.
func TestNoNetwork(t *testing.T) {
	w := open(t)
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	url, _ := json.Marshal(server.URL)
	for name, js := range map[string]string{
		"fetch":  `fetch(URL, {mode: "no-cors"}).then(() => "sent", () => "refused")`,
		"image":  `new Promise((done) => { const i = new Image(); i.onload = i.onerror = () => done("refused"); i.src = URL; })`,
		"beacon": `navigator.sendBeacon(URL, "x"), "refused"`,
		"worker": `new Promise((done) => {
			const source = 'fetch(URL, {mode: "no-cors"}).then(() => postMessage("sent"), () => postMessage("refused"))';
			const w = new Worker(scripts.createScriptURL(URL_.createObjectURL(new Blob([source]))));
			w.onmessage = (e) => done(e.data);
		})`,
		"eval":  `new Promise((done) => { const s = document.createElement("script"); try { s.textContent = "globalThis.ran = true"; document.body.append(s); } catch {} done(globalThis.ran ? "sent" : "refused"); })`,
		"frame": `new Promise((done) => { const f = document.createElement("iframe"); f.onload = f.onerror = () => done("refused"); f.src = URL; document.body.append(f); setTimeout(() => done("refused"), 2000); })`,
	} {
		js = strings.ReplaceAll(js, "URL_", "window.URL")
		js = strings.ReplaceAll(js, "'fetch(URL,", "'fetch("+strings.ReplaceAll(string(url), "'", "")+",")
		js = strings.ReplaceAll(js, "fetch(URL,", "fetch("+string(url)+",")
		js = strings.ReplaceAll(js, "src = URL", "src = "+string(url))
		js = strings.ReplaceAll(js, "sendBeacon(URL", "sendBeacon("+string(url))
		if got := evaluate[string](w, js); got != "refused" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if reached {
		t.Error("something reached the server")
	}
}
