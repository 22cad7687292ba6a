package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"caseledger/events"
)

// Limits of the ZIP profile. They keep it far from ZIP64 and from what a
// recipient's computer can unpack.
const (
	MaxBundle  = 1<<32 - 1 // bytes of the ZIP: 4 GiB less one
	MaxEntries = 60_000    // files in it
	MaxName    = 200       // bytes of a name, the top directory included
	// MaxHeld is the most bytes of files that a reader keeps in memory; files
	// whose content it does not read (PDFs, attachments) do not count.
	MaxHeld = 1 << 30
)

const (
	zipVersion = 20     // made by and needed: 2.0, FAT
	zipDate    = 0x0021 // 1980-01-01
	localSize  = 30
	dirSize    = 46
	endSize    = 22

	localMagic = 0x04034b50
	dirMagic   = 0x02014b50
	endMagic   = 0x06054b50
)

// zipFile is one file of a bundle; Name has no top directory.
type zipFile struct {
	Name string
	Data []byte
	from *source // where the content is read from; nil: it is Data
}

// source is a file that is too long to be held: it is read once for its length
// and sums, and again whenever it is written.
type source struct {
	open func() (io.ReadCloser, error)
	size int64
	crc  uint32
	hash events.Hash
}

// errMoved: a file was another when it was read again.
var errMoved = errors.New("it is not the file that it was before")

// measure reads a file once. A file that no bundle can hold is not read to its
// end.
func measure(ctx context.Context, open func() (io.ReadCloser, error)) (*source, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s := &source{open: open}
	sum, crc := sha256.New(), crc32.NewIEEE()
	buf := make([]byte, copyBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := r.Read(buf)
		sum.Write(buf[:n])
		crc.Write(buf[:n])
		if s.size += int64(n); s.size > MaxBundle {
			return nil, tooLarge("", "a file is longer than any bundle")
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	s.crc, s.hash = crc.Sum32(), events.Hash(sum.Sum(nil))
	return s, r.Close()
}

// copyBuffer is how much of a long file is in memory at a time, in bytes.
const copyBuffer = 1 << 20

// writeTo copies the file, and fails unless it is the one that was measured.
func (s *source) writeTo(ctx context.Context, w io.Writer) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	defer r.Close()
	crc := crc32.NewIEEE()
	buf := make([]byte, copyBuffer)
	for left := s.size; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf[:min(left, copyBuffer)])
		crc.Write(buf[:n])
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		left -= int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errMoved
		}
		if err != nil {
			return err
		}
	}
	// The rest is read too: whoever decrypts sees only at the end that
	// nothing was cut off.
	if n, err := io.ReadFull(r, buf[:1]); n > 0 || crc.Sum32() != s.crc {
		return errMoved
	} else if err != io.EOF {
		return err
	}
	return r.Close()
}

func (f *zipFile) size() int64 {
	if f.from != nil {
		return f.from.size
	}
	return int64(len(f.Data))
}

func (f *zipFile) hash() events.Hash {
	if f.from != nil {
		return f.from.hash
	}
	return sha256.Sum256(f.Data)
}

func (f *zipFile) crc() uint32 {
	if f.from != nil {
		return f.from.crc
	}
	return crc32.ChecksumIEEE(f.Data)
}

// sizeZIP returns the length of the ZIP that these files make under the
// directory top, in bytes.
func sizeZIP(top string, files []zipFile) int64 {
	var size int64 = endSize
	for i := range files {
		size += localSize + dirSize + 2*int64(len(top)+1+len(files[i].Name)) + files[i].size()
	}
	return size
}

