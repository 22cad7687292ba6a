package metadata

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"strconv"

	"github.com/bep/imagemeta"
)

// Texts that stand in a picture beside EXIF, IPTC and XMP, and what comes
// behind its end, where some programs hide a second file.
// Source: PNG (W3C), 11.3.4; JPEG (ITU-T T.81), annex B.

const pngHead = 8 // bytes before the first chunk

// comments reads the texts of a PNG or JPEG.
func (r *Report) comments(data []byte, format imagemeta.ImageFormat) {
	var end int
	switch format {
	case imagemeta.PNG:
		end = r.chunks(data)
	case imagemeta.JPEG:
		end = r.segments(data)
	default:
		return
	}
	switch {
	case end < 0:
		r.limit("texts in the rest of the picture: it is damaged or cut off")
	case end < len(data):
		r.limit(strconv.Itoa(len(data)-end) + " bytes behind the end of the picture")
	}
}

// chunks goes through a PNG and returns where it ends, -1 when it does not.
func (r *Report) chunks(data []byte) int {
	for at := pngHead; len(data)-at >= 12; {
		n := uint64(binary.BigEndian.Uint32(data[at:]))
		if n > uint64(len(data)-at-12) {
			return -1
		}
		body := data[at+8 : at+8+int(n)]
		kind := string(data[at+4 : at+8])
		at += 12 + int(n)
		switch kind {
		case "IEND":
			return at
		case "tEXt", "zTXt", "iTXt":
			r.pngText(kind, body)
		}
	}
	return -1
}

// pngText reads one text of a PNG.
func (r *Report) pngText(kind string, body []byte) {
	key, text, ok := bytes.Cut(body, []byte{0})
	packed := kind == "zTXt"
	switch {
	case !ok:
		r.limit("a text of the picture: it is damaged")
		return
	case kind == "zTXt" && len(text) > 0:
		text = text[1:] // the method, always 0
	case kind == "iTXt" && len(text) >= 2:
		packed = text[0] == 1
		_, rest, _ := bytes.Cut(text[2:], []byte{0}) // the language
		_, text, _ = bytes.Cut(rest, []byte{0})      // the key in that language
	}
	if string(key) == "XML:com.adobe.xmp" && !packed {
		return // XMP, which is read as such
	}
	if packed {
		z, err := zlib.NewReader(bytes.NewReader(text))
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(z, maxText+1))
		}
		if err != nil {
			r.limit("a text of the picture: it is damaged")
			return
		}
	}
	if kind != "iTXt" {
		text = latin1(text)
	}
	r.add("PNG", string(latin1(key)), string(text))
}

// latin1 writes ISO 8859-1 as UTF-8; what a tag can hold is enough.
func latin1(b []byte) []byte {
	b = b[:min(len(b), maxText+1)]
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return []byte(string(out))
}

// segments goes through a JPEG and returns where it ends, -1 when it does not.
func (r *Report) segments(data []byte) int {
	for at := 2; ; {
		// Behind the header of a scan comes the picture: up to the next marker
		// that is none of those that stand inside it.
		for at+1 < len(data) && (data[at] != 0xff || data[at+1] == 0 || data[at+1] == 0xff || data[at+1] >= 0xd0 && data[at+1] <= 0xd7) {
			at++
		}
		if at+1 >= len(data) {
			return -1
		}
		marker := data[at+1]
		if at += 2; marker == 0xd9 {
			return at
		}
		if marker == 0x01 {
			continue // a marker without a length
		}
		if len(data)-at < 2 {
			return -1
		}
		n := int(binary.BigEndian.Uint16(data[at:]))
		if n < 2 || n > len(data)-at {
			return -1
		}
		if marker == 0xfe {
			text := data[at+2 : at+n]
			r.add("JPEG", "Comment", string(text[:min(len(text), maxText+1)]))
		}
		at += n
	}
}
