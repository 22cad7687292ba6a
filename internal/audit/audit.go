// Package audit re-derives what a ledger claims about itself from its records:
// every link, every chain, the tree, and, on request, every part of every
// event. It reads the archive and trusts none of its indexes; it writes
// nothing.
package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	xtlog "golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"caseledger/events"
)

// chunkBits: entries are audited in aligned chunks of 2^chunkBits, each of
// which is a whole subtree of the tree.
const (
	chunkBits = 13
	chunk     = 1 << chunkBits
)

// MaxFindings is the number of findings that a report lists; all are counted.
const MaxFindings = 100

// Archive is the copy of the stream that is audited.
type Archive interface {
	// Position is the last stream sequence that is archived.
	Position() uint64
	// Archive yields the entries from a stream sequence on, oldest first, as
	// events.NewEntry makes them of the stored bytes: that is where the
	// hashes of detail and sealed bytes are recomputed.
	Archive(ctx context.Context, from uint64) iter.Seq2[events.Entry, error]
	// TreeReader reads the tree's stored hashes.
	TreeReader() xtlog.HashReader
}

// Keys opens events.
type Keys interface {
	Key(ctx context.Context, ref events.KeyRef) (events.Key, error)
}

// Signed is the newest checkpoint that the service has signed.
type Signed struct {
	Size uint64
	Root events.Hash
}

// Input is what is audited and how far. Origin and Archive are needed.
type Input struct {
	Origin  string
	Archive Archive
	// Signed, when there is one, must be a state that the archive has been in.
	Signed *Signed
	// Last returns the stream's newest entry and its state; nil leaves the
	// stream out.
	Last func(context.Context) (events.Entry, events.State, error)
	// Keys, when given, opens every event: all parts, the schema by
	// Validator, the recomputed root.
	Keys      Keys
	Validator events.Validator
	// Gone, when given, reports of an error of Keys whether the key was
	// destroyed, as it may be here: the event is then counted and not opened.
	Gone func(error) bool
	// Opened, when given, is called with every event that opens, and its body,
	// from several goroutines. An error ends the audit.
	Opened func(rec *events.Record, body []byte) error
	// Workers is the number of goroutines; 0 is one for every processor.
	Workers int
	// Progress, when given, is called with the entries audited so far.
	Progress func(done, total uint64)
}

// The checks of a report, in its order.
const (
	CheckLinks   = "links"   // every entry parses, its blocks name each other
	CheckChains  = "chains"  // every case is 1…n, each link names the one before, no place twice
	CheckTree    = "tree"    // the stored tree is the one over these entries
	CheckSigned  = "signed"  // the newest signed checkpoint is a state of this tree
	CheckStream  = "stream"  // the stream ends where the archive ends, and has no hole
	CheckContent = "content" // every event opens: tag, padding, canonical form, schema, root of its parts
)

// Check is the outcome of one kind of check.
type Check struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Checked  uint64 `json:"checked"`
	Findings uint64 `json:"findings"`
}

// Finding is one thing that is not as it must be. It names places and hashes,
// never content.
type Finding struct {
	Check   string        `json:"check"`
	Stream  uint64        `json:"stream"` // stream sequence; 0 when it has none
	Case    *events.Chain `json:"case"`
	Seq     uint64        `json:"seq"` // within the case; 0 when it has none
	Problem string        `json:"problem"`
}

// Report is what an audit found.
type Report struct {
	Events   uint64      `json:"events"`
	Cases    uint64      `json:"cases"`
	Void     uint64      `json:"void"` // payloads that are no records
	Opened   uint64      `json:"opened"`
	Root     events.Hash `json:"root"` // at size Events
	Checks   []Check     `json:"checks"`
	Findings []Finding   `json:"findings"` // the first 100
	// Destroyed counts events that do not open because their key was destroyed.
	Destroyed uint64 `json:"destroyed"`
	// Backwards counts events whose recorded time is before that of the
	// event before them in their case. It is worth a look and no damage.
	Backwards uint64 `json:"backwards"`
}

// OK reports whether nothing was found.
func (r *Report) OK() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return false
		}
	}
	return true
}

// Run audits. Its error says why the audit could not be made; what it found
// is in the report.
func Run(ctx context.Context, in Input) (Report, error) {
	a := &auditor{in: in, total: in.Archive.Position(), tips: map[events.Chain]tip{}}
	a.checks = []Check{{Name: CheckLinks}, {Name: CheckChains}, {Name: CheckTree}}
	if in.Signed != nil {
		a.checks = append(a.checks, Check{Name: CheckSigned})
	}
	if in.Last != nil {
		a.checks = append(a.checks, Check{Name: CheckStream})
	}
	if in.Keys != nil {
		a.checks = append(a.checks, Check{Name: CheckContent})
	}
	if err := a.scan(ctx); err != nil {
		return Report{}, err
	}
	if err := a.finish(ctx); err != nil {
		return Report{}, err
	}
	return a.report, nil
}

