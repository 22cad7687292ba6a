package projections

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"caseledger/events"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// maxFiles bounds the case files held ready; a case of a year's work takes
// some tens of kilobytes.
const maxFiles = 512

// maxBriefs bounds those without words, some kilobytes each.
const maxBriefs = 2048

// Opener opens a record. The zero Body is of one whose key is gone.
type Opener func(context.Context, *events.Record) (events.Body, error)

// Files folds cases from the archive into their files. It holds the newest
// files ready, so that a second question reads only what is new. It is safe
// for concurrent use.
type Files struct {
	r       *Runner
	service events.Chain
	open    Opener

	mu     sync.Mutex
	ready  map[events.Chain]readyFile
	briefs map[events.Chain]readyFile // the same without words
}

type readyFile struct {
	head uint64
	file *casefile.File
}

// Missing is a case that cannot be read: it must not vanish from a list.
type Missing struct {
	Case events.Chain `json:"case"`
	Why  string       `json:"why"` // without what it was about
}

// NewFiles reads cases from a runner's archive. The service's own chain is no
// case.
func NewFiles(r *Runner, service events.Chain, open Opener) *Files {
	return &Files{r: r, service: service, open: open, ready: map[events.Chain]readyFile{}, briefs: map[events.Chain]readyFile{}}
}

// Events returns the opened events of a chain, the service's among them. The
// error wraps events.ErrNotFound when there is none.
func (f *Files) Events(ctx context.Context, chain events.Chain) ([]casefile.Event, error) {
	var list []casefile.Event
	for e, err := range f.r.Chain(ctx, chain) {
		if err != nil {
			return nil, err
		}
		body, err := f.open(ctx, &e.Record)
		if err != nil {
			return nil, fmt.Errorf("case %s, event %d: %w", chain, e.Record.Link.Seq, err)
		}
		list = append(list, casefile.Event{Seq: e.Record.Link.Seq, Stream: e.Seq, ID: e.Record.Detail.ID, At: e.Record.Detail.At, Body: body})
	}
	return list, nil
}

// File returns a case with a cut. The error wraps events.ErrNotFound when
// there is no such case.
func (f *Files) File(ctx context.Context, chain events.Chain, cut casefile.Cut) (*casefile.File, error) {
	return f.file(ctx, chain, cut, reading{hold: true})
}

// reading says how a case is read.
type reading struct {
	hold  bool // the case without a cut is held ready
	brief bool // no words are needed
}

func (f *Files) file(ctx context.Context, chain events.Chain, cut casefile.Cut, how reading) (*casefile.File, error) {
	if chain == f.service {
		return nil, fmt.Errorf("case %s: %w", chain, events.ErrNotFound)
	}
	head, err := f.r.Head(chain)
	if err != nil {
		return nil, err
	}
	whole := cut == casefile.Cut{}
	if whole {
		f.mu.Lock()
		r, ok := f.ready[chain]
		if how.brief && (!ok || r.head != head.Seq) {
			r, ok = f.briefs[chain]
		}
		f.mu.Unlock()
		if ok && r.head == head.Seq {
			return r.file, nil
		}
	}
	var list []casefile.Event
	if how.brief {
		room := eventLists.Get().(*[]casefile.Event)
		defer func() {
			clear(*room)
			*room = (*room)[:0]
			eventLists.Put(room)
		}()
		*room = slices.Grow(*room, int(head.Seq))
		list, err = f.readBriefs(ctx, chain, head.Seq, *room)
		*room = list
	} else {
		list, err = f.Events(ctx, chain)
	}
	if err != nil {
		return nil, err
	}
	file, err := casefile.Fold(list, cut)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", chain, err)
	}
	file.Chain = chain
	if whole && how.hold {
		f.keep(file, how.brief)
	}
	return file, nil
}

// eventLists are for the events of one case at a time, with nothing in them.
var eventLists = sync.Pool{New: func() any { return new([]casefile.Event) }}

// keep holds a file ready. Of a case whose erasure has begun nothing is held:
// what was read before the key went must not outlive it.
func (f *Files) keep(file *casefile.File, brief bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(file.ErasuresBegun) > 0 {
		delete(f.ready, file.Chain)
		delete(f.briefs, file.Chain)
		return
	}
	ready, most := f.ready, maxFiles
	if brief {
		ready, most = f.briefs, maxBriefs
	}
	delete(ready, file.Chain)
	for old := range ready {
		if len(ready) < most {
			break
		}
		delete(ready, old) // any one: the order of a map is random
	}
	ready[file.Chain] = readyFile{file.Head(), file}
}

// Which says which cases: those of Staff, else those of Types. The zero Which is
// all.
type Which struct {
	// Staff is a member of staff who ever had the case: to keep, to cover or
	// for an appointment. Which of them she or he has as of a cut is for the
	// views to say.
	Staff string
	// Types are types of events of which the case has at least one, misfiled
	// ones and those after a cut among them; each is one of ListedTypes. None
	// asks for none.
	Types []string
	// Brief: the view shows no words, and every text in the files may be "".
	// They are then read from the rows of the cases, several times as fast.
	Brief bool
}

