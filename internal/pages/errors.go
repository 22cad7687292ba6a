package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
)

// Why a request gets no answer of its own.
var (
	errNoPage      = errors.New("there is no such page")
	errCrossOrigin = errors.New("sent from another site")
	errSignIn      = errors.New("nobody is signed in")
	errLocked      = errors.New("the session is locked")
	errOthers      = errors.New("somebody else typed what was sent")
	errUnclaimed   = errors.New("nobody said yet who typed what was sent")
	errSharing     = errors.New("nothing is recorded while the screen is shared")
	errForm        = errors.New("the form could not be read")
	errTwice       = errors.New("the same form was recorded before with other words")
	errBroken      = errors.New("the page failed")
	errUnrecorded  = errors.New("the access ledger could not be written")
)

// refusal is a decision against somebody.
type refusal struct{ access.Decision }

func (r *refusal) Error() string { return "refused: " + r.Why }

// problem is what the error page says.
type problem struct {
	status int
	Title  string
	Text   []string
	// Back is a page of the case that shows what comes first; "": none does.
	Back string
	// Glass offers to break the glass of the case that was asked for.
	Glass string
}

// fail answers a request whose handler was not called or failed. What is said
// never has a word of the error: errors may quote what was typed.
func (s *Server) fail(w http.ResponseWriter, r *Request, err error) {
	switch {
	case errors.Is(err, errSignIn) && r.Method == http.MethodGet:
		s.redirect(w, r, "/sign-in"+next(r))
		return
	case errors.Is(err, errLocked) && r.Method == http.MethodGet:
		s.redirect(w, r, "/locked"+next(r))
		return
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // nobody listens any more
	}
	if s.keepTyped(w, r, err) {
		return
	}
	p := s.explain(r, err)
	if p.status >= http.StatusInternalServerError {
		// The code says what kind of error it was: its text may hold words.
		s.logger.Error("a page could not be shown", "route", r.Route.Method+" "+r.Route.Pattern, "error", ops.Code(err), "status", p.status)
	}
	if err := s.render(w, r, p.status, "error", Page{Title: p.Title, Data: p}); err != nil {
		http.Error(w, p.Title, p.status)
	}
}

// typedBy is the field of who typed what is sent from a page of keepTyped.
const typedBy = "typed-by"

// typedPage holds what was typed until somebody is there who can send it.
type typedPage struct {
	Path   string
	By     string // who typed it; "": nobody knows, the session had ended
	Locked bool   // the session is there and locked; otherwise it has ended
	Claim  string // who is signed in now and may say that it is theirs; "": nobody is yet
	Fields []carried
}

// keepTyped answers a form about a case that came from a session which locked
// or ended while it was being written: with a page that still has all of it, to
// be sent again by the same person. Of a session that has ended nobody knows
// whose it was: who signs in and sends it again is asked first. It shows nothing
// of the case. It reports whether it has answered.
func (s *Server) keepTyped(w http.ResponseWriter, r *Request, err error) bool {
	locked, ended, unclaimed := errors.Is(err, errLocked), errors.Is(err, errSignIn), errors.Is(err, errUnclaimed)
	if !locked && !ended && !unclaimed || r.Method != http.MethodPost || !r.Route.Case && r.Route.Action != access.CaseStart || r.Sharing || r.readForm() != nil || len(r.PostForm) == 0 {
		return false
	}
	p := typedPage{Path: r.URL.Path, By: r.PostForm.Get(typedBy), Locked: locked}
	title, status := "Signed out", http.StatusUnauthorized
	switch {
	case locked:
		title = "Locked"
		who, state := s.guard.Peek(r.Context())
		if state != access.Locked || p.By != "" && p.By != who.Staff {
			return false
		}
		if !r.PostForm.Has(typedBy) {
			p.By = who.Staff
		}
	case unclaimed:
		title, status = "Who typed this?", http.StatusConflict
		p.By, p.Claim = r.Who.Staff, r.Who.Staff
	}
	r.PostForm.Del(typedBy)
	for name, values := range r.PostForm {
		for _, v := range values {
			p.Fields = append(p.Fields, carried{name, v})
		}
	}
	slices.SortStableFunc(p.Fields, func(a, b carried) int { return strings.Compare(a.Name, b.Name) })
	return s.render(w, r, status, "typed", Page{Title: title, Form: true, Data: p}) == nil
}

// next remembers where somebody wanted to go before signing in. Case numbers
// may stand in an address, so nothing else is in it.
func next(r *Request) string {
	if r.URL.Path == "/" {
		return ""
	}
	return "?next=" + url.QueryEscape(r.URL.Path)
}

func (s *Server) redirect(w http.ResponseWriter, r *Request, to string) {
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
}

