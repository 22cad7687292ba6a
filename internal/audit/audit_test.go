package audit_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"testing"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/audit"
)

// archive is an archive in memory whose tree follows its entries when made.
type archive struct {
	entries []events.Entry
	tree    []xtlog.Hash
}

func (a *archive) ReadHashes(indexes []int64) ([]xtlog.Hash, error) {
	out := make([]xtlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(a.tree)) {
			return nil, events.ErrNotFound
		}
		out[i] = a.tree[x]
	}
	return out, nil
}

func (a *archive) Position() uint64 {
	if len(a.entries) == 0 {
		return 0
	}
	return a.entries[len(a.entries)-1].Seq
}

func (a *archive) TreeReader() xtlog.HashReader { return a }

func (a *archive) Archive(_ context.Context, from uint64) iter.Seq2[events.Entry, error] {
	return func(yield func(events.Entry, error) bool) {
		for _, e := range a.entries {
			if e.Seq >= from && !yield(e, nil) {
				return
			}
		}
	}
}

func newArchive(t testing.TB, payloads [][]byte) *archive {
	a := &archive{}
	for i, p := range payloads {
		e := events.NewEntry(uint64(i+1), p)
		h := e.Hash()
		hashes, err := xtlog.StoredHashes(int64(i), h[:], a)
		if err != nil {
			t.Fatal(err)
		}
		a.entries, a.tree = append(a.entries, e), append(a.tree, hashes...)
	}
	return a
}

func (a *archive) root(t testing.TB, size int) events.Hash {
	h, err := xtlog.TreeHash(int64(size), a)
	if err != nil {
		t.Fatal(err)
	}
	return events.Hash(h)
}

type anyBody struct{}

func (anyBody) Validate([]byte) error { return nil }

// week returns the payloads of three cases, told turn by turn.
func week(n int) [][]byte {
	chains := []*eventstest.Chain{eventstest.NewChain("a"), eventstest.NewChain("b"), eventstest.NewChain("c")}
	for i := range n {
		chains[i%len(chains)].Add("contact.recorded", fmt.Sprintf(`{"n":%d,"text":"she rang twice"}`, i))
	}
	var out [][]byte
	per := [][][]byte{chains[0].Payloads(), chains[1].Payloads(), chains[2].Payloads()}
	for i := range n {
		out = append(out, per[i%3][i/3])
	}
	return out
}

