package projections

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"caseledger/events"
	"caseledger/schemas"
)

// Exhibit references, the producer's initials and a number as in KP/2, are used
// once in the whole ledger. The index has a key for each one that is an export
// or an attachment, and one for each that an entry names as what it was made
// from: somebody's second notebook is KP/2 too, and no bundle should be.
//
// A reference stays used when its case is erased: a rebuild, which cannot read
// the event any more, takes the keys over from the space before.

const (
	exhibitNamed byte = 0 // stands in /data/made/reference
	exhibitUsed  byte = 1 // is an export's or an attachment's own
)

// Exhibits says what is known of the references under some initials.
type Exhibits struct {
	Last uint64 // the highest number used or named; 0: none
	Used bool   // the number that was asked for is an exhibit's
}

// exhibitTag stands for initials in keys: 16 bytes of an HMAC under the index
// key.
type exhibitTag [16]byte

func tagInitials(index *events.Key, initials []byte) exhibitTag {
	m := hmac.New(sha256.New, index[:])
	m.Write([]byte("caseledger/exhibit/v1\n"))
	m.Write(initials)
	return exhibitTag(m.Sum(nil)[:16])
}

func (s space) appendExhibit(b []byte, t exhibitTag, number uint32, how byte) []byte {
	b = append(append(b, byte(s), kindExhibit), t[:]...)
	return append(binary.BigEndian.AppendUint32(b, number), how)
}

// exhibitKey is the length of an exhibit's key in bytes.
const exhibitKey = 2 + len(exhibitTag{}) + 4 + 1

// note puts the references of an event into the index. A value that is none is
// passed over.
func (f *folder) note(fs *facts, to sink) error {
	for how, quoted := range [][]byte{exhibitNamed: fs.named, exhibitUsed: fs.exhibit} {
		if len(quoted) < 2 || quoted[0] != '"' {
			continue
		}
		initials, number, ok := schemas.ParseExhibit(quoted[1 : len(quoted)-1])
		if !ok {
			continue
		}
		f.key = f.sp.appendExhibit(f.key[:0], f.initials(initials), uint32(number), byte(how))
		if _, again := f.noted[string(f.key)]; again {
			continue // a notebook is named by every entry that is made from it
		}
		if err := to.put(f.key, nil); err != nil {
			return err
		}
		if len(f.noted) >= maxNoted {
			clear(f.noted)
		}
		if f.noted == nil {
			f.noted = make(map[string]struct{})
		}
		f.noted[string(f.key)] = struct{}{}
	}
	return nil
}

// maxNoted bounds what a folder remembers of references, a few hundred
// kilobytes.
const maxNoted = 4096

// initials returns the tag of initials, which few share.
func (f *folder) initials(initials []byte) exhibitTag {
	if t, ok := f.tags[string(initials)]; ok {
		return t
	}
	t := tagInitials(&f.index, initials)
	if len(f.tags) >= maxNoted {
		clear(f.tags)
	}
	if f.tags == nil {
		f.tags = make(map[string]exhibitTag)
	}
	f.tags[string(initials)] = t
	return t
}

// Exhibits says how far the references under these initials go, and whether
// one of this number is an exhibit's. What was recorded before the call is in
// the answer.
func (r *Runner) Exhibits(ctx context.Context, initials string, number uint64) (Exhibits, error) {
	var x Exhibits
	if err := ctx.Err(); err != nil {
		return x, err
	}
	t := tagInitials(&r.o.IndexKey, []byte(initials))
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := append([]byte{byte(sp), kindExhibit}, t[:]...)
		return from, after(from)
	})
	if err != nil {
		return x, fmt.Errorf("exhibits: %w", err)
	}
	defer it.Close()
	if it.Last() {
		if len(it.Key()) != exhibitKey {
			return x, fmt.Errorf("exhibits: %w", errValue)
		}
		x.Last = uint64(binary.BigEndian.Uint32(it.Key()[exhibitKey-5:]))
		if number <= math.MaxUint32 {
			want := space(it.Key()[0]).appendExhibit(nil, t, uint32(number), exhibitUsed)
			x.Used = it.SeekGE(want) && bytes.Equal(it.Key(), want)
		}
	}
	if err := storeError(it.Error()); err != nil {
		return x, fmt.Errorf("exhibits: %w", err)
	}
	return x, nil
}

// carryExhibits takes the references of the current space over into another
// that is to replace it.
func (r *Runner) carryExhibits(to space) error {
	it, err := r.s.scan(func(sp space) ([]byte, []byte) { return sp.kind(kindExhibit), sp.kind(kindExhibit + 1) })
	if err != nil {
		return err
	}
	defer it.Close()
	b := r.s.db.NewBatch()
	defer b.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := b.Set(append([]byte{byte(to)}, it.Key()[1:]...), nil, nil); err != nil {
			return err
		}
	}
	if err := storeError(it.Error()); err != nil {
		return err
	}
	return r.s.write(func() error { return r.s.db.Apply(b, pebble.NoSync) })
}
