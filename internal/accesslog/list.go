package accesslog

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/schemas"
)

// Row is a recorded entry as an auditor reads it.
type Row struct {
	At      time.Time     `json:"at"`
	Type    string        `json:"type"`
	Staff   string        `json:"staff"` // Service: nobody was signed in
	Role    string        `json:"role"`
	Action  string        `json:"action"`
	Case    *events.Chain `json:"case"`
	Glass   bool          `json:"glass"`
	Account string        `json:"account"` // whose, or whom a token acts as; "": one's own, or of none
	Session events.Chain  `json:"session"`
	Seq     uint64        `json:"seq"` // within the session
	// Reviews, of a glass.reviewed, is the place of the glass.broken.
	Reviews *Place `json:"reviews"`
	// Reason of a glass.broken: words about a case, for who reviews it and on no
	// list.
	Reason string `json:"-"`
	// Destroyed: the key of its month was, and nothing more is known of it.
	Destroyed bool `json:"destroyed"`
}

// CommandLine begins the action of what the command line shows.
const CommandLine = "command."

// Command is what the command line was asked; "": it was not from there.
func (r Row) Command() string {
	command, is := strings.CutPrefix(r.Action, CommandLine)
	if !is {
		return ""
	}
	return command
}

// Which says which entries: all conditions at once, the zero value is all.
type Which struct {
	From  time.Time     `json:"from"` // recorded; zero: from the first
	To    time.Time     `json:"to"`   // not included; zero: to the last
	Case  *events.Chain `json:"case"`
	Staff string        `json:"staff"`
	Types []string      `json:"types"`
	Limit int           `json:"limit"` // the newest so many; 0: all
}

func (w *Which) takes(r *Row) bool {
	switch {
	case !w.From.IsZero() && r.At.Before(w.From), !w.To.IsZero() && !r.At.Before(w.To):
		return false
	case r.Destroyed:
		return w.Case == nil && w.Staff == "" && len(w.Types) == 0
	}
	return (w.Case == nil || r.Case != nil && *r.Case == *w.Case) && (w.Staff == "" || r.Staff == w.Staff) &&
		(len(w.Types) == 0 || slices.Contains(w.Types, r.Type))
}

// List returns entries, oldest first. It reads what was recorded from From on,
// not what lies before.
func (l *Ledger) List(ctx context.Context, w Which) ([]Row, error) {
	from, err := l.since(w.From)
	if err != nil {
		return nil, fmt.Errorf("access ledger: %w", err)
	}
	rows := []Row{}
	for e, err := range l.cfg.Archive.Archive(ctx, from) {
		if err != nil {
			return nil, fmt.Errorf("access ledger: %w", err)
		}
		if e.Void {
			continue
		}
		row, err := l.open(ctx, &e)
		if err != nil {
			return nil, fmt.Errorf("access ledger: entry %d: %w", e.Seq, err)
		}
		if !w.takes(&row) {
			continue
		}
		rows = append(rows, row)
		if w.Limit > 0 && len(rows) >= 2*w.Limit {
			rows = append(rows[:0], rows[len(rows)-w.Limit:]...)
		}
	}
	if w.Limit > 0 && len(rows) > w.Limit {
		rows = rows[len(rows)-w.Limit:]
	}
	return rows, nil
}

// since finds the stream sequence from which on everything recorded since a
// time is met.
func (l *Ledger) since(from time.Time) (uint64, error) {
	last := l.cfg.Archive.Position()
	if from.IsZero() || last == 0 {
		return 1, nil
	}
	var failed error
	n := sort.Search(int(last), func(i int) bool {
		e, err := l.cfg.Archive.Entry(uint64(i) + 1)
		if err != nil {
			failed = err
			return true
		}
		return !e.Void && !e.Record.Detail.At.Before(from)
	})
	// Those that were in flight together may stand out of order.
	return uint64(max(n-MaxInFlight, 0)) + 1, failed
}

// open reads an entry.
func (l *Ledger) open(ctx context.Context, e *events.Entry) (Row, error) {
	rec := &e.Record
	row := Row{At: rec.Detail.At, Session: rec.Link.Chain, Seq: rec.Link.Seq}
	key, err := l.cfg.Keys.Key(ctx, rec.Detail.Key)
	if err != nil && l.cfg.Erased(err) {
		row.Destroyed = true
		return row, nil
	} else if err != nil {
		return row, err
	}
	raw, err := events.Unseal(rec, &key)
	if err != nil {
		return row, err
	}
	body, err := events.ParseBody(raw)
	if err != nil {
		return row, err
	}
	row.Type, row.Staff = body.Type, body.Actor
	return row, row.fill(&body)
}

// fill reads the data of an entry.
func (r *Row) fill(body *events.Body) (err error) {
	var role *string
	var of string
	kind, _, _ := strings.Cut(body.Type, ".")
	switch {
	case kind == "session", body.Type == "token.refused":
		var d schemas.AccessSession
		d, err = schemas.DecodeData[schemas.AccessSession](body.Data)
		role = d.Role
	case kind == "token":
		var d schemas.AccessToken
		d, err = schemas.DecodeData[schemas.AccessToken](body.Data)
		role = d.Role
		if r.Account = stringOf(d.Staff); d.Agency != nil {
			r.Account = *d.Agency
		}
	case kind == "account":
		var d schemas.AccessAccount
		d, err = schemas.DecodeData[schemas.AccessAccount](body.Data)
		role = d.Role
		if d.Account != nil {
			r.Account = *d.Account
		}
	case body.Type == "glass.broken":
		var d schemas.AccessGlassBroken
		d, err = schemas.DecodeData[schemas.AccessGlassBroken](body.Data)
		role, of, r.Reason = d.Role, d.Case, d.Reason.Text
	case body.Type == "glass.reviewed":
		var d schemas.AccessGlassReviewed
		if d, err = schemas.DecodeData[schemas.AccessGlassReviewed](body.Data); err != nil {
			return err
		}
		role, of = d.Role, d.Case
		r.Reviews = &Place{Seq: d.Seq}
		if r.Reviews.Session, err = events.ParseChain(d.Session); err != nil {
			return err
		}
	default:
		var d schemas.AccessRead
		d, err = schemas.DecodeData[schemas.AccessRead](body.Data)
		role, r.Action, r.Glass = d.Role, d.Action, d.Glass
		if d.Case != nil {
			of = *d.Case
		}
	}
	if err != nil {
		return err
	}
	if role != nil {
		r.Role = *role
	}
	if of != "" {
		c, err := events.ParseChain(of)
		if err != nil {
			return err
		}
		r.Case = &c
	}
	return nil
}

// Unreviewed are the entries glass.broken, of all there ever were, that no
// glass.reviewed is about. It reads only what was recorded since it was last
// asked.
func (l *Ledger) Unreviewed(ctx context.Context) ([]Row, error) {
	l.looking.Lock()
	defer l.looking.Unlock()
	for e, err := range l.cfg.Archive.Archive(ctx, l.upto+1) {
		if err != nil {
			return nil, fmt.Errorf("access ledger: %w", err)
		}
		if !e.Void {
			row, err := l.open(ctx, &e)
			if err != nil {
				return nil, fmt.Errorf("access ledger: entry %d: %w", e.Seq, err)
			}
			switch row.Type {
			case "glass.broken":
				l.glass = append(l.glass, row)
			case "glass.reviewed":
				l.glass = slices.DeleteFunc(l.glass, func(b Row) bool { return b.Session == row.Reviews.Session && b.Seq == row.Reviews.Seq })
			}
		}
		l.upto = e.Seq
	}
	return slices.Clone(l.glass), nil
}

func stringOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
