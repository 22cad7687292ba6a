package accesslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// MaxClockBack is how far the clock may stand behind the last recorded time
// before nothing is recorded any more, as in the ledger of the cases.
const MaxClockBack = 2 * time.Minute

// MaxInFlight is the number of entries between reading the clock and durability
// at any moment: so many may stand out of order at the end of the log.
const MaxInFlight = 256

// Service is the actor of what no member of staff did.
const Service = "caseledger"

// ErrClock: the clock stands behind what is recorded.
var ErrClock = errors.New("the clock stands behind the last recorded time")

// Log takes the sealed entry. natslog.Log is one.
type Log interface {
	// Append stores rec as the successor of the chain's record at stream
	// sequence after (0 for a chain's first) and returns its own stream
	// sequence once it is durable.
	Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error)
}

// Head is the last record of a chain.
type Head struct {
	Seq    uint64 // within the chain, from 1
	Hash   events.Hash
	Stream uint64 // its stream sequence
}

// Archive answers from what is recorded and durable.
type Archive interface {
	// Head returns the chain's last record, or an error wrapping ErrNotFound.
	Head(chain events.Chain) (Head, error)
	// Position is the last stream sequence.
	Position() uint64
	// Entry returns one record by its stream sequence.
	Entry(stream uint64) (events.Entry, error)
	// Archive yields the records from a stream sequence on, oldest first.
	Archive(ctx context.Context, from uint64) iter.Seq2[events.Entry, error]
	// At returns a record by its place in its chain, or an error wrapping
	// ErrNotFound.
	At(chain events.Chain, seq uint64) (events.Entry, error)
	// Apply makes an appended record part of the archive and the tree. It must
	// be called once for every appended record, in any order.
	Apply(ctx context.Context, e *events.Entry, body []byte) error
}

// Keys are the service keys.
type Keys interface {
	// MakeService returns service key n, and makes it, durable, when n is above
	// every number there is.
	MakeService(n uint64, rand io.Reader) (events.KeyRef, events.Key, error)
	Key(ctx context.Context, ref events.KeyRef) (events.Key, error)
}

// Config is what a Ledger is made of. Every member is needed.
type Config struct {
	Origin  string
	Own     events.Chain // of what belongs to no session
	Last    time.Time    // the latest recorded time among the last MaxInFlight records; zero for none
	Log     Log
	Archive Archive
	Keys    Keys
	Erased  func(error) bool // reports whether an error of Keys is of a key that was destroyed
	Clock   func() time.Time
	Rand    io.Reader // cryptographic, safe for concurrent use
}

// Ledger is the write and the read side of an access ledger. It is safe for
// concurrent use; there is one per directory at a time.
type Ledger struct {
	cfg     Config
	chains  [64]sync.Mutex // by chain: a record follows the one before it
	slots   chan struct{}
	stopped atomic.Pointer[error]

	mu   sync.Mutex
	last time.Time // the latest reading used

	looking sync.Mutex // guards upto and glass
	upto    uint64     // stream sequence up to which glass was gathered
	glass   []Row
}

// New returns an access ledger.
func New(cfg Config) *Ledger {
	return &Ledger{cfg: cfg, slots: make(chan struct{}, MaxInFlight), last: cfg.Last}
}

// Entry is one thing that somebody did or asked to see.
type Entry struct {
	Type    string       // one of schemas.Access
	Session events.Chain // zero: it belongs to no session
	Staff   string       // number; "": nobody was signed in
	Role    string       // "": likewise
	Action  string       // of what is asked to be seen
	Case    *events.Chain
	Glass   bool // only allowed because glass was broken

	Account string // whose, of account.…; "": one's own

	Reason string    // of glass.broken
	Until  time.Time // likewise

	Review *Review // of glass.reviewed

	Token *Token // of token.made and token.revoked
}

// Token is whose a token is and what it is good for.
type Token struct {
	Staff   string // "": an agency's
	Agency  string
	Scopes  []string
	Expires time.Time
}

