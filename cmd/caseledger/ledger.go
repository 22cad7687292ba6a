package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/evidence/tlog"
	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
	"caseledger/internal/mail"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
	"caseledger/internal/policy"
	"caseledger/projections"
	"caseledger/schemas"
)

// openOptions say which ledger, and how it is opened.
type openOptions struct {
	dir        datadir.Dir
	secrets    string
	nats       string
	monitor    string
	allowLess  bool
	streamSync string // "": as the ledger says
	access     bool   // it is an access ledger, of which there are no views
	logger     *slog.Logger
	now        func() time.Time // nil: time.Now
}

// ledger is a ledger that this process has open. It implements ops.Ledger.
type ledger struct {
	o       openOptions
	config  datadir.Config
	logger  *slog.Logger
	now     func() time.Time
	lock    *datadir.Lock
	secrets *keys.Secrets
	state   *tlog.State
	signer  *tlog.Signer
	store   *projections.Store
	log     *natslog.Log
	ring    *keys.Ring
	runner  *projections.Runner
	cases   *cases.Service
	files   *projections.Files
	entries *accesslog.Ledger // of an access ledger, in place of cases

	accessing sync.Mutex // guards access
	access    *ledger    // the access ledger, once it is open

	guarded sync.Mutex // guards guard and bearers
	guard   *access.Guard
	bearers *access.Bearers

	mail *mail.Queue // nil: nobody is asked by email to sign in

	voids, firstVoid uint64 // messages of the stream that are no records

	practice practice
	boards   boards
	printer  printer

	signing    sync.Mutex
	rebuilding sync.Mutex
	demo       sync.Mutex
	// mismatch is why the two copies are known to differ, once they are.
	mismatch atomic.Pointer[string]
	compared atomic.Pointer[pages.Compared] // how the comparison behind the service ended
}

// stateFile is the signed state. It lies beside the key whose use it guards,
// so that a restored data directory does not bring an older one along.
func stateFile(secrets string) string { return filepath.Join(secrets, "signed-state") }

// openGarbage is how much garbage may stand beside what is in use while a
// ledger is opened, in percent.
const openGarbage = 40

// openLedger opens a ledger. When its stream had to be replaced, it is opened
// once more with the new one.
func openLedger(ctx context.Context, o openOptions) (*ledger, error) {
	// After a kill the event server reads its whole stream: most of what that
	// takes is garbage, which would double what the service needs at its start.
	defer debug.SetGCPercent(debug.SetGCPercent(openGarbage))
	l, err := openOnce(ctx, o)
	if errors.Is(err, errReplaced) {
		l, err = openOnce(ctx, o)
	}
	return l, err
}

// openOnce opens a ledger in the order in which each step may trust the one
// before: the directory's lock, the secrets and the signed state, the archive,
// the stream, the keys, and then the comparison of the two copies, which ends
// in both holding the same or in an error that says what is missing.
func openOnce(ctx context.Context, o openOptions) (_ *ledger, err error) {
	l := &ledger{o: o, logger: o.logger, now: o.now}
	if l.now == nil {
		l.now = time.Now
	}
	// Refused before anything is made: a directory that holds no ledger.
	if l.config, err = o.dir.Config(); err != nil {
		return nil, err
	}
	if l.lock, err = o.dir.Lock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	// Once more: another process may have changed it before the lock.
	if l.config, err = o.dir.Config(); err != nil {
		return nil, err
	}
	if o.streamSync != "" {
		l.config.StreamSync = o.streamSync
	}
	if err := l.openStores(ctx); err != nil {
		return nil, err
	}
	index, err := l.indexKey(ctx)
	if err != nil {
		return nil, err
	}
	l.runner = projections.NewRunner(l.store, l.ring, l.config.Origin, projections.RunnerOptions{
		IndexKey: index, Logger: l.logger,
		Figures: func(ctx context.Context, at time.Time) (*policy.Set, error) { return l.figures(ctx, at, at) },
	})
	l.files = projections.NewFiles(l.runner, l.config.Service, l.body)
	if err := l.recover(ctx); err != nil {
		return nil, err
	}
	status, err := l.runner.Status(ctx)
	if err != nil {
		return nil, err
	}
	l.voids, l.firstVoid = status.Voids, status.FirstVoid
	last, err := l.lastTime(ctx)
	if err != nil {
		return nil, err
	}
	if o.access {
		l.entries = accesslog.New(accesslog.Config{
			Origin: l.config.Origin, Own: l.config.Service, Last: last,
			Log: appending{l}, Archive: accessArchive{l.runner}, Keys: l.ring, Erased: func(err error) bool { return errors.Is(err, keys.ErrErased) }, Clock: l.now, Rand: rand.Reader,
		})
		return l, nil
	}
	l.cases = cases.New(cases.Config{
		Origin: l.config.Origin, Service: l.config.Service, Last: last,
		Log: appending{l}, Archive: archive{l.runner}, Applier: l.runner, Keys: l.ring, Schemas: bodies{schemas.Default()},
		Clock: l.now, Rand: rand.Reader,
		Kept: func(_ context.Context, name events.Hash) (bool, error) { return l.blobStore().Has(name) },
	})
	return l, nil
}

