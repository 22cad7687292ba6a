package pages

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/lacking"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
)

// service is the story with whatever facts a test gives a case, and with the
// decisions of package access.
type service struct {
	*week
	facts access.CaseFacts
	log   strings.Builder
}

func (s *service) Facts(_ context.Context, c events.Chain) (access.CaseFacts, error) {
	if _, ok := s.files[c]; !ok {
		return access.CaseFacts{}, events.ErrNotFound
	}
	return s.facts, nil
}

func (s *service) Decide(who access.Who, a access.Action, f *access.CaseFacts, now time.Time) access.Decision {
	return access.Decide(who, a, f, now)
}

func serviceAt(t testing.TB, now time.Time) (*service, *Server) {
	t.Helper()
	o := &service{week: storyAt(t, access.Who{}, now)}
	s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.NewTextHandler(&o.log, nil)),
		Hosts: []string{"localhost:8080"}, HTTPS: true, Now: func() time.Time { return now }})
	if err != nil {
		lacking.End(t, err)
	}
	return o, s
}

// wild is what a pattern leaves open besides the case.
var wild = regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)

func target(r Route, chain events.Chain) string {
	path := strings.ReplaceAll(strings.ReplaceAll(r.Pattern, "{chain}", chain.String()), "{$}", "")
	path = strings.ReplaceAll(path, "{entry}", formedID)
	return wild.ReplaceAllString(path, "1")
}

// private is what must never be outside the words of a page: of every case the
// names, addresses, numbers and code words that its events hold.
func private(files map[events.Chain]*casefile.File) []string {
	var words []string
	add := func(s *string) {
		if s != nil && len(strings.TrimSpace(*s)) > 3 {
			words = append(words, strings.TrimSpace(*s))
		}
	}
	for _, f := range files {
		for _, c := range f.Clients {
			add(&c.Data.Name)
			if a := c.Data.Address; a != nil {
				for _, line := range a.Lines {
					add(&line)
				}
				add(a.Postcode)
			}
		}
		for _, p := range f.People {
			add(p.Data.Name)
		}
		if s := f.SafeContact(); s != nil {
			add(s.Data.CodeWord)
			for _, c := range s.Data.Channels {
				add(c.Address)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// found is the first private word in a text, "" if there is none.
func found(text string, words []string) string {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, strings.ToLower(w)) {
			return w
		}
	}
	return ""
}

// links are what a page has in its attributes that lead somewhere or that
// scripts read.
func links(page string) []string {
	var list []string
	for rest := page; ; {
		before, after, ok := strings.Cut(rest, `="`)
		if !ok {
			return list
		}
		var value string
		value, rest, _ = strings.Cut(after, `"`)
		name := before[strings.LastIndexAny(before, " \n\t")+1:]
		if strings.HasPrefix(value, "#") {
			continue // within the page
		}
		if slices.Contains([]string{"href", "src", "action", "formaction"}, name) || strings.HasPrefix(name, "data-") {
			list = append(list, value)
		}
	}
}

// formedID is the id of a form that formed sends, and of an entry that came from
// court.
const formedID = "01JDV3F2N5ZZZZZZZZZZZZZZZZ"

// formed gives a POST the form of our pages with nothing filled in.
func formed(r *http.Request) {
	if r.Method != http.MethodPost {
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = io.NopCloser(strings.NewReader(url.Values{"id": {formedID}, "seq": {"1"}}.Encode()))
}

// No name, address, number or code word of any case stands in an address, a
// title, a header or the log, whatever page is asked for.
func TestNothingLeaks(t *testing.T) {
	o, s := serviceAt(t, wednesday)
	words := private(o.files)
	shown := 0
	if len(words) < 20 {
		t.Fatalf("only %d private words in the story", len(words))
	}
	look := func(w *httptest.ResponseRecorder, at string) {
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s: %d", at, w.Code)
		}
		page := unmarked(w)
		if w.Code == http.StatusForbidden && (found(page, words) != "" || len(o.reads) > 0) {
			t.Errorf("%s: the refusal shows something, or the access ledger has it as read", at)
		}
		var outside strings.Builder
		_, title, _ := strings.Cut(page, "<title>")
		title, _, _ = strings.Cut(title, "</title>")
		outside.WriteString(title)
		for _, link := range links(page) {
			outside.WriteString("\n" + link)
		}
		for name, values := range w.Header() {
			outside.WriteString("\n" + name + ": " + strings.Replace(strings.Join(values, ", "), "'nonce-"+nonceOf(w)+"'", "", 1))
		}
		text, err := url.QueryUnescape(outside.String())
		if err != nil {
			text = outside.String()
		}
		if word := found(outside.String()+text, words); word != "" {
			t.Errorf("%s: %q stands in an address, a title or a header", at, word)
		}
		if found(page, words) != "" {
			shown++
		}
	}
	for _, role := range []access.Role{access.Adviser, access.Manager, access.Auditor, access.Administrator, access.Helpline} {
		o.who, o.state = access.Who{Staff: "staff-07", Role: role}, access.SignedIn
		for _, label := range []string{"court", "silence", "interpreter", "sixteen"} {
			chain := story.Chain(label)
			o.facts = access.CaseFacts{Adviser: "staff-07", Stage: "open"}
			// From court came what names people.
			a := &away{Kind: "contact", Written: wednesday, Received: wednesday}
			kept := url.Values{"id": {formedID}, "seq": {"1"}, "notes": {words[0] + "\n" + words[1]}, "how": {"phone in"}, "with": {"client"}, "when-date": {"2026-10-27"}, "when-precision": {"exact"}}
			a.into(kept)
			if err := o.KeepDraft(t.Context(), "staff-07", chain, EntryDraft+strings.ToLower(formedID), []byte(kept.Encode()), wednesday); err != nil {
				t.Fatal(err)
			}
			for _, route := range s.Routes() {
				if strings.HasPrefix(route.Pattern, "/admin/accounts") || strings.HasPrefix(route.Pattern, "/account") || route.Open && route.Pattern != "/sharing" {
					continue // accounts and signing in are tested with the real guard
				}
				for _, spoil := range []string{"", "?q=" + url.QueryEscape(words[0]), "?next=//" + url.QueryEscape(words[1])} {
					o.reads = nil
					w := ask(s, route.Method, target(route, chain)+spoil, formed)
					look(w, route.Method+" "+route.Pattern+" as "+string(role))
				}
			}
		}
	}
	if t.Failed() {
		for line := range strings.Lines(o.log.String()) {
			t.Logf("%.400s", line)
		}
	}
	if word := found(o.log.String(), words); word != "" {
		t.Errorf("the log has %q", word)
	}
	t.Logf("%d answers showed private words where they may stand", shown)
}
