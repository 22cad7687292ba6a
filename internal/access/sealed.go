package access

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"caseledger/events"
)

// sealer seals small files of one format, so that none passes for another
// one's or another ledger's; see the package comment.
type sealer struct {
	format string   // the first line
	older  []string // first lines of files that are still opened
	member string   // what the second line names the file's subject
	origin string
	keys   Keys
	pad    int // the length of the JSON is a multiple of it, in bytes
	most   int // bytes of a file
}

var errSealedFile = fmt.Errorf("the file is damaged, or another's: %w", events.ErrSealed)

// head is the readable part of a file.
func (s *sealer) head(format, name string, ref events.KeyRef, nonce []byte) []byte {
	return fmt.Appendf(nil, "%s\n%s %s\nkey %s\nnonce %x\n", format, s.member, name, ref, nonce)
}

func (s *sealer) aead(format string, key events.Key, nonce []byte, name string) (cipher.AEAD, error) {
	k, err := hkdf.Key(sha256.New, key[:], nonce, format+"\n"+s.origin+"\n"+name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal makes the file of a name.
func (s *sealer) seal(name string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	plain = append(plain, '\n')
	plain = append(plain, make([]byte, (s.pad-len(plain)%s.pad)%s.pad)...)
	nonce := make([]byte, 32)
	_, _ = rand.Read(nonce) // never fails
	ref, key := s.keys.Service()
	aead, err := s.aead(s.format, key, nonce, name)
	if err != nil {
		return nil, err
	}
	h := s.head(s.format, name, ref, nonce)
	if b := aead.Seal(h, make([]byte, aead.NonceSize()), plain, h); len(b) <= s.most {
		return b, nil
	}
	return nil, events.ErrTooLarge
}

// open reads the file of a name into v. The error wraps events.ErrVersion or
// events.ErrSealed.
func (s *sealer) open(ctx context.Context, name string, b []byte, v any) error {
	format, _, _ := strings.Cut(string(b[:min(len(b), 100)]), "\n")
	if format != s.format && !slices.Contains(s.older, format) {
		return fmt.Errorf("its format is not %s: %w", s.format, events.ErrVersion)
	}
	lines := bytes.SplitAfterN(b, []byte("\n"), 5)
	if len(lines) < 5 || len(b) > s.most {
		return errSealedFile
	}
	ref, err := events.ParseKeyRef(field(lines[2], "key "))
	if err != nil {
		return errSealedFile
	}
	nonce, err := hex.DecodeString(field(lines[3], "nonce "))
	if err != nil {
		return errSealedFile
	}
	h := s.head(format, name, ref, nonce)
	if !bytes.HasPrefix(b, h) {
		return errSealedFile
	}
	key, err := s.keys.Key(ctx, ref)
	if err != nil {
		return err
	}
	aead, err := s.aead(format, key, nonce, name)
	if err != nil {
		return err
	}
	plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), b[len(h):], h)
	if err != nil {
		return errSealedFile
	}
	plain, _, _ = bytes.Cut(plain, []byte("\n"))
	if json.Unmarshal(plain, v) != nil {
		return errSealedFile
	}
	return nil
}

func field(line []byte, name string) string {
	s, _ := strings.CutPrefix(strings.TrimSuffix(string(line), "\n"), name)
	return s
}

// listed gets what the files of a directory that end so are named after, in
// their order. What cannot be got is an error that comes after the others.
func listed[T any](dir, suffix, what string, valid func(string) bool, get func(string) (T, error)) ([]T, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var list []T
	var errs []error
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || !valid(name) {
			continue
		}
		v, err := get(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, v)
	}
	return list, errors.Join(errs...)
}
