package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := func(a *attention) time.Duration {
			began := time.Now()
			a.giveWay(t.Context())
			return time.Since(began)
		}
		var a attention
		if got := waits(&a); got != 0 {
			t.Errorf("waits %v for nobody", got)
		}
		a.served(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if got := waits(&a); got != mostWait {
				t.Errorf("waits %v for an answer that does not end, want %v", got, mostWait)
			}
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		time.Sleep(quiet / 4)
		if got, want := waits(&a), quiet-quiet/4; got != want {
			t.Errorf("waits %v after an answer, want %v", got, want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a.asked.Add(1)
		began := time.Now()
		if a.giveWay(ctx); time.Since(began) != 0 {
			t.Errorf("goes on waiting for %v after the end", time.Since(began))
		}
	})
}