func (s *Server) explain(r *Request, err error) problem {
	var no *refusal
	switch {
	case errors.As(err, &no):
		p := problem{status: http.StatusForbidden, Title: "You cannot see this page", Text: []string{no.Why}}
		if no.Glass && r.Route.Case && s.has("GET /case/{chain}/glass") {
			p.Glass = "/case/" + r.Chain.String() + "/glass"
		}
		return p
	case errors.Is(err, errNoPage), errors.Is(err, events.ErrNotFound):
		return problem{status: http.StatusNotFound, Title: "Page not found", Text: []string{
			"There is no page at this address.", "If you followed a link on one of our pages, tell your administrator.",
		}}
	case errors.Is(err, errTaken):
		return problem{status: http.StatusGone, Title: "This entry does not wait any more", Text: []string{
			"It was recorded or thrown away, or somebody else wrote it.", "Look at the case: what stands there is recorded.",
		}}
	case errors.Is(err, errSignIn), errors.Is(err, errLocked):
		return problem{status: http.StatusUnauthorized, Title: "You were signed out", Text: []string{
			"What you sent was not recorded, because nobody was signed in any more.", "Sign in again, then go back and send it once more.",
		}}
	case errors.Is(err, errCrossOrigin):
		return problem{status: http.StatusForbidden, Title: "This came from another site", Text: []string{
			"Your browser sent this because a page of another site asked it to. Nothing was done.",
		}}
	case errors.Is(err, errOthers):
		return problem{status: http.StatusConflict, Title: "Somebody else wrote this", Text: []string{
			"It was typed in a session of another member of staff, which had locked. Nothing was recorded. Who wrote it has to sign in here and send it again.",
		}}
	case errors.Is(err, errSharing):
		return problem{status: http.StatusConflict, Title: "Screen sharing is on", Text: []string{
			"Nothing is recorded and no file is given out while everything is masked. Turn screen sharing off at the top of the page, then send it again.",
		}}
	case errors.Is(err, cases.ErrStep):
		return missing(r, err)
	case errors.Is(err, errTwice):
		return problem{status: http.StatusConflict, Title: "This form was recorded before", Text: []string{
			"It was recorded once already, with other words in it. Look at the case: what stands there was kept. To add something, begin a new entry; to put something right, correct the entry.",
		}}
	case errors.Is(err, events.ErrConflict):
		return problem{status: http.StatusConflict, Title: "Somebody else recorded something first", Text: []string{
			"Nothing of yours was recorded. Go back, reload the page, read what is new and send yours again.",
		}}
	case errors.Is(err, events.ErrTooLarge):
		return problem{status: http.StatusRequestEntityTooLarge, Title: "That is too long", Text: []string{
			"What you sent is longer than one entry can hold. Go back and record it as two entries.",
		}}
	case errors.Is(err, errForm), errors.Is(err, events.ErrInvalid), errors.Is(err, events.ErrSyntax), errors.Is(err, ops.ErrInput):
		return problem{status: http.StatusUnprocessableEntity, Title: "That could not be understood", Text: []string{
			"Nothing was recorded. Go back, check what you filled in and send it again.",
		}}
	case errors.Is(err, errUnrecorded):
		return problem{status: http.StatusServiceUnavailable, Title: "Nothing can be shown now", Text: []string{
			"Who reads what is written down before it is shown. That record cannot be written at the moment, so this page stays closed.",
			"Tell your administrator. If a client is in danger, act first and write it down on paper.",
		}}
	case errors.Is(err, events.ErrReadOnly), errors.Is(err, events.ErrStopped), errors.Is(err, ops.ErrFull):
		return problem{status: http.StatusServiceUnavailable, Title: "Nothing can be recorded now", Text: []string{
			"The ledger is not taking entries at the moment. Nothing of yours was recorded.",
			"Tell your administrator. If a client is in danger, act first and write it down on paper.",
		}}
	}
	return problem{status: http.StatusInternalServerError, Title: "Something went wrong", Text: []string{
		"The page could not be shown. What you sent may or may not have been recorded: look at the case before you send it again.",
		fmt.Sprintf("Tell your administrator the time, %s, and what you wanted to do.", r.Now.UTC().Format("15:04:05")+" UTC"),
	}}
}

// missing says which step of a disclosure comes first. What a StepError says
// names steps, entries and staff, and quotes nothing.
func missing(r *Request, err error) problem {
	e := ops.NewError(err)
	p := problem{status: http.StatusConflict, Title: "Another step comes first", Text: []string{sentence(e.Rule) + "."}}
	if text, ok := tasks[e.Step]; ok {
		p.Text = append([]string{"Missing: " + text[0] + "."}, p.Text...)
	}
	if seq := r.PathValue("seq"); r.Route.Case && seq != "" {
		p.Back = "/case/" + r.Chain.String() + "/disclosure/" + seq
	}
	return p
}
