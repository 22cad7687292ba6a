package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/internal/audit"
	"caseledger/internal/blobs"
	"caseledger/internal/cases"
	"caseledger/internal/metadata"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

const (
	typeAttachment = "attachment.added"

	// exhibitTries is how often an attachment asks for another reference
	// because somebody else took the one it was given.
	exhibitTries = 8
)

// blobStore is where the bytes of attachments are.
func (l *ledger) blobStore() *blobs.Store { return blobs.NewStore(l.o.dir.Attachments(), l.log) }

// restoreObjects makes the second copy of every attachment anew when the
// stream's server has none: it was lost together with the stream.
func (l *ledger) restoreObjects(ctx context.Context) error {
	if !l.log.NoObjects() {
		return nil
	}
	n, err := l.blobStore().RestoreObjects(ctx)
	if n > 0 {
		l.logger.Warn("the second copy of the attachments was lost: making it anew from the files", "attachments", n)
	}
	if err != nil {
		return fmt.Errorf("make the second copy of the attachments anew: %w", storageError(err))
	}
	return nil
}

// caseKeys returns the keys of a case by generation.
func (l *ledger) caseKeys(chain events.Chain) blobs.KeyOf {
	return func(ctx context.Context, gen uint64) (events.Key, error) {
		return l.ring.Key(ctx, events.CaseKey(chain, gen))
	}
}

// Attach implements ops.Ledger.
func (l *ledger) Attach(ctx context.Context, a ops.Attach, file io.Reader) (ops.Attached, error) {
	if err := l.writable(); err != nil {
		return ops.Attached{}, err
	}
	c := cases.Command{Case: a.Case, Type: typeAttachment, Actor: a.Actor, Occurred: a.Occurred, Data: a.Data, Expect: a.Expect}
	if a.ID != nil {
		c.ID = *a.ID
	}
	return l.attach(ctx, c, file, a.Exhibit, l.cases.Append)
}

// attach keeps a file and then records it: file, objects, event. Whatever is
// broken off before the event leaves an orphan at most. The command's data
// lacks what follows from the file; record is what records.
func (l *ledger) attach(ctx context.Context, c cases.Command, file io.Reader, exhibit bool, record func(context.Context, cases.Command) (cases.Result, error)) (ops.Attached, error) {
	facts, err := attachmentFacts(c.Data)
	if err != nil {
		return ops.Attached{}, err
	}
	if c.ID != (ulid.ULID{}) {
		switch prior, err := l.runner.ByID(c.ID); {
		case err == nil:
			return l.attachAgain(ctx, c, &facts, &prior.Record, file, record)
		case !errors.Is(err, events.ErrNotFound):
			return ops.Attached{}, err
		}
	}
	exhibit = exhibit || facts.DerivedFrom != nil
	// Held to its schema before gigabytes are read: only the sums are missing.
	if err := facts.complete(&c, blobs.Sums{}, nil); err != nil {
		return ops.Attached{}, err
	}
	if err := l.cases.Check(c); err != nil {
		return ops.Attached{}, err
	}
	head, err := l.runner.Head(c.Case)
	if err != nil {
		return ops.Attached{}, err
	}
	key, err := l.ring.Key(ctx, events.CaseKey(c.Case, head.KeyGen))
	if err != nil {
		return ops.Attached{}, fmt.Errorf("case key: %w", err)
	}
	var salt blobs.Salt
	if _, err := io.ReadFull(rand.Reader, salt[:]); err != nil {
		return ops.Attached{}, err
	}
	store := l.blobStore()
	sums, err := store.Put(ctx, file, head.KeyGen, &key, salt)
	if errors.Is(err, blobs.ErrFull) {
		err = ops.As(ops.ErrFull, err)
	}
	if err != nil {
		return ops.Attached{}, storageError(err)
	}
	for try := 1; ; try++ {
		var reference *string
		if exhibit {
			next, err := l.cases.NextExhibit(ctx, c.Actor)
			if err != nil {
				return ops.Attached{}, errors.Join(err, l.forget(ctx, sums.Stored))
			}
			reference = &next
		}
		if err := facts.complete(&c, sums, reference); err != nil {
			return ops.Attached{}, errors.Join(err, l.forget(ctx, sums.Stored))
		}
		r, err := record(ctx, c)
		if errors.Is(err, cases.ErrExhibit) && try < exhibitTries && ctx.Err() == nil {
			continue
		}
		var refused *cases.RuleError
		var conflict *cases.ConflictError
		if errors.As(err, &refused) || errors.As(err, &conflict) {
			// Nothing was recorded, for certain.
			err = errors.Join(err, l.forget(ctx, sums.Stored))
		}
		if err != nil {
			return ops.Attached{}, storageError(err)
		}
		return ops.Attached{Case: r.Case, Seq: r.Seq, ID: r.ID, Hash: r.Hash, Exhibit: reference,
			Size: sums.Size, SHA256: sums.SHA256, Stored: sums.Stored}, nil
	}
}

