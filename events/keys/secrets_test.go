package keys_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"caseledger/events"
	"caseledger/events/keys"
)

func TestCreateSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	s, err := keys.CreateSecrets(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if s.Dir() != dir {
		t.Errorf("Dir = %q", s.Dir())
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", st.Mode(), err)
	}
	seen := make(map[string]bool)
	for _, f := range []string{"epoch-1.key", "service-1.key"} {
		st, err := os.Stat(filepath.Join(dir, f))
		if err != nil || st.Mode().Perm() != 0o600 || st.Size() != 65 {
			t.Errorf("%s: %v", f, err)
		}
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil || seen[string(b)] {
			t.Errorf("%s: not a key of its own, %v", f, err)
		}
		seen[string(b)] = true
	}
	if _, err := keys.CreateSecrets(dir, rand.Reader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v, want fs.ErrExist", err)
	}

	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.CreateSecrets(empty, rand.Reader); err != nil {
		t.Errorf("in an empty directory: %v", err)
	}
	wide := filepath.Join(t.TempDir(), "wide")
	if err := errors.Join(os.Mkdir(wide, 0o700), os.Chmod(wide, 0o750)); err != nil {
		t.Fatal(err)
	}
	var perm *keys.PermError
	if _, err := keys.CreateSecrets(wide, rand.Reader); !errors.As(err, &perm) || perm.Path != wide {
		t.Errorf("in an empty directory open to others: %v", err)
	}
	if _, err := keys.CreateSecrets(filepath.Join(dir, "no", "parent"), rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a parent: %v", err)
	}
	short := filepath.Join(t.TempDir(), "short")
	if _, err := keys.CreateSecrets(short, io.LimitReader(rand.Reader, 40)); err == nil {
		t.Error("half of the random bytes were enough")
	}
	if _, err := os.Lstat(short); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the failed attempt left its directory: %v", err)
	}
}