// openStores opens what the configuration names: secrets, signed state,
// archive, stream and keys, in this order.
func (l *ledger) openStores(ctx context.Context) (err error) {
	if err := l.roomToOpen(); err != nil {
		return err
	}
	if l.secrets, err = openSecrets(l.o.secrets); err != nil {
		return err
	}
	if l.state, err = tlog.OpenState(stateFile(l.o.secrets)); err != nil {
		return err
	}
	if origin := l.state.Origin(); origin != l.config.Origin {
		return ops.Inputf("%s are the secrets of %s, the data is of %s", l.o.secrets, origin, l.config.Origin)
	}
	skey, err := l.secrets.SigningKey()
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	if l.signer, err = tlog.NewSigner(skey); err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	// Side by side: after a kill each reads through what it wrote last.
	var archive error
	var opening sync.WaitGroup
	opening.Go(func() {
		o := projections.Options{Logger: l.logger}
		if l.o.access {
			o.MemTable, o.Cache = accessMemTable, accessCache
		}
		l.store, archive = projections.Open(l.o.dir.Pebble(), o)
	})
	l.log, err = l.openLog(ctx, l.config.Stream)
	opening.Wait()
	if archive != nil {
		return archive
	}
	if err != nil {
		return err
	}
	if err := l.restoreObjects(ctx); err != nil {
		return err
	}
	l.ring = keys.Open(l.secrets, l.config.Origin, l.store, l.log)
	return nil
}

// spareRoom is what must be free on the data's disk to open a ledger, beside
// what the archive has in its write-ahead log and is about to write as tables.
const spareRoom = 16 << 20

// roomToOpen refuses a full disk. Pebble would try for ever to write what its
// log holds, and nobody would be told.
func (l *ledger) roomToOpen() error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(string(l.o.dir), &disk); err != nil {
		return fmt.Errorf("free space of %s: %w", l.o.dir, err)
	}
	need := uint64(spareRoom)
	logs, err := filepath.Glob(filepath.Join(l.o.dir.Pebble(), "*.log"))
	if err != nil {
		return err
	}
	for _, name := range logs {
		if info, err := os.Stat(name); err == nil {
			need += uint64(info.Size())
		}
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < need {
		return ops.As(ops.ErrFull, fmt.Errorf("the disk of %s is full: %d MiB are free, opening the ledger takes %d; make room", l.o.dir, free>>20, (need+1<<20-1)>>20))
	}
	return nil
}

// openSecrets adds to a missing directory what may be done about it.
func openSecrets(dir string) (*keys.Secrets, error) {
	s, err := keys.OpenSecrets(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, missing := os.Lstat(dir); errors.Is(missing, fs.ErrNotExist) {
			return nil, fmt.Errorf("the secrets directory %s is missing; without it nothing can be read or recorded: name it with --secrets, or restore it from its backup", dir)
		}
	}
	return s, err
}

// openLog opens the stream of a name where the ledger keeps its streams.
func (l *ledger) openLog(ctx context.Context, stream string) (*natslog.Log, error) {
	o := natslog.Options{Stream: stream, Origin: l.config.Origin, Logger: l.logger}
	switch {
	case l.config.Log == datadir.LogExternal && l.o.nats == "":
		return nil, ops.Inputf("this ledger's stream is on a NATS server: name it with --nats")
	case l.config.Log == datadir.LogEmbedded && l.o.nats != "":
		return nil, ops.Inputf("this ledger's stream is in its own directory, not on a NATS server: leave --nats out")
	case l.o.nats != "":
		o.URL, o.Monitor, o.AllowLess = l.o.nats, l.o.monitor, l.o.allowLess
	default:
		o.Dir, o.Sync = l.o.dir.Nats(), l.config.StreamSync
	}
	return natslog.Open(ctx, o)
}

