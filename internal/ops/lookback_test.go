package ops

import (
	"testing"
	"time"
)

// TestAsOfTime: a look back stands where its cut is, unless it is told
// otherwise.
func TestAsOfTime(t *testing.T) {
	early, late, present, told := time.Unix(1, 0), time.Unix(2, 0), time.Unix(3, 0), time.Unix(4, 0)
	for _, tt := range []struct {
		name string
		of   AsOf
		want time.Time
	}{
		{"nothing is asked", AsOf{}, present},
		{"as known", AsOf{AsKnown: early}, early},
		{"as happened", AsOf{AsHappened: early}, early},
		{"as known before it happened", AsOf{AsKnown: early, AsHappened: late}, early},
		{"as happened before it was known", AsOf{AsKnown: late, AsHappened: early}, early},
		{"told", AsOf{AsKnown: early, AsHappened: late, Now: told}, told},
	} {
		if got := tt.of.Time(present); !got.Equal(tt.want) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
