// Package sealingtest makes certificates that nobody else trusts, and runs a
// time-stamping authority under one of them: openssl ts -reply behind HTTP, on
// this machine. It is for tests.
package sealingtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Issued is a certificate and its key.
type Issued struct {
	Cert *x509.Certificate
	Key  crypto.Signer
}

// Issue makes a certificate with a key of its own (ECDSA, P-256) for
// signatures, valid for a day; issued by nobody it is a root. change may
// change it before it is signed.
func Issue(name string, by *Issued, change func(*x509.Certificate)) (Issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Issued{}, err
	}
	return IssueFor(name, key, by, change)
}

// IssueFor makes a certificate for a key.
func IssueFor(name string, key crypto.Signer, by *Issued, change func(*x509.Certificate)) (Issued, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return Issued{}, err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"A service that does not exist"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if by == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		by = &Issued{c, key}
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Cert, key.Public(), by.Key)
	if err != nil {
		return Issued{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return Issued{cert, key}, err
}

// ForStamping marks a certificate as a time-stamping authority's: RFC 3161,
// 2.3, wants the extension critical and alone.
func ForStamping(c *x509.Certificate) {
	// The OID's DER: id-kp-timeStamping.
	value, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		panic(err) // it always can be
	}
	c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value})
}

// PEM returns the certificate.
func (i Issued) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Cert.Raw}))
}

// KeyPEM returns the key, PKCS #8.
func (i Issued) KeyPEM() (string, error) {
	b, err := x509.MarshalPKCS8PrivateKey(i.Key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b})), err
}

// Authority is a time-stamping authority.
type Authority struct {
	Root Issued
	*httptest.Server
	// Status is what it answers with, and Change what it does to an answer
	// before it sends it. They must not be set while it is asked.
	Status int
	Change func(response []byte) []byte

	one     sync.Mutex // openssl counts in a file
	dir     string
	openssl string
}

// NewAuthority starts an authority that keeps its files in dir, which must
// exist. mark marks its certificate, as ForStamping does. The error is
// exec.ErrNotFound without openssl. It runs until Close.
func NewAuthority(dir string, mark func(*x509.Certificate)) (*Authority, error) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		return nil, err
	}
	a := &Authority{Status: http.StatusOK, dir: dir, openssl: openssl}
	if a.Root, err = Issue("Authority root", nil, nil); err != nil {
		return nil, err
	}
	leaf, err := Issue("Authority", &a.Root, mark)
	if err != nil {
		return nil, err
	}
	key, err := leaf.KeyPEM()
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{
		"tsa.pem": leaf.PEM(), "tsa.key": key, "root.pem": a.Root.PEM(), "serial": "01\n",
		"tsa.cnf": "[tsa]\ndefault_tsa=local\n[local]\nserial=" + filepath.Join(dir, "serial") + "\ncrypto_device=builtin\nsigner_digest=sha256\n" +
			"default_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	a.Server = httptest.NewServer(http.HandlerFunc(a.answer))
	return a, nil
}

func (a *Authority) answer(w http.ResponseWriter, r *http.Request) {
	a.one.Lock()
	defer a.one.Unlock()
	response, err := a.reply(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if a.Change != nil {
		response = a.Change(response)
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	w.WriteHeader(a.Status)
	if _, err := w.Write(response); err != nil {
		return // who asked went away
	}
}

func (a *Authority) reply(r *http.Request) ([]byte, error) {
	query, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.Header.Get("Content-Type") != "application/timestamp-query" {
		return nil, fmt.Errorf("not a query")
	}
	in, out := filepath.Join(a.dir, "in.tsq"), filepath.Join(a.dir, "out.tsr")
	if err := os.WriteFile(in, query, 0o600); err != nil {
		return nil, err
	}
	text, err := exec.Command(a.openssl, "ts", "-reply", "-config", filepath.Join(a.dir, "tsa.cnf"), "-queryfile", in,
		"-signer", filepath.Join(a.dir, "tsa.pem"), "-inkey", filepath.Join(a.dir, "tsa.key"), "-chain", filepath.Join(a.dir, "root.pem"), "-out", out).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return os.ReadFile(out)
}
