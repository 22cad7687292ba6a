package pages

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
	"caseledger/schemas"
)

func (s *Server) attachmentRoutes() []Route {
	of := attachment.writing()
	of.record = s.attach
	const form = "/case/{chain}/attachment/new"
	return []Route{
		{Method: "GET", Pattern: "/case/{chain}/attachments", Action: access.CaseOpen, Case: true, Reads: "case.opened", Handle: s.attachments},
		{Method: "GET", Pattern: form, Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.writingForm(of)},
		{Method: "POST", Pattern: form, Action: access.CaseWrite, Case: true, Reads: "case.opened", MaxBody: maxSent, Handle: s.attachmentSent(of)},
		{Method: "GET", Pattern: "/case/{chain}/attachment/{seq}", Action: access.FileGet, Case: true, Reads: "attachment.opened", Handle: s.fetch},
	}
}

var attachmentKinds = []option{
	{"image", "A picture"}, {"video", "A video"}, {"audio", "A sound recording"}, {"message", "A message"}, {"letter", "A letter"}, {"form", "A form"}, {"report", "A report"}, {"other", "Something else"},
}

var attachment = short{
	path: "/attachment/new", title: "Add a file", press: "Keep this file", when: "When we got it",
	intro: "It is kept exactly as it is, sealed, twice. It is never opened or changed here. At most 2 GiB.",
	asks: []question{
		radios("kind", "What it is", attachmentKinds).or("Say what it is."),
		line("from", "Who gave it to us").or("Say who gave it to us."),
		line("produced-by", "Who or what made it").hint("Such as the doorbell, or the client’s telephone."),
		happenedAt("produced", "When it was made").hint("By the clock of what made it. Leave it empty when it is not known."),
		heldOne("equipment", "Made by which equipment of the case", nil).hint("Then the clip counts as saved. How far its clock was from the right time stands with the equipment."),
		heldOne("derived-from", "A changed copy of which file", entriesOf("attachment.added")).hint("Such as one with faces covered. It becomes an exhibit of its own."),
		boxes("exhibit", "To be produced", []option{{"yes", "Give it an exhibit reference of mine"}}),
		prose("description", "What is to be seen or heard in it", 3),
		oneOf("media-type", "Kind of file", []option{
			{"image/jpeg", "Picture, JPEG"}, {"image/png", "Picture, PNG"}, {"image/heic", "Picture, HEIC"}, {"video/mp4", "Video, MP4"}, {"video/quicktime", "Video, QuickTime"}, {"audio/mpeg", "Sound, MP3"},
			{"audio/mp4", "Sound, M4A"}, {"application/pdf", "PDF"}, {"text/plain", "Plain text"}, {"application/zip", "ZIP archive"}, {anyBytes, "Not known"},
		}).hint("Leave it as it is to take what your browser says. Either is a claim: nobody looks into the file."),
		{As: "file", Name: "file", Label: "The file"},
	},
	fill: func(s *Server, r *Request, a *answers) error {
		var err error
		a.found["equipment"].Of, err = s.equipmentOf(r, &a.page.Case)
		a.upload = r.upload
		return err
	},
	data: func(a *answers) any {
		d := schemas.AttachmentAddedV2{
			Made: a.page.Made, Kind: a.one("kind"), From: a.must("from"), ProducedBy: a.Line("produced-by"), Produced: schemas.Occurred{Precision: "unknown"}, Equipment: a.maybe("equipment"),
			DerivedFrom: a.entry("derived-from"), Description: a.Prose("description"),
		}
		if slices.ContainsFunc([]string{"-date", "-time", "-end"}, func(part string) bool { return a.Line("produced"+part) != nil }) {
			d.Produced = a.Occurred("produced")
			a.past("produced", d.Produced)
		}
		a.some("exhibit")
		chosen := a.maybe("media-type")
		a.upload.check(a.Form)
		if a.upload != nil {
			d.Name, d.MediaType = a.upload.name, a.upload.claim
		}
		if chosen != nil {
			d.MediaType = *chosen
		}
		return d
	},
}

// attachmentSent takes a form with a file. The file stands last in it: the
// other fields are known before the first byte of it is kept.
func (s *Server) attachmentSent(of writing) func(http.ResponseWriter, *Request) error {
	sent := s.writingSent(of)
	return func(w http.ResponseWriter, r *Request) error {
		if err := r.readUpload(w); err != nil {
			return err
		}
		defer r.drain()
		return sent(w, r)
	}
}

