package mail

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	netmail "net/mail"
	"strings"

	"caseledger/events"
)

// The files of the secrets directory that say how mail is sent. Without the
// first none is.
const (
	FileConfig    = "mail.json"
	FileAuthority = "mail-authority.pem" // whom the server's certificate must lead to; without it the system's list
)

// Format is the member "format" of mail.json.
const Format = "caseledger/mail/v1"

// How TLS begins.
const (
	StartTLS = "starttls"
	Implicit = "implicit"
	Clear    = "none" // to this machine itself only
)

const (
	maxConfig = 16 << 10
	maxPEM    = 256 << 10
)

// ErrConfig: a file of the configuration cannot be used. The message says
// which one, and what is wrong with it.
var ErrConfig = errors.New("cannot be used for mail")

// Secrets is what this package needs of the secrets directory.
type Secrets interface {
	// File reads a file of at most limit bytes; the error wraps
	// fs.ErrNotExist when there is none.
	File(name string, limit int) ([]byte, error)
}

// config is mail.json.
type config struct {
	Format   string `json:"format"`
	Server   string `json:"server"` // host:port
	TLS      string `json:"tls"`    // starttls, implicit, none
	From     string `json:"from"`   // an address
	User     string `json:"user"`   // "": the server asks for nothing
	Password string `json:"password"`
}

// Server is where mail goes, and how.
type Server struct {
	host, port string
	tls        string
	from       string
	user, pass string
	roots      *x509.CertPool // nil: the system's
}

// Format hides the server from every verb of fmt: it has a password.
func (s Server) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "mail(%s)", net.JoinHostPort(s.host, s.port))
}

// Open reads how mail is sent; nil without an error when none is. The error
// wraps ErrConfig, events.ErrVersion, or is the secrets directory's.
func Open(secrets Secrets) (*Server, error) {
	b, err := secrets.File(FileConfig, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s, err := parse(b)
	if err != nil {
		return nil, err
	}
	pem, err := secrets.File(FileAuthority, maxPEM)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, err
	}
	if s.roots = x509.NewCertPool(); !s.roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: there is no certificate in it: %w", FileAuthority, ErrConfig)
	}
	return s, nil
}

func parse(b []byte) (*Server, error) {
	var version struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(b, &version) == nil && version.Format != "" && version.Format != Format {
		return nil, fmt.Errorf("%s: format is not %s: %w", FileConfig, Format, events.ErrVersion)
	}
	wrong := func(why string) (*Server, error) { return nil, fmt.Errorf("%s: %s: %w", FileConfig, why, ErrConfig) }
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var c config
	if err := dec.Decode(&c); err != nil {
		return wrong("is not the JSON that docs/OPERATIONS.md shows")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("has something behind its end")
	}
	host, port, err := net.SplitHostPort(c.Server)
	switch {
	case c.Format != Format:
		return wrong("format is missing")
	case err != nil || host == "" || port == "":
		return wrong("server is not a name and a port, such as mail.example.org:587")
	case c.TLS != StartTLS && c.TLS != Implicit && c.TLS != Clear:
		return wrong("tls is starttls or implicit")
	case c.TLS == Clear && !loopback(host):
		return wrong("tls cannot be none: only mail to this machine itself may go in the clear")
	case !ValidAddress(c.From):
		return wrong("from is no address")
	case (c.User == "") != (c.Password == ""):
		return wrong("user and password go together")
	case c.User != "" && c.TLS == Clear:
		return wrong("a password is not sent in the clear")
	}
	return &Server{host: host, port: port, tls: c.TLS, from: c.From, user: c.User, pass: c.Password}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// maxAddress is the longest address, in bytes: RFC 5321, 4.5.3.1.3.
const maxAddress = 254

// ValidAddress reports whether s is an address that mail can go to: one, in
// ASCII, without a name beside it, quotes, spaces or line breaks.
func ValidAddress(s string) bool {
	if len(s) > maxAddress || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"()<>[]\,;:`, r) }) {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && len(local) <= 64 && strings.Contains(domain, ".") && !strings.Contains(domain, "@")
}

func (s *Server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}
