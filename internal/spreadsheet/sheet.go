package spreadsheet

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/schemas"
)

// Key is the secret under which references become numbers of cases and rows
// ids of events. Whoever has it and a guess can tell whether the guess is
// right: it is kept with the ledger's other secrets, and with another key the
// same sheets make other cases.
type Key [32]byte

// MaxTitle is the longest title of a sheet, in bytes.
const MaxTitle = 200

// Options are how a sheet is read.
type Options struct {
	Encoding  string // UTF8, also when empty, or Windows1252
	Dates     string // DayFirst, MonthFirst, or "" when no date has slashes
	Separator byte   // 0 is a comma
	Actor     string // staff number of who imports
	// Title is what the service calls these records, such as "contact log 2024
	// to 2026, spreadsheet": it stands in every event as what it was made from.
	Title string
	Kept  *bool // whether the records themselves are kept; nil: not said
	Key   Key
}

// Event is an event of a sheet, ready to be recorded.
type Event struct {
	Line  int // of the file: where its row begins
	Case  events.Chain
	ID    ulid.ULID
	Type  string
	V     uint64
	Opens bool // its case may be new
	body  []byte

	columns map[string]string
}

// Sheet is what was read.
type Sheet struct {
	Kind     string
	Rows     int // those that are not blank, without the header
	Events   []Event
	Problems []Problem // by line; a row with a problem has no event
	Unquoted int       // cells from which the quoting of formulas was taken
}

// Read reads a sheet of a kind. Rows that cannot be taken are problems of the
// sheet. The error is of the file as a whole: a *Problem, or one that wraps
// events.ErrInvalid or events.ErrTooLarge.
func Read(file []byte, kind string, o Options) (*Sheet, error) {
	k, ok := FindKind(kind)
	if !ok {
		return nil, fmt.Errorf("no kind of sheet of this name: %w", events.ErrInvalid)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	text, err := decode(file, o.Encoding)
	if err != nil {
		return nil, err
	}
	rows, err := parse(text, cmp.Or(o.Separator, ','))
	if err != nil {
		return nil, err
	}
	s := &Sheet{Kind: kind, Events: []Event{}, Problems: []Problem{}}
	at := slices.IndexFunc(rows, func(r row) bool { return !r.blank() })
	if at < 0 {
		return nil, &Problem{1, "", "there is no header"}
	}
	header, err := k.header(&rows[at])
	if err != nil {
		return nil, err
	}
	times := map[[sha256.Size]byte]uint64{}
	for _, r := range rows[at+1:] {
		if r.blank() {
			continue
		}
		s.Rows++
		s.row(&k, header, &r, &o, times)
	}
	return s, nil
}

func (o *Options) check() error {
	bad := ""
	switch {
	case o.Dates != "" && o.Dates != DayFirst && o.Dates != MonthFirst:
		bad = "dates are " + DayFirst + " or " + MonthFirst
	case !isStaff.MatchString(o.Actor):
		bad = "the actor must be a staff number"
	case strings.TrimSpace(o.Title) == "" || len(o.Title) > MaxTitle || strings.ContainsAny(o.Title, "\t\r\n"):
		bad = fmt.Sprintf("the title must be one line of 1 to %d bytes", MaxTitle)
	case o.Separator != 0 && o.Separator != ',' && o.Separator != ';' && o.Separator != '\t':
		bad = "the separator is a comma, a semicolon or a tab"
	}
	if bad != "" {
		return fmt.Errorf("%s: %w", bad, events.ErrInvalid)
	}
	return nil
}

// header tells which column each cell of a row is of.
func (k *Kind) header(r *row) ([]Column, error) {
	var list []Column
	for i, name := range r.cells {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			list = append(list, Column{}) // a column that must stay empty
			continue
		}
		at := slices.IndexFunc(k.Columns, func(c Column) bool { return c.Name == name })
		switch {
		case at < 0 && len(r.cells) == 1 && strings.ContainsAny(name, ";\t"):
			return nil, &Problem{r.line, "", "the columns are not separated by commas: name the separator"}
		case at < 0:
			return nil, &Problem{r.line, "", fmt.Sprintf("column %d is none of a sheet of %s", i+1, k.Name)}
		case slices.ContainsFunc(list, func(c Column) bool { return c.Name == name }):
			return nil, &Problem{r.line, name, "is there twice"}
		}
		list = append(list, k.Columns[at])
	}
	for _, c := range k.Columns {
		if c.Must && !slices.ContainsFunc(list, func(h Column) bool { return h.Name == c.Name }) {
			return nil, &Problem{r.line, c.Name, "is a column that must be there"}
		}
	}
	return list, nil
}

