package spreadsheet

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// The ways in which a date with slashes can be meant.
const (
	DayFirst   = "dd/mm/yyyy"
	MonthFirst = "mm/dd/yyyy"
)

// cells reads the cells of one row and collects what is wrong with them.
type cells struct {
	o        *Options
	line     int
	values   map[string]string
	problems []Problem
}

func (c *cells) wrong(column, rule string) {
	c.problems = append(c.problems, Problem{c.line, column, rule})
}

// has reports whether a column has something.
func (c *cells) has(column string) bool { return strings.TrimSpace(c.values[column]) != "" }

// text is a cell of words, as it stands.
func (c *cells) text(column string) string { return c.values[column] }

// line1 is a cell of one line, as it stands, nil when it is empty.
func (c *cells) line1(column string) *string {
	if !c.has(column) {
		return nil
	}
	v := c.values[column]
	if strings.ContainsAny(v, "\r\n\t") {
		c.wrong(column, "must be one line")
	}
	return &v
}

// must says that a cell is missing.
func (c *cells) must(column string) string {
	if !c.has(column) {
		c.wrong(column, "is missing")
	}
	return c.values[column]
}

// code is a cell with one of a few words, "" when it is empty.
func (c *cells) code(column string, words ...string) string {
	v := strings.ToLower(strings.TrimSpace(c.values[column]))
	if v != "" && !slices.Contains(words, v) {
		c.wrong(column, "must be one of "+strings.Join(words, ", "))
	}
	return v
}

// list is a cell with some of a few words, separated by semicolons.
func (c *cells) list(column string, words ...string) []string {
	list := []string{}
	for word := range strings.SplitSeq(c.values[column], ";") {
		word = strings.ToLower(strings.TrimSpace(word))
		switch {
		case word == "":
		case !slices.Contains(words, word):
			c.wrong(column, "must be any of "+strings.Join(words, ", ")+", separated by semicolons")
			return nil
		case !slices.Contains(list, word):
			list = append(list, word)
		}
	}
	return list
}

// yes is a cell with yes or no; what holds when it is empty is given.
func (c *cells) yes(column string, empty bool) bool {
	switch c.code(column, "yes", "no") {
	case "yes":
		return true
	case "no":
		return false
	}
	return empty
}

// staff is a staff number, the importer's own when the cell is empty.
func (c *cells) staff(column string) string {
	if !c.has(column) {
		return c.o.Actor
	}
	v := strings.TrimSpace(c.values[column])
	if !isStaff.MatchString(v) {
		c.wrong(column, "must be a staff number: lower-case letters, digits and -, a letter first")
	}
	return v
}

var (
	isStaff    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	slashed    = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})$`)
	shortYear  = regexp.MustCompile(`^\d{1,2}/\d{1,2}/\d{2}$`)
	wholeDays  = regexp.MustCompile(`^\d{4,6}([.]\d+)?$`)
	ofDay      = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?(GMT|BST))?$`)
	scientific = regexp.MustCompile(`^\d[.,]\d+[Ee][+]\d+$`)
	lostZero   = regexp.MustCompile(`^[1-9]\d{8,9}$`)
)

// day is a date; the zero Date when the cell is empty or cannot be one.
func (c *cells) day(column string) clock.Date {
	v := strings.TrimSpace(c.values[column])
	if v == "" {
		return 0
	}
	if d, err := clock.ParseDate(v); err == nil {
		return d
	}
	m := slashed.FindStringSubmatch(v)
	switch {
	case m == nil && shortYear.MatchString(v):
		c.wrong(column, "has a year of two digits: write all four")
	case m == nil && wholeDays.MatchString(v):
		c.wrong(column, "is a number, not a date: give the column the format of a date and save the sheet anew")
	case m == nil:
		c.wrong(column, "is no date: write 2026-10-27")
	case c.o.Dates == "":
		c.wrong(column, "may be day/month or month/day: say which with dates, "+DayFirst+" or "+MonthFirst)
	default:
		day, month := m[1], m[2]
		if c.o.Dates == MonthFirst {
			day, month = month, day
		}
		d, err := clock.ParseDate(fmt.Sprintf("%s-%02s-%02s", m[3], month, day))
		if err != nil {
			c.wrong(column, "is no date of the form "+c.o.Dates)
		}
		return d
	}
	return 0
}

