package projections

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
)

// seeds are bodies of every type.
func seeds(f testing.TB) [][]byte {
	paths, err := filepath.Glob(filepath.Join("..", "schemas", "examples", "*.json"))
	if err != nil || len(paths) == 0 {
		f.Fatal("no examples", err)
	}
	var list [][]byte
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		if b, err = events.Canonicalize(b); err != nil {
			f.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

func FuzzState(f *testing.F) {
	for _, body := range seeds(f) {
		s := &state{}
		r := events.Record{}
		if e, fs, err := extract(&r, body, found{}); err == nil {
			s.fold(&e, &fs)
		}
		f.Add(s.append(nil))
	}
	f.Add((&state{}).append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := decodeState(in)
		if err != nil {
			t.Skip()
		}
		if got := s.append(nil); !bytes.Equal(got, in) {
			t.Errorf("accepted %x but encodes as %x", in, got)
		}
		// Whatever it holds can be shown.
		p := policy.Default()
		row := caseRow(caseValue{state: s}, p, now)
		if _, err := json.Marshal(row); err != nil {
			t.Error(err)
		}
		s.due(p, func(d dueItem) { d.reason(p) })
	})
}

func FuzzBrief(f *testing.F) {
	d := events.Detail{At: eventstest.Start}
	for _, body := range seeds(f) {
		var w briefing
		if err := w.write(7, &d, body); err != nil {
			f.Fatal(err)
		}
		f.Add(w.plain)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		b, _, err := decodeBrief(in, nil)
		if fast := new(briefReader); err != nil {
			if _, ok := fast.read(1, in); ok {
				t.Errorf("%x does not decode and was read", in)
			}
		}
		if err != nil || events.CheckCanonical(b.body) != nil {
			t.Skip()
		}
		readAlike(t, in)
		d := events.Detail{ID: b.id, At: time.UnixMicro(b.recorded)}
		var again briefing
		if err := again.write(b.stream, &d, b.body); err != nil {
			t.Fatalf("accepted %x but does not encode: %v", in, err)
		}
		// What was no text before may be named as one.
		c, _, err := decodeBrief(again.plain, nil)
		if err != nil {
			t.Fatalf("accepted %x, encodes as %x: %v", in, again.plain, err)
		}
		if want := withoutTexts(t, b.body); !bytes.Equal(c.body, want) || !bytes.Equal(again.short, want) || c.stream != b.stream || c.id != b.id || c.recorded != b.recorded {
			t.Errorf("accepted %x: encodes as %+v, want %s", in, c, want)
		}
	})
}

// readAlike checks that a brief is read into the same file, whether or not its body
// is written first, and reports whether it need not be.
func readAlike(t *testing.T, plain []byte) bool {
	t.Helper()
	got, ok := new(briefReader).read(1, plain)
	if !ok {
		return false
	}
	slow, err := briefEvent(1, plain)
	if err != nil {
		t.Fatalf("%x was read, and does not split: %v", plain, err)
	}
	var files [2]*casefile.File
	for i, e := range []casefile.Event{got, slow} {
		if files[i], err = casefile.Fold([]casefile.Event{e}, casefile.Cut{}); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(files[0], files[1]) {
		t.Errorf("%x is read as %+v, want %+v", plain, files[0], files[1])
	}
	return true
}

// withoutTexts is a canonical value with "" for every text, by way of
// encoding/json.
func withoutTexts(t testing.TB, body []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var blank func(v any)
	blank = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, x := range v {
				if _, is := x.(string); is && name == "text" {
					v[name] = ""
				}
				blank(x)
			}
		case []any:
			for _, x := range v {
				blank(x)
			}
		}
	}
	blank(v)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	out, err := events.Canonicalize(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzSealed takes frames of sealed values apart, and the fixed-width values
// with them.
func FuzzSealed(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{2})
	f.Add(append([]byte{1, 1}, make([]byte, 28)...))
	h := Head{Seq: 1, StreamSeq: 2, KeyGen: 3}
	f.Add(h.append(nil))
	p := position{seq: 1}
	f.Add(p.append(nil))
	hd := header{version: 1, origin: "a"}
	f.Add(hd.append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		if gen, body, err := splitSealed(in); err == nil && (gen == 0 || len(body) < nonceSize+tagSize) {
			t.Errorf("accepted %x", in)
		}
		if h, err := decodeHead(in); err == nil && !bytes.Equal(h.append(nil), in) {
			t.Errorf("head %x", in)
		}
		if p, err := decodePosition(in); err == nil && !bytes.Equal(p.append(nil), in) {
			t.Errorf("position %x", in)
		}
		if h, err := decodeHeader(in); err == nil && !bytes.Equal(h.append(nil), in) {
			t.Errorf("header %x", in)
		}
	})
}

