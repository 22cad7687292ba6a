package natslog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"caseledger/events"
)

const (
	// headerRoom is what the headers of a message take of its largest size,
	// in bytes; they are under 300.
	headerRoom = 1 << 10

	// ackLimit is how long an acknowledgement may take before the log looks
	// for itself whether the message is stored.
	ackLimit = 5 * time.Second

	// lookLimit is how long it may take to find that out.
	lookLimit = 10 * time.Second

	// A record without an answer is sent again: that is safe, the expected
	// sequence lets it in once. After this many times ackLimit the log gives
	// up and stops.
	patience = 3

	// retryPause grows with every time a record is sent again, to maxPause.
	retryPause = 20 * time.Millisecond
	maxPause   = 500 * time.Millisecond

	// With SyncAlways the server syncs every message by itself (about 190 µs
	// where this was measured) but an atomic batch only as a whole, for a
	// fixed price of about 2.2 ms: it makes and removes a store for the
	// batch. So a few records at a time go singly, and what piles up
	// meanwhile goes as one batch from batchMin records on.
	batchMin    = 16
	batchMax    = 256 // the server's own limit is 1000
	batchBytes  = 8 << 20
	alwaysDepth = 4 // single messages in flight

	// Whoever waited for a batch comes back soon after it. The next batch is
	// held for them, a third as long as the last one took and at most this
	// long: otherwise the writers fall into two groups that take turns and
	// pay the fixed price twice.
	maxHold = 3 * time.Millisecond

	// Without a sync before the acknowledgement there is nothing to share.
	depth = 256

	// recentMessages is how far back the subject's last message is looked up
	// by the server without loading an old block of its file.
	recentMessages = 1000

	// maxHeads bounds the chains whose last sequence is remembered.
	maxHeads = 1 << 18
)

const (
	hdrLastSeq     = "Nats-Expected-Last-Sequence"
	hdrLastSubject = "Nats-Expected-Last-Subject-Sequence"
	hdrBatch       = "Nats-Batch-Id"
	hdrBatchSeq    = "Nats-Batch-Sequence"
	hdrBatchCommit = "Nats-Batch-Commit"
)

// Append stores rec as the next message and returns its stream sequence once
// it is synced (with Sync1s: written). after is the stream sequence of the
// chain's previous record, 0 when rec is the chain's first.
//
// Errors: events.ErrConflict when after is not the chain's last; ErrFull when
// there is no room; events.ErrTooLarge; nothing is stored then.
// events.ErrStopped when the log met a fault and cannot tell what is stored:
// it takes nothing more until it is opened again, and rec may or may not be
// there. ctx is heard only until the record is on its way; from then on Append
// returns what became of it.
func (l *Log) Append(ctx context.Context, rec *events.Record, after uint64) (uint64, error) {
	if rec.Link.Origin != l.o.Origin {
		return 0, fmt.Errorf("append: the record's origin is not this log's: %w", events.ErrInvalid)
	}
	if (after == 0) != (rec.Link.Seq == 1) {
		return 0, fmt.Errorf("append event %d of chain %s after message %d: %w", rec.Link.Seq, rec.Link.Chain, after, events.ErrConflict)
	}
	it := &item{chain: rec.Link.Chain, payload: rec.Append(make([]byte, 0, len(rec.Sealed)+headerRoom)), after: after, done: make(chan outcome, 1)}
	if err := l.app.submit(ctx, it); err != nil {
		return 0, err
	}
	out := <-it.done
	return out.seq, out.err
}

// item is one record on its way into the stream.
type item struct {
	chain   events.Chain
	void    bool // no record: no chain to check
	payload []byte
	after   uint64
	at      uint64 // the sequence it must get; 0: the next one
	done    chan outcome

	seq      uint64    // the sequence it was last sent for
	began    time.Time // when it was first sent
	tries    int
	alone    bool  // not in a batch again
	unsure   bool  // was sent once without an answer
	lastFail error // the server's last refusal
}

type outcome struct {
	seq uint64
	err error
}

// unit is what one acknowledgement answers: a message or an atomic batch.
type unit struct {
	id    uint64
	items []*item
	sent  time.Time
	ack   []byte // nil until answered
	err   error  // sending failed
}

