package mail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"caseledger/internal/datadir"
)

const (
	// Every is how long after one message somebody gets no other.
	Every = 15 * time.Minute
	// GiveUp is how long a message is tried.
	GiveUp = 24 * time.Hour
	// MaxWaiting is how many people can wait to be asked: a service has fewer.
	MaxWaiting = 1000

	// A message that failed is tried again after first, then after twice as
	// long each time, up to longest.
	first   = time.Minute
	longest = time.Hour

	queueFormat = "caseledger/mail-queue/v1"
	queueName   = "queue.json"
	maxQueue    = 1 << 20 // bytes
)

// Addresses finds where somebody's mail goes.
type Addresses interface {
	// Address is somebody's; "": they have none, or may not be asked any more.
	Address(ctx context.Context, staff string) (string, error)
}

// Options are what a Queue is made of. All are needed.
type Options struct {
	Dir       string // of the queue; made when it is not there
	Server    *Server
	URL       string // of the page on which people sign in
	Addresses Addresses
	Logger    *slog.Logger
	Now       func() time.Time
}

// Queue is who is to be asked to sign in. It is safe for concurrent use; one
// process has its directory at a time.
type Queue struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex
	people  map[string]*person
	status  Status
	writing error // of the queue's own file
}

// person is somebody who is to be asked, or was lately.
type person struct {
	Since time.Time `json:"since"` // when there was reason to; zero: none now
	Next  time.Time `json:"next"`  // not before
	Tries int       `json:"tries"`
	Sent  time.Time `json:"sent"` // the last message; zero: none lately
}

// Status is how mail goes out.
type Status struct {
	Waiting int       // people who are to be asked
	Sent    uint64    // since the start
	GivenUp uint64    // likewise
	Last    time.Time // message; zero: none since the start
	Problem string    // why the last one that was tried did not go out; "": it did
	Failed  time.Time // when that was
}

// file is queue.json.
type file struct {
	Format string             `json:"format"`
	People map[string]*person `json:"people"`
}

// OpenQueue opens a queue with those who waited when it was closed. A file that
// cannot be read is put aside, which is said in the log: nobody must wait for
// pages because of it.
func OpenQueue(o Options) (*Queue, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	q := &Queue{o: o, wake: make(chan struct{}, 1), people: map[string]*person{}}
	people, err := read(q.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		o.Logger.Error("the mail queue cannot be read and is put aside; who waited in it is not asked", "error", err)
		if err := os.Rename(q.path(), q.path()+".damaged"); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
	default:
		q.people = people
	}
	return q, nil
}

func (q *Queue) path() string { return filepath.Join(q.o.Dir, queueName) }

func read(path string) (map[string]*person, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxQueue+1))
	if err != nil {
		return nil, err
	}
	var in file
	if len(b) > maxQueue || json.Unmarshal(b, &in) != nil || in.Format != queueFormat || len(in.People) > MaxWaiting {
		return nil, errors.New("it is no mail queue")
	}
	for _, p := range in.People {
		if p == nil {
			return nil, errors.New("it is no mail queue")
		}
	}
	return in.People, nil
}

// write makes the queue durable. Its caller holds mu.
func (q *Queue) write() {
	err := func() error {
		b, err := json.Marshal(file{queueFormat, q.people})
		if err != nil {
			return err
		}
		f, err := datadir.CreateFile(q.path(), true)
		if err != nil {
			return err
		}
		if _, err := f.Write(append(b, '\n')); err != nil {
			return errors.Join(err, f.Discard())
		}
		return f.Commit()
	}()
	if err != nil && q.writing == nil {
		q.o.Logger.Error("the mail queue cannot be written: who waits is lost at a restart", "error", err)
	}
	q.writing = err
}

// Notify puts people into the queue. It never fails for who calls it: what is
// wrong is in the log and in Status.
func (q *Queue) Notify(staff ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now, changed := q.o.Now(), false
	for _, s := range staff {
		p := q.people[s]
		if p == nil {
			if len(q.people) >= MaxWaiting {
				q.forget(now)
			}
			if len(q.people) >= MaxWaiting {
				q.o.Logger.Error("the mail queue is full: somebody is not asked to sign in")
				q.status.GivenUp++
				continue
			}
			p = &person{}
			q.people[s] = p
		}
		if !p.Since.IsZero() {
			continue // one message says it all
		}
		p.Since, p.Tries, p.Next = now, 0, now
		if again := p.Sent.Add(Every); again.After(now) {
			p.Next = again
		}
		changed = true
	}
	if !changed {
		return
	}
	q.write()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// forget drops those of whom nothing needs to be known any more. Its caller
// holds mu.
func (q *Queue) forget(now time.Time) {
	for s, p := range q.people {
		if p.Since.IsZero() && !now.Before(p.Sent.Add(Every)) {
			delete(q.people, s)
		}
	}
}

// Status says how mail goes out.
func (q *Queue) Status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.status
	for _, p := range q.people {
		if !p.Since.IsZero() {
			s.Waiting++
		}
	}
	if s.Problem == "" && q.writing != nil {
		s.Problem = "the queue cannot be written"
	}
	return s
}

// Run sends what waits until ctx ends.
func (q *Queue) Run(ctx context.Context) {
	for ctx.Err() == nil {
		staff, wait := q.due()
		if staff != "" {
			q.ask(ctx, staff)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due is who is to be asked now, or how long nobody is.
func (q *Queue) due() (string, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now, wait := q.o.Now(), longest
	next := ""
	for s, p := range q.people {
		switch {
		case p.Since.IsZero():
		case p.Next.After(now):
			wait = min(wait, p.Next.Sub(now))
		case next == "" || p.Next.Before(q.people[next].Next):
			next = s
		}
	}
	return next, wait
}

// ask sends somebody their message.
func (q *Queue) ask(ctx context.Context, staff string) {
	to, err := q.o.Addresses.Address(ctx, staff)
	switch {
	case err != nil:
		err = &sendError{step: "an address cannot be read"}
	case to == "": // nowhere to send it
		q.done(staff, nil, false)
		return
	default:
		var id [16]byte
		_, _ = rand.Read(id[:]) // never fails
		err = q.o.Server.send(ctx, to, q.o.Server.message(to, q.o.URL, hex.EncodeToString(id[:]), q.o.Now()))
	}
	if err != nil && ctx.Err() != nil {
		return // it was broken off: the next start tries again
	}
	q.done(staff, err, true)
}

// done puts down what came of a message.
func (q *Queue) done(staff string, err error, tried bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p, now := q.people[staff], q.o.Now()
	var failed *sendError
	switch errors.As(err, &failed); {
	case err == nil && tried:
		q.status.Sent++
		q.status.Last, q.status.Problem, q.status.Failed = now, "", time.Time{}
		p.Since, p.Sent = time.Time{}, now
	case err == nil:
		p.Since = time.Time{}
	default:
		q.status.Problem, q.status.Failed = err.Error(), now
		p.Tries++
		if failed != nil && failed.ever || now.Sub(p.Since) >= GiveUp {
			q.status.GivenUp++
			p.Since = time.Time{}
			q.o.Logger.Error("a message could not be sent and is given up", "problem", err.Error())
			break
		}
		p.Next = now.Add(backoff(p.Tries))
		q.o.Logger.Warn("a message could not be sent yet", "problem", err.Error(), "tries", p.Tries)
	}
	q.forget(now)
	q.write()
}

// backoff is how long after so many failures a message is tried again.
func backoff(tries int) time.Duration {
	wait := first
	for range tries - 1 {
		if wait *= 2; wait >= longest {
			return longest
		}
	}
	return wait
}