// Each calls f with every such case, in the order of their numbers, until it
// returns false. What it reads is what it is asked for: the cases of one
// adviser cost no more in a large ledger than in a small one. Cases are folded
// side by side and a few ahead of f, which is called by one goroutine at a
// time; more than a few are not held, however many there are. What cannot be
// read is missing. progress, if not nil, is told how many of the cases are done.
func (f *Files) Each(ctx context.Context, which Which, cut casefile.Cut, progress func(done, total uint64), yield func(*casefile.File) bool) (missing []Missing, err error) {
	missing = []Missing{}
	chains, doubtful, err := f.chains(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("case files: %w", err)
	}
	how := reading{brief: which.Brief, hold: len(chains) <= maxFiles} // of more, each would only push out another
	read := func(ctx context.Context, chain events.Chain) (*casefile.File, error) {
		if _, doubt := slices.BinarySearchFunc(doubtful, chain, compareChains); doubt {
			// Whoever ever had it: without the cut.
			whole, err := f.file(ctx, chain, casefile.Cut{}, how)
			if err != nil || !which.holds(whole) {
				return nil, err
			}
		}
		return f.file(ctx, chain, cut, how)
	}
	done := uint64(0)
	ahead(ctx, chains, read, func(chain events.Chain, file *casefile.File, failed error) bool {
		if done++; progress != nil {
			progress(done, uint64(len(chains)))
		}
		switch {
		case ctx.Err() != nil:
		case errors.Is(failed, events.ErrSealed), errors.Is(failed, events.ErrBroken), errors.Is(failed, events.ErrNotFound), errors.Is(failed, events.ErrSyntax):
			missing = append(missing, Missing{chain, "it does not open: run caseledger audit"})
			return true
		case failed != nil:
			err = failed
		default:
			return file == nil || yield(file)
		}
		return false
	})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	return missing, nil
}

// chains are the cases to read, in order. The doubtful among them are here
// because nobody can tell without reading them.
func (f *Files) chains(ctx context.Context, which Which) (list, doubtful []events.Chain, err error) {
	switch {
	case which.Staff != "":
		list, doubtful, err = f.r.listed(ctx, []casefile.Term{{Class: termStaff, Token: which.Staff}})
	case len(which.Types) > 0:
		var terms []casefile.Term
		for _, typ := range which.Types {
			if !slices.Contains(ListedTypes, typ) {
				return nil, nil, fmt.Errorf("cases are not listed by %s: %w", typ, events.ErrInvalid)
			}
			terms = append(terms, casefile.Term{Class: termType, Token: typ})
		}
		list, doubtful, err = f.r.listed(ctx, terms)
	default:
		// Listed first: a case is not read while an iterator is open.
		err = f.r.heads(ctx, func(chain events.Chain, _ Head) bool {
			list = append(list, chain)
			return true
		})
	}
	doubtful = slices.DeleteFunc(doubtful, func(c events.Chain) bool {
		_, sure := slices.BinarySearchFunc(list, c, compareChains)
		return sure
	})
	list = inOrder(append(list, doubtful...))
	return slices.DeleteFunc(list, func(c events.Chain) bool { return c == f.service }), doubtful, err
}

// holds reports whether a case that was read is one of them.
func (w *Which) holds(file *casefile.File) bool {
	if w.Staff == "" {
		return true // the views look at what is there
	}
	given := func(m string) bool { return m == w.Staff }
	return slices.ContainsFunc(file.Allocations, func(a casefile.Item[schemas.CaseAllocated]) bool { return given(a.Data.Adviser) }) ||
		slices.ContainsFunc(file.Covers, func(c casefile.Item[schemas.CaseCovered]) bool { return given(c.Data.Adviser) }) ||
		slices.ContainsFunc(file.Appointments, func(a casefile.Appointment) bool {
			return given(a.Data.Arranged.Adviser) || given(a.Arranged.Adviser)
		})
}

// ahead reads chains side by side and hands over what was read in their order,
// until use returns false. When it returns, nothing of it runs any more.
func ahead(ctx context.Context, chains []events.Chain, read func(context.Context, events.Chain) (*casefile.File, error), use func(events.Chain, *casefile.File, error) bool) {
	ctx, cancel := context.WithCancel(ctx)
	type turn struct {
		chain events.Chain
		file  *casefile.File
		err   error
		done  chan struct{}
	}
	n := min(runtime.GOMAXPROCS(0), len(chains))
	work, turns := make(chan *turn), make(chan *turn, 8*n)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for range n {
		wg.Go(func() {
			for t := range work {
				t.file, t.err = read(ctx, t.chain)
				close(t.done)
			}
		})
	}
	wg.Go(func() {
		defer close(work)
		defer close(turns)
		for _, chain := range chains {
			t := &turn{chain: chain, done: make(chan struct{})}
			select {
			case turns <- t:
				work <- t // somebody takes it: a reader ends with its case
			case <-ctx.Done():
				return
			}
		}
	})
	for t := range turns {
		<-t.done
		if !use(t.chain, t.file, t.err) {
			return
		}
	}
}
