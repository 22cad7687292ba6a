package pages

import (
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
)

// Drafts: what somebody typed into a form and did not record is kept while a
// script sends it and whenever the form is sent and not recorded. It stands in
// the form when that is opened again.

// contactDraft is a name among somebody's drafts; others are formDraft and
// where in a case a form is, with hyphens for strokes.
const (
	contactDraft = "contact"
	formDraft    = "form-"
)

// formDrafted is where in a case a form can be of which drafts are kept.
var formDrafted = regexp.MustCompile(`^/case/[0-9a-f]{32}((?:/[a-z0-9-]{1,40}){1,2})$`)

// draftName is the name of the draft of a form at a path; "" when none is kept.
func draftName(path string) string {
	m := formDrafted.FindStringSubmatch(path)
	if m == nil {
		return ""
	}
	return formDraft + strings.ReplaceAll(m[1][1:], "/", "-")
}

// DraftOf says what a draft is of and where in a case somebody goes on with it;
// ok is false for what nobody goes on with.
func DraftOf(name string) (what, path string, ok bool) {
	switch name {
	case contactDraft:
		return "New contact", "/contact/new", true
	case handOver:
		return "Hand over, receipt", "/disclosure", true
	}
	if entry, court := strings.CutPrefix(name, EntryDraft); court {
		return "Written at court", "/taken/" + strings.ToUpper(entry), true
	}
	at, form := strings.CutPrefix(name, formDraft)
	if !form {
		return "", "", false
	}
	titles := map[string]string{"/risk/new": "Risk review", "/plan/new": "New action", "/plan/{action}": "Change an action", "/helpline/new": "A call to the helpline"}
	for _, w := range shorts() {
		if w.drafts {
			titles[w.path] = w.title
		}
	}
	for path, title := range titles {
		if strings.ReplaceAll(path[1:], "/", "-") == at {
			return title, path, true
		}
	}
	for path, title := range titles {
		before, _, several := strings.Cut(path, "{")
		of, one := strings.CutPrefix("/"+at, strings.TrimSuffix(before, "/")+"-")
		if several && one {
			return title, before + of, true
		}
	}
	return "", "", false
}

// draft is what a page shows of the draft of its form.
type draft struct {
	Since  string // when it was kept; "": it is no draft
	Here   string // of the form
	KeepAt string // where the script sends it
}

func draftAt(path string) draft { return draft{Here: path, KeepAt: path + "/draft"} }

// left is the form as its author left it, and when; nil when there is none.
func (s *Server) left(r *Request, name string) (f *Form, since string, err error) {
	if name == "" {
		return nil, "", nil
	}
	text, saved, err := s.drafts.LoadDraft(r.Context(), r.Who.Staff, r.Chain, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return drafted(text), near(r.Now, clock.AtTime(saved)), nil
}

// drafted is the form of a draft; nil if it is none.
func drafted(text []byte) *Form {
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return nil
	}
	f, err := formOf(values)
	if err != nil {
		return nil
	}
	return f
}

// keep keeps the values of a form as the draft of who sent it.
func (s *Server) keep(r *Request, f *Form, name string) error {
	values := maps.Clone(f.values)
	for _, press := range []string{"step", "more"} {
		values.Del(press)
	}
	return s.drafts.KeepDraft(r.Context(), r.Who.Staff, r.Chain, name, []byte(values.Encode()), r.Now)
}

// keepOn keeps what goes through a check for the wrong case, without the answer
// to it.
func (s *Server) keepOn(r *Request, f *Form, on pad) error {
	g := *f
	g.values = maps.Clone(f.values)
	g.values.Del("initials")
	on.away.into(g.values)
	return s.keep(r, &g, on.form)
}

// keepForm keeps what is in a form, for the script that sends it while somebody
// writes.
func (s *Server) keepForm(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	return s.kept(w, r, f, func() error { return s.keepAt(r, f, strings.TrimSuffix(r.URL.Path, "/draft")) })
}

// keepAt keeps the form at a path; where none is kept, nothing is there.
func (s *Server) keepAt(r *Request, f *Form, path string) error {
	name := draftName(path)
	if name == "" {
		return errNoPage
	}
	return s.keep(r, f, name)
}

// kept answers the script once the form is kept.
func (s *Server) kept(w http.ResponseWriter, r *Request, f *Form, keep func() error) error {
	// What the script sent last may come after the form itself: a draft of what
	// stands in the case would be in the way of the next entry. A form that has
	// seen no entry is not looked for among all of them.
	if f.Seq > 0 {
		if seq, err := s.recordedAs(r, f); err != nil {
			return err
		} else if seq != 0 {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	if err := keep(); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// settle takes the draft of a form away when it was recorded, and keeps it when
// it was not. One that is too long to be kept is on the page that follows.
func (s *Server) settle(r *Request, f *Form, recorded bool) error {
	name := draftName(r.URL.Path)
	if name == "" {
		return nil
	}
	if !recorded {
		if err := s.keep(r, f, name); !errors.Is(err, events.ErrTooLarge) {
			return err
		}
		return nil
	}
	s.recorded(r, name)
	return nil
}

// recorded takes the draft of what stands in the case away.
func (s *Server) recorded(r *Request, name string) {
	if err := s.drafts.WipeDraft(r.Context(), r.Who.Staff, r.Chain, name); err != nil {
		// It is there still and harmless: the same form is recorded once.
		s.logger.Error("a draft could not be taken away", "error", ops.Code(err))
	}
}

// startOver throws the draft of a form away and leads to an empty one, when that was
// asked for.
func (s *Server) startOver(w http.ResponseWriter, r *Request) (done bool, err error) {
	name := draftName(r.URL.Path)
	if name == "" || r.PostForm.Get("step") != "discard" {
		return false, nil
	}
	if err := s.drafts.WipeDraft(r.Context(), r.Who.Staff, r.Chain, name); err != nil {
		return false, err
	}
	s.redirect(w, r, r.URL.Path)
	return true, nil
}
