package projections

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"caseledger/events"
)

// Rebuild makes everything that is derived anew from a source: the stream, or
// Own for the views alone. It fills the next space with sorted tables while
// the ledger runs on the current one, applies what was appended meanwhile, and
// swaps. Killed at any moment it leaves the current space as it was; the next
// Open removes what is left of the other.
//
// Archive and tree are written in stream order. Everything that is ordered by
// chain or id is collected in runs, sorted in memory and written as tables
// that Pebble merges in its own time. The views of a case are folded in
// memory, each processor taking its share of the chains, and spilled to the
// space when there are more than MaxStates.
//
// It refuses to take over less than there is, or another root than was signed
// or stood before: the error is a *ShortError or *ForkError. One at a time;
// progress, if not nil, is called now and then.
func (r *Runner) Rebuild(ctx context.Context, src Source, progress func(done, total uint64)) error {
	if err := r.rebuildFrom(ctx, src, progress); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return nil
}

func (r *Runner) rebuildFrom(ctx context.Context, src Source, report func(done, total uint64)) (err error) {
	r.rebuild.Lock()
	defer r.rebuild.Unlock()
	if r.ctx.Err() != nil {
		return events.ErrStopped
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)()
	st, err := src.State(ctx)
	if err != nil {
		return err
	}
	if st.Last < r.Position() {
		return &ShortError{Signed: r.Position(), Archive: r.Position(), Stream: st.Last}
	}
	b := &builder{r: r, f: r.folder(r.s.current().next()), report: report}
	b.progress.total = st.Last
	r.rebuilding.Store(&b.progress)
	defer r.rebuilding.Store(nil)
	defer func() {
		if err != nil {
			err = errors.Join(err, b.abandon())
		}
	}()
	if err := b.prepare(); err != nil {
		return err
	}
	if err := b.run(ctx, src); err != nil {
		return err
	}
	w, err := newWriter(r.s.db, b.f)
	if err != nil {
		return err
	}
	// Catch up with what was appended meanwhile, then once more with nothing
	// moving.
	if err := r.catchUp(ctx, w); err != nil {
		return err
	}
	return r.inLoop(ctx, func() error {
		if err := r.catchUp(ctx, w); err != nil {
			return err
		}
		if err := r.sameRoots(w); err != nil {
			return err
		}
		if err := r.carryExhibits(w.sp); err != nil {
			return err
		}
		if err := r.s.swap(w.sp); err != nil {
			return err
		}
		r.adopt(w)
		return nil
	})
}

// adopt makes w the loop's writer after a swap. A runner that could not start
// on the space that was replaced starts now.
func (r *Runner) adopt(w *writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w, r.stale = w, false
	if r.unstarted {
		r.unstarted, r.stopped = false, nil
	}
	r.next = w.pos.seq + 1
	r.durable.Store(w.pos.seq)
	// The source may have been ahead of the runner: what is queued may be in.
	for seq, q := range r.queue {
		if seq > w.pos.seq {
			continue
		}
		have, err := r.s.get(w.sp.appendArchive(nil, seq))
		if err == nil && !bytes.Equal(have, q.e.Bytes()) {
			err = errOther
		}
		delete(r.queue, seq)
		q.err = err
		close(q.done)
	}
	r.synced.Broadcast()
}

// catchUp applies to w what the archive has beyond it.
func (r *Runner) catchUp(ctx context.Context, w *writer) error {
	b := r.s.db.NewBatch()
	defer func() { _ = b.Close() }()
	flush := func() error {
		if b.Empty() {
			return nil
		}
		if err := w.close(ctx, b); err != nil {
			return err
		}
		if err := r.s.write(func() error { return r.s.db.Apply(b, pebble.NoSync) }); err != nil {
			return err
		}
		b.Reset()
		return nil
	}
	if r.Position() <= w.pos.seq {
		return nil
	}
	for e, err := range r.Archive(ctx, w.pos.seq+1) {
		if err == nil {
			err = w.add(ctx, b, &e, nil)
		}
		if err == nil && b.Len() > maxGroupBytes {
			err = flush()
		}
		if err != nil {
			return err
		}
	}
	return flush()
}

