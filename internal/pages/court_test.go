package pages

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/oklog/ulid/v2"

	"caseledger/internal/access"
	"caseledger/internal/court"
	"caseledger/internal/lacking"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// device is what somebody took to court, without a browser.
type device struct {
	t   *testing.T
	s   *Server
	now time.Time
	taken
}

func takeOn(t *testing.T, s *Server, seq string) *device {
	t.Helper()
	w := sent(s, "/case/"+story.Chain("court").String()+"/take", url.Values{"id": {"01JB0000000000000000000009"}, "seq": {seq}})
	d := &device{t: t, s: s, now: s.now()}
	if err := json.Unmarshal(w.Body.Bytes(), &d.taken); err != nil || w.Code != 200 {
		t.Fatal(w.Code, w.Body, err)
	}
	return d
}

// write seals a form as the page for court does.
func (d *device) write(entry string, form url.Values) []byte {
	d.t.Helper()
	key, err := hex.DecodeString(d.Key)
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := court.ParseID(d.Packet)
	if err != nil {
		d.t.Fatal(err)
	}
	b, err := court.Seal(rand.Reader, key, id, ulid.MustParse(entry), d.now, []byte(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *device) send(sealed []byte) (int, synced) {
	d.t.Helper()
	w := sent(d.s, "/court/sync", url.Values{"now": {d.now.Format("2006-01-02T15:04:05.000Z")}, "sealed": {base64.RawURLEncoding.EncodeToString(sealed)}})
	var r synced
	if w.Header().Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
			d.t.Fatal(err)
		}
	}
	return w.Code, r
}

const entryID = "01JB0000000000000000000000"

func courtForm() url.Values {
	f := contactForm("1")
	for _, name := range []string{"id", "seq", "step", "initials", "lang-1"} {
		f.Del(name)
	}
	f.Set("kind", "contact")
	return f
}

