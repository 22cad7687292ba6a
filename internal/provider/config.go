package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"caseledger/events"
)

// The files of the secrets directory that say who the provider is. Without the
// first there is none.
const (
	FileConfig = "oidc.json"
	FileSecret = "oidc-secret" // the client's, one line
)

// Format is the member "format" of oidc.json.
const Format = "caseledger/oidc/v1"

const (
	maxConfig = 16 << 10
	maxSecret = 4 << 10
	maxName   = 40 // characters
	maxValues = 16 // of acr and of amr
	maxValue  = 256
)

// ErrConfig: a file of the configuration cannot be used. The message says
// which one, and what is wrong with it.
var ErrConfig = errors.New("cannot be used for signing in")

// Secrets is what this package needs of the secrets directory.
type Secrets interface {
	// File reads a file of at most limit bytes; the error wraps
	// fs.ErrNotExist when there is none.
	File(name string, limit int) ([]byte, error)
}

// config is oidc.json.
type config struct {
	Format string `json:"format"`
	// Name is what people call the provider; it stands on the button.
	Name   string `json:"name"`
	Issuer string `json:"issuer"`
	Client string `json:"client"`
	// Claim is the member of the ID token that holds the staff number.
	Claim string `json:"claim"`
	// ACR are the classes of sign-in (acr) of which one is required, AMR the
	// ways of proof (amr) that are all required. Empty: the provider decides.
	ACR []string `json:"acr"`
	AMR []string `json:"amr"`
}

// Open reads who the provider is; nil without oidc.json. callback is the
// address to which it sends browsers back, registered there; client speaks to
// it, nil is one with a limit of 10 seconds that follows no redirects. The
// provider itself is asked later. The error wraps ErrConfig, events.ErrVersion,
// or is the secrets directory's.
func Open(secrets Secrets, callback string, now func() time.Time, client *http.Client) (*Provider, error) {
	b, err := secrets.File(FileConfig, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	c, err := parseConfig(b)
	if err != nil {
		return nil, err
	}
	b, err = secrets.File(FileSecret, maxSecret)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, configError(FileSecret, "is missing: it holds the secret that the provider gave the client")
	} else if err != nil {
		return nil, err
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if secret == "" || !plain(secret, maxSecret) {
		return nil, configError(FileSecret, "is not one line")
	}
	return newProvider(c, secret, callback, now, client), nil
}

var claimName = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

func parseConfig(b []byte) (*config, error) {
	var version struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(b, &version) == nil && version.Format != "" && version.Format != Format {
		return nil, fmt.Errorf("%s: format is not %s: %w", FileConfig, Format, events.ErrVersion)
	}
	var c config
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, configError(FileConfig, "is not an object of format, name, issuer, client, claim, acr and amr")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, configError(FileConfig, "has something behind its object")
	}
	switch {
	case c.Format != Format:
		return nil, configError(FileConfig, "has no format")
	case !plain(c.Name, 4*maxName) || utf8.RuneCountInString(c.Name) > maxName:
		return nil, configError(FileConfig, fmt.Sprintf("name: is not 1 to %d characters: it is what the button says behind “Sign in with”", maxName))
	case !isIssuer(c.Issuer):
		return nil, configError(FileConfig, "issuer: is no https address without a query, a name and a password")
	case !plain(c.Client, maxValue):
		return nil, configError(FileConfig, "client: is not the number that the provider gave this service")
	case !claimName.MatchString(c.Claim):
		return nil, configError(FileConfig, "claim: is not the name of a member of an ID token")
	}
	for name, list := range map[string][]string{"acr": c.ACR, "amr": c.AMR} {
		if len(list) > maxValues {
			return nil, configError(FileConfig, fmt.Sprintf("%s: has more than %d values", name, maxValues))
		}
		for _, v := range list {
			if !plain(v, maxValue) || strings.Contains(v, " ") {
				return nil, configError(FileConfig, name+": has a value that is empty, too long, or has a space in it")
			}
		}
	}
	return &c, nil
}

// plain reports whether s is one line of at most limit bytes, and not empty.
func plain(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// isIssuer reports whether s can be an issuer: https, or http on this machine.
func isIssuer(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > 1024 || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s, "#") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

func configError(file, rule string) error { return fmt.Errorf("%s: %s: %w", file, rule, ErrConfig) }
