package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/schemas"
)

var options = Options{Actor: "staff-01", Title: "contact log 2024 to 2026, spreadsheet", Key: Key{1}}

func read(t *testing.T, kind, sheet string, change ...func(*Options)) *Sheet {
	t.Helper()
	o := options
	for _, f := range change {
		f(&o)
	}
	s, err := Read([]byte(sheet), kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func data[T any](t *testing.T, e *Event) (T, events.Body) {
	t.Helper()
	b, err := events.ParseBody(e.body)
	if err != nil {
		t.Fatal(err)
	}
	d, err := schemas.DecodeData[T](b.Data)
	if err != nil {
		t.Fatal(err)
	}
	return d, b
}

func problems(s *Sheet) string {
	var list []string
	for _, p := range s.Problems {
		list = append(list, p.Error())
	}
	return strings.Join(list, "\n")
}

// TestKinds: every kind has a header that reads, and each event of a full row
// is one that an import takes.
func TestKinds(t *testing.T) {
	rows := map[string]map[string]string{
		"referrals": {
			"case": "IDVA-12", "received": "2026-10-20", "received_time": "09:15", "source": "police", "agency": "Northern Police", "reason": "Referred after an arrest.",
			"flags": "language; self-harm", "reference": "NP/1", "name": "Robin Sample", "initials": "RS", "born": "1990-02-01", "interpreter_language": "pl",
			"phone": "07700 900123", "email": "r.sample@example.org", "address": "\"1 Sample Row\nSampleton\"", "postcode": "ZZ1 1ZZ", "adviser": "staff-07", "language": "pl",
		},
		"contacts": {
			"case": "IDVA-12", "date": "2026-10-27", "start": "23:50", "end": "00:10", "channel": "phone", "direction": "out", "number": "07700 900123", "with": "client",
			"could_overhear": "her sister", "safe_contact_checked": "yes", "summary": "She is well.", "words": "\"He said \"\"no\"\".\"", "opinion": "She is tired", "because": "she said so", "recorded_by": "staff-07",
		},
		"risk-reviews": {"case": "IDVA-12", "date": "2026-10-27", "level": "high", "reasons": "It gets worse.", "criteria": "professional-judgement", "d01": "yes", "d02": "No", "d24": "not-known", "occasion": "intake"},
		"safe-contact": {"case": "IDVA-12", "date": "2026-10-27", "time": "10:00", "phone": "yes", "phone_address": "07700 900123", "voicemail": "no", "voicemail_reason": "he listens", "code_word": "heron", "expires": "2026-12-01"},
	}
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			var header, cells []string
			for _, c := range k.Columns {
				header, cells = append(header, c.Name), append(cells, rows[k.Name][c.Name])
			}
			s := read(t, k.Name, strings.Join(header, ",")+"\r\n"+strings.Join(cells, ",")+"\r\n")
			if len(s.Problems) > 0 || len(s.Events) == 0 {
				t.Fatalf("%d events; %s", len(s.Events), problems(s))
			}
			for i := range s.Events {
				e := &s.Events[i]
				c, err := cases.ParseLine(e.ImportLine())
				if err != nil || c.Case != e.Case || c.ID != e.ID || c.Type != e.Type || c.V != e.V {
					t.Errorf("%s: %+v, %v", e.Type, c, err)
				}
			}
		})
	}
	s := read(t, "referrals", "case,received,source,reason,name,initials,adviser\nIDVA-12,2026-10-20,self,She rang.,Robin Sample,RS,staff-07\n")
	if types := []string{s.Events[0].Type, s.Events[1].Type, s.Events[2].Type}; !slices.Equal(types, []string{"referral.received", "client.recorded", "case.allocated"}) {
		t.Error(types)
	}
	r, b := data[schemas.ReferralReceivedV2](t, &s.Events[0])
	if r.Received != "2026-10-20T00:00:00+01:00" || !bytes.Contains(b.Occurred, []byte(`"precision":"date"`)) || r.Made.Late == nil {
		t.Errorf("%+v, %s", r, b.Occurred)
	}
}