// tip is the end of a chain while the entries are walked in stream order.
type tip struct {
	events.Tip
	at int64 // recorded, microseconds since 1970
}

type auditor struct {
	in    Input
	total uint64
	done  atomic.Uint64

	mu     sync.Mutex // guards checks and report
	checks []Check
	report Report

	// Used by one goroutine, in stream order.
	tips map[events.Chain]tip
	tree compact
	last events.Hash // of the last entry
}

// find puts a finding down.
func (a *auditor) find(f Finding) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.checks {
		if a.checks[i].Name == f.Check {
			a.checks[i].Findings++
		}
	}
	if len(a.report.Findings) < MaxFindings {
		a.report.Findings = append(a.report.Findings, f)
	}
}

// checked counts what a check has looked at.
func (a *auditor) checked(name string, n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.checks {
		if a.checks[i].Name == name {
			a.checks[i].Checked += n
		}
	}
}

// entry is what the walk in stream order needs of one.
type entry struct {
	void      bool
	origin    bool // it is this ledger's
	chain     events.Chain
	seq       uint64
	prev      events.Hash
	hash      events.Hash // of the entry
	at        int64
	malformed bool // the archive does not hold it
}

// piece is a chunk's entries, ready for the walk.
type piece struct {
	from    uint64 // stream sequence of the first
	entries []entry
	leaves  []events.Hash
	root    events.Hash // of the subtree, when the chunk is whole
}

