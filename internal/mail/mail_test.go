package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"caseledger/events"
)

// got is a message as the server has it.
type got struct {
	from, to, data string
	tls, signedIn  bool
}

// post is a mail server.
type post struct {
	*smtp.Server
	addr string
	ca   []byte // PEM

	mu       sync.Mutex
	messages []got
	refuse   []*smtp.SMTPError // of the next recipients, in turn
}

type session struct {
	p        *post
	c        *smtp.Conn
	signedIn bool
	m        got
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "caseledger" || password != "a password of its own" {
			return errors.New("no")
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.m = got{from: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if len(s.p.refuse) > 0 {
		e := s.p.refuse[0]
		s.p.refuse = s.p.refuse[1:]
		if e != nil {
			return e
		}
	}
	s.m.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := s.c.TLSConnectionState()
	s.m.data, s.m.tls, s.m.signedIn = string(b), secure, s.signedIn
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.messages = append(s.p.messages, s.m)
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// certificate is one for 127.0.0.1, and the PEM of who issued it.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	make := func(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			parent, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return key, der
	}
	from, to := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caKey, caDER := make(ca, nil, nil)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	key, der := make(leaf, ca, caKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
}

// openPost starts a mail server.
func openPost(t *testing.T, implicit bool) *post {
	t.Helper()
	p := &post{}
	cert, ca := certificate(t)
	p.ca = ca
	p.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{p: p, c: c}, nil }))
	p.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	p.Domain, p.ErrorLog = "mail.example.org", nobody{}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = on.Addr().String()
	if implicit {
		on = tls.NewListener(on, p.TLSConfig)
	}
	go func() { _ = p.Serve(on) }()
	t.Cleanup(func() { _ = p.Close() })
	return p
}

type nobody struct{}

func (nobody) Printf(string, ...any) {}
func (nobody) Println(...any)        {}

func (p *post) taken() []got {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]got{}, p.messages...)
}

// secrets is a secrets directory in memory.
type secrets map[string][]byte