// writeZIP writes the one ZIP that these files make under the directory top.
// The files need not be in order; names must be distinct.
func writeZIP(ctx context.Context, w io.Writer, top string, files []zipFile) error {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b zipFile) int { return strings.Compare(a.Name, b.Name) })
	if len(files) > MaxEntries {
		return tooLarge("", "more than 60000 files")
	}
	for i, f := range files {
		if i > 0 && files[i-1].Name == f.Name {
			return &FileError{File: f.Name, Rule: "stands twice"}
		}
		if rule := nameRule(top + "/" + f.Name); rule != "" {
			return &FileError{File: f.Name, Rule: rule}
		}
	}
	if sizeZIP(top, files) > MaxBundle {
		return tooLarge("", "longer than 4 GiB less one byte")
	}
	var dir, buf []byte
	at := uint32(0)
	for i := range files {
		f := &files[i]
		e := zipEntry{name: top + "/" + f.Name, crc: f.crc(), size: uint32(f.size()), at: at}
		buf = e.appendLocal(buf[:0])
		if _, err := w.Write(buf); err != nil {
			return err
		}
		var err error
		if f.from != nil {
			err = f.from.writeTo(ctx, w)
		} else {
			_, err = w.Write(f.Data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		at += uint32(len(buf)) + e.size
		dir = e.appendDir(dir)
	}
	_, err := w.Write(appendEnd(dir, len(files), len(dir), at))
	return err
}

// zipEntry is what the two headers of a file say.
type zipEntry struct {
	name string
	crc  uint32
	size uint32
	at   uint32 // of the local header
}

func (e *zipEntry) appendLocal(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, localMagic)
	b = le.AppendUint16(b, zipVersion)
	b = e.appendCommon(b)
	return append(b, e.name...)
}

// appendCommon appends what both headers share: flags to extra length.
func (e *zipEntry) appendCommon(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, 0) // flags
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0) // time
	b = le.AppendUint16(b, zipDate)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, e.size)
	b = le.AppendUint32(b, e.size)
	b = le.AppendUint16(b, uint16(len(e.name)))
	return le.AppendUint16(b, 0) // extra
}

func (e *zipEntry) appendDir(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, dirMagic)
	b = le.AppendUint16(b, zipVersion)
	b = le.AppendUint16(b, zipVersion)
	b = e.appendCommon(b)
	b = le.AppendUint16(b, 0) // comment
	b = le.AppendUint16(b, 0) // disk
	b = le.AppendUint16(b, 0) // internal attributes
	b = le.AppendUint32(b, 0) // external attributes
	b = le.AppendUint32(b, e.at)
	return append(b, e.name...)
}

func appendEnd(b []byte, entries, dirLen int, dirAt uint32) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, endMagic)
	b = le.AppendUint32(b, 0) // disks
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint32(b, uint32(dirLen))
	b = le.AppendUint32(b, dirAt)
	return le.AppendUint16(b, 0) // comment
}

// heldFile is a file as the reader knows it.
type heldFile struct {
	size int64
	hash events.Hash
	data []byte // nil when the reader does not keep it
}

// zipContent is what readZIP found.
type zipContent struct {
	top   string
	names []string // without the top directory, in byte order
	files map[string]heldFile
	hash  events.Hash // of the whole ZIP
}

// readZIP reads a ZIP of the profile and nothing else. It goes through the
// file once, from front to back, and everything that is no name, size or
// checksum must stand exactly where and how writeZIP puts it; so what is
// accepted is what writeZIP would write. keep says whether a file's content
// is held, and how long it may be.
func readZIP(r io.Reader, size int64, keep func(name string) (held bool, limit int64)) (*zipContent, error) {
	if size > MaxBundle {
		return nil, tooLarge("", "longer than 4 GiB less one byte")
	}
	whole := sha256.New()
	z := zipReader{r: io.TeeReader(r, whole), left: size}
	c := &zipContent{files: make(map[string]heldFile)}
	var (
		dir   []byte
		last  string
		lower = make(map[string]bool)
		held  int64
	)
	for {
		magic, err := z.peekMagic()
		if err != nil {
			return nil, err
		}
		if magic != localMagic {
			break
		}
		if len(c.names) == MaxEntries {
			return nil, tooLarge("", "more than 60000 files")
		}
		e, err := z.local()
		if err != nil {
			return nil, err
		}
		if rule := nameRule(e.name); rule != "" {
			return nil, &FileError{Rule: "a file name " + rule}
		}
		top, name, _ := strings.Cut(e.name, "/")
		if c.top == "" {
			c.top = top
		}
		switch {
		case top != c.top:
			return nil, &FileError{Rule: "files stand in more than one top directory"}
		case e.name <= last:
			return nil, &FileError{Rule: "files are not in byte order, or one stands twice"}
		case lower[strings.ToLower(name)]:
			return nil, &FileError{Rule: "two names differ in capitals only"}
		}
		last = e.name
		lower[strings.ToLower(name)] = true
		hold, limit := keep(name)
		if int64(e.size) > z.left {
			return nil, &FileError{File: name, Rule: "is longer than what follows"}
		}
		if int64(e.size) > limit {
			return nil, tooLarge(name, "is longer than this program reads")
		}
		if hold {
			if held += int64(e.size); held > MaxHeld {
				return nil, tooLarge("", "more text than this program reads")
			}
		}
		f, err := z.content(e, hold && !derivedAgain(name))
		if err != nil {
			return nil, err
		}
		c.names = append(c.names, name)
		c.files[name] = f
		dir = e.appendDir(dir)
	}
	if len(c.names) == 0 {
		return nil, &FileError{Rule: "is no ZIP of files"}
	}
	dirAt := uint32(z.at - 4)
	want := appendEnd(dir, len(c.names), len(dir), dirAt)
	got := make([]byte, min(int64(len(want)), z.left+4))
	copy(got, z.magic[:])
	if err := z.read(got[4:]); err != nil {
		return nil, err
	}
	switch {
	case !bytes.Equal(got, want):
		return nil, &FileError{Rule: "the directory is not the one these files have"}
	case z.left != 0:
		return nil, &FileError{Rule: "bytes after the end"}
	}
	c.hash = events.Hash(whole.Sum(nil))
	return c, nil
}