// Each mutation is refused; the error names the path and nothing of what a
// file holds.
func TestOpenSecretsRefuses(t *testing.T) {
	const key = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
	write := func(text string) func(path string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	chmod := func(mode fs.FileMode) func(path string) error {
		return func(path string) error { return os.Chmod(path, mode) }
	}
	perm := fs.ErrPermission
	for _, tt := range []struct {
		name   string
		file   string // "" is the directory
		mutate func(path string) error
		want   error // nil: opens
	}{
		{"intact", "", chmod(0o700), nil},
		{"read-only", "", chmod(0o500), nil},
		{"key read-only", "epoch-1.key", chmod(0o400), nil},
		{"another file", "notes", write("x"), nil},
		{"the access ledger's secrets", keys.AccessDir, func(p string) error { return os.Mkdir(p, 0o700) }, nil},
		{"the access ledger's secrets open to group", keys.AccessDir, func(p string) error { return errors.Join(os.Mkdir(p, 0o700), os.Chmod(p, 0o750)) }, perm},
		{"a file in place of the access ledger's secrets", keys.AccessDir, write("x"), perm},
		{"another directory", "other", func(p string) error { return os.Mkdir(p, 0o700) }, perm},
		{"a second epoch", "epoch-2.key", write(key + "\n"), nil},
		{"directory open to group", "", chmod(0o710), perm},
		{"directory open to all", "", chmod(0o707), perm},
		{"key readable by group", "epoch-1.key", chmod(0o640), perm},
		{"key writable by all", "service-1.key", chmod(0o602), perm},
		{"another file readable by all", "notes", func(p string) error { return errors.Join(write("x")(p), os.Chmod(p, 0o604)) }, perm},
		{"key is a symbolic link", "epoch-1.key", func(p string) error {
			return errors.Join(os.Rename(p, p+".real"), os.Symlink(p+".real", p))
		}, perm},
		{"a dangling link", "epoch-2.key", func(p string) error { return os.Symlink("/nowhere", p) }, perm},
		{"key is a directory", "epoch-2.key", func(p string) error { return os.Mkdir(p, 0o700) }, perm},
		{"key is a pipe", "epoch-2.key", func(p string) error { return syscall.Mkfifo(p, 0o600) }, perm},
		{"directory missing", "", os.RemoveAll, fs.ErrNotExist},
		{"directory is a file", "", func(p string) error { return errors.Join(os.RemoveAll(p), write("x")(p)) }, perm},
		{"directory is a link", "", func(p string) error {
			return errors.Join(os.Rename(p, p+".real"), os.Symlink(p+".real", p))
		}, perm},
		{"no epoch key", "epoch-1.key", os.Remove, fs.ErrNotExist},
		{"no service key", "service-1.key", os.Remove, fs.ErrNotExist},
		{"empty key", "epoch-1.key", write(""), events.ErrSyntax},
		{"short key", "epoch-1.key", write(key[:62] + "\n"), events.ErrSyntax},
		{"no line end", "epoch-1.key", write(key), events.ErrSyntax},
		{"no line end, a digit more", "epoch-1.key", write(key + "0"), events.ErrSyntax},
		{"CR LF", "epoch-1.key", write(key + "\r\n"), events.ErrTooLarge},
		{"two lines", "epoch-1.key", write(key + "\n\n"), events.ErrTooLarge},
		{"a megabyte", "epoch-1.key", write(strings.Repeat(key, 1<<14)), events.ErrTooLarge},
		{"upper case", "epoch-1.key", write(strings.ToUpper(key) + "\n"), events.ErrSyntax},
		{"not hex", "epoch-1.key", write(key[:63] + "g\n"), events.ErrSyntax},
		{"invalid UTF-8", "epoch-1.key", write(key[:63] + "\xff\n"), events.ErrSyntax},
		{"NUL", "epoch-1.key", write(strings.Repeat("\x00", 65)), events.ErrSyntax},
		{"zeros", "epoch-1.key", write(strings.Repeat("0", 64) + "\n"), events.ErrSyntax},
		{"number with a zero", "epoch-01.key", write(key + "\n"), events.ErrSyntax},
		{"number zero", "service-0.key", write(key + "\n"), events.ErrSyntax},
		{"no number", "epoch-.key", write(key + "\n"), events.ErrSyntax},
		{"number of 17 digits", "epoch-12345678901234567.key", write(key + "\n"), events.ErrSyntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newSecrets(t).Dir()
			held, err := os.ReadFile(filepath.Join(dir, "epoch-1.key"))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, tt.file)
			if err := tt.mutate(path); err != nil {
				t.Fatal(err)
			}
			_, err = keys.OpenSecrets(dir)
			if tt.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), dir) {
				t.Errorf("the error does not name the path: %v", err)
			}
			for _, secret := range []string{"c0ffee", "C0FFEE", string(held[:8])} {
				if strings.Contains(err.Error(), secret) {
					t.Error("the error quotes the key")
				}
			}
		})
	}
}

// A link in front of the last element is the system's business; a slash
// behind it does not hide one.
func TestOpenSecretsPath(t *testing.T) {
	dir := newSecrets(t).Dir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(dir), link); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenSecrets(filepath.Join(link, "secrets")); err != nil {
		t.Error(err)
	}
	direct := filepath.Join(t.TempDir(), "direct")
	if err := os.Symlink(dir, direct); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenSecrets(direct + "/"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("link with a slash: %v", err)
	}
}

func TestOpenSecretsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	for _, file := range []string{"", "epoch-1.key"} {
		dir := newSecrets(t).Dir()
		path := filepath.Join(dir, file)
		if err := os.Chown(path, 65534, -1); err != nil {
			t.Fatal(err)
		}
		var perm *keys.PermError
		if _, err := keys.OpenSecrets(dir); !errors.As(err, &perm) || perm.Path != path {
			t.Errorf("%q owned by another: %v", file, err)
		}
	}
}

