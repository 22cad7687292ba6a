package keys_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"caseledger/events"
	"caseledger/events/keys"
)

func TestFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	s, err := keys.CreateSecrets(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"own.pem": 0o600, "wide.pem": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("seven b"), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("own.pem", filepath.Join(dir, "link.pem")); err != nil {
		t.Fatal(err)
	}
	if b, err := s.File("own.pem", 7); err != nil || string(b) != "seven b" {
		t.Errorf("%q, %v", b, err)
	}
	for _, c := range []struct {
		name  string
		limit int
		want  error
	}{
		{"own.pem", 6, events.ErrTooLarge},
		{"none.pem", 7, fs.ErrNotExist},
		{"wide.pem", 7, fs.ErrPermission},
		{"../secrets/own.pem", 7, events.ErrSyntax},
		{"", 7, events.ErrSyntax},
	} {
		if _, err := s.File(c.name, c.limit); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := s.File("link.pem", 7); err == nil {
		t.Error("a symbolic link was followed")
	}
}
