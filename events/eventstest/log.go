package eventstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// Log is what every log of the ledger does; natslog.Log and Memory are ones.
// LogSuite says what each method owes.
type Log interface {
	Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error)
	Restore(ctx context.Context, e *events.Entry, after uint64) error
	RestoreAll(ctx context.Context, entries iter.Seq2[events.Entry, error], progress func(seq uint64)) error
	Replay(ctx context.Context, from uint64) iter.Seq2[events.Entry, error]
	Get(ctx context.Context, seq uint64) (events.Entry, error)
	Last(ctx context.Context) (events.Entry, error)
	State(ctx context.Context) (events.State, error)
	PutWrap(ctx context.Context, name string, wrap []byte) error
	GetWrap(ctx context.Context, name string) ([]byte, error)
	Wraps(ctx context.Context) iter.Seq2[string, error]
	Close() error
}

// Disk is what survives of a Memory log when it is closed. It is also where a
// test damages a stream: every method but NewDisk may be called while a log is
// open on it.
type Disk struct {
	mu    sync.Mutex
	open  bool
	msgs  map[uint64][]byte // by sequence
	last  uint64
	heads map[events.Chain]uint64
	wraps map[string][]byte
}

// NewDisk returns an empty one.
func NewDisk() *Disk {
	return &Disk{msgs: map[uint64][]byte{}, heads: map[events.Chain]uint64{}, wraps: map[string][]byte{}}
}

// Set replaces the payload at seq, which is there.
func (d *Disk) Set(seq uint64, payload []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.msgs[seq]; !ok {
		panic(fmt.Sprintf("eventstest: no message %d", seq))
	}
	d.msgs[seq] = bytes.Clone(payload)
	d.index()
}

// Delete makes a hole at seq. At the end it is no hole, see Cut.
func (d *Disk) Delete(seq uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.msgs, seq)
	d.index()
}

// Cut forgets every message after last, whose sequences are then used again:
// what a server does after the end of its newest file is damaged.
func (d *Disk) Cut(last uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.msgs, func(seq uint64, _ []byte) bool { return seq > last })
	d.last = min(d.last, last)
	d.index()
}

// Put adds a payload at the end, past every check: another writer, or bytes
// that are no record.
func (d *Disk) Put(payload []byte) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	d.msgs[d.last] = bytes.Clone(payload)
	d.head(d.last, payload)
	return d.last
}

// DropWrap removes a wrap.
func (d *Disk) DropWrap(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.wraps, name)
}

func (d *Disk) index() {
	clear(d.heads)
	for seq, p := range d.msgs {
		d.head(seq, p)
	}
}

// head notes that a message is its chain's last, unless a later one is.
func (d *Disk) head(seq uint64, payload []byte) {
	if e := events.NewEntry(seq, payload); !e.Void {
		d.heads[e.Record.Link.Chain] = max(d.heads[e.Record.Link.Chain], seq)
	}
}

// Memory is a log in memory with the behaviour of natslog.Log, for tests of
// everything that stands on a log.
type Memory struct {
	origin string
	d      *Disk

	mu     sync.Mutex // one writer at a time; guards cause and the hooks
	cause  error      // why it stopped
	closed bool
	before func(*events.Entry) error
	after  func(*events.Entry) error
}

// OpenMemory opens the log on a disk that no other log has open.
func OpenMemory(d *Disk, origin string) *Memory {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open {
		panic("eventstest: the disk is in use")
	}
	d.open = true
	return &Memory{origin: origin, d: d}
}

// BeforeStore is called with every entry about to be stored, and may delay it.
// An error from it is Append's, and nothing is stored: the write failed. nil
// takes the hook away.
func (m *Memory) BeforeStore(f func(*events.Entry) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = f
}

// AfterStore is called with every entry just stored, and may delay the
// acknowledgement. On an error the log stops with events.ErrStopped: the write
// failed but was stored. nil takes the hook away.
func (m *Memory) AfterStore(f func(*events.Entry) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after = f
}

