package pages

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/sealing"
	"caseledger/schemas"
)

// making is how long a draft or a bundle may take before a byte of it is sent,
// and stalled how long a download may stand still. The service's own limits are
// those of pages, which are made in milliseconds.
const (
	making  = 10 * time.Minute
	stalled = time.Minute
)

// patient lets an answer take longer to make than a page.
func patient(w http.ResponseWriter) error {
	c := http.NewResponseController(w)
	for _, err := range []error{c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Now().Add(making))} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	return nil
}

// draftView is a draft as a page shows it.
type draftView struct {
	ops.Draft
	Plain    bool // no PDF could be made
	Papers   []draftFile
	Schedule []scheduleRow
}

// draftFile is a file of a draft that can be looked at.
type draftFile struct {
	Name  string // without its directory
	Label string
	Bytes int
}

// scheduleRow is an entry of the case as the schedule has it.
type scheduleRow struct {
	Seq, Item, Type, Status, Codes string
	On                             clock.When
}

// papers are the files of a draft by the start of their names, as people call
// them.
var papers = []option{
	{"contact-sheets.pdf", "Contact sheets, to read page by page"}, {"contact-sheets.html", "Contact sheets, in the browser"}, {"labels.pdf", "Labels"},
	{"statement", "Statement for its maker to sign"}, {"receipt", "Receipt"},
}

// paperName is the name under which a page gives out a file of a draft:
// statements lie in a directory of their own.
func paperName(file string) string {
	return strings.Replace(strings.TrimPrefix(file, "data/"), "statements/", "statement-", 1)
}

// draftOf makes the draft of a request as the case stands. Where no PDF can be
// made it has none, and says so.
func (s *Server) draftOf(w http.ResponseWriter, r *Request, request uint64, plain bool) (*draftView, error) {
	if err := patient(w); err != nil {
		return nil, err
	}
	of := ops.OfRequest{Case: r.Chain, Request: request, Plain: plain}
	d, err := s.ledger.Draft(r.Context(), of)
	if err != nil && !plain && ops.Code(err) == "failed" && r.Context().Err() == nil {
		s.logger.Error("the PDF files of a draft could not be made", "error", ops.Code(err))
		of.Plain = true
		d, err = s.ledger.Draft(r.Context(), of)
	}
	if err != nil {
		return nil, err
	}
	v := &draftView{Draft: d, Plain: of.Plain}
	for _, f := range d.Files {
		name := paperName(f.Name)
		if name == "schedule.csv" {
			if v.Schedule, err = scheduleOf(f.Data); err != nil {
				return nil, err
			}
		}
		if i := slices.IndexFunc(papers, func(o option) bool { return strings.HasPrefix(name, o.Value) }); i >= 0 {
			v.Papers = append(v.Papers, draftFile{name, papers[i].Label, len(f.Data)})
		}
	}
	return v, nil
}

// scheduleOf reads schedule.csv.
func scheduleOf(file []byte) ([]scheduleRow, error) {
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	var list []scheduleRow
	for _, l := range lines[1:] {
		get := func(name string) string {
			if i, ok := at[name]; ok {
				return l[i]
			}
			return ""
		}
		row := scheduleRow{Seq: get("seq"), Item: get("item"), Type: get("type"), Status: get("status"), Codes: get("codes")}
		if on, err := clock.ParseWhen(get("occurred")); err == nil {
			row.On = on
		}
		list = append(list, row)
	}
	return list, nil
}

// Shown are the entries of the schedule of which something goes out.
func (d *draftView) Shown() []scheduleRow {
	return slices.DeleteFunc(slices.Clone(d.Schedule), func(r scheduleRow) bool { return r.Status == "withheld" })
}

// Kept are those of which nothing goes out, by code, as runs of numbers.
func (d *draftView) Kept() []keptRows {
	var list []keptRows
	for _, r := range d.Schedule {
		if r.Status != "withheld" {
			continue
		}
		n, err := strconv.Atoi(r.Seq)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(list, func(k keptRows) bool { return k.Codes == r.Codes })
		if i < 0 {
			list, i = append(list, keptRows{Codes: r.Codes}), len(list)
		}
		list[i].add(n)
	}
	return list
}

