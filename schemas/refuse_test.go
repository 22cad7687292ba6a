package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"caseledger/events"
)

// mutate sets the member or item at a pointer to a JSON value; "-" takes it
// away. An index just past the end appends.
func mutate(t testing.TB, body []byte, pointer, value string) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var set func(v any, path []string) any
	set = func(v any, path []string) any {
		if len(path) == 0 {
			return json.RawMessage(value)
		}
		switch v := v.(type) {
		case map[string]any:
			if len(path) == 1 && value == "-" {
				if _, ok := v[path[0]]; !ok {
					t.Fatalf("nothing at %s", pointer)
				}
				delete(v, path[0])
			} else {
				v[path[0]] = set(v[path[0]], path[1:])
			}
			return v
		case []any:
			i, err := strconv.Atoi(path[0])
			if err != nil || i > len(v) {
				t.Fatalf("no %s", pointer)
			}
			if i == len(v) {
				return append(v, json.RawMessage(value))
			}
			v[i] = set(v[i], path[1:])
			return v
		}
		t.Fatalf("no %s", pointer)
		return nil
	}
	out, err := json.Marshal(set(doc, strings.Split(pointer, "/")[1:]))
	if err != nil {
		t.Fatal(err)
	}
	out, err = events.Canonicalize(out)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const secret = "zq7secret"

