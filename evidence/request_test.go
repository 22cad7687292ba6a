package evidence_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/evidence"
)

const goodRequest = `{"officer":"DC 4471 Ferris","force":"Saltshire Police","reference":"SP/26/10877","from":"2026-10-01","to":"2026-10-31"}`

func TestParseRequest(t *testing.T) {
	r, err := evidence.ParseRequest([]byte("\n " + goodRequest + "\n"))
	if err != nil || !reflect.DeepEqual(r, request) {
		t.Errorf("got %+v, %v", r, err)
	}
	long := strings.Repeat("ä", 501)
	for _, tt := range []struct{ name, old, with, want string }{
		{"no object", goodRequest, `[]`, "request"},
		{"nothing", goodRequest, ``, "request"},
		{"another member", `{`, `{"note":"x",`, "member that is not known"},
		{"a member twice", `{`, `{"from":"2026-10-01",`, "stands twice"},
		{"no officer", `"officer":"DC 4471 Ferris",`, ``, "request, officer: is missing"},
		{"null", `"DC 4471 Ferris"`, `null`, "request, officer: is missing"},
		{"a number", `"DC 4471 Ferris"`, `4471`, "request, officer: has the wrong type"},
		{"empty", `"DC 4471 Ferris"`, `""`, "request, officer: is empty"},
		{"blank", `"DC 4471 Ferris"`, `" \t"`, "request, officer: is empty"},
		{"two lines", `"DC 4471 Ferris"`, `"DC\n4471"`, "request, officer: is not one line"},
		{"too long", `"DC 4471 Ferris"`, `"` + long + `"`, "request, officer: is longer"},
		{"no such day", `2026-10-01`, `2026-02-29`, "request, from: is not a date"},
		{"a time", `2026-10-01`, `2026-10-01T00:00:00+01:00`, "request, from: is not a date"},
		{"year 0", `2026-10-01`, `0000-10-01`, "request, from: is not a date"},
		{"to before from", `2026-10-31`, `2026-09-30`, "request, to: is before from"},
		{"capitals", `"officer"`, `"Officer"`, "member name"},
		{"a lone surrogate", `DC 4471`, `\ud800`, "surrogate"},
		{"a byte order mark", `{`, "\ufeff{", "request"},
		{"something behind", `}`, `} x`, "request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := evidence.ParseRequest([]byte(strings.Replace(goodRequest, tt.old, tt.with, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && !errors.Is(err, evidence.ErrInput) && !errors.Is(err, events.ErrSyntax) {
				t.Errorf("%v is neither an input nor a syntax error", err)
			}
			if err != nil && (strings.Contains(err.Error(), "Ferris") || strings.Contains(err.Error(), "SP/26")) {
				t.Errorf("%v quotes a value", err)
			}
		})
	}
}

func TestParseClosings(t *testing.T) {
	got, err := evidence.ParseClosings([]byte(`[{"seq":5,"path":"/data/statements/0/text","from":3,"to":7,"code":"A"},{"seq":6,"path":"/data/number","code":"P"},{"seq":7,"code":"L"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || *got[0].From != 3 || *got[0].To != 7 || got[0].Code != 'A' || got[1].From != nil || got[1].Path != "/data/number" || got[2].Path != "" || got[2].Seq != 7 {
		t.Errorf("got %+v", got)
	}
	if got, err := evidence.ParseClosings([]byte(`[]`)); err != nil || len(got) != 0 {
		t.Errorf("an empty list: %v, %v", got, err)
	}
	const first = `{"seq":6,"path":"/data/number","code":"P"},`
	for _, tt := range []struct{ name, in, want string }{
		{"no array", `{}`, "closings: is not a JSON array"},
		{"no object", `[` + first + `7]`, "closings, entry 2: is not a JSON object"},
		{"null", `[null]`, "closings, entry 1: is not a JSON object"},
		{"no seq", `[` + first + `{"path":"/data/number","code":"P"}]`, "closings, entry 2, seq: is missing"},
		{"seq 0", `[{"seq":0,"path":"/data/number","code":"P"}]`, "closings, entry 1, seq: is not a number from 1"},
		{"seq below 0", `[{"seq":-1,"path":"/data/number","code":"P"}]`, "closings, entry 1, seq: has the wrong type"},
		{"seq a text", `[{"seq":"6","path":"/data/number","code":"P"}]`, "closings, entry 1, seq: has the wrong type"},
		{"a fraction", `[{"seq":6.5,"path":"/data/number","code":"P"}]`, "integer"},
		{"no code", `[{"seq":6,"path":"/data/number"}]`, "closings, entry 1, code: is missing"},
		{"another code", `[{"seq":6,"path":"/data/number","code":"Z"}]`, "closings, entry 1, code: is none of"},
		{"two codes", `[{"seq":6,"path":"/data/number","code":"AP"}]`, "closings, entry 1, code: is none of"},
		{"no pointer", `[{"seq":6,"path":"data/number","code":"P"}]`, "closings, entry 1, path: is no JSON Pointer"},
		{"an empty path", `[{"seq":6,"path":"","code":"P"}]`, "closings, entry 1, path: is no JSON Pointer"},
		{"path null", `[{"seq":6,"path":null,"code":"P"}]`, "closings, entry 1, path: is null"},
		{"from without to", `[{"seq":6,"path":"/data/text","from":1,"code":"P"}]`, "closings, entry 1, from: and to are given together"},
		{"to without from", `[{"seq":6,"path":"/data/text","to":1,"code":"P"}]`, "closings, entry 1, from: and to are given together"},
		{"from below 0", `[{"seq":6,"path":"/data/text","from":-1,"to":1,"code":"P"}]`, "closings, entry 1, from: is below 0"},
		{"to before from", `[{"seq":6,"path":"/data/text","from":2,"to":1,"code":"P"}]`, "closings, entry 1, to: is before from"},
		{"words without a path", `[{"seq":6,"from":1,"to":2,"code":"P"}]`, "closings, entry 1, path: is missing where words are named"},
		{"another member", `[{"seq":6,"path":"/data/number","code":"P","why":"x"}]`, "closings, entry 1: has a member that is not known"},
		{"a member twice", `[{"seq":6,"seq":7,"path":"/data/number","code":"P"}]`, "stands twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := evidence.ParseClosings([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := evidence.ParseClosings([]byte(`[` + strings.Repeat(`{"seq":1,"code":"P"},`, 20_000) + `{"seq":1,"code":"P"}]`)); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("20001 closings: %v", err)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(goodRequest))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := evidence.ParseRequest(in)
		if err == nil && (r.From > r.To || r.Officer == "" || r.Force == "" || r.Reference == "") {
			t.Errorf("accepted %+v", r)
		}
	})
}

func FuzzParseClosings(f *testing.F) {
	f.Add([]byte(`[{"seq":5,"path":"/data/statements/0/text","from":3,"to":7,"code":"A"},{"seq":7,"code":"L"}]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		closings, err := evidence.ParseClosings(in)
		for _, c := range closings {
			if err != nil || c.Seq == 0 || strings.IndexByte(evidence.Codes, c.Code) < 0 || (c.From == nil) != (c.To == nil) || c.From != nil && *c.To < *c.From {
				t.Errorf("accepted %+v with %v", c, err)
			}
		}
	})
}