// What was written at court comes once, is kept for its author until it is
// checked, and stands in the case once.
func TestCourtSync(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	chain := story.Chain("court")
	n := len(o.upTo(chain, time.Time{}))
	d := takeOn(t, s, itoa(n-2))
	d.now = wednesday.Add(3 * time.Minute)
	form := courtForm()
	// What only the service knows cannot be written into an entry.
	form.Set("away-received", "2020-01-01T00:00:00Z")
	form.Set("id", "01JB0000000000000000000001")
	form.Set("seq", itoa(n))
	sealed := d.write(entryID, form)
	path := "/case/" + chain.String() + "/taken/" + entryID
	for range 2 {
		if code, r := d.send(sealed); code != 200 || r.State != "received" || r.Review != path || r.Received != "2026-10-28T09:05:00Z" {
			t.Fatal(code, r)
		}
	}
	if len(o.upTo(chain, time.Time{})) != n || len(o.kept) != 2 {
		t.Fatalf("%d events, %d kept", len(o.upTo(chain, time.Time{})), len(o.kept))
	}
	w := ask(s, "GET", path)
	page := w.Body.String()
	for _, want := range []string{"Nie śpię.", "Written at court", "The device’s clock said today, 09:08. It was received today, 09:05. Its clock was 3 minutes ahead of ours", "New here since you began", "Entry " + itoa(n-1), "Entry " + itoa(n)} {
		if w.Code != 200 || !strings.Contains(page, want) {
			t.Errorf("%d, the page lacks %q", w.Code, want)
		}
	}
	record := contactForm(itoa(n))
	record.Set("away-written", "2020-01-01T00:00:00Z")
	record.Set("id", "01JB0000000000000000000001")
	if w := sent(s, path, record); w.Code != 422 {
		t.Errorf("another id: %d", w.Code)
	}
	record.Set("id", entryID)
	record.Set("initials", "XX")
	if w := sent(s, path, record); w.Code != 422 || !strings.Contains(w.Body.String(), "right case") || !strings.Contains(w.Body.String(), "today, 09:08") {
		t.Errorf("the wrong case: %d", w.Code)
	}
	record.Set("initials", "HQ")
	if w := sent(s, path+"/draft", record); w.Code != 204 {
		t.Error(w.Code)
	}
	if w := sent(s, path, record); w.Code != 303 || w.Header().Get("Location") != "/case/"+chain.String()+"?recorded="+itoa(n+1) {
		t.Fatalf("%d to %s: %s", w.Code, w.Header().Get("Location"), inside(w))
	}
	e := last(o, "court")
	if e.ID.String() != entryID || e.Body.Type != "contact.recorded" {
		t.Errorf("recorded %s as %s", e.Body.Type, e.ID)
	}
	// Once more, from the device and from the page.
	if code, r := d.send(sealed); code != 200 || r.State != "received" {
		t.Error(code, r)
	}
	if w := ask(s, "GET", path); w.Code != http.StatusGone || !strings.Contains(w.Body.String(), "does not wait") {
		t.Error(w.Code)
	}
	if w := sent(s, path, record); w.Code != http.StatusGone {
		t.Error(w.Code)
	}
	if got := len(o.upTo(chain, time.Time{})); got != n+1 || len(o.kept) != 1 {
		t.Errorf("%d events, want %d; %d kept", got, n+1, len(o.kept))
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// What cannot be taken is refused with its reason, and nothing of it is kept.
func TestCourtSyncRefuses(t *testing.T) {
	type room struct {
		o *week
		s *Server
		d *device
	}
	for _, c := range []struct {
		name   string
		do     func(r *room, sealed []byte) []byte
		status int
		state  string
	}{
		{"taken", func(_ *room, b []byte) []byte { return b }, 200, "received"},
		{"a changed byte", func(_ *room, b []byte) []byte { b[len(b)-9] ^= 1; return b }, 422, "damaged"},
		{"a changed time", func(_ *room, b []byte) []byte {
			return bytes.Replace(b, []byte("written 2026"), []byte("written 2025"), 1)
		}, 422, "damaged"},
		{"cut short", func(_ *room, b []byte) []byte { return b[:len(b)-4096] }, 422, "damaged"},
		{"nothing", func(*room, []byte) []byte { return nil }, 422, "damaged"},
		{"no form", func(r *room, _ []byte) []byte {
			key, _ := hex.DecodeString(r.d.Key)
			id, _ := court.ParseID(r.d.Packet)
			b, err := court.Seal(rand.Reader, key, id, ulid.MustParse(entryID), wednesday, []byte("notes=%zz"))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}, 422, "damaged"},
		{"another packet's number", func(r *room, b []byte) []byte {
			other := takeOn(t, r.s, "1")
			return bytes.Replace(b, []byte(r.d.Packet), []byte(other.Packet), 1)
		}, 422, "damaged"},
		{"no such packet", func(r *room, b []byte) []byte {
			return bytes.Replace(b, []byte("packet "+r.d.Packet[:4]), []byte("packet 0000"), 1)
		}, 404, "unknown"},
		{"somebody else is signed in", func(r *room, b []byte) []byte { r.o.who.Staff = "staff-14"; return b }, 404, "unknown"},
		{"48 hours and a second", func(r *room, b []byte) []byte {
			r.s.now = func() time.Time { return wednesday.Add(48*time.Hour + time.Second) }
			return b
		}, 404, "unknown"},
		{"just within them", func(r *room, b []byte) []byte {
			r.s.now = func() time.Time { return wednesday.Add(48 * time.Hour) }
			return b
		}, 200, "received"},
		{"not her case any more", func(r *room, b []byte) []byte {
			r.s.guard = office{who: r.o.who, state: access.SignedIn}.moved()
			return b
		}, 403, "refused"},
		{"erased since", func(r *room, b []byte) []byte { delete(r.o.files, story.Chain("court")); return b }, 403, "refused"},
		{"the same number twice, with other words", func(r *room, b []byte) []byte {
			if code, _ := r.d.send(b); code != 200 {
				t.Fatal(code)
			}
			f := courtForm()
			f.Set("notes", "= Other words.")
			return r.d.write(entryID, f)
		}, 409, "damaged"},
		{"a full packet", func(r *room, b []byte) []byte {
			for i := range court.MaxEntries {
				if code, _ := r.d.send(r.d.write("01JB00000000000000000001"+string("0123456789"[i/10])+string("0123456789"[i%10]), courtForm())); code != 200 {
					t.Fatal(code)
				}
			}
			return b
		}, 409, "full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := storyAt(t, caseAdviser, wednesday)
			s := handlers(t, o)
			d := takeOn(t, s, "3")
			r := &room{o, s, d}
			sealed := c.do(r, d.write(entryID, courtForm()))
			before := len(o.kept)
			code, got := d.send(sealed)
			if code != c.status || got.State != c.state {
				t.Errorf("%d %+v, want %d %s", code, got, c.status, c.state)
			}
			if grew := len(o.kept) > before; grew != (code == 200) {
				t.Errorf("%d kept before, %d after", before, len(o.kept))
			}
			if code != 200 && (got.Review != "" || got.Received != "") {
				t.Errorf("a refusal tells %+v", got)
			}
		})
	}
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	for _, form := range []url.Values{{}, {"now": {"2026-10-28T09:00:00Z"}, "sealed": {"*"}}, {"now": {"today"}, "sealed": {"AA"}}} {
		if w := sent(s, "/court/sync", form); w.Code != 422 || len(o.kept) != 0 {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
}

// moved is a guard to whom no case is anybody's.
func (o office) moved() *movedOffice { return &movedOffice{&o} }

type movedOffice struct{ *office }

func (o *movedOffice) Decide(who access.Who, a access.Action, f *access.CaseFacts, now time.Time) access.Decision {
	if f != nil {
		f = &access.CaseFacts{Chain: f.Chain, Adviser: "staff-99", Stage: f.Stage, Excluded: []string{who.Staff}}
	}
	return access.Decide(who, a, f, now)
}

// An entry that lacks something is not lost: it comes up to be changed.
func TestCourtUnfinished(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	d := takeOn(t, s, itoa(len(o.upTo(story.Chain("court"), time.Time{}))))
	if code, r := d.send(d.write(entryID, url.Values{"kind": {"contact"}, "notes": {"\" Nie śpię."}, "when-date": {"2026-10-28"}})); code != 200 {
		t.Fatal(code, r)
	}
	path := "/case/" + story.Chain("court").String() + "/taken/" + entryID
	w := ask(s, "GET", path)
	if page := w.Body.String(); w.Code != 422 || !strings.Contains(page, "Nie śpię.") || !strings.Contains(page, "Say how the contact was made") || !strings.Contains(page, "Written at court") {
		t.Errorf("%d: %s", w.Code, inside(w))
	}
	f := contactForm("3")
	f.Set("step", "discard")
	if w := sent(s, path, f); w.Code != 303 || len(o.kept) != 1 {
		t.Errorf("thrown away: %d, %d kept", w.Code, len(o.kept))
	}
}

// A hearing, with what it asks for, and late.
func TestCourtHearing(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	chain := story.Chain("court")
	n := len(o.upTo(chain, time.Time{}))
	d := takeOn(t, s, itoa(n))
	f := url.Values{
		"kind": {"hearing"}, "hearing-when-date": {"2026-10-26"}, "hearing-when-time": {"10:30"}, "hearing-when-precision": {"exact"}, "hearing-court": {"Tern Valley Crown Court"}, "hearing-kind": {"criminal"},
		"hearing-stage": {"plea"}, "hearing-next-date": {"2027-02-25"}, "hearing-measures": {"screen"}, "hearing-attended": {"yes"}, "hearing-with": {"yes"}, "hearing-told": {"ਚਾਰ ਮਹੀਨੇ ਬਾਅਦ 😟"},
	}
	if code, r := d.send(d.write(entryID, f)); code != 200 {
		t.Fatal(code, r)
	}
	path := "/case/" + chain.String() + "/taken/" + entryID
	if w := ask(s, "GET", path); w.Code != 200 || !strings.Contains(w.Body.String(), "ਚਾਰ ਮਹੀਨੇ ਬਾਅਦ 😟") || !strings.Contains(w.Body.String(), "Check the hearing") {
		t.Fatal(w.Code, inside(w))
	}
	f.Set("id", entryID)
	f.Set("seq", itoa(n))
	f.Set("step", "record")
	f.Set("made", "memory")
	w := sent(s, path, f)
	for _, want := range []string{"Say how it ended.", "how the client was represented", "written long after the hearing", "right case", "ਚਾਰ ਮਹੀਨੇ ਬਾਅਦ 😟"} {
		if w.Code != 422 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, the page lacks %q", w.Code, want)
		}
	}
	f.Set("hearing-outcome", "adjourned")
	f.Set("hearing-represented", "not-a-party")
	f.Set("initials", "hq")
	f.Set("late", "The courtroom had no signal.")
	if w := sent(s, path, f); w.Code != 303 {
		t.Fatal(w.Code, inside(w))
	}
	e := last(o, "court")
	var h schemas.CourtRecorded
	if err := json.Unmarshal(e.Body.Data, &h); err != nil || e.Body.Type != "court.recorded" || h.Told.Text != "ਚਾਰ ਮਹੀਨੇ ਬਾਅਦ 😟" || *h.Next != "2027-02-25" || *h.Adviser != "staff-07" || !h.Attended || h.SpecialMeasures[0] != "screen" {
		t.Errorf("%s %+v %v", e.Body.Type, h, err)
	}
	if len(o.kept) != 1 {
		t.Errorf("%d kept", len(o.kept))
	}
}

// The page for court is nobody's, whoever asks, and the only one that may start
// a worker; its worker keeps it, and files that are everybody's.
func TestCourtShell(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	hers := ask(s, "GET", "/court", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sharingCookie, Value: "on"}) })
	o.state = access.None
	nobodys := ask(s, "GET", "/court")
	if hers.Code != 200 || unmarked(hers) != unmarked(nobodys) || strings.Contains(hers.Body.String(), "staff-") {
		t.Error("the page tells who asks for it")
	}
	if csp := hers.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "trusted-types court") || strings.Contains(csp, "'none' court") || strings.Contains(csp, "allow-duplicates") {
		t.Errorf("its content policy is %s", csp)
	}
	o.state = access.SignedIn
	for _, path := range []string{"/day", "/case/" + story.Chain("court").String() + "/take", "/court/worker.js", "/court/app.webmanifest", "/court/none"} {
		secured(t, ask(s, "GET", path))
	}
	worker := ask(s, "GET", "/court/worker.js")
	if worker.Header().Get("Service-Worker-Allowed") != "/court" || worker.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Error(worker.Header())
	}
	_, list, _ := strings.Cut(worker.Body.String(), "const shell = ")
	list, _, _ = strings.Cut(list, ";")
	var shell []string
	if err := json.Unmarshal([]byte(list), &shell); err != nil || len(shell) < 8 {
		t.Fatal(list, err)
	}
	for _, path := range shell {
		if w := ask(s, "GET", path); w.Code != 200 || w.Body.Len() == 0 || !strings.HasPrefix(path, "/court") && !strings.HasPrefix(path, s.assets.prefix) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	var manifest map[string]any
	if err := json.Unmarshal(ask(s, "GET", "/court/app.webmanifest").Body.Bytes(), &manifest); err != nil || manifest["scope"] != "/court" || manifest["start_url"] != "/court" {
		t.Error(manifest, err)
	}
}

