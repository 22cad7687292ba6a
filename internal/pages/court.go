package pages

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/court"
	"caseledger/internal/views"
)

func (s *Server) courtRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/court", Open: true, Handle: s.courtPage},
		{Method: "GET", Pattern: "/court/worker.js", Open: true, Handle: s.courtWorker},
		{Method: "GET", Pattern: "/court/app.webmanifest", Open: true, Handle: s.courtManifest},
		// It shows nothing of any case: what comes is opened and kept for its
		// author, who reads it on a page of its case.
		{Method: "POST", Pattern: "/court/sync", Action: access.CaseWrite, MaxBody: 2 * court.MaxSealed, Handle: s.courtSync},
		{Method: "GET", Pattern: "/case/{chain}/take", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.takePage},
		{Method: "POST", Pattern: "/case/{chain}/take", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.takeCase},
		{Method: "GET", Pattern: "/case/{chain}/taken/{entry}", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.takenPage},
		{Method: "POST", Pattern: "/case/{chain}/taken/{entry}", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.recordTaken},
		{Method: "POST", Pattern: "/case/{chain}/taken/{entry}/draft", Action: access.CaseWrite, Case: true, Handle: s.keepTaken},
	}
}

// courtView is the page for court. It is the same for everybody.
type courtView struct {
	Contact *contactPage
	Hearing *hearingPage
}

// courtPage is opened without signal. It has nobody's name on it and no word of
// any case, whoever asks for it.
func (s *Server) courtPage(w http.ResponseWriter, r *Request) error {
	r.Who, r.Sharing = access.Who{}, false
	f := newForm(0)
	f.Set("how", "in-person met")
	f.Set("with", "client")
	f.Set("when-precision", "exact")
	f.Set("hearing-when-precision", "exact")
	v := courtView{Contact: s.contactPage(r, &views.CasePage{}, f), Hearing: &hearingPage{F: f}}
	return s.render(w, r, http.StatusOK, "court", Page{Title: "Court", Form: true, Court: true, Data: v})
}

// shell is what the page for court is made of: everything that its worker keeps.
func (s *Server) shell() []string {
	list := []string{"/court", "/court/app.webmanifest"}
	for _, name := range []string{"pages.css", "fonts/latin.woff2", "fonts/latin-ext.woff2", "mark.svg", "frame.js", "govuk-frontend.min.js", "court.js", "court-store.js", "notes.js"} {
		list = append(list, s.assets.prefix+name)
	}
	return list
}

// courtWorker is the worker with the list of what it keeps. The paths of files
// change with their bytes, so it is another one when any of them changed.
func (s *Server) courtWorker(w http.ResponseWriter, r *Request) error {
	list, err := json.Marshal(s.shell())
	if err != nil {
		return err
	}
	script := bytes.Replace(s.assets.files["court-worker.js"].plain, []byte("[/* what the service says */]"), list, 1)
	w.Header().Set("Service-Worker-Allowed", "/court")
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(script)
	return nil
}

func (s *Server) courtManifest(w http.ResponseWriter, _ *Request) error {
	return answer(w, http.StatusOK, "application/manifest+json", map[string]any{
		"id": "/court", "name": "caseledger, court", "short_name": "Court", "lang": "en-GB", "start_url": "/court", "scope": "/court", "display": "standalone",
		"background_color": "#ffffff", "theme_color": "#10383f",
		"icons": []map[string]string{{"src": s.assets.prefix + "mark.svg", "sizes": "any", "type": "image/svg+xml"}},
	})
}

func answer(w http.ResponseWriter, status int, contentType string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(b)
	return nil
}

// takeView is the page on which a case is taken to court.
type takeView struct {
	F    *Form
	Path string
	Says string // what the device gets to know
}

func (s *Server) takePage(w http.ResponseWriter, r *Request) error {
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	v := takeView{F: newForm(seen(&page)), Path: "/case/" + r.Chain.String(), Says: strings.TrimSpace(page.Strip.Initials + " " + Short(r.Chain))}
	return s.render(w, r, http.StatusOK, "court-take", Page{Title: "Take case " + Short(r.Chain) + " to court", Strip: &page.Strip, Form: true, Data: v})
}