// attachAgain answers an addition whose id is recorded already: the same file
// with the same facts is a success, anything else a duplicate. Nothing is kept.
func (l *ledger) attachAgain(ctx context.Context, c cases.Command, f *facts, prior *events.Record, file io.Reader, record func(context.Context, cases.Command) (cases.Result, error)) (ops.Attached, error) {
	d, a, err := l.attachmentOf(ctx, prior)
	if err != nil {
		return ops.Attached{}, err
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, struct{ io.Reader }{io.LimitReader(file, blobs.MaxSize+1)}, make([]byte, 1<<20))
	if err != nil {
		return ops.Attached{}, err
	}
	sums := blobs.Sums{Size: n, SHA256: events.Hash(sum.Sum(nil))}
	if d != nil && a.Stored != nil {
		sums.Stored = *a.Stored
	}
	if err := f.complete(&c, sums, a.Exhibit); err != nil {
		return ops.Attached{}, err
	}
	r, err := record(ctx, c)
	if err != nil {
		return ops.Attached{}, storageError(err)
	}
	return ops.Attached{Case: r.Case, Seq: r.Seq, ID: r.ID, Hash: r.Hash, Exhibit: a.Exhibit, Size: n, SHA256: sums.SHA256, Stored: sums.Stored}, nil
}

// forget takes away what was kept for an attachment that was refused.
func (l *ledger) forget(ctx context.Context, name events.Hash) error {
	if err := l.blobStore().Forget(context.WithoutCancel(ctx), name); err != nil {
		return fmt.Errorf("the file was kept and is not recorded; a scrub removes it: %w", err)
	}
	return nil
}

// facts is the data of an attachment.added that lacks what follows from its
// file.
type facts struct {
	members     map[string]json.RawMessage
	DerivedFrom *uint64
}

// ofFile are the members of an attachment's data that follow from its file.
var ofFile = []string{"exhibit", "sha256", "size", "stored"}

// withoutSums takes those members away.
func withoutSums(data []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for _, name := range ofFile {
		delete(members, name)
	}
	return json.Marshal(members)
}

// attachmentFacts reads what is known of a file beside its bytes.
func attachmentFacts(data []byte) (facts, error) {
	var f facts
	canonical, err := events.Canonicalize(data)
	if err != nil {
		return f, err
	}
	if json.Unmarshal(canonical, &f.members) != nil || f.members == nil {
		return f, &cases.RuleError{Pointer: "/data", Rule: "is no object"}
	}
	for _, name := range ofFile {
		if _, ok := f.members[name]; ok {
			return f, &cases.RuleError{Pointer: "/data/" + name, Rule: "follows from the file and is not given"}
		}
	}
	// Of another shape it is refused by its schema.
	_ = json.Unmarshal(f.members["derived_from"], &f.DerivedFrom)
	return f, nil
}

// complete puts the whole data into a command.
func (f *facts) complete(c *cases.Command, s blobs.Sums, exhibit *string) error {
	whole := make(map[string]any, len(f.members)+4)
	for name, v := range f.members {
		whole[name] = v
	}
	whole["exhibit"], whole["sha256"], whole["size"], whole["stored"] = exhibit, s.SHA256.String(), s.Size, s.Stored.String()
	var err error
	c.Data, err = json.Marshal(whole)
	return err
}

// attachment opens an attachment.added, at the newest version.
func (l *ledger) attachment(ctx context.Context, of ops.AttachmentOf) (*schemas.AttachmentAddedV2, ops.Attachment, error) {
	entry, err := l.runner.At(of.Case, of.Seq)
	if err != nil {
		return nil, ops.Attachment{}, err
	}
	data, a, err := l.attachmentOf(ctx, &entry.Record)
	if err == nil && data == nil {
		err = ops.Inputf("event %d of the case is no attachment", of.Seq)
	}
	return data, a, err
}

// attachmentOf reads an event; nil is of another type.
func (l *ledger) attachmentOf(ctx context.Context, rec *events.Record) (*schemas.AttachmentAddedV2, ops.Attachment, error) {
	key, err := l.ring.Key(ctx, rec.Detail.Key)
	if err != nil {
		return nil, ops.Attachment{}, err
	}
	raw, err := events.Open(rec, &key, schemas.Default())
	if err != nil {
		return nil, ops.Attachment{}, err
	}
	return attachmentIn(rec, raw)
}

