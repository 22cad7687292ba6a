package blobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"caseledger/events"
)

var caseKey = events.Key{1, 2, 3}

func keyOf(context.Context, uint64) (events.Key, error) { return caseKey, nil }

// pattern is n bytes of which no two chunks are alike.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func seal(t testing.TB, plain []byte) ([]byte, Sums) {
	t.Helper()
	var out bytes.Buffer
	s, err := Seal(t.Context(), &out, bytes.NewReader(plain), 1, &caseKey, Salt{9})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), s
}

func bytesCopy(b []byte) Copy {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

func TestSealOpen(t *testing.T) {
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3*chunkSize + 7} {
		plain := pattern(n)
		sealed, s := seal(t, plain)
		if s.Size != int64(n) || s.Sealed != int64(len(sealed)) || s.SHA256 == s.Stored {
			t.Errorf("%d bytes: sums %+v of %d sealed", n, s, len(sealed))
		}
		got, err := io.ReadAll(Open(t.Context(), keyOf, bytesCopy(sealed)))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: read %d, %v", n, len(got), err)
		}
		checked, err := Check(t.Context(), keyOf, bytesCopy(sealed))
		if err != nil || checked != s {
			t.Errorf("%d bytes: checked %+v, sealed %+v, %v", n, checked, s, err)
		}
	}
}

// A sealed file holds nothing of the original in the clear, and two sealings
// have nothing in common behind the first line.
func TestSealedIsOpaque(t *testing.T) {
	plain := bytes.Repeat([]byte("14 Aldercourt Mews "), 10_000)
	a, _ := seal(t, plain)
	var out bytes.Buffer
	if _, err := Seal(t.Context(), &out, bytes.NewReader(plain), 1, &caseKey, Salt{8}); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(a, []byte("Aldercourt")) || bytes.Equal(a[200:300], out.Bytes()[200:300]) {
		t.Error("the sealed bytes show the original")
	}
}

func TestTampering(t *testing.T) {
	plain := pattern(3*chunkSize + 5)
	sealed, _ := seal(t, plain)
	const head = 90 // the two lines with a generation of one digit
	at := func(n int) int { return head + n*(chunkSize+tagSize) }
	swap := func(b []byte) []byte {
		c := append([]byte{}, b[:at(0)]...)
		c = append(c, b[at(1):at(2)]...)
		c = append(c, b[at(0):at(1)]...)
		return append(c, b[at(2):]...)
	}
	flip := func(i int) func([]byte) []byte {
		return func(b []byte) []byte { b[i] ^= 1; return b }
	}
	other, _ := seal(t, plain[:chunkSize])
	tests := []struct {
		name string
		edit func([]byte) []byte
		want error
	}{
		{"nothing", func(b []byte) []byte { return b[:0] }, events.ErrBroken},
		{"another version", func(b []byte) []byte { b[17] = '2'; return b }, events.ErrVersion},
		{"no such line", flip(3), events.ErrSyntax},
		{"the generation", flip(23), events.ErrBroken},
		{"a capital in the salt", func(b []byte) []byte { b[25] = 'A'; return b }, events.ErrSyntax},
		{"the salt", flip(30), events.ErrBroken},
		{"a bit of the first chunk", flip(head), events.ErrSealed},
		{"a bit of a tag", flip(at(1) - 1), events.ErrSealed},
		{"a bit of the last chunk", flip(len(sealed) - 1), events.ErrSealed},
		{"two chunks swapped", swap, events.ErrSealed},
		{"a chunk missing", func(b []byte) []byte { return append(b[:at(1)], b[at(2):]...) }, events.ErrSealed},
		{"cut off behind a chunk", func(b []byte) []byte { return b[:at(2)] }, events.ErrSealed},
		{"cut off within a chunk", func(b []byte) []byte { return b[:at(2)+9] }, events.ErrSealed},
		{"cut off behind the header", func(b []byte) []byte { return b[:head] }, events.ErrSealed},
		{"a byte more", func(b []byte) []byte { return append(b, 0) }, events.ErrSealed},
		{"a chunk of another blob", func(b []byte) []byte { return append(b, other[head:]...) }, events.ErrSealed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := io.ReadAll(Open(t.Context(), keyOf, bytesCopy(tt.edit(bytes.Clone(sealed)))))
			if !errors.Is(err, tt.want) || !errors.Is(err, events.ErrBroken) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if !bytes.HasPrefix(plain, got) {
				t.Error("bytes were given out that are not the original's")
			}
		})
	}
	other2 := func(context.Context, uint64) (events.Key, error) { return events.Key{7}, nil }
	if _, err := io.ReadAll(Open(t.Context(), other2, bytesCopy(sealed))); !errors.Is(err, events.ErrSealed) {
		t.Errorf("another key: %v", err)
	}
}