// courtroom is the story for somebody whose clock runs: a browser has the time
// of its machine.
type courtroom struct {
	*week
	w  *pagetest.Window
	mu sync.Mutex
	on time.Duration // how much later it is for the service
}

func (c *courtroom) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.on)
}

func newCourtroom(t *testing.T) *courtroom {
	t.Helper()
	c := &courtroom{week: storyAt(t, caseAdviser, time.Now())}
	c.w = pagetest.OpenOnDisk(t, func(host string) http.Handler {
		s, err := New(Options{Ledger: c, Guard: c, Recorder: c, Drafts: c, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Hosts: []string{host}, Now: c.time})
		if err != nil {
			lacking.End(t, err)
		}
		return s
	})
	return c
}

// take takes the case of the story to court on the browser's device.
func (c *courtroom) take() {
	c.w.Go("/case/" + story.Chain("court").String() + "/take")
	c.w.Press("#take button")
	c.w.Until("document.getElementById('court-ready')?.textContent.startsWith('This page is on this device')")
}

// write keeps a contact on the device.
func (c *courtroom) write(notes string) {
	c.w.Click("#court-begin-contact")
	c.w.Set("#notes", notes)
	c.w.Click("#review")
	c.w.Until("document.getElementById('contact').hidden && !document.getElementById('court-queue').hidden")
}

