//go:build unix

package tlog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

// formatBlock returns the fenced block "```text <name>" of docs/FORMAT*.md.
func formatBlock(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob("../../docs/FORMAT*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(b), "```text "+name+"\n"); ok {
			block, _, _ := strings.Cut(rest, "```")
			return block
		}
	}
	t.Fatalf("no block %q in docs/FORMAT*.md", name)
	return ""
}

// The example in the format's description is what this package writes, and
// its policy accepts its checkpoint.
func TestFormatExample(t *testing.T) {
	seed := func(b byte) *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{b}, 32)) }
	skey, vkey, err := tlog.GenerateKey(seed(1), origin)
	if err != nil {
		t.Fatal(err)
	}
	wkey, wvkey, err := tlog.GenerateCosignerKey(seed(2), "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := skey+"\n"+vkey+"\n"+wkey+"\n"+wvkey+"\n", formatBlock(t, "note-keys"); got != want {
		t.Errorf("keys are\n%s, the description has\n%s", got, want)
	}
	s, err := tlog.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	w, err := tlog.NewCosigner(wkey, clock(noon))
	if err != nil {
		t.Fatal(err)
	}
	// Three entries: 32 bytes of 0xa1, of 0xa2, of 0xa3.
	var tr tree
	var entries [3]events.Hash
	for i := range entries {
		copy(entries[i][:], bytes.Repeat([]byte{byte(0xa1 + i)}, 32))
		hashes, err := xtlog.StoredHashes(int64(i), entries[i][:], tr)
		if err != nil {
			t.Fatal(err)
		}
		tr = append(tr, hashes...)
	}
	c := tlog.Checkpoint{Origin: origin, Size: 3, Root: root(entries[:])}
	signed := sign(t, c, s, w)
	hashes, err := tlog.Prove(tr, 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := formatBlock(t, "proof")
	p := tlog.Proof{Index: 0, Hashes: hashes, Checkpoint: signed}
	if got := string(p.Append(nil)); got != text {
		t.Errorf("proof is\n%s, the description has\n%s", got, text)
	}
	p, err = tlog.ParseProof([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := tlog.ParsePolicy([]byte(formatBlock(t, "policy")))
	if err != nil {
		t.Fatal(err)
	}
	c, a, err := rules.Check(p.Checkpoint)
	if err != nil || a.Cosigned != 1 || !a.Newest.Equal(noon) {
		t.Errorf("Check = %v, %v, %v", c, a, err)
	}
	if err := p.Verify(entries[0], c.Size, c.Root); err != nil {
		t.Error(err)
	}
	if got, want := string(tlog.AppendState(nil, c)), formatBlock(t, "signed-state"); got != want {
		t.Errorf("signed state is\n%s, the description has\n%s", got, want)
	}
}
