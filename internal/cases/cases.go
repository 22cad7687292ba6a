package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

const (
	// MaxClockBack is how far the clock may stand behind the last recorded
	// time before the service stops recording: more than time synchronisation
	// corrects in one step, less than an adviser would not notice.
	MaxClockBack = 2 * time.Minute

	// MaxInFlight is the number of commands between reading the clock and
	// durability at any moment. The recorded times of so many events may
	// stand out of order at the end of the log, so a new Service looks at as
	// many to find the latest.
	MaxInFlight = 256
)

// Log takes the sealed event. natslog.Log is one.
type Log interface {
	// Append stores rec as the successor of the chain's event at stream
	// sequence after (0 for a chain's first) and returns its own stream
	// sequence once it is durable.
	Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error)
}

// Head is the last event of a case.
type Head struct {
	Seq    uint64 // within the case, from 1
	Hash   events.Hash
	Stream uint64 // its stream sequence
	KeyGen uint64 // generation of the case key that new events are sealed under
}

// Archive answers from what is recorded and durable.
type Archive interface {
	// Head returns the case's last event, or an error wrapping ErrNotFound.
	Head(chain events.Chain) (Head, error)
	// ByID returns the event with this id, or an error wrapping ErrNotFound.
	ByID(id ulid.ULID) (events.Entry, error)
	// Chain yields a case's events from seq on, oldest first.
	Chain(ctx context.Context, chain events.Chain, from uint64) iter.Seq2[events.Entry, error]
	// Standing returns where a case stands after its last event, without
	// reading the case. With an error the case is read instead.
	Standing(ctx context.Context, chain events.Chain) (Standing, error)
	// Exhibits says how far the exhibit references under these initials go in
	// the whole ledger, and whether one of this number is used.
	Exhibits(ctx context.Context, initials string, number uint64) (Numbers, error)
}

// Standing is what decides whether anything may be recorded in a case.
type Standing struct {
	Erased   bool
	Excluded []string // staff who may not have to do with it
}

// Applier makes an appended event part of the archive and of every view.
type Applier interface {
	// Apply returns when e is durable. It must be called once for every
	// appended event, in any order.
	Apply(ctx context.Context, e *events.Entry, body []byte) error
}

// Keys gives the keys that events are sealed under.
type Keys interface {
	// Create returns the first key of a new case, durable before it returns.
	Create(ctx context.Context, chain events.Chain) (events.KeyRef, events.Key, error)
	// Service returns the key that events of the ledger's own chain are sealed
	// under.
	Service() (events.KeyRef, events.Key)
	Key(ctx context.Context, ref events.KeyRef) (events.Key, error)
}

// Schemas knows the shape of every event type.
type Schemas interface {
	// Validate holds a canonical body against its schema. Its error is a
	// *RuleError, of kind events.ErrVersion for an unknown type or version.
	Validate(body []byte) error
	// Latest returns the newest version of a type.
	Latest(typ string) (v uint64, ok bool)
}

// Config is what a Service is made of. Every member but Kept is needed.
type Config struct {
	Origin  string
	Service events.Chain // the ledger's own chain; see Service.Govern
	Last    time.Time    // the latest recorded time among the last MaxInFlight events; zero for an empty ledger
	Log     Log
	Archive Archive
	Applier Applier
	Keys    Keys
	Schemas Schemas
	Clock   func() time.Time
	Rand    io.Reader // cryptographic, safe for concurrent use
	// Kept reports whether the sealed bytes of an attachment are there; nil:
	// none are.
	Kept func(context.Context, events.Hash) (bool, error)
}

// Service is the write side of one ledger. It is safe for concurrent use;
// there is one per ledger at a time.
type Service struct {
	cfg     Config
	chains  locks[events.Chain]
	ids     locks[ulid.ULID]
	numbers locks[string] // exhibits, by initials
	slots   chan struct{}
	stopped atomic.Pointer[error]
	files   files
	policy  policyCache

	mu   sync.Mutex
	last time.Time // the latest reading used
}

// New returns the write side.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, slots: make(chan struct{}, MaxInFlight), last: cfg.Last}
}

// Command asks for one event.
type Command struct {
	Case     events.Chain // zero: a new case
	Open     bool         // Case may be new; otherwise an unknown case is refused
	ID       ulid.ULID    // the form's idempotency key; zero: a fresh one
	Type     string
	V        uint64 // version of the type; 0: the newest
	Actor    string
	Occurred []byte // JSON
	Data     []byte // JSON
	Expect   uint64 // the case's last event that the writer saw; 0: did not look
}

