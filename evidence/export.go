package evidence

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/evidence/sheet"
	"caseledger/evidence/tlog"
)

// Ledger is what Export needs of the ledger.
type Ledger interface {
	// Entries returns every event of a chain, 1…n without a gap, with its
	// stream sequence.
	Entries(ctx context.Context, chain events.Chain) ([]events.Entry, error)
	// Key returns the key that seals an event.
	Key(ctx context.Context, ref events.KeyRef) (events.Key, error)
	// Append records an event of the newest version of its type at exactly
	// seq expect+1 of the chain and returns it with its stream sequence.
	// When the chain has moved on it returns an error wrapping
	// events.ErrConflict.
	Append(ctx context.Context, chain events.Chain, typ, actor string, occurred, data []byte, expect uint64) (events.Record, uint64, error)
	// Checkpoint returns a signed checkpoint of a tree that covers stream
	// sequence cover, and the tree it is of.
	Checkpoint(ctx context.Context, cover uint64) ([]byte, Tree, error)
}

// Tree proves entries of the tree that a checkpoint is of.
type Tree interface {
	// Prove returns the hashes that prove the entry at index, from 0.
	Prove(ctx context.Context, index uint64) ([]events.Hash, error)
}

// File is a file of a bundle, by its name in the bag.
type File struct {
	Name string
	Data []byte
}

// Path names the events of the case that lead to an export; 0 is none. What
// was asked for, what is in scope and what is closed is then read from them,
// and Request and Closings are not looked at. The request and the decision go
// into the bundle wholly open. Whether the steps were taken by the right
// people in the right order is not looked at here.
type Path struct {
	Request  uint64 // a disclosure.requested
	Decision uint64 // a disclosure.decided on it
	Approval uint64 // a disclosure.approved of that
}

// Input is what an export is asked to do.
type Input struct {
	Chain    events.Chain
	Actor    string    // who exports
	Now      time.Time // stands on the sheet as when it was prepared
	Path     Path
	Request  Request   // without a path
	Closings []Closing // without a path
	// Expect is the case's last event that was read when the closings were
	// decided; 0 is the last there is. What is in scope and came later would
	// go out unread, so it ends the export.
	Expect uint64
	// At is the event of the case up to which a draft is made; 0: all of it.
	At uint64
	// Opened is what ReadCase returned of the case. What is still the same event
	// is not opened again. nil: every event is opened.
	Opened []CaseEvent
	// Shown returns what the draft that was approved shows. An export that would
	// show anything else of an event is refused with a *ShownError. It is called
	// when everything else is made and before the export is recorded, so that the
	// draft can be made meanwhile. nil: not held to any.
	Shown     func() (Shown, error)
	Exhibit   string // the reference of the export; "" is the case's number, "/" and m
	Recipient string // whom this copy is for; "" is the officer
	Policy    []byte // a policy that lists the signing log; information for the recipient

	// Render makes the files of data/ whose bytes are recorded and whose
	// content is not derived again (docs/FORMAT.md, "The bag"): PDFs. nil: none.
	// It is called before the export is recorded; an error ends the export.
	Render func(ctx context.Context, s *sheet.Sheet) ([]File, error)
	// Attachments opens the original bytes of the attachment that event seq
	// records. It is called more than once for each. nil: a case with
	// attachments in scope cannot be exported.
	Attachments func(ctx context.Context, seq uint64) (io.ReadCloser, error)
	// Stamp makes time-stamps over the bytes of the checkpoint, the files
	// proof/timestamps/*.tsr. nil: none. It is called after the export is
	// recorded: an error ends the export, though it stands in the case, so
	// whoever can do without a time-stamp returns none.
	Stamp func(ctx context.Context, checkpoint []byte) ([]File, error)

	// sources are the attachments that were read already, by seq.
	sources map[uint64]*source
}