// keptRows are entries that are withheld under a code.
type keptRows struct {
	Codes string
	Count int
	runs  [][2]int
}

func (k *keptRows) add(n int) {
	k.Count++
	if last := len(k.runs) - 1; last >= 0 && k.runs[last][1] == n-1 {
		k.runs[last][1] = n
		return
	}
	k.runs = append(k.runs, [2]int{n, n})
}

// Entries are their numbers: "1 to 22, 26, 30".
func (k keptRows) Entries() string {
	var words []string
	for _, r := range k.runs {
		switch {
		case r[0] == r[1]:
			words = append(words, strconv.Itoa(r[0]))
		default:
			words = append(words, fmt.Sprintf("%d to %d", r[0], r[1]))
		}
	}
	return strings.Join(words, ", ")
}

func (s *Server) schedule(w http.ResponseWriter, r *Request) error {
	p, err := s.stepOf(r)
	if err != nil {
		return err
	}
	if p.Draft, err = s.draftOf(w, r, p.Disclosure.Request, true); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "disclosure-schedule", Page{Title: "Schedule " + Short(r.Chain), Strip: &p.Case.Strip, Data: p})
}

func (s *Server) draft(w http.ResponseWriter, r *Request) error {
	p, err := s.stepOf(r)
	if err != nil {
		return err
	}
	if p.Draft, err = s.draftOf(w, r, p.Disclosure.Request, false); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "disclosure-draft", Page{Title: "Draft " + Short(r.Chain), Strip: &p.Case.Strip, Data: p})
}

// sheetPolicy is that of a contact sheet that is read in a browser: a page of
// its own with its own style, without scripts, that may speak to nobody.
const sheetPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// draftPaper gives out a file of a draft, watermarked as all of it is.
func (s *Server) draftPaper(w http.ResponseWriter, r *Request) error {
	if r.Sharing {
		return errSharing // a file cannot be masked
	}
	d, err := s.requestOf(r)
	if err != nil {
		return err
	}
	name := r.PathValue("file")
	if !slices.ContainsFunc(papers, func(o option) bool { return strings.HasPrefix(name, o.Value) }) {
		return errNoPage
	}
	v, err := s.draftOf(w, r, d.Request, path.Ext(name) != ".pdf")
	if err != nil {
		return err
	}
	for _, f := range v.Files {
		if paperName(f.Name) != name {
			continue
		}
		h := w.Header()
		if path.Ext(name) == ".html" {
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", sheetPolicy)
		} else {
			h.Set("Content-Type", "application/pdf")
			h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "DRAFT-" + Short(r.Chain) + "-" + name}))
		}
		h.Set("Content-Length", strconv.Itoa(len(f.Data)))
		_, _ = w.Write(f.Data)
		return nil
	}
	return errNoPage
}

// The second person.

func (s *Server) newApproval(w http.ResponseWriter, r *Request) (*stepPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	// What comes before is not there: the ledger says what.
	switch next := p.Disclosure.Next; next {
	case cases.StepRequest.String(), cases.StepDecision.String(), cases.StepTold.String(), cases.StepWords.String():
		return nil, &cases.StepError{Step: stepNamed(next), Why: p.Disclosure.Why}
	}
	if slices.Contains(p.Disclosure.Firsts, r.Who.Staff) {
		p.Second = "You decided, read or recorded the decision. The second person is somebody else: another manager reads the draft, page by page."
		return p, nil
	}
	p.Draft, err = s.draftOf(w, r, p.Disclosure.Request, false)
	return p, err
}

// stepNamed is a step by its name; the export for any other.
func stepNamed(name string) cases.Step {
	for _, s := range cases.Steps() {
		if s.String() == name {
			return s
		}
	}
	return cases.StepExport
}

