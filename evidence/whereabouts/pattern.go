package whereabouts

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match says how a find resembles an entry of the list.
type Match string

// How a find resembles an entry, the surest first.
const (
	MatchExact    Match = "exact"
	MatchPostcode Match = "postcode"
	MatchPhone    Match = "phone"
	MatchCarried  Match = "carried" // an earlier decision closed it
	MatchNear     Match = "near"
	MatchPlace    Match = "place"
)

// rank orders matches, the surest first.
func (m Match) rank() int {
	for i, k := range []Match{MatchExact, MatchPostcode, MatchPhone, MatchCarried, MatchNear, MatchPlace} {
		if m == k {
			return i
		}
	}
	return len(m)
}

// Of says what a find resembles: the kind of an entry and the event that it
// stands in, 0 for KindUnlisted.
type Of struct {
	Kind Kind   `json:"kind"`
	Seq  uint64 `json:"seq"`
}

// source is what patterns are made from: an entry of the list.
type source struct {
	of     Of
	code   byte
	secret bool
	tokens map[string]bool // all of its words
}

// pattern is folded text to look for, from the beginning of a token to the
// end of one.
type pattern struct {
	src     *source
	chars   []rune
	slips   int // allowed
	match   Match
	capital bool     // begins with a capital where the text has any
	weak    bool     // only for what is left
	code    bool     // a postcode: what resembles it is one too
	names   [][]rune // of a phrase: each must be there
	own     int      // slips that they may have together with the rest
	ending  []rune   // what it ends with, without a slip

	letters []uint16 // chars in the alphabet of all patterns
}

// patterns are those of a list.
type patterns struct {
	list     []pattern
	alphabet map[rune]uint16 // from 1; 0 is a character of no pattern
}

// maxPattern is the longest pattern, in characters: a machine word's bits.
const maxPattern = 64

// add adds a pattern of some tokens. What two entries have in common is
// looked for once, under the stricter code, and as what the first of them is.
func (l *List) add(p pattern) {
	if len(p.chars) == 0 {
		return
	}
	key := string(p.chars)
	if i, ok := l.byKey[key]; ok {
		old := &l.list[i]
		if strings.IndexByte(codes, p.src.code) < strings.IndexByte(codes, old.src.code) {
			old.src = p.src
		} else {
			for t := range p.src.tokens {
				old.src.tokens[t] = true
			}
		}
		if p.match.rank() < old.match.rank() {
			old.match = p.match
		}
		old.slips, old.own = max(old.slips, p.slips), max(old.own, p.own)
		old.capital = old.capital && p.capital
		old.weak = old.weak && p.weak
		return
	}
	if len(l.list) > MaxPatterns {
		l.tooMany = true
		return
	}
	l.byKey[key] = len(l.list)
	l.list = append(l.list, p)
}

// index makes the tables that search uses.
func (l *List) index() {
	l.alphabet = make(map[rune]uint16)
	for i := range l.list {
		for _, c := range l.list[i].chars {
			if _, ok := l.alphabet[c]; !ok {
				l.alphabet[c] = uint16(len(l.alphabet) + 1)
			}
		}
	}
	for i := range l.list {
		p := &l.list[i]
		p.letters = make([]uint16, len(p.chars))
		for k, c := range p.chars {
			p.letters[k] = l.alphabet[c]
		}
	}
	l.phones.index()
}

// slipsOf is how many slips of the pen a name of so many letters allows.
func slipsOf(letters int) int {
	switch {
	case letters < 4:
		return 0
	case letters < 8:
		return 1
	case letters < 14:
		return 2
	}
	return 3
}

// addNames adds what the names in one line are found by. Commas and semicolons
// part names; so does nothing else.
func (l *List) addNames(s *source, line string) {
	rd := newReader()
	for _, segment := range strings.FieldsFunc(line, func(r rune) bool {
		return r == ',' || r == ';' || r == '،' || r == '，' || r == '、' || r == '\n' || r == '(' || r == ')'
	}) {
		r := rd.read([]string{segment}, 0)
		for i := range r.tokens {
			s.tokens[r.text(i)] = true
		}
		l.addSegment(s, r)
	}
}

