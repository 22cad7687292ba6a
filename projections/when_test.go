package projections

import (
	"testing"

	"pgregory.net/rapid"

	"caseledger/internal/clock"
)

// What is stored of a moment reads back as it was, and one that cannot be is
// not read.
func TestWhenStored(t *testing.T) {
	for _, s := range []string{
		"", "2026-10-27", "2024-02-29", "0001-01-01", "9999-12-31",
		"2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00", "0001-01-01T00:00:00-01:00", "9999-12-31T23:59:59+12:30",
	} {
		w := must[clock.When](t)(clock.ParseWhen(s))
		d := decoder{b: appendWhen(nil, w)}
		if got := d.when(); got != w || d.end() != nil {
			t.Errorf("%q reads back as %q, %v", s, got, d.end())
		}
	}
	for name, b := range map[string][]byte{
		"a kind that is none":      {3},
		"nothing":                  {},
		"the day before the first": appendInt([]byte{dateMoment}, 0),
		"the day after the last":   appendInt([]byte{dateMoment}, 3652060),
		"a day that wraps":         appendInt([]byte{dateMoment}, 1<<32+1),
		"an offset of a day":       appendInt(appendInt([]byte{timeMoment}, 1440), 0),
		"an offset that wraps":     appendInt(appendInt([]byte{timeMoment}, 1<<32), 0),
		"a time without an end":    appendInt([]byte{timeMoment}, 0),
		"the year 10000":           appendInt(appendInt([]byte{timeMoment}, 0), 253402300800),
	} {
		d := decoder{b: b}
		if w := d.when(); d.end() == nil {
			t.Errorf("%s was read as %s", name, w)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		// Years 1 to 9999, and a day from both ends: the offset may not lead out.
		w, ok := clock.AtUnix(rapid.Int64Range(-62135510400, 253402214399).Draw(t, "sec"), rapid.IntRange(-1439, 1439).Draw(t, "offset"))
		d := decoder{b: appendWhen(nil, w)}
		if got := d.when(); !ok || got != w || d.end() != nil {
			t.Fatalf("%s reads back as %s", w, got)
		}
	})
}

// Members of a body: a moment or null, nothing else.
func TestReadWhen(t *testing.T) {
	for _, s := range []string{`null`, `"2026-10-27"`, `"2026-10-27T14:05:00+00:00"`} {
		if w, err := readWhen([]byte(s)); err != nil || w.IsZero() != (s == "null") {
			t.Errorf("%s: %s, %v", s, w, err)
		}
	}
	for _, s := range []string{`"27 October"`, `5`, `"`, `""`} {
		if w, err := readWhen([]byte(s)); err == nil {
			t.Errorf("%s was read as %v", s, w)
		}
	}
}
