package projections

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"caseledger/events"
)

// header says which code, which vocabulary and which index key wrote the views
// of a space.
type header struct {
	version byte       // of state, row and terms together
	index   adviserTag // of key and vocabulary
	origin  string
}

// viewsVersion tells stores apart whose views mean something else: they are
// folded again.
const viewsVersion = stateVersion<<5 | rowVersion<<2 | termsVersion

func (h *header) append(b []byte) []byte {
	b = append(b, h.version)
	b = append(b, h.index[:]...)
	return append(b, h.origin...)
}

func decodeHeader(v []byte) (header, error) {
	var h header
	if len(v) < 1+len(h.index) {
		return h, errValue
	}
	h.version = v[0]
	h.origin = string(v[1+copy(h.index[:], v[1:]):])
	return h, nil
}

// sink takes the values that folds make. It keeps neither key nor value.
type sink interface {
	put(key, value []byte) error
	remove(key []byte) error
}

// batchSink puts values into a Pebble batch.
type batchSink struct{ b *pebble.Batch }

func (s batchSink) put(key, value []byte) error { return s.b.Set(key, value, nil) }
func (s batchSink) remove(key []byte) error     { return s.b.Delete(key, nil) }

// folder folds events into values. The incremental writer and every shard of
// a rebuild has one. It sees each chain in its order and nothing else.
type folder struct {
	seal   *sealer
	index  events.Key
	origin string
	sp     space

	key, plain, sealed, body []byte // scratch
	brief                    briefing

	// What was put before need not be put again: every folder keeps its own,
	// and one whose values were not stored is not used again.
	noted map[string]struct{}   // keys of exhibit references
	tags  map[string]exhibitTag // by initials
}

// caseEntry is what is known of a chain while its events are folded.
type caseEntry struct {
	chain  events.Chain
	head   Head
	mode   caseMode
	state  *state // as far as it was folded; nil unless read or live
	listed string // the adviser under whom the store lists the case
	dirty  bool   // changed since it was last put into a sink

	terms []termTag // under which the case is found, ascending
	filed []termTag // under which the store has it

	dialled string // the number of a contact or an attempt that was learned last

	keyGen uint64 // the generation of key and sub; 0 until they are needed
	key    events.Key
	sub    subkey
}

type caseMode uint8

const (
	modeNone   caseMode = iota // nothing folded yet, or not a case
	modeLive                   // state holds
	modeGone                   // its key no longer exists
	modeFailed                 // a fold failed; state does not hold
)

// link checks that a record, whose hash is given, follows in its chain and
// moves the head on.
func (f *folder) link(c *caseEntry, stream uint64, r *events.Record, hash events.Hash) error {
	tip, err := events.Tip{Seq: c.head.Seq, Hash: c.head.Hash}.Follow(&r.Link, hash, f.origin, r.Link.Chain)
	if err != nil {
		return err
	}
	c.head.Seq, c.head.Hash, c.head.StreamSeq = tip.Seq, tip.Hash, stream
	if !r.Detail.Key.Service {
		c.head.KeyGen = max(c.head.KeyGen, r.Detail.Key.Gen)
	}
	return nil
}

// fold takes a linked record into the views of its case. The body may be nil;
// the record is opened then. What goes wrong with a view is recorded and not
// returned: an error means that the values could not be made or stored.
func (f *folder) fold(ctx context.Context, c *caseEntry, r *events.Record, body []byte, to sink) error {
	if c.head.KeyGen == 0 || c.mode == modeGone {
		return nil // the service's own chain, or an erased case
	}
	seq := r.Link.Seq
	err := f.unlock(ctx, c)
	switch {
	case errors.Is(err, errGone):
		c.mode, c.state = modeGone, nil
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return f.fail(c, seq, err, to, viewCase, viewTimeline)
	}
	if body == nil {
		body, err = f.unseal(ctx, c, r)
		switch {
		case errors.Is(err, events.ErrNotFound):
			return nil // this one event was erased
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return f.fail(c, seq, err, to, viewCase, viewTimeline)
		}
	}
	// The views are folded from what its row keeps of a body: no fold wants its
	// words.
	if err = f.brief.write(c.head.StreamSeq, &r.Detail, body); err != nil {
		return f.fail(c, seq, err, to, viewCase, viewTimeline)
	}
	ev, fs, err := extract(r, f.brief.short, f.brief.in)
	if err != nil {
		return f.fail(c, seq, err, to, viewCase, viewTimeline)
	}
	if c.mode == modeNone {
		c.mode, c.state = modeLive, &state{}
	}
	if c.mode == modeLive {
		if err := c.state.tryFold(&ev, &fs); err != nil {
			if err := f.fail(c, seq, err, to, viewCase); err != nil {
				return err
			}
		}
	}
	f.learn(c, &ev, &fs)
	if err := f.note(&fs, to); err != nil {
		return err
	}
	f.key = f.sp.appendAt(f.key[:0], kindTimeline, c.chain, seq)
	return f.putSealed(c, f.brief.plain, to)
}

