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

// refusal is one way of making the example of a type bad.
type refusal struct {
	typ, name, at, value string // value at a pointer makes it bad
	pointer, rule        string // expected; rule is how it begins
}

var refused = []refusal{
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

	{"referral.received.v2", "Marac without its area", "/data/marac", "null", "/data/marac", "type: want object"},
	{"referral.received.v2", "pair by name", "/data/perpetrators/0", `"` + secret + `"`, "/data/perpetrators/0", "pattern: want ^[0-9a-f]{32}$"},
	{"referral.received.v2", "pair twice", "/data/perpetrators/1", `"` + husband + `"`, "/data/perpetrators/1", "uniqueItems"},
	{"safe-contact.set.v2", "the same address twice", "/data/channels/3", `{"address":"07700 900123","allowed":false,"channel":"phone","hours":[],"reason":null,"times":null}`, "/data/channels/3", "rule: the same channel"},
	{"safe-contact.set.v2", "at home for ever", "/data/places/1/away_until", "null", "/data/places/1/away_until", "type: want string"},
	{"safe-contact.set.v2", "away from the library", "/data/places/0/away_until", `"2026-10-30T14:00:00+00:00"`, "/data/places/0/away_until", "type: want null"},
	{"safe-contact.set.v2", "hour 24", "/data/channels/0/hours/0/to", `"24:00"`, "/data/channels/0/hours/0/to", "pattern"},
	{"safe-contact.set.v2", "hours backwards", "/data/channels/0/hours/0/to", `"09:59"`, "/data/channels/0/hours/0/to", "rule: the end is not before the start"},
	{"safe-contact.set.v2", "no day of the week", "/data/places/0/hours/0/days/0", `"` + secret + `"`, "/data/places/0/hours/0/days/0", "enum"},
	{"contact.recorded.v2", "how the client knew", "/data/statements/0/knew", `"` + secret + `"`, "/data/statements/0/knew", "type: want null"},
	{"contact.recorded.v2", "translated into itself", "/data/statements/1/translation/language", `"pa-Guru"`, "/data/statements/1/translation/language", "rule: a translation"},
	{"contact.recorded.v2", "in person by telephone", "/data/channel", `"in-person"`, "/data/direction", `const: want "met"`},
	{"contact.recorded.v2", "appointment 0", "/data/appointment", "0", "/data/appointment", "minimum"},
	{"incident.disclosed.v2", "reference of what was not reported", "/data/reported", `"not-known"`, "/data/reference", "type: want null"},
	{"incident.disclosed.v2", "done by nobody", "/data/perpetrators/1/who", "null", "/data/perpetrators/1/who", "type: want string"},
	{"incident.disclosed.v2", "done twice by one", "/data/perpetrators/2", `{"person":null,"who":"his brother"}`, "/data/perpetrators/2", "rule: the same perpetrator twice"},
	{"incident.disclosed.v2", "happened backwards", "/data/happened/to", `"2026-10-25"`, "/data/happened/to", "rule: the end"},
	{"risk.reviewed.v2", "item it does not have", "/data/answers/1/item", `"D25"`, "/data/answers/1/item", "rule: no such item"},
	{"risk.reviewed.v2", "item twice", "/data/answers/1/item", `"D01"`, "/data/answers/1", "rule: the same item twice"},
	{"risk.reviewed.v2", "area twice", "/data/areas/1/area", `"safety"`, "/data/areas/1", "rule: the same area twice"},
	{"risk.reviewed.v2", "events backwards", "/data/events/to", `"2025-10-27"`, "/data/events/to", "rule: the end"},
	{"risk.reviewed.v2", "judgement without reasons", "/data/judgement/text", `""`, "/data/judgement/text", "minLength"},

	{"accommodation.placed", "ends before it starts", "/data/to", `"2026-10-28T12:14:59+00:00"`, "/data/to", "rule: the end"},
	{"accommodation.placed", "ends on the day before", "/data/to", `"2026-10-27"`, "/data/to", "rule: the end"},
	{"accommodation.placed", "address without its secrecy", "/data/address/secret", "-", "/data/address", "required: the member secret"},
	{"accommodation.sought", "answered while waiting", "/data/answer", `"waiting"`, "/data/answered", "type: want null"},
	{"accommodation.sought", "kind in words", "/data/kind", `"` + secret + `"`, "/data/kind", "enum"},
	{"agency.involved", "said nothing, and what", "/data/answer", `"no-answer"`, "/data/answered", "type: want null"},
	{"agency.involved", "answer that is none", "/data/answer", "null", "/data/answer", "enum"},
	{"agreement.recorded", "purpose twice", "/data/answers/2/purpose", `"support"`, "/data/answers/2", "rule: the same purpose twice"},
	{"agreement.recorded", "support shared with others", "/data/answers/0/with/0", `"` + secret + `"`, "/data/answers/0/with", "maxItems: want at most 0"},
	{"agreement.recorded", "agreed perhaps", "/data/answers/0/agreed", "null", "/data/answers/0/agreed", "type: want boolean"},
	{"agreement.withdrawn", "nothing", "/data/purposes", "[]", "/data/purposes", "minItems"},
	{"appointment.missed", "next try on a date", "/data/next_try", `"2026-10-30"`, "/data/next_try", "pattern"},
	{"appointment.moved", "called off in an emergency", "/data/arranged", "null", "/data/override", "type: want null"},
	{"appointment.moved", "override without reason", "/data/override/text", `""`, "/data/override/text", "minLength"},
	{"appointment.planned", "ends before it starts", "/data/arranged/end", `"2026-10-30T10:00:00+01:00"`, "/data/arranged/end", "rule: the end"},
	{"appointment.planned", "met nowhere", "/data/arranged/place_kind", "null", "/data/arranged/place_kind", "enum"},
	{"appointment.planned", "met by telephone", "/data/arranged/channel", `"phone"`, "/data/arranged/place", "type: want null"},
	{"appointment.planned", "met at a number", "/data/arranged/number", `"` + secret + `"`, "/data/arranged/number", "type: want null"},
	{"appointment.planned", "away from work", "/data/arranged/place_kind", `"workplace"`, "/data/arranged/away_until", "type: want null"},
	{"appointment.planned", "override by a name", "/data/override/by", `"Wren"`, "/data/override/by", "pattern"},
	{"appointment.planned", "with nobody", "/data/with", "[]", "/data/with", "minItems"},
	{"attachment.added", "media type in words", "/data/media_type", `"` + secret + `"`, "/data/media_type", "pattern"},
	{"attachment.added", "size below 0", "/data/size", "-1", "/data/size", "minimum"},
	{"attachment.added", "hash in capitals", "/data/sha256", `"` + strings.Repeat("5E8F", 16) + `"`, "/data/sha256", "pattern"},
	{"attachment.added", "made backwards", "/data/produced/to", `"2026-10-29T21:13:59+00:00"`, "/data/produced/to", "rule: the end"},
	{"attachment.added.v2", "exhibit on two lines", "/data/exhibit", `"KP/2\n"`, "/data/exhibit", "pattern"},
	{"case.covered", "ends before it starts", "/data/to", `"2026-10-27"`, "/data/to", "rule: the end"},
	{"case.covered", "from no day", "/data/from", "null", "/data/from", "type: want string"},
	{"case.erased", "with a name", "/data/name", `"` + secret + `"`, "/data", "additionalProperties: unknown member (number 5"},
	{"case.erased", "recipient by name", "/data/recipients/0/kind", `"` + secret + `"`, "/data/recipients/0/kind", "enum"},
	{"case.reopened", "reason in a sentence", "/data/reason", `"He is back"`, "/data/reason", "pattern"},
	{"case.transferred", "sideways", "/data/direction", `"` + secret + `"`, "/data/direction", "enum"},
	{"child.recorded", "status ends before it starts", "/data/status/to", `"2026-05-19"`, "/data/status/to", "rule: the end"},
	{"child.recorded", "no status, since May", "/data/status/kind", `"none"`, "/data/status/from", "type: want null"},
	{"child.recorded", "school without its secrecy", "/data/school/secret", "-", "/data/school", "required: the member secret"},
	{"child.recorded", "number in words", "/data/child", `"` + secret + `"`, "/data/child", "pattern"},
	{"contact.disputed", "statement below 0", "/data/disputes/statement", "-1", "/data/disputes/statement", "minimum"},
	{"contact.disputed", "says nothing", "/data/says", "null", "/data/says", "type: want object"},
	{"court.recorded", "order by its title", "/data/order", `"Non-molestation order"`, "/data/order", "pattern"},
	{"court.recorded", "measure twice", "/data/special_measures/2", `"screen"`, "/data/special_measures/2", "uniqueItems"},
	{"disclosure.approved", "sent back without reasons", "/data", `{"approved":false,"by":"staff-01","decision":28,"made":{"from":"live","kept":null,"late":null,"reference":null},"pages":14,"reasons":null}`, "/data/reasons", "type: want object"},
	{"disclosure.approved.v2", "draft without its hash", "/data/draft", `{"pages":14,"read_to":30}`, "/data/draft", "required"},
	{"disclosure.decided.v2", "left open without a reason", "/data/words/proposals/1/reason", "null", "/data/words/proposals/1/reason", "type: want object"},
	{"disclosure.decided.v2", "proposal twice", "/data/words/proposals/1", `{"code":"A","leaf":40,"leaves":3,"outcome":"closed","reason":null,"seq":9}`, "/data/words/proposals/1", "rule: the same proposal twice"},
	{"disclosure.decided.v2", "told nobody, by telephone", "/data/client_told/answer", `"no"`, "/data/client_told/channel", "type: want null"},
	{"disclosure.decided.v2", "read to nothing", "/data/words/read_to", "0", "/data/words/read_to", "minimum"},
	{"disclosure.decided.v2", "period backwards", "/data/to", `"2026-09-30"`, "/data/to", "rule: the end"},
	{"disclosure.decided.v2", "a leaf of no leaves", "/data/closings/0/leaves", "0", "/data/closings/0/leaves", "rule: a closing of no leaves"},
	{"disclosure.exported.v2", "approved by words", "/data/approval", `"yes"`, "/data/approval", "type: want"},
	{"disclosure.exported.v2", "whole and part", "/data/closings/0/seq", "9", "/data/closings/1", "rule: an event that is closed as a whole"},
	{"disclosure.decided", "test twice", "/data/tests/1/test", `"necessary"`, "/data/tests/1", "rule: the same test twice"},
	{"disclosure.decided", "test without reasons", "/data/tests/0/reasons/text", `""`, "/data/tests/0/reasons/text", "minLength"},
	{"disclosure.decided", "told nobody, by telephone", "/data/client_told/answer", `"no"`, "/data/client_told/channel", "type: want null"},
	{"disclosure.decided", "period backwards", "/data/to", `"2026-09-30"`, "/data/to", "rule: the end"},
	{"disclosure.decided", "closing twice", "/data/closings/2", `{"code":"P","leaf":40,"leaves":3,"seq":9}`, "/data/closings/2", "rule: the same closing twice"},
	{"disclosure.decided", "whole and part", "/data/closings/0/seq", "9", "/data/closings/1", "rule: an event that is closed as a whole"},
	{"disclosure.decided", "no leaves from leaf 5", "/data/closings/0/leaf", "5", "/data/closings/0/leaves", "rule: a closing of no leaves"},
	{"disclosure.receipted", "through no hands", "/data/hands", "[]", "/data/hands", "minItems"},
	{"disclosure.receipted", "half a hash", "/data/sha256", `"5e8f"`, "/data/sha256", "pattern"},
	{"disclosure.requested", "period backwards", "/data/to", `"2026-07-31"`, "/data/to", "rule: the end"},
	{"disclosure.requested", "power that is none", "/data/kind", `"` + secret + `"`, "/data/kind", "enum"},
	{"disclosure.requested", "officer of two lines", "/data/officer", `"` + secret + `\n"`, "/data/officer", "pattern"},
	{"entry.misfiled", "case by its label", "/data/belongs_to", `"` + secret + `"`, "/data/belongs_to", "pattern"},
	{"equipment.provided", "half a penny", "/data/funding/pence", `"0.5"`, "/data/funding/pence", "type: want integer"},
	{"equipment.provided", "clock never checked", "/data/clock/checked", "null", "/data/clock/checked", "type: want string"},
	{"erasure.begun", "an entry without its number", "/data/entry", "null", "/data/entry", "type: want integer"},
	{"erasure.begun", "a case with an entry", "/data/scope", `"case"`, "/data/entry", "type: want null"},
	{"erasure.begun", "made", "/data/made", "null", "/data", "additionalProperties: unknown member"},
	{"handover.given", "expires before it starts", "/data/to", `"2026-10-23T15:59:59+00:00"`, "/data/to", "rule: the end"},
	{"handover.given", "for nobody", "/data/given_to", "[]", "/data/given_to", "minItems"},
	{"helpline.contact", "no statements", "/data/statements", "[]", "/data/statements", "minItems"},
	{"helpline.contact", "the client as a third party", "/data/statements/1/speaker", `"client"`, "/data/statements/1/speaker", `not: want anything but "client", "me"`},
	{"helpline.contact", "danger perhaps", "/data/danger_now", "true", "/data/danger_now", `enum: want one of "yes"`},
	{"hold.lifted", "hold by name", "/data/hold", `"` + secret + `"`, "/data/hold", "type: want integer"},
	{"hold.placed", "reason in words", "/data/reason", `"` + secret + `"`, "/data/reason", "enum"},
	{"information.shared", "without agreement or reason", "/data/reason", "null", "/data/reason", "type: want object"},
	{"information.shared", "agreement beside a threat to life", "/data/agreement", "5", "/data/agreement", "type: want null"},
	{"information.shared", "to nobody", "/data/to/agency", "null", "/data/to/agency", "type: want string"},
	{"intake.checked", "the same Marac twice", "/data/asked/1", `{"answer":"refused","answered":null,"asked":"2026-06-02","kind":"marac","knew_of_others":"no","last_heard":null,"name":"Harrowmere Marac","note":null,"reference":null,"times_heard":null}`, "/data/asked/1", "rule: the same Marac or service twice"},
	{"intake.checked", "no answer, in June", "/data/asked/0/answer", `"no-answer"`, "/data/asked/0/answered", "type: want null"},
	{"intake.checked", "heard by a service", "/data/asked/0/kind", `"service"`, "/data/asked/0/last_heard", "type: want null"},
	{"marac.action.updated", "done without an outcome", "/data/outcome", "null", "/data/outcome", "type: want object"},
	{"marac.action.updated", "done, and due", "/data/due", `"2026-11-30"`, "/data/due", "type: want null"},
	{"marac.action.updated", "open, and ended", "/data/status", `"open"`, "/data/ended", "type: want null"},
	{"marac.heard", "action twice", "/data/actions/1/id", `"m1"`, "/data/actions/1", "rule: the same action twice"},
	{"marac.heard", "present perhaps", "/data/agencies/0/attended", "null", "/data/agencies/0/attended", "type: want boolean"},
	{"marac.referred", "criterion that is none", "/data/criteria/0", `"` + secret + `"`, "/data/criteria/0", "enum"},
	{"marac.referred", "criterion twice", "/data/criteria/1", `"professional-judgement"`, "/data/criteria/1", "uniqueItems"},
	{"marac.referred", "no rule", "/data/rule", "null", "/data/rule", "type: want object"},
	{"meeting.recorded", "kind that is none", "/data/kind", `"` + secret + `"`, "/data/kind", "enum"},
	{"meeting.recorded", "action twice", "/data/actions/1", `{"agency":"a","due":null,"id":"a1","owner":null,"risk":null,"what":{"text":"b"}}`, "/data/actions/1", "rule: the same action twice"},
	{"order.recorded", "expires before it was made", "/data/expires", `"2026-10-19"`, "/data/expires", "rule: the end"},
	{"order.recorded", "against a name", "/data/against/0", `"` + secret + `"`, "/data/against/0", "pattern"},
	{"override.reviewed", "without reasons", "/data/reasons/text", `""`, "/data/reasons/text", "minLength"},
	{"perpetrator.status", "status that is none", "/data/status", `"` + secret + `"`, "/data/status", "enum"},
	{"perpetrator.status", "nobody's", "/data/person", "null", "/data/person", "type: want string"},
	{"person.recorded", "the client as a partner", "/data/role", `"client"`, "/data/relation", `const: want "self"`},
	{"person.recorded", "another as the client", "/data/relation", `"self"`, "/data/relation", `not: want anything but "self"`},
	{"person.recorded", "a perpetrator at risk", "/data/role", `"perpetrator"`, "/data/at_risk_from", "maxItems: want at most 0"},
	{"person.recorded", "email without @", "/data/emails/0", `"` + secret + `"`, "/data/emails/0", "pattern"},
	{"access.checkpointed", "a root that is none", "/data/root", `"` + secret + `"`, "/data/root", "pattern"},
	{"access.checkpointed", "of nothing", "/data/size", "0", "/data/size", "minimum"},
	{"policy.set", "figure that is none", "/data/settings/0/code", `"` + secret + `"`, "/data/settings/0/code", "rule: no figure of this code"},
	{"policy.set", "cap in weeks", "/data/settings/0/unit", `"weeks"`, "/data/settings/0/unit", "rule: the figure of this code is in count"},
	{"policy.set", "one figure of two", "/data/settings/1/values", "[6]", "/data/settings/1/values", "rule: the figure of this code has 2 values"},
	{"policy.set", "a cap for one Marac", "/data/settings/0/marac", `"` + secret + `"`, "/data/settings/0/marac", "rule: the figure of this code is the same everywhere"},
	{"policy.set", "figure twice", "/data/settings/3", `{"code":"cap-most","instrument":null,"marac":null,"unit":"count","values":[20]}`, "/data/settings/3", "rule: the same figure twice"},
	{"policy.set", "figure below 0", "/data/settings/0/values/0", "-1", "/data/settings/0/values/0", "minimum"},
	{"policy.set", "made", "/data/made", "null", "/data", "additionalProperties: unknown member"},
	{"programme.attended", "alone in a group", "/data/kind", `"one-to-one"`, "/data/group", "type: want null"},
	{"programme.attended", "session 0", "/data/session", "0", "/data/session", "minimum"},
	{"safeguarding.decided", "the client as a child of the case", "/data/about", `"client"`, "/data/person", "type: want null"},
	{"safeguarding.decided", "without reasons", "/data/reasons", "null", "/data/reasons", "type: want object"},
	{"staff.excluded", "by a name", "/data/staff", `"Wren"`, "/data/staff", "pattern"},
	{"staff.recorded", "with a name", "/data/name", `"` + secret + `"`, "/data", "additionalProperties: unknown member"},
	{"staff.recorded.v2", "initials in small letters", "/data/initials", `"kp"`, "/data/initials", "pattern"},
	{"staff.recorded", "role that is none", "/data/role", `"` + secret + `"`, "/data/role", "enum"},
}

// husband is a person of the examples.
const husband = "3f6a1c09d2e84b57a0c4e1f29b7d6853"

// TestEveryTypeIsRefused: each type and version has a bad body of its own.
func TestEveryTypeIsRefused(t *testing.T) {
	for _, name := range names() {
		if !slices.ContainsFunc(refused, func(r refusal) bool { return r.typ == name || r.typ+".v1" == name }) {
			t.Errorf("%s is in no row", name)
		}
	}
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
