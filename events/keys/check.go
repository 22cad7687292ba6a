package keys

import (
	"context"
	"errors"
	"fmt"

	"caseledger/events"
)

// maxDamage is how many damaged wraps a CheckError lists.
const maxDamage = 100

var errOtherKey = fmt.Errorf("opens to another key than in an earlier store: %w", ErrWrap)

// StoreError says what is wrong with one wrap in one store.
type StoreError struct {
	Store int    // its place in Open, from 1
	Name  string // <chain>.<generation>; "" for the store as a whole
	Err   error  // wraps events.ErrNotFound when the store lacks it
}

func (e *StoreError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("key store %d: %v", e.Store, e.Err)
	}
	return fmt.Sprintf("key store %d, wrap %s: %v", e.Store, e.Name, e.Err)
}

// Unwrap returns Err.
func (e *StoreError) Unwrap() error { return e.Err }

// CheckError lists what Check found.
type CheckError struct {
	Total  int           // damaged wraps
	Damage []*StoreError // the first 100 of them
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("%d damaged wraps, the first: %v", e.Total, e.Damage[0])
}

// Unwrap returns what is listed.
func (e *CheckError) Unwrap() []error {
	errs := make([]error, len(e.Damage))
	for i, d := range e.Damage {
		errs[i] = d
	}
	return errs
}

// Check reads every wrap of every store and opens it, past the cache. A wrap
// that one store lacks, that does not open, or that opens to another key than
// in an earlier store is in the *CheckError. Any other error means that the
// check was not finished. checked counts the wraps that were read.
func (r *Ring) Check(ctx context.Context) (checked int, err error) {
	seen := make(map[string]struct{})
	var found CheckError
	damaged := func(store int, name string, err error) {
		if found.Total++; found.Total <= maxDamage {
			found.Damage = append(found.Damage, &StoreError{Store: store, Name: name, Err: err})
		}
	}
	for i, s := range r.stores {
		for name, err := range s.Wraps(ctx) {
			if err != nil {
				return checked, &StoreError{Store: i + 1, Err: err}
			}
			if _, ok := seen[name]; ok {
				continue // an earlier store named it; every store was asked
			}
			seen[name] = struct{}{}
			ref, err := parseName(name)
			if err != nil {
				// Not quoted: nobody knows what it is.
				damaged(i+1, "", err)
				continue
			}
			n, err := r.check(ctx, ref, damaged)
			checked += n
			if err != nil {
				return checked, err
			}
		}
	}
	if found.Total > 0 {
		return checked, &found
	}
	return checked, nil
}

// check reads one key's wrap from every store, and not while it is made.
func (r *Ring) check(ctx context.Context, ref events.KeyRef, damaged func(int, string, error)) (read int, err error) {
	mu := r.maker(ref.Chain)
	mu.Lock()
	defer mu.Unlock()
	var key events.Key
	found := false
	for i, s := range r.stores {
		wrap, err := s.GetWrap(ctx, name(ref))
		if errors.Is(err, events.ErrNotFound) {
			damaged(i+1, name(ref), events.ErrNotFound)
			continue
		}
		if err != nil {
			return read, &StoreError{Store: i + 1, Name: name(ref), Err: err}
		}
		read++
		k, err := r.unwrap(ref, wrap)
		switch {
		case err != nil:
			damaged(i+1, name(ref), err)
		case found && k != key:
			damaged(i+1, name(ref), errOtherKey)
		default:
			key, found = k, true
		}
	}
	return read, nil
}
