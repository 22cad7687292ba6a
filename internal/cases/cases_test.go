package cases_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/schemas"
)

// memory is a ledger without a disk: log, archive, keys and schemas in one.
// It keeps the rules that the real ones keep.
type memory struct {
	latest  uint64 // version of every type; 0 is 1
	mu      sync.Mutex
	stream  []events.Record
	applied map[uint64]bool
	keys    map[events.Chain]events.Key
	fault   func(*events.Record) (stored bool, err error) // called before an append
	refuse  error                                         // what Apply answers
	now     time.Time

	standing *cases.Standing // nil: not known, so that the case is read
	read     int             // events read through Chain
}

const origin = "ledger.example.org/cases"

var start = time.Date(2026, 10, 26, 9, 0, 0, 0, time.UTC)

func newMemory() *memory {
	return &memory{applied: map[uint64]bool{}, keys: map[events.Chain]events.Key{}, now: start}
}

func (m *memory) service() *cases.Service {
	return cases.New(cases.Config{
		Origin: origin, Service: events.Chain{0xff}, Log: m, Archive: m, Applier: m, Keys: m, Schemas: m,
		Clock: m.clock, Rand: rand.Reader,
	})
}

func (m *memory) clock() time.Time { m.mu.Lock(); defer m.mu.Unlock(); return m.now }

func (m *memory) set(t time.Time) { m.mu.Lock(); defer m.mu.Unlock(); m.now = t }

func (m *memory) Append(_ context.Context, rec *events.Record, after uint64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var last uint64
	for i := range m.stream {
		if m.stream[i].Link.Chain == rec.Link.Chain {
			last = uint64(i + 1)
		}
	}
	if last != after {
		return 0, fmt.Errorf("after %d: %w", after, events.ErrConflict)
	}
	if m.fault != nil {
		stored, err := m.fault(rec)
		if stored {
			m.stream = append(m.stream, *rec)
		}
		if err != nil {
			return 0, err
		}
	}
	m.stream = append(m.stream, *rec)
	return uint64(len(m.stream)), nil
}

func (m *memory) Apply(_ context.Context, e *events.Entry, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	m.applied[e.Seq] = true
	return nil
}

func (m *memory) Head(chain events.Chain) (cases.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var h cases.Head
	for i := range m.stream {
		if rec := &m.stream[i]; rec.Link.Chain == chain && m.applied[uint64(i+1)] {
			h = cases.Head{Seq: rec.Link.Seq, Hash: rec.Link.Hash(), Stream: uint64(i + 1), KeyGen: 1}
		}
	}
	if h.Seq == 0 {
		return h, events.ErrNotFound
	}
	return h, nil
}

func (m *memory) ByID(id ulid.ULID) (events.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.stream {
		if m.stream[i].Detail.ID == id && m.applied[uint64(i+1)] {
			return events.Entry{Seq: uint64(i + 1), Record: m.stream[i]}, nil
		}
	}
	return events.Entry{}, events.ErrNotFound
}

func (m *memory) Chain(_ context.Context, chain events.Chain, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		for i, rec := range m.records() {
			if rec.Link.Chain != chain || rec.Link.Seq < from {
				continue
			}
			m.mu.Lock()
			m.read++
			m.mu.Unlock()
			if !yield(events.Entry{Seq: uint64(i + 1), Record: rec}, nil) {
				return
			}
		}
	}
}

func (m *memory) records() []events.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]events.Record(nil), m.stream...)
}

func (m *memory) Create(_ context.Context, chain events.Chain) (events.KeyRef, events.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key, ok := m.keys[chain]
	if !ok {
		_, _ = rand.Read(key[:])
		m.keys[chain] = key
	}
	return events.CaseKey(chain, 1), key, nil
}

func (m *memory) Key(_ context.Context, ref events.KeyRef) (events.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ref.Service {
		return events.Key{1}, nil
	}
	if key, ok := m.keys[ref.Chain]; ok {
		return key, nil
	}
	return events.Key{}, events.ErrNotFound
}

func (m *memory) Service() (events.KeyRef, events.Key) {
	return events.ServiceKey(1), events.Key{1}
}

func (m *memory) Standing(context.Context, events.Chain) (cases.Standing, error) {
	if m.standing == nil {
		return cases.Standing{}, errors.New("being folded")
	}
	return *m.standing, nil
}

