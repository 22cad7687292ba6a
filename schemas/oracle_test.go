package schemas

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// oracle is the library's own compiled schemas, by type and version, as the files are named.
var oracle = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	c, names, err := newCompiler(".")
	if err != nil {
		return nil, err
	}
	m := map[string]*jsonschema.Schema{}
	for _, name := range names {
		if name == common {
			continue
		}
		if m[strings.TrimSuffix(name, ".json")], err = c.Compile(base + name); err != nil {
			return nil, err
		}
	}
	return m, nil
})

// libraryVerdict is what the library says of a body of a known type and version.
func libraryVerdict(t testing.TB, body []byte) error {
	t.Helper()
	m, err := oracle()
	if err != nil {
		t.Fatal(err)
	}
	typ, version := (&checker{b: body}).head()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return m[string(typ)+".v"+string(version)].Validate(v)
}
