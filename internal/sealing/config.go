package sealing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"caseledger/events"
)

// The files of the secrets directory that say how bundles are sealed. Without
// the first nothing is signed or stamped.
const (
	FileConfig      = "sealing.json"
	FileCertificate = "sealing-certificate.pem" // the signer's first, then who issued it; the root may be left out
	FileKey         = "sealing-key.pem"         // PKCS #8, not encrypted
	FileAuthority   = "sealing-authority.pem"   // whom the authority's certificate must lead to
)

// Format is the member "format" of sealing.json.
const Format = "caseledger/sealing/v1"

const (
	maxConfig   = 16 << 10
	maxPEM      = 256 << 10
	maxChain    = 8
	leastRSA    = 2048 // bits
	askTimeout  = 20 * time.Second
	maxResponse = 256 << 10
)

// ErrConfig: a file of the configuration cannot be used. The message says
// which one, and what is wrong with it.
var ErrConfig = errors.New("cannot be used for sealing")

// Secrets is what this package needs of the secrets directory.
type Secrets interface {
	// File reads a file of at most limit bytes; the error wraps
	// fs.ErrNotExist when there is none.
	File(name string, limit int) ([]byte, error)
}

// config is sealing.json.
type config struct {
	Format    string `json:"format"`
	Signature bool   `json:"signature"` // sign contact-sheets.pdf
	Authority *struct {
		Name string `json:"name"` // of its token in the bundle: [a-z0-9-]{1,64}
		URL  string `json:"url"`
	} `json:"authority"`
}

// Open reads how bundles are sealed. Without sealing.json the sealer does
// nothing. now is compared with the certificate's validity; client asks the
// authority, nil is one with a limit of 20 seconds that follows no redirects.
// The error wraps ErrConfig, events.ErrVersion, or is the secrets directory's.
func Open(secrets Secrets, now time.Time, client *http.Client) (*Sealer, error) {
	b, err := secrets.File(FileConfig, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return &Sealer{}, nil
	} else if err != nil {
		return nil, err
	}
	c, err := parseConfig(b)
	if err != nil {
		return nil, err
	}
	var s Sealer
	if c.Signature {
		if s.signer, err = openSigner(secrets, now); err != nil {
			return nil, err
		}
	}
	if c.Authority != nil {
		pool, err := readPEM(secrets, FileAuthority)
		if err != nil {
			return nil, err
		}
		s.authority = &authority{name: c.Authority.Name, url: c.Authority.URL, roots: x509.NewCertPool(), client: client}
		for _, cert := range pool {
			s.authority.roots.AddCert(cert)
		}
		if client == nil {
			s.authority.client = &http.Client{Timeout: askTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		}
	}
	return &s, nil
}

var authorityName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

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
		return nil, configError(FileConfig, "is not an object of format, signature and authority")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, configError(FileConfig, "has something behind its object")
	}
	if c.Format != Format {
		return nil, configError(FileConfig, "has no format")
	}
	if c.Authority != nil {
		u, err := url.Parse(c.Authority.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return nil, configError(FileConfig, "authority, url: is no http or https address without a name and password")
		}
		if !authorityName.MatchString(c.Authority.Name) {
			return nil, configError(FileConfig, "authority, name: is not 1 to 64 of a to z, 0 to 9 and -")
		}
	}
	return &c, nil
}

func configError(file, rule string) error { return fmt.Errorf("%s: %s: %w", file, rule, ErrConfig) }

// readPEM reads certificates.
func readPEM(secrets Secrets, file string) ([]*x509.Certificate, error) {
	rest, err := secrets.File(file, maxPEM)
	if err != nil {
		return nil, err
	}
	var list []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, configError(file, "holds something that is no certificate")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, configError(file, "holds a certificate that cannot be read")
		}
		list = append(list, cert)
	}
	if len(bytes.TrimSpace(rest)) > 0 || len(list) == 0 {
		return nil, configError(file, "is not PEM certificates and nothing else")
	}
	if len(list) > maxChain {
		return nil, configError(file, fmt.Sprintf("holds more than %d certificates", maxChain))
	}
	return list, nil
}

// openSigner reads certificate and key and holds them against each other.
func openSigner(secrets Secrets, now time.Time) (*signer, error) {
	chain, err := readPEM(secrets, FileCertificate)
	if err != nil {
		return nil, err
	}
	b, err := secrets.File(FileKey, maxPEM)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, configError(FileKey, "is not one PEM block PRIVATE KEY (PKCS #8, not encrypted)")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, configError(FileKey, "cannot be read")
	}
	s := signer{chain: chain}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < leastRSA {
			return nil, configError(FileKey, fmt.Sprintf("is an RSA key of fewer than %d bits", leastRSA))
		}
		s.key = key
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return nil, configError(FileKey, "is on another curve than P-256 or P-384")
		}
		s.key = key
	default:
		return nil, configError(FileKey, "is neither RSA nor ECDSA")
	}
	type equaler interface{ Equal(crypto.PublicKey) bool }
	leaf := chain[0]
	if public, ok := s.key.Public().(equaler); !ok || !public.Equal(leaf.PublicKey) {
		return nil, configError(FileCertificate, "its first certificate is not that of the key")
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, configError(FileCertificate, "its first certificate is not valid today")
	}
	if u := leaf.KeyUsage; u != 0 && u&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return nil, configError(FileCertificate, "its first certificate is not for signatures")
	}
	for i := range chain[1:] {
		if chain[i].CheckSignatureFrom(chain[i+1]) != nil {
			return nil, configError(FileCertificate, fmt.Sprintf("certificate %d was not issued by the one behind it", i+1))
		}
	}
	return &s, nil
}
