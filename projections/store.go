package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"caseledger/events"
)

// Format is the version of Pebble's files that this package writes: the
// newest that pebble 2.1.7 supports. It is written out, so that a newer Pebble
// does not change the files of a running service by itself.
const Format = pebble.FormatValueSeparation

// ErrInUse is wrapped by Open when this or another process has the directory
// open.
var ErrInUse = errors.New("in use")

// Options configure a store. The zero value is right for a service.
type Options struct {
	// FS holds the files; nil is the operating system's.
	FS vfs.FS
	// MemTable is how many bytes are collected in memory, behind the
	// write-ahead log, before a table is written. 0 is 128 MiB, which halves
	// the slowest hundredth of the writes against Pebble's 4 MiB.
	MemTable int
	// Cache is the size of the block cache in bytes. 0 is 64 MiB.
	Cache int64
	// Logger receives Pebble's events; nil discards them.
	Logger *slog.Logger
}

// Store is one Pebble directory. It is safe for concurrent use.
type Store struct {
	db   *pebble.DB
	opts *pebble.Options
	fs   vfs.FS
	dir  string
	log  *slog.Logger
	lock *pebble.Lock

	// mu keeps the current space in place while something is read from it: a
	// swap waits for readers that know their space but have not yet read.
	// Iterators need it only while they are made.
	mu    sync.RWMutex
	space space

	wraps sync.Mutex // one PutWrap at a time: it looks before it writes

	failed atomic.Bool             // a write or its sync failed: the write-ahead log ends there
	broken atomic.Bool             // and a panic left Pebble's locks as they were
	fault  atomic.Pointer[faultAt] // the last error of Pebble's own background work

	trouble chan error // each such error, for whoever waits for that work
}

type faultAt struct {
	err error
	at  time.Time
}

// Open opens the store in dir and creates it when it is not there. Its error
// wraps ErrInUse when the directory is open already.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{fs: o.FS, dir: dir, log: o.Logger, trouble: make(chan error)}
	if s.fs == nil {
		s.fs = vfs.Default
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.MemTable == 0 {
		o.MemTable = 128 << 20
	}
	if o.Cache == 0 {
		o.Cache = 64 << 20
	}
	if err := s.fs.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, s.fs)
	if err != nil {
		// The lock file could not be made, or it could and is held.
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return nil, fmt.Errorf("lock store: %w", err)
		}
		return nil, fmt.Errorf("store %s: another process has it open: %w", dir, ErrInUse)
	}
	s.lock = lock
	cache := pebble.NewCache(o.Cache)
	defer cache.Unref()
	s.opts = &pebble.Options{
		FS:                         s.fs,
		Lock:                       lock,
		Cache:                      cache,
		Logger:                     pebbleLog{s.log},
		EventListener:              s.listener(),
		FormatMajorVersion:         Format,
		MemTableSize:               uint64(o.MemTable),
		FlushDelayDeleteRange:      10 * time.Second, // give a replaced space back soon
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
	}
	for i := range s.opts.Levels {
		// Ten bits a key: looking up an id that is new, as every append does,
		// then reads no table in 99 of 100 cases.
		s.opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		// A record fills half of Pebble's usual block. Larger ones are what an
		// audit, which reads them all, wants; what is sealed does not compress.
		s.opts.Levels[i].BlockSize = 32 << 10
		s.opts.Levels[i].IndexBlockSize = 64 << 10
		s.opts.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	s.opts.EnsureDefaults()
	open := func() error {
		return guard(func() (err error) {
			s.db, err = pebble.Open(dir, s.opts)
			return err
		})
	}
	err = open()
	if err == nil && s.flushed() > maxReplayed {
		// Pebble holds all of a log in memory until it stands in tables, and keeps
		// the largest piece for its next memtable. A store that is opened once
		// more has none of it.
		if err = guard(s.db.Close); err == nil {
			err = open()
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, storeError(err)), lock.Close())
	}
	if err := s.write(s.start); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// maxReplayed is how much of a write-ahead log, in bytes, may stay in memory
// after a start.
const maxReplayed = 8 << 20

// flushed is how much was written into tables from memory since the store was
// opened, in bytes.
func (s *Store) flushed() (n uint64) {
	for _, l := range s.db.Metrics().Levels {
		n += l.TableBytesFlushed
	}
	return n
}

// start finds the current space and removes what is in any other.
func (s *Store) start() error {
	v, err := s.get(keyCurrent)
	switch {
	case errors.Is(err, events.ErrNotFound):
		s.space = firstSpace
		if err := s.db.Set(keyCurrent, []byte{byte(s.space)}, pebble.Sync); err != nil {
			return err
		}
	case err != nil:
		return err
	case len(v) != 1 || space(v[0]) < firstSpace || space(v[0]) > lastSpace:
		return fmt.Errorf("the name of the current space is damaged: %w", events.ErrBroken)
	default:
		s.space = space(v[0])
	}
	for _, r := range [2][2]space{{firstSpace, s.space}, {s.space + 1, lastSpace + 1}} {
		if err := s.clear(r[0], r[1]); err != nil {
			return err
		}
	}
	return s.fs.RemoveAll(s.ingestDir())
}

