package keys

import (
	"encoding/binary"
	"sync"
	"testing"

	"caseledger/events"
)

func cacheKey(n uint64) (cacheID, events.Key) {
	id := cacheID{gen: n}
	binary.LittleEndian.PutUint64(id.chain[:], n)
	var key events.Key
	binary.LittleEndian.PutUint64(key[:], n+1)
	return id, key
}

func (c *cache) len() (n int) {
	for i := range c.shards {
		n += len(c.shards[i].at)
	}
	return n
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache(2 * cacheShards)
	held, heldKey := cacheKey(5)
	c.put(held, heldKey)
	for n := range uint64(10_000) {
		id, key := cacheKey(n)
		c.put(id, key)
		if got, ok := c.get(id); !ok || got != key {
			t.Fatalf("key %d: found %t", n, ok)
		}
		if _, ok := c.get(held); n == 5 && !ok {
			t.Fatal("a key in use was dropped at once")
		}
	}
	if n := c.len(); n != 2*cacheShards {
		t.Errorf("%d keys are cached, want %d", n, 2*cacheShards)
	}
}

// A key that is used stays while others pass through once, as in a rebuild.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	c := newCache(4 * cacheShards)
	held, heldKey := cacheKey(0)
	c.put(held, heldKey)
	for n := uint64(1); n < 10_000; n++ {
		if got, ok := c.get(held); !ok || got != heldKey {
			t.Fatalf("gone after %d others", n)
		}
		id, key := cacheKey(n)
		c.put(id, key)
	}
}

func TestCacheTellsGenerationsApart(t *testing.T) {
	c := newCache(1 << 10)
	id, key := cacheKey(1)
	c.put(id, key)
	id.gen++
	if _, ok := c.get(id); ok {
		t.Error("generation 2 is answered with generation 1")
	}
}

func TestCacheConcurrent(t *testing.T) {
	c := newCache(cacheShards)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			for n := range uint64(2000) {
				id, key := cacheKey((n * (g + 1)) % 300)
				c.put(id, key)
				if got, ok := c.get(id); ok && got != key {
					t.Errorf("key %d is another key", n)
					return
				}
			}
		})
	}
	wg.Wait()
}
