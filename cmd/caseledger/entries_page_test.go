package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// TestShortFormsOnPages: on a real ledger every short form is recorded, stands
// in the timeline, and what it says of days to come is in the due list.
func TestShortFormsOnPages(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String()
	page := func() views.CasePage {
		t.Helper()
		p, err := d.l.Case(t.Context(), ops.CaseAsk{AsOf: ops.AsOf{Case: chain, Actor: "staff-07"}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	var him string
	for _, p := range page().People {
		if p.Role == "perpetrator" {
			him = p.Person
		}
	}
	today := clock.DateOf(time.Now())
	soon := (today + 3).String()
	for _, c := range []struct {
		path, typ, due string
		typed          []string
	}{
		{"/incident/new", "incident.disclosed", views.DueRiskReview, []string{"happened-precision", "unknown", "what", "Zamek ਘਰ گھر 🏠", "through", "not-known", "children-present", "no", "reported", "no"}},
		{"/court/new", "court.recorded", views.DueCourt, []string{"court", "Family Court", "kind", "family", "hearing", "return", "outcome", "adjourned", "attended", "no", "represented", "self", "next-date", soon}},
		{"/order/new", "order.recorded", views.DueOrder, []string{"kind", "occupation", "status", "granted", "expires", soon, "power-of-arrest", "no", "police-told", "yes"}},
		{"/perpetrator/new", "perpetrator.status", views.DueRelease, []string{"person", him, "status", "release-due", "release-date", soon, "source", "the prison"}},
		{"/meeting/new", "meeting.recorded", views.DueMeeting, []string{"kind", "darim", "next-date", soon}},
		{"/meeting/new", "meeting.recorded", views.DueMeetingAction, []string{"kind", "team", "action-what-1", "Ring the school", "action-agency-1", "Ours", "action-due-1", soon}},
		{"/marac/heard", "marac.heard", views.DueFeedback, []string{"marac", "Harrowmere Marac", "meeting", today.String(), "outcome", "heard"}},
		{"/accommodation/sought", "accommodation.sought", views.DueAccommodation, []string{"kind", "refuge", "provider", "A refuge", "asked-date", today.String(), "answer", "offered", "until-date", soon}},
		{"/accommodation/placed", "accommodation.placed", views.DueAccommodation, []string{"kind", "refuge", "provider", "A refuge", "secret", "yes", "from-date", today.String(), "to-date", soon}},
		{"/equipment/new", "equipment.provided", views.DueClip, []string{"kind", "camera", "status", "fitted", "save-by-date", soon}},
		{"/agency/new", "agency.involved", views.DueChase, []string{"agency", "Housing", "kind", "housing", "answer", "waiting", "chase", soon}},
		{"/programme/new", "programme.attended", views.DueProgramme, []string{"programme", "Own my life", "kind", "group", "group", "own-3", "status", "invited", "next-date", soon}},
		{"/safeguarding/new", "safeguarding.decided", views.DueSafeguarding, []string{"concern", "adult-at-risk", "about", "client", "decision", "advice-sought", "reasons", "She cannot leave.", "agreed", "yes", "by", "staff-07", "review", soon}},
		{"/information/new", "information.shared", views.DueOverride, []string{"agency", "Police", "what", "That he is coming.", "basis", "threat-to-life", "reason", "Her life.", "how", "phone", "client-told", "not-safe"}},
	} {
		form := d.begin(t, chain, c.typed...)
		w := d.adviser.send(path+c.path, form)
		if w.Code != 303 {
			t.Fatal(c.path, w.Code, w.Body)
		}
		p := page()
		seq := p.Timeline[0].Seq
		if p.Timeline[0].Type != c.typ {
			t.Errorf("%s: the newest entry is a %s", c.path, p.Timeline[0].Type)
		}
		if !slices.ContainsFunc(p.Due, func(i views.Item) bool { return i.Kind == c.due && i.Seq == seq }) {
			t.Errorf("%s: nothing of entry %d is due: %+v", c.path, seq, p.Due)
		}
	}
	if w := d.adviser.send("/day", nil); !says(w, "A perpetrator is due for release") {
		t.Error("the release is not in My day")
	}
	// Two forms that were opened at the same time: the second is told.
	one, two := d.begin(t, chain, "court", "A", "kind", "civil", "hearing", "other", "outcome", "heard", "attended", "no", "represented", "self"), url.Values{}
	for name, values := range one {
		two[name] = values
	}
	two.Set("id", d.begin(t, chain).Get("id"))
	if w := d.adviser.send(path+"/court/new", one); w.Code != 303 {
		t.Fatal(w.Code, w.Body)
	}
	if w := d.adviser.send(path+"/court/new", two); w.Code != 409 || !says(w, "since you began", `value="A"`) {
		t.Error("a conflict:", w.Code)
	}
}

// upload sends a form with a file that may break off.
func (v *visitor) upload(path string, form url.Values, name string, file []byte, whole bool) *httptest.ResponseRecorder {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for n, values := range form {
		for _, x := range values {
			if err := m.WriteField(n, x); err != nil {
				v.t.Fatal(err)
			}
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	var body io.Reader = io.MultiReader(&b, iotest.ErrReader(io.ErrUnexpectedEOF))
	if whole {
		if err := m.Close(); err != nil {
			v.t.Fatal(err)
		}
		body = &b
	}
	r := httptest.NewRequest("POST", "http://localhost:8080"+path, body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	return w
}

// TestFilesOnPages: on a real ledger an upload that breaks off leaves nothing
// that is named; a whole one is kept twice, byte for byte, sent twice it stands
// once; and who gets it is in the access ledger.
func TestFilesOnPages(t *testing.T) {
	d := atDesk(t)
	chain := story.Chain("court")
	path := "/case/" + chain.String()
	file := bytes.Repeat([]byte("\x00frame of a clip\r\n"), 200_000)
	sum := sha256.Sum256(file)
	const name = "Zdjęcie ਘਰ گھر 🏠.mp4"
	const seen = "Widać go przy bramie. ਘਰ 🏠"
	form := d.begin(t, chain, "kind", "video", "from", "the client", "exhibit", "yes", "equipment", "e1", "description", seen)
	before, err := d.l.Attachments(t.Context(), chain)
	if err != nil {
		t.Fatal(err)
	}
	last, _ := d.l.Last(t.Context(), chain)
	if w := d.adviser.upload(path+"/attachment/new", form, name, file, false); w.Code != 422 || !says(w, "did not arrive whole", seen, `value="the client"`) {
		t.Error("a broken upload:", w.Code, w.Body)
	}
	if now, _ := d.l.Last(t.Context(), chain); now != last {
		t.Fatalf("a broken upload was recorded as entry %d", now)
	}
	scrubbed, err := d.l.Scrub(t.Context(), false, nil)
	if err != nil || scrubbed.Attachments != len(before.Attachments) || len(scrubbed.Lost) > 0 {
		t.Errorf("after a broken upload: %+v, %v", scrubbed, err)
	}
	want := path + "?recorded=" + strconv.FormatUint(last+1, 10)
	for range 2 {
		if w := d.adviser.upload(path+"/attachment/new", form, name, file, true); w.Code != 303 || w.Header().Get("Location") != want {
			t.Fatal(w.Code, w.Header(), w.Body)
		}
	}
	got := newest[schemas.AttachmentAddedV2](t, d, chain, "attachment.added")
	if got.Name != name || got.SHA256 != hex.EncodeToString(sum[:]) || got.Size != uint64(len(file)) || got.MediaType != "application/octet-stream" || got.Exhibit == nil || got.Stored == nil {
		t.Errorf("recorded %+v", got)
	}
	if w := d.adviser.send(path+"/attachments", nil); !says(w, name, *got.Exhibit) {
		t.Error("it is not in the list of files:", w.Code)
	}
	w := d.adviser.send(path+"/attachment/"+strconv.FormatUint(last+1, 10), nil)
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), file) || w.Header().Get("Content-Disposition") != "attachment; filename="+strings.ReplaceAll(*got.Exhibit, "/", "-")+".mp4" {
		t.Errorf("%d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	told, err := d.l.Accesses(t.Context(), asking("staff-41"))
	if err != nil || !slices.ContainsFunc(told.Entries, func(e accesslog.Row) bool { return e.Type == "attachment.opened" && e.Staff == "staff-07" }) {
		t.Errorf("the access ledger does not have it: %v", err)
	}
	if w := d.adviser.send("/case/"+story.Chain("areas").String()+"/attachments", nil); w.Code != 403 {
		t.Error("another's files:", w.Code)
	}
}