// putSealed seals plain for f.key and puts it.
func (f *folder) putSealed(c *caseEntry, plain []byte, to sink) (err error) {
	if f.sealed, err = f.seal.seal(f.sealed[:0], &c.sub, c.keyGen, f.key, plain); err != nil {
		return err
	}
	return to.put(f.key, f.sealed)
}

// unlock makes the newest key of a case ready in its entry.
func (f *folder) unlock(ctx context.Context, c *caseEntry) error {
	if c.keyGen == c.head.KeyGen {
		return nil
	}
	key, sub, err := f.seal.derive(ctx, events.CaseKey(c.chain, c.head.KeyGen))
	if err != nil {
		return err
	}
	c.key, c.sub, c.keyGen = key, sub, c.head.KeyGen
	return nil
}

// unseal opens a record of an unlocked case. The body holds until the next call.
func (f *folder) unseal(ctx context.Context, c *caseEntry, r *events.Record) (body []byte, err error) {
	key := &c.key
	if r.Detail.Key != events.CaseKey(c.chain, c.keyGen) {
		other, err := f.seal.keys.Key(ctx, r.Detail.Key)
		if err != nil {
			return nil, err
		}
		key = &other
	}
	body, f.body, err = events.UnsealInto(f.body, r, key)
	return body, err
}

// fail records that views of a case cannot be served, from this event on.
func (f *folder) fail(c *caseEntry, seq uint64, cause error, to sink, views ...view) error {
	for _, v := range views {
		f.key = append(f.sp.appendOf(f.key[:0], kindFailed, c.chain), byte(v))
		f.key = binary.BigEndian.AppendUint64(f.key, seq)
		if err := to.put(f.key, []byte(rule(cause))); err != nil {
			return err
		}
		if v == viewCase {
			c.mode = modeFailed
			continue
		}
		f.key = f.sp.appendAt(f.key[:0], kindTimeline, c.chain, seq)
		if err := to.put(f.key, []byte{unfolded}); err != nil {
			return err
		}
	}
	return nil
}

// finish puts what there is one of in a chain: head, state, adviser's listing.
func (f *folder) finish(ctx context.Context, c *caseEntry, to sink) error {
	c.dirty = false
	f.key = f.sp.appendOf(f.key[:0], kindHead, c.chain)
	f.plain = c.head.append(f.plain[:0])
	if err := to.put(f.key, f.plain); err != nil {
		return err
	}
	if err := f.file(c, to); err != nil {
		return err
	}
	f.key = f.sp.appendOf(f.key[:0], kindCase, c.chain)
	adviser := c.listed
	var err error
	switch c.mode {
	case modeNone:
		return nil
	case modeGone:
		adviser = ""
		err = to.put(f.key, []byte{gone})
	case modeFailed:
		// Still listed under its adviser: it must not vanish from a list.
		if c.state != nil {
			adviser = c.state.adviser
		}
		err = to.put(f.key, []byte{unfolded})
	case modeLive:
		adviser = c.state.adviser
		if err := f.unlock(ctx, c); err != nil {
			return err
		}
		f.plain = c.state.append(f.plain[:0])
		err = f.putSealed(c, f.plain, to)
	}
	if err != nil || adviser == c.listed {
		return err
	}
	if c.listed != "" {
		if err := to.remove(f.listing(c)); err != nil {
			return err
		}
	}
	if c.listed = adviser; adviser != "" {
		return to.put(f.listing(c), nil)
	}
	return nil
}

func (f *folder) listing(c *caseEntry) []byte {
	f.key = append(f.sp.appendAdviser(f.key[:0], tag(&f.index, c.listed)), c.chain[:]...)
	return f.key
}

// load reads what a space holds of a chain; a new one has nothing.
func (f *folder) load(ctx context.Context, db pebble.Reader, chain events.Chain) (*caseEntry, error) {
	c := &caseEntry{chain: chain}
	f.key = f.sp.appendOf(f.key[:0], kindHead, chain)
	v, err := read(db, f.key)
	if errors.Is(err, events.ErrNotFound) {
		return c, nil
	}
	if err == nil {
		c.head, err = decodeHead(v)
	}
	if err != nil {
		return nil, fmt.Errorf("head of case %s: %w", chain, err)
	}
	if c.filed, err = f.loadTerms(db, chain); err != nil {
		return nil, fmt.Errorf("search terms of case %s: %w", chain, err)
	}
	c.terms = slices.Clone(c.filed)
	f.key = f.sp.appendOf(f.key[:0], kindCase, chain)
	v, err = read(db, f.key)
	if errors.Is(err, events.ErrNotFound) {
		return c, nil
	}
	var plain []byte
	if err == nil {
		plain, err = f.seal.open(ctx, chain, f.key, v)
	}
	if err == nil {
		c.state, err = decodeState(plain)
	}
	switch {
	case err == nil:
		c.mode, c.listed = modeLive, c.state.adviser
	case errors.Is(err, errGone):
		c.mode = modeGone
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		c.mode = modeFailed // and stays so until it is folded from its start
	}
	return c, nil
}

