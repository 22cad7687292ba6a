package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Client is a ledger that a service on another machine holds, asked over its
// programming interface. Its errors keep their sentinel on the way.
type Client struct {
	base  string // scheme and host
	token access.TokenSecret
	http  *http.Client
}

var _ ops.Served = (*Client)(nil)

const (
	// patience is how long an answer is waited for; the service itself gives up
	// after 30 seconds.
	patience = time.Minute
	// maxAnswer is the longest answer that is read, in bytes: a case with tens of
	// thousands of events.
	maxAnswer = 64 << 20
	// maxProblem is that of an error.
	maxProblem = 64 << 10
	// maxWords is the longest text of an error, in bytes, that is repeated.
	maxWords = 500
)

// UnservedError: this cannot be asked over the programming interface.
type UnservedError struct{ What string }

func (e *UnservedError) Error() string {
	return e.What + " is not served over /api/v1: this needs the ledger's own machine"
}

var (
	// ErrAddress: not the address of a service.
	ErrAddress = errors.New("must be like https://ledger.example.org, with no more behind the host than a port; http is for this machine alone")
	// errForeign: what answers is no service of this kind.
	errForeign = errors.New("what answers there is no case ledger")
	// errCut: an answer ended before its end.
	errCut = errors.New("the answer broke off")
	// errLong: an answer over the limit.
	errLong = errors.New("the answer is too long")
	// errOther: it answers in another way than this version expects.
	errOther = fmt.Errorf("the service is of another version: %w", events.ErrVersion)
)

// NewClient asks the service at an address with a token: over TLS, or on this
// machine without. No redirect is followed: the token goes to this address and
// no other.
func NewClient(server string, token access.TokenSecret) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(server, "?#") {
		return nil, ErrAddress // which is not repeated: it may have a password in it
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
		DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
	}
	switch u.Scheme {
	case "https":
	case "http":
		if ip := net.ParseIP(u.Hostname()); !strings.EqualFold(u.Hostname(), "localhost") && (ip == nil || !ip.IsLoopback()) {
			return nil, ErrAddress
		}
		transport.Proxy = nil
		dialer.Control = onlyLoopback // whatever localhost is here
	default:
		return nil, ErrAddress
	}
	return &Client{base: u.Scheme + "://" + u.Host, token: token, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if to, err := net.ResolveTCPAddr("tcp", address); err != nil || !to.IP.IsLoopback() {
		return errors.New("not an address of this machine")
	}
	return nil
}

// asked is one request.
type asked struct {
	method, path string
	query        url.Values
	match        uint64 // for If-Match; 0: none
	body         any    // nil: none
}

// ask makes a request and reads the answer.
func ask[R any](ctx context.Context, c *Client, q asked) (R, error) {
	var answer R
	b, err := c.send(ctx, q)
	if err != nil {
		return answer, err
	}
	// A member that is missing would look like one that is empty.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil || members == nil {
		return answer, errForeign
	}
	for _, name := range (shapes{}).object(reflect.TypeFor[R]())["required"].([]string) {
		if _, ok := members[name]; !ok {
			return answer, errOther
		}
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return answer, errOther // not its text, which quotes what was answered
	}
	return answer, nil
}

// send makes a request and returns the bytes of a good answer.
func (c *Client) send(ctx context.Context, q asked) ([]byte, error) {
	var body io.Reader
	if q.body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false) // an event stays as it is
		if err := enc.Encode(q.body); err != nil {
			return nil, ops.As(events.ErrSyntax, errors.New("event: is not JSON"))
		}
		body = &b
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, q.method, c.base+Root+q.path, body)
	if err != nil {
		return nil, ErrAddress
	}
	req.URL.RawQuery = q.query.Encode()
	req.Header.Set("Authorization", "Bearer "+c.token.Text())
	req.Header.Set("Accept", jsonType)
	req.Header.Set("User-Agent", "caseledger")
	if body != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	if q.match != 0 {
		req.Header.Set("If-Match", strconv.Quote(strconv.FormatUint(q.match, 10)))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreached(ctx, limited, err)
	}
	defer resp.Body.Close()
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	good := (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated) && media == jsonType
	limit := int64(maxProblem)
	switch {
	case good:
		limit = maxAnswer
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, fmt.Errorf("%s sends elsewhere (%d), where the token is not taken: name the service's own address", c.base, resp.StatusCode)
	case resp.StatusCode < 400 || media != problemType:
		return nil, fmt.Errorf("%s answered %d: %w", c.base, resp.StatusCode, errForeign)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%s: %w", c.base, errCut)
	case int64(len(b)) > limit:
		return nil, fmt.Errorf("%s: %w", c.base, errLong)
	case !good:
		return nil, refusal(resp, b)
	}
	return b, nil
}