func input(t testing.TB, a *archive, payloads [][]byte) audit.Input {
	return audit.Input{
		Origin: eventstest.NewChain("a").Add("contact.recorded").Record(1).Link.Origin, Archive: a, Workers: 2,
		Signed: &audit.Signed{Size: 7, Root: newArchive(t, payloads).root(t, 7)},
		Last: func(context.Context) (events.Entry, events.State, error) {
			n := uint64(len(payloads))
			return events.NewEntry(n, payloads[n-1]), events.State{First: 1, Last: n, Count: n}, nil
		},
		Keys: eventstest.Keys{}, Validator: anyBody{},
	}
}

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		damage func(payloads [][]byte, a *archive, in *audit.Input) *archive
		check  string // that finds it; "" for none
		stream uint64 // where
	}{
		{"intact", func(_ [][]byte, a *archive, _ *audit.Input) *archive { return a }, "", 0},
		{"a bit of the sealed bytes", func(_ [][]byte, a *archive, _ *audit.Input) *archive {
			p := slices.Clone(a.entries[4].Payload)
			p[len(p)-1] ^= 1
			a.entries[4] = events.NewEntry(5, p)
			return a
		}, audit.CheckLinks, 5},
		{"an entry missing", func(_ [][]byte, a *archive, _ *audit.Input) *archive {
			a.entries = slices.Delete(a.entries, 4, 5)
			return a
		}, audit.CheckLinks, 5},
		{"two entries swapped, tree made to fit", func(p [][]byte, _ *archive, _ *audit.Input) *archive {
			p[3], p[6] = p[6], p[3]
			return newArchive(t, p)
		}, audit.CheckChains, 4},
		{"an event twice, tree made to fit", func(p [][]byte, _ *archive, _ *audit.Input) *archive {
			return newArchive(t, append(slices.Clone(p), p[4]))
		}, audit.CheckChains, 21},
		{"an event replaced by another of its place, tree made to fit", func(p [][]byte, _ *archive, _ *audit.Input) *archive {
			p = slices.Clone(p)
			p[0] = eventstest.NewChain("a").Add("contact.recorded", `{"n":0,"text":"she rang once"}`).Payloads()[0]
			return newArchive(t, p)
		}, audit.CheckChains, 4},
		{"another ledger's event, tree made to fit", func(p [][]byte, _ *archive, _ *audit.Input) *archive {
			return newArchive(t, append(slices.Clone(p), eventstest.NewChain("x").Origin("other.example.org/cases").Add("contact.recorded").Payloads()[0]))
		}, audit.CheckChains, 21},
		{"a stored leaf", func(_ [][]byte, a *archive, _ *audit.Input) *archive {
			a.tree[xtlog.StoredHashIndex(0, 9)][0] ^= 1
			return a
		}, audit.CheckTree, 10},
		{"a stored inner node", func(_ [][]byte, a *archive, _ *audit.Input) *archive {
			a.tree[xtlog.StoredHashIndex(2, 1)][0] ^= 1
			return a
		}, audit.CheckTree, 5},
		{"the stored tree cut short", func(_ [][]byte, a *archive, _ *audit.Input) *archive {
			a.tree = a.tree[:len(a.tree)-1]
			return a
		}, audit.CheckTree, 1},
		{"another root was signed", func(_ [][]byte, a *archive, in *audit.Input) *archive {
			in.Signed.Root[0] ^= 1
			return a
		}, audit.CheckSigned, 7},
		{"more was signed than there is", func(_ [][]byte, a *archive, in *audit.Input) *archive {
			in.Signed.Size = 21
			return a
		}, audit.CheckSigned, 0},
		{"history rewritten, chains and tree made to fit", func(p [][]byte, _ *archive, _ *audit.Input) *archive {
			c := eventstest.NewChain("a")
			for i := range 7 {
				c.Add("contact.recorded", fmt.Sprintf(`{"n":%d,"text":"nothing happened"}`, i))
			}
			p = slices.Clone(p)
			for i, payload := range c.Payloads() {
				p[3*i] = payload
			}
			return newArchive(t, p)
		}, audit.CheckSigned, 7},
		{"the stream lost its end", func(p [][]byte, a *archive, in *audit.Input) *archive {
			in.Last = func(context.Context) (events.Entry, events.State, error) {
				return events.NewEntry(19, p[18]), events.State{First: 1, Last: 19, Count: 19}, nil
			}
			return a
		}, audit.CheckStream, 19},
		{"the stream has a hole", func(p [][]byte, a *archive, in *audit.Input) *archive {
			in.Last = func(context.Context) (events.Entry, events.State, error) {
				return events.NewEntry(20, p[19]), events.State{First: 1, Last: 20, Count: 19}, nil
			}
			return a
		}, audit.CheckStream, 20},
		{"the stream ends with something else", func(p [][]byte, a *archive, in *audit.Input) *archive {
			in.Last = func(context.Context) (events.Entry, events.State, error) {
				return events.NewEntry(20, p[18]), events.State{First: 1, Last: 20, Count: 20}, nil
			}
			return a
		}, audit.CheckStream, 20},
		{"sealed under another key", func(p [][]byte, _ *archive, in *audit.Input) *archive {
			in.Keys = wrongKeys{}
			return newArchive(t, p)
		}, audit.CheckContent, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payloads := week(20)
			a := newArchive(t, payloads)
			in := input(t, a, slices.Clone(payloads))
			in.Archive = tt.damage(payloads, a, &in)
			report, err := audit.Run(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if report.OK() != (tt.check == "") {
				t.Fatalf("%+v", report)
			}
			if tt.check == "" {
				if report.Events != 20 || report.Cases != 3 || report.Opened != 20 || report.Root != a.root(t, 20) {
					t.Errorf("%+v", report)
				}
				return
			}
			found := slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
				return f.Check == tt.check && (tt.stream == 0 || f.Stream == tt.stream)
			})
			if !found {
				t.Errorf("not found by %s at %d: %+v", tt.check, tt.stream, report.Findings)
			}
		})
	}
}

type wrongKeys struct{}

func (wrongKeys) Key(context.Context, events.KeyRef) (events.Key, error) { return events.Key{1}, nil }

func TestEmpty(t *testing.T) {
	report, err := audit.Run(t.Context(), audit.Input{Archive: &archive{}, Signed: &audit.Signed{Root: sha256.Sum256(nil)}})
	if err != nil || !report.OK() || report.Root != sha256.Sum256(nil) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestChunks: the tree is put together from whole and partial chunks, and the
// signed size may lie anywhere in them.
func TestChunks(t *testing.T) {
	one := week(3)
	payloads := make([][]byte, 2*8192+77)
	for i := range payloads {
		payloads[i] = one[i%3]
	}
	a := newArchive(t, payloads)
	for _, size := range []int{1, 8191, 8192, 8193, 16384, 16385, len(payloads)} {
		in := audit.Input{Archive: a, Workers: 3, Signed: &audit.Signed{Size: uint64(size), Root: a.root(t, size)}}
		report, err := audit.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Checks {
			// These events repeat themselves; their tree does not care.
			if !c.OK && c.Name != audit.CheckChains {
				t.Errorf("size %d: %+v", size, c)
			}
		}
		if report.Root != a.root(t, len(payloads)) {
			t.Errorf("size %d: root %s", size, report.Root)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	a := newArchive(b, week(50_000))
	for _, full := range []bool{false, true} {
		b.Run(fmt.Sprintf("full=%v", full), func(b *testing.B) {
			in := audit.Input{Origin: a.entries[0].Record.Link.Origin, Archive: a}
			if full {
				in.Keys, in.Validator = eventstest.Keys{}, anyBody{}
			}
			for b.Loop() {
				if r, err := audit.Run(b.Context(), in); err != nil || !r.OK() {
					b.Fatal(err, r.Findings)
				}
			}
			b.ReportMetric(float64(len(a.entries))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
