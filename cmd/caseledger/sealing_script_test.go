package main

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"caseledger/internal/sealing"
	"caseledger/internal/sealing/sealingtest"
)

// authority starts a time-stamping authority and writes what a ledger needs to
// ask it, and to sign, into its secrets directory; authority.pem is its root.
func authority(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: authority SECRETS")
	}
	dir := ts.MkAbs("authority")
	ts.Check(os.Mkdir(dir, 0o700))
	a, err := sealingtest.NewAuthority(dir, sealingtest.ForStamping)
	ts.Check(err)
	ts.Defer(a.Close)
	root, err := sealingtest.Issue("Example root", nil, nil)
	ts.Check(err)
	leaf, err := sealingtest.Issue("Example service", &root, nil)
	ts.Check(err)
	key, err := leaf.KeyPEM()
	ts.Check(err)
	for name, text := range map[string]string{
		filepath.Join(args[0], sealing.FileConfig):      `{"authority":{"name":"local","url":"` + a.URL + `"},"format":"caseledger/sealing/v1","signature":true}`,
		filepath.Join(args[0], sealing.FileCertificate): leaf.PEM() + root.PEM(),
		filepath.Join(args[0], sealing.FileKey):         key,
		filepath.Join(args[0], sealing.FileAuthority):   a.Root.PEM(),
		"authority.pem": a.Root.PEM(),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// ageKey writes a secret key into a file and its public key into $NAME.
func ageKey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: age-key NAME FILE")
	}
	identity, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(identity.String()+"\n"), 0o600))
	ts.Setenv(args[0], identity.Recipient().String())
}

// unseal opens an age file with a secret key.
func unseal(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] unseal KEY SEALED FILE")
	}
	identities, err := age.ParseIdentities(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	in, err := os.Open(ts.MkAbs(args[1]))
	ts.Check(err)
	defer in.Close()
	r, err := age.Decrypt(in, identities...)
	var b []byte
	if err == nil {
		b, err = io.ReadAll(r)
	}
	if neg {
		if err == nil {
			ts.Fatalf("%s opens with %s", args[1], args[0])
		}
		return
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

// signed asks pdfsig and qpdf about the sheets of a bundle that has any as PDF.
func signed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: signed BUNDLE")
	}
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/data/contact-sheets.pdf") {
			continue
		}
		r, err := f.Open()
		ts.Check(err)
		b, err := io.ReadAll(r)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs("sheets.pdf"), b, 0o600))
		for _, tool := range []struct{ name, args, want string }{
			{"pdfsig", "-nocert", "Signature is Valid."}, {"pdfsig", "-nocert", "Total document signed"}, {"qpdf", "--check", "No syntax or stream encoding errors found"},
		} {
			out, _ := exec.Command(tool.name, tool.args, ts.MkAbs("sheets.pdf")).CombinedOutput()
			if !strings.Contains(string(out), tool.want) {
				ts.Fatalf("%s does not say %q:\n%s", tool.name, tool.want, out)
			}
			ts.Logf("%s: %s", tool.name, tool.want)
		}
	}
}

// unpack writes the files of a bundle into a directory.
func unpack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unpack BUNDLE DIR")
	}
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	for _, f := range z.File {
		_, name, ok := strings.Cut(f.Name, "/")
		if !ok || !filepath.IsLocal(name) {
			ts.Fatalf("a name without a directory")
		}
		r, err := f.Open()
		ts.Check(err)
		b, err := io.ReadAll(r)
		ts.Check(err)
		file := ts.MkAbs(filepath.Join(args[1], name))
		ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
		ts.Check(os.WriteFile(file, b, 0o600))
	}
}
