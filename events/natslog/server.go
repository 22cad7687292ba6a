package natslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"caseledger/events"
)

const (
	// startWait is how long an embedded server may take to recover its store.
	// A clean start reads an index; after a kill every block is read.
	startWait = 10 * time.Minute

	// embeddedMemory caps memory streams, in bytes. The ledger has none; the
	// listing of a key bucket makes a consumer that counts here.
	embeddedMemory = 32 << 20

	// diskReserve is the free space, in bytes, below which appends are
	// refused. The server takes a failed write as final until it is started
	// again, so the disk must not run full under it.
	diskReserve = 64 << 20
)

// embedded is a NATS server of this process: no port, one directory.
type embedded struct {
	srv  *server.Server
	lock *os.File
}

func startEmbedded(o *Options) (*embedded, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	so := &server.Options{
		ServerName:         "caseledger",
		DontListen:         true,
		NoSigs:             true,
		NoLog:              true,
		JetStream:          true,
		StoreDir:           o.Dir,
		JetStreamMaxStore:  o.MaxStore,
		JetStreamMaxMemory: embeddedMemory,
		MaxPayload:         events.MaxRecord,
		SyncAlways:         o.Sync == SyncAlways,
		SyncInterval:       2 * time.Minute, // the server's own default; with SyncAlways it only closes idle files
	}
	if o.Sync == Sync1s {
		so.SyncInterval = time.Second
	}
	srv, err := server.NewServer(so)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	srv.SetLoggerV2(serverLog{o.Logger}, false, false, false)
	srv.Start()
	e := &embedded{srv: srv, lock: lock}
	if !srv.ReadyForConnections(startWait) || !srv.JetStreamEnabled() {
		e.close()
		return nil, fmt.Errorf("embedded server did not start on %s; its log says why", o.Dir)
	}
	return e, nil
}

func (e *embedded) close() {
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
	e.lock.Close()
}

// lockDir takes the directory for this process. The server itself does not
// notice a second one on its files.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("directory %s: %w", dir, ErrInUse)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return f, nil
}

// freeSpace returns the bytes that this user may still write to dir's disk.
func freeSpace(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// serverLog passes the server's complaints on. They name streams and files,
// never a payload.
type serverLog struct{ l *slog.Logger }

func (s serverLog) log(level slog.Level, format string, v []any) {
	s.l.Log(context.Background(), level, "nats server", "text", fmt.Sprintf(format, v...))
}

func (s serverLog) Noticef(format string, v ...any) { s.log(slog.LevelDebug, format, v) }
func (s serverLog) Warnf(format string, v ...any)   { s.log(slog.LevelWarn, format, v) }
func (s serverLog) Errorf(format string, v ...any)  { s.log(slog.LevelError, format, v) }
func (s serverLog) Fatalf(format string, v ...any)  { s.log(slog.LevelError, format, v) }
func (s serverLog) Debugf(string, ...any)           {}
func (s serverLog) Tracef(string, ...any)           {}