// TestWords: words come through byte for byte; one apostrophe that quotes a
// formula is taken away and counted.
func TestWords(t *testing.T) {
	words := "  He said:\r\n\t\"no\"  \n\nand left.  "
	sheet := "case,date,channel,direction,summary,words\r\n" +
		`A1,2026-10-27,phone,in,"` + strings.ReplaceAll(words, `"`, `""`) + "\",'=SUM(she said)\r\n"
	s := read(t, "contacts", sheet)
	if len(s.Events) != 1 || s.Unquoted != 1 {
		t.Fatalf("%d events, %d unquoted; %s", len(s.Events), s.Unquoted, problems(s))
	}
	d, _ := data[schemas.ContactRecordedV2](t, &s.Events[0])
	if d.Statements[0].Text != words || d.Statements[0].Kind != "client-summary" {
		t.Errorf("%q", d.Statements[0].Text)
	}
	if d.Statements[1].Text != "=SUM(she said)" || d.Statements[1].Kind != "client-words" {
		t.Errorf("%q", d.Statements[1].Text)
	}
}

// TestProblems: each says line, column and rule, and nothing of the cell.
func TestProblems(t *testing.T) {
	const header = "case,date,start,end,channel,direction,number,summary,outcome\n"
	for _, tt := range []struct{ name, row, want string }{
		{"as it must be", "A1,2026-10-27,14:05,14:31,phone,in,07700 900123,Secret words,", ""},
		{"an attempt", "A1,2026-10-27,14:05,,phone,,07700 900123,,no-answer", ""},
		{"no case", ",2026-10-27,,,phone,in,,Secret words,", "line 2, column case: is missing"},
		{"slashes", "A1,03/04/2026,,,phone,in,,Secret words,", "line 2, column date: may be day/month or month/day: say which with dates, dd/mm/yyyy or mm/dd/yyyy"},
		{"two digits", "A1,03/04/26,,,phone,in,,Secret words,", "line 2, column date: has a year of two digits: write all four"},
		{"a serial number", "A1,46322,,,phone,in,,Secret words,", "line 2, column date: is a number, not a date: give the column the format of a date and save the sheet anew"},
		{"no such day", "A1,2026-02-29,,,phone,in,,Secret words,", "line 2, column date: is no date: write 2026-10-27"},
		{"the hour that comes twice", "A1,2026-10-25,01:30,,phone,in,,Secret words,", "line 2, column start: this hour came twice that night: write BST behind the first, GMT behind the second"},
		{"one of the two", "A1,2026-10-25,01:30 GMT,,phone,in,,Secret words,", ""},
		{"the hour left out", "A1,2026-03-29,01:30,,phone,in,,Secret words,", "line 2, column start: the clocks in London left this hour out that night"},
		{"an end alone", "A1,2026-10-27,,14:31,phone,in,,Secret words,", "line 2, column start: is missing, and there is an end"},
		{"an end before the start", "A1,2026-10-27,14:05,13:31,phone,in,,Secret words,", "line 2, column end: lies before the start"},
		{"past midnight", "A1,2026-10-27,23:50,00:20,phone,in,,Secret words,", ""},
		{"an unknown code", "A1,2026-10-27,,,pigeon,in,,Secret words,", "line 2, column channel: must be one of phone, video, text, email, post, in-person"},
		{"no direction", "A1,2026-10-27,,,phone,,,Secret words,", "line 2, column direction: is missing: in or out, or an outcome for an attempt"},
		{"in, in person", "A1,2026-10-27,,,in-person,in,,Secret words,", "line 2, column direction: "},
		{"a number without its 0", "A1,2026-10-27,,,phone,in,7700900123,Secret words,", "line 2, column number: has lost the 0 at its start"},
		{"a number as a number", "A1,2026-10-27,,,phone,in,7.7009E+09,Secret words,", "line 2, column number: was rewritten by the spreadsheet"},
		{"kept as text", `A1,2026-10-27,,,phone,in,"=""07700900123""",Secret words,`, ""},
		{"a formula", "A1,2026-10-27,,,phone,in,=A7,Secret words,", "line 2, column number: is a formula: copy the sheet as values"},
		{"an error", "A1,2026-10-27,,,phone,in,#REF!,Secret words,", "line 2, column number: is an error of the spreadsheet"},
		{"too narrow", "A1,########,,,phone,in,,Secret words,", "line 2, column date: is what a spreadsheet shows when a column is too narrow"},
		{"no words", "A1,2026-10-27,,,phone,in,,,", "line 2, column summary: is missing, and so is every other column of words"},
		{"both", "A1,2026-10-27,,,phone,in,,Secret words,no-answer", "line 2, column direction: is of a contact, and the outcome is of an attempt: make two rows of it"},
		{"one cell more", "A1,2026-10-27,,,phone,in,,Secret words,,Secret", "line 2: cell 10 stands under no column"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := read(t, "contacts", header+tt.row+"\n")
			got := problems(s)
			if tt.want == "" && (got != "" || len(s.Events) != 1) || tt.want != "" && (!strings.HasPrefix(got, tt.want) || len(s.Events) != 0) {
				t.Errorf("%d events; %q, want %q", len(s.Events), got, tt.want)
			}
			for _, secret := range []string{"Secret", "07700", "7700900123", "pigeon", "A1"} {
				if strings.Contains(got, secret) {
					t.Errorf("quotes the cell: %s", got)
				}
			}
		})
	}
}

