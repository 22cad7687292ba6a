package pages

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/schemas"
)

// A form that somebody left stands as it was when it is opened again, is nobody
// else's, and goes when it is thrown away or recorded.
func TestFormDrafts(t *testing.T) {
	w, s := atDesk(t, "staff-07", access.Adviser)
	f, err := w.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	action := f.Plan[0].ID
	for _, c := range []struct{ at, field, what string }{
		{"/incident/new", "what", "New incident"}, {"/court/new", "note", "Court"}, {"/meeting/new", "decisions", "Meeting"},
		{"/risk/new", "text", "Risk review"}, {"/plan/new", "aim", "New action"}, {"/plan/" + action, "outcome", "Change an action"},
		{"/helpline/new", "words", "A call to the helpline"}, {"/child/" + f.CurrentChildren()[0].Data.Child, "contact", "What is known of a child"},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := "/case/" + courtCase.String() + c.at
			first := ask(s, "GET", path).Body.String()
			values := fieldsWith(first, url.Values{c.field: {foreign}, "when-time": {"08:01"}})
			if !strings.Contains(first, `data-draft="`+path+`/draft"`) || strings.Contains(first, "Begin anew") {
				t.Error("the form does not say where its draft is kept, or is one")
			}
			w.reads = nil
			if got := sent(s, path+"/draft", values); got.Code != 204 || len(w.kept) != 1 || len(w.reads) != 0 {
				t.Fatalf("%d, %d kept, %d read", got.Code, len(w.kept), len(w.reads))
			}
			for key := range w.kept {
				name := strings.TrimPrefix(key, "staff-07"+courtCase.String())
				if what, at, ok := DraftOf(name); !ok || what != c.what || at != c.at {
					t.Errorf("%s is %q at %s, %v", name, what, at, ok)
				}
			}
			again := ask(s, "GET", path).Body.String()
			if !strings.Contains(again, "You began this before") || !strings.Contains(again, "Begin anew") {
				t.Error("the page does not say that it is a draft")
			}
			lost(t, "", values, fieldsOf(again))
			if got := post(s, path+"/draft", url.Values{c.field: {"x"}}); got.Code != 422 {
				t.Errorf("no form of ours: %d", got.Code)
			}
			w.who.Staff = "staff-14"
			if got := sent(s, path+"/draft", values); got.Code != 403 {
				t.Errorf("another adviser: %d", got.Code)
			}
			if page := ask(s, "GET", path); page.Code != 403 || strings.Contains(page.Body.String(), "ਮੈਨੂੰ") {
				t.Errorf("another adviser reads it: %d", page.Code)
			}
			w.who.Staff = "staff-07"
			if got := post(s, path, url.Values{"step": {"discard"}}); got.Code != 303 || got.Header().Get("Location") != path || len(w.kept) != 0 {
				t.Errorf("%d to %s, %d kept", got.Code, got.Header().Get("Location"), len(w.kept))
			}
			if page := ask(s, "GET", path).Body.String(); strings.Contains(page, "ਮੈਨੂੰ") || strings.Contains(page, "Begin anew") {
				t.Error("what was thrown away is there still")
			}
			// What is refused is kept too, also without scripts.
			values.Set("made", "")
			if got := sent(s, path, values); got.Code != 422 || len(w.kept) != 1 {
				t.Errorf("refused: %d, %d kept", got.Code, len(w.kept))
			}
			clear(w.kept)
		})
	}
}

// Each form that keeps drafts leads back to where it is.
func TestDraftOf(t *testing.T) {
	s := adviser().serve(t)
	n := 0
	for _, r := range s.Routes() {
		pattern, ok := strings.CutSuffix(r.Pattern, "/draft")
		if !ok || r.Action == "" || strings.Contains(pattern, "{entry}") || strings.HasSuffix(pattern, "/contact") || strings.Contains(pattern, "/disclosure") {
			continue
		}
		n++
		at := regexp.MustCompile(`\{[a-z]+\}$`).ReplaceAllString(strings.TrimPrefix(pattern, "/case/{chain}"), "a1")
		name := draftName("/case/" + ours.String() + at)
		if what, path, ok := DraftOf(name); !ok || path != at || what == "" {
			t.Errorf("%s is kept as %q, which is %q at %s", pattern, name, what, path)
		}
	}
	if n < 20 {
		t.Errorf("only %d forms keep drafts", n)
	}
	for name, want := range map[string]string{"contact": "/contact/new", "hand-over": "/disclosure", "court-01jdv3f2n5zzzzzzzzzzzzzzzz": "/taken/01JDV3F2N5ZZZZZZZZZZZZZZZZ", "form-no": "", "packet-1": "", "form-": ""} {
		if _, path, ok := DraftOf(name); path != want || ok != (want != "") {
			t.Errorf("%s is at %q", name, path)
		}
	}
	for _, path := range []string{"/case/" + ours.String(), "/day", "/case/x/incident/new", "/case/" + ours.String() + "/a/b/c", "/case/" + ours.String() + "/Person/1"} {
		if name := draftName(path); name != "" {
			t.Errorf("%s is kept as %s", path, name)
		}
	}
}

