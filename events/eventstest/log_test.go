package eventstest_test

import (
	"errors"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
)

func TestMemory(t *testing.T) {
	disks := map[string]*eventstest.Disk{}
	eventstest.LogSuite(t, func(t *testing.T, dir string) eventstest.Log {
		if disks[dir] == nil {
			disks[dir] = eventstest.NewDisk()
		}
		return eventstest.OpenMemory(disks[dir], eventstest.Origin)
	})
}

func TestMemoryFaults(t *testing.T) {
	d := eventstest.NewDisk()
	m := eventstest.OpenMemory(d, eventstest.Origin)
	chain := events.Chain{1}
	r := eventstest.Shell(eventstest.Origin, chain, 1, events.Hash{}, []byte("x"))
	fault := errors.New("fault")

	m.BeforeStore(func(*events.Entry) error { return fault })
	if _, err := m.Append(t.Context(), &r, 0); !errors.Is(err, fault) || errors.Is(err, events.ErrStopped) {
		t.Errorf("failed: %v", err)
	}
	m.BeforeStore(nil)
	if st, _ := m.State(t.Context()); st.Last != 0 {
		t.Error("failed, but was stored")
	}
	m.AfterStore(func(*events.Entry) error { return fault })
	if _, err := m.Append(t.Context(), &r, 0); !errors.Is(err, fault) || !errors.Is(err, events.ErrStopped) {
		t.Errorf("failed but stored: %v", err)
	}
	m.AfterStore(nil)
	if _, err := m.Append(t.Context(), &r, 0); !errors.Is(err, events.ErrStopped) {
		t.Errorf("after a fault: %v", err)
	}
	if st, _ := m.State(t.Context()); st.Last != 1 {
		t.Error("failed and was not stored")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	m = eventstest.OpenMemory(d, eventstest.Origin)
	defer m.Close()
	next := eventstest.Shell(eventstest.Origin, chain, 2, r.Link.Hash(), []byte("y"))
	if at, err := m.Append(t.Context(), &next, 1); err != nil || at != 2 {
		t.Fatalf("opened again: at %d, %v", at, err)
	}
	d.Put([]byte("void"))
	d.Delete(2)
	seen := uint64(0)
	for e, err := range m.Replay(t.Context(), 1) {
		if err != nil {
			if !errors.Is(err, events.ErrBroken) || seen != 1 {
				t.Errorf("hole: %v after %d", err, seen)
			}
			continue
		}
		seen = e.Seq
	}
	if st, _ := m.State(t.Context()); st.Missing() != 1 || st.Last != 3 {
		t.Errorf("state with a hole: %+v", st)
	}
	d.Cut(1)
	if st, _ := m.State(t.Context()); st.Last != 1 || st.Missing() != 0 {
		t.Errorf("state after a cut: %+v", st)
	}
	d.Set(1, []byte("other"))
	if e, err := m.Get(t.Context(), 1); err != nil || !e.Void {
		t.Errorf("changed message: void %t, %v", e.Void, err)
	}
}
