package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/ops"
)

const (
	// maxCall is the longest call but an import, in bytes: an event body with
	// every byte escaped, in base64, twice over.
	maxCall = 16 << 20

	// tick is how often progress is passed on.
	tick = 100 * time.Millisecond

	jsonType = "application/json"
	zipType  = "application/zip"

	resultTrailer = "Caseledger-Result"
	errorTrailer  = "Caseledger-Error"
)

// answer is the one JSON value that ends every answer, or progress.
type answer struct {
	Progress *progress  `json:"progress,omitempty"`
	Result   any        `json:"result,omitempty"` // of the client's: where it goes
	Error    *ops.Error `json:"error,omitempty"`
}

type progress struct {
	Done  uint64 `json:"done"`
	Total uint64 `json:"total"`
}

// Arguments of operations that have no type of their own in package ops.
type (
	caseloadCall struct {
		Adviser string `json:"adviser"`
	}
	auditCall struct {
		Full bool `json:"full"`
	}
)

// API serves a ledger's operations to whoever can reach the socket: its mode
// is the authorisation.
func API(l ops.Ledger) http.Handler {
	mux := http.NewServeMux()
	handle(mux, "append", func(ctx context.Context, c ops.Append, _ ops.Progress) (any, error) { return l.Append(ctx, c) })
	handle(mux, "caseload", func(ctx context.Context, c caseloadCall, _ ops.Progress) (any, error) {
		return l.Caseload(ctx, c.Adviser)
	})
	handle(mux, "timeline", func(ctx context.Context, c ops.TimelineOf, _ ops.Progress) (any, error) { return l.Timeline(ctx, c) })
	handle(mux, "explain", func(ctx context.Context, c ops.AsOf, _ ops.Progress) (any, error) { return l.Explain(ctx, c) })
	handle(mux, "review", func(ctx context.Context, c ops.AsOf, _ ops.Progress) (any, error) { return l.Review(ctx, c) })
	handle(mux, "plan", func(ctx context.Context, c ops.AsOf, _ ops.Progress) (any, error) { return l.Plan(ctx, c) })
	handle(mux, "marac", func(ctx context.Context, c ops.MaracAsk, p ops.Progress) (any, error) { return l.Marac(ctx, c, p) })
	handle(mux, "search", func(ctx context.Context, c ops.SearchAsk, _ ops.Progress) (any, error) { return l.Search(ctx, c) })
	handle(mux, "people", func(ctx context.Context, c ops.AsOf, _ ops.Progress) (any, error) { return l.People(ctx, c) })
	handle(mux, "stats", func(ctx context.Context, c ops.CountStats, p ops.Progress) (any, error) { return l.Stats(ctx, c, p) })
	handle(mux, "board", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Board(ctx, c, p) })
	handle(mux, "day", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Day(ctx, c, p) })
	handle(mux, "due", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Due(ctx, c, p) })
	handle(mux, "handover", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Handovers(ctx, c, p) })
	handle(mux, "case", func(ctx context.Context, c ops.CaseAsk, _ ops.Progress) (any, error) { return l.Case(ctx, c) })
	handle(mux, "cases", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Cases(ctx, c, p) })
	handle(mux, "loads", func(ctx context.Context, c ops.ViewOf, p ops.Progress) (any, error) { return l.Loads(ctx, c, p) })
	handle(mux, "figures", func(ctx context.Context, c ops.ViewOf, _ ops.Progress) (any, error) { return l.Figures(ctx, c) })
	handle(mux, "roster", func(ctx context.Context, c ops.ViewOf, _ ops.Progress) (any, error) { return l.Roster(ctx, c) })
	handle(mux, "show", func(ctx context.Context, c ops.EventOf, _ ops.Progress) (any, error) { return l.Show(ctx, c) })
	handle(mux, "audit", func(ctx context.Context, c auditCall, p ops.Progress) (any, error) {
		return l.Audit(ctx, c.Full, p)
	})
	handle(mux, "accesses", func(ctx context.Context, c ops.AccessAsk, _ ops.Progress) (any, error) { return l.Accesses(ctx, c) })
	handle(mux, "accounts", func(ctx context.Context, _ struct{}, _ ops.Progress) (any, error) { return l.Accounts(ctx) })
	handle(mux, "change-account", func(ctx context.Context, c ops.ChangeAccount, _ ops.Progress) (any, error) {
		return l.ChangeAccount(ctx, c)
	})
	handle(mux, "tokens", func(ctx context.Context, _ struct{}, _ ops.Progress) (any, error) { return l.Tokens(ctx) })
	handle(mux, "make-token", func(ctx context.Context, c ops.MakeToken, _ ops.Progress) (any, error) { return l.MakeToken(ctx, c) })
	handle(mux, "revoke-token", func(ctx context.Context, c ops.RevokeToken, _ ops.Progress) (any, error) {
		return l.RevokeToken(ctx, c)
	})
	handle(mux, "policy", func(ctx context.Context, _ struct{}, _ ops.Progress) (any, error) { return l.Policy(ctx) })
	handle(mux, "rebuild", func(ctx context.Context, _ struct{}, p ops.Progress) (any, error) { return l.Rebuild(ctx, p) })
	handle(mux, "demo", func(ctx context.Context, _ struct{}, p ops.Progress) (any, error) { return l.Demo(ctx, p) })
	handle(mux, "health", func(ctx context.Context, _ struct{}, _ ops.Progress) (any, error) { return l.Health(ctx) })
	disclosures(mux, l)
	mux.HandleFunc("POST /v1/import", func(w http.ResponseWriter, r *http.Request) {
		report, err := l.Import(r.Context(), r.Body)
		// What is left is read, so that the client gets to hear the answer.
		_, _ = io.Copy(io.Discard, r.Body)
		reply(w, report, err, true)
	})
	attaching(mux, l)
	mux.HandleFunc("POST /v1/export", func(w http.ResponseWriter, r *http.Request) { export(w, r, l) })
	return mux
}