// unreached says why there is no answer: without the address of what was asked
// and without what came instead of an answer.
func (c *Client) unreached(ctx, limited context.Context, err error) error {
	var (
		network *net.OpError
		trust   *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return fmt.Errorf("%s did not answer within %s", c.base, patience)
	case errors.As(err, &trust):
		return fmt.Errorf("%s cannot be trusted: %w", c.base, trust)
	case errors.As(err, &network):
		return fmt.Errorf("%s cannot be reached: %w", c.base, network)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Errorf("%s does not speak TLS: %w", c.base, errForeign)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: %w", c.base, errCut)
	}
	return fmt.Errorf("%s: %w", c.base, errForeign)
}

// said are the problems of which people at a command line are told otherwise
// than those who write programs.
var said = map[string]string{
	"token":      "the token is not known there, was revoked or has expired",
	"token-cut":  "the token is not whole",
	"scope":      "the token is not for this: it lacks the scope",
	"forbidden":  "whom the token acts as may not do this, or not in this case, if there is such a case",
	"not-found":  "not found",
	"wait":       "too many requests: wait and try again",
	"host":       "the service answers to another name: ask it under its public address",
	"unrecorded": "nothing can be answered now, because who reads what cannot be written down: tell whoever runs the service",
	"parameter":  "the service does not take a parameter that was sent",
	"input":      "the request cannot be followed",
	"read-only":  "nothing can be recorded now: tell whoever runs the service, and send it again later",
	"stopped":    "nothing can be recorded now: tell whoever runs the service",
	"failed":     "something went wrong there: tell whoever runs the service the time",
}

// refusal puts a problem back into the error that it was. The words are this
// program's own, as far as it has some.
func refusal(resp *http.Response, b []byte) error {
	var p Problem
	if err := json.Unmarshal(b, &p); err != nil || p.Code == "" {
		return fmt.Errorf("the answer was %d: %w", resp.StatusCode, errForeign)
	}
	e := &ops.Error{Code: p.Code, Pointer: p.Pointer, Rule: words(p.Rule), Saw: p.Saw, Last: p.Last}
	for _, a := range p.Added {
		e.Added = append(e.Added, cases.Added{Seq: a.Seq, Type: words(a.Type)})
	}
	if p.Pointer != nil {
		at := words(*p.Pointer)
		e.Pointer = &at
	}
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Code == p.Code })
	switch {
	case p.Code == "conflict" && p.Saw > 0 && uint64(len(p.Added)) <= p.Last:
		e.Message = (&cases.ConflictError{Saw: p.Saw, Last: p.Last, Added: e.Added}).Error()
	case e.Pointer != nil && e.Rule != "":
		e.Message = (&cases.RuleError{Pointer: *e.Pointer, Rule: e.Rule}).Error()
	case i < 0:
		e.Code, e.Message = "failed", fmt.Sprintf("the service refused it with %d and a reason that this version does not know", resp.StatusCode)
	default:
		e.Message = cmp.Or(said[p.Code], strings.ToLower(kinds[i].Title[:1])+kinds[i].Title[1:])
	}
	if p.Parameter != "" {
		e.Message += " (" + words(p.Parameter) + ")"
	}
	if wait, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 32); err == nil {
		e.Message += fmt.Sprintf(" (%d seconds)", wait)
	}
	if need := resp.Header.Get("WWW-Authenticate"); p.Code == "scope" {
		for _, s := range access.StaffScopes {
			if strings.Contains(need, `scope="`+string(s)+`"`) {
				e.Message += " (" + string(s) + ")"
			}
		}
	}
	return e
}

// words are those of the service, fit for a terminal.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "") + "…"
	}
	return s
}

// get is a request that only reads.
func get(path string, query url.Values) asked {
	return asked{method: http.MethodGet, path: path, query: query}
}

func ofCase(chain events.Chain) string { return "/cases/" + chain.String() }

// add puts a parameter behind the question mark, if there is something to say.
func add(q url.Values, name, value string) url.Values {
	if value != "" {
		q.Add(name, value)
	}
	return q
}

// by names who asks.
func by(actor string) url.Values { return add(url.Values{}, "actor", actor) }

func times(q url.Values, known, happened, now time.Time) url.Values {
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"as_known", known}, {"as_happened", happened}, {"now", now}} {
		if !t.at.IsZero() {
			q.Set(t.name, t.at.Format(time.RFC3339Nano))
		}
	}
	return q
}

// now refuses to look at many cases as of another time.
func now(known, happened, at time.Time) error {
	if !known.IsZero() || !happened.IsZero() || !at.IsZero() {
		return &UnservedError{"a list or a day as of another time than now"}
	}
	return nil
}