// Review is what somebody independent found.
type Review struct {
	Session   events.Chain // in whose chain the glass.broken stands
	Seq       uint64       // its place there
	Justified bool
	Note      string // "": none
}

// Place is where an entry stands.
type Place struct {
	Session events.Chain `json:"session"`
	Seq     uint64       `json:"seq"`
	At      time.Time    `json:"at,omitzero"`
}

// Record records an entry and returns when it is durable in both copies. The
// error wraps events.ErrInvalid or events.ErrVersion for an entry that is none,
// ErrClock, or events.ErrStopped after a fault, from which on nothing is
// recorded until the ledger is opened again.
func (l *Ledger) Record(ctx context.Context, e Entry) (Place, error) {
	if err := l.Fault(); err != nil {
		return Place{}, err
	}
	if (e.Type == "token.made" || e.Type == "token.revoked") && e.Token == nil {
		return Place{}, fmt.Errorf("access ledger: a token that is none: %w", events.ErrInvalid)
	}
	if e.Type == "glass.reviewed" {
		if err := l.independent(ctx, &e); err != nil {
			return Place{}, err
		}
	}
	chain := e.Session
	if chain == (events.Chain{}) {
		chain = l.cfg.Own
	}
	data, err := schemas.EncodeData(e.data())
	if err != nil {
		return Place{}, fmt.Errorf("access ledger: %s: %w", e.Type, err)
	}
	mu := &l.chains[chain[0]%byte(len(l.chains))]
	mu.Lock()
	defer mu.Unlock()
	head, err := l.cfg.Archive.Head(chain)
	if err != nil && !errors.Is(err, events.ErrNotFound) {
		return Place{}, fmt.Errorf("access ledger: %w", err)
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return Place{}, ctx.Err()
	}
	at, err := l.now()
	if err != nil {
		return Place{}, err
	}
	body, err := e.body(at, data)
	if err != nil {
		return Place{}, fmt.Errorf("access ledger: %s: %w", e.Type, err)
	}
	ref, key, err := l.cfg.Keys.MakeService(Month(at), l.cfg.Rand)
	if err != nil {
		return Place{}, fmt.Errorf("access ledger: key of the month: %w", err)
	}
	id, err := ulid.New(ulid.Timestamp(at), l.cfg.Rand)
	if err != nil {
		return Place{}, fmt.Errorf("access ledger: new id: %w", err)
	}
	draft := events.Draft{Origin: l.cfg.Origin, Chain: chain, Seq: head.Seq + 1, Prev: head.Hash, ID: id, At: at, Key: ref, Body: body}
	if _, err := io.ReadFull(l.cfg.Rand, draft.Nonce[:]); err != nil {
		return Place{}, fmt.Errorf("access ledger: nonce: %w", err)
	}
	rec, err := events.Seal(&draft, &key)
	if err != nil {
		return Place{}, fmt.Errorf("access ledger: %w", err)
	}
	if err := l.store(context.WithoutCancel(ctx), &rec, body, head.Stream); err != nil {
		return Place{}, fmt.Errorf("access ledger: %w", err)
	}
	return Place{Session: chain, Seq: draft.Seq, At: at}, nil
}

// store appends and applies. Nobody may walk away from it: a record that is in
// the log and was not applied would hold up every later one.
func (l *Ledger) store(ctx context.Context, rec *events.Record, body []byte, after uint64) error {
	seq, err := l.cfg.Log.Append(ctx, rec, after)
	if errors.Is(err, events.ErrConflict) {
		// This process is the one writer and holds the chain's lock.
		err = fmt.Errorf("the log holds a record that this process did not write: %w", events.ErrStopped)
	}
	if err != nil {
		if errors.Is(err, events.ErrStopped) {
			l.stop(err)
		}
		return err
	}
	if err := l.cfg.Archive.Apply(ctx, &events.Entry{Seq: seq, Record: *rec}, body); err != nil {
		err = fmt.Errorf("record %d of the log is stored but not archived: %w: %w", seq, events.ErrStopped, err)
		l.stop(err)
		return err
	}
	return nil
}

