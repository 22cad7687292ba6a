package natslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"caseledger/events"
)

const (
	// readMessages and readBytes bound what one request of a replay brings;
	// two are on their way at a time.
	readMessages = 2000
	readBytes    = 4 << 20
)

// errAbsent: the server has no message at that sequence.
var errAbsent = errors.New("no such message")

// Get returns the message at seq. Errors: events.ErrNotFound beyond the last
// message, events.ErrBroken (a *HoleError) when the stream has lost it.
func (l *Log) Get(ctx context.Context, seq uint64) (events.Entry, error) {
	if seq == 0 {
		return events.Entry{}, fmt.Errorf("message 0: %w", events.ErrNotFound)
	}
	b, err := l.direct(ctx, seq)
	if errors.Is(err, errAbsent) {
		// A replica may lag; the leader knows.
		b, err = l.leader(ctx, seq)
	}
	if errors.Is(err, errAbsent) {
		st, serr := l.State(ctx)
		if serr != nil {
			return events.Entry{}, serr
		}
		if seq > st.Last {
			return events.Entry{}, fmt.Errorf("message %d of %d: %w", seq, st.Last, events.ErrNotFound)
		}
		return events.Entry{}, &HoleError{Stream: l.o.Stream, From: seq, To: seq}
	}
	if err != nil {
		return events.Entry{}, fmt.Errorf("message %d: %w", seq, err)
	}
	return events.NewEntry(seq, b), nil
}

// Last returns the newest message; its Seq is 0 when the stream is empty.
func (l *Log) Last(ctx context.Context) (events.Entry, error) {
	st, err := l.State(ctx)
	if err != nil || st.Last == 0 {
		return events.Entry{}, err
	}
	return l.Get(ctx, st.Last)
}

// request is the body of a direct get. Source: nats-server 2.15.2,
// JSApiMsgGetRequest.
type request struct {
	Seq       uint64 `json:"seq,omitempty"`
	LastFor   string `json:"last_by_subj,omitempty"`
	Batch     uint64 `json:"batch,omitempty"`
	MaxBytes  int    `json:"max_bytes,omitempty"`
	NoHeaders bool   `json:"no_hdr,omitempty"`
}

func (l *Log) directSubject() string { return "$JS.API.DIRECT.GET." + l.o.Stream }

func (l *Log) direct(ctx context.Context, seq uint64) ([]byte, error) {
	m, err := l.nc.RequestWithContext(ctx, l.directSubject(), request{Seq: seq, NoHeaders: true}.json())
	if err != nil {
		return nil, err
	}
	if s := m.Header.Get("Status"); s != "" {
		return nil, status(m, s)
	}
	return m.Data, nil
}

// leader asks the stream's leader, which is never behind.
func (l *Log) leader(ctx context.Context, seq uint64) ([]byte, error) {
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+l.o.Stream, request{Seq: seq}.json())
	if err != nil {
		return nil, err
	}
	var got struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &got); err != nil {
		return nil, err
	}
	if got.Error != nil {
		if got.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return nil, errAbsent
		}
		return nil, got.Error
	}
	return got.Message.Data, nil
}

// lastOf returns the sequence of the chain's last message, 0 when it has none.
func (l *Log) lastOf(ctx context.Context, chain events.Chain) (uint64, error) {
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+l.o.Stream, request{LastFor: l.o.Stream + "." + chain.String()}.json())
	if err != nil {
		return 0, err
	}
	var got struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Seq uint64 `json:"seq"`
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &got); err != nil {
		return 0, err
	}
	if got.Error != nil {
		if got.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return 0, nil
		}
		return 0, got.Error
	}
	return got.Message.Seq, nil
}

func (r request) json() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // numbers and a string: cannot fail
	}
	return b
}

func status(m *nats.Msg, s string) error {
	if s == "404" {
		return errAbsent
	}
	return fmt.Errorf("server status %s %s", s, m.Header.Get("Description"))
}

// Replay yields the messages from seq from (0 is 1) to the last one at the
// time of the call, oldest first and without gaps. A hole ends it with an
// error that wraps events.ErrBroken (a *HoleError). The payload of an entry is
// the caller's. Links are the consumer's to check (events.Tip). The loop may
// be left at any time; nothing stays behind.
func (l *Log) Replay(ctx context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		if err := l.replay(ctx, max(from, 1), yield); err != nil {
			yield(events.Entry{}, err)
		}
	}
}

