package pages

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

//go:embed templates/*.html
var sources embed.FS

// Page is what a handler has to show.
type Page struct {
	// Title is what the tab says before " – caseledger": never more of a case
	// than its number.
	Title  string
	Strip  *views.Strip // of a page about a case: what is always in sight
	Errors []Field      // shown above everything, each with a link to its field
	Form   bool         // something may be typed: the page is not left by itself when the session rests
	Wide   bool         // lists and boards use the whole window
	Court  bool         // the page that is installed for court: nobody's, and the only one that starts a worker
	Data   any          // of the template
}

// Field is something that is wrong with what was typed.
type Field struct {
	ID   string // of the element; "" of none
	Text string // what to do about it
}

// errorsOf are those about one element.
func errorsOf(all []Field, id string) (list []Field) {
	for _, f := range all {
		if f.ID == id {
			list = append(list, f)
		}
	}
	return list
}

// frame is what the layout works on.
type frame struct {
	Page
	Who     access.Who
	Now     time.Time
	Path    string
	Nonce   string
	Sharing bool
	Assets  string
	Nav     []navItem
	Rest    int // seconds without a request until the session locks
	Alarms  int // emergencies that wait for the reader
}

type navItem struct {
	Text, Href string
	Here       bool
}

// nav is the pages that have a place of their own, in this order, for those
// who may do what they are.
var nav = []struct {
	text, route string
	action      access.Action
}{
	{"My day", "GET /day", "day.see"},
	{"Cases", "GET /cases", "case.search"},
	{"Board", "GET /board", "board.see"},
	{"Handover", "GET /handover", "handover.see"},
	{"Helpline", "GET /helpline/new", "helpline.write"},
	{"Figures", "GET /figures", "stats.see"},
	{"Audit", "GET /audit", "audit.see"},
	{"Admin", "GET /admin", "admin"},
	{"Accounts", "GET /admin/accounts", access.AccountReset},
}

func (s *Server) navFor(r *Request) []navItem {
	var items []navItem
	if r.Who.Staff == "" {
		return nil
	}
	for _, n := range nav {
		href := strings.TrimPrefix(n.route, "GET ")
		if s.has(n.route) && s.guard.Decide(r.Who, n.action, nil, r.Now).Allowed {
			items = append(items, navItem{n.text, href, r.URL.Path == href || strings.HasPrefix(r.URL.Path, href+"/")})
		}
	}
	// Where one place lies within another, the inner one is where somebody is.
	for i := range items {
		for k := range items {
			if items[i].Here && items[k].Here && len(items[k].Href) > len(items[i].Href) {
				items[i].Here = false
			}
		}
	}
	return items
}

// templates are the parsed pages by name.
type templates struct{ set *template.Template }

// parse reads the templates; with mask, all that is put into them is veiled.
func (s *Server) parse(mask bool) (*templates, error) {
	set := template.New("pages").Funcs(s.funcs())
	set, err := set.ParseFS(sources, "templates/*.html")
	if err != nil {
		return nil, err
	}
	if mask {
		veilAll(set)
	}
	// A page that is not there is found now, not when somebody asks for it.
	names, err := fs.Glob(sources, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		if name != "layout" && !strings.HasPrefix(name, "part-") && set.Lookup(name) == nil {
			return nil, fmt.Errorf("templates/%s.html defines no %q", name, name)
		}
	}
	return &templates{set}, nil
}