// scan reads the archive in chunks, side by side, and walks them in order.
func (a *auditor) scan(ctx context.Context) error {
	workers := a.in.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	// Every chunk has a channel of its own, in order, so that the walk takes
	// them in order; the buffer bounds how far the workers run ahead.
	order := make(chan chan *piece, 2*workers)
	type job struct {
		from, to uint64
		out      chan *piece
	}
	jobs := make(chan job)
	group.Go(func() error {
		defer close(order)
		defer close(jobs)
		for from := uint64(1); from <= a.total; from += chunk {
			j := job{from, min(from+chunk-1, a.total), make(chan *piece, 1)}
			select {
			case order <- j.out:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range workers {
		group.Go(func() error {
			for j := range jobs {
				p, err := a.read(ctx, j.from, j.to)
				if err != nil {
					return err
				}
				j.out <- p
			}
			return nil
		})
	}
	group.Go(func() error {
		for out := range order {
			select {
			case p := <-out:
				a.walk(p)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}

// read checks the entries from…to by themselves.
func (a *auditor) read(ctx context.Context, from, to uint64) (*piece, error) {
	p := &piece{from: from, entries: make([]entry, 0, to-from+1), leaves: make([]events.Hash, 0, to-from+1)}
	var opened uint64
	lost := func(until uint64, problem string) {
		for seq := from + uint64(len(p.entries)); seq < until; seq++ {
			a.find(Finding{Check: CheckLinks, Stream: seq, Problem: problem})
			p.entries = append(p.entries, entry{malformed: true})
			p.leaves = append(p.leaves, events.Hash{})
		}
	}
	for e, err := range a.in.Archive.Archive(ctx, from) {
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if !errors.Is(err, events.ErrBroken) && !errors.Is(err, events.ErrSyntax) {
				return nil, fmt.Errorf("read the archive at %d: %w", from+uint64(len(p.entries)), err)
			}
			lost(to+1, "the archive cannot be read from here on: "+err.Error())
			break
		}
		if e.Seq > to {
			break
		}
		lost(e.Seq, "missing from the archive")
		n, err := a.one(ctx, p, &e)
		if err != nil {
			return nil, err
		}
		opened += n
		if e.Seq == to {
			break
		}
	}
	lost(to+1, "missing from the archive")
	if err := a.stored(p); err != nil {
		return nil, err
	}
	a.checked(CheckLinks, uint64(len(p.entries)))
	a.checked(CheckContent, opened)
	if a.in.Progress != nil {
		a.in.Progress(a.done.Add(uint64(len(p.entries))), a.total)
	}
	return p, nil
}

// one checks an entry by itself and returns how many events it opened.
func (a *auditor) one(ctx context.Context, p *piece, e *events.Entry) (opened uint64, err error) {
	it := entry{void: e.Void, hash: e.Hash()}
	p.leaves = append(p.leaves, events.Hash(xtlog.RecordHash(it.hash[:])))
	if e.Void {
		a.find(Finding{Check: CheckLinks, Stream: e.Seq, Problem: "the payload is no record"})
		p.entries = append(p.entries, it)
		return 0, nil
	}
	rec := &e.Record
	it.origin = rec.Link.Origin == a.in.Origin
	it.chain, it.seq, it.prev, it.at = rec.Link.Chain, rec.Link.Seq, rec.Link.Prev, rec.Detail.At.UnixMicro()
	p.entries = append(p.entries, it)
	if a.in.Keys == nil {
		return 0, nil
	}
	problem := ""
	key, err := a.in.Keys.Key(ctx, rec.Detail.Key)
	switch {
	case err != nil && a.in.Gone != nil && a.in.Gone(err):
		a.mu.Lock()
		a.report.Destroyed++
		a.mu.Unlock()
		return 0, nil
	case errors.Is(err, events.ErrNotFound), errors.Is(err, events.ErrSealed), errors.Is(err, events.ErrBroken):
		problem = "its key cannot be had: " + err.Error()
	case err != nil:
		return 0, fmt.Errorf("key of entry %d: %w", e.Seq, err)
	default:
		body, err := events.Open(rec, &key, a.in.Validator)
		if err != nil {
			problem = err.Error()
		} else if a.in.Opened != nil {
			if err := a.in.Opened(rec, body); err != nil {
				return 0, fmt.Errorf("entry %d: %w", e.Seq, err)
			}
		}
	}
	if problem != "" {
		a.find(Finding{Check: CheckContent, Stream: e.Seq, Case: &rec.Link.Chain, Seq: rec.Link.Seq, Problem: problem})
	}
	return 1, nil
}

// stored compares the chunk with the tree's stored hashes: every leaf and
// every node that lies within it, in the order in which they are stored, which
// is without a gap. It also finds the root of a whole chunk.
func (a *auditor) stored(p *piece) error {
	first := xtlog.StoredHashIndex(0, int64(p.from)-1)
	want := make([]xtlog.Hash, 0, 2*len(p.leaves))
	var edge [chunkBits + 1]xtlog.Hash // the roots of the perfect subtrees so far, by level
	for n, leaf := range p.leaves {
		hash := xtlog.Hash(leaf)
		want = append(want, hash)
		level := 0
		for ; n>>level&1 == 1; level++ {
			hash = xtlog.NodeHash(edge[level], hash)
			want = append(want, hash)
		}
		edge[level] = hash
	}
	p.root = events.Hash(edge[chunkBits])
	indexes := make([]int64, len(want))
	for i := range indexes {
		indexes[i] = first + int64(i)
	}
	got, err := a.in.Archive.TreeReader().ReadHashes(indexes)
	switch {
	case errors.Is(err, events.ErrNotFound), errors.Is(err, events.ErrBroken):
		a.find(Finding{Check: CheckTree, Stream: p.from, Problem: "stored hashes cannot be read: " + err.Error()})
		return nil
	case err != nil:
		return fmt.Errorf("read the tree: %w", err)
	}
	for i := range want {
		if got[i] != want[i] {
			level, n := xtlog.SplitStoredHashIndex(indexes[i])
			a.find(Finding{Check: CheckTree, Stream: uint64(n)<<level + 1, Problem: fmt.Sprintf(
				"the stored hash of level %d is %s, the entries give %s", level, events.Hash(got[i]), events.Hash(want[i]))})
		}
	}
	a.checked(CheckTree, uint64(len(want)))
	return nil
}

// walk takes the next chunk in stream order.
func (a *auditor) walk(p *piece) {
	for i := range p.entries {
		e := &p.entries[i]
		switch {
		case e.malformed:
		case e.void:
			a.report.Void++
		default:
			a.follow(e, p.from+uint64(i))
		}
		a.last = e.hash
	}
	a.checked(CheckChains, uint64(len(p.entries)))
	if s := a.in.Signed; s != nil && s.Size >= p.from && s.Size < p.from+uint64(len(p.leaves)) {
		at := a.tree.clone()
		for _, leaf := range p.leaves[:s.Size-p.from+1] {
			at.append(0, leaf)
		}
		a.signed(at.root())
	}
	if len(p.leaves) == chunk {
		a.tree.append(chunkBits, p.root)
		return
	}
	for _, leaf := range p.leaves {
		a.tree.append(0, leaf)
	}
}

// follow checks that an entry is the next of its chain.
func (a *auditor) follow(e *entry, stream uint64) {
	t := a.tips[e.chain]
	problem := ""
	switch {
	case !e.origin:
		problem = "it belongs to another ledger"
	case e.seq <= t.Seq:
		problem = fmt.Sprintf("the case already has an event %d", e.seq)
	case e.seq != t.Seq+1:
		problem = fmt.Sprintf("event %d follows event %d", e.seq, t.Seq)
	case e.prev != t.Hash:
		problem = fmt.Sprintf("prev is %s, event %d is %s", e.prev, t.Seq, t.Hash)
	}
	if problem != "" {
		a.find(Finding{Check: CheckChains, Stream: stream, Case: &e.chain, Seq: e.seq, Problem: problem})
	}
	if e.at < t.at {
		a.report.Backwards++
	}
	if e.seq >= t.Seq { // go on from here: one break is one finding
		a.tips[e.chain] = tip{Tip: events.Tip{Seq: e.seq, Hash: e.hash}, at: e.at}
	}
}

// signed compares the tree at the signed size.
func (a *auditor) signed(root events.Hash) {
	s := a.in.Signed
	a.checked(CheckSigned, 1)
	if root != s.Root {
		a.find(Finding{Check: CheckSigned, Stream: s.Size, Problem: fmt.Sprintf(
			"the checkpoint of size %d was signed with root %s, the entries give %s", s.Size, s.Root, root)})
	}
}

// finish checks what concerns the whole.
func (a *auditor) finish(ctx context.Context) error {
	root := a.tree.root()
	if a.total > 0 {
		stored, err := xtlog.TreeHash(int64(a.total), a.in.Archive.TreeReader())
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			a.find(Finding{Check: CheckTree, Problem: "the stored tree has no root: " + err.Error()})
		case events.Hash(stored) != root:
			a.find(Finding{Check: CheckTree, Stream: a.total, Problem: fmt.Sprintf("the stored root is %s, the entries give %s", events.Hash(stored), root)})
		}
	}
	if s := a.in.Signed; s != nil {
		switch {
		case s.Size > a.total:
			a.checked(CheckSigned, 1)
			a.find(Finding{Check: CheckSigned, Problem: fmt.Sprintf("a checkpoint of %d entries was signed, the archive has %d", s.Size, a.total)})
		case s.Size == 0:
			a.signed(compact{}.root())
		}
	}
	if a.in.Last != nil {
		last, state, err := a.in.Last(ctx)
		if err != nil {
			return fmt.Errorf("ask the stream: %w", err)
		}
		a.checked(CheckStream, 1)
		if problem := a.stream(last, state); problem != "" {
			a.find(Finding{Check: CheckStream, Stream: last.Seq, Problem: problem})
		}
	}
	a.report.Events, a.report.Root, a.report.Cases = a.total, root, uint64(len(a.tips))
	for i := range a.checks {
		a.checks[i].OK = a.checks[i].Findings == 0
		if a.checks[i].Name == CheckContent {
			a.report.Opened = a.checks[i].Checked
		}
	}
	a.report.Checks = a.checks
	if a.report.Findings == nil {
		a.report.Findings = []Finding{}
	}
	return nil
}

// stream compares where the stream ends. The ledger may have grown since the
// audit began.
func (a *auditor) stream(last events.Entry, state events.State) string {
	switch {
	case state.Missing() > 0:
		return fmt.Sprintf("the stream has %d messages from %d to %d", state.Count, state.First, state.Last)
	case last.Seq < a.total:
		return fmt.Sprintf("the stream ends at %d, the archive at %d", last.Seq, a.total)
	case last.Seq == a.total && a.total > 0 && last.Hash() != a.last:
		return fmt.Sprintf("entry %d is %s in the stream and %s in the archive", a.total, last.Hash(), a.last)
	}
	return ""
}

// compact is the right edge of an RFC 6962 tree: the roots of its perfect
// subtrees, largest first.
type compact struct {
	edge []node
}

type node struct {
	level int
	hash  events.Hash
}

func (c compact) clone() compact { return compact{append([]node(nil), c.edge...)} }

// append adds a perfect subtree. Its level is at most that of the smallest
// one so far.
func (c *compact) append(level int, hash events.Hash) {
	for n := len(c.edge); n > 0 && c.edge[n-1].level == level; n-- {
		hash = events.Hash(xtlog.NodeHash(xtlog.Hash(c.edge[n-1].hash), xtlog.Hash(hash)))
		level++
		c.edge = c.edge[:n-1]
	}
	c.edge = append(c.edge, node{level, hash})
}

// root is that of the whole tree.
func (c compact) root() events.Hash {
	if len(c.edge) == 0 {
		return events.Root(nil)
	}
	hash := c.edge[len(c.edge)-1].hash
	for i := len(c.edge) - 2; i >= 0; i-- {
		hash = events.Hash(xtlog.NodeHash(xtlog.Hash(c.edge[i].hash), xtlog.Hash(hash)))
	}
	return hash
}
