package pdf

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// families are the fonts in the order in which they are asked for a glyph;
// sheet.typ names them in the same order. Directory, file and weights.
var families = []struct{ dir, file string }{
	{"noto-sans", "NotoSans"}, {"noto-naskh-arabic", "NotoNaskhArabic"}, {"noto-sans-arabic", "NotoSansArabic"},
	{"noto-sans-gurmukhi", "NotoSansGurmukhi"}, {"noto-sans-bengali", "NotoSansBengali"},
	{"noto-sans-devanagari", "NotoSansDevanagari"}, {"noto-sans-gujarati", "NotoSansGujarati"},
	{"noto-sans-tamil", "NotoSansTamil"}, {"noto-sans-telugu", "NotoSansTelugu"}, {"noto-sans-kannada", "NotoSansKannada"},
	{"noto-sans-malayalam", "NotoSansMalayalam"}, {"noto-sans-sinhala", "NotoSansSinhala"},
	{"noto-sans-hebrew", "NotoSansHebrew"}, {"noto-sans-armenian", "NotoSansArmenian"},
	{"noto-sans-georgian", "NotoSansGeorgian"}, {"noto-sans-ethiopic", "NotoSansEthiopic"},
	{"noto-sans-thai", "NotoSansThai"}, {"noto-sans-khmer", "NotoSansKhmer"}, {"noto-sans-myanmar", "NotoSansMyanmar"},
	{"noto-emoji", "NotoEmoji"}, {"noto-sans-sc", "NotoSansSC"}, {"noto-sans-tc", "NotoSansTC"},
	{"noto-sans-jp", "NotoSansJP"}, {"noto-sans-kr", "NotoSansKR"}, {"noto-sans-symbols", "NotoSansSymbols"},
	{"noto-sans-symbols-2", "NotoSansSymbols2"}, {"noto-sans-math", "NotoSansMath"}, {"noto-sans-mono", "NotoSansMono"},
}

// fonts says which characters have a glyph.
type fonts struct{ bits [0x110000 / 64]uint64 }

func (f *fonts) has(r rune) bool { return r >= 0 && r < 0x110000 && f.bits[r/64]&(1<<(r%64)) != 0 }

func (f *fonts) add(r uint32) {
	if r < 0x110000 {
		f.bits[r/64] |= 1 << (r % 64)
	}
}

// readFonts reads the character maps of the fonts below node_modules.
func readFonts(modules string) (*fonts, error) {
	f := new(fonts)
	for _, family := range families {
		path := filepath.Join(modules, "@expo-google-fonts", family.dir, "400Regular", family.file+"_400Regular.ttf")
		table, err := characterMap(path)
		if err != nil {
			return nil, fmt.Errorf("font %s: %w", family.dir, err)
		}
		if !f.read(table) {
			return nil, fmt.Errorf("font %s: its character map cannot be read", family.dir)
		}
	}
	return f, nil
}

// characterMap returns the cmap table of a TrueType file.
func characterMap(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var head [12]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	for i := range int64(binary.BigEndian.Uint16(head[4:])) {
		var entry [16]byte
		if _, err := file.ReadAt(entry[:], 12+16*i); err != nil {
			return nil, err
		}
		if string(entry[:4]) != "cmap" {
			continue
		}
		size := binary.BigEndian.Uint32(entry[12:])
		if size > 8<<20 {
			return nil, fmt.Errorf("a character map of %d bytes", size)
		}
		table := make([]byte, size)
		_, err := file.ReadAt(table, int64(binary.BigEndian.Uint32(entry[8:])))
		return table, err
	}
	return nil, fmt.Errorf("no character map")
}

// read adds the characters of a cmap table: its formats 4 and 12, as the
// OpenType specification has them.
func (f *fonts) read(table []byte) bool {
	at := func(i int) int {
		if i < 0 || i+2 > len(table) {
			return 0
		}
		return int(binary.BigEndian.Uint16(table[i:]))
	}
	long := func(i int) uint32 { return uint32(at(i))<<16 | uint32(at(i+2)) }
	found := false
	for i := range at(2) {
		offset := int(long(4 + 8*i + 4))
		switch at(offset) {
		case 4:
			found = true
			n := at(offset+6) / 2
			for s := range n {
				end, start := at(offset+14+2*s), at(offset+16+2*n+2*s)
				delta, slot := at(offset+16+4*n+2*s), offset+16+6*n+2*s
				for r := start; r <= end && r != 0xffff; r++ {
					glyph := (r + delta) & 0xffff
					if at(slot) != 0 {
						if glyph = at(slot + at(slot) + 2*(r-start)); glyph != 0 {
							glyph = (glyph + delta) & 0xffff
						}
					}
					if glyph != 0 {
						f.add(uint32(r))
					}
				}
			}
		case 12:
			found = true
			for g := range min(int(long(offset+12)), len(table)/12) {
				group := offset + 16 + 12*g
				start, end, glyph := long(group), long(group+4), long(group+8)
				for r := start; r <= end && r < 0x110000; r++ {
					if glyph+(r-start) != 0 {
						f.add(r)
					}
				}
			}
		}
	}
	return found
}
