package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"caseledger/internal/ops"
)

// onDisk returns everything that the files of a directory hold.
func onDisk(t *testing.T, dir string) (names []string, all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		names, all = append(names, d.Name()), append(all, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, all
}

// TestSealedOnDisk: with a recipient no byte of the bundle reaches the disk as
// it is, not for a moment either; what fails leaves nothing behind.
func TestSealedOnDisk(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	bundle := bytes.Repeat([]byte("PK\x03\x04 31 Tallow Street "), 20_000)
	failed := errors.New("the export failed")
	for _, c := range []struct {
		name string
		to   []string
		err  error
		want []string
	}{
		{"sealed", []string{identity.Recipient().String()}, nil, []string{"b.zip.age", "b.zip.tsr"}},
		{"sealed, and failed", []string{identity.Recipient().String()}, failed, nil},
		{"plain", nil, nil, []string{"b.zip", "b.zip.tsr"}},
		{"plain, and failed", nil, failed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := newSealed(filepath.Join(dir, "b.zip"), c.to)
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.write(false, func(w io.Writer) (ops.Exported, error) {
				for part := bundle; len(part) > 0; part = part[min(len(part), 100_000):] {
					if _, err := w.Write(part[:min(len(part), 100_000)]); err != nil {
						t.Fatal(err)
					}
					if _, all := onDisk(t, dir); bytes.Contains(all, []byte("Tallow")) != (c.to == nil) {
						t.Errorf("while it is written: the bundle is on the disk as it is: %v", c.to != nil)
					}
				}
				return ops.Exported{Seq: 9, Sealing: ops.Sealing{Token: []byte("token")}}, c.err
			})
			if !errors.Is(err, c.err) {
				t.Fatal(err)
			}
			names, all := onDisk(t, dir)
			if len(names) != len(c.want) {
				t.Errorf("%q, want %q", names, c.want)
			}
			for i := range c.want {
				if names[i] != c.want[i] {
					t.Errorf("%q, want %q", names, c.want)
				}
			}
			if c.to != nil && bytes.Contains(all, []byte("Tallow")) {
				t.Error("the bundle is on the disk as it is")
			}
			if c.err == nil && (r.Out != filepath.Join(dir, c.want[0]) || r.Sealing.Recipients != len(c.to)) {
				t.Errorf("%s, sealed to %d", r.Out, r.Sealing.Recipients)
			}
		})
	}
	// What is there is not replaced unless that is asked for.
	dir := t.TempDir()
	name := filepath.Join(dir, "b.zip")
	if err := os.WriteFile(name, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := newSealed(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	export := func(w io.Writer) (ops.Exported, error) {
		_, err := w.Write(bundle)
		return ops.Exported{Seq: 9}, err
	}
	if _, err := s.write(false, export); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "kept" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
	if _, err := s.write(true, export); err != nil {
		t.Errorf("forced: %v", err)
	}
}
