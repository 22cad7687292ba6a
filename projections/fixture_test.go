package projections

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"caseledger/events"
	"caseledger/events/eventstest"
)

const testOrigin = eventstest.Origin

// now is when the tests read: a Friday, 30 October 2026, 12:00 in London.
var now = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// made is the member that every data has.
const made = `"made":{"from":"live","kept":null,"late":null,"reference":null}`

// madeLate is made with a reason for being late.
const madeLate = `"made":{"from":"memory","kept":null,"late":{"text":"At court all day."},"reference":null}`

func occurredAt(from, to string) string {
	if to == "" {
		return `{"from":"` + from + `","precision":"exact","to":null}`
	}
	return `{"from":"` + from + `","precision":"exact","to":"` + to + `"}`
}

// Data of each type, short but whole.
func referral(received string, flags string) string {
	return `{"agency":"Area Marac","flags":[` + flags + `],` + made + `,"reason":{"text":"She is afraid."},"received":"` + received + `","source":"marac"}`
}

func client(initials, born, interpreter string) string {
	b := "null"
	if born != "" {
		b = `"` + born + `"`
	}
	return `{"address":{"lines":["1 Hidden Row"],"postcode":"ZZ1 1ZZ","secret":true},"alias":null,"born":` + b + `,"email":null,"identity":{"disability":null,"ethnicity":null,"gender":null},"initials":"` + initials + `","interpreter":{"language":null,"needed":` + interpreter + `,"note":null},"language":"en",` + made + `,"name":"Fictional Person","phone":"07700 900001","pronouns":null}`
}

func allocated(adviser string) string {
	return `{"adviser":"` + adviser + `","by":"staff-01",` + made + `,"over_cap":null}`
}

func safeContactData(expires string) string {
	e := "null"
	if expires != "" {
		e = `"` + expires + `"`
	}
	return `{"channels":[{"address":null,"allowed":true,"channel":"text","reason":null,"times":null},{"address":null,"allowed":false,"channel":"voicemail","reason":"he listens","times":null}],"code_word":"heron","expires":` + e + `,` + made + `,"places":[]}`
}

func attempt(next string) string {
	n := "null"
	if next != "" {
		n = `"` + next + `"`
	}
	return `{"channel":"phone",` + made + `,"next_try":` + n + `,"note":null,"number":"07700 900001","outcome":"no-answer","voicemail":false}`
}

func contactData(next, with string, statements int) string {
	n := "null"
	if next != "" {
		n = `"` + next + `"`
	}
	s := ""
	for i := range statements {
		if i > 0 {
			s += ","
		}
		s += `{"because":null,"kind":"client-words","language":"en","passed_by":[],"speaker":"client","text":"He rang \"again\" at nine, secretly, and again at ten; then the ` + fmt.Sprint(i) + `th time a man next door put his light on and he left.","translation":null}`
	}
	return `{"channel":"phone","direction":"in","interpreter":null,` + made + `,"next_contact":` + n + `,"number":"07700 900001","place":null,"present":[],"safe_contact_checked":true,"statements":[` + s + `],"with":[{"agency":null,"kind":"` + with + `","name":null,"role":null}]}`
}

func correction(seq, statement int) string {
	return fmt.Sprintf(`{"corrects":{"seq":%d,"statement":%d},%s,"reason":{"text":"Misheard."},"text":"It was ten."}`, seq, statement, made)
}

const incidentData = `{"disclosed_in":null,"happened":{"from":"2026-10-01","precision":"date","to":null},` + made + `,"perpetrator":null,"reference":null,"reported":"no","what":{"text":"He pushed her."}}`

func review(lvl, criteria string) string {
	return `{"answers":[{"answer":"yes","item":"D01","source":null}],"criteria":[` + criteria + `],"instrument":{"code":"dash","version":1},"judgement":{"level":"` + lvl + `","text":"Escalating."},` + made + `,"rule":{"code":"marac","version":1}}`
}

