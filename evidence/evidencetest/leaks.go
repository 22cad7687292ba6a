package evidencetest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Leak is a word that stands in a file although it should not.
type Leak struct {
	Word int    // which one, from 0
	As   string // how it is written: "UTF-8", "base64", …
	In   string // where: "", or what was unpacked to find it
	At   int    // the byte at which it begins there
}

func (l Leak) String() string { return fmt.Sprintf("word %d as %s%s at %d", l.Word, l.As, l.In, l.At) }

const (
	// leakLimit is the most that one stream is unpacked to, in bytes.
	leakLimit = 64 << 20
	// leakDepth is how often what was unpacked is unpacked again.
	leakDepth = 4
	// shortest word, in bytes, that can be told from chance.
	shortest = 4
)

// Leaks looks for words in every byte of a file: as UTF-8 and UTF-16 of both
// orders, in hex, base64 and ASCII85, behind percent, HTML, JSON, octal and
// quoted-printable escapes, in any case of their ASCII letters, and in all of
// that once more in whatever the file has compressed (zlib, gzip, ZIP), to a
// depth of four. A word must have four bytes. A word is reported once for each
// way of writing it. What is only drawn, it does not find: ask pdftotext.
func Leaks(file []byte, words []string) []Leak {
	var p probe
	for i, w := range words {
		if len(w) < shortest {
			panic("evidencetest: a word that is too short to look for")
		}
		p.learn(i, w)
	}
	p.seen = make(map[string]bool)
	p.look(file, "", 0)
	return p.found
}

// form is one way of writing a word.
type form struct {
	word  int
	as    string
	bytes []byte
}

type probe struct {
	folded, exact map[uint32][]form // by their first four bytes
	found         []Leak
	seen          map[string]bool
}

// learn adds the forms of a word. Those of base64 and ASCII85 depend on case,
// so they are made of the cases in which a word is likely to stand.
func (p *probe) learn(word int, w string) {
	if p.folded == nil {
		p.folded, p.exact = make(map[uint32][]form), make(map[uint32][]form)
	}
	add := func(to map[uint32][]form, as string, b []byte) {
		if len(b) >= shortest {
			k := binary.LittleEndian.Uint32(b)
			to[k] = append(to[k], form{word, as, b})
		}
	}
	for _, c := range cases(w) {
		le, be := wide(c)
		for as, b := range map[string][]byte{"UTF-8": []byte(c), "UTF-16LE": le, "UTF-16BE": be} {
			// As the file is: bytes of UTF-16 that happen to be ASCII letters too.
			add(p.folded, as, fold(b))
			// Hex digits are folded with the rest of the file.
			add(p.folded, "hex of "+as, []byte(hex.EncodeToString(b)))
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				for shift := range 3 {
					add(p.exact, "base64 of "+as, aligned(b, shift, 3, 4, func(b []byte) []byte { return []byte(enc.EncodeToString(b)) }))
				}
			}
			for shift := range 4 {
				add(p.exact, "ASCII85 of "+as, aligned(b, shift, 4, 5, encode85))
			}
		}
	}
}

// aligned encodes bytes that begin shift bytes into a group, and returns the
// characters that depend on them alone.
func aligned(b []byte, shift, group, chars int, encode func([]byte) []byte) []byte {
	whole := len(b) - (group-shift)%group // bytes in groups of their own
	skip := (group - shift) % group
	if whole <= 0 {
		return nil
	}
	whole -= whole % group
	if group == 3 {
		// Base64 shows six bits a character: some of a broken group too.
		padded := encode(append(make([]byte, shift), b...))
		from, to := (shift*8+5)/6, (shift+len(b))*8/6
		return padded[from:min(to, len(padded))]
	}
	if whole == 0 {
		return nil
	}
	return encode(b[skip : skip+whole])[:whole/group*chars]
}

func encode85(b []byte) []byte {
	out := make([]byte, ascii85.MaxEncodedLen(len(b)))
	return out[:ascii85.Encode(out, b)]
}

func cases(w string) []string {
	list := []string{w, strings.ToLower(w), strings.ToUpper(w)}
	slices.Sort(list)
	return slices.Compact(list)
}