// render answers with a page. Nothing is sent when it fails.
func (s *Server) render(w http.ResponseWriter, r *Request, status int, name string, p Page) error {
	f := frame{
		Page: p, Who: r.Who, Now: r.Now, Path: r.URL.Path, Nonce: r.nonce, Sharing: r.Sharing && r.Who.Staff != "",
		Assets: s.assets.prefix, Nav: s.navFor(r), Rest: int(access.Rest.Seconds()),
	}
	var err error
	if f.Alarms, err = s.alarms(r); err != nil {
		s.logger.Error("emergencies could not be read", "code", ops.Code(err))
	}
	var body, page bytes.Buffer
	set := s.open
	if f.Sharing {
		set = s.masked
	}
	if err := set.set.ExecuteTemplate(&body, name, f); err != nil {
		return fmt.Errorf("the template %s: %w", name, err)
	}
	content, strip := body.Bytes(), []byte(nil)
	if p.Strip != nil {
		var b bytes.Buffer
		if err := set.set.ExecuteTemplate(&b, "strip", p.Strip); err != nil {
			return fmt.Errorf("the strip: %w", err)
		}
		strip = b.Bytes()
	}
	if f.Sharing {
		content, strip = mask(content), mask(strip)
	}
	// Both were escaped when they were made.
	if err := s.open.set.ExecuteTemplate(&page, "layout", struct {
		frame
		Content, Above template.HTML
	}{f, template.HTML(content), template.HTML(strip)}); err != nil {
		return fmt.Errorf("the layout: %w", err)
	}
	if f.Who.Staff != "" && !p.Form && w.Header().Get("Refresh") == "" {
		// A page that is left open goes when the session rests, also without
		// scripts. What is being typed is never taken away like this.
		w.Header().Set("Refresh", strconv.Itoa(f.Rest+5))
	}
	if p.Court {
		w.Header().Set("Content-Security-Policy", contentPolicy(r.nonce, "court"))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
	return nil
}

// funcs are what templates can call.
func (s *Server) funcs() template.FuncMap {
	return template.FuncMap{
		"has":      s.has,
		"asset":    func(name string) string { return s.assets.prefix + name },
		"short":    Short,
		"upper":    strings.ToUpper,
		"say":      Say,
		"day":      func(d clock.Date) string { return Say(clock.OnDate(d)) },
		"fixed":    func(s string) fixed { return fixed(s) },
		"clock":    timeOfDay,
		"code":     codeText,
		"count":    count,
		"safe":     safe,
		"touches":  touches,
		"moment":   func(t time.Time) string { return Say(clock.AtTime(t)) },
		"named":    named,
		"offer":    offer,
		"choices":  choices,
		"pairOf":   pairOf,
		"days":     days,
		"unset":    unset,
		"near":     near,
		"kind":     kind,
		"sentence": sentence,
		"sum":      func(a, b int) int { return a + b },
		"dict":     dict,
		"channels": func() []option { return channels },
		"member":   memberName,
		"closed":   closedAs,
		"eights":   inEights,
		"numbers":  numbers,
		"kb":       func(n int) string { return fmt.Sprintf("%d kB", (n+999)/1000) },
		"errorsOf": errorsOf,
	}
}

// codeText is a code of the ledger's as people read it, or what a pointer at
// one points at.
func codeText(s any) string {
	if p, ok := s.(*string); ok && p != nil {
		s = *p
	}
	return strings.ReplaceAll(fmt.Sprint(s), "-", " ")
}

// Short is how a case is called: the first eight digits of its number.
func Short(c events.Chain) string { return strings.ToUpper(c.String()[:8]) }

// Say puts a moment as people say it: "Mon 26 Oct 2026, 14:05"; "not known" for none.
// A clock time in the repeated hour says which.
func Say(w clock.When) string {
	if w.IsZero() {
		return "not known"
	}
	y, m, d := w.Date().YMD()
	day := fmt.Sprintf("%s %d %s %d", w.Date().Weekday().String()[:3], d, m.String()[:3], y)
	if w.IsDate() {
		return day
	}
	return day + ", " + timeOfDay(w)
}

// timeOfDay is the clock time of a moment; "" for a date.
func timeOfDay(w clock.When) string {
	if w.IsZero() || w.IsDate() {
		return ""
	}
	t := w.Start()
	text := clock.London(t).Format("15:04")
	switch clock.Repeat(t) {
	case 1:
		text += " BST, the first " + text + " that night"
	case 2:
		text += " GMT, the second " + text + " that night"
	}
	return text
}

// count puts a number before the right form of a word: "1 case", "2 cases".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// dict makes a map for a template that takes more than one value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants names and values in turn")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errors.New("dict wants a name before each value")
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// option is one of several that a form offers.
type option struct{ Value, Label string }

// offer is what a form offers, from values and labels in turn.
func offer(pairs ...string) ([]option, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("offer wants values and labels in turn")
	}
	var list []option
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, option{pairs[i], pairs[i+1]})
	}
	return list, nil
}

// choices are what a form offers by name, where its handler has the same list.
func choices(name string) ([]option, error) {
	list, ok := map[string][]option{"cover": coverReasons, "exclusion": exclusions, "reopening": reopenings, "hold": holds, "source": referrers, "flag": flags}[name]
	if !ok {
		return nil, errors.New("no choices of this name")
	}
	return list, nil
}

// named is an event's type in words: "contact recorded".
func named(typ string) string { return strings.NewReplacer(".", " ", "-", " ").Replace(typ) }