// Result says what was exported.
type Result struct {
	Seq       uint64      `json:"seq"` // of disclosure.exported: m
	StreamSeq uint64      `json:"stream_seq"`
	Exhibit   string      `json:"exhibit"`
	CheckCode string      `json:"check_code"`
	Manifest  events.Hash `json:"manifest"`
	SHA256    events.Hash `json:"sha256"` // of the ZIP; to be given to the recipient another way
	Size      int64       `json:"size"`   // of the ZIP, bytes
	Full      int         `json:"full"`   // events disclosed in full, the request and the decision not counted
	Part      int         `json:"part"`
	Withheld  int         `json:"withheld"`
	// Undated are the events that are in scope by the date on which they were
	// recorded, because when they happened is not known.
	Undated []uint64 `json:"undated"`
	// UndatedOut are the events that are out of scope for the same reason:
	// they may have happened in the period, and a person must look.
	UndatedOut []uint64 `json:"undated_out"`
	// Warnings say where words stand open that are closed elsewhere.
	Warnings []Warning `json:"warnings"`
	// Attachments is how many files are in data/attachments/.
	Attachments int `json:"attachments"`
	// Shown is what stands open of each event.
	Shown Shown `json:"-"`
	// TagManifest is the bag's tagmanifest-sha256.txt, for a time-stamp beside
	// the ZIP: one in the bag would have to be over its own hash.
	TagManifest []byte `json:"-"`
}

// maxAttempts is how often an export starts over because the case moved on.
const maxAttempts = 8

// Export writes the bundle of one case to out: what the request asks for,
// less what the closings close. It records the export in the case first, and
// checks the bundle with Verify before a byte is written. Attachments are
// streamed: each is read once to hash it, once for that check, and once to
// write it.
//
// Errors: an *InputError for a request, closings or a path that cannot be
// followed (ErrExposed when closed words stand open in a correction of the same
// statement); a *ShownError when it would show another thing than Shown; a *SizeError when no bundle can hold it; events.ErrNotFound for
// no such case or a key that is gone; events.ErrConflict, from an
// *UnreadError, when events in scope were recorded after Expect, or when the
// case kept moving; events.ErrBroken for an attachment that is not the one that
// was recorded; whatever the ledger and the hooks return.
func Export(ctx context.Context, l Ledger, v events.Validator, in Input, out io.Writer) (Result, error) {
	if err := in.check(); err != nil {
		return Result{}, err
	}
	in.sources = make(map[uint64]*source)
	for attempt := 1; ; attempt++ {
		x := exporter{ctx: ctx, l: l, v: v, in: in}
		err := x.run()
		if in.Expect == 0 {
			in.Expect = x.tip.Seq
		}
		if errors.Is(err, events.ErrConflict) && !errors.Is(err, errUnread) && x.result.Seq == 0 && attempt < maxAttempts && ctx.Err() == nil {
			continue
		}
		if err == nil {
			err = x.write(out)
		}
		if err != nil {
			return Result{}, fmt.Errorf("export: %w", err)
		}
		return x.result, nil
	}
}

// DraftExhibit stands where a draft would bear its exhibit reference, so that
// none is used up.
const DraftExhibit = "DRAFT"

// Draft returns the files of data/ as Export would make them, marked as a draft,
// and what it would say of them. It records nothing and makes no proof. It looks
// at the case up to the event At and at nothing later, so that whoever gives the
// same input gets the same bytes, whatever was recorded since. Attachments are
// counted, and their bytes are left out. Manifest is over the files that it
// returns. Errors are those of Export: what no bundle can hold is refused here
// too.
func Draft(ctx context.Context, l Ledger, v events.Validator, in Input) ([]File, Result, error) {
	if err := in.check(); err != nil {
		return nil, Result{}, err
	}
	in.Exhibit = DraftExhibit
	x := exporter{ctx: ctx, l: l, v: v, in: in, draft: true}
	if _, err := x.prepare(); err != nil {
		return nil, Result{}, fmt.Errorf("draft: %w", err)
	}
	x.result.Manifest = sha256.Sum256(manifestOf(x.files, inData))
	x.count()
	files := make([]File, len(x.files))
	for i, f := range x.files {
		files[i] = File{f.Name, f.Data}
	}
	return files, x.result, nil
}