// errErased stands for what the ring says of a key that was destroyed.
var errErased = errors.New("erased")

func TestErasedKey(t *testing.T) {
	sealed, _ := seal(t, pattern(10))
	gone := func(context.Context, uint64) (events.Key, error) { return events.Key{}, errErased }
	if _, err := io.ReadAll(Open(t.Context(), gone, bytesCopy(sealed))); !errors.Is(err, errErased) || errors.Is(err, events.ErrBroken) {
		t.Errorf("error %v", err)
	}
}

// memory is an object store in memory that can fail after some objects.
type memory struct {
	mu    sync.Mutex
	m     map[string][]byte
	after int // objects that are still taken; negative: all
}

var errPut = errors.New("no more objects")

func (m *memory) PutObject(_ context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.after == 0 {
		return errPut
	}
	m.after--
	m.m[name] = bytes.Clone(data)
	return nil
}

func (m *memory) GetObject(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.m[name]
	if !ok {
		return nil, fmt.Errorf("object: %w", events.ErrNotFound)
	}
	return b, nil
}

func (m *memory) DeleteObject(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, name)
	return nil
}

func (m *memory) Objects(_ context.Context, with func(string, int64) error) error {
	for name, b := range m.m {
		if err := with(name, int64(len(b))); err != nil {
			return err
		}
	}
	return nil
}

func newTestStore(t *testing.T) (*Store, *memory) {
	m := &memory{m: make(map[string][]byte), after: -1}
	return NewStore(filepath.Join(t.TempDir(), "attachments"), m), m
}

