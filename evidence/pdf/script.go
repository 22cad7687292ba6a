package pdf

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

const (
	leftMark   = "\u200e"
	rightMark  = "\u200f"
	leftBegin  = "\u2066"
	rightBegin = "\u2067"
	isolateEnd = "\u2069"
)

// inPoppler returns what has to stand under a word so that Poppler's
// pdftotext gives the word. A conforming reader takes the outer ActualText,
// which is the word itself; Poppler takes the inner one, lays it out from left
// to right and then turns round what is written from right to left, up to the
// next letter, digit or separator of numbers. The marks around it keep that to
// the word.
func inPoppler(s string) string {
	core := strings.TrimRightFunc(s, unicode.IsSpace)
	switch {
	case !strings.ContainsFunc(s, besideRight):
		return s
	case !strings.ContainsFunc(s, rightToLeft): // marks alone, of which Poppler takes some for letters
		return core + leftMark + s[len(core):]
	}
	back := []rune(core)
	slices.Reverse(back)
	return rightMark + string(back) + leftMark + s[len(core):]
}

func class(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// rightToLeft reports whether a character is of a script written so.
func rightToLeft(r rune) bool {
	c := class(r)
	return c == bidi.R || c == bidi.AL
}

// besideRight reports whether a character is of the blocks of scripts that
// are written from right to left, their marks and digits included.
func besideRight(r rune) bool {
	return r >= 0x0590 && r <= 0x08ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff
}

// stays reports whether Poppler never turns the character round.
func stays(r rune) bool {
	switch class(r) {
	case bidi.L, bidi.EN, bidi.AN, bidi.ES, bidi.ET, bidi.CS:
		return true
	}
	return false
}

// direction returns the direction of the first letter: "rtl", "ltr", or "" of
// a text without a letter.
func direction(s string) string {
	for _, r := range s {
		switch class(r) {
		case bidi.L:
			return "ltr"
		case bidi.R, bidi.AL:
			return "rtl"
		}
	}
	return ""
}

// plainRanges are the characters of which each is one glyph, or one that
// stands at the height of its neighbours, in every font that is used. All
// others go under a text of their own.
var plainRanges = [][2]rune{
	{0x0020, 0x007e}, {0x00a0, 0x00ac}, {0x00ae, 0x02ff}, {0x0370, 0x0482}, {0x048a, 0x058f}, {0x10a0, 0x10ff},
	{0x13a0, 0x13ff}, {0x1c90, 0x1cbf}, {0x1e80, 0x1e85}, {0x1ef2, 0x1ef3}, {0x1f00, 0x200a}, {0x2010, 0x2027}, {0x202f, 0x205f}, {0x2070, 0x20cf},
	{0x2100, 0x218b}, {0x2190, 0x2199}, {0x2c60, 0x2c7f}, {0x2e80, 0x3029}, {0x3030, 0x3098}, {0x309b, 0x4dbf}, {0x4e00, 0x9fff},
	{0xa720, 0xa7ff}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xff01, 0xff9d}, {0xffa1, 0xffee},
	{0x1d400, 0x1d7ff}, {0x1f000, 0x1f1e5}, {0x1f200, 0x1f3fa}, {0x1f400, 0x1faff}, {0x20000, 0x3fffd},
}

// plain reports whether the engine's own account of the character is right.
func plain(r rune) bool {
	if r < 0x7f && r >= ' ' {
		return true
	}
	_, found := slices.BinarySearchFunc(plainRanges, r, func(x [2]rune, r rune) int {
		switch {
		case x[1] < r:
			return -1
		case x[0] > r:
			return 1
		}
		return 0
	})
	return found
}

// invisible are characters that need no glyph: joiners, selectors, tags.
func invisible(r rune) bool {
	return r == 0x200c || r == 0x200d || r == 0xfe0e || r == 0xfe0f || r >= 0xe0020 && r <= 0xe007f
}

// extends reports whether a character belongs to the one before it.
func extends(before, r rune) bool {
	return invisible(r) || before == 0x200d || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me) ||
		r >= 0x1f3fb && r <= 0x1f3ff
}

func regional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// clusters cuts a text at what a reader takes for characters.
func clusters(s string) []string {
	var out []string
	from, flags := 0, 0
	var before rune
	for i, r := range s {
		if regional(r) {
			flags++
		} else {
			flags = 0
		}
		if i > from && !extends(before, r) && (flags == 0 || flags%2 == 1) {
			out = append(out, s[from:i])
			from = i
		}
		before = r
	}
	return append(out, s[from:])
}

// apart reports whether a line may end behind a character of the script
// without a space, so that each cluster has to be a piece of its own.
func apart(r rune) bool {
	return r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff ||
		r >= 0x1100 && r <= 0x11ff || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7ff || r >= 0xf900 && r <= 0xfaff ||
		r >= 0x1f000 || r >= 0x2190 && r <= 0x2bff || regional(r)
}

// longest is the most clusters that stand together without a place at which a
// line may end.
const longest = 24
