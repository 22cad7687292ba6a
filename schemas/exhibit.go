package schemas

import (
	"bytes"
	"strconv"
)

// ParseExhibit takes a reference of an exhibit apart: the initials of who
// produced it, a slash, and a number from 1 to 999,999,999 without leading
// zeros, as in KP/2. Initials are two to four capital letters, or, for who has
// none, S and the digits of the staff number. It reports false for anything
// else, such as a reference that somebody outside gave. It allocates nothing.
func ParseExhibit(ref []byte) (initials []byte, number uint64, ok bool) {
	initials, digits, ok := bytes.Cut(ref, []byte{'/'})
	if !ok || len(digits) == 0 || len(digits) > 9 || digits[0] == '0' || !exhibitInitials(initials) {
		return nil, 0, false
	}
	for _, d := range digits {
		if !digit(d) {
			return nil, 0, false
		}
		number = number*10 + uint64(d-'0')
	}
	return initials, number, true
}

func exhibitInitials(b []byte) bool {
	if len(b) > 1 && b[0] == 'S' && digit(b[1]) {
		return len(b) <= 33 && all(b[1:], digit)
	}
	return patterns[initials](b)
}

// FormatExhibit is the inverse of ParseExhibit.
func FormatExhibit(initials string, number uint64) string {
	return initials + "/" + strconv.FormatUint(number, 10)
}
