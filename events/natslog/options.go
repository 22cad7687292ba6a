package natslog

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"

	"caseledger/events"
)

// DefaultMaxStore is the cap of an embedded store when none is given, in
// bytes: about twenty million contacts.
const DefaultMaxStore = 64 << 30

// How soon an embedded stream is synced.
const (
	SyncAlways = "always" // before every acknowledgement
	Sync1s     = "1s"     // every second; the archive is the durable copy until then
)

// Options say where the log is.
type Options struct {
	// Dir is the embedded server's directory, created when absent. Exactly
	// one of Dir and URL is set.
	Dir string
	// URL is an external server or a comma-separated cluster.
	URL string
	// Monitor is the base URL of the external server's monitoring port, such
	// as http://127.0.0.1:8222, or a comma-separated list with one for every
	// server of the cluster. The sync setting is read there; NATS does not
	// tell it to a client outside the system account.
	Monitor string
	// AllowLess accepts an external server that does not sync always, cannot
	// be asked, or is a cluster with a stream of less than three replicas. It
	// is logged.
	AllowLess bool
	// Stream is the stream's name, [A-Za-z0-9_-]+; subjects are
	// <Stream>.<chain>. A suffix -r<N> marks a stream rebuilt from the
	// archive: it shares keys and lease with the one it replaces.
	Stream string
	// Origin is the ledger's origin; records of another are refused.
	Origin string
	// Sync is SyncAlways (also when empty) or Sync1s. Embedded only.
	Sync string
	// MaxStore caps the embedded store, in bytes; 0 is DefaultMaxStore.
	MaxStore int64
	// Logger takes the server's warnings and the log's own; nil is silence.
	Logger *slog.Logger
}

var (
	streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	rebuilt    = regexp.MustCompile(`-r[1-9][0-9]*$`)
)

func (o *Options) check() error {
	if o.Sync == "" {
		o.Sync = SyncAlways
	}
	if o.MaxStore == 0 {
		o.MaxStore = DefaultMaxStore
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	switch {
	case (o.Dir == "") == (o.URL == ""):
		return errors.New("natslog: set either a directory or a server URL")
	case !streamName.MatchString(o.Stream):
		return errors.New("natslog: a stream name is 1 to 64 of A-Z a-z 0-9 _ -")
	case !events.ValidOrigin(o.Origin):
		return errors.New("natslog: not a valid origin")
	case o.Sync != SyncAlways && o.Sync != Sync1s:
		return fmt.Errorf("natslog: sync is %s or %s", SyncAlways, Sync1s)
	case o.MaxStore < 0:
		return errors.New("natslog: the store's cap is below zero")
	}
	return nil
}

// base is the stream's name without the mark of a rebuild.
func (o *Options) base() string { return rebuilt.ReplaceAllString(o.Stream, "") }