// addSegment adds the patterns of one name. Words that say what a place is
// (street, school) find nothing by themselves: the words beside them do.
func (l *List) addSegment(s *source, r *reading) {
	n := len(r.tokens)
	class := make([]class, n)
	from, to := n, -1
	for i := range class {
		class[i] = classOf(r, i)
		if class[i] == className {
			from, to = min(from, i), i
		}
	}
	if to < 0 {
		l.addCommon(s, r, class)
		if n > 1 && len(r.chars) > 2 && spaceless(r.chars[0]) {
			l.addPhrase(s, r, class, 0, n-1, MatchExact)
		}
		return
	}
	// The whole of it, without small words and numbers at its ends.
	start, end := from, to
	for start > 0 && class[start-1] == classType {
		start--
	}
	for end < n-1 && (class[end+1] == classType || class[end+1] == classNumber && !r.tokens[end+1].digits) {
		end++
	}
	if end > start {
		l.addPhrase(s, r, class, start, end, MatchExact)
	}
	// Each name with what it is, and by itself.
	for i := from; i <= to; i++ {
		if class[i] != className {
			continue
		}
		k := i
		for k+1 < n && class[k+1] == className {
			k++
		}
		if k+1 < n && class[k+1] == classType {
			l.addPhrase(s, r, class, i, k+1, MatchExact)
		} else if i > 0 && class[i-1] == classType {
			l.addPhrase(s, r, class, i-1, k, MatchExact)
		}
		l.addOther(s, r, class, i, k)
		if i > 0 && class[i-1] == classNumber {
			l.add(pattern{src: s, chars: cut(r, i-1, k), match: MatchExact})
		}
		l.addBare(s, r, class, i, k)
		i = k
	}
}

// addOther adds a name with what else the place is called by: the words for
// places further on ("Kestrel Lane primary" is Kestrel primary too), and that
// a school is one.
func (l *List) addOther(s *source, r *reading, class []class, from, to int) {
	name := cut(r, from, to)
	letters := nameLetters(r, class, from, to)
	with := func(kind []rune) {
		if letters >= 4 && len(name)+len(kind) <= maxPattern {
			l.add(pattern{src: s, chars: slices.Concat(name, kind), match: MatchExact, slips: 1, own: 1, names: [][]rune{name}})
		}
	}
	for i := to + 2; i < len(class); i++ {
		if class[i] == classType && !spaceless(name[0]) {
			with(r.chars[r.tokens[i].at:r.tokens[i].end])
		}
	}
	if s.of.Kind == KindSchool && !spaceless(name[0]) {
		with([]rune("school"))
	}
}

// addCommon adds a name that is made of words for places alone, such as
// Station Road: it has to be written with a capital, or behind its number. The
// Green is found behind its number only.
func (l *List) addCommon(s *source, r *reading, class []class) {
	home := s.of.Kind == KindAddress || s.of.Kind == KindAccommodation
	for to := len(class) - 1; to > 0; to-- {
		if class[to] != classType || !telling[r.text(to)] && !(home && streets[r.text(to)]) {
			continue
		}
		if to > 1 && class[to-1] == classSmall && class[to-2] == classNumber {
			l.add(pattern{src: s, chars: cut(r, to-2, to), match: MatchExact})
		}
		if class[to-1] != classType {
			continue
		}
		from := to - 1
		for from > 0 && class[from-1] == classType {
			from--
		}
		// A slip in one of its words, where they are long enough to be told from others.
		p := pattern{src: s, chars: cut(r, from, to), match: MatchExact, capital: true, slips: 1, own: 1}
		for i := from; i < to; i++ {
			word := r.chars[r.tokens[i].at:r.tokens[i].end]
			p.names = append(p.names, word)
			if len(word) < 5 {
				p.slips, p.own = 0, 0
			}
		}
		l.add(p)
		short := p
		short.capital = false // in one word it is no other's
		l.addGlued(short, r, from, to)
		if from > 0 && class[from-1] == classNumber {
			p.chars, p.capital = cut(r, from-1, to), false
			p.names = append(p.names, r.chars[r.tokens[from-1].at:r.tokens[from-1].end])
			l.add(p)
		}
		return
	}
}

