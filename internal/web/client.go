package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Client is a ledger that a service holds, spoken to over its socket.
type Client struct {
	http    *http.Client
	bundles *http.Client // for exports
}

var _ ops.Ledger = (*Client)(nil)

// Dial reaches the service that listens on a socket. The error wraps
// fs.ErrNotExist or syscall.ECONNREFUSED when there is none.
func Dial(ctx context.Context, dial func(context.Context) (net.Conn, error)) (*Client, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := conn.Close(); err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		MaxIdleConnsPerHost: 256,
		DisableCompression:  true,
	}
	bundles := transport.Clone()
	bundles.ReadBufferSize = maxTrailer
	bundles.DisableKeepAlives = true // the buffer goes with the connection
	return &Client{http: &http.Client{Transport: transport}, bundles: &http.Client{Transport: bundles}}, nil
}

// maxTrailer is the longest result of an export, in bytes. It comes as a
// trailer, and net/http allows one no more than the connection's buffer holds.
// A result names at most some ten thousand places.
const maxTrailer = 16 << 20

// errGone: the service went away in the middle of an answer.
var errGone = errors.New("the service went away before it answered: whether it did what it was asked shows when it is back")

// errVersion: the service does not speak as this version does.
var errVersion = fmt.Errorf("the service is of another version: %w", events.ErrVersion)

// post sends a call and returns the answer.
func (c *Client) post(ctx context.Context, operation string, body io.Reader) (*http.Response, error) {
	return post(ctx, c.http, operation, body)
}

func post(ctx context.Context, client *http.Client, operation string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://caseledger/v1/"+operation, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", jsonType)
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w (%w)", errGone, err)
	}
	switch resp.Header.Get("Content-Type") {
	case jsonType, zipType, fileType:
		return resp, nil
	}
	return nil, errors.Join(errVersion, resp.Body.Close())
}

// read takes an answer to its end.
func read(ctx context.Context, body io.Reader, result any, tell ops.Progress) error {
	for lines := bufio.NewReaderSize(body, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		a := answer{Result: result}
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		var syntax *json.SyntaxError
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case !bytes.HasSuffix(line, []byte{'\n'}), errors.As(err, &syntax):
			return fmt.Errorf("%w (%w)", errGone, err)
		default:
			return errVersion
		}
		if a.Progress != nil {
			if tell != nil {
				tell(a.Progress.Done, a.Progress.Total)
			}
			continue
		}
		if a.Error != nil {
			return a.Error
		}
		return nil
	}
}

// call does a whole operation.
func call[R any](ctx context.Context, c *Client, operation string, args any, tell ops.Progress) (R, error) {
	var result R
	b, err := json.Marshal(args)
	if err != nil {
		return result, err
	}
	resp, err := c.post(ctx, operation, bytes.NewReader(b))
	if err != nil {
		return result, err
	}
	defer resp.Body.Close()
	err = read(ctx, resp.Body, &result, tell)
	return result, err
}

// Append implements ops.Ledger.
func (c *Client) Append(ctx context.Context, a ops.Append) (ops.Appended, error) {
	return call[ops.Appended](ctx, c, "append", a, nil)
}

// Import implements ops.Ledger.
func (c *Client) Import(ctx context.Context, in io.Reader) (cases.Report, error) {
	var report cases.Report
	resp, err := c.post(ctx, "import", struct{ io.Reader }{in})
	if err != nil {
		return report, err
	}
	defer resp.Body.Close()
	err = read(ctx, resp.Body, &report, nil)
	return report, err
}

// Caseload implements ops.Ledger.
func (c *Client) Caseload(ctx context.Context, adviser string) (ops.Caseload, error) {
	return call[ops.Caseload](ctx, c, "caseload", caseloadCall{adviser}, nil)
}

// Timeline implements ops.Ledger.
func (c *Client) Timeline(ctx context.Context, of ops.TimelineOf) (ops.Timeline, error) {
	return call[ops.Timeline](ctx, c, "timeline", of, nil)
}

// Explain implements ops.Ledger.
func (c *Client) Explain(ctx context.Context, a ops.AsOf) (rules.Explanation, error) {
	return call[rules.Explanation](ctx, c, "explain", a, nil)
}

// Review implements ops.Ledger.
func (c *Client) Review(ctx context.Context, a ops.AsOf) (rules.Report, error) {
	return call[rules.Report](ctx, c, "review", a, nil)
}

// Stats implements ops.Ledger.
func (c *Client) Stats(ctx context.Context, of ops.CountStats, p ops.Progress) (views.Stats, error) {
	return call[views.Stats](ctx, c, "stats", of, p)
}

// Board implements ops.Ledger.
func (c *Client) Board(ctx context.Context, of ops.ViewOf, p ops.Progress) (views.Board, error) {
	return call[views.Board](ctx, c, "board", of, p)
}

// Day implements ops.Ledger.
func (c *Client) Day(ctx context.Context, v ops.ViewOf, p ops.Progress) (views.Day, error) {
	return call[views.Day](ctx, c, "day", v, p)
}

// Due implements ops.Ledger.
func (c *Client) Due(ctx context.Context, v ops.ViewOf, p ops.Progress) (views.DueList, error) {
	return call[views.DueList](ctx, c, "due", v, p)
}

// Handovers implements ops.Ledger.
func (c *Client) Handovers(ctx context.Context, v ops.ViewOf, p ops.Progress) (views.Handovers, error) {
	return call[views.Handovers](ctx, c, "handover", v, p)
}

// Plan implements ops.Ledger.
func (c *Client) Plan(ctx context.Context, a ops.AsOf) (views.Plan, error) {
	return call[views.Plan](ctx, c, "plan", a, nil)
}

