package pages

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/story"
)

// Whoever has a case open is told that something was recorded in it.
func TestChangesInBrowser(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	w := open(t, o, wednesday)
	chain := story.Chain("court")
	path := "/case/" + chain.String()
	w.Go(path)
	if text := w.Text("#changes"); text != "" {
		t.Errorf("nothing is new, and the page says %q", text)
	}
	again := o.upTo(chain, time.Time{})
	for _, c := range []struct{ typ, want string }{{"contact.attempted", "Something new was recorded"}, {"safe-contact.set", "How the client can be reached was changed"}} {
		for _, e := range again {
			if e.Body.Type != c.typ {
				continue
			}
			id := ulid.Make()
			if _, err := o.Append(t.Context(), ops.Append{Case: &chain, Type: c.typ, V: e.Body.V, Actor: "staff-08", ID: &id, Occurred: e.Body.Occurred, Data: e.Body.Data}); err != nil {
				t.Fatal(err)
			}
			break
		}
		w.Until("document.getElementById('changes').textContent.startsWith(" + strconv.Quote(c.want) + ")")
	}
	w.Shot("case-changed")
	w.Accessible("a case in which something is new")
	w.Press("#changes a")
	if w.Text("#changes") != "" || len(w.Texts(".entry")) == 0 {
		t.Error("what is new is not on the page")
	}
	w.Quiet()
}

// The stream says numbers alone, and ends for whoever may not read the case any
// more.
func TestChanges(t *testing.T) {
	o := storyAt(t, caseAdviser, wednesday)
	s := handlers(t, o)
	path := "/case/" + story.Chain("court").String() + "/changes?since=1"
	stream := func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") }
	if w := ask(s, "GET", path); w.Code != 404 {
		t.Errorf("not asked for as a stream: %d", w.Code)
	}
	o.who.Staff = "staff-14"
	if w := ask(s, "GET", path, stream); w.Code != 403 {
		t.Errorf("another adviser: %d", w.Code)
	}
	o.who.Staff = "staff-07"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "localhost:8080"
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	keeping.Lock()
	o.state = access.Locked
	keeping.Unlock()
	var all strings.Builder
	b := make([]byte, 1024)
	for err == nil { // until the service ends it
		var n int
		n, err = answer.Body.Read(b)
		all.Write(b[:n])
	}
	if ctx.Err() != nil {
		t.Fatal("the stream goes on in a locked session")
	}
	want := "retry: 10000\n\nevent: new\ndata: " + strconv.Itoa(len(o.upTo(story.Chain("court"), time.Time{}))) + " reach\n\n"
	if all.String() != want {
		t.Errorf("the stream says %q, want %q", all.String(), want)
	}
}
