package projections

import (
	"bytes"
	"errors"
	"strconv"
)

// The folds read bodies that have been checked twice already, by the schema
// before they were recorded and by the seal's codec just now, so they walk
// canonical JSON in place. What they refuse is a body that is not what its
// type says; the errors name a member of the schema, never a value.

var errShape = errors.New("not the JSON that was expected")

// members calls f with each member of a canonical object, in order. An error
// of f gains the member's name.
func members(obj []byte, f func(name, val []byte) error) error {
	if len(obj) < 2 || obj[0] != '{' {
		return errShape
	}
	i := 1
	if obj[i] == '}' {
		return nil
	}
	for {
		if i >= len(obj) || obj[i] != '"' {
			return errShape
		}
		n := bytes.IndexByte(obj[i+1:], '"') // names have no escapes
		if n < 0 || i+n+3 > len(obj) || obj[i+n+2] != ':' {
			return errShape
		}
		name := obj[i+1 : i+1+n]
		start := i + n + 3
		end := skip(obj, start)
		if end < 0 || end >= len(obj) {
			return errShape
		}
		if err := f(name, obj[start:end]); err != nil {
			return at(string(name), err)
		}
		if obj[end] == '}' {
			return nil
		}
		i = end + 1
	}
}

// member says where the name and the value of a member stand in its object.
type member struct{ name, nameEnd, val, end uint32 }

// membersAt is members for an object whose members were found before; none
// were when list is empty.
func membersAt(obj []byte, list []member, f func(name, val []byte) error) error {
	if len(list) == 0 {
		return members(obj, f)
	}
	for i := range list {
		m := &list[i]
		name := obj[m.name:m.nameEnd]
		if err := f(name, obj[m.val:m.end]); err != nil {
			return at(string(name), err)
		}
	}
	return nil
}

// elements calls f with each element of a canonical array, in order.
func elements(arr []byte, f func(val []byte) error) error {
	if len(arr) < 2 || arr[0] != '[' {
		return errShape
	}
	i := 1
	if arr[i] == ']' {
		return nil
	}
	for {
		end := skip(arr, i)
		if end < 0 || end >= len(arr) {
			return errShape
		}
		if err := f(arr[i:end]); err != nil {
			return err
		}
		if arr[end] == ']' {
			return nil
		}
		i = end + 1
	}
}

// skip returns where the value that starts at i ends, or -1.
func skip(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); i < 0 {
				return -1
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth < 0 {
					return -1
				}
				return i + 1
			}
		default:
			if depth == 0 {
				for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' {
					i++
				}
				return i
			}
		}
		i++
	}
	return -1
}

// skipString returns where the string that starts at i ends, or -1.
func skipString(b []byte, i int) int {
	i++
	for end := min(i+16, len(b)); i < end; i++ { // most strings are short
		if b[i] == '"' {
			return i + 1
		}
		if b[i] == '\\' {
			break
		}
	}
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		i++
		if slashes%2 == 0 {
			return i
		}
	}
}

func isNull(val []byte) bool { return len(val) == 4 && val[0] == 'n' }

// text returns the string that a canonical literal stands for.
func text(val []byte) (string, error) {
	if len(val) < 2 || val[0] != '"' || val[len(val)-1] != '"' {
		return "", errShape
	}
	val = val[1 : len(val)-1]
	if bytes.IndexByte(val, '\\') < 0 {
		return shared(val), nil
	}
	s, err := strconv.Unquote(`"` + string(val) + `"`)
	if err != nil {
		return "", errShape
	}
	return s, nil
}

func boolean(val []byte) (bool, error) {
	switch string(val) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errShape
}

// number reads an integer from 0 to 2^53−1, which is all that the folds need.
func number(val []byte) (uint64, error) {
	if len(val) == 0 || len(val) > 16 {
		return 0, errShape
	}
	var n uint64
	for _, c := range val {
		if c < '0' || c > '9' {
			return 0, errShape
		}
		n = n*10 + uint64(c-'0')
	}
	return n, nil
}

// shared makes a string without allocating for the ones that occur in every
// other event.
func shared(b []byte) string {
	if s, ok := common[string(b)]; ok {
		return s
	}
	return string(b)
}