func (l *Log) replay(ctx context.Context, next uint64, yield func(events.Entry, error) bool) error {
	st, err := l.State(ctx)
	if err != nil {
		return err
	}
	if next > st.Last {
		return nil
	}
	if st.Count == 0 {
		return &HoleError{Stream: l.o.Stream, From: next, To: st.Last}
	}
	if next < st.First {
		return &HoleError{Stream: l.o.Stream, From: next, To: st.First - 1}
	}
	r := reader{l: l, last: st.Last}
	if err := r.open(); err != nil {
		return err
	}
	defer r.close()
	if err := r.ask(next, false); err != nil {
		return err
	}
	for next <= st.Last {
		page, err := r.page(ctx, next)
		if err != nil {
			return err
		}
		if after := next + uint64(len(page)); after <= st.Last {
			if err := r.ask(after, false); err != nil {
				return err
			}
		}
		for _, m := range page {
			if !yield(events.NewEntry(next, m.Data), nil) {
				return nil
			}
			next++
		}
	}
	return nil
}

// reader reads pages of messages by direct get, which leaves nothing on the
// server. Without headers a page says its sequences only by its end: k
// messages in rising order that end at from+k−1 are from…from+k−1.
type reader struct {
	l     *Log
	last  uint64
	inbox string
	sub   *nats.Subscription
	msgs  chan *nats.Msg
	reply string // of the last request; answers to older ones are dropped
	n     uint64 // requests sent
}

func (r *reader) open() (err error) {
	r.inbox = r.l.nc.NewInbox()
	r.msgs = make(chan *nats.Msg, 2*readMessages+16)
	r.sub, err = r.l.nc.ChanSubscribe(r.inbox+".*", r.msgs)
	return err
}

func (r *reader) close() { _ = r.sub.Unsubscribe() } // fails only when the connection is closed

func (r *reader) ask(seq uint64, headers bool) error {
	r.n++
	r.reply = r.inbox + "." + strconv.FormatUint(r.n, 36)
	return r.l.nc.PublishRequest(r.l.directSubject(), r.reply, request{
		Seq: seq, Batch: min(readMessages, r.last-seq+1), MaxBytes: readBytes, NoHeaders: !headers,
	}.json())
}

// page returns messages from seq on, at least one, as asked for before.
func (r *reader) page(ctx context.Context, seq uint64) ([]*nats.Msg, error) {
	page, end, err := r.collect(ctx, seq)
	if err == nil && len(page) > 0 && end == seq+uint64(len(page))-1 {
		return page, nil
	}
	if err != nil && !errors.Is(err, errAbsent) {
		return nil, fmt.Errorf("replay at message %d: %w", seq, err)
	}
	// A hole, or a replica that lags behind: ask where the messages stand.
	if err = r.ask(seq, true); err != nil {
		return nil, err
	}
	if page, _, err = r.collect(ctx, seq); err != nil && !errors.Is(err, errAbsent) {
		return nil, fmt.Errorf("replay at message %d: %w", seq, err)
	}
	n, behind := 0, seq+1 // behind the hole, if there is one
	for ; n < len(page); n++ {
		at, err := strconv.ParseUint(page[n].Header.Get("Nats-Sequence"), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("replay at message %d: the server names no sequence", seq)
		}
		if at != seq+uint64(n) {
			behind = at
			break
		}
	}
	if n > 0 {
		return page[:n], nil
	}
	b, err := r.l.leader(ctx, seq)
	if errors.Is(err, errAbsent) {
		return nil, &HoleError{Stream: r.l.o.Stream, From: seq, To: behind - 1}
	}
	if err != nil {
		return nil, fmt.Errorf("replay at message %d: %w", seq, err)
	}
	return []*nats.Msg{{Data: b}}, nil
}

// collect gathers the answer to the last request. end is the sequence of its
// last message.
func (r *reader) collect(ctx context.Context, seq uint64) (page []*nats.Msg, end uint64, err error) {
	timeout := time.NewTimer(requestWait)
	defer timeout.Stop()
	page = make([]*nats.Msg, 0, min(readMessages, r.last-seq+1))
	for {
		var m *nats.Msg
		select {
		case m = <-r.msgs:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-timeout.C:
			return nil, 0, fmt.Errorf("the server is silent: %w", nats.ErrTimeout)
		}
		if m.Subject != r.reply {
			continue
		}
		s := ""
		if m.Header != nil {
			s = m.Header.Get("Status")
		}
		switch s {
		case "":
			page = append(page, m)
		case "204": // end of page
			end, err := strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64)
			if err != nil {
				return nil, 0, errors.New("the server's end of page names no sequence")
			}
			return page, end, nil
		default:
			return nil, 0, status(m, s)
		}
	}
}