// TestDates: which number is the day is said, and a date that cannot be so is
// refused.
func TestDates(t *testing.T) {
	for _, tt := range []struct{ form, cell, want string }{
		{DayFirst, "3/4/2026", "2026-04-03"}, {MonthFirst, "3/4/2026", "2026-03-04"}, {DayFirst, "31/12/2026", "2026-12-31"},
		{MonthFirst, "31/12/2026", ""}, {DayFirst, "12/31/2026", ""}, {DayFirst, "2026-04-03", "2026-04-03"},
	} {
		s := read(t, "contacts", "case,date,channel,direction,summary\nA1,"+tt.cell+",phone,in,x\n", func(o *Options) { o.Dates = tt.form })
		got := ""
		if len(s.Events) == 1 {
			_, b := data[schemas.ContactRecordedV2](t, &s.Events[0])
			var o schemas.Occurred
			if err := json.Unmarshal(b.Occurred, &o); err != nil {
				t.Fatal(err)
			}
			got = *o.From
		}
		if got != tt.want || (tt.want == "") != (len(s.Problems) == 1) {
			t.Errorf("%s as %s: %q, want %q; %s", tt.cell, tt.form, got, tt.want, problems(s))
		}
	}
}

// TestEncodings: the two are told apart, never guessed.
func TestEncodings(t *testing.T) {
	const header = "case,date,channel,direction,summary\n"
	text := func(file, encoding string) string {
		o := options
		o.Encoding = encoding
		s, err := Read([]byte(file), "contacts", o)
		if err != nil {
			var p *Problem
			if !errors.As(err, &p) || !errors.Is(err, events.ErrInvalid) {
				t.Errorf("%v", err)
			}
			return err.Error()
		}
		d, _ := data[schemas.ContactRecordedV2](t, &s.Events[0])
		return d.Statements[0].Text
	}
	utf := header + "A1,2026-10-27,phone,in,Zoë’s\n"
	ansi := header + "A1,2026-10-27,phone,in,Zo\xeb\x92s\n"
	for _, tt := range []struct{ name, file, encoding, want string }{
		{"UTF-8", utf, UTF8, "Zoë’s"},
		{"with a mark", "\ufeff" + utf, "", "Zoë’s"},
		{"Windows-1252", ansi, Windows1252, "Zoë’s"},
		{"ASCII as Windows-1252", header + "A1,2026-10-27,phone,in,Zoe\n", Windows1252, "Zoe"},
		{"Windows-1252 as UTF-8", ansi, UTF8, "line 2: is not UTF-8 here"},
		{"UTF-8 as Windows-1252", utf, Windows1252, "line 1: the file is UTF-8"},
		{"no such character", header + "A1,2026-10-27,phone,in,Zo\x81\n", Windows1252, "line 2: a byte that Windows-1252 has no character for"},
		{"UTF-16", "\xff\xfec\x00a\x00", UTF8, "line 1: the file is UTF-16"},
		{"a workbook", "PK\x03\x04…", UTF8, "line 1: the file is a workbook"},
	} {
		if got := text(tt.file, tt.encoding); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFile: what is wrong with a file as a whole.
func TestFile(t *testing.T) {
	for _, tt := range []struct{ name, kind, file, want string }{
		{"nothing", "contacts", "", "line 1: there is no header"},
		{"blank lines", "contacts", "\n , \n", "line 1: there is no header"},
		{"an unknown column", "contacts", "case,date,channel,shoe\n", "line 1: column 4 is none of a sheet of contacts"},
		{"a column twice", "contacts", "case,date,Case\n", "line 1, column case: is there twice"},
		{"a column is missing", "contacts", "case,channel\n", "line 1, column date: is a column that must be there"},
		{"semicolons", "contacts", "case;date;channel\n", "line 1: the columns are not separated by commas: name the separator"},
		{"an open quotation", "contacts", "case,date,channel\nA1,\"x", "line 2: cell 2 opens a quotation mark that nothing closes"},
		{"a quotation within", "contacts", "case,date,channel\nA1,x\"y\n", "line 2: cell 2 has a quotation mark and does not begin with one"},
		{"behind a quotation", "contacts", "case,date,channel\nA1,\"x\"y\n", "line 2: cell 2 goes on behind its closing quotation mark"},
		{"carriage returns", "contacts", "case,date,channel\rA1\r", "line 1: a carriage return without a line feed: save the sheet anew as CSV"},
		{"no kind", "shoes", "case\n", "no kind of sheet of this name: invalid event"},
	} {
		if _, err := Read([]byte(tt.file), tt.kind, options); err == nil || !strings.HasPrefix(err.Error(), strings.TrimSuffix(tt.want, ": invalid event")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := Read(make([]byte, MaxFile+1), "contacts", options); !errors.Is(err, events.ErrTooLarge) {
		t.Error(err)
	}
	for name, change := range map[string]func(*Options){
		"actor": func(o *Options) { o.Actor = "Robin" }, "title": func(o *Options) { o.Title = " " }, "dates": func(o *Options) { o.Dates = "yy" },
		"separator": func(o *Options) { o.Separator = '|' }, "encoding": func(o *Options) { o.Encoding = "koi8" },
	} {
		o := options
		change(&o)
		if _, err := Read([]byte("case,date,channel\n"), "contacts", o); !errors.Is(err, events.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIDs: the same row has the same id whatever else is in the sheet, a row
// that is there twice has two, and nobody without the key can make them.
func TestIDs(t *testing.T) {
	const header = "case,date,channel,direction,summary\n"
	a, b := "A1,2026-10-27,phone,in,one\n", "A2,2026-10-27,phone,in,two\n"
	ids := func(sheet string, change ...func(*Options)) (list []string) {
		for _, e := range read(t, "contacts", sheet, change...).Events {
			list = append(list, e.Case.String()+e.ID.String())
		}
		return list
	}
	first := ids(header + a + b + a)
	if len(first) != 3 || first[0] == first[2] || first[0][:32] != first[2][:32] || first[0][:32] == first[1][:32] {
		t.Fatal(first)
	}
	if again := ids(header + "\n" + b + a); again[0] != first[1] || again[1] != first[0] {
		t.Error("ids depend on the place of a row")
	}
	if moved := ids("date,case,summary,direction,channel,end\n2026-10-27,A1,one,in,phone,\n"); moved[0] != first[0] {
		t.Error("ids depend on the order of the columns, or on empty ones")
	}
	if other := ids(header+a, func(o *Options) { o.Key = Key{2} }); other[0][:32] == first[0][:32] || other[0][32:] == first[0][32:] {
		t.Error("ids do not depend on the key")
	}
	if changed := ids(header + "A1,2026-10-27,phone,in,one.\n"); changed[0] == first[0] || changed[0][:32] != first[0][:32] {
		t.Error("another row has the same id")
	}
	if own := ids(header + "0123456789abcdef0123456789abcdef,2026-10-27,phone,in,one\n"); own[0][:32] != "0123456789abcdef0123456789abcdef" {
		t.Error("a case by its number in the ledger")
	}
}

func TestKeyFile(t *testing.T) {
	k := Key{1, 2, 3}
	got, err := ParseKey(FormatKey(k))
	if err != nil || got != k {
		t.Error(got, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 64), strings.Repeat("A", 64) + "\n", strings.Repeat("0", 65) + "\n"} {
		if _, err := ParseKey([]byte(bad)); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzParse holds the reader against encoding/csv, which reads the same but for
// CRLF within cells, and skips blank lines.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,\"b\nc\"\r\n", "\"a\"\"b\",c", "\"a\"b,c", "a\"b", "\"", "\r", ",\n,,\n", "a\n\n\nb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := parse(file, ',')
		if err != nil {
			var p *Problem
			if !errors.As(err, &p) || p.Line < 1 || p.Line > 1+bytes.Count(file, []byte{'\n'}) {
				t.Fatalf("%v", err)
			}
			return
		}
		if bytes.ContainsRune(file, '\r') {
			return
		}
		r := csv.NewReader(bytes.NewReader(file))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			t.Fatalf("taken, and refused by encoding/csv: %v", err)
		}
		var got [][]string
		for _, r := range rows {
			if len(r.cells) > 1 || r.cells[0] != "" || bytes.Contains(file, []byte(`""`)) {
				got = append(got, r.cells)
			}
		}
		if bytes.Contains(file, []byte(`""`)) {
			return // an empty cell in quotation marks is a row there
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// FuzzRead: whatever is in a sheet, it is taken apart without a panic, every
// event passes its schema and can be imported, and a row is either events or
// problems.
func FuzzRead(f *testing.F) {
	for i, k := range Kinds() {
		var names []string
		for _, c := range k.Columns {
			names = append(names, c.Name)
		}
		f.Add(i, strings.Join(names, ",")+"\nA1,2026-10-27,14:05,,phone,in,,x,y,z\n", true)
	}
	f.Add(1, "case,date,channel,direction,summary\nA1,27/10/2026,phone,in,'=x\n", true)
	f.Fuzz(func(t *testing.T, kind int, sheet string, day bool) {
		o := options
		if day {
			o.Dates = DayFirst
		}
		k := kinds[((kind%len(kinds))+len(kinds))%len(kinds)]
		s, err := Read([]byte(sheet), k.Name, o)
		if err != nil {
			return
		}
		bad := map[int]bool{}
		for _, p := range s.Problems {
			bad[p.Line] = true
		}
		for i := range s.Events {
			e := &s.Events[i]
			if bad[e.Line] {
				t.Errorf("line %d is taken and refused", e.Line)
			}
			if err := schemas.Default().Validate(e.body); err != nil {
				t.Error(err)
			}
			if _, err := cases.ParseLine(e.ImportLine()); err != nil {
				t.Error(err)
			}
		}
	})
}