// Result says where the event stands.
type Result struct {
	Case     events.Chain
	Seq      uint64
	ID       ulid.ULID
	Hash     events.Hash // the event hash
	At       time.Time   // when recorded
	Stream   uint64      // stream sequence
	Repeated bool        // it was recorded by an earlier command
}

// own are the types that the ledger writes itself.
var own = map[string]bool{"disclosure.exported": true, "erasure.begun": true, "case.erased": true, "access.checkpointed": true}

// ofService are the types of the ledger's own chain.
var ofService = map[string]bool{"policy.set": true, "staff.recorded": true, "access.checkpointed": true}

// OfService reports whether a type is one of the ledger's own chain; see
// Service.Govern.
func OfService(typ string) bool { return ofService[typ] }

// Append records the event and returns when it is durable in both stores.
//
// A refused command gets a *RuleError, which wraps events.ErrInvalid,
// ErrSyntax, ErrTooLarge or ErrVersion (the body), ErrNotFound (no such case)
// or ErrDuplicate (the id stands for another event), or a *ConflictError (the
// case changed, events.ErrConflict). Any other error is the ledger's: ErrClock,
// or ErrStopped after a fault. Whether the event was stored is then found out
// when the ledger is opened again, and sending it once more under the same id
// is always right.
func (s *Service) Append(ctx context.Context, c Command) (Result, error) {
	if own[c.Type] {
		return Result{}, errOwn
	}
	return s.Record(ctx, c)
}

// Govern is Append for the ledger's own chain, which holds what the service
// decides for itself: policy.set and staff.recorded. The command's Case is not
// looked at.
func (s *Service) Govern(ctx context.Context, c Command) (Result, error) {
	if own[c.Type] {
		return Result{}, errOwn
	}
	return s.govern(ctx, c, s.cfg.Clock)
}

// GovernAt is Govern with the clock standing at a given time, as RecordAt is
// Append.
func (s *Service) GovernAt(ctx context.Context, c Command, at time.Time) (Result, error) {
	return s.govern(ctx, c, func() time.Time { return at })
}

func (s *Service) govern(ctx context.Context, c Command, clock func() time.Time) (Result, error) {
	if !ofService[c.Type] {
		return Result{}, &RuleError{Pointer: "/type", Rule: "is a type of a case, not of the service"}
	}
	c.Case, c.Open = s.cfg.Service, true
	body, newest, err := s.body(&c)
	if err != nil {
		return Result{}, err
	}
	return s.record(ctx, c, body, newest, clock)
}

var (
	errOwn       = &RuleError{Pointer: "/type", Rule: "the ledger writes this type itself"}
	errService   = &RuleError{Pointer: "/type", Rule: "is a type of the service, not of a case"}
	errNoCase    = &RuleError{Pointer: "/case", Rule: "no such case", Kind: events.ErrNotFound}
	errDuplicate = &RuleError{Pointer: "/id", Rule: "this id is recorded for another event", Kind: events.ErrDuplicate}
)

// Record is Append, and Govern, for the ledger itself: it may write every type.
func (s *Service) Record(ctx context.Context, c Command) (Result, error) {
	if own[c.Type] && ofService[c.Type] {
		return s.govern(ctx, c, s.cfg.Clock)
	}
	body, newest, err := s.caseBody(&c)
	if err != nil {
		return Result{}, err
	}
	return s.record(ctx, c, body, newest, s.cfg.Clock)
}

// RecordAt is Append with the clock standing at a given time: for a
// demonstration that tells of another week. The time is still never before
// the last one used.
func (s *Service) RecordAt(ctx context.Context, c Command, at time.Time) (Result, error) {
	body, newest, err := s.caseBody(&c)
	if err != nil {
		return Result{}, err
	}
	return s.record(ctx, c, body, newest, func() time.Time { return at })
}

// caseBody is body for a case.
func (s *Service) caseBody(c *Command) (body []byte, newest bool, err error) {
	switch {
	case c.Case == s.cfg.Service && c.Case != (events.Chain{}):
		return nil, false, errNoCase
	case ofService[c.Type]:
		return nil, false, errService
	}
	return s.body(c)
}

// body returns the canonical body of a command. It reports whether the command
// named no version, so that it is the newest.
func (s *Service) body(c *Command) (body []byte, newest bool, err error) {
	if c.V == 0 {
		v, ok := s.cfg.Schemas.Latest(c.Type)
		if !ok {
			return nil, false, &RuleError{Pointer: "/type", Rule: "no schema for this type", Kind: events.ErrVersion}
		}
		c.V, newest = v, true
	}
	occurred, err := events.Canonicalize(c.Occurred)
	if err != nil {
		return nil, false, ruleError("/occurred", err)
	}
	data, err := events.Canonicalize(c.Data)
	if err != nil {
		return nil, false, ruleError("/data", err)
	}
	body, err = encode(c.Type, c.V, c.Actor, occurred, data)
	return body, newest, err
}

