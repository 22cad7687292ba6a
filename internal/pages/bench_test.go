package pages

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/lacking"
)

// BenchmarkDay is My day of the story, folded and rendered, from the request to
// the last byte; shared is the same, masked.
func BenchmarkDay(b *testing.B) {
	o := storyAt(b, access.Who{Staff: "staff-07", Role: access.Adviser}, morning)
	s, err := New(Options{Ledger: o, Guard: o, Recorder: o, Drafts: o, Logger: slog.New(slog.DiscardHandler), Hosts: []string{"localhost:8080"}, HTTPS: true, Now: func() time.Time { return morning }})
	if err != nil {
		lacking.End(b, err)
	}
	for name, change := range map[string]func(*http.Request){
		"open":   func(*http.Request) {},
		"shared": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sharingCookie, Value: "on"}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if w := ask(s, "GET", "/day", change); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
