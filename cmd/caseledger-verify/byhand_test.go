//go:build !js

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/internal/lacking"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// storyBundle exports the case "court" of the story with its closings, from a
// ledger that holds another case too.
func storyBundle(t *testing.T) (policy, bundle []byte) {
	t.Helper()
	court, other := eventstest.NewChain("by hand/court"), eventstest.NewChain("by hand/other")
	for _, e := range story.Events() {
		c := other
		if e.Case == "court" {
			c = court
		} else if e.Case != "silence" {
			continue
		}
		c.Actor(e.Actor).Version(e.V).Occurred(string(e.Occurred)).Add(e.Type, string(e.Data))
	}
	l := evidencetest.New(court, other)
	l.Sign("by hand")
	asked, closed := story.Export()
	var request evidence.Request
	if err := json.Unmarshal(asked, &request); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		evidence.Closing
		Code string
	}
	if err := json.Unmarshal(closed, &list); err != nil {
		t.Fatal(err)
	}
	var closings []evidence.Closing
	for _, x := range list {
		x.Closing.Code = x.Code[0]
		closings = append(closings, x.Closing)
	}
	var out bytes.Buffer
	if _, err := evidence.Export(context.Background(), l, schemas.Default(), evidence.Input{
		Chain: court.ID(), Actor: "staff-02", Now: time.Date(2026, 10, 31, 10, 0, 0, 0, time.UTC), Policy: l.Policy(),
		Request: request, Closings: closings,
	}, &out); err != nil {
		t.Fatal(err)
	}
	return l.Policy(), out.Bytes()
}

// unpack writes the files of a bundle below dir and returns the top directory.
func unpack(t *testing.T, bundle []byte, dir string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	top := ""
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, name, b)
		top, _, _ = strings.Cut(f.Name, "/")
	}
	return filepath.Join(dir, top)
}