func (in *Input) check() error {
	if in.Path == (Path{}) {
		if err := in.Request.check(); err != nil {
			return err
		}
	} else if in.Path.Request == 0 || in.Path.Decision == 0 {
		return &InputError{What: "path", Rule: "names a request and a decision, or neither"}
	}
	if in.Exhibit != "" {
		if rule := lineRule(in.Exhibit); rule != "" {
			return &InputError{What: "request", Field: "exhibit", Rule: rule}
		}
	}
	if in.Recipient != "" {
		if rule := lineRule(in.Recipient); rule != "" {
			return &InputError{What: "request", Field: "recipient", Rule: rule}
		}
	}
	if len(in.Closings) > MaxClosings {
		return &InputError{What: "closings", Rule: "names more than 20000 closings", Kind: events.ErrTooLarge}
	}
	if _, err := tlog.ParsePolicy(in.Policy); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// exporter is one attempt at an export.
type exporter struct {
	ctx    context.Context
	l      Ledger
	v      events.Validator
	in     Input
	draft  bool
	keys   map[events.KeyRef]events.Key
	plan   planOf
	tip    events.Tip
	origin string
	m      uint64
	files  []zipFile
	top    string
	result Result
}

// prepare makes data/ and returns what each disclosed event shows. Nothing is
// recorded.
func (x *exporter) prepare() (map[uint64]*Parts, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	closings, err := x.scope()
	if err != nil {
		return nil, err
	}
	if err := x.unread(); err != nil {
		return nil, err
	}
	if x.in.Path == (Path{}) {
		err = apply(x.plan, x.in.Closings)
	} else {
		err = applyRecorded(x.plan, closings)
	}
	if err != nil {
		return nil, err
	}
	warnings, err := exposed(x.plan, x.requestStretches())
	if err != nil {
		return nil, err
	}
	shown := x.plan.shown()
	if len(recordedClosings(x.plan)) > MaxClosings {
		return nil, fmt.Errorf("more than %d closings: %w", MaxClosings, events.ErrTooLarge)
	}
	x.result = Result{Exhibit: x.exhibit(), CheckCode: sheet.CheckCode(x.tip.Hash),
		Undated: []uint64{}, UndatedOut: []uint64{}, Warnings: append([]Warning{}, warnings...), Shown: shown}
	parts, err := x.data()
	if err != nil || x.in.Shown == nil {
		return parts, err
	}
	approved, err := x.in.Shown()
	if err != nil {
		return nil, err
	}
	return parts, approved.holds(shown)
}

// run records the export and makes the whole bag.
func (x *exporter) run() error {
	parts, err := x.prepare()
	if err != nil {
		return err
	}
	manifest := manifestOf(x.files, inData)
	sum := events.Hash(sha256.Sum256(manifest))
	rec, stream, err := x.record(sum)
	if err != nil {
		return err
	}
	x.result.Seq, x.result.StreamSeq, x.result.Manifest = x.m, stream, sum
	if err := x.proof(parts, sum, &rec, stream); err != nil {
		return err
	}
	info := bagInfo{date: rec.Detail.At.UTC().Format(dateFormat), origin: x.origin, chain: x.in.Chain, seq: x.m}
	x.files = sealBag(x.files, info, manifest)
	x.result.TagManifest = x.files[len(x.files)-1].Data
	x.count()
	return x.verify()
}

// verify checks the bundle as whoever gets it does, without keeping it.
func (x *exporter) verify() error {
	x.result.Size = sizeZIP(x.top, x.files)
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := writeZIP(x.ctx, w, x.top, x.files)
		w.CloseWithError(err)
		written <- err
	}()
	verdict := verifyStream(r, x.result.Size, nil, x.v)
	r.CloseWithError(io.ErrClosedPipe)
	if err := <-written; err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	if !verdict.SelfConsistent {
		return fmt.Errorf("the bundle does not verify: %s: %w", verdict.firstFailure(), ErrBundle)
	}
	sum, err := hex.DecodeString(verdict.SHA256)
	if err != nil {
		return err
	}
	copy(x.result.SHA256[:], sum)
	return nil
}

