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
	"path"
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
}

// shownEvent is an event of which the bundle shows anything.
type shownEvent struct {
	seq    uint64
	detail events.Detail
	parts  Parts
	body   []byte // when it is wholly open
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
func (x *verifier) file(r io.ReaderAt, size int64) (string, error) {
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
	for _, seq := range seqs {
		file := x.bundle.File(detailName(seq))
		if events.Hash(sha256.Sum256(file)) != x.links[seq-1].Detail {
			return "", invalidf("event %d: the detail is not the one that its link names", seq)
		}
		d, err := events.ParseDetail(file)
		if err != nil {
			return "", fmt.Errorf("event %d: %w", seq, versionOr(err, file, "caseledger/detail/v"))
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
	for _, e := range x.shown {
		p, err := ParseParts(x.bundle.File(partsName(e.seq)))
		if err != nil {
			return "", fmt.Errorf("event %d: %w", e.seq, err)
		}
		if p.Size != e.detail.Parts {
			return "", invalidf("event %d: the parts file is of another number of parts than the detail", e.seq)
		}
		if p.Root() != e.detail.Root {
			return "", invalidf("event %d: the parts are not those that were recorded", e.seq)
		}
		if p.Full() {
			if e.body, err = events.Unflatten(p.Open); err != nil {
				return "", fmt.Errorf("event %d: %w", e.seq, err)
			}
		}
		e.parts = p
		open += len(p.Open)
		closed += p.Size - uint64(len(p.Open))
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
	for i, seq := range seqs {
		file := x.bundle.File(proofName(seq))
		p, err := tlog.ParseProof(file)
		if err != nil {
			return "", fmt.Errorf("proof of event %d: %w", seq, versionOr(err, file, "c2sp.org/tlog-proof@v"))
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
	return fmt.Sprintf("%d events stand in the ledger's tree of %d", len(seqs), cp.Size), nil
}

// exported is what Verify reads of event m.
type exported struct {
	Exhibit  string `json:"exhibit"`
	Manifest string `json:"manifest"`
	Closings []struct {
		Seq    uint64 `json:"seq"`
		Leaf   uint64 `json:"leaf"`
		Leaves uint64 `json:"leaves"`
		Code   string `json:"code"`
	} `json:"closings"`
	Request  *uint64 `json:"request"`
	Decision *uint64 `json:"decision"`
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
	if body.V != exportedVersion {
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
	x.closed = nil
	for _, c := range d.Closings {
		if len(c.Code) != 1 {
			return "", invalidf("event %d has a closing without a code", e.seq)
		}
		x.closed = append(x.closed, recordedClosing{c.Seq, c.Leaf, c.Leaves, c.Code[0]})
	}
	for i, seq := range []*uint64{d.Request, d.Decision} {
		if seq != nil {
			x.requested[i] = *seq
		}
	}
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
	return nil
}

// continues reports whether a closing begins at this leaf.
func continues(closings []recordedClosing, leaf uint64) bool {
	_, ok := slices.BinarySearchFunc(closings, leaf, func(c recordedClosing, leaf uint64) int { return cmp.Compare(c.Leaf, leaf) })
	return ok
}

// content: what is wholly open is valid by its schema.
func (x *verifier) content() (string, error) {
	n := 0
	for _, e := range x.shown {
		if e.body == nil {
			continue
		}
		if err := x.schemas.Validate(e.body); err != nil {
			return "", fmt.Errorf("event %d: %w", e.seq, err)
		}
		n++
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
	}{{fileJSON, s.JSON}, {fileHTML, s.HTML}, {fileSchedule, s.Schedule}, {fileReadme, s.Readme}} {
		if !bytes.Equal(x.bundle.File(f.name), f.want()) {
			return "", invalidf("%s is not what the opened parts make", f.name)
		}
	}
	return "the contact sheets, the schedule and the README are what the opened parts make", nil
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
	n := 0
	named := x.attachments()
	for _, name := range x.bundle.zip.names {
		if strings.HasPrefix(name, dirAttachments) {
			_, ext, _ := cutExt(path.Base(name))
			hash := `"` + x.bundle.zip.files[name].hash.String() + `"`
			if !named[attachment{hash, ext}] && !named[attachment{hash: hash}] {
				return "", invalidf("%s is not what a disclosed event names", name)
			}
			n++
		}
	}
	return fmt.Sprintf("%d attachments are those that disclosed events name; request and decision are as recorded or not part of this export", n), nil
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

// attachment is what a disclosed event says of one: its hash, a JSON string,
// and the extension it bears, "" where the name is closed.
type attachment struct{ hash, ext string }

// attachments returns those that disclosed events name.
func (x *verifier) attachments() map[attachment]bool {
	named := make(map[attachment]bool)
	for _, e := range x.shown[:len(x.shown)-1] {
		var of, sum string
		for i := range e.parts.Open {
			switch p := &e.parts.Open[i]; p.Path {
			case "/data/sha256":
				sum = p.Value
			case "/data/name":
				of, _ = unquote(p.Value)
			}
		}
		switch {
		case sum != "" && of != "":
			named[attachment{sum, attachmentExt(of)}] = true
		case sum != "":
			named[attachment{hash: sum}] = true
		}
	}
	return named
}

// attachmentExt returns the extension that an attachment of this name bears.
func attachmentExt(name string) string {
	_, ext, ok := cutExt(strings.ToLower(name))
	if !ok || !plainExt(ext) {
		return "bin"
	}
	return ext
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
