package pages

import "testing"

// A form that comes back shows what its page shows: wherever the access ledger
// is told of the page, it is told of the form that was sent as well.
func TestSentIsToldToo(t *testing.T) {
	s := adviser().serve(t)
	told := map[string]string{}
	for _, r := range s.Routes() {
		if r.Method == "GET" {
			told[r.Pattern] = r.Reads
		}
	}
	forms := 0
	for _, r := range s.Routes() {
		if r.Method != "POST" || told[r.Pattern] == "" {
			continue
		}
		if forms++; r.Reads == "" {
			t.Errorf("POST %s is shown again and the access ledger is not told", r.Pattern)
		}
	}
	if forms < 20 {
		t.Errorf("%d forms were looked at", forms)
	}
}
