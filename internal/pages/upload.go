package pages

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"caseledger/events"
	"caseledger/internal/ops"
)

const (
	// MaxFile is the longest file that can be added, in bytes: what a ledger
	// keeps.
	MaxFile = 2 << 30

	// maxSent is how much of a form with a file is read, in bytes: a file that is
	// too long is read to its end, or a browser would not show the answer, in
	// which what was typed beside it stands.
	maxSent = 2 * MaxFile

	// maxFields is how many fields a form with a file may have.
	maxFields = 200
)

// upload is a file that is being sent with a form. It is read once, from the
// connection, as it is kept: there is never more of it here than a buffer.
type upload struct {
	name  string // as it came
	claim string // the media type that the browser says it has
	body  *bufio.Reader
	wrong error // why it did not come to its end
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	if err != nil && err != io.EOF {
		u.wrong = err
	}
	return n, err
}

// trickle reads the body of a request as long as something comes: forms have
// seconds, a file from a telephone may take an hour.
type trickle struct {
	from io.Reader
	c    *http.ResponseController
}

// Read implements io.Reader.
func (t *trickle) Read(b []byte) (int, error) {
	until := time.Now().Add(stalled)
	for _, err := range []error{t.c.SetReadDeadline(until), t.c.SetWriteDeadline(until)} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	return t.from.Read(b)
}

// readUpload reads a form whose last field is a file: the other fields into
// PostForm, and of the file nothing yet. A form without a file has none.
func (r *Request) readUpload(w http.ResponseWriter) error {
	r.Body = struct {
		io.Reader
		io.Closer
	}{&trickle{r.Body, http.NewResponseController(w)}, r.Body}
	form, err := r.MultipartReader()
	if err != nil {
		return errForm
	}
	values, left := url.Values{}, int64(MaxForm)
	for n := 0; ; n++ {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			r.PostForm = values
			return nil
		case err != nil || n >= maxFields:
			return errForm
		case part.FileName() != "":
			r.PostForm = values
			r.upload = &upload{name: fileName(part), claim: mediaType(part.Header.Get("Content-Type")), body: bufio.NewReaderSize(part, 64<<10)}
			return nil
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return errForm
		}
		if left -= int64(len(text)); left < 0 {
			return ops.As(events.ErrTooLarge, errForm)
		}
		if part.FormName() != "file" { // the field of a file that was not chosen
			values.Add(part.FormName(), strings.ReplaceAll(string(text), "\r\n", "\n"))
		}
	}
}

// drain reads what is left of a request, so that whoever sends it gets to read
// the answer.
func (r *Request) drain() { _, _ = io.Copy(io.Discard, r.Body) }

// fileName is the name of a file as a browser says it. Part.FileName takes the
// folders off, which is right, and leaves the rest as it is.
func fileName(part *multipart.Part) string { return part.FileName() }

var mediaTypes = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]*$`)

// anyBytes is the media type of what could be anything.
const anyBytes = "application/octet-stream"

// mediaType is a media type as events have it, without parameters.
func mediaType(claim string) string {
	t, _, err := mime.ParseMediaType(claim)
	if err != nil || len(t) > 127 || !mediaTypes.MatchString(t) {
		return anyBytes
	}
	return t
}

// check says what is wrong with a file before any of it is kept.
func (u *upload) check(f *Form) {
	switch {
	case u == nil:
		f.Fail("file", "Choose the file.")
	case !utf8.ValidString(u.name) || utf8.RuneCountInString(u.name) > 500 || strings.ContainsAny(u.name, "\t\r\n\x00"):
		f.Fail("file", "The file’s name is too long, or has in it what no name should. Give it another name, then choose it again.")
	default:
		if _, err := u.body.Peek(1); errors.Is(err, io.EOF) {
			f.Fail("file", "The file is empty: not a byte of it arrived. Open it on your own device first, then choose it again.")
		}
	}
}
