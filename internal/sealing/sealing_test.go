package sealing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/digitorus/pkcs7"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/evidence/sheet"
	"caseledger/internal/sealing"
	"caseledger/internal/sealing/sealingtest"
)

// samplePDF is a PDF of pages that say "Page 1" and so on, written as the
// sheets are.
func samplePDF(pages int, pageExtra string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n\n", len(at), text)
	}
	b.WriteString("%PDF-1.7\n%\x80\x80\x80\x80\n\n")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<<\n  /Type /Catalog\n  /Pages 2 0 R\n  /Lang (en-GB)\n>>")
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", pages, strings.Join(kids, " ")))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R %s>>", 5+2*i, pageExtra))
		text := fmt.Sprintf("BT /F 24 Tf 72 720 Td (Page %d) Tj ET", i+1)
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text))
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<<\n  /Size %d\n  /Root 1 0 R\n  /ID [(one\\)two) <00ff>]\n>>\nstartxref\n%d\n%%%%EOF", len(at)+1, xref)
	return b.Bytes()
}

const signs = `{"authority":null,"format":"caseledger/sealing/v1","signature":true}`

// signerOf is a secrets directory with a signer's certificate under a root.
func signerOf(t testing.TB, leaf, root issued) secrets {
	t.Helper()
	return secrets{sealing.FileConfig: signs, sealing.FileCertificate: leaf.pem() + root.pem(), sealing.FileKey: leaf.keyPEM(t)}
}

var claimed = time.Date(2026, 10, 30, 15, 4, 5, 0, time.UTC)

// TestSign: pdfsig says that the signature is valid and covers the whole of
// the document, qpdf that the file is in order, openssl that the signature is
// one of CAdES, and all of the earlier bytes are there. Of a changed file
// pdfsig says no.
func TestSign(t *testing.T) {
	key, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	top := issue(t, "Example root", nil, nil)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t, sealingtest.ForStamping)
	for _, c := range []struct {
		name   string
		leaf   issued
		pdf    []byte
		stamps bool
	}{
		{"RSA", issueFor(t, "Example service", key, &top, nil), samplePDF(1, ""), false},
		{"ECDSA P-256", issue(t, "Example service", &top, nil), samplePDF(3, "/Annots [] "), false},
		{"ECDSA P-384", issueFor(t, "Example service", p384, &top, nil), samplePDF(2, ""), false},
		{"with a time-stamp", issueFor(t, "Example service", key, &top, nil), samplePDF(2, ""), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := signerOf(t, c.leaf, top)
			if c.stamps {
				for name, text := range a.config() {
					config[name] = text
				}
				config[sealing.FileConfig] = strings.Replace(config[sealing.FileConfig], "false", "true", 1)
			}
			got, err := open(t, config).Sign(context.Background(), c.pdf, claimed)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(got, c.pdf) {
				t.Error("the earlier bytes were changed")
			}
			file := filepath.Join(t.TempDir(), "signed.pdf")
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := says(t, "qpdf", "--check", file)
			if err != nil || !strings.Contains(out, "No syntax or stream encoding errors found") {
				t.Errorf("qpdf --check: %v\n%s", err, out)
			}
			out, _ = says(t, "pdfsig", "-nocert", file)
			for _, want := range []string{"Signature is Valid.", "Total document signed", "ETSI.CAdES.detached", "Oct 30 2026"} {
				if !strings.Contains(out, want) {
					t.Errorf("pdfsig does not say %q:\n%s", want, out)
				}
			}
			if strings.Count(out, "Signature #") != 1 {
				t.Errorf("pdfsig:\n%s", out)
			}
			cades(t, got, top, issued{a.Root}, c.stamps)

			for name, change := range map[string]func(b []byte){
				"a letter of a page": func(b []byte) { b[bytes.Index(b, []byte("(Page 1)"))+1] = 'p' },
				"the claimed time":   func(b []byte) { b[bytes.Index(b, []byte("/M (D:2026"))+9] = '5' },
				"the last byte":      func(b []byte) { b[len(b)-2] = 'G' },
			} {
				changed := bytes.Clone(got)
				change(changed)
				if err := os.WriteFile(file, changed, 0o600); err != nil {
					t.Fatal(err)
				}
				if out, _ := says(t, "pdfsig", "-nocert", file); strings.Contains(out, "Signature is Valid.") && strings.Contains(out, "Total document signed") {
					t.Errorf("%s changed, and pdfsig says:\n%s", name, out)
				}
			}
		})
	}
}

var byteRange = regexp.MustCompile(`/ByteRange \[0 (\d{10}) (\d{10}) (\d{10})\] /Contents <([0-9a-f]+)>`)

