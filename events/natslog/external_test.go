package natslog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// runServer starts a NATS server that listens on this machine, with its
// monitoring port, as an operator would.
func runServer(t *testing.T, change func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{
		ServerName: "n1", Host: "127.0.0.1", Port: server.RANDOM_PORT, HTTPHost: "127.0.0.1", HTTPPort: server.RANDOM_PORT,
		NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
		JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 64 << 20,
	}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	return s
}

func monitor(s *server.Server) string { return "http://" + s.MonitorAddr().String() }

func externalOptions(s *server.Server) Options {
	return Options{URL: s.ClientURL(), Monitor: monitor(s), Stream: "cases", Origin: eventstest.Origin}
}

func TestExternalSuite(t *testing.T) {
	s := runServer(t, nil)
	eventstest.LogSuite(t, func(t *testing.T, dir string) eventstest.Log {
		o := externalOptions(s)
		h := fnv.New64a()
		h.Write([]byte(dir))
		o.Stream = fmt.Sprintf("s%x", h.Sum64())
		l, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return l
	})
}

func TestExternalSync(t *testing.T) {
	always := runServer(t, nil)
	interval := runServer(t, func(o *server.Options) { o.SyncAlways, o.SyncInterval = false, time.Minute })
	noNATS := httptest.NewServer(http.NotFoundHandler())
	defer noNATS.Close()
	for name, c := range map[string]struct {
		s       *server.Server
		monitor string
		less    bool
		refused bool
	}{
		"syncs always":                    {always, monitor(always), false, false},
		"does not":                        {interval, monitor(interval), false, true},
		"does not, accepted":              {interval, monitor(interval), true, false},
		"no monitoring port":              {always, "", false, true},
		"another server's":                {interval, monitor(always), false, true},
		"not a NATS server's":             {always, noNATS.URL, false, true},
		"nobody listens there":            {always, "http://127.0.0.1:1", false, true},
		"nobody listens there, accepted":  {always, "http://127.0.0.1:1", true, false},
		"one of two does not sync always": {always, monitor(always) + ", " + monitor(interval), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := externalOptions(c.s)
			o.Monitor, o.AllowLess = c.monitor, c.less
			l, err := Open(t.Context(), o)
			if err == nil {
				defer l.Close()
			}
			if c.refused != errors.Is(err, ErrUnsafe) || !c.refused && err != nil {
				t.Fatalf("open: %v; want it refused: %t", err, c.refused)
			}
		})
	}
	o := externalOptions(interval)
	_, err := Open(t.Context(), o)
	var ce *ConfigError
	if !errors.As(err, &ce) || ce.Field != "jetstream sync_interval" || ce.Want != "always" {
		t.Errorf("the error does not say what to set: %v", err)
	}
}

// TestStreamRefused opens a stream that somebody else made differently.
func TestStreamRefused(t *testing.T) {
	s := runServer(t, nil)
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*jetstream.StreamConfig){
		"":                     func(*jetstream.StreamConfig) {},
		"description":          func(c *jetstream.StreamConfig) { c.Description = "caseledger other" },
		"subjects":             func(c *jetstream.StreamConfig) { c.Subjects = []string{c.Name + ".*", c.Name + ".x.y"} },
		"storage":              func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"retention":            func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy },
		"discard":              func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
		"max_msgs":             func(c *jetstream.StreamConfig) { c.MaxMsgs = 1 << 40 },
		"max_bytes":            func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 },
		"max_age":              func(c *jetstream.StreamConfig) { c.MaxAge = 1000 * time.Hour },
		"max_msgs_per_subject": func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1000 },
		"max_msg_size":         func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 20 },
		"deny_delete":          func(c *jetstream.StreamConfig) { c.DenyDelete = false },
		"deny_purge":           func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"allow_msg_ttl":        func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true },
		"allow_direct":         func(c *jetstream.StreamConfig) { c.AllowDirect = false },
		"no_ack":               func(c *jetstream.StreamConfig) { c.NoAck = true },
		"subject_transform": func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: c.Name + ".*", Destination: "x.{{wildcard(1)}}"}
		},
		"republish": func(c *jetstream.StreamConfig) {
			c.RePublish = &jetstream.RePublish{Source: c.Name + ".*", Destination: "y." + c.Name + ".{{wildcard(1)}}"}
		},
		"first_seq": func(c *jetstream.StreamConfig) { c.FirstSeq = 100 },
	} {
		t.Run("field "+field, func(t *testing.T) {
			o := externalOptions(s)
			o.Stream = "s" + strings.ReplaceAll(field, "_", "-")
			l := &Log{o: o}
			c := l.config(1)
			change(&c)
			if _, err := js.CreateStream(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), o)
			if err == nil {
				defer l.Close()
			}
			var ce *ConfigError
			if field == "" {
				if err != nil {
					t.Errorf("the ledger's own: %v", err)
				}
			} else if !errors.As(err, &ce) || ce.Field != field || !errors.Is(err, ErrUnsafe) {
				t.Errorf("open: %v, want it refused for %s", err, field)
			}
		})
	}
}