// write writes the bundle that was verified.
func (x *exporter) write(out io.Writer) error {
	sum := sha256.New()
	if err := writeZIP(x.ctx, io.MultiWriter(out, sum), x.top, x.files); err != nil {
		return fmt.Errorf("recorded as event %d, but the bundle could not be written: export it again: %w", x.m, err)
	}
	if events.Hash(sum.Sum(nil)) != x.result.SHA256 {
		return fmt.Errorf("write the bundle: %w", errMoved)
	}
	return nil
}

// load reads the case and opens every event of it.
func (x *exporter) load() error {
	entries, err := x.l.Entries(x.ctx, x.in.Chain)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("the case has no events: %w", events.ErrNotFound)
	}
	if at := x.in.At; at > 0 {
		if at > uint64(len(entries)) {
			return &InputError{What: "path", Rule: "the case has no event up to which it is to be read"}
		}
		entries = entries[:at]
	}
	x.origin = entries[0].Record.Link.Origin
	x.keys = make(map[events.KeyRef]events.Key)
	parts := make([][]events.Part, len(entries))
	for i := range entries {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		r := &entries[i].Record
		if x.tip, err = x.tip.Next(&r.Link, x.origin, x.in.Chain); err != nil {
			return err
		}
		if i < len(x.in.Opened) && x.in.Opened[i].Hash == r.Link.Hash() && r.Link.Detail == r.Detail.Hash() {
			parts[i] = x.in.Opened[i].Parts
		} else if parts[i], err = x.open(r); err != nil {
			return err
		}
	}
	x.m = x.tip.Seq + 1
	x.plan = newPlan(entries, parts)
	return nil
}

// scope decides what is in scope. With a path it returns the closings of the
// decision.
func (x *exporter) scope() ([]recordedClosing, error) {
	if x.in.Path == (Path{}) {
		x.plan.scope(&x.in.Request)
		return nil, nil
	}
	s, err := x.plan.steps(x.in.Path)
	if err != nil {
		return nil, err
	}
	x.in.Request = s.request
	x.plan.scope(&s.request)
	for _, seq := range []uint64{x.in.Path.Request, x.in.Path.Decision} {
		e := x.plan[seq-1]
		e.document, e.inScope, e.undated = true, true, false
	}
	return s.closings, nil
}

// unread refuses events in scope that nobody had seen when the closings were
// decided.
func (x *exporter) unread() error {
	if x.in.Expect == 0 {
		return nil
	}
	if x.in.Expect > x.tip.Seq {
		return &UnreadError{Expect: x.in.Expect, Last: x.tip.Seq}
	}
	e := UnreadError{Expect: x.in.Expect, Last: x.tip.Seq}
	for _, p := range x.plan[x.in.Expect:] {
		if p.inScope && !p.document {
			e.Unread = append(e.Unread, p.seq())
		}
	}
	if len(e.Unread) == 0 {
		return nil
	}
	return &e
}

// open returns all parts of a record with their salts.
func (x *exporter) open(r *events.Record) ([]events.Part, error) {
	key, ok := x.keys[r.Detail.Key]
	if !ok {
		var err error
		if key, err = x.l.Key(x.ctx, r.Detail.Key); err != nil {
			return nil, fmt.Errorf("event %d: %w", r.Link.Seq, err)
		}
		x.keys[r.Detail.Key] = key
	}
	parts, err := events.OpenParts(r, &key, x.v)
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", r.Link.Seq, err)
	}
	return parts, nil
}

// requestStretches returns what event m shows of the request.
func (x *exporter) requestStretches() []stretch {
	var out []stretch
	for _, f := range []struct{ path, value string }{
		{"/data/force", x.in.Request.Force}, {"/data/officer", x.in.Request.Officer},
		{"/data/recipient", x.in.Recipient}, {"/data/reference", x.in.Request.Reference},
	} {
		out = append(out, stretch{seq: x.m, path: f.path, tokens: tokens(f.value)})
	}
	return out
}

// exhibit returns the reference of the export. Where none is given no two
// exports of a case have the same, because none have the same seq.
func (x *exporter) exhibit() string {
	if x.in.Exhibit != "" {
		return x.in.Exhibit
	}
	return sheet.CaseNumber(x.in.Chain) + "/" + strconv.FormatUint(x.m, 10)
}

