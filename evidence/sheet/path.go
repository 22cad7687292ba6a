package sheet

import "strings"

// Compare puts two paths in flattening order: −1 when a comes first, 1 when b
// does, 0 when they are the same. Member names compare as bytes, indexes as
// numbers. It is not ok when the two cannot stand in one body: one names a
// value inside the other, or an index stands where the other has a name.
func Compare(a, b string) (order int, ok bool) {
	if a == b {
		return 0, true
	}
	for a != "" && b != "" {
		var x, y string
		x, a = cutSegment(a)
		y, b = cutSegment(b)
		if x == y {
			continue
		}
		if isIndex(x) != isIndex(y) {
			return 0, false
		}
		if isIndex(x) && len(x) != len(y) { // no leading zeros
			return sign(len(x) - len(y)), true
		}
		return strings.Compare(x, y), true
	}
	return 0, false
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// cutSegment cuts "/name/rest" into "name" and "/rest".
func cutSegment(path string) (segment, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// isIndex tells an index from a member name, which begins with a letter.
func isIndex(segment string) bool { return segment != "" && segment[0] <= '9' }