func wide(w string) (le, be []byte) {
	for _, u := range utf16.Encode([]rune(w)) {
		le = binary.LittleEndian.AppendUint16(le, u)
		be = binary.BigEndian.AppendUint16(be, u)
	}
	return le, be
}

// fold takes ASCII letters to lower case, byte by byte.
func fold(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

// look searches bytes, what they say behind escapes, and what they hold
// compressed.
func (p *probe) look(b []byte, in string, depth int) {
	p.search(b, in)
	for _, v := range []struct {
		name string
		read func([]byte) []byte
	}{
		{" behind percent escapes", func(b []byte) []byte { return unescapeHex(b, '%') }},
		{" behind quoted-printable", func(b []byte) []byte {
			return unescapeHex(bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("=\r\n"), nil), []byte("=\n"), nil), '=')
		}},
		{" behind name escapes", func(b []byte) []byte { return unescapeHex(b, '#') }},
		{" behind HTML escapes", func(b []byte) []byte { return []byte(html.UnescapeString(string(b))) }},
		{" behind JSON escapes", unescapeJSON},
		{" behind octal escapes", unescapeOctal},
	} {
		if read := v.read(b); !bytes.Equal(read, b) {
			p.search(read, in+v.name)
		}
	}
	if depth == leakDepth {
		return
	}
	for at := 0; at+4 < len(b); at++ {
		name, out := unpack(b[at:])
		if len(out) > 0 {
			p.look(out, fmt.Sprintf("%s in %s at %d", in, name, at), depth+1)
		}
	}
}

func (p *probe) search(b []byte, in string) {
	p.scan(fold(b), in, p.folded)
	p.scan(b, in, p.exact)
}

func (p *probe) scan(b []byte, in string, forms map[uint32][]form) {
	var few [1 << 16]bool // the first two bytes of any form
	for k := range forms {
		few[k&0xffff] = true
	}
	for at := 0; at+4 <= len(b); at++ {
		if !few[uint16(b[at])|uint16(b[at+1])<<8] {
			continue
		}
		for _, f := range forms[binary.LittleEndian.Uint32(b[at:])] {
			if !bytes.HasPrefix(b[at:], f.bytes) {
				continue
			}
			if key := strconv.Itoa(f.word) + f.as; !p.seen[key] {
				p.seen[key] = true
				p.found = append(p.found, Leak{f.word, f.as, in, at})
			}
		}
	}
}

// unpack returns what a compressed stream holds that begins here: of one that
// is damaged, as far as it goes.
func unpack(b []byte) (string, []byte) {
	var r io.Reader
	var err error
	name := ""
	switch {
	case b[0] == 0x78 && (int(b[0])<<8|int(b[1]))%31 == 0:
		name = "zlib"
		r, err = zlib.NewReader(bytes.NewReader(b))
	case b[0] == 0x1f && b[1] == 0x8b:
		name = "gzip"
		r, err = gzip.NewReader(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte("PK\x03\x04")) && len(b) > 30 && b[8] == 8:
		name = "ZIP"
		head := 30 + int(b[26]) + int(b[27])<<8 + int(b[28]) + int(b[29])<<8
		if head >= len(b) {
			return "", nil
		}
		r = flate.NewReader(bytes.NewReader(b[head:]))
	default:
		return "", nil
	}
	if err != nil {
		return "", nil
	}
	out, _ := io.ReadAll(io.LimitReader(r, leakLimit)) // damage ends it
	return name, out
}

// unescapeHex replaces a mark and two hex digits by their byte.
func unescapeHex(b []byte, mark byte) []byte {
	if bytes.IndexByte(b, mark) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == mark && i+2 < len(b) {
			if v, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// unescapeJSON replaces \u and four hex digits by their character.
func unescapeJSON(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+5 < len(b) && b[i+1] == 'u' {
			if v, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				out = append(out, string(rune(v))...)
				i += 5
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// unescapeOctal replaces \ and three octal digits by their byte, and takes
// line ends behind \ away, as in strings of PDF.
func unescapeOctal(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && b[i+1] == '\n' {
			i++
			continue
		}
		if b[i] == '\\' && i+3 < len(b) {
			if v, err := strconv.ParseUint(string(b[i+1:i+4]), 8, 8); err == nil {
				out = append(out, byte(v))
				i += 3
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