// appender is the one sequencer: a goroutine that gives out sequences, sends,
// and checks every acknowledgement in order.
type appender struct {
	l     *Log
	inbox string
	sub   *nats.Subscription
	send  func(*nats.Msg) error  // nc.PublishMsg; a seam for faults
	free  func() (uint64, error) // free disk space; nil with an external server
	acks  chan *nats.Msg
	in    chan *item
	quit  chan struct{} // closed by close
	stop  chan error    // from halt
	ended chan struct{} // the goroutine is gone; cause is set

	always   bool // embedded and synced before each acknowledgement
	cause    error
	ackWait  time.Duration // ackLimit, and
	lookWait time.Duration // lookLimit, but in tests

	// The goroutine's own.
	last    uint64 // the newest sequence known to be stored
	next    uint64 // the newest sequence given out
	wait    []*item
	flight  []*unit
	units   uint64
	batches string                  // prefix of batch ids
	heads   map[events.Chain]uint64 // last message of chains written since the start
	busy    map[events.Chain]uint64 // likewise, on their way
	used    int64                   // upper bound of what the store holds, bytes
	hold    time.Time               // send nothing before this time …
	expect  int                     // … unless so many wait
}

func newAppender(ctx context.Context, l *Log) (*appender, error) {
	a := &appender{
		l:        l,
		inbox:    l.nc.NewInbox(),
		send:     l.nc.PublishMsg,
		acks:     make(chan *nats.Msg, 4*depth),
		in:       make(chan *item),
		quit:     make(chan struct{}),
		stop:     make(chan error, 1),
		ended:    make(chan struct{}),
		always:   l.emb != nil && l.o.Sync == SyncAlways,
		ackWait:  ackLimit,
		lookWait: lookLimit,
		batches:  nuid.Next(),
		heads:    map[events.Chain]uint64{},
		busy:     map[events.Chain]uint64{},
	}
	if l.emb != nil {
		a.free = func() (uint64, error) { return freeSpace(l.o.Dir) }
		info, err := l.js.AccountInfo(ctx)
		if err != nil {
			return nil, fmt.Errorf("ask for the store's size: %w", err)
		}
		a.used = int64(info.Store)
	}
	st, err := l.State(ctx)
	if err != nil {
		return nil, err
	}
	a.last, a.next = st.Last, st.Last
	if a.sub, err = l.nc.ChanSubscribe(a.inbox+".*", a.acks); err != nil {
		return nil, err
	}
	if err := l.nc.FlushTimeout(requestWait); err != nil {
		return nil, err
	}
	go a.run()
	return a, nil
}

// submit hands it over. After a nil error the outcome will come.
func (a *appender) submit(ctx context.Context, it *item) error {
	if len(it.payload)+headerRoom > int(a.l.nc.MaxPayload()) {
		return fmt.Errorf("append: a record of %d bytes: %w", len(it.payload), events.ErrTooLarge)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case a.in <- it:
		return nil
	case <-a.ended:
		return a.cause
	case <-ctx.Done():
		return ctx.Err()
	}
}

// halt stops the log for good.
func (a *appender) halt(err error) {
	select {
	case a.stop <- err:
	default: // stopping already
	}
}

func (a *appender) close() {
	close(a.quit)
	<-a.ended
}

func (a *appender) run() {
	err := a.loop()
	if !errors.Is(err, events.ErrStopped) {
		err = fmt.Errorf("%w: %w", events.ErrStopped, err)
	}
	if err != errClosed {
		a.l.o.Logger.Error("the log stopped", slog.String("stream", a.l.o.Stream), slog.Any("error", err))
	}
	a.cause = err
	for _, u := range a.flight {
		for _, it := range u.items {
			it.done <- outcome{err: err}
		}
	}
	for _, it := range a.wait {
		it.done <- outcome{err: err}
	}
	_ = a.sub.Unsubscribe() // the connection is about to close
	close(a.ended)
}

func (a *appender) loop() error {
	tick := time.NewTicker(ackLimit / 50)
	defer tick.Stop()
	quit := a.quit
	for {
		if err := a.publish(); err != nil {
			return err
		}
		if quit == nil && len(a.flight) == 0 && len(a.wait) == 0 {
			return errClosed
		}
		in := a.in
		if quit == nil || len(a.wait) >= 2*batchMax {
			in = nil
		}
		select {
		case it := <-in:
			a.wait = append(a.wait, it)
			a.gather()
		case m := <-a.acks:
			a.answer(m)
			for range len(a.acks) {
				a.answer(<-a.acks)
			}
		case <-a.held():
		case <-tick.C:
		case <-quit:
			quit = nil
		case err := <-a.stop:
			return err
		}
		if err := a.harvest(); err != nil {
			return err
		}
	}
}

// gather takes every record that is waiting at the door.
func (a *appender) gather() {
	for len(a.wait) < 2*batchMax {
		select {
		case it := <-a.in:
			a.wait = append(a.wait, it)
		default:
			return
		}
	}
}