// forms are the ways in which a text could lie about: its bytes, UTF-16 as
// browsers have it, escaped for an address, base64.
func forms(text string) [][]byte {
	list := [][]byte{[]byte(text), []byte(url.QueryEscape(text)), []byte(strings.ToLower(url.QueryEscape(text)))}
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	list = append(list, wide)
	for shift := range 3 {
		b := base64.RawStdEncoding.EncodeToString([]byte("xx"[:shift%3] + text))
		list = append(list, []byte(b[4:len(b)-4]))
	}
	return list
}

// lying is where in the browser's profile one of the texts lies, "" if nowhere.
// Chromium's own hyphenation and models hold no words of ours.
func lying(t *testing.T, dir string, texts []string) string {
	t.Helper()
	read := 0
	found := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Type()&fs.ModeType != 0 {
			return nil // gone meanwhile, or a socket
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		read += len(b)
		for _, text := range texts {
			for _, f := range forms(text) {
				if bytes.Contains(b, f) {
					found = strings.TrimPrefix(path, dir)
				}
			}
		}
		return nil
	})
	if err != nil || read == 0 {
		t.Fatalf("%d bytes of the profile: %v", read, err)
	}
	return found
}

// From the page to the event: written without signal in the scripts of the
// world, on no part of the device in any form, sent when there is a connection,
// checked, recorded, byte for byte.
func TestCourtInBrowser(t *testing.T) {
	c := newCourtroom(t)
	w := c.w
	w.Check("court", "/court")
	w.Check("court-take", "/case/"+story.Chain("court").String()+"/take")
	c.take()
	w.Shot("court-ready")
	before := len(c.upTo(story.Chain("court"), time.Time{}))

	w.Signal(false)
	if status := w.Go("/court"); status != http.StatusOK {
		t.Fatalf("without signal: %d", status)
	}
	w.Until("document.getElementById('court-cases').textContent !== ''")
	if got := w.Text("#court-cases"); !strings.HasPrefix(got, "HQ A2D32BA0, can be written about until") {
		t.Errorf("the page says %q", got)
	}
	w.Click("#court-begin-contact")
	w.Set("#notes", box())
	pagetest.Evaluate[bool](w, `document.getElementById("notes").dispatchEvent(new Event("input", {bubbles: true}))`)
	if live := w.Texts(".notes__live li b"); len(live) != len(said) {
		t.Errorf("the labels beside the lines are %q", live)
	}
	w.Shot("court-writing")
	w.Accessible("writing at court")
	// What is being written is kept as well, sealed; nobody is told twice.
	w.Until("document.querySelector('#contact [data-kept]').textContent.startsWith('Kept on this device')")
	w.Click("#review")
	w.Until("document.getElementById('court-count').textContent === '1 entry, not yet recorded.'")
	if got := w.Text("#court-queue"); !strings.HasPrefix(got, "HQ A2D32BA0 1 entry, not yet recorded, written ") {
		t.Errorf("the queue says %q", got)
	}
	w.Shot("court-kept")
	w.Accessible("an entry that waits")
	w.Click("#court-send")
	w.Until("document.getElementById('court-said').textContent.startsWith('There is no connection')")

	// No word of it is in the page, in what the page keeps, or anywhere in the
	// browser's files.
	words := []string{"powiedział", "trzasnął drzwiami", "ਮੈਨੂੰ ਡਰ", "مجھے ڈر لگتا", "She sent 😟👩🏽‍👧", "waited at the school gate", "Rang the locksmith"}
	held := pagetest.Evaluate[string](w, `(async () => {
		const db = await new Promise((ok) => { const r = indexedDB.open("court"); r.onsuccess = () => ok(r.result); });
		const out = [];
		for (const name of db.objectStoreNames) for (const v of await new Promise((ok) => { const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => ok(r.result); })) {
			out.push(name + JSON.stringify(v, (k, x) => x instanceof Uint8Array ? new TextDecoder("latin1").decode(x) : x));
		}
		db.close();
		return out.join("\n") + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((e) => e.type === "radio" || e.type === "checkbox" ? "" : e.value).join("\n");
	})()`)
	if !strings.Contains(held, "caseledger/court/v1") || !strings.Contains(held, `"initials":"HQ"`) {
		t.Errorf("the device holds %.300s", held)
	}
	for _, word := range words {
		for _, f := range forms(word) {
			if strings.Contains(held, string(f)) {
				t.Errorf("the device holds %q", word)
			}
		}
	}
	if at := lying(t, w.Profile, words); at != "" {
		t.Errorf("a word lies in the browser's file %s", at)
	}
	if at := lying(t, w.Profile, []string{"caseledger/court/v1"}); at == "" {
		t.Error("the sealed entry does not lie in the browser's files: these are not all files")
	}
	if names := private(c.files); found(held, slices.DeleteFunc(names, func(s string) bool { return len(s) < 5 })) != "" {
		t.Error("the device holds a private word of a case")
	}

	w.Signal(true) // and the page sends by itself
	w.Until("!document.getElementById('court-received').hidden")
	if got := w.Text("#court-count"); got != "Nothing waits on this device." {
		t.Errorf("after it was sent: %q", got)
	}
	if len(c.upTo(story.Chain("court"), time.Time{})) != before {
		t.Error("recorded before it was checked")
	}
	w.Shot("court-received")
	w.Accessible("an entry that was received")
	w.Press("#court-received a")
	if got := w.Text("#away"); !strings.Contains(got, "Its clock agreed with ours") {
		t.Errorf("the page says %q", got)
	}
	w.Check("court-review", w.Path())
	w.Set("#initials", "hq")
	w.Click("#made-2")
	w.Set("#speaker-5", "her sister")
	w.Set("#because-6", "he has a key")
	w.Set("#lang-1", "pl")
	w.Press("#record")
	if !strings.Contains(w.Path(), "recorded=") {
		t.Fatalf("recording led to %s, %s", w.Path(), w.Text(".govuk-error-summary"))
	}
	e := last(c.week, "court")
	var got schemas.ContactRecordedV2
	if err := json.Unmarshal(e.Body.Data, &got); err != nil || len(got.Statements) != len(said) {
		t.Fatalf("%d statements, %v", len(got.Statements), err)
	}
	for i, s := range said {
		if got.Statements[i].Text != s.text || got.Statements[i].Language != s.language {
			t.Errorf("statement %d is %+q in %s", i+1, got.Statements[i].Text, got.Statements[i].Language)
		}
	}

	// What the court did goes the same way, on a page of its own.
	w.Signal(false)
	w.Go("/court")
	w.Until("document.getElementById('court-cases')?.textContent !== ''")
	w.Click("#court-begin-hearing")
	w.Set("#hearing-court", "Tern Valley Crown Court")
	w.Set("#hearing-told", "Odroczono o cztery miesiące.")
	w.Shot("court-writing-hearing")
	w.Accessible("writing what the court did")
	w.Click("#review-hearing")
	w.Until("document.getElementById('court-count').textContent === '1 entry, not yet recorded.'")
	w.Signal(true)
	w.Until("!document.getElementById('court-received').hidden")
	w.Press("#court-received a")
	w.Check("court-hearing", w.Path())
	if got := pagetest.Evaluate[string](w, "document.getElementById('hearing-told').value"); got != "Odroczono o cztery miesiące." {
		t.Errorf("what the client was told: %q", got)
	}
	w.Quiet("Failed to load resource")
}

