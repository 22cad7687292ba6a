package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"caseledger/events"
)

var errInvalid = events.ErrInvalid

// DecodeData reads canonical JSON that Validate has accepted into the Go type
// of its event type (or into Occurred). Members that T does not have are
// refused. The error wraps events.ErrInvalid and quotes nothing.
func DecodeData[T any](data []byte) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		var zero T
		return zero, fmt.Errorf("%T, byte %d: the data is of another shape: %w", zero, d.InputOffset(), errInvalid)
	}
	if _, err := d.Token(); err != io.EOF {
		var zero T
		return zero, fmt.Errorf("%T: bytes after the data: %w", zero, errInvalid)
	}
	return v, nil
}

// EncodeData returns the canonical JSON of one of the types of this package.
// A nil slice is an empty array, a nil pointer null. Text that canonical JSON
// cannot hold (invalid UTF-8, control characters other than tab, LF and CR) is
// refused, never altered.
func EncodeData(v any) ([]byte, error) {
	b := appendValue(nil, reflect.ValueOf(v))
	if err := events.CheckCanonical(b); err != nil {
		return nil, err
	}
	return b, nil
}

// appendValue knows the kinds that the types of this package are made of.
func appendValue(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...)
		}
		return appendValue(b, v.Elem())
	case reflect.String:
		return events.AppendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Slice:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.Struct:
		b = append(b, '{')
		for i, f := range fieldsOf(v.Type()) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '"')
			b = append(b, f.name...)
			b = append(b, '"', ':')
			b = appendValue(b, v.Field(f.index))
		}
		return append(b, '}')
	}
	panic("schemas: no JSON for " + v.Type().String())
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
	slices.SortFunc(fields, func(a, b field) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	fieldCache.Store(t, fields)
	return fields
}