func planData(id, due, status string) string {
	d := "null"
	if due != "" {
		d = `"` + due + `"`
	}
	outcome := "null"
	if status == "done" || status == "not-done" || status == "impossible" {
		outcome = `{"text":"Done."}`
	}
	return `{"actions":[{"aim":{"text":"Change the lock."},"area":"safety","due":` + d + `,"funding":null,"id":"` + id + `","outcome":` + outcome + `,"owner":"staff-07","risk":null,"status":"` + status + `"}],` + made + `}`
}

const closedData = `{"checklist":[],` + made + `,"note":null,"outcomes":[],"reason":"safe"}`

// ledger is a stream and a store that reads it.
type ledger struct {
	tb    testing.TB
	disk  *eventstest.Disk
	log   *eventstest.Memory
	fs    vfs.FS
	keys  Keys
	o     RunnerOptions
	store *Store
	r     *Runner
}

func testOptions() RunnerOptions {
	return RunnerOptions{IndexKey: sha256.Sum256([]byte("index")), Now: func() time.Time { return now }}
}

var smallStore = Options{MemTable: 1 << 20, Cache: 1 << 20}

// newLedger puts chains into a stream, one event of each in turn, without
// applying them.
func newLedger(tb testing.TB, chains ...*eventstest.Chain) *ledger {
	l := &ledger{tb: tb, disk: eventstest.NewDisk(), fs: vfs.NewMem(), keys: eventstest.Keys{}, o: testOptions()}
	for _, e := range eventstest.Entries(chains...) {
		l.disk.Put(e.Payload)
	}
	l.log = eventstest.OpenMemory(l.disk, testOrigin)
	tb.Cleanup(l.close)
	return l
}

// open opens store and runner.
func (l *ledger) open() *ledger {
	l.tb.Helper()
	o := smallStore
	o.FS = l.fs
	s, err := Open("store", o)
	if err != nil {
		l.tb.Fatal(err)
	}
	l.store, l.r = s, NewRunner(s, l.keys, testOrigin, l.o)
	return l
}

// recover opens and recovers, unsigned.
func (l *ledger) recover() *ledger {
	l.tb.Helper()
	l.open()
	if _, err := l.r.Recover(context.Background(), l.log, nil); err != nil {
		l.tb.Fatal(err)
	}
	return l
}

func (l *ledger) close() {
	if l.r == nil {
		return
	}
	l.r.Close()
	if err := l.store.Close(); err != nil {
		l.tb.Errorf("close: %v", err)
	}
	l.r, l.store = nil, nil
}

// week is a case with one event of every type.
func week(seed string) *eventstest.Chain {
	c := eventstest.NewChain(seed)
	day := func(d int) string { return fmt.Sprintf("2026-10-%02dT09:30:00+00:00", d) }
	c.Occurred(occurredAt(day(26), "")).Add("referral.received", referral(day(26), `"honour-based"`))
	c.Add("client.recorded", client("A.B.", "1990-02-01", "false"))
	c.Add("safe-contact.set", safeContactData("2026-11-30"))
	c.Add("case.allocated", allocated("staff-07"))
	c.Occurred(occurredAt(day(27), "")).Add("contact.attempted", attempt("2026-10-28T10:00:00+00:00"))
	c.Occurred(occurredAt("2026-10-28T14:05:00+00:00", "2026-10-28T14:31:00+00:00"))
	c.Add("contact.recorded", contactData("2026-11-03T10:00:00+00:00", "client", 6))
	c.Add("incident.disclosed", incidentData)
	c.Add("risk.reviewed", review("high", `"visible-high-risk","repeat"`))
	c.Add("plan.changed", planData("a1", "2026-11-06", "planned"))
	c.Occurred(occurredAt(day(29), "")).Add("contact.corrected", correction(6, 2))
	c.Add("disclosure.exported", `{"closings":[],"copy":1,"decision":null,"exhibit":"KP/1","force":"Northern","from":"2026-10-01","kinds":[],"manifest":"`+fmt.Sprintf("%064d", 0)+`","officer":"PC 1","recipient":null,"reference":"R","request":null,"to":"2026-10-31"}`)
	return c
}