// publish sends what may be sent now.
func (a *appender) publish() error {
	for len(a.wait) > 0 {
		n := 1
		if a.always {
			if len(a.wait) < a.expect && time.Now().Before(a.hold) {
				return nil
			}
			if n = a.batch(); n > 1 && len(a.flight) > 0 || len(a.flight) >= alwaysDepth || a.batched() {
				return nil // a batch goes when nothing is on its way: it is the larger for waiting
			}
		} else if len(a.flight) >= depth {
			return nil
		}
		switch a.admit(a.wait[0]) {
		case later:
			return nil
		case answered:
			a.wait = a.wait[1:]
			continue
		}
		u := &unit{items: append([]*item(nil), a.wait[:n]...)}
		a.wait = a.wait[n:]
		a.sendUnit(u)
	}
	return nil
}

// held returns what ends the hold; nil without one.
func (a *appender) held() <-chan time.Time {
	if len(a.wait) == 0 || len(a.wait) >= a.expect {
		return nil
	}
	left := time.Until(a.hold)
	if left <= 0 {
		return nil
	}
	return time.After(left)
}

// batched reports whether a batch is on its way.
func (a *appender) batched() bool { return len(a.flight) > 0 && len(a.flight[0].items) > 1 }

type verdict int

const (
	send     verdict = iota
	later            // its chain has a record on its way: wait for that
	answered         // its caller has the error
)

// admit answers what can be answered without the server.
func (a *appender) admit(it *item) verdict {
	if it.at != 0 && it.at != a.next+1 {
		it.done <- outcome{err: fmt.Errorf("restore message %d where %d is next: %w", it.at, a.next+1, events.ErrConflict)}
		return answered
	}
	if !it.void {
		last, known := a.busy[it.chain]
		if known && it.at == 0 {
			return later
		}
		if !known {
			last, known = a.heads[it.chain]
		}
		if known && last != it.after {
			it.done <- outcome{err: conflict(it, last)}
			return answered
		}
	}
	if a.free != nil {
		free, err := a.free()
		if err == nil && free < diskReserve+uint64(len(it.payload)) {
			err = fmt.Errorf("%w: less than %d MiB left on its disk", ErrFull, diskReserve>>20)
		}
		if err != nil {
			it.done <- outcome{err: fmt.Errorf("append: %w", err)}
			return answered
		}
	}
	return send
}

func conflict(it *item, last uint64) error {
	return fmt.Errorf("chain %s: its last message is %d, not %d: %w", it.chain, last, it.after, events.ErrConflict)
}

// batch returns how many of the waiting records go as one batch; 1 is none.
func (a *appender) batch() int {
	if len(a.wait) < batchMin {
		return 1
	}
	size := int64(0)
	inside := map[events.Chain]uint64{}
	n := 0
	for ; n < min(len(a.wait), batchMax); n++ {
		it := a.wait[n]
		at := a.next + uint64(n) + 1
		if it.alone || it.at != 0 && it.at != at {
			break
		}
		if !it.void {
			last, known := inside[it.chain]
			if !known {
				last, known = a.busy[it.chain]
			}
			if known && it.at == 0 {
				break // to be judged by what becomes of that one
			}
			if !known {
				last, known = a.heads[it.chain]
			}
			if known && last != it.after {
				break
			}
			inside[it.chain] = at
		}
		if size += int64(len(it.payload)) + headerRoom; size > batchBytes {
			break
		}
	}
	// The server would notice the cap in the middle of a batch, and leave a
	// part of it stored and the rest to be stored at its next start.
	if n < batchMin || a.used+size > a.l.o.MaxStore {
		return 1
	}
	return n
}

