package whereabouts

import (
	"regexp"
	"slices"
	"strings"
)

const (
	// fewestDigits is what a number must have to be looked for, without its
	// 0 or +44: 999 and 101 are nobody's.
	fewestDigits = 6
	// nearDigits is what it must have for a slip to be one.
	nearDigits = 9
	// mostDigits is what a number has at the most, prefixes included.
	mostDigits = 20
)

// phoneBook finds telephone numbers.
type phoneBook struct {
	numbers []number
	byTail  map[string][]int // the last six digits
	byHead  map[string][]int // the first five
}

type number struct {
	digits string // as national numbers are written, without the 0
	src    *source
}

// addPhone adds a telephone number.
func (l *List) addPhone(s *source, text string) {
	digits := national(digitsOf(text))
	if len(digits) < fewestDigits || len(digits) > mostDigits {
		return
	}
	for i := range l.phones.numbers {
		if n := &l.phones.numbers[i]; n.digits == digits {
			if strings.IndexByte(codes, s.code) < strings.IndexByte(codes, n.src.code) {
				n.src = s
			}
			return
		}
	}
	if len(l.phones.numbers) > MaxPatterns {
		l.tooMany = true
		return
	}
	l.phones.numbers = append(l.phones.numbers, number{digits, s})
}

// index makes the tables that find uses. A slip leaves either the first five
// digits or the last four as they are.
func (b *phoneBook) index() {
	b.byTail, b.byHead = make(map[string][]int), make(map[string][]int)
	for i, n := range b.numbers {
		tail := n.digits[len(n.digits)-fewestDigits:]
		b.byTail[tail] = append(b.byTail[tail], i)
		if len(n.digits) >= nearDigits {
			head, last := n.digits[:5], "/"+n.digits[len(n.digits)-4:]
			b.byHead[head] = append(b.byHead[head], i)
			b.byHead[last] = append(b.byHead[last], i)
		}
	}
}

// digitsOf returns the digits of a text.
func digitsOf(text string) string {
	var b strings.Builder
	for _, r := range text {
		if d, ok := digitValue(r); ok {
			b.WriteByte('0' + d)
		}
	}
	return b.String()
}

// national returns digits without what a number is dialled with: 00, 44, 0.
func national(digits string) string {
	n := strings.TrimLeft(digits, "0")
	if strings.HasPrefix(n, "44") && len(n) > 10 {
		n = strings.TrimLeft(n[2:], "0")
	}
	return n
}

