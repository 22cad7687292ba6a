package events_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
)

// What a parser accepts re-encodes to the same bytes.

func FuzzParseLink(f *testing.F) {
	f.Add([]byte(goodLink()))
	r := eventstest.NewChain("fuzz").Add("a").Record(1)
	f.Add(r.Link.Append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := events.ParseLink(in)
		if err != nil {
			t.Skip()
		}
		if got := l.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}

func FuzzParseDetail(f *testing.F) {
	f.Add([]byte(goodDetail()))
	f.Add([]byte(strings.Replace(goodDetail(), "case/"+chainHex, "service", 1)))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := events.ParseDetail(in)
		if err != nil {
			t.Skip()
		}
		if got := d.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	c := eventstest.NewChain("fuzz").Add("a", `{"text":"one two"}`, "{}")
	for _, p := range c.Payloads() {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := events.ParseRecord(in)
		if err != nil {
			t.Skip()
		}
		if got := r.Append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
		key := eventstest.KeyOf(r.Detail.Key)
		if body, err := events.Open(&r, &key, nil); err == nil {
			if err := events.CheckBody(body); err != nil {
				t.Errorf("opened %q: %v", body, err)
			}
		} else if !errors.Is(err, events.ErrSealed) {
			t.Error(err)
		}
	})
}

// CheckCanonical accepts exactly what Canonicalize returns unchanged.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{"actor":"staff-07","data":{"text":"a \"b\"\n"},"occurred":null,"type":"t","v":1}`,
		`{"b":[1,-2,{"a":true}],"a":"\ud83d\ude00\u0009"}`, ` [ ] `, `-0`, `9007199254740991`, `"\u2028"`, "\"\u007f\"", `{"a":1,"a":2}`, `"\ud800"`, `[1.0,1e3]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := events.Canonicalize(in)
		same := err == nil && bytes.Equal(out, in)
		check := events.CheckCanonical(in)
		if (check == nil) != same {
			t.Errorf("%q: Canonicalize gives %q, %v, CheckCanonical %v", in, out, err, check)
		}
		if err == nil {
			if err := events.CheckCanonical(out); err != nil {
				t.Errorf("%q becomes %q: %v", in, out, err)
			}
		}
		if b, err := events.ParseBody(in); err == nil {
			back, err := events.EncodeBody(b.Type, b.V, b.Actor, b.Occurred, b.Data)
			if err != nil || !bytes.Equal(back, in) {
				t.Errorf("%q becomes %q, %v", in, back, err)
			}
		}
	})
}

// FuzzUnflatten reads parts from lines "kind path value" and holds that what
// is accepted flattens to the same parts.
func FuzzUnflatten(f *testing.F) {
	for _, data := range []string{`{}`, `{"a":[{"b":[]},1],"text":"one two"}`, `{"a":{"text":""},"text":" x"}`} {
		parts, err := events.Flatten(bodyWith(data))
		if err != nil {
			f.Fatal(err)
		}
		var lines []string
		for _, p := range parts {
			lines = append(lines, string(rune('0'+p.Kind))+" "+p.Path+" "+p.Value)
		}
		f.Add(strings.Join(lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, in string) {
		var parts []events.Part
		for i, line := range strings.Split(in, "\n") {
			kind, rest, _ := strings.Cut(line, " ")
			path, value, _ := strings.Cut(rest, " ")
			p := events.Part{Index: uint64(i), Path: path, Value: value}
			if kind == "0" {
				p = events.Part{Index: uint64(i), Decoy: true}
			} else if kind != "" {
				p.Kind = events.Kind(kind[0] - '0')
			}
			parts = append(parts, p)
		}
		body, err := events.Unflatten(parts)
		if err != nil {
			t.Skip()
		}
		got, err := events.Flatten(body)
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		decoy := func(p events.Part) bool { return p.Decoy }
		if got, want := slices.DeleteFunc(got, decoy), slices.DeleteFunc(parts, decoy); !slices.Equal(got, want) {
			t.Errorf("accepted %+v but flattens to %+v", want, got)
		}
	})
}

func FuzzKeyRef(f *testing.F) {
	f.Add("case/" + chainHex + "/1")
	f.Add("service/9007199254740991")
	f.Fuzz(func(t *testing.T, in string) {
		k, err := events.ParseKeyRef(in)
		if err != nil {
			t.Skip()
		}
		if got := k.String(); got != in {
			t.Errorf("accepted %q but re-encodes as %q", in, got)
		}
	})
}

func FuzzIDs(f *testing.F) {
	f.Add(goodID)
	f.Add("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
	f.Add("8ZZZZZZZZZZZZZZZZZZZZZZZZZ")
	f.Add(hex64)
	f.Add(chainHex)
	f.Fuzz(func(t *testing.T, in string) {
		if id, err := events.ParseID(in); err == nil && id.String() != in {
			t.Errorf("accepted id %q but re-encodes as %q", in, id)
		}
		if h, err := events.ParseHash(in); err == nil && h.String() != in {
			t.Errorf("accepted hash %q but re-encodes as %q", in, h)
		}
		if c, err := events.ParseChain(in); err == nil && c.String() != in {
			t.Errorf("accepted chain %q but re-encodes as %q", in, c)
		}
	})
}