// sendUnit gives out the sequences and sends. Every message names the sequence
// before it, in a batch through the batch's first: the server allows it there
// only and stores a batch without gaps. The subject's last sequence is named
// too, except where that check would be empty or refused: for a second record
// of a chain within a batch, and for a chain whose last message was written by
// this log but long ago, which costs the server 1.7 ms and 8 MiB for a block;
// since only this log has written since, it knows without asking. What is sent
// again always names it, so that the first copy cannot come in behind it.
func (a *appender) sendUnit(u *unit) {
	a.units++
	u.id, u.sent = a.units, time.Now()
	a.flight = append(a.flight, u)
	var id string
	if len(u.items) > 1 {
		id = a.batches + "-" + strconv.FormatUint(u.id, 10)
	}
	for i, it := range u.items {
		h := make(nats.Header, 4)
		if i == 0 {
			h[hdrLastSeq] = []string{strconv.FormatUint(a.next, 10)}
		}
		a.next++
		it.seq = a.next
		if it.tries++; it.tries == 1 {
			it.began = u.sent
		}
		token := voidToken
		if !it.void {
			token = it.chain.String()
			_, inside := a.busy[it.chain]
			_, known := a.heads[it.chain]
			if !inside && (it.tries > 1 || !known || it.after+recentMessages > a.next) {
				h[hdrLastSubject] = []string{strconv.FormatUint(it.after, 10)}
			}
			a.busy[it.chain] = it.seq
		}
		m := &nats.Msg{Subject: a.l.o.Stream + "." + token, Header: h, Data: it.payload}
		if id != "" {
			h[hdrBatch] = []string{id}
			h[hdrBatchSeq] = []string{strconv.Itoa(i + 1)}
		}
		if i == len(u.items)-1 {
			m.Reply = a.inbox + "." + strconv.FormatUint(u.id, 36)
			if id != "" {
				h[hdrBatchCommit] = []string{"1"}
			}
		}
		a.used += int64(len(it.payload)) + headerRoom
		if u.err == nil {
			u.err = a.send(m)
		}
	}
}

// answer files an acknowledgement with its unit.
func (a *appender) answer(m *nats.Msg) {
	id, err := strconv.ParseUint(m.Subject[len(a.inbox)+1:], 36, 64)
	if err != nil {
		return
	}
	for _, u := range a.flight {
		if u.id == id {
			u.ack = m.Data
			if len(m.Data) == 0 { // no responders: no stream listens
				u.ack = []byte("{}")
			}
			return
		}
	}
}

type pubAck struct {
	Error *jetstream.APIError `json:"error"`
	Seq   uint64              `json:"seq"`
	Count int                 `json:"count"`
}

// harvest settles the units at the head of the line, in order.
func (a *appender) harvest() error {
	for len(a.flight) > 0 {
		u := a.flight[0]
		if u.ack == nil {
			if u.err == nil && time.Since(u.sent) < a.ackWait {
				return nil
			}
			return a.settle()
		}
		var ack pubAck
		if json.Unmarshal(u.ack, &ack) != nil || ack.Error != nil || ack.Seq == 0 {
			return a.settle()
		}
		first, last := u.items[0].seq, u.items[len(u.items)-1].seq
		if ack.Seq != last || len(u.items) > 1 && ack.Count != len(u.items) {
			return fmt.Errorf("stream %s acknowledged message %d for %d to %d", a.l.o.Stream, ack.Seq, first, last)
		}
		a.flight = a.flight[1:]
		if len(u.items) > 1 {
			a.hold = time.Now().Add(min(time.Since(u.sent)/3, maxHold))
			a.expect = min(len(u.items)+len(a.wait), batchMax)
		}
		for _, it := range u.items {
			a.stored(it)
		}
	}
	return nil
}

// stored reports success for it.
func (a *appender) stored(it *item) {
	a.last = max(a.last, it.seq)
	if !it.void {
		if a.busy[it.chain] == it.seq {
			delete(a.busy, it.chain)
		}
		if len(a.heads) >= maxHeads {
			for c := range a.heads {
				delete(a.heads, c)
				break
			}
		}
		a.heads[it.chain] = it.seq
	}
	it.done <- outcome{seq: it.seq}
}

// settle finds out what became of everything in flight after a refusal, a
// silence or a failed send. It waits for the answers that may still come,
// then looks at the stream itself. What is stored is a success whatever the
// answer was; what was refused for its own sake is an error; everything else
// is sent again at the new end. An error from settle stops the log.
func (a *appender) settle() error {
	a.rest()
	ctx, cancel := context.WithTimeout(context.Background(), a.lookWait)
	defer cancel()
	st, err := asked(ctx, a, a.l.State)
	if err != nil {
		return fmt.Errorf("cannot tell what is stored: %w", err)
	}
	if st.Last < a.last {
		return fmt.Errorf("stream %s ends at message %d after it acknowledged %d", a.l.o.Stream, st.Last, a.last)
	}
	units := a.flight
	a.flight = nil
	clear(a.busy)
	ours := a.last // how far every message is known to be this log's
	var again []*item
	for n, u := range units {
		refusal, silent := u.refusal()
		for i, it := range u.items {
			there, err := a.isStored(ctx, it, st.Last)
			if err != nil {
				a.flight = units[n:]
				a.flight[0].items = u.items[i:]
				a.wait = append(again, a.wait...)
				return fmt.Errorf("cannot tell what is stored: %w", err)
			}
			if there {
				if it.seq == ours+1 {
					ours = it.seq
				}
				a.stored(it)
				continue
			}
			it.unsure = it.unsure || silent
			it.alone = it.alone || len(u.items) > 1
			it.lastFail = nil
			if len(u.items) == 1 {
				it.lastFail = refusal
			}
			again = append(again, it)
		}
	}
	foreign := ours < st.Last
	a.last, a.next = st.Last, st.Last
	a.wait, again = append(again, a.wait...), nil
	kept := a.wait[:0:0]
	var noRoom error
	for i, it := range a.wait {
		if noRoom != nil && it.tries > 0 && !it.unsure {
			it.done <- outcome{err: noRoom} // it only followed the one that found no room
			continue
		}
		keep, err := a.judge(ctx, it)
		if err != nil {
			a.wait = append(kept, a.wait[i:]...)
			return err
		}
		if keep {
			kept = append(kept, it)
		} else if err := full(it.lastFail); errors.Is(err, ErrFull) {
			noRoom = fmt.Errorf("append: %w", err)
		}
	}
	a.wait = kept
	if foreign {
		return fmt.Errorf("messages up to %d of stream %s are another writer's", st.Last, a.l.o.Stream)
	}
	if len(kept) > 0 && kept[0].tries > 1 {
		time.Sleep(min(retryPause<<min(kept[0].tries, 8), maxPause))
	}
	return nil
}

