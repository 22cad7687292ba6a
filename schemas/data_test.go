package schemas

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

func TestDecodeDataRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"unknown member": `{"` + secret + `":1}`,
		"another type":   `{"from":"` + secret + `","kept":"` + secret + `"}`,
		"not JSON":       `{"from":` + secret + `}`,
		"two values":     `{"from":"live"}{"from":"` + secret + `"}`,
		"nothing":        ``,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeData[Made]([]byte(data))
			if !errors.Is(err, events.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("quotes the data: %v", err)
			}
		})
	}
}

func TestEncodeData(t *testing.T) {
	got, err := EncodeData(ContactRecorded{Statements: []Statement{{Text: "a\u2028<b>&\"\\\t é\n  "}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"channel":"","direction":"","interpreter":null,"made":{"from":"","kept":null,"late":null,"reference":null},"next_contact":null,"number":null,"place":null,"present":[],"safe_contact_checked":false,` +
		`"statements":[{"because":null,"kind":"","language":"","passed_by":[],"speaker":"","text":"a` + "\u2028" + `<b>&\"\\\t é\n  ","translation":null}],"with":[]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for name, text := range map[string]string{"invalid UTF-8": secret + "\xff", "NUL": secret + "\x00", "escape": secret + "\x1b[0m"} {
		if _, err := EncodeData(Prose{Text: text}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInstruments(t *testing.T) {
	dash, ok := FindInstrument("dash", 1)
	if !ok || len(dash.Items) != 24 || dash.Threshold != 14 {
		t.Fatalf("dash: %v, %d items, threshold %d", ok, len(dash.Items), dash.Threshold)
	}
	if topic, ok := dash.Topic("D15"); !ok || topic != "strangling, choking, drowning" {
		t.Errorf("D15 is %q, %v", topic, ok)
	}
	if _, ok := dash.Topic("D25"); ok {
		t.Error("D25 exists")
	}
	got := dash.Count([]Answer{{Item: "D01", Answer: "yes"}, {Item: "D02", Answer: "no"}, {Item: "D03", Answer: "not-known"}, {Item: "D04", Answer: "not-asked"}, {Item: "D05", Answer: "yes"}})
	if want := (Count{Yes: 2, No: 1, NotKnown: 1, NotAsked: 20}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What a caller does to its copy stays there.
	dash.Items[0].Code = "X"
	if again, _ := FindInstrument("dash", 1); again.Items[0].Code != "D01" {
		t.Error("the caller's copy is the list itself")
	}
	if _, ok := FindInstrument("dash", 2); ok {
		t.Error("dash 2 exists")
	}
}

func TestFigures(t *testing.T) {
	list := Figures()
	for _, f := range list {
		body := mutate(t, example(t, "policy.set"), "/data/settings", setting(t, Setting{Code: f.Code, Values: f.Values, Unit: f.Unit}))
		if err := Default().Validate(body); err != nil {
			t.Errorf("%s: its default cannot be set: %v", f.Code, err)
		}
		local := mutate(t, example(t, "policy.set"), "/data/settings", setting(t, Setting{Code: f.Code, Values: f.Values, Unit: f.Unit, Marac: &f.Title}))
		if err := Default().Validate(local); (err == nil) != f.Local {
			t.Errorf("%s for one Marac: %v", f.Code, err)
		}
	}
	for code, want := range map[string][]uint64{"cap-high": {18}, "cap-most": {20}, "visible-high-risk": {14}, "risk-review-every": {6, 8}, "home-visits": {0}, "retention": {6, 7}} {
		if f, ok := FindFigure(code); !ok || !slices.Equal(f.Values, want) {
			t.Errorf("%s is %v, want %v", code, f.Values, want)
		}
	}
	if _, ok := FindFigure("cap"); ok {
		t.Error("a figure that is none")
	}
	// What a caller does to its copy stays there.
	list[0].Values[0] = 99
	found, _ := FindFigure(list[0].Code)
	found.Values[0] = 99
	if again, _ := FindFigure(list[0].Code); again.Values[0] != 7 {
		t.Error("the caller's copy is the list itself")
	}
}

func setting(t *testing.T, s Setting) string {
	t.Helper()
	b, err := EncodeData(s)
	if err != nil {
		t.Fatal(err)
	}
	return "[" + string(b) + "]"
}

func TestReadFiguresRefuses(t *testing.T) {
	const good = `{"code":"a","unit":"count","values":[1]}`
	if list, err := readFigures([]byte(`{"figures":[` + good + `]}`)); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for name, figure := range map[string]string{
		"no code":   `{"unit":"count","values":[1]}`,
		"no unit":   `{"code":"b","values":[1]}`,
		"no values": `{"code":"b","unit":"count"}`,
		"twice":     good,
		"no JSON":   `{`,
	} {
		if _, err := readFigures([]byte(`{"figures":[` + good + `,` + figure + `]}`)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
