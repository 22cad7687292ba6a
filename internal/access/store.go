package access

import (
	"bytes"
	"sync"
	"time"
)

// memory is where scs keeps sessions: in this process only. It implements
// scs.Store; the tokens it is given are hashes of those in the cookies.
type memory struct {
	now func() time.Time

	mu    sync.Mutex
	items map[string]item
}

type item struct {
	data  []byte
	until time.Time
}

func newMemory(now func() time.Time) *memory { return &memory{now: now, items: map[string]item{}} }

// Find implements scs.Store.
func (m *memory) Find(token string) (data []byte, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.items[token]
	if !ok || !m.now().Before(i.until) {
		return nil, false, nil
	}
	return bytes.Clone(i.data), true, nil
}

// Commit implements scs.Store.
func (m *memory) Commit(token string, data []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for t, i := range m.items {
		if !m.now().Before(i.until) {
			delete(m.items, t)
		}
	}
	m.items[token] = item{bytes.Clone(data), until}
	return nil
}

// Delete implements scs.Store.
func (m *memory) Delete(token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, token)
	return nil
}
