package access

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// Pace is how often something may be tried: Burst times at once, then once
// every Every.
type Pace struct {
	Burst int
	Every time.Duration
}

// How often sign-in may be tried. One person at one place runs into the first
// limit; many places that try one account into the second; one place that tries
// many accounts into the third. A code of six digits, three of which hold at a
// time, is guessed once in ten thousand hours of the second.
var (
	pacePair    = Pace{5, 2 * time.Minute}
	paceAccount = Pace{30, 2 * time.Minute}
	paceAddress = Pace{60, 20 * time.Second}
)

// ErrWait: tried too often.
var ErrWait = fmt.Errorf("too many attempts")

// WaitError says how long to wait. It is the same whether there is an account
// or not.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("too many attempts: wait %s", e.For) }

// Is makes every WaitError an ErrWait.
func (e *WaitError) Is(target error) bool { return target == ErrWait }

// maxBuckets bounds the limiter's memory.
const maxBuckets = 1 << 16

// limiter counts attempts. What was typed is not kept: it may have been a
// password in the wrong field.
type limiter struct {
	key [32]byte

	mu      sync.Mutex
	buckets map[[32]byte]bucket
}

// bucket is empty at a time and then fills; until is when the attempts that
// were made are forgotten.
type bucket struct{ until time.Time }

func newLimiter() *limiter {
	l := &limiter{buckets: map[[32]byte]bucket{}}
	_, _ = rand.Read(l.key[:]) // never fails
	return l
}

// try is something that is about to be tried.
type try struct {
	what string
	pace Pace
}

// take counts one attempt at all of tries, or none of them and says how long
// to wait.
func (l *limiter) take(now time.Time, tries ...try) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buckets) > maxBuckets-len(tries) {
		l.forget(now)
	}
	var wait time.Duration
	for _, t := range tries {
		full := now.Add(time.Duration(t.pace.Burst-1) * t.pace.Every)
		wait = max(wait, l.buckets[l.name(t)].until.Sub(full))
	}
	if wait > 0 {
		return &WaitError{wait.Truncate(time.Second) + time.Second}
	}
	for _, t := range tries {
		name := l.name(t)
		until := l.buckets[name].until
		if until.Before(now) {
			until = now
		}
		l.buckets[name] = bucket{until.Add(t.pace.Every)}
	}
	return nil
}

// giveBack takes an attempt out of the count: it was right.
func (l *limiter) giveBack(tries ...try) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range tries {
		if b, ok := l.buckets[l.name(t)]; ok {
			l.buckets[l.name(t)] = bucket{b.until.Add(-t.pace.Every)}
		}
	}
}

// forget drops what has no effect any more and, when that is not enough, what
// has the least.
func (l *limiter) forget(now time.Time) {
	for limit := now; len(l.buckets) > maxBuckets/2; limit = limit.Add(time.Minute) {
		for name, b := range l.buckets {
			if !b.until.After(limit) {
				delete(l.buckets, name)
			}
		}
	}
}

func (l *limiter) name(t try) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%x %d %d %s", l.key, t.pace.Burst, t.pace.Every, t.what))
}

// attempts are the three counts of one attempt.
func attempts(kind, staff, address string) []try {
	return []try{
		{fmt.Sprintf("%s pair %q %q", kind, staff, address), pacePair},
		{fmt.Sprintf("%s account %q", kind, staff), paceAccount},
		{fmt.Sprintf("%s address %q", kind, address), paceAddress},
	}
}