// Either copy alone is enough, and one that is damaged in the middle is left
// for the other without a byte lost.
func TestEitherCopy(t *testing.T) {
	ctx := t.Context()
	plain := pattern(2*PartSize + 12_345)
	file := func(s *Store, n Sums) string { return s.path(n.Stored) }
	edit := func(t *testing.T, path string, change func([]byte) []byte) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		damage func(*testing.T, *Store, *memory, Sums)
		broken []bool // file, objects
		fails  bool
	}{
		{"intact", func(*testing.T, *Store, *memory, Sums) {}, []bool{false, false}, false},
		{"no file", func(t *testing.T, s *Store, _ *memory, n Sums) { os.Remove(file(s, n)) }, []bool{true, false}, false},
		{"the file is flipped in the middle", func(t *testing.T, s *Store, _ *memory, n Sums) {
			edit(t, file(s, n), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, []bool{true, false}, false},
		{"the file is cut off", func(t *testing.T, s *Store, _ *memory, n Sums) {
			edit(t, file(s, n), func(b []byte) []byte { return b[:len(b)-30_000] })
		}, []bool{true, false}, false},
		{"the file is empty", func(t *testing.T, s *Store, _ *memory, n Sums) {
			edit(t, file(s, n), func(b []byte) []byte { return nil })
		}, []bool{true, false}, false},
		{"an object is missing", func(t *testing.T, s *Store, m *memory, n Sums) { delete(m.m, partName(n.Stored, 1)) }, []bool{false, true}, false},
		{"the file is flipped, an object missing", func(t *testing.T, s *Store, m *memory, n Sums) {
			edit(t, file(s, n), func(b []byte) []byte { b[5_000_000] ^= 1; return b })
			delete(m.m, partName(n.Stored, 1))
		}, []bool{true, true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, m := newTestStore(t)
			n, err := s.Put(ctx, bytes.NewReader(plain), 1, &caseKey, Salt{4})
			if err != nil {
				t.Fatal(err)
			}
			tt.damage(t, s, m, n)
			r := s.Read(ctx, n.Stored, keyOf)
			got, err := io.ReadAll(r)
			r.Close()
			if (err != nil) != tt.fails || !tt.fails && !bytes.Equal(got, plain) || !bytes.HasPrefix(plain, got) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			for i, which := range Copies {
				sums, err := s.CheckCopy(ctx, which, n.Stored, keyOf)
				if (err != nil) != tt.broken[i] || err == nil && sums != n {
					t.Errorf("%s: %+v, %v", which, sums, err)
				}
				if tt.broken[i] && !tt.fails {
					if err := s.Restore(ctx, which, n.Stored); err != nil {
						t.Errorf("restore %s: %v", which, err)
					}
					if _, err := s.CheckCopy(ctx, which, n.Stored, keyOf); err != nil {
						t.Errorf("%s, restored: %v", which, err)
					}
				}
			}
		})
	}
}

// A lost object store comes back from the files, but for one that is not what
// its name says.
func TestRestoreObjects(t *testing.T) {
	ctx := t.Context()
	s, m := newTestStore(t)
	if n, err := s.RestoreObjects(ctx); n != 0 || err != nil {
		t.Errorf("of nothing: %d, %v", n, err)
	}
	var names []events.Hash
	for i := range 3 {
		n, err := s.Put(ctx, bytes.NewReader(pattern(PartSize+i)), 1, &caseKey, Salt{byte(i)})
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, n.Stored)
	}
	had := len(m.m)
	clear(m.m)
	if err := os.WriteFile(s.path(names[2]), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := s.RestoreObjects(ctx); n != 2 || err != nil || len(m.m) != had*2/3 {
		t.Errorf("%d restored in %d objects of %d, %v", n, len(m.m), had, err)
	}
	for i, name := range names {
		if _, err := s.CheckCopy(ctx, Copies[1], name, keyOf); (err != nil) != (i == 2) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// Whatever is left by an addition that was broken off is an orphan, and no
// blob that an event names is ever one.
func TestOrphans(t *testing.T) {
	ctx := t.Context()
	s, m := newTestStore(t)
	if list, err := s.Orphans(ctx, nil); err != nil || len(list) != 0 {
		t.Fatalf("before anything: %v, %v", list, err)
	}
	kept, err := s.Put(ctx, bytes.NewReader(pattern(100)), 1, &caseKey, Salt{1})
	if err != nil {
		t.Fatal(err)
	}
	named := map[events.Hash]bool{kept.Stored: true}
	// Broken off while the bytes came.
	failing := io.MultiReader(bytes.NewReader(pattern(chunkSize)), failingReader{})
	if _, err := s.Put(ctx, failing, 1, &caseKey, Salt{2}); !errors.Is(err, errRead) {
		t.Fatalf("put: %v", err)
	}
	if list, err := s.Orphans(ctx, named); err != nil || len(list) != 0 {
		t.Errorf("a failed addition left %v, %v", list, err)
	}
	// Killed in the same place.
	if err := os.WriteFile(filepath.Join(s.dir, unfinished+"1"), pattern(10), 0o600); err != nil {
		t.Fatal(err)
	}
	// Killed between file and objects, and between two objects.
	m.after = 1
	if _, err := s.Put(ctx, bytes.NewReader(pattern(PartSize+9)), 1, &caseKey, Salt{3}); !errors.Is(err, errPut) {
		t.Fatalf("put: %v", err)
	}
	m.after = -1
	// Killed between objects and event.
	late, err := s.Put(ctx, bytes.NewReader(pattern(200)), 1, &caseKey, Salt{5})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Orphans(ctx, named)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d orphans, want 5: %v, %v", len(list), list, err)
	}
	for _, o := range list {
		if strings.Contains(o.Name, kept.Stored.String()) {
			t.Errorf("%s is named by an event", o.Name)
		}
		if err := s.Remove(ctx, o); err != nil {
			t.Error(err)
		}
	}
	if list, err := s.Orphans(ctx, named); err != nil || len(list) != 0 {
		t.Errorf("after removal: %v, %v", list, err)
	}
	if got, err := io.ReadAll(s.Read(ctx, kept.Stored, keyOf)); err != nil || len(got) != 100 {
		t.Errorf("the one that is named: %d bytes, %v", len(got), err)
	}
	if _, err := io.ReadAll(s.Read(ctx, late.Stored, keyOf)); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("the orphan: %v", err)
	}
	if err := s.Remove(ctx, Orphan{Copies[0], "../ledger.json", 1}); err == nil {
		t.Error("a name outside the directory is removed")
	}
}

var errRead = errors.New("unreadable")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errRead }