// same holds an answer to what was asked for.
func same(is bool, err error) error {
	if err == nil && !is {
		return errForeign
	}
	return err
}

// Append implements ops.Served. When it is not known whether the event was
// recorded the error names the id under which it can be sent again.
func (c *Client) Append(ctx context.Context, a ops.Append) (ops.Appended, error) {
	if cases.OfService(a.Type) {
		return ops.Appended{}, &UnservedError{"an event of the service itself"}
	}
	id := a.ID
	if id == nil {
		fresh, err := ulid.New(ulid.Timestamp(time.Now()), rand.Reader)
		if err != nil {
			return ops.Appended{}, err
		}
		id = &fresh
	}
	q := asked{method: http.MethodPut, path: "/cases/new/events/" + id.String(), match: a.Expect, body: struct {
		Type     string          `json:"type"`
		V        uint64          `json:"v,omitempty"`
		Actor    string          `json:"actor"`
		Occurred json.RawMessage `json:"occurred"`
		Data     json.RawMessage `json:"data"`
	}{a.Type, a.V, a.Actor, a.Occurred, a.Data}}
	switch {
	case a.Case != nil:
		q.path = ofCase(*a.Case) + "/events/" + id.String()
	case a.Expect != 0:
		return ops.Appended{}, &UnservedError{"what a new case has seen"}
	}
	r, err := ask[ops.Appended](ctx, c, q)
	err = same(r.ID == *id && (a.Case == nil || r.Case == *a.Case), err)
	if unknown(err) {
		e := *ops.NewError(err) // as --json has it too
		e.Message += "; whether it was recorded is not known: send it again with --id " + id.String()
		err = &e
	}
	return r, err
}

// unknown reports whether what was sent may have been done.
func unknown(err error) bool {
	var e *ops.Error
	if errors.As(err, &e) {
		return e.Code == "failed" || e.Code == "stopped"
	}
	var dial *net.OpError
	return err != nil && !(errors.As(err, &dial) && dial.Op == "dial") && !errors.Is(err, events.ErrSyntax)
}

// Caseload implements ops.Served.
func (c *Client) Caseload(ctx context.Context, adviser string) (ops.Caseload, error) {
	return ask[ops.Caseload](ctx, c, get("/caseload", add(url.Values{}, "adviser", adviser)))
}

// Timeline implements ops.Served.
func (c *Client) Timeline(ctx context.Context, of ops.TimelineOf) (ops.Timeline, error) {
	r, err := ask[ops.Timeline](ctx, c, get(ofCase(of.Case)+"/timeline", times(by(of.Actor), of.AsKnown, time.Time{}, time.Time{})))
	return r, same(r.Case == of.Case, err)
}

// Explain implements ops.Served.
func (c *Client) Explain(ctx context.Context, a ops.AsOf) (rules.Explanation, error) {
	return ask[rules.Explanation](ctx, c, get(ofCase(a.Case)+"/explain", times(by(a.Actor), a.AsKnown, a.AsHappened, a.Now)))
}

// Plan implements ops.Served.
func (c *Client) Plan(ctx context.Context, a ops.AsOf) (views.Plan, error) {
	r, err := ask[views.Plan](ctx, c, get(ofCase(a.Case)+"/plan", times(by(a.Actor), a.AsKnown, a.AsHappened, a.Now)))
	return r, same(r.Case == a.Case, err)
}

// Marac implements ops.Served.
func (c *Client) Marac(ctx context.Context, a ops.MaracAsk, _ ops.Progress) (views.Agenda, error) {
	if a.From.IsZero() {
		return ask[views.Agenda](ctx, c, get(ofCase(a.Case)+"/marac", times(by(a.Actor), a.AsKnown, a.AsHappened, a.Now)))
	}
	if err := now(a.AsKnown, a.AsHappened, a.Now); err != nil {
		return views.Agenda{}, err
	}
	return ask[views.Agenda](ctx, c, get("/marac", add(url.Values{"from": {a.From.String()}, "to": {a.To.String()}}, "actor", a.Actor)))
}

// Search implements ops.Served.
func (c *Client) Search(ctx context.Context, a ops.SearchAsk) (ops.Search, error) {
	return ask[ops.Search](ctx, c, asked{method: http.MethodPost, path: "/search", body: struct {
		Term  string `json:"term"`
		Actor string `json:"actor,omitempty"`
	}{a.Term, a.Actor}})
}