func (s *Server) approvalForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newApproval(w, r)
	if err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-approval", "Second person")
}

func (s *Server) approvalPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newApproval(w, r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	f := p.F
	if p.Second != "" {
		f.Fail("", p.Second)
		return s.showStep(w, r, p, "disclosure-approval", "Second person")
	}
	sheet := p.Draft.Sheet
	// What the draft shows may be another thing by now than what was read.
	if f.V("draft") != sheet.Manifest.String() {
		f.Fail("answer", "The draft is another one now: something was recorded since you opened this page. Read the draft again as it is, then answer.")
	}
	answer := f.Choice("answer", "Approve it or send it back.", "yes", "no")
	read, err := strconv.Atoi(strings.TrimSpace(f.V("pages")))
	if err != nil || read < 0 {
		f.Fail("pages", "Enter how many pages you read, as a number.")
	} else if answer == "yes" && read < sheet.Pages {
		f.Fail("pages", fmt.Sprintf("The draft has %d pages. Read all of them before you approve it.", sheet.Pages))
	}
	reasons := f.Prose("reasons")
	if answer == "no" && reasons == nil {
		f.Fail("reasons", "Write why it goes back and what has to change.")
	}
	file := map[string]any{"approved": answer == "yes", "pages": read, "reasons": reasons}
	done, err := s.takeStep(w, r, p, ops.TakeStep{Step: ops.TakeApprove, Draft: &sheet}, justNow(r), onPage, file)
	if done || err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-approval", "Second person")
}

// The bundle.

func (s *Server) newProduct(r *Request) (*stepPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	switch next := stepNamed(p.Disclosure.Next); {
	case p.Disclosure.Next != "" && next < cases.StepExport:
		return nil, &cases.StepError{Step: next, Why: p.Disclosure.Why}
	}
	return p, nil
}

func (s *Server) productForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newProduct(r)
	if err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-produce", "Produce")
}

// handOver is the form under which what is known of a bundle that was made is
// kept until somebody records who has it: its code stands nowhere else.
const handOver = "hand-over"

// productPost makes the bundle and sends it. The header goes out with the first
// byte: until then a refusal is a page like any other.
func (s *Server) productPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newProduct(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	f := p.F
	id, err := ulid.ParseStrict(f.ID)
	if err != nil {
		return errForm
	}
	call := ops.Export{Case: r.Chain, Actor: r.Who.Staff, Request: p.Disclosure.Request, Plain: f.V("plain") != "", ID: &id}
	if whom := f.Line("for"); whom != nil {
		call.For = *whom
	}
	name := fmt.Sprintf("disclosure-%s-%d.zip", Short(r.Chain), p.Disclosure.Request)
	var keys sealing.Recipients
	if list := strings.Fields(f.V("keys")); len(list) > 0 {
		name += sealing.Extension
		if keys, err = sealing.ParseRecipients(list); err != nil {
			f.Fail("keys", sentence(err.Error())+".")
		}
	}
	if !f.OK() {
		return s.showStep(w, r, p, "disclosure-produce", "Produce")
	}
	if err := patient(w); err != nil {
		return err
	}
	out := &download{w: w, name: name}
	var into io.Writer = out
	finish := func() error { return nil }
	if len(keys) > 0 {
		// Its head goes out before anything is made, so it waits for the rest.
		late := &lateSeal{out: out, keys: keys}
		into, finish = late, late.Close
	}
	x, err := s.ledger.Export(r.Context(), call, into)
	if err == nil {
		err = finish()
	}
	if err == nil {
		s.keepCode(r, &x)
		return nil
	}
	if out.begun {
		// What was sent is not whole. The browser is to see that.
		s.logger.Error("a bundle was not sent whole", "error", ops.Code(err))
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, events.ErrDuplicate) {
		f.Fail("", "This was produced already: you pressed the button twice. Look at the list of steps. If the file did not arrive, open this page anew and produce it again; it will be an exhibit of its own.")
	} else if !call.Plain && ops.Code(err) == "failed" && r.Context().Err() == nil {
		s.logger.Error("the PDF files of a bundle could not be made", "error", ops.Code(err))
		f.Fail("plain", "The bundle could not be made with its PDF files. Nothing was recorded. Tell your administrator, or leave the PDF files out.")
	} else if err := f.refused(err); err != nil {
		return err
	}
	return s.showStep(w, r, p, "disclosure-produce", "Produce")
}