// attachmentIn reads the body of an event; nil is of another type.
func attachmentIn(rec *events.Record, raw []byte) (*schemas.AttachmentAddedV2, ops.Attachment, error) {
	body, err := events.ParseBody(raw)
	if err != nil || body.Type != typeAttachment {
		return nil, ops.Attachment{}, err
	}
	if body, err = schemas.Upcast(body); err != nil {
		return nil, ops.Attachment{}, err
	}
	d, err := schemas.DecodeData[schemas.AttachmentAddedV2](body.Data)
	if err != nil {
		return nil, ops.Attachment{}, err
	}
	a := ops.Attachment{
		Seq: rec.Link.Seq, Name: d.Name, MediaType: d.MediaType, Kind: d.Kind, Size: d.Size, SHA256: d.SHA256, Exhibit: d.Exhibit,
		DerivedFrom: d.DerivedFrom, Kept: d.Stored != nil, Recorded: ops.Time(rec.Detail.At), Actor: body.Actor,
	}
	if d.Stored != nil {
		name, err := events.ParseHash(*d.Stored)
		if err != nil {
			return nil, a, err
		}
		a.Stored = &name
	}
	return &d, a, nil
}

// Attachments implements ops.Ledger.
func (l *ledger) Attachments(ctx context.Context, chain events.Chain) (ops.AttachmentList, error) {
	list := ops.AttachmentList{Case: chain, Attachments: []ops.Attachment{}}
	if _, err := l.runner.Head(chain); err != nil {
		return list, err
	}
	for entry, err := range l.runner.Chain(ctx, chain) {
		if err != nil {
			return list, err
		}
		d, a, err := l.attachmentOf(ctx, &entry.Record)
		if err != nil {
			return list, fmt.Errorf("event %d: %w", entry.Record.Link.Seq, err)
		}
		if d != nil {
			list.Attachments = append(list.Attachments, a)
		}
	}
	return list, nil
}

// openAttachment opens the original bytes of an attachment.
func (l *ledger) openAttachment(ctx context.Context, of ops.AttachmentOf) (io.ReadCloser, ops.Attachment, error) {
	_, a, err := l.attachment(ctx, of)
	if err != nil {
		return nil, a, err
	}
	if a.Stored == nil {
		return nil, a, fmt.Errorf("the bytes of event %d are not kept here: %w", of.Seq, events.ErrNotFound)
	}
	return l.blobStore().Read(ctx, *a.Stored, l.caseKeys(of.Case)), a, nil
}

