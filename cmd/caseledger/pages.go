package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/api"
	"caseledger/internal/clock"
	"caseledger/internal/drafts"
	"caseledger/internal/ops"
	"caseledger/internal/pages"
	"caseledger/internal/policy"
	"caseledger/internal/provider"
	"caseledger/internal/web"
	"caseledger/schemas"
)

// Facts implements pages.Ledger: as everything that is recorded has them.
func (l *ledger) Facts(ctx context.Context, chain events.Chain) (access.CaseFacts, error) {
	if chain == l.config.Service {
		return access.CaseFacts{}, fmt.Errorf("the service's chain is no case: %w", events.ErrNotFound)
	}
	f, err := l.file(ctx, ops.AsOf{Case: chain})
	if err != nil {
		return access.CaseFacts{}, err
	}
	facts := access.CaseFacts{Chain: chain, Adviser: f.Adviser(), Stage: f.Stage}
	for _, c := range f.Covering(l.now()) {
		facts.Covering = append(facts.Covering, c.Data.Adviser)
	}
	for _, s := range f.Excluded() {
		facts.Excluded = append(facts.Excluded, s.Data.Staff)
	}
	return facts, nil
}

// AllCases implements pages.Ledger. What cannot be read is left out: nobody
// could say who is excluded from it.
func (l *ledger) AllCases(ctx context.Context, staff string) ([]ops.Case, error) {
	rows, err := l.runner.Caseload(ctx, "")
	if err != nil {
		return nil, err
	}
	list := []ops.Case{}
	for i := range rows {
		if r := &rows[i]; r.Missing == "" && !slices.Contains(r.Excluded, staff) {
			list = append(list, caseOf(r))
		}
	}
	return list, nil
}

// Exclusions implements pages.Ledger. What cannot be read is left out, as in
// AllCases.
func (l *ledger) Exclusions(ctx context.Context, staff string) ([]pages.Exclusion, error) {
	rows, err := l.runner.Caseload(ctx, "")
	if err != nil {
		return nil, err
	}
	var list []pages.Exclusion
	for i := range rows {
		if r := &rows[i]; r.Missing == "" && len(r.Excluded) > 0 && !slices.Contains(r.Excluded, staff) {
			list = append(list, pages.Exclusion{Case: r.Case, Initials: r.Initials, Staff: slices.Sorted(slices.Values(r.Excluded))})
		}
	}
	return list, nil
}

// CasesPage implements pages.Ledger.
func (l *ledger) CasesPage(ctx context.Context, staff string, from, n int) ([]ops.Case, int, error) {
	rows, count, err := l.runner.Page(ctx, staff, from, n)
	list := make([]ops.Case, len(rows))
	for i := range rows {
		list[i] = caseOf(&rows[i])
	}
	return list, count, err
}

// working is who works for the service, as the guard asks at every request:
// read again when the service's chain has grown.
type working struct {
	l *ledger

	mu     sync.Mutex
	seq    uint64
	roster *policy.Roster
}

func (w *working) find(ctx context.Context, staff string) (schemas.StaffRecordedV2, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	head, err := w.l.runner.Head(w.l.config.Service)
	if err != nil && !errors.Is(err, events.ErrNotFound) {
		return schemas.StaffRecordedV2{}, false, err
	}
	if w.roster == nil || head.Seq != w.seq {
		roster, err := w.l.roster(ctx)
		if err != nil {
			return schemas.StaffRecordedV2{}, false, err
		}
		w.roster, w.seq = roster, head.Seq
	}
	s, ok := w.roster.Find(staff, time.Time{})
	return s, ok, nil
}

// Role implements access.Staff.
func (w *working) Role(ctx context.Context, staff string) (access.Role, bool, error) {
	s, ok, err := w.find(ctx, staff)
	return access.Role(s.Role), ok && s.Active, err
}

// Enrol implements access.Staff.
func (w *working) Enrol(ctx context.Context, staff string) error {
	s, ok, err := w.find(ctx, staff)
	switch role := access.Role(s.Role); {
	case err != nil:
		return err
	case ok && s.Active && (role == access.Administrator || role == access.Manager):
		return nil
	case ok:
		return access.ErrFirst
	}
	from := clock.Format(clock.London(w.l.now()))
	occurred, err := schemas.EncodeData(schemas.Occurred{From: &from, Precision: "exact"})
	if err != nil {
		return err
	}
	data, err := schemas.EncodeData(schemas.StaffRecordedV2{Staff: staff, Role: string(access.Administrator), Active: true, Languages: []string{}, By: staff})
	if err != nil {
		return err
	}
	_, err = w.l.Append(ctx, ops.Append{Type: "staff.recorded", Actor: staff, Occurred: occurred, Data: data})
	return err
}

// siteFlags say how the pages are reached.
type siteFlags struct {
	addr, cert, key, public string
}

// at is where the pages are, as people type it.
type at struct {
	url     string   // without a path
	hosts   []string // names that they answer to
	https   bool
	proxied bool // by a proxy on this machine, which says whom for
	own     bool // the listener is on one of this machine's own addresses
}