var refused = []struct {
	typ, name, at, value string // value at a pointer makes it bad
	pointer, rule        string // expected; rule is how it begins
}{
	{"case.allocated", "no actor", "/actor", "-", "", "required: the member actor"},
	{"case.allocated", "actor is null", "/actor", "null", "/actor", "type: want string"},
	{"case.allocated", "actor in capitals", "/actor", `"Staff"`, "/actor", "pattern: want ^[a-z]"},
	{"case.allocated", "actor too long", "/actor", `"` + strings.Repeat("a", 33) + `"`, "/actor", "pattern"},
	{"case.allocated", "unknown member of the body", "/extra", "1", "", "additionalProperties: unknown member (number 3"},
	{"case.allocated", "unknown member of the data", "/data/" + secret, `"x"`, "/data", "additionalProperties: unknown member (number 5"},
	{"case.allocated", "data is an array", "/data", "[]", "/data", "type: want object"},
	{"case.allocated", "prose is a string", "/data/over_cap", `"` + secret + `"`, "/data/over_cap", "type: want object, or null"},
	{"case.allocated", "prose is empty", "/data/over_cap/text", `""`, "/data/over_cap/text", "minLength: want at least 1"},
	{"case.allocated", "prose has more", "/data/over_cap/by", `"x"`, "/data/over_cap", "additionalProperties: unknown member (number 1"},
	{"case.allocated", "made without from", "/data/made/from", "-", "/data/made", "required: the member from"},
	{"case.allocated", "made from hearsay", "/data/made/from", `"` + secret + `"`, "/data/made/from", `enum: want one of "live", "handwritten-notes"`},
	{"case.allocated", "live, yet kept", "/data/made/kept", "true", "/data/made/kept", "type: want null"},
	{"case.allocated", "kept is a word", "/data/made/kept", `"yes"`, "/data/made/kept", "type: want null or boolean"},

	{"case.allocated", "occurred without precision", "/occurred/precision", "-", "/occurred", "required: the member precision"},
	{"case.allocated", "exact, but when unknown", "/occurred/from", "null", "/occurred/from", "type: want string"},
	{"case.allocated", "exact, but a date", "/occurred/from", `"2026-06-01"`, "/occurred/from", "pattern"},
	{"case.allocated", "date, but a time", "/occurred/precision", `"date"`, "/occurred/from", "format: want a real date"},
	{"case.allocated", "about nothing", "/occurred", `{"from":null,"to":null,"precision":"about"}`, "/occurred/from", "type: want string"},
	{"case.allocated", "unknown, but a time", "/occurred/precision", `"unknown"`, "/occurred/from", "type: want null"},
	{"case.allocated", "time in Z", "/occurred/from", `"2026-06-01T14:00:00Z"`, "/occurred/from", "pattern"},
	{"case.allocated", "time with a fraction", "/occurred/from", `"2026-06-01T14:00:00.5+01:00"`, "/occurred/from", "pattern"},
	{"case.allocated", "offset of two hours", "/occurred/from", `"2026-06-01T14:00:00+02:00"`, "/occurred/from", "pattern"},
	{"case.allocated", "offset to the west", "/occurred/from", `"2026-06-01T14:00:00-01:00"`, "/occurred/from", "pattern"},
	{"case.allocated", "second 60", "/occurred/from", `"2026-06-01T14:00:60+01:00"`, "/occurred/from", "pattern"},
	{"case.allocated", "hour 24", "/occurred/from", `"2026-06-01T24:00:00+01:00"`, "/occurred/from", "format: want a real date-time"},
	{"case.allocated", "minute 60", "/occurred/from", `"2026-06-01T14:60:00+01:00"`, "/occurred/from", "format"},
	{"case.allocated", "29 February 2026", "/occurred/from", `"2026-02-29T14:00:00+00:00"`, "/occurred/from", "format"},
	{"case.allocated", "month 13", "/occurred/from", `"2026-13-01T14:00:00+00:00"`, "/occurred/from", "format"},
	{"case.allocated", "year 0", "/occurred/from", `"0000-01-01T14:00:00+00:00"`, "/occurred/from", "format"},
	{"case.allocated", "end before start", "/occurred/to", `"2026-06-01T13:59:59+01:00"`, "/occurred/to", "rule: the end is not before the start"},
	{"case.allocated", "end before start by its offset", "/occurred", `{"from":"2026-10-25T01:30:00+00:00","to":"2026-10-25T01:40:00+01:00","precision":"exact"}`, "/occurred/to", "rule: the end is not before the start"},
	{"case.allocated", "dates, end before start", "/occurred", `{"from":"2026-06-02","to":"2026-06-01","precision":"date"}`, "/occurred/to", "rule: the end"},
	{"case.allocated", "from a date to a time", "/occurred", `{"from":"2026-06-01","to":"2026-06-01T10:00:00+01:00","precision":"about"}`, "/occurred/to", "rule: from and to are both"},

	{"referral.received", "Marac without a name", "/data/agency", "null", "/data/agency", "type: want string"},
	{"referral.received", "received on a date", "/data/received", `"2026-06-01"`, "/data/received", "pattern"},
	{"referral.received", "the same flag twice", "/data/flags/2", `"language"`, "/data/flags/2", "uniqueItems"},
	{"referral.received", "no such flag", "/data/flags/2", `"` + secret + `"`, "/data/flags/2", "enum"},
	{"client.recorded", "initials too long", "/data/initials", `"ABCDEFGHI"`, "/data/initials", "maxLength: want at most 8"},
	{"client.recorded", "name of two lines", "/data/name", `"` + secret + `\nB"`, "/data/name", "pattern"},
	{"client.recorded", "name too long", "/data/name", `"` + strings.Repeat("é", 501) + `"`, "/data/name", "maxLength: want at most 500"},
	{"client.recorded", "born on a day that is none", "/data/born", `"1991-02-30"`, "/data/born", "format: want a real date"},
	{"client.recorded", "language in words", "/data/language", `"Punjabi"`, "/data/language", "pattern"},
	{"client.recorded", "language tag ends in a dash", "/data/language", `"pa-"`, "/data/language", "pattern"},
	{"client.recorded", "interpreter for no language", "/data/interpreter/language", "null", "/data/interpreter/language", "type: want string"},
	{"client.recorded", "language for no interpreter", "/data/interpreter/needed", "false", "/data/interpreter/language", "type: want null"},
	{"client.recorded", "address of no lines", "/data/address/lines", "[]", "/data/address/lines", "minItems: want at least 1"},
	{"client.recorded", "address without its secrecy", "/data/address/secret", "-", "/data/address", "required: the member secret"},
	{"client.recorded", "email without @", "/data/email", `"` + secret + `.example.org"`, "/data/email", "pattern"},
	{"safe-contact.set", "the same address twice", "/data/channels/4", `{"address":"07700 900123","allowed":false,"channel":"phone","reason":null,"times":null}`, "/data/channels/4", "rule: the same channel"},
	{"safe-contact.set", "allowed is null", "/data/channels/0/allowed", "null", "/data/channels/0/allowed", "type: want boolean"},
	{"contact.attempted", "message left by text", "/data/channel", `"text"`, "/data/voicemail", "const: want false"},
	{"contact.recorded", "with nobody", "/data/with", "[]", "/data/with", "minItems"},
	{"contact.recorded", "no statements", "/data/statements", "[]", "/data/statements", "minItems"},
	{"contact.recorded", "statement is a number", "/data/statements/2", "7", "/data/statements/2", "type: want object"},
	{"contact.recorded", "unknown kind", "/data/statements/2/kind", `"` + secret + `"`, "/data/statements/2/kind", "enum"},
	{"contact.recorded", "another's words as the client's", "/data/statements/0/speaker", `"` + secret + `"`, "/data/statements/0/speaker", `const: want "client"`},
	{"contact.recorded", "the client as a third party", "/data/statements/3/speaker", `"client"`, "/data/statements/3/speaker", `not: want anything but "client", "me"`},
	{"contact.recorded", "observed by another", "/data/statements/4/speaker", `"client"`, "/data/statements/4/speaker", `const: want "me"`},
	{"contact.recorded", "opinion without grounds", "/data/statements/5/because", "null", "/data/statements/5/because", "type: want object"},
	{"contact.recorded", "grounds of a summary", "/data/statements/2/because", `{"text":"` + secret + `"}`, "/data/statements/2/because", "type: want null"},
	{"contact.recorded", "client's words passed by somebody", "/data/statements/0/passed_by/0", `{"at_work":null,"how":"a","who":"b"}`, "/data/statements/0/passed_by", "maxItems: want at most 0"},
	{"contact.recorded", "translated into itself", "/data/statements/1/translation/language", `"pa-Guru"`, "/data/statements/1/translation/language", "rule: a translation"},
	{"contact.recorded", "in person by telephone", "/data/channel", `"in-person"`, "/data/direction", `const: want "met"`},
	{"contact.recorded", "met by telephone", "/data/direction", `"met"`, "/data/direction", `enum: want one of "in", "out"`},
	{"contact.recorded", "next contact unknown", "/data/next_contact", `"soon"`, "/data/next_contact", "pattern"},
	{"contact.corrected", "event 0", "/data/corrects/seq", "0", "/data/corrects/seq", "minimum: want at least 1"},
	{"contact.corrected", "statement below 0", "/data/corrects/statement", "-1", "/data/corrects/statement", "minimum: want at least 0"},
	{"contact.corrected", "event in words", "/data/corrects/seq", `"9"`, "/data/corrects/seq", "type: want integer"},
	{"contact.corrected", "text too long", "/data/text", `"` + strings.Repeat("a", 200001) + `"`, "/data/text", "maxLength: want at most 200000"},
	{"incident.disclosed", "reference of what was not reported", "/data/reported", `"no"`, "/data/reference", "type: want null"},
	{"incident.disclosed", "happened backwards", "/data/happened/to", `"2026-10-25"`, "/data/happened/to", "rule: the end"},
	{"risk.reviewed", "unknown instrument", "/data/instrument/code", `"` + secret + `"`, "/data/instrument", "rule: no instrument"},
	{"risk.reviewed", "unknown version of it", "/data/instrument/version", "2", "/data/instrument", "rule: no instrument"},
	{"risk.reviewed", "item it does not have", "/data/answers/1/item", `"D25"`, "/data/answers/1/item", "rule: no such item"},
	{"risk.reviewed", "item twice", "/data/answers/1/item", `"D01"`, "/data/answers/1", "rule: the same item twice"},
	{"risk.reviewed", "judgement without reasons", "/data/judgement/text", `""`, "/data/judgement/text", "minLength"},
	{"plan.changed", "no actions", "/data/actions", "[]", "/data/actions", "minItems"},
	{"plan.changed", "action twice", "/data/actions/1/id", `"a1"`, "/data/actions/1", "rule: the same action twice"},
	{"plan.changed", "done without outcome", "/data/actions/1/outcome", "null", "/data/actions/1/outcome", "type: want object"},
	{"plan.changed", "sixth area", "/data/actions/0/area", `"work"`, "/data/actions/0/area", "enum"},
	{"case.closed", "area twice", "/data/outcomes/1/area", `"safety"`, "/data/outcomes/1", "rule: the same area twice"},
	{"case.closed", "reason in words", "/data/reason", `"Needs met"`, "/data/reason", "pattern"},
	{"disclosure.exported", "period backwards", "/data/to", `"2026-07-31"`, "/data/to", "rule: the end"},
	{"disclosure.exported", "manifest in capitals", "/data/manifest", `"` + strings.Repeat("5E8F", 16) + `"`, "/data/manifest", "pattern"},
	{"disclosure.exported", "copy 0", "/data/copy", "0", "/data/copy", "minimum"},
	{"disclosure.exported", "kind twice", "/data/kinds/2", `"contact.recorded"`, "/data/kinds/2", "uniqueItems"},
	{"disclosure.exported", "kind in capitals", "/data/kinds/0", `"Contact"`, "/data/kinds/0", "pattern"},
	{"disclosure.exported", "unknown code", "/data/closings/1/code", `"B"`, "/data/closings/1/code", "enum"},
	{"disclosure.exported", "closing twice", "/data/closings/1", `{"code":"P","leaf":48,"leaves":1,"seq":9}`, "/data/closings/2", "rule: the same closing twice"},
	{"disclosure.exported", "no leaves from leaf 5", "/data/closings/1", `{"code":"P","leaf":5,"leaves":0,"seq":9}`, "/data/closings/1/leaves", "rule: a closing of no leaves"},
	{"disclosure.exported", "whole and part", "/data/closings/0/seq", "9", "/data/closings/1", "rule: an event that is closed as a whole"},
	{"disclosure.exported", "made", "/data/made", "null", "/data", "additionalProperties: unknown member"},
}

