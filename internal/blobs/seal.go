package blobs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"caseledger/events"
)

const (
	// MaxSize is the longest file that is kept, in bytes.
	MaxSize = 2 << 30

	// chunkSize is the length of a whole chunk's content, in bytes. It is what
	// a reader holds before it knows that the chunk is genuine.
	chunkSize = 64 << 10
	tagSize   = 16

	version   = "caseledger/blob/v1"
	maxHeader = len(version) + 1 + len("key ") + 16 + 1 + 64 + 1 // a generation has at most 16 digits
)

// Salt makes the keys of two blobs of one case differ. It must be random.
type Salt [32]byte

// Sums is what is known of a blob once it was sealed.
type Sums struct {
	Size   int64       // of the file, in bytes
	SHA256 events.Hash // of the file
	Stored events.Hash // of the sealed bytes: the blob's name
	Sealed int64       // length of the sealed bytes
}

// KeyOf returns the case key of a generation.
type KeyOf func(ctx context.Context, gen uint64) (events.Key, error)

// header is what stands before the chunks.
type header struct {
	gen  uint64
	salt Salt
}

func (h *header) append(b []byte) []byte {
	b = append(b, version+"\nkey "...)
	b = strconv.AppendUint(b, h.gen, 10)
	b = append(b, ' ')
	b = hex.AppendEncode(b, h.salt[:])
	return append(b, '\n')
}

// readHeader reads the two lines: what append writes and nothing else.
func readHeader(r *bufio.Reader) (header, error) {
	var h header
	var raw []byte
	for lines := 0; lines < 2; {
		c, err := r.ReadByte()
		if err == io.EOF {
			err = syntax("ends before its first chunk")
		}
		if err != nil {
			return h, err
		}
		if raw = append(raw, c); len(raw) > maxHeader {
			return h, syntax("does not begin with its two lines")
		}
		if c == '\n' {
			lines++
		}
		if lines == 1 && c == '\n' && string(raw) != version+"\n" {
			if n, ok := strings.CutPrefix(strings.TrimSuffix(string(raw), "\n"), "caseledger/blob/v"); ok && len(n) <= 7 && strings.Trim(n, "0123456789") == "" && n != "" {
				return h, &events.SyntaxError{What: "blob", Offset: 0, Rule: "is of another version", Kind: events.ErrVersion}
			}
			return h, syntax("does not begin with its two lines")
		}
	}
	fields := strings.Fields(string(raw[len(version)+1:]))
	if len(fields) == 3 {
		h.gen, _ = strconv.ParseUint(fields[1], 10, 53)
		if salt, err := hex.DecodeString(fields[2]); err == nil {
			copy(h.salt[:], salt)
		}
	}
	if h.gen == 0 || !bytes.Equal(h.append(nil), raw) {
		return h, syntax("does not begin with its two lines")
	}
	return h, nil
}

func syntax(rule string) error { return &events.SyntaxError{What: "blob", Offset: -1, Rule: rule} }

// chunks seals or opens the chunks of one blob.
type chunks struct {
	aead  cipher.AEAD
	aad   []byte
	nonce [12]byte
	n     uint64 // the next chunk
}

