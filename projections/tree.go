package projections

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
)

// The tree is RFC 6962 over the 32-byte hashes of the entries, stored as
// golang.org/x/mod/sumdb/tlog numbers its hashes.

// TreeReader reads stored hashes of the tree, for proofs and roots of any size
// up to Position.
func (r *Runner) TreeReader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) (hashes []tlog.Hash, err error) {
		err = r.s.inSpace(func(sp space) error {
			hashes, err = readTree(r.s.db, sp, indexes)
			return err
		})
		return hashes, err
	})
}

// Root returns the root of the tree over the first size entries. The error
// wraps events.ErrNotFound when there are fewer that are durable.
func (r *Runner) Root(size uint64) (events.Hash, error) {
	if size > r.Position() {
		return events.Hash{}, fmt.Errorf("root of %d entries, the archive has %d: %w", size, r.Position(), events.ErrNotFound)
	}
	h, err := tlog.TreeHash(int64(size), r.TreeReader())
	if err != nil {
		return events.Hash{}, fmt.Errorf("root of %d entries: %w", size, err)
	}
	return events.Hash(h), nil
}

func readTree(db pebble.Reader, sp space, indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	if n := len(indexes); n >= treeRun && indexes[n-1]-indexes[0] == int64(n-1) && slices.IsSorted(indexes) {
		return hashes, scanTree(db, sp, uint64(indexes[0]), hashes)
	}
	var buf [10]byte
	for i, index := range indexes {
		v, closer, err := db.Get(sp.appendTree(buf[:0], uint64(index)))
		if errors.Is(err, pebble.ErrNotFound) {
			return nil, fmt.Errorf("tree hash %d is missing: %w", index, events.ErrBroken)
		}
		if err != nil {
			return nil, storeError(err)
		}
		if len(v) != tlog.HashSize {
			err = errValue
		}
		copy(hashes[i][:], v)
		if err := errors.Join(err, closer.Close()); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// treeRun is how many hashes that stand side by side are read by one iterator
// rather than one by one.
const treeRun = 64

// scanTree reads stored hashes from index first on.
func scanTree(db pebble.Reader, sp space, first uint64, hashes []tlog.Hash) (err error) {
	it, err := db.NewIter(iterOver(sp.appendTree(nil, first), sp.appendTree(nil, first+uint64(len(hashes)))))
	if err != nil {
		return storeError(err)
	}
	defer func() { err = errors.Join(err, storeError(it.Close())) }()
	i := 0
	for it.First(); it.Valid(); it.Next() {
		if binary.BigEndian.Uint64(it.Key()[2:]) != first+uint64(i) {
			break
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return storeError(err)
		}
		if len(v) != tlog.HashSize {
			return errValue
		}
		copy(hashes[i][:], v)
		i++
	}
	if err := it.Error(); err != nil {
		return storeError(err)
	}
	if i < len(hashes) {
		return fmt.Errorf("tree hash %d is missing: %w", first+uint64(i), events.ErrBroken)
	}
	return nil
}

// frontier is the right edge of the tree: the stored hashes that the next
// entries are combined with, by level. It serves tlog.StoredHashes without a
// read.
type frontier struct {
	size  uint64
	level [64]tlog.Hash
}

// loadFrontier reads the right edge of a tree of this size.
func loadFrontier(db pebble.Reader, sp space, size uint64) (frontier, error) {
	f := frontier{size: size}
	for l := range f.level {
		if size>>l&1 == 0 {
			continue
		}
		h, err := readTree(db, sp, []int64{tlog.StoredHashIndex(l, int64(size>>l)-1)})
		if err != nil {
			return f, err
		}
		f.level[l] = h[0]
	}
	return f, nil
}

// ReadHashes implements tlog.HashReader for what StoredHashes asks when the
// entry at index size is added: left siblings of the nodes it completes.
func (f *frontier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		l, n := tlog.SplitStoredHashIndex(index)
		if f.size>>l&1 == 0 || uint64(n) != f.size>>l-1 {
			return nil, fmt.Errorf("tree hash %d is not at the right edge of %d entries", index, f.size)
		}
		hashes[i] = f.level[l]
	}
	return hashes, nil
}

// add appends an entry and returns the index of its first stored hash and the
// hashes to store from there.
func (f *frontier) add(h events.Hash) (index uint64, hashes []tlog.Hash, err error) {
	if hashes, err = tlog.StoredHashes(int64(f.size), h[:], f); err != nil {
		return 0, nil, err
	}
	index = uint64(tlog.StoredHashIndex(0, int64(f.size)))
	// The last of them is the root of the largest subtree now complete.
	f.level[len(hashes)-1] = hashes[len(hashes)-1]
	f.size++
	return index, hashes, nil
}

// root is the root over all entries so far.
func (f *frontier) root() (events.Hash, error) {
	if f.size == 0 {
		h, err := tlog.TreeHash(0, f)
		return events.Hash(h), err
	}
	l := bits.TrailingZeros64(f.size)
	h := f.level[l]
	for l++; l < 64; l++ {
		if f.size>>l&1 == 1 {
			h = tlog.NodeHash(f.level[l], h)
		}
	}
	return events.Hash(h), nil
}

// position is how far a space has come.
type position struct {
	seq   uint64 // entries applied
	hash  events.Hash
	voids uint64 // of them, those that are no records
	void  uint64 // stream sequence of the first
}

const positionVersion = 1

// position reads how far the current space has come; the zero position is that
// of an empty one.
func (r *Runner) position() (position, error) {
	v, err := r.s.find(func(sp space) []byte { return sp.kind(kindPosition) })
	if errors.Is(err, events.ErrNotFound) {
		return position{}, nil
	}
	if err != nil {
		return position{}, err
	}
	return decodePosition(v)
}

func (p *position) append(b []byte) []byte {
	b = append(b, positionVersion)
	b = binary.BigEndian.AppendUint64(b, p.seq)
	b = append(b, p.hash[:]...)
	b = binary.BigEndian.AppendUint64(b, p.voids)
	return binary.BigEndian.AppendUint64(b, p.void)
}

func decodePosition(v []byte) (position, error) {
	if len(v) != 1+8+32+8+8 || v[0] != positionVersion {
		return position{}, errValue
	}
	p := position{seq: binary.BigEndian.Uint64(v[1:])}
	copy(p.hash[:], v[9:])
	p.voids = binary.BigEndian.Uint64(v[41:])
	p.void = binary.BigEndian.Uint64(v[49:])
	return p, nil
}
