package sealing_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"caseledger/internal/sealing"
)

// FuzzSign: whatever the file is, signing it ends; what is signed begins with
// the file as it was, and is not signed a second time.
func FuzzSign(f *testing.F) {
	f.Add(samplePDF(1, ""))
	f.Add(samplePDF(2, "/Annots [7 0 R] "))
	f.Add(samplePDF(1, "/Annots 3 0 R /X (a\\(b(c)) /Y <00> /Z [[/A] << /B true >>] "))
	f.Add([]byte("%PDF-1.7\nxref\n0 4194304\nstartxref\n9\n%%EOF"))
	top := issue(f, "Example root", nil, nil)
	sealer := open(f, signerOf(f, issue(f, "Example service", &top, nil), top))
	f.Fuzz(func(t *testing.T, pdf []byte) {
		got, err := sealer.Sign(context.Background(), pdf, claimed)
		if err != nil {
			if !errors.Is(err, sealing.ErrForm) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.HasPrefix(got, pdf) {
			t.Fatal("the file was changed")
		}
		if _, err := sealer.Sign(context.Background(), got, claimed); !errors.Is(err, sealing.ErrForm) {
			t.Fatalf("signed twice: %v", err)
		}
	})
}

// answer is an authority that sends what it is told to.
type answer []byte

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/timestamp-reply"}}, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

// FuzzResponse: no answer of an authority that does not know the question is
// believed, and none does harm.
func FuzzResponse(f *testing.F) {
	f.Add([]byte{0x30, 5, 0x30, 3, 2, 1, 0})
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 2, 1, 0, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 5000))
	top := issue(f, "Example root", nil, nil)
	config := secrets{
		sealing.FileConfig:    `{"authority":{"name":"local","url":"http://authority.example"},"format":"caseledger/sealing/v1","signature":false}`,
		sealing.FileAuthority: top.pem(),
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		sealer, err := sealing.Open(config, time.Now(), &http.Client{Transport: answer(response)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sealer.Stamp(context.Background(), []byte("data")); !errors.Is(err, sealing.ErrAuthority) {
			t.Fatalf("%v", err)
		}
	})
}
