package schemas

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

// plainly is every step once more, from Go type to Go type.
var plainly = map[string]func(data []byte) (any, error){
	"contact.recorded": from(func(o ContactRecorded) any {
		n := ContactRecordedV2{Made: o.Made, Channel: o.Channel, Direction: o.Direction, Number: o.Number, Place: o.Place, With: o.With,
			Present: o.Present, Interpreter: o.Interpreter, SafeContactChecked: o.SafeContactChecked, NextContact: o.NextContact}
		for _, s := range o.Statements {
			n.Statements = append(n.Statements, StatementV2{Kind: s.Kind, Speaker: s.Speaker, Text: s.Text, Language: s.Language,
				Because: s.Because, PassedBy: s.PassedBy, Translation: s.Translation})
		}
		return n
	}),
	"attachment.added": from(func(o AttachmentAdded) any {
		return AttachmentAddedV2{Made: o.Made, Name: o.Name, MediaType: o.MediaType, Size: o.Size, SHA256: o.SHA256, Stored: o.Stored, Kind: o.Kind, From: o.From,
			ProducedBy: o.ProducedBy, Produced: o.Produced, Equipment: o.Equipment, DerivedFrom: o.DerivedFrom, Description: o.Description}
	}),
	"disclosure.approved": from(func(o DisclosureApproved) any {
		return DisclosureApprovedV2{Made: o.Made, Decision: o.Decision, By: o.By, Approved: o.Approved, Pages: o.Pages, Reasons: o.Reasons}
	}),
	"disclosure.decided": from(func(o DisclosureDecided) any {
		return DisclosureDecidedV2{Made: o.Made, Request: o.Request, By: o.By, Decision: o.Decision, Tests: o.Tests, ClientTold: &o.ClientTold,
			Advice: o.Advice, AdviceFrom: o.AdviceFrom, Consulted: o.Consulted, From: o.From, To: o.To, Kinds: o.Kinds, Closings: o.Closings}
	}),
	"disclosure.exported": from(func(o DisclosureExported) any {
		return DisclosureExportedV2{Officer: o.Officer, Force: o.Force, Reference: o.Reference, From: o.From, To: o.To, Kinds: o.Kinds, Exhibit: o.Exhibit,
			Copy: o.Copy, Recipient: o.Recipient, Closings: o.Closings, Manifest: o.Manifest, Request: o.Request, Decision: o.Decision}
	}),
	"staff.recorded": from(func(o StaffRecorded) any {
		return StaffRecordedV2{Staff: o.Staff, Role: o.Role, Active: o.Active, Cap: o.Cap, FaceToFace: o.FaceToFace, Languages: o.Languages, By: o.By}
	}),
	"incident.disclosed": from(func(o IncidentDisclosed) any {
		n := IncidentDisclosedV2{Made: o.Made, Happened: o.Happened, What: o.What, Through: "not-known", ChildrenPresent: "not-known",
			Reported: o.Reported, Reference: o.Reference, DisclosedIn: o.DisclosedIn}
		if o.Perpetrator != nil {
			n.Perpetrators = []Doer{{Who: o.Perpetrator}}
		}
		return n
	}),
	"referral.received": from(func(o ReferralReceived) any {
		n := ReferralReceivedV2{Made: o.Made, Source: o.Source, Agency: o.Agency, Received: o.Received, Reason: o.Reason, Flags: o.Flags}
		if o.Source == "marac" {
			n.Marac = &ReferralMarac{Area: *o.Agency, Repeat: "not-known"}
		}
		return n
	}),
	"risk.reviewed": from(func(o RiskReviewed) any {
		return RiskReviewedV2{Made: o.Made, Instrument: o.Instrument, Answers: o.Answers, Judgement: o.Judgement, Criteria: o.Criteria, Rule: o.Rule}
	}),
	"safe-contact.set": from(func(o SafeContactSet) any {
		n := SafeContactSetV2{Made: o.Made, CodeWord: o.CodeWord, Expires: o.Expires}
		for _, c := range o.Channels {
			n.Channels = append(n.Channels, SafeChannelV2{Channel: c.Channel, Allowed: c.Allowed, Times: c.Times, Reason: c.Reason, Address: c.Address})
		}
		for _, p := range o.Places {
			n.Places = append(n.Places, SafePlace{Kind: "other", Place: &p})
		}
		return n
	}),
}