func TestLease(t *testing.T) {
	s := runServer(t, nil)
	o := externalOptions(s)
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := appendNew(t, l, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"cases", "cases-r1"} { // one origin
		o.Stream = stream
		if _, err := Open(t.Context(), o); !errors.Is(err, ErrInUse) {
			t.Fatalf("second writer on %s: %v, want %v", stream, err, ErrInUse)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	o.Stream = "cases"
	if l, err = Open(t.Context(), o); err != nil {
		t.Fatalf("open after the first writer's close: %v", err)
	}
	holds(t, l, [][]byte{p})

	// Somebody takes the lease away: the log notices and stops.
	if _, err := l.lease.kv.Put(t.Context(), leaseKey, []byte("other")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-l.app.ended:
	case <-time.After(2 * leaseTTL):
		t.Fatal("the log goes on without its lease")
	}
	if _, _, err := appendNew(t, l, 2); !errors.Is(err, events.ErrStopped) || !errors.Is(err, ErrInUse) {
		t.Errorf("append without the lease: %v", err)
	}
	_ = l.Close() // cannot give back what it has not
	if e, err := kvGet(t, s); err != nil || e != "other" {
		t.Errorf("the other writer's lease is now %q, %v", e, err)
	}
}

func kvGet(t *testing.T, s *server.Server) (string, error) {
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), "cases_lease")
	if err != nil {
		t.Fatal(err)
	}
	e, err := kv.Get(t.Context(), leaseKey)
	if err != nil {
		return "", err
	}
	return string(e.Value()), nil
}

// TestReconnect breaks the connection under a writer: nothing is lost, nothing
// is stored twice, and the log goes on.
func TestReconnect(t *testing.T) {
	s := runServer(t, nil)
	l, err := Open(t.Context(), externalOptions(s))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.app.ackWait = 500 * time.Millisecond
	stop := make(chan struct{})
	go func() {
		for n := range 120 {
			// Soon after a break is when the log finds out what became of it.
			time.Sleep(time.Duration(1+n%8*5) * time.Millisecond)
			if err := l.nc.ForceReconnect(); err != nil {
				t.Error(err)
			}
		}
		close(stop)
	}()
	acked := map[uint64][]byte{}
	for n := 0; ; n += 40 {
		more, errs := together(t, l, n, 40)
		if len(errs) > 0 {
			t.Fatalf("append: %v", errs[0])
		}
		for seq, p := range more {
			acked[seq] = p
		}
		select {
		case <-stop:
			holds(t, l, inOrder(t, acked))
			return
		default:
		}
	}
}

// runCluster starts three servers that replicate.
func runCluster(t *testing.T) []*server.Server {
	t.Helper()
	// Ports are known before the servers start: no other process takes one
	// meanwhile from an address that is this one's alone.
	pid := os.Getpid()
	host := net.IPv4(127, byte(1+pid>>16&63), byte(pid>>8), byte(pid)).String()
	var routes []*url.URL
	var ports []int
	for range 3 {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: ln.Addr().String()})
		ln.Close()
	}
	var ss []*server.Server
	for i := range 3 {
		ss = append(ss, runServer(t, func(o *server.Options) {
			o.ServerName = fmt.Sprintf("n%d", i+1)
			o.Cluster = server.ClusterOpts{Name: "c", Host: host, Port: ports[i]}
			o.Routes = routes
		}))
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		for _, s := range ss {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 {
				return ss
			}
		}
		if time.Now().After(end) {
			t.Fatal("the cluster has no leader")
		}
	}
}

// TestCluster writes to three replicas and stops the stream's leader under the
// writers: what was acknowledged is there, once and in order.
func TestCluster(t *testing.T) {
	ss := runCluster(t)
	var monitors, urls []string
	for _, s := range ss {
		monitors = append(monitors, monitor(s))
		urls = append(urls, s.ClientURL())
	}
	o := Options{URL: strings.Join(urls, ","), Monitor: strings.Join(monitors[:2], ","), Stream: "cases", Origin: eventstest.Origin}
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrUnsafe) {
		t.Fatalf("one server of the cluster unchecked: %v", err)
	}
	o.Monitor = strings.Join(monitors, ",")
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	st, err := l.js.Stream(t.Context(), "cases")
	if err != nil || st.CachedInfo().Config.Replicas != 3 {
		t.Fatalf("stream: %v, want 3 replicas", err)
	}
	acked, errs := together(t, l, 0, 200)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for _, s := range ss {
			if s.Name() == st.CachedInfo().Cluster.Leader {
				s.Shutdown()
			}
		}
	}()
	lost, last := 0, false
	for n := 200; !last; n += 50 {
		select {
		case <-gone:
			last = true // and once more after it
		default:
		}
		more, errs := together(t, l, n, 50)
		for _, err := range errs {
			if !errors.Is(err, events.ErrStopped) {
				t.Fatalf("while the leader changes: %v", err)
			}
		}
		lost += len(errs)
		for seq, p := range more {
			acked[seq] = p
		}
	}
	t.Logf("%d acknowledged, %d not", len(acked), lost)
	want := inOrder(t, acked)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for n := 0; n < len(want); {
		for e, err := range l.Replay(ctx, uint64(n+1)) {
			if err != nil {
				if ctx.Err() != nil {
					t.Fatal(err)
				}
				break // no leader yet
			}
			if n < len(want) && string(e.Payload) != string(want[n]) {
				t.Fatalf("message %d is not the one that was acknowledged", e.Seq)
			}
			n++
		}
	}
}
