package keys

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caseledger/events"
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

// The example in the format's description is what this package writes.
func TestFormatExample(t *testing.T) {
	var epoch, key events.Key
	var nonce [nonceSize]byte
	for i := range epoch {
		epoch[i], key[i] = byte(i), byte(0x80+i)
	}
	for i := range nonce {
		nonce[i] = byte(0x40 + i)
	}
	chain, err := events.ParseChain("7c1e90d3a4b85f6e2107c9d8e3fa6b54")
	if err != nil {
		t.Fatal(err)
	}
	ref := events.CaseKey(chain, 1)
	const origin = "ledger.example.org/cases"
	w := seal(newKEK(&epoch), nonce, origin, ref, 1, &key)
	if got, want := string(w.Append(nil)), formatBlock(t, "wrap"); got != want {
		t.Errorf("wrap is\n%s, the description has\n%s", got, want)
	}
	if got, want := string(appendContext(nil, origin, ref, 1)), formatBlock(t, "wrap-context"); got != want {
		t.Errorf("additional data is\n%s, the description has\n%s", got, want)
	}
	if got := name(ref); got != "7c1e90d3a4b85f6e2107c9d8e3fa6b54.1" {
		t.Errorf("name is %s", got)
	}
}