// date is a date as a body has it, nil when the cell is empty.
func (c *cells) date(column string) *string {
	if d := c.day(column); !d.IsZero() {
		s := d.String()
		return &s
	}
	return nil
}

// at is the instant of a time of a day; ok is false when the cell is empty or
// cannot be one.
func (c *cells) at(day clock.Date, column string) (t time.Time, ok bool) {
	v := strings.TrimSpace(c.values[column])
	if v == "" {
		return t, false
	}
	m := ofDay.FindStringSubmatch(v)
	if m == nil {
		c.wrong(column, "is no time: write 14:05")
		return t, false
	}
	if day.IsZero() {
		return t, false // its own column says so
	}
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // two digits at most
		return n
	}
	hour, minute, second := number(m[1]), number(m[2]), number(m[3])
	if hour > 23 || minute > 59 || second > 59 {
		c.wrong(column, "is no time: write 14:05")
		return t, false
	}
	found := clock.Instants(day, hour, minute, second)
	if m[4] != "" {
		found = slices.DeleteFunc(found, func(t time.Time) bool { return t.Format("MST") != m[4] })
	}
	switch {
	case len(found) == 0 && m[4] != "":
		c.wrong(column, "the clocks in London did not show "+m[4]+" then")
	case len(found) == 0:
		c.wrong(column, "the clocks in London left this hour out that night")
	case len(found) == 2:
		c.wrong(column, "this hour came twice that night: write BST behind the first, GMT behind the second")
	default:
		return found[0], true
	}
	return t, false
}

// occurred is when a row happened: the date alone, or from its start to its
// end when there is one.
func (c *cells) occurred(date, start, end string) schemas.Occurred {
	c.must(date)
	day := c.day(date)
	from, timed := c.at(day, start)
	if !timed {
		if end != "" && c.has(end) && !c.has(start) {
			c.wrong(start, "is missing, and there is an end")
		}
		d := day.String()
		return schemas.Occurred{From: &d, Precision: "date"}
	}
	s := clock.Format(from)
	o := schemas.Occurred{From: &s, Precision: "exact"}
	if end == "" {
		return o
	}
	if to, ok := c.at(day, end); ok {
		if to.Before(from) {
			// A call past midnight ends on the day after.
			if to, ok = c.at(day+1, end); !ok {
				return o
			}
			if to.Sub(from) > 12*time.Hour {
				c.wrong(end, "lies before the start")
			}
		}
		e := clock.Format(to)
		o.To = &e
	}
	return o
}

// number is a telephone number, nil when the cell is empty.
func (c *cells) number(column string) *string {
	v := c.line1(column)
	if v == nil {
		return nil
	}
	switch s := strings.TrimSpace(*v); {
	case scientific.MatchString(s):
		c.wrong(column, "was rewritten by the spreadsheet (7.7E+09): give the column the format of text and enter the numbers anew")
	case lostZero.MatchString(s):
		c.wrong(column, "has lost the 0 at its start: give the column the format of text and enter the numbers anew")
	}
	return v
}

// clean takes the formula quoting from a cell and says what no cell may hold.
// words are kept as they are but for the apostrophe.
func clean(v string, words bool) (cleaned string, unquoted bool, rule string) {
	switch {
	case len(v) > 1 && v[0] == '\'' && strings.IndexByte("=+-@\t\r", v[1]) >= 0:
		v, unquoted = v[1:], true
	case !words && strings.HasPrefix(v, `="`) && strings.HasSuffix(v, `"`) && len(v) > 2:
		// What makes a spreadsheet keep the zeros of a number.
		v, unquoted = v[2:len(v)-1], true
	case !words && (strings.HasPrefix(v, "=") || strings.HasPrefix(v, "@")):
		return v, false, "is a formula: copy the sheet as values"
	}
	switch strings.TrimSpace(v) {
	case "#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!":
		return v, unquoted, "is an error of the spreadsheet"
	}
	if s := strings.TrimSpace(v); len(s) > 2 && strings.Trim(s, "#") == "" {
		return v, unquoted, "is what a spreadsheet shows when a column is too narrow: widen it and save the sheet anew"
	}
	if strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Cc, r) && r < 0x20 && !strings.ContainsRune("\t\n\r", r) }) {
		return v, unquoted, "has a control character"
	}
	return v, unquoted, ""
}