// cades takes the signature out of a PDF and asks openssl.
func cades(t *testing.T, pdf []byte, top, authority issued, stamps bool) {
	t.Helper()
	m := byteRange.FindSubmatch(pdf)
	if m == nil {
		t.Fatal("no signature in its place")
	}
	number := func(i int) int { n, _ := strconv.Atoi(string(m[i])); return n }
	if number(2)+number(3) != len(pdf) || pdf[number(1)] != '<' || pdf[number(2)-1] != '>' {
		t.Fatalf("the range %s %s %s does not leave out the signature alone", m[1], m[2], m[3])
	}
	der, err := hex.DecodeString(string(m[4]))
	if err != nil {
		t.Fatal(err)
	}
	// The zeros behind the signature are not part of it.
	size := 4 + int(der[2])<<8 + int(der[3])
	if der[0] != 0x30 || der[1] != 0x82 || len(bytes.Trim(der[size:], "\x00")) > 0 {
		t.Fatal("the signature is no DER with zeros behind it")
	}
	der = der[:size]
	dir := t.TempDir()
	for name, b := range map[string][]byte{"sig": der, "content": append(bytes.Clone(pdf[:number(1)]), pdf[number(2):]...), "root": []byte(top.pem())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := says(t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "sig"),
		"-content", filepath.Join(dir, "content"), "-CAfile", filepath.Join(dir, "root"), "-purpose", "any", "-out", os.DevNull)
	if err != nil || !strings.Contains(out, "successful") {
		t.Errorf("openssl cms -verify -cades: %v\n%s", err, out)
	}
	out, err = says(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", filepath.Join(dir, "sig"))
	if err != nil {
		t.Errorf("openssl cms -print: %v", err)
	}
	if strings.Contains(out, "signingTime") && !stamps { // the authority's own token has one
		t.Error("a signing time stands in the signature: PAdES wants it in the document")
	}
	if strings.Contains(out, "id-smime-aa-timeStampToken") != stamps {
		t.Errorf("a time-stamp in the signature: want %v", stamps)
	}
	if stamps {
		stampOf(t, der, authority)
	}
}

// stampOf takes the time-stamp out of a signature and asks openssl whether it
// is over the signature's value.
func stampOf(t *testing.T, der []byte, by issued) {
	t.Helper()
	p, err := pkcs7.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Signers[0]
	if len(s.UnauthenticatedAttributes) != 1 {
		t.Fatalf("%d unsigned attributes", len(s.UnauthenticatedAttributes))
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"token": s.UnauthenticatedAttributes[0].Value.Bytes, "value": s.EncryptedDigest, "root": []byte(by.pem())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := says(t, "openssl", "ts", "-verify", "-token_in", "-in", filepath.Join(dir, "token"), "-data", filepath.Join(dir, "value"), "-CAfile", filepath.Join(dir, "root"))
	if err != nil || !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl ts -verify of the signature's time-stamp: %v\n%s", err, out)
	}
}

// TestOwnCertificate: the command in docs/OPERATIONS.md makes a certificate
// and a key that can be used.
func TestOwnCertificate(t *testing.T) {
	page, err := os.ReadFile("../../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "openssl req -x509 "
	at := bytes.Index(page, []byte(begin))
	if at < 0 {
		t.Fatal("no such command")
	}
	command, _, _ := bytes.Cut(page[at:], []byte("\n```"))
	tool(t, "openssl")
	cmd := exec.Command("sh", "-c", string(command))
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	config := secrets{sealing.FileConfig: signs}
	for _, name := range []string{sealing.FileCertificate, sealing.FileKey} {
		b, err := os.ReadFile(filepath.Join(cmd.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		config[name] = string(b)
	}
	if _, err := open(t, config).Sign(context.Background(), samplePDF(1, ""), claimed); err != nil {
		t.Fatal(err)
	}
}

// TestSignRefused: a PDF of another form is refused, not repaired.
func TestSignRefused(t *testing.T) {
	top := issue(t, "Example root", nil, nil)
	sealer := open(t, signerOf(t, issue(t, "Example service", &top, nil), top))
	good := string(samplePDF(1, ""))
	signed, err := sealer.Sign(context.Background(), []byte(good), claimed)
	if err != nil {
		t.Fatal(err)
	}
	for name, pdf := range map[string]string{
		"nothing":            "",
		"no PDF":             "PK\x03\x04",
		"signed already":     string(signed),
		"cut short":          good[:len(good)-20],
		"bytes behind":       good + "%%EOF",
		"a table elsewhere":  strings.Replace(good, "startxref\n", "startxref\n9", 1),
		"an object moved":    strings.Replace(good, "\n\n2 0 obj", "\n\n% moved\n2 0 obj", 1),
		"encrypted":          strings.Replace(good, "/Root", "/Encrypt 3 0 R /Root", 1),
		"an earlier table":   strings.Replace(good, "/Root", "/Prev 12 /Root", 1),
		"a form":             strings.Replace(good, "/Lang", "/AcroForm << >> /Lang", 1),
		"no pages":           strings.Replace(good, "/Type /Page ", "/Type /Nope ", 1),
		"pages in a circle":  strings.Replace(good, "[4 0 R]", "[2 0 R]", 1),
		"a name twice":       strings.Replace(good, "/Root 1 0 R", "/Root 1 0 R /Root 1 0 R", 1),
		"a later generation": strings.Replace(good, " 00000 n", " 00001 n", 1),
		"annotations a name": string(samplePDF(1, "/Annots /None ")),
	} {
		if _, err := sealer.Sign(context.Background(), []byte(pdf), claimed); !errors.Is(err, sealing.ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpen: what cannot be used is refused with the file and what is wrong.
func TestOpen(t *testing.T) {
	if s, err := sealing.Open(secrets{}, time.Now(), nil); err != nil || s.Signs() || s.Stamps() {
		t.Errorf("without a configuration: %v", err)
	} else if stamp, err := s.Stamp(context.Background(), []byte("data")); stamp != nil || err != nil {
		t.Errorf("a stamp of nobody: %v", err)
	}
	top := issue(t, "Example root", nil, nil)
	leaf := issue(t, "Example service", &top, nil)
	good := signerOf(t, leaf, top)
	if s := open(t, good); !s.Signs() || s.Stamps() {
		t.Error("a signer alone")
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak := issueFor(t, "Weak", small, &top, nil)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	odd := issueFor(t, "Odd", p521, &top, nil)
	old := issue(t, "Old", &top, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	server := issue(t, "Server", &top, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	stranger := issue(t, "Stranger", nil, nil)
	authority := func(name, url string) string {
		return `{"authority":{"name":"` + name + `","url":"` + url + `"},"format":"caseledger/sealing/v1","signature":false}`
	}
	for _, c := range []struct {
		name string
		s    secrets
		want string
	}{
		{"no JSON", good.with(sealing.FileConfig, "signature"), "sealing.json: is not an object"},
		{"another member", good.with(sealing.FileConfig, `{"format":"caseledger/sealing/v1","sign":true}`), "sealing.json: is not an object"},
		{"two objects", good.with(sealing.FileConfig, signs+signs), "sealing.json: has something behind"},
		{"no format", good.with(sealing.FileConfig, `{"signature":true}`), "sealing.json: has no format"},
		{"no address", good.with(sealing.FileConfig, authority("local", "ftp://a.example")), "authority, url"},
		{"a password", good.with(sealing.FileConfig, authority("local", "http://a:b@a.example")), "authority, url"},
		{"a path for a name", good.with(sealing.FileConfig, authority("../local", "http://a.example")), "authority, name"},
		{"no certificate", good.with(sealing.FileCertificate, ""), "sealing-certificate.pem: is not PEM"},
		{"text behind it", good.with(sealing.FileCertificate, leaf.pem()+"x"), "sealing-certificate.pem: is not PEM"},
		{"a key for a certificate", good.with(sealing.FileCertificate, leaf.keyPEM(t)), "holds something that is no certificate"},
		{"a chain that is none", good.with(sealing.FileCertificate, leaf.pem()+stranger.pem()), "was not issued by the one behind it"},
		{"too many", good.with(sealing.FileCertificate, strings.Repeat(leaf.pem(), 9)), "more than 8"},
		{"another's key", good.with(sealing.FileKey, top.keyPEM(t)), "is not that of the key"},
		{"no key", good.with(sealing.FileKey, leaf.pem()), "sealing-key.pem: is not one PEM block"},
		{"a small key", signerOf(t, weak, top), "fewer than 2048 bits"},
		{"another curve", signerOf(t, odd, top), "another curve"},
		{"expired", signerOf(t, old, top), "not valid today"},
		{"not for signatures", signerOf(t, server, top), "not for signatures"},
	} {
		_, err := sealing.Open(c.s, time.Now(), nil)
		if !errors.Is(err, sealing.ErrConfig) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := sealing.Open(good.with(sealing.FileConfig, `{"format":"caseledger/sealing/v2"}`), time.Now(), nil); !errors.Is(err, events.ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

// TestPrepare: an export signs before it is recorded and stamps after, and
// says when there is no time-stamp.
func TestPrepare(t *testing.T) {
	top := issue(t, "Example root", nil, nil)
	a := newAuthority(t, sealingtest.ForStamping)
	config := signerOf(t, issue(t, "Example service", &top, nil), top)
	for name, text := range a.config() {
		config[name] = text
	}
	config[sealing.FileConfig] = strings.Replace(config[sealing.FileConfig], "false", "true", 1)
	sealer := open(t, config)
	plain := samplePDF(1, "")
	in := evidence.Input{Now: claimed, Render: func(context.Context, *sheet.Sheet) ([]evidence.File, error) {
		return []evidence.File{{Name: "data/contact-sheets.pdf", Data: plain}, {Name: "data/labels.pdf", Data: plain}}, nil
	}}
	o := sealer.Prepare(&in)
	files, err := in.Render(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Signed || bytes.Equal(files[0].Data, plain) || !bytes.Equal(files[1].Data, plain) {
		t.Errorf("signed %v", o.Signed)
	}
	stamps, err := in.Stamp(context.Background(), []byte("checkpoint"))
	if err != nil || len(stamps) != 1 || stamps[0].Name != "proof/timestamps/local.tsr" || !o.Stamped || o.Missed != nil {
		t.Errorf("%d time-stamps, %v", len(stamps), err)
	}
	a.Status = 503
	if _, err := in.Render(context.Background(), nil); !errors.Is(err, sealing.ErrAuthority) {
		t.Errorf("an authority that fails before: %v", err)
	}
	o.Stamped = false
	if stamps, err = in.Stamp(context.Background(), []byte("checkpoint")); len(stamps) != 0 || err != nil || o.Stamped || !errors.Is(o.Missed, sealing.ErrAuthority) {
		t.Errorf("an authority that fails after: %d, %v, %v", len(stamps), err, o.Missed)
	}
	failing := errors.New("no engine")
	in = evidence.Input{Render: func(context.Context, *sheet.Sheet) ([]evidence.File, error) { return nil, failing }}
	sealer.Prepare(&in)
	if _, err := in.Render(context.Background(), nil); !errors.Is(err, failing) {
		t.Errorf("the renderer's error: %v", err)
	}
	in = evidence.Input{}
	if open(t, secrets{}).Prepare(&in); in.Render != nil || in.Stamp != nil {
		t.Error("hooks without a configuration")
	}
}

// TestRecipients: what was sealed is opened with the recipient's key, whole or
// not at all.
func TestRecipients(t *testing.T) {
	officer, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	lawyer, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	later, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{officer.Recipient().String(), lawyer.Recipient().String()}
	to, err := sealing.ParseRecipients(keys)
	if err != nil {
		t.Fatal(err)
	}
	bundle := bytes.Repeat([]byte("PK\x03\x04 31 Tallow Street "), 10_000)
	var sealed bytes.Buffer
	w, err := sealing.Encrypt(&sealed, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bundle); err != nil {
		t.Fatal(err)
	}
	unfinished := bytes.Clone(sealed.Bytes())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed.Bytes(), []byte("Tallow")) {
		t.Error("the bundle stands in it as it is")
	}
	decrypt := func(b []byte, with age.Identity) ([]byte, error) {
		r, err := age.Decrypt(bytes.NewReader(b), with)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	for _, identity := range []age.Identity{officer, lawyer} {
		if got, err := decrypt(sealed.Bytes(), identity); err != nil || !bytes.Equal(got, bundle) {
			t.Errorf("a recipient: %v", err)
		}
	}
	if _, err := decrypt(sealed.Bytes(), stranger); err == nil {
		t.Error("a stranger opened it")
	}
	if _, err := decrypt(unfinished, officer); err == nil {
		t.Error("it was opened though it was never finished")
	}
	changed := bytes.Clone(sealed.Bytes())
	changed[len(changed)-100] ^= 1
	if _, err := decrypt(changed, officer); err == nil {
		t.Error("it was opened though it was changed")
	}

	if _, err := sealing.ParseRecipients([]string{later.Recipient().String()}); err != nil {
		t.Errorf("a post-quantum key: %v", err)
	}
	for _, c := range []struct {
		keys []string
		want string
	}{
		{nil, "1 to 20"},
		{make([]string, 21), "1 to 20"},
		{[]string{keys[0], "age1qqqq"}, "recipient 2 is no age public key"},
		{[]string{""}, "recipient 1 is no age public key"},
		{[]string{"# " + keys[0]}, "recipient 1 is no age public key"},
		{[]string{keys[0] + "\n" + keys[1]}, "recipient 1 is no age public key"},
		{[]string{"ssh-ed25519 AAAA"}, "recipient 1 is no age public key"},
		{[]string{officer.String()}, "secret key"},
		{[]string{keys[0], later.Recipient().String()}, "not for one bundle"},
	} {
		_, err := sealing.ParseRecipients(c.keys)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), officer.String()) {
			t.Error("the error holds a secret key")
		}
	}
}