func newChunks(h *header, key *events.Key) (*chunks, error) {
	secret, err := hkdf.Key(sha256.New, key[:], h.salt[:], version, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	c := &chunks{aad: h.append(nil)}
	c.aead, err = cipher.NewGCM(block)
	return c, err
}

// next returns the nonce of the next chunk.
func (c *chunks) next(last bool) []byte {
	binary.BigEndian.PutUint64(c.nonce[3:11], c.n)
	c.nonce[11] = 0
	if last {
		c.nonce[11] = 1
	}
	c.n++
	return c.nonce[:]
}

// Seal writes r sealed to w. It holds one chunk in memory. A file of more than
// MaxSize is events.ErrTooLarge.
func Seal(ctx context.Context, w io.Writer, r io.Reader, gen uint64, key *events.Key, salt Salt) (Sums, error) {
	h := header{gen, salt}
	c, err := newChunks(&h, key)
	if err != nil {
		return Sums{}, err
	}
	var s Sums
	plain, sealed := sha256.New(), sha256.New()
	write := func(b []byte) error {
		sealed.Write(b)
		s.Sealed += int64(len(b))
		_, err := w.Write(b)
		return err
	}
	if err := write(h.append(nil)); err != nil {
		return Sums{}, err
	}
	// One byte ahead shows whether a chunk is the last.
	in := bufio.NewReaderSize(r, chunkSize+1)
	buf := make([]byte, chunkSize, chunkSize+tagSize)
	for last := false; !last; {
		if err := ctx.Err(); err != nil {
			return Sums{}, err
		}
		n, err := fill(in, buf[:chunkSize])
		if err == nil {
			_, err = in.Peek(1)
		}
		if last = err == io.EOF; err != nil && !last {
			return Sums{}, err
		}
		if s.Size += int64(n); s.Size > MaxSize {
			return Sums{}, fmt.Errorf("the file is longer than 2 GiB: %w", events.ErrTooLarge)
		}
		plain.Write(buf[:n])
		if err := write(c.aead.Seal(buf[:0], c.next(last), buf[:n], c.aad)); err != nil {
			return Sums{}, err
		}
	}
	s.SHA256, s.Stored = events.Hash(plain.Sum(nil)), events.Hash(sealed.Sum(nil))
	return s, nil
}

// fill reads until b is full. It returns io.EOF only where r ended as it
// should: an upload that was broken off ends with io.ErrUnexpectedEOF, which
// io.ReadFull would make of both.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = r.Read(b[n:])
		n += k
	}
	if n == len(b) {
		return n, nil // an error comes again with the next byte
	}
	return n, err
}

// Copy is one copy of a blob, opened from its first byte.
type Copy func(ctx context.Context) (io.ReadCloser, error)

// Open returns the content of a blob. It is read from the first of the copies;
// where that is missing or damaged, from the next, without the caller's notice:
// every chunk shows by itself whether it is genuine. At the end the content is
// known to be whole. When no copy is left the error wraps events.ErrBroken, or
// events.ErrNotFound when there was none at all; a key that is gone is
// whatever keyOf says.
func Open(ctx context.Context, keyOf KeyOf, copies ...Copy) io.ReadCloser {
	return &reader{ctx: ctx, keyOf: keyOf, copies: copies, missing: true}
}

type reader struct {
	ctx     context.Context // of the whole reading: it lives as long as one call does
	keyOf   KeyOf
	copies  []Copy
	missing bool  // no copy was there
	why     error // why the last copy could not be used

	from  io.Closer
	in    *bufio.Reader
	c     *chunks
	done  uint64 // chunks that were given out
	last  bool
	buf   []byte
	ready []byte // of a chunk, not given out yet
	err   error
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.last {
			r.err = io.EOF
			return 0, io.EOF
		}
		r.err = r.chunk()
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// Close gives the copy back. What was read before the end is genuine, but may
// not be all.
func (r *reader) Close() error {
	if r.from == nil {
		return nil
	}
	err := r.from.Close()
	r.from = nil
	return err
}

// chunk makes the next chunk ready, from whichever copy has it.
func (r *reader) chunk() error {
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.from == nil {
			if err := r.open(); err != nil {
				return err
			}
		}
		chunk, last, err := r.take()
		if err == nil {
			r.ready, r.last = chunk, last
			r.done++
			return nil
		}
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		r.why = err
		_ = r.Close() // it is of no more use
	}
}