// check refuses what would show the pages to others without TLS.
func (f *siteFlags) check() error {
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return usageError("--addr must be an address and a port, such as 127.0.0.1:8080")
	}
	if (f.cert == "") != (f.key == "") {
		return usageError("--tls-cert and --tls-key go together")
	}
	if f.public != "" {
		u, err := url.Parse(f.public)
		if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return usageError("--public-url must be https:// and a name, such as https://cases.example.org")
		}
	}
	ip := net.ParseIP(host)
	switch own := host == "localhost" || ip != nil && ip.IsLoopback(); {
	case !own && f.cert == "":
		return usageError("--addr must be on this machine (127.0.0.1, ::1 or localhost): others reach the pages by TLS only, with --tls-cert and --tls-key, or through a proxy on this machine")
	case f.cert != "" && f.public == "":
		return usageError("--public-url is missing: with a certificate the pages answer to its name only")
	}
	return nil
}

// where is how the pages are reached on a listener.
func (f *siteFlags) where(on net.Addr) at {
	tcp, _ := on.(*net.TCPAddr)
	a := at{own: tcp != nil && tcp.IP.IsLoopback()}
	if f.public == "" {
		a.hosts = web.LocalHosts(on)
		a.url = "http://localhost:" + portOf(on)
		return a
	}
	u, _ := url.Parse(f.public) // checked
	a.url, a.hosts, a.https, a.proxied = "https://"+u.Host, []string{u.Host}, true, f.cert == ""
	return a
}

func portOf(on net.Addr) string {
	_, port, _ := net.SplitHostPort(on.String())
	return port
}

// listen takes the pages' address.
func (f *siteFlags) listen() (net.Listener, error) {
	page, err := net.Listen("tcp", f.addr)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	if f.cert == "" {
		return page, nil
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--tls-cert, --tls-key: %w", err), page.Close())
	}
	return tls.NewListener(page, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// site makes the pages. Without their style sheet there are none, and everybody
// who asks is told. While there is no account, out is told how to make the
// first.
func (l *ledger) site(where at, logger *slog.Logger, out io.Writer) (http.Handler, error) {
	guard, err := l.guarding()
	if err != nil {
		return nil, err
	}
	kept, err := drafts.Open(l.o.dir.Drafts(), l.config.Origin, l.ring)
	if err != nil {
		return nil, err
	}
	o := pages.Options{
		Ledger: l, Guard: guard, Recorder: recorder{l}, Glass: glass{l, guard}, Drafts: drafting{l, kept}, Logger: logger,
		Hosts: where.hosts, HTTPS: where.https, Now: l.now,
	}
	if passkeys, err := access.NewPasskeys(guard, where.url); err == nil {
		o.Passkeys = passkeys
	} else {
		logger.Warn("nobody can use passkeys here", "error", err)
	}
	switch known, err := provider.Open(l.secrets, where.url+pages.ProviderBack, l.now, nil); {
	case err != nil:
		return nil, err
	case known != nil:
		o.SignOn = access.NewSignOn(guard, known)
	}
	programs, err := l.programs(where, logger)
	if err != nil {
		return nil, err
	}
	site, err := pages.New(o)
	if errors.Is(err, pages.ErrNoAssets) {
		logger.Error("there are no pages", "error", err)
		return beside(programs, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "This program was built without its pages. Whoever runs the service finds in its log what to do.", http.StatusServiceUnavailable)
		}), where), nil
	} else if err != nil {
		return nil, err
	}
	code, err := guard.First()
	if err != nil {
		return nil, err
	}
	if code != "" {
		fmt.Fprintf(out, "There are no accounts yet. To make the first, an administrator's, open within a day\n  %s/set-up#/%s\nor %s/set-up, and type %s\n", where.url, code, where.url, code)
	}
	return beside(programs, site, where), nil
}

// programs makes the programming interface.
func (l *ledger) programs(where at, logger *slog.Logger) (http.Handler, error) {
	bearers, err := l.bearing()
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{
		Ledger: l, Guard: bearers, Recorder: recorder{l}, Logger: logger, Hosts: where.hosts, HTTPS: where.https, Version: version(), Now: l.now,
	}), nil
}

// beside serves the programming interface under its path and the pages
// everywhere else.
func beside(programs, site http.Handler, where at) http.Handler {
	both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			programs.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
	if where.proxied {
		return fromProxy(both)
	}
	return both
}

// fromProxy takes the address of who asks from the header in which a proxy on
// this machine says it: the last one is the proxy's own word.
func fromProxy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		ip := net.ParseIP(host)
		said := r.Header.Values("X-Forwarded-For")
		if err == nil && ip != nil && ip.IsLoopback() && len(said) > 0 {
			list := strings.Split(said[len(said)-1], ",")
			if from := net.ParseIP(strings.TrimSpace(list[len(list)-1])); from != nil {
				r2 := r.Clone(r.Context())
				r2.RemoteAddr = net.JoinHostPort(from.String(), "0")
				r = r2
			}
		}
		next.ServeHTTP(w, r)
	})
}
