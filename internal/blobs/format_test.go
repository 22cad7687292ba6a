package blobs

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"caseledger/events"
)

// The example in docs/FORMAT.md is what this package writes and reads.
func TestFormatExample(t *testing.T) {
	b, err := os.ReadFile("../../docs/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(name string) string {
		_, rest, ok := strings.Cut(string(b), "```text "+name+"\n")
		if !ok {
			t.Fatalf("no block %q in docs/FORMAT.md", name)
		}
		text, _, _ := strings.Cut(rest, "```")
		return text
	}
	var key events.Key
	var salt Salt
	for i := range key {
		key[i], salt[i] = byte(0x80+i), byte(i)
	}
	var out bytes.Buffer
	if _, err := Seal(t.Context(), &out, strings.NewReader("doorbell\n"), 1, &key, salt); err != nil {
		t.Fatal(err)
	}
	head := block("blob-header")
	if want := head + string(mustHex(t, strings.TrimSpace(block("blob-chunk")))); out.String() != want {
		t.Errorf("the blob is %q and %x", out.String()[:len(head)], out.Bytes()[len(head):])
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
