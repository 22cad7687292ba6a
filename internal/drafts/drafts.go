// Package drafts keeps what somebody has begun to write about a case and not
// recorded: a sealed file each, bound to the case, its author and the form. It
// does not know what a form holds.
//
// # The file
//
//	DIR/drafts/staff-07/<case>.contact
//
//	caseledger/draft/v1
//	case 7f3a…                  32 hex
//	staff staff-07
//	form contact
//	saved 2026-10-28T09:05:12Z
//	key service/1
//	nonce 41bb…                 64 hex, fresh at every write
//	<AES-256-GCM: length of the text (8 bytes, big-endian), text, zeros to a multiple of 4096 bytes>
//
// The key is HKDF-SHA256(service key, salt=nonce,
// info="caseledger/draft/v1\n"‖origin, 32), the GCM nonce is zero, and the lines
// above are the associated data. So no file passes for one of another case or
// another author, and a copy of the directory holds no words.
//
// A file that is wiped is taken out of its directory; that its blocks are
// written over is not promised, and no need: without the service's secrets they
// are noise.
package drafts

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/datadir"
)

const (
	format = "caseledger/draft/v1"
	// Max is the longest text of a draft, in bytes: the longest form.
	Max = 4 << 20
	pad = 4096
)

// Keys are the service's keys.
type Keys interface {
	// Service is the newest.
	Service() (events.KeyRef, events.Key)
	// Key is one of them.
	Key(context.Context, events.KeyRef) (events.Key, error)
}

// ID says whose draft of what it is.
type ID struct {
	Chain events.Chain
	Staff string
	Form  string // at most 100 lower-case letters, digits and hyphens, such as contact
}

var (
	names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	forms = regexp.MustCompile(`^[a-z][a-z0-9-]{0,99}$`)
)

func (id ID) check() error {
	if !names.MatchString(id.Staff) || !forms.MatchString(id.Form) {
		return fmt.Errorf("draft: the name of a form or of a member of staff: %w", events.ErrSyntax)
	}
	return nil
}

// Kept is a draft in a list.
type Kept struct {
	ID
	Saved time.Time // UTC, whole seconds
}

// Store is the drafts of a ledger. It is safe for concurrent use; several
// processes may use one directory.
type Store struct {
	dir    string
	origin string
	keys   Keys
	mu     sync.Mutex
}

// Open makes the directory if need be.
func Open(dir, origin string, keys Keys) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	return &Store{dir: dir, origin: origin, keys: keys}, nil
}

func (s *Store) path(id ID) string {
	return filepath.Join(s.dir, id.Staff, id.Chain.String()+"."+id.Form)
}

// Keep writes a draft, durable when it returns, over what was kept before. The
// error wraps events.ErrTooLarge for a text longer than Max.
func (s *Store) Keep(_ context.Context, id ID, text []byte, now time.Time) error {
	if err := id.check(); err != nil {
		return err
	}
	if len(text) > Max {
		return fmt.Errorf("draft: %w", events.ErrTooLarge)
	}
	nonce := make([]byte, 32)
	_, _ = rand.Read(nonce) // never fails
	ref, key := s.keys.Service()
	aead, err := s.aead(key, nonce)
	if err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, len(text)+pad), uint64(len(text)))
	plain = append(plain, text...)
	plain = append(plain, make([]byte, (pad-len(plain)%pad)%pad)...)
	h := head(id, now, ref, nonce)
	sealed := aead.Seal(bytes.Clone(h), make([]byte, aead.NonceSize()), plain, h)

	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(s.path(id)), 0o700); err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	file, err := datadir.CreateFile(s.path(id), true)
	if err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	if _, err := file.Write(sealed); err != nil {
		return errors.Join(fmt.Errorf("draft: %w", err), file.Discard())
	}
	if err := file.Commit(); err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	return nil
}

