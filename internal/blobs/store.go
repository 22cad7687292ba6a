package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"caseledger/events"
)

// PartSize is the longest object, in bytes. A blob is many of them, so that
// storing one never has more than this on its way.
const PartSize = 4 << 20

// Objects is where the second copy is. natslog.Log is one.
type Objects interface {
	// PutObject stores an object, in the place of one of the same name, and
	// returns when the store has acknowledged all of it.
	PutObject(ctx context.Context, name string, data []byte) error
	// GetObject returns an object of at most PartSize bytes whose digest
	// matches, or an error that wraps events.ErrNotFound.
	GetObject(ctx context.Context, name string) ([]byte, error)
	// DeleteObject takes an object away; one that is not there is no error.
	DeleteObject(ctx context.Context, name string) error
	// Objects calls with every object's name and length in bytes, until that
	// ends with an error.
	Objects(ctx context.Context, with func(name string, size int64) error) error
}

// Store keeps blobs in a directory and an object store. It is safe for
// concurrent use.
type Store struct {
	dir     string
	objects Objects
}

// NewStore returns the store. Its directory is made when the first blob comes.
func NewStore(dir string, objects Objects) *Store { return &Store{dir, objects} }

// diskReserve is the free space, in bytes, that a file leaves on its disk.
const diskReserve = 128 << 20

// ErrFull: the disk has no room for a file.
var ErrFull = errors.New("the disk is full")

// Put seals a file and keeps it twice. When it returns, both copies are
// durable as far as their stores promise it, and the file as far as fsync
// does. After an error what was written is an orphan at most: nothing names it.
func (s *Store) Put(ctx context.Context, r io.Reader, gen uint64, key *events.Key, salt Salt) (Sums, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return Sums{}, err
	}
	f, err := os.CreateTemp(s.dir, unfinished+"*")
	if err != nil {
		return Sums{}, err
	}
	sums, err := Seal(ctx, &reserving{f: f}, r, gen, key, salt)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = s.place(f.Name(), sums.Stored)
	}
	if err != nil {
		return Sums{}, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if _, err = f.Seek(0, io.SeekStart); err == nil {
		err = s.putParts(ctx, sums.Stored, f)
	}
	return sums, errors.Join(err, f.Close())
}