// attach keeps the file of a form and records it, as Server.append records.
func (s *Server) attach(r *Request, f *Form, occurred schemas.Occurred, data any) (seq uint64, ok bool, err error) {
	defer r.drain()
	again := func() { f.Fail("file", "Choose the file again: a browser does not keep it.") }
	if !f.OK() {
		if f.Err("file") == "" {
			again()
		}
		return 0, false, nil
	}
	id, err := ulid.ParseStrict(f.ID)
	if err != nil {
		return 0, false, errForm
	}
	call := ops.Attach{Case: r.Chain, Actor: r.Who.Staff, ID: &id, Expect: f.Seq, Exhibit: f.Is("exhibit", "yes")}
	if call.Occurred, err = schemas.EncodeData(occurred); err != nil {
		return 0, false, err
	}
	if call.Data, err = schemas.EncodeData(data); err != nil {
		return 0, false, err
	}
	if call.Data, err = withoutFile(call.Data); err != nil {
		return 0, false, err
	}
	done, err := s.ledger.Attach(r.Context(), call, r.upload)
	var long *http.MaxBytesError
	switch {
	case err == nil:
		return done.Seq, true, nil
	case errors.Is(err, events.ErrTooLarge), errors.As(r.upload.wrong, &long):
		f.Fail("file", "The file is longer than 2 GiB. Have it cut into pieces, and add each of them.")
		return 0, false, nil
	case r.upload.wrong != nil:
		f.Fail("file", "The file did not arrive whole: nothing of it was kept and nothing was recorded. Choose it again. If it breaks off every time, try another connection.")
		return 0, false, nil
	}
	if err := f.take(err); err != nil {
		return 0, false, err
	}
	again()
	return 0, false, nil
}

// withoutFile takes out of an attachment's data what follows from its file.
func withoutFile(data []byte) ([]byte, error) {
	var d map[string]json.RawMessage
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	for _, name := range []string{"exhibit", "sha256", "size", "stored"} {
		delete(d, name)
	}
	return json.Marshal(d)
}

// attachmentsPage is the files of a case.
type attachmentsPage struct {
	Path  string
	Glass bool // the case is open because glass was broken: nothing is taken away
	Files []fileOf
}

// fileOf is a file with what its event says beyond the list.
type fileOf struct {
	ops.Attachment
	On       clock.When
	Length   string
	Produced string
	By       string // who or what made it
	Clock    string // how far the clock of what made it stood from the right time
}

func (s *Server) attachments(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	list, err := s.ledger.Attachments(r.Context(), r.Chain)
	if err != nil {
		return err
	}
	p := attachmentsPage{Path: "/case/" + r.Chain.String(), Glass: r.Decision.Glass}
	clocks, err := s.clocksOf(r, &page)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(list.Attachments) {
		if slices.ContainsFunc(page.Timeline, func(e views.CaseEntry) bool { return e.Seq == a.Seq && e.Misfiled != 0 }) {
			continue // of another case: its entry says so
		}
		var d schemas.AttachmentAddedV2
		if _, err := s.told(r, r.Chain, a.Seq, &d); err != nil {
			return err
		}
		f := fileOf{Attachment: a, Length: length(a.Size), Produced: happenedIn(d.Produced), By: stringOf(d.ProducedBy)}
		if d.Equipment != nil {
			f.Clock = clocks[*d.Equipment]
		}
		p.Files = append(p.Files, f)
	}
	return s.render(w, r, http.StatusOK, "attachments", Page{Title: "Files, case " + Short(r.Chain), Strip: &page.Strip, Data: p})
}

// length is a number of bytes as people say it.
func length(n uint64) string {
	units := []string{"bytes", "kB", "MB", "GB"}
	if n < 1000 {
		return count(int(n), "byte", "bytes")
	}
	f, u := float64(n), 0
	for f >= 999.5 && u < len(units)-1 {
		f, u = f/1000, u+1
	}
	return strconv.FormatFloat(f, 'g', 3, 64) + " " + units[u]
}

var extension = regexp.MustCompile(`\.([A-Za-z0-9]{1,8})$`)

// neutral is a file's name outside the ledger: its exhibit reference, or the
// case's number and the entry, and what kind of file its own name says it is.
func neutral(chain events.Chain, a *ops.Attachment) string {
	name := Short(chain) + "-" + strconv.FormatUint(a.Seq, 10)
	if a.Exhibit != nil {
		if x := strings.ReplaceAll(*a.Exhibit, "/", "-"); exhibitName.MatchString(x) {
			name = x
		}
	}
	if m := extension.FindStringSubmatch(a.Name); m != nil {
		return name + "." + strings.ToLower(m[1])
	}
	return name + ".bin"
}

var exhibitName = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// fetch sends the bytes of a file. The access ledger was told before.
func (s *Server) fetch(w http.ResponseWriter, r *Request) error {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 53)
	if err != nil {
		return errNoPage
	}
	if r.Sharing {
		return errSharing
	}
	list, err := s.ledger.Attachments(r.Context(), r.Chain)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Attachments, func(a ops.Attachment) bool { return a.Seq == seq && a.Kept })
	if i < 0 {
		return errNoPage
	}
	page, err := s.caseNow(r)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(page.Timeline, func(e views.CaseEntry) bool { return e.Seq == seq && e.Misfiled != 0 }) {
		return errNoPage // of another case: its entry says so
	}
	a := &list.Attachments[i]
	out := &download{w: w, name: neutral(r.Chain, a), size: &a.Size}
	if _, err := s.ledger.Fetch(r.Context(), ops.AttachmentOf{Case: r.Chain, Seq: seq}, out); err != nil {
		if !out.begun {
			return err
		}
		// What was sent is not the file: the browser is to see it break off.
		s.logger.Error("a file could not be sent to its end", "error", ops.Code(err))
		panic(http.ErrAbortHandler)
	}
	_, err = out.Write(nil) // of no bytes it is a file all the same
	return err
}