// Load returns a draft and when it was kept. The error wraps fs.ErrNotExist
// when there is none, events.ErrSealed when the file is damaged or another's.
func (s *Store) Load(ctx context.Context, id ID) (text []byte, saved time.Time, err error) {
	if err := id.check(); err != nil {
		return nil, saved, err
	}
	b, err := os.ReadFile(s.path(id))
	if err != nil {
		return nil, saved, fmt.Errorf("draft: %w", err)
	}
	damaged := fmt.Errorf("the draft is damaged, or another's: %w", events.ErrSealed)
	lines := bytes.SplitAfterN(b, []byte("\n"), 8)
	if len(lines) < 8 {
		return nil, saved, damaged
	}
	saved, err = time.Parse(time.RFC3339, field(lines[4], "saved "))
	if err != nil {
		return nil, saved, damaged
	}
	ref, err := events.ParseKeyRef(field(lines[5], "key "))
	if err != nil {
		return nil, saved, damaged
	}
	nonce, err := hex.DecodeString(field(lines[6], "nonce "))
	if err != nil {
		return nil, saved, damaged
	}
	h := head(id, saved, ref, nonce)
	if !bytes.HasPrefix(b, h) {
		return nil, saved, damaged
	}
	key, err := s.keys.Key(ctx, ref)
	if err != nil {
		return nil, saved, err
	}
	aead, err := s.aead(key, nonce)
	if err != nil {
		return nil, saved, err
	}
	plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), b[len(h):], h)
	if err != nil || len(plain) < 8 {
		return nil, saved, damaged
	}
	n := binary.BigEndian.Uint64(plain)
	if n > uint64(len(plain)-8) {
		return nil, saved, damaged
	}
	return plain[8 : 8+n], saved, nil
}

// Wipe takes a draft away; one that is not there is no error.
func (s *Store) Wipe(_ context.Context, id ID) error {
	if err := id.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("draft: %w", err)
	}
	return nil
}

// List returns the drafts of a member of staff, the newest first, without
// opening them. When they were kept is what their first lines say.
func (s *Store) List(_ context.Context, staff string) ([]Kept, error) {
	if err := (ID{Staff: staff, Form: "any"}).check(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, staff))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	var list []Kept
	for _, e := range entries {
		chain, form, _ := strings.Cut(e.Name(), ".")
		id := ID{Staff: staff, Form: form}
		if id.Chain, err = events.ParseChain(chain); err != nil || id.check() != nil {
			continue // a file in the making
		}
		b, err := readHead(s.path(id))
		if errors.Is(err, fs.ErrNotExist) {
			continue // wiped meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("drafts: %w", err)
		}
		if lines := bytes.SplitAfterN(b, []byte("\n"), 6); len(lines) == 6 {
			if saved, err := time.Parse(time.RFC3339, field(lines[4], "saved ")); err == nil {
				list = append(list, Kept{id, saved})
			}
		}
	}
	slices.SortFunc(list, func(a, b Kept) int {
		return cmp.Or(b.Saved.Compare(a.Saved), bytes.Compare(a.Chain[:], b.Chain[:]), strings.Compare(a.Form, b.Form))
	})
	return list, nil
}

// Find returns the case of which a member of staff has a draft of a form whose
// name is of one case only. The error wraps fs.ErrNotExist when there is none.
func (s *Store) Find(ctx context.Context, staff, form string) (events.Chain, error) {
	list, err := s.List(ctx, staff)
	if err != nil {
		return events.Chain{}, err
	}
	for _, k := range list {
		if k.Form == form {
			return k.Chain, nil
		}
	}
	return events.Chain{}, fmt.Errorf("draft: %w", fs.ErrNotExist)
}

// Sweep takes away everybody's drafts of the forms whose names begin with
// prefix that were kept before a time, and returns how many there were.
func (s *Store) Sweep(ctx context.Context, prefix string, before time.Time) (int, error) {
	staff, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("drafts: %w", err)
	}
	n := 0
	for _, dir := range staff {
		if !dir.IsDir() || !names.MatchString(dir.Name()) {
			continue
		}
		list, err := s.List(ctx, dir.Name())
		if err != nil {
			return n, err
		}
		for _, k := range list {
			if !strings.HasPrefix(k.Form, prefix) || !k.Saved.Before(before) {
				continue
			}
			if err := s.Wipe(ctx, k.ID); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// readHead reads as much of a file as its lines can be long.
func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, 512)
	n, err := f.Read(b)
	return b[:n], err
}

// head is the readable part of a draft's file.
func head(id ID, saved time.Time, ref events.KeyRef, nonce []byte) []byte {
	return fmt.Appendf(nil, "%s\ncase %s\nstaff %s\nform %s\nsaved %s\nkey %s\nnonce %x\n",
		format, id.Chain, id.Staff, id.Form, saved.UTC().Format(time.RFC3339), ref, nonce)
}

func (s *Store) aead(key events.Key, nonce []byte) (cipher.AEAD, error) {
	k, err := hkdf.Key(sha256.New, key[:], nonce, format+"\n"+s.origin, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func field(line []byte, name string) string {
	v, _ := strings.CutPrefix(strings.TrimSuffix(string(line), "\n"), name)
	return v
}
