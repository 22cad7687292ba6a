package natslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
)

// State is events.State.
type State = events.State

// Log is one stream, open for one writer. Its methods may be called
// concurrently.
type Log struct {
	o    Options
	emb  *embedded // nil with an external server
	nc   *nats.Conn
	js   jetstream.JetStream
	keys jetstream.KeyValue
	// objects is the second copy of the attachments.
	objects jetstream.ObjectStore
	// noObjects: there was no bucket for them when the log was opened.
	noObjects bool
	lease     *lease // nil with an embedded server
	app       *appender

	closeOnce sync.Once
	closeErr  error
}

// requestWait bounds one question to the server, such as a look at what is
// stored.
const requestWait = 10 * time.Second

// Open starts or reaches the server, creates or checks the stream and the key
// bucket, and takes the log for this process. Errors: ErrInUse when another
// writer has it, ErrUnsafe (a *ConfigError) when the server or the stream
// promises less than the ledger needs, ErrFull when there is no room for the
// stream itself.
func Open(ctx context.Context, o Options) (_ *Log, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	l := &Log{o: o}
	defer func() {
		if err != nil {
			l.release()
		}
	}()
	opts := []nats.Option{
		nats.Name("caseledger " + o.Origin),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			o.Logger.Debug("nats connection", slog.Any("error", err)) // appends find out for themselves
		}),
		nats.ReconnectBufSize(-1), // what cannot be sent now is not sent later behind our back
	}
	if o.Dir != "" {
		if l.emb, err = startEmbedded(&o); err != nil {
			return nil, err
		}
		opts = append(opts, nats.InProcessServer(l.emb.srv))
	}
	if l.nc, err = nats.Connect(o.URL, opts...); err != nil {
		return nil, fmt.Errorf("connect to the event server: %w", err)
	}
	if l.js, err = jetstream.New(l.nc, jetstream.WithDefaultTimeout(requestWait)); err != nil {
		return nil, err
	}
	replicas := 1
	if l.emb == nil {
		if replicas, err = l.checkServers(ctx); err != nil {
			return nil, err
		}
		if l.lease, err = takeLease(ctx, l, replicas); err != nil {
			return nil, err
		}
	}
	if err = l.openStream(ctx, replicas); err != nil {
		return nil, err
	}
	if err = l.openKeys(ctx, replicas); err != nil {
		return nil, err
	}
	if err = l.openObjects(ctx, replicas); err != nil {
		return nil, err
	}
	if l.app, err = newAppender(ctx, l); err != nil {
		return nil, err
	}
	if l.lease != nil {
		l.lease.keep(func(err error) { l.app.halt(err) })
	}
	return l, nil
}

// Close finishes what was handed to Append, gives the lease back and shuts an
// embedded server down, which writes its index so that the next start is
// quick. Appends that come later end with events.ErrStopped.
func (l *Log) Close() error {
	l.closeOnce.Do(func() {
		l.app.close()
		l.closeErr = l.release()
	})
	return l.closeErr
}

func (l *Log) release() error {
	var err error
	if l.lease != nil {
		err = l.lease.giveBack()
	}
	if l.nc != nil {
		l.nc.Close()
	}
	if l.emb != nil {
		l.emb.close()
	}
	return err
}

// full makes ErrFull of the server's ways to say that a cap is reached.
func full(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case errAccountResources, errInsufficientResources, errStorageResources:
			return fmt.Errorf("%w: the store's cap is reached (%w)", ErrFull, err)
		}
	}
	return err
}

// Error codes of the server that the jetstream package does not name. Source:
// nats-server 2.15.2, server/errors.json.
const (
	errAccountResources      jetstream.ErrorCode = 10002
	errInsufficientResources jetstream.ErrorCode = 10023
	errStorageResources      jetstream.ErrorCode = 10047
)