// place gives a finished file its name, durable when it returns.
func (s *Store) place(file string, name events.Hash) error {
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(file, path); err != nil {
		return err
	}
	for _, dir := range []string{filepath.Dir(path), s.dir, filepath.Dir(s.dir)} {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// unfinished begins the name of a file in the making.
const unfinished = ".new-"

// reserving refuses to fill a disk to its end.
type reserving struct {
	f       *os.File
	allowed int64 // bytes that were found to be free
}

func (w *reserving) Write(b []byte) (int, error) {
	if w.allowed < int64(len(b)) {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(filepath.Dir(w.f.Name()), &disk); err != nil {
			return 0, err
		}
		if free := int64(disk.Bavail) * int64(disk.Bsize); free < diskReserve {
			return 0, fmt.Errorf("attachment: %d MiB are free: %w", free>>20, ErrFull)
		}
		w.allowed = diskReserve / 4
	}
	n, err := w.f.Write(b)
	w.allowed -= int64(n)
	return n, err
}

// path is where a blob's file is: the first two digits are a directory.
func (s *Store) path(name events.Hash) string {
	hex := name.String()
	return filepath.Join(s.dir, hex[:2], hex)
}

func partName(name events.Hash, n int) string { return name.String() + "." + strconv.Itoa(n) }

// putParts stores the sealed bytes in parts.
func (s *Store) putParts(ctx context.Context, name events.Hash, r io.Reader) error {
	buf := make([]byte, PartSize)
	for n := 0; ; n++ {
		k, err := io.ReadFull(r, buf)
		if k > 0 {
			if err := s.objects.PutObject(ctx, partName(name, n), buf[:k]); err != nil {
				return fmt.Errorf("attachment, part %d: %w", n, err)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Has reports whether there is a file of this name. Whether it is whole is not
// looked at.
func (s *Store) Has(name events.Hash) (bool, error) {
	_, err := os.Lstat(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Read returns the content of a blob, from whichever copy is whole; see Open.
func (s *Store) Read(ctx context.Context, name events.Hash, keyOf KeyOf) io.ReadCloser {
	return Open(ctx, keyOf, s.file(name), s.parts(name))
}

func (s *Store) file(name events.Hash) Copy {
	return func(context.Context) (io.ReadCloser, error) {
		f, err := os.OpenFile(s.path(name), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("no file: %w", events.ErrNotFound)
		}
		return f, err
	}
}

func (s *Store) parts(name events.Hash) Copy {
	return func(ctx context.Context) (io.ReadCloser, error) {
		p := &partReader{ctx: ctx, s: s, name: name}
		return p, p.load()
	}
}

// partReader reads the parts of a blob one after another.
type partReader struct {
	ctx  context.Context
	s    *Store
	name events.Hash
	n    int
	part *bytes.Reader
	end  bool
}

func (p *partReader) load() error {
	data, err := p.s.objects.GetObject(p.ctx, partName(p.name, p.n))
	if err != nil {
		return fmt.Errorf("part %d: %w", p.n, err)
	}
	p.n++
	p.part, p.end = bytes.NewReader(data), len(data) < PartSize
	return nil
}

func (p *partReader) Read(b []byte) (int, error) {
	for p.part.Len() == 0 {
		if p.end {
			return 0, io.EOF
		}
		if err := p.load(); err != nil {
			// A blob can end where a part does; its own end says whether.
			if errors.Is(err, events.ErrNotFound) {
				p.end = true
				continue
			}
			return 0, err
		}
	}
	return p.part.Read(b)
}

func (p *partReader) Close() error { return nil }

// Copies names the two copies of a blob.
var Copies = [...]string{"file", "objects"}

// CheckCopy reads one of the Copies of a blob to its end, holds it against its
// name and returns what is in it. The error wraps events.ErrNotFound when
// there is none and events.ErrBroken when it is another.
func (s *Store) CheckCopy(ctx context.Context, which string, name events.Hash, keyOf KeyOf) (Sums, error) {
	open := s.file(name)
	if which == Copies[1] {
		open = s.parts(name)
	}
	sums, err := Check(ctx, keyOf, open)
	if err == nil && sums.Stored != name {
		err = &damagedError{errName, true}
	}
	if d := (*damagedError)(nil); errors.As(err, &d) {
		err = &damagedError{d.why, true}
	}
	return sums, err
}

var errName = errors.New("its bytes are not those of its name")

// Restore makes one copy of a blob anew from the other, which CheckCopy found
// whole.
func (s *Store) Restore(ctx context.Context, which string, name events.Hash) error {
	if which == Copies[1] {
		f, err := s.file(name)(ctx)
		if err != nil {
			return err
		}
		return errors.Join(s.putParts(ctx, name, f), f.Close())
	}
	r, err := s.parts(name)(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, unfinished+"*")
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(io.MultiWriter(&reserving{f: f}, sum), struct{ io.Reader }{r}, make([]byte, chunkSize))
	if err == nil && events.Hash(sum.Sum(nil)) != name {
		err = &damagedError{errName, true}
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.place(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Forget takes both copies of a blob away that no event names and none will.
func (s *Store) Forget(ctx context.Context, name events.Hash) error {
	info, err := os.Stat(s.path(name))
	if err != nil {
		return err
	}
	for n := range int((info.Size() + PartSize - 1) / PartSize) {
		if err := s.objects.DeleteObject(ctx, partName(name, n)); err != nil {
			return err
		}
	}
	return os.Remove(s.path(name))
}

// RestoreObjects makes the objects of every file anew whose bytes are those of
// its name, and returns how many it found. It is for an object store that was
// lost; no key is needed.
func (s *Store) RestoreObjects(ctx context.Context) (restored int, err error) {
	files, err := filepath.Glob(filepath.Join(s.dir, "??", "*"))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		name, err := events.ParseHash(filepath.Base(file))
		if err != nil || file != s.path(name) {
			continue
		}
		whole, err := s.named(ctx, name)
		if err == nil && whole {
			err = s.Restore(ctx, Copies[1], name)
			restored++
		}
		if err != nil {
			return restored, err
		}
	}
	return restored, nil
}

// named reports whether a file's bytes are those of its name.
func (s *Store) named(ctx context.Context, name events.Hash) (bool, error) {
	f, err := s.file(name)(ctx)
	if err != nil {
		return false, err
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(sum, struct{ io.Reader }{f}, make([]byte, chunkSize))
	return events.Hash(sum.Sum(nil)) == name, errors.Join(err, f.Close())
}

// Orphan is something in one of the copies that no event names: what an
// addition left that was broken off before its event.
type Orphan struct {
	Copy string // "file" or "objects"
	Name string // of the file, or of the object
	Size int64
}

// Orphans returns what no event names, in both copies; named are the blobs
// that events name. An addition that is under way looks like one.
func (s *Store) Orphans(ctx context.Context, named map[events.Hash]bool) ([]Orphan, error) {
	var list []Orphan
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // no attachments yet, or one that was just finished
			}
			return err
		}
		if d.IsDir() {
			return ctx.Err()
		}
		if hash, err := events.ParseHash(d.Name()); err == nil && named[hash] && path == s.path(hash) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone meanwhile
		}
		rel, err := filepath.Rel(s.dir, path)
		list = append(list, Orphan{Copies[0], rel, info.Size()})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.objects.Objects(ctx, func(object string, size int64) error {
		base, n, _ := strings.Cut(object, ".")
		hash, err := events.ParseHash(base)
		if k, bad := strconv.Atoi(n); err != nil || bad != nil || k < 0 || !named[hash] {
			list = append(list, Orphan{Copies[1], object, size})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Orphan) int {
		return strings.Compare(a.Copy+"/"+a.Name, b.Copy+"/"+b.Name)
	})
	return list, nil
}

// Remove takes an orphan away.
func (s *Store) Remove(ctx context.Context, o Orphan) error {
	if o.Copy == Copies[1] {
		return s.objects.DeleteObject(ctx, o.Name)
	}
	if !filepath.IsLocal(o.Name) {
		return fmt.Errorf("attachment: %w", fs.ErrInvalid)
	}
	return os.Remove(filepath.Join(s.dir, o.Name))
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
