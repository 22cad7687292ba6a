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
	"common.json#/$defs/occurred":         occurredInOrder,
	"common.json#/$defs/arranged":         ordered("start", "end"),
	"common.json#/$defs/hours/items":      ordered("from", "to"),
	"common.json#/$defs/actions":          once("the same action twice", "id"),
	"common.json#/$defs/statements/items": translated,
	"common.json#/$defs/closings":         once("the same closing twice", "seq", "leaf", "leaves"),
	"common.json#/$defs/closings/items":   wholeOrPart,

	"contact.recorded.v1.json#/properties/data/properties/statements/items":  translated,
	"safe-contact.set.v1.json#/properties/data/properties/channels":          once("the same channel and address twice", "channel", "address"),
	"safe-contact.set.v2.json#/properties/data/properties/channels":          once("the same channel and address twice", "channel", "address"),
	"incident.disclosed.v2.json#/properties/data/properties/perpetrators":    once("the same perpetrator twice", "person", "who"),
	"risk.reviewed.v1.json#/properties/data":                                 answersBelong,
	"risk.reviewed.v1.json#/properties/data/properties/answers":              once("the same item twice", "item"),
	"risk.reviewed.v2.json#/properties/data":                                 answersBelong,
	"risk.reviewed.v2.json#/properties/data/properties/answers":              once("the same item twice", "item"),
	"risk.reviewed.v2.json#/properties/data/properties/areas":                once("the same area twice", "area"),
	"risk.reviewed.v2.json#/properties/data/properties/events/anyOf/0":       ordered("from", "to"),
	"plan.changed.v1.json#/properties/data/properties/actions":               once("the same action twice", "id"),
	"case.closed.v1.json#/properties/data/properties/outcomes":               once("the same area twice", "area"),
	"case.covered.v1.json#/properties/data":                                  ordered("from", "to"),
	"intake.checked.v1.json#/properties/data/properties/asked":               once("the same Marac or service twice", "kind", "name"),
	"child.recorded.v1.json#/properties/data/properties/status":              ordered("from", "to"),
	"agreement.recorded.v1.json#/properties/data/properties/answers":         once("the same purpose twice", "purpose"),
	"order.recorded.v1.json#/properties/data":                                ordered("granted", "expires"),
	"accommodation.placed.v1.json#/properties/data":                          ordered("from", "to"),
	"handover.given.v1.json#/properties/data":                                ordered("from", "to"),
	"policy.set.v1.json#/properties/data/properties/settings":                once("the same figure twice", "code", "marac", "instrument"),
	"policy.set.v1.json#/properties/data/properties/settings/items":          isFigure,
	"disclosure.requested.v1.json#/properties/data":                          ordered("from", "to"),
	"disclosure.decided.v1.json#/properties/data":                            periodAndClosings,
	"disclosure.decided.v1.json#/properties/data/properties/tests":           once("the same test twice", "test"),
	"disclosure.exported.v1.json#/properties/data":                           periodAndClosings,
	"disclosure.exported.v1.json#/properties/data/properties/closings":       once("the same closing twice", "seq", "leaf", "leaves"),
	"disclosure.exported.v1.json#/properties/data/properties/closings/items": wholeOrPart,
	"disclosure.exported.v2.json#/properties/data":                           periodAndClosings,
	"disclosure.exported.v2.json#/properties/data/properties/closings":       once("the same closing twice", "seq", "leaf", "leaves"),
	"disclosure.exported.v2.json#/properties/data/properties/closings/items": wholeOrPart,

	"disclosure.decided.v2.json#/properties/data":                                                     periodAndClosings,
	"disclosure.decided.v2.json#/properties/data/properties/tests":                                    once("the same test twice", "test"),
	"disclosure.decided.v2.json#/properties/data/properties/words/anyOf/0/properties/proposals":       once("the same proposal twice", "seq", "leaf", "leaves", "code"),
	"disclosure.decided.v2.json#/properties/data/properties/words/anyOf/0/properties/proposals/items": wholeOrPart,
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

// occurredInOrder: from and to have one form, and are ordered.
func occurredInOrder(c *checker, i int) bool {
	if from, to := c.raw(i, "from"), c.raw(i, "to"); to[0] != 'n' && len(from) != len(to) {
		return c.broken("from and to are both dates or both times", "to")
	}
	return inOrder(c, i)
}

var inOrder = ordered("from", "to")

// ordered makes the rule that the end is not before the start, where both are
// known.
func ordered(start, end string) rule {
	return func(c *checker, i int) bool {
		from, to := c.raw(i, start), c.raw(i, end)
		if from[0] != 'n' && to[0] != 'n' && after(from, to) {
			return c.broken("the end is not before the start", end)
		}
		return true
	}
}

// after compares quoted dates, times or times of day. Times are compared as
// instants: 01:10+00:00 is after 01:50+01:00. Of a time and a date only the
// dates are compared.
func after(a, b []byte) bool {
	if len(a) != len(b) {
		const date = len(`"0000-00-00`)
		a, b = a[:date], b[:date]
	} else if len(a) == len(`"`+timeForm+`"`) && !bytes.Equal(offset(a), offset(b)) {
		s, _ := instant(a)
		t, _ := instant(b)
		return s.After(t)
	}
	return bytes.Compare(a, b) > 0
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

// isFigure: the code is one of ours, with its unit and as many values, and
// only what is local differs by Marac or instrument.
func isFigure(c *checker, i int) bool {
	code, unit := c.raw(i, "code"), c.raw(i, "unit")
	f := findFigure(code[1 : len(code)-1])
	if f == nil {
		return c.broken("no figure of this code", "code")
	}
	if string(unit[1:len(unit)-1]) != f.Unit {
		return c.broken("the figure of this code is in "+f.Unit, "unit")
	}
	values := c.raw(i, "values")
	if bytes.Count(values, []byte{','})+1 != len(f.Values) {
		return c.broken("the figure of this code has "+strconv.Itoa(len(f.Values))+" values", "values")
	}
	for _, m := range []string{"marac", "instrument"} {
		if !f.Local && c.raw(i, m)[0] != 'n' {
			return c.broken("the figure of this code is the same everywhere", m)
		}
	}
	return true
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
	if !inOrder(c, i) {
		return false
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
