package casetest_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"caseledger/internal/casetest"
	"caseledger/schemas"
)

// TestCases: what is drawn is valid, of every type and version, recorded in
// order, and the same from the same generator.
func TestCases(t *testing.T) {
	s, err := casetest.Load("../../schemas/examples")
	if err != nil {
		t.Fatal(err)
	}
	seen, early, total := map[string]int{}, 0, 0
	for i := range uint64(400) {
		list := s.Case(rand.New(rand.NewPCG(i, 1)), 12)
		again := s.Case(rand.New(rand.NewPCG(i, 1)), 12)
		if len(list) != 12 {
			t.Fatalf("%d events", len(list))
		}
		for k, e := range list {
			if !bytes.Equal(e.Raw, again[k].Raw) || !e.At.Equal(again[k].At) {
				t.Fatalf("case %d differs at event %d", i, k+1)
			}
			if err := schemas.Default().Validate(e.Raw); err != nil {
				t.Fatal(err)
			}
			if k > 0 {
				total++
				if !e.At.After(list[k-1].At) {
					t.Error("recorded out of order")
				}
				if bytes.Compare(e.Body.Occurred, list[k-1].Body.Occurred) < 0 {
					early++
				}
			}
			seen[fmt.Sprintf("%s.v%d", e.Body.Type, e.Body.V)]++
		}
	}
	for _, name := range s.Names() {
		if seen[name] < 5 {
			t.Errorf("%s: drawn %d times of %d", name, seen[name], total)
		}
	}
	if early < total/10 {
		t.Errorf("%d of %d happened before the one before", early, total)
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := casetest.Load(t.TempDir()); err == nil {
		t.Error("no examples, and no error")
	}
}