// download writes a file to a browser, whose header goes before its first byte.
type download struct {
	w     http.ResponseWriter
	name  string
	size  *uint64 // bytes; null: not known before
	begun bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.w.Header()
		h.Set("Content-Type", "application/octet-stream")
		if path.Ext(d.name) == ".zip" {
			h.Set("Content-Type", "application/zip")
		}
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
		// Nothing in it may run, should a browser show it nevertheless.
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if d.size != nil {
			h.Set("Content-Length", strconv.FormatUint(*d.size, 10))
		}
	}
	if err := http.NewResponseController(d.w).SetWriteDeadline(time.Now().Add(stalled)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return d.w.Write(b)
}

// lateSeal seals to age keys from the first byte on.
type lateSeal struct {
	out  io.Writer
	keys sealing.Recipients
	to   io.WriteCloser
}

func (l *lateSeal) Write(b []byte) (n int, err error) {
	if l.to == nil {
		if l.to, err = sealing.Encrypt(l.out, l.keys); err != nil {
			return 0, err
		}
	}
	return l.to.Write(b)
}

// Close ends the file.
func (l *lateSeal) Close() error {
	if l.to == nil {
		return nil
	}
	return l.to.Close()
}

// keepCode keeps the code of a bundle, and the time-stamp that stands beside
// it, for whoever made it. Without it the code is read off the file itself.
func (s *Server) keepCode(r *Request, x *ops.Exported) {
	ctx := context.WithoutCancel(r.Context())
	values := s.codes(ctx, r)
	n := strconv.FormatUint(x.Seq, 10)
	values.Set("sha256-"+n, x.SHA256.String())
	if len(x.Sealing.Token) > 0 {
		values.Set("stamp-"+n, base64.StdEncoding.EncodeToString(x.Sealing.Token))
	}
	if err := s.drafts.KeepDraft(ctx, r.Who.Staff, r.Chain, handOver, []byte(values.Encode()), r.Now); err != nil {
		s.logger.Error("the code of a bundle could not be kept", "error", ops.Code(err))
	}
}

// codes is what is kept of bundles that whoever asks made and nobody signed for.
func (s *Server) codes(ctx context.Context, r *Request) url.Values {
	text, _, err := s.drafts.LoadDraft(ctx, r.Who.Staff, r.Chain, handOver)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.logger.Error("the code of a bundle could not be read", "error", ops.Code(err))
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return url.Values{}
	}
	return values
}

// stamp gives out the time-stamp beside a bundle.
func (s *Server) stamp(w http.ResponseWriter, r *Request) error {
	if _, err := s.requestOf(r); err != nil {
		return err
	}
	token, err := base64.StdEncoding.DecodeString(s.codes(r.Context(), r).Get("stamp-" + r.PathValue("export")))
	if err != nil || len(token) == 0 {
		return errNoPage
	}
	out := &download{w: w, name: fmt.Sprintf("disclosure-%s-%s.tsr", Short(r.Chain), r.PathValue("seq"))}
	_, _ = out.Write(token)
	return nil
}

// The hand-over.

// handOverPage is the form of a hand-over with what is known of the bundles.
type handOverPage struct {
	*stepPage
	Codes []bundleCode
}

// bundleCode is what is known of a bundle that nobody signed for.
type bundleCode struct {
	ops.ExportOf
	SHA256  string // "": not known here
	Stamped bool
}

