package lacking

import (
	"testing"
)

// ended notes how a test was ended.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Helper()      {}
func (e *ended) Fatal(...any) { e.end("failed") }
func (e *ended) Skip(...any)  { e.end("skipped") }

func (e *ended) end(how string) {
	if e.how == "" {
		e.how = how
	}
}

func TestEnd(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		t.Setenv("CI", ci)
		e := &ended{TB: t}
		if End(e, "no browser"); e.how != want {
			t.Errorf("with CI=%q: %s, want %s", ci, e.how, want)
		}
	}
}
