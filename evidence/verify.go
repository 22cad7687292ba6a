package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/evidence/sheet"
	"caseledger/evidence/tlog"
)

// Verify checks a bundle as docs/FORMAT.md, "Verification", says. The policy
// is the caller's, never the bundle's; without one the bundle can only be
// found self-consistent. It takes no clock: a verdict of today is the verdict
// of any day.
func Verify(r io.ReaderAt, size int64, p *tlog.Policy, v events.Validator) Verdict {
	return verifyStream(io.NewSectionReader(r, 0, size), size, p, v)
}

// verifyStream is Verify of what a reader gives, once and from the front.
func verifyStream(r io.Reader, size int64, p *tlog.Policy, v events.Validator) Verdict {
	x := verifier{policy: p, schemas: v, done: make(map[string]bool)}
	x.verdict.Checks, x.verdict.Warnings = []Check{}, []string{}
	x.check("file", nil, func() (string, error) { return x.file(r, size) })
	x.check("bag", []string{"file"}, x.bag)
	x.check("chain", []string{"file"}, x.chain)
	x.check("details", []string{"chain"}, x.details)
	x.check("parts", []string{"details"}, x.parts)
	x.check("proofs", []string{"chain"}, x.proofs)
	x.check("export", []string{"bag", "parts"}, x.export)
	x.check("closings", []string{"export"}, x.closings)
	x.check("content", []string{"parts"}, x.content)
	x.check("sheets", []string{"export"}, x.sheets)
	x.check("documents", []string{"export"}, x.documents)
	x.verdict.SelfConsistent = !x.invalid && !x.version && !x.unknown
	x.check("signature", []string{"proofs"}, x.signature)
	x.stamps()
	x.verdict.conclude(x.invalid, x.version, x.unknown, p == nil)
	return x.verdict
}

// VerifyFile is Verify of a file. An error means that there was nothing to
// check: no such file, or something that is none, as a directory or a pipe.
func VerifyFile(name string, p *tlog.Policy, v events.Validator) (Verdict, error) {
	// Looked at first: to open a pipe waits until somebody writes to it.
	if info, err := os.Stat(name); err != nil {
		return Verdict{}, err
	} else if !info.Mode().IsRegular() {
		return Verdict{}, fmt.Errorf("%s is no file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return Verdict{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Verdict{}, err
	}
	return Verify(f, info.Size(), p, v), nil
}

// verifier holds what the checks have found so far.
type verifier struct {
	policy  *tlog.Policy
	schemas events.Validator
	verdict Verdict
	done    map[string]bool // checks that passed

	invalid, version, unknown bool

	bundle    *Bundle
	links     []events.Link
	hashes    []events.Hash // of the links
	shown     []*shownEvent // events with anything open, m the last
	closed    []recordedClosing
	requested [2]uint64 // seq of request and decision; 0: none
	exported  exported
	exportedV uint64
}

// shownEvent is an event of which the bundle shows anything.
type shownEvent struct {
	seq    uint64
	detail events.Detail
	parts  Parts
	body   []byte // when it is wholly open
}

// graver returns the error that decides how a check of many events ends: 3
// beats 4 beats 1, and of two alike the first.
func graver(a, b error) error {
	grave := func(err error) int {
		switch {
		case err == nil:
			return 0
		case errors.Is(err, events.ErrTooLarge):
			return 1
		case errors.Is(err, events.ErrVersion):
			return 2
		}
		return 3
	}
	if grave(b) > grave(a) {
		return b
	}
	return a
}

// errNoPolicy marks the one check that cannot be done without a policy.
var errNoPolicy = errors.New("no policy was given, so nobody vouches for the checkpoint")

// check runs one check when those that it needs have passed.
func (x *verifier) check(name string, needs []string, run func() (string, error)) {
	for _, n := range needs {
		if !x.done[n] {
			x.verdict.Checks = append(x.verdict.Checks, Check{name, NotDone, "needs what \"" + n + "\" would have found"})
			return
		}
	}
	text, err := run()
	outcome := Failed
	switch {
	case err == nil:
		x.done[name] = true
		outcome = Passed
	case errors.Is(err, errNoPolicy):
		outcome = NotDone
	case errors.Is(err, events.ErrVersion):
		x.version = true
		outcome = NotDone
	case errors.Is(err, events.ErrTooLarge), errors.Is(err, errRead):
		x.unknown = true
		x.verdict.large = x.verdict.large || errors.Is(err, events.ErrTooLarge)
		outcome = NotDone
	default:
		x.invalid = true
	}
	if err != nil {
		text = err.Error()
	}
	x.verdict.Checks = append(x.verdict.Checks, Check{name, outcome, text})
}

// errRead marks an error of the reader, which says nothing about the bundle.
var errRead = errors.New("the file cannot be read")

func invalidf(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrBundle)
}