func TestSigningKey(t *testing.T) {
	const skey = "PRIVATE+KEY+ledger.example.org/cases+01234567+AbCd+/9="
	s := newSecrets(t)
	path := filepath.Join(s.Dir(), "signing.key")
	if _, err := s.SigningKey(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("before it is written: %v", err)
	}
	for _, bad := range []string{"", "key", skey + "\n", skey + " ", "PRIVATE+KEY+a+b", skey + strings.Repeat("A", 512), skey + "\xff"} {
		if err := s.WriteSigningKey(bad); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	for range 2 {
		if err := s.WriteSigningKey(skey); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := reopen(t, s).SigningKey(); err != nil || got != skey {
		t.Errorf("SigningKey: %v", err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	err := s.WriteSigningKey(skey[:len(skey)-1] + "A")
	if !errors.Is(err, fs.ErrExist) || strings.Contains(err.Error(), "AbCd") {
		t.Errorf("another key: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SigningKey(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("open to others since: %v", err)
	}
	for _, text := range []string{"", skey, skey + "\n\n", "\n" + skey + "\n", strings.Repeat("A", 4096)} {
		if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.SigningKey(); err == nil || strings.Contains(err.Error(), "AbCd") {
			t.Errorf("a file of %d bytes: %d bytes, %v", len(text), len(got), err)
		}
	}
}

func TestParseWrapRefuses(t *testing.T) {
	w := keys.Wrap{Epoch: 7}
	for i := range w.Sealed {
		w.Sealed[i] = byte(i + 0xa0)
	}
	text := string(w.Append(nil))
	replace := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	for _, tt := range []struct {
		name string
		text string
		want error
	}{
		{"intact", text, nil},
		{"largest epoch", replace("epoch 7", "epoch 9007199254740991"), nil},
		{"empty", "", events.ErrSyntax},
		{"another version", replace("/v1", "/v2"), events.ErrVersion},
		{"another first line", replace("caseledger", "Caseledger"), events.ErrSyntax},
		{"epoch zero", replace("epoch 7", "epoch 0"), events.ErrSyntax},
		{"leading zero", replace("epoch 7", "epoch 07"), events.ErrSyntax},
		{"epoch too large", replace("epoch 7", "epoch 9007199254740992"), events.ErrSyntax},
		{"epoch overflows", replace("epoch 7", "epoch 18446744073709551617"), events.ErrSyntax},
		{"plus", replace("epoch 7", "epoch +7"), events.ErrSyntax},
		{"two spaces", replace("epoch 7", "epoch  7"), events.ErrSyntax},
		{"nonce missing", replace("nonce ", "once "), events.ErrSyntax},
		{"nonce short", replace("nonce 00", "nonce "), events.ErrSyntax},
		{"upper case", replace("abac", "ABac"), events.ErrSyntax},
		{"CR", replace("\nsealed", "\r\nsealed"), events.ErrSyntax},
		{"no line end", text[:len(text)-1], events.ErrSyntax},
		{"a line more", text + "\n", events.ErrSyntax},
		{"truncated", text[:len(text)-3] + "\n", events.ErrSyntax},
		{"very long", text + strings.Repeat("a", 1<<16), events.ErrSyntax},
	} {
		_, err := keys.ParseWrap([]byte(tt.text))
		if tt.want == nil && err != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if n := len(replace("epoch 7", "epoch 9007199254740991")); n != keys.MaxWrap {
		t.Errorf("MaxWrap is %d, the longest wrap %d", keys.MaxWrap, n)
	}
}

func FuzzParseWrap(f *testing.F) {
	w := keys.Wrap{Epoch: 1}
	f.Add(w.Append(nil))
	w.Epoch = 9007199254740991
	f.Add(w.Append(nil))
	f.Add([]byte("caseledger/wrap/v1\nepoch 1\nnonce 00\nsealed 00\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		w, err := keys.ParseWrap(in)
		if err != nil {
			t.Skip()
		}
		if got := w.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}