// taken is what a device gets: no more of a case than how it is called.
type taken struct {
	Packet   string    `json:"packet"`
	Key      string    `json:"key"`
	Case     string    `json:"case"`
	Initials string    `json:"initials"`
	Until    time.Time `json:"until"`
	Gone     time.Time `json:"gone"`
}

// packetForm and entryForm are names among somebody's drafts.
func packetForm(id court.ID) string   { return PacketDraft + id.String() }
func entryForm(id ulid.ULID) string   { return EntryDraft + strings.ToLower(id.String()) }
func entryPath(id ulid.ULID) string   { return "/taken/" + id.String() }
func instant(t time.Time) string      { return t.UTC().Format(time.RFC3339) }
func onClock(now, t time.Time) string { return near(now, clock.AtTime(t)) }

// What the names of drafts begin with that have to do with court: packets, of
// which nobody writes anything by hand, and entries that came back.
const (
	PacketDraft = "packet-"
	EntryDraft  = "court-"
)

func (s *Server) takeCase(w http.ResponseWriter, r *Request) error {
	f, err := r.form()
	if err != nil {
		return err
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	p, err := court.NewPacket(rand.Reader, f.Seq, r.Now)
	if err != nil {
		return err
	}
	if err := s.keepPacket(r, p, r.Chain); err != nil {
		return err
	}
	return answer(w, http.StatusOK, "application/json", taken{p.ID.String(), hex.EncodeToString(p.Public()), Short(r.Chain), page.Strip.Initials, p.Until(), p.Gone()})
}

// keepPacket keeps a packet under the moment at which it was made, so that what
// is swept by age is swept in time.
func (s *Server) keepPacket(r *Request, p *court.Packet, chain events.Chain) error {
	return s.drafts.KeepDraft(r.Context(), r.Who.Staff, chain, packetForm(p.ID), p.Append(nil), p.Made)
}

// Why an entry is not taken.
const (
	syncReceived = "received"
	syncUnknown  = "unknown" // of nobody's packet who is signed in, or too late
	syncRefused  = "refused" // its author may not record in the case any more
	syncDamaged  = "damaged"
	syncFull     = "full"
)

// synced answers a device.
type synced struct {
	State    string `json:"state"`
	Received string `json:"received,omitempty"`
	Review   string `json:"review,omitempty"`
}

func refused(w http.ResponseWriter, status int, state string) error {
	return answer(w, status, "application/json", synced{State: state})
}

// courtSync takes a sealed entry, opens it and keeps it for its author, sealed
// as drafts are. It is recorded when its author has checked it. Sent again it
// is taken once.
func (s *Server) courtSync(w http.ResponseWriter, r *Request) error {
	device, err := time.Parse(time.RFC3339, r.PostForm.Get("now"))
	if err != nil {
		return errForm
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(r.PostForm.Get("sealed"))
	if err != nil {
		return errForm
	}
	head, _, err := court.ParseHead(sealed)
	if err != nil {
		return refused(w, http.StatusUnprocessableEntity, syncDamaged)
	}
	s.packets.Lock()
	defer s.packets.Unlock()
	p, chain, err := s.packetOf(r, head.Packet)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refused(w, http.StatusNotFound, syncUnknown)
	case err != nil:
		return err
	}
	facts, err := s.ledger.Facts(r.Context(), chain)
	if err != nil && !errors.Is(err, events.ErrNotFound) {
		return err
	}
	facts.Chain = chain
	if err != nil || !s.guard.Decide(r.Who, access.CaseWrite, &facts, r.Now).Allowed {
		return refused(w, http.StatusForbidden, syncRefused)
	}
	review := "/case/" + chain.String() + entryPath(head.Entry)
	if came, ok := p.Find(head.Entry); ok {
		if came.Sum != sha256.Sum256(sealed) {
			return refused(w, http.StatusConflict, syncDamaged)
		}
		return answer(w, http.StatusOK, "application/json", synced{syncReceived, instant(came.At), review})
	}
	_, text, err := p.Open(sealed)
	if err != nil {
		return refused(w, http.StatusUnprocessableEntity, syncDamaged)
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return refused(w, http.StatusUnprocessableEntity, syncDamaged)
	}
	if err := p.Take(head.Entry, sealed, r.Now); errors.Is(err, events.ErrTooLarge) {
		return refused(w, http.StatusConflict, syncFull)
	} else if err != nil {
		return err
	}
	values.Set("id", head.Entry.String())
	values.Set("seq", strconv.FormatUint(p.Seq, 10))
	a := &away{Kind: values.Get("kind"), Written: head.Written, Received: r.Now, Ahead: device.Sub(r.Now)}
	a.into(values)
	// The entry first: should the packet not be kept after it, the entry comes
	// again and is kept over itself.
	if err := s.drafts.KeepDraft(r.Context(), r.Who.Staff, chain, entryForm(head.Entry), []byte(values.Encode()), r.Now); err != nil {
		return err
	}
	if err := s.keepPacket(r, p, chain); err != nil {
		return err
	}
	return answer(w, http.StatusOK, "application/json", synced{syncReceived, instant(r.Now), review})
}

// packetOf is a packet of who asks. The error wraps fs.ErrNotExist for one of
// somebody else, one that there never was, and one that is too old.
func (s *Server) packetOf(r *Request, id court.ID) (*court.Packet, events.Chain, error) {
	chain, err := s.drafts.FindDraft(r.Context(), r.Who.Staff, packetForm(id))
	if err != nil {
		return nil, chain, err
	}
	text, _, err := s.drafts.LoadDraft(r.Context(), r.Who.Staff, chain, packetForm(id))
	if err != nil {
		return nil, chain, err
	}
	p, err := court.ParsePacket(text)
	if err != nil {
		return nil, chain, err
	}
	if r.Now.After(p.Gone()) {
		return nil, chain, errors.Join(fs.ErrNotExist, s.drafts.WipeDraft(r.Context(), r.Who.Staff, chain, packetForm(id)))
	}
	return p, chain, nil
}

// away is what is known of an entry that was written at court besides what it
// says. It lies with the form, and no form that is sent can change it.
type away struct {
	Kind     string // contact or hearing
	Written  time.Time
	Received time.Time
	Ahead    time.Duration // of the device's clock when it was received
}

// The names under which it lies there.
const (
	awayKind     = "kind"
	awayWritten  = "away-written"
	awayReceived = "away-received"
	awayAhead    = "away-ahead"
)

func (a *away) into(values url.Values) {
	for _, name := range []string{awayKind, awayWritten, awayReceived, awayAhead} {
		values.Del(name)
	}
	if a == nil {
		return
	}
	values.Set(awayKind, a.Kind)
	values.Set(awayWritten, a.Written.UTC().Format(time.RFC3339Nano))
	values.Set(awayReceived, a.Received.UTC().Format(time.RFC3339Nano))
	values.Set(awayAhead, a.Ahead.String())
}

// awayOf takes it out of what was kept.
func awayOf(values url.Values) (*away, error) {
	a := &away{Kind: values.Get(awayKind)}
	var errs [3]error
	a.Written, errs[0] = time.Parse(time.RFC3339Nano, values.Get(awayWritten))
	a.Received, errs[1] = time.Parse(time.RFC3339Nano, values.Get(awayReceived))
	a.Ahead, errs[2] = time.ParseDuration(values.Get(awayAhead))
	(*away)(nil).into(values)
	return a, errors.Join(errs[:]...)
}

// awayView is what a page says of it.
type awayView struct{ Written, Received, Clock string }

// agree is how far two clocks may be apart and still be said to agree: what a
// request may take on its way.
const agree = time.Minute

func (a *away) view(now time.Time) *awayView {
	v := &awayView{Written: onClock(now, a.Written), Received: onClock(now, a.Received), Clock: "Its clock agreed with ours."}
	switch d := a.Ahead.Round(time.Minute); {
	case a.Ahead > agree:
		v.Clock = "Its clock was " + span(d) + " ahead of ours: look at the times below."
	case a.Ahead < -agree:
		v.Clock = "Its clock was " + span(-d) + " behind ours: look at the times below."
	}
	return v
}

// span is how long something took, in the two largest units.
func span(d time.Duration) string {
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0:
		return count(days, "day", "days")
	case hours > 0 && minutes > 0:
		return count(hours, "hour", "hours") + " " + count(minutes, "minute", "minutes")
	case hours > 0:
		return count(hours, "hour", "hours")
	}
	return count(minutes, "minute", "minutes")
}

