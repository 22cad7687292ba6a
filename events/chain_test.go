package events_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/eventstest"
)

func TestCheckChain(t *testing.T) {
	other := eventstest.NewChain("other").Add("a", "{}", "{}", "{}", "{}").Records()
	elsewhere := eventstest.NewChain("chain").Origin("elsewhere.example.org/cases").Add("a", "{}", "{}", "{}", "{}").Records()
	rewritten := eventstest.NewChain("chain").Add("a", "{}", `{"n":1}`, "{}", "{}").Records()
	tests := []struct {
		name  string
		edit  func(r []events.Record) []events.Record
		seq   uint64 // where it breaks; 0 is nowhere
		field string
	}{
		{"intact", func(r []events.Record) []events.Record { return r }, 0, ""},
		{"nothing", func([]events.Record) []events.Record { return nil }, 0, ""},
		{"end missing", func(r []events.Record) []events.Record { return r[:3] }, 0, ""},
		{"first dropped", func(r []events.Record) []events.Record { return r[1:] }, 1, "seq"},
		{"dropped", func(r []events.Record) []events.Record { return slices.Delete(r, 1, 2) }, 2, "seq"},
		{"swapped", func(r []events.Record) []events.Record { r[1], r[2] = r[2], r[1]; return r }, 2, "seq"},
		{"twice", func(r []events.Record) []events.Record { return slices.Insert(r, 1, r[1]) }, 3, "seq"},
		{"inserted from another chain", func(r []events.Record) []events.Record { return slices.Insert(r, 1, other[1]) }, 2, "chain"},
		{"replaced by another chain's", func(r []events.Record) []events.Record { r[2] = other[2]; return r }, 3, "chain"},
		{"replaced by another ledger's", func(r []events.Record) []events.Record { r[2] = elsewhere[2]; return r }, 3, "origin"},
		{"replaced by a rewritten one", func(r []events.Record) []events.Record { r[1] = rewritten[1]; return r }, 3, "prev"},
		{"rewritten from there on", func(r []events.Record) []events.Record { return append(r[:2:2], rewritten[2:]...) }, 3, "prev"},
		{"rewritten all through", func([]events.Record) []events.Record { return rewritten }, 0, ""},
		{"edited body", func(r []events.Record) []events.Record { r[1].Sealed[0] ^= 1; return r }, 2, "sealed"},
		{"edited last body", func(r []events.Record) []events.Record { r[3].Sealed[0] ^= 1; return r }, 4, "sealed"},
		{"sealed bytes dropped", func(r []events.Record) []events.Record { r[1].Sealed = nil; return r }, 2, "sealed"},
		{"edited time", func(r []events.Record) []events.Record { r[2].Detail.At = r[2].Detail.At.AddDate(0, 0, -1); return r }, 3, "detail"},
		{"edited root", func(r []events.Record) []events.Record { r[0].Detail.Root[5] ^= 1; return r }, 1, "detail"},
		{"edited prev", func(r []events.Record) []events.Record { r[2].Link.Prev[5] ^= 1; return r }, 3, "prev"},
		{"edited detail hash", func(r []events.Record) []events.Record { r[2].Link.Detail[5] ^= 1; return r }, 3, "detail"},
		{"edited seq", func(r []events.Record) []events.Record { r[2].Link.Seq = 4; return r }, 3, "seq"},
		{"consistent edit of one record", func(r []events.Record) []events.Record {
			r[1].Detail.At = r[1].Detail.At.AddDate(0, 0, -1)
			r[1].Link.Detail = r[1].Detail.Hash()
			return r
		}, 3, "prev"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := eventstest.NewChain("chain").Add("a", "{}", "{}", "{}", "{}")
			err := events.CheckChain(tt.edit(c.Records()))
			if tt.seq == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var le *events.LinkError
			if !errors.As(err, &le) || !errors.Is(err, events.ErrBroken) {
				t.Fatalf("got %v, want a LinkError", err)
			}
			if le.Seq != tt.seq || le.Field != tt.field || le.Want == le.Got {
				t.Errorf("breaks at %d in %s (%v), want %d in %s", le.Seq, le.Field, err, tt.seq, tt.field)
			}
		})
	}
}

// Whatever is dropped, swapped, repeated or taken from elsewhere, the check
// stops at the first record that is not where it belongs.
func TestCheckChainFindsTheFirst(t *testing.T) {
	whole := eventstest.NewChain("random").Add("a", slices.Repeat([]string{"{}"}, 12)...).Records()
	strange := eventstest.NewChain("strange").Add("a", slices.Repeat([]string{"{}"}, 12)...).Records()
	rapid.Check(t, func(t *rapid.T) {
		records := slices.Clone(whole)
		i := rapid.IntRange(0, len(records)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(records)-1).Draw(t, "j")
		switch rapid.SampledFrom([]string{"drop", "swap", "repeat", "insert", "replace"}).Draw(t, "damage") {
		case "drop":
			records = slices.Delete(records, i, i+1)
		case "swap":
			records[i], records[j] = records[j], records[i]
		case "repeat":
			records = slices.Insert(records, i, records[j])
		case "insert":
			records = slices.Insert(records, i, strange[j])
		case "replace":
			records[i] = strange[j]
		}
		want := uint64(0)
		for k := range records {
			if k >= len(whole) || records[k].Link != whole[k].Link {
				want = uint64(k + 1)
				break
			}
		}
		err := events.CheckChain(records)
		var le *events.LinkError
		switch {
		case want == 0 && err != nil:
			t.Fatalf("whole: %v", err)
		case want == 0:
		case !errors.As(err, &le):
			t.Fatalf("got %v, want a break at %d", err, want)
		case le.Seq != want && !(i == 0 || j == 0): // the first record names the chain
			t.Fatalf("breaks at %d, want %d", le.Seq, want)
		}
	})
}

func TestTip(t *testing.T) {
	c := eventstest.NewChain("tip").Add("a", "{}", "{}")
	r := c.Records()
	var tip events.Tip
	for i := range r {
		next, err := tip.Next(&r[i].Link, eventstest.Origin, c.ID())
		if err != nil {
			t.Fatal(err)
		}
		tip = next
	}
	if tip != c.Tip() || tip.Seq != 2 || tip.Hash != r[1].Link.Hash() {
		t.Errorf("got %+v", tip)
	}
	if after, err := tip.Next(&r[1].Link, eventstest.Origin, c.ID()); err == nil || after != tip {
		t.Errorf("a refused link moves the tip: %+v, %v", after, err)
	}
}
