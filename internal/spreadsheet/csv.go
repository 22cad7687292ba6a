package spreadsheet

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"caseledger/events"
)

const (
	// MaxFile is the longest sheet, in bytes. It is held in memory.
	MaxFile = 64 << 20
	// MaxRows is the number of rows that a sheet may have, without its header.
	MaxRows = 100_000
	// maxColumns bounds a row: no kind has a tenth of it.
	maxColumns = 1000
)

// The encodings of a file.
const (
	UTF8        = "utf-8"
	Windows1252 = "windows-1252"
)

// Problem is something in a sheet that cannot be taken, and why.
type Problem struct {
	Line   int    `json:"line"`   // of the file, from 1; that on which the row begins
	Column string `json:"column"` // as the header names it; "" the row as a whole
	Rule   string `json:"rule"`
}

func (p *Problem) Error() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Rule)
	}
	return fmt.Sprintf("line %d, column %s: %s", p.Line, p.Column, p.Rule)
}

// Is makes every Problem an events.ErrInvalid.
func (p *Problem) Is(target error) bool { return target == events.ErrInvalid }

// decode returns the file as UTF-8, without a byte order mark. A file that is
// plainly of another encoding is refused.
func decode(file []byte, encoding string) ([]byte, error) {
	switch {
	case len(file) > MaxFile:
		return nil, fmt.Errorf("the sheet is longer than %d MiB: %w", MaxFile>>20, events.ErrTooLarge)
	case bytes.HasPrefix(file, []byte{0xff, 0xfe}), bytes.HasPrefix(file, []byte{0xfe, 0xff}):
		return nil, &Problem{1, "", "the file is UTF-16 (\"Unicode Text\"): save it as \"CSV UTF-8\""}
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return nil, &Problem{1, "", "the file is a workbook, not CSV: save the sheet as \"CSV UTF-8\""}
	}
	valid := utf8.Valid(file)
	plain := !bytes.ContainsFunc(file, func(r rune) bool { return r >= utf8.RuneSelf })
	switch encoding {
	case UTF8, "":
		if !valid {
			line := 1
			for rest := file; len(rest) > 0; {
				r, n := utf8.DecodeRune(rest)
				if r == utf8.RuneError && n == 1 {
					break
				}
				if r == '\n' {
					line++
				}
				rest = rest[n:]
			}
			return nil, &Problem{line, "", "is not UTF-8 here: save the sheet as \"CSV UTF-8\", or say that it is Windows-1252, which \"CSV\" alone often is"}
		}
		return bytes.TrimPrefix(file, []byte("\ufeff")), nil
	case Windows1252:
		if valid && !plain {
			return nil, &Problem{1, "", "the file is UTF-8, not Windows-1252: leave the encoding out"}
		}
		for i, b := range file {
			if bytes.IndexByte([]byte{0x81, 0x8d, 0x8f, 0x90, 0x9d}, b) >= 0 {
				return nil, &Problem{1 + bytes.Count(file[:i], []byte{'\n'}), "", "a byte that Windows-1252 has no character for: which encoding is it?"}
			}
		}
		return charmap.Windows1252.NewDecoder().Bytes(file)
	}
	return nil, fmt.Errorf("no encoding %q: utf-8 or windows-1252: %w", encoding, events.ErrInvalid)
}

// row is a record of a file: its cells, byte for byte.
type row struct {
	line  int // on which it begins
	cells []string
}

// blank reports whether there is nothing in a row.
func (r *row) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// parse cuts a file into rows, as RFC 4180 has them, with LF for CRLF allowed
// at the end of a row. Unlike encoding/csv it keeps the line ends inside of a
// cell as they are. What follows a row that is not well formed cannot be told
// apart, so the first such row is an error, a *Problem.
func parse(file []byte, separator byte) ([]row, error) {
	var rows []row
	line := 1
	for i := 0; i < len(file); {
		r := row{line: line}
		for more := true; more; {
			if len(r.cells) == maxColumns {
				return nil, &Problem{r.line, "", fmt.Sprintf("more than %d columns", maxColumns)}
			}
			var cell []byte
			if i < len(file) && file[i] == '"' {
				closed := false
				for i++; i < len(file) && !closed; i++ {
					switch {
					case file[i] != '"':
						if file[i] == '\n' {
							line++
						}
						cell = append(cell, file[i])
					case i+1 < len(file) && file[i+1] == '"':
						cell = append(cell, '"')
						i++
					default:
						closed = true
					}
				}
				if !closed {
					return nil, &Problem{r.line, "", fmt.Sprintf("cell %d opens a quotation mark that nothing closes", len(r.cells)+1)}
				}
			} else {
				start := i
				for i < len(file) && file[i] != separator && file[i] != '\n' && file[i] != '\r' {
					if file[i] == '"' {
						return nil, &Problem{line, "", fmt.Sprintf("cell %d has a quotation mark and does not begin with one", len(r.cells)+1)}
					}
					i++
				}
				cell = file[start:i]
			}
			r.cells = append(r.cells, string(cell))
			switch {
			case i == len(file):
				more = false
			case file[i] == separator:
				i++
			case file[i] == '\n':
				i, line, more = i+1, line+1, false
			case file[i] == '\r' && i+1 < len(file) && file[i+1] == '\n':
				i, line, more = i+2, line+1, false
			case file[i] == '\r':
				return nil, &Problem{line, "", "a carriage return without a line feed: save the sheet anew as CSV"}
			default:
				return nil, &Problem{line, "", fmt.Sprintf("cell %d goes on behind its closing quotation mark", len(r.cells))}
			}
		}
		rows = append(rows, r)
		if len(rows) > MaxRows+1 {
			return nil, &Problem{r.line, "", fmt.Sprintf("more than %d rows: cut the sheet in two", MaxRows)}
		}
	}
	return rows, nil
}
