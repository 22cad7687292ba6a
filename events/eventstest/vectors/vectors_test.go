package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

var dir = filepath.Join("..", "..", "..", "schemas", "vectors")

// The committed files are what the generator writes, and nothing else stands
// beside them.
func TestFilesAreGenerated(t *testing.T) {
	want := files()
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, content) {
			t.Errorf("%s differs: run go run ./events/eventstest/vectors", name)
		}
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if _, ok := want[name]; err == nil && !ok && !e.IsDir() {
			t.Errorf("%s is not generated", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := files(); !maps.EqualFunc(want, again, bytes.Equal) {
		t.Error("generating twice gives other bytes")
	}
	out := t.TempDir()
	if err := write(out); err != nil {
		t.Fatal(err)
	}
	for name, content := range want {
		if got, err := os.ReadFile(filepath.Join(out, name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: written otherwise, %v", name, err)
		}
	}
}

// The verdicts of the bundles: how they end, and which checks find damage.
func TestBundles(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(dir, "bundle", "bundle.zip"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range read(t, "bundle/cases.json", func(c bundleCase) string { return c.Name }) {
		t.Run(c.Name, func(t *testing.T) {
			b := bytes.Clone(whole)
			for _, p := range c.Patches {
				with, err := hex.DecodeString(p.Hex)
				if err != nil || p.At+len(with) > len(b) {
					t.Fatalf("no patch: %v", err)
				}
				copy(b[p.At:], with)
			}
			b = b[:len(b)-c.Cut]
			var policy *tlog.Policy
			if c.Policy != "" {
				text, err := os.ReadFile(filepath.Join(dir, "bundle", c.Policy))
				if err != nil {
					t.Fatal(err)
				}
				if policy, err = tlog.ParsePolicy(text); err != nil {
					t.Fatal(err)
				}
			}
			v := evidence.Verify(bytes.NewReader(b), int64(len(b)), policy, schemas.Default())
			var failed []string
			for _, check := range v.Checks {
				if check.Outcome == evidence.Failed {
					failed = append(failed, check.Name)
				}
			}
			if v.Exit != c.Exit || !slices.Equal(failed, c.Failed) {
				t.Errorf("exit %d, failed %v; want %d, %v", v.Exit, failed, c.Exit, c.Failed)
			}
		})
	}
}

// read returns the cases of a file; each has a name of its own.
func read[T any](t *testing.T, file string, name func(T) string) []T {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	var cases []T
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[name(c)] {
			t.Errorf("two cases are named %q", name(c))
		}
		seen[name(c)] = true
	}
	if len(cases) < 10 {
		t.Errorf("%s has %d cases", file, len(cases))
	}
	return cases
}

// verdictOf says what an error means to another implementation.
func verdictOf(err error) verdict {
	for _, v := range []struct {
		is  error
		say verdict
	}{{nil, accept}, {events.ErrVersion, version}, {events.ErrTooLarge, tooLarge}, {events.ErrBroken, broken}, {events.ErrSealed, sealed}, {events.ErrSyntax, syntax}} {
		if errors.Is(err, v.is) {
			return v.say
		}
	}
	return verdict(err.Error())
}

func mustBytes(t *testing.T, o octets) []byte {
	t.Helper()
	b, err := o.bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCanonical(t *testing.T) {
	for _, c := range read(t, "canonical.json", func(c canonicalCase) string { return c.Name }) {
		t.Run(c.Name, func(t *testing.T) {
			in := mustBytes(t, c.Input)
			out, err := events.Canonicalize(in)
			if got := verdictOf(err); got != c.Verdict {
				t.Fatalf("got %s (%v), want %s", got, err, c.Verdict)
			}
			check := events.CheckCanonical(in)
			if c.Verdict != accept {
				if check == nil {
					t.Error("CheckCanonical accepts it")
				}
				return
			}
			want := mustBytes(t, *c.Output)
			if !bytes.Equal(out, want) {
				t.Errorf("got %.100q, want %.100q", out, want)
			}
			if (check == nil) != bytes.Equal(in, want) {
				t.Errorf("CheckCanonical: %v", check)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for _, c := range read(t, "words.json", func(c wordCase) string { return c.Name }) {
		if got := events.Words(c.Text); !slices.Equal(got, c.Words) {
			t.Errorf("%s: got %q, want %q", c.Name, got, c.Words)
		}
	}
}

func TestFlatten(t *testing.T) {
	for _, c := range read(t, "flatten.json", func(c flattenCase) string { return c.Name }) {
		t.Run(c.Name, func(t *testing.T) {
			b := mustBytes(t, c.Body)
			parts, err := events.Flatten(b)
			if got := verdictOf(err); got != c.Verdict {
				t.Fatalf("got %s (%v), want %s", got, err, c.Verdict)
			}
			if err != nil {
				return
			}
			key, err := hex.DecodeString(c.SaltKey)
			if err != nil {
				t.Fatal(err)
			}
			addSalts(parts, key)
			leaves, root := leavesOf(parts)
			if c.Leaves == nil {
				c.Leaves = leaves
			} else {
				c.Size = len(c.Leaves)
			}
			if !slices.Equal(leaves, c.Leaves) || len(leaves) != c.Size || root != *c.Root {
				t.Errorf("got %d leaves, root %s", len(leaves), root)
			}
			if back, err := events.Unflatten(parts); err != nil || !bytes.Equal(back, b) {
				t.Errorf("comes back as %q, %v", back, err)
			}
		})
	}
}

func TestUnflatten(t *testing.T) {
	for _, c := range read(t, "unflatten.json", func(c unflattenCase) string { return c.Name }) {
		var parts []events.Part
		for _, l := range c.Parts {
			parts = append(parts, events.Part{Index: l.Index, Decoy: l.Decoy, Kind: l.Kind, Path: l.Path, Value: l.Value})
		}
		out, err := events.Unflatten(parts)
		if got := verdictOf(err); got != c.Verdict {
			t.Errorf("%s: got %s (%v), want %s", c.Name, got, err, c.Verdict)
		} else if err == nil && !bytes.Equal(out, mustBytes(t, *c.Body)) {
			t.Errorf("%s: got %q", c.Name, out)
		}
	}
}

func TestBlocks(t *testing.T) {
	parsers := map[string]func(b []byte) ([]byte, error){
		"links.json":   func(b []byte) ([]byte, error) { l, err := events.ParseLink(b); return l.Append(nil), err },
		"details.json": func(b []byte) ([]byte, error) { d, err := events.ParseDetail(b); return d.Append(nil), err },
	}
	for file, parse := range parsers {
		for _, c := range read(t, file, func(c blockCase) string { return c.Name }) {
			t.Run(file+"/"+c.Name, func(t *testing.T) {
				in := mustBytes(t, c.Block)
				back, err := parse(in)
				if got := verdictOf(err); got != c.Verdict {
					t.Fatalf("got %s (%v), want %s", got, err, c.Verdict)
				}
				if err == nil && !bytes.Equal(back, in) {
					t.Errorf("re-encodes as %q", back)
				}
				if l, err := events.ParseLink(in); err == nil && l.Hash() != *c.Hash {
					t.Errorf("got hash %s, want %s", l.Hash(), c.Hash)
				}
				if d, err := events.ParseDetail(in); err == nil && d.Hash() != *c.Hash {
					t.Errorf("got hash %s, want %s", d.Hash(), c.Hash)
				}
			})
		}
	}
}

func TestRecords(t *testing.T) {
	for _, c := range read(t, "records.json", func(c recordCase) string { return c.Name }) {
		t.Run(c.Name, func(t *testing.T) {
			payload := mustBytes(t, c.Payload)
			r, err := events.ParseRecord(payload)
			if got := verdictOf(err); got != c.Parse {
				t.Fatalf("parse: got %s (%v), want %s", got, err, c.Parse)
			}
			if e := events.NewEntry(1, payload); err != nil {
				if e.Hash() != *c.Void {
					t.Errorf("void %s, want %s", e.Hash(), c.Void)
				}
				return
			}
			if got := r.Link.Hash(); got != *c.Hash {
				t.Errorf("hash %s, want %s", got, c.Hash)
			}
			raw, err := hex.DecodeString(c.Key)
			if err != nil {
				t.Fatal(err)
			}
			key := events.Key(raw)
			parts, err := events.OpenParts(&r, &key, nil)
			if got := verdictOf(err); got != c.Open {
				t.Fatalf("open: got %s (%v), want %s", got, err, c.Open)
			}
			if err != nil {
				return
			}
			if b, err := events.Open(&r, &key, nil); err != nil || !bytes.Equal(b, mustBytes(t, *c.Body)) {
				t.Errorf("body %q, %v", b, err)
			}
			var leaves []events.Hash
			for i := range parts {
				leaves = append(leaves, parts[i].Leaf())
			}
			if !slices.Equal(leaves, c.Steps.Leaves) || events.Root(leaves) != r.Detail.Root {
				t.Errorf("leaves %v", leaves)
			}
			if len(r.Sealed)-16 != c.Steps.Padded {
				t.Errorf("padded to %d, want %d", len(r.Sealed)-16, c.Steps.Padded)
			}
		})
	}
}

func TestChains(t *testing.T) {
	for _, c := range read(t, "chains.json", func(c chainCase) string { return c.Name }) {
		t.Run(c.Name, func(t *testing.T) {
			var records []events.Record
			for _, o := range c.Records {
				r, err := events.ParseRecord(mustBytes(t, o))
				if err != nil {
					t.Fatal(err)
				}
				records = append(records, r)
			}
			err := events.CheckChain(records)
			if got := verdictOf(err); got != c.Verdict {
				t.Fatalf("got %s (%v), want %s", got, err, c.Verdict)
			}
			var le *events.LinkError
			if errors.As(err, &le) && (le.Seq != c.Seq || le.Field != c.Field) {
				t.Errorf("breaks at %d in %s, want %d in %s", le.Seq, le.Field, c.Seq, c.Field)
			}
		})
	}
}