// file: the ZIP is of the narrow profile.
func (x *verifier) file(r io.Reader, size int64) (string, error) {
	b, err := readBundle(r, size)
	if f := (*FileError)(nil); err != nil && !errors.As(err, &f) {
		return "", fmt.Errorf("%w: %w", errRead, err)
	}
	if err != nil {
		return "", err
	}
	x.bundle = b
	x.verdict.SHA256 = b.SHA256.String()
	return fmt.Sprintf("a ZIP of the plain form with %d files", len(b.zip.names)), nil
}

// bag: BagIt's files list exactly what is there.
func (x *verifier) bag() (string, error) {
	if err := x.bundle.checkBag(); err != nil {
		return "", err
	}
	return "the manifests list every file with its hash and nothing else", nil
}

// chain: the links are events 1…m of one case, none missing.
func (x *verifier) chain() (string, error) {
	file := x.bundle.File(fileLinks)
	links, err := events.ParseLinks(file)
	if err != nil {
		return "", versionOr(err, file, "caseledger/event/v")
	}
	if len(links) < 2 {
		return "", invalidf("the case has no event before the export")
	}
	var tip events.Tip
	x.hashes = make([]events.Hash, len(links))
	for i := range links {
		if tip, err = tip.Next(&links[i], links[0].Origin, links[0].Chain); err != nil {
			return "", err
		}
		x.hashes[i] = tip.Hash
	}
	x.links = links
	v := &x.verdict
	v.Origin, v.Case, v.Events = links[0].Origin, chainName(links[0].Chain), tip.Seq
	v.CheckCode = sheet.CheckCode(links[tip.Seq-1].Prev)
	return fmt.Sprintf("events 1 to %d of the case follow one another without a gap", tip.Seq), nil
}

// versionOr passes on that a version is unknown only where the line names one:
// prefix and a number. Anything else in its place is damage.
func versionOr(err error, file []byte, prefix string) error {
	if !errors.Is(err, events.ErrVersion) {
		return err
	}
	at := 0
	if s := (*events.SyntaxError)(nil); errors.As(err, &s) {
		at = max(0, min(s.Offset, len(file)))
	}
	line, _, _ := bytes.Cut(file[at:], []byte("\n"))
	if number, ok := strings.CutPrefix(string(line), prefix); ok && validIndex(number) {
		return err
	}
	return invalidf("%v", err)
}

// m returns the place of the export.
func (x *verifier) m() uint64 { return uint64(len(x.links)) }

// details: every event that shows anything has its three files, and its
// detail is the one that its link names.
func (x *verifier) details() (string, error) {
	seqs := x.bundle.seqs(detailFile)
	if !slices.Equal(seqs, x.bundle.seqs(partsFile)) || !slices.Equal(seqs, x.bundle.seqs(inclusionFile)) {
		return "", invalidf("a detail, a parts file and a proof do not come for the same events")
	}
	if len(seqs) == 0 || seqs[len(seqs)-1] != x.m() {
		return "", invalidf("the last event with a detail is not the last of the chain")
	}
	shown := make([]*shownEvent, 0, len(seqs))
	last := time.Time{}
	var worst error
	for _, seq := range seqs {
		file := x.bundle.File(detailName(seq))
		if events.Hash(sha256.Sum256(file)) != x.links[seq-1].Detail {
			return "", invalidf("event %d: the detail is not the one that its link names", seq)
		}
		d, err := events.ParseDetail(file)
		if err != nil {
			worst = graver(worst, fmt.Errorf("event %d: %w", seq, versionOr(err, file, "caseledger/detail/v")))
			continue
		}
		if !d.Key.Service && d.Key.Chain != x.links[0].Chain {
			return "", invalidf("event %d: the detail names the key of another case", seq)
		}
		if d.At.Before(last) {
			x.warn("event %d says that it was recorded before the event above it", seq)
		}
		last = d.At
		shown = append(shown, &shownEvent{seq: seq, detail: d})
	}
	if worst != nil {
		return "", worst
	}
	x.shown = shown
	x.verdict.Disclosed = len(shown) - 1
	return fmt.Sprintf("%d details are those that their links name", len(shown)), nil
}