// Append is as natslog.Log.Append.
func (m *Memory) Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error) {
	if rec.Link.Origin != m.origin {
		return 0, fmt.Errorf("append: the record's origin is not this log's: %w", events.ErrInvalid)
	}
	if (after == 0) != (rec.Link.Seq == 1) {
		return 0, fmt.Errorf("append event %d of chain %s after message %d: %w", rec.Link.Seq, rec.Link.Chain, after, events.ErrConflict)
	}
	e := events.Entry{Record: *rec, Payload: rec.Append(nil)}
	return m.store(ctx, &e, after)
}

// store appends e at e.Seq, or at the next sequence when that is 0.
func (m *Memory) store(ctx context.Context, e *events.Entry, after uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if m.cause != nil {
		return 0, m.cause
	}
	m.d.mu.Lock()
	next := m.d.last + 1
	head := m.d.heads[e.Record.Link.Chain]
	m.d.mu.Unlock()
	if len(e.Payload) > events.MaxRecord-1<<10 {
		return 0, fmt.Errorf("append: a record of %d bytes: %w", len(e.Payload), events.ErrTooLarge)
	}
	if e.Seq != 0 && e.Seq != next {
		return 0, fmt.Errorf("restore message %d where %d is next: %w", e.Seq, next, events.ErrConflict)
	}
	if !e.Void && head != after {
		return 0, fmt.Errorf("chain %s: its last message is %d, not %d: %w", e.Record.Link.Chain, head, after, events.ErrConflict)
	}
	e.Seq = next
	if m.before != nil {
		if err := m.before(e); err != nil {
			return 0, err
		}
	}
	m.d.mu.Lock()
	m.d.last = next
	m.d.msgs[next] = bytes.Clone(e.Payload)
	if !e.Void {
		m.d.heads[e.Record.Link.Chain] = next
	}
	m.d.mu.Unlock()
	if m.after != nil {
		if err := m.after(e); err != nil {
			m.cause = fmt.Errorf("%w: %w", events.ErrStopped, err)
			return 0, m.cause
		}
	}
	return next, nil
}

// Restore is as natslog.Log.Restore.
func (m *Memory) Restore(ctx context.Context, e *events.Entry, after uint64) error {
	st, err := m.State(ctx)
	if err != nil {
		return err
	}
	if e.Seq <= st.Last {
		have, err := m.Get(ctx, e.Seq)
		if err == nil && !bytes.Equal(have.Payload, e.Bytes()) {
			err = fmt.Errorf("message %d is stored with other bytes: %w", e.Seq, events.ErrConflict)
		}
		return err
	}
	if !e.Void {
		if e.Record.Link.Origin != m.origin {
			return fmt.Errorf("restore message %d: the record's origin is not this log's: %w", e.Seq, events.ErrInvalid)
		}
		if (after == 0) != (e.Record.Link.Seq == 1) {
			return fmt.Errorf("restore message %d after message %d: %w", e.Seq, after, events.ErrConflict)
		}
	}
	c := *e
	c.Payload = e.Bytes()
	_, err = m.store(ctx, &c, after)
	return err
}

// RestoreAll is as natslog.Log.RestoreAll.
func (m *Memory) RestoreAll(ctx context.Context, entries iter.Seq2[events.Entry, error], progress func(seq uint64)) error {
	last := uint64(0)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if last != 0 && e.Seq != last+1 {
			return fmt.Errorf("restore message %d after %d: %w", e.Seq, last, events.ErrBroken)
		}
		last = e.Seq
		after := uint64(0)
		if !e.Void && e.Record.Link.Seq > 1 {
			m.d.mu.Lock()
			after = m.d.heads[e.Record.Link.Chain]
			m.d.mu.Unlock()
		}
		if err := m.Restore(ctx, &e, after); err != nil {
			return err
		}
		if progress != nil {
			progress(e.Seq)
		}
	}
	return nil
}

