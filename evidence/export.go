package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
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

// Input is what an export is asked to do.
type Input struct {
	Chain    events.Chain
	Actor    string    // who exports
	Now      time.Time // stands on the sheet as when it was prepared
	Request  Request
	Closings []Closing
	// Expect is the case's last event that was read when the closings were
	// decided; 0 is the last there is. What is in scope and came later would
	// go out unread, so it ends the export.
	Expect    uint64
	Recipient string // whom this copy is for; "" is the officer
	Policy    []byte // a policy that lists the signing log; information for the recipient
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
	Full      int         `json:"full"`   // events disclosed in full
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
}

// maxAttempts is how often an export starts over because the case moved on.
const maxAttempts = 8

// Export writes the bundle of one case to out: what the request asks for,
// less what the closings close. It records the export in the case first, and
// checks the bundle with Verify before a byte is written.
//
// Errors: an *InputError for a request or closings that cannot be followed
// (ErrExposed when closed words stand open in a correction of the same
// statement); events.ErrNotFound for no such case or a key that is gone;
// events.ErrConflict, from an *UnreadError, when events in scope were recorded
// after Expect, or when the case kept moving; whatever the ledger returns.
func Export(ctx context.Context, l Ledger, v events.Validator, in Input, out io.Writer) (Result, error) {
	if err := in.check(); err != nil {
		return Result{}, err
	}
	for attempt := 1; ; attempt++ {
		x := exporter{ctx: ctx, l: l, v: v, in: in}
		bundle, err := x.run()
		if in.Expect == 0 {
			in.Expect = x.tip.Seq
		}
		if errors.Is(err, events.ErrConflict) && !errors.Is(err, errUnread) && x.result.Seq == 0 && attempt < maxAttempts && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return Result{}, fmt.Errorf("export: %w", err)
		}
		if _, err := out.Write(bundle); err != nil {
			return Result{}, fmt.Errorf("export: write the bundle: %w", err)
		}
		return x.result, nil
	}
}

func (in *Input) check() error {
	if err := in.Request.check(); err != nil {
		return err
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
	keys   map[events.KeyRef]events.Key
	plan   []*planned
	tip    events.Tip
	origin string
	m      uint64
	files  []zipFile
	result Result
}

func (x *exporter) run() ([]byte, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	if err := x.unread(); err != nil {
		return nil, err
	}
	if err := apply(x.plan, x.in.Closings); err != nil {
		return nil, err
	}
	warnings, err := exposed(x.plan, x.requestStretches())
	if err != nil {
		return nil, err
	}
	if len(recordedClosings(x.plan)) > MaxClosings {
		return nil, fmt.Errorf("more than %d closings: %w", MaxClosings, events.ErrTooLarge)
	}
	parts, err := x.data()
	if err != nil {
		return nil, err
	}
	manifest := manifestOf(x.files, func(name string) bool { return strings.HasPrefix(name, "data/") })
	sum := events.Hash(sha256.Sum256(manifest))
	rec, stream, err := x.record(sum)
	if err != nil {
		return nil, err
	}
	x.result = Result{
		Seq: x.m, StreamSeq: stream, Exhibit: exhibit(x.in.Chain, x.m), CheckCode: sheet.CheckCode(x.tip.Hash),
		Manifest: sum, Undated: []uint64{}, UndatedOut: []uint64{}, Warnings: append([]Warning{}, warnings...),
	}
	if err := x.proof(parts, sum, &rec, stream); err != nil {
		return nil, err
	}
	info := bagInfo{date: rec.Detail.At.UTC().Format(dateFormat), origin: x.origin, chain: x.in.Chain, seq: x.m}
	files := sealBag(x.files, info, manifest)
	var b bytes.Buffer
	if err := writeZIP(&b, strings.ReplaceAll(x.result.Exhibit, "/", "-"), files); err != nil {
		return nil, err
	}
	x.count()
	x.result.Size = int64(b.Len())
	x.result.SHA256 = sha256.Sum256(b.Bytes())
	if verdict := Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), nil, x.v); !verdict.SelfConsistent {
		return nil, fmt.Errorf("the bundle does not verify: %s: %w", verdict.firstFailure(), ErrBundle)
	}
	return b.Bytes(), nil
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
		if parts[i], err = x.open(r); err != nil {
			return err
		}
	}
	x.m = x.tip.Seq + 1
	x.plan = newPlan(entries, parts, &x.in.Request)
	return nil
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
		if p.inScope {
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

// exhibit returns the reference of an export: no two exports of a case have
// the same seq.
func exhibit(chain events.Chain, m uint64) string {
	return sheet.CaseNumber(chain) + "/" + strconv.FormatUint(m, 10)
}

// encode returns occurred and data of event m.
func (x *exporter) encode(manifest events.Hash) (occurred, data []byte) {
	occurred = []byte(`{"from":"` + sheet.LocalTime(x.in.Now) + `","precision":"exact","to":null}`)
	r := &x.in.Request
	b := []byte(`{"closings":[`)
	for i, c := range recordedClosings(x.plan) {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"code":"%c","leaf":%d,"leaves":%d,"seq":%d}`, c.Code, c.Leaf, c.Leaves, c.Seq)
	}
	b = append(b, `],"copy":1,"decision":null,"exhibit":`...)
	b = events.AppendString(b, exhibit(x.in.Chain, x.m))
	b = append(b, `,"force":`...)
	b = events.AppendString(b, r.Force)
	b = append(b, `,"from":`...)
	b = events.AppendString(b, r.From)
	b = append(b, `,"kinds":[`...)
	for i, k := range Kinds() {
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
	b = append(b, `,"request":null,"to":`...)
	b = events.AppendString(b, r.To)
	return occurred, append(b, '}')
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
	in := sheet.Input{Origin: x.origin, Chain: x.in.Chain, Seq: x.m, Previous: x.tip.Hash, Export: export}
	shown := make(map[uint64]*Parts)
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
	}
	s, err := sheet.Build(in)
	if err != nil {
		return nil, err
	}
	x.files = []zipFile{
		{fileReadme, s.Readme()}, {fileHTML, s.HTML()}, {fileJSON, s.JSON()}, {fileSchedule, s.Schedule()},
	}
	for _, f := range x.files {
		if _, limit := limits(f.Name); int64(len(f.Data)) > limit {
			return nil, tooLarge(f.Name, "is longer than a bundle can hold")
		}
	}
	if 3*(len(shown)+1)+16 > MaxEntries {
		return nil, tooLarge("", "more than 60000 files")
	}
	return shown, nil
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
			zipFile{dirDetails + name + ".txt", r.Detail.Append(nil)},
			zipFile{dirParts + name + ".json", p.Append(nil)},
			zipFile{dirProofs + name + ".tlog-proof", proof.Append(nil)})
	}
	x.files = append(x.files, zipFile{fileLinks, links}, zipFile{fileCheckpoint, note}, zipFile{filePolicy, x.in.Policy})
	return nil
}

// count fills in what was disclosed.
func (x *exporter) count() {
	for _, e := range x.plan {
		switch {
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

// manifestOf returns the BagIt manifest of some of the files.
func manifestOf(files []zipFile, of func(name string) bool) []byte {
	var names []zipFile
	for _, f := range files {
		if of(f.Name) {
			names = append(names, f)
		}
	}
	slices.SortFunc(names, func(a, b zipFile) int { return strings.Compare(a.Name, b.Name) })
	var b []byte
	for _, f := range names {
		b = appendManifestLine(b, sha256.Sum256(f.Data), f.Name)
	}
	return b
}
