package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

func (o *office) Attach(context.Context, ops.Attach, io.Reader) (ops.Attached, error) {
	return ops.Attached{}, events.ErrReadOnly
}

func (o *office) Attachments(_ context.Context, c events.Chain) (ops.AttachmentList, error) {
	return ops.AttachmentList{Case: c, Attachments: []ops.Attachment{}}, nil
}

func (o *office) Fetch(context.Context, ops.AttachmentOf, io.Writer) (ops.Attachment, error) {
	return ops.Attachment{}, events.ErrNotFound
}

// tooLong is a week whose ledger finds every file too long.
type tooLong struct{ *week }

func (tooLong) Attach(context.Context, ops.Attach, io.Reader) (ops.Attached, error) {
	return ops.Attached{}, events.ErrTooLarge
}

// cutOff has a request break off before its end.
func cutOff(send func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		send(r)
		whole, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)-100]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
}

// Attach keeps a file in memory and records it.
func (w *week) Attach(ctx context.Context, a ops.Attach, file io.Reader) (ops.Attached, error) {
	b, err := io.ReadAll(file)
	if err != nil {
		return ops.Attached{}, err
	}
	var d map[string]any
	if err := json.Unmarshal(a.Data, &d); err != nil {
		return ops.Attached{}, err
	}
	sum := sha256.Sum256(b)
	stored := sha256.Sum256(sum[:])
	d["size"], d["sha256"], d["stored"], d["exhibit"] = len(b), hex.EncodeToString(sum[:]), hex.EncodeToString(stored[:]), nil
	if a.Exhibit {
		d["exhibit"] = "KP/9"
	}
	data, err := json.Marshal(d)
	if err != nil {
		return ops.Attached{}, err
	}
	done, err := w.Append(ctx, ops.Append{Case: &a.Case, Type: "attachment.added", Actor: a.Actor, ID: a.ID, Expect: a.Expect, Occurred: a.Occurred, Data: data})
	if err != nil {
		return ops.Attached{}, err
	}
	keeping.Lock()
	defer keeping.Unlock()
	if w.kept == nil {
		w.kept = map[string][]byte{}
	}
	w.kept[fmt.Sprint("file", a.Case, done.Seq)] = b
	return ops.Attached{Case: a.Case, Seq: done.Seq, ID: done.ID}, nil
}

func (w *week) Attachments(_ context.Context, c events.Chain) (ops.AttachmentList, error) {
	list := ops.AttachmentList{Case: c, Attachments: []ops.Attachment{}}
	for _, e := range w.of(c, "attachment.added") {
		d, err := schemas.DecodeData[schemas.AttachmentAddedV2](e.Body.Data)
		if err != nil {
			return list, err
		}
		list.Attachments = append(list.Attachments, ops.Attachment{Seq: e.Seq, Name: d.Name, MediaType: d.MediaType, Kind: d.Kind, Size: d.Size, SHA256: d.SHA256, Exhibit: d.Exhibit, DerivedFrom: d.DerivedFrom,
			Kept: d.Stored != nil, Recorded: ops.Time(e.At), Actor: e.Body.Actor})
	}
	return list, nil
}

func (w *week) Fetch(_ context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	keeping.Lock()
	b, ok := w.kept[fmt.Sprint("file", of.Case, of.Seq)]
	keeping.Unlock()
	if !ok {
		return ops.Attachment{}, events.ErrNotFound
	}
	_, err := out.Write(b)
	return ops.Attachment{}, err
}