// encode returns occurred and data of event m.
func (x *exporter) encode(manifest events.Hash) (occurred, data []byte) {
	occurred = []byte(`{"from":"` + sheet.LocalTime(x.in.Now) + `","precision":"exact","to":null}`)
	r := &x.in.Request
	b := []byte(`{"approval":`)
	b = appendSeq(b, x.in.Path.Approval)
	b = append(b, `,"closings":[`...)
	for i, c := range recordedClosings(x.plan) {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"code":"%c","leaf":%d,"leaves":%d,"seq":%d}`, c.Code, c.Leaf, c.Leaves, c.Seq)
	}
	b = append(b, `],"copy":1,"decision":`...)
	b = appendSeq(b, x.in.Path.Decision)
	b = append(b, `,"exhibit":`...)
	b = events.AppendString(b, x.exhibit())
	b = append(b, `,"force":`...)
	b = events.AppendString(b, r.Force)
	b = append(b, `,"from":`...)
	b = events.AppendString(b, r.From)
	b = append(b, `,"kinds":[`...)
	for i, k := range r.kinds() {
		if i > 0 {
			b = append(b, ',')
		}
		b = events.AppendString(b, k)
	}
	b = append(b, `],"manifest":"`+manifest.String()+`","officer":`...)
	b = events.AppendString(b, r.Officer)
	b = append(b, `,"recipient":`...)
	if x.in.Recipient == "" {
		b = append(b, "null"...)
	} else {
		b = events.AppendString(b, x.in.Recipient)
	}
	b = append(b, `,"reference":`...)
	b = events.AppendString(b, r.Reference)
	b = append(b, `,"request":`...)
	b = appendSeq(b, x.in.Path.Request)
	b = append(b, `,"to":`...)
	b = events.AppendString(b, r.To)
	return occurred, append(b, '}')
}

// appendSeq appends an event's place, null for none.
func appendSeq(b []byte, seq uint64) []byte {
	if seq == 0 {
		return append(b, "null"...)
	}
	return strconv.AppendUint(b, seq, 10)
}

// body returns the body of event m.
func (x *exporter) body(manifest events.Hash) ([]byte, error) {
	occurred, data := x.encode(manifest)
	return events.EncodeBody(typeExported, exportedVersion, x.in.Actor, occurred, data)
}

// data makes data/ from opened parts and returns what each disclosed event
// shows.
func (x *exporter) data() (map[uint64]*Parts, error) {
	body, err := x.body(events.Hash{})
	if err != nil {
		return nil, err
	}
	if err := x.v.Validate(body); err != nil {
		return nil, err
	}
	export, err := events.Flatten(body)
	if err != nil {
		return nil, err
	}
	in := sheet.Input{Origin: x.origin, Chain: x.in.Chain, Seq: x.m, Previous: x.tip.Hash, Export: export, Draft: x.draft}
	shown := make(map[uint64]*Parts)
	var named attachmentNames
	for _, e := range x.plan {
		if !e.disclosed() {
			continue
		}
		p := e.openParts()
		if err := sameClosed(e.seq(), e.recorded(), &p); err != nil {
			return nil, err
		}
		shown[e.seq()] = &p
		in.Events = append(in.Events, sheet.Event{
			Seq: e.seq(), Hash: e.entry.Record.Link.Hash(), At: e.entry.Record.Detail.At, Size: p.Size, Parts: p.Open,
		})
		named.add(x.in.Chain, e.seq(), p.Open)
	}
	s, err := sheet.Build(in)
	if err != nil {
		return nil, err
	}
	if err := x.render(s); err != nil {
		return nil, err
	}
	for _, f := range x.files {
		if _, limit := limits(f.Name); int64(len(f.Data)) > limit {
			return nil, tooLarge(f.Name, "is longer than a bundle can hold")
		}
	}
	x.result.Attachments = len(named.list)
	if x.draft {
		return shown, x.wouldFit(named.list, shown, &Parts{Open: export})
	}
	x.top = strings.ReplaceAll(x.exhibit(), "/", "-")
	if rule := nameRule(x.top + "/" + fileReadme); rule != "" {
		return nil, &InputError{What: "request", Field: "exhibit", Rule: "makes a directory name that " + rule}
	}
	if err := x.attach(named.list); err != nil {
		return nil, err
	}
	if len(x.files)+3*(len(shown)+1)+16 > MaxEntries {
		return nil, tooLarge("", "more than 60000 files")
	}
	return shown, x.fits(shown, &Parts{Open: export})
}

// render makes the files of data/ but for attachments, those of the hook beside
// the others.
func (x *exporter) render(s *sheet.Sheet) error {
	var files []File
	made := make(chan error, 1)
	if x.in.Render == nil {
		made <- nil
	} else {
		go func() {
			var err error
			files, err = x.in.Render(x.ctx, s)
			made <- err
		}()
	}
	err := x.derive(s)
	if err := cmp.Or(<-made, err); err != nil {
		return err
	}
	return x.add(files, recordedFile)
}

// derive makes the files of data/ whose content a verifier derives again.
func (x *exporter) derive(s *sheet.Sheet) error {
	x.files = []zipFile{
		{Name: fileReadme, Data: s.Readme()}, {Name: fileHTML, Data: s.HTML()}, {Name: fileJSON, Data: s.JSON()}, {Name: fileSchedule, Data: s.Schedule()},
		{Name: fileHands, Data: s.Continuity()},
	}
	if x.in.Path == (Path{}) {
		return nil
	}
	for name, seq := range map[string]uint64{fileRequest: x.in.Path.Request, fileDecision: x.in.Path.Decision} {
		data, err := x.plan[seq-1].data()
		if err != nil {
			return err
		}
		x.files = append(x.files, zipFile{Name: name, Data: append(slices.Clone(data), '\n')})
	}
	return nil
}

// add takes files that a hook made, all of one class.
func (x *exporter) add(files []File, want class) error {
	for _, f := range files {
		if c, _ := classify(f.Name); c != want {
			return &FileError{File: f.Name, Rule: "is no file that belongs there"}
		}
		if slices.ContainsFunc(x.files, func(z zipFile) bool { return z.Name == f.Name }) {
			return &FileError{File: f.Name, Rule: "stands twice"}
		}
		x.files = append(x.files, zipFile{Name: f.Name, Data: f.Data})
	}
	return nil
}

// attach reads the attachments once and adds them.
func (x *exporter) attach(list []attachment) error {
	for _, a := range list {
		src := x.in.sources[a.seq]
		if src == nil {
			if x.in.Attachments == nil {
				return fmt.Errorf("event %d: its attachment cannot be read: %w", a.seq, events.ErrNotFound)
			}
			var err error
			src, err = measure(x.ctx, func() (io.ReadCloser, error) { return x.in.Attachments(x.ctx, a.seq) })
			if err != nil {
				return fmt.Errorf("event %d: its attachment: %w", a.seq, err)
			}
			if src.hash != a.hash {
				return fmt.Errorf("event %d: its attachment is not the file that was recorded: %w", a.seq, events.ErrBroken)
			}
			x.in.sources[a.seq] = src
		}
		x.files = append(x.files, zipFile{Name: a.name, from: src})
	}
	return nil
}

// proofRoom is more than a detail, a proof and their names take, in bytes.
const proofRoom = 16 << 10

// wouldFit is fits of a draft, by the lengths that the attachments' events
// record: nobody should read and approve what cannot be made.
func (x *exporter) wouldFit(list []attachment, shown map[uint64]*Parts, export *Parts) error {
	whole := *x
	whole.files = slices.Clone(x.files)
	for _, a := range list {
		size := int64(x.plan[a.seq-1].number("/data/size"))
		whole.files = append(whole.files, zipFile{Name: a.name, from: &source{size: size}})
	}
	return whole.fits(shown, export)
}

// fits refuses, before anything is recorded, what no bundle can hold.
func (x *exporter) fits(shown map[uint64]*Parts, export *Parts) error {
	const (
		link = 512     // more than a link takes, in bytes
		rest = 8 << 20 // more than the bag's own files, the checkpoint and time-stamps take
	)
	size := sizeZIP(x.top, x.files) + int64(len(x.in.Policy)) + rest + link*int64(x.m) + proofRoom + export.length()
	for _, p := range shown {
		size += proofRoom + p.length()
	}
	if size <= MaxBundle {
		return nil
	}
	e := &SizeError{Size: size}
	for _, f := range x.files {
		if f.from != nil {
			e.Attachments = append(e.Attachments, LongFile{f.Name, f.from.size})
		}
	}
	slices.SortStableFunc(e.Attachments, func(a, b LongFile) int { return cmp.Compare(b.Size, a.Size) })
	return e
}

// record appends event m and checks that it is the one that was meant.
func (x *exporter) record(manifest events.Hash) (events.Record, uint64, error) {
	occurred, data := x.encode(manifest)
	rec, stream, err := x.l.Append(x.ctx, x.in.Chain, typeExported, x.in.Actor, occurred, data, x.tip.Seq)
	if err != nil {
		return rec, 0, err
	}
	if _, err := x.tip.Next(&rec.Link, x.origin, x.in.Chain); err != nil {
		return rec, 0, fmt.Errorf("the recorded export: %w", err)
	}
	return rec, stream, nil
}

// proof adds proof/.
func (x *exporter) proof(shown map[uint64]*Parts, manifest events.Hash, rec *events.Record, stream uint64) error {
	parts, err := x.open(rec)
	if err != nil {
		return err
	}
	want, err := x.body(manifest)
	if err != nil {
		return err
	}
	if got, err := events.Unflatten(parts); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("the recorded export is not the one that was asked for: %w", ErrBundle)
	}
	whole := Parts{Size: uint64(len(parts)), Open: parts}
	shown[x.m] = &whole
	note, tree, err := x.l.Checkpoint(x.ctx, stream)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	cp, err := tlog.ParseSigned(note)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if cp.Origin != x.origin || cp.Size < stream {
		return fmt.Errorf("checkpoint: does not cover event %d: %w", x.m, ErrBundle)
	}
	all := make([]events.Entry, 0, x.m)
	for _, e := range x.plan {
		all = append(all, e.entry)
	}
	all = append(all, events.Entry{Seq: stream, Record: *rec})
	var links []byte
	for i := range all {
		r := &all[i].Record
		links = r.Link.Append(links)
		p := shown[r.Link.Seq]
		if p == nil {
			continue
		}
		hashes, err := tree.Prove(x.ctx, all[i].Seq-1)
		if err != nil {
			return fmt.Errorf("proof of event %d: %w", r.Link.Seq, err)
		}
		proof := tlog.Proof{Index: all[i].Seq - 1, Hashes: hashes, Checkpoint: note}
		name := strconv.FormatUint(r.Link.Seq, 10)
		x.files = append(x.files,
			zipFile{Name: dirDetails + name + ".txt", Data: r.Detail.Append(nil)},
			zipFile{Name: dirParts + name + ".json", Data: p.Append(nil)},
			zipFile{Name: dirProofs + name + ".tlog-proof", Data: proof.Append(nil)})
	}
	x.files = append(x.files, zipFile{Name: fileLinks, Data: links}, zipFile{Name: fileCheckpoint, Data: note},
		zipFile{Name: filePolicy, Data: x.in.Policy})
	if x.in.Stamp == nil {
		return nil
	}
	stamps, err := x.in.Stamp(x.ctx, note)
	if err != nil {
		return fmt.Errorf("time-stamp: %w", err)
	}
	return x.add(stamps, stampFile)
}

// count fills in what was disclosed.
func (x *exporter) count() {
	for _, e := range x.plan {
		switch {
		case e.document:
			continue
		case !e.disclosed():
			x.result.Withheld++
			if e.undated && !e.inScope {
				x.result.UndatedOut = append(x.result.UndatedOut, e.seq())
			}
			continue
		case len(e.closings) > 0:
			x.result.Part++
		default:
			x.result.Full++
		}
		if e.undated {
			x.result.Undated = append(x.result.Undated, e.seq())
		}
	}
}