// endless gives n bytes and notes the most memory that was in use meanwhile.
type endless struct {
	left int64
	seen int64
	peak uint64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	clear(p[:n])
	e.left -= int64(n)
	if e.seen += int64(n); e.seen >= 16<<20 {
		e.seen = 0
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		e.peak = max(e.peak, m.HeapInuse)
	}
	return n, nil
}

// counting is an object store that forgets what it is given.
type counting struct {
	memory
	parts int
	bytes int64
}

func (c *counting) PutObject(_ context.Context, _ string, data []byte) error {
	c.parts++
	c.bytes += int64(len(data))
	return nil
}

// A file of any length takes the same memory. CASELEDGER_BLOB_MIB sets how many
// MiB the file has; 2048 is the longest there is.
func TestConstantMemory(t *testing.T) {
	mib := 96
	if s := os.Getenv("CASELEDGER_BLOB_MIB"); s != "" {
		var err error
		if mib, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	const most = 24 << 20
	c := &counting{}
	s := NewStore(filepath.Join(t.TempDir(), "attachments"), c)
	in := &endless{left: int64(mib) << 20}
	n, err := s.Put(t.Context(), in, 1, &caseKey, Salt{6})
	if err != nil {
		t.Fatal(err)
	}
	if n.Size != int64(mib)<<20 || c.bytes != n.Sealed {
		t.Errorf("sealed %d MiB of %d, %d bytes in objects", n.Size>>20, mib, c.bytes)
	}
	t.Logf("%d MiB sealed and stored twice in %d objects, at most %d KiB of heap in use", mib, c.parts, in.peak>>10)
	if in.peak > most {
		t.Errorf("%d MiB of heap in use", in.peak>>20)
	}
}

func TestTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 2 GiB")
	}
	if os.Getenv("CASELEDGER_BLOB_MIB") == "" {
		t.Skip("reads 2 GiB: set CASELEDGER_BLOB_MIB")
	}
	_, err := Seal(t.Context(), io.Discard, &endless{left: MaxSize + 1}, 1, &caseKey, Salt{})
	if !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

// A file that is broken off on its way is not taken for a shorter one.
func TestBrokenOff(t *testing.T) {
	for _, n := range []int{0, 10, chunkSize, chunkSize + 1} {
		in := io.MultiReader(bytes.NewReader(pattern(n)), endsEarly{})
		if _, err := Seal(t.Context(), io.Discard, in, 1, &caseKey, Salt{}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

type endsEarly struct{}

func (endsEarly) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzOpen(f *testing.F) {
	sealed, _ := seal(f, pattern(chunkSize+3))
	f.Add(sealed)
	f.Add(sealed[:100])
	f.Add([]byte("caseledger/blob/v1\nkey 1 \n"))
	plain := pattern(chunkSize + 3)
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := io.ReadAll(Open(context.Background(), keyOf, bytesCopy(in)))
		if err == nil && (!bytes.Equal(in, sealed) || !bytes.Equal(got, plain)) {
			t.Errorf("%d forged bytes open", len(in))
		}
	})
}
