package metadata

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"time"
)

// A clip is ISO base media (ISO/IEC 14496-12) or QuickTime: boxes of a length,
// a type of four letters and content. What a recorder says is in moov, some
// kilobytes beside gigabytes of pictures, which are skipped.
const (
	maxMovie = 64 << 20 // bytes of a box that is looked into
	maxDepth = 12
)

// clip reads the boxes of a clip.
func (r *Report) clip(in *bufio.Reader) error {
	for {
		var h [16]byte
		if _, err := io.ReadFull(in, h[:8]); err == io.EOF {
			return nil
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			r.limit("the end of the clip: it is cut off")
			return nil
		} else if err != nil {
			return err
		}
		size, typ, head := uint64(binary.BigEndian.Uint32(h[:])), string(h[4:8]), uint64(8)
		if size == 1 {
			if _, err := io.ReadFull(in, h[8:]); err != nil {
				r.limit("the end of the clip: it is cut off")
				return nil
			}
			size, head = binary.BigEndian.Uint64(h[8:]), 16
		}
		if size == 0 { // to the end of the file
			size = 1 << 62
		}
		if size < head {
			r.limit("the rest of the clip: it is damaged")
			return nil
		}
		left := size - head
		if (typ == "moov" || typ == "uuid" || typ == "meta" || typ == "udta") && left <= maxMovie {
			data := make([]byte, 0, min(left, 1<<20))
			part, err := io.ReadAll(io.LimitReader(in, int64(left)))
			if err != nil {
				return err
			}
			data = append(data, part...)
			if uint64(len(data)) < left {
				r.limit("the end of the clip: it is cut off")
			}
			if r.box(typ, data, nil, 0) != nil {
				r.limit("some of the clip's tags: they are damaged")
			}
			continue
		}
		if typ == "moov" {
			r.limit("the clip's tags: they are longer than 64 MiB")
		}
		n, err := io.CopyN(io.Discard, in, int64(min(left, 1<<62)))
		if err != nil && err != io.EOF {
			return err
		}
		if uint64(n) < left && size != 1<<62 {
			r.limit("the end of the clip: it is cut off")
		}
	}
}

// box looks into one box. keys are the names that the items of a list have by
// number, where they have any.
func (r *Report) box(typ string, b []byte, keys []string, depth int) error {
	if depth > maxDepth {
		return errDamaged
	}
	switch typ {
	case "moov", "trak", "mdia", "udta":
		return r.boxes(b, keys, depth)
	case "meta":
		// QuickTime's has no version before its boxes.
		if len(b) >= 8 && string(b[4:8]) != "hdlr" {
			b = b[4:]
		}
		return r.boxes(b, keys, depth)
	case "mvhd", "mdhd":
		r.created(typ, b)
	case "uuid":
		if i := strings.Index(string(b), "<x:xmpmeta"); i >= 0 {
			r.xmp(strings.NewReader(string(b[i:])))
		}
	case "XMP_":
		r.xmp(strings.NewReader(string(b)))
	case "hdlr":
		if len(b) > 24 {
			r.add("MP4", "handler", strings.Trim(string(b[24:]), "\x00"))
		}
	case "loci":
		r.add("MP4", "loci", printable(b[min(len(b), 6):]))
	case "ilst":
		return r.items(b, keys)
	default:
		// ©xyz and its like: a text behind its length and language.
		if len(typ) == 4 && typ[0] == 0xa9 && len(b) >= 4 {
			n := int(binary.BigEndian.Uint16(b))
			r.add("MP4", typ[1:], printable(b[4:min(len(b), 4+n)]))
		}
	}
	return nil
}

// boxes looks into each box of a box.
func (r *Report) boxes(b []byte, keys []string, depth int) error {
	for len(b) >= 8 {
		typ, body, rest, err := next(b)
		if err != nil {
			return err
		}
		if typ == "keys" {
			if keys, err = keyNames(body); err != nil {
				return err
			}
		} else if err := r.box(typ, body, keys, depth+1); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// next takes the first box.
func next(b []byte) (typ string, body, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, errDamaged
	}
	size := uint64(binary.BigEndian.Uint32(b))
	if size == 0 {
		size = uint64(len(b))
	}
	if size < 8 || size > uint64(len(b)) {
		return "", nil, nil, errDamaged
	}
	return string(b[4:8]), b[8:size], b[size:], nil
}

// keyNames reads the names of a list's items.
func keyNames(b []byte) ([]string, error) {
	var names []string
	if len(b) < 8 {
		return nil, errDamaged
	}
	for b = b[8:]; len(b) >= 8; {
		_, body, rest, err := next(b)
		if err != nil {
			return nil, err
		}
		names = append(names, printable(body))
		b = rest
	}
	return names, nil
}

// items reads a list of items: each is a box whose type is a name, or a number
// into keys, and holds a box data.
func (r *Report) items(b []byte, keys []string) error {
	for len(b) >= 8 {
		typ, body, rest, err := next(b)
		if err != nil {
			return err
		}
		name := strings.Trim(printable([]byte(typ)), "\u00a9")
		if n := binary.BigEndian.Uint32([]byte(typ)); n >= 1 && int(n) <= len(keys) {
			name = keys[n-1]
		}
		for len(body) >= 8 {
			inner, data, more, err := next(body)
			if err != nil {
				return err
			}
			if inner == "data" && len(data) >= 8 {
				if kind := binary.BigEndian.Uint32(data); kind == 1 { // UTF-8
					r.add("MP4", name, printable(data[8:]))
				} else {
					r.add("MP4", name, shown(data[8:]))
				}
			}
			body = more
		}
		b = rest
	}
	return nil
}

// created reads when a movie or track says that it was made: seconds since
// 1904.
func (r *Report) created(typ string, b []byte) {
	var made, changed uint64
	switch {
	case len(b) >= 12 && b[0] == 0:
		made, changed = uint64(binary.BigEndian.Uint32(b[4:])), uint64(binary.BigEndian.Uint32(b[8:]))
	case len(b) >= 20 && b[0] == 1:
		made, changed = binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint64(b[12:])
	}
	for _, t := range []struct {
		name string
		at   uint64
	}{{"created", made}, {"modified", changed}} {
		const since1904, until9999 = 2_082_844_800, 255_485_232_000
		if t.at > 0 && t.at < until9999 {
			r.add("MP4", typ+"-"+t.name, time.Unix(int64(t.at)-since1904, 0).UTC().Format(time.RFC3339))
		}
	}
}

// printable keeps the text of some bytes; © of a type is Latin-1.
func printable(b []byte) string {
	if len(b) > 0 && b[0] == 0xa9 {
		return "\u00a9" + string(b[1:])
	}
	return strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, string(b))
}