func (s *Server) newHandOver(r *Request) (*handOverPage, error) {
	p, err := s.stepOf(r)
	if err != nil {
		return nil, err
	}
	if len(p.Disclosure.Exports) == 0 {
		return nil, &cases.StepError{Step: stepNamed(p.Disclosure.Next), Why: p.Disclosure.Why}
	}
	h := &handOverPage{stepPage: p}
	kept := s.codes(r.Context(), r)
	for _, x := range slices.Backward(p.Disclosure.Exports) {
		n := strconv.FormatUint(x.Seq, 10)
		h.Codes = append(h.Codes, bundleCode{x, kept.Get("sha256-" + n), kept.Get("stamp-"+n) != ""})
		label := x.Exhibit + ", entry " + n
		if len(x.Receipts) > 0 {
			label += ", handed over already"
		}
		p.Exports = append(p.Exports, option{n, label})
	}
	return h, nil
}

func (s *Server) handOverForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newHandOver(r)
	if err != nil {
		return err
	}
	f := p.F
	f.Set("export", p.Exports[0].Value)
	f.Set("recipient", p.Asked.Officer+", "+p.Asked.Force)
	f.Set("sha256", p.Codes[0].SHA256)
	f.SetMoment("received", r.Now)
	f.Set("hand-who-0", r.Who.Staff)
	f.SetMoment("hand-0", r.Now)
	return s.showHandOver(w, r, p)
}

func (s *Server) showHandOver(w http.ResponseWriter, r *Request, p *handOverPage) error {
	return s.render(w, r, p.F.status(), "disclosure-hand-over", Page{Title: "Hand over " + Short(r.Chain), Strip: &p.Case.Strip, Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) handOverPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newHandOver(r)
	if err != nil {
		return err
	}
	if done, err := p.typed(s, w, r); done || err != nil {
		return err
	}
	f := p.F
	made := f.Made()
	call := ops.TakeStep{Step: ops.TakeHandOver}
	export := f.Choice("export", "Choose which bundle was handed over.", valuesOf(p.Exports)...)
	call.Export, _ = strconv.ParseUint(export, 10, 53) // ours
	if code := strings.ToLower(strings.Join(strings.Fields(f.V("sha256")), "")); code == "" {
		f.Fail("sha256", "Enter the code of the bundle. On Windows, certutil -hashfile with the file’s name and SHA256 prints it.")
	} else if hash, err := events.ParseHash(code); err != nil {
		f.Fail("sha256", "That is no code of a bundle: it has 64 characters, 0 to 9 and a to f.")
	} else {
		call.SHA256 = &hash
		if i := slices.IndexFunc(p.Codes, func(c bundleCode) bool { return c.Seq == call.Export }); i >= 0 && p.Codes[i].SHA256 != "" && p.Codes[i].SHA256 != code {
			f.Fail("sha256", "That is not the code of this bundle as it was made. Compare it letter by letter; do not hand over a file whose code differs.")
		}
	}
	file := map[string]any{
		"recipient": f.Need("recipient", "Enter who has it now: name, number and force."),
		"how":       f.Choice("how", "Say how it was handed over.", "in-person", "encrypted-mail", "portal", "post", "courier"),
		"reference": f.Line("reference"), "code_given": nil, "copy": 0,
	}
	switch given := f.V("code-given"); given {
	case "phone", "post", "in-person", "text":
		file["code_given"] = given
	case "":
		f.Fail("code-given", "Say by which other way the code was told, or that it was not told yet.")
	}
	occurred := schemas.Occurred{Precision: "exact"}
	if at, ok := f.Moment("received"); ok {
		from := clock.Format(at)
		occurred.From, file["received"] = &from, from
		if at.After(r.Now.Add(time.Minute)) {
			f.Fail("received-date", "This is later than now. Enter when it was received.")
		}
	} else if f.Err("received-date") == "" && f.Err("received-time") == "" && f.Err("received-which") == "" {
		f.Fail("received-date", "Enter when it was received.")
	}
	file["hands"] = p.hands()
	done, err := s.takeStep(w, r, p.stepPage, call, occurred, made, file)
	if err != nil || !done {
		if err == nil {
			err = s.showHandOver(w, r, p)
		}
		return err
	}
	s.dropCode(r, export)
	return nil
}

// hands reads every hand that the bundle passed through.
func (p *stepPage) hands() []schemas.Hand {
	f := p.F
	list := []schemas.Hand{}
	for _, i := range p.Rows() {
		n := strconv.Itoa(i)
		who, how := f.Line("hand-who-"+n), f.Line("hand-how-"+n)
		if who == nil {
			if how != nil {
				f.Fail("hand-who-"+n, "Enter whose hands these were.")
			}
			continue
		}
		at, ok := f.Moment("hand-" + n)
		if !ok {
			if f.Err("hand-"+n+"-date") == "" && f.Err("hand-"+n+"-time") == "" && f.Err("hand-"+n+"-which") == "" {
				f.Fail("hand-"+n+"-date", "Enter when it came into these hands.")
			}
			continue
		}
		list = append(list, schemas.Hand{Who: *who, At: clock.Format(at), How: how})
	}
	if len(list) == 0 && f.Err("hand-who-0") == "" && f.Err("hand-0-date") == "" {
		f.Fail("hand-who-0", "Enter at least one hand: who gave it to the recipient.")
	}
	return list
}

// dropCode forgets what was kept of a bundle that somebody signed for.
func (s *Server) dropCode(r *Request, export string) {
	ctx := context.WithoutCancel(r.Context())
	values := s.codes(ctx, r)
	values.Del("sha256-" + export)
	values.Del("stamp-" + export)
	var err error
	if len(values) == 0 {
		err = s.drafts.WipeDraft(ctx, r.Who.Staff, r.Chain, handOver)
	} else {
		err = s.drafts.KeepDraft(ctx, r.Who.Staff, r.Chain, handOver, []byte(values.Encode()), r.Now)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.logger.Error("the code of a bundle could not be forgotten", "error", ops.Code(err))
	}
}

// inEights puts a code in groups of eight, as it is read out.
func inEights(code string) string {
	var list []string
	for part := range slices.Chunk([]byte(code), 8) {
		list = append(list, string(part))
	}
	return strings.Join(list, " ")
}

// numbers are places in a case: "4, 7".
func numbers(list []uint64) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.FormatUint(n, 10)
	}
	return strings.Join(words, ", ")
}

