package sealing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512" // for namesCertificate
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// ErrAuthority: the time-stamping authority did not answer, or not with a
// time-stamp that holds.
var ErrAuthority = errors.New("no time-stamp")

// authority is a time-stamping authority.
type authority struct {
	name   string
	url    string
	roots  *x509.CertPool
	client *http.Client
}

// attempts is how often an authority is asked that does not answer.
const attempts = 2

// stamp returns a time-stamp response over data (RFC 3161, the DER of a
// TimeStampResp), checked.
func (a *authority) stamp(ctx context.Context, data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	request := timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Certificates: true, Nonce: nonce}
	body, err := request.Marshal()
	if err != nil {
		return nil, fmt.Errorf("authority %s: request: %w", a.name, err)
	}
	for n := 1; ; n++ {
		response, err := a.ask(ctx, body)
		if err == nil {
			if err = checkResponse(response, sum[:], nonce, a.roots); err == nil {
				return response, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if n == attempts {
			return nil, fmt.Errorf("authority %s: %w", a.name, err)
		}
	}
}

func (a *authority) ask(ctx context.Context, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("its address cannot be asked: %w", ErrAuthority)
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("it does not answer (%w): %w", err, ErrAuthority)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers with status %d: %w", resp.StatusCode, ErrAuthority)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("it answers with something that is no time-stamp: %w", ErrAuthority)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err != nil {
		return nil, fmt.Errorf("its answer ends early: %w", ErrAuthority)
	}
	if len(b) > maxResponse {
		return nil, fmt.Errorf("its answer is longer than %d bytes: %w", maxResponse, ErrAuthority)
	}
	return b, nil
}

// checkResponse holds a response against what was asked: granted, over this
// hash, with this nonce, signed, by a certificate that is for time-stamping
// alone, is named in what is signed, and leads to one of the roots at the time
// that the token says.
func checkResponse(response, sum []byte, nonce *big.Int, roots *x509.CertPool) (err error) {
	fail := func(rule string) error { return fmt.Errorf("%s: %w", rule, ErrAuthority) }
	defer func() {
		// The libraries are for well-formed DER.
		if recover() != nil {
			err = fail("its answer cannot be read")
		}
	}()
	if !minimalDER(response, 0) {
		return fail("its answer is not DER")
	}
	t, err := timestamp.ParseResponse(response)
	if err != nil {
		return fail("its answer is no granted time-stamp")
	}
	switch {
	case t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum):
		return fail("its time-stamp is over something else")
	case t.Nonce == nil || t.Nonce.Cmp(nonce) != 0:
		return fail("its time-stamp answers another request")
	}
	p, err := pkcs7.Parse(t.RawToken)
	if err != nil {
		return fail("its time-stamp cannot be read")
	}
	cert := p.GetOnlySigner()
	if cert == nil || len(p.Certificates) == 0 {
		return fail("its time-stamp does not hold the certificate that signed it")
	}
	if err := p.Verify(); err != nil {
		return fail("its signature does not hold")
	}
	if !namesCertificate(p, cert) {
		return fail("its time-stamp does not name the certificate that signed it")
	}
	if len(cert.ExtKeyUsage) != 1 || len(cert.UnknownExtKeyUsage) > 0 {
		return fail("its certificate is not for time-stamping alone")
	}
	between := x509.NewCertPool()
	for _, c := range p.Certificates {
		between.AddCert(c)
	}
	if _, err := cert.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	}); err != nil {
		return fail("its certificate does not lead to one that is trusted, or is not for time-stamping")
	}
	return nil
}

// tokenOf returns the token of a response that was checked.
func tokenOf(response []byte) ([]byte, error) {
	t, err := timestamp.ParseResponse(response)
	if err != nil {
		return nil, fmt.Errorf("its answer is no granted time-stamp: %w", ErrAuthority)
	}
	return t.RawToken, nil
}

// minimalDER reports whether b is one or more DER values with definite lengths
// that fill it, nested no deeper than a time-stamp can be. It keeps readers of
// BER, which is much more, from anything else.
func minimalDER(b []byte, depth int) bool {
	const deepest = 32
	if depth > deepest {
		return false
	}
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil || v.IsCompound && !minimalDER(v.Bytes, depth+1) {
			return false
		}
		b = rest
	}
	return true
}

var (
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

// namesCertificate reports whether the signed attributes name the certificate
// (RFC 2634, 5.4; RFC 5035), by SHA-1 or SHA-2.
func namesCertificate(p *pkcs7.PKCS7, cert *x509.Certificate) bool {
	var v1 struct {
		Certs    []essCertID
		Policies asn1.RawValue `asn1:"optional"`
	}
	if p.UnmarshalSignedAttribute(oidSigningCertificate, &v1) == nil && len(v1.Certs) > 0 {
		sum := sha1.Sum(cert.Raw)
		return bytes.Equal(v1.Certs[0].Hash, sum[:])
	}
	var v2 struct {
		Certs    []asn1.RawValue
		Policies asn1.RawValue `asn1:"optional"`
	}
	if p.UnmarshalSignedAttribute(oidSigningCertificateV2, &v2) != nil || len(v2.Certs) == 0 {
		return false
	}
	rest := v2.Certs[0].Bytes
	for range 2 { // the hash, behind an algorithm that may be left out
		var v asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &v); err != nil {
			return false
		}
		if v.Tag == asn1.TagOctetString && v.Class == asn1.ClassUniversal {
			for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
				if h.Size() == len(v.Bytes) {
					sum := h.New()
					sum.Write(cert.Raw)
					return bytes.Equal(v.Bytes, sum.Sum(nil))
				}
			}
			return false
		}
	}
	return false
}

// essCertID is ESSCertID of RFC 2634.
type essCertID struct {
	Hash   []byte
	Issuer asn1.RawValue `asn1:"optional"`
}