// addGlued adds a phrase of the tokens from…to with its last word abbreviated,
// for where both are written as one: Tallowst.
func (l *List) addGlued(p pattern, r *reading, from, to int) {
	p.slips = p.own
	name := r.chars[r.tokens[from].at:r.tokens[to].at]
	for _, short := range shortOf[r.text(to)] {
		if len(name)+len(short) <= maxPattern {
			p.chars, p.ending = slices.Concat(name, short), short
			l.add(p)
		}
	}
}

// addPhrase adds the tokens from…to as a pattern, with the slips that its
// longest name allows. Each of its names has to be found within its own.
func (l *List) addPhrase(s *source, r *reading, class []class, from, to int, m Match) {
	p := pattern{src: s, chars: cut(r, from, to), match: m}
	letters := 0
	for i := from; i <= to; i++ {
		if t := r.tokens[i]; class[i] == className {
			name := r.chars[t.at:t.end]
			if spaceless(name[0]) {
				letters++
				continue
			}
			letters = max(letters, len(name))
			p.names = append(p.names, name)
		}
	}
	p.slips = slipsOf(letters)
	// One more in a word for places, when the names are as they should be.
	p.own = p.slips
	for i := from; i <= to; i++ {
		if t := r.tokens[i]; class[i] == classType && t.end-t.at >= 5 && len(p.names) > 0 {
			p.slips = p.own + 1
		}
	}
	l.add(p)
	if class[to] == classType && len(p.names) > 0 {
		l.addGlued(p, r, from, to)
	}
}

// addBare adds a name by itself. A name of several words is as good as one
// that says what it is. A single word is looked for where it is secret, and
// must be written as a name is.
func (l *List) addBare(s *source, r *reading, class []class, from, to int) {
	chars := cut(r, from, to)
	letters := nameLetters(r, class, from, to)
	several := 6
	if spaceless(chars[0]) {
		several = 4
	}
	cased := unicode.IsLower(chars[0])
	switch {
	case from < to && letters >= several:
		l.addPhrase(s, r, class, from, to, MatchExact)
	case letters >= 3 || !cased && letters >= 2:
		slips := slipsOf(letters)
		if letters < 5 {
			slips = 0
		}
		l.add(pattern{src: s, chars: chars, slips: slips, match: MatchPlace, capital: cased, weak: !s.secret})
	}
}

// nameLetters counts the letters of the names among some tokens.
func nameLetters(r *reading, class []class, from, to int) int {
	n := 0
	for i := from; i <= to; i++ {
		if class[i] == className {
			n += r.tokens[i].end - r.tokens[i].at
		}
	}
	return n
}

// cut returns the characters of tokens from…to, as many whole tokens as make
// no more than maxPattern.
func cut(r *reading, from, to int) []rune {
	at := r.tokens[from].at
	for r.tokens[to].end-at > maxPattern {
		to--
	}
	return r.chars[at:r.tokens[to].end]
}

// addWhole adds a text that is looked for as a whole: an address of email, a
// serial number.
func (l *List) addWhole(s *source, text string, m Match) {
	r := newReader().read([]string{text}, 0)
	if len(r.tokens) == 0 || len(r.chars) < 4 {
		return
	}
	for i := range r.tokens {
		s.tokens[r.text(i)] = true
	}
	slips := 0
	if s.of.Kind == KindEmail {
		slips = min(slipsOf(len(r.chars)), 2)
	}
	l.add(pattern{src: s, chars: cut(r, 0, len(r.tokens)-1), slips: slips, match: m})
}

// addPostcode adds a postcode, and, where it is secret, its first half.
func (l *List) addPostcode(s *source, text string) {
	r := newReader().read([]string{text}, 0)
	code := string(r.chars)
	if !postcodeShape(code) {
		l.addWhole(s, text, MatchPostcode) // of another country
		return
	}
	for i := range r.tokens {
		s.tokens[r.text(i)] = true
	}
	l.add(pattern{src: s, chars: []rune(code), slips: 1, match: MatchPostcode, code: true})
	if outward := code[:len(code)-3]; len(outward) > 2 {
		l.add(pattern{src: s, chars: []rune(outward), match: MatchPlace, capital: true, weak: !s.secret})
	}
}

