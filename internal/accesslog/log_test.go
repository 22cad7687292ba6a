package accesslog_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/events/keys"
	"caseledger/internal/accesslog"
	"caseledger/projections"
	"caseledger/schemas"
)

const origin = "ledger.example.org/cases/access"

// archive is the read side over a real store.
type archive struct{ *projections.Runner }

func (a archive) Head(chain events.Chain) (accesslog.Head, error) {
	h, err := a.Runner.Head(chain)
	return accesslog.Head{Seq: h.Seq, Hash: h.Hash, Stream: h.StreamSeq}, err
}

// office is an access ledger with its stores and a clock that stands.
type office struct {
	*accesslog.Ledger
	now     time.Time
	log     *eventstest.Memory
	runner  *projections.Runner
	secrets string
	ring    *keys.Ring
}

var own = events.Chain{0xff}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{now: time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC), secrets: filepath.Join(t.TempDir(), "secrets")}
	secrets, err := keys.CreateSecrets(o.secrets, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	store, err := projections.Open(filepath.Join(t.TempDir(), "pebble"), projections.Options{MemTable: 1 << 20, Cache: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	o.log = eventstest.OpenMemory(eventstest.NewDisk(), origin)
	o.ring = keys.Open(secrets, origin, store)
	o.runner = projections.NewRunner(store, o.ring, origin, projections.RunnerOptions{})
	t.Cleanup(func() { _ = o.runner.Close() })
	if _, err := o.runner.Recover(t.Context(), o.log, nil); err != nil {
		t.Fatal(err)
	}
	o.open()
	return o
}

func (o *office) open() {
	o.Ledger = accesslog.New(accesslog.Config{
		Origin: origin, Own: own, Log: o.log, Archive: archive{o.runner}, Keys: o.ring, Erased: func(err error) bool { return errors.Is(err, keys.ErrErased) },
		Clock: func() time.Time { return o.now }, Rand: rand.Reader,
	})
}

func (o *office) record(t *testing.T, e accesslog.Entry) accesslog.Place {
	t.Helper()
	p, err := o.Record(t.Context(), e)
	if err != nil {
		t.Fatalf("%s: %v", e.Type, err)
	}
	return p
}

func (o *office) list(t *testing.T, w accesslog.Which) []accesslog.Row {
	t.Helper()
	rows, err := o.List(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

var (
	session = events.Chain{0xaa}
	other   = events.Chain{0xbb}
	court   = events.Chain{0x0c}
)

func opened(session events.Chain, staff string) accesslog.Entry {
	return accesslog.Entry{Type: "case.opened", Session: session, Staff: staff, Role: "adviser", Action: "case.open", Case: &court}
}

// TestRecord: a session is a chain, what has none is in the ledger's own, every
// month has a key, and nothing is sealed under a case's.
func TestRecord(t *testing.T) {
	o := newOffice(t)
	o.record(t, accesslog.Entry{Type: "session.refused"})
	o.record(t, accesslog.Entry{Type: "session.began", Session: session, Staff: "staff-07", Role: "adviser"})
	o.record(t, opened(session, "staff-07"))
	o.now = o.now.Add(2 * time.Minute) // December
	if p := o.record(t, opened(session, "staff-07")); p.Session != session || p.Seq != 3 {
		t.Errorf("the third of its session stands at %s, %d", p.Session, p.Seq)
	}
	var refs []string
	for e, err := range o.runner.Archive(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, e.Record.Detail.Key.String())
		key, err := o.ring.Key(t.Context(), e.Record.Detail.Key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := events.Open(&e.Record, &key, schemas.Access()); err != nil {
			t.Errorf("record %d: %v", e.Seq, err)
		}
	}
	if want := []string{"service/202611", "service/202611", "service/202611", "service/202612"}; !slices.Equal(refs, want) {
		t.Errorf("sealed under %q, want %q", refs, want)
	}
	rows := o.list(t, accesslog.Which{})
	if len(rows) != 4 || rows[0].Session != own || rows[0].Staff != accesslog.Service || rows[0].Role != "" {
		t.Errorf("%+v", rows)
	}
	if r := rows[3]; r.Type != "case.opened" || r.Staff != "staff-07" || r.Action != "case.open" || r.Case == nil || *r.Case != court {
		t.Errorf("%+v", r)
	}
}

// TestFailsClosed: what could not be recorded is an error, whether it was
// stored or not, and so is everything after a fault.
func TestFailsClosed(t *testing.T) {
	o := newOffice(t)
	fault := errors.New("the disk is gone")
	o.log.BeforeStore(func(*events.Entry) error { return fault })
	if _, err := o.Record(t.Context(), opened(session, "staff-07")); !errors.Is(err, fault) {
		t.Errorf("not stored: %v", err)
	}
	o.log.BeforeStore(nil)
	o.record(t, opened(session, "staff-07"))
	if _, err := o.Record(t.Context(), accesslog.Entry{Type: "case.dreamt"}); !errors.Is(err, events.ErrVersion) {
		t.Errorf("a type that is none: %v", err)
	}
	if _, err := o.Record(t.Context(), accesslog.Entry{Type: "case.opened", Staff: "Kasia Nowak", Action: "case.open"}); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("a name in place of a number: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Record(ctx, opened(session, "staff-07")); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
	if err := o.runner.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Record(t.Context(), opened(other, "staff-07")); !errors.Is(err, events.ErrStopped) {
		t.Errorf("stored and not archived: %v", err)
	}
	if o.Fault() == nil {
		t.Error("it goes on after that")
	}
}

// TestClock: recorded times do not go back, and a clock that was set back is
// not believed.
func TestClock(t *testing.T) {
	o := newOffice(t)
	first := o.record(t, opened(session, "staff-07"))
	o.now = o.now.Add(-time.Minute)
	if p := o.record(t, opened(session, "staff-07")); !p.At.Equal(first.At) {
		t.Errorf("recorded at %s after %s", p.At, first.At)
	}
	o.now = o.now.Add(-time.Hour)
	if _, err := o.Record(t.Context(), opened(session, "staff-07")); !errors.Is(err, accesslog.ErrClock) {
		t.Errorf("an hour back: %v", err)
	}
}

// TestList: by time, case, staff and type; a destroyed month leaves its places.
func TestList(t *testing.T) {
	o := newOffice(t)
	november := o.now
	o.record(t, opened(session, "staff-07"))
	o.now = o.now.AddDate(0, 0, 3)
	o.record(t, opened(other, "staff-03"))
	o.record(t, accesslog.Entry{Type: "day.seen", Session: other, Staff: "staff-03", Role: "manager", Action: "day.see"})
	for name, tt := range map[string]struct {
		which accesslog.Which
		want  int
	}{
		"all": {accesslog.Which{}, 3}, "of the case": {accesslog.Which{Case: &court}, 2}, "of another case": {accesslog.Which{Case: &own}, 0},
		"of one": {accesslog.Which{Staff: "staff-03"}, 2}, "of a type": {accesslog.Which{Types: []string{"day.seen"}}, 1},
		"since": {accesslog.Which{From: o.now}, 2}, "until": {accesslog.Which{To: november.Add(time.Second)}, 1}, "the newest": {accesslog.Which{Limit: 1}, 1},
	} {
		if got := o.list(t, tt.which); len(got) != tt.want {
			t.Errorf("%s: %d entries, want %d", name, len(got), tt.want)
		}
	}
	if err := os.Remove(filepath.Join(o.secrets, "service-202611.key")); err != nil {
		t.Fatal(err)
	}
	secrets, err := keys.OpenSecrets(o.secrets)
	if err != nil {
		t.Fatal(err)
	}
	o.ring = keys.Open(secrets, origin)
	o.open()
	rows := o.list(t, accesslog.Which{})
	if len(rows) != 3 || !rows[0].Destroyed || rows[0].Staff != "" || rows[0].Seq != 1 || rows[1].Destroyed {
		t.Errorf("%+v", rows)
	}
	if got := o.list(t, accesslog.Which{Staff: "staff-07"}); len(got) != 0 {
		t.Errorf("what was destroyed is found: %+v", got)
	}
}

// TestGlass: broken glass stays open for review until somebody else looked.
func TestGlass(t *testing.T) {
	o := newOffice(t)
	broken := o.record(t, accesslog.Entry{
		Type: "glass.broken", Session: session, Staff: "staff-03", Role: "adviser", Case: &court, Reason: "She rang the office and named the court.", Until: o.now.Add(time.Hour),
	})
	unreviewed := func() []accesslog.Row {
		rows, err := o.Unreviewed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	if got := unreviewed(); len(got) != 1 || got[0].Staff != "staff-03" || *got[0].Case != court {
		t.Fatalf("to review: %+v", got)
	}
	review := func(staff string, seq uint64, of *events.Chain) error {
		_, err := o.Record(t.Context(), accesslog.Entry{
			Type: "glass.reviewed", Session: other, Staff: staff, Role: "manager", Case: of, Review: &accesslog.Review{Session: session, Seq: seq, Justified: true},
		})
		return err
	}
	if err := review("staff-03", broken.Seq, &court); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("by who broke it: %v", err)
	}
	if err := review("staff-01", broken.Seq, &own); !errors.Is(err, events.ErrInvalid) {
		t.Errorf("of another case: %v", err)
	}
	if err := review("staff-01", 9, &court); !errors.Is(err, events.ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
	if err := review("staff-01", broken.Seq, &court); err != nil {
		t.Fatal(err)
	}
	if got := unreviewed(); len(got) != 0 {
		t.Errorf("still to review: %+v", got)
	}
}