// zipReader reads forward through a ZIP.
type zipReader struct {
	r     io.Reader
	at    int64
	left  int64
	magic [4]byte
}

func (z *zipReader) read(b []byte) error {
	if int64(len(b)) > z.left {
		return &FileError{Rule: "ends too early"}
	}
	n, err := io.ReadFull(z.r, b)
	z.at += int64(n)
	z.left -= int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF && len(b) > 0 {
		return &FileError{Rule: "ends too early"}
	}
	if len(b) == 0 {
		return nil
	}
	return err
}

func (z *zipReader) peekMagic() (uint32, error) {
	if err := z.read(z.magic[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(z.magic[:]), nil
}

// local reads a local header behind its magic number.
func (z *zipReader) local() (zipEntry, error) {
	var h [localSize]byte
	e := zipEntry{at: uint32(z.at - 4)}
	copy(h[:], z.magic[:])
	if err := z.read(h[4:]); err != nil {
		return e, err
	}
	le := binary.LittleEndian
	e.crc, e.size = le.Uint32(h[14:]), le.Uint32(h[18:])
	n := int(le.Uint16(h[26:]))
	if n > MaxName {
		return e, &FileError{Rule: "a file name is longer than 200 bytes"}
	}
	name := make([]byte, n)
	if err := z.read(name); err != nil {
		return e, err
	}
	e.name = string(name)
	if !bytes.Equal(e.appendLocal(nil), append(h[:], name...)) {
		return e, &FileError{Rule: "a header is not of the plain form: stored, 1980-01-01, version 2.0, no flags, no extra field"}
	}
	return e, nil
}

func (z *zipReader) content(e zipEntry, hold bool) (heldFile, error) {
	f := heldFile{size: int64(e.size)}
	sum, crc := sha256.New(), crc32.NewIEEE()
	buf := make([]byte, min(f.size, 1<<20))
	if hold {
		buf = make([]byte, f.size)
		f.data = buf
	}
	for left := f.size; left > 0; {
		b := buf[:min(left, int64(len(buf)))]
		if err := z.read(b); err != nil {
			return f, err
		}
		sum.Write(b)
		crc.Write(b)
		left -= int64(len(b))
	}
	if crc.Sum32() != e.crc {
		return f, &FileError{File: e.name, Rule: "its checksum is another"}
	}
	f.hash = events.Hash(sum.Sum(nil))
	return f, nil
}

// nameRule returns the rule that a name in the ZIP breaks, or "". It holds on
// every computer: plain ASCII, nothing that leads out of the directory,
// nothing that Windows reads as a device or cuts off.
func nameRule(name string) string {
	if len(name) > MaxName {
		return "is longer than 200 bytes"
	}
	parts := strings.Split(name, "/")
	if len(parts) < 2 {
		return "stands outside a top directory"
	}
	for _, p := range parts {
		if p == "" || p == "." || p == ".." {
			return "has an empty part, . or .."
		}
		for i := 0; i < len(p); i++ {
			c := p[i]
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
				return "has a character other than letters, digits, dot, hyphen and low line"
			}
		}
		if p[0] == '.' || p[0] == '-' || p[len(p)-1] == '.' {
			return "has a part that begins with a dot or hyphen, or ends with a dot"
		}
		if reservedName(p) {
			return "is reserved by Windows"
		}
	}
	return ""
}

func reservedName(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (base[:3] == "com" || base[:3] == "lpt") && base[3] >= '0' && base[3] <= '9'
}