// FuzzBody folds canonical bodies that no schema has seen.
func FuzzBody(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		// Whatever it is: no panic, which extract would hide.
		e, err := parseEvent(1, now, in, found{})
		if err != nil {
			return
		}
		var fs facts
		if err := readFacts(&e, &fs); err != nil {
			return
		}
		s := &state{}
		s.fold(&e, &fs)
		s.fold(&e, &fs)
		makeRow(&e, &fs)
		if events.CheckCanonical(in) != nil {
			return
		}
		if got, err := decodeState(s.append(nil)); err != nil {
			t.Errorf("the state of %s does not decode", in)
		} else if !bytes.Equal(got.append(nil), s.append(nil)) {
			t.Errorf("the state of %s decodes as another", in)
		}
		w := briefing{in: found{make([]member, 3), make([]member, 3)}}
		if err := w.write(1, &events.Detail{At: now}, in); err != nil {
			t.Fatalf("%s has no brief: %v", in, err)
		}
		readAlike(t, w.plain)
		if b, _, err := decodeBrief(w.plain, nil); err != nil {
			t.Errorf("the brief of %s does not decode", in)
		} else if want := withoutTexts(t, in); !bytes.Equal(b.body, want) || !bytes.Equal(w.short, want) {
			t.Errorf("the brief of %s has %s and gives %s, want %s", in, b.body, w.short, want)
		}
		sameRead(t, &w)
	})
}

// sameRead checks that the members which were found while a brief was written
// are those that its body has.
func sameRead(t *testing.T, w *briefing) {
	t.Helper()
	type read struct {
		e    event
		f    facts
		errs [2]error
	}
	with := func(in found) (r read) {
		if r.e, r.errs[0] = parseEvent(1, now, w.short, in); r.errs[0] == nil {
			r.errs[1] = readFacts(&r.e, &r.f)
		}
		r.e.members = nil
		return r
	}
	if got, want := with(w.in), with(found{}); !reflect.DeepEqual(got, want) {
		t.Errorf("%s reads as %+v with its members found before, want %+v", w.short, got, want)
	}
}

// The walk over canonical JSON finds what encoding/json finds.
func TestMembersAgreesWithJSON(t *testing.T) {
	name := rapid.StringMatching(`[a-z][a-z0-9_]{0,6}`)
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaf := []*rapid.Generator[any]{
			rapid.String().AsAny(), rapid.Int32().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
			rapid.StringMatching(`["\\\n{}\[\],:]{0,8}`).AsAny(),
		}
		if depth > 0 {
			leaf = append(leaf,
				rapid.Map(rapid.SliceOfN(value(depth-1), 0, 4), func(v []any) any { return v }),
				rapid.Map(rapid.MapOfN(name, value(depth-1), 0, 4), func(v map[string]any) any { return v }))
		}
		return rapid.OneOf(leaf...)
	}
	rapid.Check(t, func(t *rapid.T) {
		obj := rapid.MapOfN(name, value(2), 0, 6).Draw(t, "object")
		loose, err := json.Marshal(obj)
		if err != nil {
			t.Skip()
		}
		b, err := events.Canonicalize(loose)
		if err != nil {
			t.Skip() // C0 controls
		}
		got := map[string]any{}
		err = members(b, func(name, val []byte) error {
			var v any
			if err := json.Unmarshal(val, &v); err != nil {
				return err
			}
			if s, ok := v.(string); ok {
				if mine, err := text(val); err != nil || mine != s {
					t.Fatalf("%s reads as %q, %v", val, mine, err)
				}
			}
			got[string(name)] = v
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		a, _ := json.Marshal(got)
		w, _ := json.Marshal(obj)
		if !bytes.Equal(a, w) {
			t.Fatalf("%s reads as %s", w, a)
		}
	})
}

// Nothing of the words of an event, of its names, numbers and addresses stands
// in what a list shows, whatever they are.
func TestSummariesHoldNoWords(t *testing.T) {
	const secret = "Zebra-Secret"
	rapid.Check(t, func(t *rapid.T) {
		paths, _ := filepath.Glob(filepath.Join("..", "schemas", "examples", "*.json"))
		b, err := os.ReadFile(rapid.SampledFrom(paths).Draw(t, "type"))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		v = mark(v, "", secret)
		loose, _ := json.Marshal(v)
		body, err := events.Canonicalize(loose)
		if err != nil {
			t.Fatal(err)
		}
		r := events.Record{}
		r.Detail.At = time.Now()
		e, f, err := extract(&r, body, found{})
		if err != nil {
			t.Fatal(err)
		}
		row := makeRow(&e, &f)
		s := &state{}
		s.fold(&e, &f)
		for what, got := range map[string][]byte{"row": fmt.Append(nil, row), "state": s.append(nil)} {
			if bytes.Contains(got, []byte(secret)) {
				t.Errorf("the %s of a %s holds it: %s", what, e.typ, got)
			}
		}
	})
}

// mark replaces every string that no list of codes, format or identifier
// prescribes.
func mark(v any, name, secret string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = mark(v[k], k, secret)
		}
	case []any:
		for i := range v {
			v[i] = mark(v[i], name, secret)
		}
	case string:
		switch string(name) {
		case "text", "name", "role", "who", "number", "place", "places", "address", "lines", "postcode", "phone",
			"email", "alias", "code_word", "times", "reason", "agency", "reference", "officer", "force", "exhibit",
			"recipient", "note", "owner", "risk", "funding", "perpetrator", "source", "speaker", "how", "by", "mode":
			return secret
		}
	}
	return v
}
