package schemas

import (
	"bytes"
	"slices"
	"testing"

	"caseledger/events"
)

// FuzzValidate: whatever the bytes, Validate does not panic; on a canonical
// body of a known type its verdict is the library's.
func FuzzValidate(f *testing.F) {
	for _, name := range names() {
		f.Add(example(f, name))
	}
	for _, s := range []string{
		``, `{}`, `}`, `"v":1}`, `{"type":"case.allocated","v":1}`, `{"data":,"type":"case.allocated","v":1}`,
		`{"actor":"staff-01","data":{"made":{"from":"live","kept":null,"late":null,"reference":null},"type":"case.allocated","v":1}`,
		`{"actor":"\","type":"case.allocated","v":1}`, `{"actor":[[[[,"type":"case.allocated","v":1}`,
		`{"actor":"a","data":{},"occurred":{"from":"","precision":"exact","to":"2026"},"type":"case.closed","v":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := Default().Validate(body)
		if events.CheckCanonical(body) != nil {
			return
		}
		if !versioned(body) {
			if err == nil {
				t.Error("accepted an unknown type")
			}
			return
		}
		agree(t, body, "this body")
	})
}

// FuzzSecret: a value anywhere in the body is in no error.
func FuzzSecret(f *testing.F) {
	types := names()
	for i := range types {
		f.Add(uint8(i), uint16(9*i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, typ uint8, at uint16, how uint8) {
		body := example(t, types[int(typ)%len(types)])
		quote := []byte{'"'}
		// Put the secret behind a quotation mark: into a string or a name.
		i := int(at) % bytes.Count(body, quote)
		parts := bytes.SplitAfterN(body, quote, i+2)
		value := []string{secret, `\n` + secret, secret + `\"`}[how%3]
		bad := slices.Concat(bytes.Join(parts[:i+1], nil), []byte(value), parts[i+1])
		if err := Default().Validate(bad); err != nil && bytes.Contains([]byte(err.Error()), []byte(secret)) {
			t.Errorf("quotes the secret: %v", err)
		}
		if events.CheckCanonical(bad) == nil && versioned(bad) {
			agree(t, bad, "this body")
		}
	})
}

// versioned reports whether the body is of a type and version with a schema.
func versioned(body []byte) bool {
	typ, v := (&checker{b: body}).head()
	n, ok := parseInt(v)
	return ok && n > 0 && known(Default().roots[string(typ)], uint64(n)) == nil
}
