package schemas

import (
	"bytes"
	"fmt"
	"time"
)

// The patterns in use, as the schemas write them. Each has a function here,
// because a regular expression costs ten times as much; a test holds each to
// its expression.
const (
	oneLine   = `^[^\t\n\r]*$`
	plain     = `^[A-Za-z0-9. -]*$`
	actorName = `^[a-z][a-z0-9-]{0,31}$`
	codeName  = `^[a-z0-9][a-z0-9-]{0,31}$`
	itemCode  = `^[A-Z][A-Z0-9]{0,7}$`
	initials  = `^[A-Z]{2,4}$`
	typeName  = `^[a-z]+([.-][a-z]+)*$`
	bcp47     = `^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	hexHash   = `^[0-9a-f]{64}$`
	mailbox   = `^[^ \t\n\r@]+@[^ \t\n\r@]+$`
	hexID     = `^[0-9a-f]{32}$`
	clockTime = `^([01][0-9]|2[0-3]):[0-5][0-9]$`
	mediaType = `^[a-z]+/[a-z0-9][a-z0-9.+-]*$`
	localTime = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]\+0[01]:00$`
)

var patterns = map[string]func([]byte) bool{
	oneLine: func(s []byte) bool { return !bytes.ContainsAny(s, "\t\n\r") },
	plain: func(s []byte) bool {
		return all(s, func(b byte) bool { return lower(b) || upper(b) || digit(b) || b == '.' || b == ' ' || b == '-' })
	},
	actorName: func(s []byte) bool { return len(s) > 0 && len(s) <= 32 && lower(s[0]) && all(s, nameByte) },
	codeName:  func(s []byte) bool { return len(s) > 0 && len(s) <= 32 && s[0] != '-' && all(s, nameByte) },
	itemCode: func(s []byte) bool {
		return len(s) > 0 && len(s) <= 8 && upper(s[0]) && all(s, func(b byte) bool { return upper(b) || digit(b) })
	},
	initials: func(s []byte) bool { return len(s) >= 2 && len(s) <= 4 && all(s, upper) },
	typeName: func(s []byte) bool {
		word := false
		for _, b := range s {
			if !lower(b) && (!word || b != '.' && b != '-') {
				return false
			}
			word = lower(b)
		}
		return word
	},
	bcp47: func(s []byte) bool {
		tag, rest, more := bytes.Cut(s, []byte{'-'})
		if len(tag) < 2 || len(tag) > 3 || !all(tag, lower) {
			return false
		}
		for more {
			tag, rest, more = bytes.Cut(rest, []byte{'-'})
			if len(tag) < 2 || len(tag) > 8 || !all(tag, func(b byte) bool { return lower(b) || upper(b) || digit(b) }) {
				return false
			}
		}
		return true
	},
	hexHash: func(s []byte) bool { return len(s) == 64 && all(s, hexByte) },
	hexID:   func(s []byte) bool { return len(s) == 32 && all(s, hexByte) },
	clockTime: func(s []byte) bool {
		return shaped(s, "dd:5d") && number(s[:2]) < 24
	},
	mediaType: func(s []byte) bool {
		kind, sub, ok := bytes.Cut(s, []byte{'/'})
		return ok && len(kind) > 0 && all(kind, lower) && len(sub) > 0 && (lower(sub[0]) || digit(sub[0])) &&
			all(sub, func(b byte) bool { return nameByte(b) || b == '.' || b == '+' })
	},
	mailbox: func(s []byte) bool {
		at := bytes.IndexByte(s, '@')
		return at > 0 && at < len(s)-1 && bytes.IndexByte(s[at+1:], '@') < 0 && !bytes.ContainsAny(s, " \t\n\r")
	},
	localTime: func(s []byte) bool { return shaped(s, "dddd-dd-ddTdd:dd:5d+01:00") },
}

// formats are asserted. They are narrower than RFC 3339 in the year 0000 and
// the leap second, neither of which is a time here.
var formats = map[string]func([]byte) bool{
	"date": func(s []byte) bool { return shaped(s, "dddd-dd-dd") && realDate(s) },
	"date-time": func(s []byte) bool {
		return patterns[localTime](s) && realDate(s) && number(s[11:13]) < 24 && number(s[14:16]) < 60
	},
}

// shaped compares s with a shape: d any digit, 5 one from 0 to 5, 1 one of 0
// and 1, anything else itself.
func shaped(s []byte, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i, b := range s {
		switch want := shape[i]; want {
		case 'd':
			if !digit(b) {
				return false
			}
		case '5', '1':
			if b < '0' || b > want {
				return false
			}
		default:
			if b != want {
				return false
			}
		}
	}
	return true
}

// realDate reports whether the YYYY-MM-DD at the start of s is in the calendar.
func realDate(s []byte) bool {
	y, m, d := number(s[:4]), number(s[5:7]), number(s[8:10])
	if y < 1 || m < 1 || m > 12 || d < 1 {
		return false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}

func number(digits []byte) (n int) {
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

func all(s []byte, ok func(byte) bool) bool {
	for _, b := range s {
		if !ok(b) {
			return false
		}
	}
	return true
}

func lower(b byte) bool    { return 'a' <= b && b <= 'z' }
func upper(b byte) bool    { return 'A' <= b && b <= 'Z' }
func digit(b byte) bool    { return '0' <= b && b <= '9' }
func hexByte(b byte) bool  { return digit(b) || 'a' <= b && b <= 'f' }
func nameByte(b byte) bool { return lower(b) || digit(b) || b == '-' }

const (
	dateForm = "2006-01-02"
	timeForm = "2006-01-02T15:04:05-07:00"
)

// ParseTime reads a date or a time as bodies hold them. A date is given as
// midnight UTC of that day, with date true: it says nothing about the hour.
// The error never quotes s.
func ParseTime(s string) (t time.Time, date bool, err error) {
	switch b := []byte(s); {
	case formats["date"](b):
		t, err = time.Parse(dateForm, s)
		return t, true, err
	case formats["date-time"](b):
		t, err = time.Parse(timeForm, s)
		return t, false, err
	}
	return time.Time{}, false, fmt.Errorf("neither a date nor a time with its offset: %w", errInvalid)
}