// Exhibits looks at every export and attachment; notes are passed over.
func (m *memory) Exhibits(ctx context.Context, initials string, number uint64) (n cases.Numbers, err error) {
	for _, rec := range m.records() {
		key, err := m.Key(ctx, rec.Detail.Key)
		if err != nil {
			return n, err
		}
		body, err := events.Unseal(&rec, &key)
		if err != nil {
			return n, err
		}
		var of struct {
			Data struct {
				Exhibit string `json:"exhibit"`
			} `json:"data"`
		}
		if json.Unmarshal(body, &of) != nil {
			continue
		}
		if who, k, ok := schemas.ParseExhibit([]byte(of.Data.Exhibit)); ok && string(who) == initials {
			n.Last, n.Used = max(n.Last, k), n.Used || k == number
		}
	}
	return n, nil
}

func (m *memory) Latest(typ string) (uint64, bool) { return max(1, m.latest), typ != "nothing.such" }

func (m *memory) Validate(body []byte) error {
	if bytes.Contains(body, []byte(`"bad":`)) {
		return &cases.RuleError{Pointer: "/data/bad", Rule: "does not belong here"}
	}
	return nil
}

func command(typ, data string) cases.Command {
	return cases.Command{
		Type: typ, Actor: "staff-07", Data: []byte(data),
		Occurred: []byte(`{"from":null,"to":null,"precision":"unknown"}`),
	}
}

func on(c cases.Command, chain events.Chain) cases.Command { c.Case = chain; return c }

func TestAppend(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx := t.Context()
	first, err := s.Append(ctx, command("referral.received", `{ "n": 1 }`))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Append(ctx, on(command("contact.recorded", `{"statements":[{"text":"a"}]}`), first.Case))
	if err != nil {
		t.Fatal(err)
	}
	if first.Seq != 1 || second.Seq != 2 || first.Case != second.Case || first.Case == (events.Chain{}) {
		t.Errorf("got %+v and %+v", first, second)
	}
	recs := m.records()
	if err := events.CheckChain(recs); err != nil {
		t.Error(err)
	}
	if recs[1].Link.Hash() != second.Hash {
		t.Error("the result names another hash than the record")
	}
	if recs[0].Detail.Nonce == recs[1].Detail.Nonce {
		t.Error("the nonce was used twice")
	}
	key, _ := m.Key(ctx, recs[0].Detail.Key)
	body, err := events.Open(&recs[0], &key, m)
	if want := `{"actor":"staff-07","data":{"n":1},"occurred":{"from":null,"precision":"unknown","to":null},"type":"referral.received","v":1}`; err != nil || string(body) != want {
		t.Errorf("body %s, %v", body, err)
	}
}

func TestRefused(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx := t.Context()
	first, err := s.Append(ctx, command("referral.received", `{}`))
	if err != nil {
		t.Fatal(err)
	}
	contact, err := s.Append(ctx, on(command("contact.recorded", `{"statements":[{"text":"a"},{"text":"b"}]}`), first.Case))
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("[", 15) + strings.Repeat("]", 15)
	correction := func(seq, statement int) string {
		return fmt.Sprintf(`{"corrects":{"seq":%d,"statement":%d},"text":"c"}`, seq, statement)
	}
	tests := []struct {
		name    string
		c       cases.Command
		kind    error
		pointer string
	}{
		{"unknown case", on(command("case.closed", `{}`), events.Chain{9}), events.ErrNotFound, "/case"},
		{"the ledger's own chain", on(command("case.closed", `{}`), events.Chain{0xff}), events.ErrNotFound, "/case"},
		{"unknown type", command("nothing.such", `{}`), events.ErrVersion, "/type"},
		{"a type of the ledger's", on(command("disclosure.exported", `{}`), first.Case), events.ErrInvalid, "/type"},
		{"against the schema", command("referral.received", `{"bad":1}`), events.ErrInvalid, "/data/bad"},
		{"invalid UTF-8", command("referral.received", "{\"a\":\"\xff\"}"), events.ErrSyntax, "/data"},
		{"NUL", command("referral.received", `{"a":"\u0000"}`), events.ErrSyntax, "/data/a"},
		{"lone surrogate", command("referral.received", `{"a":"\ud800"}`), events.ErrSyntax, "/data/a"},
		{"duplicate member", command("referral.received", `{"a":1,"a":2}`), events.ErrSyntax, "/data"},
		{"fraction", command("referral.received", `{"a":1.5}`), events.ErrSyntax, "/data/a"},
		{"exponent", command("referral.received", `{"a":1e3}`), events.ErrSyntax, "/data/a"},
		{"beyond 2^53-1", command("referral.received", `{"a":9007199254740992}`), events.ErrSyntax, "/data/a"},
		{"depth 17", command("referral.received", `{"a":`+deep+`}`), events.ErrSyntax, "/data/a" + strings.Repeat("/0", 14)},
		{"too large", command("referral.received", `{"a":"`+strings.Repeat("x", events.MaxBody)+`"}`), events.ErrTooLarge, ""},
		{"data that is no object", command("referral.received", `[]`), events.ErrSyntax, "/data"},
		{"corrects nothing", on(command("contact.corrected", correction(3, 0)), first.Case), events.ErrInvalid, "/data/corrects/seq"},
		{"corrects no contact", on(command("contact.corrected", correction(1, 0)), first.Case), events.ErrInvalid, "/data/corrects/seq"},
		{"corrects no statement", on(command("contact.corrected", correction(2, 2)), first.Case), events.ErrInvalid, "/data/corrects/statement"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(m.records())
			_, err := s.Append(ctx, tt.c)
			var rule *cases.RuleError
			if !errors.Is(err, tt.kind) || !errors.As(err, &rule) {
				t.Fatalf("got %v, want a RuleError of kind %v", err, tt.kind)
			}
			if !strings.HasPrefix(rule.Pointer, tt.pointer) {
				t.Errorf("pointer %q, want %q", rule.Pointer, tt.pointer)
			}
			if len(m.records()) != before {
				t.Error("something was recorded")
			}
		})
	}
	if _, err := s.Append(ctx, on(command("contact.corrected", correction(int(contact.Seq), 1)), first.Case)); err != nil {
		t.Errorf("a right correction: %v", err)
	}
}