// open turns to the next copy and goes to where the one before ended.
func (r *reader) open() error {
	for len(r.copies) > 0 {
		open := r.copies[0]
		r.copies = r.copies[1:]
		from, err := open(r.ctx)
		if err != nil {
			if r.ctx.Err() != nil {
				return r.ctx.Err()
			}
			if !errors.Is(err, events.ErrNotFound) {
				r.missing = false
			}
			r.why = err
			continue
		}
		r.missing = false
		r.from, r.in = from, bufio.NewReaderSize(from, chunkSize+tagSize+1)
		if err := r.begin(); err != nil {
			if key := (*keyError)(nil); errors.As(err, &key) {
				return errors.Join(key.err, r.Close())
			}
			r.why = err
			_ = r.Close() // it is of no more use
			continue
		}
		return nil
	}
	switch {
	case r.missing && r.why != nil:
		return fmt.Errorf("attachment: %w", r.why)
	case r.why != nil:
		return &damagedError{why: r.why}
	}
	return fmt.Errorf("attachment: no copy: %w", events.ErrNotFound)
}

// damagedError says that no copy of a blob is whole, or that one is not.
type damagedError struct {
	why error // of the last copy
	one bool
}

func (e *damagedError) Error() string {
	if e.one {
		return "attachment: the copy is damaged: " + e.why.Error()
	}
	return "attachment: no copy is whole: " + e.why.Error()
}

func (e *damagedError) Unwrap() error        { return e.why }
func (e *damagedError) Is(target error) bool { return target == events.ErrBroken }

// keyError is an error about the key, which no other copy would mend.
type keyError struct{ err error }

func (e *keyError) Error() string { return e.err.Error() }

func (r *reader) begin() error {
	h, err := readHeader(r.in)
	if err != nil {
		return err
	}
	key, err := r.keyOf(r.ctx, h.gen)
	if err != nil {
		return &keyError{fmt.Errorf("attachment: %w", err)}
	}
	if r.c, err = newChunks(&h, &key); err != nil {
		return &keyError{err}
	}
	for range r.done {
		if _, last, err := r.take(); err != nil {
			return err
		} else if last {
			return syntax("ends earlier than the other copy")
		}
	}
	return nil
}

// take opens the next chunk of this copy.
func (r *reader) take() (chunk []byte, last bool, err error) {
	if r.buf == nil {
		r.buf = make([]byte, chunkSize+tagSize)
	}
	n, err := io.ReadFull(r.in, r.buf)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		last = true
	case err != nil:
		return nil, false, err
	default:
		if _, err := r.in.Peek(1); err == io.EOF {
			last = true
		} else if err != nil {
			return nil, false, err
		}
	}
	first := r.c.n == 0
	chunk, err = r.c.aead.Open(r.buf[:0], r.c.next(last), r.buf[:n], r.c.aad)
	if err != nil {
		return nil, false, fmt.Errorf("blob: a chunk is not genuine: %w", events.ErrSealed)
	}
	if len(chunk) == 0 && !first {
		return nil, false, syntax("ends with an empty chunk")
	}
	return chunk, last, nil
}

// Check reads a blob to its end and returns what it is: its name by its sealed
// bytes, and what is in it.
func Check(ctx context.Context, keyOf KeyOf, open Copy) (Sums, error) {
	var s Sums
	sealed := sha256.New()
	r := Open(ctx, keyOf, func(ctx context.Context) (io.ReadCloser, error) {
		from, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return &summed{from, sealed, &s.Sealed}, nil
	})
	defer r.Close()
	plain := sha256.New()
	n, err := io.CopyBuffer(plain, struct{ io.Reader }{r}, make([]byte, chunkSize))
	if err != nil {
		return s, err
	}
	s.Size, s.SHA256, s.Stored = n, events.Hash(plain.Sum(nil)), events.Hash(sealed.Sum(nil))
	return s, r.Close()
}

// summed hashes what is read through it.
type summed struct {
	io.ReadCloser
	sum hash.Hash
	n   *int64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sum.Write(p[:n])
	*s.n += int64(n)
	return n, err
}
