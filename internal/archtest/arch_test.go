package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list -deps -json` says of a package.
type pkg struct {
	ImportPath string
	Doc        string // first sentence of the package comment
	Standard   bool
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
}

const module = "caseledger"

// load lists every package of the module and everything they depend on,
// without tests: a test may look at its neighbours.
func load(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Doc,Standard,Imports,Deps,Module", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	all := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	return all
}

// ours reports whether path is a package of this module.
func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// under reports whether path is one of the trees or below one.
func under(path string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return path == tree || strings.HasPrefix(path, tree+"/")
	})
}

const (
	nats       = "github.com/nats-io"
	pebble     = "github.com/cockroachdb/pebble"
	ulid       = "github.com/oklog/ulid"
	jsonschema = "github.com/santhosh-tekuri/jsonschema"
	xmod       = "golang.org/x/mod"
)

// signing is what signing in is made of: sessions, codes, and a passkey's answer
// with its CBOR and what attestations may be made of.
var signing = []string{
	ulid, "github.com/alexedwards/scs", "github.com/boombuler/barcode", "github.com/pquerna/otp", "golang.org/x/crypto", "golang.org/x/sys", "golang.org/x/text",
	"github.com/go-webauthn", "github.com/fxamacker/cbor", "github.com/x448/float16", "github.com/go-viper/mapstructure", "github.com/golang-jwt/jwt", "github.com/google/go-tpm", "github.com/google/uuid",
	"github.com/tinylib/msgp", "github.com/philhofer/fwd",
}

// network is what no verifier may be able to do.
var network = []string{"net", "net/http", "net/rpc", "os/exec", "plugin", "crypto/tls"}

// reach says what a package may depend on, directly or not: of this module,
// and of everybody else's outside the standard library.
var reach = []struct {
	pkg    string
	ours   []string
	theirs []string
}{
	{module + "/events", nil, []string{ulid}},
	{module + "/schemas", []string{module + "/events"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/events/keys", []string{module + "/events"}, []string{ulid, "golang.org/x/crypto", "golang.org/x/sys", xmod}},
	{module + "/evidence/tlog", []string{module + "/events"}, []string{ulid, xmod}},
	{module + "/evidence/whereabouts", []string{module + "/events"}, []string{ulid, "golang.org/x/text"}},
	{module + "/evidence", []string{module + "/events", module + "/schemas", module + "/evidence"}, []string{ulid, jsonschema, xmod, "golang.org/x/text"}},
	{module + "/cmd/caseledger-verify", []string{module + "/events", module + "/schemas", module + "/evidence", module + "/evidence/tlog", module + "/evidence/sheet"}, []string{ulid, jsonschema, xmod, "golang.org/x/text"}},
	{module + "/evidence/pdf", []string{module + "/events", module + "/evidence/sheet"}, []string{ulid, "golang.org/x/sys", "golang.org/x/text"}},
	{module + "/internal/cases", []string{module + "/events", module + "/schemas", module + "/internal/clock", module + "/internal/policy", module + "/projections/casefile"}, []string{ulid, jsonschema, "golang.org/x/sync", "golang.org/x/text"}},
	{module + "/internal/clock", nil, nil},
	{module + "/internal/policy", []string{module + "/events", module + "/schemas", module + "/internal/clock"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/projections/casefile", []string{module + "/events", module + "/schemas", module + "/internal/clock"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/internal/rules", []string{module + "/events", module + "/schemas", module + "/internal/clock", module + "/internal/policy", module + "/projections/casefile"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/internal/views", []string{module + "/events", module + "/schemas", module + "/internal/clock", module + "/internal/policy", module + "/internal/rules", module + "/projections/casefile"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/internal/blobs", []string{module + "/events"}, []string{ulid}},
	{module + "/internal/spreadsheet", []string{module + "/events", module + "/schemas", module + "/internal/clock"}, []string{ulid, jsonschema, "golang.org/x/text"}},
	{module + "/internal/audit", []string{module + "/events"}, []string{ulid, xmod, "golang.org/x/sync"}},
	{module + "/internal/sealing", []string{module + "/events", module + "/schemas", module + "/evidence"}, []string{ulid, jsonschema, "golang.org/x/text", xmod, "golang.org/x/crypto", "golang.org/x/sys", "filippo.io", "github.com/digitorus"}},
	{module + "/internal/mail", []string{module + "/events", module + "/internal/datadir"}, []string{ulid}},
	{module + "/internal/court", []string{module + "/events"}, []string{ulid}},
	{module + "/internal/access", []string{module + "/events", module + "/internal/clock", module + "/internal/datadir"}, signing},
	{module + "/internal/provider", []string{module + "/events", module + "/internal/access", module + "/internal/clock", module + "/internal/datadir"}, slices.Concat(signing, []string{"github.com/coreos/go-oidc", "github.com/go-jose/go-jose", "golang.org/x/oauth2"})},
	{module + "/internal/story", []string{module + "/events", module + "/schemas", module + "/internal/clock"}, []string{ulid, jsonschema, "golang.org/x/text"}},
}

// TestReach: the pure packages and the verifier stay what they are.
func TestReach(t *testing.T) {
	all := load(t)
	for _, rule := range reach {
		p, ok := all[rule.pkg]
		if !ok {
			t.Errorf("%s: no such package", rule.pkg)
			continue
		}
		for _, dep := range p.Deps {
			switch d := all[dep]; {
			case d.Standard, dep == rule.pkg, vendored(dep):
			case ours(dep):
				if !slices.Contains(rule.ours, dep) && !slices.ContainsFunc(rule.ours, func(tree string) bool {
					return tree == module+"/evidence" && under(dep, tree)
				}) {
					t.Errorf("%s reaches %s", rule.pkg, dep)
				}
			case !under(dep, rule.theirs...):
				t.Errorf("%s reaches %s", rule.pkg, dep)
			}
		}
	}
}

// vendored reports whether path is the standard library's copy of another
// module.
func vendored(path string) bool { return strings.HasPrefix(path, "vendor/") }

// TestOnlyOneImports: a library that owns a file format or a protocol has one
// owner in this module.
func TestOnlyOneImports(t *testing.T) {
	owners := []struct {
		library string
		owners  []string
	}{
		{nats, []string{module + "/events/natslog"}},
		{pebble, []string{module + "/projections", module + "/internal/bench"}},
		{jsonschema, []string{module + "/schemas"}},
		{"filippo.io/age", []string{module + "/internal/sealing"}},
		{"github.com/digitorus", []string{module + "/internal/sealing"}},
		{"github.com/pdfcpu", []string{module + "/internal/metadata"}},
		{"github.com/bep/imagemeta", []string{module + "/internal/metadata"}},
		// No program has a browser's remote control in it.
		{"github.com/chromedp", []string{module + "/internal/pages/pagetest"}},
		{"github.com/alexedwards/scs", []string{module + "/internal/access"}},
		{"github.com/pquerna/otp", []string{module + "/internal/access"}},
		{"github.com/go-webauthn", []string{module + "/internal/access"}},
		{"github.com/coreos/go-oidc", []string{module + "/internal/provider"}},
		{"golang.org/x/oauth2", []string{module + "/internal/provider"}},
		{"golang.org/x/crypto/argon2", []string{module + "/internal/access"}},
		{"net/smtp", []string{module + "/internal/mail"}},
		{"github.com/spf13/cobra", []string{module + "/cmd/caseledger", module + "/internal/drill"}},
		// The engine that prints is a process: neither evidence nor the verifier starts one.
		{module + "/evidence/pdf", []string{module + "/cmd/caseledger", module + "/internal/bench"}},
	}
	for path, p := range load(t) {
		if !ours(path) {
			continue
		}
		for _, imported := range p.Imports {
			for _, o := range owners {
				if under(imported, o.library) && !under(path, o.owners...) {
					t.Errorf("%s imports %s, which is for %s", path, imported, strings.Join(o.owners, ", "))
				}
			}
		}
	}
}

// TestNeverMeet: pairs that may not be reached by one package below the
// commands.
func TestNeverMeet(t *testing.T) {
	all := load(t)
	separate := []struct{ from, to string }{
		// Evidence is written from records, never from a view.
		{module + "/evidence", module + "/projections"},
		{module + "/projections", module + "/evidence"},
		// The write side knows what it needs and not who provides it.
		{module + "/internal/cases", module + "/events/natslog"},
		{module + "/internal/cases", module + "/projections"},
		{module + "/internal/web", module + "/events/natslog"},
		{module + "/internal/web", module + "/projections"},
		{module + "/internal/web", module + "/events/keys"},
		// Pages know what can be asked of a ledger, never where it keeps anything.
		{module + "/internal/pages", module + "/events/natslog"},
		{module + "/internal/pages", module + "/projections"},
		{module + "/internal/pages", module + "/events/keys"},
		// Nor does what answers other programs, which has no pages either.
		{module + "/internal/api", module + "/events/natslog"},
		{module + "/internal/api", module + "/projections"},
		{module + "/internal/api", module + "/events/keys"},
		{module + "/internal/api", module + "/internal/pages"},
	}
	// Tree hashing is shared by both. A case file is a pure fold and stores
	// nothing: decisions and pages may read one, evidence may not.
	shared := []string{module + "/evidence/tlog"}
	casefile := module + "/projections/casefile"
	for path, p := range all {
		for _, rule := range separate {
			if !under(path, rule.from) {
				continue
			}
			for _, dep := range p.Deps {
				if dep == casefile && !under(rule.from, module+"/evidence") {
					continue
				}
				if under(dep, rule.to) && !slices.Contains(shared, dep) {
					t.Errorf("%s reaches %s", path, dep)
				}
			}
		}
	}
	// Only the command sees all.
	for path, p := range all {
		if !ours(path) || under(path, module+"/cmd/caseledger", module+"/internal/bench") {
			continue
		}
		if slices.Contains(p.Deps, module+"/events/natslog") && slices.Contains(p.Deps, module+"/projections") {
			t.Errorf("%s sees both stores: only cmd/caseledger does", path)
		}
	}
}

// TestVerifierIsOffline: the verifier cannot speak to anybody or start
// anything.
func TestVerifierIsOffline(t *testing.T) {
	verifier, ok := load(t)[module+"/cmd/caseledger-verify"]
	if !ok {
		t.Fatal("no verifier")
	}
	for _, dep := range verifier.Deps {
		if slices.Contains(network, dep) || under(dep, nats, pebble) {
			t.Errorf("the verifier reaches %s", dep)
		}
	}
}

// TestPureDoesNoIO: the record's package, and what reads a case from it, open
// no file, read no clock-driven or global state.
func TestPureDoesNoIO(t *testing.T) {
	all := load(t)
	for _, path := range []string{"/events", "/internal/clock", "/internal/policy", "/internal/views", "/internal/spreadsheet", "/projections/casefile"} {
		for _, imported := range all[module+path].Imports {
			if slices.Contains([]string{"os", "io/fs", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "os/exec"}, imported) {
				t.Errorf("%s imports %s", path[1:], imported)
			}
		}
	}
}

// TestPackagesAreSentences: every package says what it is, and no package is a
// drawer.
func TestPackagesAreSentences(t *testing.T) {
	for path, p := range load(t) {
		if !ours(path) {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s: no package comment", path)
		}
		last := path[strings.LastIndexByte(path, '/')+1:]
		if slices.Contains([]string{"util", "utils", "common", "helpers", "misc", "shared"}, last) {
			t.Errorf("%s: a name that says nothing", path)
		}
	}
}
