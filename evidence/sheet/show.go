package sheet

import "fmt"

// A page shows what would not be seen. Characters that have no mark of their
// own, or that reorder others, stand as [U+202E]; joiners and selectors stay
// where writing needs them. The ranges are fixed here because the Unicode
// tables of the Go release change from year to year.

type runes [][2]rune

func (t runes) has(r rune) bool {
	for _, x := range t {
		if r >= x[0] && r <= x[1] {
			return true
		}
	}
	return false
}

// hidden are the characters shown by their number: controls, default
// ignorables, line and paragraph separators, private use, noncharacters.
var hidden = runes{
	{0x0000, 0x0008}, {0x000b, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c},
	{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
	{0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
	{0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0x1fffe, 0x1ffff},
	{0x2fffe, 0x2ffff}, {0x3fffe, 0x10ffff},
}

// joining are the letters and marks of scripts in which a joiner or
// non-joiner changes how a word is written.
var joining = runes{
	{0x0600, 0x061b}, {0x061d, 0x08ff}, {0x0900, 0x0dff}, {0x1000, 0x109f}, {0x1780, 0x17b3}, {0x17b6, 0x17ff},
	{0x1820, 0x18af}, {0xa840, 0xa877}, {0xa980, 0xa9df}, {0xaa60, 0xaa7f},
}

// pictures are the characters that emoji are made of.
var pictures = runes{
	{0x00a9, 0x00a9}, {0x00ae, 0x00ae}, {0x203c, 0x203c}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139},
	{0x2194, 0x21ff}, {0x2300, 0x23ff}, {0x24c2, 0x24c2}, {0x25a0, 0x27bf}, {0x2900, 0x297f}, {0x2b00, 0x2bff},
	{0x3030, 0x3030}, {0x303d, 0x303d}, {0x3297, 0x3297}, {0x3299, 0x3299}, {0x1f000, 0x1faff},
}

const (
	nonJoiner = 0x200c
	joiner    = 0x200d
	textForm  = 0xfe0e
	emojiForm = 0xfe0f
	keycap    = 0x20e3
	blackFlag = 0x1f3f4
)

// flags are the three flags that are written with tags: England, Scotland and
// Wales.
var flags = [...]string{
	"\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
	"\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
	"\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
}

// escape appends text for an element or a quoted attribute.
func escape(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		var as string
		switch s[i] {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&#34;"
		case '\'':
			as = "&#39;"
		default:
			continue
		}
		b = append(b, s[from:i]...)
		b = append(b, as...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// cssString appends a quoted CSS string. Everything but plain letters, digits
// and spaces is escaped by its number, so that it can end neither the string
// nor the style sheet.
func cssString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == ' ':
			b = append(b, byte(r))
		case hidden.has(r), r == '\t', r == '\n':
			b = fmt.Appendf(b, "[U+%04X]", r)
		default:
			b = fmt.Appendf(b, `\%x `, r) // the space ends the number and is no part of the string
		}
	}
	return append(b, '"')
}
