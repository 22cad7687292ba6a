package whereabouts

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// reading is a text as it is compared: its letters and digits, folded, in
// tokens. Tokens stand side by side in chars, with nothing between.
type reading struct {
	chars    []rune
	tokens   []token
	capitals bool // the text has capital letters
}

// token is a run of letters, or of digits, or one character of a script that
// is written without spaces.
type token struct {
	at, end     int // of chars
	first, last int // words of the text in which it begins and ends
	capital     bool
	digits      bool
	gap         gap // what stands before it
}

// gap is what parts a token from the one before.
type gap uint8

const (
	gapNone  gap = iota // nothing, or what is dropped
	gapSoft             // spaces and what groups digits
	gapOther            // anything else
	gapBreak            // the end of a sentence or line
)

// maxToken is the longest token; a longer run is cut.
const maxToken = 60

// reader makes readings. It remembers how characters fold; it must not be
// used by two at once.
type reader struct {
	folded map[rune]string
	fold   cases.Caser
}

func newReader() *reader { return &reader{folded: make(map[rune]string), fold: cases.Fold()} }

// read reads words of a text, the first of which has the number first.
func (rd *reader) read(words []string, first int) *reading {
	r := &reading{}
	var t token
	var pending []rune
	var before rune // the last character of the token at hand, as it was written
	open, dot, next := false, false, gapBreak
	finish := func() {
		if !open {
			return
		}
		open = false
		t.at = len(r.chars)
		r.chars = append(r.chars, canonical(pending)...)
		t.end = len(r.chars)
		r.tokens = append(r.tokens, t)
		pending = pending[:0]
		next = gapNone
	}
	for i, w := range words {
		for _, c := range w {
			switch {
			case dropped(c):
				continue
			case c == '&' || c == '＆':
				finish()
				open, t = true, token{first: first + i, last: first + i, gap: next}
				pending = append(pending, 'a', 'n', 'd')
				finish()
				continue
			case !wordlike(c):
				finish()
				next = max(next, gapOf(c, dot))
				dot = c == '.'
				continue
			}
			dot = false
			upper := unicode.IsUpper(c) || unicode.IsTitle(c)
			digit := unicode.IsDigit(c)
			alone := spaceless(c)
			if open && (alone || spaceless(before) || digit != t.digits || len(pending) >= maxToken ||
				upper && unicode.IsLower(before)) {
				finish()
			}
			folded := rd.of(c)
			if folded == "" {
				continue
			}
			if !open {
				open = true
				t = token{first: first + i, capital: !unicode.IsLower(c), digits: digit, gap: next}
				next = gapNone
			}
			r.capitals = r.capitals || upper
			t.last = first + i
			pending = append(pending, []rune(folded)...)
			before = c
		}
	}
	finish()
	return r
}

// string returns some tokens as one string, parted by a character that is in
// none.
func (r *reading) string(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		b.WriteString(string(r.chars[r.tokens[i].at:r.tokens[i].end]))
		b.WriteByte(' ')
	}
	return b.String()
}

// text returns the folded text of one token.
func (r *reading) text(i int) string { return string(r.chars[r.tokens[i].at:r.tokens[i].end]) }

// of returns the folded form of a character.
func (rd *reader) of(c rune) string {
	if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
		return ascii[c : c+1]
	}
	if 'A' <= c && c <= 'Z' {
		return ascii[c+'a'-'A' : c+'a'-'A'+1]
	}
	if s, ok := rd.folded[c]; ok {
		return s
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(rd.fold.String(norm.NFKC.String(string(c)))) {
		if v, ok := digitValue(d); ok {
			b.WriteByte('0' + v)
			continue
		}
		switch {
		case marksAway(d), dropped(d), !wordlike(d):
		default:
			b.WriteString(same.Replace(string(d)))
		}
	}
	if len(rd.folded) < 1<<16 {
		rd.folded[c] = b.String()
	}
	return b.String()
}

var ascii = func() string {
	var b [128]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

// same takes letters to the ones they are often written as, where no
// decomposition does.
var same = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "ð", "d", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "þ", "th",
	// Arabic and Urdu keyboards.
	"ى", "ي", "ی", "ي", "ے", "ي", "ک", "ك", "ہ", "ه", "ھ", "ه", "ە", "ه", "ة", "ه", "ۀ", "ه", "ٱ", "ا",
)

// marksAway reports a mark that the same word is written with and without:
// accents, Arabic and Hebrew vowel signs, the dot of Indian scripts. Vowel
// signs of Indian scripts stay, they are letters.
func marksAway(r rune) bool {
	if !unicode.Is(unicode.Mn, r) {
		return false
	}
	if 0x0900 <= r && r <= 0x0dff { // Devanagari to Sinhala
		switch r & 0x7f {
		case 0x3c: // nukta
			return true
		}
		return false
	}
	return !unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// dropped reports what is invisible or stands inside a word without parting
// it: apostrophes, the soft hyphen, joiners, directions, tatweel.
func dropped(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', '`', '´', '＇', 0x0640, 0x034f:
		return true
	}
	return r >= 0x80 && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r))
}

// wordlike reports what words are made of.
func wordlike(r rune) bool {
	if r < 0x80 {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// spaceless reports characters of scripts that do not part words with spaces.
func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// gapOf is what a character between two tokens parts; dot is whether a full
// stop stands right before it, which ends a sentence only where a space
// follows.
func gapOf(r rune, dot bool) gap {
	switch r {
	case '-', '–', '‑', '.', '/', '(', ')', '+', '_':
		return gapSoft
	case '!', '?', ';', '\n', '\r', '…', '。', '！', '？', '；', '।', '॥', '؟', '۔', '؛', 0x85, 0x2028, 0x2029:
		return gapBreak
	}
	switch {
	case unicode.IsSpace(r) && dot:
		return gapBreak
	case unicode.IsSpace(r):
		return gapSoft
	}
	return gapOther
}

// digitValue is the value of a decimal digit of any script. The digits of
// each script stand together, zero first.
func digitValue(r rune) (byte, bool) {
	if '0' <= r && r <= '9' {
		return byte(r - '0'), true
	}
	if r < 0x0660 || !unicode.IsDigit(r) {
		return 0, false
	}
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return byte((r - zero) % 10), true
}

// canonical writes out what addresses abbreviate.
func canonical(token []rune) []rune {
	if len(token) > 5 {
		return token
	}
	if long, ok := abbreviations[string(token)]; ok {
		return []rune(long)
	}
	return token
}

var abbreviations = map[string]string{
	"st": "street", "str": "street", "rd": "road", "ln": "lane", "ave": "avenue", "av": "avenue", "dr": "drive", "cl": "close",
	"ct": "court", "crt": "court", "sq": "square", "gdns": "gardens", "gdn": "garden", "cres": "crescent", "tce": "terrace",
	"terr": "terrace", "pk": "park", "apt": "flat", "hse": "house", "cott": "cottage", "bldg": "building", "grn": "green",
	"nr": "near", "rm": "room", "prim": "primary", "sch": "school", "hosp": "hospital", "ul": "ulica",
}

// shortOf are the abbreviations of each word that has any, in order.
var shortOf = func() map[string][][]rune {
	m := make(map[string][][]rune)
	for _, short := range slices.Sorted(maps.Keys(abbreviations)) {
		long := abbreviations[short]
		m[long] = append(m[long], []rune(short))
	}
	return m
}()
