package whereabouts

import "slices"

// hit is a find among the tokens of a reading, both ends included.
type hit struct {
	from, to int
	slips    int
	match    Match
	src      *source
}

// search is what looks through readings; it must not be used by two at once.
type search struct {
	l       *List
	reader  *reader
	weak    bool // look for weak patterns too
	masks   []uint64
	letters []uint16
	starts  []int32 // token that begins at a character; −1
	ends    []int32 // token that ends before a character; −1
	present []bool
}

func (l *List) search(weak bool) *search {
	return &search{l: l, reader: newReader(), weak: weak, masks: make([]uint64, len(l.alphabet)+1), present: make([]bool, len(l.alphabet)+1)}
}

// find returns all finds in a reading, in no order.
func (s *search) find(r *reading) []hit {
	if len(r.tokens) == 0 {
		return nil
	}
	s.prepare(r)
	var hits []hit
	for i := range s.l.list {
		p := &s.l.list[i]
		if p.weak && !s.weak || !s.possible(p) {
			continue
		}
		hits = s.scan(hits, r, p)
	}
	hits = s.l.phones.find(hits, r)
	hits = unlistedPlaces(hits, r)
	for i := range hits {
		hits[i].extend(r)
	}
	return hits
}

func (s *search) prepare(r *reading) {
	clear(s.present)
	s.letters = s.letters[:0]
	for _, c := range r.chars {
		a := s.l.alphabet[c]
		s.letters = append(s.letters, a)
		s.present[a] = true
	}
	s.present[0] = false
	s.starts, s.ends = s.starts[:0], s.ends[:0]
	for range len(r.chars) + 1 {
		s.starts, s.ends = append(s.starts, -1), append(s.ends, -1)
	}
	for i, t := range r.tokens {
		s.starts[t.at], s.ends[t.end] = int32(i), int32(i)
	}
}

// possible reports whether enough of the pattern's letters occur at all.
func (s *search) possible(p *pattern) bool {
	missing := 0
	for _, a := range p.letters {
		if !s.present[a] {
			if missing++; missing > p.slips {
				return false
			}
		}
	}
	return len(p.letters) <= len(s.letters)+p.slips
}

// scan finds where a pattern ends with at most its slips: Myers' bit vectors
// with Hyyrö's transpositions (A bit-vector algorithm for computing
// Levenshtein and Damerau edit distances, 2003), one step a character.
func (s *search) scan(hits []hit, r *reading, p *pattern) []hit {
	for i, a := range p.letters {
		s.masks[a] |= 1 << i
	}
	m := len(p.letters)
	last := uint64(1) << (m - 1)
	pv, mv := ^uint64(0), uint64(0)
	d0, before, distance := uint64(0), uint64(0), m
	first := len(hits)
	for j, a := range s.letters {
		eq := s.masks[a]
		swapped := ((^d0 & eq) << 1) & before
		d0 = (((eq & pv) + pv) ^ pv) | eq | mv | swapped
		ph := mv | ^(d0 | pv)
		mh := pv & d0
		if ph&last != 0 {
			distance++
		}
		if mh&last != 0 {
			distance--
		}
		ph <<= 1
		mh <<= 1
		pv = mh | ^(d0 | ph)
		mv = ph & d0
		before = eq
		if distance > p.slips || s.ends[j+1] < 0 {
			continue
		}
		h, ok := s.begin(r, p, j+1)
		if !ok {
			continue
		}
		if n := len(hits); n > first && hits[n-1].to >= h.from {
			if h.slips > hits[n-1].slips {
				continue
			}
			if h.slips < hits[n-1].slips {
				hits = hits[:n-1]
			}
		}
		hits = append(hits, h)
	}
	for _, a := range p.letters {
		s.masks[a] = 0
	}
	return hits
}

// begin finds the token at which what ends before a character begins, the
// closest to the pattern.
func (s *search) begin(r *reading, p *pattern, end int) (hit, bool) {
	m := len(p.letters)
	best := hit{from: -1, slips: p.slips + 1}
	// Rows are characters backwards, columns the pattern's.
	var rows [3][maxPattern + 1]int
	for k := range m + 1 {
		rows[0][k] = k
	}
	for n := 1; n <= m+p.slips && n <= end; n++ {
		row, up, above := &rows[n%3], &rows[(n-1)%3], &rows[(n+1)%3]
		at := end - n
		row[0] = n
		for k := 1; k <= m; k++ {
			cost := 1
			if s.letters[at] == p.letters[m-k] {
				cost = 0
			}
			row[k] = min(up[k-1]+cost, up[k]+1, row[k-1]+1)
			if n > 1 && k > 1 && s.letters[at] == p.letters[m-k+1] && s.letters[at+1] == p.letters[m-k] {
				row[k] = min(row[k], above[k-2]+1)
			}
		}
		if t := s.starts[at]; t >= 0 && row[m] < best.slips {
			best.from, best.slips = int(t), row[m]
		}
	}
	if best.from < 0 {
		return hit{}, false
	}
	best.to, best.match, best.src = int(s.ends[end]), p.match, p.src
	return best, s.accept(r, p, &best)
}

