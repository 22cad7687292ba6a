package schemas

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contact is a contact of about 1.3 KB of text in six statements.
func contact(b testing.TB) []byte {
	body := example(b, "contact.recorded")
	long := []byte(`"text":"He stood at the gate until the bus came and walked beside us as far as the corner; the boy held my hand so tightly that his fingers were white, and neither of us said a word until we were on the bus. `)
	return bytes.Replace(body, []byte(`"text":"He stood at the gate until the bus came. `), long, 1)
}

func BenchmarkValidate(b *testing.B) {
	body := contact(b)
	s := Default()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if err := s.Validate(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpcast(b *testing.B) {
	body := parse(b, contact(b))
	b.ReportAllocs()
	b.SetBytes(int64(len(body.Data)))
	for b.Loop() {
		if _, err := Upcast(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLibrary is the same body through the library alone.
func BenchmarkLibrary(b *testing.B) {
	body := contact(b)
	m, err := oracle()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if err := m["contact.recorded.v1"].Validate(v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile is what the first Default costs.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := compile("."); err != nil {
			b.Fatal(err)
		}
	}
}