// spoken are the words in which digits are read out.
var spoken = map[string]string{
	"zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3", "four": "4",
	"five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}

var repeats = map[string]int{"double": 2, "triple": 3, "treble": 3}

// run is a row of digits over several tokens.
type run struct {
	digits string
	at     []int // where each token's digits begin; one more at the end
	first  int   // the first token
	plain  bool  // none of it is read out in words
}

// runs returns the rows of digits of a reading.
func runs(r *reading) []run {
	var list []run
	for i := 0; i < len(r.tokens); {
		n := run{first: i, plain: true}
		var b strings.Builder
		times := 1
		for ; i < len(r.tokens); i++ {
			text := r.text(i)
			if r.tokens[i].digits {
				n.at = append(n.at, b.Len())
				b.WriteString(text)
				times = 1
				continue
			}
			digit, ok := spoken[text]
			switch {
			case ok:
				n.at = append(n.at, b.Len())
				b.WriteString(strings.Repeat(digit, times))
				times, n.plain = 1, false
				continue
			case repeats[text] > 0 && i+1 < len(r.tokens) && spoken[r.text(i+1)] != "":
				n.at = append(n.at, b.Len())
				times, n.plain = repeats[text], false
				continue
			}
			break
		}
		if len(n.at) == 0 {
			i++
			continue
		}
		n.digits = b.String()
		n.at = append(n.at, len(n.digits))
		if len(n.digits) >= fewestDigits {
			list = append(list, n)
		}
	}
	return list
}

// token returns the token that begins (ends, with end) at a digit, or −1: the
// first, where "double" stands before.
func (n *run) token(at int, end bool) int {
	i, ok := slices.BinarySearch(n.at, at)
	if !ok {
		return -1
	}
	if end {
		return n.first + i - 1
	}
	return n.first + i
}

// find appends the listed numbers of a reading, and those that look like one.
func (b *phoneBook) find(hits []hit, r *reading) []hit {
	for _, n := range runs(r) {
		from := len(hits)
		hits = b.listed(hits, &n)
		if len(hits) == from {
			hits = b.near(hits, &n)
		}
		if len(hits) == from && n.plain {
			hits = unlistedPhone(hits, r, &n)
		}
	}
	return hits
}

// listed finds numbers whose last six digits, or more, stand there.
func (b *phoneBook) listed(hits []hit, n *run) []hit {
	for end := fewestDigits; end <= len(n.digits); end++ {
		last := n.token(end, true)
		if last < n.first {
			continue
		}
		for _, i := range b.byTail[n.digits[end-fewestDigits:end]] {
			want := b.numbers[i].digits
			same := fewestDigits
			for same < len(want) && same < end && want[len(want)-1-same] == n.digits[end-1-same] {
				same++
			}
			start := end - same
			if same == len(want) {
				start = n.dialled(start)
			}
			if first := n.token(start, false); first >= 0 && first <= last {
				hits = append(hits, hit{from: first, to: last, match: MatchPhone, src: b.numbers[i].src})
			}
		}
	}
	return hits
}

// dialled returns where a number begins whose national digits begin at start:
// with 0, 44, +44 (0) or 00 44 before them, if that begins a token.
func (n *run) dialled(start int) int {
	for _, prefix := range []string{"00440", "0044", "440", "44", "0"} {
		if at := start - len(prefix); at >= 0 && n.digits[at:start] == prefix && n.token(at, false) >= 0 {
			return at
		}
	}
	return start
}

// near finds numbers with one slip, where whole tokens are as long as one.
func (b *phoneBook) near(hits []hit, n *run) []hit {
	for f := range len(n.at) - 1 {
		for t := f; t < len(n.at)-1; t++ {
			if n.at[t+1]-n.at[f] > mostDigits || t-f > 2*mostDigits {
				break
			}
			digits := national(n.digits[n.at[f]:n.at[t+1]])
			if len(digits) < nearDigits-1 {
				continue
			}
			for _, i := range slices.Concat(b.byHead[digits[:5]], b.byHead["/"+digits[len(digits)-4:]]) {
				if oneSlip(digits, b.numbers[i].digits) {
					hits = append(hits, hit{from: n.first + f, to: n.first + t, slips: 1, match: MatchNear, src: b.numbers[i].src})
					break
				}
			}
		}
	}
	return hits
}

// oneSlip reports whether a digit more, less or other, or two exchanged, make
// one of the other.
func oneSlip(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) == len(b)+1:
		return a[i+1:] == b[i:]
	case len(a) != len(b) || i == len(a):
		return false
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// unlistedPhone finds what is written as telephone numbers are in the United
// Kingdom: 0 or 44, then nine or ten digits, in groups of three or more.
func unlistedPhone(hits []hit, r *reading, n *run) []hit {
	tokens := len(n.at) - 1
	for f := 0; f < tokens; f++ {
		if f > 0 && r.tokens[n.first+f].gap < gapOther {
			continue // in the middle of something
		}
		t := f
		for t+1 < tokens && r.tokens[n.first+t+1].gap <= gapSoft {
			t++
		}
		digits := n.digits[n.at[f]:n.at[t+1]]
		if phoneShape(digits) && grouped(n, f, t) {
			hits = append(hits, hit{from: n.first + f, to: n.first + t, match: MatchPhone, src: unlisted})
		}
		f = t
	}
	return hits
}

var unlisted = &source{of: Of{Kind: KindUnlisted}, code: codeWhereabouts}

func phoneShape(digits string) bool {
	significant := national(digits)
	dialled := digits[0] == '0' || strings.HasPrefix(digits, "44") && len(digits) >= 11
	return dialled && len(digits) <= 15 && (len(significant) == 9 || len(significant) == 10) && strings.IndexByte("1235789", significant[0]) >= 0
}

// grouped reports whether the tokens f…t are groups as of a number: three
// digits or more, but for what is dialled before, 44 or the 0 in brackets.
func grouped(n *run, f, t int) bool {
	for i := f; i <= t; i++ {
		group := n.digits[n.at[i]:n.at[i+1]]
		if len(group) < 3 && !(i == f && group == "44") && !(i == f+1 && group == "0") {
			return false
		}
	}
	return true
}

// postcodePattern is a postcode in a text, with at most one space or hyphen
// between its halves.
var postcodePattern = regexp.MustCompile(`[A-Za-z]{1,2}[0-9][0-9A-Za-z]?[ \x{a0}-]?[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}`)

// postcodesIn returns what has the form of a postcode in a text.
func postcodesIn(text string) []string {
	var list []string
	for _, at := range postcodesAt(text) {
		list = append(list, text[at[0]:at[1]])
	}
	return list
}

// postcodesAt returns where a text has what has the form of a postcode.
func postcodesAt(text string) [][2]int {
	var list [][2]int
	for at := 0; at < len(text); {
		found := postcodePattern.FindStringIndex(text[at:])
		if found == nil {
			break
		}
		from, to := at+found[0], at+found[1]
		if from > 0 && alphanumeric(text[from-1]) || to < len(text) && alphanumeric(text[to]) || ordinal(text[to-3:to]) {
			at = from + 1
			continue
		}
		list = append(list, [2]int{from, to})
		at = to
	}
	return list
}

// ordinal reports 1st, 2nd, 4th: "at5 1st" is no postcode.
func ordinal(s string) bool {
	return strings.HasSuffix(s, "st") || strings.HasSuffix(s, "nd") || strings.HasSuffix(s, "th")
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

var postcodeForm = regexp.MustCompile(`^[a-z]{1,2}[0-9][0-9a-z]?[0-9][a-z]{2}$`)

// postcodeShape reports whether folded text is a postcode's.
func postcodeShape(s string) bool { return postcodeForm.MatchString(s) }