// sending is a form with a file, as a browser sends it: what is nil is not
// chosen.
func sending(t *testing.T, values url.Values, name, claim string, file []byte) func(*http.Request) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for n, list := range values {
		for _, v := range list {
			if err := m.WriteField(n, strings.ReplaceAll(v, "\n", "\r\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {claim}})
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Body = io.NopCloser(&b)
	}
}

// A file is kept byte for byte under the name that it came with, goes out under
// one that says nothing, and whoever gets it is in the access ledger.
func TestAttachment(t *testing.T) {
	o, s := atDesk(t, "staff-07", access.Adviser)
	f, err := o.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	path := "/case/" + courtCase.String()
	file := []byte("\x00\x01 not a picture at all \r\n--boundary\r\n" + strings.Repeat("\xff", 1000))
	const name = "Zdjęcie ਘਰ گھر 🏠 „1”.JPG"
	page := ask(s, "GET", path+"/attachment/new")
	wants(t, page.Body.String(), `enctype="multipart/form-data"`, `type="file"`, "Video doorbell")
	v := typed(f, fields(t, page.Body.String()), "when-date", "2026-10-28", "when-time", "08:30", "made", "document", "kind", "image", "from", "the client", "produced-by", "her telephone",
		"produced-date", "2026-10-27", "produced-time", "22:10", "produced-precision", "about", "equipment", "e1", "exhibit", "yes", "description", foreign)

	for _, m := range []struct {
		change []string
		name   string
		file   []byte
		at     string
	}{
		{[]string{"kind", ""}, name, file, "kind"},
		{[]string{"from", " "}, name, file, "from"},
		{[]string{"equipment", "e9"}, name, file, "equipment"},
		{[]string{"derived-from", "1"}, name, file, "derived-from"},
		{[]string{"media-type", "text/html"}, name, file, "media-type"},
		{[]string{"produced-date", "2026-10-29"}, name, file, "produced-date"},
		{nil, "", nil, "file"},
		{nil, name, nil, "file"},
		{nil, strings.Repeat("x", 501), file, "file"},
		{nil, "a\xff.jpg", file, "file"},
	} {
		wrong := typed(f, url.Values{}, m.change...)
		for n, list := range v {
			if _, ok := wrong[n]; !ok {
				wrong[n] = list
			}
		}
		got := ask(s, "POST", path+"/attachment/new", sending(t, wrong, m.name, "image/jpeg", m.file))
		page := got.Body.String()
		if got.Code != 422 || !strings.Contains(page, `href="#`+m.at+`"`) {
			t.Errorf("%q, %.10q of %d bytes: %d, nothing is said at %s", m.change, m.name, len(m.file), got.Code, m.at)
		}
		if m.file != nil && m.at != "file" {
			wants(t, page, "Choose the file again")
		}
		back := standsIn(page)
		if back.Get("description") != foreign || back.Get("produced-time") != "22:10" {
			t.Errorf("%q: what was typed is gone", m.change)
		}
	}
	// What the ledger finds too long, and what breaks off on its way.
	for want, l := range map[string]interface {
		Ledger
		Guard
	}{"longer than 2 GiB": tooLong{o}, "did not arrive whole": o} {
		send := sending(t, v, name, "image/jpeg", file)
		if want == "did not arrive whole" {
			send = cutOff(send)
		}
		got := ask(serveLedger(t, l, o), "POST", path+"/attachment/new", send)
		wants(t, got.Body.String(), want)
		if back := standsIn(got.Body.String()); got.Code != 422 || back.Get("description") != foreign || back.Get("produced-time") != "22:10" {
			t.Errorf("%s: %d, what was typed is gone", want, got.Code)
		}
	}
	before := len(o.upTo(courtCase, time.Time{}))
	got := ask(s, "POST", path+"/attachment/new", sending(t, v, name, "image/jpeg; charset=x", file))
	seq := strconv.Itoa(before + 1)
	if got.Code != 303 || got.Header().Get("Location") != path+"?recorded="+seq {
		t.Fatal(got.Code, got.Header(), got.Body)
	}
	e := o.upTo(courtCase, time.Time{})[before]
	d, err := schemas.DecodeData[schemas.AttachmentAddedV2](e.Body.Data)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != name || d.MediaType != "image/jpeg" || d.Size != uint64(len(file)) || d.Description.Text != foreign || say(d.Equipment) != "e1" || d.From != "the client" || say(d.ProducedBy) != "her telephone" ||
		say(d.Exhibit) != "KP/9" || say(d.Produced.From) != "2026-10-27T22:10:00+00:00" || d.Produced.Precision != "about" || d.Made.From != "document" {
		t.Errorf("recorded %+v", d)
	}

	list := ask(s, "GET", path+"/attachments").Body.String()
	wants(t, list, name, "Said to be image/jpeg", "KP/9", path+"/attachment/"+seq, "Nobody has compared its clock")
	o.reads = nil
	sent := ask(s, "GET", path+"/attachment/"+seq)
	if sent.Code != 200 || !bytes.Equal(sent.Body.Bytes(), file) {
		t.Errorf("%d, %d bytes", sent.Code, sent.Body.Len())
	}
	h := sent.Header()
	for n, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename=KP-9.jpg`, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Length": strconv.Itoa(len(file)), "Content-Security-Policy": "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	} {
		if h.Get(n) != want {
			t.Errorf("%s: %s, want %s", n, h.Get(n), want)
		}
	}
	if len(o.reads) != 1 || o.reads[0].Type != "attachment.opened" || *o.reads[0].Chain != courtCase {
		t.Errorf("the access ledger was told %+v", o.reads)
	}
	shared := ask(s, "GET", path+"/attachment/"+seq, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sharingCookie, Value: "on"}) })
	if shared.Code != 409 || bytes.Contains(shared.Body.Bytes(), file[:8]) {
		t.Errorf("while the screen is shared: %d", shared.Code)
	}
	for _, none := range []string{"1", "0", "999", "x"} {
		if got := ask(s, "GET", path+"/attachment/"+none); got.Code != 404 {
			t.Errorf("entry %s as a file: %d", none, got.Code)
		}
	}
}

// What a browser sends is read as it is kept: the second half is sent only
// when the first has arrived. What breaks off leaves nothing that is named, and
// a file that cannot be read to its end breaks off too.
func TestAttachmentStreams(t *testing.T) {
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	slow := &streaming{week: o, half: make(chan struct{}), failed: make(chan struct{})}
	s := serveLedger(t, slow, o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "localhost:8080"
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	path := "/case/" + courtCase.String()
	v := fields(t, ask(s, "GET", path+"/attachment/new").Body.String())
	for name, value := range map[string]string{"when-date": "2026-10-28", "when-time": "08:30", "made": "live", "kind": "video", "from": "the client"} {
		v.Set(name, value)
	}
	before := len(o.upTo(courtCase, time.Time{}))
	send := func(whole bool) (*http.Response, error) {
		body, to := io.Pipe()
		m := multipart.NewWriter(to)
		go func() {
			for name := range v {
				_ = m.WriteField(name, v.Get(name))
			}
			part, _ := m.CreateFormFile("file", "clip.mp4")
			_, _ = part.Write(bytes.Repeat([]byte("a"), 1<<20))
			<-slow.half
			if !whole {
				_ = to.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			_, _ = part.Write(bytes.Repeat([]byte("b"), 1<<20))
			_ = m.Close()
			_ = to.Close()
		}()
		r, err := http.NewRequest("POST", server.URL+path+"/attachment/new", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", m.FormDataContentType())
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		return client.Do(r)
	}
	if r, err := send(false); err == nil {
		_ = r.Body.Close()
		if r.StatusCode < 400 {
			t.Errorf("half a file: %d", r.StatusCode)
		}
	}
	<-slow.failed
	if n := len(o.upTo(courtCase, time.Time{})); n != before {
		t.Fatalf("half a file was recorded: %d entries, were %d", n, before)
	}
	slow.half, slow.failed = make(chan struct{}), nil
	r, err := send(true)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != 303 {
		t.Fatal(r.StatusCode)
	}
	got, err := http.Get(server.URL + path + "/attachment/" + strconv.Itoa(before+1))
	if err == nil {
		_, err = io.ReadAll(got.Body)
		_ = got.Body.Close()
	}
	if err == nil {
		t.Error("half a file came as if it were all of it")
	}
}

// streaming says when half of a file has arrived.
type streaming struct {
	*week
	half   chan struct{}
	failed chan struct{}
}

// Fetch finds the second half of a file damaged.
func (s *streaming) Fetch(ctx context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	var whole bytes.Buffer
	if _, err := s.week.Fetch(ctx, of, &whole); err != nil {
		return ops.Attachment{}, err
	}
	_, _ = out.Write(whole.Next(whole.Len() / 2))
	return ops.Attachment{}, events.ErrBroken
}

func (s *streaming) Attach(ctx context.Context, a ops.Attach, file io.Reader) (ops.Attached, error) {
	first := make([]byte, 1<<20)
	if _, err := io.ReadFull(file, first); err != nil {
		return ops.Attached{}, err
	}
	close(s.half)
	done, err := s.week.Attach(ctx, a, io.MultiReader(bytes.NewReader(first), file))
	if s.failed != nil {
		close(s.failed)
	}
	return done, err
}

func TestNeutralName(t *testing.T) {
	for _, c := range []struct{ name, exhibit, want string }{
		{"Ayesha at 4 Elm Road.MP4", "KP/2", "KP-2.mp4"}, {"clip.mp4", "", "A2D32BA0-7.mp4"}, {"note", "", "A2D32BA0-7.bin"}, {"a.tar.gz", "", "A2D32BA0-7.gz"}, {"x.\"; y", "", "A2D32BA0-7.bin"},
		{"x.jpg\r\nSet-Cookie: a=b", "", "A2D32BA0-7.bin"}, {"x.pdf", "K P/\"2", "A2D32BA0-7.pdf"}, {"dom.ਘਰ", "", "A2D32BA0-7.bin"},
	} {
		a := &ops.Attachment{Seq: 7, Name: c.name}
		if c.exhibit != "" {
			a.Exhibit = &c.exhibit
		}
		if got := neutral(courtCase, a); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.name, c.exhibit, got, c.want)
		}
	}
}

func FuzzMediaType(f *testing.F) {
	for _, s := range []string{"", "image/jpeg", "IMAGE/PNG; x=y", "text/html;charset=\"a\"", "a/b/c", "image/svg+xml", "\x00/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		if got := mediaType(claim); len(got) > 127 || !mediaTypes.MatchString(got) {
			t.Errorf("%q gives %q", claim, got)
		}
	})
}