// sameRoots refuses a space that tells something else than the one it is to
// replace, or than was signed. A tree that cannot be read is no witness.
func (r *Runner) sameRoots(w *writer) error {
	root := func(sp space, size uint64) (events.Hash, error) {
		edge, err := loadFrontier(r.s.db, sp, size)
		if err != nil {
			return events.Hash{}, err
		}
		return edge.root()
	}
	check := func(size uint64, want events.Hash, signed bool) error {
		if size > w.pos.seq {
			return &ShortError{Signed: size, Archive: w.pos.seq, Stream: w.pos.seq}
		}
		have, err := root(w.sp, size)
		if err == nil && have != want {
			err = &ForkError{Size: size, Archive: have, Other: want, OtherIsSigned: signed}
		}
		return err
	}
	if size, want, ok := r.signedState(); ok {
		if err := check(size, want, true); err != nil {
			return err
		}
	}
	size := r.Position()
	want, err := root(r.s.current(), size)
	if errors.Is(err, events.ErrBroken) {
		return nil
	}
	if err != nil {
		return err
	}
	return check(size, want, false)
}

func (s *Store) current() space {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.space
}

// builder fills one space.
type builder struct {
	r        *Runner
	f        folder
	report   func(done, total uint64)
	progress progress
	tables   atomic.Uint64 // names given to tables
	shards   []*shard
	pos      position
	edge     frontier
	archive  tables
	tree     tables
}

// prepare makes the space and the directory for its tables empty.
func (b *builder) prepare() error {
	s := b.r.s
	if err := s.write(func() error { return s.clear(b.f.sp, b.f.sp+1) }); err != nil {
		return err
	}
	if err := s.fs.RemoveAll(s.ingestDir()); err != nil {
		return err
	}
	return s.fs.MkdirAll(s.ingestDir(), 0o700)
}

// abandon removes what a failed rebuild wrote. What it cannot remove, the next
// Open does.
func (b *builder) abandon() error {
	s := b.r.s
	b.archive.abort()
	b.tree.abort()
	for _, sh := range b.shards {
		sh.out.abort()
	}
	if s.current() == b.f.sp || s.broken.Load() {
		return nil
	}
	return errors.Join(b.prepare(), s.fs.RemoveAll(s.ingestDir()))
}

// chunk is what moves between the goroutines of a rebuild at a time.
const chunk = 256

// stored is a chunk that is in archive and tree. Every shard gets all of them
// and takes what falls to it.
type stored struct {
	entries []events.Entry
	hashes  []events.Hash
}

