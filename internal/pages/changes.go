package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
)

const (
	// look is how often a case that is open in a browser is looked at. Every
	// alive-th time its reader is asked for anew, and the stream says that it is
	// there.
	look  = 2 * time.Second
	alive = 5
	// accept is how long a browser may take to accept what is sent to it.
	accept = 10 * time.Second
)

// reachTypes are the entries after which a client may have to be reached in
// another way.
var reachTypes = []string{"safe-contact.set", "client.recorded"}

// changes tells a page of a case that is open what is new in it, as server-sent
// events: the number of the last entry, and "reach" when one of the new ones is
// about how the client can be reached. No more of the case is in it: what is
// new is read on a page, which the access ledger is told of. It ends when its
// reader may not see the case any more, or the session has locked; a page
// without it is as it was when it was opened, and a conflict says what is new.
func (s *Server) changes(w http.ResponseWriter, r *Request) error {
	since, err := strconv.ParseUint(r.URL.Query().Get("since"), 10, 53)
	if err != nil || r.Header.Get("Accept") != "text/event-stream" {
		return errNoPage
	}
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(format string, args ...any) error {
		if err := stream.SetWriteDeadline(time.Now().Add(accept)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return err
		}
		return stream.Flush()
	}
	// The service's limits are for pages; a stream lasts as long as its reader.
	if stream.SetReadDeadline(time.Time{}) != nil || send("retry: 10000\n\n") != nil {
		return nil // nobody listens, or nothing can be streamed: the page goes on without
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for n := 1; ; n++ {
		head, err := s.ledger.Last(r.Context(), r.Chain)
		if err != nil {
			return nil
		}
		if head > since {
			if err := send("event: new\ndata: %d %s\n\n", head, s.reach(r, since, head)); err != nil {
				return nil
			}
			since = head
		}
		if n%alive == 0 && (!s.still(r) || send(":\n\n") != nil) {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
		}
	}
}

// still reports whether the reader of a stream may see its case now. It does
// not count as a request of theirs.
func (s *Server) still(r *Request) bool {
	who, state := s.guard.Peek(r.Context())
	if state != access.SignedIn || who.Staff != r.Who.Staff {
		return false
	}
	facts, err := s.ledger.Facts(r.Context(), r.Chain)
	if err != nil {
		return false
	}
	facts.Chain = r.Chain
	return s.guard.Decide(who, r.Route.Action, &facts, s.now()).Allowed
}

// reach is "reach" when an entry after since is about how the client can be
// reached, else "-".
func (s *Server) reach(r *Request, since, head uint64) string {
	for seq := since + 1; seq <= head; seq++ {
		e, err := s.ledger.Show(r.Context(), r.Chain, seq)
		if err != nil {
			continue
		}
		if b, err := events.ParseBody(e.Body); err == nil && slices.Contains(reachTypes, b.Type) {
			return "reach"
		}
	}
	return "-"
}