// judge decides what becomes of an item that is not stored: it is kept to be
// sent again, or its caller gets the error. An error from judge stops the log.
func (a *appender) judge(ctx context.Context, it *item) (keep bool, err error) {
	if it.tries == 0 {
		return true, nil // was never sent
	}
	var api *jetstream.APIError
	refused := errors.As(it.lastFail, &api)
	switch {
	case !refused:
	case api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		// Its own chain, or only because one before it failed?
		if it.void {
			break
		}
		last, err := asked(ctx, a, func(ctx context.Context) (uint64, error) { return a.l.lastOf(ctx, it.chain) })
		if err != nil {
			return false, fmt.Errorf("cannot tell the last message of chain %s: %w", it.chain, err)
		}
		if last != it.after {
			it.done <- outcome{err: conflict(it, last)}
			return false, nil
		}
	default:
		if it.unsure {
			return false, fmt.Errorf("message %d was sent without an answer, then refused: %w", it.seq, it.lastFail)
		}
		err := full(it.lastFail)
		if api.ErrorCode == jetstream.JSErrCodeStreamMessageExceedsMaximum {
			err = fmt.Errorf("%w: %w", events.ErrTooLarge, err)
		}
		it.done <- outcome{err: fmt.Errorf("append: %w", err)}
		return false, nil
	}
	if time.Since(it.began) > patience*a.ackWait {
		return false, fmt.Errorf("message %d was sent %d times and is not stored; the server's log says why", it.seq, it.tries)
	}
	return true, nil
}

// rest waits until every unit in flight is answered or overdue.
func (a *appender) rest() {
	for {
		var due time.Time
		for _, u := range a.flight {
			if u.ack == nil && u.err == nil && u.sent.After(due) {
				due = u.sent
			}
		}
		left := time.Until(due.Add(a.ackWait))
		if due.IsZero() || left <= 0 {
			return
		}
		t := time.NewTimer(left)
		select {
		case m := <-a.acks:
			a.answer(m)
		case <-t.C:
		}
		t.Stop()
	}
}

// asked puts a question to the server until it answers: a connection may break
// at any moment, also while the log finds out what became of the break before.
func asked[T any](ctx context.Context, a *appender, question func(context.Context) (T, error)) (T, error) {
	for {
		try, cancel := context.WithTimeout(ctx, a.lookWait/4)
		v, err := question(try)
		cancel()
		if err == nil || ctx.Err() != nil || errors.Is(err, events.ErrBroken) || errors.Is(err, events.ErrNotFound) {
			return v, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// isStored reports whether exactly this payload stands where it was sent to.
func (a *appender) isStored(ctx context.Context, it *item, last uint64) (bool, error) {
	if it.seq > last {
		return false, nil
	}
	e, err := asked(ctx, a, func(ctx context.Context) (events.Entry, error) { return a.l.Get(ctx, it.seq) })
	if err != nil {
		return false, err
	}
	return bytes.Equal(e.Payload, it.payload), nil
}

// refusal returns the server's answer when it is an error, and whether there
// was none.
func (u *unit) refusal() (error, bool) {
	if u.ack == nil {
		return u.err, true
	}
	var ack pubAck
	if err := json.Unmarshal(u.ack, &ack); err != nil {
		return err, true
	}
	if ack.Error == nil {
		return nil, ack.Seq == 0
	}
	return ack.Error, false
}