// independent refuses a review of glass that is none, or by who broke it.
func (l *Ledger) independent(ctx context.Context, e *Entry) error {
	if e.Review == nil {
		return fmt.Errorf("access ledger: a review of nothing: %w", events.ErrInvalid)
	}
	broken, err := l.cfg.Archive.At(e.Review.Session, e.Review.Seq)
	if err != nil {
		return fmt.Errorf("access ledger: %w", err)
	}
	row, err := l.open(ctx, &broken)
	switch {
	case err != nil:
		return fmt.Errorf("access ledger: %w", err)
	case row.Type != "glass.broken" || e.Case == nil || row.Case == nil || *row.Case != *e.Case:
		return fmt.Errorf("access ledger: what is reviewed is no broken glass of this case: %w", events.ErrInvalid)
	case row.Staff == e.Staff:
		return fmt.Errorf("access ledger: whoever broke the glass does not review it: %w", events.ErrInvalid)
	}
	return nil
}

// data is the entry's data, in the shape of its type.
func (e *Entry) data() any {
	role := orNil(e.Role)
	chain := ""
	var of *string
	if e.Case != nil {
		chain = e.Case.String()
		of = &chain
	}
	switch kind, _, _ := strings.Cut(e.Type, "."); {
	case kind == "session", e.Type == "token.refused":
		return schemas.AccessSession{Role: role}
	case kind == "token":
		t := e.Token
		return schemas.AccessToken{Agency: orNil(t.Agency), Expires: clock.Format(t.Expires), Role: role, Scopes: t.Scopes, Staff: orNil(t.Staff)}
	case kind == "account":
		return schemas.AccessAccount{Account: orNil(e.Account), Role: role}
	case e.Type == "glass.broken":
		return schemas.AccessGlassBroken{Case: chain, Reason: schemas.Prose{Text: e.Reason}, Role: role, Until: clock.Format(e.Until)}
	case e.Type == "glass.reviewed":
		r := schemas.AccessGlassReviewed{Case: chain, Justified: e.Review.Justified, Role: role, Session: e.Review.Session.String(), Seq: e.Review.Seq}
		if e.Review.Note != "" {
			r.Note = &schemas.Prose{Text: e.Review.Note}
		}
		return r
	}
	return schemas.AccessRead{Action: e.Action, Case: of, Glass: e.Glass, Role: role}
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// body is the entry's canonical body, held against the schema of its type.
func (e *Entry) body(at time.Time, data []byte) ([]byte, error) {
	actor := e.Staff
	if actor == "" {
		actor = Service
	}
	when := clock.Format(at)
	occurred, err := schemas.EncodeData(schemas.Occurred{From: &when, Precision: "exact"})
	if err != nil {
		return nil, err
	}
	body, err := events.EncodeBody(e.Type, 1, actor, occurred, data)
	if err != nil {
		return nil, err
	}
	return body, schemas.Access().Validate(body)
}

// Month is the number of the service key of a time: year and month, 202611.
func Month(at time.Time) uint64 {
	at = at.UTC()
	return uint64(at.Year())*100 + uint64(at.Month())
}

// now reads the clock. Recorded times are whole microseconds and do not go back.
func (l *Ledger) now() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.cfg.Clock().UTC().Truncate(time.Microsecond)
	if back := l.last.Sub(at); back > MaxClockBack {
		return time.Time{}, fmt.Errorf("access ledger: by %s: %w", back.Round(time.Second), ErrClock)
	} else if back > 0 {
		at = l.last
	}
	l.last = at
	return at, nil
}

// stop keeps the first fault; every later entry gets it.
func (l *Ledger) stop(err error) { l.stopped.CompareAndSwap(nil, &err) }

// Fault returns the fault after which nothing is recorded any more, or nil.
func (l *Ledger) Fault() error {
	if p := l.stopped.Load(); p != nil {
		return *p
	}
	return nil
}
