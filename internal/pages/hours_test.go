package pages

import (
	"reflect"
	"testing"

	"caseledger/schemas"
)

func TestParseHours(t *testing.T) {
	week := []string{"mon", "tue", "wed", "thu", "fri"}
	for _, c := range []struct {
		in   string
		want []schemas.Hours
		out  string // "": it is refused
	}{
		{" ", []schemas.Hours{}, "-"},
		{"Mon-Fri 10:00-15:00", []schemas.Hours{{Days: week, From: "10:00", To: "15:00"}}, "Mon-Fri 10:00-15:00"},
		{"mon–fri 9:00–15:00; sat 9:00-12:00", []schemas.Hours{{Days: week, From: "09:00", To: "15:00"}, {Days: []string{"sat"}, From: "09:00", To: "12:00"}}, "Mon-Fri 09:00-15:00, Sat 09:00-12:00"},
		{"Sat Mon 9:00-9:00", []schemas.Hours{{Days: []string{"sat", "mon"}, From: "09:00", To: "09:00"}}, "Mon Sat 09:00-09:00"},
		{"10:00-15:00", nil, ""}, {"Mon", nil, ""}, {"Mon 10-12", nil, ""}, {"Mon 12:00-10:00", nil, ""}, {"Fri-Mon 10:00-12:00", nil, ""},
		{"Mon-Wed Tue 10:00-12:00", nil, ""}, {"Mon 10:00", nil, ""}, {"day 10:00-12:00", nil, ""}, {",", nil, ""}, {"Mon 24:00-25:00", nil, ""},
	} {
		got, err := parseHours(c.in)
		if (err != nil) != (c.out == "") || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q is %v, %v; want %v", c.in, got, err, c.want)
		}
		if want := map[bool]string{true: "", false: c.out}[c.out == "-"]; err == nil && formatHours(got) != want {
			t.Errorf("%q is written as %q, want %q", c.in, formatHours(got), want)
		}
	}
}

// What is accepted means the same when it is written and read again.
func FuzzParseHours(f *testing.F) {
	for _, s := range []string{"Mon-Fri 10:00-15:00, Sat 9:00-12:00", "sun 00:00-23:59", "Mon Wed 9:00-10:00;", "–"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		list, err := parseHours(in)
		if err != nil {
			t.Skip()
		}
		out := formatHours(list)
		again, err := parseHours(out)
		if err != nil || formatHours(again) != out || len(again) != len(list) {
			t.Errorf("%q is written as %q, which is read as %v, %v", in, out, again, err)
		}
	})
}