func TestRefused(t *testing.T) {
	for _, tc := range refused {
		t.Run(tc.typ+"/"+tc.name, func(t *testing.T) {
			body := mutate(t, example(t, tc.typ), tc.at, tc.value)
			err := Default().Validate(body)
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, events.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if e.Pointer != tc.pointer || !strings.HasPrefix(e.Rule, tc.rule) {
				t.Errorf("got %q: %q\nwant %q: %q", e.Pointer, e.Rule, tc.pointer, tc.rule)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("quotes the value: %v", err)
			}
			// What JSON Schema can say, the library must say too.
			if lib := libraryVerdict(t, body); (lib == nil) != strings.HasPrefix(e.Rule, "rule: ") {
				t.Errorf("the library says %v", lib)
			}
		})
	}
}

// TestMembers takes every member of every example away, adds one beside it,
// and puts each kind of value in its place: the verdict is the library's, and
// what is missing or unknown is always refused.
func TestMembers(t *testing.T) {
	for _, name := range names() {
		body := example(t, name)
		for pointer, member := range pointers(t, body) {
			if member {
				refuse(t, mutate(t, body, pointer, "-"), pointer+" taken away")
			}
			if i := strings.LastIndexByte(pointer, '/'); member {
				refuse(t, mutate(t, body, pointer[:i]+"/a"+secret, `"`+secret+`"`), pointer+" has a neighbour")
			}
			if pointer == "/type" || pointer == "/v" {
				continue // another type or version is another schema
			}
			for _, value := range []string{"null", "true", "-7", "0", `""`, `"` + secret + `"`, `"\n` + secret + `"`, "[]", "{}", `["` + secret + `"]`, `{"` + secret + `":1}`, `"2026-01-01"`, `"2026-01-01T00:00:00+00:00"`} {
				bad := mutate(t, body, pointer, value)
				agree(t, bad, pointer+" is "+value)
			}
		}
	}
}

