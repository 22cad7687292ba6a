package projections

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"caseledger/events"
	"caseledger/internal/policy"
)

const (
	// maxGroup and maxGroupBytes bound one batch: a group that is too large
	// would make its first caller wait for its last.
	maxGroup      = 1024
	maxGroupBytes = 8 << 20

	// inFlight is how many batches may stand between write and sync: one that
	// the disk is working on and one that is ready when it is done. What
	// arrives meanwhile becomes the next group.
	inFlight = 2
)

// RunnerOptions configure a runner.
type RunnerOptions struct {
	// IndexKey is the secret under which advisers stand in keys. It must not
	// change with the newest service key: derive it from the first. Views
	// written under another are folded again.
	IndexKey events.Key
	// Figures are those of local practice in force at a time, as far as they
	// were recorded by then; nil: the defaults. A list asks for them once.
	Figures func(ctx context.Context, at time.Time) (*policy.Set, error)
	Now     func() time.Time // nil: time.Now
	Rand    io.Reader        // nil: crypto/rand.Reader; read by one goroutine at a time
	Logger  *slog.Logger     // nil discards
	// MaxStates is how many cases a rebuild keeps in memory before it spills
	// them, shared out among the processors. 0 is 131,072, some 260 MB.
	MaxStates int
	// MaxRun is how many bytes of values a rebuild collects before it sorts
	// them and writes tables. 0 is 96 MiB; a third more is spent on sorting.
	MaxRun int
}

// Runner applies events to a store and reads its views. It is the only writer
// of the store's spaces; there is one for a store. It is safe for concurrent
// use.
type Runner struct {
	s      *Store
	o      RunnerOptions
	origin string
	seal   *sealer

	overview overview

	mu      sync.Mutex
	queue   map[uint64]*request // by stream sequence, not yet taken
	next    uint64              // the sequence to take next
	stopped error
	closed  bool

	wake    chan struct{} // something to do
	jobs    chan func()
	quit    chan struct{}
	done    sync.WaitGroup
	durable atomic.Uint64
	synced  sync.Cond // on mu: durable or stopped changed

	ctx    context.Context // of the loop: ends with Close
	cancel context.CancelFunc

	w         *writer // the loop's own
	stale     bool    // the views were written by other code or under another key
	unstarted bool    // on mu: stopped because start failed

	rebuild    sync.Mutex // one at a time
	rebuilding atomic.Pointer[progress]
	signed     func() (uint64, events.Hash, bool) // as given to Recover
}

// request is an entry to apply. err may be read once done is closed.
type request struct {
	e    *events.Entry
	body []byte
	done chan struct{}
	err  error
}