// maxCases bounds the entries a writer keeps between batches, under a
// kilobyte each.
const maxCases = 1 << 14

// writer turns entries into Pebble batches, one after the other.
type writer struct {
	folder
	db    *pebble.DB
	pos   position
	edge  frontier
	cases map[events.Chain]*caseEntry
	dirty []*caseEntry
}

// newWriter continues a space where it stands.
func newWriter(db *pebble.DB, f folder) (*writer, error) {
	w := &writer{folder: f, db: db, cases: make(map[events.Chain]*caseEntry)}
	v, err := read(db, f.sp.kind(kindPosition))
	switch {
	case errors.Is(err, events.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("position: %w", err)
	default:
		if w.pos, err = decodePosition(v); err != nil {
			return nil, fmt.Errorf("position: %w", err)
		}
	}
	if w.edge, err = loadFrontier(db, f.sp, w.pos.seq); err != nil {
		return nil, err
	}
	return w, nil
}

// add puts the next entry into b: archive, tree, indexes and rows. A *LinkError
// or *HoleError leaves b and the writer as they were; after any other error
// neither can be used.
func (w *writer) add(ctx context.Context, b *pebble.Batch, e *events.Entry, body []byte) error {
	if e.Seq != w.pos.seq+1 {
		return &HoleError{Where: "stream", From: w.pos.seq + 1, To: e.Seq - 1}
	}
	to := batchSink{b}
	hash := e.Hash()
	var c *caseEntry
	if !e.Void {
		var err error
		if c, err = w.entry(ctx, e.Record.Link.Chain); err != nil {
			return err
		}
		if err = w.link(c, e.Seq, &e.Record, hash); err != nil {
			return err
		}
		if !c.dirty {
			c.dirty = true
			w.dirty = append(w.dirty, c)
		}
	}
	w.key = w.sp.appendArchive(w.key[:0], e.Seq)
	if err := to.put(w.key, e.Bytes()); err != nil {
		return err
	}
	index, hashes, err := w.edge.add(hash)
	if err != nil {
		return err
	}
	for i := range hashes {
		w.key = w.sp.appendTree(w.key[:0], index+uint64(i))
		if err := to.put(w.key, hashes[i][:]); err != nil {
			return err
		}
	}
	w.pos.seq, w.pos.hash = e.Seq, hash
	if e.Void {
		if w.pos.voids++; w.pos.voids == 1 {
			w.pos.void = e.Seq
		}
		return nil
	}
	if err := w.indexes(c, e, to); err != nil {
		return err
	}
	return w.fold(ctx, c, &e.Record, body, to)
}

// indexes puts the two indexes of one event.
func (f *folder) indexes(c *caseEntry, e *events.Entry, to sink) error {
	var stream [8]byte
	binary.BigEndian.PutUint64(stream[:], e.Seq)
	f.key = f.sp.appendID(f.key[:0], e.Record.Detail.ID)
	if err := to.put(f.key, stream[:]); err != nil {
		return err
	}
	f.key = f.sp.appendAt(f.key[:0], kindChain, c.chain, e.Record.Link.Seq)
	return to.put(f.key, stream[:])
}

// close puts what the batch's entries changed once each, and the position.
func (w *writer) close(ctx context.Context, b *pebble.Batch) error {
	to := batchSink{b}
	for _, c := range w.dirty {
		if err := w.finish(ctx, c, to); err != nil {
			return err
		}
	}
	w.dirty = w.dirty[:0]
	return to.put(w.sp.kind(kindPosition), w.pos.append(nil))
}

// entry returns what is known of a chain. Entries that are not part of the
// batch being built may be dropped: the store has them.
func (w *writer) entry(ctx context.Context, chain events.Chain) (*caseEntry, error) {
	if c := w.cases[chain]; c != nil {
		return c, nil
	}
	c, err := w.load(ctx, w.db, chain)
	if err != nil {
		return nil, err
	}
	if len(w.cases) >= maxCases && len(w.dirty) == 0 {
		for old := range w.cases {
			if delete(w.cases, old); len(w.cases) <= maxCases/2 {
				break
			}
		}
	}
	w.cases[chain] = c
	return c, nil
}