// Case implements ops.Served.
func (c *Client) Case(ctx context.Context, a ops.CaseAsk) (views.CasePage, error) {
	q := times(by(a.Actor), a.AsKnown, a.AsHappened, a.Now)
	for _, t := range a.Types {
		q.Add("type", t)
	}
	r, err := ask[views.CasePage](ctx, c, get(ofCase(a.Case), q))
	return r, same(r.Strip.Case == a.Case, err)
}

// Cases implements ops.Served.
func (c *Client) Cases(ctx context.Context, v ops.ViewOf, _ ops.Progress) (views.CaseList, error) {
	if err := now(v.AsKnown, v.AsHappened, v.Now); err != nil {
		return views.CaseList{}, err
	}
	return ask[views.CaseList](ctx, c, get("/cases", add(url.Values{}, "staff", v.Staff)))
}

// Loads implements ops.Served.
func (c *Client) Loads(ctx context.Context, v ops.ViewOf, _ ops.Progress) (ops.Loads, error) {
	if v.Staff == "" {
		return ops.Loads{}, &UnservedError{"the load of every adviser"}
	}
	if err := now(v.AsKnown, v.AsHappened, v.Now); err != nil {
		return ops.Loads{}, err
	}
	return ask[ops.Loads](ctx, c, get("/loads", url.Values{"adviser": {v.Staff}}))
}

// Day implements ops.Served.
func (c *Client) Day(ctx context.Context, v ops.ViewOf, _ ops.Progress) (views.Day, error) {
	if err := now(v.AsKnown, v.AsHappened, v.Now); err != nil {
		return views.Day{}, err
	}
	return ask[views.Day](ctx, c, get("/day", add(url.Values{}, "staff", v.Staff)))
}

// Due implements ops.Served.
func (c *Client) Due(ctx context.Context, v ops.ViewOf, _ ops.Progress) (views.DueList, error) {
	if err := now(v.AsKnown, v.AsHappened, v.Now); err != nil {
		return views.DueList{}, err
	}
	q := add(url.Values{}, "staff", v.Staff)
	if !v.By.IsZero() {
		q.Set("by", v.By.String())
	}
	return ask[views.DueList](ctx, c, get("/due", q))
}

// Show implements ops.Served. The body cannot be held against its hashes, since
// what is veiled is missing from it; the link can.
func (c *Client) Show(ctx context.Context, of ops.EventOf) (ops.Event, error) {
	r, err := ask[ops.Event](ctx, c, get(ofCase(of.Case)+"/events/"+strconv.FormatUint(of.Seq, 10), by(of.Actor)))
	if err = same(r.Case == of.Case && r.Seq == of.Seq, err); err == nil && events.Hash(sha256.Sum256([]byte(r.Link))) != r.Hash {
		err = fmt.Errorf("the link block is not that of the event hash: %w", events.ErrBroken)
	}
	return r, err
}

// Disclosure implements ops.Served.
func (c *Client) Disclosure(ctx context.Context, of ops.OfRequest) (ops.Disclosure, error) {
	list, err := ask[Disclosures](ctx, c, get(ofCase(of.Case)+"/disclosures", by(of.Actor)))
	if err != nil {
		return ops.Disclosure{}, err
	}
	for _, d := range list.Disclosures {
		if d.Case == of.Case && d.Request == of.Request {
			return d, nil
		}
	}
	return ops.Disclosure{}, &cases.StepError{Step: cases.StepRequest, Why: fmt.Sprintf("event %d of the case is no disclosure.requested, or is misfiled; record what was asked for first", of.Request)}
}

// Audit implements ops.Served.
func (c *Client) Audit(ctx context.Context, full bool, _ ops.Progress) (ops.Audit, error) {
	if full {
		return ops.Audit{}, &UnservedError{"a full audit"}
	}
	return ask[ops.Audit](ctx, c, get("/audit", nil))
}

// Accesses implements ops.Served.
func (c *Client) Accesses(ctx context.Context, a ops.AccessAsk) (ops.Accesses, error) {
	w := &a.Which
	if w.Limit == 0 || w.Limit > maxAccesses {
		return ops.Accesses{}, &UnservedError{fmt.Sprintf("a list of more than %d entries at once", maxAccesses)}
	}
	q := add(by(a.Actor), "staff", w.Staff)
	if !w.From.IsZero() {
		q.Set("from", w.From.Format(time.RFC3339Nano))
	}
	if !w.To.IsZero() {
		q.Set("to", w.To.Format(time.RFC3339Nano))
	}
	if w.Case != nil {
		q.Set("case", w.Case.String())
	}
	for _, t := range w.Types {
		q.Add("type", t)
	}
	q.Set("limit", strconv.Itoa(w.Limit))
	return ask[ops.Accesses](ctx, c, get("/accesses", q))
}

// Close implements ops.Served. The service goes on.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
