package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// quiet is how long nobody must have been answered before work behind the
	// service goes on.
	quiet = 100 * time.Millisecond
	// mostWait bounds the wait of one step of such work: it comes to its end on
	// a service that is never quiet, too.
	mostWait = time.Second
)

// attention knows whether somebody is being answered. The zero value is ready.
type attention struct {
	asked atomic.Int64 // calls that are being answered
	last  atomic.Int64 // when the last answer ended, in nanoseconds since 1970
}

// served counts the calls that h answers.
func (a *attention) served(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		defer func() {
			a.last.Store(time.Now().UnixNano())
			a.asked.Add(-1)
		}()
		h.ServeHTTP(w, r)
	})
}

// giveWay waits until nobody is answered and was not for a while, or until it
// has waited long enough.
func (a *attention) giveWay(ctx context.Context) {
	end := time.Now().Add(mostWait)
	for now := time.Now(); now.Before(end); now = time.Now() {
		wait := quiet
		if a.asked.Load() == 0 {
			if wait = quiet - now.Sub(time.Unix(0, a.last.Load())); wait <= 0 {
				return
			}
		}
		select {
		case <-time.After(min(wait, end.Sub(now))):
		case <-ctx.Done():
			return
		}
	}
}
