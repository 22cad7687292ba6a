package pages

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/internal/story"
	"caseledger/internal/views"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// week is the office with the story in it, as it is known at a time.
type week struct {
	office
	files map[events.Chain]*casefile.File
	lists map[events.Chain][]casefile.Event
}

func storyAt(t testing.TB, who access.Who, now time.Time) *week {
	t.Helper()
	w := &week{office: office{who: who, state: access.SignedIn, now: now, signs: noAccounts(t)}, files: map[events.Chain]*casefile.File{}, lists: map[events.Chain][]casefile.Event{}}
	for i, e := range story.Events() {
		body, err := json.Marshal(map[string]any{"actor": e.Actor, "data": json.RawMessage(e.Data), "occurred": json.RawMessage(e.Occurred), "type": e.Type, "v": e.V})
		if err != nil {
			t.Fatal(err)
		}
		b, err := events.ParseBody(body)
		if err != nil {
			t.Fatalf("%s %d: %v", e.Case, e.Seq, err)
		}
		w.lists[e.Chain] = append(w.lists[e.Chain], casefile.Event{Seq: e.Seq, Stream: uint64(i + 1), ID: e.ID, At: e.At, Body: b})
	}
	for chain, list := range w.lists {
		f, err := casefile.Fold(list, casefile.Cut{KnownBy: now})
		if err != nil {
			t.Fatal(err)
		}
		if f.Chain = chain; f.Stage != casefile.StageNone {
			w.files[chain] = f
		}
	}
	return w
}

func (w *week) Facts(_ context.Context, c events.Chain) (access.CaseFacts, error) {
	f, ok := w.files[c]
	if !ok {
		return access.CaseFacts{}, events.ErrNotFound
	}
	return access.CaseFacts{Adviser: f.Adviser(), Stage: f.Stage}, nil
}

func (w *week) Day(_ context.Context, of ops.ViewOf, _ ops.Progress) (views.Day, error) {
	return views.DayOf(maps.Values(w.files), policy.Default(), of.Now, schemas.StaffRecordedV2{Staff: of.Staff, Role: string(w.who.Role)}), nil
}

// upTo are the events of a case that are recorded by now.
func (w *week) upTo(c events.Chain, known time.Time) []casefile.Event {
	keeping.Lock()
	defer keeping.Unlock()
	var list []casefile.Event
	for _, e := range w.lists[c] {
		if !e.At.After(w.now) && (known.IsZero() || !e.At.After(known)) {
			list = append(list, e)
		}
	}
	return list
}

func (w *week) Case(_ context.Context, a ops.CaseAsk) (views.CasePage, error) {
	list := w.upTo(a.Case, a.AsKnown)
	if len(list) == 0 {
		return views.CasePage{}, events.ErrNotFound
	}
	f, err := casefile.Fold(list, casefile.Cut{KnownBy: a.AsKnown})
	if err != nil {
		return views.CasePage{}, err
	}
	f.Chain = a.Case
	return views.CaseOf(f, policy.Default(), a.Time(w.now), a.Types), nil
}

func (w *week) Last(_ context.Context, c events.Chain) (uint64, error) {
	return uint64(len(w.upTo(c, time.Time{}))), nil
}

func (w *week) Show(_ context.Context, c events.Chain, seq uint64) (ops.Event, error) {
	for _, e := range w.upTo(c, time.Time{}) {
		if e.Seq == seq {
			body, err := events.EncodeBody(e.Body.Type, e.Body.V, e.Body.Actor, e.Body.Occurred, e.Body.Data)
			return ops.Event{Case: c, Seq: seq, ID: e.ID, At: ops.Time(e.At), Body: body}, err
		}
	}
	return ops.Event{}, events.ErrNotFound
}

// Append records what keeps to the form of its type, one event per id.
func (w *week) Append(_ context.Context, a ops.Append) (ops.Appended, error) {
	v := a.V
	if v == 0 {
		v, _ = schemas.Default().Latest(a.Type)
	}
	occurred, err := events.Canonicalize(a.Occurred)
	if err != nil {
		return ops.Appended{}, err
	}
	data, err := events.Canonicalize(a.Data)
	if err != nil {
		return ops.Appended{}, err
	}
	body, err := events.EncodeBody(a.Type, v, a.Actor, occurred, data)
	if err != nil {
		return ops.Appended{}, err
	}
	if err := schemas.Default().Validate(body); err != nil {
		var s *schemas.Error
		if errors.As(err, &s) {
			err = &cases.RuleError{Pointer: s.Pointer, Rule: s.Rule, Kind: s.Unwrap()}
		}
		return ops.Appended{}, err
	}
	b, err := events.ParseBody(body)
	if err != nil {
		return ops.Appended{}, err
	}
	chain := governed
	if a.Case != nil {
		chain = *a.Case
	}
	list := w.upTo(chain, time.Time{})
	for _, e := range list {
		if a.ID == nil || e.ID != *a.ID {
			continue
		}
		if was, err := events.EncodeBody(e.Body.Type, e.Body.V, e.Body.Actor, e.Body.Occurred, e.Body.Data); err != nil || string(was) != string(body) {
			return ops.Appended{}, events.ErrDuplicate
		}
		return ops.Appended{Case: chain, Seq: e.Seq, ID: e.ID}, nil
	}
	if a.Expect != 0 && a.Expect != uint64(len(list)) {
		conflict := &cases.ConflictError{Case: chain, Saw: a.Expect, Last: uint64(len(list))}
		for _, e := range list[a.Expect:] {
			conflict.Added = append(conflict.Added, cases.Added{Seq: e.Seq, Type: e.Body.Type})
		}
		return ops.Appended{}, conflict
	}
	e := casefile.Event{Seq: uint64(len(list) + 1), Stream: 1 << 20, ID: *a.ID, At: w.now, Body: b}
	keeping.Lock()
	defer keeping.Unlock()
	w.lists[chain] = append(list, e)
	return ops.Appended{Case: chain, Seq: e.Seq, ID: e.ID}, nil
}

// noAccounts are the accounts of a service in which nobody has one yet.
func noAccounts(t testing.TB) *access.Accounts {
	t.Helper()
	accounts, err := access.OpenAccounts(t.TempDir(), "ledger.example.org/cases", nil)
	if err != nil {
		t.Fatal(err)
	}
	return accounts
}

func (o *office) Accounts() *access.Accounts { return o.signs }