// many is a stream of n events over cases with the mix of a busy service,
// mostly contacts of 1.9 KB. It is made once for a size.
func many(tb testing.TB, n, cases int) (*memorySource, Keys) {
	tb.Helper()
	manyOnce.Lock()
	defer manyOnce.Unlock()
	key := [2]int{n, cases}
	if m := manyMade[key]; m != nil {
		return m, eventstest.Keys{}
	}
	m := &memorySource{payloads: make([][]byte, n)}
	type job struct {
		seq  int
		body []byte
		at   time.Time
	}
	encode := func(typ, data string) []byte {
		body, err := events.EncodeBody(typ, 1, "staff-07", []byte(eventstest.Occurred), []byte(data))
		if err != nil {
			tb.Fatal(err)
		}
		return body
	}
	opening := [][]byte{
		encode("referral.received", referral("2026-10-26T09:00:00+00:00", "")),
		encode("client.recorded", client("A.B.", "", "false")),
		encode("safe-contact.set", safeContactData("2026-11-30")),
		nil, // allocated to an adviser with twenty cases
		encode("risk.reviewed", review("medium", "")),
		encode("plan.changed", planData("a1", "2026-11-06", "planned")),
	}
	contact := encode("contact.recorded", contactData("2026-11-03T10:00:00+00:00", "client", 6))
	tried := encode("contact.attempted", attempt("2026-10-28T10:00:00+00:00"))
	plan := make([][]job, cases)
	rng := rand.New(rand.NewPCG(1, 2))
	at := eventstest.Start
	for i := range n {
		c := rng.IntN(cases)
		at = at.Add(time.Second)
		body := contact
		switch k := len(plan[c]); {
		case k == 3:
			body = encode("case.allocated", allocated(fmt.Sprintf("staff-%d", c/20)))
		case k < len(opening):
			body = opening[k]
		case k%10 == 9:
			body = tried
		}
		plan[c] = append(plan[c], job{i, body, at})
	}
	// Each case is one goroutine's: sealing is most of the time this takes.
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for c := w; c < cases; c += 2 {
				digest := sha256.Sum256(fmt.Appendf(nil, "many/%d", c))
				chain := events.Chain(digest[:16])
				key := eventstest.KeyOf(events.CaseKey(chain, 1))
				var tip events.Tip
				for _, j := range plan[c] {
					nonce := sha256.Sum256(fmt.Appendf(nil, "nonce/%d", j.seq))
					d := events.Draft{
						Origin: testOrigin, Chain: chain, Seq: tip.Seq + 1, Prev: tip.Hash, At: j.at,
						Key: events.CaseKey(chain, 1), Nonce: nonce, Body: j.body,
					}
					copy(d.ID[1:], nonce[:])
					rec, err := events.Seal(&d, &key)
					if err != nil {
						panic(err)
					}
					tip, err = tip.Next(&rec.Link, testOrigin, chain)
					if err != nil {
						panic(err)
					}
					m.payloads[j.seq] = rec.Append(nil)
				}
			}
		})
	}
	wg.Wait()
	manyMade[key] = m
	return m, eventstest.Keys{}
}

var (
	manyOnce sync.Mutex
	manyMade = map[[2]int]*memorySource{}
)

// memorySource is a stream that is only read.
type memorySource struct{ payloads [][]byte }

func (m *memorySource) State(context.Context) (events.State, error) {
	n := uint64(len(m.payloads))
	return events.State{First: 1, Last: n, Count: n}, nil
}

func (m *memorySource) Replay(_ context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		for seq := from; seq <= uint64(len(m.payloads)); seq++ {
			if !yield(events.NewEntry(seq, m.payloads[seq-1]), nil) {
				return
			}
		}
	}
}

// badKeys are keys of which some are gone or cannot be read.
type badKeys struct {
	Keys
	mu  sync.Mutex
	bad map[events.KeyRef]error
}

func (k *badKeys) set(ref events.KeyRef, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bad == nil {
		k.bad = map[events.KeyRef]error{}
	}
	k.bad[ref] = err
}

func (k *badKeys) Key(ctx context.Context, ref events.KeyRef) (events.Key, error) {
	k.mu.Lock()
	err := k.bad[ref]
	k.mu.Unlock()
	if err != nil {
		return events.Key{}, err
	}
	return k.Keys.Key(ctx, ref)
}