// handle adds an operation.
func handle[C any](mux *http.ServeMux, name string, do func(context.Context, C, ops.Progress) (any, error)) {
	mux.HandleFunc("POST /v1/"+name, func(w http.ResponseWriter, r *http.Request) {
		var call C
		if !decode(w, r, &call) {
			return
		}
		p := &teller{w: w, next: time.Now().Add(tick)}
		result, err := do(r.Context(), call, p.tell)
		p.mu.Lock() // a straggler must not write into the answer
		defer p.mu.Unlock()
		p.over = true
		if p.told {
			_, _ = w.Write(append(encode(makeAnswer(result, err, false)), '\n'))
			return
		}
		reply(w, result, err, false)
	})
}

// decode reads a call and answers when it cannot.
func decode(w http.ResponseWriter, r *http.Request, call any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall))
	dec.DisallowUnknownFields()
	err := dec.Decode(call)
	if err == nil {
		return true
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		err = events.ErrTooLarge
	} else {
		err = ops.Inputf("the call is not what this version expects")
	}
	reply(w, nil, err, false)
	return false
}

// teller passes progress on, now and then.
type teller struct {
	mu   sync.Mutex
	w    http.ResponseWriter
	next time.Time
	told bool // the answer has begun
	over bool
}

func (t *teller) tell(done, total uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.over || now.Before(t.next) {
		return
	}
	if !t.told {
		t.told = true
		begin(t.w)
	}
	t.next = now.Add(tick)
	_ = json.NewEncoder(t.w).Encode(answer{Progress: &progress{done, total}})
	_ = http.NewResponseController(t.w).Flush()
}

// encode is JSON that leaves the bytes of an event's body as they are, where
// json.Marshal would write < as an escape. The results of package ops have
// nothing in them that cannot be encoded.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// begin sets the header of an answer in JSON.
func begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-store")
}

// makeAnswer is the end of an answer. With both, the result goes out beside an
// error.
func makeAnswer(result any, err error, both bool) answer {
	var a answer
	if err != nil {
		a.Error = ops.NewError(err)
	}
	if err == nil || both {
		a.Result = result
	}
	return a
}

// reply is a whole answer.
func reply(w http.ResponseWriter, result any, err error, both bool) {
	a := makeAnswer(result, err, both)
	begin(w)
	if err != nil {
		w.WriteHeader(status(a.Error.Code))
	}
	_, _ = w.Write(append(encode(a), '\n'))
}

// status is for people who watch with other tools; the client reads the code.
func status(code string) int {
	switch code {
	case "conflict", "duplicate", "exists", "not-empty":
		return http.StatusConflict
	case "not-found":
		return http.StatusNotFound
	case "too-large":
		return http.StatusRequestEntityTooLarge
	case "version", "syntax", "invalid", "input", "step", "exhibit":
		return http.StatusUnprocessableEntity
	case "read-only", "stopped", "clock":
		return http.StatusServiceUnavailable
	case "full":
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// export streams a bundle. An error before its first byte is an answer like
// any other.
func export(w http.ResponseWriter, r *http.Request, l ops.Ledger) {
	var call ops.Export
	if !decode(w, r, &call) {
		return
	}
	out := &bundleWriter{w: w}
	result, err := l.Export(r.Context(), call, out)
	switch {
	case !out.begun && err == nil:
		err = errors.New("the export wrote nothing")
		fallthrough
	case !out.begun:
		reply(w, nil, err, false)
	case err != nil:
		w.Header().Set(errorTrailer, string(encode(ops.NewError(err))))
	default:
		w.Header().Set(resultTrailer, string(encode(result)))
	}
}

// bundleWriter sends its header with the first byte.
type bundleWriter struct {
	w     http.ResponseWriter
	begun bool
}

func (b *bundleWriter) Write(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		h := b.w.Header()
		h.Set("Content-Type", zipType)
		h.Set("Cache-Control", "no-store")
		h.Set("Trailer", resultTrailer+", "+errorTrailer)
		b.w.WriteHeader(http.StatusOK)
	}
	return b.w.Write(p)
}