// The page starts its own worker and no other script by an address.
func TestCourtTrustedTypes(t *testing.T) {
	c := newCourtroom(t)
	c.take()
	for _, js := range []string{
		`navigator.serviceWorker.register("/court/worker.js").then(() => "registered", (e) => e.name)`,
		`(() => { try { trustedTypes.createPolicy("court", {}); return "made"; } catch (e) { return e.name; } })()`,
		`(() => { try { trustedTypes.createPolicy("other", {}); return "made"; } catch (e) { return e.name; } })()`,
		`(() => { try { document.body.innerHTML = "<p>"; return "made"; } catch (e) { return e.name; } })()`,
	} {
		if got := pagetest.Evaluate[string](c.w, js); got != "TypeError" {
			t.Errorf("%.60s: %s", js, got)
		}
	}
	scopes := pagetest.Evaluate[[]string](c.w, `navigator.serviceWorker.getRegistrations().then((l) => l.map((r) => new URL(r.scope).pathname + " " + new URL(r.active.scriptURL).pathname))`)
	if !slices.Equal(scopes, []string{"/court /court/worker.js"}) {
		t.Errorf("the workers are %q", scopes)
	}
	kept := pagetest.Evaluate[[]string](c.w, `(async () => { const out = []; for (const n of await caches.keys()) for (const r of await (await caches.open(n)).keys()) out.push(new URL(r.url).pathname); return out; })()`)
	for _, path := range kept {
		if path != "/court" && path != "/court/app.webmanifest" && !strings.HasPrefix(path, "/assets/") {
			t.Errorf("the worker keeps %s", path)
		}
	}
	if len(kept) < 8 {
		t.Errorf("the worker keeps only %q", kept)
	}
}