// encode makes a body of canonical members.
func encode(typ string, v uint64, actor string, occurred, data []byte) ([]byte, error) {
	body, err := events.EncodeBody(typ, v, actor, occurred, data)
	if err != nil {
		return nil, ruleError("", err)
	}
	return body, nil
}

// judgedBy says by which version a body was judged that named none.
func judgedBy(err error, c *Command) error {
	var rule *RuleError
	if !errors.As(err, &rule) || c.V == 1 {
		return err
	}
	return &RuleError{
		Pointer: rule.Pointer, Kind: rule.Kind,
		Rule: fmt.Sprintf("%s (judged by version %d of %s, the newest; a body of an older version names it)", rule.Rule, c.V, c.Type),
	}
}

// record does everything behind the canonical body.
func (s *Service) record(ctx context.Context, c Command, body []byte, newest bool, clock func() time.Time) (Result, error) {
	if err := s.Fault(); err != nil {
		return Result{}, err
	}
	if c.ID == (ulid.ULID{}) {
		id, err := ulid.New(ulid.Timestamp(clock()), s.cfg.Rand)
		if err != nil {
			return Result{}, fmt.Errorf("new id: %w", err)
		}
		c.ID = id
	}
	// One event id at a time: the second of two identical commands finds what
	// the first recorded. Ids are locked before cases, always.
	unlock, err := s.ids.lock(ctx, c.ID)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	switch prior, err := s.cfg.Archive.ByID(c.ID); {
	case err == nil:
		return s.repeat(ctx, &c, body, newest, &prior)
	case !errors.Is(err, events.ErrNotFound):
		return Result{}, fmt.Errorf("look up the id: %w", err)
	}
	if err := s.cfg.Schemas.Validate(body); err != nil {
		if newest {
			err = judgedBy(err, &c)
		}
		return Result{}, err
	}
	d, err := s.newDecision(&c, body, clock)
	if err != nil {
		return Result{}, err
	}
	fresh := c.Case == (events.Chain{})
	if fresh {
		if _, err := io.ReadFull(s.cfg.Rand, c.Case[:]); err != nil {
			return Result{}, fmt.Errorf("new case: %w", err)
		}
	}
	unlockCase, err := s.chains.lock(ctx, c.Case)
	if err != nil {
		return Result{}, err
	}
	defer unlockCase()

	head, err := s.cfg.Archive.Head(c.Case)
	switch {
	case errors.Is(err, events.ErrNotFound) && (fresh || c.Open):
		head = Head{}
	case errors.Is(err, events.ErrNotFound):
		return Result{}, errNoCase
	case err != nil:
		return Result{}, fmt.Errorf("case %s: %w", c.Case, err)
	}
	if c.Expect != 0 && c.Expect != head.Seq {
		return Result{}, s.conflict(ctx, &c, head)
	}
	if err := d.decide(ctx, head); err != nil {
		return Result{}, err
	}
	unlockExhibit, err := s.exhibit(ctx, c.Type, d.body.Data)
	if err != nil {
		return Result{}, err
	}
	defer unlockExhibit()
	if own[c.Type] {
		defer s.files.drop(c.Case)
	}
	return s.append(ctx, &c, body, head, clock)
}

// repeat answers a command whose id is recorded already. One that named no
// version is compared at the version that was the newest then.
func (s *Service) repeat(ctx context.Context, c *Command, body []byte, newest bool, prior *events.Entry) (Result, error) {
	rec := &prior.Record
	switch {
	case c.Case == (events.Chain{}) && rec.Link.Seq != 1,
		c.Case != (events.Chain{}) && c.Case != rec.Link.Chain:
		return Result{}, errDuplicate
	}
	key, err := s.cfg.Keys.Key(ctx, rec.Detail.Key)
	if err != nil {
		return Result{}, fmt.Errorf("compare with the recorded event: %w", err)
	}
	recorded, err := events.Unseal(rec, &key)
	if err != nil {
		return Result{}, fmt.Errorf("compare with the recorded event: %w", err)
	}
	if newest {
		if body, err = asRecorded(body, recorded); err != nil {
			return Result{}, fmt.Errorf("compare with the recorded event: %w", err)
		}
	}
	if !bytes.Equal(recorded, body) {
		return Result{}, errDuplicate
	}
	r := result(rec, prior.Seq)
	r.Repeated = true
	return r, nil
}

