package keys

import (
	"sync"
	"sync/atomic"

	"caseledger/events"
)

const (
	cacheShards = 64
	// cacheKeys bounds the cached keys: 131,072 of about 100 bytes each. A
	// rebuild of 100,000 cases then unwraps each key once.
	cacheKeys = 1 << 17
)

type cacheID struct {
	chain events.Chain
	gen   uint64
}

// cache holds unwrapped keys, a bounded number. What makes room is the key
// that was not used since the hand passed it last (CLOCK).
type cache struct {
	shards [cacheShards]shard
	limit  int // keys per shard
}

type shard struct {
	mu    sync.RWMutex
	at    map[cacheID]int32 // index into slots
	slots []slot
	hand  int
}

type slot struct {
	id   cacheID
	key  events.Key
	used atomic.Bool
}

func newCache(keys int) *cache {
	return &cache{limit: max(1, keys/cacheShards)}
}

// shard picks by the chain, which is random.
func (c *cache) shard(id cacheID) *shard {
	return &c.shards[id.chain[0]%cacheShards]
}

func (c *cache) get(id cacheID) (events.Key, bool) {
	s := c.shard(id)
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := s.at[id]
	if !ok {
		return events.Key{}, false
	}
	e := &s.slots[i]
	if !e.used.Load() {
		e.used.Store(true)
	}
	return e.key, true
}

func (c *cache) put(id cacheID, key events.Key) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.at[id]; ok {
		return // a key never changes
	}
	if s.at == nil {
		s.at = make(map[cacheID]int32)
	}
	if len(s.slots) < c.limit {
		s.at[id] = int32(len(s.slots))
		s.slots = append(s.slots, slot{id: id, key: key})
		return
	}
	for s.slots[s.hand].used.Swap(false) {
		s.hand = (s.hand + 1) % len(s.slots)
	}
	e := &s.slots[s.hand]
	delete(s.at, e.id)
	s.at[id] = int32(s.hand)
	e.id, e.key = id, key
	s.hand = (s.hand + 1) % len(s.slots)
}