// NewRunner returns the runner of a store, standing where the store stands.
// What prevents it is returned by Recover, which must come before the first
// Apply, and by every Apply.
func NewRunner(s *Store, k Keys, origin string, o RunnerOptions) *Runner {
	if o.Figures == nil {
		o.Figures = func(context.Context, time.Time) (*policy.Set, error) { return policy.Default(), nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.MaxStates = cmp.Or(o.MaxStates, 1<<17)
	o.MaxRun = cmp.Or(o.MaxRun, 96<<20)
	r := &Runner{
		s: s, o: o, origin: origin, seal: newSealer(k, o.Rand),
		queue: make(map[uint64]*request),
		wake:  make(chan struct{}, 1),
		jobs:  make(chan func()),
		quit:  make(chan struct{}),
	}
	r.synced.L = &r.mu
	r.ctx, r.cancel = context.WithCancel(context.Background())
	if err := r.start(); err != nil {
		r.unstarted = true
		r.stop(fmt.Errorf("start: %w", err))
	}
	r.done.Go(r.loop)
	return r
}

func (r *Runner) figures(ctx context.Context, at time.Time) (*policy.Set, error) {
	p, err := r.o.Figures(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("figures of local practice: %w", err)
	}
	return p, nil
}

// folder returns what folds into a space.
func (r *Runner) folder(sp space) folder {
	return folder{seal: r.seal, index: r.o.IndexKey, origin: r.origin, sp: sp}
}

func (r *Runner) header() header {
	return header{version: viewsVersion, index: tag(&r.o.IndexKey, vocabulary.digest), origin: r.origin}
}

// start reads where the store stands: a few dozen keys, however large it is.
func (r *Runner) start() error {
	sp := r.s.space
	want := r.header()
	v, err := r.s.get(sp.kind(kindHeader))
	if errors.Is(err, events.ErrNotFound) {
		v, err = want.append(nil), nil
		err = r.s.write(func() error { return r.s.db.Set(sp.kind(kindHeader), v, pebble.Sync) })
	}
	if err != nil {
		return err
	}
	have, err := decodeHeader(v)
	if err != nil {
		return err
	}
	if have.origin != r.origin {
		return fmt.Errorf("the store belongs to %s, not to %s: %w", have.origin, r.origin, events.ErrInvalid)
	}
	r.stale = have != want
	if r.w, err = newWriter(r.s.db, r.folder(sp)); err != nil {
		return err
	}
	r.next = r.w.pos.seq + 1
	r.durable.Store(r.w.pos.seq)
	return nil
}

// Close lets what was taken become durable, refuses what is still queued, ends
// a rebuild and stops the runner. The store stays open.
func (r *Runner) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	close(r.quit)
	r.done.Wait()
	r.cancel()
	r.stop(fmt.Errorf("closed: %w", events.ErrStopped))
	r.rebuild.Lock() // it has removed what it left
	defer r.rebuild.Unlock()
	return nil
}

// stop makes the runner refuse everything from now on.
func (r *Runner) stop(cause error) {
	if !errors.Is(cause, events.ErrStopped) {
		cause = fmt.Errorf("%w: %w", events.ErrStopped, cause)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil {
		r.stopped = cause
		if !r.closed {
			r.o.Logger.Error("runner stopped", "position", r.durable.Load(), "error", cause)
		}
	}
	for seq, q := range r.queue {
		delete(r.queue, seq)
		q.err = r.stopped
		close(q.done)
	}
	r.synced.Broadcast()
}

// Position returns how many messages are durable here: the size of the tree.
func (r *Runner) Position() uint64 { return r.durable.Load() }

// await waits until a message that is already readable is durable as well, so
// that nothing is answered from it before.
func (r *Runner) await(stream uint64) error {
	if stream <= r.durable.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for stream > r.durable.Load() {
		if stream >= r.next {
			return events.ErrNotFound
		}
		if r.stopped != nil {
			return r.stopped
		}
		r.synced.Wait()
	}
	return nil
}

// Apply makes a message part of the archive, the tree and the views, and
// returns when it is durable. It may be called concurrently and in any order:
// entries are applied in stream order, all that is queued in one synced batch.
// body is the record's opened body if the caller has it. Both must not change
// until the entry is applied. A message that is applied already is success.
//
// When ctx ends first its error is returned; the entry stays queued. Other
// errors wrap events.ErrBroken when the record does not follow in its chain or
// another message stands at its sequence, and events.ErrStopped (also in the
// first case) when nothing more is applied: whether the entry was stored is
// found out by Recover after the store was opened again.
func (r *Runner) Apply(ctx context.Context, e *events.Entry, body []byte) error {
	q, err := r.enqueue(e, body)
	if err != nil {
		return fmt.Errorf("apply message %d: %w", e.Seq, err)
	}
	select {
	case <-q.done:
		err = q.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("apply message %d: %w", e.Seq, err)
	}
	return nil
}

// enqueue puts an entry where the loop finds it. The returned request is the
// one to wait for; it may be an earlier call's.
func (r *Runner) enqueue(e *events.Entry, body []byte) (*request, error) {
	if e.Seq == 0 {
		return nil, fmt.Errorf("stream sequences begin at 1: %w", events.ErrInvalid)
	}
	r.mu.Lock()
	if r.stopped != nil {
		defer r.mu.Unlock()
		return nil, r.stopped
	}
	if e.Seq < r.next {
		r.mu.Unlock()
		return r.applied(e)
	}
	defer r.mu.Unlock()
	if q := r.queue[e.Seq]; q != nil {
		if !bytes.Equal(q.e.Bytes(), e.Bytes()) {
			return nil, errOther
		}
		return q, nil
	}
	q := &request{e: e, body: body, done: make(chan struct{})}
	r.queue[e.Seq] = q
	if e.Seq == r.next {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	return q, nil
}

var errOther = fmt.Errorf("another message stands at this sequence: %w", events.ErrBroken)

// applied answers for an entry that was taken before.
func (r *Runner) applied(e *events.Entry) (*request, error) {
	have, err := r.Entry(e.Seq)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(have.Payload, e.Bytes()) {
		return nil, errOther
	}
	q := &request{done: make(chan struct{})}
	close(q.done)
	return q, nil
}

// take removes from the queue what follows without a gap, up to one batch.
func (r *Runner) take() []*request {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	var group []*request
	for size := 0; len(group) < maxGroup && size < maxGroupBytes; {
		q := r.queue[r.next]
		if q == nil {
			break
		}
		delete(r.queue, r.next)
		r.next++
		group = append(group, q)
		size += len(q.e.Payload) + len(q.e.Record.Sealed)
	}
	return group
}

// flight is a batch on its way to the disk.
type flight struct {
	b     *pebble.Batch
	group []*request
	last  uint64
}

// loop is the one goroutine that builds batches. A second waits for their
// syncs, so that one is built while another is on its way.
func (r *Runner) loop() {
	flights := make(chan flight, inFlight)
	slots := make(chan struct{}, inFlight)
	var syncs sync.WaitGroup
	syncs.Go(func() {
		for f := range flights {
			r.land(f)
			<-slots
		}
	})
	defer syncs.Wait()
	defer close(flights)
	work := func(job func()) { // with nothing on its way
		for range inFlight {
			slots <- struct{}{}
		}
		job()
		for range inFlight {
			<-slots
		}
	}
	for {
		slots <- struct{}{}
		if group := r.take(); len(group) > 0 {
			if f, ok := r.build(group); ok {
				flights <- f
			} else {
				<-slots
			}
			select {
			case job := <-r.jobs:
				work(job)
			default:
			}
			continue
		}
		<-slots
		select {
		case <-r.wake:
		case job := <-r.jobs:
			work(job)
		case <-r.quit:
			return
		}
	}
}

// build writes a group. It takes care of the group itself unless it returns
// true: then the batch only lacks its sync.
func (r *Runner) build(group []*request) (flight, bool) {
	var failed error
	b := r.s.db.NewBatch()
	n := 0
	err := guard(func() error {
		for ; n < len(group); n++ {
			if err := r.w.add(r.ctx, b, group[n].e, group[n].body); err != nil {
				if link := (*events.LinkError)(nil); errors.As(err, &link) {
					failed = err // what stands before it is sound
					break
				}
				return err
			}
		}
		if n == 0 {
			return nil
		}
		return r.w.close(r.ctx, b)
	})
	if err == nil && n > 0 {
		err = r.s.write(func() error { return r.s.db.ApplyNoSyncWait(b, pebble.Sync) })
	}
	switch {
	case err != nil:
		r.stop(err)
		r.refuse(group)
		return flight{}, false
	case failed != nil:
		r.stop(failed)
		r.refuse(group[n:])
	}
	if n == 0 {
		return flight{}, false
	}
	return flight{b: b, group: group[:n], last: group[n-1].e.Seq}, true
}

// land waits until a batch is durable and answers its callers.
func (r *Runner) land(f flight) {
	err := f.b.SyncWait()
	if err != nil {
		r.s.failed.Store(true)
		r.stop(fmt.Errorf("write-ahead log: %w", err))
		r.refuse(f.group)
		return
	}
	_ = f.b.Close() // only returns the batch's memory
	r.mu.Lock()
	// A sync that succeeds after one that failed promises nothing: the earlier
	// batch is a hole in front of this one.
	if r.stopped == nil || f.last == r.durable.Load()+uint64(len(f.group)) {
		r.durable.Store(f.last)
	} else {
		err = r.stopped
	}
	r.synced.Broadcast()
	r.mu.Unlock()
	for _, q := range f.group {
		q.err = err
		close(q.done)
	}
}

// refuse answers callers after a stop.
func (r *Runner) refuse(group []*request) {
	r.mu.Lock()
	err := r.stopped
	r.mu.Unlock()
	for _, q := range group {
		q.err = err
		close(q.done)
	}
}

// inLoop runs f in the loop, with no batch being built or on its way. There f
// may use and replace r.w.
func (r *Runner) inLoop(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	select {
	case r.jobs <- func() { done <- f() }:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	case <-r.quit:
		return events.ErrStopped
	}
}

// Status is what an operator needs to know of the read side.
type Status struct {
	Position  uint64 `json:"position"` // messages durable: the size of the tree
	Queued    int    `json:"queued"`   // entries waiting for one before them
	Voids     uint64 `json:"voids"`    // messages that are no records
	FirstVoid uint64 `json:"first_void,omitempty"`
	Stopped   string `json:"stopped,omitempty"` // why nothing is applied any more
	// Failed are views that are not served, at most 100 of them.
	Failed []Failure `json:"failed"`
	// StoreFault is the last error of Pebble's background work, which it
	// tries again.
	StoreFault   string     `json:"store_fault,omitempty"`
	StoreFaultAt *time.Time `json:"store_fault_at,omitempty"`
	Rebuild      *Progress  `json:"rebuild,omitempty"` // while one runs
}

// Status returns the state of the read side.
func (r *Runner) Status(ctx context.Context) (Status, error) {
	s := Status{Position: r.Position()}
	r.mu.Lock()
	s.Queued = len(r.queue)
	if r.stopped != nil {
		s.Stopped = r.stopped.Error()
	}
	r.mu.Unlock()
	if f := r.s.fault.Load(); f != nil {
		s.StoreFault, s.StoreFaultAt = f.err.Error(), &f.at
	}
	if p := r.rebuilding.Load(); p != nil {
		s.Rebuild = &Progress{Done: p.done.Load(), Total: p.total}
	}
	pos, err := r.position()
	if err != nil {
		return s, fmt.Errorf("status: %w", err)
	}
	s.Voids, s.FirstVoid = pos.voids, pos.void
	if s.Failed, err = r.failures(ctx, 100); err != nil {
		return s, fmt.Errorf("status: %w", err)
	}
	return s, nil
}

// Progress is how far a long piece of work has come, in messages.
type Progress struct {
	Done  uint64 `json:"done"`
	Total uint64 `json:"total"`
}

type progress struct {
	done  atomic.Uint64
	total uint64
}
