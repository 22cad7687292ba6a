package schemas

import (
	"bytes"
	"embed"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"caseledger/events"
)

//go:embed examples/*.json
var exampleFiles embed.FS

// example returns the canonical body of the one good example of a type, or of
// one of its later versions, such as "risk.reviewed.v2".
func example(t testing.TB, name string) []byte {
	t.Helper()
	if _, _, err := splitName(name + ".json"); err != nil {
		name += ".v1"
	}
	b, err := exampleFiles.ReadFile("examples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := events.Canonicalize(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// names returns every type with its version, as its files are named.
func names() []string {
	var all []string
	for _, typ := range Default().Types() {
		newest, _ := Default().Latest(typ)
		for v := uint64(1); v <= newest; v++ {
			all = append(all, typ+".v"+strconv.FormatUint(v, 10))
		}
	}
	return all
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
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			body := example(t, name)
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
			if got := b.Type + ".v" + strconv.FormatUint(b.V, 10); got != name {
				t.Errorf("the example is of %s", got)
			}
			i := findForm(b.Type, b.V)
			if i < 0 {
				t.Fatal("no Go type")
			}
			data, err := forms[i].decode(b.Data)
			if err != nil {
				t.Fatal(err)
			}
			if typ, v, ok := TypeOf(data); typ != b.Type || v != b.V || !ok {
				t.Errorf("TypeOf = %s, %d, %v", typ, v, ok)
			}
			if again, err := EncodeData(data); err != nil || !bytes.Equal(again, b.Data) {
				t.Errorf("the Go type gives\n%s, %v\nwant\n%s", again, err, b.Data)
			}
			if again, err := reencode[Occurred](b.Occurred); err != nil || !bytes.Equal(again, b.Occurred) {
				t.Errorf("occurred gives %s, %v", again, err)
			}
		})
	}
	if len(forms) != len(names()) {
		t.Errorf("%d schemas, %d Go types", len(names()), len(forms))
	}
	if _, ok := s.Latest("contact"); ok {
		t.Error("Latest of an unknown type")
	}
	if _, _, ok := TypeOf(Prose{}); ok {
		t.Error("TypeOf of what is no event type")
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