// Marac implements ops.Ledger.
func (c *Client) Marac(ctx context.Context, a ops.MaracAsk, p ops.Progress) (views.Agenda, error) {
	return call[views.Agenda](ctx, c, "marac", a, p)
}

// Search implements ops.Ledger.
func (c *Client) Search(ctx context.Context, a ops.SearchAsk) (ops.Search, error) {
	return call[ops.Search](ctx, c, "search", a, nil)
}

// People implements ops.Ledger.
func (c *Client) People(ctx context.Context, a ops.AsOf) (views.People, error) {
	return call[views.People](ctx, c, "people", a, nil)
}

// Case implements ops.Ledger.
func (c *Client) Case(ctx context.Context, a ops.CaseAsk) (views.CasePage, error) {
	return call[views.CasePage](ctx, c, "case", a, nil)
}

// Cases implements ops.Ledger.
func (c *Client) Cases(ctx context.Context, v ops.ViewOf, p ops.Progress) (views.CaseList, error) {
	return call[views.CaseList](ctx, c, "cases", v, p)
}

// Loads implements ops.Ledger.
func (c *Client) Loads(ctx context.Context, v ops.ViewOf, p ops.Progress) (ops.Loads, error) {
	return call[ops.Loads](ctx, c, "loads", v, p)
}

// Figures implements ops.Ledger.
func (c *Client) Figures(ctx context.Context, v ops.ViewOf) (ops.Figures, error) {
	return call[ops.Figures](ctx, c, "figures", v, nil)
}

// Roster implements ops.Ledger.
func (c *Client) Roster(ctx context.Context, v ops.ViewOf) (ops.Roster, error) {
	return call[ops.Roster](ctx, c, "roster", v, nil)
}

// Show implements ops.Ledger.
func (c *Client) Show(ctx context.Context, of ops.EventOf) (ops.Event, error) {
	return call[ops.Event](ctx, c, "show", of, nil)
}

// Accesses implements ops.Ledger.
func (c *Client) Accesses(ctx context.Context, a ops.AccessAsk) (ops.Accesses, error) {
	return call[ops.Accesses](ctx, c, "accesses", a, nil)
}

// Accounts implements ops.Ledger.
func (c *Client) Accounts(ctx context.Context) (ops.Accounts, error) {
	return call[ops.Accounts](ctx, c, "accounts", struct{}{}, nil)
}

// ChangeAccount implements ops.Ledger.
func (c *Client) ChangeAccount(ctx context.Context, a ops.ChangeAccount) (ops.AccountChanged, error) {
	return call[ops.AccountChanged](ctx, c, "change-account", a, nil)
}

// Tokens implements ops.Ledger.
func (c *Client) Tokens(ctx context.Context) (ops.Tokens, error) {
	return call[ops.Tokens](ctx, c, "tokens", struct{}{}, nil)
}

// MakeToken implements ops.Ledger.
func (c *Client) MakeToken(ctx context.Context, m ops.MakeToken) (ops.TokenMade, error) {
	return call[ops.TokenMade](ctx, c, "make-token", m, nil)
}

// RevokeToken implements ops.Ledger.
func (c *Client) RevokeToken(ctx context.Context, r ops.RevokeToken) (ops.Token, error) {
	return call[ops.Token](ctx, c, "revoke-token", r, nil)
}

// Audit implements ops.Ledger.
func (c *Client) Audit(ctx context.Context, full bool, p ops.Progress) (ops.Audit, error) {
	return call[ops.Audit](ctx, c, "audit", auditCall{full}, p)
}

// Policy implements ops.Ledger.
func (c *Client) Policy(ctx context.Context) (ops.Policy, error) {
	return call[ops.Policy](ctx, c, "policy", struct{}{}, nil)
}

// Rebuild implements ops.Ledger.
func (c *Client) Rebuild(ctx context.Context, p ops.Progress) (ops.Rebuilt, error) {
	return call[ops.Rebuilt](ctx, c, "rebuild", struct{}{}, p)
}

// Demo implements ops.Ledger.
func (c *Client) Demo(ctx context.Context, p ops.Progress) (ops.Demo, error) {
	return call[ops.Demo](ctx, c, "demo", struct{}{}, p)
}

// Health implements ops.Ledger.
func (c *Client) Health(ctx context.Context) (ops.Health, error) {
	return call[ops.Health](ctx, c, "health", struct{}{}, nil)
}

// Export implements ops.Ledger.
func (c *Client) Export(ctx context.Context, e ops.Export, out io.Writer) (ops.Exported, error) {
	var result ops.Exported
	b, err := json.Marshal(e)
	if err != nil {
		return result, err
	}
	resp, err := post(ctx, c.bundles, "export", bytes.NewReader(b))
	if err != nil {
		return result, err
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != zipType {
		return result, read(ctx, resp.Body, &result, nil)
	}
	from := &remember{r: resp.Body}
	if _, err := io.Copy(out, from); err != nil {
		if from.err == nil {
			return result, fmt.Errorf("write the bundle: %w", err)
		}
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
		return result, fmt.Errorf("%w (%w)", errGone, err)
	}
	if text := resp.Trailer.Get(errorTrailer); text != "" {
		var e ops.Error
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return result, errVersion
		}
		return result, &e
	}
	text := resp.Trailer.Get(resultTrailer)
	if text == "" {
		return result, errGone
	}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		return result, errVersion
	}
	return result, nil
}

// remember keeps the error of a reader apart from that of the writer.
type remember struct {
	r   io.Reader
	err error
}

func (r *remember) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// Close implements ops.Ledger. The service goes on.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
