package casefile

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"caseledger/schemas"
)

// decodeData is schemas.DecodeData for canonical JSON, which is what records
// hold, without its cost: one pass, no reflection on names, strings that share
// one copy of the data. Whatever it does not take in its stride it leaves to
// DecodeData, whose answer is the one that counts.
func decodeData[T any](data []byte) (*T, error) {
	v := new(T)
	d := decoder{s: string(data)}
	if d.value(reflect.ValueOf(v).Elem()) && d.at == len(d.s) {
		return v, nil
	}
	slow, err := schemas.DecodeData[T](data)
	if err != nil {
		return nil, err
	}
	return &slow, nil
}

// decoder reads canonical JSON. Its methods report whether they could.
type decoder struct {
	s  string
	at int
}

func (d *decoder) byte() byte {
	if d.at < len(d.s) {
		return d.s[d.at]
	}
	return 0
}

// take reads these bytes.
func (d *decoder) take(s string) bool {
	if !strings.HasPrefix(d.s[d.at:], s) {
		return false
	}
	d.at += len(s)
	return true
}

// value knows the kinds that the types of package schemas are made of.
func (d *decoder) value(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		if d.byte() == 'n' {
			return d.take("null")
		}
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem())
	case reflect.String:
		s, ok := d.string()
		v.SetString(s)
		return ok
	case reflect.Bool:
		if d.byte() == 't' {
			v.SetBool(true)
			return d.take("true")
		}
		return d.take("false")
	case reflect.Int:
		n, err := strconv.ParseInt(d.number(), 10, 64)
		v.SetInt(n)
		return err == nil
	case reflect.Uint64:
		n, err := strconv.ParseUint(d.number(), 10, 64)
		v.SetUint(n)
		return err == nil
	case reflect.Slice:
		return d.slice(v)
	case reflect.Struct:
		return d.object(v)
	}
	return false
}

// string reads a string; only one with escapes is copied.
func (d *decoder) string() (string, bool) {
	if !d.take(`"`) {
		return "", false
	}
	start := d.at
	for ; d.at < len(d.s); d.at++ {
		switch d.s[d.at] {
		case '"':
			d.at++
			return d.s[start : d.at-1], true
		case '\\':
			return d.escaped(start)
		}
	}
	return "", false
}

func (d *decoder) escaped(start int) (string, bool) {
	b := []byte(d.s[start:d.at])
	for ; d.at < len(d.s); d.at++ {
		switch c := d.s[d.at]; c {
		case '"':
			d.at++
			return string(b), true
		case '\\':
			d.at++
			switch d.byte() {
			case '"', '\\':
				b = append(b, d.byte())
			case 't':
				b = append(b, '\t')
			case 'n':
				b = append(b, '\n')
			case 'r':
				b = append(b, '\r')
			default:
				return "", false // not canonical
			}
		default:
			b = append(b, c)
		}
	}
	return "", false
}

// number takes what can be part of an integer.
func (d *decoder) number() string {
	start := d.at
	for c := d.byte(); c == '-' || '0' <= c && c <= '9'; c = d.byte() {
		d.at++
	}
	return d.s[start:d.at]
}

func (d *decoder) slice(v reflect.Value) bool {
	if d.byte() == 'n' {
		return d.take("null")
	}
	if !d.take("[") {
		return false
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, d.items()))
	if d.take("]") {
		return true
	}
	for i := 0; ; i++ {
		if i == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(i + 1)
		if !d.value(v.Index(i)) {
			return false
		}
		if !d.take(",") {
			return d.take("]")
		}
	}
}

// items counts the values of the array whose first value begins here. Of what is
// not an array to its end it may say anything.
func (d *decoder) items() int {
	if d.byte() == ']' {
		return 0
	}
	n, depth := 1, 0
	for i := d.at; i < len(d.s); i++ {
		switch d.s[i] {
		case '"':
			for i++; i < len(d.s) && d.s[i] != '"'; i++ {
				if d.s[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return n
			}
		case ',':
			if depth == 0 {
				n++
			}
		}
	}
	return 0
}

// object reads members in byte order, all of them known.
func (d *decoder) object(v reflect.Value) bool {
	if !d.take("{") {
		return false
	}
	if d.take("}") {
		return true
	}
	fields := fieldsOf(v.Type())
	for {
		name, ok := d.string()
		if !ok || !d.take(":") {
			return false
		}
		for len(fields) > 0 && fields[0].name < name {
			fields = fields[1:] // not there
		}
		if len(fields) == 0 || fields[0].name != name || !d.value(v.Field(fields[0].index)) {
			return false
		}
		fields = fields[1:]
		if !d.take(",") {
			return d.take("}")
		}
	}
}

type field struct {
	name  string
	index int
}

var fieldCache sync.Map // reflect.Type → []field, in byte order of names

func fieldsOf(t reflect.Type) []field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		fields = append(fields, field{t.Field(i).Tag.Get("json"), i})
	}
	slices.SortFunc(fields, func(a, b field) int { return cmp.Compare(a.name, b.name) })
	fieldCache.Store(t, fields)
	return fields
}