// asRecorded is a body at the version of another one.
func asRecorded(body, recorded []byte) ([]byte, error) {
	was, err := events.ParseBody(recorded)
	if err != nil {
		return nil, err
	}
	b, err := events.ParseBody(body)
	if err != nil {
		return nil, err
	}
	return events.EncodeBody(b.Type, was.V, b.Actor, b.Occurred, b.Data)
}

func result(rec *events.Record, stream uint64) Result {
	return Result{
		Case: rec.Link.Chain, Seq: rec.Link.Seq, ID: rec.Detail.ID,
		Hash: rec.Link.Hash(), At: rec.Detail.At, Stream: stream,
	}
}

// conflict says what was added to the case since the writer looked.
func (s *Service) conflict(ctx context.Context, c *Command, head Head) error {
	e := &ConflictError{Case: c.Case, Saw: c.Expect, Last: head.Seq}
	if head.Seq <= c.Expect {
		return e
	}
	for entry, err := range s.cfg.Archive.Chain(ctx, c.Case, c.Expect+1) {
		if err != nil {
			return fmt.Errorf("case %s changed: %w: %w", c.Case, events.ErrConflict, err)
		}
		typ := ""
		if b, err := s.open(ctx, &entry.Record); err == nil {
			typ = b.Type
		}
		e.Added = append(e.Added, Added{Seq: entry.Record.Link.Seq, Type: typ})
		if len(e.Added) == maxAdded {
			break
		}
	}
	return e
}

// open returns a recorded event's body.
func (s *Service) open(ctx context.Context, rec *events.Record) (events.Body, error) {
	key, err := s.cfg.Keys.Key(ctx, rec.Detail.Key)
	if err != nil {
		return events.Body{}, err
	}
	raw, err := events.Unseal(rec, &key)
	if err != nil {
		return events.Body{}, err
	}
	return events.ParseBody(raw)
}

// append seals the event and makes it durable. The case is locked.
func (s *Service) append(ctx context.Context, c *Command, body []byte, head Head, clock func() time.Time) (Result, error) {
	var (
		ref events.KeyRef
		key events.Key
		err error
	)
	switch {
	case c.Case == s.cfg.Service:
		ref, key = s.cfg.Keys.Service()
	case head.Seq == 0:
		ref, key, err = s.cfg.Keys.Create(ctx, c.Case)
	default:
		ref = events.CaseKey(c.Case, head.KeyGen)
		key, err = s.cfg.Keys.Key(ctx, ref)
	}
	if err != nil {
		return Result{}, fmt.Errorf("case key: %w", err)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	at, err := s.now(clock)
	if err != nil {
		return Result{}, err
	}
	draft := events.Draft{
		Origin: s.cfg.Origin, Chain: c.Case, Seq: head.Seq + 1, Prev: head.Hash,
		ID: c.ID, At: at, Key: ref, Body: body,
	}
	if _, err := io.ReadFull(s.cfg.Rand, draft.Nonce[:]); err != nil {
		return Result{}, fmt.Errorf("nonce: %w", err)
	}
	rec, err := events.Seal(&draft, &key)
	if err != nil {
		return Result{}, ruleError("", err)
	}
	// From here on nobody may walk away: an event that is in the log and was
	// not applied would hold up every later one.
	ctx = context.WithoutCancel(ctx)
	seq, err := s.cfg.Log.Append(ctx, &rec, head.Stream)
	if errors.Is(err, events.ErrConflict) {
		// This process is the ledger's one writer and holds the case's lock.
		err = fmt.Errorf("the log holds an event that this process did not write: %w", events.ErrStopped)
	}
	if err != nil {
		if errors.Is(err, events.ErrStopped) {
			s.stop(err)
		}
		return Result{}, err
	}
	entry := events.Entry{Seq: seq, Record: rec}
	if err := s.cfg.Applier.Apply(ctx, &entry, body); err != nil {
		err = fmt.Errorf("event %d of the log is stored but not archived: %w: %w", seq, events.ErrStopped, err)
		s.stop(err)
		return Result{}, err
	}
	return result(&rec, seq), nil
}

// now reads the clock; see the package comment. Recorded times are whole
// microseconds.
func (s *Service) now(clock func() time.Time) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := clock().UTC().Truncate(time.Microsecond)
	if back := s.last.Sub(at); back > MaxClockBack {
		return time.Time{}, &ClockError{Back: back}
	} else if back > 0 {
		at = s.last
	}
	s.last = at
	return at, nil
}

// stop keeps the first fault; every later command gets it.
func (s *Service) stop(err error) { s.stopped.CompareAndSwap(nil, &err) }

// Fault returns the fault after which nothing is recorded any more, or nil.
func (s *Service) Fault() error {
	if p := s.stopped.Load(); p != nil {
		return *p
	}
	return nil
}
