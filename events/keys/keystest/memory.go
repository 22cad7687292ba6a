// Package keystest helps to test what keeps or uses wraps: an in-memory
// keys.Store that can be told to fail, and the tests that every store passes.
package keystest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"caseledger/events"
)

// ErrFault is what a Memory returns where it was told to fail.
var ErrFault = errors.New("fault made by the test")

// Fault is one form of a write that fails.
type Fault int

// The two forms of a fault, and none.
const (
	None            Fault = iota
	Failed                // nothing was stored
	FailedButStored       // the write was stored, its caller told otherwise
)

// Memory is a keys.Store without a disk. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	wraps map[string][]byte
	put   func(name string) Fault
	get   func(name string) error
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{wraps: make(map[string][]byte)} }

// FailPut calls f before every PutWrap to ask how it ends; nil is never. It
// may use the store.
func (m *Memory) FailPut(f func(name string) Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put = f
}

// FailGet calls f before every GetWrap for the error to return; nil is never.
// It may use the store.
func (m *Memory) FailGet(f func(name string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.get = f
}

// Set stores bytes under a name, whatever is there; nil takes it away.
func (m *Memory) Set(name string, wrap []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if wrap == nil {
		delete(m.wraps, name)
		return
	}
	m.wraps[name] = bytes.Clone(wrap)
}

// PutWrap stores a wrap as keys.Store asks.
func (m *Memory) PutWrap(ctx context.Context, name string, wrap []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	put := m.put
	m.mu.Unlock()
	fault := None
	if put != nil {
		fault = put(name)
	}
	if fault == Failed {
		return ErrFault
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if have, ok := m.wraps[name]; ok && !bytes.Equal(have, wrap) {
		return fmt.Errorf("wrap %s: %w", name, events.ErrConflict)
	}
	m.wraps[name] = bytes.Clone(wrap)
	if fault == FailedButStored {
		return ErrFault
	}
	return nil
}

// GetWrap returns a wrap as keys.Store asks.
func (m *Memory) GetWrap(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	get := m.get
	m.mu.Unlock()
	if get != nil {
		if err := get(name); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	wrap, ok := m.wraps[name]
	if !ok {
		return nil, fmt.Errorf("wrap %s: %w", name, events.ErrNotFound)
	}
	return bytes.Clone(wrap), nil
}

// Wraps yields the names in byte order, as they were when it began.
func (m *Memory) Wraps(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		m.mu.Lock()
		names := slices.Sorted(maps.Keys(m.wraps))
		m.mu.Unlock()
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}