// class is what a word of a name does.
type class uint8

const (
	className   class = iota // it tells this place from others
	classType                // it says what the place is
	classSmall               // it joins others
	classNumber              // digits, or a letter beside them
)

func classOf(r *reading, i int) class {
	t := r.tokens[i]
	text := r.text(i)
	switch {
	case t.digits:
		return classNumber
	case utf8.RuneCountInString(text) == 1 && text[0] < utf8.RuneSelf:
		return classNumber // 31A, Flat B
	case small[text]:
		return classSmall
	case types[text]:
		return classType
	}
	return className
}

// small are words that tell nothing of a place.
var small = folded(`the a an of and at in on by to for from with near next nr or as but if so than then that this these those there here
	he she it they we i you him them us me her his hers its my our your their who whose which what when where while until till since after before during
	is are was were be been being am has have had do does did can may must will would should not no only also just too very once ask see go come
	one two three four five six seven eight nine ten eleven twelve noon midnight morning afternoon evening night today hours minutes week day days
	monday tuesday wednesday thursday friday saturday sunday away out off up down over under through about around behind beside between
	nad przy na w do de la le les el al di da du des von van der den im zu y yr`)

// types are words that say what a place is, and belong to many.
var types = folded(`
	street road lane avenue drive close court square gardens garden crescent terrace park place way walk row yard mews hill green grove
	rise view bank wharf quay bridge cross end parade promenade broadway common field fields meadow crossing corner alley passage path
	track estate north south east west upper lower great little old new top bottom front back side ground first second third floor entrance
	flat house cottage building block tower room suite unit lodge farm hotel hostel hall inn guest refuge home
	school primary secondary junior infant infants nursery preschool academy college university high grammar comprehensive catholic church
	class year gate office offices shop store stores supermarket market bakery factory warehouse workshop salon restaurant cafe pub bar
	library museum theatre cinema gym pool leisure sports club centre center community village town city borough county district parish
	hospital surgery clinic practice health medical dental pharmacy mental wing ward reception kitchen breakfast study quiet aid waiting
	chapel mosque temple gurdwara synagogue mandir station bus train railway stop airport port harbour beach
	crown magistrates family youth tribunal witness custody police council housing department service services team association trust
	support social worker workers leader care children childrens adviser advisers manager managers work workplace owner desk mother mothers father fathers
	sister sisters daughter daughters son sons neighbour neighbours employer another other area region some
	united kingdom england wales scotland ireland northern
	ulica aleja plac osiedle szkoła podstawowa przedszkole szpital
	stryd heol ffordd lôn ysgol tŷ clos parc maes gynradd
	شارع طريق مدرسة مستشفى بيت شقة گلی سڑک سکول محلہ
	ਗਲੀ ਸੜਕ ਸਕੂਲ ਘਰ ਮਕਾਨ ਹਸਪਤਾਲ ਪਿੰਡ ਨੰਬਰ
	路 街 道 巷 弄 号 號 室 楼 樓 市 区 區 县 縣 镇 鎮 村`)

// folded is the set of some words as readings have them.
func folded(words string) map[string]bool {
	m := make(map[string]bool)
	rd := newReader()
	for _, w := range strings.Fields(words) {
		r := rd.read([]string{w}, 0)
		m[string(r.chars)] = true
	}
	return m
}

// telling are words of types before which a name is likely to be that of a
// street, a school or a place to stay, on the list or not.
var telling = folded(`street road lane avenue drive close gardens crescent terrace mews quay wharf row grove
	school primary secondary junior infant infants nursery preschool academy college hotel hostel lodge refuge`)

// streets are more words of types that a street or a house is called by. Any
// two of them are a name only where an address has them.
var streets = folded(`court square garden park place way walk yard hill green rise view bank bridge cross end parade promenade broadway
	common field fields meadow crossing corner alley passage path track side gate estate village house cottage building block tower farm hall`)