func read(t *testing.T, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// list writes both manifests anew, as somebody would who changed a file.
func list(t *testing.T, dir string) {
	t.Helper()
	var data, tags []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, name)
		switch {
		case err != nil || d.IsDir():
			return err
		case strings.HasPrefix(rel, "data/"):
			data = append(data, rel)
		case !strings.HasPrefix(rel, "manifest-") && !strings.HasPrefix(rel, "tagmanifest-"):
			tags = append(tags, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		name  string
		files []string
	}{{"manifest-sha256.txt", data}, {"tagmanifest-sha256.txt", append(tags, "manifest-sha256.txt")}} {
		slices.Sort(l.files)
		var b []byte
		for _, f := range l.files {
			sum := sha256.Sum256(read(t, dir, f))
			b = fmt.Appendf(b, "%s  %s\n", hex.EncodeToString(sum[:]), f)
		}
		write(t, filepath.Join(dir, l.name), b)
	}
}

// TestByHand takes the script out of docs/EVIDENCE.md, as the page says, and
// runs it on a bundle of the story, whole and tampered with.
func TestByHand(t *testing.T) {
	for _, tool := range []string{"bash", "openssl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacking.End(t, "no", tool)
		}
	}
	page, err := filepath.Abs("../../docs/EVIDENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "by-hand.sh")
	take := exec.Command("bash", "-c", "sed -n '/^```sh$/,/^```$/p' \"$1\" | grep -v '^```' >\"$2\"", "bash", page, script)
	if out, err := take.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !bytes.Contains(read(t, page), []byte("\nsed -n '/^```sh$/,/^```$/p' EVIDENCE.md | grep -v '^```' >by-hand.sh\n")) {
		t.Error("the page takes the script out another way than this test")
	}
	policy, bundle := storyBundle(t)
	other, _ := evidencetest.Bundle("theirs")
	write(t, filepath.Join(dir, "policy.txt"), policy)
	write(t, filepath.Join(dir, "other.txt"), other)
	good := unpack(t, bundle, filepath.Join(dir, "good"))
	entry, word := openWord(t, good)
	last := fmt.Sprint(bytes.Count(read(t, good, "proof/links.txt"), []byte("\nseq ")))

	replace := func(file, old, with string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			b := read(t, dir, file)
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%s does not hold what this test changes", file)
			}
			write(t, filepath.Join(dir, file), bytes.Replace(b, []byte(old), []byte(with), 1))
		}
	}
	relist := func(change func(*testing.T, string)) func(*testing.T, string) {
		return func(t *testing.T, dir string) { change(t, dir); list(t, dir) }
	}
	parts := "proof/parts/" + entry + ".json"
	for _, c := range []struct {
		name        string
		change      func(t *testing.T, dir string)
		policy      string
		entry, word string
		says        string // the last line
	}{
		{"whole", nil, "policy.txt", entry, word, "Every step holds: the word is what the ledger recorded."},
		{"a word that is not there", nil, "policy.txt", entry, "zyzzyva", "NO   entry " + entry + ` has no open part "zyzzyva"`},
		{"a withheld entry", nil, "policy.txt", "1", word, "NO   entry 1 is withheld: nothing of it is open"},
		{"another ledger's policy", nil, "other.txt", entry, word, "NO   the checkpoint is not signed by the ledger of the policy"},
		{"a word on the sheet", replace("data/contact-sheets.html", word, "never"), "policy.txt", entry, word,
			"NO   a file is not the one that manifest-sha256.txt lists"},
		{"a word on the sheet, listed anew", relist(replace("data/contact-sheets.html", word, "never")), "policy.txt", entry, word,
			"NO   the export recorded other files than these"},
		{"a file put in", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "data", "note.txt"), []byte("x")) }, "policy.txt", entry, word,
			"NO   there are files that no list names"},
		{"a word in its part", relist(replace(parts, word, "never")), "policy.txt", entry, "never",
			"NO   the parts of entry " + entry + " are not those that were recorded"},
		{"a word put in beside the true one", relist(func(t *testing.T, dir string) {
			b := read(t, dir, parts)
			at := bytes.Index(b, []byte(`{"i":`))
			part, _, _ := bytes.Cut(b[at:], []byte("},"))
			fake := append(bytes.Replace(part, []byte(`"value":"`), []byte(`"value":"\\\"never\\\"`), 1), "},"...)
			write(t, filepath.Join(dir, parts), slices.Insert(b, at, fake...))
		}), "policy.txt", entry, `never\"staff-07`, "NO   entry " + entry + " lists a part twice, or one that is closed"},
		{"a word put into a closed branch", relist(func(t *testing.T, dir string) {
			b := read(t, dir, parts)
			branch := regexp.MustCompile(`"i":(\d+),"span":([2-9]|\d\d)`).FindSubmatch(b)
			if branch == nil {
				t.Fatal("no closed branch of more than one leaf")
			}
			n, err := strconv.Atoi(string(branch[1]))
			if err != nil {
				t.Fatal(err)
			}
			open := bytes.Index(b, []byte(`"open":[`)) + len(`"open":[`)
			fake := fmt.Appendf(nil, `{"i":%d,"kind":2,"path":"/data/statements/0/text/99","salt":"%064d","value":"\"never\""},`, n+1, 0)
			write(t, filepath.Join(dir, parts), slices.Insert(b, open, fake...))
		}), "policy.txt", entry, "never", "NO   entry " + entry + " lists a part twice, or one that is closed"},
		{"a listing that checks nothing", func(t *testing.T, dir string) {
			name := filepath.Join(dir, "manifest-sha256.txt")
			b := read(t, name)
			b[0] = 'z'
			write(t, name, b)
		}, "policy.txt", entry, word, "NO   manifest-sha256.txt has lines of another form"},
		{"when it was recorded", relist(replace("proof/details/"+entry+".txt", "\nat 2026", "\nat 2025")), "policy.txt", entry, word,
			"NO   the detail of entry " + entry + " is not the one that its link names"},
		{"an entry taken out of the chain", relist(func(t *testing.T, dir string) {
			lines := bytes.SplitAfter(read(t, dir, "proof/links.txt"), []byte("\n"))
			write(t, filepath.Join(dir, "proof/links.txt"), bytes.Join(append(lines[:6:6], lines[12:]...), nil))
		}), "policy.txt", entry, word, "NO   entry 2 is missing in the chain"},
		{"a link", relist(replace("proof/links.txt", "\ndetail ", "\ndetail 0")), "policy.txt", entry, word,
			"NO   entry 2 does not follow the one before it"},
		{"the last link", relist(func(t *testing.T, dir string) {
			b := read(t, dir, "proof/links.txt")
			b[len(b)-2] ^= 1
			write(t, filepath.Join(dir, "proof/links.txt"), b)
		}), "policy.txt", entry, word, "NO   the detail of entry " + last + " is not the one that its link names"},
		{"the size of the tree", relist(func(t *testing.T, dir string) {
			b := read(t, dir, "proof/checkpoint.txt")
			lines := bytes.SplitAfter(b, []byte("\n"))
			lines[1] = []byte("9" + string(lines[1]))
			write(t, filepath.Join(dir, "proof/checkpoint.txt"), bytes.Join(lines, nil))
		}), "policy.txt", entry, word, "NO   the signature under the checkpoint is not the ledger's"},
		{"a proof", relist(func(t *testing.T, dir string) {
			name := filepath.Join(dir, "proof/events/"+entry+".tlog-proof")
			lines := bytes.SplitAfter(read(t, name), []byte("\n"))
			lines[2], lines[3] = lines[3], lines[2]
			write(t, name, bytes.Join(lines, nil))
		}), "policy.txt", entry, word, "NO   entry " + entry + " does not stand in the signed tree"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bag := good
			if c.change != nil {
				bag = unpack(t, bundle, t.TempDir())
				c.change(t, bag)
			}
			cmd := exec.Command("bash", script, bag, filepath.Join(dir, c.policy), c.entry, c.word)
			out, err := cmd.CombinedOutput()
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if got := lines[len(lines)-1]; got != c.says {
				t.Errorf("ends with %q, want %q:\n%s", got, c.says, out)
			}
			if (err == nil) != (c.change == nil && strings.HasPrefix(c.says, "Every")) {
				t.Errorf("ended with %v", err)
			}
			if testing.Verbose() && c.name == "whole" {
				t.Logf("%s", out)
			}
		})
	}
}

// openWord returns an entry of the bundle with a word of a statement that
// stands open, and is found on the sheet as it is.
func openWord(t *testing.T, bag string) (entry, word string) {
	t.Helper()
	html := string(read(t, bag, "data/contact-sheets.html"))
	names, err := filepath.Glob(filepath.Join(bag, "proof/parts/*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal("no parts")
	}
	least := uint64(math.MaxUint64) // of parts: each takes the script a moment
	for _, name := range names {
		p, err := evidence.ParseParts(read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		branch := func(c evidence.Span) bool { return c.Leaves > 1 }
		if p.Size >= least || !slices.ContainsFunc(p.Closed, branch) {
			continue // an entry with a closed branch shows more of the script
		}
		for _, o := range p.Open {
			w := strings.TrimSpace(strings.Trim(o.Value, `"`))
			if strings.Contains(o.Path, "/statements/") && strings.Contains(o.Path, "/text/") && len(w) > 6 &&
				strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" && strings.Contains(html, w) {
				entry, word, least = strings.TrimSuffix(filepath.Base(name), ".json"), w, p.Size
				break
			}
		}
	}
	if entry == "" {
		t.Fatal("no open word")
	}
	return entry, word
}