// row adds the events of a row, or its problems.
func (s *Sheet) row(k *Kind, header []Column, r *row, o *Options, times map[[sha256.Size]byte]uint64) {
	c := &cells{o: o, line: r.line, values: map[string]string{}}
	unquoted := 0
	for i, v := range r.cells {
		switch {
		case i >= len(header) || header[i].Name == "":
			if strings.TrimSpace(v) != "" {
				c.wrong("", fmt.Sprintf("cell %d stands under no column", i+1))
			}
			continue
		}
		v, quoted, rule := clean(v, header[i].words)
		if rule != "" {
			c.wrong(header[i].Name, rule)
		}
		if quoted {
			unquoted++
		}
		c.values[header[i].Name] = v
	}
	for _, column := range header {
		if column.Must {
			c.must(column.Name)
		}
	}
	chain := chainOf(&o.Key, strings.TrimSpace(c.values["case"]))
	// The same row, the same ids: its cells by the names of their columns, and
	// how many like it came before.
	digest := digestOf(&o.Key, k.Name, c.values)
	times[digest]++
	var list []Event
	if len(c.problems) == 0 {
		drafts := k.read(c)
		if len(c.problems) > 0 {
			drafts = nil // what a schema would say follows from them
		}
		for i, d := range drafts {
			e, problem := draft(&d, o)
			if problem != nil {
				c.problems = append(c.problems, Problem{r.line, problem.Column, problem.Rule})
				continue
			}
			e.Line, e.Case, e.Opens = r.line, chain, k.opens
			e.ID = idOf(&o.Key, digest, times[digest], i)
			list = append(list, e)
		}
	}
	if len(c.problems) > 0 {
		for i, p := range c.problems {
			if !slices.Contains(c.problems[:i], p) {
				s.Problems = append(s.Problems, p)
			}
		}
		return
	}
	s.Unquoted += unquoted
	s.Events = append(s.Events, list...)
}

// draft makes a body of what a row says and holds it to its schema.
func draft(d *drafted, o *Options) (Event, *Problem) {
	e := Event{columns: d.columns}
	var known bool
	if e.Type, e.V, known = schemas.TypeOf(d.data); !known {
		panic(fmt.Sprintf("spreadsheet: no type for %T", d.data))
	}
	occurred, err := schemas.EncodeData(d.occurred)
	if err != nil {
		return e, &Problem{Rule: "has a character that no record can hold"}
	}
	data, err := schemas.EncodeData(d.data)
	if err != nil {
		return e, &Problem{Rule: "has a character that no record can hold"}
	}
	actor := cmp.Or(d.actor, o.Actor)
	body, err := events.EncodeBody(e.Type, e.V, actor, occurred, data)
	if err != nil {
		return e, &Problem{Rule: "is longer than a record can be"}
	}
	var broken *schemas.Error
	if err := schemas.Default().Validate(body); errors.As(err, &broken) {
		return e, &Problem{Column: e.Column(broken.Pointer), Rule: broken.Rule}
	} else if err != nil {
		return e, &Problem{Rule: "is refused by its schema"}
	}
	e.body = body
	return e, nil
}

// Column is the column that a member of the event comes from, "" the row.
func (e *Event) Column(pointer string) string {
	for at := pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		if c, ok := e.columns[at]; ok {
			return c
		}
	}
	return ""
}

// ImportLine returns the event as a line of an import, without its line feed.
func (e *Event) ImportLine() []byte {
	b := append([]byte(`{"case":"`), e.Case.String()...)
	b = append(b, `","id":"`...)
	b = append(b, e.ID.String()...)
	b = append(b, `",`...)
	return append(b, e.body[1:]...) // actor, data, occurred, type, v
}

// chainOf is the number of a case.
func chainOf(key *Key, reference string) events.Chain {
	if c, err := events.ParseChain(reference); err == nil && c != (events.Chain{}) {
		return c
	}
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte("caseledger/spreadsheet/case/v1\n" + reference))
	return events.Chain(m.Sum(nil)[:16])
}

// digestOf stands for what a row says. What the options say is not in it: the
// same row read under others is refused as a duplicate, and not recorded twice.
func digestOf(key *Key, kind string, values map[string]string) [sha256.Size]byte {
	m := hmac.New(sha256.New, key[:])
	var n [8]byte
	put := func(s string) {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		m.Write(n[:])
		m.Write([]byte(s))
	}
	put("caseledger/spreadsheet/row/v1")
	put(kind)
	names := make([]string, 0, len(values))
	for name, v := range values {
		if v != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		put(name)
		put(values[name])
	}
	return [sha256.Size]byte(m.Sum(nil))
}

// idOf is the id of event i of a row that is the n-th of its like. It holds no
// time: when a sheet was read says nothing.
func idOf(key *Key, row [sha256.Size]byte, n uint64, i int) ulid.ULID {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte("caseledger/spreadsheet/event/v1\n"))
	m.Write(row[:])
	m.Write(binary.BigEndian.AppendUint64(nil, n))
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return ulid.ULID(m.Sum(nil)[:16])
}

// FormatKey writes a key as its file holds it: 64 hex digits and a line feed.
func FormatKey(k Key) []byte { return append(hex.AppendEncode(nil, k[:]), '\n') }

// ParseKey reads what FormatKey wrote, and nothing else.
func ParseKey(file []byte) (Key, error) {
	var k Key
	n, err := hex.Decode(k[:], file[:min(len(file), 2*len(k))])
	if err != nil || n != len(k) || string(FormatKey(k)) != string(file) {
		return Key{}, fmt.Errorf("not a key for spreadsheets: 64 lower-case hex digits and a line feed: %w", events.ErrSyntax)
	}
	return k, nil
}
