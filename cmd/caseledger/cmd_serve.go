package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"caseledger/events"
	"caseledger/internal/datadir"
	"caseledger/internal/web"
)

const (
	// drain is how long a stopping service waits for calls to end by
	// themselves; then they are broken off.
	drain = 5 * time.Second
	// leave is how long it waits after that.
	leave = 5 * time.Second
)

func (a *app) serveCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use:   "serve [--addr 127.0.0.1:8080]",
		Short: "Hold the ledger for other commands and show its page",
		Long: `Hold the ledger: other commands on the same directory go through this service
over its socket. The address shows a read-only caseload without names, /healthz
and /metrics. It asks nobody to sign in, so it must be one of this machine's own
(127.0.0.1, ::1 or localhost).

The service ends on SIGTERM or SIGINT: it finishes what it was asked, signs a
checkpoint and closes the stores. systemd is told when it is ready.`,
		Example: "  caseledger serve --data /srv/caseledger --secrets /etc/caseledger/secrets --addr 127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "the `address` of the page, health and metrics")
	cmd.RunE = a.does(func(cmd *cobra.Command, _ []string) error {
		if err := loopback(addr); err != nil {
			return err
		}
		return a.serve(cmd.Context(), addr)
	})
	return cmd
}

// loopback refuses addresses that others can reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError("--addr must be an address and a port, such as 127.0.0.1:8080")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError("--addr must be on this machine (127.0.0.1, ::1 or localhost): the page asks nobody to sign in")
	}
	return nil
}

// serve holds the ledger until ctx ends.
func (a *app) serve(ctx context.Context, addr string) (err error) {
	logger := a.logger(slog.LevelInfo)
	o := a.options()
	o.logger = logger
	l, err := openLedger(ctx, o)
	var inUse *datadir.InUseError
	if errors.As(err, &inUse) {
		return fmt.Errorf("%w: one service at a time", err)
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()

	observed, metrics := web.Observe(l)
	commands, err := listenSocket(o.dir)
	if err != nil {
		return err
	}
	defer commands.Close()
	page, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	defer page.Close()

	calls, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	defer breakOff()
	errorLog := slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	mux := http.NewServeMux()
	mux.Handle("/v1/", web.API(observed))
	mux.Handle("GET /healthz", web.Health(l))
	servers := []struct {
		*http.Server
		on net.Listener
	}{
		{&http.Server{Handler: mux, ErrorLog: errorLog, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}, commands},
		{&http.Server{
			Handler: web.Site(observed, metrics, web.LocalHosts(page.Addr())), ErrorLog: errorLog,
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		}, page},
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range servers {
		s.BaseContext = func(net.Listener) context.Context { return calls }
		group.Go(func() error {
			if err := s.Serve(s.on); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	group.Go(func() error { l.compare(ctx); return nil })
	group.Go(func() error {
		<-ctx.Done()
		tell(logger, daemon.SdNotifyStopping)
		logger.Info("stopping")
		timer := time.AfterFunc(drain, breakOff)
		defer timer.Stop()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain+leave)
		defer cancel()
		var errs []error
		for _, s := range servers {
			if err := s.Shutdown(end); err != nil {
				errs = append(errs, err, s.Close())
			}
		}
		return errors.Join(errs...)
	})
	logger.Info("serving", "origin", l.config.Origin, "events", l.runner.Position(), "page", "http://"+page.Addr().String()+"/", "socket", o.dir.Socket(), "pid", os.Getpid())
	tell(logger, daemon.SdNotifyReady)
	return group.Wait()
}

// tell tells systemd, when it started the service.
func tell(logger *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil && !errors.Is(err, fs.ErrNotExist) {
		logger.Warn("systemd cannot be told", "error", err)
	}
}

// compare holds the stream against the archive while the service runs. The
// start has compared where they end; this finds what lies before.
func (l *ledger) compare(ctx context.Context) {
	began := time.Now()
	report, err := l.runner.Compare(ctx, l.log, nil)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, events.ErrBroken):
		text := err.Error()
		l.mismatch.Store(&text)
		// The next start compares only where the copies end, unless it is told.
		if err := l.o.dir.SetSuspect(true); err != nil {
			l.logger.Error("the damage could not be noted for the next start", "error", err)
		}
		l.logger.Error("THE TWO COPIES DIFFER: stop the service and start it again to repair what can be repaired, then run an audit", "damage", text)
	case err != nil:
		l.logger.Error("comparing the two copies", "error", err)
	default:
		l.logger.Info("the two copies agree", "events", report.Compared, "took", time.Since(began).Round(time.Millisecond))
	}
}
