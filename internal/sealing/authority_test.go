package sealing_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/lacking"
	"caseledger/internal/sealing"
	"caseledger/internal/sealing/sealingtest"
)

// secrets is a secrets directory in memory.
type secrets map[string]string

func (s secrets) File(name string, limit int) ([]byte, error) {
	text, ok := s[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if len(text) > limit {
		return nil, fmt.Errorf("%s: %w", name, events.ErrTooLarge)
	}
	return []byte(text), nil
}

func (s secrets) with(name, text string) secrets {
	out := secrets{}
	for k, v := range s {
		out[k] = v
	}
	out[name] = text
	return out
}

// tool returns the path of a program that these tests ask for its opinion.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacking.End(t, name, "is not installed; scripts/setup installs it")
	}
	return path
}

// says runs a program and returns what it prints.
func says(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(tool(t, name), args...).CombinedOutput()
	return string(out), err
}

// issued is a certificate and its key.
type issued struct{ sealingtest.Issued }

func (i issued) pem() string { return i.PEM() }

func (i issued) keyPEM(t testing.TB) string {
	t.Helper()
	text, err := i.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// issue makes a certificate; by nobody it is a root.
func issue(t testing.TB, name string, by *issued, change func(*x509.Certificate)) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, name, key, by, change)
}

func issueFor(t testing.TB, name string, key crypto.Signer, by *issued, change func(*x509.Certificate)) issued {
	t.Helper()
	var parent *sealingtest.Issued
	if by != nil {
		parent = &by.Issued
	}
	made, err := sealingtest.IssueFor(name, key, parent, change)
	if err != nil {
		t.Fatal(err)
	}
	return issued{made}
}

// authority is a time-stamping authority on this machine.
type authority struct{ *sealingtest.Authority }

func newAuthority(t *testing.T, mark func(*x509.Certificate)) authority {
	t.Helper()
	tool(t, "openssl")
	a, err := sealingtest.NewAuthority(t.TempDir(), mark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return authority{a}
}

// config is a secrets directory that names the authority.
func (a authority) config() secrets {
	return secrets{
		sealing.FileConfig:    `{"authority":{"name":"local","url":"` + a.URL + `"},"format":"caseledger/sealing/v1","signature":false}`,
		sealing.FileAuthority: a.Root.PEM(),
	}
}

func open(t testing.TB, s secrets) *sealing.Sealer {
	t.Helper()
	sealer, err := sealing.Open(s, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// TestStamp: openssl says that the time-stamp is over the data, and over
// nothing else.
func TestStamp(t *testing.T) {
	a := newAuthority(t, sealingtest.ForStamping)
	data := []byte("ledger.example.org/cases\n3\nlzV3DfElz6z9ZRR0PtmEwmpVQ0dIZqdGO11vu2MLX3k=\n")
	response, err := open(t, a.config()).Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tsr, ca := write("stamp.tsr", response), write("root.pem", []byte(a.Root.PEM()))
	out, err := says(t, "openssl", "ts", "-verify", "-data", write("checkpoint.txt", data), "-in", tsr, "-CAfile", ca)
	if err != nil || !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl: %v\n%s", err, out)
	}
	t.Logf("openssl ts -verify: %s", lastLine(out))
	out, err = says(t, "openssl", "ts", "-verify", "-data", write("other.txt", append(data, '\n')), "-in", tsr, "-CAfile", ca)
	if err == nil || !strings.Contains(out, "Verification: FAILED") {
		t.Errorf("openssl, of other data: %v\n%s", err, out)
	}
	t.Logf("openssl ts -verify, of other data: %s", lastLine(out))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// TestStampRefused: what the authority sends is believed only when it is a
// time-stamp over what was asked, from whom it should be.
func TestStampRefused(t *testing.T) {
	var earlier []byte
	for _, c := range []struct {
		name   string
		mark   func(*x509.Certificate)
		change func([]byte) []byte
		status int
		other  bool // another authority's root is trusted
		want   string
	}{
		{"of another request", sealingtest.ForStamping, func(b []byte) []byte {
			if earlier == nil {
				earlier = b
			}
			return earlier
		}, 200, false, "another request"},
		{"a byte changed", sealingtest.ForStamping, func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-5] ^= 1; return b }, 200, false, "no granted time-stamp"},
		{"cut short", sealingtest.ForStamping, func(b []byte) []byte { return b[:len(b)/2] }, 200, false, "not DER"},
		{"nothing", sealingtest.ForStamping, func([]byte) []byte { return nil }, 200, false, "no granted time-stamp"},
		{"bytes behind it", sealingtest.ForStamping, func(b []byte) []byte { return append(bytes.Clone(b), 5, 0) }, 200, false, "no granted time-stamp"},
		{"refused", sealingtest.ForStamping, func([]byte) []byte { return []byte{0x30, 5, 0x30, 3, 2, 1, 2} }, 200, false, "no granted time-stamp"},
		{"too long", sealingtest.ForStamping, func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, 300<<10)...) }, 200, false, "longer than"},
		{"an error page", sealingtest.ForStamping, nil, http.StatusBadGateway, false, "status 502"},
		{"sent elsewhere", sealingtest.ForStamping, nil, http.StatusFound, false, "status 302"},
		{"another's root", sealingtest.ForStamping, nil, 200, true, "does not lead to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			earlier = nil
			a := newAuthority(t, c.mark)
			config := a.config()
			if c.other {
				other := issue(t, "Another root", nil, nil)
				config = config.with(sealing.FileAuthority, other.pem())
			}
			sealer := open(t, config)
			if c.name == "of another request" {
				a.Change = c.change
				if _, err := sealer.Stamp(context.Background(), []byte("data")); err != nil {
					t.Fatal(err)
				}
			}
			a.Change, a.Status = c.change, c.status
			_, err := sealer.Stamp(context.Background(), []byte("data"))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "authority local") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}

	// openssl does not even sign with a certificate that is not for it.
	a := newAuthority(t, nil)
	if _, err := open(t, a.config()).Stamp(context.Background(), []byte("data")); err == nil {
		t.Error("a certificate that is not for time-stamping was accepted")
	}

	gone := newAuthority(t, sealingtest.ForStamping)
	sealer := open(t, gone.config())
	gone.Close()
	if _, err := sealer.Stamp(context.Background(), []byte("data")); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("gone: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sealer.Stamp(ctx, []byte("data")); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
