package projections

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"caseledger/events"
	"caseledger/projections/casefile"
)

// The classes of terms by which cases are listed, beside those by which
// package casefile finds them. They stand in the same index: neither who has
// the files nor whoever looks for a name can tell them apart.
const (
	termStaff = "staff" // to whom the case was ever given: to keep, to cover or for an appointment
	termType  = "type"  // it has an event of this type, one of ListedTypes
)

// ListedTypes are the types by which Which can list cases: those without which
// a case is in no Marac agenda, or in no handover queue.
var ListedTypes = []string{"handover.given", "helpline.contact", "marac.heard", "marac.referred"}

// lists are the terms under which an event lists its case. They only ever
// grow: a view as known on an earlier day wants whoever had the case then.
func lists(e *event, f *facts) (list []casefile.Term) {
	if f.given != "" {
		list = append(list, casefile.Term{Class: termStaff, Token: f.given})
	}
	if slices.Contains(ListedTypes, e.typ) {
		list = append(list, casefile.Term{Class: termType, Token: e.typ})
	}
	return list
}

// listed returns the cases under any of these terms, and those of which a view
// failed: what such a case stands under is not known, and it must not vanish
// from a list. Both are in the order of their numbers.
func (r *Runner) listed(ctx context.Context, terms []casefile.Term) (list, failed []events.Chain, err error) {
	for _, t := range terms {
		some, err := r.under(ctx, tagTerm(&r.o.IndexKey, t))
		if err != nil {
			return nil, nil, fmt.Errorf("cases: %w", err)
		}
		list = append(list, some...)
	}
	fails, err := r.failures(ctx, maxRefold)
	if err != nil {
		return nil, nil, fmt.Errorf("cases: %w", err)
	}
	for _, f := range fails {
		failed = append(failed, f.Case)
	}
	return inOrder(list), inOrder(failed), nil
}

// inOrder sorts chains and leaves each there once.
func inOrder(list []events.Chain) []events.Chain {
	slices.SortFunc(list, compareChains)
	return slices.Compact(list)
}

func compareChains(a, b events.Chain) int { return bytes.Compare(a[:], b[:]) }