func refuse(t *testing.T, body []byte, what string) {
	t.Helper()
	if err := Default().Validate(body); err == nil {
		t.Errorf("%s: accepted", what)
	}
	if typ, _ := (&checker{b: body}).head(); typ != nil {
		agree(t, body, what)
	}
}

// agree holds Validate to the library's verdict, and its error to silence.
func agree(t testing.TB, body []byte, what string) {
	t.Helper()
	err := Default().Validate(body)
	lib := libraryVerdict(t, body)
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("%s: quotes a value: %v", what, err)
	}
	var e *Error
	if errors.As(err, &e) && strings.HasPrefix(e.Rule, "rule: ") {
		err = nil // beyond JSON Schema
	}
	if (err == nil) != (lib == nil) {
		t.Errorf("%s: we say %v, the library %v", what, err, lib != nil)
	}
}

// pointers lists every value below the root, and whether it is a member.
func pointers(t testing.TB, body []byte) map[string]bool {
	t.Helper()
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	var walk func(v any, at string)
	walk = func(v any, at string) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				found[at+"/"+k] = true
				walk(v[k], at+"/"+k)
			}
		case []any:
			for i, e := range v {
				found[at+"/"+strconv.Itoa(i)] = false
				walk(e, at+"/"+strconv.Itoa(i))
			}
		}
	}
	walk(doc, "")
	return found
}
