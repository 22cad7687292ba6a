package projections

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/projections/casefile"

	"pgregory.net/rapid"
)

// TestStateIsTheCaseFile: what the stored views say of a case is what its case
// file says, over chains of every type in the order in which things happened.
func TestStateIsTheCaseFile(t *testing.T) {
	var pool []events.Body
	files, _ := filepath.Glob("../schemas/examples/*.json")
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := events.Canonicalize(raw)
		if err != nil {
			t.Fatal(err)
		}
		b, err := events.ParseBody(c)
		if err != nil {
			t.Fatal(err)
		}
		// A case with a misfiled entry is folded again, one that is erased has
		// no stored view.
		if b.Type != "entry.misfiled" && b.Type != "case.erased" {
			pool = append(pool, b)
		}
	}
	if len(pool) < 50 {
		t.Fatalf("%d examples", len(pool))
	}
	rapid.Check(t, func(t *rapid.T) {
		var s state
		var list []casefile.Event
		now := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
		for i := range rapid.IntRange(1, 30).Draw(t, "n") {
			b := rapid.SampledFrom(pool).Draw(t, "type")
			now = now.Add(time.Duration(rapid.IntRange(60, 100000).Draw(t, "pause")) * time.Second)
			from := now.UTC().Format("2006-01-02T15:04:05+00:00")
			raw, err := events.EncodeBody(b.Type, b.V, b.Actor, []byte(`{"from":"`+from+`","precision":"exact","to":null}`), []byte(strings.ReplaceAll(string(b.Data), `"received":"2026-`, `"received":"2025-`)))
			if err != nil {
				t.Fatal(err)
			}
			e, err := parseEvent(uint64(i+1), now, raw, found{})
			if err != nil {
				t.Fatal(err)
			}
			var f facts
			if err := readFacts(&e, &f); err != nil {
				t.Fatal(err)
			}
			s.fold(&e, &f)
			body, err := events.ParseBody(raw)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, casefile.Event{Seq: uint64(i + 1), At: now, Body: body})
		}
		f, err := casefile.Fold(list, casefile.Cut{})
		if err != nil {
			t.Fatal(err)
		}
		level := ""
		if r := f.Risk(); r != nil {
			level = r.Data.Judgement.Level
		}
		open := 0
		for _, a := range f.Plan {
			if !a.Ended {
				open++
			}
		}
		for name, pair := range map[string][2]any{
			"stage":         {s.status.String(), f.Stage},
			"adviser":       {s.adviser, f.Adviser()},
			"risk":          {s.risk.String(), level},
			"referral":      {s.referral.String(), f.Times.Referral.When.String()},
			"first attempt": {s.firstAttempt.String(), f.Times.FirstAttempt.When.String()},
			"last contact":  {s.lastContact.String(), f.Times.LastContact.When.String()},
			"last attempt":  {s.lastAttempt.String(), f.Times.LastAttempt.When.String()},
			"next contact":  {s.nextContact.String(), f.Times.NextContact.When.String()},
			"next try":      {s.nextTry.String(), f.Times.NextTry.When.String()},
			"incidents":     {len(s.open), len(f.OpenIncidents())},
			"actions":       {len(s.actions), open},
			"contacts":      {int(s.contacts), len(f.Contacts)},
			"corrections":   {int(s.corrections), len(f.Corrections)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: the views say %v, the file %v", name, pair[0], pair[1])
			}
		}
	})
}
