package cases_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"caseledger/events"
	"caseledger/internal/cases"
)

// row is a line of an import: event id of case chain.
func row(chain, id int, data string) string {
	return fmt.Sprintf(`{"case":"%032x","id":"%026d","type":"referral.received","v":1,"actor":"staff-07","occurred":null,"data":%s}`, chain, id, data)
}

func TestImport(t *testing.T) {
	m := newMemory()
	s := m.service()
	file := strings.Join([]string{
		row(1, 1, `{"n":1}`),
		"",
		row(2, 2, `{"n":2}`),
		row(1, 3, `{"bad":3}`),
		row(1, 4, `{"n":4}`) + "\r",
		`{"case":`,
		row(1, 5, `{"n":5.5}`),
		strings.Replace(row(1, 6, `{}`), `"v":1`, `"v":1,"v":1`, 1),
		strings.Replace(row(1, 7, `{}`), `"actor":"staff-07",`, ``, 1),
		strings.Replace(row(1, 8, `{}`), `"v":1`, `"w":1,"v":1`, 1),
		strings.Replace(row(1, 9, `{}`), `referral.received`, `disclosure.exported`, 1),
		row(1, 10, `{"a":"`+strings.Repeat("x", cases.MaxLine)+`"}`),
		row(1, 1, `{"n":99}`),
		strings.Replace(row(1, 11, `{}`), `"case":"0`, `"case":"G`, 1),
		strings.Replace(row(1, 12, `{}`), `"id":"0`, `"id":"8`, 1),
		row(3, 13, "{\"a\":\"\xff\"}"),
		row(3, 0, `{}`),        // an id of nothing would be a fresh one
		row(2, 14, `{"n":14}`), // the last line has no end
	}, "\n")
	report, err := s.Import(t.Context(), strings.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []cases.Refusal{
		{4, "/data/bad", "does not belong here"},
		{6, "", "not a JSON object"},
		{7, "/data/n", "a number is not an integer within 2^53-1, written without sign of zero, leading zeros, fraction or exponent"},
		{8, "/v", "given twice"},
		{9, "/actor", "is missing"},
		{10, "", "a member that does not belong here"},
		{11, "/type", "the ledger writes this type itself"},
		{12, "", "longer than 5 MiB"},
		{13, "/id", "this id is recorded for another event"},
		{14, "/case", "must be 32 lower-case hex digits, not all zero"},
		{15, "/id", "must be a ULID: 26 upper-case characters, not all zero"},
		{16, "/data", "text is not UTF-8 (byte 6)"},
		{17, "/id", "must be a ULID: 26 upper-case characters, not all zero"},
	}
	if got, want := fmt.Sprint(report.Refusals), fmt.Sprint(want); got != want {
		t.Errorf("refused\n%s, want\n%s", got, want)
	}
	if report.Lines != 18 || report.Recorded != 4 || report.Refused != 13 || report.Present != 0 {
		t.Errorf("%+v", report)
	}
	again, err := s.Import(t.Context(), strings.NewReader(file), nil)
	if err != nil || again.Present != 4 || again.Recorded != 0 || again.Refused != 13 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if n := len(m.records()); n != 4 {
		t.Errorf("%d events", n)
	}
}

// TestImportOfTheNewest: a line without a version is of the newest, and is the
// same line when another version has come since.
func TestImportOfTheNewest(t *testing.T) {
	m := newMemory()
	s := m.service()
	line := strings.Replace(row(1, 1, `{"n":1}`), `"v":1,`, ``, 1)
	for i, want := range []cases.Report{{Lines: 1, Recorded: 1}, {Lines: 1, Present: 1}} {
		m.latest = uint64(i + 1)
		got, err := s.Import(t.Context(), strings.NewReader(line), nil)
		if err != nil || got.Recorded != want.Recorded || got.Present != want.Present {
			t.Errorf("version %d: %+v, %v", m.latest, got, err)
		}
	}
	other := strings.Replace(line, `{"n":1}`, `{"n":2}`, 1)
	if got, err := s.Import(t.Context(), strings.NewReader(other), nil); err != nil || got.Refused != 1 || got.Refusals[0].Pointer != "/id" {
		t.Errorf("another event: %+v, %v", got, err)
	}
}

// TestImportInOrder: lines of one case keep their order, whatever the others
// do.
func TestImportInOrder(t *testing.T) {
	m := newMemory()
	var file bytes.Buffer
	for i := range 600 {
		fmt.Fprintln(&file, row(i%7, i+1, fmt.Sprintf(`{"n":%d}`, i)))
	}
	// Case 0 is refused: all zero.
	report, err := m.service().Import(t.Context(), iotest.HalfReader(&file), nil)
	if err != nil || report.Recorded != 514 || report.Refused != 86 {
		t.Fatalf("%+v, %v", report.Recorded, err)
	}
	last := map[events.Chain]string{}
	for _, rec := range m.records() {
		id := rec.Detail.ID.String()
		if id <= last[rec.Link.Chain] {
			t.Fatal("out of order")
		}
		last[rec.Link.Chain] = id
	}
}

// TestImportStops: a fault of the ledger ends the import; what was recorded
// until then is in the report and skipped by the next run.
func TestImportStops(t *testing.T) {
	m := newMemory()
	s := m.service()
	n := 0
	m.fault = func(*events.Record) (bool, error) {
		if n++; n == 50 {
			return false, errors.New("no space left")
		}
		return false, nil
	}
	var file strings.Builder
	for i := range 200 {
		fmt.Fprintln(&file, row(1+i%3, i+1, `{}`))
	}
	report, err := s.Import(t.Context(), strings.NewReader(file.String()), nil)
	if err == nil || report.Recorded != int64(len(m.records())) || report.Recorded >= 200 {
		t.Fatalf("%+v, %v", report, err)
	}
	m.fault = nil
	again, err := s.Import(t.Context(), strings.NewReader(file.String()), nil)
	if err != nil || again.Present != report.Recorded || again.Present+again.Recorded != 200 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestImportCancelled(t *testing.T) {
	m := newMemory()
	ctx, cancel := context.WithCancel(t.Context())
	var file strings.Builder
	for i := range 200 {
		fmt.Fprintln(&file, row(1, i+1, `{}`))
	}
	_, err := m.service().Import(ctx, strings.NewReader(file.String()), func(r cases.Report) {
		if r.Recorded == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestParseFile(t *testing.T) {
	tests := []struct {
		name, file string
		c          cases.Command
		pointer    string
		ok         bool
	}{
		{"the two members", `{"occurred":null,"data":{}}`, cases.Command{Type: "a"}, "", true},
		{"all agree", `{"type":"a","v":2,"actor":"b","occurred":null,"data":{}}`, cases.Command{Type: "a", V: 2, Actor: "b"}, "", true},
		{"version from the file", `{"v":2,"occurred":null,"data":{}}`, cases.Command{Type: "a"}, "", true},
		{"another type", `{"type":"x","occurred":null,"data":{}}`, cases.Command{Type: "a"}, "/type", false},
		{"another actor", `{"actor":"x","occurred":null,"data":{}}`, cases.Command{Type: "a"}, "/actor", false},
		{"another version", `{"v":2,"occurred":null,"data":{}}`, cases.Command{Type: "a", V: 1}, "/v", false},
		{"version 0", `{"v":0,"occurred":null,"data":{}}`, cases.Command{Type: "a"}, "/v", false},
		{"no data", `{"occurred":null}`, cases.Command{Type: "a"}, "/data", false},
		{"one more", `{"occurred":null,"data":{},"name":1}`, cases.Command{Type: "a"}, "", false},
		{"twice", `{"occurred":null,"data":{},"data":{}}`, cases.Command{Type: "a"}, "/data", false},
		{"an array", `[]`, cases.Command{Type: "a"}, "", false},
		{"two objects", `{"occurred":null,"data":{}} {}`, cases.Command{Type: "a"}, "", false},
		{"nothing", ``, cases.Command{Type: "a"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := cases.ParseFile([]byte(tt.file), &tt.c)
			var rule *cases.RuleError
			if (err == nil) != tt.ok || err != nil && !errors.As(err, &rule) {
				t.Fatal(err)
			}
			if rule != nil && rule.Pointer != tt.pointer {
				t.Errorf("pointer %q, want %q", rule.Pointer, tt.pointer)
			}
			if tt.name == "version from the file" && tt.c.V != 2 {
				t.Error(tt.c.V)
			}
		})
	}
}