// indexKey is the secret under which advisers stand in the archive's keys. It
// follows from the first service key, which stays the same when later ones are
// added.
func (l *ledger) indexKey(ctx context.Context) (events.Key, error) {
	first, err := l.ring.Key(ctx, events.ServiceKey(1))
	if errors.Is(err, keys.ErrErased) {
		// Destroyed with what it sealed; views are folded again under another.
		_, first = l.ring.Service()
	} else if err != nil {
		return events.Key{}, fmt.Errorf("index key: %w", err)
	}
	b, err := hkdf.Key(sha256.New, first[:], nil, "caseledger/adviser-index/v1\n"+l.config.Origin, len(events.Key{}))
	if err != nil {
		return events.Key{}, fmt.Errorf("index key: %w", err)
	}
	return events.Key(b), nil
}

// lastTime is the latest recorded time among the last events; those that were
// in flight together may stand out of order.
func (l *ledger) lastTime(ctx context.Context) (time.Time, error) {
	var last time.Time
	from := uint64(1)
	if p := l.runner.Position(); p > cases.MaxInFlight {
		from = p - cases.MaxInFlight + 1
	}
	for e, err := range l.runner.Archive(ctx, from) {
		if err != nil {
			return last, err
		}
		if !e.Void && e.Record.Detail.At.After(last) {
			last = e.Record.Detail.At
		}
	}
	return last, nil
}

// Close implements ops.Ledger: what was taken becomes durable in both copies,
// then the checkpoint of all of it is signed, then the directory is free.
func (l *ledger) Close() error {
	l.boards.close()
	access := l.closeAccess()
	err := l.runner.Close()
	closed := l.log.Close() // the stream is synced now
	if err == nil && closed == nil && l.fault() == nil {
		_, _, signed := l.sign(l.runner.Position())
		err = signed
	}
	l.log, l.runner = nil, nil
	return errors.Join(access, err, closed, l.release())
}

// fault is why nothing is recorded any more, or nil.
func (l *ledger) fault() error {
	if l.entries != nil {
		return l.entries.Fault()
	}
	return l.cases.Fault()
}

// release gives everything back that was opened, as far as opening came.
func (l *ledger) release() error {
	var errs []error
	if l.runner != nil {
		errs = append(errs, l.runner.Close())
	}
	if l.log != nil {
		errs = append(errs, l.log.Close())
	}
	if l.store != nil {
		errs = append(errs, l.store.Close())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Unlock())
	}
	return errors.Join(errs...)
}

// streamSettles is how long after an acknowledgement a stream that is synced
// every second is certainly on the disk.
const streamSettles = 2 * time.Second

// sign advances the signed state to the first size entries and signs their
// checkpoint, or one that was signed before and holds more. The caller knows
// that both copies are durable up to there.
func (l *ledger) sign(size uint64) (tlog.Checkpoint, []byte, error) {
	l.signing.Lock()
	defer l.signing.Unlock()
	last, _ := l.state.Last()
	size = max(size, last.Size)
	if size == 0 {
		return last, nil, nil
	}
	root, err := l.runner.Root(size)
	if err != nil {
		return last, nil, fmt.Errorf("checkpoint: %w", err)
	}
	// What is signed next must contain what was signed last.
	if last.Size > 0 {
		was, err := l.runner.Root(last.Size)
		if err != nil {
			return last, nil, fmt.Errorf("checkpoint: %w", err)
		}
		if was != last.Root {
			return last, nil, fmt.Errorf("checkpoint: the tree of %d entries is not the one that was signed: %w", last.Size, events.ErrBroken)
		}
	}
	c := tlog.Checkpoint{Origin: l.config.Origin, Size: size, Root: root}
	if err := l.state.Advance(c); err != nil {
		return last, nil, fmt.Errorf("checkpoint: %w", err)
	}
	signed, err := tlog.Sign(c, l.signer)
	if err != nil {
		return c, nil, fmt.Errorf("checkpoint: %w", err)
	}
	// Where mirrors and backups find the newest.
	if err := replaceFile(l.o.dir.Checkpoint(), signed); err != nil {
		return c, nil, fmt.Errorf("checkpoint: %w", err)
	}
	return c, signed, nil
}
