package sealing

import (
	"context"
	"fmt"
	"time"

	"caseledger/evidence"
	"caseledger/evidence/sheet"
)

// sheets is the file that is signed.
const sheets = "data/contact-sheets.pdf"

// room for a signature beside its certificates, and for a time-stamp.
const (
	signatureRoom = 4 << 10
	stampRoom     = 32 << 10
)

// Sealer signs and stamps bundles. One that Open made without a configuration
// does nothing. It is safe for concurrent use.
type Sealer struct {
	signer    *signer
	authority *authority
}

// Signs reports whether contact-sheets.pdf gets a signature.
func (s *Sealer) Signs() bool { return s.signer != nil }

// Stamps reports whether there is an authority.
func (s *Sealer) Stamps() bool { return s.authority != nil }

// Prepare has an export signed and stamped: it wraps in.Render, so that
// contact-sheets.pdf is signed before its hash is recorded, and sets in.Stamp,
// so that the checkpoint is stamped. The claimed time of the signature is
// in.Now.
//
// An authority that does not answer before the export is recorded ends the
// export with ErrAuthority. One that does not answer any more after that does
// not: the bundle goes without that time-stamp, and Missed of what Prepare
// returns says so.
func (s *Sealer) Prepare(in *evidence.Input) *Outcome {
	o := &Outcome{}
	render, now := in.Render, in.Now
	if s.signer != nil && render != nil {
		in.Render = func(ctx context.Context, sh *sheet.Sheet) ([]evidence.File, error) {
			files, err := render(ctx, sh)
			if err != nil {
				return nil, err
			}
			for i := range files {
				if files[i].Name == sheets {
					if files[i].Data, err = s.Sign(ctx, files[i].Data, now); err != nil {
						return nil, err
					}
					o.Signed = true
				}
			}
			return files, nil
		}
	}
	if s.authority != nil {
		in.Stamp = func(ctx context.Context, checkpoint []byte) ([]evidence.File, error) {
			response, err := s.authority.stamp(ctx, checkpoint)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				o.Missed = err
				return nil, nil
			}
			o.Stamped = true
			return []evidence.File{{Name: "proof/timestamps/" + s.authority.name + ".tsr", Data: response}}, nil
		}
	}
	return o
}

// Outcome says what an export was given. It is filled in while the export
// runs.
type Outcome struct {
	Signed  bool  // contact-sheets.pdf has a signature
	Stamped bool  // the checkpoint has a time-stamp
	Missed  error // why it has none, though there is an authority
}

// Sign returns a PDF with a signature (PAdES B-B; B-T with an authority) whose
// claimed time is at. The error wraps ErrForm for a PDF that is not of the
// sheets' form, ErrAuthority when the authority gave no time-stamp.
func (s *Sealer) Sign(ctx context.Context, pdf []byte, at time.Time) ([]byte, error) {
	if s.signer == nil {
		return nil, fmt.Errorf("no certificate: %w", ErrConfig)
	}
	reserve := signatureRoom
	for _, c := range s.signer.chain {
		reserve += len(c.Raw)
	}
	var stamp func([]byte) ([]byte, error)
	if s.authority != nil {
		reserve += stampRoom
		stamp = func(signature []byte) ([]byte, error) {
			response, err := s.authority.stamp(ctx, signature)
			if err != nil {
				return nil, err
			}
			return tokenOf(response)
		}
	}
	return signPDF(pdf, at, reserve, func(digest []byte) ([]byte, error) { return s.signer.sign(digest, stamp) })
}

// Stamp returns a time-stamp response (RFC 3161, DER) over data, checked
// against the authority's certificates. nil without an authority.
func (s *Sealer) Stamp(ctx context.Context, data []byte) ([]byte, error) {
	if s.authority == nil {
		return nil, nil
	}
	return s.authority.stamp(ctx, data)
}