// Fetch implements ops.Ledger.
func (l *ledger) Fetch(ctx context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	in, a, err := l.openAttachment(ctx, of)
	if err != nil {
		return a, err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.CopyBuffer(io.MultiWriter(out, sum), struct{ io.Reader }{in}, make([]byte, 1<<20)); err != nil {
		return a, err
	}
	if events.Hash(sum.Sum(nil)).String() != a.SHA256 {
		return a, fmt.Errorf("event %d: its bytes are not those that were recorded: %w", of.Seq, events.ErrBroken)
	}
	return a, nil
}

// kept is an attachment of the ledger whose bytes are kept.
type kept struct {
	chain  events.Chain
	seq    uint64
	stored events.Hash
	size   uint64
	sha256 string
}

// check reads one copy of it to its end.
func (k *kept) check(ctx context.Context, l *ledger, which string) error {
	s, err := l.blobStore().CheckCopy(ctx, which, k.stored, l.caseKeys(k.chain))
	if err == nil && (uint64(s.Size) != k.size || s.SHA256.String() != k.sha256) {
		err = fmt.Errorf("its bytes are not those that were recorded: %w", events.ErrBroken)
	}
	return err
}

// keptIn returns what is kept under an event.
func keptIn(rec *events.Record, raw []byte) (kept, bool, error) {
	d, a, err := attachmentIn(rec, raw)
	if err != nil || d == nil || a.Stored == nil {
		return kept{}, false, err
	}
	return kept{rec.Link.Chain, rec.Link.Seq, *a.Stored, d.Size, d.SHA256}, true, nil
}

// allKept returns every attachment whose bytes are kept, and how many events
// cannot be opened because their key was erased, or is missing: nobody can tell
// which, nor what they name.
func (l *ledger) allKept(ctx context.Context, progress ops.Progress) (list []kept, closed int, err error) {
	total := l.runner.Position()
	for e, err := range l.runner.Archive(ctx, 1) {
		if err != nil {
			return nil, 0, err
		}
		if progress != nil {
			progress(e.Seq, total)
		}
		if e.Void {
			continue
		}
		rec := &e.Record
		key, err := l.ring.Key(ctx, rec.Detail.Key)
		if errors.Is(err, keys.ErrErased) {
			closed++
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		raw, err := events.Open(rec, &key, schemas.Default())
		if err != nil {
			return nil, 0, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		k, ok, err := keptIn(rec, raw)
		if err != nil {
			return nil, 0, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if ok {
			list = append(list, k)
		}
	}
	return list, closed, nil
}

// Scrub implements ops.Ledger.
func (l *ledger) Scrub(ctx context.Context, remove bool, progress ops.Progress) (ops.Scrubbed, error) {
	r := ops.Scrubbed{Restored: []ops.AttachmentCopy{}, Lost: []ops.AttachmentCopy{}, Orphans: []ops.AttachmentTrace{}}
	list, closed, err := l.allKept(ctx, progress)
	if err != nil {
		return r, err
	}
	if remove && closed > 0 {
		return r, ops.Inputf("%s cannot be opened because the key is gone; which files they name is not known, so nothing is removed", plural(closed, "event"))
	}
	r.Attachments = len(list)
	store := l.blobStore()
	named := make(map[events.Hash]bool, len(list))
	for i := range list {
		k := &list[i]
		named[k.stored] = true
		var bad []ops.AttachmentCopy
		for _, which := range blobs.Copies {
			err := k.check(ctx, l, which)
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if err != nil {
				bad = append(bad, ops.AttachmentCopy{Case: k.chain, Seq: k.seq, Copy: which, Problem: err.Error()})
			}
		}
		if len(bad) != 1 {
			r.Lost = append(r.Lost, bad...)
			continue
		}
		if err := store.Restore(ctx, bad[0].Copy, k.stored); err != nil {
			return r, fmt.Errorf("event %d of case %s: make the copy in %s anew: %w", k.seq, k.chain, bad[0].Copy, storageError(err))
		}
		r.Restored = append(r.Restored, bad[0])
	}
	orphans, err := store.Orphans(ctx, named)
	if err != nil {
		return r, err
	}
	for _, o := range orphans {
		r.Orphans = append(r.Orphans, ops.AttachmentTrace(o))
		if remove {
			if err := store.Remove(ctx, o); err != nil {
				return r, err
			}
			r.Removed++
		}
	}
	return r, nil
}

// Inspect implements ops.Ledger.
func (l *ledger) Inspect(ctx context.Context, of ops.AttachmentOf) (ops.Inspection, error) {
	result := ops.Inspection{Case: of.Case, Seq: of.Seq, Tags: []ops.Tag{}, Limits: []string{}}
	in, _, err := l.openAttachment(ctx, of)
	if err != nil {
		return result, err
	}
	defer in.Close()
	self, err := os.Executable()
	if err != nil {
		return result, err
	}
	r, err := metadata.Run(ctx, in, self, "caseledger", metadataCommandName)
	if errors.Is(err, metadata.ErrGaveUp) {
		// Said, not refused: whether such a file goes out is for a person.
		result.Limits = append(result.Limits, "anything: "+metadata.ErrGaveUp.Error())
		return result, nil
	}
	if err != nil {
		return result, fmt.Errorf("event %d: %w", of.Seq, err)
	}
	result.Format = r.Format
	for _, t := range r.Tags {
		result.Tags = append(result.Tags, ops.Tag(t))
	}
	result.Limits = append(result.Limits, r.Limits...)
	return result, nil
}

// attachmentAudit gathers what an audit opens. It is safe for concurrent use.
type attachmentAudit struct {
	mu   sync.Mutex
	list []kept
}

func (a *attachmentAudit) opened(rec *events.Record, raw []byte) error {
	if !bytes.Contains(raw, []byte(`"type":"`+typeAttachment+`"`)) {
		return nil // most events, without taking them apart
	}
	k, ok, err := keptIn(rec, raw)
	if err != nil || !ok {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, k)
	return nil
}

// auditAttachments reads both copies of every attachment that the audit has
// seen. What no event names is no damage, and is counted.
func (l *ledger) auditAttachments(ctx context.Context, r *ops.Audit, files *attachmentAudit) error {
	check := audit.Check{Name: checkFile, OK: true, Checked: uint64(len(files.list))}
	slices.SortFunc(files.list, func(a, b kept) int {
		return cmp.Or(bytes.Compare(a.chain[:], b.chain[:]), cmp.Compare(a.seq, b.seq))
	})
	named := make(map[events.Hash]bool, len(files.list))
	for i := range files.list {
		k := &files.list[i]
		named[k.stored] = true
		for _, which := range blobs.Copies {
			err := k.check(ctx, l, which)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				continue
			}
			check.OK = false
			check.Findings++
			if len(r.Findings) < audit.MaxFindings {
				r.Findings = append(r.Findings, audit.Finding{Check: checkFile, Case: &k.chain, Seq: k.seq, Problem: "the copy in " + which + ": " + err.Error()})
			}
		}
	}
	r.Checks = append(r.Checks, check)
	orphans, err := l.blobStore().Orphans(ctx, named)
	if err != nil {
		return fmt.Errorf("list the attachments: %w", err)
	}
	r.Orphans = len(orphans)
	return nil
}