// clear deletes every key in the spaces from (included) to to (not included).
func (s *Store) clear(from, to space) error {
	start, end := []byte{byte(from)}, []byte{byte(to)}
	if from >= to {
		return nil
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	any := it.First()
	if err := it.Close(); err != nil || !any {
		return err
	}
	s.log.Info("removing what an interrupted rebuild left")
	return s.db.DeleteRange(start, end, pebble.Sync)
}

// ingestDir is where a rebuild writes tables before Pebble takes them over.
func (s *Store) ingestDir() string { return s.fs.PathJoin(s.dir, "rebuild") }

// Close closes the store. A Runner on it must be closed before, and nothing may
// be reading.
func (s *Store) Close() error {
	if s.broken.Load() {
		// Pebble would wait for a lock that is never released. The directory
		// stays locked until the process ends.
		return fmt.Errorf("close store: %w", events.ErrStopped)
	}
	if !s.failed.Load() {
		if err := guard(s.flush); err != nil {
			// The write-ahead log has it all: the next start takes longer.
			s.log.Warn("store: closed without a flush", "error", err)
		}
	}
	return errors.Join(guard(s.db.Close), s.lock.Close())
}

// maxFlush bounds the flush at the end, which Pebble tries again for ever on a
// full disk.
const maxFlush = 20 * time.Second

// flush writes what is in memory as tables, so that the next start has no
// write-ahead log to read.
func (s *Store) flush() error {
	done, err := s.db.AsyncFlush()
	if err != nil {
		return err
	}
	timeout := time.NewTimer(maxFlush)
	defer timeout.Stop()
	select {
	case <-done:
		return nil
	case err := <-s.trouble:
		return err
	case <-timeout.C:
		return errors.New("it takes too long")
	}
}

// guard calls f, which may meet an error that Pebble treats as fatal.
func guard(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatalError:
			err = p
		case error:
			err = fmt.Errorf("store: %w", p)
		default:
			err = fmt.Errorf("store: %v", p)
		}
	}()
	return f()
}

// write runs a write and remembers when it failed.
func (s *Store) write(f func() error) error {
	if s.broken.Load() {
		return events.ErrStopped
	}
	clean := false
	err := guard(func() error {
		err := f()
		clean = true
		return err
	})
	if err != nil {
		s.failed.Store(true)
	}
	if !clean {
		s.broken.Store(true)
	}
	return err
}

// get returns a copy of a value, or an error wrapping events.ErrNotFound.
func (s *Store) get(key []byte) ([]byte, error) { return read(s.db, key) }

func read(db pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := db.Get(key)
	if err != nil {
		if errors.Is(err, pebble.ErrNotFound) {
			return nil, events.ErrNotFound
		}
		return nil, storeError(err)
	}
	v = bytes.Clone(v)
	return v, closer.Close()
}

// storeError makes damage that Pebble found an events.ErrBroken.
func storeError(err error) error {
	if err != nil && pebble.IsCorruptionError(err) {
		return fmt.Errorf("store: %w: %w", events.ErrBroken, err)
	}
	return err
}

// inSpace calls f with the current space, which stays in place until f
// returns.
func (s *Store) inSpace(f func(space) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return f(s.space)
}

// find returns the value at the key that f makes in the current space.
func (s *Store) find(f func(space) []byte) (v []byte, err error) {
	err = s.inSpace(func(sp space) error {
		v, err = s.get(f(sp))
		return err
	})
	return v, err
}

// scan makes an iterator over the keys in [from, to) of the current space.
func (s *Store) scan(bounds func(space) (from, to []byte)) (it *pebble.Iterator, err error) {
	err = s.inSpace(func(sp space) error {
		from, to := bounds(sp)
		it, err = s.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
		return storeError(err)
	})
	return it, err
}

// swap makes a space current and deletes the one that was, in one synced
// batch.
func (s *Store) swap(to space) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(func() error {
		b := s.db.NewBatch()
		defer b.Close()
		if err := errors.Join(
			b.Set(keyCurrent, []byte{byte(to)}, nil),
			b.DeleteRange([]byte{byte(s.space)}, []byte{byte(s.space + 1)}, nil),
		); err != nil {
			return err
		}
		return s.db.Apply(b, pebble.Sync)
	})
	if err == nil {
		s.space = to
	}
	return err
}

func wrapKey(name string) []byte { return append([]byte{byte(spaceWraps)}, name...) }