// tasksOf are the steps of a disclosure for whoever asks.
func (s *Server) tasksOf(r *Request, d *ops.Disclosure) []task {
	base := "/case/" + r.Chain.String() + "/disclosure/" + strconv.FormatUint(d.Request, 10)
	next := stepNamed(d.Next)
	if d.Next == "" {
		next = cases.StepHandOver
	}
	reached := func(step cases.Step) bool { return next >= step }
	var list []task
	for _, step := range d.Steps {
		t := task{Title: sentence(strings.ReplaceAll(step.Step, "-", " ")), Step: step, Next: step.Step == d.Next}
		if text, ok := tasks[step.Step]; ok {
			t.Title, t.Hint = text[0], text[1]
		}
		if page, ok := stepPages[step.Step]; ok && reached(stepNamed(step.Step)) && s.may(r, page.action) {
			t.Path = base + page.path
		} else if step.Step == cases.StepRequest.String() {
			t.Path = "/case/" + r.Chain.String() + "/entry/" + strconv.FormatUint(d.Request, 10)
		}
		if step.Step == cases.StepHandOver.String() && len(d.Exports) == 0 {
			t.Path = ""
		}
		list = append(list, t)
		if step.Step == cases.StepWords.String() && len(d.Decisions) > 0 && reached(cases.StepTold) {
			list = append(list, task{Title: "Schedule and draft", Hint: "Every entry as it would go out, and the sheets marked as a draft", Path: base + "/draft", Look: true})
		}
	}
	return list
}