func (x *verifier) warn(format string, args ...any) {
	x.verdict.Warnings = append(x.verdict.Warnings, fmt.Sprintf(format, args...))
}

func detailName(seq uint64) string { return dirDetails + strconv.FormatUint(seq, 10) + ".txt" }
func partsName(seq uint64) string  { return dirParts + strconv.FormatUint(seq, 10) + ".json" }
func proofName(seq uint64) string  { return dirProofs + strconv.FormatUint(seq, 10) + ".tlog-proof" }

// parts: what is open is what was recorded.
func (x *verifier) parts() (string, error) {
	open, closed := 0, uint64(0)
	var worst error
	for _, e := range x.shown {
		p, err := ParseParts(x.bundle.File(partsName(e.seq)))
		x.bundle.release(partsName(e.seq))
		if err != nil {
			worst = graver(worst, fmt.Errorf("event %d: %w", e.seq, err))
			continue
		}
		if p.Size != e.detail.Parts {
			return "", invalidf("event %d: the parts file is of another number of parts than the detail", e.seq)
		}
		if p.Root() != e.detail.Root {
			return "", invalidf("event %d: the parts are not those that were recorded", e.seq)
		}
		if p.Full() {
			if e.body, err = events.Unflatten(p.Open); err != nil {
				worst = graver(worst, fmt.Errorf("event %d: %w", e.seq, err))
			}
		}
		e.parts = p
		open += len(p.Open)
		closed += p.Size - uint64(len(p.Open))
	}
	if worst != nil {
		return "", worst
	}
	return fmt.Sprintf("%d opened parts are those that were recorded; %d are closed", open, closed), nil
}

// proofs: every shown event stands in the tree that the checkpoint is of.
func (x *verifier) proofs() (string, error) {
	note := x.bundle.File(fileCheckpoint)
	cp, err := tlog.ParseSigned(note)
	if err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	if cp.Origin != x.links[0].Origin {
		return "", invalidf("the checkpoint is of another ledger than the events")
	}
	x.verdict.Tree = cp.Size
	seqs := x.bundle.seqs(inclusionFile)
	last := uint64(0)
	var worst error
	for i, seq := range seqs {
		file := x.bundle.File(proofName(seq))
		p, err := tlog.ParseProof(file)
		if err != nil {
			worst = graver(worst, fmt.Errorf("proof of event %d: %w", seq, versionOr(err, file, "c2sp.org/tlog-proof@v")))
			continue
		}
		if !bytes.Equal(p.Checkpoint, note) {
			return "", invalidf("proof of event %d: it ends at another checkpoint", seq)
		}
		if i > 0 && p.Index <= last {
			return "", invalidf("proof of event %d: its index does not rise with its place in the case", seq)
		}
		last = p.Index
		if seq > x.m() || p.Index < seq-1 {
			return "", invalidf("proof of event %d: no such event can stand there", seq)
		}
		if err := p.Verify(x.hashes[seq-1], cp.Size, cp.Root); err != nil {
			return "", fmt.Errorf("proof of event %d: %w", seq, err)
		}
	}
	if worst != nil {
		return "", worst
	}
	return fmt.Sprintf("%d events stand in the ledger's tree of %d", len(seqs), cp.Size), nil
}

