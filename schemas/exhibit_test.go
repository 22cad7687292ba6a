package schemas

import (
	"strings"
	"testing"
)

func TestParseExhibit(t *testing.T) {
	for in, want := range map[string]string{
		"KP/2": "KP 2", "SS/1": "SS 1", "KPXY/999999999": "KPXY 999999999", "S07/1": "S07 1", "S/1": "", "K/1": "", "KPXYZ/1": "", "KP/0": "", "KP/01": "",
		"KP/1000000000": "", "KP": "", "KP/": "", "/1": "", "kp/1": "", "SS1/1": "", "S1A/1": "", "K1/1": "", "KP/1 ": "", "KP/-1": "", "0S/1": "",
	} {
		got := ""
		if initials, number, ok := ParseExhibit([]byte(in)); ok {
			got = strings.Replace(FormatExhibit(string(initials), number), "/", " ", 1)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func FuzzParseExhibit(f *testing.F) {
	for _, s := range []string{"KP/2", "S07/1", "K/1", "KP/01", "KP/999999999", "KP/1000000000", "S/1", "kp/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if initials, number, ok := ParseExhibit([]byte(in)); ok && FormatExhibit(string(initials), number) != in {
			t.Errorf("%q was read as %q, %d", in, initials, number)
		}
	})
}