// run reads the source once: one goroutine reads, one writes archive and tree,
// and each shard folds the chains that fall to it.
func (b *builder) run(ctx context.Context, src Source) error {
	g, ctx := errgroup.WithContext(ctx)
	n := max(2, runtime.GOMAXPROCS(0))
	b.shards = make([]*shard, n)
	for i := range b.shards {
		b.shards[i] = newShard(b, i, n)
	}
	b.archive = tables{b: b}
	b.tree = tables{b: b}
	read := make(chan []events.Entry, 4)
	g.Go(func() error {
		defer close(read)
		return b.read(ctx, src, read)
	})
	queues := make([]chan stored, n)
	for i := range queues {
		queues[i] = make(chan stored, 8)
		g.Go(func() error {
			for done := range queues[i] {
				if err := b.shards[i].take(ctx, done); err != nil {
					return err
				}
			}
			return b.shards[i].close(ctx)
		})
	}
	g.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		for entries := range read {
			done, err := b.store(entries)
			if err != nil {
				return err
			}
			for _, q := range queues {
				select {
				case q <- done:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			b.progress.done.Add(uint64(len(entries)))
			if b.report != nil {
				b.report(b.progress.done.Load(), b.progress.total)
			}
		}
		return ctx.Err()
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if b.pos.seq != b.progress.total {
		return &HoleError{Where: "source", From: b.pos.seq + 1, To: b.progress.total}
	}
	return b.install(context.WithoutCancel(ctx))
}

// read passes the source on in chunks, up to total.
func (b *builder) read(ctx context.Context, src Source, out chan<- []events.Entry) error {
	next := uint64(1)
	entries := make([]events.Entry, 0, chunk)
	send := func() error {
		select {
		case out <- entries:
			entries = make([]events.Entry, 0, chunk)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for e, err := range src.Replay(ctx, 1) {
		if err != nil {
			return err
		}
		if next > b.progress.total {
			break
		}
		if e.Seq != next {
			return &HoleError{Where: "source", From: next, To: max(next, e.Seq-1)}
		}
		next++
		if entries = append(entries, e); len(entries) == chunk {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(entries) > 0 {
		return send()
	}
	return nil
}

// store writes archive and tree, which are in stream order by themselves.
func (b *builder) store(entries []events.Entry) (stored, error) {
	done := stored{entries, make([]events.Hash, len(entries))}
	var key [10]byte
	for i := range entries {
		e := &entries[i]
		if err := b.archive.put(b.f.sp.appendArchive(key[:0], e.Seq), e.Bytes()); err != nil {
			return stored{}, err
		}
		hash := e.Hash()
		done.hashes[i] = hash
		index, hashes, err := b.edge.add(hash)
		if err != nil {
			return stored{}, err
		}
		for i := range hashes {
			if err := b.tree.put(b.f.sp.appendTree(key[:0], index+uint64(i)), hashes[i][:]); err != nil {
				return stored{}, err
			}
		}
		b.pos.seq, b.pos.hash = e.Seq, hash
		if e.Void {
			if b.pos.voids++; b.pos.voids == 1 {
				b.pos.void = e.Seq
			}
		}
	}
	return done, nil
}

// install hands all tables to Pebble and notes where the space stands.
func (b *builder) install(ctx context.Context) error {
	s := b.r.s
	groups := make([][]string, 0, 8)
	for _, t := range []*tables{&b.archive, &b.tree} {
		if err := t.finish(); err != nil {
			return err
		}
		groups = append(groups, t.files)
	}
	for _, sh := range b.shards {
		groups = append(groups, sh.runs...)
	}
	return s.write(func() error {
		for _, files := range groups {
			if len(files) == 0 {
				continue
			}
			if err := s.db.Ingest(ctx, files); err != nil {
				return err
			}
		}
		batch := s.db.NewBatch()
		defer batch.Close()
		h := b.r.header()
		if err := errors.Join(
			batch.Set(b.f.sp.kind(kindPosition), b.pos.append(nil), nil),
			batch.Set(b.f.sp.kind(kindHeader), h.append(nil), nil),
		); err != nil {
			return err
		}
		return s.db.Apply(batch, pebble.Sync)
	})
}

// shard folds the chains that fall to it and collects what they give.
type shard struct {
	b         *builder
	index, of int // which of how many
	folder    folder
	maxStates int
	maxRun    int
	cases     map[events.Chain]*caseEntry
	spilled   bool // some chains are in the space and not in cases

	arena []byte // keys and values of the run being collected
	items []item
	out   tables
	runs  [][]string // tables of the finished runs
}

// item is a key and value in the arena.
type item struct {
	prefix     uint64 // of the key behind its space: most comparisons end here
	at         uint32
	key, value uint32
}

func newShard(b *builder, i, n int) *shard {
	return &shard{
		b: b, index: i, of: n, folder: b.f, maxStates: max(1, b.r.o.MaxStates/n), maxRun: b.r.o.MaxRun / n,
		cases: make(map[events.Chain]*caseEntry), out: tables{b: b},
	}
}

func (s *shard) take(ctx context.Context, entries stored) error {
	for i := range entries.entries {
		e := &entries.entries[i]
		chain := e.Record.Link.Chain
		if e.Void || int(chain[0])%s.of != s.index {
			continue
		}
		c := s.cases[chain]
		if c == nil {
			if len(s.cases) >= s.maxStates {
				if err := s.spill(ctx); err != nil {
					return err
				}
			}
			c = &caseEntry{chain: chain}
			if s.spilled {
				var err error
				if c, err = s.folder.load(ctx, s.b.r.s.db, chain); err != nil {
					return err
				}
			}
			s.cases[chain] = c
		}
		if err := s.folder.link(c, e.Seq, &e.Record, entries.hashes[i]); err != nil {
			return err
		}
		if err := s.folder.indexes(c, e, s); err != nil {
			return err
		}
		if err := s.folder.fold(ctx, c, &e.Record, nil, s); err != nil {
			return err
		}
	}
	return nil
}

// spill writes all states to the space, sealed as ever, and forgets them.
func (s *shard) spill(ctx context.Context) error {
	store := s.b.r.s
	batch := store.db.NewBatch()
	defer func() { _ = batch.Close() }()
	flush := func() error {
		err := store.write(func() error { return store.db.Apply(batch, pebble.NoSync) })
		batch.Reset()
		return err
	}
	for _, c := range s.cases {
		if err := s.folder.finish(ctx, c, batchSink{batch}); err != nil {
			return err
		}
		if batch.Len() > maxGroupBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	clear(s.cases)
	s.spilled = true
	return flush()
}

// close finishes every chain and the last run.
func (s *shard) close(ctx context.Context) error {
	if s.spilled {
		// What is in the space already may have to be removed there.
		if err := s.spill(ctx); err != nil {
			return err
		}
	}
	for _, c := range s.cases {
		if err := s.folder.finish(ctx, c, s); err != nil {
			return err
		}
	}
	clear(s.cases)
	return s.endRun()
}

// put collects a key and value.
func (s *shard) put(key, value []byte) error {
	if len(s.arena)+len(key)+len(value) > s.maxRun && len(s.items) > 0 {
		if err := s.endRun(); err != nil {
			return err
		}
	}
	if s.arena == nil {
		s.arena = make([]byte, 0, s.maxRun+len(key)+len(value))
	}
	var prefix [8]byte
	copy(prefix[:], key[1:])
	s.items = append(s.items, item{
		prefix: binary.BigEndian.Uint64(prefix[:]),
		at:     uint32(len(s.arena)), key: uint32(len(key)), value: uint32(len(value)),
	})
	s.arena = append(append(s.arena, key...), value...)
	return nil
}

// remove is never needed: what a chain has one of is put at its end, and what
// was spilled before is removed where it is.
func (s *shard) remove([]byte) error {
	return errors.New("a rebuild removes nothing from a run")
}

func (s *shard) keyOf(i *item) []byte { return s.arena[i.at : i.at+i.key] }

// endRun sorts what was collected and writes it as tables.
func (s *shard) endRun() error {
	slices.SortFunc(s.items, func(a, b item) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := bytes.Compare(s.keyOf(&a), s.keyOf(&b)); c != 0 {
			return c
		}
		return cmp.Compare(a.at, b.at)
	})
	for i := range s.items {
		it := &s.items[i]
		if i+1 < len(s.items) {
			if next := &s.items[i+1]; it.prefix == next.prefix && bytes.Equal(s.keyOf(it), s.keyOf(next)) {
				continue // the later one holds
			}
		}
		end := it.at + it.key
		if err := s.out.put(s.arena[it.at:end], s.arena[end:end+it.value]); err != nil {
			return err
		}
	}
	if err := s.out.finish(); err != nil {
		return err
	}
	if len(s.out.files) > 0 {
		s.runs = append(s.runs, s.out.files)
	}
	s.out = tables{b: s.b}
	s.items, s.arena = s.items[:0], s.arena[:0]
	return nil
}

// tables writes ascending keys into sorted tables.
type tables struct {
	b     *builder
	files []string
	w     *sstable.Writer
	kind  byte
	size  int
}

// maxTable is the size at which a table ends, in bytes of keys and values.
const maxTable = 64 << 20

func (t *tables) put(key, value []byte) error {
	if t.w != nil && (t.size > maxTable || t.kind != key[1]) {
		// A table of one kind spans a narrow range: Pebble can place it deep.
		if err := t.finish(); err != nil {
			return err
		}
	}
	if t.w == nil {
		s := t.b.r.s
		name := s.fs.PathJoin(s.ingestDir(), fmt.Sprintf("%06d.sst", t.b.tables.Add(1)))
		f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		t.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.opts.MakeWriterOptions(6, s.db.TableFormat()))
		t.files, t.kind, t.size = append(t.files, name), key[1], 0
	}
	t.size += len(key) + len(value)
	return t.w.Set(key, value)
}

// finish ends the table being written and syncs it.
func (t *tables) finish() error {
	if t.w == nil {
		return nil
	}
	err := t.w.Close()
	t.w = nil
	return err
}

// abort drops the table being written.
func (t *tables) abort() {
	if t.w != nil {
		_ = t.w.Close() // the file is removed with its directory
		t.w = nil
	}
}
