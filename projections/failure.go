package projections

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"caseledger/events"
)

// view names what can fail to fold.
type view byte

const (
	viewCase     view = 'c' // the case's state: caseload, case, due
	viewTimeline view = 't'
)

func (v view) String() string {
	if v == viewTimeline {
		return "timeline"
	}
	return "case"
}

// unfolded stands where a view failed: for the state of a case, or for one row
// of its timeline. Whoever reads it cannot serve the view.
const unfolded = 2

// errUnfolded is returned for a view that failed for this case.
var errUnfolded = errors.New("this view of the case failed and is not served; rebuild the views")

// Failure is a view of a case that is not served, because the fold of an event
// failed. The next start tries again, and so does a rebuild.
type Failure struct {
	Case events.Chain `json:"case"`
	View string       `json:"view"` // case or timeline
	Seq  uint64       `json:"seq"`  // of the event in its case
	Rule string       `json:"rule"` // what was not as expected; no words of the event
}

// failures lists up to max failed views, in the order of their cases.
func (r *Runner) failures(ctx context.Context, max int) ([]Failure, error) {
	it, err := r.s.scan(func(sp space) ([]byte, []byte) {
		from := sp.kind(kindFailed)
		return from, after(from)
	})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	list := []Failure{}
	for it.First(); it.Valid() && len(list) < max; it.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, storeError(err)
		}
		k := it.Key()[2:]
		if len(k) != 16+1+8 {
			return nil, errValue
		}
		list = append(list, Failure{
			Case: events.Chain(k[:16]), View: view(k[16]).String(), Seq: binary.BigEndian.Uint64(k[17:]), Rule: string(v),
		})
	}
	return list, storeError(it.Error())
}

// rule says what failed in words that hold nothing of an event.
func rule(err error) string {
	if f := (*foldError)(nil); errors.As(err, &f) {
		return f.Error()
	}
	switch {
	case errors.Is(err, errPanic):
		return errPanic.Error()
	case errors.Is(err, events.ErrSealed):
		return "the body does not open"
	}
	return "the key could not be read"
}

// HoleError says that messages are missing.
type HoleError struct {
	Where    string // "archive" or "stream"
	From, To uint64 // stream sequences, both missing
}

func (e *HoleError) Error() string {
	if e.From == e.To {
		return fmt.Sprintf("the %s lacks message %d", e.Where, e.From)
	}
	return fmt.Sprintf("the %s lacks messages %d to %d", e.Where, e.From, e.To)
}

// Is makes every HoleError an events.ErrBroken.
func (e *HoleError) Is(target error) bool { return target == events.ErrBroken }