func (s secrets) File(name string, limit int) ([]byte, error) {
	b, ok := s[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if len(b) > limit {
		return nil, events.ErrTooLarge
	}
	return b, nil
}

func (p *post) server(t *testing.T, how string) *Server {
	t.Helper()
	s, err := Open(secrets{FileConfig: []byte(`{"format":"caseledger/mail/v1","from":"ledger@example.org","password":"a password of its own","server":"` + p.addr + `","tls":"` + how + `","user":"caseledger"}`), FileAuthority: p.ca})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// book is where everybody's mail goes.
type book map[string]string

func (b book) Address(_ context.Context, staff string) (string, error) {
	if a, ok := b[staff]; ok {
		return a, nil
	}
	return "", errors.New("nobody of that number")
}

var start = time.Date(2026, 10, 30, 17, 4, 5, 0, time.UTC)

const url = "https://cases.example.org/"

// watch is a clock that a test sets.
type watch struct {
	mu sync.Mutex
	t  time.Time
}

func (w *watch) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.t }

func (w *watch) add(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.t = w.t.Add(d) }

func queue(t *testing.T, dir string, s *Server, to book, w *watch) (*Queue, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	q, err := OpenQueue(Options{Dir: dir, Server: s, URL: url, Addresses: to, Logger: slog.New(slog.NewTextHandler(log, nil)), Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	return q, log
}

// turn sends what is due now and returns.
func turn(t *testing.T, q *Queue) {
	t.Helper()
	for {
		staff, _ := q.due()
		if staff == "" {
			return
		}
		q.ask(t.Context(), staff)
	}
}

// Every message is the same but for whom it is to, its number and its time,
// byte for byte.
func TestMessage(t *testing.T) {
	for _, how := range []string{StartTLS, Implicit} {
		p := openPost(t, how == Implicit)
		w := &watch{t: start}
		q, log := queue(t, t.TempDir(), p.server(t, how), book{"staff-07": "seven@example.org", "staff-01": "one@example.org"}, w)
		q.Notify("staff-07", "staff-01")
		turn(t, q)
		list := p.taken()
		if len(list) != 2 {
			t.Fatalf("%s: %d messages; %s", how, len(list), log)
		}
		number := regexp.MustCompile(`Message-ID: <[0-9a-f]{32}@example\.org>`)
		for _, m := range list {
			want := "From: ledger@example.org\r\nTo: " + m.to + "\r\nSubject: Please sign in\r\nDate: Fri, 30 Oct 2026 17:04:05 +0000\r\nMessage-ID: <x>\r\n" +
				"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" +
				"Please sign in:\r\n\r\nhttps://cases.example.org/\r\n\r\nThis message is the same whatever the reason. It is sent by a machine: nobody reads answers.\r\n"
			if have := number.ReplaceAllString(m.data, "Message-ID: <x>"); have != want {
				t.Errorf("%s:\n%q\nwant\n%q", how, have, want)
			}
			if m.from != "ledger@example.org" || !m.tls || !m.signedIn {
				t.Errorf("%s: from %s, over TLS %t, with a password %t", how, m.from, m.tls, m.signedIn)
			}
		}
		if s := q.Status(); s.Sent != 2 || s.Waiting != 0 || s.Problem != "" || !s.Last.Equal(start) {
			t.Errorf("%+v", s)
		}
	}
}

// However often there is reason to, one message in a quarter of an hour.
func TestCoalesced(t *testing.T) {
	p := openPost(t, false)
	w := &watch{t: start}
	q, _ := queue(t, t.TempDir(), p.server(t, StartTLS), book{"staff-07": "seven@example.org"}, w)
	count := func(want int) {
		t.Helper()
		if turn(t, q); len(p.taken()) != want {
			t.Errorf("%d messages, want %d", len(p.taken()), want)
		}
	}
	q.Notify("staff-07", "staff-07")
	q.Notify("staff-07")
	count(1)
	w.add(time.Minute)
	q.Notify("staff-07")
	q.Notify("staff-07")
	count(1)
	if q.Status().Waiting != 1 {
		t.Error("nobody waits")
	}
	w.add(Every - time.Minute - 1)
	count(1)
	w.add(1)
	count(2)
	w.add(24 * time.Hour)
	count(2)
}

// A server that is away, that is busy and that refuses: what comes of a
// message, and when it is tried again.
func TestRetries(t *testing.T) {
	p := openPost(t, false)
	w := &watch{t: start}
	to := book{"staff-07": "seven@example.org", "staff-08": "eight@example.org"}
	q, log := queue(t, t.TempDir(), p.server(t, StartTLS), to, w)
	busy := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try seven@example.org later"}
	never := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such seven@example.org"}
	p.refuse = []*smtp.SMTPError{busy, busy}
	q.Notify("staff-07")
	for i, wait := range []time.Duration{time.Minute, 2 * time.Minute} {
		turn(t, q)
		if s := q.Status(); s.Waiting != 1 || s.Problem != "recipient: the mail server answers 451" || s.GivenUp != 0 {
			t.Fatalf("after failure %d: %+v", i+1, s)
		}
		w.add(wait - 1)
		if staff, _ := q.due(); staff != "" {
			t.Errorf("after failure %d it is tried too soon", i+1)
		}
		w.add(1)
	}
	if turn(t, q); len(p.taken()) != 1 || q.Status().Problem != "" {
		t.Fatalf("%d messages, %+v", len(p.taken()), q.Status())
	}

	// What is refused for good is not tried again, and keeps nobody else waiting.
	w.add(time.Hour)
	p.refuse = []*smtp.SMTPError{never, nil}
	q.Notify("staff-07")
	turn(t, q)
	w.add(time.Second)
	q.Notify("staff-08")
	turn(t, q)
	if s := q.Status(); s.GivenUp != 1 || s.Waiting != 0 || s.Sent != 2 {
		t.Errorf("%+v", s)
	}
	if strings.Contains(log.String(), "example.org") || strings.Contains(log.String(), "staff-") {
		t.Errorf("the log names somebody: %s", log)
	}

	// The server goes and comes back; the queue is opened again meanwhile.
	_ = p.Close()
	w.add(time.Hour)
	q.Notify("staff-07")
	turn(t, q)
	if s := q.Status(); s.Waiting != 1 || s.Problem != "the mail server cannot be reached" {
		t.Fatalf("%+v", s)
	}
	back := openPost(t, false)
	again, _ := queue(t, q.o.Dir, back.server(t, StartTLS), to, w)
	if turn(t, again); len(back.taken()) != 0 {
		t.Error("it was tried before its time")
	}
	w.add(time.Minute)
	if turn(t, again); len(back.taken()) != 1 || again.Status().Waiting != 0 {
		t.Errorf("%d messages, %+v", len(back.taken()), again.Status())
	}

	// After a day it is given up.
	_ = back.Close()
	w.add(time.Hour)
	again.Notify("staff-08")
	tries := 0
	for end := w.now().Add(GiveUp + 2*longest); w.now().Before(end); w.add(time.Minute) {
		if staff, _ := again.due(); staff != "" {
			turn(t, again)
			tries++
		}
	}
	if s := again.Status(); s.GivenUp != 1 || s.Waiting != 0 || tries < 24 || tries > 40 {
		t.Errorf("%d tries, %+v", tries, s)
	}
}

// A server that is not who it says, that offers no TLS or takes no password
// gets nothing, and nobody's message is given up.
func TestRefusesServers(t *testing.T) {
	p, other := openPost(t, false), openPost(t, false)
	plain := openPost(t, false)
	plain.TLSConfig = nil
	wrong := p.server(t, StartTLS)
	wrong.pass = "another"
	stranger := p.server(t, StartTLS)
	stranger.roots = other.server(t, StartTLS).roots
	named := p.server(t, StartTLS)
	named.host = "localhost" // the certificate is of 127.0.0.1
	for name, c := range map[string]struct {
		s    *Server
		want string
	}{
		"another's certificate": {stranger, "STARTTLS"},
		"another name":          {named, "STARTTLS"},
		"no TLS":                {plain.server(t, StartTLS), "the mail server offers no STARTTLS"},
		"no TLS at once":        {p.server(t, Implicit), "TLS with the mail server fails"},
		"a wrong password":      {wrong, "password: the mail server answers 454"},
	} {
		q, _ := queue(t, t.TempDir(), c.s, book{"staff-07": "seven@example.org"}, &watch{t: start})
		q.Notify("staff-07")
		turn(t, q)
		if s := q.Status(); s.Sent != 0 || s.Waiting != 1 || s.GivenUp != 0 || !strings.HasPrefix(s.Problem, strings.TrimSuffix(c.want, " 454")) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if n := len(p.taken()) + len(plain.taken()); n != 0 {
		t.Errorf("%d messages went out", n)
	}
	// To this machine itself it may go in the clear.
	s, err := Open(secrets{FileConfig: []byte(`{"format":"caseledger/mail/v1","from":"ledger@example.org","password":"","server":"` + plain.addr + `","tls":"none","user":""}`)})
	if err != nil {
		t.Fatal(err)
	}
	q, _ := queue(t, t.TempDir(), s, book{"staff-07": "seven@example.org"}, &watch{t: start})
	q.Notify("staff-07")
	if turn(t, q); len(plain.taken()) != 1 {
		t.Errorf("%+v", q.Status())
	}
}

// Nobody without an address is asked, and no address makes a second line.
func TestAddresses(t *testing.T) {
	for _, s := range []string{"seven@example.org", "a.b+c@mail.example.org", "o'neil@example.org"} {
		if !ValidAddress(s) {
			t.Errorf("%q is refused", s)
		}
	}
	bad := []string{"", "seven", "seven@", "@example.org", "seven@localhost", "seven@example.org\r\nBcc: x@example.org", "seven@example.org\n", "Seven <seven@example.org>", "a@example.org, b@example.org",
		"a@b@example.org", `"a b"@example.org`, "seven @example.org", "sévèn@example.org", "seven@exämple.org", "seven@example.org\x00", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 250) + ".org", "seven@[127.0.0.1]", "<seven@example.org>"}
	p := openPost(t, false)
	for _, s := range bad {
		if ValidAddress(s) {
			t.Errorf("%q is taken", s)
		}
		if s == "" {
			continue
		}
		q, _ := queue(t, t.TempDir(), p.server(t, StartTLS), book{"staff-07": s}, &watch{t: start})
		q.Notify("staff-07")
		if turn(t, q); q.Status().GivenUp != 1 {
			t.Errorf("%q: %+v", s, q.Status())
		}
	}
	q, _ := queue(t, t.TempDir(), p.server(t, StartTLS), book{"staff-07": ""}, &watch{t: start})
	q.Notify("staff-07")
	if turn(t, q); q.Status().Waiting != 0 || q.Status().Sent != 0 || q.Status().Problem != "" {
		t.Errorf("without an address: %+v", q.Status())
	}
	if len(p.taken()) != 0 {
		t.Errorf("%+v", p.taken())
	}
}

// A queue is bounded, and one that is damaged keeps nothing up.
func TestQueue(t *testing.T) {
	dir := t.TempDir()
	w := &watch{t: start}
	q, _ := queue(t, dir, &Server{}, book{}, w)
	for i := range MaxWaiting + 5 {
		q.people["staff-"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+time.Duration(i).String()] = &person{Since: start, Next: start.Add(time.Hour)}
		if len(q.people) == MaxWaiting {
			break
		}
	}
	q.Notify("staff-07")
	if s := q.Status(); s.Waiting != MaxWaiting || s.GivenUp != 1 {
		t.Errorf("%+v", s)
	}
	if q.write(); q.writing != nil {
		t.Fatal(q.writing)
	}
	if again, _ := queue(t, dir, &Server{}, book{}, w); again.Status().Waiting != MaxWaiting {
		t.Errorf("%+v", again.Status())
	}
	for _, text := range []string{"", "{}", `{"format":"caseledger/mail-queue/v1","people":{"staff-07":null}}`, `{"format":"caseledger/mail-queue/v2","people":{}}`, strings.Repeat(" ", maxQueue+1)} {
		if err := os.WriteFile(filepath.Join(dir, queueName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		again, log := queue(t, dir, &Server{}, book{}, w)
		if again.Status().Waiting != 0 || !strings.Contains(log.String(), "put aside") {
			t.Errorf("%.60q: %+v, %s", text, again.Status(), log)
		}
		if _, err := os.Stat(filepath.Join(dir, queueName+".damaged")); err != nil {
			t.Error(err)
		}
	}
	// A file that cannot be written is said, and nobody fails.
	full, _ := queue(t, t.TempDir(), &Server{}, book{}, w)
	if err := os.RemoveAll(full.o.Dir); err != nil {
		t.Fatal(err)
	}
	if full.Notify("staff-07"); full.Status().Waiting != 1 || full.Status().Problem != "the queue cannot be written" {
		t.Errorf("%+v", full.Status())
	}
}

// Run wakes when there is somebody to ask, waits as long as it must, and ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := book{"staff-07": ""}
		q, _ := queue(t, t.TempDir(), &Server{}, to, &watch{})
		q.o.Now = time.Now
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { q.Run(ctx); close(ended) }()
		synctest.Wait()
		q.Notify("staff-07", "staff-99") // of the second no address can be read
		synctest.Wait()
		if s := q.Status(); s.Waiting != 1 || s.Problem != "an address cannot be read" {
			t.Errorf("%+v", s)
		}
		to["staff-99"] = ""
		time.Sleep(first)
		synctest.Wait()
		if s := q.Status(); s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
		cancel()
		<-ended
	})
}

func TestConfig(t *testing.T) {
	good := map[string]any{"format": Format, "server": "mail.example.org:587", "tls": "starttls", "from": "ledger@example.org", "user": "u", "password": "p"}
	with := func(name string, v any) []byte {
		c := map[string]any{}
		for k, v := range good {
			c[k] = v
		}
		c[name] = v
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if s, err := Open(secrets{}); s != nil || err != nil {
		t.Error(s, err)
	}
	s, err := Open(secrets{FileConfig: with("format", Format)})
	if err != nil {
		t.Fatal(err)
	}
	if text := slog.AnyValue(s).String(); strings.Contains(text, "p\"") || !strings.Contains(text, "mail(mail.example.org:587)") {
		t.Error(text)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"another version": {with("format", "caseledger/mail/v2"), events.ErrVersion}, "no format": {with("format", ""), ErrConfig},
		"no port": {with("server", "mail.example.org"), ErrConfig}, "no server": {with("server", ":587"), ErrConfig},
		"in the clear": {with("tls", "none"), ErrConfig}, "some TLS": {with("tls", "maybe"), ErrConfig},
		"no sender": {with("from", ""), ErrConfig}, "a sender of two lines": {with("from", "a@example.org\r\nBcc: b@example.org"), ErrConfig},
		"no password": {with("password", ""), ErrConfig}, "a member too many": {with("more", 1), ErrConfig},
		"two values": {append(with("format", Format), "{}"...), ErrConfig}, "no JSON": {[]byte("server=x"), ErrConfig},
		"a password in the clear": {[]byte(`{"format":"caseledger/mail/v1","from":"ledger@example.org","password":"p","server":"localhost:25","tls":"none","user":"u"}`), ErrConfig},
	} {
		if _, err := Open(secrets{FileConfig: c.file}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(secrets{FileConfig: with("format", Format), FileAuthority: []byte("none")}); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"format":"caseledger/mail/v1","from":"ledger@example.org","password":"","server":"localhost:25","tls":"none","user":""}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := parse(in)
		if err != nil {
			return
		}
		if !ValidAddress(s.from) || strings.ContainsAny(s.from, "\r\n") || s.tls == Clear && !loopback(s.host) {
			t.Errorf("accepted %q", in)
		}
	})
}