// accept holds what a find must be beside close.
func (s *search) accept(r *reading, p *pattern, h *hit) bool {
	first := r.tokens[h.from]
	if p.capital && r.capitals && !first.capital {
		return false
	}
	if h.slips == 0 {
		return true
	}
	if p.code {
		h.match = MatchNear
		return postcodeShape(string(r.chars[first.at:r.tokens[h.to].end]))
	}
	if p.match == MatchExact {
		h.match = MatchNear
	}
	span := r.chars[first.at:r.tokens[h.to].end]
	if n := len(span) - len(p.ending); n < 0 || !slices.Equal(span[n:], p.ending) {
		return false
	}
	for _, name := range p.names {
		allowed := slipsOf(len(name))
		if h.slips > p.own {
			allowed = 0
		}
		if within(name, span) > allowed {
			return false
		}
	}
	return true
}

// within is the fewest slips with which a name stands anywhere in a span.
func within(name, span []rune) int {
	var rows [2][maxPattern + 1]int
	for k := range len(name) + 1 {
		rows[0][k] = k
	}
	least := len(name)
	for n := 1; n <= len(span); n++ {
		row, up := &rows[n%2], &rows[(n-1)%2]
		row[0] = 0
		for k := 1; k <= len(name); k++ {
			cost := 1
			if span[n-1] == name[k-1] {
				cost = 0
			}
			row[k] = min(up[k-1]+cost, up[k]+1, row[k-1]+1)
			// Two exchanged are one slip.
			if cost == 1 && n > 1 && k > 1 && span[n-1] == name[k-2] && span[n-2] == name[k-1] {
				row[k] = min(row[k], up[k-1])
			}
		}
		least = min(least, row[len(name)])
	}
	return least
}

// maxExtend is the most tokens that a find takes in on either side.
const maxExtend = 24

// extend takes in the neighbours of a find that belong to the same entry, and
// numbers in front of them: of a house, a flat.
func (h *hit) extend(r *reading) {
	if h.src == nil || len(h.src.tokens) == 0 {
		return
	}
	found := *h
	for n := 0; n < maxExtend && h.to+1 < len(r.tokens) && r.tokens[h.to+1].gap < gapBreak && h.src.tokens[r.text(h.to+1)]; n++ {
		h.to++
	}
	for n := 0; n < maxExtend && h.from > 0 && r.tokens[h.from].gap < gapBreak; n++ {
		before := r.text(h.from - 1)
		switch {
		case h.src.tokens[before] || houseNumber(r, h.from-1) || r.tokens[h.from].digits && dwelling[before]:
			h.from--
			continue
		case h.from > 1 && len(before) == 1 && r.tokens[h.from-1].gap == gapNone && houseNumber(r, h.from-2):
			h.from -= 2 // 31A
			continue
		}
		break
	}
	// What was taken in does not begin or end with a word that says nothing.
	for h.from < found.from && small[r.text(h.from)] && !numbers[r.text(h.from)] {
		h.from++
	}
	for h.to > found.to && small[r.text(h.to)] {
		h.to--
	}
}

// unlistedPlaces finds names before a word that says they are a street, a
// school or a place to stay, both written with a capital.
func unlistedPlaces(hits []hit, r *reading) []hit {
	for i := 1; i < len(r.tokens); i++ {
		if !r.tokens[i].capital || r.tokens[i].gap > gapSoft || !telling[r.text(i)] {
			continue
		}
		from := i
		for from > 0 && i-from < maxName && r.tokens[from].gap <= gapSoft && r.tokens[from-1].capital && !r.tokens[from-1].digits && !small[r.text(from-1)] {
			from--
		}
		named := false
		for k := from; k < i; k++ {
			named = named || !types[r.text(k)]
		}
		if named {
			hits = append(hits, hit{from: from, to: i, match: MatchPlace, src: unlisted})
		}
	}
	return hits
}

// maxName is the most words of a name that is on no list.
const maxName = 4

// houseNumber reports up to four digits, or a number in words.
func houseNumber(r *reading, i int) bool {
	t := r.tokens[i]
	return t.digits && t.end-t.at <= 4 || numbers[r.text(i)]
}

var numbers = folded(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
	twenty thirty forty fifty sixty seventy eighty ninety hundred`)

var dwelling = folded("flat room unit house number no suite apartment")