func TestRepeat(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx := t.Context()
	c := command("referral.received", `{"n":1}`)
	c.ID = ulid.MustParse("01JDV3F2N5AAAAAAAAAAAAAAAA")
	first, err := s.Append(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	m.set(start.Add(time.Hour))
	again, err := s.Append(ctx, c)
	if !again.Repeated {
		t.Error("not marked as repeated")
	}
	again.Repeated = false
	if err != nil || again != first {
		t.Errorf("as a new case again: %+v, %v", again, err)
	}
	if r, err := s.Append(ctx, on(c, first.Case)); err != nil || r.Hash != first.Hash {
		t.Errorf("on the case it made: %+v, %v", r, err)
	}
	other := c
	other.Data = []byte(`{"n":2}`)
	for name, c := range map[string]cases.Command{
		"another body": other, "another case": on(c, events.Chain{9}), "another actor": func() cases.Command { d := c; d.Actor = "staff-08"; return d }(),
	} {
		if _, err := s.Append(ctx, c); !errors.Is(err, events.ErrDuplicate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := on(command("case.closed", `{}`), first.Case)
	d.ID = ulid.MustParse("01JDV3F2N5BBBBBBBBBBBBBBBB")
	if _, err := s.Append(ctx, d); err != nil {
		t.Fatal(err)
	}
	d.Case = events.Chain{}
	if _, err := s.Append(ctx, d); !errors.Is(err, events.ErrDuplicate) {
		t.Errorf("a later event's id for a new case: %v", err)
	}
	if n := len(m.records()); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestConflict(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx := t.Context()
	first, err := s.Append(ctx, command("referral.received", `{}`))
	if err != nil {
		t.Fatal(err)
	}
	c := on(command("case.allocated", `{}`), first.Case)
	c.Expect = 1
	if _, err := s.Append(ctx, c); err != nil {
		t.Fatal(err)
	}
	_, err = s.Append(ctx, c)
	var conflict *cases.ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, events.ErrConflict) {
		t.Fatal(err)
	}
	if len(conflict.Added) != 1 || conflict.Added[0] != (cases.Added{Seq: 2, Type: "case.allocated"}) || conflict.Last != 2 {
		t.Errorf("%+v", conflict)
	}
	if got := err.Error(); got != "the case changed after event 1: 2 case.allocated" {
		t.Error(got)
	}
	c.Expect = 7
	if _, err := s.Append(ctx, c); !errors.Is(err, events.ErrConflict) || err.Error() != "the case has 2 events, not 7" {
		t.Error(err)
	}
}

func TestClock(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx := t.Context()
	append := func() (cases.Result, error) { return s.Append(ctx, command("referral.received", `{}`)) }
	m.set(start.Add(1500 * time.Nanosecond))
	first, err := append()
	if err != nil || !first.At.Equal(start.Add(time.Microsecond)) {
		t.Fatalf("%v, %v", first.At, err)
	}
	m.set(first.At.Add(-cases.MaxClockBack))
	if r, err := append(); err != nil || !r.At.Equal(first.At) {
		t.Errorf("a little back: %v, %v", r.At, err)
	}
	m.set(first.At.Add(-cases.MaxClockBack - time.Second))
	var back *cases.ClockError
	if _, err := append(); !errors.As(err, &back) || !errors.Is(err, cases.ErrClock) {
		t.Errorf("far back: %v", err)
	}
	m.set(start.Add(time.Second))
	if r, err := append(); err != nil || !r.At.Equal(start.Add(time.Second)) {
		t.Errorf("caught up: %v, %v", r.At, err)
	}
}

func TestFaults(t *testing.T) {
	fails := errors.New("no space left")
	tests := []struct {
		name   string
		damage func(*memory)
		want   error
		stops  bool
	}{
		{"failed", func(m *memory) { m.fault = func(*events.Record) (bool, error) { return false, fails } }, fails, false},
		{"failed but was stored", func(m *memory) {
			m.fault = func(*events.Record) (bool, error) { return true, fmt.Errorf("lost the ack: %w", events.ErrStopped) }
		}, events.ErrStopped, true},
		{"somebody else wrote", func(m *memory) {
			m.fault = func(*events.Record) (bool, error) { return false, events.ErrConflict }
		}, events.ErrStopped, true},
		{"stored but not archived", func(m *memory) { m.refuse = fails }, events.ErrStopped, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemory()
			s := m.service()
			if _, err := s.Append(t.Context(), command("referral.received", `{}`)); err != nil {
				t.Fatal(err)
			}
			tt.damage(m)
			if _, err := s.Append(t.Context(), command("referral.received", `{}`)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			m.fault, m.refuse = nil, nil
			_, err := s.Append(t.Context(), command("referral.received", `{}`))
			if stopped := errors.Is(err, events.ErrStopped); stopped != tt.stops {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestCancelled: who goes away after the append has begun leaves no event
// behind that is in the log and not in the archive.
func TestCancelled(t *testing.T) {
	m := newMemory()
	s := m.service()
	ctx, cancel := context.WithCancel(t.Context())
	m.fault = func(*events.Record) (bool, error) { cancel(); return false, nil }
	if _, err := s.Append(ctx, command("referral.received", `{}`)); err != nil {
		t.Fatal(err)
	}
	if !m.applied[1] {
		t.Error("not applied")
	}
}

// TestConcurrent: any mixture of writers leaves whole chains, each command
// recorded once, and recorded times that do not go back within a case.
func TestConcurrent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		s := m.service()
		type job struct{ chain, id byte }
		jobs := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) job {
			return job{rapid.ByteRange(1, 3).Draw(rt, "case"), rapid.ByteRange(1, 12).Draw(rt, "id")}
		}), 1, 30).Draw(rt, "jobs")
		var wg sync.WaitGroup
		distinct := map[byte]bool{}
		var mu sync.Mutex
		for _, j := range jobs {
			distinct[j.id] = true
			wg.Add(1)
			go func() {
				defer wg.Done()
				c := command("referral.received", fmt.Sprintf(`{"n":%d}`, j.id))
				c.Case, c.Open, c.ID = events.Chain{j.chain}, true, ulid.ULID{15: j.id}
				_, err := s.Append(context.Background(), c)
				if err != nil && !errors.Is(err, events.ErrDuplicate) { // the same id on another case
					mu.Lock()
					defer mu.Unlock()
					rt.Errorf("%v", err)
				}
			}()
		}
		wg.Wait()
		byChain := map[events.Chain][]events.Record{}
		for _, rec := range m.records() {
			byChain[rec.Link.Chain] = append(byChain[rec.Link.Chain], rec)
		}
		if len(m.records()) != len(distinct) {
			rt.Errorf("%d events for %d ids", len(m.records()), len(distinct))
		}
		for _, recs := range byChain {
			if err := events.CheckChain(recs); err != nil {
				rt.Error(err)
			}
			for i := 1; i < len(recs); i++ {
				if recs[i].Detail.At.Before(recs[i-1].Detail.At) {
					rt.Error("a recorded time goes back")
				}
			}
		}
	})
}