// Twenty-four hours after it was written an entry is wiped, and that is said;
// before, there is a warning. What is wiped by hand is gone with the page.
func TestCourtWiped(t *testing.T) {
	c := newCourtroom(t)
	w := c.w
	c.take()
	w.Signal(false)
	w.Go("/court")
	c.write("= She was calm.")
	age := func(hours string) {
		pagetest.Evaluate[bool](w, `(async () => {
			const db = await new Promise((ok) => { const r = indexedDB.open("court"); r.onsuccess = () => ok(r.result); });
			const t = db.transaction("entries", "readwrite"), s = t.objectStore("entries");
			const list = await new Promise((ok) => { const r = s.getAll(); r.onsuccess = () => ok(r.result); });
			for (const e of list) { e.written -= `+hours+` * 3600000; s.put(e); }
			await new Promise((ok) => { t.oncomplete = ok; });
			db.close();
			return true;
		})()`)
		w.Go("/court")
		w.Until("document.getElementById('court-count').textContent !== ''")
	}
	age("21")
	if got := w.Text("#court-queue .alarm"); !strings.HasPrefix(got, "It is wiped at ") {
		t.Errorf("three hours before: %q", got)
	}
	w.Shot("court-warned")
	w.Accessible("an entry that is wiped soon")
	age("3.1")
	if got := w.Text("#court-lost"); !strings.Contains(got, "Wiped unsent, because its 24 hours were over: HQ A2D32BA0, written ") || w.Text("#court-count") != "Nothing waits on this device." {
		t.Errorf("after them: %q, %q", got, w.Text("#court-count"))
	}
	w.Shot("court-lost")
	w.Accessible("an entry that was wiped")
	w.Click("#court-lost button")
	w.Until("document.getElementById('court-lost').hidden")

	// What was not finished when the page went is kept as well, and is sent.
	w.Click("#court-begin-contact")
	w.Set("#notes", "= She was")
	w.Until("document.querySelector('#contact [data-kept]').textContent.startsWith('Kept on this device')")
	w.Go("/court")
	w.Until("document.getElementById('court-count').textContent === '1 entry, not yet recorded.'")
	if got := w.Text("#court-queue"); !strings.HasPrefix(got, "HQ A2D32BA0 1 entry, not finished, not yet recorded, written ") {
		t.Errorf("the queue says %q", got)
	}
	w.Signal(true)
	w.Until("!document.getElementById('court-received').hidden")
	w.Signal(false)

	c.write("= She was calm.")
	w.Click("#court-wipe")
	if got := w.Text("#court-wipe"); got != "Press again to wipe 1 unsent entry for ever" {
		t.Errorf("the button says %q", got)
	}
	w.Click("#court-wipe")
	w.Until("document.getElementById('court-said').textContent.startsWith('Everything of court was wiped')")
	left := pagetest.Evaluate[int](w, `(async () => (await indexedDB.databases()).length + (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length)()`)
	if left != 0 {
		t.Errorf("%d things are left", left)
	}
}