// Get is as natslog.Log.Get.
func (m *Memory) Get(ctx context.Context, seq uint64) (events.Entry, error) {
	if err := m.reading(ctx); err != nil {
		return events.Entry{}, err
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	p, ok := m.d.msgs[seq]
	switch {
	case ok:
		return events.NewEntry(seq, bytes.Clone(p)), nil
	case seq == 0 || seq > m.d.last:
		return events.Entry{}, fmt.Errorf("message %d of %d: %w", seq, m.d.last, events.ErrNotFound)
	}
	return events.Entry{}, fmt.Errorf("message %d is missing: %w", seq, events.ErrBroken)
}

// Last is as natslog.Log.Last.
func (m *Memory) Last(ctx context.Context) (events.Entry, error) {
	st, err := m.State(ctx)
	if err != nil || st.Last == 0 {
		return events.Entry{}, err
	}
	return m.Get(ctx, st.Last)
}

// State is as natslog.Log.State.
func (m *Memory) State(ctx context.Context) (events.State, error) {
	if err := m.reading(ctx); err != nil {
		return events.State{}, err
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	st := events.State{Last: m.d.last, Count: uint64(len(m.d.msgs))}
	if st.Count > 0 {
		for st.First = 1; m.d.msgs[st.First] == nil; st.First++ {
		}
	}
	return st, nil
}

// Replay is as natslog.Log.Replay.
func (m *Memory) Replay(ctx context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		st, err := m.State(ctx)
		if err != nil {
			yield(events.Entry{}, err)
			return
		}
		for seq := max(from, 1); seq <= st.Last; seq++ {
			e, err := m.Get(ctx, seq)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// PutWrap is as natslog.Log.PutWrap.
func (m *Memory) PutWrap(ctx context.Context, name string, wrap []byte) error {
	if err := m.reading(ctx); err != nil {
		return err
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	if have, ok := m.d.wraps[name]; ok {
		if !bytes.Equal(have, wrap) {
			return fmt.Errorf("wrap %s is stored with other bytes: %w", name, events.ErrConflict)
		}
		return nil
	}
	m.d.wraps[name] = bytes.Clone(wrap)
	return nil
}

// GetWrap is as natslog.Log.GetWrap.
func (m *Memory) GetWrap(ctx context.Context, name string) ([]byte, error) {
	if err := m.reading(ctx); err != nil {
		return nil, err
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	wrap, ok := m.d.wraps[name]
	if !ok {
		return nil, fmt.Errorf("wrap %s: %w", name, events.ErrNotFound)
	}
	return bytes.Clone(wrap), nil
}

// Wraps is as natslog.Log.Wraps.
func (m *Memory) Wraps(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := m.reading(ctx); err != nil {
			yield("", err)
			return
		}
		m.d.mu.Lock()
		names := slices.Sorted(maps.Keys(m.d.wraps))
		m.d.mu.Unlock()
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

func (m *Memory) reading(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fmt.Errorf("log closed: %w", events.ErrStopped)
	}
	return ctx.Err()
}

// Close frees the disk for the next log.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	if m.cause == nil {
		m.cause = fmt.Errorf("log closed: %w", events.ErrStopped)
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	m.d.open = false
	return nil
}

// Shell returns a record that holds together (ParseRecord accepts it, prev
// links it) but whose sealed bytes open to nothing: all that a log looks at.
func Shell(origin string, chain events.Chain, seq uint64, prev events.Hash, sealed []byte) events.Record {
	r := events.Record{
		Link: events.Link{Origin: origin, Chain: chain, Seq: seq, Prev: prev},
		Detail: events.Detail{
			ID:     ulid.ULID(append(binaryULID(seq), chain[:10]...)),
			At:     time.Date(2026, 11, 22, 3, 20, 0, 0, time.UTC),
			Key:    events.CaseKey(chain, 1),
			Nonce:  sha256.Sum256(sealed),
			Parts:  1,
			Sealed: sha256.Sum256(sealed),
		},
		Sealed: sealed,
	}
	r.Link.Detail = r.Detail.Hash()
	return r
}

func binaryULID(seq uint64) []byte {
	return []byte{0, 0, byte(seq >> 24), byte(seq >> 16), byte(seq >> 8), byte(seq)}
}
