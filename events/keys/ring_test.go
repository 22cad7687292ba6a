package keys_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/keys/keystest"
)

const origin = "ledger.example.org/cases"

func newSecrets(t testing.TB) *keys.Secrets {
	t.Helper()
	s, err := keys.CreateSecrets(filepath.Join(t.TempDir(), "secrets"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// addKey puts a further key into a secrets directory and opens it again.
func addKey(t testing.TB, s *keys.Secrets, file string, key byte) *keys.Secrets {
	t.Helper()
	text := strings.Repeat(fmt.Sprintf("%02x", key), 32) + "\n"
	if err := os.WriteFile(filepath.Join(s.Dir(), file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return reopen(t, s)
}

func reopen(t testing.TB, s *keys.Secrets) *keys.Secrets {
	t.Helper()
	s, err := keys.OpenSecrets(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func chain(n byte) events.Chain { return events.Chain{n, 1} }

func wrapName(ref events.KeyRef) string { return fmt.Sprintf("%s.%d", ref.Chain, ref.Gen) }

func create(t testing.TB, r *keys.Ring, c events.Chain) (events.KeyRef, events.Key) {
	t.Helper()
	ref, key, err := r.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return ref, key
}

func TestMemory(t *testing.T) { keystest.TestStore(t, keystest.NewMemory()) }

func TestCreateAndFind(t *testing.T) {
	ctx := t.Context()
	s, a, b := newSecrets(t), keystest.NewMemory(), keystest.NewMemory()
	r := keys.Open(s, origin, a, b)
	ref, key := create(t, r, chain(1))
	if ref != events.CaseKey(chain(1), 1) || key == (events.Key{}) {
		t.Fatalf("Create = %v, zero key %t", ref, key == events.Key{})
	}
	_, other := create(t, r, chain(2))
	if other == key {
		t.Error("two chains have one key")
	}
	for i, m := range []*keystest.Memory{a, b} {
		wrap, err := m.GetWrap(ctx, wrapName(ref))
		if err != nil {
			t.Fatalf("store %d: %v", i+1, err)
		}
		if bytes.Contains(wrap, key[:]) {
			t.Error("the wrap holds the key")
		}
		if got, err := keys.Open(reopen(t, s), origin, m).Key(ctx, ref); err != nil || got != key {
			t.Errorf("store %d alone: %v, same key %t", i+1, err, got == key)
		}
	}
	if _, again := create(t, keys.Open(s, origin, a, b), chain(1)); again != key {
		t.Error("a second Create made a second key")
	}
	if _, err := r.Key(ctx, events.CaseKey(chain(1), 2)); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("generation 2: %v, want ErrNotFound", err)
	}
	if _, err := r.Key(ctx, events.CaseKey(chain(9), 1)); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("unknown chain: %v, want ErrNotFound", err)
	}
	if n, err := r.Check(ctx); n != 4 || err != nil {
		t.Errorf("Check = %d, %v, want 4 wraps", n, err)
	}
	if _, _, err := keys.Open(s, origin).Create(ctx, chain(1)); err == nil {
		t.Error("Create without a store succeeded")
	}
}

// A wrap opens for its own origin, chain, generation and epoch only, and a
// changed bit anywhere is found.
func TestWrapIsBound(t *testing.T) {
	ctx := t.Context()
	s, m := newSecrets(t), keystest.NewMemory()
	ref, _ := create(t, keys.Open(s, origin, m), chain(1))
	wrap, err := m.GetWrap(ctx, wrapName(ref))
	if err != nil {
		t.Fatal(err)
	}
	s = addKey(t, s, "epoch-2.key", 7)
	for _, tt := range []struct {
		name   string
		origin string
		ref    events.KeyRef
		mutate func(*keys.Wrap)
		ok     bool
	}{
		{"intact", origin, ref, func(*keys.Wrap) {}, true},
		{"another ledger", "ledger.example.org/cases/access", ref, func(*keys.Wrap) {}, false},
		{"another chain", origin, events.CaseKey(chain(2), 1), func(*keys.Wrap) {}, false},
		{"another generation", origin, events.CaseKey(chain(1), 2), func(*keys.Wrap) {}, false},
		{"another epoch", origin, ref, func(w *keys.Wrap) { w.Epoch = 2 }, false},
		{"nonce", origin, ref, func(w *keys.Wrap) { w.Nonce[0] ^= 1 }, false},
		{"key", origin, ref, func(w *keys.Wrap) { w.Sealed[0] ^= 1 }, false},
		{"tag", origin, ref, func(w *keys.Wrap) { w.Sealed[47] ^= 0x80 }, false},
	} {
		w, err := keys.ParseWrap(wrap)
		if err != nil {
			t.Fatal(err)
		}
		tt.mutate(&w)
		m := keystest.NewMemory()
		m.Set(wrapName(tt.ref), w.Append(nil))
		_, err = keys.Open(s, tt.origin, m).Key(ctx, tt.ref)
		if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, keys.ErrWrap) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for i := range len(wrap) * 8 {
		b := bytes.Clone(wrap)
		b[i/8] ^= 1 << (i % 8)
		m := keystest.NewMemory()
		m.Set(wrapName(ref), b)
		if _, err := keys.Open(s, origin, m).Key(ctx, ref); err == nil {
			t.Errorf("bit %d of byte %d may change", i%8, i/8)
		}
	}
}

func TestConcurrentCreate(t *testing.T) {
	r := keys.Open(newSecrets(t), origin, keystest.NewMemory(), keystest.NewMemory())
	var wg sync.WaitGroup
	got := make([]events.Key, 64)
	for i := range got {
		wg.Go(func() {
			_, key, err := r.Create(context.Background(), chain(byte(i%4)))
			if err != nil {
				t.Error(err)
			}
			got[i] = key
		})
	}
	wg.Wait()
	for i := range got {
		if got[i] != got[i%4] {
			t.Fatalf("Create %d gave another key for its chain", i)
		}
	}
}

// Two rings, as of two processes, over the same stores: the second makes a
// key after the first has found none. The store written first decides.
func TestCreateRace(t *testing.T) {
	s, a, b := newSecrets(t), keystest.NewMemory(), keystest.NewMemory()
	first, second := keys.Open(s, origin, a, b), keys.Open(s, origin, a, b)
	var winner events.Key
	a.FailPut(func(string) keystest.Fault {
		a.FailPut(nil)
		_, winner = create(t, second, chain(1))
		return keystest.None
	})
	if _, got := create(t, first, chain(1)); got != winner {
		t.Error("the loser kept a key of its own")
	}
}

// Every way a write can fail, in each store: the next Create gives one key,
// and both stores have it.
func TestCreateRepairs(t *testing.T) {
	for _, tt := range []struct {
		name  string
		store int
		fault keystest.Fault
	}{
		{"first store failed", 0, keystest.Failed},
		{"first store failed but stored", 0, keystest.FailedButStored},
		{"second store failed", 1, keystest.Failed},
		{"second store failed but stored", 1, keystest.FailedButStored},
	} {
		ctx := t.Context()
		s := newSecrets(t)
		stores := []*keystest.Memory{keystest.NewMemory(), keystest.NewMemory()}
		r := keys.Open(s, origin, stores[0], stores[1])
		stores[tt.store].FailPut(func(string) keystest.Fault { return tt.fault })
		for range 3 {
			if _, _, err := r.Create(ctx, chain(1)); !errors.Is(err, keystest.ErrFault) {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		ref := events.CaseKey(chain(1), 1)
		var stored *events.Key
		for _, m := range stores {
			if key, err := keys.Open(s, origin, m).Key(ctx, ref); err == nil {
				if stored != nil && *stored != key {
					t.Fatalf("%s: the stores hold two keys", tt.name)
				}
				stored = &key
			}
		}
		if want := tt.store == 1 || tt.fault == keystest.FailedButStored; (stored != nil) != want {
			t.Fatalf("%s: something stored %t, want %t", tt.name, stored != nil, want)
		}
		stores[tt.store].FailPut(nil)
		_, key := create(t, keys.Open(s, origin, stores[0], stores[1]), chain(1))
		if stored != nil && key != *stored {
			t.Errorf("%s: a new key instead of the stored one", tt.name)
		}
		if n, err := r.Check(ctx); n != 2 || err != nil {
			t.Errorf("%s: Check = %d, %v", tt.name, n, err)
		}
	}
}

// Any sequence of faults and retries keeps to one key per chain once any
// store has shown it.
func TestCreateNeverForks(t *testing.T) {
	s := newSecrets(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		stores := []*keystest.Memory{keystest.NewMemory(), keystest.NewMemory()}
		for _, m := range stores {
			m.FailPut(func(string) keystest.Fault {
				return rapid.SampledFrom([]keystest.Fault{keystest.None, keystest.Failed, keystest.FailedButStored}).Draw(rt, "fault")
			})
		}
		var given *events.Key
		for range 6 {
			r := keys.Open(s, origin, stores[0], stores[1])
			ref, key, err := r.Create(ctx, chain(1))
			if err != nil {
				continue
			}
			if given != nil && key != *given {
				rt.Fatal("two keys were given out for one chain")
			}
			given = &key
			for i, m := range stores {
				if got, err := keys.Open(s, origin, m).Key(ctx, ref); err != nil || got != key {
					rt.Fatalf("store %d after Create returned: %v", i+1, err)
				}
			}
		}
	})
}

func TestCreateRefusesDamage(t *testing.T) {
	ctx := t.Context()
	s := newSecrets(t)
	ref := events.CaseKey(chain(1), 1)
	for _, tt := range []struct {
		name  string
		wrap  []byte
		store int
		want  error
	}{
		{"damaged in the first store", []byte("caseledger/wrap/v1\nepoch 1\n"), 0, events.ErrSyntax},
		{"damaged in the second store", []byte{}, 1, events.ErrSyntax},
		{"a later version", []byte("caseledger/wrap/v2\n"), 1, events.ErrVersion},
		{"version 0", []byte("caseledger/wrap/v0\n"), 1, events.ErrVersion},
		{"a version of seven digits", []byte("caseledger/wrap/v1234567\n"), 1, events.ErrVersion},
		{"a version of eight digits", []byte("caseledger/wrap/v12345678\n"), 1, events.ErrSyntax},
		{"a version with a zero in front", []byte("caseledger/wrap/v02\n"), 1, events.ErrSyntax},
		{"this version without LF", []byte("caseledger/wrap/v1"), 1, events.ErrSyntax},
	} {
		stores := []*keystest.Memory{keystest.NewMemory(), keystest.NewMemory()}
		create(t, keys.Open(s, origin, stores[0], stores[1]), chain(1))
		stores[tt.store].Set(wrapName(ref), tt.wrap)
		r := keys.Open(s, origin, stores[0], stores[1])
		var at *keys.StoreError
		if _, _, err := r.Create(ctx, chain(1)); !errors.Is(err, tt.want) || !errors.As(err, &at) || at.Store != tt.store+1 {
			t.Errorf("%s: Create: %v", tt.name, err)
		}
		if _, err := r.Key(ctx, ref); err != nil {
			t.Errorf("%s: Key did not read the other store: %v", tt.name, err)
		}
	}
	a, b := keystest.NewMemory(), keystest.NewMemory()
	create(t, keys.Open(s, origin, a), chain(1))
	create(t, keys.Open(s, origin, b), chain(1))
	if _, _, err := keys.Open(s, origin, a, b).Create(ctx, chain(1)); !errors.Is(err, keys.ErrWrap) {
		t.Errorf("two keys in two stores: %v, want ErrWrap", err)
	}
	b.FailGet(func(string) error { return keystest.ErrFault })
	if _, _, err := keys.Open(s, origin, a, b).Create(ctx, chain(2)); !errors.Is(err, keystest.ErrFault) {
		t.Errorf("a store that cannot be read: %v", err)
	}
}

func TestKeyReadsAround(t *testing.T) {
	ctx := t.Context()
	s := newSecrets(t)
	ref := events.CaseKey(chain(1), 1)
	for _, tt := range []struct {
		name        string
		first, both func(*keystest.Memory)
		want        error // when both stores have the fault
	}{
		{"missing", func(m *keystest.Memory) { m.Set(wrapName(ref), nil) }, nil, events.ErrNotFound},
		{"corrupt", func(m *keystest.Memory) { m.Set(wrapName(ref), []byte("x")) }, nil, events.ErrSyntax},
		{"unreadable", func(m *keystest.Memory) { m.FailGet(func(string) error { return keystest.ErrFault }) }, nil, keystest.ErrFault},
	} {
		a, b := keystest.NewMemory(), keystest.NewMemory()
		_, key := create(t, keys.Open(s, origin, a, b), chain(1))
		tt.first(a)
		if got, err := keys.Open(s, origin, a, b).Key(ctx, ref); err != nil || got != key {
			t.Errorf("%s in the first store: %v", tt.name, err)
		}
		tt.first(b)
		if _, err := keys.Open(s, origin, a, b).Key(ctx, ref); !errors.Is(err, tt.want) {
			t.Errorf("%s in both stores: %v", tt.name, err)
		}
	}
	// Missing in one and unreadable in the other is not "no such key".
	a, b := keystest.NewMemory(), keystest.NewMemory()
	b.FailGet(func(string) error { return keystest.ErrFault })
	if _, err := keys.Open(s, origin, a, b).Key(ctx, ref); errors.Is(err, events.ErrNotFound) {
		t.Errorf("an unreadable store: %v", err)
	}
}

func TestMend(t *testing.T) {
	ctx := t.Context()
	s := newSecrets(t)
	for _, lost := range []int{0, 1} {
		stores := []*keystest.Memory{keystest.NewMemory(), keystest.NewMemory()}
		r := keys.Open(s, origin, stores[0], stores[1])
		ref, key := create(t, r, chain(1))
		stores[lost].Set(wrapName(ref), nil)
		if err := r.Mend(ctx, ref); err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Open(s, origin, stores[lost]).Key(ctx, ref); err != nil || got != key {
			t.Errorf("store %d has not got it back: %v", lost+1, err)
		}
		// What stands there stays, right or wrong.
		stores[lost].Set(wrapName(ref), []byte("x"))
		if err := r.Mend(ctx, ref); err != nil {
			t.Error(err)
		}
		if b, err := stores[lost].GetWrap(ctx, wrapName(ref)); err != nil || string(b) != "x" {
			t.Errorf("a wrap was written over: %q, %v", b, err)
		}
		stores[lost].FailGet(func(string) error { return keystest.ErrFault })
		if err := r.Mend(ctx, ref); !errors.Is(err, keystest.ErrFault) {
			t.Errorf("an unreadable store: %v", err)
		}
	}
	r := keys.Open(s, origin, keystest.NewMemory(), keystest.NewMemory())
	for _, ref := range []events.KeyRef{events.CaseKey(chain(9), 1), events.ServiceKey(1)} {
		if err := r.Mend(ctx, ref); err != nil {
			t.Errorf("%s, which no store has: %v", ref, err)
		}
	}
	if n, err := r.Check(ctx); n != 0 || err != nil {
		t.Errorf("%d wraps were made of none, %v", n, err)
	}
}

func TestEpochs(t *testing.T) {
	ctx := t.Context()
	s, m := newSecrets(t), keystest.NewMemory()
	old, oldKey := create(t, keys.Open(s, origin, m), chain(1))
	s = addKey(t, s, "epoch-2.key", 2)
	s = addKey(t, s, "epoch-10.key", 10)
	r := keys.Open(s, origin, m)
	ref, _ := create(t, r, chain(2))
	wrap, err := m.GetWrap(ctx, wrapName(ref))
	if err != nil {
		t.Fatal(err)
	}
	if w, err := keys.ParseWrap(wrap); err != nil || w.Epoch != 10 {
		t.Errorf("a new wrap is of epoch %d, %v; want the newest, 10", w.Epoch, err)
	}
	if got, err := r.Key(ctx, old); err != nil || got != oldKey {
		t.Errorf("a wrap of epoch 1: %v", err)
	}

	remove := func(file string) {
		if err := os.Remove(filepath.Join(s.Dir(), file)); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, s)
	}
	remove("epoch-1.key")
	var missing *keys.MissingKeyError
	_, err = keys.Open(s, origin, m).Key(ctx, old)
	if !errors.Is(err, keys.ErrErased) || errors.Is(err, events.ErrNotFound) || !errors.As(err, &missing) || missing.Number != 1 {
		t.Errorf("a destroyed epoch: %v", err)
	}
	if _, _, err := keys.Open(s, origin, m).Create(ctx, chain(1)); !errors.Is(err, keys.ErrErased) {
		t.Errorf("Create over an erased key: %v", err)
	}
	// A second store that cannot be read may hold a wrap of a living epoch.
	b := keystest.NewMemory()
	b.FailGet(func(string) error { return keystest.ErrFault })
	if _, err := keys.Open(s, origin, m, b).Key(ctx, old); errors.Is(err, keys.ErrErased) || !errors.Is(err, keystest.ErrFault) {
		t.Errorf("erased in one store, unreadable in the other: %v", err)
	}
	remove("epoch-10.key")
	if _, err := keys.Open(s, origin, m).Key(ctx, ref); errors.Is(err, keys.ErrErased) || !errors.Is(err, events.ErrNotFound) {
		t.Errorf("an epoch newer than the directory: %v", err)
	}
}

func TestServiceKeys(t *testing.T) {
	s := newSecrets(t)
	ref, key := keys.Open(s, origin).Service()
	if ref != events.ServiceKey(1) || key == (events.Key{}) {
		t.Fatalf("Service = %v", ref)
	}
	s = addKey(t, s, "service-3.key", 3)
	r := keys.Open(s, origin)
	if ref, _ := r.Service(); ref != events.ServiceKey(3) {
		t.Errorf("Service = %v, want the newest", ref)
	}
	if got, err := r.Key(t.Context(), events.ServiceKey(1)); err != nil || got != key {
		t.Errorf("an older service key: %v", err)
	}
	if _, err := r.Key(t.Context(), events.ServiceKey(2)); !errors.Is(err, keys.ErrErased) {
		t.Errorf("a destroyed service key: %v", err)
	}
	if _, err := r.Key(t.Context(), events.ServiceKey(4)); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("a service key to come: %v", err)
	}
}

// TestMakeService: a key for every month, of which a destroyed one never comes
// back.
func TestMakeService(t *testing.T) {
	s := newSecrets(t)
	r := keys.Open(s, origin, keystest.NewMemory())
	ref, november, err := r.MakeService(202611, rand.Reader)
	if err != nil || ref != events.ServiceKey(202611) {
		t.Fatalf("%s, %v", ref, err)
	}
	if _, again, err := r.MakeService(202611, rand.Reader); err != nil || again != november {
		t.Errorf("the second time: another key, %v", err)
	}
	_, december, err := r.MakeService(202612, rand.Reader)
	if err != nil || december == november {
		t.Errorf("the next month: %v", err)
	}
	if _, _, err := r.MakeService(202610, rand.Reader); !errors.Is(err, keys.ErrErased) {
		t.Errorf("a month before: %v", err)
	}
	if key, err := r.Key(t.Context(), events.ServiceKey(202611)); err != nil || key != november {
		t.Errorf("found: %v", err)
	}
	r = keys.Open(reopen(t, s), origin, keystest.NewMemory())
	if key, err := r.Key(t.Context(), events.ServiceKey(202611)); err != nil || key != november {
		t.Errorf("after the next start: %v", err)
	}
	if err := os.Remove(filepath.Join(s.Dir(), "service-202611.key")); err != nil {
		t.Fatal(err)
	}
	r = keys.Open(reopen(t, s), origin, keystest.NewMemory())
	if _, _, err := r.MakeService(202611, rand.Reader); !errors.Is(err, keys.ErrErased) {
		t.Errorf("destroyed: %v", err)
	}
	if entries, err := filepath.Glob(filepath.Join(s.Dir(), "*.tmp")); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestCheckFinds(t *testing.T) {
	ctx := t.Context()
	s := newSecrets(t)
	a, b := keystest.NewMemory(), keystest.NewMemory()
	r := keys.Open(s, origin, a, b)
	for i := range 6 {
		create(t, r, chain(byte(i)))
	}
	at := func(i byte) string { return wrapName(events.CaseKey(chain(i), 1)) }
	a.Set(at(1), nil)
	b.Set(at(2), nil)
	b.Set(at(3), []byte("x"))
	one := keystest.NewMemory()
	create(t, keys.Open(s, origin, one), chain(4))
	other, err := one.GetWrap(ctx, at(4))
	if err != nil {
		t.Fatal(err)
	}
	b.Set(at(4), other)
	b.Set("no-name", other)

	n, err := r.Check(ctx)
	var found *keys.CheckError
	if !errors.As(err, &found) {
		t.Fatalf("Check = %d, %v", n, err)
	}
	if n != 10 || found.Total != 5 || len(found.Damage) != 5 {
		t.Errorf("Check read %d wraps and found %d", n, found.Total)
	}
	for _, want := range []struct {
		store int
		name  string
		err   error
	}{
		{1, at(1), events.ErrNotFound},
		{2, at(2), events.ErrNotFound},
		{2, at(3), events.ErrSyntax},
		{2, at(4), keys.ErrWrap},
		{2, "", events.ErrSyntax},
	} {
		hit := false
		for _, d := range found.Damage {
			hit = hit || d.Store == want.store && d.Name == want.name && errors.Is(d.Err, want.err)
		}
		if !hit {
			t.Errorf("store %d, %q: not in %v", want.store, want.name, found.Damage)
		}
	}

	b.FailGet(func(string) error { return keystest.ErrFault })
	if _, err := r.Check(ctx); !errors.Is(err, keystest.ErrFault) || errors.As(err, &found) {
		t.Errorf("an unfinished check: %v", err)
	}
}

// Nothing that is printed shows a key.
func TestNothingPrintsKeys(t *testing.T) {
	ctx := t.Context()
	s := addKey(t, newSecrets(t), "epoch-2.key", 0xab)
	m := keystest.NewMemory()
	r := keys.Open(s, origin, m)
	ref, key := create(t, r, chain(1))
	m.Set(wrapName(ref), []byte("x"))
	_, err := keys.Open(s, origin, m).Key(ctx, ref)
	secret := []string{"abababab", "171 171 171", "171,171,171", fmt.Sprintf("%x", key[:4]), fmt.Sprint(key[0], key[1], key[2])}
	for _, v := range []any{s, *s, r, err} {
		j, _ := json.Marshal(v)
		texts := []string{string(j)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		for _, text := range texts {
			for _, bad := range secret {
				if strings.Contains(strings.ToLower(text), bad) {
					t.Errorf("%T prints a key", v)
				}
			}
		}
	}
}

func BenchmarkKeyCached(b *testing.B) {
	r := keys.Open(newSecrets(b), origin, keystest.NewMemory())
	ref, _ := create(b, r, chain(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Key(b.Context(), ref); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyMiss(b *testing.B) {
	s, m := newSecrets(b), keystest.NewMemory()
	r := keys.Open(s, origin, m)
	// More keys than the cache holds, visited in a circle: never a hit.
	const n = 1<<17 + 1<<14
	refs := make([]events.KeyRef, n)
	for i := range refs {
		var c events.Chain
		rand.Read(c[:])
		refs[i], _ = create(b, r, c)
	}
	r = keys.Open(s, origin, m)
	i := 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := r.Key(b.Context(), refs[i%n]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkCreate(b *testing.B) {
	r := keys.Open(newSecrets(b), origin, keystest.NewMemory(), keystest.NewMemory())
	b.ReportAllocs()
	for b.Loop() {
		var c events.Chain
		rand.Read(c[:])
		create(b, r, c)
	}
}