// Sent by somebody else, or too late, an entry is not taken and stays; the page
// says why. Who signs out is warned first.
func TestCourtRefusedInBrowser(t *testing.T) {
	c := newCourtroom(t)
	w := c.w
	c.take()
	w.Signal(false)
	w.Go("/court")
	c.write("= She was calm.")
	c.as("staff-14")
	w.Signal(true)
	w.Until("document.querySelector('#court-queue .alarm')?.textContent.startsWith('The service does not take it from who is signed in now')")
	w.Shot("court-refused")
	w.Accessible("an entry of somebody else")
	c.as("")
	w.Click("#court-send")
	w.Until("!document.getElementById('court-sign').hidden")
	c.as("staff-07")
	w.Go("/day")
	w.Until("!document.getElementById('court-waits').hidden")
	if got := w.Text("#court-waits"); !strings.HasPrefix(got, "1 entry from court is on this device, not yet recorded.") {
		t.Errorf("My day says %q", got)
	}
	w.Shot("court-waits")
	w.Accessible("My day with an entry on the device")
	w.Click("form[action='/sign-out'] button")
	w.Until("document.getElementById('court-waits').textContent.includes('Signing out wipes')")
	w.Go("/court")
	w.Until("!document.getElementById('court-received').hidden")
}

// as lets somebody else ask, or nobody.
func (c *courtroom) as(staff string) {
	keeping.Lock()
	defer keeping.Unlock()
	c.who.Staff, c.state = staff, access.SignedIn
	if staff == "" {
		c.state = access.None
	}
}