// maxWrap bounds a wrap and its name, in bytes: some ten times what they are.
const maxWrap = 1 << 10

// PutWrap stores a wrapped key and returns when it is durable. The same bytes
// under the same name are success; other bytes are refused with an error
// wrapping events.ErrConflict.
func (s *Store) PutWrap(ctx context.Context, name string, wrap []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if name == "" || len(name) > maxWrap || len(wrap) == 0 || len(wrap) > maxWrap {
		return fmt.Errorf("store a wrap: %w", events.ErrTooLarge)
	}
	s.wraps.Lock()
	defer s.wraps.Unlock()
	old, err := s.get(wrapKey(name))
	switch {
	case err == nil && bytes.Equal(old, wrap):
		return nil
	case err == nil:
		return fmt.Errorf("store a wrap: another stands under this name: %w", events.ErrConflict)
	case !errors.Is(err, events.ErrNotFound):
		return fmt.Errorf("store a wrap: %w", err)
	}
	if err := s.write(func() error { return s.db.Set(wrapKey(name), wrap, pebble.Sync) }); err != nil {
		return fmt.Errorf("store a wrap: %w", err)
	}
	return nil
}

// GetWrap returns a wrapped key, or an error wrapping events.ErrNotFound.
func (s *Store) GetWrap(_ context.Context, name string) ([]byte, error) {
	v, err := s.get(wrapKey(name))
	if err != nil {
		return nil, fmt.Errorf("read a wrap: %w", err)
	}
	return v, nil
}

// Wraps yields the names of all wrapped keys in byte order. It stops after
// yielding an error.
func (s *Store) Wraps(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		it, err := s.db.NewIter(&pebble.IterOptions{
			LowerBound: []byte{byte(spaceWraps)}, UpperBound: []byte{byte(spaceWraps) + 1},
		})
		if err != nil {
			yield("", storeError(err))
			return
		}
		defer it.Close()
		for it.First(); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(string(it.Key()[1:]), nil) {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield("", storeError(err))
		}
	}
}

// fatalError is an error after which Pebble must not go on. On a goroutine of
// this package it becomes an error; on Pebble's own it ends the process, and
// the next start finds everything that was acknowledged.
type fatalError struct{ msg string }

func (e fatalError) Error() string { return "store: " + e.msg }

// Is makes every fatalError an events.ErrStopped.
func (fatalError) Is(target error) bool { return target == events.ErrStopped }

// pebbleLog passes what Pebble says on. It says nothing of keys or values.
type pebbleLog struct{ log *slog.Logger }

func (l pebbleLog) Infof(string, ...any) {} // every event comes through the listener

func (l pebbleLog) Errorf(format string, args ...any) {
	l.log.Error("store", "error", fmt.Sprintf(format, args...))
}

func (l pebbleLog) Fatalf(format string, args ...any) {
	e := fatalError{fmt.Sprintf(format, args...)}
	l.log.Error("store cannot go on", "error", e.msg)
	panic(e)
}

// listener turns Pebble's events into log lines.
func (s *Store) listener() *pebble.EventListener {
	var stall atomic.Int64
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			s.fault.Store(&faultAt{err: err, at: time.Now()})
			s.log.Error("store: background work failed", "error", err)
			select {
			case s.trouble <- err:
			default:
			}
		},
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			s.fault.Store(&faultAt{err: i.Details, at: time.Now()})
			s.log.Error("store: damaged file", "path", i.Path, "error", i.Details)
		},
		DiskSlow: func(i pebble.DiskSlowInfo) {
			s.log.Warn("store: slow disk", "path", i.Path, "duration", i.Duration)
		},
		FlushEnd: func(i pebble.FlushInfo) {
			s.log.Debug("store: flushed", "duration", i.TotalDuration, "bytes", i.InputBytes, "error", i.Err)
		},
		CompactionEnd: func(i pebble.CompactionInfo) {
			s.log.Debug("store: compacted", "duration", i.TotalDuration, "reason", i.Reason, "error", i.Err)
		},
		TableIngested: func(i pebble.TableIngestInfo) {
			s.log.Debug("store: tables taken over", "tables", len(i.Tables), "error", i.Err)
		},
		WALCreated: func(i pebble.WALCreateInfo) {
			s.log.Debug("store: new write-ahead log", "error", i.Err)
		},
		LowDiskSpace: func(i pebble.LowDiskSpaceInfo) {
			s.log.Warn("store: disk nearly full", "free", i.AvailBytes, "total", i.TotalBytes)
		},
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			stall.Store(time.Now().UnixNano())
			s.log.Warn("store: writes wait", "reason", i.Reason)
		},
		WriteStallEnd: func() {
			s.log.Warn("store: writes go on", "waited", time.Duration(time.Now().UnixNano()-stall.Load()))
		},
	}
}