func from[T any](to func(T) any) func([]byte) (any, error) {
	return func(data []byte) (any, error) {
		old, err := DecodeData[T](data)
		if err != nil {
			return nil, err
		}
		return to(old), nil
	}
}

func parse(t testing.TB, body []byte) events.Body {
	t.Helper()
	b, err := events.ParseBody(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestUpcast takes the first versions, and every change of them that still
// holds to its schema, to the newest.
func TestUpcast(t *testing.T) {
	for typ, plain := range plainly {
		t.Run(typ, func(t *testing.T) {
			first := example(t, typ)
			bodies := [][]byte{first}
			for pointer := range pointers(t, first) {
				for _, value := range []string{"null", "false", `"Ö \"a\""`, `"no"`, `"self"`, "[]", "7"} {
					if pointer == "/type" || pointer == "/v" {
						continue
					}
					if b := mutate(t, first, pointer, value); Default().Validate(b) == nil {
						bodies = append(bodies, b)
					}
				}
			}
			for _, body := range bodies {
				b := parse(t, body)
				want, err := plain(b.Data)
				if err != nil {
					t.Fatal(err)
				}
				wantData, err := EncodeData(want)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Upcast(b)
				if err != nil {
					t.Fatalf("%v of %s", err, body)
				}
				if !bytes.Equal(got.Data, wantData) {
					t.Fatalf("got  %s\nwant %s", got.Data, wantData)
				}
				if newest, _ := Default().Latest(typ); got.V != newest || got.Raw != nil || got.Type != typ || got.Actor != b.Actor || !bytes.Equal(got.Occurred, b.Occurred) {
					t.Fatalf("got %s %d, raw %t", got.Type, got.V, got.Raw != nil)
				}
				whole, err := events.EncodeBody(got.Type, got.V, got.Actor, got.Occurred, got.Data)
				if err != nil {
					t.Fatal(err)
				}
				if err := Default().Validate(whole); err != nil {
					t.Fatalf("the result: %v", err)
				}
				data, err := Decode(b)
				if err != nil {
					t.Fatal(err)
				}
				if again, err := EncodeData(data); err != nil || !bytes.Equal(again, wantData) {
					t.Fatalf("Decode gives %s, %v", again, err)
				}
			}
			if len(bodies) < 10 {
				t.Errorf("only %d bodies", len(bodies))
			}
		})
	}
}

// TestSteps: there is a step from every version to the next, its changes in
// byte order, and the test knows all of them.
func TestSteps(t *testing.T) {
	for _, typ := range Default().Types() {
		newest, _ := Default().Latest(typ)
		if uint64(len(steps[typ]))+1 != newest {
			t.Errorf("%s: %d versions, %d steps", typ, newest, len(steps[typ]))
		}
		for _, s := range steps[typ] {
			if !slices.IsSortedFunc(s, func(a, b change) int { return strings.Compare(a.name, b.name) }) {
				t.Errorf("%s: changes out of order", typ)
			}
		}
		if (newest > 1) != (plainly[typ] != nil) {
			t.Errorf("%s: the test does not follow", typ)
		}
	}
}

func TestUpcastOfTheNewest(t *testing.T) {
	for _, name := range []string{"case.allocated", "risk.reviewed.v2"} {
		b := parse(t, example(t, name))
		got, err := Upcast(b)
		if err != nil || !bytes.Equal(got.Raw, b.Raw) || got.V != b.V || &got.Data[0] != &b.Data[0] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUpcastRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		b    events.Body
		want error
	}{
		"unknown type":           {events.Body{Type: secret, V: 1}, events.ErrVersion},
		"version 0":              {events.Body{Type: "risk.reviewed", V: 0}, events.ErrVersion},
		"version to come":        {events.Body{Type: "risk.reviewed", V: 3}, events.ErrVersion},
		"nothing":                {events.Body{Type: "risk.reviewed", V: 1}, events.ErrInvalid},
		"an array":               {events.Body{Type: "risk.reviewed", V: 1, Data: []byte(`["` + secret + `"]`)}, events.ErrInvalid},
		"no end":                 {events.Body{Type: "risk.reviewed", V: 1, Data: []byte(`{"a":"` + secret + `"`)}, events.ErrInvalid},
		"name without end":       {events.Body{Type: "risk.reviewed", V: 1, Data: []byte(`{"` + secret)}, events.ErrInvalid},
		"no statements":          {events.Body{Type: "contact.recorded", V: 1, Data: []byte(`{"a":"` + secret + `"}`)}, events.ErrInvalid},
		"statement is a number":  {events.Body{Type: "contact.recorded", V: 1, Data: []byte(`{"statements":[7]}`)}, events.ErrInvalid},
		"statements do not end":  {events.Body{Type: "contact.recorded", V: 1, Data: []byte(`{"statements":[{"a":1}`)}, events.ErrInvalid},
		"no perpetrator":         {events.Body{Type: "incident.disclosed", V: 1, Data: []byte(`{"a":1}`)}, events.ErrInvalid},
		"Marac without a name":   {events.Body{Type: "referral.received", V: 1, Data: []byte(`{"source":"marac"}`)}, events.ErrInvalid},
		"places are a word":      {events.Body{Type: "safe-contact.set", V: 1, Data: []byte(`{"channels":[],"places":"` + secret + `"}`)}, events.ErrInvalid},
		"channels of a place":    {events.Body{Type: "safe-contact.set", V: 1, Data: []byte(`{"channels":["` + secret + `"],"places":[]}`)}, events.ErrInvalid},
		"value without a colon":  {events.Body{Type: "risk.reviewed", V: 1, Data: []byte(`{"a""` + secret + `"}`)}, events.ErrInvalid},
		"value that is no value": {events.Body{Type: "risk.reviewed", V: 1, Data: []byte(`{"a":` + secret + `}`)}, events.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Upcast(tc.b)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("quotes the data: %v", err)
			}
			if _, err := Decode(tc.b); !errors.Is(err, tc.want) {
				t.Errorf("Decode: %v", err)
			}
		})
	}
}

// FuzzUpcast: whatever the data, Upcast does not panic; of a body that
// Validate accepts it makes one that Validate accepts.
func FuzzUpcast(f *testing.F) {
	types := slices.Sorted(maps.Keys(steps))
	for i, typ := range types {
		f.Add(uint8(i), parse(f, example(f, typ)).Data)
	}
	for _, s := range []string{``, `{}`, `{`, `{"`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"statements":[`, `{"perpetrator":`, `{"agency":,"source":"marac"}`, `{"channels":[{}],"places":[1]}`} {
		for i := range types {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, typ uint8, data []byte) {
		b := events.Body{Type: types[int(typ)%len(types)], V: 1, Actor: "staff-07", Occurred: []byte(`{"from":null,"precision":"unknown","to":null}`), Data: data}
		up, err := Upcast(b)
		old, badOld := events.EncodeBody(b.Type, b.V, b.Actor, b.Occurred, b.Data)
		if badOld != nil || Default().Validate(old) != nil {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		whole, err := events.EncodeBody(up.Type, up.V, up.Actor, up.Occurred, up.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := Default().Validate(whole); err != nil {
			t.Fatal(err)
		}
	})
}
