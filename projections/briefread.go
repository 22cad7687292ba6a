package projections

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// briefReader reads the briefs of a case into the types that it is folded from,
// without writing their bodies first. Its methods report whether they could: a body
// of an older shape or with anything unusual in it is for decodeBrief.
type briefReader struct {
	decoder
	kept strings.Builder // the strings share it
	room []string        // for those that something points to
}

// read reads what decodeBrief would.
func (r *briefReader) read(seq uint64, plain []byte) (e casefile.Event, ok bool) {
	r.decoder = decoder{b: plain}
	if r.byte() != rowVersion {
		return e, false
	}
	e.Seq, e.Stream = seq, r.uint()
	if len(r.b) < len(e.ID) {
		return e, false
	}
	r.b = r.b[copy(e.ID[:], r.b):]
	e.At = time.UnixMicro(r.int()).UTC()
	if r.byte() != briefObject {
		return e, false
	}
	var data []byte
	ok = true
	for range r.count() {
		switch name, _ := r.name(); name {
		case "actor":
			e.Body.Actor, ok = r.text()
		case "data":
			data = r.b
			ok = r.skip(1)
		case "occurred":
			var o schemas.Occurred
			ok = r.value(occurredPlan(), reflect.ValueOf(&o).Elem())
			e.Occurred = casefile.ReadSpan(o)
		case "type":
			e.Body.Type, ok = r.text()
		case "v":
			ok = r.byte() == briefInt
			e.Body.V = uint64(r.int())
		default:
			ok = false
		}
		if !ok {
			return e, false
		}
	}
	if data == nil || r.end() != nil {
		return e, false
	}
	if e.Data = casefile.New(e.Body.Type, e.Body.V); e.Data == nil {
		return e, false
	}
	r.b = data
	v := reflect.ValueOf(e.Data).Elem()
	return e, r.value(planOf(v.Type()), v) && !r.bad
}

// name reads the name of a member: a word of the vocabulary with its number plus
// one, or another with 0.
func (r *briefReader) name() (string, uint64) {
	switch n := r.uint(); {
	case n == 0:
		return r.keep(r.bytes()), 0
	case n > uint64(len(vocabulary.list)):
		r.fail()
		return "", 0
	default:
		return vocabulary.list[n-1], n
	}
}

// text reads a string.
func (r *briefReader) text() (string, bool) {
	switch c := r.byte(); {
	case c >= briefWord:
		n := int(c&^briefWord)<<8 | int(r.byte())
		if r.bad || n >= len(vocabulary.list) {
			return "", false
		}
		return vocabulary.list[n], true
	case c == briefString:
		s := r.keep(r.bytes())
		return s, !r.bad && strings.IndexByte(s, '\\') < 0
	case c == briefText:
		return "", true
	}
	return "", false
}

// keep is b as a string.
func (r *briefReader) keep(b []byte) string {
	const room = 1 << 10
	if r.kept.Len()+len(b) > r.kept.Cap() {
		r.kept.Reset()
		r.kept.Grow(max(room, len(b)))
	}
	r.kept.Write(b)
	return r.kept.String()[r.kept.Len()-len(b):]
}

// skip passes over a value.
func (r *briefReader) skip(depth int) bool {
	if depth > events.MaxDepth {
		return false
	}
	switch c := r.byte(); {
	case c >= briefWord:
		r.byte()
	case c == briefInt:
		r.uint()
	case c == briefString:
		r.bytes()
	case c == briefArray:
		for range r.count() {
			if !r.skip(depth + 1) {
				return false
			}
		}
	case c == briefObject:
		for range r.count() {
			if r.uint() == 0 {
				r.bytes()
			}
			if !r.skip(depth + 1) {
				return false
			}
		}
	}
	return !r.bad
}

// value reads a value into v, which p is the plan of.
func (r *briefReader) value(p *plan, v reflect.Value) bool {
	switch p.kind {
	case reflect.Pointer:
		if len(r.b) > 0 && r.b[0] == briefNull {
			r.byte()
			return true
		}
		if p.elem.kind == reflect.String {
			s, ok := r.text()
			if len(r.room) == cap(r.room) {
				r.room = make([]string, 0, 32)
			}
			r.room = append(r.room, s)
			v.Set(reflect.ValueOf(&r.room[len(r.room)-1]))
			return ok
		}
		to := reflect.New(p.elem.typ)
		v.Set(to)
		return r.value(p.elem, to.Elem())
	case reflect.String:
		s, ok := r.text()
		v.SetString(s)
		return ok
	case reflect.Bool:
		c := r.byte()
		v.SetBool(c == briefTrue)
		return c == briefTrue || c == briefFalse && !r.bad
	case reflect.Int, reflect.Uint64:
		if r.byte() != briefInt {
			return false
		}
		n := r.int()
		if p.kind == reflect.Int {
			v.SetInt(n)
			return !r.bad
		}
		v.SetUint(uint64(n))
		return n >= 0 && !r.bad
	case reflect.Slice:
		switch r.byte() {
		case briefNull:
			return !r.bad
		case briefArray:
		default:
			return false
		}
		n := r.count()
		if n == 0 {
			v.Set(p.none)
			return !r.bad
		}
		v.Grow(n)
		v.SetLen(n)
		for i := range n {
			if !r.value(p.elem, v.Index(i)) {
				return false
			}
		}
		return !r.bad
	case reflect.Struct:
		if r.byte() != briefObject {
			return false
		}
		fields := p.fields
		for range r.count() {
			name, word := r.name()
			for len(fields) > 0 && (fields[0].word != word || word == 0 && fields[0].name != name) {
				fields = fields[1:] // not there
			}
			if len(fields) == 0 || !r.value(fields[0].plan, v.Field(fields[0].index)) {
				return false
			}
			fields = fields[1:]
		}
		return !r.bad
	}
	return false
}

// plan says how values of a type of package schemas are read.
type plan struct {
	typ    reflect.Type
	kind   reflect.Kind
	elem   *plan         // of a pointer or slice
	none   reflect.Value // of a slice: one of no elements
	fields []planField   // of a struct, in byte order of names
}

type planField struct {
	word  uint64 // its name's number in the vocabulary plus one; 0: it is none of it
	name  string
	index int
	plan  *plan
}

var plans sync.Map // reflect.Type → *plan

var occurredPlan = sync.OnceValue(func() *plan { return planOf(reflect.TypeFor[schemas.Occurred]()) })

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{typ: t, kind: t.Kind()}
	switch p.kind {
	case reflect.Pointer, reflect.Slice:
		p.elem = planOf(t.Elem())
		if p.kind == reflect.Slice {
			p.none = reflect.MakeSlice(t, 0, 0)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			f := planField{name: t.Field(i).Tag.Get("json"), index: i, plan: planOf(t.Field(i).Type)}
			if n, ok := vocabulary.find([]byte(f.name)); ok {
				f.word = uint64(n) + 1
			}
			p.fields = append(p.fields, f)
		}
		slices.SortFunc(p.fields, func(a, b planField) int { return cmp.Compare(a.name, b.name) })
	}
	plans.Store(t, p)
	return p
}
