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
	"runtime/debug"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"caseledger/events"
	"caseledger/internal/datadir"
	"caseledger/internal/pages"
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
	var site siteFlags
	cmd := &cobra.Command{
		Use:   "serve [--addr 127.0.0.1:8080] [--public-url URL] [--tls-cert FILE --tls-key FILE]",
		Short: "Hold the ledger for other commands and show its pages",
		Long: `Hold the ledger: other commands on the same directory go through this service
over its socket. People work on its pages, each after signing in. The first start
prints how to make the first account; caseledger account makes others.

By itself it is reached from this machine only, at http://localhost and the port,
which Chromium, Edge and Firefox treat like https. For others, either
give it a certificate (--tls-cert, --tls-key), or have a proxy on this machine
speak TLS for it, pass the Host on and say in X-Forwarded-For who asks. Both need
--public-url: the pages answer to that name only, and passkeys are bound to it.
With oidc.json in the secrets directory people can also sign in with a provider of
OpenID Connect; see docs/OPERATIONS.md.

/healthz and /metrics answer on this machine's own addresses.

The service ends on SIGTERM or SIGINT: it finishes what it was asked, signs a
checkpoint and closes the stores. systemd is told when it is ready.`,
		Example: "  caseledger serve --data /srv/caseledger --secrets /etc/caseledger/secrets --addr 127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&site.addr, "addr", "127.0.0.1:8080", "the `address` of the pages, health and metrics")
	cmd.Flags().StringVar(&site.public, "public-url", "", "the `URL` under which people reach the pages, such as https://cases.example.org")
	cmd.Flags().StringVar(&site.cert, "tls-cert", "", "a `file` with the certificate and those above it, PEM")
	cmd.Flags().StringVar(&site.key, "tls-key", "", "a `file` with its key, PEM")
	cmd.RunE = a.does(func(cmd *cobra.Command, _ []string) error {
		if err := site.check(); err != nil {
			return err
		}
		return a.serve(cmd.Context(), &site)
	})
	return cmd
}

// serve holds the ledger until ctx ends.
func (a *app) serve(ctx context.Context, flags *siteFlags) (err error) {
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
	access, err := l.openAccess(ctx)
	if err != nil {
		return err // nothing may be shown
	}

	observed, metrics := web.Observe(attended(l))
	commands, err := listenSocket(o.dir)
	if err != nil {
		return err
	}
	defer commands.Close()
	page, err := flags.listen()
	if err != nil {
		return err
	}
	defer page.Close()
	where := flags.where(page.Addr())
	if l.mail, err = l.openMail(where.url+"/", logger); err != nil {
		return err
	}
	if l.mail != nil {
		web.ObserveMail(metrics, l.mail.Status)
	}
	site, err := l.site(where, logger, a.stdout)
	if err != nil {
		return err
	}
	var local []string // names under which this machine asks
	if where.own {
		local = web.LocalHosts(page.Addr())
	}

	calls, breakOff := context.WithCancel(context.WithoutCancel(ctx))
	defer breakOff()
	errorLog := slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	var people attention
	mux := http.NewServeMux()
	mux.Handle("/v1/", web.API(observed))
	mux.Handle("GET /healthz", web.Health(l))
	servers := []struct {
		*http.Server
		on net.Listener
	}{
		{&http.Server{Handler: people.served(mux), ErrorLog: errorLog, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}, commands},
		{&http.Server{
			Handler: people.served(web.Site(observed, metrics, local, site)), ErrorLog: errorLog,
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
	group.Go(func() error { l.compare(ctx, &people); return nil })
	group.Go(func() error { access.compare(ctx, &people); return nil })
	group.Go(func() error { l.checkpointsAccess(ctx); return nil })
	if l.mail != nil {
		group.Go(func() error { l.mail.Run(ctx); return nil })
	}
	group.Go(func() error { return l.sweepsCourt(ctx) })
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
	logger.Info("serving", "origin", l.config.Origin, "events", l.runner.Position(), "page", where.url+"/", "address", page.Addr().String(), "socket", o.dir.Socket(), "pid", os.Getpid())
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
// start has compared where they end; this finds what lies before. It rests
// four times as long as it works, and while people are answered.
func (l *ledger) compare(ctx context.Context, people *attention) {
	began := time.Now()
	worked := began
	// What the start took up, after a kill the whole stream, is given back first.
	debug.FreeOSMemory()
	report, err := l.runner.Compare(ctx, l.log, func(uint64, uint64) {
		select {
		case <-time.After(4 * time.Since(worked)):
		case <-ctx.Done():
		}
		people.giveWay(ctx)
		worked = time.Now()
	})
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, events.ErrBroken):
		text := err.Error()
		l.mismatch.Store(&text)
		l.compared.Store(&pages.Compared{At: l.now(), Events: report.Compared, Differ: true})
		// The next start compares only where the copies end, unless it is told.
		if err := l.o.dir.SetSuspect(true); err != nil {
			l.logger.Error("the damage could not be noted for the next start", "error", err)
		}
		l.logger.Error("THE TWO COPIES DIFFER: stop the service and start it again to repair what can be repaired, then run an audit", "damage", text)
	case err != nil:
		l.logger.Error("comparing the two copies", "error", err)
	default:
		l.compared.Store(&pages.Compared{At: l.now(), Events: report.Compared})
		l.logger.Info("the two copies agree", "events", report.Compared, "took", time.Since(began).Round(time.Millisecond))
	}
}
