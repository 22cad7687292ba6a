package schemas

import (
	"bytes"
	"embed"
	"errors"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

//go:embed examples/*.json
var exampleFiles embed.FS

// example returns the canonical body of the one good example of a type.
func example(t testing.TB, typ string) []byte {
	t.Helper()
	b, err := exampleFiles.ReadFile("examples/" + typ + ".v1.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := events.Canonicalize(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// roundTrip decodes data into its Go type and encodes it again.
var roundTrip = map[string]func([]byte) ([]byte, error){
	"referral.received":   reencode[ReferralReceived],
	"client.recorded":     reencode[ClientRecorded],
	"safe-contact.set":    reencode[SafeContactSet],
	"case.allocated":      reencode[CaseAllocated],
	"contact.attempted":   reencode[ContactAttempted],
	"contact.recorded":    reencode[ContactRecorded],
	"contact.corrected":   reencode[ContactCorrected],
	"incident.disclosed":  reencode[IncidentDisclosed],
	"risk.reviewed":       reencode[RiskReviewed],
	"plan.changed":        reencode[PlanChanged],
	"case.closed":         reencode[CaseClosed],
	"disclosure.exported": reencode[DisclosureExported],
}

func reencode[T any](b []byte) ([]byte, error) {
	v, err := DecodeData[T](b)
	if err != nil {
		return nil, err
	}
	return EncodeData(v)
}

func TestEveryTypeHasItAll(t *testing.T) {
	s := Default()
	if len(s.Types()) != len(roundTrip) {
		t.Errorf("%d types have a schema, %d a Go type", len(s.Types()), len(roundTrip))
	}
	for _, typ := range s.Types() {
		t.Run(typ, func(t *testing.T) {
			if v, ok := s.Latest(typ); v != 1 || !ok {
				t.Errorf("Latest = %d, %v", v, ok)
			}
			body := example(t, typ)
			if err := s.Validate(body); err != nil {
				t.Fatal(err)
			}
			if err := libraryVerdict(t, body); err != nil {
				t.Errorf("the library refuses the example: %v", err)
			}
			b, err := events.ParseBody(body)
			if err != nil {
				t.Fatal(err)
			}
			if b.Type != typ {
				t.Errorf("the example is of %s", b.Type)
			}
			again, err := roundTrip[typ](b.Data)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, b.Data) {
				t.Errorf("the Go type gives\n%s\nwant\n%s", again, b.Data)
			}
			if again, err = reencode[Occurred](b.Occurred); err != nil || !bytes.Equal(again, b.Occurred) {
				t.Errorf("occurred gives %s, %v", again, err)
			}
		})
	}
	if _, ok := s.Latest("contact"); ok {
		t.Error("Latest of an unknown type")
	}
	if !slices.IsSorted(s.Types()) {
		t.Error("types out of order")
	}
}

func TestVersion(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, at string }{
		"unknown type":    {`"type":"case.allocated"`, `"type":"case.lost"`, "/type"},
		"escaped type":    {`"type":"case.allocated"`, `"type":"case.\tlost"`, "/type"},
		"type is null":    {`"type":"case.allocated"`, `"type":null`, ""},
		"no type":         {`"type":"case.allocated",`, ``, ""},
		"version is text": {`"v":1`, `"v":"1"`, ""},
		"version 01":      {`"v":1`, `"v":01`, ""},
		"member behind v": {`"v":1`, `"v":1,"w":1`, ""},
		"unknown version": {`"v":1`, `"v":2`, "/v"},
		"version 0":       {`"v":1`, `"v":0`, "/v"},
		"version below 0": {`"v":1`, `"v":-1`, "/v"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Default().Validate(bytes.Replace(example(t, "case.allocated"), []byte(tc.old), []byte(tc.new), 1))
			want := events.ErrVersion
			if tc.at == "" {
				want = events.ErrInvalid
			}
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, want) || e.Pointer != tc.at {
				t.Fatalf("got %v, want %v at %q", err, want, tc.at)
			}
			if strings.Contains(err.Error(), "lost") {
				t.Errorf("quotes the type: %v", err)
			}
		})
	}
}
