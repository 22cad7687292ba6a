package events_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

// The worked example in docs/FORMAT.md is computed anew from its inputs, by
// the reference in this directory and by the package, and must stand there
// byte for byte.
func TestWorkedExample(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "FORMAT.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```text ([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(doc), -1) {
		if _, ok := blocks[m[1]]; ok {
			t.Fatalf("two blocks are named %s", m[1])
		}
		blocks[m[1]] = m[2]
	}
	in := map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(blocks["inputs"], "\n"), "\n") {
		name, value, _ := strings.Cut(line, " ")
		in[name] = strings.TrimLeft(value, " ")
	}
	unhex := func(name string) []byte {
		b, err := hex.DecodeString(in[name])
		if err != nil || len(b) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		return b
	}
	d := &events.Draft{
		Origin: in["origin"], Chain: events.Chain(unhex("chain")), Prev: events.Hash(unhex("prev")),
		Nonce: [32]byte(unhex("nonce")), Body: []byte(in["body"]),
	}
	if d.ID, err = events.ParseID(in["id"]); err != nil {
		t.Fatal(err)
	}
	if d.Key, err = events.ParseKeyRef(in["key"]); err != nil {
		t.Fatal(err)
	}
	if d.At, err = time.Parse(time.RFC3339, in["at"]); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(in["seq"], &d.Seq); err != nil {
		t.Fatal(err)
	}
	key := events.Key(unhex("secret"))

	// The reference's steps, one by one.
	info := strings.Join([]string{"caseledger/event/v1", in["origin"], in["chain"], in["seq"], in["id"]}, "\n")
	eventKey := refHKDF(key[:], d.Nonce[:], info)
	saltKey, sealKey := refHKDF(eventKey, nil, "caseledger/salt/v1"), refHKDF(eventKey, nil, "caseledger/seal/v1")
	parts := refFlatten(d.Body)
	leaves := refLeaves(parts, saltKey)
	block, err := aes.NewCipher(saltKey)
	if err != nil {
		t.Fatal(err)
	}
	salts := make([]byte, 32*len(parts))
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(salts, salts)
	var shown strings.Builder
	for i, p := range parts {
		if p.decoy {
			fmt.Fprintf(&shown, "%d - %x %x\n", i, salts[32*i:32*i+32], leaves[i][:])
		} else {
			fmt.Fprintf(&shown, "%d %d %x %x %s %s\n", i, p.kind, salts[32*i:32*i+32], leaves[i][:], p.path, p.value)
		}
	}
	payload := refSeal(d, key)
	atDetail := strings.Index(payload, "caseledger/detail")
	atSealed := strings.Index(payload, "\n\n") + 2
	link, detail, sealed := payload[:atDetail], payload[atDetail:atSealed-1], payload[atSealed:]
	padded := binary.BigEndian.AppendUint32(nil, uint32(len(d.Body)))
	padded = append(padded, d.Body...)
	padded = append(padded, make([]byte, refPadme(len(padded))-len(padded))...)

	want := map[string]string{
		"keys":   fmt.Sprintf("eventKey  %x\nsaltKey   %x\nsealKey   %x\n", eventKey, saltKey, sealKey),
		"leaves": shown.String(),
		"aad":    link[:strings.Index(link, "detail ")] + detail[:strings.Index(detail, "sealed ")],
		"padded": wrap(hex.EncodeToString(padded)),
		"sealed": wrap(hex.EncodeToString([]byte(sealed))),
		"link":   link,
		"detail": detail,
		"hashes": fmt.Sprintf("event  %x\nvoid   %x\n", sha256.Sum256([]byte(link)), sha256.Sum256([]byte("caseledger/void/v1\n"+payload))),
	}
	for name, w := range want {
		if blocks[name] != w {
			t.Errorf("block %s should be\n%s", name, w)
		}
	}

	r, err := events.Seal(d, &key)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Append(nil); !bytes.Equal(got, []byte(payload)) {
		t.Errorf("Seal gives\n%q\nwant\n%q", got, payload)
	}
}

func wrap(s string) string {
	var b strings.Builder
	for len(s) > 128 {
		b.WriteString(s[:128] + "\n")
		s = s[128:]
	}
	return b.String() + s + "\n"
}