// A draft of a form whose secrets were in sight holds none of them but what was
// typed anew, and nothing of them is lost when it is recorded.
func TestDraftOfSecrets(t *testing.T) {
	w, s := atDesk(t, "staff-07", access.Adviser)
	c := present[schemas.ClientRecorded](t, w, "court", "client.recorded")
	if c.Address == nil || c.Phone == nil {
		t.Fatal("the story has no address or number of this client")
	}
	path := "/case/" + courtCase.String() + "/client"
	shown := sent(s, path+"/reveal", fieldsOf(ask(s, "GET", path).Body.String())).Body.String()
	values := fieldsWith(shown, url.Values{"name": {"Żaneta ਡਰ مجھے 😟"}, "phone": {""}, "email": {"new@example.org"}})
	if values.Get("postcode") != *c.Address.Postcode {
		t.Fatal("what is secret is not in sight")
	}
	holds := func(where, text string) {
		t.Helper()
		for _, word := range append([]string{*c.Phone, *c.Address.Postcode}, c.Address.Lines...) {
			if strings.Contains(text, word) || strings.Contains(text, url.QueryEscape(word)) {
				t.Errorf("%s holds what is secret", where)
			}
		}
	}
	for name, keep := range map[string]func() int{
		"the script": func() int { return sent(s, path+"/draft", values).Code - 204 },
		"a refusal": func() int {
			wrong := fieldsWith(shown, values, url.Values{"made": {""}})
			return sent(s, path, wrong).Code - 422
		},
	} {
		clear(w.kept)
		if keep() != 0 || len(w.kept) != 1 {
			t.Fatalf("%s: %d kept", name, len(w.kept))
		}
		for _, text := range w.kept {
			holds("the draft of "+name, string(text))
		}
		w.reads = nil
		page := ask(s, "GET", path).Body.String()
		holds("the page after "+name, page)
		again := fieldsOf(page)
		if len(w.reads) != 1 || w.reads[0].Type != "case.opened" || again.Has("shown") || again.Get("name") != "Żaneta ਡਰ مجھے 😟" || again.Get("email") != "new@example.org" || again.Get("phone-none") != "yes" {
			t.Errorf("%s: what was typed is lost, or what is secret is in sight", name)
		}
	}
	again := fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"made": {"live"}})
	if got := sent(s, path, again); got.Code != 303 || len(w.kept) != 0 {
		t.Fatal(got.Code, summaryOf(got))
	}
	now := present[schemas.ClientRecorded](t, w, "court", "client.recorded")
	if now.Address == nil || strings.Join(now.Address.Lines, "\n") != strings.Join(c.Address.Lines, "\n") || stringOf(now.Address.Postcode) != *c.Address.Postcode || now.Phone != nil || stringOf(now.Email) != "new@example.org" {
		t.Error("the address is lost, or the number is not")
	}
}

// An incident that was left, typed in the scripts that clients write, is there
// byte for byte in a real browser, and none any more once it is recorded.
func TestFormDraftInBrowser(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	w := open(t, o, wednesday)
	path := "/case/" + courtCase.String() + "/incident/new"
	w.Go(path)
	w.Set("#happened-date", "2026-10-26")
	w.Set("#what", foreign)
	w.Click("#reported-1")
	w.Until("document.getElementById('kept').textContent.startsWith('Draft kept')")
	w.Go("/day")
	w.Go(path)
	if got := w.Text("#left"); !strings.Contains(got, "You began this before") {
		t.Errorf("the page says %q", got)
	}
	w.Shot("short-draft")
	w.Accessible("an incident that was left")
	before := len(o.of(courtCase, "incident.disclosed"))
	w.Press("form.short > button.govuk-button:not(.govuk-visually-hidden)")
	list := o.of(courtCase, "incident.disclosed")
	if len(list) != before+1 || !containsText(t, string(list[before].Body.Data), foreign) || !strings.Contains(string(list[before].Body.Data), "2026-10-26") {
		t.Fatalf("%d recorded, %s", len(list)-before, w.Text(".govuk-error-summary"))
	}
	if len(o.kept) != 0 {
		t.Error("the draft is still there")
	}

	// Begun anew, and nothing of it comes back.
	w.Go(path)
	w.Set("#what", foreign)
	w.Until("document.getElementById('kept').textContent.startsWith('Draft kept')")
	w.Go(path)
	w.Press("form.left button")
	if got := w.Path(); got != path || w.Text("#left") != "" || len(o.kept) != 0 {
		t.Errorf("at %s, %q, %d kept", got, w.Text("#left"), len(o.kept))
	}
	w.Quiet()
}
