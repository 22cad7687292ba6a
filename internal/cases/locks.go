package cases

import (
	"context"
	"sync"
)

// locks is one lock for every key in use, and nothing for the others.
type locks[K comparable] struct {
	mu   sync.Mutex
	held map[K]*held
}

type held struct {
	token chan struct{} // full while somebody holds the lock
	users int           // holder and waiters; under locks.mu
}

// lock waits for the key's lock and returns what gives it back.
func (l *locks[K]) lock(ctx context.Context, key K) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[K]*held{}
	}
	h := l.held[key]
	if h == nil {
		h = &held{token: make(chan struct{}, 1)}
		l.held[key] = h
	}
	h.users++
	l.mu.Unlock()

	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(l.held, key)
		}
	}
	select {
	case h.token <- struct{}{}:
		return func() { <-h.token; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
