package natslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	clusterReplicas = 3

	// leaseTTL is how long a writer that died keeps others out.
	leaseTTL   = 15 * time.Second
	leaseRenew = leaseTTL / 5
)

// checkServers asks every monitoring port named for the server's sync setting
// and returns the number of replicas that streams must have.
func (l *Log) checkServers(ctx context.Context) (replicas int, err error) {
	replicas = 1
	if l.nc.ConnectedClusterName() != "" {
		replicas = clusterReplicas
	}
	err = l.checkSync(ctx)
	if err != nil && l.o.AllowLess {
		l.o.Logger.Warn("accepting a server that promises less", slog.Any("error", err))
		err = nil
	}
	return replicas, err
}

func (l *Log) checkSync(ctx context.Context) error {
	if l.o.Monitor == "" {
		return fmt.Errorf("the server's sync_interval cannot be checked: name its monitoring port: %w", ErrUnsafe)
	}
	asked := map[string]bool{}
	for base := range strings.SplitSeq(l.o.Monitor, ",") {
		v, err := varz(ctx, strings.TrimSpace(base))
		if err != nil {
			return fmt.Errorf("the server's sync_interval cannot be checked: %w: %w", err, ErrUnsafe)
		}
		if !v.JetStream.Config.SyncAlways {
			return &ConfigError{What: "server " + v.Name, Field: "jetstream sync_interval", Got: v.JetStream.Config.SyncInterval.String(), Want: "always"}
		}
		asked[v.ID] = true
	}
	if !asked[l.nc.ConnectedServerId()] {
		return fmt.Errorf("the monitoring port is not that of the server at %s: %w", l.nc.ConnectedAddr(), ErrUnsafe)
	}
	if l.nc.ConnectedClusterName() != "" && len(asked) < clusterReplicas {
		return fmt.Errorf("of a cluster the monitoring ports of %d servers are needed, %d are named: %w", clusterReplicas, len(asked), ErrUnsafe)
	}
	return nil
}

// serverVarz is what is read of a server's /varz.
type serverVarz struct {
	ID        string `json:"server_id"`
	Name      string `json:"server_name"`
	JetStream struct {
		Config struct {
			SyncInterval time.Duration `json:"sync_interval"`
			SyncAlways   bool          `json:"sync_always"`
		} `json:"config"`
	} `json:"jetstream"`
}

func varz(ctx context.Context, base string) (serverVarz, error) {
	var v serverVarz
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/varz", nil)
	if err != nil {
		return v, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return v, fmt.Errorf("monitoring port: %s", res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&v); err != nil {
		return v, fmt.Errorf("monitoring port: %w", err)
	}
	if v.ID == "" {
		return v, errors.New("monitoring port: not a NATS server's /varz")
	}
	return v, nil
}

// lease keeps a second writer out of an origin on an external server: one key
// that expires unless it is renewed. The expected sequences protect the stream
// even when two writers believe to hold it; the lease keeps that from
// happening in the first place.
type lease struct {
	kv       jetstream.KeyValue
	holder   string
	rev      uint64
	quit     chan struct{}
	once     sync.Once
	finished chan struct{} // nil until keep
}

const leaseKey = "writer"

func takeLease(ctx context.Context, l *Log, replicas int) (*lease, error) {
	bucket := l.o.base() + "_lease"
	kv, err := l.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      bucket,
		Description: "caseledger writer of " + l.o.Origin,
		History:     1,
		TTL:         leaseTTL,
		Storage:     jetstream.FileStorage,
		Replicas:    replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", bucket, full(err))
	}
	le := &lease{kv: kv, holder: nuid.Next(), quit: make(chan struct{})}
	le.rev, err = kv.Create(ctx, leaseKey, []byte(le.holder))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil, fmt.Errorf("origin %s has a writer (after its death the lease ends within %s): %w", l.o.Origin, leaseTTL, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("lease: %w", full(err))
	}
	return le, nil
}

// keep renews the lease until giveBack. lost is called once when it is lost or
// could not be renewed in time.
func (le *lease) keep(lost func(error)) {
	le.finished = make(chan struct{})
	go func() {
		defer close(le.finished)
		tick := time.NewTicker(leaseRenew)
		defer tick.Stop()
		renewed := time.Now()
		for {
			select {
			case <-le.quit:
				return
			case <-tick.C:
			}
			ctx, cancel := context.WithTimeout(context.Background(), leaseRenew)
			started := time.Now()
			rev, err := le.kv.Update(ctx, leaseKey, []byte(le.holder), le.rev)
			if err != nil {
				// The renewal may have been stored and its answer lost.
				if e, gerr := le.kv.Get(ctx, leaseKey); gerr == nil && string(e.Value()) == le.holder {
					rev, err = e.Revision(), nil
				}
			}
			cancel()
			var api *jetstream.APIError
			switch {
			case err == nil:
				le.rev, renewed = rev, started
			case errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant):
				lost(fmt.Errorf("the lease is another writer's: %w", ErrInUse))
				return
			case time.Since(renewed) > leaseTTL-2*leaseRenew:
				lost(fmt.Errorf("the lease could not be renewed: %w", err))
				return
			}
		}
	}()
}

func (le *lease) giveBack() error {
	le.once.Do(func() { close(le.quit) })
	if le.finished != nil {
		<-le.finished
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaseRenew)
	defer cancel()
	if err := le.kv.Delete(ctx, leaseKey, jetstream.LastRevision(le.rev)); err != nil {
		return fmt.Errorf("give the lease back (it ends by itself within %s): %w", leaseTTL, err)
	}
	return nil
}
