package schemas

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPatterns holds every function to the expression it stands for.
func TestPatterns(t *testing.T) {
	near := map[string]string{ // what nearly or fully matches, to start from
		oneLine: "Flat 3, “no”", plain: "client-words 1.", actorName: "staff-07", codeName: "0a-1", itemCode: "D01", initials: "KP",
		typeName: "safe-contact.set", bcp47: "pa-Guru-GB", hexHash: strings.Repeat("5e8f", 16), mailbox: "a.b@example.org",
		hexID: strings.Repeat("5e8f", 8), clockTime: "09:30", mediaType: "image/svg+xml",
		localTime: "2026-10-25T01:30:00+01:00",
	}
	for pattern, match := range patterns {
		re := regexp.MustCompile(pattern)
		start := []rune(near[pattern])
		if !match([]byte(near[pattern])) {
			t.Errorf("%s does not match %q", pattern, near[pattern])
		}
		rapid.Check(t, func(t *rapid.T) {
			s := append([]rune{}, start...)
			for range rapid.IntRange(0, 3).Draw(t, "edits") {
				i := rapid.IntRange(0, len(s)).Draw(t, "at")
				switch r := rapid.RuneFrom([]rune("aZ09-.@ \t\n\rTé:+\x00")).Draw(t, "rune"); rapid.IntRange(0, 2).Draw(t, "edit") {
				case 0:
					s = append(s[:i], append([]rune{r}, s[i:]...)...)
				case 1:
					s = s[:i]
				case 2:
					if i < len(s) {
						s[i] = r
					}
				}
			}
			if got, want := match([]byte(string(s))), re.MatchString(string(s)); got != want {
				t.Fatalf("%s on %q: %v, the expression says %v", pattern, string(s), got, want)
			}
		})
	}
}

func TestParseTime(t *testing.T) {
	summer, _, err := ParseTime("2026-10-25T01:30:00+01:00")
	if err != nil {
		t.Fatal(err)
	}
	winter, date, err := ParseTime("2026-10-25T01:30:00+00:00")
	if err != nil || date {
		t.Fatal(date, err)
	}
	if d := winter.Sub(summer); d != time.Hour {
		t.Errorf("the two 01:30 are %v apart", d)
	}
	day, date, err := ParseTime("2024-02-29")
	if err != nil || !date || !day.Equal(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)) {
		t.Error(day, date, err)
	}
	for _, bad := range []string{"", "2026-10-25T01:30:00", "2026-10-25T01:30:00Z", "2026-10-25T25:30:00+00:00", "2026-02-29", secret} {
		if _, _, err := ParseTime(bad); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestFormats holds the formats to the time package.
func TestFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		digits := func(v, width int) string {
			return strings.Repeat("0", width)[:max(0, width-len(strconv.Itoa(v)))] + strconv.Itoa(v)
		}
		date := digits(n("year", 9999), 4) + "-" + digits(n("month", 13), 2) + "-" + digits(n("day", 32), 2)
		clock := date + "T" + digits(n("hour", 25), 2) + ":" + digits(n("minute", 61), 2) + ":" + digits(n("second", 61), 2) + "+01:00"
		_, err := time.Parse(dateForm, date)
		if got, want := formats["date"]([]byte(date)), err == nil && date[:4] != "0000"; got != want {
			t.Fatalf("date %s: %v", date, got)
		}
		_, err = time.Parse(timeForm, clock)
		if got, want := formats["date-time"]([]byte(clock)), err == nil && date[:4] != "0000"; got != want {
			t.Fatalf("date-time %s: %v", clock, got)
		}
	})
}
