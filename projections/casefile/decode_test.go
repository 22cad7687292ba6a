package casefile

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/schemas"
)

// slowly decodes as package schemas does.
func slowly[T any](data []byte) (any, error) {
	v, err := schemas.DecodeData[T](data)
	return &v, err
}

// TestDecode: the fast way is the slow one, over every type.
func TestDecode(t *testing.T) {
	for _, b := range bodies(t) {
		b, err := schemas.Upcast(b)
		if err != nil {
			t.Fatal(err)
		}
		fast, err := decoders[b.Type].read(b.Data)
		if err != nil {
			t.Fatal(err)
		}
		slow := reflect.New(reflect.TypeOf(fast).Elem())
		d := decoder{s: string(b.Data)}
		if !d.value(slow.Elem()) || d.at != len(d.s) {
			t.Errorf("%s: left to the slow way", b.Type)
		}
		again, err := schemas.EncodeData(fast)
		if err != nil || string(again) != string(b.Data) {
			t.Errorf("%s: encodes to something else: %v", b.Type, err)
		}
	}
}

// TestDecodeOlder: what is read without bringing it to its newest version is
// what it is at that, over every type that is read so.
func TestDecodeOlder(t *testing.T) {
	older := map[string]bool{}
	for _, b := range bodies(t) {
		got, err := decode(b)
		if err != nil {
			t.Fatal(err)
		}
		newest, err := schemas.Upcast(b)
		if err != nil {
			t.Fatal(err)
		}
		want, err := decoders[b.Type].read(newest.Data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s, version %d: read as %+v, not as %+v: %v", b.Type, b.V, got, want, err)
		}
		if newest.V > b.V {
			older[b.Type] = true
		}
	}
	for typ := range lacking {
		if !older[typ] {
			t.Errorf("%s: no example of an older version", typ)
		}
		newest, _ := schemas.Default().Latest(typ)
		for _, v := range []uint64{0, newest + 1} {
			if _, err := decode(events.Body{Type: typ, V: v, Data: []byte("{}")}); !errors.Is(err, events.ErrVersion) {
				t.Errorf("%s, version %d: %v", typ, v, err)
			}
		}
	}
}

func TestDecodeStrings(t *testing.T) {
	for _, s := range []string{"", "a", `a "b" \ c`, "\t\n\r", strings.Repeat("x", 1000), "ਪੰਜਾਬੀ", "\"", "\\\\n"} {
		data, err := schemas.EncodeData(schemas.Prose{Text: s})
		if err != nil {
			t.Fatal(err)
		}
		v := schemas.Prose{}
		d := decoder{s: string(data)}
		if !d.value(reflect.ValueOf(&v).Elem()) || v.Text != s {
			t.Errorf("%q is read as %q", s, v.Text)
		}
	}
}

// TestDecodeRefuses: what is not canonical or of another shape is left to the
// slow way, never taken for something else.
func TestDecodeRefuses(t *testing.T) {
	for _, s := range []string{
		``, `{`, `{"text"`, `{"text":`, `{"text":"`, `{"text":"a"`, `{"text":"a\`, `{"text":"a"}}`, `{"text":1}`, `{"other":"a"}`,
		`{"text":"a","text":"b"}`, `{"text":"\u0041"}`, ` {"text":"a"}`, `[]`, `null`, `{"text":null}`,
	} {
		v := schemas.Prose{}
		d := decoder{s: s}
		if d.value(reflect.ValueOf(&v).Elem()) && d.at == len(s) {
			t.Errorf("%s is read as %+v", s, v)
		}
	}
}

// FuzzDecode: of canonical JSON the fast way never says something else than the
// slow one.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"made":{"from":"live","kept":null,"late":null,"reference":null},"actions":[]}`,
		`{"actions":[{"aim":{"text":"x"},"area":"money","due":null,"funding":null,"id":"a","outcome":null,"owner":"b","risk":null,"status":"done"}]}`,
		`{"from":"2026-10-27","precision":"date","to":null}`, `{"actions":null}`, `{}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if events.CheckCanonical(data) != nil {
			t.Skip()
		}
		check[schemas.PlanChanged](t, data)
		check[schemas.Occurred](t, data)
		check[schemas.ContactCorrected](t, data)
	})
}

func check[T any](t *testing.T, data []byte) {
	var fast T
	d := decoder{s: string(data)}
	if !d.value(reflect.ValueOf(&fast).Elem()) || d.at != len(d.s) {
		return
	}
	slow, err := slowly[T](data)
	if err != nil || !reflect.DeepEqual(&fast, slow) {
		t.Errorf("%T: %+v, the slow way says %+v, %v", fast, fast, slow, err)
	}
}
