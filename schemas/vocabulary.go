package schemas

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Vocabulary returns the names and codes that stand in the schemas of a ledger of
// cases, in byte order, each once: what bodies repeat and what says nothing
// about anybody. It is for encodings that want to be short; which words there
// are changes with the schemas.
var Vocabulary = sync.OnceValue(func() []string {
	found := map[string]bool{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("schemas: " + err.Error()) // embedded
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := files.ReadFile(e.Name())
		if err != nil {
			panic("schemas: " + err.Error())
		}
		// Descriptions with quotes in them only make more of these pieces.
		for _, s := range strings.Split(string(b), `"`) {
			if word(s) {
				found[s] = true
			}
		}
		if typ, _, err := splitName(e.Name()); err == nil {
			found[typ] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
})

// word reports whether s can be a name or a code.
func word(s string) bool {
	if len(s) < 2 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
