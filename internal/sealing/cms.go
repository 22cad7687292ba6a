package sealing

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
)

// signer signs documents.
type signer struct {
	key   crypto.Signer
	chain []*x509.Certificate // its own first
}

var (
	oidData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSignatureStamp = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256         = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSA          = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} // with SHA-256
)

// The structures of CMS (RFC 5652) that a detached signature needs.
type (
	cmsAttribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	cmsIssuer struct {
		Name   asn1.RawValue
		Serial *big.Int
	}
	cmsSigner struct {
		Version            int
		Issuer             cmsIssuer
		DigestAlgorithm    pkix.AlgorithmIdentifier
		Signed             asn1.RawValue
		SignatureAlgorithm pkix.AlgorithmIdentifier
		Signature          []byte
		Unsigned           asn1.RawValue `asn1:"optional"`
	}
	cmsContent struct {
		Type asn1.ObjectIdentifier
	}
	cmsSignedData struct {
		Version          int
		DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
		Content          cmsContent
		Certificates     asn1.RawValue
		Signers          []cmsSigner `asn1:"set"`
	}
	cmsContentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	essCertIDv2 struct {
		Hash []byte // the algorithm is left out: SHA-256
	}
	signingCertificateV2 struct {
		Certs []essCertIDv2
	}
)

// sign returns a detached CMS signature over what has this SHA-256, as PAdES
// B-B wants it: with the signing certificate among the signed attributes, and
// no signing time, which stands in the document. stamp, if any, returns the
// token of a time-stamp over the signature value.
func (s *signer) sign(digest []byte, stamp func(signature []byte) (token []byte, err error)) ([]byte, error) {
	leaf := s.chain[0]
	sum := sha256.Sum256(leaf.Raw)
	signed, err := attributes(
		attribute{oidContentType, oidData},
		attribute{oidMessageDigest, digest},
		attribute{oidSigningCertificateV2, signingCertificateV2{[]essCertIDv2{{sum[:]}}}},
	)
	if err != nil {
		return nil, err
	}
	// What is signed has the tag of a SET; what is stored has that of its field.
	toSign, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: signed})
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(toSign)
	value, err := s.key.Sign(rand.Reader, hash[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidECDSA}
	if _, ok := s.key.Public().(*rsa.PublicKey); ok {
		algorithm = pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	}
	info := cmsSigner{
		Version: 1, Issuer: cmsIssuer{asn1.RawValue{FullBytes: leaf.RawIssuer}, leaf.SerialNumber}, DigestAlgorithm: sha,
		Signed: field(0, signed), SignatureAlgorithm: algorithm, Signature: value,
	}
	if stamp != nil {
		token, err := stamp(value)
		if err != nil {
			return nil, err
		}
		unsigned, err := attributes(attribute{oidSignatureStamp, asn1.RawValue{FullBytes: token}})
		if err != nil {
			return nil, err
		}
		info.Unsigned = field(1, unsigned)
	}
	var certificates []byte
	for _, c := range s.chain {
		certificates = append(certificates, c.Raw...)
	}
	data, err := asn1.Marshal(cmsSignedData{
		Version: 1, DigestAlgorithms: []pkix.AlgorithmIdentifier{sha}, Content: cmsContent{oidData},
		Certificates: field(0, certificates), Signers: []cmsSigner{info},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(cmsContentInfo{oidSignedData, field(0, data)})
}

// field is a context-specific constructed value.
func field(tag int, content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: content}
}

// attribute is one attribute and its only value.
type attribute struct {
	oid   asn1.ObjectIdentifier
	value any
}

// attributes returns the content of a SET OF attributes in DER: by their
// bytes.
func attributes(values ...attribute) ([]byte, error) {
	var list [][]byte
	for _, a := range values {
		b, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		b, err = asn1.Marshal(cmsAttribute{a.oid, []asn1.RawValue{{FullBytes: b}}})
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	slices.SortFunc(list, bytes.Compare)
	return slices.Concat(list...), nil
}