// exported is what Verify reads of event m.
type exported struct {
	Exhibit   string   `json:"exhibit"`
	Manifest  string   `json:"manifest"`
	Closings  []closed `json:"closings"`
	Officer   string   `json:"officer"`
	Force     string   `json:"force"`
	Reference string   `json:"reference"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Kinds     []string `json:"kinds"`
	Request   *uint64  `json:"request"`
	Decision  *uint64  `json:"decision"`
	Approval  *uint64  `json:"approval"`
}

// export: event m is wholly open and names this bag.
func (x *verifier) export() (string, error) {
	e := x.shown[len(x.shown)-1]
	if e.body == nil {
		return "", invalidf("event %d is not wholly open", e.seq)
	}
	body, err := events.ParseBody(e.body)
	if err != nil {
		return "", err
	}
	if body.Type != typeExported {
		return "", invalidf("event %d does not record an export", e.seq)
	}
	if body.V == 0 || body.V > exportedVersion {
		return "", fmt.Errorf("event %d: %w", e.seq, events.ErrVersion)
	}
	var d exported
	if err := json.Unmarshal(body.Data, &d); err != nil {
		return "", invalidf("event %d does not name an export's facts", e.seq)
	}
	manifest := x.bundle.zip.files[fileManifest].hash
	if d.Manifest != manifest.String() {
		return "", invalidf("event %d records another manifest", e.seq)
	}
	info := bagInfo{date: e.detail.At.Format(dateFormat), origin: x.links[0].Origin, chain: x.links[0].Chain, seq: x.m()}
	if x.bundle.info != info {
		return "", invalidf("bag-info.txt names another export than event %d", e.seq)
	}
	var ok bool
	if x.closed, ok = recordedOf(d.Closings); !ok {
		return "", invalidf("event %d has a closing without a code", e.seq)
	}
	for i, seq := range []*uint64{d.Request, d.Decision} {
		if seq != nil {
			x.requested[i] = *seq
		}
	}
	x.exported, x.exportedV = d, body.V
	x.verdict.Exhibit = printable(d.Exhibit)
	text := fmt.Sprintf("event %d records this manifest, and with it every file of data/", e.seq)
	if pdfs := x.recorded(); pdfs > 0 {
		text += fmt.Sprintf("; of %d of them the bytes are recorded by the service, their content is not derived again", pdfs)
	}
	return text, nil
}

// recorded counts files whose bytes are recorded and whose content is not
// derived again.
func (x *verifier) recorded() (n int) {
	for _, name := range x.bundle.zip.names {
		if c, _ := classify(name); c == recordedFile {
			n++
		}
	}
	return n
}

// printable keeps an exhibit reference from acting on a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f {
			return '?'
		}
		return r
	}, s)
}

// closings: what event m says is closed is closed, and nothing else is.
func (x *verifier) closings() (string, error) {
	m := x.m()
	byEvent := make(map[uint64][]recordedClosing)
	for _, c := range x.closed {
		if c.Seq == 0 || c.Seq >= m {
			return "", invalidf("a closing is of no event before the export")
		}
		if (c.Leaf == 0 && c.Leaves == 0) != (c.Leaves == 0) {
			return "", invalidf("a closing of event %d closes no leaf", c.Seq)
		}
		byEvent[c.Seq] = append(byEvent[c.Seq], c)
	}
	shown := make(map[uint64]*shownEvent)
	for _, e := range x.shown {
		shown[e.seq] = e
	}
	withheld := 0
	for seq := uint64(1); seq < m; seq++ {
		closings := byEvent[seq]
		e := shown[seq]
		if e == nil || sheet.Bare(e.parts.Open) {
			withheld++
			if len(closings) != 1 || closings[0].Leaves != 0 {
				return "", invalidf("event %d is withheld, but event %d does not record that", seq, m)
			}
			continue
		}
		if err := sameClosed(seq, closings, &e.parts); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("what is closed is what event %d records as closed; %d events are withheld", m, withheld), nil
}

// sameClosed checks that the closings cover exactly the closed leaves.
func sameClosed(seq uint64, closings []recordedClosing, p *Parts) error {
	slices.SortFunc(closings, func(a, b recordedClosing) int { return cmp.Compare(a.Leaf, b.Leaf) })
	spans := p.Closed
	at := uint64(0) // end of what has been matched
	end := uint64(0)
	for _, c := range closings {
		if c.Leaves == 0 {
			return invalidf("event %d is recorded as withheld, but is disclosed", seq)
		}
		if c.Leaf < at || c.Leaf+c.Leaves > p.Size {
			return invalidf("event %d: its closings overlap or lie outside it", seq)
		}
		for leaf := c.Leaf; leaf < c.Leaf+c.Leaves; {
			if end <= leaf { // the next closed span must begin here
				if len(spans) == 0 || spans[0].Index != leaf {
					return invalidf("event %d: parts are open that are recorded as closed, or closed without a record", seq)
				}
				end = leaf + spans[0].Leaves
				spans = spans[1:]
			}
			leaf = min(end, c.Leaf+c.Leaves)
		}
		at = c.Leaf + c.Leaves
		if end > at && !continues(closings, at) {
			return invalidf("event %d: parts are closed without a record", seq)
		}
	}
	if len(spans) > 0 {
		return invalidf("event %d: parts are closed without a record", seq)
	}
	if crosses(closings, p) {
		return invalidf("event %d: a closing begins outside a text and ends inside it", seq)
	}
	return nil
}

// crosses reports whether one of the closings, which ascend, begins before a
// text that is partly open and ends in it.
func crosses(closings []recordedClosing, p *Parts) bool {
	last := uint64(0)
	for i := range p.Open {
		o := &p.Open[i]
		if o.Kind != events.KindWord {
			continue
		}
		start := o.Index - wordOf(o.Path) // of the text
		if start == last {
			continue
		}
		last = start
		k, _ := slices.BinarySearchFunc(closings, start, func(c recordedClosing, leaf uint64) int { return cmp.Compare(c.Leaf, leaf) })
		if k > 0 && closings[k-1].Leaf+closings[k-1].Leaves > start {
			return true
		}
	}
	return false
}

// continues reports whether a closing begins at this leaf.
func continues(closings []recordedClosing, leaf uint64) bool {
	_, ok := slices.BinarySearchFunc(closings, leaf, func(c recordedClosing, leaf uint64) int { return cmp.Compare(c.Leaf, leaf) })
	return ok
}

// content: what is wholly open is valid by its schema.
func (x *verifier) content() (string, error) {
	n := 0
	var worst error
	for _, e := range x.shown {
		if e.body == nil {
			continue
		}
		if err := x.schemas.Validate(e.body); err != nil {
			worst = graver(worst, fmt.Errorf("event %d: %w", e.seq, err))
		}
		if !slices.Contains(x.requested[:], e.seq) {
			e.body = nil // looked at for the last time
		}
		n++
	}
	if worst != nil {
		return "", worst
	}
	return fmt.Sprintf("%d events that are wholly open have the form of their type", n), nil
}

// sheets: the sheets, the schedule and the README are what the opened parts
// make.
func (x *verifier) sheets() (string, error) {
	m := x.m()
	in := sheet.Input{Origin: x.links[0].Origin, Chain: x.links[0].Chain, Seq: m, Previous: x.links[m-1].Prev,
		Export: x.shown[len(x.shown)-1].parts.Open}
	for _, e := range x.shown[:len(x.shown)-1] {
		in.Events = append(in.Events, sheet.Event{Seq: e.seq, Hash: x.hashes[e.seq-1], At: e.detail.At,
			Size: e.parts.Size, Parts: e.parts.Open})
	}
	format := formatOf(x.bundle.File(fileJSON))
	if number, ok := strings.CutPrefix(format, formatPrefix); ok && format != sheet.Format && validIndex(number) {
		return "", fmt.Errorf("%s: %w", fileJSON, events.ErrVersion)
	}
	s, err := sheet.Build(in)
	if err != nil {
		return "", err
	}
	for _, f := range []struct {
		name string
		want func() []byte
	}{{fileJSON, s.JSON}, {fileHTML, s.HTML}, {fileSchedule, s.Schedule}, {fileHands, s.Continuity}, {fileReadme, s.Readme}} {
		if got, _ := x.bundle.Hash(f.name); got != sha256.Sum256(f.want()) {
			return "", invalidf("%s is not what the opened parts make", f.name)
		}
	}
	return "the contact sheets, the schedule, the continuity and the README are what the opened parts make", nil
}

const formatPrefix = "caseledger/contact-sheets/v"

// formatOf returns the format member of contact-sheets.json, or "". Only its
// beginning is told apart; whether the file is canonical is seen when it is
// made again.
func formatOf(file []byte) string {
	if bytes.Contains(file, []byte(`"format":"`+sheet.Format+`"`)) {
		return sheet.Format // the common case, without reading it as JSON
	}
	var f struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(file, &f) != nil {
		return ""
	}
	return f.Format
}

// documents: request.json and decision.json are the data of their events, and
// every attachment is one that a disclosed event names.
func (x *verifier) documents() (string, error) {
	for i, name := range []string{fileRequest, fileDecision} {
		if err := x.document(name, x.requested[i]); err != nil {
			return "", err
		}
	}
	if err := x.decided(); err != nil {
		return "", err
	}
	var named attachmentNames
	for _, e := range x.shown[:len(x.shown)-1] {
		named.add(x.links[0].Chain, e.seq, e.parts.Open)
	}
	wanted := make(map[string]bool)
	for _, a := range named.list {
		wanted[a.name] = true
		switch f, ok := x.bundle.zip.files[a.name]; {
		case !ok:
			return "", invalidf("%s is missing, which event %d names", a.name, a.seq)
		case f.hash != a.hash:
			return "", invalidf("%s is not the file that event %d names", a.name, a.seq)
		}
	}
	for _, name := range x.bundle.zip.names {
		if strings.HasPrefix(name, dirAttachments) && !wanted[name] {
			return "", invalidf("%s is not what a disclosed event names", name)
		}
	}
	text := "request and decision are as recorded"
	if x.requested == [2]uint64{} {
		text = "the export names no request and no decision"
		if x.exportedV >= 2 {
			x.warn("%s: no step on the way to it can be shown", text)
		}
	}
	switch n := len(named.list); n {
	case 0:
		return text + "; there are no attachments", nil
	case 1:
		return text + "; the attachment is the one that a disclosed event names", nil
	default:
		return fmt.Sprintf("%s; %d attachments are those that disclosed events name", text, n), nil
	}
}

// decided: the export follows its request and its decision. The data of both
// is in the bundle already. Version 1 named neither.
func (x *verifier) decided() error {
	if x.exportedV < 2 || x.requested == [2]uint64{} {
		return nil
	}
	m, e := x.m(), &x.exported
	if x.requested[0] == 0 || x.requested[1] == 0 {
		return invalidf("event %d names a request or a decision without the other", m)
	}
	var r requested
	var d decided
	if !x.read(x.requested[0], typeRequested, fileRequest, &r) || !x.read(x.requested[1], typeDecided, fileDecision, &d) {
		return invalidf("event %d names as its request or decision what is none", m)
	}
	if r != (requested{e.Officer, e.Force, e.Reference}) {
		return invalidf("event %d names another officer, force or reference than the request", m)
	}
	if d.Request != x.requested[0] {
		return invalidf("event %d names a decision on another request", m)
	}
	if d.From != e.From || d.To != e.To || !slices.Equal(d.Kinds, e.Kinds) {
		return invalidf("event %d is of another scope than the decision", m)
	}
	if e.Approval != nil && (*e.Approval <= x.requested[1] || *e.Approval >= m) {
		return invalidf("event %d names an approval that does not stand between the decision and it", m)
	}
	closings, ok := recordedOf(d.Closings)
	if !ok {
		return invalidf("the decision has a closing without a code")
	}
	made := make(map[recordedClosing]bool)
	for _, c := range x.closed {
		made[c] = true
	}
	for _, c := range closings {
		if !made[c] {
			return invalidf("the decision closes part of event %d, but event %d does not record that", c.Seq, m)
		}
	}
	return nil
}

// read decodes a document whose event is of this type.
func (x *verifier) read(seq uint64, typ, file string, into any) bool {
	for _, e := range x.shown {
		if e.seq == seq && e.body != nil {
			body, err := events.ParseBody(e.body)
			return err == nil && body.Type == typ && json.Unmarshal(x.bundle.File(file), into) == nil
		}
	}
	return false
}

// document checks request.json or decision.json against the event at seq.
func (x *verifier) document(name string, seq uint64) error {
	file := x.bundle.File(name)
	if seq == 0 {
		if file != nil {
			return invalidf("%s is there, but event %d does not name its event", name, x.m())
		}
		return nil
	}
	for _, e := range x.shown[:len(x.shown)-1] {
		if e.seq != seq || e.body == nil {
			continue
		}
		body, err := events.ParseBody(e.body)
		if err == nil && string(file) == string(body.Data)+"\n" {
			return nil
		}
	}
	return invalidf("%s is not the data of event %d, wholly open", name, seq)
}

// signature: the checkpoint is one that the policy accepts.
func (x *verifier) signature() (string, error) {
	if x.policy == nil {
		return "", errNoPolicy
	}
	_, a, err := x.policy.Check(x.bundle.File(fileCheckpoint))
	if err != nil {
		return "", err
	}
	x.verdict.Assurance, x.verdict.AssuranceText = &a, a.String()
	return "the checkpoint is signed as the policy asks", nil
}

// stamps warns of what this program does not check.
func (x *verifier) stamps() {
	if x.bundle == nil {
		return
	}
	for _, name := range x.bundle.zip.names {
		if c, _ := classify(name); c == stampFile {
			x.warn("%s is a time-stamp, which this program does not verify", name)
		}
	}
	if _, err := tlog.ParsePolicy(x.bundle.File(filePolicy)); err != nil && x.done["bag"] {
		x.warn("%s is no policy; it is information only and was not used", filePolicy)
	}
}