// errTaken: an entry from court is not waiting.
var errTaken = errors.New("the entry is not waiting")

// waiting loads an entry that waits to be checked.
func (s *Server) waiting(r *Request) (*Form, pad, error) {
	id, err := events.ParseID(r.PathValue("entry"))
	if err != nil {
		return nil, pad{}, errNoPage
	}
	on := pad{form: entryForm(id)}
	text, _, err := s.drafts.LoadDraft(r.Context(), r.Who.Staff, r.Chain, on.form)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, pad{}, errTaken
	} else if err != nil {
		return nil, pad{}, err
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, pad{}, err
	}
	if on.away, err = awayOf(values); err != nil {
		return nil, pad{}, err
	}
	f, err := formOf(values)
	return f, on, err
}

// since tells a form what was recorded in the case after what its author saw.
func (f *Form) since(page *views.CasePage) {
	const most = 20
	for i := len(page.Timeline) - 1; i >= 0; i-- {
		e := &page.Timeline[i]
		switch {
		case e.Seq <= f.Seq:
		case len(f.Added) < most:
			f.Added = append(f.Added, cases.Added{Seq: e.Seq, Type: e.Type})
		default:
			f.More++
		}
	}
	f.Seq = max(f.Seq, seen(page))
}

func (s *Server) takenPage(w http.ResponseWriter, r *Request) error {
	f, on, err := s.waiting(r)
	if err != nil {
		return err
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	f.since(&page)
	if on.away.Kind == hearingKind {
		return s.showHearing(w, r, &page, f, on)
	}
	p := s.takenContact(r, &page, f, on)
	notes, wrong := parseNotes(f.V("notes"))
	f.rekey(notes)
	occurred, _, c := f.said(r, notes, wrong)
	if !f.OK() {
		return s.showContact(w, r, &page, p)
	}
	return s.showReview(w, r, &page, p, notes, occurred, c)
}

func (s *Server) takenContact(r *Request, page *views.CasePage, f *Form, on pad) *contactPage {
	p := s.contactPage(r, page, f)
	p.Away, p.KeepAt = on.away.view(r.Now), r.URL.Path+"/draft"
	return p
}

// sentTaken is the form that was sent for an entry that waits.
func (s *Server) sentTaken(r *Request) (*Form, pad, error) {
	was, on, err := s.waiting(r)
	if err != nil {
		return nil, pad{}, err
	}
	f, err := r.form()
	if err != nil || f.ID != was.ID {
		return nil, pad{}, errForm
	}
	return f, on, nil
}

func (s *Server) recordTaken(w http.ResponseWriter, r *Request) error {
	f, on, err := s.sentTaken(r)
	if err != nil {
		return err
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	if on.away.Kind == hearingKind {
		return s.recordHearing(w, r, &page, f, on)
	}
	return s.contactSent(w, r, &page, s.takenContact(r, &page, f, on), on)
}

// keepTaken keeps what is in the form while somebody writes.
func (s *Server) keepTaken(w http.ResponseWriter, r *Request) error {
	f, on, err := s.sentTaken(r)
	if err != nil {
		return err
	}
	if err := s.keepOn(r, f, on); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
