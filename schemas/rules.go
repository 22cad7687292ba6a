package schemas

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// rule checks what JSON Schema cannot say about the value at i, which holds
// to its schema already. It reports whether the rule is kept; if not, the
// checker knows which and where.
type rule func(c *checker, i int) bool

// rules by the place of the schema that they complete.
var rules = map[string]rule{
	"common.json#/$defs/occurred":                                            endAfterStart,
	"contact.recorded.v1.json#/properties/data/properties/statements/items":  translated,
	"safe-contact.set.v1.json#/properties/data/properties/channels":          once("the same channel and address twice", "channel", "address"),
	"risk.reviewed.v1.json#/properties/data":                                 answersBelong,
	"risk.reviewed.v1.json#/properties/data/properties/answers":              once("the same item twice", "item"),
	"plan.changed.v1.json#/properties/data/properties/actions":               once("the same action twice", "id"),
	"case.closed.v1.json#/properties/data/properties/outcomes":               once("the same area twice", "area"),
	"disclosure.exported.v1.json#/properties/data":                           periodAndClosings,
	"disclosure.exported.v1.json#/properties/data/properties/closings":       once("the same closing twice", "seq", "leaf", "leaves"),
	"disclosure.exported.v1.json#/properties/data/properties/closings/items": wholeOrPart,
}

// broken records a failure at tokens below the value that the rule is for.
func (c *checker) broken(what string, tokens ...string) bool {
	c.fail("rule: " + what)
	slices.Reverse(tokens)
	c.path = append(c.path, tokens...)
	return false
}

// each yields the index and start of every item of the array at i.
func (c *checker) each(i int, yield func(k, at int) bool) {
	i++
	for k := 0; c.at(i) != ']'; k++ {
		if !yield(k, i) {
			return
		}
		if i = c.skip(i); i < 0 || c.at(i) != ',' {
			return
		}
		i++
	}
}

// endAfterStart: from and to have one form, and to is not before from. Times
// are compared as instants: 01:10+00:00 is after 01:50+01:00.
func endAfterStart(c *checker, i int) bool {
	from, to := c.raw(i, "from"), c.raw(i, "to")
	if to[0] == 'n' {
		return true
	}
	if len(from) != len(to) {
		return c.broken("from and to are both dates or both times", "to")
	}
	if bytes.Compare(from, to) > 0 || len(from) > len(`"0000-00-00"`) && !bytes.Equal(offset(from), offset(to)) {
		f, _ := instant(from)
		t, _ := instant(to)
		if t.Before(f) {
			return c.broken("the end is not before the start", "to")
		}
	}
	return true
}

func offset(quoted []byte) []byte { return quoted[len(quoted)-7:] }

func instant(quoted []byte) (time.Time, error) {
	t, _, err := ParseTime(string(quoted[1 : len(quoted)-1]))
	return t, err
}

// translated: a translation is in another language.
func translated(c *checker, i int) bool {
	if t := c.member(i, "translation"); c.at(t) == '{' && bytes.Equal(c.raw(t, "language"), c.raw(i, "language")) {
		return c.broken("a translation is in another language than the words", "translation", "language")
	}
	return true
}

// once makes the rule that no two items agree in all these members.
func once(what string, members ...string) rule {
	return func(c *checker, i int) bool {
		seen := map[string]struct{}{}
		var key []byte
		ok := true
		c.each(i, func(k, at int) bool {
			key = key[:0]
			for _, m := range members {
				key = append(append(key, c.raw(at, m)...), ',')
			}
			if _, twice := seen[string(key)]; twice {
				ok = c.broken(what, strconv.Itoa(k))
				return false
			}
			seen[string(key)] = struct{}{}
			return true
		})
		return ok
	}
}

// answersBelong: the instrument is one of ours and has every item that is
// answered.
func answersBelong(c *checker, i int) bool {
	in := c.member(i, "instrument")
	code, version := c.raw(in, "code"), c.raw(in, "version")
	v, _ := parseInt(version)
	inst := instruments.find(string(code[1:len(code)-1]), uint64(v))
	if inst == nil {
		return c.broken("no instrument of this code and version", "instrument")
	}
	ok := true
	c.each(c.member(i, "answers"), func(k, at int) bool {
		item := c.raw(at, "item")
		if !inst.has(item[1 : len(item)-1]) {
			ok = c.broken("no such item in this instrument", "answers", strconv.Itoa(k), "item")
		}
		return ok
	})
	return ok
}

// wholeOrPart: no leaves means the whole event, which is leaf 0.
func wholeOrPart(c *checker, i int) bool {
	if string(c.raw(i, "leaves")) == "0" && string(c.raw(i, "leaf")) != "0" {
		return c.broken("a closing of no leaves closes the whole event, which is leaf 0", "leaves")
	}
	return true
}

// periodAndClosings: the period does not end before it starts, and an event
// that is closed as a whole has no other closing.
func periodAndClosings(c *checker, i int) bool {
	if bytes.Compare(c.raw(i, "from"), c.raw(i, "to")) > 0 {
		return c.broken("the end is not before the start", "to")
	}
	closings := c.member(i, "closings")
	whole := map[string]struct{}{}
	c.each(closings, func(_, at int) bool {
		if string(c.raw(at, "leaves")) == "0" {
			whole[string(c.raw(at, "seq"))] = struct{}{}
		}
		return true
	})
	if len(whole) == 0 {
		return true
	}
	ok := true
	c.each(closings, func(k, at int) bool {
		if _, closed := whole[string(c.raw(at, "seq"))]; closed && string(c.raw(at, "leaves")) != "0" {
			ok = c.broken("an event that is closed as a whole has no other closing", "closings", strconv.Itoa(k))
		}
		return ok
	})
	return ok
}
